"""The columns of a frame as they are printed: what stands over them, their cells in Vietnamese, and
codes by what they stand for.
"""

import re
from collections.abc import Set
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
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.templates import render_badge
from pcmd_eval.util.vocabulary import DisplayStyle

DASH = "–"
STAR = "*"  # behind a sum that is not complete
LENGTHY = 80  # characters: a column with such a text keeps its width
# Columns whose codes a case can name, and what stands over the names.
_NAMED = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
_NAMED |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Codes that stay codes where their names stand beside them.
_NAMES_OF = {"reporter": "reporter_name", "unit_code": "unit_name"}
_WRITTEN = ("name", "raw", "reason")  # columns of what somebody wrote: no codes of ours
_MOVED = {
    code + vocabulary.CHANGED_MARK: look._replace(word=look.word + vocabulary.CHANGED_MARK)
    for code, look in vocabulary.VERDICT_STYLES.items()
}
_RETURNED = vocabulary.RETURN_STATE_LABELS | vocabulary.CELL_STATE_LABELS
_CODES = [
    vocabulary.VERDICT_STYLES | _MOVED,
    _RETURNED,
    vocabulary.BASIS_LABELS,
    vocabulary.PERIOD_LABELS,
    vocabulary.ANSWER_LABELS,
]
_CODES += [vocabulary.QUANTITY_STATE_LABELS, vocabulary.PRECISION_LABELS, vocabulary.LEVEL_LABELS]
_SHORT = 24  # characters: shorter texts stay on one line
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = " 00:00:00"  # behind a day that pandas holds


class Cell(NamedTuple):
    """A value as it is printed: its text, the look of a verdict or a standing, the value of a
    number or a date.
    """

    text: str
    look: DisplayStyle | None = None
    value: excel.Value = None

    @property
    def typed(self) -> excel.Value:
        """What a spreadsheet gets: a number, a date, a text, or nothing for a dash."""
        return self.text if self.value is None and self.text != DASH else self.value

    @property
    def html(self) -> str:
        """Its text, inert, or the sign and word of its look."""
        return render_badge(self.look) if self.look else escape(self.text)


class Column(NamedTuple):
    """A column as it is printed: what stands over it, its cells and their texts, the side they keep
    to, the letters of the longest, and what room a style keeps for it.
    """

    head: str
    cells: list[Cell]
    texts: list[str]
    side: str
    longest: int
    room: str


def printed(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
    """A frame as readers see it: every value a Vietnamese text, a dash for none, under Vietnamese
    headers.

    Levels of the index that name the rows stand first, as columns.
    """
    columns = columns_of(frame, case)
    texts = {at: column.texts for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def typed(frame: pd.DataFrame, case: Case) -> list[excel.SheetColumn]:
    """The columns of a frame as a workbook takes them; the shares of findings are numbers there."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    columns = []
    for name, column in zip(_flat(frame), columns_of(frame, case), strict=True):
        values = [cell.typed for cell in column.cells]
        columns.append(excel.SheetColumn(column.head, values, "share" if name in shares else ""))
    return columns


def columns_of(frame: pd.DataFrame, case: Case | None) -> list[Column]:
    """The columns of a frame as they are printed; codes beside their names stay codes."""
    flat = _flat(frame)
    codes = [code for code, name in _NAMES_OF.items() if {code, name} <= {*flat}]
    cases = [None if name in codes else case for name in flat]
    return [_column(flat.iloc[:, at], name, cases[at]) for at, name in enumerate(flat)]


def _column(column, name, case):
    if name == "year":  # no number of anything
        column = column.astype("string")
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    codes = {} if numeric else _codes(column, name, case)
    heads = vocabulary.PERIOD_LABELS | vocabulary.VERDICT_LABELS | vocabulary.HEADERS
    if case:
        heads = case.names | heads | _NAMED
    head = " · ".join(
        remove_control_characters(heads.get(part, str(part))) for part in _parts(name)
    )
    cells = [_cell(value, codes) for value in column.astype(object)]
    texts = [cell.text for cell in cells]
    longest = max(map(len, texts), default=0)
    room = _room(cells, longest)
    return Column(head, cells, texts, "right" if numeric else "left", longest, room)


def _room(cells, longest):
    """Texts of a few words stay on one line, long ones are not too narrow."""
    if longest >= LENGTHY:
        return ";min-width:18rem"
    broken = any(" " in cell.text and not cell.look for cell in cells)
    return ";white-space:nowrap" if broken and longest < _SHORT else ""


def _parts(name):
    """The levels of a column's name."""
    return [part for part in name if part != ""] if isinstance(name, tuple) else [name]


def _codes(column, name, case):
    """What the values of a column stand for, by its name or by what all of them are."""
    values = column.dropna()
    if values.dtype == object:  # lists stay together in no other
        values = values.explode().dropna()
    if is_bool_dtype(column):
        standing = {
            *vocabulary.STATUS_COLUMNS,
            *vocabulary.PERIOD_LABELS,
            *(case.names if case else ()),
        }
        if standing.intersection(_parts(name)):
            return vocabulary.STATUS_STYLES
        return vocabulary.HOST_STYLES if name == "hosts" else vocabulary.YES_NO_LABELS
    if case and name == "target":
        return case.plan.target_words
    if case and name == "reporter":
        return dict(case.plan.senders.full_name)
    if case and name in _NAMED:
        return case.names
    if name in _WRITTEN or values.empty:
        return {}
    distinct = {*values}
    codes = next((codes for codes in _CODES if codes.keys() >= distinct), {})
    return codes | case.plan.return_words if case and codes is _RETURNED else codes


def _cell(value, codes):
    if is_list_like(value):
        parts = sorted(value, key=str) if isinstance(value, Set) else value
        return Cell("; ".join(_cell(part, codes).text for part in parts) or DASH)
    known = None if pd.isna(value) else value
    value = codes.get(known, known)
    if isinstance(value, DisplayStyle):
        return Cell(f"{value.shape} {value.word}", value)
    if value is None or value == "":
        return Cell(DASH)
    if isinstance(value, Integral):
        return Cell(format_number(int(value)), value=int(value))
    if isinstance(value, Real | Decimal):
        if not isfinite(value):
            return Cell(f"{value:g}".replace("inf", "∞"))
        return Cell(format_number(Decimal(f"{value:z.2f}")), value=float(value))
    text = remove_control_characters(str(value)).removesuffix(_MIDNIGHT)
    if not _ISO.fullmatch(text):
        return Cell(text)
    day = date.fromisoformat(text)
    return Cell(formatting.format_short_date(day), value=day)


def row_heads(frame: pd.DataFrame) -> int:
    """How many columns name the rows."""
    return max(1, len(_levels(frame)))


def _flat(frame):
    """Index levels that name the rows as columns, others dropped, levels of columns as tuples."""
    plain = frame.reset_index(drop=True)
    plain = plain.set_axis(plain.columns.to_flat_index(), axis=1)
    levels = _levels(frame)
    if not levels:
        return plain
    named = frame.index.to_frame(index=False).set_axis(levels, axis=1)
    return pd.concat([named, plain], axis=1)


def _levels(frame):
    """What the levels of the index are called that name the rows; numbers that nobody named count
    them only.
    """
    names = frame.index.names
    if [*names] == [None] and is_numeric_dtype(frame.index.dtype):
        return []
    return ["Dòng" if name is None else name for name in names]
