"""Draw maps of units as matplotlib figures, by their boundaries."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Shape
from matplotlib.style import context

from pcmd_eval.charts.style import DARK, GAP, LINE, Head, add_legend, empty_figure, widest
from pcmd_eval.util import paths
from pcmd_eval.util.verdicts import DisplayStyle


class MapUnit(NamedTuple):
    """A unit on a map, with the text at it and the style that fills it."""

    code: str
    label: str
    style: DisplayStyle


class District(NamedTuple):
    """A district on a map, in degrees, those of longitude scaled.

    `point`: inside the outline; `label_point`: the position of the label, None for `point`.
    """

    outline: Shape
    point: np.ndarray
    label_point: np.ndarray | None


class MapPanel(NamedTuple):
    """One map of a drawing."""

    title: str
    units: tuple[MapUnit, ...]


class Maps(NamedTuple):
    """The data of maps.

    `boundaries`: a file in `paths.UNITS`; `credit`: whom to name for it; `legend`: the styles used.
    """

    head: Head
    panels: tuple[MapPanel, ...]
    boundaries: str
    credit: str
    legend: tuple[DisplayStyle, ...]


def draw_maps(drawing: Maps) -> Figure:
    """Return a figure of square maps, two in a row, each under its title, with one legend below."""
    columns = min(2, len(drawing.panels))
    rows = -(-len(drawing.panels) // columns)
    # Inches; not wider than a page, or than a telephone shows legibly.
    one_of_two, single = (3.15, 4.41) if drawing.head.is_for_word else (4.3, 5.2)
    side = one_of_two if columns == 2 else single
    is_untitled = drawing.head.is_for_word and len(drawing.panels) == 1  # Word writes its caption
    title_height, margins = (0, 0.6) if is_untitled else (0.3, 0.75)
    with context({"font.size": 9 if columns == 1 else 7.5}):
        row_height = side + title_height
        figure = empty_figure(drawing.head, side * columns, row_height * rows + margins)
        height = figure.get_size_inches()[1]
        for number, panel in enumerate(drawing.panels):
            row, column = divmod(number, columns)
            bottom = 0.4 + (rows - 1 - row) * row_height
            axes = figure.add_axes((column / columns, bottom / height, 1 / columns, side / height))
            axes.set_title(panel.title if len(drawing.panels) > 1 else "", fontweight="bold")
            _draw_map(axes, drawing, panel.units, side)
        options = {style: _fill_options(style) for style in drawing.legend}
        # “● Đạt”
        labels = [f"{style.shape} {style.word}".strip() for style in options]
        patches = zip(options.values(), labels, strict=True)
        add_legend(figure, [Patch(**one, linewidth=0.7, label=label) for one, label in patches])
    return figure


def _draw_map(axes: Axes, drawing: Maps, units: Sequence[MapUnit], side: float) -> None:
    """Draw one map by its boundaries, `side` inches wide, with room on its right for the labels."""
    axes.set_axis_off()
    _draw_districts(axes, read_districts(paths.UNITS / drawing.boundaries), units)
    axes.set_aspect("equal")
    left, right = axes.get_xlim()
    # Labels keep their size while the map shrinks: room / (map + room) = label_share.
    label_share = (widest([unit.label for unit in units]) + GAP) / side
    room = max(0.22, label_share / (1 - label_share))  # in widths of the map
    axes.set_xlim(left, right + (right - left) * room)


def _fill_options(style: DisplayStyle) -> dict[str, Any]:
    """Return the options of a matplotlib patch filled in a style."""
    colours = {"facecolor": style.fill_colour, "edgecolor": LINE, "hatchcolor": LINE}
    return colours | {"hatch": style.hatch}


_HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}


def _draw_districts(axes: Axes, shapes: Mapping[str, District], units: Sequence[MapUnit]) -> None:
    """Draw the districts of `units`, each with its label inside it or at the end of a line.

    `shapes`: districts by code.
    """
    for code, label, style in units:
        district = shapes[code]
        options = _fill_options(style) | {"edgecolor": DARK, "linewidth": 0.6}
        axes.add_patch(PathPatch(district.outline, **options))
        if district.label_point is None:
            x, y = district.point
            axes.text(x, y, label, ha="center", va="center", bbox=_HALO)
            continue
        line = np.stack([district.point, district.label_point]).T
        axes.plot(*line, color=DARK, linewidth=0.9, marker="o", markevery=[0], markersize=3.5)
        x, y = district.label_point
        axes.text(x, y, label, ha="left", va="center", bbox=_HALO)


@cache
def read_districts(path: Path) -> dict[str, District]:
    """Return the districts of a boundary file (GeoJSON) by their property `district_code`.

    Optional properties: `point` inside the outline, by default the mean of the corners of the first
    ring, and `label`, the position of the label.
    """
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [feature["geometry"] for feature in features]
    polygons = [
        s["coordinates"] if s["type"] == "MultiPolygon" else [s["coordinates"]] for s in shapes
    ]
    outlines = [[np.array(ring) for polygon in one for ring in polygon] for one in polygons]
    latitude = np.mean([ring[:, 1].mean() for rings in outlines for ring in rings])
    # [longitude, latitude]: makes a degree equally long in both directions.
    scale = np.array([cos(radians(latitude)), 1])
    districts = {}
    for rings, feature in zip(outlines, features, strict=True):
        properties = feature["properties"]
        closed = [Shape(ring * scale, closed=True) for ring in rings]
        point = properties.get("point", rings[0].mean(axis=0))
        label_point = properties.get("label")
        districts[properties["district_code"]] = District(
            Shape.make_compound_path(*closed),
            point * scale,
            None if label_point is None else label_point * scale,
        )
    return districts
