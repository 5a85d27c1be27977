"""What a workbook holds before anything is decided: its cells, what is merged or hidden, and what it will say."""

from dataclasses import dataclass, field
from datetime import date

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.form import Form
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.faults import Fault
from pcmd_eval.observations import Observation
from pcmd_eval.spelling import fold
from pcmd_eval.units import Unit

_MAX_ROWS, _MAX_COLUMNS = 5000, 200


@dataclass(frozen=True)
class Opened:
    """One workbook twice: as people see it (`values`) and with its formulas (`formulas`)."""

    values: Workbook
    formulas: Workbook


@dataclass(frozen=True)
class Note:
    """A text that somebody wrote beside the figures of a row; read by the consistency rules, never published."""

    objective: str
    unit_code: str
    item: str
    sheet: str
    cell: str
    text: str


@dataclass
class Content:
    """What one workbook says; `refusals` not empty means that nothing else of it counts."""

    file: str
    reporter: Unit | None = None
    cutoff: date | None = None
    sent: date | None = None
    illustrative: bool = False
    observations: list[Observation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Page:
    """The cells of one worksheet, merged data cells filled within their range, and what of it is hidden."""

    def __init__(self, opened: Opened, title: str, form: Form) -> None:
        values, formulas = opened.values[title], opened.formulas[title]
        self.cells: dict[tuple[int, int], Cell] = {}
        for cell in within_reach(formulas):
            if cell.value is not None:
                formula = str(cell.value) if cell.data_type == "f" else ""
                computed = values.cell(cell.row, cell.column).value
                self.cells[cell.row, cell.column] = Cell.of(cell, computed, formula)
        self.merged = [area.coord for area in formulas.merged_cells.ranges if self._fill(area.bounds, form)]
        self.last_row = max((row for row, _ in self.cells), default=0)
        self.hidden_sheet = formulas.sheet_state != "visible"
        self.hidden_rows = {row for row, look in formulas.row_dimensions.items() if look.hidden}
        self.hidden_columns = {
            column
            for look in formulas.column_dimensions.values()
            if look.hidden
            for column in range(look.min or 0, min(look.max or 0, _MAX_COLUMNS) + 1)
        }

    def _fill(self, bounds: tuple[int, int, int, int], form: Form) -> bool:
        """Give every cell of a merged data range its first cell; whether there was anything to give."""
        left, top, right, bottom = bounds
        first = self.cells.get((top, left))
        if first is None or top < form.first_row:
            return False
        for row in range(top, min(bottom, _MAX_ROWS) + 1):
            for column in range(left, min(right, _MAX_COLUMNS) + 1):
                self.cells[row, column] = first
        return True

    def at(self, row: int, column: int) -> Cell:
        """The cell there, empty if nothing stands in it."""
        return self.cells.get((row, column)) or Cell(f"{get_column_letter(column)}{row}")

    def hidden(self) -> list[str]:
        """What is hidden although it holds something, in words."""
        if self.hidden_sheet:
            return ["cả trang"] if self.cells else []
        rows = sorted(self.hidden_rows & {row for row, _ in self.cells})
        columns = sorted(self.hidden_columns & {column for _, column in self.cells})
        return [f"dòng {row}" for row in rows] + [f"cột {get_column_letter(column)}" for column in columns]


def within_reach(sheet: Worksheet) -> list[ExcelCell]:
    """The cells of a worksheet as far as a return can honestly go; what lies beyond is empty, or was refused.

    openpyxl's own `iter_rows` makes a cell for every place up to the farthest one, which may be only coloured.
    """
    stored = sorted(sheet._cells.items())
    return [cell for (row, column), cell in stored if row <= _MAX_ROWS and column <= _MAX_COLUMNS]


def titles_of(opened: Opened, name: str) -> list[str]:
    """The worksheets with that name, however it is spaced and cased."""
    return [title for title in opened.formulas.sheetnames if fold(title) == fold(name)]


def sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    return f"{words[0].upper()}{words[1:]}."
