"""The facts of a finding by name, as the macros of sentences.j2 take them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd

from pcmd_eval.evaluation.states import FILLED_STATES, is_period_open
from pcmd_eval.objectives.aggregation import (
    Steps,
    count_cases,
    silent_reporters,
    unbounded_reporters,
)
from pcmd_eval.objectives.enforcement import handled_parts, least_detected
from pcmd_eval.objectives.integration import ANSWER_COLUMNS
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.support_model import models_of_lines, named_model_keys
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import join_items, join_or_count, lowercase_first
from pcmd_eval.util.verdicts import OPEN_VERDICTS, VERDICTS
from pcmd_eval.util.vocabulary import MAX_NAMED

Facts = dict[str, Any]
Parts = TypeVar("Parts", pd.Series, pd.DataFrame)


def finding_facts(plan: Plan, finding: Mapping[str, Any]) -> Facts:
    """Return the columns of a finding, with its plan, objective and unit.

    `target` is the unit's `Target`, None where the plan sets none. meaning: the `Verdict` that
    `verdict` names; unit: its name within a sentence (huyện Đoan Hùng); unit_type: its type, lower
    case; subject: see `Definition`; counted: the noun for what is counted, for communes only the
    types that the unit has; asks_for_documents: whether the objective's sheet asks for documents
    and whether they were carried out.
    """
    slug, unit = finding["objective"], finding["unit_code"]
    objective, definition = plan[slug], OBJECTIVES[slug]
    sourced_target = plan.target(slug, unit)
    counted = objective.counted
    if unit != plan.province and slug in plan.commune_slugs:
        kinds = {*plan.communes(unit).type.str.lower()}
        counted = ", ".join(kind for kind in counted.split(", ") if kind in kinds) or counted
    return {name: None if pd.isna(value) else value for name, value in finding.items()} | {
        "plan": plan,
        "objective": objective,
        "meaning": VERDICTS[finding["verdict"]],
        "target": sourced_target and sourced_target.value,
        "unit": plan.senders.inline_name[unit],
        "unit_type": str(plan.unit(unit)["type"]).lower(),
        "is_province": unit == plan.province,
        "subject": definition.subject.format(kind=plan.kind),
        "counted": counted,
        "counts_cases": definition.aggregate is count_cases,
        "asks_for_documents": definition.answer_columns == ANSWER_COLUMNS,
    }


def observed_facts(facts: Facts, cells: pd.DataFrame) -> Facts:
    """Return the facts of any finding that depend on its unit's cells.

    open_until: the latest cut-off (ISO) of the unit's cells that it left open, "" without one and
    for the province; lacks_only_days: whether it leaves nothing else open; is_silent: whether none
    of its cells has a readable value. `cells`: those of the objective; those that no edition
    publishes say nothing here, so that both give one sentence.
    """
    of_unit = _cells_of_unit(facts, cells)
    of_unit = of_unit[facts["plan"].classify(of_unit) != "never"]
    may_grow = of_unit[of_unit.state == "open"]
    # Most units have no open cell.
    days = [] if may_grow.empty else may_grow.cutoff[is_period_open(may_grow, facts["plan"])]
    return {
        "open_until": "" if facts["is_province"] else max(days, default=""),
        "lacks_only_days": of_unit.state.eq("reported").sum() + len(days) == len(of_unit),
        "is_silent": not of_unit.state.isin(FILLED_STATES).any(),
    }


def parts_facts(facts: Facts, cells: pd.DataFrame, steps: Steps) -> Facts:
    """Return the facts of a finding that counts communes, units, programmes or months.

    unknown_names: the communes or units whose parts are <NA> (xã A và xã B), "" for more than
    `MAX_NAMED`, or other parts; counts_periods: whether the parts are periods of the province's own
    return. Where the sheet asks for documents also: has_no_plan: whether every document is "none";
    counted_programmes: how many surely count; planned_not_done: those issued, not carried out.

    `cells`, `steps`: those of the objective, of all units.
    """
    *_, last_step = steps.values()
    parts = _parts_of_unit(facts, last_step)  # whether each part counts
    unknown = parts.index[parts.isna()]
    level = unknown.names[-1]  # what a part is: unit_code, reporter or period
    is_named = level in ("unit_code", "reporter") and len(unknown) <= MAX_NAMED
    names = facts["plan"].register.inline_name[unknown.get_level_values(level)] if is_named else ()
    found = {"unknown_names": join_items([*names]), "counts_periods": level == "period"}
    if not facts["asks_for_documents"]:
        return found
    of_unit = _cells_of_unit(facts, cells)
    is_document = of_unit.column == "document"
    planned = {*of_unit.row[is_document & (of_unit.value == "given")]}
    undone = {*of_unit.row[(of_unit.column == "carried_out") & (of_unit.value == "no")]}
    items = facts["plan"].form.sheet(facts["objective"].slug).items
    return found | {
        "has_no_plan": of_unit[is_document].value.eq("none").fillna(False).all(),
        "counted_programmes": int(_parts_of_unit(facts, steps["programmes"]).sum()),
        "planned_not_done": [
            lowercase_first(item.label) for item in items if item.code in planned & undone
        ],
    }


def models_facts(facts: Facts, cells: pd.DataFrame, steps: Steps) -> Facts:
    """Return the facts of a finding that counts models; units are the codes of reporters.

    A line that counts may have a model that is <NA>: without a name it may repeat another, see
    `distinct_models`.

    Of the unit's lines: has_lines: whether there is one; units_with_sure, units_with_possible:
    with a line that is True, or <NA>. Of all reporters, also in the finding of one unit:
    silent_units: without an answer and without an open cell; unbounded_units: that may still add
    a model. Of the province also: units_with_models: with a line and its model that are True;
    named_possible, unnamed_possible: the numbers of models that are <NA>, with a name and without;
    units_with_named_possible, units_with_unnamed_possible: the units of their lines that are not
    False; deciding_names: the names of these and of unbounded_units; where communes report, their
    number if many.

    `cells`, `steps`: those of the objective, of all units.
    """
    lines = _parts_of_unit(facts, steps["lines"])  # whether each line counts
    unbounded = unbounded_reporters(cells)
    with_open_cells = cells.reporter[cells.state == "open"].unique()
    found: Facts = {
        "has_lines": not lines.empty,
        "units_with_sure": _reporters_of(lines.fillna(False)),
        "units_with_possible": _reporters_of(lines.isna()),
        "silent_units": list(silent_reporters(cells).difference(with_open_cells, sort=False)),
        "unbounded_units": [*unbounded],
    }
    if not facts["is_province"]:
        return found
    keys = models_of_lines(cells)[lines.index]
    # <NA> also for a line that may repeat another model.
    model_counts = keys.map(steps["models"]).astype("boolean")
    is_named = named_model_keys(cells).notna().groupby([cells.reporter, cells.row]).any()
    is_named = is_named.reindex(lines.index)
    for name, rows in {"named": is_named, "unnamed": ~is_named}.items():
        is_possible = model_counts.isna() & rows
        found[f"{name}_possible"] = keys[is_possible].nunique()
        found[f"units_with_{name}_possible"] = _reporters_of(is_possible & lines.fillna(True))
    deciding = {
        *found["units_with_named_possible"],
        *found["units_with_unnamed_possible"],
        *unbounded,
    }
    plan = facts["plan"]
    codes = [unit for unit in plan.reporters.index if unit in deciding]
    join = join_or_count if plan.communes_report else join_items
    return found | {
        "units_with_models": _reporters_of((lines & model_counts).fillna(False)),
        "deciding_names": join([*plan.senders.inline_name[codes]]),
    }


def cases_facts(facts: Facts, cells: pd.DataFrame, steps: Steps) -> Facts:
    """Return the facts of a finding on detected and handled cases.

    last_day: the earliest cut-off (ISO) before the end of the year, "" without one; has_handled,
    has_detected: whether any quarter has the number; lacks_handled: whether the handled cases of a
    quarter are unknown or a minimum; least_detected: the sum of
    `enforcement.least_detected`; units_without_detected, units_with_some_detected: whose final
    numbers of detected cases are known in no quarter, or not in all; units_with_unhandled,
    undecided_units: whose verdict is not_met, or open; are_pending: whether pending cases explain
    the unhandled ones and do not count as handled; unhandled: how many there are.

    `cells`, `steps`: those of the objective, of all units.
    """
    quarters = _parts_of_unit(facts, steps["quarters"])
    is_known = quarters.total.notna().groupby("reporter")
    verdicts = steps["reporters"].verdict
    left = quarters[quarters.unhandled]
    counts_pending = "pending" in handled_parts(facts["objective"].rule_values)
    are_pending = not counts_pending and left.pending.sum() > 0
    days = _cells_of_unit(facts, cells).cutoff.dropna()
    return {
        "last_day": min(days[days < f"{facts['plan'].year}-12-31"], default=""),
        "has_handled": quarters.handled.notna().any(),
        "has_detected": quarters.detected.notna().any(),
        "lacks_handled": not quarters.final.all(),
        "least_detected": int(least_detected(quarters).sum()),
        "units_without_detected": _reporters_of(~is_known.any()),
        "units_with_some_detected": _reporters_of(is_known.any() & ~is_known.all()),
        "units_with_unhandled": _reporters_of(verdicts == "not_met"),
        "undecided_units": _reporters_of(verdicts.isin(OPEN_VERDICTS)),
        "are_pending": are_pending,
        "unhandled": int((left.pending if are_pending else left.detected - left.handled).sum()),
    }


def _cells_of_unit(facts: Facts, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the finding's unit; for the province those of all reporters."""
    return cells if facts["is_province"] else cells[cells.reporter == facts["unit_code"]]


def _parts_of_unit(facts: Facts, parts: Parts) -> Parts:
    """Return the unit's parts of a step; for the province those of all reporters."""
    is_own = parts.index.isin([facts["unit_code"]], level="reporter")
    return parts if facts["is_province"] else parts[is_own]


def _reporters_of(is_chosen: pd.Series) -> list[str]:
    """Return the reporters of the True rows of a series with a level `reporter`."""
    return [*is_chosen.index.get_level_values("reporter")[is_chosen].unique()]
