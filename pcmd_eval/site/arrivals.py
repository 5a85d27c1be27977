"""Who sent a return and who did not, and of which days the figures are: sentences of the pages."""

from datetime import date

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
    names = senders(plan)
    for state, words in _LACKING.items():
        if whose := [*names[asked.index[asked.state == state]]]:
            said.append(f"{words}: {listing(whose)}.")
    return said


def _whose(plan: Plan, asked: pd.Index) -> str:
    districts = asked.drop(plan.province, errors="ignore")
    whose = [f"{len(districts)} {plan.districts_word}"] if len(districts) else []
    return listing(whose + [plan.own_bodies.lower()] * (plan.province in asked))


def senders(plan: Plan) -> pd.Series:
    """Who sends each return, by code, as a sentence names them."""
    names = plan.reporters.inline_name
    return names.where(names.index != plan.province, plan.own_bodies.lower())


def days(returns: pd.DataFrame) -> list[str]:
    """Up to which days the figures go, and when the last return came; nothing where no day is known."""
    counted = counting(returns)
    ends, sent = counted.cutoff.dropna(), counted.sent.dropna()
    said = []
    if len(ends):
        usual = ends.mode().iloc[-1]
        most = usual < ends.max() and (ends == usual).sum() * 2 > len(ends)
        aside = f" (phần lớn các báo cáo: ngày {day(usual)})" if most else ""
        said.append(f"Số liệu chốt đến ngày {day(ends.max())}{aside}.")
    if len(sent):
        said.append(f"Báo cáo đến sau cùng gửi ngày {day(sent.max())}.")
    return said


def day(iso: str) -> str:
    """A day of a return as pages print it."""
    return short_date(date.fromisoformat(iso))
