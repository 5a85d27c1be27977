"""`diff` of two sets: the findings that changed, and their deciding cells that changed."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from editions import judge_cells

from pcmd_eval.analysis.diff import diff, diff_lines
from pcmd_eval.evaluation.findings import FINDING_DTYPES, evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS, type_returns
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes
from pcmd_eval.util.paths import OutputFolders

MakeSet = Callable[..., OutputFolders]


@pytest.fixture
def make_set(plan: Plan, shipped: Intake, findings: pd.DataFrame, tmp_path: Path) -> MakeSet:
    """Makes a set as a run leaves it: cells `place=value` changed (r230_s1_E5), under a plan; of a
    reporter that was silent a session in Q1 of each commune (`new_return`).
    """

    def make(name: str, ruled: Plan = plan, new_return: str = "", **values: str) -> OutputFolders:
        places, rows = OutputFolders(tmp_path / name), shipped.cells[[*OBSERVATIONS]].copy()
        is_new = (rows.reporter == new_return) & (rows.period == "Q1")
        is_new &= rows.objective == "communication"
        rows.loc[is_new, ["item", "value", "raw", "state"]] = ["loa", "1", "1", "reported"]
        for place, value in values.items():
            reporter, sheet, cell = (
                part[1:] if part[0] in "rs" else part for part in place.split("_")
            )
            at = (rows.reporter == reporter) & (rows.cell == cell)
            at &= rows.sheet.str.startswith(sheet)
            assert at.sum() == 1, place
            rows.loc[at, ["value", "raw", "state"]] = [value, value, "reported"]
        filed_findings = findings
        if ruled is not plan or new_return or values:
            cells = judge_cells(rows, shipped.returns, ruled)
            rows, filed_findings = cells[[*OBSERVATIONS]], evaluate(ruled, cells)
        places.internal.mkdir(parents=True)
        tables = {"observations": rows, "returns": shipped.returns, "findings": filed_findings}
        for table, frame in tables.items():
            (places.internal / f"{table}.csv").write_bytes(to_csv_bytes(frame))
        return places

    return make


def as_tuples(table: pd.DataFrame) -> set[tuple[str, ...]]:
    """Unit, objective, and the changed cell."""
    return {
        *table[["unit_code", "objective", "reporter", "cell"]]
        .fillna("")
        .itertuples(index=False, name=None)
    }


def test_diff_changed_finding_lists_its_changed_cells(plan: Plan, make_set: MakeSet) -> None:
    old = make_set("old")
    table, unlisted = diff(
        plan, old, make_set("new", r228_s6_D7="9", r228_s6_D11="5", r230_s1_E5="8")
    )
    contradictory = ("D7", "D8", "D9", "D10")  # 9 detected, not 1
    assert as_tuples(table) == {
        (unit, "enforcement", "228", cell) for unit in ("228", "25") for cell in contradictory
    }
    assert unlisted == 5, "persons decide nothing, and a session more changes no finding of 230"
    district = table[table.unit_code == "228"].iloc[0]
    assert (district.verdict_before, district.verdict) == ("met", "undetermined")
    assert (district.value_before, district.value) == ("1", "9 (chưa khớp)")
    assert diff_lines(plan, table)[:2] == [
        "Thị xã Phú Thọ, Phát hiện và xử lý vi phạm: Đạt (3) → Chưa đủ số liệu (2 trở lên)",
        "  228-phu-tho.xlsx · 6 Xử lý · D7: Thị xã Phú Thọ, 6.3 Vụ việc phát hiện, Quý I: 1 → 9 (chưa khớp)",
    ]
    table, unlisted = diff(plan, old, old)
    assert table.empty and diff_lines(plan, table) == [] and unlisted == 0


@pytest.mark.slow
def test_diff_two_changed_returns_lists_each_under_its_unit(plan: Plan, make_set: MakeSet) -> None:
    table, _ = diff(plan, make_set("old"), make_set("new", r228_s6_D7="9", r230_s6_D7="9"))
    assert as_tuples(table[table.cell == "D7"]) == {
        (unit, "enforcement", reporter, "D7")
        for reporter in ("228", "230")
        for unit in (reporter, "25")
    }


@pytest.mark.slow
def test_diff_new_return_lists_cells_and_counts_the_rest(plan: Plan, make_set: MakeSet) -> None:
    """Each of Tân Sơn's 17 communes, unknown before, has a session in quarter I now."""
    ruled = plan.with_rules(
        {("communication", "active_quarters"): 1, ("communication", "quarters"): [1, 2, 3, 4]}
    )
    table, _ = diff(ruled, make_set("old", ruled), make_set("new", ruled, new_return="240"))
    of_unit = table[table.unit_code == "240"]
    assert {*of_unit.period} == {"Q1"} and of_unit.cell_unit.nunique() == len(of_unit) == 17
    assert {*of_unit.value_before} == {"không có"} and {*of_unit.value} == {"1 (chưa chốt)"}
    lines = diff_lines(ruled, of_unit)
    assert len(lines) == 14 and lines[-1] == "  và 5 ô khác"


