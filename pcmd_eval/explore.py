"""The panel of explore.ipynb: choose a unit, an objective and rules, and see at once what would become of the finding.

The panel is built from the plan file: a new rule with choices shows up by itself.
"""

from base64 import b64encode
from html import escape
from typing import Any

import ipywidgets as widgets

from pcmd_eval import display, figures, paths, workings
from pcmd_eval.choices import gaps_table, scenarios_table
from pcmd_eval.errors import InputRefused
from pcmd_eval.notebook import Case
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.tables import Page, Sentence, stack
from pcmd_eval.what_if import Choices, differences, open_rules, province_table, save_plan, what_if

_WIDE = widgets.Layout(width="min(46rem, 100%)")
_WORDS = {"description_width": "20rem"}


class Panel:
    """The widgets and what they show; `box` is what a notebook displays."""

    def __init__(self, case: Case) -> None:
        self._case = case
        units = [(unit.full_name, unit.code) for unit in (*case.districts, case.province)]
        objectives = [(f"{o.number}. {o.title}", o.slug) for o in case.plan.objectives]
        self.unit = _dropdown("Đơn vị", units, case.unit.code)
        self.objective = _dropdown("Chỉ tiêu", objectives, objectives[0][1])
        self.rules = {
            (objective.slug, key): _dropdown(rule.label, [(c.label, c.value) for c in rule.choices], rule.value)
            for objective, key, rule in open_rules(case)
        }
        self.late = widgets.Checkbox(value=True, description="Tính cả báo cáo gửi muộn", style=_WORDS, layout=_WIDE)
        self.reset = widgets.Button(description="Đặt lại", tooltip="Trở về các quy tắc của kế hoạch")
        self.name = widgets.Text(description="Tên kế hoạch mới", placeholder="chữ thường không dấu", style=_WORDS)
        self.save = widgets.Button(description="Lưu thành kế hoạch", tooltip="Lưu các quy tắc đang thử thành tệp riêng")
        self.told, self.shown, self.province = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._choices, self._quiet = widgets.VBox(), False
        self.box = self._arranged()
        for control in (self.unit, self.objective, *self.rules.values(), self.late):
            control.observe(self._changed, names="value")
        self.reset.on_click(self._reset)
        self.save.on_click(self._saved)
        self.update()

    def _arranged(self) -> widgets.Widget:
        saving = widgets.HBox([self.name, self.save], layout=widgets.Layout(flex_flow="row wrap"))
        controls = [self.unit, self.objective, self._choices, self.late, self.reset, saving, self.told]
        both = widgets.HBox([self.shown, self.province], layout=widgets.Layout(flex_flow="row wrap", gap="2rem"))
        return widgets.VBox([*controls, both])

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return Choices({key: control.value for key, control in self.rules.items()}, self.late.value)

    def update(self) -> None:
        """Show what the choices make of the finding, beside the province's verdicts; a choice in vain is told."""
        slug = self.objective.value
        self._choices.children = [control for (owner, _), control in self.rules.items() if owner == slug]
        try:
            trial = what_if(self._case, self.choices)
        except InputRefused as refused:
            self._tell(*refused.reasons)
            return
        self._tell(*differences(self._case, self.choices))
        self.shown.value = answer(trial, slug, self.unit.value).html
        self.province.value = province_table(self._case, trial).html

    def _tell(self, *lines: str) -> None:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self.told.value = f'<div role="status"><ul>{items}</ul></div>' if items else '<div role="status"></div>'

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            self.update()

    def _reset(self, _: Any) -> None:
        """Back to the plan's own rules, in one step: halfway there rules may exclude each other."""
        self._quiet = True
        for (slug, key), control in self.rules.items():
            control.value = self._case.plan[slug][key]
        self.late.value, self._quiet = True, False
        self.update()

    def _saved(self, _: Any) -> None:
        try:
            path = save_plan(self._case, self.choices, self.name.value.strip(), paths.PLANS)
        except InputRefused as refused:
            self._tell(*refused.reasons)
            return
        returns = paths.returns_folder(self._case.plan.name).relative_to(paths.ROOT)
        self._tell(f"Đã lưu {path.name}. Chạy: pcmd-eval run --plan {path.stem} --returns {returns.as_posix()}")


def panel(case: Case) -> widgets.Widget:
    """The panel of a case, opened at its unit."""
    return Panel(case).box


def every_choice(case: Case) -> Page:
    """The verdict of every unit under every choice of every rule, one rule at a time, objective by objective."""
    return stack(*(scenarios_table(case, objective.slug) for objective in case.plan.objectives))


def every_gap(case: Case) -> Page:
    """How little would decide each open finding, and what each missed one lacks, objective by objective."""
    return stack(*(gaps_table(case, objective.slug) for objective in case.plan.objectives))


def answer(case: Case, slug: str, unit: str) -> Page:
    """The finding of one unit, its bounds drawn against the needed count beside the province's, and the numbers."""
    chosen = case.at(unit)
    own = OBJECTIVES[slug](case.evidence, chosen.unit)
    whole = OBJECTIVES[slug](case.evidence, case.province)
    findings = list(dict.fromkeys([own, whole]))
    chart = figures.bounds_chart(chosen, findings)
    return stack(
        display.heading(chosen),
        display.finding_box(chosen, own),
        picture(chart),
        workings.bounds_table(own) if own.low is not None else Sentence("Chỉ tiêu không giao cho đơn vị này."),
        display.comparison(chosen, findings),
    )


def picture(chart: figures.Chart) -> Page:
    """A chart as part of a page, with the words for those who do not see it."""
    source = b64encode(chart.png).decode("ascii")
    html = f'<img alt="{escape(chart.alt)}" src="data:image/png;base64,{source}" style="max-width:100%">'
    return Page(html, chart.alt)


def _dropdown(words: str, options: list[tuple[str, Any]], value: Any) -> widgets.Dropdown:
    return widgets.Dropdown(description=words, options=options, value=value, style=_WORDS, layout=_WIDE)
