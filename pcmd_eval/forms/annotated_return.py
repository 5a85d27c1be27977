"""The annotated return: our own form with a sender's values, what to mend, and what is blank."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pandas as pd
from openpyxl.worksheet.cell_range import CellRange
from xlsxwriter.utility import xl_range

from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.forms.blank_form import MEND_HEADER_ROW, filled_return
from pcmd_eval.forms.carry_over import REWRITE, CarriedSheet, carry_over
from pcmd_eval.forms.row_layout import Position
from pcmd_eval.forms.writer import Entries, Link, Mark
from pcmd_eval.intake.issues import SentReturn, degree
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.row_readers import read_sheets
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import shorten_list

COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7", "blank": "#FCE4D6"}
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_UNMOVED = CarriedSheet({}, {})


def annotated_returns(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """Return the annotated return (xlsx bytes) by file name, for each return with issues or blanks.

    The senders' files are not touched, and refused ones have none. The reader skips the added
    sheet, so that the annotated return, mended and sent back, is a return like any other.
    """
    readable = intake.returns[intake.returns.file.isin([*intake.books])]
    blank = intake.cells[intake.cells.state == "blank"]
    annotated = {}
    for returned in readable.sort_values("file").itertuples():
        unit, file = returned.reporter, returned.file
        issues = intake.issues[intake.issues.file == file].fillna("")
        cells = blank[blank.file == file]
        if len(issues) or len(cells) or returned.absent:
            sheets = carry_over(plan, unit, intake.books[file])
            unreadable = intake.cells[
                intake.cells.file.eq(file) & intake.cells.state.eq("unreadable")
            ]
            columns = {sheet.name: sheet.columns for sheet in plan.sheets_of(unit)}
            merged = _mark_merged(sheets, columns, issues, unreadable)
            values = {name: sheet.values for name, sheet in sheets.items()}
            blanks = _blank_positions(cells, sheets)
            if returned.absent:  # only a written form shows which cells of absent rows are blank
                blanks = _blank_positions(_read_copy(plan, unit, values), {})
            marks, to_mend = _annotations(plan, sheets, issues, blanks, merged)
            annotated[file] = filled_return(plan, unit, Entries(values, marks, to_mend))
    return annotated


def _mark_merged(sheets, columns, issues, unreadable):
    """Return the positions, by sheet, of merged figures that may belong to any of their cells.

    Their values get a suffix, or each would be read as that cell's own when the form is sent.
    """
    positions = defaultdict(list)
    unreadable = {*zip(unreadable.sheet, unreadable["cell"], strict=True)}
    for issue in issues[issues.rule == "merged"].itertuples():
        if (issue.sheet, issue.cell) not in unreadable:
            continue
        sheet = sheets[issue.sheet]
        asked = [at for at, column in enumerate(columns[issue.sheet], 1) if column.asked]
        for position in (sheet.positions.get(cell, cell) for cell in CellRange(issue.value).cells):
            if position[1] in asked:
                sheet.values[position] = f"{sheet.values[position]}{REWRITE}"
                positions[issue.sheet].append(position)
    return positions


def _blank_positions(cells, sheets):
    """Return the positions of blank cells by sheet, after the carry-over where there is one."""
    positions = defaultdict(list)
    for sheet, cell in zip(cells.sheet, cells["cell"], strict=True):
        positions[sheet].append(sheets.get(sheet, _UNMOVED).at(cell))
    return positions


def _read_copy(plan, unit, values):
    """Return the cells that would be blank if the form were sent with these values."""
    returned = SentReturn("copy", unit)
    content = filled_return(plan, unit, Entries(values))
    read_sheets(returned, plan, SentBook(content, plan.form.first_row))
    cells = pd.DataFrame(returned.observations, columns=OBSERVATIONS)
    return cells[cells.state == "blank"]


def _annotations(plan, sheets, issues, blanks, merged):
    """Return the marks by sheet and position, and the rows of the list of what to mend."""
    marks = defaultdict(dict)
    for severity, listed in (("blank", blanks), ("confirm", merged)):
        for sheet, positions in listed.items():
            marks[sheet] |= dict.fromkeys(positions, Mark(COLOURS[severity]))
    placed = issues[(issues["cell"] != "") & issues.sheet.isin([*sheets])]
    for (sheet, cell), of_cell in placed.groupby(["sheet", "cell"]):
        comment = remove_control_characters("\n".join(of_cell.message.unique()))[:_LONGEST]
        worst = of_cell.severity.iloc[0]  # issues are sorted by gravity, see `fault_table`
        marks[sheet][sheets[sheet].at(cell)] = Mark(COLOURS[worst], comment)
    lines = [_issue_line(plan, sheets, issue) for issue in issues.itertuples()]
    lines += [_blank_line(sheet, positions) for sheet, positions in blanks.items()]
    to_mend = []
    for number, (severity, *line) in enumerate(lines, 1):
        to_mend.append((number, *line))
        marks[plan.form.mend_page.name][MEND_HEADER_ROW + number, 2] = Mark(COLOURS[severity])
    return marks, to_mend


def _issue_line(plan, sheets, issue):
    """Return the severity of an issue, then its row without the number."""
    where = ""
    if issue.sheet in sheets and issue.cell:
        [cell] = as_rectangles([sheets[issue.sheet].at(issue.cell)])
        where = Link(issue.sheet, cell, cell)
    grade = degree(plan.form, issue.severity, issue.rule)
    unit = plan.register.full_name.get(issue.unit_code, "")
    texts = (issue.column, issue.value[:_LONGEST], issue.message[:_LONGEST])
    return issue.severity, grade, issue.sheet, where, unit, *texts


def _blank_line(sheet, positions):
    """Return the same for the blank cells of a sheet."""
    cells = as_rectangles(positions)
    text = (
        f"Còn {len(positions)} ô trống: {shorten_list(cells)}. Điền đủ theo hướng dẫn ở đầu biểu."
    )
    return "blank", "còn trống", sheet, Link(sheet, cells[0], cells[0]), "", "", "", text


def as_rectangles(positions: Iterable[Position]) -> list[str]:
    """Cover the cells with few rectangles, from the top: E21:I32, C40."""
    left = {*positions}
    rectangles = []
    for row, column in sorted(left):
        if (row, column) not in left:
            continue
        end, bottom = column, row
        while (row, end + 1) in left:
            end += 1
        while left.issuperset(product([bottom + 1], range(column, end + 1))):
            bottom += 1
        left.difference_update(product(range(row, bottom + 1), range(column, end + 1)))
        rectangles.append(xl_range(row - 1, column - 1, bottom - 1, end - 1))
    return rectangles
