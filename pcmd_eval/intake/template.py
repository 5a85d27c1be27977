"""Write the return of a reporter: prefilled, guarded by drop-downs and number checks, with a sheet that checks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.form import Column, Kind, Sheet
from pcmd_eval.intake.cells import LONGEST
from pcmd_eval.intake.selfcheck import LOOK, RIGHT, Area, Grid, Line, lines, reds
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import long_date

TITLE = "Kiểm tra"
_READY = "Sẵn sàng gửi"
_WAITING = "Bấm Enable Editing (cho phép sửa) để trang này tính"  # what programs show that do not calculate
GRID = {"border": 1, "border_color": "#808080"}
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
_HEAD = GRID | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
_RED, _GREEN = (
    {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    {"bg_color": "#D6EAF8", "font_color": "#00507D"},
)
_GIVEN, _DAY = {"bg_color": "#F2F2F2"}, {"num_format": "d/m/yyyy"}
_FORMATS, _WRAPPED = (
    {"date": "d/m/yyyy", "count": "0", "amount": "General"},
    ("label", "note", "name", "document"),
)
_HUGE = 1e15  # from here on Excel rounds numbers
_COLUMNS = {"Biểu": 15, "Nội dung kiểm tra": 43, "Kết quả": 29, "Cần làm gì": 50}
_HINT = "Trang này tự tính, không cần điền. Điểm nào đúng với thực tế thì ghi lý do vào cột Ghi chú của biểu rồi gửi."
_WORDS = 4  # the 0-based column of the first sheet, beside the particulars, in which lists of words stand
_SETTINGS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
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
Row = Mapping[str, object]  # what stands in a row, by the key of the column


@dataclass(frozen=True)
class Sent:
    """What stands in a return instead of the blank one's: values and marks (colour and words) by sheet and place."""

    values: Mapping[str, Mapping[Place, object]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[Place, tuple[str, str]]] = field(default_factory=dict)


def blank_return(plan: Plan, unit: str) -> bytes:
    """The workbook (xlsx bytes) that the reporter with this code fills in; the same input gives the same bytes."""
    return Return(plan, unit, Sent()).content()


