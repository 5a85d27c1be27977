"""Promise 2 in print: every figure is the sum of its cells, and a sum over nothing is a dash."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from editions import case_of

from pcmd_eval import disclosure
from pcmd_eval.findings import evaluate
from pcmd_eval.indicators import COLUMNS, catalogue, figures, named
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan import load_plan

RULES = disclosure.load_disclosure()
PERSONS = [
    "testing",
    "gbv_support",
    "outreach_persons",
    "model_persons",
    "places",
    "violators",
    "sellers",
    "fines",
]


@pytest.fixture(scope="module")
def told(plan, shipped) -> pd.DataFrame:
    return figures(case_of(plan, shipped)).set_index(["unit_code", "item"])


@pytest.fixture(scope="module")
def exact(plan, shipped) -> pd.DataFrame:
    return figures(case_of(plan, shipped, internal=True)).set_index(["unit_code", "item"])


def test_one_row_for_each_figure_of_each_unit(plan, shipped, told):
    rows = figures(case_of(plan, shipped))
    assert (
        [*rows] == COLUMNS
        and (rows.dtypes == "string").all()
        and not rows.duplicated(["unit_code", "item"]).any()
    )
    assert {*rows.unit_code} == {*plan.reporters.index} and [*rows.unit_code.unique()] == sorted(
        plan.reporters.index
    )
    assert rows[["unit_name", "label", "words", "state"]].notna().all(axis=None)
    assert {*rows["item"]} <= {*catalogue(case_of(plan, shipped)).index}


@pytest.mark.parametrize(
    ("name", "objective", "item"),
    [
        *[
            ("cases", "enforcement", "6.3"),
            ("inspections", "enforcement", "6.1"),
            ("violators", "enforcement", "6.7"),
        ],
        *[
            ("fines", "enforcement", "6.11"),
            ("outreach", "harm_reduction", "3.1.1"),
            ("newspaper", "media", "5.1"),
        ],
    ],
)
def test_sums_are_those_of_plain_python(plan, shipped, exact, name, objective, item):
    """Unit by unit and over all; a 0 of a period that was still open is not known."""
    for unit in plan.reporters.index if objective != "media" else ["25"]:
        mine = [c for c in shipped.cells.itertuples() if (c.objective, c.item) == (objective, item)]
        own = [c for c in mine if unit in (plan.province, c.reporter)]
        known = [
            Decimal(c.value)
            for c in own
            if c.state == "reported" and not (c.value == "0" and pd.isna(c.some))
        ]
        if own:
            row = exact.loc[(unit, name)]
            assert row.state == (
                "unknown" if not known else "complete" if len(known) == len(own) else "incomplete"
            )
            lacking = "chưa đủ số liệu" if known and not sum(known) else "*"
            assert (row.words == "–") == (not known) and row.words.endswith(lacking) == (
                row.state == "incomplete"
            )
            assert Decimal(row.value) == sum(known) if known else pd.isna(row.value)


def test_sessions_add_up_from_quarters_to_the_year_and_from_districts_to_the_province(plan, told):
    numbers = told.value
    for unit in plan.reporters.index.drop("240"):
        quarters = [int(numbers[unit, f"sessions_q{quarter}"]) for quarter in (1, 2, 3, 4)]
        assert int(numbers[unit, "sessions"]) == sum(quarters)
    districts = [int(numbers[unit, "sessions"]) for unit in plan.districts.index.drop("240")]
    assert int(numbers["25", "sessions"]) == sum(districts)
    assert int(numbers["25", "cases"]) == sum(
        int(numbers[unit, "cases"]) for unit in plan.districts.index.drop("240")
    ) + int(numbers["25", "own_cases"])


def test_counts_of_parts_are_those_of_the_findings(plan, shipped, told):
    for finding in evaluate(plan, shipped.cells).query("objective == 'communication'").itertuples():
        met, unknown = (
            told.words.get((finding.unit_code, "communes_met")),
            told.value[finding.unit_code, "communes_unknown"],
        )
        assert int(unknown) == finding.high - finding.low
        assert met == (str(finding.low) if int(unknown) < finding.total else "–")
    assert [told.words["25", name] for name in ("months", "months_not", "months_unknown")] == [
        "11",
        "1",
        "0",
    ]
    assert (told.words["25", "models"], told.words["25", "models_unknown"]) == (
        "1*",
        "1",
    )  # one district is silent


def test_the_district_that_sent_nothing_has_dashes_and_no_zero(told):
    own = told.loc["240"]
    sums = own[(own.objective.fillna("") != "") & ~own.index.isin(["communes", "communes_unknown"])]
    assert (
        sums.value.isna().all()
        and {*sums.words} == {"–", "Chưa rõ"}
        and {*sums.state} == {"unknown"}
    )
    assert (
        own.words["return_state"] == "chưa gửi"
        and own.words["sent"] == "–"
        and own.value["reported"] == "0"
    )


def test_yes_or_no_of_a_district_is_a_number_of_districts_for_the_province(plan, told):
    words = [told.words[unit, "poverty"] for unit in plan.districts.index]
    assert {*words} <= {"Có", "Không", "Chưa rõ"} and "Chưa rõ" in words
    assert told.words["25", "poverty"] == f"{words.count('Có')}*"
    assert told.measure["25", "poverty"] == plan.districts_word


def test_persons_are_told_of_the_province_alone_and_rounded(plan, shipped, told, exact):
    totals = disclosure.totals(shipped.cells, RULES).set_index("item").value
    assert (
        told.words["25", "violators"] == f"khoảng {totals['6.7']}*"
        and told.value["25", "violators"] == totals["6.7"]
    )
    for name in PERSONS:
        assert [unit for unit, item in told.index if item == name] == ["25"]
        assert ("25", f"own_{name}") not in told.index
    assert (
        told.words["25", "model_persons"] == "khoảng 45*"
    )  # who is silent about models may have helped somebody
    assert ("227", "violators") in exact.index and exact.words["25", "violators"] == "144*"


def test_a_sum_below_the_base_is_no_number(plan, shipped):
    totals = pd.DataFrame(
        {"objective": ["enforcement"], "item": ["6.7"], "value": ["dưới 5"]}, dtype="string"
    )
    rows = figures(replace(case_of(plan, shipped), totals=totals))
    assert named(rows, "25")["violators"] == "dưới 5*" and named(rows, "25")["fines"] == "–"


def test_who_has_no_sheet_to_fill_in_is_not_waited_for(plan, shipped):
    states = shipped.returns.state.mask(shipped.returns.reporter == "25", "not_asked")
    rows = figures(replace(case_of(plan, shipped), returns=shipped.returns.assign(state=states)))
    assert [named(rows, "25")[name] for name in ("received", "on_time", "late", "partial")] == [
        "12",
        "10",
        "1",
        "1",
    ]


def test_the_order_of_the_cells_changes_nothing(plan, shipped):
    case = case_of(plan, shipped)
    other = replace(case, cells=case.cells[::-1], returns=case.returns[::-1])
    pd.testing.assert_frame_equal(figures(other), figures(case))


@pytest.mark.parametrize("name", ["thua_thien_hue_2017", "binh_thuan_2017"])
def test_another_plan_has_the_figures_of_its_own_objectives(name, tmp_path):
    plan = load_plan(name)
    intake = read_returns(plan, tmp_path)
    rows = figures(case_of(plan, intake))
    assert {*rows.objective.dropna()} - {""} == {objective.slug for objective in plan.objectives}
    assert {*rows.state[rows.objective.fillna("") != ""]} <= {"unknown", "complete"}
