"""Measure the batch as ratios, all in one run, and write docs/benchmark.md.

    python scripts/bench.py [PART ...] [COMMIT]

Parts, all of them unless some are named:

batch        all notebooks with their pages as `run` makes them, next to a floor: the same code and
             pages without any notebook, in two long-lived processes
papermill    the same with ordinary kernels, one after the other and two at a time (a sample)
calculation  the findings, and all objectives in one frame of a whole country
run          the whole command, first and again unchanged, alternately with an earlier COMMIT
units        the whole command for 13 districts, and for 56, 126 and 225 communes
timeline     which process is busy when in a whole run

The page is written only if all parts were measured.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

# jsonschema compiles 38 grammars with it, 1.4 s, to check addresses, which no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)

import nbformat
import pandas as pd
import papermill

from pcmd_eval.analysis import session
from pcmd_eval.analysis.case import Case, prepare
from pcmd_eval.batch import notebook_html, task_runner, tasks, worker_process
from pcmd_eval.charts import picture
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths

PLAN, COMMUNE_PLAN = "phu_tho_2017", "ha_noi_2026"
PROCESSES, ROUNDS = 2, 3
SAMPLE = 14  # notebooks that ordinary kernels execute
COMMUNES, PROVINCES = 11_000, 63  # of the whole country
UNITS = (56, 126, 225)  # numbers of communes that report
UNIT = "230"
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux: orphaned processes become children of this one
RUN_TASK = "pcmd_eval.batch.task_runner:run_task"


def shipped_case() -> Case:
    """Return the province's public case of the shipped returns."""
    plan = load_plan(PLAN)
    intake = read_returns(plan, paths.returns_folder(PLAN))
    findings = evaluate(plan, intake.cells)
    return session.public_case(session.exact_case(plan, intake, findings))


def list_notebooks() -> tuple[tasks.TaskInputs, list[tasks.Task]]:
    """Return the inputs of the shipped set's notebooks, and their tasks."""
    case = shipped_case()
    inputs = tasks.collect_inputs(case, PLAN, documents=False)
    return inputs, tasks.list_notebooks(case, inputs)


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


@contextmanager
def tables_folder(inputs: tasks.TaskInputs) -> Iterator[str]:
    """Yield a folder with the tables of notebooks."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in inputs.tables.items():
            Path(folder, name).write_bytes(content)
        yield folder


# ---- all notebooks -------------------------------------------------------------------------------


def run_all(
    inputs: tasks.TaskInputs,
    every: list[Any],
    threads: ThreadPoolExecutor,
    function: str = RUN_TASK,
) -> list[Any]:
    """Return the results of a function called with each of `every` in a worker process, as in a run."""
    run_in_worker = worker_process.run_in_worker
    return [*threads.map(lambda task: run_in_worker(function, task, inputs), every)]


def run_floor(task: tasks.Task, notebook: str, tables: str) -> None:
    """Run the code of the cells and make the page, without executing a notebook.

    Each process loads the case once.
    """
    os.environ["PCMD_TABLES"] = tables
    key = (PLAN, tables)
    if key not in session.cached_cases:
        session.cached_cases[key] = session.load_filed_case(*key)
        prepare(session.cached_cases[key])
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
    notebook_html.page_bytes(nbformat.reads(notebook, 4), *task.page)


def run_floor_apart(
    pair: tuple[tasks.Task, str], inputs: tasks.TaskInputs, folder: str, report_step: object
) -> None:
    """Call `run_floor` in a worker process, with the case that the fork server has preloaded."""
    picture.draw = worker_process.draw_in_parent
    run_floor(*pair, task_runner._preloaded[inputs.key])


def part_batch() -> str:
    """Measure batch, floor, and the floor in as many processes as the batch, alternately."""
    inputs, every = list_notebooks()
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # so that the server knows this module
    context = worker_process.start_context(worker_process.START_METHOD)
    context.set_forkserver_preload(["bench", worker_process.PRELOAD])
    with (
        tables_folder(inputs) as folder,
        ProcessPoolExecutor(PROCESSES, worker_process.start_context("spawn")) as pool,
        worker_process.sharing() as share,
        ThreadPoolExecutor(PROCESSES + 1) as threads,  # as many as a run has
    ):
        share([inputs])
        executed = zip(every, run_all(inputs, every, threads), strict=True)
        pairs = [(task, files[f"{task.path}.ipynb"].decode()) for task, files in executed]
        arguments = (*zip(*pairs, strict=True), [folder] * len(pairs))
        ways = {
            "batch": lambda: run_all(inputs, every, threads),
            "apart": lambda: run_all(inputs, pairs, threads, "bench:run_floor_apart"),
            "floor": lambda: [*pool.map(run_floor, *arguments)],
        }
        ways["floor"]()
        rounds = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    middle = {name: statistics.median(taken[name] for taken in rounds) for name in ways}
    ratio = {
        name: statistics.median(taken["batch"] / taken[name] for taken in rounds)
        for name in ("floor", "apart")
    }
    return f"""## {len(every)} notebooks with their pages, {PROCESSES} processors

