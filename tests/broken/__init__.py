"""Inputs that arrive broken, each made by the function that is named after its fault.

`good(code)` is a return without any fault. A function marked `@refused("words")` gives the bytes of a file that must be
refused with a sentence holding those words; one marked `@faulty({"cell": "rule"})` spoils a good return of 228 (a town
with 10 communes in rows 5 to 14) or of another reporter, and the report must name exactly those cells and rules.
"""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from pcmd_eval.intake.template import blank_return
from pcmd_eval.project import open_project

INFO, COM, INT = "Thông tin", "1 Tuyên truyền", "2 Lồng ghép"
HARM, MODEL, MEDIA, ENF = "3 Can thiệp", "4 Mô hình", "5 Tin bài", "6 Xử lý"
Spoil = Callable[[Workbook], None]

# ---- a good return --------------------------------------------------------------------------------------------------


@cache
def blank(code: str) -> bytes:
    """The blank workbook of a reporter."""
    project = open_project("phu_tho_2017")
    return blank_return(project.plan, project.form, project.register, project.register.reporter(code))


def save(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def edited(content: bytes, spoil: Spoil) -> bytes:
    """The bytes of a workbook after a change."""
    book = load_workbook(io.BytesIO(content))
    spoil(book)
    return save(book)


@cache
def good(code: str = "228") -> bytes:
    """A return with every figure and no fault; 30 people came to each session, and no quarter is like the next."""
    return edited(blank(code), _fill)


def _fill(book: Workbook) -> None:
    write_info(book, "Ngày chốt số liệu", date(2017, 12, 15))
    write_info(book, "Ngày gửi", date(2017, 12, 18))
    write_info(book, "Đơn vị lập biểu", "Phòng Lao động - Thương binh và Xã hội")
    if COM in book.sheetnames:
        communes = [row for row in range(5, book[COM].max_row + 1) if book[COM].cell(row, 1).value]
        for row in communes:
            sessions = (2 + row % 3, 1, 3 + row % 2, 1)
            _write(book, COM, row, 4, ("nói chuyện, hội nghị", *sessions, 30 * sum(sessions)))
        _write(book, INT, 5, 3, ("45/KH-UBND ngày 12/4/2017", "Có", None, 25))
        for row in range(6, 10):
            _write(book, INT, row, 3, ("Chưa có", "Không", None, 0))
        for row in range(5, 12):
            _write(book, HARM, row, 3, (row - 3, 1, row - 2, 0, 5 * row))
    if MEDIA in book.sheetnames:
        for row in range(5, 8):
            _write(book, MEDIA, row, 3, [1 + (row + month) % 3 for month in range(12)])
    book[MODEL]["B5"] = "Không có mô hình"
    for row, quarters in enumerate(
        (
            (12, 9, 14, 8),  # 6.1 visits
            (2, 1, 3, 0),  # 6.2 places
            (3, 2, 4, 1),  # 6.3 cases = 6.4 + 6.5 + 6.6
            (2, 1, 2, 0),
            (1, 1, 1, 1),
            (0, 0, 1, 0),
            (7, 6, 9, 4),  # 6.7 persons = 6.8 + 6.9 + 6.10
            (3, 3, 4, 2),
            (3, 2, 4, 1),
            (1, 1, 1, 1),
            (12.5, 8, 15, 3),  # 6.11 fines
        ),
        5,
    ):
        _write(book, ENF, row, 4, quarters)


def _write(book: Workbook, sheet: str, row: int, column: int, values: object) -> None:
    for at, value in enumerate(values, column):  # type: ignore[arg-type]
        book[sheet].cell(row, at).value = value


def write_info(book: Workbook, label: str, value: object) -> str:
    """Write beside a label of the first sheet; the address of the cell."""
    for row in range(1, book[INFO].max_row + 1):
        if book[INFO].cell(row, 1).value == label:
            book[INFO].cell(row, 2).value = value
            return f"B{row}"
    raise KeyError(label)


# ---- the two kinds --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """A file that is not read at all."""

    name: str
    make: Callable[[], bytes]
    words: str
    reporter: str = ""


@dataclass(frozen=True)
class Fault:
    """A return that is read, with faults in the named cells (`sheet!cell`) of the named rules."""

    name: str
    spoil: Spoil
    expected: dict[str, str | tuple[str, ...]]
    says: tuple[str, ...] = ()
    code: str = "228"
    values: dict[str, str] = field(default_factory=dict)

    def make(self) -> bytes:
        """The bytes of the file."""
        return edited(good(self.code), self.spoil)


REFUSED: dict[str, Refusal] = {}
FAULTY: dict[str, Fault] = {}


def refused(words: str, reporter: str = "") -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Mark a maker of a file that must be refused with these words."""

    def mark(make: Callable[[], bytes]) -> Callable[[], bytes]:
        REFUSED[make.__name__] = Refusal(make.__name__, make, words, reporter)
        return make

    return mark


def faulty(
    expected: dict[str, str | tuple[str, ...]], *says: str, code: str = "228", values: dict[str, str] | None = None
) -> Callable[[Spoil], Spoil]:
    """Mark a change of a good return after which exactly these cells have faults, and some message says these words.

    `values` are cells that must still read as a value, or as one of the states blank, unreadable and absent.
    """

    def mark(spoil: Spoil) -> Spoil:
        FAULTY[spoil.__name__] = Fault(spoil.__name__, spoil, expected, says, code, values or {})
        return spoil

    return mark


def repacked(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The workbook with its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return zipped(parts)


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip container of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def with_parts(**parts: bytes) -> bytes:
    """A good return with parts added or replaced; `__` stands for a slash and a last `_` for the point."""
    named = {"/".join(name.split("__")).replace("_xml", ".xml").replace("_bin", ".bin"): c for name, c in parts.items()}
    return repacked(good(), lambda own: own.update(named))


SHEET = "xl/worksheets/sheet2.xml"  # 1 Tuyên truyền
_HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def sheet_of(data: bytes, after: bytes = b"") -> bytes:
    """A good return whose first sheet with figures holds this XML instead."""
    return repacked(good(), lambda own: own.update({SHEET: _HEAD + data + b"</sheetData>" + after + b"</worksheet>"}))


# ---- files that are no plain workbook -------------------------------------------------------------------------------


@refused("Tệp rỗng (0 byte)")
def zero_bytes() -> bytes:
    """Nothing arrived."""
    return b""


@refused("bị cụt hoặc hỏng")
def truncated() -> bytes:
    """The upload broke off half-way."""
    content = good()
    return content[: len(content) // 2]


@refused("sổ Excel đời cũ (.xls)")
def old_xls() -> bytes:
    """A workbook of Excel 97 with the ending .xlsx."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "Workbook".encode("utf-16-le") + bytes(500)


@refused("Tệp có mật khẩu mở")
def password() -> bytes:
    """A workbook that needs a password is an OLE file with an EncryptedPackage."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)


@refused("trang web (HTML)")
def html_named_xlsx() -> bytes:
    """A web page saved by some information system as a spreadsheet."""
    return "\ufeff\r\n<HTML><body><table><tr><td>Quý I</td><td>3</td></tr></table></body></HTML>".encode()


@refused("Tệp là XML")
def xml_spreadsheet() -> bytes:
    """The XML format of Excel 2003."""
    return b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


@refused("văn bản CSV mang đuôi .xlsx")
def csv_named_xlsx() -> bytes:
    """Plain text with separators."""
    return "Mã xã;Tên xã;Quý I\n07939;Trường Thịnh;3\n".encode()


@refused("không phải sổ Excel .xlsx")
def picture_named_xlsx() -> bytes:
    """A photograph of the paper form."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4


@refused("Tệp nén này không phải sổ Excel")
def word_document() -> bytes:
    """A Word document with the ending .xlsx."""
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})


