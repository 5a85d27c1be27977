"""Results kept under the hash of what they were made from, the lock, and the one step that changes
what readers see.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from filelock import FileLock, Timeout

from pcmd_eval.util.errors import LockHeld
from pcmd_eval.util.files import make_private_folder, write_atomic
from pcmd_eval.util.paths import OutputFolders

_SEALED = 32  # bytes of a seal


@contextmanager
def locked(places: OutputFolders) -> Iterator[None]:
    """Hold an output folder for this process; raises LockHeld while another one does.

    What does not leave the department is for the owner of the folder alone.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    held = FileLock(places.lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise LockHeld(
            "Một lần chạy khác (run, evaluate, check hoặc trace) đang ghi vào "
            f"“{places.root.name}”. Đợi xong rồi chạy lại."
        ) from None
    try:
        make_private_folder(places.internal)
        make_private_folder(places.store)
        yield
    finally:
        held.release()


def keep(store: Path, key: str, files: Mapping[str, bytes]) -> None:
    """Keep a result: files by their places, behind the hash of what follows."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as held:
        for name in sorted(files):
            held.writestr(zipfile.ZipInfo(name), files[name])
    whole = content.getvalue()
    write_atomic(store / key, _seal(whole) + whole)


def keep_alone(store: Path, key: str, files: Mapping[str, bytes]) -> None:
    """Keep a result in place of every other in a folder."""
    keep(store, key, files)
    forget(store, {key})


def kept(store: Path, key: str) -> dict[str, bytes] | None:
    """A result that was kept; None if there is none, or a damaged one.

    An archive alone would not show that it was cut short: where a document lies inside, which is
    an archive too, the end of that one passes for its own.
    """
    try:
        content = (store / key).read_bytes()
    except FileNotFoundError:
        return None
    seal, whole = content[:_SEALED], content[_SEALED:]
    if seal != _seal(whole):
        return None
    with zipfile.ZipFile(BytesIO(whole)) as held:
        return {name: held.read(name) for name in held.namelist()}


def _seal(content):
    return hashlib.sha256(content).digest()


def forget(store: Path, needed: set[str]) -> None:
    """Remove every result that is not needed."""
    for path in store.iterdir() if store.is_dir() else ():
        if path.is_file() and path.name not in needed:
            path.unlink()


# ---- the set that readers see --------------------------------------------------------------------


def swap(made: Path, shown: Path, by_link: bool = os.name != "nt") -> None:
    """Let `shown` show the finished set `made`: a link is replaced in one step, folders in two
    (Windows).
    """
    previous = _previous(shown)
    if by_link and (shown.is_symlink() or not shown.exists()):
        link = shown.with_name(f".{shown.name}.link")
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(made, shown.parent), target_is_directory=True)
        link.replace(shown)
    else:
        shutil.rmtree(previous, ignore_errors=True)
        if shown.exists():
            shown.rename(previous)
        made.rename(shown)
    settle(shown)


@contextmanager
def staged(shown: Path, name: str) -> Iterator[Path]:
    """The place of a new set, which readers see as soon as it is whole; gone if that fails."""
    staging = sets(shown) / name
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    swap(staging, shown)


def settle(shown: Path) -> None:
    """End the last act of a run that died within it, and remove what was half made; the lock is
    held.
    """
    if not shown.exists() and _previous(shown).exists():
        _previous(shown).rename(shown)
    now = shown.resolve().name if shown.is_symlink() else ""
    for folder in sets(shown).iterdir() if sets(shown).is_dir() else ():
        if folder.name != now:
            shutil.rmtree(folder, ignore_errors=True)


def sets(shown: Path) -> Path:
    """The folder that the sets for `shown` are made in."""
    return shown.parent / "sets"


def _previous(shown):
    return sets(shown) / "previous"
