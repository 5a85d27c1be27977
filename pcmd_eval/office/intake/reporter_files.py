"""Combine the files of one reporter, cell by cell, into the observations that count."""

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from pcmd_eval.evaluation.observations import OBSERVATIONS, Observation
from pcmd_eval.evaluation.states import FILLED_STATES, Place
from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.copies import Lineage, find_lineages
from pcmd_eval.office.intake.differences import compare_versions
from pcmd_eval.office.intake.issues import RULES_OF_DAYS, Issue, SentFile, UnreadSheet
from pcmd_eval.office.intake.row_readers import STATEMENT
from pcmd_eval.office.intake.version_issues import add_difference, settle_issues
from pcmd_eval.office.intake.versions import choose_versions, list_versions
from pcmd_eval.plan.plan import Plan

_OF_COLUMNS = ("header", "column", "strange-column")  # they speak of what stands under a header


def sending_order(file: SentFile) -> tuple[str, bool, str]:
    """Return the key that sorts files by day of sending, annotated returns last, then by name."""
    return file.day, bool(file.copy), file.name


def combine_files(
    plan: Plan, files: Iterable[SentFile], confirmations: Confirmations
) -> list[Observation]:
    """Combine the readable files of a reporter; return the observations that count, [] for no file.

    Sets the state, issues and observations of each file: issues that later files settle are
    dropped, differences between files added. A file of which no cell counts is superseded.
    """
    readable = sorted((file for file in files if not file.state), key=sending_order)
    if not readable:
        return []
    _drop_duplicates(readable)
    lineages = find_lineages([file for file in readable if not file.state])
    for lineage in lineages:
        lineage.chain[-1].late = lineage.chain[0].late  # a correction is late if its base is
        for file in lineage.replaced:
            _supersede(file, lineage.chain[-1], "copied")
    current = [file for file in readable if not file.state]
    _drop_empty(current)
    distinct = [file for file in current if not file.state]
    observations = distinct[0].observations
    if len(distinct) > 1 or lineages:
        observations = _combine(plan, distinct, lineages, confirmations)
    state = _judge_completeness(plan, observations)
    for file in readable:
        file.observations = [cell for cell in observations if cell.file == file.name]
    for file in distinct:
        file.state = file.state or state or ("late" if file.late else "on_time")
    _ask_about_unread_sheets(distinct)
    return observations


def _drop_duplicates(files: Sequence[SentFile]) -> None:
    """Supersede all but the last of files with the same bytes."""
    last = {file.digest: file for file in files}
    for file in files:
        if file.digest and last[file.digest] is not file:
            _supersede(file, last[file.digest], "same")


def _drop_empty(files: Sequence[SentFile]) -> None:
    """Supersede files without an entry if another has one; ask about unread sheets of later ones.

    If no file has an entry, the last one counts.
    """
    filled = [file for file in files if file.has_entry]
    counted = [file for file in files if file in filled or any(map(_is_about_cells, file.issues))]
    counted = counted or [files[-1]]
    first = (filled or counted)[0]
    for file in files:
        if file not in counted:
            _supersede(file, counted[-1], "nothing")
        is_later = file is not first and (not file.day or file.day >= first.day)
        asked = {issue.sheet for issue in file.issues if issue.rule in _OF_COLUMNS}
        sheets = [sheet for sheet in file.unread_sheets if sheet.title not in asked]
        if is_later and sheets and not file.has_entry:
            file.issues = [issue for issue in file.issues if issue.rule != "superseded"]
            unread = [sheet for sheet in sheets if sheet.form_sheet and sheet.has_figures]
            _ask_about(file, "unread-sheet", unread)
            _ask_about(file, "words-only", [sheet for sheet in sheets if sheet not in unread])


def _is_about_cells(issue: Issue) -> bool:
    """Return whether an issue is not about days or a missing sheet."""
    is_missing_sheet = issue.rule == "sheet" and issue.severity != "stop"
    return issue.rule not in RULES_OF_DAYS and not is_missing_sheet


def _ask_about(file: SentFile, rule: str, sheets: Iterable[UnreadSheet]) -> None:
    """Add an issue of `rule` for each sheet; it doubts the `form_sheet`, or all without one."""
    for sheet in sheets:
        file.add_issue(
            rule,
            sheet=sheet.title,
            doubted=[Place(file.reporter, "", sheet.form_sheet)],
            is_outside_table=rule == "unread-sheet" and not sheet.form_sheet,
            title=sheet.title,
            like=sheet.form_sheet,
        )


