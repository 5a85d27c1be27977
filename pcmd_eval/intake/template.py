"""Write the blank return of a reporter: prefilled, guarded by drop-downs and number checks, ready to print on A4."""

from datetime import date

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.files import workbook_bytes
from pcmd_eval.form import Column, Form, Item, Sheet
from pcmd_eval.plan import Plan
from pcmd_eval.units import Register, Unit
from pcmd_eval.wording import long_date

_FONT = "Times New Roman"
_LINE = Side(style="thin", color="808080")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", start_color="DDE6EE")
_GIVEN = PatternFill("solid", start_color="F2F2F2")
_WORDS_COLUMN = 5  # of the first sheet, beside the particulars
_OPEN = Protection(locked=False)
_CHECKS = {
    "count": {"type": "whole", "operator": "greaterThanOrEqual", "formula1": "0"},
    "amount": {"type": "decimal", "operator": "greaterThanOrEqual", "formula1": "0"},
    "date": {"type": "date", "operator": "greaterThan", "formula1": str((date(2000, 1, 1) - date(1899, 12, 30)).days)},
}
_ADVICE = {
    "count": "Ghi số nguyên từ 0 trở lên. Không có thì ghi 0, không để trống.",
    "amount": "Ghi số tiền (triệu đồng), từ 0 trở lên.",
    "date": "Ghi ngày dạng ngày/tháng/năm, ví dụ {date}.",
    "yes_no": "Chọn Có hoặc Không.",
    "choice": "Chọn một giá trị trong danh sách.",
    "document": "Ghi số, ký hiệu và ngày: 45/KH-UBND ngày {date}; chưa có thì ghi Chưa có.",
}


def blank_return(plan: Plan, form: Form, register: Register, reporter: Unit) -> bytes:
    """The workbook (xlsx bytes) that `reporter` fills in for `plan`; the same input gives the same bytes."""
    workbook = Workbook()
    _info(workbook.active, plan, form, reporter)
    for sheet in form.sheets_of(reporter, register):
        _sheet(workbook.create_sheet(sheet.name), plan, form, register, reporter, sheet)
    return workbook_bytes(workbook)


def _info(page: Worksheet, plan: Plan, form: Form, reporter: Unit) -> None:
    page.title = form.info.sheet
    page["A1"], page["A2"] = form.info.title, plan.title
    page["A3"] = f"Kế hoạch {plan.plan} {long_date(plan.issued)}"
    given = {
        "version": form.version,
        "plan": plan.plan,
        "year": plan.year,
        "code": reporter.code,
        "name": reporter.full_name,
    }
    for row, (key, label) in enumerate(form.info.labels.items(), form.first_row):
        page.cell(row, 1, label).font = Font(name=_FONT, size=12, bold=True)
        cell = page.cell(row, 2, given.get(key))
        cell.font, cell.border, cell.alignment = Font(name=_FONT, size=12), _GRID, Alignment(horizontal="left")
        page.cell(row, 3, form.info.hints.get(key)).font = Font(name=_FONT, size=11, italic=True, color="595959")
        if key in given:
            cell.fill = _GIVEN
        else:
            cell.protection = _OPEN
        if key in ("cutoff", "sent"):
            cell.number_format = "d/m/yyyy"
            _check(page, f"B{row}", Column(key=key, header=label, kind="date", width=10), form)
    for letter, width in zip("ABC", (24, 38, 64), strict=True):
        page.column_dimensions[letter].width = width
    for row, size in ((1, 14), (2, 12), (3, 12)):
        page.cell(row, 1).font = Font(name=_FONT, size=size, bold=row == 1)
    _printing(page, None, reporter)


