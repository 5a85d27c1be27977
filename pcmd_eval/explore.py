"""The panel of explore.ipynb: choose a unit, an objective and rules, and see at once what would
become of the finding.

It is built from the plan file: a new rule with choices shows up by itself.
"""

import os
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets as widgets
import pandas as pd

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused, cause
from pcmd_eval.figures import Picture, bounds_chart, district_map
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import COUNTS
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.show import Shown, chip, save_excel, table_html
from pcmd_eval.what_if import behind, differences, save_plan, what_if
from pcmd_eval.words import MOVED, NOW, THEN, VERDICTS, listing

# A label above its control, as long as it is.
_ABOVE = {
    "style": {"description_width": "auto"},
    "layout": {"flex_flow": "column", "width": "100%", "height": "auto"},
}


class Answer(NamedTuple):
    """What the panel shows of a choice, and what of it can be saved: tables and pictures by their
    names.
    """

    html: str
    tables: dict[str, pd.DataFrame]
    pictures: dict[str, Shown]


def answer(case: Case, tried: Case, slug: str) -> Answer:
    """One screen: the finding with its bounds, what becomes of the province, and the parts behind
    the number.
    """
    province = case.plan.province
    own = tried.unit
    sides = {NOW: case} | ({THEN: tried} if tried.findings is not case.findings else {})
    found = pd.concat(side.findings.assign(side=words) for words, side in sides.items())
    whole = found[found.unit_code == province]
    rows = found[found.objective == slug]
    rows = pd.concat([rows[rows.unit_code == own], rows[rows.unit_code == province]])
    rows = rows.drop_duplicates(["unit_code", "side"])
    short = case.units["name"][rows.unit_code].set_axis(rows.index)
    short = "Đang thử: " + short.mask(rows.unit_code == province, f"toàn {case.plan.kind}")
    rows = rows.assign(unit_name=rows.unit_name.mask(rows.side == THEN, short))
    tables = {
        f"Kết luận toàn {case.plan.kind}": _effect(whole, [*sides]),
        "Số đếm": rows.set_index("unit_name")[[*COUNTS, "verdict"]],
        "Từng phần": behind(tried, slug),
    }
    title = case.names[slug]
    drawn = {"bieu-do": bounds_chart(rows, tried, title)}
    on_map = district_map(tried.findings[tried.findings.objective == slug], tried, title)
    drawn |= {"ban-do": on_map} if isinstance(on_map, Picture) else {}
    return Answer(framed(case, tried, _page(tried, slug, tables, drawn)), tables, drawn)


def _page(tried, slug, tables, drawn):
    """The finding, its chart, the verdicts beside the map, the parts."""
    finding = tried.finding(slug)
    (effect, counts, parts) = tables.values()
    look = VERDICTS[finding.verdict]
    (said,) = tried.counted(finding.to_frame().T)
    titles = (
        f"Kết luận của {tried.units.inline_name[tried.plan.province]}",
        "Số đếm",
        f"{'Từng đơn vị' if 'verdict' in parts else OBJECTIVES[slug].named[1]}: {tried.name}",
    )
    shown = [
        table_html(frame, title, tried)
        for frame, title in zip((effect, counts, parts), titles, strict=True)
    ]
    chart, *on_map = (one.html for one in drawn.values())
    return (
        '<div class="finding" '
        f'style="border-color:{look.text_colour}"><p><strong>{escape(tried.name)}:</strong> '
        f"{chip(look)} {escape(said)}</p><p>{escape(finding.reason)}</p></div>"
        f'{chart}<div class="pcmd-sides"><div>{shown[0]}{shown[1]}</div>{"".join(on_map)}</div>'
        f'<div class="pcmd-scroll">{shown[2]}</div>'
    )


def _effect(whole, sides):
    """The province's verdict on each objective, and where it is tried whether it moves."""
    table = whole.pivot(index="objective", columns="side", values="verdict")[sides].loc[
        whole.objective.unique()
    ]
    if THEN in sides:
        table["thay đổi"] = table[NOW].ne(table[THEN]).map({True: "◄ đổi", False: "không"})
    return table.rename(columns=str.capitalize)


