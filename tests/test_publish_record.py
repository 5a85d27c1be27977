"""When a set is published, in which order, and what is written down of a run, with results that are ready."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from small_root import FAILS_FOR_230, GOOD, NOTEBOOK, notebook, write_notebooks
from small_work import Bench, Ready, bench, evaluated, fault

from pcmd_eval.batch import ledger, publish
from pcmd_eval.batch.jobs import jobs_of
from pcmd_eval.batch.sets import file_hash, swap

__all__ = ["bench"]  # the fixture
FAILED = "districts/230-doan-hung/district_review"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"


def read(path: Path) -> dict[str, Any]:
    """A record."""
    return json.loads(path.read_bytes())


def names(folder: Path) -> set[str]:
    """The names of everything in a folder."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def fail(bench: Bench, left: bytes = b"half") -> None:
    """From now on the review of Đoan Hùng fails, and is no longer the one that succeeded before."""
    write_notebooks(bench.folder / "notebooks", district_review=FAILS_FOR_230)
    bench.ready = Ready(**{FAILED: ("ô 5 “1 / 0”", left)})


# ---- whether it is published -----------------------------------------------------------------------------------------


def test_a_set_that_is_complete_is_published(bench: Bench):
    outcome = bench.run()
    assert outcome.published and outcome.folder == bench.output.published
    assert bench.output.published.readlink().name == outcome.run_id
    assert read(bench.output.record)["published"] is True


def test_a_set_in_which_something_is_missing_is_published_as_a_part_alone(bench: Bench):
    fail(bench)
    whole = bench.run()
    assert not whole.published and whole.folder == bench.output.sets / whole.run_id
    assert not bench.output.published.exists() and read(bench.output.record)["published"] is False
    assert (whole.folder / f"{FAILED}.failed.ipynb").read_bytes() == b"half"  # to look into
    part = bench.run(partial=True)
    assert part.published and not list(bench.output.published.rglob("*.failed.ipynb"))


def test_a_set_without_any_notebook_is_not_published_even_as_a_part(bench: Bench):
    """One notebook is enough."""
    jobs = [job.place for job in jobs_of(bench.project)]
    bench.ready = Ready(**dict.fromkeys(jobs, ("", b"")))
    assert not bench.run(partial=True).published
    bench.ready = Ready(**dict.fromkeys(jobs[1:], ("", b"")))
    assert bench.run(partial=True).published


def test_stopping_faults_keep_a_set_back_unless_just_their_number_is_named(bench: Bench):
    """Two in the returns and one in people's words are three; what is to be confirmed stops nothing."""
    bench.evaluation = evaluated(bench.project, fault(), fault(), fault("confirm"))
    bench.contradictions = [fault()]
    for despite in (None, 0, 2, 4):
        assert not bench.run(despite=despite).published
    outcome = bench.run(despite=3)
    assert outcome.published and read(bench.output.published / "run.json")["faults"] == 3


def test_a_number_that_was_named_for_faults_keeps_no_set_without_them_back(bench: Bench):
    assert bench.run(despite=3).published


def test_faults_do_not_keep_notebooks_from_the_department(bench: Bench):
    bench.evaluation = evaluated(bench.project, fault())
    assert bench.run(audience="internal").published
    fail(bench)
    assert not bench.run(audience="internal").published  # but what is not complete is not


def test_a_set_that_tells_about_few_is_not_published_whatever_is_asked(bench: Bench):
    bench.leaks = ["tells about few"]
    outcome = bench.run(partial=True, despite=0)
    assert not outcome.published and not bench.output.published.exists()
    assert "run.json" not in names(outcome.folder) and not bench.asked("swap")


# ---- in which order --------------------------------------------------------------------------------------------------


