"""Read frames as plain values of Python, and describe faulty rows of a file."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

MAX_LINES = 5  # that a message names
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


def describe_faulty_rows(rows: pd.DataFrame, faults: Mapping[str, pd.Series]) -> list[str]:
    """Return the messages on faulty rows, each once with its lines: "dòng 5, 6: …".

    `rows`: texts, indexed by their line in the file. `faults`: by message, whether each row has the
    fault (boolean); {column} in a message is replaced by the row's text in that column.
    """
    texts = rows.fillna("")
    lines: dict[str, list[Any]] = {}
    for message, is_faulty in faults.items():
        for line in rows.index[is_faulty.fillna(False)]:
            lines.setdefault(message.format(**texts.loc[line]), []).append(line)
    return [
        f"dòng {', '.join(map(str, at[:MAX_LINES]))}{', …' if len(at) > MAX_LINES else ''}: {text}"
        for text, at in sorted(lines.items(), key=lambda item: item[1][0])
    ]
