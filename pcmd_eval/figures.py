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
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from html import escape
from io import BytesIO, StringIO
from math import cos, radians
from pathlib import Path
from textwrap import fill
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import font_manager, get_data_path
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Shape
from matplotlib.style import context
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform, Transform, TransformedPath, offset_copy

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.changes import amount, for_people
from pcmd_eval.show import Shown, printed, show
from pcmd_eval.spelling import one_tone
from pcmd_eval.words import HOSTS, STANDINGS, VERDICTS, Look, at_least, number

DARK, LINE, MARK = "#404040", "#595959", "#A34700"
SURE = {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7}
POSSIBLE = {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7}
BAR = {"height": 0.62, "clip_on": False}
PAIRED = {"height": 0.32, "clip_on": False}  # of two years, one over the other
HOLLOW = {"facecolor": "white", "edgecolor": DARK, "linewidth": 1.0}
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


class Head(NamedTuple):
    """What every picture says of itself, and whether it is for paper."""

    title: str
    marks: tuple[str, ...]
    paper: bool


class Row(NamedTuple):
    """A bar: its name, what stands beside it, how long its parts are, and the mark of what is
    needed.

    With `before`, that of the year before stands hollow above it.
    """

    name: str
    said: str
    colour: str
    sure: float
    possible: float = 0.0
    needed: float | None = None
    before: float | None = None


class Bars(NamedTuple):
    """What bars are drawn from; `legend`: what the sure and the possible part are called, and the
    mark.
    """

    head: Head
    rows: tuple[Row, ...]
    limit: float
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[str, ...] = ()


class Maps(NamedTuple):
    """What maps are drawn from: title of each and its districts by code, name and look; boundaries,
    and whose.
    """

    head: Head
    panels: tuple[tuple[str, tuple[tuple[str, str, Look], ...]], ...]
    boundaries: str
    credit: str


Drawing = Bars | Maps
_one = Lock()  # matplotlib draws in one thread at a time


class Picture(Shown):
    """A drawing with rows of one's own, as SVG (`html`) or PNG, and the words for those who do not
    see it.
    """

    def __init__(self, drawing: Drawing, alt: str, own: Sequence[int] = ()) -> None:
        self.drawing, self.alt, self.own, self.kind = drawing, alt, own, "picture"
        self.text = alt

    @cached_property
    def svg(self) -> str:
        """For a screen: text is text."""
        text = draw(self.drawing)
        for at in self.own:
            text = text.replace(f'id="row-{at}-', f'font-weight="bold" id="row-{at}-')
        return text

    @cached_property
    def html(self) -> str:
        """An image, in which nothing can run."""
        address = f"data:image/svg+xml;base64,{b64encode(self.svg.encode()).decode()}"
        image = f'<img src="{address}" alt="{escape(self.alt)}">'
        said = "Số liệu của hình: bảng đi kèm; của cả bộ: findings.csv, indicators.csv."
        if credit := getattr(self.drawing, "credit", ""):
            said = f"{said} Ranh giới: {credit}."
        picture = f'<div class="picture" role="group" tabindex="0" aria-label="Hình">{image}</div>'
        return f'{picture}<p class="small" style="font-size:90%">{escape(said)}</p>'

    @cached_property
    def png(self) -> bytes:
        """For Word: no reader of its documents shows SVG alike."""
        buffer, options = BytesIO(), {"metadata": {"Software": None}}
        with _one, context(_style(self.drawing.head.paper)):
            figure = _figure_of(self.drawing)
            for text in figure.findobj(lambda part: bool(part.get_gid())):
                if int(text.get_gid().split("-")[1]) in self.own:
                    text.set_fontweight("bold")
            figure.savefig(buffer, format="png", **options, pil_kwargs={"compress_level": 3})
        return buffer.getvalue()


def draw(drawing: Drawing) -> str:
    """The SVG of a drawing; a process of the batch asks the one that started it, see `making`."""
    with _one:
        return _svg(drawing)


