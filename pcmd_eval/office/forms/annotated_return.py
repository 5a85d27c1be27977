"""Write annotated returns: the form with the values of one file, coloured cells and comments on
what to correct, and a sheet that lists it.
"""

from collections import Counter, defaultdict

import pandas as pd

from pcmd_eval.evaluation.observations import COUNTED_STATES
from pcmd_eval.office.asks.request_list import SEVERITY_LABELS, Requests
from pcmd_eval.office.forms.blank_form import MEND_HEADER_ROW, filled_return
from pcmd_eval.office.forms.row_layout import written_rows
from pcmd_eval.office.forms.writer import Entries, Mark
from pcmd_eval.office.intake.carry_over import carry_other_sheets, carry_particulars
from pcmd_eval.office.intake.copies import name_copy
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.keyed_sheet import Values
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.intake.row_readers import STATEMENT, line_name
from pcmd_eval.office.intake.workbook import BASE_CELL
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.cell_ranges import Position, as_rectangles
from pcmd_eval.util.excel import Link
from pcmd_eval.util.files import Files, remove_control_characters
from pcmd_eval.util.frames import Row

COLOURS = {
    "stop": "#FFC7CE",
    "mend": "#FFC7CE",
    "confirm": "#FFEB9C",
    "missing": "#FCE4D6",
}
_LONGEST_COMMENT = 500  # characters of a value or a comment that are shown
_MISSING_STATES = ("blank", "absent")


def annotated_returns(plan: Plan, intake: Intake, requests: Requests) -> Files:
    """Return the annotated returns (xlsx bytes) by file name, for readable files with requests.

    The added sheet names the file it was made from: when the sender corrects the annotated return
    and sends it back, intake lets it replace that file.
    """
    request_rows = requests.without_notes()
    columns = ["objective", "unit_code", "row", "item", "period", "state"]
    cells = requests.cells.join(intake.cells[columns].fillna({"row": ""}), on="label")
    annotated = {}
    counted = intake.returns[intake.returns.state.isin(COUNTED_STATES)]
    file_counts = Counter(counted.reporter)
    for file in intake.files:
        rows = request_rows[request_rows.file == file.name]
        if len(rows) and file.state != "unreadable":
            of_file = cells[cells.request.isin(rows.index)]
            is_part = file_counts[file.reporter] > 1
            annotated[file.name] = _Annotator(plan, file, rows, of_file).content(is_part)
    return annotated


