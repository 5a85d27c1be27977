"""Whom to ask for what: the cells that could settle an open finding, no others, those that settle
most first.
"""

import pandas as pd
import pytest
from editions import judge_cells

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.asks.request_list import Requests, list_requests, reminders
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan

COLUMNS = ["reporter", "unit_name", "objective", "finding_unit", "unit_code", "item", "period"]
COLUMNS += ["file", "sheet", "cell", "state", "settles", "request"]
KEY = ["reporter", "unit_code", "objective", "item", "period"]
OF = ["finding_unit", "objective"]


@pytest.fixture(scope="module")
def missing(plan: Plan, shipped: Intake, findings: pd.DataFrame) -> pd.DataFrame:
    """The missing cells of the shipped returns."""
    return missing_cells(plan, shipped.cells, findings)


@pytest.fixture(scope="module")
def requests(plan: Plan, shipped: Intake, missing: pd.DataFrame) -> Requests:
    """What is asked for of the shipped returns."""
    return list_requests(plan, shipped, missing)


@pytest.fixture(scope="module")
def rows(
    plan: Plan, findings: pd.DataFrame, missing: pd.DataFrame, requests: Requests
) -> pd.DataFrame:
    """The reminders that could settle a finding."""
    return reminders(plan, findings, missing, requests).dropna(subset="finding_unit")


def answer(cells: pd.DataFrame, chosen: pd.Series, yes: bool) -> pd.DataFrame:
    """Return the cells after answers came in for those chosen: everywhere something was done (and
    the case handled), or nowhere.
    """
    words = {"document": "given" if yes else "none", "carried_out": "yes" if yes else "no"}
    text = cells.column.map(words).astype("string")
    number = pd.Series(int(yes), cells.index, dtype="Int64").mask(cells["item"] == "6.5", 0)
    return cells.assign(
        state=cells.state.mask(chosen, "reported"),
        value=cells.value.mask(chosen, text.fillna(number.astype("string"))),
        some=cells.some.mask(chosen, (number > 0).mask(text.notna())),
        number=cells.number.mask(chosen, number.mask(text.notna())),
    )


def test_missing_cells_belong_to_open_findings_alone(
    rows: pd.DataFrame, findings: pd.DataFrame
) -> None:
    """All text, one row for each cell and finding; each stands in a return, or in none that was
    sent.
    """
    undecided = findings[findings.verdict == "undetermined"][["unit_code", "objective"]]
    assert [*rows.columns] == COLUMNS and {*rows.dtypes.astype(str)} == {"string"}
    assert {*rows[OF].itertuples(index=False, name=None)} == {
        *undecided.itertuples(index=False, name=None)
    }
    assert not rows.duplicated([*KEY, "finding_unit"]).any()
    assert (rows[["file", "sheet", "cell"]].notna().all(axis=1) | (rows.state == "absent")).all()
    assert (rows.reporter == rows.finding_unit)[rows.finding_unit != "25"].all()


@pytest.mark.slow
def test_missing_cells_once_known_settle_every_finding_and_others_none(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, rows: pd.DataFrame
) -> None:
    """With all cells known that are asked for nothing stays open; with all others every count is
    what it was.
    """
    cells = shipped.cells
    requests = rows[KEY].drop_duplicates()
    matches = cells.merge(requests, how="left", indicator=True, on=KEY)["_merge"] == "both"
    requested = matches.set_axis(cells.index)
    unknown = cells.some.isna() & cells.value.isna() & (cells.objective != "support_model")
    unknown &= cells["item"] != "6.6"  # a pending case says that another count is more than it is
    is_open = (findings.verdict == "undetermined").to_numpy()
    counts = ["unit_code", "objective", "verdict", "low", "high", "needed", "total"]
    for yes in (True, False):
        answered = evaluate(plan, answer(cells, requested, yes), [])
        assert "undetermined" not in {*answered.verdict}
        answered = evaluate(plan, answer(cells, unknown & ~requested, yes), [])
        pd.testing.assert_frame_equal(answered.loc[is_open, counts], findings.loc[is_open, counts])


