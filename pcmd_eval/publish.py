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
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pcmd_eval import paths
from pcmd_eval.batch import (
    Job,
    Limits,
    Result,
    Setting,
    jobs_of,
    kernel_source,
    read_templates,
    run_tasks,
    scratch_folder,
    tasks_of,
    workers,
)
from pcmd_eval.checks import examine
from pcmd_eval.errors import InputRefused
from pcmd_eval.feedback import write_feedback
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import observations_csv, returns_csv
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import plan_file
from pcmd_eval.project import Project
from pcmd_eval.returns import Intake
from pcmd_eval.site import site_files

Watch = Callable[[Result, int], None]
TABLES = ("observations.csv", "returns.csv", "findings.csv")
_LIBRARIES = ("pcmd-eval", "papermill", "nbclient", "nbconvert", "ipykernel", "pandas", "matplotlib", "openpyxl")


class LockHeld(Exception):
    """Another run writes to the same folder; the message names it."""


@dataclass(frozen=True)
class Request:
    """What a run is asked to do: every notebook, or only those of `units`."""

    plan: str
    project: Project
    returns: Path
    output: OutputFolder
    notebooks: Path
    units: tuple[str, ...] = ()
    partial: bool = False
    despite: int | None = None
    processes: int | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Evaluation:
    """The returns as read, with their faults, and the findings drawn from them."""

    intake: Intake
    findings: list[Finding]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the result of each job, why a job has none, and whether readers see the set."""

    run_id: str
    started: str
    folder: Path
    evaluation: Evaluation
    results: list[Result]
    missing: dict[Job, str]
    reused: frozenset[Job] = frozenset()
    published: bool = False

    @property
    def failed(self) -> list[Result]:
        """The notebooks that did not succeed."""
        return [result for result in self.results if not result.done]

    @property
    def stopping(self) -> int:
        """How many stopping faults are open."""
        return self.evaluation.intake.stopping


# ---- one writer -----------------------------------------------------------------------------------------------------


@contextmanager
def locked(output: OutputFolder) -> Iterator[None]:
    """Hold the output folder for this process; raises LockHeld that names the process holding it."""
    output.root.mkdir(parents=True, exist_ok=True)
    holder = output.lock.with_suffix(".holder")  # beside the lock, as the lock file itself cannot be read on Windows
    lock = FileLock(output.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.exists() else "chưa rõ tiến trình nào"
        words = f"Một lần chạy khác đang ghi vào “{output.root.name}” ({who}). Đợi xong rồi chạy lại."
        raise LockHeld(words) from None
    try:
        write_atomic(holder, f"tiến trình số {os.getpid()}, bắt đầu lúc {_now()}".encode())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


# ---- evaluate -------------------------------------------------------------------------------------------------------


def evaluate_into(project: Project, returns: Path, output: OutputFolder) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; the caller holds the lock."""
    intake = examine(returns, project)
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    evaluation = Evaluation(intake, evaluate(intake.evidence))
    files = sorted({r.file for r in intake.evidence.returns if r.file})
    for name, content in {
        "observations.csv": observations_csv(intake.evidence.observations),
        "returns.csv": returns_csv(intake.evidence.returns),
        "findings.csv": findings_csv(evaluation.findings),
        "returns.json": _json({file: _hash(returns / file) for file in files}),
    }.items():
        write_atomic(output.internal / name, content)
    write_feedback(intake, project, returns, output)
    return evaluation


# ---- run ------------------------------------------------------------------------------------------------------------


