"""Reading returns: each rule of design sections 3 to 5 on workbooks made by filling in the blank ones.

Most tests use 228, a town with 10 communes. Its whole return has every figure: one session in every quarter of every
commune, no document, no activity, no model, no case; it is sent in time and goes to the last day of the year.
"""

import os
import re
import shutil
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.returns import Intake, read_returns, take_in
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import OBJECTIVES, communes_maintaining, models, programmes, quarters_active
from pcmd_eval.observations import Observation, Return
from pcmd_eval.project import Project, open_project

COM, INT, HARM, MODEL, MEDIA, ENF = (
    *("1 Tuyên truyền", "2 Lồng ghép", "3 Can thiệp", "4 Mô hình", "5 Tin bài", "6 Xử lý"),
)
Q = ("Quý I", "Quý II", "Quý III", "Quý IV")
FIRST = "07939"  # Phường Trường Thịnh, row 5
SECOND = "07942"  # Phường Hùng Vương, row 6


@cache
def _blank(code: str) -> bytes:
    project = open_project("phu_tho_2017")
    return blank_return(project.plan, project.form, project.register, project.register.reporter(code))


@cache
def _whole(code: str) -> bytes:
    filing = Filing(code, load_workbook(BytesIO(_blank(code))))
    filing.info("Ngày chốt số liệu", date(2017, 12, 31)).info("Ngày gửi", date(2017, 12, 18))
    for sheet in filing.book.sheetnames[1:]:
        for key in filing.keys(sheet) if sheet != MODEL else ():
            if key not in ("2.6", "5.4"):
                for header in filing.headers(sheet):
                    one = int(sheet == COM or key == "5.1")
                    if header in Q or header.startswith("Tháng"):
                        filing.put(sheet, key, header, one)
                    elif header in ("Lượt người", "Số người được tiếp cận", "Kinh phí (triệu đồng)"):
                        filing.put(sheet, key, header, 20 * one)
                if sheet == INT:
                    filing.put(sheet, key, "Số, ngày văn bản", "Chưa có").put(sheet, key, "Đã thực hiện", "Không")
    filing.book[MODEL]["B5"] = "Không có mô hình"
    return filing.bytes()


@dataclass
class Filing:
    """A return being filled in."""

    code: str
    book: Workbook

    @classmethod
    def whole(cls, code: str = "228") -> "Filing":
        """A return with every figure."""
        return cls(code, load_workbook(BytesIO(_whole(code))))

    @classmethod
    def blank(cls, code: str = "228") -> "Filing":
        """The blank return, with its two days."""
        filing = cls(code, load_workbook(BytesIO(_blank(code))))
        return filing.info("Ngày chốt số liệu", date(2017, 12, 31)).info("Ngày gửi", date(2017, 12, 18))

    def headers(self, sheet: str) -> dict[str, int]:
        """The columns of a sheet."""
        return {cell.value: cell.column for cell in self.book[sheet][4] if cell.value is not None}

    def keys(self, sheet: str) -> dict[str, int]:
        """The rows of a sheet by their code."""
        cells = (self.book[sheet].cell(row, 1) for row in range(5, self.book[sheet].max_row + 1))
        return {str(cell.value): cell.row for cell in cells if cell.value is not None}

    def info(self, label: str, value: Any) -> "Filing":
        """Write beside a label of the first sheet."""
        page = self.book["Thông tin"]
        row = next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == label)
        page.cell(row, 2).value = value
        return self

    def put(self, sheet: str, key: str, header: str, value: Any) -> "Filing":
        """Write into the cell of a row and a column."""
        self.book[sheet].cell(self.keys(sheet)[key], self.headers(sheet)[header]).value = value
        return self

    def quarters(self, sheet: str, key: str, *values: Any) -> "Filing":
        """Write the four quarters of a row."""
        for header, value in zip(Q, values, strict=True):
            self.put(sheet, key, header, value)
        return self

    def add(self, sheet: str, **cells: Any) -> "Filing":
        """Write a row below the last one; the keywords are the columns A, B, C …."""
        page = self.book[sheet]
        row = max(self.keys(sheet).values()) + 1
        for letter, value in cells.items():
            page[f"{letter}{row}"] = value
        return self

    def bytes(self) -> bytes:
        """The file."""
        buffer = BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


@dataclass
class Post:
    """A folder that returns arrive in."""

    folder: Path
    project: Project

    def send(self, *filings: Filing | bytes, names: tuple[str, ...] = ()) -> Intake:
        """Put the files there, named `1.xlsx`, `2.xlsx` …, and read the folder."""
        for number, filing in enumerate(filings):
            name = names[number] if names else f"{number + 1}.xlsx"
            (self.folder / name).write_bytes(filing if isinstance(filing, bytes) else filing.bytes())
        return read_returns(self.folder, self.project.plan, self.project.form, self.project.register)


@pytest.fixture
def post(tmp_path: Path, project: Project) -> Post:
    """An empty folder for returns."""
    folder = tmp_path / "returns"
    folder.mkdir()
    return Post(folder, project)


def cells(intake: Intake, objective: str, unit: str = "228", item: str | None = None) -> list[Observation]:
    """The observations of one objective about one unit, of one item if given."""
    return [o for o in intake.evidence.of(objective, unit) if item is None or o.item == item]


def said(observations: list[Observation]) -> list[str]:
    """What the cells hold: the value, or the state of those without one."""
    return [o.value if o.reported else o.state.value for o in observations]


def quarters_of(intake: Intake, objective: str, unit: str, item: str | None = None) -> list[str]:
    """The quarter cells only."""
    return said([o for o in cells(intake, objective, unit, item) if o.period != "Y"])


def row_of(intake: Intake, reporter: str = "228") -> Return:
    """The one row of a reporter in the table of returns."""
    (row,) = [r for r in intake.evidence.returns if r.reporter == reporter]
    return row


def rules(intake: Intake) -> dict[str, list[Fault]]:
    """The faults by their rule."""
    found: dict[str, list[Fault]] = {}
    for fault in intake.faults:
        found.setdefault(fault.rule, []).append(fault)
    return found


# ---- a whole return --------------------------------------------------------------------------------------------------


def test_a_whole_return_has_no_fault_and_every_figure(post: Post) -> None:
    """10 communes x 5, 5 programmes x 3, 7 activities x 5, one statement, 11 rows x 4: 145 cells, all reported."""
    intake = post.send(Filing.whole())
    row = row_of(intake)
    assert (row.state, row.late, row.sent, row.cutoff) == ("on_time", False, date(2017, 12, 18), date(2017, 12, 31))
    assert (row.expected, row.reported, row.blank, row.unreadable, row.absent) == (145, 145, 0, 0, 0)
    assert (row.unit_name, row.file, row.illustrative) == ("Thị xã Phú Thọ", "1.xlsx", False)
    assert [f for f in intake.faults if f.reporter == "228"] == []


def test_an_observation_says_where_its_cell_stands(post: Post) -> None:
    """The file, the sheet, the address and the cell as it was written."""
    intake = post.send(Filing.whole().put(COM, SECOND, "Quý III", " 012 "))
    (cell,) = [o for o in cells(intake, "communication", SECOND) if o.period == "Q3"]
    assert (cell.reporter, cell.unit_code, cell.value, cell.state) == ("228", SECOND, "12", "reported")
    assert (cell.file, cell.sheet, cell.cell, cell.raw.strip()) == ("1.xlsx", "1 Tuyên truyền", "G6", "012")


