"""From a folder of workbooks to the evidence: whose each return is, which one counts, and what is wrong with them."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pcmd_eval.errors import InputRefused
from pcmd_eval.form import Form
from pcmd_eval.intake.faults import Fault, worst_first
from pcmd_eval.intake.pages import Content
from pcmd_eval.intake.sandbox import read_files
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.observations import Evidence, Observation, Return, ReturnState, State
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project
from pcmd_eval.units import Register, Unit

_CLUTTER = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Intake:
    """Everything a folder of returns gave; with `refusals` it can be checked but not evaluated."""

    evidence: Evidence
    faults: tuple[Fault, ...]
    contents: tuple[Content, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def stopping(self) -> int:
        """How many faults keep the results from being published."""
        return sum(fault.severity == "stop" for fault in self.faults)


def read_returns(folder: Path, plan: Plan, form: Form, register: Register) -> Intake:
    """Read every return in `folder`, as `take_in` does.

    Raises InputRefused also when nothing can be read, or when illustrative and real returns are mixed.
    """
    intake = take_in(folder, plan, form, register)
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    return intake


def take_in(folder: Path, plan: Plan, form: Form, register: Register) -> Intake:
    """Read every return in `folder` (only *.xlsx directly in it); the files are never changed.

    Raises InputRefused when the folder is missing.
    """
    if not folder.is_dir():
        raise InputRefused(f"Không có thư mục báo cáo “{folder.name}”. Tạo thư mục, đặt các tệp .xlsx vào đó.")
    there = sorted(p for p in folder.iterdir() if p.is_file() and not _clutter(p))
    files = [p for p in there if writable_name(p) == p.name]
    contents = read_files([p for p in files if p.suffix.lower() == ".xlsx"], Project(plan, form, register))
    faults = [_left_aside(p) for p in files if p.suffix.lower() not in (".xlsx", ".md")]
    faults += [_unnamed(p) for p in there if p not in files]
    faults += [fault for content in contents for fault in _faults_of(content)]
    returns: list[Return] = []
    observations: list[Observation] = []
    for reporter in register.reporters:
        own = [c for c in contents if c.reporter == reporter]
        rows, counted, more = _decide(reporter, own, plan, form, register)
        returns += rows
        observations += counted
        faults += more
    returns += [_row(Unit("", "", "", ""), c, [], ReturnState.UNREADABLE, plan) for c in contents if c.reporter is None]
    evidence = Evidence(plan, register, tuple(observations), tuple(returns))
    return Intake(evidence, tuple(worst_first(faults)), tuple(contents), _refusals(folder, contents))


def _refusals(folder: Path, contents: list[Content]) -> tuple[str, ...]:
    """Why these returns cannot be evaluated at all."""
    readable = [content for content in contents if not content.refusals]
    if not readable:
        reasons = [reason for content in contents for reason in content.refusals] or ["Không có tệp .xlsx nào."]
        return (f"Không đọc được báo cáo nào trong thư mục “{folder.name}”.", *reasons)
    marked = [content.file for content in readable if content.illustrative]
    real = [content.file for content in readable if not content.illustrative]
    if marked and real:
        words = "Thư mục lẫn báo cáo minh họa và báo cáo thật; tách ra hai thư mục."
        return (f"{words} Minh họa: {', '.join(marked)}. Thật: {', '.join(real)}.",)
    return ()


def _clutter(path: Path) -> bool:
    return path.name.startswith(("~$", ".")) or path.name.lower() in _CLUTTER


def writable_name(path: Path) -> str:
    """The name of a file as it can be written down: what is no text in it, as in a name from another system, is �."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def _unnamed(path: Path) -> Fault:
    words = "Tên tệp có ký tự không đọc được nên tệp không được mở; đổi tên tệp rồi đặt lại vào thư mục."
    return Fault("stop", "", writable_name(path), "", "", "", "", "", "refused", words)


def _left_aside(path: Path) -> Fault:
    words = "Không phải tệp .xlsx nên không được đọc; nếu là báo cáo, mở bằng Excel và lưu lại dạng .xlsx."
    return Fault("note", "", path.name, "", "", "", "", "", "not-a-return", words)


