"""How fast the batch is, as ratios measured in one run, and what a whole country costs; writes
docs/benchmark.md.

    python scripts/bench.py [PART ...] [COMMIT]

Parts, all of them unless some are named: batch (all notebooks with their pages as `run` makes them,
beside a floor, which is the code of their cells without any notebook, then the same pages, in two
long-lived processes), papermill (with ordinary kernels, one after the other and two at a time; a
sample, scaled), calculation (the findings, and all objectives in one frame of a whole country),
provinces (a notebook and a document where there are more districts, the shipped ones under other
codes), run (the whole command, first and again unchanged, alternately with a COMMIT of before) and
profile (where the time of a notebook and a document goes, here and there). The page is written only
if all parts were measured.
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
from contextlib import contextmanager, nullcontext
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

# jsonschema compiles 38 grammars with it, 1,4 s, to check addresses, which no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)

import nbformat
import pandas as pd
import papermill

from pcmd_eval.analysis import picture
from pcmd_eval.analysis import session as cases
from pcmd_eval.analysis.session import Case
from pcmd_eval.batch import notebook_html as page
from pcmd_eval.batch import task_runner as making
from pcmd_eval.batch import tasks, worker_process
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics import disclosure_control as disclosure
from pcmd_eval.statistics.indicators import compute_indicators as quantities
from pcmd_eval.util import paths

PLAN, PROCESSES, SAMPLE, ROUNDS, COMMUNES = "phu_tho_2017", 2, 14, 3, 11_000
UNIT, DISTRICTS, PROVINCES, SUBREAPER = "230", (13, 28, 56), 63, 36
# Which functions a group of the profile is: their own time, without that of other groups within.
GROUPS = {
    "pictures": ("figures.bounds_chart", "figures.bars", "figures.district_map", "figures.years"),
    "every choice of every rule": ("analysis.case.Case.alternatives",),
    "the year before": ("case.Case.since",),
    "opening the case": ("case.open_case",),
    "tables and sentences shown": ("show.show",),
    "the notebook's own finding": ("findings.judge", "case.close_case"),
    "the page": ("batch.page.page_bytes", "batch.page.normalised", "batch.page.text_of"),
    "the Word document": ("review.letter.review",),
    "cells, IPython, papermill, checks": ("batch.making.make",),
}
MAKE = "pcmd_eval.batch.task_runner:run_task"
DRAWN = "pictures drawn once for all, by the main process"


def shipped() -> Case:
    """The public edition of the shipped returns."""
    plan = load_plan(PLAN)
    return edition(plan, *_read(plan, paths.returns_folder(PLAN)))


def _read(plan: Any, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    intake = read_returns(plan, folder)
    return intake.cells, intake.returns


def edition(plan: Any, cells: pd.DataFrame, returns: pd.DataFrame) -> Case:
    """The public edition of cells and returns."""
    policy = disclosure.load_disclosure()
    public, totals = disclosure.public(plan, cells, policy), disclosure.totals(plan, cells, policy)
    figured = quantities(plan, public, returns, totals)
    frames = (public, returns, evaluate(plan, cells), totals, figured)
    return Case(plan, plan.province, *frames)


def notebooks() -> tuple[tasks.TaskInputs, list[tasks.Task]]:
    """What every notebook of the shipped set is given, and all of them."""
    case = shipped()
    inputs = tasks.collect_inputs(case, PLAN, documents=False)
    return inputs, tasks.list_notebooks(case, inputs)


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    clock = time.monotonic()
    work()
    return time.monotonic() - clock


@contextmanager
def tables_of(given: tasks.TaskInputs) -> Iterator[str]:
    """A folder with the tables that notebooks are given."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in given.tables.items():
            Path(folder, name).write_bytes(content)
        yield folder


# ---- all notebooks -------------------------------------------------------------------------------


def batched(
    given: tasks.TaskInputs, every: list[tasks.Task], threads: ThreadPoolExecutor, make: str = MAKE
) -> list[Any]:
    """All notebooks with their pages, as a run makes them, or what else is made of each."""
    return [*threads.map(lambda task: worker_process.run_in_worker(make, task, given), every)]


