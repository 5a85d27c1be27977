"""The one list of what senders are asked for: issues, and the missing cells that none names."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.finding_facts import PartsFinding
from pcmd_eval.evaluation.observations import counted_returns
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.asks.wording import (
    say,
    say_alike,
    say_missing,
    say_open,
    with_answers,
    without_quotes,
)
from pcmd_eval.office.intake.cover_sheet import find_particular_rows
from pcmd_eval.office.intake.doubts import changes_of, doubts_of
from pcmd_eval.office.intake.issues import ISSUE_RULES, Issue, SentReturn, row_number
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import Position, as_rectangles, parse_address, parse_ranges
from pcmd_eval.util.frames import Row
from pcmd_eval.util.vocabulary import OPEN_VERDICTS

# What an issue asks of its sender, the most urgent first; what stops is mended like the others.
SEVERITY_LABELS = {
    "stop": "cần sửa",
    "mend": "cần sửa",
    "confirm": "cần xác nhận",
    "missing": "còn thiếu",
    "note": "lưu ý",
}
CHECK_COLUMNS = [*Issue._fields[:10], "settles"]  # of check.csv
REMINDER_COLUMNS = [
    *("reporter", "unit_name", "objective", "finding_unit", "unit_code", "item", "period"),
    *("file", "sheet", "cell", "state", "settles", "request"),
]
COMPLETES = "hoàn thiện số liệu"  # `settles` of a reminder that settles no open finding
_OF_FILES = ("refused", "reporter-name", "foreign-file", "file-name", "not-a-return")
_BRINGING = [
    *_OF_FILES,
    *(name for name, rule in ISSUE_RULES.items() if "unreadable" in rule.changes),
]
_HABIT = ["severity", "reporter", "file", "sheet", "rule"]
At = tuple[str, str, Position]  # file, sheet, row and column


class Requests(NamedTuple):
    """What senders are asked for or told.

    `rows`: those of check.csv, worst first: `CHECK_COLUMNS` and `shown` (the value as people read
    it), all string, "" for none; indexed by number. `cells`: a row for each cell that one of the
    rows is about: `request` (its number), `file`, `sheet`, `position` (in the file, None where the
    row does not name it), `label` (in the frame of observations, or None). `answers`: by label of
    each missing cell the number of the row that asks for it.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    answers: pd.Series

    def asking(self) -> pd.DataFrame:
        """Return the rows that ask for something."""
        return self.rows[self.rows.severity != "note"]


class _Request(NamedTuple):
    """A row of check.csv in the making: its cells by place in the file, and by label."""

    severity: str
    reporter: str
    file: str
    sheet: str
    rule: str
    message: str
    places: tuple[Position, ...] = ()
    labels: tuple[Hashable, ...] = ()
    answered: tuple[Hashable, ...] = ()  # labels of cells that it asks for without naming them
    unit_code: str = ""
    column: str = ""
    value: str = ""
    shown: str = ""


def list_requests(plan: Plan, intake: Intake, missing: pd.DataFrame) -> Requests:
    """Return everything that senders are asked for or told; `missing`: see `missing_cells`.

    A missing cell is asked for by the issue that names it, else by one that its state follows from,
    else in the row of its state. Of several issues that name one cell the first in the table of
    rules asks; the others ask when it is answered.
    """
    cells = missing[~missing.index.duplicated()]
    texts = cells[["file", "sheet", "cell"]].fillna("").itertuples()
    labels = {(c.file, c.sheet, parse_address(c.cell)): c.Index for c in texts if c.cell}
    issues = intake.issues.fillna("")
    if issues.empty:
        issues = pd.DataFrame(columns=[*Issue._fields], dtype="string")
    is_told = issues.severity.eq("note") | issues.confirmed.ne("")
    asking, named = _name_cells(plan, issues[~is_told])
    answered = {labels[place]: issue for place, issue in named.items() if place in labels}
    answered |= _find_answers(plan, intake, cells[~cells.index.isin([*answered])], asking)
    requests = [
        *(_repeat(issue) for issue in issues[is_told].itertuples()),
        *_group_habits(asking, named, labels, answered),
        *_group_states(plan, intake, with_answers(plan, cells[~cells.index.isin([*answered])])),
    ]
    return _number(requests, _list_waiting(plan, missing), labels)


