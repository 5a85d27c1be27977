"""findings.xlsx: the table of findings for people, in words, with numbers as numbers and text that never runs."""

from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.files import printable, workbook_bytes
from pcmd_eval.findings import COLUMNS, Finding
from pcmd_eval.project import Project
from pcmd_eval.wording import BASES, LOOKS

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
            "basis": BASES.get(finding.basis),
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
