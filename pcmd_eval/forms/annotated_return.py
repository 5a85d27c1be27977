"""The annotated return: our own form with a sender's values, what to mend, and what is blank."""

from collections import defaultdict
from typing import NamedTuple

import pandas as pd

from pcmd_eval.forms.blank_form import MEND_HEADER_ROW, filled_return
from pcmd_eval.forms.row_layout import written_rows
from pcmd_eval.forms.writer import CellLink, Entries, Mark
from pcmd_eval.intake.carry_over import carry_other_sheets, carry_particulars
from pcmd_eval.intake.issues import SEVERITY_LABELS, SentReturn, open_issues
from pcmd_eval.intake.keyed_sheet import Values
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.row_readers import STATEMENT, line_name
from pcmd_eval.intake.workbook import COPY_OF
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.cell_ranges import Position, as_rectangles, parse_address
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_number, shorten_list
from pcmd_eval.util.frames import Row

COLOURS = {
    "stop": "#FFC7CE",
    "mend": "#FFC7CE",
    "confirm": "#FFEB9C",
    "note": "#DDEBF7",
    "blank": "#FCE4D6",
}
_LONGEST_COMMENT = 500  # characters of a value or a comment that are shown
_NO_REQUEST = ("changed-value", "superseded")  # rules that ask nothing of the sender
# Requests that have no issue: what is unreadable or contradictory is listed as such.
OWN_REQUESTS = ("blank", "absent", "open")


class _ToMend(NamedTuple):
    """A row of the list of what to mend, but for its number; `severity` gives its colour."""

    severity: str
    grade: str
    sheet: str
    where: CellLink | str
    unit: str
    column: str
    value: str
    message: str


def annotated_returns(plan: Plan, intake: Intake, requests: pd.DataFrame) -> dict[str, bytes]:
    """Return the annotated returns (xlsx bytes) by file name: one for each file with anything to
    mend, confirm or add.

    An issue stands in the copy of its file, a request in that of its cell's, else of the unit's
    last file; a refused file gets none. `requests`: the cells to ask for, with the columns of
    `cells`, `state` and `request`. Intake skips the added sheet: the annotated return, mended and
    sent back, replaces the file it was made from.
    """
    issues = open_issues(intake.issues)
    issues = issues[~issues.rule.isin(_NO_REQUEST)].fillna("")
    wanted = requests[requests.state != "contradictory"]  # what contradicts itself has an issue
    files = {file.file: file for file in intake.files if file.state != "unreadable"}
    last = {file.reporter: file.file for file in files.values()}
    place = wanted.file.where(wanted.file.isin([*files]), wanted.reporter.map(last))
    annotated = {}
    for name, file in files.items():
        of_file = issues[issues.file == name], wanted[place == name]
        if any(map(len, of_file)):
            annotated[name] = _Annotator(plan, file, *of_file).content()
    return annotated


