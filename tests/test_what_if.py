"""A what-if: other rules, late returns left out, a mark that stays, and plans of the user's own."""

import shutil
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from shipped import shipped

from pcmd_eval import display, figures, paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.notebook import Case, open_case
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import ReturnState
from pcmd_eval.plan import TRIED, load_plan
from pcmd_eval.review.content import review_content
from pcmd_eval.review.settings import load_review_settings
from pcmd_eval.site.public import map_of, site_files
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


@pytest.fixture
def shipped_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans of one's own are opened on the shipped returns."""
    monkeypatch.setenv("PCMD_RETURNS", str(paths.returns_folder("phu_tho_2017")))


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
    assert "thường xuyên" in str(refused.value.reasons) and "Chỉ tiêu 1. Tuyên truyền" in str(refused.value.reasons)
    with pytest.raises(InputRefused) as refused:
        other = {("media", "months"): tuple(range(4, 13))}
        what_if(case, Choices({QUARTERS: 4, ("communication", "quarters"): (2, 3, 4), **other}))
    assert "Chỉ tiêu 5" not in str(refused.value.reasons), "it has no part in it"


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
    """Read back it differs in the tried rules and its mark alone; saved again it is replaced."""
    path, replaced = save_plan(case, Choices({QUARTERS: 4}), "thu_bon_quy", tmp_path)
    plan = load_plan(str(path))
    assert plan["communication"]["active_quarters"] == 4 and not replaced
    rule, before = plan["communication"].rules["active_quarters"], case.plan["communication"].rules["active_quarters"]
    assert rule.status == "assumption"
    assert rule.why == "Chọn trong sổ thử; chưa được xác nhận." and "thu_bon_quy" in rule.source
    ours, theirs = plan.content(), case.plan.content()
    theirs["trial"], theirs["title"] = "thu_bon_quy", f"{theirs['title']} (phương án thử: thu_bon_quy)"
    ours["objectives"][0]["rules"]["active_quarters"] = theirs["objectives"][0]["rules"]["active_quarters"]
    assert ours == theirs and before.value == 3
    assert save_plan(case, Choices({QUARTERS: 2}), "thu_bon_quy", tmp_path) == (path, True)
    assert load_plan(str(path))["communication"]["active_quarters"] == 2


@pytest.mark.usefixtures("shipped_returns")
def test_the_plan_that_is_open_is_saved_wherever_its_file_lies(case: Case, tmp_path: Path) -> None:
    """One of another folder with the name of a shipped one, whose rules are others, and whose file is gone since."""
    content = case.plan.with_rules({("media", "outlets"): ("5.1", "5.2")}).content()
    own = tmp_path / "elsewhere" / "phu_tho_2017.yaml"
    own.parent.mkdir()
    own.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    opened = open_case(str(own), "230")
    own.unlink()
    plan = load_plan(str(save_plan(opened, Choices({QUARTERS: 4}), "thu_bao", tmp_path).path))
    assert (plan["communication"]["active_quarters"], plan["media"]["outlets"]) == (4, ("5.1", "5.2"))


@pytest.mark.usefixtures("shipped_returns")
def test_a_confirmed_rule_that_is_changed_is_confirmed_no_more(case: Case, tmp_path: Path) -> None:
    """And one that is not changed still is."""
    content = case.plan.content()
    confirmed = {"status": "confirmed", "confirmed": {"document": "Công văn 1/SLĐTBXH", "date": date(2017, 5, 2)}}
    for place, key in ((0, "active_quarters"), (1, "min_programmes")):
        content["objectives"][place]["rules"][key] |= confirmed
    own = tmp_path / "co_xac_nhan.yaml"
    own.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    plan = load_plan(str(save_plan(open_case(str(own), "230"), Choices({QUARTERS: 4}), "thu_bon", tmp_path).path))
    changed, kept = plan["communication"].rules["active_quarters"], plan["integration"].rules["min_programmes"]
    assert (changed.status, changed.confirmed) == ("assumption", None)
    assert kept.status == "confirmed" and kept.grounds.startswith("đã được xác nhận: Công văn 1/SLĐTBXH")


def test_what_could_not_be_opened_again_is_not_written(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with the text of the plan, no file stands there that no command reads."""
    monkeypatch.setattr(yaml, "safe_dump", lambda *_, **__: "plan: 1")
    with pytest.raises(InputRefused, match="thu_bon"):
        save_plan(case, Choices({QUARTERS: 4}), "thu_bon", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("shipped_returns")
def test_a_saved_plan_marks_everything_made_by_it(case: Case, tmp_path: Path) -> None:
    """Heading, findings and pictures of its notebooks, title; a trial of a trial has the name of the last alone."""
    path = save_plan(case, Choices({QUARTERS: 4}), "thu_bon_quy", tmp_path).path
    own = replace(open_case(str(path), "230"), internal=True)
    finding = OBJECTIVES["communication"](own.evidence, own.unit)
    for page in (display.heading(own), display.finding_box(own, finding)):
        assert TRIED in page.html and TRIED in page.text
    assert "(phương án thử: thu_bon_quy)" in display.heading(own).html
    assert TRIED in figures.bounds_chart(own, [finding]).alt
    assert "phương án thử: thu_bon_quy" in display.plan_sentence(own, "communication").text
    assert own.inside("check.html"), "the cells are those of this plan"
    again = load_plan(str(save_plan(own, Choices({QUARTERS: 2}), "thu_lai", tmp_path).path))
    assert again.title == f"{case.plan.title} (phương án thử: thu_lai)"
    assert (case.plan.trial, case.plan.mark, TRIED in display.heading(case).html) == (None, "", False)


def test_every_page_and_document_of_a_trial_says_so(case: Case, tmp_path: Path) -> None:
    """By the title of the plan, that all of them print; the set of the plan in force has no such word."""
    made = shipped()
    plan = load_plan(str(save_plan(case, Choices({QUARTERS: 4}), "thu_bon_quy", tmp_path).path))
    published = replace(made.published, project=replace(made.project, plan=plan))
    files = site_files(published, made.picture, made.jobs, {}, made.rules, made.reviews)
    pages = [name for name in files if name.endswith(".html")]
    assert [name for name in pages if "(phương án thử: thu_bon_quy)".encode() not in files[name]] == []
    assert len(pages) > 20 and not [name for name in pages if "phương án thử".encode() in made.files[name]]
    assert "(phương án thử: thu_bon_quy)" in load_workbook(BytesIO(files["findings.xlsx"])).active["A1"].value
    content = review_content(published, case.province, load_review_settings())
    assert content.values["subject"].endswith("(phương án thử: thu_bon_quy)")
    assert TRIED in map_of(published.project, case.evidence.under(plan), made.findings).alt


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
    with pytest.raises(InputRefused, match="từ 3 đến 61 ký tự, bắt đầu bằng một chữ cái, chỉ gồm chữ thường không dấu"):
        save_plan(case, Choices({QUARTERS: 4}), name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["con", "nul", "prn", "aux", "com1", "lpt9"])
def test_names_that_windows_keeps_for_itself_are_refused(case: Case, tmp_path: Path, name: str) -> None:
    """A file of that name cannot be opened there, whatever its ending."""
    with pytest.raises(InputRefused, match="Windows"):
        save_plan(case, Choices({QUARTERS: 4}), name, tmp_path)
    assert list(tmp_path.iterdir()) == []
