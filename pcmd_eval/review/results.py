"""What a document says of the results in words: verdicts, returns, the rows of the summary, who
fell short.
"""

import re

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.counting import of_cases, of_models, of_parts
from pcmd_eval.indicators import catalogue, named
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import counting
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.review.quantities import small
from pcmd_eval.review.settings import settings_of
from pcmd_eval.words import (
    NAMED,
    STANDINGS,
    VERDICTS,
    listing,
    lowered,
    number,
    share,
    short_date,
    two_digits,
)

# In the source of a number: a province's text, without force in another.
LOCAL = re.compile(r"\b(?:UBND|HĐND)\b")
OPEN = VERDICTS["undetermined"].word.lower()


def judged(case: Case) -> list[pd.Series]:
    """The findings of the unit on what the plan asks of it, in the plan's order."""
    found = [case.finding(slug) for slug in case.plan.by_slug]
    return [finding for finding in found if finding.verdict != "not_applicable"]


def grounds(case: Case) -> set[str]:
    """Where the numbers come from that are asked of the unit."""
    return {case.plan.target(found.objective, case.unit).status for found in judged(case)}


def verdicts(case: Case) -> str:
    """How many objectives ended how, and which: 2/6 chỉ tiêu đạt (chỉ tiêu 3, 4); 3/6 chưa đạt …"""
    found, said = judged(case), []
    for verdict, look in VERDICTS.items():
        own = [finding.objective for finding in found if finding.verdict == verdict]
        word = f"{OPEN} để đánh giá" if verdict == "undetermined" else look.word.lower()
        counted = f"{len(own)}/{len(found)}" + ("" if said else " chỉ tiêu")
        said += [f"{counted} {word} ({_numbers(case, own)})"] if own else []
    return "; ".join(said)


def _numbers(case, slugs):
    return f"chỉ tiêu {', '.join(str(case.plan[slug].number) for slug in slugs)}"


# ---- whose figures they are ----------------------------------------------------------------------


def coverage(case: Case) -> str:
    """Whose returns the figures come from, and what is the matter with the others."""
    said = [_received(case)] if case.whole else []
    states = case.received.state
    if case.whole:
        sent = states.isin(["on_time", "late"])
        states = states.mask(sent & (gaps(case) > 0), "gaps")
    for state, words in settings_of(case.plan.review).returns.items():
        own = [unit for unit in case.reporters if states.get(unit) == state]
        if own:
            said.append(words.format(units=case.plan.listed(own)))
    return "; ".join(said)


def gaps(case: Case) -> pd.Series:
    """How many cells of each reporter hold no figure."""
    return case.received[["blank", "unreadable", "absent"]].sum(axis=1)


def _received(case):
    sent, plan = counting(case.returns).index, case.plan
    asked = [unit for unit in plan.districts.index if plan.sheets_of(unit)]
    came = [unit for unit in asked if unit in sent]
    who = [f"có {len(came)}/{len(asked)} {plan.districts_word}"] if asked else []
    if plan.province in sent:
        who.append(plan.own_bodies.lower())
    return f"{' và '.join(who) or 'chưa có đơn vị nào'} gửi báo cáo"


def after(case: Case) -> list[dict[str, str]]:
    """Whose return came after the deadline, and when; a notice names the day in its first sentence,
    and of many units the annex.
    """
    rows = case.received.loc[case.reporters]
    late = rows[rows.late.eq("yes").fillna(False)]
    if len(late) > NAMED or not (case.whole or case.plan.held_to):
        return []
    return [
        {"unit": case.plan.listed([unit]), "sent": short_date(sent)}
        for unit, sent in late.sent.items()
    ]


def until(case: Case) -> str:
    """Up to when the figures go: of several returns from which day to which."""
    days = sorted({*counting(case.returns).reindex(case.reporters).cutoff.dropna()})
    if len(days) > 1:
        return f"số liệu chốt từ {short_date(days[0])} đến {short_date(days[-1])}"
    return f"số liệu đến ngày {short_date(days[0])}" if days else ""


