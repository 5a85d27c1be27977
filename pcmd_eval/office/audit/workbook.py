"""Write findings, steps and cells of an evaluation as an Excel workbook for an inspector.

Links lead from a finding to its step, from a step to its cells, from a cell to the sender's file.
"""

from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.analysis.table_format import spreadsheet_columns
from pcmd_eval.analysis.trace import cell_addresses, counted_cells, item_names
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.util.excel import FIRST_ROW, Link, SheetColumn, write_workbook
from pcmd_eval.util.verdicts import STATUS_STYLES, VERDICT_LABELS
from pcmd_eval.util.vocabulary import ANSWER_LABELS, HEADERS

RESULTS, RAW = "Kết quả", "Ô số liệu"
_RESULT_COLUMNS = ["unit_code", "unit_name", "objective", "low", "high", "needed", "total"]
_CELL_COLUMNS = ["reporter", "reporter_name", "unit_code", "unit_name", "item", "period", "raw"]
_CELL_COLUMNS += ["value", "state", "counts_as"]
_STEP_TITLES = {
    "quarters": "Quý",
    "communes": "Đơn vị cấp xã",
    "programmes": "Chương trình",
    "limbs": "Nội dung",
    "districts": "Đơn vị",
    "lines": "Dòng",
    "models": "Mô hình",
    "months": "Tháng",
    "reporters": "Đơn vị gửi",
}


class _Step(NamedTuple):
    """A step of an objective; `title`: of its sheet; `parts`: a frame with a row for each part."""

    title: str
    objective: str
    parts: pd.DataFrame


def audit_workbook(case: Case, folder: str = ".") -> bytes:
    """Return the workbook (xlsx bytes) with exact figures; equal content gives equal bytes.

    `folder`: the path from the workbook to the returns ("../../data/returns/x"), for links.
    """
    steps, cells = _list_steps(case)
    sheets = {RESULTS: _result_columns(case, steps)}
    for step in steps:
        sheets[step.title] = _step_columns(case, cells, step)
    sheets[RAW] = _cell_columns(case, cells, folder)
    return write_workbook(sheets, " · ".join(case.marks), case.year)


def _list_steps(case: Case) -> tuple[list[_Step], pd.DataFrame]:
    """Return the steps of all objectives, and all cells, those of a part next to each other.

    The cells get the columns `counts_as` (status in words, <NA> if no objective counts the cell),
    `limb` and `model`.
    """
    steps, groups = [], []
    for objective in case.plan.objectives:
        counted, frames = counted_cells(case.plan, case.cells, objective.slug)
        _, *names = frames  # without the first step, the cells
        for number, name in enumerate(names, 1):
            title = f"{objective.number} {_STEP_TITLES.get(name, f'Bước {number}')}"
            parts = frames[name]
            if isinstance(parts, pd.Series):
                parts = _status_texts(parts).to_frame(HEADERS.get(name, "Được tính"))
            steps.append(_Step(title, objective.slug, parts.rename_axis(columns=None)))
        group = case.cells[case.cells.objective == objective.slug]
        statuses = counted.assign(counts_as=_status_texts(counted.is_counted))
        group = group.join(statuses[["counts_as", "limb"]])
        groups.append(group.sort_values(frames[names[0]].index.names, kind="stable"))
    cells = pd.concat(groups, ignore_index=True)
    return steps, cells.join(models_of_lines(cells), on=["reporter", "row"])


def _status_texts(counts: pd.Series) -> pd.Series:
    """Convert a boolean status to text ("<shape> <word>"), <NA> to the text of an unknown one."""
    texts = {status: f"{look.shape} {look.word}" for status, look in STATUS_STYLES.items()}
    return counts.map(texts).astype("string").fillna(texts[None])


def _result_columns(case: Case, steps: list[_Step]) -> list[SheetColumn]:
    """Return the columns of the findings.

    The objective of a unit links to the unit's first row in the last step that has one; that of the
    province to the first row of the last step.
    """
    link_targets = {}
    for step in steps:
        if "reporter" in step.parts.index.names:
            reporters = step.parts.index.get_level_values("reporter")
            # Reversed: the first row of a reporter is set last, and stays.
            for row, reporter in reversed([*enumerate(reporters)]):
                link_targets[reporter, step.objective] = step.title, row
        link_targets[case.plan.province, step.objective] = step.title, 0
    findings = all_findings(case)
    links = []
    for unit, slug in zip(findings.unit_code, findings.objective, strict=True):
        heading = case.plan[slug].heading
        target = link_targets.get((unit, slug))
        links.append(_link(*target, heading) if target else heading)
    verdicts = findings.verdict.map(VERDICT_LABELS)
    results = findings[_RESULT_COLUMNS].assign(verdict=verdicts)
    columns = spreadsheet_columns(results, case, {"unit_code": "Mã đơn vị"})
    at = _RESULT_COLUMNS.index("objective")
    columns[at] = columns[at]._replace(values=links)
    return columns


def _step_columns(case: Case, cells: pd.DataFrame, step: _Step) -> list[SheetColumn]:
    """Return the columns of a step; the last column links each part to its first cell."""
    objective_cells = cells[cells.objective == step.objective]
    keys = step.parts.index.names
    first_positions = objective_cells.reset_index(names="position").groupby(keys).position.min()
    positions = first_positions.reindex(step.parts.index)
    links = [None if pd.isna(at) else _link(RAW, int(at), "xem ô") for at in positions]
    parts = step.parts
    if keys == ["model"]:  # its key is a folded name
        names = (
            objective_cells[objective_cells["column"] == "name"]
            .drop_duplicates("model")
            .set_index("model")
            .value
        )
        parts = parts.set_axis(names.reindex(parts.index).rename("name"))
    return [*spreadsheet_columns(parts, case), SheetColumn("Các ô", links)]


def _cell_columns(case: Case, cells: pd.DataFrame, folder: str) -> list[SheetColumn]:
    """Return the columns of the cells; the last column links each cell to the sender's file."""
    numbers = cells.number.astype("Float64").fillna(cells.amount).astype(object)
    texts = cells.value.replace(ANSWER_LABELS).astype(object)
    values = numbers.where(cells.number.notna() | cells.amount.notna(), texts)
    results = cells.assign(item=item_names(case.plan, cells["item"]), value=values)[_CELL_COLUMNS]
    addresses = cell_addresses(cells)
    targets = f"external:{folder}/" + cells.file + "#'" + cells.sheet + "'!" + cells.cell
    links = [
        None if pd.isna(address) else Link(target, address)
        for address, target in zip(addresses, targets, strict=True)
    ]
    columns = spreadsheet_columns(results, case, {"counts_as": "Tính là"})
    return [*columns, SheetColumn("Nguồn", links)]


def _link(title: str, row: int, text: str) -> Link:
    """Return a link, shown as `text`, to data row `row` (from 0) of the sheet `title`."""
    return Link(f"internal:'{title}'!A{FIRST_ROW + row + 1}", text)
