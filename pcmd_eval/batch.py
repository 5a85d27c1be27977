"""Run every notebook for every unit, each in a kernel of its own, and believe only the result it leaves behind.

papermill's word is not enough: a killed kernel, `sys.exit(0)` or a lost `parameters` tag look like success to it. A
notebook counts as done when all its cells ran in order and its record equals findings.csv.
"""

import ast
import asyncio
import json
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.project import Project
from pcmd_eval.provisioner import KERNELS, SOCKET, ForkFailed, Preloaded

log = logging.getLogger(__name__)
PARAMETERS = ("plan", "unit")
NOTEBOOKS = {slug: f"{number}_{slug}" for number, slug in enumerate(OBJECTIVES, 1)}
REVIEWS = ("district_review", "province_review")


class BrokenTemplate(Exception):
    """A notebook template cannot be run; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Job:
    """One notebook for one unit, and the folder of the set its results go to."""

    unit: str
    notebook: str
    folder: str

    @property
    def place(self) -> str:
        """Where its results lie in the set, without a suffix: districts/230-doan-hung/1_communication."""
        return f"{self.folder}/{self.notebook}"


@dataclass(frozen=True)
class Limits:
    """How many seconds a kernel may take to start, a cell to run, and a whole notebook to end."""

    start: int = 60
    cell: int = 120
    notebook: int = 300


@dataclass(frozen=True)
class Setting:
    """What all notebooks of a run share.

    `folder` is where their kernels work, `internal` holds the tables, `scratch` is a place for sockets (a short path).
    """

    run_id: str
    plan: str
    folder: Path
    internal: Path
    illustrative: bool = False
    audience: str = "public"
    kernel: str = "pcmd-eval"
    socket: str = ""
    limits: Limits = Limits()
    scratch: Path | None = None


@dataclass(frozen=True)
class Task:
    """Everything a worker needs for one job: the template as text, and the rows of findings.csv it must confirm."""

    job: Job
    template: str
    rows: tuple[dict[str, str], ...]
    setting: Setting


@dataclass(frozen=True)
class Result:
    """What became of a job: the notebook and its page, or the cell and the cause of the failure."""

    job: Job
    done: bool
    seconds: float = 0.0
    cell: str = ""
    cause: str = ""
    notebook: bytes = b""
    page: bytes = b""

    @property
    def words(self) -> str:
        """A failure in one line."""
        return f"{self.job.unit} {self.job.notebook}{f', {self.cell}' if self.cell else ''}: {self.cause}"


# ---- before anything starts -----------------------------------------------------------------------------------------


def jobs_of(project: Project) -> list[Job]:
    """Every objective of the plan for every unit, a review of each district, and one of the province."""
    register, jobs = project.register, []
    for unit in register.reporters:
        district = unit != register.province
        folder = f"districts/{unit.folder}" if district else "province"
        names = [NOTEBOOKS[objective.slug] for objective in project.plan.objectives]
        jobs += [Job(unit.code, name, folder) for name in (*names, REVIEWS[0] if district else REVIEWS[1])]
    return jobs


def read_templates(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The text of each template; raises BrokenTemplate with one sentence for each fault of any of them."""
    texts, faults = {}, []
    for name in dict.fromkeys(names):
        path = folder / f"{name}.ipynb"
        try:
            texts[name] = path.read_text(encoding="utf-8")
            faults += [f"Sổ {path.name}: {fault}." for fault in _template_faults(texts[name])]
        except FileNotFoundError:
            faults.append(f"Thiếu sổ {path.name} trong thư mục {folder.name}. Lấy lại tệp từ bộ cài.")
    if faults:
        raise BrokenTemplate(*faults)
    return texts


def _template_faults(text: str) -> list[str]:
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception:  # nbformat raises many kinds of errors for a broken file
        return ["không phải tệp sổ Jupyter hợp lệ; lấy lại tệp từ bộ cài"]
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if any("injected-parameters" in c.metadata.get("tags", []) for c in notebook.cells):
        return ["là sổ đã chạy, không phải sổ mẫu; lấy lại tệp từ bộ cài"]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        return [f"phải có đúng một ô mã mang thẻ “parameters”, thấy {len(tagged)}; gắn lại thẻ cho ô tham số"]
    try:
        statements = ast.parse(tagged[0].source).body
    except SyntaxError:
        return ["ô tham số không phải mã Python hợp lệ; sửa lại ô đó"]
    declared = {ast.unparse(s.target): s for s in statements if isinstance(s, ast.AnnAssign)}
    if len(statements) != len(PARAMETERS) or sorted(declared) != sorted(PARAMETERS):
        found = ", ".join(declared) or "không có tham số nào"
        return [f"ô tham số phải khai báo đúng hai tham số plan: str và unit: str, thấy {found}; sửa lại tên"]
    wrong = [name for name, s in declared.items() if not _is_text(s)]
    return [f"tham số {name} phải có kiểu str và giá trị là văn bản trong dấu nháy; sửa lại" for name in wrong]


def _is_text(declared: ast.AnnAssign) -> bool:
    text = isinstance(declared.value, ast.Constant) and isinstance(declared.value.value, str)
    return text and ast.unparse(declared.annotation) == "str"


