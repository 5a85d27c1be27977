"""The strict parser of cells: a table of spellings and what the form's rule makes of each; properties over any text.

The rule (design, settled readings): a whole number as typed, or as text in ASCII digits with spaces around them, a
leading zero, or one dot and exactly three digits after it. Everything else in a count is a fault, never a guess.
"""

from __future__ import annotations

import io
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, numbers

from pcmd_eval.form import Form, Kind
from pcmd_eval.intake.cells import Cell, Reading, read
from pcmd_eval.observations import State
from pcmd_eval.project import Project

FAULT = None

# What stands in the cell of a count: the number it is, or FAULT.
COUNTS: list[tuple[object, int | None]] = [
    # whole numbers as typed
    *((0, 0), (7, 7), (1115, 1115), (3.0, 3), (1115.0, 1115), (-0.0, 0), (999_999_999_999, 999_999_999_999)),
    # text in ASCII digits
    *(("0", 0), ("7", 7), ("02", 2), ("007", 7), (" 7", 7), ("7 ", 7), ("\t7\n", 7), ("\xa07", 7), ("7\xa0", 7)),
    *(("\u202f7\u202f", 7), ("\u30007", 7), ("123456789012", 123_456_789_012)),
    # one dot and exactly three digits after it groups thousands
    *(("1.115", 1115), ("11.240", 11_240), ("652.145", 652_145), ("01.115", 1115), (" 1.115 ", 1115), ("1.000", 1000)),
    # any other fraction
    *((2.5, FAULT), (0.75, FAULT), (1.115, FAULT), (1115.5, FAULT), ("1.5", FAULT), ("1.15", FAULT), ("1.1155", FAULT)),
    *(("1,5", FAULT), ("1,115", FAULT), ("0,75", FAULT), ("1.115,0", FAULT), ("1.", FAULT), (".115", FAULT)),
    *(
        ("1.115.000", FAULT),
        ("1..115", FAULT),
        ("1 .115", FAULT),
        ("1. 115", FAULT),
        ("1 115", FAULT),
        ("1'115", FAULT),
    ),
    *(("1/2", FAULT), ("10/10", FAULT), ("½", FAULT), ("1½", FAULT)),
    # negative numbers and signs
    *(
        (-1, FAULT),
        (-1.0, FAULT),
        (-2.5, FAULT),
        ("-1", FAULT),
        ("−1", FAULT),
        ("–", FAULT),
        ("-", FAULT),
        ("+3", FAULT),
    ),
    *(("(3)", FAULT), ("--", FAULT), ("3-", FAULT)),
    # about so many
    *(("gần 1.000", FAULT), ("khoảng 180", FAULT), ("trên 4.300", FAULT), ("hơn 20", FAULT), ("~20", FAULT)),
    *(("3 - 5", FAULT), ("3-5", FAULT), ("03 - 05", FAULT), ("từ 3 đến 5", FAULT), ("20+", FAULT), ("<5", FAULT)),
    # percentages
    *(("12 %", FAULT), ("12%", FAULT), ("75%", FAULT), ("từ 75% đến 80%", FAULT)),
    # digits and notations of others
    *(("１２", FAULT), ("٣", FAULT), ("२", FAULT), ("²", FAULT), ("Ⅳ", FAULT), ("IV", FAULT), ("1_000", FAULT)),
    *(("1e3", FAULT), ("1E3", FAULT), ("1e999", FAULT), ("0x1F", FAULT), ("1O", FAULT), ("l2", FAULT)),
    *(("inf", FAULT), ("nan", FAULT), ("NA", FAULT), ("null", FAULT), (float("inf"), FAULT), (float("nan"), FAULT)),
    *((1e12, FAULT), (1e300, FAULT), (10**12, FAULT), ("1234567890123", FAULT), ("1234567890.115", FAULT)),
    # words
    *(("ba", FAULT), ("không", FAULT), ("Không có", FAULT), ("có", FAULT), ("x", FAULT), ("?", FAULT), ("…", FAULT)),
    *(("2 buổi", FAULT), ("02 lớp", FAULT), ("7 cuộc", FAULT), ("=1+1", FAULT), ("'7", FAULT), ('"7"', FAULT)),
    # truth, errors, dates
    *((True, FAULT), (False, FAULT), ("TRUE", FAULT), ("#REF!", FAULT), ("#N/A", FAULT), ("#DIV/0!", FAULT)),
    *((date(2017, 3, 5), FAULT), (datetime(1900, 1, 3), FAULT), (time(0, 0), FAULT), ("5/3/2017", FAULT)),
    *((timedelta(hours=3), FAULT), ("3:00", FAULT)),
    # characters that are not seen
    *(
        ("\u200b7", FAULT),
        ("7\u200d", FAULT),
        ("\ufeff7", FAULT),
        ("1\x0b2", FAULT),
        ("7\x00", FAULT),
        ("1\xad2", FAULT),
    ),
]


