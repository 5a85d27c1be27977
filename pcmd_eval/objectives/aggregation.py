"""Counts: how many parts of an objective surely count, may count, and how many there are."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import TypeAlias

import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.util.arguments import READ_CODES
from pcmd_eval.util.errors import ArgumentRefused
from pcmd_eval.util.verdicts import VERDICTS

Steps = dict[str, pd.Series | pd.DataFrame]  # by name; the quarters of cases are a frame
# Takes the objective's cells, its steps and the province's code; see the three functions below.
Aggregate = Callable[[pd.DataFrame, Steps, str], pd.DataFrame]
Key: TypeAlias = str | pd.Series | pd.Index
Keys: TypeAlias = Key | Sequence[Key]  # columns, levels of an index, or series


def at_least(needed: int, parts: pd.Series, by: Keys) -> pd.Series:
    """Return for each group whether `needed` of its parts count, see `analysis.sums.at_least`."""
    if isinstance(needed, bool) or not isinstance(needed, Integral):
        raise ArgumentRefused(f"cần một số nguyên, như 3; đây là {needed!r}.")
    # Other libraries give booleans with gaps back as object.
    if infer_dtype(parts) not in ("boolean", "empty"):
        raise ArgumentRefused(
            "đếm các phần có, không hoặc chưa rõ (dãy boolean), không cộng số; đây là "
            f"{parts.dtype}. Từ số thì so sánh trước, như cells.number >= 3, hoặc lấy cells.some."
        )
    keys = group_keys(parts, by)
    groups = parts.astype("boolean").groupby(keys, dropna=False)
    low = groups.sum()
    may_count = parts.fillna(True).astype(bool)
    strays = count_strays(keys, may_count, parts.notna()).groupby(keys, dropna=False).max()
    high = low + groups.size() - groups.count() + strays
    is_sure = low >= needed
    return is_sure.where(is_sure | (high < needed))


def require_gaps(answers: pd.Series) -> None:
    """Raise ArgumentRefused for booleans that cannot be <NA>: what is not known became False.

    Comparisons of columns that CSV, DuckDB and Polars give back make such booleans.
    """
    if answers.dtype == bool:
        raise ArgumentRefused(
            "dãy này không giữ được ô chưa rõ (<NA>), ô ấy thành False. Bảng lấy lại từ CSV, "
            "DuckDB, Polars thì đổi bằng .convert_dtypes() trước khi so sánh; nếu mọi False đúng "
            'là “không” thì thêm .astype("boolean").'
        )


def group_keys(parts: pd.DataFrame | pd.Series, by: Keys) -> list[pd.Series]:
    """Return the keys by which to group parts, each a series with the index of the parts.

    Raises ArgumentRefused for a name that is neither a column nor a level of the index, and for a
    key that some parts do not have.
    """
    keys = [*by] if isinstance(by, list | tuple | pd.DataFrame) else [by]
    columns = [*parts.columns] if isinstance(parts, pd.DataFrame) else []
    levels = [name for name in parts.index.names if name is not None]
    if not keys:
        raise ArgumentRefused("chưa nêu nhóm theo cột hay bậc nào.")
    series = []
    for raw_key in keys:
        has_label_per_part = isinstance(raw_key, pd.Index) and len(raw_key) == len(parts)
        key = pd.Series(raw_key, parts.index) if has_label_per_part else raw_key
        if isinstance(key, pd.Series) and {*parts.index} <= {*key.index}:
            series.append(key.reindex(parts.index))
            if len(parts) and series[-1].isna().all():
                raise ArgumentRefused(
                    f"khóa {key.name} không có giá trị nào: mã ở bảng ghép thêm không khớp. Mã là "
                    f"văn bản: đọc tệp bằng {READ_CODES}."
                )
            if key.name in columns:
                _require_same_rows(series[-1], parts)
        elif isinstance(key, str) and key in columns:
            series.append(parts[key])
        elif isinstance(key, str) and key in levels:
            series.append(pd.Series(parts.index.get_level_values(key), parts.index))
        else:
            known = ", ".join(map(str, [*columns, *levels])) or "không tên nào"
            shown = f"không có {key!r}" if isinstance(key, str) else "khóa không cùng chỉ mục"
            raise ArgumentRefused(
                f"các cột và bậc chỉ mục để nhóm: {known}; {shown}. Ghi tên một cột hay "
                "bậc, hoặc đưa dãy khóa cùng chỉ mục, như cells.reporter."
            )
    return series


def _require_same_rows(key: pd.Series, parts: pd.DataFrame) -> None:
    """Raise ArgumentRefused for a key made of a column of a longer frame, where the rows of this
    one were numbered anew, as by `merge`: one value of the column has several keys.
    """
    is_renumbered = parts.index.equals(pd.RangeIndex(len(parts)))
    if is_renumbered and key.groupby(parts[key.name].array).nunique().max() > 1:
        raise ArgumentRefused(
            f"khóa {key.name} lấy từ bảng khác: bảng này đã đánh lại số dòng (merge, reset_index). "
            f"Giữ số dòng của case.cells, lấy khóa từ chính bảng này, như bảng.{key.name}."
        )


def count_strays(
    keys: Sequence[pd.Series],
    may_count: pd.Series,
    is_known: pd.Series,
    reporters: pd.Series | None = None,
) -> pd.Series:
    """Return for each part how many strays may belong to its group (Int64); 0 for a stray itself.

    A stray is a part whose group is unknown: one of its keys is "" or <NA> (a commune without a
    row, a row without its form of communication). It may belong to every group with its other keys.
    A reporter without any known part may have filled optional rows: the keys `row` and `item` of
    all its parts are unknown.

    `keys`: the series to group by; `may_count`: the strays to count (bool); `is_known`: the parts
    with a value (bool); `reporters`: the reporter of each part, by default the index level of that
    name. All have the same index.
    """
    frame = pd.DataFrame(dict(enumerate(key.array for key in keys)))  # a row for each part
    is_unknown = frame.isna() | frame.eq("").fillna(False)
    if reporters is None and "reporter" in may_count.index.names:
        reporters = pd.Series(may_count.index.get_level_values("reporter"))
    row_keys = [number for number, key in enumerate(keys) if key.name in ("row", "item")]
    if reporters is not None and row_keys:
        has_data = pd.Series(is_known.array).groupby(reporters.array).transform("any")
        is_unknown[row_keys] = is_unknown[row_keys].where(has_data, True)
    is_stray = is_unknown.any(axis=1)
    total = pd.Series(0, frame.index, dtype="Int64")
    strays = frame[is_stray & may_count.array]
    if strays.empty:
        return total.set_axis(may_count.index)
    # `pattern`: which keys are unknown; its strays may be in any group with their other keys.
    for pattern, rows in strays.groupby([is_unknown[number] for number in frame], sort=False):
        known_keys = [number for number, unknown in zip(frame, pattern, strict=True) if not unknown]
        if not known_keys:
            total += len(rows)
            continue
        matching = rows.groupby(known_keys).size().rename("strays")
        total += frame.join(matching, on=known_keys).strays.fillna(0).astype("Int64")
    return total.mask(is_stray, 0).set_axis(may_count.index)


def as_boolean(answers: pd.Series) -> pd.Series:
    """Return yes and given as True, no and none as False, anything else as <NA> (boolean)."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


