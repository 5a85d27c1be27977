"""Refuse what somebody sent and is no plain workbook.

Measured on 2.646 foreign files: what costs openpyxl time and memory is the size when unpacked,
parts that are read many times over, and ranges that it fills cell by cell. All of these can be seen
before it opens the file.
"""

import re
import zipfile
from io import BytesIO

from openpyxl.utils import range_boundaries

FILE_LIMIT = 64 << 20  # bytes, pictures included; the largest honest return unpacks to 0.13 MB
UNPACKED = 8 << 20  # bytes without pictures
READ = 128 << 20  # the same, each part counted as often as others name it
TAGS, FILLED = 200_000, 50_000  # tags; cells of merges and links
MOST_PARTS = 500
COPIED = 100_000_000  # copies of a formula x bytes of their sheet
SQUARES = 10**9  # squares of the lengths of areas and formats


class Refused(Exception):
    """The file cannot be a return: the key of the reason in data/templates/faults.j2, and where."""


_OLE = b"\xd0\xcf\x11\xe0"  # before zip: every fifth old workbook holds a zip
_NO_WORKBOOK = (
    (rb"\Z", "empty"),
    (_OLE + rb".*E\0n\0c\0r\0y\0p\0t\0e\0d\0P", "encrypted"),
    (_OLE, "xls"),
    (rb"PK", "cut_short"),
    (rb"(\xef\xbb\xbf|\xff\xfe)?[\s\0]*<\0?(?i:!doctype|h|table|meta)", "html"),
    (rb"(\xef\xbb\xbf|\xff\xfe)?[\s\0]*<", "xml"),
    (rb"%PDF", "pdf"),
    (rb"[^\0]{0,4000}?[,;\t]", "csv"),
    (rb"", "no_workbook"),
)
_PARTS = (
    (r"vbaProject|macrosheets", "macros"),
    (r"externalLinks|connections|queryTables", "links"),
    (r"embeddings|activeX", "objects"),
    (r"workbook\.bin$", "xlsb"),
    (r"^content\.xml$", "ods"),
)
_PICTURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF|\x01\0\0\0|\xd7\xcd\xc6\x9a"
)
# Each pattern that is sought begins with the same letters, so that it is found quickly.
_STRANGE = re.compile(rb"<!(?:DOCTYPE|ENTITY|\[CDATA)")
_STRANGE_START = re.compile(
    rb"\xff\xfe|\xfe\xff|\0+<|<\0|Lo\xa7\x94"
    rb"""|(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["'](?!(?i:utf-8|us-ascii)["'])"""
)
_COSTLY = re.compile(rb"""\s(?:sqref|formatCode)\s*=\s*("[^"]*"|'[^']*')""")
_SHARED = (b'"shared"', b"'shared'")  # a formula that stands for those of other cells
# A > may stand in a value, a < may not.
_RANGED = (re.compile(rb"mergeCell(\s[^<]*)"), re.compile(rb"hyperlink(\s[^<]*)"))
_RANGE = re.compile(rb"""\sref\s*=\s*["']([^"'<]*)""")


def guard(content: bytes) -> bytes:
    """The workbook without its pictures, plainly packed.

    Raises Refused unless it is a plain workbook; what a broken one raises beside, `workbook` takes
    for the same.
    """
    if content.startswith(_OLE) or not zipfile.is_zipfile(BytesIO(content)):
        raise Refused(next(why for look, why in _NO_WORKBOOK if re.match(look, content, re.S)))
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as plain:
        parts = _parts(archive)
        for name, part in parts.items():
            plain.writestr(name, part)
    _weigh(parts)
    if b"spreadsheetml" not in parts.get("[Content_Types].xml", b""):
        raise Refused("other_zip")
    if any(b"http://purl.oclc.org/ooxml/" in part for part in parts.values()):
        raise Refused("strict")
    return target.getvalue()


def _parts(archive):
    """The parts by name, pictures emptied; never more of a part than it declares."""
    parts = {}
    listed = archive.infolist()
    for pattern, why in _PARTS:
        if any(re.search(pattern, part.filename, re.I) for part in listed):
            raise Refused(why)
    if any(part.flag_bits & 1 for part in listed):
        raise Refused("locked_zip")
    names = [part.filename.replace("\\", "/").lstrip("/") for part in listed]
    known = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}.issuperset(p.compress_type for p in listed)
    if not known or len({*names}) < len(names) or len(names) > MOST_PARTS:
        raise Refused("strange_zip")
    left = UNPACKED
    for name, part in zip(names, listed, strict=True):
        with archive.open(part) as stream:
            start = stream.read(8)
            if _PICTURE.match(start):
                parts[name] = b""
                continue
            left -= part.file_size
            if left < 0:
                raise Refused("large")
            parts[name] = start + stream.read(part.file_size + 1)
    return parts


def _weigh(parts):
    """Refuse what would cost more than any return does, and XML that no reader should see."""
    texts = parts.values()
    if any(_STRANGE_START.match(text) or _STRANGE.search(text) for text in texts):
        raise Refused("strange_xml")
    tags = named = squares = copied = longest = 0
    for text in texts:
        tags += text.count(b"<")
        named += text.count(b"Target") + text.count(b"sheetId")
        squares += sum(len(value) ** 2 for value in _COSTLY.findall(text))
        copied = max(copied, sum(map(text.count, _SHARED)) * len(text))
        longest = max(longest, len(text))
    if tags > TAGS or named * longest > READ or squares > SQUARES or copied > COPIED:
        raise Refused("large")
    if sum(map(_filled, texts)) > FILLED:
        raise Refused("areas")


def _filled(text):
    """How many cells openpyxl would make for the merges and links of a part.

    Raises ValueError for what is no range.
    """
    tags = (tag for pattern in _RANGED for tag in pattern.findall(text))
    areas = (area for tag in tags for area in _RANGE.findall(tag))
    corners = (range_boundaries(area.decode()) for area in areas)
    return sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in corners)
