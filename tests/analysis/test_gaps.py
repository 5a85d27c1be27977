"""What the pages say is lacking: of which periods and of whom, as recounted by hand from the returns."""

from dataclasses import replace

import pytest
from editions import case_of

from pcmd_eval.analysis.data_requests import cells_asked_for
from pcmd_eval.analysis.missing_data_text import gaps, harmless, lacking
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.findings import evaluate


@pytest.fixture(scope="module", params=[False, True], ids=["public", "internal"])
def case(plan, shipped, request) -> Case:
    return case_of(plan, shipped, request.param)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("230", "Không thiếu số liệu nào có thể làm thay đổi số đếm."),
        ("235", "Còn thiếu số liệu: quý IV của xã Xương Thịnh."),
        (
            "228",
            "Còn thiếu số liệu: quý I, II, III và IV của xã Văn Lung; quý III của xã Hà Thạch.",
        ),
        ("240", "Còn thiếu số liệu: quý I, II, III và IV của 17 xã."),
    ],
)
def test_a_page_names_the_quarters_and_communes_that_are_lacking(case, unit, said):
    """Only those that can still change a count: Đoan Hùng has blanks, too, that cannot."""
    assert lacking(case.at(unit), "communication") == said


def test_the_review_names_who_lacks_what_of_every_open_objective(case):
    own = case.findings.query("unit_code == '240' and verdict == 'undetermined'")
    rows = [(slug, *told) for slug, _, *told in gaps(case.at("240"), own).itertuples(index=False)]
    year = "quý I, II, III và IV của"
    assert rows == [
        ("communication", f"{year} 17 xã", 68),
        ("integration", "cả năm của 5 dòng", 10),
        ("harm_reduction", f"{year} 7 dòng", 28),
        ("enforcement", f"{year} dòng 6.3, dòng 6.4 và dòng 6.5", 12),
    ]
    whole = gaps(case, case.findings.query("unit_code == '25' and verdict == 'undetermined'"))
    assert [*whole.reporter][:3] == ["227", "228", "231"] and whole["Số ô"].sum() == 104
    # 10 cells, not the 16 of four communes in four quarters
    assert whole.set_index("reporter").loc["238", "Còn thiếu"] == (
        "quý I, II, III và IV của xã Võ Miếu và xã Thượng Cửu; quý III của xã Cự Thắng; quý II của "
        "xã Khả Cửu"
    )


def test_nothing_is_lacking_where_all_is_decided(case):
    assert gaps(case, case.findings.query("verdict == 'met'").head(0)).empty


def test_what_is_lacking_and_decides_nothing_is_not_said_to_be_there(case):
    """Cẩm Khê lacks cells that alter no verdict."""
    other = case.at("235")
    assert harmless(other) == "Số liệu còn thiếu không làm thay đổi kết luận nào."
    whole = replace(other, cells=case.cells.assign(state="reported"))
    assert harmless(whole) == "Không có chỉ tiêu nào còn thiếu số liệu."


def test_silence_about_models_and_a_cell_of_a_line_are_named_in_words(case):
    """Tân Sơn sent nothing; the line of Phú Thọ has no type any more."""
    cells = case.cells.copy()
    of_type = (cells["item"] == "4.1:type") & (cells.reporter == "228")
    cells.loc[of_type, ["value", "state"]] = [None, "blank"]
    other = replace(case, cells=cells, findings=evaluate(case.plan, cells))
    whole = lacking(other, "support_model")
    assert "biểu 4 Mô hình" in whole and "none" not in whole
    [line] = [line for line in cells_asked_for(other.at("228")) if line["sheet"] == "4 Mô hình"]
    assert (line["what"], line["cells"]) == ("4.1 Loại mô hình (1/2/3)", "C5")
