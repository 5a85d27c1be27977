"""Runs from the command line: what is published, and when; what a rerun does; what a run that dies
leaves behind.
"""

import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
import toy
from bs4 import BeautifulSoup
from editions import case_of
from filelock import FileLock
from seeds import seeds

from pcmd_eval.office.batch import fingerprint, publication
from pcmd_eval.office.batch.progress import describe_causes, summary_lines
from pcmd_eval.office.batch.run import describe_new_returns, list_units
from pcmd_eval.office.batch.run_request import Outcome, Request
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

OBJECTIVES = [f"{number}_{slug}" for number, slug in enumerate(toy.SLUGS, 1)]
KINDS = ("ipynb", "html")
REPORTS = ("audit.xlsx", "check.html", "reminders.csv")  # written beside the notebooks
UNIT_PAGES = "districts/230-doan-hung"
NOTICE = "documents/thong-bao-884-230-doan-hung.docx"  # in internal/


@pytest.fixture
def output(unit_run: Path, tmp_path: Path) -> Path:
    """A copy of `unit_run` in a root of its own (its parent), for a test to change: as far from the
    returns, so that what was read counts.
    """
    return toy.copy(unit_run, toy.root(tmp_path / "root") / "own")


def run(output: Path, *options: str, unit: str = "230", **more: object) -> tuple[int, str]:
    """Run one unit in the root of its output: the exit code, and all that it printed."""
    command = ("run", *options, "--unit", unit, "--output", os.path.relpath(output))
    return toy.pcmd(output.parent, *command, **more)


def record(output: Path) -> dict:
    return json.loads((output / "published" / "run.json").read_bytes())


def intact_run(output: Path) -> str:
    """The id of the run that is published, whose files are all as its record says."""
    hashes = {
        place: hashlib.sha256(content).hexdigest()
        for place, content in toy.files(output / "published").items()
    }
    assert hashes == record(output)["outputs"]
    return record(output)["run_id"]


def change_notebook(root: Path, source: str, slug: str = "media") -> None:
    """Give the notebook of an objective another cell."""
    [file] = (root / "notebooks").glob(f"?_{slug}.ipynb")
    nbformat.write(toy.notebook(source, slugs=(slug,)), str(file))


# ---- the shipped set -----------------------------------------------------------------------------


@pytest.mark.slow
def test_run_of_shipped_returns_writes_the_agreed_files_and_records(shipped_run: Path) -> None:
    published, internal = shipped_run / "published", shipped_run / "internal"
    districts = {folder.name for folder in (published / "districts").iterdir()}
    assert len(districts) == 13 and "230-doan-hung" in districts
    places = {
        f"{folder}/{name}.{kind}"
        for folder in ("province", *(f"districts/{district}" for district in districts))
        for name in (*OBJECTIVES, f"{folder.partition('/')[0].rstrip('s')}_review")
        for kind in KINDS
    }
    assert toy.files(published).keys() == places | toy.SET_FILES and intact_run(shipped_run)
    documents = {
        f"{'cong-van' if district == '240-tan-son' else 'thong-bao'}-884-{district}.docx"
        for district in districts
    }
    documents.add("bao-cao-884-25-phu-tho.docx")
    documents.add("240-tan-son.xlsx")  # the form that the letter to a silent unit encloses
    assert toy.files(internal / "documents").keys() == documents
    public, exact = record(shipped_run), json.loads((internal / "run.json").read_bytes())
    keys = ("plan", "run_id", "started", "finished", "illustrative", "jobs", "failed", "faults")
    assert [*public] == [*keys, "outputs", "inputs", "versions"]
    assert (public["plan"], public["illustrative"]) == ("884/KH-UBND", True)
    assert (public["failed"], public["faults"], len(public["jobs"])) == (0, 0, 98)
    assert {job["status"] for job in public["jobs"]} == {"done"}
    assert {*public["jobs"][0]} == {"unit", "notebook", "status", "seconds"}
    for start in ("data/plans/", "data/forms/", "data/units/", "pcmd_eval/", "notebooks/1_comm"):
        assert any(name.startswith(start) for name in public["inputs"]), start
    assert not any(name.startswith("data/returns") for name in public["inputs"])
    assert len(exact["returns"]) == 13 and exact["published"]


