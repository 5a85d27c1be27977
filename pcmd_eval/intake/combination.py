"""Put the files of one reporter together, cell by cell, in the order in which they were sent.

The later filled cell counts. A later 0 over an earlier number above 0 is unreadable until it is
confirmed; every other cell that two files tell differently gets a note.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.observations import Observation, period_ends, split_items
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.cross_file_rows import CellKey, match_rows, name_rows, split_item
from pcmd_eval.intake.issues import Issue, SentReturn, row_number
from pcmd_eval.intake.row_readers import STATEMENT
from pcmd_eval.intake.validation_rules import broken_comparisons
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold

FILLED = ("reported", "unreadable")
_CHANGED_CELL = re.compile(
    r"[A-Z]{1,3}[0-9]+(?==)"
)  # in the value of a broken comparison: D8=2 + D9=1


class Difference(NamedTuple):
    """A cell that two files of a reporter tell differently, with the values as seen."""

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


class Version(NamedTuple):
    """The observation of a cell in one file; several where its row stands twice."""

    file: SentReturn
    observations: list[Observation]
    is_filled: bool

    @property
    def quoted(self) -> str:
        """Return the value as seen, of the first observation."""
        return self.observations[0].raw

    def alone(self, turn: int, is_filled: Callable[[SentReturn, Observation], bool]) -> "Version":
        """Return the version with only the observation of one of its several rows."""
        cell = self.observations[turn]
        return Version(self.file, [cell], is_filled(self.file, cell))

    @property
    def readings(self) -> list[tuple[str, str]]:
        """Return what is compared with other files."""
        return [_comparable(cell) for cell in self.observations]


class Combined(NamedTuple):
    """The return combined from several files: cells, issues, and files of which a cell counts."""

    observations: list[Observation]
    issues: list[Issue]
    differences: list[Difference]
    files: list[SentReturn]


def readings(file: SentReturn) -> tuple[object, ...]:
    """Return what a file says, apart from its bytes, its day and the places of its cells."""
    filled = [cell for cell in file.observations if cell.state in FILLED]
    counts = Counter(
        (c.objective, c.unit_code, fold(c.item), c.period, *_comparable(c)) for c in filled
    )
    return file.cutoff, frozenset(counts.items())


def has_entries(file: SentReturn) -> bool:
    """Return whether a file fills any cell that the form asks for, readable or not."""
    return any(cell.state in FILLED and cell.raw for cell in file.observations)


def combine(plan: Plan, files: list[SentReturn], confirmations: Confirmations) -> Combined:
    """Put files together that were sent on different days, given in that order."""
    merger = _Merger(plan, files, confirmations)
    sheets = {
        sheet.objective: merger.versions_of(sheet) for sheet in plan.sheets_of(files[0].reporter)
    }
    versions = [of_cell for of_sheet in sheets.values() for of_cell in of_sheet.values()]
    counted = {filled[-1].file.file for of_cell in versions if (filled := _filled(of_cell))}
    contributing = [file for file in files if file.file in counted] or files[-1:]
    observations = []
    for objective, of_sheet in sheets.items():
        sheet = plan.form.sheet(objective)
        remaining = dict(_of_files(of_sheet, contributing))
        if sheet.rows == "communes":
            remaining = dict(_without_empty_rows(remaining))
        merged = {key: merger.merge(sheet, key, of_cell) for key, of_cell in remaining.items()}
        observations += name_rows(sheet, merged)
    issues = [*merger.issues]
    for file in contributing:
        issues += _remaining_issues(file, observations)
    return Combined(observations, issues, merger.differences, contributing)


def _of_files(versions, contributing):
    """Yield the versions of each cell, of one that no file fills only those of files that count."""
    for key, of_cell in versions.items():
        remaining = (
            of_cell if _filled(of_cell) else [one for one in of_cell if one.file in contributing]
        )
        if remaining:
            yield key, remaining


class _Merger:
    """The files of one reporter, and the issues and differences found while they are merged."""

    def __init__(self, plan, files, confirmations):
        self._plan, self._files, self._confirmations = plan, files, confirmations
        self._ends = period_ends(plan.year)
        self.issues: list[Issue] = []
        self.differences: list[Difference] = []

    def versions_of(self, sheet: Sheet) -> dict[CellKey, list[Version]]:
        """Return what each file says of each cell of a sheet, in the order of the files."""
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
            for key, together in grouped.items():
                is_filled = any(self._is_filled(file, cell) for cell in together)
                versions[key].append(Version(file, together, is_filled))
        return self._settle_statement(dict(versions)) if sheet.rows == "lines" else dict(versions)

    def merge(self, sheet: Sheet, key: CellKey, versions: list[Version]) -> list[Observation]:
        """Return the observations that count for one cell: those of the last file that fills it.

        Adds a `Difference` for each pair of files that tell the cell differently. A last 0 over an
        earlier number above 0 is returned as unreadable until it is confirmed. Where every file has
        the row equally often, its first occurrences are merged with each other, and so on.
        """
        occurrences = len(versions[0].observations)
        if occurrences > 1 and all(len(one.observations) == occurrences for one in versions):
            merged = []
            for turn in range(occurrences):
                alone = [version.alone(turn, self._is_filled) for version in versions]
                merged += self.merge(sheet, key, alone)
            return merged
        filled = _filled(versions)
        if not filled:
            present = [one for one in versions if one.observations[0].state != "absent"]
            return (present or versions)[-1].observations
        last = filled[-1]
        number = self._number_before_zero(sheet, key, filled)
        for older, newer in pairwise(filled):
            if older.readings != newer.readings and not (number and newer is last):
                self._add_difference(older, newer, is_open=False)
        if number:
            issue = self._add_difference(number, last, is_open=True)
            if not self._confirmations.find(issue):
                return [*map(_as_unreadable, last.observations)]
        return last.observations

    def _settle_statement(self, versions):
        """Return the cells of a sheet of models, or the statement that there is none.

        A later statement over earlier models makes them unreadable until it is confirmed; it needs
        no confirmation where the earlier file itself contradicted its models.
        """
        lines = {key: of_cell for key, of_cell in versions.items() if key.row != STATEMENT}
        statement = {key: of_cell for key, of_cell in versions.items() if key.row == STATEMENT}
        models = [version for of_cell in lines.values() for version in of_cell if version.is_filled]
        denials = [one for of_cell in statement.values() for one in of_cell if one.is_filled]
        if not models:
            return statement or lines
        model = max(models, key=lambda version: self._files.index(version.file))
        if not denials or self._files.index(denials[-1].file) < self._files.index(model.file):
            return lines
        contradicted = any(issue.rule == "none-and-lines" for issue in model.file.issues)
        issue = self._add_difference(model, denials[-1], is_open=not contradicted)
        if contradicted or self._confirmations.find(issue):
            return statement
        return {
            key: [
                one._replace(observations=[*map(_as_unreadable, one.observations)])
                for one in of_cell
            ]
            for key, of_cell in lines.items()
        }

    def _number_before_zero(self, sheet, key, filled):
        """Return the last version with a number above 0 that a later 0 would replace, or None.

        A number that an issue asked the sender to mend is replaced without a question.
        """
        if any(map(_is_above_zero, filled[-1].observations)):
            return None  # a commune has two rows of one form, and a number in one of them
        cell = filled[-1].observations[0]
        items = {item.code: item for item in sheet.items}
        column = sheet.column_of(cell.item, cell.period).of(items.get(key.row))
        if column.kind not in ("count", "amount") or cell.value != "0":
            return None
        above = [one for one in filled[:-1] if any(map(_is_above_zero, one.observations))]
        return above[-1] if above and not self._is_asked_about(above[-1]) else None

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
        open_days = self._plan.rules["open_period_days"].value
        is_zero = cell.value == "0" and file.cutoff
        return not (
            is_zero and (self._ends[cell.period] - pd.Timestamp(file.cutoff)).days > open_days
        )

    def _add_difference(self, older, newer, is_open):
        """Add the difference, and its issue, which is open where nobody knows which counts."""
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


def _without_empty_rows(
    versions: Mapping[CellKey, list[Version]],
) -> Iterator[tuple[CellKey, list[Version]]]:
    """Yield the cells of communes as one file is read.

    A row that no file fills is left out beside one that is filled; a row without quarters, beside
    one with quarters, is asked only for what it holds.
    """
    filled = {
        key for key, of_cell in versions.items() if any(version.is_filled for version in of_cell)
    }
    rows = {(key.unit_code, key.row) for key in filled}
    units = {unit for unit, _ in rows}
    with_quarters = {(k.unit_code, k.row) for k in filled if k.column.startswith(("Q", "M"))}
    quartered_units = {unit for unit, _ in with_quarters}
    last_rows = {key.unit_code: key.row for key in versions}
    for key, of_cell in versions.items():
        row = (key.unit_code, key.row)
        if key.unit_code not in units:
            keep = key.row == last_rows[key.unit_code]
        elif key.unit_code in quartered_units and row not in with_quarters:
            keep = key in filled
        else:
            keep = row in rows
        if keep:
            yield key, of_cell


# -- issues that remain ----------------------------------------------------------------------------


def _remaining_issues(file: SentReturn, observations: Iterable[Observation]) -> Iterator[Issue]:
    """Yield the issues of a file that concern what counts.

    Left out are those of cells that a later file has replaced, and of sheets that another file has.
    """
    observations = [*observations]
    positions = {(cell.sheet, cell.cell) for cell in file.observations}
    own_rows = {(sheet, row_number(cell)) for sheet, cell in positions if cell}
    counted = {(cell.sheet, cell.cell) for cell in observations if cell.file == file.file}
    rows = {(sheet, row_number(cell)) for sheet, cell in counted if cell}
    sheets = {sheet for sheet, _ in counted}
    known = {cell.sheet for cell in observations}
    absent = {cell.sheet for cell in file.observations if not cell.cell}
    for issue in file.issues:
        position, row = (issue.sheet, issue.cell), (issue.sheet, row_number(issue.cell))
        if issue.rule == "sheet":
            remains = all(c.state == "absent" for c in observations if c.sheet == issue.sheet)
        elif issue.sheet not in known and issue.sheet not in absent:
            remains = True  # of the first sheet, or of one that the form does not have
        elif not issue.cell or (position not in positions and row not in own_rows):
            remains = issue.sheet in sheets
        else:
            remains = position in counted if position in positions else row in rows
        if remains:
            yield issue


def _filled(versions):
    return [version for version in versions if version.is_filled]


def _as_unreadable(cell):
    return cell._replace(state="unreadable", value="")


def _is_above_zero(cell):
    return cell.state == "reported" and cell.value not in ("", "0")


def _comparable(cell):
    """Return state and value; the text where it matters: of documents, and what is unreadable."""
    is_text = cell.state == "unreadable" or cell.value == "given"
    return cell.state, fold(cell.raw if is_text else cell.value)
