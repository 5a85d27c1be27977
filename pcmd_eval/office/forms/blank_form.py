"""Write the workbook of a reporter: prefilled, with drop-downs and the sheet `Kiểm tra`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import count

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.office.forms.row_layout import count_spare_rows, written_rows
from pcmd_eval.office.forms.self_check import (
    HELPERS,
    CheckRow,
    SheetGrid,
    list_check_rows,
    red_cells,
    render_formula,
)
from pcmd_eval.office.forms.writer import (
    BORDER,
    DAY,
    EDITABLE,
    PREFILLED,
    Entries,
    Formula,
    FormWriter,
)
from pcmd_eval.plan.form import Added
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import CellKind, Column, Sheet
from pcmd_eval.util.days import FIRST_YEAR
from pcmd_eval.util.excel import Link
from pcmd_eval.util.formatting import format_long_date, format_number, format_short_date

MEND_HEADER_ROW = 4
_CHECK_HEADER_ROW = 7
_HELPER_COLUMN = 6  # F to H, see `first_helper` in selfcheck.j2
_NOT_CALCULATED = "Bấm Enable Editing (cho phép sửa) để trang này tính"
_RED = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_GREEN = {"bg_color": "#D6EAF8", "font_color": "#00507D"}
_PALE = {"font_color": "#595959"}
_FORMATS = {"date": "d/m/yyyy", "count": "0", "amount": "General", "label": "General"}
_WRAPPED = ("label", "note", "name", "document")
_LINE_HEIGHT = 18  # points
_PAGE_NUMBER = "Trang &P/&N"
_VALIDATIONS = {
    "count": {"validate": "integer", "criteria": ">=", "value": 0},
    "amount": {"validate": "decimal", "criteria": ">=", "value": 0},
    "date": {"validate": "date", "criteria": ">=", "value": date(FIRST_YEAR, 1, 1)},
}


def blank_return(plan: Plan, unit: str) -> bytes:
    """Return the blank workbook of a reporter, `unit` its code; equal plans give equal bytes."""
    return filled_return(plan, unit, Entries())


def filled_return(plan: Plan, unit: str, entries: Entries) -> bytes:
    """Return the workbook (xlsx bytes) of a reporter with a sender's values and marks on cells."""
    return _ReturnWriter(plan, unit, entries).content()


