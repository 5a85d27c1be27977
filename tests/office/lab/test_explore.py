"""The panel of explore.ipynb without a browser: what is tried, what is shown of it, and plans of
one's own.
"""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.analysis.scenario import list_departures, parts_of, save_plan, what_if
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.lab.panel import Panel, every_choice, render_answer
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.vocabulary import SCENARIO_MARK

QUARTERS = ("communication", "active_quarters")
BANNER = "pcmd-banner"


@pytest.fixture(scope="module")
def scenario(case: Case) -> Case:
    """The same where a commune must be active in all four quarters."""
    return what_if(case, {QUARTERS: 4})


@pytest.fixture
def panel(case: Case) -> Panel:
    return Panel(case)


def counts_of(case: Case, slug: str) -> list[object]:
    return [*case.finding(slug)[["low", "high", "needed", "total", "verdict"]]]


# ---- what is tried -------------------------------------------------------------------------------


def test_what_if_changes_only_the_objective_of_the_rule(case: Case, scenario: Case) -> None:
    """12 of the 28 communes of Đoan Hùng were active in all four quarters, 21 in three; 21 are
    needed.
    """
    assert counts_of(case, "communication") == [21, 21, 21, 28, "met"]
    assert counts_of(scenario, "communication") == [12, 12, 21, 28, "not_met"]
    frames = [
        findings[findings.objective != "communication"].sort_values(
            ["unit_code", "objective"], ignore_index=True
        )
        for findings in (case.findings, scenario.findings.assign(plan=case.findings.plan))
    ]
    pd.testing.assert_frame_equal(*frames)
    assert SCENARIO_MARK in scenario.marks and SCENARIO_MARK not in case.marks
    assert what_if(case, {QUARTERS: 3}) is case
    verdicts = [judged.alternatives("communication").verdict[0] for judged in (case, scenario)]
    assert verdicts == ["met", "not_met"], "findings under the plan are not those of the scenario"


@pytest.mark.slow
def test_what_if_target_moves_needed_and_marks_the_scenario(case: Case) -> None:
    """70% of 277 communes is 193.9; 80% of 28 is 22.4: 23 are needed, 21 are sure."""
    for text in (">= 80%", ">=80%", " ≥ 80 % ", "80 %", "80", "80,0%", "80,0 %"):
        scenario = what_if(case, {("communication", "unit_target"): text})
        assert counts_of(scenario, "communication") == [21, 21, 23, 28, "not_met"]
        finding = scenario.finding("communication")
        assert (finding.target, finding.basis) == (">= 80%", "assumption")
    assert SCENARIO_MARK in scenario.marks
    [line] = list_departures(case, scenario).values()
    assert line.endswith(": từ 80% trở lên (kế hoạch: từ 75% trở lên)")
    easier = what_if(case, {("communication", "target"): ">= 70%"}).at("25")
    assert easier.finding("communication").needed == 194
    assert what_if(case, {("communication", "target"): ">= 75%"}) is case


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({QUARTERS: "2"}, r"”: không nhận '2'. Dùng một trong: 1 \(ít nhất 01 quý\)"),
        ({QUARTERS: 5}, "không nhận 5"),
        ({QUARTERS: 2.5}, "không nhận 2.5"),
        ({QUARTERS: True}, "không nhận True"),
        ({("communication", "quarters"): [1, 2]}, r"”: không nhận \[1, 2\]"),
        ({("harm_reduction", "limbs"): "alle"}, r"'alle'. Dùng một trong: 'any'"),
        ({("communication", "target"): "nhiều"}, "không nhận 'nhiều'. Ghi như “75 %”."),
        ({("communication", "target"): "1"}, "“1” là mức của việc có hay không.*Ghi như “75 %”."),
        ({("support_model", "target"): "all"}, "không phải loại mức của chỉ tiêu này. Ghi như “1”"),
        ({("communication", "target"): 0.7}, "ghi theo phần trăm. Ghi như “75 %”"),
        ({("communication", "target"): ">= 0.7"}, "ghi theo phần trăm. Ghi như “75 %”"),
        ({("integration", "target"): ">= 7"}, "ghi theo phần trăm. Ghi như “50 %”"),
        ({("media", "target"): "70 %"}, "không nhận '70 %'. Ghi như “hằng tháng”."),
        (
            {("support_model", "unit_target"): "1"},
            "không có quy tắc “unit_target”.*: started, target",
        ),
        ({("communicatoin", "target"): ">= 70%"}, "communication"),
        ({("communication", "active_quarter"): 4}, r"active_quarter”.*active_quarters, quarters"),
        (
            {"active_quarters": 2},
            r"mỗi lựa chọn ghi \(chỉ tiêu, quy tắc\); đây là 'active_quarters'",
        ),
    ],
)
def test_what_if_bad_choice_is_named_with_those_allowed(case: Case, choices, words) -> None:
    with pytest.raises(InputRefused, match=words):
        what_if(case, choices)


