"""The communes that fell short, and the periods in which each was active."""

from collections.abc import Iterable

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.util.vocabulary import PERIOD_NUMBERS


def commune_results(case: Case, slug: str) -> pd.DataFrame:
    """Return a row for each commune that does not count or may not.

    Columns reporter, name, inline_name, verdict, and periods, all text. `periods`:
    those in which it was active, then those that are not known.
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
    """Return in which periods each commune was active, as text: "I, III; chưa rõ: IV".

    <NA> where none is known.
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
