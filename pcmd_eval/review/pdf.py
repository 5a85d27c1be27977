"""Word documents as PDF, through LibreOffice where it is installed; the same documents give the same bytes.

LibreOffice writes the time of the conversion into CreationDate, the two halves of the ID, and a checksum. All have a
fixed length: a fixed day and a hash of the pages replace them, so that no offset in the file moves. With the same
LibreOffice and fonts the bytes are then equal on any day and in any time zone; another version, or other fonts, gives
other bytes. Zone and language of the computer would show, too: the conversion runs in UTC and a neutral locale.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

MISSING = (
    "Không có LibreOffice trên máy này nên chưa làm bản PDF; bản Word đã đủ. Mở bản Word và lưu thành PDF nếu cần."
)
_SECONDS, _SECONDS_EACH = 60, 20
_FILTER = (
    'pdf:writer_pdf_Export:{"PDFUACompliance":{"type":"boolean","value":"true"},'
    '"UseTaggedPDF":{"type":"boolean","value":"true"}}'
)
_USUAL = (
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_TIMES = re.compile(rb"(/(?:CreationDate|ModDate) ?\(D:)(\d{14})")
_XMP_TIMES = re.compile(rb"(<xmp:(?:CreateDate|ModifyDate|MetadataDate)>)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")
_IDS = re.compile(rb"(?<=<)[0-9A-F]{32}(?=>)|(?<=/DocChecksum /)[0-9A-F]{32}")
_FIXED = b"20171231000000"
_PAGE = re.compile(rb"/Type ?/Page\b(?!s)")


class NoPdf(Exception):
    """LibreOffice is there but gave no PDF; the message says of which document."""


def converter() -> str | None:
    """The program that converts, or None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice") or next((p for p in _USUAL if Path(p).exists()), None)


def pdfs(documents: Mapping[str, bytes], program: str | None = None) -> dict[str, bytes] | None:
    """Each Word document as PDF under its name, all in one call; None where no LibreOffice is installed.

    Raises NoPdf if one of them did not come out: the exit code of LibreOffice says nothing about that.
    """
    program = program or converter()
    if program is None or not documents:
        return None if program is None else {}
    with tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        (folder / "in").mkdir()
        names = {name: f"{index:03d}" for index, name in enumerate(sorted(documents))}
        for name, short in names.items():
            (folder / "in" / f"{short}.docx").write_bytes(documents[name])
        said = _convert(program, folder, [f"{short}.docx" for short in names.values()])
        return {name: _checked(folder / "out" / f"{short}.pdf", name, said) for name, short in names.items()}


def _convert(program: str, folder: Path, files: list[str]) -> str:
    """One call in a profile of its own: two conversions that share a profile make one fail."""
    keep = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "PROGRAMFILES", "TEMP", "TMP", "USERPROFILE")
    environment = {key: value for key, value in os.environ.items() if key.upper() in keep}
    environment |= {"HOME": str(folder), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    profile = (folder / "profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", _FILTER]
    limit = _SECONDS + _SECONDS_EACH * len(files)
    try:
        done = subprocess.run(
            [*command, "--outdir", str(folder / "out"), *files],
            cwd=folder / "in",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoPdf(f"LibreOffice không làm xong bản PDF trong {limit} giây. Chạy lại; bản Word đã đủ.") from None
    except OSError as error:
        raise NoPdf(f"Không chạy được LibreOffice ({error.strerror}). Kiểm tra cài đặt; bản Word đã đủ.") from None
    return done.stderr.decode(errors="replace")


def _checked(path: Path, name: str, said: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        words = " ".join(said.split())[-200:]
        raise NoPdf(f"LibreOffice không làm được bản PDF của {name}{f' ({words})' if words else ''}.") from None
    if not content.startswith(b"%PDF-") or not pages(content):
        raise NoPdf(f"Bản PDF của {name} không có trang nào.")
    return steady(content)


def pages(content: bytes) -> int:
    """How many pages a PDF of LibreOffice has."""
    return len(_PAGE.findall(content))


def steady(content: bytes) -> bytes:
    """The PDF without the time of its making; every byte stays at its place."""
    without = _TIMES.sub(rb"\g<1>" + _FIXED, content)
    without = _XMP_TIMES.sub(rb"\g<1>2017-12-31T00:00:00", without)
    body, mark, trailer = without.rpartition(b"trailer")
    made = hashlib.sha256(body).hexdigest()[:32].upper().encode()
    return body + mark + _IDS.sub(made, trailer)
