"""A disk that is full, read-only or failing: the file is named, and readers keep the set they have, whole."""

import errno
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest
from small_root import finish, gone, made, published_run, root, shown, start, tiny
from test_publish import made_up

from pcmd_eval.batch import execution, workers
from pcmd_eval.batch.sets import files_in
from pcmd_eval.cli import main

__all__ = ["made", "root", "shown", "tiny"]  # the fixtures
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="file systems and limits of POSIX")]
NAMED = re.compile(r"^Không đọc hoặc ghi được ([^.\s][^\s:]*): ", re.MULTILINE)


# ---- a file system of its own ---------------------------------------------------------------------------------------


def own_mounts() -> list[str]:
    """The command that runs another where file systems can be mounted that nobody else sees; [] where none may."""
    for command in (["unshare", "-m"], ["unshare", "-Urm"]):
        trial = [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if shutil.which("unshare") and subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return command
    return []


CASES = [("size", 0), ("ro", 0), ("nr_inodes", 1), ("size", 160 * 2**10)]


def test_on_a_small_or_read_only_file_system_the_published_set_stays(root: Path):
    """Where nothing may be mounted, the limits of the next test stand for it alone."""
    command = own_mounts()
    if not command:
        pytest.skip("this system lets nobody mount a file system, not even in a namespace")
    asked = json.dumps({"root": str(root), "cases": CASES})
    ran = subprocess.run(
        [*command, sys.executable, str(Path(__file__).with_name("small_disk.py")), asked],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["first"], said["last"], said["new"]) == (0, 0, True)
    for case in said["cases"]:
        assert case["code"] == 1 and NAMED.search(case["err"]), case["err"]
        assert case["kept"] and case["gone"] and not case["parts"]
        # What has its final name is what the run that had room enough published.
        assert case["files"].items() <= said["published"].items()
    assert said["cases"][0]["files"] == {} != said["cases"][-1]["files"]


# ---- limits and rights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2000, 20_000])
def test_a_full_disk_is_said_and_the_published_set_stays(shown: Path, limit: int):
    """A limit on the size of files stands for the disk: a write fails half-way in the same way."""
    before = published_run(shown)
    (shown / "data" / "returns" / "tiny" / "240-tan-son.xlsx").unlink()
    full = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import resource; "
    full += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {resource.RLIM_INFINITY}))"
    code, _, err = finish(start(shown, before=full))
    # The limit, unlike a full disk of one's own, also stops the files for a moment that make a workbook.
    assert code == 1 and (NAMED.search(err) or "tệp tạm của bảng tính" in err), err
    assert published_run(shown) == before and gone(shown)
    assert finish(start(shown))[0] == 0 and published_run(shown) != before


# Root may write anywhere for a capability alone; a process of root's that starts without it may not.
WITHOUT_OVERRIDE = """
import ctypes, os, sys
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24
if os.geteuid() == 0 and not os.environ.get("DROPPED"):
    assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0
    os.environ["DROPPED"] = "1"
    os.execv(sys.executable, sys.orig_argv)
"""


def test_a_folder_that_is_read_only_is_named(shown: Path):
    before = published_run(shown)
    for folder in ("sets", "internal", ""):
        place = shown / "outputs" / "tiny" / folder
        place.chmod(0o555)
        code, _, err = finish(start(shown, before=WITHOUT_OVERRIDE))
        place.chmod(0o755)
        assert code == 1 and NAMED.search(err), err
        assert published_run(shown) == before
    shutil.rmtree(shown / "outputs")
    (shown / "outputs").mkdir(0o555)
    code, _, err = finish(start(shown, before=WITHOUT_OVERRIDE))
    assert code == 1 and "Không đọc hoặc ghi được tiny: " in err and not list((shown / "outputs").iterdir())


# ---- the k-th write fails -------------------------------------------------------------------------------------------


@pytest.fixture
def command(tiny: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The command `run` of the small project on threads, with results made up."""
    monkeypatch.setattr(execution, "execute", made_up)
    monkeypatch.setattr(workers, "workers", lambda _: ThreadPoolExecutor(3))
    monkeypatch.setattr(workers, "kernel_source", lambda: nullcontext(""))
    arguments = ["run", "--plan", "tiny", "--returns", str(tmp_path / "returns"), "--output", str(tmp_path / "out")]
    return lambda: main(arguments)


def failing(real: Callable, at: int, code: int) -> tuple[Callable, list[object]]:
    """A function that fails when called for the `at`-th time, and what it was called with."""
    calls: list[object] = []

    def call(*given: object, **named: object) -> object:
        calls.append(given)
        if len(calls) == at:
            raise OSError(code, os.strerror(code))
        return real(*given, **named)

    return call, calls


def tree(folder: Path) -> dict[str, bytes]:
    """Every file by its place, without the name of the set it is in, and without what says when."""
    places = {
        p: re.sub(r"^(sets|internal/runs)/[^/]+/", r"\1/", p.relative_to(folder).as_posix()) for p in files_in(folder)
    }
    found = {place: path.read_bytes() for path, place in places.items()}
    return {place: content for place, content in found.items() if not place.endswith(("run.json", ".jsonl"))}


@pytest.mark.parametrize(("name", "code"), [("fsync", errno.ENOSPC), ("replace", errno.EIO), ("symlink", errno.EPERM)])
def test_every_write_may_fail(command, tmp_path: Path, monkeypatch, capsys, name: str, code: int):
    """Each call in turn, until a run has so few that none fails."""
    out, saved, whole = tmp_path / "out", tmp_path / "saved", tmp_path / "whole"
    assert command() == 0
    (tmp_path / "returns" / "240-tan-son.xlsx").unlink()
    shutil.copytree(out, saved, symlinks=True)
    assert command() == 0
    shutil.copytree(out / "published", whole)
    before, after = tree(saved), tree(out)
    for turn in count(1):
        shutil.rmtree(out)
        shutil.copytree(saved, out, symlinks=True)
        with monkeypatch.context() as patch:
            call, calls = failing(getattr(os, name), turn, code)
            patch.setattr(os, name, call)
            capsys.readouterr()
            ended = command()
        if len(calls) < turn:
            break
        err = capsys.readouterr().err
        assert ended == 1 and NAMED.search(err), (turn, calls[-1], err)
        assert tree(out / "published") == tree(saved / "published"), (turn, calls[-1])
        record, shown = (json.loads((out / where / "run.json").read_bytes()) for where in ("internal", "published"))
        assert not record["published"] or record["run_id"] == shown["run_id"]
        for place, content in tree(out).items():
            if place == "internal/hashes.json":  # sealed twice: with the tables, and again with the page of changes
                assert json.loads(content)["files"]
                continue
            assert content in (before.get(place), after.get(place)), (turn, place)
    assert ended == 0 and turn > 1 and tree(out / "published") == tree(whole)
