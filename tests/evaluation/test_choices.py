"""The rules in force, and what a verdict rests on: which, in which order, and nothing else."""

import pytest
from editions import case_of

from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.unit_texts import assumptions_of
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan

QUARTERS = 'số quý có tuyên truyền để coi là "thường xuyên" – ít nhất 3 quý'
ALL_YEAR = "các quý được xét – cả bốn quý"
PENDING = "vụ việc đang xử lý ở thời điểm chốt số liệu – chưa tính là đã xử lý"
LIMBS = "hai nội dung (HIV/AIDS; bạo lực trên cơ sở giới) – một trong hai nội dung"


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    """The shipped returns, seen from Đoan Hùng."""
    return case_of(plan, shipped, internal=True).at("230")


@pytest.mark.parametrize(
    ("unit", "slug", "words"),
    [
        # Met on a level that is ours, under either rule; Thanh Ba's verdict hangs on one rule alone.
        ("230", "communication", f"giả định: {QUARTERS}; {ALL_YEAR}; mức yêu cầu – từ 75% trở lên"),
        ("232", "communication", f"giả định: {QUARTERS}; mức yêu cầu – từ 75% trở lên"),
        # Open: no level has decided yet.
        ("228", "communication", f"giả định: {QUARTERS}; {ALL_YEAR}"),
        # The plan's own level, and a unit's own part, which is no level, are not ours to name.
        ("25", "harm_reduction", f"giả định: {LIMBS}"),
        ("228", "harm_reduction", f"giả định: {LIMBS}"),
        ("231", "harm_reduction", ""),
        # Assumed before borrowed, each named once; where nothing arose nothing was asked.
        (
            "231",
            "enforcement",
            f"giả định: {PENDING}; vận dụng văn bản khác: mức yêu cầu – 100% số vụ việc",
        ),
        ("239", "enforcement", ""),
        ("230", "media", ""),
    ],
)
def test_alternatives_that_change_a_verdict_are_what_it_rests_on(
    case: Case, unit: str, slug: str, words: str
) -> None:
    """The rules that alone would change it, and the level where it decided and is ours."""
    assert assumptions_of(case, case.at(unit).finding(slug)) == words


def test_rules_in_force_stand_in_the_order_of_the_plan(case: Case) -> None:
    """First the targets, the province's before the district's, then the objective's rules; an
    objective that no district is given has one target.
    """
    rules = case.rules_in_force("communication")
    assert [*zip(rules.rule, rules.choice, strict=True)] == [
        ("Chỉ tiêu của tỉnh", "từ 75% trở lên"),
        ("Mức áp dụng cho từng huyện", "từ 75% trở lên"),
        ('Số quý có tuyên truyền để coi là "thường xuyên"', "ít nhất 3 quý"),
        ("Các quý được xét", "cả bốn quý"),
    ]
    media = case.rules_in_force("media")
    labels = ["Chỉ tiêu của tỉnh", "Các tháng được xét", "Các cơ quan được tính"]
    assert media.rule.tolist() == labels
    assert media.basis.tolist()[:2] == ["vận dụng văn bản khác", "giả định"]
    assert media.source[0].startswith("Quyết định 361/QĐ-TTg")


def test_alternatives_change_one_rule_at_a_time(case: Case) -> None:
    """As the plan has it first, then each other choice in the plan's order, one rule at a time."""
    alternatives = case.alternatives("communication")
    ways = [*dict.fromkeys(zip(alternatives.rule, alternatives.choice, strict=True))]
    assert [choice for _, choice in ways] == [
        *("không đổi", "ít nhất 1 quý", "ít nhất 2 quý", "cả 4 quý", "chỉ quý II đến quý IV")
    ]
    assert [*alternatives.unit_code] == ["230", "25"] * 5
