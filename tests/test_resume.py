"""Only what changed is run again, what an interrupted run finished is not lost, and a rerun equals a full rebuild."""

import json
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from filling import Sheet, fold
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from small_root import FAILS_FOR_230, GOOD, READ, WRITE, kernels, notebook, tiny, write_notebooks
from test_publish import asked, places, quick, read

from pcmd_eval import paths
from pcmd_eval.batch import workers
from pcmd_eval.batch.evaluation import Request
from pcmd_eval.batch.jobs import Result, jobs_of
from pcmd_eval.batch.publish import run
from pcmd_eval.batch.slices import Slices
from pcmd_eval.cli import main
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import evaluate
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import open_project

__all__ = ["asked", "quick", "tiny"]  # the fixtures


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a set but its record, and the record without what differs between equal runs."""
    found = {place: (folder / place).read_bytes() for place in places(folder) - {"run.json"}}
    record = read(folder / "run.json")
    for job in record["jobs"]:
        del job["seconds"], job["reused"]
    for key in ("run_id", "started", "finished"):
        del record[key]
    return {**found, "run.json": json.dumps(record).encode()}


def report(tmp_path: Path, file: str, cells: dict[tuple[int, str], Any]) -> None:
    """Put values into the rows of the sheets of a return that are reported by quarter."""
    book = load_workbook(tmp_path / "returns" / file)
    for page in book.worksheets:
        sheet = Sheet(page)
        if fold("Quý I") in sheet.columns:
            rows = [row for row in range(5, page.max_row + 1) if page.cell(row, 1).value]
            for (row, header), value in cells.items():
                sheet.put(rows[row % len(rows)], header, value)
    book.save(tmp_path / "returns" / file)


def nothing_may_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker or a process for kernels makes the test fail."""
    for name in ("workers", "kernel_source", "cluster"):
        monkeypatch.setattr(workers, name, lambda *_: pytest.fail("something was started"))


# ---- reuse -----------------------------------------------------------------------------------------------------------


def test_an_unchanged_rerun_starts_nothing_and_publishes_the_same(asked, quick, monkeypatch, tmp_path: Path):
    first = quick(asked())
    published = OutputFolder(tmp_path / "out").published
    before = content(published)
    nothing_may_start(monkeypatch)
    began = time.monotonic()
    second = run(asked())
    assert time.monotonic() - began < 5
    assert second.published and not second.results and len(second.reused) == 6
    assert content(published) == before and read(published / "run.json")["run_id"] == second.run_id != first.run_id
    assert all(job["reused"] and job["status"] == "done" for job in read(published / "run.json")["jobs"])


def test_a_changed_notebook_is_run_again_and_no_other(asked, quick, tmp_path: Path):
    quick(asked())
    write_notebooks(tmp_path / "notebooks", district_review=notebook(READ, "x = 1 + 1", WRITE))
    outcome = quick(asked())
    assert [r.job.notebook for r in outcome.results] == ["district_review"] * 2 and outcome.published
    assert content(OutputFolder(tmp_path / "out").published) == content(
        quick(asked(output=OutputFolder(tmp_path / "fresh"))).folder
    )


def test_a_file_that_somebody_changed_is_made_again(asked, quick, tmp_path: Path):
    quick(asked())
    published = OutputFolder(tmp_path / "out").published
    before = content(published)
    (published / "province" / "province_review.html").write_text("khác", encoding="utf-8")
    (published / "findings.csv").unlink()
    outcome = quick(asked())
    assert [r.job.place for r in outcome.results] == ["province/province_review"]
    assert content(published) == before


def test_slices_of_a_job_change_only_with_what_it_reads(project):
    """A late return about one objective leaves the notebooks of the others, of other districts, as they were."""
    returns = paths.returns_folder("phu_tho_2017")
    evidence = read_returns(returns, project.plan, project.form, project.register).evidence
    changed = replace(
        evidence,
        observations=tuple(
            replace(o, value="7") if (o.objective, o.unit_code, o.value) == ("enforcement", "230", "0") else o
            for o in evidence.observations
        ),
    )
    assert changed != evidence
    old, new = (Slices(e, evaluate(e)) for e in (evidence, changed))
    different = {job.notebook for job in jobs_of(project) if old.hashes(job) != new.hashes(job)}
    assert different == {"6_enforcement", "district_review", "province_review"}


# ---- interrupted and failed runs -------------------------------------------------------------------------------------


def test_what_a_failed_run_finished_is_used_by_the_next(asked, quick, tmp_path: Path):
    write_notebooks(tmp_path / "notebooks", district_review=FAILS_FOR_230)
    output = OutputFolder(tmp_path / "out")
    first = quick(asked())
    assert len(first.failed) == 1 and not first.published
    again = quick(asked())
    assert len(again.results) == 1 and len(again.reused) == 5 and not again.published
    assert [folder.name for folder in output.sets.iterdir()] == [again.run_id]
    # A result that was changed in the kept folder is not believed.
    (again.folder / "province" / "province_review.html").write_text("khác", encoding="utf-8")
    assert len(quick(asked()).results) == 2
    write_notebooks(tmp_path / "notebooks", district_review=GOOD)
    mended = quick(asked())
    assert mended.published and len(mended.results) == 2
    assert content(output.published) == content(quick(asked(output=OutputFolder(tmp_path / "fresh"))).folder)


