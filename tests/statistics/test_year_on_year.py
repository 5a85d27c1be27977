"""Year on year: differences by hand, each reason why not, the province as the sum over units."""

import csv
import io
import runpy
from dataclasses import replace
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from editions import case_of
from yaml_files import write_yaml

from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.unit_texts import describe_change
from pcmd_eval.batch.fingerprint import hash_inputs
from pcmd_eval.batch.tasks import collect_inputs, list_notebooks
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.site.pages import pages
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.year_on_year import (
    CHANGE_COLUMNS,
    CHANGE_DTYPES,
    REASONS,
    compare_years,
    display_changes,
    explain_mixture,
    summarise_changes,
)
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.templates import load_macros

KEY = ["unit_code", "item"]
SHOWN = ["change", "percent", "words", "why"]
YEAR_END = "2017-12-31"


def plan_with_previous(
    plan: Plan, tmp_path: Path, *lines: str, head: str = "unit_code,item,value"
) -> Plan:
    """The plan with these lines of 2016, as Excel writes them."""
    file = tmp_path / "2016.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8-sig")
    return plan_with_file(plan, file)


def plan_with_file(plan: Plan, file: Path) -> Plan:
    content = plan.content()
    return Plan.model_validate(
        content | {"previous": content["previous"] | {"figures": str(file)}, "name": plan.name}
    )


def returns_of(plan: Plan, cutoff: str | None = YEAR_END) -> pd.DataFrame:
    """A return of every reporter, all with this cut-off."""
    frame = pd.DataFrame({"reporter": [*plan.reporters.index], "state": "on_time"})
    return frame.astype("string").assign(cutoff=pd.to_datetime(cutoff))


def rows_of(plan: Plan, *rows: tuple) -> pd.DataFrame:
    """Indicators of 2017: (unit, item, value) and, where wanted, state and words."""
    names = indicators.catalogue(plan)
    frame = pd.DataFrame(
        [(*row, *("complete", "")[len(row) - 3 :]) for row in rows],
        columns=[*KEY, "value", "state", "words"],
    )
    about = names.loc[frame["item"], ["objective", "label", "measure"]].reset_index(drop=True)
    frame = frame.join(about.replace("", pd.NA)).assign(
        words=frame.words.where(frame.words != "", frame.value.astype(str)),
        precision=["rounded" if "khoảng" in words else "exact" for words in frame.words],
        illustrative="no",
        unit_name=frame.unit_code.map(plan.register.full_name),
    )
    return frame.reindex(columns=indicators.INDICATOR_COLUMNS).astype(indicators.INDICATOR_DTYPES)


def compare_one(plan: Plan, *row: object, cutoff: str | None = YEAR_END) -> pd.Series:
    """Compare one indicator of Đoan Hùng, all of whose communes are known."""
    rows = rows_of(plan, ("230", *row), ("230", "communes_unknown", 0))
    return compare_years(plan, rows, returns_of(plan, cutoff), internal=True).iloc[0]


def as_text(row: pd.Series) -> list[object]:
    return row.astype(object).where(row.notna(), None).tolist()


# ---- one unit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "was", "now", "change", "percent", "words"),
    [
        ("sessions", "2510", 2702, 192, 7.6, "tăng 192 cuộc (7,6%) so với năm 2016"),
        ("inspections", "40", 38, -2, -5, "giảm 02 lượt (5%) so với năm 2016"),
        ("budget", "22,5", 30, 7.5, 33.3, "tăng 7,5 triệu đồng (33,3%) so với năm 2016"),
        ("cases", "30", 30, 0, 0, "bằng năm 2016"),
        ("cases", "9", 12, 3, None, "tăng 03 vụ so với năm 2016"),
        ("cases", "0", 3, 3, None, "tăng 03 vụ (năm 2016 không có)"),
        ("cases", "0", 0, 0, None, "hai năm đều không phát sinh"),
        ("cases", "10", 0, -10, -100, "giảm 10 vụ (100%) so với năm 2016"),
        ("sessions", "3000", 2998, -2, -0.1, "tương đương năm 2016"),
        ("sessions", "3000", 2997, -3, -0.1, "giảm 03 cuộc (0,1%) so với năm 2016"),
        ("documents", "10", 11, 1, 10, "tăng 01 văn bản (10%) so với năm 2016"),
        ("violators", "12", 18, 6, 50, "tăng 06 người (50%) so với năm 2016"),
        ("programmes", "4", 3, -1, None, "giảm 01 chương trình so với năm 2016"),
    ],
)
def test_compare_years_two_complete_years_gives_the_difference(
    plan, tmp_path, item, was, now, change, percent, words
):
    given = plan_with_previous(plan, tmp_path, f'230,{item},"{was}"')
    row = compare_one(given, item, now)
    assert as_text(row[SHOWN]) == [change, percent, words, None]
    assert (row.before, row.now) == (float(was.replace(",", ".")), now)