def test_parts_of_a_finding_add_up_to_its_count(case: Case) -> None:
    """A district's communes, programmes and limbs, of a count of districts these; months, models,
    quarters.
    """
    province = case.at("25")
    for slug in ("communication", "integration", "harm_reduction"):
        count = parts_of(case, slug).iloc[:, 0].fillna(False).sum()
        assert (count if slug == "communication" else min(count, 1)) == case.finding(slug).low
        parts = parts_of(province, slug)
        assert len(parts) == 13 and parts.low.sum() == province.finding(slug).low
    for unit in (case, province):
        assert parts_of(unit, "media").iloc[:, 0].sum() == province.finding("media").low
    models = parts_of(province, "support_model").iloc[:, 0].sum()
    assert models >= province.finding("support_model").low
    assert [*parts_of(case, "enforcement").index] == ["Q1", "Q2", "Q3", "Q4"]


# ---- the panel -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_answer_prints_no_column_under_its_code(case: Case, scenario: Case) -> None:
    """With names of a scenario, which no unit has, in the index."""
    for slug in case.plan.by_slug:
        html = render_answer(case, scenario, slug).html
        assert not re.findall(r"<th[^>]*>([a-z]+_[a-z_]+)</th>", html), slug


@pytest.mark.slow
def test_panel_shows_one_banner_for_a_scenario_and_none_without(panel: Panel) -> None:
    html = panel.shown.value
    assert "21/28" in html and BANNER not in html and SCENARIO_MARK not in html
    panel.rules[QUARTERS].value = 4
    changed = panel.shown.value
    assert changed.count(BANNER) == 1 and "12/28" in changed
    assert "cả 04 quý (kế hoạch: ít nhất 03 quý)" in changed
    assert changed.count("◄ đổi") == 1, "the province's verdict on objective 1"
    panel.targets["communication", "target"].value = ">= 70%"
    assert "từ 70% trở lên (kế hoạch: từ 75% trở lên)" in panel.shown.value
    panel.reset.click()
    assert panel.shown.value == html


@pytest.mark.slow
def test_panel_offers_the_rules_of_its_objective(panel: Panel) -> None:
    assert dict(panel.rules[QUARTERS].options)["ít nhất 03 quý (đang áp dụng)"] == 3
    offers = {place for place, control in panel.rules.items() if control in panel._choices.children}
    assert offers == {QUARTERS, ("communication", "quarters")}
    panel.objective.value = "harm_reduction"
    province, note, unit, _, limbs = panel._choices.children
    assert [province.value, unit.value] == ["20 %", "1"]
    assert limbs is panel.rules["harm_reduction", "limbs"]
    html = panel.shown.value
    province.value = "hai mươi"
    assert "không nhận &#x27;hai mươi&#x27;. Ghi như “20 %”. Kết quả vẫn theo 20 %." in note.value
    assert "pcmd-refused" in province._dom_classes and panel.shown.value == html
    panel.unit.value = "231"  # the answer is of the chosen unit all the same
    assert "Huyện Hạ Hoà" in panel.shown.value and "pcmd-refused" in province._dom_classes
    province.value = "20,5"
    assert not note.value and "pcmd-refused" not in province._dom_classes
    assert "từ 20,5% trở lên" in panel.shown.value


