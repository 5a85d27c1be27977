"""List the communes that fell short, and the periods in which each was active."""

from collections.abc import Iterable

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.util.vocabulary import PERIOD_NUMBERS


def commune_results(case: Case, slug: str) -> pd.DataFrame:
    """Return a row for each commune that is not counted, or for which that is unknown.

    Columns reporter, name, inline_name, verdict (not_met or undetermined) and periods (see
    `active_periods`), all text.
    """
    steps = case.plan.steps(slug, case.cells)
    counts = steps["communes"]
    counts = counts[~counts.fillna(False)]
    codes = counts.index.get_level_values("unit_code")
    return pd.DataFrame({
        "reporter": counts.index.get_level_values("reporter"),
        "name": [*case.units.full_name[codes]],
        "inline_name": [*case.units.inline_name[codes]],
        "verdict": [*counts.isna().map({True: "undetermined", False: "not_met"})],
        "periods": [*active_periods(steps)[counts.index]],
    })  # fmt: skip


def active_periods(steps: Steps) -> pd.Series:
    """Return the active, then the unknown periods of each commune, as text: "I, III; chưa rõ: IV".

    Index: reporter and unit_code; <NA> if all periods are unknown.
    """
    _, periods, _ = steps.values()
    wide = periods.unstack("period")
    texts = []
    for row in wide.to_dict("records"):
        active = _name_periods(period for period, holds in row.items() if holds is True)
        unknown = _name_periods(period for period, holds in row.items() if pd.isna(holds))
        text = (active or "không") + (f"; chưa rõ: {unknown}" if unknown else "")
        texts.append(pd.NA if all(map(pd.isna, row.values())) else text)
    return pd.Series(texts, wide.index, dtype="string")


def _name_periods(periods: Iterable[str]) -> str:
    """Return periods without their kind: I, III."""
    return ", ".join(PERIOD_NUMBERS[period] for period in periods)
