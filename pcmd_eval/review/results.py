"""What a document says of the results in words: verdicts, returns, the rows of the summary, who
fell short.
"""

import re
from collections.abc import Iterator
from datetime import date

import pandas as pd

from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.counting import of_cases, of_models, of_parts
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import counting
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.review import annexes
from pcmd_eval.review.settings import settings_of
from pcmd_eval.rules import Objective
from pcmd_eval.words import STANDINGS, VERDICTS, listing, number, share, short_date, two_digits

# In the source of a number: a province's text, without force in another.
LOCAL = re.compile(r"\b(?:UBND|HĐND)\b")
OPEN = VERDICTS["undetermined"].word.lower()
NAMED = 5  # so many units are named, more are counted


def judged(case: Case) -> Iterator[pd.Series]:
    """The findings of the unit on what the plan asks of it, in the plan's order."""
    found = (case.finding(objective.slug) for objective in case.plan.objectives)
    return (finding for finding in found if finding.verdict != "not_applicable")


def verdicts(case: Case) -> str:
    """How many objectives ended how, and which: 2/6 chỉ tiêu đạt (chỉ tiêu 3, 4); 3/6 chưa đạt (…)."""
    found = [*judged(case)]
    said = []
    for verdict, look in VERDICTS.items():
        own = [str(case.plan[f.objective].number) for f in found if f.verdict == verdict]
        word = f"{OPEN} để đánh giá" if verdict == "undetermined" else look.word.lower()
        if own:
            counted = f"{len(own)}/{len(found)}" + ("" if said else " chỉ tiêu")
            said.append(f"{counted} {word} (chỉ tiêu {', '.join(own)})")
    return "; ".join(said)


def coverage(case: Case) -> str:
    """Whose returns the figures come from, and what is the matter with the others."""
    returns, settings = case.received, settings_of(case.plan.review)
    names = case.plan.reporters.inline_name.copy()
    names[case.plan.province] = case.plan.own_bodies.lower()
    said = [_received(case)] if case.whole else []
    for state, words in settings.returns.items():
        named = [names[unit] for unit in case.reporters if returns.state.get(unit) == state]
        many = f"{len(named)} đơn vị (Phụ lục I)" if len(named) > NAMED else listing(named)
        if named:
            said.append(words.format(units=many))
    return "; ".join([*said, *_late(case, names)])


def _received(case: Case) -> str:
    sent, plan = counting(case.returns).index, case.plan
    asked = [unit for unit in plan.districts.index if plan.sheets_of(unit)]
    who = []
    if asked:
        who.append(f"có {sum(unit in sent for unit in asked)}/{len(asked)} {plan.districts_word}")
    if plan.province in sent:
        who.append(plan.own_bodies.lower())
    return f"{' và '.join(who) or 'chưa có đơn vị nào'} gửi báo cáo"


def _late(case: Case, names: pd.Series) -> list[str]:
    """The day of each return that came after the deadline; late is said only where that is known."""
    rows, settings, held = case.received, settings_of(case.plan.review), case.plan.held_to
    sent = rows.sent[rows.late.eq("yes").fillna(False)]
    own = [unit for unit in case.reporters if unit in sent]
    if not case.whole and not held:
        return []  # a notice names the day in its first sentence
    if len(own) > NAMED:
        return [f"{len(own)} đơn vị {case.plan.return_words['late']} (Phụ lục I)"]
    after = settings.after_deadline.format(deadline=short_date(held)) if held else ""
    days = [short_date(date.fromisoformat(sent[unit])) for unit in own]
    told = zip(own, days, strict=True)
    return [settings.sent_late.format(unit=names[unit], sent=day) + after for unit, day in told]


def open_verdicts(case: Case) -> str:
    """What would settle each verdict that is still open; a notice lists the cells."""
    found = [finding for finding in judged(case) if finding.verdict == "undetermined"]
    if not case.whole:
        numbers = ", ".join(str(case.plan[finding.objective].number) for finding in found)
        return f"chỉ tiêu {numbers} (xem mục Đề nghị bổ sung)" if found else ""
    own = case.findings[case.findings.unit_code == case.unit]
    lacking = reminders(case.plan, case.cells, own)
    said = []
    for finding in found:
        objective = case.plan[finding.objective]
        if _of_districts(objective):
            said.append(f"chỉ tiêu {objective.number} cần {_unknown_parts(case, objective.slug)}")
        else:
            cells = two_digits(int((lacking.objective == objective.slug).sum()))
            said.append(f"chỉ tiêu {objective.number} còn {cells} ô chưa có số liệu")
    return "; ".join(said)


def _unknown_parts(case: Case, slug: str) -> str:
    """Of how many communes or districts figures are lacking, and where most of them are."""
    rows = of_districts(case, slug)
    unknown = (rows.high - rows.low).sort_values(ascending=False, kind="stable")
    most = unknown[unknown > 0][:3]
    names = [case.units.inline_name[code] + (f" {n}" if n > 1 else "") for code, n in most.items()]
    if rest := unknown.sum() - most.sum():
        names.append(f"nơi khác {rest}")
    return f"số liệu của {unknown.sum()} {case.plan[slug].counted} ({', '.join(names)})"


