"""The comparisons of the form as live formulas: what `Kiểm tra` says, and which cells turn red.

Excel 2010 and later and LibreOffice understand every formula. In those of whole ranges, written as
array formulas, True is 1: `*` is and, `+` is or; an error is neither blank nor right.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from pcmd_eval.form import Form
from pcmd_eval.intake.cells import YEARS_AHEAD
from pcmd_eval.intake.grid import Grid

_RIGHT, _NOTHING = "đúng", "chưa có số liệu"
LOOK, _NOTE = "Xem ", "Lưu ý "  # what need not be mended is only noted
_MANY = 10**12  # what a number stays below where the form sets no bound
_BELOW = 100  # rows below the table in which figures of nobody are looked for

# ---- formulas of a cell or of a range, {0} or {x} ------------------------------------------------

_BLANK, _FILLED = 'IFERROR(TRIM({0})="",FALSE)', 'IFERROR(TRIM({0})<>"",FALSE)'
_IN = "(ABS(2*VALUE(TRIM({0}))-{1})<={1})"  # from 0 to the largest; of a blank or a word, an error
_NUMBERS = {
    "count": f"IFERROR({_IN}*(MOD(VALUE(TRIM({{0}})),1)=0),0)",
    "amount": f"IFERROR({_IN}*1,0)",
}
_FAILS = {"=": "{0}<>{1}", "<=": "{0}>{1}", "needs": "({0}>0)*({1}=0)"}
_SAID = 'SUBSTITUTE(LOWER(TRIM({0})),"ngày ","")'
_DAY = (  # Excel's, or what begins with a number and ends with a year
    "IF(ISNUMBER({x}),({x}>=DATE(1950,1,1))*({x}<DATE({after},1,1)),"
    "IFERROR(ISNUMBER(LEFT({said},1)*1)*(RIGHT({said},4)*1>=1950)*(LEN({said})>7)"
    "*(RIGHT({said},4)*1<={last}),0))"
)
_PLAN = 'IFERROR(SEARCH("{plan}",{x})<SEARCH("/",{x}),FALSE)'
_DOCUMENT = '({none}+ISNUMBER(SEARCH("/*20",{x}))*(1-{plan})*(({asked})=0)>0)'
_WRONG = '({whose}<>"")*(1-{blank}-{right})'
_STRAY = "SUM((({figures})>0)*(1-({known}>0))*(({total})=0))"
_LINES_BLANK = "IF(SUM({some})=0,1,SUM((({some})>0)*(1-{stated})*({blank})))"
_ROWS_BLANK = 'SUM(({first}<>"")*({blank})*(({expected})>0))'
_RESULT = 'IF({fails},"{look}"&{where},IF({some},"{right}","{nothing}"))'
_WHERE = (  # rows may be put in above the cells
    '"ô "&ADDRESS(MIN(IF({broken},ROW({x}))),MIN(IF({broken},COLUMN({x}))),4)'
    '&IF(SUM({broken})>1," và "&SUM({broken})-1&" ô khác tô đỏ","")'
)
_ALONG = '"các cột {} đến {}: không dòng nào giảm"'
_ROWS = "SUMPRODUCT(IFERROR({known}*({sum}>0)*({test}),0))"


class Line(NamedTuple):
    """One line of the sheet `Kiểm tra`: what it is about, what to do."""

    page: str
    title: str
    formula: str
    say: str


def lines(grid: Grid) -> list[Line]:
    """What is still blank, of a wrong kind or of nobody, and every comparison of this sheet."""
    name = grid.sheet.name
    blank = "Điền các ô còn trống; không phát sinh thì ghi 0"
    if statement := grid.sheet.none_statement:
        blank = f"Ghi đủ từng dòng; không có thì ghi “{statement}” vào ô B{grid.top}"
    wrong = []
    for run in grid.runs():
        if run.column.asked:
            wrong.append(f"SUM({_wrong(grid, run, run.far, grid.cells(0, rows=run.rows).far)})")
    title = "Số ô ghi không đúng kiểu (chữ thay cho số, …)"
    found = [
        Line(name, "Số ô còn trống", _blanks(grid), blank),
        Line(name, title, "+".join(wrong), "Ghi lại các ô tô đỏ"),
    ]
    if grid.sheet.rows != "lines":
        say = "Ghi mã của biểu vào cột đầu, hoặc xóa số liệu ở các dòng không có mã"
        found.append(Line(name, "Số dòng có số liệu mà mã không có trong biểu", _strays(grid), say))
    for check in grid.checks:
        found.append(Line(name, check.title, _result(grid, check), check.say))
    return found


def count_of_filled(grids: Iterable[Grid]) -> str:
    """How many cells people have filled in."""
    runs = [grid.run(column.key) for grid in grids for column in grid.sheet.columns if column.entry]
    return f"COUNTA({','.join(run.far for run in runs)})"


def right_days(form: Form, places: Iterable[str]) -> str:
    """How many of these cells hold no day."""
    return "+".join(f"1-{_day(form, place)}" for place in places)


def reds(grid: Grid) -> Iterator[tuple[str, str]]:
    """The cells of this sheet that turn red, and the formula that then holds of the first."""
    for run in grid.runs():
        if run.column.asked:
            yield run.here, _wrong(grid, run, run.first, f"$A{run.rows[0]}")
    for check in grid.checks:
        run = grid.run(check.at)
        if check.operator == "grow":
            yield run.first, _growing(grid, check, "here")[1]
        else:
            yield run.here, _compared(grid, check, "first")[1]


def _sum(template, cells):
    return "+".join(map(template.format, cells)) or "0"


def _among(x, words):
    """Whether a cell holds one of some words: conditional formats allow no lists of constants."""
    equal = _sum(f'(TRIM({x})="{{}}")', [word.replace('"', '""') for word in words])
    return f"IFERROR({equal},0)"


def _allowed(grid, run, x):
    """Whether a cell holds what its kind allows; any text is a name."""
    kind = run.column.kind
    if kind in ("yes_no", "choice"):
        return _among(x, grid.words(run))
    if kind == "date":
        return _day(grid.form, x)
    return _NUMBERS.get(kind, _FILLED).format(x, run.column.most or _MANY)


def _day(form, x):
    last = form.year + YEARS_AHEAD
    return _DAY.format(x=x, said=_SAID.format(x), last=last, after=last + 1)


def _document(grid, x):
    """Whether a cell holds a document or a word for none, as far as formulas can tell."""
    words = grid.form.documents
    asks = {f"của {body}" for body in words.words["above"]}.union(*words.asks.values())
    asked = _sum(f'ISNUMBER(SEARCH(" {{}}"," "&{x}))', sorted(asks))
    plan = _PLAN.format(plan=words.plan, x=x)
    return _DOCUMENT.format(none=_among(x, grid.form.none_words), x=x, plan=plan, asked=asked)


def _wrong(grid, run, x, whose):
    """Whether a cell of a row that is somebody's holds what it cannot."""
    right = _document(grid, x) if run.column.kind == "document" else _allowed(grid, run, x)
    return _WRONG.format(whose=whose, blank=_BLANK.format(x), right=right)


