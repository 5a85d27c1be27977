"""Consistency rules: what the figures of a return say of each other; they ask the sender and change no value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from pcmd_eval import paths
from pcmd_eval.intake import plausibility, remarks
from pcmd_eval.intake.faults import Fault, Severity, worst_first
from pcmd_eval.intake.pages import Note
from pcmd_eval.intake.plausibility import COMPARISON, Figures, Hit
from pcmd_eval.intake.returns import Intake, take_in
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.project import Project
from pcmd_eval.strict import Strict, load


class Rule(Strict):
    """One rule of data/checks.yaml: a comparison of figures or a named check, and what to say when it fails."""

    id: Annotated[str, Field(min_length=1)]
    severity: Severity
    say: Annotated[str, Field(min_length=1)]
    compare: str | None = None
    check: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> "Rule":
        if (self.compare is None) == (self.check is None):
            raise ValueError("mỗi quy tắc có đúng một trong hai khóa “compare” và “check”")
        if self.compare is not None and not COMPARISON.fullmatch(self.compare):
            raise ValueError("“compare” viết dạng “6.4 + 6.5 <= 6.3” (phép so sánh: = hoặc <=)")
        if self.check is not None and self.check not in _CHECKS:
            raise ValueError(f"không có phép kiểm tra “{self.check}”; dùng một trong: {', '.join(_CHECKS)}")
        if self.parameters.keys() != set(_PARAMETERS.get(self.check or "", ())):
            needed = ", ".join(_PARAMETERS.get(self.check or "", ())) or "không có khóa nào"
            raise ValueError(f"“parameters” của “{self.check or self.compare}” phải có đúng: {needed}")
        return self


class Rules(Strict):
    """The file of rules."""

    rules: tuple[Rule, ...]


def consistency(evidence: Evidence, notes: Mapping[str, tuple[Note, ...]]) -> list[Fault]:
    """Every break of every rule of data/checks.yaml; `notes` by the file they stand in."""
    rules = load(paths.DATA / "checks.yaml", Rules).rules
    counted = {r.reporter: r.file for r in evidence.returns if r.counts}
    beside = tuple(note for file in counted.values() for note in notes.get(file, ()))
    figures = Figures(evidence, beside, counted)
    owner = {id(note): code for code, file in counted.items() for note in notes.get(file, ())}
    found = ((rule, hit) for rule in rules for hit in _hits(rule, figures))
    return [_fault(rule, at, seen, owner, figures) for rule, (at, seen) in found]


def _hits(rule: Rule, figures: Figures) -> Iterator[Hit]:
    if rule.check is not None:
        return _CHECKS[rule.check](figures, rule.parameters)
    assert rule.compare
    return plausibility.compare(figures, rule.compare)


def _fault(rule: Rule, at: Observation | Note, seen: str, owner: dict[int, str], figures: Figures) -> Fault:
    reporter = at.reporter if isinstance(at, Observation) else owner[id(at)]
    file = figures.files.get(reporter, "")
    column = "Ghi chú" if isinstance(at, Note) else at.item if at.period == "Y" else at.period
    return Fault(rule.severity, reporter, file, at.sheet, at.cell, at.unit_code, column, seen, rule.id, f"{rule.say}.")


_CHECKS: dict[str, Callable[[Figures, Mapping[str, Any]], Iterator[Hit]]] = {
    "cumulative": plausibility.cumulative,
    "same_as_before": plausibility.same_as_before,
    "same_as_last_year": plausibility.same_as_last_year,
    "attendance": plausibility.attendance,
    "sessions_without_attendance": plausibility.sessions_without_attendance,
    "attendance_without_sessions": plausibility.attendance_without_sessions,
    "document_year": plausibility.document_year,
    "done_without_document": plausibility.done_without_document,
    "note_sum": remarks.note_sum,
    "note_percent": remarks.note_percent,
    "note_denominator": remarks.note_denominator,
}
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "cumulative": ("min_rows",),
    "same_as_before": ("min_rows",),
    "same_as_last_year": ("min_rows", "previous"),
    "attendance": ("score", "least"),
    "sessions_without_attendance": ("forms",),
    "note_sum": ("partial_words",),
    "note_denominator": ("subset_words",),
}


def examine(folder: Path, project: Project) -> Intake:
    """Read the returns of a folder and hold them against the rules; raises InputRefused when there is no folder."""
    intake = take_in(folder, project.plan, project.form, project.register)
    notes = {content.file: tuple(content.notes) for content in intake.contents}
    faults = (*intake.faults, *consistency(intake.evidence, notes))
    return replace(intake, faults=tuple(worst_first(faults)))
