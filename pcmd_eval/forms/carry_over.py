"""Carry a sender's values over into our form, and map each cell to its position there."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import NamedTuple

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.forms.row_layout import Position
from pcmd_eval.intake.cell import LONGEST
from pcmd_eval.intake.cover_sheet import particular_rows
from pcmd_eval.intake.sheet_table import SentTable, find_renamed, holds_figures, unexpected_sheets
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import fold

_EPOCH = 1900  # the year of the first day that Excel knows
# Behind a value whose look made it unreadable: in our form it looks plain, and would be read.
REWRITE = " (ghi lại)"
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class CarriedSheet(NamedTuple):
    """The values of one sheet in our form by position, and where each cell of the sender stands."""

    positions: Mapping[Position, Position]
    values: dict[Position, object]

    def at(self, cell: str) -> Position:
        """Return the position in our form of a sender's cell (B17)."""
        position = coordinate_to_tuple(cell)
        return self.positions.get(position, position)


def carry_over(plan: Plan, unit: str, book: SentBook) -> dict[str, CarriedSheet]:
    """Return every sheet of the form by name; behind them the sender's other sheets with numbers.

    A sheet that the sender lacks is taken from the one most like it; the second of two sheets with
    one name is kept as it is, next to the first.
    """
    form = plan.form
    unmatched = unexpected_sheets(book, plan, unit)
    doubled = []
    sheets = {form.info.sheet: _carry_particulars(form, book.pages(form.info.sheet)[0])}
    for sheet in plan.sheets_of(unit):
        titles = book.titles(sheet.name)
        like = "" if titles else find_renamed(unmatched, sheet)
        if like:
            del unmatched[like]
            titles = [like]
        if titles:
            sheets[sheet.name] = _carry_table(form, sheet, book.page(titles[0]))
        doubled += titles[1:]
    for title in [*unmatched, *doubled]:
        if holds_figures(book, form, title):
            cells = book.page(title).cells.items()
            values = {at: _value(cell) for at, cell in cells}
            sheets[_NO_TITLE.sub("_", title)[:31]] = CarriedSheet({}, values)
    return sheets


def _carry_table(form, sheet, page):
    """Carry a sheet of the form over.

    A blank cell stays blank, but not in a label column, which we prefill; only unknown headers are
    carried over.
    """
    table = SentTable(page, form, sheet)
    form_columns = dict(enumerate(sheet.columns, 1))
    targets = _target_columns(table)
    up = table.header_row - form.header_row  # rows that the sender inserted above the table
    positions, values = {}, {}
    for row, (at, to) in product(table.rows, targets.items()):
        cell = page.at(row, at)
        kind = form_columns[to].kind if to in form_columns else "label"
        if cell.text or kind != "label":
            positions[row, at] = (row - up, to)
            values[row - up, to] = _value(cell, kind == "date")
            if cell.display_issue and to in form_columns and form_columns[to].asked:
                values[row - up, to] = cell.raw + REWRITE
    for at, cell in table.header_cells.items():
        positions[table.header_row, at] = (form.header_row, targets[at])
        column = sheet.headers.get(fold(cell.text))
        if not column or column != form_columns.get(targets[at]):
            values[form.header_row, targets[at]] = _value(cell)
    return CarriedSheet(positions, values)


def _target_columns(table):
    """Return the column of our form for each column of the sender.

    One with an unknown header stays where it is, so that mending the header is enough, unless a
    column of ours takes its place: then it moves to the right of both tables.
    """
    form_columns = {column.key: place for place, column in enumerate(table.sheet.columns, 1)}
    targets = {at: form_columns[key] for key, at in table.columns.items()}
    taken = {*targets.values()}
    sender_columns = sorted({at for row, at in table.page.cells if row >= table.header_row})
    last = max([len(form_columns), *sender_columns])
    for at in sender_columns:
        targets.setdefault(at, at + last if at in taken else at)
    return targets


def _carry_particulars(form, page):
    """Carry the first sheet over, whose rows are found by their labels."""
    sender_rows = particular_rows(form.info, page)
    positions, values = {}, {}
    for to, key in enumerate(form.info.labels, form.first_row):
        if key in sender_rows:
            positions[sender_rows[key], 2] = (to, 2)
            cell, is_day = page.at(sender_rows[key], 2), key in form.info.days
            values[to, 2] = (
                cell.raw + REWRITE if cell.display_issue and is_day else _value(cell, is_day)
            )
    return CarriedSheet(positions, values)


def _value(cell, is_day=False):
    """Return the value to write: as it was read, or as it was seen where our format changes it."""
    value = cell.value
    if isinstance(value, date) and is_day and value.year > _EPOCH:
        return value
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return remove_control_characters(value, "\ufffd")[:LONGEST]
    if cell.is_number and "%" in cell.number_format:
        return f"{value * 100:g}%"
    return value if cell.is_number and not is_day else cell.raw
