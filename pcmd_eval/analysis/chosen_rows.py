"""Notes under rows and columns that an analyst chose from a frame of a case."""

import pandas as pd

from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.incomplete_units import (
    incomplete_units,
    join_unit_names,
    reporters_without_data,
    warn_of_missing_data,
)
from pcmd_eval.statistics.indicators import names_of_unknown_parts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.formatting import format_count
from pcmd_eval.util.table_attrs import DISPLAY_ATTR, PLAN_ATTR, UNIT_ATTR, split_labels, unit_of
from pcmd_eval.util.verdicts import OPEN_VERDICTS

# Columns and levels of texts that say what is missing, and codes there that do.
STATUS_COLUMNS = frozenset(("verdict", "state", "words", "before_state", "now_state"))
LOST_STATES = "Chưa đủ số liệu, ở đây không có dấu"
_VALUE_COLUMNS = {"value", "number", "amount", "some", "raw", "before", "now", "low", "high"}
OPEN_STATES = {*OPEN_VERDICTS, *vocabulary.CELL_STATE_LABELS} - {"reported"}
OPEN_STATES |= {"incomplete", "unknown", "missing", "partial"}


def describe_choice(case: Case, source: pd.DataFrame, table: pd.DataFrame | pd.Series) -> list[str]:
    """Return sentences on the missing data of rows and columns of `source`, a frame of the case."""
    frame = pd.DataFrame(table)
    before_states = source.get("before_state", pd.Series(dtype="string")).fillna("missing")
    if "before" in frame and {"now", "change"}.isdisjoint(frame):  # of the year before alone
        source = source.assign(now=source.before, now_state=before_states)
    elif "low" in source and _shows_low_alone(frame):
        is_certain = (source.low == source.high).fillna(False)
        source = source.assign(verdict=source.verdict.where(is_certain, "undetermined"))
    rows = source.loc[frame.index]
    notes = [_describe_lost_states(case, rows, frame), *describe_unknown_parts(case, rows)]
    if "scope" in rows and {"before", "now", "change", "percent"} & {*frame}:
        notes.append(_describe_scope(rows, frame))
    if {"before", "change", "percent"} & {*frame}:
        states = source.now_state.mask(source.now_state == "complete", before_states)
        source = source.assign(now_state=states)
    return [*filter(None, [*notes, _describe_left_out_rows(case, source, rows, table)])]


def _describe_scope(changes: pd.DataFrame, frame: pd.DataFrame) -> str:
    """Return a sentence on changes of the province that are those of some of its units, if `frame`,
    the same rows, does not say so.
    """
    scopes = changes.scope.dropna().unique()
    is_said = {"words", "scope"} & {*frame}
    return "" if is_said or not len(scopes) else f"Số của tỉnh chỉ tính {'; '.join(scopes)}."


