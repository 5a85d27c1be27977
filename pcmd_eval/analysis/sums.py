"""Sums and rates that an analyst forms, and figures of other years, with their missing parts."""

from pathlib import Path

import pandas as pd

from pcmd_eval.analysis.arguments import as_sums
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.observations import OBSERVATION_KEY
from pcmd_eval.objectives.aggregation import Keys
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.statistics.indicators import describe_sums, open_counts
from pcmd_eval.util.arguments import require_columns, require_text_codes
from pcmd_eval.util.errors import InputRefused

# What a cell counts; numbers of several kinds have no sum.
_KINDS = ["objective", "column", "quantity"]
_NUMBERS = ["number", "amount", "state"]


def summed(cells: pd.DataFrame | pd.Series, by: Keys) -> pd.DataFrame:
    """Cộng số của các ô, hoặc đếm các phần “có” của một bước, kèm phần còn thiếu.

        attendance = summed(cells[cells.column == "attendance"], "reporter")

    `cells`: rows of `case.cells`, or booleans; `by`: columns, levels of the index, or series. Gives
    `value` (Float64, <NA> where nothing is known), `state` (complete, incomplete, unknown) and
    `words` ("1.234*" for an incomplete sum) of the rows that it is given, by group. Raises
    InputRefused for several kinds of numbers in one group, and for a cell that stands twice.
    """
    if isinstance(cells, pd.Series):
        number, is_known = cells.astype("Float64"), cells.notna()
    else:
        _require_cells(cells)
        number = cells.number.astype("Float64").fillna(cells.amount)
        is_known = number.notna() & (cells.state != "open")
        _require_one_kind(cells, by)
    parts = pd.DataFrame(cells).assign(number=number, is_known=is_known)
    groups = parts.groupby(by, sort=False, dropna=False)
    return describe_sums(groups.number.sum(min_count=1).round(6), groups.is_known.all())


def _require_cells(cells: pd.DataFrame) -> None:
    """Raise InputRefused unless the frame has the columns of cells, each cell once."""
    require_columns(cells, [*OBSERVATION_KEY, *_KINDS, *_NUMBERS])
    # A row without an address, as in the public edition, cannot be told from its neighbours.
    addressed = cells[cells.cell.notna()] if "cell" in cells else cells.head(0)
    twice = addressed[addressed.duplicated([*OBSERVATION_KEY, "file", "sheet", "cell"])]
    if len(twice):
        cell = twice.iloc[0]
        raise InputRefused(
            f"ô {cell.sheet} {cell.cell} của đơn vị {cell.reporter} đứng nhiều lần; có {len(twice)} "
            "ô như thế. Bảng ghép thêm có mã lặp lại? Giữ nguyên bảng các ô, đưa cột của mình làm "
            "khóa: summed(cells, cells.reporter.map(vung)), với vung là dãy theo mã."
        )


def _require_one_kind(cells: pd.DataFrame, by: Keys) -> None:
    """Raise InputRefused if a group has cells of several kinds, such as sessions and attendance."""
    objective, column, quantity = (cells[name].astype("string").fillna("") for name in _KINDS)
    kinds = objective + " " + column + " " + quantity
    of_groups = cells.assign(kind=kinds).groupby(by, sort=False, dropna=False).kind
    is_mixed = of_groups.transform("nunique") > 1
    if is_mixed.any():
        found = "; ".join(sorted({*kinds[is_mixed].str.strip()})[:3])
        raise InputRefused(
            f"không cộng lẫn nhiều loại số ({found}, …). Chọn một loại trước, theo objective, "
            "column (<NA> ở ô của quý, tháng) và row, hoặc cộng theo cả cột ấy; đã cộng sẵn: "
            "case.indicators."
        )


def per(sums: pd.DataFrame, people: pd.Series | pd.DataFrame, scale: float = 1) -> pd.DataFrame:
    """Chia kết quả của `summed`, hoặc các dòng trong `case.indicators`, giữ phần còn thiếu.

        rate = per(attendance, people, 10_000)

    `people`: numbers by the code of the unit, taken as complete; or other sums, of which the
    complete ones divide: for a rate of what is known, choose the complete rows of both first. Gives
    `value`, `state` and `words` by code, a dash without a divisor above 0. Raises InputRefused for
    codes that are numbers.
    """
    rows = _by_code(sums)
    if isinstance(people, pd.DataFrame):
        divisor = _by_code(people)
        people = divisor.value.where(divisor.state == "complete")
    require_text_codes(people.index)
    divisors = people.reindex(rows.index).astype("Float64")
    rates = rows.value / divisors.mask(divisors <= 0) * scale
    return describe_sums(rates, rows.state == "complete")


def _by_code(sums: pd.DataFrame) -> pd.DataFrame:
    """Return sums by their index, or by the codes of their column `unit_code`."""
    sums = as_sums(sums)
    return sums.set_index("unit_code") if "unit_code" in sums else sums


def read_year(file: str | Path, year: int, case: Case) -> pd.DataFrame:
    """Đọc số liệu của một năm: `indicators.csv` đã công bố, hoặc tệp tự gõ `unit_code,item,value`.

        figures = read_year("data/previous/phu_tho_2016.csv", 2016, case)
        figures.value.unstack("item")

    Returns a frame as `case.previous`, indexed by `unit_code` and `item`: `value` (Float64),
    `state`, `precision`, `words` (with "minh họa" behind a number that is made up), `measure`,
    `illustrative`; a typed file gets the words and states of its values. Raises InputRefused that
    names file and line of every fault.
    """
    figures = open_counts(case.plan, read_previous(Path(file), year, case.plan.reporters.index))
    is_made_up = figures.illustrative == "yes"
    return figures.assign(words=figures.words.mask(is_made_up, figures.words + " (minh họa)"))
