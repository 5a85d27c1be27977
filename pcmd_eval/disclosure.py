"""What about persons may be published: which counts are withheld so that nobody can work out a small one.

A hidden set passes if nobody can tell that one of its cells is small: not the reader of the sum, and not a reporter who
takes the own figures off. All of it is in closed form (notes on reliability, 3.4), so that nothing can time out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pcmd_eval import paths
from pcmd_eval.strict import Strict, load

Text = Annotated[str, Field(min_length=1)]
Number = int | Decimal


class Sensitive(Strict):
    """One item that tells about few persons, and the lowest level at which its sum over the year may appear."""

    objective: Text
    item: Text
    level: Literal["district", "province", "never"]
    why: Text


class Table(Strict):
    """The table with a total: `total` by reporter, its `parts` for the province, and the money that goes with it."""

    objective: Text
    total: Text
    parts: tuple[Text, ...]
    money: Text


class Open(Strict):
    """The indicators of one objective that are not about persons, by level."""

    district: tuple[Text, ...] = ()
    own: tuple[Text, ...] = ()
    province: tuple[Text, ...] = ()


class Further(Strict):
    """One more value to withhold, where a new edition beside the one before would tell a small number."""

    unit: Annotated[str, Field(pattern=r"^\d{2,3}$")]
    objective: Text
    item: Text


class Disclosure(Strict):
    """The rules of data/disclosure.yaml; what they do not name is not published."""

    threshold: Annotated[int, Field(ge=2)]
    zeros_shown: Literal[True]
    marker: Text
    audience: Literal["public"]
    table: Table
    sensitive: tuple[Sensitive, ...]
    open: dict[str, Open]
    also_withheld: tuple[Further, ...] = ()

    @property
    def withheld_besides(self) -> frozenset[tuple[str, str, str]]:
        """What is withheld whatever its value; the kinds and the fines go with the total of their table."""
        found = {(f.unit, f.objective, f.item) for f in self.also_withheld}
        units = {unit for unit, *item in found if item == [self.table.objective, self.table.total] and len(unit) == 2}
        below = (*self.table.parts, self.table.money)
        return frozenset(found | {(unit, self.table.objective, item) for unit in units for item in below})

    def level(self, objective: str, item: str) -> str:
        """The level of a sensitive item; an item that is not listed has none."""
        return next((s.level for s in self.sensitive if (s.objective, s.item) == (objective, item)), "")


def load_disclosure(path: Path | None = None) -> Disclosure:
    """Read the rules; raises InputRefused that names each faulty key."""
    return load(path or paths.DATA / "disclosure.yaml", Disclosure)


# ---- one table with a total -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Protection:
    """Which cells are hidden, and whether the total may be shown."""

    hidden: frozenset[str]
    total: bool


def protect(cells: Mapping[str, Number], threshold: int, zeros_shown: bool = True) -> Protection:
    """Hide as few cells of a table with a total as protect its small ones; if none will do, the total is withheld.

    A cell that is no zero and not small is added one at a time, the smallest first: two are always enough.
    """
    least = 1 if zeros_shown else 0
    hidden = {name for name, value in cells.items() if least <= value < threshold}
    further = sorted((value, name) for name, value in cells.items() if value >= threshold)
    for count in range(len(further) + 1):
        chosen = hidden | {name for _, name in further[:count]}
        if unreadable({name: cells[name] for name in chosen}, threshold, least):
            return Protection(frozenset(chosen), total=True)
    return Protection(frozenset(hidden), total=False)


def unreadable(
    hidden: Mapping[str, Number], threshold: int, least: int = 1, known: Iterable[Collection[str]] | None = None
) -> bool:
    """Whether the hidden cells, of which the sum is known, tell nobody that one of them is small.

    `known` are the cells that one insider knows together, for each insider; by default each knows one.
    """
    return all(
        _passes([value for name, value in hidden.items() if name not in own], threshold, least)
        for own in ((), *(([name] for name in hidden) if known is None else known))
    )


def _passes(values: Sequence[Number], threshold: int, least: int) -> bool:
    small = any(least <= value < threshold for value in values)
    return not small or sum(values) >= threshold + (len(values) - 1) * least


# ---- sums whose parts are not published -----------------------------------------------------------------------------


def sum_shown(parts: Mapping[str, Number], threshold: int, known: Iterable[Collection[str]] | None = None) -> bool:
    """Whether the sum of parts may be shown; the reader is taken to know which of them are not 0."""
    return unreadable({name: value for name, value in parts.items() if value}, threshold, known=known)


def hidden_parts(parts: Mapping[str, Mapping[str, Number]], threshold: int) -> frozenset[str]:
    """Which kinds (kind -> reporter -> persons) are withheld where the sum over all kinds is shown.

    The fewest, and of those the smallest, so that no one works out a small one; with all of them, zeros too.
    """
    totals = {kind: sum(own.values()) for kind, own in parts.items()}
    order = sorted(totals, key=lambda kind: (totals[kind], kind))
    for hidden in _some([kind for kind in order if totals[kind]], len(parts) - 1):
        shown = [kind for kind in order if kind not in hidden]
        if all(sum_shown(parts[kind], threshold) for kind in shown) and _kinds_pass(hidden, parts, threshold):
            return frozenset(hidden)
    return frozenset(parts)


def _some(names: list[str], most: int) -> Iterator[tuple[str, ...]]:
    return (found for count in range(most + 1) for found in combinations(names, count))


def _kinds_pass(hidden: Sequence[str], parts: Mapping[str, Mapping[str, Number]], threshold: int) -> bool:
    pooled = Counter[str]()
    for kind in hidden:
        pooled.update(parts[kind])
    if not sum_shown(pooled, threshold):
        return False
    for knower in ("", *pooled):  # "" for the reader, who knows none
        known = {kind: parts[kind].get(knower, 0) for kind in hidden}
        rest = {kind: sum(parts[kind].values()) - known[kind] for kind in hidden}
        least = {kind: 0 if known[kind] else 1 for kind in hidden}  # a hidden kind is no zero: zeros are shown
        for kind in hidden:
            most = sum(rest.values()) - sum(least.values()) + least[kind]
            if 0 < most < threshold:
                return False
    return True
