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

from pcmd_eval.counting import at_least
from pcmd_eval.definitions import OF_LINES
from pcmd_eval.disclosure import KEYS, WITHHELD, Disclosure, among, bounds

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
    cells: pd.DataFrame, totals: pd.DataFrame, sent: pd.Series, rules: Disclosure
) -> pd.DataFrame:
    """What an edition tells of persons, a row for each number behind a sum: columns `COLUMNS`, all
    `string`.

    `unit`: the reporter (of models: the first that lists it, and the line) with the day on which
    its return came, for what is sent again is another number; `least`: 1 where there was an
    activity for these persons, else 0; `told`: the word for the province's sum. Where there was no
    activity nobody was reached, and there is no row. `cells` and `totals` are public; `sent`: by
    reporter.
    """
    line = ["reporter", "row"]
    models = cells[cells["column"] == "name"].set_index(line).value.rename("model")
    activities = cells[cells["column"] == ""]
    active = at_least(1, activities.some, by=[activities[key] for key in line]).rename("active")
    rows = cells[among(cells, rules.masked) & (cells.state == "reported")]
    rows = rows.join(models, on=line).join(active, on=line)
    of_model = rows.objective.isin(OF_LINES)
    unit = rows.reporter + " " + rows.reporter.map(sent).fillna("")
    active = rows.active.where(rows["column"] == "persons")
    rows = rows.assign(
        unit=unit.mask(of_model, unit + " " + rows["row"]),
        item=rows["item"].mask(of_model, rows["column"]),
        least=active.map({True: "1"}).fillna("0"),
        once=rows.model.fillna(rows.reporter + rows["row"]),
    )
    rows = rows[active.fillna(True)].drop_duplicates([*KEYS, "once"])
    words = totals.rename(columns={"value": "told"})
    return rows.merge(words, "left", on=KEYS)[COLUMNS].astype("string")


def followed(before: pd.DataFrame, now: pd.DataFrame, rules: Disclosure) -> pd.DataFrame:
    """What follows from two editions (see `told_of`) more closely than the policy allows: reporter,
    item, low, high.
    """
    rows = []
    both = pd.concat([before.assign(edition=0), now.assign(edition=1)], ignore_index=True)
    for (_, item), own in both.groupby(KEYS, sort=False):
        shown = own[own.told.notna() & (own.told != WITHHELD)]
        reporters = shown.drop_duplicates("unit").set_index("unit").reporter
        for unit, (low, high) in _intervals(shown, rules).items():
            few = low >= 1 and high < rules.base
            if 0 < high >= low and (high - low < rules.width or few):
                rows.append((reporters[unit], item, low, high))
    return pd.DataFrame(rows, columns=["reporter", "item", "low", "high"])


def warnings(found: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """What `followed` found, in words: of whom what, and how to avoid it; no line where nothing
    follows.
    """
    lines = []
    for reporter, own in found.groupby("reporter"):
        told = [f"{names[row.item]}: từ {row.low} đến {row.high}" for row in own.itertuples()]
        lines.append(f"- {names[reporter]}: {'; '.join(told)}.")
    return [CLOSE, *lines, AVOIDED] if lines else []


def _intervals(shown, rules):
    """Of each unit behind the sums of one item the least and the most that it can have, by
    propagation; of none where they contradict each other.
    """
    sums = [_Fact.of_sum(rows, rules.base) for _, rows in shown.groupby("edition")]
    box = {}
    for unit, least in shown.groupby("unit").least.max().astype(int).items():
        own = [fact for fact in sums if unit in fact.signs]
        sure = any(len(fact.signs) <= rules.parts for fact in own)  # as many have a part above 0
        most = min(fact.high for fact in own)
        box[unit] = max(least, int(sure)), most * rules.share // 100
    facts = [*sums, *(now.less(before) for before, now in pairwise(sums))]
    while (narrowed := _narrowed(box, facts)) != box:
        if any(low > high for low, high in narrowed.values()):
            return {}  # a number was changed without a new day: nothing follows for sure
        box = narrowed
    return box


class _Fact(NamedTuple):
    """The numbers of some units, each with its sign, add up to something between two bounds."""

    signs: dict[str, int]
    low: int
    high: int

    @classmethod
    def of_sum(cls, rows, base):
        """The sum that one edition tells of an item."""
        return cls(dict.fromkeys(rows.unit, 1), *bounds(rows.told.iloc[0], base))

    def less(self, before):
        """What this sum tells beyond one before it: those that came, less those that left."""
        came = dict.fromkeys(self.signs.keys() - before.signs.keys(), 1)
        left = dict.fromkeys(before.signs.keys() - self.signs.keys(), -1)
        return _Fact(came | left, self.low - before.high, self.high - before.low)


def _narrowed(box, facts):
    """The intervals after each fact was used once."""
    box = dict(box)
    for signs, low, high in facts:
        terms = {unit: _signed(sign, box[unit]) for unit, sign in signs.items()}
        least = sum(first for first, _ in terms.values())
        most = sum(last for _, last in terms.values())
        for unit, (first, last) in terms.items():
            rest_least, rest_most = least - first, most - last
            term = max(first, low - rest_most), min(last, high - rest_least)
            box[unit] = _signed(signs[unit], term)
    return box


def _signed(sign, interval):
    """Where a number of the interval lies with this sign."""
    low, high = interval
    return (low, high) if sign > 0 else (-high, -low)
