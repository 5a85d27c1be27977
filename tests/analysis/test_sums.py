"""`summed`, `per`, `read_year`: own sums with their gaps."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import bars, district_map, per, read_year, show, summed, what_if
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused


def made_cells(**columns: list[Any]) -> pd.DataFrame:
    """Cells made by hand, all reported as `number` unless `columns` say otherwise."""
    size = len(columns["number"])
    plain = dict.fromkeys([*OBSERVATIONS, "column", "quantity", "amount"], pd.NA) | {
        "objective": "communication",
        "period": "Q1",
    }
    plain |= {"item": "talks", "state": "reported"}
    cells = pd.DataFrame(plain, index=range(size)).assign(**columns)
    cells = cells.assign(unit_code=cells.reporter, row=cells["item"], some=cells.number.notna())
    return cells.astype({"number": "Int64", "amount": "Float64", "some": "boolean"})


@pytest.fixture(scope="module")
def attendance(case: Case) -> pd.DataFrame:
    """The attendance of each reporter."""
    return summed(case.cells[case.cells.column == "attendance"], "reporter")


def test_summed_equals_the_indicators_of_the_case(case: Case, attendance: pd.DataFrame) -> None:
    """The same values, states and words."""
    indicators = case.indicators.query("item == 'attendance'")
    indicators = indicators.set_index("unit_code")[["value", "state", "words"]]
    assert len(attendance) == 13
    assert {*attendance.state} == {"complete", "incomplete", "unknown"}
    pd.testing.assert_frame_equal(
        attendance.loc[indicators.index], indicators, check_names=False, check_dtype=False
    )


def test_summed_by_hand() -> None:
    """3 + unknown is at least 3; two unknowns are a dash; 0 + unknown is no 0; 5 may still grow."""
    numbers = [3, None, None, None, 0, None, 1200, 5]
    reporters = ["a", "a", "b", "b", "c", "c", "d", "e"]
    states = ["reported"] * 7 + ["open"]
    sums = summed(made_cells(reporter=reporters, number=numbers, state=states), ["reporter"])
    assert [*sums.words] == ["3*", "–", "chưa đủ số liệu", "1.200", "5*"]
    assert [*sums.state] == ["incomplete", "unknown", "incomplete", "complete", "incomplete"]
    assert "3*" in repr(show(sums)) and "* Chưa gồm" in repr(show(sums))


def test_summed_of_booleans_counts_what_is_sure(case: Case) -> None:
    """Tân Sơn is a dash; of the optional 2.6 those who have the row."""
    steps = case.plan.steps("communication", case.cells)
    counts = summed(steps["communes"], "reporter")
    assert counts.words[["230", "233", "240"]].tolist() == ["21", "13*", "–"]
    programmes = case.plan.steps("integration", case.cells)["programmes"]
    assert summed(programmes, "row").words["2.6"] == "1"


def test_summed_by_a_key_of_ones_own_is_that_by_its_column(case: Case) -> None:
    """A level of the index, a series, or an index of keys; of a step with two levels as well."""
    cells = case.cells[case.cells.column == "attendance"]
    by_column = summed(cells, "reporter")
    for rows, by in (
        (cells.set_index("reporter", drop=False).rename_axis("code"), "code"),
        (cells, case.cells.reporter),
        (cells, [pd.Index(cells.reporter)]),
    ):
        pd.testing.assert_frame_equal(summed(rows, by), by_column, check_names=False)
    communes = case.plan.steps("communication", case.cells)["communes"]
    names = communes.index.get_level_values("reporter").map(case.units.full_name)
    assert summed(communes, names).words["Huyện Đoan Hùng"] == "21"


def _doubled(case: Case) -> pd.DataFrame:
    """Return cells after a merge with a table that has a code twice."""
    twice = pd.DataFrame({"reporter": ["227", "227", "228"], "area": ["a", "b", "a"]})
    return case.cells[case.cells.column == "attendance"].merge(twice, on="reporter")


@pytest.mark.parametrize(
    ("cells", "by", "words"),
    [
        (
            lambda case: case.cells[case.cells.objective == "communication"],
            "reporter",
            "attendance",
        ),
        (lambda case: case.cells[case.cells.objective == "enforcement"], "reporter", "không cộng"),
        (_doubled, "reporter", "đứng nhiều lần; có 25 ô"),
        (lambda case: case.indicators, "unit_code", "cần bảng có các cột"),
    ],
)
def test_summed_of_several_kinds_or_of_a_cell_twice_is_refused(
    case: Case, cells: Callable[[Case], pd.DataFrame], by: str, words: str
) -> None:
    """Sessions and attendance; cases of several kinds; the 25 rows of Việt Trì twice."""
    with pytest.raises(InputRefused, match=words):
        summed(cells(case), by)


@pytest.mark.slow
def test_summed_by_area_has_every_area_and_the_bodies_of_the_city(tmp_path: Path) -> None:
    """Nothing has come of Hà Nội's 126 communes: 30 former districts and the city's own bodies."""
    plan = load_plan("ha_noi_2026")
    intake = read_returns(plan, tmp_path)
    keys = ["area", "objective", "column", "quantity"]
    sums = summed(intake.cells, keys).droplevel([1, 2, 3])
    assert {*sums.index} == {*plan.areas, plan.own_bodies}
    assert {*sums.words} == {"–"} and "Khu vực | " in repr(show(sums.assign(units=1)))
    assert "Không có ranh giới" in repr(district_map(sums, case_of(plan, intake), "Theo khu vực"))


def test_per_keeps_what_a_rate_lacks_in_table_chart_and_map(
    case: Case, attendance: pd.DataFrame
) -> None:
    """Phú Thọ reports 9.025 at least, Tân Sơn nothing, one unit has no number of people, one 0."""
    people = pd.Series(20_000, case.codes.drop(["25", "237"]))
    people["239"] = 0
    rate = per(attendance, people, 10_000)
    assert rate.value["228"] == 4512.5 and rate.words["228"] == "4.512,5*"
    states = ["complete", "incomplete", "unknown", "unknown", "unknown"]
    assert [*rate.state[["227", "228", "237", "239", "240"]]] == states
    line = "Thị xã Phú Thọ | 4.512,5* | mới biết một phần | 4.512,5*"
    assert line in repr(show(rate, "Tỷ lệ", case))
    for picture in (bars(rate, case, "Tỷ lệ"), district_map(rate, case, "Tỷ lệ")):
        assert "Thị xã Phú Thọ: ít nhất 4.512,5;" in picture.alt
        assert "Huyện Tân Sơn: –" in picture.alt and "chưa đủ số liệu" in picture.svg
    indicators = case.indicators.query("item == 'attendance'")
    assert per(indicators, people, 10_000).words.to_dict() == rate.words.to_dict()


def test_per_by_incomplete_sums_is_a_dash_and_by_complete_ones_a_rate(case: Case) -> None:
    """The true rate of a unit whose sessions are not all known may be lower."""
    sums = case.indicators.set_index("unit_code")
    sessions, attendance = (sums[sums["item"] == item] for item in ("sessions", "attendance"))
    rates = per(attendance, sessions)
    assert rates.words[sessions.state != "complete"].eq("–").all()
    assert rates.value["237"] == attendance.value["237"] / sessions.value["237"]


def test_per_by_codes_that_are_numbers_is_refused(attendance: pd.DataFrame) -> None:
    with pytest.raises(InputRefused, match="Mã đơn vị là văn bản; đây là số, như 227"):
        per(attendance, pd.Series([1000], [227]))


def test_province_of_a_typed_year_is_as_open_as_its_units(case: Case) -> None:
    """2.510 sessions, of which Thị xã Phú Thọ counted not all."""
    sessions = case.previous.words.xs("sessions", level="item")
    assert sessions[["228", "25"]].tolist() == ["212*", "2.510*"]


def test_figures_of_a_trial_are_no_year(case: Case, tmp_path: Path) -> None:
    trial = what_if(replace(case), {("communication", "active_quarters"): 2})
    trial.indicators.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputRefused, match=r"t\.csv là số liệu của phương án thử"):
        read_year(tmp_path / "t.csv", 2017, case)


def test_recipe_of_several_years_draws_states_and_marks(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of notebooks/README.md: a lean year of one's own, one that is incomplete, and a
    published one of made-up figures, with a case of real ones.
    """
    rows = format_for_csv(case.indicators.query("unit_code == '230'"))
    years = {
        "2015.csv": rows.assign(value="27")[["unit_code", "item", "value"]],
        "data/previous/phu_tho_2016.csv": rows.assign(
            year=2016, state="incomplete", value="250", words="250*"
        ),
        "outputs/phu_tho_2017/published/indicators.csv": rows.assign(
            state="complete", value="9", words="9"
        ),
    }
    for name, frame in years.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        frame[frame["item"] == "sessions"].to_csv(tmp_path / name, index=False)
    text = (paths.NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    [recipe] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    *lines, last = recipe.replace("open_case(", "opened(").splitlines()
    variables = {
        "opened": lambda *_: replace(case, returns=case.returns.assign(illustrative=False))
    }
    exec("\n".join(lines), variables)
    picture = eval(last, variables)
    assert picture.alt.endswith("2015: 27; 2016: ít nhất 250; 2017: 9.")
    assert picture.alt.startswith("LƯU HÀNH NỘI BỘ. SỐ LIỆU MINH HỌA. Biểu đồ. Số cuộc, Huyện Đoan")
