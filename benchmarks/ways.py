"""The execution stage in four ways: notebooks in, executed notebooks and pages out.

    python benchmarks/ways.py batch|loop|pool|floor STATE OUT PROCESSES FIRST STEP

does every STEP-th notebook from the FIRST on. STATE holds the tasks as the batch itself makes them (tasks.pickle) and
each task's tables (tables/0, tables/1, …). Prints the seconds from having the tasks to having all files, starting and
preloading of processes included.
"""

import ast
import base64
import importlib
import json
import multiprocessing
import os
import pickle
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from pcmd_eval import paths
from pcmd_eval.batch import workers
from pcmd_eval.batch.jobs import Result, Task

_LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}
Work = list[tuple[Task, Path]]  # each task and the folder with its tables
_NEEDED = ("display", "figures", "notebook", "objectives", "bounds", "batch.page")


# ---- the batch ------------------------------------------------------------------------------------------------------


def by_batch(work: Work, out: Path, processes: int) -> None:
    """As `pcmd-eval run` does it: kernels forked from a preloaded process."""

    def keep(result: Result) -> Result:
        assert result.done, result.words
        _write(out / result.job.place, result.notebook, result.page)
        return result

    with workers.kernel_source() as socket, workers.workers() as pool:
        assert socket, "no forked kernels here"
        ready = [replace(task, setting=replace(task.setting, socket=socket)) for task, _ in work]
        workers.run_tasks(ready, pool, keep)


# ---- papermill as it comes ------------------------------------------------------------------------------------------


def by_loop(work: Work, out: Path, processes: int) -> None:
    """One after the other."""
    for task, tables in work:
        plain(task, tables, out)


def by_pool(work: Work, out: Path, processes: int) -> None:
    """The same in a pool of processes."""
    _share(plain, work, out, processes)


def plain(task: Task, tables: Path, out: Path) -> None:
    """papermill with an ordinary kernel, then the page."""
    import papermill

    _enter(task, tables, out)
    target = out / f"{task.job.place}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    executed = papermill.execute_notebook(
        str(paths.NOTEBOOKS / f"{task.job.notebook}.ipynb"),
        str(target),
        {"plan": task.setting.plan, "unit": task.job.unit},
        kernel_name="python3",
        cwd=str(tables),
        progress_bar=False,
    )
    _finish(executed, task, out)


# ---- the floor ------------------------------------------------------------------------------------------------------


def by_floor(work: Work, out: Path, processes: int) -> None:
    """The cells' code without notebooks, kernels or messages, in processes that have everything imported."""
    _preload()
    _share(bare, work, out, processes)


def _preload() -> None:
    """Import what notebooks and pages need; draw one figure, make one page."""
    for name in _NEEDED:
        importlib.import_module(f"pcmd_eval.{name}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from pcmd_eval.batch.page import page_bytes

    figure = Figure(figsize=(1, 1))
    figure.subplots().set_title("Chưa đủ số liệu")
    FigureCanvasAgg(figure).draw()
    page_bytes(new_notebook(), "", "", False)


def bare(task: Task, tables: Path, out: Path) -> None:
    """Execute the code of one notebook in this process and put what it shows into the same files."""
    _enter(task, tables, out)
    notebook = nbformat.reads(task.template, as_version=4)
    notebook.metadata["language_info"] = _LANGUAGE
    place = next(i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", []))
    values = {"plan": task.setting.plan, "unit": task.job.unit}
    source = "\n".join(["# Parameters", *(f'{name} = "{value}"' for name, value in values.items()), ""])
    notebook.cells.insert(place + 1, new_code_cell(source, metadata={"tags": ["injected-parameters"]}))
    names: dict[str, Any] = {"__name__": "__main__"}
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        shown = _value(cell.source, names)
        cell.execution_count = count
        cell.outputs = [] if shown is None else [_output(shown, count)]
    _finish(notebook, task, out)


def _value(source: str, names: dict[str, Any]) -> object:
    """What a cell shows: the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if isinstance(last, ast.Expr) else None


def _output(shown: Any, count: int) -> NotebookNode:
    """The output by which a notebook holds a display object."""
    metadata: dict[str, Any] = {}
    if hasattr(shown, "_repr_mimebundle_"):
        data, metadata = shown._repr_mimebundle_()
        data = {kind: base64.b64encode(v).decode() if isinstance(v, bytes) else v for kind, v in data.items()}
    else:
        data = {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
    return new_output("execute_result", data, metadata=metadata, execution_count=count)


# ---- what they share ------------------------------------------------------------------------------------------------


def _share(do: Callable[..., None], work: Work, out: Path, processes: int) -> None:
    forked = "fork" in multiprocessing.get_all_start_methods()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork" if forked else None)) as pool:
        futures = [pool.submit(do, task, tables, out) for task, tables in work]
        for future in futures:
            future.result()


def _enter(task: Task, tables: Path, out: Path) -> None:
    """The environment of one notebook, here and in the kernel that it gets."""
    record = out / "records" / f"{task.job.place}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    values = {"INTERNAL": tables, "RECORD": record, "RUN_ID": task.setting.run_id, "NOTEBOOK": task.job.notebook}
    os.environ.update({f"PCMD_{name}": str(value) for name, value in values.items()})
    os.environ["PCMD_AUDIENCE"] = task.setting.audience


def _finish(notebook: NotebookNode, task: Task, out: Path) -> None:
    """The executed notebook in its published form, and its page."""
    from pcmd_eval.batch.page import normalised, page_bytes, text_of

    clean = normalised(notebook, task.template)
    up = "../" * (task.job.folder.count("/") + 1)
    page = page_bytes(clean, task.rows[0]["unit_name"], f"{up}index.html", task.setting.illustrative)
    _write(out / task.job.place, text_of(clean), page)


def _write(place: Path, notebook: bytes, page: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.with_name(f"{place.name}.ipynb").write_bytes(notebook)
    place.with_name(f"{place.name}.html").write_bytes(page)


WAYS = {"batch": by_batch, "loop": by_loop, "pool": by_pool, "floor": by_floor}


def main(way: str, state: str, out: str, processes: str, first: str, step: str) -> None:
    """Run one way and print how long it took, and for how many notebooks."""
    tasks = pickle.loads((Path(state) / "tasks.pickle").read_bytes())
    every = [(task, Path(state) / "tables" / str(index)) for index, task in enumerate(tasks)]
    work = every[int(first) :: int(step)]
    began = time.perf_counter()
    WAYS[way](work, Path(out), int(processes))
    print(json.dumps({"seconds": time.perf_counter() - began, "notebooks": len(work)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
