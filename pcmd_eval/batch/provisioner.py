"""A kernel provisioner for Jupyter that asks a preloaded process to fork each kernel, instead of starting Python anew.

Registered as `pcmd-fork` (entry point group `jupyter_client.kernel_provisioners`), named by the kernelspec `pcmd-eval`.
Where there is no `fork`, or the preloaded process does not answer, the ordinary kernel starts and a warning says so.
"""

import asyncio
import atexit
import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.client import KernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from jupyter_client.utils import run_sync

log = logging.getLogger(__name__)
SOCKET = "PCMD_FORK_SOCKET"  # in a kernel's environment: the preloaded process to ask, one for a whole batch
KERNELS = "PCMD_KERNELS"  # "ordinary" turns forking off, "batch" asks for a kernel with only what a batch uses
_START_SECONDS = 60
_BIND_SECONDS = 5
_BEAT = 0.002  # between two looks at something that takes a few milliseconds


class ForkFailed(Exception):
    """The preloaded process could not give a kernel."""


class ForkedKernel:
    """A kernel's process as `subprocess.Popen` would show it, seen through the connection to the process it is of."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection, self.pid = connection, pid
        self.returncode: int | None = None
        self._said = b""

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._receive(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended."""
        code = self._receive(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _receive(self, timeout: float | None) -> int | None:
        if self.returncode is not None:
            return self.returncode
        try:
            self.connection.settimeout(timeout)
            while not self._said.endswith(b"\n"):
                chunk = self.connection.recv(4096)
                if not chunk:
                    break
                self._said += chunk
        except (BlockingIOError, TimeoutError):
            return None
        except OSError:
            pass
        # No word before the end: the preloaded process died, and its kernels with it.
        self.returncode = json.loads(self._said)["exit"] if self._said.endswith(b"\n") else -signal.SIGKILL
        self.connection.close()
        return self.returncode


class Preloaded:
    """The preloaded process of this process, started when the first kernel is asked for.

    It gets `environment`, or this process's own.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._older: list[subprocess.Popen[bytes]] = []  # each ends with the last of its kernels
        self._owner = 0
        self._folder: str | None = None

    @property
    def socket(self) -> str:
        """Where it listens; starts it if it does not run. Raises ForkFailed."""
        with self._lock:
            if self._owner != os.getpid() or self._process is None or self._process.poll() is not None:
                self._start()
            assert self._folder
            return str(Path(self._folder) / "s")

    def _start(self) -> None:
        if self._owner == os.getpid() and self._process is not None:
            self._older = [process for process in (*self._older, self._process) if process.poll() is None]
        elif self._owner != os.getpid():
            self._older = []
        self._remove_socket()
        self._owner = os.getpid()
        self._folder = tempfile.mkdtemp(prefix="pcmd-", dir=_short_folder())
        environment = dict(os.environ if self._environment is None else self._environment)
        command = [sys.executable, "-m", "pcmd_eval.batch.forking", str(Path(self._folder) / "s")]
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env={**environment, **single})
        atexit.register(self.stop)
        deadline = time.monotonic() + _START_SECONDS
        while not (Path(self._folder) / "s").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ForkFailed("the preloaded process did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it, and with it every kernel forked from it."""
        if self._owner != os.getpid():
            return
        for process in filter(None, (*self._older, self._process)):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            if process.stdin:
                process.stdin.close()
        self._older, self._process = [], None
        self._remove_socket()

    def _remove_socket(self) -> None:
        if self._folder and self._owner == os.getpid():
            shutil.rmtree(self._folder, ignore_errors=True)

    def fork(self, request: dict[str, Any], shared: str | None = None) -> ForkedKernel:
        """Ask it, or the one at `shared`, for a kernel; one whose code has changed is replaced once."""
        for _ in range(2):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(_START_SECONDS)
            try:
                connection.connect(shared or self.socket)
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(_line(connection) or "{}")
            except (OSError, ValueError) as error:
                connection.close()
                raise ForkFailed(str(error)) from error
            if "pid" in answer:
                return ForkedKernel(connection, answer["pid"])
            connection.close()
            if shared or not answer.get("stale"):
                break
            with self._lock:
                self._start()
        raise ForkFailed("the preloaded process does not fit this kernel")


def _short_folder() -> str | None:
    """Where sockets may lie: their paths have at most about 107 bytes, which some temporary folders use up."""
    return "/tmp" if len(tempfile.gettempdir()) > 60 else None


def _line(connection: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\n"):
        chunk = connection.recv(4096)
        if not chunk:
            return b""
        said += chunk
    return said


preloaded = Preloaded()


# ---- clients --------------------------------------------------------------------------------------------------------


async def _ready(client: KernelClient, timeout: float | None = None) -> None:
    """Wait until the kernel has answered on both channels: jupyter_client's own wait adds a fifth of a second to that.

    That wait is for what else may come; here what came for the question is known by its number.
    """
    deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
    while True:
        asked = client.kernel_info()
        with contextlib.suppress(Empty):
            while (reply := await client._async_get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            while not _ends(await client._async_get_iopub_msg(timeout=0.2), asked):
                pass
            client._handle_kernel_info_reply(reply)
            return
        if not await client._async_is_alive():
            raise RuntimeError("Kernel died before replying to kernel_info")
        if time.monotonic() > deadline:
            raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


def _ends(message: dict[str, Any], asked: str) -> bool:
    """Whether the message says that what was asked is done."""
    return message["parent_header"].get("msg_id") == asked and message["content"].get("execution_state") == "idle"


class _NoHeartbeat(KernelClient):
    """A client whose manager can tell whether the kernel lives, so that it needs no thread to ask the kernel."""

    def start_channels(self, shell: bool = True, iopub: bool = True, stdin: bool = True, **others: bool) -> None:
        """Start all channels but the heartbeat."""
        super().start_channels(shell, iopub, stdin, **{**others, "hb": False})


class PromptClient(_NoHeartbeat, AsyncKernelClient):
    """A client that is ready as soon as its kernel is."""

    wait_for_ready = _ready


class BlockingPromptClient(_NoHeartbeat, BlockingKernelClient):
    """The same, blocking."""

    wait_for_ready = run_sync(_ready)


_PROMPT = {BlockingKernelClient: BlockingPromptClient, AsyncKernelClient: PromptClient}


# ---- the provisioner ------------------------------------------------------------------------------------------------


class ForkProvisioner(LocalProvisioner):
    """Forks its kernel where that is possible; everything else is the ordinary provisioner's."""

    _sockets: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the launch over IPC where the platform has it: no open TCP port, sockets for their owner only."""
        manager = self.parent
        if hasattr(os, "fork") and manager and manager.transport == "tcp":
            self._sockets = tempfile.mkdtemp(prefix="pcmd-", dir=_short_folder())
            manager.transport, manager.ip = "ipc", str(Path(self._sockets) / "k")
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets with the kernel, unless it only restarts."""
        if self._sockets and not restart:
            shutil.rmtree(self._sockets, ignore_errors=True)
        await super().cleanup(restart)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch a kernel: `cmd` is the ordinary command, of which only the arguments matter to a fork."""
        environment = kwargs.get("env") or os.environ
        if hasattr(os, "fork") and environment.get(KERNELS) != "ordinary":
            try:
                information = self._fork(cmd, **kwargs)
                await self._listening()
                return information
            except ForkFailed as failure:
                log.warning("Kernel thường được dùng thay cho kernel nhân bản: %s", failure)
        return await super().launch_kernel(cmd, **kwargs)

    async def wait(self) -> int | None:
        """Wait for the end of a forked kernel; its process says so at once, so that nothing is polled for long."""
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        while (code := self.process.poll()) is None:
            await asyncio.sleep(_BEAT)
        self.process = None
        return code

    async def kill(self, restart: bool = False) -> None:
        """Kill it and see it end, which takes milliseconds: who asks later would first wait and then look again."""
        await super().kill(restart)
        deadline = time.monotonic() + 1
        while isinstance(self.process, ForkedKernel) and self.process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(_BEAT)

    async def _listening(self) -> None:
        """Wait until the kernel has bound its sockets: who connects too early tries again only after a while.

        The channel of outputs is the last that is needed. Clients of such a kernel need no time to get ready.
        """
        manager, said = self.parent, self.connection_info
        if not manager or manager.transport != "ipc":
            return
        manager.client_factory = _PROMPT.get(manager.client_factory, manager.client_factory)
        last, deadline = Path(f"{said['ip']}-{said['iopub_port']}"), time.monotonic() + _BIND_SECONDS
        while not last.exists() and self.process.poll() is None and time.monotonic() < deadline:  # type: ignore[union-attr]
            await asyncio.sleep(_BEAT)

    def _fork(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        environment = dict(kwargs.get("env") or os.environ)
        shared = environment.pop(SOCKET, None)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        # cmd is `python -m ipykernel_launcher -f FILE`: what follows the module's name are its arguments.
        argv = ["ipykernel_launcher", *cmd[cmd.index("ipykernel_launcher") + 1 :]]
        self.process = preloaded.fork({"argv": argv, "env": environment, "cwd": cwd}, shared)  # type: ignore[assignment]
        self.pid = self.pgid = self.process.pid  # type: ignore[union-attr]
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info
