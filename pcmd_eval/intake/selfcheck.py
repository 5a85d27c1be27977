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
_IN = "(ABS(2*VALUE(TRIM({0}))-{1})<={1})"  # from 0 to the largest; of a blank or a word, an error
_NUMBERS = {
    "count": f"IFERROR({_IN}*(MOD(VALUE(TRIM({{0}})),1)=0),0)",
    "amount": f"IFERROR({_IN}*1,0)",
}
_BELOW = 100  # rows below the table in which figures of nobody are looked for
_MANY = 10**12
_FAILS = {"=": "{0}<>{1}", "<=": "{0}>{1}", "needs": "({0}>0)*({1}=0)"}
_YEARS_AHEAD = 2  # of the plan's year, as the reader has it
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 0
Ref = Callable[[str], str]  # the address of what a comparison names: all of its cells, or the first


class Line(NamedTuple):
    """One line of the sheet `Kiểm tra`: what it is about and what to do; one that does not count is only a note."""

    page: str
    title: str
    formula: str
    say: str
    counts: bool = True


class Run(NamedTuple):
    """Cells of one kind side by side; `most`: the largest number that they can hold."""

    column: Column
    kind: Kind
    area: Area
    most: int


@dataclass(frozen=True)
class Grid:
    """The rows of one written sheet, from the form's first row on, each with its item if it has one.

    `own`: how many rows the form itself has.
    """

    form: Form
    sheet: Sheet
    items: list[Item | None]
    own: int

    @property
    def top(self) -> int:
        """The first row that people may fill in, from 0."""
        return self.form.first_row - 1

    @property
    def bottom(self) -> int:
        """The last row, from 0."""
        return self.top + len(self.items) - 1

    @property
    def checks(self) -> list[Check]:
        """The comparisons of this sheet."""
        return [check for check in self.form.checks if self.sheet.objective in check.sheets]

    def run(self, name: str) -> Run:
        """A column, by its key, or an item in the columns of a period, by its code."""
        columns = {column.key: (at, column) for at, column in enumerate(self.sheet.columns)}
        if name in columns:
            at, column = columns[name]
            area = (self.top, at, self.bottom, at)
            return Run(column, column.kind, area, self.sheet.most_of(column, None) or _MANY)
        row, item = next(
            (row, item)
            for row, item in enumerate(self.items, self.top)
            if item and item.code == name
        )
        main = [(at, column) for at, column in columns.values() if column.main]
        column, area = main[0][1], (row, main[0][0], row, main[-1][0])
        most = self.sheet.most_of(column, item) or _MANY
        return Run(column, self.sheet.kind_of(column, item), area, most)

    def runs(self) -> Iterator[Run]:
        """Each column that people fill in, cut where the kind or the largest number changes."""
        for at, column in enumerate(self.sheet.columns):
            rows = enumerate(self.items, self.top) if column.entry else ()
            for (kind, most), found in groupby(rows, lambda row, c=column: self._holds(c, row[1])):
                numbers = [number for number, _ in found]
                yield Run(column, kind, (numbers[0], at, numbers[-1], at), most)

    def _holds(self, column: Column, item: Item | None) -> tuple[Kind, int]:
        return self.sheet.kind_of(column, item), self.sheet.most_of(column, item) or _MANY

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
    """What is still blank, of a wrong kind or of nobody, and every comparison of this sheet."""
    name, statement = grid.sheet.name, grid.sheet.none_statement
    blank = "Điền các ô còn trống; không phát sinh thì ghi 0"
    if statement:
        blank = f"Ghi đủ thông tin từng mô hình; không có mô hình nào thì ghi “{statement}” vào ô B{grid.top + 1}"
    wrong = "+".join(
        f"SUM({_wrong(grid, run, grid.far(run.area), _whose(grid, run.area))})"
        for run in grid.runs()
        if run.column.asked
    )
    found = [
        Line(name, "Số ô còn trống", _blanks(grid), blank),
        Line(name, "Số ô ghi không đúng kiểu (chữ thay cho số, …)", wrong, "Ghi lại các ô tô đỏ"),
    ]
    if grid.sheet.rows != "lines":
        say = "Ghi mã của biểu vào cột đầu, hoặc xóa số liệu ở các dòng không có mã"
        found.append(Line(name, "Số dòng có số liệu mà mã không có trong biểu", _strays(grid), say))
    checks = (
        Line(name, c.title, _result(grid, c), c.say, c.severity != "note") for c in grid.checks
    )
    return [*found, *checks]


