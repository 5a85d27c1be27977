"""Sensitivity: the rules in force, and the findings under every alternative of a rule."""

from typing import Any

import pandas as pd

from pcmd_eval.evaluation.findings import FINDING_COLUMNS, judge
from pcmd_eval.objectives.rules import Rule, Sourced
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.verdicts import VERDICTS

_IN_FORCE, UNCHANGED = "Theo các quy tắc đang áp dụng", "không đổi"


def rules_in_force(plan: Plan, slug: str) -> pd.DataFrame:
    """Return a row for each target and rule of an objective.

    Columns, all `string`: rule (its label), choice (the value in words), basis (its status in
    words), why, source.
    """
    objective = plan.objective(slug)
    targets = objective.targets.items()
    rows = [
        _rule_row(target_label(plan, key), target.value.words, target) for key, target in targets
    ]
    rows += [_rule_row(rule.label, rule.chosen, rule) for _, rule in objective.rules.items()]
    return pd.DataFrame(rows, dtype="string")


def common_rules(plan: Plan) -> pd.DataFrame:
    """Return the rules of all objectives; columns as in `rules_in_force`."""
    rows = [_rule_row(rule.label, rule.chosen, rule) for _, rule in plan.rules.items()]
    return pd.DataFrame(rows, dtype="string")


def target_label(plan: Plan, key: str) -> str:
    """Return the label of a target: that of the province, or that of each unit."""
    if key == "target":
        return f"Chỉ tiêu của {plan.kind}"
    return f"Mức áp dụng cho từng {plan.unit_word}"


def _rule_row(rule: str, choice: str, sourced: Sourced[Any]) -> dict[str, str]:
    """Return a row of `rules_in_force`: two labels, and status, reason and source of `sourced`."""
    reasons = {"basis": sourced.status_label, "why": sourced.why, "source": sourced.source}
    return {"rule": rule, "choice": choice} | reasons


def list_alternatives(
    plan: Plan, slug: str, cells: pd.DataFrame, findings: pd.DataFrame
) -> pd.DataFrame:
    """Return the findings of all units under every alternative of every rule, one at a time.

    The rows of `findings` come first, under the rules in force; they alone have a `reason`. Columns
    rule and choice (in words), then `FINDING_COLUMNS`.
    """
    in_force = findings[findings.objective == slug]
    judged = [in_force.assign(rule=_IN_FORCE, choice=UNCHANGED)]
    for other in plan.alternatives(slug):
        rows = judge(other.plan, slug, cells, explained=())
        judged.append(rows.assign(rule=other.rule.label, choice=other.choice.label))
    rows = pd.concat(judged, ignore_index=True)[["rule", "choice", *FINDING_COLUMNS]]
    return rows.astype({"rule": "string", "choice": "string"})


def decisive_rules(
    plan: Plan, finding: pd.Series, alternatives: pd.DataFrame
) -> dict[str, Rule[Any]]:
    """Return the rules, by key, with an alternative that changes the verdict of a finding.

    `alternatives`: see `list_alternatives`.
    """
    is_of_unit = alternatives.unit_code == finding.unit_code
    labels = {*alternatives.rule[is_of_unit & (alternatives.verdict != finding.verdict)]}
    rules = plan[finding.objective].rules.items()
    return {key: rule for key, rule in rules if rule.label in labels}


def assumptions_text(plan: Plan, finding: pd.Series, alternatives: pd.DataFrame) -> str:
    """Return the assumptions of a verdict: "tạm áp dụng: ít nhất 3 quý; …"; "" for none.

    They are the decisive rules, and the target where it decides and the plan does not state it,
    listed by status. `alternatives`: see `list_alternatives`.
    """
    assumptions: dict[str, list[str]] = {}
    for rule in decisive_rules(plan, finding, alternatives).values():
        assumptions.setdefault(rule.status_label, []).append(rule.words)
    target = plan.target(finding.objective, finding.unit_code)
    rests_on_target = VERDICTS[finding.verdict].rests_on_target
    if rests_on_target and target and target.basis != "plan" and target.value.shape != "duty":
        assumptions.setdefault(target.status_label, []).append(f"mức {target.value.words}")
    return "; ".join(f"{label}: {'; '.join(texts)}" for label, texts in sorted(assumptions.items()))
