"""Key the cells of a page by row number and column key of the form, for reading and for copying
them into our form.
"""

from collections import Counter
from datetime import date
from operator import itemgetter

from openpyxl.utils import get_column_letter

from pcmd_eval.office.intake.cell import LONGEST, Cell
from pcmd_eval.office.intake.cell_parsers import shows_percent
from pcmd_eval.office.intake.row_matching import CommuneMatcher, ItemMatcher, RowMatch
from pcmd_eval.office.intake.workbook import Page
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.files import remove_control_characters

HEADER_ROWS = 20  # rows in which headers are looked for
BLANK = (None, "")
# Appended to a value that was unreadable by its format: without the format it would be read.
REWRITE = " (ghi lại)"
_EXCEL_FIRST_YEAR = 1900  # the year of the first day that Excel knows
_UNKNOWN = Column(key="+", header="+", kind="label", width=4, fill=True)

Values = dict[Position, object]  # of a sheet of our form
Cells = dict[tuple[int, str], Cell]  # by the number of the row and the key of the column


class KeyedSheet:
    """The cells of a page under the headers of a sheet of the form, by row and column.

    Rows have their number in our form; columns the key of their header, or "+<number in our form>"
    if the header is unknown or repeated. `cells`: those of rows with a filled cell, blank ones
    included except labels, which our form prefills. `copied_headers`: unknown or repeated headers,
    which are copied, not read. `columns`: the column in the file of each key; `keys`: the reverse;
    `form_columns`: the column in our form.
    `is_twice`: the file has a second page of this sheet. A "no model" statement merged over cells
    fills only the first.
    """

    def __init__(self, page: Page, plan: Plan, sheet: Sheet, reporter: str) -> None:
        repeated = _find_repeated_statements(page, plan.form) if sheet.rows == "lines" else ()
        page = page._replace(cells={at: c for at, c in page.cells.items() if at not in repeated})
        self.page, self.form, self.sheet = page, plan.form, sheet
        self.form_columns = {column.key: number for number, column in enumerate(sheet.columns, 1)}
        self.matcher = (
            CommuneMatcher(plan, reporter)
            if sheet.rows == "communes"
            else ItemMatcher({item.code: item.label for item in sheet.items})
        )
        self.header_row = _find_header_row(page, plan.form, sheet)
        self.keys = self._find_columns()
        self.columns = {
            key: number for number, key in self.keys.items() if key in self.form_columns
        }
        self.row_offset = self.header_row - plan.form.header_row  # not 0 if the headers were moved
        self.copied_headers = self._read_row(self.header_row)
        for key in self.columns:
            del self.copied_headers[plan.form.header_row, key]
        self.cells: Cells = {}
        self.is_twice = False
        for row in sorted({row for row, _ in page.cells if row > self.header_row}):
            cells = self._read_row(row)
            if not all(cell.is_blank for cell in cells.values()):
                self.cells |= cells

    def _read_row(self, row: int) -> Cells:
        """Return the cells of a row without blank labels and blank cells of unknown columns.

        A blank label may be a formula of our form: in a spare row it looks up the commune's name.
        """
        label_keys = [column.key for column in self.sheet.columns if column.kind == "label"]
        cells = {}
        for number, key in self.keys.items():
            cell = self.page.at(row, number)
            is_blank_label = key in label_keys and not cell.text
            is_blank_unknown = key not in self.form_columns and cell.is_blank
            if not (is_blank_label or is_blank_unknown):
                cells[row - self.row_offset, key] = cell
        return cells

    def _find_columns(self) -> dict[int, str]:
        """Return the key of each column of the file.

        A column with an unknown or repeated header has "+" and its number in our form: its own, so
        that mending the header is enough; where one of our columns belongs there, one to the right
        of both tables.
        """
        numbers = sorted({number for row, number in self.page.cells if row >= self.header_row})
        headers = {number: self._fold_header(number) for number in numbers}
        counts = Counter(headers.values())
        keys = {
            number: self.sheet.headers[header].key
            for number, header in headers.items()
            if header in self.sheet.headers and counts[header] == 1
        }
        taken = [self.form_columns[key] for key in keys.values()]
        last = max([len(self.form_columns), *numbers])
        fallback_keys = {number: f"+{number + last * (number in taken)}" for number in numbers}
        return fallback_keys | keys

    def _fold_header(self, column: int) -> str:
        return self.form.header_of(self.page.at(self.header_row, column).text, self.sheet)

    @property
    def is_read(self) -> bool:
        """Return whether the file has the sheet once, with its headers in the form's row."""
        return not self.is_twice and self.header_row == self.form.header_row

    def form_column(self, key: str) -> int:
        """Return the number of a column (from 1) in our form; `key`: as in `keys` ("+9" is 9)."""
        return self.form_columns.get(key) or int(key)

    def position(self, file_position: Position) -> Position:
        """Return the position in our form of a cell of the file."""
        row, column = file_position
        return row - self.row_offset, self.form_column(self.keys.get(column, f"+{column}"))

    def at(self, row: int, key: str) -> Cell:
        """Return the cell of a row (0: none) and a column; without address if either is missing."""
        column = self.columns.get(key)
        blank = Cell(f"{get_column_letter(column)}{row}") if row and column else Cell("")
        return self.cells.get((row, key), blank)

    def filled_rows(self) -> dict[int, dict[str, Cell]]:
        """Return the filled cells by row number and column key; rows without any are left out."""
        rows: dict[int, dict[str, Cell]] = {}
        for (row, key), cell in self.cells.items():
            if not cell.is_blank:
                rows.setdefault(row, {})[key] = cell
        return rows

    def match_rows(self) -> dict[int, RowMatch]:
        """Return what each row is about, by its cells in the sheet's first two columns."""
        cells, matches = self.copied_headers | self.cells, {}
        for row in sorted({row for row, _ in cells if row >= self.form.first_row}):
            keys = [column.key for column in self.sheet.columns[:2]]
            code, label = (cells.get((row, key), Cell("")) for key in keys)
            matches[row] = self.matcher.match(code.text, label.text, code.is_number)
        return matches

    def find_no_model_statements(self) -> dict[int, str]:
        """Map rows that state that there is no model to the key of the column with the statement.

        Only the sheet's first two columns are searched.
        """
        keys = [column.key for column in self.sheet.columns[:2]]
        denies = self.form.document_reader.denies
        # Reversed: of two statements in a row the first counts.
        return {
            row: key
            for row, key in reversed(self.cells)
            if key in keys and denies(self.cells[row, key].text)
        }

    def unknown_headers(self) -> dict[int, Cell]:
        """Return the header cells of filled columns whose header is unknown, by column number."""
        filled, form_headers = {key for _, key in self.cells}, {*self.sheet.headers, ""}
        numbers = [number for number, key in self.keys.items() if key in filled]
        headers = {number: self.page.at(self.header_row, number) for number in numbers}
        return {
            number: cell
            for number, cell in headers.items()
            if cell.text and self._fold_header(number) not in form_headers
        }

    def values(self) -> Values:
        """Return the values to write into our form, by position; of two cells at one position the
        first filled.

        The label of a matched commune is left to our form: its formulas accept only that spelling.
        """
        values: Values = {}
        columns = {column.key: column for column in self.sheet.columns}
        matches = self.match_rows() if self.sheet.rows == "communes" else {}
        for (row, key), cell in [*self.copied_headers.items(), *self.cells.items()]:
            position, column = (row, self.form_column(key)), columns.get(key, _UNKNOWN)
            is_label = column.kind == "label" and not column.fill
            is_prefilled = is_label and row in matches and matches[row].matched
            if not is_prefilled and values.get(position) in BLANK:
                values[position] = value_to_write(cell, column.kind == "date", column.is_expected)
        return values


