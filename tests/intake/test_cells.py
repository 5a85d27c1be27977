"""One strict rule for each kind of cell: a value, nothing, or a fault that says what to write;
never a guess.
"""

import unicodedata
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Font, numbers
from yaml_files import read_yaml

from pcmd_eval.intake.cell import LONGEST, Cell
from pcmd_eval.intake.cell_parsers import read_cell
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import CellKind

DOCUMENTS = read_yaml(Path(__file__).with_name("documents.yaml"))
KINDS = ("count", "amount", "date", "document", "yes_no", "choice", "name")
CHOICES = ("1", "2", "3")


def apart(texts: str) -> list[Any]:
    """The texts between bars."""
    return texts.split("|")


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
        "2017-04-12": [date(2017, 4, 12), datetime(2017, 4, 12, 9), "12/04/2017", " 12/4/2017 "],
        "2016-02-29": ["29/2/2016"],
        "2017-12-05": apart(
            "5-12-2017|05.12.2017|5 / 12 / 2017|ngày 5/12/2017|Ngày 05 tháng 12 năm 2017"
            "|5 tháng 12 năm 2017|ngày 5 tháng 12, năm 2017|ngay 5 thang 12 nam 2017"
        ),
    },
    "document": {
        "given": [
            *apart(
                "45/KH-UBND ngày 12/4/2017|Kế hoạch số 45/KH-UBND, ngày 12/4/2017|45/2017/QĐ-UBND "
                "ngày 12/4/2017"
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
    "name": {
        "Nhóm An": ["Nhóm An"],
        "Tổ 7": ["Tổ 7"],
        "ab": ["a\x0bb"],
        "x" * 32_767: ["x" * 32_767],
    },
}
# What is a fault; True is one in every kind but a name.
FAULTS: dict[CellKind, list[Any]] = {
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
            "-1|–1|+3|1,5|1.5|1.15|1.1155|1.115.000|1,115|1 115|1'115|.115|gần 1.000|khoảng "
            "180|~20|3 - 5|20+|<5|12 %"
        ),
        *apart(
            "75%|１２|٣|²|IV|1_000|1e3|0x1F|1O|inf|nan|NA|1234567890123|1234567890.115|ba|không|x|?|2 buổi|=1+1"
        ),
        *apart("0.000|0.115|01.115|1234.567|1234567.890"),
        *apart("'7|TRUE|#REF!|#N/A|5/3/2017|\u200b7|7\u200d|\ufeff7|1\x0b2|7\x00|1\xad2"),
    ],
    "amount": [
        *(-1, date(2017, 1, 1), float("nan"), 1e12),
        *apart("-1|12.5|1,2345|1.23|5 triệu|1,234.5|0.500|１,5|1.500.000 đồng"),
    ],
    "date": [
        *(2017, 43_000, time(1), datetime(1905, 7, 9), date(2107, 12, 18), "18/12/2020"),
        *apart(
            "29/2/2017|4/13/2017|12/4/17|12.4-2017|2017-04-12|tháng 4/2017|ngày tháng 4 năm 2017"
        ),
        *apart("ngày 30 tháng 2 năm 2017|12/4/2017 hoặc 13/4/2017|12/4/2017/1|cuối năm"),
    ],
    "document": [
        *(45, date(2017, 4, 12)),
        *apart(
            "45/KH-UBND|ngày 12/4/2017|45/KH-UBND ngày 31/2/2017|45/KH-UBND ngày 12/4/17|đang "
            "soạn|chua co|có"
        ),
        "45 ngày 12/4/2017",
    ],
    "yes_no": ["co", "đúng", "có rồi", 1],
    "choice": [4, "1 và 2", "True"],
    "name": ["x" * 32_768, "không tên", "Mô hình số 1", 1, "…"],
}


@pytest.fixture(scope="module")
def form(plan: Plan) -> Form:
    """The form of the plan."""
    return plan.form


