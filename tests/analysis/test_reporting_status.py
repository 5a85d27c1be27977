"""The line on missing data under the heading of every page."""

from pcmd_eval import show
from pcmd_eval.analysis.case import Case


def test_heading_says_what_is_missing_behind_all_of_it(case: Case) -> None:
    """Counted by hand in observations.csv: of 2.745 cells asked for 2.385 are final, 80 open."""
    states = case.cells.state.value_counts()
    assert len(case.cells) - states["reported"] - states["open"] == 280
    line = (
        "Toàn tỉnh: chưa có báo cáo của huyện Tân Sơn; 280/2.745 ô chưa rõ, 80 ô còn có thể tăng."
    )
    assert line in show(case).text and line in show(case.at("240")).html