def of_districts(case: Case, slug: str) -> pd.DataFrame:
    """The findings of the districts on one objective, by code."""
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[case.plan.districts.index]


# ---- a row of the summary ------------------------------------------------------------------------


def target_row(case: Case, finding: pd.Series) -> dict[str, object]:
    """What is asked, what was done, the verdict, and the choices it rests on."""
    objective, look = case.plan[finding.objective], VERDICTS[finding.verdict]
    target = case.plan.target(objective.slug, case.unit).value
    asked = target.words + (f" {objective.counted}" if target.shape == "count" else "")
    if target.shape == "own":
        asked = objective.achievement.replace("đã ", "")
    if target.threshold is not None:
        asked += f" ({number(finding.needed)}/{number(finding.total)})"
    return {
        "number": objective.number,
        "title": objective.title,
        "asked": asked,
        "done": _done(case, finding),
        "verdict": f"{look.shape} {look.word}",
        "rule": _resting(case, finding),
    }


def _done(case: Case, finding: pd.Series) -> str:
    objective = case.plan[finding.objective]
    target = case.plan.target(objective.slug, case.unit).value
    if objective.slug in case.plan.counted_by(of_cases):
        return cases(case)
    if target.shape == "own":
        done = {"met": objective.achievement, "not_met": "chưa thực hiện"}
        return done.get(finding.verdict, OPEN)
    if objective.slug in case.plan.counted_by(of_models):
        return _models(case)
    if pd.isna(finding.total) or finding.high == finding.total > finding.low == 0:
        return OPEN
    shares = [finding.low]
    if pd.notna(finding.high) and finding.high > finding.low:
        shares.append(finding.high)
    told = [
        f"{number(part)}/{number(finding.total)} ({share(part, finding.total, target.threshold)})"
        for part in shares
    ]
    return "; tối đa ".join(told)


def _models(case: Case) -> str:
    so = indicators.named(case.figures, case.unit)
    said = [f"{so['models'].rstrip('*')} mô hình"] if so.get("models", "–")[0].isdigit() else []
    if so.get("models_unknown", "0") not in ("0", "–"):
        said.append(f"{so['models_unknown']} mô hình chưa đủ thông tin")
    return "; ".join(said) or OPEN


def _resting(case: Case, finding: pd.Series) -> str:
    """The borrowed or assumed choices without which the verdict would or could be another."""
    settings, said = settings_of(case.plan.review), []
    target = case.plan.target(finding.objective, case.unit)
    if target.status == "borrowed":
        words = settings.target_words["local" if LOCAL.search(target.source) else "national"]
        source = re.sub(r"^(\w+ \w+) (?=\d)", r"\1 số ", re.sub(r" ngày [\d/]+", "", target.source))
        said = [words.format(source=source, words=target.value.words)]
    for key, rule in case.decisive(finding).items():
        if rule.status in ("borrowed", "assumption"):
            said.append(settings.rule_words.get(key, rule.label + ": {}").format(rule.chosen))
    return "; ".join(said)


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
    if slug not in case.plan or not _of_districts(case.plan[slug]):
        return []
    if case.whole:
        return _short_districts(case, slug)
    return _communes(case, slug) if slug in case.plan.of_communes else _contents(case, slug)


def _of_districts(objective: Objective) -> bool:
    """Whether the count is one of districts or of their communes."""
    return OBJECTIVES[objective.slug].counts is of_parts and bool(objective.district_target)


def _short_districts(case: Case, slug: str) -> list[str]:
    rows = of_districts(case, slug).query("verdict == 'not_met'")
    target = case.plan[slug].district_target.value
    names = case.units.inline_name[rows.index]
    held = OBJECTIVES[slug].done[1][5:]
    if target.shape != "own":
        names += " (" + rows.low.astype("string") + "/" + rows.total.astype("string") + ")"
        held = f"đạt mức {target.words}"
    lead = f"Các {case.plan.districts_word} chưa {held}"
    return [f"{lead}: {listing([*names])}."] if len(rows) else []


def _communes(case: Case, slug: str) -> list[str]:
    kept = annexes.standing(case, slug, "communes")
    groups = {"Chưa duy trì thường xuyên": ~kept.fillna(True), "Chưa đủ số liệu": kept.isna()}
    named = {lead: case.units.inline_name[kept.index[own]] for lead, own in groups.items()}
    return [f"{lead}: {listing([*names])}." for lead, names in named.items() if len(names)]


def _contents(case: Case, slug: str) -> list[str]:
    """Which programmes or kinds of activities a district carried out, and which not."""
    kinds = indicators.catalogue(case.plan).query("kind == 'standing'")
    rows = case.figures[(case.figures.unit_code == case.unit) & (case.figures.objective == slug)]
    own = rows[rows["item"].isin(kinds.index)]
    if (own.words == STANDINGS[None].word).all():
        return []
    labels = own.label.str[:1].str.lower() + own.label.str[1:]
    done, not_done = OBJECTIVES[slug].done
    said = []
    for standing, lead in {True: done, False: not_done, None: "Chưa đủ số liệu"}.items():
        named = labels[own.words == STANDINGS[standing].word]
        said += [f"{lead}: {'; '.join(named)}."] if len(named) else []
    return said
