"""What a document says of the year before: figures by name, differences within sentences, a section
and an annex.
"""

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.changes import among_same, compared, differences, for_people
from pcmd_eval.indicators import catalogue
from pcmd_eval.review.quantities import Named, figure_names, in_words, small
from pcmd_eval.words import lowered

GAP = r"số liệu năm \d+ chưa đủ"
# What a label says is counted, and the measure behind the figure says again.
COUNTED = r"^(?:cuộc|lượt(?: người)?|vụ việc|chương trình) "


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


def sentences(case: Case) -> list[str]:
    """A line for each objective on what is sure of its figures, and on the districts known in both
    years where only these can be compared.
    """
    if not case.plan.previous:
        return []
    own = _results(case)
    own = own[(own.kind != "own") & _sure(own, case.plan)]
    now = [in_words(*pair) for pair in zip(own.now, own.measure, strict=True)]
    figure = pd.Series(now, own.index, dtype="string")
    labels = own.label.map(lowered).str.replace(COUNTED, "", regex=True)
    said = labels + " " + figure + ", " + differences(own, case.plan).map(small)
    parts = said.groupby(own.objective).agg("; ".join)
    if case.whole:
        parts = pd.concat([parts, _apart(case, own["item"])])
    lines = []
    for objective in case.plan.objectives:
        told = ". ".join(parts[parts.index == objective.slug])
        if told:
            lines.append(f"- Chỉ tiêu {objective.number}: {lowered(told)}.")
    return lines


def _apart(case, told):
    """By objective what is sure of the districts that are known in both years: one text for each
    set of them, which names whom it leaves out.
    """
    same = among_same(case.changes, case.plan)
    results = _results(case).query("kind != 'own'")["item"]
    same = same[same["item"].isin(results) & ~same["item"].isin(told)]
    same = same[same.now != "0"]
    known = compared(case.changes, case.plan).groupby("item").unit_code.agg(frozenset)
    known = same["item"].map(known)
    said = same.label.map(lowered) + " " + differences(same, case.plan).map(small)
    texts = said.groupby([same.objective, known], sort=False).agg("; ".join)
    lines = [_whose(case, slug, of) + text for (slug, of), text in texts.items()]
    return pd.Series(lines, texts.index.droplevel(1), dtype="string")


def _whose(case, slug, known):
    """Of whom a sum is, and of whom it is not."""
    plan = case.plan
    out = []
    for unit in plan.reporters.index.difference(known, sort=False):
        asked = [sheet.objective for sheet in plan.sheets_of(unit)]
        if slug in asked:
            out.append(unit)
    among = f"{len(known - {plan.province})}/{len(plan.districts)} {plan.districts_word}"
    if plan.province in known:
        among += f" và {plan.own_bodies.lower()}"
    without = f" (không gồm {plan.listed(out)})" if out else ""
    return f"Tính riêng {among} có đủ số liệu cả hai năm{without}: "


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
