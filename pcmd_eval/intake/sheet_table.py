"""Find the sheets of the form in a workbook, and the columns and rows of a sheet by its headers."""

from collections import Counter
from collections.abc import Mapping
from operator import itemgetter

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.workbook import Page, SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold

HEADER_ROWS = 20  # rows in which headers are looked for
MIN_FIGURES = 3  # numbers that make a table; a page of words may hold one


class SentTable:
    """The columns and rows of a page under the headers of a sheet of the form.

    `header_row`: its number; `header_cells`: its cells, by column. `columns`: the column of each
    key of the form, if its header stands there once. `rows`: the filled cells, by row and key; a
    cell under an unknown header has "+" and its column as key.
    """

    def __init__(self, page: Page, form: Form, sheet: Sheet) -> None:
        self.page, self.form, self.sheet = page, form, sheet
        self.header_row = _find_header_row(page, form, sheet)
        cells = sorted(page.cells.items())
        self.header_cells = {at: cell for (row, at), cell in cells if row == self.header_row}
        folded = [form.header_of(cell.text, sheet) for cell in self.header_cells.values()]
        keys = {}
        for at, header in zip(self.header_cells, folded, strict=True):
            if header in sheet.headers and folded.count(header) == 1:
                keys[at] = sheet.headers[header].key
        self.columns = {key: at for at, key in keys.items()}
        labels = [column.key for column in sheet.columns if column.kind == "label"]
        self.rows = {}
        for (row, at), cell in cells:
            key = keys.get(at, f"+{at}")
            # The form's formula that looks up the name of a spare row, when it shows nothing.
            is_empty_label = key in labels and not cell.text
            if row > self.header_row and not cell.is_blank and not is_empty_label:
                self.rows.setdefault(row, {})[key] = cell

    def at(self, row: int, key: str) -> Cell:
        """Return the cell of a row (0: none) and a column; without address if either is missing."""
        column = self.columns.get(key)
        return self.page.at(row, column) if row and column else Cell("")

    def has_entry(self, row: int) -> bool:
        """Return whether the row has anything in columns that reporters fill in."""
        cells = self.rows.get(row, ())
        return any(column.key in cells for column in self.sheet.columns if column.is_entry)

    def unknown_headers(self) -> dict[int, Cell]:
        """Return the cells of unknown headers, by column, of columns that hold anything."""
        used = {key for cells in self.rows.values() for key in cells}
        return {
            at: cell
            for at, cell in self.header_cells.items()
            if f"+{at}" in used and cell.text and not self._is_known_header(cell.text)
        }

    def _is_known_header(self, text):
        return self.form.header_of(text, self.sheet) in {*self.sheet.headers, ""}


def _find_header_row(page, form, sheet):
    """Return the row of the headers: the form's own, else one that holds more than half of them."""
    cells = page.cells.items()
    near = [
        (row, form.header_of(cell.text, sheet)) for (row, _), cell in cells if row <= HEADER_ROWS
    ]
    headers = Counter(row for row, text in near if text in sheet.headers)
    row, number = max(headers.items(), key=itemgetter(1), default=(0, 0))
    is_moved = form.header_row not in headers and number * 2 > len(sheet.columns)
    return row if is_moved else form.header_row


# -- sheets that the form does not have ------------------------------------------------------------


def unexpected_sheets(book: SentBook, plan: Plan, reporter: str) -> dict[str, Sheet | None]:
    """Return the visible sheets that are neither of the reporter's form nor added by us.

    Each with the sheet of the form that it resembles, None if it resembles none.
    """
    form = plan.form
    added = (form.info.sheet, form.check_page.name, form.mend_page.name)
    known = {*map(fold, added), *(fold(sheet.name) for sheet in plan.sheets_of(reporter))}
    unexpected = [title for title in book.visible if fold(title) not in known]
    return {title: _resembled_sheet(book, form, title) for title in unexpected}


def find_renamed(unexpected: Mapping[str, Sheet | None], sheet: Sheet) -> str:
    """Return the first of the unexpected sheets that resembles this one of the form, or ""."""
    return next((title for title, like in unexpected.items() if like == sheet), "")


def holds_figures(book: SentBook, form: Form, title: str) -> bool:
    """Return whether a sheet holds a table of typed numbers, and is no copy of the first sheet."""
    cells = book.page(title).cells.items()
    labels = {fold(cell.text) for (_, column), cell in cells if column == 1}
    typed = [at for at, cell in cells if cell.is_number and not cell.formula and at[1] > 1]
    return len(typed) >= MIN_FIGURES and fold(form.info.labels["code"]) not in labels


def _resembled_sheet(book, form, title):
    """Return the sheet of the form that shares most headers with this one, more than half."""
    cells = book.page(title).cells.items()
    texts = {fold(cell.text) for (row, _), cell in cells if row <= HEADER_ROWS}
    best = max(form.sheets, key=lambda sheet: len(sheet.headers.keys() & texts))
    shared = best.headers.keys() & texts
    return best if len(shared) * 2 > len(best.columns) else None
