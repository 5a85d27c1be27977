"""From one opened workbook to a row for each cell that the form asks for, and to its faults, sheet by sheet."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Column, Item, Sheet
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.faults import Content
from pcmd_eval.intake.workbook import Book
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, fold_name, order
from pcmd_eval.units import alike, named

# The row name of the one cell that a sheet without lines is asked for: the statement that there are none.
STATEMENT = "none"


class Line(NamedTuple):
    """One row that the form asks for: where it stands (0: nowhere), whose it is, and its columns."""

    row: int
    unit: str
    name: str
    columns: tuple[Column, ...]
    item: Item | None = None
    spoiled: bool = False


def read_sheets(content: Content, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book every cell is absent."""
    sheets = plan.sheets_of(content.reporter)
    for sheet in sheets:
        _Reader(content, plan, sheet, book).read()
    known = {fold(sheet.name) for sheet in sheets}
    for title in book.hidden if book else ():
        if fold(title) not in known:
            content.fault("confirm", "hidden", "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi", sheet=title)


class _Reader:
    """One sheet: its columns and rows are found, every cell asked for is read, those that are not there are absent."""

    def __init__(self, content: Content, plan: Plan, sheet: Sheet, book: Book | None) -> None:
        self.content, self.plan, self.sheet, self.form = content, plan, sheet, plan.form
        self.fault = partial(content.fault, sheet=sheet.name)
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        self.page = pages[0] if len(pages) == 1 else None
        self.rows = range(self.form.first_row, self.page.last_row + 1) if self.page else range(0)
        self.columns = dict(self._columns())
        if book and not self.page:
            said = "không có biểu này (hoặc có hai); dùng đúng biểu mẫu do Sở gửi"
            self.fault("stop" if pages else "confirm", "sheet", said)

    def read(self) -> None:
        """Add the sheet's cells and faults to the content: one loop over the rows, however they are found."""
        self._oddities()
        for line in {"communes": self._communes, "items": self._items, "lines": self._lines}[self.sheet.rows]():
            for column in line.columns:
                cell = self.at(line.row, column.key) if line.row else None
                state, value = "absent", ""
                if cell:
                    state, value, fault = read(cell, self.sheet.kind_of(column, line.item), self.form, column.choices)
                    if fault:
                        words = f"“{cell.seen}”: {fault}"
                        self.fault("confirm", "unreadable", words, cell, unit_code=line.unit, column=column.header)
                    if line.spoiled:
                        state, value = "unreadable", ""
                what = (self.sheet.objective, self.sheet.item_name(line.name, column), column.period or "")
                where = (self.content.file, self.sheet.name if self.content.file else "")
                seen = (cell.place, cell.raw) if cell else ("", "")
                self.content.rows.append((self.content.reporter, line.unit, *what, value, state, *where, *seen))

    def at(self, row: int, key: str) -> Cell | None:
        """The cell of a row and a column, if the sheet has that column."""
        column = self.columns.get(key)
        return self.page.at(row, column) if self.page and column else None

    def text(self, row: int, key: str) -> str:
        """What stands there, "" if nothing or no such cell."""
        cell = self.at(row, key)
        return cell.text if cell else ""

    def filled(self, row: int) -> bool:
        """Whether people wrote anything in the row's own columns."""
        cells = (self.at(row, column.key) for column in self.sheet.columns if column.entry)
        return any(cell and not cell.blank for cell in cells)

    def _columns(self) -> Iterator[tuple[str, int]]:
        heads: dict[str, list[int]] = {}
        for (row, column), cell in (self.page.cells if self.page else {}).items():
            if row == self.form.header_row:
                heads.setdefault(fold(cell.text), []).append(column)
        for column in self.sheet.columns if self.page else ():
            places = heads.get(fold(column.header), [])
            if len(places) == 1:
                yield column.key, places[0]
            else:
                words = f"dòng {self.form.header_row} {'có hai' if places else 'thiếu'} cột “{column.header}”"
                self.fault("confirm", "column", f"{words}; dùng đúng biểu mẫu", column=column.header)

    def _oddities(self) -> None:
        """What a reader of the sheet would not see, or would see as rubbish: named, and read as it stands."""
        for what, cell in self.page.hidden if self.page else ():
            self.fault("confirm", "hidden", f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi", cell)
        for area in self.page.merged if self.page else ():
            words = f"vùng gộp {area} được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            self.fault("note", "merged", words, Cell(area.partition(":")[0], area))
        for row in self.rows:
            for column in self.sheet.columns:
                cell = self.at(row, column.key)
                if cell is None or not isinstance(cell.value, str):
                    continue
                say = partial(self.fault, at=cell, column=column.header)
                if cell.old_font:
                    words = f"“{cell.seen}” gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
                    say("confirm", "legacy-font", words)
                if printable(cell.value) != cell.value.replace("\r\n", "\n").replace("\r", "\n"):
                    say("note", "control-characters", "ô có ký tự điều khiển không in được; xóa và gõ lại")
                if len(cell.value) > LONGEST and not column.asked:
                    say("confirm", "too-long", "ô có quá nhiều chữ; ghi ngắn lại")

    def _communes(self) -> Iterator[Line]:
        self.own = self.plan.communes(self.content.reporter)
        rows: dict[str, list[int]] = {code: [] for code in self.own.index}
        doubtful: dict[str, int] = {}
        for row in self.rows:
            if self.filled(row) or self.text(row, "unit") or self.text(row, "unit_name"):
                code, suspects = self._commune(row)
                if code:
                    rows[code].append(row)
                doubtful |= dict.fromkeys(suspects, row)
        for code, own in rows.items():
            kept = own or [doubtful[code]] if code in doubtful else self._without_spare(own)
            self._doubled(code, kept)
            for row in kept or [0]:
                yield Line(row, code, self.text(row, "form"), self.sheet.asked, spoiled=code in doubtful)

    def _commune(self, row: int) -> tuple[str, list[str]]:
        """The reporter's commune that a row is about ("" for none), and the communes that it makes doubtful."""
        code_cell, name_cell = self.at(row, "unit"), self.at(row, "unit_name")
        code, name, head = fold(self.text(row, "unit")), self.text(row, "unit_name"), self.sheet.column("unit").header
        coded = next((c for c in (code, code.zfill(5) if code.isdigit() else "") if c in self.own.index), "")
        typed = code_cell is not None and isinstance(code_cell.value, int | float)
        same = coded and fold_name(name) == fold_name(self.own.name[coded])  # spares most rows the search
        meant = [coded] if same else [*named(name, self.own).index] if name else []
        if coded and (coded in meant if name else coded == code and not typed):
            return coded, []
        elsewhere = code if code in self.plan.register.index and not coded else ""
        if elsewhere and name and named(name, self.plan.register.loc[[elsewhere]]).empty:
            elsewhere = ""
        hint = self._suggestion(name) if name and len(meant) != 1 else ""
        suspects = [] if elsewhere else [c for c in dict.fromkeys((coded, *(meant if len(meant) == 1 else ()))) if c]
        if suspects:
            said = (f"mã “{code}”" if code else "không ghi mã") + (f" là {self.own.full_name[coded]}" if coded else "")
            words = f"{said}, tên ghi “{name}”{hint}: mã và tên phải khớp; sửa một trong hai"
            if not (name_cell and name_cell.old_font):
                self.fault("confirm", "code-name", words, code_cell, unit_code=suspects[0], column=head)
            return suspects[0], suspects
        if self.filled(row):
            here = self.plan.register.full_name[self.content.reporter]
            said = f"không rõ xã nào (mã “{code}”, tên “{name}”{hint})"
            if code in self.plan.register.index:
                said = f"“{self.plan.register.full_name[code]}” không thuộc {here}"
            said = f"{said}; dòng này không được tính, sửa mã và tên"
            self.fault("confirm", "foreign-unit", said, code_cell or name_cell, unit_code=code, column=head)
        return "", []

    def _suggestion(self, name: str) -> str:
        if later := self.plan.later_unit(name, self.content.reporter):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = sorted(alike(name, self.own).full_name, key=order)
        return f" (có phải {near[0]}?)" if near else ""

    def _without_spare(self, rows: list[int]) -> list[int]:
        """The rows of a commune without those left blank beside one that has a figure."""
        keys = [column.key for column in self.sheet.asked if column.main]
        found = {row: [self.at(row, key) for key in keys] for row in rows if len(rows) > 1}
        states = {row: {read(c, "count", self.form).state for c in cells if c} for row, cells in found.items()}
        if not any("reported" in seen for seen in states.values()):
            return rows
        return [row for row, seen in states.items() if seen - {"blank"}]

    def _doubled(self, code: str, rows: list[int]) -> None:
        """Say where a commune has two rows of one form: one of them may be a copy."""
        seen: dict[str, int] = {}
        for row in rows:
            form = fold(self.text(row, "form"))
            if form and form in seen:
                words = f"xã này đã có dòng {seen[form]} cùng hình thức; cả hai đang được tính, gộp nếu là một"
                head = self.sheet.column("form").header
                self.fault("confirm", "double-row", words, self.at(row, "form"), unit_code=code, column=head)
            seen.setdefault(form, row)

    def _items(self) -> Iterator[Line]:
        rows: dict[str, list[int]] = {item.code: [] for item in self.sheet.items}
        head = self.sheet.column("code").header
        for row in self.rows:
            cell, code = self.at(row, "code"), self._item_code(row)
            if code in rows:
                rows[code].append(row)
            elif cell and (not cell.blank or self.filled(row)):
                words = f"không có mã “{cell.seen}” trong biểu này; dòng không được tính"
                self.fault("confirm", "unknown-code", words, cell, column=head)
        for item in self.sheet.items:
            own = rows[item.code]
            if item.optional and not any(self.filled(row) for row in own):
                continue
            if len(own) > 1:
                words = f"mã {item.code} đứng ở các dòng {', '.join(map(str, own))}; gộp thành một dòng"
                self.fault("confirm", "double-code", words, self.at(own[1], "code"), column=head)
            for row in own or [0]:
                yield Line(row, self.content.reporter, item.code, self.sheet.asked, item, spoiled=len(own) > 1)

    def _item_code(self, row: int) -> str:
        """The code of a row; a code typed as a number is told from its likes (6.1, 6.10) by the row's label."""
        cell = self.at(row, "code")
        if cell is None or not isinstance(cell.value, float) or cell.value.is_integer():
            return fold(cell.text) if cell else ""
        likes = [i for i in self.sheet.items if i.code.count(".") == 1 and float(i.code) == cell.value]
        if len(likes) > 1:
            likes = [item for item in likes if fold(item.label) == fold(self.text(row, "item"))]
        return likes[0].code if len(likes) == 1 else ""

    def _lines(self) -> Iterator[Line]:
        name, none = self.sheet.column("name"), fold(self.sheet.none_statement)
        stated = [row for row in self.rows if fold(self.text(row, "name")) == none]
        lines = [row for row in self.rows if self.filled(row) and row not in stated]
        if stated and lines:
            words = f"vừa ghi “{self.sheet.none_statement}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("confirm", "none-and-lines", words, self.at(stated[0], "name"), column=name.header)
        for row in lines:
            self._elsewhere(row)
            number = f"{self.sheet.name.split()[0]}.{row - self.form.first_row + 1}"
            yield Line(row, self.content.reporter, number, self.sheet.asked)
        if not lines:
            row = stated[0] if stated else self.form.first_row
            yield Line(row if self.page else 0, self.content.reporter, STATEMENT, (name,))

    def _elsewhere(self, row: int) -> None:
        """Say where a model stands in a commune of another district: that district may report it, too."""
        register, code = self.plan.register, self.text(row, "commune").zfill(5)
        if code in register.index and self.content.reporter not in (register.parent[code], self.plan.province):
            words = f"“{register.full_name[code]}” không thuộc {register.full_name[self.content.reporter]}"
            column = self.sheet.column("commune")
            words = f"{words}; sửa mã xã, hoặc để đơn vị có xã này báo cáo mô hình"
            self.fault(
                "confirm", "model-commune", words, self.at(row, column.key), unit_code=code, column=column.header
            )
