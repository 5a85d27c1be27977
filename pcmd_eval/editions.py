"""indicators.csv as its reader has it, against the rules on what may stand there: the audit's own reading."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

Item = tuple[str, str]  # objective, indicator
_HEADER = ["plan", "year", "unit_code", "unit_name", "objective", "indicator", "value", "status", "known", "expected"]
_STATUSES = ("shown", "withheld", "unknown")


class Law:
    """The rules, as this module reads them."""

    def __init__(self, content: dict[str, Any]) -> None:
        table = content["table"]
        self.least = content["threshold"]
        self.lowest = 1 if content["zeros_shown"] else 0  # what a withheld number is at least
        self.total: Item = (table["objective"], table["total"])
        self.parts: list[Item] = [(table["objective"], part) for part in table["parts"]]
        self.money: Item = (table["objective"], table["money"])
        self.sensitive = {(s["objective"], s["item"]): s["level"] for s in content["sensitive"]}
        self._open = content["open"]
        listed = {(slug, name) for slug, at in self._open.items() for names in at.values() for name in names}
        self.names: set[Item] = listed | self.sensitive.keys()

    def small(self, value: Fraction) -> bool:
        """Whether a number tells of too few."""
        return self.lowest <= value < self.least and value > 0

    def open(self, item: Item, level: str) -> bool:
        """Whether the item is listed as open at this level (district, own, province)."""
        return item[1] in self._open.get(item[0], {}).get(level, ())

    def may(self, item: Item, level: str) -> bool:
        """Whether a number of that name may stand at this level at all."""
        levels = {"district": ("district", "own", "province"), "province": ("province",)}
        return self.open(item, level) or level in levels.get(self.sensitive.get(item, ""), ())


@dataclass(frozen=True)
class Row:
    unit: str
    name: str
    level: str
    item: Item
    value: str
    status: str
    parts: tuple[str, str]

    @property
    def number(self) -> Fraction | None:
        """The number shown."""
        return Fraction(self.value) if self.status == "shown" else None

    @property
    def full(self) -> bool:
        """Whether every part of it is known."""
        return self.parts[0] == self.parts[1] != ""

    def says(self, words: str) -> str:
        """A sentence about this row."""
        prefix = "các cơ quan cấp tỉnh, " if self.level == "own" else ""
        objective = f" ({self.item[0]})" if self.item[0] else ""
        return f"{prefix}{self.name}, chỉ tiêu {self.item[1]}{objective}: {words}."


class Edition:
    """One indicators.csv, read as text."""

    def __init__(self, content: bytes, law: Law) -> None:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        self.law, self.header = law, lines[0] if lines else []
        self.odd = [line for line in lines[1:] if len(line) != len(_HEADER)]
        self.rows = [self._row(dict(zip(_HEADER, line, strict=True))) for line in lines[1:] if line not in self.odd]

        self._whole = {row.item: row for row in self.rows if row.level == "province"}
        self._of = {(row.unit, row.item): row for row in self.rows if row.level == "district"}

    def _row(self, line: dict[str, str]) -> Row:
        name, whole = line["indicator"], len(line["unit_code"]) == 2
        level = ("own" if name.startswith("own.") else "province") if whole else "district"
        item = (line["objective"], name.removeprefix("own.") if whole else name)
        parts = (line["known"], line["expected"])
        return Row(line["unit_code"], line["unit_name"], level, item, line["value"], line["status"], parts)

    def forbidden(self) -> Iterator[str]:
        """What may not stand in the file, whatever else does."""
        if self.header != _HEADER or self.odd:
            yield "Tệp indicators.csv có cột hoặc dòng ngoài mẫu."
        seen = set()
        for row in self.rows:
            key = (row.unit, row.level, row.item)
            if key in seen:
                yield row.says("đứng hai lần")
            seen.add(key)
            yield from (row.says(words) for words in self._wrong(row))

    def _wrong(self, row: Row) -> Iterator[str]:
        if not self.law.may(row.item, row.level):
            yield "không được công bố ở cấp này"
        if row.status not in _STATUSES or (row.status == "shown") != bool(row.value):
            yield "giá trị không khớp với trạng thái"
        elif row.item in self.law.sensitive and row.status == "shown":
            try:
                value = Fraction(Decimal(row.value))
            except (InvalidOperation, ValueError, OverflowError):
                yield "giá trị không phải là số"
                return
            if row.item != self.law.money and (self.law.small(value) or value < 0 or value.denominator != 1):
                yield "số nhỏ hơn ngưỡng được công bố"

    def whole(self, item: Item) -> Row | None:
        """The row of the whole province."""
        return self._whole.get(item)

    def table(self) -> dict[str, Row]:
        """The rows of the reporters in the table with a total, without those that are not known."""
        rows = (row for row in self.rows if row.level != "province" and row.item == self.law.total)
        return {row.unit: row for row in rows if row.status != "unknown"}

    def outside(self, unit: str) -> list[object]:
        """Everything shown of a reporter but its part of the table: how a reader sees that its return changed."""
        rows = [row for row in self.rows if row.unit == unit and row.level != "province"]
        return sorted((row.item, row.value, row.status, row.parts) for row in rows if row.item != self.law.total)

    def of(self, unit: str, item: Item) -> Row | None:
        """The row of a district, or of the whole province where that item is not published by district."""
        return self._of.get((unit, item)) if self.law.open(item, "district") else self.whole(item)

    def limbs_of(self, item: Item) -> dict[str, Row]:
        """The rows that say in a word whether a district did anything of the kind that the item belongs to."""
        limb = (item[0], item[1].partition(":")[0].rpartition(".")[0])
        return {row.unit: row for row in self.rows if row.level == "district" and row.item == limb}

    def activities(self, item: Item) -> list[str]:
        """The items of that kind, open or not, without those on persons."""
        kind = item[1].partition(":")[0].rpartition(".")[0] + "."
        named = {name for objective, name in self.law.names if objective == item[0]}
        return sorted(name for name in named if name.startswith(kind) and ":" not in name)
