"""Notes under tables: missing data that pandas may have skipped, incomplete units without a row.

A derived table is one that an analyst computed with pandas: its numbers no longer say what is
missing.
"""

import re

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_hashable

from pcmd_eval.analysis.case import DISPLAY_ATTR, UNIT_ATTR, Case, cached, find_source
from pcmd_eval.evaluation.findings import OPEN_ATTR
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.objectives.edited_cells import CASE_ATTR, INCOMPLETE_ATTR, split_labels
from pcmd_eval.plan.plan import LAST_LABELS_ATTR, MISSING_ATTR, PLAN_ATTR, set_plan_mark
from pcmd_eval.statistics.indicators import GAPS_ATTR, names_of_unknown_parts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.arguments import validate_arguments
from pcmd_eval.util.formatting import format_count, join_or_count
from pcmd_eval.util.verdicts import OPEN_VERDICTS, VERDICTS

_UNIT_COLUMNS = ("reporter", "unit_code", "reporter_name", "unit_name", "full_name")
# Columns and levels of texts, and codes that head the columns of a pivot, that say what is missing.
_STATUS_COLUMNS = ("verdict", "state", "words", "before_state", "now_state")
_STATUS_CODES = {*OPEN_VERDICTS, *vocabulary.CELL_STATE_LABELS}
_QUOTED = re.compile("'([^']*)'")
_SIGNS = r"[*–]|chưa|ít nhất|một phần"
_OPEN_STATES = {"incomplete", "unknown", "missing", "partial", *_STATUS_CODES} - {"reported"}


