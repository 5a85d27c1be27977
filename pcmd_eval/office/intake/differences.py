"""Compare the versions of the cells of one reporter, and yield differences to ask about."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.evaluation.states import AT_CUTOFF, HANDLED
from pcmd_eval.office.intake.versions import CELL_KEY, ROW_KEY
from pcmd_eval.plan.disclosure import COMPARED_CLASSES
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


def compare_versions(
    plan: Plan, versions: pd.DataFrame, cells: pd.DataFrame
) -> Iterator[Difference]:
    """Yield the differences between the versions that count and the others.

    `versions`: see `versions.list_versions`; `cells`: those that count.
    """
    pairs = _pair_versions(versions, cells)
    rule_by_cell: dict[Any, tuple[str, pd.DataFrame]] = {}  # by label; a later rule replaces
    for rule, of_rule in _rules_of_cells(pairs):
        rule_by_cell |= {label: (rule, of_cell) for label, of_cell in of_rule.groupby("label")}
    compared_rows, compared_pairs = (
        frame[plan.classify(frame).isin(COMPARED_CLASSES)] for frame in (versions, pairs)
    )
    changed = [*_changed_periods(compared_rows, compared_pairs, cells, rule_by_cell)]
    for difference in [*changed, *_handled_cases(versions, cells)]:
        for label in difference.cells.index:
            rule_by_cell.pop(label, None)
        yield difference
    for label, (rule, pairs_of_cell) in rule_by_cell.items():
        yield Difference(rule, cells.loc[[label]], _quote(pairs_of_cell))
    for objective, of_list in versions[versions.layout == "lines"].groupby("objective"):
        yield from _compare_lists(of_list, cells[cells.objective == objective])
    yield from _gone_rows(versions[versions.layout == "communes"], cells)


def _quote(versions: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (file, raw text) of each version, as in `Difference.older`."""
    return [*zip(versions.file, versions.raw, strict=True)]