# ---- issues --------------------------------------------------------------------------------------


def _name_cells(plan: Plan, issues: pd.DataFrame) -> tuple[pd.DataFrame, dict[At, Hashable]]:
    """Return the issues that ask now, and by place the issue that asks for the cell.

    Left out is an issue all of whose cells another one asks for.
    """
    order = {rule: at for at, rule in enumerate([*ISSUE_RULES, *(c.id for c in plan.form.checks)])}
    ordered = issues.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")
    named: dict[At, Hashable] = {}
    for issue in ordered.itertuples():
        for position in _positions_of(issue):
            named.setdefault((issue.file, issue.sheet, position), issue.Index)
    return ordered[ordered["cell"].eq("") | ordered.index.isin([*named.values()])], named


def _positions_of(issue: Row) -> list[Position]:
    """Return the positions that an issue names."""
    return parse_ranges(issue.value if issue.rule == "merged" else issue.cell)


def _find_answers(
    plan: Plan, intake: Intake, cells: pd.DataFrame, issues: pd.DataFrame
) -> dict[Hashable, Hashable]:
    """Return by label the issue whose answer brings a cell that no issue names, if there is one.

    Of what is open or contradictory it is the issue that doubts the cell, by the table of rules; of
    what was not read, that of its row, column, sheet or file.
    """
    doubting, counted = _list_doubts(issues), {*counted_returns(intake.returns).index}
    lost = issues[issues.rule.isin(_BRINGING)]
    by_reporter = {code: [*rows.itertuples()] for code, rows in lost.groupby("reporter")}
    found: dict[Hashable, Hashable] = {}
    asked = cells[cells.reporter.isin(issues.reporter)].fillna({"file": "", "cell": ""})
    for cell in asked.itertuples():
        name = plan.form.sheet(cell.objective).name
        if cell.state in ("open", "contradictory"):
            at = (cell.file, name, cell.cell)
            scopes = [at, (cell.file, name, ""), ("", name, ""), (cell.file, "", ""), ("", "", "")]
            keys = (Place(cell.reporter, *scope) for scope in scopes)
            answers = [doubting[key] for key in keys if key in doubting]
        else:
            of_unit = by_reporter.get(cell.reporter, ())
            answers = [i.Index for i in of_unit if _brings(plan, i, cell, cell.reporter in counted)]
        if answers:
            found[cell.Index] = answers[0]
    return found


def _brings(plan: Plan, issue: Row, cell: Row, is_counted: bool) -> bool:
    """Return whether a cell that was not read is read once the issue is answered.

    `is_counted`: whether a file of its reporter counts.
    """
    sheet = plan.form.sheet(cell.objective)
    if cell.file not in ("", issue.file) or issue.sheet not in ("", sheet.name):
        return issue.rule in _OF_FILES and not is_counted
    if issue.rule in _OF_FILES:
        return not is_counted
    if issue.rule == "column":
        return issue.column == sheet.column_of(cell.item, cell.period).header
    return issue.rule in ("sheet", "header") or cell.state == "unreadable"


def _list_doubts(issues: pd.DataFrame) -> dict[Place, Hashable]:
    """Return by place the issue that doubts it: a cell, a sheet or a file of a reporter."""
    doubting: dict[Place, Hashable] = {}
    for issue in issues.itertuples():
        doubts = doubts_of([issue])
        for place in (*doubts.changing, *doubts.growing):
            doubting.setdefault(place, issue.Index)
        if "cutoff" in changes_of(issue):
            doubting.setdefault(Place(issue.reporter, issue.file, ""), issue.Index)
    return doubting


def _repeat(issue: Row) -> _Request:
    """Return the row of an issue that asks for nothing."""
    return _Request(
        *_head(issue),
        _with_remarks(issue, issue.message),
        tuple(_positions_of(issue)),
        unit_code=issue.unit_code,
        column=issue.column,
        value=issue.value,
        shown=issue.shown,
    )


def _head(issue: Row) -> tuple[str, str, str, str, str]:
    """Return the first fields of the request of an issue."""
    return issue.severity, issue.reporter, issue.file, issue.sheet, issue.rule


