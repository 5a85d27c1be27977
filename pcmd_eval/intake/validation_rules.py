"""Compare the cells of one return with each other: the form's comparisons, and document years."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.intake.issues import ISSUE_RULES, Issue, issue_message, row_number
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

_ANSWERS_AS_NUMBERS = {"yes": "1", "given": "1", "no": "0", "none": "0"}
_UNSIGNED_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_FAILS = {
    "=": lambda left, right: left != right,
    "<=": lambda left, right: left > right,
    "needs": lambda left, right: left > 0 and right == 0,
}


class Operand(NamedTuple):
    """A cell to compare, its value as a number, and its issue, to which the rule is added."""

    cell: Any
    number: Decimal
    issue: Issue


def broken_comparisons(cells: pd.DataFrame, plan: Plan) -> Iterator[Issue]:
    """Yield an issue for each comparison that fails; no value changes.

    `cells`: the columns of observations, `row` and `column` (see `observations.split_items`).
    """
    sheets = defaultdict(list)
    for cell in cells[cells.state == "reported"].itertuples():
        sheets[cell.objective, cell.reporter].append(cell)
    for (objective, _), of_sheet in sheets.items():
        groups = _group_operands(of_sheet, plan.form.sheet(objective))
        for check in plan.form.checks_of(objective):
            yield from _evaluate_comparison(check, groups)
        yield from _document_year_issues(groups, plan)


def _group_operands(cells, sheet):
    """Return the groups of operands that a comparison can name.

    A group is a row, with its operands by key of the column, or a quarter or month, with its
    operands by row. A row has one number in a column: cells of a repeated code are unreadable.
    """
    periodic = {column.period: column.key for column in sheet.columns if column.is_periodic}
    row_keys = _row_keys(cells)
    groups = defaultdict(dict)
    for cell, row_key in zip(cells, row_keys, strict=True):
        number = _ANSWERS_AS_NUMBERS.get(cell.value, cell.value)
        if _UNSIGNED_NUMBER.fullmatch(number):
            key = cell.column or periodic[cell.period]
            address = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code)
            issue = Issue("mend", *address, sheet.column(key).header)
            operand = Operand(cell, Decimal(number), issue)
            groups[row_key][key] = operand
            if not cell.column:
                groups[cell.period][cell.row] = operand
    return [*groups.values()]


def _row_keys(cells):
    """Return the key of each cell's row: its number on the sheet.

    Where the cells come from several files: unit, row and the number of its occurrence.
    """
    if len({cell.file for cell in cells}) == 1:
        return [row_number(cell.cell) for cell in cells]
    occurrences, keys = Counter(), []
    for cell in cells:
        row_key = (cell.unit_code, cell.row)
        occurrences[*row_key, cell.period, cell.column] += 1
        keys.append((*row_key, occurrences[*row_key, cell.period, cell.column]))
    return keys


def _evaluate_comparison(check, groups):
    """Yield the issues of one comparison; skip groups without a value for every cell it names."""
    names = [*check.left, *check.right]
    only = {*map(fold, check.only)}
    compared = [[group[name] for name in names] for group in groups if group.keys() >= {*names}]
    if only:
        compared = [operands for operands in compared if fold(operands[0].cell.row) in only]
    find_broken = _find_growing if check.operator == "grow" else _find_failing
    issue = {"severity": check.asks, "rule": check.id, "message": f"{check.say}."}
    for operands, value in find_broken(check, compared):
        yield operands[names.index(check.at)].issue._replace(value=value, **issue)


def _find_failing(check, rows):
    """Yield (operands, text) of each row in which a comparison fails: C6=3 + D6=1 so với E6=5."""
    for row in rows:
        left, right = row[: len(check.left)], row[len(check.left) :]
        if check.above_zero and _sum(right) == 0:
            continue
        if _FAILS[check.operator](_sum(left), _sum(right)):
            yield row, f"{_quote(left)} so với {_quote(right)}"


def _sum(operands):
    return sum(operand.number for operand in operands)


def _quote(operands):
    """Return the cells as a sum of addresses and values: C6=3 + D6=1."""
    return " + ".join(f"{operand.cell.cell}={operand.cell.raw}" for operand in operands)


def _find_growing(check, rows):
    """Yield (first row, text) if at least `check.least` rows rise and none ever falls.

    Their numbers may be cumulative.
    """
    rows = [row for row in rows if _sum(row)]
    steps = [b.number - a.number for row in rows for a, b in pairwise(row)]
    rises = sum(row[-1].number > row[0].number for row in rows)
    if rises >= check.least and min(steps, default=-1) >= 0:
        yield rows[0], f"{len(rows)} dòng, không quý nào giảm"


def _document_year_issues(groups, plan):
    """Yield an issue for each cell whose documents are all of other years than the plan's."""
    rule = "document-year"
    severity, message = ISSUE_RULES[rule].severity, issue_message(rule, year=plan.year)
    for cell, _, issue in [group["document"] for group in groups if "document" in group]:
        days = plan.form.grammar.read(cell.raw).days
        if cell.value == "given" and plan.year not in {day.year for day in days}:
            yield issue._replace(severity=severity, value=cell.raw, rule=rule, message=message)
