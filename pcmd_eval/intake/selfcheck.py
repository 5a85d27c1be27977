"""The comparisons of the form as live formulas: what `Kiểm tra` says, and which cells turn red.

Excel 2010 and later and LibreOffice understand every formula. In those of whole ranges, written as
array formulas, True is 1: `*` is and, `+` is or; an error is neither blank nor right.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from pcmd_eval.form import Check, Column, Form, Item, Kind, Sheet
from pcmd_eval.intake.cells import YEARS_AHEAD

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
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 0
Ref = Callable[[str], str]  # the address of what a comparison names: all of its cells, or the first


class Line(NamedTuple):
    """One line of the sheet `Kiểm tra`: what it is about, what to do.

    `counts`: it is no mere note.
    """

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

    @property
    def first(self) -> str:
        """The first of the cells; Excel moves it along where a rule is about all of them."""
        return xl_rowcol_to_cell(*self.area[:2])


@dataclass(frozen=True)
class Grid:
    """The rows of one written sheet, from the form's first row on, each with its item if any.

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
        keys = [column.key for column in self.sheet.columns]
        if name in keys:
            top, bottom, columns = self.top, self.bottom, [keys.index(name)]
        else:
            codes = [item.code if item else "" for item in self.items]
            top = bottom = self.top + codes.index(name)
            columns = [at for at, column in enumerate(self.sheet.columns) if column.main]
        column, item = self.sheet.columns[columns[0]], self.items[top - self.top]
        kind, most = self._holds(column, item if name not in keys else None)
        return Run(column, kind, (top, columns[0], bottom, columns[-1]), most)

    def runs(self) -> Iterator[Run]:
        """Each column that people fill in, cut where the kind or the largest number changes."""
        for at, column in enumerate(self.sheet.columns):
            held = [self._holds(column, item) for item in self.items] if column.entry else []
            top = self.top
            for (kind, most), cells in groupby(held):
                below = top + len([*cells])
                yield Run(column, kind, (top, at, below - 1, at), most)
                top = below

    def _holds(self, column: Column, item: Item | None) -> tuple[Kind, int]:
        return self.sheet.kind_of(column, item), self.sheet.most_of(column, item) or _MANY

    def words(self, column: Column, kind: Kind) -> tuple[str, ...]:
        """The words of which a cell holds one."""
        return (self.form.yes_word, self.form.no_word) if kind == "yes_no" else column.choices

    def far(self, area: Area) -> str:
        """An area as another sheet names it."""
        return "'{}'!{}".format(self.sheet.name.replace("'", "''"), xl_range_abs(*area))

    def column(self, at: int, bottom: int) -> str:
        """The cells of a column, by its number, down to a row, as another sheet names them."""
        return self.far((self.top, at, bottom, at))

    def whole(self, name: str) -> str:
        """All cells of a column or an item, as another sheet names them."""
        return self.far(self.run(name).area)


def lines(grid: Grid) -> list[Line]:
    """What is still blank, of a wrong kind or of nobody, and every comparison of this sheet."""
    name, statement = grid.sheet.name, grid.sheet.none_statement
    blank = "Điền các ô còn trống; không phát sinh thì ghi 0"
    if statement:
        blank = (
            "Ghi đủ thông tin từng mô hình; không có mô hình nào thì ghi "
            f"“{statement}” vào ô B{grid.top + 1}"
        )
    wrong = []
    for run in (run for run in grid.runs() if run.column.asked):
        whose = grid.far((run.area[0], 0, run.area[2], 0))
        wrong.append(f"SUM({_wrong(grid, run, grid.far(run.area), whose)})")
    title = "Số ô ghi không đúng kiểu (chữ thay cho số, …)"
    found = [
        Line(name, "Số ô còn trống", _blanks(grid), blank),
        Line(name, title, "+".join(wrong), "Ghi lại các ô tô đỏ"),
    ]
    if grid.sheet.rows != "lines":
        say = "Ghi mã của biểu vào cột đầu, hoặc xóa số liệu ở các dòng không có mã"
        found.append(Line(name, "Số dòng có số liệu mà mã không có trong biểu", _strays(grid), say))
    for check in grid.checks:
        counts = check.severity != "note"
        found.append(Line(name, check.title, _result(grid, check), check.say, counts))
    return found


