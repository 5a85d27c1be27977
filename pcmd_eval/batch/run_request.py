"""What a run is asked to do, and how it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.paths import OutputFolders

# A phase, done, of how many (0: not known yet), failed.
Watch = Callable[[str, int, int, int], None]
Record = dict[str, Any]  # run.json


@dataclass(frozen=True)
class Request:
    """What a run is asked to do: everything, or the notebooks and documents of `units` (codes).

    `despite`: how many stopping faults do not stop it; `jobs`: processes at once; `scheduler`: the
    address of a Dask scheduler whose workers do the work; `internal`: the exact edition, for the
    department alone; `partial`: also where the set has fewer units than the one before.
    """

    plan_name: str
    plan: Plan
    returns: Path
    places: OutputFolders
    units: tuple[str, ...] = ()
    despite: int | None = None
    jobs: int | None = None
    scheduler: str = ""
    internal: bool = False
    partial: bool = False

    @property
    def asked(self) -> set[str]:
        """The codes of the units that the set must have."""
        return {*(self.units or self.plan.reporters.index)}

    @property
    def shown(self) -> Path:
        """What the set will be seen as."""
        return self.places.edition if self.internal else self.places.published

    @property
    def record_file(self) -> Path:
        """What the department keeps of the last run that made a set, or tried to."""
        name = "run-edition.json" if self.internal else "run.json"
        return self.places.internal / name

    @property
    def store(self) -> Path:
        """Where results of this edition are kept."""
        return self.places.store / "edition" if self.internal else self.places.store


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a run ended: `record`: what run.json says; whether readers see the set; `failed`: causes
    by place; how many documents it made; `remarks`: what should be read once more.
    """

    intake: Intake
    findings: pd.DataFrame
    record: Record = field(default_factory=dict)
    published: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    remarks: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def missing(self) -> list[str]:
        """The units that are not in the set."""
        missing = [job["unit"] for job in self._jobs if job["status"] == "missing"]
        return [*dict.fromkeys(missing)]

    @property
    def reused(self) -> int:
        """How many notebooks an earlier run made."""
        return sum(job["reused"] for job in self._jobs)

    @property
    def executed(self) -> int:
        """How many notebooks this run made, or failed to."""
        return sum(job["status"] != "missing" for job in self._jobs) - self.reused

    @property
    def _jobs(self):
        return self.record.get("jobs", ())
