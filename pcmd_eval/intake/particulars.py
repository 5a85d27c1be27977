"""The sheet `Thông tin`: whose a return is, for which plan and year, up to which day, sent when."""

from pcmd_eval.form import Info
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import named, typed


def read_particulars(returned: SentReturn, plan: Plan, book: Book) -> None:
    """Fill in the return's reporter, days and mark.

    Refuse what is of another plan, year, form or unit.
    """
    info = plan.form.info
    pages = book.pages(info.sheet)
    if len(pages) == 1:
        _Particulars(returned, plan, pages[0]).read()
    else:
        returned.refuse(f"thiếu (hoặc có hai) trang “{info.sheet}”; dùng biểu mẫu do Sở gửi")


def rows_of(info: Info, page: Page) -> dict[str, int]:
    """The row of each particular; the first where its label stands twice."""
    rows = {fold(page.at(row, 1).text): row for row in range(page.last_row, 0, -1)}
    found = {}
    for key, label in info.labels.items():
        if row := rows.get(fold(label)):
            found[key] = row
    return found


class _Particulars:
    """The cells beside the labels, by key."""

    def __init__(self, returned, plan, page):
        self.returned = returned
        self.plan = plan
        self.info = plan.form.info
        beside = {key: page.at(row, 2) for key, row in rows_of(self.info, page).items()}
        self.cells = dict.fromkeys(self.info.labels, Cell("")) | beside

    def read(self):
        """One group of particulars after the other; all faults at once."""
        self._form()
        self._unit()
        self._days()
        self._mark()

    def _form(self):
        plan = self.plan
        for key, expected, remedy in (
            ("version", plan.form.version, "Dùng đúng phiên bản biểu mẫu do Sở gửi"),
            ("plan", plan.plan, "Báo cáo thuộc kế hoạch khác; gửi báo cáo của đúng kế hoạch"),
            ("year", plan.year, "Báo cáo thuộc năm khác; gửi báo cáo của đúng năm"),
        ):
            cell = self.cells[key]
            if fold(cell.text) != fold(expected):
                said = f"“{self.info.labels[key]}” là “{cell.seen}”, cần “{expected}”"
                self._refuse(f"{said}. {remedy}", key)

    def _unit(self):
        """The code decides, as 7 and 07 do; a name that is not of it has to be mended."""
        reporters = self.plan.reporters
        name = self.cells["name"]
        code = self.cells["code"].text
        codes = {code, code.zfill(2), code.zfill(3)} if code.isdigit() else {code}
        coded = reporters[reporters.index.isin(codes)]
        if len(coded) != 1:
            known = ", ".join(reporters.index)
            seen = self.cells["code"].seen
            return self._refuse(f"không có đơn vị mang mã “{seen}”. Các mã: {known}", "code")
        unit = coded.iloc[0]
        self.returned.reporter = str(unit.name)
        if name.text and all(named(end, coded).empty for end in _ends(name.text)):
            words = f"tên “{name.seen}” không phải của mã {unit.name} ({unit.full_name})"
            self._fault("stop", "reporter-name", f"{words}; sửa mã hoặc tên", "name")
        return None

    def _days(self):
        returned, plan = self.returned, self.plan
        for key, lacking in (
            ("cutoff", "chưa ghi ngày; ghi ngày cuối cùng mà số liệu tính đến"),
            ("sent", "chưa ghi ngày; ghi ngày gửi báo cáo"),
        ):
            day = read(self.cells[key], "date", plan.form)
            setattr(returned, key, day.value)
            if not day.value:
                self._fault("confirm", f"{key}-date", day.fault or lacking, key)
        returned.late = returned.sent > plan.rules["deadline"].value.isoformat()
        if returned.cutoff and returned.cutoff[:4] != str(plan.year):
            words = f"ngày chốt số liệu không thuộc năm {plan.year}; kiểm tra"
            self._fault("confirm", "cutoff-year", words, "cutoff")
        elif returned.sent and returned.sent < returned.cutoff:
            words = "ngày gửi trước ngày chốt số liệu; kiểm tra năm và sửa một trong hai"
            self._fault("confirm", "sent-date", words, "sent")

    def _mark(self):
        yes = fold(self.plan.form.yes_word)
        no = fold(self.plan.form.no_word)
        mark = fold(self.cells["illustrative"].text)
        self.returned.illustrative = mark == yes
        if mark not in ("", yes, no):
            words = "chỉ ghi Có (số liệu minh họa) hoặc để trống (số liệu thật)"
            self._fault("stop", "mark", words, "illustrative")

    def _refuse(self, words, key):
        sheet = self.info.sheet
        label = self.info.labels[key]
        cell = self.cells[key]
        said = f"trang {sheet}, ô {cell.place or label}: {words}"
        self.returned.refuse(said, cell, column=label, sheet=sheet)

    def _fault(self, severity, rule, words, key):
        where = {"column": self.info.labels[key], "sheet": self.info.sheet}
        unit = self.returned.reporter
        self.returned.fault(severity, rule, words, self.cells[key], unit_code=unit, **where)


def _ends(written):
    """What of "UBND huyện An Bình, tỉnh X" may be the unit's name: "huyện An Bình", "An Bình".

    Only what begins with a type, where anything does.
    """
    words = written.partition(",")[0].split()
    ends = [" ".join(words[start:]) for start in range(len(words))]
    return [end for end in ends if typed(end)] or ends
