"""The document of a unit in Word: the province's report, the notice to a district, the letter to a
silent one.
"""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from docx.document import Document
from docx.oxml.ns import qn

from pcmd_eval import figures as drawn
from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.review import annexes, asked, earlier, narrative, results, template
from pcmd_eval.review.names import document_name, filled, kind_of
from pcmd_eval.review.settings import load_settings, settings_of
from pcmd_eval.sentences import CONTRIBUTION
from pcmd_eval.spelling import one_tone
from pcmd_eval.words import EXACT_COPY, PUBLIC_COPY, at_least, long_date, short_date, two_digits

BLANK = "\u00a0" * 6  # room for what is written by hand
DOTS = "………"  # what the department has still to fill in
TITLES = {
    "report": ("Báo cáo", "kết quả thực hiện Kế hoạch số {plan}, {unit}"),
    "notice": ("Thông báo", "kết quả đánh giá năm {year}, {unit} (Kế hoạch số {plan})"),
    "reminder": ("Công văn", "đôn đốc báo cáo thực hiện Kế hoạch số {plan}, {unit}"),
}


def review(case: Case, narrative_folder: Path) -> tuple[bytes, list[str]]:
    """The document of the unit, and remarks on it and on what people wrote in
    `<narrative_folder>/<code>.md`.

    Raises InputRefused with a sentence for each fault of the template, and with file and line for
    what people wrote wrongly.
    """
    if faults := template.check_template():
        raise InputRefused(*faults)
    so, years = _figures(case), _of_two_years(case)
    file, headings = narrative_folder / f"{case.unit}.md", load_settings().headings(case.year)
    measures = case.figures.measure.dropna().unique()
    people, remarks = narrative.read(file, headings, so, measures, years)
    pictures = _pictures(replace(case, internal=False))
    shown = {name: name if name in pictures else "" for name in ("picture_map", "picture_bounds")}
    values = _of_plan(case.plan) | _of_unit(case) | shown | years | {"so": so}
    annexed = [] if kind_of(case) == "reminder" else [*annexes.annexes_of(case)]
    # People's own words stay as they were written.
    values = _spelt(values) | {"people": people}
    document = template.rendered(values, pictures, annexed=bool(annexed))
    annexes.append(document, annexed, _attached(case))
    _describe(document, case)
    if left := _left(document):
        remarks.append(f"{document_name(case)}: còn {left} chỗ cần soạn hoặc điền trước khi ký.")
    buffer = io.BytesIO()
    document.save(buffer)
    return sorted_zip(buffer.getvalue()), remarks


# ---- what it says --------------------------------------------------------------------------------


def _of_plan(plan: Plan) -> dict[str, Any]:
    """What the template says of the plan, by name."""
    return {
        "rules": settings_of(plan.review).rules,
        "districts": plan.districts_word,
        "kind": plan.kind,
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": plan.year,
        "last_year": plan.previous.year if plan.previous else plan.year - 1,
        "next_year": plan.year + 1,
        "has": {slug: slug in plan for slug in OBJECTIVES},
        "deadline": short_date(plan.held_to) if plan.held_to else "",
    }


def _of_unit(case: Case) -> dict[str, Any]:
    """What the template says of the unit, beside figures, pictures and people's words."""
    kind, targets = kind_of(case), [results.target_row(case, f) for f in results.judged(case)]
    reasons, short = _reasons(case), {slug: results.short(case, slug) for slug in OBJECTIVES}
    not_judged = case.plan.not_judged if case.whole else ()
    return {
        "whole": case.whole,
        "reminder": kind == "reminder",
        "unit": case.inline,
        "issuer": _issuer(case),
        "mark": " · ".join(_marks(case)),
        "counted": _with_measures(case),
        "verdicts": results.verdicts(case),
        "coverage": results.coverage(case),
        "open": results.open_verdicts(case),
        "targets": targets,
        "notes": _notes(case, any(row["rule"] for row in targets)),
        "cases": results.cases(case),
        "reason": reasons,
        "short": short,
        "others": [
            {"title": case.plan[slug].title, "reason": reason, "short": short[slug]}
            for slug, reason in reasons.items()
            if slug not in template.told_by_name()
        ],
        "not_judged": [f"- “{target.sentence}”: {target.why}" for target in not_judged],
        "compared": earlier.sentences(case),
        "asked": asked.cells_asked_for(case) if kind == "notice" else [],
        "missing": asked.sheets(case),
        **filled(settings_of(case.plan.review).reminder, case),
    }


def _reasons(case: Case) -> dict[str, str]:
    """The sentences of the findings by objective; that districts only contribute is a note."""
    contribution = CONTRIBUTION.format(kind=case.plan.kind)
    found = case.findings[case.findings.unit_code == case.unit]
    reasons = found.reason.str.removesuffix(f" {contribution}")
    return dict(zip(found.objective, reasons, strict=True))


