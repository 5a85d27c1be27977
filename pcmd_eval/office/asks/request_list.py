"""List the requests to senders: open issues, and missing cells that no issue asks for."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.finding_facts import finding_facts
from pcmd_eval.evaluation.observations import counted_returns
from pcmd_eval.evaluation.states import Place, list_places
from pcmd_eval.office.asks.wording import TEMPLATE, add_answer_kinds, say, say_missing, say_open
from pcmd_eval.office.intake.doubts import changes_of, doubts_of
from pcmd_eval.office.intake.issues import ISSUE_RULES, Issue, SentFile, row_number
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import Position, as_rectangles, parse_address, parse_ranges
from pcmd_eval.util.frames import Row
from pcmd_eval.util.templates import render_phrase
from pcmd_eval.util.verdicts import OPEN_VERDICTS

# Labels of severities as senders read them, the most urgent first.
SEVERITY_LABELS = {
    "stop": "cần sửa",
    "mend": "cần sửa",
    "confirm": "cần xác nhận",
    "missing": "còn thiếu",
    "note": "lưu ý",
}
CHECK_COLUMNS = [*Issue._fields[: Issue._fields.index("message") + 1], "settles"]  # of check.csv
REMINDER_COLUMNS = [
    *("reporter", "unit_name", "objective", "finding_unit", "unit_code", "item", "period"),
    *("file", "sheet", "cell", "state", "settles", "request"),
]
COMPLETES = "hoàn thiện số liệu"  # `settles` of a reminder that settles no open finding
# Rules by which a whole file is not read.
_FILE_RULES = ("refused", "reporter-name", "foreign-file", "file-name", "not-a-return")
# Rules by which cells are not read: they are read once the sender has answered the issue.
_UNREAD_RULES = [
    *_FILE_RULES,
    *(name for name, rule in ISSUE_RULES.items() if "unreadable" in rule.changes),
]
_GROUP_KEYS = ["severity", "reporter", "file", "sheet", "rule", "variant"]
Location = tuple[str, str, Position]  # file, sheet, (row, column)


class Requests(NamedTuple):
    """The requests and notes to senders.

    `rows`: the rows of check.csv, worst first, index 0 to n-1, columns `CHECK_COLUMNS`, all
    `string`, "" for none. `cells`: a row for each cell of a request: `request` (index in `rows`),
    `position` ((row, column) in the file, None if the request does not name it), `label` (index in
    the frame of observations, or None).
    `request_by_label`: index in `rows` of the request for each missing cell, by the cell's label.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    request_by_label: pd.Series

    def without_notes(self) -> pd.DataFrame:
        """Return the rows that ask for something: all but notes."""
        return self.rows[self.rows.severity != "note"]


class _Request(NamedTuple):
    """A request before it is numbered.

    `texts`: its row of check.csv by column, but for `cell` and `settles`; `positions`: its cells as
    (row, column) in `sheet` of `file`; `labels`: all missing cells that it asks for, by label in
    the frame of observations.
    """

    texts: dict[str, Any]
    positions: Sequence[Any] = ()
    labels: Sequence[Hashable] = ()


def list_requests(plan: Plan, intake: Intake, missing: pd.DataFrame) -> Requests:
    """Return all requests and notes; `missing`: see `missing_cells`.

    Each missing cell has one request: that of the issue that names it, else of the issue that
    explains its state, else of all cells in that state. Of several issues that name a cell the
    first in `ISSUE_RULES`, then in the form's checks, asks; the others wait until that one is
    answered.
    """
    cells = missing[~missing.index.duplicated()]
    addresses = cells[["file", "sheet", "cell"]].fillna("").itertuples()
    label_by_location = {
        (c.file, c.sheet, parse_address(c.cell)): c.Index for c in addresses if c.cell
    }
    issues = intake.issues.fillna("")
    if issues.empty:
        issues = pd.DataFrame(columns=[*Issue._fields], dtype="string")
    is_note = issues.severity.eq("note") | issues.confirmed.ne("")
    issues_to_send, issue_by_location = _choose_issues(plan, issues[~is_note])
    issue_by_label = {
        label_by_location[location]: issue
        for location, issue in issue_by_location.items()
        if location in label_by_location
    }
    issue_by_label |= _map_cells_to_issues(
        plan, intake, cells[~cells.index.isin([*issue_by_label])], issues_to_send
    )
    requests = [
        *(_request_of_note(issue) for issue in issues[is_note].itertuples()),
        *_group_alike(issues_to_send, issue_by_location, issue_by_label),
        *_group_states(
            plan, intake, add_answer_kinds(plan, cells[~cells.index.isin([*issue_by_label])])
        ),
    ]
    return _number_requests(requests, _list_open_findings(plan, missing), label_by_location)


