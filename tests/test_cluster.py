"""Notebooks on the workers of a Dask scheduler, each a process that shares nothing with the run, one of them killed."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_root import finish, published_run, small_root, start, world
from test_batch import READ, WRITE, notebook, write_notebooks
from test_resume import content

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow
SLOW = notebook(READ, "import time; time.sleep(2)", WRITE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small project."""
    return small_root(tmp_path / "root")


@pytest.fixture
def scheduler(root: Path, tmp_path: Path) -> Iterator[tuple[str, Callable[[Path], subprocess.Popen]]]:
    """The address of a scheduler without workers, and a function that starts one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    started: list[subprocess.Popen] = []

    def begin(module: str, *more: str, where: Path = root) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *more]
        process = subprocess.Popen(command, env=world(where), stderr=subprocess.DEVNULL, cwd=tmp_path)
        started.append(process)
        return process

    begin("dask_scheduler", "--host", "127.0.0.1", "--port", address.split(":")[1], "--no-dashboard")
    options = ("--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard")
    yield address, lambda where=root: begin("dask_worker", address, *options, where=where)
    for process in started:
        process.kill()
        process.wait()


def settle(address: str, count: int) -> None:
    """Wait until the scheduler has that many workers."""
    from distributed import Client

    with Client(address, timeout=30, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


def test_a_run_on_two_workers_equals_one_on_this_machine_though_one_is_killed(scheduler, root: Path, tmp_path: Path):
    address, worker = scheduler
    first, _second = worker(), worker()
    settle(address, 2)
    write_notebooks(root / "notebooks", district_review=SLOW, province_review=SLOW)
    process = start(root, "--scheduler", address)
    ledgers = root / "outputs" / "tiny" / "internal" / "ledger"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(f.stat().st_size for f in ledgers.glob("*.jsonl")):
        time.sleep(0.05)
    first.kill()
    code, out, err = finish(process)
    assert (code, err) == (0, "") and "6 sổ đã chạy, 0 lỗi." in out and published_run(root)
    assert finish(start(root, "--output", str(tmp_path / "here")))[0] == 0
    assert content(root / "outputs" / "tiny" / "published") == content(tmp_path / "here" / "published")


def test_workers_of_another_installation_and_none_at_all_are_refused(scheduler, root: Path, tmp_path: Path):
    address, worker = scheduler
    code, _, err = finish(start(root, "--scheduler", address))
    assert code == 3 and "chưa có máy nào" in err
    other = small_root(tmp_path / "other")
    with (other / "data" / "templates" / "style.css").open("a", encoding="utf-8") as style:
        style.write("\n/* khác */\n")
    worker(other)
    settle(address, 1)
    code, _, err = finish(start(root, "--scheduler", address))
    assert code == 3 and "khác với máy này" in err and not published_run(root)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "bogus://x", "khong.co.may:8786"])
def test_a_scheduler_out_of_reach_ends_with_3_within_10_seconds(root: Path, address: str):
    began = time.monotonic()
    code, _, err = finish(start(root, "--scheduler", address))
    assert code == 3 and "Không kết nối được với bộ điều phối" in err
    assert time.monotonic() - began < 10 + 5  # the run itself takes its time before it asks


def test_without_the_library_the_remedy_is_named(root: Path):
    code, _, err = finish(start(root, "--scheduler", "x:1", before="import sys; sys.modules['distributed'] = None"))
    assert code == 3 and "pip install 'pcmd-eval[cluster]'" in err
