"""Keep a notebook of the batch from reading anything but the public edition.

What a cell prints is published. The hook answers Python's own ways to a file (pandas, openpyxl and
zipfile open files in no other); it is no wall against code that is meant to break it.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

_OPENING = ("open", "os.link", "os.rename", "os.symlink")  # their first argument is a path
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
_REFUSED = (
    "Sổ chạy trong “pcmd-eval run” chỉ thấy số liệu công bố (open_case): không mở được {what}. "
    "Xem số liệu nội bộ bằng “pcmd-eval lab”."
)


@contextmanager
def guard(forbidden_folders: Sequence[str]) -> Iterator[None]:
    """Make opening a file below `forbidden_folders`, or starting a program, raise InputRefused in
    this process until the block ends.
    """
    forbidden = [Path(folder).resolve() for folder in forbidden_folders]
    is_active = True

    def check(event: str, values: tuple[Any, ...]) -> None:
        """Raise for an event of Python's audit hook; `values`: the arguments of the event."""
        if is_active and event in _PROGRAMS:
            raise InputRefused(_REFUSED.format(what="chương trình khác"))
        if is_active and event in _OPENING and isinstance(values[0], str | bytes | os.PathLike):
            path = Path(os.path.realpath(os.fsdecode(values[0])))
            flags = values[2] if event == "open" else 0
            # A folder opened to write gets a nameless file (O_TMPFILE); it is no way down.
            is_written = flags & (os.O_WRONLY | os.O_RDWR)
            if _is_forbidden(path, forbidden, with_folders=not is_written):
                raise InputRefused(_REFUSED.format(what=path))

    sys.addaudithook(check)
    try:
        yield
    finally:
        is_active = False  # no hook can be removed


def _is_forbidden(path: Path, forbidden: Sequence[Path], with_folders: bool) -> bool:
    """Return whether a path is forbidden; `with_folders`: also a folder above a forbidden one, from
    which the one below could be opened.
    """
    if any(path.is_relative_to(folder) for folder in forbidden):
        return True
    if path.is_relative_to((paths.ROOT / "outputs").resolve()) and "internal" in path.parts:
        return True
    is_above = any(folder.is_relative_to(path) for folder in forbidden)
    return with_folders and is_above and path.is_dir()
