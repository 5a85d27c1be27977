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
import subprocess
import sys
from pathlib import Path

import nbformat
import openpyxl
import pytest
import toy
from editions import case_of
from filelock import FileLock
from papers import everything, opened

from pcmd_eval.batch import evaluate, last_run, publication, result_store
from pcmd_eval.batch.progress import describe_causes, summary_lines
from pcmd_eval.batch.run import describe_new_returns, list_units
from pcmd_eval.batch.run_request import Outcome, Request
from pcmd_eval.evaluation.findings import evaluate as found
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

OBJECTIVES = [f"{number}_{slug}" for number, slug in enumerate(toy.SLUGS, 1)]
KINDS = ("ipynb", "html")
LATER = ("audit.xlsx", "check.html", "reminders.csv")  # written beside the notebooks
ONE = "districts/230-doan-hung"
NOTICE = "documents/thong-bao-884-230-doan-hung.docx"  # in internal/


@pytest.fixture
def root(one: Path) -> Path:
    """The root with small notebooks that `one` was made in; only read."""
    return one.parent


@pytest.fixture
def own(one: Path, tmp_path: Path) -> Path:
    """A copy of `one`, in a root of its own (its parent), for a test to change: as far from the
    returns, so that what was read counts.
    """
    return toy.copied(one, toy.root(tmp_path / "root") / "own")


def record(output: Path) -> dict:
    return json.loads((output / "published" / "run.json").read_bytes())


def whole(output: Path) -> str:
    """The run that is published, every file of it as its record says; "" if none is."""
    if not (output / "published").exists():
        return ""
    held = {
        place: hashlib.sha256(content).hexdigest()
        for place, content in toy.files(output / "published").items()
    }
    assert held == record(output)["outputs"]
    return record(output)["run_id"]


# ---- the shipped set -----------------------------------------------------------------------------


@pytest.mark.slow
def test_run_of_shipped_returns_writes_the_agreed_files_and_records(
    shipped_run: Path,
):
    districts = {
        f"districts/{folder.name}" for folder in (shipped_run / "published" / "districts").iterdir()
    }
    assert len(districts) == 13 and ONE in districts
    places = {
        f"{d}/{name}.{kind}"
        for d in districts
        for name in (*OBJECTIVES, "district_review")
        for kind in KINDS
    }
    places |= {
        f"province/{name}.{kind}" for name in (*OBJECTIVES, "province_review") for kind in KINDS
    }
    assert toy.files(shipped_run / "published").keys() == places | toy.SET_FILES and whole(
        shipped_run
    )
    documents = {
        f"{'cong-van' if '240' in d else 'thong-bao'}-884-{Path(d).name}.docx" for d in districts
    }
    documents |= {"bao-cao-884-25-phu-tho.docx", "cong-van-884-25-cac-co-quan-cap-tinh.docx"}
    documents |= {"240-tan-son.xlsx"}  # the form that the letter to a silent unit encloses
    assert toy.files(shipped_run / "internal" / "documents").keys() == documents
    made, own = (
        record(shipped_run),
        json.loads((shipped_run / "internal" / "run.json").read_bytes()),
    )
    keys = ("plan", "run_id", "started", "finished", "illustrative", "jobs", "failed", "faults")
    assert [*made] == [*keys, "outputs", "inputs", "versions"]
    assert (made["plan"], made["illustrative"], made["failed"], made["faults"]) == (
        "884/KH-UBND",
        True,
        0,
        0,
    )
    assert len(made["jobs"]) == 98 and {job["status"] for job in made["jobs"]} == {"done"}
    assert {*made["jobs"][0]} == {"unit", "notebook", "status", "seconds", "reused"}
    for part in (
        "data/plans/",
        "data/forms/",
        "data/units/",
        "pcmd_eval/",
        "notebooks/1_communication.ipynb",
    ):
        assert any(name.startswith(part) for name in made["inputs"]), part
    assert not any(name.startswith("data/returns") for name in made["inputs"])
    assert len(own["returns"]) == 13 and own["published"]


@pytest.mark.slow
def test_pages_of_a_run_have_no_scripts_and_only_valid_links(shipped_run: Path):
    from bs4 import BeautifulSoup

    shown = shipped_run / "published"
    for path in shown.rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert not page.find_all(["script", "iframe", "object", "link", "form"]), path
        assert page.find("meta", content=lambda words: words and "default-src 'none'" in words), (
            path
        )
        for tag in page.find_all(["a", "img"]):
            way = tag.get("href") or tag.get("src")
            if way.startswith(("http", "data:", "#")):
                continue
            assert (path.parent / way.partition("#")[0]).is_file(), f"{path}: {way}"