@pytest.mark.parametrize("kind", KINDS)
def test_read_cell_each_value_is_read_or_an_issue(form: Form, kind: CellKind) -> None:
    """Never a third thing, and a fault says what to write instead."""
    for expected, values in READ[kind].items():
        for value in values:
            assert read_cell(Cell("B7", value), kind, form, CHOICES) == (
                "reported",
                expected,
                "",
            ), repr(value)
    for value in [*FAULTS[kind], *([] if kind == "name" else [True])]:
        state, text, fault = read_cell(Cell("B7", value), kind, form, CHOICES)
        assert (state, text, bool(fault)) == ("unreadable", "", True), repr(value)


@pytest.mark.parametrize("expected", DOCUMENTS)
def test_read_cell_document_is_given_none_or_an_issue(form: Form, expected: str) -> None:
    """Each text, also decomposed and in capitals: given, none, or the reason why the sender is
    asked.
    """
    for text in DOCUMENTS[expected]:
        for spelt in (text, unicodedata.normalize("NFD", text), text.upper()):
            reference = form.grammar.read(spelt)
            assert (reference.why or reference.value) == expected, spelt
            assert bool(reference.days) == (expected == "given")
            assert read_cell(Cell("C5", spelt), "document", form).value == (
                expected if expected in ("given", "none") else ""
            )


