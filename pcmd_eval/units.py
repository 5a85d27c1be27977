"""The register of administrative units of the plan's year: codes as text, names as officially spelt."""

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import Field

from pcmd_eval.errors import InputRefused
from pcmd_eval.spelling import fold_name, order, plain, slug, tidy
from pcmd_eval.strict import Strict, load

# What writers put before a name, and the type it stands for.
_PREFIXES = {
    **{name.lower(): name for name in ("Tỉnh", "Thành phố", "Thị xã", "Quận", "Huyện", "Thị trấn", "Phường", "Xã")},
    **{"tp": "Thành phố", "tx": "Thị xã", "q": "Quận", "h": "Huyện", "tt": "Thị trấn", "p": "Phường", "x": "Xã"},
}
_PREFIX = re.compile(rf"({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})(?: ?\. ?| )(.+)")


@dataclass(frozen=True)
class Unit:
    """A commune, a district or the province, by GSO code (text: leading zeros count)."""

    code: str
    name: str
    type: str
    parent: str

    @property
    def full_name(self) -> str:
        """The name with its type: Huyện An Bình."""
        return f"{self.type} {self.name}"

    @property
    def inline_name(self) -> str:
        """The name inside a sentence: huyện An Bình."""
        return f"{self.type.lower()} {self.name}"

    @property
    def folder(self) -> str:
        """The name of the unit's folder and files: 123-an-binh."""
        return f"{self.code}-{slug(self.name)[:80]}".strip("-")  # no file system takes a name of any length


class LaterUnit(Strict):
    """A commune created after the plan's year, and the communes it was made of where that is known."""

    district: str
    name: str
    made_of: tuple[str, ...] = Field(alias="from")


class LaterUnits(Strict):
    """The communes of a later register that returns name by mistake."""

    decree: str
    units: tuple[LaterUnit, ...]


@dataclass(frozen=True)
class Register:
    """The units of one province in one year; a code or a written name leads to exactly one of them or to none."""

    province: Unit
    units: dict[str, Unit]
    later: LaterUnits | None = None

    @cached_property
    def _children(self) -> dict[str, tuple[Unit, ...]]:
        children: dict[str, list[Unit]] = {}
        for unit in self.units.values():
            children.setdefault(unit.parent, []).append(unit)
        return {code: tuple(sorted(members, key=lambda u: u.code)) for code, members in children.items()}

    def children(self, code: str) -> tuple[Unit, ...]:
        """The units directly under `code`, by code."""
        return self._children.get(code, ())

    @property
    def districts(self) -> tuple[Unit, ...]:
        """The district-level units, by code."""
        return self.children(self.province.code)

    @property
    def reporters(self) -> tuple[Unit, ...]:
        """Those who send a return: every district, then the province."""
        return (*self.districts, self.province)

    def communes(self, code: str) -> tuple[Unit, ...]:
        """The communes of a district, or all of the province."""
        if code != self.province.code:
            return self.children(code)
        return tuple(commune for district in self.districts for commune in self.children(district.code))

    def reporter(self, code: str) -> Unit:
        """The district or province with that code; raises InputRefused that lists the codes there are."""
        for unit in self.reporters:
            if unit.code == code:
                return unit
        known = "; ".join(f"{u.code} {u.full_name}" for u in self.reporters)
        raise InputRefused(f"Không có đơn vị nào mang mã “{code}”. Dùng một trong các mã: {known}.")

    def find(self, written: str, within: str) -> Unit | None:
        """The one unit directly under `within` that the written name means, else None.

        Type prefixes, tone placement, i/y, Ð/Đ, Unicode form, spaces and case may vary; accents may not.
        """
        found = [unit for unit in self.children(within) if means(written, unit)]
        return found[0] if len(found) == 1 else None

    def suggest(self, written: str, within: str) -> list[Unit]:
        """Units under `within` whose name agrees without accents: for a message, never for a decision."""
        keys = {plain(name) for _, name in _readings(written)}
        return sorted((u for u in self.children(within) if plain(u.name) in keys), key=lambda u: order(u.name))

    def later_unit(self, written: str, district: str) -> str:
        """What to say of a name that belongs to a commune created later; "" if it does not."""
        for unit in self.later.units if self.later else ():
            if unit.district == district and any(
                fold_name(name) == fold_name(unit.name) for _, name in _readings(written)
            ):
                parts = f" từ {', '.join(unit.made_of)}" if unit.made_of else ""
                return f"{unit.name} mới lập{parts} theo {self.later.decree}"  # type: ignore[union-attr]
        return ""


def means(written: str, unit: Unit) -> bool:
    """Whether a written name, with or without a type before it, is that unit's."""
    own = fold_name(unit.name)
    return any(fold_name(name) == own and (type_ in (None, unit.type)) for type_, name in _readings(written))


def _readings(written: str) -> Iterator[tuple[str | None, str]]:
    yield None, written
    if found := _PREFIX.fullmatch(tidy(written)):
        yield _PREFIXES[found[1]], found[2]


def load_register(path: Path, province: str, later: Path | None = None) -> Register:
    """Read the units of one province from a register (plain or gzipped CSV), and the units made `later`, if given.

    Columns: province_code, province_name, province_type, district_*, commune_*. Raises InputRefused when
    the province is not in it.
    """
    if not path.is_file():
        raise InputRefused(f"Không có danh mục đơn vị {path.name} trong data/units. Kiểm tra tên trong kế hoạch.")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["province_code"] == province]
    if not rows:
        raise InputRefused(f"Danh mục {path.name} không có tỉnh mang mã “{province}”. Kiểm tra mã trong kế hoạch.")
    units: dict[str, Unit] = {}
    for row in rows:
        parent = ""
        for level in ("province", "district", "commune"):
            code = row[f"{level}_code"]
            units[code] = Unit(code, row[f"{level}_name"], row[f"{level}_type"].capitalize(), parent)
            parent = code
    return Register(units[province], units, load(later, LaterUnits) if later else None)
