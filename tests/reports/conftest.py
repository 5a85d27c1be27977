"""The papers of the shipped returns, made once."""

import pytest
from editions import case_of

from pcmd_eval.analysis.case import Case
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.reports.document import review


@pytest.fixture(scope="session")
def case(plan: Plan, shipped: Intake) -> Case:
    """The province's case with exact figures and the issues of `check`."""
    return case_of(plan, shipped, internal=True)


@pytest.fixture(scope="session")
def files(case: Case, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every paper by the code of its unit, without a word of people's own."""
    empty = tmp_path_factory.mktemp("words")
    return {unit: review(case.at(unit), empty)[0] for unit in case.plan.reporters.index}
