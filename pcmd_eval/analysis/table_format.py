"""Format the columns of a frame for print: headings, and cells in Vietnamese, with names for codes.

The name of a column decides its heading and labels. “Our” columns are those of the package's
frames; a column of any other name is printed with its name and values as they are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from html import escape
from math import isfinite
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_list_like, is_numeric_dtype

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_indicators
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util import excel, formatting, vocabulary
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_decimal, format_number
from pcmd_eval.util.templates import render_badge
from pcmd_eval.util.verdicts import (
    HOST_STYLES,
    STATUS_STYLES,
    VERDICT_LABELS,
    VERDICT_STYLES,
    DisplayStyle,
)
from pcmd_eval.util.vocabulary import NO_VALUE

STAR = "*"  # behind a sum that is not complete
_YEARS = ("year", "Năm", "năm")  # names of columns
LENGTHY = 80  # characters: a column with such a text keeps its width
# The headings of columns of codes that are printed as names where a case is given.
_CODE_HEADERS = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_CODE_HEADERS |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Columns of codes, each with the column of names next to which they are printed as codes.
_NAME_COLUMNS = {"reporter": "reporter_name", "unit_code": "unit_name"}
_HEADERS = VERDICT_LABELS | vocabulary.PERIOD_LABELS | vocabulary.HEADERS
VERDICT_CELLS: dict[Any, str | DisplayStyle] = {
    code + mark: style._replace(word=style.word + mark)
    for code, style in VERDICT_STYLES.items()
    for mark in ("", vocabulary.CHANGED_MARK)
}
_STATES = {
    **vocabulary.RETURN_STATE_LABELS,
    **vocabulary.CELL_STATE_LABELS,
    **vocabulary.QUANTITY_STATE_LABELS,
}
# Our columns of codes, each with the labels of its values; no other column has codes of ours.
_VALUE_LABELS: dict[str, Mapping[Any, str | DisplayStyle]] = {
    "verdict": VERDICT_CELLS,
    "state": _STATES,
    "before_state": _STATES,
    "now_state": _STATES,
    "words": vocabulary.QUANTITY_STATE_LABELS,
    "precision": vocabulary.PRECISION_LABELS,
    "basis": vocabulary.BASIS_LABELS,
    "level": vocabulary.LEVEL_LABELS,
    "period": vocabulary.PERIOD_LABELS,
    **dict.fromkeys(
        ("value", "document", "carried_out", "operating", "late", "illustrative"),
        vocabulary.ANSWER_LABELS,
    ),
}
# Labels of the values of pivoted tables, whose columns are named by codes of ours.
_PIVOTED = (VERDICT_CELLS, _STATES, vocabulary.ANSWER_LABELS)
_MERGED = re.compile(r"^(verdict|state)_\w+$")  # two frames merged: verdict_x, verdict_y
_SUM = re.compile(rf"[\d.,]+[*]?|{NO_VALUE}")  # as the words of sums
_SHORT_TEXT = 24  # characters: shorter texts stay on one line
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = " 00:00:00"  # the end of a Timestamp without a time, as text

ColumnName = str | tuple[str, ...]  # of a column, or of one with several levels
Heads = Mapping[str, str]  # headings of columns by their names


class PrintedCell(NamedTuple):
    """A value as it is printed.

    `look`: the style of a verdict or status, else None; `value`: a number or date, else None;
    `is_empty`: there is no value; `code`: of a unit or objective that has pages, else "".
    """

    text: str
    look: DisplayStyle | None = None
    value: excel.Value = None
    is_empty: bool = False
    code: str = ""

    @property
    def spreadsheet_value(self) -> excel.Value:
        """Return the value for a spreadsheet: a number, a date, a text, or None for a dash."""
        return self.text if self.value is None and not self.is_empty else self.value

    @property
    def html(self) -> str:
        """Return the escaped text, or the badge of the look."""
        return render_badge(self.look) if self.look else escape(self.text)


EMPTY = PrintedCell(NO_VALUE, is_empty=True)


class PrintedColumn(NamedTuple):
    """A column as it is printed: heading, cells, and their texts.

    `code`: of the objective that it is about, if that has pages, else ""; `side`: its alignment,
    left or right; `longest`: the length of the longest text; `css`: keeps it on one line, or "";
    `has_star`: whether it has an incomplete sum, marked by a star.
    """

    head: str
    cells: list[PrintedCell]
    texts: list[str]
    side: str
    longest: int
    css: str
    has_star: bool
    code: str


def format_frame(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
    """Return a frame of the printed texts (string), a dash for <NA>; the columns are the headings.

    The first columns are the index levels of `row_levels`.
    """
    columns = format_columns(frame, case)
    texts = {at: column.texts for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def spreadsheet_columns(
    frame: pd.DataFrame, case: Case, heads: Heads | None = None
) -> list[excel.SheetColumn]:
    """Return the columns of a frame for `excel.write_workbook`; value_low, value_high as shares."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    names = [name for name, _ in _list_levels_and_columns(frame)]
    return [
        excel.SheetColumn(
            column.head,
            [cell.spreadsheet_value for cell in column.cells],
            "share" if name in shares else "",
        )
        for name, column in zip(names, format_columns(frame, case, heads), strict=True)
    ]