def ids(value: object) -> str:
    """A readable name of a case."""
    return ascii(value)[:30]


@pytest.fixture(scope="module")
def form(project: Project) -> Form:
    """The form of the plan."""
    return project.form


def a_count(value: object, form: Form, **looks: Any) -> Reading:
    """What a cell of a count says."""
    return read(Cell("B7", value, **looks), "count", form)


def test_the_table_is_long_enough() -> None:
    """At least 80 spellings, none twice."""
    assert len({(type(value), ascii(value)) for value, _ in COUNTS}) == len(COUNTS) >= 80


@pytest.mark.parametrize(("value", "expected"), COUNTS, ids=ids)
def test_a_count_is_a_number_or_a_fault(form: Form, value: object, expected: int | None) -> None:
    """Never a third thing, and a fault says what to write instead."""
    reading = a_count(value, form)
    if expected is None:
        assert (reading.state, reading.value) == (State.UNREADABLE, "")
        assert reading.fault
    else:
        assert reading == Reading(State.REPORTED, str(expected))


@pytest.mark.parametrize("value", [None, "", " ", "\xa0", "\n", "\u3000"])
def test_nothing_is_blank_and_not_zero(form: Form, value: object) -> None:
    """An empty cell and one with spaces hold nothing, whatever the kind."""
    for kind in ("count", "amount", "date", "document", "yes_no", "choice", "name"):
        assert read(Cell("B7", value), kind, form) == Reading(State.BLANK)