def _strays(grid):
    """How many rows, also below the table, hold figures under no code of the form; no totals."""
    rows = (grid.top, grid.bottom + _BELOW)
    columns = [at for at, column in enumerate(grid.sheet.columns) if column.main] or [2, 3]
    code, label, *figures = (grid.cells(at, rows=rows).far for at in (0, 1, *columns))
    known = _among(code, [item.code for item in grid.sheet.items])
    if grid.sheet.rows == "communes":
        own = grid.cells(0, rows=(grid.top, grid.own_bottom))
        known = f"(COUNTIF({own.far},{code})>0)"
    totals = [word for word in grid.form.below.total if " " not in word]
    total = _sum(f'IFERROR(SEARCH("{{}}",TRIM({code}&" "&{label}))=1,FALSE)', totals)
    return _STRAY.format(figures=_sum("ISNUMBER({})", figures), known=known, total=total)


def _blanks(grid):
    """How many cells are expected and blank."""
    sheet = grid.sheet
    first = grid.cells(0).far
    whole = {column: grid.run(column.key).far for column in sheet.columns if column.entry}
    asked = [whole[column] for column in sheet.asked]
    blank = _sum(_BLANK, asked)
    some = _sum(f"(1-{_BLANK})", whole.values())
    if sheet.rows == "lines":  # either lines, or the statement that there are none
        stated = _among(asked[0], [sheet.none_statement])
        return _LINES_BLANK.format(some=some, stated=stated, blank=blank)
    optional = _among(first, [item.code for item in sheet.items if item.optional])
    expected = f"{some}+1-{optional}"
    if sheet.rows == "communes":  # a row without sessions is passed over beside one that has some
        main = [whole[column] for column in sheet.asked if column.main]
        numbers = _sum(f'COUNTIFS({first},{first},{{}},">=0")', main)
        expected = f"{_sum(_FILLED, main)}+(({numbers})=0)"
    return _ROWS_BLANK.format(first=first, blank=blank, expected=expected)