def test_what_an_interrupted_run_finished_is_used_by_the_next(asked, quick, tmp_path: Path):
    done: list[Result] = []

    def stop(result: Result, total: int) -> None:
        done.append(result)
        if len(done) == 3:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        run(asked(), stop, executor=pool)
    output = OutputFolder(tmp_path / "out")
    # The last word of a run that was killed while it wrote is no word.
    (ledger,) = (output.internal / "ledger").iterdir()
    ledger.write_bytes(ledger.read_bytes() + b'{"key": "ab')
    outcome = quick(asked())
    assert outcome.published and len(outcome.reused) == 3
    assert {r.job for r in outcome.results}.isdisjoint(r.job for r in done)
    assert [path.stem for path in (output.internal / "ledger").iterdir()] == [outcome.run_id]
    assert content(output.published) == content(quick(asked(output=OutputFolder(tmp_path / "fresh"))).folder)


def test_a_plan_that_is_edited_while_a_run_goes_on_spoils_no_result(asked, quick, tmp_path: Path):
    """What came before the edit is kept, what came after it is not, and nothing is published or used later."""
    plan, done = tmp_path / "plans" / "tiny.yaml", []
    before = plan.read_text(encoding="utf-8")

    def edit(result: Result, total: int) -> None:
        done.append(result)
        if len(done) == 3:
            plan.write_text(before.replace("giả định", "khác"), encoding="utf-8")
            plan.write_text(before + "\n", encoding="utf-8")

    with ThreadPoolExecutor(1) as pool:
        spoiled = run(asked(), edit, executor=pool)
    assert not spoiled.published and len(spoiled.failed) == 3
    assert all("đã bị sửa trong khi chạy" in result.cause for result in spoiled.failed)
    assert any("đã bị sửa trong khi chạy" in note for note in spoiled.notes)
    plan.write_text(before, encoding="utf-8")
    outcome = quick(asked())
    assert outcome.published and len(outcome.reused) == 3
    assert content(outcome.folder) == content(quick(asked(output=OutputFolder(tmp_path / "fresh"))).folder)


def test_a_plan_that_only_looks_newer_is_the_same(asked, quick, tmp_path: Path):
    with ThreadPoolExecutor(1) as pool:
        outcome = run(asked(), lambda result, total: os.utime(tmp_path / "plans" / "tiny.yaml"), executor=pool)
    assert outcome.published and not outcome.failed and not outcome.notes


def test_half_files_of_a_killed_run_are_removed(asked, quick, tmp_path: Path):
    output = OutputFolder(tmp_path / "out")
    output.internal.mkdir(parents=True)
    strays = [output.root / ".20170101T000000-abc.link", output.internal / ".x.part"]
    for stray in strays:
        stray.write_bytes(b"")
    quick(asked())
    assert not [stray for stray in strays if stray.exists()]


# ---- random changes --------------------------------------------------------------------------------------------------

CELLS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.sampled_from(["Quý I", "Quý II", "Quý III", "Quý IV"])),
    st.sampled_from([0, 1, 7, None, "không rõ"]),
    max_size=4,
)
CHANGE = st.fixed_dictionaries(
    {"file": st.sampled_from(["230-doan-hung.xlsx", "240-tan-son.xlsx", "gone"]), "cells": CELLS}
    | {
        "days": st.sampled_from([16, 200]),
        "limbs": st.sampled_from(["any", "both"]),
        "note": st.sampled_from(["", "1"]),
    }
)


def change(tmp_path: Path, wanted: dict[str, Any]) -> None:
    """Change returns, rules and a notebook; `gone` takes a return away."""
    if wanted["file"] == "gone":
        (tmp_path / "returns" / "240-tan-son.xlsx").unlink(missing_ok=True)
    elif (tmp_path / "returns" / wanted["file"]).exists():
        report(tmp_path, wanted["file"], wanted["cells"])
    file = tmp_path / "plans" / "tiny.yaml"
    plan = yaml.safe_load(file.read_text(encoding="utf-8"))
    plan["rules"]["open_period_days"]["value"] = wanted["days"]
    plan["objectives"][0]["rules"]["limbs"]["value"] = wanted["limbs"]
    file.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    write_notebooks(tmp_path / "notebooks", province_review=notebook(READ, f"x = {wanted['note'] or '0'}", WRITE))


def equals_a_rebuild(asked: Callable[..., Request], run_it: Callable, tmp_path: Path) -> None:
    """Run in the folder that has a past and in a fresh one: byte for byte the same."""
    request = replace(asked(despite=None), project=open_project("tiny"))
    fresh = OutputFolder(tmp_path / "fresh")
    shutil.rmtree(fresh.root, ignore_errors=True)
    both = [run_it(request), run_it(replace(request, output=fresh))]
    assert both[0].published == both[1].published
    if both[0].published:
        assert content(both[0].folder) == content(both[1].folder)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(CHANGE, min_size=1, max_size=3))
def test_a_rerun_after_any_change_equals_a_full_rebuild(asked, quick, tmp_path: Path, changes):
    for wanted in changes:
        change(tmp_path, wanted)
        equals_a_rebuild(asked, quick, tmp_path)


@pytest.mark.slow
def test_a_rerun_with_real_kernels_equals_a_full_rebuild(asked, tmp_path: Path):
    run(asked())
    cells = {(0, "Quý I"): 5, (3, "Quý II"): 1}
    change(tmp_path, {"file": "230-doan-hung.xlsx", "cells": cells, "days": 16, "limbs": "both", "note": "1"})
    equals_a_rebuild(asked, run, tmp_path)
    assert not kernels()


@pytest.mark.slow
def test_an_unchanged_rerun_of_98_notebooks_takes_under_2_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert main(["run", "--output", str(tmp_path)]) == 0
    nothing_may_start(monkeypatch)
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert main(["run", "--output", str(tmp_path)]) == 0
        took.append(time.monotonic() - began)
    assert min(took) < 2
