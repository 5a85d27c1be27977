"""The record: whose rows a unit has, and in which order units stand."""

import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import what_if
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan


def test_rows_by_commune_are_those_of_the_unit_in_register_order(case: Case) -> None:
    """Also where the frame says nothing of who reported them; of the province all 277."""
    cells = case.cells[case.cells.objective == "communication"]
    sessions = cells.groupby("unit_code").number.sum().sort_values()
    communes = case.plan.communes("230").index
    assert len(communes) == 28 and {*case.unit_rows(sessions).index} == {*communes}
    assert len(case.at("25").unit_rows(sessions)) == 277


def test_findings_are_shown_in_register_order(case: Case) -> None:
    """However they were sorted before, the province last; a count that no unit reported is none."""
    findings = pd.concat([case.province.findings, case.findings.sort_values("low")])
    rows = case.for_display(findings.query("objective == 'communication'"))
    assert rows.unit_code.tolist() == [*case.plan.reporters.index]
    assert rows.unit_code[rows.low.isna()].tolist() == ["240"]
    assert case.at("240").finding("communication").low == 0, "as it is filed"


def test_province_stands_apart_in_every_frame_of_a_case(case: Case) -> None:
    """13 districts and the province, six objectives each: 78 and 6 rows of the 84 of findings.csv;
    a trial as well. The provincial bodies' own cases are no part of the units' sum.
    """
    trial = what_if(case, {("communication", "active_quarters"): 4})
    districts = {*case.plan.reporting_units.index}
    for one in (case, trial):
        assert (len(one.findings), len(one.province.findings)) == (78, 6)
        for frame in (one.findings, one.indicators, one.changes):
            assert {*frame.unit_code} == districts
        for frame in (one.province.findings, one.province.indicators, one.province.changes):
            assert {*frame.unit_code} == {"25"}
    assert [*case.findings] == FINDING_COLUMNS
    assert case.at("25").finding("media").verdict == "not_met"
    assert {"own_cases"} <= {*case.province.indicators["item"]} - {*case.indicators["item"]}


@pytest.mark.parametrize(
    "item", ["attendance", "sessions", "documents", "budget", "outreach", "inspections"]
)
def test_sum_over_indicators_is_that_of_the_province_once(case: Case, item: str) -> None:
    """It was twice the truth while the province stood in the same frame."""
    of_units = case.indicators.query("item == @item").value.sum()
    [province] = case.province.indicators.query("item == @item").value
    own = case.province.indicators.query("item == @own", local_dict={"own": f"own_{item}"}).value
    assert of_units + own.sum() == province > 0


def test_units_merge_with_every_frame_by_unit_code(case: Case) -> None:
    names = case.units[["full_name"]]
    for frame in (case.findings, case.indicators, case.cells, case.changes):
        merged = frame.merge(names, on="unit_code", how="left", validate="m:1")
        assert merged.full_name.notna().all()


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


def test_public_edition_has_no_row_of_persons_in_any_table(plan: Plan, shipped: Intake) -> None:
    """Last year's number of violators, 120 in the illustrative figures, stands inside alone; a sum
    over rows of persons is over nothing.
    """
    internal, public = (case_of(plan, shipped, inside) for inside in (True, False))
    assert internal.previous.value["25", "violators"] == 120
    assert "violators" not in public.previous.index.get_level_values("item")
    for frame in (public.indicators, public.changes, public.province.indicators):
        assert frame.query("item in ['violators', 'sellers', 'buyers', 'organisers']").empty
    persons = public.cells[public.cells.row.isin(["6.7", "6.8", "6.9", "6.10"])]
    assert persons.groupby("item").number.sum().empty
