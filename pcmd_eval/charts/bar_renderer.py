"""Draw bar charts from plain values. Colour is never the only sign."""

from textwrap import fill
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pcmd_eval.charts.style import (
    BOLD,
    DARK,
    GAP,
    LEAST,
    LINE,
    Head,
    add_legend,
    empty_figure,
    widest,
    wrap_to,
    write_next_to_row,
)

# The parts of a bar by the fields of `BarRow` that hold their lengths, and the mark of `needed`.
BAR_STYLES: dict[str, dict[str, Any]] = {
    "sure": {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7},
    "possible": {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7},
}
NEEDED: dict[str, Any] = {
    "color": "black",
    "marker": "|",
    "markersize": 12,
    "markeredgewidth": 3,
    "linestyle": "none",
}


class BarRow(NamedTuple):
    """A bar in a row: `name` on its left, `words` on its right; `colour`: of the words and the bar.

    `sure`, `possible`: lengths of the solid and the hatched part; `needed`: the position of the
    mark of the needed number. None is not drawn.
    """

    name: str
    words: str
    colour: str = DARK
    sure: float = 0.0
    possible: float = 0.0
    needed: float | None = None


class Bars(NamedTuple):
    """The data of a bar chart.

    `limit`: the end of the axis, which begins at 0; `ticks`: positions with their labels; `axis`:
    what the axis measures; `legend`: keys of `BAR_STYLES`, or `needed`, with their labels.
    """

    head: Head
    rows: tuple[BarRow, ...]
    limit: float
    ticks: tuple[tuple[float, str], ...]
    axis: str
    legend: tuple[tuple[str, str], ...]


def draw_bars(drawing: Bars) -> Figure:
    """Return the figure of a bar chart."""
    figure, axes = _draw_row_names(drawing)
    for at, row in enumerate(drawing.rows):
        _draw_bar(axes, at, row)
    axes.set_xlim(0, drawing.limit)
    axes.set_xticks(*zip(*drawing.ticks, strict=True))
    axes.set_xlabel(drawing.axis)
    handles: list[Artist] = []
    for part, label in drawing.legend:
        handle: Artist = Line2D([], [], **NEEDED) if part == "needed" else Patch(**BAR_STYLES[part])
        handle.set_label(label)
        handles.append(handle)
    add_legend(figure, handles)
    return figure


def _draw_bar(axes: Axes, at: int, row: BarRow) -> None:
    """Draw the parts and the mark of one bar, centred at the height `at`."""
    for part, left, length in (("sure", 0, row.sure), ("possible", row.sure, row.possible)):
        if length:
            style = BAR_STYLES[part] | {"edgecolor": row.colour}
            style |= {"facecolor": row.colour} if part == "sure" else {"hatchcolor": row.colour}
            axes.barh(at, length, 0.62, left, clip_on=False, **style)
    if row.needed is not None:
        # Over a bar the mark has a white edge: printed in grey, the bar is as dark.
        white_edge = [("white", 5)] if row.sure > row.needed else []
        for colour, width in [*white_edge, (NEEDED["color"], 3)]:
            ends = at - 0.4, at + 0.4
            axes.vlines(row.needed, *ends, colour, linewidth=width, clip_on=False, zorder=3)


def _draw_row_names(drawing: Bars) -> tuple[Figure, Axes]:
    """Return a figure and its axes with the name and words of each row, but no bars yet.

    Texts are broken into lines, so that the axes are at least `LEAST` inches wide. Lengths are
    in inches.
    """
    width = 6.3 if drawing.head.is_for_word else 8.6
    names = [fill(row.name, 30) for row in drawing.rows]
    left = widest(names, **BOLD) + 2 * GAP
    words = wrap_to([row.words for row in drawing.rows], width - left - LEAST - 2 * GAP)
    right = widest(words) + 2 * GAP
    lines_per_row = 1 + max((text.count("\n") for text in [*names, *words]), default=0)
    rows_height = 0.05 + 0.15 * (lines_per_row + 1) * len(names)
    below = 0.65 + (0.2 if drawing.axis else 0)
    figure = empty_figure(drawing.head, width, below + 0.45 + rows_height)
    height = figure.get_size_inches()[1]
    axes_width = 1 - (left + right) / width
    axes = figure.add_axes((left / width, below / height, axes_width, rows_height / height))
    for at, row in enumerate(drawing.rows):
        write_next_to_row(axes, at, names[at], -GAP, ha="right", name=f"row-{at}-")
        write_next_to_row(axes, at, words[at], GAP, ha="left", color=row.colour)
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
