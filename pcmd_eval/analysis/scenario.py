"""Findings under other rules or targets: a scenario, never an official finding."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.case_queries import all_findings, is_internal
from pcmd_eval.evaluation import sensitivity
from pcmd_eval.evaluation.findings import COUNTS, judge
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.rules import TARGET_KEYS
from pcmd_eval.objectives.targets import Target
from pcmd_eval.plan.plan import SCENARIO, load_plan
from pcmd_eval.statistics.indicators import compute_indicators, public_indicators
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.verdicts import JUDGED_VERDICTS
from pcmd_eval.util.vocabulary import RULES_IN_SCENARIO

_SAVED_HEADER = "# Lưu từ sổ thử; các quy tắc đã đổi: "
_TITLE_SUFFIX = " (phương án thử: "  # after the title of a saved plan
# Without the names of devices, which Windows does not allow for files.
_PLAN_NAME = re.compile(r"(?!(con|prn|aux|nul|(com|lpt)\d)$)[a-z][a-z0-9_]{2,60}")


def what_if(case: Case, choices: Mapping[tuple[str, str], Any]) -> Case:
    """Cùng số liệu theo quy tắc hoặc mức cần đạt khác, mang dấu phương án thử.

        what_if(case, {("communication", "active_quarters"): 2}).findings
        what_if(case, {("communication", "unit_target"): ">= 70%"}).finding("communication")

    `choices`: values by objective and rule, or by `target` of the province, `unit_target` of each
    unit. Gives the same case where nothing differs. Raises InputRefused for an unknown objective
    or rule, for a value that a rule cannot have, and for values that exclude each other.
    """
    if not isinstance(choices, Mapping):
        raise InputRefused(f"cần các lựa chọn trong {{…}}; đây là {type(choices).__name__}.")
    changed_values = {}
    for key_pair, value in choices.items():
        slug, key = _checked_key(case, key_pair)
        checked = check_choice(case, slug, key, value)
        objective = case.plan[slug]
        target = objective.targets.get(key)
        if checked != (target.value.text if target else objective.rule_values[key]):
            changed_values[slug, key] = checked
    if not changed_values:
        return case
    changed_slugs = dict.fromkeys(slug for slug, _ in changed_values)
    try:
        plan = case.plan.with_rules(changed_values).model_copy(update={"trial": RULES_IN_SCENARIO})
    except ValueError:
        raise InputRefused(
            f"Chỉ tiêu {'; '.join(case.names[slug] for slug in changed_slugs)}: các quy tắc đang "
            "thử không đi cùng nhau được. Đổi một trong các quy tắc đó, hoặc đặt lại."
        ) from None
    by_objective = dict([*all_findings(case).groupby("objective")])
    by_objective |= {slug: judge(plan, slug, case.cells) for slug in changed_slugs}
    findings = pd.concat([by_objective[slug] for slug in plan.by_slug])
    findings = findings.assign(plan=plan.marked_number).astype({"plan": "string"})
    indicator_rows = compute_indicators(plan, case.cells, case.returns)
    return replace(
        case,
        plan=plan,
        _findings=findings.sort_values("unit_code", kind="stable", ignore_index=True),
        _indicators=indicator_rows
        if is_internal(case)
        else public_indicators(plan, indicator_rows),
        _missing=None,
    )


def _checked_key(case: Case, key_pair: object) -> tuple[str, str]:
    """Return slug and key of a choice of `what_if`; raise InputRefused for unknown ones."""
    if not (isinstance(key_pair, tuple) and len(key_pair) == 2):
        raise InputRefused(f"mỗi lựa chọn ghi (chỉ tiêu, quy tắc); đây là {key_pair!r}.")
    objective = case.plan.objective(key_pair[0])
    key = key_pair[1]
    known = [*objective.rule_values, *objective.targets]
    if key not in known:
        raise InputRefused(
            f"Chỉ tiêu {objective.slug} không có quy tắc “{key}”. "
            f"Dùng một trong: {', '.join(known)}."
        )
    return objective.slug, key


def check_choice(case: Case, slug: str, key: str, value: Any) -> Any:
    """Return the value as the plan holds it: a tuple for a list, the text of a target.

    Raises InputRefused, which lists the allowed values, for any other.
    """
    objective, is_target = case.plan[slug], key in TARGET_KEYS
    label = sensitivity.target_label(case.plan, key) if is_target else objective.rules[key].label
    message_start = f"Chỉ tiêu {case.names[slug]}, “{label}”: không nhận {value!r}"
    if is_target:
        in_force = objective.targets[key].value.text
        return _validate_target(slug, key, str(value), in_force, message_start)
    value = tuple(value) if isinstance(value, list) else value
    allowed = {choice.value: choice.label for choice in objective.rules[key].choices}
    of_same_type = [choice for choice in allowed if type(choice) is type(value)]  # True == 1
    if allowed and value not in of_same_type:
        listed = "; ".join(f"{choice!r} ({label})" for choice, label in allowed.items())
        raise InputRefused(f"{message_start}. Dùng một trong: {listed}.")
    return value


def _validate_target(
    slug: str, key: str, text: str, target_in_force: str, message_start: str
) -> str:
    """Return a typed target as plans write it; raise InputRefused for an invalid one.

    `target_in_force`: the text of the target in force; `message_start`: objective, label and value.
    """
    definition, example = OBJECTIVES[slug], f"Ghi như “{target_number(target_in_force)}”."
    shapes = definition.province_shapes if key == "target" else definition.unit_shapes
    if text.strip() == target_number(target_in_force):  # such as "hằng tháng"
        return target_in_force
    if text.strip() == "1" and target_in_force.endswith("%"):
        raise InputRefused(
            f"{message_start}: “1” là mức của việc có hay không, chỉ tiêu này đếm nhiều phần. "
            f"{example}"
        )
    # “>= 7” is a count in a plan's file, and 0,7 is no share.
    no_percentage = r"[<>≥]=? *[\d.,]+|0?[.,]\d+"
    if re.fullmatch(no_percentage, text.strip()) and target_in_force.endswith("%"):
        raise InputRefused(f"{message_start}: ghi theo phần trăm. {example}")
    try:
        target = Target.parse(_normalize_target(text, target_in_force))
    except ValueError:
        raise InputRefused(f"{message_start}. {example}") from None
    if target.shape not in shapes:
        raise InputRefused(
            f"{message_start}: mức “{target.words}” không phải loại mức của chỉ tiêu này. {example}"
        )
    return target.text


def target_number(text: str) -> str:
    """Return a target as a number and its unit: 75 % for >= 75%; one without a number in words."""
    if not any(sign.isdigit() for sign in text):
        return Target.parse(text).words
    return re.sub(r"^>=? ", "", text).replace("%", " %")


def _normalize_target(text: str, target_in_force: str) -> str:
    """Return a typed target with the signs and spaces of plans: "≥70 %" -> ">= 70%".

    A number alone gets the sign (>=) and % of the target in force; a decimal comma becomes a point.
    """
    text = re.sub(r"\s+%", "%", text.strip().replace("≥", ">="))
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    text = re.sub(r"\.0+(?!\d)", "", text)
    if target_in_force.endswith("%") and text[-1:].isdigit() and "/" not in text:
        text += "%"
    sign = re.match(r">=? ", target_in_force)
    is_same_unit = text.endswith("%") == target_in_force.endswith("%")
    if sign and text[:1].isdigit() and is_same_unit:
        return sign[0] + text
    return re.sub(r"^(>=?)\s*", r"\1 ", text)


def list_departures(case: Case, scenario: Case) -> dict[tuple[str, str], str]:
    """Return a line of text for each rule or target of `scenario` that differs from `case`, by
    objective and key of `what_if`: “ít nhất 02 quý (kế hoạch: …)”.
    """
    lines = {}
    for slug, objective in case.plan.by_slug.items():
        rows = sensitivity.rules_in_force(case.plan, slug)
        tried = sensitivity.rules_in_force(scenario.plan, slug).choice
        rows = rows.assign(key=[*objective.targets, *objective.rule_values], tried=tried)
        for row in rows[rows.choice != rows.tried].itertuples():
            lines[slug, row.key] = f"{row.rule}: {row.tried} (kế hoạch: {row.choice})"
    return lines


def parts_of(case: Case, slug: str) -> pd.DataFrame:
    """Return the parts that a finding counts, one row each.

    For the province: the counts and verdicts of the units, where the plan sets them a target. Else
    the unit's rows of the step: communes with their quarters or months, programmes, limbs, lines of
    models, months or quarters; of a unit without rows those of all units.
    """
    rows = case.for_display(case.findings[case.findings.objective == slug]).set_index("unit_code")
    units = rows[rows.verdict.isin(JUDGED_VERDICTS)]
    if is_province(case) and len(units):
        return units[[*COUNTS, "verdict"]]
    step = OBJECTIVES[slug].part_step
    steps = case.plan.steps(slug, case.cells)
    of_unit = case.unit_rows(steps[step])
    parts = steps[step] if of_unit.empty else of_unit
    table = parts.to_frame(step) if isinstance(parts, pd.Series) else parts
    if step == "communes":
        _, periods, _ = steps.values()  # cells; quarters or months; communes
        table = table.join(case.unit_rows(periods).unstack("period"))
    return table


def save_plan(case: Case, scenario: Case, name: str, folder: Path | str) -> Path:
    """Lưu các quy tắc đang thử thành một tệp kế hoạch riêng, mang dấu phương án thử.

        save_plan(case, scenario, "thu_hai_quy", Path("data/plans"))

    The file names the plan as its `base` and has only what differs from it. Returns its path.
    Raises InputRefused for a name that no plan can have, for the name of a plan that this function
    did not save, where nothing differs, and for a plan that is not in data/plans.
    """
    folder = Path(folder).resolve()
    path = folder / f"{name}.yaml"
    if not _PLAN_NAME.fullmatch(name):
        raise InputRefused(
            "Tên kế hoạch: từ 3 ký tự, chỉ chữ thường không dấu, chữ số và gạch dưới; ví dụ "
            "thu_bon_quy."
        )
    if not folder.is_dir():
        raise InputRefused(f"Không có thư mục {folder}. Tạo thư mục đó, hoặc chọn nơi khác.")
    if path.exists() and not path.read_bytes().startswith(_SAVED_HEADER.encode()):
        raise InputRefused(f"Đã có kế hoạch {name} không do sổ này lưu. Chọn tên khác.")
    base = case.plan.base or case.plan.name
    base_case = replace(case, plan=load_plan(base))
    objectives: dict[str, dict[str, Any]] = {}
    departures = list_departures(base_case, scenario)
    for slug, key in departures:
        new = scenario.plan[slug]
        value = new.targets[key].value.text if key in TARGET_KEYS else new.rules[key].value
        sourced_value = {"value": [*value] if isinstance(value, tuple) else value} | SCENARIO
        entry = objectives.setdefault(slug, {"slug": slug})
        parent = entry if key in TARGET_KEYS else entry.setdefault("rules", {})
        parent[key] = sourced_value
    if not objectives:
        raise InputRefused("Chưa đổi quy tắc hay mức cần đạt nào nên không có gì để lưu.")
    content = {
        "base": base,
        "trial": name,
        "title": f"{base_case.plan.title}{_TITLE_SUFFIX}{name})",
        "objectives": [*objectives.values()],
    }
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    head = _SAVED_HEADER + "; ".join(departures.values())
    write_atomic(path, f"{head}\n{body}".encode())
    return path
