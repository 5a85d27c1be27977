"""What the cells of one return say of each other: the comparisons of the form, and two rules."""

from collections.abc import Iterator

import pandas as pd

from pcmd_eval.intake.faults import Fault
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold

_WEIGHTS = {"yes": "1", "given": "1", "no": "0", "none": "0"}
_FAILS = {
    "=": lambda left, right: left != right,
    "<=": lambda left, right: left > right,
    "needs": lambda left, right: (left > 0) & (right == 0),
}


def broken_rules(cells: pd.DataFrame, plan: Plan) -> Iterator[Fault]:
    """Every break of every rule in the cells (as `observations.tidy` gives them).

    No value changes.
    """
    for objective, own in cells.groupby("objective", sort=False):
        weighed = _weighed(own, plan.form.sheet(str(objective)))
        for check in plan.form.checks:
            if objective in check.sheets:
                yield from _broken(check, weighed)
    yield from _document_year(cells, plan)


def _weighed(cells, sheet):
    """The cells that hold what can be compared: with weight, key and header of the column, line."""
    main = {column.period: column.key for column in sheet.columns if column.main}
    headers = {column.key: column.header for column in sheet.columns}
    key = cells.column.where(cells.column != "", cells.period.map(main).astype("string"))
    weight = pd.to_numeric(cells.value.replace(_WEIGHTS), errors="coerce").astype("Float64")
    line = cells["cell"].str.extract(r"(\d+)", expand=False).astype("Int64")
    weighed = cells.assign(key=key, line=line, weight=weight, header=key.map(headers))
    return weighed[weight.notna()]


def _broken(check, cells):
    """Where a comparison fails: of rows, in the columns of a period; of columns, in the rows."""
    name, of = "key", "line"
    if check.each == "period":
        name, of, cells = "row", "period", cells[cells.column == ""]
    for words in check.only.values():
        cells = cells[cells.row.fillna("").map(fold).isin({*map(fold, words)})]
    cells = cells[cells[name].isin([*check.left, *check.right])]
    fails = _growing if check.operator == "grow" else _failing
    places = cells.set_index(["reporter", of, name]).sort_index()
    for (reporter, where), words in fails(check, places.weight.unstack()).items():
        compared = places.loc[reporter, where]
        seen = compared["cell"] + "=" + compared.raw
        sides = [" + ".join(seen[[*side]]) for side in (check.left, check.right)]
        value = words or " so với ".join(sides)
        at = compared.loc[check.at]
        place = (reporter, at.file, at.sheet, at["cell"], at.unit_code, at.header)
        yield Fault(check.severity, *place, value, check.id, f"{check.say}.")


def _failing(check, table):
    """The rows of a table in which a comparison fails, each with no further words.

    Every cell must hold something. Those of a code that stands twice are unreadable, so that a row
    has one number in a column.
    """
    table = table.reindex(columns=[*check.left, *check.right]).dropna()
    left, right = (table[[*side]].sum(axis=1) for side in (check.left, check.right))
    return dict.fromkeys(table.index[_FAILS[check.operator](left, right)], "")


def _growing(check, table):
    """The first row of each return in which none ever falls: the figures may have been added up."""
    table = table.reindex(columns=[*check.left]).dropna()
    table = table[(table != 0).any(axis=1)]
    falls = (table.diff(axis=1).iloc[:, 1:] < 0).any(axis=1)
    rises = table.iloc[:, 0] < table.iloc[:, -1]
    first = {}
    for reporter, own in table.groupby("reporter"):
        if not falls[reporter].any() and rises[reporter].sum() >= check.least:
            first[own.index[0]] = f"{len(own)} dòng, không quý nào giảm"
    return first


def _document_year(cells, plan):
    """Documents of the unit's own none of which is of the plan's year."""
    message = f"Ngày văn bản không thuộc năm {plan.year} của kế hoạch; xác nhận hoặc sửa."
    for at in cells[(cells.column == "document") & (cells.value == "given")].itertuples():
        if plan.year not in {day.year for day in plan.form.grammar.read(at.raw).days}:
            header = plan.form.sheet(at.objective).column("document").header
            where = (at.reporter, at.file, at.sheet, at.cell, at.unit_code, header)
            yield Fault("confirm", *where, at.raw, "document-year", message)
