"""Parse a cell by one strict rule for each kind into a value, blank or an issue."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, NamedTuple

from pcmd_eval.office.intake.cell import LONGEST, MERGED, OTHER_ISSUE, Cell
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.sheet import CellKind
from pcmd_eval.util.days import FIRST_YEAR, read_day
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.spelling import fold, has_invisible

_MILLION = 10**6
# At most twelve digits: no count of a province has more, and a longer one is a slip. 1.115 is 1115;
# 0.115 and 1234.567 are no thousands.
_WRITTEN_COUNT = re.compile(r"[0-9]{1,12}|[1-9][0-9]{0,2}\.[0-9]{3}")
_AMOUNT = re.compile(r"[0-9]{1,12}(,[0-9]{1,3})?|[1-9][0-9]{0,2}(\.[0-9]{3}){1,3}(,[0-9]{1,3})?")
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')  # no placeholder of a number format


class Reading(NamedTuple):
    """A cell as read: its state, and the value as observations hold it, "" unless reported.

    `issue`: what the sender should write instead, in Vietnamese, where the cell is unreadable;
    `variant`: the issue without the value of the cell, by which alike issues are grouped.
    """

    state: Literal["reported", "blank", "unreadable", "absent", "open", "contradictory"]
    value: str = ""
    issue: str = ""
    variant: str = ""


def read_cell(
    cell: Cell, kind: CellKind, form: Form, allowed: tuple[str, ...] = (), most: int | None = None
) -> Reading:
    """Read a cell as `kind`; `allowed`: the words of a choice, `most`: the largest credible number.

    The macro `unreadable` of issues.j2 makes a sentence of the issue.
    """
    if cell.display_issue == MERGED:
        return _unreadable(MERGED)
    if cell.is_blank:
        return Reading("blank")
    if cell.formula and cell.value is None:
        return _unreadable(
            "công thức chưa tính; mở tệp bằng Excel, lưu lại, hoặc ghi thẳng kết quả"
        )
    if len(cell.text) > LONGEST:
        return _unreadable("ô có quá nhiều chữ; ghi ngắn lại")
    if cell.text.startswith("#") and cell.text.isupper():
        return _unreadable("ô báo lỗi công thức; sửa công thức hoặc ghi thẳng kết quả")
    if cell.display_issue:
        return _unreadable(cell.display_issue)
    reading = _read_by_kind(cell, kind, form, allowed)
    if reading.issue and isinstance(cell.value, str) and has_invisible(cell.value):
        return _unreadable("có ký tự ẩn, không nhìn thấy trong ô; xóa ô rồi gõ lại")
    if most is not None and reading.value and Decimal(reading.value) > most:
        return _unreadable(_describe_excess(kind, Decimal(reading.value), most))
    return reading


def _read_by_kind(cell: Cell, kind: str, form: Form, allowed: Sequence[str]) -> Reading:
    """Read a cell that is not blank by the rule of its kind; one without a rule is text."""
    if kind in ("count", "amount") and (issue := _format_issue(cell)):
        return _unreadable(issue)
    if kind in _RULES:
        return _RULES[kind](cell, form)
    if kind == "yes_no":
        return _read_choice(cell, {form.yes_word: "yes", form.no_word: "no"})
    if kind == "choice":
        return _read_choice(cell, {word: word for word in allowed})
    return Reading("reported", remove_control_characters(cell.text))


def _describe_excess(kind: str, value: Decimal, most: int) -> str:
    """Return the issue text for a number above `most`."""
    if kind == "amount" and value >= _MILLION:
        return f"có thể ghi theo đồng; ghi theo triệu đồng: {format_number(value / _MILLION)}"
    return f"lớn hơn mức có thể có ({format_number(most)}); kiểm tra, ghi lại số đúng"


def _format_issue(cell: Cell) -> str:
    """Return the issue of a number format that shows a percentage or thousands, else ""."""
    if shows_percent(cell):
        return "ô định dạng phần trăm; định dạng lại là số và ghi số đếm, không ghi tỷ lệ"
    placeholders = _LITERAL.sub("", cell.number_format)
    if cell.is_number and re.search(r"[0#?],+(?![0#?,])", placeholders):
        return f"định dạng ô cho thấy số khác với số đã lưu ({cell.quoted}); định dạng lại là số"
    return ""


def shows_percent(cell: Cell) -> bool:
    """Return whether a number is shown as a percentage; a quoted "%" is only text."""
    return cell.is_number and "%" in _LITERAL.sub("", cell.number_format)


def _unreadable(issue: str, variant: str = "") -> Reading:
    return Reading("unreadable", "", issue, variant or issue)


def _read_count(cell: Cell, form: Form) -> Reading:
    """Read a whole number from 0: as typed, or as text in ASCII digits, where 1.115 is 1115."""
    value = cell.value
    if cell.is_date or isinstance(value, date | time):
        return _unreadable("ô định dạng ngày; định dạng lại là số và ghi số nguyên")
    if isinstance(value, bool):
        return _unreadable("TRUE/FALSE không phải số; ghi số nguyên từ 0 trở lên")
    if _WRITTEN_COUNT.fullmatch(cell.text) and (isinstance(value, str) or "." not in cell.text):
        return Reading("reported", str(int(cell.text.replace(".", ""))))
    if isinstance(value, str):
        words = "chỉ ghi chữ số (ví dụ 12 hoặc 1.115), không có thì ghi 0"
        return _unreadable(f"không phải số nguyên; {words}")
    return _unreadable("phải là số nguyên từ 0 trở lên; ghi lại số đếm")


def _read_amount(cell: Cell, form: Form) -> Reading:
    """Read an amount in millions of đồng: a number as typed, or text such as 12,5 and 1.234,5."""
    if cell.is_number and 0 <= cell.value < 10**12:
        amount = abs(Decimal(str(cell.value)))  # -0.0 is 0
    elif isinstance(cell.value, str) and _AMOUNT.fullmatch(cell.text):
        amount = Decimal(cell.text.replace(".", "").replace(",", "."))
    else:
        return _unreadable("phải là số tiền theo triệu đồng, ví dụ 12,5; chỉ ghi chữ số")
    return Reading("reported", f"{amount.normalize():f}")


def _read_day_cell(cell: Cell, form: Form) -> Reading:
    """Read a day: a date of Excel, or text that `read_day` accepts.

    Unreadable: a year typed into a date cell (2000 is 1905-06-22), and a day far in the future.
    """
    day = cell.value.date() if isinstance(cell.value, datetime) else cell.value
    if isinstance(day, str):
        day = read_day(cell.text)
    if not isinstance(day, date) or day.year < FIRST_YEAR:
        return _unreadable(f"phải là ngày dạng ngày/tháng/năm, ví dụ {form.example_date}")
    if day.year > form.latest_year:
        return _unreadable(
            f"năm {day.year} quá xa năm {form.year} của kế hoạch; ghi lại ngày", variant="late"
        )
    return Reading("reported", day.isoformat())


def _read_document(cell: Cell, form: Form) -> Reading:
    """Read a document by the form's words; the value is `given` or `none`."""
    if isinstance(cell.value, bool) or cell.is_date:
        return _unreadable(f"ghi số, ký hiệu và ngày văn bản, ví dụ {form.documents.example}")
    document = form.document_reader.read(cell.text)
    if document.message:
        return _unreadable(document.message, variant=document.reason)
    return Reading("reported", document.value)


def _read_choice(cell: Cell, allowed: Mapping[str, str]) -> Reading:
    """Read one of the words of `allowed`, however it is spaced and cased, as the value it has."""
    values = {fold(word): value for word, value in allowed.items()}
    if isinstance(cell.value, bool) or cell.is_date or fold(cell.text) not in values:
        return _unreadable(f"phải là một trong: {', '.join(allowed)}")
    return Reading("reported", values[fold(cell.text)])


def _read_name(cell: Cell, form: Form) -> Reading:
    """Read the name of a model, or the statement that there is none ("0", "-", "không có").

    Any other nameless text is unreadable; "model-unnamed" asks about it, hence `OTHER_ISSUE`.
    """
    if form.is_nameless(cell.text) and not form.document_reader.denies(cell.text):
        return _unreadable(OTHER_ISSUE)
    return Reading("reported", remove_control_characters(cell.text))


_RULES = {
    "count": _read_count,
    "amount": _read_amount,
    "date": _read_day_cell,
    "document": _read_document,
    "name": _read_name,
}