def framed(case: Case, tried: Case, html: str) -> str:
    """A page of the panel; a trial stands in a frame under one banner that says so, and what was
    changed.
    """
    marks = escape(" · ".join(tried.marks))
    if not tried.plan.mark:
        return f'<div class="pcmd-page"><p class="pcmd-marks">{marks}</p>{html}</div>'
    said = "".join(f"<li>{escape(line)}</li>" for line in differences(case, tried))
    banner = f'<div class="pcmd-banner" role="status">{marks}<ul>{said}</ul></div>'
    return f'<div class="pcmd-page pcmd-trial">{banner}{html}</div>'


def every_choice(case: Case) -> Shown:
    """The verdict of every unit under every choice of every rule, one rule at a time, what changes
    marked.
    """
    tables = []
    for objective in case.plan.objectives:
        found = case.under_every_choice(objective.slug).query("verdict != 'not_applicable'")
        under = [*found[["rule", "choice"]].drop_duplicates().itertuples(index=False, name=None)]
        table = found.pivot(index="unit_code", columns=["rule", "choice"], values="verdict")[under]
        table = table.reindex([*case.plan.reporters.index]).dropna(how="all")
        changed = table.ne(table[under[0]], axis=0)
        table = table.mask(changed, table + MOVED).rename(columns={under[0][0]: NOW.capitalize()})
        table["Số lựa chọn làm đổi", ""] = changed.sum(axis=1)
        tables.append(table_html(table, case.names[objective.slug], case))
    note = f"<p>{escape(MOVED)}: khác với kết luận theo các quy tắc đang áp dụng.</p>"
    return Shown(framed(case, case, note + "".join(tables)), "Mọi đơn vị theo từng quy tắc")


