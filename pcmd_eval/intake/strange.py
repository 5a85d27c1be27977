"""What is not of the form but may hold figures: sheets under other names, further columns, headers pushed down."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

COLUMN = "strange-column"
OURS = ("Kiểm tra", "Cần sửa")  # sheets that we add to a return and do not read
_NEAR = 20  # rows in which headers are looked for
_SHOWN = 60  # characters of a name in a message


class Headers(NamedTuple):
    """Where the columns stand by key, what to say of those that are lacking, and filled ones that are not ours."""

    columns: dict[str, int]
    lacking: dict[str, str]
    strange: list[tuple[Cell, str]]


def headers(page: Page, form: Form, sheet: Sheet) -> Headers:
    """The columns of a sheet by their headers."""
    row = form.header_row
    heads = {at: fold(cell.text) for (on, at), cell in sorted(page.cells.items()) if on == row}
    columns: dict[str, int] = {}
    lacking: dict[str, str] = {}
    explained: set[int] = set()
    for place, column in enumerate(sheet.columns, 1):
        wanted = fold(column.header)
        found = [at for at, head in heads.items() if head == wanted]
        explained |= {*found}
        if len(found) == 1:
            columns[column.key] = found[0]
            continue
        said = f"dòng {row} {'có hai' if found else 'thiếu'} cột “{column.header}”"
        instead = page.at(row, place)
        if not found and instead.text and heads[place] not in _folded(sheet):
            explained.add(place)
            said += f", ở đó ghi “{_short(instead.text)}”"
        lacking[column.key] = f"{said}; ghi lại tiêu đề như biểu mẫu"
    strange = [
        (page.at(row, at), _strange(page.at(row, at).text, sheet))
        for at in heads.keys() - explained
        if heads[at] and _filled(page, form, at)
    ]
    return Headers(columns, lacking, sorted(strange, key=lambda found: found[0].place))


def _folded(sheet: Sheet) -> set[str]:
    return {fold(column.header) for column in sheet.columns}


def _filled(page: Page, form: Form, column: int) -> bool:
    """Whether anything stands in a column below the headers."""
    return any(
        at == column and row >= form.first_row and not cell.blank
        for (row, at), cell in page.cells.items()
    )


def _strange(head: str, sheet: Sheet) -> str:
    near = _near(head, [column.header for column in sheet.columns])
    like = f" (giống “{near}”)" if near else ""
    return (
        f"cột “{_short(head)}”{like} không có trong biểu nên không được đọc; "
        "chuyển số liệu vào cột của biểu, hoặc xóa cột"
    )


def pushed_down(page: Page, form: Form, sheet: Sheet) -> int:
    """The row in which most headers stand if it is not the form's; 0 if it is, or if there is none."""
    count: dict[int, int] = {}
    ours = _folded(sheet)
    for (row, _), cell in page.cells.items():
        if row <= _NEAR and fold(cell.text) in ours:
            count[row] = count.get(row, 0) + 1
    most = max(count, key=lambda row: count[row], default=0)
    moved = most != form.header_row and count.get(form.header_row, 0) == 0
    return most if moved and count.get(most, 0) * 2 > len(sheet.columns) else 0


def strange_sheets(book: Book, plan: Plan, reporter: str) -> Iterator[tuple[str, str]]:
    """The visible sheets with figures that are not the reporter's, each with what to say of it."""
    known = {fold(name) for name in (plan.form.info.sheet, *OURS)}
    own = plan.sheets_of(reporter)
    known |= {fold(sheet.name) for sheet in own}
    for title in book.visible:
        if fold(title) in known:
            continue
        like = likeness(book, plan.form, title)
        if not _figures(book, plan.form, title, like):
            continue
        said = f"trang “{_short(title)}” có số liệu nhưng không phải biểu của đơn vị nên không được đọc"
        if like in own:
            said += f"; trang này giống biểu “{like.name}”: nếu là biểu ấy thì đổi tên trang"
        yield title, f"{said}; nếu không thì chuyển số liệu vào biểu hoặc xóa trang"


def missing_sheet(book: Book, plan: Plan, sheet: Sheet, found: int) -> str:
    """What to say of a sheet that is not there, or there twice."""
    if found:
        return f"có hai trang tên “{sheet.name}”; giữ một trang, xóa trang kia"
    titles = ", ".join(map(_short, book.titles[:_NEAR]))
    said = f"không có biểu này; tệp có các trang: {titles}"
    like = next((t for t in book.visible if likeness(book, plan.form, t) == sheet), "")
    return f"{said}; đổi tên trang “{_short(like)}” thành “{sheet.name}”" if like else said


def likeness(book: Book, form: Form, title: str) -> Sheet | None:
    """The sheet of the form that a sheet of another name is like: by its headers, else by its name."""
    texts = {fold(v) for (row, _), v in book.written(title).items() if row <= _NEAR}
    for sheet in form.sheets:
        if len(_folded(sheet) & texts) * 2 > len(sheet.columns):
            return sheet
    names = {sheet.name: sheet for sheet in form.sheets}
    return names.get(_near(title, [*names]))


def _near(written: str, names: list[str]) -> str:
    """The name that a written one begins with, holds or resembles; "" if none."""
    folded = {fold(name): name for name in names}
    said = fold(written)
    within = [name for name in folded if name and name in said]
    close = get_close_matches(said, folded, 1, 0.7)
    best = max(within, key=len, default="") or next(iter(close), "")
    return folded.get(best, "")


def _figures(book: Book, form: Form, title: str, like: Sheet | None) -> bool:
    """Whether a sheet holds figures: anything in the columns of the sheet it is like, else a number beside its labels.

    A copy of the particulars holds none.
    """
    written = book.written(title)
    labels = {fold(value) for (_, column), value in written.items() if column == 1}
    if fold(form.info.labels["code"]) in labels:
        return False
    if like:
        asked = [at for at, column in enumerate(like.columns, 1) if column.asked]
        return any(at in asked and row >= form.first_row for row, at in written)
    return any(
        column > 1 and isinstance(value, int | float) and not isinstance(value, bool)
        for (_, column), value in written.items()
    )


def _short(text: str) -> str:
    return printable(text)[:_SHOWN]
