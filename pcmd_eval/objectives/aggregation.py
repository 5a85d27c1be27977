"""Counts: how many parts of an objective surely count, may count, and how many there are."""

from collections.abc import Callable

import pandas as pd

from pcmd_eval.util.vocabulary import VERDICTS

Steps = dict[str, pd.Series | pd.DataFrame]  # by name; the quarters of cases are a frame
# Takes the objective's cells, its steps and the province's code; see the three functions below.
Aggregate = Callable[[pd.DataFrame, Steps, str], pd.DataFrame]


def at_least(needed: int, parts: pd.Series, by: list[str | pd.Series]) -> pd.Series:
    """Mỗi nhóm có đủ số phần được tính hay không: có, không, hoặc chưa rõ.

        quarters = at_least(1, cells.some, by=[cells.unit_code, cells.period])

    Return for each group True if `needed` of its parts surely count, False if too few can, <NA>
    where missing data decide. `by`: names of levels of the parts' index, or series.
    """
    groups = parts.groupby(by)
    known = groups.sum()
    unknown = groups.size() - groups.count()
    is_sure = known >= needed
    return is_sure.where(is_sure | (known + unknown < needed))


def as_boolean(answers: pd.Series) -> pd.Series:
    """Return yes and given as True, no and none as False, anything else as <NA> (boolean)."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


# ---- the three aggregations ----------------------------------------------------------------------
#
# Each returns columns low, high and total (Int64) by unit; the province's row is the whole. `high`
# is <NA> while nothing bounds it.


def count_parts(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the True parts of the last step (low), with unknown ones (high), and all (total)."""
    *_, parts = steps.values()
    groups = parts.groupby("reporter")
    low, total = groups.sum(), groups.size()
    unknown = total - groups.count()
    units = pd.DataFrame({"low": low, "high": low + unknown, "total": total}).astype("Int64")
    units.loc[province] = units.sum()  # its own bodies' parts among them
    return units


def count_models(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the models of the province: no total, and no `high` while a sheet is silent or open."""
    models = steps["models"]
    high = int(models.fillna(True).sum()) if unbounded_reporters(cells).empty else None
    return _unit_row(province, low=int(models.fillna(False).sum()), high=high, total=None)


def count_cases(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Return the cases handled (low, high) out of those detected (total), and the verdict.

    The province has the sums, and the worst verdict.
    """
    reporters = steps["reporters"]
    sums = reporters[["low", "high", "total"]].sum(skipna=False)
    worst = min(reporters.verdict, key=lambda verdict: VERDICTS[verdict].rank)
    return pd.concat(
        [reporters.drop(province, errors="ignore"), _unit_row(province, **sums, verdict=worst)]
    )


def _unit_row(unit: str, **values: int | str | None) -> pd.DataFrame:
    row = pd.DataFrame([values], index=pd.Index([unit], name="reporter", dtype="string"))
    return row.astype(dict.fromkeys(["low", "high", "total"], "Int64"))


def unbounded_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters whose list of models is silent, or may still grow."""
    return silent_reporters(cells).union(cells.reporter[cells.state == "open"].unique())


def silent_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters whose sheet has neither a line nor an answer in the row "none"."""
    has_answer = ((cells.row != "none") | cells.value.notna()).groupby(cells.reporter).any()
    return has_answer.index[~has_answer]
