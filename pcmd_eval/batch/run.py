"""From the returns to the set that readers see: one writer, and one step that changes what is seen.

A run makes its set in a folder of its own and writes run.json last; then what readers see is turned
to it. A run that failed or died leaves the old set where it was, and what it had finished stands in
the store.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256

from pcmd_eval.analysis.session import Case, edition_of
from pcmd_eval.batch import evaluate, tasks
from pcmd_eval.batch import publication as edition
from pcmd_eval.batch import result_store as store
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.batch.executor import executed
from pcmd_eval.batch.fingerprint import inputs, versions
from pcmd_eval.batch.run_request import Outcome, Request, Watch
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, REMARKS, SITE, Given, Task
from pcmd_eval.evaluation.observations import made_up
from pcmd_eval.reports import narrative
from pcmd_eval.site.navigation import with_ways
from pcmd_eval.statistics.year_on_year import explain_mixture
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import join_items

READING = "Đọc báo cáo"
COMPARABLE = (
    "Ai giữ bộ đang công bố có thể so với bộ mới và suy ra phần của các đơn vị này. Muốn tránh thì "
    "đợi báo cáo cuối cùng rồi công bố một lần; lệnh vẫn chạy tiếp, bấm Ctrl+C để dừng, bộ đang "
    "công bố giữ nguyên."
)
NOT_COMPARED = (
    "Không còn bản ghi của bộ đang công bố (internal/run.json) nên chưa biết đơn vị nào gửi báo cáo "
    "sau bộ ấy. Hai bộ của cùng một năm có thể được so với nhau."
)


def run(
    request: Request,
    watch: Watch = lambda phase, done, total, failed: None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """The whole batch; raises InputRefused or LockHeld before anything is executed.

    `say` is called before anything is published, with the names of those whose returns came since
    the published set.
    """
    clock, started = time.monotonic(), edition.now()
    with store.locked(request.places), fresh.sharing() as share, ThreadPoolExecutor(1) as aside:
        store.settle(request.shown)
        watch(READING, 0, 0, 0)
        if not request.scheduler and not request.shown.exists():
            fresh.warm()
        made = evaluate.evaluated(request.plan, request.returns, request.places)
        rest = aside.submit(made.rest)
        outcome = Outcome(made.intake, made.findings)
        if made.intake.stopping in (0, request.despite):
            key = edition.key_of(request, made.given, made.intake.fingerprints)
            ended = edition.again(request, key, started, outcome)
            if ended is None:
                work = _planned(request, outcome, say)
                share(work.given)
                if work.pending:
                    received = int(made.intake.returns.file.notna().sum())
                    watch(READING, received, received, 0)
                results = executed(work.pending, work.given, request, watch)
                rest.result()  # nothing is published without it
                ended = _ended(request, key, work, results, started, outcome)
            outcome = ended
            edition.note(request, outcome)
        rest.result()
    return replace(outcome, seconds=time.monotonic() - clock)


@dataclass(frozen=True, eq=False)
class _Work:
    """Every task of the plan, those of the set and its units, and the files of those that are
    kept.
    """

    case: Case
    given: Given
    every: list[Task]
    wanted: list[Task]
    units: tuple[str, ...]
    found: dict[Task, dict[str, bytes]]

    @property
    def pending(self) -> list[Task]:
        return [task for task in self.wanted if task not in self.found]


def _planned(request, outcome, say):
    """What there is to make, once `say` has named the returns that came since the published set.

    Raises InputRefused if the set would lose a unit, or as `_edition`.
    """
    case = _edition(request, outcome)
    for line in _new_returns(request, case, outcome.intake):
        say(line)
    given = tasks.given_by(case, request.plan_name)
    every = tasks.tasks_of(case, given)
    found = {task: files for task in every if (files := store.kept(request.store, task.key))}
    units = _units(request, every, found)
    site = Task(given.key, SITE, "", case.unit, units=units)
    if files := store.kept(request.store, site.key):
        found[site] = files
    wanted = [*(task for task in every if task.unit in units), site]
    return _Work(case, given, every, wanted, units, found)


def _ended(request, key, work, results, started, outcome):
    """Publish the set if nothing failed, and nothing that it rests on was changed meanwhile."""
    plan, intake = request.plan, outcome.intake
    record = {"plan": plan.plan} | edition.begun(started)
    record["illustrative"] = made_up(intake.returns)
    record["jobs"] = [_job(task, work, results) for task in work.every if task.kind == NOTEBOOK]
    record |= {"failed": len(results.failed), "faults": intake.stopping}
    given = evaluate.rests_on(plan, request.returns, request.places)
    published = not results.failed and edition.key_of(request, given, intake.fingerprints) == key
    remarks = []
    if published:
        files, remarks = _files(plan, work, work.found | results.files)
        record["outputs"] = {place: sha256(files[place]).hexdigest() for place in files}
        record["inputs"] = inputs(plan, request.plan_name)
        record["versions"] = versions()
        edition.publish(request, key, record, remarks, files)
        store.forget(request.store, {task.key for task in work.wanted})
    documents = sum(task.kind == DOCUMENT for task in work.pending)
    ended = {"published": published, "failed": results.failed, "documents": documents}
    return replace(outcome, record=record, remarks=remarks, **ended)


def _job(task, work, results):
    """A line of run.json; what took no time here was made by an earlier run."""
    status = "failed" if task.place in results.failed else "done"
    reused = task not in results.seconds
    if task.unit not in work.units:
        status, reused = "missing", False
    return {
        "unit": task.unit,
        "notebook": task.place.rpartition("/")[2],
        "status": status,
        "seconds": round(results.seconds.get(task, 0.0), 2),
        "reused": reused,
    }


def _files(plan, work, made):
    """The files of the set, and what should be read once more."""
    files = {}
    for task in work.wanted:
        files |= made[task]
    remarks = [*narrative.misnamed(paths.NARRATIVE / plan.name, plan)]
    for place in sorted(place for place in files if place.endswith(REMARKS)):
        remarks += json.loads(files.pop(place))
    return dict(sorted(with_ways(work.case, files).items())), remarks


def _edition(request, outcome):
    """The record that everything is made from.

    Raises InputRefused where this year or the year before alone is made up.
    """
    case = edition_of(request.plan, outcome.intake, outcome.findings, request.internal)
    if refused := explain_mixture(request.plan, case.figures):
        raise InputRefused(refused)
    return case


def _new_returns(request, case, intake):
    """Yield the names of those whose returns came, or came again, since the published set.

    Two sets of one year can be compared: their difference is what these returns added.
    """
    if request.internal or not (request.shown / edition.RUN).exists():
        return
    published = edition.published_returns(request)
    if not published:
        yield NOT_COMPARED
        return
    new = {name for name, sent in intake.fingerprints.items() if published.get(name) != sent}
    reporters = {*intake.returns.reporter[intake.returns.file.isin(new)]}
    names = case.names | {case.plan.province: case.plan.own_bodies}
    if reporters:
        senders = join_items(
            [names[code] for code in case.plan.reporters.index if code in reporters]
        )
        yield f"Báo cáo gửi sau khi có bộ đang công bố: {senders}. {COMPARABLE}"


def _units(request, every, found):
    """The units of the set: those asked for, and all whose results are kept; raises InputRefused if
    it would shrink and nobody said that it may.
    """
    reporters, asked = request.plan.reporters, request.asked
    lacking = {task.unit for task in every if task not in found} - asked
    units = tuple(unit for unit in reporters.index if unit not in lacking)
    try:
        jobs = json.loads((request.shown / edition.RUN).read_bytes())["jobs"]
        shown = {job["unit"] for job in jobs if job["status"] == "done"}
    except FileNotFoundError:
        return units
    except (ValueError, KeyError, TypeError):  # a damaged record: the set may have any unit
        shown = {*reporters.index}
    lost = sorted(shown - {*units})
    if lost and not request.partial:
        words = (
            f"bộ đang có gồm cả {join_items([*reporters.inline_name[lost]])}, mà kết quả cũ không "
            "còn dùng được"
        )
        again = " ".join(f"--unit {unit}" for unit in sorted({*asked, *lost}))
        raise InputRefused(
            f"Chưa chạy riêng được: {words}. Chạy tất cả: pcmd-eval run; hoặc: pcmd-eval run "
            f"{again}; hoặc thêm --partial để công bố bộ ít đơn vị hơn."
        )
    return units
