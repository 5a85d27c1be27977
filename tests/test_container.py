"""The look at a container before anything opens it: each limit from both sides, and nothing honest refused.

Whole hostile files are in tests/broken and tests/test_broken.py; here are the limits themselves.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import broken
import pytest
from broken import REFUSED, edited, good, repacked, sheet_of, with_parts, zipped
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName

from pcmd_eval import paths
from pcmd_eval.intake.container import Limits, Refused, refuse_hostile

LIMITS = Limits()


def refusal(content: bytes, **limits: int) -> str:
    """The sentence with which these bytes are refused, "" if they are not."""
    try:
        refuse_hostile(content, replace(LIMITS, **limits))
    except Refused as refused:
        return str(refused)
    return ""


# ---- nothing honest is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(paths.returns_folder("phu_tho_2017").glob("*.xlsx")), ids=lambda p: p.stem)
def test_the_shipped_returns_pass(path: object) -> None:
    """Every illustrative return is a plain workbook."""
    refuse_hostile(path.read_bytes())  # type: ignore[attr-defined]


def _comments_and_colours(book: Workbook) -> None:
    sheet = book[broken.COM]
    sheet["K2"] = '=HYPERLINK("https://phutho.gov.vn")'
    sheet["K3"].hyperlink = "https://phutho.gov.vn"
    sheet["K4"].fill = PatternFill("solid", start_color="FFFF00")
    book.defined_names["vung"] = DefinedName("vung", attr_text="'1 Tuyên truyền'!$A$5:$A$14")
    book.create_sheet("Ghi chép")["A1"] = "riêng"


def _far_formats(book: Workbook) -> None:
    book[broken.COM]["A1048576"].fill = PatternFill("solid", start_color="FFFF00")
    book[broken.COM]["XFD3"].number_format = "0.00"


@pytest.mark.parametrize("change", [_comments_and_colours, _far_formats, lambda book: None])
def test_what_people_add_passes(change: Callable[[Workbook], None]) -> None:
    """Links to pages, names, colours, sheets of their own, formats far away: no reason to refuse."""
    assert refusal(edited(good(), change)) == ""


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("xl/printerSettings/printerSettings1.bin", b"\x00\x01 printer"),
        ("xl/media/image1.png", b"\x89PNG\r\n"),
        ("xl/drawings/vmlDrawing1.vml", b"<xml><br>not well formed</xml>"),
        ("xl/calcChain.xml", b'<calcChain><c r="A9000"/><c r="ZZZ1"/></calcChain>'),
        ("xl/charts/chart1.xml", b'<c:chart xmlns:c="x"><c:f>a</c:f><c:v>1</c:v></c:chart>'),
        ("docProps/custom.xml", b'<?xml version="1.0" encoding="UTF-16"?><a/>'.decode().encode("utf-16")),
        ("xl/", b""),
    ],
)
def test_parts_that_excel_writes_beside_the_sheets_pass(name: str, part: bytes) -> None:
    """Settings, pictures, drawings, charts, folders."""
    assert refusal(repacked(good(), lambda parts: parts.update({name: part}))) == ""


def test_a_picture_in_a_sheet_passes(tmp_path: object) -> None:
    """A stamp or a signature was pasted in (where the imaging library is there)."""
    pillow = pytest.importorskip("PIL.Image")
    picture = io.BytesIO()
    pillow.new("RGB", (9, 9)).save(picture, "PNG")
    assert refusal(edited(good(), lambda book: book[broken.COM].add_image(Image(picture), "L5"))) == ""


# ---- each limit from both sides -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "passes"),
    [
        *(("A5000", True), ("A5001", False), ("GR1", True), ("GS1", False), ("$A$5000", True), ("XFD1", False)),
        *(("a1", False), ("1A", False), ("A", False), ("A1B", False)),
    ],
)
def test_a_cell_that_holds_something_lies_within_5000_rows_and_200_columns(address: str, passes: bool) -> None:
    """GR is column 200; an address that is none is refused, too."""
    content = sheet_of(b'<row><c r="%s"><v>1</v></c></row>' % address.encode())
    assert (refusal(content) == "") == passes
    if not passes:
        assert address in refusal(content)


@pytest.mark.parametrize("inside", [b"<v>1</v>", b"<f>A1</f>", b"<is><t>x</t></is>"])
def test_values_formulas_and_texts_count_as_something(inside: bytes) -> None:
    """A far cell with only a style holds nothing."""
    far = b'<row><c r="A9999" s="1">%s</c></row>'
    assert "quá xa" in refusal(sheet_of(far % inside))
    assert refusal(sheet_of(far % b"")) == ""


@pytest.mark.parametrize(
    ("area", "passes"), [("A1:GR5000", True), ("A1:GS2", False), ("A1:B5001", False), ("nonsense", False)]
)
def test_a_merged_area_lies_within_the_same_reach(area: str, passes: bool) -> None:
    """Its corners are looked at."""
    content = sheet_of(b"", b'<mergeCells><mergeCell ref="%s"/></mergeCells>' % area.encode())
    assert (refusal(content) == "") == passes


def test_the_number_of_cells_counts_over_all_parts() -> None:
    """Two sheets of 20 cells each: 39 are too few for both."""
    row = b"<row>" + b"<c><v>1</v></c>" * 20 + b"</row>"
    sheet = b"<worksheet>" + row + b"</worksheet>"
    two = zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/a.xml": sheet, "xl/other.xml": sheet})
    assert refusal(two, cells=40) == ""
    assert "quá nhiều ô" in refusal(two, cells=39)


def test_the_number_of_elements_is_bounded() -> None:
    """What is no cell takes time, too."""
    content = zipped({"xl/workbook.xml": b"<a>" + b"<b/>" * 99 + b"</a>"})
    assert refusal(content, elements=100) == ""
    assert refusal(content, elements=99)


def test_parts_and_their_sum_are_bounded() -> None:
    """One byte more is too much, as the container declares it."""
    content = zipped({"xl/workbook.xml": b"<a/>", "xl/a.bin": bytes(1000), "xl/b.bin": bytes(1000)})
    assert refusal(content, part_bytes=1000, all_bytes=2004) == ""
    assert "quá lớn" in refusal(content, part_bytes=999)
    assert "quá lớn" in refusal(content, all_bytes=2003)
    assert refusal(content, parts=3) == ""
    assert "quá nhiều phần" in refusal(content, parts=2)


def test_a_part_that_is_larger_than_declared_is_refused() -> None:
    """The list of the container says 5 bytes, the part unpacks to more: the checksum of the first 5 is wrong."""
    content = bytearray(zipped({"xl/workbook.xml": b"<a></a>" + b" " * 5000}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/workbook.xml").file_size
    for at in (content.find(b"PK\x03\x04") + 22, content.find(b"PK\x01\x02") + 24):
        assert int.from_bytes(content[at : at + 4], "little") == size
        content[at : at + 4] = (7).to_bytes(4, "little")
    assert refusal(bytes(content))


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml"])
def test_macros_are_found_however_they_are_written(name: str) -> None:
    """Names of parts ignore case."""
    assert "macro" in refusal(repacked(good(), lambda parts: parts.update({name: b"x"})))


@pytest.mark.parametrize("name", ["xl/externalLinks/externalLink1.xml", "xl/connections.xml", "xl/queryTables/q1.xml"])
def test_figures_from_elsewhere_are_refused(name: str) -> None:
    """Links, connections and queries: their stored values are not this sender's figures."""
    assert "liên kết ngoài" in refusal(repacked(good(), lambda parts: parts.update({name: b"<a/>"})))


