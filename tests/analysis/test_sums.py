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
    mark_checked,
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
        patch.setattr(case_editions, "opened_cases", {})
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


def test_summed_of_a_group_that_cells_of_unknown_form_may_belong_to_is_incomplete() -> None:
    """Where a row does not name its form, reported or not, the sums of its unit by form are at
    least; of other units and columns they are whole.
    """
    cells = made_cells(
        reporter=[*"aaabbc"],
        item=["talks", "leaflets", "", "talks", "leaflets", ""],
        number=[3, 4, 5, 6, 7, None],
        state=["reported"] * 5 + ["absent"],
    )
    sums = summed(cells, ["reporter", "item"])
    assert [*sums.words] == ["3*", "4*", "5", "6", "7", "–"]
    assert [*summed(cells, "item").words] == ["9*", "11*", "5*"]
    without_key = cells.assign(item=cells["item"].replace("", pd.NA))
    assert summed(without_key, "item").words["talks"] == "9*"
    attendance = cells.assign(column="attendance", item=":attendance")
    both = pd.concat([cells.assign(column=pd.NA), attendance.query("reporter != 'c'")])
    assert summed(both, "item").words[":attendance"] == "25"


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


@pytest.mark.parametrize("by", [["reporter"], ["reporter", "period"], ["unit_code"]])
def test_summed_over_several_kinds_is_refused(case: Case, by: list[Any]) -> None:
    """Sessions and attendance are no sum."""
    cells = case.cells[case.cells.objective == "communication"]
    by = [pd.Series("Y", cells.index) if key == "period" else key for key in by]
    with pytest.raises(InputRefused, match=r"nhiều loại số; cột column có: <NA>, attendance"):
        summed(cells, by)
    assert len(summed(cells, ["reporter", "column"])) == 26


def test_summed_over_rows_that_count_different_things_is_refused(case: Case) -> None:
    """Inspections, cases and money are no sum; 6.4 and 6.5 are parts of one number, 6.3 is it."""
    cells = case.cells[case.cells.objective == "enforcement"]
    with pytest.raises(
        InputRefused, match=r"quantity có: 6\.1, .*6\.11.*by=\[\"reporter\", \"row\""
    ):
        summed(cells, "reporter")
    with pytest.raises(InputRefused, match=r"6\.3, 6\.4 \+ 6\.5 \+ 6\.6"):
        summed(cells[cells.row.isin(["6.3", "6.4"])], "period")
    handled = summed(cells[cells.row.isin(["6.4", "6.5"])], "reporter")
    by_row = summed(cells, ["reporter", "row"]).value
    assert handled.value["227"] == by_row["227", "6.4"] + by_row["227", "6.5"] > 0
    persons = case.cells[
        (case.cells.objective == "support_model") & (case.cells.column == "persons")
    ]
    with pytest.raises(InputRefused, match=r"1 \(227\), .*đã cộng sẵn: case\.indicators"):
        summed(persons, "column")  # 65, though two reporters list one model: 47 at least
    for slug in ("harm_reduction", "media"):
        numbers = case.cells[(case.cells.objective == slug) & (case.cells.period != "Y")]
        assert len(summed(numbers, "period"))


def test_summed_of_a_column_of_numbers_alone_is_refused(case: Case) -> None:
    """The number of an open cell is a minimum, which the number does not say."""
    inspections = case.cells[case.cells.row == "6.1"]
    doubled = inspections.assign(twice=inspections.number * 2).set_index("reporter").twice
    for numbers in (inspections.number, (inspections.number * 2).rename("twice"), doubled):
        with pytest.raises(InputRefused, match=r"cần bảng có các cột .*; đây là dãy số"):
            summed(numbers, "reporter" if numbers is doubled else inspections.reporter)


def test_summed_of_a_condition_on_an_open_number_is_incomplete(case: Case) -> None:
    """Tam Nông's figures end on 30 November: its 9 inspections of quarter IV may become more."""
    inspections = case.cells[case.cells.row == "6.1"]
    counts = summed(inspections.number.gt(10), inspections.reporter)
    assert counts.words[["236", "230"]].tolist() == ["3*", "1"]


