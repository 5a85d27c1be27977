"""Every way a run can be hurt: readers keep the old set or see the new one, whole, and the exit code says which.

What one notebook can do wrong stands in test_batch.py; here whole runs in processes of their own are killed, starved
of disk, and started twice.
"""

import json
import os
import random
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from small_root import (
    GOOD,
    NOTEBOOK,
    READ,
    THREAD,
    WRITE,
    finish,
    gone,
    made,
    notebook,
    published_run,
    shown,
    start,
    write_notebooks,
)

from pcmd_eval.batch.kept import SEAL

__all__ = ["made", "shown"]  # the fixtures
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")]
RUNS = 50  # that are killed


# ---- notebooks that are hurt ----------------------------------------------------------------------------------------


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
def test_a_hurt_notebook_leaves_the_others_and_the_published_set_alone(shown: Path, sources: list[str], words: str):
    before = published_run(shown)
    hurt = notebook(READ, 'if unit != "230":\n    ' + WRITE, *(f'if unit == "230":\n    {s}' for s in sources))
    write_notebooks(shown / "notebooks", **{NOTEBOOK: hurt})
    code, out, err = finish(start(shown))
    assert code == 1 and words in err and f"230 {NOTEBOOK}" in err and "3 sổ đã chạy, 1 lỗi, 3 dùng lại." in out
    assert published_run(shown) == before
    code, out, _ = finish(start(shown, "--partial"))
    assert code == 1 and "thiếu 1 sổ" in out and published_run(shown) != before
    index = (shown / "outputs" / "tiny" / "published" / "index.html").read_text(encoding="utf-8")
    assert "chưa đánh giá: sổ không chạy xong" in index
    assert gone(shown)


def test_each_limit_ends_its_notebook_and_no_other(shown: Path):
    """One notebook has a cell that takes too long, one takes too long as a whole, one needs too much memory."""
    before = published_run(shown)
    hurt = {"230": "time.sleep(60)", "240": "time.sleep(4)", "25": "x = bytearray(400 * 2**20)"}
    cells = [f"import time\nhurt = {hurt}", *["exec(hurt[unit])"] * 4]
    write_notebooks(shown / "notebooks", **{NOTEBOOK: notebook(READ, *cells, WRITE)})
    (shown / "data" / "limits.yaml").write_text("{cell: 7, notebook: 12, memory: 300}\n")
    code, out, err = finish(start(shown))
    assert code == 1 and "3 sổ đã chạy, 3 lỗi, 3 dùng lại." in out
    for unit, words in {"230": "ô chạy quá 7 giây", "25": "sổ cần quá 300 MiB bộ nhớ"}.items():
        assert f"Lỗi: {unit} {NOTEBOOK}, ô 6 “exec(hurt[unit])”: {words}\n" in err
    assert f"Lỗi: 240 {NOTEBOOK}, ô " in err and "cả sổ chạy quá 12 giây" in err
    assert published_run(shown) == before and gone(shown)
    code, out, _ = finish(start(shown, "--partial"))
    published = shown / "outputs" / "tiny" / "published"
    assert code == 1 and "thiếu 3 sổ" in out and published_run(shown) not in ("", before) and gone(shown)
    assert "chưa đánh giá: sổ không chạy xong (ô 6)" in (published / "index.html").read_text(encoding="utf-8")
    jobs = json.loads((published / "run.json").read_bytes())["jobs"]
    assert {(job["notebook"] == NOTEBOOK, job["status"]) for job in jobs} == {(True, "failed"), (False, "done")}


# ---- runs that are killed -------------------------------------------------------------------------------------------