@pytest.mark.slow
def test_run_with_a_new_narrative_and_signer_remakes_documents_alone(own: Path):
    """Promise 8; that each of both changes what documents are made from is seen below."""
    root, output = own.parent, own
    before = toy.files(output / "published") | toy.files(output / "internal")
    words = root / "data" / "narrative" / "phu_tho_2017" / "230.md"
    words.parent.mkdir(exist_ok=True)
    heading = next(
        line
        for line in (paths.NARRATIVE / "mau.md").read_text("utf-8").splitlines()
        if line[:2] == "# "
    )
    words.write_text(f"{heading}\n\nĐịa bàn miền núi, đi lại khó khăn.\n", encoding="utf-8")
    settings = root / "data" / "review.yaml"
    text = settings.read_text(encoding="utf-8")
    assert text.count('\n  signer: ""\n') == 1
    signed = text.replace('  signer: ""', "  signer: Nguyễn Thị Kiểm")
    settings.write_text(signed, encoding="utf-8")
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 0 and "0 sổ đã chạy, 7 dùng lại; 1 báo cáo Word mới" in said, said
    after = toy.files(output / "published") | toy.files(output / "internal")
    assert {place for place in after if after[place] != before[place]} == {NOTICE}
    document = everything(opened(after[NOTICE]))
    assert "Địa bàn miền núi" in document and "Nguyễn Thị Kiểm" in document


@pytest.mark.slow
def test_hash_inputs_changes_with_every_file_that_a_set_depends_on(root: Path, tmp_path: Path):
    """Each file in the hash of what a run is made from: of another signer, only in documents'."""
    copy = toy.copied(root, tmp_path / "root")
    probe = [sys.executable, "-c", HASHED, *DEPENDENCIES]
    env = {**os.environ, "PCMD_ROOT": str(copy)}
    done = subprocess.run(probe, env=env, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stdout.split()) == (0, [*DEPENDENCIES.values()]), done.stderr


# Files, and which hashes change with them: of everything, of documents alone.
DEPENDENCIES = {
    "data/disclosure.yaml": "all",
    "data/plans/phu_tho_2017.yaml": "all",
    "data/units/phu_tho_2017.csv": "all",
    "data/review.yaml": "documents",
    "data/templates/review.docx": "documents",
    "data/plans/binh_thuan_2017.yaml": "none",
}
HASHED = """
import sys
from pcmd_eval.batch.fingerprint import data_patterns, hash_environment
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths

plan = load_plan("phu_tho_2017")

def hashes():
    return [hash_environment(data_patterns(plan, documents)) for documents in (False, True)]

before = hashes()
for name in sys.argv[1:]:
    file = paths.ROOT / name
    content = file.read_bytes()
    file.write_bytes(content + b"\\n")
    changed = [old != new for old, new in zip(before, hashes())]
    print({(True, True): "all", (False, True): "documents", (False, False): "none"}[tuple(changed)])
    file.write_bytes(content)
"""


@pytest.mark.parametrize("by_link", [True, False])
def test_finish_swap_of_an_interrupted_swap_restores_the_old_set(tmp_path: Path, by_link: bool):
    """By a link, and where links need rights by two renames: between these, the next run puts the
    old set back.
    """
    shown, sets = tmp_path / "published", publication.staged_sets(tmp_path / "published")
    for name in ("first", "second"):
        (sets / name).mkdir(parents=True)
        (sets / name / "run.json").write_text(name)
        publication.swap(sets / name, shown, by_link)
        assert (shown / "run.json").read_text() == name
    if not by_link:
        (sets / "previous").mkdir(exist_ok=True)
        shown.rename(
            sets / "previous" if not any((sets / "previous").iterdir()) else sets / "other"
        )
        publication.finish_swap(shown)
        assert (shown / "run.json").read_text() == "second"


