"""The figures of the year before: last year's indicators.csv, or lines typed from a printed report.

Typed: `unit_code,item,value` and, where wanted, `state,precision,source,illustrative`. A value
stands there as the report prints it: 2510 | 22,5 | 2510* (not all of it is known) | khoảng 120 |
dưới 5 | empty (not known).
"""

import csv
import io
import re
from collections.abc import Collection
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import read_csv
from pcmd_eval.words import PRECISIONS, STATES, number

KEY = ["unit_code", "item"]
NEEDED = (*KEY, "value")
WANTED = ("state", "precision", "measure", "illustrative", "year")
TOLD = ("complete", "incomplete")  # states of a value
DTYPES = dict.fromkeys((*KEY, "state", "precision", "words", "measure"), "string")
DTYPES |= {"illustrative": "string", "value": "Float64"}
CODES = {"state": STATES, "precision": PRECISIONS, "illustrative": ("yes", "no")}
MONEY = "triệu đồng"  # all that is not counted in whole numbers
_VALUE = re.compile(r"(khoảng |dưới |)(\d+(?:[.,]\d+)?)(\*?)")
_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+\*?")  # 2.510: two thousand, or two and a half
_LEADS = {"khoảng ": "rounded", "dưới ": "below", "": "exact"}
Line = dict[str, str]


def read_previous(path: Path, year: int, units: Collection[str]) -> pd.DataFrame:
    """The lines of the file by unit_code and item, dtypes `DTYPES`; `words`: the value as it is
    printed.

    `units`: the codes of both years. Raises InputRefused with file and line for every fault, all of
    them at once.
    """
    names = read_csv(paths.DATA / "figures.csv").fillna("").set_index("name")
    names = names[names.kind != "text"]
    faults = []
    lines = []
    first = {}
    for place, line in _lines(path):
        wrong = [*_faults(line, year, names, units)]
        key = line["unit_code"], line["item"]
        if key in first:
            wrong.append(f"{' '.join(key)} đã có ở dòng {first[key]}; xóa một dòng")
        first.setdefault(key, place)
        faults += [f"Tệp {path.name}, dòng {place}: {words}." for words in wrong]
        if not wrong:
            lines.append(_quantity(line))
    if not first:
        faults.append(f"Tệp {path.name} không có dòng số liệu nào.")
    if len({line["illustrative"] for line in lines}) > 1:
        mixed = "số liệu minh họa (illustrative = yes) và số liệu thật lẫn nhau; tách ra hai tệp"
        faults.append(f"Tệp {path.name}: {mixed}.")
    found = pd.DataFrame(lines, columns=[*DTYPES]).astype(DTYPES)
    summed = found[found["item"].isin(names.index[names.kind == "sum"])]
    faults += [f"Tệp {path.name}: {words}." for words in _above(summed, min(units, key=len))]
    if faults:
        raise InputRefused(*faults)
    return found.set_index(KEY)


def _above(rows, whole):
    """Sums of districts that are more than the complete figure of their province."""
    rows = rows[rows.precision == "exact"]
    wholes = rows[(rows.unit_code == whole) & (rows.state == "complete")].set_index("item").value
    parts = rows[rows.unit_code != whole].groupby("item").value.sum()
    for item, most in wholes.items():
        if item in parts.index and parts[item] > most + 1e-6:
            less, more = (number(Decimal(f"{value:.6f}")) for value in (most, parts[item]))
            yield f"{item} của các huyện cộng lại là {more}, của toàn tỉnh chỉ {less}; sửa số sai"


def _lines(path):
    """Every line that is not empty, with its number; commas or semicolons, as Excel writes them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputRefused(f"Không tìm thấy tệp {path.name} trong data/previous.") from None
    except UnicodeDecodeError:
        raise InputRefused(f"Tệp {path.name} không ghi bằng UTF-8; lưu lại: “CSV UTF-8”.") from None
    head = text.partition("\n")[0]
    mark = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=mark, restkey="", restval="")
    heads = [name.strip() for name in reader.fieldnames or ()]
    lacking = [column for column in NEEDED if column not in heads]
    if lacking:
        needed = f"thiếu cột {', '.join(lacking)}; cần {', '.join(NEEDED)}"
        raise InputRefused(f"Tệp {path.name}, dòng 1: {needed}.")
    reader.fieldnames = heads
    for row in reader:
        more = "".join(row.pop("", []))
        line = {name: cell.strip() for name, cell in row.items()}
        if any(line.values()) or more:
            yield reader.line_num, dict.fromkeys(WANTED, "") | line | {"more": more}


def _faults(line, year, names, units):
    """What is wrong with one line by itself."""
    unit, item, value = (line[column] for column in NEEDED)
    if unit not in units:
        yield f"không có đơn vị mang mã “{unit}”{_meant(unit, units)}"
    if item not in names.index:
        yield f"không có số liệu nào tên “{item}”{_meant(item, names.index)}; xem data/figures.csv"
    elif value:
        yield from _no_number(line, whole=names.measure[item] != MONEY)
    for column, known in CODES.items():
        if line[column] not in ("", *known):
            codes = ", ".join(known)
            yield f"cột {column}: không nhận “{line[column]}”; dùng {codes}, hoặc để trống"
    told = bool(value) or line["precision"] == "below"
    if line["state"] and told != (line["state"] in TOLD):
        seen = "có số" if told else "trống"
        yield f"cột state ghi “{line['state']}” mà ô value {seen}; sửa một trong hai"
    if line["year"] not in ("", str(year)):
        yield f"là số liệu năm {line['year']}, không phải năm {year}"
    if line["more"]:
        yield "nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy"


def _meant(written, known):
    near = get_close_matches(written, [*known], 1, 0.65)
    return f"; có phải “{near[0]}”" if near else ""


def _no_number(line, whole):
    """Why a value is none; in indicators.csv, which has `words`, a point stands before decimals."""
    value = line["value"]
    item = line["item"]
    found = _VALUE.fullmatch(value)
    if "words" not in line and _GROUPED.fullmatch(value):
        plain = value.replace(".", "")
        yield f"“{value}” có dấu chấm; số nguyên viết liền ({plain}), số lẻ viết dấu phẩy"
    elif not found:
        yield f"“{value}” không phải số của “{item}”; chưa biết thì để trống"
    elif whole and not found[2].isdigit():
        yield f"“{value}” không phải số nguyên của “{item}”; chưa biết thì để trống"


def _quantity(line):
    """A sound line as a quantity: how much, whether all of it is known, and how exactly."""
    found = _VALUE.fullmatch(line["value"])
    lead, digits, star = found.groups() if found else ("", "", "")
    value = Decimal(digits.replace(",", ".")) if found else None
    precision = line["precision"] or _LEADS[lead]
    state = line["state"] or ("complete" if found else "unknown")
    state = "incomplete" if star else state
    words = line.get("words") if state in TOLD else None
    if found and not words:
        leads = {code: written for written, code in _LEADS.items()}
        words = (leads[precision] if value else "") + number(value)
        words += "*" if state == "incomplete" else ""
    exact = found and precision != "below"
    return {
        **{column: line[column] for column in KEY},
        "state": state,
        "precision": precision,
        "words": words or None,
        "measure": line["measure"] or None,
        "illustrative": line["illustrative"] or "no",
        "value": float(value) if exact else None,
    }
