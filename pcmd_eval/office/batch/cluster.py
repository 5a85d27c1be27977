"""Do tasks on the machines of a Dask cluster, each in its own process there."""

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from functools import cache, partial
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any

from pcmd_eval.office.batch.fingerprint import hash_environment
from pcmd_eval.office.batch.task_files import make_files_from
from pcmd_eval.office.batch.tasks import Task
from pcmd_eval.office.batch.workers import SPAWN, Ending
from pcmd_eval.office.batch.workers import do_tasks as do_tasks_here
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import Files, read_files, write_atomic

# A worker of Dask has threads. A fork server has none, and has loaded the libraries.
_START_METHOD = "forkserver" if sys.platform == "linux" else SPAWN
_PRELOADED = ["pcmd_eval.office.batch.notebook_run", "pcmd_eval.office.batch.task_files"]
# In a worker of Dask: as its program was at its first task, even if the files change later.
_hash_loaded = cache(hash_environment)


def do_tasks(
    scheduler: str, packed: bytes, tasks: Sequence[Task], target: Path
) -> Iterator[Ending]:
    """Do the tasks on the workers of a Dask scheduler (`scheduler`: its address), write their files
    below `target`, and yield each task as it ends.

    `packed`: the cases as `task_files.pack` returns them, sent with each task: a worker that is
    killed would lose cases sent ahead. Raises InputRefused if the scheduler cannot be reached or
    Dask is missing, OSError for a full disk.
    """
    environment = hash_environment()
    with _connect(scheduler) as client:
        executor = client.get_executor(pure=False)
        futures = {executor.submit(_do_task, task, packed, environment): task for task in tasks}
        for future in as_completed([*futures]):
            task = futures.pop(future)  # frees the files after this turn
            try:
                ending, files = future.result()
            except Exception as error:  # of Dask, such as a worker that died with several tasks
                ending, files = Ending(task, None, f"{type(error).__name__}: {error}", 0.0), {}
            for path, content in files.items():
                write_atomic(target / path, content)
            yield ending


def _connect(scheduler: str) -> Any:
    """Connect to a Dask scheduler; raises InputRefused if that fails or Dask is missing."""
    try:
        return resolve_name("distributed:Client")(scheduler, timeout="10s")
    except (ImportError, OSError) as error:
        raise InputRefused(f"Không dùng được bộ điều phối Dask “{scheduler}”: {error}.") from None


def _do_task(task: Task, packed: bytes, environment: str) -> tuple[Ending, Files]:
    """Do a task in a worker of Dask; return its end and its files by path.

    The task fails if code, data or libraries of this machine differ from those of the main one
    (`environment`: its hash).
    """
    if not environment == _hash_loaded() == hash_environment():
        failure = "chương trình hoặc dữ liệu của máy này khác với máy chính"
        return Ending(task, None, failure, 0.0), {}
    # Workers of Dask are daemons, which may not start processes; ours end with them. Without
    # `__file__` they do not run the script of the worker again.
    multiprocessing.current_process().daemon = False
    vars(sys.modules["__main__"]).pop("__file__", None)
    multiprocessing.set_forkserver_preload(_PRELOADED)
    with TemporaryDirectory(prefix="pcmd-") as folder:
        target, make = Path(folder), partial(make_files_from, packed)
        [ending] = do_tasks_here(make, [task], target, method=_START_METHOD)
        return ending, read_files(target)