# ---- what is still open --------------------------------------------------------------------------


def open_verdicts(case: Case) -> str:
    """What would settle each verdict that is still open; a notice lists the cells."""
    said = []
    for finding in judged(case):
        if finding.verdict == "undetermined":
            at = case.plan[finding.objective].number
            wanted = f" {_wanted(case, finding.objective)}" if case.whole else ""
            said.append(f"chỉ tiêu {at}{wanted}")
    return "; ".join(said)


def _wanted(case, slug):
    """Of how many communes or districts figures are lacking, and where most of them are."""
    if not _of_districts(case, slug):
        cells = reminders(case.plan, case.cells, case.finding(slug).to_frame().T)
        return f"còn {two_digits(len(cells))} ô chưa có số liệu"
    rows = of_districts(case, slug)
    unknown = (rows.high - rows.low).sort_values(ascending=False, kind="stable")
    unknown = unknown[unknown > 0]
    names = []
    for unit, many in unknown[:3].items():
        name = case.plan.listed([unit])
        names.append(f"{name} {many}" if many > 1 else name)
    if len(unknown) > 3:
        names.append(f"nơi khác {unknown[3:].sum()}")
    parts = small(f"{unknown.sum()} {case.plan[slug].counted}")
    return f"cần số liệu của {parts} ({', '.join(names)})"


def held_up(case: Case) -> str:
    """Which verdicts of the province wait for the figures of a silent district."""
    whole = case.findings[case.findings.unit_code == case.plan.province]
    asked = reminders(case.plan, case.cells, whole).query("reporter == @case.unit")
    slugs = [slug for slug in case.plan.by_slug if slug in {*asked.objective}]
    province = case.units.inline_name[case.plan.province]
    return f"{_numbers(case, slugs)} của {province}" if slugs else ""


def _of_districts(case, slug):
    """Whether the count is one of districts or of their communes."""
    return OBJECTIVES[slug].counts is of_parts and bool(case.plan[slug].district_target)


def of_districts(case: Case, slug: str) -> pd.DataFrame:
    """The findings of the districts on one objective, by code."""
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[case.plan.districts.index]


# ---- a row of the summary ------------------------------------------------------------------------


def target_row(case: Case, finding: pd.Series) -> dict[str, object]:
    """What is asked, what was done, the verdict, and the choices it rests on."""
    objective, look = case.plan[finding.objective], VERDICTS[finding.verdict]
    target = case.plan.target(objective.slug, case.unit)
    return {
        "number": objective.number,
        "title": objective.title,
        "asked": _asked(objective, target.value, finding),
        "done": _done(case, objective, target.value, finding),
        "verdict": f"{look.shape} {look.word}",
        "rule": "; ".join([*_borrowed(case, target), *_resting(case, finding)]),
    }


def _asked(objective, target, finding):
    if target.shape == "own":
        return objective.achievement.replace("đã ", "")
    if target.shape == "count":
        return f"{small(target.words)} {objective.counted}"
    if target.threshold is None:
        return target.words
    return f"{target.words} ({number(finding.needed)}/{number(finding.total)})"


def _done(case, objective, target, finding):
    way = OBJECTIVES[objective.slug].counts
    if way is of_cases:
        return cases(case)
    if way is of_models:
        return _models(case)
    if target.shape == "own":
        done = {"met": objective.achievement, "not_met": "chưa thực hiện"}
        return done.get(finding.verdict, OPEN)
    low, high, total = finding.low, finding.high, finding.total
    if pd.isna(total) or high == total > low == 0:
        return OPEN
    shares = []
    for part in pd.Series([low, high]).dropna().unique():
        exact = share(part, total, target.threshold)
        shares.append(f"{number(part)}/{number(total)} ({exact})")
    return "; tối đa ".join(shares)


def _models(case):
    so = named(case.figures, case.unit)
    counts = {
        "models": "mô hình",
        "models_unknown": "mô hình chưa đủ thông tin",
    }
    said = []
    for key, what in counts.items():
        words = so.get(key, "–").rstrip("*")
        if words not in ("–", "0", OPEN):
            said.append(small(f"{words} {what}"))
    return "; ".join(said) or OPEN


