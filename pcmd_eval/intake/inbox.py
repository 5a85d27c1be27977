"""What lies in a folder of returns: what is read, as it was then, and what is left aside."""

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from pcmd_eval.intake.file_guard import FILE_LIMIT, Refused
from pcmd_eval.intake.issues import Issue, issue_message
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.paths import require_folder

_CLUTTER = re.compile(r"~\$|\.|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_BOOK = re.compile(r"\.(xls[xmb]?|xlt[xm]?|f?ods|ots|csv|et|numbers|zip|rar|7z)$", re.IGNORECASE)
_NO_TEXT = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")  # categories of Unicode


def list_files(folder: Path) -> tuple[list[Path], list[Issue]]:
    """The files that are read as returns, and a fault for everything else that may be one.

    Raises InputRefused when the folder is missing or closed.
    """
    try:
        paths = sorted(require_folder(folder).iterdir())
    except OSError:
        words = f"Không mở được thư mục báo cáo “{folder.name}”. Kiểm tra quyền đọc thư mục."
        raise InputRefused(words) from None
    files, left_aside = [], []
    for path in paths:
        if _CLUTTER.match(path.name):
            continue
        kind = _kind(path)
        suffix = path.suffix.lower()
        if suffix == ".xlsx" and kind in ("file", "closed") and _shown(path) == path.name:
            files.append(path)
        elif suffix != ".md":
            left_aside.append(_left_aside(path, kind))
    return files, left_aside


def fingerprints(folder: Path) -> dict[str, str]:
    """What reading the folder rests on, by name: the hash of a return, else what is said of it.

    Only what can be a return is opened. Raises InputRefused when the folder is missing or closed.
    """
    files, left_aside = list_files(folder)
    return {path.name: _fingerprint(path) for path in files} | left_aside_messages(left_aside)


def left_aside_messages(left_aside: list[Issue]) -> dict[str, str]:
    """What is said of each file that is no return, by its name: it stands for a fingerprint."""
    return {issue.file: issue.message for issue in left_aside}


def read_file_bytes(path: Path) -> bytes:
    """The bytes of a file that can be a return.

    Raises Refused for one that is closed or too large.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > FILE_LIMIT:
                raise Refused("large")
            return stream.read(size)
    except OSError:
        raise Refused("closed") from None


def _fingerprint(path):
    try:
        return hashlib.sha256(read_file_bytes(path)).hexdigest()
    except Refused as refusal:
        return str(refusal)


def _kind(path):
    """Whether a path leads to a file, a folder, anything else, or where we may not look."""
    try:
        if path.is_file():
            return "file"
        return "folder" if path.is_dir() else "other"
    except OSError:  # a link into a closed folder
        return "closed"


def _shown(path):
    """A file's name as it can be written down.

    � stands for what is no text, breaks a line or turns its direction.
    """
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join("�" if unicodedata.category(c) in _NO_TEXT else c for c in name)


def _left_aside(path, kind):
    """The fault that names what is no return; to be confirmed where it may hold one."""
    name = _shown(path)
    if name != path.name:
        return Issue("stop", "", name, rule="refused", message=issue_message("unreadable-name"))
    names = [name]
    if kind == "folder":
        names += [file for _, _, files in os.walk(path) for file in files]
    doubtful = kind not in ("file", "folder") or any(map(_BOOK.search, names))
    message = issue_message("not-a-return", kind=kind)
    severity = "confirm" if doubtful else "note"
    return Issue(severity, "", name, rule="not-a-return", message=message)
