"""The one way anything is printed: frames as accessible tables in Vietnamese, safe, and the same
bytes every time.
"""

import re
from datetime import date
from decimal import Decimal
from html import escape
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pcmd_eval import excel, indicators, words
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused, cause
from pcmd_eval.files import printable, write_atomic
from pcmd_eval.templates import fill
from pcmd_eval.words import Look, number

SHOWN_BY = "pcmd_eval"  # the key in an output's metadata that says which display made it
DASH = "–"
LEGEND = f"{DASH} : không có hoặc chưa có số liệu; không phải số 0."
STAR = "*"  # behind a sum that is not complete
# Columns whose codes a case can name, and what stands over the names.
NAMED = {"reporter": "Đơn vị báo cáo", "unit_code": "Đơn vị", "objective": "Chỉ tiêu"}
NAMED |= dict.fromkeys(("row", "item", "limb"), "Nội dung")
# Codes that stay codes where their names stand beside them.
NAMES_OF = {"reporter": "reporter_name", "unit_code": "unit_name"}
WRITTEN = ("name", "raw", "reason")  # columns of what somebody wrote: no codes of ours
MOVED = {
    code + words.MOVED: look._replace(word=look.word + words.MOVED)
    for code, look in words.VERDICTS.items()
}
RETURNED = words.RETURN_WORDS | words.CELL_WORDS
CODES = [words.VERDICTS | MOVED, RETURNED, words.BASES, words.PERIODS, words.ANSWERS]
CODES += [words.STATES, words.PRECISIONS, words.LEVELS]
LONG = 40  # rows: a longer table is folded
SHORT = 24  # characters: shorter texts stay on one line
LENGTHY = 80  # characters: a column with such a text keeps its width
READ = 55  # characters on average: a table with such a column is read row by row on a small screen
ISO = re.compile(r"\d{4}-\d\d-\d\d")


class Shown:
    """Something to show: HTML for the notebook, and the same content as plain text."""

    def __init__(self, html: str, text: str, kind: str = "page") -> None:
        self.html = html
        self.text = text
        self.kind = kind

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_):
        return {"text/html": self.html, "text/plain": self.text}, {SHOWN_BY: self.kind}


def show(
    what: Case | pd.DataFrame | pd.Series | str,
    title: str | None = None,
    case: Case | None = None,
    empty: str | None = None,
) -> Shown:
    """A frame (or a series) as a table under its title, a sentence as a paragraph, a case as the
    head of its page.

    With a `case`, codes of units, objectives and rows of the form are printed by their names. A
    frame without rows is the sentence `empty`, one without any value a sentence, too; columns
    without any are only named under the table.
    """
    if isinstance(what, Case):
        return _head(what)
    if isinstance(what, str):
        return Shown(f"<p>{escape(printable(what))}</p>", printable(what), "sentence")
    frame = _framed(what)
    name = title or "Bảng"
    if frame.empty:
        return show(empty or f"{name}: không có.")
    if frame.isna().all(axis=None):
        lacking = "chưa đủ" if frame.dtypes.eq("boolean").all() else "chưa có"
        return show(f"{name}: {lacking} số liệu.")
    return _table(frame, name, title, case)


def _table(frame, name, title, case):
    """A frame with values, as HTML and as lines of text; a long one is folded under its `name`."""
    every, heads = _columns(frame, case), _heading(frame)
    columns = every[:heads]
    columns += [column for column in every[heads:] if {*column.texts} != {DASH}]
    lines = [title] if title else []
    texts = [[column.head, *column.texts] for column in columns]
    lines += map(" | ".join, zip(*texts, strict=True))
    lines += _legends(columns)
    lacking = ""
    if len(columns) < len(every):
        unknown = ", ".join(column.head for column in every if column not in columns)
        lacking = f"Không dòng nào có số liệu về: {unknown}."
        lines.append(lacking)
    table = _html(columns, heads, title)
    long = number(len(frame)) if len(frame) > LONG else ""
    html = filled("folded", table=table, name=name, lacking=lacking, long=long)
    return Shown(html, "\n".join(lines), "table")


