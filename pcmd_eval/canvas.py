"""What every chart is drawn on and with: the canvas and its marks, the looks, the legend, and the finished picture.

Charts are drawn without global state of matplotlib, so that the same numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pcmd_eval.tables import SHOWN_BY
from pcmd_eval.wording import Look

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

STYLE = {"font.family": "DejaVu Sans", "font.size": 9, "text.parse_math": False, "hatch.linewidth": 0.7}
DPI, DARK, LINE = 110, "#404040", "#595959"
MARK = "#A34700"
NARROW = 6.0  # inches: below it each mark of the case has a line of its own
SURE = {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7}
POSSIBLE = {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7}
PENDING = {"facecolor": "#D55E00", "edgecolor": DARK, "hatch": "..", "linewidth": 0.7}
Values = dict[str, tuple[int | str | None, ...]]


@dataclass(frozen=True, repr=False)
class Chart:
    """A picture, the words for those who do not see it, and the numbers it was drawn from."""

    png: bytes
    alt: str
    values: Values

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt}, SHOWN_BY: "chart"}


def blank(case: "Case", width: float, height: float) -> Figure:
    """An empty figure of that size in inches, with the marks of the case in its upper right corner."""
    figure = Figure((width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    if case.marks:
        mark = {"fontweight": "bold", "color": MARK, "ha": "right", "va": "top"}
        words = (" · " if width > NARROW else "\n").join(case.marks)
        figure.text(1 - 0.08 / width, 1 - 0.06 / height, words, **mark)
    return figure


def framed(case: "Case", width: float, height: float, left: float, right: float, bottom: float) -> tuple[Figure, Axes]:
    """A figure and its axes with margins in inches, so that no second layout is needed."""
    figure = blank(case, width, height)
    rectangle = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + 0.25) / height)
    axes = figure.add_axes(rectangle)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def name_rows(case: "Case", axes: Axes, units: list[tuple[str, str]]) -> None:
    """Name the rows from the top, the unit of the page in bold."""
    axes.set_yticks(range(len(units)), [name for _, name in units])
    axes.set_ylim(len(units) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    for (code, _), label in zip(units, axes.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if code == case.unit.code else "normal")


def patch(look: Look) -> Patch:
    """What a look is, for the legend."""
    return Patch(facecolor=look.fill_colour, edgecolor=LINE, hatch=look.hatch, label=f"{look.shape} {look.word}")


def legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put the legend under the chart, in two columns where it is long."""
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 0), "frameon": False}
    columns = len(handles) if sum(len(str(handle.get_label())) for handle in handles) < 70 else 2
    figure.legend(handles=handles, ncols=columns, handlelength=2, handleheight=1.1, **place)


def groups(named: Iterable[tuple[str, str]]) -> str:
    """Names under their word: Đạt: A, B. Chưa đạt: C."""
    found: dict[str, list[str]] = {}
    for word, name in named:
        found.setdefault(word[:1].upper() + word[1:], []).append(name)
    return " ".join(f"{word}: {', '.join(names)}." for word, names in found.items())


def finished(case: "Case", figure: Figure, alt: str, values: Values) -> Chart:
    """The picture as bytes, and its words under the marks of the case."""
    buffer = BytesIO()
    # Flat colours pack well at any level; the higher ones take several times as long for a few percent.
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return Chart(buffer.getvalue(), "".join(f"{mark}. " for mark in case.marks) + alt, values)
