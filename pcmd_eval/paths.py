"""Where things are, from the root of the project: the one place that knows a folder by name."""

import os
from dataclasses import dataclass
from pathlib import Path

from pcmd_eval.errors import InputRefused

ROOT = Path(os.environ.get("PCMD_ROOT") or Path(__file__).resolve().parent.parent)
DATA = ROOT / "data"
PLANS = DATA / "plans"
UNITS = DATA / "units"
FORMS = DATA / "forms"
FONTS = DATA / "fonts"
TEMPLATES = DATA / "templates"
PREVIOUS = DATA / "previous"
NARRATIVE = DATA / "narrative"
LAB = DATA / "lab"
NOTEBOOKS = ROOT / "notebooks"


def returns_folder(plan_name: str) -> Path:
    """The folder with the returns of a plan, unless the user names another."""
    return DATA / "returns" / plan_name


def existing(folder: Path) -> Path:
    """The folder of returns; raises InputRefused when there is none."""
    if not folder.is_dir():
        said = f"Không có thư mục báo cáo “{folder.name}”. Tạo thư mục, đặt các tệp .xlsx vào đó."
        raise InputRefused(said)
    return folder


def output_folder(plan_name: str) -> Path:
    """The folder everything made for a plan goes to, unless the user names another."""
    return ROOT / "outputs" / plan_name


def short(path: Path) -> Path:
    """The path as it is typed from where the user is."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@dataclass(frozen=True)
class Places:
    """The places inside one plan's output folder: `published/` leaves the department, `internal/`
    stays.
    """

    root: Path

    @property
    def published(self) -> Path:
        """The set that readers see."""
        return self.root / "published"

    @property
    def internal(self) -> Path:
        """Observations, returns, faults and records, never sent on."""
        return self.root / "internal"

    @property
    def edition(self) -> Path:
        """The exact set, for the department alone."""
        return self.internal / "edition"

    @property
    def told(self) -> Path:
        """What each published set tells of persons, under its run's name."""
        return self.internal / "told"

    @property
    def store(self) -> Path:
        """Finished notebooks under the hash of what they were made from."""
        return self.root / "store"

    @property
    def lab(self) -> Path:
        """The working copy of the notebooks that people explore in."""
        return self.root / "lab"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write here."""
        return self.root / "run.lock"