def test_tables_are_kept_and_changes_told_before_readers_see_the_set(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    at_the_turn: list[tuple[Any, ...]] = []

    def turn(output: Any, run_id: str) -> str:
        done = [call[0] for call in bench.calls[-2:]]
        at_the_turn.append((done, read(bench.output.record)["published"], names(output.sets / run_id) >= {"run.json"}))
        before = {path: path.stat().st_mtime_ns for path in (output.sets / run_id).rglob("*")}
        previous = swap(output, run_id)
        assert before == {path: path.stat().st_mtime_ns for path in (output.sets / run_id).rglob("*")}
        return previous

    monkeypatch.setattr(publish, "swap", turn)
    outcome = bench.run()
    assert at_the_turn == [(["keep_tables", "write_changes"], True, True)]
    staging = bench.output.sets / outcome.run_id
    assert bench.asked("keep_tables") == [(bench.output, outcome.run_id)]
    evidence = bench.evaluation.intake.evidence
    assert bench.asked("write_changes") == [(bench.output, staging, evidence, bench.project)]


def test_tables_and_changes_are_those_of_sets_that_readers_see(bench: Bench):
    outcome = bench.run(audience="internal")
    assert outcome.published and outcome.folder == bench.output.internal / "notebooks"
    assert not bench.asked("keep_tables") and not bench.asked("write_changes") and len(bench.asked("swap")) == 1
    assert not bench.output.published.exists() and not bench.output.record.exists()
    assert read(bench.output.internal / "run-internal.json")["published"] is True
    bench.leaks = ["tells about few"]
    bench.run()
    assert not bench.asked("keep_tables") and not bench.asked("write_changes") and not bench.asked("swap")


@pytest.mark.parametrize("what", ["keep_tables", "write_changes", "swap"])
def test_where_the_turn_fails_the_record_says_that_nothing_was_published(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
):
    first = bench.run()

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, what, refuse)
    with pytest.raises(OSError, match="No space left"):
        bench.run()
    assert bench.output.published.readlink().name == first.run_id
    record = read(bench.output.record)
    assert record["published"] is False and record["run_id"] != first.run_id
    assert record["plan"] == "884/KH-UBND" and len(record["outputs"]) == 15 and "returns" in record


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_of_sets_ledgers_and_tables_those_of_the_new_and_of_the_one_before_are_kept(bench: Bench):
    output, runs = bench.output, bench.output.internal / "runs"
    (output.sets / "dead").mkdir(parents=True)
    for name in ("dead", "older"):
        (runs / name).mkdir(parents=True)
    output.ledger.mkdir()
    (output.ledger / "dead.jsonl").write_bytes(b"")
    one, two, three = (bench.run().run_id for _ in range(3))
    assert one not in names(output.sets) and names(runs) == set()
    for run_id in (two, three):
        (runs / run_id).mkdir()
    four = bench.run().run_id
    assert names(output.sets) == {three, four}
    assert names(output.ledger) == {f"{three}.jsonl", f"{four}.jsonl"}
    assert names(runs) == {three}  # nothing was kept of the new one, as what keeps tables is stood in for


def test_a_failed_run_takes_the_place_of_the_failed_one_before_and_leaves_finished_ones(bench: Bench):
    one, two = bench.run().run_id, bench.run().run_id
    runs = bench.output.internal / "runs"
    for run_id in (one, two, "dead"):
        (runs / run_id).mkdir(parents=True)
    fail(bench)
    failed = [bench.run().run_id for _ in range(2)]
    assert names(bench.output.sets) == {one, two, failed[1]}
    assert names(bench.output.ledger) == {f"{run_id}.jsonl" for run_id in (one, two, failed[1])}
    assert names(runs) == {one, two}
    assert bench.output.published.readlink().name == two