@refused("Tệp nén có mật khẩu")
def encrypted_zip_entry() -> bytes:
    """A container whose parts are encrypted by a packer."""
    content = bytearray(good())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


@refused("có macro")
def macros() -> bytes:
    """A workbook with macros renamed to .xlsx."""
    return with_parts(xl__vbaProject_bin=b"\xd0\xcf\x11\xe0 macros")


@refused("có macro")
def macro_sheet() -> bytes:
    """A macro sheet of Excel 4, which needs no vbaProject."""
    return with_parts(xl__macrosheets__sheet1_xml=b"<macrosheet/>")


@refused("liên kết ngoài")
def external_link() -> bytes:
    """Figures taken from another workbook."""
    return with_parts(xl__externalLinks__externalLink1_xml=b"<externalLink/>")


@refused("đối tượng nhúng")
def embedded_object() -> bytes:
    """A Word document inside the workbook."""
    return with_parts(xl__embeddings__oleObject1_bin=b"\xd0\xcf\x11\xe0")


@refused("hỏng bên trong")
def damaged_part() -> bytes:
    """A part whose bytes no longer agree with its checksum."""
    content = bytearray(good())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(SHEET).header_offset + 30 + len(SHEET)
    for offset in range(at + 200, at + 260):
        content[offset] ^= 0xFF
    return bytes(content)


