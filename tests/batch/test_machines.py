"""Several machines, by the commands of docs/several-machines.md: real processes on the loopback
address.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen, TimeoutExpired

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


def appears(folder: Path, process: Popen[str]) -> bool:
    """Return whether a file came to be in a folder while the process ran."""
    while not any(folder.glob("[!.]*")):
        try:
            process.wait(0.01)
        except TimeoutExpired:
            continue
        return any(folder.glob("[!.]*"))
    return True


@pytest.fixture
def root(unit_run: Path) -> Path:
    """The root with small notebooks that `unit_run` was made in; only read."""
    return unit_run.parent


@pytest.mark.slow
def test_run_on_a_cluster_with_a_killed_worker_gives_the_same_bytes(
    root: Path, unit_run: Path, tmp_path: Path, cluster: Cluster
) -> None:
    """The worker is killed in the midst of its work."""
    output = tmp_path / "out"
    command = ("run", "--unit", "230", "--output", str(output), "--scheduler", cluster.address)
    with toy.start(root, *command, env=cluster.env) as process:
        assert appears(output / "store" / "pages", process), "no result was stored"
        ended(cluster.workers[0])
        text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    assert toy.files(output / "published") == toy.files(unit_run / "published")