| what | seconds | batch is so many times that |
|---|---|---|
| floor: the cells' code and the pages, without notebooks | {middle["floor"]:.1f} | {ratio["floor"]:.2f} |
| the same, each notebook's in a process of its own | {middle["apart"]:.1f} | {ratio["apart"]:.2f} |
| batch: a process for each notebook | {middle["batch"]:.1f} | |

A process for each notebook is part of what is promised: nothing of one notebook reaches another.
The second line is the least that this costs; the ratio to it is IPython, papermill and the checks.
"""


def run_ordinary(task: tasks.Task, tables: str) -> None:
    """Execute a notebook by plain papermill."""
    os.environ["PCMD_TABLES"] = tables
    template = nbformat.reads(task.template, 4)
    parameters = {"plan": PLAN, "unit": task.unit}
    papermill.execute_notebook(template, None, parameters, progress_bar=False, cwd=tables)


def part_papermill() -> str:
    """Measure papermill with ordinary kernels on a sample of the notebooks, scaled; then the batch."""
    inputs, every = list_notebooks()
    sample = every[:: len(every) // SAMPLE]
    scale = len(every) / len(sample)
    with (
        tables_folder(inputs) as folder,
        ProcessPoolExecutor(PROCESSES, worker_process.start_context("spawn")) as pool,
    ):
        folders = [folder] * len(sample)
        loop = scale * seconds(lambda: [run_ordinary(task, folder) for task in sample])
        pooled = scale * seconds(lambda: [*pool.map(run_ordinary, sample, folders)])
    with worker_process.sharing() as share, ThreadPoolExecutor(PROCESSES) as threads:
        share([inputs])
        run_all(inputs, every[:PROCESSES], threads)
        batch = seconds(lambda: run_all(inputs, every, threads))
    return f"""## Next to papermill with ordinary kernels

{len(sample)} of {len(every)} notebooks, scaled; papermill without pages.

| what | seconds | times the batch |
|---|---|---|
| papermill in a plain loop | {loop:.0f} | {loop / batch:.1f} |
| papermill in a pool of {PROCESSES} | {pooled:.0f} | {pooled / batch:.1f} |
| batch, with the pages | {batch:.1f} | |
"""


# ---- the calculation -----------------------------------------------------------------------------


def part_calculation() -> str:
    """Measure the findings, and a frame of a whole country."""
    case = shipped_case()
    findings = min(seconds(lambda: evaluate(case.plan, case.cells)) for _ in range(ROUNDS))
    communes, cells, taken, memory = json.loads(run_self("--country"))
    return f"""## The calculation alone

| what | seconds |
|---|---|
| the {len(case.findings)} findings of the province, with their sentences | {findings:.2f} |
| all six objectives for {communes:,} communes, {cells:,} cells in one frame | {taken:.2f} |

Peak memory of the last line: {memory:.0f} MB, reading of the returns and libraries included.
"""


def measure_country() -> tuple[int, int, float, float]:
    """Return communes, cells, seconds of all objectives in one frame, and the peak megabytes of
    this process: the shipped cells under other codes.
    """
    case = shipped_case()
    times, codes = -(-COMMUNES // len(case.plan.communes())), ["reporter", "unit_code"]
    copies = (
        case.cells.assign(**{code: f"{number}-" + case.cells[code] for code in codes})
        for number in range(times)
    )
    cells = pd.concat(copies)
    communes = cells.unit_code[cells.objective == "communication"].nunique()
    taken = seconds(lambda: [case.plan.steps(slug, cells) for slug in case.plan.by_slug])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return communes, len(cells), taken, memory


# ---- the whole run -------------------------------------------------------------------------------


def part_run(before: Path | None, commit: str) -> str:
    """Measure the whole command, first and again, alternately with the tree of another commit."""
    trees = {"before": before, "now": paths.ROOT} if before else {"now": paths.ROOT}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for root in trees.values():  # whose modules are compiled once, as after an installation
        command = [sys.executable, "-m", "compileall", "-q", "pcmd_eval"]
        subprocess.run(command, cwd=root, check=True)
    for _ in range(ROUNDS):
        for name, root in trees.items():
            with tempfile.TemporaryDirectory() as folder:
                taken[name].append(_run_twice(root, Path(folder, "out")))
    middle = {
        name: {what: statistics.median(found[what] for found in rounds) for what in rounds[0]}
        for name, rounds in taken.items()
    }
    rows = [_comparison_row(what, middle) for what in middle["now"]]
    country = middle["now"]["the whole first run, processor, s"] * PROVINCES / 60
    return f"""## The whole run

