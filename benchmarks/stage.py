"""Parts (a) and (b): the execution stage by the batch, by papermill as it comes, and without notebooks."""

import pickle
import shutil
from concurrent.futures import Executor, Future
from pathlib import Path
from statistics import mean
from typing import Any

from measuring import PLAN, Figure, Findings, Scale, child, median_of_ratios, times

from pcmd_eval import paths
from pcmd_eval.batch import publish
from pcmd_eval.batch.execution import common_environment
from pcmd_eval.batch.jobs import Task
from pcmd_eval.project import open_project

_OUTPUTS = (".ipynb", ".html")
_THIRDS = 3


class _Collector(Executor):
    """Takes the tasks of a run and does none of them."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def submit(self, do: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        """Note the task; its result is a failure, so that nothing is published."""
        self.tasks.append(arguments[0])
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("only collected"))
        return future


def prepare(folder: Path, every: int) -> int:
    """Write the tasks of a run, and the tables of each, for the ways to work on; how many there are."""
    collector, output = _Collector(), paths.OutputFolder(folder / "output")
    request = publish.Request(PLAN, open_project(PLAN), paths.returns_folder(PLAN), output, paths.NOTEBOOKS)
    publish.run(request, executor=collector)
    tasks = collector.tasks[::every]
    (folder / "tasks.pickle").write_bytes(pickle.dumps(tasks))
    for index, task in enumerate(tasks):
        tables = folder / "tables" / str(index)
        tables.mkdir(parents=True)
        for name, content in task.files.items():
            (tables / name).write_bytes(content)
    return len(tasks)


def measure(scratch: Path, scale: Scale, parts: str) -> Findings:
    """The ways in turn: the two fast ones beside each slow one, so that every ratio is of neighbours.

    The slow ones do a third of the notebooks in each round, another third in the next; their time is that of all, by
    number: they have nearly no start of their own to share out.
    """
    state = scratch / "stage"
    state.mkdir()
    count = prepare(state, scale.every)
    seconds: dict[str, list[float]] = {way: [] for way in ("batch", "loop", "pool", "floor")}
    different: dict[str, int] = dict.fromkeys(seconds, 0)
    for number in range(scale.rounds):
        for letter in "bflbfp" if "a" in parts else "bfbf":
            way = next(way for way in seconds if way.startswith(letter))
            out, which = scratch / way, (number % _THIRDS, _THIRDS) if way in ("loop", "pool") else (0, 1)
            shutil.rmtree(out, ignore_errors=True)
            said = child("ways.py", way, state, out, scale.processes, *which, env=common_environment())
            seconds[way].append(said["seconds"] * count / said["notebooks"])
            different[way] += _different(scratch / "batch", out, said["notebooks"])
            print(f"  {way}: {said['notebooks']} notebooks in {said['seconds']:.1f} s", flush=True)
    found = Findings(details=[f"{way}, {count} notebooks: {times(took)}" for way, took in seconds.items() if took])
    said = ", ".join(f"{way} {number}" for way, number in different.items() if way != "batch" and seconds[way])
    found.details.append(f"files that differ from the batch's: {said}")
    if "a" in parts:
        found.details[1:3] = [f"{line} (from a third of them in each round)" for line in found.details[1:3]]
        found.figures += _against_papermill(seconds, count, scale, different)
    if "b" in parts:
        ratio = median_of_ratios(seconds["batch"], seconds["floor"])
        what = f"batch of {count} notebooks against the floor (no notebooks, {scale.processes} processes)"
        same = not different["floor"]
        found.figures.append(
            Figure("b", what, "at most 1.4×, same files", _reached(ratio, same), ratio <= 1.4 and same)
        )
    return found


def _against_papermill(seconds: dict[str, list[float]], count: int, scale: Scale, different: dict[str, int]) -> list:
    """The loop by the mean of the batches before and after it, the pool by the one before it."""
    before, after = seconds["batch"][::2], seconds["batch"][1::2]
    loop = median_of_ratios(seconds["loop"], [mean(pair) for pair in zip(before, after, strict=True)])
    pool = median_of_ratios(seconds["pool"], after)
    figures = []
    for name, ratio, bar, way in (
        ("a plain papermill loop", loop, 6, "loop"),
        (f"papermill in a pool of {scale.processes} processes", pool, 3, "pool"),
    ):
        same = not different[way]
        what, asked = f"batch of {count} notebooks against {name}", f"at least {bar}× faster, same files"
        figures.append(Figure("a", what, asked, _reached(ratio, same), ratio >= bar and same))
    return figures


def _reached(ratio: float, same: bool) -> str:
    return f"{ratio:.2f}×{'' if same else ', files differ'}"


def _different(one: Path, other: Path, count: int) -> int:
    """How many of the files of the other way are not, byte for byte, those of the one."""
    files = [p.relative_to(other) for p in sorted(other.rglob("*")) if p.suffix in _OUTPUTS]
    assert len(files) == 2 * count, f"{len(files)} files of {count} notebooks"
    return sum((one / f).read_bytes() != (other / f).read_bytes() for f in files)
