"""From one opened workbook to a row for each cell that the form asks for, and to its faults."""

from collections.abc import Iterator
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item, Sheet
from pcmd_eval.intake.below import Below, Cells, reported
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.communes import Communes
from pcmd_eval.intake.faults import Content, Severity
from pcmd_eval.intake.strange import header_row, headers, missing_sheet, strange_sheets
from pcmd_eval.intake.whose import Row, decide, signs
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

# The row name of the one cell that a sheet without lines is asked for: that there are none.
STATEMENT = "none"


class Line(NamedTuple):
    """One row that the form asks for: where it stands (0: nowhere), whose it is, what is asked for.

    `spoiled`: it cannot be believed; `cell`: where the statement that there is none stands.
    """

    row: int
    unit: str
    name: str
    columns: tuple[Column, ...]
    item: Item | None = None
    spoiled: bool = False
    cell: Cell | None = None


def read_sheets(content: Content, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book all are absent."""
    for sheet in plan.sheets_of(content.reporter):
        _Reader(content, plan, sheet, book).read()
    if book:
        for title in book.hidden:
            words = "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi"
            content.fault("confirm", "hidden", words, sheet=title)
        for title, words in strange_sheets(book, plan, content.reporter):
            content.fault("confirm", "strange-sheet", words, sheet=title)


class _Reader:
    """One sheet: its columns and rows are found, every cell asked for is read or is absent."""

    def __init__(self, content: Content, plan: Plan, sheet: Sheet, book: Book | None) -> None:
        self.content, self.plan, self.sheet, self.form = content, plan, sheet, plan.form
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        self.page = pages[0] if len(pages) == 1 else Page({})
        self.columns: dict[str, int] = {}
        if len(pages) == 1:
            self._find_columns()
        elif book:
            severity: Severity = "stop" if pages else "confirm"
            self._tell("sheet", missing_sheet(book, plan, sheet, len(pages)), None, severity)
        self.communes = Communes(plan, content.reporter) if sheet.rows == "communes" else None
        self.rows = self._data_rows()
        self.merged = self._merged()

    def read(self) -> None:
        """Add the sheet's cells and faults to the content: one loop, however rows are found."""
        self._oddities()
        kinds = {"communes": self._communes, "items": self._items, "lines": self._lines}
        for line in kinds[self.sheet.rows]():
            for column in line.columns:
                self._add(line, column)

    def _add(self, line: Line, column: Column) -> None:
        """The observation of one cell, and its fault."""
        cell, state, value = line.cell or self.at(line.row, column.key), "absent", ""
        merged = (line.row, column.key) in self.merged
        if cell:
            kind = self.sheet.kind_of(column, line.item)
            most = self.sheet.most_of(column, line.item)
            state, value, fault = read(cell, kind, self.form, column.choices, most)
            if fault and not merged:
                words = f"“{cell.seen}”: {fault}"
                self.fault("unreadable", words, line.row, column.key, line.unit)
            if line.spoiled or merged:
                state, value = "unreadable", ""
        item = self.sheet.item_name(line.name, column)
        what = (self.sheet.objective, item, column.period or "", value, state)
        where = (self.content.file, self.sheet.name if self.content.file else "")
        seen = (cell.place, cell.raw) if cell else ("", "")
        self.content.rows.append((self.content.reporter, line.unit, *what, *where, *seen))

    # -- the sheet's own cells ---------------------------------------------------------------------

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
        """Add a fault of the cell of a row and a column; of the column if there is no such cell."""
        header = self.sheet.column(key).header
        self._tell(rule, words, self.at(row, key), severity, column=header, unit_code=unit)

    def _tell(
        self,
        rule: str,
        words: str,
        cell: Cell | None,
        severity: Severity = "confirm",
        **where: str,
    ) -> None:
        self.content.fault(severity, rule, words, cell, sheet=self.sheet.name, **where)

    def _find_columns(self) -> None:
        """Where each column of the form stands; of what else stands there people are asked."""
        row, asked = header_row(self.page, self.form, self.sheet), self.form.header_row
        if row != asked:
            words = (
                f"tiêu đề bảng ở dòng {row}, phải ở dòng {asked}; xóa các dòng chèn thêm phía trên"
            )
            self._tell("header", words, self.page.at(row, 1))
            return
        found = headers(self.page, self.form, self.sheet)
        self.columns = found.columns
        for key, words in found.lacking.items():
            self.fault("column", words, asked, key)
        for cell, words in found.strange:
            self._tell("strange-column", words, cell, column=printable(cell.text))

    def _data_rows(self) -> dict[int, Cells]:
        """The rows that hold anything and are not passed over, as totals and signatures are."""
        keys = {at: key for key, at in self.columns.items()}
        rows: dict[int, dict[str, Cell]] = {}
        for (row, column), cell in sorted(self.page.cells.items()):
            if row >= self.form.first_row and not cell.blank:
                key = keys.get(column, f"+{column}")  # what stands beside the form
                rows.setdefault(row, {})[key] = cell
        known = {row for row, cells in rows.items() if self._known(row, cells)}
        whose = self.plan.register.full_name[self.content.reporter]
        passed = Below(self.form, self.sheet, whose).passed(rows, known)
        return {row: cells for row, cells in rows.items() if row not in passed}

    def _known(self, row: int, cells: Cells) -> bool:
        """Whether a row says whose it is, rightly or not."""
        if self.communes:
            return self.communes.known(self.text(row, "unit"), self.text(row, "unit_name"))
        if self.sheet.rows == "items":
            coded, _, labelled = signs(self._row(row), self.sheet.items)
            return bool(coded or labelled)
        return self._is_model(cells) or self._statement(cells) is not None

    def _oddities(self) -> None:
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        for what, cell, filtered in self.page.hidden:
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            self._tell("hidden", words, cell, "note" if filtered else "confirm")
        for row, cells in self.rows.items():
            for column in self.sheet.columns:
                cell = cells.get(column.key)
                if cell and isinstance(cell.value, str):
                    self._odd_text(row, column, cell, cell.value)

    def _odd_text(self, row: int, column: Column, cell: Cell, text: str) -> None:
        if cell.old_font:
            words = "gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
            self.fault("legacy-font", f"“{cell.seen}” {words}", row, column.key)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            words = "ô có ký tự điều khiển không in được; xóa và gõ lại"
            self.fault("control-characters", words, row, column.key, severity="note")
        if len(text) > LONGEST and not column.asked:
            self.fault("too-long", "ô có quá nhiều chữ; ghi ngắn lại", row, column.key)

    def _merged(self) -> set[tuple[int, str]]:
        """The cells, by row and key, that hold another's figure, each merge with its fault.

        A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        keys = {at: key for key, at in self.columns.items()}
        merged: set[tuple[int, str]] = set()
        for area in self.page.merged:
            across = [keys[at] for at in range(area.min_col, area.max_col + 1) if at in keys]
            asked = [key for key in across if self.sheet.column(key).asked]
            if not asked or area.min_row not in self.rows:
                continue
            quarters = all(self.sheet.column(key).main for key in across)
            if quarters and area.min_row == area.max_row:
                words = " được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            else:
                words = ": không rõ số liệu của ô nào; bỏ gộp, ghi lại từng ô"
                rows = range(area.min_row, area.max_row + 1)
                merged |= {(row, key) for row in rows for key in asked}
            cell = Cell(area.coord.partition(":")[0], area.coord)
            self._tell("merged", f"vùng gộp {area.coord}{words}", cell)
        return merged

    # -- rows of communes --------------------------------------------------------------------------

    def _communes(self) -> Iterator[Line]:
        assert self.communes
        rows: dict[str, list[int]] = {code: [] for code in self.communes.own.index}
        doubtful: dict[str, int] = {}
        for row, cells in self.rows.items():
            code, name = cells.get("unit", Cell("")), cells.get("unit_name", Cell(""))
            if not (code.text or name.text or self.filled(row)):
                continue
            typed = isinstance(code.value, int | float)
            codes, rule, words = self.communes.meant(code.text, typed, name.text)
            if not rule:
                rows[codes[0]].append(row)
                continue
            doubtful |= dict.fromkeys(codes, row)
            told = self.filled(row) if rule == "foreign-unit" else not name.old_font
            if told:
                self.fault(rule, words, row, "unit", codes[0] if codes else "")
        for code, own in rows.items():
            yield from self._of_commune(code, own or [doubtful.get(code, 0)], code in doubtful)

    def _of_commune(self, code: str, rows: list[int], spoiled: bool) -> Iterator[Line]:
        """The rows of one commune.

        One without quarters beside others is asked for what it holds.
        """
        main = [column for column in self.sheet.asked if column.main]
        some = any(reported(self.rows.get(row, {}), main, self.form) for row in rows)
        forms: dict[str, int] = {}
        for row in rows:
            asked, cells = self.sheet.asked, self.rows.get(row, {})
            if some and not any(column.key in cells for column in main):
                asked = tuple(column for column in asked if column.key in cells)
            if not asked:
                continue
            form = self.text(row, "form")
            twin = forms.setdefault(fold(form), row)
            if twin != row:
                same = "cùng hình thức" if form else "cũng không ghi hình thức"
                words = f"xã này đã có dòng {twin} {same}; cả hai đang được tính, gộp nếu là một"
                self.fault("double-row", words, row, "form", code)
            yield Line(row, code, form, asked, spoiled=spoiled)

    # -- rows with codes ---------------------------------------------------------------------------

    def _row(self, row: int) -> Row:
        cell = self.at(row, "code")
        value = cell.value if cell and not isinstance(cell.value, str) else self.text(row, "code")
        return Row(row, value, self.text(row, "item"), self.filled(row))

    def _items(self) -> Iterator[Line]:
        whose = decide([self._row(row) for row in self.rows], self.sheet.items)
        for row, rule, words in whose.told:
            self.fault(rule, words, row, "code")
        for item in self.sheet.items:
            sure, doubtful = whose.rows[item.code], whose.doubtful.get(item.code, 0)
            if item.optional and not any(map(self.filled, (*sure, doubtful))):
                continue
            spoiled = len(sure) > 1 or bool(doubtful)
            for row in sure or [doubtful]:
                asked = self.sheet.asked
                yield Line(row, self.content.reporter, item.code, asked, item, spoiled)

    # -- lines -------------------------------------------------------------------------------------

    def _statement(self, cells: Cells) -> Cell | None:
        """The cell in which a row says that there is no line."""
        heads = [cells[column.key] for column in self.sheet.columns[:2] if column.key in cells]
        return next((cell for cell in heads if self.form.grammar.denies(cell.text)), None)

    def _is_model(self, cells: Cells) -> bool:
        """Whether a row says anything of a model that can be read: type, start, or operation."""
        telling = [c for c in self.sheet.asked if c.kind in ("choice", "date", "yes_no")]
        return reported(cells, telling, self.form)

    def _lines(self) -> Iterator[Line]:
        reporter, none = self.content.reporter, self.sheet.none_statement
        stated: dict[int, Cell] = {}
        lines: list[int] = []
        for row, cells in self.rows.items():
            statement = self._statement(cells)
            if statement:
                stated[row] = statement
            if self._is_model(cells):
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
            yield Line(row, reporter, name, self.sheet.asked, spoiled=row in stated)
        if not lines:
            row = next(iter(stated), self.form.first_row)
            asked = (self.sheet.column("name"),)
            yield Line(row, reporter, STATEMENT, asked, cell=stated.get(row))

    def _no_model(self, row: int) -> None:
        """A line that says nothing of a model; what stands in it, perhaps a person, is not told."""
        words = (
            "dòng này không ghi loại, ngày bắt đầu, tình trạng hoạt động nên không được tính là "
            "mô hình; ghi đủ, hoặc xóa dòng"
        )
        cell = self.at(row, "name")
        header = self.sheet.column("name").header
        self._tell("model-name", words, Cell(cell.place) if cell else None, column=header)

    def _model_commune(self, row: int) -> None:
        register, reporter = self.plan.register, self.content.reporter
        code = self.text(row, "commune").zfill(5)
        if code in register.index and reporter not in (register.parent[code], self.plan.province):
            said = f"“{register.full_name[code]}” không thuộc {register.full_name[reporter]}"
            words = f"{said}; sửa mã xã, hoặc để đơn vị có xã này báo cáo mô hình"
            self.fault("model-commune", words, row, "commune", code)
