"""The page of `check` and the lines it prints: returns, issues, missing data."""

import re
from collections.abc import Mapping

import pandas as pd

from pcmd_eval.analysis.missing_data import count_missing
from pcmd_eval.analysis.reminders import reminder_table
from pcmd_eval.analysis.reporting_status import arrivals
from pcmd_eval.analysis.show import table_html
from pcmd_eval.evaluation.observations import CELL_COUNTS, counted_returns, is_illustrative
from pcmd_eval.forms.issue_list import CONFIRMED, list_issues
from pcmd_eval.intake.issues import SEVERITY_LABELS
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.navigation import list_by_name
from pcmd_eval.site.page_layout import layout_page
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK

_GRADES = (*dict.fromkeys(SEVERITY_LABELS.values()), CONFIRMED)
_ROW = re.compile(r"<tr>(?=<th scope=\"row\")")


def check_page(plan: Plan, intake: Intake, missing: pd.DataFrame, audit: str = "") -> bytes:
    """Return the page of `check` (HTML): summary, issues, returns by name of unit, missing data.

    `missing`: see `missing_cells`; `audit`: the name of the audit workbook, if there is one.
    """
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    marks = [mark for mark in (INTERNAL_MARK, plan.mark, illustrative) if mark]
    letters = list_by_name(plan.reporting_units)
    issues = list_issues(plan, intake.issues)
    if (issues.note == "").all():
        issues = issues.drop(columns="note")
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
        summary=summarise(plan, intake, missing),
        letters=letters,
        issues=issues.rename(columns={"note": "Ghi chú của đơn vị"}),
        returns=_returns_table(plan, intake, letters),
        missing=_list_missing(plan, missing),
    )


def intake_lines(plan: Plan, intake: Intake, missing: pd.DataFrame) -> list[str]:
    """Return the lines that `check` prints: the summary, then each issue."""
    issues = list_issues(plan, intake.issues)
    position = (issues.unit_name + "; " + issues.place).str.removesuffix("; ")  # may be ""
    lines = [*("[" + issues.severity + "] " + position + ": " + issues.message)]
    return [*summarise(plan, intake, missing), *lines]


def summarise(plan: Plan, intake: Intake, missing: pd.DataFrame) -> list[str]:
    """Return sentences on the returns that came or are missing, on the numbers of issues and of
    cells that the senders are asked for.
    """
    came = counted_returns(intake.returns).index
    cells = count_missing(missing[missing.reporter.isin(came)])
    request = ""
    if len(cells):
        request = f"; đề nghị bổ sung {format_number(int(cells.sum()))} ô của {len(cells)} đơn vị"
    return [*arrivals(plan, intake.returns), f"{_count_issues(plan, intake.issues)}{request}."]


def _count_issues(plan: Plan, issues: pd.DataFrame) -> str:
    """Return the numbers of issues by grade as text; grades without any are left out."""
    counts = list_issues(plan, issues).severity.value_counts()
    points = [
        f"{format_number(int(counts[word]))} điểm {word}" for word in _GRADES if word in counts
    ]
    if stopping := int((issues.severity == "stop").sum()):
        points[0] += f" (trong đó {format_number(stopping)} điểm phải sửa xong mới công bố được)"
    return ", ".join(points) or "Không có điểm nào phải sửa"


def _returns_table(plan: Plan, intake: Intake, letters: Mapping[str, str]) -> str:
    """Return the table (HTML) of the files and the missing returns, in the order of `letters`, with
    an anchor where a letter begins; the province and files of no known unit stand last.
    """
    order = {unit: at for at, unit in enumerate(letters)}
    returns = intake.returns.sort_values(
        "reporter", key=lambda codes: codes.map(order).fillna(len(order)), kind="stable"
    )
    first = returns.reporter.map(letters).fillna("").mask(returns.reporter.duplicated(), "")
    anchors = iter([f'<tr id="chu-{letter}">' if letter else "<tr>" for letter in first])
    table = table_html(_list_returns(plan, intake, returns))
    return _ROW.sub(lambda _: next(anchors), table)


def _list_returns(plan: Plan, intake: Intake, returns: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each of `returns`: unit, area, state, day, and the numbers of issues by
    grade and of cells.
    """
    grades = list_issues(plan, intake.issues).severity
    counts = pd.crosstab(intake.issues.file, grades)
    used = [word for word in _GRADES if word in counts]
    counts = counts.reindex(index=returns.file, columns=used, fill_value=0)
    counts = counts.set_axis(returns.index).rename(columns=str.capitalize)
    names = returns.reporter.map(plan.senders.full_name).fillna(returns.file)
    first_columns = {"unit_name": names}
    if not plan.areas.empty:
        first_columns["Khu vực"] = returns.reporter.map(plan.senders.area_name).fillna("")
    first_columns["state"] = returns.state.map(plan.return_state_labels)
    return pd.concat(
        [pd.DataFrame(first_columns), returns.sent, counts, returns[[*CELL_COUNTS]]], axis=1
    )


def _list_missing(plan: Plan, missing: pd.DataFrame) -> pd.DataFrame:
    """Return `reminder_table` with numbers instead of headings of objectives: the table is wide."""
    table = reminder_table(plan, missing)
    numbers = table.objective.astype("string").str.split(".").str[0]
    return table.assign(objective=numbers)
