"""Copy what a sender wrote outside the tables into the annotated return."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.issues import SentFile, row_number
from pcmd_eval.office.intake.keyed_sheet import Values, value_to_write
from pcmd_eval.office.intake.workbook import Page, SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.spelling import fold, split_words

_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")


def find_other_titles(plan: Plan, unit: str, book: SentBook) -> list[str]:
    """Return the titles of the visible sheets that are no part of the form."""
    form, names = plan.form, [sheet.name for sheet in plan.sheets_of(unit)]
    names += [form.info.sheet, form.check_page.name, form.mend_page.name]
    known = [*map(split_words, names)]
    return [title for title in book.visible if split_words(title) not in known]


def carry_other_sheets(plan: Plan, unit: str, book: SentBook) -> dict[str, Values]:
    """Return by title the values of sheets that are not of the form, and of second copies of its
    sheets. Titles are cut to 31 characters, those Excel forbids replaced by _.
    """
    sheets = {}
    copies = [title for sheet in plan.sheets_of(unit) for title in book.titles(sheet.name)[1:]]
    for title in [*find_other_titles(plan, unit, book), *copies]:
        if cells := book.page(title).cells:
            values = {position: value_to_write(cell) for position, cell in cells.items()}
            sheets[_NOT_IN_TITLES.sub("_", title)[:31]] = values
    return sheets


class Particulars(NamedTuple):
    """The values of the first sheet by position in our form; `rows`: the row in the file of each
    particular, mapped to its row in our form.
    """

    values: Values
    rows: dict[int, int]


def carry_particulars(form: Form, file: SentFile) -> Particulars:
    """Return the values of the first sheet: its particulars, and the sender's remarks."""
    info = form.info
    assert file.book, file.name
    [page] = file.book.pages(info.sheet)
    carried = Particulars({}, {})
    for row, (key, cell) in enumerate(file.cover.items(), form.first_row):
        if cell.address:
            is_day = key in info.days
            carried.rows[row_number(cell.address)] = row
            carried.values[row, 2] = value_to_write(cell, is_day, is_expected=is_day)
    for position, cell in find_remarks(form, page):
        carried.values.setdefault(position, value_to_write(cell))
    return carried


def find_remarks(form: Form, page: Page) -> Iterator[tuple[Position, Cell]]:
    """Yield (position, cell) of text on the first sheet, right of or below the particulars, that
    the form does not have.
    """
    info, first_row = form.info, form.first_row
    known = {*map(fold, (*info.labels.values(), *info.hints.values(), *info.guide))}
    for (row, column), cell in page.cells.items():
        is_remark = row > first_row + len(info.labels) or (column == 3 and row >= first_row)
        if is_remark and column < 5 and cell.text and fold(cell.text) not in known:
            yield (row, column), cell
