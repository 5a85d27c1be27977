"""The request for a run, and its outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.paths import OutputFolders

# Called with a phase and the numbers done, in total (0: not known yet), and failed.
ProgressCallback = Callable[[str, int, int, int], None]
Record = dict[str, Any]  # run.json


@dataclass(frozen=True)
class Request:
    """A request for a run: everything, or the notebooks and documents of `units` (codes).

    `despite`: how many stopping issues are accepted; `jobs`: worker processes at once; `scheduler`:
    the address of a Dask scheduler.
    """

    plan_name: str
    plan: Plan
    returns: Path
    places: OutputFolders
    units: tuple[str, ...] = ()
    despite: int | None = None
    jobs: int | None = None
    scheduler: str = ""

    @property
    def record_file(self) -> Path:
        """Return the file of the internal record of the last run."""
        return self.places.internal / "run.json"

    @property
    def page_store(self) -> Path:
        """Return the folder that stores notebooks and pages."""
        return self.places.store / "pages"

    @property
    def document_store(self) -> Path:
        """Return the folder that stores Word documents."""
        return self.places.store / "documents"


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of a run.

    `record`: the content of run.json; `failed`: the causes of failures by path; `documents`: number
    of documents made in this run; `remarks`: what officials should read once more; `case`: the
    province's, with exact figures, None if nothing was executed.
    """

    intake: Intake
    findings: pd.DataFrame
    record: Record = field(default_factory=dict)
    published: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    remarks: Sequence[str] = ()
    seconds: float = 0.0
    case: Case | None = None

    @property
    def missing_units(self) -> list[str]:
        """Return the codes of the units that are not in the set."""
        missing = [job["unit"] for job in self._jobs if job["status"] == "missing"]
        return [*dict.fromkeys(missing)]

    @property
    def reused(self) -> int:
        """Return the number of notebooks taken from the store."""
        return sum(job["reused"] for job in self._jobs)

    @property
    def executed(self) -> int:
        """Return the number of executed notebooks, failed ones included."""
        return sum(job["status"] != "missing" for job in self._jobs) - self.reused

    @property
    def _jobs(self) -> list[dict[str, Any]]:
        return self.record.get("jobs", [])
