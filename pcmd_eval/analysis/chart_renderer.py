"""From a drawing, which is plain values, to its picture: bars in named rows, or maps of districts.

Nothing is told by colour alone, and the same drawing gives the same bytes: no global state of
matplotlib. On a screen a picture is SVG, in Word PNG.
"""

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from io import BytesIO
from math import cos, radians
from pathlib import Path
from textwrap import fill
from threading import Lock
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Shape
from matplotlib.style import context
from matplotlib.text import Text

from pcmd_eval.analysis.chart_style import (
    BOLD,
    DARK,
    GAP,
    LEAST,
    LINE,
    MARK,
    Head,
    add_legend,
    empty_figure,
    style,
    svg_of,
    widest,
    within,
    write_next_to_row,
)
from pcmd_eval.analysis.line_chart import Lines, draw_lines
from pcmd_eval.util import paths
from pcmd_eval.util.vocabulary import DisplayStyle

# The parts of a bar by their names in a `Row`, and the mark of what is needed.
BAR_STYLES = {
    "previous": {"facecolor": "white", "edgecolor": DARK, "linewidth": 1.0},
    "sure": {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7},
    "possible": {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7},
}
NEEDED = {"color": MARK, "marker": "|", "markersize": 12, "markeredgewidth": 3, "linestyle": "none"}


class BarRow(NamedTuple):
    """A bar: its name, the words beside it and their colour, how long its parts are, and the mark
    of what is needed.

    With `previous`, that of the previous year stands hollow above it.
    """

    name: str
    words: str
    colour: str = DARK
    sure: float = 0.0
    possible: float = 0.0
    needed: float | None = None
    previous: float | None = None


class Bars(NamedTuple):
    """The data of a bar chart; `legend`: names of `LOOKS`, or `needed`, each with its label."""

    head: Head
    rows: tuple[BarRow, ...]
    limit: float
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]


class Maps(NamedTuple):
    """Maps: the title of each and its units by code, label and style; the file of boundaries and
    its credit, or points (code, longitude, latitude); the styles of the legend.
    """

    head: Head
    panels: tuple[tuple[str, tuple[tuple[str, str, DisplayStyle], ...]], ...]
    boundaries: str
    credit: str
    points: tuple[tuple[str, float, float], ...]
    legend: tuple[DisplayStyle, ...]


Drawing = Bars | Maps | Lines
_one = Lock()  # matplotlib draws in one thread at a time


def svg(drawing: Drawing) -> str:
    """For a screen: text is text. Names of rows have ids, row-0- for the first."""
    with _one:
        return _svg(drawing)


@lru_cache(256)
def _svg(drawing):
    with context(style(drawing.head.paper)):
        return svg_of(_figure_of(drawing))


def png(drawing: Drawing, bold: Sequence[int]) -> bytes:
    """For Word: no reader of its documents shows SVG alike. The names of some rows are bold."""
    buffer = BytesIO()
    with _one, context(style(drawing.head.paper)):
        figure = _figure_of(drawing)
        for at in bold:
            for text in figure.findobj(Text):
                if str(text.get_gid()).startswith(f"row-{at}-"):
                    text.set_fontweight("bold")
        quick = {"compress_level": 3}
        figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs=quick)
    return buffer.getvalue()


def _figure_of(drawing):
    if isinstance(drawing, Maps):
        return _maps(drawing)
    if isinstance(drawing, Lines):
        return draw_lines(drawing)
    figure, axes = _named_rows(drawing)
    for at, row in enumerate(drawing.rows):
        aside, height = (0, 0.62) if row.previous is None else (0.18, 0.32)  # two years: two bars
        parts = {"previous": (-aside, 0), "sure": (aside, 0), "possible": (aside, row.sure)}
        for part, (bottom, start) in parts.items():
            if length := getattr(row, part):
                size = {"height": height, "clip_on": False}
                axes.barh(at + bottom, length, left=start, **size, **BAR_STYLES[part])
        if row.needed is not None:
            mark = {"colors": MARK, "linewidth": 3, "clip_on": False, "zorder": 3}
            axes.vlines(row.needed, at - 0.4, at + 0.4, **mark)
    axes.set_xlim(0, drawing.limit)
    axes.set_xticks(*zip(*drawing.ticks, strict=True))
    handles = []
    for part, words in drawing.legend:
        needed = part == "needed"
        handles.append(Line2D([], [], **NEEDED) if needed else Patch(**BAR_STYLES[part]))
        handles[-1].set_label(words)
    add_legend(figure, handles)
    return figure


