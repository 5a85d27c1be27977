"""Show frames as accessible tables in Vietnamese, escaped, and with the same bytes every time.

Notebooks print nothing in any other way.
"""

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case, cached, is_province, reporters_of
from pcmd_eval.analysis.case_queries import is_internal, marks_on, received_returns_of
from pcmd_eval.analysis.reporting_status import count_complete, describe_gaps
from pcmd_eval.analysis.table_format import (
    LENGTHY,
    Heads,
    PrintedColumn,
    format_columns,
    row_levels,
    spreadsheet_columns,
)
from pcmd_eval.evaluation.observations import COUNTED_STATES
from pcmd_eval.statistics import indicators
from pcmd_eval.util import excel
from pcmd_eval.util.errors import InputRefused, describe_os_error
from pcmd_eval.util.files import remove_control_characters, write_atomic
from pcmd_eval.util.formatting import format_number, format_short_date
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.vocabulary import NO_VALUE

SHOWN_BY = "pcmd_eval"  # the key of an output's metadata by which the batch knows our displays
LEGEND = f"{NO_VALUE} : không có hoặc chưa có số liệu; không phải số 0."
_INTERNAL = "Số liệu chi tiết chỉ có trong bản lưu hành nội bộ."
# Levels of an index that name units: rows of units without any value are still a list of them.
_UNIT_LEVELS = {"unit_code", "unit_name", "reporter", "reporter_name"}


class Shown:
    """Something to show: HTML for the notebook, and the same content as plain text.

    `kind`: page, table, sentence or picture; the batch finds it in the output's metadata.
    """

    def __init__(self, html: str, text: str, kind: str = "page") -> None:
        self.html = html
        self.text = text
        self.kind = kind

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, str]]:
        return {"text/html": self.html, "text/plain": self.text}, {SHOWN_BY: self.kind}


def show(
    what: Case | pd.DataFrame | pd.Series | str,
    title: str | None = None,
    case: Case | None = None,
    empty: str | None = None,
    heads: Heads | None = None,
    digits: int = 2,
    internal_only: bool = False,
) -> Shown:
    """In một bảng, dãy số, câu hoặc phần đầu trang bằng tiếng Việt; thêm `case` để mã thành tên.

        show(case.unit_rows(case.findings), "Kết luận", case)
        show(counts, "Số xã", case, heads={"communes": "Số xã"}, digits=1)

    A column that the package names has its heading in Vietnamese, another its name, unless `heads`
    says otherwise; codes in such a column are printed as words (met: Đạt). `digits`: decimals
    at most. A frame without rows is the sentence `empty`. Shown with the case of a trial, the title
    has its mark. `internal_only`: a sentence takes the place of the table in the
    public edition of `case`.
    """
    if internal_only and case and not is_internal(case):
        return show(_INTERNAL)
    if isinstance(what, Case):
        return _case_heading(what)
    if isinstance(what, str):
        text = remove_control_characters(what)
        return Shown(f"<p>{escape(text)}</p>", text, "sentence")
    frame, name = _as_frame(what), title or "Bảng"
    if frame.empty:
        return show(empty or f"{name}: không có.")
    if not _UNIT_LEVELS.intersection(frame.index.names) and frame.isna().all(axis=None):
        missing = "chưa đủ" if frame.dtypes.eq("boolean").all() else "chưa có"
        return show(f"{name}: {missing} số liệu.")
    caption = " · ".join(filter(None, [title, case.plan.mark if case else ""]))
    columns = format_columns(frame, case, heads, digits)
    texts = [[column.head, *column.texts] for column in columns]
    lines = [caption] if caption else []
    lines += map(" | ".join, zip(*texts, strict=True))
    lines += _legends(columns)
    return Shown(_render_table(columns, frame, caption), "\n".join(lines), "table")


def save_excel(
    path: Path | str, case: Case, heads: Heads | None = None, **frames: pd.DataFrame | pd.Series
) -> Shown:
    """Ghi các bảng, dãy số ra một tệp Excel, mỗi bảng một trang mang tên trước dấu =.

        save_excel("tuyen_truyen.xlsx", case, ket_luan=case.findings)

    Headings and names as `show` prints them, numbers and dates as such, an empty cell for no
    value; text is never a formula. Replaces a file of that name, and says so. Raises InputRefused
    without a frame, for a name that no sheet can have, and for a path that cannot be written.
    """
    if not frames:
        raise InputRefused("chưa có bảng nào để lưu.")
    tables = {name: _as_frame(frame, name) for name, frame in frames.items()}
    sheets = {name: spreadsheet_columns(frame, case, heads) for name, frame in tables.items()}
    marks = [*marks_on(case, *frames.values()), f"Kế hoạch {case.plan.plan}, năm {case.year}"]
    mark = " · ".join([*marks, gaps_of(case)])
    file = Path(path).resolve()
    file = file if file.suffix == ".xlsx" else file.with_name(f"{file.name}.xlsx")
    if not file.parent.is_dir():
        raise InputRefused(f"Không có thư mục {file.parent}. Tạo thư mục đó, hoặc chọn nơi khác.")
    replaced = ", thay tệp cũ cùng tên" if file.exists() else ""
    try:
        write_atomic(file, excel.write_workbook(sheets, mark, case.year))
    except OSError as error:
        raise InputRefused(
            f"Không ghi được {file}: {describe_os_error(error)}. Tệp đang mở thì đóng lại."
        ) from None
    return show(f"Đã lưu {file}{replaced}")


