"""Files of one unit as a clerk sends them: a list of acts on a true return, and what they mean.

`Office` keeps the return as the clerk means it in `meant`; each act writes a file. What no reader
can tell from the file (a slip) is meant all the same: it has to be asked about.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from random import Random
from typing import Any

from made import blank, edited, opened, unguide
from openpyxl import Workbook, load_workbook

from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet

Cell = tuple[str, int, int]  # sheet, row and column
WORDS = ("tuyên truyền miệng", "nói chuyện chuyên đề", "họp thôn")
ENFORCEMENT = ("6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "6.7", "6.8", "6.9", "6.10", "6.11")


class Office:
    """A unit that sends files; `files` by name, `meant` the values by cell."""

    def __init__(self, plan: Plan, unit: str, rng: Random) -> None:
        self.plan, self.unit, self.rng = plan, unit, rng
        self.sheets = {sheet.name: sheet for sheet in plan.sheets_of(unit)}
        self.form = edited(blank(unit, plan.name), unguide)
        self.files: dict[str, bytes] = {}
        self.acts: list[str] = []
        self.day = date(plan.year, 12, 18)
        self.meant: dict[Cell, Any] = dict(self._true_return())

    def _true_return(self) -> Iterator[tuple[Cell, Any]]:
        """Yield a consistent return whose quarters differ; one remark makes a copy of any file."""
        rng, year = self.rng, self.plan.year
        for sheet in self.sheets.values():
            cases = [(rng.randrange(2, 6), rng.randrange(3)) for _ in range(4)]
            for row in self.rows(sheet):
                code = str(opened(self.form)[sheet.name].cell(row, 1).value)
                for at, column in enumerate(sheet.columns, 1):
                    number = int(column.period[1:]) if column.is_periodic else 0
                    value: Any = None
                    if sheet.rows == "lines" and row < 7:
                        line = {"name": f"Nhóm {'AB'[row - 5]}", "type": 1, "operating": "Có"}
                        line |= {"start": date(year, 2, row), "persons": row}
                        value = line.get(column.key)
                    elif sheet.rows == "lines":
                        continue
                    elif code in ENFORCEMENT and number:
                        closed, criminal = cases[number - 1]
                        both = closed + criminal
                        values = (both + 9, both, both, closed, criminal, 0, both, both, 0, 0, both)
                        value = values[ENFORCEMENT.index(code)]
                    elif column.is_periodic:
                        value = rng.randrange(8 - 2 * ((number - 1) % 4), 9)
                    elif column.kind in ("count", "amount"):
                        value = 100 + rng.randrange(50)
                    elif column.kind == "document":
                        value = f"{row}/KH-UBND ngày 12/4/{year}"
                    elif column.kind == "yes_no":
                        value = "Có"
                    elif column.key == "form":
                        value = "nói chuyện, hội nghị"
                    if value is not None:
                        yield (sheet.name, row, at), value

    def rows(self, sheet: Sheet) -> list[int]:
        """Return the rows of a sheet that have a code, or are lines."""
        page = opened(self.form)[sheet.name]
        return [row for row in range(5, page.max_row + 1) if page.cell(row, 1).value]

    def figures(self, sheet: str = "") -> list[Cell]:
        """Return the meant cells that are counts of a quarter above 0, of a sheet or of all."""
        return [
            at
            for at, value in self.meant.items()
            if self.column(at).is_periodic and value and sheet in ("", at[0])
        ]

    def column(self, at: Cell) -> Any:
        """Return the column of the form of a cell."""
        return self.sheets[at[0]].columns[at[2] - 1]

    def book(self, cells: dict[Cell, Any], sent: object, cutoff: object = None) -> Workbook:
        """Return the form with these cells and days."""
        book = opened(self.form)
        for (sheet, row, column), value in cells.items():
            book[sheet].cell(row, column).value = value
        self.write_days(book, sent, cutoff or date(self.plan.year, 12, 15))
        return book

    def write_days(self, book: Workbook, sent: object, cutoff: object = None) -> None:
        """Write the days of the first sheet."""
        page = book[self.plan.form.info.sheet]
        page["B11"] = sent
        if cutoff:
            page["B10"] = cutoff

    def send(self, act: str, book: Workbook, name: str = "") -> None:
        """Add a file."""
        buffer = BytesIO()
        book.save(buffer)
        self.acts.append(act)
        self.files[name or f"{len(self.files) + 1} {act}.xlsx"] = buffer.getvalue()

    def next_day(self) -> date:
        """Return a later day of sending."""
        self.day += timedelta(self.rng.randrange(1, 5))
        return self.day

    def mean_another(self, number: int = 1, sheet: str = "") -> dict[Cell, Any]:
        """Change some figures in the meaning; return them."""
        drawn = self.rng.sample(self.figures(sheet), number)
        changed = {at: self.meant[at] + self.rng.randrange(1, 4) for at in drawn}
        self.meant |= changed
        return changed

    def beside(self, changed: dict[Cell, Any]) -> dict[Cell, Any]:
        """Return cells with the form of activity of their rows: a part file names it."""
        keys = [(sheet, row, 4) for sheet, row, _ in changed if (sheet, row, 4) in self.meant]
        is_form = {at for at in keys if self.column(at).key == "form"}
        return {at: self.meant[at] for at in is_form} | changed

    def whole(self) -> Workbook:
        """Return a file with all that is meant now."""
        return self.book(self.meant, self.next_day())


# -- how a return first comes ----------------------------------------------------------------------


def send_whole(office: Office) -> None:
    office.send("whole", office.book(office.meant, office.day))


def send_quarters(office: Office) -> None:
    """Send a file for some quarters each; the last one holds also what is of the year."""
    ends = office.rng.choice(((2, 4), (1, 2, 3, 4), (3, 4)))
    starts = (0, *ends)
    for start, end in zip(starts, ends, strict=False):
        part = {}
        for at, value in office.meant.items():
            period = office.column(at).period or ""
            last = {"Q": 1, "M": 3}.get(period[:1], 0)
            quarter = -(-int(period[1:]) // last) if last else 0
            is_form = office.column(at).key == "form"
            if is_form or (start < quarter <= end) or (not last and end == 4):
                part[at] = value
        cutoff = date(office.plan.year, 3 * end, {1: 31, 4: 15}.get(end, 30))
        sent = cutoff + timedelta(3)
        office.send(f"quarters to {end}", office.book(part, sent, cutoff))
    office.day = max(office.day, sent)


def send_sheets(office: Office) -> None:
    """Send a file for each sheet, all on one day or one after the other."""
    is_one_day = office.rng.random() < 0.5
    for name in office.sheets:
        part = {at: value for at, value in office.meant.items() if at[0] == name}
        office.send(f"sheet {name[0]}", office.book(part, office.day))
        office.day += timedelta(0 if is_one_day else 1)


FIRST = (send_whole, send_whole, send_quarters, send_sheets)


# -- what comes after ------------------------------------------------------------------------------


def correct_part(office: Office) -> None:
    changed = office.mean_another(office.rng.randrange(1, 3))
    office.send("correction", office.book(office.beside(changed), office.next_day()))


def correct_whole(office: Office) -> None:
    office.mean_another(office.rng.randrange(1, 3))
    office.send("whole correction", office.whole())


def correct_on_one_day(office: Office) -> None:
    changed = office.mean_another()
    office.send("correction of one day", office.book(office.beside(changed), office.day))


def correct_without_day(office: Office) -> None:
    changed = office.mean_another()
    sent = office.rng.choice((None, "cuối tháng", date(office.plan.year, 1, 5)))
    office.send("correction without a day", office.book(office.beside(changed), sent))


def slip_in_figure(office: Office) -> None:
    changed = office.mean_another()
    words = {at: f"khoảng {value}" for at, value in changed.items()}
    office.send("slip in a figure", office.book(office.beside(words), office.next_day()))


def slip_in_code(office: Office) -> None:
    changed = office.mean_another()
    [(sheet, row, _)] = changed
    book = office.book(office.beside(changed), office.next_day())
    book[sheet].cell(row, 1).value = office.rng.choice(("09999", "0", "7.7"))
    if office.rng.random() < 0.5:
        book[sheet].cell(row, 2).value = None
    office.send("slip in a code", book)


def slip_in_header(office: Office) -> None:
    changed = office.mean_another()
    [(sheet, _, column)] = changed
    book = office.book(office.beside(changed), office.next_day())
    book[sheet].cell(4, column).value = "Kỳ này"
    office.send("slip in a header", book)


def wrong_column(office: Office) -> None:
    """Type the last period of a sheet into the column of the first."""
    sheet = office.rng.choice([s for s in office.sheets.values() if s.rows == "items"])
    figures = [at for at in office.figures(sheet.name) if office.column(at).period in ("Q4", "M12")]
    first = next((at for at, c in enumerate(sheet.columns, 1) if c.is_periodic), 0)
    part = {(name, row, first): office.meant[name, row, at] for name, row, at in figures}
    is_changed = [office.meant.get(at) != value for at, value in part.items()]
    if all(is_changed) and len(part) == len(office.rows(sheet)):  # else too few are public
        office.send("wrong column", office.book(part, office.next_day()))


def other_words(office: Office) -> None:
    """Name the form of activity of some communes in other words."""
    forms = [at for at in office.meant if office.column(at).key == "form"]
    for at in office.rng.sample(forms, min(2, len(forms))):
        office.meant[at] = office.rng.choice(WORDS)
    office.send("other words", office.whole())


def leave_out_model(office: Office) -> None:
    """Leave out a model that exists all the same."""
    lines = [name for name, sheet in office.sheets.items() if sheet.rows == "lines"]
    gone = [at for at in office.meant if at[0] in lines and at[1] == 6]
    book = office.whole()
    for sheet, row, column in gone:
        book[sheet].cell(row, column).value = None
    office.send("without a model", book)


def copied_cover(office: Office) -> None:
    """Send a correction behind another unit's cover; the file's name says whose it is."""
    changed = office.mean_another()
    book = office.book(office.beside(changed), office.next_day())
    others = office.plan.reporters[office.plan.reporters.index != office.unit]
    like = [unit for unit in others.index if len(office.plan.sheets_of(unit)) == len(office.sheets)]
    page = book[office.plan.form.info.sheet]
    page["B8"], page["B9"] = like[0], others.full_name[like[0]]
    name = f"{office.unit} bo sung {len(office.files)}.xlsx"
    office.send("another unit's cover", book, name)


def words_alone(office: Office) -> None:
    [(sheet, row, _)] = office.mean_another()
    book = office.book({}, office.next_day())
    book[sheet].cell(row, len(office.sheets[sheet].columns)).value = "sửa số quý này"
    office.send("words alone", book)


LATER: tuple[Callable[[Office], None], ...] = (
    *(correct_part, correct_whole, correct_on_one_day, correct_without_day, slip_in_figure),
    *(slip_in_code, slip_in_header, wrong_column, other_words, leave_out_model, words_alone),
    copied_cover,
)


def send_back(office: Office, base: str, copy: bytes) -> None:
    """Send the annotated return of a file back, changed: base kept, gone, renamed or overwritten."""
    rng, book = office.rng, load_workbook(BytesIO(copy))
    for at in rng.sample(office.figures(), rng.randrange(1, 3)):
        sheet, row, column = at
        if book[sheet].cell(row, column).value is not None:
            office.meant[at] = book[sheet].cell(row, column).value = office.meant[at] + 3
    own_day = rng.random() < 0.7
    if own_day:
        office.write_days(book, office.next_day())
    fate = rng.choice(("kept", "kept", "renamed", "gone", "overwritten"))
    if fate == "renamed":
        office.files["z " + base] = office.files.pop(base)
    elif fate == "gone":
        office.files.pop(base)
    act = f"copy of {base}, {fate}{'' if own_day else ', its day'}"
    office.send(act, book, base if fate == "overwritten" else "")
