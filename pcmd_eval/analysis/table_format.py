"""Format the columns of a frame for print: headings, and cells in Vietnamese, with names for codes.

A column of ours is known by its name only if its values bear the name out: analysts use names such
as `state` for their own columns, too.
"""

import re
from collections import Counter
from collections.abc import Mapping, Set
from datetime import date
from decimal import Decimal
from html import escape
from itertools import chain
from math import isfinite
from numbers import Integral, Real
from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_list_like, is_numeric_dtype

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.table_index import count_row_levels, flatten_index
from pcmd_eval.util import excel, formatting, vocabulary
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.templates import render_badge
from pcmd_eval.util.vocabulary import DisplayStyle

DASH = "–"
STAR = "*"  # behind a sum that is not complete
LENGTHY = 80  # characters: a column with such a text keeps its width
# Columns of ours with answers, days and names of units; `_header_of` checks their values.
_ANSWER_STYLES = {
    *vocabulary.STATUS_COLUMNS,
    *("hosts", "complete", "contradictory", "unhandled", "late", "illustrative", "some"),
}
_DAY_COLUMNS = {"sent", "cutoff"}
_UNIT_NAME_COLUMNS = {"unit_name", "reporter_name"}
# Names of levels of columns whose labels are codes of ours.
_CODE_LEVELS = {
    *("period", "state", "verdict", "objective", "row", "column", "item", "limb", "part"),
    *("reporter", "unit_code", "basis"),
}
# Columns of codes that a case can name, and the headings of the names.
_NAMED_HEADERS = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_NAMED_HEADERS |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Columns of codes, each with the column of its names: in a frame with both the codes are printed.
_NAME_COLUMNS = {"reporter": "reporter_name", "unit_code": "unit_name"}
_CODE_HEADERS = {code: vocabulary.HEADERS[code] for code in _NAME_COLUMNS}
_TEXT_COLUMNS = ("name", "raw", "reason")  # their values are never codes of ours
_CHANGED_VERDICTS = {
    code + vocabulary.CHANGED_MARK: look._replace(word=look.word + vocabulary.CHANGED_MARK)
    for code, look in vocabulary.VERDICT_STYLES.items()
}
_STATE_LABELS = vocabulary.RETURN_STATE_LABELS | vocabulary.CELL_STATE_LABELS
_CODE_LABELS = [
    vocabulary.VERDICT_STYLES | _CHANGED_VERDICTS,
    _STATE_LABELS,
    vocabulary.BASIS_LABELS,
    vocabulary.PERIOD_LABELS,
    vocabulary.ANSWER_LABELS,
]
_CODE_LABELS += [
    vocabulary.QUANTITY_STATE_LABELS,
    vocabulary.PRECISION_LABELS,
    vocabulary.LEVEL_LABELS,
]
_SHORT_TEXT = 24  # characters: shorter texts stay on one line
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = " 00:00:00"  # what a day in pandas ends with as text

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

    `side`: how it is aligned, left or right; `longest`: the length of the longest text; `room`: the
    CSS that sets its width, or "".
    """

    head: str
    cells: list[PrintedCell]
    texts: list[str]
    side: str
    longest: int
    room: str


def printed(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
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
    columns = []
    names = [name for name, _ in flatten_index(frame)]
    for name, column in zip(names, columns_of(frame, case, heads), strict=True):
        values = [cell.typed for cell in column.cells]
        columns.append(excel.SheetColumn(column.head, values, "share" if name in shares else ""))
    return columns


def columns_of(
    frame: pd.DataFrame,
    case: Case | None,
    heads: Heads | None = None,
    digits: int | None = None,
) -> list[PrintedColumn]:
    """Return the columns of a frame as they are printed; codes next to their names stay codes.

    `heads`: headings that the caller chose; `digits`: decimals of numbers. Columns that the package
    added (`frame.attrs["heads"]`, see `label_columns`) have our headings whatever their values.
    Raises InputRefused for two equal headings.
    """
    flat = flatten_index(frame)
    names = {name for name, _ in flat}
    codes = [code for code, name in _NAME_COLUMNS.items() if {code, name} <= names]
    package_columns = {*frame.attrs.get("heads", ())}
    known = vocabulary.PERIOD_LABELS | vocabulary.VERDICT_LABELS | vocabulary.HEADERS
    headings = {name: known[name] for name in package_columns if name in known}
    if case:
        headings |= {name: head for name, head in _NAMED_HEADERS.items() if name in package_columns}
    headings |= {name: head for name, head in _CODE_HEADERS.items() if name in codes}
    uses = Counter(headings[name] for name, _ in flat if name in headings)
    headings = {n: f"{head} ({n})" if uses[head] > 1 else head for n, head in headings.items()}
    headings |= heads or {}
    index_levels = count_row_levels(frame)
    columns = [
        _column(
            column,
            name,
            None if name in codes else case,
            headings,
            [None] if at < index_levels else frame.columns.names,
            digits,
        )
        for at, (name, column) in enumerate(flat)
    ]
    repeated = {head for head, times in Counter(c.head for c in columns).items() if times > 1}
    if repeated:
        raise InputRefused(
            f"Hai cột cùng tên “{min(repeated)}”. Đặt tên khác cho một cột: "
            'heads={"tên cột": "Tên in"}.'
        )
    return columns


def _column(column, name, case, headings, levels, digits):
    """Return one column as it is printed.

    `name`: its name, a tuple where columns have levels; `levels`: their names.
    """
    if name == "year":  # no thousands separator
        column = column.astype("string")
    values = [*column.to_numpy(object, na_value=None)]
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    codes = {} if numeric else _codes(column, values, name, case)
    parts = [
        _header_of(part, level, name, column, codes, case, headings)
        for part, level in _parts(name, levels)
    ]
    head = " · ".join(remove_control_characters(part) for part in parts)
    cells = [_cell(value, codes, digits) for value in values]
    texts = [cell.text for cell in cells]
    longest = max(map(len, texts), default=0)
    broken = any(" " in cell.text and not cell.look for cell in cells)
    room = ";white-space:nowrap" if broken and longest < _SHORT_TEXT else ""
    return PrintedColumn(head, cells, texts, "right" if numeric else "left", longest, room)


def _header_of(part, level, name, column, codes, case, headings):
    """Return the heading of one part of a column's name.

    In this order: that of `headings`; for a label of a level of codes, its name; our heading, if
    the values of the column are what its name says; else the part itself.
    """
    if name in headings or part in headings:
        return headings.get(name) or headings[part]
    if level in _CODE_LEVELS:
        names = vocabulary.HEADERS | vocabulary.VERDICT_LABELS | vocabulary.PERIOD_LABELS
        names |= case.names if case else {}
        if part in names:
            return names[part]
    is_ours = (
        (codes and name not in _TEXT_COLUMNS)
        or (is_bool_dtype(column) and name in _ANSWER_STYLES)
        or (name in _DAY_COLUMNS and _are_days(column))
        or (
            case
            and name in _UNIT_NAME_COLUMNS
            and column.dropna().isin([*case.names.values()]).all()
        )
    )
    if is_ours and (part in vocabulary.HEADERS or part in _NAMED_HEADERS):
        return (_NAMED_HEADERS if case else {}).get(part) or vocabulary.HEADERS[part]
    return str(part)


def _are_days(column):
    """Return whether all values of a column are days (ISO)."""
    return (
        column.dropna()
        .astype("string")
        .str.removesuffix(_MIDNIGHT)
        .str.fullmatch(_ISO.pattern)
        .all()
    )


def _parts(name, levels):
    """Return the parts of a column's name, each with the name of its level."""
    if not isinstance(name, tuple):
        return [(name, levels[0])]
    return [pair for pair in zip(name, levels, strict=False) if pair[0] != ""]


