"""Open the case of a notebook: read a folder of returns, or use the case of the current run."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.arguments import require_unit
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_editions import exact_case, load_display, public_case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import formatting, paths
from pcmd_eval.util.errors import InputRefused

_ONLY_RUN_PLAN = (
    "Sổ chạy trong “pcmd-eval run” chỉ mở được kế hoạch của lần chạy: open_case(plan, unit), với "
    "plan là {plan!r} và không có returns. Muốn xem số liệu khác thì mở sổ bằng “pcmd-eval lab”."
)


def open_case(plan: str, unit: str, returns: Path | str | None = None) -> Case:
    """Mở số liệu của một đơn vị trong một kế hoạch; đọc lại chỉ khi tệp đã đổi.

        case = open_case("phu_tho_2017", "230")
        case = open_case("phu_tho_2017", "230", returns="bao_cao_moi")

    `returns`: a folder of returns, by default that of PCMD_RETURNS, else of the plan. With
    PCMD_EDITION=public the case is the public one, as always in a notebook that `run` executes.
    The package sets the pandas option `mode.string_storage` to "python". Raises InputRefused for an
    unknown plan or unit, and for returns that cannot be evaluated.
    """
    load_display()
    if run_case := case_editions.run_case:
        if plan != run_case.plan_name or returns is not None:
            raise InputRefused(_ONLY_RUN_PLAN.format(plan=run_case.plan_name))
        return run_case.case.at(unit)
    if (edition := os.environ.get("PCMD_EDITION", "")) not in ("", "public"):
        raise InputRefused(f"PCMD_EDITION là “{edition}”; chỉ nhận “public”, hoặc bỏ trống.")
    loaded = load_plan(plan)
    unit_code = require_unit(loaded, unit)
    default = os.environ.get("PCMD_RETURNS") or paths.returns_folder(plan)
    case = _read_case(loaded, Path(returns or default))
    return (public_case(case) if edition else case).at(unit_code)


# By folder: the states of plan and files that the case was made from, and the case.
_cases_by_folder: dict[Path, tuple[Any, Case]] = {}


def _read_case(plan: Plan, folder: Path) -> Case:
    """Return the province's internal case of a folder of returns, cached until a file changes.

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
        findings = evaluate(plan, intake.cells)
        case = exact_case(plan, intake.cells, intake.returns, findings, intake.issues)
        _cases_by_folder[folder] = state, replace(case, source=source)
    case = _cases_by_folder[folder][1]
    # pandas copies on write: a frame that an analyst changes does not change the cached one.
    names = ("cells", "returns", "_findings", "_indicators", "cell_counts")
    return replace(case, **{name: getattr(case, name).copy(deep=False) for name in names})


def _file_states(*folders: Path) -> list[tuple[str, int, int]]:
    """Return (path, size, mtime in ns) of each file directly in the folders; skip missing ones."""
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
    states = [(file, file.stat()) for file in files if file.is_file()]
    return [(str(file), state.st_size, state.st_mtime_ns) for file, state in states]
