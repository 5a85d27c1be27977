"""Make the Word documents: the report of the province, the notice to a unit, the letter to a unit
without a return. Where communes report, one notice and one letter go to all of them.
"""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.case_queries import (
    all_findings,
    all_indicators,
    requests_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.reporting_status import list_cutoffs
from pcmd_eval.charts import maps
from pcmd_eval.charts.picture import Picture
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.findings import describe_conclusions
from pcmd_eval.office.reports import annexes, docx_renderer, sections
from pcmd_eval.office.reports.annexes import Annex
from pcmd_eval.office.reports.placeholders import (
    NamedTexts,
    PaperKind,
    counted_figures,
    describe_requests,
    fill_texts,
    last_open_period,
    list_addressees,
    placeholders_of,
    requests_to,
    silent_units,
)
from pcmd_eval.office.reports.request_tables import describe_communes
from pcmd_eval.office.reports.verdict_tables import unit_findings
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.statistics.indicators import describe_return, says_something
from pcmd_eval.util.files import repack_zip
from pcmd_eval.util.formatting import (
    format_count,
    format_long_date,
    format_short_date,
    join_items,
    lowercase_first,
)
from pcmd_eval.util.vocabulary import EXACT_COPY, INTERNAL_MARK

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


def make_paper(case: Case, kind: PaperKind) -> bytes:
    """Return the Word document about the unit; `case`: with exact figures.

    Raises InputRefused with a sentence for each fault of the template.
    """
    tables = annexes.annexes_of(case, kind, settings_of(case.plan.review).issuer == "so")
    annex = _annex_names(tables)
    values: dict[str, Any] = {**placeholders_of(case, kind), **_plan_values(case.plan)}
    values |= _unit_values(case, kind)
    values |= _finding_values(case, kind, annex)
    rows = rows_of_unit_code(case, all_indicators(case))
    values |= {
        "annex": annex,
        "counted": counted_figures(case),  # by name
        "told_figures": {*rows["item"][says_something(rows)]},  # that sentences may name
        "picture_map": "",
    }
    # The report is sent to a higher authority, so that its pictures have no mark "internal".
    pictures = _pictures(replace(case, _internal=False)) if kind == "report" else {}
    document = docx_renderer.render(values, pictures, [*tables.values()])
    # The year's end, not the day of the run: equal data give equal bytes.
    document.core_properties.created = datetime(case.year, 12, 31)
    document.core_properties.modified = document.core_properties.created
    buffer = io.BytesIO()
    document.save(buffer)
    return repack_zip(buffer.getvalue())


# ---- what it says --------------------------------------------------------------------------------


def _plan_values(plan: Plan) -> dict[str, Any]:
    """Return the template's values about the plan, by name."""
    return {
        "rules": settings_of(plan.review).rules,  # of layout: tt01 or nd30
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": format_long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": plan.year,
        "next_year": plan.year + 1,
        "deadline": format_short_date(plan.binding_deadline) if plan.binding_deadline else "",
    }


def _unit_values(case: Case, kind: PaperKind) -> dict[str, Any]:
    """Return the template's values about the unit, its return, and the requests, by name.

    Among them the texts on how to answer (`requests` of data/review.yaml): `within`: the time
    limit; `within_later`: what it adds for units that send when the period is over.
    """
    settings, placeholders = settings_of(case.plan.review), placeholders_of(case, kind)
    is_collective = is_province(case) and kind != "report"
    # Papers of the province list the sheets of the first unit: those of all are the same.
    form_unit = case.plan.reporting_units.index[0] if is_province(case) else case.unit
    about_return = describe_return(case.plan, case.returns, form_unit)
    last_open = last_open_period(case, is_collective)
    addressed = list_addressees(case, case.unit)
    silent = [unit for unit in silent_units(case) if unit in addressed]
    answer_texts = fill_texts(settings.requests, placeholders | last_open)
    if is_collective and kind == "notice" and last_open["period"]:
        answer_texts["within"] += answer_texts["within_later"]
    return {
        "is_report": kind == "report",
        "is_notice": kind == "notice",
        "is_reminder": kind == "reminder",
        "collective": is_collective,
        "unit": placeholders["inline"],
        "issuer": _issuer(case, kind),
        "mark": " · ".join(_marks(case, kind)),
        "silent_total": format_count(len(silent)),
        "silent_names": join_items([*case.plan.reporting_units.inline_name[silent]]),
        "requested": describe_requests(case, is_collective),
        "period": "" if is_collective else last_open["period"],
        "confirms": requests_to(case, is_collective).severity.eq("confirm").any(),
        "waiting": sections.list_waiting_objectives(case, silent) if kind == "reminder" else [],
        "sent_on": about_return.get("sent", ""),
        "return_state": about_return.get("return_state", ""),
        "sheets": [
            f"Biểu {sheet.number}. {case.plan[sheet.objective].title}"
            for sheet in case.plan.sheets_of(form_unit)
        ],
        **answer_texts,
    }


def _finding_values(case: Case, kind: PaperKind, annex: NamedTexts) -> dict[str, Any]:
    """Return the template's values about findings, by name."""
    plan, is_report = case.plan, kind == "report"
    is_collective = is_province(case) and not is_report
    targets = [] if is_collective else sections.target_rows(case)
    return {
        "lines": [] if kind == "reminder" else _first_lines(case, kind, annex),
        "targets": targets,
        "table_note": _table_note(case, kind, targets),
        "chapters": sections.list_chapters(case, annex) if is_report else [],
        "proposals": sections.suggest_results_and_limits(case)
        if is_report
        else {"results": [], "limits": []},
        "not_judged": [
            f"- “{target.sentence}”: {lowercase_first(target.why)}"
            for target in plan.not_judged
            if is_report
        ],
        "compared": [] if is_collective else sections.comparison_lines(case),
        "comparison_note": _comparison_note(case),
    }


def _comparison_note(case: Case) -> str:
    """Return the note on the comparison: what the previous year covers, this year's cut-off, and
    whether figures are still to be confirmed.
    """
    previous = case.plan.previous
    notes = [previous.note] if previous and previous.note else []
    days = list_cutoffs(case.unit_rows(case.returns))
    if notes and days and days[0] != f"{case.year}-12-31":
        until = "ngày chốt của từng báo cáo" if days[1:] else format_short_date(days[0])
        notes.append(f"Số liệu năm {case.year} tính đến {until}.")
    if case.unit_rows(requests_of(case)).severity.eq("confirm").any():
        notes.append("Còn số liệu chờ đơn vị xác nhận.")
    return " ".join(notes)


def _table_note(case: Case, kind: PaperKind, targets: list[dict[str, object]]) -> str:
    """Return the note under the table of results, "" for a table without rows.

    It says which objectives have no row, who set the levels, to which objectives the unit only
    contributes (a low count breaks nothing), and which rules are assumed. `targets`: see
    `sections.target_rows`.
    """
    placeholders = placeholders_of(case, kind)
    judged = {row["number"] for row in targets}
    others = [str(one.number) for one in case.plan.by_slug.values() if one.number not in judged]
    facts = {"numbers": ", ".join(others), "rules": ""}
    notes = fill_texts(settings_of(case.plan.review).notes, placeholders | facts)
    numbers = [row["number"] for row in targets if row["contributes"]]
    texts = [
        notes["others"] if kind == "notice" and others else "",
        notes["district"] if kind == "notice" else "",
        phrase("no_breach", case.plan, numbers, placeholders["type"]) if numbers else "",
        notes["rules"] if any(row["rule"] for row in targets) else "",
    ]
    return " ".join(filter(None, texts)) if targets else ""


def _first_lines(case: Case, kind: PaperKind, annex: NamedTexts) -> list[str]:
    """Return the lines of the first page: verdicts, returns, and what the reader is asked."""
    judged = sections.judged_findings(case)
    if kind == "report":
        # In chapter III of the template it is the third section behind those of objectives.
        section = f"mục III.{len(judged) + 3}"
        verdicts = describe_conclusions(case.plan, judged, section)
        # The table of results by area has no column for the days of returns.
        details = f" Chi tiết tại {annex['results']}." if case.plan.areas.empty else ""
        lines = [verdicts, sections.describe_coverage(case) + details]
        if annex["opinions"]:
            lines.append(_asked_opinion(case, annex["opinions"]))
    elif is_province(case):
        lines = [sections.describe_coverage(case)]
        for slug, objective in case.plan.by_slug.items():
            if verdicts := sections.verdict_counts(case, slug):
                lines.append(f"{objective.title}: {verdicts}.")
    else:
        lines = [describe_conclusions(case.plan, judged), sections.describe_coverage(case)]
    if kind == "notice" and (requested := describe_requests(case, is_province(case))):
        lines.append(f"Còn {requested} (chi tiết tại Phụ lục kèm theo).")
    elif annex["own_communes"]:
        lines.append(f"{describe_communes(case)}: danh sách tại {annex['own_communes']}.")
    return [f"- {line}" for line in lines if line]


def _asked_opinion(case: Case, annex: str) -> str:
    """Return the sentence that asks the reader of the report to decide the open points."""
    points = sections.open_points(case)
    slugs = {point.slug for point in points if point.effect == "changes"}
    numbers = [one.number for one in case.plan.objectives if one.slug in slugs]
    effects = Counter(point.effect for point in points)
    return phrase("asked_opinions", placeholders_of(case, "report"), annex, effects, numbers)


def _issuer(case: Case, kind: PaperKind) -> dict[str, Any]:
    """Return the texts of the issuer of the document, by name.

    A missing heading is taken from the department; without `signing`, so are signer and place.
    """
    settings, placeholders = settings_of(case.plan.review), placeholders_of(case, kind)
    department = settings.department
    key = settings.issuer if kind == "report" else kind
    assert key, "data/review.yaml names who issues the report"
    issuer = settings.issuers[key]
    values = issuer.model_dump()
    values["lines"] = values["lines"] or department.heading_lines
    if not issuer.signing:
        values |= {name: getattr(department, name) for name in ("signing", "signer", "place")}
    return fill_texts(values, placeholders)


def _marks(case: Case, kind: PaperKind) -> list[str]:
    """Return the marks on every page of the document.

    No document is marked as internal: it is signed and sent. A reminder has no figures, so it is
    not marked as a copy with exact figures (`EXACT_COPY`).
    """
    marks = [mark for mark in case.marks if mark != INTERNAL_MARK]
    return marks if kind == "reminder" else [EXACT_COPY, *marks]


def _pictures(case: Case) -> dict[str, Picture]:
    """Return {"picture_map": map of the units}; {} without boundaries or objectives on communes, or
    where all units have the same verdict.
    """
    if not case.plan.commune_slugs:
        return {}
    slug = case.plan.commune_slugs[0]
    if unit_findings(case).query("objective == @slug").verdict.nunique() < 2:
        return {}
    findings = case.for_display(all_findings(case).query("objective == @slug"))
    title = f"{case.plan[slug].title} năm {case.year}, kết luận của từng đơn vị"
    picture = maps.district_map(findings, case, title)
    return {"picture_map": picture.on_paper()} if isinstance(picture, Picture) else {}


def _annex_names(tables: Mapping[str, Annex]) -> NamedTexts:
    """Return the names by which texts refer to annexes, by key; "" for one that is left out.

    Word numbers the annexes; a single one has no number.
    """
    names = dict.fromkeys(load_settings().annexes, "")
    if len(tables) == 1:
        return names | dict.fromkeys(tables, "Phụ lục kèm theo")
    return names | {key: f"Phụ lục {at}" for key, at in zip(tables, _ROMAN, strict=False)}