def test_those_who_sent_nothing_are_missing_and_absent(post: Post) -> None:
    """Thirteen reporters missing: their cells stand in the table, absent; nothing is late that was not sent."""
    intake = post.send(Filing.whole())
    missing = [r for r in intake.evidence.returns if r.state == "missing"]
    assert len(missing) == 13 and {r.late for r in missing} == {None} and {r.file for r in missing} == {""}
    assert {o.state for o in intake.evidence.observations if o.reporter == "230"} == {"absent"}
    assert row_of(intake, "230").absent == row_of(intake, "230").expected == 28 * 5 + 15 + 35 + 1 + 44
    assert row_of(intake, "25").absent == 1 + 36 + 44


def test_the_files_are_not_changed(post: Post) -> None:
    """Reading leaves every byte as it was."""
    post.send(Filing.whole())
    before = (post.folder / "1.xlsx").read_bytes()
    read_returns(post.folder, post.project.plan, post.project.form, post.project.register)
    assert (post.folder / "1.xlsx").read_bytes() == before and len(list(post.folder.iterdir())) == 1


# ---- counts ----------------------------------------------------------------------------------------------------------


COUNTS: list[tuple[Any, str]] = [
    (0, "0"),
    (12, "12"),
    (12.0, "12"),
    ("12", "12"),
    ("  12 ", "12"),
    ("\u00a012\u00a0", "12"),
    ("012", "12"),
    ("00", "0"),
    ("1.115", "1115"),
    ("12.000", "12000"),
    (None, "blank"),
    ("", "blank"),
    ("   ", "blank"),
    ("\u00a0", "blank"),
    (2.5, "unreadable"),
    (1.115, "unreadable"),
    (-1, "unreadable"),
    ("-1", "unreadable"),
    ("+3", "unreadable"),
    ("1,5", "unreadable"),
    ("1.5", "unreadable"),
    ("1.1155", "unreadable"),
    ("1.115.000", "unreadable"),
    ("1,115", "unreadable"),
    ("1 115", "unreadable"),
    ("1e3", "unreadable"),
    ("mười", "unreadable"),
    ("gần 10", "unreadable"),
    ("2 buổi", "unreadable"),
    ("10-12", "unreadable"),
    ("không", "unreadable"),
    ("-", "unreadable"),
    ("x", "unreadable"),
    ("NA", "unreadable"),
    ("#N/A", "unreadable"),
    ("\u0661\u0662", "unreadable"),  # Arabic digits
    ("\uff11\uff12", "unreadable"),  # wide digits
    ("²", "unreadable"),
    (True, "unreadable"),
    (False, "unreadable"),
    (date(2017, 5, 2), "unreadable"),
    (datetime(1900, 1, 3), "unreadable"),
    (time(1, 30), "unreadable"),
    ("=1+1", "unreadable"),  # never calculated
    (10**15, "unreadable"),
]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, project: Project) -> Intake:
    """Every value of the tables below, each in a cell of its own, in a few returns read once.

    Counts stand in sheet 1 of 237 (14 communes x 4 quarters); documents and answers in sheet 2, five a return;
    amounts beside them; types and starts of models in sheet 4 of 237 and 228, a line each.
    """
    post = Post(tmp_path_factory.mktemp("gallery"), project)
    filings = {code: Filing.whole(code) for code in GALLERY}
    for number, (value, _) in enumerate(COUNTS):
        commune, quarter = divmod(number, 4)
        filings["237"].put(COM, list(filings["237"].keys(COM))[commune], Q[quarter], value)
    for header, table in (
        ("Số, ngày văn bản", DOCUMENTS),
        ("Đã thực hiện", ANSWERS),
        ("Kinh phí (triệu đồng)", AMOUNTS),
    ):
        for number, (value, _) in enumerate(table):
            filings[GALLERY[number // 5]].put(INT, f"2.{number % 5 + 1}", header, value)
    for line, table in enumerate((TYPES, STARTS)):
        page, letter = filings[GALLERY[line]].book[MODEL], "CE"[line]
        for number, (value, _) in enumerate(table):
            page[f"B{number + 5}"], page[f"{letter}{number + 5}"].number_format = f"Nhóm {number}", "General"
            page[f"{letter}{number + 5}"] = value
    return post.send(*filings.values())


@pytest.mark.parametrize("number", range(len(COUNTS)), ids=[repr(value) for value, _ in COUNTS])
def test_a_count(gallery: Intake, project: Project, number: int) -> None:
    """What is no whole number from 0 is unreadable, never a guess; nothing is blank, and blank is not zero."""
    unit = project.register.communes("237")[number // 4]
    expected = COUNTS[number][1]
    assert quarters_of(gallery, "communication", unit.code)[number % 4] == expected
    place = f"{'EFGH'[number % 4]}{5 + number // 4}"
    faults = [f for f in rules(gallery)["unreadable"] if (f.reporter, f.sheet, f.cell) == ("237", COM, place)]
    assert [(f.unit_code, f.column) for f in faults] == [(unit.code, Q[number % 4])] * (expected == "unreadable")


def test_a_count_in_a_cell_formatted_as_something_else(post: Post) -> None:
    """A 3 formatted as a date shows 3/1/1900: a day, no count; a 1 formatted as a percentage shows 100%."""
    filing = Filing.whole()
    formats = [("d/m/yyyy", 3), ("0%", 1), ("#,##0", 3), ("@", "3")]
    for header, (number_format, value) in zip(Q, formats, strict=True):
        filing.put(COM, FIRST, header, value)
        filing.book[COM].cell(5, filing.headers(COM)[header]).number_format = number_format
    assert quarters_of(post.send(filing), "communication", FIRST) == ["unreadable", "unreadable", "3", "3"]


def _with_cached(filing: Filing, sheet: int, place: str, cached: str) -> bytes:
    """The file with a stored result for the formula of one cell, as Excel writes it."""
    part = f"xl/worksheets/sheet{sheet}.xml"
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(filing.bytes())) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                pattern = rf'(<c r="{place}"[^>]*>)<f>([^<]*)</f><v ?/?>(</v>)?'.encode()
                content, changed = re.subn(pattern, rf"\1<f>\2</f><v>{cached}</v>".encode(), content)
                assert changed == 1
            new.writestr(name, content)
    return buffer.getvalue()


def test_a_formula_counts_with_its_stored_result(post: Post) -> None:
    """=1+1 that Excel calculated is 2; one that was never calculated is unreadable, not blank."""
    filing = Filing.whole().put(COM, FIRST, "Quý II", "=1+1").put(COM, FIRST, "Quý III", "=1+1")
    intake = post.send(_with_cached(filing, 2, "F5", "2"))
    assert quarters_of(intake, "communication", FIRST) == ["1", "2", "unreadable", "1"]
    assert [f.cell for f in rules(intake)["unreadable"]] == ["G5"]


AMOUNTS: list[tuple[Any, str]] = [
    (12.5, "12.5"),
    ("12,5", "12.5"),
    ("1.234,5", "1234.5"),
    (0, "0"),
    (None, "blank"),
    (-3, "unreadable"),
    ("12.5", "unreadable"),
    ("12 triệu", "unreadable"),
]


@pytest.mark.parametrize("number", range(len(AMOUNTS)), ids=[repr(value) for value, _ in AMOUNTS])
def test_an_amount_of_money(gallery: Intake, number: int) -> None:
    """Decimals with a comma as text, or a number as typed."""
    assert _programme(gallery, number, "budget") == [AMOUNTS[number][1]]


# ---- sheet 1 ---------------------------------------------------------------------------------------------------------


def _commune(filing: Filing, code: str, **columns: Any) -> Filing:
    """Change cells of a commune's row; the keywords are columns."""
    row = filing.keys(COM)[code]
    for letter, value in columns.items():
        filing.book[COM][f"{letter}{row}"] = value
    return filing


def test_code_and_name_that_agree(post: Post) -> None:
    """Ten spellings, one for each commune: every row is read, and nothing is said against any."""
    spellings: list[Callable[[str, str, str], tuple[Any, Any]]] = [
        lambda code, name, kind: (code, name),
        lambda code, name, kind: (code, None),  # a text code without a name is fine
        lambda code, name, kind: (int(code), name),  # a number that pads to one unit, and the name agrees
        lambda code, name, kind: (float(code), name),
        lambda code, name, kind: (code.lstrip("0"), name),
        lambda code, name, kind: (f" {code} ", f"  {name}"),
        lambda code, name, kind: (code, f"{kind.lower()} {name.upper()}"),
        lambda code, name, kind: (code, unicodedata.normalize("NFD", name)),
        lambda code, name, kind: (int(code), f"{kind[0]}. {name}"),
        lambda code, name, kind: (code, f"{kind.upper()}  {name}"),
    ]
    filing = Filing.whole()
    for unit, spelling in zip(post.project.register.communes("228"), spellings, strict=True):
        code, name = spelling(unit.code, unit.name, unit.type)
        _commune(filing, unit.code, A=code, B=name)
    intake = post.send(filing)
    for unit in post.project.register.communes("228"):
        assert quarters_of(intake, "communication", unit.code) == ["1", "1", "1", "1"], unit
    assert "code-name" not in rules(intake) and "foreign-unit" not in rules(intake)


@pytest.mark.parametrize(
    ("code", "name", "spoiled"),
    [
        (FIRST, "Hùng Vương", {FIRST, SECOND}),  # both named units
        (SECOND, "Trường Thịnh", {FIRST, SECOND}),
        (FIRST, "Không Có Xã Này", {FIRST}),
        (FIRST, "Truong Thinh", {FIRST}),  # an accent-free name is never a match
        (FIRST, "Xã Trường Thịnh", {FIRST}),  # a ward, not a commune
        (7939, None, {FIRST}),  # a number without a name
        (7939, "Hùng Vương", {FIRST, SECOND}),
        (None, "Trường Thịnh", {FIRST}),  # a name without a code
        ("99999", "Trường Thịnh", {FIRST}),
    ],
)
def test_code_and_name_that_disagree_spoil_every_unit_they_name(
    post: Post, code: Any, name: Any, spoiled: set[str]
) -> None:
    """All cells of both units are unreadable, whatever other rows say; the other communes stand."""
    intake = post.send(_commune(Filing.whole(), FIRST, A=code, B=name))
    for commune in post.project.register.communes("228"):
        found = set(said(cells(intake, "communication", commune.code)))
        if commune.code in spoiled:
            assert found == {"unreadable"}, commune.code
        elif commune.code == FIRST:
            assert found == {"absent"}
        else:
            assert found == {"1", "20"}, commune.code
    assert len(rules(intake)["code-name"]) == 1


def test_a_disagreement_stays_within_its_reporter(post: Post) -> None:
    """A row of 228 with the name of a commune of 237 spoils its own commune, not that of 237."""
    filing = _commune(Filing.whole(), FIRST, B="Tiên Kiên")
    intake = post.send(filing, Filing.whole("237"))
    assert set(said(cells(intake, "communication", FIRST))) == {"unreadable"}
    assert set(said(cells(intake, "communication", "08497"))) == {"1", "20"}


def test_a_disagreement_far_below_spoils_the_good_row_too(post: Post) -> None:
    """One of the two rows is wrong, and nobody knows which."""
    filing = Filing.whole().add(COM, A=FIRST, B="Hà Lộc", E=1, F=1, G=1, H=1)
    intake = post.send(filing)
    assert set(said(cells(intake, "communication", FIRST))) == {"unreadable"}
    assert set(said(cells(intake, "communication", "07951"))) == {"unreadable"}
    assert quarters_active(intake.evidence, FIRST) == dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), "unknown")


