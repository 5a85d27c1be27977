"""Find what a paper asks of its readers: cells to send, and points to mend or confirm."""

import pandas as pd

from pcmd_eval.analysis.case import Case, issues_of, latest_returns
from pcmd_eval.analysis.missing_data import count_missing, missing_of
from pcmd_eval.evaluation.states import period_ends
from pcmd_eval.reports.placeholders import silent_units
from pcmd_eval.util.formatting import format_count, lowercase_first
from pcmd_eval.util.vocabulary import PERIOD_LABELS


def own_missing(case: Case) -> pd.DataFrame:
    """Return the cells that the case's reporter should send, each once; see `confirms`."""
    missing = missing_of(case)
    missing = missing[(missing.reporter == case.unit) & (missing.state != "contradictory")]
    return missing[~missing.index.duplicated()]


def confirms(case: Case) -> pd.DataFrame:
    """Return what `check` found in the return to mend or confirm, besides cells that it lacks.

    One row for each point: columns sheet, cell and message.
    """
    issues = issues_of(case)
    if issues.empty:
        return pd.DataFrame(columns=["sheet", "cell", "message"])
    issues = issues[(issues.reporter == case.unit) & (issues.severity != "note")].fillna("")
    missing = own_missing(case)
    requested = {*zip(missing.file, missing.sheet, missing["cell"], strict=True)}
    places = zip(issues.file, issues.sheet, issues["cell"], strict=True)
    is_open = [place not in requested for place in places]
    rows = issues[pd.Series(is_open, issues.index, dtype="bool")]
    return rows[["sheet", "cell", "message"]].drop_duplicates().reset_index(drop=True)


def sending_units(case: Case) -> list[str]:
    """Return the codes of the reporting units that sent a return with figures."""
    return [*case.plan.reporting_units.index.difference(silent_units(case), sort=False)]


def collective_missing(case: Case) -> pd.DataFrame:
    """Return the cells that units which sent a return should still send, each once."""
    missing = missing_of(case)
    missing = missing[missing.reporter.isin(sending_units(case))]
    return missing[~missing.index.duplicated()]


def describe_requests(case: Case, is_collective: bool) -> str:
    """Return how many cells and points the annex asks for, as text; "" for none."""
    if is_collective:
        counts = count_missing(missing_of(case))
        units = counts[counts.index.isin(sending_units(case))]
        senders = f"{format_count(int(units.sum()))} ô của {format_count(len(units))} đơn vị"
        return f"{senders} đề nghị bổ sung, cập nhật" if len(units) else ""
    cells, points = len(own_missing(case)), len(confirms(case))
    texts = [
        f"{format_count(cells)} ô đề nghị bổ sung, cập nhật" if cells else "",
        f"{format_count(points)} điểm cần sửa hoặc xác nhận" if points else "",
    ]
    return "; ".join(filter(None, texts))


def open_period(case: Case, is_collective: bool) -> str:
    """Return the last period of the requested cells that may still be open: quý IV, or "".

    It was not over at the cut-off, nor on the day on which the return was sent.
    """
    missing = collective_missing(case) if is_collective else own_missing(case)
    missing = missing[missing.is_open.astype("bool")]
    sent = pd.to_datetime(missing.reporter.map(latest_returns(case).sent))
    periods = missing.period[~(sent > missing.period.map(period_ends(case.year)))]
    return lowercase_first(PERIOD_LABELS[max(periods)]) if len(periods) else ""
