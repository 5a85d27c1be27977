"""The register of administrative units of the plan's year: codes as text, names as officially
spelt.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.spelling import fold_name, make_slug, normalize_text


class Level(NamedTuple):
    """A level of units: its word, the digits of its codes, its types."""

    word: str
    digits: int
    types: tuple[str, ...]


LEVELS = {
    "province": Level("tỉnh", 2, ("Tỉnh", "Thành phố")),
    "district": Level("huyện", 3, ("Quận", "Huyện", "Thị xã", "Thành phố")),
    "commune": Level("xã", 5, ("Xã", "Phường", "Thị trấn", "Đặc khu")),
}
# The types of units, and how a clerk may abbreviate them before a name.
_PREFIXES = {name.lower(): name for level in LEVELS.values() for name in level.types} | {
    "tp": "Thành phố",
    "tx": "Thị xã",
    "q": "Quận",
    "h": "Huyện",
    "tt": "Thị trấn",
    "p": "Phường",
    "x": "Xã",
}
_PREFIX = re.compile(rf"({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})(?: ?\. ?| )(.+)")
_AREA = ["area_code", "area_name"]  # of a commune: its former district


@cache
def load_register(path: Path, province: str) -> pd.DataFrame:
    """Return the units of one province, indexed by `code`.

    Without district columns in the file, communes belong to the province. Sorted by code as text,
    but a file with area columns keeps its order.

    Columns, all `string`: name, type, level (province, district, commune), parent (code), full_name
    (Huyện An Bình), inline_name (huyện An Bình), folder (123-an-binh), area and area_name: of a
    commune the code and the name of its former district (Quận Ba Đình (cũ)) or of its district, ""
    for others. Raises InputRefused when the province is not in the file or a column is missing, and
    with the first line that has a blank, an invalid or repeated code, or an unknown type.
    """
    rows, levels = _read_units(path, province)
    # By level, the column with the code of the unit above: "", "province_code", "district_code".
    code_columns = [f"{level}_code" for level in levels[:-1]]
    parent_columns = dict(zip(levels, ["", *code_columns], strict=True))
    faults = pd.DataFrame(_find_faulty_units(rows, parent_columns))
    if faults.any(axis=None):
        line = faults.any(axis=1).idxmax()
        message = faults.loc[line].idxmax().format(**rows.fillna("").loc[line])
        raise InputRefused(f"Danh mục {path.name}, dòng {line}: {message}.")
    units = pd.concat([_units_of_level(rows, *item) for item in parent_columns.items()])
    units = units if "area_code" in rows else units.sort_index()
    types = units.type.str.capitalize()
    units = units.assign(
        type=types,
        full_name=types + " " + units.name,
        inline_name=types.str.lower() + " " + units.name,
        folder=units.index + "-" + units.name.map(make_slug).str[:80],  # file systems limit names
    )
    return units.astype("string")


def _read_units(path: Path, province: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a province, indexed by line, and the levels whose columns the file has."""
    try:
        rows = read_csv(path)
    except InputRefused:
        words = "không có trong data/units, hoặc không phải bảng CSV ghi bằng UTF-8"
        remedy = "Kiểm tra tên trong kế hoạch, lưu lại tệp."
        raise InputRefused(f"Danh mục {path.name} {words}. {remedy}") from None
    levels = [level for level in LEVELS if level != "district" or "district_code" in rows]
    columns = [f"{level}_{part}" for level in levels for part in ("code", "name", "type")]
    if missing := [column for column in columns if column not in rows]:
        words = f"dòng 1: thiếu cột {', '.join(missing)}; ghi đủ tên cột"
        raise InputRefused(f"Danh mục {path.name}, {words}.")
    rows = rows[rows.province_code == province]
    if rows.empty:
        raise InputRefused(
            f"Danh mục {path.name} không có tỉnh mang mã “{province}”. Kiểm tra mã trong kế hoạch."
        )
    return rows.set_axis(rows.index + 2), levels


