"""Whom to ask for what: the cells that could settle an open finding, no others, those that settle
most first.
"""

from pathlib import Path

import pandas as pd
import pytest

from pcmd_eval.analysis.missing_data import count_missing, missing_cells
from pcmd_eval.analysis.reminders import reminders
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.evaluation.observations import tidy
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.site.check_page import check_page

COLUMNS = ["reporter", "unit_name", "objective", "finding_unit", "unit_code", "item", "period"]
COLUMNS += ["file", "sheet", "cell", "state", "settles", "request"]
KEY = ["reporter", "unit_code", "objective", "item", "period"]
OF = ["finding_unit", "objective"]


@pytest.fixture(scope="module")
def missing(plan: Plan, shipped: Intake, findings: pd.DataFrame) -> pd.DataFrame:
    """The missing cells of the shipped returns."""
    return missing_cells(plan, shipped.cells, findings)


@pytest.fixture(scope="module")
def rows(missing: pd.DataFrame) -> pd.DataFrame:
    """The reminders that could settle a finding."""
    return reminders(missing).dropna(subset="finding_unit")


@pytest.fixture(scope="module")
def asked(shipped: Intake, rows: pd.DataFrame) -> pd.Series:
    """Return the cells that they ask for."""
    found = shipped.cells.merge(rows[KEY].drop_duplicates(), how="left", indicator=True, on=KEY)
    return (found._merge == "both").set_axis(shipped.cells.index)


def told(cells: pd.DataFrame, known: pd.Series, yes: bool) -> pd.DataFrame:
    """The cells after the answers came in: everywhere something was done (and the case handled), or
    nowhere.
    """
    answer = {"document": "given" if yes else "none", "carried_out": "yes" if yes else "no"}
    number = pd.Series(int(yes), cells.index, dtype="Int64").mask(cells["item"] == "6.5", 0)
    value = cells.column.map(answer).astype("string").fillna(number.astype("string"))
    return cells.assign(
        state=cells.state.mask(known, "reported"),
        value=cells.value.mask(known, value),
        number=cells.number.mask(known, number),
        some=cells.some.mask(known, yes),
    )


def test_missing_cells_belong_to_open_findings_alone(
    rows: pd.DataFrame, findings: pd.DataFrame
) -> None:
    """All text, one row for each cell and finding; each stands in a return, or in none that was
    sent.
    """
    opened = findings[findings.verdict == "undetermined"].rename(
        columns={"unit_code": "finding_unit"}
    )
    assert [*rows.columns] == COLUMNS and {*rows.dtypes.astype(str)} == {"string"}
    assert {*rows[OF].itertuples(index=False, name=None)} == {
        *opened[OF].itertuples(index=False, name=None)
    }
    assert not rows.duplicated([*KEY, "finding_unit"]).any()
    assert (rows[["file", "sheet", "cell"]].notna().all(axis=1) | (rows.state == "absent")).all()
    assert (rows.reporter == rows.finding_unit)[rows.finding_unit != "25"].all()


def test_missing_cells_once_known_settle_every_finding_and_others_none(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, asked: pd.Series
) -> None:
    """With all cells known that are asked for nothing stays open; with all others every count is
    what it was.
    """
    cells, counts = (
        shipped.cells,
        ["unit_code", "objective", "verdict", "low", "high", "needed", "total"],
    )
    others = cells.some.isna() & cells.value.isna() & ~asked & (cells.objective != "support_model")
    opened = (findings.verdict == "undetermined").to_numpy()
    for yes in (True, False):
        assert "undetermined" not in {*evaluate(plan, told(cells, asked, yes), []).verdict}
        again = evaluate(plan, told(cells, others, yes), [])
        pd.testing.assert_frame_equal(again.loc[opened, counts], findings.loc[opened, counts])


def test_reminder_says_what_the_answer_decides(rows: pd.DataFrame) -> None:
    """By hand: of 277 communes 192 surely maintain communication and 37 may; 208 are needed, so
    that 16 are missing.
    """
    said = rows.drop_duplicates([*OF, "settles"]).set_index(OF).settles
    missing = "Tỉnh Phú Thọ đạt nếu ít nhất 16 trong 37 xã, phường, thị trấn chưa đủ số liệu"
    assert said["25", "communication"] == f"{missing} duy trì tuyên truyền thường xuyên"
    assert said["228", "communication"].startswith(
        "Thị xã Phú Thọ đạt nếu ít nhất 01 trong 02 xã, phường, thị trấn"
    )
    assert (
        said["234", "harm_reduction"] == "Huyện Yên Lập đã triển khai hoạt động can thiệp hay không"
    )
    assert said["240", "enforcement"].endswith("chưa đạt nếu còn vụ việc chưa xử lý")
    cells = rows[(rows.reporter == "228") & (rows.finding_unit == "228")]
    assert {*cells.unit_code.str.len()} == {5} and {*cells.sheet} == {"1 Tuyên truyền"}


