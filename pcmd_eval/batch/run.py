"""Run the whole batch: from the returns to the published set and the Word documents.

The set is written into a staging folder, run.json last, and then replaces the published set. A run
that fails or dies leaves the published set as it was, and its finished results in the store.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pcmd_eval.analysis.session import Case, edition_of
from pcmd_eval.batch import publication, worker_process
from pcmd_eval.batch.evaluate import hash_evaluation_environment, load_or_evaluate
from pcmd_eval.batch.executor import execute_tasks
from pcmd_eval.batch.fingerprint import digest, hash_files, hash_notebooks
from pcmd_eval.batch.result_store import delete_others, has_result, load_result, lock_output
from pcmd_eval.batch.run_request import Outcome, ProgressCallback, Request
from pcmd_eval.batch.tasks import (
    DOCUMENT,
    NOTEBOOK,
    REMARKS,
    SITE,
    Task,
    TaskInputs,
    collect_inputs,
    list_documents,
    list_notebooks,
)
from pcmd_eval.evaluation.observations import is_illustrative
from pcmd_eval.reports import narrative
from pcmd_eval.reports.placeholders import PAPERS, Paper, file_name, summarize_remarks
from pcmd_eval.site.navigation import PageLinks
from pcmd_eval.statistics.year_on_year import explain_mixture
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.formatting import join_or_count

READING = "Đọc báo cáo"
COMPARABLE = (
    "Ai giữ bộ đang công bố có thể so với bộ mới và suy ra phần của các đơn vị này. Muốn tránh thì "
    "đợi báo cáo cuối cùng rồi công bố một lần; lệnh vẫn chạy tiếp, bấm Ctrl+C để dừng, bộ đang "
    "công bố giữ nguyên."
)
NOT_COMPARED = (
    "Không còn bản ghi của bộ đang công bố (internal/run.json) nên chưa biết đơn vị nào gửi báo "
    "cáo sau bộ ấy. Hai bộ của cùng một năm có thể được so với nhau."
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
    with (
        lock_output(request.places),
        worker_process.sharing() as share,
        ThreadPoolExecutor(1) as background,
    ):
        publication.finish_swap(request.target)
        progress(READING, 0, 0, 0)
        if not request.scheduler and not request.target.exists():
            worker_process.start_server()
        evaluation = load_or_evaluate(request.plan, request.returns, request.places)
        reports = background.submit(evaluation.write_reports)
        outcome = Outcome(evaluation.intake, evaluation.findings)
        if evaluation.intake.stopping in (0, request.despite):
            sources = _hash_sources(request, evaluation.environment)
            work = _plan_work(request, outcome, say)
            pending = work.pending
            share([*work.inputs.values()])
            if pending:
                received = int(evaluation.intake.returns.file.notna().sum())
                progress(READING, received, received, 0)
            results = execute_tasks(pending, work.inputs, request, progress)
            reports.result()  # raises what failed there: nothing is published without reports
            outcome = replace(outcome, record=_run_record(work, results, started, outcome))
            outcome = _publish(request, work, results, sources, replace(outcome, case=work.exact))
            publication.write_internal_record(request, outcome)
        reports.result()
    return replace(outcome, seconds=time.monotonic() - start)


@dataclass(frozen=True, eq=False)
class _Work:
    """The work of a run.

    `case`: of the edition to publish; `exact`: with exact figures, for documents; `inputs`: by key;
    `listed`: every notebook and document; `units`: those of the set; `required`: the tasks whose
    results the set and its documents need; `pending`: those of them without a result in the store,
    with the folder to store it in.
    """

    request: Request
    case: Case
    exact: Case
    inputs: dict[str, TaskInputs]
    listed: list[Task]
    required: list[Task]
    units: tuple[str, ...]
    pending: dict[Task, Path]

    def store_of(self, task: Task) -> Path:
        """Return the folder in which the result of a task is stored."""
        return _store_of(self.request, task)

    def load(self, task: Task) -> dict[str, bytes]:
        """Return the files of a task by path; raises InputRefused if they are damaged by now."""
        files = load_result(self.store_of(task), task.key)
        if files is None:
            raise InputRefused("Kết quả trong thư mục store bị hỏng trong khi chạy. Chạy lại.")
        return files


def _store_of(request, task):
    return request.document_store if task.kind == DOCUMENT else request.page_store


def _plan_work(request, outcome, say):
    """Return the work of the run; call `say` with lines for the user, see `run`.

    Raises InputRefused if the published set would lose a unit.
    """
    read = (request.plan, outcome.intake, outcome.findings)
    exact = edition_of(*read, internal=True)
    case = exact if request.internal else edition_of(*read, internal=False, totals=exact.totals)
    if mixture := explain_mixture(case.plan, case.indicators):
        say(mixture)
    for line in describe_new_returns(request, case, outcome.intake):
        say(line)
    shared = {
        NOTEBOOK: collect_inputs(case, request.plan_name, documents=False),
        SITE: collect_inputs(case, request.plan_name, documents=True),
        DOCUMENT: collect_inputs(exact, request.plan_name, documents=True),
    }
    # Documents first: they take longest, and would otherwise be the last to end.
    listed = [*list_documents(exact, shared[DOCUMENT]), *list_notebooks(case, shared[NOTEBOOK])]
    pending = {
        task: _store_of(request, task)
        for task in listed
        if not has_result(_store_of(request, task), task.key)
    }
    units = _choose_units(request, pending)
    site = Task(shared[SITE].key, SITE, "", case.unit, units=units)
    pending = {task: store for task, store in pending.items() if task.unit in units}
    if not has_result(request.page_store, site.key):
        pending[site] = request.page_store
    required = [task for task in listed if task.unit in units]
    inputs = {inputs.key: inputs for inputs in shared.values()}
    return _Work(request, case, exact, inputs, listed, [*required, site], units, pending)


def _run_record(work, results, started, outcome):
    """Return the record of this run, without the entries that `publication.publish` adds."""
    record = publication.start_record(work.case.plan.plan, started)
    record["illustrative"] = is_illustrative(outcome.intake.returns)
    record["jobs"] = [_job(task, work, results) for task in work.listed if task.kind == NOTEBOOK]
    return record | {"failed": len(results.failed), "faults": outcome.intake.stopping}


def _job(task, work, results):
    """Return the entry of one notebook in run.json."""
    status = "failed" if task.path in results.failed else "done"
    reused = task not in results.seconds
    if task.unit not in work.units:
        status, reused = "missing", False
    return {
        "unit": task.unit,
        "notebook": task.path.rpartition("/")[2],
        "status": status,
        "seconds": round(results.seconds.get(task, 0.0), 2),
        "reused": reused,
    }


def _publish(request, work, results, sources, outcome):
    """Publish the set and write the documents; return the completed outcome.

    Does neither if a task failed, or if a source changed since the run began (`sources`: its hash).
    """
    environment = hash_evaluation_environment(request.plan, request.returns, request.places)
    documents = sum(task.kind == DOCUMENT for task in work.pending)
    outcome = replace(outcome, failed=results.failed, documents=documents)
    if results.failed or _hash_sources(request, environment) != sources:
        return outcome
    publication.publish(request, outcome.record, _published_files(work))
    remarks = _write_documents(work)
    delete_others(request.page_store, {task.key for task in work.required})
    delete_others(request.document_store, {task.key for task in work.listed})
    return replace(outcome, published=True, remarks=remarks)


def _hash_sources(request, environment):
    """Return the hash of everything that a set and its documents depend on, except the returns."""
    narratives = hash_files(paths.NARRATIVE / request.plan.name)
    return digest(environment, hash_notebooks(request.plan), narratives)


def _published_files(work):
    """Yield path and content of every file of the set, one task at a time."""
    links = PageLinks(work.case, work.units)
    for task in work.required:
        if task.kind == DOCUMENT:
            continue
        for path, content in work.load(task).items():
            is_page = task.kind == NOTEBOOK and path.endswith(".html")
            yield path, links.link_page(path, content, task.unit) if is_page else content


def _write_documents(work):
    """Write the Word documents of the units of the set; return remarks on what to read once more.

    Removes documents of another kind on these units.
    """
    plan, folder = work.case.plan, work.request.places.documents
    left, written, outdated = [], set(), set()
    for task in work.required:
        if task.kind != DOCUMENT:
            continue
        files = work.load(task)
        left.append(json.loads(files[f"{task.path}.{REMARKS}"]))
        path, document = folder / task.path, files[task.path]
        if not path.is_file() or path.read_bytes() != document:
            write_atomic(path, document)
        written.add(task.path)
        papers = [Paper(kind, task.unit) for kind in PAPERS]
        outdated |= {file_name(work.exact, paper) for paper in papers}
    for name in outdated - written:  # such as the letter to a unit that now gets a notice
        (folder / name).unlink(missing_ok=True)
    return [*narrative.misnamed(paths.NARRATIVE / plan.name, plan), *summarize_remarks(left)]


def describe_new_returns(request, case, intake):
    """Yield a line that names the senders of returns that are new, or changed, since the published
    set; or one that says that this cannot be known.

    The difference between two sets of a year discloses what these returns added.
    """
    if request.internal or not (request.target / publication.RUN).exists():
        return
    published = publication.read_published_returns(request)
    if not published:
        yield NOT_COMPARED
        return
    new = {name for name, sent in intake.fingerprints.items() if published.get(name) != sent}
    reporters = {*intake.returns.reporter[intake.returns.file.isin(new)]}
    names = case.names | {case.plan.province: case.plan.own_bodies}
    if reporters:
        senders = [names[code] for code in case.plan.reporters.index if code in reporters]
        yield f"Báo cáo gửi sau khi có bộ đang công bố: {join_or_count(senders)}. {COMPARABLE}"


def _choose_units(request, pending):
    """Return the units of the set: the required ones, and all whose results are in the store.

    Raises InputRefused if the published set has others, unless the request is `partial`.
    """
    reporters, required = request.plan.reporters, request.required_units
    unavailable = {task.unit for task in pending} - required
    units = tuple(unit for unit in reporters.index if unit not in unavailable)
    try:
        jobs = publication.read_record(request.target)["jobs"]
        published = {job["unit"] for job in jobs if job["status"] == "done"}
    except FileNotFoundError:
        return units
    except (ValueError, KeyError, TypeError):  # a damaged record: the set may have any unit
        published = {*reporters.index}
    lost = sorted(published - {*units})
    if lost and not request.partial:
        words = (
            f"bộ đang có gồm cả {join_or_count([*reporters.inline_name[lost]])}, mà kết quả cũ "
            "không còn dùng được"
        )
        options = " ".join(f"--unit {unit}" for unit in sorted({*required, *lost}))
        raise InputRefused(
            f"Chưa chạy riêng được: {words}. Chạy tất cả: pcmd-eval run; hoặc: pcmd-eval run "
            f"{options}; hoặc thêm --partial để công bố bộ ít đơn vị hơn."
        )
    return units
