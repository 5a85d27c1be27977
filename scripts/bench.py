"""Measure the batch as ratios, all in one run, and write docs/benchmark.md.

    python scripts/bench.py [PART ...] [COMMIT]

Parts, all of them unless some are named:

units        the whole command for 13 districts, and for 126 and 225 communes
run          the whole command, first and again unchanged, alternately with an earlier COMMIT, and
             what each kind of process uses in each second
notebooks    all notebooks with their pages as `run` makes them, next to a floor: the same code and
             pages without any notebook, in two long-lived processes; and next to ordinary kernels,
             one after the other and two at a time (a sample)

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
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import papermill

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case_queries import prepare
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.batch import notebook_html, task_files, tasks, workers
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths

PLAN, COMMUNE_PLAN = "phu_tho_2017", "ha_noi_2026"
PROCESSES, ROUNDS = 2, 3
SAMPLE = 14  # notebooks that ordinary kernels execute
UNITS = (126, 225)  # numbers of communes that report
LOOK = 0.25  # seconds between two looks at the processes of a run
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux: orphaned processes become children of this one


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
    few, many = rows[1:]
    each = (many["processor"] - few["processor"]) / (UNITS[-1] - UNITS[0])
    minutes = ", ".join(f"{row['wall'] / 60:.1f} minutes for {row['what']}" for row in rows)
    return f"""## What to expect

A first `pcmd-eval run`, from returns to the published set and the documents, on {os.cpu_count()} cores:
{minutes}.
Districts have seven notebooks each, communes one (`notebooks: review`); a further commune takes
{each:.2f} s of processor. Memory is that of the largest process.

| reporting units | minutes | times 13 districts | notebooks | processor, s | times | memory, MB | set, MB |
|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def _measure_units(what: str, plan: str, root: Path) -> dict[str, Any]:
    """Measure a whole run of a plan; return `measure_tree` with notebooks and size of the set."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pcmd_eval", "run", "--plan", plan, "--output", folder]
        env = os.environ | {"PCMD_ROOT": str(root)}
        taken = run_self("--tree", *command, env=env)
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


def _megabytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


# ---- the whole run -------------------------------------------------------------------------------


def part_run(before: Path | None, commit: str) -> str:
    """Measure the whole command, first and again, alternately with the tree of another commit."""
    trees = {"before": before, "now": paths.ROOT} if before else {"now": paths.ROOT}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    looks: dict[float, list[list[float]]] = {}  # by seconds of the run
    for _ in range(ROUNDS):
        for name, root in trees.items():
            with tempfile.TemporaryDirectory() as folder:
                numbers, looked = _run_twice(root, Path(folder, "out"))
            taken[name].append(numbers)
            if name == "now":
                looks[looked[-1][0]] = looked
    middle = {
        name: {what: statistics.median(found[what] for found in rounds) for what in rounds[0]}
        for name, rounds in taken.items()
    }
    rows = [_comparison_row(what, middle) for what in middle["now"]]
    return f"""## The whole run

Returns, notebooks, documents, pages; then again, unchanged. Median of {ROUNDS} alternating rounds
{f"with {commit}" if commit else ""}.

| what | before | now | ratio |
|---|---|---|---|
{chr(10).join(rows)}

