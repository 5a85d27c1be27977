"""Three executed notebooks are as they were reviewed, output for output, in ordinary kernels under
strict nbval.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pcmd_eval import paths

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.ipynb"))


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a notebook under strict nbval."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    command += ["-o", "addopts=", "-W", "default", str(path)]
    return subprocess.run(
        command, cwd=paths.ROOT, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_notebook_has_the_cells_of_its_template(path: Path) -> None:
    """nbval cannot know that a template has changed since: its cells, the injected one aside, must
    be the same.
    """
    golden, template = (
        json.loads(p.read_text(encoding="utf-8")) for p in (path, paths.NOTEBOOKS / path.name)
    )
    own = [
        cell
        for cell in golden["cells"]
        if "injected-parameters" not in cell["metadata"].get("tags", [])
    ]
    assert ["".join(cell["source"]) for cell in own] == [
        "".join(cell["source"]) for cell in template["cells"]
    ]
    assert len(GOLDEN) == 3


@pytest.mark.slow
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_notebook_comes_out_the_same(path: Path) -> None:
    """Every output of every cell."""
    ran = nbval(path)
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.mark.slow
def test_a_tampered_output_is_noticed(tmp_path: Path) -> None:
    """The same check fails when one figure of one table is changed: it compares something."""
    text = GOLDEN[0].read_text(encoding="utf-8")
    assert "21/28" in text
    (tmp_path / GOLDEN[0].name).write_text(text.replace("21/28", "22/28"), encoding="utf-8")
    assert nbval(tmp_path / GOLDEN[0].name).returncode == 1
