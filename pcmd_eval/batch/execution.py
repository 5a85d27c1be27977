"""One notebook in a kernel of its own, believed only for the result it leaves behind.

papermill's word is not enough: a killed kernel, `sys.exit(0)` or a lost `parameters` tag look like success to it. A
notebook counts as done when all its cells ran in order and its record equals findings.csv.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from pcmd_eval import paths
from pcmd_eval.batch.jobs import Result, Task
from pcmd_eval.batch.ledger import identity, loaded
from pcmd_eval.batch.outputs import foreign
from pcmd_eval.batch.provisioner import KERNELS, SOCKET, ForkedKernel, ForkFailed, Preloaded
from pcmd_eval.files import printable


def execute(task: Task) -> Result:
    """Run one notebook and judge it; a kernel that did not start gets one more try."""
    from pcmd_eval.batch.page import normalised, page_bytes, text_of

    began = time.monotonic()
    if task.setting.identity and {identity(), loaded()} != {task.setting.identity}:
        words = "máy chạy sổ có bản cài pcmd_eval khác với máy chính, hoặc chưa khởi động lại sau khi đổi bản cài"
        return Result(task.job, False, cause=words)
    trial = _attempt(task)
    if trial.cause and not trial.cell:
        trial = _attempt(task)
    seconds = round(time.monotonic() - began, 2)
    notebook = normalised(trial.notebook, task.template) if trial.notebook else None
    if trial.cause or notebook is None:
        return Result(task.job, False, seconds, trial.cell, trial.cause, text_of(notebook), kernel=trial.kind)
    up = "../" * (task.job.folder.count("/") + 1)
    internal = task.setting.audience == "internal"
    page = page_bytes(notebook, task.rows[0]["unit_name"], f"{up}index.html", task.setting.illustrative, internal)
    return Result(task.job, True, seconds, notebook=text_of(notebook), page=page, kernel=trial.kind)


@dataclass
class _Trial:
    """One attempt at a notebook while it goes on: how far it came, and what went wrong."""

    memory: int = 2048
    kind: str = ""
    notebook: NotebookNode | None = None
    cell: str = ""
    cause: str = ""
    kernels: list[Any] = field(default_factory=list)
    overdue: bool = False

    def opened(self, notebook: NotebookNode) -> None:
        self.notebook = notebook

    def reached(self, cell: NotebookNode, cell_index: int) -> None:
        if not self.cell:  # the kernel is up: what it holds now is its own, not the notebook's
            for kernel in self.kernels:
                self.kind = "forked" if isinstance(kernel.provisioner.process, ForkedKernel) else "ordinary"
                _limit_memory(kernel.provisioner.pid, self.memory)
        self.cell = _cell_words(cell_index, cell)

    def stop(self) -> None:
        """End the kernel, with whatever it started: the notebook has taken too long."""
        self.overdue = True
        for kernel in self.kernels:
            if kernel.provisioner:
                asyncio.run(kernel.provisioner.kill())


def _attempt(task: Task) -> _Trial:
    """Execute the notebook once, in a kernel whose whole world is given here."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    limits = task.setting.limits
    trial = _Trial(limits.memory)
    watchdog = threading.Timer(limits.notebook, trial.stop)
    watchdog.daemon = True
    with scratch_folder(task.setting.scratch) as scratch:
        record, tables = scratch / "record.json", scratch / "internal"
        tables.mkdir()
        for name, content in task.files.items():
            (tables / name).write_bytes(content)
        template = scratch / "template.ipynb"
        template.write_text(task.template, encoding="utf-8")
        try:
            watchdog.start()
            trial.notebook = papermill.execute_notebook(
                template,
                None,  # papermill writes nothing: it would do so in place
                {"plan": task.setting.plan, "unit": task.job.unit},
                kernel_name=task.setting.kernel,
                progress_bar=False,
                start_timeout=limits.start,
                execution_timeout=limits.cell,
                iopub_timeout=30,
                shutdown_kernel="immediate",
                record_timing=False,
                store_widget_state=False,
                extra_arguments=["--log-level=ERROR"],
                kernel_manager_class=_kernel_class(task, trial, scratch),
                on_notebook_start=trial.opened,
                on_cell_execute=trial.reached,
            )
            trial.cell, trial.cause = _proof(trial.notebook, record, task)
        except PapermillExecutionError as error:
            trial.cause = f"{error.ename}: {_line(error.evalue)}"
            if error.ename == "MemoryError":
                trial.cause = f"sổ cần quá {limits.memory} MiB bộ nhớ"
        except CellTimeoutError:
            trial.cause = f"ô chạy quá {limits.cell} giây"
        except DeadKernelError:
            trial.cause = "nhân (kernel) dừng đột ngột"
        except Exception as error:  # whatever else happens to one notebook must not stop the others
            trial.cause = _line(error)
        finally:
            watchdog.cancel()
    if trial.overdue:
        trial.cause = f"cả sổ chạy quá {limits.notebook} giây"
    elif trial.cause and not trial.cell:
        trial.cause = f"nhân (kernel) không khởi động được ({trial.cause})"
    return trial