def restore_source_rows(case: Case, table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Return rows that `Case.for_display` numbered anew with the index that they had, without the
    bounds that it changed; a series that is a row of cells, indicators, findings or changes, such
    as that of the maximum, as a frame of that row; any other table as it is.
    """
    for source in (case.cells, case.indicators, case.findings, case.changes):
        if {*table.index} == {*source} and getattr(table, "name", None) in source.index:
            return source.loc[[table.name]]
    labels = split_labels(table, DISPLAY_ATTR)
    if not labels or not table.index.isin(range(len(labels))).all():
        return table
    restored = table.set_axis([int(labels[at]) for at in table.index])
    bounds = {"low", "value_low"}.intersection(pd.DataFrame(restored))
    return restored.drop(columns=[*bounds]) if isinstance(restored, pd.DataFrame) else restored


def _describe_lost_states(case: Case, rows: pd.DataFrame, frame: pd.DataFrame) -> str:
    """Return a sentence on the units with open values in `rows` if `frame`, the same rows, has no
    column that says so; <NA> is a dash. Of units without data a 0 is none, as in counts of blank
    cells.
    """
    values = rows.get("value", rows.get("now", rows.get("low", rows.get("blank"))))
    if values is None:
        return ""
    codes, is_shown = rows[_code_column(rows)], _VALUE_COLUMNS.isdisjoint(frame) | values.notna()
    is_lost = _is_open(rows) & is_shown
    signs = {"now_state"} if "now_state" in rows else {*STATUS_COLUMNS, "reason"}
    if _shows_low_alone(frame):  # of which a decided finding may have another
        signs = {"reason"}
        is_lost &= frame.get("verdict", "") != "undetermined"
    if {*frame} & {*signs, "counts", "reported"}:
        is_lost &= False
    if "precision" in rows and len(rows) < len(case.indicators):
        is_lost |= codes.isin(reporters_without_data(case)) & values.eq(0).fillna(False)
    units = frozenset(codes[is_lost])
    return f"{LOST_STATES}: {join_unit_names(case, units)}." if units else ""


def _shows_low_alone(frame: pd.DataFrame) -> bool:
    """Return whether a frame has the low end of counts or shares of findings without the other."""
    return not {"low", "value_low"}.isdisjoint(frame) and {"high", "value_high"}.isdisjoint(frame)


def _describe_left_out_rows(
    case: Case, source: pd.DataFrame, rows: pd.DataFrame, table: pd.DataFrame | pd.Series
) -> str:
    """Return a sentence on the open rows of `source` of the kind of `rows`, those in `table`; "" if
    none was left out.
    """
    others, is_of_unit = source.drop(rows.index), UNIT_ATTR in table.attrs
    if source is case.cells:
        others, kind = _find_open_cells(source, rows, is_of_unit), "ô"
        is_alike = pd.Series(True, others.index)
    elif {"unit_code", "objective"} <= {*source}:
        # A single row may be chosen by its value, but of the province or to print.
        is_by_code = len(rows) > 1 or is_province(case) or DISPLAY_ATTR in table.attrs
        is_of_unit |= is_by_code and {*rows.unit_code} == {case.unit}
        is_alike = _are_results_of_kind(others, rows, is_of_unit, case.plan.province)
        kind = "dòng"
    elif source is case.returns and not (is_of_unit or {*rows.reporter} == {case.unit}):
        is_alike, kind = pd.Series(True, others.index), "báo cáo"
    else:
        return ""
    open_rows = others[_is_open(others) & is_alike]
    units = join_unit_names(case, frozenset(open_rows[_code_column(others)]))
    number = format_count(len(open_rows))
    return f"Không có trong bảng {number} {kind} chưa đủ số liệu của {units}." if units else ""


def _find_open_cells(cells: pd.DataFrame, rows: pd.DataFrame, is_of_unit: bool) -> pd.DataFrame:
    """Return the open cells of the kind of `rows` that are not among them, of the same reporters if
    `is_of_unit`.

    Their kind is that of objective and column, and of period or row if all of `rows` are equal
    there: these may have been chosen by code or by value. So cells of the same reporters that have
    the row or the period are among them, and all of objective and column if there is no other.
    Several cells are chosen by code where none of their kind, or none final of a single reporter
    with several rows of the form, was left out.
    """
    is_base = _are_equal(cells, rows, ["objective", "column"])
    is_base |= cells.objective.isin(rows.objective) & (cells.row == "none")  # without any line
    is_alike, is_own = is_base.copy(), cells.reporter.isin(rows.reporter)
    if rows.period.nunique() == 1:
        is_alike &= cells.period.isin(rows.period)
    if rows.row.nunique() == 1:
        has_row = cells.reporter.isin(cells.reporter[cells.row.isin(rows.row)])
        is_alike &= cells.row.isin([*rows.row, "", "none"]) | ~has_row
    is_left_out = is_alike & ~cells.index.isin(rows.index)
    is_of_one = rows.reporter.nunique() == 1 < rows.row.nunique()
    is_by_code = is_of_one and not (is_left_out & is_own & ~_is_open(cells)).any()
    if len(rows) > 1 and (is_by_code or not is_left_out.any()):
        return cells[is_left_out & is_own & _is_open(cells)]
    is_near = is_base & is_own & (cells.row.isin(rows.row) | cells.period.isin(rows.period))
    is_possible = ~cells.index.isin(rows.index) & _is_open(cells) & (is_own | (not is_of_unit))
    found = cells[is_possible & (is_alike | is_near)]
    return found if len(found) else cells[is_possible & is_base]


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
    if is_of_one and "item" in rows:
        is_of_same &= results.objective.isin(rows.objective)
    has_all = is_of_one and len(rows) > 1 and not (is_of_same & ~_is_open(results)).any()
    if is_of_unit or has_all:
        return is_of_same
    names = [name for name in ("objective", "item") if name in rows]
    is_alike = _are_equal(results, rows, names) & (results.unit_code != province)
    if "item" in rows and rows["item"].nunique() > 1 and (is_alike & ~_is_open(results)).any():
        is_alike = results.unit_code != province  # other items may be left out by value, too
    return is_alike | is_of_same if is_of_one and "verdict" in rows else is_alike


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
    return states.isin(OPEN_STATES) if states is not None else pd.Series(False, rows.index)


def _code_column(rows: pd.DataFrame) -> str:
    """Return the name of the column of the units that cells, returns or results are about."""
    return "reporter" if "reporter" in rows else "unit_code"


def describe_empty_choice(case: Case, table: pd.DataFrame | pd.Series) -> str:
    """Return a sentence on the missing data that a table without rows could not consider; "" of a
    table that has its own sentence, and if nothing is missing.
    """
    units = incomplete_units(case, table).intersection(unit_of(table) or case.codes)
    return "" if "empty" in table.attrs else warn_of_missing_data(case, "Chưa xét được", units)


def describe_unknown_parts(case: Case, rows: pd.DataFrame) -> list[str]:
    """Return a sentence on each indicator in rows of indicators that counts sure parts, if the rows
    lack the number of unknown parts, and it is above 0 (or not known, as of a scenario).
    """
    if not {"item", "unit_code"} <= {*rows}:
        return []
    names = names_of_unknown_parts()
    others = case.indicators
    others = others[others["item"].isin({*rows["item"].map(names)} - {*rows["item"]})]
    others = others[others.unit_code.isin(rows.unit_code)]
    if not rows.attrs.get(PLAN_ATTR):
        others = others[(others.value > 0).fillna(False)]
    return [f"Chỉ đếm phần chắc chắn; còn dòng “{label}”." for label in others.label.unique()]