@pytest.mark.parametrize(
    ("line", "row", "why"),
    [
        ("230,cases,5,", ("sessions", 7), "không có số liệu năm 2016"),
        ("230,sessions,,", ("sessions", 7), "không có số liệu năm 2016"),
        ("230,sessions,5,", ("sessions", None, "unknown", "–"), "chưa có số liệu năm 2017"),
        (
            *("230,sessions,5,", ("sessions", None, "withheld", "không công bố")),
            "số liệu đã làm tròn hoặc không công bố",
        ),
        ("230,sessions,5,incomplete", ("sessions", 7), "số liệu hai năm không đủ"),
        ("230,sessions,5,", ("sessions", 7, "incomplete", "7*"), "số liệu hai năm không đủ"),
        # One reason of two.
        (
            *("230,sessions,5,incomplete", ("sessions", 7, "incomplete", "7*")),
            "số liệu hai năm không đủ",
        ),
        (
            *("230,violators,120,", ("violators", 145, "complete", "khoảng 145")),
            "số liệu đã làm tròn hoặc không công bố",
        ),
        # Nothing says how many communes were unknown in 2016.
        ("230,communes_met,5,", ("communes_met", 7), "số liệu hai năm không đủ"),
        (
            *("230,communes_met,5,\n230,communes_unknown,3,", ("communes_met", 7)),
            "số liệu hai năm không đủ",
        ),
    ],
)
def test_compare_years_a_gap_gives_a_dash_and_one_reason(plan, tmp_path, line, row, why):
    given = plan_with_previous(plan, tmp_path, line, head="unit_code,item,value,state")
    found = compare_one(given, *row)
    assert as_text(found[SHOWN]) == [None, None, "–", why]


@pytest.mark.parametrize(
    ("before", "cutoff", "is_compared"),
    [
        (None, "2017-12-31", True),
        (None, "2017-12-15", True),  # 16 days before the year's end
        (None, "2017-12-14", False),
        (None, None, False),
        ("2016-11-30", "2017-11-30", True),
        ("2016-11-30", "2017-12-16", True),
        ("2016-11-30", "2017-12-31", False),  # a month more would be an increase
        ("2016-02-29", "2017-02-28", True),
    ],
)
def test_compare_years_periods_of_unlike_length_give_no_difference(
    plan, tmp_path, before, cutoff, is_compared
):
    given = plan_with_previous(plan, tmp_path, "230,sessions,2510", "230,cases,10")
    content = given.content()
    previous = content["previous"] | {"cutoff": before}
    given = Plan.model_validate(content | {"previous": previous, "name": plan.name})
    for item, now in (("sessions", 2000), ("cases", 40)):
        row = compare_one(given, item, now, cutoff=cutoff)
        assert pd.notna(row.change) == is_compared
        assert is_compared or row.why == "kỳ số liệu hai năm khác nhau"


def test_compare_years_another_measure_gives_the_reason(plan, tmp_path):
    head = "unit_code,item,value,measure"
    given = plan_with_previous(plan, tmp_path, "230,sessions,5,buổi", head=head)
    assert compare_one(given, "sessions", 7).why == "đơn vị tính hai năm khác nhau"


def test_compare_years_unit_of_which_nothing_is_known_is_not_incomplete(plan, tmp_path):
    """All 28 communes are unknown in 2017."""
    given = plan_with_previous(plan, tmp_path, "230,communes_met,5", "230,communes_unknown,0")
    met = ("230", "communes_met", None, "unknown", "–")
    rows = rows_of(plan, met, ("230", "communes_unknown", 28))
    found = compare_years(given, rows, returns_of(plan), internal=True)
    assert found.why[0] == "chưa có số liệu năm 2017"


