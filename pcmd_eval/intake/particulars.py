"""The sheet `Thông tin`: whose a return is, for which plan and year, up to which day, sent when."""

from pcmd_eval.form import Info
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import named, typed

_STOPS = ("reporter-name", "mark")  # the rules that keep results from being published
_DAYS = {
    "cutoff": "chưa ghi ngày; ghi ngày cuối cùng mà số liệu tính đến",
    "sent": "chưa ghi ngày; ghi ngày gửi báo cáo",
}


def read_particulars(returned: SentReturn, plan: Plan, book: Book) -> None:
    """Fill in the return's reporter, days and mark.

    Refuse what is of another plan, year, form or unit; all faults at once.
    """
    info = plan.form.info
    pages = book.pages(info.sheet)
    if len(pages) != 1:
        returned.refuse(f"thiếu (hoặc có hai) trang “{info.sheet}”; dùng biểu mẫu do Sở gửi")
        return
    rows = rows_of(info, pages[0])
    cells = {key: pages[0].at(rows[key], 2) if key in rows else Cell("") for key in info.labels}
    told = [*_form(plan, cells), *_unit(plan, cells, returned)]
    for key, rule, words in [*told, *_days(plan, cells, returned), *_mark(plan, cells, returned)]:
        cell, label = cells[key], info.labels[key]
        where = {"sheet": info.sheet, "column": label}
        if rule == "refused":
            said = f"trang {info.sheet}, ô {cell.place or label}: {words}"
            returned.refuse(said, cell, **where)
        else:
            severity = "stop" if rule in _STOPS else "confirm"
            returned.fault(severity, rule, words, cell, unit_code=returned.reporter, **where)


def rows_of(info: Info, page: Page) -> dict[str, int]:
    """The row of each particular; the first where its label stands twice."""
    cells = sorted(page.cells.items(), reverse=True)
    rows = {fold(cell.text): row for (row, column), cell in cells if column == 1}
    labels = {key: fold(label) for key, label in info.labels.items()}
    return {key: rows[label] for key, label in labels.items() if label in rows}


def _form(plan, cells):
    """What is of another form, plan or year; each fault with the key of its particular."""
    for key, expected, remedy in (
        ("version", plan.form.version, "Dùng đúng phiên bản biểu mẫu do Sở gửi"),
        ("plan", plan.plan, "Báo cáo thuộc kế hoạch khác; gửi báo cáo của đúng kế hoạch"),
        ("year", plan.year, "Báo cáo thuộc năm khác; gửi báo cáo của đúng năm"),
    ):
        if fold(cells[key].text) != fold(expected):
            said = f"“{plan.form.info.labels[key]}” là “{cells[key].seen}”, cần “{expected}”"
            yield key, "refused", f"{said}. {remedy}"


def _unit(plan, cells, returned):
    """The code decides, as 7 and 07 do; a name that is not of it has to be mended."""
    code, name = cells["code"], cells["name"]
    codes = {code.text}
    if code.text.isdigit():
        codes |= {code.text.zfill(2), code.text.zfill(3)}
    coded = plan.reporters[plan.reporters.index.isin(codes)]
    if len(coded) != 1:
        known = ", ".join(plan.reporters.index)
        yield "code", "refused", f"không có đơn vị mang mã “{code.seen}”. Các mã: {known}"
        return
    returned.reporter = str(coded.index[0])
    if name.text and all(named(end, coded).empty for end in _ends(name.text)):
        said = f"tên “{name.seen}” không phải của mã {returned.reporter}"
        words = f"{said} ({coded.full_name.iloc[0]}); sửa mã hoặc tên"
        yield "name", "reporter-name", words


def _days(plan, cells, returned):
    days = {key: read(cells[key], "date", plan.form) for key in _DAYS}
    for key, day in days.items():
        if not day.value:
            yield key, f"{key}-date", day.fault or _DAYS[key]
    returned.cutoff, returned.sent = (day.value for day in days.values())
    returned.late = returned.sent > plan.rules["deadline"].value.isoformat()
    if returned.cutoff and returned.cutoff[:4] != str(plan.year):
        words = f"ngày chốt số liệu không thuộc năm {plan.year}; kiểm tra"
        yield "cutoff", "cutoff-year", words
    elif returned.sent and returned.sent < returned.cutoff:
        words = "ngày gửi trước ngày chốt số liệu; kiểm tra năm và sửa một trong hai"
        yield "sent", "sent-date", words


def _mark(plan, cells, returned):
    yes, no = fold(plan.form.yes_word), fold(plan.form.no_word)
    mark = fold(cells["illustrative"].text)
    returned.illustrative = mark == yes
    if mark not in ("", yes, no):
        words = "chỉ ghi Có (số liệu minh họa) hoặc để trống (số liệu thật)"
        yield "illustrative", "mark", words


def _ends(written):
    """What of "UBND huyện An Bình, tỉnh X" may be the unit's name: "huyện An Bình", "An Bình".

    Only what begins with a type, where anything does.
    """
    words = written.partition(",")[0].split()
    ends = [" ".join(words[start:]) for start in range(len(words))]
    return [end for end in ends if typed(end)] or ends
