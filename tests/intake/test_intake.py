"""Any file whatever ends as right rows or as faults a clerk can act on; the others go on.

The addresses are those of the blank form: of 228, a town with 10 communes, these stand in rows 5 to
14. Its whole return asks for 10 x 5 + 5 x 3 + 7 x 5 + 1 + 11 x 4 = 145 cells.
"""

import os
import re
import struct
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import (
    BROKEN,
    COM,
    ENF,
    INFO,
    INT,
    MODEL,
    blank,
    edited,
    good,
    inform,
    place,
    put,
    repacked,
    spoiled,
)
from natural import PEOPLE, natural
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from PIL import Image as Pixels
from seeds import seeds

from pcmd_eval.evaluation.observations import OBSERVATIONS, load_tables
from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import Intake, read_return, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes

Parts = dict[str, bytes]


def broken_rules(faults: pd.DataFrame) -> dict[str, list[str]]:
    """The rules broken in each cell."""
    places = faults.sheet + "!" + faults.cell
    return {at: sorted(rules) for at, rules in faults.rule.groupby(places)}


def said(intake: Intake, reporter: str = "228") -> dict[str, str]:
    """Return the value or state of each cell of a reporter."""
    own = intake.cells[(intake.cells.reporter == reporter) & intake.cells.cell.notna()]
    return dict(zip(own.sheet + "!" + own.cell, own.value.fillna(own.state), strict=True))


def row(intake: Intake, reporter: str = "228") -> pd.Series:
    """The one row of a reporter in the table of returns."""
    (index,) = intake.returns.index[intake.returns.reporter == reporter]
    return intake.returns.loc[index]


# ---- sound returns -------------------------------------------------------------------------------


def test_read_returns_shipped_set_survives_its_tables(
    shipped: Intake, plan: Plan, tmp_path: Path
) -> None:
    """13 of 14 sent, no stop; the same frame comes back from observations.csv."""
    again = read_returns(plan, paths.returns_folder(plan.name))
    assert (shipped.returns.state != "missing").sum() == 13
    assert shipped.stopping == 0 and shipped.refusals == ()
    pd.testing.assert_frame_equal(again.cells, shipped.cells)
    (tmp_path / "observations.csv").write_bytes(to_csv_bytes(shipped.cells[[*OBSERVATIONS]]))
    (tmp_path / "returns.csv").write_bytes(to_csv_bytes(shipped.returns))
    cells, returns = load_tables(tmp_path, plan)
    raw = ["raw"]  # "-" is made inert in a table
    pd.testing.assert_frame_equal(cells.drop(columns=raw), shipped.cells.drop(columns=raw))
    pd.testing.assert_frame_equal(returns, shipped.returns)


def test_read_returns_whole_return_has_no_issue_and_every_figure(
    post: Callable[..., Intake],
) -> None:
    """5 cells for each commune and 95 others; of the province 1 + 3 x 12 + 11 x 4. The rest is
    missing, and absent.
    """
    cells = {"227": 210, "228": 145, "230": 235, "25": 81}
    intake = post(**{code: good(code) for code in cells})
    assert intake.issues.empty
    own = intake.returns[intake.returns.reporter.isin(cells)].set_index("reporter")
    assert own.expected.to_dict() == own.reported.to_dict() == cells
    columns = ["state", "late", "sent", "cutoff", "illustrative"]
    assert {*own[columns].itertuples(index=False, name=None)} == {
        ("on_time", False, pd.Timestamp("2017-12-18"), pd.Timestamp("2017-12-15"), False)
    }
    others = intake.returns[~intake.returns.reporter.isin(cells)]
    assert (
        set(others.state) == {"missing"}
        and (others.absent == others.expected).all()
        and others.late.isna().all()
    )
    assert set(intake.cells.state[~intake.cells.reporter.isin(cells)]) == {"absent"}


SENDERS = ("228", "230", "25")


