"""One strict rule for each kind of cell: a value, nothing, or an issue that says what to write."""

import unicodedata
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import numbers
from yaml_files import read_yaml

from pcmd_eval.office.intake.cell import LONGEST, Cell
from pcmd_eval.office.intake.cell_parsers import Reading, read_cell
from pcmd_eval.office.intake.keyed_sheet import value_to_write
from pcmd_eval.office.intake.workbook import SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import CellKind

DOCUMENTS = read_yaml(Path(__file__).with_name("documents.yaml"))
TEXTS = read_yaml(Path(__file__).with_name("cells.yaml"))
KINDS = ("count", "amount", "date", "document", "yes_no", "choice", "name")
CHOICES = ("1", "2", "3")
# What each kind reads, by the value that stands in the table of observations.
READ: dict[CellKind, dict[str, list[Any]]] = {
    "count": {
        "0": [0, -0.0, "0", "00"],
        "12": [12, 12.0, "12", "  12 ", "\xa012\u3000", "012"],
        "7": ["\n7\n"],
        "1115": ["1.115"],
        "12000": ["12.000"],
        "999999999999": [999_999_999_999],
    },
    "amount": {
        "0": [0, -0.0],
        "12.5": [12.5, "12,5", "12,50"],
        "1234": ["1.234"],
        "1234.5": ["1.234,5"],
        "0.25": ["0,25"],
        "7": [" 7 "],
        "1234567": ["1.234.567"],
        "100000000000": [1e11],
        "0.1": [0.1],
    },
    "date": {
        "2017-04-12": [
            date(2017, 4, 12),
            datetime(2017, 4, 12, 9),
            "12/04/2017",
            " 12/4/2017 ",
            "12.4.17",
            "2017-04-12",
        ],
        "2016-02-29": ["29/2/2016"],
        "2017-12-05": [
            *("5-12-2017", "05.12.2017", "5 / 12 / 2017", "ngày 5/12/2017", "5 tháng 12 năm 2017"),
            *("Ngày 05 tháng 12 năm 2017", "ngày 5 tháng 12, năm 2017", "ngay 5 thang 12 nam 2017"),
        ],
    },
    "document": {"none": [0, 0.0, "0"]},  # texts are in documents.yaml
    "yes_no": {
        "yes": ["Có", " có ", "Có\u200b", unicodedata.normalize("NFD", "Có")],
        "no": ["KHÔNG", "khô ng"],
    },
    "choice": {"1": [1, "1"], "2": [2.0], "3": [" 3 "]},
    "name": {
        "Nhóm An": ["Nhóm An"],
        "Tổ 7": ["Tổ 7"],
        "ab": ["a\x0bb"],
        "x" * 32_767: ["x" * 32_767],
    },
}
# What is an issue; texts are in cells.yaml, and True is one in every kind but a name.
DATE = date(2017, 3, 5)
ISSUES: dict[CellKind, list[Any]] = {
    "count": [
        *(2.5, 1.115, -1, 1e12, 10**12, float("inf"), float("nan"), False, DATE),
        *(datetime(1900, 1, 3), time(0, 0), timedelta(hours=3)),
    ],
    "amount": [-1, DATE, float("nan"), 1e12],
    "date": [2017, 43_000, time(1), datetime(1905, 7, 9), date(2107, 12, 18)],
    "document": [45, DATE],
    "yes_no": [1],
    "choice": [4],
    "name": [1, "x" * 32_768],
}


@pytest.fixture(scope="module")
def form(plan: Plan) -> Form:
    """Return the form of the plan."""
    return plan.form


def read(form: Form, value: Any, kind: CellKind = "count", most: int | None = None) -> Reading:
    """Return what a value, or a cell, says in a column of that kind."""
    cell = value if isinstance(value, Cell) else Cell("B7", value)
    return read_cell(cell, kind, form, CHOICES, most)


