"""The panel without a browser: every rule changes what it should and nothing else; pictures, cells, times."""

from dataclasses import replace
from pathlib import Path

import pytest
from independent import findings as oracle

from pcmd_eval import paths
from pcmd_eval.choice_figures import bounds_chart, choices_chart
from pcmd_eval.choices import scenarios, scenarios_table
from pcmd_eval.drill import cells_page
from pcmd_eval.explore import Panel, every_choice
from pcmd_eval.notebook import Case, open_case
from pcmd_eval.objectives import evaluate
from pcmd_eval.proof.trace import trace
from pcmd_eval.what_if import TRIAL, beside, marked, open_rules, what_if

PLAN = "phu_tho_2017"
RETURNS, REGISTER = paths.returns_folder(PLAN), paths.UNITS / "phu_tho_2017.csv"
COUNTS = ("low", "high", "needed", "total")
CASE = open_case(PLAN, "230")
OTHERS = [
    (objective.slug, key, choice.value)
    for objective, key, rule in open_rules(CASE)
    for choice in rule.choices
    if choice.value != rule.value
]


@pytest.fixture
def panel() -> Panel:
    return Panel(CASE)


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "key", "value"), OTHERS)
def test_each_rule_changes_what_it_should_and_nothing_else(panel: Panel, slug: str, key: str, value: object) -> None:
    """All 84 findings against other code than the product's; those of the other objectives stay what they were."""
    panel.rules[slug, key].value = value
    tried = evaluate(what_if(CASE, panel.choices).evidence)
    expected = oracle(Path(RETURNS), REGISTER, {key: list(value) if isinstance(value, tuple) else value})
    ours = [(f.unit_code, f.objective, f.verdict.value, *(_text(getattr(f, c)) for c in COUNTS)) for f in tried]
    assert ours == [(r["unit_code"], r["objective"], r["verdict"], *(_text(r[c]) for c in COUNTS)) for r in expected]
    moved = {new.objective for old, new in zip(evaluate(CASE.evidence), tried, strict=True) if old != new}
    assert moved <= {slug}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def test_the_panel_shows_the_rules_of_its_objective_and_marks_what_is_in_force(panel: Panel) -> None:
    assert [c.description for c in panel._choices.children] == [
        r.label for r in CASE.plan["communication"].rules.values()
    ]
    options = dict(panel.rules["communication", "active_quarters"].options)
    assert options["ít nhất 3 quý (đang áp dụng)"] == 3
    panel.objective.value = "harm_reduction"
    assert len(panel._choices.children) == 1


def test_a_trial_is_marked_in_every_part_and_reset_takes_all_back(panel: Panel) -> None:
    before = panel.shown.value, panel.province.value
    assert TRIAL not in panel.shown.value
    panel.open.value = True
    panel.rules["communication", "active_quarters"].value = 4
    assert "12/28" in panel.shown.value
    for part in (panel.shown, panel.province, panel.listed):
        assert "pcmd-trial" in part.value
    assert TRIAL in panel.shown.value and TRIAL in panel.listed.value
    panel.late.value = False
    panel._reset(None)
    assert (panel.shown.value, panel.province.value) == before


def test_choices_in_vain_are_told_and_the_answer_stays(panel: Panel) -> None:
    """Four quarters of three can never be."""
    panel.rules["communication", "quarters"].value = (2, 3, 4)
    shown = panel.shown.value
    panel.rules["communication", "active_quarters"].value = 4
    assert "không đi cùng nhau" in panel.told.value
    assert panel.shown.value == shown


def test_the_picture_of_choices_draws_the_table_beside_it() -> None:
    found = scenarios(CASE.evidence, "communication", [*CASE.districts, CASE.province])
    chart, table = choices_chart(marked(CASE), "communication", found), scenarios_table(CASE, "communication", found)
    assert list(chart.values) == [row[0] for row in table.rows]
    assert {len(verdicts) for verdicts in chart.values.values()} == {len(table.columns) - 2}
    changing = {name: sum(v != verdicts[0] for v in verdicts) for name, verdicts in chart.values.items()}
    assert changing == {row[0]: row[-1] for row in table.rows}
    assert TRIAL in chart.alt
    assert chart.png == choices_chart(marked(CASE), "communication", found).png
    assert every_choice(CASE).text.count(TRIAL) >= len(CASE.plan.objectives)


@pytest.mark.parametrize("slug", [o.slug for o in CASE.plan.objectives])
@pytest.mark.parametrize("unit", ["230", "240", "25"])
def test_bounds_and_cells_are_shown_for_every_finding(slug: str, unit: str) -> None:
    """The chart has the numbers of the findings; the cells are those of the trace, each once."""
    case = CASE.at(unit)
    rows = beside(CASE, case, slug)
    assert bounds_chart(case, rows).values == {name: (f.low, f.high, f.needed, f.total) for name, f in rows}
    page, steps = cells_page(case, slug), trace(case.evidence, case.unit, slug)
    assert page.html.count("<tr>") == len(steps) + page.html.count("<thead>")
    assert page.html.count("<details>") == (len({s.observation.reporter for s in steps}) if case.whole else 0)


def test_a_picture_without_marks_differs_from_one_with() -> None:
    """Real returns, no trial: nothing is written over the chart; as a trial the mark is."""
    real: Case = replace(
        CASE,
        evidence=replace(
            CASE.evidence, returns=tuple(replace(row, illustrative=False) for row in CASE.evidence.returns)
        ),
    )
    rows = beside(real, real, "communication")
    assert real.marks == []
    assert bounds_chart(real, rows).png != bounds_chart(marked(real), rows).png
