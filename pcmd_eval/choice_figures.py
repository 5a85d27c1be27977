"""The pictures of a choice: bounds by the plan and as tried, and every unit under every choice of an objective."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from pcmd_eval import canvas
from pcmd_eval.canvas import Chart, Values
from pcmd_eval.choices import Scenario, with_duty
from pcmd_eval.display import counted
from pcmd_eval.findings import Finding
from pcmd_eval.wording import LOOKS

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

_ROW, _COLUMN, _NAMES, _TOP, _BELOW = 0.27, 0.72, 1.4, 0.86, 0.42  # inches
_NARROWEST = 4.9  # room for the marks and the legend
_WIDTH, _BAR, _HEAD = 4.9, 0.52, 0.2  # inches


@rc_context(canvas.STYLE)
def bounds_chart(case: "Case", rows: Sequence[tuple[str, Finding]]) -> Chart:
    """Each finding as a bar under its words: the sure part, the possible part, and the mark of what is needed."""
    top, below = _HEAD * max(1, len(case.marks)) + 0.05, 0.62
    height = top + _BAR * len(rows) + below
    figure = canvas.blank(case, _WIDTH, height)
    axes = figure.add_axes((0.03, below / height, 0.92, _BAR * len(rows) / height))
    for row, (name, finding) in enumerate(rows):
        look = LOOKS[finding.verdict]
        words = f"{name}: {look.shape} {look.word}  {counted(finding) or ''}"
        axes.text(0, row - 0.22, words, va="bottom", color=look.text_colour, fontsize=8.1, fontweight="bold")
        _bar(axes, row, finding)
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.45, -0.62), yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    shares = all(finding.total for _, finding in rows)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1] if shares else [], ["0%", "25%", "50%", "75%", "100%"] if shares else [])
    mark = Line2D([], [], color=canvas.MARK, marker="|", markersize=11, markeredgewidth=3, linestyle="none")
    mark.set_label("cần đạt")
    handles = [Patch(**canvas.SURE, label="chắc chắn"), Patch(**canvas.POSSIBLE, label="có thể"), mark]
    figure.legend(handles=handles, ncols=3, loc="lower center", frameon=False, fontsize=8.5)
    groups = canvas.groups((LOOKS[finding.verdict].word, f"{name} {counted(finding) or ''}") for name, finding in rows)
    values: Values = {name: (f.low, f.high, f.needed, f.total) for name, f in rows}
    alt = f"Biểu đồ cận dưới và cận trên so với mức cần đạt. {groups}"
    return canvas.finished(case, figure, alt, values)


def _bar(axes: Axes, row: int, finding: Finding) -> None:
    """Shares of the total; where there is none, counts beside what is needed."""
    low, high, needed = finding.low, finding.high, finding.needed
    whole = finding.total or max(low or 0, high or 0, needed or 0)
    if low is None or not whole:
        return
    axes.barh(row, low / whole, height=0.34, **canvas.SURE)
    axes.barh(row, ((whole if high is None else high) - low) / whole, left=low / whole, height=0.34, **canvas.POSSIBLE)
    if needed is not None:
        at = [needed / whole] * 2
        axes.plot(at, [row - 0.22, row + 0.22], color=canvas.MARK, linewidth=3, clip_on=False, solid_capstyle="butt")


# ---- every unit under every choice ----------------------------------------------------------------------------------


@rc_context(canvas.STYLE)
def choices_chart(case: "Case", slug: str, found: Sequence[Scenario]) -> Chart:
    """Every unit that has the duty (rows) under every choice (columns); a frame marks what a choice changes."""
    rows, columns = with_duty(found), len(found)
    width = max(_NAMES + _COLUMN * columns + 0.1, _NARROWEST)
    height = _TOP + _ROW * len(rows) + _BELOW
    figure = canvas.blank(case, width, height)
    box = (_NAMES / width, _BELOW / height, _COLUMN * columns / width, _ROW * len(rows) / height)
    axes = figure.add_axes(box)
    for line, place in enumerate(rows):
        now = found[0].findings[place].verdict
        for column, scenario in enumerate(found):
            verdict = scenario.findings[place].verdict
            look = LOOKS[verdict]
            field = {"facecolor": look.fill_colour, "edgecolor": "white", "linewidth": 1.2, "hatch": look.hatch}
            axes.add_patch(Rectangle((column, line), 1, 1, **field))
            back = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
            middle = {"ha": "center", "va": "center", "color": look.text_colour, "bbox": back}
            axes.text(column + 0.5, line + 0.5, look.shape, **middle)
            if verdict is not now:
                frame = {"facecolor": "none", "edgecolor": "black", "linewidth": 1.8, "zorder": 3}
                axes.add_patch(Rectangle((column + 0.05, line + 0.08), 0.9, 0.84, **frame))
    axes.axvline(1, color="black", linewidth=1.4)
    axes.set(xlim=(0, columns), ylim=(len(rows), 0))
    names = [found[0].findings[place].unit_name for place in rows]
    axes.set_yticks([line + 0.5 for line in range(len(rows))], names, fontsize=8)
    axes.set_xticks([column + 0.5 for column in range(columns)], [fill(s.head, 13) for s in found], fontsize=7.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    seen = {scenario.findings[place].verdict for scenario in found for place in rows}
    handles = [canvas.patch(look) for verdict, look in LOOKS.items() if verdict in seen]
    handles.append(Rectangle((0, 0), 1, 1, facecolor="none", edgecolor="black", linewidth=1.8, label="kết luận đổi"))
    figure.legend(handles=handles, ncols=len(handles), loc="lower center", frameon=False, fontsize=8)
    return canvas.finished(case, figure, _words(case, slug, found), _values(found))


def _words(case: "Case", slug: str, found: Sequence[Scenario]) -> str:
    groups = []
    for scenario in found:
        findings = (scenario.findings[place] for place in with_duty(found))
        named = canvas.groups((LOOKS[finding.verdict].word, finding.unit_name) for finding in findings)
        groups.append(f"{scenario.head}: {named}")
    return f"Bảng màu kết luận theo đơn vị và lựa chọn, {case.plan[slug].title}. {' '.join(groups)}"


def _values(found: Sequence[Scenario]) -> Values:
    return {
        found[0].findings[place].unit_name: tuple(s.findings[place].verdict.value for s in found)
        for place in with_duty(found)
    }
