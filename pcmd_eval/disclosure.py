"""What leaves the department: the cells without persons, and the persons of the whole province,
rounded.

What is published is made from `public(cells)` and `totals(cells)` and from nothing else, so that no
table, bar or sentence can tell more about anybody than these two do. What follows from the two: see
`attack`.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.definitions import OF_LINES
from pcmd_eval.objectives import model_names
from pcmd_eval.observations import SOME
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, load

WITHHELD = "withheld"  # a sum that is not told; <NA> stays "nobody has reported it"
KEYS = ["objective", "item"]
Listed = dict[str, dict[str, str]]  # of items by objective: why


class Disclosure(Strict):
    """data/disclosure.yaml: how sums are rounded and which are told; items about persons by
    objective, with why.
    """

    base: int
    parts: int
    share: int
    width: int
    source: str
    masked: Listed
    coarse: Listed
    yearly: Listed
    exceptions: Listed
    wholes: dict[str, dict[str, tuple[str, ...]]]
    listed: dict[str, tuple[str, ...]]


def load_disclosure() -> Disclosure:
    """The policy in force; raises InputRefused that names each faulty key."""
    return load(paths.DATA / "disclosure.yaml", Disclosure)


def public(cells: pd.DataFrame, rules: Disclosure) -> pd.DataFrame:
    """The same cells with the same states, of which those about persons hold no number and models
    no name.

    A coarse cell says 0, or `>0` in all reported quarters of a unit that had any in the year: "some
    in the year", never "in this quarter". The first believable quarter of a yearly item holds the
    year's sum and the others nothing. Words that were typed where a list was offered become its
    last; no `raw`, no `file`.
    """
    unit = [cells.reporter, cells["item"]]
    coarse = among(cells, rules.coarse)
    some_in_year = (coarse & cells.some.fillna(False)).groupby(unit, dropna=False).transform("any")
    some_in_year &= coarse & cells.value.notna()
    yearly = among(cells, rules.yearly) & cells.some.notna()
    year = cells.number[yearly].groupby(unit).transform("sum")
    year = year[~cells[yearly].duplicated(["reporter", "item"])]
    hidden = among(cells, rules.masked) | some_in_year | yearly
    value = cells.value.mask(hidden).mask(some_in_year, SOME).fillna(year.astype("string"))
    models = _numbered_models(cells)
    row = _listed(cells, rules)
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    return cells.assign(
        item=row.where(cells["column"] == "", row + ":" + cells["column"]),
        row=row,
        value=value.mask(models.notna(), models),
        number=cells.number.mask(hidden).fillna(year),
        amount=cells.amount.mask(hidden),
        some=cells.some.mask(hidden).mask(some_in_year, True).fillna(year > 0),
        raw=empty,
        file=empty,
    )


def _numbered_models(cells):
    """A number for each name of a model, <NA> elsewhere."""
    named = (cells["column"] == "name") & (cells["row"] != "none")
    folded = cells.value.where(named).map(fold, na_action="ignore")
    numbers = pd.Series(folded.factorize()[0] + 1, cells.index, dtype="string")
    return ("mô hình " + numbers).where(folded.notna())


def _listed(cells, rules):
    """The rows' names, those that were typed where a list was offered replaced by its last."""
    row = cells["row"]
    folded = row.fillna("").map(fold)
    for objective, words in rules.listed.items():
        typed = (cells.objective == objective) & ~folded.isin(["", *map(fold, words)])
        row = row.mask(typed, words[-1])
    return row


def totals(cells: pd.DataFrame, rules: Disclosure) -> pd.DataFrame:
    """The province's sums of the year of masked items (objective, item, value: strings), each
    rounded by itself.

    <NA> over nothing, `withheld` where the sum would tell of one reporter or model: see `_safe`,
    `_beside_parts`. That parts do not add up to a total is no fault. A model that several reporters
    list has its persons once.
    """
    line = ["reporter", "row"]
    told = cells[among(cells, rules.masked)]
    told = told.assign(
        item=_named(told),
        model=model_names(cells).fillna(told.reporter + " " + told["row"]),
        number=told.value.map(Decimal, na_action="ignore"),
    )
    known = told.dropna(subset="number")
    lines = known.groupby([*KEYS, *line, "model"]).number.sum()
    of_models = lines.groupby([*KEYS, "model"]).max()
    of_reporters = lines.groupby([*KEYS, "reporter"]).sum()
    sums = of_models.groupby(KEYS).sum()
    safe = _safe(of_models, sums, rules) & _safe(of_reporters, sums, rules)
    words = _beside_parts(_words(sums, safe, rules), rules)
    return told[KEYS].drop_duplicates().join(words, on=KEYS).reset_index(drop=True)


