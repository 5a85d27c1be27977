"""Write Excel workbooks: set-up, styles, and tables for people."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import repack_zip


class Link(NamedTuple):
    """A link to a place in the workbook ("internal:…") or in another file ("external:…")."""

    target: str
    text: str


Value = str | int | float | date | Link | None
# Texts stay texts: xlsxwriter must not make formulas, numbers or links of them.
_AS_TEXT = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
_A4 = 9
_LETTER, _PADDING = 7, 5  # pixels of a column
_PAPER_WIDTH = 988  # pixels between the margins of A4 landscape
_LEAST_SCALE = 73  # percent: texts of 11 points are printed in 8
FONT_NAME = "Times New Roman"  # of printed and signed pages
PAGE_FOOTER = "&L&A&R&P/&N"  # name of the sheet, page of pages
CELL_BORDER = {"border": 1, "border_color": "#BFBFBF"}
_CELL_STYLE = CELL_BORDER | {"valign": "top"}
_STYLES_BY_NAME = {
    "mark": {"bold": True, "font_color": "#A34700"},
    "header": _CELL_STYLE
    | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF3"},
    "text": _CELL_STYLE | {"text_wrap": True},
    "count": _CELL_STYLE | {"num_format": "#,##0"},
    "amount": _CELL_STYLE | {"num_format": "#,##0.00"},
    "share": _CELL_STYLE
    | {"num_format": "0.0###%"},  # not rounded further: 74,96% printed as 75% would deny a verdict
    "day": _CELL_STYLE | {"num_format": "dd/mm/yyyy", "align": "center"},
    "link": _CELL_STYLE | {"text_wrap": True, "font_color": "#0563C1", "underline": 1},
}
_NARROW, _WIDE = 9, 60  # widths of columns, in characters
FIRST_ROW = 2  # of values, counted from 0, below mark and headers


class SheetColumn(NamedTuple):
    """A column of a table: header and values; None is an empty cell.

    `style`: a key of `_STYLES_BY_NAME` or a number format of Excel; by default "day", "count",
    "amount" or "text", by the type of the values.
    """

    header: str
    values: Sequence[Value]
    style: str = ""


class _FormulaWorksheet(Worksheet):  # type: ignore[misc] # xlsxwriter has no types
    """A worksheet that writes formulas as they are.

    xlsxwriter searches each for functions newer than Excel 2007, which is slow; ours have none.
    """

    def _prepare_formula(self, formula: str, *_: object) -> str:
        return formula.removeprefix("=")


class WorkbookWriter:
    """A workbook being written; texts are never formulas.

    `properties`: of the document; `created` is required, so that equal content gives equal bytes.
    `font`: properties of every format. `cell_format(**properties)` makes a format once.
    """

    def __init__(
        self,
        properties: Mapping[str, object],
        font: Mapping[str, object] | None = None,
        **options: object,
    ) -> None:
        self._stream = io.BytesIO()
        self.book = Workbook(self._stream, {"in_memory": True, **_AS_TEXT, **options})
        self.book.worksheet_class = _FormulaWorksheet
        self.book.set_properties(properties)
        self.cell_format: Callable[..., Format] = cache(
            lambda **properties: self.book.add_format({**(font or {}), **properties})
        )

    def close(self) -> bytes:
        """Close the workbook and return its bytes."""
        self.book.close()
        return self._stream.getvalue()


def set_up_page(
    page: Worksheet,
    footer: str,
    header_rows: int = 0,
    fixed_columns: int = 0,
    pages_high: int = 0,
    widths: Iterable[float] = (),
) -> None:
    """Set up a sheet for print: A4 landscape, one page wide, `pages_high` high (0: any number).

    Where columns of these `widths` (in characters) would be too small to read on one page, they are
    printed on several. The first `header_rows` rows and `fixed_columns` columns stay on the screen
    while scrolling. Each printed page repeats the last header row and, where the columns take
    several pages, the fixed columns.
    """
    page.set_landscape()
    page.set_paper(_A4)
    width = sum(letters * _LETTER + _PADDING for letters in widths)
    if width * _LEAST_SCALE <= _PAPER_WIDTH * 100:
        page.fit_to_pages(1, pages_high)
    else:
        page.set_print_scale(_LEAST_SCALE)
        page.print_across()
        if fixed_columns:
            page.repeat_columns(0, fixed_columns - 1)
    page.set_footer(footer)
    if header_rows:
        page.freeze_panes(header_rows, fixed_columns)
        page.repeat_rows(header_rows - 1)


def write_workbook(sheets: Mapping[str, Sequence[SheetColumn]], mark: str, year: int) -> bytes:
    """Return a workbook with these sheets, `mark` above each and on every printed page.

    Equal input gives equal bytes. Raises InputRefused for an invalid sheet name.
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
        _write_sheet(writer, page, columns, mark)
    return repack_zip(writer.close())


def _write_sheet(
    writer: WorkbookWriter, page: Worksheet, columns: Sequence[SheetColumn], mark: str
) -> None:
    """Write one sheet: the mark, the headers with a filter, the values, and the print set-up."""
    header_style = writer.cell_format(**_STYLES_BY_NAME["header"])
    link_style, day_style = (
        writer.cell_format(**_STYLES_BY_NAME[name]) for name in ("link", "day")
    )
    page.write_string(0, 0, mark, writer.cell_format(**_STYLES_BY_NAME["mark"]))
    widths = [_width(column) for column in columns]
    for at, column in enumerate(columns):
        style = column.style or _style_of(column.values)
        properties = _STYLES_BY_NAME.get(style) or _CELL_STYLE | {"num_format": style}
        cell_style = writer.cell_format(**properties)
        page.set_column(at, at, widths[at])
        page.write_string(FIRST_ROW - 1, at, column.header, header_style)
        for row, value in enumerate(column.values, FIRST_ROW):
            if isinstance(value, Link):
                page.write_url(row, at, value.target, link_style, value.text)
            elif isinstance(value, date) and style == "text":  # else its number would be seen
                page.write(row, at, value, day_style)
            else:
                page.write(row, at, value, cell_style)
    last = max(len(columns) - 1, 0)
    rows = max((len(column.values) for column in columns), default=0)
    page.autofilter(FIRST_ROW - 1, 0, FIRST_ROW - 1 + rows, last)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.set_header(f"&C{mark.replace('&', '&&')[:200]}")
    set_up_page(page, PAGE_FOOTER, FIRST_ROW, fixed_columns=1, widths=widths)


def _style_of(values: Sequence[Value]) -> str:
    """Return the style for values of one type: day, count or amount; "text" for anything else."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, date) for value in known):
        return "day"
    numbers = [value for value in known if isinstance(value, int | float)]
    if known and len(numbers) == len(known):
        return "count" if all(value == int(value) for value in numbers) else "amount"
    return "text"


def _width(column: SheetColumn) -> float:
    """Return a width in characters that fits the values and the header's longest word, limited."""
    longest = max((_length(value) for value in column.values), default=0)
    filter_arrow = 3
    longest_word = max(len(word) for word in [*column.header.split(), ""])
    return min(
        max(longest + 2, longest_word + filter_arrow, len(column.header) / 2, _NARROW), _WIDE
    )


def _length(value: Value) -> int:
    """Return the number of characters in the longest line of a value as Excel shows it."""
    if value is None:
        return 0
    if isinstance(value, date):
        return 10
    text = value.text if isinstance(value, Link) else str(value)
    return max(map(len, text.split("\n")))