def test_compare_years_number_rounded_the_year_before_gives_no_difference(plan, tmp_path):
    head = "unit_code,item,value,precision"
    given = plan_with_previous(plan, tmp_path, "230,violators,120,rounded", head=head)
    row = compare_one(given, "violators", 145)
    assert as_text(row[SHOWN]) == [None, None, "–", "số liệu đã làm tròn hoặc không công bố"]


def test_compare_years_what_decides_a_verdict_is_compared(plan, tmp_path):
    """Months with news, and communes; answers and the number of communes are no quantities."""
    lines = ["25,months,12", "25,months_unknown,0", "230,communes_met,17", "230,communes_unknown,0"]
    given = plan_with_previous(plan, tmp_path, *lines, "230,communes,28", "230,poverty,1")
    rows = rows_of(
        plan,
        *(("25", "months", 11), ("25", "months_unknown", 0)),
        *(("230", "communes_met", 21), ("230", "communes_unknown", 0)),
        *(("230", "communes", 28), ("230", "poverty", 1, "complete", "Có")),
    )
    found = compare_years(given, rows, returns_of(plan), internal=False).set_index("item")
    assert {*found.index} == {"months", "communes_met"}
    assert found.words["months"] == "giảm 01 tháng (8,3%) so với năm 2016"
    assert found.change["communes_met"] == 4


def test_reasons_are_six_with_words_of_their_own(plan):
    macro = load_macros("evaluation/sentences.j2").not_compared
    words = {macro(reason, plan).strip() for reason in REASONS}
    assert len(words) == len(REASONS) == 6 and all(words)


# ---- the province --------------------------------------------------------------------------------


@pytest.mark.parametrize(("units", "is_summed"), [(7, True), (6, False)])
def test_compare_years_province_is_the_sum_over_half_of_the_units_or_a_dash(
    plan, tmp_path, units, is_summed
):
    """Of 13; each had 10 and has 12; the whole of 2016 counts no more."""
    codes = [*plan.reporting_units.index]
    lines = [f"{code},inspections,10," for code in codes[:units]]
    lines += [f"{codes[-1]},inspections,99,incomplete", "25,own_inspections,9,"]
    given = plan_with_previous(
        plan, tmp_path, *lines, "25,inspections,129,", head="unit_code,item,value,state"
    )
    rows = rows_of(
        plan,
        *((code, "inspections", 12) for code in codes),
        *(("25", "inspections", 167), ("25", "own_inspections", 8)),
    )
    found = compare_years(given, rows, returns_of(plan), internal=False).set_index(KEY)
    row = found.loc[("25", "inspections")]
    assert found.change["25", "own_inspections"] == -1
    if is_summed:
        assert (row.before, row.now, row.before_words, row.now_words) == (79, 92, "79", "92")
        assert row.scope == "7/13 huyện, thành, thị và các cơ quan cấp tỉnh"
        assert row.words == f"tăng 13 lượt (16,5%) so với năm 2016, tính riêng {row.scope}"
        shown = display_changes(found.loc[[("25", "inspections")]].reset_index(), given)
        assert [*shown][2:] == ["Phạm vi", "Năm 2016", "Năm 2017", "So sánh"]
        assert [*shown.iloc[0]][2:] == [row.scope, "79", "92", "tăng 13 lượt (16,5%)"]
    else:
        assert as_text(row[SHOWN]) == [None, None, "–", "số liệu hai năm không đủ"]
        assert (row.before_words, row.now_words) == ("129", "167")


def test_compare_years_province_that_is_comparable_is_no_sum_over_units(plan, tmp_path):
    """100 and 110 of the whole province, though 10 and 12 of one district are known, too."""
    given = plan_with_previous(plan, tmp_path, "25,inspections,100", "227,inspections,10")
    rows = rows_of(plan, ("25", "inspections", 110), ("227", "inspections", 12))
    found = compare_years(given, rows, returns_of(plan), internal=False).set_index(KEY)
    row = found.loc[("25", "inspections")]
    assert as_text(row[SHOWN]) == [10, 10, "tăng 10 lượt (10%) so với năm 2016", None]


