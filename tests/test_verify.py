"""A set that is as its run made it is "đúng", wherever it lies; whatever was touched is named."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filling import Sheet
from nbformat.v4 import new_code_cell
from openpyxl import load_workbook
from papermill.translators import PythonTranslator
from small_root import made, shown, tiny, world, write_notebooks, write_plan

from pcmd_eval import paths
from pcmd_eval.batch import execution, ledger
from pcmd_eval.batch.evaluation import Request
from pcmd_eval.batch.jobs import Result, Task, jobs_of
from pcmd_eval.batch.kept import hashes_of, seal
from pcmd_eval.batch.page import normalised, page_bytes, text_of
from pcmd_eval.batch.publish import run
from pcmd_eval.batch.sets import file_hash
from pcmd_eval.batch.slices import Slices
from pcmd_eval.cli import main
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import load_evidence
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof.rerun import rerun
from pcmd_eval.proof.trace import write_traces
from pcmd_eval.proof.verify import Verification, spoken, verify
from pcmd_eval.published import open_published
from pcmd_eval.site.public import site_files
from pcmd_eval.site.return_pages import write_pages

__all__ = ["made", "shown", "tiny"]  # the fixtures


def explained(output: OutputFolder, project: Project) -> None:
    """Traces, pages and the hashes of all: what a run adds to `internal/` at its end."""
    evidence = load_evidence(project.plan, project.register, output.internal)
    write_traces(evidence, output)
    write_pages(evidence, project, evaluate(evidence), output)
    seal(output)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
        patch.setattr(execution, "execute", unexecuted)
        output = OutputFolder(folder / "out")
        with ThreadPoolExecutor(2) as pool:
            request = Request("tiny", project, folder / "returns", output, folder / "notebooks")
            assert run(request, executor=pool).published
        explained(output, project)
    return folder


def unexecuted(task: Task) -> Result:
    """What a run makes of a notebook, but that no cell has run."""
    notebook = nbformat.reads(task.template, as_version=4)
    source = PythonTranslator.codify({"plan": task.setting.plan, "unit": task.job.unit})
    notebook.cells.insert(2, new_code_cell(source, metadata={"tags": ["injected-parameters"]}))
    made = normalised(notebook, task.template)
    up = "../" * (task.job.folder.count("/") + 1)
    page = page_bytes(made, task.rows[0]["unit_name"], f"{up}index.html", task.setting.illustrative)
    return Result(task.job, True, notebook=text_of(made), page=page)


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


def rewritten(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what a JSON file says."""
    said = json.loads(file.read_bytes())
    edit(said)
    file.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def records(output: Path) -> Iterator[dict[str, Any]]:
    """Both records of the run, to be changed one after the other; what was changed is written back."""
    for file in (output / "published" / "run.json", output / "internal" / "run.json"):
        said = json.loads(file.read_bytes())
        yield said
        file.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def forged(output: Path, place: str, old: str, new: str) -> None:
    """Replace words of a published file, and its hash wherever one stands."""
    path = output / "published" / place
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    for record in records(output):
        record["outputs"][place] = file_hash(path)


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
        *(f"published/{name}: nội dung đã đổi" for name in ("map.png", "province/review.docx")),
        "published/run.json: khác biên bản nội bộ ở outputs (map.png; province/review.docx)",
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
    other = " ".join(words for words in said if words.startswith("khác nội dung làm lại từ các báo cáo: "))
    assert {"internal/trace/230-harm_reduction.csv", "internal/returns/230.html"} <= set(re.split("[:;] ", other))
    assert not any("240" in words.partition(":")[0] for words in said) and "internal/trace/240" not in other


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
    for record in records(whole):
        record["inputs"]["pcmd_eval/bounds.py"] = "0" * 64
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
    record = whole / "internal" / "run.json"
    own = json.loads(record.read_bytes())
    shutil.move(tmp_path / "returns", tmp_path / "away")
    found = look(whole)
    assert found.differences == ()
    words = "báo cáo và kết quả tính lại: không có thư mục báo cáo “returns”; thêm --returns THƯ_MỤC"
    assert found.unchecked == (words,)
    record.write_text(json.dumps({**own, "run_id": "later", "published": False}))
    assert any("thuộc lần chạy khác" in words for words in look(whole).unchecked)
    with pytest.raises(InputRefused, match="không có bộ nào đã công bố"):
        look(tmp_path / "notebooks")


