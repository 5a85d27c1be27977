"""Notes under tables that an analyst computed with pandas: missing data that it may have skipped.

Such a derived table does not say what is missing, unless it kept the signs of what it comes from.
"""

import re

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.analysis.case import UNIT_ATTR, Case, find_source
from pcmd_eval.analysis.chosen_rows import (
    OPEN_STATES,
    STATUS_COLUMNS,
    describe_choice,
    describe_empty_choice,
    describe_unknown_parts,
    restore_source_rows,
)
from pcmd_eval.analysis.incomplete_units import (
    find_units,
    incomplete_units,
    join_unit_names,
    reporters_without_data,
    warn_of_missing_data,
)
from pcmd_eval.evaluation.findings import OPEN_ATTR
from pcmd_eval.objectives.edited_cells import (
    CASE_ATTR,
    INCOMPLETE_ATTR,
    MISSING_ATTR,
    filled_labels,
    join_labels,
    split_labels,
)
from pcmd_eval.plan.plan import LAST_LABELS_ATTR, PLAN_ATTR, set_plan_mark
from pcmd_eval.statistics.indicators import GAPS_ATTR
from pcmd_eval.util import vocabulary
from pcmd_eval.util.arguments import validate_arguments
from pcmd_eval.util.formatting import format_count
from pcmd_eval.util.verdicts import VERDICTS

_QUOTED = re.compile("'([^']*)'")
CHECKED_ATTR = "checked"  # in `attrs` of a table: fingerprints of its rows, by `mark_checked`
_SIGNS = r"[*–]|chưa|ít nhất|một phần"  # in words
_SOURCE_ATTRS = {
    CASE_ATTR,
    PLAN_ATTR,
    INCOMPLETE_ATTR,
    GAPS_ATTR,
}  # of what a list of texts comes from


