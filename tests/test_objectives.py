"""The six objectives against cases worked by hand (tests/cases), and what holds for all of them together."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from conftest import Case, evidence_of, load_cases, observe

from pcmd_eval.bounds import Standing
from pcmd_eval.objectives import (
    CONTRIBUTION,
    OBJECTIVES,
    CaseQuarter,
    Model,
    case_quarters,
    communes_maintaining,
    evaluate,
    limbs,
    models,
    months_covered,
    programmes,
    quarters_active,
    silent_reporters,
)
from pcmd_eval.observations import Observation, State
from pcmd_eval.project import Project
from pcmd_eval.wording import Verdict

CASES = load_cases()
BY_NAME = {case.name: case for case in CASES}
EMPTY = {"low", "high", "needed", "total"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.objective}: {case.name}")
def test_case(case: Case, project: Project) -> None:
    """Each finding is the one worked by hand in the case file."""
    evidence = case.evidence(project)
    for code, expected in case.expect.items():
        finding = OBJECTIVES[case.objective](evidence, evidence.register.reporter(code))
        found = asdict(finding) | {"value_low": finding.value_low, "value_high": finding.value_high}
        assert {key: found[key] for key in expected if key not in ("says", "silent")} == {
            key: _expected(key, value) for key, value in expected.items() if key not in ("says", "silent")
        }, f"{case.name}: {code}: {finding.reason}"
        for words in expected.get("says", []):
            assert words in finding.reason
        for words in expected.get("silent", []):
            assert words not in finding.reason


def _expected(key: str, value: Any) -> Any:
    if value == "empty":
        return None if key in EMPTY else ""
    return str(value) if key.startswith("value_") else value


def test_case_names_are_distinct() -> None:
    """A failing case is found by its name."""
    assert len(BY_NAME) == len(CASES)


@pytest.mark.parametrize("number", range(1, 7))
def test_every_objective_has_a_case_for_each_verdict_it_can_take(number: int, project: Project) -> None:
    """No ending of an objective goes untested."""
    slug = project.plan.objectives[number - 1].slug
    found = {e["verdict"] for case in CASES if case.objective == slug for e in case.expect.values() if "verdict" in e}
    always = {"met", "not_met", "undetermined"}
    own = {"support_model": {"not_applicable"}, "media": {"not_applicable"}, "enforcement": {"none_arose"}}
    assert found == always | own.get(slug, set())


# ---- all together ----------------------------------------------------------------------------------------------------


def test_evaluate_gives_84_rows_by_code_as_text_then_objective(project: Project) -> None:
    """14 units times 6 objectives; as text 25 stands after 240, since 2 = 2 and 4 < 5."""
    findings = evaluate(evidence_of(project.plan, project.register, ()))
    codes = [227, 228, 230, 231, 232, 233, 234, 235, 236, 237, 238, 239, 240, 25]
    slugs = ["communication", "integration", "harm_reduction", "support_model", "media", "enforcement"]
    assert [(f.unit_code, f.objective) for f in findings] == [(str(c), s) for c in codes for s in slugs]
    assert {f.plan for f in findings} == {"884/KH-UBND"} and {f.year for f in findings} == {2017}
    assert findings[12].unit_name == "Huyện Đoan Hùng" and findings[-1].unit_name == "Tỉnh Phú Thọ"


def test_nothing_received_meets_nothing_and_fails_nothing(project: Project) -> None:
    """Without a single return every duty is undetermined: never a default of Đạt, never of Chưa đạt."""
    findings = evaluate(evidence_of(project.plan, project.register, ()))
    verdicts = {f.verdict for f in findings if f.objective not in ("support_model", "media") or f.unit_code == "25"}
    assert verdicts == {Verdict.UNDETERMINED}


@pytest.mark.parametrize(
    ("slug", "unit", "target", "basis"),
    [
        ("communication", "230", ">= 75%", "assumption"),
        ("communication", "25", ">= 75%", "plan"),
        ("integration", "230", "1", "assumption"),
        ("integration", "25", ">= 50%", "plan"),
        ("harm_reduction", "230", "1", "assumption"),
        ("harm_reduction", "25", ">= 20%", "plan"),
        ("support_model", "25", ">= 1", "plan"),
        ("media", "25", "every month", "borrowed"),
        ("enforcement", "230", "all", "borrowed"),
        ("enforcement", "25", "all", "borrowed"),
        ("support_model", "230", "", ""),
        ("media", "230", "", ""),
    ],
)
def test_target_and_basis_of_each_row(project: Project, slug: str, unit: str, target: str, basis: str) -> None:
    """The table of design section 3: where the needed number of each row comes from."""
    evidence = evidence_of(project.plan, project.register, ())
    finding = OBJECTIVES[slug](evidence, project.register.reporter(unit))
    assert (finding.target, finding.basis) == (target, basis)


@pytest.mark.parametrize("slug", ["support_model", "media"])
def test_a_district_without_the_duty_has_no_numbers(project: Project, slug: str) -> None:
    """`not_applicable`: low to basis are empty, and the plan is what says so."""
    finding = OBJECTIVES[slug](evidence_of(project.plan, project.register, ()), project.register.reporter("230"))
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert (finding.low, finding.high, finding.needed, finding.total) == (None, None, None, None)
    assert (finding.value_low, finding.value_high, finding.target, finding.basis) == ("", "", "", "")
    assert "huyện Đoan Hùng" in finding.reason


@pytest.mark.parametrize("slug", ["communication", "integration", "harm_reduction"])
def test_a_district_that_misses_is_told_that_it_is_no_breach(project: Project, slug: str) -> None:
    """The target is set for the province; the sentence stands with every district's Chưa đạt and nowhere else."""
    given = {"communes": {"277 of 25": "0 0 0 0"}} if slug == "communication" else {}
    evidence = Case(slug, "", given, {}).evidence(project)
    for unit in project.register.reporters:
        finding = OBJECTIVES[slug](evidence, unit)
        assert finding.verdict is Verdict.NOT_MET
        assert finding.reason.endswith(CONTRIBUTION) == (unit.code != "25")
    assert "cho toàn tỉnh" in CONTRIBUTION and "không phải vi phạm" in CONTRIBUTION


