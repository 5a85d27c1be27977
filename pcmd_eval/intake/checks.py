"""What the cells of one return say of each other: the checks of the form, and one of documents."""

from collections.abc import Iterator
from operator import attrgetter

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
_place = attrgetter("reporter", "file", "sheet", "cell", "unit_code", "header")


def failed_checks(cells: pd.DataFrame, plan: Plan) -> Iterator[Fault]:
    """Every place where a check fails in the cells (as `observations.tidy` gives them).

    No value changes.
    """
    for objective, own in cells.groupby("objective", sort=False):
        weighed = _weighed(own, plan.form.sheet(str(objective)))
        for check in plan.form.checks:
            if objective in check.sheets:
                yield from _failed(check, weighed)
        yield from _document_year(weighed, plan)


def _weighed(cells, sheet):
    """The cells that hold what can be compared: with weight, key and header of the column, line."""
    main = {column.period: column.key for column in sheet.columns if column.main}
    headers = {column.key: column.header for column in sheet.columns}
    key = cells.column.where(cells.column != "", cells.period.map(main)).astype("string")
    weight = pd.to_numeric(cells.value.replace(_WEIGHTS), errors="coerce").astype("Float64")
    line = cells["cell"].str.extract(r"(\d+)", expand=False).astype("Int64")
    weighed = cells.assign(key=key, line=line, weight=weight, header=key.map(headers))
    return weighed[weight.notna()]


def _failed(check, cells):
    """Where a check fails: one of rows in the columns of a period, one of columns in the rows."""
    name, within = "key", "line"
    if not cells.key.isin(check.names).any():
        name, within = "row", "period"
        cells = cells[cells.column == ""]
    if check.only:
        forms = cells.row.fillna("").map(fold)
        cells = cells[forms.isin([*map(fold, check.only)])]
    sides = [*check.left, *check.right]
    keys = ["reporter", within, name]
    cells = cells[cells[name].isin(sides)].set_index(keys, drop=False).sort_index()
    table = cells.weight.unstack().reindex(columns=sides).dropna()
    fails = _growing if check.operator == "grow" else _failing
    for (reporter, where), words in fails(check, table).items():
        compared = cells.loc[reporter, where]
        value = words or _both_sides(check, compared)
        place = _place(compared.loc[check.at])
        yield Fault(check.severity, *place, value, check.id, f"{check.say}.")


def _both_sides(check, compared):
    """The cells of both sides with what stands in them: C6=3 + D6=1 so với E6=5."""
    seen = compared["cell"] + "=" + compared.raw
    return " so với ".join(" + ".join(seen[[*side]]) for side in (check.left, check.right))


def _failing(check, table):
    """The rows of a table in which a comparison fails, each with no further words."""
    left = table[[*check.left]].sum(axis=1)
    right = table[[*check.right]].sum(axis=1)
    return dict.fromkeys(table.index[_FAILS[check.operator](left, right)], "")


def _growing(check, table):
    """The first row of each return in which none ever falls: the figures may have been added up."""
    table = table[(table != 0).any(axis=1)]
    falls = (table.diff(axis=1) < 0).any(axis=1)
    rises = table.iloc[:, 0] < table.iloc[:, -1]
    first = {}
    for reporter, own in table.groupby("reporter"):
        if not falls[reporter].any() and rises[reporter].sum() >= check.least:
            first[own.index[0]] = f"{len(own)} dòng, không quý nào giảm"
    return first


def _document_year(cells, plan):
    """Documents of the unit's own none of which is of the plan's year."""
    message = f"Ngày văn bản không thuộc năm {plan.year} của kế hoạch; xác nhận hoặc sửa."
    given = (cells.column == "document") & (cells.value == "given")
    for at in cells[given].itertuples():
        days = plan.form.grammar.read(at.raw).days
        if plan.year not in {day.year for day in days}:
            yield Fault("confirm", *_place(at), at.raw, "document-year", message)
