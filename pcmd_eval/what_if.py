"""A what-if: the same returns judged by other rules, or without those that came late; never an official finding."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence, ReturnState
from pcmd_eval.plan import Objective, Plan, Rule
from pcmd_eval.strict import parse
from pcmd_eval.tables import Table, Value
from pcmd_eval.wording import listing

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

TRIAL = "THỬ LỰA CHỌN – không phải kết luận chính thức"
_SAVED = "# Lưu từ sổ thử lựa chọn; các quy tắc đã đổi: "
_NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # names that Windows keeps for itself
_WHY, _SOURCE = "Chọn trong sổ thử; chưa được xác nhận.", "Sổ thử lựa chọn, phương án"


@dataclass(frozen=True)
class Choices:
    """What is tried: other values of rules by objective and key, and whether late returns count."""

    rules: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    late: bool = True


class Saved(NamedTuple):
    """Where a plan of the user's own was written, and whether one that was saved before stood there."""

    path: Path
    replaced: bool


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
        raise InputRefused(*_excluding(case, other)) from None
    evidence = case.evidence if choices.late else without_late(case)
    differs = bool(other) or evidence is not case.evidence
    tried = replace(case, project=replace(case.project, plan=plan), evidence=evidence.under(plan))
    return marked(tried) if differs else tried


def _excluding(case: "Case", other: Mapping[tuple[str, str], Any]) -> list[str]:
    """The choices that exclude each other, by their objective: its reader may have turned to another one since."""
    said = []
    for objective in case.plan.objectives:
        try:
            case.plan.with_rules({place: value for place, value in other.items() if place[0] == objective.slug})
        except ValueError:
            words = [
                f"“{rule.label}: {_label(rule, other.get((objective.slug, key), rule.value))}”"
                for key, rule in objective.rules.items()
                if len(rule.choices) > 1
            ]
            said.append(f"Chỉ tiêu {objective.number}. {objective.title}: {listing(words)} không đi cùng nhau được.")
    hint = "Đổi một trong các lựa chọn ấy ở chỉ tiêu nêu trên, hoặc đặt lại."
    return [*(said or ["Các lựa chọn đang thử không đi cùng nhau được."]), hint]


def _label(rule: Rule, value: Any) -> str:
    return next((choice.label for choice in rule.choices if choice.value == value), str(value))


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
        said.append(f"{rule.label}: {_label(rule, value)} (kế hoạch đang dùng: {rule.chosen})")
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
    title = trial.marked(f"Kết luận của {case.province.inline_name}")
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


def save_plan(case: "Case", choices: Choices, name: str, folder: Path) -> Saved:
    """Write the plan that is open, with the tried rules, as one of the user's own, to be run by `run --plan`.

    It is marked as a trial, and what was changed rests on nobody's reasons. Raises InputRefused for choices that
    exclude each other, and for a name that is none, or that a plan has which was not saved by this function.
    """
    path = folder / f"{name}.yaml"
    if not _NAME.fullmatch(name):
        raise InputRefused(
            "Tên kế hoạch dài từ 3 đến 61 ký tự, bắt đầu bằng một chữ cái, chỉ gồm chữ thường không dấu, chữ số và "
            "gạch dưới, ví dụ thu_du_4_quy."
        )
    if _DEVICE.fullmatch(name):
        raise InputRefused(f"Windows dành riêng tên {name}, không lưu thành tệp được. Chọn tên khác.")
    before = path.read_bytes() if path.exists() else None
    if before is not None and not before.startswith(_SAVED.encode()):
        raise InputRefused(f"Đã có kế hoạch {name} không do sổ này lưu. Chọn tên khác.")
    what_if(case, choices)
    other = changed(case, choices)
    said = "; ".join(f"{slug}.{key}" for slug, key in other) or "không có"
    text = yaml.safe_dump(_trial(case.plan, other, name), allow_unicode=True, sort_keys=False, width=1000)
    content = f"{_SAVED}{said}\n{text}".encode()
    parse(content, path.name, Plan)  # what could not be opened again is not written
    write_atomic(path, content)
    return Saved(path, before is not None)


def _trial(plan: Plan, other: Mapping[tuple[str, str], Any], name: str) -> dict[str, Any]:
    """The plan as a file, with other rules: reason, source and confirmation of the old value do not hold for them."""
    content: dict[str, Any] = plan.content() | {"trial": name, "title": plan.own_title}
    for objective in content["objectives"]:
        for key, rule in objective["rules"].items():
            if (objective["slug"], key) in other:
                value = other[objective["slug"], key]
                rule["value"] = list(value) if isinstance(value, tuple) else value
                rule |= {"status": "assumption", "why": _WHY, "source": f"{_SOURCE} {name}"}
                rule.pop("confirmed", None)
    return content
