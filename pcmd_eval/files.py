"""Write files whole or not at all, the same bytes for the same content, and text that no spreadsheet runs."""

import csv
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from openpyxl import Workbook

# Workbooks carry no time of their own: the same content gives the same bytes.
_EPOCH = datetime(2017, 1, 1)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name this file: a full disk names none, or one that is there for a moment only."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def write_atomic(path: Path, content: bytes) -> None:
    """Replace `path` in one step: a reader sees the old file or the new one, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as temporary:
                temporary.write(content)
                temporary.flush()
                os.fsync(temporary.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def printable(text: str) -> str:
    """The text without the control characters that break XML and terminals; one kind of line break."""
    return _CONTROL.sub("", one_break(text))


def one_break(text: str) -> str:
    """The text with one kind of line break: a lone carriage return would break a row of a CSV file in two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(4096)
def inert(text: str) -> str:
    """The text as a spreadsheet shows it without running it (OWASP ASVS 1.2.10); numbers stay numbers."""
    text = printable(text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as UTF-8 without BOM, LF; None is an empty cell, text is made inert."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if v is None else inert(v) if isinstance(v, str) else v for v in row] for row in rows)
    return buffer.getvalue().encode("utf-8")


def workbook_bytes(workbook: Workbook) -> bytes:
    """The workbook with fixed dates and a sorted container, so that equal content is equal bytes."""
    workbook.properties.creator = "pcmd-eval"
    workbook.properties.created = _EPOCH
    buffer = io.BytesIO()
    workbook.save(buffer)
    return sorted_zip(buffer.getvalue(), {"docProps/core.xml": _without_modified_time})


def _without_modified_time(part: bytes) -> bytes:
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2017-01-01T00:00:00Z", part)


def sorted_zip(content: bytes, mend: dict | None = None) -> bytes:
    """The same parts in a container with sorted names and a fixed date; `mend` rewrites single parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            part = old.read(name)
            part = mend[name](part) if mend and name in mend else part
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, part)
    return target.getvalue()
