"""Lock an output folder."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from pcmd_eval.util.errors import LockHeld
from pcmd_eval.util.files import make_private_folder
from pcmd_eval.util.paths import OutputFolders


@contextmanager
def lock_output(folders: OutputFolders) -> Iterator[None]:
    """Lock an output folder for this process; raises LockHeld while another one has the lock.

    Makes the folder that stays in the department readable for its owner only; a command that was
    refused before it wrote anything leaves no new folder.
    """
    is_new = not folders.root.exists()
    folders.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folders.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockHeld(
            "Một lần chạy khác (run, evaluate, check hoặc trace) đang ghi vào "
            f"“{folders.root.name}”. Đợi xong rồi chạy lại."
        ) from None
    try:
        make_private_folder(folders.internal)
        yield
    finally:
        with suppress(OSError):  # not empty: something was written
            folders.internal.rmdir()
            folders.lock.unlink()
            if is_new:
                folders.root.rmdir()
        lock.release()
