"""Attributes (`attrs`) of the package's tables: their plan, their source, their missing data.

pandas keeps `attrs` where rows or columns are chosen and where values are filled, and drops them in
`merge`, `concat` and sums over groups. All are texts: pandas copies lists there deeply, each time.
"""

from collections.abc import Iterable
from typing import TypeVar

import pandas as pd
from pandas.api.types import is_integer_dtype

Frame = TypeVar("Frame", pd.DataFrame, pd.Series)

# Of the plan and of the case that a table comes from.
PLAN_ATTR = "plan_mark"  # the mark of a scenario, "" of a plan
CASE_ATTR = "cells_of"  # of cells: the opened case
OPENED_ATTR = "opened"  # the opened case that notes are about
SOURCE_ATTR = "source"  # the name of the frame of a case, or "plan"
UNIT_ATTR = "unit"  # the code of the unit whose rows a table has

# Of its shape, to see whether it is still that table.
NAMES_ATTR = "names"  # the names of columns and levels
LEVELS_ATTR = "levels"  # the names of levels
LAST_LABELS_ATTR = "last_labels"  # of a series: the labels of its last level
DISPLAY_ATTR = "for_display"  # the labels of rows that `Case.for_display` numbered anew
CHECKED_ATTR = "checked"  # fingerprints of rows, by `mark_checked`

# Of its missing data, as labels of rows.
MISSING_ATTR = "missing"  # of rows with <NA>
UNKNOWN_PARTS_ATTR = "unknown_parts"  # of groups of a step's parts of which some are unknown
INCOMPLETE_ATTR = "incomplete"  # of sums and indicators that are not complete
LEFT_OUT_ATTR = (
    "left_out"  # of sums: the codes of reporters not there, with cells of that kind open
)
UNTRACED_ATTR = "untraced"  # of sums of booleans of which nothing says what is missing
OPEN_ATTR = "open_findings"  # of findings that missing data may change, with unit and objective
GAPS_ATTR = "units_with_gaps"  # of figures of a year: the codes of units with incomplete ones


def join_labels(labels: Iterable[object]) -> str:
    """Return labels as one text for `attrs`."""
    return "".join(f"{label}\n" for label in labels)


def split_labels(table: pd.DataFrame | pd.Series, name: str) -> list[str]:
    """Return the labels in an attribute of `attrs` that `join_labels` made, [] without it."""
    return table.attrs.get(name, "").split("\n")[:-1]


def labels_of(index: pd.Index) -> pd.Index:
    """Return the labels of an index as texts, as `join_labels` writes them.

    Not `map(str)`: of intervals it gives (1, 5] for (1.0, 5.0].
    """
    return pd.Index([str(label) for label in index], dtype=object)


def unit_of(table: pd.DataFrame | pd.Series) -> frozenset[str]:
    """Return the code of the unit whose rows a table has, none if it may have those of others."""
    return frozenset(split_labels(table, UNIT_ATTR))


def drop_level(rows: Frame, level: str, label: str) -> Frame:
    """Return rows that have `label` in a level of their index without this level, and with what
    `attrs` say of them: of reporter 230 "('230', '07888', 'Q1')" becomes "('07888', 'Q1')", and
    "('230', '07888')" "07888".
    """
    at, quoted = [*rows.index.names].index(level), repr(label)
    rows = rows.droplevel(level)
    for key in {NAMES_ATTR, LEVELS_ATTR} & rows.attrs.keys():
        names = [name for name in split_labels(rows, key) if name != level]
        rows.attrs[key] = join_labels(names)
    for key in {MISSING_ATTR, UNKNOWN_PARTS_ATTR, INCOMPLETE_ATTR} & rows.attrs.keys():
        tuples = [one[1:-1].split(", ") for one in split_labels(rows, key)]
        rests = [one[:at] + one[at + 1 :] for one in tuples if one[at : at + 1] == [quoted]]
        rows.attrs[key] = join_labels(
            f"({', '.join(one)})" if len(one) > 1 else one[0].strip("'") for one in rests
        )
    return rows


def restore_levels(table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Return a table of which `reset_index` made columns of the levels with these levels, and a
    series that is a row of a table, such as that of the maximum, as a table of that row; any other
    as it is.
    """
    levels, names = split_labels(table, LEVELS_ATTR), {*split_labels(table, NAMES_ATTR)}
    if isinstance(table, pd.Series):
        if names - {"None"} - {*levels} > {*table.index} or not {*table.index} <= names:
            return table
        row = table.to_frame().T
        row.attrs = table.attrs
        if {*levels} <= {*row}:
            return row.set_index(levels)
        return row.rename_axis(levels) if isinstance(table.name, str) else table
    is_reset = is_integer_dtype(table.index) and levels and {*levels} < {*table}
    return table.set_index(levels) if is_reset else table


def filled_labels(parts: pd.DataFrame | pd.Series) -> pd.Index:
    """Return the labels of a step's parts, as texts, that had <NA> and have none any more."""
    missing_labels = split_labels(parts, MISSING_ATTR)
    if not missing_labels:  # labels of many rows take time
        return pd.Index([])
    is_known = pd.DataFrame(parts).notna().all(axis=1)
    return labels_of(parts.index[is_known]).intersection(missing_labels)


def set_plan_mark(frame: pd.DataFrame | pd.Series, mark: str) -> None:
    """Set in `attrs` the mark of the scenario that a frame is of, "" for a frame of a plan, and
    what `note_names_and_gaps` does.
    """
    note_names_and_gaps(frame)
    frame.attrs[PLAN_ATTR] = mark


def note_names_and_gaps(frame: pd.DataFrame | pd.Series) -> None:
    """Set in `attrs` the names of the columns and levels of a frame, and the labels of rows with
    <NA>: pandas keeps `attrs` where columns are added, or values are filled.
    """
    frame.attrs[NAMES_ATTR] = join_labels([*getattr(frame, "columns", ()), *frame.index.names])
    frame.attrs[LEVELS_ATTR] = join_labels(frame.index.names)
    if isinstance(frame, pd.Series):
        frame.attrs[LAST_LABELS_ATTR] = join_labels(frame.index.unique(-1))
    if isinstance(frame, pd.Series) or frame.index.names != [None]:  # not of cells or findings
        is_missing = pd.DataFrame(frame).isna().any(axis=1)
        frame.attrs[MISSING_ATTR] = join_labels(frame.index[is_missing])
