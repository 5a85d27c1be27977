"""Notes under tables that an analyst computed with pandas: missing data that it may have skipped.

Such a derived table does not say what is missing, unless it kept the signs of what it comes from.
"""

import re

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from pcmd_eval.analysis.case import Case, find_source
from pcmd_eval.analysis.chosen_rows import (
    LOST_STATES,
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
    is_text,
    join_unit_names,
    reporters_without_data,
    warn_of_missing_data,
)
from pcmd_eval.analysis.own_signs import has_own_signs, has_signs, words_fit
from pcmd_eval.statistics.indicators import names_of_unknown_parts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.table_attrs import (
    GAPS_ATTR,
    INCOMPLETE_ATTR,
    LEFT_OUT_ATTR,
    MISSING_ATTR,
    NAMES_ATTR,
    OPEN_ATTR,
    PLAN_ATTR,
    SOURCE_ATTR,
    UNIT_ATTR,
    UNTRACED_ATTR,
    labels_of,
    restore_levels,
    split_labels,
    unit_of,
)
from pcmd_eval.util.verdicts import OPEN_VERDICTS, VERDICTS
from pcmd_eval.util.vocabulary import RETURN_STATE_LABELS

_QUOTED = re.compile("'([^']*)'")
_FINAL_STATES = ("reported", "complete", *RETURN_STATE_LABELS)
_DERIVED, _LEFT_OUT = "Bảng tự lập: có thể đã bỏ qua", "Không có trong bảng"


def derived_mark(case: Case, table: pd.DataFrame | pd.Series) -> str:
    """Return the mark of a chart of a derived table, or the sentence on the units that a chosen one
    left out, "" for any other table.
    """
    notes = [] if table.empty else list_missing_notes(case, table)
    left_out = " ".join(note.rstrip(".") for note in notes if note.startswith(_LEFT_OUT))
    units = find_units(case, pd.DataFrame(table))
    # A chart of several districts names those that are not there.
    names_others = len(units.intersection(case.plan.reporting_units.index)) > 1
    is_of_own = bool(units) and units <= {case.unit, case.plan.province}
    lacks_signs = any(note.startswith((_DERIVED, LOST_STATES)) for note in notes)
    if lacks_signs or (left_out and not (names_others or is_of_own)):
        return vocabulary.DERIVED_TABLE_MARK
    return left_out


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
    table = restore_levels(table)
    frame, restored = pd.DataFrame(table), restore_source_rows(case, table)
    is_of_scenario = bool(table.attrs.get(PLAN_ATTR))
    source = None if is_of_scenario else find_source(case, restored)
    if source is not None:
        return describe_choice(case, source, restored)
    shown_units, is_own = find_units(case, frame), has_own_signs(table)
    units = None if is_own else _find_incomplete_units(case, table, shown_units)
    is_of_year = GAPS_ATTR not in table.attrs
    notes = [warn_of_missing_data(case, _DERIVED, units or frozenset(), shown_units, is_of_year)]
    frame.attrs = table.attrs
    notes += describe_unknown_parts(case, frame)
    is_derived = units is not None
    left_out = _find_left_out_units(case, table, shown_units, is_own, is_derived)
    left_out |= {*split_labels(table, LEFT_OUT_ATTR)} - shown_units
    names = join_unit_names(case, left_out)
    if not (names or shown_units):
        names = join_or_count(_find_left_out_groups(case, table))
    notes.append(f"{_LEFT_OUT}, mà còn ô chưa đủ số liệu: {names}." if names else "")
    return [*filter(None, notes)]


