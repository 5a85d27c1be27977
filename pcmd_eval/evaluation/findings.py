"""Turn the steps of an objective into the findings of all units, on whole numbers."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.explanations import explain, phrase
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_count, format_number, format_ratio
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.verdicts import JUDGED_VERDICTS

COUNTS = ["low", "high", "needed", "total"]
FINDING_COLUMNS = [
    *("plan", "year", "unit_code", "unit_name", "objective", "verdict", *COUNTS),
    *("value_low", "value_high", "target", "basis", "reason"),
]
FINDING_KEY = ["unit_code", "objective"]
SHARE_COLUMNS = ["value_low", "value_high"]
FINDING_DTYPES = dict.fromkeys(FINDING_COLUMNS, "string") | dict.fromkeys(
    ["year", *COUNTS], "Int64"
)
FINDING_DTYPES |= dict.fromkeys(SHARE_COLUMNS, "Float64")


def evaluate(
    plan: Plan, cells: pd.DataFrame, explained: Collection[str] | None = None
) -> pd.DataFrame:
    """Tính mọi kết luận của kế hoạch từ các ô.

        evaluate(case.plan, case.cells)

    Return the findings of every objective, columns `FINDING_COLUMNS`, sorted by unit code as text,
    then by the number of the objective, as in findings.csv. `explained`: see `judge`.
    """
    findings = pd.concat([judge(plan, slug, cells, explained=explained) for slug in plan.by_slug])
    return findings.sort_values("unit_code", kind="stable", ignore_index=True)


def format_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return findings as findings.csv has them: shares as text with six decimals."""
    shares = {
        name: findings[name].map("{:.6f}".format, na_action="ignore").astype("string")
        for name in SHARE_COLUMNS
    }
    return findings[FINDING_COLUMNS].assign(**shares)


def judge(
    plan: Plan,
    slug: str,
    cells: pd.DataFrame,
    steps: Steps | None = None,
    explained: Collection[str] | None = None,
) -> pd.DataFrame:
    """Tính kết luận của mọi đơn vị về một chỉ tiêu từ các ô.

        judge(case.plan, "communication", case.cells)
        judge(case.plan, "communication", case.cells, {"communes": communes})

    Return a row for each unit in the order of `Plan.reporters`, dtypes `FINDING_DTYPES`. `steps`
    replace those computed from the cells, as they are; `explained`: the codes of the units that get
    a `reason`, None for all. The verdict compares counts, not shares. Raises InputRefused for an
    unknown objective or step, and for a number that the `value` or `state` of its cell denies.
    """
    slug = plan.objective(slug).slug
    objective_cells = cells[cells.objective == slug]
    _refuse_denied_numbers(objective_cells)
    all_steps = plan.steps(slug, objective_cells)
    replaced = steps or {}
    if unknown := [name for name in replaced if name not in all_steps]:
        known = ", ".join(all_steps)
        raise InputRefused(f"{slug} không có bước {', '.join(unknown)}; các bước: {known}.")
    all_steps |= replaced
    counts = OBJECTIVES[slug].aggregate(objective_cells, all_steps, plan.province)
    counts = counts.reindex(plan.reporters.index)
    units = zip(plan.reporters.index, plan.reporters.full_name, records_of(counts), strict=True)
    rows = [_finding_row(plan, slug, unit, name, **numbers) for unit, name, numbers in units]
    columns = {
        name: pd.array([row.get(name) for row in rows], dtype)
        for name, dtype in FINDING_DTYPES.items()
    }
    findings = pd.DataFrame(columns, counts.index)
    with_reason = findings if explained is None else findings[findings.index.isin(explained)]
    explained_rows = explain(plan, slug, with_reason, objective_cells, all_steps)
    reasons = [words.reason for words in explained_rows]
    findings["reason"] = pd.Series(reasons, with_reason.index, "string")
    return findings.reset_index(drop=True)


def _refuse_denied_numbers(cells: pd.DataFrame) -> None:
    """Raise InputRefused for a cell whose number was edited without its `value` or `state`."""
    number = cells.number.astype("Float64").fillna(cells.amount)
    value = pd.to_numeric(cells.value, errors="coerce").astype("Float64")
    is_denied = number.notna() & ~cells.state.isin(["reported", "open"])
    is_denied |= (value != number).fillna(False)
    if is_denied.any():
        cell = cells[is_denied].iloc[0]
        raise InputRefused(
            f"ô {cell.reporter} {cell['item']} {cell.period}: number là {number[cell.name]}, mà "
            f"value là {cell.value}, state là {cell.state}. Sửa number thì sửa cả value, some, "
            "state; số liệu sửa hẳn thì nhập lại báo cáo."
        )


