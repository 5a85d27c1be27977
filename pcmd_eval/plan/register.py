"""The register of administrative units of the plan's year as a frame: codes as text, names as
officially spelt.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.spelling import fold_name, make_slug, normalize_text, strip_accents
from pcmd_eval.util.yaml_models import StrictModel

# What writers put before a name, and the type it stands for.
_TYPES = ("Tỉnh", "Thành phố", "Thị xã", "Quận", "Huyện", "Thị trấn", "Phường", "Xã")
_SHORT = {
    "tp": "Thành phố",
    "tx": "Thị xã",
    "q": "Quận",
    "h": "Huyện",
    "tt": "Thị trấn",
    "p": "Phường",
    "x": "Xã",
}
_PREFIXES = {name.lower(): name for name in _TYPES} | _SHORT
_PREFIX = re.compile(rf"({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})(?: ?\. ?| )(.+)")


class Level(NamedTuple):
    """A level of units: its word, digits of its codes, types, column of the unit it belongs to."""

    word: str
    digits: int
    types: tuple[str, ...]
    parent: str | None


LEVELS = {
    "province": Level("tỉnh", 2, ("Tỉnh", "Thành phố"), None),
    "district": Level("huyện", 3, ("Quận", "Huyện", "Thị xã", "Thành phố"), "province_code"),
    "commune": Level("xã", 5, ("Xã", "Phường", "Thị trấn"), "district_code"),
}
FAULTS = 20  # of a register that are named at once


@cache
def load_register(path: Path, province: str) -> pd.DataFrame:
    """The units of one province, indexed by `code`, sorted by it as text.

    Columns, all `string`: name, type, level (province, district, commune), parent (code), full_name
    (Huyện An Bình), inline_name (huyện An Bình), folder (123-an-binh). Raises InputRefused when the
    province is not in the file, and with the line for columns that are missing, blanks, codes that
    cannot be or stand twice, and unknown types.
    """
    try:
        rows = read_csv(path)
    except InputRefused:
        words = "không có trong data/units, hoặc không phải bảng CSV ghi bằng UTF-8"
        remedy = "Kiểm tra tên trong kế hoạch, lưu lại tệp."
        raise InputRefused(f"Danh mục {path.name} {words}. {remedy}") from None
    wanted = [f"{level}_{part}" for level in LEVELS for part in ("code", "name", "type")]
    if lacking := [column for column in wanted if column not in rows]:
        words = f"dòng 1: thiếu cột {', '.join(lacking)}; ghi đủ tên cột"
        raise InputRefused(f"Danh mục {path.name}, {words}.")
    rows = rows[rows.province_code == province]
    if rows.empty:
        raise InputRefused(
            f"Danh mục {path.name} không có tỉnh mang mã “{province}”. Kiểm tra mã trong kế hoạch."
        )
    if faults := [*_faults(rows)]:
        raise InputRefused(*(f"Danh mục {path.name}, {words}." for words in faults[:FAULTS]))
    levels = [_units_of(rows, name, level.parent) for name, level in LEVELS.items()]
    units = pd.concat(levels).sort_index()
    kind = units.type.str.capitalize()
    return units.assign(
        type=kind,
        full_name=kind + " " + units.name,
        inline_name=kind.str.lower() + " " + units.name,
        folder=units.index + "-" + units.name.map(make_slug).str[:80],  # as file systems take it
    ).astype("string")


def _faults(rows):
    """What is wrong with the units of a register, each with the line of the file."""
    for name, level in LEVELS.items():
        columns = [f"{name}_code", f"{name}_name", f"{name}_type"]
        units = rows
        if name != "commune":  # stands in the row of each of its communes, always the same
            units = rows.drop_duplicates([*columns, level.parent or columns[0]])
        code, _, kind = (units[column] for column in columns)
        blank = units[columns].isna().any(axis=1)
        strange = ~code.str.fullmatch(rf"\d{{{level.digits}}}")
        unknown = ~kind.str.capitalize().isin(level.types)
        for words, wrong in (
            (f"thiếu mã, tên hoặc loại của {level.word}; ghi đủ, hoặc bỏ dòng", blank),
            (f"mã {level.word} phải có {level.digits} chữ số", ~blank & strange),
            (f"loại của {level.word} phải là {', '.join(level.types)}", ~blank & unknown),
            (f"mã {level.word} đứng hai lần", ~blank & code.duplicated()),
        ):
            for at, unit in units[wrong.fillna(False)].iterrows():
                yield f"dòng {at + 2}: {words}; thấy “{', '.join(unit.dropna())}”"


def _units_of(rows, level_name, parent):
    """The units of one level; `parent`: the column that says which unit each belongs to."""
    code = f"{level_name}_code"
    units = rows.drop_duplicates(code).set_index(code).rename_axis("code")
    return pd.DataFrame({
        "name": units[f"{level_name}_name"],
        "type": units[f"{level_name}_type"],
        "level": level_name,
        "parent": units[parent] if parent else "",
    })  # fmt: skip


def spellings(written: str, spell: Callable[[str], str] = fold_name) -> set[str]:
    """The ways to read a written name: as it stands, and with its type spelt out."""
    name = full_name = normalize_text(written)
    if typed := _PREFIX.fullmatch(name):
        full_name = f"{_PREFIXES[typed[1]]} {typed[2]}"
    return {spell(name), spell(full_name)}


def matching(
    written: str, among: pd.DataFrame, spell: Callable[[str], str] = fold_name
) -> pd.DataFrame:
    """The units that a written name, alone or behind its type, means: none, one, or several.

    Type prefixes, tone placement, i/y, Ð/Đ, Unicode form, spaces and case may vary; accents may
    not.
    """
    meant = spellings(written, spell)
    names = zip(among.name, among.full_name, strict=True)
    return among[[not meant.isdisjoint(map(spell, both)) for both in names]]


def resembling(written: str, among: pd.DataFrame) -> pd.DataFrame:
    """The units that are named so without accents; never enough to read a return by."""
    return matching(written, among, strip_accents)


def has_type(written: str) -> bool:
    """Whether a written name begins with a type of unit."""
    return bool(_PREFIX.fullmatch(normalize_text(written)))


class LaterUnit(StrictModel):
    """A commune created after the plan's year, and what it was made of where that is known."""

    district: str
    name: str
    made_of: tuple[str, ...] = Field(alias="from")


class LaterUnits(StrictModel):
    """The communes of a later register that returns name by mistake."""

    decree: str
    units: tuple[LaterUnit, ...]

    def remark(self, written: str, district: str) -> str:
        """What to say of a name that belongs to one of them; "" if it does not."""
        bare = _PREFIX.sub(r"\2", normalize_text(written))
        names = {fold_name(written), fold_name(bare)}
        for unit in self.units:
            if unit.district == district and fold_name(unit.name) in names:
                parts = f" từ {', '.join(unit.made_of)}" if unit.made_of else ""
                return f"{unit.name} mới lập{parts} theo {self.decree}"
        return ""
