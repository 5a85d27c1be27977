"""The exact interval each number must lie in, from sums that form a tree: the audit's arithmetic.

A number is part of one sum and the sum of one set of parts; then narrowing each number by its sum until nothing changes
gives the exact intervals, with no solver and no limit to run into.
"""

from collections.abc import Iterator
from fractions import Fraction


class Sums:
    """Unknown whole numbers and sums between them."""

    def __init__(self) -> None:
        self.low: dict[str, Fraction] = {}
        self.high: dict[str, Fraction | None] = {}  # None: nothing bounds it
        self._sums: list[tuple[str, list[str]]] = []

    def number(self, name: str, low: Fraction, high: Fraction | None = None) -> str:
        """Take in what is known of a number; a second time what is known besides."""
        self.low[name] = max(low, self.low.get(name, low))
        before = self.high.get(name)
        self.high[name] = high if before is None else before if high is None else min(before, high)
        return name

    def add(self, total: str, parts: list[str]) -> None:
        """Say that `total` is the sum of `parts`."""
        self.number(total, Fraction(0))
        self._sums.append((total, parts))

    def narrow(self) -> None:
        """Narrow every interval as far as the sums allow."""
        changed = True
        while changed and self.possible:
            changed = False
            for total, parts in self._sums:
                for name, low, high in [*self._of_total(total, parts), *self._of_parts(total, parts)]:
                    if low > self.low[name]:
                        self.low[name], changed = low, True
                    if high is not None and ((now := self.high[name]) is None or high < now):
                        self.high[name], changed = high, True

    @property
    def possible(self) -> bool:
        """Whether any numbers fit; if not, the reader believes something that is not so."""
        return all(high is None or self.low[name] <= high for name, high in self.high.items())

    def _of_total(self, total: str, parts: list[str]) -> Iterator[tuple[str, Fraction, Fraction | None]]:
        unbounded, most = self._most(parts)
        yield total, sum((self.low[p] for p in parts), Fraction(0)), None if unbounded else most

    def _of_parts(self, total: str, parts: list[str]) -> Iterator[tuple[str, Fraction, Fraction | None]]:
        least, (unbounded, most) = sum((self.low[p] for p in parts), Fraction(0)), self._most(parts)
        for part in parts:
            low, high, top = self.low[part], self.high[part], self.high[total]
            others = None if unbounded > (high is None) else most - (high or 0)
            yield part, low if others is None else self.low[total] - others, None if top is None else top - least + low

    def _most(self, parts: list[str]) -> tuple[int, Fraction]:
        """How many of the parts nothing bounds, and the most that the others can be together."""
        highs = [high for p in parts if (high := self.high[p]) is not None]
        return len(parts) - len(highs), sum(highs, Fraction(0))
