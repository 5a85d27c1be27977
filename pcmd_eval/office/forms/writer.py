"""Write cells, headings and tables of a form workbook in one style, with the marks on its cells."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from pcmd_eval.office.intake.row_matching import RowMatch
from pcmd_eval.office.intake.workbook import TOOL_NAME
from pcmd_eval.util import excel
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.files import repack_zip

BORDER = {"border": 1, "border_color": "#808080"}
DAY = {"num_format": "d/m/yyyy"}
PREFILLED, EDITABLE = {"bg_color": "#F2F2F2"}, {"locked": False}
_HEADER = BORDER | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
_LISTED = BORDER | {"text_wrap": True, "align": "left"}
_LINK = {"font_color": "#0563C1", "underline": 1}
_COMMENT_OPTIONS = {"author": TOOL_NAME, "x_scale": 2.5, "y_scale": 1.5}
_FORM_FONT = {"font_name": excel.FONT_NAME, "font_size": 11, "valign": "vcenter"}


class Formula(NamedTuple):
    """A formula, without its "=", for one cell.

    `shown`: the stored result, for programs that do not calculate; `array`: an array formula.
    """

    text: str
    shown: str = ""
    array: bool = False


class Mark(NamedTuple):
    """The mark on a cell: fill colour (#FFC7CE, "" keeps the form's) and comment ("" for none)."""

    colour: str = ""
    message: str = ""


class Entries(NamedTuple):
    """The contents of a prefilled return: `values` and `marks`, by sheet and (row, column) from 1.

    `matches`: the item or commune of each of the sender's rows, by sheet and row. `to_mend`: the
    rows of the sheet that lists what to correct; `missing_count`: the number of missing cells.
    `is_part`: other files of the sender count, too.
    """

    values: Mapping[str, Mapping[Position, object]] = {}
    matches: Mapping[str, Mapping[int, RowMatch]] = {}
    marks: Mapping[str, Mapping[Position, Mark]] = {}
    to_mend: Sequence[Sequence[object]] = ()
    missing_count: int = 0
    is_part: bool = False


class FormWriter(excel.WorkbookWriter):
    """Writes a workbook; a sender's value replaces the default of a cell. Positions are
    (row, column) from 1.
    """

    def __init__(self, entries: Entries) -> None:
        properties = {"author": TOOL_NAME, "created": datetime(2017, 1, 1)}
        super().__init__(properties, _FORM_FONT, nan_inf_to_errors=True)
        self.entries = entries
        self._written: set[tuple[str, Position]] = set()

    def content(self) -> bytes:
        """Close the workbook and return its bytes."""
        # LibreOffice recalculates formulas only in files that Excel did not write.
        name = TOOL_NAME.encode()
        rewrite = {"docProps/app.xml": lambda part: part.replace(b"Microsoft Excel", name)}
        return repack_zip(self.close(), rewrite)

    def write_cell(
        self, page: Worksheet, position: Position, default: object = None, **look: object
    ) -> None:
        """Write the sender's value, else the default (also a Formula or Link), with the mark of the
        cell.

        `look`: xlsxwriter format properties. A cell with a colour or with another value than the
        default is always editable.
        """
        cell = position[0] - 1, position[1] - 1
        self._written.add((page.name, position))
        value = self.entries.values.get(page.name, {}).get(position, default)
        mark = self.entries.marks.get(page.name, {}).get(position, Mark())
        if value != default:
            look |= EDITABLE
        if mark.colour:
            look |= EDITABLE | {"bg_color": mark.colour}
        if mark.message:
            page.write_comment(*cell, mark.message, _COMMENT_OPTIONS)
        style = self.cell_format(**look)
        if isinstance(value, Formula):
            area = (*cell, *cell) if value.array else cell
            write = page.write_array_formula if value.array else page.write_formula
            write(*area, f"={value.text}", style, value.shown)
        elif isinstance(value, excel.Link):
            page.write_url(*cell, value.target, self.cell_format(**look, **_LINK), value.text)
        else:
            page.write(*cell, value, style)

    def write_remaining(self) -> None:
        """Write the sender's values and marks at positions that `write_cell` has not written."""
        for by_sheet in (self.entries.values, self.entries.marks):
            for name, positions in by_sheet.items():
                for position in positions:
                    if (name, position) not in self._written:
                        self.write_cell(self.book.get_worksheet_by_name(name), position)

    def write_heading(self, page: Worksheet, title: str, *texts: str) -> None:
        """Write the title into row 1 and the texts into the rows below, all in column A."""
        self.write_cell(page, (1, 1), title, font_size=14, bold=True)
        for row, text in enumerate(texts, 2):
            self.write_cell(page, (row, 1), text, font_size=12)

    def write_table(
        self,
        page: Worksheet,
        header_row: int,
        widths: Mapping[str, int],
        rows: Iterable[Sequence[object]] = (),
    ) -> None:
        """Write a table with its headers in `header_row`; `widths`: header to column width."""
        for number, (header, width) in enumerate(widths.items(), 1):
            self.write_cell(page, (header_row, number), header, **_HEADER)
            page.set_column(number - 1, number - 1, width)
        for row, values in enumerate(rows, header_row + 1):
            for number, value in enumerate(values, 1):
                self.write_cell(page, (row, number), value, **_LISTED)

    def finish_page(
        self, page: Worksheet, left: str, right: str, header_rows: int = 0, **print_options: Any
    ) -> None:
        """Set a sheet up to print, with footers left and right, and protect its locked cells.

        `print_options`: further arguments of `excel.set_up_page`.
        """
        font = f'&"{excel.FONT_NAME},Regular"&10'
        excel.set_up_page(page, f"&L{font}{left}&R{font}{right}", header_rows, **print_options)
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})
