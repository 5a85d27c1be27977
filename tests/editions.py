"""The case of a province as the batch makes it: without persons, unless it stays in the department."""

from pcmd_eval import disclosure
from pcmd_eval.case import Case
from pcmd_eval.findings import evaluate
from pcmd_eval.indicators import figures
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan import Plan


def case_of(plan: Plan, intake: Intake, internal: bool = False) -> Case:
    """The province's case of returns as read, public or exact."""
    rules = disclosure.load_disclosure()
    cells = intake.cells if internal else disclosure.public(intake.cells, rules)
    totals = disclosure.totals(intake.cells, rules)
    figured = figures(plan, cells, intake.returns, None if internal else totals)
    findings = evaluate(plan, intake.cells)
    return Case(plan, plan.province, cells, intake.returns, findings, totals, figured, internal)
