"""The pictures: bars for the bounds of findings or for numbers, and a map of verdicts, each beside
a table of the same.

Nothing is told by colour alone, nothing ranks, and the same rows give the same bytes: no global
state of matplotlib. On a screen a picture is SVG, in Word PNG. Either is a function of a drawing,
which is plain values: what is the same for all units is drawn once, and the name of the own unit is
put in bold afterwards.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from io import BytesIO, StringIO
from math import cos, radians
from pathlib import Path
from textwrap import fill
from threading import Lock
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import font_manager, get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Shape
from matplotlib.style import context
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform, TransformedPath, offset_copy

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.changes import KEY, amount, for_people
from pcmd_eval.show import DASH, STAR, Shown, filled, printed, show
from pcmd_eval.spelling import one_tone
from pcmd_eval.words import BEHIND, HOSTS, STANDINGS, VERDICTS, Look, at_least, number

DARK, LINE, MARK = "#404040", "#595959", "#A34700"
# The parts of a bar by their names in a `Row`, and the mark of what is needed.
LOOKS = {
    "before": {"facecolor": "white", "edgecolor": DARK, "linewidth": 1.0},
    "sure": {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7},
    "possible": {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7},
}
NEEDED = {"color": MARK, "marker": "|", "markersize": 12, "markeredgewidth": 3, "linestyle": "none"}
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,
    "hatch.linewidth": 0.7,
    "svg.fonttype": "none",
    "svg.hashsalt": "pcmd_eval",
}
# On paper the widths of Times New Roman, the face of official text, from files that come with the
# project.
PAPER = {
    "font.family": ["Liberation Serif", "DejaVu Sans"],
    "font.size": 10,
    "text.hinting": "none",
}
BOLD = {"fontweight": "bold"}
# Of a screen that has no DejaVu Sans: faces that are no wider, with every letter of Vietnamese.
FACES = "DejaVu Sans, Verdana, Segoe UI, Roboto, Arial, sans-serif"
LEAST, GAP, HIGH = 1.2, 0.12, 0.17  # inches: bars are not shorter; between words and bars; a line
SHARES = tuple((at / 4, f"{at / 4:.0%}") for at in range(5))


class Head(NamedTuple):
    """What every picture says of itself, and whether it is for paper."""

    title: str
    marks: tuple[str, ...]
    paper: bool


class Row(NamedTuple):
    """A bar: its name, the words beside it and their colour, how long its parts are, and the mark
    of what is needed.

    With `before`, that of the year before stands hollow above it.
    """

    name: str
    words: str
    colour: str = DARK
    sure: float = 0.0
    possible: float = 0.0
    needed: float | None = None
    before: float | None = None


class Bars(NamedTuple):
    """What bars are drawn from; `legend`: names of `LOOKS`, or `needed`, each with its words."""

    head: Head
    rows: tuple[Row, ...]
    limit: float
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]


class Maps(NamedTuple):
    """What maps are drawn from: title of each and its districts by code, name and look; whose
    boundaries they are.
    """

    head: Head
    panels: tuple[tuple[str, tuple[tuple[str, str, Look], ...]], ...]
    boundaries: str
    credit: str


Drawing = Bars | Maps
_one = Lock()  # matplotlib draws in one thread at a time


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
            behind=BEHIND,
        )

    @cached_property
    def png(self) -> bytes:
        """For Word: no reader of its documents shows SVG alike."""
        buffer = BytesIO()
        with _one, context(_style(self.drawing.head.paper)):
            figure = _figure_of(self.drawing)
            for at in self.bold:
                for text in figure.findobj(Text):
                    if str(text.get_gid()).startswith(f"row-{at}-"):
                        text.set_fontweight("bold")
            quick = {"compress_level": 3}
            figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs=quick)
        return buffer.getvalue()


def draw(drawing: Drawing) -> str:
    """The SVG of a drawing; a process of the batch asks the one that started it, see `making`."""
    with _one:
        return _svg(drawing)


def bounds_chart(
    findings: pd.DataFrame, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """Of each finding the sure part, the possible part and the mark of what is needed; rows in the
    order given.

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
    looks = rows.verdict.map(VERDICTS)
    names = rows.objective.map(case.names) if alone else rows.unit_name
    signs = [f"{look.shape} {look.word}\N{NO-BREAK SPACE} " for look in looks]
    colours = [look.text_colour for look in looks]
    table = _bounds(rows, whole=rows.total.where(rows.total > 0) if shares else 1)
    table = table.assign(name=names, words=signs + case.counted(rows), colour=colours)
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


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture:
    """A bar for each row of `case.figures`, with its words beside it: a dash and no bar where
    nothing is known.

    A sum that is not complete reads "ít nhất" and has a hatched end. Rows of one unit alone are
    named by what they count. A series gives a bar for each of its numbers instead.
    """
    if isinstance(numbers, pd.Series):
        rows = _numbered(numbers, case)
    else:
        rows = _in_own_words(numbers.reset_index(drop=True), case)
    sure = rows.value.fillna(0).astype(float)
    unfinished = rows.state == "incomplete"
    table = pd.DataFrame({
        "name": rows.label if _of_one(rows.unit_name) else rows.unit_name,
        "words": rows.words.map(at_least),
        "sure": sure,
        "possible": unfinished * max(sure.max(), 1) / 20,
    })  # fmt: skip
    legend = {"sure": "đã biết", "possible": "chưa đủ số liệu (không theo tỷ lệ)"}
    limit = (sure + table.possible).max() * 1.05
    legend = legend if unfinished.any() else {}
    return _measured(table, limit or 1.0, legend, _head(case, title))


