"""What a notebook opens with and ends with: the case in front of it, and the proof that its finding is on file."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.display import ILLUSTRATIVE, INTERNAL, Sentence
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding, load_findings
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import Evidence, load_evidence
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project, open_project
from pcmd_eval.spelling import order
from pcmd_eval.units import Unit


@dataclass(frozen=True)
class Case:
    """One unit of one plan with the evidence; `expected` holds the rows of findings.csv, `filed` tells if it was read.

    `internal` is true where the page stays inside the department; `trial` is the mark of a what-if; `by_hand` tells
    that somebody opened the notebook, and no batch.
    """

    project: Project
    unit: Unit
    evidence: Evidence
    expected: dict[tuple[str, str], dict[str, str]]
    filed: bool = False
    internal: bool = False
    trial: str = ""
    by_hand: bool = False

    def at(self, unit: str) -> "Case":
        """The same case seen from another unit; raises InputRefused for one that is unknown."""
        return replace(self, unit=self.project.register.reporter(unit))

    @property
    def tried(self) -> str:
        """The mark of what is no official finding: of a what-if, or of a plan that is only a trial."""
        return self.trial or self.plan.mark

    @property
    def marks(self) -> list[str]:
        """What every finding and picture says beside itself: internal, only tried, or made-up figures."""
        marks = {INTERNAL: self.internal, self.tried: bool(self.tried), ILLUSTRATIVE: self.evidence.illustrative}
        return [words for words, holds in marks.items() if holds]

    def marked(self, words: str) -> str:
        """A name or a title with the marks behind it."""
        return f"{words} ({'; '.join(self.marks)})" if self.marks else words

    def inside(self, place: str) -> str:
        """The way from this page to a file of `internal/`; "" from a page that leaves the department, or a what-if."""
        up = "../../" if self.whole else "../../../"  # internal/notebooks/province/, …/districts/<folder>/
        return f"{up}{place}" if self.internal and not self.trial else ""

    @property
    def plan(self) -> Plan:
        """The plan that is evaluated."""
        return self.project.plan

    @property
    def province(self) -> Unit:
        """The province of the plan."""
        return self.project.register.province

    @property
    def whole(self) -> bool:
        """Whether the unit is the province as a whole."""
        return self.unit == self.province

    @property
    def districts(self) -> list[Unit]:
        """The districts as Vietnamese dictionaries order them: an order that ranks nobody."""
        return sorted(self.project.register.districts, key=lambda unit: order(unit.name))


def open_case(plan: str, unit: str) -> Case:
    """The case of one unit; raises InputRefused for a plan or a unit that is unknown or not text.

    The batch names the folder of its tables in PCMD_INTERNAL; without it the returns themselves are read.
    """
    for name, value in (("plan", plan), ("unit", unit)):
        if not isinstance(value, str):
            raise InputRefused(f"Tham số “{name}” phải là văn bản đặt trong dấu nháy, không phải {value!r}.")
    project = open_project(plan)
    chosen = project.register.reporter(unit)
    internal = os.environ.get("PCMD_AUDIENCE", "public") == "internal"
    if folder := os.environ.get("PCMD_INTERNAL"):
        evidence = load_evidence(project.plan, project.register, Path(folder))
        rows = load_findings(Path(folder) / "findings.csv")
    else:
        returns = Path(os.environ.get("PCMD_RETURNS") or paths.returns_folder(project.plan.name))
        evidence = read_returns(returns, project.plan, project.form, project.register).evidence
        rows = [finding.texts() for finding in evaluate(evidence)]
    expected = {(row["unit_code"], row["objective"]): row for row in rows}
    by_hand = not folder and not os.environ.get("PCMD_RECORD")
    return Case(project, chosen, evidence, expected, bool(folder), internal, by_hand=by_hand)


def for_all_units(case: Case, objective: Callable[[Evidence, Unit], Finding]) -> list[Finding]:
    """The finding of every district, as dictionaries order them, and of the province, on one objective."""
    return [objective(case.evidence, unit) for unit in (*case.districts, case.province)]


def for_all_objectives(case: Case) -> list[Finding]:
    """The findings of this unit on every objective of the plan."""
    return [OBJECTIVES[objective.slug](case.evidence, case.unit) for objective in case.plan.objectives]


def close_case(case: Case, *findings: Finding) -> Sentence:
    """Compare findings with the filed rows, text by text, and record those of this unit where PCMD_RECORD says.

    Raises AssertionError that names every difference; without PCMD_RECORD nothing is written.
    """
    own = [finding.texts() for finding in findings if finding.unit_code == case.unit.code]
    differences = [words for finding in findings for words in _differences(case, finding.texts())]
    if not own:
        differences.append(f"sổ không tính kết quả nào của {case.unit.inline_name}")
    if differences:
        raise AssertionError(f"Không khớp với findings.csv: {'; '.join(differences)}.")
    if record := os.environ.get("PCMD_RECORD"):
        names = {"run_id": os.environ.get("PCMD_RUN_ID", ""), "notebook": os.environ.get("PCMD_NOTEBOOK", "")}
        content = json.dumps({**names, "unit": case.unit.code, "findings": own}, ensure_ascii=False, indent=1)
        write_atomic(Path(record), content.encode("utf-8"))
    if case.filed:
        return Sentence(f"Khớp với findings.csv: {len(findings)} kết quả tính trong sổ này trùng từng ô.")
    return Sentence(
        f"Khớp với bảng kết quả tính lại từ các báo cáo: {len(findings)} kết quả trùng từng ô. "
        "Sổ được mở riêng nên chưa đối chiếu với tệp findings.csv."
    )


def _differences(case: Case, computed: dict[str, str]) -> list[str]:
    key = (computed["unit_code"], computed["objective"])
    filed = case.expected.get(key)
    if filed is None:
        return [f"không có dòng nào của đơn vị {key[0]}, mục tiêu {key[1]}"]
    return [
        f"đơn vị {key[0]}, mục tiêu {key[1]}, cột {column}: sổ tính “{computed.get(column, '')}”, "
        f"tệp ghi “{filed.get(column, '')}”"
        for column in dict.fromkeys((*computed, *filed))
        if computed.get(column, "") != filed.get(column, "")
    ]
