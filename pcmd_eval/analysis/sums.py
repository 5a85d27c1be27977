"""Sums and rates that an analyst forms, and figures of other years, with their missing parts."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pcmd_eval.analysis.arguments import MAX_LISTED, require_columns
from pcmd_eval.analysis.case import Case
from pcmd_eval.objectives.aggregation import Keys, count_strays, group_keys
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.statistics.indicators import describe_sums
from pcmd_eval.util.arguments import checked
from pcmd_eval.util.errors import InputRefused

_PER_EXAMPLE = 'per(summed(attendance, "reporter"), people, 10_000)'
_SUMMED_EXAMPLE = 'summed(cells[cells.column == "attendance"], "reporter")'
_LEVEL_EXAMPLE = 'summed(communes, "reporter").'
_PERIODS = "<NA>"  # replaces the missing `column` of cells of quarters and months


@checked
def summed(cells: pd.DataFrame | pd.Series, by: Keys) -> pd.DataFrame:
    """Cộng số của các ô, hoặc đếm các phần “có” của một bước, kèm phần còn thiếu.

        attendance = summed(cells[cells.column == "attendance"], "reporter")
        counts = summed(communes, "reporter")

    `cells`: rows of `case.cells`, or a series of booleans or numbers; `by`: columns of it, levels
    of its index, or the keys themselves: `cells.reporter.map(case.units.area_name)`. Returns a
    frame indexed by these: `value` (Float64, <NA> where nothing is known), `state` (complete,
    incomplete, unknown) and `words`: "1.234", "1.234*" for an incomplete sum, "–" for an unknown
    one. A sum is incomplete, too, where cells whose group is not known may belong to it: a commune
    without a row, a row without its form of communication. Raises InputRefused without `by`, for a
    frame without these columns, and for a sum over cells of several kinds, such as sessions and
    attendance.
    """
    if isinstance(cells, pd.Series) and is_numeric_dtype(cells):
        number, is_known = cells.astype("Float64"), cells.notna()
        keys = stray_keys = group_keys(cells, by, _LEVEL_EXAMPLE)
        reporters = None
    else:
        require_columns(cells, ["number", "amount", "state"], "summed", _SUMMED_EXAMPLE)
        number = cells.number.astype("Float64").fillna(cells.amount)
        is_known = number.notna() & (cells.state == "reported")
        keys, kinds = group_keys(cells, by, f"{_SUMMED_EXAMPLE}."), _kinds(cells)
        _require_one_kind(keys, kinds)
        # Strays belong to groups of their kind; a filled <NA> in `column` makes no stray.
        stray_keys = [*(kinds.get(str(key.name), key) for key in keys), *kinds.values()]
        reporters = cells.get("reporter")
    strays = count_strays(stray_keys, pd.Series(True, number.index), is_known, reporters)
    groups = pd.DataFrame({"number": number, "complete": is_known & (strays == 0)}).groupby(
        keys, sort=False, dropna=False
    )
    return describe_sums(groups.number.sum(min_count=1).round(6), groups.complete.all())


def _kinds(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns objective and column, if there are any, with `_PERIODS` for <NA>."""
    names = [name for name in ("objective", "column") if name in cells]
    return {name: cells[name].fillna(_PERIODS) for name in names}


def _require_one_kind(keys: list[pd.Series], kinds: Mapping[str, pd.Series]) -> None:
    """Raise InputRefused if a group holds cells of several kinds: sessions and attendance."""
    for name, kind in kinds.items():
        groups = kind.groupby(keys, sort=False, dropna=False)
        if (groups.nunique() > 1).any():
            found = ", ".join(kind.unique()[:MAX_LISTED])
            raise InputRefused(
                f"summed không cộng lẫn nhiều loại số; cột {name} có: {found} ({_PERIODS}: ô của "
                "một quý hoặc tháng). Lọc trước, như cells[cells.column.isna()], hoặc cộng theo "
                f'cả cột ấy: by=["reporter", "{name}"]. Ví dụ: {_SUMMED_EXAMPLE}.'
            )


@checked
def per(sums: pd.DataFrame, people: pd.Series | pd.DataFrame, scale: float = 1) -> pd.DataFrame:
    """Chia kết quả của `summed`, hoặc các dòng trong `case.indicators`, giữ phần còn thiếu.

        rate = per(attendance, people, 10_000)
        district_map(rate, case, "Lượt người dự trên 10.000 dân")

    `people`: a series by the index of `sums`, or by the codes of its column `unit_code`, that is
    taken as complete; or other sums, a frame like `sums`. Returns `value`, `state` and `words`, a
    dash where `people` has no number above 0 or is not complete, since the rate may then be less.
    Raises InputRefused where none of these codes is in `people`; those of files are read as text.
    """
    require_columns(sums, ["value", "state", "words"], "per", _PER_EXAMPLE)
    rows = sums.set_index("unit_code") if "unit_code" in sums else sums
    if isinstance(people, pd.DataFrame) and {"value", "state"} <= {*people}:
        people = people.set_index("unit_code") if "unit_code" in people else people
        people = people.value.where(people.state == "complete")
    if not isinstance(people, pd.Series) or not rows.index.isin(people.index).any():
        raise InputRefused(
            f"per cần dãy số theo mã như “{rows.index[0]}”, mã là văn bản. Ví dụ: "
            'pd.read_csv(tệp, dtype={"unit_code": "string"}).set_index("unit_code").people.'
        )
    divisor = people.reindex(rows.index).astype("Float64")
    value = rows.value / divisor.mask(divisor <= 0) * scale
    return describe_sums(value, rows.state == "complete")


@checked
def read_year(file: str | Path, year: int, case: Case) -> pd.DataFrame:
    """Đọc số liệu của một năm: `indicators.csv` đã công bố, hoặc tệp tự gõ `unit_code,item,value`.

        figures = read_year("data/previous/phu_tho_2016.csv", 2016, case)
        figures.value.unstack("item")

    Returns a frame as `case.previous`, indexed by `unit_code` and `item`: `value` (Float64),
    `state`, `precision`, `words`, `measure`, `illustrative`; a lean file gets the words and states
    of its values. Raises InputRefused that names file and line of every fault.
    """
    return read_previous(Path(file), year, case.plan.reporters.index)
