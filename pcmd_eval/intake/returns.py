"""From a folder of workbooks to the frames: whose each return is, which counts, what is wrong."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pcmd_eval.evaluation.observations import COUNTS, OBSERVATIONS, RETURNS, tidy
from pcmd_eval.intake.cover_sheet import read_particulars
from pcmd_eval.intake.file_guard import Refused
from pcmd_eval.intake.inbox import left_aside_messages, list_files, read_file_bytes
from pcmd_eval.intake.issues import SentReturn, issue_table
from pcmd_eval.intake.row_readers import read_sheets
from pcmd_eval.intake.validation_rules import broken_comparisons
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import make_slug


@dataclass(frozen=True)
class Intake:
    """Everything a folder of returns gave.

    `cells` and `returns` are as `observations` has them, `faults` as check.csv. `refusals`: why
    these returns can be checked, but not evaluated; `fingerprints`: of what was read, as
    `folder.fingerprints` gives them; `books`: the workbooks that were read, by file, but for those
    that another has replaced.
    """

    cells: pd.DataFrame
    returns: pd.DataFrame
    issues: pd.DataFrame
    refusals: tuple[str, ...] = ()
    fingerprints: dict[str, str] = field(default_factory=dict)
    books: dict[str, SentBook] = field(default_factory=dict)

    @property
    def stopping(self) -> int:
        """How many faults keep the results from being published."""
        return int((self.issues.severity == "stop").sum())


def read_returns(plan: Plan, folder: Path) -> Intake:
    """Read every return in `folder` (only *.xlsx directly in it), each once; none is changed.

    Whatever a file holds, it ends as rows or as faults. Raises InputRefused when the folder is
    missing or closed.
    """
    paths, left_aside = list_files(folder)
    sent = [read_return(plan, path) for path in paths]
    refusals = _refusals(folder, sent)
    returns, observations = [], []
    for reporter in plan.reporters.index:
        of_reporter = [returned for returned in sent if returned.reporter == reporter]
        chosen = _choose(plan, of_reporter)
        # Also those of a tie, which `_choose` has just found.
        unreadable = [returned for returned in of_reporter if returned.state == "unreadable"]
        if unreadable or not chosen:
            absent = absent_return(plan, reporter)
        for returned in unreadable:
            returned.observations = absent.observations
        returns += of_reporter or [absent]
        observations += (chosen or absent).observations
    returns += [returned for returned in sent if not returned.reporter]
    frame = returns_frame(plan, returns)
    cells = tidy(_frame(observations, OBSERVATIONS), frame, plan)
    issues = [*left_aside, *broken_comparisons(cells, plan)]
    for returned in sent:
        issues += returned.issues
    prints = {returned.file: returned.fingerprint for returned in sent} | left_aside_messages(
        left_aside
    )
    books = {c.file: c.book for c in sent if c.book and c.state != "superseded"}
    return Intake(cells, frame, issue_table(issues), refusals, prints, books)


def read_return(plan: Plan, path: Path) -> SentReturn:
    """Read one workbook: the answer is what it says, or why it is refused."""
    returned = SentReturn(path.name, _unit_in_name(plan, path))
    try:
        data = read_file_bytes(path)
        returned.fingerprint = hashlib.sha256(data).hexdigest()
        book = SentBook(data, plan.form.first_row)
        read_particulars(returned, plan, book)
        if not returned.state:
            read_sheets(returned, plan, book)
            returned.book = book
            if not plan.sheets_of(returned.reporter):
                returned.state = "not_asked"
    except Refused as refusal:
        returned.fingerprint = returned.fingerprint or str(refusal)
        returned.refuse(*refusal.args)
    except Exception as error:  # of ours: the others are read all the same, and nobody is blamed
        returned.refuse("ours", f"{type(error).__name__}: {error}")
    if returned.state == "unreadable":
        returned.observations = []
        returned.issues = [issue for issue in returned.issues if issue.rule == "refused"]
    return returned


def _unit_in_name(plan, path):
    """The one reporter that a file's name names, by folder (230-doan-hung), name or code, or ""."""
    words = f"-{make_slug(path.stem)}-"
    folders = plan.reporters.folder
    names = folders.str.partition("-")[2]
    codes = folders.index.to_series()
    for called in (folders, names, codes[codes.str.len() > 2]):
        units = [unit for unit, name in called.items() if f"-{name}-" in words]
        if len(units) == 1:
            return units[0]
    return ""