def _ask_about_unread_sheets(files: Sequence[SentFile]) -> None:
    """Add "unread-sheet" for each sheet with figures that is not a sheet of the form.

    Skips those that may be a missing sheet, about which its issue "sheet" asks already: named like
    it, or like no sheet of the form.
    """
    for file in files:
        missing = {issue.sheet for issue in file.issues if issue.rule == "sheet"}
        asked_names = {*missing, ""} if missing else missing
        unread = [sheet for sheet in file.unread_sheets if sheet.has_figures]
        _ask_about(file, "unread-sheet", [s for s in unread if s.form_sheet not in asked_names])


def _combine(
    plan: Plan,
    files: Sequence[SentFile],
    lineages: Sequence[Lineage],
    confirmations: Confirmations,
) -> list[Observation]:
    """Return the cells of several files that count; see `combine_files`."""
    bases = [file for lineage in lineages for file in lineage.chain[:-1]]
    versions = list_versions(plan, [*bases, *files], lineages)
    by_name = {file.name: file for file in files}
    cells = choose_versions(versions[versions.is_current])
    differences = [*compare_versions(plan, versions, cells)]
    unordered_files = {
        name
        for difference in differences
        if difference.rule == "unordered-values"
        for name in (difference.file, *(older_file for older_file, _ in difference.older))
    }
    gone_cells = pd.concat(
        [difference.cells for difference in differences if difference.rule == "gone-row"]
        or [versions[:0]]
    )
    counted_files = {*cells.file[cells.filled], *gone_cells.file} or {files[-1].name}
    last_counted = [file for file in files if file.name in counted_files][-1]
    settle_issues(files, versions, cells)
    for file in files:
        if file.name not in counted_files and (file.issues or file.name in unordered_files):
            file.state = "superseded"
        elif file.name not in counted_files:
            _supersede(file, last_counted, "replaced")
    confirmed: set[str] = set()
    for difference in differences:
        issue = add_difference(plan, by_name[difference.file], difference)
        if difference.rule == "gone-row" and confirmations.find(issue):
            confirmed.update(difference.cells.objective)
    return _as_observations(_add_lines(plan, cells, gone_cells, confirmed))


def _add_lines(
    plan: Plan, cells: pd.DataFrame, gone_cells: pd.DataFrame, confirmed: Collection[str]
) -> pd.DataFrame:
    """Append the lines that only earlier files have to the cells, numbered after the last one.

    `cells`, `gone_cells`: rows of `list_versions`. The statement that there is no line is dropped
    from the lists of `confirmed` objectives.
    """
    for objective, lines in gone_cells[gone_cells.layout == "lines"].groupby("objective"):
        is_of_list = cells.objective == objective
        last = pd.to_numeric(cells.row[is_of_list].str.extract(r"\.([0-9]+)$")[0]).fillna(0).max()
        numbers = lines.groupby(["file", "row"], sort=False).ngroup() + 1 + last
        prefix = f"{plan.form.sheet(objective).number}."
        is_dropped = is_of_list & (cells.row == STATEMENT) & (objective in confirmed)
        numbered = lines.assign(row=prefix + numbers.astype(int).astype("string"))
        cells = pd.concat([cells[~is_dropped], numbered])
    return cells


def _as_observations(cells: pd.DataFrame) -> list[Observation]:
    """Convert rows of `list_versions` to observations; `item` is "<row>" or "<row>:<column>"."""
    items = cells.row.mask(cells.column != "", cells.row + ":" + cells.column)
    frame = cells.assign(item=items)[[*OBSERVATIONS]].fillna("")
    return [Observation(*row) for row in frame.itertuples(index=False)]


def _supersede(file: SentFile, other: SentFile, why: str) -> None:
    """Mark a file as superseded by `other`; `why`: a case of the macro `superseded`, "same"."""
    file.state, file.issues = "superseded", []
    file.add_issue("superseded", file=other.name, why=why)


def _judge_completeness(plan: Plan, observations: Sequence[Observation]) -> str:
    """Return "empty", "partial", or "" for a complete return.

    It is partial if a sheet has no reported cell, or too few of all cells are reported.
    """
    reported = [cell for cell in observations if cell.state in FILLED_STATES]
    if not reported:
        return "empty"
    empty_sheets = {cell.objective for cell in observations} - {cell.objective for cell in reported}
    if empty_sheets or len(reported) * 100 < plan.rules["complete_share"].value * len(observations):
        return "partial"
    return ""