def test_an_empty_row_that_names_two_units_spoils_them_too(post: Post) -> None:
    """The prefilled name overwritten with another, no figure written."""
    filing = Filing.whole().quarters(COM, FIRST, None, None, None, None).put(COM, FIRST, "Lượt người", None)
    intake = post.send(_commune(filing, FIRST, B="Hùng Vương"))
    assert set(said(cells(intake, "communication", SECOND))) == {"unreadable"}


def test_a_row_of_a_foreign_commune_is_passed_over(post: Post) -> None:
    """A commune of another district, or none at all: a fault each, and no figure of anybody's."""
    filing = Filing.whole()
    for code, name in (("07969", "Đoan Hùng"), ("07972", None), ("99999", "Không Có"), ("99998", None)):
        filing.add(COM, A=code, B=name, E=9, F=9, G=9, H=9)
    intake = post.send(filing)
    assert [f.value for f in rules(intake)["foreign-unit"]] == ["07969", "07972", "99999", "99998"]
    assert "9" not in {o.value for o in intake.evidence.observations}
    assert row_of(intake).expected == 145
    assert set(said(cells(intake, "communication", "07969"))) == {"absent"}


def test_figures_without_code_or_name_are_passed_over(post: Post) -> None:
    """Nobody's row."""
    intake = post.send(Filing.whole().add(COM, E=9, F=9, G=9, H=9))
    assert len(rules(intake)["foreign-unit"]) == 1 and row_of(intake).expected == 145


def test_a_commune_without_a_row_is_absent(post: Post) -> None:
    """Four quarters and the attendance, expected and not there: unknown, not zero."""
    filing = Filing.whole()
    filing.book[COM].delete_rows(filing.keys(COM)[FIRST])
    intake = post.send(filing)
    assert said(cells(intake, "communication", FIRST)) == ["absent"] * 5
    assert communes_maintaining(intake.evidence, post.project.register.reporter("228"))[FIRST] == "unknown"
    assert row_of(intake).absent == 5 and row_of(intake).expected == 145


def test_two_rows_of_a_commune_are_both_read(post: Post) -> None:
    """One row for each form of communication; they add up by quarter."""
    filing = Filing.whole().quarters(COM, FIRST, 1, 0, 0, 0).put(COM, FIRST, "Hình thức", "loa truyền thanh")
    filing.add(COM, A=FIRST, B="Trường Thịnh", D="pano, áp phích", E=0, F=1, G=1, H=0, I=5)
    intake = post.send(filing)
    assert quarters_of(intake, "communication", FIRST) == ["1", "0", "0", "0", "0", "1", "1", "0"]
    assert communes_maintaining(intake.evidence, post.project.register.reporter("228"))[FIRST] == "low"
    assert row_of(intake).expected == 150


PASSED_OVER: list[tuple[tuple[Any, ...], tuple[Any, ...], list[str]]] = [
    # wholly blank beside one with a figure: passed over
    ((None, None, None, None), (1, 0, 1, 1), ["1", "0", "1", "1"]),
    ((1, 0, 1, 1), (None, None, None, None), ["1", "0", "1", "1"]),
    # one figure is enough in the other row
    ((None, None, None, None), (0, None, None, None), ["0", "blank", "blank", "blank"]),
    # partly blank: kept
    ((1, None, None, None), (1, 0, 1, 1), ["1", "blank", "blank", "blank", "1", "0", "1", "1"]),
    # unreadable is not blank: kept
    (("?", None, None, None), (1, 0, 1, 1), ["unreadable", "blank", "blank", "blank", "1", "0", "1", "1"]),
    # both wholly blank, or only unreadable cells beside it: nothing to pass over for
    ((None, None, None, None), (None, None, None, None), ["blank"] * 8),
    ((None, None, None, None), ("?", "?", "?", "?"), ["blank"] * 4 + ["unreadable"] * 4),
]