# ---- a set made to deceive ------------------------------------------------------------------------------------------

PLACE = "districts/230-doan-hung/3_harm_reduction"


def test_notebooks_are_those_of_the_plan_whatever_the_record_says(whole: Path, look):
    """An emptied list of jobs hides nothing: every notebook is named, and one with other words is found."""
    forged(whole, f"{PLACE}.ipynb", "# Sổ thử", "# Sổ khác")
    for record in records(whole):
        record["jobs"] = []
    said = look(whole).differences
    listed = next(words for words in said if "danh sách jobs thiếu 6 sổ của kế hoạch" in words)
    assert all(job.place in listed for job in jobs_of(open_project("tiny")))
    assert f"{PLACE}.ipynb: nội dung khác sổ mẫu, từ ô thứ 1" in said
    assert f"{PLACE}.html: khác trang làm lại từ sổ 3_harm_reduction.ipynb" in said


def test_a_notebook_that_the_record_calls_missing_is_named(whole: Path, look):
    """In a set that was published without it there is no such file; where there is one, the record is not true."""

    def missing() -> None:
        for record in records(whole):
            job = next(j for j in record["jobs"] if (j["unit"], j["notebook"]) == ("230", "3_harm_reduction"))
            job["status"] = "missing"

    missing()
    assert look(whole).differences == (f"published/run.json: ghi là thiếu nhưng có sổ: {PLACE}",)
    for suffix in (".ipynb", ".html"):
        (whole / "published" / f"{PLACE}{suffix}").unlink()
        for record in records(whole):
            del record["outputs"][f"{PLACE}{suffix}"]
    found = look(whole)
    assert found.differences == ()
    assert f"1 sổ mà bộ này không có: {PLACE}" in found.unchecked
    assert "các trang tổng hợp: bộ thiếu sổ nên không làm lại được" in found.unchecked
    for record in records(whole):
        next(j for j in record["jobs"] if j["status"] == "missing")["status"] = "done"
    assert look(whole).differences == (f"published/run.json: ghi đã chạy xong nhưng không có sổ: {PLACE}",)


def test_a_record_for_readers_that_differs_from_the_one_inside_is_named(whole: Path, look):
    path = whole / "published" / "index.html"
    edited(path)
    rewritten(whole / "published" / "run.json", lambda r: r["outputs"].update({"index.html": file_hash(path)}))
    assert look(whole).differences == (
        "published/run.json: khác biên bản nội bộ ở outputs (index.html)",
        "khác nội dung làm lại từ các báo cáo: published/index.html",
    )
    rewritten(whole / "published" / "run.json", lambda r: r.update(illustrative=True, plan="1/KH-UBND", run_id="x"))
    said = look(whole).differences
    assert {f"published/run.json: khác biên bản nội bộ ở {key}" for key in ("illustrative", "plan", "run_id")} <= {
        *said
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unit = \\"230\\"', 'unit = \\"240\\"', "ô tham số không ghi đúng kế hoạch và đơn vị"),
        ("Sentence(rows[0]", "#NBVAL_IGNORE_OUTPUT\\nSentence(rows[0]", "nội dung khác sổ mẫu, từ ô thứ 3"),
        ('"cells": [', '"cells": [{},', "tệp hỏng, không đọc được"),
    ],
    ids=["unit", "comment for nbval", "no notebook"],
)
def test_an_executed_notebook_is_its_template_with_results(old: str, new: str, words: str, whole: Path, look):
    forged(whole, f"{PLACE}.ipynb", old, new)
    assert f"{PLACE}.ipynb: {words}" in look(whole).differences


@pytest.mark.parametrize(
    "place", ["check.csv", "silent.csv", "check.html", "index.html", "trace/rules.csv", "returns/230.html"]
)
def test_tables_and_pages_of_the_department_are_made_once_more(place: str, whole: Path, look):
    edited(whole / "internal" / place)
    seal(OutputFolder(whole))
    assert look(whole).differences == (f"khác nội dung làm lại từ các báo cáo: internal/{place}",)


@pytest.mark.parametrize("place", ["index.html", "units/230-doan-hung.html", "indicators.csv", "findings.xlsx"])
def test_pages_and_tables_of_the_set_are_made_once_more(place: str, whole: Path, look):
    place = place if (whole / "published" / place).is_file() else "districts/230-doan-hung/index.html"
    edited(whole / "published" / place)
    for record in records(whole):
        record["outputs"][place] = file_hash(whole / "published" / place)
    assert look(whole).differences == (f"khác nội dung làm lại từ các báo cáo: published/{place}",)


