"""Lay out the rows of a written sheet: the sender's rows, then the form's rows not yet claimed."""

from collections.abc import Mapping

from pcmd_eval.office.intake.row_matching import RowMatch
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet

FormRow = Mapping[str, object]  # the prefilled values of a row, by the key of the column


def _form_rows(plan: Plan, unit: str, sheet: Sheet) -> dict[str, FormRow]:
    """Return the prefilled rows, keyed by commune code, line number ("1") or item code."""
    if sheet.rows == "communes":
        communes = plan.communes(unit)[["name", "type"]]
        rows = communes.set_axis(["unit_name", "unit_type"], axis=1)
        return rows.assign(unit=rows.index).to_dict("index")
    if sheet.rows == "lines":
        return {str(number): {"number": number} for number in range(1, sheet.spare_rows + 1)}
    return {i.code: {"code": i.code, "item": i.label, "measure": i.measure} for i in sheet.items}


def written_rows(
    plan: Plan, unit: str, sheet: Sheet, matches: Mapping[int, RowMatch]
) -> list[FormRow]:
    """Return the prefilled values of each row to write, from the first row on; {} for none.

    `matches`: the sender's rows by row number; they keep their place. Behind them follow the form's
    rows that none of them matches, then spare rows for communes. A sender's row without a match
    takes the form's row of its position, if that is free: a mistyped code would else double the
    row.
    """
    prefilled = _form_rows(plan, unit, sheet)
    last = max(matches, default=0)
    # The form's row (its code, "" for none) that each row number takes.
    claimed = dict.fromkeys(range(plan.form.first_row, last + 1), "")
    claimed |= {at: match.likely_code for at, match in matches.items()}
    for at, code in zip(claimed, prefilled, strict=False):
        if not claimed[at] and at in matches and code not in claimed.values():
            claimed[at] = code
    rows = [prefilled.get(code, {}) for code in claimed.values()]
    rows += [row for code, row in prefilled.items() if code not in claimed.values()]
    return rows + [{}] * count_spare_rows(plan, unit, sheet)


def count_spare_rows(plan: Plan, unit: str, sheet: Sheet) -> int:
    """Return the number of spare rows for more forms of activity; 0 unless rows are communes.

    At most one for each commune and form of activity.
    """
    if sheet.rows != "communes":
        return 0
    forms = max(len(column.choices) for column in sheet.columns)
    return min(sheet.spare_rows, forms * len(plan.communes(unit)))
