"""Workbooks: how they are set up and closed, and tables as one that people read on."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import repack_zip

Value = str | int | float | date | None
_INERT = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
_A4 = 9
FONT_NAME = "Times New Roman"  # of what is printed and signed
PAGE_FOOTER = "&L&A&R&P/&N"  # the name of the page, its number of how many
CELL_BORDER = {"border": 1, "border_color": "#BFBFBF"}
_CELL = CELL_BORDER | {"valign": "top"}
_LOOKS = {
    "mark": {"bold": True, "font_color": "#A34700"},
    "head": _CELL | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF3"},
    "text": _CELL | {"text_wrap": True},
    "count": _CELL | {"num_format": "#,##0"},
    "amount": _CELL | {"num_format": "#,##0.00"},
    "share": _CELL | {"num_format": "0.0###%"},  # all that a finding has: it contradicts no verdict
    "day": _CELL | {"num_format": "dd/mm/yyyy", "align": "center"},
}
_NARROW, _WIDE = 9, 60  # the widths of columns, in letters
_FIRST = 2  # the row of the first values, counted from 0: marks and heads stand above


class SheetColumn(NamedTuple):
    """What stands over a column, and its values; None is an empty cell.

    `look`: one of `_LOOKS` or a format of numbers, else by the values.
    """

    head: str
    values: Sequence[Value]
    look: str = ""


class _Page(Worksheet):
    """xlsxwriter's, which looks for a hundred newer functions in each formula: ours have none."""

    def _prepare_formula(self, formula: str, *newer: object) -> str:
        return formula.removeprefix("=")


class WorkbookWriter:
    """A workbook being written: no text runs; `look` gives a format by its properties, on top of
    `font`.

    Of `properties`, `created` must be given: equal content then gives equal bytes on every day.
    """

    def __init__(self, properties: Mapping, font: Mapping | None = None, **options: object) -> None:
        self._stream = io.BytesIO()
        self.book = Workbook(self._stream, {"in_memory": True, **_INERT, **options})
        self.book.worksheet_class = _Page
        self.book.set_properties(properties)
        self._font = font or {}
        self.look = cache(self._format)

    def _format(self, **look: object) -> Format:
        return self.book.add_format({**self._font, **look})

    def close(self) -> bytes:
        """The workbook; nothing can be written after."""
        self.book.close()
        return self._stream.getvalue()


def set_up_page(page: Worksheet, foot: str, heads: int = 0, beside: int = 0, high: int = 0) -> None:
    """Set a page up: A4 across, one sheet of paper wide, `high` high (0: as many as it takes).

    The first `heads` rows and `beside` columns stay on the screen, the last such row on paper.
    """
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, high)
    page.set_footer(foot)
    if heads:
        page.freeze_panes(heads, beside)
        page.repeat_rows(heads - 1)


def write_workbook(sheets: Mapping[str, Sequence[SheetColumn]], mark: str, year: int) -> bytes:
    """A workbook with these sheets, `mark` at the top of each and of every printed page.

    The same bytes every time. Raises InputRefused for a name that no sheet can have.
    """
    writer = WorkbookWriter({"created": datetime(year, 12, 31)})
    for name, columns in sheets.items():
        try:
            page = writer.book.add_worksheet(name)
        except XlsxWriterException:
            raise InputRefused(
                f"Tên trang “{name}” không dùng được trong Excel: tên phải khác nhau, "
                "tối đa 31 ký tự, không có [ ] : * ? / \\ và không bắt đầu hay kết thúc bằng "
                "dấu nháy. Đổi tên khác."
            ) from None
        _fill(writer, page, columns, mark)
    return repack_zip(writer.close())


def _fill(writer, page, columns, mark):
    """One sheet: the mark, the heads with their filter, the values in the look of their column."""
    page.write_string(0, 0, mark, writer.look(**_LOOKS["mark"]))
    for at, column in enumerate(columns):
        name = column.look or _look(column.values)
        look = writer.look(**_LOOKS.get(name, _CELL | {"num_format": name}))
        page.set_column(at, at, _width(column))
        page.write_string(_FIRST - 1, at, column.head, writer.look(**_LOOKS["head"]))
        for row, value in enumerate(column.values, _FIRST):
            page.write(row, at, value, look)
    last = max(len(columns) - 1, 0)
    rows = max((len(column.values) for column in columns), default=0)
    page.autofilter(_FIRST - 1, 0, _FIRST - 1 + rows, last)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.set_header(f"&C{mark.replace('&', '&&')[:200]}")
    set_up_page(page, PAGE_FOOTER, _FIRST, beside=1)


def _look(values):
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, date) for value in known):
        return "day"
    if known and all(isinstance(value, int | float) for value in known):
        return "count" if all(value == int(value) for value in known) else "amount"
    return "text"


def _width(column):
    """As wide as the longest value; what is wider than most screens wraps."""
    longest = max((_length(value) for value in column.values), default=0)
    heads = max(len(word) for word in [*column.head.split(), ""]) + 3  # beside the filter's arrow
    return min(max(longest + 2, heads, len(column.head) / 2, _NARROW), _WIDE)


def _length(value):
    if value is None:
        return 0
    if isinstance(value, date):
        return 10
    return max(map(len, [*str(value).split("\n"), ""]))
