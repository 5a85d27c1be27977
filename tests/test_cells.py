"""One strict rule for each kind of cell: a value, nothing, or a fault that says what to write; never a guess."""

import unicodedata
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, numbers

from pcmd_eval.form import Form, Kind
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.plan import Plan

FAULT = None
KINDS = ("count", "amount", "date", "document", "yes_no", "choice", "name")
COUNTS: list[tuple[Any, int | None]] = [
    *((0, 0), (12, 12), (12.0, 12), (-0.0, 0), (999_999_999_999, 999_999_999_999), ("0", 0), ("12", 12), ("  12 ", 12)),
    *(("\xa012\u3000", 12), ("\n7\n", 7), ("012", 12), ("00", 0), ("1.115", 1115), ("12.000", 12_000), ("0.000", 0)),
    *(
        (2.5, FAULT),
        (1.115, FAULT),
        (-1, FAULT),
        ("-1", FAULT),
        ("–1", FAULT),
        ("+3", FAULT),
        ("1,5", FAULT),
        ("1.5", FAULT),
    ),
    *(("1.1155", FAULT), ("1.115.000", FAULT), ("1,115", FAULT), ("1 115", FAULT), ("1'115", FAULT), (".115", FAULT)),
    *(("gần 1.000", FAULT), ("khoảng 180", FAULT), ("~20", FAULT), ("3 - 5", FAULT), ("20+", FAULT), ("<5", FAULT)),
    *(("12 %", FAULT), ("75%", FAULT), ("１２", FAULT), ("٣", FAULT), ("²", FAULT), ("IV", FAULT), ("1_000", FAULT)),
    *(
        ("1e3", FAULT),
        ("0x1F", FAULT),
        ("1O", FAULT),
        ("inf", FAULT),
        ("nan", FAULT),
        ("NA", FAULT),
        (float("inf"), FAULT),
    ),
    *((float("nan"), FAULT), (1e12, FAULT), (10**12, FAULT), ("1234567890123", FAULT), ("1234567890.115", FAULT)),
    *(("ba", FAULT), ("không", FAULT), ("x", FAULT), ("?", FAULT), ("2 buổi", FAULT), ("=1+1", FAULT), ("'7", FAULT)),
    *((True, FAULT), (False, FAULT), ("TRUE", FAULT), ("#REF!", FAULT), ("#N/A", FAULT), ("5/3/2017", FAULT)),
    *((date(2017, 3, 5), FAULT), (datetime(1900, 1, 3), FAULT), (time(0, 0), FAULT), (timedelta(hours=3), FAULT)),
    *(
        ("\u200b7", FAULT),
        ("7\u200d", FAULT),
        ("\ufeff7", FAULT),
        ("1\x0b2", FAULT),
        ("7\x00", FAULT),
        ("1\xad2", FAULT),
    ),
]
OTHERS: dict[Kind, list[tuple[Any, str | None]]] = {
    "amount": [
        *(
            (0, "0"),
            (12.5, "12.5"),
            (-0.0, "0"),
            ("12,5", "12.5"),
            ("1.234", "1234"),
            ("1.234,5", "1234.5"),
            ("0,25", "0.25"),
        ),
        *((" 7 ", "7"), ("1.234.567", "1234567"), (1e11, "100000000000"), (0.1, "0.1"), ("12,50", "12.5"), (-1, FAULT)),
        *(("-1", FAULT), ("12.5", FAULT), ("1,2345", FAULT), ("1.23", FAULT), ("5 triệu", FAULT), (True, FAULT)),
        *(
            (date(2017, 1, 1), FAULT),
            (float("nan"), FAULT),
            (1e12, FAULT),
            ("1,234.5", FAULT),
            ("0.500", FAULT),
            ("１,5", FAULT),
        ),
    ],
    "date": [
        *((date(2017, 4, 12), "2017-04-12"), (datetime(2017, 4, 12, 9), "2017-04-12"), ("12/04/2017", "2017-04-12")),
        *((" 1/1/2017 ", "2017-01-01"), ("29/2/2016", "2016-02-29"), ("29/2/2017", FAULT), ("4/13/2017", FAULT)),
        *(("12/4/17", FAULT), ("12.4.2017", FAULT), ("2017-04-12", FAULT), ("tháng 4/2017", FAULT), (2017, FAULT)),
        *((43_000, FAULT), ("ngày 12/4/2017", FAULT), (True, FAULT), (time(1), FAULT), (datetime(1905, 7, 9), FAULT)),
    ],
    "document": [
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
        *(
            (0.0, "none"),
            (unicodedata.normalize("NFD", "Chưa có"), "none"),
            ("45/KH-UBND", FAULT),
            ("ngày 12/4/2017", FAULT),
        ),
        *(("45/KH-UBND ngày 31/2/2017", FAULT), ("45/KH-UBND ngày 12/4/17", FAULT), ("đang soạn", FAULT), (45, FAULT)),
        *((True, FAULT), (date(2017, 4, 12), FAULT), ("chua co", FAULT), ("có", FAULT), ("45 ngày 12/4/2017", FAULT)),
    ],
    "yes_no": [
        *(
            ("Có", "yes"),
            (" có ", "yes"),
            ("KHÔNG", "no"),
            ("khô ng", "no"),
            (unicodedata.normalize("NFD", "Có"), "yes"),
        ),
        *(("co", FAULT), ("đúng", FAULT), ("có rồi", FAULT), (True, FAULT), (1, FAULT)),
    ],
    "choice": [
        (1, "1"),
        ("1", "1"),
        (2.0, "2"),
        (" 3 ", "3"),
        (4, FAULT),
        ("1 và 2", FAULT),
        (True, FAULT),
        ("True", FAULT),
    ],
    "name": [("Nhóm An", "Nhóm An"), (7, "7"), ("a\x0bb", "ab"), ("x" * 32_767, "x" * 32_767), ("x" * 32_768, FAULT)],
}
ALL = [("count", value, None if expected is None else str(expected)) for value, expected in COUNTS]
ALL += [(kind, value, expected) for kind, table in OTHERS.items() for value, expected in table]