def test_counts_of_answers_of_chosen_rows_are_as_open_as_their_sums(case: Case) -> None:
    """A commune without any row may have leaflets: four in Hạ Hoà, all of Tân Sơn."""
    is_leaflet = (case.cells.row == "tờ rơi, sách") & case.cells.column.isna()
    leaflets = case.cells[is_leaflet]
    cells = summed(leaflets.some, leaflets.reporter)
    assert cells.words[["230", "231", "240"]].tolist() == ["8", "23*", "–"]
    assert cells.state.equals(summed(leaflets, "reporter").state)
    communes = at_least(1, leaflets.some, by=[leaflets.reporter, leaflets.unit_code])
    counts = summed(communes, "reporter").words
    assert counts[["228", "230", "231", "233", "238", "240"]].tolist() == [
        *("1*", "3", "6*", "4*", "4*", "–")
    ]
    numbered = leaflets.reset_index(drop=True)
    with pytest.raises(InputRefused, match="đánh lại số dòng"):
        summed(numbered.some, numbered.reporter)
    few = leaflets[leaflets.reporter.isin(["227", "230"]) & leaflets.some.fillna(False)]
    assert summed(few.some, few.reporter).words.to_dict() == {"227": "9", "230": "8"}
    answers = case.cells[(case.cells.column == "carried_out") & case.cells.value.eq("yes")]
    assert summed(answers.value.eq("yes"), answers.reporter).words["237"] == "6"


def test_answers_that_may_turn_while_an_open_number_grows_are_unknown(case: Case) -> None:
    """Tam Nông's figures end on 30 November: two of its forms have 1 in quarter IV so far, and its
    9 inspections may become more than 10.
    """
    cells = case.cells[(case.cells.objective == "communication") & case.cells.column.isna()]
    numbers = cells.number
    answers = (numbers.lt(2), numbers.eq(1), numbers.ge(1), numbers.ge(2))
    counts = [summed(answer, cells.reporter).words["236"] for answer in answers]
    assert counts == ["25*", "12*", "59*", "45*"]
    inspections = case.cells[case.cells.row == "6.1"]
    many = at_least(4, inspections.number.gt(10), by=inspections.reporter)
    assert pd.isna(many["236"]) and not many["230"]


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


def test_summed_of_isin_is_as_incomplete_as_of_eq(case: Case) -> None:
    """pandas answers False for a missing value: Tân Sơn sent nothing."""
    rows = case.cells[case.cells.column == "carried_out"]
    equal, isin = (
        summed(answers, rows.reporter)
        for answers in (rows.value.eq("yes"), rows.value.isin(["yes"]))
    )
    pd.testing.assert_frame_equal(isin, equal)
    assert equal.words[["227", "237", "240"]].tolist() == ["3*", "6", "–"]
    numbers = _sessions(case).number
    few = summed(numbers.isin([1, 2]), _sessions(case).reporter)
    assert few.words[["227", "237", "240"]].tolist() == ["34*", "16", "–"]


def test_counts_of_incomplete_sums_are_incomplete(case: Case) -> None:
    """Tam Nông's sums are all open; of Tân Sơn there is none."""
    sums = summed(_sessions(case), ["reporter", "unit_code"])
    counts = summed(sums.value.ge(8), "reporter")
    assert counts.words[["227", "236", "237", "240"]].tolist() == ["21*", "–", "12", "–"]
    is_few = summed(_sessions(case), "reporter").value.lt(200)
    assert "Huyện Tam Nông | ■ Chưa rõ\nHuyện Lâm Thao | ● Có" in show(is_few, "x", case).text
    assert "Huyện Tam Nông" in district_map(is_few, case, "x").alt.partition("Chưa rõ: ")[2]


def test_conditions_on_unstacked_quarters_are_unknown_where_a_quarter_is(case: Case) -> None:
    """pandas' `all` and `sum` pass over what is missing; Lâm Thao has every quarter."""
    quarters = case.plan.steps("communication", case.cells)["quarters"].unstack()
    for is_met, expected in (
        (quarters.all(axis=1), ["9", "–"]),
        (quarters.sum(axis=1).ge(3), ["12", "–"]),
        (quarters.mean(axis=1).ge(0.75), ["12", "–"]),
        (quarters.min(axis=1), ["9", "–"]),
    ):
        assert summed(is_met, "reporter").words[["237", "240"]].tolist() == expected
    # Tam Nông has 13 to 17 of 20 communes, Yên Lập 14 or 15 of 17: either may have 75 %, or not.
    shares = case.plan.steps("communication", case.cells)["communes"].groupby("reporter").mean()
    assert at_least(1, shares.ge(0.75), "reporter")[["236", "233"]].isna().all()
    # Of one quarter its own unknown communes count: Tam Nông has none in quarter I.
    assert summed(quarters["Q1"], "reporter").words[["228", "236"]].tolist() == ["7*", "15"]