_ANYTHING = st.one_of(
    st.text(),
    st.text(alphabet="0123456789., -+%e_"),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(_ANYTHING, st.sampled_from(("General", "0", "0%", "d/m/yyyy", "@")), st.booleans())
def test_any_count_is_a_whole_number_from_0_or_a_fault_or_blank(
    form: Form, value: object, number_format: str, is_date: bool
) -> None:
    """For any content and format; a number only where the rule gives one."""
    reading = a_count(value, form, number_format=number_format, is_date=is_date)
    if reading.state is State.REPORTED:
        assert reading.value == str(int(reading.value))
        assert int(reading.value) >= 0
        assert reading.value.isascii()
        assert isinstance(value, (int, float, str))
        assert not isinstance(value, bool)
        plain = value.strip().replace(".", "") if isinstance(value, str) else value
        assert int(plain) == int(reading.value)
    elif reading.state is State.BLANK:
        assert isinstance(value, str)
        assert not value.strip()
    else:
        assert reading.fault


@given(_ANYTHING, st.sampled_from(("amount", "date", "document", "yes_no", "choice", "name")))
def test_any_cell_of_any_kind_ends_in_a_value_or_a_fault_or_blank(form: Form, value: object, kind: Kind) -> None:
    """No exception whatever stands there; a fault has words, a value has none."""
    reading = read(Cell("B7", value), kind, form, ("1", "2", "3"))
    assert bool(reading.fault) == (reading.state is State.UNREADABLE)
    assert bool(reading.value) <= (reading.state is State.REPORTED)
    assert "\x00" not in reading.value


@given(st.integers(0, 999_999_999_999))
def test_a_whole_number_reads_the_same_in_every_allowed_spelling(form: Form, value: int) -> None:
    """As a number, as text, with spaces, with a leading zero if there is room."""
    spellings: list[object] = [value, str(value), f" {value}\xa0"]
    if value < 10**11:
        spellings.append(f"0{value}")
    if 1000 <= value < 1_000_000:
        spellings.append(f"{value:,}".replace(",", "."))
    assert {a_count(spelling, form) for spelling in spellings} == {Reading(State.REPORTED, str(value))}


# ---- formats, formulas, characters: through a workbook ---------------------------------------------------------------


def through_excel(value: object, number_format: str = "General") -> Cell:
    """The cell as it comes back out of a workbook."""
    book = Workbook()
    cell = book.active["B7"]
    cell.value, cell.number_format = value, number_format  # type: ignore[assignment]
    buffer = io.BytesIO()
    book.save(buffer)
    formulas, values = (load_workbook(io.BytesIO(buffer.getvalue()), data_only=only).active for only in (False, True))
    formula = str(formulas["B7"].value) if formulas["B7"].data_type == "f" else ""
    return Cell.of(formulas["B7"], values["B7"].value, formula)


_DATE_FORMATS = [text for text in numbers.BUILTIN_FORMATS.values() if numbers.is_date_format(text)]


@pytest.mark.parametrize("number_format", [*_DATE_FORMATS, "d/m/yyyy", "dd/mm/yyyy", "mmm-yy", "[$-42A]dd mmmm yyyy"])
def test_a_3_formatted_as_a_date_is_a_fault_and_not_the_year_1900(form: Form, number_format: str) -> None:
    """Every date format of Excel's own and usual ones of people; days say which number was probably meant."""
    reading = read(through_excel(3, number_format), "count", form)
    assert reading.state is State.UNREADABLE
    assert "định dạng ngày" in reading.fault
    if "d" in number_format:
        assert "(có thể là số 3)" in reading.fault


def test_the_built_in_date_formats_are_all_there() -> None:
    """The list above is not empty by mistake: Excel has at least a dozen."""
    assert len(_DATE_FORMATS) >= 12


@pytest.mark.parametrize("number_format", ["0", "#,##0", "@", "0.00", "#,##0.00;[Red]-#,##0.00", "General"])
def test_a_number_format_does_not_change_a_count(form: Form, number_format: str) -> None:
    """3 stays 3, however many zeros are shown."""
    assert read(through_excel(3, number_format), "count", form) == Reading(State.REPORTED, "3")


@pytest.mark.parametrize("number_format", ["0%", "0.00%"])
def test_a_count_shown_as_a_percentage_is_a_fault(form: Form, number_format: str) -> None:
    """Excel shows 1 as 100%: nobody knows which was meant."""
    assert "phần trăm" in read(through_excel(1, number_format), "count", form).fault


def test_a_formula_without_a_stored_value_is_not_blank(form: Form) -> None:
    """Every kind says "not calculated"."""
    cell = through_excel("=1+2")
    assert cell.raw == "=1+2"
    for kind in ("count", "amount", "date", "document", "yes_no", "choice", "name"):
        reading = read(cell, kind, form)
        assert reading.state is State.UNREADABLE
        assert "chưa tính" in reading.fault


def test_a_formula_with_a_stored_value_is_that_value(form: Form) -> None:
    """What Excel calculated counts, also when it is a text of digits or an error."""
    assert read(Cell("B7", 3, "=1+2"), "count", form) == Reading(State.REPORTED, "3")
    assert read(Cell("B7", "02", "=A1"), "count", form) == Reading(State.REPORTED, "2")
    assert "lỗi công thức" in read(Cell("B7", "#VALUE!", "=A1"), "count", form).fault


def test_characters_that_xml_cannot_hold_are_read_as_excel_wrote_them() -> None:
    """_x0007_ is the bell; _x005F_ keeps an underscore that only looks like one; raw text is without the bell."""
    cell = through_excel("a_x0007_b")
    assert (cell.value, cell.raw) == ("a\x07b", "ab")
    assert through_excel("a_x005F_x0007_b").value == "a_x0007_b"
    assert through_excel("a_b").value == "a_b"


# ---- other kinds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(
            (0, "0"),
            (12.5, "12.5"),
            (-0.0, "0"),
            ("12,5", "12.5"),
            ("1.234", "1234"),
            ("1.234,5", "1234.5"),
            ("0,25", "0.25"),
        ),
        *((" 7 ", "7"), ("1.234.567", "1234567"), (1e11, "100000000000"), (0.1, "0.1"), ("12,50", "12.5")),
        *((-1, FAULT), ("-1", FAULT), ("12.5", FAULT), ("1,2345", FAULT), ("1.23", FAULT), ("khoảng 5", FAULT)),
        *(("5 triệu", FAULT), (True, FAULT), (date(2017, 1, 1), FAULT), (float("nan"), FAULT), (1e12, FAULT)),
        *(("1,234.5", FAULT), ("0.500", FAULT), ("１,5", FAULT), ("#REF!", FAULT)),
    ],
    ids=ids,
)
def test_an_amount(form: Form, value: object, expected: str | None) -> None:
    """Money may have decimals, written with a comma in text."""
    reading = read(Cell("F5", value), "amount", form)
    assert (reading.value or FAULT) == expected
    assert bool(reading.fault) == (expected is None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((date(2017, 4, 12), "2017-04-12"), (datetime(2017, 4, 12, 9), "2017-04-12"), ("12/4/2017", "2017-04-12")),
        *(("12/04/2017", "2017-04-12"), (" 1/1/2017 ", "2017-01-01"), ("29/2/2016", "2016-02-29")),
        *(("29/2/2017", FAULT), ("31/4/2017", FAULT), ("4/13/2017", FAULT), ("12/4/17", FAULT), ("12-4-2017", FAULT)),
        *(("12.4.2017", FAULT), ("2017-04-12", FAULT), ("tháng 4/2017", FAULT), (2017, FAULT), (43_000, FAULT)),
        *(("0/1/2017", FAULT), ("ngày 12/4/2017", FAULT), (True, FAULT), (time(1), FAULT)),
    ],
    ids=ids,
)
def test_a_day(form: Form, value: object, expected: str | None) -> None:
    """A date of Excel's or d/m/yyyy, and a day that exists."""
    reading = read(Cell("E5", value), "date", form)
    assert (reading.value or FAULT) == expected
    assert bool(reading.fault) == (expected is None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("45/KH-UBND ngày 12/4/2017", "given"), ("Kế hoạch số 45/KH-UBND, ngày 12/4/2017", "given")),
        *(
            ("45/2017/QĐ-UBND ngày 12/4/2017", "given"),
            ("12/4/2017: 45/KH-UBND", "given"),
            ("45a/KH-UBND 1/1/2017", "given"),
        ),
        *(
            ("Chưa có", "none"),
            ("CHƯA  BAN HÀNH", "none"),
            ("không", "none"),
            ("-", "none"),
            ("0", "none"),
            (0, "none"),
        ),
        *((0.0, "none"), (unicodedata.normalize("NFD", "Chưa có"), "none")),
        *(("45/KH-UBND", FAULT), ("ngày 12/4/2017", FAULT), ("45/KH-UBND ngày 31/2/2017", FAULT), ("đang soạn", FAULT)),
        *(
            ("45/KH-UBND ngày 12/4/17", FAULT),
            ("12/4/2017", FAULT),
            (45, FAULT),
            (True, FAULT),
            (date(2017, 4, 12), FAULT),
        ),
        *(("chua co", FAULT), ("có", FAULT)),
    ],
    ids=ids,
)
def test_a_document(form: Form, value: object, expected: str | None) -> None:
    """Number, symbol and day; or a word for none, accents counting."""
    reading = read(Cell("C5", value), "document", form)
    assert (reading.value or FAULT) == expected
    assert bool(reading.fault) == (expected is None)