class _ReturnWriter(FormWriter):
    """Writes the workbook of one reporter: the constructor writes all sheets, `content` closes."""

    def __init__(self, plan: Plan, unit: str, entries: Entries) -> None:
        super().__init__(entries)
        self.plan, self.form, self.unit = plan, plan.form, plan.unit(unit)
        self._list_columns = count(4)  # of lists of choices, from E on, counted from 0
        self._unit_line = f"{self.unit.full_name} - năm {plan.year}"
        self._plan_line = f"Kế hoạch {plan.plan} {format_long_date(plan.issued)}"
        check_page, mend_page = self.form.check_page, self.form.mend_page
        sheets = plan.sheets_of(unit)
        page_names = [
            check_page.name,
            self.form.info.sheet,
            *(sheet.name for sheet in sheets),
            *entries.values,  # also the sender's sheets that the form does not have
        ]
        if entries.to_mend:
            page_names.insert(0, mend_page.name)
        self.pages = {name: self.book.add_worksheet(name) for name in dict.fromkeys(page_names)}
        self.pages[page_names[0]].activate()
        if entries.to_mend:
            self._write_mend_page()
        date_cells = self._write_particulars()
        grids = [self._write_sheet(unit, sheet) for sheet in sheets]
        days = render_formula("days", cells=date_cells, last=self.form.latest_year)
        check_rows = [CheckRow(self.form.info.sheet, self.form.counted["days"], days)]
        for grid in grids:
            check_rows += list_check_rows(grid)
        self._write_check_page(grids, check_rows)
        self.write_remaining()

    # -- the sheets that senders fill in -----------------------------------------------------------

    def _write_particulars(self) -> list[str]:
        """Write the first sheet; return the addresses of its dates ('Thông tin'!$B$12)."""
        form, plan, info = self.form, self.plan, self.form.info
        page = self.pages[info.sheet]
        self.write_heading(page, info.title, plan.title, self._plan_line)
        prefilled = {"version": form.version, "plan": plan.plan, "year": plan.year}
        prefilled |= {"code": str(self.unit.name), "name": self.unit.full_name}
        date_cells = []
        for row, (key, label) in enumerate(info.labels.items(), form.first_row):
            look: dict[str, object] = {**(PREFILLED if key in prefilled else EDITABLE)}
            if key in info.days:
                look = look | DAY
                self._validate(page, f"B{row}", "date")
                date_cells.append(f"'{info.sheet}'!$B${row}")
            self.write_cell(page, (row, 1), label, font_size=12, bold=True)
            value_look = BORDER | {"font_size": 12, "align": "left"} | look
            self.write_cell(page, (row, 2), prefilled.get(key), **value_look)
            self.write_cell(page, (row, 3), info.hints.get(key), italic=True, **_PALE)
        for at, width in enumerate((24, 38, 64)):
            page.set_column(at, at, width)
        self._write_guide(page, row + 2)
        self.finish_page(page, *form.official.signs)
        return date_cells

    def _write_guide(self, page: Worksheet, first: int) -> None:
        """Write the guide from row `first` on; the printed area ends with its last row."""
        guide = self.form.info.guide
        for row_number, text in enumerate(guide, first):
            self.write_cell(page, (row_number, 1), text, italic=True)
        last = first + len(guide)
        page.print_area(f"A1:C{last}")  # without the lists to the right

    def _write_sheet(self, unit: str, sheet: Sheet) -> SheetGrid:
        """Write a data sheet with its rows and validations; return its grid for `Kiểm tra`."""
        page, first = self.pages[sheet.name], self.form.first_row
        matches = self.entries.matches.get(sheet.name, {})
        rows = written_rows(self.plan, unit, sheet, matches)
        items = {item.code: item for item in sheet.items}
        items_by_row = [items.get(str(row.get("code"))) for row in rows]
        # Rows of the sender may stand between prefilled ones.
        last_prefilled = max((number for number, row in enumerate(rows, 1) if row), default=0)
        grid = SheetGrid(self.form, sheet, items_by_row, last_prefilled)
        self._write_head(page, sheet)
        if sheet.rows == "communes":
            first_spare = len(rows) - count_spare_rows(self.plan, unit, sheet)
            rows[first_spare:] = self._make_spare_rows(page, grid, first + first_spare)
        for row_number, row in enumerate(rows, first):
            page.set_row(row_number - 1, _LINE_HEIGHT * sheet.lines)
            self._write_row(page, grid, row_number, row)
        self._write_checks(page, grid)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{grid.bottom}"})
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=1.3)  # inches: room for signatures
        self.finish_page(page, *self.form.official.signs, header_rows=first - 1, fixed_columns=2)
        return grid

    def _write_checks(self, page: Worksheet, grid: SheetGrid) -> None:
        """Add drop-downs, validations and the red conditional format to the cells of a sheet."""
        for cell_range in grid.ranges():
            column = cell_range.column
            words = self._write_choices(column) if column.fill else [*cell_range.words]
            self._validate(page, cell_range.local, column.kind, words)
        for area, condition in red_cells(grid):
            self._colour(page, area, condition, _RED)

    def _write_head(self, page: Worksheet, sheet: Sheet) -> None:
        """Write heading, deadline, instructions and column headers of a data sheet."""
        header_row, official = self.form.header_row, self.form.official
        subtitle = official.head.format(unit=self.unit.full_name)
        if deadline := self.plan.binding_deadline:
            deadline_text = official.deadline.format(deadline=format_short_date(deadline))
            subtitle = f"{subtitle} {deadline_text}"
        self.write_heading(page, f"Biểu số {sheet.number}: {sheet.title}", subtitle)
        style = self.cell_format(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, len(sheet.columns) - 1, sheet.instructions, style)
        page.set_row(2, 34)
        page.set_row(header_row - 1, 32)
        self.write_table(page, header_row, {c.header: c.width for c in sheet.columns})

    def _write_row(
        self, page: Worksheet, grid: SheetGrid, row_number: int, row: Mapping[str, object]
    ) -> None:
        """Write a row; `row`: its prefilled values by column key, locked unless a formula."""
        item = grid.items[row_number - self.form.first_row]
        for number, column in enumerate(grid.sheet.columns, 1):
            kind = column.for_item(item).kind
            look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
            value = row.get(column.key)
            is_locked = not column.is_entry and isinstance(value, str | int)
            look |= BORDER | (PREFILLED if is_locked else EDITABLE)
            self.write_cell(page, (row_number, number), value, **look)

    def _make_spare_rows(
        self, page: Worksheet, grid: SheetGrid, first: int
    ) -> list[dict[str, Formula]]:
        """Add a drop-down of commune codes to the spare rows, from `first` to the bottom.

        Return the formulas of each row by column key: they look up the commune's name and type.
        """
        top, last = grid.top, grid.prefilled_bottom
        codes = {"validate": "list", "source": f"=$A${top}:$A${last}"}
        page.data_validation(f"A{first}:A{grid.bottom}", codes)
        table, rows = f"$A${top}:$C${last}", []
        for row in range(first, grid.bottom + 1):
            code, formulas = f"$A{row}", {}
            for at, column in enumerate(grid.sheet.columns[1:3], 2):
                look_up = render_formula("look_up", table=table, code=code, column=at)
                formulas[column.key] = Formula(look_up)
            rows.append(formulas)
        return rows

    def _validate(
        self, page: Worksheet, area: str, kind: CellKind, words: Sequence[str] = ()
    ) -> None:
        """Add a drop-down of `words`, else the validation of the kind, with the form's advice.

        `words`: a list, or the formula of a range. Kind label accepts other words, too.
        """
        rule = {"show_error": kind != "label"} | _VALIDATIONS.get(kind, {"validate": "any"})
        if words:
            rule |= {"validate": "list", "source": words}
        advice = self.form.advice.get(kind)
        if advice:
            rule |= {"input_message": advice, "error_title": "Chưa đúng", "error_message": advice}
        if words or advice:
            page.data_validation(area, rule)

    def _write_choices(self, column: Column) -> str:
        """Write the choices of a column into the first sheet; return the formula of their range.

        An inline drop-down list splits words at commas; a range does not. The choices stand under
        a title in the next free column, from E on.
        """
        page, top = self.pages[self.form.info.sheet], self.form.first_row - 1
        at = next(self._list_columns)
        texts = [f"{column.header} (danh sách chọn)", *column.choices]
        page.write_column(top - 1, at, texts, self.cell_format(**_PALE))
        page.set_column(at, at, 30)
        return f"='{page.name}'!{xl_range_abs(top, at, top + len(column.choices) - 1, at)}"

    # -- the sheets that we add --------------------------------------------------------------------

    def _write_mend_page(self) -> None:
        """Write the sheet `Cần sửa`: the list of what is asked for."""
        added, rows = self.form.mend_page, self.entries.to_mend
        page, missing = self.pages[added.name], format_number(self.entries.missing_count)
        count = f"{self._unit_line}. Số ô chưa có số liệu: {missing}."
        self.write_heading(page, added.title, count, added.hint)
        self._write_listing(added, MEND_HEADER_ROW, rows, header_rows=MEND_HEADER_ROW)
        # Not as wide as the long reference to the file that is copied.
        page.print_area(0, 0, MEND_HEADER_ROW + len(rows) - 1, len(added.columns) - 1)

    def _write_check_page(self, grids: Sequence[SheetGrid], check_rows: Sequence[CheckRow]) -> None:
        """Write the sheet `Kiểm tra`: the state of the whole return, then the check rows."""
        added, first = self.form.check_page, _CHECK_HEADER_ROW + 1
        page = self.pages[added.name]
        entries = [cells for grid in grids for cells in grid.addresses("is_entry")]
        results = f"C{first}:C{_CHECK_HEADER_ROW + len(check_rows)}"
        state = render_formula("state", entries=entries, results=results)
        plan_line = f"{self.plan.title} - {self._plan_line}"
        self.write_heading(page, added.title, self._unit_line, plan_line)
        self.write_cell(page, (4, 1), Formula(state, _NOT_CALCULATED), font_size=16, bold=True)
        hint = f"{added.of_part} {added.hint}" if self.entries.is_part else added.hint
        self.write_cell(page, (5, 1), hint, italic=True)
        self._colour(page, "A4:D4", render_formula("is_open", x="$A$4"), _RED)
        self._colour(page, "A4:D4", render_formula("is_ready", x="$A$4"), _GREEN)
        rows: list[tuple[object, ...]] = [
            self._write_check_row(page, number, row) for number, row in enumerate(check_rows, first)
        ]
        unseen = self.form.counted["unseen"]  # what no row checks
        rows.append(("", unseen.title, "", unseen.say))
        last = _HELPER_COLUMN + len(HELPERS) - 1
        page.set_column(_HELPER_COLUMN - 1, last - 1, None, None, {"hidden": True})
        self._write_listing(added, _CHECK_HEADER_ROW, rows, pages_high=1)

    def _write_check_row(
        self, page: Worksheet, number: int, row: CheckRow
    ) -> tuple[Link, str, Formula, Formula]:
        """Write the hidden helper cells of a check row; return the cells A to D of its row:
        a link to the checked sheet, the title, the formulas of the result and of the advice.
        """
        result_cell = f"C{number}"
        for column, helper in enumerate(row.helpers, _HELPER_COLUMN):
            self.write_cell(page, (number, column), Formula(helper, array=True))
        self._colour(page, result_cell, render_formula("to_mend", x=result_cell), _RED)
        link = Link(f"internal:'{row.page}'!A1", row.page)
        result = Formula(row.result(number), array=True)
        advice = Formula(render_formula("advice", x=result_cell, say=row.about.say))
        return link, row.about.title, result, advice

    def _write_listing(
        self, added: Added, header_row: int, rows: Iterable[Sequence[object]], **print_options: int
    ) -> None:
        """Write the table of an added sheet (check page or list to correct) and set it up to print.

        `print_options`: see `finish_page`.
        """
        page = self.pages[added.name]
        self.write_table(page, header_row, added.columns, rows)
        self.finish_page(page, self.unit.full_name, _PAGE_NUMBER, **print_options)

    def _colour(
        self, page: Worksheet, area: str, condition: str, colour: Mapping[str, str]
    ) -> None:
        """Add a conditional format: colour the cells of `area` for which `condition` is true."""
        rule = {
            "type": "formula",
            "criteria": f"={condition}",
            "format": self.cell_format(**colour),
        }
        page.conditional_format(area, rule)
