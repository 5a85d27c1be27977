"""What would become of the findings under other rules, or without late returns; never an official
finding.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.findings import COUNTS, judge
from pcmd_eval.evaluation.observations import OBSERVATIONS, counted_returns, made_up, tidy
from pcmd_eval.intake.returns import absent_return, returns_frame
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.statistics.indicators import compute_indicators
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import write_atomic

_SAVED = "# Lưu từ sổ thử; các quy tắc đã đổi: "
_TRIAL = " (phương án thử: "  # behind the title of a plan
_NAME = re.compile(
    r"(?!(con|prn|aux|nul|(com|lpt)\d)$)[a-z][a-z0-9_]{2,60}"
)  # some names Windows keeps for itself


def what_if(case: Case, choices: Mapping[tuple[str, str], Any], late: bool = True) -> Case:
    """The case under other values of rules (by objective and key), and unless `late` as if what
    came late had not come.

    Its plan is marked as a trial; where nothing differs it is the same case. Raises InputRefused
    for a rule that there is not, and for values that cannot go together.
    """
    other = {}
    for (slug, key), value in choices.items():
        rules = case.rules(slug)
        if key not in rules:
            known = ", ".join(rules)
            raise InputRefused(
                f"Chỉ tiêu {slug} không có quy tắc “{key}”. Dùng một trong: {known}."
            )
        if value != rules[key]:
            other[slug, key] = value
    keep_all = late or _late(case).empty
    if keep_all and not other:
        return case
    moved = dict.fromkeys(slug for slug, _ in other)
    try:
        plan = case.plan.with_rules(other)
    except ValueError:
        raise InputRefused(
            f"Chỉ tiêu {'; '.join(map(case.names.get, moved))}: các quy tắc đang "
            "thử không đi cùng nhau được. Đổi một trong các quy tắc ấy, hoặc đặt lại."
        ) from None
    cells, returns = case.cells, case.returns
    if not keep_all:
        cells, returns = _without_late(case)
        moved = plan.by_slug
    by_objective = dict([*case.findings.groupby("objective")])
    by_objective |= {slug: judge(plan, slug, cells) for slug in moved}
    findings = pd.concat([by_objective[slug] for slug in plan.by_slug])
    totals = None if case.internal else case.totals
    return replace(
        case,
        plan=plan,
        cells=cells,
        returns=returns,
        findings=findings.sort_values("unit_code", kind="stable", ignore_index=True),
        figures=compute_indicators(plan, cells, returns, totals),
    ).as_trial()


def departures(case: Case, tried: Case) -> list[str]:
    """What is tried, in words: one line for each rule that differs from the plan, and one for late
    returns left out.
    """
    without_late = ["Không tính báo cáo gửi sau hạn"]
    left_out = tried.returns is not case.returns
    return _rules_moved(case, tried) + (without_late if left_out else [])


def _rules_moved(case, tried):
    return [
        f"{now.label}: {new.chosen} (kế hoạch: {now.chosen})"
        for _, _, now, new in _moved(case, tried)
    ]


def _moved(case, tried):
    """The rules that differ: objective, key, as the plan has it, as it is tried."""
    for slug, objective in case.plan.by_slug.items():
        for key, now in objective.rules.items():
            new = tried.plan[slug].rules[key]
            if new.value != now.value:
                yield slug, key, now, new


def parts_of(case: Case, slug: str) -> pd.DataFrame:
    """What stands behind a number. Of the province: its districts, if they are asked for the same.
    Else the unit's own communes, programmes, limbs or quarters, the province's if it has none.
    """
    rows = case.for_display(case.findings[case.findings.objective == slug]).set_index("unit_code")
    districts = rows[rows.verdict != "not_applicable"].drop(case.plan.province)
    if case.is_province and len(districts):
        return districts[[*COUNTS, "verdict"]]
    step = OBJECTIVES[slug].part_step
    steps = case.plan.steps(slug, case.cells)
    of_unit = case.own(steps[step])
    parts = steps[step] if of_unit.empty else of_unit
    table = parts.to_frame(step) if isinstance(parts, pd.Series) else parts
    if step == "communes":
        table = table.join(case.own(steps["quarters"]).unstack("period"))
    return table


def save_plan(case: Case, tried: Case, name: str, folder: Path) -> Path:
    """Write the rules that are tried as a plan of one's own, marked as a trial, to be run by `run
    --plan`; its path.

    Raises InputRefused for a name that is none, or that a plan has which was not saved by this
    function.
    """
    path = folder / f"{name}.yaml"
    if not _NAME.fullmatch(name):
        raise InputRefused(
            "Tên kế hoạch: từ 3 ký tự, chỉ chữ thường không dấu, chữ số và gạch dưới; ví dụ "
            "thu_bon_quy."
        )
    if path.exists() and not path.read_bytes().startswith(_SAVED.encode()):
        raise InputRefused(f"Đã có kế hoạch {name} không do sổ này lưu. Chọn tên khác.")
    title = case.plan.title.partition(_TRIAL)[0]
    content = tried.plan.content() | {"trial": name, "title": f"{title}{_TRIAL}{name})"}
    objectives = {objective["slug"]: objective for objective in content["objectives"]}
    for slug, key, _, _ in _moved(case, tried):
        rule = objectives[slug]["rules"][key]
        rule |= {
            "status": "assumption",
            "why": "Chọn trong sổ thử; chưa được xác nhận.",
            "source": "Sổ thử",
        }
        rule.pop("confirmed", None)
    head = _SAVED + ("; ".join(_rules_moved(case, tried)) or "không có")
    rules = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    write_atomic(path, f"{head}\n{rules}".encode())
    return path
