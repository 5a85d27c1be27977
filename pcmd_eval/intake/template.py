"""Write the return of a reporter: prefilled, with drop-downs, and a sheet that checks it."""

from datetime import date
from itertools import product

from pcmd_eval.intake.grid import Grid
from pcmd_eval.intake.layout import CHECKED, form_rows, laid_out
from pcmd_eval.intake.pen import DAY, GRID, HEAD, Pen, Sent
from pcmd_eval.intake.selfcheck import (
    LOOK,
    RIGHT,
    Line,
    count_of_filled,
    lines,
    reds,
    right_days,
)
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import long_date, short_date

_UNTOUCHED, _READY = "Chưa điền", "Sẵn sàng gửi"
# What programs show that do not calculate.
_WAITING = "Bấm Enable Editing (cho phép sửa) để trang này tính"
_RED = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_GREEN = {"bg_color": "#D6EAF8", "font_color": "#00507D"}
_GIVEN, _OPEN = {"bg_color": "#F2F2F2"}, {"locked": False}
_PALE = {"font_color": "#595959"}
_FORMATS = {"date": "d/m/yyyy", "count": "0", "amount": "General"}
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
_INFO_WIDTHS = {"A:A": 24, "B:B": 38, "C:C": 64}
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
    return Return(plan, unit, Sent()).content()


