"""What tests share: the shipped plan, the shipped returns as read, and one finished run that nobody writes to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from pcmd_eval import paths
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan import Plan, load_plan

# The same examples on every machine and in every run.
settings.register_profile(
    "steady", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The shipped plan."""
    return load_plan("phu_tho_2017")


@pytest.fixture(scope="session")
def shipped(plan: Plan) -> Intake:
    """The shipped returns as read: frames `cells`, `returns` and `faults`, not to be changed."""
    return read_returns(plan, paths.returns_folder(plan.name))


@pytest.fixture(scope="session")
def shipped_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one `run` of the shipped returns, made once for all workers and only read."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    output = shared / "shipped_run"
    with FileLock(shared / "shipped_run.lock"):
        if not (output / "published").exists():
            subprocess.run([sys.executable, "-m", "pcmd_eval", "run", "--output", str(output)], check=True)
    return output