def gaps_of(case: Case) -> str:
    """Return `describe_gaps`; computed once for all units."""
    inputs = (case.plan, case.returns, case.cell_counts)
    return cached(case, gaps_of, partial(describe_gaps, *inputs))


def _case_heading(case: Case) -> Shown:
    """Return the heading of a page: the marks, then a line on unit, plan and return: its state,
    cut-off and filled cells; for the province how many came.
    """
    latest = received_returns_of(case).loc[reporters_of(case)]
    if is_province(case):
        asked_returns = latest[latest.state != "not_asked"]
        received = asked_returns[asked_returns.state.isin(COUNTED_STATES)]
        complete = count_complete(case.cell_counts, received.index)
        status = f"đã nhận {len(received)}/{len(asked_returns)}, {complete} báo cáo điền đủ mọi ô"
    else:
        (row,) = latest.itertuples()
        counts = f"{format_number(row.reported)}/{format_number(row.expected)}"
        until = "" if pd.isna(row.cutoff) else f", chốt đến {format_short_date(row.cutoff)}"
        status = f"{case.plan.return_state_labels[row.state]}{until}, {counts} ô có số liệu"
    line = f"{case.name} · Kế hoạch {case.plan.plan}, năm {case.year} · Báo cáo: {status}"
    gaps = gaps_of(case)
    html = render_html("analysis/head", marks=case.marks, line=line, gaps=gaps)
    return Shown(html, "\n".join([*case.marks, line, gaps]))


def table_html(frame: pd.DataFrame, title: str | None = None, case: Case | None = None) -> str:
    """Return a frame as an HTML table; `title` is its caption, all text is escaped."""
    return _render_table(format_columns(frame, case), frame, title)


def _legends(columns: Sequence[PrintedColumn]) -> list[str]:
    """Return a sentence on each sign (– and *) that occurs in a table."""
    has_dash = any(cell.is_empty for column in columns for cell in column.cells)
    legends = [LEGEND] if has_dash else []
    if any(column.has_star for column in columns):
        legends.append(indicators.NOTE)
    return legends


def _render_table(columns: Sequence[PrintedColumn], frame: pd.DataFrame, title: str | None) -> str:
    """Return the HTML of the table of a frame with a legend of its signs; the levels of its index,
    or else its first column, are row headers.

    Cells of a table with long texts carry their heading, since narrow screens stack its rows.
    """
    head_count = max(1, len(row_levels(frame)))
    lengthy = sum(column.longest >= LENGTHY for column in columns)
    alignment = ";vertical-align:top" if lengthy else ""
    width = f";min-width:{min(18, 26 // lengthy)}rem" if lengthy else ""  # together they fit
    cells = []
    for at, column in enumerate(columns):
        tag, attributes = ("th", ' scope="row"') if at < head_count else ("td", "")
        if lengthy and at >= head_count:
            attributes = f' data-head="{escape(column.head)}"'
        css = width if column.longest >= LENGTHY else column.css
        style = f'style="text-align:{column.side}{alignment}{css}"'
        start = f"<{tag}{attributes}"
        codes = [f' data-code="{cell.code}"' if cell.code else "" for cell in column.cells]
        coded = zip(codes, column.cells, strict=True)
        cells.append([f"{start}{code} {style}>{cell.html}</{tag}>" for code, cell in coded])
    return render_html(
        "analysis/table",
        columns=columns,
        title=title,
        rows=map("".join, zip(*cells, strict=True)),
        stacked=lengthy > 0,
        legends=_legends(columns),
    )


def render_html(template: str, **values: Any) -> str:
    """Render an HTML template of the package, with quotes escaped as `html.escape` does."""
    html = render_page(f"{template}.html.j2", **values)
    return html.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def _as_frame(data: pd.DataFrame | pd.Series, column: str = "value") -> pd.DataFrame:
    """Return a frame or series as a frame; `column`: the name that a series without one gets."""
    if isinstance(data, pd.Series) and "year" in data.index:  # a row: its year is no 2.017
        data = data.astype(object).mask(data.index == "year", str(data["year"]))
    if isinstance(data, pd.DataFrame):
        return data
    return data.to_frame(data.name or column)