@pytest.mark.parametrize("slug", ["communication", "integration", "harm_reduction"])
def test_a_district_not_known_to_miss_is_not_told_so(project: Project, slug: str) -> None:
    """An undetermined district contributed nothing that could be called a miss."""
    finding = OBJECTIVES[slug](evidence_of(project.plan, project.register, ()), project.register.reporter("230"))
    assert CONTRIBUTION not in finding.reason


def test_no_reason_calls_the_unknown_a_failure(project: Project) -> None:
    """Every sentence ends in a full stop and says Chưa đủ số liệu where that is the verdict."""
    for finding in evaluate(evidence_of(project.plan, project.register, ())):
        assert finding.reason.endswith(".")
        if finding.verdict is Verdict.UNDETERMINED:
            assert "Chưa đủ số liệu" in finding.reason


def test_alternatives_are_those_of_the_design_one_at_a_time(project: Project) -> None:
    """1, 2, 4 of 4 and all of II to IV; 2, 3, 5; both; plan_year; 4 to 12 and the press; handled."""
    expected: dict[str, set[tuple[str, Any]]] = {
        "communication": {
            ("active_quarters", 1),
            ("active_quarters", 2),
            ("active_quarters", 4),
            ("quarters", (2, 3, 4)),
        },
        "integration": {("min_programmes", 2), ("min_programmes", 3), ("min_programmes", 5)},
        "harm_reduction": {("limbs", "both")},
        "support_model": {("started", "plan_year")},
        "media": {("months", (4, 5, 6, 7, 8, 9, 10, 11, 12)), ("outlets", ("5.1", "5.2"))},
        "enforcement": {("pending", "handled")},
    }
    for objective in project.plan.objectives:
        found = set()
        for alternative in project.plan.alternatives(objective.slug):
            changed = {
                (key, rule.value)
                for key, rule in alternative.plan[objective.slug].rules.items()
                if rule.value != objective.rules[key].value
            }
            assert len(changed) == 1
            found |= changed
        assert found == expected[objective.slug]


# ---- the parts that notebooks tabulate -------------------------------------------------------------------------------


def test_a_commune_without_any_row_is_unknown(project: Project) -> None:
    """No observation at all is not the same as nothing done."""
    evidence = evidence_of(project.plan, project.register, ())
    assert set(communes_maintaining(evidence, project.register.reporter("228")).values()) == {"unknown"}
    assert len(communes_maintaining(evidence, project.register.reporter("228"))) == 10