def years(changed: pd.DataFrame, case: Case, title: str) -> Picture | Shown:
    """Of each row of `case.changes` the year before hollow and this year solid, in the order given;
    words beside.

    A hatched end where this year is not complete. No arrow and no colour says what is good. Rows
    without a year before are named under the picture; a sentence where none has one.
    """
    if changed.empty:
        return show("Không có số liệu năm trước nên không vẽ biểu đồ.")
    without = changed[changed.before.isna()]
    rows = changed.dropna(subset="before").fillna({"now": DASH})
    if rows.empty:
        whys = "; ".join(without.why.unique())
        return show(f"{title}: không vẽ biểu đồ vì {whys}.")
    missing = without.unit_name if changed.unit_code.nunique() > 1 else without.label
    missing = ", ".join(missing + " (" + without.why + ")")
    follows = for_people(rows, case.plan)["So sánh"].str.split(": ").str[0].set_axis(rows.index)
    table = pd.DataFrame({
        "name": rows.label if _of_one(rows.unit_code) else rows.unit_name,
        "words": rows.before + " và " + rows.now + ": " + follows,
        "sure": rows.now.map(_length),
        "before": rows.before.map(_length),
    })  # fmt: skip
    limit = max(table.sure.max(), table.before.max(), 1.0) * 1.05
    unfinished = rows.now.str.endswith(STAR)
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
        ticks = tuple((at, number(round(at))) for at in places if at <= limit)
    return Bars(head, tuple(Row(**row) for row in rows), limit, ticks, (*legend.items(),))


def _of_one(units):
    """Whether several rows are all of one unit: they are named by what they tell of it."""
    return units.nunique() == 1 < len(units)


def _length(printed):
    """How long a bar is that is printed as 2.510*, khoảng 120 or dưới 5: the last has none."""
    digits = printed.removeprefix("khoảng ").rstrip(STAR)
    return float(amount(digits)) if digits[:1].isdigit() else 0.0


def _in_own_words(rows, case):
    """Rows of `case.figures`; where somebody put another value there, its words are that number."""
    filed = rows[KEY].merge(case.figures[[*KEY, "value"]], "left").value
    changed = rows.value.notna() & (rows.value != filed).fillna(True)
    star = rows.state.map({"incomplete": STAR}).fillna("")
    texts = printed(rows[["value"]], case).iloc[:, 0] + star
    return rows.assign(words=rows.words.mask(changed, texts))


def _numbered(numbers, case):
    """The numbers of a series as the bars take them, named by its index."""
    named = numbers.rename("total").rename_axis(numbers.index.name or "unit_name").to_frame()
    texts = printed(named, case).set_axis(["unit_name", "words"], axis=1)
    values = pd.array([*numbers], dtype="Float64")
    return texts.assign(value=values, label=texts.unit_name, state="")


