"""The package against an oracle written from the design without sight of it, on randomly filled
returns.

`independent.py` shares no code with the package; `filling.py` fills blank returns with every
disorder that the form's specification names. Verdict, low, high, needed and total must be equal
under the shipped rules and every alternative.
"""

from itertools import zip_longest
from pathlib import Path

import independent
import pandas as pd
import pytest
import two_levels
from filling import fill
from natural import natural

from pcmd_eval.evaluation.findings import evaluate, format_for_csv
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes

DECIDED = ["unit_code", "objective", "verdict", "low", "high", "needed", "total", "target", "basis"]
GOLDEN = Path(__file__).parents[1] / "golden" / "findings.csv"


def rows(found: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the values on which both must agree, as texts."""
    return [*found[DECIDED].astype("string").fillna("").itertuples(index=False, name=None)]


def assert_equal(plan: Plan, folder: Path) -> None:
    """Compare under the shipped rules and every alternative, one of each objective at a time."""
    cells, register = read_returns(plan, folder).cells, paths.UNITS / plan.units.register_file
    asked = independent.Asked(plan.plan, plan.year, plan.province, f"{plan.units.reporters}_code")
    returns = independent.read_all(folder, register, asked)
    ways: list[dict[tuple[str, str], object]] = [{}]
    for taken in zip_longest(*map(plan.alternatives, plan.by_slug)):
        own = zip(plan.by_slug, taken, strict=True)
        ways.append({(slug, way.key): way.choice.value for slug, way in own if way})
    for values in ways:
        rules = {key: value for (_, key), value in values.items()}
        expected = pd.DataFrame(independent.findings(returns, register, rules, asked)).astype(
            "string"
        )
        found = evaluate(plan.with_rules(values), cells, explained=())
        assert rows(found) == rows(expected), rules


def test_the_shipped_findings_are_frozen(plan: Plan, shipped: Intake) -> None:
    """Byte for byte, with every sentence."""
    assert to_csv_bytes(format_for_csv(evaluate(plan, shipped.cells))) == GOLDEN.read_bytes()


def test_the_shipped_returns_under_every_alternative(plan: Plan) -> None:
    """All rules of all objectives."""
    assert_equal(plan, paths.returns_folder(plan.name))


def test_filled_returns(plan: Plan, blanks: Path, tmp_path: Path) -> None:
    """Untidy and close to the thresholds; tidy are the shipped ones, chaotic are slow ones."""
    fill(blanks, tmp_path, 2, 0.15, near=True)
    assert_equal(plan, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_twenty_filled_sets(plan: Plan, blanks: Path, tmp_path: Path, seed: int) -> None:
    """Disorder from none to chaos."""
    fill(blanks, tmp_path, seed, disorder=(seed % 10) / 12, near=seed % 2 == 0)
    assert_equal(plan, tmp_path)


@pytest.mark.slow
def test_returns_with_the_habits_of_clerks(plan: Plan, tmp_path: Path) -> None:
    """Signatures, totals, codes with stops, days and documents in words, second rows."""
    for code in plan.reporters.index:
        (tmp_path / f"{code}.xlsx").write_bytes(natural(code, 31)[0])
    assert_equal(plan, tmp_path)


# ---- communes report -----------------------------------------------------------------------------


def test_findings_of_communes_that_report_equal_the_oracle(tmp_path: Path) -> None:
    plan = two_levels.make_plan(tmp_path, communes=12)
    assert_equal(plan, two_levels.fill_communes(plan, tmp_path, 4, 0.15, near=True))


def test_findings_where_communes_of_districts_report_equal_the_oracle(tmp_path: Path) -> None:
    register = tmp_path / "few.csv"
    lines = (paths.UNITS / "phu_tho_2017.csv").read_text(encoding="utf-8").splitlines(True)
    register.write_text("".join([lines[0], *lines[20:29]]), encoding="utf-8")
    plan = two_levels.make_plan(tmp_path, register=str(register), province="25")
    assert [*plan.areas] == ["Thành phố Việt Trì", "Thị xã Phú Thọ"]
    assert_equal(plan, two_levels.fill_communes(plan, tmp_path, 6, 0.15, near=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 206))
def test_findings_of_many_communes_equal_the_oracle(tmp_path: Path, seed: int) -> None:
    plan = two_levels.make_plan(tmp_path, communes=40)
    disorder = (seed % 6) / 8
    assert_equal(plan, two_levels.fill_communes(plan, tmp_path, seed, disorder, near=seed % 2 == 0))
