"""What a run is asked to do, what the returns say, and how it ended; `evaluate` is the part without notebooks."""

from dataclasses import dataclass, field
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.batch import ledger
from pcmd_eval.batch.jobs import Job, Limits, Result
from pcmd_eval.batch.kept import intact, seal
from pcmd_eval.batch.sets import file_hash, json_bytes
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.intake.checks import examine
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.feedback import feedback_files, write_feedback
from pcmd_eval.intake.returns import Intake, writable_name
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import observations_csv, returns_csv
from pcmd_eval.paths import InternalFolder, OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.proof.trace import trace_files, write_traces
from pcmd_eval.site.entry import entry_page, ways
from pcmd_eval.site.return_pages import page_files, write_pages


@dataclass(frozen=True)
class Request:
    """What a run is asked to do: every notebook, or only those of `units`.

    `scheduler` is the address of a Dask scheduler; without one the notebooks run in `processes` of this machine.
    """

    plan: str
    project: Project
    returns: Path
    output: OutputFolder
    notebooks: Path
    units: tuple[str, ...] = ()
    partial: bool = False
    despite: int | None = None
    processes: int | None = None
    scheduler: str = ""
    limits: Limits = field(default_factory=Limits)
    audience: str = "public"
    with_pdf: bool = True

    @property
    def places(self) -> OutputFolder:
        """Where the set goes: for the department alone, inside `internal/`."""
        return InternalFolder(self.output.root) if self.audience == "internal" else self.output


@dataclass(frozen=True)
class Evaluation:
    """The returns as read, with their faults, and the findings drawn from them."""

    intake: Intake
    findings: list[Finding]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the result of each job, why a job has none, and whether readers see the set.

    `leaks` are what the set would have told about few persons: with any, readers do not see it. `contradictions` are
    what people's words get wrong, `notes` what the user should know besides, e.g. why there is no PDF.
    """

    run_id: str
    started: str
    folder: Path
    evaluation: Evaluation
    results: list[Result]
    missing: dict[Job, str]
    reused: frozenset[Job] = frozenset()
    published: bool = False
    leaks: tuple[str, ...] = ()
    contradictions: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> list[Result]:
        """The notebooks that did not succeed."""
        return [result for result in self.results if not result.done]

    @property
    def stopping(self) -> int:
        """How many stopping faults are open, in the returns and in people's words."""
        return self.evaluation.intake.stopping + len(self.contradictions)


def evaluate_into(project: Project, returns: Path, output: OutputFolder) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; the caller holds the lock.

    Tables and pages that were made from the same returns, plan and program are left as they are.
    """
    intake = examine(returns, project)
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    evaluation = Evaluation(intake, evaluate(intake.evidence))
    sent = {writable_name(path): _hash(path) for path in sorted(returns.iterdir())}
    used = {r.file for r in intake.evidence.returns if r.file}
    rules = file_hash(paths.DATA / "checks.yaml")
    made_from = ledger.key_of(ledger.program(), repr(project), rules, sent)
    if intact(output, made_from):
        return evaluation
    for name, content in _tables(evaluation).items():
        write_atomic(output.internal / name, content)
    write_atomic(output.internal / "returns.json", json_bytes({file: sent[file] for file in sorted(used)}))
    write_feedback(intake, project, returns, output, ways(intake.evidence, project.form))
    write_traces(intake.evidence, output)
    write_pages(intake.evidence, project, evaluation.findings, output)
    changes = (output.internal / "changes.html").is_file()
    entry = entry_page(intake.evidence, project, evaluation.findings, changes)
    write_atomic(output.internal / "index.html", entry)
    seal(output, made_from)
    return evaluation


def _tables(evaluation: Evaluation) -> dict[str, bytes]:
    evidence = evaluation.intake.evidence
    return {
        "observations.csv": observations_csv(evidence.observations),
        "returns.csv": returns_csv(evidence.returns),
        "findings.csv": findings_csv(evaluation.findings),
    }


def explained(project: Project, returns: Path, evaluation: Evaluation, changes: bool) -> dict[str, bytes]:
    """What `evaluate_into` writes into `internal/` for these returns, but for their hashes; by its places there."""
    evidence, findings = evaluation.intake.evidence, evaluation.findings
    return {
        **_tables(evaluation),
        **trace_files(evidence),
        **feedback_files(evaluation.intake, project, returns, ways(evidence, project.form)),
        **page_files(evidence, project, findings),
        "index.html": entry_page(evidence, project, findings, changes),
    }


def _hash(path: Path) -> str:
    """The hash of a file that was sent; of one that cannot be read, which its reporter is told, there is none."""
    try:
        return file_hash(path)
    except OSError:
        return ""
