"""The set that readers see: whole or not at all, complete, and the same for the same input."""

import json
import re
import shutil
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile, is_zipfile

import pytest
from small_root import FAILS_FOR_230, GOOD, NOTEBOOK, OBJECTIVE, READ, WRITE, kernels, notebook, tiny, write_notebooks

from pcmd_eval import paths
from pcmd_eval.batch import execution, publish, workers
from pcmd_eval.batch.evaluation import Outcome, Request
from pcmd_eval.batch.jobs import BrokenTemplate, Result, Task
from pcmd_eval.batch.publish import run
from pcmd_eval.batch.sets import LockHeld, file_hash, locked, swap, tidy
from pcmd_eval.errors import InputRefused
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project

__all__ = ["tiny"]  # the fixture
KEYS = ["plan", "run_id", "started", "finished", "illustrative", "jobs"]
KEYS += ["failed", "faults", "outputs", "inputs", "versions"]


@pytest.fixture
def asked(tiny: Project, tmp_path: Path) -> Callable[..., Request]:
    """A function that makes the request to run the small project."""

    def make(**options: object) -> Request:
        places = {"returns": tmp_path / "returns", "output": OutputFolder(tmp_path / "out"), "with_pdf": False}
        return Request("tiny", tiny, notebooks=tmp_path / "notebooks", **{**places, **options})  # type: ignore[arg-type]

    return make


def made_up(task: Task) -> Result:
    """A result that depends on everything a task holds, without a kernel."""
    if task.template == FAILS_FOR_230 and task.job.unit == "230":
        return Result(task.job, False, 0.1, "ô 5 “1 / 0”", "ZeroDivisionError", b"{}")
    words = f"{task.job} {task.rows} {task.template} {task.files}".encode()
    return Result(task.job, True, 0.1, notebook=words, page=words)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[Request], Outcome]:
    """`run` on threads, with results made up instead of executed: for what does not depend on notebooks."""

    def on_threads(request: Request) -> Outcome:
        with ThreadPoolExecutor(3) as pool:
            return run(request, executor=pool)

    monkeypatch.setattr(execution, "execute", made_up)
    monkeypatch.setattr(workers, "kernel_source", lambda: nullcontext("none"))  # nothing will ask it for a kernel
    return on_threads


def read(path: Path) -> dict:
    return json.loads(path.read_bytes())


