"""A call in a process of its own, forked from a preloaded server where there is one, limited in
time and memory.
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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from pcmd_eval.util.files import write_atomic

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

# For one notebook or document; memory beyond what the process starts with.
SECONDS, MEMORY = 300, 2048 * 2**20
START = "forkserver" if sys.platform == "linux" else "spawn"
PRELOAD = "pcmd_eval.batch.preload"
# Names to the server the file in which it will find what all share. The file's name is the id of
# the process that writes it.
_SHARING = "PCMD_SHARING"
DRAW = "pcmd_eval.analysis.charts:draw"
# What a process sends to the one that started it, each with its content.
_IS_AT, _DRAWS, _RETURNED, _RAISED = "is at", "draws", "returned", "raised"

_asking: list[Connection] = []  # in such a process: the pipe to the one that started it


class Died(Exception):
    """The process gave no answer; says how it ended, and at what it was."""


@cache
def context(start: str) -> Any:
    """The way processes are started; the server, where there is one, is kept for all of them."""
    chosen = multiprocessing.get_context(start)
    if start == "forkserver":
        chosen.set_forkserver_preload(["__main__", PRELOAD])
    return chosen


def warm() -> None:
    """Let the server, where there is one, load its libraries in the meantime; from the main thread.

    Ctrl-C goes to every process of a terminal. Whoever asked for the work hears it, in this moment
    too, and ends them all.
    """
    if START == "forkserver":
        context(START)
        multiprocessing.resource_tracker.ensure_running()  # later, it would lift the block again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which the server inherits
        try:
            multiprocessing.forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def sharing() -> Iterator[Callable[[Any], None]]:
    """Gives a function: call it, before the first process starts, with what all of a run share.

    A server that starts within this loads its libraries, waits for that call, and its processes
    inherit what it makes of what is shared; an older one, or none, makes nothing of it.
    """
    with tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as folder:
        told = Path(folder, str(os.getpid()))
        os.environ[_SHARING] = str(told)
        try:
            yield lambda shared: write_atomic(told, pickle.dumps(shared))
        finally:
            del os.environ[_SHARING]


def shared() -> Any:
    """In the server: what its processes share, as soon as it is told; None if it never will be."""
    if _SHARING not in os.environ:
        return None
    told = Path(os.environ.pop(_SHARING))
    try:
        while os.getppid() == int(told.name) and told.parent.exists():
            if told.exists():
                return pickle.loads(told.read_bytes())
            time.sleep(0.01)
    finally:
        shutil.rmtree(told.parent, ignore_errors=True)  # whoever made it may have been killed
    return None


def in_fresh_process(
    work: str, *given: Any, seconds: float = SECONDS, memory: int = MEMORY, start: str = START
) -> Any:
    """What `work(*given, folder, say)`, a "module:function", returns or raises in a process that
    nothing ran in before.

    `folder` is empty and goes with the process; what it says last, by `say`, stands in the words of
    `Died`.
    """
    # A daemon, as Dask's workers are, may start no process lest it leave one behind; ours end with
    # it.
    multiprocessing.current_process().daemon = False
    here, there = context(start).Pipe()
    with (
        tempfile.TemporaryDirectory(prefix="pcmd-", ignore_cleanup_errors=True) as folder,
        here,
        there,
    ):
        child = context(start).Process(
            target=_work, args=(there, work, given, folder, memory, start), daemon=True
        )
        child.start()
        there.close()
        try:
            return _answer_of(child, here, seconds)
        finally:
            child.kill()
            child.join()


def _answer_of(child, pipe, seconds):
    """What a process returns or raises, in time; until then it says where it is and asks for
    drawings.
    """
    where, until = "", time.monotonic() + seconds
    try:
        while pipe.poll(max(0.0, until - time.monotonic())):
            kind, content = pipe.recv()
            if kind == _RETURNED:
                return content
            if kind == _RAISED:
                raise content
            if kind == _IS_AT:
                where = content
            else:
                _send(pipe, resolve_name(DRAW)(content))
    except EOFError:
        child.join()
        raise Died(f"{where}tiến trình dừng đột ngột (mã {child.exitcode})") from None
    raise Died(f"{where}quá {seconds:g} giây")


def _work(pipe, work, given, folder, memory, start):
    """In the process: do the work and send what comes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory,) * 2)
        # The server passes over a module that it cannot import, and every notebook would import all
        # of it again.
        assert start == "spawn" or PRELOAD in sys.modules, "chưa nạp sẵn được thư viện"
    _asking[:] = [pipe]
    try:
        answer = _RETURNED, resolve_name(work)(*given, folder, lambda at: pipe.send((_IS_AT, at)))
    except Exception as error:
        answer = _RAISED, error
    shutil.rmtree(folder, ignore_errors=True)  # also where the process that asked is gone by now
    _send(pipe, answer)


def _send(pipe, what):
    with suppress(OSError):  # whoever was to hear it is gone, which is noticed elsewhere
        pipe.send(what)


def drawn(drawing: Any) -> str:
    """In such a process: the SVG of a drawing by the process that started it, which draws the same
    but once.
    """
    _asking[0].send((_DRAWS, drawing))
    return _asking[0].recv()