class Return:
    """A return that is being written; `pages` by name, those of `before` first and left to the caller."""

    def __init__(self, plan: Plan, unit: str, sent: Sent, before: tuple[str, ...] = ()) -> None:
        self.plan, self.form, self.sent, self.unit = plan, plan.form, sent, plan.unit(unit)
        self.code, self.whose = str(self.unit.name), f"{self.unit.full_name} - năm {plan.year}"
        self.issued = f"Kế hoạch {plan.plan} {long_date(plan.issued)}"
        self.buffer, self._looks = BytesIO(), {}
        self.book = Workbook(self.buffer, _SETTINGS)
        self.book.set_properties({"author": "pcmd-eval", "created": datetime(2017, 1, 1)})
        sheets = plan.sheets_of(self.code)
        names = [*before, TITLE, self.form.info.sheet, *(sheet.name for sheet in sheets)]
        self.pages = {name: self.book.add_worksheet(name) for name in names}
        found = [self._particulars(), *(line for sheet in sheets for line in self._sheet(sheet))]
        self._check_page(found)
        self.pages[names[0]].activate()

    def content(self) -> bytes:
        """The workbook as bytes; nothing can be written after."""
        self.book.close()
        return sorted_zip(self.buffer.getvalue(), {"docProps/app.xml": _ours})

    # -- what every page is made of -----------------------------------------------------------------------------------

    def look(self, **look: object) -> Format:
        """A format of this workbook, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format(_FONT | look)
        return self._looks[key]

    def put(self, page: Worksheet, place: Place, value: object, **look: object) -> None:
        """Write one cell: a number, a day, or anything else as text that never becomes a formula; marked if it is."""
        row, column = place[0] - 1, place[1] - 1
        if mark := self.sent.marks.get(page.name, {}).get(place):
            look |= {"bg_color": mark[0], "locked": False}
            page.write_comment(
                row, column, mark[1], {"author": "pcmd-eval", "x_scale": 2.5, "y_scale": 1.5}
            )
        if value is None or value == "":
            page.write_blank(row, column, None, self.look(**look))
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self.look(**look | _DAY))
        elif isinstance(value, int | float) and abs(value) < _HUGE:
            page.write_number(row, column, value, self.look(**look))
        else:
            page.write_string(row, column, printable(str(value))[:LONGEST], self.look(**look))

    def link(self, page: Worksheet, place: Place, sheet: str, cell: str, words: str) -> None:
        """Write words that lead to a cell of this workbook."""
        target = "internal:'{}'!{}".format(sheet.replace("'", "''"), cell)
        look = self.look(**GRID, font_color="#0563C1", underline=1)
        page.write_url(place[0] - 1, place[1] - 1, target, look, words)

    def top(self, page: Worksheet, *texts: str) -> None:
        """The first lines of a page."""
        for row, text in enumerate(texts, 1):
            self.put(page, (row, 1), text, font_size=12 if row > 1 else 14, bold=row == 1)

    def heads(self, page: Worksheet, row: int, widths: Mapping[str, int]) -> None:
        """The headers of a table, each with the width of its column."""
        for number, (head, width) in enumerate(widths.items(), 1):
            self.put(page, (row, number), head, **_HEAD)
            page.set_column(number - 1, number - 1, width)

    def finish(self, page: Worksheet, high: int = 0) -> None:
        """Set a page up for printing, `high` sheets of paper high, and protect what is not to be filled in."""
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, high)
        page.set_margins(left=0.5, right=0.5)
        page.set_footer(f"&L{self.unit.full_name}&RTrang &P/&N")
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})

    # -- the sheets that people fill in -------------------------------------------------------------------------------

    def _particulars(self) -> Line:
        info, page, plan = self.form.info, self.pages[self.form.info.sheet], self.plan
        self.top(page, info.title, plan.title, self.issued)
        given = {"version": self.form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": self.code, "name": self.unit.full_name}
        values, days = self.sent.values.get(info.sheet, {}), []
        for row, (key, label) in enumerate(info.labels.items(), self.form.first_row):
            value = values.get((row, 2), given.get(key))
            look = _GIVEN if key in given and value == given[key] else {"locked": False}
            if key in ("cutoff", "sent"):
                look = look | _DAY
                self._guard(page, (row - 1, 1, row - 1, 1), "date")
                days.append(f"'{info.sheet}'!$B${row}")
            self.put(page, (row, 1), label, font_size=12, bold=True)
            self.put(page, (row, 2), value, **GRID, font_size=12, align="left", **look)
            self.put(page, (row, 3), info.hints.get(key), italic=True, font_color="#595959")
        for column, width in enumerate((24, 38, 64)):
            page.set_column(column, column, width)
        page.print_area(
            0, 0, self.form.first_row + len(info.labels) - 2, 2
        )  # without the words of drop-downs
        self.finish(page)
        formula, say = (
            f"{len(days)}-COUNTA({','.join(days)})",
            "Ghi hai ngày này dạng ngày/tháng/năm",
        )
        return Line(info.sheet, "Ngày chốt số liệu, Ngày gửi còn trống", formula, say)

    def _sheet(self, sheet: Sheet) -> list[Line]:
        page, first, head = self.pages[sheet.name], self.form.first_row, self.form.header_row
        values, width = self.sent.values.get(sheet.name, {}), len(sheet.columns)
        self.top(page, sheet.title, self.whose)
        page.merge_range(
            2,
            0,
            2,
            width - 1,
            sheet.instructions,
            self.look(italic=True, text_wrap=True, valign="top"),
        )
        page.set_row(2, 34)
        page.set_row(head - 1, 32)
        self.heads(page, head, {column.header: column.width for column in sheet.columns})
        for (at, number), value in values.items():
            if (
                at == head or number > width
            ):  # headers that are not ours, and people's own remarks beside the form
                self.put(page, (at, number), value, locked=False, **(_HEAD if at == head else {}))
        rows, items = self._rows(sheet, values), {item.code: item for item in sheet.items}
        end = first + len(rows) - 1
        grid = Grid(self.form, sheet, [items.get(str(row.get("code"))) for row in rows])
        for at, (row, item) in enumerate(zip(rows, grid.items, strict=True), first):
            for number, column in enumerate(sheet.columns, 1):
                given, kind = row.get(column.key), sheet.kind_of(column, item)
                value = values.get((at, number), given)
                shut = not column.entry and row and fold(value or "") == fold(given or "")
                look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
                self.put(
                    page,
                    (at, number),
                    value,
                    **GRID,
                    **look,
                    **(_GIVEN if shut else {"locked": False}),
                )
        for column, kind, area in grid.runs():
            words = self._list_of_words(column) if column.fill else [*grid.words(column, kind)]
            self._guard(page, area, kind, words)
        if sheet.rows == "communes":  # rows to be added are about one of those above
            above = end - sheet.spare_rows
            codes = {"validate": "list", "source": f"=$A${first}:$A${above}"}
            page.data_validation(above, 0, end - 1, 0, codes)
        for area, formula in reds(grid):
            rule = {"type": "formula", "criteria": f"={formula}", "format": self.look(**_RED)}
            page.conditional_format(*area, rule)
        page.freeze_panes(first - 1, 2)
        page.repeat_rows(head - 1)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{end}"})
        self.finish(page)
        return lines(grid)

    def _rows(self, sheet: Sheet, values: Mapping[Place, object]) -> list[Row]:
        """What the form itself says in each row from the first on: the rows of a sender where they are, then others."""
        spare, (key, beside) = 0, (column.key for column in sheet.columns[:2])
        if sheet.rows == "communes":
            communes = self.plan.communes(self.code)[["name", "type"]].itertuples()
            own: list[Row] = [
                {"unit": code, "unit_name": name, "unit_type": kind}
                for code, name, kind in communes
            ]
            spare = sheet.spare_rows
        elif sheet.rows == "lines":
            own = [{"number": number} for number in range(1, sheet.spare_rows + 1)]
        else:
            own = [
                {"code": item.code, "item": item.label, "measure": item.measure}
                for item in sheet.items
            ]
        coded = {fold(row[key]): row for row in own}
        labelled = {fold(row[beside]): row for row in own if beside in row}
        rows: list[Row] = []
        end = max((row for row, column in values if column <= len(sheet.columns)), default=0)
        for at in range(self.form.first_row, end + 1):
            code, label = values.get((at, 1), ""), values.get((at, 2), "")
            row = coded.get(fold(code).zfill(min(map(len, coded))), {})
            if not code or not isinstance(
                code, str
            ):  # 6.1 and 6.10 are one number: what stands beside it tells
                row = labelled.get(fold(label), row)
            rows.append(row)
        return rows + [row for row in own if row not in rows] + [{}] * spare

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

    def _check_page(self, found: list[Line]) -> None:
        """One line for each thing to look at, notes last; the line at the top counts those that are to be mended."""
        page, head = self.pages[TITLE], 7
        found = sorted(found, key=lambda line: not line.counts)
        counted = f"C{head + 1}:C{head + sum(line.counts for line in found)}"
        count = f'(COUNTIF({counted},">0")+COUNTIF({counted},"{LOOK}*"))'
        self.top(page, "PHIẾU KIỂM TRA BÁO CÁO", self.whose, f"{self.plan.title} - {self.issued}")
        formula = f'=IF({count}=0,"{_READY}","Còn "&{count}&" điểm cần sửa")'
        page.write_formula("A4", formula, self.look(font_size=16, bold=True), _WAITING)
        self.put(page, (5, 1), _HINT, italic=True)
        self.heads(page, head, _COLUMNS)
        colours = [("A4:D4", f'$A$4="{_READY}"', _GREEN), ("A4:D4", f'$A$4<>"{_READY}"', _RED)]
        look = self.look(**GRID, text_wrap=True, align="left")
        for row, line in enumerate(found, head + 1):
            self.link(page, (row, 1), line.page, "A1", line.page)
            self.put(page, (row, 2), line.title, **GRID, text_wrap=True)
            page.write_array_formula(row - 1, 2, row - 1, 2, f"={line.formula}", look, "")
            wrong, say = (
                f'OR(N(C{row})>0,LEFT(C{row},{len(LOOK)})="{LOOK}")',
                line.say.replace('"', '""'),
            )
            page.write_formula(row - 1, 3, f'=IF({wrong},"{say}","")', look, "")
            colours += [
                (f"C{row}", wrong, _RED),
                (f"C{row}", f'OR(C{row}="{RIGHT}",C{row}=0)', _GREEN),
            ]
        for cells, holds, colour in colours:
            rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**colour)}
            page.conditional_format(cells, rule)
        self.finish(page, high=1)


def _ours(part: bytes) -> bytes:
    """Say who wrote the workbook: LibreOffice calculates a stranger's formulas when it opens them, but not Excel's."""
    return part.replace(b"Microsoft Excel", b"pcmd-eval")