def _pair_versions(versions: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Pair each filled version with the one that counts (its `label`, its columns `*_now`).

    `is_unordered`: it is not known to be the earlier one; of lines only such pairs are returned.
    `is_current` is False for versions of replaced bases.
    """
    now = cells[cells.filled].reset_index(names="label")
    pairs = versions[versions.filled]
    pairs = pairs.merge(now, on=CELL_KEY, suffixes=("", "_now"))
    pairs = pairs[pairs.file != pairs.file_now]
    is_unlisted = pairs.is_unlisted | pairs.is_unlisted_now
    number, number_now = (
        pd.to_numeric(pairs[name].where(pairs.kind.isin(_NUMBERS)), "coerce")
        for name in ("value", "value_now")
    )
    is_unordered = (pairs.day == "") | (pairs.day >= pairs.day_now) | is_unlisted
    pairs = pairs.assign(
        is_unordered=is_unordered,
        is_unlisted=is_unlisted,
        differs=(pairs.content != pairs.content_now) | (pairs.state != pairs.state_now),
        number=number,
        number_now=number_now,
        has_later_cutoff=(pairs.cutoff < pairs.cutoff_now).fillna(False),
    )
    return pairs[is_unordered | (pairs.layout != "lines")].sort_values(
        ["day", "rank"], ascending=False
    )


def _rules_of_cells(pairs: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (rule, pairs that break it) for each rule about single cells."""
    is_mended = pairs.successor == pairs.file_now  # the base of the copy that counts
    returning = pairs[~pairs.is_unordered & ~pairs.is_open_zero & ~is_mended]
    is_unordered = pairs.is_unordered & (pairs.is_current | pairs.is_unlisted)
    unordered = pairs[pairs.differs & is_unordered & (pairs.state_now != "unreadable")]
    pairs = pairs[pairs.is_current]
    is_ordered_change = pairs.differs & ~pairs.is_unordered & ~pairs.is_open_zero
    yield "changed-value", pairs[is_ordered_change]
    returning_by_cell = returning.groupby("label", group_keys=False)[[*returning]]
    yield "value-returns", returning_by_cell.filter(_recurs)
    may_fall = pairs.row.isin(AT_CUTOFF) & pairs.has_later_cutoff
    is_fallen = (pairs.number > pairs.number_now) & ~may_fall & ~pairs.is_unordered
    is_yearly = (pairs.kind == "count") & (pairs.period == "Y") & (pairs.number_now > 0)
    fallen = pairs[is_fallen & is_yearly & pairs.has_later_cutoff]
    yield "falling-count", fallen.sort_values("number", ascending=False).groupby("label").head(1)
    yield "later-zero", pairs[is_fallen & (pairs.number_now == 0)].groupby("label").head(1)
    yield "unordered-values", unordered


def _recurs(versions: pd.DataFrame) -> bool:
    """Return whether the value that counts was in an earlier file, with another one in between.

    `versions`: rows of `_pair_versions` about one cell, the latest file first.
    """
    contents = [*versions.content_now.iloc[:1], *versions.content]  # the latest first
    distinct = [content for content, _ in groupby(contents)]
    return distinct[0] in distinct[2:]


def _changed_periods(
    versions: pd.DataFrame,
    pairs: pd.DataFrame,
    cells: pd.DataFrame,
    rule_by_cell: Mapping[Any, tuple[str, pd.DataFrame]],
) -> Iterator[Difference]:
    """Yield "changed-period" for each quarter or month that a later file changes as a whole.

    The period was over, the earlier file reported at least `_MIN_CHANGED` of its cells, and more
    than half of these differ. `versions`, `pairs`: only cells classified as `COMPARED_CLASSES`;
    `cells`: those that count; `rule_by_cell`: (rule, pairs) by label of each cell that differs.
    """
    keys = ["objective", "period", "file"]
    is_final = versions.is_final & (versions.column == "") & versions.is_current
    numbers = versions[is_final].groupby(keys).size()
    changed = pairs[pairs.is_final & (pairs.column == "")]
    changed = changed[changed.differs & ~changed.is_unordered & changed.is_current]
    for (*key, _), of_period in changed.groupby([*keys, "file_now"]):
        number = numbers[tuple(key)]
        labels = sorted(label for label in {*of_period["label"]} if label in rule_by_cell)
        if number >= _MIN_CHANGED and len(labels) * 2 > number:
            first = of_period[of_period["label"] == labels[0]]
            yield Difference("changed-period", cells.loc[labels], _quote(first))


def _handled_cases(versions: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield a difference, the newest cell first, for each period whose sum of handled cases is
    smaller at a later cut-off, be it of one cell; `versions`, `cells`: see `compare_versions`.
    """
    current, now = (
        frame[frame.row.isin(HANDLED) & frame.filled & (frame.day != "")].assign(
            number=pd.to_numeric(frame.value, "coerce").astype("float64")  # <NA> has no truth
        )
        for frame in (versions[versions.is_current], cells)
    )
    for period, cases in now.sort_values("day", ascending=False, kind="stable").groupby("period"):
        day, cutoff = cases[["day", "cutoff"]].iloc[0]
        is_earlier = (current.day < day) & (current.cutoff < cutoff).fillna(False)
        earlier = current[is_earlier & (current.period == period)].set_index("row")
        for _, was in earlier[::-1].groupby("file", sort=False):  # the latest file first
            is_known = len(was) == len(cases) == len(HANDLED)
            if is_known and was.number.sum(skipna=False) > cases.number.sum(skipna=False):
                older = [(was.file.iloc[0], " + ".join(was.raw[cases.row]))]
                yield Difference(
                    "falling-count" if cases.number.sum() else "later-zero", cases, older
                )
                break


# -- rows and lines that only some files have ------------------------------------------------------


def _compare_lists(versions: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield "unordered-values" if a file whose order is not known has another list of lines, and a
    "gone-row" for each line whose model the later list lacks.

    `versions`: those of `list_versions` on one sheet of lines; `cells`: those that count.
    """
    counted = cells[cells.filled]
    is_other = versions.filled & versions.is_current & ~versions.file.isin(counted.file)
    others, days = versions[is_other], {*counted.day}
    is_unordered = (others.day == "") | others.day.isin(days) | ("" in days)
    unordered = others[is_unordered]  # with lines without a name
    lines = {*zip(counted.name, counted.nth, strict=True)}
    other_files = [
        file
        for file, group in unordered.groupby("file")
        if {*zip(group.name, group.nth, strict=True)} != lines
    ]
    other_names = unordered[(unordered.column == "name") & unordered.file.isin(other_files)]
    if len(other_names):
        # Lines that only one of the two lists has come first.
        in_order = counted.iloc[counted.name.isin(other_names.name).argsort(kind="stable")]
        ordered_names = other_names.iloc[other_names.name.isin(counted.name).argsort()]
        yield Difference("unordered-values", in_order, _quote(ordered_names))
    yield from _group_gone_rows(_gone_lines(versions, others[~is_unordered], counted))


def _gone_lines(
    versions: pd.DataFrame, earlier_cells: pd.DataFrame, counted: pd.DataFrame
) -> pd.DataFrame:
    """Return the earlier cells of lines whose model the list that counts lacks.

    Lines of one name and type are one model, each line without a name is one. A type that the list
    corrects is not another model: the list has as many models of that name.
    """
    types = versions[versions.column == "type"]
    types = types.assign(
        model=types.name + types.content.where(types.name != "", types.nth.map(str))
    )
    later = types[types.file.isin(counted.file)]
    earlier = types[types.file.isin(earlier_cells.file)]
    later_number = earlier.name.map(later.groupby("name").model.nunique()).fillna(0)
    number = earlier.groupby(["rank", "name"]).model.transform("nunique")
    gone = earlier[~earlier.model.isin(later.model) & (number > later_number)]
    last = gone[gone["rank"] == gone.groupby("name")["rank"].transform("max")]
    return earlier_cells.merge(last[["rank", "name", "nth"]])


def _gone_rows(versions: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Difference]:
    """Yield a "gone-row" for each row of a commune that a later file lacks, although that file
    reports one of the row's periods in another row of the commune.

    `versions`: of communes; `cells`: those that count.
    """
    written = versions[versions.is_current & versions.filled]
    periodic = written[written.column == ""]
    last_day = written.groupby(ROW_KEY).day.transform("max")  # of any file that has the row
    counted = periodic.assign(day=last_day)[periodic.index.isin(cells.index)]
    pairs = counted.merge(periodic, on=["objective", "unit_code", "period"], suffixes=("", "_by"))
    is_later = (pairs.day_by == "") | (pairs.day == "") | (pairs.day_by >= pairs.day)
    pairs = pairs[(pairs.file != pairs.file_by) & (pairs.name != pairs.name_by) & is_later]
    written_keys = pd.MultiIndex.from_frame(written[["file", *ROW_KEY]])
    is_known = pd.MultiIndex.from_frame(pairs[["file_by", *ROW_KEY]]).isin(written_keys)
    keys = pairs[~is_known].drop_duplicates(ROW_KEY)[ROW_KEY]
    gone = cells.reset_index(names="label").merge(keys, on=ROW_KEY).set_index("label")
    yield from _group_gone_rows(gone[gone.filled])


def _group_gone_rows(gone: pd.DataFrame) -> Iterator[Difference]:
    """Yield a "gone-row" for the cells of each row."""
    for _, row in gone.groupby(ROW_KEY, sort=False):
        yield Difference("gone-row", row, [])