Returns, notebooks, documents, pages; then again, unchanged. Median of {ROUNDS} alternating rounds
{f"with {commit}" if commit else ""}.

| what | before | now | ratio |
|---|---|---|---|
{chr(10).join(rows)}

{PROVINCES} such provinces, one after the other, would take {country:.0f} minutes of processor
(calculated).
"""


def _run_twice(root: Path, output: Path) -> dict[str, float]:
    """Run the command of a tree twice; return the measurements of both runs by name."""
    command = [sys.executable, "-m", "pcmd_eval", "run", "--output", str(output)]
    published = output / "published"
    first = json.loads(run_self("--tree", *command, cwd=root))
    record = (published / "run.json").read_bytes()
    again = json.loads(run_self("--tree", *command, cwd=root))
    second = (published / "run.json").read_bytes()
    # An earlier commit publishes again what it takes from its store.
    is_reused = all(job["reused"] for job in json.loads(second)["jobs"])
    assert second == record or is_reused, "the second run executed something"
    return {
        "the whole first run, s": first["wall"],
        "the whole first run, processor, s": first["processor"],
        "unchanged rerun, s": again["wall"],
        "unchanged rerun, processor, s": again["processor"],
        "the published set, MB": _megabytes(published),
    }


def _megabytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _comparison_row(what: str, middle: dict[str, dict[str, float]]) -> str:
    """Return a row of the table; `middle`: medians by tree ("before", "now") and measurement."""
    now = middle["now"][what]
    if "before" not in middle:
        return f"| {what} | | {now:.2f} | |"
    was = middle["before"][what]
    return f"| {what} | {was:.2f} | {now:.2f} | {now / was:.2f} |"


def measure_tree(command: list[str]) -> dict[str, float]:
    """Run a command; return `wall` and `processor` seconds, and the peak `memory` (MB) of the
    largest process.

    Counts all processes that the command starts, those that outlive it included.
    """
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - start
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    return {"wall": wall, "processor": processor, "memory": used.ru_maxrss / 1024}


# ---- what to expect ------------------------------------------------------------------------------


def part_units() -> str:
    """Measure the whole command for 13 districts and for communes that report."""
    rows = [_measure_units("13 districts", PLAN, paths.ROOT)]
    for units in UNITS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_root(root, units)
            env = os.environ | {"PCMD_ROOT": folder}
            script = [sys.executable, paths.ROOT / "scripts" / "illustrative.py", COMMUNE_PLAN]
            subprocess.run(script, env=env, check=True, stdout=subprocess.DEVNULL)
            rows.append(_measure_units(f"{units} communes", COMMUNE_PLAN, root))
    base = rows[0]
    lines = [
        f"| {row['what']} | {row['wall'] / 60:.1f} | {row['wall'] / base['wall']:.2f} "
        f"| {row['notebooks']} "
        f"| {row['processor']:.0f} | {row['processor'] / base['processor']:.2f} "
        f"| {row['memory']:.0f} | {row['set']:.1f} |"
        for row in rows
    ]
    few, *_, many = rows[1:]
    each = (many["processor"] - few["processor"]) / (UNITS[-1] - UNITS[0])
    return f"""## What to expect of a first run

`pcmd-eval run` from returns to the published set and the documents, once each. Districts have seven
notebooks each, communes one (`notebooks: review`). Memory is that of the largest process. A further
commune takes {each:.2f} s of processor (from the first and the last number of communes).

