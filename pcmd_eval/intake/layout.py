"""Which rows stand in a written sheet: those of a sender where they are, then what the form itself has besides."""

from collections.abc import Mapping

from pcmd_eval.form import Form, Sheet
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

Place = tuple[int, int]  # row and column of a cell, from 1
Row = Mapping[str, object]  # what stands in a row, by the key of the column


def form_rows(plan: Plan, unit: str, sheet: Sheet) -> list[Row]:
    """What the form itself says in each row, in order."""
    if sheet.rows == "communes":
        communes = plan.communes(unit)[["name", "type"]].itertuples()
        return [
            {"unit": code, "unit_name": name, "unit_type": kind} for code, name, kind in communes
        ]
    if sheet.rows == "lines":
        return [{"number": number} for number in range(1, sheet.spare_rows + 1)]
    return [
        {"code": item.code, "item": item.label, "measure": item.measure} for item in sheet.items
    ]


def laid_out(form: Form, sheet: Sheet, own: list[Row], values: Mapping[Place, object]) -> list[Row]:
    """The form's row behind each row of a sender, {} for one of nobody's; then those that no row of the sender claims.

    A row claims one by its label, else by its code, else by standing where the form has one that nobody claims: a row
    whose code was mistyped must not come back twice. Spare rows follow those of communes.
    """
    width, first = len(sheet.columns), form.first_row
    end = max((row for row, column in values if column <= width), default=first - 1)
    claims = _Claims(sheet, own)
    told = {at: claims.of(values, at) for at in range(first, end + 1)}
    filled = {row for (row, column), value in values.items() if value not in (None, "")}
    for at, row in told.items():
        there = own[at - first] if at - first < len(own) else None
        if not row and there and at in filled and there not in told.values():
            told[at] = there
    rest = [row for row in own if row not in told.values()]
    spare = [{}] * sheet.spare_rows if sheet.rows == "communes" else []
    return [*told.values(), *rest, *spare]


class _Claims:
    """The form's rows by label and by code."""

    def __init__(self, sheet: Sheet, own: list[Row]) -> None:
        key, beside = (column.key for column in sheet.columns[:2])
        self.coded = {fold(row[key]): row for row in own}
        self.labelled = {fold(row[beside]): row for row in own if beside in row}
        self.shortest = min(map(len, self.coded))

    def of(self, values: Mapping[Place, object], at: int) -> Row:
        """The row that a sender's row claims by what it says; {} for none."""
        code, label = (fold(values.get((at, column)) or "") for column in (1, 2))
        return self.labelled.get(label) or self.coded.get(code.zfill(self.shortest)) or {}