def _issuer(case: Case) -> dict[str, Any]:
    settings = settings_of(case.plan.review)
    issuer = settings.issuers[settings.issuer if case.whole else kind_of(case)]
    return filled(issuer.model_dump(), case)


def _marks(case: Case) -> list[str]:
    """What every page says of itself: a paper for signature isn't one for the drawer."""
    sent = replace(case, internal=False)
    return [EXACT_COPY if case.internal else PUBLIC_COPY, *sent.marks]


def _notes(case: Case, bracketed: bool) -> list[str]:
    """What stands under the summary, once."""
    asked_of = (case.plan.target(f.objective, case.unit) for f in results.judged(case))
    assumed = "assumption" in {target.status for target in asked_of}
    noted = {
        "contribution": not case.whole,
        "district": not case.whole and assumed,
        "rules": bracketed,
    }
    own = settings_of(case.plan.review).notes
    notes = {key: words for key, words in own.items() if noted[key]}
    return [*filled(notes, case).values()]


def _figures(case: Case) -> dict[str, str]:
    """The figures of the unit by name, as they read within a sentence; a dash for those that it has
    not.
    """
    named = {key: at_least(w) for key, w in indicators.named(case.figures, case.unit).items()}
    returned = {} if case.whole else indicators.of_return(case.plan, case.returns, case.unit)
    return dict.fromkeys(template.figure_names(), "–") | named | returned


def _of_two_years(case: Case) -> dict[str, dict[str, str]]:
    """By name the figures of the year before, and what follows this year's in a sentence."""
    names = template.figure_names()
    return {
        "truoc": dict.fromkeys(names, "–") | earlier.before(case),
        "sosanh": dict.fromkeys(names, "") | earlier.differences(case),
    }


def _with_measures(case: Case) -> dict[str, str]:
    """The same with their measure, counts as officials write them: ít nhất 04 huyện, 395 triệu
    đồng.
    """
    own = case.figures[case.figures.unit_code == case.unit]
    told = dict.fromkeys(template.figure_names(), "–")
    for name, words, measure in zip(own["item"], own.words, own.measure, strict=True):
        before, space, digits = at_least(words).rpartition(" ")
        if words in ("–", "chưa đủ số liệu"):
            told[name] = "chưa có số liệu"
        elif pd.isna(measure) or not digits[-1].isdigit():
            told[name] = words
        else:
            count = two_digits(int(digits)) if digits.isdigit() else digits
            told[name] = f"{before}{space}{count} {measure}"
    return told


def _spelt(value: Any) -> Any:
    """A value, and all within it, with one placement of tones."""
    if isinstance(value, str):
        return one_tone(value)
    if isinstance(value, dict):
        return {key: _spelt(own) for key, own in value.items()}
    return [_spelt(own) for own in value] if isinstance(value, list) else value


def _pictures(case: Case) -> dict[str, drawn.Picture]:
    """The districts on the map; as bars where the plan has no map."""
    if not case.whole or not case.plan.of_communes:
        return {}
    slug = case.plan.of_communes[0]
    rows = results.of_districts(case, slug)
    title = f"{case.plan[slug].title} năm {case.year}, kết luận của từng đơn vị"
    chart = drawn.district_map(rows, case, title, paper=True)
    if isinstance(chart, drawn.Picture):
        return {"picture_map": chart}
    whole = case.finding(slug).to_frame().T.astype(rows.dtypes)
    chart = drawn.bounds_chart(pd.concat([rows, whole]), case, title, paper=True)
    return {"picture_bounds": chart} if isinstance(chart, drawn.Picture) else {}


# ---- the file ------------------------------------------------------------------------------------


def _attached(case: Case) -> str:
    """The line under the title of an annex."""
    word, issuer = TITLES[kind_of(case)][0], _issuer(case)
    return (
        f"(Kèm theo {word} số{BLANK}/{issuer['symbol']} ngày{BLANK}tháng{BLANK}năm{BLANK}"
        f"của {issuer['name']})"
    )


def _describe(document: Document, case: Case) -> None:
    """Author and title, with the marks; the day is that of the data, not of the making."""
    about, (word, of_what) = document.core_properties, TITLES[kind_of(case)]
    of_what = of_what.format(plan=case.plan.plan, year=case.year, unit=case.inline)
    marked = "".join(f" ({mark})" for mark in _marks(case))
    about.title = printable(one_tone(f"DỰ THẢO {word} {of_what}{marked}"))[:255]
    about.author = about.last_modified_by = _issuer(case)["name"]
    about.created = about.modified = datetime(case.year, 12, 31)


def _left(document: Document) -> int:
    """How many places of the document somebody has still to write or fill in."""
    body = document.element.body
    texts = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]
    return len([*body.iter(qn("w:showingPlcHdr"))]) + sum(text.count(DOTS) for text in texts)
