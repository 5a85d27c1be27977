"""List issues for people: unit, severity, position, value and what to do."""

import pandas as pd

from pcmd_eval.intake.issues import SEVERITY_LABELS
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.frames import Row

CONFIRMED = "đã xác nhận"
_NO_UNIT = "chưa rõ đơn vị"


def list_issues(plan: Plan, issues: pd.DataFrame) -> pd.DataFrame:
    """Return the issues as people read them, with the index of `issues`.

    Columns: `unit_name`, `severity` (a word of SEVERITY_LABELS, or CONFIRMED), `place`, `raw` (the
    value as seen), `message`, `note` (the sender's own remark on that row).
    """
    issues = issues.fillna("")
    names = plan.register.full_name
    severity = issues.severity.map(SEVERITY_LABELS).astype("string")
    places = [_describe_place(issue, names) for issue in issues.itertuples()]
    columns = {
        "unit_name": issues.reporter.map(names).fillna(_NO_UNIT),
        "severity": severity.where(issues.confirmed == "", CONFIRMED),
        "place": pd.Series(places, issues.index, dtype="string"),
        "raw": issues.shown.where(issues.shown != "", issues.value),
        "message": issues.message,
        "note": issues.note,
    }
    return pd.DataFrame(columns)


def _describe_place(issue: Row, names: pd.Series) -> str:
    """Return sheet, cell, commune and column; the file for an issue of a whole readable file."""
    if not issue.sheet:
        return "" if issue.rule == "refused" else f"tệp {issue.file}"
    unit = "" if issue.unit_code == issue.reporter else names.get(issue.unit_code)
    parts = issue.sheet, f"ô {issue.cell}" if issue.cell else "", unit, issue.column
    return ", ".join(filter(None, parts))