@pytest.mark.parametrize("cutoff", ["2017-11-30", None])
def test_compare_years_complete_province_is_compared_itself(plan, tmp_path, cutoff):
    given = plan_with_previous(plan, tmp_path, "25,inspections,100", "25,broadcaster,30")
    rows = rows_of(plan, ("25", "inspections", 110), ("25", "broadcaster", 32))
    found = compare_years(given, rows, returns_of(plan), internal=False)
    assert [*found.words] == [
        "tăng 10 lượt (10%) so với năm 2016",
        "tăng 02 tin, bài (6,7%) so với năm 2016",
    ]
    early = returns_of(plan)
    early.loc[early.reporter == "236", "cutoff"] = pd.to_datetime(cutoff)
    found = compare_years(given, rows, early, internal=False)
    # One district has not closed its year, or nothing says that it has; the own press has.
    assert [*found.change.isna()] == [True, False]


@pytest.mark.parametrize(
    "part",
    ["227,inspections,40,incomplete", "227,inspections,,", "25,own_inspections,40,incomplete"],
)
def test_compare_years_total_with_an_incomplete_part_is_incomplete(plan, tmp_path, part):
    given = plan_with_previous(
        plan, tmp_path, "25,inspections,100,", part, head="unit_code,item,value,state"
    )
    rows = rows_of(plan, ("25", "inspections", 110))
    found = compare_years(given, rows, returns_of(plan), internal=False)
    assert as_text(found.iloc[0][SHOWN]) == [None, None, "–", "số liệu hai năm không đủ"]


def test_compare_years_models_are_not_summed_over_units(plan, tmp_path):
    """Two units may have reported the same model: the sum would count its persons twice."""
    lines = ["227,model_persons,18", "228,model_persons,20"]
    given = plan_with_previous(plan, tmp_path, *lines)
    rows = rows_of(
        plan,
        ("227", "model_persons", 18),
        ("228", "model_persons", 26),
        ("25", "model_persons", 26),
    )
    found = compare_years(given, rows, returns_of(plan), internal=True).set_index(KEY)
    assert found.change["228", "model_persons"] == 6
    assert found.why["25", "model_persons"] == "không có số liệu năm 2016"


def test_compare_years_public_rows_have_no_persons(plan, shipped, tmp_path):
    """Typed exactly: nothing of the year before leaves, and no difference."""
    lines = ["25,violators,143", "25,organisers,3", "230,violators,7", "25,own_violators,136"]
    lines += ["25,testing,40", "25,cases,51", "227,model_persons,18"]
    head = "unit_code,item,value,illustrative"
    given = plan_with_previous(plan, tmp_path, *(f"{line},yes" for line in lines), head=head)
    persons = {*indicators.list_person_items(plan).index, "own_violators"}
    assert {"violators", "organisers", "testing", "fines", "places"} <= persons
    for internal in (False, True):
        case = replace(case_of(plan, shipped, internal), plan=given)
        assert bool({*case.changes["item"]} & persons) == internal
        assert "51" in [*case.changes.before_words.dropna()]


def test_compare_years_persons_of_the_provincial_bodies_are_internal(plan, tmp_path):
    given = plan_with_previous(plan, tmp_path, "25,own_violators,130", "25,own_cases,9")
    rows = rows_of(plan, ("25", "own_violators", 136), ("25", "own_cases", 8))
    found = {
        internal: [*compare_years(given, rows, returns_of(plan), internal)["item"]]
        for internal in (False, True)
    }
    assert found == {False: ["own_cases"], True: ["own_violators", "own_cases"]}


# ---- files and plans -----------------------------------------------------------------------------


