"""What lies in a folder of returns: the files that are read, what each was when it was read, what is left aside."""

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO

from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.workbook import FILE_LIMIT, LARGE, Refused
from pcmd_eval.paths import existing

_CLUTTER = re.compile(r"~\$|\.|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_BOOK = re.compile(r"\.(xls[xmb]?|xlt[xm]?|f?ods|ots|csv|et|numbers|zip|rar|7z)$", re.IGNORECASE)
_CLOSED = "tệp không mở được; kiểm tra quyền đọc, đóng tệp nếu đang mở trong Excel rồi chạy lại"


def listed(folder: Path) -> tuple[list[Path], list[Fault]]:
    """The files that are read as returns, and a fault for everything else that somebody may have sent.

    Raises InputRefused when the folder is missing or closed.
    """
    try:
        paths = sorted(existing(folder).iterdir())
    except OSError:
        words = f"Không mở được thư mục báo cáo “{folder.name}”. Kiểm tra quyền đọc thư mục."
        raise InputRefused(words) from None
    returned, others = [], []
    for path in paths:
        if _CLUTTER.match(path.name):
            continue
        kind, suffix = _kind(path), path.suffix.lower()
        if suffix == ".xlsx" and kind in ("file", "closed") and _shown(path) == path.name:
            returned.append(path)
        elif suffix != ".md":
            others.append(_left_aside(path, kind))
    return returned, others


def fingerprints(folder: Path) -> dict[str, str]:
    """What reading the folder rests on, by name: the hash of a return, of anything else what is said of it.

    Only what can be a return is opened. Raises InputRefused when the folder is missing or closed.
    """
    returned, others = listed(folder)
    return {path.name: _fingerprint(path) for path in returned} | said_of(others)


def said_of(others: list[Fault]) -> dict[str, str]:
    """The fingerprints of what is no return."""
    return {fault.file: fault.message for fault in others}


def content_of(path: Path) -> bytes:
    """The bytes of a file that can be a return; raises Refused for one that is closed or too large."""
    try:
        with path.open("rb") as stream:
            _weigh(stream)
            return stream.read(FILE_LIMIT)
    except OSError:
        raise Refused(_CLOSED) from None


def _fingerprint(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            _weigh(stream)
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return _CLOSED
    except Refused as refusal:
        return str(refusal)


def _weigh(stream: BinaryIO) -> None:
    if os.fstat(stream.fileno()).st_size > FILE_LIMIT:
        raise Refused(LARGE)


def _kind(path: Path) -> str:
    """Whether a path leads to a file, a folder, something else or nothing, or to where we may not look."""
    try:
        return "file" if path.is_file() else "folder" if path.is_dir() else "other"
    except OSError:  # a link into a closed folder
        return "closed"


def _shown(path: Path) -> str:
    """A file's name as it can be written down: � for what is no text, breaks a line or turns its direction."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join(
        "�" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in name
    )


def _left_aside(path: Path, kind: str) -> Fault:
    """What is no return is named; what may hold one has to be looked at."""
    name, severity, rule = _shown(path), "confirm", "not-a-return"
    words = "Không phải tệp thường (liên kết hỏng hoặc tệp đặc biệt) nên không được đọc"
    if name != path.name:
        severity, rule = "stop", "refused"
        words = "Tên tệp có ký tự không đọc được nên không được mở; đổi tên, đặt lại vào thư mục"
    elif kind == "folder":
        held = any(_BOOK.search(file) for _, _, files in os.walk(path) for file in files)
        severity = "confirm" if held or _BOOK.search(name) else "note"
        words = "Thư mục con không được đọc; nếu có báo cáo, chuyển tệp .xlsx ra thư mục báo cáo"
    elif kind == "file":
        severity = "confirm" if _BOOK.search(name) else "note"
        words = (
            "Chưa đọc vì không phải tệp .xlsx; nếu là báo cáo, mở bằng Excel, lưu lại thành .xlsx"
        )
    else:
        words = f"{words}; chép tệp .xlsx vào thư mục"
    return Fault(severity, "", name, rule=rule, message=f"{words}.")
