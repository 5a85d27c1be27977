"""The one way anything is printed: frames as accessible tables in Vietnamese, safe, and the same
bytes every time.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from html import escape
from itertools import groupby
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pcmd_eval import excel, indicators, words
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused, cause
from pcmd_eval.files import printable, write_atomic
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
CODES = (
    words.VERDICTS | MOVED,
    RETURNED,
    words.BASES,
    words.PERIODS,
    words.ANSWERS,
    words.STATES,
    words.PRECISIONS,
    words.LEVELS,
)
LONG = 40  # rows: a longer table is folded
SHORT = 24  # characters: shorter texts stay on one line
LENGTHY = 80  # characters: a table with such texts is read row by row on a small screen
ISO = re.compile(r"\d{4}-\d\d-\d\d")


class Shown:
    """Something to show: HTML for the notebook, and the same content as plain text."""

    def __init__(self, html: str, text: str, kind: str = "page") -> None:
        self.html, self.text, self.kind = html, text, kind

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, str]]:
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
    frame, name = _framed(what), title or "Bảng"
    if frame.empty:
        return show(empty or f"{name}: không có.")
    if frame.isna().all(axis=None):
        return show(
            f"{name}: {'chưa đủ' if frame.dtypes.eq('boolean').all() else 'chưa có'} số liệu."
        )
    return _table(frame, name, title, case)


def _table(frame: pd.DataFrame, name: str, title: str | None, case: Case | None) -> Shown:
    """A frame with values, as HTML and as lines of text; a long one is folded under its `name`."""
    every, heads = _columns(frame, case), max(1, _levels(frame))
    columns = every[:heads] + [column for column in every[heads:] if column.told]
    texts = [[column.head, *(cell.text for cell in column.cells)] for column in columns]
    gone = ", ".join(column.head for column in every if column not in columns)
    lacking = f"Không dòng nào có số liệu về: {gone}." if gone else ""
    rows = (" | ".join(row) for row in zip(*texts, strict=True))
    lines = [title or "", *rows, *_legends(columns), lacking]
    html = _html(columns, heads, title)
    html += f'<p class="lacking" style="font-size:90%">{escape(lacking)}</p>' if gone else ""
    if len(frame) > LONG:
        head = f"{escape(name)} ({number(len(frame))} dòng)"
        html = f"<details><summary>{head}</summary>{html}</details>"
    return Shown(html, "\n".join(filter(None, lines)), "table")


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


def typed(frame: pd.DataFrame, case: Case) -> list[excel.Column]:
    """The columns of a frame as a workbook takes them; the shares of findings are numbers there."""
    shares = [name for name in ("value_low", "value_high") if name in frame]
    frame = frame.astype(dict.fromkeys(shares, "Float64"))
    looks = ["share" if name in shares else "" for name in _flat(frame)]
    return [
        excel.Column(column.head, [cell.typed for cell in column.cells], look)
        for column, look in zip(_columns(frame, case), looks, strict=True)
    ]


def _head(case: Case) -> Shown:
    """Which unit and which plan the page is about, under the marks that nobody may miss."""
    said = f"{case.name} · Kế hoạch {case.plan.plan}, năm {case.year}"
    came = case.received.loc[case.unit]
    if not case.whole:
        state, given = case.plan.return_words[came.state], f"{came.reported}/{came.expected}"
        said += f" · Báo cáo: {state}, {given} ô có số liệu"
    style = "border:3px double #A34700;color:#A34700;padding:.4em .8em;font-weight:bold"
    marks = (
        f'<p class="mark" role="note" style="{style}">{escape(" · ".join(case.marks))}</p>'
        if case.marks
        else ""
    )
    html = f'{marks}<p class="unit" style="font-size:120%;font-weight:bold">{escape(said)}</p>'
    return Shown(html, "\n".join([*case.marks, said]))


def conclusion(case: Case, slug: str) -> Shown:
    """The finding of this unit, and where the plan gives the unit no such duty, that of the
    province under it.
    """
    findings = [case.finding(slug)]
    if findings[0].verdict == "not_applicable":
        findings.append(case.at(case.plan.province).finding(slug))
    boxes = [finding_box(case, finding) for finding in findings]
    return Shown("".join(box.html for box in boxes), "\n\n".join(box.text for box in boxes))


def finding_box(case: Case, finding: pd.Series) -> Shown:
    """Unit, verdict and reason; beside the verdict what it rests on that the plan does not say."""
    look, said = words.VERDICTS[finding.verdict], case.resting(finding)
    note = f" (theo quy tắc {said})" if said else ""
    name, reason = f"<strong>{escape(finding.unit_name)}</strong>", escape(finding.reason)
    style = f"border-left:8px solid {look.text_colour};padding:.2em 1em;margin:.5em 0"
    html = (
        f'<div class="finding" style="{style}"><p>{name}: '
        f"{chip(look)}{escape(note)}</p><p>{reason}</p></div>"
    )
    return Shown(html, f"{finding.unit_name}: {look.shape} {look.word}{note}\n{finding.reason}")


def quoted(case: Case, slug: str) -> Shown:
    """The plan's own sentence, with its source."""
    objective, plan = case.plan[slug], case.plan
    said = f"“{objective.sentence}”"
    source = f"Chỉ tiêu {objective.number}, Kế hoạch số {plan.plan} của {plan.issuer}"
    html = f"<blockquote><p>{escape(said)}</p><footer>{escape(source)}</footer></blockquote>"
    return Shown(html, f"{said}\n{source}")