def test_reminders_begin_with_those_that_settle_most(rows: pd.DataFrame) -> None:
    """Tân Sơn sent nothing and four findings of its own hang on it; then the districts whose own
    finding is open.
    """
    assert [*rows.reporter.unique()][:3] == ["240", "233", "238"]


def test_reminders_that_settle_equally_much_begin_with_fewer_cells(tmp_path: Path) -> None:
    """Nothing has come of any district: 598 and 600 settle equally much with as many cells."""
    other = load_plan("binh_thuan_2017")
    cells = read_returns(other, tmp_path).cells
    listed = missing_cells(other, cells, evaluate(other, cells, [])).reporter.unique()
    assert [*listed][:6] == ["593", "596", "597", "599", "598", "600"]


def test_missing_cells_of_contradictory_quarters_are_asked_for(plan: Plan, shipped: Intake) -> None:
    """Cases: the four figures of a quarter that contradict each other, and the blank one of a
    quarter not complete.
    """
    cells = shipped.cells.copy()
    own = (cells.reporter == "237") & cells["item"].isin(["6.3", "6.4", "6.5", "6.6"])
    cells.loc[own & (cells.period == "Q1"), "value"] = "1"
    blank = own & (cells.period == "Q2") & cells["item"].isin(["6.5", "6.6"])
    cells.loc[blank, "state"] = "blank"
    cells = tidy(cells, shipped.returns, plan)
    found = (
        missing_cells(plan, cells, evaluate(plan, cells, []))
        .dropna(subset="finding_unit")
        .query("objective == 'enforcement' and reporter == '237'")
    )
    asked = {*zip(found["item"], found.period, strict=True)}
    assert asked == {
        *((item, "Q1") for item in ("6.3", "6.4", "6.5", "6.6")),
        ("6.5", "Q2"),
    }  # 6.6 decides nothing


def test_missing_cells_of_silence_about_models_are_asked_for(plan: Plan, shipped: Intake) -> None:
    """No model counts and two reporters are silent, one line has no type: the statement, and that
    cell.
    """
    cells = shipped.cells.copy()
    models = cells.objective == "support_model"
    cells.loc[models & (cells.column == "type"), "value"] = pd.NA
    silent = models & (cells.row == "none") & cells.reporter.isin(["237", "239"])
    cells.loc[silent, ["value"]] = pd.NA
    cells.loc[silent, "state"] = "blank"
    found = (
        missing_cells(plan, cells, evaluate(plan, cells, []))
        .dropna(subset="finding_unit")
        .query("objective == 'support_model'")
    )
    assert {*found.finding_unit} == {"25"} and {"237", "239", "240"} <= {
        *found[found["item"] == "none:name"].reporter
    }
    assert found["item"].str.endswith(":type").any()
    assert found.settles.str.startswith("Tỉnh Phú Thọ đạt nếu có thêm ít nhất 01 mô hình").all()


def test_missing_cells_of_settled_findings_are_none(
    plan: Plan, shipped: Intake, findings: pd.DataFrame
) -> None:
    """An empty frame with its columns."""
    none = missing_cells(plan, shipped.cells, findings[findings.verdict == "met"])
    assert none.finding_unit.isna().all() and (none.state != "reported").all()
    assert [*reminders(none).columns] == COLUMNS


def test_count_missing_of_tam_nong_counts_open_zeros_once(missing: pd.DataFrame) -> None:
    """By hand: one blank document, and a 0 of quarter IV in four communes, cut off on 30/11."""
    assert count_missing(missing)["236"] == 5
    rows = reminders(missing).query("reporter == '236'")
    assert len(rows.drop_duplicates(KEY)) == 5
    assert {*rows.request[rows.period == "Q4"]} == {
        "đang ghi 0; số liệu mới chốt đến 30/11, đề nghị cập nhật mọi biểu đến hết quý IV rồi ghi "
        "lại Ngày chốt số liệu và Ngày gửi"
    }


# ---- the page of `check` -------------------------------------------------------------------------


def test_check_page_escapes_texts_of_returns(
    plan: Plan, shipped: Intake, missing: pd.DataFrame
) -> None:
    """Tags and scripts in a value, a message or a file name are text."""
    nasty = "<script>alert(1)</script>"
    faults = shipped.issues.assign(value=nasty, message=nasty, file=nasty, sheet="", reporter="")
    page = check_page(plan, type(shipped)(shipped.cells, shipped.returns, faults), missing).decode()
    assert nasty not in page and "&lt;script&gt;" in page