def test_a_document_that_pages_do_not_lead_to_yet_is_no_difference(whole: Path, look):
    """`review` may add one to a set; its pages are made anew by the next run."""
    folder, project = whole / "published", open_project("tiny")
    words = [p.relative_to(folder).as_posix() for p in folder.rglob("review.docx")]
    published, rules = open_published(project, folder), load_disclosure()
    for place, content in site_files(published, None, jobs_of(project), {}, rules, words).items():
        (folder / place).write_bytes(content)
    (folder / "province" / "review.pdf").write_bytes(b"x")
    for record in records(whole):
        record["outputs"] = hashes_of(folder, ("run.json",))
    assert look(whole).differences == ()


def test_with_other_libraries_pages_are_not_held_against_each_other(whole: Path, look):
    forged(whole, f"{PLACE}.html", "</body>", " </body>")
    for record in records(whole):
        record["versions"]["nbconvert"] = "0"
    found = look(whole)
    assert found.differences == ()
    assert any(words.startswith("các trang: phiên bản thư viện khác lúc chạy") for words in found.unchecked)


def test_a_check_of_other_returns_does_not_pass_for_the_sets_own(whole: Path, look, tmp_path: Path):
    """`check` writes into the same folder and seals it; what it wrote is not of this set."""
    shutil.copytree(tmp_path / "returns", tmp_path / "others")
    book = load_workbook(tmp_path / "others" / "230-doan-hung.xlsx")
    Sheet(book["3 Can thiệp"]).put(5, "Quý II", "nhiều")
    book.save(tmp_path / "others" / "230-doan-hung.xlsx")
    given = ["--plan", "tiny", "--output", str(whole), "--returns"]
    assert main(["check", *given, str(tmp_path / "returns")]) == 0
    assert look(whole).differences == ()
    main(["check", *given, str(tmp_path / "others")])
    said = " ".join(look(whole).differences)
    assert all(f"internal/{name}" in said for name in ("check.csv", "check.html", "feedback/230-doan-hung.xlsx"))


# ---- records and files that are not what they should be -------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "content"),
    [
        *(("published/run.json", said) for said in (b"{", b"{}", b"[]", b'{"outputs": 1}', b"\xff")),
        *((place, said) for place in ("internal/run.json", "internal/hashes.json") for said in (b"{", b"{}")),
        ("internal/observations.csv", b"\xff\xfe"),
        ("published/findings.csv", b"\xff\xfe"),
        ("published/findings.csv", b"unit_code\n1,2\n"),
    ],
)
def test_a_damaged_file_is_named_in_a_line(place: str, content: bytes, whole: Path, capsys, tmp_path: Path):
    (whole / place).write_bytes(content)
    given = ["--plan", "tiny", "--returns", str(tmp_path / "returns"), "--notebooks", "0"]
    assert main(["verify", str(whole), *given]) == 1
    out, err = capsys.readouterr()
    assert [line for line in out.splitlines() if line == f"Khác: {place}: tệp hỏng, không đọc được"] and not err


@pytest.mark.parametrize("name", ["hashes.json", "run.json"])
def test_a_record_that_is_gone_is_a_difference(name: str, whole: Path, look):
    (whole / "internal" / name).unlink()
    assert f"internal/{name}: thiếu tệp" in look(whole).differences


def test_a_record_that_names_no_plan_is_a_difference(whole: Path, tmp_path: Path):
    for record in records(whole):
        del record["inputs"]["data/plans/tiny.yaml"]
    found = verify(whole, tmp_path / "returns", notebooks=0)
    assert found.differences == ("published/run.json: danh sách inputs không có tệp kế hoạch",)
    assert any("thêm --plan" in words for words in found.unchecked)


def test_the_tables_kept_for_a_set_are_checked(whole: Path, look):
    (kept,) = (whole / "internal" / "runs").iterdir()
    name = f"internal/runs/{kept.name}"
    (kept / "trace" / "lạ.csv").write_bytes(b"")
    (kept / "returns.csv").write_bytes(b"")
    (kept / "findings.csv").unlink()
    assert look(whole).differences == (
        f"{name}/findings.csv: thiếu tệp",
        f"{name}/returns.csv: nội dung đã đổi",
        f"{name}/trace/lạ.csv: tệp thừa, lần chạy không làm ra",
    )
    (kept / "hashes.json").unlink()
    assert f"{name}/hashes.json: thiếu tệp" in look(whole).differences


