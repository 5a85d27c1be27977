"""What a document says of the results in words: verdicts, returns, the rows of the summary, who
fell short.
"""

import re

import pandas as pd

from pcmd_eval import sentences
from pcmd_eval.case import Case
from pcmd_eval.counting import of_cases, of_models, of_parts
from pcmd_eval.indicators import catalogue, named
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import counting
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.review.quantities import in_words, small
from pcmd_eval.review.settings import settings_of
from pcmd_eval.rules import TargetValue
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
NOTHING = ("–", "0", OPEN)
TENTATIVE = " (tạm áp dụng)"
OUTLETS = ("newspaper", "broadcaster", "portal", "other_media")
# Another choice after "if": "if only … counts", whether or not its label has the verb.
CHOICE = re.compile(r"^(chỉ )?(?:tính )?")


def judged(case: Case) -> list[pd.Series]:
    """The findings of the unit on what the plan asks of it, in the plan's order."""
    found = [case.finding(slug) for slug in case.plan.by_slug]
    return [finding for finding in found if finding.verdict != "not_applicable"]


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
    """Whose returns the figures come from, and what is the matter with the others; of a return that
    came after the deadline the day, which a notice has in its first sentence.
    """
    plan, rows = case.plan, case.received.loc[case.reporters]
    came = rows.index.isin(counting(case.returns).index)
    said = [_received(plan, rows.index[came])] if case.whole else []
    for state, words in settings_of(plan.review).returns.items():
        own = rows.state == state
        if state == "gaps":
            own = came & (gaps(case)[rows.index] > 0) & case.whole
        if own.any():
            said.append(words.format(units=plan.listed(rows.index[own])))
    late = rows.sent[rows.late.eq("yes").fillna(False)]
    deadline = f", sau hạn ngày {short_date(plan.held_to)}" if plan.held_to else ""
    if len(late) <= NAMED and (case.whole or deadline):
        for unit, sent in late.items():
            said.append(f"{plan.listed([unit])} gửi ngày {short_date(sent)}{deadline}")
    return "; ".join(said)


def _received(plan, came):
    asked = [unit for unit in plan.districts.index if plan.sheets_of(unit)]
    bodies = f" và {plan.own_bodies.lower()}" if plan.province in came else ""
    many = len(came.intersection(asked))
    return f"có {many}/{len(asked)} {plan.districts_word}{bodies} gửi báo cáo"


def gaps(case: Case) -> pd.Series:
    """How many cells of each reporter hold no figure."""
    return case.received[["blank", "unreadable", "absent"]].sum(axis=1)


def until(case: Case) -> str:
    """Up to when the figures go: of several returns from which day to which."""
    days = _cutoffs(case)
    if len(days) > 1:
        return f"số liệu chốt từ {short_date(days[0])} đến {short_date(days[-1])}"
    return f"số liệu đến ngày {short_date(days[0])}" if days else ""


def _cutoffs(case):
    return sorted({*counting(case.returns).reindex(case.reporters).cutoff.dropna()})


def before(case: Case) -> str:
    """The note on how far the year before may be compared, with the cut-off of this document's."""
    note = (case.plan.previous.note if case.plan.previous else None) or ""
    days = _cutoffs(case)
    cutoff = f"ngày {short_date(days[0])}" if len(days) == 1 else "ngày chốt của từng báo cáo"
    return note.replace("{cutoff}", cutoff)


# ---- what is still open --------------------------------------------------------------------------


def open_verdicts(case: Case) -> str:
    """What would settle each verdict that is still open; a notice lists the cells."""
    said = []
    for finding in judged(case):
        if finding.verdict == "undetermined":
            wanted = f" {_wanted(case, finding)}" if case.whole else ""
            said.append(_numbers(case, [finding.objective]) + wanted)
    return "; ".join(said)


