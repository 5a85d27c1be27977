"""The rules in force, and what the findings would be under every other choice that the plan leaves
open.
"""

from typing import Any

import pandas as pd

from pcmd_eval.evaluation.findings import COLUMNS, judge
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import lowercase_first
from pcmd_eval.util.vocabulary import label_columns

IN_FORCE, UNCHANGED = "Theo các quy tắc đang áp dụng", "không đổi"


def in_force(plan: Plan, slug: str) -> pd.DataFrame:
    """The targets of an objective, its rules and those of all objectives: columns rule, choice,
    basis, why, source, all `string`.
    """
    objective = plan.objective(slug)
    targets = objective.targets.items()
    rows = [_row(target_label(plan, key), target.value.words, target) for key, target in targets]
    for rules in (objective.rules, plan.rules):
        rows += [_row(rule.label, rule.chosen, rule) for _, rule in rules.items()]
    return label_columns(pd.DataFrame(rows, dtype="string"))


def target_label(plan: Plan, key: str) -> str:
    """Return the label of a target: that of the province, or that of each unit."""
    if key == "target":
        return f"Chỉ tiêu của {plan.kind}"
    return f"Mức áp dụng cho từng {plan.unit_word}"


def _row(rule, choice, stated):
    grounds = {"basis": stated.grounds, "why": stated.why, "source": stated.source}
    return {"rule": rule, "choice": choice} | grounds


def under_every_choice(
    plan: Plan, slug: str, cells: pd.DataFrame, findings: pd.DataFrame
) -> pd.DataFrame:
    """The findings of all units under every other choice of every rule, one rule at a time.

    Columns rule and choice (in words; first `findings`, as the plan has it), then those of
    findings, with a `reason` only as the plan has it.
    """
    filed = findings[findings.objective == slug]
    judged = [filed.assign(rule=IN_FORCE, choice=UNCHANGED)]
    for other in plan.alternatives(slug):
        found = judge(other.plan, slug, cells, explained=())
        judged.append(found.assign(rule=other.rule.label, choice=other.choice.label))
    found = pd.concat(judged, ignore_index=True)[["rule", "choice", *COLUMNS]]
    return label_columns(found.astype({"rule": "string", "choice": "string"}))


def decisive(plan: Plan, finding: pd.Series, every: pd.DataFrame) -> dict[str, Rule[Any]]:
    """The rules, by key, of which another choice alone would change the verdict of a finding.

    `every`: see `under_every_choice`.
    """
    own = every[every.unit_code == finding.unit_code]
    labels = {*own.rule[own.verdict != finding.verdict]}
    rules = plan[finding.objective].rules.items()
    return {key: rule for key, rule in rules if rule.label in labels}


def resting(plan: Plan, finding: pd.Series, every: pd.DataFrame) -> str:
    """What a verdict rests on beside the plan's own words: decisive rules, and the target where it
    decides and is not the plan's; by grounds.
    """
    said: dict[str, list[str]] = {}
    for rule in decisive(plan, finding, every).values():
        said.setdefault(rule.grounds, []).append(f"{lowercase_first(rule.label)} – {rule.chosen}")
    target = plan.target(finding.objective, finding.unit_code)
    decided = finding.verdict in ("met", "not_met")
    if decided and target.basis != "plan" and target.value.shape != "own":
        level = f"mức yêu cầu – {target.value.words}"
        said.setdefault(target.grounds, []).append(level)
    return "; ".join(f"{grounds}: {'; '.join(said[grounds])}" for grounds in sorted(said))
