"""Describe the reporting status: returns received, missing returns, cut-off dates."""

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.observations import (
    COUNTED_STATES,
    counted_returns,
    received_returns,
)
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import (
    format_number,
    format_short_date,
)

INCOMPLETE_STATES = ("missing", "unreadable", "empty", "partial")  # of a return


def count_complete(cell_counts: pd.DataFrame, reporters: pd.Index) -> int:
    """Return the number of these reporters all of whose cells are final (state reported).

    `cell_counts`: see `case.count_cells`.
    """
    other = cell_counts.drop(columns="reported").sum(axis=1).groupby("reporter").sum()
    return int((other.reindex(reporters) == 0).sum())


def describe_arrivals(plan: Plan, returns: pd.DataFrame, cell_counts: pd.DataFrame) -> list[str]:
    """Return a sentence on the received returns, then one for each state in `INCOMPLETE_STATES`,
    and one on those that lack whole sheets.
    """
    rows = received_returns(returns).reindex(plan.expected_reporters)
    arrived = rows[rows.state.isin(COUNTED_STATES)]
    late, complete = int(arrived.late.sum()), count_complete(cell_counts, arrived.index)
    sentences = [phrase("arrived", plan, plan.expected_reporters, [*arrived.index], late, complete)]
    sheets = _list_empty_sheets(plan, cell_counts)
    sheets = sheets[sheets.index.isin(rows.index[rows.state == "partial"])]
    states = rows.state.mask(rows.index.isin(sheets.index))
    for state in INCOMPLETE_STATES:
        if units := [*rows.index[states == state]]:
            sentences.append(phrase("lacking", state, plan.join_names(units)))
    groups = [
        f"{plan.join_names([*units])} (Biểu {numbers})"
        for numbers, units in sheets.index.groupby(sheets).items()
    ]
    return [*sentences, phrase("lacking", "sheets", "; ".join(groups))] if groups else sentences


def describe_gaps(plan: Plan, returns: pd.DataFrame, cell_counts: pd.DataFrame) -> str:
    """Return the line on missing data that every page has: which returns did not come, how many of
    the cells asked for are not known, and how many may still grow.
    """
    states = received_returns(returns).reindex(plan.expected_reporters).state
    silent = plan.join_names([*states.index[~states.isin(COUNTED_STATES)]])
    returned = f"chưa có báo cáo của {silent}" if silent else "báo cáo nào cũng đã có"
    totals = cell_counts.sum()
    asked, growing = int(totals.sum()), int(totals.open)
    unknown = asked - int(totals[[*FILLED_STATES]].sum()) + int(totals.contradictory)
    line = (
        f"Toàn {plan.kind}: {returned}; {format_number(unknown)}/{format_number(asked)} ô chưa rõ"
    )
    return f"{line}, {format_number(growing)} ô còn có thể tăng." if growing else f"{line}."


def _list_empty_sheets(plan: Plan, cell_counts: pd.DataFrame) -> pd.Series:
    """Return the numbers of the sheets without any readable cell, as text, by reporter."""
    is_filled = cell_counts[[*FILLED_STATES]].sum(axis=1) > 0
    empty = is_filled.index[~is_filled].to_frame(index=False)
    numbers = empty.objective.map({one.objective: str(one.number) for one in plan.form.sheets})
    return numbers.sort_values().groupby(empty.reporter).agg(", ".join)


def list_cutoffs(returns: pd.DataFrame) -> list[str]:
    """Return the distinct cut-off days (ISO), ascending."""
    return sorted({*counted_returns(returns).cutoff.dt.strftime("%Y-%m-%d").dropna()})


def describe_days(plan: Plan, returns: pd.DataFrame) -> list[str]:
    """Return sentences on the cut-off days and on the day of the last return, if known."""
    counted, sentences = counted_returns(returns), []
    if counted.cutoff.notna().any():
        sentences.append(_describe_cutoffs(plan, counted.cutoff, returns.reporter.nunique()))
    sent = counted.sent.dropna()
    if len(sent):
        sentences.append(f"Tổng hợp từ các báo cáo gửi đến ngày {format_short_date(sent.max())}.")
    return sentences


def _describe_cutoffs(plan: Plan, cutoffs: pd.Series, total: int) -> str:
    """Return a sentence on the cut-off days: that of most reporters, the first and last others, and
    whose is not known.

    `cutoffs`: days by reporter; `total`: the number of all reporters.
    """
    unclear = plan.join_names(cutoffs.index[cutoffs.isna()])
    cutoffs = cutoffs.dropna()
    if total == 1:
        return f"Số liệu chốt đến {format_short_date(cutoffs.iloc[0])}."
    common = cutoffs.mode()[0]
    is_majority = (cutoffs == common).sum() * 2 > total
    ends, days = {}, {"sớm nhất": cutoffs.min(), "muộn nhất": cutoffs.max()}
    for label, day in days.items() if cutoffs.nunique() > 1 else [("", common)]:
        if is_majority and day == common:
            continue
        units = plan.join_names(cutoffs.index[cutoffs == day])
        # Next to `common`, a day of the same year needs no year.
        has_year = not is_majority or day.year != common.year
        text = format_short_date(day) if has_year else f"{day:%d/%m}"
        ends[label] = f"{text} ({units})"
    is_of_all = (cutoffs == common).sum() == total
    day = format_short_date(common) if is_majority else ""
    return phrase("cutoffs", day, ends, is_of_all, unclear)
