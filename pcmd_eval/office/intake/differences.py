"""Compare the versions of the cells of one reporter, and yield differences to ask about."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.states import AT_CUTOFF, HANDLED
from pcmd_eval.office.intake.row_readers import STATEMENT
from pcmd_eval.office.intake.versions import CELL_KEY, ROW_KEY, objectives_of
from pcmd_eval.plan.disclosure import WEIGHED
from pcmd_eval.plan.plan import Plan

_MIN_CHANGED = 3  # cells of a period whose change as a whole is asked about
_NUMBERS = ("count", "amount")


class Difference(NamedTuple):
    """Cells that break a rule of `ISSUE_RULES`.

    `cells`: rows of `versions.list_versions` that count (for "gone-row" the missing row's).
    `older`: (file, raw text) of other versions of the first cell, the latest first.
    """

    rule: str
    cells: pd.DataFrame
    older: list[tuple[str, str]]

    @property
    def file(self) -> str:
        """Return the file that is asked about."""
        return str(self.cells.file.iloc[0])


def compare_versions(plan: Plan, rows: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield the differences between the versions that count and the others.

    `rows`: see `versions.list_versions`; `cells`: those that count.
    """
    pairs = _pair_versions(plan, rows, cells)
    found: dict[Any, tuple[str, pd.DataFrame]] = {}  # the last rule wins
    for rule, of_rule in _rules_of_cells(pairs):
        found |= {at: (rule, of_cell) for at, of_cell in of_rule.groupby("at")}
    final, differing = (frame[plan.classify(frame).isin(WEIGHED)] for frame in (rows, pairs))
    changed = _changed_periods(final, differing, found)
    merged = [*changed, *_handled_cases(pairs)]
    for rule, index, older in merged:
        for at in index:
            found.pop(at, None)
        yield Difference(rule, cells.loc[index], older)
    for at, (rule, versions) in found.items():
        yield Difference(rule, cells.loc[[at]], _quote(versions))
    yield from _unordered_lists(plan, rows, cells)
    yield from _gone_rows(plan, rows, cells)


def _quote(versions: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (file, raw text) of each version, as in `Difference.older`."""
    return [*zip(versions.file, versions.raw, strict=True)]


def _pair_versions(plan: Plan, rows: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Pair each filled version with the one that counts (its label `at`, its columns `*_now`).

    Lines are paired only where the other file may be as late. Versions of replaced bases have
    `is_current` False.
    """
    now = cells[cells.filled].reset_index(names="at")
    older = rows[rows.filled].reset_index(names="was")
    older = older.merge(now, on=CELL_KEY, suffixes=("", "_now"))
    older = older[older.file != older.file_now]
    is_unlisted = older.is_unlisted | older.is_unlisted_now
    number, number_now = (
        pd.to_numeric(older[name].where(older.kind.isin(_NUMBERS)), "coerce")
        for name in ("value", "value_now")
    )
    is_unordered = (older.day == "") | (older.day >= older.day_now) | is_unlisted
    is_list = older.objective.isin(objectives_of(plan, "lines"))
    older = older.assign(
        is_unordered=is_unordered,
        is_unlisted=is_unlisted,
        differs=(older.content != older.content_now) | (older.read != older.read_now),
        number=number,
        number_now=number_now,
        has_later_cutoff=(older.cutoff < older.cutoff_now).fillna(False),
        is_open_zero=(older.state == "open") & (older.value == "0"),
    )
    return older[is_unordered | ~is_list].sort_values(["day", "rank"], ascending=False)


def _rules_of_cells(pairs: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (rule, pairs that break it) for each rule about single cells."""
    returning = pairs[~pairs.is_unordered & ~pairs.is_open_zero]
    is_unordered = pairs.is_unordered & (pairs.is_current | pairs.is_unlisted)
    unordered = pairs[pairs.differs & is_unordered & (pairs.state_now != "unreadable")]
    pairs = pairs[pairs.is_current]
    is_ordered_change = pairs.differs & ~pairs.is_unordered & ~pairs.is_open_zero
    yield "changed-value", pairs[is_ordered_change]
    yield "value-returns", returning.groupby("at", group_keys=False)[[*returning]].filter(_returns)
    is_moving = pairs.row.isin(AT_CUTOFF) & pairs.has_later_cutoff
    is_fallen = (pairs.number > pairs.number_now) & ~is_moving & ~pairs.is_unordered
    is_yearly = (pairs.kind == "count") & (pairs.period == "Y") & (pairs.number_now > 0)
    fallen = pairs[is_fallen & is_yearly & pairs.has_later_cutoff]
    yield "falling-count", fallen.sort_values("number", ascending=False).groupby("at").head(1)
    yield "later-zero", pairs[is_fallen & (pairs.number_now == 0)].groupby("at").head(1)
    yield "unordered-values", unordered


def _returns(versions: pd.DataFrame) -> bool:
    """Return whether the value that counts was in an earlier file, with another one in between."""
    contents = [*versions.content_now.iloc[:1], *versions.content]  # the latest first
    distinct = [content for content, _ in groupby(contents)]
    return distinct[0] in distinct[2:]


def _changed_periods(
    rows: pd.DataFrame, pairs: pd.DataFrame, found: Mapping[Any, tuple[str, pd.DataFrame]]
) -> Iterator[tuple[str, list[Any], list[tuple[str, str]]]]:
    """Yield "changed-period" for each quarter or month that a later file changes as a whole.

    The period was over, the earlier file reported at least `_MIN_CHANGED` of its cells, and more
    than half of these differ. With it come the labels of the cells that differ, and the `older` of
    `Difference`. `rows`, `pairs`: only cells classified as `WEIGHED`; `found`: by label of a cell
    that differs.
    """
    is_final = rows.is_over & (rows.state == "reported") & (rows.column == "") & rows.is_current
    numbers = rows[is_final].groupby(["objective", "period", "file"]).size()
    changed = pairs[pairs.is_over & (pairs.state == "reported") & (pairs.column == "")]
    changed = changed[changed.differs & ~changed.is_unordered & changed.is_current]
    keys = ["objective", "period", "file"]
    for (*key, _), of_period in changed.groupby([*keys, "file_now"]):
        number = numbers[tuple(key)]
        index = sorted(at for at in {*of_period["at"]} if at in found)
        if number >= _MIN_CHANGED and len(index) * 2 > number:
            first = of_period[of_period["at"] == index[0]]
            yield "changed-period", index, _quote(first)


def _handled_cases(
    pairs: pd.DataFrame,
) -> Iterator[tuple[str, list[Any], list[tuple[str, str]]]]:
    """Yield (rule, labels of cells, `older`) where the sum of the handled cases of a unit and
    period is smaller at a later cut-off.
    """
    is_later = pairs.has_later_cutoff & ~pairs.is_unordered
    handled = pairs[pairs.row.isin(HANDLED) & pairs.is_current & is_later]
    seen: set[tuple[Any, ...]] = set()
    for (_, unit, period), cases in handled.groupby(["file", "unit_code", "period"], sort=False):
        total, total_now = cases.number.sum(), cases.number_now.sum()
        is_known = len(cases) == len(HANDLED) and cases.number_now.notna().all()
        if is_known and total > total_now and (unit, period) not in seen:
            seen.add((unit, period))
            in_order = cases.sort_values("at")
            older = [(in_order.file.iloc[0], " + ".join(in_order.raw))]
            yield "falling-count" if total_now else "later-zero", [*in_order["at"]], older


# -- rows and lines that only some files have ------------------------------------------------------


def _unordered_lists(plan: Plan, rows: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield each list of lines that differs from that of a file whose order is unknown."""
    for objective in objectives_of(plan, "lines"):
        now, others = _split_list(rows, cells, objective)
        names = others[(others.column == "name") & _is_unordered(others, now)]
        lists = {file: {*of_file.name} for file, of_file in names.groupby("file")}
        others_lists = [file for file, of_file in lists.items() if of_file != {*now.name}]
        differing = names[names.file.isin(others_lists)]
        if len(differing):
            older = differing.iloc[differing.name.isin(now.name).argsort()]
            lines = now.iloc[now.name.isin(differing.name).argsort(kind="stable")]
            yield Difference("unordered-values", lines, _quote(older))


def _split_list(
    rows: pd.DataFrame, cells: pd.DataFrame, objective: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the filled cells of a list: those that count, and those of other current files."""
    now = cells[(cells.objective == objective) & cells.filled]
    is_other = (rows.objective == objective) & rows.filled & rows.is_current
    return now, rows[is_other & ~rows.file.isin(now.file[~now.is_overlay])]


def _is_unordered(names: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Return for each of `names` whether its file and `now` have no known order: a day is missing,
    or is the same.
    """
    days = {*now.place}
    return (names.place == "") | names.place.isin(days) | ("" in days)


def _gone_rows(plan: Plan, rows: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield a "gone-row" for each line and each row of a commune that a later file lacks."""
    for objective in objectives_of(plan, "lines"):
        now, others = _split_list(rows, cells, objective)
        gone = others[(others.row != STATEMENT) & ~others.name.isin(now.name)]
        gone = gone[~_is_unordered(gone, now)]
        last = gone.groupby("name")["rank"].transform("max")
        yield from _as_gone(gone[gone["rank"] == last])
    current = rows[rows.is_current & rows.objective.isin(objectives_of(plan, "communes"))]
    periodic = current[current.filled & (current.column == "")]
    counted = periodic[periodic.index.isin(cells.index)]
    pairs = counted.merge(periodic, on=["objective", "unit_code", "period"], suffixes=("", "_by"))
    is_other_row = (pairs.name != pairs.name_by) | (pairs.nth != pairs.nth_by)
    is_later = (pairs.day_by == "") | (pairs.day == "") | (pairs.day_by >= pairs.day)
    pairs = pairs[(pairs.file != pairs.file_by) & is_other_row & is_later]
    written = current[current.filled].drop_duplicates(["file", *ROW_KEY])[["file", *ROW_KEY]]
    has_row = pairs.merge(
        written.rename(columns={"file": "file_by"}).assign(has_row=True),
        how="left",
        on=["file_by", *ROW_KEY],
    ).has_row
    keys = pairs[has_row.isna().to_numpy()].drop_duplicates(ROW_KEY)[ROW_KEY]
    gone = cells.reset_index(names="at").merge(keys, on=ROW_KEY).set_index("at")
    yield from _as_gone(gone[gone.filled])


def _as_gone(gone: pd.DataFrame) -> Iterator[Difference]:
    """Yield a "gone-row" for the cells of each row."""
    for _, row in gone.groupby(ROW_KEY, sort=False):
        yield Difference("gone-row", row, [])
