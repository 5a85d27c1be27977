"""Findings in one sentence, for pages and papers alike."""

from pathlib import Path

import pandas as pd
import pytest
from made import blank

from pcmd_eval.evaluation.findings import describe_evaluated, evaluate
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan


def test_describe_evaluated_mixed_verdicts_names_their_objectives(
    plan: Plan, findings: pd.DataFrame
) -> None:
    province = findings[findings.unit_code == plan.province]
    assert describe_evaluated(plan, province) == (
        "Đánh giá 6/6 chỉ tiêu: 02 đạt (3, 4), 02 chưa đạt (5, 6), 02 chưa đủ số liệu (1, 2)."
    )


def test_describe_evaluated_counts_objectives_without_a_form() -> None:
    hanoi = load_plan("ha_noi_2026")
    findings = pd.DataFrame({"objective": [*hanoi.by_slug], "verdict": "not_met"})
    sentence = "Đánh giá 3/9 chỉ tiêu: cả 03 chưa đạt; 06 chỉ tiêu chưa có biểu báo cáo"
    assert describe_evaluated(hanoi, findings) == f"{sentence}."
    assert describe_evaluated(hanoi, findings, "mục III.6") == f"{sentence} (mục III.6)."


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
    found = evaluate(hue, read_returns(hue, tmp_path).cells)
    reason = found.set_index(["objective", "unit_code"]).reason["integration"][code]
    assert "chưa có số liệu Biểu 2 nên" in reason
