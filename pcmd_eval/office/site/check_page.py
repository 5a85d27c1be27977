"""Make the page and the printed lines of the command `check`: requests and returns."""

import pandas as pd

from pcmd_eval.analysis.reporting_status import describe_arrivals
from pcmd_eval.evaluation.observations import CELL_COUNTS, count_cells, is_illustrative
from pcmd_eval.office.asks.request_list import SEVERITY_LABELS, Requests
from pcmd_eval.office.asks.wording import describe_place
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.site.navigation import order_by_name
from pcmd_eval.office.site.page_layout import layout_page
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK

_SEVERITY_NAMES = (*dict.fromkeys(SEVERITY_LABELS.values()),)
_NO_UNIT = "chưa rõ đơn vị"


def check_page(plan: Plan, intake: Intake, requests: Requests, audit: str = "") -> bytes:
    """Return the page of `check` (HTML, UTF-8): summary, requests, returns by name of unit.

    `audit`: the file name of the audit workbook, "" for none.
    """
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    marks = [mark for mark in (INTERNAL_MARK, plan.mark, illustrative) if mark]
    return layout_page(
        "check.html.j2",
        f"Kiểm tra báo cáo – Kế hoạch số {plan.plan}",
        marks,
        plan=plan,
        audit=audit,
        page_path="",
        titles={},
        imprint=(),
        summary=summarize(plan, intake, requests),
        requests=_format_requests(plan, requests),
        returns=_list_returns(plan, intake.returns, requests),
    )


def intake_lines(plan: Plan, intake: Intake, requests: Requests) -> list[str]:
    """Return the lines that `check` prints: the summary, then each row of check.csv."""
    rows = _format_requests(plan, requests)
    position = rows.unit_name + ("; " + rows.place).where(rows.place != "", "")
    lines = [*("[" + rows.severity + "] " + position + ": " + rows.message)]
    return [*summarize(plan, intake, requests), *lines]


def summarize(plan: Plan, intake: Intake, requests: Requests) -> list[str]:
    """Return sentences on received and missing returns, and on the numbers of requests by label
    (`SEVERITY_LABELS`), without zeros, and of those that settle a finding.
    """
    severities = requests.rows.severity
    counts = severities.map(SEVERITY_LABELS).value_counts()
    texts = [
        f"{format_number(int(counts[name]))} điểm {name}"
        for name in _SEVERITY_NAMES
        if name in counts
    ]
    if stopping := int((severities == "stop").sum()):  # they have the first label
        texts[0] += f" (trong đó {format_number(stopping)} điểm phải sửa xong mới công bố được)"
    waited = int((requests.rows.settles != "").sum())
    waiting = f"; kết luận đang chờ {format_number(waited)} điểm trong đó" if waited else ""
    listed = ", ".join(texts) or "Không có điểm nào phải sửa"
    return [
        *describe_arrivals(plan, intake.returns, count_cells(intake.cells)),
        f"{listed}{waiting}.",
    ]


def _format_requests(plan: Plan, requests: Requests) -> pd.DataFrame:
    """Return the rows of check.csv in words for display, worst first.

    Columns: `unit_name`, `severity`, `place`, `raw` (the value of the cell), `message`, `settles`
    (the findings that wait for the answer).
    """
    rows, names = requests.rows, plan.register.full_name
    places = [describe_place(row, names) for row in rows.itertuples()]
    columns = {
        "unit_name": rows.reporter.map(names).fillna(_NO_UNIT),
        "severity": rows.severity.map(SEVERITY_LABELS),
        "place": pd.Series(places, rows.index),
        "raw": rows.value,
        "message": rows.message,
        "settles": rows.settles,
    }
    return pd.DataFrame(columns, dtype="string")


def _list_returns(plan: Plan, returns: pd.DataFrame, requests: Requests) -> pd.DataFrame:
    """Return a row for each of `returns`: unit, area, state, day of sending, number of requests by
    severity label, and `CELL_COUNTS`; the province and files of unknown units come last.
    """
    ordered = pd.Index([*order_by_name(plan.reporting_units)])
    ranks = ordered.get_indexer(returns.reporter) % (len(ordered) + 1)  # -1: of no unit
    returns = returns.iloc[ranks.argsort(kind="stable")]
    severities = requests.rows.severity.map(SEVERITY_LABELS)
    rows = requests.rows
    # A row for each file, or for the reporter of requests without a file.
    counts = pd.crosstab(rows.file.mask(rows.file == "", rows.reporter), severities)
    used_names = [name for name in _SEVERITY_NAMES if name in counts]
    counts = counts.reindex(
        index=returns.file.fillna(returns.reporter), columns=used_names, fill_value=0
    )
    counts = counts.set_axis(returns.index).rename(columns=str.capitalize)
    names = returns.reporter.map(plan.senders.full_name).fillna(returns.file)
    first_columns = {"unit_name": names}
    if not plan.areas.empty:
        first_columns["Khu vực"] = returns.reporter.map(plan.senders.area_name).fillna("")
    first_columns["state"] = returns.state.map(plan.return_state_labels)
    return pd.concat(
        [pd.DataFrame(first_columns), returns.sent, counts, returns[[*CELL_COUNTS]]], axis=1
    )
