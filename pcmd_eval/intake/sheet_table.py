"""The table in a sheet that somebody sent: where its columns and rows stand, by the headers."""

from collections import Counter
from operator import itemgetter

from pcmd_eval.intake.cell_parsers import Cell
from pcmd_eval.intake.workbook import Page
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold

NEAR = 20  # rows in which headers are looked for


class SentTable:
    """The columns and rows of a page under the headers of a sheet of the form.

    `head`: the row of the headers; `heads`: their cells, by column. `columns`: where a column of
    the form stands, by key, if it stands there once. `rows`: the cells that hold anything, by row
    and key, one under a strange header by "+" and its column.
    """

    def __init__(self, page: Page, form: Form, sheet: Sheet) -> None:
        self.page, self.form, self.sheet = page, form, sheet
        self.head = _head(page, form, sheet)
        cells = sorted(page.cells.items())
        self.heads = {at: cell for (row, at), cell in cells if row == self.head}
        folded = [fold(cell.text) for cell in self.heads.values()]
        keys = {}
        for at, head in zip(self.heads, folded, strict=True):
            if head in sheet.headers and folded.count(head) == 1:
                keys[at] = sheet.headers[head].key
        self.columns = {key: at for at, key in keys.items()}
        labels = [column.key for column in sheet.columns if column.kind == "label"]
        self.rows = {}
        for (row, at), cell in cells:
            key = keys.get(at, f"+{at}")
            unfound = key in labels and not cell.text  # a name that a formula of ours did not find
            if row > self.head and not cell.blank and not unfound:
                self.rows.setdefault(row, {})[key] = cell

    def at(self, row: int, key: str) -> Cell:
        """The cell of a row and a column, without a place if the sheet does not have both."""
        column = self.columns.get(key)
        return self.page.at(row, column) if row and column else Cell("")

    def filled(self, row: int) -> bool:
        """Whether people wrote anything in the row's own columns."""
        cells = self.rows.get(row, ())
        return any(column.key in cells for column in self.sheet.columns if column.entry)

    def strange(self) -> dict[int, Cell]:
        """The headers that are not of the form and have anything below them, by column."""
        used = {key for cells in self.rows.values() for key in cells}
        return {
            at: cell
            for at, cell in self.heads.items()
            if f"+{at}" in used and cell.text and fold(cell.text) not in self.sheet.headers
        }


def _head(page, form, sheet):
    """The row of the headers: the form's, or, if none stands there, the one with most of them."""
    near = [(row, fold(cell.text)) for (row, _), cell in page.cells.items() if row <= NEAR]
    headers = Counter(row for row, text in near if text in sheet.headers)
    row, number = max(headers.items(), key=itemgetter(1), default=(0, 0))
    moved = form.header_row not in headers and number * 2 > len(sheet.columns)
    return row if moved else form.header_row
