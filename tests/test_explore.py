"""The panel without a browser: every rule changes what it should and nothing else; pictures, cells, times."""

from dataclasses import replace
from pathlib import Path

import pytest
from independent import findings as oracle

from pcmd_eval import paths
from pcmd_eval.choice_figures import bounds_chart, choices_chart
from pcmd_eval.choices import scenarios, scenarios_table
from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.drill import cells_page
from pcmd_eval.explore import Panel, every_choice, every_gap
from pcmd_eval.notebook import Case, open_case
from pcmd_eval.objectives import evaluate
from pcmd_eval.plan import TRIED
from pcmd_eval.proof.trace import trace
from pcmd_eval.what_if import TRIAL, Choices, beside, marked, open_rules, save_plan, what_if

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


def test_choices_in_vain_are_told_and_nothing_of_another_choice_stays(panel: Panel) -> None:
    """Four quarters of three can never be: wherever the reader turns, the rules are named and no finding is shown."""
    panel.open.value = True
    panel.rules["communication", "quarters"].value = (2, 3, 4)
    panel.rules["communication", "active_quarters"].value = 4
    for unit, objective in (("230", "communication"), ("231", "communication"), ("231", "media")):
        panel.unit.value, panel.objective.value = unit, objective
        for part in (panel.told, panel.shown):
            assert "Chỉ tiêu 1. Tuyên truyền" in part.value and "không đi cùng nhau" in part.value
            assert "cả 4 quý" in part.value and "chỉ quý II đến quý IV" in part.value
        assert "finding" not in panel.shown.value and "<table" not in panel.shown.value
        assert (panel.province.value, panel.listed.value) == ("", "")
    panel.rules["communication", "quarters"].value = (1, 2, 3, 4)
    assert "<table" in panel.shown.value and "<table" in panel.province.value and panel.listed.value
    assert "không đi cùng nhau" not in panel.told.value


def saved(panel: Panel, name: str) -> str:
    """What the panel says after its button was pressed under that name."""
    panel.name.value = name
    panel.save.click()
    return panel.told.value


def test_what_became_of_a_saved_plan_is_told(panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Late returns are no part of a plan; a second save replaces the first; a folder that is none is no traceback."""
    monkeypatch.setattr(paths, "PLANS", tmp_path)
    assert "thay bản đã lưu" not in saved(panel, "thu_mot")
    assert "thay bản đã lưu trước đó" in saved(panel, "thu_mot")
    assert "gửi muộn" not in panel.told.value
    panel.late.value = False
    assert "kế hoạch vẫn tính báo cáo gửi muộn" in saved(panel, "thu_hai")
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(paths, "PLANS", tmp_path / "file")
    assert "Chưa lưu" in saved(panel, "thu_ba") and "thu_ba.yaml" in panel.told.value


def test_made_up_figures_are_marked_in_every_part_also_when_nothing_is_tried(panel: Panel) -> None:
    """The verdicts of the province, and each of the tables of what is lacking."""
    assert ILLUSTRATIVE in panel.province.value and TRIAL not in panel.province.value
    assert every_gap(CASE).html.count(ILLUSTRATIVE) == len(CASE.plan.objectives) == every_gap(CASE).html.count("<table")


def test_the_panel_of_a_trial_stands_in_its_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is tried beyond it."""
    monkeypatch.setenv("PCMD_RETURNS", str(RETURNS))
    panel = Panel(open_case(str(save_plan(CASE, Choices(), "thu_mot", tmp_path).path), "230"))
    for part in (panel.shown, panel.province):
        assert "pcmd-trial" in part.value and TRIED in part.value


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
