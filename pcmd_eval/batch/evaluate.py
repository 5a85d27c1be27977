"""Read and evaluate the returns and write the tables of `internal/`: a run without notebooks."""

import os
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.analysis.session import exact_case
from pcmd_eval.asks.request_list import Requests, check_table, list_requests, reminders
from pcmd_eval.audit.workbook import audit_workbook
from pcmd_eval.batch.fingerprint import data_patterns, hash_environment
from pcmd_eval.batch.result_store import delete_others, load_result, lock_output, save_result
from pcmd_eval.evaluation.findings import FINDING_DTYPES, evaluate, format_findings
from pcmd_eval.evaluation.observations import OBSERVATIONS, load_tables
from pcmd_eval.forms.annotated_return import annotated_returns
from pcmd_eval.forms.mail import mail_texts
from pcmd_eval.intake.confirmations import FILE_NAME, open_lines
from pcmd_eval.intake.inbox import fingerprints
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.check_page import check_page, intake_lines
from pcmd_eval.statistics.indicators import (
    INDICATOR_DTYPES,
    compute_indicators,
    format_for_csv,
)
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes, write_atomic
from pcmd_eval.util.hashes import digest
from pcmd_eval.util.paths import OutputFolders, shorten_path

_AUDIT, _PAGE, _REMINDERS = "audit.xlsx", "check.html", "reminders.csv"
_COPIES, _MAILS = "feedback", "mail"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The returns as read, with their issues and fingerprints, the findings and exact indicators.

    `environment`: the hash of everything but the returns that the findings depend on;
    `write_reports`: writes the slow files that no notebook needs (annotated returns, mails, check
    page, audit workbook) and stores the result; it does nothing if the result was stored already.
    """

    intake: Intake
    findings: pd.DataFrame
    indicators: pd.DataFrame
    environment: str
    write_reports: Callable[[], None]


def check_returns(plan: Plan, returns: Path, places: OutputFolders) -> tuple[Intake, list[str]]:
    """Read the returns and write the files of `check`, even if they cannot be evaluated.

    Returns the intake and the lines to print. Raises LockHeld.
    """
    with lock_output(places):
        intake = read_returns(plan, returns)
        findings = evaluate(plan, intake.cells)
        missing = missing_cells(plan, intake.cells, findings)
        requests = list_requests(plan, intake, missing)
        files = _intake_files(plan, intake, requests)
        files[_REMINDERS] = to_csv_bytes(reminders(plan, findings, missing, requests))
        _write_internal_files(places, files)
    page = shorten_path(places.internal / _PAGE)
    copies = sum(path.startswith(_COPIES) for path in files)
    last = f"Trang kiểm tra: {page}. Bản đánh dấu: {copies} tệp."
    return intake, [*intake_lines(plan, intake, requests), last]


def evaluate_returns(plan: Plan, returns: Path, places: OutputFolders) -> Evaluation:
    """Read and evaluate the returns and write all of `internal/`; raises InputRefused, LockHeld."""
    with lock_output(places):
        evaluation = load_or_evaluate(plan, returns, places)
        evaluation.write_reports()
    return evaluation


def load_or_evaluate(plan: Plan, returns: Path, places: OutputFolders) -> Evaluation:
    """Evaluate the returns, or load the stored result if nothing has changed since; write the
    tables. The caller holds the lock and calls `write_reports`. Raises InputRefused for returns
    that cannot be evaluated.

    The result is stored under the fingerprints of the bytes that were read, not of the files as
    they are found afterwards.
    """
    store = places.store / "internal"
    environment = hash_evaluation_environment(plan, returns, places)
    hashes = fingerprints(returns)
    write: Callable[[], None] | None = None
    files = load_result(store, digest(environment, hashes))
    if files is None:
        intake = read_returns(plan, returns)
        if intake.refusals:
            raise InputRefused(*intake.refusals)
        findings, hashes = evaluate(plan, intake.cells), intake.fingerprints
        indicators = compute_indicators(plan, intake.cells, intake.returns)
        missing = missing_cells(plan, intake.cells, findings)
        requests = list_requests(plan, intake, missing)
        files = _internal_tables(intake, findings, indicators, requests)
        files[_REMINDERS] = to_csv_bytes(reminders(plan, findings, missing, requests))

        def write_reports() -> None:
            """Write the slow files of internal/ and store all of them in place of older results."""
            path = _path_to_returns(returns, places)
            case = exact_case(plan, intake, findings, indicators)
            complete = files | {_AUDIT: audit_workbook(case, path)}
            complete |= _intake_files(plan, intake, requests, _AUDIT)
            _write_internal_files(places, complete)
            key = digest(environment, hashes)
            save_result(store, key, complete)
            delete_others(store, {key})

        write = write_reports
        # If the run dies before write_reports, no older report may lie next to the new findings.
        # Annotated returns and mails are removed below, since `files` has none.
        for name in (_AUDIT, _PAGE):
            (places.internal / name).unlink(missing_ok=True)
    _write_internal_files(places, files)
    tables = _read_tables(plan, places, hashes)
    return Evaluation(*tables, environment, write or (lambda: None))


def _read_tables(
    plan: Plan, places: OutputFolders, hashes: dict[str, str]
) -> tuple[Intake, pd.DataFrame, pd.DataFrame]:
    """Return intake, findings and indicators as read from internal/: new and stored ones have equal
    dtypes.
    """
    cells, returns = load_tables(places.internal, plan)
    issues = read_csv(places.internal / "check.csv")
    findings = read_csv(places.internal / "findings.csv", FINDING_DTYPES)
    indicators = read_csv(places.internal / "indicators.csv", INDICATOR_DTYPES)
    return Intake(cells, returns, issues, fingerprints=hashes), findings, indicators


def hash_evaluation_environment(plan: Plan, returns: Path, places: OutputFolders) -> str:
    """Return the hash of everything that the files of internal/ depend on, except the returns."""
    environment = hash_environment(data_patterns(plan))
    return digest(environment, plan.model_dump_json(), _path_to_returns(returns, places))


def _path_to_returns(returns: Path, places: OutputFolders) -> str:
    """Return the path from internal/ to the returns, for links in the audit workbook."""
    try:
        return Path(os.path.relpath(returns, places.internal)).as_posix()
    except ValueError:  # another drive of Windows
        return returns.resolve().as_posix()


def _write_internal_files(places: OutputFolders, files: Mapping[str, bytes]) -> None:
    """Write the files that differ; before, remove annotated returns and mails that `files` has not.

    A run that dies in between leaves no old mail next to new tables.
    """
    for folder, suffix in ((_COPIES, ".xlsx"), (_MAILS, ".txt")):
        for path in (places.internal / folder).glob("*"):
            content = files.get(f"{folder}/{path.name}")
            if path.suffix.lower() == suffix and content != path.read_bytes():
                path.unlink()
    for relative_path, content in files.items():
        path = places.internal / relative_path
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)


def _internal_tables(
    intake: Intake, findings: pd.DataFrame, indicators: pd.DataFrame, requests: Requests
) -> dict[str, bytes]:
    """Return the CSV tables of internal/ by path, from which everything else is made."""
    return {
        "check.csv": to_csv_bytes(check_table(requests)),
        "observations.csv": to_csv_bytes(intake.cells[[*OBSERVATIONS]]),
        "returns.csv": to_csv_bytes(intake.returns),
        "findings.csv": to_csv_bytes(format_findings(findings)),
        "indicators.csv": to_csv_bytes(format_for_csv(indicators)),
    }


def _intake_files(
    plan: Plan, intake: Intake, requests: Requests, audit: str = ""
) -> dict[str, bytes]:
    """Return the files of `check` by path; its page links to the audit workbook named `audit`."""
    copies = annotated_returns(plan, intake, requests)
    mails = mail_texts(plan, intake, requests, copies)
    confirmations = to_csv_bytes(open_lines(intake.issues))
    return {
        "check.csv": to_csv_bytes(check_table(requests)),
        _PAGE: check_page(plan, intake, requests, audit),
        FILE_NAME: BOM_UTF8 + confirmations,  # the BOM is for Excel, in which clerks fill it in
        **{f"{_COPIES}/{name}": content for name, content in copies.items()},
        **{f"{_MAILS}/{name}": text.encode() for name, text in mails.items()},
    }
