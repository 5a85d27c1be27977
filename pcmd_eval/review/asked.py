"""What a district is asked for: the cells that its return lacks, or the sheets of a return that did
not come.
"""

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.words import PERIODS, number

CELL = ["objective", "unit_code", "item", "period"]


def cells_asked_for(case: Case) -> list[dict[str, str]]:
    """The cells that the unit's return lacks, a line for each row of a sheet: sheet, what, cells,
    settles.

    First those that could settle a verdict of its own that is open, then one of the province, then
    the others. A sheet of which nothing came is one line.
    """
    asked = case.cells[case.cells.reporter == case.unit].objective.value_counts()
    lines = []
    for (_, slug), cells in _lacking(case).groupby(["rank", "objective"], sort=False):
        said = {"sheet": case.plan.form.sheet(slug).name, "settles": _settles(case, cells)}
        if len(cells) == asked[slug]:
            lines.append(said | {"what": "Toàn bộ biểu", "cells": f"{number(len(cells))} ô"})
            continue
        for place, row in cells.groupby("place", sort=False):
            lines.append(said | {"what": _what(case, place, row), "cells": _addresses(row)})
    return lines


def sheets(case: Case) -> list[str]:
    """The sheets of the unit's return by number and title, with how many communes of which kind."""
    kinds = case.plan.communes(case.unit).type.str.lower().value_counts()
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    lines = []
    for sheet in case.plan.sheets_of(case.unit):
        title = case.plan[sheet.objective].title
        among = f" ({counts})" if sheet.rows == "communes" else ""
        lines.append(f"Biểu {sheet.name.split()[0]}. {title}{among}")
    return lines


def _lacking(case: Case) -> pd.DataFrame:
    """The cells of the unit that are lacking, with `rank` (see `cells_asked_for`) and `place`, a
    row of the form.
    """
    own = case.cells[case.cells.reporter == case.unit]
    blank = own[own.state != "reported"].assign(rank=2)
    ranks = {case.unit: 0, case.plan.province: 1}
    open_ = case.findings[case.findings.unit_code.isin([*ranks])]
    settling = reminders(case.plan, case.cells, open_).query("reporter == @case.unit")
    settling = settling.assign(rank=settling.finding_unit.map(ranks))
    cells = pd.concat([settling, blank], ignore_index=True)
    cells = cells.sort_values("rank", kind="stable").drop_duplicates(CELL)
    cells["rank"] = cells["rank"].mask(_silent(cells, own), _least(cells))
    cells["place"] = cells["item"].mask(cells.unit_code != case.unit, cells.unit_code).fillna("")
    cells["order"] = cells.objective.map({o.slug: o.number for o in case.plan.objectives})
    return cells.sort_values(["rank", "order"], kind="stable")


def _silent(cells: pd.DataFrame, own: pd.DataFrame) -> pd.Series:
    """Whether each cell is of a sheet that lacks all of them."""
    lacking, asked = cells.objective.value_counts(), own.objective.value_counts()
    return cells.objective.map(lacking) == cells.objective.map(asked)


def _least(cells: pd.DataFrame) -> pd.Series:
    return cells.groupby("objective")["rank"].transform("min")


def _what(case: Case, place: str, row: pd.DataFrame) -> str:
    """A commune or a row of the form, and the periods that are lacking."""
    named = case.units.inline_name.get(place) or case.names.get(place, place)
    periods = [PERIODS[p][:1].lower() + PERIODS[p][1:] for p in row.period if p != "Y"]
    return f"{named}: {', '.join(periods)}" if periods else str(named)


def _addresses(row: pd.DataFrame) -> str:
    cells = row.cell.dropna()
    return ", ".join(cells) if len(cells) else "chưa có dòng này trong biểu"


def _settles(case: Case, cells: pd.DataFrame) -> str:
    """Which verdict the cells would settle."""
    objective = case.plan[cells.objective.iloc[0]].number
    whose = {0: case.inline, 1: case.plan.unit(case.plan.province).inline_name}
    rank = int(cells["rank"].iloc[0])
    return f"chỉ tiêu {objective} của {whose[rank]}" if rank in whose else "(cho đủ số liệu)"
