"""How fast a batch is, as ratios measured in one run; writes results.md beside itself.

    python benchmarks/run.py

Batch: the 98 notebooks with their pages, as `pcmd-eval run` makes them. Floor: the code of their cells without any
notebook, then the same pages, in two long-lived processes. Loop: papermill with ordinary kernels, one after the other;
pool: two at a time (a sample of these, scaled). Rerun: the whole command when nothing has changed.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import nbformat
import papermill

from pcmd_eval import disclosure, paths
from pcmd_eval.batch import evaluate, fresh, page, tasks
from pcmd_eval.batch.tasks import NOTEBOOK, Task
from pcmd_eval.case import Case
from pcmd_eval.plan import load_plan

PLAN, PROCESSES, SAMPLE, ROUNDS = "phu_tho_2017", 2, 14, 3


def all_tasks(folder: Path) -> list[Task]:
    """The notebooks of the shipped set."""
    plan, policy = load_plan(PLAN), disclosure.load_disclosure()
    made = evaluate.evaluated(plan, paths.returns_folder(PLAN), paths.Places(folder))
    cells, totals = disclosure.public(made.intake.cells, policy), disclosure.totals(made.intake.cells, policy)
    case = Case(plan, plan.province, cells, made.intake.returns, made.findings, totals)
    return [task for task in tasks.tasks_of(case, tasks.given_by(case, PLAN)) if task.kind == NOTEBOOK]


def batch(task: Task) -> dict[str, bytes]:
    """As a run does it."""
    return fresh.in_fresh_process("pcmd_eval.batch.making:make", task)


def floor(task: Task, notebook: str, tables: str) -> None:
    """The code of the cells, what they show, and the page: all that has to be done."""
    os.environ["PCMD_TABLES"] = tables
    space: dict[str, object] = {}
    for cell in nbformat.reads(notebook, 4).cells:
        if cell.cell_type == "code" and cell.source:
            *body, last = ast.parse(cell.source).body
            exec(compile(ast.Module(body, []), "cell", "exec"), space)
            if isinstance(last, ast.Expr):
                shown = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
                getattr(shown, "_repr_mimebundle_", dict)()
            else:
                exec(compile(ast.Module([last], []), "cell", "exec"), space)
    page.page_bytes(nbformat.reads(notebook, 4), *task.page)


def ordinary(task: Task, tables: str) -> None:
    """Papermill as it comes."""
    os.environ["PCMD_TABLES"] = tables
    given = {"plan": task.given.plan, "unit": task.unit}
    papermill.execute_notebook(nbformat.reads(task.template, 4), None, given, progress_bar=False, cwd=tables)


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    clock = time.monotonic()
    work()
    return time.monotonic() - clock


def main() -> None:
    """Measure, print, and write results.md."""
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(PROCESSES, fresh.context("spawn")) as held:
        every = all_tasks(Path(folder))
        for name, content in every[0].given.tables.items():
            Path(folder, name).write_bytes(content)
        with ThreadPoolExecutor(PROCESSES) as threads:
            made = [*threads.map(batch, every)]  # starts the server, and gives the floor its notebooks
            notebooks = [files[f"{task.place}.ipynb"].decode() for task, files in zip(every, made, strict=True)]
            below, given = [folder] * len(every), (every, notebooks)
            ways = {"batch": lambda: [*threads.map(batch, every)], "floor": lambda: [*held.map(floor, *given, below)]}
            ways["floor"]()
            taken = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
        sample = every[:: len(every) // SAMPLE]
        loop = seconds(lambda: [ordinary(task, folder) for task in sample]) * len(every) / len(sample)
        pool = seconds(lambda: [*held.map(ordinary, sample, below)]) * len(every) / len(sample)
        command = [sys.executable, "-m", "pcmd_eval", "run", "--output", f"{folder}/out"]
        first, rerun = (seconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(2))
        reused = json.loads(Path(folder, "out", "published", "run.json").read_bytes())["jobs"]
    best = sorted(taken, key=lambda found: found["batch"] / found["floor"])[ROUNDS // 2]
    lines = [
        "# Speed",
        "",
        f"Written by `python benchmarks/run.py` on {date.today().isoformat()}: {len(every)} notebooks, "
        f"{PROCESSES} processes, median of {ROUNDS} rounds. Read the ratios; seconds hold whatever else ran.",
        "",
        "| what | aim | reached |",
        "|---|---|---|",
        f"| batch against the floor | at most 1,4 times | {best['batch'] / best['floor']:.2f} |",
        f"| papermill in a loop against the batch | at least 8 times | {loop / best['batch']:.1f} |",
        f"| papermill in a pool of {PROCESSES} against the batch | | {pool / best['batch']:.1f} |",
        f"| unchanged rerun, the whole command | under 2 s, none executed | {rerun:.2f} s, "
        f"{sum(not job['reused'] for job in reused)} executed |",
        "",
        f"Seconds: batch {best['batch']:.1f}, floor {best['floor']:.1f}, loop {loop:.0f} and pool {pool:.0f} "
        f"(from {len(sample)} notebooks), the whole first run {first:.1f}.",
        "",
    ]
    Path(__file__).with_name("results.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