@pytest.mark.parametrize("tenth", range(10))
def test_load_result_of_a_damaged_file_is_none(tmp_path: Path, tenth: int):
    """Also where a document lies inside, itself an archive: its end would pass for the end of all."""
    files = {
        "a/review.docx": (paths.TEMPLATES / "review.docx").read_bytes(),
        "a/review.remarks": b"[]" * 10_000,
    }
    result_store.save_result(tmp_path, "key", files)
    assert result_store.load_result(tmp_path, "key") == files
    held, whole = tmp_path / "key", (tmp_path / "key").read_bytes()
    at = len(whole) * tenth // 10
    for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
        held.write_bytes(damaged)
        assert result_store.load_result(tmp_path, "key") is None


# ---- a part of the set ---------------------------------------------------------------------------


def test_run_of_one_unit_makes_its_pages_and_its_document(one: Path):
    pages = {f"{ONE}/{name}.{kind}" for name in (*OBJECTIVES, "district_review") for kind in KINDS}
    assert {place for place in toy.files(one / "published") if "/" in place} == pages
    assert [*toy.files(one / "internal" / "documents")] == [Path(NOTICE).name]
    status = {(job["unit"], job["status"]) for job in record(one)["jobs"]}
    assert len(status) == 14 and ("230", "done") in status and ("25", "missing") in status
    index = (one / "published" / "index.html").read_text(encoding="utf-8")
    assert "Tân Sơn" in index and "districts/240-tan-son/" not in index


def test_run_with_files_of_other_plans_executes_nothing(own: Path, one: Path):
    """Not even one that is half written changes a result, and none is named."""
    root, output = own.parent, own
    toy.another_year_beside(root)
    code, said = toy.pcmd(root, "run", "--unit", "Đoan Hùng", "--output", str(output))
    assert code == 0 and "0 sổ đã chạy, 7 dùng lại; 0 báo cáo Word mới" in said, said
    assert all(job["reused"] for job in record(output)["jobs"] if job["unit"] == "230")
    assert toy.files(output / "published") == toy.files(one / "published")
    assert not re.search(
        "phu_tho_201[89]|_v2|thua_thien", (output / "published" / "run.json").read_text()
    )


def test_run_with_nothing_changed_prints_its_closing_lines_again_without_pandas(own: Path):
    root, output = own.parent, own
    command = ["run", "--unit", "230", "--output", str(output)]
    code, first = toy.pcmd(root, *command)
    assert code == 0 and "thay đổi" not in first
    before = (output / "published" / "run.json").read_bytes()
    env = os.environ | {"PCMD_ROOT": str(root)}
    program = [sys.executable, "-c", WITHOUT_LIBRARIES, *command]
    again = subprocess.run(program, env=env, capture_output=True, encoding="utf-8", check=False)
    assert again.returncode == 0, again
    head, lines = again.stdout.split("\n", 1)
    assert head.startswith("Không có gì thay đổi") and first.endswith(lines) and lines
    assert (output / "published" / "run.json").read_bytes() == before


# Runs the command; fails if it loaded a library that takes long.
WITHOUT_LIBRARIES = """
import sys
from pcmd_eval.cli import main

sys.exit(main(sys.argv[1:]) or " ".join(sys.modules.keys() & {"pandas", "yaml"}) or 0)
"""


def test_load_lines_gives_none_after_any_change_of_what_was_read_or_written(root: Path, own: Path):
    places, returns = paths.OutputFolders(own), own.parent / "returns"
    shutil.copytree(toy.sent(root), returns)
    plan = returns.with_name("plan.yaml")
    plan.write_text("a: 1")

    def known() -> list[str]:
        return last_run.load_lines(places, last_run.hash_read(str(plan), returns, ["230"]))

    assert known() == []
    changes = (
        plan,
        returns / "230-doan-hung.xlsx",
        own / "published" / ONE / "5_media.html",
        own / "internal" / "findings.csv",
    )
    for file in changes:
        last_run.save_closing_lines(
            places, last_run.hash_read(str(plan), returns, ["230"]), ["a", "b"]
        )
        assert known() == ["a", "b"]
        file.write_bytes(file.read_bytes() + b" ")
        assert known() == [], file
    last_run.save_closing_lines(places, last_run.hash_read(str(plan), returns, ["230"]), ["a", "b"])
    assert last_run.load_lines(places, last_run.hash_read(str(plan), returns, [])) == []
    with FileLock(places.lock):
        assert known() == []


