"""The panel of explore.ipynb: choose a unit, an objective and rules, and see the finding change.

It is built from the plan file: a new rule with choices gets a control without a change here.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets as widgets
import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings, counts_text
from pcmd_eval.analysis.scenario import (
    check_choice,
    list_departures,
    parts_of,
    save_plan,
    target_number,
    what_if,
)
from pcmd_eval.analysis.show import Shown, save_excel, table_html
from pcmd_eval.analysis.table_format import VERDICT_CELLS
from pcmd_eval.charts.bar_charts import bounds_chart
from pcmd_eval.charts.maps import district_map
from pcmd_eval.charts.picture import Picture
from pcmd_eval.evaluation.findings import COUNTS
from pcmd_eval.evaluation.sensitivity import target_label
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused, describe_os_error
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.formatting import join_items
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.verdicts import JUDGED_VERDICTS, VERDICT_STYLES
from pcmd_eval.util.vocabulary import CHANGED_MARK, RULES_IN_FORCE, RULES_IN_SCENARIO

_REFUSED = "pcmd-refused"  # the class of a box whose value cannot be read
Choices = dict[tuple[str, str], Any]  # the values of rules and targets by slug and key
# Options of a control with its whole label above it.
_LABEL_ABOVE = {
    "style": {"description_width": "auto"},
    "layout": {"flex_flow": "column", "width": "100%", "height": "auto"},
}


class Answer(NamedTuple):
    """The HTML that the panel shows for a choice; its tables and pictures to save, by name."""

    html: str
    tables: dict[str, pd.DataFrame]
    pictures: dict[str, Shown]


def render_answer(case: Case, scenario: Case, slug: str) -> Answer:
    """Render the finding, the province's verdicts and the counted parts of one objective.

    `scenario`: the case of `what_if` at the chosen unit; with no rule changed, it has the findings
    of `case`.
    """
    province = case.plan.province
    findings_by_rules = {RULES_IN_FORCE: _findings_for_display(case)}
    if scenario.plan is not case.plan:
        findings_by_rules[RULES_IN_SCENARIO] = _findings_for_display(scenario)
    findings = pd.concat(findings_by_rules, names=["rules", None]).reset_index("rules")
    of_objective = findings[findings.objective == slug].set_index("unit_code", drop=False)
    rows = of_objective.loc[[*dict.fromkeys([scenario.unit, province])]].reset_index(drop=True)
    rows["unit_name"] = rows.unit_name.mask(
        rows.rules == RULES_IN_SCENARIO, "Đang thử: " + rows.unit_name
    )
    tables = {
        f"Kết luận toàn {case.plan.kind}": _verdict_table(province, findings_by_rules),
        "Số đếm": rows.set_index("unit_name")[[*COUNTS, "verdict"]],
        "Từng phần": parts_of(scenario, slug),
    }
    title = case.names[slug]
    pictures = {
        "bieu-do": bounds_chart(rows, scenario, title),
        "ban-do": district_map(
            scenario.findings[scenario.findings.objective == slug], scenario, title
        ),
    }
    finding = scenario.finding(slug)
    has_units = "verdict" in tables["Từng phần"]
    part_label = "Từng đơn vị" if has_units else OBJECTIVES[slug].part_label
    html = _render_template(
        "answer",
        case,
        scenario,
        tables=tables,
        pictures=pictures,
        finding=finding,
        look=VERDICT_STYLES[finding.verdict],
        count=counts_text(scenario, finding.to_frame().T).iloc[0],
        parts_title=part_label.format(communes=case.plan.commune_kinds),
    )
    return Answer(html, tables, pictures)


def _findings_for_display(case: Case) -> pd.DataFrame:
    """Return the findings of a case for display, with `counts` (string)."""
    findings = case.for_display(all_findings(case))
    return findings.assign(counts=counts_text(case, findings))


def _render_template(name: str, case: Case, scenario: Case, **values: Any) -> str:
    """Render `<name>.html.j2`; it lists the rules in which `scenario` differs from `case`."""
    values |= {
        "scenario": scenario,
        "changed": list_departures(case, scenario).values(),
        "table": table_html,
    }
    return render_page(f"office/lab/{name}.html.j2", **values)


def _verdict_table(unit: str, findings_by_rules: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a table of a unit's verdicts: a row per objective, a column per frame of findings, and
    for a scenario a column that marks changes.
    """
    table = pd.DataFrame({
        label: findings[findings.unit_code == unit].set_index("objective").verdict
        for label, findings in findings_by_rules.items()
    })  # fmt: skip
    if RULES_IN_SCENARIO in table:
        is_changed = table[RULES_IN_FORCE].ne(table[RULES_IN_SCENARIO])
        table["thay đổi"] = is_changed.map({True: "◄ đổi", False: "không"})
    table = table.rename(columns=str.capitalize)
    return _with_verdicts(table)


