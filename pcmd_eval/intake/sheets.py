"""From one opened workbook to a row for each cell that the form asks for, and to its faults."""

from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item
from pcmd_eval.intake.below import Below, reported
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.strange import header_row, headers, missing_sheet, strange_sheets
from pcmd_eval.intake.whose import Row, decide, owners
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


def read_sheets(returned: SentReturn, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book all are absent."""
    for sheet in plan.sheets_of(returned.reporter):
        _Reader(returned, plan, sheet, book).read()
    if book:
        for title in book.hidden:
            words = "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi"
            returned.fault("confirm", "hidden", words, sheet=title)
        for title, words in strange_sheets(book, plan, returned.reporter):
            returned.fault("confirm", "strange-sheet", words, sheet=title)


class _Reader:
    """One sheet: its columns and rows are found, every cell asked for is read or is absent.

    `rows` are the cells of each row that holds data, by the key of their column; nothing blank.
    """

    def __init__(self, returned, plan, sheet, book):
        self.returned, self.plan, self.sheet, self.form = returned, plan, sheet, plan.form
        self.owners = owners(plan, sheet, returned.reporter)
        self.page, self.columns = Page({}), {}
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        if len(pages) == 1:
            self.page = pages[0]
            self.columns = self._found_columns()
        elif book:
            severity = "stop" if pages else "confirm"
            self.tell("sheet", missing_sheet(book, plan, sheet, len(pages)), severity=severity)
        self.rows = self._data_rows()
        self.merged = self._merged()

    def read(self):
        """Add the sheet's cells and faults to the return: one loop, however rows are found."""
        self._oddities()
        for line in self._owned() if self.owners else self._lines():
            for column in line.columns:
                self._add(line, column)

    def _add(self, line, column):
        """The observation of one cell, and its fault."""
        cell, state, value = line.cell or self.at(line.row, column.key), "absent", ""
        merged = (line.row, column.key) in self.merged
        if cell:
            kind = self.sheet.kind_of(column, line.item)
            most = self.sheet.most_of(column, line.item)
            state, value, fault = read(cell, kind, self.form, column.choices, most)
            if fault and not merged:
                self.fault("unreadable", f"“{cell.seen}”: {fault}", line.row, column.key, line.unit)
            if line.spoiled or merged:
                state, value = "unreadable", ""
        item = self.sheet.item_name(line.name, column)
        what = (self.sheet.objective, item, column.period or "", value, state)
        where = (self.returned.file, self.sheet.name if self.returned.file else "")
        seen = (cell.place, cell.raw) if cell else ("", "")
        self.returned.rows.append((self.returned.reporter, line.unit, *what, *where, *seen))

    # -- the sheet's own cells ---------------------------------------------------------------------

    def at(self, row, key):
        """The cell of a row and a column, if the sheet has both."""
        column = self.columns.get(key)
        return self.page.at(row, column) if row and column else None

    def text(self, row, key):
        """What stands there, "" if nothing or no such cell."""
        cell = self.at(row, key)
        return cell.text if cell else ""

    def filled(self, row):
        """Whether people wrote anything in the row's own columns."""
        cells = (self.at(row, column.key) for column in self.sheet.columns if column.entry)
        return any(cell and not cell.blank for cell in cells)

    def fault(self, rule, words, row, key, unit="", severity="confirm"):
        """Add a fault of the cell of a row and a column; of the column if there is no such cell."""
        where = {"column": self.sheet.column(key).header, "unit_code": unit}
        self.tell(rule, words, self.at(row, key), severity, **where)

    def tell(self, rule, words, cell=None, severity="confirm", **where):
        """Add a fault of this sheet."""
        self.returned.fault(severity, rule, words, cell, sheet=self.sheet.name, **where)

    def _found_columns(self):
        """Where each column of the form stands; of what else stands there people are asked."""
        row, asked = header_row(self.page, self.form, self.sheet), self.form.header_row
        if row != asked:
            remedy = f"phải ở dòng {asked}; xóa các dòng chèn thêm phía trên"
            self.tell("header", f"tiêu đề bảng ở dòng {row}, {remedy}", self.page.at(row, 1))
            return {}
        found = headers(self.page, self.form, self.sheet)
        for key, words in found.lacking.items():
            self.tell("column", words, column=self.sheet.column(key).header)
        for cell, words in found.strange:
            self.tell("strange-column", words, cell, column=printable(cell.text))
        return found.columns

    def _data_rows(self):
        """The rows that hold anything and are not passed over, as totals and signatures are."""
        keys = {at: key for key, at in self.columns.items()}
        rows: dict[int, dict[str, Cell]] = {}
        for (row, column), cell in sorted(self.page.cells.items()):
            if row >= self.form.first_row and not cell.blank:
                key = keys.get(column, f"+{column}")  # what stands beside the form
                rows.setdefault(row, {})[key] = cell
        known = {row for row, cells in rows.items() if self._known(row, cells)}
        whose = self.plan.register.full_name[self.returned.reporter]
        passed = Below(self.form, self.sheet, whose).passed(rows, known)
        return {row: cells for row, cells in rows.items() if row not in passed}

    def _known(self, row, cells):
        """Whether a row says whose it is, rightly or not."""
        if not self.owners:
            return self._is_model(cells) or self._statement(cells) is not None
        signs = self._row(row)
        coded, labelled, _ = self.owners.signs(signs)
        return bool(coded or labelled or self.owners.elsewhere(signs))

    def _oddities(self):
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        for what, cell, filtered in self.page.hidden:
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            self.tell("hidden", words, cell, "note" if filtered else "confirm")
        for row, cells in self.rows.items():
            for column in self.sheet.columns:
                cell = cells.get(column.key)
                if cell and isinstance(cell.value, str):
                    self._odd_text(row, column, cell)

    def _odd_text(self, row, column, cell):
        text = cell.value
        if cell.old_font:
            words = "gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
            self.fault("legacy-font", f"“{cell.seen}” {words}", row, column.key)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            words = "ô có ký tự điều khiển không in được; xóa và gõ lại"
            self.fault("control-characters", words, row, column.key, severity="note")
        if len(text) > LONGEST and not column.asked:
            self.fault("too-long", "ô có quá nhiều chữ; ghi ngắn lại", row, column.key)

    def _merged(self):
        """The cells, by row and key, that hold another's figure, each merge with its fault.

        A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        columns = {self.columns[c.key]: c for c in self.sheet.columns if c.key in self.columns}
        merged: set[tuple[int, str]] = set()
        for area in self.page.merged:
            across = [own for at, own in columns.items() if area.min_col <= at <= area.max_col]
            asked = [column.key for column in across if column.asked]
            if not asked or area.min_row not in self.rows:
                continue
            words = " được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            quarters = all(column.main for column in across)
            if not quarters or area.min_row != area.max_row:
                words = ": không rõ số liệu của ô nào; bỏ gộp, ghi lại từng ô"
                rows = range(area.min_row, area.max_row + 1)
                merged |= {(row, key) for row in rows for key in asked}
            cell = Cell(area.coord.partition(":")[0], area.coord)
            self.tell("merged", f"vùng gộp {area.coord}{words}", cell)
        return merged

    # -- rows of communes and of items -------------------------------------------------------------

    def _row(self, row):
        """The signs by which a row is somebody's."""
        key, label = self.sheet.signs
        cell = self.at(row, key) or Cell("")
        return Row(row, cell.text, self.text(row, label), cell.is_number, self.filled(row))

    def _owned(self):
        key, label = self.sheet.signs
        whose = decide(map(self._row, self.rows), self.owners)
        for row, rule, words, about in whose.told:
            name = self.at(row, label)
            if not (rule == "code-name" and name and name.old_font):  # that is told already
                self.fault(rule, words, row, key, about if self.owners.several else "")
        for owner, sure in whose.rows.items():
            doubtful = whose.doubtful.get(owner, 0)
            of = self._of_commune if self.owners.several else self._of_item
            yield from of(owner, sure or [doubtful], bool(doubtful))

    def _of_commune(self, code, rows, spoiled):
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

    def _of_item(self, code, rows, spoiled):
        """The row of one item; of two that are filled nobody knows which counts."""
        item = self.sheet.item(code)
        filled = [row for row in rows if self.filled(row)]
        if len(filled) > 1:
            places = ", ".join(map(str, filled))
            words = f"mã {code} đứng ở các dòng {places}; gộp thành một dòng"
            self.fault("double-code", words, filled[1], self.sheet.signs[0])
        if filled or not item.optional:
            for row in filled or rows[:1]:
                reporter, doubtful = self.returned.reporter, spoiled or len(filled) > 1
                yield Line(row, reporter, code, self.sheet.asked, item, doubtful)

    # -- lines -------------------------------------------------------------------------------------

    def _statement(self, cells):
        """The cell in which a row says that there is no line."""
        heads = [cells[column.key] for column in self.sheet.columns[:2] if column.key in cells]
        return next((cell for cell in heads if self.form.grammar.denies(cell.text)), None)

    def _is_model(self, cells):
        """Whether a row says anything of a model that can be read: type, start, or operation."""
        telling = [c for c in self.sheet.asked if c.kind in ("choice", "date", "yes_no")]
        return reported(cells, telling, self.form)

    def _lines(self):
        asked, reporter = self.sheet.asked, self.returned.reporter
        stated = {row: self._statement(cells) for row, cells in self.rows.items()}
        stated = {row: cell for row, cell in stated.items() if cell}
        lines = [row for row, cells in self.rows.items() if self._is_model(cells)]
        for row in self.rows:
            if row not in stated and row not in lines and self.filled(row):
                self._no_model(row)
        if stated and lines:
            none = self.sheet.none_statement
            words = f"vừa ghi “{none}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("none-and-lines", words, min(stated), "name")
        for row in lines:
            self._model_commune(row)
            name = f"{self.sheet.number}.{row - self.form.first_row + 1}"
            yield Line(row, reporter, name, asked, spoiled=row in stated)
        if not lines:
            row = min(stated, default=self.form.first_row)
            asked = (self.sheet.column("name"),)
            yield Line(row, reporter, STATEMENT, asked, cell=stated.get(row))

    def _no_model(self, row):
        """A line that says nothing of a model; what stands in it, perhaps a person, is not told."""
        words = (
            "dòng này không ghi loại, ngày bắt đầu, tình trạng hoạt động nên không được tính là "
            "mô hình; ghi đủ, hoặc xóa dòng"
        )
        cell = self.at(row, "name")
        header = self.sheet.column("name").header
        self.tell("model-name", words, Cell(cell.place) if cell else None, column=header)

    def _model_commune(self, row):
        register, reporter = self.plan.register, self.returned.reporter
        code = self.text(row, "commune").zfill(5)
        if code in register.index and reporter not in (register.parent[code], self.plan.province):
            said = f"“{register.full_name[code]}” không thuộc {register.full_name[reporter]}"
            words = f"{said}; sửa mã xã, hoặc để đơn vị có xã này báo cáo mô hình"
            self.fault("model-commune", words, row, "commune", code)
