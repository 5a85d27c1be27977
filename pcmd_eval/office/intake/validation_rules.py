"""Make the issues of failed comparisons between cells and of documents of other years."""

from collections.abc import Iterator

import pandas as pd

from pcmd_eval.evaluation.comparisons import FailedComparison
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.issues import ISSUE_RULES, Issue, issue_message
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import as_rectangles, parse_address


def comparison_issue(broken: FailedComparison, plan: Plan) -> Issue:
    """Return the issue of a failed comparison; it names all compared cells of one file."""
    check, cell = broken.check, broken.at
    positions = [parse_address(one.cell) for one in broken.cells if one.file == cell.file]
    areas = ", ".join(as_rectangles(positions))
    where = (cell.reporter, cell.file, cell.sheet, areas, cell.unit_code)
    header = plan.form.sheet(cell.objective).column_of(cell.item, cell.period).header
    about = (header, broken.value, check.id, f"{check.say}.")
    doubted = tuple(map(Place.of, broken.doubted))
    return Issue(check.severity, *where, *about, doubted=doubted)


def document_year_issues(cells: pd.DataFrame, plan: Plan) -> Iterator[Issue]:
    """Yield an issue for each cell whose documents are all of other years than the plan's; it
    doubts that cell and each "yes" (carried out) in its row. `cells`: all observations.
    """
    rule = "document-year"
    severity, message = ISSUE_RULES[rule].severity, issue_message(rule, year=plan.year)
    for cell in cells[(cells.value == "given").fillna(False)].itertuples():
        days = plan.form.document_reader.read(cell.raw).days
        if plan.year not in {day.year for day in days}:
            where = (cell.reporter, cell.file, cell.sheet, cell.cell, cell.unit_code)
            header = plan.form.sheet(cell.objective).column(cell.column).header
            of_sheet = (cells.reporter == cell.reporter) & (cells.objective == cell.objective)
            is_done = of_sheet & (cells.row == cell.row) & (cells.value == "yes").fillna(False)
            doubted = tuple(map(Place.of, (cell, *cells[is_done].itertuples())))
            yield Issue(severity, *where, header, cell.raw, rule, message, doubted=doubted)