# ---- comparisons ---------------------------------------------------------------------------------


def _result(grid, check):
    """What `Kiểm tra` says of a comparison: right, nothing to compare yet, or where to look."""
    if check.operator == "grow":
        some, fails = _growing(grid, check, "far")
        heads = [grid.sheet.column(key).header for key in check.left]
        where = _ALONG.format(heads[0], heads[-1])
    else:
        known, broken = _compared(grid, check, "far")
        some, fails = f"SUM({known})>0", f"SUM({broken})>0"
        where = _WHERE.format(broken=broken, x=grid.run(check.at).far)
    said = {"look": _NOTE if check.severity == "note" else LOOK, "right": _RIGHT}
    return _RESULT.format(fails=fails, some=some, where=where, nothing=_NOTHING, **said)


def _held(grid, names, address):
    """The cells that a comparison names, each with what it counts; and whether all can be compared.

    `address`: how a cell is named, an attribute of `Run`.
    """
    cells, weights, holds = [], [], []
    for name in names:
        run = grid.run(name)
        x = getattr(run, address)
        cells.append(x)
        weights.append(_weight(grid.form, run.column.kind, x))
        holds.append(_allowed(grid, run, x))
    return cells, weights, "*".join(holds)


def _weight(form, kind, x):
    """What a cell counts in a comparison: its number, 1 for a document or a yes."""
    if kind == "document":
        return f"(1-{_among(x, form.none_words)})"
    return _among(x, [form.yes_word]) if kind == "yes_no" else f"{x}*1"


def _compared(grid, check, address):
    """Whether all cells of a comparison hold anything, and whether it then fails."""
    _, weights, known = _held(grid, (*check.left, *check.right), address)
    if check.only:
        known += f"*{_among(getattr(grid.run('form'), address), check.only)}"
    end = len(check.left)
    fails = _FAILS[check.operator].format("+".join(weights[:end]), "+".join(weights[end:]))
    return known, f"IFERROR({known}*({fails}),0)"


def _growing(grid, check, address):
    """Whether any row counts, of whole numbers not all 0; and whether none falls and enough rise.

    From one column to the next; also where no array formula can be.
    """
    columns, _, known = _held(grid, check.left, address)
    falls = "+".join(f"({after}<{before})" for before, after in pairwise(columns))
    rises = f"{columns[-1]}>{columns[0]}"
    rows = {"known": known, "sum": "+".join(columns)}
    some, fall, rise = (_ROWS.format(test=test, **rows) for test in ("1", f"({falls})>0", rises))
    return f"{some}>0", f"AND({fall}=0,{rise}>={check.least})"