def floor(task: tasks.Task, notebook: str, tables: str) -> None:
    """The code of the cells, what they show, and the page: all that has to be done. The case is
    opened once in each process.
    """
    os.environ["PCMD_TABLES"] = tables
    asked = (PLAN, tables, False)
    if asked not in cases.held:
        cases.held[asked] = cases.filed(*asked)
        cases.held[asked].ready()
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


def apart(
    made: tuple[tasks.Task, str], given: tasks.TaskInputs, folder: str, say: Callable[[str], None]
) -> None:
    """The floor in a process of its own, with the case that its server opened."""
    task, notebook = made
    tables = making._preloaded[given.key]
    picture.draw = worker_process.draw_in_parent
    floor(task, notebook, tables)


def part_batch() -> str:
    """Batch, floor, and the floor in as many processes as the batch, alternately."""
    shared, every = notebooks()
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # so that the server knows `apart`
    worker_process.start_context(worker_process.START_METHOD).set_forkserver_preload(
        ["bench", worker_process.PRELOAD]
    )
    with (
        tables_of(shared) as folder,
        ProcessPoolExecutor(PROCESSES, worker_process.start_context("spawn")) as held,
        worker_process.sharing() as share,
        ThreadPoolExecutor(PROCESSES + 1) as threads,  # as many as a run has
    ):
        share([shared])
        # The server starts, and the floor is given its notebooks.
        made = zip(every, batched(shared, every, threads), strict=True)
        pairs = [(task, files[f"{task.place}.ipynb"].decode()) for task, files in made]
        given = (*zip(*pairs, strict=True), [folder] * len(pairs))
        ways = {
            "batch": lambda: batched(shared, every, threads),
            "apart": lambda: batched(shared, pairs, threads, "bench:apart"),
            "floor": lambda: [*held.map(floor, *given)],
        }
        ways["floor"]()
        rounds = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    batch, least, apart = (
        statistics.median(taken[name] for taken in rounds) for name in ("batch", "floor", "apart")
    )
    over, over_apart = (
        statistics.median(taken["batch"] / taken[name] for taken in rounds)
        for name in ("floor", "apart")
    )
    return f"""## {len(every)} notebooks with their pages, {PROCESSES} processors

| what | seconds | ratio | aim |
|---|---|---|---|
| floor: the cells' code and the pages, without notebooks | {least:.1f} | | |
| the same, each notebook's in a process of its own | {apart:.1f} | | |
| batch: a process for each notebook | {batch:.1f} | {over:.2f} times the floor | at most 1.3 |
| | | {over_apart:.2f} times the floor in processes of their own | |

The floor is two long-lived processes, in which nothing keeps one notebook from another. That a
notebook has a process of its own is part of what is promised, so the second line is the least that
a batch can take: the distance between these two is the processes, and the memory that each writes
to and so has to copy. The ratio to the second line is what IPython, papermill and the checks take.
"""


def ordinary(task: tasks.Task, tables: str) -> None:
    """Papermill as it comes."""
    os.environ["PCMD_TABLES"] = tables
    given = {"plan": PLAN, "unit": task.unit}
    template = nbformat.reads(task.template, 4)
    papermill.execute_notebook(template, None, given, progress_bar=False, cwd=tables)


