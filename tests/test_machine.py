"""Run on a machine unlike the developers': other rights, no home, Ctrl-C, no project around."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import toy

from pcmd_eval import __version__
from pcmd_eval.cli import main
from pcmd_eval.office.lab.jupyter import copy_notebooks
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights and signals")


def in_terminal() -> None:
    """Ctrl-C is heard, also where the tests run as a job that hears none."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


TERMINAL = {"stderr": subprocess.PIPE, "start_new_session": True, "preexec_fn": in_terminal}


def pcmd(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run pcmd-eval in a process of its own."""
    command = [sys.executable, "-m", "pcmd_eval", *arguments]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", **more)


def mode(path: Path) -> int:
    """The rights of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


@POSIX
@pytest.mark.slow
def test_files_follow_the_umask_and_inner_folders_are_private(plan: Plan, tmp_path: Path) -> None:
    """A form for colleagues is as the user set it; a folder that an older version left open is
    closed.
    """
    before = os.umask(0)
    try:
        for mask, rights in ((0o002, 0o664), (0o027, 0o640)):
            os.umask(mask)
            to = tmp_path / f"{mask}"
            assert main(["template", "230", "--to", str(to)]) == 0
            assert mode(to / "230-doan-hung.xlsx") == rights
        (tmp_path / "out" / "internal").mkdir(parents=True)
        (tmp_path / "out" / "internal").chmod(0o755)
        places = ("--returns", str(to), "--output", str(tmp_path / "out"))
        assert main(["evaluate", *places]) == 0
        copy_notebooks(tmp_path / "out" / "lab", plan, plan.name)
    finally:
        os.umask(before)
    folders = [tmp_path / "out" / name for name in ("internal", "lab")]
    assert [*map(mode, folders)] == [0o700] * 2
    assert mode(tmp_path / "out" / "internal" / "findings.csv") == 0o640


@POSIX
def test_run_without_a_home_prints_nothing_on_stderr(unit_run: Path) -> None:
    """A whole run of one unit: not a word on stderr, and nothing left behind in the folder of
    temporary files.
    """
    assert (unit_run.parent / "bare.txt").read_text(encoding="utf-8") == ""


@POSIX
@pytest.mark.slow
def test_run_at_ctrl_c_ends_with_one_sentence(tmp_path: Path) -> None:
    """To every process of the terminal, while processes load and while they work: 130, and no
    traceback.
    """
    root = toy.root(tmp_path / "root")
    out = str(tmp_path / "out")
    command = ("run", "--unit", "230", "--jobs", "1", "--output", out)
    for step in ("Đọc báo cáo: ", "Chạy sổ: "):
        with toy.start(root, *command, **TERMINAL) as process:
            assert any(line.startswith(step) for line in process.stdout)
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=600)
        assert process.returncode == 130
        words = "bộ đang công bố giữ nguyên. Chạy lại thì làm lại tất cả."
        assert errors == f"Đã dừng theo yêu cầu; {words}\n"
        assert not (tmp_path / "out" / "published").exists()


@pytest.mark.slow
def test_package_without_its_project_says_what_is_missing(tmp_path: Path) -> None:
    """As a wheel leaves it: one sentence."""
    shutil.copytree(Path(paths.__file__).parents[1], tmp_path / "pcmd_eval")
    alone = os.environ | {"PYTHONPATH": str(tmp_path)}
    alone.pop("PCMD_ROOT", None)
    refused = pcmd("check", env=alone, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.count("\n") == 1
    assert "notebooks" in refused.stderr and "PCMD_ROOT (nay: chưa đặt)" in refused.stderr
    refused = pcmd("check", env=alone | {"PCMD_ROOT": str(tmp_path)}, cwd=tmp_path)
    assert f"PCMD_ROOT (nay: {tmp_path}) là thư mục dự án" in refused.stderr


def test_version_is_printed() -> None:
    assert pcmd("--version").stdout == f"pcmd-eval {__version__}\n"


@pytest.mark.slow
def test_plan_with_the_name_of_a_shipped_one_is_refused_its_folder(tmp_path: Path) -> None:
    """A copy elsewhere is refused for the folder of the plan of the project, by default and by
    --output.
    """
    file = tmp_path / "phu_tho_2017.yaml"
    file.write_bytes((paths.PLANS / file.name).read_bytes())
    root = toy.root(tmp_path / "root")
    folder = root / "outputs" / "phu_tho_2017"
    for options in ([], ["--output", str(folder)]):
        code, output = toy.pcmd(root, "evaluate", "--plan", str(file), *options)
        assert code == 3 and "--output" in output and not folder.exists()
    code, output = toy.pcmd(
        root, "evaluate", "--plan", str(file), "--output", str(tmp_path / "own")
    )
    assert code == 0, output