def _sheet(page: Worksheet, plan: Plan, form: Form, register: Register, reporter: Unit, sheet: Sheet) -> None:
    last = get_column_letter(len(sheet.columns))
    page["A1"], page["A2"] = sheet.title, f"{reporter.full_name} - năm {plan.year}"
    page["A3"] = sheet.instructions
    page["A1"].font, page["A2"].font = Font(name=_FONT, size=13, bold=True), Font(name=_FONT, size=12)
    page["A3"].font = Font(name=_FONT, size=11, italic=True)
    page["A3"].alignment = Alignment(wrap_text=True, vertical="top")
    page.merge_cells(f"A3:{last}3")
    page.row_dimensions[3].height = 34
    page.row_dimensions[form.header_row].height = 32
    for number, column in enumerate(sheet.columns, 1):
        head = page.cell(form.header_row, number, column.header)
        head.font, head.fill, head.border = Font(name=_FONT, size=11, bold=True), _HEAD, _GRID
        head.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        page.column_dimensions[get_column_letter(number)].width = column.width
    rows = _rows(sheet, register, reporter)
    for offset in range(len(rows) + _spare(sheet)):
        prefilled, item = rows[offset] if offset < len(rows) else ({}, None)
        for number, column in enumerate(sheet.columns, 1):
            cell = page.cell(form.first_row + offset, number, prefilled.get(column.key))
            cell.font, cell.border = Font(name=_FONT, size=11), _GRID
            kind = sheet.kind_of(column, item)
            cell.alignment = Alignment(wrap_text=kind in ("label", "note", "name", "document"), vertical="center")
            cell.number_format = {"date": "d/m/yyyy", "count": "0", "amount": "General"}.get(kind, "@")
            if column.entry or not prefilled:
                cell.protection = _OPEN
            else:
                cell.fill = _GIVEN
    _checks(page, form, sheet, len(rows))
    page.freeze_panes = page.cell(form.first_row, 3)
    _printing(page, form.header_row, reporter)


def _spare(sheet: Sheet) -> int:
    """Rows left open below the prefilled ones; the numbered lines of a sheet of lines are open already."""
    return 0 if sheet.rows == "lines" else sheet.spare_rows


def _rows(sheet: Sheet, register: Register, reporter: Unit) -> list[tuple[dict[str, object], Item | None]]:
    if sheet.rows == "communes":
        communes = register.communes(reporter.code)
        return [({"unit": c.code, "unit_name": c.name, "unit_type": c.type}, None) for c in communes]
    if sheet.rows == "lines":
        return [({"number": number}, None) for number in range(1, sheet.spare_rows + 1)]
    return [({"code": i.code, "item": i.label, "measure": i.measure or None}, i) for i in sheet.items]


def _checks(page: Worksheet, form: Form, sheet: Sheet, prefilled: int) -> None:
    last = form.first_row + prefilled + _spare(sheet) - 1
    for number, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(number)
        if column.kind == "key" and sheet.rows == "communes":
            codes = f"${letter}${form.first_row}:${letter}${form.first_row + prefilled - 1}"
            spare = DataValidation(type="list", formula1=codes, allow_blank=True)
            spare.add(f"{letter}{form.first_row + prefilled}:{letter}{last}")
            page.add_data_validation(spare)
        for row, item in enumerate(sheet.items or [None], form.first_row):
            kind = sheet.kind_of(column, item)
            where = f"{letter}{row}" if item else f"{letter}{form.first_row}:{letter}{last}"
            _check(page, where, column.model_copy(update={"kind": kind}), form)


def _check(page: Worksheet, where: str, column: Column, form: Form) -> None:
    words = (form.yes_word, form.no_word) if column.kind == "yes_no" else column.choices
    if not words and column.kind not in _ADVICE:
        return
    rule = _CHECKS.get(column.kind, {})
    if column.fill:
        rule = {"type": "list", "formula1": _word_list(page.parent, form, column)}
    elif words:
        rule = {"type": "list", "formula1": f'"{",".join(words)}"'}
    advice = _ADVICE[column.kind].format(date=form.example_date) if column.kind in _ADVICE else None
    check = DataValidation(**rule, allow_blank=True, prompt=advice, error=advice, errorTitle="Chưa đúng")
    check.showInputMessage, check.showErrorMessage = True, bool(rule) and not column.fill
    check.add(where)
    page.add_data_validation(check)


def _word_list(workbook: Workbook, form: Form, column: Column) -> str:
    """The range with a column's words: words that hold commas cannot stand in the drop-down itself."""
    page = workbook[form.info.sheet]
    words = (f"{column.header} (danh sách chọn)", *column.choices)
    for row, word in enumerate(words, form.first_row - 1):
        page.cell(row, _WORDS_COLUMN, word).font = Font(name=_FONT, size=11, color="595959")
    letter = get_column_letter(_WORDS_COLUMN)
    page.column_dimensions[letter].width = 30
    return f"'{page.title}'!${letter}${form.first_row}:${letter}${form.first_row + len(column.choices) - 1}"


def _printing(page: Worksheet, header_row: int | None, reporter: Unit) -> None:
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins.left = page.page_margins.right = 0.5
    page.oddFooter.left.text, page.oddFooter.right.text = reporter.full_name, "Trang &P/&N"
    if header_row:
        page.print_title_rows = f"{header_row}:{header_row}"
    page.protection.sheet = True
    page.protection.insertRows = page.protection.formatColumns = page.protection.formatRows = False