@validate_arguments
def mark_checked(table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Đánh dấu một bảng tự lập đã kiểm: chỗ nào thiếu số liệu cũng có dấu –.

        show(mark_checked(people), "Dân số", case)

    Return a copy under which `show`, `bars`, `district_map` and `save_excel` put no note on missing
    data; nor do they under rows chosen from it. What is computed from it has the note again.
    """
    table = table.copy()
    mark = table.attrs.get(PLAN_ATTR)
    set_plan_mark(table, mark if isinstance(mark, str) else "")
    is_missing = pd.DataFrame(table).isna().all(axis=1)  # other rows say what they lack
    table.attrs[MISSING_ATTR] = join_labels(table.index[is_missing])
    table.attrs[CHECKED_ATTR] = join_labels(_fingerprints(table))
    return table


def _fingerprints(table: pd.DataFrame | pd.Series) -> list[str]:
    """Return a text for each row of a table: the label of its last level and a hash of its values."""
    hashes = pd.util.hash_pandas_object(pd.DataFrame(table).astype("string"), index=False)
    labels = table.index.get_level_values(-1)
    return [f"{label} {row}" for label, row in zip(labels, hashes, strict=True)]


def derived_mark(case: Case, table: pd.DataFrame | pd.Series) -> str:
    """Return the mark of a chart of a derived table, "" for any other table."""
    is_source = find_source(case, pd.DataFrame(table)) is not None
    units = None if is_source else _find_incomplete_units(case, table)
    return vocabulary.DERIVED_TABLE_MARK if units else ""


def list_missing_notes(case: Case, table: pd.DataFrame | pd.Series) -> list[str]:
    """Return sentences on the missing data of a table.

    They name the incomplete units of a derived table; the incomplete units that a choice of rows
    left out, and those whose rows lost their `state` by a choice of columns; and the indicator of
    unknown parts, such as communes, that counts of sure parts need. A table with numbers or names
    of units is derived unless it is marked as checked, comes from a step or frame of the package,
    or has a column or code that says what is missing.
    """
    if table.empty:
        return [*filter(None, [describe_empty_choice(case, table)])]
    table = restore_source_rows(case, table)
    frame = pd.DataFrame(table)
    is_scenario = isinstance(table.attrs.get(PLAN_ATTR), str)
    source = None if is_scenario else find_source(case, frame)
    if source is not None:
        return describe_choice(case, source, table)
    units, shown_units = _find_incomplete_units(case, table), find_units(case, frame)
    start = "Bảng tự lập: có thể đã bỏ qua"
    notes = [warn_of_missing_data(case, start, units or frozenset(), shown_units)]
    frame.attrs = table.attrs
    notes += describe_unknown_parts(case, frame)
    if left_out := _find_left_out_units(case, table, shown_units, is_derived=units is not None):
        notes.append(f"Không có trong bảng, mà chưa đủ số liệu: {join_unit_names(case, left_out)}.")
    elif (
        not shown_units
        and UNIT_ATTR not in table.attrs
        and {*table.index.names} == {*table.attrs.get(PLAN_ATTR, [])}
    ):
        labels = {*split_labels(table, MISSING_ATTR)} - {*table.index.map(str)}
        if labels:  # of models
            notes.append(f"Không có trong bảng {format_count(len(labels))} phần chưa rõ.")
    return [*filter(None, notes)]


def _find_left_out_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str], is_derived: bool
) -> frozenset[str]:
    """Return the codes of the units with missing data that a table of units does not show: those of
    unknown parts, incomplete sums and open findings that were there, and other reporters without
    data, of a derived table all incomplete ones; of a table of `Case.unit_rows` none but its own.
    Tables of the unit that was opened, or of the province, are taken for chosen by code.
    """
    if not shown_units:  # the parts of a unit that was chosen by its code
        return frozenset()
    units = _find_missing_units(case, table, shown_units)
    units |= frozenset(split_labels(table, INCOMPLETE_ATTR))
    parents = case.units.parent
    if not shown_units <= {case.unit, case.plan.province}:
        units |= _find_open_findings(table)
        is_derived = is_derived or GAPS_ATTR in table.attrs
        others = incomplete_units(case, table) if is_derived else reporters_without_data(case)
        # The reporters of communes where no reporter is named.
        reporters = shown_units.intersection(case.codes) or {*parents[[*shown_units]]}
        if len(reporters) > 1 or is_derived or has_own_signs(table):
            units |= others.intersection(case.codes) - reporters
    units = units.intersection(case.units.index) - shown_units - {case.plan.province}
    if chosen := table.attrs.get(UNIT_ATTR):
        units = frozenset(unit for unit in units if {unit, parents[unit]} & {*chosen})
    return units


def _find_incomplete_units(case: Case, table: pd.DataFrame | pd.Series) -> frozenset[str] | None:
    """Return the codes of the incomplete units in a derived table, of all reporters if it names no
    unit; None if the table says itself what is missing.
    """
    if has_own_signs(table):
        return None
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    is_text = [
        isinstance(column.dtype, pd.StringDtype) or infer_dtype(column) in ("string", "empty")
        for _, column in frame.items()
    ]
    texts, numbers = frame.loc[:, is_text], frame.loc[:, [not text for text in is_text]]
    status = texts[[name for name in texts if name in STATUS_COLUMNS]]
    if {*frame.index} & {*STATUS_COLUMNS}:  # of a row that became a series
        status = frame
    units = find_units(case, frame) or frozenset(table.attrs.get(UNIT_ATTR, []))
    if _heads_tell_states(frame):
        return None
    if not status.empty:
        known_names = {*vocabulary.HEADERS, *case.names}
        if {*numbers} <= known_names and _tells_what_is_missing(frame, status):
            return None
        units = frozenset()  # a column added beside the state, as a rank, depends on other units
    if numbers.isna().all(axis=None):  # a list of units, or no value at all
        units |= frozenset(case.units.parent[[*units]]) - {case.plan.province}
        is_list = units or case.plan.by_slug.keys() & {*frame.index} or {*frame} == {0}
        is_verdicts = texts.isin([*VERDICTS, pd.NA]).all(axis=None) and _has_signs(texts)
        if texts.empty or is_verdicts or not (is_list or _SOURCE_ATTRS & table.attrs.keys()):
            return None
    return incomplete_units(case, table) & (units or {*case.codes})


def _heads_tell_states(frame: pd.DataFrame) -> bool:
    """Return whether labels of an index of states or verdicts, as of a crosstab, tell of missing
    data, or of cells with data.
    """
    levels = [
        axis.unique(name) for axis in frame.axes for name in {*axis.names} & {*STATUS_COLUMNS}
    ]
    return any(label in {*OPEN_STATES, "reported"} for level in levels for label in level)


def _tells_what_is_missing(frame: pd.DataFrame, status: pd.DataFrame) -> bool:
    """Return whether the states, verdicts and words of a frame have signs of missing data, or its
    numbers are those of absent cells or, of findings of one's own, both bounds of a count.
    """
    has_bounds = OPEN_ATTR not in frame.attrs and {"low", "high"} <= {*frame}
    return has_bounds or "absent" in frame or _has_signs(status)


def _has_signs(status: pd.DataFrame) -> bool:
    """Return whether columns of states, verdicts or words have a sign of missing data in each row
    of an incomplete sum or open finding; where `attrs` tell of none, in any row.
    """
    texts = status.astype("string")
    has_sign = status.isin(OPEN_STATES) | texts.apply(lambda words: words.str.contains(_SIGNS))
    has_sign = has_sign.fillna(True).astype(bool)
    is_incomplete = _are_incomplete(status)
    if is_incomplete.any() or OPEN_ATTR in status.attrs:
        return bool(has_sign[is_incomplete].all(axis=None))
    return bool(has_sign.any(axis=None))


def _are_incomplete(sums: pd.DataFrame) -> np.ndarray:
    """Return whether each row is that of an incomplete sum or an open finding, by the labels in
    `attrs`.
    """
    labels = [line.split()[0] for line in split_labels(sums, OPEN_ATTR)]
    return np.asarray(sums.index.map(str).isin([*labels, *split_labels(sums, INCOMPLETE_ATTR)]))


def has_own_signs(table: pd.DataFrame | pd.Series) -> bool:
    """Return whether a table has rows of `mark_checked` alone, or the columns and levels that
    `set_plan_mark` set, no value where <NA> was then, and the states of incomplete sums; `unstack`
    makes columns of the last level.
    """
    if CHECKED_ATTR in table.attrs:
        return {*_fingerprints(table)} <= {*split_labels(table, CHECKED_ATTR)}
    is_series = isinstance(table, pd.Series)
    columns = table.index[:0] if is_series else table.columns
    levels = {*table.index.names, None}
    marked_names = {*(table.attrs.get(PLAN_ATTR) or ()), None}
    is_unstacked = {*columns} <= {*split_labels(table, LAST_LABELS_ATTR)}
    possible_names = (levels | {*columns.names} if is_unstacked else None, levels | {*columns})
    if PLAN_ATTR not in table.attrs or marked_names not in possible_names:
        return False
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    status = (
        frame[["verdict"]]
        if "verdict" in frame
        else frame.loc[_are_incomplete(frame), frame.columns.isin(["state", "words"])]
    )
    if not status.empty and not _has_signs(status):
        return False
    if not (missing_labels := split_labels(table, MISSING_ATTR)):
        return True
    values = table if isinstance(table, pd.Series) else table.stack()
    is_filled = values.dropna().index.map(str).isin(missing_labels).any()
    return not is_filled and filled_labels(table).empty


def _find_missing_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str]
) -> frozenset[str]:
    """Return the codes of the units whose parts of a step are unknown, communes in a table of
    communes; where the level of the reporters is gone those of the single one.
    """
    reporters = {*case.units.parent[[*shown_units]]} - {case.plan.province}
    is_of_one = len(reporters) == 1 and "reporter" not in table.index.names
    chosen = table.attrs.get(UNIT_ATTR, reporters if is_of_one else [])
    has_communes = not shown_units <= {*case.codes}
    units = set()
    for label in split_labels(table, MISSING_ATTR):  # such as "('227', '07888', 'Q1')"
        reporter, *others = _QUOTED.findall(label) or [label]
        if reporter in chosen or not chosen:
            is_of_commune = has_communes and others and others[0] in case.units.index
            units.add(others[0] if is_of_commune else reporter)
    return frozenset(units)


def _find_open_findings(table: pd.DataFrame | pd.Series) -> frozenset[str]:
    """Return the codes of the units whose open findings, of objectives in a choice of rows of
    findings, are not there.
    """
    frame = pd.DataFrame(table)
    lines = [line.split() for line in split_labels(table, OPEN_ATTR)]
    objectives = {*frame.get("objective", [slug for *_, slug in lines])}
    units = {
        unit
        for label, unit, slug in lines
        if slug in objectives and label not in frame.index.map(str)
    }
    return frozenset(units.intersection(table.attrs.get(UNIT_ATTR, units)))
