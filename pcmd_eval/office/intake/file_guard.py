"""Refuse a file that is no plain workbook, before openpyxl opens it.

Measured on 2.646 foreign files: what costs openpyxl time and memory is the size when unpacked,
parts that are read many times over, and ranges that it fills cell by cell. All of these can be seen
before it opens the file. Left-overs that touch no figure (links to other files, embedded objects,
borders far below the table) are dropped.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl.utils import range_boundaries

MAX_FILE_SIZE = 64 << 20  # bytes, pictures included; the largest honest return unpacks to 0.13 MB
MAX_UNPACKED = 8 << 20  # bytes without pictures, left-overs and empty cells
MAX_DECLARED = 32 << 20  # bytes as declared, with empty cells, without pictures
MAX_READ = 128 << 20  # bytes as kept, each part as often as others name it
MAX_TAGS, MAX_FILLED = 200_000, 50_000  # tags; cells of merges and links
MAX_PARTS = 500
MAX_COPIED = 100_000_000  # copies of a formula x bytes of their sheet
MAX_SQUARES = 10**9  # squares of the lengths of areas and formats


class Refused(Exception):
    """Raised for a file that cannot be a return; args: a key of `reasons` in issues.j2."""


class PlainWorkbook(NamedTuple):
    """A workbook that openpyxl may open; `has_objects`: it had embedded ones, which are dropped."""

    content: bytes
    has_objects: bool


_OLE = b"\xd0\xcf\x11\xe0"  # before zip: every fifth old workbook holds a zip
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACROS = re.compile(r"vbaProject|macrosheets|activeX", re.IGNORECASE)
_OBJECT = "embeddings/"
_LEFTOVER = re.compile(rf"externalLinks/|connections|queryTables/|{_OBJECT}")
# Cells with a style and no content. One without an address stays: it shifts those behind it.
_EMPTY_CELL = re.compile(rb"<c\s(?=[^<>]*\br=)[^<>]*(?:/>|></c>)")
_PICTURE_PART = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF|\x01\0\0\0|\xd7\xcd\xc6\x9a"
)
# Patterns that are searched for begin with fixed letters: the search is then fast.
_UNEXPECTED = re.compile(rb"<!(?:DOCTYPE|ENTITY|\[CDATA)")
_UNEXPECTED_START = re.compile(
    rb"\xff\xfe|\xfe\xff|\0+<|<\0|Lo\xa7\x94"
    rb"""|(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["'](?!(?i:utf-8|us-ascii)["'])"""
)
_AREA_OR_FORMAT = re.compile(rb"""\s(?:sqref|formatCode)\s*=\s*("[^"]*"|'[^']*')""")
_SHARED_FORMULA = (b'"shared"', b"'shared'")  # a formula that stands for those of other cells
# An XML attribute may contain >, but not <.
_RANGED = (re.compile(rb"mergeCell(\s[^<]*)"), re.compile(rb"hyperlink(\s[^<]*)"))
_XML_RANGE = re.compile(rb"""\sref\s*=\s*["']([^"'<]*)""")


def guard(content: bytes) -> PlainWorkbook:
    """Return the workbook uncompressed, without pictures, left-overs and empty cells.

    Raises Refused unless it is a plain workbook; other errors mean a broken one.
    """
    if content.startswith(_OLE) or not zipfile.is_zipfile(BytesIO(content)):
        raise Refused("encrypted" if _ENCRYPTED in content else "broken")
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as plain:
        parts = _read_parts(archive)
        for name, part in parts.items():
            plain.writestr(name, part)
    _refuse_costly_parts(parts)
    is_strict = any(b"http://purl.oclc.org/ooxml/" in part for part in parts.values())
    if is_strict or b"spreadsheetml" not in parts.get("[Content_Types].xml", b""):
        raise Refused("broken")
    return PlainWorkbook(target.getvalue(), any(_OBJECT in name for name in parts))


def _read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the bytes of the parts by name; pictures, left-overs and empty cells are dropped.

    zipfile reads no more of a part than it declares, so that a zip bomb stays harmless.
    """
    parts = {}
    infos = archive.infolist()
    if any(_MACROS.search(part.filename) for part in infos):
        raise Refused("macros")
    if any(part.flag_bits & 1 for part in infos):
        raise Refused("encrypted")
    names = [part.filename.replace("\\", "/").lstrip("/") for part in infos]
    is_supported = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}.issuperset(
        p.compress_type for p in infos
    )
    if not is_supported or len({*names}) < len(names) or len(names) > MAX_PARTS:
        raise Refused("broken")
    unpacked_left, declared_left = MAX_UNPACKED, MAX_DECLARED
    for name, part in zip(names, infos, strict=True):
        with archive.open(part) as stream:
            start = stream.read(8)
            if _PICTURE_PART.match(start) or (
                _LEFTOVER.search(name) and not name.endswith(".rels")
            ):
                parts[name] = b""
                continue
            declared_left -= part.file_size
            if declared_left < 0:
                raise Refused("large")
            parts[name] = start + stream.read(part.file_size + 1)
            if name.startswith("xl/worksheets/"):
                parts[name] = _EMPTY_CELL.sub(b"", parts[name])
            unpacked_left -= len(parts[name])
            if unpacked_left < 0:
                raise Refused("large")
    return parts


def _refuse_costly_parts(parts: Mapping[str, bytes]) -> None:
    """Raise Refused for parts that would cost openpyxl too much, and for unexpected XML."""
    texts = parts.values()
    if any(_UNEXPECTED_START.match(text) or _UNEXPECTED.search(text) for text in texts):
        raise Refused("broken")
    tags = references = squares = copied = longest = 0
    for text in texts:
        tags += text.count(b"<")
        references += text.count(b"Target") + text.count(b"sheetId")
        squares += sum(len(value) ** 2 for value in _AREA_OR_FORMAT.findall(text))
        copied = max(copied, sum(map(text.count, _SHARED_FORMULA)) * len(text))
        longest = max(longest, len(text))
    if (
        tags > MAX_TAGS
        or references * longest > MAX_READ
        or squares > MAX_SQUARES
        or copied > MAX_COPIED
        or sum(map(_count_range_cells, texts)) > MAX_FILLED
    ):
        raise Refused("large")


def _count_range_cells(text: bytes) -> int:
    """Return the number of cells that openpyxl would make for the merges and links of a part.

    Raises ValueError where an address is no range.
    """
    tags = (tag for pattern in _RANGED for tag in pattern.findall(text))
    areas = (area for tag in tags for area in _XML_RANGE.findall(tag))
    corners: Iterable[Any] = (range_boundaries(area.decode()) for area in areas)  # never None
    return sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in corners)
