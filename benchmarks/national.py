"""Part (f): `evaluate` for one, ten and all provinces of the national register, on observations made up in memory.

    python benchmarks/national.py PROVINCES

prints what one process took: seconds of `objectives.evaluate` summed over the provinces, and its peak memory.
"""

import csv
import gzip
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from measuring import PLAN, Figure, Findings, Scale, child

from pcmd_eval import paths
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence, Observation, Return, ReturnState, State
from pcmd_eval.project import Project, open_project
from pcmd_eval.units import Register, Unit, load_register

REGISTER = paths.UNITS / "vietnam_2017.csv.gz"
FIRST = "25"  # the province of the plan comes first
SIZES = (1, 10, 63)


def provinces() -> list[str]:
    """The codes of all provinces, that of the plan first."""
    with gzip.open(REGISTER, "rt", encoding="utf-8", newline="") as lines:
        codes = sorted({row["province_code"] for row in csv.DictReader(lines)})
    return [FIRST, *(code for code in codes if code != FIRST)]


def made_up(project: Project, code: str, random: Random) -> Evidence:
    """The evidence of a province: every cell of its returns filled, one in thirty left blank."""
    register = load_register(REGISTER, code)
    plan = project.plan.model_copy(update={"units": project.plan.units.model_copy(update={"province": code})})
    observations = tuple(o for unit in register.reporters for o in _cells(project, register, unit, random))
    returns = tuple(_return(unit, project.plan.year) for unit in register.reporters)
    return Evidence(plan, register, observations, returns)


def _cells(project: Project, register: Register, reporter: Unit, random: Random) -> Iterator[Observation]:
    for cell in absent_observations(reporter, project.form, register):
        if cell.objective == "support_model":
            yield from _model(cell, random)
        elif random.random() < 1 / 30:
            yield replace(cell, state=State.BLANK)
        else:
            yield replace(cell, state=State.REPORTED, value=_value(cell, random))


def _value(cell: Observation, random: Random) -> str:
    """A document or none, yes or no, the cases of a quarter in parts that add up, else a small count."""
    ending = cell.item.partition(":")[2]
    words = {"document": ("given", "none"), "carried_out": ("yes", "no")}.get(ending)
    if words:
        return random.choice(words)
    fixed = {"6.3": "2", "6.4": "1", "6.5": "1", "6.6": "0"}.get(cell.item)
    return fixed or str(random.choice((0, 1, 2, 3)))


def _model(cell: Observation, random: Random) -> Iterator[Observation]:
    """One model in every third return, else the statement that there is none."""
    if random.random() < 2 / 3:
        yield replace(cell, state=State.REPORTED, value="none")
        return
    line = {"name": f"Mô hình {cell.reporter}", "type": random.choice("123"), "start": "2016-05-01", "operating": "yes"}
    for column, value in line.items():
        yield replace(cell, item=f"1:{column}", state=State.REPORTED, value=value)


def _return(unit: Unit, year: int) -> Return:
    closed, counts = date(year, 12, 31), (0, 0, 0, 0, 0)
    return Return(unit.code, unit.full_name, ReturnState.ON_TIME, False, "", closed, closed, *counts, True)


def once(size: int) -> dict[str, Any]:
    """Hold the evidence of so many provinces at once and evaluate it three times, nothing cached between."""
    project, random = open_project(PLAN), Random(884)
    held = [made_up(project, code, random) for code in provinces()[:size]]
    seconds = []
    for _ in range(3):
        fresh = [evidence.under(evidence.plan) for evidence in held]
        began = time.perf_counter()
        findings = sum(len(evaluate(evidence)) for evidence in fresh)
        seconds.append(time.perf_counter() - began)
    return {
        "seconds": median(seconds),
        "findings": findings,
        "observations": sum(len(evidence.observations) for evidence in held),
        "communes": sum(len(e.register.communes(e.register.province.code)) for e in held),
        "megabytes": _peak_megabytes(),
    }


def _peak_megabytes() -> float:
    """The most memory this process held; Linux's ru_maxrss would count its parent's, too."""
    status = Path("/proc/self/status")
    if status.exists():
        found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _each(run: dict[str, Any]) -> float:
    """The time by the size of the input: provinces have more or fewer districts to a commune."""
    return run["seconds"] / run["observations"]


def measure(scratch: Path, scale: Scale) -> Findings:
    """Each size in a process of its own, the sizes in turn."""
    runs: dict[int, list[dict[str, Any]]] = {size: [] for size in SIZES}
    for _ in range(max(1, scale.repeats // 2)):
        for size in SIZES:
            runs[size].append(child("national.py", size))
    took = {size: median(run["seconds"] for run in several) for size, several in runs.items()}
    communes = {size: several[0]["communes"] for size, several in runs.items()}
    memory = max(run["megabytes"] for run in runs[63])
    growth = median(_each(all_of_them) / _each(one) for one, all_of_them in zip(runs[1], runs[63], strict=True))
    figures = [
        Figure("f", f"evaluate {communes[63]} communes after reading", "under 5 s", f"{took[63]:.2f} s", took[63] < 5),
        Figure("f", "peak memory of that process", "under 1 GB", f"{memory:.0f} MB", memory < 1024),
        Figure(
            "f",
            "time per observation, 63 provinces against 1",
            "at most 1× (10% for noise)",
            f"{growth:.2f}×",
            growth <= 1.1,
        ),
    ]
    details = [
        f"evaluate {size} provinces ({communes[size]} communes, {runs[size][0]['observations']} observations, "
        f"{runs[size][0]['findings']} findings): {took[size]:.3f} s, "
        f"{1e6 * _each(runs[size][0]):.1f} µs an observation, {max(run['megabytes'] for run in runs[size]):.0f} MB"
        for size in SIZES
    ]
    return Findings(figures, details)


if __name__ == "__main__":
    print(json.dumps(once(int(sys.argv[1]))))
