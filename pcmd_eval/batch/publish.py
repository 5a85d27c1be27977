"""From the returns to the set that readers see: one writer, and one step that changes what is seen.

A run makes its set in a folder of its own and writes run.json last; then what readers see is turned
to it. A run that failed or died leaves the old set where it was, and what it had finished stands in
the store.
"""

import json
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pcmd_eval import attack, disclosure, indicators, paths
from pcmd_eval.batch import evaluate, fresh, store, tasks
from pcmd_eval.batch.evaluate import Evaluation
from pcmd_eval.batch.executing import Watch, executed
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, REMARKS, SITE, Given, Task
from pcmd_eval.case import Case
from pcmd_eval.changes import mixed
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes, read_csv, write_atomic
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import counting
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.review import narrative
from pcmd_eval.site.ways import led
from pcmd_eval.words import listing

READING = "Đọc báo cáo"


@dataclass(frozen=True)
class Request:
    """What a run is asked to do: everything, or the notebooks and documents of `units` (code or
    name).

    `despite`: how many stopping faults do not stop it; `jobs`: processes at once; `scheduler`: the
    address of a Dask scheduler whose workers do the work; `internal`: the exact edition, for the
    department alone.
    """

    plan_name: str
    plan: Plan
    returns: Path
    places: Places
    units: tuple[str, ...] = ()
    despite: int | None = None
    jobs: int | None = None
    scheduler: str = ""
    internal: bool = False

    @property
    def shown(self) -> Path:
        """What the set will be seen as."""
        return self.places.edition if self.internal else self.places.published

    @property
    def made(self) -> bool:
        """Whether there is a set already."""
        return (self.shown / "run.json").is_file()

    @property
    def record(self) -> Path:
        """What the department keeps of the run that was last."""
        name = "run-edition.json" if self.internal else "run.json"
        return self.places.internal / name

    @property
    def store(self) -> Path:
        """Where results of this edition are kept."""
        return self.places.store / "edition" if self.internal else self.places.store


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a run ended: whether readers see the set, `failed` (place: cause), and what was executed
    and reused.
    """

    plan: Plan
    intake: Intake
    findings: pd.DataFrame
    shown: Path
    published: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    executed: int = 0
    reused: int = 0
    documents: int = 0
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0


def run(
    request: Request,
    watch: Watch = lambda phase, done, total, failed: None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """The whole batch; raises InputRefused or LockHeld before anything is executed.

    `say` hears in time what the new set beside the published one would tell about persons.
    """
    clock, started = time.monotonic(), _now()
    with store.locked(request.places), fresh.sharing() as share:
        store.settle(request.shown)
        watch(READING, 0, 0, 0)
        if not request.scheduler and not request.shown.exists():
            fresh.warm()
        made = evaluate.evaluated(request.plan, request.returns, request.places)
        outcome = Outcome(request.plan, made.intake, made.findings, request.shown)
        with ThreadPoolExecutor(1) as aside:
            rest = aside.submit(made.rest)
            if made.intake.stopping in (0, request.despite):
                case = _edition(request, made)
                told = _told(case)
                for line in _beside_published(request, case, told):
                    say(line)
                work = _planned(request, case)
                share(work.given)
                received = int(made.intake.returns.file.notna().sum()) if work.pending else 0
                watch(READING, received, received, 0)
                results = executed(
                    work.pending, request.store, watch, request.jobs, request.scheduler
                )
                rest.result()  # nothing is published without it
                outcome = _ended(request, work, results, outcome, told, started)
        rest.result()
    return replace(outcome, seconds=time.monotonic() - clock)


@dataclass(frozen=True, eq=False)
class _Work:
    """Every task of the plan, those of the set and its units, and the files of those that are made."""

    case: Case
    given: Given
    every: list[Task]
    wanted: list[Task]
    units: tuple[str, ...]
    found: dict[Task, dict[str, bytes]]

    @property
    def pending(self) -> list[Task]:
        return [task for task in self.wanted if task not in self.found]


def _planned(request: Request, case: Case) -> _Work:
    """What there is to make; raises InputRefused if the set would lose a unit."""
    given = tasks.given_by(case, request.plan_name)
    every = [*tasks.tasks_of(case, given)]
    found = {task: files for task in every if (files := store.kept(request.store, task.key))}
    units = _units(request, every, found)
    site = Task(given, SITE, "", case.unit, units=units)
    if files := store.kept(request.store, site.key):
        found[site] = files
    return _Work(case, given, every, [*(t for t in every if t.unit in units), site], units, found)


def _ended(
    request: Request,
    work: _Work,
    results: tuple[dict[Task, dict[str, bytes]], dict[str, str], dict[Task, float]],
    outcome: Outcome,
    told: pd.DataFrame,
    started: str,
) -> Outcome:
    """Publish the set if nothing failed, and note how the run ended."""
    made, failed, seconds = results
    outcome = replace(_counted(work, outcome), failed=failed)
    unchanged = tasks.program(work.given.data) == work.given.program
    outcome = replace(outcome, published=not failed and unchanged)
    notebooks = [task for task in work.every if task.kind == NOTEBOOK]
    record = {
        "plan": request.plan.plan,
        "run_id": f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        "started": started,
        "finished": _now(),
        "illustrative": bool((outcome.intake.returns.illustrative == "yes").any()),
        "jobs": [_job(task, work.units, failed, seconds) for task in notebooks],
        "failed": len(failed),
        "faults": outcome.intake.stopping,
    }
    if outcome.published:
        files, remarks = _files(request.plan, work, work.found | made)
        outcome = replace(outcome, remarks=remarks)
        _publish(request, record, told, dict(sorted(led(work.case, files).items())))
        store.forget(request.store, {task.key for task in work.wanted})
    own = {
        "published": outcome.published,
        "causes": failed,
        "returns": outcome.intake.fingerprints,
    }
    write_atomic(request.record, _json(record | own))
    return outcome


def _counted(work: _Work, outcome: Outcome) -> Outcome:
    """How much was executed and reused, and which units are not in the set."""
    many = Counter(task.kind for task in work.pending)
    reporters = outcome.plan.reporters.index
    return replace(
        outcome,
        executed=many[NOTEBOOK],
        reused=sum(task.kind == NOTEBOOK for task in work.wanted if task in work.found),
        documents=many[DOCUMENT],
        missing=tuple(unit for unit in reporters if unit not in work.units),
    )


def _files(
    plan: Plan, work: _Work, made: dict[Task, dict[str, bytes]]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of the set, and what should be read once more."""
    files: dict[str, bytes] = {}
    for task in work.wanted:
        files |= made[task]
    remarks = [*narrative.misnamed(paths.NARRATIVE / plan.name, plan)]
    for place in sorted(place for place in files if place.endswith(REMARKS)):
        remarks += json.loads(files.pop(place))
    return files, tuple(remarks)