def _named_rows(drawing):
    """Return a figure and its axes with a row for each bar, from the top: its name on the left, its
    text in the colour of the bar on the right.
    """
    width = 6.3 if drawing.head.paper else 8.6
    names = [fill(row.name, 30) for row in drawing.rows]
    left = widest(names, **BOLD) + 2 * GAP
    words = within([row.words for row in drawing.rows], width - left - LEAST - 2 * GAP)
    right = widest(words) + 2 * GAP
    lines = 1 + max((text.count("\n") for text in [*names, *words]), default=0)
    high = 0.05 + 0.15 * (lines + 1) * len(names)
    figure = empty_figure(drawing.head, width, 1.1 + high)
    height = figure.get_size_inches()[1]
    wide = 1 - (left + right) / width
    axes = figure.add_axes((left / width, 0.65 / height, wide, high / height))
    for at, row in enumerate(drawing.rows):
        write_next_to_row(axes, at, names[at], -GAP, ha="right", name=f"row-{at}-")
        write_next_to_row(axes, at, words[at], GAP, ha="left", color=row.colour)
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _maps(drawing):
    """Return a figure of square maps, two in a row, with the title above and a legend."""
    columns = min(2, len(drawing.panels))
    rows = -(-len(drawing.panels) // columns)
    # Inches: one of two maps, a map alone; a screen may be a telephone's.
    of_two, alone = (3.15, 4.41) if drawing.head.paper else (4.3, 5.2)
    wide = of_two if columns == 2 else alone
    bare = drawing.head.paper and len(drawing.panels) == 1  # its caption is Word's
    above_each, around_all = (0, 0.6) if bare else (0.3, 0.75)
    with context({"font.size": 9 if columns == 1 else 7.5}):
        figure = empty_figure(drawing.head, wide * columns, (wide + above_each) * rows + around_all)
        height = figure.get_size_inches()[1]
        for number, (name, districts) in enumerate(drawing.panels):
            row, column = divmod(number, columns)
            bottom = 0.4 + (rows - 1 - row) * (wide + above_each)
            axes = figure.add_axes((column / columns, bottom / height, 1 / columns, wide / height))
            axes.set_title(name if len(drawing.panels) > 1 else "", fontweight="bold")
            _draw_map(axes, drawing, districts)
        sign = _patch if drawing.boundaries else _sign
        add_legend(figure, [sign(style) for style in drawing.legend])
    return figure


def _draw_map(axes, drawing, districts):
    """Draw one map by its boundaries or points, with room for the labels next to it."""
    axes.set_axis_off()
    if drawing.boundaries:
        _districts(axes, shapes_of(paths.UNITS / drawing.boundaries), districts)
    else:
        _draw_points(axes, drawing.points, districts)
    axes.set_aspect("equal")
    left, right = axes.get_xlim()
    longest = max((len(label) for _, label, _ in districts), default=0)
    room = 0.22 * max(1.0, longest / 14)
    axes.set_xlim(left, right + (right - left) * room)


def _patch(style):
    return Patch(**_fill_options(style), linewidth=0.7, label=_words(style))


def _words(style):
    return f"{style.shape} {style.word}".strip()


def _sign(style):
    """Return the legend of a point: its sign in the word's colour, or the fill of a number."""
    if not style.shape:
        return _patch(style)
    return Line2D([], [], linestyle="none", color=style.text_colour, label=_words(style))


def _fill_options(look):
    colours = {"facecolor": look.fill_colour, "edgecolor": LINE, "hatchcolor": LINE}
    return colours | {"hatch": look.hatch}


_HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}


def _districts(axes, shapes, districts):
    """Fill the axes with the districts, north up, each with its label."""
    for code, label, look in districts:
        district = shapes[code]
        filled = _fill_options(look) | {"edgecolor": DARK, "linewidth": 0.6}
        axes.add_patch(PathPatch(district.outline, **filled))
        if district.label_point is None:
            axes.text(*district.point, label, ha="center", va="center", bbox=_HALO)
            continue
        line = np.stack([district.point, district.label_point]).T
        axes.plot(*line, color=DARK, linewidth=0.9, marker="o", markevery=[0], markersize=3.5)
        axes.text(*district.label_point, label, ha="left", va="center", bbox=_HALO)


def _draw_points(axes, points, units):
    """Draw each unit at its point, north up: the sign of its style, or a filled circle."""
    places = {code: np.array([x, y]) for code, x, y in points}
    units = [unit for unit in units if unit[0] in places]
    scale = np.array([cos(radians(np.mean([y for _, _, y in points]))), 1])
    spread = np.ptp([point * scale for point in places.values()], axis=0).max() or 1.0
    for code, label, look in units:
        x, y = places[code] * scale
        if look.shape:
            sign = {"color": look.text_colour, "ha": "center", "va": "center"}
            axes.text(x, y, look.shape, fontsize=11 if len(units) <= 60 else 8, **sign)
        else:
            circle = Shape.circle((x, y), spread / 60)
            axes.add_patch(PathPatch(circle, **(_fill_options(look) | {"edgecolor": DARK})))
        name = label.removeprefix(look.shape).strip()
        axes.text(x + spread / 45, y, name, ha="left", va="center")
    corners = np.array([point * scale for point in places.values()])
    for limits, values in ((axes.set_xlim, corners[:, 0]), (axes.set_ylim, corners[:, 1])):
        limits(values.min() - spread / 20, values.max() + spread / 20)


class District(NamedTuple):
    """An outline, a point inside it, and where the name stands if not there: all in degrees, those
    of longitude as much shorter as they are at this latitude.
    """

    outline: Shape
    point: np.ndarray
    label_point: np.ndarray | None


@cache
def shapes_of(path: Path) -> dict[str, District]:
    """Return the districts of a boundary file by code.

    The point of a district without the property `point` is the middle of its first ring.
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
        label = about.get("label")
        shapes[about["district_code"]] = District(
            Shape.make_compound_path(*closed),
            point * scale,
            None if label is None else label * scale,
        )
    return shapes


def _rings(type, coordinates):
    polygons = coordinates if type == "MultiPolygon" else [coordinates]
    return [np.array(ring) for polygon in polygons for ring in polygon]
