"""Who sent a return and who did not, and of which days the figures are, in words."""

from collections.abc import Collection

import pandas as pd

from pcmd_eval.analysis.case import latest_returns
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.observations import COUNTED_STATES, counted_returns, received
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import describe_filled_cells, format_short_date

LACKING = ("missing", "unreadable", "empty", "partial")  # what can be the matter with a return


def arrivals(plan: Plan, returns: pd.DataFrame) -> list[str]:
    """How many returns came of how many and whose these are, and who sent none or not all of it: a
    sentence each.
    """
    rows = received(returns).reindex(plan.expected_reporters)
    came = rows[rows.state.isin(COUNTED_STATES)]
    late = int(came.late.eq("yes").sum())
    sentences = [phrase("arrived", plan, plan.expected_reporters, [*came.index], late)]
    for state in LACKING:
        if units := [*rows.index[rows.state == state]]:
            sentences.append(phrase("lacking", state, [*plan.senders.inline_name[units]]))
    return sentences


def coverage(case: Case) -> str:
    """Whose returns the figures of a document come from, and what is the matter with the others; of
    a return that came after the deadline the day, which a notice has in its first sentence.
    """
    rows = latest_returns(case).loc[case.reporters]
    came = rows.index[rows.state.isin(COUNTED_STATES)]
    units = {state: [*rows.index[rows.state == state]] for state in LACKING}
    units["gaps"] = [*came[lacking_cells(case)[came] > 0]] if case.is_province else []
    late = rows.sent[rows.late.eq("yes").fillna(False)]
    return phrase("coverage", case, [*came], units, late)


def filled_share(cells: pd.DataFrame) -> str:
    """Câu nói bao nhiêu ô có số liệu trong số ô phải điền.

    show(filled_share(case.own(case.cells)))
    """
    return describe_filled_cells(int(cells.state.eq("reported").sum()), len(cells))


def lacking_cells(case: Case) -> pd.Series:
    """How many cells of each reporter hold no figure."""
    return latest_returns(case)[["blank", "unreadable", "absent"]].sum(axis=1)


def cutoffs(returns: pd.DataFrame, reporters: Collection[str] | None = None) -> list[str]:
    """The days up to which the figures of these reporters go, or of all; none that is not known."""
    days = counted_returns(returns).cutoff
    return sorted({*(days if reporters is None else days.reindex(reporters)).dropna()})


def days(returns: pd.DataFrame) -> list[str]:
    """Up to which days the figures go, when the last return came; nothing where no day is known."""
    sentences = []
    if ends := cutoffs(returns):
        sentences.append(phrase("days", ends))
    sent = counted_returns(returns).sent.dropna()
    if len(sent):
        sentences.append(f"Báo cáo đến sau cùng gửi ngày {format_short_date(sent.max())}.")
    return sentences
