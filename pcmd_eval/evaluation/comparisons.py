"""Compare the cells of one return with each other, as the form's comparisons say."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.plan.disclosure import STRICTNESS
from pcmd_eval.plan.form import Check
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.cell_ranges import parse_address
from pcmd_eval.util.spelling import fold

_ANSWERS_AS_NUMBERS = {"yes": 1, "given": 1, "no": 0, "none": 0}
# Whether a comparison of two sums fails, by operator.
_FAILS = {
    "=": lambda left, right: left != right,
    "<=": lambda left, right: left > right,
    "needs": lambda left, right: left > 0 and right == 0,
}


class Operand(NamedTuple):
    """A cell to compare.

    `cell`: a row of `cells.itertuples()`; `number`: its value, yes and given as 1, no and none as
    0; `strictness`: rank of its disclosure class, see `disclosure.STRICTNESS`.
    """

    cell: Any
    number: Decimal
    strictness: int


OperandRow = list[Operand]  # those that a comparison names, in its order
OperandGroup = dict[str, Operand]  # by the name that a comparison may give


class FailedComparison(NamedTuple):
    """A comparison that fails; its cells are rows of `cells.itertuples()`.

    `at`: the cell that the issue names; `value`: the compared cells as written, "C6=3 + D6=1 so với
    E6=5"; `cells`: all that it compares; `doubted`: those that become contradictory until the
    sender answers.
    """

    check: Check
    at: Any
    value: str
    cells: list[Any]
    doubted: list[Any]


def find_failed_comparisons(cells: pd.DataFrame, plan: Plan) -> Iterator[FailedComparison]:
    """Yield each comparison of the form that fails.

    A comparison with a cell that has no number is skipped. An open cell is compared by its present
    number. An open 0 may still grow: it is ignored by “grow”, and an “=” is skipped if it could
    still make the sums equal.

    `cells`: the columns of observations, `row` and `column` (see `observations.split_items`).
    """
    row_ids = _identify_rows(cells)
    for sheet in plan.form.sheets:
        checks = plan.form.checks_of(sheet.objective)
        if not checks:
            continue
        is_compared = (cells.objective == sheet.objective) & cells.state.isin(["reported", "open"])
        compared = cells[is_compared]
        compared = compared.assign(strictness=plan.classify(compared).map(STRICTNESS))
        by_reporter: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        for cell, row_id in zip(compared.itertuples(), row_ids[compared.index], strict=True):
            by_reporter[cell.reporter].append((cell, row_id))
        for pairs in by_reporter.values():
            groups = _group_operands(pairs, sheet)
            for check in checks:
                yield from _evaluate(check, groups)


def _identify_rows(cells: pd.DataFrame) -> pd.Series:
    """Return for each cell an id of its row, which tells rows with the same code apart (Int64).

    The id is the row of the address. Where a reporter's cells on the sheet come from several files,
    or have no address, a count from 0 of the cells with equal unit, row, period and column.
    """
    keys = ["reporter", "objective", "unit_code", "row", "period", "column"]
    occurrences = cells.groupby(keys, dropna=False).cumcount()
    sheet_keys = [cells.reporter, cells.objective]
    lacks_address = cells["cell"].isna() & (cells.state != "absent")
    has_addresses = ~lacks_address.groupby(sheet_keys).transform("any")
    is_one_file = cells.file.groupby(sheet_keys).transform("nunique") == 1
    addresses = cells["cell"].where(has_addresses & is_one_file & (cells.state != "absent"))
    return addresses.map(lambda address: parse_address(address)[0], na_action="ignore").fillna(
        occurrences
    )


def _group_operands(pairs: Iterable[tuple[Any, int]], sheet: Sheet) -> list[OperandGroup]:
    """Return the groups of operands that a comparison can name.

    A group is a row of the sheet (operands by key of the column) or a quarter or month (operands by
    code of the row). `pairs`: cells with the ids of their rows.
    """
    groups: dict[Hashable, OperandGroup] = defaultdict(dict)
    for cell, row_id in pairs:
        number = _ANSWERS_AS_NUMBERS.get(cell.value, cell.value)
        if str(number).replace(".", "", 1).isdecimal():  # not <NA>: undisclosed in public
            operand = Operand(cell, Decimal(number), cell.strictness)
            column = sheet.column_of(cell.item, cell.period).key
            groups[cell.unit_code, cell.row, row_id][column] = operand
            if cell.period != "Y":
                groups[cell.period][cell.row] = operand
    return [*groups.values()]


def _evaluate(check: Check, groups: Iterable[OperandGroup]) -> Iterator[FailedComparison]:
    """Yield one comparison as often as it fails: once for each failing group, for “grow” once for
    all rows.

    A group that lacks one of its operands is skipped; `check.only` limits it to some rows.
    """
    operand_keys = [*check.left, *check.right]
    allowed_rows = {*map(fold, check.only)}
    compared = [
        [group[name] for name in operand_keys]
        for group in groups
        if group.keys() >= {*operand_keys}
    ]
    if allowed_rows:
        compared = [operands for operands in compared if fold(operands[0].cell.row) in allowed_rows]
    find_failed = _find_cumulative if check.operator == "grow" else _find_failing
    for rows, value in find_failed(check, compared):
        flagged = rows[0][operand_keys.index(check.at)]
        doubted = [operand.cell for operand in _select_doubted(check, rows, flagged)]
        cells = [operand.cell for row in rows for operand in row]
        yield FailedComparison(check, flagged.cell, value, cells, doubted)


def _select_doubted(check: Check, rows: list[OperandRow], at: Operand) -> OperandRow:
    """Return the operands whose cells become contradictory; [] for a note.

    `check.doubts`: all of them, only `at` (where the issue stands), or those behind a number above
    0 (after_some). `rows`: the operands of a failed comparison, by row. Returns only those of the
    strictest class in `rows`: the state of a public cell must not reveal a confidential number.
    """
    if check.severity == "note":
        return []
    doubted = [operand for row in rows for operand in row]
    if check.doubts == "at":
        doubted = [at]
    if check.doubts == "after_some":
        doubted = [after for row in rows for before, after in pairwise(row) if before.number]
    highest = max(operand.strictness for row in rows for operand in row)
    return [operand for operand in doubted if operand.strictness == highest]


def _find_failing(check: Check, rows: list[OperandRow]) -> Iterator[tuple[list[OperandRow], str]]:
    """Yield ([row], text) for each row that fails; text: "C6=3 + D6=1 so với E6=5".

    A list of one row, since `_find_cumulative` yields several.
    """
    for row in rows:
        left, right = row[: len(check.left)], row[len(check.left) :]
        if check.above_zero and _sum(right) == 0:
            continue
        if check.operator == "=" and (_may_grow_to(left, right) or _may_grow_to(right, left)):
            continue
        if _FAILS[check.operator](_sum(left), _sum(right)):
            yield [row], f"{_quote(left)} so với {_quote(right)}"


def _find_cumulative(
    check: Check, rows: list[OperandRow]
) -> Iterator[tuple[list[OperandRow], str]]:
    """Yield one (rows, text) if the rows look cumulative.

    `rows`: the quarters of each row of the sheet. At least `check.least` must rise from a number
    above 0, and none may fall. Ignored: open zeros, rows of zeros, and rows of the disclosure class
    coarse or a stricter one.
    """
    rows = [
        [operand for operand in row if not _is_open_zero(operand)]
        for row in rows
        if _sum(row) > 0 and row[0].strictness < STRICTNESS["coarse"]
    ]
    rises = sum(
        any(after.number > before.number > 0 for before, after in pairwise(row)) for row in rows
    )
    falls = any(after.number < before.number for row in rows for before, after in pairwise(row))
    if rises >= check.least and not falls:
        yield rows, f"{len(rows)} dòng, không kỳ nào giảm"


def _may_grow_to(side: OperandRow, other: OperandRow) -> bool:
    """Return whether `side` has an open 0 and its sum may still grow to that of `other`."""
    return any(map(_is_open_zero, side)) and _sum(side) <= _sum(other)


def _is_open_zero(operand: Operand) -> bool:
    """Return whether the operand is a 0 that may still grow (state open)."""
    return operand.cell.state == "open" and not operand.number


def _sum(operands: Iterable[Operand]) -> Decimal:
    """Return the sum of the numbers, 0 for no operand."""
    return sum((operand.number for operand in operands), Decimal(0))


def _quote(operands: Iterable[Operand]) -> str:
    """Return the cells as a sum of addresses and values: C6=3 + D6=1."""
    return " + ".join(f"{operand.cell.cell}={operand.cell.raw}" for operand in operands)
