"""Read frames as plain values of Python."""

from typing import Any

import pandas as pd

Row = Any  # of `itertuples`: its attributes are the columns, which no type can name

# Where pyarrow is installed, pandas would keep texts as Arrow arrays, which answer otherwise to
# <NA>. Loaded before the first frame is made; frames made before keep what they have.
pd.set_option("mode.string_storage", "python")


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries by column, None for <NA>.

    `to_dict("records")` keeps <NA> and takes several times as long on nullable dtypes.
    """
    columns = [frame[name].to_numpy(object, na_value=None) for name in frame]
    return [dict(zip(frame, row, strict=True)) for row in zip(*columns, strict=True)]