@validate_arguments
def mark_checked(table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Đánh dấu một bảng tự lập đã kiểm: chỗ nào thiếu số liệu cũng có dấu –.

        show(mark_checked(people), "Dân số", case)

    Return a copy under which `show`, `bars`, `district_map` and `save_excel` put no note on missing
    data; nor do they under rows chosen from it. What is computed from it has the note again.
    """
    table = table.copy()
    mark = table.attrs.get(PLAN_ATTR)
    table.attrs.pop(MISSING_ATTR, None)
    set_plan_mark(table, mark if isinstance(mark, str) else "")
    return table


def derived_mark(case: Case, table: pd.DataFrame | pd.Series) -> str:
    """Return the mark of a chart of a derived table, "" for any other table."""
    is_known = has_own_signs(table) or find_source(case, pd.DataFrame(table)) is not None
    units = frozenset() if is_known else _find_incomplete_units(case, table)
    return vocabulary.DERIVED_TABLE_MARK if units else ""


def list_missing_notes(case: Case, table: pd.DataFrame | pd.Series) -> list[str]:
    """Return sentences on the missing data of a table.

    They name the incomplete units of a derived table; the incomplete units that a choice of rows
    left out, and those whose rows lost their `state` by a choice of columns; and the indicator of
    unknown parts, such as communes, that counts of sure parts need. A table with numbers or names
    of units is derived unless it is marked as checked, comes from a step or frame of the package,
    or has a column or code that says what is missing.
    """
    table = _as_chosen_row(case, _as_source_rows(table))
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    shown_units = _find_units(case, frame)
    is_scenario = isinstance(table.attrs.get(PLAN_ATTR), str)
    source = None if is_scenario else find_source(case, frame)
    if source is not None:
        rows = source.loc[frame.index]
        notes = [_describe_lost_states(case, rows, frame), *_describe_unknown_parts(case, rows)]
        return [*filter(None, [*notes, _describe_left_out_rows(case, source, rows, table)])]
    is_derived = not has_own_signs(table)
    units = _find_incomplete_units(case, table) if is_derived else frozenset()
    notes = [warn_of_missing_data(case, "Bảng tự lập: có thể đã bỏ qua", units, shown_units)]
    notes += _describe_unknown_parts(case, frame)
    left_out = _find_missing_units(case, table, shown_units)
    left_out |= frozenset(split_labels(table, INCOMPLETE_ATTR))
    if shown_units != {case.unit}:
        left_out |= _find_open_findings(table)
    # The reporters of communes where no reporter is named.
    reporters = {*case.plan.reporting_units.index} & shown_units
    reporters = reporters or {*case.units.parent[[*shown_units]]}
    others = _reporters_without_data(case)
    if units or GAPS_ATTR in table.attrs:
        others = _incomplete_units(case, table)
    if len(reporters) > 1:
        left_out |= others.intersection(case.codes) - reporters
    elif not shown_units:  # the parts of a unit that was chosen by its code
        left_out = frozenset()
    if units := left_out.intersection(case.units.index) - shown_units - {case.plan.province}:
        notes.append(f"Không có trong bảng, mà chưa đủ số liệu: {_join_names(case, units)}.")
    return [*filter(None, notes)]


def _as_source_rows(table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Return rows that `Case.for_display` numbered anew with the index that they had, without the
    bounds that it changed; any other table as it is.
    """
    labels = split_labels(table, DISPLAY_ATTR)
    if not labels or not table.index.isin(range(len(labels))).all():
        return table
    restored = table.set_axis([int(labels[at]) for at in table.index])
    bounds = {"low", "value_low"}.intersection(pd.DataFrame(restored))
    return restored.drop(columns=[*bounds]) if isinstance(restored, pd.DataFrame) else restored


def _as_chosen_row(case: Case, table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Return a series that is a row of the cells or indicators, such as that of the maximum, as a
    frame of that row, any other table as it is.
    """
    for source in (case.cells, case.indicators):
        if {*table.index} == {*source} and getattr(table, "name", None) in source.index:
            return source.loc[[table.name]]
    return table


def _describe_lost_states(case: Case, rows: pd.DataFrame, frame: pd.DataFrame) -> str:
    """Return a sentence on the units with open values in `rows` if `frame`, the same rows, has no
    column that says so; else "".
    """
    values = rows.get("value", rows.get("now", rows.get("low", rows.get("blank"))))
    if values is None or {*frame} & {*_STATUS_COLUMNS, "reason", "counts", "reported"}:
        return ""
    units = frozenset(rows[_code_column(rows)][_is_open(rows) & values.notna()])
    return f"Chưa đủ số liệu, ở đây không có dấu: {_join_names(case, units)}." if units else ""


def _describe_left_out_rows(
    case: Case, source: pd.DataFrame, rows: pd.DataFrame, table: pd.DataFrame | pd.Series
) -> str:
    """Return a sentence on the open rows of `source` of the kind of `rows`, those in `table`; "" if
    none was left out.
    """
    codes = rows[_code_column(rows)] if source is not case.units else rows.index
    is_of_unit = UNIT_ATTR in table.attrs or (len(rows) > 1 and {*codes} == {case.unit})
    others = source.drop(rows.index)
    if source is case.cells:
        kind, is_alike = "ô", _are_cells_of_kind(source, rows, is_of_unit)[others.index]
    elif {"unit_code", "objective"} <= {*source}:
        is_alike = _are_results_of_kind(others, rows, is_of_unit, case.plan.province)
        kind = "dòng"
    elif source is case.returns and not is_of_unit:
        is_alike, kind = pd.Series(True, others.index), "báo cáo"
    else:
        return ""
    open_rows = others[_is_open(others) & is_alike]
    units = _join_names(case, frozenset(open_rows[_code_column(others)]))
    number = format_count(len(open_rows))
    return f"Không có trong bảng {number} {kind} chưa đủ số liệu của {units}." if units else ""


def _are_cells_of_kind(cells: pd.DataFrame, rows: pd.DataFrame, is_of_unit: bool) -> pd.Series:
    """Return whether each cell is of the kind of `rows` (bool): by objective and column, and by
    period or row if all of `rows` are equal there; of reporters that do not have this row by
    objective and column alone.

    They are of one reporter if `is_of_unit`, or if several rows of the form are and none of its
    cells with a value was left out: chosen by its code.
    """
    periods = ["period"] if rows.period.nunique() == 1 else []
    is_alike = _are_equal(cells, rows, ["objective", "column", *periods])
    if rows.row.nunique() == 1:
        has_row = cells.reporter.isin(cells.reporter[cells.row.isin(rows.row)])
        is_alike &= cells.row.isin([*rows.row, "", "none"]) | ~has_row
    is_of_same = is_alike & cells.reporter.isin(rows.reporter)
    is_left_out = is_of_same & ~_is_open(cells) & ~cells.index.isin(rows.index)
    is_of_one = rows.reporter.nunique() == 1 < rows.row.nunique() and not is_left_out.any()
    return is_of_same if is_of_unit or is_of_one else is_alike


def _are_results_of_kind(
    results: pd.DataFrame, rows: pd.DataFrame, is_of_unit: bool, province: str
) -> pd.Series:
    """Return whether each finding, indicator or change is of the kind of `rows` (bool): by
    objective and item, without the province, which the units make up.

    Those of one unit are alike if `is_of_unit`, or if `rows` are several of one unit and none of
    its final ones was left out; others of one unit may be chosen by this unit or by their values.
    """
    is_of_same = results.unit_code.isin(rows.unit_code)
    is_of_one = rows.unit_code.nunique() == 1
    has_all = is_of_one and len(rows) > 1 and not (is_of_same & ~_is_open(results)).any()
    if is_of_unit or has_all:
        return is_of_same
    names = [name for name in ("objective", "item") if name in rows]
    is_alike = _are_equal(results, rows, names) & (results.unit_code != province)
    return is_alike | is_of_same if is_of_one else is_alike


def _are_equal(frame: pd.DataFrame, rows: pd.DataFrame, names: list[str]) -> pd.Series:
    """Return whether each row of a frame has values of `rows` in the columns `names` (bool)."""
    return pd.concat([frame[name].isin(rows[name].unique()) for name in names], axis=1).all(axis=1)


def _is_open(rows: pd.DataFrame) -> pd.Series:
    """Return whether each cell, finding, indicator or change is not final, or whether there is no
    return with data (bool).
    """
    if "reported" in rows:  # returns
        return rows.reported == 0
    states = rows.get("verdict", rows.get("now_state", rows.get("state")))
    return states.isin(_OPEN_STATES) if states is not None else pd.Series(False, rows.index)


def _code_column(rows: pd.DataFrame) -> str:
    """Return the name of the column of the units that cells, returns or results are about."""
    return "reporter" if "reporter" in rows else "unit_code"


def describe_empty_choice(case: Case, table: pd.DataFrame | pd.Series) -> str:
    """Return a sentence on the missing data that an empty choice of cells, of sums or of parts of a
    step could not consider; "" of other tables, and if nothing is missing.
    """
    names, units = {*pd.DataFrame(table)}, table.attrs.get(UNIT_ATTR, case.codes)
    if "objective" in names <= {*case.findings}:
        is_open = _is_open(case.findings) & case.findings.unit_code.isin(units)
        return (
            f"Còn {format_count(is_open.sum())} kết luận chưa đủ số liệu." if is_open.any() else ""
        )
    attributes = {CASE_ATTR, INCOMPLETE_ATTR, MISSING_ATTR}
    if names not in ({*case.cells}, {*case.returns}) and not table.attrs.keys() & attributes:
        return ""
    incomplete_units = _incomplete_units(case, table).intersection(units)
    return warn_of_missing_data(case, "Chưa xét được", incomplete_units)


def warn_of_missing_data(
    case: Case,
    start: str,
    units: frozenset[str] | None = None,
    shown_units: frozenset[str] = frozenset(),
) -> str:
    """Return a sentence on the missing data of incomplete units, by default of all reporters; "" if
    there are none.

    `start`: its first words, "Bảng tự lập: có thể đã bỏ qua". The units are named unless the table
    shows no others.
    """
    units = _incomplete_units(case, None).intersection(case.codes) if units is None else units
    names, names_without_data = (
        "" if codes == shown_units else _join_names(case, codes)
        for codes in (units, units & _reporters_without_data(case))
    )
    of_units = f" của {names}" if names else ""
    is_new = names_without_data not in ("", names)
    note = f" ({names_without_data} chưa có số liệu nào)" if is_new else ""
    return f"{start} số liệu còn thiếu{of_units}{note}." if units else ""


def _join_names(case: Case, codes: frozenset[str]) -> str:
    """Return the names of units in the order of the register, or only their number."""
    names = case.units.full_name
    return join_or_count([*names[names.index.isin(codes)]])


def _find_incomplete_units(case: Case, table: pd.DataFrame | pd.Series) -> frozenset[str]:
    """Return the codes of the incomplete units in a derived table, of all reporters if it names no
    unit; none if the table says itself what is missing.
    """
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    is_text = [
        isinstance(column.dtype, pd.StringDtype) or infer_dtype(column) in ("string", "empty")
        for _, column in frame.items()
    ]
    texts, numbers = frame.loc[:, is_text], frame.loc[:, [not text for text in is_text]]
    codes = {
        code
        for axis in frame.axes
        for level in {*axis.names} & {*_STATUS_COLUMNS}
        for code in axis.unique(level)
    }
    known_names = {*vocabulary.HEADERS, *case.names}
    status = frame[[name for name in texts if name in _STATUS_COLUMNS]]
    if {*frame.index} & {*_STATUS_COLUMNS}:  # of a row that became a series
        status = frame
    has_state = not status.empty
    has_signs = "absent" in frame or _has_signs(status)
    if OPEN_ATTR not in table.attrs:
        has_signs = has_signs or {"low", "high"} <= {*frame}  # bounds of counts
    has_status = bool(codes & _STATUS_CODES) or (
        has_state and {*numbers} <= known_names and has_signs
    )
    units = _find_units(case, frame) or frozenset(table.attrs.get(UNIT_ATTR, []))
    if has_state:  # of a column added beside the state: a rank or share depends on other units
        units = frozenset()
    if numbers.isna().all(axis=None):  # a list of units, or no value at all
        named = pd.DataFrame({"unit_name": texts.to_numpy(object).ravel()})
        units = units or _find_units(case, named)
        is_list = units or case.plan.by_slug.keys() & {*frame.index} or {*frame} == {0}
        is_list = is_list or table.attrs.keys() & {PLAN_ATTR, INCOMPLETE_ATTR, GAPS_ATTR}
        is_verdicts = texts.isin([*VERDICTS, pd.NA]).all(axis=None)
        is_verdicts = texts.empty or (is_verdicts and _has_signs(texts))
        has_status = has_status or not is_list or is_verdicts
    return frozenset() if has_status else _incomplete_units(case, table) & (units or {*case.codes})


def _has_signs(status: pd.DataFrame) -> bool:
    """Return whether columns of states, verdicts or words have a sign of missing data in each row
    of an incomplete sum or open finding; where `attrs` tell of none, in any row.
    """
    texts = status.astype("string")
    has_sign = status.isin(_OPEN_STATES) | texts.apply(lambda words: words.str.contains(_SIGNS))
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
    """Return whether a table has the columns and levels that `set_plan_mark` set, no value where
    <NA> was then, and the states of incomplete sums; `unstack` makes columns of the last level.
    """
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
    known_labels = (table if is_series else table.stack()).dropna().index.map(str)
    return not known_labels.isin(missing_labels).any()


def _find_missing_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str]
) -> frozenset[str]:
    """Return the codes of the units whose parts of a step are unknown; of the parts of a single
    reporter those of this reporter.
    """
    levels = table.index.names
    reporters = {*(table.index.unique("reporter") if "reporter" in levels else [])}
    reporters = reporters or {*case.units.parent[[*shown_units]]}
    chosen = table.attrs.get(UNIT_ATTR, reporters if len(reporters) == 1 else [])
    units = set()
    for label in split_labels(table, MISSING_ATTR):  # such as "('227', '07888', 'Q1')"
        reporter, *others = _QUOTED.findall(label) or [label]
        if reporter in chosen or not chosen:
            units.add(others[0] if others and others[0] in case.units.index else reporter)
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


def _describe_unknown_parts(case: Case, rows: pd.DataFrame) -> list[str]:
    """Return a sentence on each indicator in rows of indicators that counts sure parts, if the rows
    lack the number of unknown parts, and it is above 0 (or not known, as of a scenario).
    """
    if not {"item", "precision", "unit_code"} <= {*rows}:
        return []
    names = names_of_unknown_parts()
    others = case.indicators
    others = others[others["item"].isin({*rows["item"].map(names)} - {*rows["item"]})]
    others = others[others.unit_code.isin(rows.unit_code)]
    if not isinstance(rows.attrs.get(PLAN_ATTR), str):
        others = others[(others.value > 0).fillna(False)]
    return [f"Chỉ đếm phần chắc chắn; còn dòng “{label}”." for label in others.label.unique()]


def _find_units(case: Case, frame: pd.DataFrame) -> frozenset[str]:
    """Return the codes of the units that a table names, by code or name, in its index, the labels
    of its columns or a column of units.
    """
    columns = [column for name, column in frame.items() if name in _UNIT_COLUMNS]
    values = [column if column.dtype == object else column.unique() for column in columns]
    axes = [axis.unique(at) for axis in frame.axes for at in range(axis.nlevels)]
    labels = {label for one in [*axes, *values] for label in filter(is_hashable, one)}
    codes = cached(case, _find_units, lambda: _codes_by_label(case.units.full_name))
    return frozenset(code for label in labels & codes.keys() for code in codes[label])


def _codes_by_label(names: pd.Series) -> dict[str, list[str]]:
    """Return the codes of units by their code and by their name, which several units may share."""
    codes = {code: [code] for code in names.index}
    for code, name in names.items():
        codes.setdefault(name, []).append(str(code))
    return codes


def _incomplete_units(case: Case, table: pd.DataFrame | pd.Series | None) -> frozenset[str]:
    """Return the codes of the reporters and units that have a cell which is not final (cached), or
    of those with incomplete figures of the year from which a table comes.
    """
    if table is not None and GAPS_ATTR in table.attrs:
        return frozenset(split_labels(table, GAPS_ATTR))

    def compute() -> frozenset[str]:
        rows = case.cells[case.cells.state != "reported"]
        return frozenset([*rows.reporter, *rows.unit_code])

    return cached(case, _incomplete_units, compute)


def _reporters_without_data(case: Case) -> frozenset[str]:
    """Return the codes of the reporters that filled no cell; cached."""

    def compute() -> frozenset[str]:
        is_filled = case.cells.state.isin(FILLED_STATES)
        return frozenset(case.cells.reporter) - frozenset(case.cells.reporter[is_filled])

    return cached(case, _reporters_without_data, compute)