def test_describe_new_returns_names_those_since_the_published_set(
    plan: Plan, shipped: Intake, root: Path, one: Path, tmp_path: Path
):
    output = toy.copied(one, tmp_path / "out")
    returns = toy.copied(toy.sent(root), tmp_path / "returns")
    request = Request(plan.name, plan, returns, paths.OutputFolders(output))
    case = case_of(plan, shipped)

    def described() -> list[str]:
        return [*describe_new_returns(request, case, read_returns(plan, returns))]

    assert described() == []
    late = paths.returns_folder("phu_tho_2017") / "237-lam-thao.xlsx"
    (returns / late.name).write_bytes(late.read_bytes())
    [line] = described()
    assert line.startswith("Báo cáo gửi sau khi có bộ đang công bố: Huyện Lâm Thao. Ai giữ bộ")
    (output / "internal" / "run.json").unlink()
    [line] = described()
    assert line.startswith("Không còn bản ghi của bộ đang công bố")


def test_run_restores_a_published_set_that_was_changed_by_hand(root: Path, one: Path):
    output = toy.copied(one, one.with_name("touched"))
    page = output / "published" / ONE / "5_media.html"
    page.write_bytes(page.read_bytes().replace(b"a", b"b", 1))
    (output / "published" / "more.html").write_text("x")
    for name in ("findings.csv", LATER[0]):
        (output / "internal" / name).unlink()
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 0 and "0 sổ đã chạy, 7 dùng lại" in said, said
    assert toy.files(output / "published") == toy.files(one / "published") and whole(output)
    for name in ("findings.csv", *LATER):
        kept = (output / "internal" / name).read_bytes()
        assert kept == (one / "internal" / name).read_bytes()


def done_units(output: Path) -> set[str]:
    return {job["unit"] for job in record(output)["jobs"] if job["status"] == "done"}


@pytest.mark.slow
def test_run_of_one_unit_keeps_the_others_and_makes_what_is_stale(own: Path):
    root, output = own.parent, own
    code, said = toy.pcmd(root, "run", "--unit", "231", "--output", str(output))
    assert code == 0, said
    assert done_units(output) == {"230", "231"}
    assert "7 sổ đã chạy, 7 dùng lại" in said
    page = (output / "published" / ONE / "1_communication.html").read_text(encoding="utf-8")
    assert 'href="../../districts/231-ha-hoa/1_communication.html"' in page
    assert "<!--menu-->" not in page and "232-thanh-ba" not in page
    changed = toy.notebook("show('thêm')", slugs=("media",))
    nbformat.write(changed, str(root / "notebooks" / "5_media.ipynb"))
    code, said = toy.pcmd(root, "run", "--unit", "231", "--output", str(output))
    assert code == 0 and "2 sổ đã chạy, 12 dùng lại" in said
    assert done_units(output) == {"230", "231"}


def test_list_units_adds_those_published_and_all_where_the_record_is_damaged(
    plan: Plan, tmp_path: Path
):
    places = paths.OutputFolders(tmp_path)
    request = Request(plan.name, plan, tmp_path, places, units=("231",))
    assert list_units(request) == ("231",)
    places.published.mkdir()
    jobs = [{"unit": "230", "status": "done"}, {"unit": "232", "status": "missing"}]
    (places.published / "run.json").write_text(json.dumps({"run_id": "x", "jobs": jobs}))
    assert list_units(request) == ("230", "231")
    (places.published / "run.json").write_text('{"run_id": "x"')
    assert list_units(request) == (*plan.reporters.index,)


# ---- nothing is published ------------------------------------------------------------------------


@pytest.mark.slow
def test_run_with_a_broken_notebook_is_refused(own: Path):
    root, output = own.parent, own
    file = root / "notebooks" / "5_media.ipynb"
    text, before = file.read_text(encoding="utf-8"), whole(output)
    lost, misspelt = ('"parameters"', '"parameter"'), ("unit: str", "units: str")
    for broken in (text.replace(*lost), text.replace(*misspelt), text[:200]):
        file.write_text(broken, encoding="utf-8")
        code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
        assert code == 3 and "5_media.ipynb" in said and "Traceback" not in said
    file.unlink()
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 3 and "Thiếu sổ 5_media.ipynb" in said and "Traceback" not in said
    assert whole(output) == before


@pytest.mark.slow
def test_run_with_a_failing_notebook_names_it_and_publishes_nothing(own: Path):
    root, output = own.parent, own
    before = whole(output)
    nbformat.write(
        toy.notebook("1 / 0", slugs=("media",)), str(root / "notebooks" / "5_media.ipynb")
    )
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert (
        code == 1 and f"{ONE}/5_media: ô 6: ZeroDivisionError" in said and whole(output) == before
    )


