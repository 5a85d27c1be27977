"""The figures of the previous year: its indicators.csv, or lines typed from a printed report.

Typed: `unit_code,item,value` and, where wanted, `state,precision,source,illustrative`. A value
stands there as the report prints it: 2510 | 22,5 | 2510* (not all of it is known) | khoảng 120 |
dưới 5 | empty (not known).
"""

import csv
import io
import re
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

KEY = ["unit_code", "item"]
NEEDED = (*KEY, "value")
WANTED = ("state", "precision", "measure", "illustrative", "year")
REST = "more"  # what stands beyond the last column
VALUED = ("complete", "incomplete")  # states of a value
DTYPES = dict.fromkeys((*KEY, "state", "precision", "words", "measure"), "string")
DTYPES |= {"illustrative": "string", "value": "Float64"}
CODES = {
    "state": QUANTITY_STATE_LABELS,
    "precision": PRECISION_LABELS,
    "illustrative": ("yes", "no"),
}
MONEY = "triệu đồng"  # all that is not counted in whole numbers
NO_FIGURES = pd.DataFrame(columns=[*DTYPES]).astype(DTYPES).set_index(KEY)
_VALUE = re.compile(r"(khoảng |dưới |)(\d+(?:,\d+)?)(\*?)")
LEAD = {"rounded": "khoảng ", "below": "dưới ", "exact": ""}
PRECISION = {lead: precision for precision, lead in LEAD.items()}


class Previous(StrictModel):
    """The year that this one is compared with: its figures, a file in data/previous, and where they
    come from.

    `plan`: that year's plan in data/plans, where there is one: the register and the rules of that
    year.
    """

    year: int
    figures: Text
    source: Text
    note: Text | None = None
    plan: Text | None = None


def read_previous(path: Path, year: int, units: Collection[str]) -> pd.DataFrame:
    """The lines of the file by unit_code and item, dtypes `DTYPES`; `words`: the value as it is
    printed.

    `units`: the codes of both years. Raises InputRefused with file and line for every fault, all of
    them at once.
    """
    names = read_csv(paths.DATA / "figures.csv").fillna("").set_index("name")
    names = names[names.kind != "text"]
    faults, quantities, first_at = [], [], {}
    for at, line in _lines(path):
        wrong = [*_faults(line, year, names, units)]
        key = line["unit_code"], line["item"]
        if key in first_at:
            wrong.append(f"{' '.join(key)} đã có ở dòng {first_at[key]}; xóa một dòng")
        first_at.setdefault(key, at)
        faults += [f"Tệp {path.name}, dòng {at}: {words}." for words in wrong]
        if not wrong:
            quantities.append(_quantity(line))
    if not first_at:
        faults.append(f"Tệp {path.name} không có dòng số liệu nào.")
    if len({quantity["illustrative"] for quantity in quantities}) > 1:
        mixed = "số liệu minh họa (illustrative = yes) và số liệu thật lẫn nhau; tách ra hai tệp"
        faults.append(f"Tệp {path.name}: {mixed}.")
    if faults:
        raise InputRefused(*faults)
    rows = pd.DataFrame(quantities, columns=[*DTYPES]).astype(DTYPES).set_index(KEY)
    return rows.replace({"words": "", "measure": ""}, pd.NA)


def _lines(path):
    """Every line that is not empty, with its number; commas or semicolons, as Excel writes them."""
    text = _text(path)
    mark = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=mark, restkey=REST, restval="")
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    if lacking := [column for column in NEEDED if column not in reader.fieldnames]:
        needed = f"thiếu cột {', '.join(lacking)}; cần {', '.join(NEEDED)}"
        raise InputRefused(f"Tệp {path.name}, dòng 1: {needed}.")
    for row in reader:
        more = "".join(row.pop(REST, []))
        line = {name: cell.strip() for name, cell in row.items()} | {REST: more}
        if "words" in line:  # indicators.csv has a point before decimals
            line["value"] = line["value"].replace(".", ",")
        if any(line.values()):
            yield reader.line_num, dict.fromkeys(WANTED, "") | line


def _text(path):
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputRefused(f"Không tìm thấy tệp {path.name} trong data/previous.") from None
    except UnicodeDecodeError:
        raise InputRefused(f"Tệp {path.name} không ghi bằng UTF-8; lưu lại: “CSV UTF-8”.") from None


def _faults(line, year, names, units):
    """What is wrong with one line by itself."""
    unit, item, value = (line[column] for column in NEEDED)
    if unit not in units:
        yield f"không có đơn vị mang mã “{unit}”"
    if item not in names.index:
        near = find_nearest(item, names.index)
        about = f"; có phải “{near}”" if near else ""
        yield f"không có số liệu nào tên “{item}”{about}; xem data/figures.csv"
    elif value and not _is_number(value, whole=names.measure[item] != MONEY):
        how = "số nguyên viết liền (2510), số lẻ viết dấu phẩy, chưa biết thì để trống"
        yield f"“{value}” không phải số của “{item}”: {how}"
    for column, known in CODES.items():
        if line[column] not in ("", *known):
            codes = ", ".join(known)
            yield f"cột {column}: không nhận “{line[column]}”; dùng {codes}, hoặc để trống"
    valued = bool(value) or line["precision"] == "below"
    if line["state"] and valued != (line["state"] in VALUED):
        seen = "có số" if valued else "trống"
        yield f"cột state ghi “{line['state']}” mà ô value {seen}; sửa một trong hai"
    if line["year"] not in ("", str(year)):
        yield f"là số liệu năm {line['year']}, không phải năm {year}"
    if line[REST]:
        yield "nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy"


def _is_number(value, whole):
    match = _VALUE.fullmatch(value)
    return bool(match) and (match[2].isdigit() or not whole)


def _quantity(line):
    """A sound line as a quantity: how much, whether all of it is known, and how exactly."""
    quantity = {column: line[column] for column in (*KEY, "measure")}
    quantity["illustrative"] = line["illustrative"] or "no"
    state, precision, words = line["state"], line["precision"], line.get("words")
    if not line["value"]:
        quantity |= {"state": state or "unknown", "precision": precision or "exact"}
        return quantity | {"words": words if state in VALUED else ""}
    lead, digits, star = _VALUE.fullmatch(line["value"]).groups()
    value = Decimal(digits.replace(",", "."))
    precision = precision or PRECISION[lead]
    state = "incomplete" if star else state or "complete"
    if not words:
        words = format_number(value) + ("*" if state == "incomplete" else "")
        words = (LEAD[precision] if value else "") + words
    value = None if precision == "below" else float(value)
    return quantity | {"state": state, "precision": precision, "words": words, "value": value}
