"""Run the command that the user typed, print why it failed, and return the exit code.

0 done · 1 something failed or stopping issues are open · 2 usage · 3 input refused · 4 another run
holds the lock · 130 stopped by Ctrl-C or by the system.
"""

import atexit
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from pcmd_eval.commands import app
from pcmd_eval.util.errors import (
    FAILED,
    LOCKED,
    REFUSED,
    STOPPED,
    InputRefused,
    LockHeld,
    describe_os_error,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; each reason for a failure is a line on stderr."""
    is_captured = sys.stdout is not sys.__stdout__  # by a test
    if not is_captured and not sys.stdout.isatty():
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Pipe(1, "w", closefd=False)), line_buffering=True
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    # SIGTERM ends a command as Ctrl-C does, so that locks and temporary folders are cleaned up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # numpy's libraries start a thread for each core; a process with threads must not fork.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its hints are English
    # Nearly everything that a command loads stays to its end: collections took a tenth of its time.
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)  # else they are once more half a second at exit
    try:
        with _writable_home():
            typed = sys.argv[1:] if arguments is None else list(arguments)
            app(typed, prog_name="pcmd-eval")
    except InputRefused as refused:
        return _print_reasons(REFUSED, *refused.reasons)
    except LockHeld as held:
        return _print_reasons(LOCKED, str(held))
    except OSError as error:
        name = str(Path(error.filename).absolute()) if error.filename else "tệp"
        return _print_reasons(
            FAILED,
            f"Không đọc hoặc ghi được {name}: {describe_os_error(error)}.",
        )
    except SystemExit as end:  # as typer ends every command
        if end.code == STOPPED:  # its code for Ctrl-C
            _print_reasons(
                STOPPED,
                "Đã dừng theo yêu cầu; bộ đang công bố giữ nguyên. Chạy lại thì làm lại tất cả.",
            )
        return int(end.code or 0)
    return 0


class _Pipe(io.FileIO):
    """Standard output that ignores a closed pipe (`| head`), so that the command goes on."""

    def write(self, content: Any) -> int:
        """Write bytes and return their number; of a closed pipe as if all were written."""
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


@contextmanager
def _writable_home() -> Iterator[None]:
    """Set HOME to a temporary folder, deleted after the block, if the user's is not writable.

    Libraries keep settings and caches there; without it they warn in English, and JupyterLab does
    not start.
    """
    home = os.path.expanduser("~")  # noqa: PTH111  (Path's fails for a user without one)
    if os.access(home, os.W_OK | os.X_OK):
        yield
        return
    with TemporaryDirectory(prefix="pcmd-home-", ignore_cleanup_errors=True) as folder:
        os.environ["HOME"] = folder
        yield


def _print_reasons(code: int, *reasons: str) -> int:
    """Print the reasons on stderr and return the code."""
    for reason in reasons:
        typer.echo(reason, err=True)
    return code