def test_attendance_and_form_do_not_count(project: Project) -> None:
    """Only quarter cells count: 500 people in a year with four zeros is no session."""
    rows = [observe("230", "07969", "communication", "khác", f"Q{q}", 0) for q in range(1, 5)]
    rows.append(observe("230", "07969", "communication", "khác:attendance", "Y", 500))
    evidence = evidence_of(project.plan, project.register, rows)
    assert quarters_active(evidence, "07969") == dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), "none")


def test_parts_of_each_objective_stand_by_name(project: Project) -> None:
    """Programmes, limbs, models and months each say for themselves how they stand."""
    rows = [
        observe("230", "230", "integration", "2.1:document", "Y", "given"),
        observe("230", "230", "integration", "2.1:carried_out", "Y", "Có"),
        observe("230", "230", "integration", "2.2:document", "Y", "-"),
        observe("230", "230", "integration", "2.2:carried_out", "Y", "Có"),
        observe("230", "230", "harm_reduction", "3.1.1", "Q1", 2),
        observe("230", "230", "harm_reduction", "3.2.1", "Q1", 0),
        observe("230", "230", "support_model", "4.1:name", "Y", "Nhóm An"),
        observe("230", "230", "support_model", "4.1:type", "Y", "1"),
        observe("230", "230", "support_model", "4.1:operating", "Y", "Có"),
        observe("25", "25", "media", "5.1", "M03", 1),
    ]
    evidence = evidence_of(project.plan, project.register, rows)
    assert programmes(evidence, "230") == {"2.1": "low", "2.2": "unknown"}
    assert limbs(evidence, "230") == {"3.1": "low", "3.2": "none"}
    assert [(m.type, m.hosts, m.standing) for m in models(evidence)] == [("1", ("230",), "low")]
    assert months_covered(evidence)["M03"] == "low" and months_covered(evidence)["M04"] == "unknown"
    assert len(silent_reporters(evidence)) == 13


def test_the_evidence_is_judged_anew_by_another_plan(project: Project) -> None:
    """The same evidence under another rule: two active quarters are enough when the rule says two."""
    case = Case("communication", "", {"communes": {"10 of 228": "1 1 0 0"}}, {})
    evidence, unit = case.evidence(project), project.register.reporter("228")
    other = evidence.under(project.plan.with_rules({("communication", "active_quarters"): 2}))
    assert OBJECTIVES["communication"](evidence, unit).verdict is Verdict.NOT_MET
    assert OBJECTIVES["communication"](other, unit).verdict is Verdict.MET
    assert other.cutoff("228") == date(2017, 12, 31)


def test_a_quarter_that_is_not_complete_contradicts_nothing(project: Project) -> None:
    """3 + 1 of 2 detected is a contradiction, 3 + an unknown number of 2 is not known to be one."""
    assert CaseQuarter(2, 3, 1, None, False).contradictory
    assert not CaseQuarter(2, 3, None, None, False).contradictory
    rows = [observe("230", "230", "enforcement", item, "Q1", 1) for item in ("6.3", "6.4")]
    rows.append(observe("230", "230", "enforcement", "6.7", "Q2", 1))  # persons make no quarter of cases
    evidence = evidence_of(project.plan, project.register, rows)
    assert case_quarters(evidence, "230") == {"Q1": CaseQuarter(1, 1, None, None, False)}


def test_a_model_is_known_by_its_folded_name_and_type(project: Project) -> None:
    """A name and a type that nobody wrote are empty; what could not be read counts as not written."""
    rows = [observe("230", "230", "support_model", "4.1:operating", "Y", "Có")]
    rows.append(Observation("231", "231", "support_model", "4.1:type", "Y", "1", State.UNREADABLE))
    rows += [
        observe("232", "232", "support_model", f"4.1:{key}", "Y", token)
        for key, token in (("name", "NHÓM  An"), ("type", "1"), ("operating", "Có"))
    ]
    assert models(evidence_of(project.plan, project.register, rows)) == [
        Model("", "", ("230", "231"), Standing.UNKNOWN),
        Model("nhóman", "1", ("232",), Standing.LOW),
    ]


# ---- whole sentences -------------------------------------------------------------------------------------------------


def reason(project: Project, slug: str, given: dict[str, Any], unit: str) -> str:
    """The sentence of one finding."""
    case = Case(slug, "", given, {})
    return OBJECTIVES[slug](case.evidence(project), project.register.reporter(unit)).reason


