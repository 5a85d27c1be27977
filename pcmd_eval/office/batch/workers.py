"""Do tasks side by side, each in a process of its own with limits on time and memory.

On Linux a process is forked from this one, which must have no other threads, and has everything
that it loaded; elsewhere, and on the machines of a Dask cluster, it is started with its arguments.
"""

import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import Files, write_atomic

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment] # told by `is None`

# Limits for one task; memory in bytes, in addition to what its process starts with.
TASK_SECONDS, TASK_MEMORY = 300, 2048 * 2**20
FORK, SPAWN = "fork", "spawn"  # start methods
START_METHOD = FORK if sys.platform == "linux" else SPAWN
_PDEATHSIG = 1  # PR_SET_PDEATHSIG of Linux


class TaskFailed(Exception):
    """The result of a task does not count; the message says why."""


class Made(NamedTuple):
    """The files that a task made, by path; `result`: of any type, passed on in `Ending`."""

    files: Files
    result: Any = None


class Ending(NamedTuple):
    """The end of a task, after `seconds`.

    `result`: of `Made`; `failure`: the reason, "" if it succeeded; `record`: the text of the file
    `RECORD` that a failed task wrote.
    """

    task: Any
    result: Any
    failure: str
    seconds: float
    record: str = ""


# Files in the folder of a task: what it leaves if it fails, and its steps, a line each. Not
# messages: the process of the run would wake at each, next to workers that fill all processors.
RECORD, _STEP = "executed.jsonl", "step"
ReportStep = Callable[[str], object]
Make = Callable[[Any, Path, ReportStep], Made]


def do_tasks(
    make: Make,
    tasks: Iterable[Any],
    target: Path,
    jobs: int | None = None,
    seconds: float = TASK_SECONDS,
    memory: int = TASK_MEMORY,
    method: str | None = None,
) -> Iterator[Ending]:
    """Call `make(task, folder, report_step)` for each task in a process of its own, which writes
    the files below `target`; yield each task as it ends. Raises OSError for a full disk.

    `folder` is empty and removed afterwards; `report_step(text)` sets the prefix of the failure
    message if the process dies or takes longer than `seconds`. `jobs`: processes at once; `memory`:
    bytes. A task is taken from `tasks` only when its process can start. If the caller stops
    iterating, all processes are killed.
    """
    waiting, running = iter(tasks), dict[Connection, _Worker]()
    with tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as folder:
        try:
            while True:
                while len(running) < (jobs or os.cpu_count() or 1):
                    if (task := next(waiting, None)) is None:
                        break
                    worker = _Worker(
                        make, task, Path(folder), target, memory, method or START_METHOD
                    )
                    running[worker.pipe] = worker
                if not running:
                    return
                wait([*running], timeout=1)
                for pipe, worker in [*running.items()]:
                    if ending := worker.poll(seconds):
                        del running[pipe]
                        yield ending
        finally:
            for worker in running.values():
                worker.kill()


def map_files(
    read: Callable[[Path], Any],
    files: Sequence[Path],
    meanwhile: Callable[[], object] | None = None,
) -> list[Any]:
    """Return `read(file)` for each file, read in forked processes, one for each processor, while
    this one calls `meanwhile`; in this process, without calling it, where none can be forked.

    Raises InputRefused if such a process dies.
    """
    if START_METHOD != FORK:
        return [*map(read, files)]
    shares = min(os.cpu_count() or 1, len(files))
    results: list[Any] = [None] * len(files)
    seconds = TASK_SECONDS * len(files)

    def start_shares() -> Iterator[int]:
        yield from range(shares)
        if meanwhile:  # `do_tasks` asks for one more task when all shares have started
            meanwhile()

    def read_share(first: int, folder: Path, report_step: ReportStep) -> Made:
        return Made({}, [*map(read, files[first::shares])])

    for ending in do_tasks(read_share, start_shares(), Path(), shares + 1, seconds):
        if ending.failure:
            names = ", ".join(file.name for file in files[ending.task :: shares])
            raise InputRefused(f"Không đọc được một trong các tệp {names}: {ending.failure}.")
        results[ending.task :: shares] = ending.result
    return results


class _Worker:
    """A process that does one task."""

    def __init__(
        self, make: Make, task: Any, folder: Path, target: Path, memory: int, method: str
    ) -> None:
        self._task, self._start = task, time.monotonic()
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        context: Any = multiprocessing.get_context(method)
        self.pipe, child_pipe = context.Pipe(duplex=False)
        arguments = (child_pipe, make, task, self._folder, target, memory)
        self._process = context.Process(target=_run_worker, args=arguments, daemon=True)
        self._process.start()
        child_pipe.close()

    def poll(self, seconds: float) -> Ending | None:
        """Return how the task ended, and kill its process; None while it runs within `seconds`.

        Raises OSError for a full disk.
        """
        elapsed = time.monotonic() - self._start
        result = None
        if self.pipe.poll():
            try:
                failure, result = self.pipe.recv()
            except EOFError:
                self._process.join()
                code = self._process.exitcode
                failure = f"{self._step}tiến trình dừng đột ngột (mã {code})"
        elif elapsed > seconds:
            failure = f"{self._step}quá {seconds:g} giây"
        else:
            return None
        record = self._read(RECORD) if failure else ""
        self.kill()
        if isinstance(failure, OSError):
            raise failure
        whole_lines = record[: record.rfind("\n") + 1]  # its last line may be cut off
        return Ending(self._task, result, failure, elapsed, whole_lines)

    @property
    def _step(self) -> str:
        """Return the last step that the task has reported, "" for none."""
        return "".join(self._read(_STEP).splitlines()[-1:])

    def _read(self, name: str) -> str:
        """Return the text of a file that the task has written into its folder, "" without one."""
        file = self._folder / name
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def kill(self) -> None:
        """End the process and remove its folder."""
        self._process.kill()
        self._process.join()
        self.pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)


# ---- in the process of a worker ------------------------------------------------------------------


def _run_worker(
    pipe: Connection, make: Make, task: Any, folder: Path, target: Path, memory: int
) -> None:
    """Run in the worker process: do a task, write its files, send its answer, and exit without the
    exit handlers that the parent registered.
    """
    try:
        # The parent acts on Ctrl-C, and kills this.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _end_with_parent()
        if sys.platform == "linux":
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + memory,) * 2)
        with (folder / _STEP).open("w", encoding="utf-8") as steps:  # opened once: that is slow
            report_step = partial(print, file=steps, flush=True)
            answer = _answer(make, task, folder, target, report_step)
        with suppress(OSError):  # the other end is gone
            pipe.send(answer)
    finally:
        os._exit(0)


def _answer(
    make: Make, task: Any, folder: Path, target: Path, report_step: ReportStep
) -> tuple[str | OSError, Any]:
    """Do a task and write its files; return (failure, result): the failure is a reason, "" for
    none, or the OSError of a full disk.
    """
    try:
        made = make(task, folder, report_step)
    except (TaskFailed, InputRefused) as error:
        return str(error), None
    except Exception as error:
        return f"{type(error).__name__}: {error}", None
    try:
        for path, content in made.files.items():
            write_atomic(target / path, content)
    except OSError as error:
        return error, None
    return "", made.result


def _end_with_parent() -> None:
    """Make the system end this process when its parent ends, even if the parent is killed."""
    parent = multiprocessing.parent_process()
    assert parent
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
        if not parent.is_alive():  # it had ended before
            os._exit(1)
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
