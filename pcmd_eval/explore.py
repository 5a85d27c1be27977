"""The panel of explore.ipynb: choose a unit, an objective and rules, and see at once what would become of the finding.

It is built from the plan file: a new rule with choices shows up by itself.
"""

import os
from base64 import b64encode
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused, cause
from pcmd_eval.figures import bounds_chart
from pcmd_eval.findings import COUNTS
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.rules import Rule
from pcmd_eval.show import Shown, chip, counted, table_html
from pcmd_eval.what_if import NOW, PARTS, THEN, behind, differences, save_plan, what_if
from pcmd_eval.words import VERDICTS

# A label above its control, as long as it is.
_ABOVE = {
    "style": {"description_width": "auto"},
    "layout": {"flex_flow": "column", "width": "100%", "height": "auto"},
}


def answer(case: Case, tried: Case, slug: str) -> str:
    """One screen: the finding with its bounds, what becomes of the province, and the parts behind the number."""
    province, finding, parts = case.plan.province, tried.finding(slug), behind(tried, slug)
    sides = {NOW: case} | ({THEN: tried} if tried.findings is not case.findings else {})
    found = pd.concat(side.findings.assign(side=words) for words, side in sides.items())
    whole, own = found[found.unit_code == province], found[found.unit_code == tried.unit]
    rows = (
        pd.concat([own, whole])
        .drop_duplicates(["unit_code", "objective", "side"])
        .query("objective == @slug")
    )
    short = "Đang thử: " + rows.unit_code.map(case.units["name"]).mask(
        rows.unit_code == province, "toàn tỉnh"
    )
    rows = rows.assign(unit_name=rows.unit_name.mask(rows.side == THEN, short))
    chart = bounds_chart(rows, case.at(tried.unit), case.names[slug])
    effect = table_html(
        _effect(whole, [*sides]), f"Kết luận của {case.units.inline_name[province]}", tried
    )
    counts = table_html(rows.set_index("unit_name")[[*COUNTS, "verdict"]], "Số đếm", tried)
    named = f"{'Từng huyện, thành, thị' if 'verdict' in parts else PARTS[slug][1]}: {tried.name}"
    look = VERDICTS[finding.verdict]
    return framed(
        case,
        tried,
        f'<div class="finding" style="border-color:{look.text_colour}"><p><strong>{escape(tried.name)}:</strong> '
        f"{chip(look)} {escape(counted(finding))}</p><p>{escape(finding.reason)}</p></div>"
        f'<img alt="{escape(chart.alt)}" src="data:image/png;base64,{b64encode(chart.png).decode()}">'
        f'<div class="pcmd-sides"><div>{effect}{counts}</div>'
        f'<div class="pcmd-scroll">{table_html(parts, named, tried)}</div></div>',
    )


def _effect(whole: pd.DataFrame, sides: list[str]) -> pd.DataFrame:
    """The province's verdict on each objective, and where it is tried whether it moves."""
    table = whole.pivot(index="objective", columns="side", values="verdict")[sides].loc[
        whole.objective.unique()
    ]
    if THEN in sides:
        table["thay đổi"] = table[NOW].ne(table[THEN]).map({True: "◄ đổi", False: "không"})
    return table.rename(columns=str.capitalize)


def framed(case: Case, tried: Case, html: str) -> str:
    """A page of the panel; a trial stands in a frame under one banner that says so, and what was changed."""
    marks = escape(" · ".join(tried.marks))
    if not tried.plan.mark:
        return f'<div class="pcmd-page"><p class="pcmd-marks">{marks}</p>{html}</div>'
    said = "".join(f"<li>{escape(line)}</li>" for line in differences(case, tried))
    banner = f'<div class="pcmd-banner" role="status">{marks}<ul>{said}</ul></div>'
    return f'<div class="pcmd-page pcmd-trial">{banner}{html}</div>'


def every_choice(case: Case) -> Shown:
    """The verdict of every unit under every choice of every rule, one rule at a time, and how many change it."""
    tables, order = [], [*case.plan.reporters.index]
    for objective in case.plan.objectives:
        found = case.under_every_choice(objective.slug).query("verdict != 'not_applicable'")
        under = [*found[["rule", "choice"]].drop_duplicates().itertuples(index=False, name=None)]
        table = found.pivot(index="unit_code", columns=["rule", "choice"], values="verdict")[under]
        table = (
            table.set_axis([choice or NOW for _, choice in under], axis=1)
            .reindex(order)
            .dropna(how="all")
        )
        changing = table.ne(table[NOW], axis=0).sum(axis=1).rename("Số lựa chọn làm đổi")
        tables.append(table_html(table.join(changing), case.names[objective.slug], case))
    return Shown(framed(case, case, "".join(tables)), "Mọi đơn vị theo từng quy tắc")


