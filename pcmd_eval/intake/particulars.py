"""The sheet `Thông tin`: whose a return is, for which plan and year, up to which day, sent when."""

from pcmd_eval.form import Info
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import named, typed

_STOPS = ("reporter-name", "mark")  # the rules that keep results from being published


def read_particulars(returned: SentReturn, plan: Plan, book: Book) -> None:
    """Fill in the return's reporter, days and mark.

    Refuse what is of another plan, year, form or unit; all faults at once.
    """
    form, info = plan.form, plan.form.info
    pages = book.pages(info.sheet)
    if len(pages) != 1:
        returned.refuse(f"thiếu (hoặc có hai) trang “{info.sheet}”; dùng biểu mẫu do Sở gửi")
        return
    rows = rows_of(info, pages[0])
    cells = {key: pages[0].at(rows[key], 2) if key in rows else Cell("") for key in info.labels}
    days = {key: read(cells[key], "date", form) for key in info.days}
    reporter = _reporter(plan, cells["code"].text)
    returned.reporter = reporter or returned.reporter  # else of whom its name speaks
    returned.cutoff, returned.sent = days["cutoff"].value, days["sent"].value
    returned.late = returned.sent > plan.rules["deadline"].value.isoformat()
    returned.illustrative = fold(cells["illustrative"].text) == fold(form.yes_word)
    for key, words in _refusals(plan, cells, reporter):
        cell, label = cells[key], info.labels[key]
        said = f"trang {info.sheet}, ô {cell.place or label}: {words}"
        returned.refuse(said, cell, sheet=info.sheet, column=label)
    if returned.state:
        return
    for key, rule, facts in _doubts(plan, cells, days, returned):
        severity = "stop" if rule in _STOPS else "confirm"
        where = (info.labels[key], returned.reporter, severity, info.sheet)
        returned.fault(rule, cells[key], *where, **facts)


def rows_of(info: Info, page: Page) -> dict[str, int]:
    """The row of each particular; the first where its label stands twice."""
    cells = sorted(page.cells.items(), reverse=True)
    rows = {fold(cell.text): row for (row, column), cell in cells if column == 1}
    return {key: rows[fold(own)] for key, own in info.labels.items() if fold(own) in rows}


def _refusals(plan, cells, reporter):
    """What is of another form, plan, year or unit; each reason with the key of its particular."""
    for key, expected, remedy in (
        ("version", plan.form.version, "Dùng đúng phiên bản biểu mẫu do Sở gửi"),
        ("plan", plan.plan, "Báo cáo thuộc kế hoạch khác; gửi báo cáo của đúng kế hoạch"),
        ("year", plan.year, "Báo cáo thuộc năm khác; gửi báo cáo của đúng năm"),
    ):
        if fold(cells[key].text) != fold(expected):
            said = f"“{plan.form.info.labels[key]}” là “{cells[key].seen}”, cần “{expected}”"
            yield key, f"{said}. {remedy}"
    if not reporter:
        known = ", ".join(plan.reporters.index)
        yield "code", f"không có đơn vị mang mã “{cells['code'].seen}”. Các mã: {known}"


def _reporter(plan, code):
    """The one reporter with that code, as 7 is 07; "" if there is none."""
    codes = {code, code.zfill(2), code.zfill(3)} if code.isdigit() else {code}
    known = plan.reporters.index.intersection([*codes])
    return str(known[0]) if len(known) == 1 else ""


def _doubts(plan, cells, days, returned):
    """What has to be mended or confirmed: each with its key, the rule that it breaks, the facts."""
    name, own = cells["name"], plan.reporters.loc[[returned.reporter]]
    if name.text and all(named(end, own).empty for end in _ends(name.text)):
        facts = {"name": name.seen, "code": returned.reporter, "whose": own.full_name.iloc[0]}
        yield "name", "reporter-name", facts
    for key, day in days.items():
        if not day.value:
            yield key, f"{key}-date", {"why": day.fault}
    if returned.cutoff and returned.cutoff[:4] != str(plan.year):
        yield "cutoff", "cutoff-year", {"year": plan.year}
    elif returned.sent and returned.sent < returned.cutoff:
        why = "ngày gửi trước ngày chốt số liệu; kiểm tra năm và sửa một trong hai"
        yield "sent", "sent-date", {"why": why}
    mark = fold(cells["illustrative"].text)
    if mark not in ("", *map(fold, plan.form.yes_no)):
        yield "illustrative", "mark", {}


def _ends(written):
    """What of "UBND huyện An Bình, tỉnh X" may be the unit's name: "huyện An Bình", "An Bình".

    Only what begins with a type, where anything does.
    """
    words = written.partition(",")[0].split()
    ends = [" ".join(words[start:]) for start in range(len(words))]
    return [end for end in ends if typed(end)] or ends
