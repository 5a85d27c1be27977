"""What the cells of one return say of each other: the checks of the form, and one of documents."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.intake.faults import Fault
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_WEIGHTS = {"yes": "1", "given": "1", "no": "0", "none": "0"}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_FAILS = {
    "=": lambda left, right: left != right,
    "<=": lambda left, right: left > right,
    "needs": lambda left, right: left > 0 and right == 0,
}


class Held(NamedTuple):
    """A cell that can be compared, with its weight and what a fault says of its place."""

    cell: Any
    weight: Decimal
    place: tuple[str, ...]


def failed_checks(cells: pd.DataFrame, plan: Plan) -> Iterator[Fault]:
    """Every place where a check fails in the cells (as `observations.tidy` gives them).

    No value changes.
    """
    reported = cells[cells.state == "reported"]
    for (objective, _), own in reported.groupby(["objective", "reporter"], sort=False):
        held = _held(own, plan.form.sheet(str(objective)))
        for check in plan.form.checks_of(str(objective)):
            yield from _failed(check, held)
        yield from _document_year(held, plan)


def _held(cells, sheet):
    """The cells by line and key of the column, those of a period by this and the row's code, too.

    Those of a code that stands twice are unreadable, so that a row has one number in a column.
    """
    main = {column.period: column.key for column in sheet.columns if column.main}
    held = {}
    for cell in cells.itertuples():
        weight = _WEIGHTS.get(cell.value, cell.value)
        if _NUMBER.fullmatch(weight):
            key = cell.column or main[cell.period]
            header = sheet.column(key).header
            place = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code, header)
            found = Held(cell, Decimal(weight), place)
            held[re.sub("[A-Z]", "", cell.cell), key] = found
            if not cell.column:
                held[cell.period, cell.row] = found
    return held


def _failed(check, held):
    """Where a check fails; what it compares must all be there."""
    sides = [*check.left, *check.right]
    only = {*map(fold, check.only)}
    compared = []
    for where in dict.fromkeys(where for where, _ in held):
        row = [held.get((where, name)) for name in sides]
        if None not in row and (not only or fold(row[0].cell.row) in only):
            compared.append(row)
    fails = _growing if check.operator == "grow" else _failing
    for row, value in fails(check, compared):
        at = row[sides.index(check.at)]
        yield Fault(check.severity, *at.place, value, check.id, f"{check.say}.")


def _failing(check, rows):
    """The rows in which a comparison fails, and what it compares: C6=3 + D6=1 so với E6=5."""
    for row in rows:
        sides = row[: len(check.left)], row[len(check.left) :]
        if _FAILS[check.operator](*(sum(held.weight for held in side) for side in sides)):
            seen = ([f"{held.cell.cell}={held.cell.raw}" for held in side] for side in sides)
            yield row, " so với ".join(map(" + ".join, seen))


def _growing(check, rows):
    """The first of the rows if none of them ever falls: the figures may have been added up."""
    rows = [row for row in rows if any(held.weight for held in row)]
    steps = [[b.weight - a.weight for a, b in pairwise(row)] for row in rows]
    falls = any(step < 0 for own in steps for step in own)
    rises = sum(sum(own) > 0 for own in steps)
    if not falls and rises >= check.least:
        yield rows[0], f"{len(rows)} dòng, không quý nào giảm"


def _document_year(held, plan):
    """Documents of the unit's own none of which is of the plan's year."""
    message = f"Ngày văn bản không thuộc năm {plan.year} của kế hoạch; xác nhận hoặc sửa."
    for cell, _, place in held.values():
        if cell.column == "document" and cell.value == "given":
            days = plan.form.grammar.read(cell.raw).days
            if plan.year not in {day.year for day in days}:
                yield Fault("confirm", *place, cell.raw, "document-year", message)