# ---- issues --------------------------------------------------------------------------------------


def _choose_issues(
    plan: Plan, issues: pd.DataFrame
) -> tuple[pd.DataFrame, dict[Location, Hashable]]:
    """Return the issues to send, and for each named cell the index of the issue that asks for it.

    An issue is dropped if earlier rules ask for all of its cells. `issues`: rows of `issue_table`
    that are not notes.
    """
    order = {
        rule: rank for rank, rule in enumerate([*ISSUE_RULES, *(c.id for c in plan.form.checks)])
    }
    ordered = issues.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")
    issue_by_location: dict[Location, Hashable] = {}
    for issue in ordered.itertuples():
        for position in _positions_of(issue):
            issue_by_location.setdefault((issue.file, issue.sheet, position), issue.Index)
    is_asking = ordered["cell"].eq("") | ordered.index.isin([*issue_by_location.values()])
    return ordered[is_asking], issue_by_location


def _positions_of(issue: Row) -> list[Position]:
    """Return the (row, column) positions of an issue; a merge has its range in `value`."""
    return parse_ranges(issue.value if issue.rule == "merged" else issue.cell)


def _map_cells_to_issues(
    plan: Plan, intake: Intake, cells: pd.DataFrame, issues: pd.DataFrame
) -> dict[Hashable, Hashable]:
    """Map the label of each missing cell to the index of the issue that explains its state.

    For an open or contradictory cell: the issue that doubts it; for another: the issue that kept
    its row, column, sheet or file from being read. Cells without such an issue are left out.
    `cells`: missing cells that no issue names.
    """
    issue_by_place = _list_doubts(issues)
    counted_reporters = {*counted_returns(intake.returns).index}
    unread = issues[issues.rule.isin(_UNREAD_RULES)]
    unread_by_reporter = {code: [*rows.itertuples()] for code, rows in unread.groupby("reporter")}
    issue_by_label: dict[Hashable, Hashable] = {}
    cells = cells[cells.reporter.isin(issues.reporter)].fillna({"file": "", "cell": ""})
    for cell in cells.itertuples():
        sheet_name = plan.form.sheet(cell.objective).name
        if cell.state in ("open", "contradictory"):
            places = list_places(cell.reporter, cell.file, sheet_name, cell.cell)
            explaining = [issue_by_place[place] for place in places if place in issue_by_place]
        else:
            candidates = unread_by_reporter.get(cell.reporter, ())
            is_counted = cell.reporter in counted_reporters
            explaining = [i.Index for i in candidates if _explains(plan, i, cell, is_counted)]
        if explaining:
            issue_by_label[cell.Index] = explaining[0]
    return issue_by_label


def _explains(plan: Plan, issue: Row, cell: Row, is_counted: bool) -> bool:
    """Return whether the issue is why a missing cell was not read.

    `cell`: `file` is "" where its reporter has none. `is_counted`: a file of the reporter counts;
    then no issue about a whole file explains it.
    """
    sheet = plan.form.sheet(cell.objective)
    if issue.rule in _FILE_RULES:
        return not is_counted
    if cell.file not in ("", issue.file) or issue.sheet not in ("", sheet.name):
        return False
    if issue.rule == "column":
        return issue.column == sheet.column_of(cell.item, cell.period).header
    return issue.rule in ("sheet", "header") or cell.state == "unreadable"


def _list_doubts(issues: pd.DataFrame) -> dict[Place, Hashable]:
    """Map each doubted place (cell, sheet or file) to the index of the first issue doubting it."""
    issue_by_place: dict[Place, Hashable] = {}
    for issue in issues.itertuples():
        doubts = doubts_of([issue])
        for place in doubts.changing | doubts.growing:
            issue_by_place.setdefault(place, issue.Index)
        if "cutoff" in changes_of(issue):  # every cell of the file may be open
            issue_by_place.setdefault(Place(issue.reporter, issue.file, ""), issue.Index)
    return issue_by_place


def _request_of_note(issue: Row) -> _Request:
    """Return the row of a note or of a confirmed issue, which ask for nothing."""
    texts = issue._asdict() | {"message": _with_remarks(issue, issue.message)}
    return _Request(texts, _positions_of(issue))


def _with_remarks(issue: Row, message: str) -> str:
    """Append the sender's note on the row, and who confirmed the issue and when, to a message."""
    note = f"Ghi chú của đơn vị: “{issue.note}”." if issue.note else ""
    closed = f"Đã xác nhận ({issue.confirmed})." if issue.confirmed else ""
    return " ".join(f"{message} {note} {closed}".split())