def every_gap(case: Case) -> Shown:
    """Whom to ask for how much, so that the verdicts that are still open can be given, and what the answer decides."""
    rows = reminders(case.plan, case.cells, case.findings)
    table = (
        rows.groupby(["reporter", "objective", "settles"], sort=False).size().rename("Số ô cần hỏi")
    )
    return Shown(
        framed(case, case, table_html(table.reset_index(), None, case)), "Còn thiếu gì để kết luận"
    )


class Panel:
    """The controls and what they show: a notebook displays `box`."""

    def __init__(self, case: Case) -> None:
        self.case, plan, self._quiet = case, case.plan, False
        units = [(case.names[code], code) for code in plan.reporters.index]
        self.unit = _dropdown("Đơn vị", units, case.unit)
        slugs = [objective.slug for objective in plan.objectives]
        self.objective = _dropdown(
            "Chỉ tiêu", [(case.names[slug], slug) for slug in slugs], slugs[0]
        )
        rules = {
            (slug, key): rule
            for slug in slugs
            for key, rule in plan[slug].rules.items()
            if len(rule.choices) > 1
        }
        self.rules = {
            place: _dropdown(rule.label, _options(rule), rule.value)
            for place, rule in rules.items()
        }
        self.late = widgets.Checkbox(
            value=True, description="Tính cả báo cáo gửi muộn", indent=False
        )
        self.reset = widgets.Button(
            description="Đặt lại", tooltip="Trở về các quy tắc đang áp dụng"
        )
        self.name = widgets.Text(
            description="Tên kế hoạch mới", placeholder="ví dụ: thu_bon_quy", **_ABOVE
        )
        self.save = widgets.Button(
            description="Lưu thành kế hoạch", tooltip="Lưu các quy tắc đang thử thành tệp riêng"
        )
        self.told, self.shown, self._choices = widgets.HTML(), widgets.HTML(), widgets.VBox()
        left = [
            self.unit,
            self.objective,
            self._choices,
            self.late,
            self.reset,
            self.name,
            self.save,
            self.told,
        ]
        style = widgets.HTML(
            f"<style>{(paths.LAB / 'explore.css').read_text(encoding='utf-8')}</style>"
        )
        row = widgets.HBox(
            [widgets.VBox(left).add_class("pcmd-choices"), self.shown.add_class("pcmd-answer")]
        )
        self.box = widgets.VBox([style, row])
        for control in (self.unit, self.objective, *self.rules.values(), self.late):
            control.observe(self.update, names="value")
        self.reset.on_click(self._reset)
        self.save.on_click(self._save)
        self.update()

    def tried(self) -> Case:
        """The case under what is chosen now; raises InputRefused for choices that exclude each other."""
        choices = {place: control.value for place, control in self.rules.items()}
        return what_if(self.case, choices, self.late.value).at(self.unit.value)

    def update(self, _: Any = None) -> None:
        """Show what the choices make of the finding; what cannot be is told, and nothing of another choice stays."""
        if self._quiet:
            return
        slug, self.told.value = self.objective.value, ""
        self._choices.children = [
            control for (owner, _), control in self.rules.items() if owner == slug
        ]
        try:
            self.shown.value = answer(self.case, self.tried(), slug)
        except InputRefused as refused:
            self.shown.value = (
                f'<div class="pcmd-page" role="status">{escape(" ".join(refused.reasons))}</div>'
            )

    def _reset(self, _: Any) -> None:
        """Back to the plan's own rules, in one step: halfway there rules may exclude each other."""
        self._quiet = True
        for (slug, key), control in self.rules.items():
            control.value = self.case.rules(slug)[key]
        self.late.value, self._quiet = True, False
        self.update()

    def _save(self, _: Any) -> None:
        try:
            path = save_plan(self.case, self.tried(), self.name.value.strip(), paths.PLANS)
        except (InputRefused, OSError) as error:
            said = (
                " ".join(error.reasons)
                if isinstance(error, InputRefused)
                else f"Chưa lưu được: {cause(error)}."
            )
        else:
            returns = os.environ.get("PCMD_RETURNS") or f"data/returns/{self.case.plan.name}"
            said = (
                f'Đã lưu {path.name}. Chạy: pcmd-eval run --plan {path.stem} --returns "{returns}"'
            )
            said += "" if self.late.value else " Kế hoạch đã lưu vẫn tính báo cáo gửi muộn."
        self.told.value = f'<div role="status" class="pcmd-told">{escape(said)}</div>'


def _dropdown(words: str, options: list[tuple[str, Any]], value: Any) -> widgets.Dropdown:
    return widgets.Dropdown(description=words, options=options, value=value, **_ABOVE)


def _options(rule: Rule) -> list[tuple[str, Any]]:
    return [(c.label + f" ({NOW})" * (c.value == rule.value), c.value) for c in rule.choices]