def filled(grids: Iterable[Grid]) -> str:
    """How many cells people have filled in."""
    columns: list[str] = []
    for grid in grids:
        columns += [grid.whole(column.key) for column in grid.sheet.columns if column.entry]
    return f"COUNTA({','.join(columns)})"


def right_days(form: Form, places: Iterable[str]) -> str:
    """How many of these cells hold no day."""
    return "+".join(f"1-{_day(form, place)}" for place in places)


def reds(grid: Grid) -> Iterator[tuple[Area, str]]:
    """The cells of this sheet that turn red, and the formula that then holds of the first."""
    for run in grid.runs():
        if run.column.asked:
            yield run.area, _wrong(grid, run, run.first, f"$A{run.area[0] + 1}")
    for check in grid.checks:
        area = grid.run(check.at).area
        if check.each == "sheet":
            _, grows = _growing(grid, check, lambda name: xl_range_abs(*grid.run(name).area))
            yield (*area[:2], *area[:2]), grows
        else:
            _, broken = _compared(grid, check, lambda name: grid.run(name).first)
            yield area, broken


def _among(x: str, words: Iterable[str]) -> str:
    """Whether a cell holds one of some words: conditional formats allow no lists of constants."""
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
    """Whether a cell holds a day: Excel's, or what begins with a number and ends with a year."""
    last = form.year + YEARS_AHEAD
    said = f'SUBSTITUTE(LOWER(TRIM({x})),"ngày ","")'
    typed = f"ISNUMBER(LEFT({said},1)*1)*(RIGHT({said},4)*1>=1950)*(LEN({said})>7)"
    typed = f"{typed}*(RIGHT({said},4)*1<={last})"
    day = f"({x}>=DATE(1950,1,1))*({x}<DATE({last + 1},1,1))"
    return f"IF(ISNUMBER({x}),{day},IFERROR({typed},0))"


def _document(grid: Grid, x: str) -> str:
    """Whether a cell holds a document or a word for none, as far as formulas can tell."""
    words = grid.form.documents
    asks = {*words.asks.denied, *words.asks.draft, *words.asks.intended}
    asks |= {f"của {body}" for body in words.above}
    shortest = []  # a word in which a shorter one stands need not be looked for
    for ask in sorted(asks, key=len):
        if not any(f" {word}" in f" {ask}" for word in shortest):
            shortest.append(ask)
    asked = "+".join(f'ISNUMBER(SEARCH(" {word}"," "&{x}))' for word in sorted(shortest))
    plan = "FALSE"
    if words.plan:
        plan = f'IFERROR(SEARCH("{words.plan}",{x})<SEARCH("/",{x}),FALSE)'
    given = f'ISNUMBER(SEARCH("/*20",{x}))*(1-{plan})*(({asked})=0)'
    return f"({_among(x, grid.form.none_words)}+{given}>0)"


def _wrong(grid: Grid, run: Run, x: str, whose: str) -> str:
    """Whether a cell of a row that is somebody's holds what it cannot."""
    right = _document(grid, x) if run.kind == "document" else _allowed(grid, run, x)
    return f'({whose}<>"")*(1-{_BLANK.format(x)}-{right})'


def _strays(grid: Grid) -> str:
    """How many rows, also below the table, hold figures under no code of the form; no totals."""
    bottom = grid.bottom + _BELOW
    columns = [at for at, column in enumerate(grid.sheet.columns) if column.main]
    figures = "+".join(f"ISNUMBER({grid.column(at, bottom)})" for at in columns or [2, 3])
    code, label = grid.column(0, bottom), grid.column(1, bottom)
    if grid.sheet.rows == "communes":
        known = f"(COUNTIF({grid.column(0, grid.top + grid.own - 1)},{code})>0)"
    else:
        known = _among(code, (item.code for item in grid.sheet.items))
    said = f'TRIM({code}&" "&{label})'
    totals = [word for word in grid.form.below.total if " " not in word]
    total = "+".join(f'IFERROR(SEARCH("{word}",{said})=1,FALSE)' for word in totals) or "0"
    return f"SUM((({figures})>0)*(1-({known}>0))*(({total})=0))"


