"""`summed`: own sums with their gaps."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import (
    at_least,
    bars,
    district_map,
    judge,
    per,
    read_year,
    show,
    summed,
    what_if,
)
from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.statistics.indicators import NO_CERTAINTY, format_for_csv
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused


@pytest.fixture(scope="module", autouse=True)
def case(case: Case) -> Iterator[Case]:
    """The case of all tests, here as opened: `summed` knows which cells were left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_editions, "last_opened", None)
        case_editions.remember_opened(case)
        yield case
    case.cells.attrs.clear()


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
    indicators = case.indicators.query("item == 'attendance' and unit_code != '25'")
    indicators = indicators.set_index("unit_code")[["value", "state", "words"]]
    assert len(attendance) == 13
    assert {*attendance.state} == {"complete", "incomplete", "unknown"}
    pd.testing.assert_frame_equal(
        attendance.loc[indicators.index], indicators, check_names=False, check_dtype=False
    )


def test_summed_by_hand() -> None:
    """3 + unknown is at least 3; two unknowns are a dash; 0 + unknown is no 0."""
    numbers = [3, None, None, None, 0, None, 1200]
    cells = made_cells(reporter=["a", "a", "b", "b", "c", "c", "d"], number=numbers)
    sums = summed(cells, ["reporter"])
    assert [*sums.words] == ["3*", "–", "chưa đủ số liệu", "1.200"]
    assert [*sums.state] == ["incomplete", "unknown", "incomplete", "complete"]
    assert "3*" in repr(show(sums)) and "* Chưa gồm" in repr(show(sums))


def test_summed_by_form_of_the_shipped_returns_is_nowhere_complete(case: Case) -> None:
    """22 communes of Tân Sơn have no row: nobody knows their leaflets."""
    sessions = case.cells.query("objective == 'communication' and period != 'Y'")
    assert {*summed(sessions, "item").state} == {"incomplete", "unknown"}


def test_at_least_of_parts_of_an_opened_case_without_one_has_no_group(case: Case) -> None:
    """As of lines, where no unit listed a model."""
    cells = case_editions.remember_opened(case).cells
    lines = cells.set_index(["reporter", "row"]).some[:0]
    assert at_least(1, lines, by=["reporter"]).empty


def test_summed_of_booleans_counts_what_is_sure(case: Case) -> None:
    """Tân Sơn is a dash; 2.6 is optional, and Tân Sơn may have one."""
    steps = case.plan.steps("communication", case.cells)
    counts = summed(steps["communes"], "reporter")
    assert counts.words[["230", "233", "240"]].tolist() == ["21", "13*", "–"]
    programmes = case.plan.steps("integration", case.cells)["programmes"]
    assert summed(programmes, "row").words["2.6"] == "1*"


def test_counts_of_sure_parts_of_a_year_are_as_open_as_it_says(case: Case, tmp_path: Path) -> None:
    """192 communes of the province, 37 not known; a typed count is complete."""
    file = tmp_path / "2017.csv"
    format_for_csv(case.indicators).to_csv(file, index=False)
    figures = read_year(file, 2017, case)
    met, communes = (figures.xs(item, level="item") for item in ("communes_met", "communes"))
    assert "Huyện Tân Sơn: –; Tỉnh Phú Thọ: ít nhất 192." in bars(met, case, "x").alt
    assert per(met, communes, 100).words["25"] == "69,31*"
    assert met.state["236"] == "incomplete" and met.state["237"] == "complete"
    assert figures.words["25", "communes_met"].startswith("192*")
    assert figures.state["25", "communes_unknown"] == figures.state["25", "communes"] == "complete"
    typed = "unit_code,item,value,state\n25,communes_met,192,\n228,sessions,212,incomplete\n"
    file.write_text(typed, encoding="utf-8")
    assert [*read_year(file, 2017, case).words] == ["192", "212*"]


def test_province_of_a_typed_year_is_as_open_as_its_units(case: Case) -> None:
    """2.510 sessions, of which Thị xã Phú Thọ counted not all."""
    sessions = case.previous.words.xs("sessions", level="item")
    assert sessions[["228", "25"]].tolist() == ["212*", "2.510*"]


def _sessions(case: Case) -> pd.DataFrame:
    """Return the cells of sessions of communication."""
    return case.cells[(case.cells.objective == "communication") & case.cells.column.isna()]


def test_summed_by_a_key_of_rows_with_other_numbers_is_refused(case: Case) -> None:
    """A merge numbers the rows anew."""
    attendance = case.cells[case.cells.column == "attendance"]
    merged = attendance.merge(pd.DataFrame({"reporter": case.codes}), on="reporter")
    for key in (case.cells.reporter, case.cells.reporter.map(case.units.type)):
        with pytest.raises(InputRefused, match="đánh lại số dòng"):
            summed(merged, key)
    assert summed(merged, merged.reporter).words.equals(summed(attendance, "reporter").words)


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
    indicators = case.indicators.query("item == 'attendance' and unit_code != '25'")
    assert per(indicators, people, 10_000).words.to_dict() == rate.words.to_dict()


def test_summed_by_a_key_of_ones_own_is_that_by_its_column(case: Case) -> None:
    """A level of the index, a series, or an index of keys; of a step with two levels as well."""
    cells = case.cells[case.cells.column == "attendance"]
    by_column = summed(cells, "reporter")
    for rows, by in (
        (cells.set_index("reporter"), "reporter"),
        (cells, case.cells.reporter),
        (cells, [pd.Index(cells.reporter)]),
    ):
        pd.testing.assert_frame_equal(summed(rows, by), by_column, check_names=False)
    communes = case.plan.steps("communication", case.cells)["communes"]
    names = communes.index.get_level_values("reporter").map(case.units.full_name)
    assert summed(communes, names).words["Huyện Đoan Hùng"] == "21"


def test_show_and_bars_of_tuples_are_refused(case: Case) -> None:
    """`case.plan.reporters` is a table; its codes are `case.codes`."""
    rates = pd.Series(1.5, case.codes)
    assert rates.reindex(case.codes).notna().all()
    assert "Huyện Đoan Hùng | 1,5" in repr(show(rates.reindex(case.codes), "Tỷ lệ", case))
    for draw in (show, lambda series: bars(series, case, "x")):
        with pytest.raises(InputRefused, match=r"reindex\(case.codes\)"):
            draw(rates.reindex(case.plan.reporters))


@pytest.mark.slow
def test_summed_by_area_has_every_area_and_the_bodies_of_the_city(tmp_path: Path) -> None:
    """Nothing has come of Hà Nội's 126 communes: 30 former districts and the city's own bodies."""
    plan = load_plan("ha_noi_2026")
    intake = read_returns(plan, tmp_path)
    sums = summed(intake.cells, ["area", "objective", "column"]).droplevel([1, 2])
    assert {*sums.index} == {*plan.areas, plan.own_bodies}
    assert {*sums.words} == {"–"} and "Khu vực | " in repr(show(sums.assign(units=1)))
    assert "Không có ranh giới" in repr(district_map(sums, case_of(plan, intake), "Theo khu vực"))


def test_summed_of_cells_back_from_csv_is_as_before(case: Case, tmp_path: Path) -> None:
    """`convert_dtypes` makes an empty column one of numbers."""
    cells = case.cells[case.cells.column == "attendance"]
    cells.to_csv(tmp_path / "cells.csv", index=False)
    codes = {"unit_code": "string", "reporter": "string"}
    read = pd.read_csv(tmp_path / "cells.csv", dtype=codes).convert_dtypes()
    assert [*summed(read, "reporter").words] == [*summed(cells, "reporter").words]


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