{_describe_seconds(looks[min(looks)])}"""


def _run_twice(root: Path, output: Path) -> tuple[dict[str, float], list[list[float]]]:
    """Run the command of a tree twice; return the measurements of both runs by name, and the looks
    of the first.
    """
    command = [sys.executable, "-m", "pcmd_eval", "run", "--output", str(output)]
    published = output / "published"
    first = run_self("--tree", *command, cwd=root)
    record = (published / "run.json").read_bytes()
    again = run_self("--tree", *command, cwd=root)
    second = (published / "run.json").read_bytes()
    assert second == record, "the second run executed something"
    return {
        "the whole first run, s": first["wall"],
        "the whole first run, processor, s": first["processor"],
        "unchanged rerun, s": again["wall"],
        "unchanged rerun, processor, s": again["processor"],
        "the published set, MB": _megabytes(published),
    }, first["looks"]


def _comparison_row(what: str, middle: dict[str, dict[str, float]]) -> str:
    """Return a row of the table; `middle`: medians by tree ("before", "now") and measurement."""
    now = middle["now"][what]
    if "before" not in middle:
        return f"| {what} | | {now:.2f} | |"
    was = middle["before"][what]
    return f"| {what} | {was:.2f} | {now:.2f} | {now / was:.2f} |"


def _describe_seconds(looks: list[list[float]]) -> str:
    """Return the table of the processors used in each second of a run, see `measure_tree`."""
    cores = os.cpu_count() or 1
    times, *used = zip(*looks, strict=True)
    edges = [*range(int(times[-1]) + 1), times[-1]]
    lengths = np.diff(edges)
    shares = [np.diff(np.interp(edges, times, seconds)) / lengths for seconds in used]
    lines = [
        f"| {second} | {' | '.join(f'{share:.2f}' for share in row)} | {sum(row) / cores:.0%} |"
        for second, row in enumerate(zip(*shares, strict=True))
    ]
    totals = [seconds[-1] for seconds in used]
    words = " | ".join(f"{total:.1f}" for total in totals)
    lines.append(f"| seconds in all | {words} | {sum(totals) / times[-1] / cores:.0%} |")
    return f"""Processors used in each second of the fastest of these first runs: by the main process (returns,
tables, libraries, publication), and by the workers (audit workbook, annotated returns, notebooks,
documents, pages).

| second | main | workers | of {cores} processors busy |
|---|---|---|---|
{chr(10).join(lines)}
"""


def measure_tree(command: list[str]) -> dict[str, Any]:
    """Run a command; return `wall` and `processor` seconds, the peak `memory` (MB) of the largest
    process, and `looks`, each the seconds since the start and the processor seconds used by then by
    the main process and the workers.

    Counts all processes that the command starts, those that outlive it included.
    """
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    ended, looks = threading.Event(), [[0.0, 0.0, 0.0]]

    def look() -> None:
        while not ended.wait(LOOK):
            used = _used_by_kind(process.pid)
            if not ended.is_set():
                looks.append([time.monotonic() - start, *used])

    looking = threading.Thread(target=look)
    looking.start()
    process.wait()
    wall = time.monotonic() - start
    ended.set()
    looking.join()
    assert process.returncode == 0, command
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    # What was used after the last look is the main process's, which ends last.
    workers = looks[-1][-1]
    looks.append([wall, processor - workers, workers])
    return {
        "wall": wall,
        "processor": processor,
        "memory": used.ru_maxrss / 1024,
        "looks": looks,
    }


def _used_by_kind(main: int) -> list[float]:
    """Return the processor seconds used by the main process and by its workers, which are its
    children; it holds the time of those that have ended.
    """
    stats = {main: (0, 0, 0)}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # the process has ended by now
            fields = file.read_text().rpartition(")")[2].split()
            own, ended = (int(fields[i]) + int(fields[i + 1]) for i in (11, 13))
            stats[int(file.parent.name)] = int(fields[1]), own, ended
    _, of_main, of_workers = stats[main]
    of_workers += sum(own for parent, own, _ in stats.values() if parent == main)
    ticks = os.sysconf("SC_CLK_TCK")
    return [used / ticks for used in (of_main, of_workers)]


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
        compile_modules(Path(folder))
        yield Path(folder)


def compile_modules(root: Path) -> None:
    """Compile the modules of a tree, as an installation does."""
    command = [sys.executable, "-m", "compileall", "-q", "pcmd_eval"]
    subprocess.run(command, cwd=root, check=True)


def run_self(*arguments: str, cwd: Path = paths.ROOT, **more: Any) -> Any:
    """Return what this script prints as JSON in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **more)
    return json.loads(done.stdout)


# ---- notebooks -----------------------------------------------------------------------------------


