"""The exact and the public edition of a case, and the check of a notebook's findings against it."""

import sys
from collections.abc import Collection
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case, cached, inline_name, is_internal
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, FINDING_KEY, evaluate
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics import disclosure_control as disclosure
from pcmd_eval.statistics import indicators
from pcmd_eval.util.arguments import require_columns, validate_arguments
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.table_attrs import CASE_ATTR, OPENED_ATTR


class RunCase(NamedTuple):
    """The case that a notebook of the batch opens; `plan_name`: its parameter `plan`."""

    plan_name: str
    case: Case


run_case: RunCase | None = None  # set in a worker process of the batch; `open_case` returns it
compared_findings: list[dict[str, str]] = []  # the unit's, by `close_case`, as text
# Opened cases by the mark of their cells; the values of notebook cells are shown with the names of
# the last one.
opened_cases: dict[str, Case] = {}
DISPLAY = "pcmd_eval.charts.notebook_display"  # the IPython extension


def remember_opened(case: Case) -> Case:
    """Return a case, its cells marked; put it last in `opened_cases`.

    Also loads the IPython extension.
    """
    mark = f"{case.plan.name} {is_internal(case)} {case.source}"
    case.cells.attrs[CASE_ATTR] = mark
    for frame in (case.cells, case.returns, case.findings, case.indicators):
        frame.attrs[OPENED_ATTR] = mark
    opened_cases.pop(mark, None)
    opened_cases[mark] = case
    ipython = sys.modules.get("IPython")  # importing it takes most of a second
    if ipython and (shell := ipython.get_ipython()):
        shell.extension_manager.load_extension(DISPLAY)
    return case


def last_shown_case(table: object = None) -> Case | None:
    """Return the case that was opened last in this notebook, or that from which a table comes; None
    without one or elsewhere.
    """
    *_, last_case = None, *opened_cases.values()
    mark = getattr(table, "attrs", {}).get(OPENED_ATTR, "")
    return opened_cases.get(mark, last_case) if is_in_notebook() else None


def is_in_notebook() -> bool:
    """Return whether IPython runs this code, as in a notebook."""
    ipython = sys.modules.get("IPython")
    return bool(ipython and ipython.get_ipython())


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
    frames = (cells, returns, findings, indicator_rows)
    return Case(plan, plan.province, *frames, _internal=True, _issues=issues)


def public_case(exact: Case) -> Case:
    """Return the case of the public edition: cells, findings and indicators after disclosure
    control, and no file names.
    """
    plan = exact.plan
    cells = disclosure.public(plan, exact.cells)
    returns = exact.returns.assign(file=pd.Series(pd.NA, exact.returns.index, dtype="string"))
    findings = disclosure.public_findings(plan, exact.findings)
    indicator_rows = indicators.public_indicators(plan, exact.indicators)
    return Case(plan, exact.unit, cells, returns, findings, indicator_rows)


@validate_arguments
def recount(case: Case, explained: Collection[str] | None = None) -> pd.DataFrame:
    """Tính lại kết luận của mọi đơn vị từ các ô.

        found = recount(case)

    Findings for which the public edition has no cells (`unpublished_slugs`) are taken from
    `case.findings`. `explained`: the codes of the units that get a `reason`, None for all.
    """
    findings = evaluate(case.plan, case.cells, explained)
    if is_internal(case):
        return findings
    hidden = disclosure.unpublished_slugs(case.plan)
    if not hidden:
        return findings
    filed = case.findings.loc[case.findings.objective.isin(hidden), FINDING_COLUMNS]
    findings = pd.concat([findings[~findings.objective.isin(hidden)], filed])
    filed_order = pd.MultiIndex.from_frame(case.findings[FINDING_KEY])
    return findings.set_index(FINDING_KEY, drop=False).loc[filed_order].reset_index(drop=True)


@validate_arguments
def close_case(case: Case, findings: pd.DataFrame) -> str:
    """Đối chiếu kết luận vừa tính với kết luận đã lưu, từng cột; báo lỗi nêu mọi chỗ lệch.

        show(close_case(case, recount(case)))

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
    return cached(case, filed_texts, lambda: dict(_as_texts(case.findings)))


def _as_texts(findings: pd.DataFrame) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Return for each finding its `FINDING_KEY` and its texts by column, "" for <NA>."""
    rows = records_of(findings[FINDING_COLUMNS].astype("string").fillna(""))
    return [(tuple(row[name] for name in FINDING_KEY), row) for row in rows]
