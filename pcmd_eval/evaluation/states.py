"""The states of cells: what is final, what may still grow, what the answer to an issue may change.

Nothing else makes a cell `open` or `contradictory`.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple, Self

import pandas as pd

from pcmd_eval.evaluation.comparisons import FailedComparison, find_failed_comparisons
from pcmd_eval.plan.form import months_of
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.vocabulary import PERIOD_LABELS

# States of cells with a readable value; the column `reported` of returns.csv counts them.
FILLED_STATES = ("reported", "open", "contradictory")
CELL_STATES = (*FILLED_STATES, "blank", "unreadable", "absent")
DETECTED, PENDING = "6.3", "6.6"
HANDLED = ("6.4", "6.5")
AT_CUTOFF = (*HANDLED, PENDING)  # rows whose numbers are the state at the cut-off
_CHANGEABLE_COLUMNS = (
    "type",
    "start",
    "operating",
)  # columns of models whose answers may still change


class Place(NamedTuple):
    """A cell of a reporter, or a set of its cells: "" in a field stands for all.

    `cell` "" is every filled cell of the sheet, `sheet` "" all sheets, `file` "" all files.
    """

    reporter: str
    file: str
    sheet: str
    cell: str = ""

    @classmethod
    def of(cls, cell: Any) -> Self:
        """Return the place of an observation, or of a row of a frame of them."""
        return cls(cell.reporter, cell.file, cell.sheet, cell.cell)


class Doubts(NamedTuple):
    """The cells that answers to open issues may change.

    `changing`: they may change in any way; `growing`: numbers may only grow.
    """

    changing: frozenset[Place] = frozenset()
    growing: frozenset[Place] = frozenset()


NO_DOUBTS = Doubts()


@cache
def period_ends(year: int) -> Mapping[str, pd.Timestamp]:
    """Return the last day of every quarter, month and of the year, by the code of the period."""
    return {
        period: pd.Timestamp(year, max(months_of(period)), 1) + pd.offsets.MonthEnd()
        for period in PERIOD_LABELS
    }


def is_period_open(cells: pd.DataFrame, plan: Plan) -> pd.Series:
    """Return whether the period of each cell was not over at its cut-off: it may still grow.

    It counts as over when at most `open_period_days` of it are left. Cells of the year, and cases
    at the cut-off (`AT_CUTOFF`), have the end of the year. Never True without a cut-off.
    """
    is_case_at_cutoff = cells.objective.eq("enforcement") & cells.row.isin(AT_CUTOFF)
    ends = cells.period.mask(is_case_at_cutoff, "Y").map(period_ends(plan.year))
    days = (ends - pd.to_datetime(cells.cutoff)).dt.days
    return days > plan.rules["open_period_days"].value


def judge_states(
    cells: pd.DataFrame,
    plan: Plan,
    doubts: Doubts = NO_DOUBTS,
    is_confirmed: Callable[[FailedComparison], bool] = lambda comparison: False,
) -> tuple[pd.DataFrame, list[FailedComparison]]:
    """Return the cells with their states, and the comparisons of the form that fail.

    `cells`: see `observations.derive_columns`. A reported cell becomes `open` (its number is a
    minimum) where its period was not over at the cut-off, where its file has no cut-off, or where
    `doubts` say that it may grow. It becomes `contradictory` where `doubts` say that it may change,
    or where a failed comparison doubts it, unless `is_confirmed`. The numbers of a quarter whose
    cases are all handled are final: `reported`.
    """
    is_reported = cells.state == "reported"
    state = cells.state.mask(
        is_reported & (is_period_open(cells, plan) | cells.cutoff.isna()), "open"
    )
    cells = apply_doubts(cells.assign(state=state), doubts)
    failed = [*find_failed_comparisons(cells, plan)]
    doubted: set[Hashable] = set()
    for comparison in failed:
        if not is_confirmed(comparison):
            doubted.update(cell.Index for cell in comparison.doubted)
    cells = cells.assign(state=cells.state.mask(cells.index.isin(doubted), "contradictory"))
    return cells.assign(state=_finalize_settled_quarters(cells)), failed


def apply_doubts(cells: pd.DataFrame, doubts: Doubts) -> pd.DataFrame:
    """Return the cells with the states that doubts give them.

    `reported` cells in `doubts.growing` become `open`, filled ones in `doubts.changing` become
    `contradictory`.
    """
    if doubts == NO_DOUBTS:
        return cells
    texts = (cells[name].fillna("").tolist() for name in Place._fields)
    cell_places = [list_places(*key) for key in zip(*texts, strict=True)]

    def is_in(doubted: frozenset[Place]) -> pd.Series:
        """Return whether each cell is in one of these places (bool)."""
        return pd.Series([not doubted.isdisjoint(places) for places in cell_places], cells.index)

    may_grow = is_in(doubts.growing) & (cells.state == "reported")
    state = cells.state.mask(may_grow, "open")
    may_change = is_in(doubts.changing) & cells.state.isin(FILLED_STATES)
    return cells.assign(state=state.mask(may_change, "contradictory"))


def list_places(reporter: str, file: str, sheet: str, cell: str) -> list[Place]:
    """Return every place that includes a cell; "" stands for every file, sheet or cell.

    They are the cell, its sheet in its file and in every file, its file, and every file.
    """
    files = (file, "")
    return [
        Place(reporter, file, sheet, cell),
        *(Place(reporter, name, sheet) for name in files),
        *(Place(reporter, name, "") for name in files),
    ]


def _finalize_settled_quarters(cells: pd.DataFrame) -> pd.Series:
    """Return the states of all cells; cases of a settled quarter become `reported`.

    A quarter is settled if its handled cases (`HANDLED`) equal a final number of detected ones
    (`DETECTED`), and none is pending (`PENDING`).
    """
    is_case = cells.objective.eq("enforcement") & cells.row.isin([DETECTED, *AT_CUTOFF])
    cases = cells[is_case & cells.state.isin(["reported", "open"])]
    if not cases.state.eq("open").any():
        return cells.state
    number = pd.to_numeric(cases.value, errors="coerce")
    keys = [cases.reporter, cases.period]
    is_known = cases.row.eq(DETECTED) & cases.state.eq("reported")
    sums = {
        name: number.where(mask).groupby(keys).transform("sum", min_count=1)
        for name, mask in (
            ("detected", is_known),
            ("handled", cases.row.isin(HANDLED)),
            ("pending", cases.row.eq(PENDING)),
        )
    }
    is_settled = (sums["detected"] == sums["handled"]) & ~(sums["pending"] > 0).fillna(False)
    is_settled = is_settled.fillna(False) & cases.row.isin(AT_CUTOFF)
    return cells.state.mask(cells.index.isin(cases.index[is_settled]), "reported")


def mask_unknown(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with <NA> in value, number, amount and some where they are not known.

    Cells that are neither `reported` nor `open` lose all four. An open 0, and open pending cases,
    which may become fewer, lose all but the value; a larger open number is a minimum and stays. In
    a column of the year an open "no" or "none", an open cell of the row "none", and an open type,
    start or operating of a model lose the value, which may change.
    """
    is_known = cells.state.isin(["reported", "open"])
    is_open = cells.state == "open"
    is_pending = cells.objective.eq("enforcement") & cells.row.eq(PENDING)
    is_minimum = cells.some.fillna(False) & ~is_pending
    keeps_numbers = is_known & (~is_open | is_minimum)
    is_denial = cells.column.notna() & (cells.value.isin(["no", "none"]) | cells.row.eq("none"))
    keeps_value = is_known & ~(
        is_open & (is_denial | cells.column.isin(_CHANGEABLE_COLUMNS))
    ).fillna(False)
    numbers = {name: cells[name].where(keeps_numbers) for name in ("number", "amount", "some")}
    return cells.assign(value=cells.value.where(keeps_value), **numbers)