class _Annotator:
    """The annotated return of one file being made."""

    def __init__(
        self, plan: Plan, file: SentReturn, issues: pd.DataFrame, wanted: pd.DataFrame
    ) -> None:
        self._plan, self._unit, self._tables = plan, file.reporter, file.tables
        self._file, self._issues, self._wanted = file.file, issues, wanted
        assert file.book, file.file  # a file that could not be read has no copy
        particulars, self._info_rows = carry_particulars(plan.form, file.book)
        self._values: dict[str, Values] = {
            plan.form.info.sheet: particulars,
            **carry_other_sheets(plan, self._unit, file.book),
            **{name: table.values() for name, table in file.tables.items()},
        }
        self._matches = {name: table.match_rows() for name, table in file.tables.items()}
        mend_page = plan.form.mend_page.name
        self._marks: dict[str, dict[Position, Mark]] = defaultdict(dict)
        self._values[mend_page] = {COPY_OF: file.file}

    def content(self) -> bytes:
        """Return the workbook as bytes."""
        lines = [self._issue_line(issue) for issue in self._issues.itertuples()]
        lines += self._request_lines()
        self._mark_issues()
        to_mend = []
        for number, line in enumerate(lines, 1):
            to_mend.append((number, *line[1:]))
            position = (MEND_HEADER_ROW + number, 2)
            self._marks[self._plan.form.mend_page.name][position] = Mark(COLOURS[line.severity])
        missing = len(self._wanted)
        entries = Entries(self._values, self._matches, self._marks, to_mend, missing)
        return filled_return(self._plan, self._unit, entries)

    def _position(self, sheet: str, address: str) -> Position:
        """Return where a cell of the file stands in the annotated return."""
        row, column = parse_address(address)
        if table := self._tables.get(sheet):
            return table.position((row, column))
        is_particular = sheet == self._plan.form.info.sheet
        return self._info_rows.get(row, row) if is_particular else row, column

    def _issue_line(self, issue: Row) -> _ToMend:
        """Return the row of an issue."""
        where: CellLink | str = ""
        if issue.sheet in self._values and issue.cell:
            [cell] = as_rectangles([self._position(issue.sheet, issue.cell)])
            where = CellLink(issue.sheet, cell, cell)
        grade = SEVERITY_LABELS[issue.severity]
        unit = self._plan.register.full_name.get(issue.unit_code, "")
        value = issue.shown or issue.value
        texts = (issue.column, value[:_LONGEST_COMMENT], issue.message[:_LONGEST_COMMENT])
        return _ToMend(issue.severity, grade, issue.sheet, where, unit, *texts)

    def _mark_issues(self) -> None:
        """Mark each cell that has issues with the colour of the gravest, and their messages."""
        issues = self._issues
        placed = issues[(issues["cell"] != "") & issues.sheet.isin([*self._values])]
        for (sheet, cell), of_cell in placed.groupby(["sheet", "cell"]):
            message = remove_control_characters("\n".join(of_cell.message.unique()))[
                :_LONGEST_COMMENT
            ]
            gravest = of_cell.severity.iloc[0]  # sorted by severity, see `issue_table`
            others = [line.split("\t")[0] for text in of_cell.others for line in text.split("\n")]
            for address in filter(None, others):
                position = self._position(sheet, address)
                self._marks[sheet].setdefault(position, Mark(COLOURS[gravest]))
            at = self._position(sheet, cell)
            self._marks[sheet][at] = Mark(COLOURS[gravest], message)

    def _request_lines(self) -> list[_ToMend]:
        """Return a row for each request on a sheet, with the cells still blank in our form, and
        mark these. The number counts all that are requested.
        """
        requests = self._wanted[self._wanted.state.isin(OWN_REQUESTS)].fillna({"row": ""})
        lines = []
        for (objective, request), cells in requests.groupby(["objective", "request"], sort=False):
            sheet = self._plan.form.sheet(objective)
            rows, positions = self._find_rows(sheet), []
            values = self._values.get(sheet.name, {})
            for cell in cells.itertuples():
                if pd.notna(cell.cell) and cell.file == self._file:
                    positions.append(self._position(sheet.name, cell.cell))
                    continue
                column = sheet.column_of(cell.item, cell.period)
                at = sheet.columns.index(column) + 1
                found = [(row, at) for row in rows[cell.unit_code, cell.row]]
                positions += [place for place in found if values.get(place, "") == ""]
            self._marks[sheet.name] |= dict.fromkeys(positions, Mark(COLOURS["blank"]))
            areas = as_rectangles(positions)
            where = CellLink(sheet.name, areas[0], areas[0]) if areas else ""
            text = f"{format_number(len(cells))} ô {request}: {shorten_list(areas)}."
            lines.append(_ToMend("blank", "còn thiếu", sheet.name, where, "", "", "", text))
        return lines

    def _find_rows(self, sheet: Sheet) -> dict[tuple[str, str], list[int]]:
        """Return the rows of the annotated return by unit and name, [] for a name without any.

        The name: the line, the code of the item, the form of activity, or `STATEMENT`."""
        form, matches = self._plan.form, self._matches.get(sheet.name, {})
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        written = written_rows(self._plan, self._unit, sheet, matches)
        for row, prefilled in enumerate(written, form.first_row):
            match = matches.get(row)
            if sheet.rows == "lines":
                rows[self._unit, line_name(form, sheet, row)].append(row)
            elif not prefilled or (match and match.label and not match.likely):
                continue
            elif sheet.rows == "items":
                rows[self._unit, str(prefilled["code"])].append(row)
            else:
                at = sheet.columns.index(sheet.column("form")) + 1
                name = str(self._values.get(sheet.name, {}).get((row, at), ""))
                rows[str(prefilled["unit"]), name].append(row)
        rows[self._unit, STATEMENT].append(form.first_row)
        return rows
