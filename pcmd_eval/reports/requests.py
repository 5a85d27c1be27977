"""Requests in papers to a reporter: cells to send, and contradictions to clear up."""

from pcmd_eval.analysis.case import Case, inline_name, is_province, issues_of
from pcmd_eval.analysis.missing_data import (
    COMPLETES,
    count_missing,
    missing_of,
    missing_table,
)
from pcmd_eval.analysis.reminders import merge_whole_sheets
from pcmd_eval.util.formatting import format_count

_MOST_UNITS_NAMED = 12  # communes or rows that a line names, more are counted
_MOST_LINES, _MOST_ISSUES = 12, 8  # further ones stand in the annotated return only
_OWN, _PROVINCE, _NONE = 0, 1, 2  # whose finding a cell could settle, in the order of requests


def requested_cells(case: Case) -> list[dict[str, object]]:
    """Return the lines of the table of requests: sheet, what, cells, total, request, settles.

    Cells that could settle a verdict of the unit come first, then those for the province's, then
    the rest; beyond `_MOST_LINES` lines, the rest is one line for each sheet.
    """
    missing = missing_of(case)
    missing = merge_whole_sheets(missing[missing.reporter == case.unit])
    ranks = missing.finding_unit.map({case.unit: _OWN, case.plan.province: _PROVINCE})
    ranks = ranks.fillna(_NONE)  # a cell has the first of the ranks of its findings
    missing = missing.assign(rank=ranks.groupby(level=0).transform("min").astype("int64"))
    table = missing_table(case.plan, missing, ["rank"], _MOST_UNITS_NAMED, is_brief=True)
    if len(table) > _MOST_LINES:
        only_completes = missing["rank"] == _NONE
        missing["request_kind"] = missing.request_kind.mask(only_completes, "marked")
        missing["is_open"] &= ~only_completes
        table = missing_table(case.plan, missing, ["rank"], _MOST_UNITS_NAMED, is_brief=True)
    table = table.sort_values("rank", kind="stable")
    return [
        {
            "sheet": row.sheet,
            "what": row.described,
            "cells": row.cells,
            "total": row.total,
            "request": row.request,
            "settles": _purpose(case, row.rank, case.plan[row.objective].number),
        }
        for row in table.itertuples()
    ]


def missing_total(case: Case) -> int:
    """Return the number of cells that the unit is asked for."""
    return int(count_missing(missing_of(case)).get(case.unit, 0))


def _purpose(case, rank, number):
    """Return which finding a request could settle, by its rank and objective's number."""
    if rank == _NONE:
        return COMPLETES
    owner = inline_name(case) if rank == _OWN else case.units.inline_name[case.plan.province]
    return f"kết luận chỉ tiêu {number} của {owner}"


def issues_to_confirm(case: Case) -> list[str]:
    """Return a line for each contradiction that `check` found in the unit's return.

    Issues of cells that the table of requests has are left out, as are notes; issues beyond
    `_MOST_ISSUES` are counted in the last line.
    """
    issues = issues_of(case)
    if issues.empty:
        return []
    issues = issues[(issues.reporter == case.unit) & (issues.severity != "note")].fillna("")
    missing = missing_of(case)
    requested = {*zip(missing.file, missing.sheet, missing["cell"], strict=True)}
    places = zip(issues.file, issues.sheet, issues["cell"], strict=True)
    rows = issues[[position not in requested for position in places]]
    rows = rows.drop_duplicates(["sheet", "cell", "message"])
    lines = [_issue_line(row) for row in rows.itertuples()]
    if more := len(lines[_MOST_ISSUES:]):
        lines[_MOST_ISSUES:] = [f"{format_count(more)} điểm khác nêu tại bản đánh dấu gửi kèm."]
    return lines


def _issue_line(issue):
    where = f"Biểu {issue.sheet}" if issue.sheet else ""
    position = f"{where}, ô {issue.cell}" if issue.cell else where
    return f"{position}: {issue.message}" if position else issue.message


def sheet_titles(case: Case) -> list[str]:
    """Return number and title of each sheet of the unit's return.

    For the province, the sheets of the first unit stand for those of all.
    """
    unit = case.plan.reporting_units.index[0] if is_province(case) else case.unit
    sheets = case.plan.sheets_of(unit)
    return [f"Biểu {sheet.number}. {case.plan[sheet.objective].title}" for sheet in sheets]


def waiting_findings(case: Case) -> str:
    """Return which verdicts of the province wait for the unit's figures, among others, or ""."""
    missing = missing_of(case)
    rows = missing[(missing.reporter == case.unit) & (missing.finding_unit == case.plan.province)]
    slugs = {*rows.objective}
    numbers = [str(one.number) for one in case.plan.objectives if one.slug in slugs]
    province_name = case.units.inline_name[case.plan.province]
    cause = "một nguyên nhân chưa đủ số liệu để kết luận chỉ tiêu"
    return f"{cause} {', '.join(numbers)} của {province_name}" if numbers else ""
