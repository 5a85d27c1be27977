"""Promise 2 in print: every figure is the sum of its cells, and a sum over nothing is a dash."""

from collections.abc import Iterable

import pandas as pd
import pytest
from editions import case_of
from yaml_cases import BUILDERS, Row, cells_of

from pcmd_eval.analysis.case_queries import all_indicators
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.components import sum_components
from pcmd_eval.statistics.indicators import (
    INDICATOR_DTYPES,
    catalogue,
    compute_indicators,
    describe_return,
    describe_sums,
)

PERSONS = ["testing", "gbv_support", "outreach_persons", "model_persons", "places"]
PERSONS += ["violators", "sellers", "fines"]


@pytest.fixture(scope="module")
def published(plan, shipped) -> pd.DataFrame:
    return all_indicators(case_of(plan, shipped)).set_index(["unit_code", "item"])


@pytest.fixture(scope="module")
def exact(plan, shipped) -> pd.DataFrame:
    case = case_of(plan, shipped, internal=True)
    return all_indicators(case).set_index(["unit_code", "item"])


def words_by_name(indicators: pd.DataFrame, unit: str) -> dict[str, str]:
    """The words of a unit's indicators by name."""
    return indicators[indicators.unit_code == unit].set_index("item").words.to_dict()


def words_of_rows(plan, shipped, rows: Iterable[Row], unit: str, missing=()) -> pd.Series:
    """The words of a unit's indicators by name, of rows built as in tests/cases."""
    days = dict.fromkeys(plan.reporters.index, "2017-12-31")
    cells = cells_of(plan, [*rows], days, missing)
    return words_by_name(compute_indicators(plan, cells, shipped.returns), unit)


def test_compute_indicators_gives_one_row_for_each_unit_and_item(plan, shipped):
    rows = all_indicators(case_of(plan, shipped))
    assert rows.dtypes.astype(str).to_dict() == INDICATOR_DTYPES
    assert not rows.duplicated(["unit_code", "item"]).any()
    assert {*rows.unit_code} == {*plan.reporters.index}
    assert [*rows.unit_code.unique()] == sorted(plan.reporters.index)
    assert rows.drop(columns=["objective", "measure", "value"]).notna().all(axis=None)
    assert {*rows["item"]} <= {*catalogue(plan).index}
    assert {*rows.level} == {"province", "district"} and {*rows.illustrative} == {"yes"}
    assert rows.value.isna().eq(rows.state == "unknown").all()


@pytest.mark.slow
@pytest.mark.parametrize("internal", [True, False])
def test_compute_indicators_are_the_sums_an_analyst_gets_from_the_cells(plan, shipped, internal):
    """Every sum of cells of every unit: filter, then `number` or `amount`; nothing known is no
    number.
    """
    case = case_of(plan, shipped, internal)
    names, cells = catalogue(plan), case.cells
    amounts = names["item"].isin(["budget", "6.11"])
    parts = {(slug, ""): rows for slug, rows in cells.groupby("objective")}
    parts |= dict([*cells.groupby(["objective", "reporter"])])
    compared = 0
    for figure in all_indicators(case).itertuples():
        kind, item = names.kind[figure.item], names["item"][figure.item]
        is_total = figure.item == "model_persons"
        of_parts = ":" in item and not item.endswith(":persons")
        if pd.isna(figure.objective) or kind == "yes_no" or of_parts or is_total:
            continue
        is_of_unit = kind == "own" or figure.level == "district"
        rows = parts[figure.objective, figure.unit_code if is_of_unit else ""]
        rows = rows[
            (rows["item"] == item) | (rows.column == item) | rows.period.str.startswith(item)
        ]
        if item in ("document", "carried_out"):
            total = rows.value.isin(["given", "yes"]).where(rows.value.notna()).sum(min_count=1)
        else:
            total = (rows.amount if amounts[figure.item] else rows.number).sum(min_count=1)
        compared += 1
        assert pd.isna(figure.value) if pd.isna(total) else figure.value == float(total), figure
        state = "complete" if rows.state.eq("reported").all() else "incomplete"
        state = "unknown" if pd.isna(total) else state
        assert figure.state == state, figure
    assert compared > 200
    fines = cells[cells["item"] == "6.11"]
    assert fines.number.isna().all() and fines.amount.sum() == (121.75 if internal else 0)


def test_counts_of_parts_are_those_of_the_findings(findings, published):
    words, values = published.words, published.value
    for finding in findings.query("objective == 'communication'").itertuples():
        unit, unknown = finding.unit_code, finding.high - finding.low
        is_known = unknown < finding.total
        sure = f"{finding.low}*" if unknown else str(finding.low)
        assert int(values[unit, "communes_unknown"]) == unknown
        assert words.get((unit, "communes_met")) == (sure if is_known else "–")
        not_met = values[unit, "communes_not"]
        assert not_met == finding.total - finding.high if is_known else pd.isna(not_met)
    months = [words["25", name] for name in ("months", "months_not", "months_unknown")]
    assert months == ["11", "1", "0"]
    models = words["25", "models"], words["25", "models_unknown"]
    assert models == ("1*", "1")  # one district is silent


def test_silent_district_has_dashes_and_no_zero(published):
    rows = published.loc["240"]
    is_sum = rows.objective.fillna("").ne("") & ~rows.index.isin(["communes", "communes_unknown"])
    sums = rows[is_sum]
    assert sums.value.isna().all() and {*sums.words} == {"–", "Chưa rõ"}
    assert {*sums.state} == {"unknown"} and rows.value["reported"] == 0