@refused("của tệp không đọc được")
def broken_xml() -> bytes:
    """A worksheet whose XML breaks off."""
    return repacked(good(), lambda parts: parts.update({SHEET: parts[SHEET][:900]}))


@refused("tệp hỏng, không đọc được")
def workbook_without_sheets() -> bytes:
    """XML that is sound but no workbook."""
    return repacked(
        good(), lambda parts: parts.update({"xl/workbook.xml": b"<workbook><sheets><sheet/></sheets></workbook>"})
    )


@refused("cấu trúc bất thường")
def part_named_twice() -> bytes:
    """Two parts of one name: what a person sees and what a program reads may differ."""
    buffer = io.BytesIO(good())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.filelist.append(archive.getinfo(SHEET))
        archive._didModify = True  # type: ignore[attr-defined]
    return buffer.getvalue()


@refused("cấu trúc bất thường")
def too_many_parts() -> bytes:
    """A container with more parts than any return has."""
    return repacked(good(), lambda parts: parts.update({f"xl/media/{n}.png": b"" for n in range(600)}))


# ---- hostile files --------------------------------------------------------------------------------------------------


@refused("DTD")
def entity_bomb() -> bytes:
    """Billion laughs: ten entities, each ten times the one before."""
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    dtd = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + laughs + b"]>"
    return repacked(good(), lambda p: p.update({SHEET: dtd + _HEAD[21:] + b"</sheetData><x>&a9;</x></worksheet>"}))


@refused("DTD")
def external_entity() -> bytes:
    """An entity that stands for a file of the reader's own computer."""
    dtd = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>'
    cell = b'<row r="5"><c r="E5" t="inlineStr"><is><t>&passwd;</t></is></c></row></sheetData></worksheet>'
    return repacked(good(), lambda p: p.update({SHEET: dtd + _HEAD[21:] + cell}))


@refused("ở quá xa")
def far_cells() -> bytes:
    """Two cells at opposite corners of the sheet."""
    return sheet_of(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


@refused("ở quá xa")
def far_row_without_addresses() -> bytes:
    """Cells may leave out their address: the row says where they are."""
    return sheet_of(b'<row r="900000"><c><v>7</v></c></row>')


@refused("ở quá xa")
def far_cells_in_a_part_of_another_name() -> bytes:
    """What is a worksheet is said by the list of relations, not by the name of the part."""

    def move(parts: dict[str, bytes]) -> None:
        parts["xl/sheet.dat"] = _HEAD + b'<row r="9"><c r="ZZZ999999"><v>1</v></c></row></sheetData></worksheet>'
        relations = parts["xl/_rels/workbook.xml.rels"]
        parts["xl/_rels/workbook.xml.rels"] = relations.replace(b"/xl/worksheets/sheet2.xml", b"/xl/sheet.dat")

    return repacked(good(), move)


@refused("vùng ô gộp quá lớn")
def merge_bomb() -> bytes:
    """One merged area of three million cells."""
    return sheet_of(b"", b'<mergeCells count="1"><mergeCell ref="A1:ALL3000"/></mergeCells>')


@refused("vùng ô gộp quá lớn")
def many_merges() -> bytes:
    """More merged areas than any return has."""
    areas = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n % 4000 + 1, n % 4000 + 1) for n in range(6000))
    return sheet_of(b"", b"<mergeCells>" + areas + b"</mergeCells>")


@refused("giải nén ra quá lớn")
def three_million_cells() -> bytes:
    """Three million cells of 45 MB."""
    row = b"<row>" + b"<c><v>1</v></c>" * 150 + b"</row>"
    return streamed(SHEET, (_HEAD, row, 20_000, b"</sheetData></worksheet>"))


@refused("quá nhiều ô")
def two_million_cells() -> bytes:
    """As many cells as fit into a part of the largest size allowed."""
    row = b"<row>" + b"<c><v>1</v></c>" * 150 + b"</row>"
    return streamed(SHEET, (_HEAD, row, 14_000, b"</sheetData></worksheet>"))


@refused("quá nhiều ô")
def five_million_empty_texts() -> bytes:
    """No cells at all, but a list of texts that takes long to read."""
    return streamed("xl/sharedStrings.xml", (b"<sst>", b"<si/>" * 1000, 5000, b"</sst>"))


@refused("quá nhiều ô")
def cells_spread_over_many_sheets() -> bytes:
    """No sheet has too many cells, all together have."""
    sheet = _HEAD + b"<row>" + b"<c><v>1</v></c>" * 90_000 + b"</row></sheetData></worksheet>"
    return repacked(good(), lambda p: p.update({f"xl/worksheets/more{n}.xml": sheet for n in range(4)}))


