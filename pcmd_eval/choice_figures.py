"""The picture of what depends on a choice: every unit by every choice of one objective, by shape and by colour."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.patches import Rectangle

from pcmd_eval import canvas
from pcmd_eval.canvas import Chart, Values
from pcmd_eval.choices import Scenario, with_duty
from pcmd_eval.wording import LOOKS

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

_ROW, _COLUMN, _NAMES, _TOP, _BELOW = 0.27, 0.86, 1.45, 0.86, 0.42  # inches
_NARROWEST = 5.2  # room for the marks and the legend


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
    axes.set_xticks([column + 0.5 for column in range(columns)], [fill(s.head, 14) for s in found], fontsize=7.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    seen = {scenario.findings[place].verdict for scenario in found for place in rows}
    handles = [canvas.patch(look) for verdict, look in LOOKS.items() if verdict in seen]
    handles.append(Rectangle((0, 0), 1, 1, facecolor="none", edgecolor="black", linewidth=1.8, label="khác đi"))
    figure.legend(handles=handles, ncols=len(handles), loc="lower center", frameon=False, fontsize=8)
    return canvas.finished(case, figure, _words(case, slug, found), _values(found))


def _words(case: "Case", slug: str, found: Sequence[Scenario]) -> str:
    groups = (
        f"{s.head}: {canvas.groups((LOOKS[s.findings[p].verdict].word, s.findings[p].unit_name) for p in with_duty(found))}"
        for s in found
    )
    return f"Bảng màu kết luận theo đơn vị và lựa chọn, {case.plan[slug].title}. {' '.join(groups)}"


def _values(found: Sequence[Scenario]) -> Values:
    return {
        found[0].findings[place].unit_name: tuple(s.findings[place].verdict.value for s in found)
        for place in with_duty(found)
    }