def test_a_row_without_any_quarter_is_passed_over_beside_one_with_a_figure(post: Post) -> None:
    """A prefilled row left blank does not make its commune unknown; seven communes with two rows each."""
    filing = Filing.whole()
    communes = post.project.register.communes("228")
    for unit, (first, second, _) in zip(communes, PASSED_OVER, strict=False):
        filing.quarters(COM, unit.code, *first)
        page = filing.book[COM]
        row = max(row for row in range(5, page.max_row + 1) if page.cell(row, 1).value) + 1
        for letter, value in zip("ABEFGH", (unit.code, unit.name, *second), strict=True):
            page[f"{letter}{row}"] = value
    intake = post.send(filing)
    for unit, (first, second, expected) in zip(communes, PASSED_OVER, strict=False):
        assert quarters_of(intake, "communication", unit.code) == expected, (first, second)


def test_attendance_alone_does_not_keep_a_blank_row(post: Post) -> None:
    """Only quarter cells count: a row with people but without sessions is passed over as well."""
    filing = Filing.whole().quarters(COM, FIRST, None, None, None, None)  # 20 people stand in it
    filing.add(COM, A=FIRST, B="Trường Thịnh", E=1, F=1, G=1, H=1, I=5)
    assert quarters_of(post.send(filing), "communication", FIRST) == ["1", "1", "1", "1"]


def test_a_single_blank_row_is_unknown(post: Post) -> None:
    """Nothing stands beside it."""
    intake = post.send(Filing.whole().quarters(COM, FIRST, None, None, None, None))
    assert quarters_of(intake, "communication", FIRST) == ["blank"] * 4
    assert communes_maintaining(intake.evidence, post.project.register.reporter("228"))[FIRST] == "unknown"


# ---- sheets 2, 3, 5, 6 -----------------------------------------------------------------------------------------------


GALLERY = ("237", "228", "240", "239", "234", "233")
DOCUMENTS: list[tuple[Any, str]] = [
    ("45/KH-UBND ngày 12/4/2017", "given"),
    ("Kế hoạch số 45/KH-UBND ngày 12/04/2017", "given"),
    ("45/2017/QĐ-UBND, 12/4/2017", "given"),
    ("ngày 12/4/2017, số 45/KH-UBND", "given"),
    ("không", "none"),
    ("Không có", "none"),
    ("CHƯA CÓ", "none"),
    (" chưa  ban hành ", "none"),
    ("khôngcó", "none"),
    (unicodedata.normalize("NFD", "Chưa có"), "none"),
    ("0", "none"),
    (0, "none"),
    ("-", "none"),
    (None, "blank"),
    ("  ", "blank"),
    ("45/KH-UBND", "unreadable"),  # no date
    ("ngày 12/4/2017", "unreadable"),  # no number, no symbol
    ("45 ngày 12/4/2017", "unreadable"),  # no symbol
    ("45/KH-UBND ngày 12/4/17", "unreadable"),  # d/m/yyyy only
    ("45/KH-UBND ngày 31/2/2017", "unreadable"),  # no such day
    ("45/KH-UBND tháng 4/2017", "unreadable"),
    ("đang soạn thảo", "unreadable"),
    ("chua co", "unreadable"),  # accents count
    ("có", "unreadable"),
    (45, "unreadable"),
    (True, "unreadable"),
    (date(2017, 4, 12), "unreadable"),
]
ANSWERS: list[tuple[Any, str]] = [
    ("Có", "yes"),
    ("KHÔNG", "no"),
    (" có ", "yes"),
    (unicodedata.normalize("NFD", "Có"), "yes"),
    ("khô ng", "no"),
    (None, "blank"),
    ("Co", "unreadable"),
    ("có rồi", "unreadable"),
    ("x", "unreadable"),
    (True, "unreadable"),
    (1, "unreadable"),
    (0, "unreadable"),
]