def test_describe_return_gives_state_and_dates(plan, shipped):
    assert describe_return(plan, shipped.returns, "240") == {"return_state": "chưa gửi"}
    assert describe_return(plan, shipped.returns, "230") == {
        "return_state": "đã gửi",
        "sent": "18/12/2017",
        "cutoff": "15/12/2017",
    }


def test_answers_of_the_province_count_its_districts(plan, published):
    words = [published.words[unit, "poverty"] for unit in plan.reporting_units.index]
    assert {*words} <= {"Có", "Không", "Chưa rõ"} and "Chưa rõ" in words
    assert published.words["25", "poverty"] == f"{words.count('Có')}*"
    assert published.measure["25", "poverty"] == plan.unit_kinds
    assert pd.isna(published.measure["230", "poverty"])


def test_persons_are_among_the_exact_indicators_alone(published, exact):
    assert exact.words["25", "violators"] == "144*" and ("227", "violators") in exact.index
    for name in PERSONS:
        assert name in exact.index.get_level_values("item"), name
        assert not {name, f"own_{name}"} & {*published.index.get_level_values("item")}, name
    assert {*published.precision} == {"exact"}
    both = exact.loc[published.index]
    pd.testing.assert_frame_equal(published, both)


def test_persons_of_a_model_reported_twice_count_once(exact):
    """Việt Trì and the province's bodies list one model of 18 persons: 18 + 26 + 3, and one return
    is silent.
    """
    of_units = {unit: exact.value[unit, "model_persons"] for unit in ("227", "228", "233")}
    assert of_units == {"227": 18, "228": 26, "233": 3}
    assert exact.words["25", "model_persons"] == "47*"


def test_sum_components_a_model_reported_twice_has_the_known_number():
    """18 persons, or nobody knows how many: 18, and not all is known, in whichever order."""
    components = pd.DataFrame({"item": "persons", "dedup_key": "a", "known": [True, False]})
    numbers = pd.Series([18, pd.NA], dtype="Float64")
    for rows in (components.assign(number=numbers), components.assign(number=numbers)[::-1]):
        row = sum_components(rows, ["item"]).loc["persons"]
        assert (row.value, row.complete) == (18, False)


@pytest.mark.slow
@pytest.mark.parametrize(("missing", "models"), [(["240"], "–"), ([], "0")])
def test_models_are_none_where_every_reporter_says_so(plan, shipped, missing, models):
    """Không có mô hình in every return, or in all but one."""
    rows = BUILDERS["support_model"]({}, plan)
    assert words_of_rows(plan, shipped, rows, "25", missing)["models"] == models


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sessions", "form", "words"),
    [
        ("3 5 0 0", "Q1", ["12", "14", "9", "9"]),  # a form that is called “Q1”: 9 + 3 in quarter I
        (["2 0 0 0", "3 4 0 0"], "", ["14", "13", "9", "9"]),  # 9 + 2 + 3, 9 + 4
    ],
)
def test_sessions_stay_in_their_quarters_and_add_up(plan, shipped, sessions, form, words):
    """One of the ten communes of 228 has these sessions, each other one in each quarter."""
    commune = plan.communes("228").index[0]
    built = BUILDERS["communication"]({"communes": {commune: sessions}}, plan)
    rows = [(*r[:3], f"{form}{r[3]}", *r[4:]) if r[1] == commune else r for r in built]
    of_unit = words_of_rows(plan, shipped, rows, "228")
    assert [of_unit[f"sessions_q{quarter}"] for quarter in (1, 2, 3, 4)] == words


def test_describe_sums_incomplete_zero_is_no_number() -> None:
    """“0*” would read as none."""
    value = pd.Series([0, 0, 3, None], dtype="Float64")
    sums = describe_sums(value, pd.Series([True, False, False, False]))
    assert [*sums.words] == ["0", "chưa đủ số liệu", "3*", "–"]


@pytest.mark.parametrize(("missing", "words"), [([], "1"), (["231"], "1*")])
def test_programme_of_ones_own_may_be_one_of_a_silent_district_too(plan, shipped, missing, words):
    """230 adds programme 2.6; who sent the sheet without it has none, who sent nothing may."""
    rows = BUILDERS["integration"]({"programmes": {"230": {"2.6": "given Có"}}}, plan)
    assert words_of_rows(plan, shipped, rows, "25", missing)["other_programmes"] == words


def test_reporter_without_sheets_is_not_counted(plan, shipped):
    states = shipped.returns.state.mask(shipped.returns.reporter == "25", "not_asked")
    rows = compute_indicators(plan, shipped.cells, shipped.returns.assign(state=states))
    names = ("reporters", "received", "on_time", "late", "partial")
    assert [words_by_name(rows, "25")[name] for name in names] == ["13", "12", "10", "1", "1"]


def test_compute_indicators_order_of_cells_changes_nothing(plan, shipped):
    case = case_of(plan, shipped, internal=True)
    other = compute_indicators(plan, case.cells[::-1], case.returns[::-1])
    pd.testing.assert_frame_equal(other, all_indicators(case))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["thua_thien_hue_2017", "binh_thuan_2017"])
def test_compute_indicators_other_plan_has_its_own_objectives(name, tmp_path):
    plan = load_plan(name)
    intake = read_returns(plan, tmp_path)
    rows = case_of(plan, intake).indicators
    assert {*rows.objective.dropna()} == {objective.slug for objective in plan.objectives}
    assert {*rows.state[rows.objective.notna()]} <= {"unknown", "complete"}
