"""Put the workbooks of one reporter together in the form's layout, before they are read.

The later filled cell counts. A later 0 over an earlier number above 0 is unreadable until it is
confirmed; every other cell in which two files differ gets a note.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.observations import period_ends, split_items
from pcmd_eval.intake.carry_over import CarriedSheet, carry_book
from pcmd_eval.intake.cell import OWN_ISSUE, Cell
from pcmd_eval.intake.cell_parsers import read_cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.intake.row_matching import row_matcher
from pcmd_eval.intake.validation_rules import broken_comparisons
from pcmd_eval.intake.workbook import Page
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

NOTHING = Confirmations()


class Difference(NamedTuple):
    """A cell in which two files of a reporter differ, with the values as a person sees them."""

    reporter: str
    unit_code: str
    sheet: str
    cell: str
    item: str
    period: str
    earlier_file: str
    earlier_value: str
    later_file: str
    later_value: str


class RowKey(NamedTuple):
    """What a row is about in every file: code of item or commune, form of activity or model.

    `occurrence`: 2 for the second row of the same.
    """

    matched: str
    name: str
    occurrence: int


class Overlay:
    """The workbooks of a reporter, sorted by day of sending, as one workbook to read.

    `sheets`: by name, those of the form in its layout, then the others; `issues`, `differences`:
    where the files differ.
    """

    dropped = ()

    def __init__(
        self, plan: Plan, files: Sequence[SentReturn], confirmations: Confirmations = NOTHING
    ) -> None:
        self._plan, self._last, self._unit = plan, files[-1].book, files[0].reporter
        self._confirmations, self._ends = confirmations, period_ends(plan.year)
        self._files = {file.file: file for file in files}
        self.issues: list[Issue] = []
        self.differences: list[Difference] = []
        form_sheets = {sheet.name: sheet for sheet in plan.sheets_of(self._unit)}
        combined: dict[str, CarriedSheet] = {}
        for file in reversed(files):
            for name, older in self._carry(file).items():
                newer = combined.setdefault(name, older)
                if newer is not older and name in form_sheets:
                    self._add_older(form_sheets[name], newer, older)
                elif newer is not older:
                    newer.add_below(older)
        names = [name for name in (plan.form.info.sheet, *form_sheets) if name in combined]
        self.sheets = {name: combined[name] for name in [*names, *(combined.keys() - {*names})]}

    # -- what `read_sheets` asks of a workbook -----------------------------------------------------

    @property
    def visible(self) -> list[str]:
        """Return the titles of the last file's visible worksheets."""
        return self._last.visible

    def page(self, title: str) -> Page:
        """Return a worksheet of the last file."""
        return self._last.page(title)

    def titles(self, name: str) -> list[str]:
        """Return the name of a sheet, unless every file lacks it."""
        return [name] if name in self.sheets else []

    def pages(self, name: str) -> list[Page]:
        """Return the sheet of the form with that name, unless every file lacks it."""
        sheet = next(s for s in self._plan.form.sheets if s.name == name)
        header_row = self._plan.form.header_row
        headers = {(header_row, at): Cell("", c.header) for at, c in enumerate(sheet.columns, 1)}
        return [Page(headers | self.sheets[title].cells) for title in self.titles(name)]

    # -- an earlier file below the later ones ------------------------------------------------------

    def _carry(self, file):
        """Return the sheets of a file; a figure merged over several cells is marked."""
        sheets = carry_book(self._plan, self._unit, file.file, file.book)
        unreadable = {(c.sheet, c.cell) for c in file.observations if c.state == "unreadable"}
        merged = {(issue.sheet, issue.cell) for issue in file.issues if issue.rule == "merged"}
        for name, sheet in sheets.items():
            for at, cell in sheet.cells.items():
                if (name, cell.address) in merged & unreadable:
                    sheet.cells[at] = cell._replace(display_issue=OWN_ISSUE)
        return sheets

    def _add_older(self, sheet, newer, older):
        """Add the filled rows of an earlier file, and its cells where the later ones are blank.

        A row goes into the one with the same key, else into one of the same item or commune (or
        line) without entries, else below the last.
        """
        if sheet.rows == "lines":
            self._settle_statement(sheet, newer, older)
        newer_keys, newer_rows = self._row_keys(sheet, newer), _rows_with_entries(sheet, newer)
        taken, free = {}, {}
        for row, key in newer_keys.items():
            if row in newer_rows:
                taken[key] = row
            else:
                free.setdefault(key.matched, row)
        last = max(newer_keys, default=self._plan.form.first_row - 1)
        target_rows, older_rows = {}, _rows_with_entries(sheet, older)
        for row, key in self._row_keys(sheet, older).items():
            if row in older_rows:
                target = _find_row(taken, key) or free.pop(key.matched, 0)
                if not target:
                    last = target = last + 1
                target_rows[row] = taken[key] = target
                self._compare_row(sheet, key, newer, older, row, target)
        newer.add_below(older, target_rows)

    def _row_keys(self, sheet, carried):
        """Return the key of each row of data."""
        matcher = row_matcher(self._plan, sheet, self._unit)
        naming = {"communes": "form", "lines": "name"}.get(sheet.rows)
        name_column = sheet.columns.index(sheet.column(naming)) + 1 if naming else 0
        keys, occurrences = {}, Counter()
        for row in sorted({row for row, _ in carried.cells}):
            code, label, name = (carried.at_or_empty(row, at) for at in (1, 2, name_column))
            match = matcher.match(code.text, label.text, code.is_number)
            about = ("" if sheet.rows == "lines" else match.likely, fold(name.text))
            occurrences[about] += 1
            keys[row] = RowKey(*about, occurrences[about])
        return keys

    def _compare_row(self, sheet, key, newer, older, row, target):
        """Keep the later cells of a row that are blank or of an open period for the earlier ones.

        Adds the differences of the others.
        """
        item = {item.code: item for item in sheet.items}.get(key.matched)
        for at, column in enumerate(sheet.columns, 1):
            later, earlier = newer.cells.get((target, at)), older.cells.get((row, at))
            if not later or not earlier or not column.is_expected:
                continue
            if not self._is_filled(later, column) and self._is_filled(earlier, column):
                newer.drop((target, at))
            elif self._is_filled(later, column) and self._is_filled(earlier, column):
                column_of_item = column.of(item)
                was, now = (
                    read_cell(c, column_of_item.kind, self._plan.form, column_of_item.choices)
                    for c in (earlier, later)
                )
                if _content(was, earlier) != _content(now, later):
                    is_zero = column_of_item.kind in ("count", "amount") and now.value == "0"
                    is_open = is_zero and was.value not in ("", "0") and not self._is_asked(earlier)
                    if self._add_difference(sheet, key, column, earlier, later, is_open):
                        newer.cells[target, at] = later._replace(display_issue=OWN_ISSUE)

    def _is_filled(self, cell, column):
        """Return whether a cell has an entry; a 0 of a period that was open then is none."""
        cutoff = self._files[cell.file].cutoff
        if cell.is_blank or cell.text != "0" or not cutoff:
            return not cell.is_blank
        days_left = (self._ends[column.period or "Y"] - pd.Timestamp(cutoff)).days
        return days_left <= self._plan.rules["open_period_days"].value

    def _is_asked(self, cell):
        """Return whether an issue of its own file names the cell: a 0 then answers it."""
        file = self._files[cell.file]
        frame = split_items(pd.DataFrame(file.observations, dtype="string"))
        issues = [*file.issues, *broken_comparisons(frame, self._plan)]
        named = (f"{issue.cell} {issue.value}" for issue in issues)
        return any(re.search(rf"\b{cell.address}\b", text) for text in named)

    def _add_difference(self, sheet, key, column, earlier, later, is_open):
        """Add a difference and its issue; return whether the sender has to confirm it."""
        unit = key.matched if sheet.rows == "communes" else self._unit
        item = sheet.item_name(key.name or key.matched, column)
        identity = (self._unit, unit, sheet.name, later.address, item, column.period or "Y")
        values = (earlier.file, earlier.raw, later.file, later.raw)
        self.differences.append(Difference(*identity, *values))
        at = Cell(later.address, f"{earlier.raw} → {later.raw}")
        facts = {"earlier": earlier.file, "before": earlier.raw, "after": later.raw}
        request = SentReturn(later.file, self._unit)
        rule = "later-zero" if is_open else "changed-value"
        request.add_issue(rule, at, column.header, unit, sheet.name, **facts)
        self.issues += request.issues
        return is_open and not self._confirmations.find(request.issues[0])

    def _settle_statement(self, sheet, newer, older):
        """Drop an earlier statement that there is no model, or the models before a later one."""
        denied = [cell for cell in newer.cells.values() if self._denies(cell)]
        models = _rows_with_entries(sheet, older) if denied else ()
        has_entries = bool(_rows_with_entries(sheet, newer))
        for place, cell in [*older.cells.items()]:
            is_model = place[0] in models
            if (self._denies(cell) and has_entries) or is_model:
                older.drop(place)
            if is_model and place[1] == 2 and not self._denies(cell):
                key, name = RowKey("", cell.text, 1), sheet.column("name")
                self._add_difference(sheet, key, name, cell, denied[0], is_open=False)

    def _denies(self, cell):
        return self._plan.form.grammar.denies(cell.text)


def _content(reading, cell):
    """Return what is compared: state and value; of documents and unreadable cells the text."""
    is_text = reading.value in ("", "given")
    return reading.state, fold(cell.raw if is_text else reading.value)


def _rows_with_entries(sheet, carried):
    """Return the rows that hold anything in columns that reporters fill in."""
    entries = [at for at, column in enumerate(sheet.columns, 1) if column.is_entry]
    return {row for (row, at), cell in carried.cells.items() if at in entries and not cell.is_blank}


def _find_row(taken, key):
    """Return the row with a key; of a commune or item also the only one with or without a name."""
    if key in taken or not key.matched:
        return taken.get(key, 0)
    like = {
        row
        for other, row in taken.items()
        if other.matched == key.matched and other.name in ("", key.name or other.name)
    }
    return like.pop() if len(like) == 1 else 0
