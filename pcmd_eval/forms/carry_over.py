"""What a sender wrote, carried over into our own form, and where each cell then stands."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import NamedTuple

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.forms.row_layout import Place
from pcmd_eval.intake.cell_parsers import LONGEST
from pcmd_eval.intake.cover_sheet import rows_of
from pcmd_eval.intake.sheet_table import SentTable
from pcmd_eval.intake.stray_sheets import first_like, other_sheets, with_figures
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import fold

_EPOCH = 1900  # the year of the first day that Excel knows
AGAIN = " (ghi lại)"  # behind what could not be read, but could be in our form: it looks otherwise
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class CarriedSheet(NamedTuple):
    """Where each cell of one sheet of a sender stands in ours, and what then stands in ours."""

    places: Mapping[Place, Place]
    values: dict[Place, object]

    def at(self, cell: str) -> Place:
        """Where a cell of the sender (B17) stands in ours."""
        place = coordinate_to_tuple(cell)
        return self.places.get(place, place)


def carried(plan: Plan, unit: str, book: SentBook) -> dict[str, CarriedSheet]:
    """Every sheet of the form by its name; behind them other sheets that hold numbers.

    A sheet that the sender does not have is taken from the one that is like it; of two with one
    name the second stays as it is, beside the first.
    """
    form = plan.form
    rest = other_sheets(book, plan, unit)
    doubled = []
    sheets = {form.info.sheet: _particulars(form, book.pages(form.info.sheet)[0])}
    for sheet in plan.sheets_of(unit):
        titles = book.titles(sheet.name)
        like = "" if titles else first_like(rest, sheet)
        if like:
            del rest[like]
            titles = [like]
        if titles:
            sheets[sheet.name] = _sheet(form, sheet, book.page(titles[0]))
        doubled += titles[1:]
    for title in [*rest, *doubled]:
        if with_figures(book, form, title):
            cells = book.page(title).cells.items()
            values = {at: _value(cell) for at, cell in cells}
            sheets[_NO_TITLE.sub("_", title)[:31]] = CarriedSheet({}, values)
    return sheets


def _sheet(form, sheet, page):
    """Where each cell of a sender's sheet stands in ours.

    A blank cell of the form's columns stays blank, but a label, which is ours; of headers only
    strange ones are carried.
    """
    table = SentTable(page, form, sheet)
    ours = dict(enumerate(sheet.columns, 1))
    moved = _columns(table)
    up = table.head - form.header_row  # rows that somebody put in above the table
    places, values = {}, {}
    for row, (at, to) in product(table.rows, moved.items()):
        cell = page.at(row, at)
        kind = ours[to].kind if to in ours else "label"
        if cell.text or kind != "label":
            places[row, at] = (row - up, to)
            values[row - up, to] = _value(cell, kind == "date")
            if cell.odd and to in ours and ours[to].asked:
                values[row - up, to] = cell.raw + AGAIN
    for at, cell in table.heads.items():
        places[table.head, at] = (form.header_row, moved[at])
        column = sheet.headers.get(fold(cell.text))
        if not column or column != ours.get(moved[at]):
            values[form.header_row, moved[at]] = _value(cell)
    return CarriedSheet(places, values)


def _columns(table):
    """Our column for each column of a sender.

    One with a strange header stays where it is, so that the header, mended, gives it its meaning,
    or goes beside the form if one of ours has come to stand there.
    """
    ours = {column.key: place for place, column in enumerate(table.sheet.columns, 1)}
    moved = {at: ours[key] for key, at in table.columns.items()}
    taken = {*moved.values()}
    theirs = sorted({at for row, at in table.page.cells if row >= table.head})
    last = max([len(ours), *theirs])
    for at in theirs:
        beside = at + last  # right of all that the sender has, and of all that is ours
        moved.setdefault(at, beside if at in taken else at)
    return moved


def _particulars(form, page):
    """The first sheet, whose rows are told by their labels."""
    theirs = rows_of(form.info, page)
    places, values = {}, {}
    for to, key in enumerate(form.info.labels, form.first_row):
        if key in theirs:
            places[theirs[key], 2] = (to, 2)
            cell, day = page.at(theirs[key], 2), key in form.info.days
            values[to, 2] = cell.raw + AGAIN if cell.odd and day else _value(cell, day)
    return CarriedSheet(places, values)


def _value(cell, day=False):
    """What to write for a cell: as it was read, or as it was seen where our format changes it."""
    value = cell.value
    if isinstance(value, date) and day and value.year > _EPOCH:
        return value
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return remove_control_characters(value, "\ufffd")[:LONGEST]
    if cell.is_number and "%" in cell.number_format:
        return f"{value * 100:g}%"
    return value if cell.is_number and not day else cell.raw
