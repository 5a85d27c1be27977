"""Folders of the project; no other module knows them by name."""

import os
import re
from pathlib import Path

from pcmd_eval.util.errors import InputRefused

_CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).resolve().parents[1]  # with the templates beside the modules
_PACKAGED = PACKAGE / "resources"  # in a wheel: data and notebooks


def _find_root() -> Path:
    """Return the folder of data and outputs: PCMD_ROOT, else the checkout, else the current one."""
    if folder := os.environ.get("PCMD_ROOT"):
        return Path(folder)
    return _CHECKOUT if (_CHECKOUT / "data" / "plans").is_dir() else Path.cwd()


def _find_resources(name: str) -> Path:
    """Return the folder `name` (data, notebooks): of `ROOT` if that has plans, else of the wheel.

    A folder `data` alone proves nothing: analysts use that name, too.
    """
    uses_root = (ROOT / "data" / "plans").is_dir() or not _PACKAGED.is_dir()
    return (ROOT if uses_root else _PACKAGED) / name


ROOT = _find_root()
DATA = _find_resources("data")
PLANS = DATA / "plans"
UNITS = DATA / "units"
FORMS = DATA / "forms"
FONTS = DATA / "fonts"
TEMPLATES = DATA / "templates"
PREVIOUS = DATA / "previous"
LAB = DATA / "lab"
NOTEBOOKS = _find_resources("notebooks")


def returns_folder(plan: str) -> Path:
    """Return the default folder of the returns of a plan; a saved what-if has those of its base.

    `plan`: its name or .yaml file. Reads only the line `base`: `run` needs the folder before it
    loads the plan.
    """
    file = Path(plan) if plan.endswith(".yaml") else PLANS / f"{plan}.yaml"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    base = re.search(r"^base: *([\w-]+) *$", text, re.MULTILINE)
    return ROOT / "data" / "returns" / (base[1] if base else file.stem)


def require_folder(folder: Path) -> Path:
    """Return the folder of returns unchanged; raise InputRefused if it does not exist."""
    if not folder.is_dir():
        missing = f"Không có thư mục báo cáo “{folder.absolute()}” (--returns)."
        raise InputRefused(f"{missing} Tạo thư mục, đặt các tệp .xlsx vào đó.")
    return folder


def output_folder(plan_name: str) -> Path:
    """Return the default output folder of a plan."""
    return ROOT / "outputs" / plan_name


def shorten_path(path: Path) -> Path:
    """Return the path relative to the current folder, if it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


class OutputFolders:
    """The folders below the output folder of one plan; only `published/` leaves the department."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.published = root / "published"  # the public set
        self.internal = root / "internal"  # observations, returns, issues, record
        self.failed = self.internal / "failed"  # what failed notebooks had executed
        self.documents = self.internal / "documents"  # Word, exact figures, to be signed
        self.lab = root / "lab"  # the working copy of the notebooks
        self.lock = root / "run.lock"  # held by the process that writes here
