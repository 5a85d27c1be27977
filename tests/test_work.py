"""What a run begins with, the keys of its results, and what it tells, without executing anything."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_root import NOTEBOOK, OBJECTIVE
from small_work import Bench, bench, evaluated

from pcmd_eval.batch import ledger
from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.batch.work import Work, begin, known_as
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.findings import COLUMNS
from pcmd_eval.plan import plan_file

__all__ = ["bench"]  # the fixture
DOAN_HUNG = "districts/230-doan-hung"
TEMPLATES = {NOTEBOOK: "template of the objective", "district_review": "of districts", "province_review": "of all"}
TABLES = {"observations.csv", "returns.csv", "findings.csv"}


def begun(bench: Bench, **options: Any) -> Work:
    """A run of the small project that has begun."""
    return begin(bench.request(**options), jobs_of(bench.project), dict(TEMPLATES))


def first(jobs: list[Job]) -> Job:
    """The notebook of the objective for Đoan Hùng."""
    return next(job for job in jobs if job.place == f"{DOAN_HUNG}/{NOTEBOOK}")


def noted(made: Work) -> list[dict[str, Any]]:
    """What the ledger of this run says."""
    return [json.loads(line) for line in (made.output.ledger / f"{made.run_id}.jsonl").read_bytes().splitlines()]


# ---- how a run begins ------------------------------------------------------------------------------------------------


def test_a_run_is_named_after_its_second_and_something_nobody_can_guess(bench: Bench):
    before = datetime.now().replace(microsecond=0)
    one, other = begun(bench), begun(bench)
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{6}", one.run_id) and one.run_id != other.run_id
    assert before <= datetime.strptime(one.run_id[:15], "%Y%m%dT%H%M%S") <= datetime.now()
    assert before <= datetime.fromisoformat(one.started).replace(tzinfo=None) <= datetime.now()
    assert one.staging == bench.output.sets / one.run_id and one.output == bench.output


def test_a_run_holds_what_it_was_asked_and_evaluates_the_returns_into_its_folder(bench: Bench):
    made = begun(bench)
    assert bench.calls == [("evaluate", bench.project, bench.folder / "returns", bench.output)]
    assert made.request == bench.request() and made.jobs == jobs_of(bench.project) and made.templates == TEMPLATES
    assert made.evaluation is bench.evaluation and made.rules == load_disclosure()
    assert made.slices.evidence is bench.evaluation.intake.evidence
    assert made.slices.findings is bench.evaluation.findings
    assert made.inputs == ledger.inputs("tiny", bench.project) and "data/plans/tiny.yaml" in made.inputs


def test_each_job_has_a_key_of_its_own_that_is_the_same_in_the_next_run(bench: Bench):
    one, other = begun(bench), begun(bench)
    assert list(one.keys) == one.jobs and len(set(one.keys.values())) == 6
    assert one.keys == other.keys


@pytest.mark.parametrize("part", ["plan", "audience", "illustrative", "inputs", "versions", "template", "table"])
def test_a_key_changes_with_whatever_the_result_can_depend_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str
):
    before, options, templates = begun(bench).keys, {}, dict(TEMPLATES)
    copy = tmp_path / "other.yaml"
    copy.write_bytes(plan_file("tiny").read_bytes())
    inputs = ledger.inputs("tiny", bench.project)
    monkeypatch.setattr(ledger, "inputs", lambda plan, project: inputs)
    if part == "plan":
        options["plan"] = str(copy)
    elif part == "audience":
        options["audience"] = "internal"
    elif part == "illustrative":
        real = bench.evaluation.intake.evidence
        told = SimpleNamespace(evidence=SimpleNamespace(illustrative=True, **vars(real)))
        bench.evaluation = SimpleNamespace(intake=told, findings=bench.evaluation.findings)  # type: ignore[assignment]
    elif part == "inputs":
        monkeypatch.setattr(ledger, "inputs", lambda plan, project: {**inputs, "data/units/more.csv": "hash"})
    elif part == "versions":
        monkeypatch.setattr(ledger, "versions", lambda: {"python": "9.9"})
    elif part == "template":
        templates = {name: f"{text}, changed" for name, text in templates.items()}
    else:
        bench.evaluation = evaluated(bench.project, consultations="6")
    after = begin(bench.request(**options), jobs_of(bench.project), templates).keys
    assert before.keys() == after.keys() and not set(before.values()) & set(after.values())


def test_a_key_is_that_of_unit_notebook_folder_template_tables_and_what_all_share(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger, "key_of", lambda *parts: parts)
    monkeypatch.setattr(ledger, "versions", lambda: {"python": "3"})
    made = begun(bench, audience="internal")
    job = first(made.jobs)
    common = ["tiny", "internal", False, made.inputs, {"python": "3"}]
    parts = ("230", NOTEBOOK, DOAN_HUNG, "template of the objective", made.slices.hashes(job), common)
    assert made.keys[job] == parts
    assert set(made.slices.hashes(job)) == TABLES


@pytest.mark.parametrize(
    ("plan", "name"),
    [("tiny", "tiny"), ("/a/b/tiny.yaml", "tiny.yaml"), ("tiny.yaml", "tiny.yaml"), ("a.yml", "a.yml")],
)
def test_notebooks_know_a_plan_of_a_file_by_its_name_alone(plan: str, name: str):
    assert known_as(plan) == name


# ---- what readers may know -------------------------------------------------------------------------------------------


def test_what_is_told_is_the_findings_and_the_indicators_as_files(bench: Bench):
    """Đoan Hùng carried out an activity: met; Tân Sơn none: not met. 1 of 2 districts is 50%, 20% were wanted: met."""
    told = begun(bench).told
    assert set(told) == {"findings.csv", "indicators.csv"}
    head, *rows = told["findings.csv"].splitlines()
    assert head == ",".join(COLUMNS)
    start = "884/KH-UBND,2017,"
    assert [row.removeprefix(start).partition(",0.")[0].partition(",1.")[0] for row in rows] == [
        "230,Huyện Đoan Hùng,harm_reduction,met,1,1,1,1",
        "240,Huyện Tân Sơn,harm_reduction,not_met,0,0,1,1",
        "25,Tỉnh Phú Thọ,harm_reduction,met,1,1,1,2",
    ]
    found = begun(bench).published.indicator("230", OBJECTIVE, "3.1.1")
    assert found and (found.value, found.status) == ("16", "shown")
    assert begun(bench).published.indicator("230", OBJECTIVE, "3.1.2") is None  # tells about persons


def test_what_is_published_is_read_back_from_what_is_told(bench: Bench):
    made = begun(bench)
    assert [finding.texts() for finding in made.published.findings] == [f.texts() for f in bench.evaluation.findings]
    assert made.published.project is bench.project and made.published.illustrative is False
    made.told["findings.csv"] = made.told["findings.csv"].splitlines(keepends=True)[0]
    assert made.published.findings == [] and made.published.indicators
    bench.evaluation = evaluated(bench.project, illustrative=True)
    assert begun(bench).published.illustrative is True


def test_what_a_reporter_knows_of_itself_are_its_sums_of_what_is_sensitive(bench: Bench):
    own = begun(bench).own_figures()
    assert own["230"][OBJECTIVE, "3.1.2"] == Decimal(5) and own["240"][OBJECTIVE, "3.1.2"] == Decimal(0)
    assert (OBJECTIVE, "3.1.1") not in own["230"]


# ---- results ---------------------------------------------------------------------------------------------------------


def test_a_result_is_put_into_the_set_and_noted_with_its_hashes(bench: Bench):
    made = begun(bench)
    made.made("a key", {"a/one.html": b"abc", "two.html": b""})
    assert (made.staging / "a" / "one.html").read_bytes() == b"abc"
    assert (made.staging / "two.html").read_bytes() == b""
    of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert noted(made) == [{"key": "a key", "files": {"a/one.html": of_abc, "two.html": of_nothing}}]


def once(made: Work, key: str, make: Callable[[], dict[str, bytes]], **options: Any) -> list[str]:
    """Ask for a result, with the ledgers as they are now."""
    return made.once(key, ledger.Earlier(made.output), make, **options)


def test_a_result_is_made_once_and_carried_into_the_next_set(bench: Bench):
    one, other = begun(bench), begun(bench)
    assert once(one, "key", lambda: {"z.html": b"z", "a.html": b"a"}) == ["a.html", "z.html"]
    assert once(other, "key", lambda: pytest.fail("made twice")) == ["a.html", "z.html"]
    assert (other.staging / "a.html").read_bytes() == b"a" and (other.staging / "z.html").read_bytes() == b"z"
    assert noted(other) == noted(one) and noted(one)[0]["key"] == "key"
    assert once(begun(bench), "another key", lambda: {"b.html": b"b"}) == ["b.html"]


def test_a_result_that_is_not_lasting_is_made_again_by_the_next_run(bench: Bench):
    one, other = begun(bench), begun(bench)
    assert once(one, "key", lambda: {"a.html": b"1"}, lasting=lambda: False) == ["a.html"]
    assert [entry["key"] for entry in noted(one)] == [f"key of {one.run_id}"]
    assert once(other, "key", lambda: {"a.html": b"2"}) == ["a.html"]
    assert (other.staging / "a.html").read_bytes() == b"2"


def test_a_result_of_no_files_is_a_result(bench: Bench):
    assert once(begun(bench), "key", dict) == []
    assert once(begun(bench), "key", lambda: pytest.fail("made twice")) == []
