"""Read and evaluate the returns and write the tables of `internal/`: a run without notebooks."""

import os
from codecs import BOM_UTF8
from pathlib import Path

from pcmd_eval.analysis.case import Case, missing_of
from pcmd_eval.analysis.case_editions import exact_case
from pcmd_eval.analysis.case_queries import all_indicators
from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.findings import evaluate, format_findings
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.asks.request_list import Requests, check_table, list_requests, reminders
from pcmd_eval.office.audit.workbook import audit_workbook
from pcmd_eval.office.batch.lock import lock_output
from pcmd_eval.office.batch.workers import map_files
from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.forms.mail import mail_texts
from pcmd_eval.office.intake.confirmations import CONFIRMATIONS_FILE, draft_confirmations
from pcmd_eval.office.intake.returns import Intake, MapFiles, read_returns
from pcmd_eval.office.site.check_page import check_page, intake_lines
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import Files, to_csv_bytes, write_atomic
from pcmd_eval.util.paths import OutputFolders, shorten_path

_AUDIT, _PAGE, _REMINDERS = "audit.xlsx", "check.html", "reminders.csv"
_COPIES, _MAILS = "feedback", "mail"


def check_returns(plan: Plan, returns: Path, folders: OutputFolders) -> tuple[Intake, list[str]]:
    """Read the returns and write the files of `check`, even if they cannot be evaluated.

    Returns the intake and the lines to print. Raises LockHeld.
    """
    with lock_output(folders):
        intake = read_returns(plan, returns, map_files)
        findings = evaluate(plan, intake.cells)
        missing = missing_cells(plan, intake.cells, findings)
        requests = list_requests(plan, intake, missing)
        files = _intake_files(plan, intake, requests)
        files[_REMINDERS] = to_csv_bytes(reminders(plan, findings, missing, requests))
        write_internal(folders, files)
    page = shorten_path(folders.internal / _PAGE)
    copies = sum(path.startswith(_COPIES) for path in files)
    last = f"Trang kiểm tra: {page}. Bản đánh dấu: {copies} tệp."
    return intake, [*intake_lines(plan, intake, requests), last]


def evaluate_returns(plan: Plan, returns: Path, folders: OutputFolders) -> tuple[Intake, Case]:
    """Read and evaluate the returns and write all of `internal/`.

    Raises InputRefused for returns that cannot be evaluated, and LockHeld.
    """
    with lock_output(folders):
        intake, case = evaluate_anew(plan, returns, folders)
        write_internal(folders, make_slow_files(case, intake, path_to_returns(returns, folders)))
    return intake, case


def evaluate_anew(
    plan: Plan, returns: Path, folders: OutputFolders, map_files: MapFiles = map_files
) -> tuple[Intake, Case]:
    """Evaluate the returns and write the tables; the caller holds the lock and then writes the
    slow files. `map_files`: see `read_returns`. Raises InputRefused for returns that cannot be
    evaluated.
    """
    intake = read_returns(plan, returns, map_files)
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    findings = evaluate(plan, intake.cells)
    missing = missing_cells(plan, intake.cells, findings)
    requests = list_requests(plan, intake, missing)
    check_rows = check_table(requests)
    case = exact_case(plan, intake.cells, intake.returns, findings, check_rows)
    tables = {
        "check.csv": check_rows,
        "observations.csv": intake.cells[[*OBSERVATIONS]],
        "returns.csv": intake.returns,
        "findings.csv": format_findings(findings),
        "indicators.csv": format_for_csv(all_indicators(case)),
        _REMINDERS: reminders(plan, findings, missing, requests),
    }
    # If the run dies before the slow files, no older page or audit may lie next to new findings.
    for name in (_AUDIT, _PAGE):
        (folders.internal / name).unlink(missing_ok=True)
    write_internal(folders, {name: to_csv_bytes(table) for name, table in tables.items()})
    return intake, case


def make_slow_files(case: Case, intake: Intake, path_to_returns: str) -> Files:
    """Make the files of internal/ that take long and that no other file depends on: annotated
    returns, mails, check page, audit workbook; return them by path.
    """
    requests = list_requests(case.plan, intake, missing_of(case))
    files = _intake_files(case.plan, intake, requests, _AUDIT)
    return files | {_AUDIT: audit_workbook(case, path_to_returns)}


def path_to_returns(returns: Path, folders: OutputFolders) -> str:
    """Return the path from internal/ to the returns, for links in the audit workbook."""
    try:
        return Path(os.path.relpath(returns, folders.internal)).as_posix()
    except ValueError:  # another drive of Windows
        return returns.resolve().as_posix()


def write_internal(folders: OutputFolders, files: Files) -> None:
    """Write the changed files; first remove annotated returns and mails not in `files` or changed.

    So a run that dies in between leaves no old mail next to new tables.
    """
    for folder, suffix in ((_COPIES, ".xlsx"), (_MAILS, ".txt")):
        for path in (folders.internal / folder).glob("*"):
            content = files.get(f"{folder}/{path.name}")
            if path.suffix.lower() == suffix and content != path.read_bytes():
                path.unlink()
    for relative_path, content in files.items():
        write_atomic(folders.internal / relative_path, content)


def _intake_files(plan: Plan, intake: Intake, requests: Requests, audit: str = "") -> Files:
    """Return the files of `check` by path; its page links to the audit workbook named `audit`."""
    copies = annotated_returns(plan, intake, requests)
    mails = mail_texts(plan, intake, requests, copies)
    confirmations = to_csv_bytes(draft_confirmations(intake.issues))
    return {
        "check.csv": to_csv_bytes(check_table(requests)),
        _PAGE: check_page(plan, intake, requests, audit),
        CONFIRMATIONS_FILE: BOM_UTF8
        + confirmations,  # the BOM is for Excel, in which clerks fill it in
        **{f"{_COPIES}/{name}": content for name, content in copies.items()},
        **{f"{_MAILS}/{name}": text.encode() for name, text in mails.items()},
    }