def _faults_of(content: Content) -> list[Fault]:
    reporter = content.reporter.code if content.reporter else ""
    refused = [Fault("stop", reporter, content.file, "", "", "", "", "", "refused", r) for r in content.refusals]
    return refused or content.faults


def _decide(
    reporter: Unit, contents: list[Content], plan: Plan, form: Form, register: Register
) -> tuple[list[Return], list[Observation], list[Fault]]:
    """Which of a reporter's files counts: the one sent last; the rows of all, and the counted observations."""
    readable = sorted((c for c in contents if not c.refusals), key=lambda c: (c.sent or date.min, c.file))
    if not form.sheets_of(reporter, register):
        own = contents or [Content("")]
        return [_row(reporter, c, [], ReturnState.NOT_ASKED, plan) for c in own], [], []
    absent = absent_observations(reporter, form, register)
    refused = [_row(reporter, c, absent, ReturnState.UNREADABLE, plan) for c in contents if c.refusals]
    if not contents:
        return [_row(reporter, Content(""), absent, ReturnState.MISSING, plan)], absent, []
    if not readable:
        return refused, absent, []
    last = [c for c in readable if c.sent == readable[-1].sent]
    if len(last) > 1:
        tied = [_row(reporter, c, absent, ReturnState.UNREADABLE, plan) for c in last]
        older = [_row(reporter, c, c.observations, ReturnState.SUPERSEDED, plan) for c in readable if c not in last]
        return [*refused, *older, *tied], absent, [_tie(reporter, last)]
    older = [_row(reporter, c, c.observations, ReturnState.SUPERSEDED, plan) for c in readable[:-1]]
    counted = readable[-1]
    row = _row(reporter, counted, counted.observations, None, plan)
    replaced = [_superseded(reporter, c, counted) for c in readable[:-1]]
    return [*refused, *older, row], counted.observations, replaced


def _tie(reporter: Unit, contents: list[Content]) -> Fault:
    files = ", ".join(c.file for c in contents)
    words = f"{reporter.full_name} có hai báo cáo cùng ngày gửi ({files}); bỏ đi một tệp hoặc sửa Ngày gửi."
    return Fault("stop", reporter.code, contents[0].file, "", "", "", "", "", "tie", words)


def _superseded(reporter: Unit, old: Content, new: Content) -> Fault:
    words = f"Được thay bằng {new.file}, gửi sau; tệp này không được tính."
    return Fault("note", reporter.code, old.file, "", "", "", "", "", "superseded", words)


def _row(
    reporter: Unit, content: Content, observations: Iterable[Observation], state: ReturnState | None, plan: Plan
) -> Return:
    """The row of one return; without a given state, the first that its cells and dates make true."""
    rows = list(observations)
    count = Counter(o.state for o in rows)
    deadline: date = plan.rules["deadline"].value
    late = content.sent > deadline if content.sent else False if content.file and not content.refusals else None
    row = Return(
        reporter=reporter.code,
        unit_name=reporter.full_name if reporter.code else "",
        state=state or ReturnState.ON_TIME,
        late=late,
        file=content.file,
        sent=content.sent,
        cutoff=content.cutoff,
        expected=len(rows),
        reported=count[State.REPORTED],
        blank=count[State.BLANK],
        unreadable=count[State.UNREADABLE],
        absent=count[State.ABSENT],
        illustrative=content.illustrative if content.file and not content.refusals else None,
    )
    return row if state else replace(row, state=_state(row, rows, plan))


def _state(row: Return, observations: list[Observation], plan: Plan) -> ReturnState:
    sheets: dict[str, list[Observation]] = {}
    for observation in observations:
        sheets.setdefault(observation.objective, []).append(observation)
    silent = any(not any(o.reported for o in cells) for cells in sheets.values())
    incomplete = row.reported * 100 < plan.rules["complete_share"].value * row.expected
    decide: list[tuple[ReturnState, Callable[[], bool]]] = [
        (ReturnState.EMPTY, lambda: row.reported == 0),
        (ReturnState.PARTIAL, lambda: silent or incomplete),
        (ReturnState.LATE, lambda: bool(row.late)),
    ]
    return next((state for state, holds in decide if holds()), ReturnState.ON_TIME)
