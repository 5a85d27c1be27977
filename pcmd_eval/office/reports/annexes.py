"""Make the annexes of a paper: the frames that notebooks show, printed as tables under a title."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.table_format import format_columns, format_frame
from pcmd_eval.office.reports.figure_tables import yield_figures, yield_opinions, yield_totals
from pcmd_eval.office.reports.placeholders import (
    PaperKind,
    describe_requests,
    fill_texts,
    placeholders_of,
    silent_units,
)
from pcmd_eval.office.reports.request_tables import yield_collective, yield_requests, yield_silent
from pcmd_eval.office.reports.verdict_tables import (
    AnnexFrame,
    Frames,
    yield_results,
    yield_unreached,
)
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.util.vocabulary import MAX_NAMED


class AnnexTable(NamedTuple):
    """A table of an annex: printed columns (all cells text) under a caption.

    `is_number`: which columns hold numbers; `side_by_side`: in how many parts next to each other
    it is printed; `has_total`: whether the last row sums the others.
    """

    frame: pd.DataFrame
    is_number: list[bool]
    caption: str
    side_by_side: int
    has_total: bool


class Annex(NamedTuple):
    """An annex: a title, tables, and a note under them."""

    title: str
    tables: list[AnnexTable]
    note: str


def annexes_of(case: Case, kind: PaperKind, asks_opinions: bool = False) -> dict[str, Annex]:
    """Return the annexes of a paper by key, in their order; an annex without a row is left out.

    An annex has frames as printed tables with numbered rows, and notes on the marks that occur.
    `asks_opinions`: whether the report asks its reader for an opinion on open points.
    """
    settings, placeholders = load_settings(), placeholders_of(case, kind)
    annexes = {}
    for key, yield_frames in _frame_functions(case, kind, asks_opinions).items():
        frames = [one for one in yield_frames(case) if len(one.frame)]
        if not frames:
            continue
        used = {mark for one in frames for mark in one.marks}
        notes = [note for mark, note in settings.marks.items() if mark in used]
        notes += [note for one in frames for note in one.notes]
        text = settings.annexes[key]
        title, note = fill_texts([text.title, " ".join([text.note, *notes])], placeholders)
        has_captions = len(frames) > 1
        tables = [
            _format_table(one, case, f"{at}. {one.caption}" if has_captions else "")
            for at, one in enumerate(frames, 1)
        ]
        annexes[key] = Annex(title, tables, note.strip())
    return annexes


def _frame_functions(
    case: Case, kind: PaperKind, asks_opinions: bool
) -> dict[str, Callable[[Case], Frames]]:
    """Return {annex key: function that yields its frames} for a kind of paper."""
    if kind == "report":
        unreached_key = "units" if case.plan.communes_report else "communes"
        functions: dict[str, Callable[[Case], Frames]] = {"results": yield_results}
        functions[unreached_key] = yield_unreached
        functions |= {"figures": yield_figures, "totals": yield_totals}
        return functions | ({"opinions": yield_opinions} if asks_opinions else {})
    if kind == "reminder":
        is_listed = is_province(case) and len(silent_units(case)) > MAX_NAMED
        return {"silent": yield_silent} if is_listed else {}
    if is_province(case):
        return {"all_results": yield_collective}
    has_requests = bool(describe_requests(case, is_collective=False))
    return {"requests" if has_requests else "own_communes": yield_requests}


def _format_table(annex_frame: AnnexFrame, case: Case, caption: str) -> AnnexTable:
    """Return a frame as a table of an annex, with a column of row numbers."""
    frame = annex_frame.frame
    columns = format_columns(frame, case)
    is_number = [
        column.side == "right" or name in annex_frame.numbers
        for name, column in zip(frame.columns, columns, strict=True)
    ]
    has_total = annex_frame.has_total
    row_numbers = [str(at) for at in range(1, len(frame) + 1 - has_total)]
    table = format_frame(frame, case)
    table.insert(0, "TT", pd.array([*row_numbers, *["\u00a0"] * has_total], "string"))
    number = annex_frame.side_by_side
    number = number if len(frame) > number * 3 else 1  # a short table is not split
    return AnnexTable(table, [False, *is_number], caption, number, has_total)