def _wanted(case, finding):
    """Of how many parts figures are lacking, where, and how many of them would do."""
    slug = finding.objective
    if OBJECTIVES[slug].counts is not of_parts:
        cells = reminders(case.plan, case.cells, finding.to_frame().T)
        return f"còn {two_digits(len(cells))} ô chưa có số liệu"
    said = f"còn {two_digits(finding.high - finding.low)} {case.plan[slug].counted}"
    rows = of_districts(case, slug)
    where = rows.index[(rows.high > rows.low).fillna(False)]
    if 0 < len(where) <= NAMED:
        said += f" ({case.plan.listed(where)})"
    lacking = finding.needed - finding.low
    return f"{said}, đạt nếu có thêm ít nhất {two_digits(lacking)}" if lacking > 0 else said


def of_districts(case: Case, slug: str, *more: str) -> pd.DataFrame:
    """The findings of the districts, and of more units, on one objective, by code."""
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[[*case.plan.districts.index, *more]].rename_axis(None)


# ---- a row of the summary ------------------------------------------------------------------------


def target_row(case: Case, finding: pd.Series) -> dict[str, object]:
    """What is asked, what was done, the verdict, and the choices it rests on."""
    objective = case.plan[finding.objective]
    look = VERDICTS[finding.verdict]
    target = case.plan.target(objective.slug, case.unit)
    return {
        "number": objective.number,
        "title": objective.title,
        "asked": _asked(objective, target.value, finding) + tentative(target),
        "done": _done(case, objective, target.value, finding),
        "verdict": f"{look.shape} {look.word}",
        "rule": "; ".join([*_borrowed(case, target), *_assumed(case, objective)]),
    }


def tentative(target: TargetValue | None) -> str:
    """The mark of a number that is asked for without being the plan's own."""
    return TENTATIVE if target and target.basis != "plan" else ""


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
        return OPEN if finding.verdict == "undetermined" else _clause(finding)
    low = finding.low
    high = finding.high
    total = finding.total
    if pd.isna(total) or high == total > low == 0:
        return OPEN
    shares = []
    for part in pd.Series([low, high]).dropna().unique():
        exact = share(part, total, target.threshold)
        shares.append(f"{number(part)}/{number(total)} ({exact})")
    return "; tối đa ".join(shares)


def _models(case):
    so = named(case.figures, case.unit)
    counts = {"models": "mô hình", "models_unknown": "chưa đủ thông tin"}
    told = {what: so.get(key, "–") for key, what in counts.items()}
    said = [in_words(words, what) for what, words in told.items() if words not in NOTHING]
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


def _assumed(case, objective):
    """The borrowed or assumed choices by which it was judged, in each document and row alike."""
    return [_rule_words(case, *one) for one in objective.rules.items() if _unsure(one[1])]


def _unsure(rule):
    return rule.status in ("borrowed", "assumption")


def _rule_words(case, key, rule):
    text = settings_of(case.plan.review).rule_words.get(key, f"{rule.label}: {{}}")
    return text.format(small(rule.chosen))


def otherwise(case: Case, slug: str) -> list[str]:
    """One line on what the plan leaves open: the choices without which the verdict would be
    another, and what it would be under each of the others.
    """
    finding, held, others = case.finding(slug), [], []
    every = case.alternatives(slug).query("unit_code == @case.unit")
    for key, rule in case.decisive(finding).items():
        if _unsure(rule):
            held.append(_rule_words(case, key, rule))
            moved = every[(every.rule == rule.label) & (every.verdict != finding.verdict)]
            others += [_instead(case, other) for _, other in moved.iterrows()]
    lead = f"Kế hoạch chưa quy định cụ thể, tạm áp dụng ({'; '.join(held)})"
    return [f"{'; '.join([lead, *others])}."] if held else []


def _instead(case, other):
    """What the verdict would be under another choice, with its counts where it is one of counts."""
    choice = CHOICE.sub(r"nếu \1tính ", small(other.choice.partition(" (")[0]))
    told = [VERDICTS[other.verdict].word.lower()]
    if OBJECTIVES[other.objective].counts is of_parts and other.target != "1":
        told.append(case.counted(other.to_frame().T).iloc[0])
    return f"{choice}: {', '.join(told)}"


