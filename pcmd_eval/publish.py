"""From the returns to the set that readers see: one writer, a staging folder, and one step that changes what is seen.

A run works in `sets/<run id>`. `run.json` is written last and `published` turned to it in one step, so that a reader
sees the old set or the new one, and a run that failed or died leaves the old one where it was. What an earlier run made
is used again where nothing it depends on has changed.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pcmd_eval import ledger
from pcmd_eval.errors import InputRefused
from pcmd_eval.evaluation import Evaluation, Outcome, Request, evaluate_into
from pcmd_eval.files import write_atomic
from pcmd_eval.jobs import Job, Result, Setting, check_templates, jobs_of, read_templates, tasks_of
from pcmd_eval.plan import plan_file
from pcmd_eval.sets import file_hash, files_in, json_bytes, locked, now, published_set, remove_sets, swap, tidy
from pcmd_eval.slices import Slices

Watch = Callable[[Result, int], None]


# ---- run ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """One run while it goes on: what it is to make, from what, and the key of each result."""

    request: Request
    run_id: str
    started: str
    jobs: list[Job]
    templates: dict[str, str]
    evaluation: Evaluation
    slices: Slices
    inputs: dict[str, str]
    keys: dict[Job, str]

    @property
    def staging(self) -> Path:
        """The folder this run makes its set in."""
        return self.request.output.sets / self.run_id

    def made(self, key: str, files: dict[str, bytes]) -> None:
        """Put a result into the set and note it, so that no later run makes it again."""
        for place, content in files.items():
            write_atomic(self.staging / place, content)
        self.noted(key, {place: file_hash(self.staging / place) for place in files})

    def noted(self, key: str, hashes: dict[str, str]) -> None:
        """Note a result that is in the set already."""
        ledger.note(self.request.output, self.run_id, key, hashes)


def run(request: Request, watch: Watch = lambda result, total: None, executor: Executor | None = None) -> Outcome:
    """The whole batch; `watch` hears of each result and of how many there will be.

    Raises InputRefused, BrokenTemplate or LockHeld before any kernel starts.
    """
    units = {request.project.register.reporter(code).code for code in request.units}
    jobs = jobs_of(request.project)
    templates = read_templates(request.notebooks, (job.notebook for job in jobs))
    with locked(request.output):
        tidy(request.output)
        work, earlier = _begin(request, jobs, templates), ledger.Earlier(request.output)
        reused = {job for job in jobs if job.unit not in units and earlier.holds(work.keys[job])}
        missing = {j: "không chạy trong lần này" for j in jobs if units and j.unit not in units and j not in reused}
        if missing and not request.partial:
            raise InputRefused(
                f"Chưa chạy riêng được: {len(missing)} sổ của đơn vị khác không có kết quả còn dùng được với số liệu "
                "và quy tắc hiện nay. Chạy tất cả (bỏ --unit), hoặc thêm --partial để công bố bộ thiếu các sổ đó."
            )
        # A template whose results are used again was found sound when they were made.
        new = {job.notebook for job in jobs if job not in reused and job not in missing}
        check_templates({name: text for name, text in templates.items() if name in new})
        work.staging.mkdir(parents=True)
        for job in sorted(reused, key=jobs.index):
            if hashes := earlier.carry(work.keys[job], work.staging):
                work.noted(work.keys[job], hashes)
            else:  # it has changed since it was looked at
                reused.discard(job)
        results = _execute(work, [j for j in jobs if j not in reused and j not in missing], watch, executor)
        missing |= {result.job: _public_reason(result) for result in results if not result.done}
        outcome = Outcome(work.run_id, work.started, work.staging, work.evaluation, results, missing, frozenset(reused))
        _complete(work, outcome, earlier)
        return _finish(work, outcome)


def _begin(request: Request, jobs: list[Job], templates: dict[str, str]) -> _Work:
    """Read and evaluate the returns, and work out the key of each result."""
    started, run_id = now(), f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    evaluation = evaluate_into(request.project, request.returns, request.output)
    slices = Slices(evaluation.intake.evidence, evaluation.findings)
    setting, inputs = _setting(request, run_id, evaluation), ledger.inputs(request.plan, request.project)
    common = [setting.plan, setting.audience, setting.illustrative, inputs, ledger.versions()]
    keys = {
        job: ledger.key_of(job.unit, job.notebook, job.folder, templates[job.notebook], slices.hashes(job), common)
        for job in jobs
    }
    return _Work(request, run_id, started, jobs, templates, evaluation, slices, inputs, keys)


def _setting(request: Request, run_id: str, evaluation: Evaluation) -> Setting:
    """A plan given as a file is known to notebooks by its name alone, and lies beside their tables."""
    plan = plan_file(request.plan).name if request.plan.endswith(".yaml") else request.plan
    illustrative = evaluation.intake.evidence.illustrative
    return Setting(run_id, plan, illustrative, limits=request.limits)


def _execute(work: _Work, remaining: list[Job], watch: Watch, executor: Executor | None) -> list[Result]:
    """Run these notebooks and put what they make into the set as it comes; starts nothing if there are none."""
    request = work.request
    given = plan_file(request.plan) if request.plan.endswith(".yaml") else None
    beside = {given.name: given.read_bytes()} if given else {}

    def keep(result: Result) -> None:
        place = result.job.place
        if result.done:
            work.made(work.keys[result.job], {f"{place}.ipynb": result.notebook, f"{place}.html": result.page})
        elif result.notebook:  # under another name, to look into
            write_atomic(work.staging / f"{place}.failed.ipynb", result.notebook)
        watch(result, len(remaining))

    if not remaining:
        return []
    from pcmd_eval.batch import run_tasks

    rows = [finding.texts() for finding in work.evaluation.findings]
    with _means(request, _setting(request, work.run_id, work.evaluation), executor) as (setting, pool):
        tasks = tasks_of(remaining, work.templates, rows, setting, lambda job: {**work.slices.files(job), **beside})
        return run_tasks(tasks, pool, keep)


@contextmanager
def _means(request: Request, setting: Setting, executor: Executor | None) -> Iterator[tuple[Setting, Executor]]:
    """What runs the notebooks, and the setting with what that asks for."""
    from pcmd_eval.batch import cluster, kernel_source, workers
    from pcmd_eval.execution import scratch_folder

    with ExitStack() as held:
        if request.scheduler:
            pool = held.enter_context(cluster(request.scheduler))
            yield replace(setting, socket=None, identity=ledger.identity()), pool
            return
        scratch, socket = held.enter_context(scratch_folder()), held.enter_context(kernel_source())
        pool = executor or held.enter_context(workers(request.processes))
        yield replace(setting, socket=socket, scratch=scratch), pool


def _public_reason(result: Result) -> str:
    """Why a page is missing, without the words of the error: they may hold paths or figures."""
    return f"sổ không chạy xong ({result.cell.partition(' “')[0]})" if result.cell else "sổ không chạy được"


def _complete(work: _Work, outcome: Outcome, earlier: ledger.Earlier) -> None:
    """Add what a set holds beside its notebooks and pages; drawing the map again only if it would be another."""
    missing = {job.place: why for job, why in outcome.missing.items()}
    illustrative = work.evaluation.intake.evidence.illustrative
    everything = work.slices.hashes(None)
    key = ledger.key_of("site", work.inputs, ledger.versions(), everything, missing, illustrative)
    if hashes := earlier.carry(key, work.staging):
        work.noted(key, hashes)
        return
    from pcmd_eval.site import site_files

    evidence, findings = work.evaluation.intake.evidence, work.evaluation.findings
    work.made(key, site_files(work.request.project, evidence, findings, work.jobs, outcome.missing))


def _finish(work: _Work, outcome: Outcome) -> Outcome:
    """Publish the set if nothing forbids that, and keep the record of the run either way."""
    request, output, staging = work.request, work.request.output, work.staging
    complete = not outcome.missing or (request.partial and len(outcome.missing) < len(work.jobs))
    publish = complete and outcome.stopping in (0, request.despite)
    record, previous = _record(work, outcome), published_set(output)
    if publish:
        for failed in staging.rglob("*.failed.ipynb"):
            failed.unlink()
        record["outputs"] = {p.relative_to(staging).as_posix(): file_hash(p) for p in files_in(staging)}
        record["finished"] = now()
        write_atomic(staging / "run.json", json_bytes(record))
        previous = swap(output, outcome.run_id)
    # Of unfinished sets only this one stays: what was good in the others has been carried into it.
    finished = {f.name for f in output.sets.iterdir() if (f / "run.json").is_file()}
    kept = {outcome.run_id, previous} if publish else {outcome.run_id, *finished}
    remove_sets(output, lambda folder: folder.name not in kept)
    ledger.forget(output, {*kept, previous})
    failures = [{"place": r.job.place, "cell": r.cell, "cause": r.cause} for r in outcome.failed]
    returns = json.loads((output.internal / "returns.json").read_bytes())
    own = {**record, "published": publish, "failures": failures, "returns": returns}
    write_atomic(output.internal / "run.json", json_bytes(own))
    return replace(outcome, published=publish, folder=output.published if publish else staging)


def _record(work: _Work, outcome: Outcome) -> dict[str, Any]:
    """What run.json says: never a hash of a return, a path of this computer, or its name."""
    results = {result.job: result for result in outcome.results}
    files = {f"notebooks/{name}.ipynb": work.request.notebooks / f"{name}.ipynb" for name in work.templates}
    notebooks = {name: file_hash(path) for name, path in files.items()}
    status = {result.job: "done" if result.done else "failed" for result in outcome.results}
    return {
        "plan": work.request.project.plan.plan,
        "run_id": outcome.run_id,
        "started": outcome.started,
        "finished": now(),
        "illustrative": outcome.evaluation.intake.evidence.illustrative,
        "jobs": [
            {
                "unit": job.unit,
                "notebook": job.notebook,
                "status": status.get(job, "missing" if job in outcome.missing else "done"),
                "seconds": results[job].seconds if job in results else 0.0,
                "reused": job in outcome.reused,
            }
            for job in work.jobs
        ],
        "failed": len(outcome.failed),
        "faults": outcome.stopping,
        "outputs": {},
        "inputs": dict(sorted({**work.inputs, **notebooks}.items())),
        "versions": ledger.versions(),
    }