def test_a_later_run_that_was_not_published_leaves_the_tables_of_the_set(whole: Path, look):
    """What they make is compared with what readers see, though the returns of that time may be gone."""
    rewritten(whole / "internal" / "run.json", lambda r: r.update(run_id="later", published=False))
    assert look(whole).differences == ()
    forged_row = (whole / "published" / "findings.csv").read_text(encoding="utf-8").replace("undetermined", "met", 1)
    (whole / "published" / "findings.csv").write_text(forged_row, encoding="utf-8")
    assert any(words.startswith("kết quả ") and "tính lại “undetermined”" in words for words in look(whole).differences)


def test_what_is_no_file_is_named(whole: Path, look):
    published = whole / "published"
    (published / "hỏng").symlink_to(whole / "không có")
    (published / "ngoài").symlink_to(whole.parent / "notebooks", target_is_directory=True)
    (published / "districts" / "trống").mkdir()
    (whole / "internal" / "trace" / "hỏng").symlink_to("không có")
    assert set(look(whole).differences) == {
        *(f"published/{name}: liên kết, lần chạy không làm ra" for name in ("hỏng", "ngoài")),
        "published/districts/trống: thư mục trống, lần chạy không làm ra",
        "internal/trace/hỏng: liên kết, lần chạy không làm ra",
    }


# ---- plans and returns from elsewhere -------------------------------------------------------------------------------


def test_returns_of_other_names_are_told_in_one_line(whole: Path, tmp_path: Path):
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "khác.xlsx").write_bytes(b"")
    found = verify(whole, tmp_path / "others", "tiny", notebooks=0)
    assert found.differences == (
        "báo cáo: không tệp nào trong 1 tệp của “others” mang tên một trong 3 tệp của lần chạy",
    )
    assert found.unchecked == ("báo cáo và kết quả tính lại: thêm --returns và thư mục báo cáo của lần chạy",)


def test_a_plan_from_elsewhere_is_to_be_named_again(whole: Path, tmp_path: Path):
    file = (tmp_path / "plans" / "tiny.yaml").rename(tmp_path / "tiny.yaml")
    found = verify(whole, tmp_path / "returns", notebooks=0)
    assert found.differences == ()
    (words,) = found.unchecked
    assert "tiny.yaml" in words and "--plan" in words
    again = verify(whole, tmp_path / "returns", str(file), notebooks=0)
    assert not any("kết quả" in words or "đầu vào" in words for words in again.differences)


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
    # A set made to deceive: a number of a notebook, its page and every hash were replaced, the list of jobs emptied.
    place = "districts/230-doan-hung/3_harm_reduction"
    forged(output.root, f"{place}.ipynb", "Chưa đủ số liệu", "Đạt")
    forged(output.root, f"{place}.html", "Chưa đủ số liệu", "Đạt")
    assert verified(shown, output.root, 1) == [
        f"Khác: {place}.ipynb: chạy lại cho kết quả khác (ô mã thứ 3)",
        "Chưa kiểm: chạy lại 5 trong 6 sổ, theo yêu cầu",
    ]
    for record in records(output.root):
        record["jobs"] = []
    said = verified(shown, output.root, 6)
    assert f"Khác: {place}.ipynb: chạy lại cho kết quả khác (ô mã thứ 3)" in said and len(said) == 2


@pytest.mark.slow
def test_every_notebook_is_heard_of(shown: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny: Project):
    """Also one that cannot be run at all, and where kernels cannot be forked."""
    output = OutputFolder(shown / "outputs" / "tiny")
    jobs, heard = jobs_of(tiny), []
    (output.published / f"{jobs[0].place}.ipynb").write_bytes(b"{}")
    monkeypatch.setenv("PCMD_KERNELS", "ordinary")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    evidence = load_evidence(tiny.plan, tiny.register, output.internal)
    slices = Slices(evidence, evaluate(evidence))
    run_id = json.loads(output.record.read_bytes())["run_id"]
    files = {job: slices.files(job) for job in jobs}
    found = rerun(jobs, output.published, files, run_id, lambda result, total: heard.append((result, total)))
    assert found == [f"{jobs[0].place}.ipynb: chạy lại cho kết quả khác (không chạy được)"]
    assert {(result.job, result.done, total) for result, total in heard} == {(j, j != jobs[0], 6) for j in jobs}
