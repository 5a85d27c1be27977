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

from pcmd_eval.evaluation.observations import SOME
from pcmd_eval.objectives.registry import MODEL_SLUGS
from pcmd_eval.objectives.support_model import model_names
from pcmd_eval.util import paths
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.yaml_models import StrictModel, load_model

WITHHELD = "withheld"  # a sum that is not told; <NA> stays "nobody has reported it"
KEYS = ["objective", "item"]
ItemReasons = dict[str, dict[str, str]]  # of items by objective: why


class Disclosure(StrictModel):
    """data/disclosure.yaml, whose comments say what each key means: how sums are rounded and which
    are told; items about persons by objective, with why.
    """

    base: int
    parts: int
    share: int
    width: int
    source: str
    masked: ItemReasons
    coarse: ItemReasons
    yearly: ItemReasons
    exceptions: ItemReasons
    wholes: dict[str, dict[str, tuple[str, ...]]]
    listed: dict[str, tuple[str, ...]]


def load_disclosure() -> Disclosure:
    """The policy in force; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "disclosure.yaml", Disclosure)


def public(cells: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """The same cells with the same states, of which those about persons hold no number and models
    no name.

    A coarse cell says 0, or `>0` in all reported quarters of a unit that had any in the year: "some
    in the year", never "in this quarter". The first believable quarter of a yearly item holds the
    year's sum and the others nothing. Words that were typed where a list was offered become its
    last; no `raw`, no `file`.
    """
    unit = [cells.reporter, cells["item"]]
    coarse = among(cells, policy.coarse)
    some_in_year = (coarse & cells.some.fillna(False)).groupby(unit, dropna=False).transform("any")
    some_in_year &= coarse & cells.value.notna()
    yearly = among(cells, policy.yearly) & cells.some.notna()
    of_year = cells.number[yearly].groupby(unit).transform("sum")
    of_year = of_year[~cells[yearly].duplicated(["reporter", "item"])]
    hidden = among(cells, policy.masked) | some_in_year | yearly
    value = cells.value.mask(hidden).mask(some_in_year, SOME).fillna(of_year.astype("string"))
    models = _numbered_models(cells)
    row = _offered_rows(cells, policy)
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    return cells.assign(
        item=row.where(cells["column"] == "", row + ":" + cells["column"]),
        row=row,
        value=value.mask(models.notna(), models),
        number=cells.number.mask(hidden).fillna(of_year),
        amount=cells.amount.mask(hidden),
        some=cells.some.mask(hidden).mask(some_in_year, True).fillna(of_year > 0),
        raw=empty,
        file=empty,
    )


def _numbered_models(cells):
    """A number for each name of a model, <NA> elsewhere."""
    named = (cells["column"] == "name") & (cells["row"] != "none")
    folded = cells.value.where(named).map(fold, na_action="ignore")
    numbers = pd.Series(folded.factorize()[0] + 1, cells.index, dtype="string")
    return ("mô hình " + numbers).where(folded.notna())


def _offered_rows(cells, policy):
    """The rows' names, those that were typed where a list was offered replaced by its last."""
    row = cells["row"]
    folded = row.fillna("").map(fold)
    for objective, offered in policy.listed.items():
        typed = (cells.objective == objective) & ~folded.isin(["", *map(fold, offered)])
        row = row.mask(typed, offered[-1])
    return row