def _with_remarks(issue: Row, message: str) -> str:
    """Return a message with the sender's own remark on the row, and by whom it is confirmed."""
    note = f"Ghi chú của đơn vị: “{issue.note}”." if issue.note else ""
    closed = f"Đã xác nhận ({issue.confirmed})." if issue.confirmed else ""
    return " ".join(f"{message} {note} {closed}".split())


def _group_habits(
    issues: pd.DataFrame,
    named: dict[At, Hashable],
    labels: dict[At, Hashable],
    answered: dict[Hashable, Hashable],
) -> Iterator[_Request]:
    """Yield a request for each habit: the issues of one rule that say the same in a sheet."""
    places, of_issue = defaultdict(list), defaultdict(list)
    for (_, _, position), issue in named.items():
        places[issue].append(position)
    for label, issue in answered.items():
        of_issue[issue].append(label)
    words = without_quotes(issues.message).where(
        issues["cell"] != "", issues.index.astype("string")
    )
    for _, alike in issues.assign(words=words).groupby([*_HABIT, "words"], sort=False):
        rows = sorted(alike.itertuples(), key=lambda i: (row_number(i.cell), i.cell))
        first, positions = rows[0], sorted({at for i in rows for at in places[i.Index]})
        at = {labels.get((first.file, first.sheet, position)) for position in positions}
        asked = tuple(label for i in rows for label in of_issue[i.Index])
        message = say_alike(first.message, len(positions) - len(places[first.Index]))
        yield _Request(
            *_head(first),
            _with_remarks(first, message),
            tuple(positions),
            tuple(label for label in asked if label in at),
            tuple(label for label in asked if label not in at),
            _the_one(alike.unit_code),
            _the_one(alike.column),
            first.value,
            first.shown,
        )


def _the_one(values: Iterable[str]) -> str:
    """Return the value that all have, else ""."""
    one = {*values}
    return one.pop() if len(one) == 1 else ""


# ---- missing cells that no issue asks for --------------------------------------------------------


def _group_states(plan: Plan, intake: Intake, cells: pd.DataFrame) -> Iterator[_Request]:
    """Yield a request for each sheet of a file and state of its missing cells (`with_answers`).

    One for a whole return that is missing, and one for all that an early cut-off leaves open.
    """
    files = {file.file: file for file in intake.files if file.state != "unreadable"}
    last = {file.reporter: file for file in files.values()}
    sizes = intake.cells.groupby(["reporter", "objective"]).size()
    for reporter, of_unit in cells.groupby("reporter", sort=False):
        if reporter not in last:
            message = say("silent", len(of_unit), of_unit.objective.nunique())
            yield _Request("missing", reporter, "", "", "absent", message, (), (*of_unit.index,))
            continue
        is_open = of_unit.state == "open"
        if is_open.any() or of_unit.is_open.any():
            yield _ask_to_update(plan, last[reporter], of_unit[of_unit.is_open | is_open])
        rest = of_unit[~is_open]
        file = rest.file.where(rest.file.isin([*files]), last[reporter].file)
        for (name, slug, _), group in rest.groupby([file, "objective", "state"], sort=False):
            yield _ask_for(plan, name, group, len(group) == sizes[reporter, slug])


def _ask_to_update(plan: Plan, file: SentReturn, cells: pd.DataFrame) -> _Request:
    """Return the one request of a unit to bring its figures up to date, at its last file."""
    info = plan.form.info
    rows = find_particular_rows(info, file.book.pages(info.sheet)[0]) if file.book else {}
    places = ((rows["cutoff"], 2),) if "cutoff" in rows else ()
    message, label = say_open(plan, cells), info.labels["cutoff"]
    where = ("missing", file.reporter, file.file, info.sheet, "open", message, places)
    still = tuple(cells.index[cells.state == "open"])
    return _Request(*where, (), still, file.reporter, label, _the_one(cells.cutoff.fillna("")))


