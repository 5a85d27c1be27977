"""The register of administrative units of the plan's year as a frame: codes as text, names as officially spelt."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import Field

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import read_csv
from pcmd_eval.spelling import fold_name, plain, slug, tidy
from pcmd_eval.strict import Strict

# What writers put before a name, and the type it stands for.
_PREFIXES = {
    **{
        name.lower(): name
        for name in ("Tỉnh", "Thành phố", "Thị xã", "Quận", "Huyện", "Thị trấn", "Phường", "Xã")
    },
    **{
        "tp": "Thành phố",
        "tx": "Thị xã",
        "q": "Quận",
        "h": "Huyện",
        "tt": "Thị trấn",
        "p": "Phường",
        "x": "Xã",
    },
}
_PREFIX = re.compile(rf"({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})(?: ?\. ?| )(.+)")


@cache
def load_register(path: Path, province: str) -> pd.DataFrame:
    """The units of one province, indexed by `code`, sorted by it as text.

    Columns, all `string`: name, type, level (province, district, commune), parent (code), full_name (Huyện An Bình),
    inline_name (huyện An Bình), folder (123-an-binh). Raises InputRefused when the province is not in the file.
    """
    if not path.is_file():
        raise InputRefused(
            f"Không có danh mục đơn vị {path.name} trong data/units. Kiểm tra tên trong kế hoạch."
        )
    rows = read_csv(path).query("province_code == @province")
    if rows.empty:
        raise InputRefused(
            f"Danh mục {path.name} không có tỉnh mang mã “{province}”. Kiểm tra mã trong kế hoạch."
        )
    parents = {"province": None, "district": "province_code", "commune": "district_code"}
    units = pd.concat(_level(rows, level, parent) for level, parent in parents.items()).sort_index()
    kind = units.type.str.capitalize()
    return units.assign(
        type=kind,
        full_name=kind + " " + units.name,
        inline_name=kind.str.lower() + " " + units.name,
        folder=units.index
        + "-"
        + units.name.map(lambda name: slug(name)[:80]),  # no file system takes any length
    ).astype("string")


def _level(rows: pd.DataFrame, level: str, parent: str | None) -> pd.DataFrame:
    found = rows.drop_duplicates(f"{level}_code").set_index(f"{level}_code").rename_axis("code")
    return pd.DataFrame(
        {
            "name": found[f"{level}_name"],
            "type": found[f"{level}_type"],
            "level": level,
            "parent": found[parent] if parent else "",
        }
    )


def named(written: str, among: pd.DataFrame) -> pd.DataFrame:
    """The units that a written name means: none, one, or more that it cannot tell apart.

    Type prefixes, tone placement, i/y, Ð/Đ, Unicode form, spaces and case may vary; accents may not.
    """
    meant = [(fold_name(name), kind) for kind, name in readings(written)]
    found = [
        code
        for code, name, type_ in zip(among.index, among.name, among.type, strict=True)
        if any(fold_name(name) == said and kind in (None, type_) for said, kind in meant)
    ]
    return among.loc[found] if found else among.iloc[:0]  # the latter is quick


def alike(written: str, among: pd.DataFrame) -> pd.DataFrame:
    """The units whose name, alone or behind its type, agrees without accents: never enough to read a return by."""
    meant = {plain(name) for _, name in readings(written)}
    both = zip(among.index, among.name, among.full_name, strict=True)
    found = [code for code, *names in both if not meant.isdisjoint(map(_plain, names))]
    return among.loc[found] if found else among.iloc[:0]


_plain = cache(plain)  # of the few names of a register


def readings(written: str) -> Iterator[tuple[str | None, str]]:
    """The ways to read a written name: as it stands, and as a type with a name behind it."""
    yield None, written
    if found := _PREFIX.fullmatch(tidy(written)):
        yield _PREFIXES[found[1]], found[2]


class LaterUnit(Strict):
    """A commune created after the plan's year, and the communes it was made of where that is known."""

    district: str
    name: str
    made_of: tuple[str, ...] = Field(alias="from")


class LaterUnits(Strict):
    """The communes of a later register that returns name by mistake."""

    decree: str
    units: tuple[LaterUnit, ...]

    def says(self, written: str, district: str) -> str:
        """What to say of a name that belongs to one of them; "" if it does not."""
        names = {fold_name(name) for _, name in readings(written)}
        found = (
            unit
            for unit in self.units
            if unit.district == district and fold_name(unit.name) in names
        )
        parts = {
            unit.name: f" từ {', '.join(unit.made_of)}" if unit.made_of else "" for unit in found
        }
        return "; ".join(
            f"{name} mới lập{made_of} theo {self.decree}" for name, made_of in parts.items()
        )
