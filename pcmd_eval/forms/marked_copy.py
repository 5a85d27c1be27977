"""The marked copy for a sender: our own form with what was written, what to mend, what is blank."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pandas as pd
from openpyxl.worksheet.cell_range import CellRange
from xlsxwriter.utility import xl_range

from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.forms.blank_form import MEND_HEAD, filled_return
from pcmd_eval.forms.carry_over import AGAIN, CarriedSheet, carried
from pcmd_eval.forms.row_layout import Place
from pcmd_eval.forms.writer import Entries, Link
from pcmd_eval.intake.issues import SentReturn, degree
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.row_readers import read_sheets
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import shorten_list

COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7", "blank": "#FCE4D6"}
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_AS_IT_IS = CarriedSheet({}, {})  # a sheet of which nothing has moved


def marked_copies(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """A marked copy (xlsx) by file name, for returns that were read and have faults or blanks.

    The senders' files are not touched, and refused ones have none. The reader passes over the added
    sheet, so that the copy, corrected and sent again, is a return like any other.
    """
    read = intake.returns[intake.returns.file.isin([*intake.books])]
    blank = intake.cells[intake.cells.state == "blank"]
    copies = {}
    for returned in read.sort_values("file").itertuples():
        unit, file = returned.reporter, returned.file
        faults = intake.faults[intake.faults.file == file].fillna("")
        cells = blank[blank.file == file]
        if len(faults) or len(cells) or returned.absent:
            sheets = carried(plan, unit, intake.books[file])
            doubtful = intake.cells[
                intake.cells.file.eq(file) & intake.cells.state.eq("unreadable")
            ]
            columns = {sheet.name: sheet.columns for sheet in plan.sheets_of(unit)}
            merged = _nobodys(sheets, columns, faults, doubtful)
            values = {name: sheet.values for name, sheet in sheets.items()}
            blanks = _blanks(cells, sheets)
            if returned.absent:  # of whole rows that are lacking only the copy shows what is blank
                blanks = _blanks(_read_again(plan, unit, values), {})
            marks, to_mend = _marked(plan, sheets, faults, blanks, merged)
            copies[file] = filled_return(plan, unit, Entries(values, marks, to_mend))
    return copies


def _nobodys(sheets, columns, faults, doubtful):
    """Where a merged figure of nobody knows which cell stands in the copy, by sheet: each of its
    cells says so, or it would be read as that cell's own when the copy is sent.
    """
    places = defaultdict(list)
    unreadable = {*zip(doubtful.sheet, doubtful["cell"], strict=True)}
    for fault in faults[faults.rule == "merged"].itertuples():
        if (fault.sheet, fault.cell) not in unreadable:
            continue
        sheet = sheets[fault.sheet]
        asked = [at for at, column in enumerate(columns[fault.sheet], 1) if column.asked]
        for place in (sheet.places.get(cell, cell) for cell in CellRange(fault.value).cells):
            if place[1] in asked:
                sheet.values[place] = f"{sheet.values[place]}{AGAIN}"
                places[fault.sheet].append(place)
    return places


def _blanks(cells, sheets):
    """Where blank cells stand in the copy, by sheet: in place, but for carried sheets."""
    places = defaultdict(list)
    for sheet, cell in zip(cells.sheet, cells["cell"], strict=True):
        places[sheet].append(sheets.get(sheet, _AS_IT_IS).at(cell))
    return places


def _read_again(plan, unit, values):
    """The cells asked for that would be blank if the copy were sent as it is."""
    again = SentReturn("copy", unit)
    copy = filled_return(plan, unit, Entries(values))
    read_sheets(again, plan, SentBook(copy, plan.form.first_row))
    cells = pd.DataFrame(again.observations, columns=OBSERVATIONS)
    return cells[cells.state == "blank"]


def _marked(plan, sheets, faults, blanks, merged):
    """The marks of the cells, by sheet and place, and the lines of the list of what to mend."""
    marks = defaultdict(dict)
    for severity, listed in (("blank", blanks), ("confirm", merged)):
        for sheet, places in listed.items():
            marks[sheet] |= dict.fromkeys(places, (COLOURS[severity], ""))
    placed = faults[(faults["cell"] != "") & faults.sheet.isin([*sheets])]
    for (sheet, cell), together in placed.groupby(["sheet", "cell"]):
        words = remove_control_characters("\n".join(together.message.unique()))[:_LONGEST]
        worst = together.severity.iloc[0]  # faults come by gravity, see `fault_table`
        marks[sheet][sheets[sheet].at(cell)] = (COLOURS[worst], words)
    lines = [_line_of_fault(plan, sheets, fault) for fault in faults.itertuples()]
    lines += [_line_of_blanks(sheet, places) for sheet, places in blanks.items()]
    to_mend = []
    for number, (severity, *line) in enumerate(lines, 1):
        to_mend.append((number, *line))
        marks[plan.form.mend_page.name][MEND_HEAD + number, 2] = (COLOURS[severity], "")
    return marks, to_mend


def _line_of_fault(plan, sheets, fault):
    """The severity of a fault, and its line without its number."""
    where = ""
    if fault.sheet in sheets and fault.cell:
        [cell] = areas([sheets[fault.sheet].at(fault.cell)])
        where = Link(fault.sheet, cell, cell)
    grade = degree(plan.form, fault.severity, fault.rule)
    unit = plan.register.full_name.get(fault.unit_code, "")
    texts = (fault.column, fault.value[:_LONGEST], fault.message[:_LONGEST])
    return fault.severity, grade, fault.sheet, where, unit, *texts


def _line_of_blanks(sheet, places):
    """The same of the blank cells of a sheet."""
    cells = areas(places)
    words = f"Còn {len(places)} ô trống: {shorten_list(cells)}. Điền đủ theo hướng dẫn ở đầu biểu."
    return "blank", "còn trống", sheet, Link(sheet, cells[0], cells[0]), "", "", "", words


def areas(places: Iterable[Place]) -> list[str]:
    """Cells as few rectangles, from the top: E21:I32, C40."""
    left = {*places}
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
