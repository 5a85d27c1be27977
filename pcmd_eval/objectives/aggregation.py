"""The ways of counting: how many parts of an objective surely count, may count, and how many there
are.
"""

import pandas as pd

Steps = dict[str, pd.Series | pd.DataFrame]  # by name; of cases those of quarters are frames
WORST_FIRST = ("not_met", "undetermined", "met", "none_arose")


def at_least(needed: int, parts: pd.Series, by: list) -> pd.Series:
    """True where `needed` parts of a group surely count, False where too few can, else <NA>.

    `by`: the names of levels of the parts' index, or columns beside them.
    """
    sure = parts.fillna(False).groupby(by).sum() >= needed
    possible = parts.fillna(True).groupby(by).sum() >= needed
    return sure.astype("boolean").where(sure | ~possible)


# ---- the three ways: `of_parts`, `of_models`, `of_cases` -----------------------------------------
#
# Each takes the cells of the objective, its steps and the province's code, and gives low, high and
# total (Int64) by unit, the province's row being that of the whole. `high` is <NA> while nothing
# bounds it. Its name is that of the macro that says a finding (data/templates/sentences.j2).


def of_parts(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """The parts of the last step, out of all that there are."""
    *_, parts = steps.values()
    counts = {"low": parts.fillna(False), "high": parts.fillna(True), "total": True}
    each = pd.DataFrame(counts, parts.index).astype("Int64")
    units = each.groupby("reporter").sum().drop(province, errors="ignore")
    return pd.concat([units, _row(province, **each.sum())])


def of_models(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """The models of the whole province: no total, and no bound while somebody is `undeclared`."""
    models = steps["models"]
    high = None if undeclared(cells).size else int(models.fillna(True).sum())
    return _row(province, low=int(models.fillna(False).sum()), high=high, total=None)


def of_cases(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """The cases handled out of those detected, and the verdict, found reporter by reporter."""
    reporters = steps["reporters"]
    sums = reporters[["low", "high", "total"]].sum(skipna=False)
    worst = next(verdict for verdict in WORST_FIRST if verdict in {*reporters.verdict})
    return pd.concat([reporters.drop(province), _row(province, **sums, verdict=worst)])


def _row(unit, **values):
    row = pd.DataFrame([values], index=pd.Index([unit], name="reporter", dtype="string"))
    return row.astype(dict.fromkeys(["low", "high", "total"], "Int64"))


def undeclared(cells: pd.DataFrame) -> pd.Index:
    """The reporters whose sheet neither lists anything nor says that there is nothing to list."""
    speaks = ((cells.row != "none") | cells.value.notna()).groupby(cells.reporter).any()
    return speaks.index[~speaks]
