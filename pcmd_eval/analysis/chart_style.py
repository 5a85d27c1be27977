"""What pictures are drawn on, with matplotlib: faces, sizes, words at their places, and SVG."""

import re
from functools import cache
from io import StringIO
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import numpy as np
from matplotlib import font_manager, get_data_path
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.path import Path as Shape
from matplotlib.transforms import IdentityTransform, TransformedPath, offset_copy

from pcmd_eval.util import paths

DARK, LINE, MARK = "#404040", "#595959", "#A34700"
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


def style(paper: bool) -> list:
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


def empty_figure(head: Head, width: float, height: float) -> Figure:
    """An empty figure of that size in inches, its title above and the marks in the upper right
    corner.

    It is higher where these need more than a line.
    """
    title = "" if head.paper else within([head.title], width - 2 * GAP, **BOLD)[0]
    marks = " · ".join(head.marks)
    if widest([title], **BOLD) + widest([marks], **BOLD) + 3 * GAP > width:
        under = "\n" * (title.count("\n") + bool(title))
        marks = under + "\n".join(head.marks)
    height += HIGH * max(title.count("\n"), marks.count("\n"))
    figure = Figure((width, height), dpi=200 if head.paper else 110, facecolor="white")
    FigureCanvasAgg(figure)
    top = {"y": 1 - 0.06 / height, "va": "top"} | BOLD
    figure.text(x=0.08 / width, s=title, **top)
    figure.text(x=1 - 0.08 / width, s=marks, color=MARK, ha="right", **top)
    return figure


def write_beside(
    axes: Axes, at: int, words: str, aside: float, name: str = "", **look: str
) -> None:
    """Words beside a row, `aside` inches from the nearer end of the axes; each line stands by
    itself, called `name` and its number.

    Several in one text would be placed by the width that they have here.
    """
    lines = words.split("\n")
    for line, text in enumerate(lines):
        up = 0.15 * ((len(lines) - 1) / 2 - line)
        place = offset_copy(axes.get_yaxis_transform(), axes.figure, x=aside, y=up)
        end = 1 if aside > 0 else 0
        drawn = axes.text(end, at, text, va="center", transform=place, **look)
        drawn.set_gid(f"{name}{line}" if name else None)


def within(texts: list[str], room: float, **look: str) -> list[str]:
    """The texts in lines that are no wider than so many inches, about."""
    wide = widest(texts, **look)
    if wide <= room:
        return texts
    letters = int(max(map(len, texts)) * room / wide)
    return [fill(text, letters) for text in texts]


def widest(texts: list[str], **look: str) -> float:
    """How wide the widest of the texts is in inches, in the style that holds."""
    scratch = Figure()
    FigureCanvasAgg(scratch)
    widths = [scratch.text(0, 0, text, **look).get_window_extent().width for text in texts]
    return max(widths, default=0.0) / scratch.dpi


def add_legend(figure: Figure, handles: list[Artist]) -> None:
    """What the parts mean, in a row under the picture; nothing where there are none."""
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


def svg_of(figure: Figure) -> str:
    """matplotlib's SVG without its remarks, to a tenth of a point, the faces named once."""
    buffer = StringIO()
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


# What says nothing in matplotlib's SVG: a turn by no degree, and ids that it made up itself.
_NOTHING = r' transform="rotate\(-0 [^"]*"| id="[\w.]+_\d+"'


def _short(tag):
    """A tag with numbers to a tenth, and no "L" in a path without curves: there what follows a
    point is a line anyway.
    """
    written = " ".join(tag[1].split())
    if " C " not in written:
        written = written.replace(" L ", " ")
    return re.sub(r"([ \"]-?\d+)(?:\.0|(\.\d))\d*(?=[ \"])", r"\1\2", written)
