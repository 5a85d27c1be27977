"""What the returns say, and the tables that stay in the department: the part of a run without
notebooks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.batch import store, tables
from pcmd_eval.batch.program import digest
from pcmd_eval.changes import changes, mixed
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.findings import evaluate
from pcmd_eval.indicators import figures
from pcmd_eval.intake.feedback import marked_copies
from pcmd_eval.intake.folder import fingerprints
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.observations import OBSERVATIONS, made_up
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.audit import audit_book
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.site.check import check_page, spoken

_AUDIT, _PAGE, _REMINDERS = "audit.xlsx", "check.html", "reminders.csv"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The returns as read, with their faults and fingerprints, and the findings drawn from them.

    `given`: the hash of what they rest on beside the returns; `rest`: writes what no notebook is
    made from and what takes longest: marked copies, check page, audit workbook.
    """

    intake: Intake
    findings: pd.DataFrame
    given: str
    rest: Callable[[], None]


@dataclass(frozen=True)
class Checked:
    """What `check` says: lines to print, how many marked copies it wrote, why the returns cannot be
    used.
    """

    lines: list[str]
    copies: int
    refusals: tuple[str, ...]
    stopping: int


def check_into(plan: Plan, returns: Path, places: Places) -> Checked:
    """Read the returns and write what `check` writes; also where they cannot be evaluated. Raises
    LockHeld.
    """
    with store.locked(places):
        intake = read_returns(plan, returns)
        asked = reminders(plan, intake.cells, evaluate(plan, intake.cells))
        files = _check(plan, intake, asked)
        tables.put(places, files)
    copies = sum(place.startswith(tables.COPIES) for place in files)
    return Checked(spoken(plan, intake, asked), copies, intake.refusals, intake.stopping)


def evaluate_into(plan: Plan, returns: Path, places: Places) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; raises InputRefused or
    LockHeld.
    """
    with store.locked(places):
        made = evaluated(plan, returns, places)
        made.rest()
    return made


def evaluated(plan: Plan, returns: Path, places: Places) -> Evaluation:
    """The same for whoever holds the lock, who is to call `rest`; made anew only if what it rests
    on has changed.

    Kept under the fingerprints of what was read, also where a file was changed after it had been
    looked at.
    """
    kept, given = places.store / "internal", tables.given(plan, returns, places)
    sent, rest = fingerprints(returns), None
    files = store.kept(kept, digest(given, sent))
    if files is None:
        intake = read_returns(plan, returns)
        if intake.refusals:
            raise InputRefused(*intake.refusals)
        findings, sent = evaluate(plan, intake.cells), intake.fingerprints
        files = _tables(intake, findings)

        def rest() -> None:
            made = files | _of_the_findings(plan, intake, findings, tables.way(returns, places))
            tables.put(places, made)
            key = digest(given, sent)
            store.keep(kept, key, made)
            store.forget(kept, {key})

        # Whoever dies before the rest leaves none that belongs to other findings.
        for name in (_AUDIT, _PAGE, _REMINDERS):
            (places.internal / name).unlink(missing_ok=True)
    tables.put(places, files)
    return Evaluation(*tables.read_back(plan, places, sent), given, rest or (lambda: None))


def _tables(intake: Intake, findings: pd.DataFrame) -> dict[str, bytes]:
    """The files of `internal/` that all others are made from."""
    return {
        "check.csv": csv_bytes(intake.faults),
        "observations.csv": csv_bytes(intake.cells[[*OBSERVATIONS]]),
        "returns.csv": csv_bytes(intake.returns),
        "findings.csv": csv_bytes(findings),
    }


def _of_the_findings(
    plan: Plan, intake: Intake, findings: pd.DataFrame, way: str
) -> dict[str, bytes]:
    """The other files of `internal/`; `way`: from there to the returns."""
    quantities = figures(plan, intake.cells, intake.returns) if plan.previous else None
    apart = plan.previous and mixed(
        plan, quantities
    )  # a run refuses them; findings rest on one year
    changed = None if apart else changes(plan, quantities, internal=True)
    book = audit_book(plan, intake.cells, findings, way, made_up(intake.returns), changed)
    asked = reminders(plan, intake.cells, findings)
    return {_AUDIT: book} | _check(plan, intake, asked, _AUDIT)


def _check(plan: Plan, intake: Intake, asked: pd.DataFrame, audit: str = "") -> dict[str, bytes]:
    copies = marked_copies(plan, intake)
    return {
        "check.csv": csv_bytes(intake.faults),
        _PAGE: check_page(plan, intake, asked, audit),
        _REMINDERS: csv_bytes(asked),
        **{f"{tables.COPIES}/{name}": content for name, content in copies.items()},
    }
