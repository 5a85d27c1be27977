"""Nothing in a folder of returns stops the others; what cannot be opened is named."""

import hashlib
import os
import signal
import sys
import tracemalloc
from pathlib import Path

import pytest
from made import BROKEN, COM, annotated, asked, blank, edited, good, put, spoiled
from toy import pcmd, plan_of_one

from pcmd_eval.cli import main
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.site.check_page import check_page
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

FILM = 3 << 30  # bytes, none of them on the disk


def film(path: Path) -> Path:
    """Make a sparse file of 3 GB."""
    with path.open("wb") as stream:
        stream.truncate(FILM)
    return path


@pytest.mark.slow
def test_inbox_large_file_is_never_read(tmp_path: Path, plan: Plan) -> None:
    """Under a name of its own and under that of a return: no memory, one issue each."""
    (tmp_path / "228.xlsx").write_bytes(good())
    film(tmp_path / "phim.mp4")
    film(tmp_path / "phim.xlsx")
    tracemalloc.start()
    try:
        intake = read_returns(plan, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
    assert intake.fingerprints["228.xlsx"] == hashlib.sha256(good()).hexdigest()
    severities = dict(zip(intake.issues.file, intake.issues.severity, strict=True))
    assert severities == {"phim.mp4": "note", "phim.xlsx": "stop"}


@pytest.mark.slow
def test_read_returns_file_that_changes_keeps_what_was_read(tmp_path: Path, plan: Plan) -> None:
    """Fingerprint and marked copy are of what was read, whatever becomes of the file."""
    file, faulty = tmp_path / "228.xlsx", spoiled(*BROKEN["cells"])
    file.write_bytes(good())
    old_prints = read_returns(plan, tmp_path).fingerprints
    file.write_bytes(faulty)
    intake = read_returns(plan, tmp_path)
    file.write_bytes(b"half of a f")
    assert intake.fingerprints["228.xlsx"] == hashlib.sha256(faulty).hexdigest()
    assert intake.fingerprints != old_prints
    copies = annotated(plan, intake)
    file.unlink()
    assert [*copies] == ["228.xlsx"] and annotated(plan, intake) == copies


@pytest.mark.slow
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


@pytest.mark.slow
def test_commands_errors_of_the_system_are_said_in_vietnamese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be read or written, a file in place of one, a link into what is closed:
    for the superuser nothing is closed, a name too long is refused alike.
    """
    (file := tmp_path / "tệp").write_text("x")
    (returns := tmp_path / "returns").mkdir()
    (returns / "good.xlsx").write_bytes(good())
    (returns / "240-tan-son.xlsx").symlink_to("x" * 300)
    output = str(tmp_path / "out")
    for folder, code, words in (
        (file, 3, "thư mục báo cáo"),
        (tmp_path / ("x" * 300), 3, "thư mục báo cáo"),
        (returns, 1, "240-tan-son.xlsx"),
    ):
        assert main(["check", "--returns", str(folder), "--output", output]) == code
        streams = capsys.readouterr()
        assert words in streams.out + streams.err and "too long" not in streams.out + streams.err
    assert main(["check", "--returns", str(returns), "--output", str(file)]) == 1
    assert (
        f"Không đọc hoặc ghi được {file}: là tệp, không phải thư mục; chọn nơi"
        in capsys.readouterr().err
    )
    assert main(["evaluate", "--output", str(file / "out")]) == 1
    errors = capsys.readouterr().err
    system_words = [os.strerror(number) for number in (2, 13, 17, 20, 28)]
    assert "Không đọc hoặc ghi được" in errors and not any(word in errors for word in system_words)


# Be killed before a file of this name is written.
KILLED = """
import os, signal, sys
from pcmd_eval.cli import main

name, *command = sys.argv[1:]

def look(event, paths):
    if event == "os.rename" and str(paths[1]).endswith(name):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(look)
sys.exit(main(command))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "name"), [("check", "check.html"), ("evaluate", "returns.csv")]
)
def test_commands_killed_among_the_tables_leave_no_old_mail(
    tmp_path: Path, command: str, name: str
) -> None:
    """check.csv of the new return is written when it is killed: old mail and copy are gone."""
    (returns := tmp_path / "returns").mkdir()
    internal = tmp_path / "out" / "internal"
    plan = plan_of_one("communication", tmp_path)
    places = ("--plan", str(plan), "--returns", str(returns), "--output", str(tmp_path / "out"))
    (returns / "228.xlsx").write_bytes(edited(good(), lambda book: put(book[COM], 5, 5, "ba")))
    assert main([command, *places]) == 0
    old = [internal / "mail" / "228-phu-tho.txt", internal / "feedback" / "228.xlsx"]
    assert all(path.exists() for path in old)
    (returns / "228.xlsx").write_bytes(
        edited(good(), lambda book: put(book[COM], 6, 5, "tư", None))
    )
    code, _ = pcmd(paths.ROOT, command, *places, program=("-c", KILLED, name))
    assert code == -signal.SIGKILL
    assert "“tư”" in (internal / "check.csv").read_text(encoding="utf-8")
    assert not any(path.exists() for path in old)


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
    assert [*copies] == ["228.xlsx"] and b"<h1>" in check_page(plan, intake, asked(plan, intake))


