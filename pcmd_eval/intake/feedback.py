"""The marked copy for a sender: our own form with what the sender wrote, faulty cells coloured, and what to mend."""

from collections.abc import Mapping
from datetime import date
from itertools import count
from pathlib import Path

import pandas as pd
from openpyxl.utils import coordinate_to_tuple, get_column_letter

from pcmd_eval.files import printable
from pcmd_eval.form import Sheet
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.faults import SEVERITIES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.selfcheck import LOOK
from pcmd_eval.intake.template import GRID, HEAD, Place, Return, Sent
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

TITLE = "Cần sửa"
COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7"}
_HEADS = {
    "STT": 5,
    "Mức độ": 13,
    "Biểu": 15,
    "Ô": 6,
    "Đơn vị": 19,
    "Cột": 15,
    "Giá trị thấy được": 22,
    "Cần làm gì": 56,
}
_HINT = "Bấm vào tên ô để đến chỗ cần sửa. Sửa ngay trong tệp này, ghi lại Ngày gửi, rồi gửi lại."
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_FIRST_YEAR = 1900  # of the days that Excel knows


def marked_copies(plan: Plan, folder: Path, intake: Intake) -> dict[str, bytes]:
    """A marked copy (xlsx bytes) by file name, for every return of `folder` that was read and has faults.

    The senders' files are not touched, and refused ones are not opened again. The reader passes over the added sheet,
    so that the copy, corrected and sent again, is a return like any other.
    """
    refused = intake.faults.file[intake.faults.rule == "refused"]
    sent = intake.faults[intake.faults.file.str.lower().str.endswith(".xlsx") & (intake.faults.reporter != "")]
    sent = sent[~sent.file.isin(refused)].fillna("")
    return {file: _copy(plan, (folder / file).read_bytes(), own, intake.cells) for file, own in sent.groupby("file")}


def _copy(plan: Plan, content: bytes, faults: pd.DataFrame, cells: pd.DataFrame) -> bytes:
    unit, book, values, places = faults.reporter.iloc[0], Book(content), {}, {}
    for sheet in plan.sheets_of(unit):
        if len(pages := book.pages(sheet.name, plan.form.first_row)) == 1:
            columns = _columns(sheet, pages[0], plan.form.header_row)
            places[sheet.name] = {(row, at): (row, columns.get(at, at)) for row, at in pages[0].cells}
            values[sheet.name] = _values(sheet, pages[0], columns, plan.form.header_row)
    info = plan.form.info
    rows = {fold(label): row for row, label in enumerate(info.labels.values(), plan.form.first_row)}
    page = book.pages(info.sheet)[0]
    found = {row: rows.get(fold(page.at(row, 1).text)) for row in range(1, page.last_row + 1)}
    places[info.sheet] = {(row, 2): (own, 2) for row, own in found.items() if own}
    days = {rows[fold(info.labels[key])] for key in ("cutoff", "sent")}
    values[info.sheet] = {to: _value(page.at(*at), to[0] in days) for at, to in places[info.sheet].items()}
    faults = faults.assign(place=[_place(fault, places) for fault in faults.itertuples()])
    copy = Return(plan, unit, Sent(values, _marks(faults), _results(plan, faults, cells)), before=(TITLE,))
    _list(copy, plan, faults)
    return copy.content()


# ---- what the sender wrote ------------------------------------------------------------------------------------------


def _columns(sheet: Sheet, page: Page, header_row: int) -> dict[int, int]:
    """Where each column of a sender's sheet stands in ours: told by its header; what the form has not goes beside it.

    A column under a strange header stays where it is if ours is nowhere else: mended, the header gives it its meaning.
    """
    filled = sorted({column for row, column in page.cells if row >= header_row})
    heads = [fold(page.at(header_row, at).text) for at in filled]
    own = {fold(column.header): number for number, column in enumerate(sheet.columns, 1)}
    known = {at: own[head] for at, head in zip(filled, heads, strict=True) if head in own and heads.count(head) == 1}
    free, beside = {*own.values()} - {*known.values()}, count(len(own) + 1)
    return known | {at: at if at in free else next(beside) for at in filled if at not in known}


