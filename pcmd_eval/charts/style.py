"""The style of charts: matplotlib fonts, sizes, positions of text, SVG.

The colours of verdicts stand in `util.verdicts`, for pages also in office/site/site.css.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from io import StringIO
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from matplotlib import font_manager, get_data_path, rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from pcmd_eval.util import paths
from pcmd_eval.util.verdicts import DARK_COLOURS

DARK, LINE, MARK = "#404040", "#595959", "#A34700"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,
    "hatch.linewidth": 1.1,
    "svg.fonttype": "none",
    "svg.hashsalt": "pcmd_eval",
}
# Liberation Serif comes with the project; it is as wide as Times New Roman, the official face.
PAPER = {
    "font.family": ["Liberation Serif", "DejaVu Sans"],
    "font.size": 10,
    "text.hinting": "none",
}
BOLD: dict[str, Any] = {"fontweight": "bold"}
# CSS fonts for screens without DejaVu Sans: no wider, with every letter of Vietnamese.
SCREEN_FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, Arial, sans-serif"
# An SVG image applies the reader's dark theme by its own CSS. A text without a colour is black.
_SVG_STYLE = "*{stroke-linejoin: round; stroke-linecap: butt}"  # as matplotlib writes it
_DARK_RULES = "\n".join(
    f'[style*="fill: {light}"], [fill="{light}"] {{ fill: {dark} !important }}\n'
    f'[style*="stroke: {light}"] {{ stroke: {dark} !important }}'
    for light, dark in DARK_COLOURS.items()
)
_DARK_SCREEN = (
    "\n@media screen and (prefers-color-scheme: dark) {\n"
    f"text {{ fill: {DARK_COLOURS['#000000']} }}\n{_DARK_RULES}\n}}"
)
_PATH, _LONG_NUMBER = re.compile(r' d="[^"]*"'), re.compile(r"\d+\.\d{3,}")
# Inches: the least width of the axes of bars; the gap between texts and bars; a line of text.
LEAST, GAP, LINE_HEIGHT = 1.2, 0.12, 0.17


class Head(NamedTuple):
    """The heading of a picture; `marks`: see `Case.marks`; `is_for_word`: not for a screen."""

    title: str
    marks: tuple[str, ...]
    is_for_word: bool


def style_settings(is_for_word: bool) -> list[Any]:
    """Return the styles for `matplotlib.style.context`; they replace the user's settings."""
    prefer_shipped_fonts()
    return ["default", STYLE, PAPER if is_for_word else {}]


@cache
def prefer_shipped_fonts() -> None:
    """Register our font files and matplotlib's own before installed fonts of the same names.

    matplotlib takes the first of equal name; another version of a font would give other bytes.
    """
    manager = font_manager.fontManager
    fonts_of_matplotlib = Path(get_data_path(), "fonts", "ttf")
    installed = manager.ttflist
    manager.ttflist = []
    for file in sorted([*paths.FONTS.glob("*.ttf"), *fonts_of_matplotlib.glob("DejaVuSans*.ttf")]):
        manager.addfont(file)
    manager.ttflist += installed


def empty_figure(head: Head, width: float, height: float) -> Figure:
    """Return a figure with only the title (top left) and the marks (top right); sizes in inches.

    Marks that do not fit beside the title stand below it; each additional line makes the figure
    higher. On paper it has no title: Word writes it.
    """
    title = "" if head.is_for_word else wrap_to([head.title], width - 2 * GAP, **BOLD)[0]
    marks = " · ".join(head.marks)
    if widest([title], **BOLD) + widest([marks], **BOLD) + 3 * GAP > width:
        skipped_lines = "\n" * (title.count("\n") + bool(title))
        marks = skipped_lines + "\n".join(head.marks)
    height += LINE_HEIGHT * max(title.count("\n"), marks.count("\n"))
    figure = Figure((width, height), dpi=220 if head.is_for_word else 110, facecolor="white")
    FigureCanvasAgg(figure)
    top: dict[str, Any] = {"y": 1 - 0.06 / height, "va": "top"} | BOLD
    figure.text(x=0.08 / width, s=title, **top)
    figure.text(x=1 - 0.08 / width, s=marks, color=MARK, ha="right", **top)
    return figure


def write_next_to_row(
    axes: Axes, row: int, text: str, offset: float, name: str = "", **properties: Any
) -> None:
    """Write a text next to a row, `offset` inches from the right end of the axes, or, if negative,
    from the left end.

    Each line is an artist of its own, with the id `name` and its number: matplotlib would align the
    lines of one artist by their rendered width, which differs between machines.
    """
    lines = text.split("\n")
    for number, line_text in enumerate(lines):
        rise = 0.15 * ((len(lines) - 1) / 2 - number)  # inches
        position = offset_copy(
            axes.get_yaxis_transform(), axes.get_figure(root=True), x=offset, y=rise
        )
        end = 1 if offset > 0 else 0
        artist = axes.text(end, row, line_text, va="center", transform=position, **properties)
        artist.set_gid(f"{name}{number}" if name else None)


def wrap_to(texts: list[str], room: float, **properties: str) -> list[str]:
    """Return the texts broken into lines of about `room` inches; `properties`: of text."""
    width = widest(texts, **properties)
    if width <= room:
        return texts
    letters = int(max(map(len, texts)) * room / width)
    return [fill(text, letters) for text in texts]


def widest(texts: list[str], **properties: str) -> float:
    """Return the width of the widest text in inches, in the current style."""
    font = (*rcParams["font.family"], rcParams["font.size"])
    return max((_text_width(text, font, **properties) for text in texts), default=0.0)


@lru_cache(4096)  # most pictures have the names of the same units
def _text_width(text: str, font: tuple[str, float], **properties: Any) -> float:
    """Return the width of a text in inches; `font`: current families and size, for the cache."""
    scratch = Figure((1, 1))
    FigureCanvasAgg(scratch)
    return scratch.text(0, 0, text, **properties).get_window_extent().width / scratch.dpi


def add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Add a legend below the picture, if there are handles: in two rows if one is too wide."""
    options: dict[str, Any] = {
        "loc": "lower center",
        "ncols": len(handles),
        "frameon": False,
        "handleheight": 1.1,
        "handlelength": 1.3,
        "handletextpad": 0.5,
        "columnspacing": 1.2,
    }
    if handles:
        legend = figure.legend(handles=handles, **options)
        if legend.get_window_extent().width > figure.bbox.width:
            legend.remove()
            figure.legend(handles=handles, **options | {"ncols": -(-len(handles) // 2)})


def figure_to_svg(figure: Figure) -> str:
    """Return the figure as SVG: texts as text elements, the same bytes from the same figure, and on
    a dark screen the colours of `DARK_COLOURS`.
    """
    buffer = StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=no_metadata)
    text = _PATH.sub(_shorten_path, buffer.getvalue()).replace("'DejaVu Sans'", SCREEN_FONTS)
    return text.replace(_SVG_STYLE, _SVG_STYLE + _DARK_SCREEN, 1)


def _shorten_path(path: re.Match[str]) -> str:
    """Return the points of a path to a hundredth of a point: half the bytes of a map."""
    return _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}", path[0])
