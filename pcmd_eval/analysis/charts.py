"""The pictures: bars for the bounds of findings or for numbers, and a map of verdicts, each beside
a table of the same.

Nothing ranks. What is the same for all units is drawn once, see `drawing`, and the name of the own
unit is put in bold afterwards.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from pcmd_eval.analysis.case import counts_text
from pcmd_eval.analysis.chart_renderer import Bars, Drawing, Maps, Row, png, svg
from pcmd_eval.analysis.chart_style import Head
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.show import Shown, filled, show
from pcmd_eval.analysis.table_format import DASH, STAR, printed
from pcmd_eval.plan.previous_year import KEY
from pcmd_eval.statistics.year_on_year import describe_changes
from pcmd_eval.util.formatting import format_number, parse_number, replace_star
from pcmd_eval.util.spelling import normalize_tone
from pcmd_eval.util.vocabulary import CHART_DATA_SOURCE, HOST_STYLES, STATUS_STYLES, VERDICT_STYLES

SHARES = tuple((at / 4, f"{at / 4:.0%}") for at in range(5))


class Picture(Shown):
    """A drawing with the names of some rows in bold, as SVG (`html`) or PNG, and the words for
    those who do not see it.
    """

    def __init__(
        self, drawing: Drawing, alt: str, bold: Sequence[int] = (), missing: str = ""
    ) -> None:
        self.drawing = drawing
        self.bold = bold
        self.missing = missing
        self.kind = "picture"
        self.alt = self.text = "".join(f"{mark}. " for mark in drawing.head.marks) + alt

    @cached_property
    def svg(self) -> str:
        """For a screen: text is text."""
        text = draw(self.drawing)
        for at in self.bold:
            text = text.replace(f'id="row-{at}-', f'font-weight="bold" id="row-{at}-')
        return text

    @cached_property
    def html(self) -> str:
        """An image, in which nothing can run."""
        return filled(
            "picture",
            drawing=self.drawing,
            maps=isinstance(self.drawing, Maps),
            image=b64encode(self.svg.encode()).decode(),
            alt=self.alt,
            missing=self.missing,
            behind=CHART_DATA_SOURCE,
        )

    @cached_property
    def png(self) -> bytes:
        """For Word: no reader of its documents shows SVG alike."""
        return png(self.drawing, self.bold)


def draw(drawing: Drawing) -> str:
    """The SVG of a drawing; a process of the batch asks the one that started it, see `making`."""
    return svg(drawing)


def bounds_chart(
    findings: pd.DataFrame, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """Of each finding the sure part, the possible part and the mark of what is needed; rows in the
    order given, with their own `counts` if they have that column.

    Units without such a duty are left out, and there is no bar where nothing is counted. Bars are
    shares of the total, or counts where no row has one. Rows of one unit alone are named by their
    objective, and only those with a share stand beside each other. A sentence where there is
    nothing to draw.
    """
    rows = findings[findings.verdict != "not_applicable"]
    shares = rows.total.notna().any()
    alone = _of_one(rows.unit_code)
    if alone and shares:
        rows = rows[(rows.total > 0).fillna(False)]
    rows = rows.reset_index(drop=True)
    if rows[["high", "needed"]].isna().all(axis=None) and not (rows.low > 0).any():
        return show("Không có chỉ tiêu nào tính được nên không vẽ biểu đồ; xem bảng.")
    looks = rows.verdict.map(VERDICT_STYLES)
    names = rows.objective.map(case.names) if alone else rows.unit_name
    signs = [f"{look.shape} {look.word}\N{NO-BREAK SPACE} " for look in looks]
    colours = [look.text_colour for look in looks]
    table = _bounds(rows, whole=rows.total.where(rows.total > 0) if shares else 1)
    counts = rows["counts"] if "counts" in rows else counts_text(case, rows)
    table = table.assign(name=names, words=signs + counts, colour=colours)
    legend = {"sure": "chắc chắn", "possible": "có thể", "needed": "cần đạt"}
    ends = pd.concat([table.sure + table.possible, table.needed])
    limit = 1.0 if shares else max(1.0, ends.max())
    drawing = _drawn(table, limit, legend, _head(case, title, paper), SHARES if shares else ())
    bold = [] if alone else [*np.flatnonzero(rows.unit_code == case.unit)]
    return Picture(drawing, f"Biểu đồ. {title}. {_grouped(looks, names)}", bold)


def _bounds(rows, whole):
    """How long the parts of the bars of findings are, and where the mark stands: of a whole."""
    sure = (rows.low / whole).fillna(0)
    most = (rows.high.fillna(rows.total).fillna(rows.low) / whole).fillna(0)
    lengths = {"sure": sure, "possible": (most - sure).clip(0), "needed": rows.needed / whole}
    return pd.DataFrame(lengths)


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture | Shown:
    """A bar for each row of `case.figures`, with its words beside it: a dash and no bar where
    nothing is known.

    A sum that is not complete reads "ít nhất" and has a hatched end. Rows of one unit alone are
    named by what they count. A series gives a bar for each of its numbers instead. A sentence where
    there is no row, or a number that no bar has the length of.
    """
    if numbers.empty:
        return show("Không có số liệu nào nên không vẽ biểu đồ.")
    if isinstance(numbers, pd.Series):
        rows = _numbered(numbers, case)
    else:
        rows = _in_own_words(numbers.reset_index(drop=True), case)
    sure = rows.value.fillna(0).astype(float)
    if (sure < 0).any() or sure.max() == np.inf:
        return show(f"{title}: có số âm hoặc không có giới hạn nên không vẽ biểu đồ; xem bảng.")
    unfinished = rows.state == "incomplete"
    table = pd.DataFrame({
        "name": rows.label if _of_one(rows.unit_name) else rows.unit_name,
        "words": rows.words.map(replace_star),
        "sure": sure,
        "possible": unfinished * max(sure.max(), 1) / 20,
    })  # fmt: skip
    limit = (sure + table.possible).max() * 1.05
    legend = {}
    if unfinished.any():
        legend = {"sure": "đã biết", "possible": "chưa đủ số liệu (không theo tỷ lệ)"}
    return _measured(table, limit or 1.0, legend, _head(case, title))


def years(changed: pd.DataFrame, case: Case, title: str) -> Picture | Shown:
    """Of each row of `case.changes` the year before hollow and this year solid, in the order given;
    words beside.

    A hatched end where this year is not complete. No arrow and no colour says what is good. Rows
    without a year before are named under the picture; a sentence where none has one.
    """
    if changed.empty:
        return show("Không có số liệu năm trước nên không vẽ biểu đồ.")
    without = changed[changed.before_words.isna()]
    rows = changed.dropna(subset="before_words").fillna({"now_words": DASH})
    if rows.empty:
        whys = "; ".join(without.why.unique())
        return show(f"{title}: không vẽ biểu đồ vì {whys}.")
    names = without.unit_name if changed.unit_code.nunique() > 1 else without.label
    missing = ", ".join(names + " (" + without.why + ")")
    # The table has room for why nothing is compared.
    follows = describe_changes(rows, case.plan).where(rows.why.isna(), "không so sánh")
    table = pd.DataFrame({
        "name": rows.label if _of_one(rows.unit_code) else rows.unit_name,
        "words": rows.before_words + " và " + rows.now_words + ": " + follows,
        "sure": rows.now.fillna(0.0),
        "before": rows.before.fillna(0.0),
    })  # fmt: skip
    limit = max(table.sure.max(), table.before.max(), 1.0) * 1.05
    unfinished = rows.now_words.str.endswith(STAR)
    legend = {"sure": f"năm {case.year}", "before": f"năm {case.plan.previous.year}"}
    if unfinished.any():
        legend["possible"] = "* chưa đủ số liệu"
    table["possible"] = unfinished * limit / 20
    return _measured(table, limit, legend, _head(case, title), missing)


def _measured(table, limit, legend, head, missing=""):
    """The picture of numbers, with their words for those who do not see it."""
    told = "; ".join(table.name + ": " + table.words)
    drawing = _drawn(table, limit, legend, head)
    return Picture(drawing, f"Biểu đồ. {head.title}. {told}.", missing=missing)


def _drawn(table, limit, legend, head, ticks=()):
    """The drawing of a table whose columns are fields of `Row`, nothing for <NA>: on an axis with
    these ticks, else with about five whole numbers.
    """
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    if not ticks:
        places = map(float, MaxNLocator(5, integer=True).tick_values(0, limit))
        ticks = tuple((at, format_number(round(at))) for at in places if at <= limit)
    return Bars(head, tuple(Row(**row) for row in rows), limit, ticks, (*legend.items(),))


def _of_one(units):
    """Whether several rows are all of one unit: they are named by what they tell of it."""
    return units.nunique() == 1 < len(units)


def _length(words):
    """How long a bar is that is printed as 2.510*, khoảng 120 or dưới 5: the last has none."""
    digits = words.removeprefix("khoảng ").rstrip(STAR)
    return float(parse_number(digits)) if digits[:1].isdigit() else 0.0


def _in_own_words(rows, case):
    """Rows of `case.figures`; where somebody put another value there, its words are that number."""
    filed = rows[KEY].merge(case.figures[[*KEY, "value"]], "left").value
    changed = rows.value.notna() & (rows.value != filed).fillna(True)
    star = rows.state.map({"incomplete": STAR}).fillna("")
    texts = printed(rows[["value"]], case).iloc[:, 0] + star
    return rows.assign(words=rows.words.mask(changed, texts))


def _numbered(numbers, case):
    """The numbers of a series as the bars take them, named by its index; its own name is not told
    and must not be a reason to print them otherwise.
    """
    names = [name or "unit_name" for name in numbers.index.names]
    texts = printed(numbers.rename("total").rename_axis(names).to_frame(), case)
    rows = pd.DataFrame({"unit_name": texts.iloc[:, :-1].agg(" · ".join, axis=1), "state": ""})
    values = pd.array([*numbers], dtype="Float64")
    return rows.assign(label=rows.unit_name, words=texts.iloc[:, -1], value=values)


def district_map(
    findings: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """A map of the districts' verdicts, one for each objective that the plan gives them.

    A series by district code draws True, False and <NA> instead, in the looks of its name. A
    sentence where there is nothing to draw.
    """
    area, districts = case.plan.units, case.plan.reporting_units
    if isinstance(findings, pd.Series):
        panels = {title: _standings(findings.reindex(districts.index))}
    else:
        panels = _verdicts(findings[findings.unit_code.isin(districts.index)], case)
    if not area.boundaries or not panels:
        return show(
            "Không có ranh giới hoặc không có kết luận theo đơn vị nên không vẽ bản đồ; xem bảng."
        )
    names = _on_map(districts, paper)
    maps, told = [], []
    for name, looks in panels.items():
        maps.append((name, tuple((code, names[code], look) for code, look in looks.items())))
        told.append(f"{name}: {_grouped(looks.values(), case.units.full_name[[*looks]])}")
    drawing = Maps(_head(case, title, paper), tuple(maps), area.boundaries, area.credit)
    return Picture(drawing, f"Bản đồ. {title}. {' '.join(told)}")


def _standings(standings):
    """The looks of True, False and <NA> by district."""
    looks = HOST_STYLES if standings.name == "hosts" else STATUS_STYLES
    return {code: looks[None if pd.isna(value) else value] for code, value in standings.items()}


def _verdicts(findings, case):
    """The looks of the districts by code, under the title of each objective."""
    applies = findings[findings.verdict != "not_applicable"].set_index("unit_code")
    verdicts = applies.groupby("objective", sort=False).verdict
    return {case.names[slug]: own.map(VERDICT_STYLES).to_dict() for slug, own in verdicts}


def _head(case, title, paper=False):
    return Head(title, tuple(case.marks), paper)


def _grouped(looks, names):
    """Names under the word of their look: Đạt: A, B. Chưa đạt: C."""
    by_word = {}
    for look, name in zip(looks, names, strict=True):
        by_word.setdefault(look.word, []).append(name)
    return " ".join(f"{word}: {', '.join(listed)}." for word, listed in by_word.items())


def _on_map(districts, paper):
    """The names as maps print them: a town by its kind, too, which may bear the province's name."""
    towns = districts.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("")
    names = towns + districts["name"]
    return names.map(normalize_tone) if paper else names
