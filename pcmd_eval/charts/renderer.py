"""Render a drawing, which is plain values, as SVG for a screen or PNG for Word: bars or maps.

The same drawing gives the same bytes: nothing depends on the global state of matplotlib.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.style import context
from matplotlib.text import Text

from pcmd_eval.charts.bar_renderer import Bars, draw_bars
from pcmd_eval.charts.map_renderer import Maps, draw_maps
from pcmd_eval.charts.style import figure_to_svg, style_settings
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.hashes import digest

Drawing = Bars | Maps
# The folder in which worker processes of a batch share SVGs by the hash of the drawing; else None.
svg_cache: Path | None = None


@lru_cache(256)
def render_svg(drawing: Drawing) -> str:
    """Return the SVG of a drawing, from `svg_cache` if it is there; texts are elements, not paths.

    The lines of a row's name have ids: row-0-0 is the first line of the first row's name.
    """
    file = svg_cache / digest(drawing) if svg_cache else None
    if file and file.exists():
        return file.read_text(encoding="utf-8")
    with context(style_settings(drawing.head.is_for_word)):
        text = figure_to_svg(_figure_of(drawing))
    if file:
        write_atomic(file, text.encode())
    return text


@lru_cache(16)
def render_png(drawing: Drawing, bold: tuple[int, ...]) -> bytes:
    """Return the PNG of a drawing, for Word: not every program shows SVG.

    `bold`: numbers of the rows, from 0, whose names are bold.
    """
    buffer = BytesIO()
    with context(style_settings(drawing.head.is_for_word)):
        figure = _figure_of(drawing)
        for row in bold:
            for text in figure.findobj(Text):
                if str(text.get_gid()).startswith(f"row-{row}-"):
                    text.set_fontweight("bold")
        figure.savefig(
            buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3}
        )
    return buffer.getvalue()


def _figure_of(drawing: Drawing) -> Figure:
    """Return the matplotlib figure of a drawing."""
    return draw_maps(drawing) if isinstance(drawing, Maps) else draw_bars(drawing)
