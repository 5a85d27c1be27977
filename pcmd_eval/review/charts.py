"""The charts of a review: drawn from the published set alone, in the size in which they stand on the page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

from matplotlib import font_manager, rc_context
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from pcmd_eval import canvas, figures
from pcmd_eval.canvas import Chart
from pcmd_eval.display import ILLUSTRATIVE, counts_beside
from pcmd_eval.figures import draw_bounds
from pcmd_eval.findings import Finding
from pcmd_eval.plan import Plan
from pcmd_eval.published import Published
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, Verdict

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

_WIDTH = 6.3  # inches: 160 mm, the width of the text
_WIDE = 8.6  # 218 mm, on a page on its side
_DPI = 200  # for print
# The face of the text (notes, 4.2) and those of its widths, each with the files of its upright and bold.
_FACES = {
    "Times New Roman": ({"times.ttf", "times new roman.ttf"}, {"timesbd.ttf", "times new roman bold.ttf"}),
    "Liberation Serif": ({"liberationserif-regular.ttf"}, {"liberationserif-bold.ttf"}),
    "Tinos": ({"tinos-regular.ttf"}, {"tinos-bold.ttf"}),
}
_ELSE = "DejaVu Sans"  # comes with matplotlib: for machines without any of them


@cache
def _faces() -> list[str]:
    """The face for pictures in a document, the first that this machine has.

    Looked for in its fonts, and not in matplotlib's list of them, which may be older than they are.
    """
    files = sorted(Path(name) for name in font_manager.findSystemFonts())
    for face, kinds in _FACES.items():
        own = [next((file for file in files if file.name.lower() in names), None) for names in kinds]
        if all(own):
            if face not in font_manager.fontManager.get_font_names():
                for file in own:
                    font_manager.fontManager.addfont(file)
            return [face, _ELSE]
    return [_ELSE]


@contextmanager
def _in_document() -> Iterator[None]:
    """The style of the notebooks' charts with the face of the document, whose letters are smaller and need no hints."""
    with rc_context({**canvas.STYLE, "font.family": _faces(), "font.size": 10.5, "text.hinting": "none"}):
        yield


@dataclass(frozen=True)
class _View:
    """What the charts of the notebooks ask of their case, without any return behind it."""

    plan: Plan
    unit: Unit
    districts: Sequence[Unit]
    province: Unit
    marks: list[str]


def _view(published: Published, unit: Unit) -> "Case":
    marks = [ILLUSTRATIVE] if published.illustrative else []
    view = _View(published.project.plan, unit, published.districts, published.province, marks)
    return cast("Case", view)


def _finished(case: "Case", figure: Any, alt: str, values: canvas.Values) -> Chart:
    figure.set_dpi(_DPI)
    return canvas.finished(case, figure, alt, values)


@_in_document()
def targets_chart(published: Published, unit: Unit) -> Chart:
    """The objectives of one unit: the sure part, the possible part, and the mark of what is needed."""
    case = _view(published, unit)
    objectives = published.project.plan.objectives
    found = [published.finding(unit.code, o.slug) for o in objectives]
    shown = [(o, f) for o, f in zip(objectives, found, strict=True) if f.verdict is not Verdict.NOT_APPLICABLE]
    figure, axes = canvas.framed(case, _WIDTH, 0.85 + 0.48 * len(shown), left=2.15, right=1.75, bottom=0.6)
    for row, (_, finding) in enumerate(shown):
        _bar(axes, row, finding)
    axes.set_yticks(range(len(shown)), [fill(f"{o.number}. {o.title}", 30) for o, _ in shown], fontsize=9)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    mark = Line2D([], [], color=canvas.MARK, marker="|", markersize=11, markeredgewidth=3, linestyle="none")
    mark.set_label("mức cần đạt")
    legend = [Patch(**canvas.SURE, label="chắc chắn"), Patch(**canvas.POSSIBLE, label="có thể"), mark]
    canvas.legend(figure, legend)
    groups = canvas.groups((LOOKS[f.verdict].word, f"{o.number}. {o.title}") for o, f in shown)
    values = {o.title: (f.low, f.high, f.needed, f.total) for o, f in shown}
    return _finished(case, figure, f"Biểu đồ kết quả so với mức cần đạt, {unit.inline_name}. {groups}", values)


