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
from pcmd_eval.proof.diff import Evaluated, diff, lines

Change = Callable[[pd.DataFrame], None]


@pytest.fixture
def old(plan: Plan, shipped: Intake) -> Evaluated:
    """The set of the shipped returns."""
    return Evaluated(shipped.cells, evaluate(plan, shipped.cells), {"data/plans/phu_tho_2017.yaml": "a"})


def changed(plan: Plan, shipped: Intake, **values: str) -> Evaluated:
    """The set after the cells `place=value` were changed, as r230_E5 names reporter and cell of sheet 1."""
    rows = shipped.cells[[*OBSERVATIONS]].copy()
    for place, value in values.items():
        reporter, sheet, cell = place.split("_")
        at = (rows.reporter == reporter[1:]) & rows.sheet.str.startswith(sheet[1:]) & (rows.cell == cell)
        assert at.sum() == 1, place
        rows.loc[at, ["value", "raw", "state"]] = [value, value, "reported"]
    cells = tidy(rows, shipped.returns, plan)
    return Evaluated(cells, evaluate(plan, cells), {"data/plans/phu_tho_2017.yaml": "a"})


def told(found: pd.DataFrame) -> set[tuple[str, ...]]:
    """Unit, objective, and the cell that did it."""
    return {*found[["unit_code", "objective", "reporter", "cell"]].fillna("").itertuples(index=False, name=None)}


def test_equal_sets_differ_in_nothing(plan: Plan, old: Evaluated) -> None:
    """Neither rows nor lines."""
    assert diff(plan, old, old).empty and lines(plan, diff(plan, old, old)) == []


def test_the_cells_that_did_it_are_named_and_no_others(plan: Plan, shipped: Intake, old: Evaluated) -> None:
    """A session more in an active quarter moves nothing; more cases found move their district and the province."""
    new = changed(plan, shipped, r228_s6_D7="9", r230_s1_E5="8")
    found = diff(plan, old, new)
    assert told(found) == {("228", "enforcement", "228", "D7"), ("25", "enforcement", "228", "D7")}
    [district] = found[found.unit_code == "228"].itertuples()
    assert (district.verdict_before, district.verdict, district.value_before, district.value) == (
        *("met", "undetermined", "1", "9"),
    )
    assert lines(plan, found)[:2] == [
        "Thị xã Phú Thọ, Phát hiện và xử lý vi phạm: Đạt (3/3) → Chưa đủ số liệu (3/3)",
        "  228 · 228-phu-tho.xlsx · 6 Xử lý · D7 · 6.3 · Quý I: 1 → 9",
    ]


def test_of_two_returns_each_is_named_where_it_counts(plan: Plan, shipped: Intake, old: Evaluated) -> None:
    """Both move the province, each its own district."""
    found = diff(plan, old, changed(plan, shipped, r228_s6_D7="9", r230_s6_D7="9"))
    assert told(found) == {
        ("228", "enforcement", "228", "D7"),
        ("230", "enforcement", "230", "D7"),
        ("25", "enforcement", "228", "D7"),
        ("25", "enforcement", "230", "D7"),
    }


def test_where_no_cell_did_it_the_inputs_that_differ_are_named(plan: Plan, old: Evaluated) -> None:
    """A rule of the plan file: every finding that changed says so."""
    ruled = plan.with_rules({("communication", "active_quarters"): 4})
    new = Evaluated(old.cells, evaluate(ruled, old.cells), {"data/plans/phu_tho_2017.yaml": "b"})
    found = diff(plan, old, new)
    assert {*found.objective} == {"communication"} and {*found.cause} == {"data/plans/phu_tho_2017.yaml"}
    assert found.cell.isna().all() and "  Do: data/plans/phu_tho_2017.yaml" in lines(plan, found)


def test_sets_are_read_from_their_folders(plan: Plan, shipped: Intake, old: Evaluated, tmp_path: Path) -> None:
    """The tables of `internal/` and the inputs of run.json."""
    new = changed(plan, shipped, r228_s6_D7="9")
    for name, each in (("old", old), ("new", new)):
        internal = tmp_path / name / "internal"
        internal.mkdir(parents=True)
        (internal / "observations.csv").write_bytes(csv_bytes(each.cells[[*OBSERVATIONS]]))
        (internal / "returns.csv").write_bytes(csv_bytes(shipped.returns))
        (internal / "findings.csv").write_bytes(csv_bytes(each.findings))
        (internal / "run.json").write_text(json.dumps({"inputs": each.made_with}))
    found = diff(plan, Places(tmp_path / "old"), Places(tmp_path / "new"))
    assert told(found) == {("228", "enforcement", "228", "D7"), ("25", "enforcement", "228", "D7")}
    assert diff(plan, Places(tmp_path / "old"), Places(tmp_path / "old")).empty
