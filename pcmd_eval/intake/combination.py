"""Put the files of one reporter together, cell by cell, in the order in which they were sent.

The later filled cell counts. A later 0 over an earlier number above 0 is unreadable until it is
confirmed; every other cell in which two files differ gets a note.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.observations import Observation, period_ends, split_items
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.cross_file_rows import (
    CellKey,
    match_rows,
    name_rows,
    select_commune_cells,
    split_item,
)
from pcmd_eval.intake.file_versions import (
    FILLED,
    Difference,
    Version,
    as_unreadable,
    filled_versions,
    is_above_zero,
)
from pcmd_eval.intake.issues import Issue, SentReturn, row_number
from pcmd_eval.intake.row_readers import STATEMENT
from pcmd_eval.intake.validation_rules import broken_comparisons
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet

# In the value of a broken comparison: D8=2 + D9=1.
_CHANGED_CELL = re.compile(r"[A-Z]{1,3}[0-9]+(?==)")


class Combined(NamedTuple):
    """The return combined from several files; `files`: those of which at least one cell counts."""

    observations: list[Observation]
    issues: list[Issue]
    differences: list[Difference]
    files: list[SentReturn]


def combine(plan: Plan, files: list[SentReturn], confirmations: Confirmations) -> Combined:
    """Combine several files of one reporter, sorted by day of sending."""
    merger = _Merger(plan, files, confirmations)
    cells = {s.objective: merger.versions_of(s) for s in plan.sheets_of(files[0].reporter)}
    every_cell = [versions for of_sheet in cells.values() for versions in of_sheet.values()]
    counted = {
        filled[-1].file.file for versions in every_cell if (filled := filled_versions(versions))
    }
    contributing = [file for file in files if file.file in counted] or files[-1:]
    observations = []
    for objective, of_sheet in cells.items():
        sheet = plan.form.sheet(objective)
        remaining = _drop_empty_versions(of_sheet, contributing)
        if sheet.rows == "communes":
            filled_keys = {key for key, versions in remaining.items() if filled_versions(versions)}
            keys = select_commune_cells([*remaining], filled_keys)
            remaining = {key: remaining[key] for key in keys}
        merged = {key: merger.merge(sheet, key, versions) for key, versions in remaining.items()}
        observations += name_rows(sheet, merged)
    issues = [*merger.issues]
    for file in contributing:
        issues += _remaining_issues(file, observations)
    return Combined(observations, issues, merger.differences, contributing)


def _drop_empty_versions(cells, contributing):
    """Return the versions by cell; of cells that no file fills only those of contributing files."""
    remaining = {}
    for key, versions in cells.items():
        if filled_versions(versions):
            remaining[key] = versions
        elif counting := [version for version in versions if version.file in contributing]:
            remaining[key] = counting
    return remaining


class _Merger:
    """The files of one reporter, and the issues and differences found while they are merged."""

    def __init__(self, plan, files, confirmations):
        self._plan, self._files, self._confirmations = plan, files, confirmations
        self._ends = period_ends(plan.year)
        self.issues: list[Issue] = []
        self.differences: list[Difference] = []

    def versions_of(self, sheet: Sheet) -> dict[CellKey, list[Version]]:
        """Return the versions of each cell of a sheet, in the order of the files."""
        cells = [
            [cell for cell in file.observations if cell.objective == sheet.objective]
            for file in self._files
        ]
        versions = defaultdict(list)
        for file, of_file, keys in zip(self._files, cells, match_rows(sheet, cells), strict=True):
            grouped = defaultdict(list)
            for cell, row in zip(of_file, keys, strict=True):
                _, column = split_item(cell)
                grouped[CellKey(cell.unit_code, row, column or cell.period)].append(cell)
            for key, observations in grouped.items():
                is_filled = any(self._is_filled(file, cell) for cell in observations)
                versions[key].append(Version(file, observations, is_filled))
        return self._settle_statement(dict(versions)) if sheet.rows == "lines" else dict(versions)

    def merge(self, sheet: Sheet, key: CellKey, versions: list[Version]) -> list[Observation]:
        """Return the observations that count for one cell: those of the last file that fills it.

        Adds a `Difference` for each pair of successive files that differ. A last 0 over an earlier
        number above 0 is returned as unreadable until it is confirmed. Where every file has the row
        equally often, its first occurrences are merged with each other, and so on.
        """
        count = len(versions[0].observations)
        if count > 1 and all(len(version.observations) == count for version in versions):
            merged = []
            for number in range(count):
                single = [version.occurrence(number, self._is_filled) for version in versions]
                merged += self.merge(sheet, key, single)
            return merged
        filled = filled_versions(versions)
        if not filled:
            present = [v for v in versions if v.observations[0].state != "absent"]
            return (present or versions)[-1].observations
        last = filled[-1]
        replaced = self._number_before_zero(sheet, key, filled)
        for older, newer in pairwise(filled):
            if older.compared_values != newer.compared_values and not (replaced and newer is last):
                self._add_difference(older, newer, is_open=False)
        if replaced:
            issue = self._add_difference(replaced, last, is_open=True)
            if not self._confirmations.find(issue):
                return [*map(as_unreadable, last.observations)]
        return last.observations

    def _settle_statement(self, versions):
        """Return the cells of the lines of models, or the statement that there is none.

        A statement that is sent later than every model makes the models unreadable until it is
        confirmed. It needs no confirmation where the file of the last model has a statement, too.
        """

        def file_number(version):
            return self._files.index(version.file)

        lines = {key: cell for key, cell in versions.items() if key.row != STATEMENT}
        statement = {key: cell for key, cell in versions.items() if key.row == STATEMENT}
        models = [version for cell in lines.values() for version in filled_versions(cell)]
        denials = [version for cell in statement.values() for version in filled_versions(cell)]
        if not models:
            return statement or lines
        last_model = max(models, key=file_number)
        if not denials or file_number(denials[-1]) < file_number(last_model):
            return lines
        is_contradicted = any(i.rule == "none-and-lines" for i in last_model.file.issues)
        issue = self._add_difference(last_model, denials[-1], is_open=not is_contradicted)
        if is_contradicted or self._confirmations.find(issue):
            return statement
        return {key: [version.unreadable() for version in cell] for key, cell in lines.items()}

    def _number_before_zero(self, sheet, key, filled):
        """Return the last version with a number above 0 that a later 0 would replace, or None.

        A number that an issue asked the sender to mend is replaced without a question.
        """
        if any(map(is_above_zero, filled[-1].observations)):
            return None  # a commune has two rows of one form, and a number in one of them
        cell = filled[-1].observations[0]
        items = {item.code: item for item in sheet.items}
        column = sheet.column_of(cell.item, cell.period).of(items.get(key.row))
        if column.kind not in ("count", "amount") or cell.value != "0":
            return None
        above_zero = [v for v in filled[:-1] if any(map(is_above_zero, v.observations))]
        return above_zero[-1] if above_zero and not self._is_asked_about(above_zero[-1]) else None

    def _is_asked_about(self, version):
        """Return whether an issue of its own file names the cell: a 0 then answers it."""
        file, cell = version.file, version.observations[0]
        frame = split_items(pd.DataFrame(file.observations, dtype="string"))
        for issue in (*file.issues, *broken_comparisons(frame, self._plan)):
            named = {issue.cell, *_CHANGED_CELL.findall(issue.value)}
            if issue.sheet == cell.sheet and cell.cell in named:
                return True
        return False

    def _is_filled(self, file, cell):
        """Return whether the file has an entry in the cell.

        A 0 is no entry if the period was still open at the file's cut-off: its end is more than
        `open_period_days` later. A blank cell of an ambiguous row is unreadable, but no entry.
        """
        if cell.state not in FILLED or not cell.raw:
            return False
        if cell.value != "0" or not file.cutoff:
            return True
        days_left = (self._ends[cell.period] - pd.Timestamp(file.cutoff)).days
        return days_left <= self._plan.rules["open_period_days"].value

    def _add_difference(self, older, newer, is_open):
        """Add a difference and return its issue.

        `is_open`: the sender has to confirm the later value; otherwise the issue is a note.
        """
        cell = newer.observations[0]
        values = (older.file.file, older.quoted, newer.file.file, newer.quoted)
        identity = (cell.reporter, cell.unit_code, cell.sheet, cell.cell, cell.item, cell.period)
        self.differences.append(Difference(*identity, *values))
        header = self._plan.form.sheet(cell.objective).column_of(cell.item, cell.period).header
        at = Cell(cell.cell, f"{older.quoted} → {newer.quoted}")
        facts = {"earlier": older.file.file, "before": older.quoted, "after": newer.quoted}
        rule = "later-zero" if is_open else "changed-value"
        request = SentReturn(newer.file.file, cell.reporter)
        request.add_issue(rule, at, header, cell.unit_code, cell.sheet, **facts)
        self.issues += request.issues
        return request.issues[0]


# -- issues that remain ----------------------------------------------------------------------------


def _remaining_issues(file: SentReturn, observations: Iterable[Observation]) -> Iterator[Issue]:
    """Yield the issues of a file that concern what counts.

    Dropped are issues of cells that a later file has replaced, and of a sheet that another file
    has. An issue of a cell that is no observation goes with its row, and one without such a row
    with its sheet.
    """
    observations = [*observations]
    file_cells = {(cell.sheet, cell.cell) for cell in file.observations}
    file_rows = {(sheet, row_number(cell)) for sheet, cell in file_cells if cell}
    counted_cells = {(cell.sheet, cell.cell) for cell in observations if cell.file == file.file}
    counted_rows = {(sheet, row_number(cell)) for sheet, cell in counted_cells if cell}
    counted_sheets = {sheet for sheet, _ in counted_cells}
    combined_sheets = {cell.sheet for cell in observations}
    absent_sheets = {cell.sheet for cell in file.observations if not cell.cell}
    for issue in file.issues:
        position, row = (issue.sheet, issue.cell), (issue.sheet, row_number(issue.cell))
        if issue.rule == "sheet":
            remains = all(c.state == "absent" for c in observations if c.sheet == issue.sheet)
        elif issue.sheet not in combined_sheets and issue.sheet not in absent_sheets:
            remains = True  # of the first sheet, or of one that the form does not have
        elif issue.cell and position in file_cells:
            remains = position in counted_cells
        elif issue.cell and row in file_rows:
            remains = row in counted_rows
        else:
            remains = issue.sheet in counted_sheets
        if remains:
            yield issue
