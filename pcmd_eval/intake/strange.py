"""Sheets that are not of the form but may hold figures, and what they are like."""

from collections.abc import Iterator

from pcmd_eval.files import printable
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.table import NEAR
from pcmd_eval.intake.workbook import Book
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_SHOWN = 60  # characters of a name in a message


def others(book: Book, plan: Plan, reporter: str) -> dict[str, Sheet | None]:
    """The visible sheets that are neither of the reporter's form nor added by us.

    Each with the sheet of the form whose headers it has most of.
    """
    form = plan.form
    ours = (form.info.sheet, form.check_page.name, form.mend_page.name)
    known = {*map(fold, ours), *(fold(sheet.name) for sheet in plan.sheets_of(reporter))}
    strange = [title for title in book.visible if fold(title) not in known]
    return {title: _likeness(book, form, title) for title in strange}


def with_figures(book: Book, form: Form, title: str) -> bool:
    """Whether a number stands in a sheet beside its labels; those of the particulars are none."""
    written = book.written(title).items()
    labels = {fold(value) for (_, column), value in written if column == 1}
    numbers = [at for at, value in written if type(value) in (int, float) and at[1] > 1]
    return bool(numbers) and fold(form.info.labels["code"]) not in labels


def strange_sheets(book: Book, plan: Plan, reporter: str) -> Iterator[tuple[str, str, str]]:
    """The sheets that nobody sees, or that hold figures and are not the reporter's.

    Each with the rule that it breaks, and what to say of it.
    """
    for title in book.hidden:
        yield title, "hidden", "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi"
    for title, like in others(book, plan, reporter).items():
        if not with_figures(book, plan.form, title):
            continue
        said = f"trang “{shortened(title)}” có số liệu nhưng không phải biểu của đơn vị"
        said += " nên không được đọc"
        if like in plan.sheets_of(reporter):
            said += f"; trang này giống biểu “{like.name}”: nếu là biểu ấy thì đổi tên trang"
        yield (
            title,
            "strange-sheet",
            f"{said}; nếu không thì chuyển số liệu vào biểu hoặc xóa trang",
        )


def missing_sheet(book: Book, plan: Plan, sheet: Sheet, reporter: str) -> str:
    """What to say of a sheet that is not there."""
    said = f"không có biểu này; tệp có các trang: {', '.join(map(shortened, book.visible[:NEAR]))}"
    for title, like in others(book, plan, reporter).items():
        if like == sheet:
            return f"{said}; đổi tên trang “{shortened(title)}” thành “{sheet.name}”"
    return said


def shortened(text: str) -> str:
    """A name as a message holds it."""
    return printable(text)[:_SHOWN]


def _likeness(book, form, title):
    """The sheet of the form that shares most headers with one of another name, more than half."""
    texts = {fold(text) for (row, _), text in book.written(title).items() if row <= NEAR}
    shared = [len(sheet.headers.keys() & texts) for sheet in form.sheets]
    most = shared.index(max(shared))
    best = form.sheets[most]
    return best if shared[most] * 2 > len(best.columns) else None
