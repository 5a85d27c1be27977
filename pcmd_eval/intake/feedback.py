"""The marked copy for a sender: our own form with what was written, what to mend, what is blank."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd
from openpyxl.utils import coordinate_to_tuple
from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.files import printable
from pcmd_eval.intake.carried import carried
from pcmd_eval.intake.faults import SentReturn, degree
from pcmd_eval.intake.layout import TO_MEND, Place
from pcmd_eval.intake.pen import GRID, Sent
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.intake.template import Return
from pcmd_eval.intake.workbook import Book, runs
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan

COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7", "blank": "#FCE4D6"}
_COLUMNS = {
    "STT": 5,
    "Mức độ": 13,
    "Biểu": 15,
    "Ô": 9,
    "Đơn vị": 19,
    "Cột": 15,
    "Nội dung đã ghi": 22,
    "Cần làm gì": 56,
}
_HINT = "Bấm vào tên ô để đến chỗ cần sửa. Sửa ngay trong tệp này, ghi lại Ngày gửi, rồi gửi lại."
_HEAD = 4  # the row of the headers of the list
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_AREAS = 8  # of blank cells named in one line


class Point(NamedTuple):
    """One line of the list: how serious it is, where in the copy, what was seen, what to do."""

    severity: str
    degree: str
    sheet: str
    cells: str  # the address that its link leads to
    unit: str
    column: str
    value: str
    message: str


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
        blanks = self._blank_again() if blank is None else self._places(blank)
        marks = defaultdict(dict)
        for sheet, place in blanks:
            marks[sheet][place] = (COLOURS["blank"], "")
        placed = faults[(faults["cell"] != "") & faults.sheet.isin([*self.sheets])]
        for (sheet, cell), together in placed.groupby(["sheet", "cell"]):
            words = printable("\n".join(together.message.unique()))[:_LONGEST]
            worst = together.severity.iloc[0]  # it stands first
            marks[sheet][self.sheets[sheet].at(cell)] = (COLOURS[worst], words)
        copy = self._written(marks)
        _list(copy, [*map(self._point, faults.itertuples()), *_blanks(blanks)])
        return copy.content()

    def _written(self, marks):
        return Return(self.plan, self.unit, Sent(self.values, marks), before=(TO_MEND,))

    def _places(self, cells):
        """Sheet and place of these cells in the copy."""
        pairs = zip(cells.sheet, cells["cell"], strict=True)
        return [(sheet, self.sheets[sheet].at(cell)) for sheet, cell in pairs]

    def _blank_again(self):
        """The cells asked for that would be blank if the copy were sent as it is."""
        again = SentReturn("copy", self.unit)
        read_sheets(again, self.plan, Book(self._written({}).content()))
        rows = pd.DataFrame(again.rows, columns=OBSERVATIONS)
        blank = rows[rows.state == "blank"]
        return [*zip(blank.sheet, blank["cell"].map(coordinate_to_tuple), strict=True)]

    def _point(self, fault):
        """The line of a fault."""
        cell = ""
        sheet = self.sheets.get(fault.sheet)
        if sheet and fault.cell:
            cell = areas([sheet.at(fault.cell)])[0]
        grade = degree(self.plan.form, fault.severity, fault.rule)
        unit = self.plan.register.full_name.get(fault.unit_code, "")
        where = (fault.sheet, cell, unit, fault.column)
        return Point(fault.severity, grade, *where, fault.value, fault.message)


def _blanks(blanks):
    """One line for each sheet with blank cells."""
    sheets = defaultdict(list)
    for sheet, place in blanks:
        sheets[sheet].append(place)
    for sheet, places in sheets.items():
        listed = areas(places)
        cells = ", ".join(listed[:_AREAS]) + (" …" if listed[_AREAS:] else "")
        words = f"Còn {len(places)} ô trống: {cells}. Điền đủ theo hướng dẫn ở đầu biểu."
        yield Point("blank", "còn trống", sheet, listed[0], "", "", "", words)


def areas(places: Iterable[Place]) -> list[str]:
    """Cells as few rectangles, from the top: E21:I32, C40."""
    rows = defaultdict(list)
    for row, column in sorted(places):
        rows[row].append(column)
    found: list[CellRange] = []
    last: dict[tuple[int, int], CellRange] = {}  # by first and last column
    for row, columns in rows.items():
        for left, right in runs(columns):
            area = last.get((left, right))
            if area and area.max_row == row - 1:
                area.expand(down=1)
            else:
                area = CellRange(min_col=left, min_row=row, max_col=right, max_row=row)
                last[left, right] = area
                found.append(area)
    return [area.coord for area in found]


def _list(copy, points):
    """The first sheet: a line for each fault and each sheet with blank cells, with a link there."""
    page = copy.pages[TO_MEND]
    copy.top(page, "NHỮNG ĐIỂM CẦN SỬA, XÁC NHẬN HOẶC BỔ SUNG", f"{copy.whose}. {_HINT}")
    copy.heads(page, _HEAD, _COLUMNS)
    look = {**GRID, "text_wrap": True, "align": "left"}
    for number, (severity, grade, sheet, cells, *told) in enumerate(points, 1):
        row = _HEAD + number
        texts = (number, grade, sheet, "", *(text[:_LONGEST] for text in told))
        for column, text in enumerate(texts, 1):
            colour = {"bg_color": COLOURS[severity]} if column == 2 else {}
            copy.put(page, (row, column), text, **look, **colour)
        if cells:
            copy.link(page, (row, 4), sheet, cells, cells)
    copy.finish(page, copy.unit.full_name, "Trang &P/&N", heads=_HEAD)
