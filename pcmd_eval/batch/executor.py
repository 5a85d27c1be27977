"""Execute tasks side by side, each in a worker process, and store their results."""

import multiprocessing
import os
import pickle
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

from pcmd_eval.batch import worker_process
from pcmd_eval.batch.fingerprint import hash_environment
from pcmd_eval.batch.result_store import save_result
from pcmd_eval.batch.run_request import ProgressCallback, Request
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, SITE, Task, TaskFailed, TaskInputs
from pcmd_eval.util.errors import InputRefused

# In a Dask worker: taken by its first task, and kept.
_preloading = threading.Lock()
PHASES = {NOTEBOOK: "Chạy sổ", DOCUMENT: "Làm báo cáo Word", SITE: "Làm trang tổng hợp"}


class Results(NamedTuple):
    """The causes of failures by path, and the seconds that each executed task took."""

    failed: dict[str, str]
    seconds: dict[Task, float]


def execute_tasks(
    pending: Mapping[Task, Path],
    inputs: Mapping[str, TaskInputs],
    request: Request,
    progress: ProgressCallback,
) -> Results:
    """Execute tasks and store each result in the folder that `pending` names for it.

    `inputs`: by key. Results are kept on disk only: those of many units would not fit into memory.
    A failed task is recorded, and the others go on; raises OSError for a disk that is full.
    """
    results = Results({}, {})
    if not pending:
        return results
    total = Counter(task.kind for task in pending)
    done: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for kind in total:
        progress(PHASES[kind], 0, total[kind], 0)
    with _pool(request.jobs, request.scheduler, inputs) as submit:
        futures = {submit(task): task for task in pending}
        for future in as_completed([*futures]):
            task = futures.pop(future)  # frees the result after this turn
            try:
                files, results.seconds[task] = future.result()
            except Exception as error:
                expected = InputRefused | worker_process.WorkerDied | TaskFailed
                message = str(error)
                is_expected = isinstance(error, expected)
                cause = message if is_expected else f"{type(error).__name__}: {message}"
                results.failed[task.path or task.kind] = cause
                results.seconds[task] = 0.0
                failed[task.kind] += 1
            else:
                save_result(pending[task], task.key, files)
            done[task.kind] += 1
            progress(PHASES[task.kind], done[task.kind], total[task.kind], failed[task.kind])
    return results


def _run_timed(task: Task, inputs: TaskInputs) -> tuple[dict[str, bytes], float]:
    """Return the files of a task and the seconds it took."""
    start = time.monotonic()
    files = worker_process.run_in_worker("pcmd_eval.batch.task_runner:run_task", task, inputs)
    return files, time.monotonic() - start


# In a Dask worker: as its program was when it loaded it, even if the files change later.
_hash_loaded = cache(hash_environment)


def run_on_machine(task: Task, packed: bytes) -> tuple[dict[str, bytes], float]:
    """Run a task in a Dask worker; its first one lets the fork server preload all inputs.

    `packed`: all inputs by key, compressed. Raises TaskFailed if the worker's program, plan or
    libraries are not those of the main machine.
    """
    all_inputs = pickle.loads(zlib.decompress(packed))
    inputs = all_inputs[task.inputs_key]
    for hashing in (_hash_loaded, hash_environment):
        if hashing(inputs.patterns) != inputs.environment:
            raise TaskFailed("chương trình hoặc kế hoạch của máy này khác với máy chính")
    if not _preloading.acquire(blocking=False):
        return _run_timed(task, inputs)
    with worker_process.sharing() as share:
        share([*all_inputs.values()])
        return _run_timed(task, inputs)


@contextmanager
def _pool(
    jobs: int | None, scheduler: str, inputs: Mapping[str, TaskInputs]
) -> Iterator[Callable[[Task], Future[tuple[dict[str, bytes], float]]]]:
    """Yield a function that submits a task and returns its future.

    Tasks run in threads, each of which waits for a worker process, or on the workers of a Dask
    scheduler. If the block fails, workers are killed and waiting tasks cancelled.
    """
    if scheduler:
        with _dask_client(scheduler) as client:
            executor = client.get_executor(pure=False)
            # Inputs go with each task: scattered ones would be lost with a worker that is killed.
            packed = zlib.compress(pickle.dumps(dict(inputs)))  # to a tenth
            yield lambda task: executor.submit(run_on_machine, task, packed)
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


def _dask_client(scheduler: str) -> Any:
    """Connect to a Dask scheduler; raises InputRefused if that fails or Dask is missing."""
    try:
        return resolve_name("distributed:Client")(scheduler, timeout="10s")
    except (ImportError, OSError) as error:
        raise InputRefused(f"Không dùng được bộ điều phối Dask “{scheduler}”: {error}.") from None
