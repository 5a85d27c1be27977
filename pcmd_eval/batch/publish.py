"""From the returns to the set that readers see: one writer, and one step that changes what is seen.

A run makes its set in a folder of its own and writes run.json last; then what readers see is turned to it. A run that
failed or died leaves the old set where it was, and what it had finished stands in the store.
"""

import json
import multiprocessing
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from pcmd_eval import disclosure
from pcmd_eval.batch import evaluate, fresh, store, tasks
from pcmd_eval.batch.evaluate import Evaluation
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, REMARKS, SITE, Task
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.words import listing

READING = "Đọc báo cáo"
PHASES = {NOTEBOOK: "Chạy sổ", DOCUMENT: "Làm báo cáo Word", SITE: "Làm trang tổng hợp"}
Watch = Callable[[str, int, int, int], None]  # a phase, done, of how many (0: not known yet), failed


@dataclass(frozen=True)
class Request:
    """What a run is asked to do: everything, or the notebooks and documents of `units` (code or name).

    `despite`: how many stopping faults do not stop it; `jobs`: processes at once; `scheduler`: the address of a Dask
    scheduler whose workers do the work; `internal`: the exact edition, for the department alone.
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
    def store(self) -> Path:
        """Where results of this edition are kept."""
        return self.places.store / "edition" if self.internal else self.places.store


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a run ended: whether readers see the set, `failed` (place: cause), and what was executed and reused."""

    plan: Plan
    evaluation: Evaluation
    shown: Path
    published: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    executed: int = 0
    reused: int = 0
    documents: int = 0
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def stopping(self) -> int:
        """How many stopping faults are open."""
        return int(self.evaluation.intake.stopping)


def run(request: Request, watch: Watch = lambda phase, done, total, failed: None) -> Outcome:
    """The whole batch; raises InputRefused or LockHeld before anything is executed."""
    clock, started, plan = time.monotonic(), _now(), request.plan
    with store.locked(request.places.lock):
        store.settle(request.shown)
        watch(READING, 0, 0, 0)
        evaluation = evaluate.evaluated(plan, request.returns, request.places)
        outcome = Outcome(plan, evaluation, request.shown)
        if outcome.stopping not in (0, request.despite):
            evaluate.write_internal(plan, request.returns, request.places, evaluation)
            return replace(outcome, seconds=time.monotonic() - clock)
        case = _edition(request, evaluation)
        given = tasks.given_by(case, request.plan_name)
        every = [*tasks.tasks_of(case, given)]
        found = {task: files for task in every if (files := store.kept(request.store, task.key))}
        units = _units(request, every, found)
        wanted = [task for task in every if task.unit in units]
        wanted.append(site := Task(given, SITE, "", case.unit, units=units))
        found |= {site: files} if (files := store.kept(request.store, site.key)) else {}
        pending = [task for task in wanted if task not in found]
        received = int(evaluation.intake.returns.file.fillna("").ne("").sum()) if pending else 0
        watch(READING, received, received, 0)
        for kind, many in Counter(task.kind for task in pending).items():
            watch(PHASES[kind], 0, many, 0)
        with _pool(request) as pool:
            futures = {pool.submit(_timed, task): task for task in pending}
            evaluate.write_internal(plan, request.returns, request.places, evaluation)
            made, failed, seconds = _gathered(request, futures, watch)
        ran = [task for task in pending if task.kind == NOTEBOOK]
        outcome = replace(
            outcome,
            failed=failed,
            executed=len(ran),
            reused=sum(task.kind == NOTEBOOK for task in wanted) - len(ran),
            documents=sum(task.kind == DOCUMENT for task in pending),
            missing=tuple(unit for unit in plan.reporters.index if unit not in units),
            published=not failed and tasks.program() == given.program,
        )
        record = {
            "plan": plan.plan,
            "run_id": f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            "started": started,
            "finished": _now(),
            "illustrative": case.illustrative,
            "jobs": [_job(task, units, found, failed, seconds) for task in every if task.kind == NOTEBOOK],
            "failed": len(failed),
            "faults": outcome.stopping,
        }
        files = {place: content for task in wanted for place, content in (found | made).get(task, {}).items()}
        if outcome.published:
            outcome = replace(outcome, remarks=_remarks(files))
            _publish(request, record, {p: content for p, content in files.items() if not p.endswith(f".{REMARKS}")})
            store.forget(request.store, {task.key for task in wanted})
        own = {
            **record,
            "published": outcome.published,
            "causes": failed,
            "returns": tasks.hashes(request.returns, "*.xlsx"),
        }
        name = "run-edition.json" if request.internal else "run.json"
        write_atomic(request.places.internal / name, _json(own))
    return replace(outcome, seconds=time.monotonic() - clock)