def _blanks(grid: Grid) -> str:
    """How many cells are expected and blank."""
    sheet, first = grid.sheet, grid.whole(grid.sheet.columns[0].key)
    asked = [grid.whole(column.key) for column in sheet.asked]
    entry = [grid.whole(column.key) for column in sheet.columns if column.entry]
    blank = "+".join(map(_BLANK.format, asked))
    some = "+".join(f"(1-{_BLANK.format(x)})" for x in entry)
    if sheet.rows == "lines":  # either lines, or the statement that there are none
        stated = _among(asked[0], [sheet.none_statement])
        return f"IF(SUM({some})=0,1,SUM((({some})>0)*(1-{stated})*({blank})))"
    if sheet.rows == "communes":  # a row without sessions is passed over beside one that has some
        main = [grid.whole(column.key) for column in sheet.asked if column.main]
        numbers = "+".join(f'COUNTIFS({first},{first},{x},">=0")' for x in main)
        expected = f"{'+'.join(map(_FILLED.format, main))}+(({numbers})=0)"
    else:
        optional = _among(first, (item.code for item in sheet.items if item.optional))
        expected = f"{some}+1-{optional}"
    return f'SUM(({first}<>"")*({blank})*(({expected})>0))'


# ---- comparisons ---------------------------------------------------------------------------------


def _result(grid: Grid, check: Check) -> str:
    """What `Kiểm tra` says of a comparison: right, nothing to compare yet, or where to look."""
    if check.each == "sheet":
        some, fails = _growing(grid, check, grid.whole)
        heads = [grid.sheet.column(key).header for key in check.left]
        where = f'"các cột {heads[0]} đến {heads[-1]}: không dòng nào giảm"'
    else:
        x, (known, broken) = grid.whole(check.at), _compared(grid, check, grid.whole)
        some, fails = f"SUM({known})>0", f"SUM({broken})>0"
        # Rows may be put in above it.
        row, column = (f"MIN(IF({broken},{of}({x})))" for of in ("ROW", "COLUMN"))
        others = f'IF(SUM({broken})>1," và "&SUM({broken})-1&" ô khác tô đỏ","")'
        where = f'"ô "&ADDRESS({row},{column},4)&{others}'
    return f'IF({fails},"{LOOK}"&{where},IF({some},"{RIGHT}","{NOTHING}"))'


def _compared(grid: Grid, check: Check, ref: Ref) -> tuple[str, str]:
    """Whether all cells of a comparison hold what their kind allows, and whether it then fails."""
    names = (*check.left, *check.right)
    holds = [_allowed(grid, grid.run(name), ref(name)) for name in names]
    holds += [_among(ref(key), words) for key, words in check.only.items()]
    known = "*".join(holds)
    left, right = (
        "+".join(_weight(grid, name, ref(name)) for name in side)
        for side in (check.left, check.right)
    )
    fails = _FAILS[check.operator].format(left, right)
    return known, f"IFERROR({known}*({fails}),0)"


def _weight(grid: Grid, name: str, x: str) -> str:
    """What a cell counts in a comparison: its number, 1 for a document or a yes."""
    kind = grid.run(name).kind
    if kind == "document":
        return f"(1-{_among(x, grid.form.none_words)})"
    return _among(x, [grid.form.yes_word]) if kind == "yes_no" else f"{x}*1"


def _growing(grid: Grid, check: Check, ref: Ref) -> tuple[str, str]:
    """Whether any row counts, of whole numbers not all 0; and whether none falls and enough rise.

    From one column to the next; also where no array formula can be.
    """
    columns = [ref(key) for key in check.left]
    known = "*".join(_allowed(grid, grid.run(key), ref(key)) for key in check.left)
    falls = "+".join(f"({after}<{before})" for before, after in pairwise(columns))
    some, fall, rise = (
        f"SUMPRODUCT(IFERROR({known}*({'+'.join(columns)}>0)*({test}),0))"
        for test in ("1", f"({falls})>0", f"{columns[-1]}>{columns[0]}")
    )
    return f"{some}>0", f"AND({fall}=0,{rise}>={check.least})"
