"""Units with missing data, and the units that a table names."""

import pandas as pd
from pandas.api.types import infer_dtype, is_hashable

from pcmd_eval.analysis.case import Case, cached
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.table_attrs import GAPS_ATTR, split_labels

_UNIT_COLUMNS = frozenset(("reporter", "unit_code", "reporter_name", "unit_name", "full_name"))


def incomplete_units(case: Case, table: pd.DataFrame | pd.Series | None) -> frozenset[str]:
    """Return the codes of the reporters and units that have a cell which is not final (cached), or
    of those with incomplete figures of the year from which a table comes.
    """
    if table is not None and GAPS_ATTR in table.attrs:
        return frozenset(split_labels(table, GAPS_ATTR))

    def compute() -> frozenset[str]:
        rows = case.cells[case.cells.state != "reported"]
        return frozenset([*rows.reporter, *rows.unit_code])

    return cached(case, incomplete_units, compute)


def reporters_without_data(case: Case) -> frozenset[str]:
    """Return the codes of the reporters that filled no cell; cached."""

    def compute() -> frozenset[str]:
        is_filled = case.cells.state.isin(FILLED_STATES)
        return frozenset(case.cells.reporter) - frozenset(case.cells.reporter[is_filled])

    return cached(case, reporters_without_data, compute)


def warn_of_missing_data(
    case: Case,
    start: str,
    units: frozenset[str] | None = None,
    shown_units: frozenset[str] = frozenset(),
    is_of_year: bool = True,
) -> str:
    """Return a sentence on the missing data of incomplete units, by default of all reporters; "" if
    there are none.

    `start`: its first words, "Bảng tự lập: có thể đã bỏ qua". The units are named unless the table
    shows no others; `is_of_year`: their data are those of the case, not of another year.
    """
    units = incomplete_units(case, None).intersection(case.codes) if units is None else units
    without_data = units & reporters_without_data(case) if is_of_year else frozenset()
    names, names_without_data = (
        "" if codes == shown_units else join_unit_names(case, codes)
        for codes in (units, without_data)
    )
    of_units = f" của {names}" if names else ""
    is_new = names_without_data not in ("", names)
    note = f" ({names_without_data} chưa có số liệu nào)" if is_new else ""
    return f"{start} số liệu còn thiếu{of_units}{note}." if units else ""


def join_unit_names(case: Case, codes: frozenset[str]) -> str:
    """Return the names of units in the order of the register, or only their number."""
    names = case.units.full_name
    return join_or_count([*names[names.index.isin(codes)]])


def find_units(case: Case, frame: pd.DataFrame) -> frozenset[str]:
    """Return the codes of the units that a table names, by code or name, in its index, the labels
    of its columns, a column of units, or any column of a table of texts.
    """
    is_list = all(is_text(column) for _, column in frame.items())
    columns = [column for name, column in frame.items() if is_list or name in _UNIT_COLUMNS]
    values = [column if column.dtype == object else column.unique() for column in columns]
    axes = [axis.unique(at) for axis in frame.axes for at in range(axis.nlevels)]
    labels = {label for one in [*axes, *values] for label in filter(is_hashable, one)}
    codes = cached(case, find_units, lambda: _codes_by_label(case.units))
    return frozenset(code for label in labels & codes.keys() for code in codes[label])


def is_text(column: pd.Series) -> bool:
    """Return whether a column has texts, or no values and no type."""
    return isinstance(column.dtype, pd.StringDtype) or infer_dtype(column) in ("string", "empty")


def _codes_by_label(units: pd.DataFrame) -> dict[str, list[str]]:
    """Return the codes of units by their code and by their names, which several units may share."""
    codes = {code: [code] for code in units.index}
    for names in (units.full_name, units.name):
        for code, name in names.items():
            codes.setdefault(name, []).append(str(code))
    return codes
