"""Missing data: the cells that a reporter should still send, and the findings they could settle."""

from collections.abc import Mapping

import pandas as pd

from pcmd_eval.analysis.trace import counted_cells, part_statuses
from pcmd_eval.evaluation.states import is_period_open
from pcmd_eval.objectives.aggregation import count_cases
from pcmd_eval.objectives.enforcement import uncounted_items
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_count, join_items
from pcmd_eval.util.verdicts import OPEN_VERDICTS
from pcmd_eval.util.vocabulary import MAX_NAMED

_UNDECIDED = ("unknown", "incomplete", *OPEN_VERDICTS)  # statuses of `trace.part_statuses`


# ---- the frame -----------------------------------------------------------------------------------


def missing_cells(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each pair of a cell to ask for and an open finding that it could settle.

    The columns of `cells`, `finding_unit` (string: code of the unit whose finding is open, <NA> for
    a cell that only completes the return) and `is_open` (bool: the cut-off of its file was before
    the end of its period). The index is that of `cells`, with repeats. Reporters that settle most
    come first: by their summed shares of the deciding cells of each open finding; then those with
    fewer cells.
    """
    unsettled = findings[findings.verdict.isin(OPEN_VERDICTS)]
    deciding = deciding_cells(plan, cells, unsettled)
    # Open, and its period ends after all of its reporter's cut-offs.
    latest = cells.cutoff.groupby(cells.reporter).transform("max")
    may_grow = cells.state.eq("open") & is_period_open(cells.assign(cutoff=latest), plan)
    is_lacking = ~cells.state.isin(["reported", "open"]) | may_grow
    completing = cells[is_lacking & ~cells.index.isin(deciding.index)]
    completing = completing.assign(finding_unit=pd.Series(pd.NA, completing.index, "string"))
    shares = 1 / deciding.groupby(["objective", "finding_unit"])["item"].transform("size")
    by_reporter = shares.groupby(deciding.reporter)
    summed_shares, cell_counts = by_reporter.sum(), by_reporter.size()
    rows = pd.concat([deciding, completing])
    rows = rows.assign(
        is_open=is_period_open(rows, plan),
        most_first=-rows.reporter.map(summed_shares).fillna(0).round(9),
        fewest_first=rows.reporter.map(cell_counts).fillna(0),
    )
    rows = rows.sort_values(["most_first", "fewest_first", "reporter"], kind="stable")
    return rows.drop(columns=["most_first", "fewest_first"])


def deciding_cells(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that could still change each finding, with its unit as `finding_unit`.

    These are unknown and contradictory cells, and open numbers of cases; those of a part (quarter,
    commune …) whose status is certain are left out.
    """
    deciding = [cells.head(0).assign(finding_unit="")]
    by_slug = {
        slug: _select_deciding_cells(plan, cells, slug) for slug in findings.objective.unique()
    }
    for unit, slug in zip(findings.unit_code, findings.objective, strict=True):
        rows = by_slug[slug]
        of_unit = rows if unit == plan.province else rows[rows.reporter == unit]
        deciding.append(of_unit.assign(finding_unit=unit))
    return pd.concat(deciding).astype({"finding_unit": "string"})


def _select_deciding_cells(plan: Plan, cells: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Return the cells of all reporters that could change a finding on one objective."""
    counted, steps = counted_cells(plan, cells, slug)
    left_out_items = uncounted_items(plan[slug].rule_values)
    # Any cell of a contradiction may be the wrong one.
    is_relevant = ~counted["item"].isin(left_out_items) | (counted.state == "contradictory")
    # An open number of cases is a minimum: a later one may decide.
    is_minimum = (counted.state == "open") & (OBJECTIVES[slug].aggregate is count_cases)
    deciding = (counted.is_counted.isna() | is_minimum) & is_relevant
    for name, parts in steps.items():
        if name in ("cells", "models"):  # cells: judged above; a model is one of the lines
            continue
        status = counted.join(part_statuses(parts).rename("status"), on=parts.index.names).status
        status = status.fillna("unknown")  # cells of a sheet without lines are in no part
        deciding &= status.isin(_UNDECIDED)  # cells of a settled part change nothing
    return cells.loc[deciding.index[deciding]]


def count_unsent(missing: pd.DataFrame) -> pd.Series:
    """Return the number of cells to send by reporter; `missing`: rows of `missing_cells`.

    A cell that several findings wait for counts once. Contradictory cells were sent; their issues
    ask about them.
    """
    unsent = missing[missing.state != "contradictory"]
    return unsent[~unsent.index.duplicated()].groupby("reporter", sort=False).size()


# ---- counts, for notebooks -----------------------------------------------------------------------


def rows_for(missing: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `missing_cells` that could settle one of these findings."""
    keys = ["finding_unit", "objective"]
    keys_of_findings = findings.rename(columns={"unit_code": "finding_unit"})[keys]
    could_settle = pd.MultiIndex.from_frame(missing[keys]).isin(
        pd.MultiIndex.from_frame(keys_of_findings)
    )
    return missing[could_settle]


def count_by_reporter(plan: Plan, missing: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the number of cells by reporter and objective, see `Case.missing_by_reporter`.

    `missing`: rows of `missing_cells`; `names`: the headings of the objectives by slug.
    """
    missing = missing[~missing.index.duplicated()]
    table = missing.groupby(["reporter", "objective"], sort=False).size().reset_index(name="Số ô")
    table = table.astype({"Số ô": "Int64"}).assign(
        unit_name=table.reporter.map(plan.senders.full_name),
        objective=table.objective.map(names),
    )
    return table[["unit_name", "objective", "Số ô"]]


def describe_missing(plan: Plan, missing: pd.DataFrame, is_province: bool) -> str:
    """Return a sentence on the data that could still change a finding.

    `missing`: the rows of `missing_cells` that could settle it; `is_province`: the finding is of
    the whole province, whose reporters are named.
    """
    if missing.empty:
        return "Không thiếu số liệu nào có thể làm thay đổi kết luận."
    counts = missing.groupby("reporter", sort=False).size()
    if not is_province:
        return f"Còn {format_count(int(counts.sum()))} ô chưa đủ số liệu để kết luận."
    names = [*plan.senders.inline_name[counts.index]]
    # A table beside the sentence has the names of more communes.
    is_named = len(names) <= MAX_NAMED or not plan.communes_report
    listed = f": {join_items(names)}" if is_named else ""
    return f"{format_count(len(names))} đơn vị còn thiếu số liệu để kết luận{listed}."
