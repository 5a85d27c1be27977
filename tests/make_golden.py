"""Make tests/golden anew from a run on the illustrative returns: `python tests/make_golden.py`; review the diff.

The golden files are executed notebooks of one district and of the province, and findings.csv: what a change of code,
plan or returns does to them is seen in `git diff`, and belongs into CHANGELOG.md.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from pcmd_eval.cli import main

GOLDEN = Path(__file__).parent / "golden"
PLACES = ("districts/230-doan-hung", "province")


def make() -> int:
    """Run the batch into a temporary folder and copy what is golden; returns the exit code of the run."""
    with tempfile.TemporaryDirectory() as folder:
        code = main(["run", "--output", folder])
        if code == 0:
            shutil.rmtree(GOLDEN, ignore_errors=True)
            for place in PLACES:
                shutil.copytree(Path(folder) / "published" / place, GOLDEN / Path(place).name, ignore=_not_notebooks)
            shutil.copy(Path(folder) / "published" / "findings.csv", GOLDEN)
        return code


def _not_notebooks(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".ipynb")}


if __name__ == "__main__":
    sys.exit(make())
