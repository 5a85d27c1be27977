"""Requests in papers to a reporter: cells to send, and contradictions to clear up."""

import re

import pandas as pd

from pcmd_eval.analysis.case import Case, inline_name, is_province, issues_of
from pcmd_eval.analysis.missing_data import (
    COMPLETES,
    count_missing,
    missing_of,
    missing_table,
)
from pcmd_eval.analysis.reminders import merge_whole
from pcmd_eval.util.formatting import format_count, lowercase_first
from pcmd_eval.util.vocabulary import PERIOD_LABELS

_MOST_UNITS_NAMED = 12  # communes or rows that a line names, more are counted
_MOST_LINES, _MOST_ISSUES = 8, 5  # further ones stand in the annotated return only
_THIS_UNIT, _PROVINCE, _NONE = (
    0,
    1,
    2,
)  # whose finding a cell could settle, in the order of requests
CONFIRMS = "sửa hoặc xác nhận"
# "Ô E34 đến H34 " at the head of what `check` says of merged cells.
_AREA_OF_CELLS = re.compile(r"^Ô (\w+ đến \w+) ")


def requested_cells(case: Case) -> list[dict[str, object]]:
    """Return the lines of the table of requests: sheet, what, cells, total, request, settles.

    Cells that could settle a verdict of the unit come first, then those for the province's, then
    the rest; beyond `_MOST_LINES` lines, the rest is one line for each sheet.
    """
    missing = missing_of(case)
    missing = merge_whole(missing[missing.reporter == case.unit])
    ranks = missing.finding_unit.map({case.unit: _THIS_UNIT, case.plan.province: _PROVINCE})
    ranks = ranks.fillna(_NONE)  # a cell has the first of the ranks of its findings
    ranks = ranks.groupby(level=0).transform("min").astype("int64")
    # That a period was open the notice says once, of all sheets.
    missing = missing.assign(rank=ranks, is_open=False)
    kinds = missing.request_kind
    # Where they are many, first what settles nothing, then all, is one line a sheet and purpose.
    for is_marked in (kinds.isna(), ranks == _NONE, kinds.notna()):
        missing["request_kind"] = kinds.mask(is_marked, "marked")
        table = missing_table(case.plan, missing, ["rank"], _MOST_UNITS_NAMED, is_brief=True)
        if len(table) <= _MOST_LINES:
            break
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


def open_since(case: Case) -> tuple[str, str] | None:
    """Return the day up to which the unit's figures go and the last period that was open then, if
    a cell of that period is asked for.
    """
    missing = missing_of(case)
    missing = missing[(missing.reporter == case.unit) & missing.is_open]
    if missing.empty:
        return None
    return missing.cutoff.max(), max(missing.period, key=[*PERIOD_LABELS].index)


def missing_total(case: Case) -> int:
    """Return the number of cells that the unit is asked for."""
    return int(count_missing(missing_of(case)).get(case.unit, 0))


def _purpose(case, rank, number):
    """Return which finding a request could settle, by its rank and objective's number."""
    if rank == _NONE:
        return COMPLETES
    name = inline_name(case) if rank == _THIS_UNIT else case.units.inline_name[case.plan.province]
    return f"kết luận chỉ tiêu {number} của {name}"


def contradictions(case: Case) -> list[dict[str, object]]:
    """Return a line of the table for each kind of contradiction that `check` found in the return.

    Issues of cells that are asked for anyway are left out.
    """
    issues = issues_of(case)
    if issues.empty:
        return []
    issues = issues[(issues.reporter == case.unit) & (issues.severity != "note")].fillna("")
    missing = missing_of(case)
    requested = {*zip(missing.file, missing.sheet, missing["cell"], strict=True)}
    places = zip(issues.file, issues.sheet, issues["cell"], strict=True)
    is_open = [position not in requested for position in places]
    rows = issues[pd.Series(is_open, issues.index, dtype="bool")]
    rows = rows.drop_duplicates(["sheet", "cell", "message"])
    communes = _commune_names(case)
    kinds = [rows.sheet, rows.message.str.replace(_AREA_OF_CELLS, "", regex=True)]
    lines = [
        {"sheet": sheet, "what": lowercase_first(what), "cells": _places(alike, communes)}
        for (sheet, what), alike in rows.groupby(kinds, sort=False)
    ]
    if more := len(lines[_MOST_ISSUES:]):
        what = f"{format_count(more)} điểm khác nêu tại bản đánh dấu gửi kèm"
        lines[_MOST_ISSUES:] = [{"sheet": "", "what": what, "cells": ""}]
    return [line | {"settles": CONFIRMS} for line in lines]


def _commune_names(case):
    """Return the commune of each cell of a sheet that has one, by file, sheet and address."""
    cells = case.unit_rows(case.cells)
    cells = cells[(cells.unit_code != cells.reporter) & cells["cell"].notna()]
    names = cells.unit_code.map(case.units.inline_name)
    return dict(zip(zip(cells.file, cells.sheet, cells["cell"], strict=True), names, strict=True))


def _places(issues, communes):
    """Return where issues that say the same stand: E34 đến H34 (xã A), I7 (xã B)."""
    places = []
    for issue in issues.itertuples():
        area = _AREA_OF_CELLS.match(issue.message)
        name = communes.get((issue.file, issue.sheet, issue.cell), "")
        position = area[1] if area else issue.cell
        places.append(f"{position} ({name})" if name else position)
    return ", ".join(filter(None, places))


def request_table(case: Case) -> pd.DataFrame:
    """Return what the notice asks of the unit: cells to send, then contradictions to clear up."""
    heads = {"sheet": "Biểu", "what": "Nội dung", "cells": "Ô", "settles": "Mục đích"}
    lines = [
        line | {"what": f"{line['what']} ({line['request']})"} for line in requested_cells(case)
    ]
    table = pd.DataFrame([*lines, *contradictions(case)], columns=[*heads], dtype="string")
    return table.rename(columns=heads)


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