def outlets(case: Case) -> str:
    """How many pieces each outlet published, as the form names them."""
    rows = case.figures[(case.figures.unit_code == case.unit) & (case.figures.words != "–")]
    rows = rows[rows["item"].isin(OUTLETS)]
    return "; ".join(rows.label.map(lowered) + " " + rows.words.map(in_words))


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
    return _clause(finding)


def _clause(finding):
    """What the sentence of a finding says first, without the name of the unit."""
    return finding.reason.removeprefix(f"{finding.unit_name} ").partition(". ")[0]


# ---- what is said of an objective ----------------------------------------------------------------


def chapters(case: Case) -> list[dict[str, object]]:
    """What is said of each objective, to a district also of the province's models: the sentence of
    its finding, what the verdict rests on, then the districts that fell short, communes or contents
    of a district. What a district contributes to is a note.
    """
    contribution = sentences.said("contribution", case.plan)
    told = []
    for slug, objective in case.plan.by_slug.items():
        finding = case.finding(slug)
        way = OBJECTIVES[slug].counts
        if finding.verdict == "not_applicable" and way is not of_models:
            continue
        lines = otherwise(case, slug)
        if way is of_parts and objective.district_target:
            lines += [f"{lead}: {text}." for lead, text in _groups(case, slug).items() if text]
        reason = finding.reason.removesuffix(f" {contribution}")
        told.append({"slug": slug, "title": objective.title, "reason": reason, "short": lines})
    return told


def _groups(case, slug):
    if case.whole:
        return _short_districts(case, slug)
    return (_communes if slug in case.plan.of_communes else _contents)(case, slug)


def _short_districts(case, slug):
    rows = of_districts(case, slug)
    asked = case.plan[slug].district_target
    names = case.units.inline_name[rows.index]
    missed, unknown = rows.verdict == "not_met", rows.verdict == "undetermined"
    whose = f"Các {case.plan.districts_word} "
    if asked.value.shape == "own":
        held = OBJECTIVES[slug].done[1].removeprefix("Chưa ")
        return {f"{whose}chưa {held}": listing([*names[missed]])}
    names += " (" + case.counted(rows).str.partition(" (")[0] + ")"
    return {
        f"{whose}chưa đạt mức {asked.value.words}{tentative(asked)}": listing([*names[missed]]),
        f"{whose}{OPEN} để kết luận theo mức này": listing([*names[unknown]]),
    }


def standing(case: Case, slug: str, step: str) -> pd.Series:
    """Whether each commune of the unit (in each quarter) counts (boolean): a step of a notebook."""
    return case.own(case.plan.steps(slug, case.cells)[step])


def _communes(case, slug):
    kept = standing(case, slug, "communes")
    names = case.units.inline_name[kept.index]
    groups = {"Chưa duy trì thường xuyên": ~kept.fillna(True), OPEN.capitalize(): kept.isna()}
    return {lead: listing([*names[of]]) for lead, of in groups.items()}


def _contents(case, slug):
    """Which programmes or kinds of activities a district carried out, and which not; nothing where
    the finding has said it of all, and none that it names.
    """
    kinds = catalogue(case.plan).query("kind == 'standing'").index
    rows = case.of_unit(case.figures)
    rows = rows[(rows.objective == slug) & rows["item"].isin(kinds)]
    reason = case.finding(slug).reason
    labels = rows.label.map(lowered)
    labels = labels[[label not in reason for label in labels]]
    by_word = labels.groupby(rows.words).agg("; ".join)
    leads = zip([*OBJECTIVES[slug].done, OPEN.capitalize()], (True, False, None), strict=True)
    told = {lead: by_word.get(STANDINGS[answer].word, "") for lead, answer in leads}
    groups = [*filter(None, told.values())]
    return told if len(groups) > 1 or told[OBJECTIVES[slug].done[0]] else {}