# ---- the three aggregations ----------------------------------------------------------------------
#
# Each returns columns low, high and total (Int64) by unit; the province's row is the whole. `high`
# is <NA> while nothing bounds it.


def count_parts(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count parts of the last step: `low` the True ones, `high` also the <NA> ones, `total` all."""
    *_, parts = steps.values()
    groups = parts.groupby("reporter")
    low, total = groups.sum(), groups.size()
    unknown = total - groups.count()
    units = pd.DataFrame({"low": low, "high": low + unknown, "total": total}).astype("Int64")
    units.loc[province] = units.sum()  # includes the row of the province's own bodies
    return units


def count_models(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Count the province's models, in one row: `low` the True ones, `high` also the <NA> ones.

    `total` is <NA>; so is `high` while a reporter sent no list, or one that may still grow.
    """
    models = steps["models"]
    high = int(models.fillna(True).sum()) if unbounded_reporters(cells).empty else None
    return _unit_row(province, low=int(models.fillna(False).sum()), high=high, total=None)


def count_cases(cells: pd.DataFrame, steps: Steps, province: str) -> pd.DataFrame:
    """Return by unit the cases handled (low, high) of those detected (total), and `verdict`.

    The province has the sums over all reporters, and the worst (of lowest rank) of their verdicts.
    """
    reporters = steps["reporters"]
    sums = reporters[["low", "high", "total"]].sum(skipna=False)
    worst = min(reporters.verdict, key=lambda verdict: VERDICTS[verdict].rank)
    return pd.concat(
        [reporters.drop(province, errors="ignore"), _unit_row(province, **sums, verdict=worst)]
    )


def _unit_row(unit: str, **values: int | str | None) -> pd.DataFrame:
    """Return a frame of one row with these columns, indexed by the unit's code."""
    row = pd.DataFrame([values], index=pd.Index([unit], name="reporter", dtype="string"))
    return row.astype(dict.fromkeys(["low", "high", "total"], "Int64"))


def unbounded_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters that sent no list of models, or one of which a cell, persons aside, is
    open or contradictory: it may still grow.
    """
    may_grow = cells.state.isin(["open", "contradictory"]) & ~cells.column.isin(["persons"])
    return silent_reporters(cells).union(cells.reporter[may_grow].unique())


def silent_reporters(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters that neither list a model nor fill the row "none"."""
    has_answer = ((cells.row != "none") | cells.value.notna()).groupby(cells.reporter).any()
    return has_answer.index[~has_answer]
