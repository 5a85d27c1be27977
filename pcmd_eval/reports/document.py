"""Make the Word documents: the report of the province, the notice to a unit, the letter to a unit
without a return. Where communes report, one notice and one letter go to all of them.
"""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pcmd_eval.analysis import charts, maps
from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.missing_data import count_missing, missing_of
from pcmd_eval.analysis.picture import Picture
from pcmd_eval.analysis.request_wording import answers_of
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.reports import annexes, docx_renderer, requests, summary
from pcmd_eval.reports.narrative import read_narrative
from pcmd_eval.reports.objective_sections import chapters
from pcmd_eval.reports.placeholders import (
    PaperKind,
    figures_by_name,
    fill_texts,
    kind_of,
    names_of,
    silent_units,
)
from pcmd_eval.reports.year_on_year import (
    comparison_lines,
    comparison_note,
    previous_figures_by_name,
)
from pcmd_eval.util.files import repack_zip
from pcmd_eval.util.formatting import (
    format_count,
    format_long_date,
    format_short_date,
    lowercase_first,
)
from pcmd_eval.util.vocabulary import EXACT_COPY, INTERNAL_MARK, PERIOD_LABELS

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


def review(
    case: Case, narrative_folder: Path, kind: PaperKind | None = None
) -> tuple[bytes, dict[str, object]]:
    """Return the Word document about the unit as bytes, and what is left to do on it.

    `case`: with exact figures; `narrative_folder`: the folder of officials' texts, `<code>.md`.
    The dict has `kind` (of the document), `to_write` (number of empty passages), `to_fill` (of
    dotted lines) and `remarks` (sentences on the texts). Raises InputRefused with a sentence for
    each fault of the template, and with file and line for each fault in the texts.
    """
    kind = kind or kind_of(case)
    indicators = figures_by_name(case) | previous_figures_by_name(case)
    file = narrative_folder / f"{case.unit}.md"
    names = names_of(case, kind)
    parts = fill_texts(load_settings().parts, names)
    people, remarks = read_narrative(file, parts, indicators)
    tables = annexes.annexes_of(case, kind)
    values = names | indicators | _plan_values(case.plan) | _unit_values(case, kind)
    values |= _finding_values(case, kind) | _lists_of_figures(indicators)
    values |= {"annex": _annex_names(tables), "people": people}
    values |= {"picture_map": "", "picture_bounds": ""}
    # The report is sent to a higher authority, so that its pictures have no mark "internal".
    pictures = _pictures(replace(case, _internal=False)) if kind == "report" else {}
    document = docx_renderer.render(values, pictures, [*tables.values()])
    # The year's end, not the day of the run: equal data give equal bytes.
    document.core_properties.created = datetime(case.year, 12, 31)
    document.core_properties.modified = document.core_properties.created
    unwritten, unfilled = docx_renderer.count_unwritten(document)
    buffer = io.BytesIO()
    document.save(buffer)
    to_do = {"kind": kind, "to_write": unwritten, "to_fill": unfilled, "remarks": remarks}
    return repack_zip(buffer.getvalue()), to_do


# ---- what it says --------------------------------------------------------------------------------


def _plan_values(plan):
    """Return the template's values about the plan, by name."""
    return {
        "rules": settings_of(plan.review).rules,
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": format_long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": plan.year,
        "next_year": plan.year + 1,
        "deadline": format_short_date(plan.binding_deadline) if plan.binding_deadline else "",
    }


def _unit_values(case, kind):
    """Return the template's values about the unit, its return, and the requests, by name."""
    settings, names = settings_of(case.plan.review), names_of(case, kind)
    is_notice, is_collective = kind == "notice", is_province(case) and kind != "report"
    is_notice_to_one = is_notice and not is_collective
    missing = missing_of(case)
    if is_collective:
        missing = missing[~missing.reporter.isin([*silent_units(case), case.plan.province])]
        total = int(count_missing(missing).sum())
    else:
        total = requests.missing_total(case)
    asks_for_blanks = missing[missing.reporter == case.unit] if is_notice_to_one else missing
    return {
        "is_report": kind == "report",
        "is_notice": is_notice,
        "is_letter": kind == "reminder",
        "collective": is_collective,
        "unit": names["inline"],
        "issuer": _issuer(case, kind),
        "mark": " · ".join(_marks(case, kind)),
        "notes": fill_texts(settings.notes, names),
        "coverage": _coverage(case, is_collective and not is_notice),
        "missing_total": format_count(total) if is_notice and total else "",
        "asks": is_notice_to_one and bool(total),
        "how_to_fill": _how_to_fill(asks_for_blanks, requests.open_since(case)),
        "period": summary.period(case),
        "comparison_note": comparison_note(case) if not is_collective else "",
        "confirms": is_notice_to_one and bool(requests.contradictions(case)),
        "sheets": requests.sheet_titles(case),
        "waiting": requests.waiting_findings(case) if kind == "reminder" else "",
        **fill_texts(settings.requests, names),
    }


