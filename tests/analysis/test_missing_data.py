"""Missing data as told to readers, recounted by hand from the shipped returns; the tables of both
reviews are approved in tests/golden/notebooks.
"""

from dataclasses import replace
from datetime import date

import pytest
from editions import case_of
from made import COM, ENF, INT, edited, good, inform, put

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.analysis.reminders import (
    describe_missing,
    explain_no_missing,
    missing_by_reporter,
    reminder_table,
)
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan


@pytest.fixture(scope="module", params=[False, True], ids=["public", "internal"])
def case(plan: Plan, shipped: Intake, request: pytest.FixtureRequest) -> Case:
    return case_of(plan, shipped, request.param)


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("230", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        ("235", "Không thiếu số liệu nào có thể làm thay đổi kết luận."),
        ("228", "Còn thiếu số liệu: toàn bộ dòng của xã Văn Lung; quý III của xã Hà Thạch."),
        ("240", "Còn thiếu số liệu: toàn bộ biểu."),
        (
            "236",
            "Còn thiếu số liệu: quý IV của xã Hiền Quan, xã Hùng Đô, xã Hương Nộn và xã Dậu Dương "
            "(đang ghi 0; số liệu mới chốt đến 30/11, đề nghị cập nhật mọi biểu đến hết quý IV rồi "
            "ghi lại Ngày chốt số liệu và Ngày gửi).",
        ),
    ],
)
def test_describe_missing_of_a_district_names_quarters_and_communes(
    case: Case, unit: str, sentence: str
) -> None:
    """Only those that can still decide: Cẩm Khê lacks a quarter that changes a count alone."""
    assert describe_missing(case.at(unit), "communication") == sentence


def test_describe_missing_of_the_province_names_who_lacks_what(case: Case) -> None:
    """A whole sheet is missing of a district, not of nobody."""
    sentence = describe_missing(case, "communication")
    assert sentence.startswith("Còn thiếu số liệu của: huyện Tân Sơn (toàn bộ biểu); huyện Tam")
    of_cam_khe = "quý IV của xã Xương Thịnh; quý I, II, III và IV của xã Điêu Lương (chưa khớp)"
    assert f"; huyện Cẩm Khê ({of_cam_khe})" in sentence
    assert sentence.count("huyện Thanh Sơn") == 1


def test_missing_by_reporter_has_a_row_for_each_sheet_of_a_silent_unit(case: Case) -> None:
    silent = case.at("240")
    is_open = "unit_code == '240' and verdict == 'undetermined'"
    rows = missing_by_reporter(silent, case.findings.query(is_open))
    slugs = ("communication", "integration", "harm_reduction", "enforcement")
    assert [*rows.objective] == [case.names[slug] for slug in slugs]
    assert {*rows["Còn thiếu"]} == {"toàn bộ biểu"} and [*rows["Số ô"]] == [68, 10, 28, 12]
    assert missing_by_reporter(case, case.findings.head(0)).empty


def test_explain_no_missing_tells_harmless_gaps_from_none(case: Case) -> None:
    """Cẩm Khê lacks cells that alter no verdict."""
    harmless = case.at("235")
    assert explain_no_missing(harmless) == "Số liệu còn thiếu không làm thay đổi kết luận nào."
    complete = replace(harmless, cells=case.cells.assign(state="reported"))
    assert explain_no_missing(complete) == "Không có chỉ tiêu nào còn thiếu số liệu."


def test_reminder_table_of_models_names_the_line_in_words(case: Case) -> None:
    """The line of Phú Thọ has no type any more."""
    cells = case.cells.copy()
    of_type = (cells["item"] == "4.1:type") & (cells.reporter == "228")
    cells.loc[of_type, ["value", "state"]] = [None, "blank"]
    missing = missing_cells(case.plan, cells, evaluate(case.plan, cells))
    table = reminder_table(case.plan, missing[missing.reporter == "228"])
    [line] = table[table.objective == case.names["support_model"]].to_dict("records")
    assert (line["Còn thiếu"], line["Các ô"]) == ("mục “Loại mô hình (1/2/3)” của dòng 1", "C5")


def test_reminder_table_fits_the_cells_of_each_line(plan, tmp_path):
    """Thị xã Phú Thọ has no sheet 1, an early cut-off, and 6.8 twice, in digits."""

    def spoil(book):
        inform(book, cutoff=date(2017, 11, 30))
        del book[COM]
        put(book[ENF], 16, 1, "6.8", "Người bán dâm", "người", 5, 5, 5, 5)

    (tmp_path / "a.xlsx").write_bytes(edited(good(), spoil))
    cells = read_returns(plan, tmp_path).cells
    missing = missing_cells(plan, cells, evaluate(plan, cells, []))
    of_unit = missing[missing.reporter == "228"]
    table = reminder_table(plan, of_unit[~of_unit.index.duplicated()])
    of_sheet_1 = table[table.objective.str.startswith("1.")]
    assert [*of_sheet_1["Còn thiếu"]] == [
        "quý I, II, III và mục “Lượt người” của 10 phường, xã",
        "quý IV của 10 phường, xã",
    ]
    of_twice = table["Đề nghị"][table["Còn thiếu"].str.contains("người bán dâm")]
    assert len(of_twice) == 2  # quarter IV was open
    assert of_twice.str.contains("sửa mã, tên của dòng").all()
    assert not of_twice.str.contains("chỉ ghi chữ số").any()


@pytest.mark.parametrize(
    ("blanks", "is_doubted"), [(("C5", "D5"), False), (("C5", "C6", "D6"), True)]
)
def test_reminder_table_doubts_what_was_carried_out_only_where_it_stands(
    plan, tmp_path, blanks, is_doubted
):
    def spoil(book):
        for cell in blanks:
            book[INT][cell] = None

    (tmp_path / "a.xlsx").write_bytes(edited(good(), spoil))
    cells = read_returns(plan, tmp_path).cells
    missing = missing_cells(plan, cells, evaluate(plan, cells, []))
    of_unit = missing[missing.reporter == "228"]
    [request] = reminder_table(plan, of_unit[~of_unit.index.duplicated()])["Đề nghị"]
    assert ("sửa hoặc xác nhận mục Đã thực hiện" in request) == is_doubted


def test_reminder_table_calls_no_row_whole_whose_other_cells_contradict(plan, tmp_path):
    """Of 6.7 quarter III cannot be read; in the others one kind of persons is more than all."""

    def spoil(book):
        put(book[ENF], 11, 4, 0, 0, "ba", 0)

    (tmp_path / "a.xlsx").write_bytes(edited(good(), spoil))
    cells = read_returns(plan, tmp_path).cells
    missing = missing_cells(plan, cells, evaluate(plan, cells, []))
    of_unit = missing[(missing.reporter == "228") & (missing.state != "contradictory")]
    [described] = reminder_table(plan, of_unit)["Còn thiếu"]
    assert described == "quý III về tổng số người vi phạm"


def test_missing_cells_of_complete_returns_are_none(case: Case) -> None:
    """An empty frame takes the index of a longer column that is assigned to it."""
    met = case.findings[case.findings.verdict == "met"]
    assert missing_cells(case.plan, case.cells.assign(state="reported"), met).empty
