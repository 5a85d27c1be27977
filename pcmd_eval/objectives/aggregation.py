"""Counts: how many parts of an objective surely count, may count, and how many there are."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pandas as pd

from pcmd_eval.util.verdicts import VERDICTS

Steps = dict[str, pd.Series | pd.DataFrame]  # by name; the quarters of cases are a frame
# Takes the objective's cells, its steps and the province's code; see the three functions below.
Aggregate = Callable[[pd.DataFrame, Steps, str], pd.DataFrame]
Key: TypeAlias = str | pd.Series | pd.Index
Keys: TypeAlias = Key | Sequence[Key]  # columns, levels of an index, or series


def at_least(needed: int, parts: pd.Series, by: Keys) -> pd.Series:
    """Mỗi nhóm có đủ số phần được tính hay không: có, không, hoặc chưa rõ.

        quarters = at_least(1, cells.some, by=[cells.unit_code, cells.period])

    `parts`: booleans, <NA> where nothing is known; `by`: levels of their index, or series. Gives
    for each group True if `needed` of its parts count, False if too few can, <NA> where the unknown
    ones decide.
    """
    groups = parts.astype("boolean").groupby(by, dropna=False)
    low = groups.sum()
    high = low + groups.size() - groups.count()
    is_sure = low >= needed
    return is_sure.where(is_sure | (high < needed))


def as_boolean(answers: pd.Series) -> pd.Series:
    """Return yes and given as True, no and none as False, anything else as <NA> (boolean)."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


# ---- the three aggregations ----------------------------------------------------------------------
#
# Each returns columns low, high and total (Int64) by unit; the province's row is the whole. `high`
# is <NA> while nothing bounds it.


def count_parts(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count parts of the last step: `low` the True ones, `high` also the <NA> ones, `total` all."""
    *_, parts = steps.values()
    groups = parts.groupby("reporter")
    low, total = groups.sum(), groups.size()
    unknown = total - groups.count()
    units = pd.DataFrame({"low": low, "high": low + unknown, "total": total}).astype("Int64")
    units.loc[province] = units.sum()  # includes the row of the province's own bodies
    return units


def count_models(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the province's models, in one row: `low` the True ones, `high` also the <NA> ones.

    `total` is <NA>; so is `high` while a reporter sent no list, or one that may still grow.
    """
    models = steps["models"]
    high = int(models.fillna(True).sum()) if unbounded_reporters(cells).empty else None
    return _unit_row(province, low=int(models.fillna(False).sum()), high=high, total=None)


def count_cases(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Return by unit the cases handled (low, high) of those detected (total), and `verdict`.

    The province has the sums over all reporters, and the worst (of lowest rank) of their verdicts.
    """
    reporters = steps["reporters"]
    sums = reporters[["low", "high", "total"]].sum(skipna=False)
    worst = min(reporters.verdict, key=lambda verdict: VERDICTS[verdict].rank)
    return pd.concat(
        [reporters.drop(province, errors="ignore"), _unit_row(province, **sums, verdict=worst)]
    )


def _unit_row(unit: str, **values: int | str | None) -> pd.DataFrame:
    """Return a frame of one row with these columns, indexed by the unit's code."""
    row = pd.DataFrame([values], index=pd.Index([unit], name="reporter", dtype="string"))
    return row.astype(dict.fromkeys(["low", "high", "total"], "Int64"))


def unbounded_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters that sent no list of models, or one of which a cell, persons aside, is
    open or contradictory: it may still grow.
    """
    may_grow = cells.state.isin(["open", "contradictory"]) & ~cells.column.isin(["persons"])
    return silent_reporters(cells).union(cells.reporter[may_grow].unique())


def silent_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters that neither list a model nor fill the row "none"."""
    has_answer = ((cells.row != "none") | cells.value.notna()).groupby(cells.reporter).any()
    return has_answer.index[~has_answer]
