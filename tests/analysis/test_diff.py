"""What `diff` says of two sets: which findings changed, and the cells of which returns did it."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pcmd_eval.analysis.comparison import diff, diff_lines
from pcmd_eval.evaluation.findings import DTYPES, evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS, tidy
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes
from pcmd_eval.util.paths import OutputFolders

Made = Callable[..., OutputFolders]


@pytest.fixture
def made(plan: Plan, shipped: Intake, findings: pd.DataFrame, tmp_path: Path) -> Made:
    """Makes a set as a run leaves it: cells `place=value` changed (r230_s1_E5), under a plan, a
    file with its hash; of the reporter that `came` a session in Q1 of each commune.
    """

    def make(
        name: str, ruled: Plan = plan, content: str = "a", came: str = "", **values: str
    ) -> OutputFolders:
        places, rows = OutputFolders(tmp_path / name), shipped.cells[[*OBSERVATIONS]].copy()
        late = (rows.reporter == came) & (rows.period == "Q1") & (rows.objective == "communication")
        rows.loc[late, ["item", "value", "raw", "state"]] = ["loa", "1", "1", "reported"]
        for place, value in values.items():
            reporter, sheet, cell = place.split("_")
            at = (
                (rows.reporter == reporter[1:])
                & rows.sheet.str.startswith(sheet[1:])
                & (rows.cell == cell)
            )
            assert at.sum() == 1, place
            rows.loc[at, ["value", "raw", "state"]] = [value, value, "reported"]
        places.internal.mkdir(parents=True)
        places.published.mkdir()
        same = ruled is plan and not came and not values
        found = findings if same else evaluate(ruled, tidy(rows, shipped.returns, ruled))
        for table, frame in {
            "observations": rows,
            "returns": shipped.returns,
            "findings": found,
        }.items():
            (places.internal / f"{table}.csv").write_bytes(to_csv_bytes(frame))
        record = {
            "inputs": {"data/plans/x.yaml": content, "notebooks/x.ipynb": content},
            "versions": {"pandas": "3"},
        }
        (places.published / "run.json").write_text(json.dumps(record))
        return places

    return make


def told(found: pd.DataFrame) -> set[tuple[str, ...]]:
    """Unit, objective, and the cell that did it."""
    return {
        *found[["unit_code", "objective", "reporter", "cell"]]
        .fillna("")
        .itertuples(index=False, name=None)
    }


def test_the_cells_that_did_it_are_named_and_no_others(plan: Plan, made: Made) -> None:
    """A session more in an active quarter moves nothing; more cases found move their district and
    the province.
    """
    old = made("old")
    found, _ = diff(plan, old, made("new", r228_s6_D7="9", r228_s6_D11="5", r230_s1_E5="8"))
    assert told(found) == {("228", "enforcement", "228", "D7"), ("25", "enforcement", "228", "D7")}
    [district] = found[found.unit_code == "228"].itertuples()
    assert (district.verdict_before, district.verdict, district.cause) == (
        "met",
        "undetermined",
        "số liệu",
    )
    assert (district.value_before, district.value) == ("1", "9")
    assert diff_lines(plan, found)[:2] == [
        "Thị xã Phú Thọ, Phát hiện và xử lý vi phạm: Đạt (3/3) → Chưa đủ số liệu (3/3)",
        "  228-phu-tho.xlsx · 6 Xử lý · D7: Thị xã Phú Thọ, 6.3 Vụ việc phát hiện, Quý I: 1 → 9",
    ]
    found, idle = diff(plan, old, old)
    assert found.empty and diff_lines(plan, found) == [] and idle == 0


def test_of_two_returns_each_is_named_where_it_counts(plan: Plan, made: Made) -> None:
    """Both move the province, each its own district."""
    found, _ = diff(plan, made("old"), made("new", r228_s6_D7="9", r230_s6_D7="9"))
    assert told(found) == {
        (unit, "enforcement", reporter, "D7")
        for reporter in ("228", "230")
        for unit in (reporter, "25")
    }


def test_a_return_that_came_is_named_cell_by_cell(plan: Plan, made: Made) -> None:
    """Of Tân Sơn's 17 communes nothing was known, and each has a session now; one quarter is
    enough. With some of these cells taken back nothing is known of their communes again.
    """
    content = plan.content()
    rules = content["objectives"][0]["rules"]
    rules["quarters"] |= {"value": [1], "choices": []}
    rules["active_quarters"] |= {"value": 1, "choices": []}
    ruled = Plan.model_validate(content)
    found, _ = diff(ruled, made("old", ruled), made("new", ruled, came="240"))
    assert {*found.unit_code} == {"25", "240"} and {*found.reporter} == {"240"}
    own = found[found.unit_code == "240"]
    assert {*own.period} == {"Q1"} and own.cell_unit.nunique() == len(own) == 17
    assert {*own.verdict_before} == {"undetermined"} and {*own.verdict} == {"met"}
    assert {*own.value_before} == {"không có"} and {*own.value} == {"1"}


def test_where_no_cell_did_it_the_inputs_that_differ_are_named(plan: Plan, made: Made) -> None:
    """A rule of the plan file: every finding that changed says so. A notebook changes no finding."""
    ruled = plan.with_rules({("communication", "active_quarters"): 4})
    found, _ = diff(plan, made("old"), made("new", ruled, "b"))
    assert {*found.objective} == {"communication"} and {*found.cause} == {"data/plans/x.yaml"}
    assert found.cell.isna().all() and "  Do: data/plans/x.yaml" in diff_lines(plan, found)
    damaged = made("damaged")
    (damaged.published / "run.json").write_text('{"inputs": {')
    found, _ = diff(plan, damaged, made("ruled", ruled, "b"))
    assert found.cause.str.startswith("quy tắc hoặc chương trình; ").all()


def test_what_changed_without_effect_is_counted_and_not_listed(plan: Plan, made: Made) -> None:
    """A case more, and sessions more in 16 quarters that were active anyway, all in one return."""
    old = made("old")
    now = read_csv(old.internal / "observations.csv")
    active = now[(now.reporter == "228") & (now.objective == "communication") & (now.period != "Y")]
    more = active[active.value.fillna("0").str.fullmatch("[1-9]")].head(16)
    assert len(more) == 16
    harmless = {f"r228_s1_{cell}": "77" for cell in more.cell}
    new = made("new", r228_s6_D7="9", **harmless)
    found, idle = diff(plan, old, new)
    assert told(found) == {("228", "enforcement", "228", "D7"), ("25", "enforcement", "228", "D7")}
    assert idle == 16


def test_cells_that_did_it_together_are_all_named_and_no_others(plan: Plan, made: Made) -> None:
    """A commune had one active quarter and has three now, by two cells; sessions more in the
    quarter that was active move nothing.
    """
    keys = {"reporter": "228", "objective": "communication"}
    blank = read_csv(made("shipped").internal / "observations.csv")
    rows = blank[(blank[[*keys]] == pd.Series(keys)).all(axis=1) & (blank.period != "Y")]
    commune = rows[rows.unit_code == rows.unit_code.iloc[0]]
    cells = commune.groupby("period").cell.first()
    none = {f"r228_s1_{cell}": "0" for cell in commune.cell}
    was = none | {f"r228_s1_{cells['Q1']}": "5"}
    now = was | {
        f"r228_s1_{cells[quarter]}": value
        for quarter, value in {"Q1": "9", "Q2": "1", "Q3": "1"}.items()
    }
    found, _ = diff(plan, made("old", **was), made("new", **now))
    assert {*found.cell} == {cells["Q2"], cells["Q3"]} and "228" in {*found.unit_code}
    four = now | {
        f"r228_s1_{cells['Q4']}": "1"
    }  # one more than needed: any two of the three did it
    found, _ = diff(plan, made("old4", **was), made("new4", **four))
    assert len({*found.cell}) == 2 and cells["Q1"] not in {*found.cell}


def test_sets_of_two_plans_are_refused_with_the_reason(plan: Plan, made: Made) -> None:
    other = load_plan("thua_thien_hue_2017")
    old, new = made("old"), made("new")
    frame = read_csv(new.internal / "findings.csv", DTYPES).assign(plan=other.plan)
    (new.internal / "findings.csv").write_bytes(to_csv_bytes(frame))
    for sides in ((old, new), (new, old), (new, new)):
        with pytest.raises(
            InputRefused, match=f"{other.plan} năm 2017.*--plan.*previous.*changes.csv"
        ):
            diff(plan, *sides)
