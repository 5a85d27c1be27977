"""The page of `check` and the lines it prints: returns, issues, missing data and first requests.

Where the plan has areas, each area is one folded section with a summary.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.missing_data import count_missing
from pcmd_eval.analysis.reminders import reminder_table
from pcmd_eval.analysis.reporting_status import arrivals
from pcmd_eval.evaluation.observations import CELL_COUNTS, COUNTED_STATES, is_illustrative
from pcmd_eval.forms.issue_list import CONFIRMED, list_issues
from pcmd_eval.intake.issues import DEGREES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.page_layout import layout_page
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK

_GRADES = (*DEGREES, CONFIRMED)
_CHANGE_COLUMNS = {
    "unit_name": "Đơn vị",
    "sheet": "Biểu",
    "cell": "Ô",
    "earlier_value": "Đã ghi",
    "later_value": "Nay ghi",
    "later_file": "Theo tệp",
}


class _Section(NamedTuple):
    """The tables of one area; of all units, with the name "", where the plan has no areas."""

    name: str
    summary: str
    issues: pd.DataFrame
    returns: pd.DataFrame
    missing: pd.DataFrame
    changes: pd.DataFrame


def check_page(plan: Plan, intake: Intake, missing: pd.DataFrame, audit: str = "") -> bytes:
    """Return the page of `check` (HTML): summary, first requests, issues, returns, missing data.

    `missing`: see `missing_cells`; `audit`: the name of the audit workbook, if there is one.
    """
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    marks = [mark for mark in (INTERNAL_MARK, plan.mark, illustrative) if mark]
    return layout_page(
        "check.html.j2",
        f"Kiểm tra báo cáo – Kế hoạch số {plan.plan}",
        marks,
        plan=plan,
        audit=audit,
        place="",
        own={},
        titles={},
        imprint=(),
        summary=summarise(plan, intake),
        sections=[*_sections(plan, intake, missing)],
    )


def intake_lines(plan: Plan, intake: Intake, missing: pd.DataFrame) -> list[str]:
    """Return the lines that `check` prints: the summary, issues, and the first requests.

    Each issue is a line, or, where the plan has areas, each area.
    """
    if plan.areas.empty:
        issues = list_issues(plan, intake.issues)
        position = (issues.unit_name + "; " + issues.place).str.removesuffix("; ")  # may be ""
        lines = [*("[" + issues.severity + "] " + position + ": " + issues.message)]
    else:
        lines = [f"{s.name}: {s.summary}" for s in _sections(plan, intake, missing)]
    return [*summarise(plan, intake), *lines]


def summarise(plan: Plan, intake: Intake) -> list[str]:
    """Return sentences on the returns that came or are missing, and on the number of issues."""
    return [*arrivals(plan, intake.returns), f"{_count_issues(plan, intake.issues)}."]


def _count_issues(plan, issues):
    """Return the numbers of issues by grade as text; grades without any are left out."""
    counts = list_issues(plan, issues).severity.value_counts()
    points = [
        f"{format_number(int(counts[word]))} điểm {word}" for word in _GRADES if word in counts
    ]
    if stopping := int((issues.severity == "stop").sum()):
        points[0] += f" (trong đó {format_number(stopping)} điểm phải sửa xong mới công bố được)"
    return ", ".join(points) or "Không có điểm nào phải sửa"


def _sections(plan, intake, missing) -> Iterator[_Section]:
    """Yield a section for each area in the order of the register, then one for the province and for
    files of no known unit; without areas a single section. One without returns or issues is left
    out.
    """
    if plan.areas.empty:
        yield _section(plan, intake, missing, "")
        return
    area_of = plan.reporting_units.area
    names = [*plan.areas.items(), ("", f"Cấp {plan.kind} và tệp chưa rõ đơn vị")]
    for code, name in names:
        rows = [
            frame[frame.reporter.map(area_of).fillna("") == code]
            for frame in (intake.returns, intake.issues, intake.differences, missing)
        ]
        returns, issues, differences, missing_rows = rows
        if len(returns) or len(issues):
            part = Intake(intake.cells, returns, issues, differences=differences)
            yield _section(plan, part, missing_rows, name)


def _section(plan, intake, missing, name):
    """Return the section of these returns, issues, differences and missing cells."""
    returns = intake.returns
    received = returns[returns.state.isin(COUNTED_STATES)].reporter.nunique()
    parts = [f"đã nhận {received}/{returns.reporter.nunique()} báo cáo"]
    if len(intake.issues):
        parts.append(_count_issues(plan, intake.issues))
    if number_missing := int(count_missing(missing).sum()):
        parts.append(f"{format_number(number_missing)} ô chưa có số liệu")
    issues = list_issues(plan, intake.issues)
    if (issues.note == "").all():
        issues = issues.drop(columns="note")
    return _Section(
        name,
        ", ".join(parts),
        issues.rename(columns={"note": "Ghi chú của đơn vị"}),
        _list_returns(plan, intake),
        _list_missing(plan, missing),
        _list_changes(plan, intake.differences),
    )


def _list_returns(plan, intake):
    """Return a row for each file and each missing return: unit, state, day, and the numbers of
    issues by grade and of cells.
    """
    returns = intake.returns
    grades = list_issues(plan, intake.issues).severity
    counts = pd.crosstab(intake.issues.file, grades)
    used = [word for word in _GRADES if word in counts]
    counts = counts.reindex(index=returns.file, columns=used, fill_value=0)
    counts = counts.set_axis(returns.index).rename(columns=str.capitalize)
    names = returns.reporter.map(plan.senders.full_name).fillna(returns.file)
    shown = {"unit_name": names, "state": returns.state.map(plan.return_state_labels)}
    return pd.concat([pd.DataFrame(shown), returns.sent, counts, returns[[*CELL_COUNTS]]], axis=1)


def _list_missing(plan, missing):
    """Return `reminder_table` with numbers instead of headings of objectives: the table is wide."""
    table = reminder_table(plan, missing)
    numbers = table.objective.astype("string").str.split(".").str[0]
    return table.assign(objective=numbers)


def _list_changes(plan, differences):
    """Return a row for each cell with different values in two files of a unit."""
    named = differences.assign(unit_name=differences.reporter.map(plan.senders.full_name))
    return named[[*_CHANGE_COLUMNS]].rename(columns=_CHANGE_COLUMNS)
