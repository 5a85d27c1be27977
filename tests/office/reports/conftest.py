"""The papers of the shipped returns, made once."""

from pathlib import Path

import pytest
from editions import case_of
from filelock import FileLock
from papers import kind_of

from pcmd_eval.analysis.case import Case
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.plan.plan import Plan


@pytest.fixture(scope="session")
def case(plan: Plan, shipped: Intake) -> Case:
    """The province's case with exact figures and the issues of `check`."""
    return case_of(plan, shipped, internal=True)


@pytest.fixture(scope="session")
def files(case: Case, shared_folder: Path) -> dict[str, bytes]:
    """Every paper by the code of its unit; made once for all workers."""
    folder = shared_folder / "papers"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            papers = {
                unit: make_paper(case.at(unit), kind_of(case, unit))
                for unit in case.plan.reporters.index
            }
            folder.mkdir()
            for unit, content in papers.items():
                (folder / unit).write_bytes(content)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
