"""The executed notebooks of one district and of the province are as they were reviewed, output for output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pcmd_eval import paths
from pcmd_eval.cli import main

GOLDEN = Path(__file__).parent / "golden"
NOTEBOOKS = sorted(GOLDEN.glob("*/*.ipynb"))


@pytest.fixture(scope="module")
def internal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a fresh evaluation of the illustrative returns."""
    folder = tmp_path_factory.mktemp("golden")
    assert main(["evaluate", "--output", str(folder)]) == 0
    return folder / "internal"


def nbval(path: Path, internal: Path) -> subprocess.CompletedProcess[str]:
    """Run one or more notebooks under strict nbval, in kernels forked from a preloaded process."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name", "pcmd-eval", "-q", "-x"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", str(path)]
    fixed = {"PCMD_INTERNAL": str(internal), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "TZ": "UTC"}
    return subprocess.run(
        command, env={**os.environ, **fixed}, cwd=paths.ROOT, capture_output=True, text=True, timeout=500, check=False
    )


def test_there_are_golden_notebooks_of_a_district_and_of_the_province() -> None:
    """Seven each: six objectives and a review."""
    assert [path.parent.name for path in NOTEBOOKS] == ["230-doan-hung"] * 7 + ["province"] * 7


def test_the_findings_are_the_golden_ones(internal: Path) -> None:
    """Byte for byte."""
    assert (internal / "findings.csv").read_bytes() == (GOLDEN / "findings.csv").read_bytes()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_notebook_has_the_cells_of_its_template(path: Path) -> None:
    """nbval cannot know that a template has changed since: its cells, the injected one aside, must be the same."""
    golden, template = (json.loads(p.read_text(encoding="utf-8")) for p in (path, paths.NOTEBOOKS / path.name))
    own = [c for c in golden["cells"] if "injected-parameters" not in c["metadata"].get("tags", [])]
    assert [_source(cell) for cell in own] == [_source(cell) for cell in template["cells"]]


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def test_golden_notebooks_come_out_the_same_under_strict_nbval(internal: Path) -> None:
    """Every output of every cell of all fourteen."""
    ran = nbval(GOLDEN, internal)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_a_tampered_output_is_noticed(internal: Path, tmp_path: Path) -> None:
    """The same check fails when one figure of one table is changed: it compares something."""
    text = (GOLDEN / "230-doan-hung" / "1_communication.ipynb").read_text(encoding="utf-8")
    assert "21/28" in text
    changed = tmp_path / "1_communication.ipynb"
    changed.write_text(text.replace("21/28", "22/28"), encoding="utf-8")
    ran = nbval(changed, internal)
    assert ran.returncode == 1, ran.stdout[-3000:]