@refused("giải nén ra quá lớn")
def one_string_of_1_5_gb() -> bytes:
    """One text of 1.5 GB in 1.5 MB."""
    head = _HEAD + b'<row r="1"><c r="A1" t="inlineStr"><is><t>'
    return streamed(SHEET, (head, b"x" * 1_000_000, 1500, b"</t></is></c></row></sheetData></worksheet>"))


@refused("giải nén ra quá lớn")
def zip_bomb() -> bytes:
    """No part is too large, all together are."""
    return repacked(good(), lambda p: p.update({f"xl/media/{n}.bin": bytes(20 << 20) for n in range(4)}))


def streamed(name: str, body: tuple[bytes, bytes, int, bytes]) -> bytes:
    """A good return with one part of a head, a piece repeated so many times, and a tail; never held unpacked.

    The repeated piece is packed once: after a full flush the packed bytes can be repeated, too.
    """
    head, piece, times, tail = body
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = first + middle * times + packer.compress(tail) + packer.flush(zlib.Z_FINISH)
    checksum = zlib.crc32(head)
    for _ in range(times):
        checksum = zlib.crc32(piece, checksum)
    size = len(head) + len(piece) * times + len(tail)
    base = repacked(good(), lambda parts: parts.pop(name, None))
    # The container by hand: the part's own header, the other parts, the list of all, the end.
    checksum = zlib.crc32(tail, checksum)
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, checksum, len(packed), size, len(name), 0)
    own = b"PK\x03\x04" + fields + name.encode() + packed
    end = base.rfind(b"PK\x05\x06")
    count, length, start = struct.unpack("<HII", base[end + 10 : end + 20])
    listed = bytearray(base[start : start + length])
    at = 0
    while at < length:  # the other parts now stand further back
        offset = struct.unpack_from("<I", listed, at + 42)[0]
        struct.pack_into("<I", listed, at + 42, offset + len(own))
        at += 46 + sum(struct.unpack_from("<HHH", listed, at + 28))
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    listing = bytes(listed) + entry
    close = struct.pack("<HHHHIIH", 0, 0, count + 1, count + 1, len(listing), len(own) + start, 0)
    return own + base[:start] + listing + b"PK\x05\x06" + close


HOSTILE = (
    *("entity_bomb", "external_entity", "far_cells", "merge_bomb", "three_million_cells", "two_million_cells"),
    *("one_string_of_1_5_gb", "zip_bomb", "far_cells_in_a_part_of_another_name", "cells_spread_over_many_sheets"),
    "five_million_empty_texts",
)

# ---- workbooks of something else ------------------------------------------------------------------------------------


@refused("“Năm” là “2016”, cần “2017”", "228")
def wrong_year() -> bytes:
    """The return of the year before."""
    return edited(good(), lambda book: write_info(book, "Năm", 2016))


@refused("“Kế hoạch” là “885/KH-UBND”", "228")
def wrong_plan() -> bytes:
    """A return for another plan."""
    return edited(good(), lambda book: write_info(book, "Kế hoạch", "885/KH-UBND"))


@refused("“Phiên bản biểu mẫu” là “2”", "228")
def wrong_form_version() -> bytes:
    """A form that is not the one sent out."""
    return edited(good(), lambda book: write_info(book, "Phiên bản biểu mẫu", 2))


@refused("không có đơn vị mang mã “229”")
def unknown_reporter() -> bytes:
    """There is no district 229."""
    return edited(good(), lambda book: write_info(book, "Mã đơn vị", "229"))


@refused("không có đơn vị mang mã “07939”")
def commune_as_reporter() -> bytes:
    """A commune sends no return of its own."""
    return edited(good(), lambda book: write_info(book, "Mã đơn vị", "07939"))


@refused("thiếu (hoặc có hai) trang “Thông tin”")
def no_particulars() -> bytes:
    """Nobody knows whose return it is."""
    return edited(good(), lambda book: book.remove(book[INFO]))


# ---- counts that are none -------------------------------------------------------------------------------------------


def _count(value: object, number_format: str = "0") -> Spoil:
    def spoil(book: Workbook) -> None:
        cell = book[COM]["E5"]
        cell.value, cell.number_format = value, number_format  # type: ignore[assignment]

    return spoil


