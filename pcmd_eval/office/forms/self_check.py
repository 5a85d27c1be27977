"""Make the formulas of the sheet `Kiểm tra` and of the cells that turn red.

The formulas are macros of selfcheck.j2; `SheetFormula` lists all that Python uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from pcmd_eval.plan.form import Check, Counted, Form
from pcmd_eval.plan.sheet import Column, Item, Sheet
from pcmd_eval.util.templates import load_macros

# The macros of selfcheck.j2 that render a whole formula.
SheetFormula = Literal[
    "days",
    "blanks",
    "blank_lines",
    "wrongs",
    "first_helper",
    "second_helper",
    "third_helper",
    "result",
    "advice",
    "state",
    "is_open",
    "is_ready",
    "to_mend",
    "is_wrong",
    "fails",
    "look_up",
]
# The hidden cells F, G and H of a comparison's line: its result would be too long for one formula.
HELPERS: tuple[SheetFormula, ...] = (
    "first_helper",
    "second_helper",
    "third_helper",
)


class CellRange(NamedTuple):
    """A rectangle of cells of one kind; `words`: what each of them may hold, () for anything.

    `rows`, `columns`: the first and the last; rows count from 1, columns from 0.
    """

    page: str
    column: Column
    words: tuple[str, ...]
    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def local(self) -> str:
        """Return the absolute address without the sheet: $D$7:$G$20."""
        top, bottom = self.rows
        left, right = self.columns
        return xl_range_abs(top - 1, left, bottom - 1, right)

    @property
    def first(self) -> str:
        """Return the relative address of the first cell, D7; conditional formats shift it."""
        return xl_rowcol_to_cell(self.rows[0] - 1, self.columns[0])

    @property
    def qualified(self) -> str:
        """Return the absolute address with the sheet: '1 Tuyên truyền'!$D$7:$G$20."""
        return f"'{self.page}'!{self.local}"

    @property
    def codes(self) -> "CellRange":
        """Return the range of the codes: the first column of the same rows."""
        return self._replace(columns=(0, 0))


@dataclass(frozen=True, eq=False)
class SheetGrid:
    """The data rows of one written sheet, from the form's first row on.

    `items`: the item of each row, None for other rows. `last_prefilled`: the number of the last
    prefilled row, counted from 1 (0 for none). Grids with equal formulas are equal, so that
    `list_check_rows` and `red_cells` are cached across units.
    """

    form: Form
    sheet: Sheet
    items: list[Item | None]
    last_prefilled: int

    @cached_property
    def _key(self) -> tuple[int, str, tuple[str, ...], int]:
        codes = tuple(item.code if item else "" for item in self.items)
        return id(self.form), self.sheet.name, codes, self.last_prefilled

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SheetGrid) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def top(self) -> int:
        """Return the row number (from 1) of the first data row."""
        return self.form.first_row

    @property
    def bottom(self) -> int:
        """Return the row number (from 1) of the last data row."""
        return self.top + len(self.items) - 1

    @property
    def prefilled_bottom(self) -> int:
        """Return the row number (from 1) of the last prefilled row."""
        return self.top + self.last_prefilled - 1

    def cells(self, start: int, end: int = 0, rows: tuple[int, int] | None = None) -> CellRange:
        """Return the cells of columns `start` to `end` (from 0; `end` 0: only `start`).

        `rows`: the first and last row number; all rows by default.
        """
        rows = rows or (self.top, self.bottom)
        column = self.sheet.columns[start].for_item(self.items[rows[0] - self.top])
        words = self.form.yes_no if column.kind == "yes_no" else column.choices
        return CellRange(self.sheet.name, column, words, rows, (start, end or start))

    def cells_named(self, name: str) -> CellRange:
        """Return the cells that a check of the form calls `name`: a column by its key, or the
        quarters or months of an item by its code.
        """
        columns = self.sheet.columns
        for at, column in enumerate(columns):
            if column.key == name:
                return self.cells(at)
        row = self.top + [item.code if item else "" for item in self.items].index(name)
        periodic = [at for at, column in enumerate(columns) if column.is_periodic]
        return self.cells(periodic[0], periodic[-1], (row, row))

    def ranges(self, which: Literal["is_expected", "is_entry"] = "is_entry") -> Iterator[CellRange]:
        """Yield the cells of each column for which `which` is true, split where the kind of the
        items changes.
        """
        for at, column in enumerate(self.sheet.columns):
            if not getattr(column, which):
                continue
            column_by_row = [column.for_item(item) for item in self.items]
            top = self.top
            for _, same_kind in groupby(column_by_row):
                bottom = top + len([*same_kind]) - 1
                yield self.cells(at, rows=(top, bottom))
                top = bottom + 1

    def blocks(self) -> list[CellRange]:
        """Return the `ranges` of expected cells; adjacent columns of the same kind are merged."""
        blocks: list[CellRange] = []
        for cell_range in self.ranges("is_expected"):
            row_span, left = cell_range.rows, cell_range.columns[0]
            for at, block in enumerate(blocks):
                if (
                    block.rows == row_span
                    and block.columns[1] + 1 == left
                    and _can_merge(block, cell_range)
                ):
                    blocks[at] = block._replace(columns=(block.columns[0], left))
                    break
            else:
                blocks.append(cell_range)
        return blocks

    def addresses(
        self,
        which: Literal["is_expected", "is_entry", "is_periodic"],
    ) -> list[str]:
        """Return the qualified address of each column for which `which` is true."""
        columns = [at for at, column in enumerate(self.sheet.columns) if getattr(column, which)]
        return [self.cells(at).qualified for at in columns]


def _can_merge(block: CellRange, cell_range: CellRange) -> bool:
    """Return whether two ranges agree in kind, largest value and allowed words."""
    first, second = block.column, cell_range.column
    same_kind = (first.kind, first.most) == (second.kind, second.most)
    return same_kind and block.words == cell_range.words


class CheckRow(NamedTuple):
    """One row of the sheet `Kiểm tra`: a count or a comparison of cells of the sheet `page`.

    `about`: its title and advice; `formula`: of its result, with the placeholder {row} if there
    are `helpers`; `helpers`: the formulas of the hidden cells in the same row.
    """

    page: str
    about: Counted
    formula: str
    helpers: tuple[str, ...] = ()

    def result(self, row: int) -> str:
        """Return the formula of the result in this row of `Kiểm tra`."""
        return self.formula.format(row=row) if self.helpers else self.formula


def render_formula(name: SheetFormula, **context: object) -> str:
    """Render the macro `name` of selfcheck.j2: a formula without its "="."""
    text = getattr(load_macros("office/forms/selfcheck.j2"), name)(**context)
    return "".join(part.strip() for part in text.splitlines())


@lru_cache(64)
def list_check_rows(grid: SheetGrid) -> list[CheckRow]:
    """Return the check rows of a sheet: counts of blank and wrong cells, then comparisons."""
    name, counted = grid.sheet.name, grid.form.counted
    blanks: Literal["blank_lines", "blanks"] = (
        "blank_lines" if grid.sheet.rows == "lines" else "blanks"
    )
    rows = [
        CheckRow(name, counted[blanks], render_formula(blanks, grid=grid)),
        CheckRow(name, counted["wrongs"], render_formula("wrongs", grid=grid)),
    ]
    for check in _comparisons(grid):
        context = {"grid": grid, "check": check}
        helpers = tuple(render_formula(helper, **context) for helper in HELPERS)
        rows.append(CheckRow(name, check, render_formula("result", **context), helpers))
    return rows


def _comparisons(grid: SheetGrid) -> list[Check]:
    """Return the form's checks of a sheet without "grow" checks, which only intake makes."""
    checks = grid.form.checks_of(grid.sheet.objective)
    return [check for check in checks if check.operator != "grow"]


@lru_cache(64)
def red_cells(grid: SheetGrid) -> list[tuple[str, str]]:
    """Return (address, formula) pairs: the cells at the address turn red if the formula is true.

    The formula is written for the first cell of the area; Excel shifts it for the others.
    """
    pairs = []
    for block in grid.blocks():
        code = f"${block.codes.first}"
        context = {"x": block.first, "code": code, "cell_range": block, "form": grid.form}
        pairs.append((block.local, render_formula("is_wrong", **context)))
    for check in _comparisons(grid):
        condition = render_formula("fails", address="first", grid=grid, check=check)
        pairs.append((grid.cells_named(check.at).local, condition))
    return pairs
