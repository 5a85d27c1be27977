"""The command line: the answer of each command and its exit code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import toy
import typer

from pcmd_eval.cli import main
from pcmd_eval.commands import app
from pcmd_eval.util import paths

COMMANDS = ["template", "check", "evaluate", "run", "trace", "diff", "verify", "lab"]


def test_help_of_every_command_explains_common_options_in_vietnamese(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"│ {command} " in text
        assert main([command, "--help"]) == 0
        options = capsys.readouterr().out
        assert all(option in options for option in ("--plan", "--returns", "--output")), command
        assert "Tên kế hoạch hoặc tệp .yaml." in options, command


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([], "Missing command"),
        (["runn"], "Did you mean 'run'?"),
        (["run", "--jobs", "0"], "'--jobs'"),
        (["run", "--job", "3"], "--jobs"),
        (["template"], "'--to'"),
        (["trace", "230"], "CHỈ_TIÊU"),
        (["trace", "230", "1", "2"], "(2)"),
    ],
)
def test_usage_error_names_what_was_typed_and_exits_2(
    typed: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["template", "60", "--plan", "binh_thuan_2017", "--to", "x"], "không yêu cầu 60 gửi"),
        (["evaluate", "--plan", "phu_tho_2018"], "phu_tho_2017"),
        (["run", "--unit", "999"], "230 Huyện Đoan Hùng"),
        (["trace", "Phong Châu", "1"], "230 Huyện Đoan Hùng"),
        (["trace", "230", "7"], "communication (1. Tuyên truyền"),
        (["evaluate", "--returns", "EMPTY"], "Không đọc được báo cáo nào"),
        (["check", "--returns", "EMPTY"], "Không đọc được báo cáo nào"),
        (["evaluate", "--returns", "GONE"], "GONE"),
        (["lab", "--returns", "GONE"], "GONE” (--returns)"),
        (["diff", "GONE", "EMPTY"], "GONE"),
        (["verify", "EMPTY"], ""),
    ],
)
def test_command_with_unusable_input_is_refused_in_words(
    typed: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "EMPTY").mkdir()
    places = [str(tmp_path / word) if word in ("EMPTY", "GONE") else word for word in typed]
    assert main([*places, "--output", str(tmp_path / "out")]) == 3
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error
    written = [path.name for path in tmp_path.iterdir()]
    assert written == ["EMPTY"] or (typed[0], typed[-1]) == ("check", "EMPTY")  # its page says more


def test_evaluate_then_trace_writes_tables_and_the_cells_of_a_finding(
    unit_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Đoan Hùng by its name, all 28 communes with four quarters in the file of the trace."""
    internal = tmp_path / "internal"
    places = ["--returns", str(toy.returns_of(unit_run.parent)), "--output", str(tmp_path)]
    assert main(["evaluate", *places]) == 0
    assert "84 kết quả" in capsys.readouterr().out
    names = ("findings", "returns", "observations", "check", "indicators", "reminders")
    files = {path.name for path in internal.iterdir()}
    assert {"audit.xlsx", *(f"{name}.csv" for name in names)} <= files
    assert main(["trace", "Đoan Hùng", "communication", *places]) == 0
    assert "21/28 (75%)" in capsys.readouterr().out
    table = (internal / "trace/230-communication.csv").read_text(encoding="utf-8")
    header, *rows = table.splitlines()
    assert header.endswith(",raw,rule,counts_as") and len({row.split(",")[1] for row in rows}) == 28
    assert len(rows) >= 28 * 4
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 0
    assert "Không có kết luận nào khác" in capsys.readouterr().out


@pytest.mark.slow
def test_template_never_replaces_a_filled_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """14 files named after their units; a second time only over the same bytes."""
    form = tmp_path / "230-doan-hung.xlsx"
    assert main(["template", "--to", str(tmp_path)]) == 0
    assert len([*tmp_path.iterdir()]) == 14
    assert main(["template", "230", "--to", str(tmp_path)]) == 0
    form.write_bytes(b"filled in")
    assert main(["template", "230", "--to", str(tmp_path)]) == 3
    assert form.read_bytes() == b"filled in" and form.name in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "files"),
    [(["--help"], []), (["template", "230", "--to", "."], ["230-doan-hung.xlsx"])],
)
def test_command_whose_reader_has_gone_does_its_work_quietly(
    typed: list[str], files: list[str], tmp_path: Path
) -> None:
    """As in `pcmd-eval … | head`: a closed pipe is no failure."""
    command = [sys.executable, "-m", "pcmd_eval", *typed]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, **streams) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
    assert [path.name for path in tmp_path.iterdir()] == files


@pytest.mark.parametrize("guide", ["commands.md", "cac-lenh.md"])
def test_guide_of_each_language_names_every_command_and_its_options(guide: str) -> None:
    """Those that every command has are named above the table."""
    text = (paths.ROOT / "docs" / guide).read_text(encoding="utf-8")
    shared = {"--plan", "--returns", "--output"}
    assert shared <= {*re.findall("--[a-z]+", text.partition("\n|")[0])}
    rows = re.findall(r"^\| `([a-z]+)([^`]*)` \|", text, re.MULTILINE)
    named = {name: {*re.findall("--[a-z-]+", options)} for name, options in rows}
    commands = typer.main.get_command(app).commands.items()
    offered = {
        name: {option for one in command.params for option in one.opts if option.startswith("--")}
        for name, command in commands
    }
    assert named == {name: options - shared for name, options in offered.items()}
