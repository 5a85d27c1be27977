"""What a district is asked for: the cells that its return lacks, or the sheets of a return that did
not come.
"""

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.words import PERIODS, number

CELL = ["objective", "unit_code", "item", "period"]
WHOLE = "Toàn bộ biểu"


def cells_asked_for(case: Case) -> list[dict[str, str]]:
    """The cells that the unit's return lacks, a line for each row of a sheet: sheet, what, cells,
    settles.

    First those that could settle a verdict of its own that is open, then one of the province, then
    the others. A sheet of which nothing came is one line.
    """
    lines = []
    groups = _lacking(case).groupby(["rank", "order", "objective", "place"], sort=False)
    for (rank, order, slug, place), cells in groups:
        lines.append(
            {
                "sheet": case.plan.form.sheet(slug).name,
                "what": place if place == WHOLE else _what(case, place, cells),
                "cells": f"{number(len(cells))} ô" if place == WHOLE else _addresses(cells),
                "settles": _settles(case, rank, order),
            }
        )
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


def _lacking(case):
    """The cells of the unit that are lacking, with `rank` (see `cells_asked_for`), `order` of the
    objective, and `place`, a row of the form or the whole sheet.
    """
    own = case.cells[case.cells.reporter == case.unit]
    ranks = {case.unit: 0, case.plan.province: 1}
    found = case.findings[case.findings.unit_code.isin([*ranks])]
    settling = reminders(case.plan, case.cells, found).query("reporter == @case.unit")
    settling = settling.assign(rank=settling.finding_unit.map(ranks)).drop(columns="unit_name")
    blank = own[own.state != "reported"].assign(rank=2)
    cells = pd.concat([settling, blank], ignore_index=True)
    cells = cells.sort_values("rank", kind="stable").drop_duplicates(CELL)
    cells = cells.drop(columns="raw").merge(own[[*CELL, "raw"]].drop_duplicates(CELL), how="left")
    by_sheet, asked = cells.groupby("objective"), own.objective.value_counts()
    whole = by_sheet["rank"].transform("size") == cells.objective.map(asked)
    places = cells["item"].mask(cells.unit_code != case.unit, cells.unit_code).fillna("")
    cells = cells.assign(
        rank=cells["rank"].mask(whole, by_sheet["rank"].transform("min")),
        order=cells.objective.map({o.slug: o.number for o in case.plan.objectives}),
        place=places.mask(whole, WHOLE),
    )
    return cells.sort_values(["rank", "order"], kind="stable")


def _what(case, place, cells):
    """A commune or a row of the form, and the periods that are lacking."""
    named = case.units.inline_name.get(place) or case.names.get(place, place)
    periods = [PERIODS[p][:1].lower() + PERIODS[p][1:] for p in cells.period if p != "Y"]
    return f"{named}: {', '.join(periods)}" if periods else str(named)


def _addresses(cells):
    """Where they stand, and what was written there that is no figure."""
    there = cells.dropna(subset="cell")
    written = (" (đang ghi “" + there.raw + "”)").where(there.state == "unreadable").fillna("")
    return ", ".join(there.cell + written) if len(there) else "chưa có dòng này trong biểu"


def _settles(case, rank, order):
    """What the cells are wanted for."""
    whose = {0: case.inline, 1: case.units.inline_name[case.plan.province]}
    return f"kết luận chỉ tiêu {order} của {whose[rank]}" if rank in whose else "hoàn thiện số liệu"