def save_excel(path: Path | str, case: Case, **frames: pd.DataFrame | pd.Series) -> Shown:
    """Write frames to a workbook, each to a sheet of its name under the marks of the case; gives
    where the file is.

    Heads and names as `show` prints them, numbers and dates as such, an empty cell for no value;
    text is never a formula. Raises InputRefused for a name that no sheet can have, or a place that
    cannot be written to.
    """
    sheets = {name: typed(_framed(frame, name), case) for name, frame in frames.items()}
    mark = " · ".join([*case.marks, f"Kế hoạch {case.plan.plan}, năm {case.year}"])
    place = Path(path).resolve()
    place = place if place.suffix == ".xlsx" else place.with_name(f"{place.name}.xlsx")
    try:
        write_atomic(place, excel.workbook(sheets, mark, case.year))
    except OSError as error:
        raise InputRefused(
            f"Không ghi được {place}: {cause(error)}. Chọn thư mục khác, hoặc đóng tệp đang mở."
        ) from None
    return show(f"Đã lưu {place}")


def typed(frame: pd.DataFrame, case: Case) -> list[excel.SheetColumn]:
    """The columns of a frame as a workbook takes them; the shares of findings are numbers there."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    columns = []
    for name, column in zip(_flat(frame), _columns(frame, case), strict=True):
        values = [cell.typed for cell in column.cells]
        columns.append(excel.SheetColumn(column.head, values, "share" if name in shares else ""))
    return columns


def _head(case):
    """Which unit and which plan the page is about, under the marks that nobody may miss."""
    line = f"{case.name} · Kế hoạch {case.plan.plan}, năm {case.year}"
    if not case.whole:
        came = case.received.loc[case.unit]
        given = f"{came.reported}/{came.expected} ô có số liệu"
        line += f" · Báo cáo: {case.plan.return_words[came.state]}, {given}"
    html = filled("head", marks=case.marks, line=line)
    return Shown(html, "\n".join([*case.marks, line]))


def conclusion(case: Case, slug: str) -> Shown:
    """The finding of this unit, and where the plan gives the unit no such duty, that of the
    province under it: unit, verdict, reason; what the verdict rests on that the plan does not say.
    """
    findings = [case.finding(slug)]
    if findings[0].verdict == "not_applicable":
        findings.append(case.at(case.plan.province).finding(slug))
    told, texts = [], []
    for finding in findings:
        look, resting = words.VERDICTS[finding.verdict], case.resting(finding)
        note = f" (theo quy tắc {resting})" if resting else ""
        told.append((finding, look, note))
        verdict = f"{finding.unit_name}: {look.shape} {look.word}{note}"
        texts.append(f"{verdict}\n{finding.reason}")
    html = filled("conclusion", told=told)
    return Shown(html, "\n\n".join(texts))


def quoted(case: Case, slug: str) -> Shown:
    """The plan's own sentence, with its source."""
    objective = case.plan[slug]
    plan = case.plan
    sentence = f"“{objective.sentence}”"
    source = f"Chỉ tiêu {objective.number}, Kế hoạch số {plan.plan} của {plan.issuer}"
    html = f"<blockquote><p>{escape(sentence)}</p><footer>{escape(source)}</footer></blockquote>"
    return Shown(html, f"{sentence}\n{source}")


def chip(look: Look) -> str:
    """A verdict or a standing: its shape, its word and its colour."""
    style = f"color:{look.text_colour};font-weight:bold;white-space:nowrap"
    shape = f'<span aria-hidden="true">{look.shape}</span>'
    return f'<span style="{style}">{shape} {escape(look.word)}</span>'


