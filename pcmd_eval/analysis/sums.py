"""Sums and rates that an analyst forms, with their missing parts."""

import pandas as pd

from pcmd_eval.analysis.arguments import require_columns
from pcmd_eval.statistics.indicators import describe_sums, reword
from pcmd_eval.util.errors import InputRefused

_PER_EXAMPLE = 'per(summed(cells, "reporter"), people, 10_000)'
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
    known = number.notna() & (cells.state == "reported")
    groups = pd.DataFrame({"number": number, "known": known}).groupby(
        [cells[key] for key in keys], sort=False, dropna=False
    )
    value = groups.number.sum(min_count=1).round(6)
    return describe_sums(value, groups.known.all())


def per(sums: pd.DataFrame, people: pd.Series | pd.DataFrame, scale: float = 1) -> pd.DataFrame:
    """Chia kết quả của `summed`, hoặc các dòng trong `case.indicators`, giữ phần còn thiếu.

        rate = per(attendance, people, 10_000)
        district_map(rate, case, "Lượt người dự trên 10.000 dân")

    `people`: a series by the index of `sums`, or by the codes of its column `unit_code`, that is
    taken as complete; or other sums, a frame like `sums`. Returns `value`, `state` and `words`, a
    dash where `people` has no number above 0 or is not complete, since the rate may then be less.
    Raises InputRefused where none of these codes is in `people`; those of files are read as text.
    """
    require_columns(sums, ["value", "state", "words"], "per", _PER_EXAMPLE)
    rows = sums.set_index("unit_code") if "unit_code" in sums else sums
    if isinstance(people, pd.DataFrame) and {"value", "state"} <= {*people}:
        people = people.set_index("unit_code") if "unit_code" in people else people
        people = people.value.where(people.state == "complete")
    if not isinstance(people, pd.Series) or not rows.index.isin(people.index).any():
        raise InputRefused(
            f"per cần dãy số theo mã như “{rows.index[0]}”, mã là văn bản. Ví dụ: "
            'pd.read_csv(tệp, dtype={"unit_code": "string"}).set_index("unit_code").people.'
        )
    divisor = people.reindex(rows.index).astype("Float64")
    value = rows.value / divisor.mask(divisor <= 0) * scale
    state = rows.state.mask(value.isna() & rows.value.notna(), "unknown")
    words = reword(rows.words, value, state).mask(state == "unknown", "–")
    return pd.DataFrame({"value": value, "state": state, "words": words})
