"""From the returns to the set that readers see: one writer, a staging folder, and one step that changes what is seen.

A run works in `sets/<run id>`. `run.json` is written last and `published` turned to it in one step, so that a reader
sees the old set or the new one, and a run that failed or died leaves the old one where it was.
"""

import hashlib
import json
import os
import platform
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from pcmd_eval import paths
from pcmd_eval.batch import (
    Job,
    Limits,
    Result,
    Setting,
    jobs_of,
    read_templates,
    run_tasks,
    tasks_of,
    workers,
)
from pcmd_eval.errors import InputRefused
from pcmd_eval.faults import COLUMNS
from pcmd_eval.files import csv_bytes, write_atomic
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import observations_csv, returns_csv
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import plan_file
from pcmd_eval.project import Project
from pcmd_eval.returns import Intake, read_returns
from pcmd_eval.site import findings_workbook, site_files

TABLES = ("observations.csv", "returns.csv", "findings.csv")
_LIBRARIES = ("pcmd-eval", "papermill", "nbclient", "nbconvert", "ipykernel", "pandas", "matplotlib", "openpyxl")


class LockHeld(Exception):
    """Another run writes to the same folder; the message names it."""


@dataclass(frozen=True)
class Request:
    """What a run is asked to do; without `units` every notebook is run."""

    plan: str
    project: Project
    returns: Path
    output: OutputFolder
    notebooks: Path
    units: tuple[str, ...] = ()
    partial: bool = False
    despite: int | None = None
    processes: int | None = None
    limits: Limits = Limits()


@dataclass(frozen=True)
class Evaluation:
    """The evidence with its faults, and the findings drawn from it."""

    intake: Intake
    findings: list[Finding]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The findings as findings.csv holds them."""
        return [finding.texts() for finding in self.findings]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: what was done, what is missing and why, and whether readers see it."""

    run_id: str
    staging: Path
    results: list[Result]
    stopping: int
    reused: dict[Job, float] = field(default_factory=dict)
    missing: dict[Job, str] = field(default_factory=dict)
    published: bool = False

    @property
    def failed(self) -> list[Result]:
        """The notebooks that did not succeed."""
        return [result for result in self.results if not result.done]


# ---- one writer -----------------------------------------------------------------------------------------------------


@contextmanager
def locked(output: OutputFolder) -> Iterator[None]:
    """Hold the output folder for this process; raises LockHeld that names the process holding it."""
    output.root.mkdir(parents=True, exist_ok=True)
    holder = output.lock.with_suffix(".holder")
    try:
        with FileLock(output.lock, timeout=0):
            write_atomic(holder, f"tiến trình số {os.getpid()}, bắt đầu lúc {_now()}".encode())
            yield
            holder.unlink(missing_ok=True)
    except Timeout:
        words = holder.read_text(encoding="utf-8") if holder.exists() else "chưa rõ tiến trình nào"
        raise LockHeld(f"Một lần chạy khác đang ghi vào thư mục này ({words}). Đợi nó xong rồi chạy lại.") from None


# ---- evaluate -------------------------------------------------------------------------------------------------------


def evaluate_into(project: Project, returns: Path, output: OutputFolder) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; the caller holds the lock."""
    intake = read_returns(returns, project.plan, project.form, project.register)
    evaluation = Evaluation(intake, evaluate(intake.evidence))
    hashes = {r.file: _hash(returns / r.file) for r in intake.evidence.returns if r.file}
    for name, content in {
        "observations.csv": observations_csv(intake.evidence.observations),
        "returns.csv": returns_csv(intake.evidence.returns),
        "findings.csv": findings_csv(evaluation.findings),
        "check.csv": csv_bytes(COLUMNS, (fault.row() for fault in intake.faults)),
        "returns.json": _json(hashes),
    }.items():
        write_atomic(output.internal / name, content)
    return evaluation


# ---- run ------------------------------------------------------------------------------------------------------------


def run(
    request: Request, watch: Callable[[Result, int], None] = lambda result, total: None, executor: Executor | None = None
) -> Outcome:
    """The whole batch; `watch` hears of each result with the number of jobs.

    Raises InputRefused, BrokenTemplate or LockHeld before any kernel starts.
    """
    project, output = request.project, request.output
    units = {project.register.reporter(code).code for code in request.units}
    jobs = jobs_of(project)
    templates = read_templates(request.notebooks, (job.notebook for job in jobs))
    with locked(output):
        started, run_id = _now(), f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        _remove_sets(output, lambda folder: not (folder / "run.json").exists())
        evaluation = evaluate_into(project, request.returns, output)
        keys = _keys(request, jobs, templates)
        others = [job for job in jobs if units and job.unit not in units]
        reused = {job: found for job in others if (found := _kept(output, job, keys[job]))}
        missing = {job: "không chạy trong lần này" for job in others if job not in reused}
        if missing and not request.partial:
            raise InputRefused(
                f"Không chạy riêng được: {len(missing)} sổ của đơn vị khác chưa có kết quả còn dùng được cho số liệu "
                "và quy tắc hiện nay. Chạy lại tất cả (bỏ --unit), hoặc thêm --partial để công bố thiếu các sổ đó."
            )
        setting = Setting(
            run_id,
            _plan_parameter(request.plan),
            plan_file(request.plan).resolve().parent,
            output.internal.resolve(),
            evaluation.intake.evidence.illustrative,
            limits=request.limits,
        )
        todo = [job for job in jobs if job not in reused and job not in missing]
        tasks = tasks_of(todo, templates, evaluation.rows, setting)
        staging = output.sets / run_id
        staging.mkdir(parents=True)
        for job in reused:
            for suffix in (".ipynb", ".html"):
                write_atomic(staging / f"{job.place}{suffix}", (output.published / f"{job.place}{suffix}").read_bytes())

        def keep(result: Result) -> None:
            endings = {".ipynb": result.notebook, ".html": result.page}
            for suffix, content in endings.items() if result.done else ((".failed.ipynb", result.notebook),):
                if content:
                    write_atomic(staging / f"{result.job.place}{suffix}", content)
            watch(result, len(tasks))

        pool = executor or workers(request.processes)
        try:
            results = run_tasks(tasks, pool, keep)
        finally:
            if executor is None:
                pool.shutdown(cancel_futures=True)
        missing |= {r.job: f"sổ không chạy xong{f' ({r.cell.split(" “")[0]})' if r.cell else ''}" for r in results if not r.done}
        outcome = Outcome(run_id, staging, results, evaluation.intake.stopping, dict.fromkeys(reused, 0.0), missing)
        return _finish(request, outcome, evaluation, jobs, keys, started)
