"""The marked copy for a sender: our own form with what the sender wrote, what to mend and what is still blank."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pandas as pd
from openpyxl.utils import coordinate_to_tuple, get_column_letter

from pcmd_eval.files import printable
from pcmd_eval.intake.carried import Carried, carried
from pcmd_eval.intake.faults import Content, degree
from pcmd_eval.intake.layout import Place
from pcmd_eval.intake.pen import GRID, Sent
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.intake.template import TITLE as CHECKS
from pcmd_eval.intake.template import Return
from pcmd_eval.intake.workbook import Book
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan

TITLE = "Cần sửa"
COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7", "blank": "#FCE4D6"}
_BLANK = "còn trống"
_HEADS = ("STT", "Mức độ", "Biểu", "Ô", "Đơn vị", "Cột", "Nội dung đã ghi", "Cần làm gì")
_WIDTHS = (5, 13, 15, 9, 19, 15, 22, 56)
_HINT = "Bấm vào tên ô để đến chỗ cần sửa. Sửa ngay trong tệp này, ghi lại Ngày gửi, rồi gửi lại."
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_AREAS = 8  # of blank cells named in one line
Marks = dict[str, dict[Place, tuple[str, str]]]


class Point(NamedTuple):
    """One line of the list: how serious it is, where it stands in the copy, what was seen and what to do."""

    severity: str
    degree: str
    sheet: str
    place: Place | None
    unit: str
    column: str
    value: str
    message: str
    cells: str = ""


def marked_copies(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """A marked copy (xlsx bytes) by file name, for every return that was read and has faults or blank cells.

    The senders' files are not touched, and refused ones have none. The reader passes over the added sheet, so that the
    copy, corrected and sent again, is a return like any other.
    """
    sent = intake.returns[intake.returns.file.isin([*intake.books])].set_index("file")
    told = dict(iter(intake.faults.fillna("").groupby("file")))
    blank = intake.cells[intake.cells.state == "blank"].groupby("file")
    asked = {file: list(zip(own.sheet, own.cell, strict=True)) for file, own in blank}
    copies = {}
    for file, row in sent.sort_index().iterrows():
        whole, book = row.absent == 0, intake.books[str(file)]
        faults, blanks = told.get(file, intake.faults.iloc[:0]), asked.get(file, [])
        if len(faults) or blanks or not whole:
            copies[str(file)] = _copy(plan, row.reporter, book, faults, blanks if whole else None)
    return copies


def _copy(
    plan: Plan, unit: str, book: Book, faults: pd.DataFrame, blanks: list[tuple[str, str]] | None
) -> bytes:
    """`blanks`: the sheets and cells that are asked for and blank, None where whole rows are lacking, too."""
    found = carried(plan, unit, book, (TITLE, CHECKS))
    values = {name: own.values for name, own in found.items()}
    if blanks is None:
        unmarked = Return(plan, unit, Sent(values), before=(TITLE,)).content()
        places = _blanks(plan, unit, unmarked)
    else:
        places = [(sheet, found[sheet].at(cell)) for sheet, cell in blanks]
    points = [*_points(plan, faults, found), *_blank_points(places)]
    copy = Return(plan, unit, Sent(values, _marks(points, places)), before=(TITLE,))
    _list(copy, points)
    return copy.content()


# ---- what is wrong with it ------------------------------------------------------------------------------------------


def _points(plan: Plan, faults: pd.DataFrame, found: Mapping[str, Carried]) -> Iterator[Point]:
    units = plan.register.full_name
    for fault in faults.itertuples():
        there = bool(fault.cell) and fault.sheet in found
        place = found[fault.sheet].at(fault.cell) if there else None
        said = degree(plan.form, fault.severity, fault.rule)
        where = (fault.sheet, place, units.get(fault.unit_code, ""), fault.column)
        yield Point(fault.severity, said, *where, fault.value, fault.message)


def _marks(points: list[Point], blanks: list[tuple[str, Place]]) -> Marks:
    """The colour of each blank cell; of each faulty one by its worst fault, which stands first, and all of them."""
    marks: Marks = {}
    for sheet, place in blanks:
        marks.setdefault(sheet, {})[place] = (COLOURS["blank"], "")
    said: dict[tuple[str, Place], dict[str, None]] = {}
    worst: dict[tuple[str, Place], str] = {}
    for point in points:
        if point.place and not point.cells:
            at = point.sheet, point.place
            worst.setdefault(at, COLOURS[point.severity])
            said.setdefault(at, {})[point.message] = None
    for (sheet, place), colour in worst.items():
        words = printable("\n".join(said[sheet, place]))[:_LONGEST]
        marks.setdefault(sheet, {})[place] = (colour, words)
    return marks


# ---- what is still blank --------------------------------------------------------------------------------------------


def _blanks(plan: Plan, unit: str, copy: bytes) -> list[tuple[str, Place]]:
    """The cells that the form asks for and that would be blank if the copy were sent as it is."""
    content = Content("copy", unit)
    read_sheets(content, plan, Book(copy))
    state, sheet, cell = (OBSERVATIONS.index(name) for name in ("state", "sheet", "cell"))
    blank = [row for row in content.rows if row[state] == "blank"]
    return [(row[sheet], coordinate_to_tuple(row[cell])) for row in blank]


def _blank_points(blanks: list[tuple[str, Place]]) -> Iterator[Point]:
    """One line for each sheet with blank cells."""
    sheets: dict[str, list[Place]] = {}
    for sheet, place in blanks:
        sheets.setdefault(sheet, []).append(place)
    for sheet, places in sheets.items():
        named = areas(places)
        cells = ", ".join(named[:_AREAS]) + (" …" if named[_AREAS:] else "")
        words = f"Còn {len(places)} ô trống: {cells}. Điền đủ theo hướng dẫn ở đầu biểu."
        yield Point("blank", _BLANK, sheet, min(places), "", "", "", words, named[0])


def areas(places: Iterable[Place]) -> list[str]:
    """Cells as few rectangles, from the top: E21:I32, C40."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(places):
        rows.setdefault(row, []).append(column)
    found: list[list[int]] = []  # top, left, bottom, right
    for row, columns in rows.items():
        for left, right in _runs(columns):
            above = [area for area in found if area[1:] == [left, row - 1, right]]
            if above:
                above[0][2] = row
            else:
                found.append([row, left, row, right])
    return [_area(*area) for area in found]


