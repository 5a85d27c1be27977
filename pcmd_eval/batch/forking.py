"""The process that kernels are forked from: it has imported everything once, and forks a kernel for each that asks.

Run as `python -m pcmd_eval.batch.forking SOCKET`. One connection on the socket is one kernel's life: the client sends
`{"argv", "env", "cwd"}`, gets `{"pid"}`, later `{"exit"}`; when the client goes away its kernel is killed, and when
the process that started this one goes away (standard input ends) all kernels and this process end. Once the code it has
loaded is not that on the disk any more, it answers `{"stale"}`, forks no more, and ends with the last of its kernels.
Single-threaded, because a fork copies only the thread that forks.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import random
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

# What a finished notebook's process has loaded; imported here once, so that no fork imports it again.
_PRELOAD = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.comm",
    "ipykernel.datapub",
    "ipykernel.debugger",
    "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline",
    "numpy.random",
    "sqlite3",
    "tornado.platform.asyncio",
    "pandas",
    "openpyxl",
    "pcmd_eval.display",
    "pcmd_eval.figures",
    "pcmd_eval.batch.kernel",
    "pcmd_eval.notebook",
    "pcmd_eval.workings",
    "pcmd_eval.intake.checks",
)
# Read when a module is imported, so that a kernel which wants another value needs an interpreter of its own.
_FIXED = ("PCMD_ROOT", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONSTARTUP", "MATPLOTLIBRC", "MPLCONFIGDIR")


def preload() -> None:
    """Import what notebooks use and make one picture as they do, so that fonts, renderer and file format are warm."""
    for name in _PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.barh([0], [1], hatch="////", label="Đạt")
    axes.set_title("Chưa đủ số liệu", fontweight="bold")
    figure.legend()
    figure.savefig(io.BytesIO(), format="png")
    gc.collect()
    gc.freeze()  # a collection in a kernel would write to, and so copy, every page that it shares with this process


def _loaded_files() -> dict[str, int]:
    files = (getattr(module, "__file__", None) for name, module in sys.modules.items() if name.startswith("pcmd_eval"))
    return {file: Path(file).stat().st_mtime_ns for file in files if file and Path(file).exists()}


class Server:
    """Forks kernels on request and reports how they end."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.kernels: dict[int, socket.socket] = {}
        self.environment = dict(os.environ)
        self.files = _loaded_files()
        self.stale = False

    def serve(self) -> None:
        """Answer until the starter goes away; then end every kernel."""
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, _leave)
        self._watch(self.listener, self._accept)
        self._watch(woken, lambda: (woken.recv(4096), self._reap()))
        self._watch(sys.stdin.buffer.raw, self._starter_said)  # type: ignore[attr-defined]
        try:
            while True:
                for key, _ in self.selector.select():
                    key.data()
                if self.stale and not self.kernels:
                    raise SystemExit
        except SystemExit:
            pass
        finally:
            for pid in self.kernels:
                _kill(pid)

    def _watch(self, what: object, do: Callable[[], object]) -> None:
        self.selector.register(what, selectors.EVENT_READ, do)  # type: ignore[arg-type]

    def _starter_said(self) -> None:
        if not sys.stdin.buffer.raw.read(1):  # type: ignore[attr-defined]
            raise SystemExit

    def _accept(self) -> None:
        client, _ = self.listener.accept()
        with contextlib.suppress(OSError, ValueError, KeyError):
            client.settimeout(10)
            request = json.loads(client.makefile("rb").readline())
            self.stale = self.stale or _loaded_files() != self.files
            unfit = any(request["env"].get(key) != self.environment.get(key) for key in _FIXED)
            if self.stale or unfit:
                client.sendall(b'{"stale": true}\n' if self.stale else b'{"unfit": true}\n')
                client.close()
                return
            pid = self._fork(request)
            client.sendall(json.dumps({"pid": pid}).encode() + b"\n")
            self.kernels[pid] = client
            self._watch(client, lambda: self._abandoned(pid, client))
            return
        client.close()

    def _abandoned(self, pid: int, client: socket.socket) -> None:
        """The client closed its end: a kernel that still lives has nobody to talk to."""
        if self.kernels.pop(pid, None):  # its end may have been seen, and the client told, in the same moment
            self.selector.unregister(client)
            client.close()
            _kill(pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if client := self.kernels.pop(pid, None):
                with contextlib.suppress(OSError, KeyError):
                    self.selector.unregister(client)
                    client.sendall(json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
                client.close()

    def _fork(self, request: dict) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            for own in [key.fileobj for key in self.selector.get_map().values()]:
                if own is not sys.stdin.buffer.raw:  # type: ignore[attr-defined]
                    own.close()  # type: ignore[union-attr]
            self.selector.close()
            status = _kernel(request)
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _kill(pid: int) -> None:
    """End a kernel and what it started; one that was forked a moment ago leads no group yet."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _kernel(request: dict) -> int:
    """Become the kernel that was asked for: its own environment, folder, input and random state."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    time.tzset()
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND") or "module://matplotlib_inline.backend_inline"
    sys.argv = request["argv"]
    from pcmd_eval.batch.kernel import BatchApp, ForkedApp

    app = BatchApp if request["env"].get("PCMD_KERNELS") == "batch" else ForkedApp
    # ipykernel ends by itself when the process it was forked from is gone.
    app.launch_instance(argv=[*request["argv"][1:], f"--IPKernelApp.parent_handle={os.getppid()}"])
    return 0


def main() -> None:
    """Preload, listen on the socket named on the command line (readable by its owner only), and serve."""
    path = sys.argv[1]
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder this was started in, where kernels import from their own
    preload()
    with socket.socket(socket.AF_UNIX) as listener:
        before = os.umask(0o077)
        listener.bind(path)
        os.umask(before)
        listener.listen(64)
        Server(listener).serve()
    with contextlib.suppress(FileNotFoundError):
        Path(path).unlink()


if __name__ == "__main__":
    main()
