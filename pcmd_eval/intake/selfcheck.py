"""The comparisons of the form as live Excel formulas: what the sheet `Kiểm tra` says, and which cells turn red.

Excel 2010 and later and LibreOffice understand every formula. In those of whole ranges, written as array formulas, True
is 1: `*` is and, `+` is or; a cell that holds an error is neither blank nor right.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from pcmd_eval.form import Check, Column, Form, Item, Kind, Sheet

RIGHT, NOTHING, LOOK = "đúng", "chưa có số liệu", "Xem "
_BLANK, _FILLED = 'IFERROR(TRIM({0})="",FALSE)', 'IFERROR(TRIM({0})<>"",FALSE)'
_NUMBERS = {
    "count": "IFERROR(ISNUMBER({0})*(ABS(INT({0}))={0}),0)",
    "amount": "IFERROR(ISNUMBER({0})*({0}>=0),0)",
}
_FAILS = {"=": "{0}<>{1}", "<=": "{0}>{1}", "needs": "({0}>0)*({1}=0)"}
Area = tuple[
    int, int, int, int
]  # first row and column, last row and column, from 0 as XlsxWriter counts
Ref = Callable[[str], str]  # the address of what a comparison names: all of its cells, or the first


class Line(NamedTuple):
    """One line of the sheet `Kiểm tra`: what it is about and what to do; one that does not count is only a note."""

    page: str
    title: str
    formula: str
    say: str
    counts: bool = True


class Run(NamedTuple):
    """Cells of one kind side by side."""

    column: Column
    kind: Kind
    area: Area


@dataclass(frozen=True)
class Grid:
    """The rows of one written sheet, from the form's first row on, each with its item if it has one."""

    form: Form
    sheet: Sheet
    items: list[Item | None]

    @property
    def top(self) -> int:
        """The first row that people may fill in, from 0."""
        return self.form.first_row - 1

    @property
    def checks(self) -> list[Check]:
        """The comparisons of this sheet."""
        return [check for check in self.form.checks if self.sheet.objective in check.sheets]

    def run(self, name: str) -> Run:
        """A column, by its key, or an item in the columns of a period, by its code."""
        columns = {column.key: (at, column) for at, column in enumerate(self.sheet.columns)}
        if name in columns:
            at, column = columns[name]
            return Run(column, column.kind, (self.top, at, self.top + len(self.items) - 1, at))
        row, item = next(
            (row, item)
            for row, item in enumerate(self.items, self.top)
            if item and item.code == name
        )
        main = [(at, column) for at, column in columns.values() if column.main]
        kind = self.sheet.kind_of(main[0][1], item)
        return Run(main[0][1], kind, (row, main[0][0], row, main[-1][0]))

    def runs(self) -> Iterator[Run]:
        """Each column that people fill in, cut where the kind changes."""
        for at, column in enumerate(self.sheet.columns):
            rows = enumerate(self.items, self.top) if column.entry else ()
            for kind, found in groupby(rows, lambda row, c=column: self.sheet.kind_of(c, row[1])):
                numbers = [number for number, _ in found]
                yield Run(column, kind, (numbers[0], at, numbers[-1], at))

    def words(self, column: Column, kind: Kind) -> tuple[str, ...]:
        """The words of which a cell holds one."""
        return (self.form.yes_word, self.form.no_word) if kind == "yes_no" else column.choices

    def far(self, area: Area) -> str:
        """An area as another sheet names it."""
        return "'{}'!{}".format(self.sheet.name.replace("'", "''"), xl_range_abs(*area))

    def whole(self, name: str) -> str:
        """All cells of a column or an item, as another sheet names them."""
        return self.far(self.run(name).area)


def lines(grid: Grid) -> list[Line]:
    """What is still blank, what is of a wrong kind, and every comparison of this sheet."""
    name, statement = grid.sheet.name, grid.sheet.none_statement
    blank = "Điền các ô còn trống; không phát sinh thì ghi 0"
    if statement:
        blank = f"Ghi đủ thông tin từng mô hình; không có mô hình nào thì ghi “{statement}” vào ô B{grid.top + 1}"
    wrong = "+".join(
        f"SUM({_wrong(grid, run, grid.far(run.area))})" for run in grid.runs() if run.column.asked
    )
    return [
        Line(name, "Số ô còn trống", _blanks(grid), blank),
        Line(name, "Số ô ghi không đúng kiểu (chữ thay cho số, …)", wrong, "Ghi lại các ô tô đỏ"),
        *(Line(name, c.title, _result(grid, c), c.say, c.severity != "note") for c in grid.checks),
    ]


def reds(grid: Grid) -> Iterator[tuple[Area, str]]:
    """The cells of this sheet that turn red, with the formula that holds then: of the first, Excel moves it along."""
    for run in grid.runs():
        if run.column.asked:
            yield run.area, _wrong(grid, run, xl_rowcol_to_cell(*run.area[:2]))
    for check in grid.checks:
        top, left, bottom, right = grid.run(check.at).area
        if check.each == "sheet":
            yield (
                (top, left, top, left),
                _growing(grid, check, lambda name: xl_range_abs(*grid.run(name).area))[1],
            )
        else:
            beside = _compared(
                grid, check, lambda name: xl_rowcol_to_cell(*grid.run(name).area[:2])
            )
            yield (top, left, bottom, right), beside[1]


