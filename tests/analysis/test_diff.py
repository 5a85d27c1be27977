"""`diff` of two sets: the findings and the cells that differ."""

from collections.abc import Callable
from pathlib import Path

import pytest
from editions import judge_cells

from pcmd_eval.analysis.diff import diff, diff_lines
from pcmd_eval.evaluation.findings import FINDING_DTYPES, evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes
from pcmd_eval.util.paths import OutputFolders

MakeSet = Callable[..., OutputFolders]


@pytest.fixture
def make_set(plan: Plan, shipped: Intake, tmp_path: Path) -> MakeSet:
    """Writes the tables of a set: `changes` are values by reporter, sheet number and cell."""

    def make(
        name: str, changes: dict[tuple[str, str, str], str] | None = None, ruled: Plan = plan
    ) -> OutputFolders:
        rows = shipped.cells[[*OBSERVATIONS]].copy()
        for (reporter, sheet, cell), value in (changes or {}).items():
            at = (rows.reporter == reporter) & rows.sheet.str.startswith(sheet)
            at &= rows.cell == cell
            rows.loc[at, ["value", "raw", "state"]] = [value, value, "reported"]
        cells = judge_cells(rows, shipped.returns, ruled)
        folders = OutputFolders(tmp_path / name)
        folders.internal.mkdir(parents=True)
        tables = {
            "observations": cells[[*OBSERVATIONS]],
            "returns": shipped.returns,
            "findings": evaluate(ruled, cells),
        }
        for table, frame in tables.items():
            (folders.internal / f"{table}.csv").write_bytes(to_csv_bytes(frame))
        return folders

    return make


def test_diff_lists_findings_and_cells_that_differ(plan: Plan, make_set: MakeSet) -> None:
    """Nine cases detected where three were handled: the cells that no longer agree change, too."""
    old = make_set("old")
    new = make_set("new", {("228", "6", "D7"): "9", ("231", "2", "D5"): "yes"})
    findings, cells = diff(plan, old, new)
    changed = {*findings[["unit_code", "objective"]].itertuples(index=False, name=None)}
    assert changed >= {("228", "enforcement"), ("25", "enforcement")}
    assert {*cells.cell[cells.reporter == "228"]} == {"D7", "D8", "D9", "D10"}
    lines = diff_lines(plan, findings, cells)
    assert {
        "Thị xã Phú Thọ, Phát hiện và xử lý vi phạm: Đạt (3) → Chưa đủ số liệu (2 trở lên)",
        "228-phu-tho.xlsx · 6 Xử lý · D7: Thị xã Phú Thọ, 6.3 Vụ việc phát hiện, Quý I: "
        "1 → 9 (chưa khớp)",
        f"{len(cells)} ô khác nhau:",
    } <= {*lines}
    [programme] = [line for line in lines if "D5" in line]
    assert programme.endswith(": Không → Có")


def test_diff_of_a_set_with_itself_is_empty(plan: Plan, make_set: MakeSet) -> None:
    one = make_set("one")
    findings, cells = diff(plan, one, one)
    assert findings.empty and cells.empty
    lines = diff_lines(plan, findings, cells)
    assert lines == ["Không có kết luận nào khác.", "Không có ô nào khác."]


def test_diff_of_a_trial_says_so(plan: Plan, make_set: MakeSet) -> None:
    ruled = plan.with_rules({("communication", "active_quarters"): 4})
    trial = ruled.model_copy(update={"trial": "thu"})
    findings, cells = diff(plan, make_set("old"), make_set("new", ruled=trial))
    assert {*findings.objective} == {"communication"} and cells.empty
    *lines, last = diff_lines(plan, findings, cells)
    assert all(line.endswith(" (phương án thử)") for line in lines) and last.endswith("nào khác.")


def test_diff_sets_of_two_plans_is_refused(plan: Plan, make_set: MakeSet) -> None:
    other = load_plan("thua_thien_hue_2017")
    old, new = make_set("old"), make_set("new")
    frame = read_csv(new.internal / "findings.csv", FINDING_DTYPES).assign(plan=other.plan)
    (new.internal / "findings.csv").write_bytes(to_csv_bytes(frame))
    for sides in ((old, new), (new, old), (new, new)):
        with pytest.raises(InputRefused, match=f"{other.plan} năm 2017.*--plan.*changes.csv"):
            diff(plan, *sides)