def _counts() -> None:
    """One broken input for each way to write something else into a count."""
    for name, value, number_format, says in (
        ("negative_count", -1, "0", "“-1”"),
        ("fraction_in_count", 2.5, "0", "“2.5”"),
        ("decimal_comma_in_count", "1,5", "@", "“1,5”"),
        ("two_decimals_with_point", "1.15", "@", "“1.15”"),
        ("millions_with_points", "1.115.000", "@", "“1.115.000”"),
        ("word_in_count", "ba", "@", "“ba”"),
        ("about_a_thousand", "gần 1.000", "@", "“gần 1.000”"),
        ("roughly", "khoảng 180", "@", "“khoảng 180”"),
        ("more_than", "trên 4.300", "@", "“trên 4.300”"),
        ("range_in_count", "3 - 5", "@", "“3 - 5”"),
        ("percent_in_count", "12 %", "@", "“12 %”"),
        ("count_formatted_as_percent", 0.75, "0%", "phần trăm"),
        ("full_width_digits", "１２", "@", "“１２”"),
        ("underscore_in_count", "1_000", "@", "“1_000”"),
        ("infinity", "inf", "@", "“inf”"),
        ("exponent", "1e999", "@", "“1e999”"),
        ("plus_sign", "+3", "@", "“+3”"),
        ("letter_for_digit", "1O", "@", "“1O”"),
        ("unit_beside_count", "3 cuộc", "@", "“3 cuộc”"),
        ("true_in_count", True, "0", "TRUE/FALSE"),
        ("reference_error", "#REF!", "0", "“#REF!”"),
        ("not_available", "#N/A", "0", "“#N/A”"),
        ("date_in_count", date(2017, 3, 5), "d/m/yyyy", "“05/3/2017”"),
        ("count_formatted_as_date", 3, "d/m/yyyy", "có thể là số 3"),
        ("date_serial_of_a_day", datetime(2017, 3, 5, 12), "d/m/yyyy h:mm", "định dạng ngày"),
        ("formula_without_value", "=1+2", "0", "chưa tính"),
        ("too_many_digits", "1234567890123", "@", "“1234567890123”"),
    ):
        values = {f"{COM}!E5": "unreadable", f"{COM}!F5": "1"}
        FAULTY[name] = Fault(name, _count(value, number_format), {f"{COM}!E5": "unreadable"}, (says,), "228", values)


_counts()


@faulty(
    {f"{COM}!E5": "unreadable", f"{COM}!E6": "unreadable", f"{COM}!E7": "unreadable"},
    *("“-1”", "“không rõ”", "“2.5”"),
    values={f"{COM}!E8": "4"},
)
def three_faults_in_one_column(book: Workbook) -> None:
    """A negative number, a text and a fraction: none hides another."""
    book[COM]["E5"], book[COM]["E6"], book[COM]["E7"] = -1, "không rõ", 2.5


@faulty({f"{INT}!F5": "unreadable", f"{ENF}!D15": "unreadable"}, "“-3”", "“12.5 triệu”")
def amounts_that_are_none(book: Workbook) -> None:
    """Money may have decimals, but is neither negative nor text."""
    book[INT]["F5"], book[ENF]["D15"] = -3, "12.5 triệu"


# ---- documents, answers, models -------------------------------------------------------------------------------------


@faulty({f"{INT}!C5": "unreadable"}, "thiếu số, ký hiệu hoặc ngày", values={f"{INT}!D5": "yes"})
def document_without_date(book: Workbook) -> None:
    """A document without its day."""
    book[INT]["C5"] = "45/KH-UBND"


@faulty({f"{INT}!C5": "unreadable"}, "31/2/2017")
def document_of_a_day_that_never_was(book: Workbook) -> None:
    """There is no 31 February."""
    book[INT]["C5"] = "45/KH-UBND ngày 31/2/2017"


@faulty({f"{INT}!C5": "document-year"}, "không thuộc năm")
def document_of_the_year_before(book: Workbook) -> None:
    """The date lies outside the year of the plan."""
    book[INT]["C5"] = "45/KH-UBND ngày 12/4/2016"


@faulty({f"{INT}!D6": "done-without-document"}, "chưa có văn bản nhưng đã thực hiện")
def done_without_a_document(book: Workbook) -> None:
    """None + Có."""
    book[INT]["D6"] = "Có"


@faulty({f"{INT}!D5": "unreadable", f"{INT}!D6": "unreadable"}, "Có, Không", "“TRUE”")
def answers_that_are_none(book: Workbook) -> None:
    """Neither yes nor no."""
    book[INT]["D5"], book[INT]["D6"] = "đang làm", True


