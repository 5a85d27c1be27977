"""The year-end review of a unit in Word, or the letter that asks for its return: what the template cannot say."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from pcmd_eval import figures as drawn
from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import counting
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.review import annexes, narrative, template
from pcmd_eval.review.settings import filled, load_settings
from pcmd_eval.words import (
    EXACT_COPY,
    PUBLIC_COPY,
    STATUSES,
    VERDICTS,
    listing,
    long_date,
    number,
    share,
    short_date,
)

BLANK = "\u00a0" * 6  # room for what is written by hand
OPEN_DAY = "…………… (theo Văn bản số …………… ngày ……………)"
LOCAL = re.compile(
    r"\b(?:UBND|HĐND)\b"
)  # in the source of a number: a province's text, without force in another
DIRECT = (
    "communication",
    "integration",
    "harm_reduction",
)  # whose counts are of districts and their communes


def review(case: Case, narrative_folder: Path) -> tuple[bytes, list[str]]:
    """The document of the unit and remarks on what people wrote in `<narrative_folder>/<code>.md`.

    A district of whose figures nothing came gets the one page that asks for them. Raises InputRefused with a sentence
    for each fault of the template, and with file and line for what people wrote wrongly.
    """
    if faults := template.check_template():
        raise InputRefused(*faults)
    settings, plan = load_settings(), case.plan
    so = dict.fromkeys(template.figure_names(), "–") | indicators.named(case.figures, case.unit)
    so |= {} if case.whole else indicators.of_return(case.returns, case.unit)
    people, remarks = narrative.read(
        narrative_folder / f"{case.unit}.md",
        settings.headings(plan.year),
        so,
        case.figures.measure.dropna().unique(),
    )
    reminder = not case.whole and not case.received.reported[case.unit]
    kind = "reminder" if reminder else settings.issuer if case.whole else "district"
    issuer = filled(settings.issuers[kind].model_dump(), case)
    sent = replace(
        case, internal=False
    )  # its marks: a paper for signature isn't one for the drawer
    marks, pictures = [EXACT_COPY if case.internal else PUBLIC_COPY, *sent.marks], _pictures(sent)
    targets = [_target(case, finding) for finding in _judged(case)]
    levels = {plan.target(finding.objective, case.unit).status for finding in _judged(case)}
    noted = {
        "district": not case.whole and "assumption" in levels,
        "rules": any(row["rule"] for row in targets),
    }
    starred = [indicators.NOTE] if any("*" in words for words in so.values()) else []
    annexed = [] if reminder else [*annexes.annexes_of(case)]
    values = {
        "rules": settings.rules,
        "mark": " · ".join(marks),
        "whole": case.whole,
        "reminder": reminder,
        "unit": case.inline,
        "districts": plan.districts_word,
        "kind": plan.kind,
        "issuer": issuer,
        "so": so,
        "people": people,
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": plan.year,
        "last_year": plan.year - 1,
        "next_year": plan.year + 1,
        "has": {slug: slug in plan for slug in OBJECTIVES},
        "verdicts": _verdicts(case),
        "coverage": _coverage(case),
        "open": "; ".join(_open(case)),
        "targets": targets,
        "cases": _cases(case),
        "reason": {o.slug: str(case.finding(o.slug).reason) for o in case.plan.objectives},
        "notes": [*(words for key, words in settings.notes.items() if noted[key]), *starred],
        "short": {slug: _short(case, slug) for slug in OBJECTIVES},
        "not_judged": [f"- “{target.sentence}”: {target.why}" for target in plan.not_judged]
        if case.whole
        else [],
        **{name: name if name in pictures else "" for name in ("picture_map", "picture_bounds")},
        **_asked_for(case),
        **filled(settings.reminder, case),
    }
    document = template.rendered(values, pictures, annexed=bool(annexed))
    if annexed:
        line = f"(Kèm theo Báo cáo số{BLANK}/{issuer['symbol']} ngày{BLANK}tháng{BLANK}năm{BLANK}của {issuer['name']})"
        annexes.append(document, annexed, line)
    about, title = document.core_properties, "Công văn đôn đốc báo cáo" if reminder else "Báo cáo"
    marked = "".join(f" ({mark})" for mark in marks)
    about.title = printable(
        f"DỰ THẢO {title} thực hiện Kế hoạch số {plan.plan}, {case.inline}{marked}"
    )[:255]
    about.created = about.modified = datetime(plan.year, 12, 31)  # of the data, not of the making
    buffer = io.BytesIO()
    document.save(buffer)
    return sorted_zip(buffer.getvalue()), remarks


# ---- what it says ---------------------------------------------------------------------------------------------------


def _judged(case: Case) -> Iterator[pd.Series]:
    """The findings of the unit on what the plan asks of it, in the plan's order."""
    found = (case.finding(objective.slug) for objective in case.plan.objectives)
    return (finding for finding in found if finding.verdict != "not_applicable")