class District(NamedTuple):
    """An outline, a point inside it, and where the name stands if not there: longitudes shortened
    by the latitude.
    """

    outline: Shape
    point: np.ndarray
    beside: np.ndarray | None


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
    shares = bool(rows.total.notna().any())
    alone = rows.unit_code.nunique() == 1 < len(rows)
    rows = rows[(rows.total > 0).fillna(False) | (not (alone and shares))].reset_index(drop=True)
    known = rows[["high", "needed"]].notna().any(axis=None) or (rows.low > 0).any()
    if not known:
        return show("Không có chỉ tiêu nào tính được nên không vẽ biểu đồ; xem bảng.")
    names = [*(rows.objective.map(case.names) if alone else rows.unit_name)]
    looks = [VERDICTS[verdict] for verdict in rows.verdict]
    said = zip(looks, case.counted(rows), strict=True)
    beside = [f"{look.shape} {look.word}\N{NO-BREAK SPACE} {count}" for look, count in said]
    colours = [look.text_colour for look in looks]
    low, high, needed = _lengths(rows, shares)
    drawn = tuple(map(Row, names, beside, colours, low, (high - low).clip(0), needed))
    limit, ticks = (1, SHARES) if shares else _counting([*high, *filter(None, needed)])
    legend = ("chắc chắn", "có thể", "cần đạt")
    drawing = Bars(_head(case, title, paper), drawn, limit, ticks, legend)
    own = [] if alone else [*np.flatnonzero(rows.unit_code == case.unit)]
    return _picture(drawing, f"Biểu đồ. {title}. {_grouped(looks, names)}", own)


SHARES = tuple((at / 4, f"{at / 4:.0%}") for at in range(5))


def _lengths(rows: pd.DataFrame, shares: bool) -> tuple[pd.Series, pd.Series, list[float | None]]:
    """How long the sure part is, both parts are, and where the mark of what is needed stands."""
    whole, most = pd.Series(1, rows.index, dtype="Int64"), rows.high
    if shares:
        whole, most = rows.total.where(rows.total > 0), rows.high.fillna(rows.total)
    low, high = (
        (part / whole).fillna(0).astype(float) for part in (rows.low, most.fillna(rows.low))
    )
    needed = [None if pd.isna(part) else float(part) for part in rows.needed / whole]
    return low, high, needed


