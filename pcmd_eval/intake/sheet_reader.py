"""One sheet of a return: the observation of each cell that is asked for, and what is odd in it."""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import product

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.cell_parsers import Cell, Reading, read_cell
from pcmd_eval.intake.file_guard import Refused
from pcmd_eval.intake.footer_rows import passed
from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.intake.sheet_table import SentTable
from pcmd_eval.intake.stray_sheets import first_like, other_sheets
from pcmd_eval.intake.workbook import Page, SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import find_nearest, fold

_TITLES = 20  # of the sheets that are there, in a message that one is not


class Reader(SentTable):
    """The table of one sheet, whose cells and faults go into a return.

    A sheet that is not there, or there twice, has no rows: its cells are absent. `tell` adds a
    fault of this sheet (see `SentReturn.fault`); `unclear`: the places of merged cells whose figure
    may be of any of them. Raises Refused where a cell stands farther away than a return goes.
    """

    def __init__(
        self, returned: SentReturn, plan: Plan, sheet: Sheet, book: SentBook | None = None
    ) -> None:
        pages = book.pages(sheet.name) if book else []
        super().__init__(pages[0] if len(pages) == 1 else Page({}), plan.form, sheet)
        self.returned, self.plan = returned, plan
        self.tell = partial(returned.fault, sheet=sheet.name)
        self.items = {item.code: item for item in sheet.items}
        self.unclear = set()
        if self.page.far:
            raise Refused("far", self.page.far)
        if len(pages) == 1:
            self._headers()
        elif pages:
            self.tell("sheet", severity="stop", name=sheet.name, twice=True)
        elif book:
            like = first_like(other_sheets(book, plan, returned.reporter), sheet)
            titles = book.visible[:_TITLES]
            self.tell("sheet", name=sheet.name, twice=False, titles=titles, like=like)

    def pass_over(self, owned: Collection[int]) -> None:
        """Before any row is read: totals and signatures are no data, what is odd elsewhere is told.

        `owned` rows say whose they are.
        """
        whose = self.plan.register.full_name[self.returned.reporter]
        for row in [*passed(self.rows, owned, self.form, self.sheet, whose)]:
            del self.rows[row]
        for what, cell, filtered in self.page.hidden:
            self.tell("hidden", cell, severity="note" if filtered else None, what=what)
        for area in self.page.merged:
            self._merged(area)
        for cells, column in product(self.rows.values(), self.sheet.columns):
            cell = cells.get(column.key)
            if cell and isinstance(cell.value, str):
                self._odd_text(cell, column)

    def read(
        self, row: int, unit: str, name: str, columns: Iterable[Column], spoiled: bool = False
    ) -> None:
        """Read these cells of a row (0: there is none); see `observe`."""
        for column in columns:
            self.observe(self.at(row, column.key), unit, name, column, spoiled)

    def observe(
        self, cell: Cell, unit: str, name: str, column: Column, spoiled: bool = False
    ) -> None:
        """Add the observation of a cell, absent if it has no place, and what is wrong with it.

        `name`: the row's part of `item` in the observation; `spoiled`: the row cannot be believed.
        """
        reading = Reading("absent")
        if cell.place:
            wanted = column.of(self.items.get(name))
            reading = read_cell(cell, wanted.kind, self.form, wanted.choices, wanted.most)
            unclear = cell.place in self.unclear
            if reading.fault and not unclear:
                facts = {"seen": cell.seen, "why": reading.fault}
                self.tell("unreadable", cell, column.header, unit, **facts)
            if spoiled or unclear:
                reading = Reading("unreadable")
        observation = Observation(
            reporter=self.returned.reporter,
            unit_code=unit,
            objective=self.sheet.objective,
            item=self.sheet.item_name(name, column),
            period=column.period or "",
            value=reading.value,
            state=reading.state,
            file=self.returned.file,
            sheet=self.sheet.name if self.returned.file else "",
            cell=cell.place,
            raw=cell.raw,
        )
        self.returned.observations.append(observation)

    def _headers(self):
        """What is wrong with the headers; where all of them have moved nothing is read."""
        header_row = self.form.header_row
        if self.head != header_row:
            self.tell("header", self.page.at(self.head, 1), head=self.head, asked=header_row)
            self.columns, self.rows = {}, {}
            return
        strange = self.strange()
        for place, column in enumerate(self.sheet.columns, 1):
            if column.key not in self.columns:
                cell = strange.pop(place, self.page.at(header_row, place))
                self.tell("column", cell, column.header, header=column.header, row=header_row)
        for cell in strange.values():
            near = find_nearest(fold(cell.text.partition("(")[0]), self.sheet.headers)
            like = self.sheet.headers[near].header if near else ""
            title = remove_control_characters(cell.text)
            self.tell("strange-column", cell, title, title=title, like=like)

    def _merged(self, area):
        """A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        across = range(area.min_col, area.max_col + 1)
        columns = [self.sheet.column(key) for key, at in self.columns.items() if at in across]
        if area.min_row not in self.rows or not any(column.asked for column in columns):
            return
        unclear = area.min_row != area.max_row or not all(column.main for column in columns)
        first = area.coord.partition(":")[0]
        if unclear:
            self.unclear.add(first)
        quoted = Cell(first, area.coord)  # the area in place of a value, for the message
        self.tell("merged", quoted, area=area.coord, unclear=unclear)

    def _odd_text(self, cell, column):
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        text = cell.value
        if cell.old_font:
            self.tell("legacy-font", cell, column.header, seen=cell.seen)
        if len(remove_control_characters(text)) < len(text) - text.count("\r\n"):
            self.tell("control-characters", cell, column.header)