def test_read_previous_names_every_fault_at_once(tmp_path, plan):
    lines = [
        *("230,sesions,5", "999,cases,1", "230,cases,nhiều", "230,sessions,2.510"),
        *("227,cases,1", "227,cases,2", '228,cases,"3,5"', "233,cases,3,4"),
        *("231,return_state,1", "", "232,cases,-3"),
    ]
    how = "số nguyên viết liền (2510), số lẻ viết dấu phẩy, chưa biết thì để trống."
    with pytest.raises(InputRefused) as refused:
        plan_with_previous(plan, tmp_path, *lines).previous_figures  # noqa: B018
    assert refused.value.reasons == (
        "Tệp 2016.csv, dòng 2: không có số liệu nào tên “sesions”; có phải “sessions”; xem "
        "data/figures.csv.",
        "Tệp 2016.csv, dòng 3: không có đơn vị mang mã “999”.",
        f"Tệp 2016.csv, dòng 4: “nhiều” không phải số của “cases”: {how}",
        f"Tệp 2016.csv, dòng 5: “2.510” không phải số của “sessions”: {how}",
        "Tệp 2016.csv, dòng 7: 227 cases đứng hai lần; xóa một dòng.",
        f"Tệp 2016.csv, dòng 8: “3,5” không phải số của “cases”: {how}",
        "Tệp 2016.csv, dòng 9: nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy.",
        "Tệp 2016.csv, dòng 10: không có số liệu nào tên “return_state”; xem data/figures.csv.",
        f"Tệp 2016.csv, dòng 12: “-3” không phải số của “cases”: {how}",
    )


@pytest.mark.parametrize(
    ("head", "lines", "said"),
    [
        ("unit_code,item", ["230,cases"], "dòng 1: cột value thiếu hoặc"),
        ("unit_code,item,value,value", ["230,cases,3,4"], "dòng 1: cột value thiếu hoặc có hai"),
        ("unit_code,item,value", [], "không có dòng số liệu nào"),
        ("unit_code,item,value,state", ["230,cases,3,unknown"], "cột state ghi “unknown” mà ô"),
        ("unit_code,item,value,precision", ["230,cases,3,about"], "không nhận “about”; dùng exact"),
        ("unit_code,item,value,year", ["230,cases,3,2015"], "là số liệu năm 2015, không phải"),
        (
            *("unit_code,item,value,illustrative", ["230,cases,3,yes", "227,cases,3,no"]),
            "lẫn nhau; tách ra hai tệp",
        ),
    ],
)
def test_read_previous_a_faulty_file_is_refused(plan, tmp_path, head, lines, said):
    with pytest.raises(InputRefused, match=said):
        plan_with_previous(plan, tmp_path, *lines, head=head).previous_figures  # noqa: B018


def test_read_previous_semicolons_are_read(plan, tmp_path):
    given = plan_with_previous(plan, tmp_path, "230;budget;22,5", head="unit_code;item;value")
    assert given.previous_figures.value["230", "budget"] == 22.5


def test_load_plan_misspelt_key_or_later_year_is_refused(plan, tmp_path):
    content = plan.content()
    for change, said in (
        ({"yaer": 2016}, "previous.yaer"),
        ({"year": 2017}, "không phải năm trước"),
    ):
        previous = content["previous"] | change
        file = write_yaml(tmp_path / "plan.yaml", content | {"previous": previous})
        with pytest.raises(InputRefused, match=said):
            load_plan(str(file))


@pytest.mark.parametrize("value", ["khoảng 120", "dưới 5", "212*", "2.510", "-3"])
def test_read_previous_typed_words_are_refused(plan, tmp_path, value):
    with pytest.raises(InputRefused, match="không phải số của “violators”"):
        plan_with_previous(plan, tmp_path, f"25,violators,{value}").previous_figures  # noqa: B018


def test_compare_years_real_returns_beside_a_made_up_year_gives_no_row(plan, shipped):
    """The run goes on without comparison, and the page says why."""
    real = replace(shipped, returns=shipped.returns.assign(illustrative=False))
    case = case_of(plan, real)
    assert case.changes.empty and [*case.changes][:-1] == CHANGE_COLUMNS
    assert "chỉ số liệu năm trước là minh họa" in explain_mixture(plan, case.indicators)
    made = pages(case, [plan.province])
    assert made["changes.csv"].decode() == ",".join(CHANGE_COLUMNS) + "\n"


def test_compare_years_a_plan_without_a_previous_year_has_no_row(plan, shipped):
    alone = Plan.model_validate(plan.content() | {"previous": None})
    case = replace(case_of(plan, shipped), plan=alone)
    assert case.changes.empty and [*case.changes][:-1] == CHANGE_COLUMNS


