"""Makes tests/golden anew from the illustrative returns: `python scripts/golden.py`; then review
its `git diff`.

What a change of code, plan or returns does to findings and to three notebooks is seen there, and
belongs into CHANGELOG.md. The notebooks are executed by plain papermill in an ordinary kernel;
pictures are left out.
"""

import nbformat
import papermill

from pcmd_eval.batch.notebook_html import normalise, notebook_bytes
from pcmd_eval.evaluation.findings import evaluate, format_findings
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes

GOLDEN = paths.ROOT / "tests" / "golden"
PLAN = "phu_tho_2017"
NOTEBOOKS = {"1_communication": "230", "6_enforcement": "25", "district_review": "240"}


def golden(name: str, unit: str) -> str:
    """Return an executed notebook."""
    template = nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", 4)
    given = {"plan": PLAN, "unit": unit}
    done = normalise(
        papermill.execute_notebook(template, None, given, progress_bar=False), template
    )
    for cell in done.cells:  # what says where and when is compared with nothing
        if "nbval-ignore-output" in cell.metadata.get("tags", ()):
            cell.outputs = []
    return notebook_bytes(done)


if __name__ == "__main__":
    plan = load_plan(PLAN)
    found = evaluate(plan, read_returns(plan, paths.returns_folder(PLAN)).cells)
    (GOLDEN / "findings.csv").write_bytes(to_csv_bytes(format_findings(found)))
    for name, unit in NOTEBOOKS.items():
        (GOLDEN / f"{name}.ipynb").write_bytes(golden(name, unit))