def row_levels(frame: pd.DataFrame) -> list[str]:
    """Return the names of the index levels that are printed as columns.

    [] for an unnamed index of numbers, unless of `value_counts`; another unnamed level is called
    "Dòng". The level `reporter` is left out if it equals `unit_code` in every row.
    """
    index, names = frame.index, [*frame.index.names]
    is_numbered = is_numeric_dtype(index.dtype) and not is_bool_dtype(index.dtype)
    if names == [None] and is_numbered and not {"count", "proportion"} & {*frame}:
        return []
    if len(index) and {"reporter", "unit_code"} <= {*names}:
        reporters, units = map(index.get_level_values, ("reporter", "unit_code"))
        if (reporters == units).all():
            names.remove("reporter")
    return ["Dòng" if name is None else name for name in names]


def _list_levels_and_columns(frame: pd.DataFrame) -> list[tuple[ColumnName, pd.Series | pd.Index]]:
    """Return pairs of name and values: of the levels of `row_levels`, then of the columns."""
    index = frame.index.set_names(["Dòng" if name is None else name for name in frame.index.names])
    levels = [(name, index.get_level_values(name)) for name in row_levels(frame)]
    names = ["<NA>" if name is pd.NA else name for name in frame.columns]  # <NA> equals nothing
    return levels + [(name, frame.iloc[:, at]) for at, name in enumerate(names)]


def format_columns(
    frame: pd.DataFrame,
    case: Case | None,
    heads: Heads | None = None,
    digits: int = 2,
) -> list[PrintedColumn]:
    """Return the columns of a frame as they are printed; codes stay beside a column of names.

    `heads`: headings by column, instead of `_HEADERS`; `digits`: decimals of numbers.
    """
    named_columns = _list_levels_and_columns(frame)
    names = {name for name, _ in named_columns}
    code_columns = {code for code, name in _NAME_COLUMNS.items() if {code, name} <= names}
    headings = _headings_by_name(frame, case)
    headings |= {code: vocabulary.HEADERS[code] for code in code_columns} | dict(heads or {})
    is_of_sums = [*frame.columns].count("state") == 1
    states = frame["state"] if is_of_sums else None
    is_incomplete = () if states is None else [*(states.astype(object) == "incomplete")]
    return [
        _column(
            column,
            name,
            None if name in code_columns else case,
            _heading(name, headings),
            digits,
            is_incomplete,
        )
        for name, column in named_columns
    ]


def _headings_by_name(frame: pd.DataFrame, case: Case | None) -> dict[str, str]:
    """Return the headings of columns and levels by name."""
    headings = _HEADERS | (case.names | _CODE_HEADERS if case else {})
    if "full_name" in frame:  # the register; of a form name and type are of models
        headings |= {"name": "Tên", "type": "Loại", "full_name": "Tên đầy đủ"}
    if case and "item" in frame.columns.names:  # `communes` is a step, too
        indicators = all_indicators(case)
        headings |= dict(zip(indicators["item"], indicators.label, strict=True))
    if case and "state" in frame.columns.names:  # of returns
        labels = case.plan.return_state_labels
        headings |= {code: labels[code] for code in labels.keys() - vocabulary.CELL_STATE_LABELS}
    return headings


def _heading(name: ColumnName, headings: Mapping[str, str]) -> str:
    """Return the heading of a column name; of a tuple (levels) the headings joined by " · "."""
    parts = [part for part in name if part != ""] if isinstance(name, tuple) else [name]
    return " · ".join(remove_control_characters(str(headings.get(part, part))) for part in parts)


