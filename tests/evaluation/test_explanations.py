"""What a verdict rests on and how findings are put into words; the words of the shipped returns are
approved in tests/golden.
"""

import re
from pathlib import Path

import pandas as pd
import pytest
from made import blank

from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.unit_texts import assumptions_of
from pcmd_eval.evaluation.explanations import WORDINGS
from pcmd_eval.evaluation.findings import describe_evaluated, evaluate
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

QUARTERS = 'số quý có tuyên truyền để coi là "thường xuyên" – ít nhất 3 quý'
ALL_YEAR = "các quý được xét – cả bốn quý"
PENDING = "vụ việc đang xử lý ở thời điểm chốt số liệu – chưa tính là đã xử lý"
LIMBS = "hai nội dung (HIV/AIDS; bạo lực trên cơ sở giới) – một trong hai nội dung"


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


@pytest.mark.parametrize(("verdict", "word"), [("met", "đạt"), ("none_arose", "không phát sinh")])
def test_describe_evaluated_leaves_out_what_the_unit_is_not_asked(
    plan: Plan, verdict: str, word: str
) -> None:
    rows = {"communication": verdict, "support_model": "not_applicable"}
    findings = pd.DataFrame({"objective": [*rows], "verdict": [*rows.values()]})
    assert describe_evaluated(plan, findings) == f"Đánh giá 1/1 chỉ tiêu: 01 {word}."


def test_reason_of_a_silent_sheet_names_the_sheet_of_the_form(tmp_path: Path) -> None:
    """Objective 1 of Thừa Thiên Huế is sheet 2 of the form."""
    hue = load_plan("thua_thien_hue_2017")
    code = hue.reporting_units.index[0]
    (tmp_path / "a.xlsx").write_bytes(blank(code, hue.name))
    findings = evaluate(hue, read_returns(hue, tmp_path).cells)
    reason = findings.set_index(["objective", "unit_code"]).reason["integration"][code]
    assert "chưa có số liệu Biểu 2 nên" in reason


def test_sentences_has_a_macro_for_each_aggregation_and_no_other() -> None:
    template = (paths.PACKAGE / "evaluation/sentences.j2").read_text(encoding="utf-8")
    macros = re.findall(r"{% macro (sentence_\w+)\(f\) %}", template)
    assert sorted(macros) == sorted(wording.macro for wording in WORDINGS.values())
    assert {*WORDINGS} == {known.aggregate for known in OBJECTIVES.values()}
