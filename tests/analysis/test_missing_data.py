"""Missing data as told to readers, recounted by hand from the shipped returns."""

from dataclasses import replace

import pytest
from editions import case_of

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.analysis.reminders import (
    describe_missing,
    explain_no_missing,
    missing_by_reporter,
    reminder_table,
)
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.findings import evaluate


@pytest.fixture(scope="module", params=[False, True], ids=["public", "internal"])
def case(plan, shipped, request) -> Case:
    return case_of(plan, shipped, request.param)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("230", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        ("235", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        (
            "228",
            "Còn thiếu số liệu: toàn bộ dòng của xã Văn Lung; quý III của xã Hà Thạch.",
        ),
        ("240", "Còn thiếu số liệu: toàn bộ biểu."),
        (
            "236",
            "Còn thiếu số liệu: quý IV của xã Hiền Quan, xã Hùng Đô, xã Hương Nộn và xã Dậu Dương "
            "(đang ghi 0; số liệu mới chốt đến 30/11, đề nghị cập nhật mọi biểu đến hết quý IV rồi "
            "ghi lại Ngày chốt số liệu và Ngày gửi).",
        ),
    ],
)
def test_describe_missing_of_a_district_names_quarters_and_communes(case, unit, said):
    """Only those that can still decide: Cẩm Khê lacks a quarter that changes a count alone."""
    assert describe_missing(case.at(unit), "communication") == said


def test_describe_missing_of_the_province_names_who_lacks_what(case):
    """A whole sheet is missing of a district, not of nobody."""
    said = describe_missing(case, "communication")
    assert said.startswith("Còn thiếu số liệu của: huyện Tân Sơn (toàn bộ biểu); huyện Phù Ninh (")
    assert "; huyện Thanh Sơn (" in said
    of_cam_khe = "quý IV của xã Xương Thịnh; quý I, II, III và IV của xã Điêu Lương (chưa khớp)"
    assert f"; huyện Cẩm Khê ({of_cam_khe})" in said
    assert said.count("huyện Thanh Sơn") == 1


def test_missing_by_reporter_of_open_findings_has_a_row_for_each_sheet(case):
    own = case.findings.query("unit_code == '240' and verdict == 'undetermined'")
    table = missing_by_reporter(case.at("240"), own)
    rows = table[["objective", "Còn thiếu", "Số ô"]].itertuples(index=False, name=None)
    assert [*rows] == [
        (case.names["communication"], "toàn bộ biểu", 68),
        (case.names["integration"], "toàn bộ biểu", 10),
        (case.names["harm_reduction"], "toàn bộ biểu", 28),
        (case.names["enforcement"], "toàn bộ biểu", 12),
    ]
    whole = missing_by_reporter(
        case, case.findings.query("unit_code == '25' and verdict == 'undetermined'")
    )
    assert [*whole.unit_name.unique()][:2] == ["Huyện Tân Sơn", "Huyện Phù Ninh"]
    assert whole["Số ô"].sum() == 120  # 10 of objective 2 of Tân Sơn, 6 that contradict each other
    # 6 blank cells and the 4 of a commune without a row, not the 16 of four communes
    thanh_son = whole[whole.unit_name == "Huyện Thanh Sơn"]
    assert [*thanh_son["Số ô"]] == [6, 4]
    assert thanh_son["Còn thiếu"].iloc[0] == (
        "toàn bộ dòng của xã Võ Miếu; quý III của xã Cự Thắng; quý II của xã Khả Cửu"
    )


def test_missing_by_reporter_without_open_findings_is_empty(case):
    assert missing_by_reporter(case, case.findings.query("verdict == 'met'").head(0)).empty


def test_explain_no_missing_tells_harmless_gaps_from_none(case):
    """Cẩm Khê lacks cells that alter no verdict."""
    other = case.at("235")
    assert explain_no_missing(other) == "Số liệu còn thiếu không làm thay đổi kết luận nào."
    complete = replace(other, cells=case.cells.assign(state="reported"))
    assert explain_no_missing(complete) == "Không có chỉ tiêu nào còn thiếu số liệu."


def test_reminder_table_of_models_names_the_line_in_words(case):
    """The line of Phú Thọ has no type any more."""
    cells = case.cells.copy()
    of_type = (cells["item"] == "4.1:type") & (cells.reporter == "228")
    cells.loc[of_type, ["value", "state"]] = [None, "blank"]
    missing = missing_cells(case.plan, cells, evaluate(case.plan, cells))
    table = reminder_table(case.plan, missing[missing.reporter == "228"])
    [line] = table[table.objective == case.names["support_model"]].to_dict("records")
    assert (line["Còn thiếu"], line["Các ô"]) == ("mục “Loại mô hình (1/2/3)” của dòng 1", "C5")


def test_missing_cells_of_complete_returns_are_none(case):
    """An empty frame takes the index of a longer column that is assigned to it."""
    met = case.findings[case.findings.verdict == "met"]
    assert missing_cells(case.plan, case.cells.assign(state="reported"), met).empty