def _runs(columns: list[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of columns side by side."""
    start = columns[0]
    for at, column in enumerate(columns):
        if columns[at + 1 : at + 2] != [column + 1]:
            yield start, column
            start = columns[at + 1] if columns[at + 1 :] else 0


def _area(top: int, left: int, bottom: int, right: int) -> str:
    first = f"{get_column_letter(left)}{top}"
    last = f"{get_column_letter(right)}{bottom}"
    return first if first == last else f"{first}:{last}"


# ---- the list -------------------------------------------------------------------------------------------------------


def _list(copy: Return, points: list[Point]) -> None:
    """The first sheet: a line for each fault and each sheet with blank cells, with a link to the place."""
    page = copy.pages[TITLE]
    copy.top(page, "NHỮNG ĐIỂM CẦN SỬA, XÁC NHẬN HOẶC BỔ SUNG", f"{copy.whose}. {_HINT}")
    copy.heads(page, 4, dict(zip(_HEADS, _WIDTHS, strict=True)))
    for row, point in enumerate(points, 5):
        said = (point.unit, point.column, point.value[:_LONGEST], point.message[:_LONGEST])
        for number, text in enumerate((row - 4, point.degree, point.sheet, "", *said), 1):
            colour = {"bg_color": COLOURS[point.severity]} if number == 2 else {}
            copy.put(page, (row, number), text, **GRID, text_wrap=True, align="left", **colour)
        if point.place:
            cells = point.cells or _area(*point.place, *point.place)
            copy.link(page, (row, 4), point.sheet, cells, cells)
    page.freeze_panes(4, 0)
    page.repeat_rows(3)
    copy.finish(page)