def chip(look: Look) -> str:
    """A verdict or a standing: its shape, its word and its colour."""
    said = f'<span aria-hidden="true">{look.shape}</span> {escape(look.word)}'
    return (
        f'<span style="color:{look.text_colour};font-weight:bold;white-space:nowrap">{said}</span>'
    )


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


class Column(NamedTuple):
    """A column as it is printed: what stands over it (the widest first), its cells, and the side
    they keep to.
    """

    heads: tuple[str, ...]
    cells: list[Cell]
    side: str

    @property
    def head(self) -> str:
        """Its heads on one line."""
        return " · ".join(self.heads)

    @property
    def told(self) -> bool:
        """Whether any cell of it is more than a dash."""
        return any(cell.text != DASH for cell in self.cells)


def printed(frame: pd.DataFrame, case: Case | None = None) -> pd.DataFrame:
    """A frame as readers see it: every value a Vietnamese text, a dash for none, under Vietnamese
    headers.

    Named levels of the index stand first, as columns.
    """
    columns = _columns(frame, case)
    texts = {at: [cell.text for cell in column.cells] for at, column in enumerate(columns)}
    return pd.DataFrame(texts, dtype="string").set_axis([column.head for column in columns], axis=1)


def table_html(frame: pd.DataFrame, title: str | None = None, case: Case | None = None) -> str:
    """The same as HTML: caption, `scope` on every header, numbers to the right, everything escaped."""
    return _html(_columns(frame, case), max(1, _levels(frame)), title)


def _legends(columns: list[Column]) -> list[str]:
    """What the signs in a table mean, of those that it has."""
    texts = [cell.text for column in columns for cell in column.cells]
    starred = any(text.endswith(STAR) for text in texts)
    return [LEGEND] * (DASH in texts) + [indicators.NOTE] * starred


def _html(columns: list[Column], heads: int, title: str | None) -> str:
    """A table as HTML; styles say only what JupyterLab's own would not.

    One with long texts names the column in each cell, for screens on which its rows are stacked.
    """
    name, longest = escape(title or "Bảng"), max(map(_longest, columns))
    kinds = " wide" * (len(columns) > 3) + " stack" * (longest >= LENGTHY)
    upper = ";vertical-align:top" if longest >= SHORT else ""
    table = []
    for at, column in enumerate(columns):
        tag, scope = ("th", ' scope="row"') if at < heads else ("td", "")
        style = f' style="text-align:{column.side}{upper}{_room(column)}"'
        head = f' data-head="{escape(column.head)}"' if longest >= LENGTHY and at >= heads else ""
        start = f"<{tag}{scope}{head}{style}>"
        inner = (chip(cell.look) if cell.look else escape(cell.text) for cell in column.cells)
        table.append([f"{start}{part}</{tag}>" for part in inner])
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*table, strict=True))
    caption = f'<caption style="text-align:left;font-weight:bold">{name}</caption>' if title else ""
    legends = (f'<p class="legend" style="font-size:90%">{said}</p>' for said in _legends(columns))
    return (
        f'<div class="table{kinds}" role="group" tabindex="0" aria-label="{name}" '
        f'style="overflow-x:auto"><table class="pcmd">{caption}<thead>{_head_rows(columns)}</thead>'
        f"<tbody>{body}</tbody></table></div>{''.join(legends)}"
    )


def _longest(column: Column) -> int:
    return max((len(cell.text) for cell in column.cells), default=0)


