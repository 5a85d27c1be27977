"""What the guide for developers says of the way of one cell is so."""

import re
from pkgutil import resolve_name

from pcmd_eval.evaluation.findings import judge
from pcmd_eval.intake.returns import Intake
from pcmd_eval.objectives.communication import communication
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

TEXT = (paths.ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_every_station_is_a_function_that_there_is() -> None:
    """Whoever follows the way finds each of them."""
    stations = re.findall(r"^\| [^|]+\| `([\w.]+:[\w.]+)` \|", TEXT, re.MULTILINE)
    assert len(stations) == 13
    assert all(callable(resolve_name(f"pcmd_eval.{station}")) for station in stations)


def test_every_module_in_the_table_is_there() -> None:
    """None that has another name by now."""
    rows = TEXT.partition("## Where things stand")[2].partition("Imports go")[0]
    for name in re.findall(r"`([\w./]+)`", rows):
        place = paths.ROOT / "pcmd_eval" / name.replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").is_file(), name


def test_the_cell_has_these_values_on_its_way(plan: Plan, shipped: Intake) -> None:
    """In the shipped returns, and what would become of the finding with a 0 in its place."""
    cells, rules = shipped.cells, plan["communication"].rule_values
    [at] = cells.index[
        (cells.file == "230-doan-hung.xlsx") & (cells.cell == "E6") & (cells.unit_code == "07972")
    ]
    cell = cells.loc[at]
    assert (cell.reporter, cell["item"], cell.period) == ("230", "nói chuyện, hội nghị", "Q1")
    assert (cell.state, cell.value, cell.number, cell.some) == ("reported", "6", 6, True)
    steps = communication(cells, rules, plan.year)
    assert steps["quarters"]["230", "07972"].tolist() == [True, False, True, True]
    assert steps["communes"]["230", "07972"]
    found = judge(plan, "communication", cells).set_index("unit_code").loc["230"]
    assert found[["low", "high", "needed", "total"]].tolist() == [21, 21, 21, 28]
    assert f"| {found.reason} |" in TEXT
    none = cells.assign(some=cells.some.mask(cells.index == at, False))
    found = judge(plan, "communication", none).set_index("unit_code").loc["230"]
    assert (found.low, found.verdict) == (20, "not_met")
    state = shipped.returns.set_index("reporter").state
    assert state["230"] == "on_time"
