"""Missing data: the cells that a reporter should still send, and what they would settle.

One frame (`missing_cells`), one table (`missing_table`) and one wording serve
the notice, the annotated return, the page of `check`, reminders, mail and notebooks.
"""

from itertools import takewhile

import pandas as pd

from pcmd_eval.analysis.case import Case, cached
from pcmd_eval.analysis.request_wording import answers_of, list_addresses, request_text
from pcmd_eval.analysis.trace import counted_cells, part_statuses
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.finding_facts import PartsFinding
from pcmd_eval.evaluation.observations import cell_kinds
from pcmd_eval.evaluation.states import is_open_time
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.cell_parsers import read_cell
from pcmd_eval.objectives.aggregation import count_cases
from pcmd_eval.objectives.enforcement import uncounted_items
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import CellKind
from pcmd_eval.util.formatting import format_number, join_items, lowercase_first
from pcmd_eval.util.vocabulary import MAX_NAMED, OPEN_VERDICTS, PERIOD_LABELS

_WHOLE_ROW = "toàn bộ dòng"
COMPLETES = "hoàn thiện số liệu"  # `settles` of a cell that settles no open finding
_OPEN = ("unknown", "incomplete", *OPEN_VERDICTS)  # see `trace.part_statuses`


# ---- the frame -----------------------------------------------------------------------------------


