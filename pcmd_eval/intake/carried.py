"""What a sender wrote, carried over into our own form: where each cell then stands, so that nothing is lost."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import count
from typing import NamedTuple

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.files import printable
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.layout import Place
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_FIRST_YEAR = 1900  # of the days that Excel knows
_HEADS = 30  # rows in which the headers of a table may have been pushed down
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class Carried(NamedTuple):
    """Where each cell of one sheet of a sender stands in ours, and what then stands in ours."""

    places: Mapping[Place, Place]
    values: dict[Place, object]

    def at(self, cell: str) -> Place:
        """Where a cell of the sender (B17) stands in ours."""
        place = coordinate_to_tuple(cell)
        return self.places.get(place, place)


def carried(plan: Plan, unit: str, book: Book, added: tuple[str, ...]) -> dict[str, Carried]:
    """Every sheet of the form by its name, wherever the sender has it; behind them other sheets that hold figures.

    `added`: the sheets that we put in ourselves, which are made anew.
    """
    form, sheets = plan.form, plan.sheets_of(unit)
    names = {*map(fold, (form.info.sheet, *(sheet.name for sheet in sheets), *added))}
    others = [t for t in book.titles if fold(t) not in names and t not in book.hidden]
    found = {form.info.sheet: _particulars(form, book.pages(form.info.sheet)[0])}
    for sheet in sheets:
        pages = book.pages(sheet.name, form.first_row)
        if not pages and (title := _likest(form, sheet, book, others)):
            others.remove(title)
            pages = book.pages(title, form.first_row)
        if pages:
            found[sheet.name] = _sheet(form, sheet, pages[0])
        for number, page in enumerate(pages[1:], 2):
            found[f"{sheet.name[:26]} ({number})"] = _plain(page)
    for title in others:
        page = book.pages(title)[0]
        if any(type(cell.value) in (int, float) for cell in page.cells.values()):
            found[_NO_TITLE.sub("_", title)[:31]] = _plain(page)
    return found


def _likest(form: Form, sheet: Sheet, book: Book, titles: list[str]) -> str:
    """The sheet that has most of our headers, at least half of them: ours under another name; "" for none."""
    heads = {fold(column.header) for column in sheet.columns}
    likeness = {}
    for title in titles:
        page = book.pages(title)[0]
        likeness[title] = _heads(page, heads)[_header_row(form, page, heads)]
    best = max(likeness, key=likeness.__getitem__, default="")
    return best if best and likeness[best] * 2 >= len(heads) else ""


def _heads(page: Page, heads: set[str]) -> Counter[int]:
    """How many of our headers stand in each of the first rows."""
    near = [(row, cell) for (row, _), cell in page.cells.items() if row <= _HEADS]
    return Counter(row for row, cell in near if fold(cell.text) in heads)


def _header_row(form: Form, page: Page, heads: set[str]) -> int:
    """The row that holds most of our headers; the form's own if none holds more."""
    held = _heads(page, heads)
    best = max(held, key=held.__getitem__, default=form.header_row)
    return best if held[best] > held[form.header_row] else form.header_row


def _sheet(form: Form, sheet: Sheet, page: Page) -> Carried:
    """Where each cell of a sender's sheet stands in ours; of headers only strange ones are carried."""
    ours = {fold(column.header): number for number, column in enumerate(sheet.columns, 1)}
    head = _header_row(form, page, {*ours})
    up = head - form.header_row  # rows that somebody put in above the table
    filled = sorted({at for row, at in page.cells if row >= head})
    theirs = {at: fold(page.at(head, at).text) for at in filled}
    moved = _columns(ours, theirs)

    places = _places(sheet, page, moved, head, up)
    days = {number for number, column in enumerate(sheet.columns, 1) if column.kind == "date"}
    values = {to: _value(page.at(*at), to[1] in days) for at, to in places.items()}
    for at, to in moved.items():
        places[head, at] = (form.header_row, to)
        if ours.get(theirs[at]) != to:
            values[form.header_row, to] = page.at(head, at).text
    return Carried(places, values)


def _places(
    sheet: Sheet, page: Page, moved: Mapping[int, int], head: int, up: int
) -> dict[Place, Place]:
    """Where each cell below the headers comes to stand; what is blank in the form's columns stays blank."""
    labels = {n for n, c in enumerate(sheet.columns, 1) if c.kind == "label" and not c.fill}
    told = {  # by our own formulas: a name follows from its code
        (row, at)
        for (row, at), cell in page.cells.items()
        if row > head and moved[at] in labels and cell.formula and not cell.text
    }
    below = [place for place in page.cells if place[0] > head and place not in told]
    rows = {row for row, _ in below}
    form_columns = [at for at, to in moved.items() if to <= len(sheet.columns)]
    blank = [(row, at) for row in rows for at in form_columns if (row, at) not in told]
    return {(row, at): (row - up, moved[at]) for row, at in dict.fromkeys([*blank, *below])}


def _columns(ours: Mapping[str, int], theirs: Mapping[int, str]) -> dict[int, int]:
    """Our column for each column of a sender.

    A column is told by its header, the first of two that are equal; under a strange header it stays where it is, so
    that the header, mended, gives it its meaning, or goes beside the form if one of ours has come to stand there.
    """
    moved: dict[int, int] = {}
    for at, header in theirs.items():
        if header in ours and ours[header] not in moved.values():
            moved[at] = ours[header]
    beside = (number for number in count(len(ours) + 1) if number not in theirs)
    for at in [at for at in theirs if at not in moved]:
        moved[at] = next(beside) if at in moved.values() else at
    return moved


def _particulars(form: Form, page: Page) -> Carried:
    """The first sheet, whose rows are told by their labels."""
    keys = enumerate(form.info.labels.items(), form.first_row)
    rows = {fold(label): (row, key) for row, (key, label) in keys}
    places, values = {}, {}
    for at in range(page.last_row, 0, -1):  # the first counts where a label stands twice
        label = fold(page.at(at, 1).text)
        if label in rows:
            row, key = rows[label]
            places[at, 2] = (row, 2)
            values[row, 2] = _value(page.at(at, 2), key in ("cutoff", "sent"))
    return Carried(places, values)


def _plain(page: Page) -> Carried:
    """A sheet that is not of the form, as it is."""
    return Carried(
        {at: at for at in page.cells}, {at: _value(cell, True) for at, cell in page.cells.items()}
    )


def _value(cell: Cell, day: bool) -> object:
    """What to write for a cell: as it was read, or as it was seen where our format would make something else of it."""
    value = cell.value
    if isinstance(value, date):
        return value if day and value.year > _FIRST_YEAR else cell.raw
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value * 100:g}%" if "%" in cell.number_format else cell.raw if day else value
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return printable(value, "\ufffd")
    return cell.raw
