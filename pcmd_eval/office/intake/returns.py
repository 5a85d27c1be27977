"""Read a folder of returns into observations, returns and issues."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.comparisons import FailedComparison
from pcmd_eval.evaluation.observations import (
    CELL_COUNTS,
    COUNTED_STATES,
    OBSERVATIONS,
    RETURNS,
    Observation,
    derive_columns,
    type_returns,
)
from pcmd_eval.evaluation.states import judge_states, mask_unknown
from pcmd_eval.office.intake.confirmations import (
    CONFIRMATION_COLUMNS,
    CONFIRMATIONS_FILE,
    NOTHING,
    Confirmations,
    parse_confirmations,
)
from pcmd_eval.office.intake.copies import read_copy
from pcmd_eval.office.intake.cover_sheet import check_days, read_particulars
from pcmd_eval.office.intake.doubts import changes_of, demote_outside_issues, doubts_of
from pcmd_eval.office.intake.file_guard import Refused
from pcmd_eval.office.intake.held_files import doubt_changed_cells, hold_misnamed_files
from pcmd_eval.office.intake.inbox import (
    find_unit_in_name,
    list_files,
    read_and_hash,
)
from pcmd_eval.office.intake.issues import (
    Issue,
    SentFile,
    issue_message,
    issue_table,
    row_number,
)
from pcmd_eval.office.intake.outside_tables import find_unread_sheets
from pcmd_eval.office.intake.ownership import doubts_reporter
from pcmd_eval.office.intake.reporter_files import combine_files, sending_order
from pcmd_eval.office.intake.row_readers import read_sheets, read_tables
from pcmd_eval.office.intake.validation_rules import comparison_issue, document_year_issues
from pcmd_eval.office.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan


@dataclass(frozen=True)
class Intake:
    """The content of a folder of returns.

    `cells`, `returns`: see `observations`; `issues`: see `issue_table`. `refusals`: why these
    returns cannot be evaluated, () if they can. `fingerprints`: by file name a
    text that changes when the file changes: its SHA-256, the reason why it cannot be read, or the
    message of its issue. `files`: the opened files by reporter; those that count are last.
    """

    cells: pd.DataFrame
    returns: pd.DataFrame
    issues: pd.DataFrame
    refusals: tuple[str, ...] = ()
    fingerprints: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)

    @property
    def stopping_count(self) -> int:
        """Return the number of issues that block publication (severity "stop")."""
        return int((self.issues.severity == "stop").sum())


# As `map`: applies a function to files and yields the results in their order.
MapFiles = Callable[[Callable[[Path], Any], Sequence[Path]], Iterable[Any]]


def _read_confirmations(path: Path | None) -> tuple[Confirmations, list[Issue], dict[str, str]]:
    """Return what xac_nhan.csv confirms, its issues, and its fingerprint by file name; another
    table gets an issue and confirms nothing.
    """
    if not path:
        return NOTHING, [], {}
    fingerprint, content = read_and_hash(path)
    fingerprints = {CONFIRMATIONS_FILE: fingerprint}
    try:
        if isinstance(content, Refused):
            raise ValueError(content)
        return Confirmations(parse_confirmations(content)), [], fingerprints
    except ValueError:
        rule = "confirmations-unreadable"
        message = issue_message(rule, columns=CONFIRMATION_COLUMNS)
        issue = Issue("stop", "", CONFIRMATIONS_FILE, rule=rule, message=message)
        return NOTHING, [issue], fingerprints


def _read_file(plan: Plan, confirmations: Confirmations, path: Path) -> tuple[str, SentFile]:
    """Return the fingerprint of a file and what was read of it."""
    fingerprint, content = read_and_hash(path)
    return fingerprint, read_return(plan, path.name, content, confirmations)


def read_returns(plan: Plan, folder: Path, map_files: MapFiles = map) -> Intake:
    """Read every return in `folder`: each .xlsx directly in it; `map_files` may read them in other
    processes.

    No file is changed, and none raises an error: each gives observations or issues. Raises
    InputRefused when the folder is missing or closed.
    """
    inbox = list_files(folder)
    confirmations, unread_issues, fingerprints = _read_confirmations(inbox.confirmations)
    unread_issues += inbox.unread_issues
    # Hash and content of a file are of the same bytes.
    hashed = [*map_files(partial(_read_file, plan, confirmations), inbox.workbooks)]
    files = [file for _, file in hashed]
    fingerprints |= {file.name: fingerprint for fingerprint, file in hashed}
    fingerprints |= {issue.file: issue.message for issue in inbox.unread_issues}
    refusals = _find_refusals(folder, files)
    returns, observations = _combine_reporters(plan, files, confirmations)
    returns += [file for file in files if not file.reporter]
    rows = [_return_row(plan, returned) for returned in returns]
    frame = type_returns(_make_frame(rows, RETURNS))  # a row for each file
    cells = derive_columns(_make_frame(observations, OBSERVATIONS), frame, plan)
    issues = [issue for file in files for issue in file.issues]
    issues += _add_reporters_to_unread_issues(plan, frame, unread_issues)
    issues += document_year_issues(cells, plan)
    issues = demote_outside_issues(cells, plan, issues)
    doubts = doubts_of(confirmations.close(issues))

    def is_confirmed(broken: FailedComparison) -> bool:
        [issue] = confirmations.close([comparison_issue(broken, plan)])
        return bool(issue.confirmed)

    cells, broken = judge_states(cells, plan, doubts, is_confirmed)
    issues = _add_notes(files, [*issues, *(comparison_issue(one, plan) for one in broken)])
    return Intake(
        mask_unknown(cells),
        frame,
        issue_table(confirmations.close(issues)),
        refusals,
        fingerprints,
        [file for file in returns if file.book],
    )


def _combine_reporters(
    plan: Plan, sent: Sequence[SentFile], confirmations: Confirmations
) -> tuple[list[SentFile], list[Observation]]:
    """Return the files by reporter, a missing return for each without a file, and the observations
    that count.
    """
    returns: list[SentFile] = []
    observations: list[Observation] = []
    cells_by_reporter: dict[str, list[Observation]] = {}
    for reporter in plan.reporters.index:
        files = [file for file in sent if file.reporter == reporter]
        hold_misnamed_files(plan, files, confirmations)
        cells = combine_files(plan, files, confirmations)
        cells_by_reporter[reporter] = cells
        files.sort(key=lambda file: (file.state in COUNTED_STATES, *sending_order(file)))
        unread = [file for file in files if file.state == "unreadable"]
        absent = _absent_return(plan, reporter) if unread or not cells else SentFile()
        for file in unread:
            file.observations = absent.observations
        returns += files or [absent]
        observations += cells or absent.observations
    # A file that could not be opened has no book.
    held_files = [one for one in sent if one.state == "unreadable" and one.book]
    doubt_changed_cells(plan, held_files, cells_by_reporter)
    return returns, observations


def _add_notes(files: Sequence[SentFile], issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues, each with the sender's Ghi chú in its row as `note`, "" for none."""
    notes = {(file.name, *place): note for file in files for place, note in file.notes.items()}
    keys = [(issue.file, issue.sheet, row_number(issue.cell)) for issue in issues]
    return [i._replace(note=notes.get(key, "")) for i, key in zip(issues, keys, strict=True)]


