"""The sets that runs make, the one that readers see, and the lock that keeps a second writer out."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pcmd_eval.files import naming, write_atomic
from pcmd_eval.paths import OutputFolder

SCRATCH = "scratch"  # beside the sets: names the folder where a run keeps sockets and tables, which are short-lived


class LockHeld(Exception):
    """Another run writes to the same folder; the message names it."""


@contextmanager
def locked(output: OutputFolder) -> Iterator[None]:
    """Hold the output folder for this process; raises LockHeld that names the process holding it."""
    output.root.mkdir(parents=True, exist_ok=True)
    holder = output.lock.with_suffix(".holder")  # beside the lock, as the lock file itself cannot be read on Windows
    lock = FileLock(output.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.exists() else "chưa rõ tiến trình nào"
        words = f"Một lần chạy khác đang ghi vào “{output.root.name}” ({who}). Đợi xong rồi chạy lại."
        raise LockHeld(words) from None
    try:
        write_atomic(holder, f"tiến trình số {os.getpid()}, bắt đầu lúc {now()}".encode())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def swap(output: OutputFolder, run_id: str, by_renaming: bool = os.name == "nt") -> str:
    """Turn `published` to the complete set of that run; returns the name of the set it showed before, or nothing.

    A link is replaced in one step. Where links need rights (Windows), the folders are renamed, one after the other.
    """
    published, previous = output.published, published_set(output)
    if previous and not published.is_symlink():  # a folder is never replaced by a link
        by_renaming = True
    if not by_renaming:
        link = published.parent / f".{run_id}.link"
        with naming(published):
            link.symlink_to(Path(output.sets.name) / run_id, target_is_directory=True)
            link.replace(published)
        return previous
    if previous:
        shutil.rmtree(output.sets / previous, ignore_errors=True)  # a copied output folder may hold it twice
        published.rename(output.sets / previous)
    try:
        (output.sets / run_id).rename(published)
    except OSError:
        if previous:
            (output.sets / previous).rename(published)
        raise
    return previous


def folder_of(output: OutputFolder, run_id: str) -> Path:
    """Where the set of a run lies: among the sets, or in the place of the published one."""
    folder = output.sets / run_id
    return folder if folder.is_dir() else output.published


def published_set(output: OutputFolder) -> str:
    """The name of the set that readers see, or nothing."""
    if output.published.is_symlink():
        return output.published.readlink().name
    record = output.published / "run.json"
    return json.loads(record.read_bytes())["run_id"] if record.is_file() else ""


def tidy(output: OutputFolder) -> None:
    """Remove what a killed run left and end its last act if it died within it; the caller holds the lock."""
    left = output.root / SCRATCH
    if left.is_file():
        scratch = Path(left.read_text(encoding="utf-8"))
        if scratch.name.startswith("pcmd-"):
            shutil.rmtree(scratch, ignore_errors=True)
        left.unlink()
    if not output.published.exists() and output.record.is_file():
        decided = json.loads(output.record.read_bytes())
        if decided["published"] and (output.sets / decided["run_id"] / "run.json").is_file():
            swap(output, decided["run_id"])
    strays = [
        p for folder in (output.root, output.internal) for kind in ("link", "part") for p in folder.glob(f".*.{kind}")
    ]
    for stray in (*strays, *output.internal.rglob(".*.part")):
        stray.unlink(missing_ok=True)


def remove_sets(output: OutputFolder, unwanted: Callable[[Path], bool]) -> None:
    """Remove the sets that are not wanted any more."""
    for folder in sorted(output.sets.iterdir()) if output.sets.is_dir() else []:
        if folder.is_dir() and unwanted(folder):
            shutil.rmtree(folder, ignore_errors=True)


def files_in(folder: Path) -> list[Path]:
    """Every file of a folder and of those in it."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def json_bytes(content: object) -> bytes:
    """JSON as all records of a run are written."""
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


def now() -> str:
    """The time, to the second, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
