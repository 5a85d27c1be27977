"""Show the values of an analyst's cells as `show` does: frames, series and figures.

An IPython extension, which `open_case` loads: a cell's value that is a frame or a series is printed
as `show` prints it, a matplotlib figure becomes one SVG with the same bytes each time. Under
numbers that are printed otherwise a sentence says what they may lack.
"""

import re
import sys
from base64 import b64encode
from typing import Any, TextIO, cast

import numpy as np
import pandas as pd
from IPython.core.formatters import IPythonDisplayFormatter
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib_inline.config import InlineBackend

from pcmd_eval.analysis.case import Case, has_scenario
from pcmd_eval.analysis.case_editions import last_shown_case
from pcmd_eval.analysis.incomplete_units import warn_of_missing_data
from pcmd_eval.analysis.show import Shown, render_html, show
from pcmd_eval.charts.style import figure_to_svg, prefer_shipped_fonts
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.vocabulary import MAYBE_SCENARIO_MARK

# The text of a figure stays text, as in our charts; its ids come from what is drawn.
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "pcmd_eval", "savefig.bbox": "tight"}
_UNTITLED = "Hình không có tiêu đề"
# Values that have notes of their own.
_NOTED = (type(None), Shown, pd.DataFrame, pd.Series, Case, Plan, Figure)
_OBJECT = re.compile("<(class|function|module|bound method|.* object at 0x)")
# Cells that compute nothing, or print a plain text.
_GIVEN = re.compile(r"""case\.(plan\.)?\w+|[\d.]+|help\(.*\)|(print\((["'])[^"'{}]*\3\)\s*)+""")
_Bundle = tuple[dict[str, str], dict[str, str]]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the displays in a shell; matplotlib's inline backend then shows no figure itself."""
    formatter = shell.display_formatter
    assert formatter
    InlineBackend.instance(parent=shell).figure_formats = set()
    for kind in (pd.DataFrame, pd.Series, Case):
        formatter.mimebundle_formatter.for_type(kind, _shown_bundle)
    formatter.mimebundle_formatter.for_type(Figure, _figure_bundle)
    watch = _Watch(parent=formatter)
    formatter.ipython_display_formatter = watch
    shell.events.register("pre_run_cell", watch.start)
    shell.events.register("post_run_cell", watch.warn_of_numbers)
    prefer_shipped_fonts()


def _has_no_number(value: Any) -> bool:
    """Return whether the value of a cell has a note of its own, or is no number, list or text."""
    is_shown = any(hasattr(value, name) for name in ("_repr_mimebundle_", "_repr_html_"))
    is_object = bool(_OBJECT.match(repr(value))) and not is_shown
    is_widget = any(kind.__module__.startswith("ipywidgets") for kind in type(value).__mro__)
    return is_object or is_widget or isinstance(value, _NOTED) or _has_artist(value)


def _shown_bundle(value: pd.DataFrame | pd.Series | Case) -> _Bundle:
    """Return the MIME bundle of a value as `show` prints it, with the case opened last."""
    try:
        return show(value, None, last_shown_case(value))._repr_mimebundle_()
    except InputRefused as refused:
        return show(" ".join(refused.reasons))._repr_mimebundle_()


def _figure_bundle(figure: Figure) -> _Bundle:
    """Return the MIME bundle of a figure as SVG, with a sentence on what it may lack; close it, or
    it would be shown again.
    """
    with rc_context(_SVG):  # type: ignore[arg-type] # the names of settings
        image = b64encode(figure_to_svg(figure).encode()).decode()
    plt.close(figure)
    alt, case = describe_figure(figure), last_shown_case()
    warning = _warn(case, "Hình tự vẽ") if case else ""
    html = render_html("charts/figure", image=image, alt=alt, warning=warning)
    return Shown(html, f"{alt} {warning}".strip(), "picture")._repr_mimebundle_()


def _warn(case: Case, what: str) -> str:
    """Return sentences on what may be missing in numbers or a figure of an analyst, and that they
    may be of a scenario; "" if neither is so.
    """
    mark = f"{MAYBE_SCENARIO_MARK}." if has_scenario(case) else ""
    return f"{mark} {warn_of_missing_data(case, f'{what}: có thể đã bỏ qua')}".strip()


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


class _Watch(IPythonDisplayFormatter):
    """Watch what a cell displays or prints, to show a sentence on missing data under numbers and
    names of its own; show nothing for what matplotlib returns: its figure is shown at the end.
    """

    has_numbers = False

    def __call__(self, value: Any) -> bool | None:
        if _has_artist(value) and not isinstance(value, Figure):
            return True
        self.has_numbers = self.has_numbers or not _has_no_number(value)
        return super().__call__(value)

    def start(self, _: object) -> None:
        """Watch the output of a cell that begins to run."""
        self.has_numbers = False
        sys.stdout = cast("TextIO", _Watched(self, sys.stdout))

    def warn_of_numbers(self, cell: ExecutionResult) -> None:
        """Show a sentence on missing data under a cell that printed or displayed numbers."""
        if isinstance(sys.stdout, _Watched):  # `%%capture` runs a cell within a cell
            sys.stdout = sys.stdout.stream
        case, source = last_shown_case(), cell.info.raw_cell if cell.info else ""
        if case is None or not self.has_numbers or _GIVEN.fullmatch(source.strip()):
            return
        if warning := _warn(case, "Số tự tính"):
            display(show(warning))


class _Watched:
    """Standard output that tells a watch of each text."""

    def __init__(self, watch: _Watch, stream: TextIO) -> None:
        self._watch, self.stream = watch, stream

    def write(self, text: str) -> int:
        writer = sys._getframe(1).f_globals.get("__name__", "")  # of "Out[1]:", tracebacks
        is_printed = text.strip() and not writer.endswith(("displayhook", "interactiveshell"))
        self._watch.has_numbers = self._watch.has_numbers or bool(is_printed)
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _has_artist(value: Any) -> bool:
    """Return whether a value is an artist of matplotlib, or a collection with one."""
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.dtype == object else ()
    if isinstance(value, dict):
        value = [*value.values()]
    is_artist = isinstance(value, Artist | Container)
    return is_artist or (isinstance(value, list | tuple) and any(map(_has_artist, value)))