def _ask_for(plan: Plan, file: str, cells: pd.DataFrame, is_whole: bool) -> _Request:
    """Return the request for cells of one sheet in one state."""
    first, sheet = cells.iloc[0], plan.form.sheet(cells.objective.iloc[0])
    pairs = zip(cells["item"], cells.period, strict=True)
    headers = [sheet.column_of(item, period).header for item, period in pairs]
    is_here = cells.file.eq(file) & cells["cell"].notna()
    where = ("missing", first.reporter, file, sheet.name, first.state)
    return _Request(
        *where,
        say_missing(plan, cells, is_whole),
        tuple(sorted(map(parse_address, cells["cell"][is_here]))),
        tuple(cells.index),
        (),
        _the_one(cells.unit_code),
        _the_one(headers),
        "" if pd.isna(first.raw) else first.raw,
    )


# ---- the list ------------------------------------------------------------------------------------


def _list_waiting(plan: Plan, missing: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that could settle an open finding: `unit` (name), `number` of the objective.

    The index is the cells' label.
    """
    rows = missing.dropna(subset="finding_unit")
    numbers = rows.objective.map({slug: one.number for slug, one in plan.by_slug.items()})
    return pd.DataFrame({
        "unit": rows.finding_unit.map(plan.register.full_name), "number": numbers
    })  # fmt: skip


def _say_waiting(waiting: pd.DataFrame) -> str:
    """Return the open findings of rows of `_list_waiting`, "" for none."""
    numbers = waiting.groupby("unit").number.agg(lambda of: sorted({*of}))
    return say("waiting", numbers.to_dict()).removesuffix(".") if len(numbers) else ""


def _number(
    requests: Iterable[_Request], waiting: pd.DataFrame, labels: dict[At, Hashable]
) -> Requests:
    """Return the requests in their order, each with its cells."""
    rank = [*SEVERITY_LABELS].index
    ordered = sorted(
        ({"cell": ", ".join(as_rectangles(one.places)), **one._asdict()} for one in requests),
        key=lambda r: (
            rank(r["severity"]), *(r[k] for k in ("reporter", "file", "sheet")),
            row_number(r["cell"]), r["cell"], r["rule"], r["message"],
        ),
    )  # fmt: skip
    rows, cells = [], []
    answers: dict[Hashable, int] = {}
    for number, one in enumerate(ordered):
        asked = (*one["labels"], *one["answered"])
        answers |= dict.fromkeys(asked, number)
        settles = _say_waiting(waiting.loc[waiting.index.isin(asked)]) if asked else ""
        rows.append(one | {"settles": settles})
        placed = [(labels.get((one["file"], one["sheet"], at)), at) for at in one["places"]]
        here = {label for label, _ in placed}
        placed += [(label, None) for label in asked if label not in here]
        cells += [(number, one["file"], one["sheet"], at, label) for label, at in placed]
    columns = [*CHECK_COLUMNS, "shown"]
    return Requests(
        pd.DataFrame(rows, columns=columns, dtype="string").fillna(""),
        pd.DataFrame(cells, columns=["request", "file", "sheet", "position", "label"]),
        pd.Series(answers, dtype="Int64"),
    )


def check_table(requests: Requests) -> pd.DataFrame:
    """Return the rows of check.csv, columns `CHECK_COLUMNS`."""
    return requests.rows[CHECK_COLUMNS].replace("", pd.NA)


def reminders(
    plan: Plan, findings: pd.DataFrame, missing: pd.DataFrame, requests: Requests
) -> pd.DataFrame:
    """Return the rows of reminders.csv, columns `REMINDER_COLUMNS`, all `string`.

    A row for each missing cell and open finding: `settles` is what the finding waits for, `request`
    the message of the row of check.csv that asks for the cell.
    """
    texts = {
        (row.unit_code, row.objective): phrase("settles", PartsFinding(row, plan, row.objective))
        for _, row in findings[findings.verdict.isin(OPEN_VERDICTS)].iterrows()
    }
    keys = zip(missing.finding_unit.fillna(""), missing.objective, strict=True)
    rows = missing.assign(
        unit_name=missing.reporter.map(plan.register.full_name),
        settles=[texts.get(key, COMPLETES) for key in keys],
        request=requests.answers[missing.index].map(requests.rows.message).to_numpy(),
    )
    return rows[REMINDER_COLUMNS].astype("string").reset_index(drop=True)