@pytest.mark.slow
def test_panel_choices_that_exclude_each_other_keep_the_last_result(panel: Panel) -> None:
    """Four quarters of three can never be: wherever the reader turns, that is said."""
    panel.rules["communication", "quarters"].value = (2, 3, 4)
    panel.rules[QUARTERS].value = 4
    for unit, objective in (("230", "communication"), ("231", "media")):
        panel.unit.value, panel.objective.value = unit, objective
        assert "1. Tuyên truyền" in panel.message.value
        assert (
            "không đi cùng nhau" in panel.message.value and "lựa chọn trước" in panel.message.value
        )
    panel.rules["communication", "quarters"].value = (1, 2, 3, 4)
    assert "<table" in panel.shown.value


def test_panel_silent_unit_has_a_dash_and_no_zero(case: Case) -> None:
    """Tân Sơn: its surely counted communes are none that anybody reported; elsewhere, too."""
    panel = Panel(case.at("240"))
    (row,) = [line for line in panel.shown.value.split("<tr>") if ">Huyện Tân Sơn<" in line]
    assert row.split("<td")[1].partition("<")[0].endswith(">–")
    assert parts_of(case.at("25"), "communication").low.isna()["240"]


@pytest.mark.slow
def test_every_choice_lists_all_units(case: Case) -> None:
    """Six tables; Đoan Hùng changes under two of five choices of objective 1."""
    html = every_choice(case).html
    assert html.count("<table") == len(case.plan.objectives)
    row = next(line for line in html.split("<tr>") if "Huyện Đoan Hùng" in line)
    assert row.count("Chưa đạt") == 2 and row.count("Đạt") == 3 and ">2<" in row
    assert row.count("◄") == 2 and html.count("khác với kết luận") == 1
    heads = html.split("<thead>")[1].split("</thead>")[0]
    assert heads.count("<tr>") == 1 and heads.count(">Số quý có tuyên truyền") == 3


