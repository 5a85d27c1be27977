"""Open and close the case of a notebook; closing proves that its findings are the filed ones."""

import os
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.analysis.arguments import require_columns, require_unit
from pcmd_eval.analysis.case import FINDING_KEY, Case, cached, inline_name, is_internal
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, evaluate
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.statistics import disclosure_control as disclosure
from pcmd_eval.statistics import indicators
from pcmd_eval.util import formatting, paths
from pcmd_eval.util.arguments import checked
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.frames import records_of


class RunCase(NamedTuple):
    """The case that a notebook of the batch opens, and the plan's name that it has as parameter."""

    plan_name: str
    case: Case


run_case: RunCase | None = None  # in the process of a notebook of the batch, which opens no other
proved: list[dict[str, str]] = []  # the findings of its unit that the last cell has compared
# The case that was opened last: cells of a notebook are shown with its names.
opened_cases: list[Case] = []
DISPLAY = "pcmd_eval.charts.notebook_display"  # the IPython extension
_OWN_PLAN = (
    "Sổ chạy trong “pcmd-eval run” chỉ mở được kế hoạch của lần chạy: open_case(plan, unit), với "
    "plan là {plan!r} và không có returns. Muốn xem số liệu khác thì mở sổ bằng “pcmd-eval lab”."
)


@checked
def open_case(plan: str, unit: str, returns: Path | str | None = None) -> Case:
    """Mở số liệu của một đơn vị trong một kế hoạch; đọc lại chỉ khi tệp đã đổi.

        case = open_case("phu_tho_2017", "230")
        case = open_case("phu_tho_2017", "230", returns="bao_cao_moi")

    `returns`: a folder of returns, else that of PCMD_RETURNS or of the plan. With
    PCMD_EDITION=public the case is that of the public edition, as in a notebook that `run`
    executes, which can open no other. Where pyarrow is installed, texts of frames made from now on
    are held by Python (`mode.string_storage`). Raises InputRefused for a plan or a unit that is
    unknown or not text, and for returns that cannot be evaluated.
    """
    if not isinstance(plan, str):
        raise InputRefused(f"Tên kế hoạch là văn bản trong dấu nháy; đây là {plan!r}.")
    if run_case:
        if plan != run_case.plan_name or returns is not None:
            raise InputRefused(_OWN_PLAN.format(plan=run_case.plan_name))
        return _opened(run_case.case.at(unit))
    if (edition := os.environ.get("PCMD_EDITION", "")) not in ("", "public"):
        raise InputRefused(f"PCMD_EDITION là “{edition}”; chỉ nhận “public”, hoặc bỏ trống.")
    loaded = load_plan(plan)
    chosen = require_unit(loaded, unit)
    default = os.environ.get("PCMD_RETURNS") or paths.returns_folder(plan)
    case = _read_once(loaded, Path(returns or default))
    return _opened((public_case(case) if edition else case).at(chosen))


def _opened(case: Case) -> Case:
    """Return the case; in IPython, see that frames and figures are shown as the package's are."""
    opened_cases[:] = [case]
    ipython = sys.modules.get("IPython")  # importing it takes most of a second
    if ipython and (shell := ipython.get_ipython()):
        shell.extension_manager.load_extension(DISPLAY)
    return case


# By folder: the states of plan and files that the case was made from, and the case.
_cases_by_folder: dict[Path, tuple[Any, Case]] = {}


def _read_once(plan: Plan, folder: Path) -> Case:
    """Return the province's internal case of a folder of returns; read again if a file changed.

    Raises InputRefused if the returns cannot be evaluated.
    """
    folder = folder.resolve()
    data = _file_states(paths.DATA, paths.FORMS, paths.UNITS, paths.PREVIOUS)
    state = (plan.content(), _file_states(folder), data)
    if folder not in _cases_by_folder or _cases_by_folder[folder][0] != state:
        intake, now = read_returns(plan, folder), datetime.now()
        if intake.refusals:
            raise InputRefused(*intake.refusals)
        files = formatting.format_number(int(intake.returns.file.notna().sum()))
        day = formatting.format_long_date(now)
        source = f"Đã đọc {files} tệp trong {folder} lúc {now:%H:%M}, {day}."
        case = exact_case(plan, intake, evaluate(plan, intake.cells))
        _cases_by_folder[folder] = state, replace(case, source=source)
    case = _cases_by_folder[folder][1]
    # pandas copies on write: what an analyst changes in a frame stays in that case.
    names = ("cells", "returns", "findings", "indicators")
    return replace(case, **{name: getattr(case, name).copy(deep=False) for name in names})


def _file_states(*folders: Path) -> list[tuple[str, int, int]]:
    """Return path, size and time of change of every file directly in the folders that exist."""
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
    states = [(file, file.stat()) for file in files if file.is_file()]
    return [(str(file), state.st_size, state.st_mtime_ns) for file, state in states]


def exact_case(
    plan: Plan, intake: Intake, findings: pd.DataFrame, quantities: pd.DataFrame | None = None
) -> Case:
    """Return the province's case of evaluated returns, with exact figures.

    `quantities`: its indicators, if they are known.
    """
    cells, returns = intake.cells, intake.returns
    if quantities is None:
        quantities = indicators.compute_indicators(plan, cells, returns)
    frames = (cells, returns, findings, quantities)
    return Case(plan, plan.province, *frames, _internal=True, _issues=intake.issues)


def public_case(exact: Case) -> Case:
    """Return the case of the public edition: cells, findings and indicators after disclosure
    control, and no file names.
    """
    plan = exact.plan
    cells = disclosure.public(plan, exact.cells)
    returns = exact.returns.assign(file=pd.Series(pd.NA, exact.returns.index, dtype="string"))
    findings = disclosure.public_findings(plan, exact.findings)
    quantities = indicators.public_indicators(plan, exact.indicators)
    return Case(plan, exact.unit, cells, returns, findings, quantities)


@checked
def recount(case: Case, explained: Collection[str] | None = None) -> pd.DataFrame:
    """Tính lại kết luận của mọi đơn vị từ các ô.

        found = recount(case)

    Findings that the public edition has no cells for are the filed ones, see `unpublished_slugs`.
    `explained`: the units whose rows have a `reason`, all unless given.
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


@checked
def close_case(case: Case, findings: pd.DataFrame) -> str:
    """Đối chiếu kết luận vừa tính với kết luận đã lưu, từng cột; báo lỗi nêu mọi chỗ lệch.

        show(close_case(case, found))

    Only rows of other units may lack their `reason`. Raises AssertionError that names every
    difference.
    """
    require_columns(findings, FINDING_COLUMNS, "close_case", "close_case(case, recount(case))")
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
    proved.extend(unit_findings)
    return "Kết quả tính lại từ các ô của báo cáo trùng khớp với bảng kết quả chung."


def filed_texts(case: Case) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the filed findings as `close_case` compares them, by `FINDING_KEY`; the same for every
    unit.
    """
    return cached(case, filed_texts, lambda: dict(_as_texts(case.findings)))


def _as_texts(findings: pd.DataFrame) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Return the texts of each finding by column, "" for <NA>, after its `FINDING_KEY`."""
    rows = records_of(findings[FINDING_COLUMNS].astype("string").fillna(""))
    return [(tuple(row[name] for name in FINDING_KEY), row) for row in rows]
