"""One sheet of a return: the observation of each cell that is asked for, and what is odd in it."""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import product

from pcmd_eval.files import printable
from pcmd_eval.intake.below import passed
from pcmd_eval.intake.cells import Cell, Reading, read
from pcmd_eval.intake.faults import SentReturn
from pcmd_eval.intake.guard import Refused
from pcmd_eval.intake.strange import alike, others
from pcmd_eval.intake.table import Table
from pcmd_eval.intake.workbook import Page, SentBook
from pcmd_eval.plan import Plan
from pcmd_eval.sheet import Column, Item, Sheet
from pcmd_eval.spelling import fold, nearest

_TITLES = 20  # of the sheets that are there, in a message that one is not


class Reader(Table):
    """The table of one sheet, whose cells and faults go into a return.

    A sheet that is not there, or there twice, has no rows: its cells are absent. `tell` adds a
    fault of this sheet (see `SentReturn.fault`); `merged`: the cells, by row and key, that hold
    another's figure. Raises Refused where a cell stands farther away than a return goes.
    """

    def __init__(
        self, returned: SentReturn, plan: Plan, sheet: Sheet, book: SentBook | None = None
    ) -> None:
        pages = book.pages(sheet.name, plan.form.first_row) if book else []
        super().__init__(pages[0] if len(pages) == 1 else Page({}), plan.form, sheet)
        self.returned, self.plan = returned, plan
        self.tell = partial(returned.fault, sheet=sheet.name)
        self.merged = set()
        if self.page.far:
            raise Refused("far", self.page.far)
        if len(pages) == 1:
            self._headers()
        elif pages:
            self.tell("sheet", severity="stop", name=sheet.name, twice=True)
        elif book:
            like = alike(others(book, plan, returned.reporter), sheet)
            titles = book.visible[:_TITLES]
            self.tell("sheet", name=sheet.name, twice=False, titles=titles, like=like)

    def pass_over(self, known: Collection[int]) -> None:
        """Before any row is read: totals and signatures are no data, what is odd elsewhere is told.

        `known` rows say whose they are.
        """
        whose = self.plan.register.full_name[self.returned.reporter]
        for row in [*passed(self.rows, known, self.form, self.sheet, whose)]:
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
                    why = reading.fault
                    self.tell("unreadable", at, column.header, unit, seen=at.seen, why=why)
                if spoiled or merged:
                    reading = Reading("unreadable")
            returned, sheet = self.returned, self.sheet
            what = (sheet.objective, sheet.item_name(name, column), column.period or "")
            file = (returned.file, sheet.name if returned.file else "")
            where = (at.place, at.raw) if at else ("", "")
            said = (reading.value, reading.state)
            returned.rows.append((returned.reporter, unit, *what, *said, *file, *where))

    def _headers(self):
        """What is wrong with the headers; where all of them have moved nothing is read."""
        asked = self.form.header_row
        if self.head != asked:
            self.tell("header", self.page.at(self.head, 1), head=self.head, asked=asked)
            self.columns, self.rows = {}, {}
            return
        strange = self.strange
        for place, column in enumerate(self.sheet.columns, 1):
            if column.key not in self.columns:
                at = strange.pop(place, self.page.at(asked, place))
                self.tell("column", at, column.header, header=column.header, row=asked)
        for cell in strange.values():
            like = nearest(fold(cell.text.partition("(")[0]), self.sheet.headers)
            own = self.sheet.headers[like].header if like else ""
            title = printable(cell.text)
            self.tell("strange-column", cell, title, title=title, like=own)

    def _merged(self, area):
        """A number over the quarters of one row counts in each; other merges over figures are
        nobody's.
        """
        across = range(area.min_col, area.max_col + 1)
        own = [self.sheet.column(key) for key, at in self.columns.items() if at in across]
        asked = [column.key for column in own if column.asked]
        if not asked or area.min_row not in self.rows:
            return
        unclear = area.min_row != area.max_row or not all(column.main for column in own)
        if unclear:
            self.merged.update(product(range(area.min_row, area.max_row + 1), asked))
        cell = Cell(area.coord.partition(":")[0], area.coord)
        self.tell("merged", cell, area=area.coord, unclear=unclear)

    def _odd_text(self, cell, column):
        """What a person would not see, or would see as rubbish, is named, and read as it is."""
        text = cell.value
        if cell.old_font:
            self.tell("legacy-font", cell, column.header, seen=cell.seen)
        if len(printable(text)) < len(text) - text.count("\r\n"):
            self.tell("control-characters", cell, column.header)
