"""One sheet of a return: where its columns and rows stand, and the observation of each cell."""

from collections.abc import Collection, Iterable
from itertools import product
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item, Sheet
from pcmd_eval.intake.below import passed
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.faults import SentReturn, Severity
from pcmd_eval.intake.strange import missing_sheet, shortened
from pcmd_eval.intake.table import Table
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, nearest


class AskedRow(NamedTuple):
    """One row that the form asks for: where it stands (0: nowhere), whose it is, what is asked for.

    `spoiled`: it cannot be believed; `cell`: where the statement that there is none stands.
    """

    row: int
    unit: str
    name: str
    columns: Iterable[Column]
    item: Item | None = None
    spoiled: bool = False
    cell: Cell | None = None


class Reader:
    """One sheet: its columns and rows are found, every cell asked for is read or is absent.

    `rows` are the cells of each row that holds data, by the key of their column; nothing blank.
    """

    def __init__(
        self, returned: SentReturn, plan: Plan, sheet: Sheet, book: Book | None = None
    ) -> None:
        self.returned = returned
        self.plan = plan
        self.sheet = sheet
        self.form = plan.form
        self.entry = {column.key for column in sheet.columns if column.entry}
        self.merged: set[tuple[int, str]] = set()
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        self.page = pages[0] if len(pages) == 1 else Page({})
        table = Table(self.page, self.form, sheet)
        self.columns, self.rows = table.columns, table.rows
        if len(pages) == 1:
            self._headers(table)
        elif pages:
            words = f"có hai trang tên “{sheet.name}”; giữ một, xóa trang kia"
            self.tell("sheet", words, severity="stop")
        elif book:
            self.tell("sheet", missing_sheet(book, plan, sheet, returned.reporter))

    def pass_over(self, known: Collection[int]) -> None:
        """Totals and signatures are no data; `known` rows say whose they are.

        What is odd in the others is told.
        """
        whose = self.plan.register.full_name[self.returned.reporter]
        for row in [*passed(self.rows, known, self.form, self.sheet, whose)]:
            del self.rows[row]
        self.merged |= self._merged()
        self._oddities()

    def read(self, lines: Iterable[AskedRow]) -> None:
        """Add the sheet's cells and faults to the return: one loop, however rows are found."""
        for line in lines:
            for column in line.columns:
                self._add(line, column)

    def _add(self, line, column):
        """The observation of one cell, and its fault."""
        cell = line.cell or self.at(line.row, column.key)
        state, value = "absent", ""
        merged = (line.row, column.key) in self.merged
        if cell:
            own = column.of(line.item)
            state, value, fault = read(cell, own.kind, self.form, own.choices, own.most)
            if fault and not merged:
                self.tell("unreadable", f"“{cell.seen}”: {fault}", cell, column.header, line.unit)
            if line.spoiled or merged:
                state, value = "unreadable", ""
        item = self.sheet.item_name(line.name, column)
        what = (self.sheet.objective, item, column.period or "", value, state)
        where = (self.returned.file, self.sheet.name if self.returned.file else "")
        seen = (cell.place, cell.raw) if cell else ("", "")
        self.returned.rows.append((self.returned.reporter, line.unit, *what, *where, *seen))

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
        return not self.entry.isdisjoint(self.rows.get(row, ()))

    def tell(
        self,
        rule: str,
        words: str,
        at: Cell | None = None,
        column: str = "",
        unit: str = "",
        severity: Severity = "confirm",
    ) -> None:
        """Add a fault of this sheet, of a cell under a header if it is of one."""
        where = {"sheet": self.sheet.name, "column": column, "unit_code": unit}
        self.returned.fault(severity, rule, words, at, **where)

    def _headers(self, table):
        """What is wrong with the headers; where all of them have moved nothing is read."""
        asked = self.form.header_row
        if table.head != asked:
            remedy = f"phải ở dòng {asked}; xóa các dòng chèn thêm phía trên"
            words = f"tiêu đề bảng ở dòng {table.head}, {remedy}"
            self.tell("header", words, self.page.at(table.head, 1))
            self.columns, self.rows = {}, {}
            return
        strange = table.strange
        for place, column in enumerate(self.sheet.columns, 1):
            if column.key not in table.columns:
                words = f"dòng {asked} phải có đúng một cột “{column.header}”; ghi lại như biểu mẫu"
                at = strange.pop(place, self.page.at(asked, place))
                self.tell("column", words, at, column.header)
        for cell in strange.values():
            said = f"cột “{shortened(cell.text)}”"
            like = nearest(fold(cell.text.partition("(")[0]), self.sheet.headers)
            if like:
                said += f" (giống “{self.sheet.columns[self.sheet.headers[like] - 1].header}”)"
            words = f"{said} không có trong biểu nên không được đọc"
            remedy = "chuyển số liệu vào cột của biểu, hoặc xóa cột"
            self.tell("strange-column", f"{words}; {remedy}", cell, printable(cell.text))

    def _oddities(self):
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        for what, cell, filtered in self.page.hidden:
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            self.tell("hidden", words, cell, severity="note" if filtered else "confirm")
        for cells in self.rows.values():
            for column in self.sheet.columns:
                cell = cells.get(column.key)
                if cell and isinstance(cell.value, str):
                    self._odd_text(cell, column)

    def _odd_text(self, cell, column):
        text = cell.value
        if cell.old_font:
            remedy = "gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
            self.tell("legacy-font", f"“{cell.seen}” {remedy}", cell, column.header)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            words = "có ký tự không in được; xóa và gõ lại ô"
            self.tell("control-characters", words, cell, column.header, severity="note")
        if len(text) > LONGEST and not column.asked:
            self.tell("too-long", "ô có quá nhiều chữ; ghi ngắn lại", cell, column.header)

    def _merged(self):
        """The cells, by row and key, that hold another's figure, each merge with its fault.

        A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        columns = {at: self.sheet.column(key) for key, at in self.columns.items()}
        merged = set()
        for area in self.page.merged:
            across = [own for at, own in columns.items() if area.min_col <= at <= area.max_col]
            asked = [column.key for column in across if column.asked]
            if not asked or area.min_row not in self.rows:
                continue
            words = " được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            if area.min_row != area.max_row or not all(column.main for column in across):
                words = ": không rõ số liệu của ô nào; bỏ gộp, ghi lại từng ô"
                merged |= {*product(range(area.min_row, area.max_row + 1), asked)}
            cell = Cell(area.coord.partition(":")[0], area.coord)
            self.tell("merged", f"vùng gộp {area.coord}{words}", cell)
        return merged
