"""Indicators of filled sets against an oracle that reads the workbooks itself: unit by unit, and of
the province.
"""

from collections.abc import Callable
from pathlib import Path

import independent
import pandas as pd
import pytest
from made import COM, HARM, INT, edited, good, put
from openpyxl import Workbook
from quantities import quantities
from seeds import seeds

from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.indicators import compute_indicators
from pcmd_eval.util import paths

FilledSet = Callable[[str, int, float], tuple[Path, Path]]


def assert_quantities_equal(file: Path, returns: Path) -> None:
    """Compare every indicator of the oracle: its value, and how much of it is known."""
    plan = load_plan(str(file))
    intake = read_returns(plan, returns)
    rows = compute_indicators(plan, intake.cells, intake.returns)
    quantity_of = {
        (row.unit_code, row.item): (None if pd.isna(row.value) else int(row.value), row.state)
        for row in rows.itertuples()
    }
    oracle_plan = independent.read_plan(file, paths.UNITS)

    expected = quantities(independent.read_all(returns, oracle_plan), oracle_plan)

    assert len(expected) > 5 * len(plan.reporting_units) * (len(plan.objectives) > 3)
    pairs = {key: (quantity_of.get(key), value) for key, value in expected.items()}
    assert {key: pair for key, pair in pairs.items() if pair[0] != pair[1]} == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds([3], range(200, 206)))
def test_indicators_of_communes_that_report_equal_the_oracle(
    filled_set: FilledSet, seed: int
) -> None:
    assert_quantities_equal(*filled_set("communes", seed, (seed % 6) / 8))


@pytest.mark.slow
@pytest.mark.parametrize("name", seeds(["phu_tho_2017", "today"], ["ha_noi_2026"]))
def test_indicators_of_shipped_plans_equal_the_oracle(filled_set: FilledSet, name: str) -> None:
    seed, disorder = (2, 0.15) if name == "phu_tho_2017" else (302, 0.25)  # as test_differential
    assert_quantities_equal(*filled_set(name, seed, disorder))


@pytest.mark.slow
def test_indicators_of_two_files_of_one_day_equal_the_oracle(tmp_path: Path) -> None:
    """Code, document and number written in another way say the same; a merge over quarters and a
    row whose code and label disagree leave their cells in doubt, whatever the files' names.
    """

    def otherwise(book: Workbook) -> None:
        book[COM]["A5"], book[COM]["E5"] = int(book[COM]["A5"].value), 9
        put(book[INT], 5, 3, "chưa có", "Không")
        put(book[HARM], 5, 3, 0, None)
        book[HARM].merge_cells("C5:D5")
        put(book[HARM], 9, 2, book[HARM]["B7"].value, *[None] * 5)

    def plainly(book: Workbook) -> None:
        put(book[INT], 5, 3, "không", "không")
        put(book[HARM], 5, 3, "0", 0)

    for names in (("a", "b"), ("b", "a")):
        for name, change in zip(names, (otherwise, plainly), strict=True):
            (tmp_path / f"{name}.xlsx").write_bytes(edited(good(), change))
        assert_quantities_equal(paths.PLANS / "phu_tho_2017.yaml", tmp_path)
