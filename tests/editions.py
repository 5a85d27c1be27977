"""Cases as the batch makes them, and the cells of notebooks run here."""

import ast
from typing import Any, NamedTuple

import nbformat
import pandas as pd
from made import asked

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_editions import exact_case, public_case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.evaluation.observations import derive_columns
from pcmd_eval.evaluation.states import NO_DOUBTS, judge_states, mask_unknown
from pcmd_eval.office.asks.request_list import check_table
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths


class Judged(NamedTuple):
    """Returns that were judged under a plan, with the exact and the public case made of them."""

    plan: Plan
    intake: Intake
    exact: Case
    public: Case


_JUDGED: list[Judged] = []


def judge_cells(rows: pd.DataFrame, returns: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return observations as read with their final states, as if no issue had been found."""
    cells, _failed = judge_states(derive_columns(rows, returns, plan), plan, NO_DOUBTS)
    return mask_unknown(cells)


def case_of(plan: Plan, intake: Intake, internal: bool = False) -> Case:
    """The province's case of returns as read, public or exact; only read, and kept for the next who
    asks for the same.
    """
    matches = [one for one in _JUDGED if one.plan is plan and one.intake is intake]
    if matches:
        judged = matches[0]
    else:
        findings, issues = evaluate(plan, intake.cells), check_table(asked(plan, intake))
        exact = exact_case(plan, intake.cells, intake.returns, findings, issues)
        judged = Judged(plan, intake, exact, public_case(exact))
    others = [one for one in _JUDGED if one is not judged]
    _JUDGED[:] = [*others[-7:], judged]  # what was asked for last is the last to go
    return judged.exact if internal else judged.public


def execute(name: str, plan: str, unit: str) -> tuple[dict[str, Any], list[Any]]:
    """Run the cells of a notebook here; gives its variables with the `compared_findings`, and
    what each cell showed.
    """
    case_editions.compared_findings.clear()
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
    compared_findings = [*case_editions.compared_findings]
    return variables | {"compared_findings": compared_findings}, displays
