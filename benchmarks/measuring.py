"""What every part shares: a row of the table, medians of ratios, children that measure themselves, the machine."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLAN = "phu_tho_2017"
DISTRICT = "230"
_LIBRARIES = (
    "papermill nbclient nbconvert nbformat nbval ipykernel ipython jupyter-client pyzmq tornado bleach matplotlib"
)
_FELL_BACK = "Kernel thường"  # how the provisioner begins when it starts an ordinary kernel instead


@dataclass(frozen=True)
class Figure:
    """One line of the table: what is measured, what is asked, what was reached."""

    part: str
    what: str
    bar: str
    reached: str
    met: bool


@dataclass
class Findings:
    """What one part found: its lines of the table, and the measurements behind them in words."""

    figures: list[Figure] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scale:
    """How much is measured: rounds of the execution stage, repeats of the small parts, and every how many notebook."""

    rounds: int = 3
    repeats: int = 5
    every: int = 1
    processes: int = os.cpu_count() or 1


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Each measurement by the one taken beside it."""
    return [a / b for a, b in zip(above, below, strict=True)]


def median_of_ratios(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of measurements taken side by side: the load of the machine falls out of it."""
    return median(ratios(above, below))


def child(script: str, *arguments: object, env: Mapping[str, str] | None = None) -> Any:
    """Run one script of this folder in a process of its own; what it printed last, from JSON."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{script} {arguments[0] if arguments else ''} failed:\n{ran.stderr[-3000:]}")
    if _FELL_BACK in ran.stderr:
        raise SystemExit(
            f"{script}: a kernel could not be forked (was the package edited meanwhile?); nothing measured"
        )
    return json.loads(ran.stdout.strip().splitlines()[-1])


def times(values: Sequence[float]) -> str:
    """A few durations in words: 12.1, 12.3 s."""
    digits = 3 if max(values) < 1 else 2 if max(values) < 10 else 1
    return f"{', '.join(f'{value:.{digits}f}' for value in values)} s"


def machine() -> dict[str, str]:
    """The processors, the system and the versions that the figures hold for."""
    return {
        "Processors": f"{os.cpu_count()} × {_processor()}",
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Python": platform.python_version(),
        "Libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES.split()),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown model"
