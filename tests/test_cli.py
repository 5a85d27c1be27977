"""The command line: what each command answers, and with which exit code."""

from pathlib import Path

import pytest
import toy

from pcmd_eval.cli import main

COMMANDS = ["template", "check", "evaluate", "run", "trace", "diff", "verify", "lab"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_options_in_vietnamese(
    command: str, capsys: pytest.CaptureFixture
) -> None:
    """--help of each, with the three options that all share."""
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert (
        all(option in said for option in ("--plan", "--returns", "--output"))
        and "Tên kế hoạch" in said
    )


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (["dance"], 2, "dance"),
        (["template"], 2, "--to"),
        (["template", "60", "--plan", "binh_thuan_2017", "--to", "x"], 3, "không yêu cầu 60 gửi"),
        (["evaluate", "--plan", "phu_tho_2018"], 3, "phu_tho_2017"),
        (["run", "--unit", "999", "--partial"], 3, "230 Huyện Đoan Hùng"),
        (["trace", "Phong Châu", "1"], 3, "230 Huyện Đoan Hùng"),
        (["trace", "230", "7"], 3, "1 (Tuyên truyền"),
        (["evaluate", "--returns", "EMPTY"], 3, "Không đọc được báo cáo nào"),
        (["check", "--returns", "EMPTY"], 3, "Không đọc được báo cáo nào"),
        (["evaluate", "--returns", "GONE"], 3, "GONE"),
        (["lab", "--returns", "GONE"], 3, "Không có thư mục báo cáo “GONE”"),
        (["diff", "GONE", "EMPTY"], 3, "GONE"),
        (["verify", "EMPTY"], 3, ""),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    given: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """2 for a slip of the keyboard, 3 for input that cannot be used; never a traceback."""
    (tmp_path / "EMPTY").mkdir()
    words = [str(tmp_path / word) if word in ("EMPTY", "GONE") else word for word in given]
    assert main([*words, "--output", str(tmp_path / "out")]) == code
    said = capsys.readouterr()
    assert says in said.err.replace("│", "").replace("\n", " ") and "Traceback" not in said.err


def test_the_tables_of_an_evaluation_and_the_cells_behind_a_finding(
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


def test_blank_forms_are_written_and_filled_ones_never_replaced(
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
