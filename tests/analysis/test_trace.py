"""The trace: which cells stand behind a finding, what each counts as, and the parts that it is
counted in.
"""

import pandas as pd

from pcmd_eval.analysis.trace import trace, trace_lines
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan


def at(cells: pd.DataFrame, item: str, period: str) -> tuple[str, str]:
    """Return what one cell counts as, and under which rule."""
    [row] = cells[(cells["item"] == item) & (cells.period == period)].itertuples()
    return row.counts_as, row.rule


def test_trace_rows_are_the_cells_that_the_finding_counts(plan: Plan, shipped: Intake) -> None:
    """28 communes of Đoan Hùng with two to four quarters each; those of the province are all
    communes'.
    """
    cells = trace(plan, shipped.cells, "230", "communication")
    assert [*cells.columns] == [*OBSERVATIONS, "rule", "counts_as"]
    assert {*cells.dtypes} == {pd.StringDtype()}
    assert cells.unit_code.nunique() == 28 and {*cells.period} == {"Q1", "Q2", "Q3", "Q4"}
    maintained = cells.rule.str.extract(r"; (\d{5}) (\w+)$").drop_duplicates()
    assert (maintained[1] == "low").sum() == 21
    assert trace(plan, shipped.cells, "25", "communication").unit_code.nunique() == 277


def test_trace_sums_equal_the_finding(plan: Plan, shipped: Intake, findings: pd.DataFrame) -> None:
    """Low of objectives 2 and 3 of the province, from what each district is at the end of `rule`."""
    province = findings[findings.unit_code == "25"].set_index("objective")
    for slug in ("integration", "harm_reduction"):
        cells = trace(plan, shipped.cells, "25", slug)
        counts = cells.rule.str.extract(r"; (\d{3}) (\w+)$").drop_duplicates()[1].value_counts()
        finding = province.loc[slug]
        assert (counts["low"], counts["low"] + counts["unknown"]) == (finding.low, finding.high)


def test_trace_counts_as_says_yes_no_or_unknown(plan: Plan, shipped: Intake) -> None:
    """Yes, no and unknown; a pending case is none until the rule says that it is handled."""
    harm = trace(plan, shipped.cells, "230", "harm_reduction")
    assert at(harm, "3.1.1", "Q1") == ("low", "limbs: 230/3.1 low; 230 low")
    cases = trace(plan, shipped.cells, "231", "enforcement")
    assert at(cases, "6.6", "Q4") == ("none", "pending: 231/Q4 unhandled; 231 not_met")
    handled = plan.with_rules({("enforcement", "pending"): "handled"})
    assert at(trace(handled, shipped.cells, "231", "enforcement"), "6.6", "Q4")[0] == "low"
    missing = trace(plan, shipped.cells, "240", "integration")
    expected = "unknown", "min_programmes: 240/2.1 unknown; 240 unknown"
    assert at(missing, "2.1:document", "Y") == expected


def test_trace_open_cell_names_the_rule_and_counts_as_a_floor(plan: Plan, shipped: Intake) -> None:
    """A 0 and a "Không" before the cut-off say nothing yet; a number above 0 and a "Có" count."""
    cells = pd.concat(trace(plan, shipped.cells, "25", o.slug) for o in plan.objectives)
    is_open = cells.rule.str.startswith("open_period_days, ")
    counts = cells[is_open & ~cells["item"].eq("6.6")].groupby("raw").counts_as.unique().map(set)
    assert counts["0"] == counts["Không"] == {"unknown"} and counts["2"] == {"low"}


def test_trace_of_models_has_statements_and_silence(plan: Plan, shipped: Intake) -> None:
    """Objective 4 rests on what is said of lines, and on who keeps silent; objective 5 on the
    province alone.
    """
    cells = trace(plan, shipped.cells, "25", "support_model")
    statements = cells[cells["item"] == "none:name"].set_index("reporter").counts_as
    assert statements["230"] == "none" and statements["240"] == "unknown"
    assert (cells.counts_as[cells["item"] == "4.1:name"] == "low").all()


def test_trace_lines_have_place_unit_content_and_value(plan: Plan, shipped: Intake) -> None:
    """Place, unit, what and when in the words of the form, what stands there, what it counts as."""
    _, line, *_ = trace_lines(plan, trace(plan, shipped.cells, "230", "integration"))
    place = "230-doan-hung.xlsx · 2 Lồng ghép · D5: Huyện Đoan Hùng"
    assert line == f"{place}, 2.1 Giảm nghèo Đã thực hiện, Cả năm: Có → Có"
    line, *_ = trace_lines(plan, trace(plan, shipped.cells, "240", "enforcement"))
    place = "chưa có trong báo cáo: Huyện Tân Sơn"
    assert line == f"{place}, 6.3 Vụ việc phát hiện, Quý I: không có → Chưa rõ"
    assert trace_lines(plan, trace(plan, shipped.cells, "230", "media")) == []


def test_trace_without_any_model_says_so(plan: Plan, shipped: Intake) -> None:
    """All lines say that there is none: no model to tell of, and none behind the finding."""
    cells = shipped.cells
    alone = cells[(cells.objective != "support_model") | (cells.row == "none")]
    traced = trace(plan, alone, "25", "support_model")
    assert len(traced) > 5 and {*traced.rule} == {"no_model"}
    assert {*traced.counts_as} == {"none", "unknown"}  # who sent nothing has not said so
