"""Run a function in a worker process with limits on time and memory.

On Linux the process is forked from a fork server that has loaded everything, elsewhere spawned.
"""

import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment] # told by `is None`

# Limits for one task; memory in bytes, in addition to what its process starts with.
SECONDS, MEMORY = 300, 2048 * 2**20
START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
PRELOAD = "pcmd_eval.batch.preload"
# The environment variable with the path of the file in which the server receives shared objects.
# The file's name is the id of the process that writes it.
_SHARED_FILE = "PCMD_SHARING"
DRAW = "pcmd_eval.charts.picture:draw"
# Kinds of message from a worker process to its parent.
_STEP, _DRAWING, _RESULT, _ERROR = "step", "drawing", "result", "error"

_start_lock = threading.Lock()
_parent: list[Connection] = []  # in a worker process: the pipe to its parent


class WorkerDied(Exception):
    """The worker process exited without a result; the message has its last step and exit status."""


@cache
def start_context(method: str) -> Any:
    """Return the multiprocessing context of a start method, with `PRELOAD` set for the server."""
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([PRELOAD])
    return context


@contextmanager
def _hide_main() -> Iterator[None]:
    """Hide the file of `__main__` while a process starts: multiprocessing would run it there again.

    Workers import functions by the names of modules and need nothing of that script.
    """
    main = vars(sys.modules["__main__"])
    with _start_lock:
        file = main.pop("__file__", None)
        try:
            yield
        finally:
            if file is not None:
                main["__file__"] = file


def start_server() -> None:
    """Start the fork server, on Linux, so that it loads its libraries while this process goes on.

    Call it from the main thread. SIGINT is blocked in the server and its workers: Ctrl-C reaches
    every process of a terminal, but only this one may act on it, and it ends the others.
    """
    if START_METHOD == "forkserver":
        start_context(START_METHOD)
        multiprocessing.resource_tracker.ensure_running()  # started below, it would unblock SIGINT
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the server inherits the mask
        try:
            multiprocessing.forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def sharing() -> Iterator[Callable[[Any], None]]:
    """Yield `share(obj)`; call it before the first worker starts: the fork server loads obj once.

    A server that starts within this block loads its libraries, waits for obj and preloads what
    workers then inherit. A server that is older, or none, ignores obj.
    """
    with tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, str(os.getpid()))
        os.environ[_SHARED_FILE] = str(file)

        def share(shared: Any) -> None:
            part = file.with_suffix(".part")
            part.write_bytes(pickle.dumps(shared))
            part.replace(file)  # at once: the server may be looking

        try:
            yield share
        finally:
            os.environ.pop(_SHARED_FILE, None)


def receive_shared() -> Any:
    """Wait, in the fork server, for the object that `share` is called with, and return it.

    Returns None outside `sharing`, or if the parent ends before.
    """
    if _SHARED_FILE not in os.environ:
        return None
    file = Path(os.environ.pop(_SHARED_FILE))
    try:
        while os.getppid() == int(file.name) and file.parent.exists():
            if file.exists():
                return pickle.loads(file.read_bytes())
            time.sleep(0.01)
    finally:
        shutil.rmtree(file.parent, ignore_errors=True)  # the parent may have been killed
    return None


def run_in_worker(
    function: str,
    *arguments: Any,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    method: str = START_METHOD,
) -> Any:
    """Run `function` ("module:name") as function(*arguments, folder, report_step) in a new process
    and return its result or raise its error.

    `folder` is empty and removed afterwards; `report_step(text)` sets the step that the message of
    `WorkerDied` begins with. Raises WorkerDied if the process dies, or takes longer than `seconds`.
    """
    # Dask's workers are daemons, which may not start processes, so that none outlives them; ours is
    # killed below in any case.
    multiprocessing.current_process().daemon = False
    here, there = start_context(method).Pipe()
    with (
        tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as folder,
        here,
        there,
    ):
        process = start_context(method).Process(
            target=_work, args=(there, function, arguments, folder, memory, method), daemon=True
        )
        with _hide_main():
            process.start()
        there.close()
        try:
            return _receive_result(process, here, seconds)
        finally:
            process.kill()
            process.join()


def _receive_result(process: BaseProcess, pipe: Connection, seconds: float) -> Any:
    """Return the result of a worker process or raise its error; meanwhile draw pictures for it."""
    step, deadline = "", time.monotonic() + seconds
    try:
        while pipe.poll(max(0.0, deadline - time.monotonic())):
            kind, content = pipe.recv()
            if kind == _RESULT:
                return content
            if kind == _ERROR:
                raise content
            if kind == _STEP:
                step = content
            else:
                _send(pipe, resolve_name(DRAW)(content))
    except EOFError:
        process.join()
        raise WorkerDied(f"{step}tiến trình dừng đột ngột (mã {process.exitcode})") from None
    raise WorkerDied(f"{step}quá {seconds:g} giây")


def _work(
    pipe: Connection,
    function: str,
    arguments: tuple[Any, ...],
    folder: str,
    memory: int,
    method: str,
) -> None:
    """Run the function in the worker process and send its result."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory,) * 2)
        # The server ignores a module that it cannot import: each worker would import everything.
        assert method == "spawn" or PRELOAD in sys.modules, "preload failed in the fork server"
    _parent[:] = [pipe]
    try:
        result = resolve_name(function)(*arguments, folder, lambda step: pipe.send((_STEP, step)))
        answer = _RESULT, result
    except Exception as error:
        answer = _ERROR, error
    shutil.rmtree(folder, ignore_errors=True)  # here too, in case the parent is gone by now
    _send(pipe, answer)


def _send(pipe: Connection, message: Any) -> None:
    with suppress(OSError):  # the other end is gone, which is noticed elsewhere
        pipe.send(message)


def draw_in_parent(drawing: Any) -> str:
    """Return the SVG of a drawing, made by the parent: it renders equal drawings once for all
    workers.
    """
    _parent[0].send((_DRAWING, drawing))
    return _parent[0].recv()
