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

from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import COUNTS, judge
from pcmd_eval.indicators import figures
from pcmd_eval.intake.faults import Content
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import OBSERVATIONS, counting, tidy
from pcmd_eval.plan import Plan
from pcmd_eval.strict import parse

_SAVED = "# Lưu từ sổ thử; các quy tắc đã đổi: "
_NAME = re.compile(
    r"(?!(con|prn|aux|nul|(com|lpt)\d)$)[a-z][a-z0-9_]{2,60}"
)  # some names Windows keeps for itself


def what_if(case: Case, choices: Mapping[tuple[str, str], Any], late: bool = True) -> Case:
    """The case under other values of rules (by objective and key), or as if what came late had not
    come.

    Its plan is marked as a trial; where nothing differs it is the same case. Raises InputRefused
    for values that cannot go together.
    """
    other = {
        (slug, key): value
        for (slug, key), value in choices.items()
        if value != case.rules(slug)[key]
    }
    if late and not other:
        return case
    for slug in {slug for slug, _ in other}:
        try:
            case.plan.with_rules(
                {place: value for place, value in other.items() if place[0] == slug}
            )
        except ValueError:
            words = (
                "các quy tắc đang thử không đi cùng nhau được. Đổi một trong các quy tắc ấy, hoặc "
                "đặt lại."
            )
            raise InputRefused(f"Chỉ tiêu {case.names[slug]}: {words}") from None
    plan = case.plan.with_rules(other)
    cells, returns = (case.cells, case.returns) if late else _without_late(case)
    moved = (
        {slug for slug, _ in other} if late else {objective.slug for objective in plan.objectives}
    )
    kept = {slug: found for slug, found in case.findings.groupby("objective") if slug not in moved}
    found = [
        kept[o.slug] if o.slug in kept else judge(plan, o.slug, cells) for o in plan.objectives
    ]
    findings = pd.concat(found).sort_values("unit_code", kind="stable", ignore_index=True)
    totals = None if case.internal else case.totals
    found = {"findings": findings, "figures": figures(plan, cells, returns, totals)}
    return replace(case, plan=plan, cells=cells, returns=returns, **found).trial()


def _without_late(case):
    """Cells and returns as if those who sent after the deadline had sent nothing, not even what
    that replaced.
    """
    late = [*counting(case.returns).query("late == 'yes'").index]
    missing = [Content(reporter=reporter) for reporter in late]
    for content in missing:
        read_sheets(content, case.plan)
    rows = pd.DataFrame(
        [row for content in missing for row in content.rows], columns=[*OBSERVATIONS]
    )
    returns = case.returns.assign(
        state=case.returns.state.mask(case.returns.reporter.isin(late), "missing")
    )
    kept = case.cells.loc[~case.cells.reporter.isin(late), [*OBSERVATIONS]]
    return tidy(pd.concat([kept, rows], ignore_index=True), returns, case.plan), returns


def differences(case: Case, tried: Case) -> list[str]:
    """What is tried, in words: one line for each rule that differs from the plan, and one for late
    returns left out.
    """
    rules = [
        (r, tried.plan[o.slug].rules[key])
        for o in case.plan.objectives
        for key, r in o.rules.items()
    ]
    said = [
        f"{now.label}: {new.chosen} (kế hoạch: {now.chosen})"
        for now, new in rules
        if now.value != new.value
    ]
    return said + (["Không tính báo cáo gửi sau hạn"] if tried.returns is not case.returns else [])


def behind(case: Case, slug: str) -> pd.DataFrame:
    """The communes, programmes, limbs, lines, months or quarters behind a number; of a count of
    districts these.
    """
    step, _ = OBJECTIVES[slug].named
    if case.whole and step not in ("lines", "months"):
        found = case.findings[case.findings.objective == slug].set_index("unit_code")
        return found.loc[case.plan.districts.index, [*COUNTS, "verdict"]]
    steps = OBJECTIVES[slug](case.cells, case.rules(slug), case.year)
    parts = steps[step].droplevel("reporter") if step == "months" else case.own(steps[step])
    if step == "quarters":
        return parts[["detected", "administrative", "criminal", "pending"]]
    table = parts.rename(step).to_frame()
    return (
        table.join(case.own(steps["quarters"]).unstack("period")) if step == "communes" else table
    )


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
    content = tried.plan.content() | {
        "trial": name,
        "title": case.plan.title.partition(" (phương án thử: ")[0],
    }
    for objective in content["objectives"]:
        for key, rule in objective["rules"].items():
            if tried.rules(objective["slug"])[key] != case.rules(objective["slug"])[key]:
                rule |= {
                    "status": "assumption",
                    "why": "Chọn trong sổ thử; chưa được xác nhận.",
                    "source": "Sổ thử",
                }
                rule.pop("confirmed", None)
    said = "; ".join(differences(case, tried)) or "không có"
    text = f"{_SAVED}{said}\n{yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)}".encode()
    parse(text, path.name, Plan)  # what could not be opened again is not written
    write_atomic(path, text)
    return path