def run(request: Request, watch: Watch = lambda result, total: None, executor: Executor | None = None) -> Outcome:
    """The whole batch; `watch` hears of each result and of how many there will be.

    Raises InputRefused, BrokenTemplate or LockHeld before any kernel starts.
    """
    project, output = request.project, request.output
    units = {project.register.reporter(code).code for code in request.units}
    jobs = jobs_of(project)
    templates = read_templates(request.notebooks, (job.notebook for job in jobs))
    with locked(output):
        started, run_id = _now(), f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        _remove_sets(output, lambda folder: not (folder / "run.json").exists())  # left by runs that died or failed
        evaluation = evaluate_into(project, request.returns, output)
        keys = _keys(request, jobs, templates)
        others = [job for job in jobs if units and job.unit not in units]
        reused = frozenset(job for job in others if _unchanged(output, job, keys[job]))
        missing = {job: "không chạy trong lần này" for job in others if job not in reused}
        if missing and not request.partial:
            raise InputRefused(
                f"Chưa chạy riêng được: {len(missing)} sổ của đơn vị khác không có kết quả còn dùng được với số liệu "
                "và quy tắc hiện nay. Chạy tất cả (bỏ --unit), hoặc thêm --partial để công bố bộ thiếu các sổ đó."
            )
        staging = output.sets / run_id
        staging.mkdir(parents=True)
        for place in (f"{job.place}{suffix}" for job in reused for suffix in (".ipynb", ".html")):
            write_atomic(staging / place, (output.published / place).read_bytes())
        todo = [job for job in jobs if job not in reused and job not in missing]

        def keep(result: Result) -> None:
            _keep(staging, result)
            watch(result, len(todo))

        with scratch_folder() as scratch, kernel_source() as socket:
            setting = replace(_setting(request, run_id, evaluation, scratch), socket=socket)
            tasks = tasks_of(todo, templates, [finding.texts() for finding in evaluation.findings], setting)
            with nullcontext(executor) if executor else workers(request.processes) as pool:
                results = run_tasks(tasks, pool, keep)
        missing |= {result.job: _public_reason(result) for result in results if not result.done}
        outcome = Outcome(run_id, started, staging, evaluation, results, missing, reused)
        return _finish(request, outcome, jobs, keys)


def _setting(request: Request, run_id: str, evaluation: Evaluation, scratch: Path) -> Setting:
    """A plan given as a file is known to notebooks by its name alone, and found from where their kernels work."""
    file, given_as_file = plan_file(request.plan).resolve(), request.plan.endswith(".yaml")
    return Setting(
        run_id,
        plan=file.name if given_as_file else request.plan,
        folder=file.parent if given_as_file else paths.ROOT,
        internal=request.output.internal.resolve(),
        illustrative=evaluation.intake.evidence.illustrative,
        limits=request.limits,
        scratch=scratch,
    )


def _keep(staging: Path, result: Result) -> None:
    """Write what a job made; of a failed one its notebook, under another name, to look into."""
    endings = {".ipynb": result.notebook, ".html": result.page} if result.done else {".failed.ipynb": result.notebook}
    for suffix, content in endings.items():
        if content:
            write_atomic(staging / f"{result.job.place}{suffix}", content)


def _public_reason(result: Result) -> str:
    """Why a page is missing, without the words of the error: they may hold paths or figures."""
    return f"sổ không chạy xong ({result.cell.partition(' “')[0]})" if result.cell else "sổ không chạy được"


def _finish(request: Request, outcome: Outcome, jobs: list[Job], keys: dict[Job, str]) -> Outcome:
    """Complete the set, publish it if nothing forbids that, and keep the record of the run either way."""
    evaluation, staging, output = outcome.evaluation, outcome.folder, request.output
    files = site_files(request.project, evaluation.intake.evidence, evaluation.findings, jobs, outcome.missing)
    for name, content in files.items():
        write_atomic(staging / name, content)
    record = _record(request, outcome, jobs)
    complete = not outcome.missing or (request.partial and len(outcome.missing) < len(jobs))
    publish = complete and outcome.stopping in (0, request.despite)
    if publish:
        for failed in staging.rglob("*.failed.ipynb"):
            failed.unlink()
        record["outputs"] = {p.relative_to(staging).as_posix(): _hash(p) for p in _files(staging)}
        record["finished"] = _now()
        write_atomic(staging / "run.json", _json(record))
        previous = swap(output, outcome.run_id)
        ledger = {
            job.place: {"key": keys[job], **{s: record["outputs"][f"{job.place}{s}"] for s in (".ipynb", ".html")}}
            for job in jobs
            if job not in outcome.missing
        }
        write_atomic(output.internal / "ledger.json", _json(ledger))
        _remove_sets(output, lambda folder: folder.name not in (outcome.run_id, previous))
    failures = [{"place": r.job.place, "cell": r.cell, "cause": r.cause} for r in outcome.failed]
    returns = json.loads((output.internal / "returns.json").read_bytes())
    write_atomic(
        output.internal / "run.json",
        _json({**record, "published": publish, "failures": failures, "returns": returns}),
    )
    return replace(outcome, published=publish, folder=output.published if publish else staging)


