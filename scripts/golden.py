"""Write tests/golden anew from the illustrative returns, and print what changed.

    python scripts/golden.py

The diff shows what a change of code, plan or returns does to findings, texts and three notebooks;
who commits it approves it, and names it in CHANGELOG.md. The notebooks are executed by plain
papermill in an ordinary kernel; pictures are left out.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import papermill

from pcmd_eval.evaluation.findings import evaluate, format_findings
from pcmd_eval.office.batch.notebook_html import normalise, notebook_bytes
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes

GOLDEN = paths.ROOT / "tests" / "golden"
sys.path.insert(0, str(GOLDEN.parent))

from approved import approved_texts  # noqa: E402

PLAN = "phu_tho_2017"
# Units by name of the notebook.
NOTEBOOKS = {"1_communication": "230", "6_enforcement": "25", "district_review": "240"}


def golden(name: str, unit: str) -> str:
    """Return the bytes of a notebook executed for a unit."""
    template = nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", 4)
    parameters = {"plan": PLAN, "unit": unit}
    executed = papermill.execute_notebook(template, None, parameters, progress_bar=False)
    notebook = normalise(executed, template)
    for cell in notebook.cells:  # outputs with a time or a path
        if "nbval-ignore-output" in cell.metadata.get("tags", ()):
            cell.outputs = []
    return notebook_bytes(notebook)


if __name__ == "__main__":
    plan = load_plan(PLAN)
    findings = evaluate(plan, read_returns(plan, paths.returns_folder(PLAN)).cells)
    (GOLDEN / "findings.csv").write_bytes(to_csv_bytes(format_findings(findings)))
    for name, unit in NOTEBOOKS.items():
        (GOLDEN / f"{name}.ipynb").write_bytes(golden(name, unit))
    with TemporaryDirectory() as folder:
        for name, make in approved_texts(Path(folder)).items():
            (GOLDEN / name).write_text(make(), encoding="utf-8")
    command = ["git", "--no-pager", "diff", "--stat", "--patch", "--", GOLDEN]
    if subprocess.run([*command, "--exit-code"], cwd=paths.ROOT, check=False).returncode:
        print("\nRead this diff before you commit it: it is what officials will read.")
