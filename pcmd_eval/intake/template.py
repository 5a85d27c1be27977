"""Write the return of a reporter: prefilled, with drop-downs, and a sheet that checks it."""

from datetime import date

from pcmd_eval.intake.grid import Grid
from pcmd_eval.intake.layout import CHECKED, TO_MEND, form_rows, laid_out
from pcmd_eval.intake.pen import DAY, GIVEN, GRID, OPEN, Formula, Link, Pen, Sent
from pcmd_eval.intake.selfcheck import (
    LOOK,
    Line,
    count_of_filled,
    lines,
    reds,
    right_days,
)
from pcmd_eval.plan import Plan
from pcmd_eval.words import long_date, short_date

_UNTOUCHED, _READY = "Chưa điền", "Sẵn sàng gửi"
_WAITING = "Bấm Enable Editing (cho phép sửa) để trang này tính"
_RED = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_GREEN = {"bg_color": "#D6EAF8", "font_color": "#00507D"}
_PALE = {"font_color": "#595959"}
_FORMATS = {"date": "d/m/yyyy", "count": "0", "amount": "General", "label": "General"}
_WRAPPED = ("label", "note", "name", "document")
_LINE = 18  # points: the height of a row of figures
_CHECK_HEAD = 7  # the row of the headers of the page of checks
_COUNT = '(COUNTIF({0},">0")+COUNTIF({0},"{look}*"))'
_STATE = '=IF({filled}=0,"{untouched}",IF({count}=0,"{ready}","Còn "&{count}&" điểm cần sửa"))'
_WRONG = 'OR(N(C{0})>0,LEFT(C{0},{length})="{look}")'
_FOUND = '=IFERROR(VLOOKUP(TEXT($A{row},"00000"),$A${top}:$C${last},{column},FALSE),"")'
_CHECK_COLUMNS = {"Biểu": 15, "Nội dung kiểm tra": 43, "Kết quả": 29, "Cần làm gì": 50}
_HINT = (
    "Trang này tự tính, không cần điền. Điểm nào đúng với thực tế thì ghi lý do vào cột Ghi chú "
    "của biểu rồi gửi."
)
MEND_HEAD = 4  # the row of the headers of what is to be mended
_MEND_COLUMNS = {
    "STT": 5,
    "Mức độ": 13,
    "Biểu": 15,
    "Ô": 9,
    "Đơn vị": 19,
    "Cột": 15,
    "Nội dung đã ghi": 22,
    "Cần làm gì": 56,
}
_MEND_HINT = "Bấm vào tên ô để đến chỗ cần sửa, sửa ngay trong tệp này, ghi lại Ngày gửi, gửi lại."
_PAGES = "Trang &P/&N"
_CHECKS = {
    "count": {"validate": "integer", "criteria": ">=", "value": 0},
    "amount": {"validate": "decimal", "criteria": ">=", "value": 0},
    "date": {"validate": "date", "criteria": ">", "value": date(2000, 1, 1)},
}
_ADVICE = {
    "count": "Ghi số nguyên từ 0 trở lên. Không có thì ghi 0, không để trống.",
    "amount": "Ghi số tiền (triệu đồng), từ 0 trở lên.",
    "date": "Ghi ngày dạng ngày/tháng/năm, ví dụ {date}.",
    "yes_no": "Chọn Có hoặc Không.",
    "choice": "Chọn một giá trị trong danh sách.",
    "document": "Ghi số, ký hiệu và ngày: 45/KH-UBND ngày {date}; chưa có thì ghi Chưa có.",
}


def blank_return(plan: Plan, unit: str) -> bytes:
    """The workbook (xlsx bytes) that the reporter with this code fills in.

    The same bytes each time.
    """
    return written(plan, unit, Sent())


def written(plan: Plan, unit: str, sent: Sent) -> bytes:
    """The same with what was sent in it."""
    return _Return(plan, unit, sent).content()


