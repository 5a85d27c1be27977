"""Carry a sender's values over into our form, and map each cell to its position there."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.intake.cell import LONGEST, Cell
from pcmd_eval.intake.cover_sheet import particular_rows
from pcmd_eval.intake.row_matching import RowMatch, row_matcher
from pcmd_eval.intake.sheet_table import SentTable
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import fold

_EPOCH = 1900  # the year of the first day that Excel knows
# Behind a value whose look made it unreadable: in our form it looks plain, and would be read.
REWRITE = " (ghi lại)"
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")
_BLANK = (None, "")
_UNKNOWN = Column(key="+", header="+", kind="label", width=4, fill=True)


@dataclass
class CarriedSheet:
    """The values of one sheet, by their position in our form.

    `positions`: the position in our form of a cell by its file and its position there. `cells`: the
    cells as they were sent, which are read; `values`: what is written into our form; `filled`: the
    number of cells that hold figures under headers the form does not have, by row; `matches`: what
    each row is about.
    """

    positions: dict[tuple[str, Position], Position] = field(default_factory=dict)
    values: dict[Position, object] = field(default_factory=dict)
    cells: dict[Position, Cell] = field(default_factory=dict)
    filled: Counter[int] = field(default_factory=Counter)
    matches: dict[int, RowMatch] = field(default_factory=dict)

    def at(self, file: str, cell: str) -> Position:
        """Return the position in our form of a cell (B17) of a file."""
        position = coordinate_to_tuple(cell)
        return self.positions.get((file, position), position)

    def drop(self, at: Position) -> None:
        """Drop a cell."""
        self.values.pop(at, None)
        self.cells.pop(at, None)

    def add_below(
        self, older: "CarriedSheet", target_rows: Mapping[int, int] | None = None
    ) -> None:
        """Add the values of an earlier file where this one has none.

        `target_rows`: the new row of each of its rows that is taken; None: all, in place.
        """

        def shifted(at: Position) -> Position:
            return at if target_rows is None else (target_rows.get(at[0], at[0]), at[1])

        pairs: list[tuple[dict[Position, Any], dict[Position, Any]]]
        pairs = [(self.values, older.values), (self.cells, older.cells)]
        for mine, theirs in pairs:
            for at, value in theirs.items():
                is_taken = target_rows is None or at[0] in target_rows
                if is_taken and mine.get(shifted(at)) in _BLANK:
                    mine[shifted(at)] = value
        for row, match in older.matches.items():
            if target_rows is None or row in target_rows:
                self.matches.setdefault(shifted((row, 0))[0], match)
        for file_position, at in older.positions.items():
            self.positions[file_position] = shifted(at)


def carry_book(plan: Plan, unit: str, file: str, book: SentBook) -> dict[str, CarriedSheet]:
    """Return the sheets of one file by name, those of the form in our layout."""
    form = plan.form
    sheets = {form.info.sheet: _carry_particulars(form, file, book)}
    for sheet in plan.sheets_of(unit):
        for title in book.titles(sheet.name)[:1]:
            table = SentTable(book.page(title), form, sheet)
            matches = table.match_rows(row_matcher(plan, sheet, unit))
            sheets[sheet.name] = _carry_table(table, file, matches)
    added = (form.info.sheet, form.check_page.name, form.mend_page.name)
    titles = book.unknown_titles([*added, *sheets])
    doubled = [title for name in sheets for title in book.titles(name)[1:]]
    for title in [*titles, *doubled]:
        values = {at: _value_to_write(cell) for at, cell in book.page(title).cells.items()}
        if values:
            sheets[_NO_TITLE.sub("_", title)[:31]] = CarriedSheet({}, values)
    return sheets


def _carry_table(table: SentTable, file: str, matches: Mapping[int, RowMatch]) -> CarriedSheet:
    """Return a sheet of the form with the sender's values.

    A blank cell stays blank, except in a label column, which our form prefills. Of a matched
    commune our form writes its own spelling: its formulas would call another one wrong.
    """
    page, form, sheet = table.page, table.form, table.sheet
    form_columns = dict(enumerate(sheet.columns, 1))
    targets = _target_columns(table)
    up = table.header_row - form.header_row  # rows that the sender inserted above the table
    target = CarriedSheet(matches={row - up: match for row, match in matches.items()})
    for row, (at, to) in product(matches, targets.items()):
        cell = page.at(row, at)
        column = form_columns.get(to, _UNKNOWN)
        if cell.text or column.kind != "label":
            target.positions[file, (row, at)] = (row - up, to)
            is_own = sheet.rows == "communes" and column.kind == "label" and not column.fill
            if not (is_own and matches[row].matched):
                value = _value_to_write(cell, column.kind == "date", column.is_expected)
                target.values[row - up, to] = value
            if at in table.columns.values():
                target.cells[row - up, to] = cell._replace(file=file)
            elif cell.is_number:
                target.filled[row - up] += 1
    _carry_headers(table, file, targets, target)
    return target


def _carry_headers(
    table: SentTable, file: str, targets: Mapping[int, int], target: CarriedSheet
) -> None:
    """Add the positions of the headers, and the texts of those the form does not have."""
    form, sheet = table.form, table.sheet
    form_columns = dict(enumerate(sheet.columns, 1))
    for at, cell in table.header_cells.items():
        target.positions[file, (table.header_row, at)] = (form.header_row, targets[at])
        column = sheet.headers.get(form.header_of(cell.text, sheet))
        if not column or column != form_columns.get(targets[at]):
            target.values[form.header_row, targets[at]] = _value_to_write(cell)


def _target_columns(table: SentTable) -> dict[int, int]:
    """Return the column of our form (from 1) for each column of the sender.

    A column with an unknown header stays where it is, so that mending the header is enough; if one
    of our columns is carried there, it moves to the right of both tables.
    """
    form_columns = {column.key: number for number, column in enumerate(table.sheet.columns, 1)}
    targets = {at: form_columns[key] for key, at in table.columns.items()}
    taken = {*targets.values()}
    sender_columns = sorted({at for row, at in table.page.cells if row >= table.header_row})
    last = max([len(form_columns), *sender_columns])
    for at in sender_columns:
        targets.setdefault(at, at + last if at in taken else at)
    return targets


def _carry_particulars(form: Form, file: str, book: SentBook) -> CarriedSheet:
    """Return the first sheet: rows matched by label, and what the sender wrote around them."""
    [page] = book.pages(form.info.sheet)
    sender_rows = particular_rows(form.info, page)
    target = CarriedSheet()
    for to, key in enumerate(form.info.labels, form.first_row):
        if key in sender_rows:
            target.positions[file, (sender_rows[key], 2)] = (to, 2)
            cell, is_day = page.at(sender_rows[key], 2), key in form.info.days
            target.values[to, 2] = _value_to_write(cell, is_day, is_day)
    info = form.info
    known = {*map(fold, (*info.labels.values(), *info.hints.values(), *info.guide))}
    next_row = form.first_row + len(info.labels)
    for (row, at), cell in page.cells.items():
        is_remark = row > next_row or (at == 3 and row >= form.first_row)
        is_own = fold(cell.text) in known
        if is_remark and at < 5 and not is_own:
            target.values.setdefault((row, at), _value_to_write(cell))
    return target


def _value_to_write(cell: Cell, is_day: bool = False, is_asked: bool = False) -> object:
    """Return the value to write: as it is stored, or as seen where our format would change it."""
    value = cell.value
    if is_asked and cell.display_issue:
        return cell.raw + REWRITE
    if isinstance(value, date) and is_day and value.year > _EPOCH:
        return value
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return remove_control_characters(value, "\ufffd")[:LONGEST]
    if cell.is_number and "%" in cell.number_format:
        return f"{value * 100:g}%"
    return value if cell.is_number and not is_day else cell.raw