def read_return(
    plan: Plan, name: str, content: bytes | Refused, confirmations: Confirmations = NOTHING
) -> SentFile:
    """Read one workbook; `content`: its bytes, or the refusal if it could not be read.

    Never raises for a bad file: its state becomes "unreadable", with an issue.
    """
    file = SentFile(name, find_unit_in_name(plan, name))
    try:
        if isinstance(content, Refused):
            raise content
        file.digest = hashlib.sha256(content).hexdigest()
        book = SentBook(content, plan.form.first_row)
        read_particulars(file, plan, book)
        if not file.state:
            plan = plan.as_of(file.version)
            file.book = book
            read_tables(file, plan)
            is_doubted = doubts_reporter(file, plan, confirmations)
            if not any(issue.rule == "foreign-file" for issue in file.issues):
                read_sheets(file, plan, confirmations)
            check_days(file, plan)
            file.issues = confirmations.close(file.issues)
            changes = {change for issue in file.issues for change in changes_of(issue)}
            file.cutoff = "" if "cutoff" in changes else file.cutoff
            file.day = "" if "order" in changes else file.sent
            file.copy = read_copy(book, plan.form)
            file.unread_sheets = [*find_unread_sheets(file, plan, book)]
            if is_doubted:
                file.state = "unreadable"
            elif not plan.sheets_of(file.reporter):
                file.state = "not_asked"
    except Exception as error:  # also a fault of the program: other files are still read
        file.book = None  # no later step opens it again
        is_bug = not isinstance(error, Refused)
        file.refuse(*(("ours", f"{type(error).__name__}: {error}") if is_bug else error.args))
    if file.state == "unreadable":
        file.observations = []
        refused = [issue for issue in file.issues if issue.rule == "refused"]
        file.issues = refused or file.issues
    return file


