"""Write the return of a reporter: prefilled, with drop-downs, and a sheet that checks it."""

from datetime import date

from xlsxwriter.utility import xl_range_abs

from pcmd_eval.forms.cell_ranges import Grid
from pcmd_eval.forms.row_layout import written_rows
from pcmd_eval.forms.self_check import Line, formula, lines, reds
from pcmd_eval.forms.writer import DAY, GIVEN, GRID, OPEN, Entries, Formula, Link, Pen
from pcmd_eval.plan.document_references import FIRST_YEAR
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_long_date, format_short_date

_WAITING = "Bấm Enable Editing (cho phép sửa) để trang này tính"
_RED = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_GREEN = {"bg_color": "#D6EAF8", "font_color": "#00507D"}
_PALE = {"font_color": "#595959"}
_FORMATS = {"date": "d/m/yyyy", "count": "0", "amount": "General", "label": "General"}
_WRAPPED = ("label", "note", "name", "document")
_LINE = 18  # points: the height of a row of figures
_CHECK_HEAD = 7  # the row of the headers of the page of checks
MEND_HEAD = 4  # the row of the headers of what is to be mended
_PAGES = "Trang &P/&N"
_CHECKS = {
    "count": {"validate": "integer", "criteria": ">=", "value": 0},
    "amount": {"validate": "decimal", "criteria": ">=", "value": 0},
    "date": {"validate": "date", "criteria": ">=", "value": date(FIRST_YEAR, 1, 1)},
}


def blank_return(plan: Plan, unit: str) -> bytes:
    """The workbook (xlsx bytes) that the reporter with this code fills in.

    The same bytes each time.
    """
    return filled_return(plan, unit, Entries())


def filled_return(plan: Plan, unit: str, entries: Entries) -> bytes:
    """The same with what people wrote in it."""
    return _Return(plan, unit, entries).content()


