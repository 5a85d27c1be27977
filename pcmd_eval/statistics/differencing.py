"""What a reader who keeps the last edition could work out about persons from the next: said before
that is published.

An edition tells of persons no sum through which one unit could be seen (see `disclosure`). The sums
of two editions, before and after one return came, tell that unit's number by their difference, and
no rule of one edition prevents it.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from pcmd_eval.objectives.aggregation import at_least
from pcmd_eval.objectives.registry import OF_LINES
from pcmd_eval.statistics.disclosure_control import (
    KEYS,
    WITHHELD,
    Disclosure,
    among,
    bounds,
    policy_items,
)

COLUMNS = ["reporter", "unit", "objective", "item", "least", "told"]

# What `run` says before it publishes; it does not decide.
CLOSE = "Ai có bộ đang công bố, so với bộ mới, sẽ suy ra được gần đúng số liệu về con người của:"
AVOIDED = (
    "Tránh được nếu đợi báo cáo cuối cùng rồi công bố một lần. Lệnh vẫn chạy tiếp; muốn đợi thì "
    "bấm Ctrl+C, bộ đang công bố giữ nguyên."
)
NOT_COMPARED = (
    "Chưa so được bộ mới với bộ đang công bố (bộ ấy không để lại bảng trong internal/told). Hai bộ "
    "liên tiếp có thể cho biết số liệu về con người của đơn vị mới gửi báo cáo."
)


def told_of(
    cells: pd.DataFrame, totals: pd.DataFrame, sent: pd.Series, policy: Disclosure
) -> pd.DataFrame:
    """What an edition tells of persons: a row for each unit's number behind a sum of the province,
    columns `COLUMNS`, all `string`.

    `unit`: the reporter (of models: the first that lists it, and the line) with the day on which
    its return came, for one that is sent again has other numbers; `least`: 1 where it tells of an
    activity for these persons, else 0; `told`: the word for the sum. Where it tells that there was
    no activity it reached nobody, and has no row. `cells` and `totals` are public; `sent`: by
    reporter.
    """
    line = ["reporter", "row"]
    models = cells[cells["column"] == "name"].set_index(line).value.rename("model")
    activities = cells[cells["column"] == ""]
    active = at_least(1, activities.some, by=[activities[key] for key in line]).rename("active")
    rows = cells[among(cells, policy.masked) & (cells.state == "reported")]
    rows = rows.join(models, on=line).join(active, on=line)
    unit = rows.reporter + " " + rows.reporter.map(sent).fillna("")
    reached = rows.active.where(rows["column"] == "persons")
    rows = rows.assign(
        unit=unit.mask(rows.objective.isin(OF_LINES), unit + " " + rows["row"]),
        item=policy_items(rows),
        least=reached.map({True: "1"}).fillna("0"),
        once=rows.model.fillna(rows.reporter + rows["row"]),
    )
    rows = rows[reached.fillna(True)].drop_duplicates([*KEYS, "once"])
    words = totals.rename(columns={"value": "told"})
    return rows.merge(words, "left", on=KEYS)[COLUMNS].astype("string")


def inferences(before: pd.DataFrame, now: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """What follows from two editions (see `told_of`) more closely than the policy allows: reporter,
    item, low, high.
    """
    narrow = []
    both = pd.concat([before.assign(edition=0), now.assign(edition=1)], ignore_index=True)
    for (_, item), rows in both.groupby(KEYS, sort=False):
        behind_sums = rows[rows.told.notna() & (rows.told != WITHHELD)]
        reporters = behind_sums.drop_duplicates("unit").set_index("unit").reporter
        for unit, (lower, upper) in _bounds_by_unit(behind_sums, policy).items():
            few = lower >= 1 and upper < policy.base
            if 0 < upper >= lower and (upper - lower < policy.width or few):
                narrow.append((reporters[unit], item, lower, upper))
    return pd.DataFrame(narrow, columns=["reporter", "item", "low", "high"])


def warnings(narrow: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """What `inferences` gives, in words: of whom what, and how to avoid it; no line where nothing
    follows.
    """
    lines = []
    for reporter, rows in narrow.groupby("reporter"):
        bounds_of_items = "; ".join(
            f"{names[row.item]}: từ {row.low} đến {row.high}" for row in rows.itertuples()
        )
        lines.append(f"- {names[reporter]}: {bounds_of_items}.")
    return [CLOSE, *lines, AVOIDED] if lines else []


def _bounds_by_unit(behind_sums, policy):
    """The lower and the upper bound of the number of each unit behind the sums of one item, by
    propagation; of none where they contradict each other.
    """
    sums = [_Fact.of_sum(rows, policy.base) for _, rows in behind_sums.groupby("edition")]
    bounds_by_unit = {}
    for unit, least in behind_sums.groupby("unit").least.max().astype(int).items():
        of_unit = [fact for fact in sums if unit in fact.signs]
        # A sum is told of no fewer parts above 0, see `disclosure`.
        sure = any(len(fact.signs) <= policy.parts for fact in of_unit)
        upper = min(fact.upper for fact in of_unit) * policy.share // 100
        bounds_by_unit[unit] = max(least, int(sure)), upper
    facts = [*sums, *(now.less(before) for before, now in pairwise(sums))]
    while (narrowed := _narrowed(bounds_by_unit, facts)) != bounds_by_unit:
        if any(lower > upper for lower, upper in narrowed.values()):
            return {}  # a number was changed without a new day: nothing follows for sure
        bounds_by_unit = narrowed
    return bounds_by_unit


class _Fact(NamedTuple):
    """The numbers of some units, each with its sign, add up to something between two bounds."""

    signs: dict[str, int]
    lower: int
    upper: int

    @classmethod
    def of_sum(cls, rows, base):
        """The sum that one edition tells of an item."""
        return cls(dict.fromkeys(rows.unit, 1), *bounds(rows.told.iloc[0], base))

    def less(self, before):
        """What this sum tells beyond one before it: those that came, less those that left."""
        came = dict.fromkeys(self.signs.keys() - before.signs.keys(), 1)
        left = dict.fromkeys(before.signs.keys() - self.signs.keys(), -1)
        return _Fact(came | left, self.lower - before.upper, self.upper - before.lower)


def _narrowed(bounds_by_unit, facts):
    """The bounds after each fact was used once: a number is what the others leave of the sum."""
    narrowed = dict(bounds_by_unit)
    for signs, sum_lower, sum_upper in facts:
        terms = {unit: _signed(sign, narrowed[unit]) for unit, sign in signs.items()}
        all_lower = sum(lower for lower, _ in terms.values())
        all_upper = sum(upper for _, upper in terms.values())
        for unit, (lower, upper) in terms.items():
            others_lower, others_upper = all_lower - lower, all_upper - upper
            term = max(lower, sum_lower - others_upper), min(upper, sum_upper - others_lower)
            narrowed[unit] = _signed(signs[unit], term)
    return narrowed


def _signed(sign, number_bounds):
    """The bounds of a number with this sign."""
    lower, upper = number_bounds
    return (lower, upper) if sign > 0 else (-upper, -lower)