def test_summed_refuses_parts_of_a_step_without_its_unknown_ones(case: Case) -> None:
    """Parts of chosen units are summed: of Đoan Hùng 21 communes surely count, of Tân Sơn none."""
    steps = case.plan.steps("communication", case.cells)
    communes, last_quarter = steps["communes"], steps["quarters"].unstack().Q4
    known_communes = communes[communes.notna()]
    for parts in (communes.dropna(), communes.fillna(False), known_communes, last_quarter.dropna()):
        with pytest.raises(InputRefused, match=r"đã điền hoặc bỏ chỗ chưa rõ"):
            summed(parts, "reporter")
    for rows, words in (("230", "21"), ("240", "–")):
        assert [*summed(communes.loc[[rows]], "reporter").words] == [words]


def test_province_of_a_typed_year_is_as_open_as_its_units(case: Case) -> None:
    """2.510 sessions, of which Thị xã Phú Thọ counted not all."""
    sessions = case.previous.words.xs("sessions", level="item")
    assert sessions[["228", "25"]].tolist() == ["212*", "2.510*"]


def test_communes_with_several_forms_are_unknown_where_a_row_lacks(case: Case) -> None:
    """A commune without a row may have used any number of forms."""
    cells = _sessions(case)
    forms = at_least(1, cells.some, by=[cells.reporter, cells.unit_code, cells.row])
    counts = summed(at_least(2, forms, by=["reporter", "unit_code"]), "reporter")
    expected = ["2", NO_CERTAINTY, "1", "–"]
    assert counts.words[["227", "228", "230", "240"]].tolist() == expected


def test_sums_over_lines_have_reporters_whose_list_is_not_known(case: Case) -> None:
    """Tam Nông's list may still get a line, Tân Sơn sent none."""
    cells = case.cells
    rows = cells[(cells.objective == "support_model") & (cells.column == "persons")]
    assert summed(rows, "reporter").words.to_dict() == {
        **{"227": "18", "228": "26", "233": "3", "25": "18"},
        **{"236": "–", "240": "–"},
    }


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


def test_bars_of_two_sums_added_are_refused(case: Case) -> None:
    """Their states would be added as texts."""
    handled = [summed(case.cells[case.cells.row == row], "reporter") for row in ("6.4", "6.5")]
    with pytest.raises(InputRefused, match="incompleteincomplete"):
        bars(sum(handled[1:], handled[0]), case, "Đã xử lý")


def test_summed_without_a_row_says_how_to_see_the_values(case: Case) -> None:
    with pytest.raises(InputRefused, match=r"không có ô nào.*drop_duplicates\(\)"):
        summed(case.cells[case.cells.column == "attendence"], "reporter")


def test_summed_of_sums_alone_is_refused(case: Case) -> None:
    """They have lost which of them are incomplete."""
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    with pytest.raises(InputRefused, match=r"summed: cần bảng.*đây là dãy số"):
        summed(sums.value, "reporter")


def test_summed_of_communes_left_out_by_size_is_incomplete(case: Case) -> None:
    """A filter by commune is as a filter by value: only one commune alone is a choice."""
    attendance = case.cells[case.cells.column == "attendance"]
    whole, large = (
        summed(cells, "reporter").words["232"]
        for cells in (attendance, attendance[attendance.number > 500])
    )
    assert not whole.endswith("*") and large.endswith("*")
    assert summed(attendance[attendance.unit_code == "07972"], "unit_code").words["07972"] == "658"


