"""Notes under tables that an analyst computed with pandas: missing data that it may have skipped.

Such a derived table does not say what is missing, unless it kept the signs of what it comes from.
"""

import re

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_integer_dtype, is_numeric_dtype

from pcmd_eval.analysis.case import RETURNS_ATTR, UNIT_ATTR, Case, find_source
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
    UNTRACED_ATTR,
    filled_labels,
    join_labels,
    split_labels,
)
from pcmd_eval.plan.plan import LAST_LABELS_ATTR, NAMES_ATTR, PLAN_ATTR, set_plan_mark
from pcmd_eval.statistics.indicators import GAPS_ATTR, names_of_unknown_parts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.arguments import validate_arguments
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.verdicts import OPEN_VERDICTS, VERDICTS

_QUOTED = re.compile("'([^']*)'")
CHECKED_ATTR = "checked"  # in `attrs` of a table: fingerprints of its rows, by `mark_checked`
_DERIVED, _LEFT_OUT = "Bảng tự lập: có thể đã bỏ qua", "Không có trong bảng"
_SIGNS = r"[*–]|chưa|ít nhất|một phần"  # in words
# Of what a list of texts comes from.
_SOURCE_ATTRS = {CASE_ATTR, RETURNS_ATTR, PLAN_ATTR, INCOMPLETE_ATTR, GAPS_ATTR, OPEN_ATTR}


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
    if table.empty:
        return ""
    notes = " ".join(list_missing_notes(case, table))
    # A chart of several districts names those that are not there.
    shown_units = find_units(case, pd.DataFrame(table)).intersection(
        case.plan.reporting_units.index
    )
    is_own = find_units(case, pd.DataFrame(table)) <= {case.unit, case.plan.province}
    is_marked = _DERIVED in notes or (len(shown_units) < 2 and not is_own and _LEFT_OUT in notes)
    return vocabulary.DERIVED_TABLE_MARK if is_marked else ""


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
    frame, restored = pd.DataFrame(table), restore_source_rows(case, table)
    is_scenario = isinstance(table.attrs.get(PLAN_ATTR), str)
    source = None if is_scenario else find_source(case, pd.DataFrame(restored))
    if source is not None:
        return describe_choice(case, source, restored)
    units, shown_units = _find_incomplete_units(case, table), find_units(case, frame)
    is_of_year = GAPS_ATTR not in table.attrs
    notes = [warn_of_missing_data(case, _DERIVED, units or frozenset(), shown_units, is_of_year)]
    frame.attrs = table.attrs
    notes += describe_unknown_parts(case, frame)
    if left_out := _find_left_out_units(case, table, shown_units, is_derived=units is not None):
        notes.append(f"{_LEFT_OUT}, mà chưa đủ số liệu: {join_unit_names(case, left_out)}.")
    elif not shown_units and (labels := _find_left_out_groups(table)):
        notes.append(f"{_LEFT_OUT}, mà chưa đủ số liệu: {join_or_count(labels)}.")
    return [*filter(None, notes)]


def _find_left_out_groups(table: pd.DataFrame | pd.Series) -> list[str]:
    """Return the labels of unknown parts and incomplete sums that are not in a choice of rows of a
    step or of sums, as of models or areas.
    """
    marked_names, names = {*table.attrs.get(NAMES_ATTR, [])}, {*table.index.names}
    names |= {*pd.DataFrame(table)} if isinstance(table, pd.DataFrame) else set()
    if UNIT_ATTR in table.attrs or names != marked_names:
        return []
    labels = [*split_labels(table, MISSING_ATTR), *split_labels(table, INCOMPLETE_ATTR)]
    return [*dict.fromkeys(label for label in labels if label not in table.index.map(str))]


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
    parents, is_own = case.units.parent, has_own_signs(table)
    chosen = _find_chosen_units(case, table, shown_units)
    units = _find_missing_units(case, table, shown_units)
    # The reporters of communes where no reporter is named.
    reporters = shown_units.intersection(case.codes) or frozenset(parents[[*shown_units]])
    others = incomplete_units(case, table)
    if is_derived and shown_units != reporters:  # communes
        units |= {unit for unit in others if parents[unit] in reporters - {case.plan.province}}
    if not reporters <= {case.unit, case.plan.province}:
        units |= _find_open_findings(table)
        is_exact = is_own or (OPEN_ATTR in table.attrs and is_integer_dtype(table.index))
        is_exact &= GAPS_ATTR not in table.attrs  # else `attrs` tell what is missing
        others = reporters_without_data(case) if is_exact else others
        if len(reporters) > 1 or is_derived or is_own:
            units |= others.intersection(case.codes) - reporters
    units = units.intersection(case.units.index) - shown_units - {case.plan.province}
    return frozenset(u for u in units if not chosen or {u, parents[u]} & {*chosen})


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
    if "item" in frame:  # counts have the number of unknown parts beside them
        status = status[~frame["item"].isin(names_of_unknown_parts())]
    if getattr(table, "name", None) is not None and STATUS_COLUMNS & {*frame.index}:  # a row
        status, numbers = frame, frame.iloc[:, :0]
    units = find_units(case, frame) or frozenset(table.attrs.get(UNIT_ATTR, []))
    if _heads_tell_states(case, frame):
        return None
    if not status.empty:
        known_names = {*vocabulary.HEADERS, *case.names}
        is_untraced = UNTRACED_ATTR in table.attrs or not {*numbers} <= known_names
        if not is_untraced and _tells_what_is_missing(frame, status):
            return None
        units = frozenset()  # a column added beside the state, as a rank, depends on other units
    if numbers.isna().all(axis=None):  # a list of units, or no value at all
        units |= frozenset(case.units.parent[[*units]]) - {case.plan.province}
        is_list = units or case.plan.by_slug.keys() & {*frame.index} or {*frame} == {0}
        is_list = is_list or not status.empty
        is_verdicts = texts.isin([*VERDICTS, pd.NA]).all(axis=None) and _has_signs(texts)
        if texts.empty or is_verdicts or not (is_list or _SOURCE_ATTRS & table.attrs.keys()):
            return None
    return incomplete_units(case, table) & (units or {*case.codes})


