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

KINDS = ("count", "amount", "date", "document", "yes_no", "choice", "name")
CHOICES = ("1", "2", "3")


def apart(texts: str) -> list[Any]:
    """The texts between bars."""
    return texts.split("|")


# What each kind reads, by the value that stands in the table of observations.
READ: dict[Kind, dict[str, list[Any]]] = {
    "count": {
        "0": [0, -0.0, "0", "00", "0.000"],
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
        "2017-04-12": [date(2017, 4, 12), datetime(2017, 4, 12, 9), "12/04/2017", " 12/4/2017 "],
        "2016-02-29": ["29/2/2016"],
    },
    "document": {
        "given": [
            *apart(
                "45/KH-UBND ngày 12/4/2017|Kế hoạch số 45/KH-UBND, ngày 12/4/2017|45/2017/QĐ-UBND ngày 12/4/2017"
            ),
            *apart("12/4/2017: 45/KH-UBND|45a/KH-UBND 1/1/2017"),
        ],
        "none": [
            0,
            0.0,
            *apart("Chưa có|CHƯA  BAN HÀNH|không|-|0"),
            unicodedata.normalize("NFD", "Chưa có"),
        ],
    },
    "yes_no": {
        "yes": ["Có", " có ", unicodedata.normalize("NFD", "Có")],
        "no": ["KHÔNG", "khô ng"],
    },
    "choice": {"1": [1, "1"], "2": [2.0], "3": [" 3 "]},
    "name": {"Nhóm An": ["Nhóm An"], "7": [7], "ab": ["a\x0bb"], "x" * 32_767: ["x" * 32_767]},
}
# What is a fault; True is one in every kind but a name.
FAULTS: dict[Kind, list[Any]] = {
    "count": [
        *(
            2.5,
            1.115,
            -1,
            1e12,
            10**12,
            float("inf"),
            float("nan"),
            False,
            date(2017, 3, 5),
            datetime(1900, 1, 3),
        ),
        *(time(0, 0), timedelta(hours=3)),
        *apart(
            "-1|–1|+3|1,5|1.5|1.15|1.1155|1.115.000|1,115|1 115|1'115|.115|gần 1.000|khoảng 180|~20|3 - 5|20+|<5|12 %"
        ),
        *apart(
            "75%|１２|٣|²|IV|1_000|1e3|0x1F|1O|inf|nan|NA|1234567890123|1234567890.115|ba|không|x|?|2 buổi|=1+1"
        ),
        *apart("'7|TRUE|#REF!|#N/A|5/3/2017|\u200b7|7\u200d|\ufeff7|1\x0b2|7\x00|1\xad2"),
    ],
    "amount": [
        *(-1, date(2017, 1, 1), float("nan"), 1e12),
        *apart("-1|12.5|1,2345|1.23|5 triệu|1,234.5|0.500|１,5"),
    ],
    "date": [
        *(2017, 43_000, time(1), datetime(1905, 7, 9)),
        *apart("29/2/2017|4/13/2017|12/4/17|12.4.2017|2017-04-12|tháng 4/2017|ngày 12/4/2017"),
    ],
    "document": [
        *(45, date(2017, 4, 12)),
        *apart(
            "45/KH-UBND|ngày 12/4/2017|45/KH-UBND ngày 31/2/2017|45/KH-UBND ngày 12/4/17|đang soạn|chua co|có"
        ),
        "45 ngày 12/4/2017",
    ],
    "yes_no": ["co", "đúng", "có rồi", 1],
    "choice": [4, "1 và 2", "True"],
    "name": ["x" * 32_768],
}


@pytest.fixture(scope="module")
def form(plan: Plan) -> Form:
    """The form of the plan."""
    return plan.form


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_a_value_or_a_fault(form: Form, kind: Kind) -> None:
    """Never a third thing, and a fault says what to write instead."""
    for expected, values in READ[kind].items():
        for value in values:
            assert read(Cell("B7", value), kind, form, CHOICES) == ("reported", expected, ""), repr(
                value
            )
    for value in [*FAULTS[kind], *([] if kind == "name" else [True])]:
        state, found, fault = read(Cell("B7", value), kind, form, CHOICES)
        assert (state, found, bool(fault)) == ("unreadable", "", True), repr(value)


def test_nothing_is_blank_and_not_zero(form: Form) -> None:
    """An empty cell and one with spaces hold nothing, whatever the kind."""
    for value in (None, "", " ", "\xa0", "\n", "\u3000"):
        assert {read(Cell("B7", value), kind, form) for kind in KINDS} == {("blank", "", "")}


ANYTHING = st.one_of(
    *(st.text(), st.text(alphabet="0123456789., -+%e_"), st.floats(), st.integers(), st.booleans()),
    *(st.dates(), st.datetimes(), st.times(), st.timedeltas()),
)


@given(
    ANYTHING, st.sampled_from(KINDS), st.sampled_from(("General", "0%", "d/m/yyyy")), st.booleans()
)
def test_anything_ends_in_a_value_or_a_fault_or_blank(
    form: Form, value: Any, kind: Kind, look: str, is_date: bool
) -> None:
    """No exception whatever stands there; a count is a whole number from 0 only where the rule gives one."""
    state, found, fault = read(
        Cell("B7", value, number_format=look, is_date=is_date), kind, form, ("1", "2")
    )
    assert bool(fault) == (state == "unreadable")
    assert bool(found) <= (state == "reported")
    if kind == "count" and state == "reported":
        assert found == str(int(found)) and found.isascii() and not isinstance(value, bool)
        assert (
            int(value.strip().replace(".", "") if isinstance(value, str) else value)
            == int(found)
            >= 0
        )


def through_excel(value: Any, number_format: str = "General", font: str = "Calibri") -> Cell:
    """The cell as it comes back out of a workbook."""
    book, buffer = Workbook(), BytesIO()
    cell = book.active["B7"]
    cell.value, cell.number_format, cell.font = value, number_format, Font(name=font)
    book.save(buffer)
    formulas, values = (
        load_workbook(BytesIO(buffer.getvalue()), data_only=only).active["B7"]
        for only in (False, True)
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


OLD = [
    ("Tr\xadêng ThÞnh", ".VnTime"),
    ("Tröôøng Thònh", "VNI-Times"),
    ("®©y lµ mét dßng ch÷", "Arial"),
]
UNICODE = [
    ("Truong", ".VnTime"),
    ("Trường Thịnh", ".VnTime"),
    *(
        (text, "Arial")
        for text in apart(
            "lô, bến xe|6 m² tại trung tâm|2 × 3 = 6|Ð/c Phó Chủ tịch|10÷20 phút|½ ngày|xã"
        )
    ),
]


def test_old_fonts_are_named_and_unicode_is_not() -> None:
    """By the font's name, or by letters that Vietnamese in Unicode never holds."""
    assert all(
        through_excel(text, font=font).old_font for text, font in (*OLD, ("Tröôøng Thònh", "Arial"))
    )
    assert not any(through_excel(text, font=font).old_font for text, font in UNICODE)
    assert not Cell("A1", "xã").old_font