def _column(
    column: pd.Series | pd.Index,
    name: ColumnName,
    case: Case | None,
    head: str,
    digits: int,
    is_incomplete: Sequence[bool],
) -> PrintedColumn:
    """Return one column as it is printed.

    `name`: decides the format, a tuple if columns have levels; `is_incomplete`: whether each row is
    an incomplete sum, () if unknown.
    """
    if name in _YEARS:  # no thousands separator
        column = column.astype("string")
    values = [*column.to_numpy(object, na_value=None)]
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    labels = _labels_by_code(column, values, name, case)
    cells = [_cell(value, labels, digits) for value in values]
    if name in _CODE_HEADERS:
        named = zip(cells, values, strict=True)
        cells = [cell._replace(code=_code_of(value, case)) for cell, value in named]
    if numeric and name == "value":
        for at in np.flatnonzero(is_incomplete):  # "120*"; "chưa đủ số liệu" for 0
            value, text = cells[at].value, cells[at].text + STAR
            text = text if value else VERDICT_STYLES["undetermined"].word.lower()
            cells[at] = cells[at] if value is None else cells[at]._replace(text=text)
    texts = [cell.text for cell in cells]
    longest = max(map(len, texts), default=0)
    css = ";white-space:nowrap" if longest < _SHORT_TEXT else ";min-width:7rem"
    css *= any(" " in cell.text and not cell.look for cell in cells)
    side = "right" if numeric or all(map(_SUM.fullmatch, texts)) else "left"
    has_star = any(text.endswith(STAR) and _SUM.fullmatch(text) for text in texts)
    return PrintedColumn(head, cells, texts, side, longest, css, has_star, _code_of(name, case))


def _code_of(code: object, case: Case | None) -> str:
    """Return the code if it is of a unit or an objective that has pages, else ""."""
    if case and isinstance(code, str):
        return code if code in case.plan.by_slug or code in case.plan.reporters.index else ""
    return ""


def _labels_by_code(
    column: pd.Series | pd.Index, values: Iterable[Any], name: ColumnName, case: Case | None
) -> Mapping[Any, str | DisplayStyle]:
    """Return the labels or styles by code of the values of a column, {} to print them as they are.

    The column's name decides; of a pivoted table its values, too.
    """
    levels = name if isinstance(name, tuple) else (name,)
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return {}
    if is_bool_dtype(column):
        return HOST_STYLES if name == "hosts" else STATUS_STYLES
    if case and name == "target":
        return case.plan.target_labels
    if case and name in _CODE_HEADERS:
        return case.names | (dict(case.plan.senders.full_name) if name == "reporter" else {})
    keys = [_MERGED.sub(r"\1", str(level)) for level in levels]
    candidates = [_VALUE_LABELS[key] for key in keys if key in _VALUE_LABELS]
    codes = {*OBJECTIVES, *vocabulary.PERIOD_LABELS, *(case.names if case else ())}
    if not candidates and codes.intersection(levels):
        # A list has a text that no label has.
        distinct = {str(value) if is_list_like(value) else value for value in values}
        distinct = {value for value in distinct if not pd.isna(value)}
        candidates = [labels for labels in _PIVOTED if distinct <= labels.keys()]
    labels = candidates[0] if candidates else {}
    return {**labels, **case.plan.return_state_labels} if case and labels is _STATES else labels


def _cell(value: Any, labels: Mapping[Any, str | DisplayStyle], digits: int = 2) -> PrintedCell:
    """Return a value as printed: its code's label or style, a number, a day, else its text."""
    if isinstance(value, DisplayStyle):
        return PrintedCell(f"{value.shape} {value.word}", value)
    if is_list_like(value):
        members = sorted(value, key=str) if isinstance(value, Set) else value
        text = "; ".join(_cell(member, labels, digits).text for member in members)
        return PrintedCell(text) if text else EMPTY
    value = None if pd.isna(value) else value
    value = labels.get(value, value)
    if isinstance(value, bool | np.bool_):
        value = STATUS_STYLES[bool(value)]
    if isinstance(value, DisplayStyle):
        return PrintedCell(f"{value.shape} {value.word}", value)
    if value is None or value in ("", NO_VALUE):
        return EMPTY
    if isinstance(value, Integral):
        return PrintedCell(format_number(int(value)), value=int(value))
    if isinstance(value, Real | Decimal):
        if not isfinite(value):
            return PrintedCell(f"{value:g}".replace("inf", "∞"))
        number = value if isinstance(value, Decimal) else float(value)
        return PrintedCell(format_number(format_decimal(number, digits)), value=float(value))
    text = remove_control_characters(str(value)).removesuffix(_MIDNIGHT)
    if not _ISO.fullmatch(text):
        return PrintedCell(text)
    day = date.fromisoformat(text)
    return PrintedCell(formatting.format_short_date(day), value=day)
