"""The panel of explore.ipynb: choose a unit, an objective and rules, and see at once what would become of the finding.

The panel is built from the plan file: a new rule with choices shows up by itself.
"""

import os
from base64 import b64encode
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets

from pcmd_eval import display, paths
from pcmd_eval.canvas import MARK, Chart
from pcmd_eval.choice_figures import bounds_chart, choices_chart
from pcmd_eval.choices import gaps_table, scenarios, scenarios_table
from pcmd_eval.drill import cells_page
from pcmd_eval.errors import InputRefused
from pcmd_eval.notebook import Case
from pcmd_eval.tables import Page, stack
from pcmd_eval.what_if import (
    Choices,
    beside,
    differences,
    marked,
    numbers_table,
    open_rules,
    province_table,
    save_plan,
    what_if,
)

# What ipywidgets has no words for: labels above their controls in full, tables as close as on paper, and no code.
_STYLE = f"""<style>
.jp-Notebook:has(.pcmd-choices) .jp-InputPlaceholder {{ display: none }}
.pcmd-choices {{ flex: 0 0 15.5rem }}
.pcmd-answer {{ flex: 1 1 24rem; min-width: 0 }}
.pcmd-answer .widget-html-content {{ flex: 1 1 auto; min-width: 0 }}
.pcmd-beside {{ flex: 0 4 20.5rem; min-width: 14.5rem }}
.pcmd-page td, .pcmd-page th, .pcmd-side td, .pcmd-side th {{ white-space: normal !important }}
.pcmd-beside table, .pcmd-side table {{ font-size: 11.5px }}
.pcmd-choices .widget-label {{ text-align: left; white-space: normal; height: auto; line-height: 1.3;
  overflow: visible }}
.pcmd-choices select, .pcmd-choices input[type=text] {{ flex: 0 0 1.8rem; width: 100% }}
.pcmd-choices :focus {{ outline: 2px solid #0072B2 }}
.pcmd-told {{ line-height: 1.35; overflow-wrap: anywhere }}
.pcmd-told ul {{ margin: 0; padding-left: 1.2em }}
.pcmd-page {{ line-height: 1.35; padding: 0 .4rem; min-width: 0; overflow-x: auto }}
.pcmd-page p {{ margin: .35em 0 }}
.pcmd-page table {{ margin: .4em 0; font-size: 11.5px }}
.pcmd-page .finding p {{ margin: .2em 0 }}
.pcmd-page .illustrative {{ font-size: 11.5px; padding: .3em .6em }}
.pcmd-page th, .pcmd-page td, .pcmd-side th, .pcmd-side td {{ padding: .3em .35em }}
.pcmd-trial {{ border: 3px double {MARK};
  background: repeating-linear-gradient(135deg, #fff 0 22px, #fbeee4 22px 26px) }}
.pcmd-scroll {{ max-height: 26rem; overflow: auto }}
.pcmd-side {{ display: flex; gap: .8rem; align-items: flex-start; font-size: 12px; margin-bottom: 1rem }}
.pcmd-side > :first-child {{ flex: 0 1 24.5rem; min-width: 18rem }}
.pcmd-side > :last-child {{ flex: 1 1 auto; min-width: 0; overflow-x: auto }}
</style>"""
_COLUMN = {"width": "100%", "height": "auto", "margin": "0 0 .35rem 0"}


