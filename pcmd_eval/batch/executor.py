"""Run tasks side by side, each in a process of its own, and keep what they make."""

import multiprocessing
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import NamedTuple

from pcmd_eval.batch import result_store as store
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.batch.run_request import Request, Watch
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, SITE, Failed, Given, Task
from pcmd_eval.util.errors import InputRefused

PHASES = {NOTEBOOK: "Chạy sổ", DOCUMENT: "Làm báo cáo Word", SITE: "Làm trang tổng hợp"}


class Results(NamedTuple):
    """The files of each task that was made, the causes of failures by place, and the seconds."""

    files: dict[Task, dict[str, bytes]]
    failed: dict[str, str]
    seconds: dict[Task, float]


def executed(pending: list[Task], given: Given, request: Request, watch: Watch) -> Results:
    """Keep each result as it comes; `given`: what all these tasks are given."""
    results = Results({}, {}, {})
    if not pending:
        return results
    total, done, wrong = Counter(task.kind for task in pending), Counter(), Counter()
    for kind in total:
        watch(PHASES[kind], 0, total[kind], 0)
    with _pool(request.jobs, request.scheduler) as pool:
        futures = {pool.submit(_timed, task, given): task for task in pending}
        for future in as_completed(futures):
            task = futures[future]
            try:
                results.files[task], results.seconds[task] = future.result()
                store.keep(request.store, task.key, results.files[task])
            except OSError:  # a full disk
                raise
            except Exception as error:
                known = isinstance(error, InputRefused | fresh.Died | Failed)
                cause = str(error) if known else f"{type(error).__name__}: {error}"
                results.failed[task.place or task.kind] = cause
                results.seconds[task] = 0.0
                wrong[task.kind] += 1
            done[task.kind] += 1
            watch(PHASES[task.kind], done[task.kind], total[task.kind], wrong[task.kind])
    return results


def _timed(task, given):
    """The files of a task, and how many seconds they took."""
    clock = time.monotonic()
    files = fresh.in_fresh_process("pcmd_eval.batch.task_runner:make", task, given)
    return files, time.monotonic() - clock


@contextmanager
def _pool(jobs, scheduler):
    """What runs tasks: threads that wait for a process each, or the workers of a Dask scheduler."""
    if scheduler:
        try:
            client = resolve_name("distributed:Client")(scheduler, timeout="10s")
        except (ImportError, OSError) as error:
            raise InputRefused(
                f"Không dùng được bộ điều phối Dask “{scheduler}”: {error}."
            ) from None
        with client:
            yield client.get_executor(pure=False)
        return
    fresh.warm()
    resolve_name(fresh.DRAW)  # which loads matplotlib while the server gets ready
    pool = ThreadPoolExecutor(jobs or (os.cpu_count() or 1) + 1)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        pool.shutdown()
