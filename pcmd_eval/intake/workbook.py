"""The cells of a workbook that somebody sent, as people see them and with their formulas."""

import contextlib
import warnings
from functools import cached_property
from io import BytesIO, StringIO
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.guard import LARGE, UNPACKED, Refused, guard
from pcmd_eval.spelling import fold

ROWS, COLUMNS = 5000, 200  # as far as a return can honestly go
_STRUCK = "nội dung bị gạch ngang; xóa nếu bỏ, bỏ gạch ngang nếu đúng"
_RAISED = "có chữ số nhỏ đặt cao hoặc thấp; chỉ ghi số liệu, chuyển chú thích sang cột Ghi chú"


class Page(NamedTuple):
    """The cells of one worksheet by (row, column), merged data cells filled.

    `merged`: the areas; `hidden`: what nobody sees although it holds something.
    """

    cells: dict[tuple[int, int], Cell]
    merged: tuple[CellRange, ...] = ()
    hidden: tuple["Hidden", ...] = ()

    def at(self, row: int, column: int) -> Cell:
        """The cell there, empty if nothing stands in it."""
        return self.cells.get((row, column)) or Cell(f"{get_column_letter(column)}{row}")


class Hidden(NamedTuple):
    """Rows or columns that nobody sees although they hold something; the first cell."""

    what: str
    cell: Cell
    filtered: bool = False  # by a filter, which shows that rows are hidden


class Book:
    """An opened workbook, as people see it and with its formulas.

    Raises Refused, or whatever a broken file causes.
    """

    def __init__(self, content: bytes) -> None:
        self._plain = guard(content)
        self._formulas = self._load(data_only=False)

    def _load(self, data_only):
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(StringIO()),
        ):  # openpyxl warns, and prints
            warnings.simplefilter("ignore")
            source = BytesIO(self._plain)
            return load_workbook(source, keep_links=False, data_only=data_only, rich_text=True)

    @cached_property
    def _values(self):
        """The workbook with the stored results of its formulas, opened only where one is read."""
        return self._load(data_only=True)

    def pages(self, name: str, first_row: int = 1) -> list[Page]:
        """The worksheets with that name, however it is spaced and cased.

        Merges are filled from `first_row` on.
        """
        sheets = self._formulas.worksheets
        return [self._page(s, first_row) for s in sheets if fold(s.title) == fold(name)]

    @property
    def hidden(self) -> list[str]:
        """The worksheets that nobody sees although something stands in them."""
        unseen = [s.title for s in self._formulas.worksheets if s.sheet_state != "visible"]
        return [title for title in unseen if self.written(title)]

    @property
    def visible(self) -> list[str]:
        """The worksheets that people see."""
        return [s.title for s in self._formulas.worksheets if s.sheet_state == "visible"]

    def written(self, title: str) -> dict[tuple[int, int], object]:
        """What stands in a worksheet, by (row, column), as far as a return can go."""
        cells = self._formulas[title]._cells.items()
        return {at: cell.value for at, cell in cells if cell.value is not None and _near(*at)}

    def _page(self, sheet, first_row):
        cells = dict(self._cells(sheet))
        areas = (area for area in sheet.merged_cells.ranges if area.min_row >= first_row)
        merged = [area for area in areas if (area.min_row, area.min_col) in cells]
        for area in merged:
            near = [place for place in area.cells if _near(*place)]
            cells |= dict.fromkeys(near, cells[area.min_row, area.min_col])
        return Page(cells, tuple(merged), tuple(_hidden(sheet, cells)))

    def _cells(self, sheet):
        """The cells that hold anything.

        Openpyxl's own `iter_rows` makes one for every place up to the farthest.
        """
        texts = 0
        for (row, column), cell in sorted(sheet._cells.items()):
            if cell.value is None:
                continue
            if not _near(row, column):
                where = f"{sheet.title}, {cell.coordinate}"
                raise Refused(f"Có ô ở quá xa ({where}); xóa các ô ngoài bảng rồi gửi lại")
            formula, value = "", cell.value
            if cell.data_type == "f":
                whole = getattr(value, "text", "") or "="  # of one over several cells
                formula = value if isinstance(value, str) else whole
                value = self._result(cell)
            if isinstance(value, CellRichText):
                value = str(value)
            if isinstance(value, str):
                texts += len(value)
                value = unescape(value)  # _x0007_: what XML cannot hold
            if texts > UNPACKED:  # one long text, shared by many cells
                raise Refused(LARGE)
            look = (cell.number_format, bool(cell.is_date), cell.font.name or "")
            yield (row, column), Cell(cell.coordinate, value, formula, *look, _odd(cell))

    def _result(self, cell):
        """What was stored for a formula; a 0 is none if the workbook is yet to be calculated."""
        stored = self._values[cell.parent.title].cell(cell.row, cell.column).value
        uncalculated = self._formulas.calculation.fullCalcOnLoad and stored in (0, "")
        return None if uncalculated else stored


def _near(row, column):
    return row <= ROWS and column <= COLUMNS


def _odd(cell):
    """Why a person does not see the value of a cell there, in words; "" if he does."""
    runs = cell.value if isinstance(cell.value, CellRichText) else ()
    fonts = [cell.font, *(run.font for run in runs if isinstance(run, TextBlock))]
    if any(font.strike for font in fonts):
        return _STRUCK
    raised = any(font.vertAlign in ("superscript", "subscript") for font in fonts[1:])
    return _RAISED if raised else ""


def _hidden(sheet, cells):
    """How many rows, and how many columns, are hidden although they hold something."""
    rows = {row for row, look in sheet.row_dimensions.items() if look.hidden}
    columns = set()
    for look in sheet.column_dimensions.values():
        if look.hidden:
            columns.update(range(look.min or 0, min(look.max or 0, COLUMNS) + 1))
    for axis, (word, hidden) in enumerate((("dòng", rows), ("cột", columns))):
        held = [at for at in sorted(cells) if at[axis] in hidden]
        if held:
            many = len({at[axis] for at in held})
            filtered = word == "dòng" and bool(sheet.auto_filter.ref)
            yield Hidden(f"{many} {word}", cells[held[0]], filtered)