@pytest.fixture(scope="module")
def form(plan: Plan) -> Form:
    """The form of the plan."""
    return plan.form


@pytest.mark.parametrize(
    ("kind", "value", "expected"), ALL, ids=[f"{kind} {ascii(value)[:30]}" for kind, value, _ in ALL]
)
def test_a_cell_is_a_value_or_a_fault(form: Form, kind: Kind, value: Any, expected: str | None) -> None:
    """Never a third thing, and a fault says what to write instead."""
    state, found, fault = read(Cell("B7", value), kind, form, ("1", "2", "3"))
    assert (state, found or FAULT) == ("unreadable" if expected is None else "reported", expected)
    assert bool(fault) == (expected is None)


@pytest.mark.parametrize("value", [None, "", " ", "\xa0", "\n", "\u3000"])
def test_nothing_is_blank_and_not_zero(form: Form, value: Any) -> None:
    """An empty cell and one with spaces hold nothing, whatever the kind."""
    assert {read(Cell("B7", value), kind, form) for kind in KINDS} == {("blank", "", "")}


ANYTHING = st.one_of(
    *(st.text(), st.text(alphabet="0123456789., -+%e_"), st.floats(), st.integers(), st.booleans()),
    *(st.dates(), st.datetimes(), st.times(), st.timedeltas()),
)


@given(ANYTHING, st.sampled_from(KINDS), st.sampled_from(("General", "0%", "d/m/yyyy")), st.booleans())
def test_anything_ends_in_a_value_or_a_fault_or_blank(
    form: Form, value: Any, kind: Kind, look: str, is_date: bool
) -> None:
    """No exception whatever stands there; a count is a whole number from 0 only where the rule gives one."""
    state, found, fault = read(Cell("B7", value, number_format=look, is_date=is_date), kind, form, ("1", "2"))
    assert bool(fault) == (state == "unreadable")
    assert bool(found) <= (state == "reported")
    if kind == "count" and state == "reported":
        assert found == str(int(found)) and found.isascii() and not isinstance(value, bool)
        assert int(value.strip().replace(".", "") if isinstance(value, str) else value) == int(found) >= 0


