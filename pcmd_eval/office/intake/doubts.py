"""Find the cells that the answers to open issues may change, by `ISSUE_RULES`."""

from collections.abc import Iterable

import pandas as pd

from pcmd_eval.evaluation.states import FILLED_STATES, Doubts, Place
from pcmd_eval.office.intake.issues import ISSUE_RULES, Change, Issue
from pcmd_eval.plan.plan import Plan


def changes_of(issue: Issue) -> tuple[Change, ...]:
    """Return what the answer to an issue may change: () for a note or a confirmed issue, ("cells",)
    for a check of the form.
    """
    if issue.severity == "note" or issue.confirmed:
        return ()
    rule = ISSUE_RULES.get(issue.rule)
    return rule.changes if rule else ("cells",)


def doubts_of(issues: Iterable[Issue]) -> Doubts:
    """Return the places that the answers to these issues may change, or (`growing`) only increase.

    Notes and confirmed issues doubt none.
    """
    changing: set[Place] = set()
    growing: set[Place] = set()
    for issue in issues:
        changes = changes_of(issue)
        sheet = Place(issue.reporter, "", issue.sheet)
        if "cells" in changes:
            changing.update(issue.doubted or [sheet._replace(file=issue.file, cell=issue.cell)])
        elif "sheet" in changes:
            changing.update(issue.doubted or [sheet])
        growing.update(issue.growing if changes else ())
    return Doubts(frozenset(changing), frozenset(growing))


def demote_outside_issues(cells: pd.DataFrame, plan: Plan, issues: Iterable[Issue]) -> list[Issue]:
    """Turn issues with `is_outside_table` into notes where every cell of their sheet is readable,
    or where no cell of the reporter is blank or absent if they are about no sheet of the form.

    `cells`: see `observations.derive_columns`; optional rows may be blank.
    """
    sheet_names = {sheet.objective: sheet.name for sheet in plan.form.sheets}
    optional = [item.code for sheet in plan.form.sheets for item in sheet.items if item.optional]
    gaps = cells[~cells.state.isin(FILLED_STATES) & ~cells.row.isin(optional)]
    unfilled = {*zip(gaps.reporter, gaps.objective.map(sheet_names), strict=True)}
    unfilled |= {(reporter, "") for reporter in gaps.reporter[gaps.state != "unreadable"]}
    form_sheets = {*sheet_names.values()}
    return [
        issue._replace(severity="note")
        if issue.is_outside_table
        and (issue.reporter, issue.sheet if issue.sheet in form_sheets else "") not in unfilled
        else issue
        for issue in issues
    ]
