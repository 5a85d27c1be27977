"""What a document says of the year before: figures by name, differences within sentences, a section
and an annex.
"""

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.changes import among_same, for_people
from pcmd_eval.indicators import catalogue
from pcmd_eval.review.names import listed
from pcmd_eval.review.quantities import Named, figure_names, in_words, small


def of_two_years(case: Case) -> dict[str, Named]:
    """`truoc`: the figures of the year before by name; `sosanh`: what follows this year's in a
    sentence, where it is sure: ", tăng 02 vụ so với năm 2016".
    """
    names, own = figure_names(), _own(case).set_index("item")
    before = own.before.dropna().map(in_words)
    asides = own[_sure(own)].words.map(_aside)
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
    own = _told(case, _own(case))
    sure = own[_sure(own)]
    alone = "; ".join
    found = [_phrases(case, sure, figure=True).groupby(sure.objective).agg(alone)]
    found += [_apart(case, [*sure["item"]])] if case.whole else []
    parts = pd.concat(found)
    lines = []
    for objective in case.plan.objectives:
        if told := ". ".join(parts[parts.index == objective.slug]):
            lines.append(f"- Chỉ tiêu {objective.number}: {told[:1].lower()}{told[1:]}.")
    return lines


def _apart(case, without):
    """By objective what is sure of the districts that are known in both years: one text for each
    set of them, which names whom it leaves out.
    """
    same = _told(case, among_same(case.changes, case.plan))
    same = same[~same["item"].isin(without) & (same.now != "0")]
    compared = case.changes[case.changes.change.notna() & (case.changes.unit_code != case.unit)]
    known = same["item"].map(compared.groupby("item").unit_code.agg(frozenset))
    texts = _phrases(case, same).groupby([same.objective, known], sort=False).agg("; ".join)
    leads = [_whose(case, slug, of) for slug, of in texts.index]
    whole = pd.Series(leads, texts.index, dtype="string") + texts
    return whole.droplevel(1)


def _whose(case, slug, known):
    """Of which districts a sum is, and of whom it is not."""
    plan = case.plan
    sheets = {unit: plan.sheets_of(unit) for unit in plan.reporters.index if unit not in known}
    out = [unit for unit, own in sheets.items() if slug in [sheet.objective for sheet in own]]
    among = f"{len(known)}/{len(plan.districts)} {plan.districts_word}"
    return f"Tính riêng {among} có đủ số liệu cả hai năm (không gồm {listed(case, out)}): "


def _phrases(case, rows, figure=False):
    """vụ việc phát hiện 05 vụ, tăng 01 vụ: of each row, with or without its figure; the heading
    names the year.
    """
    label = rows.label.str[:1].str.lower() + rows.label.str[1:]
    change = rows.words.str.replace(f" so với năm {case.plan.previous.year}", "").map(small)
    now = [in_words(*pair) for pair in zip(rows.now, rows.measure, strict=True)]
    told = pd.Series(now, rows.index, dtype="string") + ", " if figure else ""
    return label + " " + told + change


def table(case: Case) -> tuple[pd.DataFrame, list[str]]:
    """The annex and what stands under it; no row where a district has nothing that is compared."""
    rows = _own(case)
    rows = rows[~rows["item"].isin(_wholes(case))]
    there = rows[rows.before.notna()]
    if there.empty or not (case.whole or there.change.notna().any()):
        return pd.DataFrame(), []
    shown, previous = for_people(there, case.plan), case.plan.previous
    annex = shown.drop(columns=["label", "measure"]).fillna("–").replace("chưa đủ số liệu", "–")
    annex["So sánh"] = annex["So sánh"].str.partition("; ")[0].map(small)  # one reason is enough
    annex.insert(0, "Nội dung", shown.label + (" (" + shown.measure + ")").fillna(""))
    lacking = len(rows) - len(there)
    notes = [f"{lacking} số liệu khác không có của năm {previous.year}."] if lacking else []
    source = f"Nguồn số liệu năm {previous.year}: {previous.source.rstrip('.')}."
    return annex, [*notes, f"{source} {previous.note or ''}".strip()]


def _own(case):
    return case.changes[case.changes.unit_code == case.unit]


def _told(case, rows):
    """Those that sentences tell: no number of parts, and nothing of the province's bodies alone."""
    own = catalogue(case.plan).query("kind == 'own'").index
    return rows[~rows["item"].isin([*own, *_wholes(case)])]


def _wholes(case):
    """How many parts there are at all, which is no result."""
    names = catalogue(case.plan)
    return names.index[names["item"].str.endswith(":all")]


def _sure(rows):
    """Which rows have a difference that nothing missing could alter, and one worth a word."""
    sure = rows.change.notna() | rows.words.str.contains("ít nhất").fillna(False)
    return sure & ~((rows.before == "0") & (rows.now == "0"))


def _aside(words):
    """What follows the figure; of a base of 0 only that there was none."""
    _, bracket, none = words.partition(" (năm ")
    return bracket + none if bracket else f", {small(words)}"