def killed(root: Path, times: int, seed: int) -> None:
    """Kill that many runs, each at a random moment of its life, and let one in six go on to its end."""
    chance, seen, length = random.Random(seed), [published_run(root)], 6.0
    for turn in range(times):
        write_notebooks(root / "notebooks", district_review=notebook(READ, f"x = {turn}", WRITE))
        process = start(root)
        time.sleep(chance.uniform(0.2, length))
        process.kill()
        process.communicate()
        assert gone(root)
        if (run := published_run(root)) != seen[-1]:
            assert run not in seen
            seen.append(run)
        if turn % 6 == 5 or turn == times - 1:
            began = time.monotonic()
            code, out, err = finish(start(root))
            length = time.monotonic() - began
            assert (code, err) == (0, "") and "0 lỗi" in out and "dùng lại" in out
            assert published_run(root) not in seen and len(list((root / "outputs" / "tiny" / "sets").iterdir())) <= 2
            seen.append(published_run(root))


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder for temporary files whose name is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this platform")
def test_a_run_that_is_ended_or_killed_leaves_no_tables_of_communes_behind(shown: Path, short: Path):
    """What notebooks were given lies outside the output folder only while they run."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        sleeps = f"import time; time.sleep(30 + {int(number)})"
        write_notebooks(shown / "notebooks", district_review=notebook(READ, sleeps, WRITE))
        process = start(shown, TMPDIR=str(short))
        deadline = time.monotonic() + 30
        while not list(short.rglob("*.csv")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate()
        assert gone(shown)
        if number == signal.SIGTERM:
            assert process.returncode == 1 and not list(short.iterdir()) and "Đã dừng theo yêu cầu" in err
    assert list(short.rglob("*.csv"))
    write_notebooks(shown / "notebooks", district_review=GOOD)
    assert finish(start(shown))[0] == 0 and not list(short.rglob("*.csv"))


def test_kill_9_at_any_moment_leaves_the_old_set_or_the_new_one_and_no_kernel(shown: Path, tmp_path: Path):
    """In two projects at once, as this is mostly waiting."""
    lanes = [shown, shutil.copytree(shown, tmp_path / "other", symlinks=True)]
    with ThreadPoolExecutor(len(lanes)) as pool:
        for lane in [pool.submit(killed, root, RUNS // len(lanes), seed) for seed, root in enumerate(lanes)]:
            lane.result()


def test_kill_9_after_any_write_leaves_the_old_set_or_the_new_one(shown: Path):
    """Each file that a run puts into its place, in turn: what it writes when it publishes is soon done."""
    runs = {published_run(shown)}
    for turn in count(1):
        dies = f"""
import os, signal
real, left = os.replace, [{turn}]
def replace(*names):
    real(*names)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = replace
"""
        # Without their seal the tables are written anew each time, so that every run has the same writes.
        (shown / "outputs" / "tiny" / "internal" / SEAL).unlink(missing_ok=True)
        code, out, err = finish(start(shown, before=dies))
        runs.add(published_run(shown))
        if code == 0:
            break
        # Python's own tracker of semaphores may remark that the run did not clean up after itself.
        said = [line for line in err.splitlines() if "resource_tracker" not in line]
        assert (code, out, said) == (-9, "", [])
    # The last kill came after the change that readers see; the run after it had nothing left to die of.
    assert turn > 8 and len(runs) == 3 and gone(shown)


# ---- two at once ----------------------------------------------------------------------------------------------------


def test_the_second_of_two_runs_ends_with_4_and_names_the_first(shown: Path):
    before, output = published_run(shown), shown / "outputs" / "tiny"
    write_notebooks(shown / "notebooks", district_review=notebook(READ, "import time; time.sleep(8)", WRITE))
    first, deadline = start(shown), time.monotonic() + 60
    while not (output / "run.holder").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    code, out, err = finish(start(shown))
    assert (code, out, first.poll()) == (4, "", None)
    assert re.search(rf"“tiny” \(tiến trình số {first.pid}, bắt đầu lúc 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[^)]*\)", err)
    code, out, err = finish(first)
    assert (code, err) == (0, "") and "2 sổ đã chạy, 0 lỗi, 4 dùng lại." in out
    assert published_run(shown) != before and not (output / "run.holder").exists()
    assert len(list((output / "sets").iterdir())) == 2


def test_readers_never_see_a_torn_set_while_runs_publish(shown: Path):
    record = shown / "outputs" / "tiny" / "published" / "run.json"
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
            assert finish(start(shown))[0] == 0
    finally:
        stop.set()
        thread.join()
    assert not torn and reads >= 10_000 and len(seen) == 4
