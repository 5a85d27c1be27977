"""List the versions of the cells of one reporter's files in one frame, and choose those that count.

Of each cell the latest filled version counts; a sheet of lines is taken whole from the latest file
that fills it. Unchanged cells of a copy count as sent with its base, changed ones on its own day.
"""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from pcmd_eval.evaluation.observations import OBSERVATIONS, cell_kinds, split_items
from pcmd_eval.evaluation.states import HANDLED, apply_doubts, is_period_open
from pcmd_eval.office.intake.copies import Lineage
from pcmd_eval.office.intake.doubts import doubts_of
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.keyed_sheet import REWRITE
from pcmd_eval.office.intake.row_readers import STATEMENT
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

ROW_KEY = ["objective", "unit_code", "name", "nth"]
CELL_KEY = [*ROW_KEY, "period", "column"]


def list_versions(
    plan: Plan, files: Sequence[SentFile], lineages: Sequence[Lineage]
) -> pd.DataFrame:
    """Return a row for each cell of each file; those of replaced bases have `is_current` False and
    the copy that replaces them as `successor`.

    Columns: those of observations, `row` and `column` (see `split_items`), `kind`, `layout` (what
    rows the sheet has), `rank` (position of the file in `files`), `cutoff` of the file, and

    - `name`, `nth`: name of the row (form of activity, code or model), number among equal names
    - `day`: ISO day that orders the version, "" if unknown; the same for all of a list
    - `is_over`: the period had ended at the file's cut-off
    - `is_open_zero`: a 0 that may still grow
    - `is_final`: reported, over, and doubted by no issue of a file
    - `content`: what is compared: the value, or the folded text of documents and of cells without a
      value; "" for the statement of no line
    - `filled`: not blank or absent; `row_number`: of the cell
    - `is_unlisted`: the file is a copy that does not list the cell, and its base was not found by
      hash: any difference is asked about
    """
    rows = _list_cells(plan, files)
    replaced = {old.name: one.chain[-1].name for one in lineages for old in one.replaced}
    for lineage in lineages:
        rows = _date_copies(rows, lineage)
    found_by_hash = {lineage.chain[-1].name for lineage in lineages if lineage.is_exact}
    other_files = [file for file in files if file.name not in {*found_by_hash, *replaced}]
    rows = rows.assign(successor=[replaced.get(file, "") for file in rows.file])
    is_unlisted = _is_unlisted(rows, other_files)
    return rows.assign(is_current=rows.successor == "", is_unlisted=is_unlisted)


def _list_cells(plan: Plan, files: Sequence[SentFile]) -> pd.DataFrame:
    """Return the cells of all files with the columns of `list_versions` but those about copies."""
    rows = pd.concat(
        [
            pd.DataFrame(file.observations, columns=[*OBSERVATIONS], dtype="string").assign(
                rank=rank
            )
            for rank, file in enumerate(files)
        ],
        ignore_index=True,
    )
    by_file = pd.DataFrame({"day": [f.day for f in files], "cutoff": [f.cutoff for f in files]})
    rows = split_items(rows.join(by_file, on="rank")).fillna({"column": ""})
    rows["cutoff"] = rows.cutoff.where(rows.cutoff != "")
    rows["layout"] = rows.objective.map({sheet.objective: sheet.rows for sheet in plan.form.sheets})
    rows = rows.assign(row_number=_row_numbers(rows), kind=cell_kinds(rows, plan.form))
    rows = _add_row_names(rows)
    rows = _add_readings(plan, rows)
    doubts = doubts_of(issue for file in files for issue in file.issues)
    is_reported = apply_doubts(rows, doubts).state == "reported"
    return rows.assign(is_final=is_reported & rows.is_over)


def _row_numbers(rows: pd.DataFrame) -> pd.Series:
    """Return the number of each cell's row in its file (`rank`), 0 for none.

    A cell of a column that its file lacks has no address: it takes that of a cell with its `row`
    before it, else of the first one.
    """
    numbers = pd.to_numeric(rows["cell"].str.extract("([0-9]+)$")[0])
    numbers_by_row = numbers.groupby([rows["rank"], rows.objective, rows.unit_code, rows.row])
    return numbers_by_row.ffill().fillna(numbers_by_row.transform("first")).fillna(0)


