"""What the cells of one return say of each other: the checks of the form, and one of documents."""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.intake.issues import Issue, issue_message, row_number
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

_WEIGHTS = {"yes": "1", "given": "1", "no": "0", "none": "0"}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_FAILS = {
    "=": lambda left, right: left != right,
    "<=": lambda left, right: left > right,
    "needs": lambda left, right: left > 0 and right == 0,
}


class Weighed(NamedTuple):
    """A cell that can be compared, with its weight and the place of a fault in it."""

    cell: Any
    weight: Decimal
    address: Issue


def broken_comparisons(cells: pd.DataFrame, plan: Plan) -> Iterator[Issue]:
    """Every place where a check fails in the cells (as `observations.tidy` gives them).

    No value changes.
    """
    sheets = defaultdict(list)
    for cell in cells[cells.state == "reported"].itertuples():
        sheets[cell.objective, cell.reporter].append(cell)
    for (objective, _), of_sheet in sheets.items():
        groups = _groups(of_sheet, plan.form.sheet(objective))
        for check in plan.form.checks_of(objective):
            yield from _failed(check, groups)
        yield from _document_year(groups, plan)


def _groups(cells, sheet):
    """What is compared with each other: cells of a line, by the key of their column, and cells of a
    period, by the code of their row; a group for each row's number, and for each period's code.

    Those of a code that stands twice are unreadable, so that a line has one number in a column.
    """
    main = {column.period: column.key for column in sheet.columns if column.main}
    groups = defaultdict(dict)
    for cell in cells:
        weight = _WEIGHTS.get(cell.value, cell.value)
        if _NUMBER.fullmatch(weight):
            key = cell.column or main[cell.period]
            address = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code)
            issue = Issue("confirm", *address, sheet.column(key).header)
            weighed = Weighed(cell, Decimal(weight), issue)
            groups[row_number(cell.cell)][key] = weighed
            if not cell.column:
                groups[cell.period][cell.row] = weighed
    return [*groups.values()]


def _failed(check, groups):
    """Where a check fails; what it compares must all be there."""
    names = [*check.left, *check.right]
    only = {*map(fold, check.only)}
    compared = [[group[name] for name in names] for group in groups if group.keys() >= {*names}]
    if only:
        compared = [cells for cells in compared if fold(cells[0].cell.row) in only]
    fails = _growing if check.operator == "grow" else _failing
    issue = {"severity": check.severity, "rule": check.id, "message": f"{check.say}."}
    for cells, value in fails(check, compared):
        yield cells[names.index(check.at)].address._replace(value=value, **issue)


def _failing(check, rows):
    """The rows in which a comparison fails, and what it compares: C6=3 + D6=1 so với E6=5."""
    for row in rows:
        left, right = row[: len(check.left)], row[len(check.left) :]
        if _FAILS[check.operator](_weight(left), _weight(right)):
            yield row, f"{_seen(left)} so với {_seen(right)}"


def _weight(side):
    return sum(one.weight for one in side)


def _seen(side):
    return " + ".join(f"{cell.cell}={cell.raw}" for cell, _, _ in side)


def _growing(check, rows):
    """The first of the rows if none of them ever falls: the figures may have been added up."""
    rows = [row for row in rows if _weight(row)]
    steps = [b.weight - a.weight for row in rows for a, b in pairwise(row)]
    rises = sum(row[-1].weight > row[0].weight for row in rows)
    if rises >= check.least and min(steps, default=-1) >= 0:
        yield rows[0], f"{len(rows)} dòng, không quý nào giảm"


def _document_year(groups, plan):
    """Documents of the unit's own none of which is of the plan's year."""
    message = issue_message("document-year", year=plan.year)
    for cell, _, address in [group["document"] for group in groups if "document" in group]:
        days = plan.form.grammar.read(cell.raw).days
        if cell.value == "given" and plan.year not in {day.year for day in days}:
            yield address._replace(value=cell.raw, rule="document-year", message=message)
