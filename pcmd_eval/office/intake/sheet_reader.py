"""Read one sheet of a return: an observation of each cell that the form asks for, and issues."""

import re
from collections.abc import Collection, Iterable
from functools import partial
from itertools import product
from typing import Any

from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.cell import MERGED, OTHER_ISSUE, Cell
from pcmd_eval.office.intake.cell_parsers import Reading, read_cell
from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.footer_rows import find_footer_rows
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.keyed_sheet import KeyedSheet
from pcmd_eval.office.intake.workbook import Page
from pcmd_eval.plan.form import Severity
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.cell_ranges import as_rectangles, parse_address
from pcmd_eval.util.files import remove_control_characters

_LINK = re.compile(r"\[[0-9]+\]")  # to a sheet of another workbook
_MAX_TITLES = 20  # sheets that the message on a missing one lists


class SheetReader:
    """Reads one sheet and adds its observations and issues to `file`.

    A sheet that is missing, doubled or has its headers in another row has no rows: its cells are
    absent. `table`: the sheet, an empty one if it is not read, and `at` its method. `rows`: the
    filled cells of each row by column key, and cells in an ambiguous merge. `items`: by code.
    `add_issue`: `SentFile.add_issue` for this sheet. `_unreadable`: addresses with that issue.
    """

    def __init__(
        self, file: SentFile, plan: Plan, sheet: Sheet, confirmations: Confirmations
    ) -> None:
        table = file.tables.get(sheet.name)
        empty = KeyedSheet(Page({}), plan, sheet, file.reporter)
        self.table = table if table and table.is_read else empty
        self.file, self.plan, self.form, self.sheet = file, plan, plan.form, sheet
        self.add_issue = partial(file.add_issue, sheet=sheet.name)
        self.items = {item.code: item for item in sheet.items}
        self._confirmations = confirmations
        self._unreadable: set[str] = set()
        self._expected_keys = [column.key for column in sheet.expected_columns]
        self.page, self.at = self.table.page, self.table.at
        if table and table.is_twice:
            self.add_issue("sheet", severity="stop", name=sheet.name, twice=True)
        elif table:
            self._check_headers(table)
            if table.page.distant_cell:  # it is not read
                self.add_issue("distant-cell", Cell(table.page.distant_cell), is_outside_table=True)
        elif file.book:
            titles = file.book.visible[:_MAX_TITLES]
            self.add_issue("sheet", name=sheet.name, twice=False, titles=titles)
        self.rows = self.table.filled_rows()

    def skip_footers(self, matched: Collection[int]) -> None:
        """Drop totals and signature blocks, then add the issues of merges and shifted columns.

        Call before a row is read. `matched`: the rows that belong to an item, a commune or a model.
        """
        unit_name = self.plan.register.full_name[self.file.reporter]
        for row in [*find_footer_rows(self.rows, matched, self.form, self.sheet, unit_name)]:
            del self.rows[row]
        for row, cells in self.rows.items():
            if "note" in cells:
                note = remove_control_characters(cells["note"].text)
                self.file.notes[self.sheet.name, row] = note
        for area in self.page.merged:
            self._check_merge(area)
        self._check_word_columns()

    def ask_about_links(self) -> None:
        """Add the issue "external-links" of cells whose formula refers to another workbook."""
        linked = [
            cell
            for row in self.rows.values()
            for key, cell in row.items()
            if key in self._expected_keys and _LINK.search(cell.formula)
        ]
        if linked:
            areas = as_rectangles(parse_address(cell.address) for cell in linked)
            cell = Cell(", ".join(areas), linked[0].value)
            self.add_issue("external-links", cell, doubted=map(self.place, linked))

    def place(self, cell: Cell) -> Place:
        """Return the place of a cell of this sheet."""
        return Place(self.file.reporter, self.file.name, self.sheet.name, cell.address)

    def is_filled(self, row: int, column: Column) -> bool:
        """Return whether the cell is filled or in an ambiguous merge."""
        return column.key in self.rows.get(row, ())

    def has_entry(self, row: int) -> bool:
        """Return whether the row has anything in columns that reporters fill in."""
        return any(self.is_filled(row, column) for column in self.sheet.columns if column.is_entry)

    def read_row(
        self, row: int, unit: str, name: str, columns: Iterable[Column], ambiguous: bool
    ) -> None:
        """Add the observations of these columns in a row (0: no row, absent cells).

        `unit`, `name`, `ambiguous`: see `add_observation`.
        """
        for column in columns:
            cell = self.at(row, column.key)
            self.add_observation(cell, unit, name, column, ambiguous)

    def add_observation(
        self, cell: Cell, unit: str, name: str, column: Column, ambiguous: bool
    ) -> None:
        """Add the observation of a cell (absent without an address), and "unreadable" if it is
        and no other issue names it.

        `unit`: the commune or reporter of the row; `name`: the row's part of `item`; `ambiguous`:
        the row may be another's, so the cell is unreadable.
        """
        reading = Reading("absent")
        if cell.address:
            column_of_item = column.for_item(self.items.get(name))
            reading = read_cell(
                cell, column_of_item.kind, self.form, column_of_item.choices, column_of_item.most
            )
            is_new = cell.address not in self._unreadable  # a merged area has one address
            if reading.issue not in ("", OTHER_ISSUE, MERGED) and is_new:
                self._unreadable.add(cell.address)
                variant, why = reading.variant, reading.issue
                about = (cell, column.header, unit)
                self.add_issue("unreadable", *about, variant=variant, quoted=cell.quoted, why=why)
            if ambiguous:
                reading = Reading("unreadable")
            elif reading.state == "reported" and cell.is_doubted:
                reading = reading._replace(state="contradictory")
        observation = Observation(
            reporter=self.file.reporter,
            unit_code=unit,
            objective=self.sheet.objective,
            item=self.sheet.item_name(name, column),
            period=column.period or "",
            value=reading.value,
            state=reading.state,
            file=self.file.name,
            sheet=self.sheet.name if self.file.name else "",
            cell=cell.address,
            raw=cell.raw,
        )
        self.file.observations.append(observation)

    def _check_headers(self, table: KeyedSheet) -> None:
        """Add the issues of headers that are in another row, missing or unknown."""
        expected_row, header_row = self.form.header_row, table.header_row
        if header_row != expected_row:
            first = table.page.at(header_row, 1)
            self.add_issue("header", first, found=header_row, expected=expected_row)
            return
        unknown = table.unknown_headers()
        for number, column in enumerate(self.sheet.columns, 1):
            if column.key not in table.columns and column in self.sheet.required_columns:
                cell = unknown.pop(number, table.page.at(header_row, number))  # the header there
                header = column.header
                self.add_issue("column", cell, header, header=header, row=expected_row)
        for number, cell in unknown.items():
            title = remove_control_characters(cell.text)
            periods = self.form.periods_in(title, self.sheet)
            columns = [column.key for column in self.sheet.columns if column.period in periods]
            rows = [
                row for row, cells in table.filled_rows().items() if table.keys[number] in cells
            ]
            self.add_issue(
                "strange-column",
                cell,
                title,
                title=title,
                doubted=self._places(product(rows, columns)),  # of these periods
                is_outside_table=not periods,
            )

    def _places(self, cells: Iterable[tuple[int, str]]) -> list[Place]:
        """Return the places of cells by row and column."""
        return [self.place(self.at(*cell)) for cell in cells]

    def _check_word_columns(self) -> None:
        """Add "shifted-column" if most rows have a number in a column of words.

        It doubts all cells of these rows.
        """
        for column in self.sheet.columns:
            has_words = column.kind == "note" or column.fill
            if not has_words or column.key == "commune":
                continue
            cells = {
                row: keyed[column.key] for row, keyed in self.rows.items() if column.key in keyed
            }
            rows = [row for row in cells if read_cell(cells[row], "count", self.form).value]
            numbers = [cells[row] for row in rows]
            if len(numbers) * 2 > sum(map(self.has_entry, self.rows)):
                first, last = numbers[0].address, numbers[-1].address
                self.add_issue(
                    "shifted-column",
                    numbers[0],
                    column.header,
                    doubted=self._places(product(rows, self._expected_keys)),
                    header=column.header,
                    area=first if first == last else f"{first}:{last}",
                    number=len(numbers),
                )

    def _check_merge(self, area: CellRange) -> None:
        """Add the issue "merged" for a merged range over cells that the form expects.

        A range over periods of one row gives its value to each of them, doubted (`is_doubted`)
        until it is confirmed. The cells of any other range are unreadable (`display_issue`).
        """
        columns = [
            self.sheet.column(key)
            for key, number in self.table.columns.items()
            if area.min_col <= number <= area.max_col
        ]
        first = self.page.at(area.min_row, area.min_col)
        is_denial = self.sheet.rows == "lines" and self.form.document_reader.denies(first.text)
        covers_expected = any(column.is_expected for column in columns)
        if area.min_row not in self.rows or not covers_expected or is_denial:
            return
        ambiguous = area.min_row != area.max_row or not all(
            column.is_periodic for column in columns
        )
        quoted = Cell(first.address, area.coord)  # the area in place of a value, for the message
        period = "" if ambiguous else self.sheet.period_word
        severity: Severity = "mend" if ambiguous else "confirm"
        self.add_issue("merged", quoted, severity=severity, area=area.coord, period=period)
        is_confirmed = self._confirmations.find(self.file.issues[-1])
        changes: dict[str, Any] = {"display_issue": MERGED} if ambiguous else {"is_doubted": True}
        cells = self.table.cells
        for row, number in area.cells if ambiguous or not is_confirmed else ():
            key = self.table.keys.get(number, "")
            if cell := cells.get((row, key)):
                cells[row, key] = cell._replace(**changes)
            if ambiguous and row in self.rows:
                self.rows[row].setdefault(key, self.at(row, key))