def _finding_row(
    plan: Plan,
    slug: str,
    unit: str,
    name: str,
    low: int | None,
    high: int | None,
    total: int | None,
    verdict: str | None = None,
) -> dict[str, Any]:
    """Return a finding by column, without `reason`.

    `name`: of the unit; `verdict`: that of `count_cases`, None to decide it from the counts.
    """
    row = {
        "plan": plan.marked_number,
        "year": plan.year,
        "unit_code": unit,
        "unit_name": name,
        "objective": slug,
        "verdict": "not_applicable",
    }
    target = plan.target(slug, unit)
    if not target:
        return row
    needed = target.value.needed(total)
    return row | {
        "verdict": verdict or _decide_verdict(low, high, needed),
        "low": low,
        "high": high,
        "needed": needed,
        "total": total,
        "value_low": _share_text(low, total),
        "value_high": _share_text(high, total),
        "target": target.value.text,
        "basis": target.basis,
    }


def _decide_verdict(low: int | None, high: int | None, needed: int | None) -> str:
    """Return met or not_met if no missing data can change it, else undetermined.

    `low` None: no count; `high` None: no upper bound.
    """
    if low is None:
        return "undetermined"
    assert needed is not None, "a known count has a known total"
    if low >= needed:
        return "met"
    return "not_met" if high is not None and high < needed else "undetermined"


def _share_text(part: int | None, whole: int | None) -> str | None:
    """Return the share with six decimals, as findings.csv has it.

    None where a number is unknown, the whole is 0, or the part exceeds it (contradictory cases).
    """
    return format_ratio(part, whole) if part is not None and whole and part <= whole else None


# ---- as text, for every chart, page, document and the terminal -----------------------------------


class Counts(NamedTuple):
    """The counts of a finding on one line.

    text: "5 đến 6/13", or words without a number; is_number: whether it is a number; needed: the
    needed number, None if there is none or an open count would read as all.
    """

    text: str
    is_number: bool = False
    needed: str | None = None

    @property
    def with_needed(self) -> str:
        """The counts with the needed number: 5 đến 6/13 (cần 7)."""
        return f"{self.text} (cần {self.needed})" if self.needed else self.text


def format_counts(finding: Mapping[str, Any], is_silent: bool, least_total: int | None) -> Counts:
    """Return the counts of a finding as text; `finding`: a row by column.

    Words instead of a number where too little is known, and for a unit whose target is "1".
    `is_silent`: whether none of its cells was reported. `least_total`: the known minimum of an
    unknown total.
    """
    row = {name: None if pd.isna(value) else value for name, value in finding.items()}
    if words := phrase("counts_in_words", row, not is_silent):
        return Counts(words)
    low, high, total, needed = (row[name] for name in ("low", "high", "total", "needed"))
    # Open (no `high`): more may follow, and “13/13 (cần 13)” would read as all.
    would_read_as_all = high is None and total is not None and total <= low
    least_total = None if pd.isna(least_total) else least_total
    if needed is not None:
        needed = format_number(needed) if total is not None else format_count(needed)
    shown_needed = None if would_read_as_all else needed
    return Counts(phrase("counts", row, least_total), is_number=True, needed=shown_needed)


def describe_conclusions(plan: Plan, findings: pd.DataFrame, section: str = "") -> str:
    """Return the sentence on how many of the plan's objectives have which verdict.

    `findings`: those of one unit; `section`: the one on objectives without a form, to refer to.
    """
    provisional = findings[(findings.basis != "plan") & (findings.unit_code == plan.province)]
    numbers = (numbers_by_verdict(plan, rows) for rows in (findings, provisional))
    return phrase("concluded", plan, *numbers, section)


def numbers_by_verdict(plan: Plan, findings: pd.DataFrame) -> dict[str, list[int]]:
    """Return the numbers of the judged objectives by verdict: {"met": [1, 3]}.

    `findings`: those of the unit.
    """
    judged = findings[findings.verdict.isin(JUDGED_VERDICTS)]
    numbers = judged.objective.map({slug: o.number for slug, o in plan.by_slug.items()})
    return {verdict: sorted(group) for verdict, group in numbers.groupby(judged.verdict)}
