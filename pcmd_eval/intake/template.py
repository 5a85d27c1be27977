"""Write the return of a reporter: prefilled, guarded by drop-downs and number checks, with a sheet that checks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.form import Column, Item, Kind, Sheet
from pcmd_eval.intake.selfcheck import LOOK, RIGHT, Grid, Line, lines, reds
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import long_date

TITLE = "Kiểm tra"
READY, NOT_READY = "Sẵn sàng gửi", "Còn {} điểm cần sửa"
LONGEST, _HUGE = 32_767, 1e15  # characters that a cell can hold; from here on Excel rounds numbers
FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
GRID = {"border": 1, "border_color": "#808080"}
HEAD = GRID | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
RED, GREEN = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}, {"bg_color": "#D6EAF8", "font_color": "#00507D"}
GIVEN = "#F2F2F2"
_DAY = "d/m/yyyy"
_COLUMNS = {"Biểu": 15, "Nội dung kiểm tra": 43, "Kết quả": 29, "Cần làm gì": 50}
_HINT = "Trang này tự tính, không cần điền. Điểm nào đúng với thực tế thì ghi lý do vào cột Ghi chú của biểu rồi gửi."
_WORDS = 4  # the 0-based column of the first sheet, beside the particulars, in which lists of words stand
_SETTINGS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
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
Place = tuple[int, int]  # row and column of a cell, from 1


@dataclass(frozen=True)
class Row:
    """One row of a sheet: what the form itself says in it by column, its item, and what a sender wrote instead."""

    given: Mapping[str, object]
    item: Item | None = None
    sent: Mapping[str, object] | None = None

    @property
    def written(self) -> Mapping[str, object]:
        """What is to stand there."""
        return self.given if self.sent is None else self.sent


@dataclass(frozen=True)
class Sent:
    """What stands in a return beyond the blank one: values and marks (colour and words) by sheet and place.

    `results`: what the formulas of the sheet `Kiểm tra` come to, by sheet and rule, for programs that do not calculate.
    """

    values: Mapping[str, Mapping[Place, object]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[Place, tuple[str, str]]] = field(default_factory=dict)
    results: Mapping[tuple[str, str], object] = field(default_factory=dict)


def blank_return(plan: Plan, unit: str) -> bytes:
    """The workbook (xlsx bytes) that the reporter with this code fills in; the same input gives the same bytes."""
    return Return(plan, unit, Sent()).content()


class Return:
    """A return that is being written; `pages` by name, those of `before` first and left to the caller."""

    def __init__(self, plan: Plan, unit: str, sent: Sent, before: tuple[str, ...] = ()) -> None:
        self.plan, self.form, self.sent, self.unit = plan, plan.form, sent, plan.unit(unit)
        self.code = str(self.unit.name)
        self.buffer, self._looks = BytesIO(), {}
        self.book = Workbook(self.buffer, _SETTINGS)
        self.book.set_properties({"author": "pcmd-eval", "created": datetime(2017, 1, 1)})
        sheets = plan.sheets_of(self.code)
        names = [*before, TITLE, self.form.info.sheet, *(sheet.name for sheet in sheets)]
        self.pages = {name: self.book.add_worksheet(name) for name in names}
        found = [self._particulars()]
        for sheet in sheets:
            found += self._sheet(self.pages[sheet.name], sheet)
        self._check_page(found)
        self.pages[names[0]].activate()

    def content(self) -> bytes:
        """The workbook as bytes; nothing can be written after."""
        self.book.close()
        return sorted_zip(self.buffer.getvalue(), {"docProps/app.xml": _ours})

    def look(self, **look: object) -> Format:
        """A format of this workbook, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format({**FONT, **look})
        return self._looks[key]

    def put(self, page: Worksheet, place: Place, value: object, **look: object) -> None:
        """Write one cell: a number, a day, or anything else as text that never becomes a formula; marked if it is."""
        row, column = place[0] - 1, place[1] - 1
        if mark := self.sent.marks.get(page.name, {}).get(place):
            look |= {"bg_color": mark[0], "locked": False}
            page.write_comment(row, column, mark[1], {"author": "pcmd-eval", "x_scale": 2.5, "y_scale": 1.5})
        if value is None or value == "":
            page.write_blank(row, column, None, self.look(**look))
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self.look(**look | {"num_format": _DAY}))
        elif isinstance(value, int | float) and abs(value) < _HUGE:
            page.write_number(row, column, value, self.look(**look))
        else:
            page.write_string(row, column, printable(str(value))[:LONGEST], self.look(**look))

    # -- the sheets that people fill in -------------------------------------------------------------------------------

    def _particulars(self) -> Line:
        info, page, plan = self.form.info, self.pages[self.form.info.sheet], self.plan
        for row, text in enumerate((info.title, plan.title, self._of_plan), 1):
            self.put(page, (row, 1), text, font_size=12 if row > 1 else 14, bold=row == 1)
        given = {"version": self.form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": self.code, "name": self.unit.full_name}
        values, days = self.sent.values.get(info.sheet, {}), []
        for row, (key, label) in enumerate(info.labels.items(), self.form.first_row):
            value = values.get((row, 2), given.get(key))
            look = {"bg_color": GIVEN} if key in given and value == given[key] else {"locked": False}
            look |= {"num_format": _DAY} if key in ("cutoff", "sent") else {}
            self.put(page, (row, 1), label, font_size=12, bold=True)
            self.put(page, (row, 2), value, **GRID, font_size=12, align="left", **look)
            self.put(page, (row, 3), info.hints.get(key), italic=True, font_color="#595959")
            if key in ("cutoff", "sent"):
                self._guard(page, (row, 2, row, 2), Column(key=key, header=label, kind="date", width=10), "date")
                days.append(f"'{info.sheet}'!$B${row}")
        for column, width in enumerate((24, 38, 64)):
            page.set_column(column, column, width)
        page.print_area(0, 0, self.form.first_row + len(info.labels) - 2, 2)  # without the words of drop-downs
        self._printing(page)
        formula, say = f"{len(days)}-COUNTA({','.join(days)})", "Ghi hai ngày này dạng ngày/tháng/năm"
        return Line(info.sheet, "blank", "Ngày chốt số liệu, Ngày gửi còn trống", formula, say, len(days))

    @property
    def _of_plan(self) -> str:
        return f"Kế hoạch {self.plan.plan} {long_date(self.plan.issued)}"

    def _sheet(self, page: Worksheet, sheet: Sheet) -> list[Line]:
        first, width = self.form.first_row, len(sheet.columns)
        self.put(page, (1, 1), sheet.title, font_size=13, bold=True)
        self.put(page, (2, 1), f"{self.unit.full_name} - năm {self.plan.year}", font_size=12)
        told = self.look(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, width - 1, sheet.instructions, told)
        page.set_row(2, 34)
        page.set_row(self.form.header_row - 1, 32)
        values, head = self.sent.values.get(sheet.name, {}), self.form.header_row
        for number, column in enumerate(sheet.columns, 1):
            said = values.get((head, number), column.header)
            self.put(page, (head, number), said, **HEAD, locked=said == column.header)
            page.set_column(number - 1, number - 1, column.width)
        rows = self._rows(sheet, values)
        for at, row in enumerate(rows, first):
            for number, column in enumerate(sheet.columns, 1):
                self.put(page, (at, number), row.written.get(column.key), **_look(sheet, column, row))
        for (at, number), value in values.items():
            if number > width:  # beside the form: people's own remarks
                self.put(page, (at, number), value, locked=False)
        units = {row.given["unit"] for row in rows if "unit" in row.given}
        asked = {"communes": len(units), "items": sum(not item.optional for item in sheet.items)}
        expected = asked[sheet.rows] * len(sheet.asked) if sheet.rows in asked else 1
        grid = Grid(self.form, sheet, first, [row.item for row in rows], expected)
        for column, kind, top, bottom in grid.runs():
            at = grid.number(column.key)
            self._guard(page, (top, at, bottom, at), column, kind)
        if units:
            spare = {"validate": "list", "source": f"=$A${first}:$A${grid.last - sheet.spare_rows}"}
            page.data_validation(grid.last - sheet.spare_rows, 0, grid.last - 1, 0, spare)
        for (top, left, bottom, right), formula in reds(grid):
            rule = {"type": "formula", "criteria": f"={formula}", "format": self.look(**RED)}
            page.conditional_format(top - 1, left - 1, bottom - 1, right - 1, rule)
        page.freeze_panes(first - 1, 2)
        page.repeat_rows(self.form.header_row - 1)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{grid.last}"})
        self._printing(page)
        return lines(grid)

    def _rows(self, sheet: Sheet, values: Mapping[Place, object]) -> list[Row]:
        """Every row from the first on: those that a sender has filled in where they stand, those he lacks below."""
        if sheet.rows == "communes":
            units = self.plan.communes(self.code)[["name", "type"]].itertuples()
            own = [Row({"unit": code, "unit_name": name, "unit_type": kind}) for code, name, kind in units]
        elif sheet.rows == "lines":
            own = [Row({"number": number}) for number in range(1, sheet.spare_rows + 1)]
        else:
            own = [Row({"code": i.code, "item": i.label, "measure": i.measure}, i) for i in sheet.items]
        keys, first = [column.key for column in sheet.columns], self.form.first_row
        known = {fold(row.given[keys[0]]): row for row in own}
        labelled = {fold(row.given.get(keys[1], "")): row for row in own}
        end = max((row for row, column in values if row >= first and column <= len(keys)), default=first - 1)
        rows = []
        for at in range(first, end + 1):  # a code that was typed as a number is told by what stands beside it
            written = {key: values.get((at, number)) for number, key in enumerate(keys, 1)}
            code, label = written[keys[0]], fold(written[keys[1]] or "")
            row = known.get(fold(code).zfill(min(map(len, known))))
            row = row if isinstance(code, str) else labelled.get(label, row)
            rows.append(replace(row or Row({}), sent=written))
        found = [row.given for row in rows]
        lacking = [row for row in own if row.given not in found]
        return rows + lacking + [Row({})] * (sheet.spare_rows if sheet.rows == "communes" else 0)

    def _guard(self, page: Worksheet, area: tuple[int, int, int, int], column: Column, kind: Kind) -> None:
        """A drop-down or a check on the cells of an area (from 1), with what to write."""
        words = (self.form.yes_word, self.form.no_word) if kind == "yes_no" else column.choices
        if not words and kind not in _ADVICE:
            return
        rule = {"validate": "list", "source": list(words)} if words else _CHECKS.get(kind, {"validate": "any"})
        if column.fill:
            rule = {"validate": "list", "source": self._list_of_words(column), "show_error": False}
        if advice := _ADVICE.get(kind, "").format(date=self.form.example_date):
            rule = rule | {"input_message": advice, "error_title": "Chưa đúng", "error_message": advice}
        top, left, bottom, right = area
        page.data_validation(top - 1, left - 1, bottom - 1, right - 1, rule)

    def _list_of_words(self, column: Column) -> str:
        """The range with a column's words: words that hold commas cannot stand in the drop-down itself."""
        page, first = self.pages[self.form.info.sheet], self.form.first_row
        for row, word in enumerate((f"{column.header} (danh sách chọn)", *column.choices), first - 1):
            self.put(page, (row, _WORDS + 1), word, font_color="#595959")
        page.set_column(_WORDS, _WORDS, 30)
        return f"='{page.name}'!{xl_range_abs(first - 1, _WORDS, first + len(column.choices) - 2, _WORDS)}"

    def _printing(self, page: Worksheet, high: int = 0) -> None:
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, high)
        page.set_margins(left=0.5, right=0.5)
        page.set_footer(f"&L{self.unit.full_name}&RTrang &P/&N")
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})

    # -- the sheet that checks the others -----------------------------------------------------------------------------

    def _check_page(self, found: list[Line]) -> None:
        """One line for each thing to look at, notes last; the line at the top counts those that are to be mended."""
        page, head = self.pages[TITLE], 7
        found = sorted(found, key=lambda line: not line.counts)
        counted = f"C{head + 1}:C{head + sum(line.counts for line in found)}"
        results = [self.sent.results.get((line.page, line.rule), line.result) for line in found]
        open_ = sum(line.counts and _open(result) for line, result in zip(found, results, strict=True))
        count, (left, right) = f'(COUNTIF({counted},">0")+COUNTIF({counted},"{LOOK}*"))', NOT_READY.split("{}")
        self.put(page, (1, 1), "PHIẾU KIỂM TRA BÁO CÁO", font_size=14, bold=True)
        self.put(page, (2, 1), f"{self.unit.full_name} - năm {self.plan.year}", font_size=12, bold=True)
        self.put(page, (3, 1), f"{self.plan.title} - {self._of_plan}", font_size=12)
        said = NOT_READY.format(open_) if open_ else READY
        formula = f'=IF({count}=0,"{READY}","{left}"&{count}&"{right}")'
        page.write_formula("A4", formula, self.look(font_size=16, bold=True), said)
        self.put(page, (5, 1), _HINT, italic=True)
        for number, (header, width) in enumerate(_COLUMNS.items(), 1):
            self.put(page, (head, number), header, **HEAD)
            page.set_column(number - 1, number - 1, width)
        cell = self.look(**GRID, text_wrap=True, align="left")
        for row, (line, result) in enumerate(zip(found, results, strict=True), head + 1):
            link = self.look(**GRID, font_color="#0563C1", underline=1)
            page.write_url(row - 1, 0, f"internal:'{line.page}'!A1", link, line.page)
            self.put(page, (row, 2), line.title, **GRID, text_wrap=True)
            page.write_array_formula(row - 1, 2, row - 1, 2, f"={line.formula}", cell, result)
            say = line.say.replace('"', '""')
            wrong = f'OR(N(C{row})>0,LEFT(C{row},{len(LOOK)})="{LOOK}")'
            page.write_formula(row - 1, 3, f'=IF({wrong},"{say}","")', cell, line.say if _open(result) else "")
            for holds, look in ((wrong, RED), (f'OR(C{row}="{RIGHT}",C{row}=0)', GREEN)):
                rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**look)}
                page.conditional_format(row - 1, 2, row - 1, 2, rule)
        for holds, look in ((f'=$A$4="{READY}"', GREEN), ("=TRUE", RED)):
            rule = {"type": "formula", "criteria": holds, "format": self.look(**look), "stop_if_true": True}
            page.conditional_format("A4:D4", rule)
        self._printing(page, high=1)


def _ours(part: bytes) -> bytes:
    """Say who wrote the workbook: LibreOffice calculates a stranger's formulas when it opens them, but not Excel's."""
    return part.replace(b"Microsoft Excel", b"pcmd-eval")


def _open(result: object) -> bool:
    """Whether a result of the sheet `Kiểm tra` asks for something."""
    return result.startswith(LOOK) if isinstance(result, str) else bool(result)


def _look(sheet: Sheet, column: Column, row: Row) -> dict[str, object]:
    """How a cell of the form looks; what the form itself says there is grey and locked, the rest is open."""
    kind = sheet.kind_of(column, row.item)
    formats = {"date": _DAY, "count": "0", "amount": "General"}
    look = {**GRID, "num_format": formats.get(kind, "@"), "text_wrap": kind in ("label", "note", "name", "document")}
    said, own = (fold(value.get(column.key) or "") for value in (row.written, row.given))
    return look | ({"locked": False} if column.entry or not row.given or said != own else {"bg_color": GIVEN})
