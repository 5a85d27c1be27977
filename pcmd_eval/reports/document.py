"""The documents in Word: the province's report, the notice to a unit, the letter to a unit without
a return; where communes report, one notice and one letter for all of them.
"""

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pcmd_eval.analysis import charts, maps
from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.missing_data import count_missing, missing_of
from pcmd_eval.analysis.picture import Picture
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.reports import annexes, docx_renderer, requests, summary
from pcmd_eval.reports.narrative import read_narrative
from pcmd_eval.reports.objective_sections import chapters
from pcmd_eval.reports.placeholders import (
    PAPERS,
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
from pcmd_eval.util.formatting import format_count, format_long_date, format_short_date
from pcmd_eval.util.vocabulary import EXACT_COPY, INTERNAL_MARK

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")
_TO_WRITE, _TO_FILL = "to_write", "to_fill"  # keys of the second value of `review`


def review(
    case: Case, narrative_folder: Path, kind: PaperKind | None = None
) -> tuple[bytes, dict[str, object]]:
    """Return the Word document about the unit as bytes, and what is left to do on it.

    `case` has exact figures; `narrative_folder` has the texts that officials wrote, `<code>.md`.
    Left to do: `kind` of the document, `to_write` (empty passages), `to_fill` (dotted lines),
    `remarks` (on the texts). Raises InputRefused with a sentence for each fault of the template,
    and with file and line for each fault in the texts.
    """
    kind = kind or kind_of(case)
    indicators = figures_by_name(case) | previous_figures_by_name(case)
    file = narrative_folder / f"{case.unit}.md"
    names = names_of(case, kind)
    parts = fill_texts(load_settings().parts, names)
    people, remarks = read_narrative(file, parts, indicators)
    tables = annexes.annexes_of(case, kind)
    values = names | indicators | _plan_values(case.plan) | _unit_values(case, kind)
    values |= _finding_values(case, kind) | _figure_lists(indicators)
    values |= {"annex": _annex_names(tables), "people": people}
    values |= {"picture_map": "", "picture_bounds": ""}
    # The report goes to a higher authority: neither it nor its pictures are marked as internal.
    pictures = _pictures(replace(case, _internal=False)) if kind == "report" else {}
    document = docx_renderer.render(values, pictures, [*tables.values()])
    # The date of the data, not of the run: equal data give equal bytes.
    document.core_properties.created = datetime(case.year, 12, 31)
    document.core_properties.modified = document.core_properties.created
    unwritten, unfilled = docx_renderer.count_unwritten(document)
    buffer = io.BytesIO()
    document.save(buffer)
    to_do = {"kind": kind, _TO_WRITE: unwritten, _TO_FILL: unfilled, "remarks": remarks}
    return repack_zip(buffer.getvalue()), to_do


def summarize_remarks(to_do: Iterable[dict]) -> list[str]:
    """Return what is left to do on all documents: a line for each kind, then the remarks on texts.

    `to_do`: the second value of `review` for each document.
    """
    to_do = [*to_do]
    lines = []
    for kind, paper in PAPERS.items():
        of_kind = [entry for entry in to_do if entry["kind"] == kind]
        if unwritten := sum(entry[_TO_WRITE] for entry in of_kind):
            lines.append(f"{paper} ({len(of_kind)} văn bản): còn {unwritten} phần do đơn vị soạn.")
    if unfilled := max((entry[_TO_FILL] for entry in to_do), default=0):
        lines.append(f"Mọi văn bản: {unfilled} chỗ ……… điền một lần ở data/review.yaml.")
    return [*lines, *(remark for entry in to_do for remark in entry["remarks"])]


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
    """Return the template's values about the unit, its return, and the requests."""
    settings, names = settings_of(case.plan.review), names_of(case, kind)
    is_notice, is_collective = kind == "notice", is_province(case) and kind != "report"
    own_notice = is_notice and not is_collective
    missing = missing_of(case)
    if is_collective:
        missing = missing[~missing.reporter.isin([*silent_units(case), case.plan.province])]
        total = int(count_missing(missing).sum())
    else:
        total = requests.missing_total(case)
    asks_for_blanks = missing[missing.reporter == case.unit] if own_notice else missing
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
        "asks_for_blanks": bool((asks_for_blanks.request_kind != "open_zero").any()),
        "period": summary.period(case),
        "comparison_note": comparison_note(case) if not is_collective else "",
        "asked": requests.requested_cells(case) if own_notice else [],
        "confirm": requests.issues_to_confirm(case) if own_notice else [],
        "sheets": requests.sheet_titles(case),
        "waiting": requests.waiting_findings(case) if kind == "reminder" else "",
        **fill_texts(settings.requests, names),
    }


def _coverage(case, only_silent):
    if only_silent:
        silent = len(silent_units(case))
        return f"{format_count(silent)} {case.plan.unit_kinds} chưa gửi báo cáo"
    return summary.coverage(case)


def _finding_values(case, kind):
    """Return the template's values about results, besides figures, pictures and people's words."""
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


def _figure_lists(indicators):
    """Figures with their labels, of which a sentence leaves out those that are 0 or not known."""
    lists = load_settings().figure_lists
    return {
        key: [(label, indicators[group][name]) for name, label in labels.items()]
        for group, by_key in lists.items()
        for key, labels in by_key.items()
    }


def _issuer(case, kind):
    """Return the texts of the body that issues the document; those of the department by default."""
    settings, names = settings_of(case.plan.review), names_of(case, kind)
    department = settings.department
    issuer = settings.issuers[settings.issuer if kind == "report" else kind]
    values = issuer.model_dump()
    values["lines"] = values["lines"] or department.heading_lines
    values["signing"] = values["signing"] or department.signing
    values["signer"] = values["signer"] or department.signer
    return fill_texts(values | {"place": department.place}, names)


def _marks(case, kind):
    """Return the marks on every page.

    A document is never marked as internal: it is signed and sent. A letter that asks for
    figures has none to keep back, so it is not marked as exact.
    """
    marks = [mark for mark in case.marks if mark != INTERNAL_MARK]
    return marks if kind == "reminder" else [EXACT_COPY, *marks]


def _pictures(case):
    """Return the picture of the units by name: a map, or bars if the plan has no map."""
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
    """Return by its key what an annex is called: by Word's number, unless it is the only one."""
    names = dict.fromkeys(load_settings().annexes, "")
    if len(tables) == 1:
        return names | dict.fromkeys(tables, "Phụ lục kèm theo")
    return names | {key: f"Phụ lục {at}" for key, at in zip(tables, _ROMAN, strict=False)}
