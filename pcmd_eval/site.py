"""The first page of a published set: who stands where, what was received, and the way to every notebook."""

from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from pcmd_eval.files import printable, workbook_bytes
from pcmd_eval.findings import COLUMNS, Finding, findings_csv
from pcmd_eval.html import fill
from pcmd_eval.jobs import NOTEBOOKS, REVIEWS, Job
from pcmd_eval.observations import Evidence, Return
from pcmd_eval.project import Project
from pcmd_eval.spelling import order
from pcmd_eval.wording import LOOKS, RETURN_WORDS, Verdict, listing, number, share

ILLUSTRATIVE = "SỐ LIỆU MINH HỌA"
NOT_EVALUATED = "chưa đánh giá"
MEANINGS = {
    Verdict.MET: "số chắc chắn đã đủ mức cần đạt, dù số liệu còn thiếu ra sao.",
    Verdict.NOT_MET: "kể cả khi mọi số liệu còn thiếu đều thuận lợi vẫn không đủ mức cần đạt.",
    Verdict.UNDETERMINED: "kết luận còn tùy vào số liệu chưa có hoặc chưa đọc được.",
    Verdict.NONE_AROSE: "đã báo cáo đầy đủ và không có vụ việc nào.",
    Verdict.NOT_APPLICABLE: "kế hoạch không giao chỉ tiêu này cho đơn vị.",
}
_HEADS = {
    "plan": ("Kế hoạch", 15),
    "year": ("Năm", 7),
    "unit_code": ("Mã đơn vị", 10),
    "unit_name": ("Đơn vị", 22),
    "objective": ("Chỉ tiêu", 34),
    "verdict": ("Kết luận", 18),
    "low": ("Chắc chắn", 11),
    "high": ("Nhiều nhất", 11),
    "needed": ("Mức cần đạt", 11),
    "total": ("Tổng số", 9),
    "value_low": ("Tỷ lệ chắc chắn", 11),
    "value_high": ("Tỷ lệ nhiều nhất", 11),
    "target": ("Chỉ tiêu đặt ra", 13),
    "basis": ("Căn cứ", 20),
    "reason": ("Lý do", 90),
}
_BASES = {"plan": "kế hoạch nêu", "borrowed": "mượn từ văn bản khác", "assumption": "giả định", "": None}


def site_files(
    project: Project, evidence: Evidence, findings: list[Finding], jobs: Iterable[Job], missing: Mapping[Job, str]
) -> dict[str, bytes]:
    """The files of a set beside its notebooks and pages: index.html, map.png, findings.csv and findings.xlsx."""
    picture = _map(project, evidence, findings)
    cells = _cells(project, findings, jobs, missing)
    register = project.register
    page = fill(
        "index.html.j2",
        plan=project.plan,
        province=register.province,
        units=[*sorted(register.districts, key=lambda unit: order(unit.name)), register.province],
        cells=cells,
        legend=[(LOOKS[verdict], words) for verdict, words in MEANINGS.items()],
        provincial=[f for f in findings if f.unit_code == register.province.code],
        looks=LOOKS,
        banner=ILLUSTRATIVE if evidence.illustrative else "",
        received=_received(project, evidence),
        map_alt=picture.alt if picture else "",
        missing=len(missing),
        shared=listing([str(o.number) for o in project.plan.objectives if o.level == "province" and o.district_target]),
    )
    files = {
        "index.html": page,
        "findings.csv": findings_csv(findings),
        "findings.xlsx": findings_workbook(project, findings, evidence.illustrative),
    }
    return {**files, **({"map.png": picture.png} if picture else {})}


def _cells(
    project: Project, findings: list[Finding], jobs: Iterable[Job], missing: Mapping[Job, str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """What the matrix shows for each unit and objective (or "review"): the look, the page, why there is none."""
    found = {(f.unit_code, NOTEBOOKS[f.objective]): f.verdict for f in findings}
    slugs = {name: slug for slug, name in NOTEBOOKS.items()} | dict.fromkeys(REVIEWS, "review")
    return {
        (job.unit, slugs[job.notebook]): {
            "verdict": found.get((job.unit, job.notebook)),
            "look": LOOKS.get(found.get((job.unit, job.notebook))),
            "page": "" if job in missing else f"{job.place}.html",
            "why": f"{NOT_EVALUATED}: {missing[job]}" if job in missing else "",
        }
        for job in jobs
    }


def _received(project: Project, evidence: Evidence) -> dict[str, Any]:
    """Who sent a return, what became of it, and how many of the cells asked for hold a figure."""
    own: dict[str, Return] = {}
    for row in evidence.returns:
        if row.counts or row.reporter not in own:
            own[row.reporter] = row
    units = sorted(project.register.districts, key=lambda unit: order(unit.name))
    rows = [(unit.full_name, own[unit.code]) for unit in units]
    rows.append(("Các cơ quan cấp tỉnh", own[project.register.province.code]))
    asked, given = sum(r.expected for _, r in rows), sum(r.reported for _, r in rows if r.counts)
    return {
        "rows": [
            {
                "name": name,
                "state": RETURN_WORDS[r.state],
                "late": {True: "có", False: "không", None: "–"}[r.late],
                "given": number(r.reported if r.counts else 0),
                "asked": number(r.expected),
                "share": share(r.reported if r.counts else 0, r.expected) if r.expected else "–",
            }
            for name, r in rows
        ],
        "returns": f"{sum(r.counts for _, r in rows)}/{len(rows)}",
        "cells": f"{number(given)}/{number(asked)}{f' ({share(given, asked)})' if asked else ''}",
    }


def _map(project: Project, evidence: Evidence, findings: list[Finding]) -> Any:
    """The map of the districts' verdicts; None for a plan without boundaries."""
    from pcmd_eval.figures import Chart, map_chart
    from pcmd_eval.notebook import Case

    chart = map_chart(Case(project, project.register.province, evidence, {}), findings)
    return chart if isinstance(chart, Chart) else None


def findings_workbook(project: Project, findings: list[Finding], illustrative: bool) -> bytes:
    """findings.csv for people: words instead of codes, numbers as numbers, a filter, and text that never runs."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Kết quả"
    mark = f" – {ILLUSTRATIVE}" if illustrative else ""
    title = f"Kết quả đánh giá {project.plan.title}, Kế hoạch {project.plan.plan}{mark}"
    rows: list[list[Any]] = [[title], [_HEADS[column][0] for column in COLUMNS]]
    for finding in findings:
        words = {
            "objective": f"{project.plan[finding.objective].number}. {project.plan[finding.objective].title}",
            "verdict": f"{LOOKS[finding.verdict].shape} {LOOKS[finding.verdict].word}",
            "value_low": float(finding.value_low) if finding.value_low else None,
            "value_high": float(finding.value_high) if finding.value_high else None,
            "basis": _BASES[finding.basis],
        }
        rows.append([words.get(column, value) for column, value in zip(COLUMNS, finding.row(), strict=True)])
    for line, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(line, place, printable(value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type, cell.quotePrefix = "s", True  # never a formula
            cell.alignment = Alignment(vertical="top", wrap_text=line > 1)
            if line == 2:
                cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="DDE6EE")
    for place, column in enumerate(COLUMNS, 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _HEADS[column][1]
        if column.startswith("value_"):
            for cell in sheet[letter][2:]:
                cell.number_format = "0.00%"
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(COLUMNS))}{len(rows)}"
    sheet.freeze_panes = "F3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    sheet.print_title_rows = "2:2"
    return workbook_bytes(workbook)
