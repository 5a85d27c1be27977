"""Runs of the small project in which everything slow is stood in for: workbooks, kernels, pages and documents.

A `Bench` holds what the stand-ins answer and what they were asked; the rest is the real code, on real files.
"""

import json
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import evidence_of, observe_row
from small_root import without_returns

from pcmd_eval import audit
from pcmd_eval.batch import ledger, publish, work, workers
from pcmd_eval.batch.evaluation import Evaluation, Outcome, Request
from pcmd_eval.batch.jobs import Job, Result, Task
from pcmd_eval.batch.sets import swap
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.returns import Intake
from pcmd_eval.objectives import evaluate
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.review import pdf, reviews
from pcmd_eval.site import internal, public

ITEMS = ("3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3")
QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def fault(severity: str = "stop") -> Fault:
    """A fault of a return."""
    return Fault(severity, "230", "230.xlsx", "3", "C5", "230", "", "x", "số", "Sửa lại.")  # type: ignore[arg-type]


def evaluated(project: Project, *faults: Fault, illustrative: bool = False, consultations: str = "5") -> Evaluation:
    """Đoan Hùng had four meetings in each quarter and some consultations in the first; Tân Sơn had nothing."""
    rows = []
    for unit in project.register.districts:
        for item in ITEMS:
            some = {"3.1.1": "4 4 4 4", "3.1.2": f"{consultations} 0 0 0"}.get(item) if unit.code == "230" else None
            rows += observe_row(unit.code, unit.code, "harm_reduction", item, QUARTERS, some or "0 0 0 0")
            rows += observe_row(unit.code, unit.code, "harm_reduction", f"{item}:persons", ["Y"], "9" if some else "0")
    evidence = evidence_of(project.plan, project.register, rows)
    evidence = replace(evidence, returns=tuple(replace(r, illustrative=illustrative) for r in evidence.returns))
    return Evaluation(Intake(evidence, faults), evaluate(evidence))


class Ready(Executor):
    """Has the result of every task at hand; `fails` are the places of those that fail, with cell and notebook."""

    def __init__(self, **fails: tuple[str, bytes]) -> None:
        self.tasks: list[Task] = []
        self.fails = fails

    def submit(self, do: Any, task: Task, /) -> Future[Result]:  # type: ignore[override]
        """Note the task, and give its result."""
        self.tasks.append(task)
        future: Future[Result] = Future()
        future.set_result(self.result(task.job))
        return future

    def result(self, job: Job) -> Result:
        """What becomes of a job."""
        if job.place in self.fails:
            cell, left = self.fails[job.place]
            return Result(job, False, 0.25, cell, "ZeroDivisionError", left, kernel="forked")
        return Result(
            job,
            True,
            0.5,
            notebook=f"notebook {job.place}".encode(),
            page=f"page {job.place}".encode(),
            kernel="forked",
        )


@dataclass
class Bench:
    """The small project with stand-ins."""

    project: Project
    folder: Path
    evaluation: Evaluation
    ready: Ready = field(default_factory=Ready)
    calls: list[tuple[Any, ...]] = field(default_factory=list)  # the stand-ins that were asked, with what
    reviews: dict[str, bytes] = field(default_factory=lambda: {"province/review.docx": b"review"})
    notes: list[str] = field(default_factory=list)
    contradictions: list[Fault] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    converter: str | None = "soffice"
    heard: list[tuple[str, int]] = field(default_factory=list)  # what the watcher heard of

    @property
    def output(self) -> OutputFolder:
        """Where the runs write."""
        return OutputFolder(self.folder / "out")

    def request(self, **options: Any) -> Request:
        """The request to run the small project."""
        places = {"returns": self.folder / "returns", "output": self.output, "notebooks": self.folder / "notebooks"}
        return Request(**{"plan": "tiny", "project": self.project, "with_pdf": False, **places, **options})

    def run(self, **options: Any) -> Outcome:
        """Run it, with results that are ready."""
        self.calls.clear()
        self.ready.tasks.clear()
        self.heard.clear()
        watch = lambda result, total: self.heard.append((result.job.place, total))  # noqa: E731
        return publish.run(self.request(**options), watch, self.ready)

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """With what a stand-in was asked, each time."""
        return [call[1:] for call in self.calls if call[0] == name]

    def tables(self, *given: Any) -> Evaluation:
        """In place of `evaluate_into`: the tables of `internal/` without what is in them."""
        self.calls.append(("evaluate", *given))
        self.output.internal.mkdir(parents=True, exist_ok=True)
        returns = {"230-doan-hung.xlsx": "hash of 230"}
        (self.output.internal / "returns.json").write_text(json.dumps(returns), encoding="utf-8")
        return self.evaluation


@cache
def _versions() -> dict[str, str]:
    """The versions of the libraries, which take longer to look up than all else that a run does here."""
    return ledger.versions()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The small project with stand-ins for all that is slow."""
    project = without_returns(tmp_path, monkeypatch)
    made = Bench(project, tmp_path, evaluated(project))

    def stand_in(module: Any, name: str, answer: Any) -> None:
        def call(*given: Any, **named: Any) -> Any:
            made.calls.append((name, *given, *sorted(named.items())))
            return answer()

        monkeypatch.setattr(module, name, call)

    versions = _versions()
    monkeypatch.setattr(ledger, "versions", lambda: dict(versions))
    monkeypatch.setattr("os.fsync", lambda handle: None)  # nobody cuts the power here
    monkeypatch.setattr(work, "evaluate_into", made.tables)
    monkeypatch.setattr(workers, "kernel_source", lambda: nullcontext("socket"))
    monkeypatch.setattr(pdf, "converter", lambda: made.converter)
    stand_in(reviews, "review_files", lambda: (made.reviews, made.notes))
    stand_in(reviews, "narrative_faults", lambda: made.contradictions)
    stand_in(public, "map_of", lambda: "map")
    stand_in(public, "site_files", lambda: {"index.html": b"first page", "indicators.csv": b"indicators"})
    stand_in(internal, "index_page", lambda: b"first page for the department")
    stand_in(audit, "audit", lambda: made.leaks)
    stand_in(publish, "keep_tables", lambda: None)
    stand_in(publish, "write_changes", lambda: None)

    def turned(output: OutputFolder, run_id: str) -> str:
        made.calls.append(("swap", output, run_id))
        return swap(output, run_id)

    monkeypatch.setattr(publish, "swap", turned)
    return made
