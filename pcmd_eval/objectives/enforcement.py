"""Objective 6: violations and crimes are detected and strictly handled."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, count_cases
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Rule, Rules

CASES = {"6.3": "detected", "6.4": "administrative", "6.5": "criminal", "6.6": "pending"}


class EnforcementRules(Rules):
    """`pending`: whether cases still pending count as handled."""

    pending: Rule[Literal["not_handled", "handled"]]


def enforcement(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    A case belongs to the quarter in which it was detected. The number of cases is neither good nor
    bad; what counts is that those detected were handled.

    `quarters` has a row by reporter and period: the reported number of each part of `CASES` (a
    minimum where its cell is open), `handled`: the sum of the handled parts (a minimum), `total`:
    the detected cases (<NA> unless final), and booleans: `final` (handled is exact), `settled` (all
    cases are handled), `unhandled` (a case is known not to be).
    `reporters` has by reporter the sums low, high, total, and the verdict.
    """
    cases = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    # A code in two rows has unreadable cells in both: keep one row, `pivot` needs unique keys.
    unique = cases.drop_duplicates(["reporter", "item", "period"]).replace({"item": CASES})
    number = pd.to_numeric(unique.value, errors="coerce").astype("Int64")
    # Of an open cell the number is a minimum, even 0; only that of a reported cell is final.
    numbers = {"least": number, "known": number.where(unique.state == "reported")}
    wide = unique.assign(**numbers).pivot(
        index=["reporter", "period"], columns="item", values=[*numbers]
    )
    quarters, known = wide.least[[*CASES.values()]].astype("Int64"), wide.known.astype("Int64")
    parts = handled_parts(rules)
    least_handled, handled = (
        quarters[parts].sum(axis=1, min_count=1),
        known[parts].sum(axis=1, skipna=False),
    )
    unhandled = (handled < known.detected).fillna(False)
    settled = (least_handled == known.detected).fillna(False) & ~unhandled
    if "pending" not in parts:
        unhandled |= (known.pending > 0).fillna(False)
        settled &= ~(quarters.pending > 0).fillna(False)
    quarters = quarters.assign(
        handled=least_handled,
        total=known.detected,
        final=settled | handled.notna(),
        settled=settled,
        unhandled=unhandled,
    )
    return {"cells": cases.some, "quarters": quarters, "reporters": _judge_reporters(quarters)}


def least_detected(quarters: pd.DataFrame) -> pd.Series:
    """Return how many cases each reporter had at least, <NA> if nothing is known: of each quarter
    the reported number or, where more, that of the parts.
    """
    parts = quarters[["administrative", "criminal", "pending"]].sum(axis=1, min_count=1)
    least = quarters[["detected"]].assign(parts=parts).max(axis=1)
    return least.groupby("reporter").sum(min_count=1)


def handled_parts(rules: RuleValues) -> list[str]:
    """Return the parts that count as handled; "pending" only if the rule `pending` says so."""
    closed = ["administrative", "criminal"]
    return [*closed, "pending"] if rules.get("pending") == "handled" else closed


def uncounted_items(rules: RuleValues) -> list[str]:
    """Return the codes in `CASES` of parts that are neither detected nor handled: ["6.6"] or []."""
    counted = ["detected", *handled_parts(rules)]
    return [code for code, part in CASES.items() if part not in counted]


def _judge_reporters(quarters: pd.DataFrame) -> pd.DataFrame:
    """Return low, high, total and verdict by reporter, see `enforcement`."""
    # More handled than detected cannot be: such a quarter has no upper bound. Where it is not known
    # how many were detected, the handled cases are exact all the same.
    has_upper_bound = quarters.final & (quarters.handled <= quarters.total).fillna(True)
    quarters = quarters.assign(high=quarters.handled.where(has_upper_bound))
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
)
