"""What the returns say, and the tables that stay in the department: the part of a run without
notebooks.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.analysis.reminders import reminders
from pcmd_eval.audit.workbook import audit_book
from pcmd_eval.batch import result_store as store
from pcmd_eval.batch.fingerprint import data_of, digest, program
from pcmd_eval.evaluation.findings import DTYPES, evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS, load_tables, made_up
from pcmd_eval.forms.annotated_return import annotated_returns
from pcmd_eval.intake.inbox import fingerprints
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.intake_page import check_lines, check_page
from pcmd_eval.statistics.indicators import compute_indicators
from pcmd_eval.statistics.year_on_year import compare_years, explain_mixture
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes, write_atomic
from pcmd_eval.util.paths import OutputFolders, shorten_path

_AUDIT, _PAGE, _REMINDERS, _COPIES = "audit.xlsx", "check.html", "reminders.csv", "feedback"


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


def check_into(plan: Plan, returns: Path, places: OutputFolders) -> tuple[Intake, list[str]]:
    """Read the returns and write what `check` writes; also where they cannot be evaluated. What it
    says. Raises LockHeld.
    """
    with store.locked(places):
        intake = read_returns(plan, returns)
        missing = missing_cells(plan, intake.cells, evaluate(plan, intake.cells))
        files = _check(plan, intake, missing)
        _put(places, files)
    page = shorten_path(places.internal / _PAGE)
    copies = sum(place.startswith(_COPIES) for place in files)
    last = f"Trang kiểm tra: {page}. Bản đánh dấu: {copies} tệp."
    return intake, [*check_lines(plan, intake, missing), last]


def evaluate_into(plan: Plan, returns: Path, places: OutputFolders) -> Evaluation:
    """Read the returns, evaluate them and write the tables of `internal/`; raises InputRefused or
    LockHeld.
    """
    with store.locked(places):
        made = evaluated(plan, returns, places)
        made.rest()
    return made


def evaluated(plan: Plan, returns: Path, places: OutputFolders) -> Evaluation:
    """What `evaluate_into` gives, for a caller that holds the lock and calls `rest` itself; made
    anew only if what it rests on has changed.

    Kept under the fingerprints of what was read, also where a file was changed after it had been
    looked at.
    """
    kept, given = places.store / "internal", rests_on(plan, returns, places)
    sent, rest = fingerprints(returns), None
    files = store.kept(kept, digest(given, sent))
    if files is None:
        intake = read_returns(plan, returns)
        if intake.refusals:
            raise InputRefused(*intake.refusals)
        findings, sent = evaluate(plan, intake.cells), intake.fingerprints
        files = _tables(intake, findings)

        def rest():
            made = files | _of_the_findings(plan, intake, findings, _way(returns, places))
            _put(places, made)
            store.keep_alone(kept, digest(given, sent), made)

        # A run that dies before the rest leaves none of these beside findings that are not theirs.
        # (Marked copies go when the tables are put, for these have none.)
        for name in (_AUDIT, _PAGE, _REMINDERS):
            (places.internal / name).unlink(missing_ok=True)
    _put(places, files)
    return Evaluation(*_read_back(plan, places, sent), given, rest or (lambda: None))


def _read_back(plan, places, sent):
    """The returns and the findings as the files of `internal/` have them, new or kept."""
    cells, returns = load_tables(places.internal, plan)
    faults = read_csv(places.internal / "check.csv")
    findings = read_csv(places.internal / "findings.csv", DTYPES)
    return Intake(cells, returns, faults, fingerprints=sent), findings


def rests_on(plan: Plan, returns: Path, places: OutputFolders) -> str:
    """The hash of all that the tables are made from but what was sent."""
    return digest(program(data_of(plan)), plan.model_dump_json(), _way(returns, places))


def _way(returns, places):
    """From `internal/` to the senders' files."""
    try:
        return Path(os.path.relpath(returns, places.internal)).as_posix()
    except ValueError:  # on another drive of Windows
        return returns.resolve().as_posix()


def _put(places, files):
    """Write what differs, and remove copies that nobody has to be sent any more."""
    for place, content in files.items():
        path = places.internal / place
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)
    for copy in (places.internal / _COPIES).glob("*"):
        if copy.suffix.lower() == ".xlsx" and f"{_COPIES}/{copy.name}" not in files:
            copy.unlink()


def _tables(intake, findings):
    """The files of `internal/` that all others are made from."""
    return {
        "check.csv": to_csv_bytes(intake.issues),
        "observations.csv": to_csv_bytes(intake.cells[[*OBSERVATIONS]]),
        "returns.csv": to_csv_bytes(intake.returns),
        "findings.csv": to_csv_bytes(findings),
    }


def _of_the_findings(plan, intake, findings, way):
    """The other files of `internal/`; `way`: from there to the returns."""
    quantities = compute_indicators(plan, intake.cells, intake.returns)
    # Years of which one alone is made up a run refuses; findings rest on this year alone.
    changed = (
        None
        if explain_mixture(plan, quantities)
        else compare_years(plan, quantities, internal=True)
    )
    book = audit_book(plan, intake.cells, findings, way, made_up(intake.returns), changed)
    missing = missing_cells(plan, intake.cells, findings)
    return {_AUDIT: book} | _check(plan, intake, missing, _AUDIT)


def _check(plan, intake, missing, audit=""):
    """The files of `check`; its page leads to the audit workbook where there is one."""
    copies = annotated_returns(plan, intake)
    return {
        "check.csv": to_csv_bytes(intake.issues),
        _PAGE: check_page(plan, intake, missing, audit),
        _REMINDERS: to_csv_bytes(reminders(missing)),
        **{f"{_COPIES}/{name}": content for name, content in copies.items()},
    }