# ---- what else lies in a folder ------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="its file systems have no such names and files")
def test_inbox_other_files_are_named_by_what_they_may_hold(plan: Plan, tmp_path: Path) -> None:
    """What may be a return has to be confirmed: by its ending, or since its unit has sent none. A
    name cannot split a message.
    """
    files = {"228.xlsx": good()} | dict.fromkeys(IGNORED, b"x")
    files |= {name: b"x" for names in OTHERS.values() for name in names}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in ("cũ", "ảnh", "c.xlsx"):
        (tmp_path / name).mkdir()
    (tmp_path / "cũ" / "237.xlsx").write_bytes(good("237"))
    (tmp_path / "vòng.xlsx").symlink_to(tmp_path / "vòng.xlsx")
    os.mkfifo(tmp_path / "ống.xlsx")
    for name in (b"x\ny.xlsx", "x\u202ey.xlsx".encode(), b"b\xff.xlsx"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(good("230"))
    intake = read_returns(plan, tmp_path)
    issues = intake.issues.set_index("file")
    assert issues.severity.to_dict() == {
        **{name: severity for (severity, _), names in OTHERS.items() for name in names},
        **dict.fromkeys(("cũ", "c.xlsx", "vòng.xlsx", "ống.xlsx"), "confirm"),
        "ảnh": "note",
        **dict.fromkeys(("x\ufffdy.xlsx", "b\ufffd.xlsx"), "stop"),
    }
    for (_, reporter), names in OTHERS.items():
        assert {*issues.reporter[names]} == {reporter}
        assert issues.message[names].str.startswith("Chưa đọc; báo cáo phải là tệp .xlsx").all()
    states = intake.returns.set_index("reporter").state
    assert [*states[["228", "237", "230"]]] == ["on_time", "missing", "missing"]


IGNORED = ("README.md", "~$1.xlsx", ".DS_Store", "Thumbs.db")
OTHERS = {  # by severity and reporter
    ("confirm", "240"): ["240-t.xls", "240-t.pdf", "240 Tân Sơn.docx", "240-tan-son.zip"],
    ("confirm", ""): ["a.ods", "b.xlsm", "công văn.zip"],
    ("note", "228"): ["228-phu-tho.pdf"],
    ("note", ""): ["thư.docx", "a.pdf", "a.eml", "a.msg", "báo cáo.xlsx.crdownload", "công văn"],
}


def test_inbox_broken_file_belongs_to_the_unit_in_its_name(tmp_path: Path, plan: Plan) -> None:
    """One unit's name or code in the name of the file, and no other's; what a good file says holds."""
    reporters = {
        **dict.fromkeys(("240-tan-son", "Báo cáo huyện Tân Sơn 2017", "BC 240 cuối năm"), "240"),
        **dict.fromkeys(("25-12-2017", "báo cáo", "Tân Sơn và Yên Lập"), ""),
        "228-phu-tho": "228",
    }
    for name in reporters:
        (tmp_path / f"{name}.xlsx").write_bytes(b"PK broken")
    (tmp_path / "Báo cáo huyện Yên Lập.xlsx").write_bytes(blank("227"))
    intake = read_returns(plan, tmp_path)
    refused = intake.issues[intake.issues.rule == "refused"].set_index("file").reporter
    assert refused.to_dict() == {f"{name}.xlsx": unit for name, unit in reporters.items()}
    files = intake.returns.dropna(subset="file")
    states = zip(files.reporter.fillna(""), files.state, strict=True)
    assert sorted(states) == sorted(
        [*((unit, "unreadable") for unit in reporters.values()), ("227", "empty")]
    )