def open_cases() -> tasks.Cases:
    """Return the cases of a run on the shipped returns."""
    plan = load_plan(PLAN)
    intake = read_returns(plan, paths.returns_folder(PLAN))
    cells, returns = intake.cells, intake.returns
    exact = case_editions.exact_case(plan, cells, returns, evaluate(plan, cells), intake.issues)
    return tasks.Cases(
        PLAN, exact, case_editions.public_case(exact), (*plan.reporters.index,), {}, intake
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def part_notebooks() -> str:
    """Measure batch and floor alternately, and ordinary kernels on a sample of the notebooks."""
    cases = open_cases()
    listed = tasks.list_tasks(cases.exact, cases.public)
    every = [task for task in listed if task.kind == tasks.NOTEBOOK]
    taken = _measure_notebooks(cases, every, every[:: len(every) // SAMPLE])
    labels = {
        "floor": "floor: the cells' code and the pages, without notebooks",
        "batch": "batch: a process for each notebook",
        "pool": f"papermill with ordinary kernels in a pool of {PROCESSES}, without pages",
        "loop": "papermill with ordinary kernels in a plain loop, without pages",
    }
    lines = [
        f"| {label} | {taken[name]:.1f} | {taken[name] / taken['batch']:.2f} |"
        for name, label in labels.items()
    ]
    return f"""## {len(every)} notebooks with their pages, {PROCESSES} processors

A process for each notebook is part of what is promised: nothing of one notebook reaches another.
The seconds of papermill are those of {SAMPLE} notebooks, scaled; each kernel reads the returns anew.

| what | seconds | times the batch |
|---|---|---|
{chr(10).join(lines)}
"""


def _measure_notebooks(
    cases: tasks.Cases, every: list[tasks.Task], sample: list[tasks.Task]
) -> dict[str, float]:
    """Return the seconds of all notebooks by name of the way; those of `sample` are scaled."""
    scale, packed = len(every) / len(sample), task_files.pack(cases)
    reports = tasks.Task(tasks.SLOW_FILES, "", "")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        with ProcessPoolExecutor(PROCESSES, get_context("spawn"), open_packed, [packed]) as pool:

            def run_batch() -> None:
                make = partial(task_files.make_files, cases)
                for ended in workers.do_tasks(make, every, made, PROCESSES):
                    assert not ended.failure, ended.failure

            starting = task_files.start_tasks(cases, [reports])
            assert [*starting] == [reports]  # loads what the processes need
            run_batch()
            texts = [
                (made / tasks.SET / f"{task.path}.ipynb").read_text(encoding="utf-8")
                for task in every
            ]
            ways = {"floor": lambda: [*pool.map(run_floor, every, texts)], "batch": run_batch}
            ways["floor"]()  # its processes load the case
            rounds = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
            taken = {name: statistics.median(found[name] for found in rounds) for name in ways}
            os.environ["PCMD_EDITION"] = "public"  # inherited by kernels
            taken["loop"] = scale * seconds(lambda: [*map(run_ordinary, sample)])
        with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
            taken["pool"] = scale * seconds(lambda: [*pool.map(run_ordinary, sample)])
    return taken


def open_packed(packed: bytes) -> None:
    """Load the cases in a process that runs notebooks' code one after the other."""
    case = task_files.unpack(packed).public
    prepare(case)
    case_editions.run_case = case_editions.RunCase(PLAN, case)


def run_floor(task: tasks.Task, notebook: str) -> None:
    """Run the code of the cells and make the page, without executing a notebook."""
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
    notebook_html.page_bytes(nbformat.reads(notebook, 4), task.unit, PLAN, ())


def run_ordinary(task: tasks.Task) -> None:
    """Execute a notebook by plain papermill; its kernel reads the returns."""
    template = nbformat.reads(task.template, 4)
    parameters = {"plan": PLAN, "unit": task.unit}
    papermill.execute_notebook(template, None, parameters, progress_bar=False)


# ---- the page ------------------------------------------------------------------------------------


def measure(words: list[str]) -> None:
    """Measure the named parts, or all, and print each; write the page if all were measured.

    `words`: parts, and the commit to compare with.
    """
    known = ("units", "run", "notebooks")
    wanted = [part for part in known if part in words] or known
    commit = next((word for word in words if word not in known), "")
    text = "# Benchmark\n"
    compile_modules(paths.ROOT)
    with tree_of(commit) as before:
        parts = {
            "units": part_units,
            "run": lambda: part_run(before, commit),
            "notebooks": part_notebooks,
        }
        for part in wanted:
            found = parts[part]()
            print(found, flush=True)
            text += f"\n{found}"
    text += f"""
Written by `make bench{f" BEFORE={commit}" if commit else ""}` (`scripts/bench.py`), all in one run. Compare the
ratios; seconds include whatever else the machine was doing.
"""
    if wanted == known:
        (paths.ROOT / "docs" / "benchmark.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--tree", *command]:
            print(json.dumps(measure_tree(command)))
        case words:
            measure(words)
