"""Show the values of an analyst's cells: frames and series as pandas has them, and figures.

An IPython extension, which `open_case` loads: a cell's value that is a frame or a series is printed
as a plain escaped table, with the names of columns that pandas needs; a matplotlib figure becomes
one SVG with the same bytes each time.
"""

from base64 import b64encode

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from matplotlib import pyplot as plt
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib_inline.config import InlineBackend

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.show import Shown, render_html, show
from pcmd_eval.charts.style import figure_to_svg, prefer_shipped_fonts
from pcmd_eval.util.files import remove_control_characters

# The text of a figure stays text, as in our charts; its ids come from what is drawn.
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "pcmd_eval", "savefig.bbox": "tight"}
_MOST_ROWS = 60  # of a frame: of a longer one the first and last are printed
_UNTITLED = "Hình không có tiêu đề"
_Bundle = tuple[dict[str, str], dict[str, str]]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the displays in a shell; matplotlib's inline backend then shows no figure itself."""
    formatter = shell.display_formatter
    assert formatter
    InlineBackend.instance(parent=shell).figure_formats = set()
    for kind in (pd.DataFrame, pd.Series):
        formatter.mimebundle_formatter.for_type(kind, _frame_bundle)
    formatter.mimebundle_formatter.for_type(Case, _case_bundle)
    formatter.mimebundle_formatter.for_type(Figure, _figure_bundle)
    prefer_shipped_fonts()


def _frame_bundle(value: pd.DataFrame | pd.Series) -> _Bundle:
    """Return the MIME bundle of a frame or series: its names and values as they are, escaped."""
    frame = value.to_frame(name=value.name or "") if isinstance(value, pd.Series) else value
    table = frame.to_html(border=0, max_rows=_MOST_ROWS, show_dimensions=len(frame) > _MOST_ROWS)
    html = render_html("charts/frame", table=remove_control_characters(table))
    return Shown(html, remove_control_characters(repr(value)), "table")._repr_mimebundle_()


def _case_bundle(case: Case) -> _Bundle:
    """Return the MIME bundle of a case: the heading of its pages."""
    return show(case)._repr_mimebundle_()


def _figure_bundle(figure: Figure) -> _Bundle:
    """Return the MIME bundle of a figure as SVG; close it, or it would be shown again."""
    with rc_context(_SVG):  # type: ignore[arg-type] # the names of settings
        image = b64encode(figure_to_svg(figure).encode()).decode()
    plt.close(figure)
    alt = describe_figure(figure)
    html = render_html("charts/figure", image=image, alt=alt)
    return Shown(html, alt, "picture")._repr_mimebundle_()


def describe_figure(figure: Figure) -> str:
    """Return the alternative text of a figure: its titles, the labels of its axes, its legends."""
    heading = figure.get_suptitle()
    texts = [heading] if heading else []
    for axes in figure.axes:
        labels = {"": axes.get_title(), "trục ngang: ": axes.get_xlabel()}
        labels |= {"trục dọc: ": axes.get_ylabel()}
        if legend := axes.get_legend():
            labels["chú giải: "] = ", ".join(text.get_text() for text in legend.get_texts())
        if named := [f"{name}{text}" for name, text in labels.items() if text]:
            texts.append("; ".join(named))
    return f"Hình. {'. '.join(texts) or _UNTITLED}."
