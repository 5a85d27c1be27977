"""From one opened workbook to a row for each cell that the form asks for, and to its faults."""

from collections.abc import Iterator

from pcmd_eval.intake.below import Cells, reported
from pcmd_eval.intake.cells import Cell
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.reader import AskedRow, Reader
from pcmd_eval.intake.strange import strange_sheets
from pcmd_eval.intake.whose import WrittenRow, decide, owners
from pcmd_eval.intake.workbook import Book
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

# The row name of the one cell that a sheet without lines is asked for: that there are none.
STATEMENT = "none"


def read_sheets(returned: SentReturn, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book all are absent."""
    for sheet in plan.sheets_of(returned.reporter):
        reader = _Models if sheet.rows == "lines" else _Owned
        reader(returned, plan, sheet, book).read()
    if book:
        for title in book.hidden:
            words = "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi"
            returned.fault("confirm", "hidden", words, sheet=title)
        for title, words in strange_sheets(book, plan, returned.reporter):
            returned.fault("confirm", "strange-sheet", words, sheet=title)


class _Owned(Reader):
    """A sheet in which each row is that of a commune or of an item of the form."""

    def __init__(self, returned, plan, sheet, book):
        self.owners = owners(plan, sheet, returned.reporter)
        super().__init__(returned, plan, sheet, book)

    def known(self, row: int, cells: Cells) -> bool:
        """Also a row of another reporter's commune says so."""
        coded, labelled, _ = self.owners.signs(self._row(row))
        return bool(coded or labelled)

    def _row(self, row):
        """The signs by which a row is somebody's."""
        key, label = self.sheet.telling
        cell = self.at(row, key) or Cell("")
        return WrittenRow(row, cell.text, self.text(row, label), cell.is_number, self.filled(row))

    def lines(self) -> Iterator[AskedRow]:
        """Each owner with its rows; the one in doubt where none is sure."""
        key, label = self.sheet.telling
        whose = decide(map(self._row, self.rows), self.owners)
        for row, rule, words, about in whose.told:
            name = self.at(row, label)
            if not (rule == "code-name" and name and name.old_font):  # that is told already
                unit = about if self.owners.several else ""
                self.fault("confirm", rule, words, row, key, unit)
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
            asked = self.sheet.asked
            cells = self.rows.get(row, {})
            if some and not any(column.key in cells for column in main):
                asked = tuple(column for column in asked if column.key in cells)
            if not asked:
                continue
            form = self.text(row, "form")
            twin = forms.setdefault(fold(form), row)
            if twin != row:
                same = "cùng hình thức" if form else "cũng không ghi hình thức"
                words = f"xã này đã có dòng {twin} {same}; cả hai đang được tính, gộp nếu là một"
                self.fault("confirm", "double-row", words, row, "form", code)
            yield AskedRow(row, code, form, asked, spoiled=spoiled)

    def _of_item(self, code, rows, spoiled):
        """The row of one item; of two that are filled nobody knows which counts."""
        item = self.sheet.item(code)
        filled = [row for row in rows if self.filled(row)]
        if len(filled) > 1:
            places = ", ".join(map(str, filled))
            words = f"mã {code} đứng ở các dòng {places}; gộp thành một dòng"
            self.fault("confirm", "double-code", words, filled[1], self.sheet.telling[0])
        if filled or not item.optional:
            for row in filled or rows[:1]:
                reporter = self.returned.reporter
                doubtful = spoiled or len(filled) > 1
                yield AskedRow(row, reporter, code, self.sheet.asked, item, doubtful)


class _Models(Reader):
    """A sheet of lines, one for each model, or a statement that there is none."""

    def known(self, row: int, cells: Cells) -> bool:
        """A line is its reporter's if it says anything of a model, or that there is none."""
        return self._is_model(cells) or self._statement(cells) is not None

    def _statement(self, cells):
        """The cell in which a row says that there is no line."""
        heads = [cells[column.key] for column in self.sheet.columns[:2] if column.key in cells]
        return next((cell for cell in heads if self.form.grammar.denies(cell.text)), None)

    def _is_model(self, cells):
        """Whether a row says anything of a model that can be read: type, start, or operation."""
        telling = [c for c in self.sheet.asked if c.kind in ("choice", "date", "yes_no")]
        return reported(cells, telling, self.form)

    def lines(self) -> Iterator[AskedRow]:
        """Each model, or the one cell that says that there is none."""
        asked = self.sheet.asked
        reporter = self.returned.reporter
        stated = {row: self._statement(cells) for row, cells in self.rows.items()}
        stated = {row: cell for row, cell in stated.items() if cell}
        lines = [row for row, cells in self.rows.items() if self._is_model(cells)]
        for row in self.rows:
            if row not in stated and row not in lines and self.filled(row):
                self._no_model(row)
        if stated and lines:
            none = self.sheet.none_statement
            words = f"vừa ghi “{none}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("confirm", "none-and-lines", words, min(stated), "name")
        for row in lines:
            self._model_commune(row)
            name = f"{self.sheet.number}.{row - self.form.first_row + 1}"
            yield AskedRow(row, reporter, name, asked, spoiled=row in stated)
        if not lines:
            row = min(stated, default=self.form.first_row)
            asked = (self.sheet.column("name"),)
            yield AskedRow(row, reporter, STATEMENT, asked, cell=stated.get(row))

    def _no_model(self, row):
        """A line that says nothing of a model; what stands in it, perhaps a person, is not told."""
        words = (
            "dòng này không ghi loại, ngày bắt đầu, tình trạng hoạt động nên không được tính là "
            "mô hình; ghi đủ, hoặc xóa dòng"
        )
        cell = self.at(row, "name")
        place = Cell(cell.place) if cell else None
        header = self.sheet.column("name").header
        self.tell("confirm", "model-name", words, place, column=header)

    def _model_commune(self, row):
        register = self.plan.register
        reporter = self.returned.reporter
        code = self.text(row, "commune").zfill(5)
        if code in register.index and reporter not in (register.parent[code], self.plan.province):
            said = f"“{register.full_name[code]}” không thuộc {register.full_name[reporter]}"
            words = f"{said}; sửa mã xã, hoặc để đơn vị có xã này báo cáo mô hình"
            self.fault("confirm", "model-commune", words, row, "commune", code)
