"""Reviews made anew are a set of their own: the old one and its bytes stay until the new one takes its place."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document

from pcmd_eval import paths
from pcmd_eval.batch import ledger
from pcmd_eval.batch.sets import file_hash, files_in, json_bytes, locked, swap
from pcmd_eval.cli import main
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import findings_csv
from pcmd_eval.indicators import indicators, indicators_csv, load_indicators
from pcmd_eval.intake.checks import examine
from pcmd_eval.objectives import evaluate
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.published import Published, findings_of
from pcmd_eval.review import narrative, reviews, sentences
from pcmd_eval.review.narrative import contradictions, read_narrative
from pcmd_eval.review.pdf import NoPdf

OLD = "20180105T080000-aaaaaa"
MADE = {
    "province/review.docx": b"new 25",
    "province/review.pdf": b"new pdf",
    "districts/230-doan-hung/review.docx": b"new 230",
}


@pytest.fixture(scope="module")
def published(project: Project) -> Published:
    """What the shipped returns tell, as readers may know it."""
    evidence = examine(paths.returns_folder("phu_tho_2017"), project).evidence
    rows = indicators_csv(indicators(evidence, project.form, load_disclosure()))
    return Published(project, findings_of(findings_csv(evaluate(evidence))), load_indicators(rows), True)


@pytest.fixture
def output(published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OutputFolder:
    """A published set with a notebook and reviews of before; nobody has written a narrative."""
    monkeypatch.setattr(narrative, "folder_of", lambda project: tmp_path / "narrative")
    found = OutputFolder(tmp_path / "out")
    for place, content in {
        "findings.csv": findings_csv(published.findings),
        "indicators.csv": indicators_csv(published.indicators),
        "index.html": b"<p>",
        "province/6_enforcement.html": b"<p>6",
        "province/review.docx": b"old",
        "province/review.pdf": b"old pdf",
    }.items():
        path = found.sets / OLD / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = found.sets / OLD
    hashes = {path.relative_to(folder).as_posix(): file_hash(path) for path in files_in(folder)}
    record = {
        "plan": "884/KH-UBND",
        "run_id": OLD,
        "finished": "x",
        "illustrative": True,
        "outputs": hashes,
        "inputs": {},
    }
    (folder / "run.json").write_bytes(json_bytes(record))
    found.record.parent.mkdir()
    found.record.write_bytes(json_bytes({**record, "published": True, "returns": {"a.xlsx": "0"}}))
    ledger.note(found, OLD, "notebook", {"province/6_enforcement.html": hashes["province/6_enforcement.html"]})
    ledger.note(found, OLD, "reviews", {"province/review.docx": hashes["province/review.docx"]})
    swap(found, OLD)
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Two tiny files in the place of 28 documents; returns what was asked for."""
    asked: list[tuple] = []

    def files(published: Published, rules: str | None, issuer: str | None):
        asked.append((rules, issuer))
        return dict(MADE), ["Không có LibreOffice."]

    monkeypatch.setattr(reviews, "review_files", files)
    return asked


def command(output: OutputFolder, *more: str) -> int:
    """`pcmd-eval review` on that folder."""
    return main(["review", "--output", str(output.root), *more])


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_in(folder)}


# ---- a set with new reviews ------------------------------------------------------------------------------------------


def test_the_new_set_is_the_old_one_with_other_reviews(output: OutputFolder, quick: list, capsys):
    before = contents(output.sets / OLD)
    assert command(output, "--rules", "nd30", "--issuer", "ubnd") == 0
    said = capsys.readouterr().out
    assert quick == [("nd30", "ubnd")] and "2 báo cáo Word và 1 bản PDF" in said and "Không có LibreOffice." in said
    after = contents(output.published)
    kept = {place: content for place, content in before.items() if not place.startswith("province/review")}
    assert {place: after[place] for place in kept if place != "run.json"} == {
        p: kept[p] for p in kept if p != "run.json"
    }
    assert after.keys() == kept.keys() | MADE.keys()
    assert all(after[place] == content for place, content in MADE.items())
    assert contents(output.sets / OLD) == before  # also where both names are one file


