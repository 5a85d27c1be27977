"""Charts next to tables of the same numbers: bounds of findings, numbers, two years.

Nothing ranks. A drawing does not depend on the unit of the case, so that all units share its SVG;
`Picture` puts the name of the unit in bold afterwards.
"""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from pcmd_eval.analysis.arguments import require_columns
from pcmd_eval.analysis.case import counts_text
from pcmd_eval.analysis.chart_renderer import BarRow, Bars
from pcmd_eval.analysis.picture import MAX_ROWS, Picture, group_names, head_of
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.show import Shown, show
from pcmd_eval.analysis.table_format import DASH, STAR, printed
from pcmd_eval.evaluation.findings import COUNTS
from pcmd_eval.plan.previous_year import INDICATOR_KEY
from pcmd_eval.statistics.indicators import describe_sums
from pcmd_eval.statistics.year_on_year import describe_changes
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_number, replace_star
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.vocabulary import VERDICT_LABELS, VERDICT_STYLES

MAX_BARS = 60
_BOUNDS = {"sure": "chắc chắn", "possible": "có thể", "needed": "cần đạt"}
SHARE_TICKS = tuple((at / 4, f"{at / 4:.0%}") for at in range(5))


def bounds_chart(
    findings: pd.DataFrame, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """Biểu đồ kết luận: phần chắc chắn, phần có thể, mức cần đạt.

        bounds_chart(case.findings[case.findings.objective == "media"], case, "Tin, bài")

    Rows in the order given, with their own `counts` if they have that column; units without such a
    duty are left out. Bars are shares of the total, or counts where no row has one. Rows of one
    unit alone are named by their objective. More than thirty units are drawn by area. A sentence
    where there is nothing to draw.
    """
    example = 'bounds_chart(case.findings[case.findings.objective == "media"], case, "Tin, bài")'
    require_columns(
        findings, ["unit_code", "objective", "verdict", *COUNTS], "bounds_chart", example
    )
    rows = findings[findings.verdict != "not_applicable"]
    if rows.unit_code.nunique() > MAX_ROWS and len(case.plan.areas):
        return _draw_areas(rows, case, head_of(case, title, paper))
    shares = rows.total.notna().any()
    is_one_unit = _are_one_unit(rows.unit_code)
    if is_one_unit and shares:
        rows = rows[(rows.total > 0).fillna(False)]
    rows = rows.reset_index(drop=True)
    if rows[["high", "needed"]].isna().all(axis=None) and not (rows.low > 0).any():
        return show("Không có chỉ tiêu nào tính được nên không vẽ biểu đồ; xem bảng.")
    styles = rows.verdict.map(VERDICT_STYLES)
    names = rows.objective.map(case.names) if is_one_unit else rows.unit_name
    table = _bound_lengths(rows, total=rows.total.where(rows.total > 0) if shares else 1)
    table = table.assign(name=names, **_verdict_labels(rows, styles, case))
    ends = pd.concat([table.sure + table.possible, table.needed])
    limit = 1.0 if shares else max(1.0, ends.max())
    drawing = _bar_chart(
        table, limit, _BOUNDS, head_of(case, title, paper), SHARE_TICKS if shares else ()
    )
    bold = [] if is_one_unit else [*np.flatnonzero(rows.unit_code == case.unit)]
    return Picture(drawing, f"Biểu đồ. {title}. {group_names(styles, names)}", bold)


def _verdict_labels(rows, styles, case):
    """Return the columns `words` (verdict and counts) and `colour` of the bars of findings."""
    verdicts = [f"{style.shape} {style.word}\N{NO-BREAK SPACE} " for style in styles]
    counts = rows["counts"] if "counts" in rows else counts_text(case, rows)
    return {"words": verdicts + counts, "colour": [style.text_colour for style in styles]}


def _draw_areas(rows, case, head):
    """Return the picture of each area's shares of units that met the target, and that may."""
    units = rows[rows.unit_code != case.plan.province]
    area = units.unit_code.map(case.units.area).map(case.plan.areas)
    counts = pd.crosstab(area, units.verdict).reindex(case.plan.areas.drop_duplicates()).dropna()
    counts = counts.reindex(columns=[*VERDICT_STYLES], fill_value=0).astype(int)
    total = counts.sum(axis=1)
    texts = [
        ", ".join(f"{n} {VERDICT_LABELS[v].lower()}" for v, n in row.items() if n)
        for row in counts.to_dict("records")
    ]
    table = pd.DataFrame({
        "name": counts.index,
        "words": [f"{text} trong {of} đơn vị" for text, of in zip(texts, total, strict=True)],
        "sure": (counts.met / total).to_numpy(),
        "possible": (counts.undetermined / total).to_numpy(),
    })  # fmt: skip
    legend = {"sure": "đạt", "possible": "chưa đủ số liệu"}
    drawing = _bar_chart(table, 1.0, legend, head, SHARE_TICKS)
    described = "; ".join(table.name + ": " + table.words)
    return Picture(drawing, f"Biểu đồ. {head.title}. {described}.")


def _bound_lengths(rows, total):
    """Return the columns `sure`, `possible` and `needed` of the bars of findings, over `total`.

    Without an upper bound the bar may reach the total, or ends with what is sure.
    """
    sure = (rows.low / total).fillna(0)
    highest = (rows.high.fillna(rows.total).fillna(rows.low) / total).fillna(0)
    lengths = {"sure": sure, "possible": (highest - sure).clip(0), "needed": rows.needed / total}
    return pd.DataFrame(lengths)


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture | Shown:
    """Biểu đồ thanh của các dòng trong `case.indicators`, kết quả `summed`, hoặc một dãy số.

        bars(case.indicators.query("item == 'attendance'"), case, "Lượt người dự")

    A dash and no bar where nothing is known; a sum that is not complete reads "ít nhất" and has a
    hatched end. Rows of one unit alone are named by what they count, several quantities of several
    units by both; more than thirty units of one quantity are added up by area. Raises InputRefused
    for more bars than can be read; a sentence where there is nothing to draw.
    """
    if len(numbers) == 0:
        return show("Không có số liệu nào nên không vẽ biểu đồ.")
    if isinstance(numbers, pd.Series):
        rows = _series_rows(numbers, case)
    else:
        example = 'bars(case.indicators.query("item == \'attendance\'"), case, "Lượt người dự")'
        require_columns(numbers, ["value", "state", "words"], "bars", example)
        rows = _indicator_rows(numbers, case) if "item" in numbers else _sum_rows(numbers, case)
    if len(rows) > MAX_BARS:
        raise InputRefused(
            f"{title}: {len(rows)} thanh thì không đọc được (nhiều nhất {MAX_BARS}). Lọc một đại "
            "lượng, như case.indicators.query(\"item == 'attendance'\"), hoặc gộp bớt rồi vẽ."
        )
    sure = rows.value.fillna(0).astype(float)
    if (sure < 0).any() or sure.max() == np.inf:
        return show(f"{title}: có số âm hoặc không có giới hạn nên không vẽ biểu đồ; xem bảng.")
    unfinished = rows.state == "incomplete"
    table = pd.DataFrame({
        "name": rows.name_shown,
        "words": rows.words.map(replace_star),
        "sure": sure,
        "possible": unfinished * max(sure.max(), 1) / 20,
    })  # fmt: skip
    limit = (sure + table.possible).max() * 1.05
    legend = {}
    if unfinished.any():
        legend = {"sure": "đã biết", "possible": "chưa đủ số liệu (không theo tỷ lệ)"}
    return _draw_numbers(table, limit or 1.0, legend, head_of(case, title))


def _indicator_rows(indicators, case):
    """Return rows of `case.indicators` with `name_shown`, the name of each bar.

    One quantity of more than `MAX_ROWS` units is summed by area.
    """
    items, units = indicators["item"].nunique(), indicators.unit_code.nunique()
    if items == 1 and units > MAX_ROWS and len(case.plan.areas):
        area = indicators.unit_code.map(case.units.area).map(case.plan.areas)
        area = area.fillna(indicators.unit_name)  # the province
        value = indicators.value.groupby(area, sort=False).sum(min_count=1)
        complete = indicators.state.eq("complete").groupby(area, sort=False).all()
        return _sum_rows(describe_sums(value, complete), case)
    rows = _with_changed_words(indicators.reset_index(drop=True), case)
    if _are_one_unit(rows.unit_code):
        return rows.assign(name_shown=rows.label)
    both = rows.unit_name + " · " + rows.label
    return rows.assign(name_shown=rows.unit_name if items == 1 else both)


def _sum_rows(sums, case):
    """Return the rows of sums with `name_shown`: their index levels, codes replaced by names."""
    level_texts = printed(sums[["words"]], case).iloc[:, :-1]
    return sums.reset_index(drop=True).assign(name_shown=level_texts.agg(" · ".join, axis=1))


def years(changed: pd.DataFrame, case: Case, title: str) -> Picture | Shown:
    """Biểu đồ hai năm của các dòng `case.changes`.

        years(case.changes.query("item == 'inspections'"), case, "Lượt kiểm tra")

    Two years: the year before hollow and this year solid, in the order given, words beside; a
    hatched end where this year is not complete; rows without a year before are named under the
    picture. No arrow and no colour says what is good. A sentence where there is nothing to draw.
    """
    example = 'years(case.changes.query("item == \'inspections\'"), case, "Lượt kiểm tra")'
    require_columns(changed, ["unit_code", "before", "now", "before_words"], "years", example)
    if changed.empty:
        return show("Không có số liệu năm trước nên không vẽ biểu đồ.")
    without = changed[changed.before_words.isna()]
    rows = changed.dropna(subset="before_words").fillna({"now_words": DASH})
    if rows.empty:
        reasons = "; ".join(without.why.unique())
        return show(f"{title}: không vẽ biểu đồ vì {reasons}.")
    names = without.unit_name if changed.unit_code.nunique() > 1 else without.label
    missing = ", ".join(names + " (" + without.why + ")")
    # Why nothing is compared stands in the table: a bar has no room for it.
    follows = describe_changes(rows, case.plan).where(rows.why.isna(), "không so sánh")
    table = pd.DataFrame({
        "name": rows.label if _are_one_unit(rows.unit_code) else rows.unit_name,
        "words": rows.before_words + " và " + rows.now_words + ": " + follows,
        "sure": rows.now.fillna(0.0),
        "previous": rows.before.fillna(0.0),
    })  # fmt: skip
    limit = max(table.sure.max(), table.previous.max(), 1.0) * 1.05
    unfinished = rows.now_words.str.endswith(STAR)
    legend = {"sure": f"năm {case.year}", "previous": f"năm {case.plan.previous.year}"}
    if unfinished.any():
        legend["possible"] = "* chưa đủ số liệu"
    table["possible"] = unfinished * limit / 20
    return _draw_numbers(table, limit, legend, head_of(case, title), missing)


def _draw_numbers(table, limit, legend, head, missing=""):
    """Return the picture of a table of bars; `missing`: what is named under it as not drawn."""
    summary = "; ".join(table.name + ": " + table.words)
    drawing = _bar_chart(table, limit, legend, head)
    return Picture(drawing, f"Biểu đồ. {head.title}. {summary}.", missing=missing)


def _bar_chart(table, limit, legend, head, ticks=()):
    """Return the drawing of a table whose columns are fields of `BarRow`; <NA> is not drawn.

    `legend`: labels by parts of the bars. Without `ticks` the axis has about five whole numbers.
    """
    if not ticks:
        places = map(float, MaxNLocator(5, integer=True).tick_values(0, limit))
        ticks = tuple((at, format_number(round(at))) for at in places if at <= limit)
    rows = tuple(BarRow(**row) for row in records_of(table))
    return Bars(head, rows, limit, ticks, (*legend.items(),))


def _are_one_unit(units):
    """Return whether several rows all belong to one unit, so that their labels must name them."""
    return units.nunique() == 1 < len(units)


def _with_changed_words(rows, case):
    """Return rows of `case.indicators`, with new `words` where an analyst changed the value."""
    names = [*INDICATOR_KEY, "value"]
    filed = case.indicators[case.indicators["item"].isin(rows["item"])][names]
    unchanged = {*filed.itertuples(index=False, name=None)}
    is_new = [value not in unchanged for value in rows[names].itertuples(index=False, name=None)]
    is_changed = rows.value.notna() & pd.Series(is_new, rows.index, dtype="bool")
    if not is_changed.any():
        return rows
    star = rows.state.map({"incomplete": STAR}).fillna("")
    texts = printed(rows[["value"]], case).iloc[:, 0] + star
    return rows.assign(words=rows.words.mask(is_changed, texts))


def _series_rows(numbers, case):
    """Return the rows of bars for a series, with `name_shown` from its index.

    `printed` formats columns by their name: "total" is plain numbers, an unnamed index is of units.
    """
    levels = [name or "unit_name" for name in numbers.index.names]
    if levels[0] in ("unit_name", "code") and numbers.index.isin(case.units.index).all():
        levels = ["unit_code"]
    texts = printed(numbers.rename("total").rename_axis(levels).to_frame(), case)
    rows = pd.DataFrame({"name_shown": texts.iloc[:, :-1].agg(" · ".join, axis=1), "state": ""})
    return rows.assign(words=texts.iloc[:, -1], value=pd.array([*numbers], dtype="Float64"))
