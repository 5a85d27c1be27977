"""Run the whole batch: from the returns to the published set and the Word documents.

The set is made in a staging folder, run.json last, and then replaces the published set. A run that
fails or dies leaves the published set as it was.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import lazy_loader

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_editions import public_case
from pcmd_eval.analysis.case_queries import all_indicators
from pcmd_eval.evaluation.observations import is_illustrative
from pcmd_eval.office.batch import publication, workers
from pcmd_eval.office.batch.evaluate import (
    evaluate_anew,
    make_slow_files,
    path_to_returns,
    write_internal,
)
from pcmd_eval.office.batch.fingerprint import hash_inputs
from pcmd_eval.office.batch.lock import lock_output
from pcmd_eval.office.batch.papers import write_papers
from pcmd_eval.office.batch.run_request import Outcome, ProgressCallback, Request
from pcmd_eval.office.batch.tasks import (
    DOCUMENT,
    INTERNAL,
    NOTEBOOK,
    PAPERS,
    SET,
    SITE,
    SLOW_FILES,
    Cases,
    Task,
    list_tasks,
)
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.statistics.year_on_year import explain_mixture
from pcmd_eval.util.files import make_private_folder, read_files, write_atomic
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.hashes import Hashes

# Load the libraries of documents, charts and pages, while other processes read the returns.
cluster = lazy_loader.load("pcmd_eval.office.batch.cluster", suppress_warning=True)
task_files = lazy_loader.load("pcmd_eval.office.batch.task_files", suppress_warning=True)
# Loads nbconvert, which only a notebook that failed needs here.
failed_notebook = lazy_loader.load("pcmd_eval.office.batch.failed_notebook", suppress_warning=True)
_READING = "Đọc báo cáo"
_PHASES = {
    SLOW_FILES: "Viết các tệp kiểm tra",
    DOCUMENT: "Làm báo cáo Word",
    SITE: "Làm trang tổng hợp",
    NOTEBOOK: "Chạy sổ",
}
_DISCLOSURE_RISK = (
    "Ai giữ bộ đang công bố có thể so với bộ mới và suy ra số vụ việc của các "
    "đơn vị này. Muốn tránh thì "
    "đợi báo cáo cuối cùng rồi công bố một lần; lệnh vẫn chạy tiếp, bấm Ctrl+C để dừng, bộ đang "
    "công bố giữ nguyên."
)
_NOT_COMPARED = (
    "Không còn bản ghi của bộ đang công bố (internal/run.json) nên chưa biết đơn vị nào gửi báo "
    "cáo sau bộ đó. Hai bộ của cùng một năm có thể được so với nhau."
)


def run(
    request: Request,
    progress: ProgressCallback = lambda phase, done, total, failed: None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Run the whole batch; raises InputRefused or LockHeld before anything is executed.

    Nothing is executed while there are stopping issues, unless `despite` is their exact number.
    `say`: called before any task runs with lines that the user should know before publication, such
    as the units whose returns arrived after the published set.
    """
    start, started = time.monotonic(), publication.timestamp()
    with lock_output(request.folders):
        publication.finish_swap(request.folders.published)
        progress(_READING, 0, 0, 0)
        inputs = hash_inputs(request.plan, request.plan_name)
        read_files = partial(workers.map_files, meanwhile=_load_libraries)
        intake, exact = evaluate_anew(request.plan, request.returns, request.folders, read_files)
        outcome = Outcome(intake, exact)
        link = path_to_returns(request.returns, request.folders)
        if intake.stopping_count in (0, request.despite):
            received = int(intake.returns.file.notna().sum())
            progress(_READING, received, received, 0)
            record = publication.start_record(request.plan.plan, started)
            record["illustrative"] = is_illustrative(intake.returns)
            cases = _open_cases(request, exact, intake, link, say)
            outcome = replace(outcome, record=record)
            outcome = _make_all(request, cases, inputs, outcome, progress)
            publication.write_internal_record(request, outcome)
        else:
            write_internal(request.folders, make_slow_files(exact, intake, link))
    return replace(outcome, seconds=time.monotonic() - start)