def _heads_tell_states(case: Case, frame: pd.DataFrame) -> bool:
    """Return whether labels of states or verdicts, as of a crosstab, tell of missing data, or of
    cells with data: verdicts if all open findings of the shown units and objectives are counted.
    """
    levels = {name: axis for axis in frame.axes for name in {*axis.names} & STATUS_COLUMNS}
    for name, axis in levels.items():
        labels = {*axis.unique(name)} & {*OPEN_STATES, "reported"}
        if name == "verdict" and labels and frame.dtypes.map(is_numeric_dtype).all():
            counts = frame if axis is frame.index else frame.T
            number = counts[axis.get_level_values(name).isin(OPEN_VERDICTS)].to_numpy().sum()
            return number in _count_open_findings(case, frame)
        if labels:
            return True
    return False


def _count_open_findings(case: Case, frame: pd.DataFrame) -> list[int]:
    """Return how many findings of the objectives and units that a table shows are open, with and
    without the province.
    """
    labels = {
        label for axis in frame.axes for at in range(axis.nlevels) for label in axis.unique(at)
    }
    findings = case.findings[case.findings.verdict.isin(OPEN_VERDICTS)]
    if slugs := {*case.plan.by_slug} & labels:
        findings = findings[findings.objective.isin(slugs)]
    if units := find_units(case, frame):
        findings = findings[findings.unit_code.isin(units)]
    return [len(findings), int((findings.unit_code != case.plan.province).sum())]


def _tells_what_is_missing(frame: pd.DataFrame, status: pd.DataFrame) -> bool:
    """Return whether the states, verdicts and words of a frame have signs of missing data, or its
    numbers are those of absent cells or, of findings of one's own, both bounds of a count.
    """
    has_bounds = OPEN_ATTR not in frame.attrs and {"low", "high"} <= {*frame}
    return has_bounds or "absent" in frame or _has_signs(status)


def _has_signs(status: pd.DataFrame) -> bool:
    """Return whether states, verdicts or words have a sign of missing data in each row of an
    incomplete sum or open finding; where `attrs` tell of none, in any row.
    """
    texts = status.astype("string")
    has_sign = status.isin(OPEN_STATES) | texts.apply(lambda words: words.str.contains(_SIGNS))
    has_sign = has_sign.fillna(True).astype(bool)
    is_incomplete = _are_incomplete(status)
    has_labels = OPEN_ATTR in status.attrs and is_integer_dtype(status.index)
    if is_incomplete.any() or has_labels:
        return bool(has_sign[is_incomplete].any(axis=1).all())
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
    marked_names = {*table.attrs.get(NAMES_ATTR, ()), None}
    is_unstacked = {*columns} <= {*split_labels(table, LAST_LABELS_ATTR)}
    possible_names = (levels | {*columns.names} if is_unstacked else None, levels | {*columns})
    if NAMES_ATTR not in table.attrs or marked_names not in possible_names:
        return False
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    status = frame[["verdict"]] if "verdict" in frame else _incomplete_states(frame)
    if not status.empty and not _has_signs(status):
        return False
    if not (missing_labels := split_labels(table, MISSING_ATTR)):
        return True
    values = table if isinstance(table, pd.Series) else table.stack()
    is_filled = values.dropna().index.map(str).isin(missing_labels).any()
    return not is_filled and filled_labels(table).empty


def _incomplete_states(sums: pd.DataFrame) -> pd.DataFrame:
    """Return states and words of incomplete sums, without those of counts beside which indicators
    have the number of unknown parts.
    """
    is_incomplete = _are_incomplete(sums)
    if "item" in sums:
        is_incomplete &= ~sums["item"].isin(names_of_unknown_parts()).to_numpy()
    return sums.loc[is_incomplete, sums.columns.isin(["state", "words"])]


def _find_missing_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str]
) -> frozenset[str]:
    """Return the codes of the units whose parts of a step are unknown, communes in a table of
    communes; where the level of the reporters is gone those of the single one.
    """
    chosen = _find_chosen_units(case, table, shown_units)
    has_communes = not shown_units <= {*case.codes}
    units = set()
    labels = split_labels(table, MISSING_ATTR)
    if not is_integer_dtype(table.index):  # of sums, not of indicators
        labels += split_labels(table, INCOMPLETE_ATTR)
    for label in labels:  # such as "('227', '07888', 'Q1')"
        codes = [code for code in _QUOTED.findall(label) or [label] if code in case.units.index]
        if codes and (not chosen or not chosen.isdisjoint([*codes, case.units.parent[codes[0]]])):
            units.add(codes[-1] if has_communes else codes[0])
    return frozenset(units)


def _find_chosen_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str]
) -> frozenset[str]:
    """Return the code of the unit of `Case.unit_rows`, or of the reporter of communes in a step of
    which the level of the reporters is gone: chosen by code; none of other tables.
    """
    if chosen := table.attrs.get(UNIT_ATTR):
        return frozenset(chosen)
    reporters = frozenset(case.units.parent[[*shown_units]]) - {case.plan.province}
    is_gone = "reporter" in table.attrs.get(NAMES_ATTR, []) and "reporter" not in table.index.names
    return reporters if is_gone and len(reporters) == 1 else frozenset()


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