def through_excel(value: Any, number_format: str = "General", font: str = "Calibri") -> Cell:
    """The cell as it comes back out of a workbook."""
    book, buffer = Workbook(), BytesIO()
    cell = book.active["B7"]
    cell.value, cell.number_format, cell.font = value, number_format, Font(name=font)
    book.save(buffer)
    formulas, values = (
        load_workbook(BytesIO(buffer.getvalue()), data_only=only).active["B7"] for only in (False, True)
    )
    return Cell.of(formulas, values.value, str(formulas.value) if formulas.data_type == "f" else "")


DATES = [look for look in numbers.BUILTIN_FORMATS.values() if numbers.is_date_format(look)]


@pytest.mark.parametrize("look", [*DATES, "d/m/yyyy", "mmm-yy", "[$-42A]dd mmmm yyyy"])
def test_a_3_formatted_as_a_date_is_a_fault_and_not_the_year_1900(form: Form, look: str) -> None:
    """Every date format of Excel's own; days say which number was probably meant, up to 999."""
    fault = read(through_excel(3, look), "count", form).fault
    assert "định dạng ngày" in fault and ("(có thể là số 3)" in fault or "d" not in look)
    assert "có thể" not in read(through_excel(1000, "d/m/yyyy"), "count", form).fault
    assert len(DATES) >= 12


def test_formats_formulas_and_characters(form: Form) -> None:
    """A format changes no count but a percentage; a formula counts with its result, and without is not blank."""
    for look in ("0", "#,##0", "@", "#,##0.00;[Red]-#,##0.00"):
        assert read(through_excel(3, look), "count", form) == ("reported", "3", "")
    assert "phần trăm" in read(through_excel(1, "0.00%"), "count", form).fault
    assert read(Cell("B7", "02", "=A1"), "count", form).value == "2"
    assert all("chưa tính" in read(through_excel("=1+2"), kind, form).fault for kind in KINDS)
    assert (through_excel("a_x0007_b").value, through_excel("a_x0007_b").raw) == ("a\x07b", "ab")
    assert through_excel("a_x005F_x0007_b").value == "a_x0007_b"


def test_a_cell_shows_what_a_person_sees() -> None:
    """Days in Vietnamese order, truth in Excel's words, no control characters, at most 100 characters in a message."""
    shown = {date(2017, 3, 5): "05/3/2017", True: "TRUE", 2.5: "2.5", "a\x00\x1bb": "ab", None: ""}
    assert {value: Cell("A1", value).raw for value in shown} == shown
    assert Cell("A1", None, "=A2\x07").raw == "=A2"
    assert (Cell("A1", "a" * 100).seen, Cell("A1", "a" * 101).seen) == ("a" * 100, "a" * 100 + "…")


@pytest.mark.parametrize(
    ("text", "font", "expected"),
    [
        *(("Tr\xadêng ThÞnh", ".VnTime", True), ("Tröôøng Thònh", "VNI-Times", True), ("Truong", ".VnTime", False)),
        *(("®©y lµ mét dßng ch÷", "Arial", True), ("Tröôøng Thònh", "Arial", True), ("Trường Thịnh", ".VnTime", False)),
        *(("lô, bến xe", "Arial", False), ("6 m² tại trung tâm", "Arial", False), ("2 × 3 = 6", "Arial", False)),
        *(
            ("Ð/c Phó Chủ tịch", "Arial", False),
            ("10÷20 phút", "Arial", False),
            ("½ ngày", "Arial", False),
            ("xã", "", False),
        ),
    ],
)
def test_old_fonts_are_named_and_unicode_is_not(text: str, font: str, expected: bool) -> None:
    """By the font's name, or by letters that Vietnamese in Unicode never holds."""
    assert (through_excel(text, font=font) if font else Cell("A1", text)).old_font is expected
