"""Read the indicators of the previous year: its indicators.csv, or lines typed from a report.

Typed: `unit_code,item,value` and, where wanted, `state,precision,source,illustrative`. A value is a
number as the report prints it (2510 or 22,5), or empty where it is not known; `state` is
`incomplete` where not all of it is known.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

import pandas as pd

from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.spelling import find_nearest
from pcmd_eval.util.vocabulary import PRECISION_LABELS, QUANTITY_STATE_LABELS
from pcmd_eval.util.yaml_models import StrictModel, Text

INDICATOR_KEY = ["unit_code", "item"]
REQUIRED_COLUMNS = (*INDICATOR_KEY, "value")
OPTIONAL_COLUMNS = ("state", "precision", "measure", "illustrative", "year")
EXCESS = "excess"  # the cells beyond the last column
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
MONEY = "triệu đồng"  # everything else is counted in whole numbers
NO_FIGURES = (
    pd.DataFrame(columns=[*PREVIOUS_DTYPES]).astype(PREVIOUS_DTYPES).set_index(INDICATOR_KEY)
)
_VALUE = re.compile(r"(\d+)(,\d+)?")


class Previous(StrictModel):
    """The year for comparison: its figures (a file in data/previous) and their source."""

    year: int
    figures: Text
    source: Text
    note: Text | None = None


def read_previous(path: Path, year: int, units: Collection[str]) -> pd.DataFrame:
    """Return the lines of the file, indexed by unit_code and item, dtypes `PREVIOUS_DTYPES`.

    `units`: the codes that may occur. Raises InputRefused with file and line
    for every fault, all of them at once.
    """
    names = read_csv(paths.DATA / "figures.csv").fillna("").set_index("name")
    names = names[names.kind != "text"]
    messages, rows, first_at = [], [], {}
    for at, line in _read_numbered_rows(path):
        wrong = [*_find_line_faults(line, year, names, units)]
        key = line["unit_code"], line["item"]
        if key in first_at:
            wrong.append(f"{' '.join(key)} đã có ở dòng {first_at[key]}; xóa một dòng")
        first_at.setdefault(key, at)
        messages += [f"Tệp {path.name}, dòng {at}: {words}." for words in wrong]
        if not wrong:
            rows.append(_read_row(line))
    if not first_at:
        messages.append(f"Tệp {path.name} không có dòng số liệu nào.")
    if len({row["illustrative"] for row in rows}) > 1:
        mixed = "số liệu minh họa (illustrative = yes) và số liệu thật lẫn nhau; tách ra hai tệp"
        messages.append(f"Tệp {path.name}: {mixed}.")
    if messages:
        raise InputRefused(*messages)
    frame = (
        pd.DataFrame(rows, columns=[*PREVIOUS_DTYPES])
        .astype(PREVIOUS_DTYPES)
        .set_index(INDICATOR_KEY)
    )
    return frame.replace({"words": "", "measure": ""}, pd.NA)


def _read_numbered_rows(path):
    """Yield (number, cells by column) of every line that is not empty.

    Excel separates cells by commas or semicolons, as the computer is set up.
    """
    text = _decode_csv(path)
    mark = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=mark, restkey=EXCESS, restval="")
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    if missing := [column for column in REQUIRED_COLUMNS if column not in reader.fieldnames]:
        needed = f"thiếu cột {', '.join(missing)}; cần {', '.join(REQUIRED_COLUMNS)}"
        raise InputRefused(f"Tệp {path.name}, dòng 1: {needed}.")
    if doubled := [name for name, number in Counter(reader.fieldnames).items() if number > 1]:
        raise InputRefused(
            f"Tệp {path.name}, dòng 1: cột {', '.join(doubled)} có hai lần; chỉ giữ một cột."
        )
    for row in reader:
        more = "".join(row.pop(EXCESS, []))
        line = {name: cell.strip() for name, cell in row.items()} | {EXCESS: more}
        if "words" in line:  # indicators.csv has a point before decimals
            line["value"] = line["value"].replace(".", ",")
        if any(line.values()):
            yield reader.line_num, dict.fromkeys(OPTIONAL_COLUMNS, "") | line


def _decode_csv(path):
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputRefused(f"Không tìm thấy tệp {path.name} trong data/previous.") from None
    except UnicodeDecodeError:
        raise InputRefused(f"Tệp {path.name} không ghi bằng UTF-8; lưu lại: “CSV UTF-8”.") from None


def _find_line_faults(line, year, names, units):
    """Yield what is wrong with one line by itself."""
    unit, item, value = (line[column] for column in REQUIRED_COLUMNS)
    if unit not in units:
        yield f"không có đơn vị mang mã “{unit}”"
    if item not in names.index:
        near = find_nearest(item, names.index)
        about = f"; có phải “{near}”" if near else ""
        yield f"không có số liệu nào tên “{item}”{about}; xem data/figures.csv"
    elif value and not _is_number(value, is_whole=names.measure[item] != MONEY):
        how = "số nguyên viết liền (2510), số lẻ viết dấu phẩy, chưa biết thì để trống"
        yield f"“{value}” không phải số của “{item}”: {how}"
    for column, known in CODES.items():
        if line[column] not in ("", *known):
            codes = ", ".join(known)
            yield f"cột {column}: không nhận “{line[column]}”; dùng {codes}, hoặc để trống"
    has_value = bool(value) or line["precision"] == "below"
    if line["state"] and has_value != (line["state"] in STATES_WITH_VALUE):
        seen = "có số" if has_value else "trống"
        yield f"cột state ghi “{line['state']}” mà ô value {seen}; sửa một trong hai"
    if line["year"] not in ("", str(year)):
        yield f"là số liệu năm {line['year']}, không phải năm {year}"
    if line[EXCESS]:
        yield "nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy"


def _is_number(value, is_whole):
    match = _VALUE.fullmatch(value)
    return bool(match) and not (is_whole and match[2])


def _read_row(line):
    """Return a sound line as a row of the frame."""
    row = {column: line[column] for column in (*INDICATOR_KEY, "measure")}
    row["illustrative"] = line["illustrative"] or "no"
    row["precision"] = line["precision"] or "exact"
    if not line["value"]:
        return row | {"state": line["state"] or "unknown", "words": ""}
    value = Decimal(line["value"].replace(",", "."))
    words = line.get("words") or format_number(value)
    return row | {"state": line["state"] or "complete", "words": words, "value": float(value)}
