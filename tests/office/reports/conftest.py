"""The papers of the shipped returns, made once."""

import pickle
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
def reviews(case: Case, shared_folder: Path) -> dict[str, tuple[bytes, dict[str, object]]]:
    """What `make_paper` gives by the code of each unit without a narrative; made once for all
    workers.
    """
    folder = shared_folder / "papers"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            papers = {
                unit: make_paper(case.at(unit), {}, kind_of(case, unit))
                for unit in case.plan.reporters.index
            }
            folder.mkdir()
            for unit, paper in papers.items():
                (folder / unit).write_bytes(pickle.dumps(paper))
    return {file.name: pickle.loads(file.read_bytes()) for file in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def files(reviews: dict[str, tuple[bytes, dict[str, object]]]) -> dict[str, bytes]:
    """Every paper by the code of its unit."""
    return {unit: content for unit, (content, _) in reviews.items()}