def test_reminder_says_what_the_answer_decides(rows: pd.DataFrame, findings: pd.DataFrame) -> None:
    """Of 277 communes some surely maintain communication and some may; the rest is missing."""
    settles = rows.drop_duplicates([*OF, "settles"]).set_index(OF).settles
    province = findings.set_index(["unit_code", "objective"]).loc["25", "communication"]
    counts = f"{province.needed - province.low} trong {province.high - province.low}"
    for unit, slug, words in (
        ("25", "communication", f"Tỉnh Phú Thọ đạt nếu ít nhất {counts} xã, phường, thị trấn chưa"),
        ("228", "communication", "Thị xã Phú Thọ đạt nếu ít nhất 01 trong 02 xã, phường chưa"),
        ("234", "harm_reduction", "Huyện Yên Lập đã triển khai hoạt động can thiệp hay không"),
    ):
        assert settles[unit, slug].startswith(words)
    assert settles["240", "enforcement"].endswith("chưa đạt nếu còn vụ việc chưa xử lý")
    cells = rows[(rows.reporter == "228") & (rows.finding_unit == "228")]
    assert {*cells.unit_code.str.len()} == {5} and {*cells.sheet} == {"1 Tuyên truyền"}


def test_missing_cells_begin_with_those_that_settle_most_by_fewest_cells(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, missing: pd.DataFrame
) -> None:
    """Of objective 3 each unit settles its own finding, Thanh Sơn by one cell, the others by 28."""
    assert [*missing.reporter.unique()][:3] == ["240", "236", "233"]
    harm_reduction = findings[findings.objective == "harm_reduction"]
    rows = missing_cells(plan, shipped.cells, harm_reduction).dropna(subset="finding_unit")
    assert [*rows.reporter.unique()] == ["238", "234", "240"]


def requests_of(plan: Plan, cells: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Return the cells of an objective that can settle a finding."""
    missing = missing_cells(plan, cells, evaluate(plan, cells, []))
    return missing[missing.finding_unit.notna() & (missing.objective == slug)]


@pytest.mark.slow
def test_missing_cells_of_contradictory_quarters_are_asked_for(plan: Plan, shipped: Intake) -> None:
    """Cases: the four figures of a quarter that contradict each other, and the blank one of a
    quarter in which more was detected than handled; 6.6 is not asked for.
    """
    cells, items = shipped.cells.copy(), ["6.3", "6.4", "6.5", "6.6"]
    of_unit = (cells.reporter == "237") & cells["item"].isin(items)
    cells.loc[of_unit & (cells.period == "Q1"), "value"] = "1"
    cells.loc[of_unit & (cells.period == "Q2") & (cells["item"] == "6.3"), "value"] = "9"
    blank = of_unit & (cells.period == "Q2") & cells["item"].isin(["6.5", "6.6"])
    cells.loc[blank, "state"] = "blank"
    requests = requests_of(plan, judge_cells(cells, shipped.returns, plan), "enforcement")
    requests = requests[requests.reporter == "237"]
    places = {*zip(requests["item"], requests.period, strict=True)}
    assert places == {*((item, "Q1") for item in items), ("6.5", "Q2")}


def test_missing_cells_of_silence_about_models_are_asked_for(plan: Plan, shipped: Intake) -> None:
    """No model counts and two reporters are silent, one line has no type: the statement, and that
    cell.
    """
    cells = shipped.cells.copy()
    models = cells.objective == "support_model"
    cells.loc[models & (cells.column == "type"), "value"] = pd.NA
    silent = models & (cells.row == "none") & cells.reporter.isin(["237", "239"])
    cells.loc[silent, ["value", "state"]] = [pd.NA, "blank"]
    requests = requests_of(plan, cells, "support_model")
    statements = requests.reporter[requests["item"] == "none:name"]
    assert {*requests.finding_unit} == {"25"} and {"237", "239", "240"} <= {*statements}
    assert requests["item"].str.endswith(":type").any()


def test_missing_cells_of_settled_findings_are_none(
    plan: Plan, shipped: Intake, findings: pd.DataFrame
) -> None:
    """An empty frame with its columns."""
    met = findings[findings.verdict == "met"]
    none = missing_cells(plan, shipped.cells, met)
    assert none.finding_unit.isna().all() and (none.state != "reported").all()
    assert [*reminders(plan, met, none, list_requests(plan, shipped, none)).columns] == COLUMNS
