"""The document of a unit in Word: the province's report, the notice to a district, the letter to a
silent one.
"""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pcmd_eval.analysis import charts as drawn
from pcmd_eval.analysis.reporting_status import coverage, cutoffs
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.reports import annexes, narrative, requests, summary
from pcmd_eval.reports import docx_renderer as paper
from pcmd_eval.reports import template_check as template
from pcmd_eval.reports import year_on_year as earlier
from pcmd_eval.reports.document_names import document_name, kind_of, names_of, with_names
from pcmd_eval.reports.figure_text import quantities
from pcmd_eval.reports.objective_sections import chapters
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import repack_zip
from pcmd_eval.util.formatting import format_count, format_long_date, format_short_date
from pcmd_eval.util.spelling import normalize_tone
from pcmd_eval.util.vocabulary import EXACT_COPY, INTERNAL_MARK, PUBLIC_COPY

ROMAN = ("I", "II", "III", "IV", "V", "VI")


def review(case: Case, narrative_folder: Path) -> tuple[bytes, list[str]]:
    """The document of the unit, and remarks on it and on what people wrote in
    `<narrative_folder>/<code>.md`.

    Raises InputRefused with a sentence for each fault of the template, and with file and line for
    what people wrote wrongly.
    """
    if faults := template.check_template():
        raise InputRefused(*faults)
    figures = quantities(case) | earlier.of_two_years(case)
    file = narrative_folder / f"{case.unit}.md"
    measures = case.figures.measure.dropna().unique()
    people, remarks = narrative.read_narrative(file, load_settings().parts, figures, measures)
    tables = {} if kind_of(case) == "reminder" else annexes.annexes_of(case)
    values = names_of(case) | _of_plan(case.plan) | _of_unit(case) | _of_findings(case) | figures
    values |= {"annex": _places(tables), "people": people, "picture_map": "", "picture_bounds": ""}
    # A paper that goes upward is not marked as internal, nor is its picture.
    pictures = _pictures(replace(case, internal=False))
    document = paper.rendered(values, pictures, tables.values())
    # The day is that of the data, not of the making.
    document.core_properties.created = datetime(case.year, 12, 31)
    document.core_properties.modified = document.core_properties.created
    if remark := paper.unwritten(document):
        remarks.append(f"{document_name(case)}: {remark}")
    buffer = io.BytesIO()
    document.save(buffer)
    return repack_zip(buffer.getvalue()), remarks


# ---- what it says --------------------------------------------------------------------------------


def _of_plan(plan):
    """What the template says of the plan, by name."""
    return {
        "rules": settings_of(plan.review).rules,
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": format_long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": plan.year,
        "next_year": plan.year + 1,
        "deadline": format_short_date(plan.held_to) if plan.held_to else "",
    }


def _of_unit(case):
    """What the template says of the unit, its return, and what it is asked for."""
    kind = kind_of(case)
    settings = settings_of(case.plan.review)
    days = cutoffs(case.returns, case.reporters)
    return {
        "whole": case.is_province,
        "reminder": kind == "reminder",
        "unit": normalize_tone(case.inline_name),
        "issuer": _issuer(case),
        "mark": " · ".join(_marks(case)),
        "notes": with_names(settings.notes, case),
        "coverage": coverage(case),
        "gaps": format_count(requests.missing_total(case)) if kind == "notice" else "0",
        "until": phrase("until", days),
        "before": earlier.comparison_note(case.plan, days),
        "asked": requests.requested_cells(case) if kind == "notice" else [],
        "missing": requests.sheet_titles(case),
        "held_up": requests.waiting_findings(case) if kind == "reminder" else "",
        **with_names(settings.reminder, case),
    }


def _of_findings(case):
    """What the template says of the unit's results, beside figures, pictures and people's words."""
    judged = summary.judged_findings(case)
    not_judged = case.plan.not_judged if case.is_province else ()
    return {
        "verdicts": phrase("verdicts", summary.numbers_by_verdict(case)),
        "open": summary.open_verdicts(case),
        "targets": [summary.target_row(case, finding) for finding in judged],
        "assumed": any(finding.basis != "plan" for finding in judged),
        "cases": summary.cases(case),
        "outlets": summary.outlets(case),
        "chapters": chapters(case),
        "not_judged": [f"- “{target.sentence}”: {target.why}" for target in not_judged],
        "compared": earlier.comparison_lines(case),
    }


def _issuer(case):
    settings = settings_of(case.plan.review)
    issuer = settings.issuers[settings.issuer if case.is_province else kind_of(case)]
    return with_names(issuer.model_dump(), case)


def _marks(case):
    """What every page says of itself.

    Never that it is internal, for it is to be signed and sent. A letter that asks for figures has
    none to keep back, so its exact copy is not marked as one.
    """
    marks = [mark for mark in case.marks if mark != INTERNAL_MARK]
    if case.internal and kind_of(case) == "reminder":
        return marks
    return [EXACT_COPY if case.internal else PUBLIC_COPY, *marks]


def _pictures(case):
    """The districts on the map; as bars where the plan has no map."""
    if not case.is_province or not case.plan.commune_slugs:
        return {}
    slug = case.plan.commune_slugs[0]
    title = f"{case.plan[slug].title} năm {case.year}, kết luận của từng đơn vị"
    name, rows = "picture_map", summary.district_findings(case, slug)
    picture = drawn.district_map(rows, case, title, paper=True)
    if not isinstance(picture, drawn.Picture):
        name, rows = "picture_bounds", summary.district_findings(case, slug, case.unit)
        picture = drawn.bounds_chart(rows, case, title, paper=True)
    return {name: picture} if isinstance(picture, drawn.Picture) else {}


def _places(annexes):
    """By its key what an annex is called: by Word's number, unless it is the only one."""
    places = dict.fromkeys(load_settings().annexes, "")
    if len(annexes) == 1:
        return places | dict.fromkeys(annexes, "Phụ lục kèm theo")
    return places | {key: f"Phụ lục {at}" for key, at in zip(annexes, ROMAN, strict=False)}