def test_two_sets_are_kept_as_well_where_folders_are_renamed(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The published one is then not among the sets."""
    monkeypatch.setattr(publish, "swap", lambda output, run_id: swap(output, run_id, by_renaming=True))
    one = bench.run()
    assert not bench.output.published.is_symlink() and names(bench.output.sets) == set()
    two = bench.run()
    assert names(bench.output.sets) == {one.run_id} and len(two.reused) == 6
    assert read(bench.output.published / "run.json")["run_id"] == two.run_id
    assert names(bench.output.ledger) == {f"{one.run_id}.jsonl", f"{two.run_id}.jsonl"}


def test_runs_for_the_department_forget_no_tables(bench: Bench):
    runs = bench.output.internal / "runs"
    (runs / "of readers").mkdir(parents=True)
    first = bench.run(audience="internal").run_id
    second = bench.run(audience="internal").run_id
    third = bench.run(audience="internal").run_id
    assert names(runs) == {"of readers"} and first not in names(bench.output.internal / "sets")
    assert names(bench.output.internal / "sets") == {second, third}
    assert names(bench.output.internal / "ledger-internal") == {f"{second}.jsonl", f"{third}.jsonl"}


# ---- what is written down --------------------------------------------------------------------------------------------


@pytest.fixture
def known(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench with inputs and versions that are easy to write down."""
    monkeypatch.setattr(ledger, "versions", lambda: {"python": "3.11"})
    monkeypatch.setattr(ledger, "inputs", lambda plan, project: {"pcmd_eval/x.py": "1", "data/plans/tiny.yaml": "2"})
    monkeypatch.setattr(ledger, "documents", lambda project: {"data/review.yaml": "3"})
    bench.evaluation = evaluated(bench.project, illustrative=True)
    return bench


def job(unit: str, name: str, status: str, seconds: float, reused: bool = False) -> dict[str, Any]:
    """A line of a record."""
    return {"unit": unit, "notebook": name, "status": status, "seconds": seconds, "reused": reused}


def test_the_record_of_a_set_says_what_it_is_what_it_is_made_of_and_what_is_in_it(known: Bench):
    outcome = known.run()
    record = read(known.output.published / "run.json")
    expected = ["plan", "run_id", "started", "finished", "illustrative", "jobs"]
    assert list(record) == [*expected, "failed", "faults", "outputs", "inputs", "versions"]
    assert (record["plan"], record["run_id"], record["started"]) == ("884/KH-UBND", outcome.run_id, outcome.started)
    assert re.fullmatch(TIME, record["started"]) and re.fullmatch(TIME, record["finished"])
    assert record["started"] <= record["finished"] and record["illustrative"] is True
    assert (record["failed"], record["faults"], record["versions"]) == (0, 0, {"python": "3.11"})
    units = {"230": "district_review", "240": "district_review", "25": "province_review"}
    assert record["jobs"] == [job(u, name, "done", 0.5) for u, review in units.items() for name in (NOTEBOOK, review)]
    folders = {"230": "districts/230-doan-hung", "240": "districts/240-tan-son", "25": "province"}
    made = {f"{folders[unit]}/{name}" for unit, review in units.items() for name in (NOTEBOOK, review)}
    beside = {"index.html", "indicators.csv", "province/review.docx"}
    assert set(record["outputs"]) == {f"{p}.{kind}" for p in made for kind in ("html", "ipynb")} | beside
    assert {file_hash(known.output.published / place) for place in beside} == {record["outputs"][p] for p in beside}
    names_of_notebooks = sorted((NOTEBOOK, "district_review", "province_review"))
    sources = ["data/plans/tiny.yaml", "data/review.yaml", *(f"notebooks/{n}.ipynb" for n in names_of_notebooks)]
    assert list(record["inputs"]) == [*sources, "pcmd_eval/x.py"]
    assert [record["inputs"][name] for name in (sources[0], sources[1], "pcmd_eval/x.py")] == ["2", "3", "1"]


def test_the_notebooks_of_a_record_are_those_of_the_folder_that_was_named(known: Bench):
    (known.folder / "notebooks" / "province_review.ipynb").write_text(notebook("x = 1"), encoding="utf-8")
    known.run()
    inputs = read(known.output.published / "run.json")["inputs"]
    for name in (NOTEBOOK, "province_review"):
        assert inputs[f"notebooks/{name}.ipynb"] == file_hash(known.folder / "notebooks" / f"{name}.ipynb")
    assert inputs[f"notebooks/{NOTEBOOK}.ipynb"] == inputs["notebooks/district_review.ipynb"]  # the same text
    assert inputs["notebooks/province_review.ipynb"] != inputs[f"notebooks/{NOTEBOOK}.ipynb"]


def test_the_record_tells_what_was_done_used_again_failed_and_is_missing(known: Bench):
    known.run()
    fail(known)
    outcome = known.run(partial=True)
    assert read(known.output.published / "run.json")["jobs"] == [
        job("230", NOTEBOOK, "done", 0.0, reused=True),
        job("230", "district_review", "failed", 0.25),
        job("240", NOTEBOOK, "done", 0.0, reused=True),
        job("240", "district_review", "done", 0.5),
        job("25", NOTEBOOK, "done", 0.0, reused=True),
        job("25", "province_review", "done", 0.0, reused=True),
    ]
    assert read(known.output.published / "run.json")["failed"] == 1 and outcome.published
    write_notebooks(known.folder / "notebooks", district_review=notebook("x = 2"), province_review=GOOD)
    known.ready = Ready()
    known.run(units=("240",), partial=True)
    jobs = read(known.output.published / "run.json")["jobs"]
    assert [line["status"] for line in jobs] == ["done", "missing", "done", "done", "done", "done"]
    assert [line["reused"] for line in jobs] == [True, False, False, False, True, True]


def test_the_record_that_stays_tells_besides_the_kernels_the_failures_and_the_returns(known: Bench):
    fail(known)
    outcome = known.run()
    record = read(known.output.record)
    assert record["published"] is False and record["kernels"] == ["forked"]
    assert record["failures"] == [{"place": FAILED, "cell": "ô 5 “1 / 0”", "cause": "ZeroDivisionError"}]
    assert record["returns"] == {"230-doan-hung.xlsx": "hash of 230"}
    assert (record["run_id"], record["failed"], record["outputs"]) == (outcome.run_id, 1, {})
    assert re.fullmatch(TIME, record["finished"])
    # Of a set that is published it holds what the record of the set says, and is written in the same way.
    known.ready = Ready()
    known.run()
    own, public = read(known.output.record), read(known.output.published / "run.json")
    more = {"published": True, "kernels": ["forked"], "failures": [], "returns": record["returns"]}
    assert own == {**public, **more} and list(own) == [*public, *more]
    assert (known.output.published / "run.json").read_text(encoding="utf-8").startswith('{\n "plan": "884/KH-UBND",')
    assert known.run().published and read(known.output.record)["kernels"] == []  # nothing was executed


def test_the_time_of_the_record_is_that_after_the_last_file(known: Bench, monkeypatch: pytest.MonkeyPatch):
    times = iter(["when it was made", "when all files had their hashes"])
    monkeypatch.setattr(publish, "now", lambda: next(times))
    known.run()
    assert read(known.output.published / "run.json")["finished"] == "when all files had their hashes"