def _codes(column, values, name, case):
    """Return the labels or styles of a column's codes, {} if it has none.

    Booleans, targets and what a case can name are known by the column's name; other codes where
    every value, or every item of a value that is a list, is one code of the same vocabulary.
    """
    if is_bool_dtype(column):
        known = (vocabulary.STATUS_COLUMNS, vocabulary.PERIOD_LABELS, case.names if case else ())
        parts = name if isinstance(name, tuple) else [name]
        if any(part in names for part in parts for names in known):
            return vocabulary.STATUS_STYLES
        return vocabulary.HOST_STYLES if name == "hosts" else vocabulary.YES_NO_LABELS
    if case and name == "target":
        return case.plan.target_labels
    if case and name == "reporter":
        return dict(case.plan.senders.full_name)
    if case and name in _NAMED_HEADERS:
        return case.names
    if name in _TEXT_COLUMNS:
        return {}
    lists = (value if is_list_like(value) else [value] for value in values)
    distinct = {item for item in {*chain.from_iterable(lists)} if not pd.isna(item)}
    if not distinct:
        return {}
    codes = next((codes for codes in _CODE_LABELS if codes.keys() >= distinct), {})
    return codes | case.plan.return_state_labels if case and codes is _STATE_LABELS else codes


def _cell(value, codes, digits=None):
    """Return a value as printed: its code's label or style, a number, a day, else its text."""
    if is_list_like(value):
        parts = sorted(value, key=str) if isinstance(value, Set) else value
        return PrintedCell("; ".join(_cell(part, codes, digits).text for part in parts) or DASH)
    known = None if pd.isna(value) else value
    value = codes.get(known, known)
    if isinstance(value, DisplayStyle):
        return PrintedCell(f"{value.shape} {value.word}", value)
    if value is None or value == "":
        return PrintedCell(DASH)
    if isinstance(value, Integral):
        return PrintedCell(format_number(int(value)), value=int(value))
    if isinstance(value, Real | Decimal):
        if not isfinite(value):
            return PrintedCell(f"{value:g}".replace("inf", "∞"))
        return PrintedCell(format_number(format_decimal(value, digits)), value=float(value))
    text = remove_control_characters(str(value)).removesuffix(_MIDNIGHT)
    if not _ISO.fullmatch(text):
        return PrintedCell(text)
    day = date.fromisoformat(text)
    return PrintedCell(formatting.format_short_date(day), value=day)


def format_decimal(value: Real, digits: int | None = None) -> Decimal:
    """Return a number to so many decimals, else to two, below 1 to three significant digits."""
    if digits is not None:
        return round(Decimal(f"{value:z.{digits}f}"), digits)
    return Decimal(f"{value:.3g}" if 0 < abs(value) < 1 else f"{value:z.2f}")