def _add_readings(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of `list_versions` that a cell and its file alone decide."""
    is_zero = (rows.value == "0") & rows.kind.isin(["count", "amount"])
    is_over = ~is_period_open(rows, plan) & rows.cutoff.notna()
    raw = rows.raw.str.removesuffix(REWRITE).map(fold)
    # A blank cell of an ambiguous row is a gap, not filled, if the code stands in a second row,
    # which has the value; else it is filled: the row that it is mistaken for may have the value.
    is_double = rows.duplicated(["rank", *CELL_KEY], keep=False) & (rows.layout != "lines")
    is_gap = (rows.state == "unreadable") & (raw == "") & is_double
    return rows.assign(
        is_over=is_over,
        is_open_zero=is_zero & (rows.state == "reported") & ~is_over,
        content=rows.value.mask(rows.value.isin(["", "given"]), raw).mask(
            rows.row == STATEMENT, ""
        ),
        filled=~(rows.state.isin(["blank", "absent"]) | is_gap),
    )


def _is_unlisted(rows: pd.DataFrame, files: Sequence[SentFile]) -> list[bool]:
    """Return whether each cell is of a copy among `files` that does not list it (`Cần sửa`)."""
    copies = {file.name: file.copy for file in files if file.copy}
    return [
        file in copies and address != "" and not copies[file].is_listed(sheet, address)
        for file, sheet, address in zip(rows.file, rows.sheet, rows["cell"], strict=True)
    ]


def choose_versions(versions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `list_versions` that count, one for each cell, in the form's order.

    A filled version wins over a blank one, then the latest day, then one in doubt, then the
    least number of handled cases (their sum may not fall), then the file last in `sending_order`.
    """
    is_list = versions.layout == "lines"
    lists = [_choose_list(of_list) for _, of_list in versions[is_list].groupby("objective")]
    candidates = pd.concat([versions[~is_list], *lists])
    weight = candidates.filled.astype(int) + (candidates.state != "absent")  # 1: blank, 2: filled
    doubt = candidates.is_open_zero + 2 * (candidates.state == "unreadable")  # for equal days
    handled = candidates.value.where(candidates.row.isin(HANDLED))
    least_last = -pd.to_numeric(handled, "coerce").fillna(0)
    ordered = candidates.assign(weight=weight, doubt=doubt, least_last=least_last).sort_values(
        ["weight", "day", "doubt", "least_last", "rank"], kind="stable"
    )
    cells = _prefer_open(ordered).drop_duplicates(CELL_KEY, keep="last")
    cells = cells[(cells.layout != "communes") | ~_is_not_asked(cells)]
    cells = cells.assign(state=cells.state.mask(_is_ambiguous(versions)[cells.index], "unreadable"))
    # In the order in which units and cells first appear.
    numbers = [versions.groupby(keys, sort=False).ngroup() for keys in (CELL_KEY[:2], CELL_KEY)]
    order = pd.concat(numbers, axis=1, keys=["unit", "cell"]).loc[cells.index]
    return cells.loc[order.sort_values(["unit", "cell"]).index]


def _add_row_names(rows: pd.DataFrame) -> pd.DataFrame:
    """Add `name` (of the row) and `nth` (its number, from 0, among rows of that name in its file).

    `rows`: a row for each cell of each file, see `list_versions`; `row` is filled in where blank: a
    row without a name takes that of its commune's rows if they have only one. The name of a line is
    its model's.
    """
    unit_keys = [rows.objective, rows.unit_code]
    folded = rows.row.map(fold)
    has_one_name = folded.where(folded != "").groupby(unit_keys).transform("nunique") == 1
    first_row = rows.row.where(rows.row != "").groupby(unit_keys).transform("first")
    row = rows.row.mask((folded == "") & has_one_name, first_row)
    is_line = (rows.layout == "lines") & (rows.row != STATEMENT)
    models = rows.raw.where(rows.column == "name").groupby([rows["rank"], *unit_keys, rows.row])
    name = row.mask(is_line, models.transform("first").fillna("")).map(fold)
    keys = [rows["rank"], *unit_keys, name]
    nth = rows.row_number.groupby(keys).rank("dense").astype(int) - 1
    has_repeats = is_line | (rows.layout == "communes")
    return rows.assign(row=row, name=name, nth=nth.where(has_repeats, 0))


def _date_copies(rows: pd.DataFrame, lineage: Lineage) -> pd.DataFrame:
    """Set `day` of the copies of a lineage: of unchanged cells that of the base, of changed ones
    that of the copy, "" if it is not later. A list is changed as a whole, but not where cells are
    deleted alone.
    """
    for base, copy in pairwise(lineage.chain):
        labels = rows.index[rows.file == copy.name]
        earlier = rows[rows.file == base.name].drop_duplicates(CELL_KEY)
        before = rows.loc[labels, CELL_KEY].merge(
            earlier[[*CELL_KEY, "content", "filled", "day"]], how="left", on=CELL_KEY
        )
        before = before.set_axis(labels).fillna({"content": "", "day": "", "filled": False})
        is_same = (before.content == rows.content[labels]) & (before.filled == rows.filled[labels])
        changed_lists = [objective for objective, *_ in _lines(rows.loc[labels]) - _lines(earlier)]
        is_list = rows.layout[labels] == "lines"
        is_same = is_same.mask(is_list, ~rows.objective[labels].isin(changed_lists))
        day = copy.day if copy.day > base.day else ""
        rows.loc[labels, "day"] = before.day.where(is_same, day)
    return rows


def _lines(rows: pd.DataFrame) -> set[tuple[str, ...]]:
    """Return the objective, place and content of each filled cell of a list."""
    lines = rows[rows.filled & (rows.layout == "lines")]
    return {*lines[["objective", "name", "nth", "column", "content"]].itertuples(index=False)}


def _choose_list(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of one list that count: the list of the latest file with a filled cell, and
    equal lists of files that may be as late.

    `rows`: those of `list_versions` on one sheet of lines.
    """
    ordered = rows[rows.filled] if rows.filled.any() else rows
    ordered = ordered.sort_values(["day", "rank"])
    last = ordered.iloc[-1]
    may_be_last = ordered[ordered.day.isin(["", last.day])]
    contents = {rank: _lines(of_file) for rank, of_file in may_be_last.groupby("rank")}
    equal = [rank for rank in contents if contents[rank] == contents[last["rank"]]]
    return rows[rows["rank"].isin(equal)].assign(day=last.day)


def _prefer_open(ordered: pd.DataFrame) -> pd.DataFrame:
    """Move to the end the versions that have the content of the last version of their cell, its day
    or none, and a period that may still grow: any of them may be the latest.

    They take its day: what is earlier than one of them is earlier than all.
    """
    versions = ordered.groupby(CELL_KEY, sort=False, dropna=False)
    last_day = versions.day.transform("last")
    has_last_day = (ordered.day == "") | (ordered.day == last_day)
    is_same = ordered.filled & (ordered.content == versions.content.transform("last"))
    may_grow = has_last_day & is_same & ~ordered.is_over
    return pd.concat([ordered[~may_grow], ordered.assign(day=last_day)[may_grow]])


def _is_not_asked(cells: pd.DataFrame) -> pd.Series:
    """Return whether a cell is not asked for: it is not filled, its row has no filled quarter, and
    another row of its commune has a readable one. `cells`: rows of `list_versions`.
    """
    is_filled_period = cells.column.eq("") & cells.filled  # a quarter or month
    unit_keys = [cells.objective, cells.unit_code]
    is_readable = is_filled_period & (cells.state != "unreadable")
    commune_has_quarter = is_readable.groupby(unit_keys).transform("any")
    row_has_quarter = is_filled_period.groupby([cells[key] for key in ROW_KEY]).transform("any")
    return commune_has_quarter & ~row_has_quarter & ~cells.filled


def _is_ambiguous(rows: pd.DataFrame) -> pd.Series:
    """Return whether a filled cell may be outdated: a file that may be as late has only unreadable
    cells for the commune, and any of them may be this cell.
    """
    unit_keys = [rows.objective, rows.unit_code]
    is_unreadable = (rows.layout == "communes") & (rows.state == "unreadable")
    all_unreadable = is_unreadable.groupby([rows["rank"], *unit_keys]).transform("all")
    days = rows.day.rank(method="dense")
    unreadable_days = days.mask(rows.day == "", float("inf")).where(all_unreadable)
    return (days <= unreadable_days.groupby(unit_keys).transform("max")) & rows.filled