def through_excel(value: Any, number_format: str = "General") -> Cell:
    """Return the cell as it comes back out of a workbook."""
    book, buffer = Workbook(), BytesIO()
    cell = book.active["B7"]
    cell.value, cell.number_format = value, number_format
    book.save(buffer)
    [page] = SentBook(buffer.getvalue()).pages("Sheet")
    return page.at(7, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_read_cell_each_value_is_read_or_an_issue(form: Form, kind: CellKind) -> None:
    """Never a third thing, and an issue says what to write instead; an empty cell is no 0."""
    for expected, values in READ[kind].items():
        for value in values:
            assert read(form, value, kind)[:3] == ("reported", expected, ""), repr(value)
    for value in [*ISSUES[kind], *TEXTS[kind], *([] if kind == "name" else [True])]:
        state, text, issue, _ = read(form, value, kind)
        assert (state, text, bool(issue)) == ("unreadable", "", True), repr(value)
    for value in (None, "", " ", "\xa0", "\n", "\u3000"):
        assert read(form, value, kind)[:2] == ("blank", "")


@pytest.mark.parametrize("expected", DOCUMENTS)
def test_read_cell_document_is_given_none_or_an_issue(form: Form, expected: str) -> None:
    """Each text, also decomposed and in capitals: given, none, or the reason why the sender is
    asked.
    """
    for text in DOCUMENTS[expected]:
        for spelling in (text, unicodedata.normalize("NFD", text), text.upper()):
            reference = form.document_reader.read(spelling)
            assert (reference.reason or reference.value) == expected, spelling
            assert bool(reference.days) == (expected == "given")
            value = expected if expected in ("given", "none") else ""
            assert read(form, spelling, "document").value == value


def test_document_reader_long_texts_end_and_own_days_are_kept(form: Form) -> None:
    """Not those of what it carries out; the longest cells of repeated words are read within the
    time limit of a test.
    """
    reference = form.document_reader.read(
        "45/KH-UBND ngày 7 tháng 4 năm 2016 thực hiện 884/KH-UBND ngày 14/3/2017"
    )
    assert reference.days == (date(2016, 4, 7),)
    assert (
        "ví dụ 45/KH-UBND" in form.document_reader.read("45/KH-UBND ngày 12/4/2017 xem lại").message
    )
    for words in ("kế hoạch ", "45/KH-UBND, ", "K ", "kh và ", "kh 45/KH-UBND 1/1/2017 và "):
        form.document_reader.read(words * (LONGEST // len(words)))
        form.document_reader.read(words * (LONGEST // len(words) - 1) + "zz")


def test_read_cell_number_above_its_bound_is_an_issue(form: Form) -> None:
    """A day, a telephone number or đồng where triệu đồng are asked: what to write is said."""
    assert read(form, 999, most=999).value == "999"
    assert "999" in read(form, 43_084, most=999).issue
    assert read(form, "912345678", most=99_999).state == "unreadable"
    for amount in (45_500_000, "45.500.000"):
        assert "triệu đồng: 45,5" in read(form, amount, "amount", most=99_999).issue


LOOKS = {  # a number and its format; what is read
    "": [(12_345, "#,##0,"), (1, "0.00%")],
    "5": [(5, '0 "cuộc"'), (5, "0.00E+00"), (5, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-')],
    "1115": [(1115, "#,##0"), (1115, "[$-42A]#,##0;[Red]-#,##0"), (1115, "@"), (1115, "# ##0")],
    "0": [
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-'),
        *((0, look) for look in ("0", "0;-0", "0;-0;;@", '[=0]"-";0')),
    ],
    "7": [(7, '[>0]0;"-"'), (7, "[<0]-0;[>=5]0;0"), (7, "#,##0.00;[Red]-0.00")],
}
DATES = [look for look in numbers.BUILTIN_FORMATS.values() if numbers.is_date_format(look)]


def test_read_cell_format_that_shows_another_number_is_an_issue(form: Form) -> None:
    """Percentages, thousands, and every date format of Excel's own."""
    for expected, looks in LOOKS.items():
        for value, look in looks:
            assert read(form, through_excel(value, look)).value == expected, look
    assert "phần trăm" in read(form, through_excel(1, "0.00%")).issue
    assert len(DATES) >= 12
    for look in (*DATES, "d/m/yyyy", "mmm-yy", "[$-42A]dd mmmm yyyy"):
        assert "định dạng ngày" in read(form, through_excel(3, look)).issue


ANYTHING = st.one_of(
    *(st.text(), st.text(alphabet="0123456789., -+%e_"), st.floats(), st.integers(), st.booleans()),
    *(st.dates(), st.datetimes(), st.times(), st.timedeltas()),
)


@pytest.mark.slow
@given(
    ANYTHING, st.sampled_from(KINDS), st.sampled_from(("General", "0%", "d/m/yyyy")), st.booleans()
)
def test_read_cell_any_value_ends_in_a_state(
    form: Form, value: Any, kind: CellKind, look: str, is_date: bool
) -> None:
    """No exception whatever stands there; a count is a whole number from 0 only where the rule
    gives one.
    """
    state, text, issue, _ = read(form, Cell("B7", value, number_format=look, is_date=is_date), kind)
    assert bool(issue) == (state == "unreadable")
    assert bool(text) <= (state == "reported")
    if kind == "count" and state == "reported":
        assert text == str(int(text)) and text.isascii() and not isinstance(value, bool)
        number = int(value.strip().replace(".", "") if isinstance(value, str) else value)
        assert number == int(text) >= 0


def test_read_cell_formula_counts_with_its_result_alone(form: Form) -> None:
    assert read(form, Cell("B7", "02", "=A1")).value == "2"
    assert all("chưa tính" in read(form, through_excel("=1+2"), kind).issue for kind in KINDS)


def test_cell_raw_is_what_a_person_sees() -> None:
    """Days in Vietnamese order, truth in Excel's words, no control characters, at most 100
    characters in a message.
    """
    texts = {date(2017, 3, 5): "05/3/2017", True: "TRUE", 2.5: "2.5", "a\x00\x1bb": "ab", None: ""}
    assert {value: Cell("A1", value).raw for value in texts} == texts
    assert Cell("A1", None, "=A2\x07").raw == "=A2"
    assert through_excel("a_x0007_b").raw == "ab"
    assert (Cell("A1", "a" * 100).quoted, Cell("A1", "a" * 101).quoted) == (
        "a" * 100,
        "a" * 100 + "…",
    )


@pytest.mark.parametrize(
    ("value", "number_format", "written"),
    [(0.12345678, "0%", "12.345678%"), (12, '0"%"', 12), (12, r"0\%", 12), (5, '0"; 2"', 5)],
)
def test_value_to_write_is_a_percentage_only_where_people_see_one(value, number_format, written):
    assert value_to_write(Cell("A1", value, number_format=number_format)) == written