@pytest.mark.parametrize(
    "number", [lambda cells: cells.number.notna(), lambda cells: cells.number > 0]
)
def test_summed_after_a_filter_by_value_is_as_incomplete_as_before(
    case: Case, number: Callable[[pd.DataFrame], pd.Series]
) -> None:
    """What is not known was left out, and Tân Sơn, which sent nothing, has its dash all the same;
    filters by codes leave out nothing that is meant.
    """
    attendance = case.cells[case.cells.column == "attendance"]
    whole, filtered = (
        summed(cells, "reporter") for cells in (attendance, attendance[number(attendance)])
    )
    pd.testing.assert_frame_equal(filtered, whole, check_like=True)
    assert {*summed(attendance[number(attendance)], "column").state} == {"incomplete"}
    few = attendance[attendance.reporter.isin(["227", "232"])]
    assert summed(few[number(few)], "column").words.item() == "49.075"
    areas = few.reporter.map({"227": "A", "232": "B"})
    assert {*summed(few, areas).state} == {"complete"}


def test_sums_of_chosen_units_note_units_left_out(case: Case) -> None:
    """Tam Nông and Tân Sơn may have more cases than those chosen for having most; not so for the
    unit that was opened, chosen by its code.
    """
    cells = case.cells[case.cells.row == "6.3"]
    most, own = (cells[cells.reporter.isin(codes)] for codes in (["227", "230"], [case.unit]))
    left_out = "Không có trong bảng, mà còn ô chưa đủ số liệu: Huyện Tam Nông và Huyện Tân Sơn."
    late = cells[cells.cutoff >= "2017-12-10"]  # Tam Nông's figures end before
    by_period, by_reporter = summed(most, "period"), summed(most, "reporter")
    several = at_least(3, most.number.ge(1), most.period)
    for table in (by_period, by_reporter, by_reporter.words, several, summed(late, "reporter")):
        assert left_out in show(table, "Vụ", case).text
    assert "Không có" not in show(summed(own, "period"), "Vụ", case).text


def test_summed_of_a_cell_that_stands_twice_is_refused(case: Case) -> None:
    """A table of one's own with a code twice multiplies rows in merge, join and concat."""
    cells = case.cells[case.cells.column == "attendance"]
    own = pd.DataFrame({"unit_code": cells.unit_code.unique()}).assign(area="A")
    twice = pd.concat([own, own.tail(1)]).astype("string")
    for rows in (
        cells.merge(twice, on="unit_code"),
        cells.set_index("unit_code").join(twice.set_index("unit_code")),
        pd.concat([cells, cells]),
    ):
        with pytest.raises(InputRefused, match=r"đứng nhiều lần.*reporter\.map\(vung\)"):
            summed(rows, "reporter")
    merged = cells.dropna(subset="number").merge(own, on="unit_code")
    assert summed(merged, "area").words["A"] == "235.263*"
    by_reporter = summed(cells.merge(own, on="unit_code"), "reporter")
    pd.testing.assert_frame_equal(by_reporter, summed(cells, "reporter"))


def test_summed_of_several_open_cases_is_that_of_its_own(case: Case, plan: Plan) -> None:
    """A merged frame does not say any more of which; one that was only filtered does."""
    other = replace(case, source="lần đọc khác", cells=case.cells[case.cells.reporter != "240"])
    cells = case.cells[case.cells.column == "attendance"].dropna(subset="number")
    case_editions.remember_opened(other)
    try:
        assert summed(cells, "column").words.item() == "235.263*"
        with pytest.raises(InputRefused, match=r"nhiều bộ số liệu có những ô này"):
            summed(cells.merge(case.units.area.rename_axis("unit_code"), on="unit_code"), "area")
    finally:
        case_editions.opened_cases.popitem()


def test_summed_of_answers_is_refused_and_counts_them_as_booleans(case: Case) -> None:
    cells = case.cells[case.cells.column == "carried_out"]
    with pytest.raises(InputRefused, match=r'2\.1:carried_out ghi câu trả lời.*eq\("yes"\)'):
        summed(cells, "reporter")
    counts = summed(cells.value.eq("yes"), cells.reporter)
    assert counts.value["230"] == (cells[cells.reporter == "230"].value == "yes").sum() > 0


