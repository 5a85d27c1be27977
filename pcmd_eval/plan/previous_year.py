"""Read the indicators of the previous year: its indicators.csv, or lines typed from a report.

Typed lines have `unit_code,item,value` and optionally `state,precision,illustrative`; other
columns, such as `source`, are ignored. A value is a number as the report prints it (2510 or 22,5),
or empty where it is not known; `state` is `incomplete` where not all of it is known.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
from pydantic import model_validator

from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused, describe_os_error
from pcmd_eval.util.files import read_csv, read_typed_csv
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.frames import describe_faulty_rows
from pcmd_eval.util.vocabulary import PRECISION_LABELS, QUANTITY_STATE_LABELS, SCENARIO_SUFFIX
from pcmd_eval.util.yaml_models import StrictModel, Text

INDICATOR_KEY = ["unit_code", "item"]
_REQUIRED_COLUMNS = (*INDICATOR_KEY, "value")
_OPTIONAL_COLUMNS = ("state", "precision", "measure", "illustrative", "year", "words")
_EXCESS = "excess"  # the joined texts of cells in columns without a header
STATES_WITH_VALUE = ("complete", "incomplete")
PREVIOUS_DTYPES = dict.fromkeys(
    (*INDICATOR_KEY, "state", "precision", "words", "measure"), "string"
)
PREVIOUS_DTYPES |= {"illustrative": "string", "value": "Float64"}
CODES = {
    "state": QUANTITY_STATE_LABELS,
    "precision": PRECISION_LABELS,
    "illustrative": ("yes", "no"),
}
_MONEY = "triệu đồng"  # only amounts of this measure may have decimals
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


def read_previous(path: Path, year: int, units: Collection[str]) -> pd.DataFrame:
    """Return the lines of the file, indexed by unit_code and item, dtypes `PREVIOUS_DTYPES`.

    `units`: the codes that may occur. Raises InputRefused with file and line for every fault, all
    of them at once.
    """
    rows = _read_rows(path)
    faults = describe_faulty_rows(rows, _find_issues(rows, year, units))
    messages = [f"Tệp {path.name}, {fault}." for fault in faults]
    if rows.empty:
        messages.append(f"Tệp {path.name} không có dòng số liệu nào.")
    if rows.illustrative.eq("yes").nunique() > 1:
        mixed = "số liệu minh họa (illustrative = yes) và số liệu thật lẫn nhau; tách ra hai tệp"
        messages.append(f"Tệp {path.name}: {mixed}.")
    if messages:
        raise InputRefused(*messages)
    rows = rows.replace("", pd.NA)
    values = rows.value.str.replace(",", ".").map(Decimal, na_action="ignore")
    words = values.map(format_number, na_action="ignore")
    state = values.notna().map({True: "complete", False: "unknown"})
    frame = rows.assign(
        value=values.map(float, na_action="ignore"),
        words=rows.words.fillna(words).where(values.notna()),
        state=rows.state.fillna(state),
        precision=rows.precision.fillna("exact"),
        illustrative=rows.illustrative.fillna("no"),
    )
    return frame[[*PREVIOUS_DTYPES]].astype(PREVIOUS_DTYPES).set_index(INDICATOR_KEY)


def _read_rows(path: Path) -> pd.DataFrame:
    """Return the lines that are not empty, indexed by their number in the file; "" for no text.

    Columns `_REQUIRED_COLUMNS`, `_OPTIONAL_COLUMNS` and `_EXCESS` (texts under no header).
    """
    try:
        cells = read_typed_csv(path.read_bytes())
    except OSError as error:
        cause = describe_os_error(error)
        raise InputRefused(f"Không đọc được {path.absolute()}: {cause}.") from None
    except ValueError:
        words = "không phải bảng CSV ghi bằng UTF-8; lưu lại: “CSV UTF-8”"
        raise InputRefused(f"Tệp {path.name} {words}.") from None
    first_line = cells.iloc[0]
    headers = first_line[first_line != ""]
    if wrong := {*_REQUIRED_COLUMNS}.difference(headers).union(headers[headers.duplicated()]):
        words = f"cột {', '.join(sorted(wrong))} thiếu hoặc có hai lần; ghi mỗi cột một lần"
        raise InputRefused(f"Tệp {path.name}, dòng 1: {words}.")
    cells = cells[1:].set_axis(cells.index[1:] + 1)
    cells = cells[(cells != "").any(axis=1)]
    rows = cells[headers.index].set_axis([*headers], axis=1)
    if "plan" in rows and rows["plan"].str.endswith(SCENARIO_SUFFIX).any():
        raise InputRefused(f"Tệp {path.name} là số liệu của phương án thử; lấy tệp của kế hoạch.")
    if "words" in rows:  # an indicators.csv: it has a decimal point, typed lines a comma
        rows["value"] = rows.value.str.replace(".", ",")
    rows = rows.reindex(columns=[*_REQUIRED_COLUMNS, *_OPTIONAL_COLUMNS], fill_value="")
    return rows.assign(**{_EXCESS: cells[first_line.index[first_line == ""]].agg("".join, axis=1)})


def _find_issues(rows: pd.DataFrame, year: int, units: pd.Index) -> dict[str, pd.Series]:
    """Return for each message whether a row has the issue (boolean).

    `rows`: see `_read_rows`; `describe_faulty_rows` fills {column} in a message.
    """
    entries = read_csv(paths.DATA / "figures.csv").fillna("").set_index("name")
    entries = entries[entries.kind != "text"]
    is_known = rows["item"].isin(entries.index)
    measure = rows["item"].map(entries.measure)
    is_number = rows.value.str.fullmatch(r"\d+")
    is_number |= rows.value.str.fullmatch(r"\d+,\d+") & (measure == _MONEY)
    has_value = (rows.value != "") | (rows.precision == "below")
    needs_value = rows.state.isin(STATES_WITH_VALUE)
    unknown_codes = {
        f"cột {column}: không nhận “{{{column}}}”; dùng {', '.join(known)}, hoặc để trống": (
            ~rows[column].isin(["", *known])
        )
        for column, known in CODES.items()
    }
    return {
        "không có đơn vị mang mã “{unit_code}”": ~rows.unit_code.isin(units),
        "không có số liệu nào tên “{item}”; xem data/figures.csv": ~is_known,
        "“{value}” không phải số của “{item}”: số nguyên viết liền (2510), số lẻ viết dấu phẩy, "
        "chưa biết thì để trống": is_known & (rows.value != "") & ~is_number,
        **unknown_codes,
        "cột state ghi “{state}” mà ô value có số hoặc precision ghi “below”; sửa một trong hai": (
            (rows.state != "") & ~needs_value & has_value
        ),
        "cột state ghi “{state}” mà ô value trống; sửa một trong hai": needs_value & ~has_value,
        f"là số liệu năm {{year}}, không phải năm {year}": ~rows.year.isin(["", str(year)]),
        "nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy": rows[_EXCESS] != "",
        "{unit_code} {item} đứng hai lần; xóa một dòng": rows.duplicated(INDICATOR_KEY),
    }