def _how_to_fill(missing, open_since):
    """Return how the cells that are asked for are filled in, and that open periods are updated."""
    cutoff, period = open_since or ("", "Q4")
    missing = missing[missing.request_kind != "open_zero"]
    until = lowercase_first(PERIOD_LABELS[period])
    return summary.say("how_to_fill", answers_of(missing), cutoff, until)


def _coverage(case, is_letter_to_all):
    """Return which returns the document rests on; in a letter to all, how many are missing."""
    if is_letter_to_all:
        silent = len(silent_units(case))
        return f"{format_count(silent)} {case.plan.unit_kinds} chưa gửi báo cáo"
    return summary.coverage(case)


def _finding_values(case, kind):
    """Return the template's values about findings, by name."""
    judged = summary.judged_findings(case)
    is_collective = is_province(case) and kind == "notice"
    rows = case.findings[case.findings.unit_code != case.plan.province]
    applicable = rows[rows.verdict != "not_applicable"].itertuples()
    not_judged = case.plan.not_judged if kind == "report" else ()
    return {
        "verdicts": "" if is_collective else summary.verdict_line(case),
        "unit_lines": list(summary.lines_by_verdict(case)) if is_collective else [],
        "open": summary.open_verdicts(case),
        "targets": [] if is_collective else [summary.target_row(case, one) for one in judged],
        "assumed": any(
            finding.basis != "plan" for finding in (applicable if is_collective else judged)
        ),
        "cases": "" if is_collective else summary.cases(case),
        "outlets": summary.outlets(case),
        "chapters": [] if is_collective else chapters(case),
        "proposals": summary.proposals(case) if kind == "report" else {"results": [], "limits": []},
        "not_judged": [f"- “{target.sentence}”: {target.why}" for target in not_judged],
        "compared": [] if is_collective else comparison_lines(case),
    }


def _lists_of_figures(indicators):
    """Return lists of labelled figures by key; the template's filter `nonzero` leaves out zeros."""
    lists = load_settings().figure_lists
    return {
        key: [(label, indicators[group][name]) for name, label in labels.items()]
        for group, by_key in lists.items()
        for key, labels in by_key.items()
    }


def _issuer(case, kind):
    """Return the texts of the body that issues the document, by name.

    A body without a heading, place or signer of its own has the department's.
    """
    settings, names = settings_of(case.plan.review), names_of(case, kind)
    department = settings.department
    issuer = settings.issuers[settings.issuer if kind == "report" else kind]
    values = issuer.model_dump()
    values["lines"] = values["lines"] or department.heading_lines
    values["signing"] = values["signing"] or department.signing
    values["signer"] = values["signer"] or department.signer
    return fill_texts(values | {"place": department.place}, names)


def _marks(case, kind):
    """Return the marks on every page of the document.

    No document is marked as internal: it is signed and sent. A letter that asks for figures has
    none itself, so that it is not marked as a copy with exact ones.
    """
    marks = [mark for mark in case.marks if mark != INTERNAL_MARK]
    return marks if kind == "reminder" else [EXACT_COPY, *marks]


def _pictures(case):
    """Return {name in the template: picture of the units}: a map, or bars if there is no map.

    Without an objective that counts communes, or anything to draw: {}.
    """
    if not case.plan.commune_slugs:
        return {}
    slug = case.plan.commune_slugs[0]
    title = f"{case.plan[slug].title} năm {case.year}, kết luận của từng đơn vị"
    name, rows = "picture_map", summary.unit_findings(case, slug)
    picture = maps.district_map(rows, case, title, paper=True)
    if not isinstance(picture, Picture):
        name, rows = "picture_bounds", summary.unit_findings(case, slug, case.unit)
        picture = charts.bounds_chart(rows, case, title, paper=True)
    return {name: picture} if isinstance(picture, Picture) else {}


def _annex_names(tables):
    """Return the names by which texts refer to annexes, by key; "" for one that is left out.

    Word numbers the annexes; a single one has no number.
    """
    names = dict.fromkeys(load_settings().annexes, "")
    if len(tables) == 1:
        return names | dict.fromkeys(tables, "Phụ lục kèm theo")
    return names | {key: f"Phụ lục {at}" for key, at in zip(tables, _ROMAN, strict=False)}
