"""Decide which files of one reporter count, and in which order: duplicates, ties, states."""

from collections import Counter
from typing import NamedTuple

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import ISSUE_RULES, Issue, SentReturn
from pcmd_eval.intake.overlay import Difference, Overlay
from pcmd_eval.intake.row_readers import read_sheets
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

_FILLED = ("reported", "unreadable")


class Combined(NamedTuple):
    """The return combined from several files; `files`: those of which at least one cell counts."""

    observations: list[Observation]
    issues: list[Issue]
    differences: list[Difference]
    files: list[SentReturn]


def combine_files(
    plan: Plan, files: list[SentReturn], confirmations: Confirmations
) -> Combined | None:
    """Combine the readable files of a reporter; None if there is none, or if they are a tie.

    Gives each file its `state`, and the observations of the combined return that are its own; a
    file of which no cell counts is superseded.
    """
    readable = sorted((file for file in files if not file.state), key=sending_order)
    distinct = _without_duplicates(readable)
    if not distinct or _mark_tie(plan, distinct):
        return None
    if len(distinct) == 1:
        combined = Combined(distinct[0].observations, distinct[0].issues, [], distinct)
    else:
        combined = _combine(plan, distinct, confirmations)
    state = _state(plan, combined.observations)
    for file in distinct:
        if file not in combined.files:
            _supersede(file, distinct[-1], "replaced")
            continue
        file.observations = [cell for cell in combined.observations if cell.file == file.file]
        file.state = state or ("late" if file.late else "on_time")
    return combined


def _combine(plan, files, confirmations):
    """Read several files as one; the issues of a file as a whole are those of its own reading."""
    overlay = Overlay(plan, files, confirmations)
    together = SentReturn(files[-1].file, files[-1].reporter)
    read_sheets(together, plan, overlay)
    cells = together.observations
    counted = {cell.file for cell in cells if _is_entry(cell)} or {files[-1].file}
    contributing = [file for file in files if file.file in counted]
    kept = {(cell.file, cell.sheet, cell.cell) for cell in cells}
    issues = overlay.issues + together.issues
    for file in contributing:
        for issue in file.issues:
            is_kept = issue.rule != "merged" or (file.file, issue.sheet, issue.cell) in kept
            if ISSUE_RULES[issue.rule].of_file and is_kept:
                issues.append(issue)
    return Combined(cells, issues, overlay.differences, contributing)


def _is_entry(cell):
    return cell.state in _FILLED and bool(cell.raw)


def sending_order(file: SentReturn) -> tuple[str, str]:
    """Return the key that sorts files by day of sending, then by name."""
    return file.sent, file.file


def _readings(file):
    """Return the cut-off and the filled cells of a file; files with equal readings say the same.

    Neither its bytes, nor its day of sending, nor the positions of its cells matter.
    """
    filled = [cell for cell in file.observations if cell.state in _FILLED]
    counts = Counter(
        (c.objective, c.unit_code, fold(c.item), c.period, c.state, fold(c.raw)) for c in filled
    )
    return file.cutoff, frozenset(counts.items())


def _without_duplicates(files):
    """Return the files that are neither duplicates nor empty, and supersede the others.

    Of files with equal `readings` the last sent counts, of those of one day the first by name. An
    empty file counts only if all are empty.
    """
    by_name = sorted(files, key=lambda file: file.file, reverse=True)
    by_day = sorted(by_name, key=lambda file: file.sent)
    by_readings = {_readings(file): file for file in by_day}
    filled = [file for file in by_readings.values() if any(map(_is_entry, file.observations))]
    distinct = sorted(filled or [*by_readings.values()][-1:], key=sending_order)
    for file in files:
        if file in distinct:
            continue
        twin = by_readings[_readings(file)]
        is_duplicate = twin in distinct
        other, why = (twin, "same") if is_duplicate else (distinct[-1], "nothing")
        _supersede(file, other, why)
    return distinct


def _supersede(file, other, why):
    """Mark a file as superseded by another; `why`: same, nothing (in it) or replaced."""
    file.state, file.issues, file.observations = "superseded", [], []
    file.add_issue("superseded", file=other.file, why=why)


def _mark_tie(plan, files):
    """Return whether the order of the files is unknown; if so, mark them all as unreadable.

    Two files of one day are a tie, and a file without a day next to another. The files keep their
    issues; one of them gets that of the tie.
    """
    days = Counter(file.sent for file in files)
    tied = [file for file in files if days[file.sent] > 1 or (not file.sent and len(files) > 1)]
    if not tied:
        return False
    for file in files:
        file.state = "unreadable"
    names = [file.file for file in (files if len(tied) == 1 else tied)]
    undated = [file.file for file in tied if not file.sent]
    name = plan.register.full_name[files[0].reporter]
    tied[-1].add_issue("tie", whose=name, files=names, undated=undated)
    return True


def _state(plan, observations: list[Observation]):
    """Return empty or partial, or "" for a complete return.

    It is partial if a sheet has no reported cell, or too few of all cells are reported.
    """
    reported = [cell for cell in observations if cell.state == "reported"]
    if not reported:
        return "empty"
    silent = {cell.objective for cell in observations} - {cell.objective for cell in reported}
    if silent or len(reported) * 100 < plan.rules["complete_share"].value * len(observations):
        return "partial"
    return ""