@pytest.mark.slow
def test_panel_saves_tables_and_pictures_with_their_marks(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables to Excel, chart and map to pictures; a scenario never takes the place of what holds."""
    monkeypatch.setenv("PCMD_LAB", str(tmp_path / "lab"))
    panel.tables.click()
    assert "Đã lưu" in panel.message.value and "230-communication.xlsx" in panel.message.value
    panel.rules[QUARTERS].value = 4
    panel.tables.click()
    panel.pictures.click()
    assert "ban-do.png" in panel.message.value
    names = {path.name for path in (tmp_path / "lab").iterdir()}
    stem = "230-communication-phuong-an-thu"
    ends = (".xlsx", "-bieu-do.png", "-ban-do.png")
    assert names == {"230-communication.xlsx", *(f"{stem}{end}" for end in ends)}
    book = openpyxl.load_workbook(tmp_path / "lab" / f"{stem}.xlsx")
    assert book.sheetnames == ["Kết luận toàn tỉnh", "Số đếm", "Từng phần"]
    assert all(SCENARIO_MARK in page["A1"].value for page in book)
    rows = [*book["Số đếm"].iter_rows(min_row=3, values_only=True)]
    assert ("Đang thử: Huyện Đoan Hùng", 12, 12, 21, 28, "▲ Chưa đạt") in rows
    heads = [cell.value for cell in book["Từng phần"][2]]
    assert heads == ["Đơn vị", "Duy trì thường xuyên", "Quý I", "Quý II", "Quý III", "Quý IV"]
    (tmp_path / "file").touch()
    monkeypatch.setenv("PCMD_LAB", str(tmp_path / "file"))
    for button in (panel.tables, panel.pictures):
        button.click()
        assert "Không ghi được" in panel.message.value and "Đã lưu" not in panel.message.value


# ---- plans of one's own --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Thử", "a b", "con", "../x", "phu_tho_2017"])
def test_save_plan_with_an_unusable_name_is_refused(
    case: Case, scenario: Case, tmp_path: Path, name: str
) -> None:
    shutil.copy(paths.PLANS / "phu_tho_2017.yaml", tmp_path)
    with pytest.raises(InputRefused):
        save_plan(case, scenario, name, tmp_path)
    with pytest.raises(InputRefused, match="không có gì để lưu"):
        save_plan(case, case, "thu_bon_quy", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["phu_tho_2017.yaml"]


@pytest.mark.slow
def test_save_plan_of_chosen_rules_gives_the_same_findings(
    case: Case, scenario: Case, tmp_path: Path
) -> None:
    for _ in range(2):  # a second time it replaces its own
        path = save_plan(case, scenario, "thu_bon_quy", tmp_path)
    saved = load_plan(str(path))
    title = f"{case.plan.title} (phương án thử: thu_bon_quy)"
    assert (saved.trial, saved.title) == ("thu_bon_quy", title)
    rule = saved["communication"].rules["active_quarters"]
    assert (rule.value, rule.status) == (4, "assumption") and "chưa được xác nhận" in rule.why
    [line] = list_departures(case, scenario).values()
    assert line in path.read_text(encoding="utf-8").splitlines()[0]
    key = ["unit_code", "objective"]
    verdicts = evaluate(saved, case.cells).set_index(key).verdict.sort_index()
    assert verdicts.equals(all_findings(scenario).set_index(key).verdict.sort_index())


@pytest.mark.slow
def test_save_plan_writes_what_differs_from_its_base(
    case: Case, scenario: Case, tmp_path: Path
) -> None:
    """The base of what was saved is a whole plan."""
    content = yaml.safe_load(save_plan(case, scenario, "thu_bon_quy", tmp_path).read_bytes())
    [objective] = content["objectives"]
    assert (content["base"], objective["slug"]) == ("phu_tho_2017", "communication")
    assert objective["rules"].keys() == {"active_quarters"}
    saved = replace(case, plan=load_plan(str(tmp_path / "thu_bon_quy.yaml")))
    easier = what_if(saved, {("communication", "target"): "70 %"})
    file = save_plan(saved, easier, "thu_tiep", tmp_path)
    content = yaml.safe_load(file.read_bytes())
    assert content["base"] == "phu_tho_2017"
    assert content["objectives"][0].keys() == {"slug", "target", "rules"}
    assert load_plan(str(file)).content()["objectives"] == easier.plan.content()["objectives"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base: khong_co", "khóa “base”: “khong_co” không phải kế hoạch đầy đủ"),
        ("base: sai", "khóa “base”: “sai” không phải kế hoạch đầy đủ"),
        ("base: phu_tho_2017\nyear: hai", r"sai.yaml, khóa “year”.*hai"),
        ("base: phu_tho_2017\nobjectives: [{slug: other}]", "khóa “objectives"),
    ],
)
def test_load_plan_of_a_faulty_overlay_names_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    shutil.copy(paths.PLANS / "phu_tho_2017.yaml", tmp_path)
    monkeypatch.setattr(paths, "PLANS", tmp_path)
    (tmp_path / "sai.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused, match=words):
        load_plan(str(tmp_path / "sai.yaml"))


@pytest.mark.slow
def test_panel_says_where_it_saved_or_why_not(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(paths.PLANS / "phu_tho_2017.yaml", tmp_path)
    monkeypatch.setattr(paths, "PLANS", tmp_path)
    panel.rules[QUARTERS].value, panel.name.value = 4, "thu_bon_quy"
    panel.save.click()
    assert "run --plan thu_bon_quy" in panel.message.value
    panel.name.value = "Thử"
    panel.save.click()
    assert "thu_bon_quy" in panel.message.value and "Đã lưu" not in panel.message.value