def _record(request: Request, outcome: Outcome, jobs: list[Job]) -> dict[str, Any]:
    """What run.json says: never a hash of a return, a path of this computer, or its name."""
    results = {result.job: result for result in outcome.results}
    status = {result.job: "done" if result.done else "failed" for result in outcome.results}
    return {
        "plan": request.project.plan.plan,
        "run_id": outcome.run_id,
        "started": outcome.started,
        "finished": _now(),
        "illustrative": outcome.evaluation.intake.evidence.illustrative,
        "jobs": [
            {
                "unit": job.unit,
                "notebook": job.notebook,
                "status": status.get(job, "missing" if job in outcome.missing else "done"),
                "seconds": results[job].seconds if job in results else 0.0,
                "reused": job in outcome.reused,
            }
            for job in jobs
        ],
        "failed": len(outcome.failed),
        "faults": outcome.stopping,
        "outputs": {},
        "inputs": _inputs(request),
        "versions": _versions(),
    }


# ---- what results depend on -----------------------------------------------------------------------------------------


def _inputs(request: Request) -> dict[str, str]:
    """Plan, form, register, boundaries, code, templates and notebooks with their hashes."""
    units, package = request.project.plan.units, Path(__file__).parent
    notebooks = {job.notebook for job in jobs_of(request.project)}
    files = {
        f"data/plans/{plan_file(request.plan).name}": plan_file(request.plan),
        f"data/forms/{request.project.plan.form}.yaml": paths.FORMS / f"{request.project.plan.form}.yaml",
        **{f"data/units/{name}": paths.UNITS / name for name in (units.register_file, units.boundaries) if name},
        **{f"pcmd_eval/{p.relative_to(package).as_posix()}": p for p in package.rglob("*.py")},
        **{f"data/templates/{place}": paths.TEMPLATES / place for place in _page_templates()},
        **{f"notebooks/{name}.ipynb": request.notebooks / f"{name}.ipynb" for name in notebooks},
    }
    return {name: _hash(path) for name, path in sorted(files.items()) if path.is_file()}


def _page_templates() -> list[str]:
    found = [paths.TEMPLATES / "style.css", *_files(paths.TEMPLATES / "page"), *_files(paths.TEMPLATES / "site")]
    return [path.relative_to(paths.TEMPLATES).as_posix() for path in found]


def _keys(request: Request, jobs: list[Job], templates: dict[str, str]) -> dict[Job, str]:
    """For each job the hash of everything its results depend on: with the same key they are the same."""
    inputs = {name: sha for name, sha in _inputs(request).items() if not name.startswith("notebooks/")}
    tables = {name: _hash(request.output.internal / name) for name in TABLES}
    common = [request.plan, inputs, tables, _versions()]
    own = {job: _json([job.unit, job.notebook, templates[job.notebook], common]) for job in jobs}
    return {job: hashlib.sha256(content).hexdigest() for job, content in own.items()}


def _unchanged(output: OutputFolder, job: Job, key: str) -> bool:
    """Whether the published results of a job are still those of this key, by the ledger and by their own hashes."""
    with suppress(OSError, ValueError, KeyError):
        entry = json.loads((output.internal / "ledger.json").read_bytes())[job.place]
        return entry["key"] == key and all(
            entry[suffix] == _hash(output.published / f"{job.place}{suffix}") for suffix in (".ipynb", ".html")
        )
    return False


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


# ---- the set that readers see ---------------------------------------------------------------------------------------


def swap(output: OutputFolder, run_id: str, by_renaming: bool = os.name == "nt") -> str:
    """Turn `published` to the complete set of that run; returns the name of the set it showed before, or nothing.

    A link is replaced in one step. Where links need rights (Windows), the folders are renamed, one after the other.
    """
    published, previous = output.published, ""
    if published.is_dir() and not published.is_symlink():
        previous = json.loads((published / "run.json").read_bytes())["run_id"]
        by_renaming = True
    elif published.is_symlink():
        previous = published.readlink().name
    if not by_renaming:
        link = output.root / f".{run_id}.link"
        link.symlink_to(Path(output.sets.name) / run_id, target_is_directory=True)
        link.replace(published)
        return previous
    if previous:
        published.rename(output.sets / previous)
    try:
        (output.sets / run_id).rename(published)
    except OSError:
        if previous:
            (output.sets / previous).rename(published)
        raise
    return previous


def _remove_sets(output: OutputFolder, unwanted: Callable[[Path], bool]) -> None:
    for folder in sorted(output.sets.iterdir()) if output.sets.is_dir() else []:
        if folder.is_dir() and unwanted(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _json(content: object) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