# ---- the shipped year ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exact(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True)


def test_changes_of_the_shipped_set_are_the_planted_cases(exact: Case):
    rows = exact.changes.set_index(KEY)
    assert exact.changes[CHANGE_COLUMNS].dtypes.astype(str).to_dict() == CHANGE_DTYPES
    words = {
        ("25", "newspaper"): "bằng năm 2016",
        ("25", "broadcaster"): "tăng 02 tin, bài (6,7%) so với năm 2016",
        ("25", "own_inspections"): "giảm 02 lượt (5%) so với năm 2016",
        ("230", "criminal"): "tăng 01 vụ (năm 2016 không có)",
        ("230", "supplies"): "tăng 01 cuộc so với năm 2016",
        ("236", "sessions"): "–",  # its cut-off is 30/11
    }
    assert {key: rows.words[key] for key in words} == words
    whys = {
        ("236", "inspections"): "kỳ số liệu hai năm khác nhau",
        ("240", "sessions"): "chưa có số liệu năm 2017",
        ("228", "sessions"): "số liệu hai năm không đủ",
        ("228", "attendance"): "không có số liệu năm 2016",
        ("25", "communes_met"): "số liệu hai năm không đủ",
    }
    assert {key: rows.why[key] for key in whys} == whys
    assert {*rows.loc["239"].why} >= {"không có số liệu năm 2016"}


def test_changes_of_the_province_are_the_sums_of_the_frame(plan: Plan, exact: Case):
    """Inspections of the nine districts that are comparable, added up by hand from the frame, and
    of the province's own bodies (40 and 38).
    """
    rows = exact.changes
    row = rows.set_index(KEY).loc[("25", "inspections")]
    own = rows[(rows["item"] == "inspections") & (rows.unit_code != "25") & rows.change.notna()]
    assert (len(own), own.before.sum(), own.now.sum()) == (9, 332, 353)
    assert (row.before, row.now, row.change) == (332 + 40, 353 + 38, 19)
    assert row.words == (
        "tăng 19 lượt (5,1%) so với năm 2016, tính riêng 9/13 huyện, thành, thị và các cơ quan cấp "
        "tỉnh"
    )


def test_changes_show_decreases_as_well_as_increases(plan: Plan, exact: Case):
    shown = display_changes(exact.changes[exact.changes.unit_code == "25"], plan)["So sánh"]
    assert shown.str.startswith("giảm").sum() >= 4 and shown.str.startswith("tăng").sum() >= 4


def test_changes_csv_has_the_columns_of_the_design_and_numbers_as_numbers(plan, shipped):
    text = pages(case_of(plan, shipped), [plan.province])["changes.csv"].decode()
    assert text.splitlines()[0] == (
        "unit_code,unit_name,objective,item,label,measure,before,now,change,percent,before_words,"
        "now_words,words,why"
    )
    frame = pd.read_csv(io.StringIO(text), dtype={"unit_code": str})
    assert {*frame[["before", "now", "change", "percent"]].dtypes.astype(str)} == {"float64"}
    rows = {(row["unit_code"], row["item"]): row for row in csv.DictReader(io.StringIO(text))}
    row = rows["230", "attendance"]
    assert (row["before"], row["before_words"]) == ("22297", "22.297")