def test_a_cell_shows_what_a_person_sees() -> None:
    """Messages quote the cell: days in Vietnamese order, truth in Excel's words, no control characters."""
    assert Cell("A1", date(2017, 3, 5)).raw == "05/3/2017"
    assert (Cell("A1", True).raw, Cell("A1", False).raw) == ("TRUE", "FALSE")
    assert Cell("A1", 2.5).raw == "2.5"
    assert Cell("A1", "a\x00\x1bb").raw == "ab"
    assert Cell("A1", None, "=A2\x07").raw == "=A2"
    assert Cell("A1").raw == ""


def test_a_message_quotes_no_more_than_a_hundred_characters() -> None:
    """100 characters stand as they are, of 101 the first 100 and a sign that more follows."""
    assert Cell("A1", "a" * 100).seen == "a" * 100
    assert Cell("A1", "a" * 101).seen == "a" * 100 + "…"


def test_a_cell_keeps_its_place_and_its_font() -> None:
    """The font tells a legacy encoding; a cell style without one has an empty name."""
    cell = Workbook().active["B7"]
    cell.value, cell.font = 3, Font(name=".VnTime")
    assert Cell.of(cell, 3, "") == Cell("B7", 3, font=".VnTime")
    cell.font = Font(name=None)
    assert Cell.of(cell, 3, "") == Cell("B7", 3)


