"""What a document says of the year before: figures by name, differences within sentences, a section
and an annex.
"""

import re

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.changes import differences, for_people
from pcmd_eval.indicators import catalogue
from pcmd_eval.plan import Plan
from pcmd_eval.review.quantities import Named, figure_names, in_words, small
from pcmd_eval.words import lowered, short_date

GAP = r"số liệu năm \d+ chưa đủ"
# What a label says is counted, and the measure behind the figure says again.
COUNTED = re.compile("^(?:cuộc|lượt(?: người)?|vụ việc|chương trình) ")


def of_two_years(case: Case) -> dict[str, Named]:
    """`truoc`: the figures of the year before by name; `sosanh`: what follows this year's in a
    sentence, where it is sure: ", tăng 02 vụ so với năm 2016".
    """
    names = figure_names()
    own = case.of_unit(case.changes).set_index("item")
    before = own.before.dropna().map(in_words)
    asides = own[_sure(own, case.plan)].words.map(_aside)
    return {
        "truoc": dict.fromkeys(names, "–") | before.to_dict(),
        "sosanh": dict.fromkeys(names, "") | asides.to_dict(),
    }


def lines(case: Case) -> list[str]:
    """A line for each objective on what is sure of its figures."""
    if not case.plan.previous:
        return []
    rows = _results(case)
    rows = rows[(rows.kind != "own") & _sure(rows, case.plan)]
    told = {}
    for row, follows in zip(rows.itertuples(), differences(rows, case.plan), strict=True):
        figure = f"{COUNTED.sub('', lowered(row.label))} {in_words(row.now, row.measure)}"
        told.setdefault(row.objective, []).append(f"{figure}, {small(follows)}")
    return [f"- Chỉ tiêu {case.plan[slug].number}: {'; '.join(of)}." for slug, of in told.items()]


def note(plan: Plan, days: list[str]) -> str:
    """How far the year before may be compared, with the day up to which the figures go."""
    words = plan.previous.note if plan.previous else None
    cutoff = f"ngày {short_date(days[0])}" if len(days) == 1 else "ngày chốt của từng báo cáo"
    return (words or "").replace("{cutoff}", cutoff)


def table(case: Case) -> pd.DataFrame:
    """The annex; no row where a district has nothing that is compared."""
    rows = _results(case)
    rows = rows[rows.before.notna()]
    if rows.empty or not (case.whole or rows.change.notna().any()):
        return pd.DataFrame()
    shown = for_people(rows, case.plan)
    annex = shown.drop(columns=["label", "measure"])
    # The star of the figure says this already.
    annex["So sánh"] = annex["So sánh"].str.replace(f"{GAP}; (?!{GAP}$)", "", regex=True)
    annex.insert(0, "Nội dung", shown.label + (" (" + shown.measure + ")").fillna(""))
    return annex


def _results(case):
    """The unit's rows and their `kind`, but no number of parts."""
    names = catalogue(case.plan)
    rows = case.of_unit(case.changes).join(names.kind, on="item")
    return rows[~rows["item"].isin(names.index[names["item"].str.endswith(":all")])]


def _sure(rows, plan):
    """Which rows have a difference that nothing missing could alter, and one worth a word."""
    return differences(rows, plan).notna() & ~((rows.before == "0") & (rows.now == "0"))


def _aside(words):
    """What follows the figure; of a base of 0 only that there was none."""
    _, bracket, none = words.partition(" (năm ")
    return bracket + none if bracket else f", {small(words)}"