def numbers(intake: Intake) -> dict[tuple[str, ...], str]:
    """The figures of returns by what they are about; texts and answers left out."""
    keys = ["reporter", "objective", "unit_code", "item", "period"]
    cells = intake.cells[intake.cells.number.notna() & (intake.cells.objective != "support_model")]
    return dict(zip(cells[keys].itertuples(index=False, name=None), cells.value, strict=True))


@pytest.mark.parametrize("seed", seeds(range(4), range(20)))
def test_read_returns_habits_of_clerks_raise_no_alarm(
    post: Callable[..., Intake], seed: int
) -> None:
    """No figure is lost or another, and no signer's name is kept anywhere."""
    plain = post(**{code: good(code) for code in SENDERS})
    intake = post(**{code: natural(code, seed)[0] for code in SENDERS})
    assert not (intake.issues.severity != "note").any(), intake.issues.to_string()
    kept = to_csv_bytes(intake.issues) + to_csv_bytes(intake.cells[[*OBSERVATIONS]])
    assert not any(name.encode() in kept for name in PEOPLE if name != "Thanh Minh")
    sent = intake.cells[intake.cells.reporter.isin(SENDERS)]
    assert set(sent.state) <= {"reported", "blank"}
    assert numbers(plain).items() <= numbers(intake).items()


# ---- returns with faults -------------------------------------------------------------------------


@pytest.mark.parametrize("cases", BROKEN.values(), ids=BROKEN)
def test_read_returns_broken_return_names_exactly_its_faulty_cells(
    post: Callable[..., Intake], cases: list[dict[str, Any]]
) -> None:
    """These cells and no other, in the words that a clerk needs, without a word of code; other
    cells read as before.
    """
    intake = post(spoiled=spoiled(*cases))
    faults = intake.issues.assign(at=intake.issues.sheet + "!" + intake.issues.cell)
    expected = {place(at): rules for case in cases for at, rules in case["faults"].items()}
    assert broken_rules(faults) == {
        at: [rules] if isinstance(rules, str) else rules for at, rules in expected.items()
    }
    assert all(
        message.endswith(".") and message[0] == message[0].upper() for message in faults.message
    )
    assert not faults.column.str.contains(r"[:_]|Q\d").any()
    cells = said(intake, cases[0].get("code", "228"))
    for case in cases:
        own = faults[faults["at"].isin([*map(place, case["faults"])])]
        words = "\n".join(own.message + " " + own.value).casefold()
        assert all(piece.casefold() in words for piece in case.get("says", ())), (case, words)
        assert {at: cells[place(at)] for at in case.get("reads", {})} == case.get("reads", {})
        severity = dict(zip(faults["at"], faults.severity, strict=True))
        hard = {at: severity[place(at)] for at in case.get("severity", {})}
        assert hard == case.get("severity", {})
        written = intake.cells[intake.cells["cell"].notna()]
        items = dict(zip(written.sheet + "!" + written["cell"], written["item"], strict=True))
        assert {at: items[place(at)] for at in case.get("items", {})} == case.get("items", {})
        everything = to_csv_bytes(intake.issues) + to_csv_bytes(written)
        assert not any(word.encode() in everything for word in case.get("nowhere", ()))


def test_read_cell_text_longer_than_a_cell_is_an_issue(post: Callable[..., Intake]) -> None:
    """32.768 characters in the name of a model; a long note is no issue."""

    def lengthen(book: Workbook) -> None:
        put(book[MODEL], 5, 2, "x" * 32_767, 1, None, "1/6/2017", "Có", 12, "y" * 32_767)

    def share(parts: Parts) -> None:
        for name in [name for name in parts if name.startswith("xl/worksheets/")]:
            parts[name] = re.sub(rb"(x|y){32767}", rb"\g<0>\1", parts[name])

    intake = post(long=repacked(share, edited(good(), lengthen)))
    assert broken_rules(intake.issues) == {f"{MODEL}!B5": ["unreadable"]}
    assert intake.issues.value.str.len().max() < 150