class Panel:
    """The widgets and what they show: a notebook displays `box`, and `cells` for the cells behind the finding."""

    def __init__(self, case: Case) -> None:
        # The cells have a place of their own here: not under every finding as well, which takes its time to draw.
        self.case: Case = replace(case, by_hand=False)
        self._trial: Case | None = None
        self._quiet = False
        self.unit, self.objective = _unit(case), _objective(case)
        self.rules = {
            (objective.slug, key): _dropdown(rule.label, _options(rule), rule.value)
            for objective, key, rule in open_rules(case)
        }
        self.late = widgets.Checkbox(value=True, description="Tính cả báo cáo gửi muộn", indent=False)
        self.reset = _button("Đặt lại", "Trở về các quy tắc đang áp dụng")
        self.name = widgets.Text(description="Tên kế hoạch mới", placeholder="ví dụ: thu_bon_quy", **_above())
        self.save = _button("Lưu thành kế hoạch", "Lưu các quy tắc đang thử thành tệp riêng")
        self.told, self.shown, self.province = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._choices = widgets.VBox()
        self.box = self._arranged()
        self.open = widgets.ToggleButton(description="Xem từng ô", tooltip="Hiện hoặc giấu các ô", layout=_COLUMN)
        self.listed = widgets.HTML()
        self.cells = self._drill()
        for control in (self.unit, self.objective, *self.rules.values(), self.late):
            control.observe(self._changed, names="value")
        self.open.observe(lambda _: self._list(), names="value")
        self.reset.on_click(self._reset)
        self.save.on_click(self._saved)
        self.update()

    def _arranged(self) -> widgets.Widget:
        controls = [self.unit, self.objective, self._choices, self.late, self.reset, self.told, self.name, self.save]
        left = widgets.VBox(controls)
        for part, name in ((left, "choices"), (self.shown, "answer"), (self.province, "beside")):
            part.add_class(f"pcmd-{name}")
        row = widgets.HBox([left, self.shown, self.province], layout={"grid_gap": ".6rem"})
        return widgets.VBox([widgets.HTML(_STYLE), row])

    def _drill(self) -> widgets.Widget:
        """The same two choices once more, so that nobody has to scroll back, and the cells on demand."""
        unit, objective = _unit(self.case), _objective(self.case)
        for own, other in ((unit, self.unit), (objective, self.objective)):
            widgets.link((other, "value"), (own, "value"))
        left = widgets.VBox([unit, objective, self.open])
        left.add_class("pcmd-choices")
        self.listed.add_class("pcmd-answer")
        return widgets.HBox([left, self.listed], layout={"grid_gap": ".6rem"})

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return Choices({key: control.value for key, control in self.rules.items()}, self.late.value)

    def update(self) -> None:
        """Show what the choices make of the finding, beside the province's verdicts; a choice in vain is told."""
        slug = self.objective.value
        self._choices.children = [control for (owner, _), control in self.rules.items() if owner == slug]
        try:
            self._trial = trial = what_if(self.case, self.choices)
        except InputRefused as refused:
            # Nothing of another choice, unit or objective may stand beside what is chosen now.
            self._trial, self.province.value = None, ""
            self._tell(*refused.reasons)
            said = display.note(f"Chưa tính được: {' '.join(refused.reasons)}")
            self.shown.value = framed(marked(self.case), said)
        else:
            self._tell(*differences(self.case, self.choices))
            self.shown.value = framed(trial, answer(self.case, trial, slug, self.unit.value))
            self.province.value = framed(trial, province_table(self.case, trial))
        self._list()

    def _list(self) -> None:
        if not self.open.value or self._trial is None:
            self.listed.value = ""
            return
        page = cells_page(self._trial.at(self.unit.value), self.objective.value)
        inside = display.note(f"{display.INTERNAL}: số liệu chi tiết, không gửi ra ngoài cơ quan.")
        scrolled = f'<div class="pcmd-scroll" tabindex="0" role="region" aria-label="Từng ô">{page.html}</div>'
        self.listed.value = framed(self._trial, stack(inside, *_mark(self._trial), Page(scrolled, page.text)))

    def _tell(self, *lines: str) -> None:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self.told.value = f'<div role="status" class="pcmd-told"><ul>{items}</ul></div>'

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            self.update()

    def _reset(self, _: Any) -> None:
        """Back to the plan's own rules, in one step: halfway there rules may exclude each other."""
        self._quiet = True
        for (slug, key), control in self.rules.items():
            control.value = self.case.plan[slug][key]
        self.late.value, self._quiet = True, False
        self.update()

    def _saved(self, _: Any) -> None:
        name = self.name.value.strip()
        try:
            path, replaced = save_plan(self.case, self.choices, name, paths.PLANS)
        except InputRefused as refused:
            self._tell(*refused.reasons)
            return
        except OSError as error:
            why = f"không đọc hoặc ghi được {name}.yaml ({error.strerror})"
            self._tell(f"Chưa lưu: {why}. Kiểm tra quyền truy cập và chỗ trống.")
            return
        ours = paths.returns_folder(self.case.plan.name).relative_to(paths.ROOT).as_posix()
        returns = os.environ.get("PCMD_RETURNS") or ours
        done = f"Đã lưu {path.name}{', thay bản đã lưu trước đó cùng tên' if replaced else ''}."
        if not self.late.value:
            done += " Việc bỏ báo cáo gửi muộn không được lưu: kế hoạch vẫn tính báo cáo gửi muộn."
        self._tell(f'{done} Chạy: pcmd-eval run --plan {path.stem} --returns "{returns}"')


