"""Run the whole batch: from the returns to the published set and the Word documents.

The set is written into a staging folder, run.json last, and then replaces the published set. A run
that fails or dies leaves the published set as it was, and its finished results in the store.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.session import exact_case, public_case
from pcmd_eval.batch import publication
from pcmd_eval.batch.evaluate import Evaluation, hash_evaluation_environment, load_or_evaluate
from pcmd_eval.batch.executor import Results, execute_tasks
from pcmd_eval.batch.fingerprint import hash_notebooks
from pcmd_eval.batch.result_store import delete_others, has_result, load_result, lock_output
from pcmd_eval.batch.run_request import Outcome, ProgressCallback, Record, Request
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
from pcmd_eval.intake.returns import Intake
from pcmd_eval.reports import narrative
from pcmd_eval.reports.placeholders import (
    PAPERS,
    Paper,
    enclosed_forms,
    file_name,
    form_name,
    list_addressed,
    summarize_remarks,
)
from pcmd_eval.site.navigation import PageLinks
from pcmd_eval.statistics.year_on_year import explain_mixture
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.hashes import digest, hash_files

READING = "Đọc báo cáo"
COMPARABLE = (
    "Ai giữ bộ đang công bố có thể so với bộ mới và suy ra số vụ việc của các đơn vị này. Muốn tránh thì "
    "đợi báo cáo cuối cùng rồi công bố một lần; lệnh vẫn chạy tiếp, bấm Ctrl+C để dừng, bộ đang "
    "công bố giữ nguyên."
)
NOT_COMPARED = (
    "Không còn bản ghi của bộ đang công bố (internal/run.json) nên chưa biết đơn vị nào gửi báo "
    "cáo sau bộ ấy. Hai bộ của cùng một năm có thể được so với nhau."
)


def run(
    request: Request,
    share: Callable[[Any], None],
    progress: ProgressCallback = lambda phase, done, total, failed: None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Run the whole batch; raises InputRefused or LockHeld before anything is executed.

    Nothing is executed while there are stopping issues, unless `despite` is their exact number.
    `share`: of `worker_process.sharing`. `say`: called before any task runs with lines that the
    user should know before publication, such as the units whose returns arrived after the published
    set.
    """
    start, started = time.monotonic(), publication.timestamp()
    with lock_output(request.places), ThreadPoolExecutor(1) as background:
        publication.finish_swap(request.places.published)
        progress(READING, 0, 0, 0)
        evaluation = load_or_evaluate(request.plan, request.returns, request.places)
        outcome = Outcome(evaluation.intake, evaluation.findings)
        if evaluation.intake.stopping in (0, request.despite):
            sources = _hash_sources(request, evaluation.environment)
            work = _plan_work(request, evaluation, say)
            pending = work.pending
            share([*work.inputs.values()])
            reports = background.submit(evaluation.write_reports)  # while the server loads cases
            if pending:
                received = int(evaluation.intake.returns.file.notna().sum())
                progress(READING, received, received, 0)
            results = execute_tasks(pending, work.inputs, request, progress)
            reports.result()  # raises what failed there: nothing is published without reports
            outcome = replace(outcome, record=_run_record(work, results, started, outcome))
            outcome = _publish(request, work, results, sources, replace(outcome, case=work.exact))
            publication.write_internal_record(request, outcome)
        else:
            evaluation.write_reports()
    return replace(outcome, seconds=time.monotonic() - start)


