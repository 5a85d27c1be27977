"""The findings of one unit side by side."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from editions import case_of

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.conclusions import conclusion, share_bar
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped)


@pytest.mark.slow
def test_conclusions_of_a_district_say_each_thing_once(case: Case) -> None:
    """Four objectives are its own: verdict, counts, sentence, and last year in a row of each."""
    district = case.at("235")
    shown = conclusion(district)
    page = BeautifulSoup(shown.html, "lxml")
    assert [head.get_text() for head in page.select("thead th")][-1] == "So với năm 2016"
    rows = page.select("tbody tr")
    assert [row.th.get_text()[:2] for row in rows] == ["1.", "2.", "3.", "6."]
    assert "▲ Chưa đạt 21 đến 23/31 (cần 24)" in " ".join(rows[0].td.get_text(" ").split())
    assert rows[0].get_text().count("21/31") == 1 and "tăng 444 lượt người" in rows[0].get_text()
    assert [bool(row.select(".bar")) for row in rows] == [True, True, True, False]
    *_, decides, left_out = shown.text.splitlines()
    assert decides == "Số liệu còn thiếu không làm thay đổi kết luận nào."
    assert left_out == "Chỉ tiêu 4 và 5: không áp dụng, kế hoạch không giao cho từng huyện."


@pytest.mark.slow
def test_conclusions_of_an_open_unit_count_what_is_missing(case: Case) -> None:
    """Of the province the sentence itself names who is waited for."""
    silent = case.at("240")
    assert conclusion(silent).text.count("ô chưa đủ số liệu để kết luận.") == 4
    text = conclusion(case).text
    assert text.count("chờ huyện Phù Ninh") == 1 and "đơn vị chưa đủ số liệu" not in text


def test_share_bar_of_models_cases_and_nothing_counted_is_none(case: Case) -> None:
    findings = case.province.findings.set_index("objective", drop=False)
    assert share_bar(findings.loc["communication"]).words.startswith("Chắc chắn 192,")
    assert (
        share_bar(findings.loc["support_model"]) is share_bar(findings.loc["enforcement"]) is None
    )
    assert share_bar(findings.loc["communication"].to_dict() | {"total": pd.NA}) is None
