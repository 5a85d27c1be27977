"""Store results of tasks under the hash of their inputs, and lock an output folder."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from filelock import FileLock, Timeout

from pcmd_eval.util.errors import LockHeld
from pcmd_eval.util.files import make_private_folder, write_atomic
from pcmd_eval.util.paths import OutputFolders

_SEAL_SIZE = hashlib.sha256().digest_size


@contextmanager
def lock_output(places: OutputFolders) -> Iterator[None]:
    """Lock an output folder for this process; raises LockHeld while another one has the lock.

    Makes the folders that stay in the department readable for their owner only.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(places.lock)
    try:
        lock.acquire(timeout=0)
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
        lock.release()


def save_result(store: Path, key: str, files: Mapping[str, bytes]) -> None:
    """Save a result, its files by path, under a key."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path), files[path])
    content = buffer.getvalue()
    write_atomic(store / key, _seal(content) + content)


def load_result(store: Path, key: str) -> dict[str, bytes] | None:
    """Return the files of a result by path; None if it is missing or damaged."""
    content = _sealed_content(store / key)
    if content is None:
        return None
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


def has_result(store: Path, key: str) -> bool:
    """Return whether there is an undamaged result under a key."""
    return _sealed_content(store / key) is not None


def _sealed_content(file: Path) -> bytes | None:
    """Return the content after the seal, its hash; None if the file is missing or they disagree.

    zipfile does not notice every truncation: if the cut zip has a Word document (a zip itself) in
    it, the end of that one passes for the end of the file.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    seal, content = content[:_SEAL_SIZE], content[_SEAL_SIZE:]
    return content if seal == _seal(content) else None


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def delete_others(store: Path, needed: set[str]) -> None:
    """Delete every result whose key is not in `needed`."""
    for path in store.iterdir() if store.is_dir() else ():
        if path.is_file() and path.name not in needed:
            path.unlink()
