"""Who sent a return and who did not, and of which days the figures are: sentences of the pages."""

import pandas as pd

from pcmd_eval.observations import counting, received
from pcmd_eval.plan import Plan
from pcmd_eval.words import listing, number, short_date

_LACKING = {
    "missing": "Chưa gửi",
    "unreadable": "Đã nhận tệp nhưng không dùng được",
    "empty": "Để trống",
    "partial": "Mới có một phần số liệu",
}


def arrivals(plan: Plan, returns: pd.DataFrame) -> list[str]:
    """How many returns came of how many and whose these are, and who sent none or not all of it."""
    asked = received(returns).reindex(plan.reporters.index)
    asked = asked[asked.state != "not_asked"]
    came = asked[asked.index.isin(counting(returns).index)]
    late = int(came.late.eq("yes").sum())
    after = f", {number(late)} {plan.return_words['late']}" if late else ""
    said = [f"Đã nhận {len(came)}/{len(asked)} báo cáo (của {_whose(plan, asked.index)}){after}."]
    for state, words in _LACKING.items():
        whose = plan.senders.inline_name[asked.index[asked.state == state]]
        if len(whose):
            said.append(f"{words}: {listing([*whose])}.")
    return said


def _whose(plan, asked):
    districts = asked.drop(plan.province, errors="ignore")
    whose = []
    if len(districts):
        whose.append(f"{len(districts)} {plan.districts_word}")
    if plan.province in asked:
        whose.append(plan.own_bodies.lower())
    return listing(whose)


def days(returns: pd.DataFrame) -> list[str]:
    """Up to which days the figures go, when the last return came; nothing where no day is known."""
    counted = counting(returns)
    ends = sorted({*counted.cutoff.dropna()})
    sent = counted.sent.dropna()
    said = []
    if ends:
        first = f"từ ngày {short_date(ends[0])} " if len(ends) > 1 else ""
        said.append(f"Số liệu chốt {first}đến ngày {short_date(ends[-1])}.")
    if len(sent):
        said.append(f"Báo cáo đến sau cùng gửi ngày {short_date(sent.max())}.")
    return said