| reporting units | minutes | times 13 districts | notebooks | processor, s | times | memory, MB | set, MB |
|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def _measure_units(what: str, plan: str, root: Path) -> dict[str, Any]:
    """Measure a whole run of a plan; return `measure_tree` with notebooks and size of the set."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pcmd_eval", "run", "--plan", plan, "--output", folder]
        env = os.environ | {"PCMD_ROOT": str(root)}
        taken = json.loads(run_self("--tree", *command, env=env))
        published = Path(folder, "published")
        jobs = json.loads((published / "run.json").read_bytes())["jobs"]
        return taken | {"what": what, "notebooks": len(jobs), "set": _megabytes(published)}


def write_root(root: Path, units: int) -> None:
    """Write a root with the shipped data, and a register of `units` communes that report.

    These are the communes of the register, then copies of them under other codes and names.
    """
    shutil.copytree(paths.DATA, root / "data", ignore=shutil.ignore_patterns("returns"))
    shutil.copytree(paths.NOTEBOOKS, root / "notebooks")
    register = root / "data" / "units" / f"{COMMUNE_PLAN}.csv"
    rows = pd.read_csv(register, dtype="string")
    more = rows.iloc[: max(units - len(rows), 0)].copy()
    more["commune_code"] = [f"9{number:04d}" for number in range(len(more))]
    more["commune_name"] += " B"
    pd.concat([rows.iloc[:units], more]).to_csv(register, index=False)


# ---- what runs when ------------------------------------------------------------------------------


def part_timeline() -> str:
    """Measure the use of processors by the main process, the server and the workers of a run."""
    ticks = os.sysconf("SC_CLK_TCK")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pcmd_eval", "run", "--output", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=paths.ROOT)
        start, samples = time.monotonic(), []
        while process.poll() is None:
            samples.append((time.monotonic() - start, _used_by_kind(process.pid)))
            time.sleep(0.25)
    lines, busy_seconds = [], []
    for second in range(int(samples[-1][0]) + 1):
        within = [used for moment, used in samples if second <= moment < second + 1]
        if len(within) < 2:
            continue
        shares = dict.fromkeys(("main", "server", "workers"), 0.0)
        for old, new in pairwise(within):
            for pid, (kind, spent) in new.items():
                shares[kind] += (spent - old.get(pid, (kind, 0))[1]) / ticks
        busy = sum(shares.values()) / (len(within) - 1) / 0.25 / (os.cpu_count() or 1)
        parts = " | ".join(f"{share / (len(within) - 1) / 0.25:.2f}" for share in shares.values())
        lines.append(f"| {second} | {parts} | {min(busy, 1):.0%} |")
        busy_seconds.append(min(busy, 1))
    return f"""## What runs when

Processors used by the main process (returns, tables, audit workbook, annotated returns, charts),
the server that loads libraries and the case once, and the workers (notebooks, documents, pages).
Between the first and the last second {statistics.mean(busy_seconds[1:-1]):.0%} of the processors
were busy.

| second | main | server | workers | of {os.cpu_count()} processors busy |
|---|---|---|---|---|
{chr(10).join(lines)}
"""


def _used_by_kind(main):
    """Return kind and clock ticks of the main process and its descendants by process id.

    The server is the child of the main process, workers are children of the server.
    """
    stats = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # the process has ended by now
            fields = file.read_text().rpartition(")")[2].split()
            stats[int(file.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    used = {}
    for pid, (parent, spent) in stats.items():
        chain = [pid, parent]
        while chain[-1] in stats and chain[-1] != main:
            chain.append(stats[chain[-1]][0])
        if pid == main:
            used[pid] = "main", spent
        elif main in chain:
            used[pid] = ("server" if chain.index(main) == 1 else "workers"), spent
    return used


@contextmanager
def tree_of(commit: str) -> Iterator[Path | None]:
    """Yield a folder with the files of another commit; None without one."""
    if not commit:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", str(paths.ROOT), "archive", commit]
        files = subprocess.run(git, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=files, check=True)
        yield Path(folder)


def run_self(*arguments: str, cwd: Path = paths.ROOT, **more: Any) -> str:
    """Return the last line that this script prints in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **more)
    return done.stdout.splitlines()[-1]


# ---- the page ------------------------------------------------------------------------------------


def measure(words: list[str]) -> None:
    """Measure the named parts, or all, and print each; write the page if all were measured.

    `words`: parts, and the commit to compare with.
    """
    known = ("units", "batch", "papermill", "calculation", "run", "timeline")
    wanted = [part for part in known if part in words] or known
    commit = next((word for word in words if word not in known), "")
    text = f"""# Benchmark

First what a user may expect, then what it is made of and what it is compared with. Written by
`make bench{f" BEFORE={commit}" if commit else ""}` (`scripts/bench.py`), all in one run on a machine
with {os.cpu_count()} cores. Read the ratios; seconds hold whatever else the machine did.
"""
    print(text, flush=True)
    with tree_of(commit) as before:
        parts = {
            "units": part_units,
            "batch": part_batch,
            "papermill": part_papermill,
            "calculation": part_calculation,
            "run": lambda: part_run(before, commit),
            "timeline": part_timeline,
        }
        for part in wanted:
            found = parts[part]()
            print(found, flush=True)
            text += f"\n{found}"
    if wanted == known:
        (paths.ROOT / "docs" / "benchmark.md").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Measure all, or one thing in a process of its own."""
    match arguments:
        case ["--tree", *command]:
            print(json.dumps(measure_tree(command)))
        case ["--country"]:
            print(json.dumps(measure_country()))
        case words:
            measure(words)


if __name__ == "__main__":
    import bench  # so that functions are pickled by a name that workers know

    bench.main(sys.argv[1:])