def _load_libraries() -> None:
    task_files.load_libraries()  # a function: to name this one would load its module at once


def _open_cases(
    request: Request, exact: Case, intake: Intake, link: str, say: Callable[[str], None]
) -> Cases:
    """Return the exact and the public case of the run; call `say` as described in `run`.

    `link`: the path from internal/ to the returns.
    """
    public = public_case(exact)
    if reason := explain_mixture(public.plan, all_indicators(public)):  # one year is illustrative
        say(reason)
    for line in describe_new_returns(request, public, intake):
        say(line)
    name = Path(request.plan_name).name
    return Cases(name, exact, public, list_units(request), intake, link)


def _make_all(
    request: Request, cases: Cases, inputs: Hashes, outcome: Outcome, progress: ProgressCallback
) -> Outcome:
    """Do all tasks, write the files of internal/, publish the set and write the documents; return
    the completed outcome.

    Nothing is published and no document written if a task failed, or if `inputs` (as of
    `hash_inputs` when the run began) are no longer the same.
    """
    # All that tasks make, with exact figures among it.
    staged_sets = publication.staged_sets(
        request.folders.published
    ).resolve()  # tasks change folder
    made_folder = staged_sets / f"{outcome.record['run_id']}.part"
    try:
        make_private_folder(made_folder)
        outcome = _do_tasks(request, cases, made_folder, outcome, progress)
        write_internal(request.folders, read_files(made_folder / INTERNAL))
        if outcome.failed or hash_inputs(request.plan, request.plan_name) != inputs:
            return outcome
        papers = read_files(made_folder / PAPERS)
        publication.publish(request, outcome.record, made_folder / SET)
        recorded = publication.read_paper_hashes(request)
        written, remarks = write_papers(request.folders.documents, papers, recorded)
        return replace(outcome, published=True, papers=written, remarks=remarks)
    finally:
        shutil.rmtree(made_folder, ignore_errors=True)


def _do_tasks(
    request: Request, cases: Cases, made_folder: Path, outcome: Outcome, progress: ProgressCallback
) -> Outcome:
    """Do all tasks of the run and write their files below `made_folder`; return the outcome with
    its record and the causes of failures.
    """
    all_tasks = list_tasks(cases.exact, cases.public)
    tasks = [t for t in all_tasks if t.unit in cases.units or t.kind in (SLOW_FILES, SITE)]
    with closing(_run_tasks(request, cases, tasks, made_folder)) as endings:  # ends the workers
        ending_by_task = _follow_tasks(tasks, endings, progress)
    outcome.record["jobs"] = [
        _notebook_entry(task, ending_by_task.get(task))
        for task in all_tasks
        if task.kind == NOTEBOOK
    ]
    failed = {task: ending for task, ending in ending_by_task.items() if ending.failure}
    _write_failed(request, cases, [*failed.values()])
    failures = {task.path or task.kind: ending.failure for task, ending in failed.items()}
    outcome.record.update(failed=len(failures), faults=outcome.intake.stopping_count)
    documents = sum(task.kind == DOCUMENT for task in tasks)
    return replace(outcome, failed=failures, documents=documents)


def _follow_tasks(
    tasks: list[Task], endings: Iterator[workers.Ending], progress: ProgressCallback
) -> dict[Task, workers.Ending]:
    """Return how each task ended; call `progress` at the start of each phase and at each ending."""
    total, done, failed = Counter(task.kind for task in tasks), Counter[str](), Counter[str]()
    ending_by_task = {}
    for kind, number in total.items():
        progress(_PHASES[kind], 0, number, 0)
    for ending in endings:
        kind = ending.task.kind
        ending_by_task[ending.task] = ending
        done[kind] += 1
        failed[kind] += bool(ending.failure)
        progress(_PHASES[kind], done[kind], total[kind], failed[kind])
    return ending_by_task