@faulty({f"{MODEL}!C5": "unreadable", f"{MODEL}!E5": "unreadable"}, "1, 2, 3", "ngày/tháng/năm")
def model_of_an_unknown_type(book: Workbook) -> None:
    """There are three types, and a start is a day."""
    _write(book, MODEL, 5, 2, ("Mô hình Sông Hồng", 4, None, "cuối năm 2016", "Có", 12))


@faulty({f"{MODEL}!B5": "none-and-lines"}, "xóa một trong hai")
def model_and_none(book: Workbook) -> None:
    """Both “no model” and a model."""
    _write(book, MODEL, 6, 2, ("Mô hình Sông Hồng", 1, None, "1/6/2017", "Có", 12))


# ---- consistency ----------------------------------------------------------------------------------------------------


@faulty({f"{ENF}!D7": "cases-parts"}, "cộng lại bằng số vụ phát hiện", values={f"{ENF}!D7": "5"})
def cases_do_not_add_up(book: Workbook) -> None:
    """2 + 1 + 0 of 5 cases: where are the others?"""
    book[ENF]["D7"] = 5


@faulty({f"{ENF}!E7": ("cases-parts", "cases-handled")}, "không thể hơn số vụ phát hiện")
def more_cases_handled_than_detected(book: Workbook) -> None:
    """3 + 1 handled of 2."""
    book[ENF]["E8"] = 3


@faulty({f"{ENF}!F7": ("cases-parts", "cases-pending")})
def more_cases_pending_than_detected(book: Workbook) -> None:
    """6 pending of 4."""
    book[ENF]["F10"] = 6


@faulty({f"{ENF}!D11": "persons-parts"}, "tổng số người vi phạm")
def persons_do_not_add_up(book: Workbook) -> None:
    """3 + 3 + 1 is 7, not 8."""
    book[ENF]["D11"] = 8


@faulty({f"{ENF}!G11": ("persons-parts", "persons-sellers")})
def more_of_one_kind_than_persons(book: Workbook) -> None:
    """5 of 4."""
    book[ENF]["G12"] = 5


@faulty({f"{ENF}!F5": "places-inspected"}, "hơn số lượt kiểm tra")
def more_places_in_breach_than_visits(book: Workbook) -> None:
    """3 places at 2 visits."""
    book[ENF]["F5"] = 2


@faulty({f"{ENF}!H11": "note-sum"}, "không cộng lại")
def note_whose_parts_do_not_add_up(book: Workbook) -> None:
    """A published report had these very words: 8 + 8 + 5 is 21."""
    book[ENF]["H11"] = "22 đối tượng gồm 8 người bán dâm, 8 người mua dâm, 5 chủ chứa, môi giới"


@faulty({f"{COM}!J5": "note-percent"}, "khác tỷ lệ tính từ")
def note_whose_percentage_is_wrong(book: Workbook) -> None:
    """60 of 63 is 95,2%."""
    book[COM]["J5"] = "60/63 tổ dân phố (đạt 96,2%) có loa"


@faulty({f"{HARM}!H5": "note-denominator"}, "không phải số đơn vị")
def note_with_another_number_of_communes(book: Workbook) -> None:
    """The town has 10 communes."""
    book[HARM]["H5"] = "Thực hiện tại 9/11 xã, phường"


@faulty({f"{COM}!I5": "attendance"}, "bất thường")
def attendance_typed_with_two_zeros_more(book: Workbook) -> None:
    """9 sessions with 27.000 people, where 30 come elsewhere."""
    book[COM]["I5"] = 27000


@faulty({f"{COM}!I6": "sessions-without-attendance"}, "lượt người là 0")
def sessions_that_nobody_attended(book: Workbook) -> None:
    """Talks were held, and nobody came."""
    book[COM]["I6"] = 0


@faulty({f"{COM}!I6": "attendance-without-sessions"}, "không quý nào")
def attendance_of_no_session(book: Workbook) -> None:
    """People came, and nothing was held."""
    _write(book, COM, 6, 5, (0, 0, 0, 0, 60))


@faulty({f"{HARM}!C5": "cumulative"}, "cộng dồn")
def quarters_added_up(book: Workbook) -> None:
    """Each quarter holds the year so far."""
    for row in range(5, 12):
        _write(book, HARM, row, 3, (row - 3, row - 2, 2 * row, 2 * row + 1))


@faulty({f"{HARM}!D5": "same-as-before"}, "giống hệt quý trước")
def quarter_copied_from_the_one_before(book: Workbook) -> None:
    """Quarter II is quarter I in every row."""
    for row in range(5, 12):
        book[HARM].cell(row, 4).value = book[HARM].cell(row, 3).value


# ---- names and codes ------------------------------------------------------------------------------------------------