def places(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# ---- a good run ------------------------------------------------------------------------------------------------------


def test_a_set_is_complete_says_what_it_is_made_of_and_is_the_same_twice(asked, tmp_path: Path):
    seen: list[tuple[str, int]] = []
    first = run(asked(), lambda result, total: seen.append((result.job.place, total)))
    output = OutputFolder(tmp_path / "out")
    assert first.published and not first.failed and len(seen) == 6 and {total for _, total in seen} == {6}
    record = read(output.published / "run.json")
    assert list(record) == KEYS
    assert (record["plan"], record["run_id"]) == ("884/KH-UBND", first.run_id)
    assert (record["failed"], record["faults"], record["illustrative"]) == (0, 0, False)
    assert [list(job) for job in record["jobs"]] == [["unit", "notebook", "status", "seconds", "reused"]] * 6
    assert all(job["status"] == "done" and job["seconds"] > 0 and not job["reused"] for job in record["jobs"])
    # Every file but the record itself is in it with its hash, and nothing else is there.
    assert set(record["outputs"]) == places(output.published) - {"run.json"}
    assert all(file_hash(output.published / p) == sha for p, sha in record["outputs"].items())
    folders = {"districts/230-doan-hung": "district_review", "districts/240-tan-son": "district_review"}
    folders["province"] = "province_review"
    made = {f"{folder}/{name}" for folder, review in folders.items() for name in (NOTEBOOK, review)}
    pages = {f"{place}.{kind}" for place in made for kind in ("ipynb", "html")}
    site = {"index.html", "returns.html", "method.html", "changes.html", f"objectives/{OBJECTIVE}.html"}
    site |= {f"{folder}/index.html" for folder in folders} | {"findings.csv", "findings.xlsx", "indicators.csv"}
    site |= {f"{folder}/review.docx" for folder in folders}
    assert set(record["outputs"]) == pages | site
    assert {"data/plans/tiny.yaml", "data/units/tiny.csv", "data/forms/return_v1.yaml"} <= set(record["inputs"])
    assert {"pcmd_eval/objectives.py", f"notebooks/{NOTEBOOK}.ipynb", "data/disclosure.yaml"} <= set(record["inputs"])
    assert places(output.internal) >= {
        *("findings.csv", "returns.csv", "observations.csv", "check.csv", "returns.json", "run.json")
    }
    assert (output.internal / "findings.csv").read_bytes() == (output.published / "findings.csv").read_bytes()

    second = run(asked(output=OutputFolder(tmp_path / "again")))
    again = read(tmp_path / "again" / "published" / "run.json")
    assert second.run_id != first.run_id and again["outputs"] == record["outputs"]
    for content in (record, again):
        for job in content["jobs"]:
            del job["seconds"]
        for key in ("run_id", "started", "finished"):
            del content[key]
    assert record == again
    assert not kernels()


def test_nothing_published_names_this_computer_its_folders_or_a_hash_of_a_return(asked, tmp_path: Path):
    run(asked())
    output = OutputFolder(tmp_path / "out")
    hashes = read(output.internal / "returns.json")
    assert len(hashes) == 3
    content = {p: _words(p) for p in output.published.rglob("*") if p.is_file()}
    for forbidden in (str(tmp_path), str(Path.home()), socket.gethostname(), *hashes.values()):
        named = re.compile(rf"(?<!\w){re.escape(forbidden)}(?!\w)")  # a computer's name may be two letters
        assert not [path.name for path, text in content.items() if named.search(text)]


def _words(path: Path) -> str:
    """What a file says, without its pictures; of a Word document or workbook its parts, unpacked."""
    if not is_zipfile(path):
        return re.sub(r"[A-Za-z0-9+/]{200,}", "", path.read_text(encoding="utf-8", errors="replace"))
    with ZipFile(path) as parts:
        return "\n".join(parts.read(name).decode(errors="replace") for name in parts.namelist())


def test_the_record_is_the_last_file_and_the_change_the_last_act(asked, quick, monkeypatch, tmp_path: Path):
    written: list[str] = []

    def write(path: Path, content: bytes) -> None:
        written.append(path.name)
        if "sets" in path.parts:
            assert not (tmp_path / "out" / "published").exists()
        real(path, content)

    real = publish.write_atomic
    monkeypatch.setattr(publish, "write_atomic", write)
    quick(asked())
    assert written[-2:] == ["run.json", "run.json"] and written.count("run.json") == 2  # the second one is internal


def test_two_sets_are_kept_and_what_a_dead_run_left_is_removed(asked, quick, tmp_path: Path):
    output = OutputFolder(tmp_path / "out")
    (output.sets / "dead").mkdir(parents=True)
    runs = [quick(asked()).run_id for _ in range(3)]
    assert {folder.name for folder in output.sets.iterdir()} == set(runs[1:])
    assert output.published.resolve().name == runs[2]


# ---- before a kernel starts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "notebooks", "error"),
    [
        ({"units": ("999",)}, {}, InputRefused),
        ({"units": (230,)}, {}, InputRefused),
        ({"returns": Path("gone")}, {}, InputRefused),
        ({"units": ("230",)}, {}, InputRefused),  # nothing of the others to carry over
        ({}, {"district_review": notebook(tags=())}, BrokenTemplate),
        ({}, {"district_review": notebook(parameters='plan: str = "x"\nunits: str = "230"')}, BrokenTemplate),
    ],
)
def test_a_wrong_request_stops_before_any_kernel(asked, tmp_path, monkeypatch, options, notebooks, error):
    write_notebooks(tmp_path / "notebooks", **notebooks)
    monkeypatch.setattr(workers, "workers", lambda count: pytest.fail("a worker was asked for"))
    with pytest.raises(error):
        run(asked(**options))
    assert not kernels() and not (tmp_path / "out" / "published").exists()


def test_a_second_run_stops_and_names_the_first(asked, quick, tmp_path: Path):
    with locked(OutputFolder(tmp_path / "out")), pytest.raises(LockHeld, match=r"tiến trình số \d+, bắt đầu lúc 20"):
        quick(asked())
    assert not (tmp_path / "out" / "sets").exists()
    assert quick(asked()).published  # the lock is free again


# ---- failures --------------------------------------------------------------------------------------------------------


def failing(run_it: Callable, asked: Callable, tmp_path: Path, **options: object) -> tuple[Outcome, str]:
    """A good run, then one in which a notebook fails for Đoan Hùng; the second outcome and the first run id."""
    first = run_it(asked())
    write_notebooks(tmp_path / "notebooks", district_review=FAILS_FOR_230)
    return run_it(asked(**options)), first.run_id


