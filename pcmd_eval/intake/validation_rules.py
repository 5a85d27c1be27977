"""The issues of cells that contradict each other, and of the years of documents."""

from collections.abc import Iterator

import pandas as pd

from pcmd_eval.evaluation.comparisons import Broken
from pcmd_eval.intake.issues import ISSUE_RULES, Issue, issue_message
from pcmd_eval.plan.plan import Plan


def comparison_issue(broken: Broken, plan: Plan) -> Issue:
    """Return the issue of a comparison that fails, at the cell where the fault stands."""
    check, cell = broken.check, broken.at
    address = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code)
    header = plan.form.sheet(cell.objective).column(broken.column).header
    about = (header, broken.value, check.id, f"{check.say}.")
    return Issue(check.severity, *address, *about, shown=broken.shown)


def document_year_issues(cells: pd.DataFrame, plan: Plan) -> Iterator[Issue]:
    """Yield an issue for each cell whose documents are all of other years than the plan's."""
    rule = "document-year"
    severity, message = ISSUE_RULES[rule].severity, issue_message(rule, year=plan.year)
    for cell in cells[(cells.value == "given").fillna(False)].itertuples():
        days = plan.form.grammar.read(cell.raw).days
        if plan.year not in {day.year for day in days}:
            address = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code)
            header = plan.form.sheet(cell.objective).column(cell.column).header
            yield Issue(severity, *address, header, cell.raw, rule, message)
