"""What a finding depends on: verdicts under every choice, and the fewest parts and returns that would decide one."""

from itertools import combinations
from typing import Any

import pytest
from conftest import Case as Given
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.choices import gap, gaps_table, scenarios, scenarios_table
from pcmd_eval.notebook import Case
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence
from pcmd_eval.project import Project, open_project
from pcmd_eval.wording import Verdict

PROJECT = open_project("phu_tho_2017")
PROVINCE = PROJECT.register.province


def evidence(objective: str, **given: Any) -> Evidence:
    """Evidence for one objective from the tokens of a case file."""
    return Given(objective, "", given, {}).evidence(PROJECT)


def test_every_choice_of_every_rule_is_tried_for_every_unit_one_at_a_time() -> None:
    """Đoan Hùng: 21 of 28 active in three quarters, so met by the plan and by less, missed by four quarters.

    Without quarter I two quarters are left to the 21, so that three of the three others are not reached.
    """
    found = evidence("communication", communes={"21 of 230": "1 1 1 0", "7 more of 230": "0 0 0 0"})
    unit = PROJECT.register.reporter("230")
    verdicts = {s.choice: s.findings[0].verdict.value for s in scenarios(found, "communication", [unit])}
    assert verdicts == {
        "": "met",
        "ít nhất 1 quý": "met",
        "ít nhất 2 quý": "met",
        "cả 4 quý": "not_met",
        "chỉ quý II đến quý IV": "not_met",
    }


def test_the_table_counts_the_choices_that_change_a_verdict() -> None:
    """Two of the four other choices move Đoan Hùng; a district whose communes all did everything is never moved."""
    found = evidence("communication", communes={"21 of 230": "1 1 1 0", "7 more of 230": "0 0 0 0"})
    table = scenarios_table(Case(PROJECT, PROVINCE, found, {}), "communication")
    last = {row[0]: row[-1] for row in table.rows}
    assert len(last) == 14
    assert (last["Huyện Đoan Hùng"], last["Huyện Tân Sơn"]) == (2, 0)
    assert len(table.columns) == 7


def test_units_without_the_duty_have_no_row() -> None:
    """Mass media of the province are no duty of a district."""
    table = scenarios_table(Case(PROJECT, PROVINCE, evidence("media"), {}), "media")
    assert [row[0] for row in table.rows] == ["Tỉnh Phú Thọ"]


def test_communes_that_would_decide_the_province() -> None:
    """Sure: 277 - 33 - 31 - 20 = 193, needed 208; unknown: 33 of Hạ Hoà and 20 of Tam Nông; Cẩm Khê has none.

    15 more are met, and 193 + 53 - 208 + 1 = 39 must fail; Hạ Hoà alone can bring the 15.
    """
    silent = {"33 of 231": "- - - -", "31 of 235": "0 0 0 0", "20 of 236": "- - - -"}
    found = gap(evidence("communication", communes=silent), PROVINCE, "communication")
    assert found.finding.verdict is Verdict.UNDETERMINED
    assert (found.to_meet, found.to_miss) == (15, 39)
    assert [unit.code for unit in found.returns] == ["231"]
    assert "Đạt nếu ít nhất 15 xã, phường, thị trấn còn chưa rõ báo cáo là có" in found.words
    assert "chưa đạt nếu ít nhất 39 " in found.words
    assert "Huyện Hạ Hoà" in found.words


def test_a_missed_target_says_what_it_lacks_in_the_best_case() -> None:
    """5 districts surely and 1 perhaps against 7: one is lacking even if that one turns out well."""
    rows = {"5 of 25": {"2.1": "given Có"}, "1 more of 25": {"2.1": "given -"}}
    found = gap(evidence("integration", programmes=rows), PROVINCE, "integration")
    assert (found.finding.verdict, found.short, found.to_meet) == (Verdict.NOT_MET, 1, None)
    assert found.words.startswith("Thiếu ít nhất 1 huyện, thành, thị")


def test_a_decided_target_has_no_gap() -> None:
    """All communes are active: nothing can change that, and nothing is said."""
    found = evidence("communication")
    assert gap(found, PROVINCE, "communication").words == ""
    assert gaps_table(Case(PROJECT, PROVINCE, found, {}), "communication").rows == []