def _verdicts(case: Case) -> str:
    """How many objectives ended how, and which: đạt 2/6 (số 3 và 4); …"""
    found = [
        (str(case.plan[finding.objective].number), finding.verdict) for finding in _judged(case)
    ]
    ended = {
        look.word.lower(): [number for number, own in found if own == v]
        for v, look in VERDICTS.items()
    }
    return "; ".join(
        f"{word} {len(own)}/{len(found)} (số {listing(own)})" for word, own in ended.items() if own
    )


def _coverage(case: Case) -> str:
    """Whose returns the figures come from, and what is the matter with the others."""
    returns, districts = case.received, case.plan.districts.index
    own_bodies = case.plan.own_bodies.lower()
    names = pd.concat(
        [case.plan.districts.inline_name, pd.Series({case.plan.province: own_bodies})]
    )
    names = names[names.index.isin(case.reporters)]
    said = []
    for state, words in load_settings().returns.items():
        rows = returns.late == "yes" if state == "late" else returns.state == state
        if named := names[rows.reindex(names.index, fill_value=False)].tolist():
            said.append(
                words.format(
                    listing(named) if len(named) < 5 else f"{len(named)} đơn vị (Phụ lục I)"
                )
            )
    if case.whole:
        sent = counting(case.returns).index
        bodies = f" và {own_bodies}" if case.plan.province in sent else ""
        said.insert(
            0,
            f"{districts.isin(sent).sum()}/{len(districts)} {case.plan.districts_word}{bodies} đã gửi",
        )
    return "; ".join(said)


def _open(case: Case) -> Iterator[str]:
    """What would settle each verdict that is still open."""
    own = case.findings[case.findings.unit_code == case.unit]
    asked_for = reminders(case.plan, case.cells, own)
    for finding in (found for found in _judged(case) if found.verdict == "undetermined"):
        objective = case.plan[finding.objective]
        if case.whole and objective.slug in DIRECT:
            rows = _of_districts(case, objective.slug)
            unknown = (rows.high - rows.low).sort_values(ascending=False, kind="stable")
            most = unknown[unknown > 0][:3]
            names = [
                case.units.inline_name[code] + (f" {n}" if n > 1 else "")
                for code, n in most.items()
            ]
            names += [f"nơi khác {rest}"] if (rest := unknown.sum() - most.sum()) else []
            asked = f"cần số liệu của {unknown.sum()} {objective.counted} ({', '.join(names)})"
        else:
            asked = f"còn {number(int((asked_for.objective == objective.slug).sum()))} ô chưa có số liệu"
        yield f"chỉ tiêu {objective.number} {asked}"


def _of_districts(case: Case, slug: str) -> pd.DataFrame:
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[case.plan.districts.index]


def _target(case: Case, finding: pd.Series) -> dict[str, object]:
    """A row of the summary: what is asked, what was done, the verdict, and the choices it rests on."""
    objective, look = case.plan[finding.objective], VERDICTS[finding.verdict]
    target, whole = case.plan.target(objective.slug, case.unit).value, finding.total

    def told(part: int) -> str:
        return f"{number(part)}/{number(whole)} ({share(part, whole, target.threshold)})"

    asked = target.words + (f" {objective.counted}" if target.shape == "count" else "")
    asked += f" ({number(finding.needed)}/{number(whole)})" if target.threshold is not None else ""
    (counted,) = case.counted(finding.to_frame().T)
    done, _, _ = counted.partition(" (cần")  # what is needed stands beside it
    if finding.verdict == "none_arose":
        done = "–"
    elif not done[-1].isdigit():
        pass
    elif finding.objective == "enforcement":
        done = _cases(case)
    elif pd.isna(whole):
        done += f" {objective.counted}"
    elif target.shape != "own":
        more = pd.notna(finding.high) and finding.high > finding.low
        done = told(finding.low) + (f"; tối đa {told(finding.high)}" if more else "")
    told_by = {"number": objective.number, "title": objective.title, "asked": asked, "done": done}
    return told_by | {"verdict": f"{look.shape} {look.word}", "rule": _resting(case, finding)}