# ---- frames --------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """A value as it is printed: its text, the look of a verdict or a standing, the value of a
    number or a date.
    """

    text: str
    look: Look | None = None
    value: excel.Value = None

    @property
    def typed(self) -> excel.Value:
        """What a spreadsheet gets: a number, a date, a text, or nothing for a dash."""
        return self.text if self.value is None and self.text != DASH else self.value

    @property
    def html(self) -> str:
        """Its text, inert, or the sign and word of its look."""
        return chip(self.look) if self.look else escape(self.text)


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

    Named levels of the index stand first, as columns.
    """
    columns = _columns(frame, case)
    texts = {at: column.texts for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def table_html(frame: pd.DataFrame, title: str | None = None, case: Case | None = None) -> str:
    """A frame as an HTML table: caption, `scope` on headers, numbers to the right, all escaped."""
    return _html(_columns(frame, case), _heading(frame), title)


def _legends(columns):
    """What the signs in a table mean, of those that it has."""
    texts = {text for column in columns for text in column.texts}
    legends = [LEGEND] if DASH in texts else []
    if any(text.endswith(STAR) for text in texts):
        legends.append(indicators.NOTE)
    return legends


def _html(columns, heads, title):
    """A table of which so many columns name the rows, and under it what its signs mean.

    One with long texts names the column in each cell, for screens on which its rows are stacked.
    """
    letters = [sum(map(len, column.texts)) for column in columns[heads:]]
    stacked = max(letters, default=0) > READ * len(columns[0].cells)
    longest = max(column.longest for column in columns)
    upper = ";vertical-align:top" if longest >= LENGTHY else ""
    cells = []
    for at, column in enumerate(columns):
        tag, about = ("th", ' scope="row"') if at < heads else ("td", "")
        if stacked and at >= heads:
            about = f' data-head="{escape(column.head)}"'
        start = f'<{tag}{about} style="text-align:{column.side}{upper}{column.room}">'
        cells.append([f"{start}{cell.html}</{tag}>" for cell in column.cells])
    return filled(
        "table",
        columns=columns,
        title=title,
        rows=map("".join, zip(*cells, strict=True)),
        stacked=stacked,
        legends=_legends(columns),
    )


def filled(template: str, **values: Any) -> str:
    """A template of something shown; quotes within it as the standard library writes them."""
    html = fill(f"show/{template}.html.j2", chip=chip, **values)
    return html.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def _framed(what, name="value"):
    return what if isinstance(what, pd.DataFrame) else what.to_frame(what.name or name)


def _levels(frame):
    return [name for name in frame.index.names if name is not None]


def _heading(frame):
    """How many columns name the rows."""
    return max(1, len(_levels(frame)))


def _flat(frame):
    """Named index levels as columns, others dropped, levels of columns as tuples."""
    plain = frame.reset_index(drop=True)
    plain = plain.set_axis(plain.columns.to_flat_index(), axis=1)
    if not _levels(frame):
        return plain
    return pd.concat([frame.index.to_frame(index=False), plain], axis=1)


def _columns(frame, case):
    """The columns of a frame as they are printed; codes beside their names stay codes."""
    flat = _flat(frame)
    codes = [code for code, name in NAMES_OF.items() if {code, name} <= {*flat}]
    cases = [None if name in codes else case for name in flat]
    return [_column(flat.iloc[:, at], name, cases[at]) for at, name in enumerate(flat)]


def _column(column, name, case):
    if name == "year":  # no number of anything
        column = column.astype("string")
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    codes = {} if numeric else _codes(column, name, case)
    heads = words.PERIODS | words.HEADERS
    if case:
        heads = case.names | heads | NAMED
    head = " · ".join(printable(heads.get(part, str(part))) for part in _parts(name))
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
    return ";white-space:nowrap" if broken and longest < SHORT else ""


def _parts(name):
    """The levels of a column's name."""
    return [part for part in name if part != ""] if isinstance(name, tuple) else [name]


def _codes(column, name, case):
    """What the values of a column stand for, by its name or by what all of them are."""
    values = column.dropna()
    if is_bool_dtype(column):
        standing = {*words.STANDING_COLUMNS, *words.PERIODS, *(case.names if case else ())}
        if standing.intersection(_parts(name)):
            return words.STANDINGS
        return words.HOSTS if name == "hosts" else words.YES_NO
    if case and name == "target":
        return case.plan.target_words
    if case and name == "reporter":
        return dict(case.plan.senders.full_name)
    if case and name in NAMED:
        return case.names
    if name in WRITTEN or values.empty:
        return {}
    codes = next((codes for codes in CODES if values.isin([*codes]).all()), {})
    return codes | case.plan.return_words if case and codes is RETURNED else codes


def _cell(value, codes):
    known = None if pd.isna(value) else value
    value = codes.get(known, known)
    if isinstance(value, Look):
        return Cell(f"{value.shape} {value.word}", value)
    if value is None or value == "":
        return Cell(DASH)
    if isinstance(value, Integral):
        return Cell(number(int(value)), value=int(value))
    if isinstance(value, Real):
        return Cell(number(Decimal(f"{value:.2f}")), value=float(value))
    text = printable(str(value))
    if not ISO.fullmatch(text):
        return Cell(text)
    day = date.fromisoformat(text)
    return Cell(words.short_date(day), value=day)