def _group_alike(
    issues: pd.DataFrame,
    issue_by_location: dict[Location, Hashable],
    issue_by_label: dict[Hashable, Hashable],
) -> Iterator[_Request]:
    """Yield one request for all issues of a rule, sheet and `variant`, whose values alone differ.

    `issue_by_location`, `issue_by_label`: the index of the issue that asks for a cell, and for a
    missing cell (by its label in the frame of observations). Issues without a cell are not grouped.
    """
    positions_of, labels_of = defaultdict(list), defaultdict(list)
    for (_, _, position), issue in issue_by_location.items():
        positions_of[issue].append(position)
    for label, issue in issue_by_label.items():
        labels_of[issue].append(label)
    ungrouped = issues.index.astype("string").where(issues["cell"] == "", "")
    groups = issues.assign(ungrouped=ungrouped).groupby([*_GROUP_KEYS, "ungrouped"], sort=False)
    for _, alike in groups:
        rows = sorted(alike.itertuples(), key=lambda i: (row_number(i.cell), i.cell))
        first = rows[0]
        positions = sorted({position for i in rows for position in positions_of[i.Index]})
        others = len(positions) - len(positions_of[first.Index])
        message = f"{first.message} {say('alike', others)}" if others else first.message
        texts = first._asdict() | {
            "message": _with_remarks(first, message),
            "unit_code": _shared_value(alike.unit_code),
            "column": _shared_value(alike.column),
        }
        yield _Request(texts, positions, [label for i in rows for label in labels_of[i.Index]])


def _shared_value(values: Iterable[str]) -> str:
    """Return the value if all are equal, else ""."""
    one = {*values}
    return one.pop() if len(one) == 1 else ""


# ---- missing cells that no issue asks for --------------------------------------------------------


def _group_states(plan: Plan, intake: Intake, cells: pd.DataFrame) -> Iterator[_Request]:
    """Yield a request for the missing cells (`add_answer_kinds`) of each file, sheet and state.

    A reporter without a readable file gets a single request; so do all cells that are open because
    a unit's figures end too early.
    """
    files = {file.name: file for file in intake.files if file.state != "unreadable"}
    last = {file.reporter: file for file in files.values()}
    sizes = intake.cells.groupby(["reporter", "objective"]).size()
    for reporter, of_unit in cells.groupby("reporter", sort=False):
        if reporter not in last:
            message = say("silent", len(of_unit), of_unit.objective.nunique())
            texts = _missing_texts(reporter, "", "", "absent", message)
            yield _Request(texts, labels=[*of_unit.index])
            continue
        is_open = of_unit.state == "open"
        if is_open.any() or of_unit.is_open.any():
            yield _ask_to_update(plan, last[reporter], of_unit[of_unit.is_open | is_open])
        rest = of_unit[~is_open]
        file = rest.file.where(rest.file.isin([*files]), last[reporter].name)
        for (name, slug, _), group in rest.groupby([file, "objective", "state"], sort=False):
            yield _ask_for(plan, name, group, len(group) == sizes[reporter, slug])


def _ask_to_update(plan: Plan, file: SentFile, cells: pd.DataFrame) -> _Request:
    """Return the request to update a unit's figures, placed at the cut-off of its last file.

    `cells`: its missing cells that a later cut-off may change; only open ones are asked for here.
    """
    info = plan.form.info
    address = file.cover["cutoff"].address if file.cover else ""
    message = say_open(plan, cells)
    texts = _missing_texts(file.reporter, file.name, info.sheet, "open", message)
    texts |= {
        "unit_code": file.reporter,
        "column": info.labels["cutoff"],
        "value": _shared_value(cells.cutoff.fillna("")),
    }
    labels = [*cells.index[cells.state == "open"]]
    return _Request(texts, parse_ranges(address), labels)


def _ask_for(plan: Plan, file: str, cells: pd.DataFrame, is_whole: bool) -> _Request:
    """Return the request for missing cells of one sheet and state; `is_whole`: see `say_missing`.

    Cells of other files or without an address are asked for without a position.
    """
    first, sheet = cells.iloc[0], plan.form.sheet(cells.objective.iloc[0])
    pairs = zip(cells["item"], cells.period, strict=True)
    headers = [sheet.column_of(item, period).header for item, period in pairs]
    is_here = cells.file.eq(file) & cells["cell"].notna()
    message = say_missing(plan, cells, is_whole)
    texts = _missing_texts(first.reporter, file, sheet.name, first.state, message)
    texts |= {
        "unit_code": _shared_value(cells.unit_code),
        "column": _shared_value(headers),
        "value": "" if pd.isna(first.raw) else first.raw,
    }
    return _Request(texts, sorted(map(parse_address, cells["cell"][is_here])), [*cells.index])