def _with_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the styles of its verdicts in place of their codes."""
    return table.map(lambda value: VERDICT_CELLS.get(value, value))


def every_choice(case: Case) -> Shown:
    """Kết luận của mọi đơn vị theo từng lựa chọn của từng quy tắc; chỗ đổi có dấu.

    every_choice(case)
    """
    note = f"{CHANGED_MARK}: khác với kết luận theo các quy tắc đang áp dụng."
    tables = {}
    for slug in case.plan.by_slug:
        findings = case.alternatives(slug, every_unit=True)  # a row for each unit and choice
        findings = findings[findings.verdict.isin(JUDGED_VERDICTS)]
        findings = findings.assign(alternative=findings.rule + " · " + findings.choice)
        in_force, *others = findings.alternative.unique()  # the rules in force come first
        table = findings.pivot(index="unit_code", columns="alternative", values="verdict")
        table = table.reindex([*case.plan.reporters.index], columns=[in_force, *others])
        table = table.dropna(how="all")
        is_changed = table.ne(table[in_force], axis=0)
        table = table.mask(is_changed, table + CHANGED_MARK)
        table = table.rename(columns={in_force: RULES_IN_FORCE.capitalize()})
        table["Số lựa chọn làm đổi"] = is_changed.sum(axis=1)
        tables[case.names[slug]] = _with_verdicts(table)
    html = _render_template("page", case, scenario=case, note=note, tables=tables)
    return Shown(html, "Mọi đơn vị theo từng quy tắc")


class Panel:
    """Bảng chọn đơn vị, chỉ tiêu, quy tắc và kết luận theo lựa chọn ấy; `box` là thứ để hiện.

    panel = Panel(open_case("phu_tho_2017", "230"))
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        # The last choices, and the case that they gave.
        self._last_choices: Choices = {}
        self._last_case = case
        self._make_controls()
        self._controls = self.targets | self.rules
        self._planned = {key_pair: one.value for key_pair, one in self._controls.items()}
        self._valid: Choices = {}  # the last valid value of each target
        new, example = "Tên kế hoạch mới", "ví dụ: thu_bon_quy"
        self.name = widgets.Text(description=new, placeholder=example, **_LABEL_ABOVE)
        self.reset = self._button("Đặt lại", self._reset)
        self.tables = self._button("Lưu bảng ra Excel", self._save_tables)
        self.pictures = self._button("Lưu hình", self._save_pictures)
        self.save = self._button("Lưu thành kế hoạch", self._save_plan)
        self.message = widgets.HTML()
        self.shown = widgets.HTML()
        self._choices = widgets.VBox()
        for control in (self.unit, self.objective, *self._controls.values()):
            control.observe(self.update, names="value")
        self.box = self._layout()
        self.update()

    def _make_controls(self) -> None:
        """Make the controls of what is shown and tried: unit, objective, rules, targets."""
        case, slugs = self.case, self.case.plan.by_slug
        units = [(case.names[code], code) for code in case.plan.reporters.index]
        self.unit = _dropdown("Đơn vị", units, case.unit)
        objectives = [(case.names[slug], slug) for slug in slugs]
        in_force = f" ({RULES_IN_FORCE})"
        self.objective = widgets.RadioButtons(
            description="Chỉ tiêu", options=objectives, **_LABEL_ABOVE
        )
        self.rules = {
            (slug, key): _dropdown(
                rule.label,
                [
                    (one.label + in_force * (one.value == rule.value), one.value)
                    for one in rule.choices
                ],
                rule.value,
            )
            for slug in slugs
            for key, rule in case.plan[slug].rules.items()
            if len(rule.choices) > 1
        }
        self.targets = {
            # Not continuous: a half-typed number would be refused at every key.
            (slug, key): widgets.Text(
                description=target_label(case.plan, key),
                value=target_number(target.value.text),
                continuous_update=False,
                **_LABEL_ABOVE,
            )
            for slug in slugs
            for key, target in case.plan[slug].targets.items()
        }
        self.notes = {key_pair: widgets.HTML() for key_pair in self.targets}

    def _layout(self) -> widgets.VBox:
        """Return the box of all widgets: the source above, controls left, the answer right."""
        left = [self.unit, self.objective, self._choices, self.reset]
        left += [self.message, self.tables, self.pictures, self.name, self.save]
        css = (paths.PACKAGE / "office/lab/explore.css").read_text(encoding="utf-8")
        source = f'<style>{css}</style><p class="pcmd-read">{escape(self.case.source)}</p>'
        controls = widgets.VBox(left).add_class("pcmd-choices")
        row = widgets.HBox([controls, self.shown.add_class("pcmd-answer")]).add_class("pcmd-row")
        return widgets.VBox([widgets.HTML(source), row]).add_class("pcmd-panel")

    def scenario(self, targets: Choices | None = None) -> Case:
        """Return the case of the chosen unit under the chosen rules and `targets`, by default those
        in the boxes.

        Raises InputRefused for impossible choices.
        """
        values = {key_pair: control.value for key_pair, control in self._controls.items()}
        values |= targets or {}
        if values != self._last_choices:  # not again where only the unit or the objective changes
            self._last_choices, self._last_case = values, what_if(self.case, values)
        return self._last_case.at(self.unit.value)

    def update(self, _: Any = None) -> None:
        """Show the finding under the choices, with the last valid value of an invalid target; for
        rules that exclude each other show the reason and keep the last finding. Only the controls
        of the chosen objective are visible.
        """
        objective = self.objective.value
        self._choices.children = [
            widget
            for key_pair, control in self._controls.items()
            for widget in (control, self.notes.get(key_pair))
            if widget and key_pair[0] == objective
        ]
        self.message.value = ""
        self._mark_targets()
        try:
            self._answer = render_answer(self.case, self.scenario(self._valid), objective)
            self.shown.value = self._answer.html
        except InputRefused as refused:
            note = "Kết quả vẫn theo lựa chọn trước."
            self._tell(" ".join([*refused.reasons, note]))

    def _mark_targets(self) -> None:
        """Mark each invalid target, with the reason and the last valid value under its box."""
        for (slug, key), box in self.targets.items():
            note = self.notes[slug, key]
            try:
                check_choice(self.case, slug, key, box.value)
                note.value, self._valid[slug, key] = "", box.value
                box.remove_class(_REFUSED)
            except InputRefused as refused:
                box.add_class(_REFUSED)
                words = f"{' '.join(refused.reasons)} Kết quả vẫn theo {self._valid[slug, key]}."
                note.value = f'<div role="alert" class="pcmd-told">{escape(words)}</div>'

    def _reset(self) -> str:
        """Set all rules and targets to the plan's; each control that changes calls `update`."""
        for key_pair, value in self._planned.items():
            self._controls[key_pair].value = value
        return "Đã đặt lại theo kế hoạch."

    def _button(self, label: str, act: Callable[[], str]) -> widgets.Button:
        """Return a button that calls `act` and shows the message it returns, or why it failed."""

        def click(_: object) -> None:
            try:
                message = act()
            except InputRefused as refused:
                message = " ".join(refused.reasons)
            except OSError as error:
                message = f"Không ghi được {error.filename}: {describe_os_error(error)}."
            self._tell(message)

        button = widgets.Button(description=label)
        button.on_click(click)
        return button

    def _tell(self, message: str) -> None:
        self.message.value = f'<div role="status" class="pcmd-told">{escape(message)}</div>'

    def _save_tables(self) -> str:
        """Save the tables of the answer as one workbook; return the message."""
        return repr(save_excel(self._file(".xlsx"), self.scenario(), **self._answer.tables))

    def _save_pictures(self) -> str:
        """Save the pictures of the answer as PNG; return the message."""
        files = []
        for name, picture in self._answer.pictures.items():
            if isinstance(picture, Picture):
                files.append(self._file(f"-{name}.png"))
                write_atomic(files[-1], picture.png)
        saved = f"Đã lưu {join_items([*map(str, files)])}"
        return saved if files else "Không có hình nào để lưu; xem bảng."

    def _file(self, ending: str) -> Path:
        """Return a path in the lab's folder, named by unit and objective, for a file to save.

        Raises InputRefused for impossible choices.
        """
        folder = os.environ.get("PCMD_LAB") or paths.output_folder(self.case.plan.name) / "lab"
        Path(folder).mkdir(parents=True, exist_ok=True)
        suffix = "-phuong-an-thu" if self.scenario().plan.mark else ""
        return Path(folder, f"{self.unit.value}-{self.objective.value}{suffix}{ending}")

    def _save_plan(self) -> str:
        """Save the scenario as a plan; return a message with the command that runs it."""
        path = save_plan(self.case, self.scenario(), self.name.value.strip(), paths.PLANS)
        returns = os.environ.get("PCMD_RETURNS")
        option = f' --returns "{returns}"' if returns else ""
        return f"Đã lưu {path}. Chạy: pcmd-eval run --plan {path.stem}{option}"


def _dropdown(label: str, options: Sequence[Any], value: Any) -> widgets.Dropdown:
    return widgets.Dropdown(description=label, options=options, value=value, **_LABEL_ABOVE)
