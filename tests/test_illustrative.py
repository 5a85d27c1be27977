"""The illustrative returns: the planted cases of the shipped plan, the drawn ones of any other."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import toy

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths

OTHER_PLANS = sorted({path.stem for path in paths.PLANS.glob("*.yaml")} - {"phu_tho_2017"})


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """The names of scripts/illustrative.py."""
    return runpy.run_path(str(paths.ROOT / "scripts" / "illustrative.py"))


def test_shipped_returns_have_the_planted_cases(shipped: Intake, findings: pd.DataFrame) -> None:
    """One missing, one late, one partial; Đoan Hùng at exactly 21 of 28; one case pending."""
    states = shipped.returns.set_index("reporter").state
    assert states.drop(["240", "235", "234"]).eq("on_time").all()
    assert [*states[["240", "235", "234"]]] == ["missing", "late", "partial"]
    assert shipped.stopping_count == 0
    rows = findings.set_index(["unit_code", "objective"])
    finding = rows.loc["230", "communication"]
    assert (finding.verdict, finding.low, finding.needed) == ("met", 21, 21)
    assert rows.verdict["239", "enforcement"] == "none_arose"
    assert {*findings.verdict[findings.unit_code == "25"]} == {"met", "not_met", "undetermined"}
    pending = shipped.cells[(shipped.cells["item"] == "6.6") & (shipped.cells.number > 0)]
    assert [*pending.reporter] == ["231"] and [*pending.number] == [1]


@pytest.mark.slow
def test_script_asked_for_help_prints_its_docstring() -> None:
    command = [sys.executable, paths.ROOT / "scripts" / "illustrative.py", "--help"]
    assert "[PLAN] [FOLDER]" in subprocess.check_output(command, text=True)


@pytest.mark.slow
def test_script_writes_the_committed_bytes(script: dict[str, Any], tmp_path: Path) -> None:
    script["write_returns"](tmp_path)
    for file in paths.returns_folder("phu_tho_2017").glob("*.xlsx"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()
    assert len([*tmp_path.iterdir()]) == 13


@pytest.mark.long
@pytest.mark.parametrize("name", OTHER_PLANS)
def test_script_fills_any_plan_without_issues(
    script: dict[str, Any], tmp_path: Path, name: str
) -> None:
    """Some are missing, late and partial; none has anything that stops; the same bytes again."""
    plan = load_plan(name)
    script["write_returns"](tmp_path / "returns", name)
    intake = read_returns(plan, tmp_path / "returns")
    assert intake.stopping_count == 0
    assert intake.returns.illustrative.dropna().all()
    assert {"missing", "partial"} <= {*intake.returns.state}
    assert len(evaluate(plan, intake.cells)) == len(plan.reporters) * len(plan.objectives)
    if len(plan.reporters) < 50:  # a form of so many communes takes no less than one of few
        script["write_returns"](tmp_path / "second", name)
        assert toy.files(tmp_path / "second") == toy.files(tmp_path / "returns")


def test_script_refuses_a_folder_with_a_real_return(script: dict[str, Any], tmp_path: Path) -> None:
    source = paths.returns_folder("phu_tho_2017") / "230-doan-hung.xlsx"
    book = openpyxl.load_workbook(source)
    for row in book["Thông tin"].iter_rows(max_col=2):
        if row[0].value == "Số liệu minh họa":
            row[1].value = None
    book.save(tmp_path / source.name)
    shutil.copy(source, tmp_path / "mau.xlsx")
    content = (tmp_path / source.name).read_bytes()
    with pytest.raises(SystemExit, match=r"230-doan-hung\.xlsx is not marked"):
        script["write_returns"](tmp_path)
    assert (tmp_path / source.name).read_bytes() == content
    assert len([*tmp_path.iterdir()]) == 2
