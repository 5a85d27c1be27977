"""How fast the batch is, as ratios measured in one run, and what a whole country costs; writes
docs/benchmark.md.

    python scripts/bench.py [COMMIT]

Batch: all notebooks with their pages, as `pcmd-eval run` makes them. Floor: the code of their cells
without any notebook, then the same pages, in two long-lived processes. Loop: papermill with
ordinary kernels, one after the other; pool: two at a time (a sample of these, scaled). Country: the
shipped cells copied under other codes, in one frame. Province: one notebook and one document where
there are more districts, the shipped ones under other codes. A COMMIT is measured beside this one:
the whole `run`, alternately, and where the time of a notebook and a document goes.
"""

import ast
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import nbformat
import pandas as pd
import papermill

from pcmd_eval import disclosure, paths
from pcmd_eval.batch import fresh, making, page, tasks
from pcmd_eval.case import Case
from pcmd_eval.findings import evaluate
from pcmd_eval.indicators import figures
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.plan import load_plan

PLAN, PROCESSES, SAMPLE, ROUNDS, COMMUNES = "phu_tho_2017", 2, 14, 3, 11_000
UNIT, DISTRICTS, PROVINCES, SUBREAPER = "230", (13, 28, 56), 63, 36
# Which functions a group of the profile is: their own time, without that of other groups within.
GROUPS = {
    "pictures": ("figures.bounds_chart", "figures.bars", "figures.district_map", "figures.draw"),
    "every choice of every rule": ("case.Case.under_every_choice",),
    "opening the case": ("case.open_case",),
    "tables and sentences shown": ("show.show",),
    "the notebook's own finding": ("findings.judge", "case.close_case"),
    "the page": ("batch.page.page_bytes", "batch.page.normalised", "batch.page.text_of"),
    "the Word document": ("review.letter.review",),
    "cells, IPython, papermill, checks": ("batch.making.make",),
}


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
    """Communes, cells, seconds of all six objectives in one frame, and megabytes this process held
    at most.
    """
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


# ---- a province of more districts ----------------------------------------------------------------


def enlarge(root: Path, districts: int) -> None:
    """A root with the shipped data and so many districts: the shipped ones again, under other codes
    and names.
    """
    shutil.copytree(paths.DATA, root / "data", ignore=shutil.ignore_patterns("returns"))
    shutil.copytree(paths.NOTEBOOKS, root / "notebooks")
    file = root / "data" / "plans" / f"{PLAN}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "boundaries:" not in line), encoding="utf-8")
    plan = load_plan(PLAN)
    register = root / "data" / "units" / plan.units.register_file
    rows = pd.read_csv(register, dtype="string")
    parts = []
    for code, again in copies(plan.districts.index, districts).items():
        own = rows[rows.district_code == again].copy()
        if code != again:
            own["commune_code"] = [f"{code}{number:02d}"[-5:] for number in range(len(own))]
            own = own.assign(district_code=code, district_name=own.district_name + f" {code}")
        parts.append(own)
    pd.concat(parts).to_csv(register, index=False)


def copies(shipped_districts: pd.Index, districts: int) -> dict[str, str]:
    """The code of each district, and the shipped one that it is a copy of."""
    own = [*shipped_districts]
    more = {f"{700 + at}": own[at % len(own)] for at in range(districts - len(own))}
    return dict(zip(own, own, strict=True)) | more


