"""From one opened workbook to a row for each cell that the form asks for, and to its faults, sheet by sheet."""

from collections.abc import Iterator
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item, Sheet
from pcmd_eval.intake.below import Below
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.communes import Communes
from pcmd_eval.intake.faults import Content, Severity
from pcmd_eval.intake.strange import COLUMN, headers, missing_sheet, pushed_down, strange_sheets
from pcmd_eval.intake.whose import Row, decide, signs
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

# The row name of the one cell that a sheet without lines is asked for: the statement that there are none.
STATEMENT = "none"


class Line(NamedTuple):
    """One row that the form asks for: where it stands (0: nowhere), whose it is, and whether it cannot be believed.

    `columns`: those that are asked for; `cell`: where the statement that there is none stands.
    """

    row: int
    unit: str
    name: str
    columns: tuple[Column, ...]
    item: Item | None = None
    spoiled: bool = False
    cell: Cell | None = None


def read_sheets(content: Content, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book every cell is absent."""
    for sheet in plan.sheets_of(content.reporter):
        _Reader(content, plan, sheet, book).read()
    for title in book.hidden if book else ():
        words = "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi"
        content.fault("confirm", "hidden", words, sheet=title)
    for title, words in strange_sheets(book, plan, content.reporter) if book else ():
        content.fault("confirm", "strange-sheet", words, sheet=title)


class _Reader:
    """One sheet: its columns and rows are found, every cell asked for is read, those that are not there are absent."""

    def __init__(self, content: Content, plan: Plan, sheet: Sheet, book: Book | None) -> None:
        self.content, self.plan, self.sheet, self.form = content, plan, sheet, plan.form
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        self.page = pages[0] if len(pages) == 1 else Page({})
        self.columns: dict[str, int] = {}
        if len(pages) == 1:
            self._find_columns()
        elif book:
            words = missing_sheet(book, plan, sheet, len(pages))
            content.fault("stop" if pages else "confirm", "sheet", words, sheet=sheet.name)
        self.own = Communes(plan, content.reporter) if sheet.rows == "communes" else None
        self.merged: set[tuple[int, str]] = set()  # cells that hold another's figure
        self.rows = self._data_rows()

    def read(self) -> None:
        """Add the sheet's cells and faults to the content: one loop over the rows, however they are found."""
        self._oddities()
        self._merges()
        kinds = {"communes": self._communes, "items": self._items, "lines": self._lines}
        for line in kinds[self.sheet.rows]():
            for column in line.columns:
                self._add(line, column)

    def _add(self, line: Line, column: Column) -> None:
        """The observation of one cell, and its fault."""
        cell, state, value = line.cell or self.at(line.row, column.key), "absent", ""
        spoiled = line.spoiled or (line.row, column.key) in self.merged
        if cell:
            kind = self.sheet.kind_of(column, line.item)
            most = self.sheet.most_of(column, line.item)
            state, value, fault = read(cell, kind, self.form, column.choices, most)
            if fault and (line.row, column.key) not in self.merged:
                words = f"“{cell.seen}”: {fault}"
                self.fault("unreadable", words, line.row, column.key, line.unit)
            if spoiled:
                state, value = "unreadable", ""
        item = self.sheet.item_name(line.name, column)
        what = (self.sheet.objective, item, column.period or "", value, state)
        where = (self.content.file, self.sheet.name if self.content.file else "")
        seen = (cell.place, cell.raw) if cell else ("", "")
        self.content.rows.append((self.content.reporter, line.unit, *what, *where, *seen))

    # -- the sheet's own cells --------------------------------------------------------------------

    def at(self, row: int, key: str) -> Cell | None:
        """The cell of a row and a column, if the sheet has both."""
        column = self.columns.get(key)
        return self.page.at(row, column) if row and column else None

    def text(self, row: int, key: str) -> str:
        """What stands there, "" if nothing or no such cell."""
        cell = self.at(row, key)
        return cell.text if cell else ""

    def filled(self, row: int) -> bool:
        """Whether people wrote anything in the row's own columns."""
        cells = (self.at(row, column.key) for column in self.sheet.columns if column.entry)
        return any(cell and not cell.blank for cell in cells)

    def fault(
        self,
        rule: str,
        words: str,
        row: int,
        key: str,
        unit: str = "",
        severity: Severity = "confirm",
    ) -> None:
        """Add a fault of the cell of a row and a column, or of the column alone where there is no such cell."""
        where = {"sheet": self.sheet.name, "unit_code": unit}
        cell, header = self.at(row, key), self.sheet.column(key).header
        self.content.fault(severity, rule, words, cell, column=header, **where)

    def _find_columns(self) -> None:
        """Where each column of the form stands; what stands in the row of headers beside them is asked about."""
        if down := pushed_down(self.page, self.form, self.sheet):
            words = (
                f"tiêu đề bảng ở dòng {down}, phải ở dòng {self.form.header_row}; "
                "xóa các dòng chèn thêm phía trên"
            )
            cell = self.page.at(down, 1)
            return self.content.fault("confirm", "header", words, cell, sheet=self.sheet.name)
        found = headers(self.page, self.form, self.sheet)
        self.columns = found.columns
        for key, words in found.lacking.items():
            self.fault("column", words, self.form.header_row, key)
        for cell, words in found.strange:
            where = {"sheet": self.sheet.name, "column": printable(cell.text)}
            self.content.fault("confirm", COLUMN, words, cell, **where)
        return None

    def _data_rows(self) -> list[int]:
        """The rows that hold anything and are not passed over, as totals and signatures are."""
        keys = {at: key for key, at in self.columns.items()}
        rows: dict[int, dict[str, Cell]] = {}
        for (row, column), cell in sorted(self.page.cells.items()):
            if row >= self.form.first_row and not cell.blank:
                key = keys.get(column, f"+{column}")  # what stands beside the form
                rows.setdefault(row, {})[key] = cell
        known = {row for row in rows if self._known(row)}
        whose = self.plan.register.full_name[self.content.reporter]
        passed = Below(self.form, self.sheet, whose).passed(rows, known)
        return [row for row in rows if row not in passed]

    def _known(self, row: int) -> bool:
        """Whether a row says whose it is, rightly or not."""
        if self.own:
            return self.own.known(self.text(row, "unit"), self.text(row, "unit_name"))
        if self.sheet.rows == "items":
            coded, _, labelled = signs(self._row(row), self.sheet.items)
            return bool(coded or labelled)
        return self._is_model(row) or self._statement(row) is not None

    def _oddities(self) -> None:
        """What a reader of the sheet would not see, or would see as rubbish: named, and read as it stands."""
        for what, cell, filtered in self.page.hidden:
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            severity: Severity = "note" if filtered else "confirm"
            self.content.fault(severity, "hidden", words, cell, sheet=self.sheet.name)
        for row in self.rows:
            for column in self.sheet.columns:
                cell = self.at(row, column.key)
                if cell and isinstance(cell.value, str):
                    self._odd_text(row, column, cell, cell.value)

    def _odd_text(self, row: int, column: Column, cell: Cell, text: str) -> None:
        if cell.old_font:
            words = (
                f"“{cell.seen}” gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
            )
            self.fault("legacy-font", words, row, column.key)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            words = "ô có ký tự điều khiển không in được; xóa và gõ lại"
            self.fault("control-characters", words, row, column.key, severity="note")
        if len(text) > LONGEST and not column.asked:
            self.fault("too-long", "ô có quá nhiều chữ; ghi ngắn lại", row, column.key)

    def _merges(self) -> None:
        """A number over the quarters of one row counts in each; any other merge over figures holds nobody's."""
        keys = {at: key for key, at in self.columns.items()}
        for area in self.page.merged:
            across = [keys[at] for at in range(area.min_col, area.max_col + 1) if at in keys]
            asked = [key for key in across if self.sheet.column(key).asked]
            if not asked or area.min_row not in self.rows:
                continue
            one_row = area.min_row == area.max_row
            words = f"vùng gộp {area.coord} được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            if not (one_row and all(self.sheet.column(key).main for key in across)):
                rows = range(area.min_row, area.max_row + 1)
                self.merged |= {(row, key) for row in rows for key in asked}
                words = f"vùng gộp {area.coord}: không rõ số liệu của ô nào; bỏ gộp, ghi lại từng ô"
            cell = Cell(area.coord.partition(":")[0], area.coord)
            self.content.fault("confirm", "merged", words, cell, sheet=self.sheet.name)

    # -- rows of communes -------------------------------------------------------------------------

    def _communes(self) -> Iterator[Line]:
        assert self.own
        rows: dict[str, list[int]] = {code: [] for code in self.own.own.index}
        doubtful: dict[str, int] = {}
        for row in self.rows:
            written = self.text(row, "unit") or self.text(row, "unit_name")
            if not (written or self.filled(row)):
                continue
            code, name = self.at(row, "unit"), self.at(row, "unit_name")
            typed = bool(code) and isinstance(code.value, int | float)
            codes, rule, words = self.own.meant(
                self.text(row, "unit"), typed, self.text(row, "unit_name")
            )
            if not rule:
                rows[codes[0]].append(row)
                continue
            doubtful |= dict.fromkeys(codes, row)
            told = self.filled(row) if rule == "foreign-unit" else not (name and name.old_font)
            if told:
                self.fault(rule, words, row, "unit", codes[0] if codes else "")
        for code, own in rows.items():
            yield from self._of_commune(code, own or [doubtful.get(code, 0)], code in doubtful)

    def _of_commune(self, code: str, rows: list[int], spoiled: bool) -> Iterator[Line]:
        """The rows of one commune; one without quarters beside one that has some is asked for what it holds alone."""
        forms: dict[str, int] = {}
        quarters = {row: self._quarters(row) for row in rows}
        some = any("reported" in states for states in quarters.values())
        for row in rows:
            asked = self.sheet.asked
            if some and quarters[row] <= {"blank"}:
                asked = tuple(c for c in asked if not c.main and self.text(row, c.key))
            form = self.text(row, "form")
            if not asked:
                continue
            twin = forms.setdefault(fold(form), row)
            if twin != row:
                same = "cùng hình thức" if form else "cũng không ghi hình thức"
                words = f"xã này đã có dòng {twin} {same}; cả hai đang được tính, gộp nếu là một"
                self.fault("double-row", words, row, "form", code)
            yield Line(row, code, form, asked, spoiled=spoiled)

    def _quarters(self, row: int) -> set[str]:
        """The states of the cells of a row's periods."""
        cells = [self.at(row, column.key) for column in self.sheet.asked if column.main]
        return {read(cell, "count", self.form).state for cell in cells if cell}

    # -- rows with codes --------------------------------------------------------------------------

    def _row(self, row: int) -> Row:
        cell = self.at(row, "code")
        value = cell.value if cell and not isinstance(cell.value, str) else self.text(row, "code")
        return Row(row, value, self.text(row, "item"), self.filled(row))

    def _items(self) -> Iterator[Line]:
        whose = decide([self._row(row) for row in self.rows], self.sheet.items)
        for row, rule, words in whose.told:
            self.fault(rule, words, row, "code")
        for item in self.sheet.items:
            own, doubtful = whose.rows[item.code], whose.doubtful.get(item.code, 0)
            if item.optional and not any(map(self.filled, (*own, doubtful))):
                continue
            spoiled = len(own) > 1 or bool(doubtful)
            for row in own or [doubtful]:
                asked = self.sheet.asked
                yield Line(row, self.content.reporter, item.code, asked, item, spoiled)

    # -- lines ------------------------------------------------------------------------------------

    def _statement(self, row: int) -> Cell | None:
        """The cell in which a row says that there is no line."""
        none = self.form.grammar.denies
        for column in self.sheet.columns[:2]:
            cell = self.at(row, column.key)
            if cell and not cell.blank and none(cell.text):
                return cell
        return None

    def _is_model(self, row: int) -> bool:
        """Whether a row says anything of a model that can be read: its type, its start, or whether it operates."""
        for column in self.sheet.asked:
            cell = self.at(row, column.key)
            if cell is None or column.kind not in ("choice", "date", "yes_no"):
                continue
            if read(cell, column.kind, self.form, column.choices).state == "reported":
                return True
        return False

    def _lines(self) -> Iterator[Line]:
        own, none = self.content.reporter, self.sheet.none_statement
        asked = self.sheet.asked
        stated: dict[int, Cell] = {}
        lines: list[int] = []
        for row in self.rows:
            statement = self._statement(row)
            if statement:
                stated[row] = statement
            if self._is_model(row):
                lines.append(row)
            elif not statement and self.filled(row):
                self._no_model(row)
        if stated and lines:
            words = f"vừa ghi “{none}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("none-and-lines", words, next(iter(stated)), "name")
        for row in lines:
            self._model_commune(row)
            number = row - self.form.first_row + 1
            name = f"{self.sheet.name.split()[0]}.{number}"
            yield Line(row, own, name, asked, spoiled=row in stated)
        if not lines:
            row = next(iter(stated), self.form.first_row)
            yield Line(row, own, STATEMENT, (self.sheet.column("name"),), cell=stated.get(row))

    def _no_model(self, row: int) -> None:
        """A line that says nothing of a model; what stands in it, perhaps a person's name, is not told."""
        words = (
            "dòng này không ghi loại, ngày bắt đầu, tình trạng hoạt động nên không được tính là "
            "mô hình; ghi đủ, hoặc xóa dòng"
        )
        cell = self.at(row, "name")
        where = {"sheet": self.sheet.name, "column": self.sheet.column("name").header}
        self.content.fault(
            "confirm", "model-name", words, Cell(cell.place) if cell else None, **where
        )

    def _model_commune(self, row: int) -> None:
        register, own = self.plan.register, self.content.reporter
        code = self.text(row, "commune").zfill(5)
        if code in register.index and own not in (register.parent[code], self.plan.province):
            said = f"“{register.full_name[code]}” không thuộc {register.full_name[own]}"
            words = f"{said}; sửa mã xã, hoặc để đơn vị có xã này báo cáo mô hình"
            self.fault("model-commune", words, row, "commune", code)
