"""The marked copy for a sender: our own form with what the sender wrote, faulty cells coloured, and what to mend."""

from collections.abc import Mapping
from datetime import date
from itertools import count

import pandas as pd
from openpyxl.utils import coordinate_to_tuple, get_column_letter

from pcmd_eval.files import printable
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.faults import SEVERITIES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.intake.template import GRID, Place, Return, Sent
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

TITLE = "Cần sửa"
COLOURS = {"stop": "#FFC7CE", "confirm": "#FFEB9C", "note": "#DDEBF7"}
_HEADS = ("STT", "Mức độ", "Biểu", "Ô", "Đơn vị", "Cột", "Giá trị thấy được", "Cần làm gì")
_WIDTHS = (5, 13, 15, 6, 19, 15, 22, 56)
_HINT = "Bấm vào tên ô để đến chỗ cần sửa. Sửa ngay trong tệp này, ghi lại Ngày gửi, rồi gửi lại."
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
_FIRST_YEAR = 1900  # of the days that Excel knows
Places = Mapping[Place, Place]  # where each cell of a sender's sheet stands in ours


def marked_copies(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """A marked copy (xlsx bytes) by file name, for every return that was read and has faults.

    The senders' files are not touched, and refused ones are not opened again. The reader passes over the added sheet,
    so that the copy, corrected and sent again, is a return like any other.
    """
    sent = intake.faults[intake.faults.file.isin([*intake.books])].fillna("")
    return {file: _copy(plan, intake.books[file], own) for file, own in sent.groupby("file")}


def _copy(plan: Plan, book: Book, faults: pd.DataFrame) -> bytes:
    unit, form = faults.reporter.iloc[0], plan.form
    found = {form.info.sheet: _particulars(form, book.pages(form.info.sheet)[0])}
    for sheet in plan.sheets_of(unit):
        if len(pages := book.pages(sheet.name, form.first_row)) == 1:
            found[sheet.name] = _told(form, sheet, pages[0])
    faults = faults.assign(place=[_place(fault, found) for fault in faults.itertuples()])
    values = {name: own for name, (_, own) in found.items()}
    copy = Return(plan, unit, Sent(values, _marks(faults)), before=(TITLE,))
    _list(copy, plan, faults)
    return copy.content()


# ---- what the sender wrote ------------------------------------------------------------------------------------------


def _told(form: Form, sheet: Sheet, page: Page) -> tuple[Places, dict[Place, object]]:
    """Where each cell of a sender's sheet stands in ours, and what then stands there; of headers only strange ones.

    Rows stay. A column is told by its header; under a strange one it stays where it is, so that the header, mended,
    gives it its meaning, or goes beside the form if ours is elsewhere.
    """
    head, own = (
        form.header_row,
        {fold(column.header): at for at, column in enumerate(sheet.columns, 1)},
    )
    heads = {
        at: fold(page.at(head, at).text)
        for at in sorted({at for row, at in page.cells if row >= head})
    }
    firsts = {name: at for at, name in reversed(heads.items())}
    columns = {firsts[name]: number for name, number in own.items() if name in firsts}
    beside, taken = (
        (number for number in count(len(own) + 1) if number not in heads),
        {*columns.values()},
    )
    columns |= {at: next(beside) if at in taken else at for at in heads if at not in columns}
    rows, ours = (
        {row for row, _ in page.cells if row > head},
        [at for at, to in columns.items() if to <= len(own)],
    )
    cells = dict.fromkeys(
        (*((row, at) for row in rows for at in ours), *(at for at in page.cells if at[0] > head))
    )
    places = {
        (row, at): (row, columns[at]) for row, at in cells
    }  # what is blank in the form's columns stays blank
    days = {number for number, column in enumerate(sheet.columns, 1) if column.kind == "date"}
    values = {to: _value(page.at(*at), to[1] in days) for at, to in places.items()}
    strange = {
        (head, to): page.at(head, at).text for at, to in columns.items() if own.get(heads[at]) != to
    }
    return places, values | strange


def _particulars(form: Form, page: Page) -> tuple[Places, dict[Place, object]]:
    """The same of the first sheet, whose rows are told by their labels."""
    rows = {
        fold(label): (row, key)
        for row, (key, label) in enumerate(form.info.labels.items(), form.first_row)
    }
    labels = {row: fold(page.at(row, 1).text) for row in range(1, page.last_row + 1)}
    found = {(row, 2): rows[label] for row, label in labels.items() if label in rows}
    values = {
        (row, 2): _value(page.at(*at), key in ("cutoff", "sent"))
        for at, (row, key) in found.items()
    }
    return {at: (row, 2) for at, (row, _) in found.items()}, values


def _value(cell: Cell, day: bool) -> object:
    """What to write for a cell: as it was read, or as it was seen where our format would make something else of it."""
    value = cell.value
    if isinstance(value, date):
        return value if day and value.year > _FIRST_YEAR else cell.raw
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value * 100:g}%" if "%" in cell.number_format else cell.raw if day else value
    if isinstance(
        value, str
    ):  # a character that cannot be written leaves a mark: 1?2 must not become 12
        return printable(value, "\ufffd")
    return cell.raw


# ---- what is wrong with it ------------------------------------------------------------------------------------------


def _place(fault: object, found: Mapping[str, tuple[Places, object]]) -> Place | None:
    """Where the cell of a fault stands in the copy; None for one that has none."""
    if not fault.cell or fault.sheet not in found:
        return None
    at = coordinate_to_tuple(fault.cell)
    return found[fault.sheet][0].get(at, at)


def _marks(faults: pd.DataFrame) -> dict[str, dict[Place, tuple[str, str]]]:
    """The colour and the words of each faulty cell, by sheet; the worst fault stands first."""
    worst: dict[tuple[str, Place], str] = {}
    words: dict[tuple[str, Place], dict[str, None]] = {}
    for fault in faults[faults.place.notna()].itertuples():
        at = fault.sheet, fault.place
        worst.setdefault(at, fault.severity)
        words.setdefault(at, {})[fault.message] = None
    marks: dict[str, dict[Place, tuple[str, str]]] = {}
    for (sheet, place), severity in worst.items():
        said = printable("\n".join(words[sheet, place]))[:_LONGEST]
        marks.setdefault(sheet, {})[place] = (COLOURS[severity], said)
    return marks


def _list(copy: Return, plan: Plan, faults: pd.DataFrame) -> None:
    """The first sheet: a line for each fault, with a link to its cell."""
    page, units = copy.pages[TITLE], plan.register.full_name
    copy.top(page, "NHỮNG CHỖ CẦN SỬA HOẶC XÁC NHẬN", f"{copy.whose}. {_HINT}")
    copy.heads(page, 4, dict(zip(_HEADS, _WIDTHS, strict=True)))
    for row, fault in enumerate(faults.itertuples(), 5):
        unit, severity = units.get(fault.unit_code, ""), SEVERITIES[fault.severity]
        said = (
            fault.sheet,
            "",
            unit,
            fault.column,
            fault.value[:_LONGEST],
            fault.message[:_LONGEST],
        )
        for number, text in enumerate((row - 4, severity, *said), 1):
            colour = {"bg_color": COLOURS[fault.severity]} if number == 2 else {}
            copy.put(page, (row, number), text, **GRID, text_wrap=True, align="left", **colour)
        if fault.place:
            cell = f"{get_column_letter(fault.place[1])}{fault.place[0]}"
            copy.link(page, (row, 4), fault.sheet, cell, cell)
    page.freeze_panes(4, 0)
    page.repeat_rows(3)
    copy.finish(page)
