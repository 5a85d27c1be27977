"""Which rows stand in a written sheet: a sender's where they are, then the rest of the form's."""

from collections.abc import Iterable, Mapping

from pcmd_eval.form import Form, Sheet
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

CHECKED, TO_MEND = "Kiểm tra", "Cần sửa"  # sheets that we add to a return and do not read
Place = tuple[int, int]  # row and column of a cell, from 1
Row = Mapping[str, object]  # what stands in a row, by the key of the column


def form_rows(plan: Plan, unit: str, sheet: Sheet) -> list[Row]:
    """What the form itself says in each row, in order."""
    if sheet.rows == "communes":
        communes = plan.communes(unit)[["name", "type"]].reset_index()
        return communes.set_axis(["unit", "unit_name", "unit_type"], axis=1).to_dict("records")
    if sheet.rows == "lines":
        return [{"number": number} for number in range(1, sheet.spare_rows + 1)]
    return [{"code": i.code, "item": i.label, "measure": i.measure} for i in sheet.items]


def laid_out(form: Form, sheet: Sheet, own: list[Row], values: Mapping[Place, object]) -> list[Row]:
    """The form's row behind each row of a sender, {} for one of nobody's; then those not claimed.

    A row claims one by its label, else by its code, else by standing where the form has one that
    nobody claims: a row whose code was mistyped must not come back twice. Spare rows follow those
    of communes.
    """
    width, first = len(sheet.columns), form.first_row
    end = max((row for row, column in values if column <= width), default=first - 1)
    claimed = _claimed(sheet, own, values, range(first, end + 1))
    filled = {row for (row, column), value in values.items() if value not in (None, "")}
    for at, there in zip(claimed, own, strict=False):
        if not claimed[at] and at in filled and there not in claimed.values():
            claimed[at] = there
    rest = [row for row in own if row not in claimed.values()]
    spare = [{}] * sheet.spare_rows if sheet.rows == "communes" else []
    return [*claimed.values(), *rest, *spare]


def _claimed(
    sheet: Sheet, own: list[Row], values: Mapping[Place, object], rows: Iterable[int]
) -> dict[int, Row]:
    """The form's row that each row of a sender claims by what it says; {} for none."""
    key, beside = (column.key for column in sheet.columns[:2])
    coded = {fold(row[key]): row for row in own}
    labelled = {fold(row[beside]): row for row in own if beside in row}
    digits = min(map(len, coded))
    claimed: dict[int, Row] = {}
    for at in rows:
        code, label = (fold(values.get((at, column)) or "") for column in (1, 2))
        claimed[at] = labelled.get(label) or coded.get(code.zfill(digits)) or {}
    return claimed
