"""The exact and the public edition of a case, and the check of a notebook's findings against it."""

import sys
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case, cached
from pcmd_eval.analysis.case_queries import all_findings, all_indicators, inline_name
from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, FINDING_KEY
from pcmd_eval.evaluation.observations import count_cells
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics import disclosure_control as disclosure
from pcmd_eval.statistics import indicators
from pcmd_eval.util.arguments import require_columns
from pcmd_eval.util.frames import records_of


class RunCase(NamedTuple):
    """The case that a notebook of the batch opens; `plan_name`: its parameter `plan`."""

    plan_name: str
    case: Case


run_case: RunCase | None = None  # set in a worker process of the batch; `open_case` returns it
compared_findings: list[dict[str, str]] = []  # the unit's, by `close_case`, as text
# What the public edition tells of missing cells: how many, of which reporter and objective.
_MISSING_COLUMNS = ["reporter", "objective", "finding_unit", "state"]
DISPLAY = "pcmd_eval.charts.notebook_display"  # the IPython extension


def load_display() -> None:
    """Load the IPython extension that shows frames and figures, if a notebook runs this."""
    ipython = sys.modules.get("IPython")  # importing it takes most of a second
    if ipython and (shell := ipython.get_ipython()):
        shell.extension_manager.load_extension(DISPLAY)


def exact_case(
    plan: Plan,
    cells: pd.DataFrame,
    returns: pd.DataFrame,
    findings: pd.DataFrame,
    issues: pd.DataFrame,
) -> Case:
    """Return the province's case of the internal edition: exact, without disclosure control.

    `returns`: a row for each file, the columns of returns.csv; `issues`: a row for each issue.
    """
    indicator_rows = indicators.compute_indicators(plan, cells, returns)
    frames = (cells, returns, findings, indicator_rows, count_cells(cells))
    return Case(plan, plan.province, *frames, _internal=True, _issues=issues)


def public_case(exact: Case) -> Case:
    """Return the case of the public edition: cells, findings and indicators after disclosure
    control, and no file names. Cells that it does not tell are counted all the same, see
    `mask_cells`.
    """
    plan, findings = exact.plan, all_findings(exact)
    masked = disclosure.mask_cells(plan, exact.cells)
    return Case(
        plan,
        exact.unit,
        cells=disclosure.public(plan, exact.cells),
        returns=exact.returns.assign(file=pd.Series(pd.NA, exact.returns.index, dtype="string")),
        _findings=disclosure.public_findings(plan, findings),
        _indicators=indicators.public_indicators(plan, all_indicators(exact)),
        cell_counts=count_cells(masked),
        _missing=missing_cells(plan, masked, findings)[_MISSING_COLUMNS],
    )


def close_case(case: Case, findings: pd.DataFrame) -> str:
    """Đối chiếu kết luận vừa tính với kết luận đã lưu, từng cột; báo lỗi nêu mọi chỗ lệch.

        show(close_case(case, case.recount()))

    Rows of other units than that of the case may have no `reason`. Raises AssertionError that names
    every difference.
    """
    require_columns(findings, FINDING_COLUMNS)
    computed, filed = _as_texts(findings), filed_texts(case)
    wrong = [
        f"{slug} của đơn vị {unit}, cột {column}"
        for (unit, slug), row in computed
        for column, text in row.items()
        if text != filed.get((unit, slug), {}).get(column, "")
        and (column != "reason" or text or unit == case.unit)
    ]
    unit_findings = [row for (unit, _), row in computed if unit == case.unit]
    if not unit_findings:
        wrong.append(f"không có kết quả nào của {inline_name(case)}")
    if wrong:
        raise AssertionError(f"Không khớp với findings.csv: {'; '.join(wrong)}.")
    compared_findings.extend(unit_findings)  # a run refuses a notebook without them
    return "Kết quả tính lại từ các ô của báo cáo trùng khớp với bảng kết quả chung."


def filed_texts(case: Case) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the case's findings as text by column, by `FINDING_KEY`; cached for all units."""
    return cached(case, filed_texts, lambda: dict(_as_texts(all_findings(case))))


def _as_texts(findings: pd.DataFrame) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Return for each finding its `FINDING_KEY` and its texts by column, "" for <NA>."""
    rows = records_of(findings[FINDING_COLUMNS].astype("string").fillna(""))
    return [(tuple(row[name] for name in FINDING_KEY), row) for row in rows]
