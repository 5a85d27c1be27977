"""The record: whose rows a unit has, and in which order units stand."""

import pandas as pd
import pytest

from pcmd_eval import what_if
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, format_findings


@pytest.fixture(scope="module")
def scenario(case: Case) -> Case:
    return what_if(case, {("communication", "active_quarters"): 4})


def test_rows_by_commune_are_those_of_the_unit_in_register_order(case: Case) -> None:
    """Also where the frame says nothing of who reported them; of the province all 277."""
    cells = case.cells[case.cells.objective == "communication"]
    sessions = cells.groupby("unit_code").number.sum().sort_values()
    communes = case.plan.communes("230").index
    assert len(communes) == 28 and {*case.unit_rows(sessions).index} == {*communes}
    assert len(case.at("25").unit_rows(sessions)) == 277


def test_findings_are_shown_in_register_order(case: Case) -> None:
    """However they were sorted before, the province last; a count that no unit reported is none."""
    findings = case.findings.query("objective == 'communication'").sort_values("low")
    rows = case.for_display(findings)
    assert rows.unit_code.tolist() == [*case.plan.reporters.index]
    assert rows.unit_code[rows.low.isna()].tolist() == ["240"]
    assert case.at("240").finding("communication").low == 0, "as it is filed"


def test_case_findings_end_with_the_level_of_the_unit(case: Case, scenario: Case) -> None:
    """As indicators have it: what leaves the province out takes one query."""
    for findings in (case.findings, scenario.findings):
        assert [*findings] == [*FINDING_COLUMNS, "level"]
        assert {*findings.query("level != 'province'").unit_code} == {*case.codes} - {"25"}
    assert [*format_findings(case.findings)] == FINDING_COLUMNS


def test_rows_of_one_reporter_lose_the_level_of_reporters(case: Case) -> None:
    """By reporter and quarter, for a district by quarter alone; districts before the province."""
    cells = case.cells[case.cells["item"] == "6.3"]
    detected = cells.set_index(["reporter", "period"]).number
    assert case.unit_rows(detected).index.tolist() == ["Q1", "Q2", "Q3", "Q4"]
    rows = case.at("25").unit_rows(detected.sort_index(ascending=False))
    reporters = rows.index.get_level_values("reporter").unique()
    assert [*reporters] == [*case.plan.reporters.index]


def test_case_frames_have_types_to_compute_with(case: Case) -> None:
    """Late is yes or no, days are days, shares are numbers."""
    returns = case.returns
    assert {*map(str, returns[["late", "illustrative"]].dtypes)} == {"boolean"}
    assert all(pd.api.types.is_datetime64_dtype(returns[day]) for day in ("sent", "cutoff"))
    assert {*map(str, case.findings[["value_low", "value_high"]].dtypes)} == {"Float64"}
    finding = case.finding("communication")
    assert finding.value_low == finding.low / finding.total
    late = returns[returns.late.fillna(False)]
    assert len(late) and (late.sent > "2017-12-20").all()
