"""Put the files of one reporter together, each read alone: one frame, a row for each cell of each.

Of each cell the latest filled version counts. A sheet of lines is taken whole from the latest file
that says anything in it. An annotated return replaces the file it was made from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.observations import (
    OBSERVATIONS,
    Observation,
    cell_kinds,
    split_items,
)
from pcmd_eval.evaluation.states import FILLED_STATES, is_open_time
from pcmd_eval.intake.carry_over import find_other_titles
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

_FILLED = (*FILLED_STATES, "unreadable")
_KEY = ["objective", "unit_code", "name", "nth", "period", "column"]
_OF_DAYS = ("cutoff-date", "cutoff-year", "sent-date", "sent-far")  # rules
_DOUBTING = ("unordered-values", "later-zero", "falling-count")
_MIN_CHANGED = 3  # cells of a period whose change as a whole is asked about


# A rule, the index of the cells that break it, and their other versions, the last sent first.
Difference = tuple[str, list[Any], pd.DataFrame]


def sending_order(file: SentReturn) -> tuple[str, bool, str]:
    """Return the key that sorts files by day of sending, annotated returns last, then by name."""
    return file.sent, bool(file.copy_of), file.file


def combine_files(
    plan: Plan, files: Iterable[SentReturn], confirmations: Confirmations
) -> list[Observation]:
    """Return what the readable files of a reporter say together; [] if there is none.

    Gives each file its state, the issues that are left or that the versions of its cells raise, and
    the observations that count. A file of which no cell counts is superseded.
    """
    readable = sorted((file for file in files if not file.state), key=sending_order)
    _drop_replaced(plan, readable)
    distinct = [file for file in readable if not file.state]
    if not distinct:
        return []
    together = distinct[0].observations
    if len(distinct) > 1:
        together = _Versions(plan, distinct).combine(confirmations)
    state = _state(plan, together)
    for file in distinct:
        file.observations = [cell for cell in together if cell.file == file.file]
        file.state = file.state or state or ("late" if file.late else "on_time")
    return together


def _drop_replaced(plan: Plan, files: Sequence[SentReturn]) -> None:
    """Supersede the files that an annotated return replaces, and empty files beside others."""
    for at, file in enumerate(files):
        copies = [later for later in files[at + 1 :] if later.copy_of == file.file]
        if copies:
            _supersede(file, copies[-1], "replaced")
    left = [file for file in files if not file.state]
    empty = [file for file in left if _is_empty(plan, file)]
    for file in empty if len(empty) < len(left) else empty[:-1]:
        _supersede(file, next(one for one in reversed(left) if one is not file), "nothing")


class _Versions:
    """The cells of several files in the order of sending, a row for each version.

    `name` and `nth` tell its row on the sheet: the form of activity or the code, and which row with
    that name; `rank`: the place of its file in the order.
    """

    def __init__(self, plan: Plan, files: Sequence[SentReturn]) -> None:
        self._plan, self._files = plan, files
        self._lists = [sheet.objective for sheet in plan.form.sheets if sheet.rows == "lines"]
        frames = [
            _own_cells(file).assign(rank=rank, sent=file.sent, cutoff=file.cutoff or pd.NA)
            for rank, file in enumerate(files)
        ]
        rows = split_items(pd.concat(frames, ignore_index=True)).fillna({"column": ""})
        rows = rows.assign(kind=cell_kinds(rows, plan.form), row=_row_names(rows))
        rows["name"] = rows.row.map(fold)
        nth = rows.groupby(["rank", *_KEY[:3], *_KEY[4:]]).cumcount()
        communes = [sheet.objective for sheet in plan.form.sheets if sheet.rows == "communes"]
        self._is_commune = rows.objective.isin(communes)
        rows["nth"] = nth.where(self._is_commune, 0)  # a code stands once
        is_zero = (rows.value == "0") & rows.kind.isin(["count", "amount"])
        closed = ~is_open_time(rows, plan) & rows.cutoff.notna()
        state = rows.state.mask(is_zero & (rows.state == "reported") & ~closed, "open")
        self._rows = rows.assign(
            is_over=closed,
            state=state,
            is_there=state.map({"absent": 0, "blank": 1}).fillna(2),
            doubt=state.map({"open": 1, "unreadable": 2}).fillna(0),  # of one day the most doubtful
            read=state.replace("open", "reported"),
            content=rows.value.mask(rows.value.isin(["", "given"]), rows.raw).map(fold),
            filled=rows.state.isin(_FILLED),
            of_unit=rows.groupby(_KEY[:2], sort=False).ngroup(),
            of_cell=rows.groupby(_KEY, sort=False).ngroup(),
        )
        self._unordered: set[str] = set()

    def combine(self, confirmations: Confirmations) -> list[Observation]:
        """Return the cells that count; see `combine_files`."""
        cells = self._latest()
        differences = [*self._compare(cells), *self._compare_lists(cells)]
        counted = {*cells.file[cells.filled]} or {self._files[-1].file}
        for file in self._files:
            file.issues = [issue for issue in file.issues if self._is_kept(issue, file, cells)]
            is_counted = file.file in counted
            for title in _unread_sheets(self._plan, file, is_counted):
                file.add_issue("unread-sheet", sheet=title, title=title)
            if not is_counted and (file.issues or file.file in self._unordered):
                file.state = "superseded"
            elif not is_counted:
                _supersede(file, self._files[-1], "replaced")
        for rule, at, older in differences:
            issue = self._add_issue(rule, cells.loc[at[0]], older)
            if rule in _DOUBTING and not confirmations.find(issue):
                cells.loc[at, "state"] = "contradictory"
        items = cells.row.mask(cells.column != "", cells.row + ":" + cells.column)
        frame = cells.assign(item=items)[[*OBSERVATIONS]].fillna("")
        return [Observation(*row) for row in frame.itertuples(index=False)]

    def _latest(self) -> pd.DataFrame:
        """Return the version of each cell that counts, the rows in the order of the form."""
        rows = self._rows
        lists = rows.objective.isin(self._lists)
        last = rows["rank"].where(rows.filled).groupby(rows.objective).transform("max")
        rows = rows[~lists | (rows["rank"] == last.fillna(rows["rank"].max()))]
        by_weight = rows.sort_values(["is_there", "sent", "doubt", "rank"], kind="stable")
        cells = by_weight.drop_duplicates(_KEY, keep="last")
        # As in one file: beside a row of the commune with a quarter, others count where filled.
        is_periodic = cells.column.eq("") & cells.filled
        of_unit = [cells.objective, cells.unit_code]
        has_quarter = (
            (is_periodic & (cells.state != "unreadable")).groupby(of_unit).transform("any")
        )
        of_row = [*of_unit, cells.name, cells.nth]
        is_passed = has_quarter & ~is_periodic.groupby(of_row).transform("any") & ~cells.filled
        cells = cells[~(is_passed & self._is_commune[cells.index])]
        # A row in doubt may be any row of its commune, of each file not known to be later.
        is_doubtful = self._is_commune & (self._rows.doubt == 2)
        in_doubt = is_doubtful.groupby([self._rows["rank"], self._rows.of_unit]).transform("all")
        day = self._rows.sent.rank(method="dense")
        until = day.mask(self._rows.sent == "", float("inf")).where(in_doubt)
        is_doubted = (day <= until.groupby(self._rows.of_unit).transform("max"))[cells.index]
        cells = cells.assign(state=cells.state.mask(cells.filled & is_doubted, "unreadable"))
        return cells.sort_values(["of_unit", "of_cell"])

    def _compare(self, cells: pd.DataFrame) -> Iterator[Difference]:
        """Yield the cells whose versions differ; of lists only where no file is the later."""
        now = cells[cells.filled].reset_index(names="at")
        older = self._rows[self._rows.filled].reset_index(names="was")
        older = older.merge(now, on=_KEY, suffixes=("", "_now"))
        is_unordered = (older.sent == "") | (older.sent >= older.sent_now)
        is_compared = is_unordered | ~older.objective.isin(self._lists)
        older = older.assign(is_unordered=is_unordered)[is_compared & (older.was != older["at"])]
        older = older.sort_values("rank", ascending=False)
        number, number_now = (pd.to_numeric(older[c], "coerce") for c in ("value", "value_now"))
        is_above = older.kind.isin(["count", "amount"]) & (number > number_now)
        is_yearly = (older.kind == "count") & (older.period == "Y") & (number_now > 0)
        is_earlier = (older.cutoff < older.cutoff_now).fillna(False)
        differs = (older.content != older.content_now) | (older.read != older.read_now)
        unordered = older[differs & older.is_unordered & (older.doubt_now < 2)]
        self._unordered = {*unordered.file, *unordered.file_now}
        is_open_zero = (older.state == "open") & (older.value == "0")
        fallen = older.assign(number=number)[is_above & is_yearly & is_earlier]
        found: dict[Any, Difference] = {}  # the last rule wins
        for rule, versions in (
            ("changed-value", older[differs & ~older.is_unordered & ~is_open_zero]),
            ("falling-count", fallen.sort_values("number", ascending=False).groupby("at").head(1)),
            ("later-zero", older[is_above & (number_now == 0)].groupby("at").head(1)),
            ("unordered-values", unordered),
        ):
            found |= {at: (rule, [at], of_cell) for at, of_cell in versions.groupby("at")}
        for period in self._changed_periods(older, found):
            yield "changed-period", period, found[period[0]][2]
            for at in period:
                del found[at]
        yield from found.values()

    def _changed_periods(
        self, older: pd.DataFrame, found: Mapping[Any, Difference]
    ) -> Iterator[list[Any]]:
        """Yield the cells of each period that was over and whose figures are all others."""
        first = older.drop_duplicates("at", keep="last")
        is_zero = (first.value == "0") & (first.value_now == "0")
        first = first[(first.column == "") & first.is_over & ~is_zero]
        for _, cells in first.groupby(["objective", "period", "file_now"]):
            rules = {found[at][0] if at in found else "" for at in cells["at"]}
            if len(cells) >= _MIN_CHANGED and rules == {"changed-value"}:
                yield sorted(cells["at"])

    def _compare_lists(self, cells: pd.DataFrame) -> Iterator[Difference]:
        """Yield each list that lacks a line of an earlier file, or differs from one of its day."""
        for objective in self._lists:
            now = cells[(cells.objective == objective) & cells.filled]
            rows = self._rows[(self._rows.objective == objective) & self._rows.filled]
            names = rows[(rows.column == "name") & ~rows.content.isin(now.content)]
            is_unordered = names.sent.isin(["", *now.sent])
            gone = names[is_unordered | (names.row != "none")].sort_values("rank", ascending=False)
            if len(gone):
                rule = "unordered-values" if is_unordered.any() else "later-zero"
                yield rule, [*now.index], gone

    def _add_issue(self, rule: str, cell: Any, older: pd.DataFrame) -> Issue:
        """Add the issue of a cell to its file; its value: “older → latest”, of the first `older`."""
        sheet = self._plan.form.sheet(cell.objective)
        column = sheet.column(cell.column) if cell.column else sheet.column_of("", cell.period)
        facts: dict[str, Any] = {"older": [*zip(older.file, older.raw, strict=True)]}
        facts["after"] = cell.raw
        if rule == "changed-period":
            facts = {"header": column.header, "earlier": older.file.iloc[0]}
        at = Cell(cell.cell, f"{older.raw.iloc[0]} → {cell.raw}")
        [file] = [file for file in self._files if file.file == cell.file]
        file.add_issue(rule, at, column.header, cell.unit_code, sheet.name, **facts)
        return file.issues[-1]

    def _is_kept(self, issue: Issue, file: SentReturn, cells: pd.DataFrame) -> bool:
        """Return whether no later file has settled an issue of a file.

        That of a cell stays while the cell counts, another one of a sheet while any of its cells
        does or none could be read, that of the file as a whole while anything of it counts.
        """
        own = self._rows[self._rows.file == file.file]
        is_unordered = file.file in self._unordered
        if issue.sheet not in {*own.sheet}:
            return is_unordered or (cells.filled & (cells.file == file.file)).any()
        if issue.rule == "sheet" and issue.severity != "stop":  # it is not there
            is_there = (cells.sheet == issue.sheet) & cells.filled
            return file is self._files[-1] and not is_there.any()
        own = own[own.sheet == issue.sheet]
        is_cell = own["cell"] == issue.cell
        if is_cell.any():
            return own.index[is_cell].isin(cells.index).any()
        read = own.index[own.filled]
        is_unread = read.empty and issue.rule != "shifted-column"  # of a blank sheet a remark
        return is_unordered or is_unread or read.isin(cells.index).any()


def _own_cells(file: SentReturn) -> pd.DataFrame:
    return pd.DataFrame(file.observations, columns=[*OBSERVATIONS], dtype="string")


def _row_names(rows: pd.DataFrame) -> pd.Series:
    """Return the row of each cell; a nameless one is the only named one of its commune."""
    named = rows.row.where(rows.row != "")
    by_unit = named.groupby([rows.objective, rows.unit_code])
    is_only = (
        named.map(fold, na_action="ignore")
        .groupby([rows.objective, rows.unit_code])
        .transform("nunique")
        == 1
    )
    return rows.row.mask((rows.row == "") & is_only, by_unit.transform("first"))


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
    has_entries = any(map(_is_entry, file.observations))
    for name, table in () if has_entries else file.tables.items():
        page_cells = table.page.cells
        last = max((at for row, at in page_cells if row == plan.form.header_row), default=0)
        if any(cell.is_number and at > last for (_, at), cell in page_cells.items()):
            yield name


def _letters(title: str) -> str:
    return "".join(letter for letter in fold(title) if letter.isalpha())


def _is_entry(cell: Observation) -> bool:
    return cell.state in _FILLED and bool(cell.raw)


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
