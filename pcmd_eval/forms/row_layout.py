"""Which rows stand in a written sheet: a sender's where they are, then the rest of the form's."""

from collections.abc import Mapping

from pcmd_eval.intake.row_matching import owners
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet

Place = tuple[int, int]  # row and column of a cell, from 1
Row = Mapping[str, object]  # what stands in a row, by the key of the column


def form_rows(plan: Plan, unit: str, sheet: Sheet) -> dict[str, Row]:
    """What the form itself says in each row, in order, by whose it is: a code, else its number."""
    if sheet.rows == "communes":
        communes = plan.communes(unit)[["name", "type"]]
        rows = communes.set_axis(["unit_name", "unit_type"], axis=1)
        return rows.assign(unit=rows.index).to_dict("index")
    if sheet.rows == "lines":
        return {str(number): {"number": number} for number in range(1, sheet.spare_rows + 1)}
    return {i.code: {"code": i.code, "item": i.label, "measure": i.measure} for i in sheet.items}


def written_rows(plan: Plan, unit: str, sheet: Sheet, values: Mapping[Place, object]) -> list[Row]:
    """The form's row behind each row of a sender, {} for one of nobody's; then those not claimed.

    A row claims one by its label, else by its code, else by standing where the form has one that
    nobody claims: a row whose code was mistyped must not come back twice. Spare rows follow those
    of communes.
    """
    ours = form_rows(plan, unit, sheet)
    among = owners(plan, sheet, unit)
    last = max((row for row, column in values if column <= len(sheet.columns)), default=0)
    claimed = {}
    for at in range(plan.form.first_row, last + 1):
        code, label = values.get((at, 1), ""), values.get((at, 2), "")
        typed = type(code) in (int, float)
        claimed[at] = among.signs(str(code), str(label), typed).likely
    filled = {row for (row, _), value in values.items() if value != ""}
    for at, code in zip(claimed, ours, strict=False):
        if not claimed[at] and at in filled and code not in claimed.values():
            claimed[at] = code
    rows = [ours.get(code, {}) for code in claimed.values()]
    rows += [row for code, row in ours.items() if code not in claimed.values()]
    if sheet.rows == "communes":
        rows += [{}] * sheet.spare_rows
    return rows