def totals_before(rows: pd.DataFrame, province: str, rules: Disclosure) -> pd.DataFrame:
    """What is told of persons of the previous year: its rows (KEYS, kind, unit_code, value, words)
    of the province.

    `words` are those of `totals`: rounded, or `withheld` as this year's sum would be. Where no part
    is known, as in a printed report, a sum is told that is large enough for as few parts as the
    policy asks for. No coarse item.
    """
    whole = (rows.unit_code == province) & (rows.kind != "own")
    parts = rows[~whole].groupby([*KEYS, "unit_code"]).value.sum()
    told = rows[whole & ~among(rows, rules.coarse)].set_index(KEYS)
    sums = told.value.dropna()
    alone = ~sums.index.isin(parts.index.droplevel("unit_code"))
    safe = _safe(parts, sums, rules) | (alone & (sums >= rules.parts + rules.width))
    words = _words(sums, safe, rules).reindex(told.index)
    words = words.fillna(told.words.mask(told.words.notna(), WITHHELD))  # a bound: too close
    return told.assign(words=_beside_parts(words, rules)).reset_index()


def _words(sums, safe, rules):
    """The sums as they are told, `withheld` where that is not safe."""
    words = [rounded(Decimal(str(value)), rules.base) for value in sums]
    return pd.Series(words, sums.index, dtype="string", name="value").where(safe, WITHHELD)


def _safe(parts, sums, rules):
    """Whether enough parts above 0 stand behind each sum, none is most of it, and they need not all
    be small.

    Of n parts above 0 each is 1 to sum - n + 1: that has to be as wide as the policy says.
    """
    above = parts[parts > 0].groupby(KEYS)
    many = above.size().reindex(sums.index, fill_value=0)
    most = above.max().reindex(sums.index, fill_value=0)
    enough = (many >= rules.parts) & (sums - many >= rules.width)
    return (enough & (most * 100 <= sums * rules.share)).astype(bool)


def _beside_parts(words, rules):
    """The words without a whole beside which its parts that are not told would be known too
    closely.
    """
    for (slug, whole), parts in by_item(rules.wholes).items():
        told = words.reindex([(slug, whole)]).fillna(WITHHELD).iloc[0]
        beside = words.reindex([(slug, part) for part in parts]).dropna()
        if told == WITHHELD or not beside.eq(WITHHELD).any():
            continue
        least = sum(bounds(word, rules.base)[0] for word in beside[beside != WITHHELD])
        if bounds(told, rules.base)[1] - least < rules.width:
            words = words.mask(words.index == (slug, whole), WITHHELD)
    return words


def rounded(value: Decimal, base: int) -> str:
    """0 stays 0, fewer than `base` are "dưới 5", all else is the nearest multiple of it."""
    if 0 < value < base:
        return f"dưới {base}"
    return str(int((value / base).to_integral_value(ROUND_HALF_UP)) * base)


def bounds(word: str, base: int) -> tuple[int, int]:
    """The least and the most whole number that `rounded` tells as this word."""
    if not word.isdigit():
        return 1, base - 1
    value = int(word)
    if not value:
        return 0, 0
    return max(value - base // 2, base), value + (base - 1) // 2


def by_item(*groups: Mapping[str, Any]) -> pd.Series:
    """What the policy's groups say of each item that they list, by objective and item."""
    return pd.concat([pd.DataFrame(group).unstack().dropna() for group in groups])


def among(rows: pd.DataFrame, *groups: Listed) -> pd.Series:
    """Which rows (objective, item) are of the items listed in the policy's groups.

    The policy calls the cells of models, whose lines have no codes of their own, by their column.
    """
    items = pd.MultiIndex.from_arrays([rows.objective, _named(rows)])
    return pd.Series(items.isin(by_item(*groups).index), rows.index)


def _named(rows):
    columns = rows["item"].str.replace(r"^.*:", "", regex=True)
    return rows["item"].mask(rows.objective.isin(OF_LINES), columns)