def _proof(notebook: NotebookNode, record: Path, task: Task) -> tuple[str, str]:
    """Nothing if the notebook ran whole and its record is the one asked for; else the cell and what is wrong."""
    ran = [(i, c) for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]
    for count, (index, cell) in enumerate(ran, 1):
        where = _cell_words(index, cell)
        if any(o.output_type == "error" for o in cell.outputs) or cell.execution_count != count:
            return where, "sổ dừng giữa chừng, có ô chưa chạy xong"
        if loud := [o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]:
            return where, f"ô in ra cảnh báo hoặc lỗi: {_line(loud[0].strip().splitlines()[-1])}"
    for index, cell in () if task.setting.audience == "internal" else foreign(notebook):
        return _cell_words(index, cell), "ô hiện một kết quả không qua trình bày của pcmd_eval"
    last = _cell_words(*ran[-1]) if ran else "sổ trống"
    try:
        said = json.loads(record.read_bytes())
        found = {(row["unit_code"], row["objective"]): row for row in said["findings"]}
    except FileNotFoundError:
        return last, "sổ không ghi lại kết quả đã tính"
    except (ValueError, KeyError, TypeError):
        return last, "bản ghi kết quả của sổ không đọc được"
    asked = {"run_id": task.setting.run_id, "notebook": task.job.notebook, "unit": task.job.unit}
    wrong = [f"{key} là “{said.get(key)}”, phải là “{value}”" for key, value in asked.items() if said.get(key) != value]
    if wrong:
        return last, f"sổ đã tính cho trường hợp khác: {'; '.join(wrong)}"
    if found != {(row["unit_code"], row["objective"]): row for row in task.rows}:
        return last, "kết quả sổ tính ra không khớp với findings.csv"
    return "", ""


def _kernel_class(task: Task, trial: _Trial, scratch: Path) -> type:
    """A kernel manager whose kernels are of this environment, get their own world, and listen to this user only."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager

    environment = _environment(task, scratch)

    class Kernel(AsyncKernelManager):
        """The kernel of one notebook."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            own = str(Path(sys.prefix) / "share" / "jupyter" / "kernels")
            self.kernel_spec_manager = KernelSpecManager(kernel_dirs=[own])
            self.connection_file = str(scratch / "k.json")
            if os.name == "posix":
                self.transport, self.ip = "ipc", str(scratch / "k")
            trial.kernels.append(self)

        def start_kernel(self, **options: Any) -> Any:
            # Its working folder is that of its tables, so that a relative path leads to nothing else.
            return super().start_kernel(**{**options, "env": environment, "cwd": str(scratch / "internal")})

    return Kernel


# Settings of a user that would change what a notebook computes or prints.
_FOREIGN = re.compile(r"PCMD_|PYTHON|IPYTHON|JUPYTER|JPY_|MPL|MATPLOTLIB|LC_|LANG|TZ$|OMP_|COLUMNS$|LINES$")


def common_environment() -> dict[str, str]:
    """What the environment of every kernel holds, and of the process they are forked from."""
    kept = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
    fixed = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "MPLBACKEND": "agg"}
    own = {"JUPYTER_PREFER_ENV_PATH": "1", "PYTHONNOUSERSITE": "1", "PCMD_ROOT": str(paths.ROOT)}
    own["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # the debugger's advice is of no use to a batch
    return {**kept, **single, **fixed, **own}


def _environment(task: Task, scratch: Path) -> dict[str, str]:
    case = {
        "INTERNAL": scratch / "internal",
        "RECORD": scratch / "record.json",
        "RUN_ID": task.setting.run_id,
        "NOTEBOOK": task.job.notebook,
        "AUDIENCE": task.setting.audience,
    }
    named = {f"PCMD_{name}": str(value) for name, value in case.items()}
    socket = _own_socket() if task.setting.socket is None else task.setting.socket
    named |= {SOCKET: socket, KERNELS: "batch"} if socket else {KERNELS: "ordinary"}
    return {**common_environment(), **named, "IPYTHONDIR": str(scratch / "i")}


_own = Preloaded(common_environment())


def _own_socket() -> str:
    """The preloaded process of this worker process, started for its first notebook; "" where it cannot be."""
    with suppress(ForkFailed):
        return _own.socket if hasattr(os, "fork") and os.environ.get(KERNELS) != "ordinary" else ""
    return ""


def _limit_memory(pid: int | None, mebibytes: int) -> None:
    """Let a kernel add so much to its address space and no more: it gets a MemoryError, the machine stays usable."""
    if not (pid and sys.platform == "linux"):
        return
    import resource

    with suppress(OSError, ValueError):  # it may have ended already
        held = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        most = held + mebibytes * 2**20
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))


@contextmanager
def scratch_folder(inside: Path | None = None) -> Iterator[Path]:
    """A folder that only its owner can enter, with a short name: socket paths end at about 100 letters."""
    long = os.name == "posix" and len(tempfile.gettempdir()) > 50
    place = inside if inside and inside.is_dir() else "/tmp" if long else None
    with tempfile.TemporaryDirectory(prefix="pcmd-", dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _cell_words(index: int, cell: NotebookNode) -> str:
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"ô {index + 1} “{first[:70]}”"


def _line(said: object) -> str:
    lines = [line.strip() for line in printable(str(said)).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(said).__name__