def _room(column: Column) -> str:
    """The width that a column keeps: texts of a few words on one line, long ones not too narrow."""
    if _longest(column) >= LENGTHY:
        return ";min-width:18rem"
    broken = any(" " in cell.text and not cell.look for cell in column.cells)
    return ";white-space:nowrap" if broken and _longest(column) < SHORT else ""


def _head_rows(columns: list[Column]) -> str:
    """The heads of a table: where some stand under a common one, two rows of them."""
    deep = any(len(column.heads) > 1 for column in columns)
    above, below = [], []
    for over, group in groupby(columns, lambda column: column.heads[0]):
        own = [*group]
        if not deep or len(own[0].heads) == 1:
            rows = ' rowspan="2"' if deep else ""
            above += [_head_cell(f'scope="col"{rows}', column.side, over) for column in own]
            continue
        above.append(_head_cell(f'scope="colgroup" colspan="{len(own)}"', "center", over))
        below += [
            _head_cell('scope="col"', column.side, " · ".join(column.heads[1:])) for column in own
        ]
    return "".join(f"<tr>{''.join(row)}</tr>" for row in (above, below) if row)


def _head_cell(scope: str, side: str, words: str) -> str:
    return f'<th {scope} style="text-align:{side};vertical-align:bottom">{escape(words)}</th>'


def _framed(what: pd.DataFrame | pd.Series, name: str = "value") -> pd.DataFrame:
    return what if isinstance(what, pd.DataFrame) else what.to_frame(what.name or name)


def _levels(frame: pd.DataFrame) -> int:
    return sum(name is not None for name in frame.index.names)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Named index levels as columns, an index without a name dropped, levels of columns as tuples."""
    plain = frame.reset_index(drop=True)
    plain = plain.set_axis(plain.columns.to_flat_index(), axis=1)
    return (
        pd.concat([frame.index.to_frame(index=False), plain], axis=1) if _levels(frame) else plain
    )


def _columns(frame: pd.DataFrame, case: Case | None) -> list[Column]:
    flat = _flat(frame)
    codes = {code for code, name in NAMES_OF.items() if {code, name} <= {*flat}}
    return [
        _column(flat.iloc[:, at], name, None if name in codes else case)
        for at, name in enumerate(flat)
    ]


def _column(column: pd.Series, name: object, case: Case | None) -> Column:
    """The cells of a column, in the words of the codes that it holds."""
    values, known, side = column.dropna(), {}, "left"
    if name == "year":  # no number of anything
        column = column.astype("string")
    if is_bool_dtype(column):
        known = words.HOSTS if name == "hosts" else words.PLAIN
        parts = {*name} if isinstance(name, tuple) else {name}
        if parts & {*words.STANDING, *words.PERIODS, *(case.names if case else ())}:
            known = words.STANDINGS
    elif is_numeric_dtype(column):
        side = "right"
    elif case and name == "target":
        known = {target.value.text: target.value.words for target in case.plan.targets}
    elif case and name in NAMED:
        known = case.names | (
            {case.plan.province: case.plan.own_bodies} if name == "reporter" else {}
        )
    elif name not in WRITTEN and len(values):
        known = next((codes for codes in CODES if values.isin([*codes]).all()), {})
        if case and known is RETURNED:
            known = known | case.plan.return_words
    return Column(
        _heads(name, case),
        [_cell(None if pd.isna(value) else value, known) for value in column],
        side,
    )


def _heads(name: object, case: Case | None) -> tuple[str, ...]:
    """What stands over a column: one head, or one for each level of its name."""
    parts = [part for part in name if part != ""] if isinstance(name, tuple) else [name]
    return tuple(_header(part, case) for part in parts)


def _header(name: object, case: Case | None) -> str:
    names = (
        case.names | words.PERIODS | words.HEADERS | NAMED
        if case
        else words.PERIODS | words.HEADERS
    )
    return printable(names.get(name, str(name)))


def _cell(value: Any, known: Mapping[Any, str | Look]) -> Cell:
    found = known.get(value, value)
    if isinstance(found, Look):
        return Cell(f"{found.shape} {found.word}", found)
    if found is None or found == "":
        return Cell(DASH)
    if isinstance(found, Integral | Real):
        shown = int(found) if isinstance(found, Integral) else Decimal(f"{found:.2f}")
        return Cell(number(shown), value=shown if isinstance(shown, int) else float(found))
    text = printable(str(found))
    if not ISO.fullmatch(text):
        return Cell(text)
    day = date.fromisoformat(text)
    return Cell(words.short_date(day), value=day)