class _Annotator:
    """Writes the annotated return of one file.

    `requests`: its rows of `Requests.rows`, not notes. `cells`: their rows of `Requests.cells`,
    with objective, unit_code, row, item, period and state of each observation.
    """

    def __init__(
        self, plan: Plan, file: SentFile, requests: pd.DataFrame, cells: pd.DataFrame
    ) -> None:
        plan = plan.as_of(file.version)  # the form as this file has it
        self._plan, self._unit, self._tables = plan, file.reporter, file.tables
        self._requests, self._cells = requests, cells
        assert file.book, file.name  # a file that could not be read has no copy
        particulars, self._info_rows = carry_particulars(plan.form, file)  # our row by theirs
        # By sheet; positions and rows are those of the annotated return.
        self._values: dict[str, Values] = {
            plan.form.info.sheet: particulars,
            **carry_other_sheets(plan, self._unit, file.book),
            **{name: table.values() for name, table in file.tables.items()},
        }
        self._matches = {name: table.match_rows() for name, table in file.tables.items()}
        sheets = plan.sheets_of(self._unit)
        self._row_numbers = {sheet.name: self._find_rows(sheet) for sheet in sheets}
        self._marks: dict[str, dict[Position, Mark]] = defaultdict(dict)
        self._values[plan.form.mend_page.name] = {BASE_CELL: name_copy(file)}

    def content(self, is_part: bool) -> bytes:
        """Return the workbook (xlsx bytes); `is_part`: other files of the unit count, too."""
        mend_page, to_mend = self._plan.form.mend_page.name, []
        for number, request in enumerate(self._requests.itertuples(), 1):
            to_mend.append((number, *self._annotate(request)))
            position = (MEND_HEADER_ROW + number, 2)  # the column of the severity
            self._marks[mend_page][position] = Mark(COLOURS[request.severity])
        missing_count = int(self._cells.state.isin(_MISSING_STATES).sum())
        entries = Entries(self._values, self._matches, self._marks, to_mend, missing_count, is_part)
        return filled_return(self._plan, self._unit, entries)

    def _annotate(self, request: Row) -> tuple[Link | str, ...]:
        """Colour the cells of a request, comment on the first; return its row of the sheet that
        lists what to correct: what stands in the columns of that sheet, but for the number.
        """
        cells = self._cells[self._cells.request == request.Index]
        positions = [at for cell in cells.itertuples() for at in self._locate(request.sheet, cell)]
        where: Link | str = ""
        if positions and request.sheet in {*self._values, *self._row_numbers}:
            areas = as_rectangles(positions)
            where = Link(f"internal:'{request.sheet}'!{areas[0]}", ", ".join(areas))
            marks = self._marks[request.sheet]
            marks |= dict.fromkeys(positions, Mark(COLOURS[request.severity]))
            if request.severity != "missing":
                message = remove_control_characters(request.message)[:_LONGEST_COMMENT]
                marks[positions[0]] = Mark(COLOURS[request.severity], message)
        unit = self._plan.register.full_name.get(request.unit_code, "")
        value = request.value[:_LONGEST_COMMENT]
        severity = SEVERITY_LABELS[request.severity]
        return severity, request.sheet, where, unit, request.column, value, request.message

    def _locate(self, sheet: str, cell: Row) -> list[Position]:
        """Return the positions of a cell in the annotated return; [] if it has no row there.

        A cell without a position in the file is looked up by unit, row and column; positions that
        have a value are left out.
        """
        if cell.position is not None:
            return [self._convert_position(sheet, cell.position)]
        form_sheet = self._plan.form.sheet(cell.objective)
        if form_sheet.name != sheet:
            return []
        column = form_sheet.columns.index(form_sheet.column_of(cell.item, cell.period)) + 1
        positions = [(row, column) for row in self._row_numbers[sheet][cell.unit_code, cell.row]]
        values = self._values.get(sheet, {})
        return [position for position in positions if values.get(position, "") == ""]

    def _convert_position(self, sheet: str, position: Position) -> Position:
        """Convert a position in the file to the position in the annotated return."""
        row, column = position
        if table := self._tables.get(sheet):
            return table.position(position)
        is_particular = sheet == self._plan.form.info.sheet
        return self._info_rows.get(row, row) if is_particular else row, column

    def _find_rows(self, sheet: Sheet) -> dict[tuple[str, str], list[int]]:
        """Return row numbers of the annotated return by (unit code, row name); [] if unknown.

        Row names by kind of sheet: a line ("4.1") or `STATEMENT`; the code of an item; the form of
        activity of a commune, "" if blank. Rows that match nothing are left out.
        """
        form, matches = self._plan.form, self._matches.get(sheet.name, {})
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        written = written_rows(self._plan, self._unit, sheet, matches)
        for row, prefilled in enumerate(written, form.first_row):
            match = matches.get(row)
            if sheet.rows == "lines":
                rows[self._unit, line_name(form, sheet, row)].append(row)
            elif not prefilled or (match and match.label and not match.likely_code):
                continue
            elif sheet.rows == "items":
                rows[self._unit, str(prefilled["code"])].append(row)
            else:
                column = sheet.columns.index(sheet.column("form")) + 1
                name = str(self._values.get(sheet.name, {}).get((row, column), ""))
                rows[str(prefilled["unit"]), name].append(row)
        rows[self._unit, STATEMENT].append(form.first_row)
        return rows