def _among(x: str, words: Iterable[str]) -> str:
    """Whether a cell holds one of some words; conditional formatting allows no constants of several words."""
    equal = ('(TRIM({})="{}")'.format(x, word.replace('"', '""')) for word in words)
    return f"IFERROR({'+'.join(equal) or '0'},0)"


def _allowed(grid: Grid, run: Run, x: str) -> str:
    """Whether a cell holds what its kind allows; any text is a name, a day or a document."""
    if run.kind in ("yes_no", "choice"):
        return _among(x, grid.words(run.column, run.kind))
    return _NUMBERS.get(run.kind, _FILLED).format(x)


def _wrong(grid: Grid, run: Run, x: str) -> str:
    return f"1-{_BLANK.format(x)}-{_allowed(grid, run, x)}"


def _blanks(grid: Grid) -> str:
    """How many cells are expected and blank."""
    sheet, first = grid.sheet, grid.whole(grid.sheet.columns[0].key)
    blank = "+".join(_BLANK.format(grid.whole(column.key)) for column in sheet.asked)
    filled = "+".join(
        f"(1-{_BLANK.format(grid.whole(column.key))})" for column in sheet.columns if column.entry
    )
    if sheet.rows == "lines":  # either lines, or the statement that there are none
        stated = _among(grid.whole(sheet.asked[0].key), [sheet.none_statement])
        return f"IF(SUM({filled})=0,1,SUM((({filled})>0)*(1-{stated})*({blank})))"
    if (
        sheet.rows == "communes"
    ):  # a row without sessions is passed over beside another of its commune that has some
        main = [grid.whole(column.key) for column in sheet.asked if column.main]
        numbers = "+".join(f'COUNTIFS({first},{first},{x},">=0")' for x in main)
        expected = f"{'+'.join(_FILLED.format(x) for x in main)}+(({numbers})=0)"
    else:
        expected = (
            f"{filled}+1-{_among(first, (item.code for item in sheet.items if item.optional))}"
        )
    return f'SUM(({first}<>"")*({blank})*(({expected})>0))'


# ---- comparisons ----------------------------------------------------------------------------------------------------


def _result(grid: Grid, check: Check) -> str:
    """What the sheet `Kiểm tra` says of a comparison: right, nothing to compare yet, or where to look."""
    if check.each == "sheet":
        some, found = _growing(grid, check, grid.whole)
        heads = [grid.sheet.column(key).header for key in check.left]
        where = f'"các cột {heads[0]} đến {heads[-1]}: không dòng nào giảm"'
    else:
        x, (known, broken) = grid.whole(check.at), _compared(grid, check, grid.whole)
        some, found = f"SUM({known})>0", f"SUM({broken})>0"
        place = f"ADDRESS(MIN(IF({broken},ROW({x}))),MIN(IF({broken},COLUMN({x}))),4)"  # rows may be put in above it
        where = f'"ô "&{place}&IF(SUM({broken})>1," và "&SUM({broken})-1&" ô khác tô đỏ","")'
    return f'IF({found},"{LOOK}"&{where},IF({some},"{RIGHT}","{NOTHING}"))'


def _compared(grid: Grid, check: Check, ref: Ref) -> tuple[str, str]:
    """Whether all cells of a comparison hold what their kind allows, and whether it then fails."""

    def weight(name: str) -> str:
        x, kind = ref(name), grid.run(name).kind
        none = f"(1-{_among(x, grid.form.none_words)})"
        return {"document": none, "yes_no": _among(x, [grid.form.yes_word])}.get(kind, x)

    known = [_allowed(grid, grid.run(name), ref(name)) for name in (*check.left, *check.right)]
    known += [_among(ref(key), words) for key, words in check.only.items()]
    left, right = ("+".join(map(weight, names)) for names in (check.left, check.right))
    return "*".join(
        known
    ), f"IFERROR({'*'.join(known)}*({_FAILS[check.operator].format(left, right)}),0)"


def _growing(grid: Grid, check: Check, ref: Ref) -> tuple[str, str]:
    """Whether any row counts, of whole numbers not all 0; and whether none falls from one column to the next and enough
    rise. Also where no array formula can be."""
    columns = [ref(key) for key in check.left]
    known = "*".join(_allowed(grid, grid.run(key), ref(key)) for key in check.left)
    falls = "+".join(f"({after}<{before})" for before, after in pairwise(columns))
    some, fall, rise = (
        f"SUMPRODUCT(IFERROR({known}*({'+'.join(columns)}>0)*({test}),0))"
        for test in ("1", f"({falls})>0", f"{columns[-1]}>{columns[0]}")
    )
    return f"{some}>0", f"AND({fall}=0,{rise}>={check.least})"
