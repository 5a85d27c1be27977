"""What to ask whom before the year closes: cells not known yet that could settle open findings."""

import pandas as pd

from pcmd_eval.counting import of_cases
from pcmd_eval.observations import counting
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import counted_cells
from pcmd_eval.sentences import Finding, said
from pcmd_eval.words import listing, number

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
_CELLS = 8  # named in one line of a table; all of them stand in reminders.csv


def reminders(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The unknown cells that could settle each open finding, columns `COLUMNS`, all `string`.

    `unit_name` is the reporter's, `finding_unit` the code of the unit whose finding is open.
    Reporters that settle most come first: the share that a reporter has of the cells of each open
    finding, summed; then those with fewer cells.
    """
    opened = findings[findings.verdict == "undetermined"]
    found = [pd.DataFrame(columns=[*COLUMNS, "weight"])]
    for _, finding in opened.iterrows():
        found.append(asked(plan, cells, finding))
    rows = pd.concat(found, ignore_index=True)
    weights = rows.groupby("reporter").weight
    rows = rows.assign(weight=-weights.transform("sum"), many=weights.transform("size"))
    rows = rows.sort_values(["weight", "many", "reporter"], kind="stable", ignore_index=True)
    return rows[COLUMNS].astype("string")


def foremost(plan: Plan, reminders: pd.DataFrame, returns: pd.DataFrame) -> list[str]:
    """What to ask first: a sentence for each of the three reporters that settle most."""
    files = returns[returns.file.notna()].groupby("reporter").file.agg(", ".join)
    asked = [*reminders.groupby("reporter", sort=False)][:3]
    return [_question(plan, rows, files.get(reporter, "")) for reporter, rows in asked]


def gathered(plan: Plan, reminders: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """One row for each reporter and open finding, in the order of `reminders`: unit_name,
    objective, settles, how many cells, and which.
    """
    came = counting(returns).index
    found = []
    for keys, rows in reminders.groupby(["unit_name", "objective", "settles"], sort=False):
        without = "không có dòng trong biểu" if rows.reporter.iloc[0] in came else "chưa có báo cáo"
        found.append((*keys, len(rows), _places(rows["cell"], without)))
    table = pd.DataFrame(found, columns=["unit_name", "objective", "settles", "Số ô", "Các ô"])
    titles = {slug: objective.heading for slug, objective in plan.by_slug.items()}
    return table.assign(objective=table.objective.map(titles))


def _places(cells, without):
    """The first of the cells by their places, and how many have none, which is why."""
    places = cells.dropna()
    told = []
    if len(places):
        told.append(", ".join(places[:_CELLS]) + (" …" if len(places) > _CELLS else ""))
    if bare := len(cells) - len(places):
        told.append(f"{number(bare)} ô: {without}")
    return "; ".join(told)


def asked(plan: Plan, cells: pd.DataFrame, finding: pd.Series) -> pd.DataFrame:
    """The unknown cells behind one open finding all of whose parts are unknown, too."""
    found, steps = counted_cells(plan, cells, finding.unit_code, finding.objective)
    if finding.objective in plan.counted_by(of_cases):
        found = _of_cases(plan, finding.objective, found, steps)
    else:
        found = found[found.counts.isna()]
        # A line that is not known makes its model so, unless another line of it counts.
        for name in steps.keys() - {"cells", "models"}:
            part = steps[name].rename("part")
            found = found[found.join(part, on=part.index.names).part.isna()]
    found = found.assign(
        finding_unit=finding.unit_code,
        unit_name=found.reporter.map(plan.register.full_name),
        settles=said("settles", Finding(finding, plan, finding.objective)),
        weight=1 / max(len(found), 1),
    )
    return found[[*COLUMNS, "weight"]]


def _of_cases(plan, slug, found, steps):
    """Of open reporters: unknown cells of incomplete quarters, and cells that contradict."""
    reporters = steps["reporters"]
    undecided = reporters.index[reporters.verdict == "undetermined"]
    quarters = steps["quarters"][["complete", "contradictory"]]
    found = found[found.reporter.isin(undecided)]
    found = found.join(quarters, on=["reporter", "period"])
    wanted = found.counts.isna() & ~found.complete
    if plan.values(slug)["pending"] != "handled":
        wanted &= found["item"] != "6.6"
    return found[wanted | found.contradictory]


def _question(plan, rows, files):
    """What to ask one reporter for, who sent these files, and which findings it would settle."""
    cells = rows.drop_duplicates(["objective", "unit_code", "item", "period"])
    came = (cells.state != "absent").any() or cells.file.notna().any()
    counts = cells.sheet.value_counts(sort=False) if came else {}
    sheets = [f"{number(count)} ô của biểu {sheet}" for sheet, count in counts.items()]
    decided = []
    for unit, found in rows.groupby("finding_unit", sort=False):
        numbers = [str(plan[slug].number) for slug in found.objective.unique()]
        decided.append(f"chỉ tiêu {listing(numbers)} của {plan.register.inline_name[unit]}")
    return said("asks", rows.unit_name.iloc[0], sheets, files, decided)