def test_summed_of_one_form_lacks_the_rows_without_a_form(case: Case) -> None:
    """As it does among all forms, see above: 22 communes have no row."""
    sessions = case.cells.query("objective == 'communication' and period != 'Y'")
    leaflets = sessions[sessions.row == "tờ rơi, sách"]
    assert {*summed(leaflets, "period").state} == {"incomplete"}
    by_row = summed(sessions, ["reporter", "row"]).xs("tờ rơi, sách", level="row")
    by_reporter = summed(leaflets, "reporter")
    pd.testing.assert_frame_equal(by_reporter.drop("240"), by_row.dropna(subset="value"))
    assert by_reporter.words["240"] == "–", "Tân Sơn, which sent nothing"


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (lambda codes: pd.Series("60.000", codes), r"không phải chữ.*'60\.000'"),
        (lambda codes: pd.Series(6, [*codes, "227"]), "mỗi mã một lần; đây là mã 227 lặp lại"),
        (lambda codes: pd.Series(True, codes), "không phải chữ.*True"),
        (lambda codes: pd.Series([70.125, 60.0] * 7, codes), r"dưới 1\.000.*70\.125"),
        (lambda codes: pd.Series(195.0, codes), r"dưới 1\.000.*195\.0.*“195\.000”"),
        (lambda codes: codes.to_frame(), "cần bảng có các cột value"),
    ],
)
def test_per_of_texts_or_repeated_codes_is_refused(
    case: Case, attendance: pd.DataFrame, people: Callable[[pd.Index], Any], words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        per(attendance, people(case.codes), 10_000)


def test_bars_of_ambiguous_rows_are_refused_and_of_reindexed_ones_dashes(
    case: Case, attendance: pd.DataFrame
) -> None:
    """Units twice, two columns of values; codes in a column name the bars as in the index."""
    rate = per(attendance, pd.Series(20_000, case.codes))
    with pytest.raises(InputRefused, match="nhiều dòng của 227"):
        bars(pd.concat([attendance, attendance]), case, "x")
    joined = attendance.join(rate, suffixes=("", "_r"))
    for call in (bars, district_map):
        with pytest.raises(InputRefused, match=r'còn cột value_r.*bảng\["value_r"'):
            call(joined, case, "x")
    both = bars(pd.concat([attendance, rate], keys=["Lượt", "Tỷ lệ"]), case, "x")
    assert "Tỷ lệ · Huyện Thanh Ba: 1,12;" in both.alt
    assert bars(attendance.reset_index(), case, "x").alt == bars(attendance, case, "x").alt
    reindexed = attendance.reindex(case.codes)
    assert "Các cơ quan cấp tỉnh: –." in bars(reindexed, case, "x").alt


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


def test_per_of_a_divisor_that_lacks_something_is_unknown(
    case: Case, attendance: pd.DataFrame
) -> None:
    """Việt Trì's attendance is complete, its sessions are 291 at least: no rate is known."""
    is_session = (case.cells.objective == "communication") & case.cells.column.isna()
    sessions = summed(case.cells[is_session], "reporter")
    rate = per(attendance, sessions)
    assert [*attendance.state[["227", "237"]]] == [*sessions.state[["237", "227"]]]
    assert rate.words["227"] == "–" and rate.words["237"] == "79,6*"
    for numbers in (attendance.value, case.cells[is_session].groupby("reporter").number.sum()):
        with pytest.raises(InputRefused, match="có thể thiếu mà không có dấu"):
            per(attendance, numbers)
        assert per(attendance, mark_checked(numbers)).words["240"] == "–"
    indicators = case.indicators.query("unit_code != '25'")
    people, sessions = (
        indicators[indicators["item"] == item] for item in ("attendance", "sessions")
    )
    assert per(people, sessions).words.to_dict() == rate.words.to_dict()
    assert per(people, sessions, 1000).words["237"] == "79.595,24*"  # sums were never read


def test_per_of_figures_of_the_whole_province_beside_its_own_bodies_is_refused(case: Case) -> None:
    """Both have the code 25: 38 inspections of the bodies are none of the province's 486."""
    inspections = summed(case.cells[case.cells.row == "6.1"], "reporter")
    year_before = case.previous.xs("inspections", level="item")
    with pytest.raises(
        InputRefused, match="mã 25 ở bảng cộng theo reporter là các cơ quan cấp tỉnh"
    ):
        per(inspections, year_before)
    rates = per(inspections.drop("25"), year_before.drop("25"), 100)
    assert rates.words["227"] == "111,11"


def test_per_of_counts_and_totals_by_pandas_notes_missing_data(case: Case) -> None:
    """A total of what is known may grow; a count of known communes lacks the unknown ones."""
    communes = case.plan.steps("communication", case.cells)["communes"]
    cases = summed(case.cells[case.cells.row == "6.3"], "reporter")
    total = pd.Series(cases.value.sum(), cases.index)
    for rates in (
        per(summed(communes, "reporter"), communes.groupby("reporter").count(), 100),
        per(cases, total.rename_axis("unit_code"), 100),
    ):
        assert "Bảng tự lập: có thể đã bỏ qua" in show(rates, "Tỷ lệ", case).text


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


def test_sums_of_the_provinces_own_bodies_are_not_named_as_the_whole_province(case: Case) -> None:
    """By code or name of the reporter, or of the unit, which is the reporter."""
    cells = case.cells[case.cells.row == "6.3"]
    for key in ("reporter", "reporter_name", "unit_code", "unit_name"):
        for printed in (show, bars):
            text = repr(printed(summed(cells, key), case=case, title="Vụ việc"))
            assert "Các cơ quan cấp tỉnh" in text and "Tỉnh Phú Thọ" not in text, key
    for printed in (show, bars):
        sums = per(summed(cells, "reporter").reindex(case.codes), pd.Series(1, case.codes))
        assert "Các cơ quan cấp tỉnh" in repr(printed(sums, case=case, title="Vụ việc"))


def test_bars_of_a_sum_without_a_number_say_so_once(case: Case) -> None:
    """Thị xã Phú Thọ: 0 and blanks of a budget."""
    sums = summed(case.cells[case.cells.column == "budget"], "reporter")
    assert "Thị xã Phú Thọ: chưa đủ số liệu;" in bars(sums, case, "Kinh phí").alt
    filled = sums.fillna({"value": 0})  # an unknown sum is none, whatever stands in for it
    assert "Huyện Tân Sơn: –" in bars(filled, case, "Kinh phí").alt
    sums.loc["Tổng"] = sums.sum(numeric_only=True)
    with pytest.raises(InputRefused, match="cột state ghi <NA>"):
        bars(sums, case, "Kinh phí")


def test_summed_and_per_of_other_frames_are_refused(case: Case, attendance: pd.DataFrame) -> None:
    with pytest.raises(InputRefused, match=r"summed: cần bảng có các cột.*thiếu reporter.*Ví dụ"):
        summed(case.findings, "unit_code")
    with pytest.raises(InputRefused, match=r"không có 'unit'.*Ví dụ: attendance = summed\("):
        summed(case.plan.steps("communication", case.cells)["communes"], "unit")
    with pytest.raises(InputRefused, match="khóa không cùng chỉ mục"):
        summed(case.plan.steps("communication", case.cells)["communes"], case.units.area)
    with pytest.raises(InputRefused, match=r"Mã đơn vị là văn bản; đây là số, như 227.*dtype"):
        per(attendance, pd.Series({227: 1, 228: 2}), 10_000)
    without_zeros = pd.Series(1, [*attendance.index[1:], "0227"])
    with pytest.raises(InputRefused, match=r"mọi mã của bảng.*đây là mã 0227, thiếu 227"):
        per(attendance, without_zeros)
    with pytest.raises(InputRefused, match=r"không có 'unit'|khóa không cùng chỉ mục"):
        summed(case.cells[case.cells.row == "6.3"], len)
    numbered = case.cells.reporter.map({227: "A", 228: "B"})
    with pytest.raises(InputRefused, match=r"reporter không có giá trị nào: .*dtype"):
        summed(case.cells[case.cells.row == "6.3"], numbered)


def test_rates_and_charts_of_sure_communes_alone_are_refused(case: Case) -> None:
    """They look complete: those of which that is not known are counted by themselves."""
    met = case.indicators.query("item == 'communes_met'")
    for call in (
        lambda rows: bars(rows, case, "x"),
        lambda rows: district_map(rows, case, "x"),
        lambda rows: per(rows, pd.Series(28, case.codes)),
    ):
        with pytest.raises(InputRefused, match=r'communes_met.*communes_unknown.*"communes"'):
            call(met)
    both = case.indicators[case.indicators["item"].isin(["communes_met", "communes_unknown"])]
    assert "chưa đủ số liệu: 17" in bars(both.query("unit_code == '240'"), case, "x").alt


def test_answers_of_cells_that_lost_what_is_unknown_are_refused(case: Case) -> None:
    """As read from CSV, or given back by DuckDB and Polars; numbers and findings are as before."""
    file = StringIO(case.cells.to_csv(index=False))
    cells = pd.read_csv(file, dtype={"reporter": "string", "unit_code": "string"})
    answers = cells[cells.column == "carried_out"]
    for call in (summed, lambda yes, by: at_least(1, yes, by)):
        with pytest.raises(InputRefused, match=r"chưa rõ.*convert_dtypes\(\).*boolean"):
            call(answers.value.eq("yes"), answers.reporter)
    converted = cells.convert_dtypes().query("column == 'carried_out'")
    own = case.cells[case.cells.column == "carried_out"]
    pd.testing.assert_frame_equal(
        summed(converted.value.eq("yes"), converted.reporter),
        summed(own.value.eq("yes"), own.reporter),
    )
    attendance = summed(cells[cells.column == "attendance"], "reporter")
    assert attendance.words["228"] == "9.025*"
    assert judge(case.plan, "integration", cells).verdict.value_counts()["undetermined"] == 4


def test_per_with_another_index_or_without_a_finite_number_is_refused(
    case: Case, attendance: pd.DataFrame
) -> None:
    people = pd.Series(20_000.0, case.codes)
    by_row = summed(case.cells[case.cells.column == "attendance"], ["reporter", "row"])
    for arguments, words in (
        ((by_row, people), r"\['reporter', 'row'\] hoặc \['unit_code'\].*\.xs\("),
        ((attendance, by_row), r"cùng bậc chỉ mục.*\.xs\("),
        ((attendance, people.replace(20_000, np.inf)), "không phải chữ, có giới hạn.*inf"),
        ((attendance, people, "10000"), "scale là số lớn hơn 0; đây là '10000'.*10_000"),
        ((attendance, people, -1), "scale là số lớn hơn 0; đây là -1"),
        (
            (attendance.assign(value="26.674"), people),
            r"per: cần số, không phải chữ.*'26\.674'.*thousands=",
        ),
    ):
        with pytest.raises(InputRefused, match=words):
            per(*arguments)
    assert per(by_row.xs("loa truyền thanh", level="row"), people, 2).index.name == "reporter"
    assert per(attendance, pd.Series(28, case.codes)).value["227"] > 900  # per commune


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


def test_compared_verdicts_and_bounds_without_unknown_ones_are_refused(case: Case) -> None:
    """Of open ones pandas says no; counts of those that are met lack them."""
    findings = case.findings.query("level != 'province' and objective == 'communication'")
    findings = findings.set_index("unit_code")
    is_met, area = findings.verdict.eq("met"), case.units.area_name
    for answers in (is_met, findings.low.ge(15)):
        for use in (
            lambda answers: summed(answers, area),
            lambda answers: show(answers, "x", case),
            lambda answers: district_map(answers, case, "x"),
        ):
            with pytest.raises(InputRefused, match="chưa đủ số liệu thành “không”"):
                use(answers)
    known = is_met.mask(findings.verdict.eq("undetermined")).rename("đạt")
    assert "Huyện Tân Sơn | ■ Chưa rõ" in show(known, "x", case).text
    assert "Huyện Tân Sơn | ▲ Không" in show(is_met.rename("đạt"), "x", case).text


def test_charts_and_rates_of_one_end_of_a_range_are_refused(case: Case) -> None:
    """Also summed by a key of one's own; under another name it is drawn."""
    rows = case.findings.query("objective == 'communication' and level == 'district'")
    low = rows.set_index("unit_code").low
    sums = rows.groupby(rows.unit_code.map(case.units.type)).low.sum()
    for call in (
        lambda: bars(low, case, "x"),
        lambda: bars(sums, case, "x"),
        lambda: district_map(low, case, "x"),
        lambda: per(summed(case.cells[case.cells.column == "attendance"], "reporter"), low),
    ):
        with pytest.raises(InputRefused, match=r"low chỉ là một đầu.*bounds_chart"):
            call()
    assert "Thanh Sơn: 16;" in bars(low.rename("chắc chắn"), case, "x").alt


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
