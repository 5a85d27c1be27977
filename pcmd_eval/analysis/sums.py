"""Sums that an analyst forms, with their missing parts."""

import pandas as pd

from pcmd_eval.analysis.arguments import require_columns
from pcmd_eval.statistics.indicators import describe_sums
from pcmd_eval.util.errors import InputRefused

_SUMMED_EXAMPLE = 'summed(cells[cells.period == "Y"], "reporter")'


def summed(cells: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Cộng số của các ô theo đơn vị, dòng hoặc kỳ, kèm phần còn thiếu.

        attendance = summed(cells[cells.column == "attendance"], "reporter")
        bars(attendance, case, "Lượt người dự")

    `cells`: rows of `case.cells`; `by`: columns of it. Returns a frame indexed by these: `value`
    (Float64, <NA> where nothing is known), `state` (complete, incomplete, unknown) and `words`:
    "1.234", "1.234*" for an incomplete sum, "–" for an unknown one. Raises InputRefused without
    `by`, and for a frame without these columns.
    """
    keys = [by] if isinstance(by, str) else [*by]
    require_columns(cells, [*keys, "number", "amount", "state"], "summed", _SUMMED_EXAMPLE)
    if not keys:
        raise InputRefused(f"summed cần biết cộng theo cột nào. Ví dụ: {_SUMMED_EXAMPLE}.")
    number = cells.number.astype("Float64").fillna(cells.amount)
    groups = pd.DataFrame({"number": number, "known": number.notna()}).groupby(
        [cells[key] for key in keys], sort=False
    )
    value = groups.number.sum(min_count=1).round(6)
    return describe_sums(value, groups.known.all())
