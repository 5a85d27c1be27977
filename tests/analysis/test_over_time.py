"""Several years in one frame, and as lines."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import indicators_over_time, years
from pcmd_eval.analysis.line_chart import draw_lines
from pcmd_eval.analysis.session import Case
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True).at("25")


@pytest.fixture
def sets(case: Case, tmp_path: Path) -> Path:
    """The indicators of 2015 to 2017, as three runs leave them: each year 10 more inspections."""
    for year in (2015, 2016, 2017):
        frame = case.indicators.assign(year=year, value=case.indicators.value + 10 * (year - 2017))
        folder = tmp_path / f"nam_{year}" / "published"
        folder.mkdir(parents=True)
        content = to_csv_bytes(format_for_csv(frame.assign(year=frame.year.astype("Int64"))))
        (folder / "indicators.csv").write_bytes(content)
    return tmp_path


def test_indicators_over_time_joins_sets_and_flags_what_compares(case: Case, sets: Path) -> None:
    several = indicators_over_time(sets)
    assert len(several) == 3 * len(case.indicators) and [*several.year.unique()] == [
        2015,
        2016,
        2017,
    ]
    now = several[several.year == 2017]
    complete = now.state.eq("complete") & now.precision.eq("exact") & now.value.notna()
    assert now.comparable.eq(complete).all() and 0 < complete.sum() < len(now)
    assert "chưa đủ số liệu" in {*now.why.dropna()}
    files = sorted(sets.rglob("indicators.csv"))[:2]
    assert {*indicators_over_time(files).year} == {2015, 2016}


def test_indicators_over_time_other_measure_is_not_comparable(sets: Path) -> None:
    file = sets / "nam_2015" / "published" / "indicators.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",lượt,", ",lần,"), encoding="utf-8")
    old = indicators_over_time(sets).query("item == 'inspections' and year == 2015")
    assert "khác đơn vị tính" in {*old.why.dropna()} and not old.comparable.any()


def test_indicators_over_time_two_sets_of_a_year_or_none_are_refused(sets: Path) -> None:
    file = sets / "nam_2015" / "published" / "indicators.csv"
    with pytest.raises(InputRefused, match="hai tệp của cùng kế hoạch 884/KH-UBND năm 2015"):
        indicators_over_time([shutil.copy(file, sets / "again.csv"), sets / "nam_2015"])
    with pytest.raises(InputRefused, match="Không có tệp indicators"):
        indicators_over_time(sets / "none")


def test_years_of_three_years_are_lines(case: Case, sets: Path) -> None:
    several = indicators_over_time(sets).query("item == 'inspections'")
    picture = years(several[several.unit_code.isin(["227", "230"])], case, "Lượt kiểm tra")
    assert [len(row.points) for row in picture.drawing.rows] == [3, 3]
    first, _, last = picture.drawing.rows[0].points
    assert last[1] - first[1] == 20 and "Huyện Đoan Hùng: 2015: " in picture.alt
    assert "2016" in picture.svg and len(picture.png) > 1000
    axes = draw_lines(picture.drawing).axes[0]
    names = [text.get_text() for text in axes.get_legend().texts]
    assert names == ["Huyện Đoan Hùng", "Thành phố Việt Trì"], "from the highest end down"
    top = axes.get_ylim()[1]
    assert top > 1.05 * max(value for row in picture.drawing.rows for _, value, _ in row.points)
    with pytest.raises(InputRefused, match="nhiều nhất 6"):
        years(several, case, "Lượt kiểm tra")
    silent = several[several.unit_code.isin(["227", "240"])]
    picture = years(silent.assign(value=silent.value.mask(silent.unit_code == "240")), case, "L")
    assert [row.name for row in picture.drawing.rows] == ["Thành phố Việt Trì"]
    assert picture.missing == "Huyện Tân Sơn"
    two = several[several.year > 2015]
    assert "dưới 3 năm" in repr(years(two, case, "Lượt kiểm tra"))
    assert isinstance(several, pd.DataFrame)
