"""The columns of a frame as they are printed: what stands over them, their cells in Vietnamese, and
codes by what they stand for.
"""

import re
from collections import Counter
from collections.abc import Mapping, Set
from datetime import date
from decimal import Decimal
from html import escape
from math import isfinite
from numbers import Integral, Real
from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_list_like, is_numeric_dtype

from pcmd_eval.analysis.case import Case
from pcmd_eval.util import excel, formatting, vocabulary
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.templates import render_badge
from pcmd_eval.util.vocabulary import DisplayStyle

DASH = "–"
STAR = "*"  # behind a sum that is not complete
LENGTHY = 80  # characters: a column with such a text keeps its width
# Names of columns of ours that are believed where the values bear them out; a number never does.
_ANSWER_STYLES = {
    *vocabulary.STATUS_COLUMNS,
    *("hosts", "complete", "contradictory", "unhandled", "late", "illustrative", "some"),
}
_DAYS = {"sent", "cutoff"}
_UNIT_NAMES = {"unit_name", "reporter_name"}
# Names of levels of columns whose labels are codes of ours.
_CODE_LEVELS = {
    *("period", "state", "verdict", "objective", "row", "column", "item", "limb", "part"),
    *("reporter", "unit_code", "basis"),
}
# Columns whose codes a case can name, and what stands over the names.
_NAMED = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_NAMED |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Codes that stay codes where their names stand beside them.
_NAMES_OF = {"reporter": "reporter_name", "unit_code": "unit_name"}
_NAMES_IN_PLACE = {code: vocabulary.HEADERS[code] for code in _NAMES_OF}
_WRITTEN = ("name", "raw", "reason")  # columns of what somebody wrote: no codes of ours
_MOVED = {
    code + vocabulary.CHANGED_MARK: look._replace(word=look.word + vocabulary.CHANGED_MARK)
    for code, look in vocabulary.VERDICT_STYLES.items()
}
_RETURNED = vocabulary.RETURN_STATE_LABELS | vocabulary.CELL_STATE_LABELS
_CODE_LABELS = [
    vocabulary.VERDICT_STYLES | _MOVED,
    _RETURNED,
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
_MIDNIGHT = " 00:00:00"  # behind a day that pandas holds


Heads = Mapping[str, str]  # headings of columns by their names


class PrintedCell(NamedTuple):
    """A value as it is printed: its text, the look of a verdict or a standing, the value of a
    number or a date.
    """

    text: str
    look: DisplayStyle | None = None
    value: excel.Value = None

    @property
    def typed(self) -> excel.Value:
        """Return the columns for a spreadsheet: numbers, dates, texts, and nothing for a dash."""
        return self.text if self.value is None and self.text != DASH else self.value

    @property
    def html(self) -> str:
        """Its text, inert, or the sign and word of its look."""
        return render_badge(self.look) if self.look else escape(self.text)


class PrintedColumn(NamedTuple):
    """A column as it is printed: what stands over it, its cells and their texts, the side they keep
    to, the letters of the longest, and what room a style keeps for it.
    """

    head: str
    cells: list[PrintedCell]
    texts: list[str]
    side: str
    longest: int
    room: str


def printed(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
    """Return a frame as readers see it: every value a Vietnamese text, a dash for none.

    Levels of the index that name the rows stand first, as columns.
    """
    columns = columns_of(frame, case)
    texts = {at: column.texts for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def spreadsheet_columns(
    frame: pd.DataFrame, case: Case, heads: Heads | None = None
) -> list[excel.SheetColumn]:
    """Return the columns of a frame as a workbook takes them; shares of findings are numbers."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    columns = []
    for name, column in zip(_flatten_index(frame), columns_of(frame, case, heads), strict=True):
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

    `heads`: headings of columns of one's own. Raises InputRefused for two equal headings.
    """
    flat = _flatten_index(frame)
    codes = [code for code, name in _NAMES_OF.items() if {code, name} <= {*flat}]
    cases = [None if name in codes else case for name in flat]
    package_columns = {*frame.attrs.get("heads", ())}
    known = vocabulary.PERIOD_LABELS | vocabulary.VERDICT_LABELS | vocabulary.HEADERS
    headings = {name: known[name] for name in package_columns if name in known}
    if case:
        headings |= {name: head for name, head in _NAMED.items() if name in package_columns}
    headings |= {name: head for name, head in _NAMES_IN_PLACE.items() if name in codes}
    times = Counter(headings[name] for name in flat if name in headings)
    headings = {n: f"{head} ({n})" if times[head] > 1 else head for n, head in headings.items()}
    headings |= heads or {}
    index_levels = len(_levels(frame))
    columns = [
        _column(
            flat.iloc[:, at],
            name,
            cases[at],
            headings,
            [None] if at < index_levels else frame.columns.names,
            digits,
        )
        for at, name in enumerate(flat)
    ]
    repeated = {head for head, times in Counter(c.head for c in columns).items() if times > 1}
    if repeated:
        raise InputRefused(
            f"Hai cột cùng tên “{min(repeated)}”. Đặt tên khác cho một cột: "
            'heads={"tên cột": "Tên in"}.'
        )
    return columns


def _column(column, name, case, headings, levels, digits):
    if name == "year":  # no number of anything
        column = column.astype("string")
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    codes = {} if numeric else _codes(column, name, case)
    parts = [
        _header_of(part, level, name, column, codes, case, headings)
        for part, level in _parts(name, levels)
    ]
    head = " · ".join(remove_control_characters(part) for part in parts)
    cells = [_cell(value, codes, digits) for value in column.astype(object)]
    texts = [cell.text for cell in cells]
    longest = max(map(len, texts), default=0)
    broken = any(" " in cell.text and not cell.look for cell in cells)
    room = ";white-space:nowrap" if broken and longest < _SHORT_TEXT else ""
    return PrintedColumn(head, cells, texts, "right" if numeric else "left", longest, room)


def _header_of(part, level, name, column, codes, case, headings):
    """Return the header of a column: the given one, that of a known name, else its own name."""
    if name in headings or part in headings:
        return headings.get(name) or headings[part]
    if level in _CODE_LEVELS:
        names = vocabulary.HEADERS | vocabulary.VERDICT_LABELS | vocabulary.PERIOD_LABELS
        names |= case.names if case else {}
        if part in names:
            return names[part]
    believed = (
        (codes and name not in _WRITTEN)
        or (is_bool_dtype(column) and name in _ANSWER_STYLES)
        or (name in _DAYS and _are_days(column))
        or (case and name in _UNIT_NAMES and column.dropna().isin([*case.names.values()]).all())
    )
    if believed and (part in vocabulary.HEADERS or part in _NAMED):
        return (_NAMED if case else {}).get(part) or vocabulary.HEADERS[part]
    return str(part)


def _are_days(column):
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


def _codes(column, name, case):
    """Return the labels of a column's codes, by its name or by all its values."""
    values = column.dropna()
    if values.dtype == object:  # lists stay together in no other
        values = values.explode().dropna()
    if is_bool_dtype(column):
        names_with_status = {
            *vocabulary.STATUS_COLUMNS,
            *vocabulary.PERIOD_LABELS,
            *(case.names if case else ()),
        }
        if names_with_status.intersection(name if isinstance(name, tuple) else [name]):
            return vocabulary.STATUS_STYLES
        return vocabulary.HOST_STYLES if name == "hosts" else vocabulary.YES_NO_LABELS
    if case and name == "target":
        return case.plan.target_labels
    if case and name == "reporter":
        return dict(case.plan.senders.full_name)
    if case and name in _NAMED:
        return case.names
    if name in _WRITTEN or values.empty:
        return {}
    distinct = {*values}
    codes = next((codes for codes in _CODE_LABELS if codes.keys() >= distinct), {})
    return codes | case.plan.return_state_labels if case and codes is _RETURNED else codes


def _cell(value, codes, digits=None):
    if is_list_like(value):
        parts = sorted(value, key=str) if isinstance(value, Set) else value
        return PrintedCell("; ".join(_cell(part, codes).text for part in parts) or DASH)
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


def row_heads(frame: pd.DataFrame) -> int:
    """Return the number of columns that name the rows."""
    return max(1, len(_levels(frame)))


def _flatten_index(frame):
    """Return the frame with its index as columns, and column levels as tuples.

    An index that only numbers the rows is dropped (see `_levels`).
    """
    plain = frame.reset_index(drop=True)
    plain = plain.set_axis(plain.columns.to_flat_index(), axis=1)
    levels = _levels(frame)
    if not levels:
        return plain
    row_names = _row_index(frame).to_frame(index=False).set_axis(levels, axis=1)
    return pd.concat([row_names, plain], axis=1)


def _row_index(frame):
    """Return the index; without its reporters where each row is about the reporter itself."""
    index = frame.index
    if len(index) and {"reporter", "unit_code"} <= {*index.names}:
        reporters, units = map(index.get_level_values, ("reporter", "unit_code"))
        if (reporters == units).all():
            return index.droplevel("reporter")
    return index


def _levels(frame):
    """Return the names of the index levels; none for an unnamed index that numbers the rows."""
    index = _row_index(frame)
    names = index.names
    if [*names] == [None] and is_numeric_dtype(index.dtype):
        return []
    return ["Dòng" if name is None else name for name in names]
