"""What a user types and gets: Vietnamese words, an exit code that says which kind of end it was, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_batch import READ, WRITE, notebook, tiny, write_notebooks

from pcmd_eval import paths
from pcmd_eval.batch import workers
from pcmd_eval.batch.sets import locked
from pcmd_eval.cli import main
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project

__all__ = ["tiny"]  # the fixture
COMMANDS = ("template", "check", "evaluate", "run", "review", "trace", "diff", "verify", "lab")


@pytest.fixture
def command(tiny: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A function that runs a command on the small project; it returns the exit code, stdout and stderr."""

    def call(name: str, *more: str, plan: str = "tiny") -> tuple[int, str, str]:
        places = ["--returns", str(tmp_path / "returns"), "--output", str(tmp_path / "out")]
        code = main([name, "--plan", plan, *places, *more])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return call


# ---- help and usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], [], *([name, "--help"] for name in COMMANDS)])
def test_every_help_text_is_vietnamese(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "Cách dùng: pcmd-eval" in said and "Hiện hướng dẫn này rồi thoát." in said
    for english in (
        "Usage",
        "Options",
        "Commands",
        "Arguments",
        "required",
        "default:",
        "Show this",
        "TEXT",
        "INTEGER",
    ):
        assert english not in said
    options = [line.split(maxsplit=2) for line in said.splitlines() if line.strip().startswith("--")]
    assert options and all(len(words) > 1 for words in options)
    if len(arguments) == 2:
        assert all(option in said for option in ("--plan", "--returns", "--output"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus"], "không có lệnh bogus"),
        (["run", "--bogus"], "không có tùy chọn --bogus"),
        (["run", "--jobs", "0"], "giá trị sau --jobs"),
        (["run", "--jobs", "hai"], "giá trị sau --jobs"),
        (["run", "--despite"], "sau --despite phải có một giá trị"),
        (["evaluate", "x"], "thừa x"),
        (["template"], "thiếu --to"),
    ],
)
def test_a_command_typed_wrongly_ends_with_2(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("Lệnh gõ chưa đúng: ") and words in said and "pcmd-eval --help" in said


def test_help_is_there_at_once_and_loads_no_library_of_the_batch():
    heavy = {"pandas", "papermill", "nbconvert", "openpyxl", "matplotlib"}
    loaded = f"import sys, pcmd_eval.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_console_speaks_utf_8_whatever_the_system_says():
    world = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "PATH": ""}
    done = subprocess.run([sys.executable, "-m", "pcmd_eval", "bogus"], capture_output=True, env=world, check=False)
    assert done.returncode == 2 and "Lệnh gõ chưa đúng" in done.stderr.decode("utf-8")


# ---- the commands ----------------------------------------------------------------------------------------------------


def test_template_writes_the_blank_returns_and_never_over_a_filled_one(command, tmp_path: Path):
    forms = tmp_path / "forms"
    assert command("template", "--to", str(forms))[0] == 0
    assert sorted(p.name for p in forms.iterdir()) == ["230-doan-hung.xlsx", "240-tan-son.xlsx"]
    assert command("template", "240", "--to", str(tmp_path / "one"))[0] == 0
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["240-tan-son.xlsx"]
    filled = forms / "230-doan-hung.xlsx"
    filled.write_bytes(b"filled in")
    code, _, err = command("template", "--to", str(forms))
    assert code == 3 and "230-doan-hung.xlsx" in err and filled.read_bytes() == b"filled in"


def test_evaluate_writes_the_tables_and_runs_no_notebook(command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "workers", lambda count: pytest.fail("a worker was asked for"))
    code, out, _ = command("evaluate")
    assert code == 0 and "3 kết quả" in out
    assert {p.name for p in (tmp_path / "out" / "internal").iterdir()} >= {
        *("findings.csv", "returns.csv", "observations.csv")
    }
    (tmp_path / "returns" / "again.xlsx").write_bytes((tmp_path / "returns" / "230-doan-hung.xlsx").read_bytes())
    code, _, err = command("evaluate")
    assert code == 1 and "Còn 1 lỗi phải sửa" in err and "check.csv" in err


def test_run_ends_with_0_and_says_where_to_look(command, tmp_path: Path):
    code, out, err = command("run", "--jobs", "2")
    assert (code, err) == (0, "")
    assert "Đã chạy 6/6 sổ, 0 lỗi." in out and "6 sổ đã chạy, 0 lỗi." in out and "index.html" in out
    assert json.loads((tmp_path / "out" / "published" / "run.json").read_bytes())["failed"] == 0
    code, out, _ = command("run", "--unit", "240")
    assert code == 0 and "2 sổ đã chạy, 0 lỗi, 4 dùng lại." in out


def test_a_failed_notebook_is_named_with_its_cell_and_cause(command, tmp_path: Path):
    write_notebooks(tmp_path / "notebooks", province_review=notebook(READ, "1 / 0", WRITE))
    code, out, err = command("run")
    assert code == 1 and "6 sổ đã chạy, 1 lỗi." in out
    assert "Lỗi: 25 province_review, ô 5 “1 / 0”: ZeroDivisionError: division by zero" in err
    assert "Chưa công bố" in err and "sets" in err and not (tmp_path / "out" / "published").exists()
    code, out, _ = command("run", "--partial")
    assert (
        code == 1
        and "1 sổ đã chạy, 1 lỗi, 5 dùng lại." in out
        and "thiếu 1 sổ" in out
        and (tmp_path / "out" / "published" / "index.html").exists()
    )


def test_open_stopping_faults_end_with_1_also_when_they_are_accepted(command, tmp_path: Path):
    (tmp_path / "returns" / "again.xlsx").write_bytes((tmp_path / "returns" / "230-doan-hung.xlsx").read_bytes())
    code, _, err = command("run")
    assert code == 1 and "Còn 1 lỗi phải sửa" in err and "--despite 1" in err
    assert not (tmp_path / "out" / "published").exists()
    code, out, err = command("run", "--despite", "1")
    assert code == 1 and "Đã công bố" in out and "Còn 1 lỗi phải sửa" in err


def test_a_plan_given_as_a_file_leaves_no_trace_of_its_folder(command, tmp_path: Path):
    code, *_ = command("run", plan=str(tmp_path / "plans" / "tiny.yaml"))
    assert code == 0
    made = (tmp_path / "out" / "published" / "province" / "province_review.ipynb").read_text(encoding="utf-8")
    assert 'plan = \\"tiny.yaml\\"' in made and str(tmp_path) not in made


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--unit", "999"], "Không có đơn vị nào mang mã “999”"),
        (["--plan", "gone"], "Không có kế hoạch “gone”"),
        (["--returns", "/gone"], "Không có thư mục báo cáo “gone”"),
    ],
)
def test_refused_input_ends_with_3_and_a_sentence(command, tmp_path: Path, more: list[str], words: str):
    code, out, err = command("run", *more)
    assert (code, out) == (3, "") and words in err
    assert not (tmp_path / "out" / "published").exists()


def test_every_reason_stands_on_a_line_of_its_own(command, tmp_path: Path):
    for path in (tmp_path / "returns").iterdir():
        path.write_bytes(b"no workbook")
    code, _, err = command("evaluate")
    assert code == 3 and len(err.splitlines()) == 4


def test_a_broken_template_ends_with_1_and_a_held_lock_with_4(command, tmp_path: Path):
    with locked(OutputFolder(tmp_path / "out")):
        for name in ("run", "evaluate"):
            code, _, err = command(name)
            assert code == 4 and "Một lần chạy khác" in err
    write_notebooks(tmp_path / "notebooks", district_review=notebook(READ, WRITE, tags=()))
    code, _, err = command("run")
    assert code == 1 and err.startswith("Sổ district_review.ipynb: ")


def test_a_folder_that_cannot_be_written_ends_with_1_and_its_name(command, tmp_path: Path):
    (tmp_path / "out").write_text("a file, not a folder", encoding="utf-8")
    code, _, err = command("evaluate")
    assert code == 1 and "Không đọc hoặc ghi được out" in err


def test_the_shipped_plan_is_the_default():
    assert (paths.PLANS / "phu_tho_2017.yaml").is_file()