def _run_tasks(
    request: Request, cases: Cases, tasks: list[Task], made_folder: Path
) -> Generator[workers.Ending]:
    """Do the tasks in forked processes, spawned ones or a Dask cluster, and yield each as it ends,
    with its files below `made_folder`.
    """
    if not request.scheduler and workers.START_METHOD == workers.FORK:
        make = partial(task_files.make_files, cases)
        waiting = task_files.start_tasks(cases, tasks)
        yield from workers.do_tasks(make, waiting, made_folder, request.jobs)
        return
    slow_task, *other_tasks = tasks
    assert cases.intake  # it stays here: opened workbooks cannot be sent to another process
    files = make_slow_files(cases.exact, cases.intake, cases.path_to_returns)
    for path, content in files.items():
        write_atomic(made_folder / INTERNAL / path, content)
    yield workers.Ending(slow_task, result=None, failure="", seconds=0.0)
    packed = task_files.pack(cases)
    if request.scheduler:
        yield from cluster.do_tasks(request.scheduler, packed, other_tasks, made_folder)
    else:
        make = partial(task_files.make_files_from, packed)
        yield from workers.do_tasks(make, other_tasks, made_folder, request.jobs)


def _write_failed(request: Request, cases: Cases, failed: list[workers.Ending]) -> None:
    """Replace the folder of failed notebooks by those of this run, as far as executed."""
    shutil.rmtree(request.folders.failed, ignore_errors=True)
    case = cases.public
    for ending in (one for one in failed if one.task.kind == NOTEBOOK):
        task = ending.task
        parameters = {"plan": cases.plan_name, "unit": task.unit}
        unit, plan = case.units.full_name[task.unit], f"Kế hoạch {case.plan.plan}, năm {case.year}"
        files = failed_notebook.failed_files(
            task.template, parameters, ending.record, ending.failure, unit, plan
        )
        for suffix, content in files.items():
            write_atomic(request.folders.failed / f"{task.path}{suffix}", content)


def _notebook_entry(task: Task, ending: workers.Ending | None) -> dict[str, object]:
    """Return the entry of one notebook in run.json.

    `ending`: None if the unit is not in the set. `status`: done, failed or missing.
    """
    status = ("failed" if ending.failure else "done") if ending else "missing"
    return {
        "unit": task.unit,
        "notebook": task.path.rpartition("/")[2],
        "status": status,
        "seconds": round(ending.seconds, 2) if ending else 0.0,
    }


def describe_new_returns(request: Request, case: Case, intake: Intake) -> Iterator[str]:
    """Yield a line that names the reporters whose returns are new or changed since the published
    set, or a line that they cannot be compared.

    Nothing unless communes report: only there does the difference of two sets disclose their cases.
    """
    if not case.plan.communes_report or not (request.folders.published / publication.RUN).exists():
        return
    published = publication.read_published_returns(request)
    if not published:
        yield _NOT_COMPARED
        return
    new = {name for name, _ in intake.fingerprints.items() - published.items()}
    reporters = {*intake.returns.reporter[intake.returns.file.isin(new)]}
    names = case.names | {case.plan.province: case.plan.own_bodies}
    if reporter_names := [names[code] for code in case.plan.reporters.index if code in reporters]:
        listed = join_or_count(reporter_names)
        yield f"Báo cáo gửi sau khi có bộ đang công bố: {listed}. {_DISCLOSURE_RISK}"


def list_units(request: Request) -> tuple[str, ...]:
    """Return the codes of the units of the set, in the plan's order: the requested ones (default:
    all) and those of the published set, which never loses a unit.
    """
    reporters = request.plan.reporters.index
    units = {*(request.units or reporters)}
    try:
        jobs = json.loads((request.folders.published / publication.RUN).read_bytes())["jobs"]
        units |= {job["unit"] for job in jobs if job["status"] == "done"}
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):  # a damaged record: the set may have any unit
        units = {*reporters}
    return tuple(unit for unit in reporters if unit in units)
