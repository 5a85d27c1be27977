"""Where things are, from the root of the project: the one place that knows a folder by name."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ.get("PCMD_ROOT") or Path(__file__).resolve().parent.parent)
DATA = ROOT / "data"
PLANS = DATA / "plans"
UNITS = DATA / "units"
FORMS = DATA / "forms"
TEMPLATES = DATA / "templates"
LAB = DATA / "lab"
NOTEBOOKS = ROOT / "notebooks"


def returns_folder(plan_name: str) -> Path:
    """The folder with the returns of a plan, unless the user names another."""
    return DATA / "returns" / plan_name


def released_folder(plan_name: str) -> Path:
    """The folder with a folder for each edition of a plan that has left the department: its findings and indicators."""
    return DATA / "released" / plan_name


def output_folder(plan_name: str) -> Path:
    """The folder everything made for a plan goes to, unless the user names another."""
    return ROOT / "outputs" / plan_name


@dataclass(frozen=True)
class OutputFolder:
    """The places inside one plan's output folder (design: `published/` leaves the department, `internal/` stays)."""

    root: Path

    @property
    def published(self) -> Path:
        """The set that readers see: a link to one complete run."""
        return self.root / "published"

    @property
    def internal(self) -> Path:
        """Observations, returns, faults and records, never sent on."""
        return self.root / "internal"

    @property
    def sets(self) -> Path:
        """Complete and unfinished runs, one folder each; `published` points at one of them."""
        return self.root / "sets"

    @property
    def ledger(self) -> Path:
        """Which results each run made, and from what."""
        return self.internal / "ledger"

    @property
    def record(self) -> Path:
        """What became of the last run."""
        return self.internal / "run.json"

    @property
    def lab(self) -> Path:
        """The working copy of the notebooks that people explore in."""
        return self.root / "lab"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write here."""
        return self.root / "run.lock"


@dataclass(frozen=True)
class InternalFolder(OutputFolder):
    """The places of a run whose notebooks stay in the department: where readers look is none of them."""

    @property
    def published(self) -> Path:
        """The notebooks in full: a link to one complete run."""
        return self.internal / "notebooks"

    @property
    def sets(self) -> Path:
        """Complete and unfinished runs for the department."""
        return self.internal / "sets"

    @property
    def ledger(self) -> Path:
        """Which results each run for the department made, and from what."""
        return self.internal / "ledger-internal"

    @property
    def record(self) -> Path:
        """What became of the last run for the department."""
        return self.internal / "run-internal.json"
