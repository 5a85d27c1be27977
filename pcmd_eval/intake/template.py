"""Write the return of a reporter: prefilled, guarded by drop-downs and number checks, with a sheet that checks it."""

from collections.abc import Mapping
from datetime import date

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.form import Column, Kind, Sheet
from pcmd_eval.intake.layout import Place, Row, form_rows, laid_out
from pcmd_eval.intake.pen import DAY, GRID, HEAD, Pen, Sent, footed
from pcmd_eval.intake.selfcheck import (
    LOOK,
    RIGHT,
    Area,
    Grid,
    Line,
    filled,
    lines,
    reds,
    right_days,
)
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import long_date, short_date

TITLE = "Kiểm tra"
_UNTOUCHED, _READY = "Chưa điền", "Sẵn sàng gửi"
_WAITING = "Bấm Enable Editing (cho phép sửa) để trang này tính"  # what programs show that do not calculate
_RED, _GREEN = (
    {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    {"bg_color": "#D6EAF8", "font_color": "#00507D"},
)
_GIVEN = {"bg_color": "#F2F2F2"}
_FORMATS, _WRAPPED = (
    {"date": "d/m/yyyy", "count": "0", "amount": "General"},
    ("label", "note", "name", "document"),
)
_LINE = 18  # points: the height of a row of figures
_COLUMNS = {"Biểu": 15, "Nội dung kiểm tra": 43, "Kết quả": 29, "Cần làm gì": 50}
_HINT = "Trang này tự tính, không cần điền. Điểm nào đúng với thực tế thì ghi lý do vào cột Ghi chú của biểu rồi gửi."
_WORDS = 4  # the 0-based column of the first sheet, beside the particulars, in which lists of words stand
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
    """The workbook (xlsx bytes) that the reporter with this code fills in; the same input gives the same bytes."""
    return Return(plan, unit, Sent()).content()


class Return(Pen):
    """A return that is being written; `pages` by name, those of `before` first and left to the caller."""

    def __init__(self, plan: Plan, unit: str, sent: Sent, before: tuple[str, ...] = ()) -> None:
        super().__init__(sent)
        self.plan, self.form, self.unit = plan, plan.form, plan.unit(unit)
        self.code, self.whose = str(self.unit.name), f"{self.unit.full_name} - năm {plan.year}"
        self.issued = f"Kế hoạch {plan.plan} {long_date(plan.issued)}"
        sheets = plan.sheets_of(self.code)
        ours = [*before, TITLE, self.form.info.sheet, *(sheet.name for sheet in sheets)]
        others = [name for name in sent.values if name not in ours]
        self.pages = {name: self.book.add_worksheet(name) for name in (*ours, *others)}
        found, grids = [self._particulars()], [self._sheet(sheet) for sheet in sheets]
        for grid in grids:
            found += lines(grid)
        self._check_page(found, grids)
        for name in others:
            for place, value in sent.values[name].items():
                self.put(self.pages[name], place, value)
        self.pages[ours[0]].activate()

    def finish(self, page: Worksheet, foot: str = "", high: int = 0) -> None:
        """Set a page up for printing; without a foot of its own it names the unit and counts the pages."""
        super().finish(page, foot or footed(self.unit.full_name, "Trang &P/&N"), high)

    # -- the sheets that people fill in -------------------------------------------------------------------------------

    def _particulars(self) -> Line:
        info, page, plan = self.form.info, self.pages[self.form.info.sheet], self.plan
        self.top(page, info.title, plan.title, self.issued)
        given = {"version": self.form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": self.code, "name": self.unit.full_name}
        days = []
        for row, key in enumerate(info.labels, self.form.first_row):
            self._particular(page, row, key, given)
            if key in ("cutoff", "sent"):
                self._guard(page, (row - 1, 1, row - 1, 1), "date")
                days.append(f"'{info.sheet}'!$B${row}")
        for column, width in enumerate((24, 38, 64)):
            page.set_column(column, column, width)
        end = self.form.first_row + len(info.labels) - 2
        page.print_area(0, 0, end, 2)  # without the words of drop-downs
        self.finish(page, self._foot())
        title = "Ngày chốt số liệu, Ngày gửi còn trống hoặc ghi sai"
        say = "Ghi hai ngày này dạng ngày/tháng/năm"
        return Line(info.sheet, title, right_days(self.form, days), say)

    def _particular(self, page: Worksheet, row: int, key: str, given: Row) -> None:
        """One line of the first sheet: label, value and hint."""
        info = self.form.info
        value = self.sent.values.get(info.sheet, {}).get((row, 2), given.get(key))
        look = _GIVEN if key in given and value == given[key] else {"locked": False}
        look = look | (DAY if key in ("cutoff", "sent") else {})
        self.put(page, (row, 1), info.labels[key], font_size=12, bold=True)
        self.put(page, (row, 2), value, **GRID, font_size=12, align="left", **look)
        self.put(page, (row, 3), info.hints.get(key), italic=True, font_color="#595959")

    def _sheet(self, sheet: Sheet) -> Grid:
        page, values = self.pages[sheet.name], self.sent.values.get(sheet.name, {})
        own = form_rows(self.plan, self.code, sheet)
        rows, items = laid_out(self.form, sheet, own, values), {i.code: i for i in sheet.items}
        grid = Grid(self.form, sheet, [items.get(str(row.get("code"))) for row in rows], len(own))
        self._above(page, sheet, values)
        for at, row in enumerate(rows, self.form.first_row):
            page.set_row(at - 1, _LINE * sheet.lines)
            self._row(page, grid, at, row)
        for column, kind, area, _ in grid.runs():
            words = self._list_of_words(column) if column.fill else [*grid.words(column, kind)]
            self._guard(page, area, kind, words)
        if sheet.rows == "communes":
            self._added_rows(page, grid, values)
        for area, formula in reds(grid):
            rule = {"type": "formula", "criteria": f"={formula}", "format": self.look(**_RED)}
            page.conditional_format(*area, rule)
        page.freeze_panes(self.form.first_row - 1, 2)
        page.repeat_rows(self.form.header_row - 1)
        page.ignore_errors({"number_stored_as_text": f"A{grid.top + 1}:Z{grid.bottom + 1}"})
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=1.3)  # inches: room for signatures
        self.finish(page, self._foot())
        return grid

    def _above(self, page: Worksheet, sheet: Sheet, values: Mapping[Place, object]) -> None:
        """Head, instructions and headers; beside them what a sender had there."""
        width, head = len(sheet.columns), self.form.header_row
        said = self.form.official.head.format(
            unit=self.unit.full_name, deadline=short_date(self.plan.rules["deadline"].value)
        )
        self.top(page, f"Biểu số {sheet.name.split()[0]}: {sheet.title}", said)
        look = self.look(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, width - 1, sheet.instructions, look)
        page.set_row(2, 34)
        page.set_row(head - 1, 32)
        self.heads(page, head, {column.header: column.width for column in sheet.columns})
        for (at, number), value in values.items():
            if at == head or number > width:
                self.put(page, (at, number), value, locked=False, **(HEAD if at == head else {}))

    def _foot(self) -> str:
        """Who signs: on paper below every page, so that nobody takes a name for data."""
        return footed(*self.form.official.signs)

    def _row(self, page: Worksheet, grid: Grid, at: int, row: Row) -> None:
        """One row: what the form says and what people wrote, which alone is open."""
        sheet, values = grid.sheet, self.sent.values.get(grid.sheet.name, {})
        item = grid.items[at - self.form.first_row]
        for number, column in enumerate(sheet.columns, 1):
            given, kind = row.get(column.key), sheet.kind_of(column, item)
            value = values.get((at, number), given)
            shut = not column.entry and row and fold(value or "") == fold(given or "")
            look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
            look |= _GIVEN if shut else {"locked": False}
            self.put(page, (at, number), value, **GRID, **look)

    def _added_rows(self, page: Worksheet, grid: Grid, values: Mapping[Place, object]) -> None:
        """Rows to be added are about a commune above: a list of codes, from which name and type follow."""
        top, above, spare = grid.top, grid.top + grid.own - 1, grid.bottom - grid.sheet.spare_rows
        codes = {"validate": "list", "source": f"=$A${top + 1}:$A${above + 1}"}
        page.data_validation(spare + 1, 0, grid.bottom, 0, codes)
        look = self.look(**GRID, locked=False, text_wrap=True)
        for row in range(spare + 1, grid.bottom + 1):
            for number, column in enumerate(grid.sheet.columns[1:3], 1):
                if column.entry or values.get((row + 1, number + 1)):
                    continue
                area = f"$A${top + 1}:$C${above + 1}"
                found = f'VLOOKUP(TEXT($A{row + 1},"00000"),{area},{number + 1},FALSE)'
                page.write_formula(row, number, f'=IFERROR({found},"")', look, "")

    def _guard(self, page: Worksheet, area: Area, kind: Kind, words: list[str] | str = "") -> None:
        """A drop-down of words (a range: only a proposal) or a check on the cells of an area, with what to write."""
        rule = (
            {"validate": "list", "source": words}
            if words
            else _CHECKS.get(kind, {"validate": "any"})
        )
        advice = _ADVICE.get(kind, "").format(date=self.form.example_date)
        told = (
            {"input_message": advice, "error_title": "Chưa đúng", "error_message": advice}
            if advice
            else {}
        )
        if words or advice:
            page.data_validation(*area, rule | told | {"show_error": kind != "label"})

    def _list_of_words(self, column: Column) -> str:
        """The range with a column's words: words that hold commas cannot stand in the drop-down itself."""
        page, first = self.pages[self.form.info.sheet], self.form.first_row
        for row, word in enumerate(
            (f"{column.header} (danh sách chọn)", *column.choices), first - 1
        ):
            self.put(page, (row, _WORDS + 1), word, font_color="#595959")
        page.set_column(_WORDS, _WORDS, 30)
        return f"='{page.name}'!{xl_range_abs(first - 1, _WORDS, first + len(column.choices) - 2, _WORDS)}"

    # -- the sheet that checks the others -----------------------------------------------------------------------------

    def _check_page(self, found: list[Line], grids: list[Grid]) -> None:
        """One line for each thing to look at, notes last; the line at the top counts those that are to be mended."""
        page, head = self.pages[TITLE], 7
        found = sorted(found, key=lambda line: not line.counts)
        counted = f"C{head + 1}:C{head + sum(line.counts for line in found)}"
        count = f'(COUNTIF({counted},">0")+COUNTIF({counted},"{LOOK}*"))'
        self.top(page, "PHIẾU KIỂM TRA BÁO CÁO", self.whose, f"{self.plan.title} - {self.issued}")
        said = f'IF({count}=0,"{_READY}","Còn "&{count}&" điểm cần sửa")'
        formula = f'=IF({filled(grids)}=0,"{_UNTOUCHED}",{said})'
        page.write_formula("A4", formula, self.look(font_size=16, bold=True), _WAITING)
        self.put(page, (5, 1), _HINT, italic=True)
        self.heads(page, head, _COLUMNS)
        self._colour(page, "A4:D4", f'$A$4="{_READY}"', 'LEFT($A$4,3)="Còn"')
        for row, line in enumerate(found, head + 1):
            self._check_line(page, row, line)
        self.finish(page, high=1)

    def _check_line(self, page: Worksheet, row: int, line: Line) -> None:
        """What is looked at, what came of it, and what to do where that is wrong."""
        look = self.look(**GRID, text_wrap=True, align="left")
        self.link(page, (row, 1), line.page, "A1", line.page)
        self.put(page, (row, 2), line.title, **GRID, text_wrap=True)
        page.write_array_formula(row - 1, 2, row - 1, 2, f"={line.formula}", look, "")
        wrong = f'OR(N(C{row})>0,LEFT(C{row},{len(LOOK)})="{LOOK}")'
        say = line.say.replace('"', '""')
        page.write_formula(row - 1, 3, f'=IF({wrong},"{say}","")', look, "")
        self._colour(page, f"C{row}", f'OR(C{row}="{RIGHT}",C{row}=0)', wrong)

    def _colour(self, page: Worksheet, cells: str, right: str, wrong: str) -> None:
        for holds, colour in ((wrong, _RED), (right, _GREEN)):
            rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**colour)}
            page.conditional_format(cells, rule)
