"""Read the indicators of the previous year: its indicators.csv, or lines typed from a report.

Typed lines have `unit_code,item,value` and optionally `state,precision,illustrative`; other
columns, such as `source`, are ignored. A value is a number as the report prints it (2510 or 22,5),
or empty where it is not known; `state` is `incomplete` where not all of it is known.
"""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused, describe_os_error
from pcmd_eval.util.files import read_csv, read_typed_csv
from pcmd_eval.util.formatting import format_number, shorten_list
from pcmd_eval.util.vocabulary import SCENARIO_SUFFIX
from pcmd_eval.util.yaml_models import StrictModel, Text, describe_error

INDICATOR_KEY = ["unit_code", "item"]
PREVIOUS_DTYPES = dict.fromkeys(
    (*INDICATOR_KEY, "state", "precision", "words", "measure"), "string"
)
PREVIOUS_DTYPES |= {"illustrative": "string", "value": "Float64"}
NO_FIGURES = (
    pd.DataFrame(columns=[*PREVIOUS_DTYPES]).astype(PREVIOUS_DTYPES).set_index(INDICATOR_KEY)
)


class Previous(StrictModel):
    """The year for comparison: its figures (a file in data/previous) and their source.

    `cutoff`: the day up to which its figures go, the end of the year if left out.
    """

    year: int
    figures: Text
    source: Text
    note: Text | None = None
    cutoff: date | None = None

    @property
    def last_day(self) -> date:
        """Return the day up to which the figures go."""
        return self.cutoff or date(self.year, 12, 31)

    @model_validator(mode="after")
    def _check_cutoff(self) -> "Previous":
        """Reject a cut-off in another year."""
        if self.last_day.year != self.year:
            raise ValueError(f"cutoff phải là một ngày của năm {self.year}")
        return self


class PreviousFigure(StrictModel):
    """A line of the file; other columns are ignored."""

    model_config = ConfigDict(extra="ignore")

    unit_code: Text
    item: Text
    value: Decimal | None = None
    precision: Literal["exact", "below"] = "exact"
    state: Literal["complete", "incomplete", "unknown"] = "unknown"
    illustrative: Literal["yes", "no"] = "no"
    measure: str | None = None
    words: str | None = None
    year: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, line: dict[str, str]) -> dict[str, str]:
        """Return the texts that are not empty; a value without a state is complete."""
        texts = {name: text for name, text in line.items() if text}
        return {"state": "complete", **texts} if "value" in texts else texts

    @field_validator("value", mode="before")
    @classmethod
    def _read_number(cls, text: str) -> Decimal:
        """Return the number; reject 2.510, which may be 2510 or 2,51."""
        if not re.fullmatch(r"\d+(,\d+)?", text):
            raise ValueError(
                "không phải số: số nguyên viết liền (2510), số lẻ viết dấu phẩy, "
                "chưa biết thì để trống"
            )
        return Decimal(text.replace(",", "."))

    @field_validator("state")
    @classmethod
    def _check_state(cls, state: str, info: ValidationInfo) -> str:
        """Reject a state that value and precision deny."""
        if "value" in info.data:
            has_value = info.data["value"] is not None or info.data.get("precision") == "below"
            if (state == "unknown") == has_value:
                raise ValueError("trái với cột value hoặc precision; sửa một trong hai")
        return state


def read_previous(path: Path, year: int, units: Collection[str]) -> pd.DataFrame:
    """Return the lines of the file, indexed by unit_code and item, dtypes `PREVIOUS_DTYPES`.

    `units`: the codes that may occur. Raises InputRefused with file and line of each fault.
    """
    lines = _read_lines(path)
    figures, messages = [], []
    for number, line in lines.to_dict("index").items():
        try:
            figures.append(PreviousFigure.model_validate(line).model_dump())
        except ValidationError as error:
            place = f"{path.name}, dòng {number}"
            messages += [describe_error(place, details, "cột") for details in error.errors()]
    if messages:
        raise InputRefused(*messages)
    rows = pd.DataFrame(figures, lines.index)
    entries = read_csv(paths.DATA / "figures.csv")
    is_known = rows.unit_code.isin(units) & rows["item"].isin(entries.name[entries.kind != "text"])
    is_wrong = ~is_known | ~rows.year.isin([None, str(year)]) | rows.duplicated(INDICATOR_KEY)
    if is_wrong.any():
        numbers = shorten_list([*rows.index[is_wrong].astype(str)])
        words = "không có mã đơn vị hoặc tên số liệu đó (data/figures.csv)"
        raise InputRefused(
            f"Tệp {path.name}, dòng {numbers}: {words}, không phải năm {year}, hoặc lặp lại dòng "
            "trước. Sửa hoặc xóa các dòng đó."
        )
    if rows.illustrative.nunique() > 1:
        mixed = "số liệu minh họa (illustrative = yes) và số liệu thật lẫn nhau; tách ra hai tệp"
        raise InputRefused(f"Tệp {path.name}: {mixed}.")
    words = rows.value.map(format_number, na_action="ignore")
    frame = rows.assign(
        value=rows.value.map(float, na_action="ignore"),
        words=rows.words.fillna(words).where(rows.value.notna()),
    )
    return frame[[*PREVIOUS_DTYPES]].astype(PREVIOUS_DTYPES).set_index(INDICATOR_KEY)


def _read_lines(path: Path) -> pd.DataFrame:
    """Return the lines that are not empty as texts by column, indexed by their number."""
    try:
        cells = read_typed_csv(path.read_bytes())
    except OSError as error:
        cause = describe_os_error(error)
        raise InputRefused(f"Không đọc được {path.absolute()}: {cause}.") from None
    except ValueError:
        words = "không phải bảng CSV ghi bằng UTF-8; lưu lại: “CSV UTF-8”"
        raise InputRefused(f"Tệp {path.name} {words}.") from None
    headers = [*cells.iloc[0]]  # "" above cells in a column without one
    has_each = {*INDICATOR_KEY, "value"} <= {*headers} and "" not in headers
    if not has_each or len({*headers}) < len(headers):
        words = "cần các cột unit_code, item, value, mỗi cột một lần, mỗi ô một cột"
        raise InputRefused(f"Tệp {path.name}, dòng 1: {words}; số lẻ có dấu phẩy đặt trong nháy.")
    lines = cells[1:].set_axis(headers, axis=1).set_axis(cells.index[1:] + 1)
    lines = lines[(lines != "").any(axis=1)]
    if lines.empty:
        raise InputRefused(f"Tệp {path.name} không có dòng số liệu nào.")
    if "plan" in lines and lines["plan"].str.endswith(SCENARIO_SUFFIX).any():
        raise InputRefused(f"Tệp {path.name} là số liệu của phương án thử; lấy tệp của kế hoạch.")
    if "words" in lines:  # an indicators.csv: it has a decimal point, typed lines a comma
        lines["value"] = lines.value.str.replace(".", ",")
    return lines
