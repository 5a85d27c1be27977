"""A what-if: the same returns judged by other rules, or without those that came late; never an official finding."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence, ReturnState
from pcmd_eval.plan import Objective, Rule, plan_file
from pcmd_eval.tables import Table, Value
from pcmd_eval.wording import listing

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

TRIAL = "THỬ LỰA CHỌN – không phải kết luận chính thức"
_SAVED = "# Lưu từ sổ thử lựa chọn; các quy tắc đã đổi: "
_NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")


@dataclass(frozen=True)
class Choices:
    """What is tried: other values of rules by objective and key, and whether late returns count."""

    rules: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    late: bool = True


def open_rules(case: "Case") -> Iterator[tuple[Objective, str, Rule]]:
    """Every rule that the plan offers choices for, in the order of the plan file."""
    for objective in case.plan.objectives:
        for key, rule in objective.rules.items():
            if len(rule.choices) > 1:
                yield objective, key, rule


def changed(case: "Case", choices: Choices) -> dict[tuple[str, str], Any]:
    """The rules that are tried with another value than the plan's."""
    return {(slug, key): value for (slug, key), value in choices.rules.items() if value != case.plan[slug][key]}


def what_if(case: "Case", choices: Choices) -> "Case":
    """The case under these choices, marked as a trial where anything differs from the plan.

    Raises InputRefused where two choices cannot go together. A return that came late and replaced an earlier one is
    left out with nothing in its place.
    """
    other = changed(case, choices)
    try:
        plan = case.plan.with_rules(other)
    except ValueError:
        words = listing([f"“{case.plan[slug].rules[key].label}”" for slug, key in other])
        raise InputRefused(f"Các lựa chọn {words} không đi cùng nhau được. Đổi một trong các lựa chọn ấy.") from None
    evidence = case.evidence if choices.late else without_late(case)
    differs = bool(other) or evidence is not case.evidence
    tried = replace(case, project=replace(case.project, plan=plan), evidence=evidence.under(plan))
    return marked(tried) if differs else tried


def marked(case: "Case") -> "Case":
    """The case as a trial: everything shown of it says so."""
    return replace(case, trial=TRIAL)


def without_late(case: "Case") -> Evidence:
    """The evidence as if what was sent after the deadline had not come; the same object where nothing was late."""
    evidence, form = case.evidence, case.project.form
    late = {row.reporter for row in evidence.returns if row.counts and row.late}
    if not late:
        return evidence
    kept = [o for o in evidence.observations if o.reporter not in late]
    gone = [
        observation
        for reporter in evidence.register.reporters
        if reporter.code in late
        for observation in absent_observations(reporter, form, evidence.register)
    ]
    nothing: dict[str, Any] = {"state": ReturnState.MISSING, "late": None, "file": "", "sent": None, "cutoff": None}
    returns = tuple(
        replace(row, **nothing, reported=0, blank=0, unreadable=0, absent=row.expected) if row.reporter in late else row
        for row in evidence.returns
    )
    return replace(evidence, observations=(*kept, *gone), returns=returns)


def differences(case: "Case", choices: Choices) -> list[str]:
    """What is tried, in words: one line for each rule that differs from the plan, and one for late returns left out."""
    said = []
    for (slug, key), value in changed(case, choices).items():
        rule = case.plan[slug].rules[key]
        label = next(choice.label for choice in rule.choices if choice.value == value)
        said.append(f"{rule.label}: {label} (kế hoạch đang dùng: {rule.chosen})")
    if not choices.late:
        said.append("Không tính báo cáo gửi muộn")
    return said


def province_table(case: "Case", trial: "Case") -> Table:
    """The province's verdict on every objective: by the plan, and as tried."""
    rows: list[tuple[Value, ...]] = []
    for objective in case.plan.objectives:
        now = OBJECTIVES[objective.slug](case.evidence, case.province)
        tried = OBJECTIVES[objective.slug](trial.evidence, case.province) if trial.trial else now
        rows.append((f"{objective.number}. {objective.title}", now.verdict, tried.verdict))
    title = f"Kết luận của {case.province.inline_name}"
    return Table(title, ("Chỉ tiêu", "Đang áp dụng", "Đang thử"), rows)


def beside(case: "Case", trial: "Case", slug: str) -> list[tuple[str, Finding]]:
    """The finding of the unit and of the province, by the plan and, where it is a trial, as tried; by name."""
    rows = []
    for unit in dict.fromkeys([trial.unit, trial.province]):
        now, tried = OBJECTIVES[slug](case.evidence, unit), OBJECTIVES[slug](trial.evidence, unit)
        rows.append((f"{unit.full_name}, đang áp dụng" if trial.trial else unit.full_name, now))
        rows += [(f"{unit.full_name}, đang thử", tried)] if trial.trial else []
    return rows


def numbers_table(rows: list[tuple[str, Finding]]) -> Table:
    """The numbers that the chart beside it draws."""
    columns = ("Đơn vị", "Chắc chắn", "Nhiều nhất", "Cần đạt", "Tổng số", "Kết luận")
    return Table("Số đếm", columns, [(name, f.low, f.high, f.needed, f.total, f.verdict) for name, f in rows])


def save_plan(case: "Case", choices: Choices, name: str, folder: Path) -> Path:
    """Write the tried rules as a plan file of the user's own, to be run by `run --plan`; returns where it stands.

    Raises InputRefused for a name that is none, or that a plan has which was not saved by this function.
    """
    path = folder / f"{name}.yaml"
    if not _NAME.fullmatch(name):
        raise InputRefused("Tên kế hoạch chỉ gồm chữ thường không dấu, chữ số và gạch dưới, ví dụ thu_du_4_quy.")
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_SAVED):
        raise InputRefused(f"Đã có kế hoạch {name} không do sổ này lưu. Chọn tên khác.")
    other = changed(case, choices)
    what_if(case, choices)
    content = yaml.safe_load(plan_file(case.plan.name).read_text(encoding="utf-8"))
    for objective in content["objectives"]:
        for key, rule in objective["rules"].items():
            if (objective["slug"], key) in other:
                value = other[objective["slug"], key]
                rule["value"] = list(value) if isinstance(value, tuple) else value
                rule["status"] = "assumption"
    said = "; ".join(f"{slug}.{key}" for slug, key in other) or "không có"
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    write_atomic(path, f"{_SAVED}{said}\n{text}".encode())
    return path