def _programme(intake: Intake, number: int, column: str) -> list[str]:
    """What the cell of the gallery's sheet 2 with that number holds."""
    return said(cells(intake, "integration", GALLERY[number // 5], f"2.{number % 5 + 1}:{column}"))


@pytest.mark.parametrize("number", range(len(DOCUMENTS)), ids=[repr(value) for value, _ in DOCUMENTS])
def test_a_document(gallery: Intake, number: int) -> None:
    """Given: a number, a symbol and a date; none: one of the listed words; everything else is unreadable."""
    assert _programme(gallery, number, "document") == [DOCUMENTS[number][1]]


@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=[repr(value) for value, _ in ANSWERS])
def test_yes_or_no(gallery: Intake, number: int) -> None:
    """Folded; accents count."""
    assert _programme(gallery, number, "carried_out") == [ANSWERS[number][1]]


def test_the_optional_programme_is_expected_once_anything_stands_in_it(post: Post, tmp_path: Path) -> None:
    """Wholly blank it has no cells at all; with one cell filled its other cells are blank, and unknown."""
    assert not [o for o in cells(post.send(Filing.whole()), "integration") if o.item.startswith("2.6")]
    intake = post.send(Filing.whole().put(INT, "2.6", "Đã thực hiện", "Có"))
    assert said([o for o in cells(intake, "integration") if o.item.startswith("2.6")]) == ["blank", "yes", "blank"]
    assert programmes(intake.evidence, "228")["2.6"] == "unknown"
    assert row_of(intake).expected == 148


def test_a_removed_optional_row_is_not_expected(post: Post) -> None:
    """As if it were blank."""
    filing = Filing.whole()
    filing.book[INT].delete_rows(filing.keys(INT)["2.6"])
    assert row_of(post.send(filing)).expected == 145


def test_the_optional_outlet(post: Post) -> None:
    """5.4 with one month filled: eleven unknown months."""
    intake = post.send(Filing.whole("25").put(MEDIA, "5.4", "Tháng 7", 2))
    assert said(cells(intake, "media", "25", "5.4")) == ["blank"] * 6 + ["2"] + ["blank"] * 5
    assert row_of(intake, "25").expected == 1 + 48 + 44


CODED = [("228", INT, "2.1", "integration"), ("228", HARM, "3.1.1", "harm_reduction")]
CODED += [("228", ENF, "6.3", "enforcement"), ("25", MEDIA, "5.1", "media")]


def _of_row(intake: Intake, objective: str, unit: str, key: str) -> list[str]:
    return said([o for o in cells(intake, objective, unit) if o.item.partition(":")[0] == key])


def test_a_code_that_stands_twice_is_unreadable(post: Post) -> None:
    """Both rows' cells, also where they agree; the other rows stand."""
    filings = {code: Filing.whole(code) for code in ("228", "25")}
    for code, sheet, key, _ in CODED:
        filings[code].add(sheet, A=key, B="hai lần")
    intake = post.send(*filings.values())
    for code, _, key, objective in CODED:
        assert set(_of_row(intake, objective, code, key)) == {"unreadable"}, key
        assert "unreadable" not in _of_row(intake, objective, code, f"{key[:-1]}2"), key
    assert {f.sheet for f in rules(intake)["double-code"]} == {INT, HARM, ENF, MEDIA}


def test_a_removed_row_is_absent(post: Post) -> None:
    """Expected, and not there; the other rows stand."""
    filings = {code: Filing.whole(code) for code in ("228", "25")}
    for code, sheet, key, _ in CODED:
        filings[code].book[sheet].delete_rows(filings[code].keys(sheet)[key])
    intake = post.send(*filings.values())
    for code, _, key, objective in CODED:
        assert set(_of_row(intake, objective, code, key)) == {"absent"}, key
        assert "absent" not in _of_row(intake, objective, code, f"{key[:-1]}2"), key


def test_an_unknown_code_is_passed_over(post: Post) -> None:
    """A row of nobody's: a fault, no figure."""
    intake = post.send(Filing.whole().add(ENF, A="6.99", B="khác", D=7, E=7, F=7, G=7))
    assert [f.value for f in rules(intake)["unknown-code"]] == ["6.99"]
    assert "7" not in {o.value for o in intake.evidence.observations}


def test_codes_are_found_however_they_are_typed(post: Post) -> None:
    """6.3 as a number, with spaces; 6.1 and 6.10 typed as numbers are told apart by their labels."""
    filing = Filing.whole().quarters(ENF, "6.1", 11, 11, 11, 11).quarters(ENF, "6.10", 10, 10, 10, 10)
    for key, typed in (("6.3", 6.3), ("6.4", " 6.4 "), ("6.10", 6.1), ("6.1", 6.1)):
        filing.book[ENF].cell(filing.keys(ENF)[key], 1).value = typed
    intake = post.send(filing)
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["11"] * 4
    assert quarters_of(intake, "enforcement", "228", "6.10") == ["10"] * 4
    assert (
        quarters_of(intake, "enforcement", "228", "6.3")
        == quarters_of(intake, "enforcement", "228", "6.4")
        == ["0"] * 4
    )


def test_rows_and_columns_in_another_order_are_the_same(post: Post) -> None:
    """Codes and headers say what a cell is, not its place."""
    filing = Filing.whole().quarters(ENF, "6.3", 1, 2, 3, 4)
    page = filing.book[ENF]
    rows = {row: [page.cell(row, column).value for column in range(1, 9)] for row in range(4, 16)}
    for row, source in zip(range(5, 16), reversed(range(5, 16)), strict=True):
        rows[row], rows[source] = ([page.cell(r, c).value for c in range(1, 9)] for r in (source, row))
    for row, values in rows.items():
        for column, value in enumerate(reversed(values), 1):
            page.cell(row, column).value = value
    assert quarters_of(post.send(filing), "enforcement", "228", "6.3") == ["1", "2", "3", "4"]


def test_headers_are_matched_folded(post: Post) -> None:
    """Unicode form, case and spaces do not count."""
    filing = Filing.whole().quarters(ENF, "6.1", 1, 2, 3, 4)
    headers = ("quý  i", unicodedata.normalize("NFD", "QUÝ II"), "Quý\nIII", " QuýIV ")
    for letter, header in zip("DEFG", headers, strict=True):
        filing.book[ENF][f"{letter}4"] = header
    assert quarters_of(post.send(filing), "enforcement", "228", "6.1") == ["1", "2", "3", "4"]


@pytest.mark.parametrize("header", ["Quy I", "Quý 1", None])
def test_a_column_that_is_not_there_is_absent(post: Post, header: str | None) -> None:
    """Its cells are unknown and the column is named."""
    filing = Filing.whole()
    filing.book[ENF]["D4"] = header
    intake = post.send(filing)
    assert quarters_of(intake, "enforcement", "228", "6.3") == ["absent", "0", "0", "0"]
    assert [f.column for f in rules(intake)["column"]] == ["Quý I"]


def test_a_column_that_stands_twice_is_absent(post: Post) -> None:
    """Which of the two holds is not known."""
    filing = Filing.whole()
    filing.book[ENF]["I4"] = "Quý I"
    intake = post.send(filing)
    assert quarters_of(intake, "enforcement", "228", "6.3") == ["absent", "0", "0", "0"]
    assert [f.column for f in rules(intake)["column"]] == ["Quý I"]


@pytest.mark.parametrize(
    ("sheet", "objective", "count"),
    [
        (COM, "communication", 50),
        (INT, "integration", 15),
        (HARM, "harm_reduction", 35),
        (MODEL, "support_model", 1),
        (ENF, "enforcement", 44),
    ],
)
def test_a_missing_sheet_is_absent_and_makes_the_return_partial(
    post: Post, sheet: str, objective: str, count: int
) -> None:
    """All its expected cells; the other sheets stand."""
    filing = Filing.whole()
    del filing.book[sheet]
    intake = post.send(filing)
    found = [o for o in intake.evidence.observations if o.reporter == "228" and o.objective == objective]
    assert said(found) == ["absent"] * count
    assert (row_of(intake).state, row_of(intake).expected, row_of(intake).absent) == ("partial", 145, count)
    assert [f.sheet for f in rules(intake)["sheet"]] == [sheet]


def test_sheet_names_are_matched_folded(post: Post) -> None:
    """As headers are."""
    filing = Filing.whole()
    filing.book[ENF].title = " 6  XỬ LÝ"
    assert row_of(post.send(filing)).absent == 0


def test_merged_cells_fill_their_range(post: Post) -> None:
    """A 3 over quarters I and II stands in both, and the merge is named."""
    filing = Filing.whole().quarters(ENF, "6.1", 3, None, 1, 1)
    filing.book[ENF].merge_cells("D5:E5")
    intake = post.send(filing)
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["3", "3", "1", "1"]
    assert len(rules(intake)["merged"]) == 1


def test_merged_blank_cells_stay_blank(post: Post) -> None:
    """Nothing fills nothing."""
    filing = Filing.whole().quarters(ENF, "6.1", None, None, 1, 1)
    filing.book[ENF].merge_cells("D5:E5")
    assert quarters_of(post.send(filing), "enforcement", "228", "6.1") == ["blank", "blank", "1", "1"]


def test_hidden_cells_are_read_and_named(post: Post) -> None:
    """A hidden row, a hidden column and a hidden sheet count as they stand."""
    filing = Filing.whole().quarters(ENF, "6.1", 5, 6, 7, 8).put(HARM, "3.1.1", "Quý II", 4)
    filing.book[ENF].row_dimensions[5].hidden = True
    filing.book[HARM].column_dimensions["D"].hidden = True
    filing.book[INT].sheet_state = "hidden"
    intake = post.send(filing)
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["5", "6", "7", "8"]
    assert quarters_of(intake, "harm_reduction", "228", "3.1.1") == ["0", "4", "0", "0"]
    assert row_of(intake).reported == 145
    assert {f.sheet for f in rules(intake)["hidden"]} == {ENF, HARM, INT}


def test_notes_are_no_figures_and_no_faults(post: Post) -> None:
    """Formula-like and script-like text in a note is no fault; free text is no observation."""
    filing = Filing.whole().put(COM, FIRST, "Ghi chú", "<script>alert(1)</script>")
    filing.put(INT, "2.1", "Nội dung đã thực hiện", "+84 cmd|' /C calc'!A0").put(ENF, "6.1", "Ghi chú", "@SUM(1)")
    intake = post.send(filing)
    assert [f for f in intake.faults if f.reporter == "228"] == []
    assert not [o for o in intake.evidence.observations if "script" in o.raw or "calc" in o.raw or "SUM" in o.raw]


# ---- sheet 4 ---------------------------------------------------------------------------------------------------------


def _model(filing: Filing, row: int, name: Any, kind: Any, start: Any, operating: Any) -> Filing:
    page = filing.book[MODEL]
    page[f"B{row}"], page[f"C{row}"], page[f"E{row}"], page[f"F{row}"] = name, kind, start, operating
    return filing


def test_a_line_of_a_model(post: Post) -> None:
    """Name, type, start, operating and persons are asked for; a date may be Excel's or text."""
    filing = _model(Filing.whole(), 5, "Nhóm Bình minh", 1, "1/5/2017", "Có")
    _model(filing, 6, "Nhóm Sông Lô", "2", datetime(2016, 5, 1), "không")
    intake = post.send(filing)
    values = {o.item.partition(":")[2]: o.value for o in cells(intake, "support_model") if o.item.startswith("4.1:")}
    assert values == {"name": "Nhóm Bình minh", "type": "1", "start": "2017-05-01", "operating": "yes", "persons": ""}
    second = {o.item.partition(":")[2]: o.value for o in cells(intake, "support_model") if o.item.startswith("4.2:")}
    assert (second["type"], second["start"], second["operating"]) == ("2", "2016-05-01", "no")
    assert len(cells(intake, "support_model")) == 10


TYPES: list[tuple[Any, str]] = [
    (1, "1"),
    ("1", "1"),
    (1.0, "1"),
    (" 3 ", "3"),
    (None, "blank"),
    (4, "unreadable"),
    ("1 và 2", "unreadable"),
    (True, "unreadable"),
]
STARTS: list[tuple[Any, str]] = [
    (date(2017, 5, 1), "2017-05-01"),
    (datetime(2017, 5, 1, 8, 30), "2017-05-01"),
    ("1/5/2017", "2017-05-01"),
    ("01/05/2017", "2017-05-01"),
    (" 1/5/2017 ", "2017-05-01"),
    (None, "blank"),
    ("31/2/2017", "unreadable"),
    ("1/5/17", "unreadable"),
    ("2017-05-01", "unreadable"),
    ("1.5.2017", "unreadable"),
    ("5/2017", "unreadable"),
    (2017, "unreadable"),
    ("cuối năm", "unreadable"),
]


@pytest.mark.parametrize("number", range(len(TYPES)), ids=[repr(value) for value, _ in TYPES])
def test_the_type_of_a_model(gallery: Intake, number: int) -> None:
    """1, 2 or 3."""
    found = cells(gallery, "support_model", GALLERY[0], f"4.{number + 1}:type")
    assert said(found) == [TYPES[number][1]]


@pytest.mark.parametrize("number", range(len(STARTS)), ids=[repr(value) for value, _ in STARTS])
def test_the_start_of_a_model(gallery: Intake, number: int) -> None:
    """Dates are Excel dates or text d/m/yyyy."""
    found = cells(gallery, "support_model", GALLERY[1], f"4.{number + 1}:start")
    assert said(found) == [STARTS[number][1]]


@pytest.mark.parametrize("statement", ["Không có mô hình", "KHÔNG CÓ MÔ HÌNH ", "khôngcó mô hình"])
def test_a_statement_that_there_is_no_model(post: Post, statement: str) -> None:
    """In B5, folded: a confirmed none."""
    intake = post.send(_model(Filing.whole(), 5, statement, None, None, None))
    (cell,) = cells(intake, "support_model")
    assert (cell.item, cell.state, cell.cell) == ("none:name", "reported", "B5")


def test_a_sheet_without_line_or_statement_is_silent(post: Post) -> None:
    """The one cell asked for is the statement, and it is blank; the TT numbers are no lines."""
    intake = post.send(_model(Filing.whole(), 5, None, None, None, None))
    assert said(cells(intake, "support_model")) == ["blank"]
    assert row_of(intake).state == "partial"  # a sheet with no reported cell
    finding = OBJECTIVES["support_model"](intake.evidence, post.project.register.province)
    assert (finding.low, finding.high, finding.verdict) == (0, None, "undetermined")


def test_a_statement_beside_lines_is_a_fault_and_the_lines_count(post: Post) -> None:
    """What was listed is not thrown away."""
    filing = _model(Filing.whole(), 6, "Nhóm Bình minh", 1, None, "Có")
    intake = post.send(filing)
    assert [m.standing for m in models(intake.evidence)] == ["low"]
    assert len(rules(intake)["none-and-lines"]) == 1


def test_a_name_that_was_never_calculated_is_unreadable(post: Post) -> None:
    """A formula without its result says nothing, whatever the column holds; the line counts all the same."""
    intake = post.send(_model(Filing.whole(), 5, '="Nhóm "&"An"', 1, None, "Có"))
    assert said(cells(intake, "support_model", item="4.1:name")) == ["unreadable"]
    assert [m.standing for m in models(intake.evidence)] == ["low"]


def test_a_line_with_only_a_remark_is_a_line(post: Post) -> None:
    """Somebody wrote something about a model; the rest is blank, so that it may count."""
    filing = _model(Filing.whole(), 5, None, None, None, None)
    filing.book[MODEL]["H7"] = "tư vấn"
    intake = post.send(filing)
    assert [m.standing for m in models(intake.evidence)] == ["unknown"]


# ---- the particulars -------------------------------------------------------------------------------------------------


REFUSED = [
    ("Năm", 2016, "2017"),
    ("Năm", None, "2017"),
    ("Phiên bản biểu mẫu", 2, "Phiên bản biểu mẫu"),
    ("Phiên bản biểu mẫu", None, "Phiên bản biểu mẫu"),
    ("Kế hoạch", "885/KH-UBND", "884/KH-UBND"),
    ("Kế hoạch", None, "884/KH-UBND"),
    ("Mã đơn vị", "999", "999"),
    ("Mã đơn vị", None, "B8"),
    ("Mã đơn vị", "07939", "07939"),
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory, project: Project) -> Intake:
    """Nine returns of something else, each of another district, and one good one."""
    post = Post(tmp_path_factory.mktemp("refused"), project)
    codes = [d.code for d in project.register.districts][: len(REFUSED)]
    filings = [Filing.whole(code).info(*slip[:2]) for code, slip in zip(codes, REFUSED, strict=True)]
    return post.send(*filings, Filing.whole("25"))


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[f"{label} {value}" for label, value, _ in REFUSED])
def test_a_return_of_something_else_is_refused(refused: Intake, project: Project, number: int) -> None:
    """Another year, version, plan or unit: that file is refused, its reporter has no cells, the rest goes on."""
    label, _, words = REFUSED[number]
    code, file = project.register.districts[number].code, f"{number + 1}.xlsx"
    (fault,) = [f for f in rules(refused)["refused"] if f.file == file]
    assert fault.severity == "stop" and words in fault.message
    assert {o.state for o in refused.evidence.observations if o.reporter == code} == {"absent"}
    assert row_of(refused, "25").state == "on_time"
    (row,) = [r for r in refused.evidence.returns if r.file == file]
    assert row.state == "unreadable"
    unknown = label == "Mã đơn vị"
    assert row.reporter == ("" if unknown else code)
    assert row_of(refused, code).state == ("missing" if unknown else "unreadable")
    assert row_of(refused, code).absent == row_of(refused, code).expected > 100
    assert refused.evidence.cutoff(code) is None


@pytest.mark.parametrize(
    "values",
    [
        {"Năm": "2017", "Phiên bản biểu mẫu": "1", "Kế hoạch": " 884/kh-ubnd ", "Mã đơn vị": 228},
        {"Năm": 2017.0, "Phiên bản biểu mẫu": 1.0, "Mã đơn vị": " 228 ", "Tên đơn vị": "TX. Phú Thọ"},
        {"Tên đơn vị": None, "Số liệu minh họa": "Không", "Đơn vị lập biểu": "Phòng LĐTBXH"},
    ],
)
def test_particulars_however_they_are_written(post: Post, values: dict[str, Any]) -> None:
    """Nothing to say against them."""
    filing = Filing.whole()
    for label, value in values.items():
        filing.info(label, value)
    intake = post.send(filing)
    assert row_of(intake).state == "on_time"
    assert [f for f in intake.faults if f.reporter == "228"] == []


def test_a_return_says_whose_it_is_and_not_its_file_name(post: Post) -> None:
    """The reporter is read from the sheet."""
    intake = post.send(Filing.whole(), names=("237-lam-thao.xlsx",))
    assert (row_of(intake).state, row_of(intake, "237").state) == ("on_time", "missing")


def test_a_name_that_contradicts_the_code_stops_and_the_code_decides(post: Post) -> None:
    """The figures are those of 228; nothing is published until it is mended."""
    intake = post.send(Filing.whole().info("Tên đơn vị", "Huyện Lâm Thao"))
    (fault,) = rules(intake)["reporter-name"]
    assert fault.severity == "stop" and "228" in fault.message
    assert row_of(intake).state == "on_time" and intake.stopping == 1


def test_a_return_without_a_cut_off_is_a_fault_and_its_zeros_stand(post: Post) -> None:
    """Not known up to when, so nothing is open."""
    values = {"228": None, "237": "cuối năm", "25": "31/2/2017"}
    intake = post.send(*(Filing.whole(code).info("Ngày chốt số liệu", value) for code, value in values.items()))
    assert {f.reporter for f in rules(intake)["cutoff-date"]} == {"228", "237", "25"}
    for code in values:
        assert row_of(intake, code).cutoff is None
    finding = OBJECTIVES["enforcement"](intake.evidence, post.project.register.reporter("228"))
    assert finding.verdict == "none_arose"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (date(2017, 12, 15), "none_arose"),
        ("15/12/2017", "none_arose"),
        (datetime(2017, 12, 15, 23, 59), "none_arose"),
        (date(2017, 12, 14), "undetermined"),
        ("14/12/2017", "undetermined"),
    ],
)
def test_zeros_of_a_period_that_was_not_over(post: Post, value: Any, verdict: str) -> None:
    """Sixteen days before its end a quarter counts as over, seventeen days before it does not."""
    intake = post.send(Filing.whole().info("Ngày chốt số liệu", value))
    finding = OBJECTIVES["enforcement"](intake.evidence, post.project.register.reporter("228"))
    assert finding.verdict == verdict
    assert quarters_of(intake, "enforcement", "228", "6.3") == ["0"] * 4  # what was measured stays as it stands


