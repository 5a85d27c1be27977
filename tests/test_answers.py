"""`trace`, `diff` and `verify` as a user types them, and what changed between two runs, from end to end."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from filling import Sheet
from openpyxl import load_workbook
from small_root import OBJECTIVE, finish, made, shown, start, tiny, world
from test_changes import other, write_set
from test_trace import shipped

from pcmd_eval.batch.kept import RECORDS, SEAL, hashes_of
from pcmd_eval.cli import main
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.proof.changes import INTERNAL
from pcmd_eval.site.change_pages import FIRST, UNREADABLE, write_changes

__all__ = ["made", "shown", "tiny"]  # the fixtures
FILE, CELL = "230-doan-hung.xlsx", ("3 Can thiệp", 5, "Quý II")


def said(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# ---- trace -----------------------------------------------------------------------------------------------------------


def test_trace_prints_the_counts_and_the_cells_and_writes_the_file(tmp_path: Path, capsys):
    code, out, err = said("trace", "230", "communication", "--output", tmp_path, capsys=capsys)
    assert (code, err) == (0, "")
    first, second, *lines = out.splitlines()
    assert first.startswith("Huyện Đoan Hùng, ") and "● Đạt. Huyện Đoan Hùng có 21/28" in first
    table = rows(tmp_path / "internal" / "trace" / "230-communication.csv")
    assert second == f"Số đếm: 21/28 (cần 21). {len(table)} ô:"
    assert lines[0].startswith(f"  {table[0]['file']}, {table[0]['sheet']}, ô {table[0]['cell']} (07969 ")
    assert len(lines) == 42 and lines[-2] == f"  … và {len(table) - 40} ô nữa; thêm --all để in hết."
    assert "230-communication.csv" in lines[-1] and "230.html" in lines[-1]
    assert (tmp_path / "internal" / "trace" / "230.html").is_file()
    code, everything, _ = said("trace", "230", "1", "--all", "--output", tmp_path, capsys=capsys)
    assert code == 0 and len(everything.splitlines()) == 2 + len(table) + 1


@pytest.mark.parametrize(
    ("arguments", "words"), [(("999", "media"), "999"), (("230", "bogus"), "bogus"), (("230", "9"), "9")]
)
def test_an_unknown_unit_or_objective_is_refused(arguments: tuple[str, str], words: str, tmp_path: Path, capsys):
    code, out, err = said("trace", *arguments, "--output", tmp_path, capsys=capsys)
    assert (code, out) == (3, "") and words in err


# ---- diff ------------------------------------------------------------------------------------------------------------


def test_diff_prints_what_changed_and_nothing_for_equal_sets(tmp_path: Path, capsys):
    write_set(tmp_path / "a", shipped())
    write_set(tmp_path / "b", other(shipped()))
    code, out, _ = said("diff", tmp_path / "a", tmp_path / "a", capsys=capsys)
    assert (code, out) == (0, "Không có kết quả nào thay đổi.\n")
    code, out, _ = said("diff", tmp_path / "a", tmp_path / "b", capsys=capsys)
    assert code == 0 and out.startswith("2 kết quả thay đổi.") and out.count("từ “6” thành “0”") == 2


@pytest.mark.parametrize(("unit", "objective"), [("231", "2"), ("25", "4"), ("25", "5"), ("230", "6"), ("230", "3")])
def test_trace_speaks_without_words_of_the_inside(unit: str, objective: str, tmp_path: Path, capsys):
    """No key of a column, a period, a standing or a rule; the file has those, for machines."""
    code, out, _ = said("trace", unit, objective, "--all", "--output", tmp_path, capsys=capsys)
    cells = out.splitlines()[2:-1]
    assert code == 0 and cells
    inside = r"(?<!ô )\b[QM]\d\d?\b|\b[a-z]+_[a-z_]+\b|:[a-z_]+\b|\b(low|none|unknown|given|yes|complete|stated|met)\b"
    assert [line for line in cells if re.search(inside, line)] == []


def test_diff_names_what_is_no_set(tmp_path: Path, capsys):
    """Missing, empty, another folder, a file, another table, a broken record: each is said in words, none crashes."""
    good = write_set(tmp_path / "a", shipped())
    for name in ("empty", "other", "table", "record", "bare", "bytes"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "x.txt").write_bytes(b"x")
    (tmp_path / "table" / "findings.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "bytes" / "findings.csv").write_bytes(b"\xff\xfe")
    table = (good / "published" / "findings.csv").read_bytes()
    (tmp_path / "bare" / "findings.csv").write_bytes(table.splitlines(keepends=True)[0])
    (tmp_path / "record" / "findings.csv").write_bytes(table)
    (tmp_path / "record" / "run.json").write_text("{", encoding="utf-8")
    for name, words in {
        "gone": "Không có thư mục",
        "empty": "trống",
        "other": "không phải một bộ kết quả",
        "other/x.txt": "là một tệp, không phải thư mục",
        "table": "không phải bảng kết quả",
        "bytes": "không phải bảng kết quả",
        "bare": "không có kết quả nào",
        "record": "run.json",
    }.items():
        for pair in ((tmp_path / name, good), (good, tmp_path / name)):
            code, out, err = said("diff", *pair, capsys=capsys)
            assert (code, out) == (3, ""), name
            assert words in err and name in err, err


def test_verify_of_a_folder_without_a_set_is_refused(tmp_path: Path, capsys):
    code, out, err = said("verify", tmp_path, capsys=capsys)
    assert (code, out) == (3, "") and "không có bộ nào đã công bố" in err


# ---- the page of changes inside the department -----------------------------------------------------------------------


def test_the_page_names_the_cell_and_leads_to_it(tmp_path: Path, project: Project):
    output = OutputFolder(write_set(tmp_path / "a", shipped(), "old"))
    new = write_set(tmp_path / "b", other(shipped()), "new")
    write_changes(output, new, other(shipped()), project)
    found = rows(output.internal / "changes.csv")
    assert [(row["unit_code"], row["objective"], row["kind"]) for row in found] == [
        (unit, "communication", "cell") for unit in ("230", "25")
    ]
    assert [(row["before"], row["after"]) for row in found] == [("6", "0")] * 2
    page = BeautifulSoup((output.internal / "changes.html").read_bytes(), "html.parser")
    assert page.h2.get_text().startswith("Huyện Đoan Hùng, ")
    assert "NỘI BỘ" in page.get_text() and "● Đạt" in page.get_text()
    links = [a["href"] for a in page.select("a")]
    assert links.count(f"returns/230.html#1-tuyen-truyen-{found[0]['cell']}") == 2
    assert {"trace/230.html#communication", "trace/25.html#communication", "changes.csv"} < set(links)
    sealed = json.loads((output.internal / SEAL).read_bytes())["files"]
    assert sealed == hashes_of(output.internal, RECORDS) and "changes.html" in sealed
    assert 'href="changes.html"' in (output.internal / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_said_and_keeps_no_set_back(tmp_path: Path, project: Project):
    evidence, new = shipped(), write_set(tmp_path / "b", shipped(), "new")
    output = OutputFolder(tmp_path / "first")
    write_changes(output, new, evidence, project)
    page = output.internal / "changes.html"
    assert FIRST in page.read_text(encoding="utf-8")
    assert (output.internal / "changes.csv").read_text(encoding="utf-8") == f"{','.join(INTERNAL)}\n"
    old = OutputFolder(write_set(tmp_path / "a", evidence, "old"))
    (old.published / "findings.csv").write_text("khác\n1\n", encoding="utf-8")
    write_changes(old, new, evidence, project)
    assert UNREADABLE in (old.internal / "changes.html").read_text(encoding="utf-8")
    write_changes(OutputFolder(write_set(tmp_path / "c", evidence, "c")), new, evidence, project)
    assert "Không có kết quả nào thay đổi" in (tmp_path / "c" / "internal" / "changes.html").read_text(encoding="utf-8")


# ---- from end to end -------------------------------------------------------------------------------------------------


def fill_in(path: Path, value: object) -> None:
    book = load_workbook(path)
    Sheet(book[CELL[0]]).put(CELL[1], CELL[2], value)
    book.save(path)


def called(root: Path, *arguments: object) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "pcmd_eval", *map(str, arguments)]
    done = subprocess.run(command, env=world(root), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.mark.slow
def test_one_cell_then_one_late_return_are_what_changed(shown: Path, tmp_path: Path):
    output, returns = OutputFolder(shown / "outputs" / "tiny"), shown / "data" / "returns" / "tiny"
    page = output.internal / "changes.html"
    assert FIRST in page.read_text(encoding="utf-8") and rows(output.internal / "changes.csv") == []
    assert called(shown, "verify", output.root) == (0, ["đúng"])

    # One cell: the finding of its district and that of the province.
    before = output.published.resolve().name
    fill_in(returns / FILE, 4)
    assert finish(start(shown))[0] == 0
    found = rows(output.internal / "changes.csv")
    assert {(row["unit_code"], row["objective"]) for row in found} == {("230", OBJECTIVE), ("25", OBJECTIVE)}
    assert {(row["kind"], row["file"], row["sheet"], row["cell"]) for row in found} == {
        ("cell", FILE, "3 Can thiệp", "D5")
    }
    assert {(row["before"], row["after"]) for row in found} == {("trống", "4")}
    code, lines = called(shown, "diff", output.sets / before, output.root, "--plan", "tiny")
    assert code == 0 and lines[0] == "2 kết quả thay đổi." and len(lines) == 5
    assert (
        sum("ô D5 (3.1.1 Tiếp cận cộng đồng, đồng đẳng, Quý II): từ “trống” thành “4”" in line for line in lines) == 2
    )
    links = [a["href"] for a in BeautifulSoup(page.read_bytes(), "html.parser").select("a")]
    for link in links:
        target, _, anchor = link.partition("#")
        content = (output.internal / target).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in content, link
    assert "returns/230.html#3-can-thiep-D5" in links
    assert called(shown, "verify", output.root, "--notebooks", 1)[1][0].startswith("Không thấy khác biệt nào")

    # The same again: nothing.
    assert finish(start(shown))[0] == 0
    assert "Không có kết quả nào thay đổi" in page.read_text(encoding="utf-8")
    assert rows(output.internal / "changes.csv") == []

    # A return goes, then comes late.
    kept = (returns / FILE).read_bytes()
    (returns / FILE).unlink()
    assert finish(start(shown))[0] == 0
    assert {row["kind"] for row in rows(output.internal / "changes.csv")} == {"return"}
    (returns / FILE).write_bytes(kept)
    assert finish(start(shown))[0] == 0
    found = rows(output.internal / "changes.csv")
    assert {(row["kind"], row["reporter"]) for row in found} == {("return", "230")}
    assert {row["unit_code"] for row in found} == {"230", "25"}
    assert all("báo cáo mới nhận được" in row["cause"] for row in found)


@pytest.mark.slow
def test_verify_is_right_wherever_the_set_lies_and_names_what_was_touched(shown: Path, tmp_path: Path):
    output = shutil.copytree(shown / "outputs" / "tiny", tmp_path / "Bộ chép lại")
    assert called(shown, "verify", output) == (0, ["đúng"])
    published = output / "published"
    (published / "returns.html").write_bytes(b"x")
    (published / "map.txt").write_bytes(b"x")
    (published / "findings.xlsx").unlink()
    code, lines = called(shown, "verify", output, "--notebooks", 0)
    assert code == 1 and lines[:3] == [
        "Khác: published/findings.xlsx: thiếu tệp",
        "Khác: published/map.txt: tệp thừa, lần chạy không làm ra",
        "Khác: published/returns.html: nội dung đã đổi",
    ]
    alone = shutil.copytree(shown / "outputs" / "tiny" / "published", tmp_path / "published")
    code, lines = called(shown, "verify", alone)
    assert code == 0 and lines[0] == "Không thấy khác biệt nào trong những gì đã kiểm."
    assert "Chưa kiểm: " in lines[1] and "không có thư mục internal/" in lines[1]