@pytest.mark.slow
def test_diff_rule_changed_says_that_no_cell_did(plan: Plan, make_set: MakeSet) -> None:
    ruled = plan.with_rules({("communication", "active_quarters"): 4})
    table, _ = diff(plan, make_set("old"), make_set("new", ruled))
    assert {*table.objective} == {"communication"} and table.cell.isna().all()
    assert diff_lines(plan, table)[1].startswith("  không ô nào của biểu này đổi; ngày chốt")
    trial = ruled.model_copy(update={"trial": "thu"})
    table, _ = diff(plan, make_set("plan"), make_set("trial", trial))
    assert {*table.objective} == {"communication"}
    assert all(line.endswith(" (phương án thử)") for line in diff_lines(plan, table)[::2])


@pytest.mark.slow
def test_diff_answers_read_in_vietnamese(plan: Plan, make_set: MakeSet) -> None:
    """Hạ Hoà had a document for programme 2.1 and none for 2.2; now it carries out the first."""
    table, _ = diff(plan, make_set("old"), make_set("new", r231_s2_D5="yes", r231_s2_C6="given"))
    of_unit = table[table.unit_code == "231"]
    texts = {*zip(of_unit.value_before, of_unit.value, strict=True)}
    assert texts == {("Không", "Có"), ("Chưa có văn bản", "Có văn bản")}


@pytest.mark.slow
def test_diff_moved_cutoff_stands_beside_the_cells_it_changed(
    plan: Plan, make_set: MakeSet, shipped: Intake
) -> None:
    """Zeros of quarter IV hold at a cut-off of 31/12 and say nothing yet at 30/9."""
    unit, quarter = "228", shipped.cells.period == "Q4"
    rows = shipped.cells[(shipped.cells.reporter == unit) & quarter]
    zeros = {f"r{unit}_s1_{cell}": "0" for cell in rows[rows.objective == "communication"].cell}
    old, new = make_set("old", **zeros), make_set("new", **zeros)
    returns = read_csv(new.internal / "returns.csv")
    returns.loc[returns.reporter == unit, "cutoff"] = "2017-09-30"
    (new.internal / "returns.csv").write_bytes(to_csv_bytes(returns))
    cells = judge_cells(read_csv(new.internal / "observations.csv"), type_returns(returns), plan)
    (new.internal / "observations.csv").write_bytes(to_csv_bytes(cells[[*OBSERVATIONS]]))
    (new.internal / "findings.csv").write_bytes(to_csv_bytes(evaluate(plan, cells)))
    table, _ = diff(plan, old, new)
    of_unit = table[table.unit_code == unit]
    of_quarter = of_unit[of_unit["cell"].isin(rows[rows.objective == "communication"]["cell"])]
    assert {*of_quarter.value_before} == {"0"} and {*of_quarter.value} == {"0 (chưa chốt)"}
    assert {*of_unit.cutoff} == {"30/9/2017"}
    line = diff_lines(plan, of_unit)[1]
    assert re.search(r": 0 → 0 .chưa chốt. \(ngày chốt số liệu \d+/\d+/\d{4} → 30/9/2017\)$", line)


def test_diff_sets_of_two_plans_is_refused(plan: Plan, make_set: MakeSet) -> None:
    other = load_plan("thua_thien_hue_2017")
    old, new = make_set("old"), make_set("new")
    frame = read_csv(new.internal / "findings.csv", FINDING_DTYPES).assign(plan=other.plan)
    (new.internal / "findings.csv").write_bytes(to_csv_bytes(frame))
    for sides in ((old, new), (new, old), (new, new)):
        with pytest.raises(
            InputRefused, match=f"{other.plan} năm 2017.*--plan.*previous.*changes.csv"
        ):
            diff(plan, *sides)
