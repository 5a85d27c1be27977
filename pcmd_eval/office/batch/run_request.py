"""The request for a run, and its outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pcmd_eval.analysis.case import Case
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.hashes import Hashes
from pcmd_eval.util.paths import OutputFolders

# Called with a phase and the numbers done, in total (0: not known yet), and failed.
ProgressCallback = Callable[[str, int, int, int], None]
Record = dict[str, Any]  # run.json


@dataclass(frozen=True)
class Request:
    """A request for a run: everything, or the notebooks and documents of `units` (codes).

    `despite`: how many stopping issues are accepted; `jobs`: worker processes at once; `scheduler`:
    address of a Dask scheduler that runs the tasks elsewhere.
    """

    plan_name: str
    plan: Plan
    returns: Path
    folders: OutputFolders
    units: tuple[str, ...] = ()
    despite: int | None = None
    jobs: int | None = None
    scheduler: str = ""

    @property
    def record_file(self) -> Path:
        """Return the file of the internal record of the last run."""
        return self.folders.internal / "run.json"


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of a run.

    `case`: the province's, with exact figures; `record`: the content of run.json; `failed`: the
    causes of failures by path; `remarks`: on edited documents; `papers`: the
    hashes of the documents that were written, by name.
    """

    intake: Intake
    case: Case
    record: Record = field(default_factory=dict)
    published: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    remarks: Sequence[str] = ()
    papers: Hashes = field(default_factory=dict)
    seconds: float = 0.0

    def units(self, status: str) -> list[str]:
        """Return the codes of the units that have notebooks with this status, each once."""
        return [*dict.fromkeys(job["unit"] for job in self._jobs if job["status"] == status)]

    @property
    def executed(self) -> int:
        """Return the number of executed notebooks, failed ones included."""
        return sum(job["status"] != "missing" for job in self._jobs)

    @property
    def _jobs(self) -> list[dict[str, Any]]:
        return self.record.get("jobs", [])
