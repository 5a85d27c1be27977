"""Decide which files of one reporter count, and in which order: duplicates and states."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pcmd_eval.evaluation.observations import FILLED_STATES, Observation
from pcmd_eval.intake.carry_over import find_other_titles
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import ISSUE_RULES, Issue, SentReturn
from pcmd_eval.intake.overlay import Overlay
from pcmd_eval.intake.row_readers import read_sheets
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

_FILLED = ("reported", "unreadable", "open", "contradictory")
_OF_DAYS = ("cutoff-date", "cutoff-year", "sent-date", "sent-far")  # rules
_OF_ROWS = ("code-name", "double-code")  # rules that make the cells of other rows unreadable


class Combined(NamedTuple):
    """The return combined from several files.

    `files`: those that are read together, in the order of sending; `counted`: those of which at
    least one cell counts.
    """

    observations: list[Observation]
    issues: list[Issue]
    files: list[SentReturn]
    counted: list[SentReturn]


def combine_files(
    plan: Plan, files: list[SentReturn], confirmations: Confirmations
) -> Combined | None:
    """Combine the readable files of a reporter; None if there is none.

    Gives each file its `state`, and the observations of the combined return that are its own; a
    file of which no cell counts is superseded.
    """
    readable = sorted((file for file in files if not file.state), key=sending_order)
    distinct = _without_duplicates(plan, readable)
    if not distinct:
        return None
    if len(distinct) == 1:
        combined = Combined(distinct[0].observations, distinct[0].issues, distinct, distinct)
    else:
        combined = _combine(plan, distinct, confirmations)
    state = _state(plan, combined.observations)
    for file in distinct:
        is_counted = file in combined.counted
        cells = combined.observations if is_counted else []
        file.observations = [cell for cell in cells if cell.file == file.file]
        file.state = (state or ("late" if file.late else "on_time")) if is_counted else "superseded"
    return combined


def _combine(plan: Plan, files: Sequence[SentReturn], confirmations: Confirmations) -> Combined:
    """Read several files as one; the issues of a file as a whole are those of its own reading."""
    overlay = Overlay(plan, files, confirmations)
    last = files[-1]
    together = SentReturn(last.file, last.reporter, book=last.book, tables=overlay.tables)
    read_sheets(together, plan)
    cells = together.observations
    counted = {cell.file for cell in cells if _is_entry(cell)} or {last.file}
    issues = overlay.issues + [i for i in together.issues if not ISSUE_RULES[i.rule].of_file]
    places = {(issue.rule, issue.file, issue.sheet, issue.cell) for issue in issues}
    for file in files:
        is_counted = file.file in counted
        is_settled = not is_counted and file.file not in overlay.unordered
        own = _kept_issues(file, overlay, cells, is_settled)
        kept = [i for i in own if (i.rule, i.file, i.sheet, i.cell) not in places]
        for title in _unread_sheets(plan, file, is_counted):
            file.add_issue("unread-sheet", sheet=title, title=title)
            kept.append(file.issues[-1])
        if is_settled and not any(issue.file == file.file for issue in kept + issues):
            _supersede(file, last, "replaced")
        elif is_counted:
            issues += kept
        else:
            file.issues = kept
    return Combined(cells, issues, [*files], [file for file in files if file.file in counted])


def _kept_issues(
    file: SentReturn, overlay: Overlay, cells: Iterable[Observation], is_settled: bool
) -> Iterator[Issue]:
    """Yield the issues of a file as a whole that no later file has settled."""
    read = {(cell.sheet, cell.cell): cell.state for cell in cells if cell.file == file.file}
    by_value = {(issue.sheet, issue.cell) for issue in file.issues if issue.rule == "unreadable"}
    in_doubt = {at[0] for at, state in read.items() if state == "unreadable" and at not in by_value}
    for issue in file.issues:
        is_twice = issue.rule == "sheet" and issue.severity == "stop"
        if issue.rule == "merged":
            is_kept = (issue.sheet, issue.cell) in read
        elif issue.rule in _OF_ROWS:
            is_kept = issue.sheet in in_doubt
        elif issue.sheet in file.tables:
            is_kept = (file.file, issue.sheet) not in overlay.resent
        else:
            is_kept = not is_settled
        is_of_file = is_twice or issue.rule in _OF_ROWS or ISSUE_RULES[issue.rule].of_file
        if is_kept and is_of_file:
            yield issue


def _unread_sheets(plan: Plan, file: SentReturn, is_counted: bool) -> Iterator[str]:
    """Yield the titles of unknown sheets with figures that hold the name of one of the form.

    If no cell of the file counts, all of them; of a file without entries also the form's sheets
    with figures beside the table.
    """
    assert file.book, file.file
    names = [sheet.name for sheet in plan.sheets_of(file.reporter)]
    for title in find_other_titles(plan, file.reporter, file.book):
        resembles = any(_letters(name) in _letters(title) for name in names)
        cells = file.book.page(title).cells.items()
        has_figures = any(cell.is_number and at > 1 for (_, at), cell in cells)
        if has_figures and (resembles or not is_counted):
            yield title
    has_entries = any(map(_is_entry, file.own_cells))
    for name, table in () if has_entries else file.tables.items():
        page_cells = table.page.cells
        last = max((at for row, at in page_cells if row == plan.form.header_row), default=0)
        if any(cell.is_number and at > last for (_, at), cell in page_cells.items()):
            yield name


def _letters(title: str) -> str:
    return "".join(letter for letter in fold(title) if letter.isalpha())


def _is_entry(cell: Observation) -> bool:
    return cell.state in _FILLED and bool(cell.raw)


def sending_order(file: SentReturn) -> tuple[str, bool, str]:
    """Return the key that sorts files by day of sending, annotated returns last, then by name."""
    return file.sent, file.is_copy, file.file


def _readings(file: SentReturn) -> tuple[object, ...]:
    """Return the cut-off, the filled cells and the issues of a file.

    Files with equal readings say the same: neither their bytes, nor their day of sending, nor the
    positions of their cells matter.
    """
    filled = [cell for cell in file.observations if cell.state in _FILLED]
    counts = Counter(
        (c.objective, c.unit_code, fold(c.item), c.period, c.state, fold(c.raw)) for c in filled
    )
    issues = Counter((i.rule, i.sheet, i.value) for i in file.issues if i.rule not in _OF_DAYS)
    return file.cutoff, frozenset(counts.items()), frozenset(issues.items())


def _without_duplicates(plan: Plan, files: Sequence[SentReturn]) -> list[SentReturn]:
    """Return the files that are neither duplicates nor empty, and supersede the others.

    Of files with equal `readings` the last sent counts, of those of one day the first by name. An
    empty file counts only if all are empty.
    """
    by_name = sorted(files, key=lambda file: file.file, reverse=True)
    by_day = sorted(by_name, key=lambda file: file.sent)
    by_readings = {_readings(file): file for file in by_day}
    filled = [file for file in by_readings.values() if not _is_empty(plan, file)]
    distinct = sorted(filled or [*by_readings.values()][-1:], key=sending_order)
    for file in files:
        if file in distinct:
            continue
        twin = by_readings[_readings(file)]
        is_duplicate = twin in distinct
        other, why = (twin, "same") if is_duplicate else (distinct[-1], "nothing")
        _supersede(file, other, why)
    return distinct


def _is_empty(plan: Plan, file: SentReturn) -> bool:
    """Return whether a file holds no figure, and no issue but of its days and missing sheets."""
    has_issue = any(
        issue.rule not in _OF_DAYS and (issue.rule != "sheet" or issue.severity == "stop")
        for issue in file.issues
    )
    is_filled = any(map(_is_entry, file.observations))
    return not is_filled and not has_issue and not [*_unread_sheets(plan, file, is_counted=False)]


def _supersede(file: SentReturn, other: SentReturn, why: str) -> None:
    """Mark a file as superseded by another; `why`: same, nothing (in it) or replaced."""
    file.state, file.issues, file.observations = "superseded", [], []
    file.add_issue("superseded", file=other.file, why=why)


def _state(plan: Plan, observations: Sequence[Observation]) -> str:
    """Return empty or partial, or "" for a complete return.

    It is partial if a sheet has no reported cell, or too few of all cells are reported.
    """
    reported = [cell for cell in observations if cell.state in FILLED_STATES]
    if not reported:
        return "empty"
    silent = {cell.objective for cell in observations} - {cell.objective for cell in reported}
    if silent or len(reported) * 100 < plan.rules["complete_share"].value * len(observations):
        return "partial"
    return ""