def _edition(request: Request, evaluation: Evaluation) -> Case:
    """The record that everything is made from: of the public edition, what `disclosure` lets out."""
    rules, intake = disclosure.load_disclosure(), evaluation.intake
    cells, returns = intake.cells, intake.returns
    if not request.internal:
        cells, returns = disclosure.public(cells, rules), returns.assign(file=returns.file.mask(returns.file.notna()))
    totals = disclosure.totals(intake.cells, rules)
    whole = request.plan.province
    return Case(request.plan, whole, cells, returns, evaluation.findings, totals, request.internal)


def _units(request: Request, every: list[Task], found: dict[Task, Any]) -> tuple[str, ...]:
    """The units of the set: those asked for, and all whose results are kept; raises InputRefused if it would shrink."""
    reporters = request.plan.reporters
    asked = {str(request.plan.unit(unit).name) for unit in request.units} or {*reporters.index}
    units = tuple(u for u in reporters.index if u in asked or all(t in found for t in every if t.unit == u))
    try:
        jobs = json.loads((request.shown / "run.json").read_bytes())["jobs"]
    except FileNotFoundError:
        return units
    if lost := sorted({job["unit"] for job in jobs if job["status"] == "done"} - {*units}):
        words = f"bộ đang có gồm cả {listing([*reporters.inline_name[lost]])}, mà kết quả cũ không còn dùng được"
        again = " ".join(f"--unit {unit}" for unit in sorted({*asked, *lost}))
        raise InputRefused(f"Chưa chạy riêng được: {words}. Chạy tất cả: pcmd-eval run; hoặc: pcmd-eval run {again}.")
    return units


# ---- executing ------------------------------------------------------------------------------------------------------


@contextmanager
def _pool(request: Request) -> Iterator[Executor]:
    """What runs tasks: threads that wait for a process each, or the workers of a Dask scheduler."""
    if request.scheduler:
        try:
            client = resolve_name("distributed:Client")(request.scheduler, timeout="10s")
        except (ImportError, OSError) as error:
            raise InputRefused(f"Không dùng được bộ điều phối Dask “{request.scheduler}”: {error}.") from None
        with client:
            yield client.get_executor(pure=False)
        return
    pool = ThreadPoolExecutor(request.jobs or (os.cpu_count() or 1) + 1)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        pool.shutdown()


def _timed(task: Task) -> tuple[dict[str, bytes], float]:
    """The files of a task, and how many seconds they took."""
    clock = time.monotonic()
    return fresh.in_fresh_process("pcmd_eval.batch.making:make", task), time.monotonic() - clock


def _gathered(
    request: Request, futures: dict[Any, Task], watch: Watch
) -> tuple[dict[Task, dict[str, bytes]], dict[str, str], dict[Task, float]]:
    """Keep each result as it comes: the files, the causes of failures by place, and the seconds."""
    made, failed, seconds = {}, {}, {}
    total, done, wrong = (Counter(task.kind for task in futures.values()), Counter(), Counter())
    for future in as_completed(futures):
        task = futures[future]
        try:
            made[task], seconds[task] = future.result()
            if tasks.program() == task.given.program:
                store.keep(request.store, task.key, made[task])
        except OSError:  # a full disk
            raise
        except Exception as error:
            known = isinstance(error, InputRefused | fresh.Died) or type(error).__name__ == "Failed"
            failed[task.place or task.kind] = str(error) if known else f"{type(error).__name__}: {error}"
            wrong[task.kind] += 1
        done[task.kind] += 1
        watch(PHASES[task.kind], done[task.kind], total[task.kind], wrong[task.kind])
    return made, failed, seconds


def _job(task: Task, units: tuple[str, ...], found: Any, failed: Any, seconds: Any) -> dict[str, Any]:
    """A line of run.json."""
    status = "missing" if task.unit not in units else "failed" if task.place in failed else "done"
    own = {"unit": task.unit, "notebook": task.place.rpartition("/")[2], "status": status}
    return own | {"seconds": round(seconds.get(task, 0.0), 2), "reused": task in found and task.unit in units}


# ---- publishing -----------------------------------------------------------------------------------------------------


def _publish(request: Request, record: dict[str, Any], files: dict[str, bytes]) -> None:
    """Write the set, its record last, and let readers see it."""
    staging = store.sets(request.shown) / record["run_id"]
    outputs = {place: tasks.hash_of(files[place]) for place in sorted(files)}
    inputs = tasks.inputs() | tasks.templates()
    try:
        for place, content in files.items():
            path = staging / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        whole = {**record, "outputs": outputs, "inputs": inputs, "versions": tasks.versions()}
        write_atomic(staging / "run.json", _json(whole))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    store.swap(staging, request.shown)


def _remarks(files: dict[str, bytes]) -> tuple[str, ...]:
    return tuple(words for p in sorted(files) if p.endswith(f".{REMARKS}") for words in json.loads(files[p]))


def _json(content: object) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
