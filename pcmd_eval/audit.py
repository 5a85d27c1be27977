"""An attacker's look at indicators.csv before anyone else's: what can be worked out of it about few persons.

Shares no code with what decides on withholding, not even the reading of the file: only the rules are the same, those of
data/disclosure.yaml. For the reader, and for each reporter with its own figures, every withheld number gets the exact
interval it must lie in. It is safe if it may be 1 and may be as large as the threshold, or is known to be no less.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pcmd_eval import paths
from pcmd_eval.editions import Edition, Item, Law, Row
from pcmd_eval.intervals import Sums

Own = Mapping[str, Mapping[Item, Any]]  # what each reporter knows of itself
Known = Mapping[Item, Fraction]
_Key = tuple[int, Item]  # an edition, and a kind or (a reporter, "")
_SAYS = "tính ra được số nhỏ đã giữ lại"


def audit(
    content: bytes,
    own: Own | None = None,
    earlier: bytes | None = None,
    earlier_own: Own | None = None,
    rules: Path | None = None,
) -> list[str]:
    """What the file gives away, a sentence for each, naming unit and indicator and never a value; empty if nothing.

    `own` are the sums of the sensitive items that each reporter knows of itself; `earlier` is the edition that readers
    already have, `earlier_own` what reporters knew then: what the two tell together is looked at as well. Without it, a
    reporter whose own return changed is not taken to remember what it said before.
    """
    law = _law((rules or paths.DATA / "disclosure.yaml").read_text(encoding="utf-8"))
    edition = Edition(content, law)
    if found := [*edition.forbidden()]:
        return list(dict.fromkeys(found))
    known, then = _fractions(own), _fractions(earlier_own)
    for knower in ("", *sorted(known)):
        mine = known.get(knower, {})
        found += _Attack([(edition, mine)], law, knower).leaks()
        if earlier is not None:
            before = (Edition(earlier, law), then.get(knower, {}))
            found += _Attack([(edition, mine), before], law, knower).leaks()
    return list(dict.fromkeys(found))


@cache
def _law(text: str) -> Law:
    return Law(yaml.safe_load(text))


def _fractions(own: Own | None) -> dict[str, dict[Item, Fraction]]:
    return {code: {item: Fraction(v) for item, v in sums.items()} for code, sums in (own or {}).items()}


class _Attack:
    """What one reader makes of one edition, or of a new edition and the one before it."""

    def __init__(self, editions: list[tuple[Edition, Known]], law: Law, knower: str) -> None:
        self.editions, self.law, self.knower = editions, law, knower
        self.new, self.own = editions[0]

    def leaks(self) -> Iterator[str]:
        """The sentences on what this reader learns."""
        if len(self.editions) == 1:
            yield from self._sums()
            yield from self._fines()
            yield from self._activities()
        else:
            yield from self._differences()
        yield from self._table()

    def _betrayed(self, low: Fraction, high: Fraction | None) -> bool:
        """Whether a number is told to be small, or (unless a correction tells it) to be more than the smallest."""
        surely_small = high is not None and 0 < high < self.law.least
        return surely_small or (len(self.editions) == 1 and self.law.lowest < low < self.law.least)

    # ---- sums of the province: what is left of them without the reader's own part

    def _sums(self) -> Iterator[str]:
        for item in self.law.sensitive:
            row = self.new.whole(item)
            if row and row.number is not None and item != self.law.money:
                rest = row.number - self.own.get(item, Fraction(0))
                if self.law.small(rest):
                    yield row.says(_SAYS)

    def _fines(self) -> Iterator[str]:
        money, total = self.new.whole(self.law.money), self.new.whole(self.law.total)
        if money and money.number is not None and (total is None or total.number is None):
            yield money.says("được công bố trong khi tổng số người bị giữ lại")

    def _differences(self) -> Iterator[str]:
        """A reporter that was not in the sum before, or had none, is the difference of the two editions."""
        before = self.editions[1][0]
        for item in self.law.sensitive:
            row, old = self.new.whole(item), before.whole(item)
            if not row or not old or row.number is None or old.number is None or item == self.law.money:
                continue
            if row.parts[0] != old.parts[0] or self.new.limbs_of(item) != before.limbs_of(item):
                change = row.number - old.number
                then = self.editions[1][1] if self.knower in self._changed() else self.own
                mine = self.own.get(item, Fraction(0)) - then.get(item, Fraction(0))
                if any(self.law.small(abs(rest)) for rest in {change, change - mine}):
                    yield row.says(f"{_SAYS} khi so với lần công bố trước")

    # ---- activities of a district that is known to have had some

    def _activities(self) -> Iterator[str]:
        for item, level in self.law.sensitive.items():
            row = self.new.whole(item)
            if level == "province" and row and row.number and row.full and item[1] in self.new.activities(item):
                yield from self._activity(row)

    def _activity(self, row: Row) -> Iterator[str]:
        sums, sure = Sums(), []
        siblings = [item for item in self.new.activities(row.item) if item != row.item[1]]
        for unit, limb in self.new.limbs_of(row.item).items():
            others = [self.new.of(unit, (row.item[0], name)) for name in siblings]
            none = limb.value == "low" and all(other and other.full and other.number == 0 for other in others)
            sums.number(unit, Fraction(int(none)), Fraction(0) if limb.value == "none" else None)
            if unit == self.knower and row.item in self.own:
                sums.number(unit, self.own[row.item], self.own[row.item])
            elif none:
                sure.append(limb)
        sums.add("", [*self.new.limbs_of(row.item)])
        sums.number("", row.number or Fraction(0), row.number)
        sums.narrow()
        for limb in sure if sums.possible else ():
            if self._betrayed(sums.low[limb.unit], sums.high[limb.unit]):
                yield limb.says(f"{_SAYS} ({row.item[1]})")

    # ---- the table with a total

    def _table(self) -> Iterator[str]:
        changed = self._changed()
        tried = [self._believed(changed)]
        if not tried[0][0].possible and len(self.editions) == 2:  # some return changed where nobody sees it
            tried = [self._believed(changed | {unit}) for unit in self.new.table()]
            tried = [one for one in tried if one[0].possible] or [self._believed(changed | self.new.table().keys())]
        if not tried[0][0].possible:
            if not self.knower:
                yield "Bảng số người vi phạm: các số công bố không khớp nhau."
            return
        for key in tried[0][1]:
            low = min(sums.low[names[key]] for sums, names in tried)
            highs = [sums.high[names[key]] for sums, names in tried]
            if self._betrayed(low, None if None in highs else max(highs)):  # type: ignore[type-var]
                yield self._row(key).says(_SAYS + (" khi so với lần công bố trước" if len(self.editions) == 2 else ""))

    def _changed(self) -> frozenset[str]:
        """The reporters whose returns are seen to differ between the editions; the figures of all others are one."""
        if len(self.editions) == 1:
            return frozenset()
        before = self.editions[1][0]
        old, new = before.table(), self.new.table()
        moved = (u for u in old.keys() & new.keys() if None not in (a := {old[u].number, new[u].number}) and len(a) > 1)
        differing = {unit for unit in old.keys() | new.keys() if before.outside(unit) != self.new.outside(unit)}
        return frozenset(differing | (old.keys() ^ new.keys()) | {*moved})

    def _believed(self, changed: frozenset[str]) -> tuple[Sums, dict[_Key, str]]:
        """Everything this reader knows about the table, and the name of each number that is withheld."""
        sums, names = Sums(), dict[_Key, str]()
        parts: list[list[str]] = []
        for at, (edition, own) in enumerate(self.editions):
            parts.append([])
            for unit, row in edition.table().items():
                name = f"{unit}/{at}" if unit in changed else unit
                sums.number(name, Fraction(self.law.lowest) if row.number is None else row.number, row.number)
                if unit == self.knower and self.law.total in own:
                    sums.number(name, own[self.law.total], own[self.law.total])
                elif row.number is None and unit != self.knower:
                    names[at, (unit, "")] = name
                parts[-1].append(name)
        both = [name for name in parts[0] if len(parts) == 2 and name in parts[1]]
        if both:
            sums.add("both", both)
        for at, (edition, own) in enumerate(self.editions):
            total = edition.whole(self.law.total)
            if total and parts[at]:
                rest = [name for name in parts[at] if name not in both]
                sums.add(f"total/{at}", [*rest, *(["both"] if both else [])])
                if total.number is not None:
                    sums.number(f"total/{at}", total.number, total.number)
                names |= self._kinds(sums, at, edition, own, total)
        sums.narrow()
        return sums, names

    def _kinds(self, sums: Sums, at: int, edition: Edition, own: Known, total: Row) -> dict[_Key, str]:
        """The kinds that share the total: what is left of each without the reader's own part."""
        rows = [row for item in self.law.parts if (row := edition.whole(item)) and row.parts == total.parts]
        if len(rows) < len(self.law.parts) or any(row.status == "unknown" for row in rows):
            return {}
        none_shown = all(row.number is None for row in rows)  # then a withheld one may be 0
        names: dict[_Key, str] = {}
        for row in rows:
            part, rest, mine = (f"{kind}/{row.item[1]}/{at}" for kind in ("part", "rest", "mine"))
            low = Fraction(0 if none_shown else self.law.lowest)
            sums.number(part, low if row.number is None else row.number, row.number)
            known = own.get(row.item, Fraction(0))
            sums.number(mine, known, known)
            sums.number(rest, Fraction(0))
            sums.add(part, [mine, rest])
            if row.number is None:
                names[at, row.item] = rest
        sums.add(f"total/{at}", [f"part/{row.item[1]}/{at}" for row in rows])
        return names

    def _row(self, key: _Key) -> Row:
        at, what = key
        edition = self.editions[at][0]
        found = edition.whole(what) if what[1] else edition.table()[what[0]]
        assert found is not None
        return found