def _find_left_out_groups(case: Case, table: pd.DataFrame | pd.Series) -> list[str]:
    """Return the labels of unknown parts and incomplete sums that are not in a choice of rows of a
    step or of sums, as of models or areas; of cells the names of their reporters.
    """
    names = {str(name) for name in (*getattr(table, "columns", ()), *table.index.names)}
    if UNIT_ATTR in table.attrs or names != {*split_labels(table, NAMES_ATTR)}:
        return []
    labels = [*split_labels(table, MISSING_ATTR), *split_labels(table, INCOMPLETE_ATTR)]
    shown_labels = {*labels_of(table.index)}
    labels = [label for label in dict.fromkeys(labels) if label not in {*shown_labels, ""}]
    if is_integer_dtype(table.index):
        codes = case.cells.reporter.reindex([int(label) for label in labels]).dropna()
        return [*case.plan.reporters.full_name[codes.unique()]]
    return [case.names.get(label, label) for label in labels]


def _find_left_out_units(
    case: Case,
    table: pd.DataFrame | pd.Series,
    shown_units: frozenset[str],
    is_own: bool,
    is_derived: bool,
) -> frozenset[str]:
    """Return the codes of the units with missing data that a table of units does not show: those of
    unknown parts, incomplete sums and open findings that were there, and other reporters without
    data, of a derived table all incomplete ones; of a table of `Case.unit_rows` none but its own.
    Tables of the unit that was opened, or of the province, are taken for chosen by code.
    """
    if not shown_units:  # the parts of a unit that was chosen by its code
        return frozenset()
    parents = case.units.parent
    chosen = _find_chosen_units(case, table, shown_units)
    units = _find_missing_units(case, table, shown_units, chosen)
    # The reporters of communes where no reporter is named.
    reporters = shown_units.intersection(case.codes) or frozenset(parents[[*shown_units]])
    others = incomplete_units(case, table)
    if is_derived and shown_units != reporters:  # communes
        units |= {unit for unit in others if parents[unit] in reporters - {case.plan.province}}
    if not reporters <= {case.unit, case.plan.province}:
        units |= _find_open_findings(table)
        is_exact = is_own or (OPEN_ATTR in table.attrs and is_integer_dtype(table.index))
        is_exact &= GAPS_ATTR not in table.attrs  # else `attrs` tell what is missing
        if LEFT_OUT_ATTR in table.attrs and UNTRACED_ATTR not in table.attrs:
            others = frozenset(split_labels(table, LEFT_OUT_ATTR))
        elif is_exact:
            others = reporters_without_data(case)
        if len(reporters) > 1 or is_derived or is_own:
            units |= others.intersection(case.codes) - reporters
    units = units.intersection(case.units.index) - shown_units - {case.plan.province}
    return frozenset(u for u in units if not chosen or {u, parents[u]} & {*chosen})


def _find_incomplete_units(
    case: Case, table: pd.DataFrame | pd.Series, shown_units: frozenset[str]
) -> frozenset[str] | None:
    """Return the codes of the incomplete units in a derived table, of all reporters if it names no
    unit; None if the table says itself what is missing.
    """
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    if _heads_tell_states(case, frame):
        return None
    are_texts = np.array([is_text(column) for _, column in frame.items()], dtype=bool)
    texts, numbers = frame.loc[:, are_texts], frame.loc[:, ~are_texts]
    status = texts.loc[:, [_is_status(name, column) for name, column in texts.items()]]
    if getattr(table, "name", None) is not None and STATUS_COLUMNS & {*frame.index}:  # a row
        status, numbers = frame, frame.iloc[:, :0]
    units = shown_units or unit_of(table)
    if not status.empty:
        are_known = {*numbers} <= {*vocabulary.HEADERS, *case.names}
        if are_known and _tells_what_is_missing(table, status):
            return None
        units = frozenset()  # a column added beside the state, as a rank, depends on other units
    if numbers.isna().all(axis=None):  # texts, as a list of units, or no value at all
        is_of_verdicts = texts.isin([*VERDICTS, pd.NA]).all(axis=None) and has_signs(texts)
        if texts.empty or is_of_verdicts or table.attrs.get(SOURCE_ATTR) == "plan":
            return None
        units |= frozenset(case.units.parent[[*units]]) - {case.plan.province}
    return incomplete_units(case, table) & (units or {*case.codes})


