"""The ways into `internal/`: its first page, and where a return or the cell of a fault is shown as it was read."""

from collections.abc import Iterable

from pcmd_eval.findings import Finding
from pcmd_eval.form import Form
from pcmd_eval.html import fill
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.feedback import Way
from pcmd_eval.observations import Evidence
from pcmd_eval.project import Project
from pcmd_eval.site.return_pages import link
from pcmd_eval.spelling import order
from pcmd_eval.wording import LOOKS


def entry_page(evidence: Evidence, project: Project, findings: Iterable[Finding], changes: bool) -> bytes:
    """internal/index.html: every finding with the way to its cells, every unit with that to its return.

    `changes` tells whether there is a page of what changed since the set published before.
    """
    register = project.register
    return fill(
        "internal_index.html.j2",
        plan=project.plan,
        illustrative=evidence.illustrative,
        units=[*sorted(register.districts, key=lambda unit: order(unit.name)), register.province],
        found={(finding.unit_code, finding.objective): finding for finding in findings},
        looks=LOOKS,
        changes=changes,
    )


def ways(evidence: Evidence, form: Form) -> Way:
    """The way from a page in `internal/` to the return of a reporter or the cell of a fault; "" where there is none."""
    places = {(o.reporter, o.file, o.sheet, o.cell): link(o, form, "returns/") for o in evidence.observations if o.cell}
    codes = {unit.code for unit in evidence.register.reporters}

    def way(reporter: str, fault: Fault | None) -> str:
        if fault:
            return places.get((fault.reporter, fault.file, fault.sheet, fault.cell), "")
        return f"returns/{reporter}.html" if reporter in codes else ""

    return way
