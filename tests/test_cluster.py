"""Notebooks on the workers of a Dask scheduler, each a process that shares nothing with the run, one of them killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_root import (
    NOTEBOOK,
    READ,
    WRITE,
    finish,
    made,
    notebook,
    published_run,
    root,
    shown,
    small_root,
    start,
    write_notebooks,
)
from test_resume import content

pytest.importorskip("distributed")
__all__ = ["made", "root", "shown"]  # the fixtures
pytestmark = pytest.mark.slow
SLOW = notebook(READ, "import time; time.sleep(2)", WRITE)


class Dask:
    """A scheduler on this machine without workers; called, it starts one for a project."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.folder, self.started = folder, list[subprocess.Popen]()
        port = self.address.split(":")[1]
        self.scheduler = self._begin("dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def __call__(self, root: Path) -> subprocess.Popen:
        """Start a worker."""
        options = ("--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard")
        return self._begin("dask_worker", self.address, *options, PCMD_ROOT=str(root))

    def _begin(self, module: str, *more: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *more]
        own = {**os.environ, **environment}
        self.started.append(subprocess.Popen(command, env=own, stderr=subprocess.DEVNULL, cwd=self.folder))
        return self.started[-1]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    """A scheduler without workers."""
    made = Dask(tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.wait()


def settle(address: str, count: int) -> None:
    """Wait until the scheduler has that many workers."""
    from distributed import Client

    with Client(address, timeout=30, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


def until_a_result(root: Path, runs: int = 1) -> None:
    """Wait until the last of so many runs has one result, so that it is in the midst of its work."""
    ledgers = root / "outputs" / "tiny" / "internal" / "ledger"
    deadline = time.monotonic() + 100
    while sum(f.stat().st_size > 0 for f in ledgers.glob("*.jsonl")) < runs:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_on_two_workers_equals_one_on_this_machine_though_one_is_killed(dask: Dask, root: Path, tmp_path: Path):
    first, _second = dask(root), dask(root)
    settle(dask.address, 2)
    write_notebooks(root / "notebooks", district_review=SLOW, province_review=SLOW)
    process = start(root, "--scheduler", dask.address)
    until_a_result(root)
    first.kill()
    code, out, err = finish(process)
    assert (code, err) == (0, "") and "6 sổ đã chạy, 0 lỗi." in out and published_run(root)
    assert finish(start(root, "--output", str(tmp_path / "here")))[0] == 0
    assert content(root / "outputs" / "tiny" / "published") == content(tmp_path / "here" / "published")


@pytest.mark.parametrize("lost", ["killed scheduler", "stopped scheduler", "workers"])
def test_a_run_that_loses_its_scheduler_or_all_workers_ends_and_says_so(dask: Dask, shown: Path, lost: str):
    before = published_run(shown)
    write_notebooks(shown / "notebooks", district_review=SLOW, province_review=SLOW, **{NOTEBOOK: SLOW})
    workers = [dask(shown), dask(shown)]
    settle(dask.address, 2)
    process = start(
        shown, "--scheduler", dask.address, before="from pcmd_eval.batch import workers; workers._LOST_SECONDS = 15"
    )
    until_a_result(shown, runs=2)
    if lost == "workers":
        for each in workers:
            each.kill()
    else:
        dask.scheduler.send_signal(signal.SIGKILL if lost.startswith("killed") else signal.SIGSTOP)
    code, out, err = finish(process, within=100)
    assert code == 1 and "6 sổ đã chạy, " in out and "Chưa công bố; bộ công bố trước (nếu có) giữ nguyên." in err
    said = [line for line in err.splitlines() if "Lỗi: " in line]
    assert said and all("mất liên lạc với bộ điều phối, hoặc không còn máy nào chạy sổ" in line for line in said), err
    assert published_run(shown) == before


def test_workers_of_another_installation_and_none_at_all_are_refused(dask: Dask, root: Path, tmp_path: Path):
    code, _, err = finish(start(root, "--scheduler", dask.address))
    assert code == 3 and "chưa có máy nào" in err
    other = small_root(tmp_path / "other")
    with (other / "data" / "templates" / "style.css").open("a", encoding="utf-8") as style:
        style.write("\n/* khác */\n")
    dask(other)
    settle(dask.address, 1)
    code, _, err = finish(start(root, "--scheduler", dask.address))
    assert code == 3 and "khác với máy này" in err and not published_run(root)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "bogus://x", "khong.co.may:8786"])
def test_a_scheduler_out_of_reach_ends_with_3_within_10_seconds(root: Path, address: str):
    began = time.monotonic()
    code, _, err = finish(start(root, "--scheduler", address))
    assert code == 3 and "Không kết nối được với bộ điều phối" in err
    assert time.monotonic() - began < 10 + 20  # the run itself takes its time before it asks


def test_without_the_library_the_remedy_is_named(root: Path):
    code, _, err = finish(start(root, "--scheduler", "x:1", before="import sys; sys.modules['distributed'] = None"))
    assert code == 3 and "pip install 'pcmd-eval[cluster]'" in err
