"""List a folder of returns: workbooks, confirmations, and other files."""

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from pcmd_eval.office.intake.confirmations import CONFIRMATIONS_FILE
from pcmd_eval.office.intake.file_guard import MAX_FILE_SIZE, Refused
from pcmd_eval.office.intake.issues import Issue, issue_message
from pcmd_eval.plan.form import Severity
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.paths import require_folder
from pcmd_eval.util.spelling import fold, make_slug

_CLUTTER = re.compile(r"~\$|\.|thumbs\.db$|desktop\.ini$|__macosx$", re.IGNORECASE)
# Endings of files that may hold a return.
_MAY_BE_RETURN = re.compile(
    r".*\.(xls[xmb]?|xlt[xm]?|et|f?ods|ots|csv|numbers|zip|rar|7z|tar|gz)", re.IGNORECASE
)
_NO_TEXT = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")  # categories of Unicode


class Inbox(NamedTuple):
    """The files of a folder; `unread_issues`: an issue for each that is not read."""

    workbooks: list[Path]
    confirmations: Path | None
    unread_issues: list[Issue]


def list_files(folder: Path) -> Inbox:
    """List the files of a folder, sorted by name; .md and hidden files are left out.

    Raises InputRefused when the folder is missing or closed.
    """
    try:
        paths = sorted(require_folder(folder).iterdir())
    except OSError:
        words = f"Không mở được thư mục báo cáo “{folder.absolute()}”. Kiểm tra quyền đọc thư mục."
        raise InputRefused(words) from None
    inbox = Inbox([], None, [])
    for path in paths:
        if _CLUTTER.match(path.name):
            continue
        kind = _file_kind(path)
        is_opened = kind in ("file", "closed") and _printable_name(path) == path.name
        suffix = path.suffix.lower()
        if is_opened and suffix == ".xlsx":
            inbox.workbooks.append(path)
        elif is_opened and fold(path.name) == CONFIRMATIONS_FILE:
            inbox = inbox._replace(confirmations=path)
        elif suffix != ".md":
            inbox.unread_issues.append(_unread_issue(path, kind))
    return inbox


def read_and_hash(path: Path) -> tuple[str, bytes | Refused]:
    """Return the SHA-256 and bytes of a file; of an unreadable one its reason and Refused."""
    try:
        content = _read_bytes(path)
    except Refused as refusal:
        return str(refusal), refusal
    return hashlib.sha256(content).hexdigest(), content


def find_unit_in_name(plan: Plan, file: str) -> str:
    """Return the code of the one reporter whose folder, name or code is in a file's name, or ""."""
    words = make_slug(Path(file).stem).split("-")
    parts = {"-".join(words[a:b]) for a, b in combinations(range(len(words) + 1), 2)}
    for units_by_part in _index_reporters(plan):
        units = [unit for part in parts & units_by_part.keys() for unit in units_by_part[part]]
        if len(units) == 1:
            return units[0]
    return ""


@lru_cache(16)
def _index_reporters(plan: Plan) -> list[dict[str, list[str]]]:
    """Return the reporters by folder (230-doan-hung), by name (doan-hung) and by code.

    A code of two digits is left out: in the name of a file it may be a day or a version.
    """
    folders = plan.reporters.folder
    codes = folders.index.to_series()
    indexes = []
    for identifiers in (folders, folders.str.partition("-")[2], codes[codes.str.len() > 2]):
        units: dict[str, list[str]] = defaultdict(list)
        for unit, identifier in identifiers.items():
            units[identifier].append(unit)
        indexes.append(units)
    return indexes


def is_unit_in_name(plan: Plan, file: str, unit: str) -> bool:
    """Return whether a file's name holds the code or the name of a unit."""
    words = f"-{make_slug(Path(file).stem)}-"
    name = plan.register.folder[unit].partition("-")[2]  # of "230-doan-hung"
    return f"-{unit}-" in words or f"-{name}-" in words


def _read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; raise Refused for one that is too large or not readable."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > MAX_FILE_SIZE:
                raise Refused("large")
            return stream.read(size)
    except OSError:
        raise Refused("closed") from None


def _file_kind(path: Path) -> str:
    """Return what a path leads to: file, folder, other, or closed."""
    try:
        if path.is_file():
            return "file"
        return "folder" if path.is_dir() else "other"
    except OSError:  # a link into a closed folder
        return "closed"


def _printable_name(path: Path) -> str:
    """Return the name with � for what is no text, breaks a line or turns its direction."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join("�" if unicodedata.category(c) in _NO_TEXT else c for c in name)


def _unread_issue(path: Path, kind: str) -> Issue:
    """Return why a file or folder is not read: its name is not printable, it is a misnamed file
    of confirmations, or it is no return ("not-a-return").

    The last has to be confirmed if it, or a file in the folder, may be a return.
    """
    name = _printable_name(path)
    if name != path.name:
        message = issue_message("unreadable-name")
        return Issue("stop", "", name, rule="refused", message=message)
    if re.search(r"xac-nhan|xacnhan", make_slug(name)) and ".csv" in name.lower():
        rule = "confirmations-name"
        return Issue(
            "mend", "", name, rule=rule, message=issue_message(rule, name=CONFIRMATIONS_FILE)
        )
    names = [name, *(file for _, _, files in os.walk(path) for file in files)]
    may_be_return = kind not in ("file", "folder") or any(map(_MAY_BE_RETURN.fullmatch, names))
    message = issue_message("not-a-return")
    severity: Severity = "confirm" if may_be_return else "note"
    return Issue(severity, "", name, rule="not-a-return", message=message)