def part_papermill() -> str:
    """Papermill with ordinary kernels, a sample of the notebooks, scaled; then the batch."""
    shared, every = notebooks()
    sample = every[:: len(every) // SAMPLE]
    scale = len(every) / len(sample)
    with (
        tables_of(shared) as folder,
        ProcessPoolExecutor(PROCESSES, worker_process.start_context("spawn")) as held,
    ):
        places = [folder] * len(sample)
        loop = scale * seconds(lambda: [ordinary(task, folder) for task in sample])
        pool = scale * seconds(lambda: [*held.map(ordinary, sample, places)])
    with worker_process.sharing() as share, ThreadPoolExecutor(PROCESSES) as threads:
        share([shared])
        batched(shared, every[:PROCESSES], threads)
        batch = seconds(lambda: batched(shared, every, threads))
    return f"""## Beside papermill with ordinary kernels

{len(sample)} of {len(every)} notebooks, scaled; no pages.

| what | seconds | ratio | aim |
|---|---|---|---|
| papermill in a plain loop | {loop:.0f} | {loop / batch:.1f} times the batch | at least 15 |
| papermill in a pool of {PROCESSES} | {pool:.0f} | {pool / batch:.1f} times the batch | |
| batch, with the pages | {batch:.1f} | | |
"""


# ---- the calculation -----------------------------------------------------------------------------


def part_calculation() -> str:
    """The findings, and a frame of a whole country."""
    case = shipped()
    findings = min(seconds(lambda: evaluate(case.plan, case.cells)) for _ in range(ROUNDS))
    communes, cells, taken, held = json.loads(itself("--country"))
    return f"""## The calculation alone

| what | seconds |
|---|---|
| the {len(case.findings)} findings of the province, with their sentences | {findings:.2f} |
| all six objectives for {communes:,} communes, {cells:,} cells in one frame | {taken:.2f} |

Peak memory of the last line: {held:.0f} MB, reading of the returns and libraries included.
"""


def country() -> tuple[int, int, float, float]:
    """Communes, cells, seconds of all six objectives in one frame, and megabytes this process held
    at most: the shipped cells under other codes.
    """
    case = shipped()
    times, codes = -(-COMMUNES // len(case.plan.communes())), ["reporter", "unit_code"]
    renamed = (
        case.cells.assign(**{code: f"{at}-" + case.cells[code] for code in codes})
        for at in range(times)
    )
    cells = pd.concat(renamed)
    communes = cells.unit_code[cells.objective == "communication"].nunique()
    taken = seconds(lambda: [case.plan.steps(slug, cells) for slug in case.plan.by_slug])
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return communes, len(cells), taken, held


# ---- a province of more districts ----------------------------------------------------------------


def part_provinces() -> str:
    """What is made for one district, for each number of districts."""
    rows = []
    for districts in DISTRICTS:
        with tempfile.TemporaryDirectory() as folder:
            enlarge(Path(folder), districts)
            returns = str(paths.returns_folder(PLAN).resolve())
            env = os.environ | {"PCMD_ROOT": folder, "PCMD_RETURNS": returns}
            found = json.loads(itself("--province", str(districts), env=env))
        rows.append(
            f"| {districts} | {found['notebook']:.3f} | {found['document']:.3f} "
            f"| {found['once']:.2f} |"
        )
    return f"""## A province of more districts

Seconds of processor for what is made for one district (mean of its notebooks, each the median of
{ROUNDS}), and for what is worked out once a run for all of them.

| districts | a notebook | its document | once a run |
|---|---|---|---|
{chr(10).join(rows)}
"""


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
    for code, again in copies(plan.reporting_units.index, districts).items():
        own = rows[rows.district_code == again].copy()
        if code != again:
            own["commune_code"] = [f"{code}{number:02d}"[-5:] for number in range(len(own))]
            own = own.assign(district_code=code, district_name=own.district_name + f" {code}")
        parts.append(own)
    pd.concat(parts).to_csv(register, index=False)


def copies(codes: pd.Index, districts: int) -> dict[str, str]:
    """The code of each district, and the shipped one that it is a copy of."""
    own = [*codes]
    more = {f"{700 + at}": own[at % len(own)] for at in range(districts - len(own))}
    return dict(zip(own, own, strict=True)) | more


def province(districts: int) -> dict[str, float]:
    """Seconds of processor for one notebook and one document of a unit, and for what is the same
    for all, by "notebook", "document" and "once".
    """
    plan = load_plan(PLAN)
    read, received = _read(plan, Path(os.environ["PCMD_RETURNS"]))
    communes = plan.register[plan.register.level == "commune"].groupby("parent").groups
    first = plan.reporting_units.index[: len({*read.reporter} - {plan.province})]
    cells, returns = [read[read.reporter == plan.province]], []
    for code, again in copies(first, districts).items():
        renamed = dict(zip(communes[again], communes[code], strict=True)) | {again: code}
        own = read[read.reporter == again]
        cells.append(own.assign(reporter=code, unit_code=own.unit_code.map(renamed)))
        returns.append(received[received.reporter == again].assign(reporter=code))
    returns.append(received[received.reporter == plan.province])
    case = edition(plan, pd.concat(cells, ignore_index=True), pd.concat(returns, ignore_index=True))
    given = tasks.given_by(case, PLAN)
    own_tasks = [task for task in tasks.tasks_of(case, given) if task.unit == UNIT]
    clock = time.process_time()
    making.hold(given)
    taken: dict[str, list[float]] = {"once": [time.process_time() - clock]}
    with worker_process.sharing() as share:
        share(given)
        for task in own_tasks:
            found = [
                worker_process.run_in_worker("bench:spent", task, given) for _ in range(ROUNDS)
            ]
            taken.setdefault(task.kind, []).append(statistics.median(found))
    return {kind: sum(found) / len(found) for kind, found in taken.items()}


def spent(
    task: tasks.Task, given: tasks.TaskInputs, folder: str, say: Callable[[str], None]
) -> float:
    """Seconds of processor that this process takes to make a task."""
    clock = time.process_time()
    making.make(task, given, folder, say)
    return time.process_time() - clock


# ---- the whole run, and the commit before --------------------------------------------------------


def part_run(before: Path | None, commit: str) -> str:
    """The whole command, first and again, alternately with the tree of another commit."""
    trees = {"before": before, "now": paths.ROOT} if before else {"now": paths.ROOT}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for root in trees.values():  # whose modules are compiled once, as after an installation
        subprocess.run(
            [sys.executable, "-m", "compileall", "-q", "pcmd_eval"], cwd=root, check=True
        )
    for _ in range(ROUNDS):
        for name, root in trees.items():
            with tempfile.TemporaryDirectory() as folder:
                taken[name].append(_run_twice(root, Path(folder, "out")))
    middle = {
        name: {what: statistics.median(found[what] for found in rounds) for what in rounds[0]}
        for name, rounds in taken.items()
    }
    rows = [_compared(what, middle) for what in middle["now"]]
    country = middle["now"]["the whole first run, processor, s"] * PROVINCES / 60
    aims = "at most 18 s quiet, 0.45 of the processor of before, 20 MB; again under 1 s"
    return f"""## The whole run

Returns, notebooks, documents, pages; then again, unchanged. Median of {ROUNDS} alternating rounds
{f"with {commit}" if commit else ""}. Aim: {aims}.

| what | before | now | ratio |
|---|---|---|---|
{chr(10).join(rows)}

{PROVINCES} such provinces, one after the other, would take {country:.0f} minutes of processor
(calculated).
"""


def _run_twice(root: Path, output: Path) -> dict[str, float]:
    run = [sys.executable, "-m", "pcmd_eval", "run", "--output", str(output)]
    first, again = (json.loads(itself("--tree", *run, cwd=root)) for _ in range(2))
    published = output / "published"
    jobs = json.loads((published / "run.json").read_bytes())["jobs"]
    assert all(job["reused"] for job in jobs), "the second run executed something"
    return {
        "the whole first run, s": first["wall"],
        "the whole first run, processor, s": first["processor"],
        "unchanged rerun, s": again["wall"],
        "unchanged rerun, processor, s": again["processor"],
        "the set, MB": sum(f.stat().st_size for f in published.rglob("*") if f.is_file()) / 1e6,
    }


def _compared(what: str, middle: dict[str, dict[str, float]]) -> str:
    now = middle["now"][what]
    if "before" not in middle:
        return f"| {what} | | {now:.2f} | |"
    was = middle["before"][what]
    return f"| {what} | {was:.2f} | {now:.2f} | {now / was:.2f} |"


def tree(command: list[str]) -> dict[str, float]:
    """How long a command took, and the seconds of processor of it and all that it starts, also what
    outlives it.
    """
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    clock = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - clock
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"wall": wall, "processor": used.ru_utime + used.ru_stime}


def part_profile(before: Path | None) -> str:
    """Where the time goes, here and in the tree of another commit."""
    now, was = json.loads(itself("--profile")), None
    if before:
        env = os.environ | {"PYTHONPATH": str(before)}
        was = json.loads(itself("--profile", cwd=before, env=env))
    rows = [
        f"| {group} | {f'{was[group]:.2f}' if was else ''} | {taken:.2f} |"
        for group, taken in now.items()
    ]
    return f"""## Where it goes

Seconds of processor for the notebooks and documents of one district and of the province.

| group | before | now |
|---|---|---|
{chr(10).join(rows)}
"""


def profile() -> dict[str, float]:
    """Seconds of processor by group, of all notebooks and the documents of one district and the
    province.
    """
    case, drawn = shipped(), [0.0]
    given, found = tasks.given_by(case, PLAN), dict.fromkeys(GROUPS, 0.0)
    draw = getattr(picture, "draw", None)  # a commit before may draw in each process
    # A commit before may give it only to a process that asks, or hold it in each task.
    parameters = signature(worker_process.run_in_worker).parameters
    common = {"common": given} if "common" in parameters else {}
    each = [
        given for parameter in parameters.values() if parameter.kind is Parameter.VAR_POSITIONAL
    ]

    def clocked(drawing: object) -> str:
        clock = time.process_time()
        try:
            return draw(drawing)
        finally:
            drawn[0] += time.process_time() - clock

    if draw:
        picture.draw = clocked
    with getattr(worker_process, "sharing", nullcontext)() as share:
        if share:
            share([given])
        for task in (task for task in tasks.tasks_of(case, given) if task.unit in (UNIT, "25")):
            by_group = worker_process.run_in_worker("bench:grouped", task, *each, **common)
            for group, taken in by_group.items():
                found[group] += taken
    return found | {DRAWN: drawn[0]}


def grouped(*asked: Any) -> dict[str, float]:
    """Seconds of processor by group; `asked`: what `making.make` is."""
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
    making.make(*asked)
    return taken


@contextmanager
def tree_of(commit: str) -> Iterator[Path | None]:
    """The files of another commit, in a folder of their own."""
    if not commit:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", str(paths.ROOT), "archive", commit]
        files = subprocess.run(git, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=files, check=True)
        yield Path(folder)


def itself(*arguments: str, cwd: Path = paths.ROOT, **more: Any) -> str:
    """What this script prints in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **more)
    return done.stdout.splitlines()[-1]


# ---- the page ------------------------------------------------------------------------------------


def main(asked: list[str]) -> None:
    """Measure, print as it comes, and write the page if all was measured."""
    known = ("batch", "papermill", "calculation", "provinces", "run", "profile")
    wanted = [part for part in known if part in asked] or known
    commit = next((word for word in asked if word not in known), "")
    text = f"""# Benchmark

Written by `make bench{f" BEFORE={commit}" if commit else ""}` (`scripts/bench.py`), all in one run
on a machine with {os.cpu_count()} cores. Read the ratios; seconds hold whatever else the machine did.
"""
    print(text, flush=True)
    with tree_of(commit) as before:
        parts = {
            "batch": part_batch,
            "papermill": part_papermill,
            "calculation": part_calculation,
            "provinces": part_provinces,
            "run": lambda: part_run(before, commit),
            "profile": lambda: part_profile(before),
        }
        for part in wanted:
            found = parts[part]()
            print(found, flush=True)
            text += f"\n{found}"
    if wanted == known:
        (paths.ROOT / "docs" / "benchmark.md").write_text(text, encoding="utf-8")


def started(arguments: list[str]) -> None:
    """All of it, or a part that it runs in a process of its own."""
    match arguments:
        case ["--tree", *command]:
            print(json.dumps(tree(command)))
        case ["--profile"]:
            print(json.dumps(profile()))
        case ["--country"]:
            print(json.dumps(country()))
        case ["--province", districts]:
            print(json.dumps(province(int(districts))))
        case given:
            main(given)


if __name__ == "__main__":
    import bench

    # As of `python -m pcmd_eval`, no process that is started here runs this file anew.
    del sys.modules["__main__"].__file__
    bench.started(sys.argv[1:])
