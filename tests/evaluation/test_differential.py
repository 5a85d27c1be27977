"""The package against an oracle written from the design without sight of it, on randomly filled
returns.

`independent.py` shares no code with the package; `filling.py` fills blank returns with every
disorder that the form's specification names. Verdict, low, high, needed and total must be equal
under the shipped rules and every alternative.
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

import independent
import pandas as pd
import pytest
import two_levels
from city import write_city
from filling import fill, fill_plan
from natural import natural
from seeds import seeds

from pcmd_eval.evaluation.findings import evaluate, format_findings
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes

DECIDED = ["unit_code", "objective", "verdict", "low", "high", "needed", "total", "target", "basis"]
TARGETS = {
    "communication": ("> 75%", ">= 66.5%", "all"),
    "integration": ("> 50%", "40% .. 60%", "all"),
    "harm_reduction": (">= 20%", ">= 2"),
    "support_model": (">= 2",),
    "media": (">= 11", "> 90%"),
}
SHIPPED = paths.PLANS / "phu_tho_2017.yaml"
FilledSet = Callable[[str, int, float], tuple[Path, Path]]
GOLDEN = Path(__file__).parents[1] / "golden" / "findings.csv"


def rows(findings: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the values on which both must agree, as texts."""
    return [*findings[DECIDED].astype("string").fillna("").itertuples(index=False, name=None)]


def assert_equal(file: Path, folder: Path) -> None:
    """Compare under the plan's own rules, and under each alternative and another target of each
    objective, one of each objective at a time.
    """
    plan, oracle_plan = load_plan(str(file)), independent.read_plan(file, paths.UNITS)
    cells, returns = read_returns(plan, folder).cells, independent.read_all(folder, oracle_plan)
    for values in ({}, *changes_of(plan)):
        expected = pd.DataFrame(independent.findings(returns, oracle_plan, values)).astype("string")
        findings = evaluate(plan.with_rules(values), cells, explained=())
        assert rows(findings) == rows(expected), values


def changes_of(plan: Plan) -> Iterator[dict[tuple[str, str], object]]:
    """Yield changes of rules and targets: one of each objective at a time."""
    by_objective = []
    for slug in plan.by_slug:
        changes = [{(slug, way.key): way.choice.value} for way in plan.alternatives(slug)]
        changes += [{(slug, "target"): target} for target in TARGETS.get(slug, ())]
        by_objective.append(changes)
    for changes_together in zip_longest(*by_objective, fillvalue={}):
        yield {place: value for change in changes_together for place, value in change.items()}


def test_findings_of_shipped_returns_are_frozen(plan: Plan, shipped: Intake) -> None:
    """Byte for byte, with every sentence."""
    assert to_csv_bytes(format_findings(evaluate(plan, shipped.cells))) == GOLDEN.read_bytes()


@pytest.mark.slow
def test_findings_under_every_alternative_equal_the_oracle() -> None:
    """All rules of all objectives."""
    assert_equal(SHIPPED, paths.returns_folder(SHIPPED.stem))


@pytest.mark.slow
def test_findings_of_filled_returns_equal_the_oracle(filled_set: FilledSet) -> None:
    """Untidy and close to the thresholds; tidy are the shipped ones, chaotic are slow ones."""
    assert_equal(*filled_set(SHIPPED.stem, 2, 0.15))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_findings_of_twenty_filled_sets_equal_the_oracle(
    blanks: Path, tmp_path: Path, seed: int
) -> None:
    """Disorder from none to chaos."""
    fill(blanks, tmp_path, seed, disorder=(seed % 10) / 12, near=seed % 2 == 0)
    assert_equal(SHIPPED, tmp_path)


@pytest.mark.slow
def test_findings_of_returns_with_habits_of_clerks_equal_the_oracle(
    plan: Plan, tmp_path: Path
) -> None:
    """Signatures, totals, codes with stops, days and documents in words, second rows."""
    for code in plan.reporters.index:
        (tmp_path / f"{code}.xlsx").write_bytes(natural(code, 31)[0])
    assert_equal(SHIPPED, tmp_path)


# ---- other plans ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds([3], range(200, 205)))
def test_findings_of_communes_that_report_equal_the_oracle(
    filled_set: FilledSet, seed: int
) -> None:
    assert_equal(*filled_set("communes", seed, (seed % 6) / 8))


@pytest.mark.long
def test_findings_where_communes_of_districts_report_equal_the_oracle(tmp_path: Path) -> None:
    register = tmp_path / "few.csv"
    lines = (paths.UNITS / "phu_tho_2017.csv").read_text(encoding="utf-8").splitlines(True)
    register.write_text("".join([lines[0], *lines[20:29]]), encoding="utf-8")
    file = two_levels.write_plan(tmp_path, register=str(register), province="25")
    assert [*load_plan(str(file)).areas] == ["Thành phố Việt Trì", "Thị xã Phú Thọ"]
    assert_filled_equal(file, tmp_path, 6, 0.15)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds([300], (300, 301)))
@pytest.mark.parametrize(
    "name", seeds(["thua_thien_hue_2017"], ("binh_thuan_2017", "da_nang_2017"))
)
def test_findings_of_another_province_equal_the_oracle(
    tmp_path: Path, name: str, seed: int
) -> None:
    file = write_city(tmp_path) if name == "da_nang_2017" else paths.PLANS / f"{name}.yaml"
    assert_filled_equal(file, tmp_path, seed, (seed % 6) / 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", seeds(["today"], ["ha_noi_2026"]))
def test_findings_of_the_plan_of_2026_equal_the_oracle(filled_set: FilledSet, name: str) -> None:
    assert_equal(*filled_set(name, 302, 0.25))


def assert_filled_equal(file: Path, folder: Path, seed: int, disorder: float) -> None:
    """Compare a plan on a set filled from a seed; with an even seed close to the thresholds."""
    plan = load_plan(str(file))
    assert_equal(file, fill_plan(plan, folder, seed, disorder, near=seed % 2 == 0))