@pytest.mark.parametrize(
    ("value", "likely"),
    [
        (datetime(1899, 12, 30), " (có thể là số 0);"),  # Excel's days are counted from here
        (datetime(1902, 9, 25), " (có thể là số 999);"),  # 31/12/1899 + 998 days, and Excel has a 29/2/1900 too many
        (datetime(1902, 9, 26), "số đếm;"),  # 1000: more likely a day than a count
        (datetime(2017, 3, 5), "số đếm;"),
        (time(3), "số đếm;"),
    ],
)
def test_a_day_in_a_count_says_which_number_it_may_be(form: Form, value: object, likely: str) -> None:
    """Only where it is a number that a count may be."""
    fault = a_count(value, form, is_date=True).fault
    assert fault.startswith("ô định dạng ngày, không phải số đếm")
    assert likely in fault


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Có", "yes"), (" có ", "yes"), ("KHÔNG", "no"), ("co", FAULT), ("đúng", FAULT), (True, FAULT), (1, FAULT)],
    ids=ids,
)
def test_yes_or_no(form: Form, value: object, expected: str | None) -> None:
    """One of the form's two words, capitals and spaces aside; a fault names both."""
    reading = read(Cell("D5", value), "yes_no", form)
    assert (reading.value or FAULT) == expected
    assert reading.fault == ("" if expected else "phải là một trong: Có, Không")


def test_a_choice_is_one_of_the_offered_and_no_truth_or_day(form: Form) -> None:
    """TRUE and a date are what Excel made of something else, even where the words would agree."""
    assert read(Cell("D5", 2.0), "choice", form, ("1", "2")) == Reading(State.REPORTED, "2")
    assert read(Cell("D5", "3"), "choice", form, ("1", "2")).fault == "phải là một trong: 1, 2"
    assert read(Cell("D5", True), "choice", form, ("True", "2")).fault
    assert read(Cell("D5", 2, is_date=True), "choice", form, ("1", "2")).fault