def _borrowed(case, target):
    """Whose number it is that is asked for, where it is not the plan's own."""
    if target.status != "borrowed":
        return []
    words = settings_of(case.plan.review).target_words
    undated = re.sub(r" ngày [\d/]+", "", target.source)
    source = re.sub(r"^(\w+ \w+) (?=\d)", r"\1 số ", undated)
    text = words["local" if LOCAL.search(target.source) else "national"]
    return [text.format(source=source, words=target.value.words)]


def _resting(case, finding):
    """The borrowed or assumed choices without which the verdict would or could be another: all of
    an objective's as soon as one of them is decisive, so that one document says what another does.
    """
    words = settings_of(case.plan.review).rule_words
    unsure = ("borrowed", "assumption")
    if not any(rule.status in unsure for rule in case.decisive(finding).values()):
        return []
    said = []
    for key, rule in case.plan[finding.objective].rules.items():
        if rule.status in unsure:
            text = words.get(key, f"{rule.label}: {{}}")
            said.append(text.format(small(rule.chosen)))
    return said


def cases(case: Case) -> str:
    """How many cases were detected and handled: in the words of the finding wherever the document
    says it.
    """
    counted = case.plan.counted_by(of_cases)
    if not counted:
        return ""
    finding = case.finding(counted[0])
    if finding.verdict == "none_arose":
        return "không phát hiện vụ việc vi phạm"
    return finding.reason.removeprefix(f"{finding.unit_name} ").partition(". ")[0]


# ---- who fell short ------------------------------------------------------------------------------


def short(case: Case, slug: str) -> list[str]:
    """Districts of the province that fell short, communes or contents of a district; cases say so
    themselves.
    """
    if slug not in case.plan or not _of_districts(case, slug):
        return []
    if case.whole:
        return _short_districts(case, slug)
    return _communes(case, slug) if slug in case.plan.of_communes else _contents(case, slug)


def _short_districts(case, slug):
    rows = of_districts(case, slug).query("verdict == 'not_met'")
    target = case.plan[slug].district_target.value
    names = case.units.inline_name[rows.index]
    held = OBJECTIVES[slug].done[1].removeprefix("Chưa ")
    if target.shape != "own":
        names += " (" + rows.low.astype("string") + "/" + rows.total.astype("string") + ")"
        held = f"đạt mức {target.words}"
    lead = f"Các {case.plan.districts_word} chưa {held}"
    return [f"{lead}: {listing([*names])}."] if len(rows) else []


def standing(case: Case, slug: str, step: str) -> pd.Series:
    """Whether each commune of the unit (in each quarter) counts (boolean): a step of a notebook."""
    return case.own(case.plan.steps(slug, case.cells)[step])


def _communes(case, slug):
    kept = standing(case, slug, "communes")
    names = case.units.inline_name[kept.index]
    groups = {
        "Chưa duy trì thường xuyên": names[~kept.fillna(True)],
        "Chưa đủ số liệu": names[kept.isna()],
    }
    return [f"{lead}: {listing([*own])}." for lead, own in groups.items() if len(own)]


def _contents(case, slug):
    """Which programmes or kinds of activities a district carried out, and which not; nothing where
    the finding has said it of all.
    """
    kinds = catalogue(case.plan).query("kind == 'standing'").index
    rows = case.of_unit(case.figures)
    own = rows[(rows.objective == slug) & rows["item"].isin(kinds)]
    labels = own.label.map(lowered)
    leads = [*OBJECTIVES[slug].done, "Chưa đủ số liệu"]
    groups = {
        lead: labels[own.words == STANDINGS[answer].word]
        for lead, answer in zip(leads, (True, False, None), strict=True)
    }
    said = [f"{lead}: {'; '.join(of)}." for lead, of in groups.items() if len(of)]
    return said if len(said) > 1 or len(groups[leads[0]]) else []