# ---- states of returns -----------------------------------------------------------------------------------------------


def test_on_time_is_up_to_the_deadline(post: Post) -> None:
    """The deadline is 20/12/2017."""
    row = row_of(post.send(Filing.whole().info("Ngày gửi", date(2017, 12, 20))))
    assert (row.state, row.late) == ("on_time", False)


def test_late_is_after_the_deadline_and_counts_in_full(post: Post) -> None:
    """One day later; the figures are the same."""
    intake = post.send(Filing.whole().info("Ngày gửi", "21/12/2017"))
    assert (row_of(intake).state, row_of(intake).late, row_of(intake).reported) == ("late", True, 145)
    assert row_of(intake).sent == date(2017, 12, 21)


def test_partial_comes_before_late_and_late_is_said_beside_it(post: Post) -> None:
    """The first state that holds, and the separate yes or no."""
    filing = Filing.whole().info("Ngày gửi", date(2018, 1, 5))
    del filing.book[ENF]
    row = row_of(post.send(filing))
    assert (row.state, row.late) == ("partial", True)


def test_empty_comes_before_partial(post: Post) -> None:
    """No reported cell at all, and late besides."""
    row = row_of(post.send(Filing.blank().info("Ngày gửi", date(2018, 1, 5))))
    assert (row.state, row.late, row.reported, row.blank) == ("empty", True, 0, 145)


