"""Every way a run can be hurt: readers keep the old set or see the new one, whole, and the exit code says which.

What one notebook can do wrong stands in test_batch.py; here whole runs in processes of their own are killed, starved
of disk, and started twice.
"""

import json
import os
import random
import resource
import threading
import time
from pathlib import Path

import pytest
from small_root import finish, of_root, published_run, small_root, start
from test_batch import NOTEBOOK, READ, THREAD, WRITE, notebook, write_notebooks

from pcmd_eval.paths import OutputFolder
from pcmd_eval.sets import locked

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small project."""
    return small_root(tmp_path / "root")


def gone(root: Path, within: float = 10) -> bool:
    """Whether every process of the project ends in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not of_root(root):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (["import os, signal; os.kill(os.getpid(), signal.SIGKILL)"], "dừng đột ngột"),
        (["os._exit(0)"], "dừng đột ngột"),
        (["import sys; sys.exit(0)"], "chưa chạy xong"),
        ([THREAD], "ZeroDivisionError"),
        (['said["unit"] = "240"', WRITE], "unit là “240”, phải là “230”"),
        (["x = bytearray(3 * 2**30)"], "quá 2048 MiB bộ nhớ"),
    ],
)
def test_a_hurt_notebook_leaves_the_others_done_and_the_published_set_alone(root: Path, sources: list[str], words: str):
    assert finish(start(root))[0] == 0
    before = published_run(root)
    hurt = notebook(READ, 'if unit != "230":\n    ' + WRITE, *(f'if unit == "230":\n    {s}' for s in sources))
    write_notebooks(root / "notebooks", **{NOTEBOOK: hurt})
    code, out, err = finish(start(root))
    assert code == 1 and words in err and f"230 {NOTEBOOK}" in err and "3 sổ đã chạy, 1 lỗi, 3 dùng lại." in out
    assert published_run(root) == before
    code, out, _ = finish(start(root, "--partial"))
    assert code == 1 and "thiếu 1 sổ" in out and published_run(root) != before
    index = (root / "outputs" / "tiny" / "published" / "index.html").read_text(encoding="utf-8")
    assert "chưa đánh giá: sổ không chạy xong" in index
    assert gone(root)


def test_kill_9_at_any_moment_leaves_the_old_set_or_the_new_one_and_no_kernel(root: Path):
    assert finish(start(root))[0] == 0
    chance, seen = random.Random(4), {published_run(root)}
    for turn in range(20):
        write_notebooks(root / "notebooks", district_review=notebook(READ, f"{turn} + 1", WRITE))
        process = start(root)
        time.sleep(chance.uniform(0.3, 6))
        process.kill()
        process.communicate()
        seen.add(published_run(root))
        assert gone(root)
    code, out, _ = finish(start(root))
    assert code == 0 and "0 lỗi" in out and published_run(root) not in seen
    assert len(list((root / "outputs" / "tiny" / "sets").iterdir())) <= 2


@pytest.mark.parametrize("limit", [1, 2000, 20_000])
def test_a_full_disk_is_said_and_the_published_set_stays(root: Path, limit: int):
    """A limit on the size of files stands for the disk: a write fails half-way in the same way."""
    assert finish(start(root))[0] == 0
    before = published_run(root)
    (root / "data" / "returns" / "tiny" / "240-tan-son.xlsx").unlink()
    full = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import resource; "
    full += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {resource.RLIM_INFINITY}))"
    code, _, err = finish(start(root, before=full))
    assert code == 1 and "Không đọc hoặc ghi được" in err
    assert published_run(root) == before and gone(root)
    assert finish(start(root))[0] == 0 and published_run(root) != before


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_named(root: Path):
    output = root / "outputs"
    output.mkdir()
    output.chmod(0o555)
    code, _, err = finish(start(root))
    assert code == 1 and "Không đọc hoặc ghi được" in err


def test_the_second_of_two_runs_ends_with_4_and_names_the_first(root: Path):
    with locked(OutputFolder(root / "outputs" / "tiny")):
        code, _, err = finish(start(root))
    assert code == 4 and f"tiến trình số {os.getpid()}" in err


def test_readers_never_see_a_torn_set_while_runs_publish(root: Path):
    assert finish(start(root))[0] == 0
    record = root / "outputs" / "tiny" / "published" / "run.json"
    stop, torn, seen, reads = threading.Event(), [], set(), 0

    def read() -> None:
        nonlocal reads
        while not stop.is_set() or reads < 10_000:
            try:
                seen.add(json.loads(record.read_bytes())["run_id"])
            except (OSError, ValueError, KeyError) as error:
                torn.append(error)
            reads += 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(3):
            assert finish(start(root))[0] == 0
    finally:
        stop.set()
        thread.join()
    assert not torn and reads >= 10_000 and len(seen) == 4
