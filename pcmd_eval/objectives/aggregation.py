"""Counts: how many parts of an objective surely count, may count, and how many there are."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import TypeAlias

import pandas as pd
from pandas.api.types import is_bool_dtype

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.vocabulary import VERDICTS

Steps = dict[str, pd.Series | pd.DataFrame]  # by name; the quarters of cases are a frame
# Takes the objective's cells, its steps and the province's code; see the three functions below.
Aggregate = Callable[[pd.DataFrame, Steps, str], pd.DataFrame]
Keys: TypeAlias = str | pd.Series | Sequence[str | pd.Series]  # levels of an index, or series
_EXAMPLE = "Ví dụ: at_least(1, cells.some, by=[cells.unit_code, cells.period])."


def at_least(needed: int, parts: pd.Series, by: Keys) -> pd.Series:
    """Mỗi nhóm có đủ số phần được tính hay không: có, không, hoặc chưa rõ.

        quarters = at_least(1, cells.some, by=[cells.unit_code, cells.period])

    Return for each group True if `needed` of its parts surely count, False if too few can, <NA>
    where missing data decide: unknown parts, or parts that may be of this group or another (a row
    without its form of communication). `parts`: booleans; `by`: names of levels of their index, or
    series. Raises InputRefused for other parts, a `needed` that is no whole number, names that are
    no level.
    """
    if isinstance(needed, bool) or not isinstance(needed, Integral):
        raise InputRefused(f"at_least cần một số nguyên, như 3; đây là {needed!r}. {_EXAMPLE}")
    if not isinstance(parts, pd.Series) or not is_bool_dtype(parts):
        kind = getattr(parts, "dtype", type(parts).__name__)
        raise InputRefused(
            "at_least đếm các phần có, không hoặc chưa rõ (dãy boolean), không cộng số; đây là "
            f"{kind}. Từ số thì so sánh trước, như cells.number >= 3, hoặc lấy cells.some. "
            f"{_EXAMPLE}"
        )
    keys = group_keys(parts, by, f"at_least. {_EXAMPLE}")
    groups = parts.astype("boolean").groupby(keys, dropna=False)
    known = groups.sum()
    may_count = parts.fillna(True).astype(bool)
    strays = count_strays(keys, may_count, parts.notna()).groupby(keys, dropna=False).max()
    unknown = groups.size() - groups.count() + strays
    is_sure = known >= needed
    return is_sure.where(is_sure | (known + unknown < needed))


def group_keys(parts: pd.Series, by: Keys, function: str) -> list[pd.Series]:
    """Return the keys by which to group parts, each a series with the index of the parts.

    `function`: the name of the caller for the message. Raises InputRefused for a name that is no
    level of the index.
    """
    names = [by] if isinstance(by, str | pd.Series) else [*by]
    levels = [name for name in parts.index.names if name is not None]
    if wrong := [key for key in names if not isinstance(key, pd.Series) and key not in levels]:
        known = f"có các bậc {', '.join(map(str, levels))}" if levels else "không có bậc nào có tên"
        raise InputRefused(
            f"Chỉ mục của dãy {known}; không có {', '.join(map(repr, wrong))}. Ghi tên một bậc, "
            f"hoặc đưa dãy khóa vào, như cells.reporter: {function}"
        )
    if not names:
        raise InputRefused(f"Chưa nêu nhóm theo cột hay bậc nào: {function}")
    return [
        key.reindex(parts.index)
        if isinstance(key, pd.Series)
        else pd.Series(parts.index.get_level_values(key), parts.index)
        for key in names
    ]


def count_strays(
    keys: Sequence[pd.Series],
    counted: pd.Series,
    is_known: pd.Series,
    reporters: pd.Series | None = None,
) -> pd.Series:
    """Return for each part how many parts of unknown group may belong to its group (Int64).

    A part has no known group where one of its keys is "" or <NA>: a commune without a row, a row
    without its form of communication. It may be of every group that has its other keys. So may the
    parts of a reporter of whom nothing is known, whatever their `row` or `item`: it may have filled
    optional rows. `counted`, `is_known`: the parts to count and those that are known (bool), with
    the index of each of the `keys`; `reporters`: of the parts, else the level of that name.
    """
    frame = pd.DataFrame({at: key.array for at, key in enumerate(keys)})
    is_unknown = frame.isna() | frame.eq("").fillna(False)
    if reporters is None and "reporter" in counted.index.names:
        reporters = pd.Series(counted.index.get_level_values("reporter"))
    rows_at = [at for at, key in enumerate(keys) if key.name in ("row", "item")]
    if reporters is not None and rows_at:
        has_data = pd.Series(is_known.array).groupby(reporters.array).transform("any")
        is_unknown[rows_at] = is_unknown[rows_at].where(has_data, True)
    is_stray = is_unknown.any(axis=1)
    total = pd.Series(0, frame.index, dtype="Int64")
    strays = frame[is_stray & counted.array]
    for pattern, rows in strays.groupby([is_unknown[at] for at in frame], sort=False):
        known_keys = [at for at, unknown in zip(frame, pattern, strict=True) if not unknown]
        if not known_keys:
            total += len(rows)
            continue
        matching = rows.groupby(known_keys).size().rename("strays")
        total += frame.join(matching, on=known_keys).strays.fillna(0).astype("Int64")
    return total.mask(is_stray, 0).set_axis(counted.index)


def as_boolean(answers: pd.Series) -> pd.Series:
    """Return yes and given as True, no and none as False, anything else as <NA> (boolean)."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


# ---- the three aggregations ----------------------------------------------------------------------
#
# Each returns columns low, high and total (Int64) by unit; the province's row is the whole. `high`
# is <NA> while nothing bounds it.


def count_parts(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the True parts of the last step (low), with unknown ones (high), and all (total)."""
    *_, parts = steps.values()
    groups = parts.groupby("reporter")
    low, total = groups.sum(), groups.size()
    unknown = total - groups.count()
    units = pd.DataFrame({"low": low, "high": low + unknown, "total": total}).astype("Int64")
    units.loc[province] = units.sum()  # its own bodies' parts among them
    return units


def count_models(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the models of the province: no total, and no `high` while a sheet is silent or open."""
    models = steps["models"]
    high = int(models.fillna(True).sum()) if unbounded_reporters(cells).empty else None
    return _unit_row(province, low=int(models.fillna(False).sum()), high=high, total=None)


def count_cases(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Return the cases handled (low, high) out of those detected (total), and the verdict.

    The province has the sums, and the worst verdict.
    """
    reporters = steps["reporters"]
    sums = reporters[["low", "high", "total"]].sum(skipna=False)
    worst = min(reporters.verdict, key=lambda verdict: VERDICTS[verdict].rank)
    return pd.concat(
        [reporters.drop(province, errors="ignore"), _unit_row(province, **sums, verdict=worst)]
    )


def _unit_row(unit: str, **values: int | str | None) -> pd.DataFrame:
    row = pd.DataFrame([values], index=pd.Index([unit], name="reporter", dtype="string"))
    return row.astype(dict.fromkeys(["low", "high", "total"], "Int64"))


def unbounded_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters whose list of models is silent, or may still grow."""
    return silent_reporters(cells).union(cells.reporter[cells.state == "open"].unique())


def silent_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters whose sheet has neither a line nor an answer in the row "none"."""
    has_answer = ((cells.row != "none") | cells.value.notna()).groupby(cells.reporter).any()
    return has_answer.index[~has_answer]