def test_a_failure_leaves_the_others_and_the_published_set_alone(asked, tmp_path: Path):
    outcome, before = failing(run, asked, tmp_path)
    output = OutputFolder(tmp_path / "out")
    assert not outcome.published and output.published.resolve().name == before
    assert [result.words for result in outcome.failed] == [
        '230 district_review, ô 5 “x = 1 / (unit != "230")”: ZeroDivisionError: division by zero'
    ]
    assert sum(result.done for result in outcome.results) == 1 and len(outcome.reused) == 4
    # What was made stays to look into, without the record that would make it a set.
    assert outcome.folder.parent == output.sets
    left = places(outcome.folder)
    assert "run.json" not in left and "districts/230-doan-hung/district_review.failed.ipynb" in left
    assert "districts/240-tan-son/district_review.html" in left
    record = read(output.internal / "run.json")
    assert record["failed"] == 1 and not record["published"] and record["failures"][0]["cell"].startswith("ô 5")


def test_a_partial_set_marks_what_is_missing(asked, quick, tmp_path: Path):
    outcome, before = failing(quick, asked, tmp_path, partial=True)
    published = OutputFolder(tmp_path / "out").published
    assert outcome.published and published.resolve().name == outcome.run_id != before
    assert "chưa đánh giá: sổ không chạy xong (ô 5)" in (published / "index.html").read_text(encoding="utf-8")
    assert not [p for p in places(published) if "230-doan-hung/district_review" in p or "failed" in p]
    record = read(published / "run.json")
    status = {(job["unit"], job["notebook"]): job["status"] for job in record["jobs"]}
    assert record["failed"] == 1 and status["230", "district_review"] == "failed" and status["230", NOTEBOOK] == "done"


def test_nothing_done_is_not_published_even_as_a_part(asked, tmp_path: Path):
    broken = notebook("1 / 0")
    write_notebooks(tmp_path / "notebooks", district_review=broken, province_review=broken, **{NOTEBOOK: broken})
    outcome = run(asked(partial=True))
    assert len(outcome.failed) == 6 and not outcome.published


def test_stopping_faults_keep_a_set_back_unless_their_number_is_named(asked, quick, tmp_path: Path):
    returns = tmp_path / "returns"
    shutil.copy(returns / "230-doan-hung.xlsx", returns / "again.xlsx")  # two returns sent on the same day
    outcome = quick(asked())
    assert outcome.stopping > 0 and not outcome.failed and not outcome.published
    assert not quick(asked(despite=outcome.stopping + 1)).published
    accepted = quick(asked(despite=outcome.stopping))
    assert accepted.published
    assert read(tmp_path / "out" / "published" / "run.json")["faults"] == outcome.stopping


# ---- some units only -------------------------------------------------------------------------------------------------


def test_other_units_are_carried_over_while_nothing_changed(asked, quick, tmp_path: Path):
    output = OutputFolder(tmp_path / "out")
    quick(asked())
    before = read(output.published / "run.json")["outputs"]
    outcome = quick(asked(units=("230",)))
    record = read(output.published / "run.json")
    assert outcome.published and len(outcome.results) == 2 and len(outcome.reused) == 4
    assert record["outputs"] == before
    assert {job["unit"] for job in record["jobs"] if not job["reused"]} == {"230"}

    # A page that somebody edited is not carried over.
    (output.published / "province" / "province_review.html").write_text("khác", encoding="utf-8")
    with pytest.raises(InputRefused, match="1 sổ của đơn vị khác"):
        quick(asked(units=("230",)))
    assert len(quick(asked()).results) == 1

    # Nor is anything when the notebook, or the returns, changed.
    write_notebooks(tmp_path / "notebooks", district_review=notebook(READ, "x = 1 + 1", WRITE))
    with pytest.raises(InputRefused, match="1 sổ của đơn vị khác"):
        quick(asked(units=("230",)))
    write_notebooks(tmp_path / "notebooks", district_review=GOOD)
    (tmp_path / "returns" / "240-tan-son.xlsx").unlink()
    with pytest.raises(InputRefused, match="4 sổ của đơn vị khác"):
        quick(asked(units=("230",)))
    outcome = quick(asked(units=("230",), partial=True))
    assert outcome.published and set(outcome.missing.values()) == {"không chạy trong lần này"}
    status = [job["status"] for job in read(output.published / "run.json")["jobs"]]
    assert status == ["done"] * 2 + ["missing"] * 4


