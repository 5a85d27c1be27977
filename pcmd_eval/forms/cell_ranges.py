"""The cells of one written sheet as formulas see them: runs of one kind, and their addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from pcmd_eval.plan.form import Form
from pcmd_eval.plan.sheet import Column, Item, Sheet


class Run(NamedTuple):
    """Cells of one kind side by side; `words`: those of which each of them holds one, if any.

    First and last row count from 1, as they are written; first and last column from 0.
    """

    page: str
    column: Column
    words: tuple[str, ...]
    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def here(self) -> str:
        """All of the cells, as their own sheet names them."""
        top, bottom = self.rows
        left, right = self.columns
        return xl_range_abs(top - 1, left, bottom - 1, right)

    @property
    def first(self) -> str:
        """The first of the cells; Excel moves it along where a rule is about all of them."""
        return xl_rowcol_to_cell(self.rows[0] - 1, self.columns[0])

    @property
    def far(self) -> str:
        """All of the cells, as another sheet names them."""
        return f"'{self.page}'!{self.here}"

    @property
    def codes(self) -> "Run":
        """The cells in the first column beside them, which say whose they are."""
        return self._replace(columns=(0, 0))


@dataclass(frozen=True)
class Grid:
    """The rows of one written sheet, from the form's first row on, each with its item if any.

    `prefilled`: how many rows there are down to the last that is the form's own.
    """

    form: Form
    sheet: Sheet
    items: list[Item | None]
    prefilled: int

    @property
    def top(self) -> int:
        """The first row that people may fill in."""
        return self.form.first_row

    @property
    def bottom(self) -> int:
        """The last row."""
        return self.top + len(self.items) - 1

    @property
    def prefilled_bottom(self) -> int:
        """The last row that the form itself has."""
        return self.top + self.prefilled - 1

    def cells(self, at: int, end: int = 0, rows: tuple[int, int] | None = None) -> Run:
        """The cells of the columns from `at` to `end`, in these rows or in all."""
        rows = rows or (self.top, self.bottom)
        column = self.sheet.columns[at].of(self.items[rows[0] - self.top])
        words = self.form.yes_no if column.kind == "yes_no" else column.choices
        return Run(self.sheet.name, column, words, rows, (at, end or at))

    def run(self, name: str) -> Run:
        """A column, by its key, or an item in the columns of a period, by its code."""
        columns = self.sheet.columns
        for at, column in enumerate(columns):
            if column.key == name:
                return self.cells(at)
        row = self.top + [item.code if item else "" for item in self.items].index(name)
        main = [at for at, column in enumerate(columns) if column.main]
        return self.cells(main[0], main[-1], (row, row))

    def runs(self, what: str = "entry") -> Iterator[Run]:
        """Each column that people fill in, or only what is `asked`, cut where its kind changes."""
        for at, column in enumerate(self.sheet.columns):
            if not getattr(column, what):
                continue
            by_row = [column.of(item) for item in self.items]
            top = self.top
            for _, alike in groupby(by_row):
                bottom = top + len([*alike]) - 1
                yield self.cells(at, rows=(top, bottom))
                top = bottom + 1

    def whole(self, what: str, rows: tuple[int, int] | None = None) -> list[str]:
        """The addresses of the columns that are `asked`, `entry` or `main`, in these rows."""
        columns = enumerate(self.sheet.columns)
        return [self.cells(at, rows=rows).far for at, column in columns if getattr(column, what)]
