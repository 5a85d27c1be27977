"""Returns for any plan, filled the same way every time: every cell that the form asks for, in the reporters named."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.form import Form, Sheet
from pcmd_eval.indicators import indicators
from pcmd_eval.intake.checks import examine
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence
from pcmd_eval.project import Project
from pcmd_eval.published import Published

OTHERS = ("thua_thien_hue_2017", "binh_thuan_2017")
# Cells that are not 1: the figures of the last sheet have to add up.
_FIGURES = {"6.4": 1, "6.5": 0, "6.6": 0, "6.7": 8, "6.8": 0, "6.9": 8, "6.10": 0, "6.11": 20}
_VALUES = {"amount": 10, "document": "45/KH-UBND ngày 12/4/2017", "yes_no": "Có", "name": "Mô hình Hy vọng"}


def fill_returns(project: Project, folder: Path, reporters: Iterable[str]) -> Path:
    """Write the returns of these reporters into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for code in reporters:
        unit = project.register.reporter(code)
        book = load_workbook(io.BytesIO(blank_return(project.plan, project.form, project.register, unit)))
        info, labels = book[project.form.info.sheet], project.form.info.labels
        year = project.plan.year
        given = {"cutoff": datetime(year, 12, 31), "sent": datetime(year, 12, 19), "illustrative": "Có"}
        for row in range(1, info.max_row + 1):
            for key, value in given.items():
                if info.cell(row, 1).value == labels[key]:
                    info.cell(row, 2).value = value
        for sheet in project.form.sheets_of(unit, project.register):
            _fill(book[sheet.name], project.form, sheet)
        book.save(folder / f"{unit.folder}.xlsx")
    return folder


def _fill(page: Any, form: Form, sheet: Sheet) -> None:
    items = {item.code: item for item in sheet.items}
    for row in range(form.first_row, page.max_row + 1):
        key = page.cell(row, 1).value
        if not key or (key in items and items[key].optional) or (sheet.rows == "lines" and row > form.first_row):
            continue
        for place, column in enumerate(sheet.columns, 1):
            if column.asked:
                kind = sheet.kind_of(column, items.get(key))
                other = {"choice": "1", "date": datetime(2016, 5, 1), **_VALUES}
                page.cell(row, place).value = _FIGURES.get(key, 1) if column.main else other.get(kind, 20)


@dataclass(frozen=True)
class Small:
    """A plan with the returns of its first two districts, as evidence and as readers may know it."""

    project: Project
    evidence: Evidence
    published: Published


def small(project: Project, folder: Path) -> Small:
    """What the first two districts of a plan report, and the province where it is asked."""
    codes = [unit.code for unit in project.register.districts[:2]]
    if project.form.sheets_of(project.register.province, project.register):
        codes.append(project.register.province.code)
    intake = examine(fill_returns(project, folder, codes), project)
    assert not intake.refusals and not intake.stopping, [fault.message for fault in intake.faults]
    evidence = intake.evidence
    rows = indicators(evidence, project.form, load_disclosure())
    return Small(project, evidence, Published(project, evaluate(evidence), rows, evidence.illustrative))