@pytest.mark.slow
def test_pages_of_a_run_have_no_scripts_and_only_valid_links(shipped_run: Path) -> None:
    for path in (shipped_run / "published").rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert not page.find_all(["script", "iframe", "object", "link", "form"]), path
        policies = [
            meta for meta in page("meta") if "default-src 'none'" in meta.get("content", "")
        ]
        assert len(policies) == 1, path
        links = {tag.get("href") or tag.get("src") for tag in page.find_all(["a", "img"])}
        files = {link.partition("#")[0] for link in links if not link.startswith(("http", "data:"))}
        assert [link for link in files if link and not (path.parent / link).is_file()] == [], path


ADDRESS = re.compile(r"(?<![\w.#/-])[A-Z]{1,2}[1-9]\d{0,2}(?::[A-Z]{1,2}\d{1,3})?(?![\w-])")
# Words to readers, and of a source.
NO_REQUESTS = ("Ý kiến về kết luận đề nghị nêu rõ", "mà Bộ LĐTBXH thường đề nghị cho báo cáo")


@pytest.mark.slow
def test_published_set_names_no_cell_of_a_return_and_asks_nobody_for_one(shipped_run: Path) -> None:
    found: dict[str, set[str]] = {}
    for path in (shipped_run / "published").rglob("*.*"):
        text = ""
        if path.suffix == ".html":
            page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            text = "\n".join(page.main.stripped_strings)
        elif path.suffix == ".ipynb":
            cells = nbformat.read(path, 4).cells
            outputs = [output for cell in cells for output in cell.get("outputs", ())]
            text = "\n".join(out.get("data", out).get("text/plain", "") for out in outputs)
        elif path.suffix == ".csv":
            text = path.read_text(encoding="utf-8")
        for words in NO_REQUESTS:
            text = text.replace(words, "")
        requests = re.findall(r"[^\n]*[Đđ]ề nghị[^\n]*", text)
        found.setdefault(path.name, set()).update(ADDRESS.findall(text), requests)
    assert len(found) > 20
    assert {name: words for name, words in found.items() if words} == {}


# ---- a rerun -------------------------------------------------------------------------------------

# Runs the command; fails if it loaded a library that takes long.
WITHOUT_LIBRARIES = """
import sys
from pcmd_eval.cli import main

sys.exit(main(sys.argv[1:]) or " ".join(sys.modules.keys() & {"pandas", "yaml"}) or 0)
"""


@pytest.mark.slow
def test_run_again_does_nothing_until_something_changed(output: Path) -> None:
    """Any change makes all anew, as a run from nothing: a stray file goes."""
    published, internal = toy.files(output / "published"), toy.files(output / "internal")
    page = output / "published" / UNIT_PAGES / "5_media.html"
    page.write_bytes(b"")
    paper = output / "internal" / NOTICE
    paper.write_bytes(b"edited")  # it is kept, the new one lies next to it
    code, text = run(output)  # in another place, with a tampered page
    new = paper.with_stem(f"{paper.stem} (mới)")
    assert code == 0 and f"{paper.name} đã được sửa nên giữ nguyên; bản mới: {new.name}." in text
    assert paper.read_bytes() == b"edited"
    new.replace(paper)
    assert toy.files(output / "published") == published
    assert toy.files(output / "internal").keys() == internal.keys()
    run_id = intact_run(output)
    paper.write_bytes(b"edited again")
    toy.add_other_plans(output.parent)  # this plan uses none of their files
    code, text = run(output, program=("-c", WITHOUT_LIBRARIES))
    assert code == 0 and "Không có gì thay đổi từ lần chạy trước" in text, text
    assert intact_run(output) == run_id and paper.read_bytes() == b"edited again"


