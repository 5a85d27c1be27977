"""The findings: what the steps of an objective come to for each unit, on whole numbers."""

from collections.abc import Collection

import pandas as pd

from pcmd_eval.counting import Steps
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.sentences import reasons
from pcmd_eval.words import number, share_text

COUNTS = ["low", "high", "needed", "total"]
COLUMNS = [
    *("plan", "year", "unit_code", "unit_name", "objective", "verdict", *COUNTS),
    *("value_low", "value_high", "target", "basis", "reason"),
]
DTYPES = dict.fromkeys(COLUMNS, "string") | dict.fromkeys(["year", *COUNTS], "Int64")


def evaluate(
    plan: Plan, cells: pd.DataFrame, explained: Collection[str] | None = None
) -> pd.DataFrame:
    """Every finding of the plan, columns `COLUMNS`: units by code as text, objectives by number
    (findings.csv). `explained`: see `judge`.
    """
    found = pd.concat([judge(plan, slug, cells, explained=explained) for slug in plan.by_slug])
    return found.sort_values("unit_code", kind="stable", ignore_index=True)


def judge(
    plan: Plan,
    slug: str,
    cells: pd.DataFrame,
    steps: Steps | None = None,
    explained: Collection[str] | None = None,
) -> pd.DataFrame:
    """The findings of all districts and of the province on one objective; `steps` replace those of
    the cells. Only the units `explained` get a `reason`; all of them if none are named.

    Columns `COLUMNS`, dtypes `DTYPES`, units in their order (`Plan.reporters`). Counts decide,
    never a share. Raises ValueError for a step that the objective does not have.
    """
    own = cells[cells.objective == slug]
    all_steps = _steps(plan, slug, cells, steps or {})
    counts = OBJECTIVES[slug].counts(own, all_steps, plan.province)
    counts = counts.reindex(plan.reporters.index)
    asked = [_asked(plan.target(slug, unit), total) for unit, total in counts.total.items()]
    asked = pd.DataFrame(asked, counts.index).astype({"needed": "Int64"})
    found = counts.where(asked["shape"].notna()).join(asked)
    found = found.assign(verdict=_verdicts(found), unit_name=plan.reporters.full_name)
    told = found if explained is None else found[found.index.isin(explained)]
    found = found.assign(
        plan=plan.plan,
        year=plan.year,
        unit_code=counts.index,
        objective=slug,
        value_low=_shares(found.low, found.total),
        value_high=_shares(found.high, found.total),
        reason=pd.Series(reasons(plan, slug, told, own, all_steps), told.index, dtype="string"),
    )
    return found.reset_index(drop=True)[COLUMNS].astype(DTYPES)


def _steps(plan, slug, cells, replaced):
    """The steps of the cells, some of them replaced."""
    steps = plan.steps(slug, cells)
    if strange := replaced.keys() - steps.keys():
        words = f"{slug} không có bước {', '.join(sorted(strange))}"
        raise ValueError(f"{words}; các bước: {', '.join(steps)}")
    return steps | replaced


def _asked(target, total):
    """What a target asks of so many parts; nothing of a unit that has none."""
    if not target:
        return dict.fromkeys(["needed", "target", "basis", "shape"])
    needed = target.value.needed(None if pd.isna(total) else total)
    told = {"target": target.value.text, "basis": target.basis}
    return told | {"needed": needed, "shape": target.value.shape}


def _verdicts(found):
    """What no missing report can overturn, else `undetermined`; cases are judged reporter by
    reporter before.
    """
    verdict = found.get("verdict")
    if verdict is None:
        none_at_all = found["shape"] == "none"
        met = (found.low >= found.needed).mask(none_at_all, found.high == 0).fillna(False)
        not_met = (found.high < found.needed).mask(none_at_all, found.low > 0).fillna(False)
        verdict = pd.Series("undetermined", found.index, dtype="string")
        verdict = verdict.case_when([(met, "met"), (not_met, "not_met")])
    return verdict.where(found["shape"].notna(), "not_applicable")


def _shares(parts, wholes):
    """The shares as findings.csv has them; None where one is unknown, or there is no whole."""
    told = ((parts <= wholes) & (wholes > 0)).fillna(False)
    pairs = zip(parts, wholes, told, strict=True)
    return [share_text(part, whole) if both else None for part, whole, both in pairs]


# ---- in words: what every chart, page, document and the terminal say of a count ------------------


def unheard(findings: pd.DataFrame, cells: pd.DataFrame, province: str) -> pd.Series:
    """Of which findings no cell was reported (boolean): there `low` is a bound, not a report of
    none.
    """
    given = cells.loc[cells.state == "reported", ["reporter", "objective"]].drop_duplicates()
    heard = {*given.itertuples(index=False, name=None)}
    heard |= {(province, objective) for _, objective in heard}
    asked = zip(findings.unit_code, findings.objective, strict=True)
    return pd.Series([pair not in heard for pair in asked], findings.index, dtype="bool")


def counted(finding: pd.Series, silent: bool, at_least: int | None = None) -> str:
    """The counts of a finding on one line, 5–6/13 (cần 7); `silent`: see `unheard`.

    A unit that is itself one part of the province's count is counted in it or not; nobody asks it
    to reach a number. `at_least`: what is known of a total that is not complete, ít nhất 50/51.
    """
    low, high, needed, total = finding[COUNTS]
    if finding.verdict == "not_applicable":
        return "–"
    if silent or pd.isna(low):
        return "chưa có số liệu"
    if finding.target == "1" and low == high:
        return "được tính" if low else "chưa được tính"
    open_ = pd.isna(high) and (pd.isna(total) or low != total)
    if open_ and low == 0:
        return "chưa đủ số liệu"  # "ít nhất 0" would read as a report of none
    span = f"ít nhất {number(low)}" if open_ else number(low)
    if pd.notna(high) and high > low:
        span = f"{number(low)}–{number(high)}"
    total = at_least if open_ and pd.isna(total) else total
    whole = "" if pd.isna(total) else f"/{number(total)}"
    return span + whole + ("" if pd.isna(needed) else f" (cần {number(needed)})")