def _frame(rows, columns):
    frame = pd.DataFrame(rows, columns=columns, dtype="string")
    return frame.mask(frame == "")


def _refusals(folder, sent):
    """Why these returns cannot be evaluated at all."""
    readable = [returned for returned in sent if returned.state != "unreadable"]
    if not readable:
        reasons = [issue.message for returned in sent for issue in returned.issues]
        none = f"Không đọc được báo cáo nào trong thư mục “{folder.name}”."
        return (none, *(reasons or ["Không có tệp .xlsx nào."]))
    marked = [returned.file for returned in readable if returned.illustrative]
    real = [returned.file for returned in readable if not returned.illustrative]
    if marked and real:
        words = "Thư mục lẫn báo cáo minh họa và báo cáo thật; tách ra hai thư mục."
        return (f"{words} Minh họa: {', '.join(marked)}. Thật: {', '.join(real)}.",)
    return ()


def _choose(plan, returns):
    """The one of a reporter's returns that counts: sent last, and alone. Each gets its state.

    Files that are the same byte for byte are one; of those that do not count nothing is asked.
    """
    readable = [returned for returned in returns if not returned.state]
    last_day = max((returned.sent for returned in readable), default="")
    last = {}
    for returned in readable:
        if returned.sent == last_day:
            last.setdefault(returned.fingerprint, returned)
    files = [returned.file for returned in last.values()]
    chosen = next(iter(last.values()), None)
    for returned in readable:
        if returned.file in files:
            returned.state = _state(plan, returned) if len(files) == 1 else "unreadable"
        else:
            returned.state, returned.issues = "superseded", []
            more = len(_reported(returned)) - len(_reported(chosen))
            returned.add_issue("superseded", file=chosen.file, more=more)
    if len(files) > 1:
        chosen.add_issue("tie", whose=plan.register.full_name[chosen.reporter], files=files)
        return None
    return chosen


def _state(plan, returned):
    """The first state that the cells and the day of a return make true."""
    cells, reported = returned.observations, _reported(returned)
    if not reported:
        return "empty"
    silent = {cell.objective for cell in cells} - {*reported}
    if silent or len(reported) * 100 < plan.rules["complete_share"].value * len(cells):
        return "partial"
    return "late" if returned.late else "on_time"


def _reported(returned):
    """The objectives of the cells that hold a figure, one for each."""
    return [cell.objective for cell in returned.observations if cell.state == "reported"]


def absent_return(plan: Plan, reporter: str) -> SentReturn:
    """What stands for the return of one who has sent nothing: every cell is absent."""
    absent = SentReturn(reporter=reporter)
    absent.state = "missing" if plan.sheets_of(reporter) else "not_asked"
    read_sheets(absent, plan)
    return absent


def returns_frame(plan: Plan, sent: Iterable[SentReturn]) -> pd.DataFrame:
    """The frame of returns, see `observations`."""
    returns = _frame([_return(plan, returned) for returned in sent], RETURNS)
    return returns.astype(dict.fromkeys(COUNTS, "Int64"))


def _return(plan, returned):
    """The row of one return, and more than its columns."""
    cells = returned.observations
    states = Counter([cell.state for cell in cells], expected=len(cells))
    row = vars(returned) | {key: states[key] for key in COUNTS}
    was_read = bool(returned.file) and returned.state != "unreadable"
    for flag in ("late", "illustrative"):
        row[flag] = ("no", "yes")[row[flag]] if was_read else ""
    return row | {"unit_name": plan.register.full_name.get(returned.reporter, "")}
