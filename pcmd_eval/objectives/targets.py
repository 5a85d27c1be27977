"""Shapes of a target, and the smallest whole number that satisfies each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from pcmd_eval.util.formatting import format_count, format_number


class Shape(NamedTuple):
    """One way to write a target, with numbers such as p.

    `written`: how messages show it; `pattern`: matches it in a plan file; `needed`: returns the
    needed count from the total and the numbers; `words`: in Vietnamese, {} for each number;
    `possible`: whether the numbers can be; `of_total`: whether the needed count depends on the
    total.
    """

    written: str
    pattern: str
    needed: Callable[..., int]
    words: str
    possible: Callable[..., bool] = lambda *numbers: True
    of_total: bool = True


_P = r"(\d+(?:\.\d+)?)%"
_COUNT = r"(\d+)"
SHAPES = {
    "share": Shape(
        ">= p%",
        f">= {_P}",
        lambda n, p: ceil(p * n / 100),
        "từ {}% trở lên",
        lambda p: 0 < p <= 100,
    ),
    "share_above": Shape(
        "> p%", f"> {_P}", lambda n, p: floor(p * n / 100) + 1, "trên {}%", lambda p: p < 100
    ),
    # Reached from its lower end: going beyond the upper end is no failure.
    "share_range": Shape(
        "p% .. q%",
        rf"{_P} \.\. {_P}",
        lambda n, p, q: ceil(p * n / 100),
        "từ {}% đến {}%",
        lambda p, q: 0 < p < q <= 100,
    ),
    "of": Shape(
        "k/n", f"{_COUNT}/{_COUNT}", lambda n, k, _: int(k), "{}/{}", lambda k, n: 1 <= k <= n
    ),
    # The unit's own duty, done or not.
    "duty": Shape("1", "(1)", lambda n, k: 1, "có thực hiện", of_total=False),
    "count": Shape(
        ">= k", f">= {_COUNT}", lambda n, k: int(k), "ít nhất {}", lambda k: k >= 1, of_total=False
    ),
    "every": Shape("every month", "every month", lambda n: n, "hằng tháng"),
    "all": Shape("all", "all", lambda n: n, "100%"),
}
# The shapes that suit any parts counted one by one.
COUNTED_SHAPES = ("share", "share_above", "share_range", "count", "all")


@dataclass(frozen=True)
class Target:
    """A target as the plan file writes it, e.g. `>= 1`; build it with `parse`.

    `counted`: what its objective counts, for its words.
    """

    text: str
    shape: str
    numbers: tuple[Fraction, ...] = ()
    counted: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Return the target; raises ValueError for an unknown shape or an impossible number."""
        for name, shape in SHAPES.items():
            if match := re.fullmatch(shape.pattern, text):
                numbers = tuple(map(Fraction, match.groups()))
                if not shape.possible(*numbers):
                    raise ValueError(
                        "chỉ tiêu không thể xảy ra (tỷ lệ trong khoảng 0–100%, số đạt không vượt "
                        "tổng số)"
                    )
                return cls(text, name, numbers)
        shapes = ", ".join(f"“{shape.written}”" for shape in SHAPES.values())
        raise ValueError(
            f"dạng chỉ tiêu không hiểu được; dùng một trong (p, q, k, n là số): {shapes}"
        )

    def needed(self, total: int | None) -> int | None:
        """Return the smallest count out of `total` that satisfies the target, exactly.

        None if it depends on a total that is unknown. Raises ValueError for a target "k of n" with
        another number of units.
        """
        shape = SHAPES[self.shape]
        if total is None and shape.of_total:
            return None
        if self.shape == "of" and total != self.numbers[1]:
            raise ValueError(
                f"chỉ tiêu “{self.text}” nói {self.numbers[1]} đơn vị, danh mục có {total}"
            )
        return shape.needed(total, *self.numbers)

    @property
    def threshold(self) -> Fraction | None:
        """The share that the target names, such as 3/4; None if it names none."""
        return self.numbers[0] / 100 if self.shape.startswith("share") else None

    @property
    def words(self) -> str:
        """The target in Vietnamese."""
        if self.shape == "count":
            texts = [format_count(int(self.numbers[0]))]
        else:
            texts = [format_number(Decimal(n.numerator) / n.denominator) for n in self.numbers]
        of_what = f" số {self.counted}" if self.counted and self.shape == "all" else ""
        return SHAPES[self.shape].words.format(*texts) + of_what
