"""Charts next to tables of the same numbers: bounds of findings, bars of numbers.

Rows are never ranked. A drawing does not depend on the unit of the case, so that all units share
its SVG; `Picture` then puts the name of the unit in bold.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from pandas.api.types import is_integer_dtype

from pcmd_eval.analysis.arguments import as_sums, require_codes
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import counts_text
from pcmd_eval.analysis.show import Shown, show
from pcmd_eval.analysis.table_format import format_frame
from pcmd_eval.charts.bar_renderer import BarRow, Bars
from pcmd_eval.charts.picture import Picture, group_names, make_screen_head
from pcmd_eval.charts.style import Head
from pcmd_eval.evaluation.findings import COUNTS, FINDING_KEY
from pcmd_eval.statistics.indicators import words_on_charts
from pcmd_eval.util.arguments import require_columns
from pcmd_eval.util.formatting import format_number, join_or_count
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.verdicts import JUDGED_VERDICTS, VERDICT_STYLES, DisplayStyle
from pcmd_eval.util.vocabulary import ABSENT

MAX_BARS = 60
MAX_UNITS = 30  # of a chart of findings
_BOUNDS_LEGEND = {"sure": "chắc chắn", "possible": "có thể", "needed": "cần đạt"}
# Columns that name a bar.
_CODES = ("area", "reporter", "unit_code", "row", "item", "period", "year")
SHARE_TICKS = tuple((at / 4, f"{at / 4:.0%}") for at in range(5))


def bounds_chart(findings: pd.DataFrame, case: Case, title: str) -> Picture | Shown:
    """Biểu đồ kết luận: phần chắc chắn, phần có thể, mức cần đạt.

        bounds_chart(case.findings[case.findings.objective == "communication"], case, "Tuyên truyền")

    Rows in the order given, with the texts of a column `counts` if there is one; findings that are
    not judged are left out. Bars are shares of the total, or counts where no row has a total. Rows
    of one unit are named by their objective; a last row names units without one, as in `bars`.
    Returns a sentence where there is nothing to draw, or more than thirty units.
    """
    needed = [*FINDING_KEY, "unit_name", "verdict", *COUNTS]
    require_columns(findings, needed)
    rows = findings[findings.verdict.isin(JUDGED_VERDICTS)]
    units = rows.unit_code.nunique()
    if units > MAX_UNITS:
        return show(f"{title}: hơn {MAX_UNITS} đơn vị nên không vẽ biểu đồ; xem bảng.")
    has_totals = rows.total.notna().any()
    is_one_unit = units == 1 < len(rows)
    if is_one_unit and has_totals:
        rows = rows[(rows.total > 0).fillna(False)]
    rows = rows.reset_index(drop=True)
    if rows[["high", "needed"]].isna().all(axis=None) and not (rows.low > 0).any():
        return show("Không có chỉ tiêu nào tính được nên không vẽ biểu đồ; xem bảng.")
    styles = rows.verdict.map(VERDICT_STYLES)
    names = rows.objective.map(case.names) if is_one_unit else rows.unit_name
    table = _bound_bars(rows, has_totals, styles, case).assign(name=names)
    limit, axis, ticks = _axis_of_bounds(table, has_totals)
    head = make_screen_head(case, title, findings)
    drawing = _bar_chart(table, case, head, limit, _BOUNDS_LEGEND, axis, ticks)
    bold = [] if is_one_unit else [*np.flatnonzero(rows.unit_code == case.unit)]
    absent = [f"{row.name}: {row.words}." for row in drawing.rows[len(rows) :]]
    texts = [f"Biểu đồ. {title}.", group_names(styles, names), *absent]
    return Picture(drawing, " ".join(texts), bold)


def _axis_of_bounds(
    table: pd.DataFrame, has_totals: bool
) -> tuple[float, str, tuple[tuple[float, str], ...]]:
    """Return the end of the axis of a table of `_bound_bars`, its label and its ticks."""
    if has_totals:
        return 1.0, "tỷ lệ trên tổng số", SHARE_TICKS
    ends = pd.concat([table.sure + table.possible, table.needed])
    return max(1.0, ends.max()), "số lượng", ()


def _bound_bars(
    rows: pd.DataFrame, has_totals: bool, styles: Sequence[DisplayStyle], case: Case
) -> pd.DataFrame:
    """Return the bars of findings: `words` (verdict and counts), `colour`, and the lengths `sure`,
    `possible` and `needed`, as shares of `total` if any row has one.

    Without `high` the bar extends to the total, or if that is unknown, too, ends at `low`.
    """
    verdicts = [f"{style.shape} {style.word}\N{NO-BREAK SPACE} " for style in styles]
    counts = rows["counts"] if "counts" in rows else counts_text(case, rows)
    total = rows.total.where(rows.total > 0) if has_totals else 1
    sure = (rows.low / total).fillna(0)
    highest = (rows.high.fillna(rows.total).fillna(rows.low) / total).fillna(0)
    return pd.DataFrame({
        "words": verdicts + counts,
        "colour": [style.text_colour for style in styles],
        "sure": sure,
        "possible": (highest - sure).clip(0),
        "needed": rows.needed / total,
    })  # fmt: skip


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture | Shown:
    """Biểu đồ thanh của `case.indicators`, của kết quả `summed`, `per`, hoặc của một dãy số.

        bars(case.indicators.query("item == 'attendance'"), case, "Lượt người dự")

    A row without a value has a dash and no bar; an incomplete sum (by the column `state`) has "ít
    nhất" and a hatched end; the numbers of a series are taken as complete. A last row names or
    counts the units that have no row, as after `dropna`. Rows of one unit are named by the
    indicator, several indicators of several units by both. Returns a sentence where there is
    nothing to draw, or more than sixty bars. Raises InputRefused for unknown codes and for codes
    that are numbers.
    """
    if len(numbers) == 0:
        return show("Không có số liệu nào nên không vẽ biểu đồ.")
    rows = _bar_rows(numbers, case)
    if len(rows) > MAX_BARS:
        return show(
            f"{title}: {len(rows)} thanh thì không đọc được (nhiều nhất {MAX_BARS}) nên không vẽ "
            "biểu đồ; lọc hoặc cộng bớt, như case.indicators.query(\"item == 'attendance'\")."
        )
    sure = rows.value.fillna(0).astype(float)
    if (sure < 0).any():
        return show(f"{title}: có số âm nên không vẽ biểu đồ; xem bảng.")
    is_incomplete = (rows.state == "incomplete").fillna(False)
    table = pd.DataFrame({
        "name": rows.name_shown,
        "words": words_on_charts(rows, case.plan),
        "sure": sure,
        # The hatched end has a fixed length: how much is missing is not known.
        "possible": is_incomplete * max(sure.max(), 1) / 20,
    })  # fmt: skip
    limit = (sure + table.possible).max() * 1.05
    legend = {}
    if is_incomplete.any():
        legend = {"sure": "đã biết", "possible": "chưa đủ số liệu (không theo tỷ lệ)"}
    measures = rows.measure.dropna().unique() if "measure" in rows else []
    axis = measures[0] if len(measures) == 1 else ""
    head = make_screen_head(case, title, numbers)
    drawing = _bar_chart(table, case, head, limit or 1.0, legend, axis)
    summary = "; ".join(f"{row.name}: {row.words}" for row in drawing.rows)
    return Picture(drawing, f"Biểu đồ. {title}. {summary}.")


def _bar_rows(numbers: pd.DataFrame | pd.Series, case: Case) -> pd.DataFrame:
    """Return a row for each bar, with `name_shown`, the name of the bar.

    `numbers`: indicators (with a column `item`), sums by index, or a series.
    """
    is_series = isinstance(numbers, pd.Series)
    rows = as_sums(numbers)
    codes = [name for name in _CODES if name in rows]
    rows = rows.set_index(codes, drop="item" not in codes) if codes else rows
    if "item" in rows:
        keys = {"unit_name": "unit_code", "label": "item"}
        varying = [name for name, key in keys.items() if rows[key].nunique() > 1]
        names = rows.reset_index(drop=True)[varying or ["unit_name"]]
    else:
        rows = rows.rename_axis(index=[*_level_names(rows.index, is_series, case)])
        names = format_frame(rows[["words"]], case).iloc[:, :-1]
    return rows.reset_index(drop=True).assign(name_shown=names.agg(" · ".join, axis=1))


def _level_names(index: pd.Index, is_series: bool, case: Case) -> Iterator[Hashable]:
    """Yield the names of the index levels, `unit_code` for unit codes under another name.

    `is_series`: the index is of a series, whose rows may be numbered. Raises InputRefused for codes
    that no unit has, and for a frame that has only row numbers.
    """
    codes = case.codes.append(case.units.index)
    for level, name in enumerate(index.names):
        labels = index.unique(level).dropna()
        texts = labels.astype("string")
        has_any_code = name in (None, "unit_name") and labels.isin(codes).any()
        has_only_codes = name not in _CODES and texts.isin(codes).all()
        has_row_numbers = name is None and not is_series and is_integer_dtype(labels)
        needs_codes = has_any_code or has_only_codes or has_row_numbers
        if needs_codes or name in ("reporter", "unit_code"):  # these may hold names of units, too
            require_codes(labels[texts.str.isdigit()], codes)
        yield "unit_code" if needs_codes else name or "unit_name"


def _bar_chart(
    table: pd.DataFrame,
    case: Case,
    head: Head,
    limit: float,
    legend: Mapping[str, str],
    axis: str,
    ticks: tuple[tuple[float, str], ...] = (),
) -> Bars:
    """Return the drawing of a table: a row for each bar, columns as the fields of `BarRow`; <NA> is
    not drawn.

    A last row says which units no bar has, unless fewer than two have one.
    `limit`, `ticks`: see `Bars`; without `ticks` about five whole numbers. `legend`: labels by part
    of the bars; `axis`: the label of the axis.
    """
    if not ticks:
        places = map(float, MaxNLocator(5, integer=True).tick_values(0, limit))
        ticks = tuple((at, format_number(round(at))) for at in places if at <= limit)
    rows = [BarRow(**row) for row in records_of(table)]
    units = case.plan.reporting_units.full_name
    is_drawn = units.isin(table.name.str.split(" · ").explode())
    if is_drawn.sum() > 1 and not is_drawn.all():
        rows.append(BarRow(join_or_count([*units[~is_drawn]]), ABSENT))
    return Bars(head, (*rows,), limit, ticks, axis, (*legend.items(),))
