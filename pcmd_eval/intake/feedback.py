"""The marked copy for a sender: our own form with what was written, what to mend, what is blank."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pandas as pd
from openpyxl.utils import coordinate_to_tuple
from xlsxwriter.utility import xl_range

from pcmd_eval.files import printable
from pcmd_eval.intake.carried import carried
from pcmd_eval.intake.faults import SentReturn, degree
from pcmd_eval.intake.layout import TO_MEND, Place
from pcmd_eval.intake.pen import Link, Sent
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.intake.template import MEND_HEAD, written
from pcmd_eval.intake.workbook import Book
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan

COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7", "blank": "#FCE4D6"}
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_AREAS = 8  # of blank cells named in one line


def marked_copies(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """A marked copy (xlsx) by file name, for returns that were read and have faults or blanks.

    The senders' files are not touched, and refused ones have none. The reader passes over the added
    sheet, so that the copy, corrected and sent again, is a return like any other.
    """
    read = intake.returns[intake.returns.file.isin([*intake.books])]
    blank = intake.cells[intake.cells.state == "blank"]
    copies = {}
    for sent in read.sort_values("file").itertuples():
        faults = intake.faults[intake.faults.file == sent.file].fillna("")
        cells = blank[blank.file == sent.file]
        if len(faults) or len(cells) or sent.absent:
            copy = _Copy(plan, sent.reporter, intake.books[sent.file])
            copies[sent.file] = copy.marked(faults, None if sent.absent else cells)
    return copies


class _Copy:
    """What one sender wrote, in our own form."""

    def __init__(self, plan, unit, book):
        self.plan, self.unit = plan, unit
        self.sheets = carried(plan, unit, book)
        self.values = {name: sheet.values for name, sheet in self.sheets.items()}

    def marked(self, faults, blank):
        """The copy; `blank`: what is asked for and blank, None where whole rows are lacking."""
        blanks = self._blank_again() if blank is None else self._blank(blank)
        marks = defaultdict(dict)
        for sheet, places in blanks.items():
            marks[sheet] |= dict.fromkeys(places, (COLOURS["blank"], ""))
        placed = faults[(faults["cell"] != "") & faults.sheet.isin([*self.sheets])]
        for (sheet, cell), together in placed.groupby(["sheet", "cell"]):
            words = printable("\n".join(together.message.unique()))[:_LONGEST]
            worst = together.severity.iloc[0]  # it stands first
            marks[sheet][self.sheets[sheet].at(cell)] = (COLOURS[worst], words)
        points = [*map(self._point, faults.itertuples()), *map(_blanks, blanks.items())]
        rows = []
        for number, (severity, *told) in enumerate(points, 1):
            rows.append((number, *told))
            marks[TO_MEND][MEND_HEAD + number, 2] = (COLOURS[severity], "")
        return written(self.plan, self.unit, Sent(self.values, marks, rows))

    def _blank(self, cells):
        """The places of these cells in the copy, by sheet."""
        return {
            sheet: [self.sheets[sheet].at(cell) for cell in own]
            for sheet, own in cells.groupby("sheet", sort=False)["cell"]
        }

    def _blank_again(self):
        """The cells asked for that would be blank if the copy were sent as it is."""
        again = SentReturn("copy", self.unit)
        read_sheets(again, self.plan, Book(written(self.plan, self.unit, Sent(self.values))))
        rows = pd.DataFrame(again.rows, columns=OBSERVATIONS)
        blank = rows[rows.state == "blank"].groupby("sheet", sort=False)["cell"]
        return {sheet: [*map(coordinate_to_tuple, own)] for sheet, own in blank}

    def _point(self, fault):
        """The severity of a fault, and its line without its number."""
        where = ""
        sheet = self.sheets.get(fault.sheet)
        if sheet and fault.cell:
            cell = areas([sheet.at(fault.cell)])[0]
            where = Link(fault.sheet, cell, cell)
        grade = degree(self.plan.form, fault.severity, fault.rule)
        unit = self.plan.register.full_name.get(fault.unit_code, "")
        told = (fault.column, fault.value[:_LONGEST], fault.message[:_LONGEST])
        return fault.severity, grade, fault.sheet, where, unit, *told


def _blanks(found):
    """The line of a sheet with blank cells."""
    sheet, places = found
    listed = areas(places)
    cells = ", ".join(listed[:_AREAS]) + (" …" if listed[_AREAS:] else "")
    words = f"Còn {len(places)} ô trống: {cells}. Điền đủ theo hướng dẫn ở đầu biểu."
    return "blank", "còn trống", sheet, Link(sheet, listed[0], listed[0]), "", "", "", words


def areas(places: Iterable[Place]) -> list[str]:
    """Cells as few rectangles, from the top: E21:I32, C40."""
    left = {*places}
    found = []
    for row, column in sorted(left):
        if (row, column) not in left:
            continue
        end, bottom = column, row
        while (row, end + 1) in left:
            end += 1
        while left.issuperset(product([bottom + 1], range(column, end + 1))):
            bottom += 1
        left.difference_update(product(range(row, bottom + 1), range(column, end + 1)))
        found.append(xl_range(row - 1, column - 1, bottom - 1, end - 1))
    return found
