"""The command line: the answer of each command and its exit code."""

import re
from pathlib import Path

import pytest
import toy

from pcmd_eval.cli import main

# Words of click's and typer's own, and frames of rich.
ENGLISH = re.compile(
    r"[│╭╰]|\b(usage|options?|arguments?|commands?|error|invalid|missing|default|required|show|try"
    r"|exit|message|value|such|got|bool)\b",
    re.IGNORECASE,
)
COMMANDS = ["template", "check", "evaluate", "run", "trace", "diff", "verify", "lab"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_is_vietnamese(command: str, capsys: pytest.CaptureFixture) -> None:
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert (
        all(option in said for option in ("--plan", "--returns", "--output"))
        and "Tên kế hoạch" in said
    )
    assert not ENGLISH.search(said), said


def test_help_of_the_program_lists_its_commands_in_vietnamese(
    capsys: pytest.CaptureFixture,
) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {command} " in said for command in COMMANDS)
    assert not ENGLISH.search(said), said


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ([], "Thiếu lệnh. Có: template, check, evaluate, run, trace, diff, verify, lab."),
        (["runn"], "Không có lệnh “runn”. Có phải “run”?"),
        (["run", "--jobs", "x"], "Giá trị của --jobs N không dùng được. Số sổ chạy cùng lúc"),
        (["run", "--jobs", "0"], "Giá trị của --jobs N không dùng được."),
        (["run", "--job", "3"], "Không có tùy chọn “--job”. Có phải “--jobs”?"),
        (["run", "--plan"], "Tùy chọn “--plan” cần một giá trị đi sau."),
        (["template"], "Thiếu --to THƯ_MỤC: Thư mục để ghi các biểu mẫu."),
        (["trace", "230"], "Thiếu CHỈ_TIÊU: Số hoặc tên của chỉ tiêu."),
        (["trace", "230", "1", "2"], "Thừa: 2."),
    ],
)
def test_usage_error_is_one_vietnamese_sentence_and_exits_2(
    typed: list[str], says: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(typed) == 2
    cause, *more = capsys.readouterr().err.splitlines()
    assert cause.startswith(says) and not ENGLISH.search(cause)
    assert [line.partition(":")[0] for line in more] in (["Xem cách dùng"], [])


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (["dance"], 2, "dance"),
        (["template"], 2, "--to"),
        (["template", "60", "--plan", "binh_thuan_2017", "--to", "x"], 3, "không yêu cầu 60 gửi"),
        (["evaluate", "--plan", "phu_tho_2018"], 3, "phu_tho_2017"),
        (["run", "--unit", "999", "--partial"], 3, "230 Huyện Đoan Hùng"),
        (["trace", "Phong Châu", "1"], 3, "230 Huyện Đoan Hùng"),
        (["trace", "230", "7"], 3, "communication (1. Tuyên truyền"),
        (["evaluate", "--returns", "EMPTY"], 3, "Không đọc được báo cáo nào"),
        (["check", "--returns", "EMPTY"], 3, "Không đọc được báo cáo nào"),
        (["evaluate", "--returns", "GONE"], 3, "GONE"),
        (["lab", "--returns", "GONE"], 3, "Không có thư mục báo cáo “GONE”"),
        (["diff", "GONE", "EMPTY"], 3, "GONE"),
        (["verify", "EMPTY"], 3, ""),
    ],
)
def test_command_with_unusable_input_is_refused_in_words(
    given: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """2 for a slip of the keyboard, 3 for input that cannot be used; never a traceback."""
    (tmp_path / "EMPTY").mkdir()
    words = [str(tmp_path / word) if word in ("EMPTY", "GONE") else word for word in given]
    assert main([*words, "--output", str(tmp_path / "out")]) == code
    said = capsys.readouterr()
    assert says in said.err.replace("│", "").replace("\n", " ") and "Traceback" not in said.err


def test_evaluate_then_trace_writes_tables_and_the_cells_of_a_finding(
    one: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """evaluate, then trace: Đoan Hùng by its name, all 28 communes with four quarters in the file."""
    places = ["--returns", str(toy.sent(one.parent)), "--output", str(tmp_path)]
    assert main(["evaluate", *places]) == 0
    assert "84 kết quả" in capsys.readouterr().out
    names = {
        "findings.csv",
        "returns.csv",
        "observations.csv",
        "check.csv",
        "reminders.csv",
        "audit.xlsx",
    }
    assert names <= {path.name for path in (tmp_path / "internal").iterdir()}
    assert main(["trace", "Đoan Hùng", "communication", *places]) == 0
    assert "21/28 (75%)" in capsys.readouterr().out
    header, *rows = (
        (tmp_path / "internal/trace/230-communication.csv").read_text(encoding="utf-8").splitlines()
    )
    assert header.endswith(",raw,rule,counts_as") and len({row.split(",")[1] for row in rows}) == 28
    assert len(rows) >= 28 * 4
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 0
    assert "Không có kết luận nào khác" in capsys.readouterr().out


def test_template_never_replaces_a_filled_form(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """14 files named after their units; a second time only over the same bytes."""
    assert main(["template", "--to", str(tmp_path)]) == 0
    assert (
        sorted(path.name for path in tmp_path.iterdir())[2] == "230-doan-hung.xlsx"
        and len([*tmp_path.iterdir()]) == 14
    )
    assert main(["template", "230", "--to", str(tmp_path)]) == 0
    (tmp_path / "230-doan-hung.xlsx").write_bytes(b"filled in")
    assert main(["template", "230", "--to", str(tmp_path)]) == 3
    assert (tmp_path / "230-doan-hung.xlsx").read_bytes() == b"filled in"
    assert "230-doan-hung.xlsx" in capsys.readouterr().err