@faulty(
    {f"{COM}!A5": "code-name"},
    *("07939", "Trường Thịnh", "Hùng Vương"),
    values={f"{COM}!E5": "unreadable", f"{COM}!E6": "unreadable", f"{COM}!E7": "3"},
)
def code_and_name_disagree(book: Workbook) -> None:
    """The code of one commune, the name of another: both are in doubt, and both are shown."""
    book[COM]["B5"] = "Hùng Vương"


@faulty({f"{COM}!A5": "code-name"}, "07939", "“Trường Thinh”", "có phải Phường Trường Thịnh?")
def name_without_an_accent(book: Workbook) -> None:
    """Accents count, and the message asks."""
    book[COM]["B5"] = "Trường Thinh"


@faulty({f"{COM}!A5": "code-name"}, "tên ghi “”")
def numeric_code_without_a_name(book: Workbook) -> None:
    """7939 may be 07939, but nothing confirms it."""
    book[COM]["A5"], book[COM]["B5"] = 7939, None


@faulty({f"{COM}!D15": "double-row"}, "đã có dòng 5 cùng hình thức", values={f"{COM}!E15": "4"})
def commune_and_form_twice(book: Workbook) -> None:
    """The same commune and form in two rows: one may be a copy."""
    _write(book, COM, 15, 1, ("07939", "Trường Thịnh", "Phường", "Nói chuyện,  hội nghị", 4, 1, 3, 1, 270))


@faulty({f"{COM}!D15": "double-row"}, "đã có dòng 8 cùng hình thức")
def commune_twice_in_two_unicode_forms(book: Workbook) -> None:
    """The twin's letters and marks stand apart: the same name all the same."""
    name = unicodedata.normalize("NFD", str(book[COM]["B8"].value))
    _write(book, COM, 15, 1, (book[COM]["A8"].value, name, None, "nói chuyện, hội nghị", 4, 1, 3, 1, 270))


@faulty({f"{COM}!A15": "foreign-unit"}, "“Phường Dữu Lâu” không thuộc Thị xã Phú Thọ")
def commune_of_another_district(book: Workbook) -> None:
    """Dữu Lâu (07888) belongs to Việt Trì."""
    _write(book, COM, 15, 1, ("07888", "Dữu Lâu", "Phường", "khác", 1, 1, 1, 1, 20))


@faulty({f"{COM}!A15": "foreign-unit"}, "mã “09999”, tên “Xã Không Tên”")
def commune_that_nobody_knows(book: Workbook) -> None:
    """Neither code nor name is in the register."""
    _write(book, COM, 15, 1, ("09999", "Xã Không Tên", "Xã", "khác", 1, 1, 1, 1, 20))


@faulty({f"{COM}!A33": "foreign-unit"}, "Đông Khê, Hùng Quan, Nghinh Xuyên", "828/NQ-UBTVQH14", code="230")
def commune_of_a_later_merger(book: Workbook) -> None:
    """Hùng Xuyên was made in 2020 of three communes; in 2017 there was none."""
    _write(book, COM, 33, 1, (None, "Hùng Xuyên", "Xã", "khác", 1, 1, 1, 1, 20))


@faulty({f"{COM}!A5": "code-name"}, "Hùng Xuyên mới lập từ Đông Khê", "năm của kế hoạch chưa có", code="230")
def later_name_over_an_old_code(book: Workbook) -> None:
    """The first row of Đoan Hùng, its own code kept, under a name of 2020."""
    book[COM]["B5"] = "Xã Hùng Xuyên"


@faulty({f"{COM}!B5": "legacy-font"}, "“Trường Thịnh”", values={f"{COM}!E5": "unreadable"})
def name_in_tcvn3(book: Workbook) -> None:
    """Trường Thịnh typed in .VnTime."""
    book[COM]["B5"].value, book[COM]["B5"].font = "Tr\xadêng ThÞnh", Font(name=".VnTime")


@faulty({f"{COM}!B5": "legacy-font"}, "“Trường Thịnh”", values={f"{COM}!E5": "unreadable"})
def name_in_vni(book: Workbook) -> None:
    """Trường Thịnh typed in VNI-Times."""
    book[COM]["B5"].value, book[COM]["B5"].font = "Tröôøng Thònh", Font(name="VNI-Times")


@faulty({f"{COM}!J5": "legacy-font"}, "“đây là một dòng chữ bị lỗi font”")
def note_in_tcvn3_without_its_font(book: Workbook) -> None:
    """The font was changed to Times New Roman; the letters tell."""
    book[COM]["J5"] = "®©y lµ mét dßng ch÷ bÞ lçi font"