def district_map(
    findings: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """A map of the districts' verdicts, one for each objective that the plan gives them.

    A series by district code draws True, False and <NA> instead, in the looks of its name. A
    sentence where there is nothing to draw.
    """
    area, districts = case.plan.units, case.plan.districts
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
    looks = HOSTS if standings.name == "hosts" else STANDINGS
    return {code: looks[None if pd.isna(value) else value] for code, value in standings.items()}


def _verdicts(findings, case):
    """The looks of the districts by code, under the title of each objective."""
    applies = findings[findings.verdict != "not_applicable"].set_index("unit_code")
    verdicts = applies.groupby("objective", sort=False).verdict
    return {case.names[slug]: own.map(VERDICTS).to_dict() for slug, own in verdicts}


def _head(case, title, paper=False):
    return Head(title, tuple(case.marks), paper)


def _grouped(looks, names):
    """Names under the word of their look: Đạt: A, B. Chưa đạt: C."""
    by_word = {}
    for look, name in zip(looks, names, strict=True):
        by_word.setdefault(look.word, []).append(name)
    return " ".join(f"{word}: {', '.join(listed)}." for word, listed in by_word.items())


# ---- from a drawing to a figure ------------------------------------------------------------------


def _figure_of(drawing):
    if isinstance(drawing, Maps):
        return _maps(drawing)
    figure, axes = _named_rows(drawing)
    for at, row in enumerate(drawing.rows):
        aside, height = (0, 0.62) if row.before is None else (0.18, 0.32)  # two years: two bars
        parts = {"before": (-aside, 0), "sure": (aside, 0), "possible": (aside, row.sure)}
        for part, (below, start) in parts.items():
            if length := getattr(row, part):
                size = {"height": height, "clip_on": False}
                axes.barh(at + below, length, left=start, **size, **LOOKS[part])
        if row.needed is not None:
            mark = {"colors": MARK, "linewidth": 3, "clip_on": False, "zorder": 3}
            axes.vlines(row.needed, at - 0.4, at + 0.4, **mark)
    axes.set_xlim(0, drawing.limit)
    axes.set_xticks(*zip(*drawing.ticks, strict=True))
    handles = []
    for part, words in drawing.legend:
        needed = part == "needed"
        handles.append(Line2D([], [], **NEEDED) if needed else Patch(**LOOKS[part]))
        handles[-1].set_label(words)
    _legend(figure, handles)
    return figure


def _maps(drawing):
    """The maps two by two under the title, each as wide as high, and what their looks mean."""
    columns = min(2, len(drawing.panels))
    rows = -(-len(drawing.panels) // columns)
    half, one = (3.15, 4.41) if drawing.head.paper else (4.3, 5.2)  # a screen may be a telephone's
    wide = half if columns == 2 else one
    bare = drawing.head.paper and len(drawing.panels) == 1  # its caption is Word's
    over, around = (0, 0.6) if bare else (0.3, 0.75)
    with context({"font.size": 9 if columns == 1 else 7.5}):
        figure = _figure(drawing.head, wide * columns, (wide + over) * rows + around)
        whole = figure.get_size_inches()[1]
        for place, (name, districts) in enumerate(drawing.panels):
            row, column = divmod(place, columns)
            bottom = 0.4 + (rows - 1 - row) * (wide + over)
            axes = figure.add_axes((column / columns, bottom / whole, 1 / columns, wide / whole))
            axes.set_title(name if len(drawing.panels) > 1 else "", fontweight="bold")
            _districts(axes, _shapes(paths.UNITS / drawing.boundaries), districts)
        _legend(figure, _meanings(drawing.panels))
    return figure


def _meanings(panels):
    """A patch for each look on the maps, in the order of the words."""
    used = {look for _, districts in panels for _, _, look in districts}
    every = dict.fromkeys([*VERDICTS.values(), *STANDINGS.values(), *HOSTS.values()])
    return [
        Patch(**_fill(look), linewidth=0.7, label=f"{look.shape} {look.word}")
        for look in every
        if look in used
    ]


def _fill(look):
    colours = {"facecolor": look.fill_colour, "edgecolor": LINE, "hatchcolor": LINE}
    return colours | {"hatch": look.hatch}


def _districts(axes, shapes, districts):
    """Fill the axes with the districts, north up, each with its name and the shape of its look."""
    axes.set_axis_off()
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
    for code, name, look in districts:
        district = shapes[code]
        words = f"{look.shape} {name}"
        filled = _fill(look) | {"edgecolor": DARK, "linewidth": 0.6}
        axes.add_patch(PathPatch(district.outline, **filled))
        if district.beside is None:
            axes.text(*district.point, words, ha="center", va="center", bbox=halo)
            continue
        line = np.stack([district.point, district.beside]).T
        axes.plot(*line, color=DARK, linewidth=0.9, marker="o", markevery=[0], markersize=3.5)
        axes.text(*district.beside, words, ha="left", va="center", bbox=halo)
    axes.set_aspect("equal")
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + (right - left) * 0.22)  # room for the names beside


def _on_map(districts, paper):
    """The names as maps print them: a town by its kind, too, which may bear the province's name."""
    towns = districts.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("")
    names = towns + districts["name"]
    return names.map(one_tone) if paper else names


class District(NamedTuple):
    """An outline, a point inside it, and where the name stands if not there: longitudes shortened
    by the latitude.
    """

    outline: Shape
    point: np.ndarray
    beside: np.ndarray | None


@cache
def _shapes(path):
    """The boundaries by district code; points without a property `point` are the middle of the
    first ring.
    """
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    outlines = [_rings(**feature["geometry"]) for feature in features]
    latitudes = [ring[:, 1].mean() for rings in outlines for ring in rings]
    scale = np.array([cos(radians(np.mean(latitudes))), 1])
    shapes = {}
    for rings, feature in zip(outlines, features, strict=True):
        about = feature["properties"]
        closed = [Shape(ring * scale, closed=True) for ring in rings]
        point = about.get("point", rings[0].mean(axis=0))
        beside = about.get("label")
        shapes[about["district_code"]] = District(
            Shape.make_compound_path(*closed),
            point * scale,
            None if beside is None else beside * scale,
        )
    return shapes


def _rings(type, coordinates):
    polygons = coordinates if type == "MultiPolygon" else [coordinates]
    return [np.array(ring) for polygon in polygons for ring in polygon]


# ---- the canvas ----------------------------------------------------------------------------------


def _style(paper):
    """What to draw by, whatever the user's own settings are."""
    _own_faces()
    return ["default", STYLE, PAPER if paper else {}]


@cache
def _own_faces():
    """Put our files and those of matplotlib before all that is here under the same names."""
    manager = font_manager.fontManager
    matplotlibs = Path(get_data_path(), "fonts", "ttf")
    others = manager.ttflist
    manager.ttflist = []
    for file in sorted([*paths.FONTS.glob("*.ttf"), *matplotlibs.glob("DejaVuSans*.ttf")]):
        manager.addfont(file)
    manager.ttflist += others


def _figure(head, width, height):
    """An empty figure of that size in inches, its title above and the marks in the upper right
    corner.

    It is higher where these need more than a line.
    """
    title = "" if head.paper else _within([head.title], width - 2 * GAP, **BOLD)[0]
    marks = " · ".join(head.marks)
    if _widest([title], **BOLD) + _widest([marks], **BOLD) + 3 * GAP > width:
        under = "\n" * (title.count("\n") + bool(title))
        marks = under + "\n".join(head.marks)
    height += HIGH * max(title.count("\n"), marks.count("\n"))
    figure = Figure((width, height), dpi=200 if head.paper else 110, facecolor="white")
    FigureCanvasAgg(figure)
    top = {"y": 1 - 0.06 / height, "va": "top"} | BOLD
    figure.text(x=0.08 / width, s=title, **top)
    figure.text(x=1 - 0.08 / width, s=marks, color=MARK, ha="right", **top)
    return figure


def _named_rows(drawing):
    """A figure and its axes with a named row for each bar, from the top, and words in their colour
    beside it.
    """
    width = 6.3 if drawing.head.paper else 8.6
    names = [fill(row.name, 30) for row in drawing.rows]
    left = _widest(names, **BOLD) + 2 * GAP
    words = _within([row.words for row in drawing.rows], width - left - LEAST - 2 * GAP)
    right = _widest(words) + 2 * GAP
    lines = 1 + max((text.count("\n") for text in [*names, *words]), default=0)
    high = 0.05 + 0.15 * (lines + 1) * len(names)
    figure = _figure(drawing.head, width, 1.1 + high)
    height = figure.get_size_inches()[1]
    wide = 1 - (left + right) / width
    axes = figure.add_axes((left / width, 0.65 / height, wide, high / height))
    for at, row in enumerate(drawing.rows):
        _lines(axes, at, names[at], -GAP, ha="right", name=f"row-{at}-")
        _lines(axes, at, words[at], GAP, ha="left", color=row.colour)
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _lines(axes, at, words, aside, name="", **look):
    """Words beside a row, `aside` inches from the nearer end of the axes; each line stands by
    itself, called `name` and its number.

    Several in one text would be placed by the width that they have here.
    """
    lines = words.split("\n")
    for line, text in enumerate(lines):
        up = 0.15 * ((len(lines) - 1) / 2 - line)
        place = offset_copy(axes.get_yaxis_transform(), axes.figure, x=aside, y=up)
        drawn = axes.text(aside > 0, at, text, va="center", transform=place, **look)
        drawn.set_gid(f"{name}{line}" if name else None)


def _within(texts, room, **style):
    """The texts in lines that are no wider than so many inches, about."""
    wide = _widest(texts, **style)
    if wide <= room:
        return texts
    letters = int(max(map(len, texts)) * room / wide)
    return [fill(text, letters) for text in texts]


def _widest(texts, **style):
    """How wide the widest of the texts is in inches, in the style that holds."""
    scratch = Figure()
    FigureCanvasAgg(scratch)
    widths = [scratch.text(0, 0, text, **style).get_window_extent().width for text in texts]
    return max(widths, default=0.0) / scratch.dpi


def _legend(figure, handles):
    place = {
        "loc": "lower center",
        "ncols": len(handles),
        "frameon": False,
        "handleheight": 1.1,
        "handlelength": 1.3,
        "handletextpad": 0.5,
        "columnspacing": 1.2,
    }
    if handles:
        figure.legend(handles=handles, **place)


class _Renderer(RendererSVG):
    """matplotlib's, but for hatching, which it draws as a pattern: browsers print that soft and
    pale.
    """

    def draw_path(self, gc, path, transform, rgbFace=None):
        hatch = gc.get_hatch()
        plain = self.new_gc()
        plain.copy_properties(gc)
        plain.set_hatch(None)
        super().draw_path(plain, path, transform, rgbFace)
        if hatch:
            plain.set_clip_path(TransformedPath(path, transform))
            plain.set_linewidth(gc.get_hatch_linewidth())
            plain.set_foreground(gc.get_hatch_color())
            lines = _slanting(path.get_extents(transform), 24 / len(hatch))
            super().draw_path(plain, lines, IdentityTransform())


def _slanting(box, step):
    """Lines from below left to above right through a box, each so many points from the next."""
    first = np.ceil((box.x0 - box.y1) / step)
    lines = [
        Shape([(across + box.y0, box.y0), (across + box.y1, box.y1)])
        for across in np.arange(first, (box.x1 - box.y0) / step) * step
    ]
    return Shape.make_compound_path(*lines)


@lru_cache(256)
def _svg(drawing):
    """matplotlib's SVG without its remarks, to a tenth of a point, the faces named once."""
    buffer = StringIO()
    with context(_style(drawing.head.paper)):
        figure = _figure_of(drawing)
        figure.dpi = 72
        width, height = figure.get_size_inches()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        renderer = _Renderer(width * 72, height * 72, buffer, metadata=nothing)
        figure.draw(renderer)
        renderer.finalize()
    text = re.sub(r"<[?!].*?>|<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)
    text = re.sub(r"\s*(<[^>]*>)\s*", _short, text)
    text = re.sub(r"; font-family: [^;\"]*|" + _NOTHING, "", text)
    size = f'font-family="{FACES}" width="{width * 110:.0f}" height="{height * 110:.0f}"'
    return re.sub(r'(?<=<svg )(.*?)width="[^"]*" height="[^"]*"', rf"\1{size}", text, count=1)


# In matplotlib's SVG: turned by nothing, and names that nobody refers to.
_NOTHING = r' transform="rotate\(-0 [^"]*"| id="[\w.]+_\d+"'


def _short(tag):
    """A tag with numbers to a tenth, and without the letter of lines, which go on by themselves."""
    written = " ".join(tag[1].split())
    if " C " not in written:
        written = written.replace(" L ", " ")
    return re.sub(r"([ \"]-?\d+)(?:\.0|(\.\d))\d*(?=[ \"])", r"\1\2", written)