def _missing_texts(reporter: str, file: str, sheet: str, rule: str, message: str) -> dict[str, Any]:
    """Return the texts of a request for missing cells, see `_Request`; `rule`: their state."""
    texts = {"reporter": reporter, "file": file, "sheet": sheet, "rule": rule, "message": message}
    return texts | {"severity": "missing"}


# ---- the list ------------------------------------------------------------------------------------


def _list_open_findings(plan: Plan, missing: pd.DataFrame) -> pd.DataFrame:
    """Return the open findings that each missing cell could settle, a row for each pair.

    Columns: full name of the `unit`, `number` of the objective; index: the label of the cell.
    """
    rows = missing.dropna(subset="finding_unit")
    numbers = rows.objective.map({slug: one.number for slug, one in plan.by_slug.items()})
    return pd.DataFrame({
        "unit": rows.finding_unit.map(plan.register.full_name), "number": numbers
    })  # fmt: skip


def _describe_open_findings(waiting: pd.DataFrame) -> str:
    """Return a text that lists the open findings (rows of `_list_open_findings`), "" for none."""
    numbers = waiting.groupby("unit").number.agg(lambda of: sorted({*of}))
    return render_phrase(TEMPLATE, "waiting", numbers.to_dict()) if len(numbers) else ""


def _number_requests(
    requests: Iterable[_Request],
    waiting: pd.DataFrame,
    label_by_location: dict[Location, Hashable],
) -> Requests:
    """Sort the requests as in check.csv, number them and build the frames of `Requests`.

    `waiting`: see `_list_open_findings`; `label_by_location`: the labels of missing cells.
    """
    rank = [*SEVERITY_LABELS].index
    ordered = sorted(
        (
            r._replace(texts=r.texts | {"cell": ", ".join(as_rectangles(r.positions))})
            for r in requests
        ),
        key=lambda r: (
            rank(r.texts["severity"]), *(r.texts[k] for k in ("reporter", "file", "sheet")),
            row_number(r.texts["cell"]), *(r.texts[k] for k in ("cell", "rule", "message")),
        ),
    )  # fmt: skip
    rows, cells = [], []
    number_by_label: dict[Hashable, int] = {}
    for number, (texts, positions, labels) in enumerate(ordered):
        number_by_label |= dict.fromkeys(labels, number)
        settles = _describe_open_findings(waiting.loc[waiting.index.isin(labels)]) if labels else ""
        rows.append(texts | {"settles": settles})
        where = (texts["file"], texts["sheet"])
        located = [(position, label_by_location.get((*where, position))) for position in positions]
        located_labels = {label for _, label in located}
        located += [(None, label) for label in labels if label not in located_labels]
        cells += [(number, position, label) for position, label in located]
    return Requests(
        pd.DataFrame(rows, columns=CHECK_COLUMNS, dtype="string").fillna(""),
        pd.DataFrame(cells, columns=["request", "position", "label"]),
        pd.Series(number_by_label, dtype="Int64"),
    )


def check_table(requests: Requests) -> pd.DataFrame:
    """Return the rows of check.csv, columns `CHECK_COLUMNS`, <NA> for none."""
    return requests.rows.replace("", pd.NA)


def reminders(
    plan: Plan, findings: pd.DataFrame, missing: pd.DataFrame, requests: Requests
) -> pd.DataFrame:
    """Return the rows of reminders.csv, columns `REMINDER_COLUMNS`, all `string`.

    A row for each missing cell and open finding: `settles` words the verdicts that the finding may
    still get; `request` is the message of the row of check.csv that asks for the cell.
    """
    texts = {
        (row.unit_code, row.objective): phrase("settles", finding_facts(plan, row))
        for _, row in findings[findings.verdict.isin(OPEN_VERDICTS)].iterrows()
    }
    keys = zip(missing.finding_unit.fillna(""), missing.objective, strict=True)
    rows = missing.assign(
        unit_name=missing.reporter.map(plan.register.full_name),
        settles=[texts.get(key, COMPLETES) for key in keys],
        request=requests.request_by_label[missing.index].map(requests.rows.message).to_numpy(),
    )
    return rows[REMINDER_COLUMNS].astype("string").reset_index(drop=True)
