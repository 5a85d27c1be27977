"""A file that is no plain workbook is refused with a reason; left-overs that touch no figure are
dropped.
"""

import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import COM, INFO, blank, edited, good, repacked
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from PIL import Image as Pixels

from pcmd_eval.office.intake.returns import Intake, read_return, read_returns
from pcmd_eval.plan.plan import Plan

Parts = dict[str, bytes]
Post = Callable[..., Intake]
SHEET = "xl/worksheets/sheet2.xml"  # 1 Tuyên truyền
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
LAST = b"</sheetData>%s</worksheet>"


def sheet(data: bytes, below: bytes = b"", prologue: bytes = b"") -> bytes:
    """Return a good return whose first sheet with figures holds this XML instead."""
    return part(SHEET, prologue + (HEAD[21:] if prologue else HEAD) + data + LAST % below)


def part(name: str, content: bytes = b"<x/>") -> bytes:
    """Return a good return with one part more, or another one."""
    return repacked(lambda parts: parts.update({name: content}))


def lying() -> bytes:
    """Make a part of 1 GB that says it has 100 bytes: in the list of parts and in its own header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = zeros * 64 + packer.flush()
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(packed), 100, 5, 0)
    content = b"PK\x03\x04" + fields + b"a.xml" + packed
    listed = b"PK\x01\x02\x14\0" + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.xml"
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(content), 0)
    return content + listed + tail


def encrypted() -> bytes:
    """Make a container whose parts a packer has encrypted."""
    content = bytearray(good())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def damaged() -> bytes:
    """Make a part whose bytes no longer agree with its checksum."""
    content = bytearray(good())
    at = zipfile.ZipFile(BytesIO(content)).getinfo(SHEET).header_offset + 250
    content[at : at + 60] = bytes(byte ^ 0xFF for byte in content[at : at + 60])
    return bytes(content)


def shared_formulas() -> bytes:
    """Make twenty thousand cells that copy one formula of 8.000 characters."""
    first = b'<c r="A1"><f t="shared" ref="A1:XFD2" si="0">' + b"A1+" * 2700 + b"1</f></c>"
    return sheet(b"<row>" + first + b'<c><f t="shared" si="0"/></c>' * 20_000 + b"</row>")


def lost_fonts(parts: Parts) -> None:
    """Set cells in fonts that do not exist, as openpyxl notices when it looks at one of them."""
    parts["xl/styles.xml"] = re.sub(rb'fontId="[1-9]', rb"\g<0>999", parts["xl/styles.xml"])


def thousandfold(parts: Parts) -> None:
    """Make a thousand sheets that are one part of half a megabyte."""
    parts[SHEET] = HEAD + b" " * 500_000 + LAST % b""
    name = b'<sheet name="s%d" sheetId="%d" r:id="rId3"/>'
    sheets = b"".join(name % (n, n) for n in range(100, 1100))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", sheets + b"</sheets>")


def wide_text(parts: Parts) -> None:
    """Write one text of 30.000 characters in a thousand cells: 118 kB that once filled a disk."""
    strings = parts["xl/sharedStrings.xml"]
    text = b"<si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    parts["xl/sharedStrings.xml"] = strings.replace(b"</sst>", text)
    cell = b'<row r="%d"><c r="B%d" t="s"><v>%d</v></c></row>'
    cells = (cell % (n, n, strings.count(b"<si>")) for n in range(5, 1000))
    parts[SHEET] = HEAD + b"".join(cells) + LAST % b""


def strict(parts: Parts) -> None:
    """Write the names that Excel writes for Strict Open XML."""
    old = b"schemas.openxmlformats.org/spreadsheetml/2006/main"
    new = b"purl.oclc.org/ooxml/spreadsheetml/main"
    parts.update({name: content.replace(old, new) for name, content in parts.items()})


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
LAUGHS = b'<!DOCTYPE x [<!ENTITY a0 "ha">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)
ALL = b'<mergeCells><mergeCell note=">" ref="B1:B1048576"/></mergeCells>'
# By the words of the refusal: names of files, and how to make each.
REFUSED: dict[str, dict[str, Callable[[], bytes]]] = {
    "có mật khẩu": {
        "password": lambda: OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500),
        "encrypted": encrypted,
    },
    "không đọc được như một sổ Excel": {
        "nothing": bytes,
        "cut": lambda: good()[:9000],
        "pdf": lambda: b"%PDF-1.6\n%\xc3\xa4\n2 0 obj, <</Length 3 0 R>>\n",
        "xls": lambda: OLE + "Workbook".encode("utf-16-le") + bytes(500),
        "xls_with_a_zip": lambda: OLE + good(),
        "web_page": "\ufeff\r\n<HTML><body>Quý I</body></HTML>".encode,
        "xml_2003": lambda: b'<?xml version="1.0"?><Workbook></Workbook>',
        "csv": "Mã xã;Tên xã\n07939;Trường Thịnh\n".encode,
        "ods": lambda: repacked(lambda p: (p.clear(), p.update({"content.xml": b"<d/>"}))),
        "xlsb": lambda: repacked(lambda p: p.update({"xl/workbook.bin": p.pop("xl/workbook.xml")})),
        "strict": lambda: repacked(strict),
        "photo": lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4,
        "word": lambda: repacked(lambda p: (p.clear(), p.update({"word/document.xml": b"<d/>"}))),
        "damaged": damaged,
        "broken_xml": lambda: repacked(lambda p: p.update({SHEET: p[SHEET][:900]})),
        "no_sheets": lambda: part(
            "xl/workbook.xml", b"<workbook><sheets><sheet/></sheets></workbook>"
        ),
        "merge_spelt_otherwise": lambda: sheet(b"", ALL.replace(b'"B1:', b'"&#66;1:')),
        "lying": lying,
        "lost_fonts": lambda: repacked(lost_fonts),
        # A formula whose stored result is no number, which only reading the results finds out.
        "lost_results": lambda: sheet(b'<row><c r="E5"><f>1+1</f><v>x</v></c></row>'),
        "twice": lambda: part("\\xl\\workbook.xml"),
        "parts": lambda: repacked(lambda p: p.update({f"{n}.png": b"" for n in range(600)})),
        "utf_16": lambda: part(SHEET, HEAD.decode().encode("utf-16")),
        "utf_7": lambda: part(SHEET, b'<?xml version="1.0" encoding="utf-7"?>' + HEAD[21:]),
        "laughs": lambda: sheet(b"", b"<x>&a9;</x>", LAUGHS),
    },
    "có macro": {
        "macros": lambda: part("xl/vbaProject.bin"),
        "macro_sheet": lambda: part("xl/macrosheets/sheet1.xml"),
    },
    "ActiveX": {"active_x": lambda: part("xl/activeX/activeX1.bin")},
    "Tệp quá lớn": {
        "merge": lambda: sheet(b"", ALL),
        "merge_elsewhere": lambda: part("xl/worksheets/sheet1.xml", HEAD + LAST % ALL),
        "second_ref": lambda: sheet(b"", ALL.replace(b'">"', b"' ref=\"A1\"'")),
        "merges": lambda: sheet(
            b"", b"<mergeCells>" + b'<mergeCell ref="A1:CV1"/>' * 600 + b"</mergeCells>"
        ),
        "link": lambda: sheet(b"", b'<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'),
        "cells": lambda: sheet(b"<row>" + b"<c><v>1</v></c>" * 300_000 + b"</row>"),
        "text": lambda: part("xl/sharedStrings.xml", b"<sst>" + b"x" * (9 << 20) + b"</sst>"),
        "styles": lambda: part("xl/styles.xml", b"<x>" + b"<xf/>" * 300_000 + b"</x>"),
        "bomb": lambda: repacked(
            lambda p: p.update({f"{n}.bin": bytes(5 << 20) for n in range(4)})
        ),
        "shared_formulas": shared_formulas,
        "thousandfold": lambda: repacked(thousandfold),
        "wide_text": lambda: repacked(wide_text, blank("228")),
    },
    "thiếu (hoặc có hai) trang “Thông tin”": {
        "no_cover": lambda: edited(good(), lambda book: book.remove(book[INFO]))
    },
}


@pytest.fixture
def refused_files(tmp_path: Path) -> Path:
    """Return a folder with every file that must be refused and two sound returns among them."""
    for makers in REFUSED.values():
        for name, make in makers.items():
            (tmp_path / f"{name}.xlsx").write_bytes(make())
    (tmp_path / "a_good_one.xlsx").write_bytes(good("230"))
    (tmp_path / "zz_another.xlsx").write_bytes(good("25"))
    return tmp_path


@pytest.mark.slow
def test_guard_broken_file_is_refused_with_its_reason(refused_files: Path, plan: Plan) -> None:
    """Each has one issue, which stops and names the file; the others are read."""
    intake = read_returns(plan, refused_files)
    assert {*zip(intake.issues.severity, intake.issues.rule, strict=True)} == {("stop", "refused")}
    messages = dict(zip(intake.issues.file.str[:-5], intake.issues.message, strict=True))
    names = {name: words for words, makers in REFUSED.items() for name in makers}
    assert messages.keys() == names.keys() and len(messages) == len(intake.issues)
    for name, message in messages.items():
        assert message.startswith(f"Tệp {name}.xlsx: ") and message.endswith(".")
        assert names[name].casefold() in message.casefold(), name
        assert not re.search(r"Traceback|None|Error|Exception", message)
    states = intake.returns.dropna(subset="file").set_index("file").state
    assert states.value_counts().to_dict() == {"unreadable": len(names), "on_time": 2}
    assert {*intake.cells.state[intake.cells.reporter == "228"]} == {"absent"}


@pytest.mark.slow
def test_guard_broken_files_take_little_memory(refused_files: Path, plan: Plan) -> None:
    """Bound the memory of all of them, as the interpreter counts it."""
    tracemalloc.start()
    try:
        read_returns(plan, refused_files)
        assert tracemalloc.get_traced_memory()[1] < 300_000_000  # measured: 60 MB
    finally:
        tracemalloc.stop()


def test_read_return_error_of_ours_blames_no_sender(plan: Plan) -> None:
    """With a form that cannot be: the return counts as not read, and no sender is blamed."""
    impossible = plan.model_copy()
    vars(impossible)["form"] = plan.form.model_copy(update={"first_row": None})
    file = read_return(impossible, "228.xlsx", good())
    [issue] = file.issues
    assert (file.state, file.observations, issue.severity) == ("unreadable", [], "stop")
    assert "công cụ gặp lỗi khi đọc tệp này (TypeError:" in issue.message
    assert "không phải lỗi của đơn vị gửi" in issue.message and "hỏng" not in issue.message


@pytest.mark.slow
@given(st.binary(max_size=300), st.integers(0, 20_000), st.integers(0, 8))
@settings(max_examples=6)
def test_read_returns_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, plan: Plan, junk: bytes, at: int, length: int
) -> None:
    """Bytes written over a return, or a return cut off: no exception, nothing half."""
    content = good()
    file = tmp_path_factory.mktemp("fuzz") / "1.xlsx"
    file.write_bytes(content[:at] + junk + content[at + len(junk) :] if length else content[:at])
    intake = read_returns(plan, file.parent)
    assert ("on_time" in {*intake.returns.state}) != bool(intake.refusals)


# ---- left-overs and other content that touches no figure -----------------------------------------


def is_whole(intake: Intake) -> bool:
    """Return whether all 145 cells of 228 are reported."""
    states = intake.cells.state[intake.cells.reporter == "228"]
    return len(states) == 145 and bool((states == "reported").all())


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("externalLinks/externalLink1.xml", []),
        ("externalLinks/_rels/externalLink1.xml.rels", []),
        ("connections.xml", []),
        ("embeddings/oleObject1.bin", ["note embedded-object"]),
        ("embeddings/Microsoft_Excel_Sheet1.xlsx", ["note embedded-object"]),
    ],
)
def test_guard_left_overs_are_dropped_and_objects_beside_a_full_return_are_a_note(
    post: Post, name: str, rules: list[str]
) -> None:
    """What an object may hold beside a gap is asked about: see the table of answers."""
    intake = post(a=part(f"xl/{name}", b"<x/>" * 9))
    assert [*(intake.issues.severity + " " + intake.issues.rule)] == rules
    assert is_whole(intake)


def test_sheet_reader_cells_with_links_to_another_file_are_asked_about(post: Post) -> None:
    """Only those of cells that are read; what was calculated last is not believed until then."""
    formula = b"<f>[1]Sheet1!A1</f><v>"

    def link(parts: Parts) -> None:
        parts[SHEET] = re.sub(
            rb'(<c r="(?:E5|F5|C9)"[^>]*>)(?:<v>)', rb"\1" + formula, parts[SHEET]
        )

    intake = post(a=repacked(link))
    issues = intake.issues[["rule", "sheet", "cell"]].to_numpy().tolist()
    assert issues == [["external-links", COM, "E5:F5"]]
    cells = intake.cells[intake.cells.state == "contradictory"]
    assert {*cells["cell"]} == {"E5", "F5"}


def with_rows(rows: bytes) -> bytes:
    """Return a good return with further rows in its first sheet."""

    def add(parts: Parts) -> None:
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")

    return repacked(add)


@pytest.mark.slow
def test_guard_borders_far_below_are_no_table(post: Post) -> None:
    """20.000 rows of ten cells with a look and nothing in them."""
    cells = b"".join(b'<c r="%c%%d" s="1"/>' % column for column in b"ABCDEFGHIJ")
    row = b'<row r="%d">' + cells + b"</row>"
    intake = post(a=with_rows(b"".join(row % ((n,) * 11) for n in range(100, 20_100))))
    assert intake.issues.empty and is_whole(intake)


def test_guard_empty_cells_without_address_keep_other_places(post: Post) -> None:
    text = b'<c t="inlineStr"><is><t>xem</t></is></c>'
    intake = post(a=with_rows(b'<row r="40"><c/>' + text + b'<c/><c r="E40"><v>3</v></c></row>'))
    places = zip(intake.issues.rule, intake.issues.sheet, intake.issues["cell"], strict=True)
    assert [*places] == [("foreign-unit", COM, "A40")]


@pytest.mark.parametrize(("row", "column", "text"), [(6001, 1, " "), (3, 300, "x"), (9000, 2, 7)])
def test_sheet_reader_distant_cell_is_named_and_the_others_are_read(
    post: Post, row: int, column: int, text: object
) -> None:
    intake = post(a=edited(good(), lambda book: book[COM].cell(row, column, text)))
    assert [*intake.issues.rule] == ["distant-cell"] and is_whole(intake)


def test_read_returns_unusual_honest_file_is_read(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parts named with backslashes or a leading /, a photo of a phone, a coloured cell at the far
    end, other sheets.
    """

    def decorate(book: Workbook) -> None:
        photo = BytesIO()
        Pixels.new("RGB", (2000, 2000)).save(photo, "JPEG")
        book[COM].add_image(Image(photo), "L5")
        book[COM]["XFD1048576"].number_format = "0.00"
        book.create_sheet("Bảng phụ của huyện")["A1"] = "chỉ tham khảo"
        book.create_sheet("Nháp", 0)["A1"] = 1
        book["Nháp"].sheet_state = "veryHidden"

    def turn(parts: Parts) -> None:
        for name in [name for name in parts if name.startswith("xl/")]:
            parts[f"/{name}".replace("/", "\\")] = parts.pop(name)

    intake = post(a=repacked(turn, edited(good(), decorate)))
    assert intake.issues.empty and is_whole(intake)
    assert capsys.readouterr() == ("", "")