def test_script_illustrative_before_writes_what_is_committed(tmp_path: Path):
    script, made = paths.ROOT / "scripts" / "illustrative_before.py", tmp_path / "2016.csv"
    runpy.run_path(str(script))["main"](made)
    text = (paths.PREVIOUS / "phu_tho_2016.csv").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == text
    assert text.count(",yes\n") == len(text.splitlines()) - 1  # every line is marked


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_changes_printed_are_altered_by_no_missing_cell(
    plan: Plan, exact: Case, shipped: Intake, times: int
):
    """Fill missing cells of this year, alone, a score of them and all at once, each with the least
    or the most that others reported in its place: no row that is compared moves.
    """
    filed, random = exact.indicators, Random(2017)
    previous = filed.set_index(KEY)[
        ["state", "precision", "words", "measure", "illustrative", "value"]
    ]
    same = plan.model_copy(update={})
    same.__dict__["previous_figures"] = previous
    changes = compare_years(same, filed, exact.returns, internal=True).set_index(KEY)
    compared = changes[changes.change.notna() & changes.scope.isna()]
    assert len(compared) > 250
    cells = shipped.cells.assign(column=shipped.cells["column"].fillna(""))
    missing = [*cells.index[cells.state != "reported"]]
    reported = cells[cells.state == "reported"].sort_values("value")
    alike = reported.groupby(["objective", "column"])[["value", "number", "some", "state"]]
    for together in (*[1, 20] * times, len(missing), len(missing)):
        filled = shipped.cells.copy()
        places = random.sample(missing, together)
        for at in places:
            group = alike.get_group((cells.objective[at], cells["column"][at]))
            like = group.iloc[random.choice([0, -1])]
            filled.loc[at, [*like.index]] = [*like]
        after = indicators.compute_indicators(plan, filled, shipped.returns).set_index(KEY).value
        moved = [key for key in compared.index if after.get(key) != compared.now[key]]
        assert not moved, places


def test_read_previous_reads_a_set_as_it_was_published(plan: Plan, tmp_path: Path, exact: Case):
    """indicators.csv, here of this very year: every complete exact indicator is equal."""
    filed = indicators.format_for_csv(exact.indicators).assign(year="2016")
    filed.to_csv(tmp_path / "2016.csv", index=False)
    given = plan_with_file(plan, tmp_path / "2016.csv")
    found = read_previous(tmp_path / "2016.csv", 2016, plan.reporters.index)
    assert found.equals(given.previous_figures)
    rows = compare_years(given, exact.indicators, returns_of(plan), internal=True)
    assert {*rows.change.dropna()} == {0} and rows.change.notna().sum() > 200
    assert (rows.before.fillna(-1) == rows.now.fillna(-1)).all()


# ---- where it is read ----------------------------------------------------------------------------


def test_summarise_changes_tells_the_first_row_that_is_compared(plan, tmp_path):
    """The inspections of 2016 are incomplete; 12 cases became 15: 3 of 12 are 25%."""
    lines = ["230,inspections,40,incomplete", "230,cases,12,"]
    given = plan_with_previous(plan, tmp_path, *lines, head="unit_code,item,value,state")
    rows = rows_of(plan, ("230", "inspections", 44), ("230", "cases", 15))
    changes = compare_years(given, rows, returns_of(plan), internal=True)
    assert summarise_changes(changes, given) == (
        "Vụ việc phát hiện: năm 2016 12 vụ, năm 2017 15 vụ; tăng 03 vụ (25%)."
    )


@pytest.mark.parametrize(
    ("unit", "slug", "said"),
    [
        (
            "25",
            "communication",
            "Xã, phường, thị trấn duy trì tuyên truyền thường xuyên: không so với năm 2016, vì số "
            "liệu hai năm không đủ.",
        ),
        ("230", "enforcement", "năm 2016 38 lượt, năm 2017 44 lượt; tăng 06 lượt (15,8%)."),
        ("239", "communication", "Không có số liệu năm 2016 để so."),
        (
            "240",
            "communication",
            "không so với năm 2016, vì chưa có số liệu năm 2017.",
        ),
    ],
)
def test_year_on_year_sentence_says_the_difference_or_the_reason(
    exact: Case, unit: str, slug: str, said: str
):
    assert said in describe_change(exact.at(unit), slug)


def test_notebooks_of_a_plan_without_previous_year_have_no_cell_about_it(
    exact: Case, tmp_path: Path
):
    other = load_plan("thua_thien_hue_2017")
    alone = case_of(other, read_returns(other, tmp_path))
    for case, there in ((exact, True), (alone, False)):
        made = list_notebooks(case, collect_inputs(case, case.plan.name, documents=False))
        assert {"nam-truoc" in task.template for task in made} == {there}


def test_inputs_list_the_file_of_the_previous_year(plan):
    """Its file is an input of the set, and of no other plan's; the settings are shared."""
    place = "data/previous/phu_tho_2016.csv"
    files = hash_inputs(plan, plan.name)
    assert files[place] and files["data/comparison.yaml"]
    other = load_plan("binh_thuan_2017")
    assert place not in hash_inputs(other, other.name)