def tasks_of(
    jobs: Iterable[Job], templates: dict[str, str], rows: Sequence[dict[str, str]], setting: Setting
) -> list[Task]:
    """A task for each job; raises InputRefused for a unit that is not text or that findings.csv does not know."""
    by_unit: dict[object, list[dict[str, str]]] = {}
    for row in rows:
        by_unit.setdefault(row["unit_code"], []).append(row)
    tasks, refused = [], []
    for job in jobs:
        if not (isinstance(job.unit, str) and isinstance(setting.plan, str)):
            refused.append(f"Tham số plan và unit phải là văn bản, không phải {setting.plan!r}, {job.unit!r}.")
        elif job.unit not in by_unit:
            refused.append(f"Không có kết quả nào của đơn vị mang mã “{job.unit}”. Kiểm tra mã đơn vị.")
        else:
            wanted = [r for r in by_unit[job.unit] if job.notebook in (NOTEBOOKS[r["objective"]], *REVIEWS)]
            tasks.append(Task(job, templates[job.notebook], tuple(wanted), setting))
    if refused:
        raise InputRefused(*dict.fromkeys(refused))
    return tasks


# ---- the batch ------------------------------------------------------------------------------------------------------


@contextmanager
def workers(count: int | None = None) -> Iterator[Executor]:
    """Processes that run notebooks; they start clean, so that nothing of this process reaches a notebook.

    If the run is interrupted they are ended at once, whatever they are doing.
    """
    forkserver = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forkserver else "spawn")
    if forkserver:
        context.set_forkserver_preload(["papermill", "pcmd_eval.batch", "pcmd_eval.page"])
    pool = ProcessPoolExecutor(count or os.cpu_count() or 1, mp_context=context, initializer=_begin_work)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        pool.shutdown()


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
        try:
            socket = source.socket
        except ForkFailed:
            log.warning("Kernel nhân bản không khởi động được; các sổ chạy bằng kernel thường, chậm hơn.")
    try:
        yield socket
    finally:
        source.stop()


def run_tasks(tasks: Sequence[Task], executor: Executor, keep: Callable[[Result], None]) -> list[Result]:
    """Run the tasks on any executor, hand each result to `keep` as it comes, and return them in order without content.

    A failure, even of a worker process, is a result like any other.
    """
    futures = {executor.submit(execute, task): task for task in tasks}
    results: dict[Job, Result] = {}
    for future in as_completed(futures):
        job = futures[future].job
        broken = future.exception()
        lost = Result(job, False, cause=f"tiến trình chạy sổ bị hỏng ({_line(broken)})")
        result = lost if broken else future.result()
        keep(result)
        results[job] = replace(result, notebook=b"", page=b"")
    return [results[task.job] for task in tasks]


def execute(task: Task) -> Result:
    """Run one notebook and judge it; a kernel that did not start gets one more try."""
    from pcmd_eval.page import normalised, page_bytes, text_of

    began = time.monotonic()
    trial = _attempt(task)
    if trial.cause and not trial.cell:
        trial = _attempt(task)
    seconds = round(time.monotonic() - began, 2)
    notebook = normalised(trial.notebook, task.template) if trial.notebook else None
    if trial.cause or notebook is None:
        return Result(task.job, False, seconds, trial.cell, trial.cause, text_of(notebook))
    up = "../" * (task.job.folder.count("/") + 1)
    page = page_bytes(notebook, task.rows[0]["unit_name"], f"{up}index.html", task.setting.illustrative)
    return Result(task.job, True, seconds, notebook=text_of(notebook), page=page)


# ---- one notebook ---------------------------------------------------------------------------------------------------


@dataclass
class _Trial:
    """One attempt at a notebook while it goes on: how far it came, and what went wrong."""

    notebook: NotebookNode | None = None
    cell: str = ""
    cause: str = ""
    kernels: list[Any] = field(default_factory=list)
    overdue: bool = False

    def opened(self, notebook: NotebookNode) -> None:
        self.notebook = notebook

    def reached(self, cell: NotebookNode, cell_index: int) -> None:
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

    trial, limits = _Trial(), task.setting.limits
    watchdog = threading.Timer(limits.notebook, trial.stop)
    watchdog.daemon = True
    with scratch_folder(task.setting.scratch) as scratch:
        record = scratch / "record.json"
        try:
            watchdog.start()
            trial.notebook = papermill.execute_notebook(
                nbformat.reads(task.template, as_version=4),
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
            return super().start_kernel(**{**options, "env": environment, "cwd": str(task.setting.folder)})

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
        "INTERNAL": task.setting.internal,
        "RECORD": scratch / "record.json",
        "RUN_ID": task.setting.run_id,
        "NOTEBOOK": task.job.notebook,
        "AUDIENCE": task.setting.audience,
    }
    named = {f"PCMD_{name}": str(value) for name, value in case.items()}
    named |= {SOCKET: task.setting.socket} if task.setting.socket else {KERNELS: "ordinary"}
    return {**common_environment(), **named, "IPYTHONDIR": str(scratch / "i")}


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
