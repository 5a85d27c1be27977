"""The marked copy for a sender: our own form with what was written, what to mend, what is blank."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd
from openpyxl.utils import coordinate_to_tuple
from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.files import printable
from pcmd_eval.intake.carried import carried
from pcmd_eval.intake.faults import Content, degree
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
At = tuple[str, Place]  # a sheet and a cell of it


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

    def __init__(self, plan: Plan, unit: str, book: Book) -> None:
        self.plan, self.unit = plan, unit
        self.sheets = carried(plan, unit, book)
        self.values = {name: sheet.values for name, sheet in self.sheets.items()}

    def marked(self, faults: pd.DataFrame, blank: pd.DataFrame | None) -> bytes:
        """The copy; `blank`: what is asked for and blank, None where whole rows are lacking."""
        if blank is None:
            places = self._blank_again()
        else:
            places = [
                (sheet, self.sheets[sheet].at(cell))
                for sheet, cell in zip(blank.sheet, blank["cell"], strict=True)
            ]
        marks = defaultdict(dict)
        for sheet, place in places:
            marks[sheet][place] = (COLOURS["blank"], "")
        for (sheet, cell), own in faults[faults["cell"] != ""].groupby(["sheet", "cell"]):
            if sheet in self.sheets:
                words = printable("\n".join(own.message.unique()))[:_LONGEST]
                worst = own.severity.iloc[0]  # it stands first
                marks[sheet][self.sheets[sheet].at(cell)] = (COLOURS[worst], words)
        copy = Return(self.plan, self.unit, Sent(self.values, marks), before=(TO_MEND,))
        _list(copy, [*self._faulty(faults), *_blanks(places)])
        return copy.content()

    def _blank_again(self) -> list[At]:
        """The cells asked for that would be blank if the copy were sent as it is."""
        copy = Return(self.plan, self.unit, Sent(self.values), before=(TO_MEND,))
        content = Content("copy", self.unit)
        read_sheets(content, self.plan, Book(copy.content()))
        rows = pd.DataFrame(content.rows, columns=OBSERVATIONS)
        blank = rows[rows.state == "blank"]
        return [*zip(blank.sheet, blank["cell"].map(coordinate_to_tuple), strict=True)]

    def _faulty(self, faults: pd.DataFrame) -> Iterator[Point]:
        """A line for each fault; the worst stand first."""
        units = self.plan.register.full_name
        for fault in faults.itertuples():
            there = fault.cell and fault.sheet in self.sheets
            cells = areas([self.sheets[fault.sheet].at(fault.cell)])[0] if there else ""
            said = degree(self.plan.form, fault.severity, fault.rule)
            where = (fault.sheet, cells, units.get(fault.unit_code, ""), fault.column)
            yield Point(fault.severity, said, *where, fault.value, fault.message)


def _blanks(blank: list[At]) -> Iterator[Point]:
    """One line for each sheet with blank cells."""
    sheets = defaultdict(list)
    for sheet, place in blank:
        sheets[sheet].append(place)
    for sheet, places in sheets.items():
        named = areas(places)
        cells = ", ".join(named[:_AREAS]) + (" …" if named[_AREAS:] else "")
        words = f"Còn {len(places)} ô trống: {cells}. Điền đủ theo hướng dẫn ở đầu biểu."
        yield Point("blank", "còn trống", sheet, named[0], "", "", "", words)


def areas(places: Iterable[Place]) -> list[str]:
    """Cells as few rectangles, from the top: E21:I32, C40."""
    rows = defaultdict(list)
    for row, column in sorted(places):
        rows[row].append(column)
    found: list[CellRange] = []
    for row, columns in rows.items():
        for left, right in runs(columns):
            across = CellRange(min_col=left, min_row=row, max_col=right, max_row=row)
            above = [area for area in found if area.max_row == row - 1]
            alike = [area for area in above if (area.min_col, area.max_col) == (left, right)]
            if alike:
                alike[0].expand(down=1)
            else:
                found.append(across)
    return [area.coord for area in found]


def _list(copy: Return, points: list[Point]) -> None:
    """The first sheet: a line for each fault and each sheet with blank cells, with a link there."""
    page = copy.pages[TO_MEND]
    copy.top(page, "NHỮNG ĐIỂM CẦN SỬA, XÁC NHẬN HOẶC BỔ SUNG", f"{copy.whose}. {_HINT}")
    copy.heads(page, _HEAD, _COLUMNS)
    for number, point in enumerate(points, 1):
        row, colour = _HEAD + number, {"bg_color": COLOURS[point.severity]}
        told = (point.unit, point.column, point.value[:_LONGEST], point.message[:_LONGEST])
        for column, text in enumerate((number, point.degree, point.sheet, "", *told), 1):
            look = GRID | {"text_wrap": True, "align": "left"} | (colour if column == 2 else {})
            copy.put(page, (row, column), text, **look)
        if point.cells:
            copy.link(page, (row, 4), point.sheet, point.cells, point.cells)
    copy.finish(page, copy.unit.full_name, "Trang &P/&N", heads=_HEAD)
