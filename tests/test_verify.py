"""A set that is as its run made it is "đúng", wherever it lies; whatever was touched is named."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filling import Sheet
from openpyxl import load_workbook
from small_root import made, shown, tiny, world, write_notebooks, write_plan

from pcmd_eval import paths
from pcmd_eval.batch import execution, ledger
from pcmd_eval.batch.evaluation import Request
from pcmd_eval.batch.jobs import Result
from pcmd_eval.batch.kept import seal
from pcmd_eval.batch.publish import run
from pcmd_eval.batch.sets import file_hash
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import load_evidence
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof.trace import write_traces
from pcmd_eval.proof.verify import Verification, spoken, verify
from pcmd_eval.site.return_pages import write_pages

__all__ = ["made", "shown", "tiny"]  # the fixtures


def explained(output: OutputFolder, project: Project) -> None:
    """Traces, pages and the hashes of all: what a run adds to `internal/` at its end."""
    evidence = load_evidence(project.plan, project.register, output.internal)
    write_traces(evidence, output)
    write_pages(evidence, project, evaluate(evidence), output)
    seal(output)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small project after a run with made-up notebooks, made once; its code stands still while it is tested."""
    folder = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("units", "plans", "returns"):
            (folder / name).mkdir()
        write_plan(folder)
        point_to(folder, patch)
        write_notebooks(folder / "notebooks")
        project = open_project("tiny")
        for reporter in project.register.reporters:
            content = blank_return(project.plan, project.form, project.register, reporter)
            (folder / "returns" / f"{reporter.folder}.xlsx").write_bytes(content)
        patch.setattr(execution, "execute", lambda t: Result(t.job, True, notebook=b"{}", page=str(t.job).encode()))
        output = OutputFolder(folder / "out")
        with ThreadPoolExecutor(2) as pool:
            request = Request("tiny", project, folder / "returns", output, folder / "notebooks")
            assert run(request, executor=pool).published
        explained(output, project)
        yield folder


def point_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    for name in ("units", "plans", "notebooks"):
        patch.setattr(paths, name.upper(), folder / name)
    program = {"pcmd_eval/bounds.py": Path(paths.__file__).with_name("bounds.py")}
    patch.setattr(ledger, "_program", lambda: program)


