"""One run while it goes on: what it is to make, from what, the key of each result, and the notebooks it executes."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from pcmd_eval.batch import ledger
from pcmd_eval.batch.evaluation import Evaluation, Request, evaluate_into
from pcmd_eval.batch.jobs import Job, Result, Setting, tasks_of
from pcmd_eval.batch.sets import SCRATCH, file_hash, now
from pcmd_eval.batch.slices import Slices
from pcmd_eval.disclosure import Disclosure, load_disclosure
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import findings_csv
from pcmd_eval.indicators import indicators, indicators_csv, load_indicators, own_figures
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import plan_file
from pcmd_eval.published import Published, findings_of

Watch = Callable[[Result, int], None]
CHANGED = "kế hoạch, biểu mẫu, danh mục hoặc chương trình đã bị sửa trong khi chạy; chạy lại"


@dataclass(frozen=True)
class Work:
    """One run while it goes on: what it is to make, from what, and the key of each result."""

    request: Request
    run_id: str
    started: str
    jobs: list[Job]
    templates: dict[str, str]
    evaluation: Evaluation
    rules: Disclosure
    slices: Slices
    sources: ledger.Sources
    inputs: dict[str, str]
    notebooks: dict[str, str]
    keys: dict[Job, str]

    @property
    def output(self) -> OutputFolder:
        """Where this run writes."""
        return self.request.places

    @property
    def staging(self) -> Path:
        """The folder this run makes its set in."""
        return self.output.sets / self.run_id

    @cached_property
    def told(self) -> dict[str, str]:
        """The two files that tell readers what was found, as text."""
        rows = indicators(self.evaluation.intake.evidence, self.request.project.form, self.rules)
        files = {"findings.csv": findings_csv(self.evaluation.findings), "indicators.csv": indicators_csv(rows)}
        return {name: content.decode() for name, content in files.items()}

    @property
    def published(self) -> Published:
        """What readers may know, read back from those files: what is withheld is not in it."""
        findings = findings_of(self.told["findings.csv"].encode())
        indicators = load_indicators(self.told["indicators.csv"].encode())
        return Published(self.request.project, findings, indicators, self.evaluation.intake.evidence.illustrative)

    def own_figures(self) -> dict[str, dict[tuple[str, str], Decimal]]:
        """What each reporter knows of itself, for the audit only."""
        return own_figures(self.evaluation.intake.evidence, self.rules)

    def made(self, key: str, files: dict[str, bytes]) -> None:
        """Put a result into the set and note it, so that no later run makes it again."""
        for place, content in files.items():
            write_atomic(self.staging / place, content)
        self.noted(key, {place: file_hash(self.staging / place) for place in files})

    def noted(self, key: str, hashes: dict[str, str]) -> None:
        """Note a result that is in the set already."""
        ledger.note(self.output, self.run_id, key, hashes)

    def once(
        self,
        key: str,
        earlier: ledger.Earlier,
        make: Callable[[], dict[str, bytes]],
        lasting: Callable[[], bool] = lambda: True,
    ) -> list[str]:
        """Put a result into the set, made anew only if no earlier run made it; returns the places of its files.

        What is not `lasting` will be made again by the next run.
        """
        if (hashes := earlier.carry(key, self.staging)) is not None:
            self.noted(key, hashes)
            return sorted(hashes)
        files = make()
        self.made(key if lasting() else f"{key} of {self.run_id}", files)
        return sorted(files)


def begin(request: Request, jobs: list[Job], templates: dict[str, str]) -> Work:
    """Read and evaluate the returns, and work out the key of each result."""
    started, run_id = now(), f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    sources = ledger.Sources(request.plan, request.project)
    notebooks = {f"notebooks/{name}.ipynb": file_hash(request.notebooks / f"{name}.ipynb") for name in templates}
    evaluation, rules = evaluate_into(request.project, request.returns, request.output), load_disclosure()
    slices = Slices(evaluation.intake.evidence, evaluation.findings)
    setting, inputs = _setting(request, run_id, evaluation), ledger.inputs(request.plan, request.project)
    common = [setting.plan, setting.audience, setting.illustrative, inputs, ledger.versions()]
    keys = {
        job: ledger.key_of(job.unit, job.notebook, job.folder, templates[job.notebook], slices.hashes(job), common)
        for job in jobs
    }
    made_of = (evaluation, rules, slices, sources, inputs, notebooks)
    return Work(request, run_id, started, jobs, templates, *made_of, keys)


def known_as(plan: str) -> str:
    """The name by which notebooks know the plan: of a file its name alone, as it lies beside their tables."""
    return plan_file(plan).name if plan.endswith(".yaml") else plan


def _setting(request: Request, run_id: str, evaluation: Evaluation) -> Setting:
    plan = known_as(request.plan)
    illustrative = evaluation.intake.evidence.illustrative
    return Setting(run_id, plan, illustrative, request.audience, limits=request.limits)


def execute(work: Work, remaining: list[Job], watch: Watch, executor: Executor | None) -> list[Result]:
    """Run these notebooks and put what they make into the set as it comes; starts nothing if there are none."""
    request = work.request
    given = plan_file(request.plan) if request.plan.endswith(".yaml") else None
    beside = {given.name: given.read_bytes()} if given else {}

    def keep(result: Result) -> Result:
        place = result.job.place
        if result.done and not work.sources.unchanged():
            result = replace(result, done=False, cause=CHANGED)
        if result.done:
            work.made(work.keys[result.job], {f"{place}.ipynb": result.notebook, f"{place}.html": result.page})
        elif result.notebook:  # under another name, to look into
            write_atomic(work.staging / f"{place}.failed.ipynb", result.notebook)
        watch(result, len(remaining))
        return result

    if not remaining:
        return []
    from pcmd_eval.batch.workers import run_tasks

    rows = [finding.texts() for finding in work.evaluation.findings]
    with _means(request, _setting(request, work.run_id, work.evaluation), executor) as (setting, pool):
        tasks = tasks_of(remaining, work.templates, rows, setting, lambda job: {**work.slices.files(job), **beside})
        return run_tasks(tasks, pool, keep)


@contextmanager
def _means(request: Request, setting: Setting, executor: Executor | None) -> Iterator[tuple[Setting, Executor]]:
    """What runs the notebooks, and the setting with what that asks for."""
    from pcmd_eval.batch.execution import scratch_folder
    from pcmd_eval.batch.workers import cluster, kernel_source, workers

    with ExitStack() as held:
        if request.scheduler:
            pool = held.enter_context(cluster(request.scheduler))
            yield replace(setting, socket=None, identity=ledger.identity()), pool
            return
        scratch = held.enter_context(scratch_folder())
        # A run that is killed leaves tables of communes in it: the next one removes it.
        write_atomic(request.output.root / SCRATCH, str(scratch).encode())
        held.callback((request.output.root / SCRATCH).unlink, missing_ok=True)
        socket = held.enter_context(kernel_source())
        pool = executor or held.enter_context(workers(request.processes))
        yield replace(setting, socket=socket, scratch=scratch), pool
