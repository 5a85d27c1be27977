"""Find the sheets of the form in a workbook, and the columns and rows of a sheet by its headers."""

from collections import Counter
from operator import itemgetter

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.row_matching import ItemMatcher, RowMatch
from pcmd_eval.intake.workbook import Page
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.cell_ranges import Position

HEADER_ROWS = 20  # rows in which headers are looked for


class SentTable:
    """The columns and rows of a page under the headers of a sheet of the form.

    `header_row`: its number; `header_cells`: its cells, by column. `columns`: the column of each
    key of the form, if its header stands there once. `rows`: the filled cells, by row and key; a
    cell under an unknown header has "+" and its column as key. Of a statement that there is no
    model, merged over cells, only the first is filled.
    """

    def __init__(self, page: Page, form: Form, sheet: Sheet) -> None:
        repeated = _repeated_statements(page, form) if sheet.rows == "lines" else ()
        page = page._replace(cells={at: c for at, c in page.cells.items() if at not in repeated})
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
        self.rows: dict[int, dict[str, Cell]] = {}
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

    def match_rows(self, matcher: ItemMatcher) -> dict[int, RowMatch]:
        """Return what each row is about, by its cells in the sheet's first two columns."""
        code_key, label_key = (column.key for column in self.sheet.columns[:2])
        cells = {row: (self.at(row, code_key), self.at(row, label_key)) for row in self.rows}
        return {
            row: matcher.match(code.text, label.text, code.is_number)
            for row, (code, label) in cells.items()
        }

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

    def _is_known_header(self, text: str) -> bool:
        return self.form.header_of(text, self.sheet) in {*self.sheet.headers, ""}


def _find_header_row(page: Page, form: Form, sheet: Sheet) -> int:
    """Return the row of the headers: the form's own, else one that holds more than half of them."""
    cells = page.cells.items()
    near = [
        (row, form.header_of(cell.text, sheet)) for (row, _), cell in cells if row <= HEADER_ROWS
    ]
    headers = Counter(row for row, text in near if text in sheet.headers)
    row, number = max(headers.items(), key=itemgetter(1), default=(0, 0))
    is_moved = form.header_row not in headers and number * 2 > len(sheet.columns)
    return row if is_moved else form.header_row


def _repeated_statements(page: Page, form: Form) -> set[Position]:
    """Return the cells, except the first, over which a statement of no model is merged."""
    repeated: set[Position] = set()
    for area in page.merged:
        first = area.min_row, area.min_col
        if form.grammar.denies(page.at(*first).text):
            repeated |= {*area.cells} - {first}
    return repeated
