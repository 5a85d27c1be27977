"""Fixtures of all tests: the shipped plan, its returns as read, finished runs, read-only."""

import gc
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

# Libraries and tests stay to the end: to look through them for what nobody needs any more, again
# and again, took a sixth of the time.
gc.set_threshold(50_000, 20, 100)

import pandas as pd
import pytest
import toy
import two_levels
from editions import case_of
from filelock import FileLock
from filling import fill, fill_plan
from hypothesis import HealthCheck, settings
from made import plain

from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

# The same examples on every machine and in every run.
settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


# Who runs the suite in the background may have Ctrl-C ignored, and with it all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "IPYTHONDIR")
SLOW = 1200  # seconds for a slow or long test, with the whole run that it may have to wait for


RUNS = {"shipped_run", "communes_run", "unit_run"}


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs a finished run as slow; give slow and long tests a longer time
    limit than pyproject.toml's, unless they have one.
    """
    for item in items:
        if not RUNS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        is_slow = item.get_closest_marker("slow") or item.get_closest_marker("long")
        if is_slow and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW))


def pytest_collection_finish() -> None:
    """Exclude everything loaded so far from garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The shipped plan."""
    return load_plan("phu_tho_2017")


@pytest.fixture(scope="session")
def shipped(plan: Plan) -> Intake:
    """The shipped returns as read: frames `cells`, `returns` and `issues`, not to be changed."""
    return read_returns(plan, paths.returns_folder(plan.name))


@pytest.fixture(scope="session")
def findings(plan: Plan, shipped: Intake) -> pd.DataFrame:
    """Every finding of the shipped returns, not to be changed."""
    return evaluate(plan, shipped.cells)


@pytest.fixture(scope="session")
def case(plan: Plan, shipped: Intake) -> Case:
    """The shipped returns seen from Đoan Hùng, inside the department; not to be changed."""
    return case_of(plan, shipped, internal=True).at("230")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of a session have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.fixture(scope="session")
def blanks(plan: Plan, shared_folder: Path) -> Path:
    """A folder with the plain blank return of every reporter, made once for all workers and only
    read.
    """
    folder = shared_folder / "blanks"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            folder.mkdir()
            for code, name in plan.reporters.folder.items():
                (folder / f"{name}.xlsx").write_bytes(plain(code))
    return folder


@pytest.fixture(scope="session")
def filled_set(shared_folder: Path, blanks: Path) -> Callable[[str, int, float], tuple[Path, Path]]:
    """Give the file of a plan and returns of it filled from a seed in some disorder, made once for
    all workers and only read. "communes" is the made-up plan for which twelve communes report,
    "today" the shipped plan of 2026 for twelve of its communes.
    """

    def make(name: str, seed: int, disorder: float) -> tuple[Path, Path]:
        folder = shared_folder / f"filled {name} {seed}"
        write = {"communes": two_levels.write_plan, "today": two_levels.write_plan_of_today}
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                folder.mkdir()
                file = write[name](folder, 12) if name in write else paths.PLANS / f"{name}.yaml"
                (folder / "plan").write_text(str(file), encoding="utf-8")
                near = seed % 2 == 0
                if name == "phu_tho_2017":
                    fill(blanks, folder / "returns", seed, disorder, near)
                else:
                    fill_plan(load_plan(str(file)), folder, seed, disorder, near)
        file = Path((folder / "plan").read_text(encoding="utf-8"))
        return file, folder / "returns"

    return make


@pytest.fixture(scope="session")
def shipped_run(shared_folder: Path) -> Path:
    """The output folder of one `run` of the shipped returns, made once for all workers and only
    read; what it printed stands beside it, in shipped_run.txt.
    """
    output = shared_folder / "shipped_run"
    with FileLock(output.with_suffix(".lock")):
        if not (output / "published").exists():
            command = [sys.executable, "-m", "pcmd_eval", "run", "--output", str(output)]
            with output.with_suffix(".txt").open("wb") as printed:
                subprocess.run(command, check=True, stdout=printed)
    return output


@pytest.fixture(scope="session")
def communes_run(shared_folder: Path) -> Path:
    """The output folder of one `run` of the made-up plan for which twelve communes report, on
    illustrative returns, and its blank forms; made once for all workers and only read.
    """
    folder = shared_folder / "communes_run"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            folder.mkdir()
            plan, output = str(two_levels.write_plan(folder, 12)), folder / "outputs"
            script = runpy.run_path(str(paths.ROOT / "scripts" / "illustrative.py"))
            script["write_returns"](folder / "returns", plan)
            places = ("--returns", str(folder / "returns"), "--output", str(output))
            for command in (("template", "--to", str(output / "forms")), ("run", *places)):
                code, text = toy.pcmd(paths.ROOT, *command, "--plan", plan)
                assert code == 0, text
    return folder / "outputs"


@pytest.fixture(scope="session")
def unit_run(shared_folder: Path) -> Path:
    """The output folder of `run --unit 230` in a root with small notebooks (its parent), made once
    and only read.

    Made as on a bare machine: with a home in which nobody, an administrator neither, can make
    anything. What it said on stderr and left among temporary files stands in `bare.txt` beside it.
    """
    root = shared_folder / "toy"
    with FileLock(root.with_suffix(".lock")):
        if not root.exists():
            toy.root(root)
            env = {name: value for name, value in os.environ.items() if name not in HOMES}
            # A short name: that of a socket has 108 letters at most.
            with TemporaryDirectory() as temporary:
                env |= {"HOME": os.devnull, "TMPDIR": temporary, "PCMD_ROOT": str(root)}
                command = ("run", "--unit", "230", "--output", str(root / "one"))
                with toy.start(root, *command, env=env, stderr=subprocess.PIPE) as process:
                    output, errors = process.communicate(timeout=600)
                leftovers = [path.name for path in Path(temporary).iterdir()]
            assert process.returncode == 0, output + errors
            assert "7 sổ, " in output and "Bộ này chưa có" in output, output
            (root / "bare.txt").write_text("\n".join([errors, *leftovers]), encoding="utf-8")
    return root / "one"