def _resting(case: Case, finding: pd.Series) -> str:
    """The borrowed or assumed choices without which the verdict would or could be another."""
    settings, target, said = load_settings(), case.plan.target(finding.objective, case.unit), []
    if target.status == "borrowed":
        words = settings.target_words["local" if LOCAL.search(target.source) else "national"]
        source = re.sub(r"^(\w+ \w+) (?=\d)", r"\1 số ", re.sub(r" ngày [\d/]+", "", target.source))
        said = [words.format(source=source, words=target.value.words)]
    rules = {
        k: rule
        for k, rule in case.decisive(finding).items()
        if rule.status in ("borrowed", "assumption")
    }
    own = [
        settings.rule_words.get(key, rule.label + ": {}").format(rule.chosen)
        for key, rule in rules.items()
    ]
    return "; ".join([*said, *own])


def _cases(case: Case) -> str:
    """How many cases were handled and detected: in the words of the finding wherever the document says it."""
    if (
        "enforcement" not in case.plan
        or (finding := case.finding("enforcement")).verdict == "none_arose"
    ):
        return "không phát hiện vụ việc vi phạm"
    return finding.reason.removeprefix(f"{finding.unit_name} ").partition(". ")[0]


def _short(case: Case, slug: str) -> list[str]:
    """Who fell short: districts of the province, communes of a district; the reason of enforcement says so itself."""
    if slug not in case.plan or slug not in DIRECT:
        return []
    if case.whole:
        rows, target = (
            _of_districts(case, slug).query("verdict == 'not_met'"),
            case.plan[slug].district_target,
        )
        each, names = target.value.shape != "own", case.units.inline_name[rows.index]
        told = names + (
            " (" + rows.low.astype("string") + "/" + rows.total.astype("string") + ")"
            if each
            else ""
        )
        held = (
            f"đạt mức {target.value.words} ({STATUSES[target.status]} cho từng {case.plan.each})"
            if each
            else "thực hiện"
        )
        word = case.plan.districts_word
        return (
            [f"{word[:1].upper()}{word[1:]} chưa {held}: {listing(told.tolist())}."]
            if len(rows)
            else []
        )
    if slug != "communication":
        return []
    kept = annexes.standing(case, "communes")
    groups = {
        "Chưa duy trì thường xuyên": kept.eq(False).fillna(False),
        "Chưa đủ số liệu": kept.isna(),
    }
    named = {
        lead: case.units.inline_name[kept.index[rows]].tolist() for lead, rows in groups.items()
    }
    return [f"{lead}: {listing(names)}." for lead, names in named.items() if names]


def _asked_for(case: Case) -> dict[str, object]:
    """What the letter asks a silent district for, and by when: nobody is held to a day that was only assumed."""
    kinds, held = (
        case.plan.communes(case.unit).type.str.lower().value_counts(),
        case.plan.rules["deadline"],
    )
    among = {"communes": f" ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})"}
    asked = [(sheet, case.plan[sheet.objective].title) for sheet in case.plan.sheets_of(case.unit)]
    return {
        "missing": [
            f"Biểu {sheet.name.split()[0]}. {title}{among.get(sheet.rows, '')}"
            for sheet, title in asked
        ],
        "deadline": short_date(held.value) if held.status in ("stated", "confirmed") else OPEN_DAY,
    }


def _pictures(case: Case) -> dict[str, drawn.Picture]:
    if not case.whole or "communication" not in case.plan:
        return {}
    districts = _of_districts(case, "communication")
    rows = pd.concat(
        [districts, case.finding("communication").to_frame().T.astype(districts.dtypes)]
    )
    title = f"Duy trì tuyên truyền ở xã, phường, thị trấn năm {case.year}, kết luận của từng đơn vị"
    charts = {"picture_map": drawn.district_map(districts, case, title, paper=True)}
    charts["picture_bounds"] = drawn.bounds_chart(rows, case, title, paper=True)
    return {name: chart for name, chart in charts.items() if isinstance(chart, drawn.Picture)}
