"""Where a process cannot be forked from the run: several machines, by the commands of
docs/several-machines.md, as real processes on the loopback address; other systems.
"""

import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

import pytest
import toy

from pcmd_eval.util import paths

PAGE = (paths.ROOT / "docs" / "several-machines.md").read_text(encoding="utf-8")


@dataclass
class Cluster:
    """A scheduler with its workers; `env` is the environment of a run on it."""

    address: str
    workers: list[Popen[str]]
    env: dict[str, str]


def documented(command: str, **places: str) -> list[str]:
    """The words of a command as the page gives it, its places filled in."""
    [line] = re.findall(rf"^[.]venv/bin/(dask {command} .*?) *(?:#.*)?$", PAGE, re.MULTILINE)
    for name, place in places.items():
        line = line.replace(name, place)
    _, *words = line.split()
    return [str(Path(sys.executable).with_name("dask")), *words]


def ended(process: Popen[str]) -> None:
    """Kill a process and all that it started, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def cluster(root: Path, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two machines, of one worker each, who hear only each other."""
    env = {**os.environ, "PCMD_ROOT": str(root)} | certified(tmp_path)
    options = {"cwd": tmp_path, "env": env, "stdout": PIPE, "stderr": STDOUT, "encoding": "utf-8"}
    with ExitStack() as stack:

        def started(words: list[str], until: str) -> tuple[Popen[str], str]:
            process = stack.enter_context(Popen(words, start_new_session=True, **options))
            stack.callback(ended, process)
            announcement = next(line for line in process.stdout if until in line)
            return process, announcement.split()[-1]

        here = "127.0.0.1"
        scheduler = documented("scheduler", ADDRESS=here)
        _, address = started([*scheduler, "--port", "0"], "Scheduler at:")
        assert address.startswith("tls://")
        places = {"tcp://ADDRESS:8786": address, "OWN": here, "--nworkers 2": "--nworkers 1"}
        worker = documented("worker", **places)
        workers = [started(worker, "Registered to:")[0] for _ in range(2)]
        yield Cluster(address, workers, env)


def certified(folder: Path) -> dict[str, str]:
    """The settings of the page for encrypted traffic, with a certificate made for this test."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    options = (
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=pcmd -days 1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(["openssl", *options.split()], cwd=folder, check=True, capture_output=True)
    [settings] = re.findall("```yaml\n(.*?)```", PAGE, re.DOTALL)
    for name, file in {"CA.pem": certificate, "CERT.pem": certificate, "KEY.pem": key}.items():
        settings = settings.replace(name, str(file))
    (folder / "dask").mkdir()
    (folder / "dask" / "dask.yaml").write_text(settings, encoding="utf-8")
    return {"DASK_CONFIG": str(folder / "dask")}


@pytest.fixture
def root(unit_run: Path) -> Path:
    """The root with small notebooks that `unit_run` was made in; only read."""
    return unit_run.parent


@pytest.mark.long
def test_run_on_a_cluster_with_a_killed_worker_gives_the_same_bytes(
    root: Path, unit_run: Path, tmp_path: Path, cluster: Cluster
) -> None:
    """The worker is killed in the midst of its work."""
    output = tmp_path / "out"
    command = ("run", "--unit", "230", "--output", str(output), "--scheduler", cluster.address)
    with toy.start(root, *command, env=cluster.env) as process:
        next(line for line in process.stdout if "kiểm tra: 1/1" in line)  # the tasks come next
        ended(cluster.workers[0])
        text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    assert toy.files(output / "published") == toy.files(unit_run / "published")


# The command as on macOS and Windows, where no process is forked.
SPAWNED = """
import sys
from pcmd_eval.office.batch import workers
from pcmd_eval.cli import main

workers.START_METHOD = workers.SPAWN
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.long
def test_run_by_another_start_method_gives_the_same_bytes(
    shipped_run: Path, tmp_path: Path
) -> None:
    """A whole run: 13 districts."""
    output = tmp_path / "out"
    with toy.start(paths.ROOT, "run", "--output", str(output), program=("-c", SPAWNED)) as process:
        text, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, text
    for name in ("published", "internal/documents"):
        assert toy.files(output / name) == toy.files(shipped_run / name)


@pytest.mark.long
def test_run_of_communes_by_another_start_method_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    """A whole run of the 126 communes of Hà Nội."""
    plan, returns = "ha_noi_2026", tmp_path / "returns"
    returns.mkdir()
    runpy.run_path(str(paths.ROOT / "scripts/illustrative.py"))["write_returns"](returns, plan)
    sets = []
    for name, program in (("forked", ("-m", "pcmd_eval")), ("spawned", ("-c", SPAWNED))):
        output = tmp_path / name
        places = ("--returns", str(returns), "--output", str(output), "--plan", plan)
        with toy.start(paths.ROOT, "run", *places, program=program) as process:
            text, _ = process.communicate(timeout=1200)
        assert process.returncode == 0, text
        sets.append(toy.files(output / "published"))
    assert sets[0] == sets[1] and len(sets[0]) > 260
