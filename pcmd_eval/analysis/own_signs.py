"""The signs of missing data that a table has itself: dashes, states, words, marks in `attrs`."""

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from pcmd_eval.analysis.chosen_rows import OPEN_STATES
from pcmd_eval.statistics.indicators import describe_sums, names_of_unknown_parts
from pcmd_eval.util.arguments import validate_arguments
from pcmd_eval.util.table_attrs import (
    CHECKED_ATTR,
    INCOMPLETE_ATTR,
    LAST_LABELS_ATTR,
    MISSING_ATTR,
    NAMES_ATTR,
    OPEN_ATTR,
    PLAN_ATTR,
    filled_labels,
    join_labels,
    labels_of,
    set_plan_mark,
    split_labels,
)

_SIGNS = r"[*–]|chưa|ít nhất|một phần"  # in words


@validate_arguments
def mark_checked(table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Đánh dấu một bảng tự lập đã kiểm: chỗ nào thiếu số liệu cũng có dấu –.

        show(mark_checked(people), "Dân số", case)

    Return a copy under which `show`, `bars`, `district_map` and `save_excel` put no note on missing
    data; nor do they under rows chosen from it, but that units without any data are not there. What
    is computed from it has the note again.
    """
    table = table.copy()
    set_plan_mark(table, table.attrs.get(PLAN_ATTR, ""))
    is_missing = pd.DataFrame(table).isna().all(axis=1)  # other rows say what they lack
    table.attrs[MISSING_ATTR] = join_labels(table.index[is_missing])
    table.attrs[CHECKED_ATTR] = join_labels(_fingerprints(table))
    return table


def _fingerprints(table: pd.DataFrame | pd.Series) -> list[str]:
    """Return a text for each row of a table: the label of its last level, a hash of its values."""
    hashes = pd.util.hash_pandas_object(pd.DataFrame(table).astype("string"), index=False)
    labels = table.index.get_level_values(-1)
    return [f"{label} {row}" for label, row in zip(labels, hashes, strict=True)]


def has_own_signs(table: pd.DataFrame | pd.Series) -> bool:
    """Return whether a table has rows of `mark_checked` alone, or the columns and levels that
    `set_plan_mark` set, no value where <NA> was then, and the states of incomplete sums; `unstack`
    makes columns of the last level.
    """
    if CHECKED_ATTR in table.attrs:
        return {*_fingerprints(table)} <= {*split_labels(table, CHECKED_ATTR)}
    is_series = isinstance(table, pd.Series)
    columns = table.index[:0] if is_series else table.columns
    levels = {str(name) for name in (*table.index.names, None)}
    marked_names = {*split_labels(table, NAMES_ATTR), "None"}
    is_unstacked = {*columns} <= {*split_labels(table, LAST_LABELS_ATTR)}
    possible_names = (levels | {*columns.names} if is_unstacked else None, levels | {*columns})
    if NAMES_ATTR not in table.attrs or marked_names not in possible_names:
        return False
    frame = table if isinstance(table, pd.DataFrame) else table.to_frame()
    if not words_fit(frame):
        return False
    status = frame[["verdict"]] if "verdict" in frame else _incomplete_states(frame)
    if not status.empty and not has_signs(status):
        return False
    if not (missing_labels := split_labels(table, MISSING_ATTR)):
        return True
    values = table if isinstance(table, pd.Series) else table.stack()
    is_filled = labels_of(values.dropna().index).isin(missing_labels).any()
    return not is_filled and filled_labels(table).empty


def words_fit(sums: pd.DataFrame) -> bool:
    """Return whether the words of sums are those of their values and states: another `value` beside
    them, or two sums added, say nothing of what is missing.
    """
    names = [name for name in sums if name in {"value", "state", "words"}]
    if len(names) != 3 or len({*names}) != 3:
        return len(names) == len({*names})
    sums = sums.reset_index(drop=True)  # labels may stand twice
    values = pd.to_numeric(sums["value"], errors="coerce").astype("Float64")
    words = sums["words"].astype("string").str.replace(r" \(.*\)$", "", regex=True)  # made up
    is_said = words.str.contains(r"[^\W\d_]").fillna(False)  # "có"
    rows = sums[~is_said & values.notna()]
    is_complete = rows["state"].eq("complete").fillna(False).astype(bool)
    expected = describe_sums(values[rows.index], is_complete)["words"]
    return bool((expected == words[rows.index]).fillna(False).all())


def _incomplete_states(sums: pd.DataFrame) -> pd.DataFrame:
    """Return states and words of incomplete sums, without those of counts beside which indicators
    have the number of unknown parts.
    """
    is_incomplete = _are_incomplete(sums)
    if "item" in sums:
        is_incomplete &= ~sums["item"].isin(names_of_unknown_parts()).to_numpy()
    return sums.loc[is_incomplete, sums.columns.isin(["state", "words"])]


def has_signs(status: pd.DataFrame) -> bool:
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
    return np.asarray(labels_of(sums.index).isin([*labels, *split_labels(sums, INCOMPLETE_ATTR)]))
