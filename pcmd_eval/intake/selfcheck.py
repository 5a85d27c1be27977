"""The comparisons of the form as live Excel formulas: what the sheet `Kiểm tra` says, and which cells turn red.

Excel 2010 and later and LibreOffice understand every formula. In those of whole ranges, written as array formulas, True
is 1: `*` is and, `+` is or.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name

from pcmd_eval.form import Check, Column, Form, Item, Kind, Sheet

RIGHT, NOTHING, LOOK = "đúng", "chưa có số liệu", "Xem "
Ref = Callable[[str], str]  # the address of a column, by its key: all of its rows, or the cell of one
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 1


class Line(NamedTuple):
    """One line of the sheet `Kiểm tra`: `rule` is `blank`, `kind` or the id of a comparison.

    `result` is what the formula comes to while nothing is filled in; a line that does not count is only a note.
    """

    page: str
    rule: str
    title: str
    formula: str
    say: str
    result: str | int
    counts: bool = True


@dataclass(frozen=True)
class Grid:
    """Where the rows of one written sheet stand: from row `first` on, each with its item if it has one."""

    form: Form
    sheet: Sheet
    first: int
    items: list[Item | None]
    expected: int  # cells, while nothing is filled in

    @property
    def last(self) -> int:
        """The last row that people may fill in."""
        return self.first + len(self.items) - 1

    @property
    def page(self) -> str:
        """The sheet as a formula writes it before an address."""
        return "'{}'!".format(self.sheet.name.replace("'", "''"))

    @property
    def checks(self) -> list[Check]:
        """The comparisons of this sheet."""
        return [check for check in self.form.checks if self.sheet.objective in check.sheets]

    def number(self, key: str) -> int:
        """The number of a column, from 1."""
        return 1 + [column.key for column in self.sheet.columns].index(key)

    def letter(self, key: str) -> str:
        """The letter of a column."""
        return xl_col_to_name(self.number(key) - 1)

    def row(self, code: str) -> int:
        """The (first) row of an item."""
        return self.first + next(at for at, item in enumerate(self.items) if item and item.code == code)

    def own(self, key: str) -> str:
        """All rows of a column, as its own sheet names them."""
        return f"${self.letter(key)}${self.first}:${self.letter(key)}${self.last}"

    def whole(self, key: str) -> str:
        """All rows of a column, as another sheet names them."""
        return self.page + self.own(key)

    def runs(self) -> Iterator[tuple[Column, Kind, int, int]]:
        """Each column that people fill in, cut where the kind changes: column, kind, first and last row."""
        for column in (c for c in self.sheet.columns if c.entry):
            rows = enumerate(self.items, self.first)
            for kind, found in groupby(rows, lambda row, c=column: self.sheet.kind_of(c, row[1])):
                numbers = [number for number, _ in found]
                yield column, kind, numbers[0], numbers[-1]


def lines(grid: Grid) -> list[Line]:
    """What is still blank, what is of a wrong kind, and every comparison of this sheet."""
    name, statement = grid.sheet.name, grid.sheet.none_statement
    blank = "Điền các ô còn trống; không phát sinh thì ghi 0"
    if statement:
        blank = f"Ghi đủ thông tin từng mô hình; không có mô hình nào thì ghi “{statement}” vào ô B{grid.first}"
    runs = [
        (c, kind, f"{grid.page}{grid.letter(c.key)}{top}:{grid.letter(c.key)}{end}")
        for c, kind, top, end in grid.runs()
    ]
    wrong = "+".join(f"SUM({formula})" for run in runs if (formula := _wrong(grid.form, *run)))
    return [
        Line(name, "blank", "Số ô còn trống", _blanks(grid), blank, grid.expected),
        Line(name, "kind", "Số ô ghi không đúng kiểu (chữ thay cho số, …)", wrong, "Ghi lại các ô tô đỏ", 0),
        *(Line(name, c.id, c.title, _result(grid, c), c.say, NOTHING, c.severity != "note") for c in grid.checks),
    ]


def reds(grid: Grid) -> Iterator[tuple[Area, str]]:
    """The cells of this sheet that turn red, with the formula that holds then (of the first of them)."""
    for column, kind, top, end in grid.runs():
        if formula := _wrong(grid.form, column, kind, f"{grid.letter(column.key)}{top}"):
            yield (top, grid.number(column.key), end, grid.number(column.key)), formula
    for check in grid.checks:
        if check.each == "period":
            keys, row = [column.key for column in grid.sheet.columns if column.main], grid.row(check.at)
            yield (row, grid.number(keys[0]), row, grid.number(keys[-1])), _period(grid, check, grid.letter(keys[0]))[1]
            continue
        at, here = grid.number(check.at), lambda key: f"${grid.letter(key)}{grid.first}"
        end = grid.last if check.each == "row" else grid.first
        yield (grid.first, at, end, at), _row(grid, check, here)[1] if check.each == "row" else _grows(check, grid.own)


def _among(x: str, words: tuple[str, ...]) -> str:
    """Whether a cell holds one of some words; conditional formatting allows no constants of several words."""
    return "(({})>0)".format("+".join('(TRIM({})="{}")'.format(x, word.replace('"', '""')) for word in words))


def _count(x: str) -> str:
    return f"ISNUMBER({x})*(IFERROR(INT({x}),-1)={x})"


def _wrong(form: Form, column: Column, kind: Kind, x: str) -> str:
    """1 where a cell holds what its kind does not allow; "" for kinds that any text may fill."""
    if choices := {"yes_no": (form.yes_word, form.no_word), "choice": column.choices}.get(kind):
        return f'({x}<>"")*(1-{_among(x, choices)})'
    number = {"count": _count(x), "amount": f"ISNUMBER({x})"}.get(kind)
    return f'({x}<>"")*(1-{number}*({x}>=0))' if number else ""


def _blanks(grid: Grid) -> str:
    """How many cells are expected and blank."""
    sheet, blank = grid.sheet, "+".join(f'({grid.whole(c.key)}="")' for c in grid.sheet.asked)
    filled = "+".join(f'({grid.whole(column.key)}<>"")' for column in sheet.columns if column.entry)
    if sheet.rows == "communes":  # a row without sessions is passed over beside another of its commune that has some
        code, main = grid.whole(sheet.columns[0].key), [grid.whole(c.key) for c in sheet.asked if c.main]
        some, others = (f'({x}<>"")' for x in main), (f'COUNTIFS({code},{code},{x},"<>")' for x in main)
        return f'SUM(({code}<>"")*({blank})*((({"+".join(some)})>0)+(({"+".join(others)})=0)>0))'
    if sheet.rows == "lines":  # either lines, or the statement that there are none
        stated = f'(TRIM({grid.whole(sheet.asked[0].key)})="{sheet.none_statement}")'
        return f"IF(SUM({filled})=0,1,SUM((({filled})>0)*(1-{stated})*({blank})))"
    code, optional = grid.whole(sheet.columns[0].key), tuple(item.code for item in sheet.items if item.optional)
    expected = f"(({filled})>0)+1-{_among(code, optional)}" if optional else "1"
    return f'SUM(({code}<>"")*({blank})*(({expected})>0))'


# ---- comparisons ----------------------------------------------------------------------------------------------------


def _result(grid: Grid, check: Check) -> str:
    """What the sheet `Kiểm tra` says of a comparison: right, nothing to compare yet, or where to look."""
    if check.each == "period":
        columns = [grid.letter(column.key) for column in grid.sheet.columns if column.main]
        known, broken = zip(*(_period(grid, check, f"${letter}", grid.page) for letter in columns), strict=True)
        cells = [f"{grid.page}${letter}${grid.row(check.at)}" for letter in columns]  # rows may be put in above them
        said = "&".join(
            f'IF({wrong},", "&ADDRESS(ROW({cell}),COLUMN({cell}),4),"")'
            for wrong, cell in zip(broken, cells, strict=True)
        )
        found, where, some = f"OR({','.join(broken)})", f'"ô "&MID({said},3,99)', f"OR({','.join(known)})"
    elif check.each == "row":
        known, broken = _row(grid, check, grid.whole)
        first = f'"ô {grid.letter(check.at)}"&MIN(IF({broken},ROW({grid.whole(check.at)})))'
        more = f'IF(SUM({broken})>1," và "&SUM({broken})-1&" ô khác tô đỏ","")'
        found, where, some = f"SUM({broken})>0", f"{first}&{more}", f"SUM({known})>0"
    else:
        heads = [grid.sheet.column(key).header for key in check.left]
        where = f'"các cột {heads[0]} đến {heads[-1]}: không dòng nào giảm"'
        found, some = _grows(check, grid.whole), f"SUM({_rising_rows(check, grid.whole)})>0"
    return f'IFERROR(IF({found},"{LOOK}"&{where},IF({some},"{RIGHT}","{NOTHING}")),"{LOOK}ô báo lỗi công thức")'


def _period(grid: Grid, check: Check, letter: str, page: str = "") -> tuple[str, str]:
    """Whether all cells of one period hold a number, and whether the comparison then fails."""
    left, right = ([f"{page}{letter}${grid.row(code)}" for code in codes] for codes in (check.left, check.right))
    known = f"COUNT({','.join(left + right)})={len(left + right)}"
    return known, f"IF({known},{'+'.join(left)}{ {'=': '<>', '<=': '>'}[check.operator] }{'+'.join(right)},FALSE)"


def _row(grid: Grid, check: Check, ref: Ref) -> tuple[str, str]:
    """Whether all cells of a row hold something, and whether the right side then lacks what the left side needs."""

    def test(key: str) -> tuple[str, str]:
        x, kind = ref(key), grid.sheet.column(key).kind
        if kind == "document":
            return f'({x}<>"")', f"(1-{_among(x, grid.form.none_words)})"
        return (
            (f'({x}<>"")', f'(TRIM({x})="{grid.form.yes_word}")')
            if kind == "yes_no"
            else (f"ISNUMBER({x})", f"({x}>0)")
        )

    known = [test(key)[0] for key in check.left + check.right]
    known += [_among(ref(key), words) for key, words in check.only.items()]
    left, right = ("+".join(test(key)[1] for key in keys) for keys in (check.left, check.right))
    return "*".join(known), f"{'*'.join(known)}*(({left})>0)*(({right})=0)"


def _rising_rows(check: Check, ref: Ref) -> str:
    """Rows of whole numbers that are not all 0."""
    some = "+".join(f"({ref(key)}<>0)" for key in check.left)
    return "*".join([*(_count(ref(key)) for key in check.left), f"(({some})>0)"])


def _grows(check: Check, ref: Ref) -> str:
    """Whether no row falls from one column to the next and enough rows rise; also where no array formula can be."""
    rows, pairs = _rising_rows(check, ref), zip(check.left, check.left[1:], strict=False)
    falls = "+".join(f"({ref(after)}<{ref(before)})" for before, after in pairs)
    rises = f"{rows}*({ref(check.left[-1])}>{ref(check.left[0])})"
    return f"AND(SUMPRODUCT({rows}*(({falls})>0))=0,SUMPRODUCT({rises})>={check.least})"