def filled(grids: Iterable[Grid]) -> str:
    """How many cells people have filled in."""
    columns = (
        grid.whole(column.key) for grid in grids for column in grid.sheet.columns if column.entry
    )
    return f"COUNTA({','.join(columns)})"


def right_days(form: Form, places: Iterable[str]) -> str:
    """How many of these cells hold no day."""
    return "+".join(f"1-{_day(form, place)}" for place in places)


def reds(grid: Grid) -> Iterator[tuple[Area, str]]:
    """The cells of this sheet that turn red, with the formula that holds then: of the first, Excel moves it along."""
    for run in grid.runs():
        if run.column.asked:
            first, whose = xl_rowcol_to_cell(*run.area[:2]), f"$A{run.area[0] + 1}"
            yield run.area, _wrong(grid, run, first, whose)
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
    """Whether a cell holds what its kind allows; any text is a name."""
    if run.kind in ("yes_no", "choice"):
        return _among(x, grid.words(run.column, run.kind))
    if run.kind == "date":
        return _day(grid.form, x)
    return _NUMBERS.get(run.kind, _FILLED).format(x, run.most)


def _day(form: Form, x: str) -> str:
    """Whether a cell holds a day: Excel's, or one that begins with a number and ends with a year."""
    said = f'SUBSTITUTE(LOWER(TRIM({x})),"ngày ","")'
    typed = f"ISNUMBER(LEFT({said},1)*1)*(RIGHT({said},4)*1>=1950)*(LEN({said})>7)"
    typed = f"{typed}*(RIGHT({said},4)*1<={form.year + _YEARS_AHEAD})"
    day = f"({x}>=DATE(1950,1,1))*({x}<DATE({form.year + _YEARS_AHEAD + 1},1,1))"
    return f"IF(ISNUMBER({x}),{day},IFERROR({typed},0))"


def _document(grid: Grid, x: str) -> str:
    """Whether a cell holds a document or a word for none, as far as formulas can tell."""
    words = grid.form.documents
    asks = {*words.asks.denied, *words.asks.draft, *words.asks.intended}
    asks |= {f"của {body}" for body in words.above}
    asks = {a for a in asks if not any(f" {b}" in f" {a}" for b in asks - {a})}
    asked = "+".join(f'ISNUMBER(SEARCH(" {word}"," "&{x}))' for word in sorted(asks))
    own = f'IFERROR(SEARCH("{words.plan}",{x})<SEARCH("/",{x}),FALSE)' if words.plan else "FALSE"
    given = f'ISNUMBER(SEARCH("/*20",{x}))*(1-{own})*(({asked})=0)'
    return f"({_among(x, grid.form.none_words)}+{given}>0)"


def _wrong(grid: Grid, run: Run, x: str, whose: str) -> str:
    """Whether a cell of a row that is somebody's holds what it cannot."""
    right = _document(grid, x) if run.kind == "document" else _allowed(grid, run, x)
    return f'({whose}<>"")*(1-{_BLANK.format(x)}-{right})'


def _whose(grid: Grid, area: Area) -> str:
    """The cells that say whose the rows of an area are."""
    return grid.far((area[0], 0, area[2], 0))


def _strays(grid: Grid) -> str:
    """How many rows, also below the table, hold figures under no code of the form; totals do not count."""
    columns = [at for at, column in enumerate(grid.sheet.columns) if column.main]
    bottom = grid.bottom + _BELOW
    areas = [grid.far((grid.top, at, bottom, at)) for at in columns or [2, 3]]
    figures = "+".join(f"ISNUMBER({area})" for area in areas)
    code, label = (grid.far((grid.top, at, bottom, at)) for at in (0, 1))
    if grid.sheet.rows == "communes":
        known = f"(COUNTIF({grid.far((grid.top, 0, grid.top + grid.own - 1, 0))},{code})>0)"
    else:
        known = _among(code, (item.code for item in grid.sheet.items))
    said = f'TRIM({code}&" "&{label})'
    words = (w for w in grid.form.below.total if " " not in w)
    total = "+".join(f'IFERROR(SEARCH("{word}",{said})=1,FALSE)' for word in words)
    return f"SUM((({figures})>0)*(1-({known}>0))*(({total or 0})=0))"


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
        return {"document": none, "yes_no": _among(x, [grid.form.yes_word])}.get(kind, f"{x}*1")

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
