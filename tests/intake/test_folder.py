"""Nothing in a folder of returns stops the others: what is opened, once, and what is said of what
cannot be.
"""

import hashlib
import os
import sys
import tracemalloc
from pathlib import Path

import pytest
from made import BROKEN, COM, annotated, blank, edited, good, spoiled
from toy import plan_of_one

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.cli import main
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.intake.inbox import fingerprints
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.check_page import check_page

FILM = 3 << 30  # bytes, none of them on the disk


def film(path: Path) -> Path:
    """A sparse file of 3 GB."""
    with path.open("wb") as stream:
        stream.truncate(FILM)
    return path


def test_inbox_large_file_is_never_read(tmp_path: Path, plan: Plan) -> None:
    """Beside a return, under a name of its own and under that of a return: no memory, one fault
    each.
    """
    (tmp_path / "228.xlsx").write_bytes(good())
    film(tmp_path / "phim.mp4")
    film(tmp_path / "phim.xlsx")
    tracemalloc.start()
    try:
        prints = fingerprints(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert prints["228.xlsx"] == hashlib.sha256(good()).hexdigest()
    intake = read_returns(plan, tmp_path)
    severities = dict(zip(intake.issues.file, intake.issues.severity, strict=True))
    assert severities == {"phim.mp4": "note", "phim.xlsx": "stop"}
    assert intake.fingerprints == prints


def test_read_returns_file_that_changes_keeps_what_was_read(tmp_path: Path, plan: Plan) -> None:
    """A file that changes, or goes, after it was read: fingerprint and marked copy are of what was
    read.
    """
    file, faulty = tmp_path / "228.xlsx", spoiled(*BROKEN["cells"])
    file.write_bytes(good())
    before = fingerprints(tmp_path)
    file.write_bytes(faulty)
    intake = read_returns(plan, tmp_path)
    file.write_bytes(b"half of a f")
    assert intake.fingerprints["228.xlsx"] == hashlib.sha256(faulty).hexdigest()
    assert intake.fingerprints != before
    copies = annotated(plan, intake)
    file.unlink()
    assert [*copies] == ["228.xlsx"] and annotated(plan, intake) == copies


def test_evaluate_changed_return_is_evaluated_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command line: findings follow the file, check.csv is there each time, an old copy
    goes.
    """
    returns, out = tmp_path / "returns", tmp_path / "out"
    returns.mkdir()
    plan = plan_of_one("communication", tmp_path)
    command = ["evaluate", "--plan", str(plan), "--returns", str(returns), "--output", str(out)]
    (returns / "X.XLSX").write_bytes(spoiled(*BROKEN["cells"]))
    assert main(command) == 0
    internal, copies = out / "internal", out / "internal" / "feedback"
    assert [path.name for path in copies.iterdir()] == ["X.XLSX"]
    assert "“-1”" in (internal / "check.csv").read_text(encoding="utf-8")
    (returns / "X.XLSX").unlink()
    (returns / "y.xlsx").write_bytes(good())
    film(returns / "phim.mkv")
    assert main(command) == 0
    issues = (internal / "check.csv").read_text(encoding="utf-8")
    assert "“-1”" not in issues and "phim.mkv" in issues
    assert not (copies / "X.XLSX").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links and such names are not Windows's")
def test_inbox_broken_link_is_an_issue_in_vietnamese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As into a closed folder (for the superuser nothing is closed: a name too long is refused
    alike).
    """
    returns = tmp_path / "returns"
    returns.mkdir()
    (returns / "good.xlsx").write_bytes(good())
    (returns / "240-tan-son.xlsx").symlink_to("x" * 300)
    assert main(["check", "--returns", str(returns), "--output", str(tmp_path / "out")]) == 1
    output = capsys.readouterr()
    assert "240-tan-son.xlsx" in output.out and "không mở được" in output.out
    assert "too long" not in output.out + output.err and "1 báo cáo" not in output.err


def test_commands_errors_of_the_system_are_said_in_vietnamese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither for a folder that cannot be written nor for a file in place of the folder."""
    (file := tmp_path / "tệp").write_text("x")
    assert main(["evaluate", "--output", str(file / "out")]) == 1
    assert main(["check", "--returns", str(file), "--output", str(tmp_path / "out")]) == 3
    errors = capsys.readouterr().err
    words = [os.strerror(number) for number in (2, 13, 17, 20, 28)]
    assert "Không đọc hoặc ghi được" in errors and not any(word in errors for word in words)


@pytest.mark.slow
def test_read_returns_thousands_of_unmatched_rows_end_in_time(tmp_path: Path, plan: Plan) -> None:
    """4.000 unmatched rows are read, marked and shown; the time limit of a test ends a quadratic
    search.
    """

    def fill(book: object) -> None:
        for row in range(60, 4060):
            for column in (1, 2, 5):
                book[COM].cell(row, column).value = f"rác {row}"

    (tmp_path / "228.xlsx").write_bytes(edited(good(), fill))
    intake = read_returns(plan, tmp_path)
    copies = annotated(plan, intake)
    missing = missing_cells(plan, intake.cells, evaluate(plan, intake.cells, []))
    assert [*copies] == ["228.xlsx"] and b"<h1>" in check_page(plan, intake, missing)


# ---- the unit of a broken file -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reporter"),
    [
        ("240-tan-son", "240"),
        ("Báo cáo huyện Tân Sơn 2017", "240"),
        ("BC 240 cuối năm", "240"),
        ("228-phu-tho", "228"),
        ("25-12-2017", ""),
        ("báo cáo", ""),
        ("Tân Sơn và Yên Lập", ""),
    ],
)
def test_inbox_broken_file_belongs_to_the_unit_in_its_name(
    name: str, reporter: str, tmp_path: Path, plan: Plan
) -> None:
    """One unit's name or code in the name of the file, and no other's; what a good file says holds."""
    (tmp_path / f"{name}.xlsx").write_bytes(b"PK broken")
    (tmp_path / f"{name} (2).xlsx").write_bytes(blank("227"))
    intake = read_returns(plan, tmp_path)
    broken = intake.issues[intake.issues.rule == "refused"].iloc[0]
    assert broken.reporter == reporter
    if reporter:
        files = intake.returns[intake.returns.reporter == reporter]
        assert files.state.tolist() == ["unreadable"]
    read = intake.returns.set_index("file").reporter[f"{name} (2).xlsx"]
    assert read == "227"
