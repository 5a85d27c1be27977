"""`pcmd-eval check` as a clerk's office uses it: what it prints, writes, and with which code it ends."""

import csv
import json
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pcmd_eval import paths
from pcmd_eval.cli import main

SHIPPED = paths.returns_folder("phu_tho_2017")
STUFFED = (
    "=cmd|' /C calc'!A0",
    "<script>document.title='hacked'</script>",
    '<img src=x onerror="alert(1)">',
    r"$\frac{$",
)


@pytest.fixture
def returns(tmp_path: Path) -> Path:
    """A copy of three illustrative returns."""
    folder = tmp_path / "returns"
    folder.mkdir()
    for name in ("230-doan-hung.xlsx", "239-thanh-thuy.xlsx", "25-phu-tho.xlsx"):
        shutil.copy(SHIPPED / name, folder)
    return folder


def change(path: Path, **cells: object) -> None:
    """Write cells of a workbook, named `sheet!cell`; text stays text."""
    workbook = load_workbook(path)
    for place, value in cells.items():
        sheet, cell = place.split("!")
        workbook[sheet][cell] = value
        if isinstance(value, str):
            workbook[sheet][cell].data_type = "s"
    workbook.save(path)


def check(returns: Path, output: Path, *more: str) -> int:
    """Run the command."""
    return main(["check", "--returns", str(returns), "--output", str(output), *more])


def faults(output: Path) -> list[dict[str, str]]:
    """The rows of check.csv."""
    with (output / "internal" / "check.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_shipped_returns_have_no_stopping_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """13 of 14 returns, one late; the district without a return is named as the one to write to."""
    assert check(SHIPPED, tmp_path) == 0
    said = capsys.readouterr().out
    assert "Đã nhận 13/14 báo cáo, 12 đúng hạn." in said
    assert "Huyện Tân Sơn: chưa gửi" in said
    assert {row["severity"] for row in faults(tmp_path)} == {"confirm", "note"}
    silent = (tmp_path / "internal" / "silent.csv").read_text(encoding="utf-8").splitlines()
    assert silent == ["reporter,unit_name,state", "240,Huyện Tân Sơn,missing"]


def test_the_columns_of_check_csv_are_those_of_the_design(tmp_path: Path) -> None:
    """Design, section 7; worst first."""
    check(SHIPPED, tmp_path)
    header = (tmp_path / "internal" / "check.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "severity,reporter,file,sheet,cell,unit_code,column,value,rule,message"


def test_json_holds_the_same_faults(returns: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For another program; nothing else is printed."""
    assert check(returns, tmp_path / "out", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["faults"] == faults(tmp_path / "out")
    assert [(r["reporter"], r["state"]) for r in said["returns"]][2] == ("230", "on_time")


def test_a_corrected_marked_copy_sent_again_passes(returns: Path, tmp_path: Path) -> None:
    """The one unreadable cell of Đoan Hùng, mended in the copy with its first sheet still in it."""
    check(returns, tmp_path / "out")
    assert [row["cell"] for row in faults(tmp_path / "out")] == ["I23"]
    original = (returns / "230-doan-hung.xlsx").read_bytes()
    copy = tmp_path / "out" / "internal" / "feedback" / "230-doan-hung.xlsx"
    assert load_workbook(copy).sheetnames[0] == "Cần sửa"
    shutil.copy(copy, returns / "230-doan-hung.xlsx")
    change(returns / "230-doan-hung.xlsx", **{"1 Tuyên truyền!I23": 200})
    assert check(returns, tmp_path / "out") == 0
    assert faults(tmp_path / "out") == []
    assert not list((tmp_path / "out" / "internal" / "feedback").glob("*.xlsx"))
    assert (SHIPPED / "230-doan-hung.xlsx").read_bytes() == original


def test_a_refused_file_stops_publishing_but_not_the_check(
    returns: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, the file and the year found are named; evaluate goes on with the others and says so."""
    change(returns / "239-thanh-thuy.xlsx", **{"Thông tin!B7": 2016})
    assert check(returns, tmp_path / "out") == 1
    assert [row["severity"] for row in faults(tmp_path / "out")] == ["stop", "confirm"]
    assert "“2016”, cần “2017”" in capsys.readouterr().out
    assert main(["evaluate", "--returns", str(returns), "--output", str(tmp_path / "out")]) == 1
    states = (tmp_path / "out" / "internal" / "returns.csv").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("239,Huyện Thanh Thuỷ,unreadable,") for line in states)


def test_mixed_marks_are_refused_and_the_check_still_writes_its_files(returns: Path, tmp_path: Path) -> None:
    """Exit 3, and nothing is evaluated."""
    change(returns / "25-phu-tho.xlsx", **{"Thông tin!B13": None})
    assert check(returns, tmp_path / "out") == 3
    assert (tmp_path / "out" / "internal" / "check.csv").exists()
    assert main(["evaluate", "--returns", str(returns), "--output", str(tmp_path / "other")]) == 3
    assert not (tmp_path / "other" / "internal" / "findings.csv").exists()


def test_nothing_that_can_be_read_is_exit_3_with_every_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder with one empty file; and no folder at all."""
    folder = tmp_path / "returns"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(b"")
    assert check(folder, tmp_path / "out") == 3
    assert "0 byte" in capsys.readouterr().err
    assert check(tmp_path / "nowhere", tmp_path / "out") == 3


@pytest.fixture
def stuffed(returns: Path, tmp_path: Path) -> Iterator[Path]:
    """The check of a return whose notes and forms hold what must never run."""
    places = ("1 Tuyên truyền!J5", "1 Tuyên truyền!D6", "2 Lồng ghép!E5", "1 Tuyên truyền!E7")
    change(returns / "230-doan-hung.xlsx", **dict(zip(places, STUFFED, strict=True)))
    assert check(returns, tmp_path / "out") in (0, 1)
    yield tmp_path / "out" / "internal"


def test_what_a_return_says_is_inert_in_tables_and_marked_copies(stuffed: Path) -> None:
    """No formula in the copy, an apostrophe before what a spreadsheet would run in a CSV file."""
    copy = load_workbook(BytesIO((stuffed / "feedback" / "230-doan-hung.xlsx").read_bytes()))
    assert all(c.data_type != "f" for sheet in copy for row in sheet.iter_rows() for c in row)
    assert copy["1 Tuyên truyền"]["J5"].value == STUFFED[0]
    with (stuffed / "check.csv").open(encoding="utf-8", newline="") as lines:
        assert not [cell for row in csv.reader(lines) for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_a_return_says_is_text_on_the_page(stuffed: Path) -> None:
    """Escaped, and no script may run on the page at all."""
    page = (stuffed / "check.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page
    assert "default-src 'none'" in page


@pytest.mark.slow
def test_the_page_is_inert_in_a_browser_and_asks_the_network_for_nothing(stuffed: Path) -> None:
    """Headless Chromium: the title is ours, no dialog, no request but the page itself."""
    from playwright.sync_api import sync_playwright

    asked, dialogs = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium") or "/usr/bin/chromium")
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto((stuffed / "check.html").as_uri())
        assert page.title().startswith("Kiểm tra báo cáo")
        browser.close()
    assert dialogs == []
    assert asked == [(stuffed / "check.html").as_uri()]
