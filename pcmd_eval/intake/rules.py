"""What the cells of one return say of each other: the comparisons of the form, and two rules."""

from collections.abc import Iterator

import pandas as pd

from pcmd_eval.form import Check, Sheet
from pcmd_eval.intake.faults import Fault
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_WEIGHTS = {"yes": "1", "given": "1", "no": "0", "none": "0"}


def broken_rules(cells: pd.DataFrame, plan: Plan) -> Iterator[Fault]:
    """Every break of every rule in the cells (as `observations.tidy` gives them).

    No value changes.
    """
    for objective, own in cells.groupby("objective", sort=False):
        lines = _lines(own, plan.form.sheet(str(objective)))
        for check in plan.form.checks:
            if objective in check.sheets:
                broken = _growing if check.each == "sheet" else _compared
                yield from broken(check, lines)
    yield from _document_year(cells, plan)


def _lines(cells: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """The cells with key and header of their column, the number of their line, and their weight."""
    main = {column.period: column.key for column in sheet.columns if column.main}
    headers = {column.key: column.header for column in sheet.columns}
    key = cells.column.where(cells.column != "", cells.period.map(main).astype("string"))
    weight = pd.to_numeric(cells.value.replace(_WEIGHTS), errors="coerce").astype("Float64")
    row = cells["cell"].str.extract(r"(\d+)", expand=False).astype("Int64")
    nowhere = (key == sheet.asked[0].key).cumsum()  # such a line begins with the first column
    line = row.fillna(-nowhere.astype("Int64"))
    return cells.assign(key=key, line=line, weight=weight, header=key.map(headers))


def _compared(check: Check, lines: pd.DataFrame) -> Iterator[Fault]:
    """Rows against rows in each column of a period, or columns against columns in each row.

    The cells of a code that stands twice are unreadable, so that a row has one number in a column.
    """
    if check.each == "period":
        cells = lines[lines.column == ""].assign(name=lines.row, of=lines.period)
    else:
        words = {fold(word) for only in check.only.values() for word in only}
        cells = lines[lines.row.fillna("").map(fold).isin(words)] if words else lines
        cells = cells.assign(name=cells.key, of=cells.line)
    left, right = [*check.left], [*check.right]
    cells = cells[cells.name.isin([*left, *right]) & cells.weight.notna()]
    table = _table(cells, "of", "name", [*left, *right])
    one, other = table[left].sum(axis=1), table[right].sum(axis=1)
    fails = {"=": one != other, "<=": one > other, "needs": (one > 0) & (other == 0)}
    for reporter, of in table.index[fails[check.operator]]:
        found = cells[(cells.reporter == reporter) & (cells.of == of)].set_index("name")
        said = found["cell"] + "=" + found.raw
        sides = [" + ".join(said[side]) for side in (left, right)]
        yield _fault(check, found.loc[check.at], " so với ".join(sides))


def _table(cells: pd.DataFrame, row: str, name: str, names: list[str]) -> pd.DataFrame:
    """The weights of each reporter by row and name, where every name has one."""
    table = cells.pivot(index=["reporter", row], columns=name, values="weight")
    return table.reindex(columns=names).dropna()


def _growing(check: Check, lines: pd.DataFrame) -> Iterator[Fault]:
    """Sheets in which no row ever falls along the columns: the figures may have been added up."""
    keys = [*check.left]
    asked = lines[lines.key.isin(keys) & lines.weight.notna()]
    table = _table(asked, "line", "key", keys)
    table = table[(table != 0).any(axis=1)]
    falls = (table.diff(axis=1).iloc[:, 1:] < 0).any(axis=1)
    rises = table[keys[0]] < table[keys[-1]]
    grows = ~falls.groupby("reporter").any() & (rises.groupby("reporter").sum() >= check.least)
    for reporter in grows.index[grows]:
        own = table.loc[reporter]
        at_first = (asked.line == own.index[0]) & (asked.key == check.at)
        first = asked[at_first].iloc[0]
        yield _fault(check, first, f"{len(own)} dòng, không quý nào giảm")


def _fault(check: Check, at: pd.Series, seen: str) -> Fault:
    where = (at.reporter, at.file, at.sheet, at["cell"], at.unit_code, at.header)
    return Fault(check.severity, *where, seen, check.id, f"{check.say}.")


def _document_year(cells: pd.DataFrame, plan: Plan) -> Iterator[Fault]:
    """Documents of the unit's own none of which is of the plan's year."""
    message = f"Ngày văn bản không thuộc năm {plan.year} của kế hoạch; xác nhận hoặc sửa."
    for at in cells[(cells.column == "document") & (cells.value == "given")].itertuples():
        days = plan.form.grammar.read(at.raw).days
        if plan.year not in {day.year for day in days}:
            header = plan.form.sheet(at.objective).column("document").header
            where = (at.reporter, at.file, at.sheet, at.cell, at.unit_code, header)
            yield Fault("confirm", *where, at.raw, "document-year", message)