def test_a_set_whose_pages_lead_to_a_pdf_does_not_lose_it(
    output: OutputFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    words = {place: content for place, content in MADE.items() if place.endswith(".docx")}
    monkeypatch.setattr(reviews, "review_files", lambda *_: (dict(words), ["Không có LibreOffice."]))
    assert command(output) == 1
    said = capsys.readouterr().err
    assert "Không có LibreOffice." in said and "1 tệp báo cáo" in said and "giữ nguyên" in said
    assert output.published.readlink().name == OLD and [p.name for p in output.sets.iterdir()] == [OLD]


def test_the_record_names_every_file_and_is_the_departments_too(output: OutputFolder, quick: list):
    assert command(output) == 0
    record = json.loads((output.published / "run.json").read_bytes())
    folder = output.published
    hashes = {p.relative_to(folder).as_posix(): file_hash(p) for p in files_in(folder) if p.name != "run.json"}
    assert record["outputs"] == hashes and record["run_id"] == folder.readlink().name != OLD
    assert "data/review.yaml" in record["inputs"] and "data/templates/review_tt01.docx" in record["inputs"]
    own = json.loads(output.record.read_bytes())
    assert own["run_id"] == record["run_id"] and own["returns"] == {"a.xlsx": "0"}
    assert str(output.root) not in (folder / "run.json").read_text(encoding="utf-8")


def test_the_next_run_finds_its_notebooks_but_no_old_review(output: OutputFolder, quick: list):
    assert command(output) == 0 and command(output) == 0
    assert sorted(p.name for p in output.sets.iterdir())[0] != OLD and len(list(output.sets.iterdir())) == 2
    earlier = ledger.Earlier(output)
    assert earlier.holds("notebook") and not earlier.holds("reviews")


def test_the_help_is_vietnamese(capsys: pytest.CaptureFixture[str]):
    assert main(["review", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(
        word in said for word in ("Cách dùng:", "--rules", "--issuer", "--check-template", "--despite", "--plan")
    )
    assert not any(word in said for word in ("Usage", "Options", "TEXT", "INTEGER", "default:"))
    assert main(["review", "--rules", "tt02"]) == 2


def test_nothing_published_is_refused_in_one_sentence(tmp_path: Path, capsys):
    assert command(OutputFolder(tmp_path / "none")) == 3
    assert capsys.readouterr().err.strip() == (
        "Chưa có bộ nào được công bố nên chưa có số liệu để viết báo cáo. Chạy “pcmd-eval run” trước."
    )


def test_a_review_that_cannot_be_made_changes_nothing(output: OutputFolder, monkeypatch: pytest.MonkeyPatch, capsys):
    def broken(*_: object):
        raise InputRefused("Tệp mẫu hỏng.")

    before = contents(output.published)
    monkeypatch.setattr(reviews, "review_files", broken)
    assert command(output) == 3 and "Tệp mẫu hỏng." in capsys.readouterr().err
    assert contents(output.published) == before and [p.name for p in output.sets.iterdir()] == [OLD]


def test_a_disk_that_fills_leaves_the_old_set(output: OutputFolder, quick: list, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object):
        raise OSError(28, "No space left on device", "x")

    before = contents(output.published)
    monkeypatch.setattr(reviews, "swap", full)
    assert command(output) == 1
    assert contents(output.published) == before and [p.name for p in output.sets.iterdir()] == [OLD]


def test_another_run_holding_the_folder_ends_with_4(output: OutputFolder, quick: list):
    with locked(output):
        assert command(output) == 4
    assert quick == []


def test_what_people_edit_is_never_touched(output: OutputFolder, quick: list):
    folder = paths.ROOT / "documents"
    before = {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}
    assert command(output) == 0
    assert {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))} == before


# ---- narratives ------------------------------------------------------------------------------------------------------


def test_contradictions_stop_and_despite_publishes_them(output: OutputFolder, quick: list, tmp_path: Path, capsys):
    folder = tmp_path / "narrative"
    folder.mkdir()
    (folder / "230.md").write_text("# Hạn chế\n\nChỉ có 20/28 xã duy trì.\n", encoding="utf-8")
    (folder / "25.md").write_text("# Khó khăn\n\nĐoạn.\n", encoding="utf-8")
    assert command(output) == 1 and quick == []
    said = capsys.readouterr().err
    assert "230.md, dòng 3: “20/28 xã”" in said and "21/28" in said and "25.md, dòng 1" in said
    assert "còn 2 lỗi" in said and "--despite 2" in said and output.published.readlink().name == OLD
    assert command(output, "--despite", "1") == 1 and output.published.readlink().name == OLD
    assert command(output, "--despite", "2") == 1 and output.published.readlink().name != OLD


def texts(value: object) -> Iterator[str]:
    """Every text in there."""
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
            yield from texts(part)


def test_what_findings_and_reviews_say_themselves_contradicts_nothing(published: Published):
    for unit in published.units:
        said = [f.reason for f in published.findings if f.unit_code == unit.code]
        said += texts(sentences.paragraphs(published, unit))
        written = read_narrative("\n\n".join(["# Kết quả đạt được", *said]).encode(), "x.md", unit.code)
        assert len(said) > 12 and contradictions(written, published, unit) == []


# ---- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ["tt01", "nd30"])
def test_the_shipped_templates_fit_the_data(rules: str, output: OutputFolder, capsys):
    code = command(output, "--check-template", "--rules", rules)
    assert (code, capsys.readouterr().out.strip()) == (0, "Mẫu khớp với dữ liệu.")


def test_a_template_in_the_making_is_checked_without_being_used(output: OutputFolder, tmp_path: Path, capsys):
    document = Document(io.BytesIO((paths.TEMPLATES / "review_tt01.docx").read_bytes()))
    document.add_paragraph("Tổng số {{ tong_so }}")
    document.save(str(tmp_path / "mau.docx"))
    assert command(output, str(tmp_path / "mau.docx"), "--check-template") == 1
    said = capsys.readouterr().out
    assert "“Tổng số {{ tong_so }}”" in said and "“tong_so”" in said and "1 chỗ cần sửa" in said
    assert command(output, str(tmp_path / "mau.docx")) == 2
    assert command(output, str(tmp_path / "none.docx"), "--check-template") == 3
    assert output.published.readlink().name == OLD


# ---- the documents ---------------------------------------------------------------------------------------------------


def test_no_pdf_is_a_note_and_no_failure(published: Published, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reviews, "render", lambda *_: b"docx")
    monkeypatch.setattr(reviews, "_content", lambda *_: None)

    def failing(documents: dict[str, bytes]):
        raise NoPdf("không xong")

    for stub, note in ((lambda documents: None, "LibreOffice"), (failing, "không xong")):
        monkeypatch.setattr(reviews, "pdfs", stub)
        files, notes = reviews.review_files(published)
        assert len(files) == 14 and len(notes) == 1 and note in notes[0]
    monkeypatch.setattr(reviews, "pdfs", lambda documents: dict.fromkeys(documents, b"pdf"))
    files, notes = reviews.review_files(published)
    assert notes == [] and files["districts/230-doan-hung/review.pdf"] == b"pdf" and len(files) == 28


@pytest.mark.slow
def test_every_unit_has_its_review_and_what_people_wrote_is_in_it(published: Published):
    written = read_narrative("# Hạn chế\n\nKinh phí <còn> thấp.\n\n- Cán bộ kiêm nhiệm.\n".encode(), "230.md", "230")
    files, _ = reviews.review_files(published, narratives={"230": written}, with_pdf=False)
    again, _ = reviews.review_files(published, narratives={"230": written}, with_pdf=False)
    assert files == again and len(files) == 14
    text = {place: "\n".join(p.text for p in Document(io.BytesIO(c)).paragraphs) for place, c in files.items()}
    own = text.pop("districts/230-doan-hung/review.docx")
    assert "Kinh phí <còn> thấp." in own and "Cán bộ kiêm nhiệm." in own
    assert not any("kiêm nhiệm" in other for other in text.values())
    properties = Document(io.BytesIO(files["province/review.docx"])).core_properties
    assert "DỰ THẢO" in properties.title and "SỐ LIỆU MINH HỌA" in properties.title
    assert properties.author == ""
