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
from pcmd_eval.intake.faults import SentReturn
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
    other = {place: value for place, value in choices.items() if value != _value(case, place)}
    if late and not other:
        return case
    moved = {slug for slug, _ in other}
    for slug in moved:
        try:
            case.plan.with_rules({place: other[place] for place in other if place[0] == slug})
        except ValueError:
            words = (
                "các quy tắc đang thử không đi cùng nhau được. Đổi một trong các quy tắc ấy, hoặc "
                "đặt lại."
            )
            raise InputRefused(f"Chỉ tiêu {case.names[slug]}: {words}") from None
    plan = case.plan.with_rules(other)
    cells, returns = case.cells, case.returns
    if not late:
        cells, returns = _without_late(case)
        moved = {*plan.by_slug}
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
        figures=figures(plan, cells, returns, totals),
    ).trial()


def _value(case, place):
    slug, key = place
    return case.rules(slug)[key]


def _without_late(case):
    """Cells and returns as if those who sent after the deadline had sent nothing, not even what
    that replaced.
    """
    late = counting(case.returns).query("late == 'yes'").index
    rows = []
    for reporter in late:
        missing = SentReturn(reporter=reporter)
        read_sheets(missing, case.plan)
        rows += missing.rows
    states = case.returns.state.mask(case.returns.reporter.isin(late), "missing")
    returns = case.returns.assign(state=states)
    kept = case.cells.loc[~case.cells.reporter.isin(late), [*OBSERVATIONS]]
    absent = pd.DataFrame(rows, columns=[*OBSERVATIONS])
    return tidy(pd.concat([kept, absent], ignore_index=True), returns, case.plan), returns


def differences(case: Case, tried: Case) -> list[str]:
    """What is tried, in words: one line for each rule that differs from the plan, and one for late
    returns left out.
    """
    lines = []
    for slug, key in _moved(case, tried):
        now = case.plan[slug].rules[key]
        new = tried.plan[slug].rules[key]
        lines.append(f"{now.label}: {new.chosen} (kế hoạch: {now.chosen})")
    if tried.returns is not case.returns:
        lines.append("Không tính báo cáo gửi sau hạn")
    return lines


def _moved(case, tried):
    """Which rules differ, by objective and key."""
    slugs = case.plan.by_slug
    every = [(slug, key) for slug in slugs for key, _ in case.plan[slug].rules.items()]
    return [place for place in every if _value(case, place) != _value(tried, place)]


def parts_of(case: Case, slug: str) -> pd.DataFrame:
    """The communes, programmes, limbs, lines, months or quarters behind a number; of a count of
    districts these.
    """
    step, _ = OBJECTIVES[slug].named
    if case.whole and step not in ("lines", "months"):
        found = case.findings[case.findings.objective == slug].set_index("unit_code")
        return found.loc[case.plan.districts.index, [*COUNTS, "verdict"]]
    steps = case.plan.steps(slug, case.cells)
    if step == "months":
        return steps[step].droplevel("reporter").rename(step).to_frame()
    parts = case.own(steps[step])
    if step == "quarters":
        return parts[["detected", "administrative", "criminal", "pending"]]
    table = parts.rename(step).to_frame()
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
    title = case.plan.title.partition(" (phương án thử: ")[0]
    content = tried.plan.content() | {"trial": name, "title": title}
    objectives = {objective["slug"]: objective for objective in content["objectives"]}
    for slug, key in _moved(case, tried):
        rule = objectives[slug]["rules"][key]
        rule |= {
            "status": "assumption",
            "why": "Chọn trong sổ thử; chưa được xác nhận.",
            "source": "Sổ thử",
        }
        rule.pop("confirmed", None)
    head = _SAVED + ("; ".join(differences(case, tried)) or "không có")
    rules = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    text = f"{head}\n{rules}".encode()
    parse(text, path.name, Plan)  # what could not be opened again is not written
    write_atomic(path, text)
    return path
