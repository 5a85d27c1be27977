"""What to ask whom before the year closes: cells not known yet that could settle open findings."""

import pandas as pd

from pcmd_eval.analysis.trace import counted_cells, standing
from pcmd_eval.evaluation.explanations import Finding, phrase
from pcmd_eval.evaluation.observations import KEY, counted_returns
from pcmd_eval.objectives.enforcement import uncounted_items
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_number, join_items, shorten_list

COLUMNS = [
    "reporter",
    "unit_name",
    "objective",
    "finding_unit",
    "unit_code",
    "item",
    "period",
    "file",
    "sheet",
    "cell",
    "state",
    "settles",
]
_OPEN = ("unknown", "incomplete", "contradictory", "undetermined")  # see `trace.standing`


def reminders(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The cells that could settle each open finding, columns `COLUMNS`, all `string`.

    `unit_name` is the reporter's, `finding_unit` the code of the unit whose finding is open.
    Reporters that settle most come first: the share that a reporter has of the cells of each open
    finding, summed; then those with fewer cells.
    """
    unsettled = findings[findings.verdict == "undetermined"]
    settles = [
        phrase("settles", Finding(row, plan, row.objective)) for _, row in unsettled.iterrows()
    ]
    keys = unsettled[["unit_code", "objective"]].rename(columns={"unit_code": "finding_unit"})
    rows = wanted_cells(plan, cells, unsettled)
    rows = rows.merge(keys.assign(settles=settles), on=["finding_unit", "objective"], how="left")
    shares = 1 / rows.groupby(["objective", "finding_unit"])["item"].transform("size")
    of_reporter = shares.groupby(rows.reporter)
    rows = rows.assign(
        unit_name=rows.reporter.map(plan.register.full_name),
        most_first=-of_reporter.transform("sum").round(9),
        many=of_reporter.transform("size"),
    )
    rows = rows.sort_values(["most_first", "many", "reporter"], kind="stable", ignore_index=True)
    return rows[COLUMNS].astype("string")


def wanted_cells(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The cells that could change each finding: rows of `cells` with the `finding_unit`.

    A cell could if nobody knows it yet and every part that it is counted in is open, too. Of a
    quarter of cases that contradicts itself every cell could, known ones as well.
    """
    wanted = [cells.head(0).assign(finding_unit="")]
    by_slug = {slug: _wanted(plan, cells, slug) for slug in findings.objective.unique()}
    for unit, slug in zip(findings.unit_code, findings.objective, strict=True):
        rows = by_slug[slug]
        of_unit = rows if unit == plan.province else rows[rows.reporter == unit]
        wanted.append(of_unit.assign(finding_unit=unit))
    return pd.concat(wanted)


def _wanted(plan, cells, slug):
    """Those cells for one objective, of everybody."""
    cells, steps = counted_cells(plan, cells, slug)
    left_out = uncounted_items(plan[slug].rule_values)
    wanted = cells.counts.isna() & ~cells["item"].isin(left_out)
    for name, parts in steps.items():
        if name in ("cells", "models"):  # a line makes its model open, unless another one counts
            continue
        stands = cells.join(standing(parts).rename("stands"), on=parts.index.names).stands
        stands = stands.fillna("unknown")  # of who says nothing of lines
        wanted |= stands == "contradictory"
        wanted &= stands.isin(_OPEN)  # of each step in turn: a closed one wants nothing below it
    return cells[wanted]


def first_questions(plan: Plan, wanted: pd.DataFrame, returns: pd.DataFrame) -> list[str]:
    """What to ask first, of `reminders`: a sentence for each of the three reporters that settle
    most.
    """
    files = returns[returns.file.notna()].groupby("reporter").file.agg(", ".join)
    first = [*wanted.groupby("reporter", sort=False)][:3]
    return [_question(plan, rows, files.get(reporter, "")) for reporter, rows in first]


def _question(plan, rows, files):
    """What to ask one reporter for, who sent these files, and which findings it would settle."""
    counts = rows.drop_duplicates(KEY).sheet.value_counts(sort=False)
    sheets = [f"{format_number(count)} ô của biểu {sheet}" for sheet, count in counts.items()]
    settled = []
    for unit, cells in rows.groupby("finding_unit", sort=False):
        numbers = [str(plan[slug].number) for slug in cells.objective.unique()]
        settled.append(f"chỉ tiêu {join_items(numbers)} của {plan.register.inline_name[unit]}")
    return phrase("asks", rows.unit_name.iloc[0], sheets, files, settled)


def reminders_by_finding(plan: Plan, wanted: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """One row for each reporter and open finding, in the order of `reminders`: unit_name,
    objective, settles, how many cells, and which.
    """
    came = counted_returns(returns).index
    lines = []
    for keys, rows in wanted.groupby(["unit_name", "objective", "settles"], sort=False):
        unit_name, slug, settles = keys
        why = "không có dòng trong biểu" if rows.reporter.iloc[0] in came else "chưa có báo cáo"
        which = _places(rows["cell"], why)
        lines.append((unit_name, plan[slug].heading, settles, len(rows), which))
    return pd.DataFrame(lines, columns=["unit_name", "objective", "settles", "Số ô", "Các ô"])


def _places(cells, why):
    """The first of the cells by their places (reminders.csv has all), then how many have none, and
    why.
    """
    places = [*cells.dropna()]
    parts = [shorten_list(places)] if places else []
    if bare := len(cells) - len(places):
        parts.append(f"{format_number(bare)} ô: {why}")
    return "; ".join(parts)
