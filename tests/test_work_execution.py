"""How a run executes its notebooks and keeps what they make, with results that are ready instead of kernels."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_root import NOTEBOOK, OBJECTIVE
from small_work import Bench, Ready, bench, evaluated
from test_work import DOAN_HUNG, TABLES, begun, first, noted

from pcmd_eval.batch import ledger, workers
from pcmd_eval.batch.jobs import Limits, Result
from pcmd_eval.batch.work import execute
from pcmd_eval.plan import plan_file

__all__ = ["bench"]  # the fixture


def test_each_notebook_is_given_its_template_its_rows_its_tables_and_the_setting(bench: Bench):
    limits = Limits(cell=7)
    made = begun(bench, audience="internal", limits=limits)
    job = first(made.jobs)
    (result,) = execute(made, [job], lambda result, total: None, bench.ready)
    (task,) = bench.ready.tasks
    assert (task.job, task.template) == (job, "template of the objective")
    assert [row["unit_code"] for row in task.rows] == ["230"] and task.rows[0]["objective"] == OBJECTIVE
    assert task.files == made.slices.files(job) and set(task.files) == TABLES
    setting = task.setting
    assert (setting.run_id, setting.plan, setting.audience) == (made.run_id, "tiny", "internal")
    assert (setting.illustrative, setting.limits, setting.identity) == (False, limits, "")
    assert setting.socket == "socket" and setting.scratch and not setting.scratch.exists()  # gone after the work
    assert result == replace(bench.ready.result(job), notebook=b"", page=b"")


def test_a_run_of_made_up_returns_says_so_to_its_notebooks(bench: Bench):
    bench.evaluation = evaluated(bench.project, illustrative=True)
    made = begun(bench)
    execute(made, made.jobs, lambda result, total: None, bench.ready)
    assert [task.setting.illustrative for task in bench.ready.tasks] == [True] * 6
    assert [task.job for task in bench.ready.tasks] == made.jobs


def test_a_plan_of_a_file_lies_beside_the_tables_of_each_notebook(bench: Bench, tmp_path: Path):
    copy = tmp_path / "elsewhere.yaml"
    copy.write_bytes(plan_file("tiny").read_bytes())
    made = begun(bench, plan=str(copy))
    execute(made, [first(made.jobs)], lambda result, total: None, bench.ready)
    (task,) = bench.ready.tasks
    assert task.setting.plan == "elsewhere.yaml" and task.files["elsewhere.yaml"] == copy.read_bytes()
    assert set(task.files) == {"elsewhere.yaml", *TABLES}


def test_results_are_kept_as_they_come_and_failures_under_another_name(bench: Bench):
    """One failed with something to look into, one with nothing."""
    place, other = f"{DOAN_HUNG}/district_review", "province/province_review"
    bench.ready = Ready(**{place: ("ô 5", b"half done"), other: ("", b"")})
    made, heard = begun(bench), []
    results = execute(made, made.jobs, lambda result, total: heard.append((result, total)), bench.ready)
    assert [result.job for result in results] == made.jobs
    assert {result.job.place for result in results if not result.done} == {place, other}
    kept = {path.relative_to(made.staging).as_posix() for path in made.staging.rglob("*") if path.is_file()}
    done = {job.place for job in made.jobs} - {place, other}
    assert kept == {f"{p}.{kind}" for p in done for kind in ("ipynb", "html")} | {f"{place}.failed.ipynb"}
    assert (made.staging / f"{place}.failed.ipynb").read_bytes() == b"half done"
    assert (made.staging / f"{DOAN_HUNG}/{NOTEBOOK}.ipynb").read_bytes() == f"notebook {DOAN_HUNG}/{NOTEBOOK}".encode()
    assert (made.staging / f"{DOAN_HUNG}/{NOTEBOOK}.html").read_bytes() == f"page {DOAN_HUNG}/{NOTEBOOK}".encode()
    assert {entry["key"] for entry in noted(made)} == {made.keys[job] for job in made.jobs if job.place in done}
    assert all(len(entry["files"]) == 2 for entry in noted(made))
    # The watcher hears of each result with what was made, and of how many there will be.
    assert len(heard) == 6 and {total for _, total in heard} == {6}
    assert {result.job for result, _ in heard} == set(made.jobs)
    assert all(isinstance(result, Result) and (result.notebook or not result.done) for result, _ in heard)


def test_nothing_is_started_for_no_notebook(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    for name in ("workers", "kernel_source", "cluster"):
        monkeypatch.setattr(workers, name, lambda *_: pytest.fail("something was started"))
    assert execute(begun(bench), [], lambda result, total: None, None) == []


# ---- what runs the notebooks -----------------------------------------------------------------------------------------


def test_workers_of_this_machine_are_as_many_as_were_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """And where no process can be forked, kernels are ordinary ones."""
    asked: list[int | None] = []

    def ready(count: int | None) -> Any:
        asked.append(count)
        return nullcontext(bench.ready)

    monkeypatch.setattr(workers, "workers", ready)
    monkeypatch.setattr(workers, "kernel_source", lambda: nullcontext(""))
    monkeypatch.setattr(workers, "cluster", lambda address: pytest.fail("no other machine was asked for"))
    made = begun(bench, processes=3)
    execute(made, [first(made.jobs)], lambda result, total: None, None)
    assert asked == [3]
    assert bench.ready.tasks[0].setting.socket == ""


def test_a_scratch_folder_is_there_while_notebooks_run(bench: Bench):
    seen: list[bool] = []

    def watch(result: Result, total: int) -> None:
        scratch = bench.ready.tasks[0].setting.scratch
        seen.append(bool(scratch and scratch.is_dir()))

    made = begun(bench)
    execute(made, [first(made.jobs)], watch, bench.ready)
    assert seen == [True]


def test_a_cluster_runs_them_where_its_scheduler_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Its workers must be what this installation is, and have a process for kernels each."""
    addresses: list[str] = []
    ended: list[bool] = []

    class Cluster(Ready):
        def __exit__(self, *_: Any) -> None:
            ended.append(True)

    there = Cluster()

    def cluster(address: str) -> Any:
        addresses.append(address)
        return there

    monkeypatch.setattr(workers, "cluster", cluster)
    monkeypatch.setattr(workers, "kernel_source", lambda: pytest.fail("started on this machine"))
    monkeypatch.setattr(ledger, "identity", lambda: "what this is")
    made = begun(bench, scheduler="tcp://10.0.0.1:8786")
    execute(made, [first(made.jobs)], lambda result, total: None, Ready())
    assert addresses == ["tcp://10.0.0.1:8786"] and ended == [True]
    (task,) = there.tasks
    assert (task.setting.socket, task.setting.identity, task.setting.scratch) == (None, "what this is", None)
    assert task.setting.run_id == made.run_id


def test_a_request_of_the_department_alone_works_within_internal(bench: Bench):
    made = begun(bench, audience="internal")
    assert made.staging == bench.output.internal / "sets" / made.run_id
    assert bench.calls[0][3] == bench.output  # its tables are those of every run