def _values(sheet: Sheet, page: Page, columns: Mapping[int, int], header_row: int) -> dict[Place, object]:
    """What stands in each cell of the copy, with the headers that are not the form's."""
    own = dict(enumerate(sheet.columns, 1))
    values = {
        (row, columns[column]): _value(cell, columns[column] in own and own[columns[column]].kind == "date")
        for (row, column), cell in page.cells.items()
        if row > header_row
    }
    heads = {number: page.at(header_row, at).text for at, number in columns.items()}
    strange = {at: text for at, text in heads.items() if at not in own or fold(text) != fold(own[at].header)}
    return values | {(header_row, number): text for number, text in strange.items()}


def _value(cell: Cell, day: bool) -> object:
    """What to write for a cell: as it was read, or as it was seen where our format would make something else of it."""
    value = cell.value
    if isinstance(value, date):
        return value if day and value.year > _FIRST_YEAR else cell.raw
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value * 100:g}%" if "%" in cell.number_format else cell.raw if day else value
    if isinstance(value, str):  # a character that cannot be written leaves a mark: 1?2 must not become 12
        return "".join(c if printable(c) else "\ufffd" for c in value)
    return cell.raw


# ---- what is wrong with it ------------------------------------------------------------------------------------------


def _place(fault: object, places: Mapping[str, Mapping[Place, Place]]) -> Place | None:
    """Where the cell of a fault stands in the copy; None for one that has none."""
    if not fault.cell or fault.sheet not in places:
        return None
    at = coordinate_to_tuple(fault.cell)
    return places[fault.sheet].get(at, at)


def _marks(faults: pd.DataFrame) -> dict[str, dict[Place, tuple[str, str]]]:
    marks: dict[str, dict[Place, tuple[str, str]]] = {}
    for (sheet, place), own in faults.dropna(subset="place").groupby(["sheet", "place"], sort=False):
        words = printable("\n".join(own.message.drop_duplicates()))[:_LONGEST]
        marks.setdefault(sheet, {})[place] = (COLOURS[own.severity.iloc[0]], words)  # the worst stands first
    return marks


def _results(plan: Plan, faults: pd.DataFrame, cells: pd.DataFrame) -> dict[tuple[str, str], object]:
    """What the sheet `Kiểm tra` comes to, as the reader has it."""
    blank = cells[(cells.file == faults.file.iloc[0]) & (cells.state == "blank")].sheet.value_counts()
    sheets = plan.sheets_of(faults.reporter.iloc[0])
    results = {(sheet.name, "blank"): int(blank.get(sheet.name, 0)) for sheet in sheets}
    results[plan.form.info.sheet, "blank"] = int(faults.rule.isin(["cutoff-date", "sent-date"]).sum())
    broken = faults[faults.rule.isin([check.id for check in plan.form.checks])]
    return results | {key: f"{LOOK}ô {', '.join(c)}" for key, c in broken.groupby(["sheet", "rule"]).cell}


def _list(copy: Return, plan: Plan, faults: pd.DataFrame) -> None:
    """The first sheet: a line for each fault, with a link to its cell."""
    page, units = copy.pages[TITLE], plan.register.full_name
    copy.put(page, (1, 1), "NHỮNG CHỖ CẦN SỬA HOẶC XÁC NHẬN", font_size=14, bold=True)
    copy.put(page, (2, 1), f"{copy.unit.full_name} - năm {plan.year}. {_HINT}", font_size=12)
    for number, (head, width) in enumerate(_HEADS.items(), 1):
        copy.put(page, (4, number), head, **HEAD)
        page.set_column(number - 1, number - 1, width)
    look = GRID | {"text_wrap": True, "valign": "top", "align": "left"}
    for row, fault in enumerate(faults.itertuples(), 5):
        unit, severity = units.get(fault.unit_code, ""), SEVERITIES[fault.severity]
        said = (fault.sheet, "", unit, fault.column, fault.value[:_LONGEST], fault.message[:_LONGEST])
        for number, text in enumerate((row - 4, severity, *said), 1):
            colour = {"bg_color": COLOURS[fault.severity]} if number == 2 else {}
            copy.put(page, (row, number), text, **look, **colour)
        if fault.place:
            cell, name = f"{get_column_letter(fault.place[1])}{fault.place[0]}", fault.sheet.replace("'", "''")
            link = copy.look(**look, font_color="#0563C1", underline=1)
            page.write_url(row - 1, 3, f"internal:'{name}'!{cell}", link, cell)
    page.freeze_panes(4, 0)
    page.repeat_rows(3)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
