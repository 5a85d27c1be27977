"""The columns of cells, and the cells after an analyst has edited some of them."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from pcmd_eval.util.arguments import require_columns, require_text_codes
from pcmd_eval.util.errors import ArgumentRefused, InputRefused
from pcmd_eval.util.vocabulary import ANSWER_LABELS

# What a frame of cells must have to be judged or summed.
_COLUMNS = (
    "objective", "reporter", "unit_code", "item", "period",
    "row", "column", "value", "state", "some",
)  # fmt: skip
# One cell of a sheet may stand for two units: where code and name of its row disagree.
_ADDRESS = ("reporter", "unit_code", "file", "sheet", "cell", "item", "period")
KEY_ADVICE = (
    "Bảng ghép thêm có mã lặp lại? Giữ nguyên bảng các ô, đưa cột của mình làm khóa: "
    "summed(cells, cells.reporter.map(vung)), với vung là dãy theo mã, mỗi mã một lần."
)
_ANSWERS_IN_WORDS = [*ANSWER_LABELS.values(), *map(str.capitalize, ANSWER_LABELS.values())]


def require_cells(
    cells: pd.DataFrame | pd.Series, more: Collection[str] = (), slug: str = ""
) -> pd.DataFrame:
    """Return a frame of cells, or those of the objective `slug`; raise ArgumentRefused unless it
    has the columns of cells and `more`, codes as text, and each of the cells returned once.
    """
    require_columns(cells, [*_COLUMNS, *more])
    assert isinstance(cells, pd.DataFrame)
    require_text_codes(cells.reporter)
    rows: pd.DataFrame = cells[cells.objective == slug] if slug else cells
    is_twice = {*_ADDRESS} <= {*rows} and rows.duplicated([*_ADDRESS]) & rows.cell.notna()
    if np.any(is_twice):
        twice = rows[is_twice]
        raise ArgumentRefused(
            f"ô {' '.join(twice.iloc[0][[*_ADDRESS]])} đứng nhiều lần, có {len(twice)} ô như thế. "
            f"{KEY_ADVICE}"
        )
    return rows


def apply_edited_numbers(cells: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Return the cells of an objective with `value` and `some` set by each edited `number` or
    `amount`, if there are any.

    Raises InputRefused as `require_cells`, where `value` or `some` was edited instead of the
    number, or a cell has a number or answer that its `state` denies.
    """
    cells = require_cells(cells, slug=slug)
    return _follow_numbers(cells) if {"number", "amount", "raw"} <= {*cells} else cells


def refuse_numbers_of_other_states(cells: pd.DataFrame) -> None:
    """Raise InputRefused if a cell has a number that its `state` denies, as after `fillna(0)`."""
    has_number = cells.number.notna() | cells.amount.notna()
    _refuse_faulty(cells, {"state": has_number & ~cells.state.isin(["reported", "open"])})


def _follow_numbers(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with `value` and `some` set by each edited number."""
    # As arrays with nan: this runs for every objective of every page.
    number = _as_array(cells.number.astype("Float64").fillna(cells.amount))
    value, some = _as_array(_as_float(cells.value)), _as_array(cells.some)
    has_number, has_some, has_value = ~np.isnan(number), ~np.isnan(some), cells.value.notna()
    is_number = has_number | (~np.isnan(value) & has_some)
    is_edited = is_number & (number != value)
    is_label = cells.value.isin(_ANSWERS_IN_WORDS) & (cells.column != "name")
    # The number is still that of `raw`: `value` was edited.
    equals_raw = _as_array(_as_float(cells.raw.where(is_edited))) == number
    is_fraction = cells.number.notna() & (number % 1 != 0)
    _refuse_faulty(cells, {
        "state": (has_number | has_value) & ~cells.state.isin(["reported", "open"]),
        "value": (is_edited & has_value & equals_raw) | is_label.fillna(False),
        "some": ~is_edited & is_number & has_some & (some != (number > 0)),
        "number": is_edited & ((number < 0) | is_fraction),
    })  # fmt: skip
    is_open_zero = (number == 0) & cells.state.isin(["open"])
    if not (is_edited | is_open_zero).any():  # as nearly always
        return cells
    edited = pd.Series(number, cells.index, "Float64")
    digits = edited.map(lambda figure: f"{figure:.15g}", na_action="ignore").astype("string")
    return cells.assign(
        value=cells.value.mask(is_edited, digits),
        number=cells.number.mask(is_open_zero),  # an open 0 says nothing yet
        amount=cells.amount.mask(is_open_zero),
        some=cells.some.mask(is_edited, edited > 0).mask(is_open_zero),
    )


def _refuse_faulty(cells: pd.DataFrame, faults: Mapping[str, pd.Series]) -> None:
    """Raise InputRefused for the first column in `faults` where a cell is faulty (bool)."""
    for column, is_faulty in faults.items():
        if is_faulty.any():
            cell = cells[is_faulty].iloc[0]
            raise InputRefused(
                f"Ô {cell.reporter} {cell['item']} {cell.period} (có {is_faulty.sum()} ô như thế): "
                f"cột {column} ghi {cell[column]}, không hợp lệ hoặc không khớp với các cột khác. "
                "Số thì chỉ sửa ở cột number, số nguyên từ 0 trở lên (kinh phí: amount), câu trả "
                f"lời ở cột value bằng mã ({', '.join(ANSWER_LABELS)}); ô chưa báo cáo thì ghi cả "
                'state = "reported".'
            )


def _as_array(numbers: pd.Series) -> np.ndarray:
    """Return numbers or booleans as float64, nan for <NA>."""
    return numbers.to_numpy("float64", na_value=np.nan)


def _as_float(texts: pd.Series) -> pd.Series:
    """Return texts of numbers as Float64, <NA> for others."""
    return pd.to_numeric(texts, errors="coerce").astype("Float64")