@pytest.mark.slow
def test_run_with_a_source_changed_meanwhile_publishes_nothing(own: Path):
    """A notebook that is edited while it runs: run.json would name another than was executed, and
    nobody knows which of both a result in the store was made from.
    """
    root, output = own.parent, own
    before, file = whole(output), root / "notebooks" / "5_media.ipynb"
    stored = toy.files(output / "store")
    edits = f"from pathlib import Path\nn = Path({str(file)!r}).open('a').write(' ')"
    nbformat.write(toy.notebook(edits, slugs=("media",)), str(file))
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 1 and "bị sửa trong khi chạy" in said and whole(output) == before, said
    assert toy.files(output / "store") == stored


def test_describe_causes_with_one_cause_names_three_places():
    failed = {f"a/{number}": "x" for number in range(5)} | {"b": "y", "c": "y"}
    assert describe_causes(failed) == ["a/0, a/1, a/2 và 2 nơi khác: x", "b và c: y"]


@pytest.mark.slow
def test_run_with_stopping_issues_publishes_only_despite_their_number(own: Path):
    root, output, before = own.parent, own, whole(own)
    file = toy.sent(root) / "230-doan-hung.xlsx"
    book = openpyxl.load_workbook(file)
    book["Thông tin"]["B9"] = "Huyện Hạ Hòa"  # contradicts the code: a stopping fault
    book.save(file)
    asked = ("run", "--unit", "230", "--output", str(output))
    code, said = toy.pcmd(root, *asked)
    assert code == 1 and "--despite 1" in said and whole(output) == before
    assert "\nstop,230," in (output / "internal" / "check.csv").read_text("utf-8")
    assert toy.pcmd(root, *asked, "--despite", "2")[0] == 1 and whole(output) == before
    code, said = toy.pcmd(root, *asked, "--despite", "1")
    assert code == 1 and whole(output) != before and record(output)["faults"] == 1, said
    assert "gửi sau khi có bộ đang công bố: Huyện Đoan Hùng. " in said


def test_load_or_evaluate_of_changed_returns_removes_older_reports(
    plan: Plan, root: Path, one: Path, tmp_path: Path
):
    """Files of the earlier findings go first; those of the new ones come last."""
    places = paths.OutputFolders(toy.copied(one, tmp_path / "out"))
    returns = toy.copied(toy.sent(root), tmp_path / "returns")
    (returns / "230-doan-hung.xlsx").unlink()
    old, later = (places.internal / "findings.csv").read_bytes(), {*LATER}
    assert later <= {path.name for path in places.internal.iterdir()}
    assert [*(places.internal / "feedback").glob("*.xlsx")]
    evaluate.load_or_evaluate(plan, returns, places)  # and it dies before the rest
    assert (places.internal / "findings.csv").read_bytes() != old
    assert not later & {path.name for path in places.internal.iterdir()}
    assert not [*(places.internal / "feedback").glob("*.xlsx")]


def test_run_while_another_holds_the_lock_exits_4(root: Path, one: Path, tmp_path: Path):
    output = toy.copied(one, tmp_path / "out")
    with FileLock(output / "run.lock"):
        code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 4 and "Một lần chạy khác" in said


# A run that is asked to end, or killed, at a moment: at the first act of Python after it.
ENDED = """
import json, os, signal, sys
from pathlib import Path
from pcmd_eval.cli import main

moment, end, *command = sys.argv[1:]
output = Path(command[-1])
sets, shown = output / "sets", output / "published"
known = {place.name for place in sets.iterdir()}

def begun():
    return [place for place in sets.iterdir() if place.name not in known]

def recorded():
    return any((place / "run.json").exists() for place in begun())

def seen():
    return shown.resolve().name not in known

def told():
    own = json.loads((output / "internal" / "run.json").read_bytes())
    return own["run_id"] == shown.resolve().name

def stored():
    # A file that is still being written has another name.
    return {place for place in (output / "store" / "pages").iterdir() if len(place.name) == 64}

results = stored()
there = {
    "three results are stored": lambda: len(stored() - results) >= 3,
    "a set is begun": lambda: begun() and not recorded(),
    "its record is written": lambda: recorded() and not seen(),
    "readers see it": lambda: seen() and not told(),
}[moment]
looks = False

def look(event, about):
    global looks
    if looks or not event.startswith(("open", "os.")):
        return
    looks = True  # at what looking itself opens nobody looks
    if there():
        os.kill(os.getpid(), signal.Signals[end])
    else:
        looks = False

sys.addaudithook(look)
sys.exit(main(command))
"""
MOMENTS = ("a set is begun", "its record is written", "readers see it")