# ---- pages ----------------------------------------------------------------------------------------------------------


def answer(case: Case, trial: Case, slug: str, unit: str) -> Page:
    """The finding of one unit, and its bounds beside the province's, by the plan and as tried, drawn and in numbers."""
    chosen = trial.at(unit)
    rows = beside(case, chosen, slug)
    own = rows[1 if trial.trial else 0][1]
    about = trial.plan[slug]
    title = f"{about.number}. {about.title}"
    return stack(
        *_mark(trial),
        Page(f"<p><strong>{escape(title)}</strong></p>", title),
        display.finding_box(chosen, own),
        picture(bounds_chart(chosen, rows)),
        numbers_table(rows),
    )


def _mark(trial: Case) -> list[Page]:
    """One line that says what the figures are: only tried, made up, or both."""
    return [display.note(f"{' · '.join(trial.marks)}.")] if trial.marks else []


def framed(case: Case, page: Page) -> str:
    """A page of the panel; that of a trial stands on a striped ground in a frame, so that no part passes for more."""
    trial = " pcmd-trial" if case.tried else ""
    return f'<div class="jp-RenderedHTMLCommon pcmd-page{trial}">{page.html}</div>'


def picture(chart: Chart) -> Page:
    """A chart as part of a page, with the words for those who do not see it."""
    source = b64encode(chart.png).decode("ascii")
    html = f'<img alt="{escape(chart.alt)}" src="data:image/png;base64,{source}" style="max-width:100%">'
    return Page(html, chart.alt)


def every_choice(case: Case) -> Page:
    """The verdict of every unit under every choice of every rule, one rule at a time, as picture and as table."""
    trial = marked(case)
    pages = _mark(trial)
    for objective in case.plan.objectives:
        found = scenarios(case.evidence, objective.slug, [*case.districts, case.province])
        table = scenarios_table(trial, objective.slug, found)
        drawn = picture(choices_chart(trial, objective.slug, found))
        html = f'<div class="pcmd-side pcmd-trial"><div>{drawn.html}</div><div>{table.html}</div></div>'
        pages.append(Page(html, f"{drawn.text}\n\n{table.text}"))
    return Page(f"{_STYLE}{stack(*pages).html}", stack(*pages).text)


def every_gap(case: Case) -> Page:
    """How little would decide each open finding, and what each missed one lacks, objective by objective."""
    return stack(*(gaps_table(case, objective.slug) for objective in case.plan.objectives))


# ---- controls -------------------------------------------------------------------------------------------------------


def _above() -> dict[str, Any]:
    """A label above its control, as long as it is."""
    return {"style": {"description_width": "auto"}, "layout": {"flex_flow": "column", **_COLUMN}}


def _dropdown(words: str, options: list[tuple[str, Any]], value: Any) -> widgets.Dropdown:
    return widgets.Dropdown(description=words, options=options, value=value, **_above())


def _unit(case: Case) -> widgets.Dropdown:
    units = [(unit.full_name, unit.code) for unit in (*case.districts, case.province)]
    return _dropdown("Đơn vị", units, case.unit.code)


def _objective(case: Case) -> widgets.Dropdown:
    objectives = [(f"{o.number}. {o.title}", o.slug) for o in case.plan.objectives]
    return _dropdown("Chỉ tiêu", objectives, objectives[0][1])


def _options(rule: Any) -> list[tuple[str, Any]]:
    return [(f"{c.label} (đang áp dụng)" if c.value == rule.value else c.label, c.value) for c in rule.choices]


def _button(words: str, hint: str) -> widgets.Button:
    return widgets.Button(description=words, tooltip=hint, layout=_COLUMN | {"height": "2rem"})
