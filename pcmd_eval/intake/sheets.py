"""From one opened workbook to its observations and its faults, sheet by sheet, following the form."""

from collections.abc import Iterator

from pcmd_eval.files import one_break, printable
from pcmd_eval.form import Column, Form, Item, Sheet
from pcmd_eval.intake.cells import Cell, Reading, read
from pcmd_eval.intake.faults import Fault, Severity
from pcmd_eval.intake.legacy import readings
from pcmd_eval.intake.pages import Content, Note, Opened, Page, sentence, titles_of, within_reach
from pcmd_eval.intake.particulars import Particulars
from pcmd_eval.observations import Observation, State
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import Register, Unit, means

# The row name of the one cell that a sheet without lines is asked for: the statement that there are none.
STATEMENT = "none"


def read_content(file: str, opened: Opened, plan: Plan, form: Form, register: Register) -> Content:
    """Read one workbook; every fault is reported, none hides another."""
    content = Content(file)
    Particulars(content, opened, plan, form, register).read()
    if content.reporter and not content.refusals:
        for sheet in form.sheets_of(content.reporter, register):
            _SheetReader(content, opened, form, register, sheet).read()
        _name_hidden_pages(content, opened, form, register)
    return content


def _name_hidden_pages(content: Content, opened: Opened, form: Form, register: Register) -> None:
    """Say which hidden pages hold something that is not of the form, so that nobody relies on it."""
    assert content.reporter
    known = {fold(sheet.name) for sheet in form.sheets_of(content.reporter, register)}
    for page in opened.formulas.worksheets:
        if page.sheet_state != "visible" and fold(page.title) not in known and any(within_reach(page)):
            words = sentence("cả trang bị ẩn nhưng có nội dung; hiện lại hoặc xóa đi")
            where = (content.file, page.title, "", "", "", "")
            content.faults.append(Fault("confirm", content.reporter.code, *where, "hidden", words))