def test_sheet_table_other_case_spaces_and_order_is_found(
    post: Callable[..., Intake],
) -> None:
    """6.1 and 6.10 typed as numbers are told apart by their labels; case, spaces and order do not
    count.
    """

    def retype(book: Workbook) -> None:
        book[ENF]["A5"], book[ENF]["A14"], book[ENF]["A7"], book[ENF]["A8"] = 6.1, 6.1, 6.3, " 6.4 "
        book[ENF]["D4"], book[ENF]["E4"], book[ENF].title = "Quý\n ii", " quý I ", " 6  XỬ LÝ"
        inform(
            book,
            version="1",
            year=2017.0,
            code=228,
            name="TX. Phú Thọ",
            plan=" 884/kh-ubnd ",
            mark="Không",
        )

    intake = post(good=edited(good(), retype))
    assert intake.issues.empty and row(intake).reported == 145
    quarters = intake.cells[(intake.cells["item"] == "6.10") & (intake.cells.reporter == "228")]
    assert [*quarters.cell] == ["E14", "D14", "F14", "G14"]


def test_workbook_formula_counts_with_its_stored_result(post: Callable[..., Intake]) -> None:
    """=1+1 that Excel calculated is 2; what was never calculated is unreadable, also where it spans
    cells.
    """

    def write(book: Workbook) -> None:
        book[COM]["E5"], book[COM]["F5"] = "=1+1", "=SUM(G5:H5)"

    def calculate(parts: Parts) -> None:
        parts[SHEET] = re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", rb"<f>1+1</f><v>2</v>", parts[SHEET])

    intake = post(formula=repacked(calculate, edited(good(), write)))
    assert (said(intake)[f"{COM}!E5"], said(intake)[f"{COM}!F5"]) == ("2", "unreadable")
    assert [*intake.issues.cell] == ["F5"] and "=SUM(G5:H5)" in intake.issues.value[0]


BLANK_ROWS = [  # quarters of the prefilled row, of one further down, and what is read
    ((None, None, None, None), (1, 0, 1, 1), "1 0 1 1"),
    ((None, None, None, None), (0, None, None, None), "0 blank blank blank"),
    ((1, None, None, None), (1, 0, 1, 1), "1 blank blank blank 1 0 1 1"),
    (("?", None, None, None), (1, 0, 1, 1), "unreadable blank blank blank 1 0 1 1"),
    (
        (None, None, None, None),
        (None, None, None, None),
        "blank blank blank blank blank blank blank blank",
    ),
    ((None, None, None, None), ("?", "?", "?", "?"), "blank blank blank blank" + 4 * " unreadable"),
]


def test_read_sheets_blank_rows_beside_others_are_not_read(post: Callable[..., Intake]) -> None:
    """A prefilled row left blank does not make its commune unknown, and attendance alone does not
    keep it; 2.6 is expected once anything stands in it; a line with a remark only is none, nor are
    TT numbers.
    """

    def write(book: Workbook) -> None:
        book[INT]["D10"], book[MODEL]["B5"], book[MODEL]["H7"] = "Không", None, "tư vấn"
        for row, (first, second, _) in enumerate(BLANK_ROWS, 5):
            put(book[COM], row, 5, *first)
            code, name = (book[COM].cell(row, column).value for column in (1, 2))
            put(book[COM], row + 10, 1, code, name, None, "loa truyền thanh")
            put(book[COM], row + 10, 5, *second)

    cells = post(rows=edited(good(), write)).cells
    own = cells[cells.reporter == "228"].assign(read=cells.value.fillna(cells.state))
    quarters = own[(own.objective == "communication") & (own.period != "Y")]
    assert [" ".join(rows.read) for _, rows in quarters.groupby("unit_code")][:6] == [
        said for *_, said in BLANK_ROWS
    ]
    assert [*own.state[own.row == "2.6"]] == ["blank", "reported", "blank"]
    assert [*own["item"][own.objective == "support_model"]] == ["none:name"]
    assert "2.6" not in {*cells.row[cells.reporter == "230"]}


# ---- files that are refused ----------------------------------------------------------------------

_HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_LAST = b"</worksheet>"
SHEET = "xl/worksheets/sheet2.xml"  # 1 Tuyên truyền


def sheet(data: bytes, after: bytes = b"", before: bytes = b"") -> bytes:
    """A good return whose first sheet with figures holds this XML instead."""
    xml = before + (_HEAD[21:] if before else _HEAD) + data + b"</sheetData>" + after + _LAST
    return repacked(lambda parts: parts.update({SHEET: xml}))


def part(name: str, content: bytes = b"<x/>") -> bytes:
    """A good return with one part more."""
    return repacked(lambda parts: parts.update({name: content}))


def lying() -> bytes:
    """A part of 1 GB that says it has 100 bytes: the size in the list of parts and in the part's
    own header.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = zeros * 64 + packer.flush()
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(packed), 100, 5, 0)
    own, listed = b"PK\x03\x04" + fields + b"a.xml" + packed, b"PK\x01\x02\x14\0" + fields
    listed += struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.xml"
    return (
        own
        + listed
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(own), 0)
    )


def encrypted() -> bytes:
    """A container whose parts a packer has encrypted."""
    content = bytearray(good())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def damaged() -> bytes:
    """A part whose bytes no longer agree with its checksum."""
    content = bytearray(good())
    at = zipfile.ZipFile(BytesIO(content)).getinfo(SHEET).header_offset + 250
    content[at : at + 60] = bytes(byte ^ 0xFF for byte in content[at : at + 60])
    return bytes(content)


def shared(parts: Parts) -> None:
    """Twenty thousand cells that copy one formula of 8.000 characters."""
    cells = b"".join(b'<c><f t="shared" si="0"/></c>' for _ in range(20_000))
    first = b'<c r="A1"><f t="shared" ref="A1:XFD2" si="0">' + b"A1+" * 2700 + b"1</f></c>"
    parts[SHEET] = _HEAD + b"<row>" + first + cells + b"</row></sheetData>" + _LAST


def lost_fonts(parts: Parts) -> None:
    """Cells in fonts that are not there, which openpyxl finds out when one of them is looked at."""
    parts["xl/styles.xml"] = re.sub(rb'fontId="[1-9]', rb"\g<0>999", parts["xl/styles.xml"])


def lost_results(parts: Parts) -> None:
    """A formula whose stored result is no number, which only reading the results finds out."""
    cells = b'<row><c r="E5"><f>1+1</f><v>x</v></c></row>'
    parts[SHEET] = _HEAD + cells + b"</sheetData>" + _LAST


def thousandfold(parts: Parts) -> None:
    """A thousand sheets that are one part of half a megabyte."""
    parts[SHEET] = _HEAD + b" " * 500_000 + b"</sheetData>" + _LAST
    sheets = b"".join(
        b'<sheet name="s%d" sheetId="%d" r:id="rId3"/>' % (n, n) for n in range(100, 1100)
    )
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", sheets + b"</sheets>")


def wide_text(parts: Parts) -> None:
    """One text of 30.000 characters in a thousand cells: 118 kB that once filled a disk."""
    text = b"<si><t>" + b"x" * 30_000 + b"</t></si>"
    parts["xl/sharedStrings.xml"] = parts["xl/sharedStrings.xml"].replace(
        b"</sst>", text + b"</sst>"
    )
    number = parts["xl/sharedStrings.xml"].count(b"<si>") - 1
    cells = (
        b'<row r="%d"><c r="B%d" t="s"><v>%d</v></c></row>' % (n, n, number) for n in range(5, 1000)
    )
    parts[SHEET] = _HEAD + b"".join(cells) + b"</sheetData>" + _LAST


def strict(parts: Parts) -> None:
    """Return the parts that Excel writes for Strict Open XML."""
    old, new = (
        b"schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"purl.oclc.org/ooxml/spreadsheetml/main",
    )
    parts.update({name: content.replace(old, new) for name, content in parts.items()})


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
_LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
_ALL = b'<mergeCells><mergeCell note=">" ref="B1:B1048576"/></mergeCells>'
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("Tệp rỗng (0 byte)", lambda: b""),
    "cut": ("bị cụt hoặc hỏng", lambda: good()[:9000]),
    "old_xls": ("đời cũ (.xls)", lambda: _OLE + "Workbook".encode("utf-16-le") + bytes(500)),
    "old_xls_that_holds_a_zip": ("đời cũ (.xls)", lambda: _OLE + good()),
    "password": ("mật khẩu mở", lambda: _OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500)),
    "web_page": ("trang web", "\ufeff\r\n<HTML><body>Quý I</body></HTML>".encode),
    "xml_2003": ("Tệp là XML", lambda: b'<?xml version="1.0"?><Workbook></Workbook>'),
    "pdf": ("bản PDF", lambda: b"%PDF-1.6\n%\xc3\xa4\n2 0 obj, <</Length 3 0 R>>\n"),
    "csv": ("văn bản CSV", "Mã xã;Tên xã\n07939;Trường Thịnh\n".encode),
    "photo": (
        "không phải sổ Excel .xlsx",
        lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4,
    ),
    "word": (
        "không phải sổ Excel",
        lambda: repacked(lambda p: (p.clear(), p.update({"word/document.xml": b"<d/>"}))),
    ),
    "ods": ("OpenDocument", lambda: part("content.xml")),
    "xlsb": ("(.xlsb)", lambda: part("xl/workbook.bin")),
    "strict": ("Strict Open XML", lambda: repacked(strict)),
    "encrypted": ("Tệp nén có mật khẩu", encrypted),
    "macros": ("có macro", lambda: part("xl/vbaProject.bin")),
    "active_x": ("ActiveX", lambda: part("xl/activeX/activeX1.bin")),
    "macro_sheet": ("có macro", lambda: part("xl/macrosheets/sheet1.xml")),
    "damaged": ("tệp hỏng", damaged),
    "broken_xml": ("tệp hỏng", lambda: repacked(lambda p: p.update({SHEET: p[SHEET][:900]}))),
    "no_sheets": (
        "tệp hỏng",
        lambda: part("xl/workbook.xml", b"<workbook><sheets><sheet/></sheets></workbook>"),
    ),
    "twice": ("cấu trúc bất thường", lambda: part("\\xl\\workbook.xml")),
    "many_parts": (
        "cấu trúc bất thường",
        lambda: repacked(lambda p: p.update({f"{n}.png": b"" for n in range(600)})),
    ),
    "laughs": (
        "DTD",
        lambda: sheet(b"", b"<x>&a9;</x>", b'<!DOCTYPE x [<!ENTITY a0 "ha">' + _LAUGHS + b"]>"),
    ),
    "utf_16": ("UTF-8", lambda: part(SHEET, _HEAD.decode().encode("utf-16"))),
    "other_encoding": (
        "UTF-8",
        lambda: part(SHEET, b'<?xml version="1.0" encoding="utf-7"?>' + _HEAD[21:]),
    ),
    "merge": ("gộp hoặc liên kết quá lớn", lambda: sheet(b"", _ALL)),
    "merge_in_a_sheet_nobody_reads": (
        "gộp hoặc liên kết",
        lambda: part("xl/worksheets/sheet1.xml", _HEAD + b"</sheetData>" + _ALL + _LAST),
    ),
    "merge_spelt_otherwise": ("tệp hỏng", lambda: sheet(b"", _ALL.replace(b'"B1:', b'"&#66;1:'))),
    "merge_behind_another": (
        "gộp hoặc liên kết",
        lambda: sheet(b"", _ALL.replace(b'">"', b"' ref=\"A1\"'")),
    ),
    "many_merges": (
        "gộp hoặc liên kết",
        lambda: sheet(b"", b"<mergeCells>" + b'<mergeCell ref="A1:CV1"/>' * 600 + b"</mergeCells>"),
    ),
    "link": (
        "gộp hoặc liên kết",
        lambda: sheet(b"", b'<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'),
    ),
    "cells": ("Tệp quá lớn", lambda: sheet(b"<row>" + b"<c><v>1</v></c>" * 300_000 + b"</row>")),
    "text": (
        "Tệp quá lớn",
        lambda: part("xl/sharedStrings.xml", b"<sst>" + b"x" * (9 << 20) + b"</sst>"),
    ),
    "styles": (
        "Tệp quá lớn",
        lambda: part("xl/styles.xml", b"<styleSheet>" + b"<xf/>" * 300_000 + b"</styleSheet>"),
    ),
    "bomb": (
        "Tệp quá lớn",
        lambda: repacked(lambda p: p.update({f"{n}.bin": bytes(5 << 20) for n in range(4)})),
    ),
    "lying": ("tệp hỏng", lying),
    "shared_formulas": ("Tệp quá lớn", lambda: repacked(shared)),
    "thousandfold": ("Tệp quá lớn", lambda: repacked(thousandfold)),
    "wide_text": ("Tệp quá lớn", lambda: repacked(wide_text, blank("228"))),
    "lost_fonts": ("tệp hỏng", lambda: repacked(lost_fonts)),
    "lost_results": ("tệp hỏng", lambda: repacked(lost_results)),
    "no_particulars": (
        "thiếu (hoặc có hai) trang “Thông tin”",
        lambda: edited(good(), lambda b: b.remove(b[INFO])),
    ),
    "unknown_unit": ("mang mã “229”", lambda: edited(good(), lambda b: inform(b, code="229"))),
    "commune": ("mang mã “07939”", lambda: edited(good(), lambda b: inform(b, code="07939"))),
    "wrong_year": (
        "“Năm” là “2016”, cần “2017”",
        lambda: edited(good(), lambda b: inform(b, year=2016)),
    ),
    "wrong_plan": (
        "“Kế hoạch” là “885/KH-UBND”",
        lambda: edited(good(), lambda b: inform(b, plan="885/KH-UBND")),
    ),
    "wrong_version": (
        "“Phiên bản biểu mẫu” là “”",
        lambda: edited(good(), lambda b: inform(b, version=None)),
    ),
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """One folder with every file that must be refused and two sound returns among them."""
    for name, (_, make) in REFUSED.items():
        (tmp_path / f"{name}.xlsx").write_bytes(make())
    (tmp_path / "a_good_one.xlsx").write_bytes(good("230"))
    (tmp_path / "zz_another.xlsx").write_bytes(good("25"))
    return tmp_path


def test_guard_broken_files_are_refused_each_with_its_sentence(hostile: Path, plan: Plan) -> None:
    """The one fault of a file stops, names the file, the reason and a remedy, and knows its cell."""
    intake = read_returns(plan, hostile)
    assert {*intake.issues.severity} == {"stop"} and {*intake.issues.rule} == {"refused"}
    assert [*intake.issues.file.sort_values()] == sorted(f"{name}.xlsx" for name in REFUSED)
    for file, message in zip(intake.issues.file, intake.issues.message, strict=True):
        words, _ = REFUSED[file.removesuffix(".xlsx")]
        assert (
            message.startswith(f"Tệp {file}: ")
            and message.endswith(".")
            and words.casefold() in message.casefold()
        )
        assert not re.search(r"Traceback|None|Error|Exception", message)
    where = intake.issues[intake.issues.cell != ""]
    assert {*zip(where.file.str[:-5], where.sheet, where.cell, where.column, strict=True)} == {
        ("wrong_year", INFO, "B7", "Năm"),
        ("wrong_plan", INFO, "B6", "Kế hoạch"),
        ("wrong_version", INFO, "B5", "Phiên bản biểu mẫu"),
        ("unknown_unit", INFO, "B8", "Mã đơn vị"),
        ("commune", INFO, "B8", "Mã đơn vị"),
    }
    assert (row(intake, "230").reported, row(intake, "25").reported) == (235, 81)
    assert {*intake.returns.state[intake.returns.reporter == "228"]} == {"unreadable"}
    own = intake.cells[intake.cells.reporter == "228"]
    assert len(own) == 145 and {*own.state} == {"absent"}


def test_read_return_error_of_ours_blames_no_sender(blanks: Path, plan: Plan) -> None:
    """With a form that cannot be: the return counts as not read, and no sender is blamed."""
    ours = plan.model_copy()
    vars(ours)["form"] = plan.form.model_copy(update={"first_row": None})
    file = sorted(blanks.glob("*.xlsx"))[0]
    found = read_return(ours, file.name, file.read_bytes())
    [fault] = found.issues
    assert (found.state, found.observations, fault.severity) == ("unreadable", [], "stop")
    assert "công cụ gặp lỗi khi đọc tệp này (TypeError:" in fault.message
    assert "không phải lỗi của đơn vị gửi" in fault.message and "hỏng" not in fault.message


@pytest.mark.slow
def test_guard_broken_files_take_little_memory(hostile: Path, plan: Plan) -> None:
    """Bounds the memory of all of them, as the interpreter counts it."""
    tracemalloc.start()
    try:
        read_returns(plan, hostile)
        assert tracemalloc.get_traced_memory()[1] < 300_000_000  # measured: 60 MB
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300), st.integers(0, 20_000), st.integers(0, 8))
@settings(max_examples=6)
def test_read_returns_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, plan: Plan, junk: bytes, at: int, cut: int
) -> None:
    """Bytes written over a return, or a return cut off: no exception, nothing half."""
    folder = tmp_path_factory.mktemp("fuzz")
    content = good()
    damaged = content[:at] + junk + content[at + len(junk) :] if cut else content[:at]
    (folder / "1.xlsx").write_bytes(damaged)
    intake = read_returns(plan, folder)
    assert (row(intake).state == "on_time") != bool(intake.refusals)


def test_read_returns_unusual_honest_file_is_read(
    post: Callable[..., Intake], capsys: pytest.CaptureFixture[str]
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

    intake = post(odd=repacked(turn, edited(good(), decorate)))
    assert intake.issues.empty and row(intake).reported == 145
    assert capsys.readouterr() == ("", "")


# ---- states ---------------------------------------------------------------------------------------


def test_returns_frame_state_is_the_first_that_holds(post: Callable[..., Intake]) -> None:
    """The deadline is 20/12/2017; partial, by blank cells or a silent sheet, comes before late;
    empty before both.
    """

    def lacking(code: str, blanks: int, day: Any) -> bytes:
        def clear(book: Workbook) -> None:
            inform(book, sent=day)
            for at in range(blanks):
                book[COM].cell(5 + at % 10, 5 + at // 10).value = None

        return edited(good(code), clear)

    returns = post(
        a=lacking("230", 0, date(2017, 12, 20)),
        b=lacking("231", 0, "21/12/2017"),
        c=lacking("227", 21, date(2017, 12, 20)),  # 189 of 210: 90%
        d=lacking("228", 15, date(2018, 1, 5)),  # 130 of 145: 89,7%
        e=edited(
            good("25"), lambda book: book[MODEL].__setitem__("B5", None)
        ),  # the statement is the sheet's one cell
        f=edited(blank("232"), lambda book: inform(book, sent=date(2018, 1, 5))),
    ).returns.dropna(subset="file")
    assert {own.file[0]: (own.state, own.late, own.blank) for own in returns.itertuples()} == {
        "a": ("on_time", False, 0),
        "b": ("late", True, 0),
        "c": ("on_time", False, 21),
        "d": ("partial", True, 15),
        "e": ("partial", False, 1),
        "f": ("empty", True, 230),
    }


# ---- the folder ----------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="its file systems have no such names and files")
def test_inbox_other_files_are_named_by_what_they_may_hold(
    post: Callable[..., Intake], tmp_path: Path
) -> None:
    """A workbook of another kind stands for a district that sent: to be confirmed; a name cannot
    split a message.
    """
    folder = tmp_path / "returns"
    for name in (
        "232-x.xls",
        "a.ods",
        "b.xlsm",
        "thư.docx",
        "README.md",
        "~$1.xlsx",
        ".DS_Store",
        "Thumbs.db",
    ):
        (folder / name).write_bytes(b"x")
    for name in ("cũ", "ảnh", "c.xlsx"):
        (folder / name).mkdir()
    (folder / "cũ" / "237.xlsx").write_bytes(good("237"))
    (folder / "vòng.xlsx").symlink_to(folder / "vòng.xlsx")
    os.mkfifo(folder / "ống.xlsx")
    for name in (b"x\ny.xlsx", "x\u202ey.xlsx".encode(), b"b\xff.xlsx"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(good("230"))
    intake = post(PHU=good())
    found = intake.issues.set_index("file").severity
    assert found.to_dict() == {
        **dict.fromkeys(
            ("232-x.xls", "a.ods", "b.xlsm", "cũ", "c.xlsx", "vòng.xlsx", "ống.xlsx"), "confirm"
        ),
        **dict.fromkeys(("thư.docx", "ảnh"), "note"),
        **dict.fromkeys(("x�y.xlsx", "b�.xlsx"), "stop"),
    }
    assert (row(intake).state, row(intake, "237").state, row(intake, "230").state) == (
        "on_time",
        "missing",
        "missing",
    )


def test_read_returns_refusals_come_back_with_their_reasons(
    post: Callable[..., Intake], plan: Plan, tmp_path: Path
) -> None:
    """No folder is refused; an empty one, only refused files, and mixed marks come back with their
    reasons.
    """
    with pytest.raises(InputRefused, match="/x”"):
        read_returns(plan, tmp_path / "x")
    assert "Không có tệp .xlsx nào." in post().refusals
    assert "wrong.xlsx" in post(wrong=REFUSED["wrong_year"][1]()).refusals[1]
    mixed = post(marked=edited(good(), lambda book: inform(book, mark=" CÓ ")), real=good("237"))
    assert "marked.xlsx" in mixed.refusals[0] and "real.xlsx" in mixed.refusals[0]
    assert (row(mixed, "237").illustrative, row(mixed, "237").state) == (False, "on_time")


def test_particulars_code_without_leading_zeros_is_found(tmp_path: Path) -> None:
    """Codes of provinces 01 to 08 and of districts up to 099, typed as numbers: 8 is 08, 70 is 070."""
    written = (paths.PLANS / "thua_thien_hue_2017.yaml").read_text(encoding="utf-8")
    file = tmp_path / "tuyen_quang_2017.yaml"
    file.write_text(written.replace('province: "46"', 'province: "08"'), encoding="utf-8")
    plan = load_plan(str(file))
    units = {"08": 8, "070": 70, "072": 72}
    folder = tmp_path / "returns"
    folder.mkdir()
    for code, number in units.items():
        typed = edited(blank_return(plan, code), lambda book, n=number: inform(book, code=n))
        (folder / f"{code}.xlsx").write_bytes(typed)
    intake = read_returns(plan, folder)
    files = intake.returns.set_index("reporter").file
    assert {code: files[code] for code in units} == {code: f"{code}.xlsx" for code in units}
    assert {*intake.issues.rule} == {"cutoff-date", "sent-date"}


@pytest.mark.parametrize("name", ["binh_thuan_2017", "thua_thien_hue_2017"])
def test_read_returns_blank_form_of_another_plan_is_read(name: str, tmp_path: Path) -> None:
    """Its own template comes back without a fault but the days, of its own units and sheets."""
    other = load_plan(name)
    code = str(other.reporting_units.index[0])
    (tmp_path / "1.xlsx").write_bytes(blank(code, name))
    intake = read_returns(other, tmp_path)
    assert {*intake.issues.rule} == {"cutoff-date", "sent-date"}
    assert row(intake, code).state == "empty" and row(intake, code).absent == 0
