"""What a sender wrote, carried over into our own form, and where each cell then stands."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import count, product
from typing import NamedTuple

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.files import printable
from pcmd_eval.intake.layout import Place
from pcmd_eval.intake.particulars import rows_of
from pcmd_eval.intake.strange import header_row, likeness, others
from pcmd_eval.intake.workbook import Book
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_EPOCH = 1900  # the year of the first day that Excel knows
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class Carried(NamedTuple):
    """Where each cell of one sheet of a sender stands in ours, and what then stands in ours."""

    places: Mapping[Place, Place]
    values: dict[Place, object]

    def at(self, cell: str) -> Place:
        """Where a cell of the sender (B17) stands in ours."""
        place = coordinate_to_tuple(cell)
        return self.places.get(place, place)


def carried(plan: Plan, unit: str, book: Book) -> dict[str, Carried]:
    """Every sheet of the form by its name; behind them other sheets that hold numbers.

    A sheet that the sender does not have is taken from the one that is like it.
    """
    form = plan.form
    rest = others(book, plan, unit)
    sheets = {form.info.sheet: _particulars(form, book.pages(form.info.sheet)[0])}
    for sheet in plan.sheets_of(unit):
        pages = book.pages(sheet.name, form.first_row)
        like = [title for title in rest if likeness(book, form, title) == sheet]
        if like and not pages:
            rest.remove(like[0])
            pages = book.pages(like[0], form.first_row)
        for number, page in enumerate(pages, 1):
            if number == 1:
                sheets[sheet.name] = _sheet(form, sheet, page)
            else:
                sheets[f"{sheet.name[:26]} ({number})"] = _as_it_is(page)
    for title in rest:
        page = book.pages(title)[0]
        if any(cell.is_number for cell in page.cells.values()):
            sheets[_NO_TITLE.sub("_", title)[:31]] = _as_it_is(page)
    return sheets


def _sheet(form, sheet, page):
    """Where each cell of a sender's sheet stands in ours; of headers only strange ones are carried.

    Blank cells of the form's columns are carried too, and stay blank.
    """
    head = header_row(page, form, sheet)
    ours = dict(enumerate(sheet.columns, 1))
    theirs = sorted({at for row, at in page.cells if row >= head})
    headers = {at: fold(page.at(head, at).text) for at in theirs}
    moved = _columns(sheet.headers, headers)
    up = head - form.header_row  # rows that somebody put in above the table
    rows, places, values = set(), {}, {}
    for (row, at), cell in page.cells.items():
        if row > head and not _follows(ours.get(moved[at]), cell):
            rows.add(row)
    for row, (at, to) in product(sorted(rows), moved.items()):
        cell = page.at(row, at)
        column = ours.get(to)
        if not _follows(column, cell) and (column or not cell.blank):
            places[row, at] = (row - up, to)
            values[row - up, to] = _value(cell, bool(column) and column.kind == "date")
    for at, to in moved.items():
        places[head, at] = (form.header_row, to)
        if sheet.headers.get(headers[at]) != to:
            values[form.header_row, to] = page.at(head, at).text
    return Carried(places, values)


def _follows(column, cell):
    """Whether one of our own formulas is to give a cell: a name that follows from its code."""
    if not cell.formula or cell.text or not column:
        return False
    return column.kind == "label" and not column.fill


def _columns(ours, theirs):
    """Our column for each column of a sender.

    A column is told by its header, the first of two that are equal; under a strange header it stays
    where it is, so that the header, mended, gives it its meaning, or goes beside the form if one of
    ours has come to stand there.
    """
    moved: dict[int, int] = {}
    for at, header in theirs.items():
        if header in ours and ours[header] not in moved.values():
            moved[at] = ours[header]
    beside = (number for number in count(len(ours) + 1) if number not in theirs)
    for at in [at for at in theirs if at not in moved]:
        moved[at] = next(beside) if at in moved.values() else at
    return moved


def _particulars(form, page):
    """The first sheet, whose rows are told by their labels."""
    theirs = rows_of(form.info, page)
    places, values = {}, {}
    for to, key in enumerate(form.info.labels, form.first_row):
        if key in theirs:
            places[theirs[key], 2] = (to, 2)
            values[to, 2] = _value(page.at(theirs[key], 2), key in form.info.days)
    return Carried(places, values)


def _as_it_is(page):
    """A sheet that is not of the form."""
    return Carried({}, {at: _value(cell, True) for at, cell in page.cells.items()})


def _value(cell, day):
    """What to write for a cell: as it was read, or as it was seen where our format changes it."""
    value = cell.value
    if isinstance(value, date):
        return value if day and value.year > _EPOCH else cell.raw
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return printable(value, "\ufffd")
    if cell.is_number and "%" in cell.number_format:
        return f"{value * 100:g}%"
    return value if cell.is_number and not day else cell.raw
