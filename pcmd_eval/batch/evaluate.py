"""What the returns say, and the tables that stay in the department: the part of a run without notebooks."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.batch import store
from pcmd_eval.batch.tasks import data_of, digest, program
from pcmd_eval.changes import changes
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes, read_csv, write_atomic
from pcmd_eval.findings import DTYPES, evaluate
from pcmd_eval.indicators import figures
from pcmd_eval.intake.feedback import marked_copies
from pcmd_eval.intake.folder import fingerprints
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.observations import OBSERVATIONS, load_tables
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.audit import audit_book
from pcmd_eval.proof.reminders import reminders
from pcmd_eval.site.check import check_page, spoken

_COPIES = "feedback"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The returns as read, with their faults and fingerprints, and the findings drawn from them."""

    intake: Intake
    findings: pd.DataFrame


@dataclass(frozen=True)
class Checked:
    """What `check` says: lines to print, how many marked copies it wrote, why the returns cannot be used."""

    lines: list[str]
    copies: int
    refusals: tuple[str, ...]
    stopping: int


def check_into(plan: Plan, returns: Path, places: Places) -> Checked:
    """Read the returns and write what `check` writes; also where they cannot be evaluated. Raises LockHeld."""
    with store.locked(places):
        intake = read_returns(plan, returns)
        asked = reminders(plan, intake.cells, evaluate(plan, intake.cells))
        files = _check(plan, intake, asked)
        _write(places, files)
    copies = sum(place.startswith(_COPIES) for place in files)
    return Checked(spoken(plan, intake, asked), copies, intake.refusals, intake.stopping)


def evaluate_into(plan: Plan, returns: Path, places: Places) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; raises InputRefused or LockHeld."""
    with store.locked(places):
        return evaluated(plan, returns, places)


def evaluated(plan: Plan, returns: Path, places: Places) -> Evaluation:
    """The same for whoever holds the lock; made anew only if what it rests on has changed.

    Kept under the fingerprints of what was read, also where a file was changed after it had been looked at.
    """
    kept = places.store / "internal"
    rest = (program(data_of(plan)), plan.model_dump_json(), way := _way(returns, places))
    sent = fingerprints(returns)
    files = store.kept(kept, digest(*rest, sent))
    if files is None:
        intake = read_returns(plan, returns)
        files, sent = _tables(plan, intake, way), intake.fingerprints
        key = digest(*rest, sent)
        store.keep(kept, key, files)
        store.forget(kept, {key})
    _write(places, files)
    cells, received = load_tables(places.internal, plan)
    faults = read_csv(places.internal / "check.csv")
    intake = Intake(cells, received, faults, fingerprints=sent)
    return Evaluation(intake, read_csv(places.internal / "findings.csv", DTYPES))


def _tables(plan: Plan, intake: Intake, way: str) -> dict[str, bytes]:
    """The files of `internal/`; `way`: from there to the returns. Raises InputRefused if these are of no use."""
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    findings = evaluate(plan, intake.cells)
    asked = reminders(plan, intake.cells, findings)
    illustrative = bool((intake.returns.illustrative == "yes").any())
    quantities = figures(plan, intake.cells, intake.returns) if plan.previous else None
    changed = changes(plan, quantities, internal=True)
    return _check(plan, intake, asked) | {
        "observations.csv": csv_bytes(intake.cells[[*OBSERVATIONS]]),
        "returns.csv": csv_bytes(intake.returns),
        "findings.csv": csv_bytes(findings),
        "audit.xlsx": audit_book(plan, intake.cells, findings, way, illustrative, changed),
    }


def _way(returns: Path, places: Places) -> str:
    """From `internal/` to the senders' files."""
    try:
        return Path(os.path.relpath(returns, places.internal)).as_posix()
    except ValueError:  # on another drive of Windows
        return returns.resolve().as_posix()


def _check(plan: Plan, intake: Intake, asked: pd.DataFrame) -> dict[str, bytes]:
    copies = marked_copies(plan, intake)
    return {
        "check.csv": csv_bytes(intake.faults),
        "check.html": check_page(plan, intake, asked),
        "reminders.csv": csv_bytes(asked),
        **{f"{_COPIES}/{name}": content for name, content in copies.items()},
    }


def _write(places: Places, files: dict[str, bytes]) -> None:
    """Write what differs, and remove copies that nobody has to be sent any more."""
    for place, content in files.items():
        path = places.internal / place
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)
    for copy in (places.internal / _COPIES).glob("*"):
        if copy.suffix.lower() == ".xlsx" and f"{_COPIES}/{copy.name}" not in files:
            copy.unlink()
