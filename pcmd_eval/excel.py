"""Tables as a workbook that people read on: values stay numbers and dates, heads filter and stay, text never runs."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import sorted_zip

Value = str | int | float | date | None
_INERT = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
_CELL = {"valign": "top", "border": 1, "border_color": "#BFBFBF"}
_LOOKS = {
    "mark": {"bold": True, "font_color": "#A34700"},
    "head": _CELL | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF3"},
    "text": _CELL | {"text_wrap": True},
    "count": _CELL | {"num_format": "#,##0"},
    "amount": _CELL | {"num_format": "#,##0.00"},
    "share": _CELL | {"num_format": "0.00%"},
    "day": _CELL | {"num_format": "dd/mm/yyyy", "align": "center"},
}
_NARROW, _WIDE = 9, 60  # the widths of columns, in letters
_FIRST = 2  # the row of the first values, counted from 0: marks and heads stand above


class Column(NamedTuple):
    """What stands over a column, and its values; None is an empty cell.

    `look`: one of `_LOOKS` or a format of numbers, else by the values.
    """

    head: str
    values: Sequence[Value]
    look: str = ""


def workbook(sheets: Mapping[str, Sequence[Column]], mark: str, year: int) -> bytes:
    """A workbook with these sheets, `mark` at the top of each and of every printed page; the same bytes every time.

    Raises InputRefused for a name that no sheet can have.
    """
    stream = io.BytesIO()
    book = Workbook(stream, {"in_memory": True, **_INERT})
    book.set_properties({"created": datetime(year, 12, 31)})
    shares = {column.look for columns in sheets.values() for column in columns} - {*_LOOKS, ""}
    named = _LOOKS | {look: _CELL | {"num_format": look} for look in shares}
    looks = {name: book.add_format(look) for name, look in named.items()}
    for name, columns in sheets.items():
        try:
            page = book.add_worksheet(name)
        except XlsxWriterException:
            raise InputRefused(
                f"Tên trang “{name}” không dùng được trong Excel: tên phải khác nhau, tối đa 31 ký tự, "
                "không có [ ] : * ? / \\ và không bắt đầu hay kết thúc bằng dấu nháy. Đổi tên khác."
            ) from None
        _fill(page, columns, mark, looks)
    book.close()
    return sorted_zip(stream.getvalue())


def _fill(page: Worksheet, columns: Sequence[Column], mark: str, looks: Mapping) -> None:
    """One sheet: the mark, the heads with their filter, the values each in the look of its column."""
    page.write_string(0, 0, mark, looks["mark"])
    for at, column in enumerate(columns):
        look = column.look or _look(column.values)
        page.set_column(at, at, _width(column))
        page.write_string(_FIRST - 1, at, column.head, looks["head"])
        for row, value in enumerate(column.values, _FIRST):
            page.write(row, at, value, looks[look])
    last = max(len(columns) - 1, 0)
    rows = max((len(column.values) for column in columns), default=0)
    page.autofilter(_FIRST - 1, 0, _FIRST - 1 + rows, last)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.freeze_panes(_FIRST, 1)
    page.repeat_rows(_FIRST - 1)
    page.set_header(f"&C{mark.replace('&', '&&')[:200]}")
    page.set_footer("&L&A&R&P/&N")
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _look(values: Sequence[Value]) -> str:
    known = [value for value in values if value is not None]
    if not known or not all(isinstance(value, int | float | date) for value in known):
        return "text"
    if any(isinstance(value, date) for value in known):
        return "day"
    return "count" if all(value == int(value) for value in known) else "amount"


def _width(column: Column) -> float:
    """As wide as the longest value; what is wider than most screens wraps."""
    longest = max((_length(value) for value in column.values), default=0)
    heads = max(len(word) for word in [*column.head.split(), ""]) + 3  # beside the filter's arrow
    return min(max(longest + 2, heads, len(column.head) / 2, _NARROW), _WIDE)


def _length(value: Value) -> int:
    if value is None:
        return 0
    return (
        10 if isinstance(value, date) else max(len(line) for line in [*str(value).split("\n"), ""])
    )