def test_grammar_long_texts_end_and_own_days_are_kept(form: Form) -> None:
    """Not those of what it carries out; the longest cells of repeated words are read within the time
    limit of a test.
    """
    reference = form.grammar.read(
        "45/KH-UBND ngày 7 tháng 4 năm 2016 thực hiện 884/KH-UBND ngày 14/3/2017"
    )
    assert reference.days == (date(2016, 4, 7),)
    assert "ví dụ 45/KH-UBND" in form.grammar.read("45/KH-UBND ngày 12/4/2017 xem lại").says
    for words in ("kế hoạch ", "45/KH-UBND, ", "K ", "kh và ", "kh 45/KH-UBND 1/1/2017 và "):
        form.grammar.read(words * (LONGEST // len(words)))
        form.grammar.read(words * (LONGEST // len(words) - 1) + "zz")


def test_read_cell_number_above_its_bound_is_an_issue(form: Form) -> None:
    """A day, a telephone number or đồng where triệu đồng are asked is a fault that says what to
    write.
    """
    assert read_cell(Cell("B7", 999), "count", form, most=999).value == "999"
    assert "999" in read_cell(Cell("B7", 43_084), "count", form, most=999).issue
    assert read_cell(Cell("B7", "912345678"), "count", form, most=99_999).state == "unreadable"
    for amount in (45_500_000, "45.500.000", "45.500.000 đồng"):
        assert (
            "triệu đồng: 45,5" in read_cell(Cell("B7", amount), "amount", form, most=99_999).issue
        )


LOOKS = {  # a number and its format; what is read
    "": [(5, ";;;"), (5, '[>9]0;"-"'), (12_345, "#,##0,"), (5, '"1"0'), (5, '0"0"'), (1, "0.00%")],
    "5": [(5, '0 "cuộc"'), (5, "0.00E+00"), (5, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-')],
    "1115": [(1115, "#,##0"), (1115, "[$-42A]#,##0;[Red]-#,##0"), (1115, "@"), (1115, "# ##0")],
    "0": [
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-'),
        (0, "0"),
        (0, "0;-0"),
        (0, "0;-0;;@"),
        (0, '[=0]"-";0'),
    ],
    "7": [(7, '[=0]"-";0'), (7, '[>0]0;"-"'), (7, "[<0]-0;[>=5]0;0")],
}


@pytest.mark.parametrize("expected", LOOKS)
def test_read_cell_format_that_shows_another_number_is_an_issue(form: Form, expected: str) -> None:
    """The displayed number must be the stored one."""
    for value, look in LOOKS[expected]:
        assert read_cell(through_excel(value, look), "count", form).value == expected, look


def test_read_cell_invisible_character_is_named(form: Form) -> None:
    """It may hide a number; a word with it is understood."""
    assert "ký tự ẩn" in read_cell(Cell("B7", "2\u200b"), "count", form).issue
    assert read_cell(Cell("B7", "Có\u200b"), "yes_no", form).value == "yes"


def test_read_cell_empty_cell_is_blank_and_not_zero(form: Form) -> None:
    """An empty cell and one with spaces hold nothing, whatever the kind."""
    for value in (None, "", " ", "\xa0", "\n", "\u3000"):
        assert {read_cell(Cell("B7", value), kind, form) for kind in KINDS} == {("blank", "", "")}


ANYTHING = st.one_of(
    *(st.text(), st.text(alphabet="0123456789., -+%e_"), st.floats(), st.integers(), st.booleans()),
    *(st.dates(), st.datetimes(), st.times(), st.timedeltas()),
)


@given(
    ANYTHING, st.sampled_from(KINDS), st.sampled_from(("General", "0%", "d/m/yyyy")), st.booleans()
)
def test_read_cell_any_value_ends_in_a_state(
    form: Form, value: Any, kind: CellKind, look: str, is_date: bool
) -> None:
    """No exception whatever stands there; a count is a whole number from 0 only where the rule
    gives one.
    """
    state, text, fault = read_cell(
        Cell("B7", value, number_format=look, is_date=is_date), kind, form, ("1", "2")
    )
    assert bool(fault) == (state == "unreadable")
    assert bool(text) <= (state == "reported")
    if kind == "count" and state == "reported":
        assert text == str(int(text)) and text.isascii() and not isinstance(value, bool)
        assert (
            int(value.strip().replace(".", "") if isinstance(value, str) else value)
            == int(text)
            >= 0
        )


def through_excel(value: Any, number_format: str = "General", font: str = "Calibri") -> Cell:
    """The cell as it comes back out of a workbook."""
    book, buffer = Workbook(), BytesIO()
    cell = book.active["B7"]
    cell.value, cell.number_format, cell.font = value, number_format, Font(name=font)
    book.save(buffer)
    [page] = SentBook(buffer.getvalue()).pages("Sheet")
    return page.at(7, 2)


DATES = [look for look in numbers.BUILTIN_FORMATS.values() if numbers.is_date_format(look)]


@pytest.mark.parametrize("look", [*DATES, "d/m/yyyy", "mmm-yy", "[$-42A]dd mmmm yyyy"])
def test_read_cell_number_formatted_as_date_is_an_issue(form: Form, look: str) -> None:
    """Every date format of Excel's own."""
    fault = read_cell(through_excel(3, look), "count", form).issue
    assert "định dạng ngày" in fault
    assert len(DATES) >= 12


def test_read_cell_formats_and_formulas_change_no_count(form: Form) -> None:
    """A format changes no count but a percentage; a formula counts with its result, and without is
    not blank.
    """
    for look in ("0", "#,##0", "@", "#,##0.00;[Red]-#,##0.00"):
        assert read_cell(through_excel(3, look), "count", form) == ("reported", "3", "")
    assert "phần trăm" in read_cell(through_excel(1, "0.00%"), "count", form).issue
    assert read_cell(Cell("B7", "02", "=A1"), "count", form).value == "2"
    assert all("chưa tính" in read_cell(through_excel("=1+2"), kind, form).issue for kind in KINDS)
    assert (through_excel("a_x0007_b").value, through_excel("a_x0007_b").raw) == ("a\x07b", "ab")


def test_cell_raw_is_what_a_person_sees() -> None:
    """Days in Vietnamese order, truth in Excel's words, no control characters, at most 100
    characters in a message.
    """
    texts = {date(2017, 3, 5): "05/3/2017", True: "TRUE", 2.5: "2.5", "a\x00\x1bb": "ab", None: ""}
    assert {value: Cell("A1", value).raw for value in texts} == texts
    assert Cell("A1", None, "=A2\x07").raw == "=A2"
    assert (Cell("A1", "a" * 100).quoted, Cell("A1", "a" * 101).quoted) == (
        "a" * 100,
        "a" * 100 + "…",
    )
