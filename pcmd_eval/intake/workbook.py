"""The cells of a workbook that somebody sent, as people see them and with their formulas."""

import warnings
from contextlib import contextmanager, redirect_stdout
from functools import cache, cached_property
from io import BytesIO, StringIO
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.file_guard import UNPACKED, Refused, guard
from pcmd_eval.util.spelling import fold

ROWS, COLUMNS = 5000, 200  # as far as a return can honestly go
_STRUCK = "nội dung bị gạch ngang; xóa nếu bỏ, bỏ gạch ngang nếu đúng"
_RAISED = "có chữ số nhỏ đặt cao hoặc thấp; chỉ ghi số liệu, chuyển chú thích sang cột Ghi chú"


class Page(NamedTuple):
    """The cells of one worksheet by (row, column), merged data cells filled.

    `merged`: the areas; `hidden`: what nobody sees although it holds something; `far`: where a cell
    stands that is not read, since no return goes so far.
    """

    cells: dict[tuple[int, int], Cell]
    merged: tuple[CellRange, ...] = ()
    hidden: tuple["Hidden", ...] = ()
    distant_cell: str = ""

    def at(self, row: int, column: int) -> Cell:
        """The cell there, empty if nothing stands in it."""
        return self.cells.get((row, column)) or Cell(f"{get_column_letter(column)}{row}")


class Hidden(NamedTuple):
    """Rows or columns that nobody sees although they hold something; the first cell."""

    what: str
    cell: Cell
    filtered: bool = False  # by a filter, which shows that rows are hidden


@contextmanager
def _reading():
    """Where openpyxl reads: over a broken file it may raise anything, it warns, and it prints."""
    with warnings.catch_warnings(action="ignore"), redirect_stdout(StringIO()):
        try:
            yield
        except Refused:
            raise
        except Exception as error:
            raise Refused("broken") from error


class SentBook:
    """An opened workbook, as people see it and with its formulas.

    Merges are filled from `first_row` on. To open it, and to read a page of it, raises Refused.
    """

    def __init__(self, content: bytes, first_row: int = 1) -> None:
        self._first_row = first_row
        self.page = cache(self.page)  # the annotated return reads the same pages again
        with _reading():
            self._plain = guard(content)
            self._formulas = load_workbook(BytesIO(self._plain), keep_links=False, rich_text=True)

    @cached_property
    def _results(self):
        """The workbook with the stored results of its formulas, opened only where one is read."""
        source = BytesIO(self._plain)
        return load_workbook(source, keep_links=False, data_only=True, read_only=True)

    def pages(self, name: str) -> list[Page]:
        """The worksheets with that name, however it is spaced and cased."""
        return [self.page(title) for title in self.titles(name)]

    def titles(self, name: str) -> list[str]:
        """How the worksheets with that name are titled, first the one that is so to the letter."""
        titles = [s.title for s in self._formulas.worksheets if fold(s.title) == fold(name)]
        return sorted(titles, key=lambda title: title != name)

    def page(self, title: str) -> Page:
        """The worksheet with just that name."""
        sheet = self._formulas[title]
        has_entry = _filled(sheet)
        near = [cell for cell in has_entry if _near(cell.row, cell.column)]
        with _reading():
            cells = dict(self._cells(near))
        areas = (area for area in sheet.merged_cells.ranges if area.min_row >= self._first_row)
        merged = [area for area in areas if (area.min_row, area.min_col) in cells]
        for area in merged:
            places = [address for address in area.cells if _near(*address)]
            cells |= dict.fromkeys(places, cells[area.min_row, area.min_col])
        beyond = [cell.coordinate for cell in has_entry if not _near(cell.row, cell.column)]
        distant_cell = f"{title}, {beyond[0]}" if beyond else ""
        return Page(cells, tuple(merged), tuple(_hidden(sheet, cells)), distant_cell)

    def comments(self, title: str) -> dict[tuple[int, int], tuple[str, str]]:
        """Return the text and author of each comment of a worksheet, by row and column."""
        cells = self._formulas[title]._cells.items()
        comments = {at: cell.comment for at, cell in cells if cell.comment}
        return {at: (comment.text, comment.author or "") for at, comment in comments.items()}

    @property
    def hidden(self) -> list[str]:
        """The worksheets that nobody sees although something stands in them."""
        unseen = [s for s in self._formulas.worksheets if s.sheet_state != "visible"]
        return [sheet.title for sheet in unseen if _filled(sheet)]

    @property
    def visible(self) -> list[str]:
        """The worksheets that people see."""
        return [s.title for s in self._formulas.worksheets if s.sheet_state == "visible"]

    def _cells(self, has_entry):
        """Cells that hold anything, each with its place."""
        length, stored = 0, None
        for cell in has_entry:
            formula, value = "", cell.value
            if cell.data_type == "f":
                # One over several cells is an object.
                formula = value if isinstance(value, str) else getattr(value, "text", "") or "="
                stored = self._stored(cell.parent) if stored is None else stored
                value = stored.get((cell.row, cell.column))
            if isinstance(value, CellRichText):
                value = str(value)
            if isinstance(value, str):
                length += len(value)
                value = unescape(value)  # _x0007_: what XML cannot hold
            if length > UNPACKED:  # one long text, shared by many cells
                raise Refused("large")
            look = (cell.number_format, bool(cell.is_date), cell.font.name or "")
            read = Cell(cell.coordinate, value, formula, *look, _odd(cell))
            yield (cell.row, cell.column), read

    def _stored(self, sheet):
        """What was stored for the formulas of a worksheet, by place; a 0 is none if the workbook is
        yet to be calculated.
        """
        results = self._results.worksheets[self._formulas.worksheets.index(sheet)]
        rows = results.iter_rows(max_row=ROWS, max_col=COLUMNS)
        known = [cell for row in rows for cell in row if cell.value is not None]
        if self._formulas.calculation.fullCalcOnLoad:
            known = [cell for cell in known if cell.value not in (0, "")]
        return {(cell.row, cell.column): cell.value for cell in known}


def _filled(sheet):
    """The cells that hold anything: openpyxl's own `iter_rows` makes one for every place."""
    return [cell for _, cell in sorted(sheet._cells.items()) if cell.value is not None]


def _near(row, column):
    return row <= ROWS and column <= COLUMNS


def _odd(cell):
    """What a person sees in a cell that its value does not tell, in words; "" if nothing."""
    runs = cell.value if isinstance(cell.value, CellRichText) else ()
    fonts = [cell.font, *(run.font for run in runs if isinstance(run, TextBlock))]
    if any(font.strike for font in fonts):
        return _STRUCK
    raised = any(font.vertAlign in ("superscript", "subscript") for font in fonts[1:])
    return _RAISED if raised else ""


def _hidden(sheet, cells):
    """One `Hidden` for all rows, and one for all columns, that hold something and are hidden."""
    rows = {row for row, look in sheet.row_dimensions.items() if look.hidden}
    columns = set()
    for look in sheet.column_dimensions.values():
        if look.hidden:
            columns.update(range(look.min or 0, min(look.max or 0, COLUMNS) + 1))
    for axis, (word, hidden) in enumerate((("dòng", rows), ("cột", columns))):
        places = [address for address in sorted(cells) if address[axis] in hidden]
        if places:
            many = len({address[axis] for address in places})
            filtered = word == "dòng" and bool(sheet.auto_filter.ref)
            yield Hidden(f"{many} {word}", cells[places[0]], filtered)