def missing_cells(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each cell to ask for and each open finding that it could settle.

    The columns of `cells`, `unit_name` (the reporter's), `finding_unit` (code of the unit whose
    finding is open, <NA> for a cell that only completes the return), `settles` (what the finding
    waits for, as text), `is_whole` (nothing of the reporter's sheet is known), `is_whole_row`
    (nothing of the unit's row is) and those of `_request_columns`. The index is that of `cells`.
    Reporters that settle most come first: the share that a reporter has of the cells of each open
    finding, summed; then those with fewer cells.
    """
    unsettled = findings[findings.verdict.isin(OPEN_VERDICTS)]
    deciding = deciding_cells(plan, cells, unsettled)
    # A 0 of an open period that settles nothing is not asked for: a later cut-off answers it.
    is_lacking = ~cells.state.isin(["reported", "open"])
    completing = cells[is_lacking & ~cells.index.isin(deciding.index)]
    completing = completing.assign(finding_unit=pd.Series(pd.NA, completing.index, "string"))
    shares = 1 / deciding.groupby(["objective", "finding_unit"])["item"].transform("size")
    by_reporter = shares.groupby(deciding.reporter)
    summed_shares, cell_counts = by_reporter.sum(), by_reporter.size()
    rows = pd.concat([deciding, completing])
    # What contradicts each other was sent, and is asked about on its own.
    is_missing = cells.index.isin(rows.index) & (cells.state != "contradictory")
    is_whole = is_missing.groupby([cells.reporter, cells.objective]).transform("all")
    of_row = [cells.reporter, cells.objective, cells.unit_code, cells.row.fillna("")]
    rows = rows.assign(
        is_whole=is_whole.reindex(rows.index),
        is_whole_row=is_missing.groupby(of_row).transform("all").reindex(rows.index),
        unit_name=rows.reporter.map(plan.register.full_name),
        settles=_settles(plan, unsettled, rows),
        **_request_columns(plan, rows),
        most_first=-rows.reporter.map(summed_shares).fillna(0).round(9),
        fewest_first=rows.reporter.map(cell_counts).fillna(0),
    )
    rows = rows.sort_values(["most_first", "fewest_first", "reporter"], kind="stable")
    return rows.drop(columns=["most_first", "fewest_first"])


def deciding_cells(plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that could change each finding: rows of `cells` with its `finding_unit`.

    A cell could change a finding if it is not known and every part that counts it is open, too.
    """
    deciding = [cells.head(0).assign(finding_unit="")]
    by_slug = {slug: _open_cells(plan, cells, slug) for slug in findings.objective.unique()}
    for unit, slug in zip(findings.unit_code, findings.objective, strict=True):
        rows = by_slug[slug]
        of_unit = rows if unit == plan.province else rows[rows.reporter == unit]
        deciding.append(of_unit.assign(finding_unit=unit))
    return pd.concat(deciding).astype({"finding_unit": "string"})


def _open_cells(plan: Plan, cells: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Return the cells of all reporters that could change a count of one objective."""
    counted, steps = counted_cells(plan, cells, slug)
    uncounted = uncounted_items(plan[slug].rule_values)
    # Any cell of a contradiction may be the wrong one.
    is_counted = ~counted["item"].isin(uncounted) | (counted.state == "contradictory")
    # An open number of cases counts, and what is asked about it may yet decide.
    is_floor = (counted.state == "open") & (OBJECTIVES[slug].aggregate is count_cases)
    deciding = (counted.counts.isna() | is_floor) & is_counted
    for name, parts in steps.items():
        if name in ("cells", "models"):  # a line makes its model open, unless another one counts
            continue
        status = counted.join(part_statuses(parts).rename("stands"), on=parts.index.names).stands
        status = status.fillna("unknown")  # of a sheet that has no line
        deciding &= status.isin(_OPEN)  # a settled part needs nothing below it
    return cells.loc[deciding.index[deciding]]


def _settles(plan: Plan, unsettled: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return what each row would settle, as text (string); `COMPLETES` for no open finding."""
    texts = {
        (row.unit_code, row.objective): phrase("settles", PartsFinding(row, plan, row.objective))
        for _, row in unsettled.iterrows()
    }
    keys = zip(rows.finding_unit.fillna(""), rows.objective, strict=True)
    return pd.Series([texts.get(key, COMPLETES) for key in keys], rows.index, dtype="string")


def _request_columns(plan: Plan, cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns that say how each cell is asked for.

    `is_open`: whether the cut-off was too early for the period; of cells of the year only for a 0.
    `answer`: number, yes_no, document, date, choice, name, or none (the statement that there is no
    line). `header`: the quoted heading of a column of the year, else <NA>. `is_legible`: whether an
    unreadable cell could be read in another row: the code or the name of its own is wrong.
    """
    sheets = plan.form.sheets
    headers = {
        (sheet.objective, column.key): f"“{column.header}”"
        for sheet in sheets
        for column in sheet.expected_columns
    }
    keys = zip(cells.objective, cells.column, strict=True)
    header = pd.Series([headers.get(key) for key in keys], cells.index, dtype="string")
    is_line = cells.objective.isin([sheet.objective for sheet in sheets if sheet.rows == "lines"])
    is_statement = is_line & (cells.row == "none").fillna(False)
    kinds = cell_kinds(cells, plan.form)
    contents = zip(cells.state == "unreadable", cells.raw, kinds, strict=True)
    return {
        # Other cells of the year, such as documents, are asked for at once.
        "is_open": is_open_time(cells, plan) & ((cells.period != "Y") | (cells.state == "open")),
        "answer": kinds.fillna("number")
        .replace({"count": "number", "amount": "number"})
        .mask(is_statement, "none"),
        "header": header.mask(is_statement | (cells.period != "Y").fillna(False)),
        "is_legible": pd.Series(
            [
                is_unreadable and _reads_alone(raw, kind, plan)
                for is_unreadable, raw, kind in contents
            ],
            cells.index,
            dtype="bool",
        ),
    }


def _reads_alone(raw: str, kind: CellKind, plan: Plan) -> bool:
    """Return whether the content of a cell is one that its kind may have."""
    cell = Cell("", None if pd.isna(raw) else raw)
    return pd.notna(kind) and read_cell(cell, kind, plan.form).state == "reported"


def count_missing(missing: pd.DataFrame) -> pd.Series:
    """Return how many cells each reporter should still send, by its code; each cell counts once.

    What contradicts each other was sent: its issue asks for it.
    """
    unsent = missing[missing.state != "contradictory"]
    return unsent[~unsent.index.duplicated()].groupby("reporter", sort=False).size()


# ---- the table and the wording -------------------------------------------------------------------


def missing_table(plan: Plan, missing: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return a row for each group of missing cells that are asked for in the same way.

    `by`: columns of `missing` that separate groups, besides objective, state and is_open. Returns
    `by`, `objective`, `state`, `is_open`, `sheet`, `described` (periods and units or rows), `total`
    (Int64, cells), `cells` (addresses) and `request` (a sentence).
    """
    keys = [*by, "objective", "state", "is_open"]
    cells = _with_places(plan, _of_one_group(missing, keys))
    rows = []
    for values, members in cells.groupby(keys, sort=False, dropna=False):
        group = members[~members.index.duplicated()]  # a cell may settle several findings
        row = dict(zip(keys, values, strict=True))
        row |= {
            "sheet": plan.form.sheet(row["objective"]).name,
            "described": _describe_group(group),
            "total": len(group),
            "cells": list_addresses(group),
            "request": request_text(
                row["state"],
                group.raw,
                group.period,
                group.cutoff.max() if row["is_open"] else None,
                answers_of(group),
                bool(group.is_legible.any()),
            ),
        }
        rows.append(row)
    columns = [*keys, "sheet", "described", "total", "cells", "request"]
    return pd.DataFrame(rows, columns=columns).astype({"total": "Int64"})


def _of_one_group(missing: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add `is_sheet` and `is_line`: whether a group has a whole sheet, or a whole row of one.

    A sheet or row that is missing whole may be asked for in parts, such as those of an open period.
    """
    group = missing.groupby(keys, dropna=False).ngroup()
    cell = pd.Series(range(len(missing)), missing.index).groupby(level=0).transform("first")
    whole = {}
    of_sheet = [missing.reporter, missing.objective]
    for name, flag, of in (
        ("is_sheet", "is_whole", of_sheet),
        ("is_line", "is_whole_row", [*of_sheet, missing.unit_code, missing.row.fillna("")]),
    ):
        in_group = cell.groupby([group, *of]).transform("nunique")
        whole[name] = missing[flag] & (in_group == cell.groupby(of).transform("nunique"))
    return missing.assign(**whole)


def _with_places(plan: Plan, missing: pd.DataFrame) -> pd.DataFrame:
    """Add `owner` ("của xã A", "về việc làm") and `when` (a period, or a quoted column header)."""
    sheets = {sheet.objective: sheet for sheet in plan.form.sheets}
    labels = {item.code: lowercase_first(item.label) for s in sheets.values() for item in s.items}
    structure = missing.objective.map({slug: sheet.rows for slug, sheet in sheets.items()})
    # astype: where every value is missing, `map` returns floats, to which no text can be added.
    items = missing.row.map(labels).astype("string")
    communes = missing.unit_code.map(plan.register.inline_name).astype("string")
    part = ("về " + items).fillna("của dòng " + missing.row.str.split(".").str[-1])
    part = part.mask(structure == "communes", "của " + communes)
    is_statement = missing.answer == "none"
    part = part.mask(is_statement, "về có hay không có mô hình")
    when = missing.period.where(missing.period != "Y", missing.header)
    when = when.mask(missing.is_line & ~is_statement, _WHOLE_ROW)
    return missing.assign(owner=part, when=when.mask(is_statement, "khẳng định"))


def _describe_group(cells: pd.DataFrame) -> str:
    """Return what is missing: "quý IV của xã A và xã B; mục “Đã thực hiện” về việc làm".

    Owners that lack the same periods share one phrase. `cells`: with the columns of `_with_places`.
    """
    if cells.is_sheet.all():
        return "toàn bộ biểu"
    periods_by_owner = cells.groupby("owner", sort=False).when.agg(_periods)
    parts = []
    for periods, owners in periods_by_owner.groupby(periods_by_owner, sort=False):
        parts.append(f"{periods} {_name_or_count(owners.index)}")
    return "; ".join(parts)


def _periods(whens: pd.Series) -> str:
    """Return periods, then headers, each kind named once: "quý I, II và IV", "mục “Tên”"."""
    codes = [code for code in PERIOD_LABELS if code in {*whens}]
    if _WHOLE_ROW in {*whens}:
        return _WHOLE_ROW
    names = [lowercase_first(PERIOD_LABELS[code]) for code in codes]
    kind = names[0].split()[0] if names else ""  # quý, tháng
    periods = [name.removeprefix(f"{kind} ") for name in names]
    headers = [*dict.fromkeys(when for when in whens if when not in PERIOD_LABELS)]
    periods[:1] = [f"{kind} {first}" for first in periods[:1]]
    headers[:1] = [f"mục {first}" for first in headers[:1]]
    return join_items([*periods, *headers])


def _name_or_count(parts: pd.Index) -> str:
    """Return owners in one phrase: "của xã A và xã B"; "của 17 xã" for more than `MAX_NAMED`."""
    relation = parts[0].partition(" ")[0]
    names = [part.partition(" ")[2] for part in parts]
    if len(names) <= MAX_NAMED:
        return f"{relation} {join_items(names)}"
    # The words before a name's first capital: phường, xã.
    kinds = dict.fromkeys(" ".join(takewhile(str.islower, name.split())) for name in names)
    return f"{relation} {format_number(len(names))} {', '.join(kinds)}"


def missing_of(case: Case) -> pd.DataFrame:
    """Return `missing_cells` of all reporters; computed once for all units."""
    return cached(case, missing_of, lambda: missing_cells(case.plan, case.cells, case.findings))