def _counting(lengths: list[float]) -> tuple[int, tuple[tuple[int, str], ...]]:
    """Where an axis of counts ends, and about five ticks on it."""
    limit = int(max([1, *lengths]))
    return limit, tuple((at, number(at)) for at in range(0, limit + 1, -(-limit // 5)))


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False) -> Picture:
    """A bar for each row of `case.figures`, with its words beside it: a dash and no bar where
    nothing is known.

    A sum that is not complete reads "ít nhất" and has a hatched end. Rows of one unit alone are
    named by what they count. A series gives a bar for each of its numbers instead.
    """
    figured = isinstance(numbers, pd.DataFrame)
    rows = numbers.reset_index(drop=True) if figured else _numbered(numbers, case)
    alone = rows.unit_name.nunique() == 1 < len(rows)
    if figured:
        rows = rows.assign(words=_own_words(rows, case))
    names, said = rows.label if alone else rows.unit_name, rows.words.map(at_least)
    value, open_ = rows.value.fillna(0).astype(float), rows.state == "incomplete"
    more = (open_ * max(value.max(), 1) / 20).astype(float)
    limit = float((value + more).max()) * 1.05 or 1.0
    legend = ("đã biết", "chưa đủ số liệu (không theo tỷ lệ)") if open_.any() else ()
    drawn = tuple(map(Row, names, said, [DARK] * len(rows), value, more))
    told = "; ".join(f"{row.name}: {row.said}" for row in drawn)
    drawing = Bars(_head(case, title, paper), drawn, limit, _ticks(limit), legend)
    return _picture(drawing, f"Biểu đồ. {title}. {told}.")


def years(changed: pd.DataFrame, case: Case, title: str, paper: bool = False) -> Picture | Shown:
    """Of each row of `case.changes` the year before hollow and this year solid, in the order given;
    words beside.

    A hatched end where this year is not complete. No arrow and no colour says what is good. A
    sentence where no row has a year before.
    """
    rows = changed[changed.before.notna()].fillna({"now": "–"})
    if rows.empty:
        return show("Không có số liệu năm trước nên không vẽ biểu đồ.")
    alone = rows.unit_code.nunique() == 1 < len(rows)
    names = rows.label if alone else rows.unit_name
    was, now = rows.before.map(_length), rows.now.map(_length)
    limit = max(*was, *now, 1.0) * 1.05
    more = rows.now.str.endswith("*") * limit / 20
    said = for_people(rows, case.plan)["So sánh"].str.split(": ").str[0].set_axis(rows.index)
    beside = rows.before + " và " + rows.now + ": " + said
    drawn = tuple(map(Row, names, beside, [DARK] * len(rows), now, more, [None] * len(rows), was))
    legend = (f"năm {case.year}", f"năm {case.plan.previous.year}")
    legend += ("* chưa đủ số liệu",) if more.any() else ()
    told = "; ".join(f"{row.name}: {row.said}" for row in drawn)
    drawing = Bars(_head(case, title, paper), drawn, limit, _ticks(limit), legend)
    return _picture(drawing, f"Biểu đồ. {title}. {told}.")


def _ticks(limit: float) -> tuple[tuple[float, str], ...]:
    places = map(float, MaxNLocator(5, integer=True).tick_values(0, limit))
    return tuple((at, number(round(at))) for at in places if at <= limit)


def _length(printed: str) -> float:
    """How long a bar is that is printed as 2.510*, khoảng 120 or dưới 5: the last has none."""
    digits = printed.removeprefix("khoảng ").rstrip("*")
    return float(amount(digits)) if digits[:1].isdigit() else 0.0


def _own_words(rows: pd.DataFrame, case: Case) -> pd.Series:
    """The words of rows of `case.figures`; where somebody put another value there, that number."""
    key = ["unit_code", "item"]
    filed = case.figures.set_index(key).value.reindex(pd.MultiIndex.from_frame(rows[key]))
    changed = rows.value.notna() & (rows.value != filed.array).fillna(True)
    texts = printed(rows[["value"]], case).iloc[:, 0] + rows.state.map({"incomplete": "*"}).fillna(
        ""
    )
    return rows.words.mask(changed, texts)


def _numbered(numbers: pd.Series, case: Case) -> pd.DataFrame:
    """The numbers of a series as the bars take them, named by its index."""
    named = numbers.rename("total").rename_axis(numbers.index.name or "unit_name").to_frame()
    texts = printed(named, case)
    frame = {"unit_name": texts.iloc[:, 0], "words": texts.iloc[:, 1], "value": [*numbers]}
    return pd.DataFrame(frame).assign(label=texts.iloc[:, 0], state="").astype({"value": "Float64"})


def district_map(
    findings: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """A map of the districts' verdicts, one for each objective that the plan gives them.

    A series by district code draws True, False and <NA> instead, in the looks of its name. A
    sentence where there is nothing to draw.
    """
    panels = _panels(findings, case, title)
    if not case.plan.units.boundaries or not panels:
        return show(
            "Không có ranh giới hoặc không có kết luận theo đơn vị nên không vẽ bản đồ; xem bảng."
        )
    names, short = case.units.full_name, _on_map(case.plan.districts, paper)
    maps, said = [], []
    for name, looks in panels.items():
        maps.append((name, tuple((code, short[code], look) for code, look in looks.items())))
        said.append(f"{name}: {_grouped(looks.values(), names[[*looks]])}")
    units = case.plan.units
    drawing = Maps(_head(case, title, paper), tuple(maps), units.boundaries, units.credit)
    return _picture(drawing, f"Bản đồ. {title}. {' '.join(said)}")


def _panels(
    findings: pd.DataFrame | pd.Series, case: Case, title: str
) -> dict[str, dict[str, Look]]:
    """The looks of the districts by code, under the title of each map."""
    districts = case.plan.districts.index
    if isinstance(findings, pd.Series):
        held, looks = (
            findings.reindex(districts).astype("boolean"),
            HOSTS if findings.name == "hosts" else STANDINGS,
        )
        return {
            title: {
                code: looks[None if pd.isna(value) else bool(value)] for code, value in held.items()
            }
        }
    rows = findings[findings.unit_code.isin(districts) & (findings.verdict != "not_applicable")]
    groups = rows.groupby("objective", sort=False)
    return {
        case.names[slug]: dict(zip(own.unit_code, own.verdict.map(VERDICTS), strict=True))
        for slug, own in groups
    }


def _head(case: Case, title: str, paper: bool) -> Head:
    return Head(title, tuple(case.marks), paper)


def _picture(drawing: Drawing, alt: str, own: Sequence[int] = ()) -> Picture:
    return Picture(drawing, "".join(f"{mark}. " for mark in drawing.head.marks) + alt, own)


def _grouped(looks: Iterable[Look], names: Iterable[str]) -> str:
    """Names under the word of their look: Đạt: A, B. Chưa đạt: C."""
    by_word: dict[str, list[str]] = {}
    for look, name in zip(looks, names, strict=True):
        by_word.setdefault(look.word, []).append(name)
    return " ".join(f"{word}: {', '.join(said)}." for word, said in by_word.items())


# ---- from a drawing to a figure ------------------------------------------------------------------


def _figure_of(drawing: Drawing) -> Figure:
    return _bars(drawing) if isinstance(drawing, Bars) else _maps(drawing)


def _bars(drawing: Bars) -> Figure:
    figure, axes = _rows(drawing)
    for at, row in enumerate(drawing.rows):
        place, bar = (at, BAR) if row.before is None else (at + 0.18, PAIRED)
        if row.before:
            axes.barh(at - 0.18, row.before, **PAIRED, **HOLLOW)
        if row.sure:
            axes.barh(place, row.sure, **bar, **SURE)
        if row.possible:
            axes.barh(place, row.possible, left=row.sure, **bar, **POSSIBLE)
        if row.needed is not None:
            asked = {"colors": MARK, "linewidth": 3, "clip_on": False, "zorder": 3}
            axes.vlines(row.needed, at - 0.4, at + 0.4, **asked)
    axes.set_xlim(0, drawing.limit)
    axes.set_xticks(*zip(*drawing.ticks, strict=True))
    paired = any(row.before is not None for row in drawing.rows)
    looks = (SURE, HOLLOW, POSSIBLE) if paired else (SURE, POSSIBLE)
    handles = [
        Patch(**look, label=words) for words, look in zip(drawing.legend, looks, strict=False)
    ]
    handles += [Line2D([], [], **NEEDED, label=words) for words in drawing.legend[len(looks) :]]
    _legend(figure, handles)
    return figure


def _maps(drawing: Maps) -> Figure:
    shapes, panels = _shapes(paths.UNITS / drawing.boundaries), drawing.panels
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    wide = (6.3 if drawing.head.paper else 8.6) / 2 * (1 if columns == 2 else 1.4)
    with context({"font.size": 9 if columns == 1 else 7.5}):
        figure = _figure(drawing.head, wide * columns, (wide + 0.3) * rows + 0.75)
        whole = figure.get_size_inches()[1]
        for place, (name, districts) in enumerate(panels):
            row, column = divmod(place, columns)
            bottom = 0.4 + (rows - 1 - row) * (wide + 0.3)
            axes = figure.add_axes((column / columns, bottom / whole, 1 / columns, wide / whole))
            axes.set_title(name if len(panels) > 1 else "", fontweight="bold")
            _districts(axes, shapes, districts)
        used = {look for _, districts in panels for _, _, look in districts}
        every = [*VERDICTS.values(), *STANDINGS.values(), *HOSTS.values()]
        known = dict.fromkeys(look for look in every if look in used)
        styles = [_fill(look) | {"linewidth": 0.7} for look in known]
        words = [f"{look.shape} {look.word}" for look in known]
        _legend(figure, [Patch(**s, label=w) for s, w in zip(styles, words, strict=True)])
    return figure


def _fill(look: Look) -> dict[str, Any]:
    colours = {"facecolor": look.fill_colour, "edgecolor": LINE, "hatchcolor": LINE}
    return colours | {"hatch": look.hatch}


def _districts(
    axes: Axes, shapes: Mapping[str, District], districts: Iterable[tuple[str, str, Look]]
) -> None:
    """Fill the axes with the districts, north up, each with its name and the shape of its look."""
    axes.set_axis_off()
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
    for code, name, look in districts:
        district, said = shapes[code], f"{look.shape} {name}"
        filled = _fill(look) | {"edgecolor": DARK, "linewidth": 0.6}
        axes.add_patch(PathPatch(district.outline, **filled))
        if district.beside is None:
            axes.text(*district.point, said, ha="center", va="center", bbox=halo)
        else:
            line = np.stack([district.point, district.beside]).T
            axes.plot(*line, color=DARK, linewidth=0.9, marker="o", markevery=[0], markersize=3.5)
            axes.text(*district.beside, said, ha="left", va="center", bbox=halo)
    axes.set_aspect("equal")
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + (right - left) * 0.22)  # room for the names beside


def _on_map(districts: pd.DataFrame, paper: bool) -> pd.Series:
    """The names as maps print them: a town by its kind, too, which may bear the province's name."""
    towns = districts.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("")
    names = towns + districts["name"]
    return names.map(one_tone) if paper else names


@cache
def _shapes(path: Path) -> dict[str, District]:
    """The boundaries by district code; points without a property `point` are the middle of the
    first ring.
    """
    features, found = json.loads(path.read_text(encoding="utf-8"))["features"], {}
    rings = [_rings(**feature["geometry"]) for feature in features]
    scale = np.array(
        [cos(radians(np.mean([ring[:, 1].mean() for own in rings for ring in own]))), 1]
    )
    for own, about in zip(rings, (feature["properties"] for feature in features), strict=True):
        outline = Shape.make_compound_path(*(Shape(ring * scale, closed=True) for ring in own))
        point, beside = about.get("point", own[0].mean(axis=0)), about.get("label")
        found[about["district_code"]] = District(
            outline, point * scale, None if beside is None else beside * scale
        )
    return found


def _rings(type: str, coordinates: list) -> list[np.ndarray]:
    return [
        np.array(ring)
        for part in (coordinates if type == "MultiPolygon" else [coordinates])
        for ring in part
    ]


# ---- the canvas ----------------------------------------------------------------------------------


def _style(paper: bool) -> list[str | dict[str, Any]]:
    """What to draw by, whatever the user's own settings are."""
    _own_faces()
    return ["default", STYLE, PAPER if paper else {}]


@cache
def _own_faces() -> None:
    """Put our files and those of matplotlib before all that this machine has under the same names."""
    manager, matplotlibs = font_manager.fontManager, Path(get_data_path(), "fonts", "ttf")
    others, manager.ttflist = manager.ttflist, []
    for file in sorted([*paths.FONTS.glob("*.ttf"), *matplotlibs.glob("DejaVuSans*.ttf")]):
        manager.addfont(file)
    manager.ttflist += others


def _figure(head: Head, width: float, height: float) -> Figure:
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


def _rows(drawing: Bars) -> tuple[Figure, Axes]:
    """A figure and its axes with a named row for each bar, from the top, and words in their colour
    beside it.
    """
    width = 6.3 if drawing.head.paper else 8.6
    names = [fill(row.name, 30) for row in drawing.rows]
    left = _widest(names, **BOLD) + 2 * GAP
    said = _within([row.said for row in drawing.rows], width - left - LEAST - 2 * GAP)
    right = _widest(said) + 2 * GAP
    lines = 1 + max((words.count("\n") for words in [*names, *said]), default=0)
    high = 0.05 + 0.15 * (lines + 1) * len(names)
    figure = _figure(drawing.head, width, 1.1 + high)
    height = figure.get_size_inches()[1]
    axes = figure.add_axes((left / width, 0.65 / height, 1 - (left + right) / width, high / height))
    for at, row in enumerate(drawing.rows):
        _lines(axes, at, names[at], -GAP, "right", f"row-{at}-")
        _lines(axes, at, said[at], GAP, "left", color=row.colour)
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _lines(axes: Axes, at: int, words: str, aside: float, ha: str, gid: str = "", **look: Any):
    """Words beside a row, `aside` inches from the nearer end of the axes; each line stands by
    itself.

    Several in one text would be placed by the width that they have here.
    """
    lines = words.split("\n")
    for line, text in enumerate(lines):
        up = 0.15 * ((len(lines) - 1) / 2 - line)
        place = offset_copy(axes.get_yaxis_transform(), axes.figure, x=aside, y=up)
        named = {"gid": f"{gid}{line}"} if gid else {}
        axes.text(aside > 0, at, text, ha=ha, va="center", transform=place, **named, **look)


def _within(texts: list[str], room: float, **style: Any) -> list[str]:
    """The texts in lines that are no wider than so many inches, about."""
    wide = _widest(texts, **style)
    longest = max(map(len, texts), default=0)
    return texts if wide <= room else [fill(text, int(longest * room / wide)) for text in texts]


def _widest(texts: list[str], **style: Any) -> float:
    """How wide the widest of the texts is in inches, in the style that holds."""
    scratch = Figure()
    FigureCanvasAgg(scratch)
    widths = [scratch.text(0, 0, text, **style).get_window_extent().width for text in texts]
    return max(widths, default=0.0) / scratch.dpi


def _legend(figure: Figure, handles: list[Any]) -> None:
    place = {
        "loc": "lower center",
        "frameon": False,
        "handlelength": 1.3,
        "handletextpad": 0.5,
        "columnspacing": 1.2,
    }
    if handles:
        figure.legend(handles=handles, ncols=len(handles), handleheight=1.1, **place)


class _Renderer(RendererSVG):
    """matplotlib's, but for hatching, which it draws as a pattern: browsers print that soft and
    pale.
    """

    def draw_path(
        self, gc: GraphicsContextBase, path: Shape, transform: Transform, rgbFace: Any = None
    ) -> None:
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


def _slanting(box: Any, step: float) -> Shape:
    """Lines from below left to above right through a box, each so many points from the next."""
    first, last = np.ceil((box.x0 - box.y1) / step), (box.x1 - box.y0) / step
    across = np.arange(first, last) * step
    bottom, top = (np.stack([across + y, np.full_like(across, y)], 1) for y in (box.y0, box.y1))
    ends = np.stack([bottom, top], 1).reshape(-1, 2)
    return Shape(ends, np.tile([Shape.MOVETO, Shape.LINETO], len(across)))


@lru_cache(256)
def _svg(drawing: Drawing) -> str:
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
    text = re.sub(r"; font-family: [^;\"]*", "", re.sub(r"\s*(<[^>]*>)\s*", _short, text))
    size = f'font-family="{FACES}" width="{width * 110:.0f}" height="{height * 110:.0f}"'
    return re.sub(r'(?<=<svg )(.*?)width="[^"]*" height="[^"]*"', rf"\1{size}", text, count=1)


def _short(tag: re.Match[str]) -> str:
    """A tag with numbers to a tenth, and without the letter of lines, which go on by themselves."""
    said = " ".join(tag[1].split())
    said = said if " C " in said else said.replace(" L ", " ")
    return re.sub(r"( -?\d+\.\d)\d+(?= )", r"\1", said)
