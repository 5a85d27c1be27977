"""What a plan asks for, as data: the shapes a target can have and the smallest whole number that satisfies each."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from pcmd_eval.wording import number

_PERCENT = r"(\d+(?:\.\d+)?)%"
_SHAPES = {
    "share": rf">= {_PERCENT}",
    "share_above": rf"> {_PERCENT}",
    "share_range": rf"{_PERCENT} \.\. {_PERCENT}",
    "of": r"(\d+)/(\d+)",
    "own": r"(1)",
    "count": r">= (\d+)",
    "every": r"every (month|quarter)",
    "all": r"all",
    "none": r"none",
}
# How a plan file writes each shape that an objective may have; `own` is that of a district alone.
WRITTEN = {
    "share": ">= p%",
    "share_above": "> p%",
    "share_range": "p% .. q%",
    "of": "k/n",
    "count": ">= k",
    "every": "every month",
    "all": "all",
    "none": "none",
    "own": "1",
}


@dataclass(frozen=True)
class Target:
    """A target as the plan file writes it, e.g. `>= 1`; build it with `parse`.

    `share` at least p%; `share_above` more than p%; `share_range` from p% to q% (reached from its lower
    end: going beyond the upper end is no failure); `of` k of n; `own` the unit's own duty, done or not;
    `count` at least k, without a total; `every` period; `all` that arose; `none` at all.
    """

    text: str
    shape: str
    numbers: tuple[Fraction, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read a target; raises ValueError (in Vietnamese) for an unknown shape or an impossible number."""
        for shape, pattern in _SHAPES.items():
            if found := re.fullmatch(pattern, text):
                numbers = tuple(Fraction(g) for g in found.groups() if re.fullmatch(r"\d+(\.\d+)?", g))
                target = cls(text, shape, numbers)
                target._refuse_impossible()
                return target
        shapes = ", ".join(f"“{written}”" for written in WRITTEN.values())
        raise ValueError(f"dạng chỉ tiêu không hiểu được; dùng một trong (p, q, k, n là số): {shapes}")

    def _refuse_impossible(self) -> None:
        first, last = (self.numbers[0], self.numbers[-1]) if self.numbers else (Fraction(1), Fraction(1))
        impossible = {
            "share": not 0 < first <= 100,
            "share_above": not 0 <= first < 100,
            "share_range": not 0 < first < last <= 100,
            "of": not 1 <= first <= last,
            "count": first < 1,
        }
        if impossible.get(self.shape):
            raise ValueError("chỉ tiêu không thể xảy ra (tỷ lệ trong khoảng 0–100%, số đạt không vượt tổng số)")

    def needed(self, total: int | None) -> int | None:
        """The smallest count that satisfies the target among `total`, exactly; None if that total is unknown."""
        if self.shape in ("count", "own"):
            return int(self.numbers[0])
        if self.shape == "none":
            return 0
        if total is None:
            return None
        if self.shape == "of" and total != self.numbers[1]:
            raise ValueError(f"chỉ tiêu “{self.text}” nói {self.numbers[1]} đơn vị, danh mục có {total}")
        by_shape = {
            "share": lambda: ceil(self.numbers[0] * total / 100),
            "share_above": lambda: floor(self.numbers[0] * total / 100) + 1,
            "share_range": lambda: ceil(self.numbers[0] * total / 100),
            "of": lambda: int(self.numbers[0]),
        }
        return by_shape.get(self.shape, lambda: total)()

    @property
    def threshold(self) -> Fraction | None:
        """The share the target names, for printing shares that do not seem to reach it; None if it names none."""
        return self.numbers[0] / 100 if self.shape.startswith("share") else None

    @property
    def words(self) -> str:
        """The target in Vietnamese."""
        n = [number(Decimal(text)) for text in re.findall(r"[\d.]*\d", self.text)]
        return {
            "share": lambda: f"từ {n[0]}% trở lên",
            "share_above": lambda: f"trên {n[0]}%",
            "share_range": lambda: f"từ {n[0]}% đến {n[1]}%",
            "of": lambda: f"{n[0]}/{n[1]}",
            "own": lambda: "có thực hiện",
            "count": lambda: f"ít nhất {n[0]}",
            "every": lambda: {"month": "tháng nào cũng có", "quarter": "quý nào cũng có"}[self.text.split()[1]],
            "all": lambda: "tất cả",
            "none": lambda: "không có trường hợp nào",
        }[self.shape]()
