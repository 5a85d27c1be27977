"""Look at a file that somebody sent before anything opens it: refuse what is no plain workbook, each with its remedy.

Streams the zip container and its XML, so that a bomb is noticed while it is still small: parts and their sum, DTDs,
cells and merges far away, the number of cells, macros, links to other files, embedded objects, encryption.
"""

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

_CHUNK = 1 << 16
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


class Refused(Exception):
    """The file cannot be a return; the message is a Vietnamese sentence with the remedy."""


@dataclass(frozen=True)
class Limits:
    """What a return can honestly need, with a wide margin."""

    parts: int = 500
    part_bytes: int = 32 << 20
    all_bytes: int = 64 << 20
    rows: int = 5000
    columns: int = 200
    cells: int = 200_000
    merges: int = 5000
    elements: int = 1_000_000
    memory_bytes: int = 1 << 30
    answer_bytes: int = 32 << 20
    seconds: int = 20


_SAVE = "mở bằng Excel, chọn Lưu thành (Save As), kiểu Excel Workbook (.xlsx), rồi gửi lại"
_NOT_ZIP = (
    (lambda c: not c, "Tệp rỗng (0 byte), có thể gửi lỗi; gửi lại tệp"),
    (
        lambda c: c.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in c,
        "Tệp có mật khẩu mở; bỏ mật khẩu (Tệp - Thông tin - Bảo vệ sổ làm việc) rồi gửi lại",
    ),
    (lambda c: c.startswith(b"\xd0\xcf\x11\xe0"), f"Tệp là sổ Excel đời cũ (.xls) mang đuôi .xlsx; {_SAVE}"),
    (lambda c: c.startswith(b"PK"), "Tệp bị cụt hoặc hỏng, có thể gửi chưa xong; gửi lại tệp gốc"),
    (lambda c: re.match(rb"\s*<(!doctype|html|table|head|meta)", _start(c), re.I), f"Tệp là trang web (HTML); {_SAVE}"),
    (lambda c: re.match(rb"\s*<", _start(c)), f"Tệp là XML, không phải sổ Excel; {_SAVE}"),
    (
        lambda c: b"\x00" not in c[:4096] and re.search(rb"[,;\t]", c[:4096]),
        f"Tệp là văn bản CSV mang đuôi .xlsx; {_SAVE}",
    ),
)
_FORBIDDEN_PARTS = (
    (r"vbaProject|xl/macrosheets", "Tệp có macro; lưu lại dạng .xlsx (không macro) rồi gửi lại"),
    (
        r"xl/(externalLinks|connections|queryTables)",
        "Tệp lấy số liệu từ tệp khác (liên kết ngoài); ngắt liên kết, rồi gửi lại",
    ),
    (r"xl/(embeddings|activeX)", "Tệp có đối tượng nhúng; xóa đối tượng nhúng rồi gửi lại"),
)


# What the standard library raises on a damaged container, beside errors of a more general kind.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError)


def refuse_hostile(content: bytes, limits: Limits = Limits()) -> None:
    """Raise Refused unless `content` is a plain workbook within the limits."""
    if not zipfile.is_zipfile(BytesIO(content)):
        words = next((words for looks, words in _NOT_ZIP if looks(content)), f"Tệp không phải sổ Excel .xlsx; {_SAVE}")
        raise Refused(words)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _refuse_parts(archive, limits)
            scan = _Scan(limits)
            for part in archive.infolist():
                scan.feed(part.filename, _chunks(archive, part, limits))
    except (*_DAMAGE, OSError, ValueError, RuntimeError) as error:
        raise Refused(f"Tệp hỏng bên trong ({type(error).__name__}); {_SAVE}") from None


def _start(content: bytes) -> bytes:
    return content[:512].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").removeprefix(b"\xff\xfe")


def _refuse_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    names = Counter(part.filename for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("Tệp nén có mật khẩu; bỏ mật khẩu rồi gửi lại")
    for pattern, words in _FORBIDDEN_PARTS:
        if any(re.search(pattern, name, re.I) for name in names):
            raise Refused(words)
    if "xl/workbook.xml" not in names:
        raise Refused(f"Tệp nén này không phải sổ Excel; {_SAVE}")
    big = any(part.file_size > limits.part_bytes for part in parts)
    if big or sum(part.file_size for part in parts) > limits.all_bytes:
        raise Refused("Tệp giải nén ra quá lớn so với một báo cáo; dùng biểu mẫu do Sở gửi, chép số liệu sang")
    if len(parts) > limits.parts or max(names.values()) > 1:
        raise Refused("Tệp có cấu trúc bất thường (quá nhiều phần hoặc phần trùng tên); chép số liệu sang biểu mẫu mới")


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    read = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > limits.part_bytes:
                raise Refused("Tệp giải nén ra quá lớn so với một báo cáo; dùng biểu mẫu do Sở gửi, chép số liệu sang")
            yield chunk


class _Scan:
    """The parts of one workbook, read as streams: no DTD, and no cell or merge out of reach; counted over all parts.

    Every part is looked at, whatever its name: the container's own list says what is a worksheet, not the name.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = self.cells = self.merges = 0
        self.row = self.address = ""

    def feed(self, name: str, chunks: Iterator[bytes]) -> None:
        """Read one part to its end; raises Refused. Only what is named as XML has to be XML."""
        self.row = self.address = ""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError:
            if name.endswith((".xml", ".rels")):
                raise Refused(f"Phần {name[:80]} của tệp không đọc được; {_SAVE}") from None

    def _doctype(self, *_: object) -> None:
        raise Refused("Tệp chứa khai báo DTD, không do Excel tạo ra; chép số liệu sang biểu mẫu do Sở gửi")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self.elements += 1
        if tag == "row":
            self.row = attributes.get("r", "")
        elif tag == "c":
            self.cells += 1
            self.address = attributes.get("r") or (f"A{self.row}" if self.row else "")
        elif tag in ("v", "f", "is") and self._beyond(self.address):
            raise Refused(f"Có ô ở quá xa ({self.address[:20]}); xóa các ô ngoài bảng, rồi gửi lại")
        elif tag == "mergeCell":
            self.merges += 1
            area = attributes.get("ref", "")
            if self.merges > self.limits.merges or any(self._beyond(corner) for corner in area.split(":")):
                raise Refused(f"Có vùng ô gộp quá lớn ({area[:40]}); bỏ gộp ô, rồi gửi lại")
        if self.cells > self.limits.cells or self.elements > self.limits.elements:
            raise Refused(f"Tệp có quá nhiều ô (hơn {self.limits.cells}); chép số liệu sang biểu mẫu do Sở gửi")

    def _beyond(self, address: str) -> bool:
        found = _ADDRESS.fullmatch(address)
        if not found:
            return bool(address)
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        return int(found[2]) > self.limits.rows or column > self.limits.columns
