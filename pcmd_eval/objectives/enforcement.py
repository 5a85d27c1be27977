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
    each reporter, unhandled <NA> where it is not complete; `reporters` has their sums: low and
    total, high where every quarter is complete, and the verdict.
    """
    cases = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    # A code that stands twice has only unreadable cells: the first of them will do.
    unique = cases.drop_duplicates(["reporter", "item", "period"]).replace({"item": CASES})
    quarters = unique.pivot(index=["reporter", "period"], columns="item", values="number")
    parts = quarters[handled_parts(rules)]
    handled_if_known = parts.sum(axis=1, skipna=False)
    # More handled than detected is no count of a quarter, whatever the cells' states say.
    complete = (handled_if_known <= quarters.detected).fillna(False)
    quarters = quarters[[*CASES.values()]].assign(
        # The sum of the known parts, though another part of the quarter is unknown.
        handled=parts.sum(axis=1, min_count=1),
        complete=complete,
        unhandled=(handled_if_known < quarters.detected).where(complete),
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
    reporters = quarters.groupby("reporter")
    complete, detected = reporters.complete.all(), reporters.detected.sum(skipna=False)
    conditions = [  # the first that holds decides
        (reporters.unhandled.any(), "not_met"),
        (~complete, "undetermined"),
        (detected == 0, "none_arose"),
    ]
    verdict = pd.Series("met", complete.index, dtype="string").case_when(conditions)
    low = reporters.handled.sum()
    counts = {"low": low, "high": low.where(complete), "total": detected}
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