def test_load_lines_gives_none_after_any_change_of_what_was_read_or_written(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, returns = paths.OutputFolders(output), output.parent / "returns"
    for name, folder in {"DATA": "data", "NOTEBOOKS": "notebooks"}.items():
        monkeypatch.setattr(paths, name, output.parent / folder)
    shutil.copytree(toy.returns_of(output.parent), returns)
    plan = returns.with_name("plan.yaml")
    plan.write_text("a: 1")

    def load(units: list[str]) -> list[str]:
        return fingerprint.load_closing_lines(
            places, fingerprint.hash_request(str(plan), returns, units)
        )

    def save() -> None:
        inputs = fingerprint.hash_request(str(plan), returns, ["230"])
        fingerprint.save_closing_lines(places, inputs, ["a", "b"])

    assert load(["230"]) == []
    for file in (
        plan,
        returns / "230-doan-hung.xlsx",
        paths.DATA / "units" / "phu_tho_2017.csv",
        paths.NOTEBOOKS / "1_communication.ipynb",
        output / "published" / UNIT_PAGES / "5_media.html",
        output / "internal" / "findings.csv",
    ):
        save()
        assert load(["230"]) == ["a", "b"] and load([]) == []
        content = file.read_bytes()
        file.write_bytes(content + b" ")
        assert load(["230"]) == [], file
        file.write_bytes(content)
    save()
    with FileLock(places.lock):
        assert load(["230"]) == []
    (output / "internal" / NOTICE).unlink()  # a document may be edited, but not be gone
    assert load(["230"]) == []


# ---- a part of the set ---------------------------------------------------------------------------


def test_run_of_one_unit_makes_its_pages_and_its_document(unit_run: Path) -> None:
    names = (*OBJECTIVES, "district_review")
    pages = {f"{UNIT_PAGES}/{name}.{kind}" for name in names for kind in KINDS}
    assert {place for place in toy.files(unit_run / "published") if "/" in place} == pages
    assert [*toy.files(unit_run / "internal" / "documents")] == [Path(NOTICE).name]
    statuses = {(job["unit"], job["status"]) for job in record(unit_run)["jobs"]}
    assert len(statuses) == 14 and {("230", "done"), ("25", "missing")} <= statuses
    index = (unit_run / "published" / "index.html").read_text(encoding="utf-8")
    assert "Tân Sơn" in index and "districts/240-tan-son/" not in index


def test_list_units_adds_those_published_and_all_where_the_record_is_damaged(
    plan: Plan, tmp_path: Path
) -> None:
    places = paths.OutputFolders(tmp_path)
    request = Request(plan.name, plan, tmp_path, places, units=("231",))
    assert list_units(request) == ("231",)
    places.published.mkdir()
    jobs = [{"unit": "230", "status": "done"}, {"unit": "232", "status": "missing"}]
    (places.published / "run.json").write_text(json.dumps({"run_id": "x", "jobs": jobs}))
    assert list_units(request) == ("230", "231")
    (places.published / "run.json").write_text('{"run_id": "x"')
    assert list_units(request) == (*plan.reporters.index,)


@pytest.mark.slow
def test_describe_new_returns_where_communes_report_names_those_since_the_published_set(
    tmp_path: Path, filled_set: Callable[[str, int, float], tuple[Path, Path]]
) -> None:
    """Their cases would follow from the difference of the two sets."""
    plan_file, sent = filled_set("communes", 3, 3 / 8)
    plan, (returns, output) = load_plan(str(plan_file)), (tmp_path / "returns", tmp_path / "output")
    returns.mkdir()
    first, second, *_ = sorted(sent.glob("*.xlsx"))
    shutil.copy(first, returns)
    intake = read_returns(plan, returns)
    request = Request(plan.name, plan, returns, paths.OutputFolders(output))
    record = json.dumps({"published": True, "returns": intake.fingerprints})
    for folder in (output / "published", output / "internal"):
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(record, encoding="utf-8")
    case = case_of(plan, intake)

    def describe() -> list[str]:
        return [*describe_new_returns(request, case, read_returns(plan, returns))]

    assert describe() == []
    shutil.copy(second, returns)
    [line] = describe()
    name = plan.register.full_name[second.name.partition("-")[0]]
    assert line.startswith(f"Báo cáo gửi sau khi có bộ đang công bố: {name}. Ai giữ bộ")
    (output / "internal" / "run.json").unlink()
    [line] = describe()
    assert line.startswith("Không còn bản ghi của bộ đang công bố")


def test_describe_new_returns_where_districts_report_says_nothing(
    plan: Plan, shipped: Intake, output: Path
) -> None:
    request = Request(plan.name, plan, toy.returns_of(output.parent), paths.OutputFolders(output))
    (output / "internal" / "run.json").unlink()
    assert [*describe_new_returns(request, case_of(plan, shipped), shipped)] == []


# ---- nothing is published ------------------------------------------------------------------------


@pytest.mark.slow
def test_run_with_an_unusable_notebook_executes_nothing(output: Path) -> None:
    file = output.parent / "notebooks" / "5_media.ipynb"
    text, run_id = file.read_text(encoding="utf-8"), intact_run(output)
    no_tag, other_name = ('"parameters"', '"parameter"'), ("unit: str", "units: str")
    for broken in (text.replace(*no_tag), text.replace(*other_name), text[:200], None):
        if broken is None:
            file.unlink()
        else:
            file.write_text(broken, encoding="utf-8")
        code, message = run(output)
        assert code == 3 and "5_media.ipynb" in message and "Traceback" not in message
    assert "Thiếu sổ 5_media.ipynb" in message
    assert intact_run(output) == run_id


@pytest.mark.slow
def test_run_keeps_what_failed_notebooks_had_executed_until_the_next_good_run(
    output: Path,
) -> None:
    """With the traceback, or where the process died, all before it; every other task is done."""
    failed, before = output / "internal" / "failed", intact_run(output)
    sources = {"media": "1/0", "support_model": "import os\nos._exit(1)"}
    for slug, source in sources.items():
        change_notebook(output.parent, source, slug)
    code, text = run(output)
    assert code == 1 and f"{UNIT_PAGES}/5_media: ô 6: ZeroDivisionError" in text
    assert f"{UNIT_PAGES}/5_media.html" in text and "Chưa công bố" in text
    assert intact_run(output) == before
    ends = {"5_media": "ZeroDivisionError", "4_support_model": "dừng đột ngột"}
    assert {path.stem for path in failed.rglob("*") if path.is_file()} == ends.keys()
    for name, end in ends.items():
        notebook = nbformat.read(failed / UNIT_PAGES / f"{name}.ipynb", 4)
        assert notebook.cells[3].outputs and end in str(notebook.cells[5].outputs[-1])
        page = (failed / UNIT_PAGES / f"{name}.html").read_text(encoding="utf-8")
        assert end in page and "open_case" in page and "<script" not in page
    for slug in sources:
        change_notebook(output.parent, "1", slug)
    code, text = run(output)
    assert code == 0 and not failed.exists(), text


@pytest.mark.slow
def test_run_of_a_plan_with_own_notebooks_makes_them_for_every_unit(output: Path) -> None:
    """In the menu under their heading, in run.json; without its file, or without its parameters,
    nothing is executed.
    """
    plan = output.parent / "data/plans/phu_tho_2017.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(f"{text}\nextra_notebooks: [7_hoi_nghi]\n", encoding="utf-8")
    code, message = run(output)
    assert code == 3 and "7_hoi_nghi.ipynb" in message and "extra_notebooks" in message
    own = toy.notebook("case.findings.head(2)", close="print('xong')")
    own.cells[0].source = "# Hội nghị"
    file = output.parent / "notebooks/7_hoi_nghi.ipynb"
    own.cells[1].metadata = {}
    nbformat.write(own, str(file))
    code, message = run(output)
    assert code == 3 and "parameters" in message
    own.cells[1].metadata = {"tags": ["parameters"]}
    own.metadata["kernelspec"] = {"name": "python3"}  # no language, as of a notebook made by hand
    nbformat.write(own, str(file))
    code, message = run(output)
    assert code == 0, message
    page = BeautifulSoup(
        (output / "published" / UNIT_PAGES / "7_hoi_nghi.html").read_bytes(), "lxml"
    )
    assert page.nav.find("a", string="Hội nghị", attrs={"aria-current": "page"})
    assert page.title.string.startswith("Hội nghị – Huyện Đoan Hùng") and "xong" in page.get_text()
    jobs = {(job["unit"], job["notebook"]): job["status"] for job in record(output)["jobs"]}
    assert jobs["230", "7_hoi_nghi"] == "done" and ("25", "7_hoi_nghi") in jobs
    assert "notebooks/7_hoi_nghi.ipynb" in record(output)["inputs"]


@pytest.mark.slow
def test_run_with_a_source_changed_meanwhile_publishes_nothing(output: Path) -> None:
    """A notebook that is edited while it runs: run.json would name another than was executed."""
    run_id = intact_run(output)
    file = output.parent / "notebooks" / "5_media.ipynb"
    edit = f"from pathlib import Path\nn = Path({str(file)!r}).open('a').write(' ')"
    change_notebook(output.parent, edit)
    code, text = run(output)
    assert code == 1 and "bị sửa trong khi chạy" in text and intact_run(output) == run_id, text


def test_describe_causes_with_one_cause_names_three_places() -> None:
    causes = {f"a/{number}": "x" for number in range(5)} | {"b": "y", "c": "y"}
    assert describe_causes(causes) == ["a/0, a/1, a/2 và 2 nơi khác: x", "b và c: y"]


@pytest.mark.slow
def test_run_with_stopping_issues_publishes_only_despite_their_number(output: Path) -> None:
    run_id, file = intact_run(output), toy.returns_of(output.parent) / "230-doan-hung.xlsx"
    book = openpyxl.load_workbook(file)
    book["Thông tin"]["B9"] = "Huyện Hạ Hòa"  # contradicts the code: a stopping fault
    book.save(file)
    for options in ((), ("--despite", "2")):
        code, text = run(output, *options)
        assert code == 1 and "--despite 1" in text and intact_run(output) == run_id
    assert "\nstop,230," in (output / "internal" / "check.csv").read_text("utf-8")
    code, text = run(output, "--despite", "1")
    assert code == 1 and intact_run(output) != run_id and record(output)["faults"] == 1, text


def test_run_while_another_holds_the_lock_exits_4(output: Path) -> None:
    with FileLock(output / "run.lock"):
        code, text = run(output)
    assert code == 4 and "Một lần chạy khác" in text


@pytest.mark.parametrize("by_link", [True, False])
def test_finish_swap_of_an_interrupted_swap_restores_the_old_set(
    tmp_path: Path, by_link: bool
) -> None:
    """By a link, and where links need rights by two renames: between these, the next run puts the
    old set back.
    """
    published, sets = tmp_path / "published", publication.staged_sets(tmp_path / "published")
    for name in ("first", "second"):
        (sets / name).mkdir(parents=True)
        (sets / name / "run.json").write_text(name)
        publication.swap(sets / name, published, by_link)
        assert (published / "run.json").read_text() == name
    if not by_link:
        previous = sets / "previous"
        previous.mkdir(exist_ok=True)
        published.rename(sets / "other" if any(previous.iterdir()) else previous)
        publication.finish_swap(published)
        assert (published / "run.json").read_text() == "second"


# A run that is asked to end, or killed, at a moment: at the first act of Python after it.
ENDED = """
import json, os, signal, sys
from pathlib import Path

output = Path(sys.argv[-1])
sets, published, process = output / "sets", output / "published", os.getpid()
old_sets = {place.name for place in sets.iterdir()}

def new_sets(suffix=""):
    return [p for p in sets.iterdir() if p.name not in old_sets and p.suffix == suffix]

def pages_made():
    return [page for place in new_sets(".part") for page in place.rglob("5_media.html")]

def is_recorded():
    return any((place / "run.json").exists() for place in new_sets())

def is_published():
    return published.resolve().name not in old_sets

def is_in_record():
    record = json.loads((output / "internal" / "run.json").read_bytes())
    return record["run_id"] == published.resolve().name

is_reached = {
    "tasks are under way": lambda: new_sets(".part") and os.path.exists(f"/proc/{process}/task"),
    "a page is made": pages_made,
    "its record is written": lambda: is_recorded() and not is_published(),
    "readers see it": lambda: is_published() and not is_in_record(),
}[moment]
looks = False

def look(event, arguments):
    global looks
    if looks or os.getpid() != process or not event.startswith(("open", "os.")):
        return
    looks = True  # at what looking itself opens nobody looks
    if is_reached():
        os.kill(os.getpid(), signal.Signals[end])
    else:
        looks = False

sys.addaudithook(look)
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", seeds(["SIGKILL"], ["SIGTERM"]))
def test_run_that_is_killed_leaves_the_old_set_or_the_new_one(end: str, output: Path) -> None:
    """At four moments; its workers end with it and hold no lock, or the next run could not begin."""
    page = output / "published" / UNIT_PAGES / "5_media.html"
    moments = ("tasks are under way", "a page is made", "its record is written", "readers see it")
    change_notebook(output.parent, f"show('{end}')")
    for moment in moments:
        run_id = intact_run(output)
        names = f"moment, end = {moment!r}, {end!r}\n"
        code, text = run(output, before=names + ENDED)
        assert code == {"SIGKILL": -signal.SIGKILL, "SIGTERM": 130}[end], text
        assert "Traceback" not in text
        is_new = intact_run(output) != run_id
        assert is_new == (end in page.read_text("utf-8")) == (moment == "readers see it")
    code, text = run(output)
    assert code == 0 and intact_run(output), text
    assert [*(output / "sets").iterdir()] == [(output / "published").resolve()]


@pytest.mark.slow
def test_run_on_a_full_disk_says_so_and_keeps_the_old_set(output: Path, unit_run: Path) -> None:
    import resource  # not on Windows

    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (10_000, 10_000))
    code, text = run(output, unit="231", preexec_fn=limit)
    assert code == 1 and "chỗ trống" in text and "Traceback" not in text
    assert intact_run(output) == intact_run(unit_run)


@pytest.mark.slow
def test_run_without_write_permission_says_so_and_keeps_the_old_set(
    output: Path, unit_run: Path
) -> None:
    for folder in (output, *(path for path in output.rglob("*/") if not path.is_symlink())):
        folder.chmod(0o555)
    # An administrator, too: without the right to pass over permissions (PR_CAPBSET_DROP,
    # CAP_DAC_OVERRIDE).
    code, text = run(output, preexec_fn=lambda: ctypes.CDLL(None).prctl(24, 1, 0, 0, 0))
    assert code == 1 and "quyền truy cập" in text and "Traceback" not in text
    assert intact_run(output) == intact_run(unit_run)


# ---- the last lines ------------------------------------------------------------------------------


@pytest.mark.slow
def test_run_prints_how_many_objectives_are_concluded(shipped_run: Path) -> None:
    lines = shipped_run.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert (
        "Kết luận được 4/6 chỉ tiêu: 02 đạt (3, 4), 02 chưa đạt (5, 6); "
        "02 chỉ tiêu chưa đủ số liệu (1, 2). Chỉ tiêu 5, 6 đánh giá theo mức tạm áp dụng."
    ) in lines


def test_summary_lines_count_cases_as_the_pages_do(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, tmp_path: Path
) -> None:
    """An incomplete total shows its known part; counts appear only while a verdict is open."""
    is_cases = (findings.unit_code == "25") & (findings.objective == "enforcement")
    undecided = findings.assign(verdict=findings.verdict.mask(is_cases, "undetermined"))
    returns = paths.returns_folder(plan.name)
    request = Request(plan.name, plan, returns, paths.OutputFolders(tmp_path))
    case = replace(case_of(plan, shipped, internal=True), _findings=undecided)
    lines = summary_lines(Outcome(shipped, case), request)
    counts = "đã xử lý ít nhất 50; phát hiện ít nhất 51"
    assert f"■ 6. Phát hiện và xử lý vi phạm: Chưa đủ số liệu: {counts}." in lines