@pytest.mark.slow
def test_run_that_is_killed_leaves_the_old_set_or_the_new_one(own: Path):
    """Each run goes on with what the one before it had finished; the last ends what was begun."""
    root, output = own.parent, own
    asked, page = ("run", "--unit", "230", "--output", str(output)), output / "published" / ONE
    for end in ("SIGKILL", "SIGTERM"):
        changed = toy.notebook(f"show('{end}')", slugs=("media",))
        nbformat.write(changed, str(root / "notebooks" / "5_media.ipynb"))
        for moment in MOMENTS:
            old = whole(output)
            code, said = toy.pcmd(root, *asked, program=("-c", ENDED, moment, end))
            assert code == {"SIGKILL": -signal.SIGKILL, "SIGTERM": 130}[end], said
            assert "Traceback" not in said
            new = whole(output) != old
            assert new == (end in (page / "5_media.html").read_text("utf-8"))
            assert new == (moment == "readers see it")
    code, said = toy.pcmd(root, *asked)
    assert code == 0 and "1 sổ đã chạy" not in said, said  # what was finished is kept
    assert whole(output) and [*(output / "sets").iterdir()] == [(output / "published").resolve()]


@pytest.mark.slow
def test_run_after_ctrl_c_takes_up_what_was_finished(own: Path):
    root, output = own.parent, own
    asked, store = ("run", "--unit", "231", "--output", str(output)), output / "store" / "pages"
    before = {*store.iterdir()}
    moment = "three results are stored"
    code, said = toy.pcmd(root, *asked, program=("-c", ENDED, moment, "SIGINT"))
    assert code == 130 and "chạy lại cùng lệnh" in said, said
    finished = {*store.iterdir()} - before
    assert 3 <= len(finished) < 8  # of seven notebooks and the pages of the whole set
    code, said = toy.pcmd(root, *asked)
    assert code == 0, said
    [(executed, reused)] = re.findall(r"(\d+) sổ đã chạy, (\d+) dùng lại", said)
    assert int(executed) + int(reused) == 14
    assert 7 - len(finished) <= int(executed) <= 8 - len(finished)


@pytest.mark.slow
def test_run_on_a_full_disk_says_so_and_keeps_the_old_set(one: Path, tmp_path: Path):
    import resource

    output = toy.copied(one, tmp_path / "out")
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))}
    code, said = toy.pcmd(one.parent, "run", "--unit", "231", "--output", str(output), **full)
    assert code == 1 and "chỗ trống" in said and "Traceback" not in said
    assert whole(output) == whole(one)


@pytest.mark.slow
def test_run_without_write_permission_says_so_and_keeps_the_old_set(root: Path, one: Path):
    output = toy.copied(one, one.with_name("closed"))
    for folder in (
        output,
        *(path for path in output.rglob("*") if path.is_dir() and not path.is_symlink()),
    ):
        folder.chmod(0o555)
    # An administrator, too: without the right to pass over permissions (PR_CAPBSET_DROP,
    # CAP_DAC_OVERRIDE).
    given = {"preexec_fn": lambda: ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)}
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output), **given)
    assert code == 1 and "quyền truy cập" in said and "Traceback" not in said
    assert whole(output) == whole(one)


# ---- other ways to run ---------------------------------------------------------------------------


def test_summary_lines_count_cases_as_the_pages_do(plan: Plan, shipped: Intake, tmp_path: Path):
    """An incomplete total shows its known part; counts appear only while a verdict is open."""
    findings = found(plan, shipped.cells)
    cases = (findings.unit_code == "25") & (findings.objective == "enforcement")
    findings["verdict"] = findings.verdict.mask(cases, "undetermined")
    request = Request(
        plan.name, plan, paths.returns_folder(plan.name), paths.OutputFolders(tmp_path)
    )
    told = summary_lines(Outcome(shipped, findings), request)
    assert "■ 6. Phát hiện và xử lý vi phạm: Chưa đủ số liệu: ít nhất 50/51." in told
