"""Cases as the batch makes them, the tables it hands to notebooks, and their cells run here."""

import ast
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from made import asked

from pcmd_eval.analysis.case import issues_of
from pcmd_eval.analysis.session import Case, exact_case, public_case, read_proof
from pcmd_eval.asks.request_list import check_table
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes


class Judged(NamedTuple):
    """Returns that were judged under a plan, with the exact and the public case made of them."""

    plan: Plan
    intake: Intake
    exact: Case
    public: Case


_JUDGED: list[Judged] = []


def case_of(plan: Plan, intake: Intake, internal: bool = False) -> Case:
    """The province's case of returns as read, public or exact; only read, and kept for the next who
    asks for the same.
    """
    matches = [one for one in _JUDGED if one.plan is plan and one.intake is intake]
    if matches:
        judged = matches[0]
    else:
        exact = exact_case(plan, intake, evaluate(plan, intake.cells))
        exact = replace(exact, _issues=check_table(asked(plan, intake)))
        judged = Judged(plan, intake, exact, public_case(exact))
    others = [one for one in _JUDGED if one is not judged]
    _JUDGED[:] = [*others[-7:], judged]  # what was asked for last is the last to go
    return judged.exact if internal else judged.public


def tables(folder: Path, plan: Plan, intake: Intake, public: bool = False) -> Path:
    """The tables that the batch hands to a notebook."""
    case = case_of(plan, intake, internal=not public)
    content = {
        "observations": case.cells[[*OBSERVATIONS]],
        "returns": case.returns,
        "findings": case.findings[FINDING_COLUMNS],
    }
    content["indicators"] = format_for_csv(case.indicators)
    if not public:
        content["check"] = issues_of(case)
    for name, frame in content.items():
        (folder / f"{name}.csv").write_bytes(to_csv_bytes(frame))
    return folder


def execute(name: str, plan: str, unit: str) -> tuple[dict[str, Any], list[Any]]:
    """Run the cells of a notebook here; gives its variables with the rows that it `proved`, and
    what each cell showed.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCMD_PROOF", str(proof := Path(folder, "proof")))
        variables, displays = _run(name, plan, unit)
        return variables | {"proved": read_proof(proof)}, displays


def _run(name: str, plan: str, unit: str) -> tuple[dict[str, Any], list[Any]]:
    variables: dict[str, Any] = {}
    displays = []
    notebook = nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", 4)
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        source = (
            f"plan, unit = {plan!r}, {unit!r}"
            if "parameters" in cell.metadata.get("tags", [])
            else cell.source
        )
        *lines, last = ast.parse(source).body
        shows = isinstance(last, ast.Expr)
        module = ast.Module(lines if shows else [*lines, last], [])
        exec(compile(module, cell.id, "exec"), variables)
        if shows:
            expression = compile(ast.Expression(last.value), cell.id, "eval")
            displays.append(eval(expression, variables))
    return variables, displays
