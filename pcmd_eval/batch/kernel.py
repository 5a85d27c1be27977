"""The kernel of a notebook in a batch: ipykernel's own, without the parts that only an editor uses."""

import logging
import os
import sys
import threading
from types import SimpleNamespace
from typing import Any

from ipykernel import debugger, ipkernel, kernelapp
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import default
from traitlets.config import Config


class Stream(OutStream):
    """Standard output or error of a kernel."""

    def flush(self) -> None:
        """Wait for the thread that sends what was printed, if anything was: each cell asks for that several times."""
        with self._buffer_lock:
            idle = not self._buffers
        if not idle:
            super().flush()


class _NoShellThread:
    """Stands where ipykernel has the thread that sorts requests: there is none, and cells run in the main one."""

    parent_thread = threading.main_thread()

    def __bool__(self) -> bool:
        return False


class BatchKernel(IPythonKernel):
    """A kernel without that thread."""

    _supports_kernel_subshells = False


class ForkedApp(IPKernelApp):
    """A kernel's process that was forked: no pipe for what child processes print, as it would be an open port."""

    @default("outstream_class")
    def _streams(self) -> str:
        return f"{__name__}.Stream"

    def init_iopub(self, context: Any) -> None:
        """Open the channel of outputs."""
        kernelapp.IOPubThread = lambda socket, **options: IOPubThread(socket, **{**options, "pipe": False})
        super().init_iopub(context)


class BatchApp(ForkedApp):
    """One notebook's cells come one after the other: no debugger, no cells beside others, no heartbeat, no history.

    Whether the kernel lives is known from its process. Every thread less makes each message cheaper, and a page of
    memory that a kernel does not touch stays shared with the process it was forked from.
    """

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take the connection file; a parser for everything that could be said takes longer than all else here."""
        given = argv or []
        # Nor does it sleep before each reply, so that what other threads print comes first: its outputs are flushed.
        self.update_config(Config({"HistoryManager": {"enabled": False}, "Kernel": {"_execute_sleep": 0.0}}))
        self.connection_file = given[given.index("-f") + 1]
        self.parent_handle = os.getppid()

    @default("kernel_class")
    def _without_thread(self) -> type:
        return BatchKernel

    @default("log_level")
    def _only_errors(self) -> int:
        return logging.ERROR

    def init_control(self, context: Any) -> None:
        """Open the control channel, without a thread that sorts requests for cells beside others."""
        kernelapp.ShellChannelThread = lambda *_, **__: _NoShellThread()
        super().init_control(context)

    def init_heartbeat(self) -> None:
        """None is asked for."""

    def init_code(self) -> None:
        """No code runs before the first cell."""

    def init_kernel(self) -> None:
        """Make the kernel, without a debugger and the list of every module's file that this would need."""
        debugger._is_debugpy_available = False
        ipkernel.sys = SimpleNamespace(modules={}, platform=sys.platform)
        super().init_kernel()
        ipkernel.sys = sys
        self.kernel.debugpy_stream = None
