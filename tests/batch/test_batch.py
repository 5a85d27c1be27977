"""Runs from the command line: what is published, and when; what a rerun does; what a run that dies
leaves behind.
"""

import ctypes
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import openpyxl
import pytest
import toy
from filelock import FileLock

from pcmd_eval.batch import evaluate
from pcmd_eval.batch import result_store as store
from pcmd_eval.batch.progress import causes, tell
from pcmd_eval.batch.run_request import Outcome, Request
from pcmd_eval.evaluation.findings import evaluate as found
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

OBJECTIVES = [f"{number}_{slug}" for number, slug in enumerate(toy.SLUGS, 1)]
KINDS = ("ipynb", "html")
LATER = ("audit.xlsx", "check.html", "reminders.csv")  # written beside the notebooks
ONE = "districts/230-doan-hung"
NOTICE = f"{ONE}/thong-bao-884-230-doan-hung.docx"


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
def test_the_set_and_its_record_are_laid_out_as_agreed_and_say_nothing_of_the_returns(
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
    places |= {
        f"{d}/{'cong-van' if '240' in d else 'thong-bao'}-884-{Path(d).name}.docx"
        for d in districts
    }
    places.add("province/bao-cao-884-25-phu-tho.docx")
    places |= {"index.html", "method.html", "findings.csv", "findings.xlsx", "indicators.csv"}
    places |= {"changes.csv", "datapackage.json"}
    assert toy.files(shipped_run / "published").keys() == places and whole(shipped_run)
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
def test_no_page_runs_or_fetches_anything_and_every_link_leads_to_a_file(shipped_run: Path):
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
def test_what_people_write_makes_their_document_anew_and_nothing_else(own: Path):
    """Promise 8."""
    root, output = own.parent, own
    before = toy.files(output / "published")
    words = root / "data" / "narrative" / "phu_tho_2017" / "230.md"
    words.parent.mkdir(exist_ok=True)
    heading = next(
        line
        for line in (paths.NARRATIVE / "mau.md").read_text("utf-8").splitlines()
        if line[:2] == "# "
    )
    words.write_text(f"{heading}\n\nĐịa bàn miền núi, đi lại khó khăn.\n", encoding="utf-8")
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 0 and "0 sổ đã chạy, 7 dùng lại; 1 báo cáo Word mới" in said, said
    after = toy.files(output / "published")
    assert {place for place in after if after[place] != before[place]} == {NOTICE}


@pytest.mark.parametrize("by_link", [True, False])
def test_a_set_is_shown_at_once_and_what_a_swap_left_is_ended(tmp_path: Path, by_link: bool):
    """By a link, and where links need rights by two renames: between these, the next run puts the
    old set back.
    """
    shown, sets = tmp_path / "published", store.sets(tmp_path / "published")
    for name in ("first", "second"):
        (sets / name).mkdir(parents=True)
        (sets / name / "run.json").write_text(name)
        store.swap(sets / name, shown, by_link)
        assert (shown / "run.json").read_text() == name
    if not by_link:
        (sets / "previous").mkdir(exist_ok=True)
        shown.rename(
            sets / "previous" if not any((sets / "previous").iterdir()) else sets / "other"
        )
        store.settle(shown)
        assert (shown / "run.json").read_text() == "second"


@pytest.mark.parametrize("tenth", range(10))
def test_a_result_that_was_cut_short_or_damaged_is_none(tmp_path: Path, tenth: int):
    """Also where a document lies inside, itself an archive: its end would pass for the end of all."""
    files = {
        "a/review.docx": (paths.TEMPLATES / "review.docx").read_bytes(),
        "a/review.remarks": b"[]" * 10_000,
    }
    store.keep(tmp_path, "key", files)
    assert store.kept(tmp_path, "key") == files
    held, whole = tmp_path / "key", (tmp_path / "key").read_bytes()
    at = len(whole) * tenth // 10
    for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
        held.write_bytes(damaged)
        assert store.kept(tmp_path, "key") is None


# ---- a part of the set ---------------------------------------------------------------------------


def test_one_unit_in_a_fresh_folder_is_made_with_its_page_and_document(one: Path):
    held = {f"{ONE}/{name}.{kind}" for name in (*OBJECTIVES, "district_review") for kind in KINDS}
    assert {place for place in toy.files(one / "published") if "/" in place} == held | {NOTICE}
    status = {(job["unit"], job["status"]) for job in record(one)["jobs"]}
    assert len(status) == 14 and ("230", "done") in status and ("25", "missing") in status
    index = (one / "published" / "index.html").read_text(encoding="utf-8")
    assert "Tân Sơn" in index and "districts/240-tan-son/" not in index


def test_a_rerun_executes_nothing(root: Path, one: Path):
    output = toy.copied(one, one.with_name("rerun"))
    code, said = toy.pcmd(root, "run", "--unit", "Đoan Hùng", "--output", str(output))
    assert code == 0 and "dùng lại 7 sổ" in said and len(said.splitlines()) == 5
    assert all(job["reused"] for job in record(output)["jobs"] if job["unit"] == "230")
    assert toy.files(output / "published") == toy.files(one / "published")


def test_run_names_the_returns_that_came_since_the_published_set(own: Path):
    root, output = own.parent, own
    late = paths.returns_folder("phu_tho_2017") / "237-lam-thao.xlsx"
    (toy.sent(root) / late.name).write_bytes(late.read_bytes())
    command = ("run", "--unit", "230", "--output", str(output))
    code, said = toy.pcmd(root, *command)
    [line] = [line for line in said.splitlines() if "gửi sau khi có bộ đang công bố" in line]
    assert code == 0 and line.partition(". ")[0].endswith(": Huyện Lâm Thao")
    assert "gửi sau khi" not in toy.pcmd(root, *command)[1]
    (output / "internal" / "run.json").unlink()
    (toy.sent(root) / late.name).unlink()
    assert "Không còn bản ghi của bộ đang công bố" in toy.pcmd(root, *command)[1]
    assert not (output / "internal" / "told").exists()


RESTS_ON = (
    "one/published/index.html",
    "one/published/more.html",
    "one/store/set/*",
    "notebooks/5_media.ipynb",
    "data/narrative/phu_tho_2017/230.md",
    "data/site.yaml",
    "data/plans/phu_tho_2017.yaml",
    "data/returns/phu_tho_2017/231-ha-hoa.xlsx",
)
AGAIN = """
import sys
from pathlib import Path
from pcmd_eval.util import paths
from pcmd_eval.batch import publication as edition
from pcmd_eval.batch import evaluate
from pcmd_eval.batch.run_request import Outcome, Request
from pcmd_eval.plan.plan import load_plan
name = "phu_tho_2017"

def unchanged(unit="230"):
    returns, places = paths.returns_folder(name), paths.OutputFolders(paths.ROOT / "one")
    request = Request(name, load_plan(name), returns, places, (unit,))
    made = evaluate.evaluated(request.plan, returns, places)
    key = edition.key_of(request, made.given, made.intake.fingerprints)
    return edition.again(request, key, "", Outcome(made.intake, made.findings)) is not None

assert unchanged() and not unchanged("231")
for pattern in sys.argv[1:]:
    found = [*paths.ROOT.glob(pattern)]
    file = found[0] if found else paths.ROOT / pattern
    before = file.read_bytes() if found else None
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((before or b"") + b"\\n")
    print(pattern * unchanged(), end="")
    file.unlink() if before is None else file.write_bytes(before)
    assert unchanged(), pattern
"""


def test_nothing_that_a_set_rests_on_changes_unseen(root: Path, tmp_path: Path):
    """A rerun that makes nothing does so by hashes: of all that was given, and of what is shown."""
    copy = toy.copied(root, tmp_path / "root")
    code, said = toy.pcmd(copy, "run", "--unit", "230", "--output", str(copy / "one"))
    assert code == 0 and "Không có gì thay đổi" in said, said
    env = {**os.environ, "PCMD_ROOT": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, *RESTS_ON], env=env, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode()


def test_what_somebody_did_to_a_published_set_is_put_right(root: Path, one: Path):
    output = toy.copied(one, one.with_name("touched"))
    page = output / "published" / ONE / "5_media.html"
    page.write_bytes(page.read_bytes().replace(b"a", b"b", 1))
    (output / "published" / "more.html").write_text("x")
    for name in ("findings.csv", LATER[0]):
        (output / "internal" / name).unlink()
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 0 and "0 sổ" not in said and "dùng lại 7 sổ" in said, said
    assert toy.files(output / "published") == toy.files(one / "published") and whole(output)
    for name in ("findings.csv", *LATER):
        kept = (output / "internal" / name).read_bytes()
        assert kept == (one / "internal" / name).read_bytes()


@pytest.mark.slow
def test_units_of_the_set_are_never_lost(own: Path):
    """Their results are taken from the store; where they are of no use any more, the run says what
    to run.
    """
    root, output = own.parent, own
    code, said = toy.pcmd(root, "run", "--unit", "231", "--output", str(output))
    assert code == 0, said
    assert {job["unit"] for job in record(output)["jobs"] if job["status"] == "done"} == {
        "230",
        "231",
    }
    assert "7 sổ đã chạy, 7 dùng lại" in said
    page = (output / "published" / ONE / "1_communication.html").read_text(encoding="utf-8")
    assert 'href="../../districts/231-ha-hoa/1_communication.html"' in page
    assert "<!--menu-->" not in page and "232-thanh-ba" not in page
    changed = toy.notebook("show('thêm')", slugs=("media",))
    nbformat.write(changed, str(root / "notebooks" / "5_media.ipynb"))
    before = whole(output)
    code, said = toy.pcmd(root, "run", "--unit", "231", "--output", str(output))
    assert code == 3 and "huyện Đoan Hùng" in said and "--unit 230 --unit 231" in said
    assert whole(output) == before
    less = toy.copied(output, root / "less")
    (less / "published" / "run.json").write_text('{"run_id": "x"')  # so that nobody knows its units
    code, said = toy.pcmd(root, "run", "--unit", "231", "--output", str(less))
    assert code == 3 and "huyện Đoan Hùng" in said and "Traceback" not in said
    code, said = toy.pcmd(root, "run", "--unit", "231", "--partial", "--output", str(less))
    assert code == 0, said
    assert {job["unit"] for job in record(less)["jobs"] if job["status"] == "done"} == {"231"}
    code, said = toy.pcmd(root, "run", "--unit", "230", "--unit", "231", "--output", str(output))
    assert code == 0 and "2 sổ đã chạy, 12 dùng lại" in said


# ---- nothing is published ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_broken_template_stops_before_anything_runs(own: Path):
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
def test_a_notebook_that_fails_is_named_and_the_old_set_stays(own: Path):
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
def test_what_was_changed_during_a_run_is_not_published(own: Path):
    """A notebook that is edited while it runs: run.json would name another than was executed."""
    root, output = own.parent, own
    before, file = whole(output), root / "notebooks" / "5_media.ipynb"
    edits = f"from pathlib import Path\nn = Path({str(file)!r}).open('a').write(' ')"
    nbformat.write(toy.notebook(edits, slugs=("media",)), str(file))
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 1 and "bị sửa trong khi chạy" in said and whole(output) == before, said


def test_one_cause_is_told_once():
    failed = {f"a/{number}": "x" for number in range(5)} | {"b": "y", "c": "y"}
    assert causes(failed) == ["a/0, a/1, a/2 và 2 nơi khác: x", "b và c: y"]


@pytest.mark.slow
def test_stopping_faults_keep_the_set_back_unless_their_number_is_named(own: Path):
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


def test_who_dies_leaves_no_old_workbook_beside_new_findings(
    plan: Plan, root: Path, one: Path, tmp_path: Path
):
    """What belongs to the findings of before goes first; what belongs to the new ones comes last."""
    places = paths.OutputFolders(toy.copied(one, tmp_path / "out"))
    returns = toy.copied(toy.sent(root), tmp_path / "returns")
    (returns / "230-doan-hung.xlsx").unlink()
    old, later = (places.internal / "findings.csv").read_bytes(), {*LATER}
    assert later <= {path.name for path in places.internal.iterdir()}
    assert [*(places.internal / "feedback").glob("*.xlsx")]
    evaluate.evaluated(plan, returns, places)  # and it dies before the rest
    assert (places.internal / "findings.csv").read_bytes() != old
    assert not later & {path.name for path in places.internal.iterdir()}
    assert not [*(places.internal / "feedback").glob("*.xlsx")]


def test_a_second_run_is_kept_out(root: Path, one: Path, tmp_path: Path):
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

there = {
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
def test_a_run_that_is_killed_leaves_the_old_set_or_the_new_one(own: Path):
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
def test_a_full_disk_is_named_and_the_old_set_stays(one: Path, tmp_path: Path):
    import resource

    output = toy.copied(one, tmp_path / "out")
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))}
    code, said = toy.pcmd(one.parent, "run", "--unit", "231", "--output", str(output), **full)
    assert code == 1 and "chỗ trống" in said and "Traceback" not in said
    assert whole(output) == whole(one)