def test_a_return_of_unreadable_cells_only_is_empty(post: Post) -> None:
    """Nothing in it can be used."""
    row = row_of(post.send(Filing.blank().put(ENF, "6.1", "Quý I", "gần 10")))
    assert (row.state, row.reported, row.unreadable) == ("empty", 0, 1)


@pytest.mark.parametrize(
    ("second_row", "blanks", "state"),
    [(False, 14, "on_time"), (False, 15, "partial"), (True, 15, "on_time"), (True, 16, "partial")],
)
def test_partial_is_under_nine_tenths(post: Post, second_row: bool, blanks: int, state: str) -> None:
    """131 of 145 is 90.3%, 130 is 89.7%; with a second row of a commune 135 of 150 is 90% exactly, 134 is under it.

    Every sheet has figures.
    """
    filing = Filing.whole()
    for key, header in [(key, header) for key in list(filing.keys(COM))[1:] for header in Q][:blanks]:
        filing.put(COM, key, header, None)
    if second_row:
        filing.add(COM, A=FIRST, B="Trường Thịnh", D="khác", E=1, F=1, G=1, H=1, I=5)
    row = row_of(post.send(filing))
    expected = 150 if second_row else 145
    assert (row.state, row.expected, row.reported, row.blank) == (state, expected, expected - blanks, blanks)


def test_unreadable_cells_count_as_not_reported(post: Post) -> None:
    """15 of 145 with words in them."""
    filing = Filing.whole()
    for key, header in [(key, header) for key in filing.keys(COM) for header in Q][:15]:
        filing.put(COM, key, header, "nhiều")
    row = row_of(post.send(filing))
    assert (row.state, row.reported, row.unreadable) == ("partial", 130, 15)


def test_the_later_of_two_returns_counts(post: Post) -> None:
    """The earlier is superseded, whatever the order of the file names."""
    late = Filing.whole().info("Ngày gửi", date(2017, 12, 19)).quarters(ENF, "6.1", 8, 8, 8, 8)
    early = Filing.whole().info("Ngày gửi", "18/12/2017").quarters(ENF, "6.1", 3, 3, 3, 3)
    intake = post.send(late, early)
    assert {r.file: r.state for r in intake.evidence.returns if r.reporter == "228"} == {
        "1.xlsx": "on_time",
        "2.xlsx": "superseded",
    }
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["8"] * 4
    assert {o.file for o in intake.evidence.observations if o.reporter == "228"} == {"1.xlsx"}


def test_the_cut_off_is_that_of_the_return_that_counts(post: Post) -> None:
    """The superseded one closed its figures on 30/9."""
    early = Filing.whole().info("Ngày gửi", date(2017, 10, 1)).info("Ngày chốt số liệu", date(2017, 9, 30))
    intake = post.send(early, Filing.whole())
    assert intake.evidence.cutoff("228") == date(2017, 12, 31)
    finding = OBJECTIVES["enforcement"](intake.evidence, post.project.register.reporter("228"))
    assert finding.verdict == "none_arose"


@pytest.mark.parametrize("sent", [date(2017, 12, 18), None, "hôm nay"])
def test_two_returns_of_one_day_are_tied_and_none_counts(post: Post, sent: Any) -> None:
    """Also where neither gives a readable day: which is the last is not known. All cells are absent."""
    intake = post.send(Filing.whole().info("Ngày gửi", sent), Filing.whole().info("Ngày gửi", sent))
    assert {o.state for o in intake.evidence.observations if o.reporter == "228"} == {"absent"}
    assert [r.state for r in intake.evidence.returns if r.reporter == "228"] == ["unreadable", "unreadable"]
    (fault,) = rules(intake)["tie"]
    assert fault.severity == "stop" and "1.xlsx" in fault.message and "2.xlsx" in fault.message
    assert intake.evidence.cutoff("228") is None


def test_a_tie_of_older_returns_does_not_matter(post: Post) -> None:
    """Two of one day and a later one: the later counts."""
    intake = post.send(Filing.whole(), Filing.whole(), Filing.whole().info("Ngày gửi", date(2017, 12, 20)))
    assert [r.state for r in intake.evidence.returns if r.reporter == "228"] == ["superseded", "superseded", "on_time"]
    assert "tie" not in rules(intake)