@pytest.mark.parametrize("name", ["xl/embeddings/a.docx", "xl/activeX/activeX1.xml"])
def test_objects_inside_are_refused(name: str) -> None:
    """Objects may hold anything."""
    assert "đối tượng nhúng" in refusal(repacked(good(), lambda parts: parts.update({name: b"<a/>"})))


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/new.bin"])
def test_a_dtd_is_refused_in_every_part(part: str) -> None:
    """Not only in worksheets, and whatever the part is called."""
    dtd = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert "DTD" in refusal(repacked(good(), lambda parts: parts.update({part: dtd})))


def test_the_words_never_grow_with_the_file() -> None:
    """A name or an address of any length is cut in the message."""
    assert len(refusal(sheet_of(b'<row><c r="%s"><v>1</v></c></row>' % (b"A" * 100_000)))) < 300
    assert len(refusal(sheet_of(b"", b'<mergeCells><mergeCell ref="%s"/></mergeCells>' % (b"A" * 100_000)))) < 300
    assert len(refusal(with_parts(**{"x" * 5000 + "_xml": b"<a"}))) < 400


@pytest.mark.parametrize("name", [n for n, r in REFUSED.items() if not r.reporter and n != "workbook_without_sheets"])
def test_every_sentence_has_a_remedy(name: str) -> None:
    """Each refusal of the pre-scan says what the sender does next."""
    words = refusal(REFUSED[name].make())
    if words:
        assert any(verb in words for verb in ("gửi lại", "chép số liệu", "dùng biểu mẫu"))
        assert words[0].isupper()


def test_a_text_of_html_or_csv_is_recognised_in_usual_encodings() -> None:
    """With a byte-order mark, in UTF-16, with spaces before it."""
    for html in (b"  <table>", b"\xef\xbb\xbf<html>", "\ufeff<!DOCTYPE html>".encode("utf-16-le")):
        assert "HTML" in refusal(html)
    for csv in (b"a,b\n", b"a\tb\n", "Mã;Tên\n".encode()):
        assert "CSV" in refusal(csv)