def _find_faulty_units(
    rows: pd.DataFrame, parent_columns: Mapping[str, str]
) -> dict[str, pd.Series]:
    """Return by message whether each row has the fault (bool).

    `rows`: see `_read_units`; {column} in a message stands for the row's text in that column;
    `parent_columns`: see `load_register`.
    """
    faults = {}
    for level_name, parent_column in parent_columns.items():
        level = LEVELS[level_name]
        columns = [f"{level_name}_{part}" for part in ("code", "name", "type")]
        code, label, kind = columns
        is_repeated = rows[code].duplicated()
        if level_name != "commune":  # repeated in the row of each of its communes
            is_repeated = _has_two_meanings(rows, code, [*columns, parent_column or code])
        is_sound = rows[code].str.fullmatch(rf"\d{{{level.digits}}}") & ~is_repeated
        is_sound &= rows[kind].str.capitalize().isin(level.types) & rows[label].notna()
        # {{{code}}} becomes {district_code}, for the row's text.
        faults[
            f"{level.word} cần một mã {level.digits} chữ số (mỗi mã một đơn vị), tên, và loại là "
            f"{', '.join(level.types)}; thấy “{{{code}}}, {{{label}}}, {{{kind}}}”"
        ] = ~is_sound.fillna(False)
    areas = rows.reindex(columns=_AREA)
    return faults | {
        "khu vực cần một mã (area_code) và một tên (area_name)": (
            _has_two_meanings(areas, _AREA[0], _AREA) | (areas.isna().sum(axis=1) == 1)
        )
    }


def _has_two_meanings(rows: pd.DataFrame, code: str, columns: Iterable[str]) -> pd.Series:
    """Return whether an earlier row has the same code and other texts in `columns` (bool)."""
    meanings = rows[[*dict.fromkeys(columns)]].drop_duplicates().dropna(subset=code)
    return meanings[code].duplicated().reindex(rows.index, fill_value=False)


def _units_of_level(rows: pd.DataFrame, level_name: str, parent: str) -> pd.DataFrame:
    """Return the units of one level by `code`: name, type, level, parent, area, area_name.

    `parent`: the column with the code of the unit above. The area of a commune is its former
    district, "Quận Ba Đình (cũ)", or its district if the file has districts.
    """
    code = f"{level_name}_code"
    units = rows.drop_duplicates(code).set_index(code).rename_axis("unit_code")
    area, area_name = "", ""
    if level_name == "commune" and "area_code" in rows:
        area, area_name = units.area_code.fillna(""), (units.area_name + " (cũ)").fillna("")
    elif level_name == "commune" and parent == "district_code":
        area, area_name = units.district_code, units.district_type + " " + units.district_name
    return pd.DataFrame({
        "name": units[f"{level_name}_name"],
        "type": units[f"{level_name}_type"],
        "level": level_name,
        "parent": units[parent] if parent else "",
        "area": area,
        "area_name": area_name,
    })  # fmt: skip


def name_keys(written: str, make_key: Callable[[str], str] = fold_name) -> set[str]:
    """Return the keys under which a name may be known: {"h. an bình", "huyện an bình"}.

    `make_key` makes a key of the name, and of the name with its type spelt out.
    """
    name = full_name = normalize_text(written)
    if match := _PREFIX.fullmatch(name):
        full_name = f"{_PREFIXES[match[1]]} {match[2]}"
    return {make_key(name), make_key(full_name)}


def match_name(
    written: str, among: pd.DataFrame, make_key: Callable[[str], str] = fold_name
) -> pd.DataFrame:
    """Return the rows of `among` that a name, with or without its type, can mean.

    Type prefixes, tone placement, i/y, Ð/Đ, Unicode form, spaces and case may vary; accents may
    not.
    """
    keys = name_keys(written, make_key)
    names = zip(among.name, among.full_name, strict=True)
    return among[[not keys.isdisjoint(map(make_key, name_pair)) for name_pair in names]]


def has_type(written: str) -> bool:
    """Return whether a name begins with a type of unit, such as "Huyện" or "tx."."""
    return bool(_PREFIX.fullmatch(normalize_text(written)))
