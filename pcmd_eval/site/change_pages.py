"""What changed since the set published before, with the cells that did it: a page and a table that stay inside.

Neither names the run or its time: equal sets give equal pages.
"""

from dataclasses import dataclass
from pathlib import Path

from pcmd_eval.batch.kept import seal
from pcmd_eval.display import counted
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes, write_atomic
from pcmd_eval.findings import Finding
from pcmd_eval.html import fill
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.proof.changes import INTERNAL, Cause, Changes, FindingChange, diff
from pcmd_eval.proof.trace import Step
from pcmd_eval.proof.words import CellWords, period_words, seen
from pcmd_eval.published import finding_of_row
from pcmd_eval.site.entry import entry_page
from pcmd_eval.site.return_pages import link
from pcmd_eval.wording import LOOKS

FIRST = "Chưa có bộ nào được công bố trước bộ này, nên chưa có gì để so sánh."
UNREADABLE = "Không đọc được bộ đã công bố trước, nên không so sánh được."
_FEW = 12  # cells shown at once; more are folded away


@dataclass(frozen=True)
class _Line:
    """One cell of a cause: where it is, what it is about, what it said and what it says."""

    place: str
    href: str
    about: str
    period: str
    before: str
    after: str


def write_changes(output: OutputFolder, new: Path, evidence: Evidence, project: Project) -> None:
    """Compare the set in `new` with the one readers see; write internal/changes.html and .csv, and seal all.

    To be called before readers see the new set: that the old one cannot be read is said, what cannot be written raises.
    """
    changes, words = _compared(output, new, project)
    rows = changes.internal() if changes else []
    table = csv_bytes(INTERNAL, ([row[column] for column in INTERNAL] for row in rows))
    write_atomic(output.internal / "changes.csv", table)
    write_atomic(output.internal / "changes.html", changes_page(changes, words, evidence, project))
    write_atomic(output.internal / "index.html", entry_page(evidence, project, evaluate(evidence), changes=True))
    seal(output)


def _compared(output: OutputFolder, new: Path, project: Project) -> tuple[Changes | None, str]:
    if not output.published.exists():
        return None, FIRST
    try:
        return diff(output.published, new, project), ""
    except InputRefused as refused:
        return None, f"{UNREADABLE} {' '.join(refused.reasons)}"
    except (OSError, ValueError, KeyError):  # a set of another version, or touched by hand, keeps no new one back
        return None, UNREADABLE


def changes_page(changes: Changes | None, words: str, evidence: Evidence, project: Project) -> bytes:
    """The changes and their causes; `words` say why there are none to tell."""
    there = {(o.reporter, o.sheet, o.cell) for o in evidence.observations}
    words_of = CellWords(project.form, project.register)
    titles = {o.slug: f"{o.number}. {o.title}" for o in project.plan.objectives}

    def lines(cause: Cause) -> list[_Line]:
        return [_line(change.before, change.after, words_of, there) for change in cause.cells]

    def heading(change: FindingChange) -> str:
        return f"{change.unit_name}, {titles.get(change.objective, change.objective)}"

    return fill(
        "internal_changes.html.j2",
        plan=project.plan,
        illustrative=evidence.illustrative,
        changes=changes,
        words=words,
        heading=heading,
        lines=lines,
        told=_told,
        looks=LOOKS,
        reporters={unit.code for unit in project.register.reporters},
        objectives=set(titles),
        few=_FEW,
    )


def _told(row: dict[str, str] | None) -> tuple[Finding, str] | None:
    """A finding with its counts in words."""
    if row is None:
        return None
    finding = finding_of_row(row)
    return finding, counted(finding) or ""


def _line(
    before: Step | None,
    after: Step | None,
    words: CellWords,
    there: set[tuple[str, str, str]],
) -> _Line:
    o = (after or before).observation  # type: ignore[union-attr]
    file, sheet = o.file or "chưa có báo cáo", f", {o.sheet}, {o.cell}" if o.cell else ""
    # A cell that is there no more has no place on the page of its return.
    known = (o.reporter, o.sheet, o.cell) in there
    href = link(o, words.form, "returns/") if known else f"returns/{o.reporter}.html"
    said = (seen(step.observation) if step else "không có" for step in (before, after))
    return _Line(f"{file}{sheet}", href, words.about(o), period_words(o.period), *said)