def province(districts: int) -> dict[str, float]:
    """Seconds of processor for one notebook and one document of a unit, by "notebook" and
    "document".
    """
    plan, policy = load_plan(PLAN), disclosure.load_disclosure()
    intake = read_returns(plan, Path(os.environ["PCMD_RETURNS"]))
    communes = plan.register[plan.register.level == "commune"].groupby("parent").groups
    cells, returns = [intake.cells[intake.cells.reporter == plan.province]], []
    known = copies(pd.Index(["227", *sorted({*plan.districts.index} - {"227"})])[:13], districts)
    for code, again in known.items():
        renamed = dict(zip(communes[again], communes[code], strict=True)) | {again: code}
        own = intake.cells[intake.cells.reporter == again]
        cells.append(own.assign(reporter=code, unit_code=own.unit_code.map(renamed)))
        sent = intake.returns[intake.returns.reporter == again]
        returns.append(sent.assign(reporter=code))
    returns.append(intake.returns[intake.returns.reporter == plan.province])
    every, sent = pd.concat(cells, ignore_index=True), pd.concat(returns, ignore_index=True)
    public, totals = disclosure.public(every, policy), disclosure.totals(every, policy)
    figured = figures(plan, public, sent, totals)
    case = Case(plan, plan.province, public, sent, evaluate(plan, every), totals, figured)
    given = tasks.given_by(case, PLAN)
    own_tasks = [task for task in tasks.tasks_of(case, given) if task.unit == UNIT]
    with fresh.sharing() as share:
        share(given)
        taken: dict[str, list[float]] = {}
        for task in own_tasks:
            found = [fresh.in_fresh_process("bench:spent", task) for _ in range(ROUNDS)]
            taken.setdefault(task.kind, []).append(statistics.median(found))
    return {kind: sum(found) / len(found) for kind, found in taken.items()}


def spent(task: tasks.Task, folder: str, say: Callable[[str], None]) -> float:
    """Seconds of processor that this process takes to make a task."""
    clock = time.process_time()
    making.make(task, folder, say)
    return time.process_time() - clock


def grown() -> list[dict[str, float]]:
    """What `province` measures, for each number of districts."""
    found = []
    for districts in DISTRICTS:
        with tempfile.TemporaryDirectory() as folder:
            enlarge(Path(folder), districts)
            returns = str(paths.returns_folder(PLAN).resolve())
            env = os.environ | {"PCMD_ROOT": folder, "PCMD_RETURNS": returns}
            found.append(json.loads(itself("--province", str(districts), env=env)))
    return found


# ---- the commit before ---------------------------------------------------------------------------


def tree(command: list[str]) -> float:
    """Seconds of processor of a command with all that it starts, also what outlives it."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


def profile() -> dict[str, float]:
    """Seconds of processor by group, of all notebooks and the documents of one district and the
    province.
    """
    case = shipped(PLAN)
    given, found = tasks.given_by(case, PLAN), dict.fromkeys(GROUPS, 0.0)
    sharing = getattr(fresh, "sharing", nullcontext)  # a commit before has none
    with sharing() as share:
        if share:
            share(given)
        for task in (task for task in tasks.tasks_of(case, given) if task.unit in (UNIT, "25")):
            for group, taken in fresh.in_fresh_process("bench:grouped", task).items():
                found[group] += taken
    return found


def grouped(task: tasks.Task, folder: str, say: Callable[[str], None]) -> dict[str, float]:
    """Seconds of processor by group."""
    taken, stack = dict.fromkeys(GROUPS, 0.0), []

    def clocked(work: Callable[..., object], group: str) -> Callable[..., object]:
        @wraps(work)
        def timed(*given: object, **more: object) -> object:
            clock, within = time.process_time(), len(stack)
            stack.append(0.0)
            try:
                return work(*given, **more)
            finally:
                whole = time.process_time() - clock
                taken[group] += whole - stack.pop()
                if within:
                    stack[-1] += whole

        return timed

    modules = [module for name, module in sys.modules.items() if name.startswith("pcmd_eval")]
    for group, names in GROUPS.items():
        for name in names:
            *where, last = name.split(".")
            home = resolve_name("pcmd_eval." + ".".join(where))
            if not hasattr(home, last):
                continue
            old = getattr(home, last)
            new = clocked(old, group)
            for place in (home, *modules):
                if vars(place).get(last) is old:
                    setattr(place, last, new)
    making.make(task, folder, say)
    return taken


def before(commit: str) -> str:
    """The part of the page about another commit."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder, "before")
        git = ["git", "-C", str(paths.ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(there), commit], check=True)
        try:
            run = [sys.executable, "-m", "pcmd_eval", "run", "--output"]
            taken: dict[Path, list[float]] = {there: [], paths.ROOT: []}
            for at in range(2 * ROUNDS):
                where = [*taken][at % 2]
                out = Path(folder, f"out{at}")
                taken[where].append(float(itself("--tree", *run, str(out), cwd=where)))
            env = os.environ | {"PYTHONPATH": str(there)}
            old = json.loads(itself("--profile", cwd=there, env=env))
            new = json.loads(itself("--profile"))
        finally:
            subprocess.run([*git, "remove", "--force", str(there)], check=True)
    was, now = (statistics.median(found) for found in taken.values())
    lines = [f"| {group} | {old[group]:.2f} | {new[group]:.2f} |" for group in GROUPS]
    return f"""
## Beside {commit}

Processor time of the whole `run` with all its processes, alternately, median of {ROUNDS}: {was:.1f} s before,
{now:.1f} s now, {now / was:.2f} of it. Where it goes, for the notebooks and documents of a district and the province
(a picture is drawn by the main process, once for all, and not counted here):

| group | before, s | now, s |
|---|---|---|
{chr(10).join(lines)}
"""