class _Return(Pen):
    """A return that is being written."""

    def __init__(self, plan, unit, entries):
        super().__init__(entries)
        self.plan, self.form, self.unit = plan, plan.form, plan.unit(unit)
        self.lists = []
        self.whose = f"{self.unit.full_name} - năm {plan.year}"
        self.issued = f"Kế hoạch {plan.plan} {format_long_date(plan.issued)}"
        checks, mend = self.form.check_page, self.form.mend_page
        sheets = plan.sheets_of(unit)
        names = [
            checks.name,
            self.form.info.sheet,
            *(sheet.name for sheet in sheets),
            *entries.values,
        ]
        if entries.to_mend:
            names.insert(0, mend.name)
        self.pages = {name: self.book.add_worksheet(name) for name in dict.fromkeys(names)}
        self.pages[names[0]].activate()
        if entries.to_mend:
            self.top(self.pages[mend.name], mend.title, f"{self.whose}. {mend.hint}")
            self._listed(mend, MEND_HEAD, entries.to_mend, heads=MEND_HEAD)
        check_lines = [self._particulars()]
        grids = [self._sheet(unit, sheet) for sheet in sheets]
        for grid in grids:
            check_lines += lines(grid)
        self._check_page(grids, check_lines)
        self.put_rest()

    # -- the sheets that people fill in ------------------------------------------------------------

    def _particulars(self):
        """The first sheet, and the line by which its days are looked at."""
        form, plan, info = self.form, self.plan, self.form.info
        page = self.pages[info.sheet]
        self.top(page, info.title, plan.title, self.issued)
        given = {"version": form.version, "plan": plan.plan, "year": plan.year}
        given |= {"code": str(self.unit.name), "name": self.unit.full_name}
        days = []
        for row, (key, label) in enumerate(info.labels.items(), form.first_row):
            look = GIVEN if key in given else OPEN
            if key in info.days:
                look = look | DAY
                self._validate(page, f"B{row}", "date")
                days.append(f"'{info.sheet}'!$B${row}")
            self.put(page, (row, 1), label, font_size=12, bold=True)
            self.put(page, (row, 2), given.get(key), **GRID, font_size=12, align="left", **look)
            self.put(page, (row, 3), info.hints.get(key), italic=True, **_PALE)
        for at, width in enumerate((24, 38, 64)):
            page.set_column(at, at, width)
        page.print_area(f"A1:C{row}")  # without the words of drop-downs
        self.finish(page, *form.official.signs)
        wrong_days = formula("days", places=days, last=form.latest_year)
        return Line(info.sheet, form.counted["days"], wrong_days)

    def _sheet(self, unit, sheet):
        """A sheet with data, and the grid by which it is looked at."""
        page, first = self.pages[sheet.name], self.form.first_row
        rows = written_rows(self.plan, unit, sheet, self.entries.values.get(sheet.name, {}))
        items = {item.code: item for item in sheet.items}
        by_row = [items.get(row.get("code")) for row in rows]
        # Down to the last that is ours: a sender's may come between.
        last = max((number for number, row in enumerate(rows, 1) if row), default=0)
        grid = Grid(self.form, sheet, by_row, last)
        self._above(page, sheet)
        if sheet.rows == "communes":
            spare = len(rows) - sheet.spare_rows
            rows[spare:] = self._added_rows(page, grid, first + spare)
        for at, row in enumerate(rows, first):
            page.set_row(at - 1, _LINE * sheet.lines)
            self._row(page, grid, at, row)
        for run in grid.runs():
            words = self._list_of_words(run.column) if run.column.fill else [*run.words]
            self._validate(page, run.here, run.column.kind, words)
        for area, holds in reds(grid):
            self._colour(page, area, holds, _RED)
        page.ignore_errors({"number_stored_as_text": f"A{first}:Z{grid.bottom}"})
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=1.3)  # inches: room for signatures
        self.finish(page, *self.form.official.signs, heads=first - 1, beside=2)
        return grid

    def _above(self, page, sheet):
        """Head, instructions and headers."""
        head = self.form.header_row
        deadline = format_short_date(self.plan.rules["deadline"].value)
        line = self.form.official.head.format(unit=self.unit.full_name, deadline=deadline)
        self.top(page, f"Biểu số {sheet.number}: {sheet.title}", line)
        look = self.look(italic=True, text_wrap=True, valign="top")
        page.merge_range(2, 0, 2, len(sheet.columns) - 1, sheet.instructions, look)
        page.set_row(2, 34)
        page.set_row(head - 1, 32)
        self.table(page, head, {column.header: column.width for column in sheet.columns})

    def _row(self, page, grid, at, row):
        """One row: what the form says, its words and numbers shut, and what people wrote."""
        item = grid.items[at - self.form.first_row]
        for number, column in enumerate(grid.sheet.columns, 1):
            kind = column.of(item).kind
            look = {"num_format": _FORMATS.get(kind, "@"), "text_wrap": kind in _WRAPPED}
            given = row.get(column.key)
            shut = not column.entry and isinstance(given, str | int)
            self.put(page, (at, number), given, **GRID, **look, **(GIVEN if shut else OPEN))

    def _added_rows(self, page, grid, first):
        """Rows to be added are about a commune above: its code is chosen, the rest follows."""
        top, last = grid.top, grid.prefilled_bottom
        codes = {"validate": "list", "source": f"=$A${top}:$A${last}"}
        page.data_validation(f"A{first}:A{grid.bottom}", codes)
        table = f"$A${top}:$C${last}"
        rows = []
        for row in range(first, grid.bottom + 1):
            cells = {}
            for at, column in enumerate(grid.sheet.columns[1:3], 2):
                text = formula("follows", code=f"$A{row}", table=table, column=at)
                cells[column.key] = Formula(text)
            rows.append(cells)
        return rows

    def _validate(self, page, area, kind, words=()):
        """A drop-down of words (a range: only a proposal) or a check, with what to write."""
        rule = {"show_error": kind != "label"} | _CHECKS.get(kind, {"validate": "any"})
        if words:
            rule |= {"validate": "list", "source": words}
        advice = self.form.advice.get(kind)
        if advice:
            rule |= {"input_message": advice, "error_title": "Chưa đúng", "error_message": advice}
        if words or advice:
            page.data_validation(area, rule)

    def _list_of_words(self, column):
        """The range with a column's words: with commas they cannot stand in the drop-down.

        It stands in the first sheet beside the particulars, from column E on.
        """
        page, top = self.pages[self.form.info.sheet], self.form.first_row - 1
        at = 4 + len(self.lists)
        self.lists.append(column)
        title = f"{column.header} (danh sách chọn)"
        page.write_column(top - 1, at, [title, *column.choices], self.look(**_PALE))
        page.set_column(at, at, 30)
        return f"='{page.name}'!{xl_range_abs(top, at, top + len(column.choices) - 1, at)}"

    # -- the sheets that we add --------------------------------------------------------------------

    def _check_page(self, grids, check_lines):
        """One line for each thing to look at; the top counts those to be mended."""
        added, first = self.form.check_page, _CHECK_HEAD + 1
        page = self.pages[added.name]
        entries = [cells for grid in grids for cells in grid.whole("entry")]
        results = f"C{first}:C{_CHECK_HEAD + len(check_lines)}"
        state = formula("state", entries=entries, results=results)
        self.top(page, added.title, self.whose, f"{self.plan.title} - {self.issued}")
        self.put(page, (4, 1), Formula(state, _WAITING), font_size=16, bold=True)
        self.put(page, (5, 1), added.hint, italic=True)
        self._colour(page, "A4:D4", formula("is_open", x="$A$4"), _RED)
        self._colour(page, "A4:D4", formula("is_ready", x="$A$4"), _GREEN)
        rows = []
        for row, line in enumerate(check_lines, first):
            place = f"C{row}"
            result = Formula(line.formula, array=True)
            advice = Formula(formula("advice", x=place, say=line.about.say))
            rows.append((Link(line.page, "A1", line.page), line.about.title, result, advice))
            self._colour(page, place, formula("to_mend", x=place), _RED)
        self._listed(added, _CHECK_HEAD, rows, high=1)

    def _listed(self, added, head, rows, **paper):
        """The lines of a sheet that we add, and how it is printed."""
        page = self.pages[added.name]
        self.table(page, head, added.columns, rows)
        self.finish(page, self.unit.full_name, _PAGES, **paper)

    def _colour(self, page, area, holds, colour):
        """Colour an area where a formula holds."""
        rule = {"type": "formula", "criteria": f"={holds}", "format": self.look(**colour)}
        page.conditional_format(area, rule)