@faulty({f"{COM}!J5": "control-characters"}, "ký tự điều khiển")
def control_characters(book: Workbook) -> None:
    """Excel writes what XML cannot hold as _x0007_."""
    book[COM]["J5"] = "Họp_x0007_ dân_x0000_"


@faulty({f"{COM}!E5": ("unreadable", "control-characters")})
def control_character_in_a_count(book: Workbook) -> None:
    """1 and 2 with a character between them are not 12."""
    book[COM]["E5"] = "1_x000B_2"


# ---- what hides and what lacks --------------------------------------------------------------------------------------


@faulty({f"{COM}!": "hidden"}, "Dòng 7 bị ẩn", values={f"{COM}!E7": "3"})
def hidden_row(book: Workbook) -> None:
    """A hidden row is read, and named."""
    book[COM].row_dimensions[7].hidden = True


@faulty({f"{COM}!": "hidden"}, "Cột G bị ẩn", values={f"{COM}!G7": "4"})
def hidden_column(book: Workbook) -> None:
    """A hidden column is read, and named."""
    book[COM].column_dimensions["G"].hidden = True


@faulty({f"{HARM}!": "hidden"}, "Cả trang bị ẩn", values={f"{HARM}!C5": "2"})
def hidden_sheet(book: Workbook) -> None:
    """A hidden sheet is read, and named."""
    book[HARM].sheet_state = "hidden"


@faulty({f"{HARM}!": "hidden"}, "Cả trang bị ẩn")
def very_hidden_sheet(book: Workbook) -> None:
    """Excel's menu does not even list it."""
    book[HARM].sheet_state = "veryHidden"


@faulty({f"{COM}!E5": "merged"}, "E5:F5", values={f"{COM}!E5": "4", f"{COM}!G5": "4"})
def merged_cells(book: Workbook) -> None:
    """One value for two quarters."""
    book[COM]["F5"] = None
    book[COM].merge_cells("E5:F5")
    book[COM]["E5"] = 4


@faulty({f"{COM}!E5": "merged"}, "E5:E9")
def merged_over_communes(book: Workbook) -> None:
    """One value for five communes: each has it, and no check trips over the rows."""
    book[COM].merge_cells("E5:E9")


@faulty({f"{HARM}!": "sheet"}, "không có biểu này")
def missing_sheet(book: Workbook) -> None:
    """A sheet was deleted."""
    book.remove(book[HARM])


@faulty({f"{COM}!": "column"}, "thiếu cột “Quý IV”", values={f"{COM}!G5": "4"})
def renamed_column(book: Workbook) -> None:
    """The header of quarter IV was typed over."""
    book[COM]["H4"] = "Quý 4"


@faulty({f"{COM}!": "column"}, "có hai cột “Quý I”")
def doubled_column(book: Workbook) -> None:
    """Which of the two is quarter I?"""
    book[COM]["K4"] = "Quý I"


@faulty({f"{HARM}!A12": "double-code"}, "mã 3.1.1 đứng ở các dòng", values={f"{HARM}!C5": "unreadable"})
def code_twice(book: Workbook) -> None:
    """A row was copied."""
    _write(book, HARM, 12, 1, ("3.1.1", "Tiếp cận cộng đồng, đồng đẳng", 1, 1, 1, 1, 10))


@faulty({f"{HARM}!A12": "unknown-code"}, "“3.9.9”")
def unknown_code(book: Workbook) -> None:
    """A row that the form does not have."""
    _write(book, HARM, 12, 1, ("3.9.9", "Việc khác", 1, 1, 1, 1, 10))


# ---- the first sheet ------------------------------------------------------------------------------------------------


@faulty({f"{INFO}!B9": "reporter-name"}, "Huyện Đoan Hùng", "228")
def reporter_of_another_name(book: Workbook) -> None:
    """The code decides, and somebody has to say which is right."""
    write_info(book, "Tên đơn vị", "Huyện Đoan Hùng")


@faulty({f"{INFO}!B10": "cutoff-date", f"{INFO}!B11": "sent-date"}, "ngày/tháng/năm")
def days_that_are_none(book: Workbook) -> None:
    """Neither the cut-off nor the day of sending can be read."""
    write_info(book, "Ngày chốt số liệu", "cuối năm")
    write_info(book, "Ngày gửi", "31/2/2017")


@faulty({f"{INFO}!B13": "mark"}, "chỉ ghi Có")
def unclear_mark(book: Workbook) -> None:
    """Illustrative or real?"""
    write_info(book, "Số liệu minh họa", "có thể")
