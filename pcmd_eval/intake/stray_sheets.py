"""Sheets that are not of the form but may hold figures, and what they are like."""

from collections.abc import Mapping

from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.intake.sheet_table import NEAR
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold


def other_sheets(book: SentBook, plan: Plan, reporter: str) -> dict[str, Sheet | None]:
    """The visible sheets that are neither of the reporter's form nor added by us.

    Each with the sheet of the form that it is like, None if it is like none: see `_likeness`.
    """
    form = plan.form
    ours = (form.info.sheet, form.check_page.name, form.mend_page.name)
    known = {*map(fold, ours), *(fold(sheet.name) for sheet in plan.sheets_of(reporter))}
    strange = [title for title in book.visible if fold(title) not in known]
    return {title: _likeness(book, form, title) for title in strange}


def first_like(others: Mapping[str, Sheet | None], sheet: Sheet) -> str:
    """The first of the other sheets that is like this one of the form; "" if none is."""
    return next((title for title, like in others.items() if like == sheet), "")


def with_figures(book: SentBook, form: Form, title: str) -> bool:
    """Whether a number was typed into a sheet, right of its labels; never of other particulars."""
    cells = book.page(title).cells.items()
    labels = {fold(cell.text) for (_, column), cell in cells if column == 1}
    typed = [at for at, cell in cells if cell.is_number and not cell.formula and at[1] > 1]
    return bool(typed) and fold(form.info.labels["code"]) not in labels


def tell_strange(returned: SentReturn, book: SentBook, plan: Plan) -> None:
    """The sheets that nobody sees, or that hold figures and are not the reporter's."""
    for title in book.hidden:
        returned.fault("hidden", sheet=title)
    asked = plan.sheets_of(returned.reporter)
    for title, like in other_sheets(book, plan, returned.reporter).items():
        if with_figures(book, plan.form, title):
            mistaken = like if like in asked else None
            returned.fault("strange-sheet", sheet=title, title=title, like=mistaken)


def _likeness(book, form, title):
    """The sheet of the form that shares most headers with one of another name, more than half."""
    cells = book.page(title).cells.items()
    texts = {fold(cell.text) for (row, _), cell in cells if row <= NEAR}
    best = max(form.sheets, key=lambda sheet: len(sheet.headers.keys() & texts))
    shared = best.headers.keys() & texts
    return best if len(shared) * 2 > len(best.columns) else None
