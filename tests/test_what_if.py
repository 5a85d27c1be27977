"""A what-if: other rules, late returns left out, a mark that stays, and plans of the user's own."""

import shutil
from pathlib import Path

import pytest

from pcmd_eval import display, figures, paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.notebook import Case, open_case
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import ReturnState
from pcmd_eval.plan import load_plan
from pcmd_eval.what_if import (
    TRIAL,
    Choices,
    differences,
    open_rules,
    province_table,
    save_plan,
    what_if,
    without_late,
)
from pcmd_eval.wording import Verdict

QUARTERS = ("communication", "active_quarters")


@pytest.fixture(scope="module")
def case() -> Case:
    """Đoan Hùng in the shipped returns: 21 of 28 communes in exactly three quarters, so far."""
    return open_case("phu_tho_2017", "230")


def test_every_open_rule_of_the_plan_is_offered(case: Case) -> None:
    """Those with choices, in the order of the plan file, found in the file by its own text."""
    text = (paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8")
    offered = [(objective.slug, key) for objective, key, _ in open_rules(case)]
    assert len(offered) == text.count("choices:") == 8
    assert offered[0] == QUARTERS


def test_one_rule_moves_its_own_objective_and_nothing_else(case: Case) -> None:
    """With four quarters Đoan Hùng no longer reaches 75%; the findings of the five others stay what they were."""
    trial = what_if(case, Choices({QUARTERS: 4}))
    before, after = evaluate(case.evidence), evaluate(trial.evidence)
    moved = {new.objective for old, new in zip(before, after, strict=True) if old != new}
    assert moved == {"communication"}
    assert OBJECTIVES["communication"](trial.evidence, trial.unit).verdict is Verdict.NOT_MET
    assert OBJECTIVES["communication"](case.evidence, case.unit).verdict is Verdict.MET


def test_nothing_tried_is_no_trial(case: Case) -> None:
    """The plan's own values leave the case unmarked, and put no line under what is tried."""
    own = Choices({(o.slug, key): rule.value for o, key, rule in open_rules(case)})
    assert what_if(case, own).trial == ""
    assert differences(case, own) == []


def test_a_trial_is_marked_wherever_its_finding_or_picture_is_shown(case: Case) -> None:
    """Heading, finding and the alternative text; and the picture itself differs by the mark alone."""
    trial = what_if(case, Choices({QUARTERS: 4}))
    findings = [OBJECTIVES["communication"](trial.evidence, trial.unit)]
    assert TRIAL in display.heading(trial).html
    assert TRIAL in display.finding_box(trial, *findings).text
    chart, unmarked = figures.bounds_chart(trial, findings), figures.bounds_chart(case, findings)
    assert TRIAL in chart.alt
    assert chart.png != unmarked.png
    assert TRIAL not in display.heading(case).html + display.finding_box(case, *findings).html + unmarked.alt


def test_what_is_tried_is_said_beside_what_the_plan_uses(case: Case) -> None:
    """Both values in words, and the late returns."""
    said = differences(case, Choices({QUARTERS: 4}, late=False))
    assert "cả 4 quý" in said[0]
    assert "ít nhất 3 quý" in said[0]
    assert said[1] == "Không tính báo cáo gửi muộn"


def test_choices_that_exclude_each_other_are_refused_by_name(case: Case) -> None:
    """Four active quarters of three can never be."""
    with pytest.raises(InputRefused, match="không đi cùng nhau") as refused:
        what_if(case, Choices({QUARTERS: 4, ("communication", "quarters"): (2, 3, 4)}))
    assert "thường xuyên" in str(refused.value.reasons)


def test_without_late_returns_it_is_as_if_they_had_not_come(case: Case, tmp_path: Path) -> None:
    """The same observations and findings as from a folder in which the late files do not lie."""
    late = {row.file for row in case.evidence.returns if row.counts and row.late}
    assert late
    for path in paths.returns_folder("phu_tho_2017").glob("*.xlsx"):
        if path.name not in late:
            shutil.copy(path, tmp_path)
    project = case.project
    read = read_returns(tmp_path, project.plan, project.form, project.register).evidence
    tried = without_late(case)
    assert sorted(map(repr, tried.observations)) == sorted(map(repr, read.observations))
    assert evaluate(tried) == evaluate(read)
    states = {row.reporter: row.state for row in tried.returns}
    assert states == {row.reporter: row.state for row in read.returns}
    assert ReturnState.LATE not in states.values()
    assert what_if(case, Choices(late=False)).trial == TRIAL


def test_the_province_stands_beside_it(case: Case) -> None:
    """By the plan 11 of 12 months are missed; from April on nothing is lacking."""
    trial = what_if(case, Choices({("media", "months"): tuple(range(4, 13))}))
    row = next(row for row in province_table(case, trial).rows if str(row[0]).startswith("5."))
    assert row[1:] == (Verdict.NOT_MET, Verdict.MET)


def test_a_saved_plan_is_a_plan_with_those_rules(case: Case, tmp_path: Path) -> None:
    """Read back it differs in the tried rules alone, whose status is an assumption; saved again it is replaced."""
    path = save_plan(case, Choices({QUARTERS: 4}), "thu_bon_quy", tmp_path)
    plan = load_plan(str(path))
    assert plan["communication"]["active_quarters"] == 4
    assert plan["communication"].rules["active_quarters"].status == "assumption"
    assert plan.with_rules({QUARTERS: 3}).model_copy(update={"name": case.plan.name}) == case.plan
    save_plan(case, Choices({QUARTERS: 2}), "thu_bon_quy", tmp_path)
    assert load_plan(str(path))["communication"]["active_quarters"] == 2


def test_no_shipped_plan_is_ever_replaced(case: Case, tmp_path: Path) -> None:
    """A plan that this tool did not save stays as it is, whatever the name asks for."""
    shipped = tmp_path / "phu_tho_2017.yaml"
    shutil.copy(paths.PLANS / "phu_tho_2017.yaml", shipped)
    with pytest.raises(InputRefused, match="Chọn tên khác"):
        save_plan(case, Choices({QUARTERS: 4}), "phu_tho_2017", tmp_path)
    assert shipped.read_bytes() == (paths.PLANS / "phu_tho_2017.yaml").read_bytes()


@pytest.mark.parametrize("name", ["", "a", "../x", "Thử", "a b", "con.yaml", "/tmp/x", "x" * 99])
def test_a_name_that_is_none_is_refused(case: Case, tmp_path: Path, name: str) -> None:
    """Only small letters, digits and underscores, so that it can be typed after --plan and leads nowhere else."""
    with pytest.raises(InputRefused, match="chữ thường không dấu"):
        save_plan(case, Choices({QUARTERS: 4}), name, tmp_path)
    assert list(tmp_path.iterdir()) == []