# ---- the step that readers see ---------------------------------------------------------------------------------------


def some_set(output: OutputFolder, name: str) -> None:
    folder = output.sets / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"run_id": name, "padding": name * 5000}), encoding="utf-8")


def test_a_reader_sees_the_old_set_or_the_new_one(tmp_path: Path):
    output = OutputFolder(tmp_path)
    for name in ("old", "new"):
        some_set(output, name)
    swap(output, "old")
    stop, seen, torn = threading.Event(), set(), []

    def reader() -> None:
        while not stop.is_set():
            try:
                content = read(output.published / "run.json")
                assert content["padding"] == content["run_id"] * 5000
                seen.add(content["run_id"])
            except (OSError, ValueError, AssertionError) as error:
                torn.append(error)

    thread = threading.Thread(target=reader)
    thread.start()
    try:
        for turn in range(20_000):
            assert swap(output, ("new", "old")[turn % 2]) == ("old", "new")[turn % 2]
            if turn > 300 and (len(seen) == 2 or torn):  # on a busy machine the reader is slow to begin
                break
    finally:
        stop.set()
        thread.join()
    assert not torn and seen == {"old", "new"}


def test_where_links_need_rights_the_folders_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    output = OutputFolder(tmp_path)
    for name in ("a", "b", "c"):
        some_set(output, name)
    assert swap(output, "a", by_renaming=True) == "" and not output.published.is_symlink()
    assert swap(output, "b", by_renaming=True) == "a" and read(output.published / "run.json")["run_id"] == "b"
    assert {folder.name for folder in output.sets.iterdir()} == {"a", "c"}
    assert swap(output, "c") == "b"  # a folder that is no link is never replaced by one

    # When the new folder cannot be moved, the old one comes back.
    real = Path.rename
    monkeypatch.setattr(Path, "rename", lambda self, to: _refuse() if self.name == "a" else real(self, to))
    with pytest.raises(OSError, match="no"):
        swap(output, "a", by_renaming=True)
    assert read(output.published / "run.json")["run_id"] == "c"


def test_a_copy_of_an_output_folder_in_which_links_became_folders_can_be_published_to(asked, quick, tmp_path: Path):
    quick(asked())
    shutil.copytree(tmp_path / "out", tmp_path / "copy")  # follows links: the published set is there twice
    write_notebooks(tmp_path / "notebooks", district_review=notebook(READ, "x = 1", WRITE))
    outcome = quick(asked(output=OutputFolder(tmp_path / "copy")))
    assert outcome.published and read(tmp_path / "copy" / "published" / "run.json")["run_id"] == outcome.run_id


def test_a_run_that_died_between_two_renames_is_brought_to_its_end(tmp_path: Path):
    output = OutputFolder(tmp_path)
    for name in ("old", "new"):
        some_set(output, name)
    output.internal.mkdir()
    for published, seen in ((False, False), (True, True)):
        output.record.write_text(json.dumps({"run_id": "new", "published": published}))
        tidy(output)
        assert output.published.exists() is seen
    assert read(output.published / "run.json")["run_id"] == "new"


def _refuse() -> None:
    raise OSError("no")


def test_a_set_is_looked_at_alone_and_beside_each_edition_that_was_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every folder of data/released/<plan> is an earlier edition; what two of them tell alike is said once."""
    seen: list[bytes | None] = []

    def look(content: bytes, own: object, earlier: bytes | None = None) -> list[str]:
        seen.append(earlier)
        return ["x"] if earlier else []

    monkeypatch.setattr("pcmd_eval.audit.audit", look)
    monkeypatch.setattr(paths, "DATA", tmp_path)
    for day in ("2018-02-01", "2018-01-05"):
        edition = paths.released_folder("tiny") / day
        edition.mkdir(parents=True)
        (edition / "indicators.csv").write_text(day, encoding="utf-8")
    (tmp_path / "indicators.csv").write_bytes(b"new")
    plan = SimpleNamespace(plan=SimpleNamespace(name="tiny"))
    work = SimpleNamespace(staging=tmp_path, own_figures=dict, request=SimpleNamespace(project=plan))
    assert publish._leaks(work) == ["x"]  # type: ignore[arg-type]
    assert seen == [None, b"2018-01-05", b"2018-02-01"]
