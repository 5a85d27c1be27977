"""What a district is asked for: the cells that its return lacks, or the sheets of a return that did
not come.
"""

import pandas as pd

from pcmd_eval.analysis.case import cached
from pcmd_eval.analysis.missing_data import wanted_cells
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.trace import item_names
from pcmd_eval.util.formatting import format_number, lowercase_first
from pcmd_eval.util.vocabulary import PERIOD_LABELS

WHOLE = "Toàn bộ biểu"
_LONGEST = 40  # letters of what is quoted from a cell


def cells_asked_for(case: Case) -> list[dict[str, str]]:
    """The cells that the unit's return lacks, a line for each row of a sheet: sheet, what, cells,
    settles.

    First those that could settle a verdict of its own that is open, then one of the province, then
    the others. A sheet of which nothing came is one line.
    """
    lines = []
    rows = _lacking(case).groupby(["rank", "objective", "place"], sort=False)
    for (rank, slug, place), cells in rows:
        whole = place == WHOLE
        lines.append(
            {
                "sheet": case.plan.form.sheet(slug).name,
                "what": WHOLE if whole else _what(case, place, cells),
                "cells": f"{format_number(len(cells))} ô" if whole else _addresses(cells),
                "settles": _settles(case, rank, case.plan[slug].number),
            }
        )
    return lines


def sheet_titles(case: Case) -> list[str]:
    """The sheets of the unit's return by number and title."""
    sheets = case.plan.sheets_of(case.unit)
    return [f"Biểu {sheet.number}. {case.plan[sheet.objective].title}" for sheet in sheets]


def wanted_by_province(case: Case) -> pd.Index:
    """The cells that could settle an open verdict of the province: the same for every unit."""
    return cached(case, wanted_by_province, lambda: _settling(case, case.plan.province))


def _settling(case, unit):
    """Which of the case's cells could settle an open verdict of a unit."""
    findings = case.findings[case.findings.unit_code == unit]
    unsettled = findings[findings.verdict == "undetermined"]
    return wanted_cells(case.plan, case.cells, unsettled).index


def held_up(case: Case) -> str:
    """Which verdicts of the province wait, among others, for the figures of a district."""
    cells = case.cells[case.cells.reporter == case.unit]
    slugs = {*cells.objective[cells.index.isin(wanted_by_province(case))]}
    numbers = [str(one.number) for one in case.plan.objectives if one.slug in slugs]
    whole = case.units.inline_name[case.plan.province]
    cause = "một nguyên nhân chưa đủ số liệu để kết luận chỉ tiêu"
    return f"{cause} {', '.join(numbers)} của {whole}" if numbers else ""


def _lacking(case):
    """The cells of the unit that are lacking, with `rank` (see `cells_asked_for`) and `place`, a
    row of the form or the whole sheet, both in the order in which they are asked for.
    """
    cells = case.cells[case.cells.reporter == case.unit]
    rank = pd.Series(2, cells.index).where(cells.state != "reported")
    rank = rank.mask(cells.index.isin(wanted_by_province(case)), 1)
    rank = rank.mask(cells.index.isin(_settling(case, case.unit)), 0)
    sheets = cells.objective  # a sheet each; one of which nothing came is asked for once
    whole = rank.notna().groupby(sheets).transform("all")
    rank = rank.mask(whole, rank.groupby(sheets).transform("min"))
    place = cells["item"].mask(cells.unit_code != case.unit, cells.unit_code).fillna("")
    lacking = cells.assign(rank=rank, place=place.mask(whole, WHOLE)).dropna(subset="rank")
    return lacking.sort_values("rank", kind="stable")


def _what(case, place, cells):
    """A commune or a row of the form, and the periods and columns that are lacking."""
    name = case.units.inline_name.get(place) or case.names.get(place)
    if not name:  # a cell of a line that the unit added
        name = item_names(case.plan, cells["item"]).iloc[0]
    yearly = cells.period == "Y"
    lacking = [*cells.period[~yearly].map(PERIOD_LABELS)]
    if place in case.units.index:
        lacking += cells.column[yearly].drop_duplicates().map(case.names).tolist()
    listed = ", ".join(map(lowercase_first, lacking))
    return f"{name}: {listed}" if listed else str(name)


def _addresses(cells):
    """Where they stand, and what was written there that is no figure."""
    cells = cells.dropna(subset="cell")
    raw = cells.raw.where(cells.state == "unreadable").str.slice(0, _LONGEST)
    content = " (đang ghi “" + raw + "”)"
    return ", ".join(cells.cell + content.fillna("")) or "chưa có dòng này trong biểu"


def _settles(case, rank, number):
    """What the cells are wanted for."""
    whose = {0: case.inline_name, 1: case.units.inline_name[case.plan.province]}
    return (
        f"kết luận chỉ tiêu {number} của {whose[rank]}" if rank in whose else "hoàn thiện số liệu"
    )
