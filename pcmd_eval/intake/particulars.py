"""The sheet `Thông tin` of a return: whose it is, for which plan and year, up to which day, sent when."""

from datetime import date

from pcmd_eval.form import Form
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.intake.faults import Fault, Severity
from pcmd_eval.intake.pages import Content, Opened, Page, sentence, titles_of
from pcmd_eval.observations import State
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import Register, means


class Particulars:
    """The sheet `Thông tin`: whose return this is, for which plan and year, up to which day."""

    def __init__(self, content: Content, opened: Opened, plan: Plan, form: Form, register: Register) -> None:
        self.content, self.opened, self.plan, self.form, self.register = content, opened, plan, form, register
        self.found: dict[str, Cell] = {}

    def read(self) -> None:
        """Fill in the content's reporter and dates; refuse what is of another plan, year, form or unit."""
        titles = titles_of(self.opened, self.form.info.sheet)
        if len(titles) != 1:
            return self._refuse(f"thiếu (hoặc có hai) trang “{self.form.info.sheet}”; dùng biểu mẫu do Sở gửi")
        page = Page(self.opened, titles[0], self.form)
        keys = {fold(label): key for key, label in self.form.info.labels.items()}
        for row in range(1, page.last_row + 1):
            if key := keys.get(fold(page.at(row, 1).text)):
                self.found.setdefault(key, page.at(row, 2))
        self._expect("version", str(self.form.version), "Dùng đúng phiên bản biểu mẫu do Sở gửi.")
        self._expect("plan", self.plan.plan, "Báo cáo thuộc kế hoạch khác; gửi báo cáo của đúng kế hoạch.")
        self._expect("year", str(self.plan.year), "Báo cáo thuộc năm khác; gửi báo cáo của đúng năm.")
        self._reporter()
        self.content.cutoff = self._day("cutoff", "chưa biết số liệu tính đến ngày nào; số 0 được giữ nguyên")
        self.content.sent = self._day("sent", "chưa biết báo cáo gửi ngày nào; báo cáo khác của đơn vị sẽ được ưu tiên")
        if self.content.cutoff and self.content.cutoff.year != self.plan.year:
            self._fault(
                "cutoff", "confirm", "cutoff-year", f"ngày chốt số liệu không thuộc năm {self.plan.year}; kiểm tra"
            )
        mark = self._cell("illustrative")
        self.content.illustrative = fold(mark.text) == fold(self.form.yes_word)
        if not mark.blank and fold(mark.text) not in (fold(self.form.yes_word), fold(self.form.no_word)):
            self._fault("illustrative", "stop", "mark", "chỉ ghi Có (số liệu minh họa) hoặc để trống (số liệu thật)")

    def _cell(self, key: str) -> Cell:
        return self.found.get(key) or Cell("")

    def _refuse(self, words: str) -> None:
        self.content.refusals.append(f"Tệp {self.content.file}: {words.removesuffix('.')}.")

    def _expect(self, key: str, expected: str, remedy: str) -> None:
        cell = self._cell(key)
        if fold(cell.text) != fold(expected):
            label = self.form.info.labels[key]
            where = f"trang {self.form.info.sheet}, ô {cell.place or label}"
            self._refuse(f"{where}: “{label}” là “{cell.raw}”, cần “{expected}”. {remedy}")

    def _reporter(self) -> None:
        cell = self._cell("code")
        codes = {cell.text} | ({cell.text.zfill(2), cell.text.zfill(3)} if cell.text.isdigit() else set())
        found = [unit for unit in self.register.reporters if unit.code in codes]
        if len(found) != 1:
            known = ", ".join(u.code for u in self.register.reporters)
            where = f"trang {self.form.info.sheet}, ô {cell.place or self.form.info.labels['code']}"
            return self._refuse(f"{where}: không có đơn vị mang mã “{cell.raw}”. Các mã: {known}.")
        self.content.reporter = found[0]
        name = self._cell("name")
        if not name.blank and not means(name.text, found[0]):
            words = f"tên “{name.raw}” không phải của mã {found[0].code} ({found[0].full_name}); mã được dùng, sửa lại"
            self._fault("name", "stop", "reporter-name", words)

    def _day(self, key: str, consequence: str) -> date | None:
        reading = read(self._cell(key), "date", self.form)
        if reading.state is State.REPORTED:
            return date.fromisoformat(reading.value)
        words = reading.fault or "chưa ghi ngày"
        self._fault(key, "confirm", f"{key}-date", f"{words}; {consequence}")
        return None

    def _fault(self, key: str, severity: Severity, rule: str, words: str) -> None:
        cell, info = self._cell(key), self.form.info
        reporter = self.content.reporter.code if self.content.reporter else ""
        place = (self.content.file, info.sheet, cell.place)
        self.content.faults.append(
            Fault(severity, reporter, *place, reporter, info.labels[key], cell.seen, rule, sentence(words))
        )
