"""Run many notebooks at once, on the processes of this machine or of others, and outlive the death of any of them."""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from pcmd_eval.batch import execution
from pcmd_eval.batch.execution import common_environment
from pcmd_eval.batch.jobs import Job, Result, Task
from pcmd_eval.batch.ledger import identity, loaded
from pcmd_eval.batch.provisioner import KERNELS, ForkFailed, Preloaded
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable

log = logging.getLogger(__name__)
_CONNECT_SECONDS = 8
_LOST_SECONDS = 60  # without any machine: one that only starts anew is back sooner


class Workers(Executor):
    """Processes that run notebooks, each in a pool of its own, so that one that dies takes no other's work with it.

    They start clean: nothing of this process reaches a notebook. What a process was at when it died is given to a new
    one; if that dies of it too, the death is its result.
    """

    def __init__(self, count: int) -> None:
        self._context = _context()
        self._own = threading.local()
        self._pools: list[ProcessPoolExecutor] = []
        self._threads = ThreadPoolExecutor(count)
        self._ended = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future:
        """Run it in one of the processes."""
        return self._threads.submit(self._run, fn, *args, **named)

    def _run(self, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        for last in (False, True):
            try:
                return self._pool().submit(fn, *args, **named).result()
            except BrokenProcessPool:
                self._own.pool = None
                if last or self._ended:
                    raise
        return None

    def _pool(self) -> ProcessPoolExecutor:
        if not getattr(self._own, "pool", None):
            self._own.pool = ProcessPoolExecutor(1, mp_context=self._context, initializer=_begin_work)
            self._pools.append(self._own.pool)
        return self._own.pool

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes once their work is done."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for pool in self._pools:
            pool.shutdown(wait, cancel_futures=cancel_futures)

    def kill(self) -> None:
        """End the processes at once, whatever they are doing."""
        self._ended = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()


@contextmanager
def workers(count: int | None = None) -> Iterator[Executor]:
    """As many processes as asked for, or as the machine has processors; ended at once if the run is interrupted."""
    # One more than there are processors: a notebook waits for its kernel more than a third of its time.
    pool = Workers(count or (os.cpu_count() or 1) + 1)
    try:
        yield pool
    except BaseException:
        pool.kill()
        raise
    finally:
        pool.shutdown()


def _context() -> Any:
    """How workers start; where they are forked from a process of their own, that begins now to load what they need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing.forkserver import ensure_running

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pcmd_eval.batch.warm"])
    ensure_running()
    return context


def _begin_work() -> None:
    """A worker ends when its run is no more (else it would wait for ever), and Ctrl-C is for the run to handle."""
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    if os.name == "posix":
        os.setpgid(0, 0)


@contextmanager
def kernel_source() -> Iterator[str]:
    """The socket of a process that this batch's kernels are forked from; "" where ordinary kernels are to be used."""
    source, socket = Preloaded(common_environment()), ""
    if hasattr(os, "fork") and os.environ.get(KERNELS) != "ordinary":
        _context()  # both processes load at the same time
        try:
            socket = source.socket
        except ForkFailed:
            log.warning("Kernel nhân bản không khởi động được; các sổ chạy bằng kernel thường, chậm hơn.")
    try:
        yield socket
    finally:
        source.stop()


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler; raises InputRefused if there are none, or none that would compute the same.

    Dask itself gives the work of a machine that is lost to another.
    """
    try:
        from distributed import Client
        from distributed.comm.addressing import parse_address
        from distributed.comm.registry import get_backend
    except ImportError:
        words = "Chạy trên nhiều máy cần gói distributed. Cài thêm: python -m pip install 'pcmd-eval[cluster]'."
        raise InputRefused(words) from None
    for name in ("distributed", "distributed.client"):  # the second has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        get_backend(parse_address(address)[0])  # a client of an unknown protocol is long in ending
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except Exception:  # an address can be wrong in many ways
        words = f"Không kết nối được với bộ điều phối {printable(address)}. Kiểm tra địa chỉ và “dask scheduler”."
        raise InputRefused(words) from None
    with client:
        _same_everywhere(client)
        with _watched(client):
            yield client.get_executor()


@contextmanager
def _watched(client: Any) -> Iterator[None]:
    """Give up the work when for a while no machine is there to do it: Dask itself would wait for ever."""
    over = threading.Event()

    def watch() -> None:
        seen = time.monotonic()
        while not over.wait(1) and time.monotonic() - seen < _LOST_SECONDS:
            with suppress(Exception):  # a scheduler that does not answer is as good as none
                if client.sync(client.scheduler.ncores, callback_timeout=_CONNECT_SECONDS):
                    seen = time.monotonic()
        if not over.is_set():
            with suppress(Exception):  # closing may fail, too, where the other side hangs
                client.close(timeout=_CONNECT_SECONDS)  # which cancels what was asked of it

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _same_everywhere(client: Any) -> None:
    """Refuse workers whose package, data or libraries differ: their results would not be those of this machine."""
    try:
        found = client.run(loaded)
    except Exception as error:
        words = f"Có máy không chạy được pcmd_eval ({type(error).__name__}). Cài cùng bản pcmd_eval trên mọi máy."
        raise InputRefused(words) from None
    if not found:
        raise InputRefused("Bộ điều phối chưa có máy nào. Chạy “dask worker” trên các máy rồi chạy lại.")
    if other := sorted(worker for worker, said in found.items() if said != identity()):
        words = f"Bản cài pcmd_eval, dữ liệu hoặc thư viện trên {', '.join(other)} khác với máy này."
        raise InputRefused(f"{words} Cài cùng một bản trên mọi máy, khởi động lại “dask worker” rồi chạy lại.")


def run_tasks(tasks: Sequence[Task], executor: Executor, keep: Callable[[Result], Result]) -> list[Result]:
    """Run the tasks on any executor, hand each result to `keep` as it comes, and return what that makes of them.

    They are in order and without content. A failure, even of a worker process, is a result like any other.
    """
    futures = {executor.submit(execution.execute, task): task for task in tasks}
    results: dict[Job, Result] = {}
    for future in as_completed(futures):
        try:
            result = future.result()
        except CancelledError:
            cause = "mất liên lạc với bộ điều phối, hoặc không còn máy nào chạy sổ"
            result = Result(futures[future].job, False, cause=cause)
        except Exception as broken:
            cause = f"tiến trình chạy sổ bị hỏng ({type(broken).__name__})"
            result = Result(futures[future].job, False, cause=cause)
        results[result.job] = replace(keep(result), notebook=b"", page=b"")
    return [results[task.job] for task in tasks]