def _bar(axes: Any, row: int, finding: Finding) -> None:
    low, high, needed, total = finding.low, finding.high, finding.needed, finding.total
    if low is not None and total:
        axes.barh(row, low / total, height=0.5, **canvas.SURE)
        rest = ((total if high is None else high) - low) / total
        axes.barh(row, rest, left=low / total, height=0.5, **canvas.POSSIBLE)
        if needed is not None:
            axes.plot([needed / total] * 2, [row - 0.36, row + 0.36], color=canvas.MARK, linewidth=3, clip_on=False)
    else:
        axes.text(0.02, row, "không biểu diễn theo tỷ lệ", va="center", fontsize=8.5, color=canvas.LINE)
    look = LOOKS[finding.verdict]
    words = f"{look.shape} {look.word}\n{counts_beside(finding)}"
    place = {"va": "center", "fontsize": 9, "transform": axes.get_yaxis_transform()}
    axes.text(1.05, row, words, color=look.text_colour, **place)


@_in_document()
def matrix_chart(published: Published) -> Chart:
    """Every unit by every objective: word, shape and colour in each field."""
    case, units = _view(published, published.province), published.units
    objectives = published.project.plan.objectives
    height, left, top, bottom = 0.27, 1.6, 0.75, 0.4
    figure = canvas.blank(case, _WIDE, top + height * len(units) + bottom)
    total = figure.get_figheight()
    box = (left / _WIDE, bottom / total, 1 - (left + 0.05) / _WIDE, height * len(units) / total)
    axes = figure.add_axes(box)
    for row, unit in enumerate(units):
        for column, objective in enumerate(objectives):
            look = LOOKS[published.finding(unit.code, objective.slug).verdict]
            field = {"facecolor": look.fill_colour, "edgecolor": "white", "linewidth": 1.2, "hatch": look.hatch}
            axes.add_patch(Rectangle((column, row), 1, 1, **field))
            back = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
            axes.text(column + 0.5, row + 0.5, look.shape, ha="center", va="center", color=look.text_colour, bbox=back)
    axes.set(xlim=(0, len(objectives)), ylim=(len(units), 0))
    axes.set_yticks([row + 0.5 for row in range(len(units))], [unit.full_name for unit in units], fontsize=9)
    axes.get_yticklabels()[-1].set_fontweight("bold")
    heads = [fill(f"{o.number}. {o.title}", 22) for o in objectives]
    axes.set_xticks([column + 0.5 for column in range(len(objectives))], heads, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    seen = {published.finding(u.code, o.slug).verdict for u in units for o in objectives}
    legend = [canvas.patch(look) for verdict, look in LOOKS.items() if verdict in seen]
    figure.legend(handles=legend, ncols=len(legend), loc="lower center", frameon=False, fontsize=9)
    alt = [
        f"{o.number}. {o.title}: "
        + canvas.groups((LOOKS[published.finding(u.code, o.slug).verdict].word, u.full_name) for u in units)
        for o in objectives
    ]
    values = {u.full_name: tuple(published.finding(u.code, o.slug).verdict.value for o in objectives) for u in units}
    return _finished(case, figure, f"Bảng màu kết luận theo đơn vị và chỉ tiêu. {' '.join(alt)}", values)


@_in_document()
def shares_chart(published: Published, slug: str) -> Chart:
    """The share of every unit on one objective."""
    found = [published.finding(unit.code, slug) for unit in published.units]
    return draw_bounds(_view(published, published.province), found)


@_in_document()
def map_chart(published: Published, slug: str) -> Chart | None:
    """A map of the districts' verdicts on one objective; None for a plan without boundaries."""
    case = _view(published, published.province)
    districts = {u.code: LOOKS[published.finding(u.code, slug).verdict] for u in published.districts}
    shapes = {code: shape for code, shape in figures._shapes(case).items() if code in districts}
    if not shapes:
        return None
    height, below = 4.9, 0.4
    figure = canvas.blank(case, _WIDTH, height + below)
    axes = figure.add_axes((0.14, below / (height + below), 0.72, (height - 0.2) / (height + below)))
    figures._draw_map(case, axes, shapes, districts, 0.72 * _WIDTH / (height - 0.2), 8)
    used = {districts[code] for code in shapes}
    canvas.legend(figure, [canvas.patch(look) for look in LOOKS.values() if look in used])
    objective, drawn = published.project.plan[slug], [u for u in published.districts if u.code in shapes]
    groups = canvas.groups((districts[u.code].word, u.full_name) for u in drawn)
    values = {u.full_name: (districts[u.code].word,) for u in drawn}
    return _finished(case, figure, f"Bản đồ kết luận, {objective.number}. {objective.title}. {groups}", values)
