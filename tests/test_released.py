"""The page of what is not as it was sent out: the latest edition counts, and every row is true."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from printed import allowed_numbers, known_texts, page_text, stray_numbers
from shipped import shipped
from small_root import finish, made, shown, start

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.site.public import site_files
from pcmd_eval.site.released import Edition, latest
from pcmd_eval.wording import Verdict

__all__ = ["made", "shown"]  # the fixtures


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], Path]:
    """A function that files an edition of the shipped plan."""
    monkeypatch.setattr(paths, "released_folder", lambda name: tmp_path / "released" / name)

    def send(day: str, content: bytes, plan: str = "phu_tho_2017") -> Path:
        folder = tmp_path / "released" / plan / day
        folder.mkdir(parents=True)
        (folder / "findings.csv").write_bytes(content)
        return folder

    return send


def page_with(edition: Edition | None) -> tuple[bytes, BeautifulSoup]:
    made = shipped()
    files = site_files(made.published, made.picture, made.jobs, {}, made.rules, made.reviews, edition)
    return files["changes.html"], BeautifulSoup(files["changes.html"], "html.parser")


def earlier(findings: list[Finding]) -> list[Finding]:
    """The findings as they were: Đoan Hùng had one commune less, and the province's media were not there yet."""
    found = []
    for f in findings:
        if (f.unit_code, f.objective) == ("230", "communication"):
            found.append(replace(f, low=20, verdict=Verdict.UNDETERMINED))
        elif (f.unit_code, f.objective) != ("25", "media"):
            found.append(f)
    return found


def test_before_the_first_edition_the_page_says_so_and_every_page_leads_to_it():
    _, page = page_with(None)
    assert "Chưa có bộ kết quả nào được gửi đi" in page.main.get_text() and not page.table
    index = BeautifulSoup(shipped().files["districts/230-doan-hung/index.html"], "html.parser")
    assert "../../changes.html" in [a["href"] for a in index.select("nav.main a")]


def test_an_equal_set_says_that_nothing_changed(sent):
    sent("2018-01-05", findings_csv(shipped().findings))
    _, page = page_with(latest(shipped().project.plan))
    assert page.h1.get_text() == "Thay đổi so với bộ đã gửi ngày 05/01/2018"
    assert "Không có kết quả nào thay đổi" in page.main.get_text() and not page.table


def test_the_latest_edition_is_compared_row_by_row(sent):
    made = shipped()
    sent("2018-02-01", findings_csv(earlier(made.findings)))
    sent("2018-01-05", findings_csv(made.findings))
    content, page = page_with(latest(made.project.plan))
    assert page.h1.get_text().endswith("01/02/2018") and "2 kết quả có kết luận" in page.main.get_text()
    rows = [[" ".join(c.get_text(" ").split()) for c in row.select("th, td")] for row in page.select("tbody tr")]
    titles = {o.slug: f"{o.number}. {o.title}" for o in made.project.plan.objectives}
    first, second = rows
    assert first[:2] == ["Huyện Đoan Hùng", titles["communication"]]
    assert first[2:] == ["■ Chưa đủ số liệu", "20–21/28 (cần 21)", "● Đạt", "21/28 (cần 21)"]
    assert second[:4] == ["Tỉnh Phú Thọ", titles["media"], "không có", "–"]
    texts = [*known_texts(made.project), "2 20 20–21/28", "01/02/2018"]
    allowed = allowed_numbers(made.files["findings.csv"], made.files["indicators.csv"], *texts)
    assert not stray_numbers(page_text(content), allowed)


@pytest.mark.parametrize(
    ("day", "change", "words"),
    [
        ("lần 1", lambda content: content, "không mang tên của một ngày"),
        ("2018-01-05", lambda content: b"a,b\n1,2\n", "Không đọc được data/released/phu_tho_2017/2018-01-05"),
        ("2018-01-05", lambda content: content.replace(b"884/KH", b"81/KH"), "thuộc kế hoạch 81/KH-UBND"),
        ("2018-01-05", lambda content: b"\xff\xfe", "Không đọc được"),
    ],
)
def test_an_edition_that_cannot_be_compared_with_is_refused(sent, day: str, change, words: str):
    sent(day, change(findings_csv(shipped().findings)))
    with pytest.raises(InputRefused, match=words):
        latest(shipped().project.plan)


@pytest.mark.slow
def test_a_run_compares_with_the_edition_and_a_rerun_is_a_full_rebuild(shown: Path):
    output = shown / "outputs" / "tiny"
    page = output / "published" / "changes.html"
    assert "Chưa có bộ" in page.read_text(encoding="utf-8")
    edition = shown / "data" / "released" / "tiny" / "2018-01-05"
    edition.mkdir(parents=True)
    for name in ("findings.csv", "indicators.csv"):
        shutil.copy(output / "published" / name, edition / name)
    assert finish(start(shown))[0] == 0
    rerun = page.read_bytes()
    assert "ngày 05/01/2018" in rerun.decode() and "Không có kết quả nào thay đổi" in rerun.decode()
    shutil.rmtree(output)
    assert finish(start(shown))[0] == 0
    assert page.read_bytes() == rerun
    edition.rename(edition.with_name("nháp"))
    code, _, err = finish(start(shown))
    assert code == 3 and "nháp" in err and page.read_bytes() == rerun
