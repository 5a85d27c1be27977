"""Execute tasks side by side, each in a worker process, and store their results."""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name
from typing import NamedTuple

from pcmd_eval.batch import worker_process
from pcmd_eval.batch.result_store import save_result
from pcmd_eval.batch.run_request import ProgressCallback, Request
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, SITE, Task, TaskFailed, TaskInputs
from pcmd_eval.util.errors import InputRefused

PHASES = {NOTEBOOK: "Chạy sổ", DOCUMENT: "Làm báo cáo Word", SITE: "Làm trang tổng hợp"}


class Results(NamedTuple):
    """The causes of failures by path, and the seconds that each task took."""

    failed: dict[str, str]
    seconds: dict[Task, float]


def execute_tasks(
    pending: Mapping[Task, Path],
    inputs: Mapping[str, TaskInputs],
    request: Request,
    progress: ProgressCallback,
) -> Results:
    """Execute tasks and store each result in the folder given for it.

    `inputs`: the inputs of tasks by their key. Results stay on disk alone: a set of many units
    would not fit into memory.
    """
    results = Results({}, {})
    if not pending:
        return results
    total, done, failed = Counter(task.kind for task in pending), Counter(), Counter()
    for kind in total:
        progress(PHASES[kind], 0, total[kind], 0)
    with _pool(request.jobs, request.scheduler, inputs) as submit:
        futures = {submit(task): task for task in pending}
        for future in as_completed([*futures]):
            task = futures.pop(future)  # and with it the result
            try:
                files, results.seconds[task] = future.result()
                save_result(pending[task], task.key, files)
            except OSError:  # a full disk
                raise
            except Exception as error:
                expected = InputRefused | worker_process.WorkerDied | TaskFailed
                words = str(error)
                cause = words if isinstance(error, expected) else f"{type(error).__name__}: {words}"
                results.failed[task.path or task.kind] = cause
                results.seconds[task] = 0.0
                failed[task.kind] += 1
            done[task.kind] += 1
            progress(PHASES[task.kind], done[task.kind], total[task.kind], failed[task.kind])
    return results


def _run_timed(task, inputs):
    """Return the files of a task and the seconds it took."""
    start = time.monotonic()
    files = worker_process.run_in_worker("pcmd_eval.batch.task_runner:run_task", task, inputs)
    return files, time.monotonic() - start


@contextmanager
def _pool(jobs, scheduler, inputs):
    """Yield submit(task) -> future, of threads that wait for a worker process each, or of the
    workers of a Dask scheduler.
    """
    if scheduler:
        with _dask_client(scheduler) as client:
            executor = client.get_executor(pure=False)
            # Not scattered: scattered tables would be lost with the worker that holds them.
            yield lambda task: executor.submit(_run_timed, task, inputs[task.inputs_key])
        return
    worker_process.start_server()
    resolve_name(worker_process.DRAW)  # loads matplotlib while the server starts
    pool = ThreadPoolExecutor(jobs or (os.cpu_count() or 1) + 1)
    try:
        yield lambda task: pool.submit(_run_timed, task, inputs[task.inputs_key])
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        pool.shutdown()


def _dask_client(scheduler):
    try:
        return resolve_name("distributed:Client")(scheduler, timeout="10s")
    except (ImportError, OSError) as error:
        raise InputRefused(f"Không dùng được bộ điều phối Dask “{scheduler}”: {error}.") from None
