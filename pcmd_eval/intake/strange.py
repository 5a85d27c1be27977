"""What is not of the form but may hold figures: other sheets, other columns, moved headers."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.layout import CHECKED, TO_MEND
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_NEAR = 20  # rows in which headers are looked for
_SHOWN = 60  # characters of a name in a message


class Headers(NamedTuple):
    """Where the columns stand by key, what to say of lacking ones, and of filled ones not ours."""

    columns: dict[str, int]
    lacking: dict[str, str]
    strange: list[tuple[Cell, str]]


def headers(page: Page, form: Form, sheet: Sheet) -> Headers:
    """The columns of a sheet by their headers."""
    row, columns, lacking = form.header_row, {}, {}
    heads = {at: fold(cell.text) for (on, at), cell in sorted(page.cells.items()) if on == row}
    used = set()  # columns in which anything stands below the header
    for (on, at), cell in page.cells.items():
        if on >= form.first_row and not cell.blank:
            used.add(at)
    for place, column in enumerate(sheet.columns, 1):
        at = [at for at, head in heads.items() if head == fold(column.header)]
        if len(at) == 1:
            columns[column.key] = at[0]
            continue
        fault = "có hai" if at else "thiếu"
        words = f"dòng {row} {fault} cột “{column.header}”"
        instead = page.at(row, place).text
        if not at and instead and heads[place] not in sheet.headers:
            words += f", ở đó ghi “{_short(instead)}”"
            used.discard(place)  # nothing else is to be said of it
        lacking[column.key] = f"{words}; ghi lại tiêu đề như biểu mẫu"
    strange = []
    for at, head in heads.items():
        if head and head not in sheet.headers and at in used:
            cell = page.at(row, at)
            strange.append((cell, _strange_column(cell.text, sheet)))
    return Headers(columns, lacking, strange)


def _strange_column(head, sheet):
    """What to say of an unknown column below which anything stands."""
    near = _nearest(head, [column.header for column in sheet.columns])
    like = f" (giống “{near}”)" if near else ""
    words = f"cột “{_short(head)}”{like} không có trong biểu nên không được đọc"
    return f"{words}; chuyển số liệu vào cột của biểu, hoặc xóa cột"


def header_row(page: Page, form: Form, sheet: Sheet) -> int:
    """The row of the headers: the form's, or, if none stands there, the one with most of them."""
    near = [(row, cell) for (row, _), cell in page.cells.items() if row <= _NEAR]
    held = Counter(row for row, cell in near if fold(cell.text) in sheet.headers)
    for row, number in held.most_common(1):
        if form.header_row not in held and number * 2 > len(sheet.columns):
            return row
    return form.header_row


def others(book: Book, plan: Plan, reporter: str) -> list[str]:
    """The visible sheets that are neither of the reporter's form nor added by us."""
    sheets = plan.sheets_of(reporter)
    names = [plan.form.info.sheet, CHECKED, TO_MEND]
    names += [sheet.name for sheet in sheets]
    known = {*map(fold, names)}
    return [title for title in book.visible if fold(title) not in known]


def strange_sheets(book: Book, plan: Plan, reporter: str) -> Iterator[tuple[str, str]]:
    """Of the sheets that are not the reporter's those with figures, each with what to say of it."""
    for title in others(book, plan, reporter):
        like = likeness(book, plan.form, title)
        if not _figures(book.written(title), plan.form, like):
            continue
        said = f"trang “{_short(title)}” có số liệu nhưng không phải biểu của đơn vị"
        said += " nên không được đọc"
        if like in plan.sheets_of(reporter):
            said += f"; trang này giống biểu “{like.name}”: nếu là biểu ấy thì đổi tên trang"
        yield title, f"{said}; nếu không thì chuyển số liệu vào biểu hoặc xóa trang"


def missing_sheet(book: Book, plan: Plan, sheet: Sheet, found: int) -> str:
    """What to say of a sheet that is not there, or there twice."""
    if found:
        return f"có hai trang tên “{sheet.name}”; giữ một trang, xóa trang kia"
    said = f"không có biểu này; tệp có các trang: {', '.join(map(_short, book.titles[:_NEAR]))}"
    for title in book.visible:
        if likeness(book, plan.form, title) == sheet:
            return f"{said}; đổi tên trang “{_short(title)}” thành “{sheet.name}”"
    return said


def likeness(book: Book, form: Form, title: str) -> Sheet | None:
    """The sheet of the form that a sheet of another name is like: by its headers, else its name."""
    near = [text for (row, _), text in book.written(title).items() if row <= _NEAR]
    texts = {*map(fold, near)}

    def shared(sheet):
        return len(sheet.headers.keys() & texts)

    best = max(form.sheets, key=shared)
    if shared(best) * 2 > len(best.columns):
        return best
    names = {sheet.name: sheet for sheet in form.sheets}
    return names.get(_nearest(title, [*names]))


def _nearest(written, names):
    """The name that a written one begins with, holds or resembles; "" if none."""
    folded = {fold(name): name for name in names}
    said = fold(written)
    within = sorted((name for name in folded if name and name in said), key=len)
    close = get_close_matches(said, folded, 1, 0.7)
    return folded[[*close, *within][-1]] if close or within else ""


def _figures(written, form, like):
    """Whether a sheet holds figures: anything asked for, or a number beside labels of its own.

    Asked for are the columns of the sheet that it is like. A copy of the particulars holds none.
    """
    labels = {fold(value) for (_, column), value in written.items() if column == 1}
    if fold(form.info.labels["code"]) in labels:
        return False
    if like:
        asked = [at for at, column in enumerate(like.columns, 1) if column.asked]
        return any(at in asked and row >= form.first_row for row, at in written)
    values = [value for (_, column), value in written.items() if column > 1]
    return any(type(value) in (int, float) for value in values)


def _short(text):
    return printable(text)[:_SHOWN]