def _edition(request: Request, made: Evaluation) -> Case:
    """The record that everything is made from: of the public edition, what `disclosure` lets out.

    Raises InputRefused where this year or the year before alone is made up.
    """
    rules, cells, returns = disclosure.load_disclosure(), made.intake.cells, made.intake.returns
    if not request.internal:
        cells, returns = (
            disclosure.public(cells, rules),
            returns.assign(file=returns.file.mask(returns.file.notna())),
        )
    totals = disclosure.totals(made.intake.cells, rules)
    told = None if request.internal else totals
    figures = indicators.figures(request.plan, cells, returns, told)
    if refused := mixed(request.plan, figures):
        raise InputRefused(refused)
    frames = (cells, returns, made.findings, totals, figures)
    return Case(request.plan, request.plan.province, *frames, request.internal)


def _told(case: Case) -> pd.DataFrame:
    """What the edition tells of persons: see `attack`."""
    sent, rules = counting(case.returns).sent, disclosure.load_disclosure()
    return attack.told_of(case.cells, case.totals, sent, rules)


def _beside_published(request: Request, case: Case, told: pd.DataFrame) -> list[str]:
    """What follows about persons from the set that is published now beside the new one, in words."""
    try:
        before = json.loads((request.shown / "run.json").read_bytes())["run_id"]
    except FileNotFoundError:
        return []
    if request.internal:
        return []
    file = request.places.told / f"{before}.csv"
    if not file.is_file():
        return [attack.NOT_COMPARED]
    last = read_csv(file, dict.fromkeys(attack.COLUMNS, "string"))
    names = case.names | {case.plan.province: case.plan.own_bodies}
    found = attack.followed(last, told, disclosure.load_disclosure())
    return attack.warnings(found, names)


def _units(request: Request, every: list[Task], found: dict[Task, Any]) -> tuple[str, ...]:
    """The units of the set: those asked for, and all whose results are kept; raises InputRefused if
    it would shrink.
    """
    reporters = request.plan.reporters
    asked = {str(request.plan.unit(unit).name) for unit in request.units} or {*reporters.index}
    units = tuple(
        u for u in reporters.index if u in asked or all(t in found for t in every if t.unit == u)
    )
    try:
        jobs = json.loads((request.shown / "run.json").read_bytes())["jobs"]
    except FileNotFoundError:
        return units
    if lost := sorted({job["unit"] for job in jobs if job["status"] == "done"} - {*units}):
        words = (
            f"bộ đang có gồm cả {listing([*reporters.inline_name[lost]])}, mà kết quả cũ không "
            "còn dùng được"
        )
        again = " ".join(f"--unit {unit}" for unit in sorted({*asked, *lost}))
        raise InputRefused(
            f"Chưa chạy riêng được: {words}. Chạy tất cả: pcmd-eval run; hoặc: pcmd-eval run "
            f"{again}."
        )
    return units


# ---- publishing ----------------------------------------------------------------------------------


def _job(
    task: Task, units: tuple[str, ...], failed: dict[str, str], seconds: dict[Task, float]
) -> dict[str, Any]:
    """A line of run.json; what took no time here was made by an earlier run."""
    status = "missing" if task.unit not in units else "failed" if task.place in failed else "done"
    own = {"unit": task.unit, "notebook": task.place.rpartition("/")[2], "status": status}
    return own | {
        "seconds": round(seconds.get(task, 0.0), 2),
        "reused": task.unit in units and task not in seconds,
    }


def _publish(
    request: Request, record: dict[str, Any], told: pd.DataFrame, files: dict[str, bytes]
) -> None:
    """Write the set, its record last, and let readers see it; what it tells of persons stays for
    the next run.
    """
    staging, beside = store.sets(request.shown) / record["run_id"], f"{record['run_id']}.csv"
    try:
        for place, content in files.items():
            path = staging / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        made = {
            "outputs": tasks.hashes(staging),
            "inputs": tasks.inputs(request.plan, request.plan_name),
            "versions": tasks.versions(),
        }
        write_atomic(staging / "run.json", _json(record | made))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    if request.internal:
        store.swap(staging, request.shown)
        return
    write_atomic(request.places.told / beside, csv_bytes(told))
    store.swap(staging, request.shown)
    store.forget(request.places.told, {beside})


def _json(content: object) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