@pytest.fixture
def whole(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that; the output folder, beside returns, plans, units and notebooks."""
    shutil.copytree(base, tmp_path, symlinks=True, dirs_exist_ok=True)
    point_to(tmp_path, monkeypatch)
    return tmp_path / "out"


@pytest.fixture
def look(tmp_path: Path) -> Callable[[Path], Verification]:
    """Verify without running the notebooks, which are made up."""
    return lambda output: verify(output, tmp_path / "returns", "tiny", notebooks=0)


def edited(path: Path) -> str:
    path.write_bytes(path.read_bytes() + b" ")
    return path.name


def test_a_copied_set_is_right_but_for_what_was_not_asked_for(whole: Path, look):
    found = look(whole)
    assert found.differences == ()
    assert found.unchecked == ("chạy lại 6 trong 6 sổ, theo yêu cầu",)
    assert spoken(Verification((), ())) == "đúng"
    assert spoken(found).splitlines()[0] == "Không thấy khác biệt nào trong những gì đã kiểm."


@pytest.mark.parametrize(
    "place",
    [
        *("index.html", "findings.csv", "findings.xlsx", "districts/230-doan-hung/district_review.html"),
        *("province/province_review.ipynb", "internal/check.csv", "internal/trace/230-harm_reduction.csv"),
        *("internal/returns/230.html", "internal/observations.csv", "internal/returns.json"),
    ],
)
def test_every_changed_missing_or_added_file_is_named(place: str, whole: Path, look):
    name = place if place.startswith("internal/") else f"published/{place}"
    path = whole / name
    content = path.read_bytes()
    edited(path)
    assert f"{name}: nội dung đã đổi" in look(whole).differences
    path.unlink()
    assert f"{name}: thiếu tệp" in look(whole).differences
    path.write_bytes(content)
    path.with_name("lạ.png").write_bytes(b"x")
    strange = f"{name.rpartition('/')[0]}/lạ.png"
    assert look(whole).differences == (f"{strange}: tệp thừa, lần chạy không làm ra",)


def test_a_figure_and_a_document_are_files_like_others(whole: Path, look):
    record = whole / "published" / "run.json"
    said = json.loads(record.read_bytes())
    for name in ("map.png", "province/review.docx"):
        (whole / "published" / name).write_bytes(b"x")
        said["outputs"][name] = "0" * 64
    record.write_text(json.dumps(said))
    assert set(look(whole).differences) == {
        f"published/{name}: nội dung đã đổi" for name in ("map.png", "province/review.docx")
    }


def test_a_changed_cell_of_a_return_is_named_with_what_follows_from_it(whole: Path, look, tmp_path: Path):
    file = tmp_path / "returns" / "230-doan-hung.xlsx"
    book = load_workbook(file)
    sheet = Sheet(book["3 Can thiệp"])
    sheet.put(5, "Quý II", 4)
    book.save(file)
    said = look(whole).differences
    assert "báo cáo 230-doan-hung.xlsx: nội dung đã đổi" in said
    assert "ô 230-doan-hung.xlsx, 3 Can thiệp, D5, 230, 3.1.1, Q2: bảng ghi “blank”, báo cáo ghi “4”" in said, said
    assert any(words.startswith("kết quả 230, harm_reduction: ") and "tính lại “met”" in words for words in said)
    assert "internal/trace/230-harm_reduction.csv: khác bảng tính lại từ các báo cáo" in said
    assert not any("240" in words.partition(":")[0] for words in said)


def test_a_return_that_went_or_came_is_named(whole: Path, look, tmp_path: Path):
    file = tmp_path / "returns" / "240-tan-son.xlsx"
    file.rename(file.with_name("khác.xlsx"))
    said = look(whole).differences
    assert "báo cáo 240-tan-son.xlsx: thiếu tệp" in said
    assert "báo cáo khác.xlsx: tệp thừa, lần chạy không làm ra" in said


def test_a_changed_plan_register_or_notebook_is_named(whole: Path, look, tmp_path: Path):
    edited(tmp_path / "plans" / "tiny.yaml")
    edited(tmp_path / "units" / "tiny.csv")
    edited(tmp_path / "notebooks" / "district_review.ipynb")
    assert set(look(whole).differences) >= {
        "đầu vào data/plans/tiny.yaml: nội dung đã đổi",
        "đầu vào data/units/tiny.csv: nội dung đã đổi",
        "đầu vào notebooks/district_review.ipynb: nội dung đã đổi",
    }
    (tmp_path / "plans" / "tiny.yaml").write_text("plan: x\n", encoding="utf-8")
    found = look(whole)
    assert "data/plans/tiny.yaml: nội dung đã đổi" in found.differences
    assert any("kết quả tính lại" in words for words in found.unchecked)


def test_changed_code_is_named(whole: Path, look):
    record = whole / "published" / "run.json"
    said = json.loads(record.read_bytes())
    said["inputs"]["pcmd_eval/bounds.py"] = "0" * 64
    record.write_text(json.dumps(said))
    assert look(whole).differences == ("đầu vào pcmd_eval/bounds.py: nội dung đã đổi",)


def test_the_published_set_alone_is_checked_by_its_hashes(whole: Path, look, tmp_path: Path):
    alone = shutil.copytree(whole / "published", tmp_path / "sent")
    for place in (alone, tmp_path / "without"):
        if place != alone:
            place.mkdir()
            shutil.copytree(whole / "published", place / "published")
        found = look(place)
        assert found.differences == ()
        assert found.unchecked == (
            "bảng nội bộ, các báo cáo, kết quả tính lại và các sổ chạy lại: không có thư mục internal/",
        )
    edited(alone / "index.html")
    assert look(alone).differences == ("index.html: nội dung đã đổi",)


def test_what_cannot_be_checked_is_said(whole: Path, look, tmp_path: Path):
    (whole / "internal" / "hashes.json").unlink()
    assert "các tệp của internal/: không có internal/hashes.json" in look(whole).unchecked
    record = whole / "internal" / "run.json"
    record.write_text(json.dumps({**json.loads(record.read_bytes()), "run_id": "another"}))
    assert any("thuộc lần chạy khác" in words for words in look(whole).unchecked)
    shutil.rmtree(tmp_path / "returns")
    assert look(whole).differences == ()
    with pytest.raises(InputRefused, match="không có bộ nào đã công bố"):
        look(tmp_path / "notebooks")


# ---- notebooks ------------------------------------------------------------------------------------------------------

_VERIFY = """import sys
from pathlib import Path
from pcmd_eval.proof.verify import spoken, verify
print(spoken(verify(Path(sys.argv[1]), notebooks=int(sys.argv[2]))))"""


def verified(root: Path, output: Path, notebooks: int) -> list[str]:
    command = [sys.executable, "-c", _VERIFY, str(output), str(notebooks)]
    done = subprocess.run(command, env=world(root), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.slow
def test_notebooks_are_run_again_and_compared(shown: Path, tmp_path: Path, tiny: Project):
    output = OutputFolder(shown / "outputs" / "tiny")
    explained(output, tiny)
    assert verified(shown, output.root, 6) == ["đúng"]
    # A set made to deceive: a page's number and its hash were both replaced.
    notebook = output.published / "districts" / "230-doan-hung" / "3_harm_reduction.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("Chưa đủ số liệu", "Đạt"), encoding="utf-8")
    record = json.loads((output.published / "run.json").read_bytes())
    record["outputs"][notebook.relative_to(output.published).as_posix()] = file_hash(notebook)
    (output.published / "run.json").write_text(json.dumps(record), encoding="utf-8")
    place = "districts/230-doan-hung/3_harm_reduction.ipynb"
    assert verified(shown, output.root, 1) == [
        f"Khác: {place}: chạy lại cho kết quả khác (ô mã thứ 3)",
        "Chưa kiểm: chạy lại 5 trong 6 sổ, theo yêu cầu",
    ]
