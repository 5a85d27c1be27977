"""Three executed notebooks are as they were reviewed, output for output, in ordinary kernels under
strict nbval; a notebook of the batch is what a kernel makes of the public edition.
"""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from pcmd_eval.util import paths

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("*.ipynb"))


# As an analyst types it.
COMMAND = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_notebook_has_the_cells_of_its_template(path: Path) -> None:
    """nbval cannot notice a changed template: compare all cells but the injected one."""
    golden, template = (nbformat.read(p, 4) for p in (path, paths.NOTEBOOKS / path.name))
    cells = [
        cell for cell in golden.cells if "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    assert [cell.source for cell in cells] == [cell.source for cell in template.cells]
    assert len(GOLDEN) == 3


@pytest.mark.slow
def test_golden_notebooks_come_out_the_same_and_a_tampered_one_does_not(tmp_path: Path) -> None:
    """Every output of every cell; a figure of a table that is not the one that comes out is
    noticed, so that something is compared.
    """
    cell = new_code_cell("from IPython.display import HTML\nHTML('<td>21/28</td>')")
    data = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<td>22/28</td>"}
    cell.outputs, cell.execution_count = [new_output("execute_result", data, execution_count=1)], 1
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    tampered = tmp_path / "tampered.ipynb"
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), str(tampered))
    options = {"cwd": paths.ROOT, "capture_output": True, "text": True}
    process = subprocess.run([*COMMAND, *GOLDEN, tampered], check=False, timeout=900, **options)
    failures = re.findall(r"^FAILED (.*)", process.stdout, re.MULTILINE)
    # A file that is not of the project is told without its name.
    assert len(failures) == 1 and failures[0].startswith("::Cell 0"), process.stdout[-3000:]
    assert (
        "mismatch 'text/html'" in process.stdout and "1 failed" in process.stdout.splitlines()[-1]
    )
