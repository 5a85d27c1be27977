"""What `diff` says of two sets: which findings changed, and the cells of which returns did it."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pcmd_eval.files import csv_bytes
from pcmd_eval.findings import evaluate
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import OBSERVATIONS, tidy
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.diff import diff, lines

Made = Callable[..., Places]


@pytest.fixture
def made(plan: Plan, shipped: Intake, tmp_path: Path) -> Made:
    """Makes a set as a run leaves it: cells `place=value` changed (r230_s1_E5), under a plan, a file with its hash."""

    def make(name: str, ruled: Plan = plan, content: str = "a", **values: str) -> Places:
        places, rows = Places(tmp_path / name), shipped.cells[[*OBSERVATIONS]].copy()
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
        findings = evaluate(ruled, tidy(rows, shipped.returns, ruled))
        for table, frame in {
            "observations": rows,
            "returns": shipped.returns,
            "findings": findings,
        }.items():
            (places.internal / f"{table}.csv").write_bytes(csv_bytes(frame))
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
    """A session more in an active quarter moves nothing; more cases found move their district and the province."""
    old = made("old")
    found = diff(plan, old, made("new", r228_s6_D7="9", r228_s6_D11="5", r230_s1_E5="8"))
    assert told(found) == {("228", "enforcement", "228", "D7"), ("25", "enforcement", "228", "D7")}
    [district] = found[found.unit_code == "228"].itertuples()
    assert (district.verdict_before, district.verdict, district.cause) == (
        "met",
        "undetermined",
        "số liệu",
    )
    assert (district.value_before, district.value) == ("1", "9")
    assert lines(plan, found)[:2] == [
        "Thị xã Phú Thọ, Phát hiện và xử lý vi phạm: Đạt (3/3) → Chưa đủ số liệu (3/3)",
        "  228-phu-tho.xlsx · 6 Xử lý · D7: Thị xã Phú Thọ, 6.3 Vụ việc phát hiện, Quý I: 1 → 9",
    ]
    assert diff(plan, old, old).empty and lines(plan, diff(plan, old, old)) == []


def test_of_two_returns_each_is_named_where_it_counts(plan: Plan, made: Made) -> None:
    """Both move the province, each its own district."""
    found = diff(plan, made("old"), made("new", r228_s6_D7="9", r230_s6_D7="9"))
    assert told(found) == {
        (unit, "enforcement", reporter, "D7")
        for reporter in ("228", "230")
        for unit in (reporter, "25")
    }


def test_where_no_cell_did_it_the_inputs_that_differ_are_named(plan: Plan, made: Made) -> None:
    """A rule of the plan file: every finding that changed says so. A notebook changes no finding."""
    ruled = plan.with_rules({("communication", "active_quarters"): 4})
    found = diff(plan, made("old"), made("new", ruled, "b"))
    assert {*found.objective} == {"communication"} and {*found.cause} == {"data/plans/x.yaml"}
    assert found.cell.isna().all() and "  Do: data/plans/x.yaml" in lines(plan, found)