def test_two_tied_returns_after_an_older_one(post: Post) -> None:
    """The older does not come back to life."""
    old = Filing.whole().info("Ngày gửi", date(2017, 11, 1))
    intake = post.send(old, Filing.whole(), Filing.whole())
    assert {o.state for o in intake.evidence.observations if o.reporter == "228"} == {"absent"}
    states = {r.file: r.state for r in intake.evidence.returns if r.reporter == "228"}
    assert states == {"1.xlsx": "superseded", "2.xlsx": "unreadable", "3.xlsx": "unreadable"}


def test_a_return_without_a_day_of_sending_sorts_first(post: Post) -> None:
    """Any return with a day counts before it; alone it counts, is not late, and is a fault."""
    undated = Filing.whole().info("Ngày gửi", "hôm nay").quarters(ENF, "6.1", 3, 3, 3, 3)
    intake = post.send(undated)
    assert (row_of(intake).state, row_of(intake).sent) == ("on_time", None)
    assert len(rules(intake)["sent-date"]) == 1
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["3"] * 4
    intake = post.send(undated, Filing.whole().info("Ngày gửi", date(2016, 1, 1)))
    assert quarters_of(intake, "enforcement", "228", "6.1") == ["0"] * 4


def test_a_refused_file_does_not_replace_a_good_one(post: Post) -> None:
    """The good one counts; the refused one is named with its state."""
    intake = post.send(Filing.whole(), Filing.whole().info("Năm", 2016).info("Ngày gửi", date(2018, 1, 1)))
    states = {r.file: r.state for r in intake.evidence.returns if r.reporter == "228"}
    assert states == {"1.xlsx": "on_time", "2.xlsx": "unreadable"}
    assert quarters_of(intake, "enforcement", "228", "6.3") == ["0"] * 4
    assert intake.evidence.cutoff("228") == date(2017, 12, 31)


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_workbook_is_refused_and_the_rest_goes_on(post: Post) -> None:
    """Each named with a remedy; nobody's cells are lost."""
    contents = (b"", b"abc", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html></html>")
    intake = post.send(*contents, Filing.whole())
    faults = rules(intake)["refused"]
    assert [f.file for f in faults] == [f"{number}.xlsx" for number in range(1, 6)]
    assert all(f.severity == "stop" and f.file in f.message and f.message.endswith(".") for f in faults)
    assert row_of(intake).state == "on_time"
    nobodys = [r for r in intake.evidence.returns if r.reporter == ""]
    assert [(r.state, r.expected) for r in nobodys] == [("unreadable", 0)] * 5


def test_a_zip_that_is_no_workbook_is_refused(post: Post) -> None:
    """A zip of something else."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    assert len(rules(post.send(buffer.getvalue(), Filing.whole()))["refused"]) == 1


def test_a_workbook_without_particulars_is_refused(post: Post) -> None:
    """Whose it is cannot be known."""
    filing = Filing.whole()
    del filing.book["Thông tin"]
    intake = post.send(filing, Filing.whole("237"))
    assert "Thông tin" in rules(intake)["refused"][0].message
    assert row_of(intake).state == "missing"


def test_what_is_no_return_is_left_and_named(post: Post) -> None:
    """Only *.xlsx directly in the folder are returns."""
    (post.folder / "ghi-chu.docx").write_bytes(b"x")
    (post.folder / "cu.xls").write_bytes(b"x")
    (post.folder / "cu").mkdir()
    (post.folder / "cu" / "237.xlsx").write_bytes(_whole("237"))
    intake = post.send(Filing.whole())
    assert {f.file for f in rules(intake)["not-a-return"]} == {"ghi-chu.docx", "cu.xls"}
    assert {f.severity for f in rules(intake)["not-a-return"]} == {"note"}
    assert row_of(intake, "237").state == "missing"


def test_traces_of_programs_are_ignored(post: Post) -> None:
    """A workbook open elsewhere, and what file managers leave."""
    for name in ("~$1.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (post.folder / name).write_bytes(b"x")
    intake = post.send(Filing.whole())
    assert "refused" not in rules(intake) and "not-a-return" not in rules(intake)
    assert len(intake.evidence.returns) == 14


def test_capitals_in_the_ending_are_the_same_ending(post: Post) -> None:
    """As Windows has it."""
    intake = post.send(Filing.whole(), names=("PHU THO.XLSX",))
    assert row_of(intake).state == "on_time"


def _refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(InputRefused) as refusal:
        call()
    return "\n".join(refusal.value.reasons)


def test_a_folder_that_is_not_there_is_refused(post: Post) -> None:
    """With what to do."""
    project = post.project
    words = _refusal(lambda: read_returns(post.folder / "x", project.plan, project.form, project.register))
    assert "“x”" in words


def test_a_folder_without_returns_is_refused(post: Post) -> None:
    """Nothing at all can be read."""
    assert "returns" in _refusal(post.send)


def test_a_folder_of_refused_files_is_refused_with_every_reason(post: Post) -> None:
    """Each file with its own."""
    words = _refusal(lambda: post.send(b"abc", Filing.whole().info("Năm", 2016)))
    assert "1.xlsx" in words and "2.xlsx" in words and "2016" in words


def test_marked_and_unmarked_returns_are_not_mixed(post: Post) -> None:
    """Both sorts are named."""
    marked = Filing.whole().info("Số liệu minh họa", "Có")
    words = _refusal(lambda: post.send(marked, Filing.whole("237")))
    assert "1.xlsx" in words and "2.xlsx" in words and "minh họa" in words


def test_marked_returns_alone_make_illustrative_evidence(post: Post) -> None:
    """Everything made from it must say so."""
    intake = post.send(*(Filing.whole(code).info("Số liệu minh họa", " CÓ ") for code in ("228", "237")))
    assert intake.evidence.illustrative and row_of(intake).illustrative is True
    assert row_of(intake, "230").illustrative is None


def test_an_unclear_mark_stops(post: Post) -> None:
    """Neither Có nor blank: whether the figures are real is not known."""
    intake = post.send(Filing.whole().info("Số liệu minh họa", "thử"))
    assert [f.severity for f in rules(intake)["mark"]] == ["stop"]


def test_the_order_of_files_does_not_matter(post: Post, tmp_path: Path) -> None:
    """The same files under other names give the same figures."""
    other = Post(tmp_path / "other", post.project)
    other.folder.mkdir()
    one = post.send(Filing.whole(), Filing.whole("237"), Filing.whole("25"))
    two = other.send(Filing.whole("25"), Filing.whole("237"), Filing.whole())
    strip = [
        [(o.reporter, o.unit_code, o.item, o.period, o.value, o.state) for o in intake.evidence.observations]
        for intake in (one, two)
    ]
    assert strip[0] == strip[1]
    assert [r.reporter for r in one.evidence.returns] == [u.code for u in post.project.register.reporters]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their file systems refuse such a name")
def test_a_file_whose_name_is_no_text_is_named_and_left(tmp_path: Path, project: Project) -> None:
    """A name from another system: the rest is read, the fault can be written down, and the file is not opened."""
    shutil.copy(paths.returns_folder("phu_tho_2017") / "230-doan-hung.xlsx", tmp_path)
    shutil.copy(tmp_path / "230-doan-hung.xlsx", os.fsencode(tmp_path) + b"/b\xff.xlsx")
    intake = take_in(tmp_path, project.plan, project.form, project.register)
    named = [fault for fault in intake.faults if fault.file == "b\ufffd.xlsx"]
    assert [(fault.severity, fault.rule) for fault in named] == [("stop", "refused")]
    assert [row.file for row in intake.evidence.returns if row.counts] == ["230-doan-hung.xlsx"]