class _Return(Pen):
    """A return that is being written."""

    def __init__(self, plan, unit, sent):
        super().__init__(sent)
        self.plan, self.form, self.unit = plan, plan.form, plan.unit(unit)
        sheets = plan.sheets_of(unit)
        ours = [*([TO_MEND] if sent.points else []), CHECKED, self.form.info.sheet]
        names = dict.fromkeys([*ours, *(sheet.name for sheet in sheets), *sent.values])
        self.pages = {name: self.book.add_worksheet(name) for name in names}
        self.pages[ours[0]].activate()
        self.whose = f"{self.unit.full_name} - năm {plan.year}"
        self.issued = f"Kế hoạch {plan.plan} {long_date(plan.issued)}"
        if sent.points:
            page = self.pages[TO_MEND]
            title = "NHỮNG ĐIỂM CẦN SỬA, XÁC NHẬN HOẶC BỔ SUNG"
            self.top(page, title, f"{self.whose}. {_MEND_HINT}")
            self.table(page, MEND_HEAD, _MEND_COLUMNS, sent.points)
            self.finish(page, self.unit.full_name, _PAGES, heads=MEND_HEAD)
        particulars = self._particulars()
        self._check_page(particulars, [self._sheet(unit, sheet) for sheet in sheets])
        for name, values in sent.values.items():  # what the form has no place for
            for place in values:
                if (name, place) not in self.done:
                    self.put(self.pages[name], place)

    # -- the sheets that people fill in ------------------------------------------------------------

    def _particulars(self):
        """The first sheet, and the line by which its days are looked at."""
        info, plan, first = self.form.info, self.plan, self.form.first_row
        page = self.pages[info.sheet]
        self.top(page, info.title, plan.title, self.issued)
        given = {"version": self.form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": str(self.unit.name), "name": self.unit.full_name}
        days = []
        for row, (key, label) in enumerate(info.labels.items(), first):
            look = GIVEN if key in given else OPEN
            if key in info.days:
                look = look | DAY
                self._guard(page, f"B{row}", "date")
                days.append(f"'{info.sheet}'!$B${row}")
            self.put(page, (row, 1), label, font_size=12, bold=True)
            self.put(page, (row, 2), given.get(key), **GRID, font_size=12, align="left", **look)
            self.put(page, (row, 3), info.hints.get(key), italic=True, **_PALE)
        for at, width in enumerate((24, 38, 64)):
            page.set_column(at, at, width)
        page.print_area(f"A1:C{first + len(info.labels) - 1}")  # without the words of drop-downs
        self.finish(page, *self.form.official.signs)
        title = "Ngày chốt số liệu, Ngày gửi còn trống hoặc ghi sai"
        say = "Ghi hai ngày này dạng ngày/tháng/năm"
        return Line(info.sheet, title, right_days(self.form, days), say)

    def _sheet(self, unit, sheet):
        """A sheet with data, and the grid by which it is looked at."""
        page, first = self.pages[sheet.name], self.form.first_row
        rows = laid_out(self.plan, unit, sheet, self.sent.values.get(sheet.name, {}))
        items = {item.code: item for item in sheet.items}
        behind = [items.get(row.get("code")) for row in rows]
        grid = Grid(self.form, sheet, behind, len(form_rows(self.plan, unit, sheet)))
        self._above(page, sheet)
        spare = len(rows) - sheet.spare_rows
        if sheet.rows == "communes":
            rows[spare:] = self._added_rows(page, grid, first + spare)
        for at, row in enumerate(rows, first):
            page.set_row(at - 1, _LINE * sheet.lines)
            self._row(page, grid, at, row)
        for run in grid.runs():
            words = self._list_of_words(run.column) if run.column.fill else [*grid.words(run)]
            self._guard(page, run.here, run.column.kind, words)
        for area, formula in reds(grid):
            self._colour(page, area, formula, _RED)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{grid.bottom}"})
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=1.3)  # inches: room for signatures
        self.finish(page, *self.form.official.signs, heads=first - 1, beside=2)
        return grid

    def _above(self, page, sheet):
        """Head, instructions and headers."""
        head = self.form.header_row
        deadline = short_date(self.plan.rules["deadline"].value)
        said = self.form.official.head.format(unit=self.unit.full_name, deadline=deadline)
        self.top(page, f"Biểu số {sheet.number}: {sheet.title}", said)
        look = self.look(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, len(sheet.columns) - 1, sheet.instructions, look)
        page.set_row(2, 34)
        page.set_row(head - 1, 32)
        self.table(page, head, {column.header: column.width for column in sheet.columns})

    def _row(self, page, grid, at, row):
        """One row: what the form says and what people wrote, which alone is open."""
        item = grid.items[at - self.form.first_row]
        for number, column in enumerate(grid.sheet.columns, 1):
            kind = column.of(item).kind
            look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
            given = row.get(column.key)
            shut = not column.entry and isinstance(given, str | int)
            self.put(page, (at, number), given, **GRID, **look, **(GIVEN if shut else OPEN))

    def _added_rows(self, page, grid, first):
        """Rows to be added are about a commune above: its code is chosen, the rest follows."""
        top, last = grid.top, grid.own_bottom
        codes = {"validate": "list", "source": f"=$A${top}:$A${last}"}
        page.data_validation(f"A{first}:A{grid.bottom}", codes)
        rows = []
        for row in range(first, grid.bottom + 1):
            found = {}
            for at, column in enumerate(grid.sheet.columns[1:3], 2):
                text = _FOUND.format(row=row, top=top, last=last, column=at)
                found[column.key] = Formula(text)
            rows.append(found)
        return rows

    def _guard(self, page, area, kind, words=""):
        """A drop-down of words (a range: only a proposal) or a check, with what to write."""
        rule = dict(_CHECKS.get(kind, {"validate": "any"}))
        if words:
            rule = {"validate": "list", "source": words}
        if advice := _ADVICE.get(kind, "").format(date=self.form.example_date):
            rule |= {"input_message": advice, "error_title": "Chưa đúng", "error_message": advice}
        if words or advice:
            page.data_validation(area, rule | {"show_error": kind != "label"})

    def _list_of_words(self, column):
        """The range with a column's words: with commas they cannot stand in the drop-down.

        It stands in the first sheet, in column E beside the particulars.
        """
        page, first = self.pages[self.form.info.sheet], self.form.first_row
        said = f"{column.header} (danh sách chọn)"
        page.write_column(first - 2, 4, [said, *column.choices], self.look(**_PALE))
        page.set_column("E:E", 30)
        return f"='{page.name}'!$E${first}:$E${first + len(column.choices) - 1}"

    # -- the sheet that checks the others ----------------------------------------------------------

    def _check_page(self, particulars, grids):
        """One line for each thing to look at; the top counts those to be mended."""
        page, first = self.pages[CHECKED], _CHECK_HEAD + 1
        listed = [particulars]
        for grid in grids:
            listed += lines(grid)
        count = _COUNT.format(f"C{first}:C{_CHECK_HEAD + len(listed)}", look=LOOK)
        words = {"untouched": _UNTOUCHED, "ready": _READY}
        state = _STATE.format(filled=count_of_filled(grids), count=count, **words)
        self.top(page, "PHIẾU KIỂM TRA BÁO CÁO", self.whose, f"{self.plan.title} - {self.issued}")
        self.put(page, (4, 1), Formula(state, _WAITING), font_size=16, bold=True)
        self.put(page, (5, 1), _HINT, italic=True)
        self._colour(page, "A4:D4", 'LEFT($A$4,3)="Còn"', _RED)
        self._colour(page, "A4:D4", f'$A$4="{_READY}"', _GREEN)
        rows = []
        for row, line in enumerate(listed, first):
            wrong = _WRONG.format(row, length=len(LOOK), look=LOOK)
            say = line.say.replace('"', '""')
            result = Formula(f"={line.formula}", array=True)
            mend = Formula(f'=IF({wrong},"{say}","")')
            rows.append((Link(line.page, "A1", line.page), line.title, result, mend))
            self._colour(page, f"C{row}", wrong, _RED)
        self.table(page, _CHECK_HEAD, _CHECK_COLUMNS, rows)
        self.finish(page, self.unit.full_name, _PAGES, high=1)

    def _colour(self, page, area, holds, colour):
        """Colour an area where a formula holds."""
        rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**colour)}
        page.conditional_format(area, rule)
