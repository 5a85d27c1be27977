"""The cells behind a finding: what each counts as by itself, and how its parts stand."""

import pandas as pd

from pcmd_eval.analysis.arguments import require_columns, require_unit
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.objectives.enforcement import uncounted_items
from pcmd_eval.objectives.harm_reduction import limb_of
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.vocabulary import CELL_STATE_LABELS, PERIOD_LABELS, STATUS_STYLES, label_columns

TRACE_COLUMNS = [*OBSERVATIONS, "rule", "counts_as"]


def decides(cells: pd.DataFrame) -> pd.Series:
    """Return the cells that can decide something under some rule.

    Figures of the whole year and rows that no definition asks for cannot.
    """
    deciding = pd.Series(False, cells.index)
    for slug, definition in OBJECTIVES.items():
        items = cells["item"].isin(definition.deciding_items) if definition.deciding_items else True
        asked_for = ((cells.column == "") & items) | cells.column.isin(definition.answer_columns)
        deciding |= (cells.objective == slug) & asked_for
    return deciding


def counted_cells(plan: Plan, cells: pd.DataFrame, slug: str) -> tuple[pd.DataFrame, Steps]:
    """Everybody's cells that the findings on an objective look at, and the steps from them.

    Each with whether it `counts` (boolean) and its `limb`. Beside those of the steps they are the
    names of models, which tell them apart, and "Không có mô hình", which is a no.
    """
    steps = plan.steps(slug, cells)
    names = cells[(cells.objective == slug) & (cells.column == "name")]
    none = names.row == "none"
    there_is_one = (~none).astype("boolean").mask(none & names.value.isna())
    counts = pd.concat([steps["cells"], there_is_one]).sort_index()
    return cells.loc[counts.index].assign(counts=counts, limb=limb_of(cells)), steps


def trace(plan: Plan, cells: pd.DataFrame, unit: str, slug: str) -> pd.DataFrame:
    """Các ô đứng sau một kết luận và mỗi ô được tính là gì.

        trace(case.plan, case.cells, "230", "communication")

    Columns `OBSERVATIONS`, `rule`, `counts_as`, all string: the rows of the unit, of everybody for
    the province. `counts_as` is `low`, `unknown` or `none`. `rule` reads "active_quarters:
    07969/Q1 low; 07969 low": the rule, before it `open_period_days` where a 0 was not believed,
    then each part that the cell is counted in, from the smallest on, and its status.
    """
    needed = ["reporter", "objective", "item", "period", "value", "some"]
    require_columns(cells, needed, "trace", 'trace(case.plan, case.cells, "230", "communication")')
    unit, slug = require_unit(plan, unit), plan.objective(slug).slug
    cells, steps = counted_cells(plan, cells, slug)
    if unit != plan.province:
        cells = cells[cells.reporter == unit]
    rules = plan[slug].rule_values
    left_out = cells["item"].isin(uncounted_items(rules))
    counts = cells.counts.mask(cells.counts.notna() & left_out, False)
    first, *_ = rules
    doubted = counts.isna() & (cells.value == "0").fillna(False)
    rule = pd.Series(f"{first}:", cells.index, dtype="string")
    rule = rule.mask(doubted, f"open_period_days, {first}:")
    rule = rule.mask((cells.row == "none").fillna(False), "no_model")
    keys = cells.join(models_of_lines(cells), on=["reporter", "row"])
    _, *larger = steps.values()
    for parts in larger:
        standings = keys.join(_named_standings(parts), on=parts.index.names)
        rule += standings.standing.fillna("")
    rows = cells.assign(rule=rule.str.rstrip(":;"), counts_as=_status_words(counts))
    return label_columns(rows[TRACE_COLUMNS].astype("string"))


def _named_standings(parts):
    """Name and standing of each part, by the index of the step."""
    keys = parts.index.to_frame(index=False)
    if "unit_code" in keys:
        keys = keys.drop(columns="reporter")
    joined = ["/".join(key) for key in keys.itertuples(index=False)]
    names = pd.Series(joined, parts.index, dtype="string")
    return (" " + names + " " + part_statuses(parts) + ";").rename("standing")


def part_statuses(parts: pd.Series | pd.DataFrame) -> pd.Series:
    """Return the status of each part of a step: `low`, `none`, `unknown`; cases by `endings`."""
    if isinstance(parts, pd.Series):
        return _status_words(parts)
    return parts.verdict if "verdict" in parts else endings(parts)


def _status_words(counts):
    return counts.map({True: "low", False: "none"}).astype("string").fillna("unknown")


def endings(quarters: pd.DataFrame) -> pd.Series:
    """Return the status of each quarter of cases: the first that holds."""
    return pd.Series("complete", quarters.index, dtype="string").case_when([
        (quarters.contradictory.fillna(False), "contradictory"),
        (~quarters.complete, "incomplete"),
        (quarters.unhandled.fillna(False), "unhandled"),
    ])  # fmt: skip


# ---- in words ------------------------------------------------------------------------------------


def item_names(plan: Plan, items: pd.Series) -> pd.Series:
    """Return items of observations in words: "2.1:carried_out" is 2.1 Giảm nghèo Đã thực hiện."""
    words = plan.form.names | {"none": ""}

    def name(item: str) -> str:
        return " ".join(words.get(part, part) for part in item.split(":")).strip()

    return items.fillna("").map(name)


def cell_addresses(rows: pd.DataFrame) -> pd.Series:
    """Return cell addresses: 230-doan-hung.xlsx · 2 Lồng ghép · D5; <NA> in no return."""
    return rows.file + " · " + rows.sheet + " · " + rows.cell


def cell_captions(plan: Plan, rows: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Return captions of cells: position, unit, content and period."""
    addresses = cell_addresses(rows).fillna("chưa có trong báo cáo")
    unit_names = units.map(plan.register.full_name).astype("string")
    contents = item_names(plan, rows["item"]) + ", "
    periods = rows.period.map(PERIOD_LABELS).astype("string")
    return addresses + ": " + unit_names + ", " + contents.where(contents != ", ", "") + periods


def trace_lines(plan: Plan, rows: pd.DataFrame) -> list[str]:
    """Return a line for each row of a trace: address, unit, content and whether it counts."""
    yes, no, unknown = (STATUS_STYLES[counts].word for counts in (True, False, None))
    content = rows.raw.fillna(rows.state.map(CELL_STATE_LABELS))
    counts = rows.counts_as.map({"low": yes, "none": no, "unknown": unknown})
    return [*(cell_captions(plan, rows, rows.unit_code) + ": " + content + " → " + counts)]
