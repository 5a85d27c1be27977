"""What a verdict rests on and how findings are put into words; the words of the shipped returns are
approved in tests/golden.
"""

import re
from pathlib import Path

import pandas as pd
import pytest
from made import blank

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.unit_texts import assumptions_of
from pcmd_eval.evaluation.explanations import WORDINGS
from pcmd_eval.evaluation.findings import describe_conclusions, evaluate
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

QUARTERS = "“thường xuyên” là có tuyên truyền ít nhất 03 quý"
ALL_YEAR = "xét cả bốn quý"
PENDING = "vụ việc đang xử lý chưa tính là đã xử lý"
LIMBS = "chỉ cần một trong hai nội dung, HIV/AIDS hoặc bạo lực giới"


@pytest.mark.parametrize(
    ("unit", "slug", "words"),
    [
        # Met on a level that is ours, under either rule; Thanh Ba's verdict hangs on one rule alone.
        ("230", "communication", f"tạm áp dụng: {QUARTERS}; {ALL_YEAR}; mức từ 75% trở lên"),
        ("232", "communication", f"tạm áp dụng: {QUARTERS}; mức từ 75% trở lên"),
        # Open: no level has decided yet.
        ("228", "communication", f"tạm áp dụng: {QUARTERS}; {ALL_YEAR}"),
        # The plan's own level, and a unit's own part, which is no level, are not ours to name.
        ("25", "harm_reduction", f"tạm áp dụng: {LIMBS}"),
        ("228", "harm_reduction", f"tạm áp dụng: {LIMBS}"),
        ("231", "harm_reduction", ""),
        # Assumed before borrowed, each named once; where nothing arose nothing was asked.
        (
            "231",
            "enforcement",
            f"tạm áp dụng: {PENDING}; tạm áp dụng theo văn bản khác: mức 100% số vụ việc",
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
def test_describe_conclusions_leaves_out_what_the_unit_is_not_asked(
    plan: Plan, verdict: str, word: str
) -> None:
    rows = {"communication": verdict, "support_model": "not_applicable"}
    findings = pd.DataFrame({"objective": [*rows], "verdict": [*rows.values()]})
    findings = findings.assign(unit_code="230", basis="assumption")
    assert describe_conclusions(plan, findings) == f"Kết luận được 1/1 chỉ tiêu: 01 {word}."


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        (
            ["undetermined", "undetermined", "met", "met", "not_met", "not_met"],
            "Kết luận được 4/6 chỉ tiêu: 02 đạt (3, 4), 02 chưa đạt (5, 6); "
            "02 chỉ tiêu chưa đủ số liệu (1, 2). Chỉ tiêu 5, 6 đánh giá theo mức tạm áp dụng.",
        ),
        (
            ["met"] * 5 + ["none_arose"],
            "Kết luận được 6/6 chỉ tiêu: 05 đạt (1, 2, 3, 4, 5), 01 không phát sinh (6). "
            "Chỉ tiêu 5 đánh giá theo mức tạm áp dụng.",
        ),
        (
            ["undetermined"] * 6,
            "Chưa kết luận được chỉ tiêu nào: 06 chỉ tiêu chưa đủ số liệu (1, 2, 3, 4, 5, 6).",
        ),
    ],
)
def test_describe_conclusions_counts_no_open_verdict_and_names_levels_not_of_the_plan(
    plan: Plan, verdicts: list[str], sentence: str
) -> None:
    basis = ["plan"] * 4 + ["borrowed"] * 2
    findings = pd.DataFrame({"objective": [*plan.by_slug], "verdict": verdicts, "basis": basis})
    findings = findings.assign(unit_code=plan.province)
    assert describe_conclusions(plan, findings) == sentence


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
    macros = re.findall(r"{% macro ((?:known|waits)_of_\w+)\(f\) %}", template)
    named = [name for wording in WORDINGS.values() for name in (wording.known, wording.waits)]
    assert sorted(macros) == sorted(named)
    assert {*WORDINGS} == {known.aggregate for known in OBJECTIVES.values()}


@pytest.mark.slow
def test_reason_of_open_models_names_every_unit_that_decides(plan: Plan, tmp_path: Path) -> None:
    findings = evaluate(plan, read_returns(plan, tmp_path).cells).set_index("unit_code")
    [reason] = findings.reason[(findings.index == "25") & (findings.objective == "support_model")]
    assert reason.endswith("và các cơ quan cấp tỉnh.") and " đơn vị" not in reason
    assert all(name in reason for name in plan.senders.inline_name)
