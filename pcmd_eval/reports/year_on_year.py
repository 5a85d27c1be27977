"""What a document says of the year before: figures by name, differences within sentences, a section
and an annex.
"""

import re

import pandas as pd

from pcmd_eval.analysis.case import unit_rows
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.plan.plan import Plan
from pcmd_eval.reports.figure_text import Named, figure_names, in_sentence, with_zeros
from pcmd_eval.statistics.indicators import catalogue
from pcmd_eval.statistics.year_on_year import describe_changes, display_changes
from pcmd_eval.util.formatting import format_short_date, lowercase_first

# What a label begins with and the measure behind its figure says again: a sentence has it once.
_COUNTED = re.compile("^(?:cuộc|lượt(?: người)?|vụ việc|chương trình) ")


def of_two_years(case: Case) -> dict[str, Named]:
    """`truoc`: the figures of the year before by name; `sosanh`: what follows this year's in a
    sentence, where it is sure: ", tăng 02 vụ so với năm 2016".
    """
    names = figure_names()
    rows = unit_rows(case, case.changes).set_index("item")
    figures = case.plan.previous_figures.words
    is_unit = figures.index.get_level_values("unit_code") == case.unit
    before = figures[is_unit].droplevel("unit_code").dropna().map(in_sentence)
    rows = rows[_is_compared(rows)]
    asides = (", " + rows.words.map(with_zeros)).astype("string")
    # Of a base of 0 only that there was none.
    from_none = (rows.change > 0) & (rows.before == 0)
    asides = asides.mask(from_none, f" {phrase('none_before', case.plan.previous_year)}")
    return {
        "truoc": dict.fromkeys(names, "–") | before.to_dict(),
        "sosanh": dict.fromkeys(names, "") | asides.to_dict(),
    }


def comparison_lines(case: Case) -> list[str]:
    """A line for each objective on what is sure of its figures."""
    if not case.plan.previous:
        return []
    rows = _results(case)
    rows = rows[(rows.kind != "own") & _is_compared(rows)]
    figures = {}
    for row, follows in zip(rows.itertuples(), describe_changes(rows, case.plan), strict=True):
        figure = f"{_COUNTED.sub('', lowercase_first(row.label))} {in_sentence(row.now_words, row.measure)}"
        figures.setdefault(row.objective, []).append(f"{figure}, {with_zeros(follows)}")
    return [
        f"- Chỉ tiêu {case.plan[slug].number}: {'; '.join(of)}." for slug, of in figures.items()
    ]


def comparison_note(plan: Plan, days: list[str]) -> str:
    """How far the year before may be compared, with the day up to which the figures go."""
    note = plan.previous.note if plan.previous else None
    cutoff = (
        f"ngày {format_short_date(days[0])}" if len(days) == 1 else "ngày chốt của từng báo cáo"
    )
    return (note or "").replace("{cutoff}", cutoff)


def comparison_table(case: Case) -> pd.DataFrame:
    """The annex; no row where a district has nothing that is compared."""
    rows = _results(case)
    if not (case.is_province or rows.change.notna().any()):
        return pd.DataFrame()
    shown = display_changes(rows, case.plan)
    if shown.empty:
        return pd.DataFrame()
    annex = shown.drop(columns=["label", "measure"])
    annex.insert(0, "Nội dung", shown.label + (" (" + shown.measure + ")").fillna(""))
    return annex


def _results(case):
    """The unit's rows and their `kind`, but for how many parts there are at all (":all")."""
    names = catalogue(case.plan)
    rows = unit_rows(case, case.changes).join(names.kind, on="item")
    return rows[~rows["item"].isin(names.index[names["item"].str.endswith(":all")])]


def _is_compared(rows):
    """Return which rows have a difference worth a word."""
    return rows.why.isna() & ~((rows.before == 0) & (rows.now == 0))
