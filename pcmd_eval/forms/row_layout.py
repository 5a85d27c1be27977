"""The rows of a written sheet: the sender's where they stand, then those of the form not yet
claimed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pcmd_eval.intake.row_matching import row_matcher
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold


class RowKey(NamedTuple):
    """The key by which a row is found in another file.

    `matched`: the code of its item or commune, "" for none and for lines; `name`: tells apart the
    rows with one code, a form of activity or the name of a model.
    """

    matched: str
    name: str


Position = tuple[int, int]  # row and column of a cell, from 1
FormRow = Mapping[str, object]  # the prefilled values of a row, by the key of the column


def form_rows(plan: Plan, unit: str, sheet: Sheet) -> dict[str, FormRow]:
    """Return the rows that the form prefills, in order, by code of the item or commune, or number
    of the line.
    """
    if sheet.rows == "communes":
        communes = plan.communes(unit)[["name", "type"]]
        rows = communes.set_axis(["unit_name", "unit_type"], axis=1)
        return rows.assign(unit=rows.index).to_dict("index")
    if sheet.rows == "lines":
        return {str(number): {"number": number} for number in range(1, sheet.spare_rows + 1)}
    return {i.code: {"code": i.code, "item": i.label, "measure": i.measure} for i in sheet.items}


def written_rows(
    plan: Plan, unit: str, sheet: Sheet, values: Mapping[Position, object]
) -> list[FormRow]:
    """Return the prefilled row behind each row of a sender ({} for an unmatched one), then the
    form's rows that no sender's row claims, and spare rows behind those of communes.

    A row claims one of the form by its label, else by its code, else by its position if no other
    row claims the one that the form has there: a row with a mistyped code must not appear twice.
    """
    prefilled = form_rows(plan, unit, sheet)
    matcher = row_matcher(plan, sheet, unit)
    last = max((row for row, column in values if column <= len(sheet.columns)), default=0)
    claimed = {}
    for at in range(plan.form.first_row, last + 1):
        code, label = values.get((at, 1), ""), values.get((at, 2), "")
        typed = type(code) in (int, float)
        claimed[at] = matcher.match(str(code), str(label), typed).likely
    filled = {row for (row, _), value in values.items() if value != ""}
    for at, code in zip(claimed, prefilled, strict=False):
        if not claimed[at] and at in filled and code not in claimed.values():
            claimed[at] = code
    rows = [prefilled.get(code, {}) for code in claimed.values()]
    rows += [row for code, row in prefilled.items() if code not in claimed.values()]
    return rows + [{}] * count_spare_rows(plan, unit, sheet)


def count_spare_rows(plan: Plan, unit: str, sheet: Sheet) -> int:
    """Return how many rows the form adds for further forms of activity of a commune: no more than
    one for each form and commune.
    """
    if sheet.rows != "communes":
        return 0
    forms = max(len(column.choices) for column in sheet.columns)
    return min(sheet.spare_rows, forms * len(plan.communes(unit)))


def row_keys(
    plan: Plan, unit: str, sheet: Sheet, values: Mapping[Position, object]
) -> dict[int, RowKey]:
    """Return the key of each row of data in a sheet."""
    matcher = row_matcher(plan, sheet, unit)
    naming = {"communes": "form", "lines": "name"}.get(sheet.rows)
    name_column = sheet.columns.index(sheet.column(naming)) + 1 if naming else 0
    keys = {}
    for row in sorted({row for row, _ in values if row >= plan.form.first_row}):
        code, label = values.get((row, 1)), values.get((row, 2))
        texts = ("" if text is None else str(text) for text in (code, label))
        matched = matcher.match(*texts, type(code) in (int, float)).likely
        if sheet.rows == "lines":
            matched = ""
        name = fold(str(values.get((row, name_column)) or ""))
        keys[row] = RowKey(matched, name)
    return keys
