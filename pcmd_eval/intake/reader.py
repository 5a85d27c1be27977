"""One sheet of a return: the observation of each cell that is asked for, and what is odd in it."""

from collections.abc import Collection, Iterable
from itertools import product

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item, Sheet
from pcmd_eval.intake.below import passed
from pcmd_eval.intake.cells import Cell, Reading, read
from pcmd_eval.intake.faults import SentReturn, Severity
from pcmd_eval.intake.strange import missing_sheet, shortened
from pcmd_eval.intake.table import Table
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, nearest


class Reader(Table):
    """The table of one sheet, whose cells and faults go into a return.

    A sheet that is not there, or there twice, has no rows: its cells are absent.
    """

    def __init__(
        self, returned: SentReturn, plan: Plan, sheet: Sheet, book: Book | None = None
    ) -> None:
        pages = book.pages(sheet.name, plan.form.first_row) if book else []
        super().__init__(pages[0] if len(pages) == 1 else Page({}), plan.form, sheet)
        self.returned, self.plan = returned, plan
        self.merged: set[tuple[int, str]] = set()
        if len(pages) == 1:
            self._headers()
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
        for what, cell, filtered in self.page.hidden:
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            self.tell("hidden", words, cell, severity="note" if filtered else "confirm")
        for area in self.page.merged:
            self._merged(area)
        for cells, column in product(self.rows.values(), self.sheet.columns):
            cell = cells.get(column.key)
            if cell and isinstance(cell.value, str):
                self._odd_text(cell, column)

    def read(
        self,
        row: int,
        unit: str,
        name: str,
        columns: Iterable[Column],
        item: Item | None = None,
        spoiled: bool = False,
        cell: Cell | None = None,
    ) -> None:
        """Add the observations of one row (0: there is none) and the faults of its cells.

        `name`: the row's part of `item` in the observations; `spoiled`: it cannot be believed;
        `cell`: the one to read if it does not stand in the row's column.
        """
        for column in columns:
            at = cell or self.at(row, column.key)
            merged = (row, column.key) in self.merged
            reading = Reading("absent")
            if at:
                own = column.of(item)
                reading = read(at, own.kind, self.form, own.choices, own.most)
                if reading.fault and not merged:
                    words = f"“{at.seen}”: {reading.fault}"
                    self.tell("unreadable", words, at, column.header, unit)
                if spoiled or merged:
                    reading = Reading("unreadable")
            returned, sheet = self.returned, self.sheet
            period, item_name = column.period or "", sheet.item_name(name, column)
            what = (sheet.objective, item_name, period, reading.value, reading.state)
            where = (returned.file, sheet.name if returned.file else "")
            seen = (at.place, at.raw) if at else ("", "")
            returned.rows.append((returned.reporter, unit, *what, *where, *seen))

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

    def _headers(self):
        """What is wrong with the headers; where all of them have moved nothing is read."""
        asked = self.form.header_row
        if self.head != asked:
            words = f"tiêu đề bảng ở dòng {self.head}, phải ở dòng {asked}"
            at = self.page.at(self.head, 1)
            self.tell("header", f"{words}; xóa các dòng chèn thêm phía trên", at)
            self.columns, self.rows = {}, {}
            return
        strange = self.strange
        for place, column in enumerate(self.sheet.columns, 1):
            if column.key not in self.columns:
                words = f"dòng {asked} phải có đúng một cột “{column.header}”; ghi lại như biểu mẫu"
                at = strange.pop(place, self.page.at(asked, place))
                self.tell("column", words, at, column.header)
        for cell in strange.values():
            said = f"cột “{shortened(cell.text)}”"
            like = nearest(fold(cell.text.partition("(")[0]), self.sheet.headers)
            if like:
                said += f" (giống “{self.sheet.columns[self.sheet.headers[like] - 1].header}”)"
            said += " không có trong biểu nên không được đọc"
            remedy = "chuyển số liệu vào cột của biểu, hoặc xóa cột"
            self.tell("strange-column", f"{said}; {remedy}", cell, printable(cell.text))

    def _merged(self, area):
        """A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        own = [self.sheet.column(key) for key, at in self.columns.items() if _over(area, at)]
        asked = [column.key for column in own if column.asked]
        if not asked or area.min_row not in self.rows:
            return
        words = " được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
        if area.min_row != area.max_row or not all(column.main for column in own):
            words = ": không rõ số liệu của ô nào; bỏ gộp, ghi lại từng ô"
            self.merged.update(product(range(area.min_row, area.max_row + 1), asked))
        cell = Cell(area.coord.partition(":")[0], area.coord)
        self.tell("merged", f"vùng gộp {area.coord}{words}", cell)

    def _odd_text(self, cell, column):
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        text = cell.value
        if cell.old_font:
            remedy = "gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
            self.tell("legacy-font", f"“{cell.seen}” {remedy}", cell, column.header)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            words = "có ký tự không in được; xóa và gõ lại ô"
            self.tell("control-characters", words, cell, column.header, severity="note")


def _over(area, column):
    return area.min_col <= column <= area.max_col
