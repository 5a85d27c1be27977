"""Compare the versions of a cell in the files of one reporter: the latest filled one counts.

A cell is contradictory, and asked about, where the order of differing versions is not known, where
a 0 follows a number above 0, and where a count of the year falls with a later cut-off.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.comparisons import broken_comparisons
from pcmd_eval.evaluation.observations import period_ends, split_items
from pcmd_eval.intake.carry_over import CarriedSheet
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.cell_parsers import Reading, read_cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.spelling import fold

_MIN_CHANGED = 3  # cells of a period whose change as a whole is asked about


def is_ordered(earlier: SentReturn, later: SentReturn) -> bool:
    """Return whether it is known that one file was sent after the other.

    An annotated return is later than the files of its day, and than those without a day.
    """
    is_copy_of = later.is_copy and not earlier.is_copy and later.sent >= earlier.sent
    return is_copy_of or "" < earlier.sent < later.sent


class VersionReader:
    """Read a cell as each file of one reporter does; `unordered`: see `Overlay`."""

    def __init__(self, plan: Plan, files: Sequence[SentReturn]) -> None:
        self.plan, self.unit = plan, files[0].reporter
        self.files = {file.file: file for file in files}
        self._ends = period_ends(plan.year)
        self.unordered: set[str] = set()
        self._states = {
            (file.file, one.sheet, one.cell): one.state for file in files for one in file.own_cells
        }
        self._asked = cache(self._find_asked)

    def read(self, cell: Cell, column: Column, sheet: str) -> Reading:
        """Return what the cell says, in the reading of its own file."""
        if self._states.get((cell.file, sheet, cell.address)) == "unreadable":
            return Reading("unreadable")
        return read_cell(cell, column.kind, self.plan.form, column.choices)

    def is_data(self, cell: Cell, sheet: str) -> bool:
        """Return whether its own file was asked for the cell: none of a total or signature is."""
        return (cell.file, sheet, cell.address) in self._states

    def is_open(self, period: str | None, file: str) -> bool:
        """Return whether a period was not over at the cut-off of a file, or it has none."""
        cutoff = self.files[file].cutoff
        days_left = (self._ends[period or "Y"] - pd.Timestamp(cutoff or "NaT")).days
        return not cutoff or days_left > self.plan.rules["open_period_days"].value

    def is_open_zero(self, cell: Cell, column: Column) -> bool:
        """Return whether it is a 0 for a period that was not over at the cut-off of its file."""
        is_zero = column.kind in ("count", "amount") and cell.text == "0"
        return is_zero and self.is_open(column.period, cell.file)

    def is_asked(self, cell: Cell) -> bool:
        """Return whether an issue of its own file names the cell: a later version answers it."""
        return cell.address in self._asked(cell.file)

    def _find_asked(self, name: str) -> set[str]:
        file = self.files[name]
        frame = split_items(pd.DataFrame(file.own_cells, dtype="string").replace("", pd.NA))
        named = [f"{issue.cell} {issue.value}" for issue in file.issues]
        named += [f"{one.at.cell} {one.value}" for one in broken_comparisons(frame, self.plan)]
        return {*re.findall(r"\b[A-Z]{1,3}[0-9]+\b", " ".join(named))}


class History(NamedTuple):
    """The filled versions of a cell, the latest first."""

    unit: str
    column: Column
    cells: list[Cell]


class Versions:
    """The versions of the cells of one sheet, by their position in our form."""

    def __init__(self, reader: VersionReader, sheet: Sheet) -> None:
        self._reader, self.sheet = reader, sheet
        self._items = {item.code: item for item in sheet.items}
        self._histories: dict[Position, History] = {}

    def add(
        self, matched: str, newer: CarriedSheet, older: CarriedSheet, row: int, target: int
    ) -> None:
        """Add the cells of a row of an earlier file; drop the blank later ones before them."""
        unit = matched if self.sheet.rows == "communes" else self._reader.unit
        for at, column in enumerate(self.sheet.columns, 1):
            earlier, later = older.cells.get((row, at)), newer.cells.get((target, at))
            if earlier is None or earlier.is_blank:
                continue
            if later and later.is_blank:
                newer.drop((target, at))
            if not column.is_expected:
                continue
            filled = [later] if later and not later.is_blank else []
            history = History(unit, column.of(self._items.get(matched)), filled)
            self._histories.setdefault((target, at), history).cells.append(earlier)

    def are_later(self, earlier: str, later: Iterable[str]) -> bool:
        """Return whether it is known that these files were all sent after another."""
        files = self._reader.files
        return all(is_ordered(files[earlier], files[name]) for name in later)

    def find_lines(self, sheet: CarriedSheet) -> set[int]:
        """Return the rows with a model or a statement, not those of a total or signature."""
        is_data = partial(self._reader.is_data, sheet=self.sheet.name)
        return {
            row for (row, _), cell in sheet.cells.items() if not cell.is_blank and is_data(cell)
        }

    def add_model(self, model: Cell, position: Position, statement: Cell) -> None:
        """Add a model before a later statement that there is none, which is asked like a 0."""
        history = History(self._reader.unit, self.sheet.column("name"), [statement])
        self._histories.setdefault(position, history).cells.append(model)

    def settle(self, sheet: CarriedSheet, confirmations: Confirmations) -> Iterator[Issue]:
        """Mark the cells of the combined sheet that are open or doubted; yield the issues."""
        for (row, at), cell in [*sheet.cells.items()]:
            column = self.sheet.columns[at - 1] if at <= len(self.sheet.columns) else None
            if column and column.is_expected and self._is_open_zero((row, at), cell, column):
                sheet.cells[row, at] = cell._replace(doubt="open")
        several = {at: one for at, one in self._histories.items() if len(one.cells) > 1}
        compared = {at: self._compare(history) for at, history in several.items()}
        changed = self._find_changed_periods(compared)
        for position, (rule, older) in sorted(compared.items()):
            history = self._histories[position]
            if not rule or position in changed:
                continue
            issue = self._make_issue(rule, history, older)
            yield issue
            if rule != "changed-value" and not confirmations.find(issue):
                sheet.cells[position] = sheet.cells[position]._replace(doubt="contradictory")
        for position in {*changed.values()}:
            history = self._histories[position]
            yield self._make_issue("changed-period", history, compared[position][1])

    def _is_open_zero(self, position: Position, cell: Cell, column: Column) -> bool:
        """Return whether the cell, or the same 0 in a file of its day, is of an open period."""
        history, files = self._histories.get(position), self._reader.files
        versions = [cell] + [
            version
            for version in (history.cells if history and cell.text == "0" else ())
            if not is_ordered(files[version.file], files[cell.file])
        ]
        return any(self._reader.is_open_zero(version, column) for version in versions)

    def _compare(self, history: History) -> tuple[str, list[Cell]]:
        """Return (rule, earlier versions) of a cell whose versions differ, ("", []) of others."""
        (latest, *earlier), files = history.cells, self._reader.files
        now = self._read(history, latest)
        readings = {cell: self._read(history, cell) for cell in earlier}
        differing = [c for c, was in readings.items() if _content(was, c) != _content(now, latest)]
        believed_otherwise = [c for c in earlier if c in differing or c.doubt != latest.doubt]
        unordered = [
            c for c in believed_otherwise if not is_ordered(files[c.file], files[latest.file])
        ]
        if unordered:
            self._reader.unordered |= {latest.file, *(cell.file for cell in unordered)}
            return "unordered-values", unordered
        is_statement = self._reader.plan.form.grammar.denies(latest.text)
        if history.column.kind == "name" and is_statement and differing:
            return "later-zero", differing[:1]
        if fallen := self._find_fallen(history, now, readings):
            return "later-zero" if now.value == "0" else "falling-count", [fallen]
        older = [c for c in differing if not self._reader.is_open_zero(c, history.column)]
        return ("changed-value", older) if older else ("", [])

    def _read(self, history: History, cell: Cell) -> Reading:
        return self._reader.read(cell, history.column, self.sheet.name)

    def _find_fallen(
        self, history: History, now: Reading, readings: Mapping[Cell, Reading]
    ) -> Cell | None:
        """Return the earlier number from which the cell must not have fallen, or None.

        That is the last one above a 0, and of a count of the year the largest with an earlier
        cut-off, unless an issue of its file asked for another number.
        """
        if history.column.kind not in ("count", "amount") or now.state != "reported":
            return None
        numbers = {cell: Decimal(was.value) for cell, was in readings.items() if was.value}
        above = [cell for cell, number in numbers.items() if number > Decimal(now.value)]
        if not above or self._reader.is_asked(above[0]):
            return None
        if now.value == "0":
            return above[0]
        files, column = self._reader.files, history.column
        cutoff = files[history.cells[0].file].cutoff
        fallen = [cell for cell in above if files[cell.file].cutoff < cutoff]
        is_yearly = column.kind == "count" and column.period == "Y"
        return max(fallen, key=numbers.__getitem__, default=None) if is_yearly else None

    def _find_changed_periods(
        self, compared: Mapping[Position, tuple[str, list[Cell]]]
    ) -> dict[Position, Position]:
        """Return the first position of each period that a file changes as a whole, by position.

        All figures above 0 of a period that was over, at least `_MIN_CHANGED`, are other ones.
        """
        by_period = defaultdict(list)
        for position, history in self._histories.items():
            period = history.column.period
            is_zero = all(cell.text == "0" for cell in history.cells)
            is_over = not self._reader.is_open(period, history.cells[-1].file)
            if history.column.is_periodic and is_over and not is_zero:
                by_period[period].append(position)
        first: dict[Position, Position] = {}
        for positions in by_period.values():
            rules = {compared.get(position, ("",))[0] for position in positions}
            one_file = len({self._histories[at].cells[0].file for at in positions}) == 1
            if rules == {"changed-value"} and one_file and len(positions) >= _MIN_CHANGED:
                first |= dict.fromkeys(positions, min(positions))
        return first

    def _make_issue(self, rule: str, history: History, older: Sequence[Cell]) -> Issue:
        """Return the issue of a cell; its value is the last differing version and the latest."""
        latest = history.cells[0]
        at = Cell(latest.address, f"{older[0].raw} → {latest.raw}")
        request = SentReturn(latest.file, self._reader.unit)
        facts: dict[str, Any] = {
            "older": [(cell.file, cell.raw) for cell in older],
            "after": latest.raw,
        }
        if rule == "changed-period":
            facts = {"header": history.column.header, "earlier": older[0].file}
        request.add_issue(rule, at, history.column.header, history.unit, self.sheet.name, **facts)
        return request.issues[0]


def _content(reading: Reading, cell: Cell) -> tuple[str, str]:
    """Return what is compared: state and value; of documents and unreadable cells the text."""
    is_text = reading.value in ("", "given")
    return reading.state, fold(cell.raw if is_text else reading.value)