def itself(*arguments: str, cwd: Path = paths.ROOT, **more: Any) -> str:
    """What this script prints in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(
        command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **more
    ).stdout.splitlines()[-1]


def main(commit: str) -> None:
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
        with fresh.sharing() as share, ThreadPoolExecutor(PROCESSES) as threads:
            share(every[0].given)
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
    more = grown()
    best = sorted(taken, key=lambda found: found["batch"] / found["floor"])[ROUNDS // 2]
    batched = best["batch"]
    rows = [
        f"| {districts} | {found['notebook']:.2f} | {found['document']:.2f} |"
        for districts, found in zip(DISTRICTS, more, strict=True)
    ]
    text = f"""# Benchmark

Written by `make bench` (`scripts/bench.py`): {len(every)} notebooks, {PROCESSES} processes, all ways in one run,
batch and floor as the median of {ROUNDS} rounds. Read the ratios; seconds hold whatever else the machine did.

| what | seconds | ratio | aim |
|---|---|---|---|
| floor: the cells' code and the pages, without notebooks | {best["floor"]:.1f} | | |
| batch: a process for each notebook | {batched:.1f} | {batched / best["floor"]:.2f} times the floor | at most 1.3 |
| papermill in a pool of {PROCESSES} | {pool:.0f} | {pool / batched:.1f} times the batch | |
| papermill in a plain loop | {loop:.0f} | {loop / batched:.1f} times the batch | at least 15 |
| the whole first `run`: returns, notebooks, documents, site | {first:.1f} | | |
| unchanged rerun, {sum(not job["reused"] for job in jobs)} notebooks executed | {rerun:.1f} | | under 1 s |
| {PROVINCES} such provinces, one after the other (calculated) | {first * PROVINCES:.0f} | | |
| the {len(case.findings)} findings of the province | {findings:.2f} | | |
| all six objectives for {communes:,} communes, {cells:,} cells in one frame | {all_six:.2f} | | |

Peak memory of the last line: {held_at_most:.0f} MB, reading of the returns and libraries included.

## A province of more districts

Seconds of processor for what is made for one district: the cost does not grow with the number of others.

| districts | a notebook | its document |
|---|---|---|
{chr(10).join(rows)}
{before(commit) if commit else ""}"""
    (paths.ROOT / "docs" / "benchmark.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--tree", *command]:
            print(tree(command))
        case ["--profile"]:
            print(json.dumps(profile()))
        case ["--province", districts]:
            print(json.dumps(province(int(districts))))
        case given:
            main(*given or [""])
