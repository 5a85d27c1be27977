"""What a document says of the year before: figures by name, differences within sentences, a section
and an annex.
"""

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.changes import among_same, for_people
from pcmd_eval.indicators import catalogue
from pcmd_eval.words import at_least

NOT_COMPARED = "không so sánh: "


def before(case: Case) -> dict[str, str]:
    """The figures of the year before by name, as they read within a sentence."""
    own = _own(case).dropna(subset="before").set_index("item").before
    return own.map(at_least).to_dict()


def differences(case: Case) -> dict[str, str]:
    """What follows a figure in a sentence, by name: ", tăng 2 vụ so với năm 2016"; rounded ones
    stand together.
    """
    found = {}
    for row in _own(case).dropna(subset="words").itertuples():
        sure = pd.notna(row.change) or "ít nhất" in row.words
        bracket = row.words.partition(" (năm ")[1:]
        if sure and bracket[0]:  # of a base of 0
            found[row.item] = "".join(bracket)
        elif sure:
            found[row.item] = f", {row.words}"
        elif "số làm tròn" in row.why:
            found[row.item] = f" ({row.words})"
    return found


def sentences(case: Case) -> list[str]:
    """A line for each objective on what is sure of its figures, or of the districts known in both
    years.
    """
    if not case.plan.previous:
        return []
    year, names = case.plan.previous.year, catalogue(case.plan)
    own = names.index[(names.kind != "own") & ~names["item"].str.endswith(":all")]
    rows = _own(case)
    rows = rows.assign(words=rows.words.str.replace(f" so với năm {year}", ""))
    sure = rows[rows.change.notna() | rows.words.str.contains("ít nhất").fillna(False)]
    said = [(row.objective, row.item, _said(row, row.words)) for row in sure.itertuples()]
    if case.whole:
        same = among_same(case.changes, case.plan)
        same = same.assign(words=same.words.str.replace(f" so với năm {year}", ""))
        for row in same[~same["item"].isin(sure["item"])].itertuples():
            who = f"tính riêng {row.units}/{len(case.plan.districts)} {case.plan.districts_word}"
            said.append(
                (row.objective, row.item, f"{_said(row, row.words)} ({who} đủ số liệu hai năm)")
            )
    kept = [(slug, words) for slug, item, words in said if item in own]
    lines = []
    for objective in case.plan.objectives:
        found = [words for slug, words in kept if slug == objective.slug]
        lines += [f"- Chỉ tiêu {objective.number}: {'; '.join(found)}."] if found else []
    return lines


def table(case: Case) -> tuple[pd.DataFrame, tuple[str, ...]] | None:
    """The annex and what stands under it, the reasons by number; None where a district has nothing
    that is compared.
    """
    rows = _own(case)
    there = rows[rows.before.notna()]
    if there.empty or not (case.whole or there.change.notna().any()):
        return None
    shown = for_people(there, case.plan)
    reasons = shown["So sánh"].str.removeprefix(NOT_COMPARED)
    refused = shown["So sánh"].str.startswith(NOT_COMPARED)
    order = {reason: f"lý do {at}" for at, reason in enumerate(reasons[refused].unique(), 1)}
    marks = reasons.map(order)
    measures = " (" + shown.measure + ")"
    heads = [column for column in shown if str(column).startswith("Năm ")]
    annex = shown[heads].fillna("–").assign(**{"So sánh": shown["So sánh"].mask(refused, marks)})
    annex.insert(0, "Nội dung", shown.label + measures.fillna(""))
    why = " ".join(f"{at[:1].upper()}{at[1:]}: {reason}." for reason, at in order.items())
    previous = case.plan.previous
    source = f"Nguồn số liệu năm {previous.year}: {previous.source}. {previous.note or ''}".strip()
    lacking = f"{len(rows) - len(there)} số liệu khác không có của năm {previous.year}."
    closing = "Số không có dấu * được coi là đủ. Tăng, giảm không nói lên tốt hay chưa tốt."
    return annex, tuple(
        note
        for note in (f"Không so sánh. {why}" if why else "", lacking, f"{source} {closing}")
        if note
    )


def _own(case: Case) -> pd.DataFrame:
    return case.changes[case.changes.unit_code == case.unit]


def _said(row, words: str) -> str:
    """cuộc tuyên truyền ít nhất 2.702 cuộc, tăng ít nhất 192 cuộc."""
    measure = "" if pd.isna(row.measure) else f" {row.measure}"
    return f"{row.label[:1].lower()}{row.label[1:]} {at_least(row.now)}{measure}, {words}"
