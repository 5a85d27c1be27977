"""`summed`: own sums with their gaps."""

import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import bars, show, summed
from pcmd_eval.analysis.session import Case
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True).at("230")


def test_summed_equals_the_figures_of_the_case(case: Case) -> None:
    """Attendance by district: the same values, states and words as `case.indicators` has."""
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    figures = case.indicators.query("item == 'attendance' and unit_code != '25'")
    figures = figures.set_index("unit_code")[["value", "state", "words"]]
    assert len(sums) == 13 and {*sums.state} == {"complete", "incomplete", "unknown"}
    pd.testing.assert_frame_equal(
        sums.loc[figures.index], figures, check_names=False, check_dtype=False
    )


def test_summed_by_hand() -> None:
    """3 + unknown is at least 3; two unknowns are a dash; 0 + unknown is no 0."""
    cells = pd.DataFrame({
        "reporter": ["a", "a", "b", "b", "c", "c", "d"],
        "number": pd.array([3, None, None, None, 0, None, 1200], dtype="Int64"),
        "amount": pd.array([None] * 7, dtype="Float64"),
        "state": "reported",
    })  # fmt: skip
    sums = summed(cells, ["reporter"])
    assert [*sums.words] == ["3*", "–", "chưa đủ số liệu", "1.200"]
    assert [*sums.state] == ["incomplete", "unknown", "incomplete", "complete"]
    assert "3*" in repr(show(sums)) and "* Chưa gồm" in repr(show(sums))


def test_bars_of_sums_say_what_is_missing(case: Case) -> None:
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    alt = bars(sums, case, "Lượt người").alt
    assert "Huyện Tân Sơn: –" in alt and "ít nhất" in alt and "Thành phố Việt Trì: 26.674" in alt


def test_summed_other_frames_are_refused(case: Case) -> None:
    with pytest.raises(InputRefused, match=r"summed cần bảng có các cột.*thiếu number.*Ví dụ"):
        summed(case.findings, "unit_code")
