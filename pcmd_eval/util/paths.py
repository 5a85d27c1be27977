"""Where things are, from the root of the project: the one place that knows a folder by name."""

import os
from pathlib import Path

from pcmd_eval.util.errors import InputRefused

ROOT = Path(os.environ.get("PCMD_ROOT") or Path(__file__).resolve().parents[2])
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


def require_folder(folder: Path) -> Path:
    """The folder of returns; raises InputRefused when there is none."""
    if not folder.is_dir():
        missing = f"Không có thư mục báo cáo “{folder.name}”."
        raise InputRefused(f"{missing} Tạo thư mục, đặt các tệp .xlsx vào đó.")
    return folder


def output_folder(plan_name: str) -> Path:
    """The folder everything made for a plan goes to, unless the user names another."""
    return ROOT / "outputs" / plan_name


def shorten_path(path: Path) -> Path:
    """The path as it is typed from where the user is."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


class OutputFolders:
    """The places inside one plan's output folder: `published/` leaves the department, `internal/`
    stays.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.published = root / "published"  # the set that readers see
        self.internal = root / "internal"  # observations, returns, faults, records: never sent on
        self.edition = self.internal / "edition"  # the exact set, for the department alone
        self.documents = self.internal / "documents"  # Word, exact figures, to be signed
        self.store = root / "store"  # finished notebooks by the hash of what they were made from
        self.lab = root / "lab"  # the working copy of the notebooks that people explore in
        self.lock = root / "run.lock"  # held by the one process that may write here