def totals(cells: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """The province's sums of the year of masked items (objective, item, value: strings), each
    rounded by itself.

    <NA> over nothing, `withheld` where the sum would tell of one reporter or model: see
    `_hides_parts`, `_withhold_wholes`. That parts do not add up to a total is no fault. A model
    that several reporters list has its persons once.
    """
    line = ["reporter", "row"]
    persons = cells[among(cells, policy.masked)]
    persons = persons.assign(
        item=policy_items(persons),
        model=model_names(cells).fillna(persons.reporter + " " + persons["row"]),
        number=persons.value.map(Decimal, na_action="ignore"),
    )
    known = persons.dropna(subset="number")
    lines = known.groupby([*KEYS, *line, "model"]).number.sum()
    of_models = lines.groupby([*KEYS, "model"]).max()
    of_reporters = lines.groupby([*KEYS, "reporter"]).sum()
    sums = of_models.groupby(KEYS).sum()
    safe = _hides_parts(of_models, sums, policy) & _hides_parts(of_reporters, sums, policy)
    words = _withhold_wholes(_words(sums, safe, policy), policy)
    return persons[KEYS].drop_duplicates().join(words, on=KEYS).reset_index(drop=True)


def previous_totals(rows: pd.DataFrame, province: str, policy: Disclosure) -> pd.DataFrame:
    """What is told of persons of the previous year: its rows (KEYS, kind, unit_code, value, words)
    of the province.

    `words` are those of `totals`: rounded, or `withheld` as this year's sum would be. Where no part
    of a sum is known, as in a printed report, it is told if it would hide the fewest parts that the
    policy allows. There is no row of a coarse item.
    """
    whole = (rows.unit_code == province) & (rows.kind != "own")
    parts = rows[~whole].groupby([*KEYS, "unit_code"]).value.sum()
    province_rows = rows[whole & ~among(rows, policy.coarse)].set_index(KEYS)
    sums = province_rows.value.dropna()
    alone = ~sums.index.isin(parts.index.droplevel("unit_code"))
    safe = _hides_parts(parts, sums, policy) | (alone & (sums >= policy.parts + policy.width))
    words = _words(sums, safe, policy).reindex(province_rows.index)
    bounded = province_rows.words.notna()  # words without a value: they would tell too closely
    words = words.fillna(province_rows.words.mask(bounded, WITHHELD))
    return province_rows.assign(words=_withhold_wholes(words, policy)).reset_index()


def _words(sums, safe, policy):
    """The sums as they are told, `withheld` where that is not safe."""
    words = [round_to_base(Decimal(str(value)), policy.base) for value in sums]
    return pd.Series(words, sums.index, dtype="string", name="value").where(safe, WITHHELD)


def _hides_parts(parts, sums, policy):
    """Whether each sum hides its parts: enough of them above 0 stand behind it, none is most of it,
    and they need not all be small.

    Of n parts above 0 each is 1 to sum - n + 1: that has to be as wide as the policy says.
    """
    above = parts[parts > 0].groupby(KEYS)
    count = above.size().reindex(sums.index, fill_value=0)
    largest = above.max().reindex(sums.index, fill_value=0)
    enough = (count >= policy.parts) & (sums - count >= policy.width)
    return (enough & (largest * 100 <= sums * policy.share)).astype(bool)


def _withhold_wholes(words, policy):
    """The words, of which a whole is withheld too where it would tell its withheld parts too
    closely.
    """
    for (slug, whole), parts in by_item(policy.wholes).items():
        word = words.reindex([(slug, whole)]).fillna(WITHHELD).iloc[0]
        part_words = words.reindex([(slug, part) for part in parts]).dropna()
        if word == WITHHELD or not part_words.eq(WITHHELD).any():
            continue
        _, upper = bounds(word, policy.base)
        lowers = [bounds(part, policy.base)[0] for part in part_words[part_words != WITHHELD]]
        if upper - sum(lowers) < policy.width:
            words = words.mask(words.index == (slug, whole), WITHHELD)
    return words


def round_to_base(value: Decimal, base: int) -> str:
    """0 stays 0, fewer than `base` are "dưới 5", all else is the nearest multiple of it."""
    if 0 < value < base:
        return f"dưới {base}"
    return str(int((value / base).to_integral_value(ROUND_HALF_UP)) * base)


def bounds(word: str, base: int) -> tuple[int, int]:
    """The lower and the upper bound of the whole numbers that `rounded` tells as this word."""
    if not word.isdigit():
        return 1, base - 1
    value = int(word)
    if not value:
        return 0, 0
    return max(value - base // 2, base), value + (base - 1) // 2


def by_item(*groups: Mapping[str, Any]) -> pd.Series:
    """What the policy's groups say of each item that they list, by objective and item."""
    return pd.concat([pd.DataFrame(group).unstack().dropna() for group in groups])


def among(rows: pd.DataFrame, *groups: ItemReasons) -> pd.Series:
    """Which rows (objective, item) are of the items listed in the policy's groups."""
    items = pd.MultiIndex.from_arrays([rows.objective, policy_items(rows)])
    return pd.Series(items.isin(by_item(*groups).index), rows.index)


def policy_items(rows: pd.DataFrame) -> pd.Series:
    """What the policy calls the item of each row: of models, whose lines have no codes of their
    own, the column.
    """
    columns = rows["item"].str.replace(r"^.*:", "", regex=True)
    return rows["item"].mask(rows.objective.isin(MODEL_SLUGS), columns)