class _SheetReader:
    """One sheet of the form: find its columns and rows, read every cell asked for, add those that are absent."""

    def __init__(self, content: Content, opened: Opened, form: Form, register: Register, sheet: Sheet) -> None:
        self.content, self.form, self.register, self.sheet = content, form, register, sheet
        assert content.reporter
        reporter = self.reporter = content.reporter
        self.own = {unit.code: unit for unit in register.children(reporter.code)} if sheet.rows == "communes" else {}
        self.page: Page | None = None
        self.columns: dict[str, int] = {}
        titles = titles_of(opened, sheet.name)
        if len(titles) == 1:
            self.page = Page(opened, titles[0], form)
            self._find_columns()
        else:
            self.fault(
                "stop" if titles else "confirm",
                "sheet",
                "không có biểu này (hoặc có hai); dùng đúng biểu mẫu do Sở gửi",
            )

    def read(self) -> None:
        """Add the sheet's observations and faults to the content."""
        self._oddities()
        {"communes": self._communes, "items": self._items, "lines": self._lines}[self.sheet.rows]()

    def _oddities(self) -> None:
        """What a reader of the sheet would not see, or would see as rubbish: named, and read as it stands."""
        for what in self.page.hidden() if self.page else ():
            self.fault("confirm", "hidden", f"{what} bị ẩn nhưng có nội dung, vẫn được đọc; hiện lại hoặc xóa đi")
        for area in self.page.merged if self.page else ():
            words = f"vùng gộp {area} được đọc như ghi cùng một giá trị vào mọi ô; nên bỏ gộp"
            self.fault("note", "merged", words, Cell(area.partition(":")[0], area))
        for row in self._data_rows():
            for column in self.sheet.columns:
                cell = self._at(row, column.key)
                if cell is None or not isinstance(cell.value, str):
                    continue
                if found := readings(cell.value, cell.font):
                    words = f"chữ gõ bằng phông cũ, có lẽ là “{'” hoặc “'.join(found)}”; gõ lại bằng phông Unicode"
                    self.fault("confirm", "legacy-font", words, cell, "", column.header)
                if printable(cell.value) != one_break(cell.value):
                    words = "ô có ký tự điều khiển không in được; xóa và gõ lại"
                    self.fault("note", "control-characters", words, cell, "", column.header)

    def _note(self, row: int, unit: str, item: str) -> None:
        """Keep what somebody wrote beside the row's figures, for the consistency rules."""
        for column in self.sheet.columns:
            cell = self._at(row, column.key) if column.kind == "note" and row else None
            if cell and isinstance(cell.value, str):
                place = (self.sheet.name, cell.place, printable(cell.text))
                self.content.notes.append(Note(self.sheet.objective, unit, item, *place))

    def _find_columns(self) -> None:
        assert self.page
        heads: dict[str, list[int]] = {}
        for (row, column), cell in self.page.cells.items():
            if row == self.form.header_row:
                heads.setdefault(fold(cell.text), []).append(column)
        for column in self.sheet.columns:
            places = heads.get(fold(column.header), [])
            if len(places) == 1:
                self.columns[column.key] = places[0]
            else:
                what = "có hai" if places else "thiếu"
                words = f"dòng {self.form.header_row} {what} cột “{column.header}”; dùng đúng biểu mẫu"
                self.fault("confirm", "column", words, column=column.header)

    def fault(
        self, severity: Severity, rule: str, words: str, cell: Cell | None = None, unit: str = "", column: str = ""
    ) -> None:
        """Add one fault of this sheet."""
        place, raw = (cell.place, cell.seen) if cell else ("", "")
        where = (self.content.file, self.sheet.name, place)
        self.content.faults.append(
            Fault(severity, self.reporter.code, *where, unit, column, raw, rule, sentence(words))
        )

    def _at(self, row: int, key: str) -> Cell | None:
        column = self.columns.get(key)
        return self.page.at(row, column) if self.page and column else None

    def _text(self, row: int, key: str) -> str:
        cell = self._at(row, key)
        return cell.text if cell else ""

    def _filled(self, row: int) -> bool:
        """Whether people wrote anything in the row's own columns."""
        cells = (self._at(row, column.key) for column in self.sheet.columns if column.entry)
        return any(cell and not cell.blank for cell in cells)

    def _data_rows(self) -> Iterator[int]:
        return iter(range(self.form.first_row, (self.page.last_row if self.page else 0) + 1))

    def observe(
        self, unit: str, name: str, column: Column, row: int, item: Item | None = None, spoiled: bool = False
    ) -> None:
        """Add the observation of one cell; row 0 means that there is no such row."""
        cell = self._at(row, column.key) if row else None
        reading = (
            Reading(State.ABSENT)
            if cell is None
            else read(cell, self.sheet.kind_of(column, item), self.form, column.choices)
        )
        if reading.fault and cell:
            self.fault("confirm", "unreadable", f"“{cell.seen}”: {reading.fault}", cell, unit, column.header)
        if cell and spoiled:
            reading = Reading(State.UNREADABLE)
        assert column.period
        where = (
            (self.content.file, self.sheet.name, cell.place, cell.raw)
            if cell
            else (self.content.file, self.sheet.name, "", "")
        )
        self.content.observations.append(
            Observation(
                self.reporter.code,
                unit,
                self.sheet.objective,
                self.sheet.item_name(name, column),
                column.period,
                reading.value,
                reading.state,
                *where,
            )
        )

    # -- sheet 1: rows of communes ------------------------------------------------------------------------------------

    def _communes(self) -> None:
        rows: dict[str, list[int]] = {code: [] for code in self.own}
        spoiled: dict[str, int] = {}
        for row in self._data_rows():
            if self._filled(row) or self._text(row, "unit") or self._text(row, "unit_name"):
                unit, suspects = self._commune_of(row)
                if unit:
                    rows[unit].append(row)
                spoiled.update({code: row for code in suspects if code in rows})
        for code, own in rows.items():
            kept = own or [spoiled[code]] if code in spoiled else self._without_spare(own)
            self._doubled(code, kept)
            for row in kept or [0]:
                name = self._text(row, "form") if row else ""
                self._note(row, code, name)
                for column in self.sheet.asked:
                    self.observe(code, name, column, row, spoiled=code in spoiled)

    def _doubled(self, code: str, rows: list[int]) -> None:
        """Say where a commune has two rows of one form: one of them may be a copy."""
        seen: dict[str, int] = {}
        for row in rows:
            form = fold(self._text(row, "form"))
            if form in seen and form:
                words = f"xã này đã có dòng {seen[form]} cùng hình thức; cả hai đang được tính, gộp nếu là một"
                cell, column = self._at(row, "form"), self.sheet.column("form")
                self.fault("confirm", "double-row", words, cell, code, column.header)
            seen.setdefault(form, row)

    def _commune_of(self, row: int) -> tuple[str | None, list[str]]:
        """The reporter's commune that a row is about, and the communes that it makes doubtful."""
        code_cell, name_cell = self._at(row, "unit"), self._at(row, "unit_name")
        code, name = fold(self._text(row, "unit")), self._text(row, "unit_name")
        named = self.register.find(name, self.reporter.code) if name else None
        typed = code_cell is not None and isinstance(code_cell.value, (int, float))
        coded = self.own.get(code) or (self.own.get(code.zfill(5)) if code.isdigit() else None)
        padded = coded is not None and (typed or coded.code != code)
        elsewhere = self.register.units.get(code)
        foreign = elsewhere is not None and not coded and (not name or means(name, elsewhere))
        doubtful = [unit.code for unit in (coded, named) if unit and not foreign]
        if coded and (means(name, coded) if name else not padded):
            return coded.code, []
        if doubtful:
            said = f"mã “{code}” là {coded.full_name}" if coded else f"mã “{code}”" if code else "không ghi mã"
            words = f"{said}, tên ghi “{name}”{self._suggestion(name, named)}: mã và tên phải khớp; sửa một trong hai"
            if not (name_cell and readings(name, name_cell.font)):
                self.fault("confirm", "code-name", words, code_cell, doubtful[0], self.sheet.column("unit").header)
            return (coded or named).code if (coded or named) else None, doubtful  # type: ignore[union-attr]
        if self._filled(row):
            said = (
                f"“{elsewhere.full_name}” không thuộc {self.reporter.full_name}"
                if elsewhere
                else f"không rõ xã nào (mã “{code}”, tên “{name}”{self._suggestion(name, None)})"
            )
            self.fault(
                "confirm",
                "foreign-unit",
                f"{said}; dòng này không được tính, sửa mã và tên",
                code_cell or name_cell,
                code,
                self.sheet.column("unit").header,
            )
        return None, []

    def _suggestion(self, name: str, named: Unit | None) -> str:
        if named or not name:
            return ""
        if later := self.register.later_unit(name, self.reporter.code):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = self.register.suggest(name, self.reporter.code)
        return f" (có phải {near[0].full_name}?)" if near else ""

    def _without_spare(self, rows: list[int]) -> list[int]:
        """The rows of a commune without those left blank beside one that has a figure."""
        main = [column for column in self.sheet.asked if column.main]
        cells = {row: [self._at(row, column.key) for column in main] for row in rows}
        readings = {row: [read(c, "count", self.form) for c in found if c] for row, found in cells.items()}
        if not any(r.state is State.REPORTED for found in readings.values() for r in found):
            return rows
        return [row for row, found in readings.items() if any(r.state is not State.BLANK for r in found)]

    # -- sheets 2, 3, 5, 6: rows with a fixed code --------------------------------------------------------------------

    def _items(self) -> None:
        rows: dict[str, list[int]] = {item.code: [] for item in self.sheet.items}
        for row in self._data_rows():
            code_cell, code = self._at(row, "code"), self._item_code(row)
            if code in rows:
                rows[code].append(row)
            elif code_cell and (not code_cell.blank or self._filled(row)):
                words = f"không có mã “{code_cell.raw}” trong biểu này; dòng không được tính"
                self.fault("confirm", "unknown-code", words, code_cell, "", self.sheet.column("code").header)
        for item in self.sheet.items:
            own = rows[item.code]
            if item.optional and not any(self._filled(row) for row in own):
                continue
            if len(own) > 1:
                cell, head = self._at(own[1], "code"), self.sheet.column("code").header
                words = f"mã {item.code} đứng ở các dòng {', '.join(map(str, own))}; gộp thành một dòng"
                self.fault("confirm", "double-code", words, cell, "", head)
            for row in own or [0]:
                self._note(row, self.reporter.code, item.code)
                for column in self.sheet.asked:
                    self.observe(self.reporter.code, item.code, column, row, item, spoiled=len(own) > 1)

    def _item_code(self, row: int) -> str:
        """The code of a row; a code typed as a number is told from its likes (6.1, 6.10) by the row's label."""
        cell = self._at(row, "code")
        if cell is None or not isinstance(cell.value, float) or cell.value.is_integer():
            return fold(cell.text) if cell else ""
        likes = [i for i in self.sheet.items if i.code.count(".") == 1 and float(i.code) == cell.value]
        if len(likes) > 1:
            likes = [item for item in likes if fold(item.label) == fold(self._text(row, "item"))]
        return likes[0].code if len(likes) == 1 else ""

    # -- sheet 4: lines, as many as there are models ------------------------------------------------------------------

    def _lines(self) -> None:
        name = self.sheet.column("name")
        none = fold(self.sheet.none_statement)
        stated = [row for row in self._data_rows() if fold(self._text(row, "name")) == none]
        lines = [row for row in self._data_rows() if self._filled(row) and row not in stated]
        if stated and lines:
            words = f"vừa ghi “{self.sheet.none_statement}” vừa có dòng mô hình; xóa một trong hai"
            self.fault("confirm", "none-and-lines", words, self._at(stated[0], "name"), "", name.header)
        for row in lines:
            self._note(row, self.reporter.code, self._line_name(row))
            for column in self.sheet.asked:
                self.observe(self.reporter.code, self._line_name(row), column, row)
        if not lines:
            first = stated[0] if stated else self.form.first_row
            self.observe(self.reporter.code, STATEMENT, name, first if self.page else 0)

    def _line_name(self, row: int) -> str:
        return f"{self.sheet.name.split()[0]}.{row - self.form.first_row + 1}"


def absent_observations(reporter: Unit, form: Form, register: Register) -> list[Observation]:
    """The cells of a return that was not received or could not be used."""
    rows: list[Observation] = []
    for sheet in form.sheets_of(reporter, register):
        units = register.children(reporter.code) if sheet.rows == "communes" else (reporter,)
        names = [i.code for i in sheet.items if not i.optional] or [STATEMENT if sheet.rows == "lines" else ""]
        columns = sheet.asked if sheet.rows != "lines" else (sheet.column("name"),)
        for unit in units:
            for name in names:
                for column in columns:
                    item = sheet.item_name(name, column)
                    assert column.period
                    rows.append(
                        Observation(reporter.code, unit.code, sheet.objective, item, column.period, "", State.ABSENT)
                    )
    return rows
