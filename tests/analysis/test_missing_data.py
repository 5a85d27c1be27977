"""Missing data as told to readers, recounted by hand from the shipped returns; the tables of both
reviews are approved in tests/golden/notebooks.
"""

from dataclasses import replace

import pytest
from editions import case_of

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.conclusions import describe_missing, explain_no_missing
from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.observations import count_cells
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan


@pytest.fixture(scope="module", params=[False, True], ids=["public", "internal"])
def case(plan: Plan, shipped: Intake, request: pytest.FixtureRequest) -> Case:
    return case_of(plan, shipped, request.param)


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("230", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        ("235", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        ("228", "Còn 05 ô chưa đủ số liệu để kết luận."),  # a row of four quarters, one in words
        ("240", "Còn 68 ô chưa đủ số liệu để kết luận."),  # 17 communes
        ("236", "Còn 04 ô chưa đủ số liệu để kết luận."),  # zeros of a quarter that was not over
    ],
)
def test_describe_missing_of_a_district_counts_its_cells(
    case: Case, unit: str, sentence: str
) -> None:
    """Only those that can still decide: Cẩm Khê lacks a quarter that changes a count alone."""
    assert describe_missing(case.at(unit), "communication") == sentence


def test_describe_missing_of_the_province_counts_and_names_its_districts(case: Case) -> None:
    few = (
        "03 đơn vị còn thiếu số liệu để kết luận: huyện Tân Sơn, huyện Tam Nông và huyện Phù Ninh."
    )
    assert describe_missing(case, "integration") == few
    sentence = describe_missing(case, "communication")
    assert sentence.startswith("11 đơn vị còn thiếu số liệu để kết luận: huyện Tân Sơn, huyện Tam")
    assert sentence.endswith("thành phố Việt Trì và huyện Thanh Ba.") and sentence.count(",") == 9


def test_missing_by_reporter_has_a_row_for_each_sheet_of_a_silent_unit(case: Case) -> None:
    silent = case.at("240")
    is_open = "unit_code == '240' and verdict == 'undetermined'"
    rows = silent.missing_by_reporter(case.findings.query(is_open))
    slugs = ("communication", "integration", "harm_reduction", "enforcement")
    assert [*rows.objective] == [case.names[slug] for slug in slugs]
    assert [*rows["Số ô"]] == [68, 10, 28, 12]
    assert case.missing_by_reporter(case.findings.head(0)).empty


def test_explain_no_missing_tells_harmless_gaps_from_none(case: Case) -> None:
    """Cẩm Khê lacks cells that alter no verdict."""
    harmless = case.at("235")
    assert explain_no_missing(harmless) == "Số liệu còn thiếu không làm thay đổi kết luận nào."
    complete = replace(harmless, cell_counts=count_cells(case.cells.assign(state="reported")))
    assert explain_no_missing(complete) == "Không có chỉ tiêu nào còn thiếu số liệu."


def test_missing_cells_of_complete_returns_are_none(case: Case) -> None:
    """An empty frame takes the index of a longer column that is assigned to it."""
    met = case.findings[case.findings.verdict == "met"]
    assert missing_cells(case.plan, case.cells.assign(state="reported"), met).empty
