"""Add the issues of differences between files, and drop issues that later files settle."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.states import FILLED_STATES, Place
from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.differences import Difference
from pcmd_eval.office.intake.issues import RULES_OF_DAYS, Issue, SentFile, row_number
from pcmd_eval.office.intake.versions import CELL_KEY
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import as_rectangles, parse_address


def add_difference(plan: Plan, file: SentFile, difference: Difference) -> Issue:
    """Add the issue of a difference to the file of its first cell, and return it.

    Its value is “older → current”; for "gone-row" the name of the row.
    """
    rule, cells, older = difference
    first = cells.iloc[0]
    sheet = plan.form.sheet(first.objective)
    facts: dict[str, Any] = {"doubted": map(Place.of, cells.itertuples())}
    if rule == "gone-row":
        is_line = sheet.rows == "lines"
        column = sheet.column("name" if is_line else "form")
        name = [*cells.raw[cells.column == "name"], ""][0] if is_line else first.row
        cell = Cell(f"A{int(first.row_number)}", name)
        facts |= {"name": cell.quoted, "is_line": is_line}
    else:
        column = sheet.column(first.column) if first.column else sheet.column_of("", first.period)
        shown = cells[:1] if sheet.rows == "lines" else cells
        files, values = zip(*older, strict=True)
        # Handled cases (6.4 + 6.5) are shown as a sum, of a changed period only the first cell.
        after = " + ".join(shown.raw) if rule != "changed-period" else first.raw
        before = values[::-1] if rule == "value-returns" else values[:1]  # the oldest first
        areas = as_rectangles(map(parse_address, shown["cell"]))
        cell = Cell(", ".join(areas), " → ".join([*before, after]))
        facts |= {"older": older, "after": after, "header": column.header, "earlier": files[0]}
        facts["variant"] = ", ".join(files)  # one request for differences from the same files
    file.add_issue(rule, cell, column.header, first.unit_code, sheet.name, **facts)
    return file.issues[-1]


def settle_issues(files: Sequence[SentFile], versions: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Drop the issues of a reporter's `files` that later ones settle; what doubts a version that
    may be the latest doubts the one that counts, which says the same.

    `versions`: see `list_versions`; `cells`: those that count.
    """
    filled = versions[versions.filled & versions.is_current].reset_index(names="label")
    equals = filled.merge(cells, on=[*CELL_KEY, "content"], suffixes=("", "_now"))
    equals = equals[(equals.day == "") | (equals.day >= equals.day_now)]
    counting = {
        (place := Place.of(one)): place._replace(file=one.file_now, cell=one.cell_now)
        for one in equals.itertuples()
    }
    counted = cells.index.union(equals["label"])
    for file in files:
        kept = [one for one in file.issues if _is_kept(one, file, files, versions, cells, counted)]
        file.issues = [_add_equals(issue, counting) for issue in kept]


def _add_equals(issue: Issue, counting: Mapping[Place, Place]) -> Issue:
    """Let an issue that doubts a version doubt the one that counts and says the same, too."""
    doubted = issue.doubted or (Place(issue.reporter, issue.file, issue.sheet, issue.cell),)
    equals = [counting[place] for place in doubted if place in counting]
    growing = [counting[place] for place in issue.growing if place in counting]
    return issue._replace(
        doubted=(*doubted, *equals) if equals else issue.doubted,
        growing=(*issue.growing, *growing),
    )


def _is_kept(
    issue: Issue,
    file: SentFile,
    files: Sequence[SentFile],
    versions: pd.DataFrame,
    cells: pd.DataFrame,
    counted: pd.Index,
) -> bool:
    """Return whether an issue of `file` is kept: no later file has settled it.

    Kept are: issues about days or words alone; of a cell or row, if one of its cells counts; of a
    file, if any of its cells counts; others of a sheet, until a later file fills every cell of the
    sheet. `files`: of the reporter; `versions`: see `list_versions`; `cells`: those that count;
    `counted`: the labels of these and of their equals.
    """
    if issue.rule in (*RULES_OF_DAYS, "words-only"):
        return True
    file_rows = versions[versions.file == file.name]
    if issue.sheet not in {*file_rows.sheet}:
        return bool((cells.filled & (cells.file == file.name)).any())
    if issue.rule == "sheet" and issue.severity != "stop":  # a missing sheet
        is_in_sheet = (cells.sheet == issue.sheet) & cells.filled
        return file is files[-1] and not is_in_sheet.any()
    sheet_rows = file_rows[file_rows.sheet == issue.sheet]
    is_named = sheet_rows["cell"] == issue.cell
    if not is_named.any() and issue.cell:
        is_named = sheet_rows.row_number == row_number(issue.cell)
    if is_named.any():
        if issue.cell not in {*sheet_rows["cell"]}:
            # It is about a row, which may make cells of other rows unreadable, too.
            is_named |= sheet_rows.state == "unreadable"
        return bool(sheet_rows.index[is_named].isin(counted).any())
    if issue.rule == "shifted-column" and not sheet_rows.filled.any():  # nothing was read in it
        return False
    later = [
        {c.state for c in other.observations if c.sheet == issue.sheet}
        for other in files
        if "" < file.day < other.day
    ]
    return not any(states and states <= {*FILLED_STATES} for states in later)
