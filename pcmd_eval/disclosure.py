"""What leaves the department: the cells without persons, and the persons of the whole province, rounded.

What is published is made from `public(cells)` and `totals(cells)` and from nothing else, so that no table, bar or
sentence can tell more about anybody than these two do.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.observations import SOME
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, load


class Disclosure(Strict):
    """data/disclosure.yaml: the `base` of rounding; items about persons by objective, with why; lists of words."""

    base: int
    masked: dict[str, dict[str, str]]
    coarse: dict[str, dict[str, str]]
    listed: dict[str, tuple[str, ...]]


def load_disclosure() -> Disclosure:
    """The policy in force; raises InputRefused that names each faulty key."""
    return load(paths.DATA / "disclosure.yaml", Disclosure)


def public(cells: pd.DataFrame, rules: Disclosure) -> pd.DataFrame:
    """The same cells with the same states, of which those about persons hold no number and models no name.

    A coarse cell says 0 or `>0`; words that were typed where a list was offered become its last; no `raw`, no `file`.
    """
    coarse, named = (
        among(cells, rules.coarse),
        (cells["column"] == "name") & (cells["row"] != "none"),
    )
    hidden = among(cells, rules.masked) | (coarse & (cells.value != "0").fillna(False))
    folded = cells.value.where(named).map(fold, na_action="ignore")
    models = "mô hình " + pd.Series(pd.factorize(folded)[0] + 1, cells.index).astype("string")
    row = cells["row"]
    for objective, words in rules.listed.items():
        listed = row.fillna("").map(fold).isin(["", *map(fold, words)])
        row = row.mask((cells.objective == objective) & ~listed, words[-1])
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    return cells.assign(
        item=row.where(cells["column"] == "", row + ":" + cells["column"]),
        row=row,
        value=cells.value.mask(hidden).mask(hidden & coarse, SOME).mask(folded.notna(), models),
        number=cells.number.mask(hidden),
        some=cells.some.mask(hidden & ~coarse),
        raw=empty,
        file=empty,
    )


def totals(cells: pd.DataFrame, rules: Disclosure) -> pd.DataFrame:
    """The province's sums of the year (objective, item, value: strings), each rounded by itself, <NA> over nothing.

    That parts do not add up to a total is no fault. A model that several reporters list has its persons once.
    """
    keys, line = ["objective", "item"], ["reporter", "row"]
    models = (
        cells[cells["column"] == "name"]
        .set_index(line)
        .value.map(fold, na_action="ignore")
        .rename("model")
    )
    told = cells[among(cells, rules.coarse, rules.masked)].join(models, on=line)
    told = told.assign(
        item=_named(told),
        model=told.model.fillna(pd.Series(told.index, told.index).astype("string")),
        number=told.value.map(Decimal, na_action="ignore"),
    )
    sums = told.dropna(subset="number").groupby([*keys, "model"]).number.max().groupby(keys).sum()
    words = sums.map(lambda value: rounded(value, rules.base)).astype("string").rename("value")
    return told[keys].drop_duplicates().join(words, on=keys).reset_index(drop=True)


def rounded(value: Decimal, base: int) -> str:
    """0 stays 0, fewer than `base` are "dưới 5", all else is the nearest multiple of it."""
    if 0 < value < base:
        return f"dưới {base}"
    return str(int((value / base).to_integral_value(ROUND_HALF_UP)) * base)


def among(rows: pd.DataFrame, *groups: Mapping[str, Mapping[str, str]]) -> pd.Series:
    """Which rows (objective, item) are of the items listed in the policy's groups.

    The policy calls the cells of models, whose lines have no codes of their own, by their column.
    """
    listed = {
        f"{objective} {item}"
        for group in groups
        for objective, own in group.items()
        for item in own
    }
    return (rows.objective + " " + _named(rows)).isin(listed)


def _named(rows: pd.DataFrame) -> pd.Series:
    return rows["item"].mask(
        rows.objective == "support_model", rows["item"].str.replace(r"^.*:", "", regex=True)
    )
