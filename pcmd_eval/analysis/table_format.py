"""Format the columns of a frame for print: headings, and cells in Vietnamese, with names for codes.

Heading and labels of values go by the column's name: a column of another name is printed as it is.
"""

import re
from collections import Counter
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
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util import excel, formatting, vocabulary
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_decimal, format_number
from pcmd_eval.util.templates import render_badge
from pcmd_eval.util.vocabulary import VERDICT_STYLES, DisplayStyle

DASH = "–"
STAR = "*"  # behind a sum that is not complete
LENGTHY = 80  # characters: a column with such a text keeps its width
# Columns of codes that a case can name, and the headings of the names.
_NAMED_HEADERS = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_NAMED_HEADERS |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Columns of codes, each with the column of its names: in a frame with both the codes are printed.
_NAME_COLUMNS = {"reporter": "reporter_name", "unit_code": "unit_name"}
_HEADERS = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_NAMED_HEADERS |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Columns of codes, each with the column of its names: in a frame with both the codes are printed.
_NAME_COLUMNS = {"reporter": "reporter_name", "unit_code": "unit_name"}
_TEXT_COLUMNS = ("name", "raw", "reason")  # their values are never codes of ours
_HEADERS = vocabulary.VERDICT_LABELS | vocabulary.PERIOD_LABELS | vocabulary.HEADERS
_VERDICTS: dict[Any, str | DisplayStyle] = {
    code + mark: style._replace(word=style.word + mark)
    for code, style in vocabulary.VERDICT_STYLES.items()
    for mark in ("", vocabulary.CHANGED_MARK)
}
_STATES = {
    **vocabulary.RETURN_STATE_LABELS,
    **vocabulary.CELL_STATE_LABELS,
    **vocabulary.QUANTITY_STATE_LABELS,
}
# Our columns of codes, each with the labels of its values; no other column has codes of ours.
_VALUE_LABELS: dict[str, Mapping[Any, str | DisplayStyle]] = {
    "verdict": _VERDICTS,
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
# Of a pivoted table, whose columns are named by codes of ours, a column of values of one of these.
_PIVOTED = (_VERDICTS, _STATES, vocabulary.ANSWER_LABELS)
_MERGED = re.compile(r"(verdict|state)_\w+")  # two frames merged: verdict_x, verdict_y
_STARRED = ("value", "words", "told")  # our columns of quantities: a star is that of a sum
_SHORT_TEXT = 24  # characters: shorter texts stay on one line
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = " 00:00:00"  # what a day in pandas ends with as text

ColumnName = str | tuple[str, ...]  # of a column, or of one with several levels
Heads = Mapping[str, str]  # headings of columns by their names


class PrintedCell(NamedTuple):
    """A value as it is printed: its text; `look`: of a verdict or status; `value`: of a number or
    date.
    """

    text: str
    look: DisplayStyle | None = None
    value: excel.Value = None

    @property
    def typed(self) -> excel.Value:
        """Return the value for a spreadsheet: a number, a date, a text, or None for a dash."""
        return self.text if self.value is None and self.text != DASH else self.value

    @property
    def html(self) -> str:
        """Return the escaped text, or the badge of the look."""
        return render_badge(self.look) if self.look else escape(self.text)


class PrintedColumn(NamedTuple):
    """A column as it is printed: heading, cells, and their texts.

    `side`: how it is aligned, left or right; `longest`: the length of the longest text; `css`: the
    CSS that sets its width, or ""; `has_star`: whether a number of it is a sum that lacks parts.
    """

    head: str
    cells: list[PrintedCell]
    texts: list[str]
    side: str
    longest: int
    css: str
    has_star: bool


def format_frame(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
    """Return a frame as readers see it: every value a Vietnamese text (string), a dash for none.

    Levels of the index that name the rows come first, as columns; columns have their headings.
    """
    columns = columns_of(frame, case)
    texts = {at: column.texts for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def spreadsheet_columns(
    frame: pd.DataFrame, case: Case, heads: Heads | None = None
) -> list[excel.SheetColumn]:
    """Return the columns of a frame for a workbook; `value_low` and `value_high` are shares."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    names = [name for name, _ in _flatten(frame)]
    return [
        excel.SheetColumn(
            column.head, [cell.typed for cell in column.cells], "share" if name in shares else ""
        )
        for name, column in zip(names, columns_of(frame, case, heads), strict=True)
    ]


def row_levels(frame: pd.DataFrame) -> list[str]:
    """Return the names of the index levels that are printed as columns.

    None for an unnamed index that only numbers the rows; another unnamed level is called "Dòng".
    The level `reporter` is left out where it repeats `unit_code` in every row.
    """
    index, names = frame.index, [*frame.index.names]
    if names == [None] and is_numeric_dtype(index.dtype):
        return []
    if len(index) and {"reporter", "unit_code"} <= {*names}:
        reporters, units = map(index.get_level_values, ("reporter", "unit_code"))
        if (reporters == units).all():
            names.remove("reporter")
    return ["Dòng" if name is None else name for name in names]


def _flatten(frame: pd.DataFrame) -> list[tuple[ColumnName, pd.Series | pd.Index]]:
    """Return name and values of the index levels that are printed, then of the columns."""
    index = frame.index.set_names(["Dòng" if name is None else name for name in frame.index.names])
    rows = [(name, index.get_level_values(name)) for name in row_levels(frame)]
    return rows + [(name, frame.iloc[:, at]) for at, name in enumerate(frame.columns)]


def columns_of(
    frame: pd.DataFrame,
    case: Case | None,
    heads: Heads | None = None,
    digits: int | None = None,
) -> list[PrintedColumn]:
    """Return the columns of a frame as they are printed; codes next to their names stay codes.

    `heads`: headings that the caller chose; `digits`: decimals of numbers. Equal headings get the
    name of their column. The values of a column are those of the column of ours whose name it has,
    or that `frame.attrs["values"]` names for it.
    """
    kinds = frame.attrs.get("values", {})
    flat = _flatten(frame)
    names = {name for name, _ in flat}
    codes = {code for code, name in _NAME_COLUMNS.items() if {code, name} <= names}
    headings = _HEADERS | (case.names | _NAMED_HEADERS if case else {})
    headings |= {code: vocabulary.HEADERS[code] for code in codes} | dict(heads or {})
    texts = [_heading(name, headings) for name, _ in flat]
    repeated = {head for head, times in Counter(texts).items() if times > 1}
    columns = dict(flat)
    is_incomplete = [False] * len(frame)
    if {"value", "state"} <= names:
        is_incomplete = [state == "incomplete" for state in columns["state"].astype(object)]
    return [
        _column(
            column,
            kinds.get(name, name),
            None if name in codes else case,
            f"{head} ({name})" if head in repeated else head,
            digits,
            is_incomplete if name == "value" else (),
        )
        for (name, column), head in zip(flat, texts, strict=True)
    ]


def _heading(name: ColumnName, headings: Mapping[str, str]) -> str:
    """Return the heading of a column; of one under levels of columns that of each part."""
    parts = [part for part in name if part != ""] if isinstance(name, tuple) else [name]
    return " · ".join(remove_control_characters(str(headings.get(part, part))) for part in parts)


def _column(
    column: pd.Series | pd.Index,
    name: ColumnName,
    case: Case | None,
    head: str,
    digits: int | None,
    is_incomplete: Sequence[bool],
) -> PrintedColumn:
    """Return one column as it is printed; `name`: of the column of ours whose values it has, else
    its own, a tuple where columns have levels.

    `is_incomplete`: which of its quantities are sums that are not complete, () for none.
    """
    if name == "year":  # no thousands separator
        column = column.astype("string")
    values = [*column.to_numpy(object, na_value=None)]
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    codes = {} if numeric else _codes(column, values, name, case)
    cells = [_cell(value, codes, digits) for value in values]
    if numeric and any(is_incomplete):
        marked = zip(cells, is_incomplete, strict=True)
        cells = [_with_star(cell) if is_marked else cell for cell, is_marked in marked]
    texts = [cell.text for cell in cells]
    longest = max(map(len, texts), default=0)
    may_wrap = any(" " in cell.text and not cell.look for cell in cells)
    css = ";white-space:nowrap" if may_wrap and longest < _SHORT_TEXT else ""
    has_star = name in _STARRED and any(text.endswith(STAR) for text in texts)
    side = "right" if numeric else "left"
    return PrintedColumn(head, cells, texts, side, longest, css, has_star)


def _with_star(cell: PrintedCell) -> PrintedCell:
    """Return the cell of a sum that is not complete: with a star, and a 0 as words."""
    if cell.text == "0":
        return cell._replace(text=VERDICT_STYLES["undetermined"].word.lower())
    return cell._replace(text=cell.text + STAR) if cell.text[-1].isdigit() else cell


def _codes(
    column: pd.Series | pd.Index, values: Iterable[Any], name: ColumnName, case: Case | None
) -> Mapping[Any, str | DisplayStyle]:
    """Return the labels or styles of a column's codes, {} if it has none: by its name alone."""
    parts = name if isinstance(name, tuple) else (name,)
    if is_bool_dtype(column):
        return vocabulary.HOST_STYLES if name == "hosts" else vocabulary.STATUS_STYLES
    if case and name == "target":
        return case.plan.target_labels
    if case and name in _NAMED_HEADERS:
        return case.names | (dict(case.plan.senders.full_name) if name == "reporter" else {})
    state_labels = case.plan.return_state_labels if case else {}
    for part in parts:
        match = _MERGED.fullmatch(str(part))
        if labels := _VALUE_LABELS.get(match[1] if match else part):
            return {**labels, **state_labels} if labels is _STATES else labels
    codes = {*OBJECTIVES, *vocabulary.PERIOD_LABELS, *(case.names if case else ())}
    if not codes.intersection(parts):
        return {}
    distinct = {value for value in values if not pd.isna(value)}
    found = next((labels for labels in _PIVOTED if distinct <= labels.keys()), {})
    return {**found, **state_labels} if found is _STATES else found


def _cell(
    value: Any, codes: Mapping[Any, str | DisplayStyle], digits: int | None = None
) -> PrintedCell:
    """Return a value as printed: its code's label or style, a number, a day, else its text."""
    if is_list_like(value):
        parts = sorted(value, key=str) if isinstance(value, Set) else value
        return PrintedCell("; ".join(_cell(part, codes, digits).text for part in parts) or DASH)
    known = None if pd.isna(value) else value
    value = codes.get(known, known)
    if isinstance(value, bool | np.bool_):
        value = vocabulary.STATUS_STYLES[bool(value)]
    if isinstance(value, DisplayStyle):
        return PrintedCell(f"{value.shape} {value.word}", value)
    if value is None or value == "":
        return PrintedCell(DASH)
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
