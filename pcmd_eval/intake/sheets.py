"""From one opened workbook to a row for each cell that the form asks for, and to its faults, sheet by sheet."""

from collections.abc import Iterator
from typing import NamedTuple

from pcmd_eval.files import printable
from pcmd_eval.form import Item, Sheet
from pcmd_eval.intake.cells import LONGEST, Cell, read
from pcmd_eval.intake.faults import Content, Severity
from pcmd_eval.intake.workbook import Book, Page
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, fold_name
from pcmd_eval.units import alike, named

# The row name of the one cell that a sheet without lines is asked for: the statement that there are none.
STATEMENT = "none"


class Line(NamedTuple):
    """One row that the form asks for: where it stands (0: nowhere), whose it is, and whether it cannot be believed."""

    row: int
    unit: str
    name: str
    item: Item | None = None
    spoiled: bool = False


def read_sheets(content: Content, plan: Plan, book: Book | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book every cell is absent."""
    for sheet in plan.sheets_of(content.reporter):
        _Reader(content, plan, sheet, book).read()
    for title in book.hidden if book else ():
        content.fault(
            "confirm",
            "hidden",
            "cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi",
            sheet=title,
        )


class _Reader:
    """One sheet: its columns and rows are found, every cell asked for is read, those that are not there are absent."""

    def __init__(self, content: Content, plan: Plan, sheet: Sheet, book: Book | None) -> None:
        self.content, self.plan, self.sheet, self.form = content, plan, sheet, plan.form
        pages = book.pages(sheet.name, self.form.first_row) if book else []
        self.page = pages[0] if len(pages) == 1 else Page({}, (), {})
        self.rows = range(self.form.first_row, self.page.last_row + 1)
        self.columns: dict[str, int] = {}
        if len(pages) == 1:
            self._find_columns()
        elif book:
            said = "không có biểu này (hoặc có hai); dùng đúng biểu mẫu do Sở gửi"
            content.fault("stop" if pages else "confirm", "sheet", said, sheet=sheet.name)

    def read(self) -> None:
        """Add the sheet's cells and faults to the content: one loop over the rows, however they are found."""
        self._oddities()
        for line in {"communes": self._communes, "items": self._items, "lines": self._lines}[
            self.sheet.rows
        ]():
            for column in (
                (self.sheet.column("name"),) if line.name == STATEMENT else self.sheet.asked
            ):
                cell, state, value = self.at(line.row, column.key), "absent", ""
                if cell:
                    kind = self.sheet.kind_of(column, line.item)
                    most = self.sheet.most_of(column, line.item)
                    state, value, fault = read(cell, kind, self.form, column.choices, most)
                    if fault:
                        self.fault(
                            "unreadable", f"“{cell.seen}”: {fault}", line.row, column.key, line.unit
                        )
                    if line.spoiled:
                        state, value = "unreadable", ""
                what = (
                    self.sheet.objective,
                    self.sheet.item_name(line.name, column),
                    column.period or "",
                )
                where = (self.content.file, self.sheet.name if self.content.file else "")
                seen = (cell.place, cell.raw) if cell else ("", "")
                self.content.rows.append(
                    (self.content.reporter, line.unit, *what, value, state, *where, *seen)
                )

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
        where = {
            "sheet": self.sheet.name,
            "unit_code": unit,
            "column": self.sheet.column(key).header,
        }
        self.content.fault(severity, rule, words, self.at(row, key), **where)

    def _find_columns(self) -> None:
        row, cells = self.form.header_row, self.page.cells.items()
        heads = [(fold(cell.text), column) for (at, column), cell in cells if at == row]
        for column in self.sheet.columns:
            wanted = fold(column.header)
            places = [place for head, place in heads if head == wanted]
            if len(places) == 1:
                self.columns[column.key] = places[0]
            else:
                words = f"dòng {row} {'có hai' if places else 'thiếu'} cột “{column.header}”; dùng đúng biểu mẫu"
                self.fault("column", words, row, column.key)

    def _oddities(self) -> None:
        """What a reader of the sheet would not see, or would see as rubbish: named, and read as it stands."""
        for what, cell in self.page.hidden.items():
            words = f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi"
            self.content.fault("confirm", "hidden", words, cell, sheet=self.sheet.name)
        for area in self.page.merged:
            words = f"vùng gộp {area} được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            self.content.fault(
                "note", "merged", words, Cell(area.partition(":")[0], area), sheet=self.sheet.name
            )
        for row in self.rows:
            for column in self.sheet.columns:
                cell = self.at(row, column.key)
                if cell is None or not isinstance(cell.value, str):
                    continue
                if cell.old_font:
                    words = f"“{cell.seen}” gõ bằng phông chữ cũ (TCVN3 hoặc VNI); gõ lại bằng phông Unicode"
                    self.fault("legacy-font", words, row, column.key)
                if len(printable(cell.value)) < len(cell.value) - cell.value.count("\r\n"):
                    words = "ô có ký tự điều khiển không in được; xóa và gõ lại"
                    self.fault("control-characters", words, row, column.key, severity="note")
                if len(cell.value) > LONGEST and not column.asked:
                    self.fault("too-long", "ô có quá nhiều chữ; ghi ngắn lại", row, column.key)

    def _communes(self) -> Iterator[Line]:
        self.own = self.plan.communes(self.content.reporter)
        rows: dict[str, list[int]] = {code: [] for code in self.own.index}
        doubtful: dict[str, int] = {}
        for row in self.rows:
            if self.filled(row) or self.text(row, "unit") or self.text(row, "unit_name"):
                codes, sure = self._meant(row)
                if sure:
                    rows[codes[0]].append(row)
                else:
                    doubtful |= dict.fromkeys(codes, row)
        for code, own in rows.items():
            forms: dict[str, int] = {}
            for row in self._without_spare(own) or [doubtful.get(code, 0)]:
                form = self.text(row, "form")
                twin = forms.setdefault(fold(form), row)
                if form and twin != row:
                    words = f"xã này đã có dòng {twin} cùng hình thức; cả hai đang được tính, gộp nếu là một"
                    self.fault("double-row", words, row, "form", code)
                yield Line(row, code, form, spoiled=code in doubtful)

    def _meant(self, row: int) -> tuple[list[str], bool]:
        """The reporter's communes that a row may be about, and whether its code and its name agree on the one."""
        register, code, name = (
            self.plan.register,
            fold(self.text(row, "unit")),
            self.text(row, "unit_name"),
        )
        coded = next((c for c in (code, code.zfill(5)) if c in self.own.index), "")
        if coded and fold_name(name) == fold_name(
            self.own.name[coded]
        ):  # spares most rows the search
            return [coded], True
        meant = [*named(name, self.own).index] if name else []
        cell = self.at(row, "unit")
        typed = cell and isinstance(
            cell.value, int | float
        )  # 7888 is 07888 only where the name agrees
        if coded and (coded in meant if name else coded == code and not typed):
            return [coded], True
        hint = self._suggestion(name) if name and len(meant) != 1 else ""
        suspects = [c for c in dict.fromkeys((coded, *(meant if len(meant) == 1 else ()))) if c]
        elsewhere = code in register.index and not coded
        if elsewhere and (not name or len(named(name, register.loc[[code]]))):
            suspects = []
        if suspects:
            said = (f"mã “{code}”" if code else "không ghi mã") + (
                f" là {self.own.full_name[coded]}" if coded else ""
            )
            name_cell = self.at(row, "unit_name")
            if not (name_cell and name_cell.old_font):
                words = f"{said}, tên ghi “{name}”{hint}: mã và tên phải khớp; sửa một trong hai"
                self.fault("code-name", words, row, "unit", suspects[0])
        elif self.filled(row):
            here, said = (
                register.full_name[self.content.reporter],
                f"không rõ xã nào (mã “{code}”, tên “{name}”{hint})",
            )
            said = f"“{register.full_name[code]}” không thuộc {here}" if elsewhere else said
            self.fault(
                "foreign-unit",
                f"{said}; dòng này không được tính, sửa mã và tên",
                row,
                "unit",
                code,
            )
        return suspects, False

    def _suggestion(self, name: str) -> str:
        if later := self.plan.later_unit(name, self.content.reporter):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = [*alike(name, self.own).full_name]
        return f" (có phải {near[0]}?)" if near else ""

    def _without_spare(self, rows: list[int]) -> list[int]:
        """The rows of a commune without those left blank beside one that has a figure."""
        if len(rows) == 1:
            return rows
        cells = {
            row: [self.at(row, column.key) for column in self.sheet.asked if column.main]
            for row in rows
        }
        states = {
            row: {read(cell, "count", self.form).state for cell in cells[row] if cell}
            for row in rows
        }
        some = any("reported" in seen for seen in states.values())
        return [row for row in rows if not some or states[row] - {"blank"}]

    def _items(self) -> Iterator[Line]:
        rows: dict[str, list[int]] = {item.code: [] for item in self.sheet.items}
        for row in self.rows:
            cell, code, label = (
                self.at(row, "code"),
                fold(self.text(row, "code")),
                fold(self.text(row, "item")),
            )
            if cell and isinstance(
                cell.value, float
            ):  # 6.1 and 6.10 are one number: the label tells which
                likes = (item.code for item in self.sheet.items if fold(item.label) == label)
                code = next((like for like in likes if like.startswith(code)), "")
            if code in rows:
                rows[code].append(row)
            elif cell and (not cell.blank or self.filled(row)):
                words = f"không có mã “{cell.seen}” trong biểu này; dòng không được tính"
                self.fault("unknown-code", words, row, "code")
        for item in self.sheet.items:
            own = rows[item.code]
            if item.optional and not any(map(self.filled, own)):
                continue
            if len(own) > 1:
                words = (
                    f"mã {item.code} đứng ở các dòng {', '.join(map(str, own))}; gộp thành một dòng"
                )
                self.fault("double-code", words, own[1], "code")
            for row in own or [0]:
                yield Line(row, self.content.reporter, item.code, item, spoiled=len(own) > 1)

    def _lines(self) -> Iterator[Line]:
        register, own, none = self.plan.register, self.content.reporter, self.sheet.none_statement
        stated = [row for row in self.rows if fold(self.text(row, "name")) == fold(none)]
        lines = [row for row in self.rows if self.filled(row) and row not in stated]
        if stated and lines:
            words = f"vừa ghi “{none}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("none-and-lines", words, stated[0], "name")
        for row in lines:
            code = self.text(row, "commune").zfill(5)
            if code in register.index and own not in (register.parent[code], self.plan.province):
                words = (
                    f"“{register.full_name[code]}” không thuộc {register.full_name[own]}; sửa mã xã"
                )
                words = f"{words}, hoặc để đơn vị có xã này báo cáo mô hình"
                self.fault("model-commune", words, row, "commune", code)
            yield Line(row, own, f"{self.sheet.name.split()[0]}.{row - self.form.first_row + 1}")
        if not lines:
            yield Line(stated[0] if stated else self.form.first_row, own, STATEMENT)