class Return(Pen):
    """A return that is being written.

    `pages` by name, those of `before` first and left to the caller.
    """

    def __init__(self, plan: Plan, unit: str, sent: Sent, before: tuple[str, ...] = ()) -> None:
        super().__init__(sent)
        self.plan = plan
        self.form = plan.form
        self.unit = plan.unit(unit)
        self.whose = f"{self.unit.full_name} - năm {plan.year}"
        self.issued = f"Kế hoạch {plan.plan} {long_date(plan.issued)}"
        sheets = plan.sheets_of(unit)
        ours = [*before, CHECKED, self.form.info.sheet]
        ours += [sheet.name for sheet in sheets]
        names = dict.fromkeys([*ours, *sent.values])
        self.pages = {name: self.book.add_worksheet(name) for name in names}
        particulars = self._particulars()
        grids = [self._sheet(unit, sheet) for sheet in sheets]
        self._check_page(particulars, grids)
        for name, page in self.pages.items():
            if name not in ours:
                for place in sent.values[name]:
                    self.put(page, place)
        self.pages[ours[0]].activate()

    # -- the sheets that people fill in ------------------------------------------------------------

    def _particulars(self):
        """The first sheet, and the line by which its days are looked at."""
        info = self.form.info
        plan = self.plan
        first = self.form.first_row
        page = self.pages[info.sheet]
        self.top(page, info.title, plan.title, self.issued)
        given = {"version": self.form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": str(self.unit.name), "name": self.unit.full_name}
        days = []
        for row, (key, label) in enumerate(info.labels.items(), first):
            value = self.value(page, (row, 2), given.get(key))
            look = _GIVEN if key in given and value == given[key] else _OPEN
            if key in info.days:
                look = look | DAY
                self._guard(page, f"B{row}", "date")
                days.append(f"'{info.sheet}'!$B${row}")
            self.put(page, (row, 1), label, font_size=12, bold=True)
            self.put(page, (row, 2), value, **GRID, font_size=12, align="left", **look)
            self.put(page, (row, 3), info.hints.get(key), italic=True, **_PALE)
        for column, width in _INFO_WIDTHS.items():
            page.set_column(column, width)
        page.print_area(f"A1:C{first + len(info.labels) - 1}")  # without the words of drop-downs
        self.finish(page, *self.form.official.signs)
        title = "Ngày chốt số liệu, Ngày gửi còn trống hoặc ghi sai"
        say = "Ghi hai ngày này dạng ngày/tháng/năm"
        return Line(info.sheet, title, right_days(self.form, days), say)

    def _sheet(self, unit, sheet):
        """A sheet with data, and the grid by which it is looked at."""
        page = self.pages[sheet.name]
        first = self.form.first_row
        rows = laid_out(self.plan, unit, sheet, self.sent.values.get(sheet.name, {}))
        items = {item.code: item for item in sheet.items}
        behind = [items.get(row.get("code")) for row in rows]
        grid = Grid(self.form, sheet, behind, len(form_rows(self.plan, unit, sheet)))
        self._above(page, sheet)
        for at, row in enumerate(rows, first):
            page.set_row(at - 1, _LINE * sheet.lines)
            self._row(page, grid, at, row)
        for run in grid.runs():
            words = self._list_of_words(run.column) if run.column.fill else [*grid.words(run)]
            self._guard(page, run.here, run.kind, words)
        if sheet.rows == "communes":
            self._added_rows(page, grid)
        for area, formula in reds(grid):
            self._colour(page, area, formula, _RED)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{grid.bottom}"})
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=1.3)  # inches: room for signatures
        self.finish(page, *self.form.official.signs, heads=first - 1, beside=2)
        return grid

    def _above(self, page, sheet):
        """Head, instructions and headers; beside them what a sender had there."""
        width = len(sheet.columns)
        head = self.form.header_row
        deadline = short_date(self.plan.rules["deadline"].value)
        said = self.form.official.head.format(unit=self.unit.full_name, deadline=deadline)
        self.top(page, f"Biểu số {sheet.number}: {sheet.title}", said)
        look = self.look(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, width - 1, sheet.instructions, look)
        page.set_row(2, 34)
        page.set_row(head - 1, 32)
        self.heads(page, head, {column.header: column.width for column in sheet.columns})
        for row, column in self.sent.values.get(sheet.name, {}):
            if row == head:
                self.put(page, (row, column), **_OPEN, **HEAD)
            elif column > width:
                self.put(page, (row, column), **_OPEN)

    def _row(self, page, grid, at, row):
        """One row: what the form says and what people wrote, which alone is open."""
        item = grid.items[at - self.form.first_row]
        for number, column in enumerate(grid.sheet.columns, 1):
            given = row.get(column.key)
            kind = grid.sheet.kind_of(column, item)
            value = self.value(page, (at, number), given)
            shut = not column.entry and row and fold(value or "") == fold(given or "")
            look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
            self.put(page, (at, number), given, **GRID, **look, **(_GIVEN if shut else _OPEN))

    def _added_rows(self, page, grid):
        """Rows to be added are about a commune above: its code is chosen, the rest follows."""
        top, last = grid.top, grid.own_bottom
        spare = grid.bottom - grid.sheet.spare_rows + 1
        codes = {"validate": "list", "source": f"=$A${top}:$A${last}"}
        page.data_validation(f"A{spare}:A{grid.bottom}", codes)
        look = self.look(**GRID, **_OPEN, text_wrap=True)
        labels = [at for at in (2, 3) if not grid.sheet.columns[at - 1].entry]
        for row, column in product(range(spare, grid.bottom + 1), labels):
            if not self.value(page, (row, column)):
                formula = _FOUND.format(row=row, top=top, last=last, column=column)
                page.write_formula(row - 1, column - 1, formula, look, "")

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
        page = self.pages[self.form.info.sheet]
        first = self.form.first_row
        said = f"{column.header} (danh sách chọn)"
        for row, word in enumerate([said, *column.choices], first - 1):
            self.put(page, (row, 5), word, **_PALE)
        page.set_column("E:E", 30)
        return f"='{page.name}'!$E${first}:$E${first + len(column.choices) - 1}"

    # -- the sheet that checks the others ----------------------------------------------------------

    def _check_page(self, particulars, grids):
        """One line for each thing to look at, notes last; the top counts those to be mended."""
        page = self.pages[CHECKED]
        first = _CHECK_HEAD + 1
        listed = [particulars]
        for grid in grids:
            listed += lines(grid)
        listed.sort(key=lambda line: not line.counts)
        last = _CHECK_HEAD + sum(line.counts for line in listed)
        count = _COUNT.format(f"C{first}:C{last}", look=LOOK)
        words = {"untouched": _UNTOUCHED, "ready": _READY}
        state = _STATE.format(filled=count_of_filled(grids), count=count, **words)
        self.top(page, "PHIẾU KIỂM TRA BÁO CÁO", self.whose, f"{self.plan.title} - {self.issued}")
        page.write_formula("A4", state, self.look(font_size=16, bold=True), _WAITING)
        self.put(page, (5, 1), _HINT, italic=True)
        self.heads(page, _CHECK_HEAD, _CHECK_COLUMNS)
        self._colour(page, "A4:D4", 'LEFT($A$4,3)="Còn"', _RED)
        self._colour(page, "A4:D4", f'$A$4="{_READY}"', _GREEN)
        for row, line in enumerate(listed, first):
            self._check_line(page, row, line)
        self.finish(page, self.unit.full_name, "Trang &P/&N", high=1)

    def _check_line(self, page, row, line):
        """What is looked at, what came of it, and what to do where that is wrong."""
        look = self.look(**GRID, text_wrap=True, align="left")
        wrong = _WRONG.format(row, length=len(LOOK), look=LOOK)
        self.link(page, (row, 1), line.page, "A1", line.page)
        self.put(page, (row, 2), line.title, **GRID, text_wrap=True)
        page.write_array_formula(f"C{row}:C{row}", f"={line.formula}", look, "")
        say = line.say.replace('"', '""')
        page.write_formula(f"D{row}", f'=IF({wrong},"{say}","")', look, "")
        self._colour(page, f"C{row}", wrong, _RED)
        self._colour(page, f"C{row}", f'OR(C{row}="{RIGHT}",C{row}=0)', _GREEN)

    def _colour(self, page, area, holds, colour):
        """Colour an area where a formula holds."""
        rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**colour)}
        page.conditional_format(area, rule)