def every_gap(case: Case) -> Shown:
    """Whom to ask for how much, so that the verdicts that are still open can be given, and what the
    answer decides.
    """
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
        self.case = case
        plan = case.plan
        self._quiet = False
        units = [(case.names[code], code) for code in plan.reporters.index]
        slugs = [objective.slug for objective in plan.objectives]
        self.unit = _dropdown("Đơn vị", units, case.unit)
        self.objective = widgets.RadioButtons(
            description="Chỉ tiêu", options=[(case.names[s], s) for s in slugs], **_ABOVE
        )
        self.rules = {
            (slug, key): _dropdown(rule.label, _options(rule), rule.value)
            for slug in slugs
            for key, rule in plan[slug].rules.items()
            if len(rule.choices) > 1
        }
        self.late = widgets.Checkbox(
            value=True, description="Tính cả báo cáo gửi sau hạn", indent=False
        )
        self.reset = _button("Đặt lại", "Trở về các quy tắc đang áp dụng", self._reset)
        self.tables = _button("Lưu bảng ra Excel", "Lưu các bảng đang hiện", self._save_tables)
        self.pictures = _button("Lưu hình", "Lưu biểu đồ và bản đồ đang hiện", self._save_pictures)
        self.name = widgets.Text(
            description="Tên kế hoạch mới", placeholder="ví dụ: thu_bon_quy", **_ABOVE
        )
        self.save = _button("Lưu thành kế hoạch", "Lưu các quy tắc đang thử", self._save_plan)
        self.told = widgets.HTML()
        self.shown = widgets.HTML()
        self._choices = widgets.VBox()
        for control in (self.unit, self.objective, *self.rules.values(), self.late):
            control.observe(self.update, names="value")
        self.box = self._laid_out()
        self.update()

    def _laid_out(self):
        """The controls on the left, what they show on the right, above both where the figures come
        from.
        """
        left = [self.unit, self.objective, self._choices, self.late, self.reset]
        left += [self.tables, self.pictures, self.name, self.save, self.told]
        css = (paths.LAB / "explore.css").read_text(encoding="utf-8")
        read = f'<style>{css}</style><p class="pcmd-read">{escape(self.case.read)}</p>'
        choices = widgets.VBox(left).add_class("pcmd-choices")
        row = widgets.HBox([choices, self.shown.add_class("pcmd-answer")])
        return widgets.VBox([widgets.HTML(read), row])

    def tried(self) -> Case:
        """The case under what is chosen now; raises InputRefused for choices that exclude each
        other.
        """
        choices = {place: control.value for place, control in self.rules.items()}
        return what_if(self.case, choices, self.late.value).at(self.unit.value)

    def update(self, _: Any = None) -> None:
        """Show what the choices make of the finding; what cannot be is told, and nothing of another
        choice stays.
        """
        if self._quiet:
            return
        slug = self.objective.value
        self.told.value = ""
        self._choices.children = [
            control for (owner, _), control in self.rules.items() if owner == slug
        ]
        try:
            self._answer = answer(self.case, self.tried(), slug)
            self.shown.value = self._answer.html
        except InputRefused as refused:
            self._answer = None
            self.shown.value = (
                f'<div class="pcmd-page" role="status">{escape(" ".join(refused.reasons))}</div>'
            )

    def _reset(self, _):
        """Back to the plan's own rules, in one step: halfway there rules may exclude each other."""
        self._quiet = True
        for (slug, key), control in self.rules.items():
            control.value = self.case.rules(slug)[key]
        self.late.value = True
        self._quiet = False
        self.update()

    def _save_tables(self, _):
        self._tell(lambda: repr(save_excel(self._file(".xlsx"), self.tried(), **self._kept.tables)))

    def _save_pictures(self, _):
        self._tell(self._drawn)

    def _drawn(self):
        """Write the pictures; where they are."""
        drawn = {n: one for n, one in self._kept.pictures.items() if isinstance(one, Picture)}
        files = {self._file(f"-{name}.png"): one.png for name, one in drawn.items()}
        for file, content in files.items():
            write_atomic(file, content)
        return f"Đã lưu {listing([str(file) for file in files])}"

    @property
    def _kept(self):
        """What is shown; raises InputRefused while nothing is."""
        if not self._answer:
            raise InputRefused("Chưa có kết quả nào để lưu: đổi một trong các quy tắc.")
        return self._answer

    def _file(self, ending):
        """A file in the folder of the lab, of what is shown."""
        folder = (
            os.environ.get("PCMD_LAB") or paths.Places(paths.output_folder(self.case.plan.name)).lab
        )
        trial = "-phuong-an-thu" if self.tried().plan.mark else ""
        return Path(folder) / f"{self.unit.value}-{self.objective.value}{trial}{ending}"

    def _save_plan(self, _):
        self._tell(self._as_plan)

    def _as_plan(self):
        """Save the rules that are tried; the command that runs them."""
        path = save_plan(self.case, self.tried(), self.name.value.strip(), paths.PLANS)
        returns = os.environ.get("PCMD_RETURNS") or f"data/returns/{self.case.plan.name}"
        said = f'Đã lưu {path.name}. Chạy: pcmd-eval run --plan {path.stem} --returns "{returns}"'
        return said + ("" if self.late.value else " Kế hoạch đã lưu vẫn tính báo cáo gửi sau hạn.")

    def _tell(self, save):
        """Save something, and say what became of it."""
        try:
            said = save()
        except InputRefused as refused:
            said = " ".join(refused.reasons)
        except OSError as error:
            said = f"Không ghi được {error.filename}: {cause(error)}."
        self.told.value = f'<div role="status" class="pcmd-told">{escape(said)}</div>'


def _button(words, tip, act):
    button = widgets.Button(description=words, tooltip=tip)
    button.on_click(act)
    return button


def _dropdown(words, options, value):
    return widgets.Dropdown(description=words, options=options, value=value, **_ABOVE)


def _options(rule):
    return [(c.label + f" ({NOW})" * (c.value == rule.value), c.value) for c in rule.choices]