def _find_header_row(page: Page, form: Form, sheet: Sheet) -> int:
    """Return the header row: the form's, or if that has no header, a row with over half of them."""
    cells = page.cells.items()
    texts = [
        (row, form.header_of(cell.text, sheet)) for (row, _), cell in cells if row <= HEADER_ROWS
    ]
    counts = Counter(row for row, text in texts if text in sheet.headers)
    row, count = max(counts.items(), key=itemgetter(1), default=(0, 0))
    is_moved = form.header_row not in counts and count * 2 > len(sheet.columns)
    return row if is_moved else form.header_row


def _find_repeated_statements(page: Page, form: Form) -> set[Position]:
    """Return the cells of each merged “no model” statement except the first, which has it."""
    repeated: set[Position] = set()
    for area in page.merged:
        first = area.min_row, area.min_col
        if form.document_reader.denies(page.at(*first).text):
            repeated |= {*area.cells} - {first}
    return repeated


def value_to_write(cell: Cell, is_day: bool = False, is_expected: bool = False) -> object:
    """Return the value to write into our form: as stored, or as text where our format changes it.

    `is_day`: our column holds days; `is_expected`: the form expects the cell; then `REWRITE` is
    appended to a value with `is_doubted`, and to one that Excel displays otherwise.
    """
    value = cell.value
    if is_expected and (cell.is_doubted or cell.display_issue):
        return cell.raw + REWRITE
    if isinstance(value, date) and is_day and value.year > _EXCEL_FIRST_YEAR:
        return value
    if isinstance(value, str):
        # A control character is replaced, not dropped: "1", control character, "2" is not 12.
        return remove_control_characters(value, "\ufffd")[:LONGEST]
    if shows_percent(cell):
        return f"{value * 100:.15g}%"
    return value if cell.is_number and not is_day else cell.raw
