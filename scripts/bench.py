"""How fast the batch is, as ratios measured in one run, and what a whole country costs; writes docs/benchmark.md.

    python scripts/bench.py

Batch: all notebooks with their pages, as `pcmd-eval run` makes them. Floor: the code of their cells without any
notebook, then the same pages, in two long-lived processes. Loop: papermill with ordinary kernels, one after the other;
pool: two at a time (a sample of these, scaled). Country: the shipped cells copied under other codes, in one frame.
"""

import ast
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pandas as pd
import papermill

from pcmd_eval import disclosure, paths
from pcmd_eval.batch import fresh, page, tasks
from pcmd_eval.case import Case
from pcmd_eval.findings import evaluate
from pcmd_eval.indicators import figures
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.plan import load_plan

PLAN, PROCESSES, SAMPLE, ROUNDS, COMMUNES = "phu_tho_2017", 2, 14, 3, 11_000


def shipped(plan_name: str) -> Case:
    """The public edition of the shipped returns."""
    plan, policy = load_plan(plan_name), disclosure.load_disclosure()
    intake = read_returns(plan, paths.returns_folder(plan_name))
    cells, totals = disclosure.public(intake.cells, policy), disclosure.totals(intake.cells, policy)
    findings, figured = evaluate(plan, intake.cells), figures(plan, cells, intake.returns, totals)
    return Case(plan, plan.province, cells, intake.returns, findings, totals, figured)


def batch(task: tasks.Task) -> dict[str, bytes]:
    """As a run does it."""
    return fresh.in_fresh_process("pcmd_eval.batch.making:make", task)


def floor(task: tasks.Task, notebook: str, tables: str) -> None:
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


def ordinary(task: tasks.Task, tables: str) -> None:
    """Papermill as it comes."""
    os.environ["PCMD_TABLES"] = tables
    given = {"plan": task.given.plan, "unit": task.unit}
    papermill.execute_notebook(
        nbformat.reads(task.template, 4), None, given, progress_bar=False, cwd=tables
    )


def country(plan_name: str, folder: str, say: object) -> tuple[int, int, float, float]:
    """Communes, cells, seconds of all six objectives in one frame, and megabytes this process held at most."""
    case = shipped(plan_name)
    copies = -(-COMMUNES // len(case.plan.communes()))
    codes = ["reporter", "unit_code"]
    cells = pd.concat(
        [case.cells.assign(**{c: f"{n}-" + case.cells[c] for c in codes}) for n in range(copies)]
    )
    communes = cells.unit_code[cells.objective == "communication"].nunique()
    taken = seconds(
        lambda: [f(cells, case.rules(slug), case.year) for slug, f in OBJECTIVES.items()]
    )
    return communes, len(cells), taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    clock = time.monotonic()
    work()
    return time.monotonic() - clock


def main() -> None:
    """Measure, print, and write the page."""
    case = shipped(PLAN)
    every = [
        task
        for task in tasks.tasks_of(case, tasks.given_by(case, PLAN))
        if task.kind == tasks.NOTEBOOK
    ]
    findings = min(seconds(lambda: evaluate(case.plan, case.cells)) for _ in range(ROUNDS))
    communes, cells, all_six, held_at_most = fresh.in_fresh_process("bench:country", PLAN)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(PROCESSES, fresh.context("spawn")) as held,
    ):
        for name, content in every[0].given.tables.items():
            Path(folder, name).write_bytes(content)
        with ThreadPoolExecutor(PROCESSES) as threads:
            made = [
                *threads.map(batch, every)
            ]  # starts the server, and gives the floor its notebooks
            notebooks = [
                files[f"{task.place}.ipynb"].decode()
                for task, files in zip(every, made, strict=True)
            ]
            below, given = [folder] * len(every), (every, notebooks)
            ways = {
                "batch": lambda: [*threads.map(batch, every)],
                "floor": lambda: [*held.map(floor, *given, below)],
            }
            ways["floor"]()
            taken = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
        sample = every[:: len(every) // SAMPLE]
        loop = (
            seconds(lambda: [ordinary(task, folder) for task in sample]) * len(every) / len(sample)
        )
        pool = seconds(lambda: [*held.map(ordinary, sample, below)]) * len(every) / len(sample)
        command = [sys.executable, "-m", "pcmd_eval", "run", "--output", f"{folder}/out"]
        first, rerun = (
            seconds(lambda: subprocess.run(command, check=True, capture_output=True))
            for _ in range(2)
        )
        jobs = json.loads(Path(folder, "out", "published", "run.json").read_bytes())["jobs"]
    best = sorted(taken, key=lambda found: found["batch"] / found["floor"])[ROUNDS // 2]
    batched = best["batch"]
    text = f"""# Benchmark

Written by `make bench` (`scripts/bench.py`): {len(every)} notebooks, {PROCESSES} processes, all ways in one run,
batch and floor as the median of {ROUNDS} rounds. Read the ratios; seconds hold whatever else the machine did.

| what | seconds | ratio | aim |
|---|---|---|---|
| floor: the cells' code and the pages, without notebooks | {best["floor"]:.1f} | | |
| batch: a process for each notebook | {batched:.1f} | {batched / best["floor"]:.2f} times the floor | at most 1.4 |
| papermill in a pool of {PROCESSES} | {pool:.0f} | {pool / batched:.1f} times the batch | |
| papermill in a plain loop | {loop:.0f} | {loop / batched:.1f} times the batch | at least 8 |
| the whole first `run`: returns, notebooks, documents, site | {first:.1f} | | |
| unchanged rerun, {sum(not job["reused"] for job in jobs)} notebooks executed | {rerun:.1f} | | under 2 s |
| the {len(case.findings)} findings of the province | {findings:.2f} | | |
| all six objectives for {communes:,} communes, {cells:,} cells in one frame | {all_six:.2f} | | |

Peak memory of the last line: {held_at_most:.0f} MB, reading of the returns and libraries included.
"""
    (paths.ROOT / "docs" / "benchmark.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
