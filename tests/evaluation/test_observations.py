"""The derived columns of the tidy observations."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from editions import judge_cells
from yaml_cases import BUILDERS, cells_of

from pcmd_eval.evaluation.findings import judge
from pcmd_eval.evaluation.observations import OBSERVATIONS, SOME, received_returns
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.errors import InputRefused


def missing_keys(plan: Plan, cells: pd.DataFrame) -> set[tuple[str, ...]]:
    """Return (objective, unit, item, period) of the cells that the form asks for and `cells` lacks.

    The item is "" on sheets whose rows reporters name themselves.
    """
    with_items = [sheet.objective for sheet in plan.form.sheets if sheet.items]
    items = cells["item"].where(cells.objective.isin(with_items), "")
    keys = {*zip(cells.objective, cells.unit_code, items, cells.period, strict=True)}
    missing = set()
    for reporter in plan.reporters.index:
        for sheet in plan.sheets_of(reporter):
            units = plan.communes(reporter).index if sheet.rows == "communes" else [reporter]
            codes = [item.code for item in sheet.items if not item.optional]
            codes = codes if sheet.items else [""]
            for unit, code, column in product(units, codes, sheet.expected_columns):
                name = code and sheet.item_name(code, column)
                missing |= {(sheet.objective, unit, name, column.period)} - keys
    return missing


@pytest.mark.parametrize("name", ["phu_tho_2017", "binh_thuan_2017", "ha_noi_2026"])
def test_read_returns_without_a_file_has_a_row_for_every_cell(name: str, tmp_path: Path) -> None:
    plan = load_plan(name)
    assert not missing_keys(plan, read_returns(plan, tmp_path).cells)


def test_read_returns_of_shipped_returns_has_a_row_for_every_cell(
    plan: Plan, shipped: Intake
) -> None:
    assert not missing_keys(plan, shipped.cells)
    assert missing_keys(plan, shipped.cells.iloc[1:])


@pytest.mark.slow
def test_read_returns_in_disorder_has_a_row_for_every_cell(
    filled_set: Callable[[str, int, float], tuple[Path, Path]],
) -> None:
    file, returns = filled_set("communes", 3, 3 / 8)
    plan = load_plan(str(file))
    assert not missing_keys(plan, read_returns(plan, returns).cells)


@pytest.mark.parametrize(
    ("item", "value", "state", "number", "amount", "some"),
    [
        ("3.1.2", SOME, "reported", "none", "none", True),  # the public edition has no number
        ("6.11", "1.5", "reported", "none", 1.5, True),  # money, though its column counts
        ("6.3", "5", "unreadable", "none", "none", "none"),
    ],
)
def test_tidy_value_is_a_number_an_amount_or_unknown(
    plan: Plan, shipped: Intake, item, value, state, number, amount, some
) -> None:
    """The cell of an item in quarter I of 227 with another value and state."""
    rows = shipped.cells[[*OBSERVATIONS]].copy()
    [at] = rows.index[(rows.reporter == "227") & (rows["item"] == item) & (rows.period == "Q1")]
    rows.loc[at, ["value", "state"]] = [value, state]
    cell = judge_cells(rows, shipped.returns, plan).loc[at]
    assert [*cell[["number", "amount", "some"]].fillna("none")] == [number, amount, some]
    assert pd.isna(cell.value) == (state == "unreadable")


def test_tidy_zero_of_the_year_is_unknown_while_the_year_is_open(plan: Plan) -> None:
    """The year ends 17 days after 14/12 and 16 after 15/12: one too many, and just not."""
    inputs = BUILDERS["harm_reduction"]({}, plan)
    rows = [(*row[:5], "0") if row[3] == "3.1.1:persons" else row for row in inputs]
    cells = cells_of(plan, rows, {"230": "2017-12-14", "231": "2017-12-15"})
    persons = cells[cells["item"] == "3.1.1:persons"].set_index("reporter").number
    assert pd.isna(persons["230"]) and persons["231"] == 0


def test_tidy_form_with_a_colon_is_read_whole(plan: Plan) -> None:
    """A clerk types the form of communication; the column stands behind the last colon."""
    inputs = BUILDERS["communication"]({"attendance": "50"}, plan)
    rows = [(*row[:3], f"họp: tổ 1{row[3]}", *row[4:]) for row in inputs]
    cells = cells_of(plan, rows, {}).query("objective == 'communication'")
    cells = cells.drop_duplicates("period").set_index("period")
    assert [*cells.row] == ["họp: tổ 1"] * 5
    assert [*cells.column] == [pd.NA] * 4 + ["attendance"]
    assert [*cells.number] == [1, 1, 1, 1, 50]


def test_received_returns_leaves_out_a_file_without_a_reporter(shipped: Intake) -> None:
    stray = shipped.returns.iloc[:1].assign(reporter=pd.NA, state="unreadable", file="x.xlsx")
    returns = pd.concat([shipped.returns, stray.astype(shipped.returns.dtypes)])
    assert len(received_returns(returns)) == 14 and received_returns(returns).index.notna().all()


def test_judge_of_a_number_that_value_or_state_denies_is_refused(
    plan: Plan, shipped: Intake
) -> None:
    """Đoan Hùng needs all of its 21 communes: with 0 in one cell of 07972, whole, it has 20."""
    cells = shipped.cells
    is_cell = (cells.unit_code == "07972") & (cells.period == "Q1")
    number = cells.number.mask(is_cell, 0)
    edited = cells.assign(number=number, value=cells.value.mask(is_cell, "0"))
    edited = edited.assign(some=cells.some.mask(is_cell, False))
    finding = judge(plan, "communication", edited).set_index("unit_code").loc["230"]
    assert [finding.low, finding.high] == [20, 20]
    for denied in (
        cells.assign(number=number),
        cells.assign(state=cells.state.mask(is_cell, "absent")),
    ):
        with pytest.raises(InputRefused, match="Sửa number thì sửa cả value"):
            judge(plan, "communication", denied)


def test_judge_takes_steps_as_they_are(plan: Plan, shipped: Intake) -> None:
    """All communes of Tân Sơn counted by hand; an unknown step is named."""
    communes = plan.steps("communication", shipped.cells)["communes"]
    counted = communes.mask(communes.index.get_level_values("reporter") == "240", True)
    found = judge(plan, "communication", shipped.cells, {"communes": counted})
    assert found.set_index("unit_code").verdict["240"] == "met"


def test_judge_explains_the_units_asked_for_and_no_other(plan: Plan, shipped: Intake) -> None:
    findings = judge(plan, "media", shipped.cells, explained=["230", "227"])
    assert [*findings.unit_code[findings.reason.notna()]] == ["227", "230"]