def test_sentences_about_models(project: Project) -> None:
    """One sure, one without a type, one sheet silent; and one sure alone."""
    sure, doubtful = "An | 1 | 2017-05-01 | Có", "Bình | - | 2017-05-01 | Có"
    given = {"models": {"230": [sure], "231": [doubtful], "232": "silent"}}
    assert reason(project, "support_model", given, "25") == (
        "Tỉnh Phú Thọ có 1 mô hình thuộc loại 1 và đang hoạt động; 1 mô hình còn thiếu thông tin; "
        "1 đơn vị chưa cho biết có mô hình hay không. Mức cần đạt: ít nhất 1 mô hình. Đạt chỉ tiêu."
    )
    assert reason(project, "support_model", {"models": {"230": [sure]}}, "25") == (
        "Tỉnh Phú Thọ có 1 mô hình thuộc loại 1 và đang hoạt động. Mức cần đạt: ít nhất 1 mô hình. Đạt chỉ tiêu."
    )
    head = "Kế hoạch đặt chỉ tiêu này cho toàn tỉnh, không giao cho từng huyện; huyện"
    said = "có mô hình có thể được tính, còn thiếu thông tin"
    assert reason(project, "support_model", given, "231") == f"{head} Hạ Hoà {said}."
    both = {"models": {"230": [sure, *given["models"]["231"]]}}
    for counted in (given, both):  # one that surely counts says more than one that may
        assert reason(project, "support_model", counted, "230") == f"{head} Đoan Hùng có mô hình được tính."
    assert reason(project, "support_model", given, "232") == f"{head} Thanh Ba chưa có số liệu về mô hình."
    assert reason(project, "support_model", {}, "232") == f"{head} Thanh Ba không có mô hình được tính."


def test_sentence_about_months(project: Project) -> None:
    """Months 3 and 10 without any item, 11 and 12 blank."""
    given = {"outlets": {"5.1": "1 1 0 1 1 1 1 1 1 0 - -"}}
    assert reason(project, "media", given, "25").endswith(
        " Không có tin, bài: tháng 3 và 10. Chưa có số liệu: tháng 11 và 12."
    )


def test_sentences_about_cases(project: Project) -> None:
    """3 of 5 handled and 2 pending, one quarter blank, 2 handled of 1 detected: 3 + 2 handled, the total not known."""
    given = {"cases": {"230": {"6.3": "5 0 0 0", "6.4": "3 0 0 0", "6.6": "2 0 0 0"}, "231": {"6.3": "- 0 0 0"}}}
    given["cases"]["25"] = {"6.3": "1 0 0 0", "6.4": "2 0 0 0"}
    assert reason(project, "enforcement", given, "25") == (
        "Tỉnh Phú Thọ: đã xử lý 5 vụ việc; tổng số phát hiện chưa biết đủ. Còn vụ việc chưa xử lý: huyện Đoan Hùng. "
        "Chưa đủ số liệu: huyện Hạ Hoà và các cơ quan cấp tỉnh. Số liệu mâu thuẫn: các cơ quan cấp tỉnh. "
        "Chưa đạt chỉ tiêu."
    )
    assert reason(project, "enforcement", given, "230") == (
        "Huyện Đoan Hùng: đã xử lý 3 vụ việc trong 5 vụ việc phát hiện. Chưa đạt chỉ tiêu."
    )
    assert reason(project, "enforcement", given, "232") == (
        "Trong năm 2017, huyện Thanh Ba không phát sinh vụ việc nào, theo số liệu đã báo cáo đầy đủ."
    )
    quiet = {"cases": {"230": dict.fromkeys(("6.3", "6.4", "6.5", "6.6"), "- - - -")}}
    assert reason(project, "enforcement", quiet, "230") == (
        "Huyện Đoan Hùng: chưa có số liệu về vụ việc đã xử lý; tổng số phát hiện chưa biết đủ. "
        "Chưa đủ số liệu để đánh giá."
    )
    detected = {"cases": {"230": {"6.3": "5 0 0 0", **dict.fromkeys(("6.4", "6.5", "6.6"), "- - - -")}}}
    assert reason(project, "enforcement", detected, "230") == (
        "Huyện Đoan Hùng: chưa có số liệu về vụ việc đã xử lý trong 5 vụ việc phát hiện. Chưa đủ số liệu để đánh giá."
    )
    handled = {"cases": {"230": {"6.3": "3 0 0 0", "6.4": "3 0 0 0"}}}
    assert reason(project, "enforcement", handled, "25") == (
        "Tỉnh Phú Thọ: đã xử lý 3 vụ việc trong 3 vụ việc phát hiện. Đạt chỉ tiêu."
    )