@dataclass(frozen=True, eq=False)
class _Work:
    """The work of a run.

    `case`: of the public edition; `exact`: with exact figures, for documents; `inputs`: by key;
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


def _store_of(request: Request, task: Task) -> Path:
    return request.document_store if task.kind == DOCUMENT else request.page_store


def _plan_work(request: Request, evaluation: Evaluation, say: Callable[[str], None]) -> _Work:
    """Return the work of the run; call `say` with lines for the user, see `run`."""
    intake, findings = evaluation.intake, evaluation.findings
    exact = exact_case(request.plan, intake, findings, evaluation.indicators)
    case = public_case(exact)
    if mixture := explain_mixture(case.plan, case.indicators):
        say(mixture)
    for line in describe_new_returns(request, case, intake):
        say(line)
    shared = {
        NOTEBOOK: collect_inputs(case, request.plan_name, documents=False),
        SITE: collect_inputs(case, request.plan_name, documents=True),
        DOCUMENT: collect_inputs(exact, request.plan_name, documents=True),
    }
    # Documents first: they take longest, and would otherwise be the last to end.
    listed = [*list_documents(exact, shared[DOCUMENT]), *list_notebooks(case, shared[NOTEBOOK])]
    units = list_units(request)
    site = Task(shared[SITE].key, SITE, "", case.unit, units=units)
    required = [*(task for task in listed if task.unit in units), site]
    pending = {
        task: _store_of(request, task)
        for task in required
        if not has_result(_store_of(request, task), task.key)
    }
    inputs = {inputs.key: inputs for inputs in shared.values()}
    return _Work(request, case, exact, inputs, listed, required, units, pending)


def _run_record(work: _Work, results: Results, started: str, outcome: Outcome) -> Record:
    """Return the record of this run, without the entries that `publication.publish` adds."""
    record = publication.start_record(work.case.plan.plan, started)
    record["illustrative"] = is_illustrative(outcome.intake.returns)
    record["jobs"] = [
        _notebook_entry(task, work, results) for task in work.listed if task.kind == NOTEBOOK
    ]
    return record | {"failed": len(results.failed), "faults": outcome.intake.stopping}


def _notebook_entry(task: Task, work: _Work, results: Results) -> dict[str, object]:
    """Return the entry of one notebook in run.json.

    `status`: done, failed, or missing, where its unit is not in the set.
    """
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


def _publish(
    request: Request, work: _Work, results: Results, sources: str, outcome: Outcome
) -> Outcome:
    """Publish the set and write the documents; return the completed outcome.

    Does neither if a task failed, or if a source changed since the run began (`sources`: its hash).
    """
    environment = hash_evaluation_environment(request.plan, request.returns, request.places)
    documents = sum(task.kind == DOCUMENT for task in work.pending)
    outcome = replace(outcome, failed=results.failed, documents=documents)
    if _hash_sources(request, environment) != sources:
        for task, store in work.pending.items():  # made from one or the other, nobody knows
            (store / task.key).unlink(missing_ok=True)
        return outcome
    if results.failed:
        return outcome
    publication.publish(request, outcome.record, _published_files(work))
    remarks = _write_documents(work)
    for store in (request.page_store, request.document_store):
        delete_others(store, {task.key for task in work.required})
    return replace(outcome, published=True, remarks=remarks)


def _hash_sources(request: Request, environment: str) -> str:
    """Return the hash of everything that a set and its documents depend on, except the returns."""
    narratives = hash_files(paths.NARRATIVE / request.plan.name)
    return digest(environment, hash_notebooks(request.plan), narratives)


def _published_files(work: _Work) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of the published set, one task at a time.

    `_write_documents` writes the Word documents, which are not in it."""
    links = PageLinks(work.case, work.units)
    for task in work.required:
        if task.kind == DOCUMENT:
            continue
        for path, content in work.load(task).items():
            is_page = task.kind == NOTEBOOK and path.endswith(".html")
            yield path, links.link_page(path, content, task.unit) if is_page else content


def _write_documents(work: _Work) -> list[str]:
    """Write the Word documents of the units of the set, and the forms that letters enclose; return
    remarks on what to read once more.

    Removes documents of another kind on these units, and forms that no letter encloses any more.
    """
    plan, folder = work.case.plan, work.request.places.documents
    left, written, outdated = [], set(), set()
    for task in work.required:
        if task.kind != DOCUMENT:
            continue
        files = work.load(task)
        left.append(json.loads(files[f"{task.path}.{REMARKS}"]))
        assert task.paper, task.path
        enclosed = enclosed_forms(work.exact, Paper(task.paper, task.unit))
        for name, content in ({task.path: files[task.path]} | enclosed).items():
            if not (folder / name).is_file() or (folder / name).read_bytes() != content:
                write_atomic(folder / name, content)
            written.add(name)
        papers = [Paper(kind, task.unit) for kind in PAPERS]
        outdated |= {file_name(work.exact, paper) for paper in papers}
        outdated |= {form_name(plan, unit) for unit in list_addressed(work.exact, task.unit)}
    for name in outdated - written:  # such as the letter to a unit that now gets a notice
        (folder / name).unlink(missing_ok=True)
    return [*narrative.misnamed(paths.NARRATIVE / plan.name, plan), *summarize_remarks(left)]


def describe_new_returns(request: Request, case: Case, intake: Intake) -> Iterator[str]:
    """Yield a line that names the senders of returns that are new, or changed, since the published
    set; or one that says that this cannot be known.

    Only where communes report: the difference between two sets of a year discloses their cases.
    """
    if not case.plan.communes_report or not (request.places.published / publication.RUN).exists():
        return
    published = publication.read_published_returns(request)
    if not published:
        yield NOT_COMPARED
        return
    new = {name for name, sent in intake.fingerprints.items() if published.get(name) != sent}
    reporters = {*intake.returns.reporter[intake.returns.file.isin(new)]}
    names = case.names | {case.plan.province: case.plan.own_bodies}
    if senders := [names[code] for code in case.plan.reporters.index if code in reporters]:
        yield f"Báo cáo gửi sau khi có bộ đang công bố: {join_or_count(senders)}. {COMPARABLE}"


def list_units(request: Request) -> tuple[str, ...]:
    """Return the units of the set, in order: the requested ones and those of the published set,
    which never loses a unit.
    """
    reporters = request.plan.reporters.index
    units = {*(request.units or reporters)}
    try:
        jobs = publication.read_record(request.places.published)["jobs"]
        units |= {job["unit"] for job in jobs if job["status"] == "done"}
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):  # a damaged record: the set may have any unit
        units = {*reporters}
    return tuple(unit for unit in reporters if unit in units)
