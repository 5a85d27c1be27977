"""Objective 6: violations and crimes are detected and strictly handled."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, count_cases
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Rule, Rules

CASES = {"6.3": "detected", "6.4": "administrative", "6.5": "criminal", "6.6": "pending"}


class EnforcementRules(Rules):
    pending: Rule[Literal["not_handled", "handled"]]


def enforcement(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    A case stands in the quarter in which it was detected. More or fewer cases is neither good nor
    bad; what counts is that those detected were handled. `quarters` has a row for each quarter of
    each reporter: what stands for each part (a floor where its cell is open), `handled`, its floor;
    `total`: what is known of the detected, else <NA>; booleans `final` (handled is no mere floor),
    `settled` (all are handled) and `unhandled` (one is left).
    `reporters` has their sums: low, high, total, and the verdict.
    """
    cases = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    # A code that stands twice has only unreadable cells: the first of them will do.
    unique = cases.drop_duplicates(["reporter", "item", "period"]).replace({"item": CASES})
    stands = pd.to_numeric(unique.value, errors="coerce").astype("Int64")  # also an open 0
    both = {"stands": stands, "known": stands.where(unique.state == "reported")}
    wide = unique.assign(**both).pivot(index=["reporter", "period"], columns="item", values=[*both])
    quarters, known = wide.stands[[*CASES.values()]].astype("Int64"), wide.known.astype("Int64")
    parts = handled_parts(rules)
    floor, handled = (
        quarters[parts].sum(axis=1, min_count=1),
        known[parts].sum(axis=1, skipna=False),
    )
    unhandled = (handled < known.detected).fillna(False)
    settled = (floor == known.detected).fillna(False) & ~unhandled
    if "pending" not in parts:
        unhandled |= (known.pending > 0).fillna(False)
        settled &= ~(quarters.pending > 0).fillna(False)
    quarters = quarters.assign(
        handled=floor,
        total=known.detected,
        final=settled | handled.notna(),
        settled=settled,
        unhandled=unhandled,
    )
    return {"cells": cases.some, "quarters": quarters, "reporters": _judge_reporters(quarters)}


def handled_parts(rules: RuleValues) -> list[str]:
    """Return the columns of handled cases: pending ones only where the rule `pending` says so."""
    closed = ["administrative", "criminal"]
    return [*closed, "pending"] if rules.get("pending") == "handled" else closed


def uncounted_items(rules: RuleValues) -> list[str]:
    """Return the rows of `CASES` that are neither detected nor handled: their cells never count."""
    counted = ["detected", *handled_parts(rules)]
    return [code for code, part in CASES.items() if part not in counted]


def _judge_reporters(quarters: pd.DataFrame) -> pd.DataFrame:
    """Return low, high, total and verdict by reporter, see `enforcement`."""
    # More handled than detected is no count of a quarter, whatever the cells' states say.
    is_count = quarters.final & (quarters.handled <= quarters.total).fillna(False)
    quarters = quarters.assign(high=quarters.handled.where(is_count))
    reporters = quarters.groupby("reporter")
    total = reporters.total.sum(skipna=False)
    conditions = [  # the first that holds decides
        (reporters.unhandled.any(), "not_met"),
        (~reporters.settled.all(), "undetermined"),
        (total == 0, "none_arose"),
    ]
    verdict = pd.Series("met", total.index, dtype="string").case_when(conditions)
    counts = {
        "low": reporters.handled.sum(),
        "high": reporters.high.sum(skipna=False),
        "total": total,
    }
    return pd.DataFrame(counts).assign(verdict=verdict)


DEFINITION = Definition(
    function=enforcement,
    rules=EnforcementRules,
    province_shapes=("all",),
    unit_shapes=("all",),
    part_step="quarters",
    part_label="Từng quý",
    aggregate=count_cases,
    deciding_items=tuple(CASES),
)