def test_a_district_names_its_own_parts() -> None:
    """Two programmes are unknown and one is needed: one decides for, both against."""
    rows = {"230": {"2.1": "given -", "2.2": "? Có"}}
    found = gap(evidence("integration", programmes=rows), PROJECT.register.reporter("230"), "integration")
    assert (found.to_meet, found.to_miss) == (1, 2)
    assert "chương trình" in found.words


def test_months_and_models_and_cases() -> None:
    """11 months and one open: 1 decides either way. A silent sheet: nothing decides against. 2 of 9 cases wait."""
    month = gap(evidence("media", outlets={"5.1": "1 " * 11 + "-"}), PROVINCE, "media")
    assert (month.to_meet, month.to_miss) == (1, 1)
    model = gap(evidence("support_model", models={"230": "silent"}), PROVINCE, "support_model")
    assert (model.to_meet, model.to_miss) == (1, None)
    assert "Chỉ kết luận được “Chưa đạt” sau khi Huyện Đoan Hùng cho biết" in model.words
    rows = {"6.3": "9 0 0 0", "6.4": "5 0 0 0", "6.5": "2 0 0 0", "6.6": "2 0 0 0"}
    case = gap(evidence("enforcement", cases={"230": rows}), PROVINCE, "enforcement")
    assert (case.finding.verdict, case.short) == (Verdict.NOT_MET, 2)
    blank = gap(evidence("enforcement", cases={"231": {"6.4": "0 - - 0"}}), PROVINCE, "enforcement")
    assert (blank.to_meet, blank.to_miss, [u.code for u in blank.returns]) == (2, 1, ["231"])
    torn = {"6.3": "1 0 0 0", "6.4": "2 0 0 0"}
    contradictory = gap(evidence("enforcement", cases={"232": torn}), PROVINCE, "enforcement")
    assert (contradictory.to_meet, [u.code for u in contradictory.returns]) == (None, ["232"])
    assert "mâu thuẫn" in contradictory.words


SMALL = ("228", "237", "239")  # 10, 14 and 15 communes


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=3, max_size=3), st.integers(0, 11))
def test_the_fewest_are_the_fewest(blanks: list[tuple[int, int]], lacking: int) -> None:
    """Against trying every set of returns: none smaller can bring enough, and the set named can.

    Of each small district some communes are unknown and some surely not; `lacking` more than can be spared of Hạ Hoà
    and Cẩm Khê are surely not, so that the target hangs in the balance.
    """
    rows = {}
    for code, (unknown, none) in zip(SMALL, blanks, strict=True):
        rows |= {f"{unknown} of {code}": "- - - -", f"{min(none, 10 - unknown)} more of {code}": "0 0 0 0"}
    rows |= {"33 of 231": "0 0 0 0", f"{20 + lacking} of 235": "0 0 0 0"}
    found = evidence("communication", communes={key: row for key, row in rows.items() if not key.startswith("0 ")})
    result = gap(found, PROVINCE, "communication")
    finding = OBJECTIVES["communication"](found, PROVINCE)
    if finding.verdict is not Verdict.UNDETERMINED:
        assert result.to_meet is None
        return
    open_parts = {code: unknown for code, (unknown, _) in zip(SMALL, blanks, strict=True) if unknown}
    assert finding.low is not None and finding.high is not None and finding.needed is not None
    assert result.to_meet == finding.needed - finding.low
    assert result.to_miss == finding.high - finding.needed + 1
    enough = [
        set(some)
        for size in range(1, len(open_parts) + 1)
        for some in combinations(open_parts, size)
        if sum(open_parts[code] for code in some) >= result.to_meet
    ]
    assert {unit.code for unit in result.returns} in enough
    assert len(result.returns) == min(map(len, enough))


@pytest.mark.parametrize("slug", [objective.slug for objective in PROJECT.plan.objectives])
def test_every_gap_has_words(project: Project, slug: str) -> None:
    """Whatever is undetermined or missed says something; whatever is not is silent."""
    found = evidence(slug)
    for unit in project.register.reporters:
        result = gap(found, unit, slug)
        open_or_missed = result.finding.verdict in (Verdict.UNDETERMINED, Verdict.NOT_MET)
        assert bool(result.words) == open_or_missed
