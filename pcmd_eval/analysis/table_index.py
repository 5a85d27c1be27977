"""Flatten a frame for print: index levels become columns, names of column levels become tuples."""

from collections.abc import Hashable

import pandas as pd
from pandas.api.types import is_numeric_dtype


def row_heads(frame: pd.DataFrame) -> int:
    """Return the number of columns of the flattened frame that are headings of rows."""
    return max(1, count_row_levels(frame))


def count_row_levels(frame: pd.DataFrame) -> int:
    """Return the number of index levels that `flatten_index` makes columns."""
    return len(_levels(frame))


def flatten_index(frame: pd.DataFrame) -> list[tuple[Hashable, pd.Series | pd.Index]]:
    """Return the names and values of the index levels and then of the columns of a frame.

    A column under levels of names has a tuple as its name. An unnamed index that only numbers the
    rows is left out; another unnamed level is called "Dòng".
    """
    index = _row_index(frame)
    levels = enumerate(_levels(frame))
    rows = [(name, index.get_level_values(level)) for level, name in levels]
    return rows + [(name, frame.iloc[:, at]) for at, name in enumerate(frame.columns)]


def _row_index(frame):
    """Return the index, without the level `reporter` if it repeats `unit_code` in every row."""
    index = frame.index
    if len(index) and {"reporter", "unit_code"} <= {*index.names}:
        reporters, units = map(index.get_level_values, ("reporter", "unit_code"))
        if (reporters == units).all():
            return index.droplevel("reporter")
    return index


def _levels(frame):
    """Return the names of the index levels; none for an unnamed index that numbers the rows."""
    index = _row_index(frame)
    names = index.names
    if [*names] == [None] and is_numeric_dtype(index.dtype):
        return []
    return ["Dòng" if name is None else name for name in names]
