"""Lines over three or more years: each with its own dash, marker and name, so that grey will do."""

from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pcmd_eval.analysis.chart_style import (
    BOLD,
    DARK,
    GAP,
    LINE,
    Head,
    add_legend,
    empty_figure,
    widest,
)

LINE_STYLES = (
    {"color": "#404040", "marker": "o", "linestyle": "-"},
    {"color": "#0072B2", "marker": "s", "linestyle": "--"},
    {"color": "#A34700", "marker": "^", "linestyle": "-."},
    {"color": "#007A5E", "marker": "D", "linestyle": ":"},
    {"color": "#7A4B8C", "marker": "v", "linestyle": (0, (5, 1))},
    {"color": "#595959", "marker": "P", "linestyle": (0, (1, 1))},
)


_HANDLE = 3.2  # letters: a dash shows its pattern


class LinePoint(NamedTuple):
    """A value of a year; hollow where it is not comparable with the newest year."""

    year: int
    value: float
    is_comparable: bool


class LineRow(NamedTuple):
    """A line; `words`: its values year by year, for the alternative text."""

    name: str
    words: str
    points: tuple[LinePoint, ...]


class Lines(NamedTuple):
    """The lines of a chart and its years."""

    head: Head
    rows: tuple[LineRow, ...]
    years: tuple[int, ...]


def draw_lines(drawing: Lines) -> Figure:
    """Return the figure of at most six lines: values from 0, markers hollow if not comparable."""
    width = 6.3 if drawing.head.paper else 8.6
    names = [row.name for row in drawing.rows]
    right = widest(names, **BOLD) + 6 * GAP
    figure = empty_figure(drawing.head, width, 4.2)
    height = figure.get_size_inches()[1]
    axes = figure.add_axes((0.7 / width, 0.7 / height, 1 - (0.7 + right) / width, 3.0 / height))
    highest = max(point.value for row in drawing.rows for point in row.points)
    top = max(1, highest) * 1.06  # a marker at the top is whole
    axes.set_ylim(0, top)
    lines = {
        row: _draw_line(axes, row, style)
        for row, style in zip(drawing.rows, LINE_STYLES, strict=False)
    }
    # Named from the highest end down, with dash and marker: names at near ends would overlap.
    order = sorted(lines, key=lambda row: row.points[-1].value, reverse=True)
    named = {"handles": [lines[row] for row in order], "labels": [row.name for row in order]}
    axes.legend(
        **named, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, handlelength=_HANDLE
    )
    axes.set_xticks(drawing.years, [str(year) for year in drawing.years])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", "."))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    add_legend(figure, _list_series(drawing.rows))
    return figure


def _draw_line(axes, row, style):
    """Draw a line with its markers; return what stands for it in the legend."""
    years, values, _ = zip(*row.points, strict=True)
    axes.plot(years, values, color=style["color"], linestyle=style["linestyle"], linewidth=1.6)
    for year, value, is_comparable in row.points:
        face = style["color"] if is_comparable else "white"
        mark = {"marker": style["marker"], "markersize": 6, "markerfacecolor": face}
        axes.plot([year], [value], color=style["color"], linestyle="none", **mark)
    return Line2D([], [], linewidth=1.6, markersize=6, **style)


def _list_series(rows):
    """Return the legend handles: the solid marker, and the hollow one where a row has it."""
    marks = {"marker": "o", "linestyle": "none", "color": DARK, "markersize": 6}
    handles = [Line2D([], [], **marks, label="so sánh được")]
    if not all(point.is_comparable for row in rows for point in row.points):
        hollow = marks | {"markerfacecolor": "white", "color": LINE}
        handles.append(Line2D([], [], **hollow, label="không so sánh được (xem bảng)"))
    return handles
