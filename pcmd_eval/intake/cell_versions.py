"""Compare the versions of a cell in the files of one reporter: the latest filled one counts.

A cell is contradictory, and asked about, where the order of differing versions is not known, where
a 0 follows a number above 0, and where a count of the year falls with a later cut-off.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.comparisons import broken_comparisons
from pcmd_eval.evaluation.observations import period_ends, split_items
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.cell_parsers import Reading, read_cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.intake.keyed_sheet import KeyedSheet
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column
from pcmd_eval.util.spelling import fold

_MIN_CHANGED = 3  # cells of a period whose change as a whole is asked about


def is_ordered(earlier: SentReturn, later: SentReturn) -> bool:
    """Return whether it is known that one file was sent after the other.

    An annotated return is later than the files of its day, and than those without a day.
    """
    is_copy_of = later.is_copy and not earlier.is_copy and later.sent >= earlier.sent
    return is_copy_of or "" < earlier.sent < later.sent


class History(NamedTuple):
    """The versions of a cell, the latest first; blank only where it is the only one.

    `at`: its key in the table.
    """

    table: KeyedSheet
    at: tuple[int, str]
    unit: str
    column: Column
    cells: tuple[Cell, ...]


Comparison = tuple[str, Sequence[Cell]]  # a rule, "" for none, and the earlier versions it is about


class Versions:
    """The versions of cells in the files of one reporter.

    `unordered`: the files with a cell of which it is not known whether it is the latest.
    """

    def __init__(self, plan: Plan, files: Sequence[SentReturn]) -> None:
        self._plan, self._unit = plan, files[0].reporter
        self._files = {file.file: file for file in files}
        self._ends = period_ends(plan.year)
        self.unordered: set[str] = set()
        self._questioned = cache(self._find_questioned)

    def are_later(self, earlier: str, later: Iterable[str]) -> bool:
        """Return whether it is known that these files were all sent after another."""
        return all(is_ordered(self._files[earlier], self._files[name]) for name in later)

    def settle(self, table: KeyedSheet, confirmations: Confirmations) -> Iterator[Issue]:
        """Mark the cells of a table that are open or doubted; yield the issues."""
        histories = {one.at: one for one in self._find_histories(table)}
        compared = {at: self._compare(one) for at, one in histories.items() if len(one.cells) > 1}
        for history in filter(self._is_open, histories.values()):
            _doubt(history, "open")
        for period in self._find_changed_periods(histories, compared):
            first = min(period, key=lambda one: (one.at[0], table.place(one.at[1])))
            yield self._make_issue("changed-period", first, compared[first.at][1])
            for history in period:
                del compared[history.at]
        for at, (rule, older) in compared.items():
            if rule:
                issue = self._make_issue(rule, histories[at], older)
                yield issue
                if rule != "changed-value" and not confirmations.find(issue):
                    _doubt(histories[at], "contradictory")

    def _find_histories(self, table: KeyedSheet) -> Iterator[History]:
        """Yield the versions of each cell that the form asks for, not of rows that match nothing.

        Also those of the statement that there is no model: it follows earlier names of models as a
        0 follows numbers.
        """
        items = {item.code: item for item in table.sheet.items}
        columns = {column.key: column for column in table.sheet.expected_columns}
        matches, denials = table.match_rows(), table.find_denials()
        for (row, key), cell in table.known.items():
            code = matches[row].likely
            is_statement = denials.get(row) == key and cell.earlier
            column = columns.get("name" if is_statement else key)
            if column and (code or table.sheet.rows == "lines"):
                unit = code if table.sheet.rows == "communes" else self._unit
                versions = (cell, *cell.earlier)
                yield History(table, (row, key), unit, column.of(items.get(code)), versions)

    def _compare(self, history: History) -> Comparison:
        """Return the rule that differing versions of a cell break, and the earlier ones.

        "" and [] where they break none.
        """
        (latest, *earlier), files = history.cells, self._files
        now, *before = [self._read(history, cell) for cell in history.cells]
        readings = dict(zip(earlier, before, strict=True))
        differing = [c for c, was in readings.items() if _content(was, c) != _content(now, latest)]
        differing_or_doubted = [c for c in earlier if c in differing or c.doubt != latest.doubt]
        unordered = [
            c for c in differing_or_doubted if not is_ordered(files[c.file], files[latest.file])
        ]
        if unordered:
            self.unordered |= {latest.file, *(cell.file for cell in unordered)}
            return "unordered-values", unordered
        is_statement = self._plan.form.grammar.denies(latest.text)
        if history.column.kind == "name" and is_statement and differing:
            return "later-zero", differing[:1]
        if fallen := self._find_fallen(history, now, readings):
            return "later-zero" if now.value == "0" else "falling-count", [fallen]
        older = [cell for cell in differing if not self._is_open_zero(cell, history.column)]
        return ("changed-value", older) if older else ("", [])

    def _read(self, history: History, cell: Cell) -> Reading:
        column = history.column
        return read_cell(cell, column.kind, self._plan.form, column.choices, column.most)

    def _find_fallen(
        self, history: History, now: Reading, readings: Mapping[Cell, Reading]
    ) -> Cell | None:
        """Return the earlier number from which the cell must not have fallen, or None.

        That is the last sent number above a 0, and of a count of the year the largest above it with
        an earlier cut-off. None if the file of the last larger number was asked about that cell:
        this one answers it.
        """
        column, files = history.column, self._files
        if column.kind not in ("count", "amount") or now.state != "reported":
            return None
        numbers = {cell: Decimal(was.value) for cell, was in readings.items() if was.value}
        above = [cell for cell, number in numbers.items() if number > Decimal(now.value)]
        place = history.table.sheet.name, above[0].address if above else ""
        if not above or place in self._questioned(above[0].file):
            return None
        if now.value == "0":
            return above[0]
        cutoff = files[history.cells[0].file].cutoff
        fallen = [cell for cell in above if files[cell.file].cutoff < cutoff]
        is_yearly = column.kind == "count" and column.period == "Y"
        return max(fallen, key=numbers.__getitem__, default=None) if is_yearly else None

    def _find_questioned(self, name: str) -> set[tuple[str, str]]:
        """Return the sheet and address of each cell that an issue of a file names."""
        file = self._files[name]
        frame = split_items(pd.DataFrame(file.own_cells, dtype="string").replace("", pd.NA))
        asked = {(issue.sheet, issue.cell) for issue in file.issues}
        for broken in broken_comparisons(frame, self._plan):
            asked |= {(cell.sheet, cell.cell) for cell in broken.cells}
        return asked

    def _find_changed_periods(
        self,
        histories: Mapping[tuple[int, str], History],
        compared: Mapping[tuple[int, str], Comparison],
    ) -> Iterator[list[History]]:
        """Yield the cells of each period that a file changes as a whole.

        All figures above 0 of a period that was over, at least `_MIN_CHANGED`, are other ones.
        """
        by_period = defaultdict(list)
        for history in histories.values():
            *_, earliest = history.cells
            is_older = earliest.file != history.table.file and not earliest.is_blank
            is_zero = all(cell.text == "0" for cell in history.cells)
            period = history.column.period
            if (
                history.column.is_periodic
                and is_older
                and not is_zero
                and self._is_over(period, earliest.file)
            ):
                by_period[period].append(history)
        for alike in by_period.values():
            rules = {compared[one.at][0] if one.at in compared else "" for one in alike}
            files = {one.cells[0].file for one in alike}
            if rules == {"changed-value"} and len(files) == 1 and len(alike) >= _MIN_CHANGED:
                yield alike

    def _is_over(self, period: str | None, file: str) -> bool:
        """Return whether a period was over at the cut-off of a file that has one."""
        cutoff = self._files[file].cutoff
        days_left = (self._ends[period or "Y"] - pd.Timestamp(cutoff or "NaT")).days
        return bool(cutoff) and days_left <= self._plan.rules["open_period_days"].value

    def _is_open_zero(self, cell: Cell, column: Column) -> bool:
        """Return whether it is a 0 for a period that was not over at the cut-off of its file."""
        is_zero = column.kind in ("count", "amount") and cell.text == "0"
        return is_zero and not self._is_over(column.period, cell.file)

    def _is_open(self, history: History) -> bool:
        """Return whether a 0, or the same 0 in a file of its day, is of an open period."""
        files, latest = self._files, history.cells[0]
        return latest.text == "0" and any(
            self._is_open_zero(version, history.column)
            for version in history.cells
            if not is_ordered(files[version.file], files[latest.file])
        )

    def _make_issue(self, rule: str, history: History, older: Sequence[Cell]) -> Issue:
        """Return the issue of a cell; its value: “older → latest”, of the first of `older`."""
        latest, header = history.cells[0], history.column.header
        at = Cell(latest.address, f"{older[0].raw} → {latest.raw}")
        holder = SentReturn(latest.file, self._unit)
        facts: dict[str, Any] = {
            "older": [(cell.file, cell.raw) for cell in older],
            "after": latest.raw,
        }
        if rule == "changed-period":
            facts = {"header": header, "earlier": older[0].file}
        holder.add_issue(rule, at, header, history.unit, history.table.sheet.name, **facts)
        return holder.issues[0]


def _doubt(history: History, state: Literal["open", "contradictory"]) -> None:
    cells = history.table.cells
    cells[history.at] = cells[history.at]._replace(doubt=state)


def _content(reading: Reading, cell: Cell) -> tuple[str, str]:
    """Return what is compared: state and value; of documents and unreadable cells the text."""
    is_text = reading.value in ("", "given")
    return reading.state, fold(cell.raw if is_text else reading.value)
