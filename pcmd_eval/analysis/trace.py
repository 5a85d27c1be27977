"""Trace a finding to its cells: whether each counts, and the status of the parts it is in."""

import pandas as pd

from pcmd_eval.analysis.arguments import require_unit
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.objectives.enforcement import uncounted_items
from pcmd_eval.objectives.harm_reduction import limb_of
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.verdicts import STATUS_STYLES
from pcmd_eval.util.vocabulary import CELL_STATE_LABELS, PERIOD_LABELS

TRACE_COLUMNS = [*OBSERVATIONS, "rule", "counts_as"]


def counted_cells(plan: Plan, cells: pd.DataFrame, slug: str) -> tuple[pd.DataFrame, Steps]:
    """Return all reporters' cells that the findings on an objective use, and its steps.

    They are the cells of the first step; of models also their names and the cell of the statement
    "Không có mô hình". Additional columns: `limb`, and `is_counted` (boolean): <NA> for unknown; of
    a model's name True, of the statement False, or <NA> if blank.
    """
    cells = cells[cells.objective == slug]
    steps = plan.steps(slug, cells)
    names = cells[cells.column == "name"]
    is_statement = names.row == "none"
    names_model = (~is_statement).astype("boolean").mask(is_statement & names.value.isna())
    counts = pd.concat([steps["cells"], names_model]).sort_index()
    return cells.loc[counts.index].assign(is_counted=counts, limb=limb_of(cells)), steps


def trace(plan: Plan, cells: pd.DataFrame, unit: str, slug: str) -> pd.DataFrame:
    """Các ô đứng sau một kết luận và mỗi ô được tính là gì.

        trace(case.plan, case.cells, "230", "communication")

    Columns `OBSERVATIONS`, `rule`, `counts_as`, all string: the rows of the unit, of all reporters
    for the province. `counts_as`: low (counts), unknown or none (does not). `rule`: such as
    "active_quarters: 07969/Q1 low; 07969 low": the objective's first rule (before it
    `open_period_days` for an open cell), then the parts that the cell is in, from the smallest on,
    with their statuses. Raises InputRefused for an unknown unit or objective.
    """
    unit, slug = require_unit(plan, unit), plan.objective(slug).slug
    cells, steps = counted_cells(plan, cells, slug)
    if unit != plan.province:
        cells = cells[cells.reporter == unit]
    rules = plan[slug].rule_values
    is_left_out = cells["item"].isin(uncounted_items(rules))
    counts = cells.is_counted.mask(cells.is_counted.notna() & is_left_out, False)
    first_rule, *_ = rules
    rule = pd.Series(f"{first_rule}:", cells.index, dtype="string")
    rule = rule.mask(cells.state == "open", f"open_period_days, {first_rule}:")
    rule = rule.mask((cells.row == "none").fillna(False), "no_model")
    keys = cells.join(models_of_lines(cells), on=["reporter", "row"])
    _, *later_steps = steps.values()
    for parts in later_steps:
        statuses = keys.join(_named_statuses(parts), on=parts.index.names)
        rule += statuses.named_status.fillna("")
    rows = cells.assign(rule=rule.str.rstrip(":;"), counts_as=_status_codes(counts))
    return rows[TRACE_COLUMNS].astype("string")


def _named_statuses(parts: pd.DataFrame | pd.Series) -> pd.Series:
    """Return the series `named_status` of the parts of a step, to append to rules: " Q1 low;"."""
    keys = parts.index.to_frame(index=False)
    if "unit_code" in keys:
        keys = keys.drop(columns="reporter")
    joined = ["/".join(key) for key in keys.itertuples(index=False)]
    names = pd.Series(joined, parts.index, dtype="string")
    return (" " + names + " " + part_statuses(parts) + ";").rename("named_status")


def part_statuses(parts: pd.Series | pd.DataFrame) -> pd.Series:
    """Return the status of each part of a step (period, commune, unit), dtype string.

    "low" (it counts: the number `low` includes it), "none" (it does not) or "unknown"; in the steps
    of enforcement: of a unit its verdict, of a quarter "unhandled" (a case is not handled),
    "complete" (all are: `settled`) or "incomplete" (it is unknown).
    """
    if isinstance(parts, pd.Series):
        return _status_codes(parts)
    if "verdict" in parts:
        return parts.verdict
    return pd.Series("complete", parts.index, dtype="string").case_when([
        (parts.unhandled, "unhandled"),
        (~parts.settled, "incomplete"),
    ])  # fmt: skip


def _status_codes(counts: pd.Series) -> pd.Series:
    """Return True as "low", False as "none", <NA> as "unknown" (string)."""
    return counts.map({True: "low", False: "none"}).astype("string").fillna("unknown")


# ---- in words ------------------------------------------------------------------------------------


def item_names(plan: Plan, items: pd.Series) -> pd.Series:
    """Return items as labels: "2.1:carried_out" -> "2.1 Giảm nghèo Đã thực hiện"."""
    names = plan.form.labels_by_code | {"none": ""}  # the row “Không có mô hình”
    parts = items.fillna("").str.split(":")
    return parts.map(lambda one: " ".join(names.get(part, part) for part in one).strip())


def cell_addresses(rows: pd.DataFrame) -> pd.Series:
    """Return cell addresses, "230-doan-hung.xlsx · 2 Lồng ghép · D5"; <NA> for an absent cell."""
    return rows.file + " · " + rows.sheet + " · " + rows.cell


def cell_captions(plan: Plan, rows: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Return captions of cells: address, unit, item in words and period.

    `units`: the code of each row's unit.
    """
    addresses = cell_addresses(rows).fillna("chưa có trong báo cáo")
    unit_names = units.map(plan.register.full_name).astype("string")
    items = item_names(plan, rows["item"])
    items = (items + ", ").where(items != "", "")  # a cell may have no item
    periods = rows.period.map(PERIOD_LABELS).astype("string")
    return addresses + ": " + unit_names + ", " + items + periods


def trace_lines(plan: Plan, rows: pd.DataFrame) -> list[str]:
    """Return a line of text for each row of `trace`: caption, content, and whether it counts."""
    yes, no, unknown = (STATUS_STYLES[status].word for status in (True, False, None))
    content = rows.raw.fillna(rows.state.map(CELL_STATE_LABELS))
    counts = rows.counts_as.map({"low": yes, "none": no, "unknown": unknown})
    return [*(cell_captions(plan, rows, rows.unit_code) + ": " + content + " → " + counts)]