def _is_status(name: object, column: pd.Series) -> bool:
    """Return whether a column has states, words, or verdicts as such."""
    is_other = name in {"verdict"} and not column.isin([*VERDICTS, pd.NA]).all()
    return name in STATUS_COLUMNS and not is_other


def _heads_tell_states(case: Case, frame: pd.DataFrame) -> bool:
    """Return whether a table counts states or verdicts, as a crosstab, and tells of missing data:
    of verdicts if all open findings of the shown units and objectives are counted, of states if
    any cell or return without data is. Other numbers by state are none.
    """
    levels = {name: axis for axis in frame.axes for name in {*axis.names} & STATUS_COLUMNS}
    are_counts = frame.dtypes.map(is_integer_dtype).all() and not frame.isna().any(axis=None)
    for name, axis in levels.items():
        labels = axis.get_level_values(name)
        if not are_counts or not {*labels} <= {*VERDICTS, *OPEN_STATES, *_FINAL_STATES}:
            continue
        counts = frame if axis is frame.index else frame.T
        missing = (
            OPEN_VERDICTS if name == "verdict" else OPEN_STATES - {"open", "incomplete", "partial"}
        )
        number = int(counts[labels.isin([*missing])].to_numpy().sum())
        if number and (name != "verdict" or number in _count_open_findings(case, frame)):
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


def _tells_what_is_missing(table: pd.DataFrame | pd.Series, status: pd.DataFrame) -> bool:
    """Return whether the states, verdicts and words of a table have signs of missing data, or its
    numbers are those of absent cells or, of findings of one's own, both bounds of a count.
    """
    frame = pd.DataFrame(table)
    # Words alone, of a file or a merge, may be counts of sure parts, complete by themselves.
    is_of_file = "unit_name" in frame and "item" not in frame
    is_whole = {"value", "state", "words"} <= {*frame} and not is_of_file
    is_whole |= "verdict" in frame or "absent" in frame
    is_known = is_whole or {NAMES_ATTR, OPEN_ATTR, GAPS_ATTR} & table.attrs.keys()
    is_of_counts = table.attrs.get(SOURCE_ATTR) in ("indicators", "changes")
    if UNTRACED_ATTR in table.attrs or is_of_counts or not (is_known and words_fit(frame)):
        return False
    if "item" in frame:  # counts have the number of unknown parts beside them
        status = status[~frame["item"].isin(names_of_unknown_parts())]
    has_bounds = OPEN_ATTR not in table.attrs and {"low", "high"} <= {*frame}
    return has_bounds or "absent" in frame or has_signs(status)


def _find_missing_units(
    case: Case,
    table: pd.DataFrame | pd.Series,
    shown_units: frozenset[str],
    chosen: frozenset[str],
) -> frozenset[str]:
    """Return the codes of the units whose parts of a step are unknown, communes in a table of
    communes; where the level of the reporters is gone those of the single one.
    """
    if is_integer_dtype(table.index):  # of cells or indicators
        return frozenset()
    has_communes, units = not shown_units <= {*case.codes}, set()
    labels = [*split_labels(table, MISSING_ATTR), *split_labels(table, INCOMPLETE_ATTR)]
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
    if chosen := unit_of(table):
        return chosen
    reporters = frozenset(case.units.parent[[*shown_units]]) - {case.plan.province}
    is_gone = "reporter" in split_labels(table, NAMES_ATTR) and "reporter" not in table.index.names
    return reporters if is_gone and len(reporters) == 1 else frozenset()


def _find_open_findings(table: pd.DataFrame | pd.Series) -> frozenset[str]:
    """Return the codes of the units whose open findings, of objectives in a choice of rows of
    findings, are not there.
    """
    frame = pd.DataFrame(table)
    lines = [line.split() for line in split_labels(table, OPEN_ATTR)]
    objectives = {*frame.get("objective", [slug for *_, slug in lines])}
    shown_labels = {*labels_of(frame.index)}
    units = {
        unit for label, unit, slug in lines if slug in objectives and label not in shown_labels
    }
    return frozenset(units.intersection(unit_of(table) or units))