def _make_frame(rows: Sequence[Any], columns: Sequence[str]) -> pd.DataFrame:
    """Return a frame of `string` columns in which "" is <NA>."""
    frame = pd.DataFrame(rows, columns=columns, dtype="string")
    return frame.mask(frame == "")


def _add_reporters_to_unread_issues(
    plan: Plan, returns: pd.DataFrame, issues: Iterable[Issue]
) -> Iterator[Issue]:
    """Set the reporter of "not-a-return" issues from the file's name.

    A note becomes an issue to confirm if no return of that reporter counts: it may be a scan.
    """
    counted_reporters = {*returns.reporter[returns.state.isin(COUNTED_STATES)]}
    for issue in issues:
        reporter = find_unit_in_name(plan, issue.file) if issue.rule == "not-a-return" else ""
        has_no_return = reporter and reporter not in counted_reporters
        severity = "confirm" if has_no_return and issue.severity == "note" else issue.severity
        yield issue._replace(reporter=reporter, severity=severity)


def _find_refusals(folder: Path, files: Sequence[SentFile]) -> tuple[str, ...]:
    """Return why these returns cannot be evaluated: none is readable, or only some are real."""
    readable = [file for file in files if file.state != "unreadable"]
    if not readable:
        reasons = [issue.message for file in files for issue in file.issues]
        none = f"Không đọc được báo cáo nào trong thư mục “{folder.absolute()}”."
        return (none, *(reasons or ["Không có tệp .xlsx nào."]))
    marked = [file.name for file in readable if file.illustrative]
    real = [file.name for file in readable if not file.illustrative]
    if marked and real:
        words = "Thư mục lẫn báo cáo minh họa và báo cáo thật; tách ra hai thư mục."
        return (f"{words} Minh họa: {', '.join(marked)}. Thật: {', '.join(real)}.",)
    return ()


@lru_cache(64)  # only read; who reads a folder again has the same missing ones
def _absent_return(plan: Plan, reporter: str) -> SentFile:
    """Return the missing return of a reporter: every cell is absent."""
    absent = SentFile(reporter=reporter)
    absent.state = "missing" if plan.sheets_of(reporter) else "not_asked"
    read_sheets(absent, plan)
    return absent


def _return_row(plan: Plan, file: SentFile) -> dict[str, Any]:
    """Return the row of a file in the frame of returns (`RETURNS`): texts, and numbers of cells."""
    cells = file.observations
    counts = Counter({"expected": len(cells)})
    counts.update(cell.state for cell in cells)
    counts["reported"] += counts["open"] + counts["contradictory"]  # filled readably
    was_read = bool(file.name) and file.state != "unreadable"
    return {
        "unit_name": plan.register.full_name.get(file.reporter, ""),
        "file": file.name,
        **{key: getattr(file, key) for key in ("reporter", "state", "sent", "cutoff")},
        "late": ("no", "yes")[file.late] if was_read else "",
        "illustrative": ("no", "yes")[file.illustrative] if was_read else "",
        **{key: counts[key] for key in CELL_COUNTS},
    }