def test_a_folder_that_cannot_be_written_is_named_and_the_old_set_stays(root: Path, one: Path):
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


@pytest.mark.slow
def test_the_exact_edition_stays_inside_and_is_marked(own: Path):
    root, output = own.parent, own
    before = toy.files(output / "published")
    code, said = toy.pcmd(root, "run", "--internal", "--unit", "230", "--output", str(output))
    assert code == 0 and "NỘI BỘ: chỉ báo cáo Word để ký được gửi cấp trên." in said
    folders = [f"công khai: {output}/published.", f"số liệu đầy đủ: {output}/internal/edition."]
    assert all(folder in said for folder in folders)
    place = output / "internal" / "edition" / ONE / "1_communication.html"
    page, public = place.read_text(encoding="utf-8"), before[f"{ONE}/{place.name}"].decode()
    assert "LƯU HÀNH NỘI BỘ" in page and "LƯU HÀNH NỘI BỘ" not in public
    [cells] = re.findall(r'href="([^"]*audit[^"]*)"', page)
    assert Path(os.path.normpath(place.parent / cells)) == output / "internal" / "audit.xlsx"
    assert (output / "internal" / "audit.xlsx").is_file() and "audit.xlsx" not in public
    alone = str(root / "alone")
    said = toy.pcmd(root, "run", "--internal", "--unit", "230", "--output", alone)[1]
    assert "để ký, số liệu đầy đủ: " in said and "công khai: " not in said, "none is there"
    assert toy.files(output / "published") == before


@pytest.mark.slow
def test_another_year_beside_it_changes_nothing(own: Path):
    """Not even one whose file is half written: the set is right, nothing is made again, and it is
    not named.
    """
    root, output = own.parent, own
    toy.another_year_beside(root)
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(output))
    assert code == 0 and "Không có gì thay đổi" in said
    assert not re.search(
        "phu_tho_201[89]|_v2|thua_thien", (output / "published" / "run.json").read_text()
    )


def test_the_terminal_counts_cases_as_the_pages_do(plan: Plan, shipped: Intake, tmp_path: Path):
    """Of a total that is not complete what is known of it, too; counts only while a verdict is
    open.
    """
    findings = found(plan, shipped.cells)
    cases = (findings.unit_code == "25") & (findings.objective == "enforcement")
    findings["verdict"] = findings.verdict.mask(cases, "undetermined")
    request = Request(
        plan.name, plan, paths.returns_folder(plan.name), paths.OutputFolders(tmp_path)
    )
    told = tell(Outcome(shipped, findings), request)
    assert "■ 6. Phát hiện và xử lý vi phạm: Chưa đủ số liệu: ít nhất 50/51." in told
