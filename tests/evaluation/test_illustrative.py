"""The illustrative returns: what the script plants."""

import runpy
from pathlib import Path

import pandas as pd

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

PLANTED = {  # verdicts and counts of the province
    "communication": ("undetermined", 193, 229, 208),
    "integration": ("not_met", 5, 6, 7),
    "harm_reduction": ("met", 7, 10, 3),
    "support_model": ("met", 1, pd.NA, 1),
    "media": ("not_met", 11, 11, 12),
    "enforcement": ("not_met", 50, pd.NA, pd.NA),
}


def test_the_planted_cases_come_out(plan: Plan, shipped: Intake) -> None:
    """One missing, one late, one partial; Đoan Hùng at exactly 21 of 28; one case pending; no stop."""
    states = shipped.returns.set_index("reporter").state
    assert states.drop(["240", "235", "234"]).eq("on_time").all()
    assert (states["240"], states["235"], states["234"]) == (
        "missing",
        "late",
        "partial",
    ) and shipped.stopping == 0
    found = evaluate(plan, shipped.cells).set_index(["unit_code", "objective"])
    province = found.loc["25"]
    for slug, expected in PLANTED.items():
        row = province.loc[slug, ["verdict", "low", "high", "needed"]]
        assert [*row.fillna("empty")] == [*pd.Series(expected).fillna("empty")], slug
    assert tuple(found.loc[("230", "communication"), ["verdict", "low", "needed"]]) == (
        "met",
        21,
        21,
    )
    assert found.loc[("239", "enforcement"), "verdict"] == "none_arose"
    pending = shipped.cells[(shipped.cells["item"] == "6.6") & (shipped.cells.number > 0)]
    assert [*pending.reporter] == ["231"] and [*pending.number] == [1]


def test_the_script_writes_what_is_committed(tmp_path: Path) -> None:
    """Every byte of every workbook."""
    script = paths.ROOT / "scripts" / "illustrative.py"
    runpy.run_path(str(script))["write_returns"](tmp_path)
    shipped = {
        path.name: path.read_bytes() for path in paths.returns_folder("phu_tho_2017").glob("*.xlsx")
    }
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == shipped
