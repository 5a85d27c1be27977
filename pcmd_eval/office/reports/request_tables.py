"""The frames that annexes of notices and letters print: what units are asked for, and of whom."""

from dataclasses import replace

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.finding_facts import finding_facts
from pcmd_eval.office.reports.placeholders import requests_to, silent_units
from pcmd_eval.office.reports.verdict_tables import (
    AnnexFrame,
    Frames,
    list_communes,
    results_by_unit,
    unit_findings,
)
from pcmd_eval.util.formatting import shorten_list

_REQUESTS_CAPTION = "Điểm đề nghị sửa, xác nhận hoặc bổ sung"


def yield_requests(case: Case) -> Frames:
    """Yield the requests to the reporter, then its communes that fell short or lack data."""
    yield AnnexFrame(_tabulate_requests(case, is_collective=False), caption=_REQUESTS_CAPTION)
    if case.plan.commune_slugs:
        communes = list_communes(case, [case.unit])
        frame = communes.frame.drop(columns="unit_name")
        yield replace(communes, frame=frame, caption=describe_communes(case))


def describe_communes(case: Case) -> str:
    """Return the heading of the list of communes that fell short or lack data."""
    slug = case.plan.commune_slugs[0]
    counted = finding_facts(case.plan, case.finding(slug))["counted"]
    return f"Các {counted} chưa {case.plan[slug].achievement} hoặc chưa đủ số liệu"


def _tabulate_requests(case: Case, is_collective: bool) -> pd.DataFrame:
    """Return `requests_to` as a table, a row for each request: file (if a unit has several), sheet,
    cell, message.

    In a collective paper equal requests to several units are one row, with the units' names.
    """
    rows = requests_to(case, is_collective)
    columns = ["sheet", "cell", "message"]
    if rows.groupby("reporter").file.nunique().gt(1).any():
        columns.insert(0, "file")
    table = rows.assign(cell=rows["cell"].str.split(", ").map(shorten_list))[columns]
    table = table.reset_index(drop=True)
    if not is_collective:
        return table
    table["Đơn vị"] = [*rows.reporter.map(case.plan.senders.inline_name)]
    return table.groupby(columns, as_index=False)["Đơn vị"].agg(", ".join)


def yield_collective(case: Case) -> Frames:
    """Yield the requests to the units that sent a return, then the results of all units."""
    yield AnnexFrame(_tabulate_requests(case, is_collective=True), caption=_REQUESTS_CAPTION)
    results = results_by_unit(case)
    missed_slugs = {*unit_findings(case).query("verdict == 'not_met'").objective}
    numbers = [one.number for one in case.plan.objectives if one.slug in missed_slugs]
    notes = [*results.notes]
    if numbers:
        notes.append(phrase("no_breach", case.plan, numbers, case.plan.unit_kinds))
    frame, caption = results.frame.drop(columns="Khu vực"), "Kết quả của các đơn vị"
    yield replace(results, frame=frame, caption=caption, side_by_side=2, notes=notes)


def yield_silent(case: Case) -> Frames:
    """Yield the units that sent no figure, with their area."""
    units = case.plan.reporting_units.loc[silent_units(case)]
    rows = {"unit_name": units.full_name}
    if not case.plan.areas.empty:
        rows["Khu vực"] = units.area_name
    yield AnnexFrame(pd.DataFrame(rows).reset_index(drop=True))
