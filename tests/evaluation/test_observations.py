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


def test_judge_of_edited_cells_follows_the_number_alone(plan: Plan, shipped: Intake) -> None:
    """Đoan Hùng needs all of its 21 communes: 0 in one cell of 07972, or an unknown, is 20 at
    least. Edits of another column than the number are refused, as are numbers of absent cells.
    """
    cells = shipped.cells
    is_cell = (cells.unit_code == "07972") & (cells.period == "Q1")
    for number, high in ((0, 20), (pd.NA, 21)):
        edited = cells.assign(number=cells.number.mask(is_cell, number))
        finding = judge(plan, "communication", edited).set_index("unit_code").loc["230"]
        assert [finding.low, finding.high] == [20, high]
    for name, given in {"some": False, "value": "0", "state": "absent", "number": -1}.items():
        edited = cells.assign(**{name: cells[name].mask(is_cell, given)})
        with pytest.raises(InputRefused, match=f"Ô 230 .* Q1.*cột {name} ghi {given}.*number"):
            judge(plan, "communication", edited)


def test_judge_of_a_zero_in_an_open_cell_says_nothing_yet(plan: Plan, shipped: Intake) -> None:
    """Tam Nông, up to 30 November: 0 typed for all of quarter IV is as unknown as no number."""
    cells = shipped.cells
    is_cell = (cells.reporter == "236") & (cells.period == "Q4") & (cells.state == "open")
    findings = [
        judge(plan, "communication", cells.assign(number=cells.number.mask(is_cell, number)))
        for number in (0, pd.NA)
    ]
    pd.testing.assert_frame_equal(*findings)
    assert findings[0].set_index("unit_code").verdict["236"] == "undetermined"
    without_state = cells.assign(state=cells.state.mask(is_cell & (cells.unit_code == "08434")))
    with pytest.raises(InputRefused, match="cột state ghi <NA>"):
        judge(plan, "communication", without_state)


@pytest.mark.parametrize(
    ("slug", "keeps", "missing"),
    [
        ("enforcement", lambda cells: cells.state != "open", "236 6.1 Q4"),
        ("communication", lambda cells: cells.state != "open", "08434 Q4"),
        ("integration", lambda cells: cells.row != "2.1", "227 2.1 document Y"),
        ("support_model", lambda cells: cells.state == "reported", "236 name Y; 240 name Y"),
    ],
)
def test_judge_of_filtered_cells_is_refused_with_the_first_missing_ones(
    plan: Plan, shipped: Intake, slug: str, keeps: Callable, missing: str
) -> None:
    with pytest.raises(InputRefused, match=f"thiếu [0-9]+ ô: {missing}"):
        judge(plan, slug, shipped.cells[keeps(shipped.cells)])


def test_judge_of_an_answer_in_words_is_refused(plan: Plan, shipped: Intake) -> None:
    """It would be unknown: the codes are yes and no."""
    cells = shipped.cells.copy()
    is_answer = (cells.reporter == "230") & (cells.column == "carried_out")
    cells.loc[is_answer & (cells.value == "yes"), "value"] = "Có"
    with pytest.raises(InputRefused, match="given, none, yes, no"):
        judge(plan, "integration", cells)


def test_judge_of_steps_without_the_later_ones_is_refused(plan: Plan, shipped: Intake) -> None:
    steps = plan.steps("communication", shipped.cells)
    with pytest.raises(InputRefused, match="thay cả các bước sau: communes"):
        judge(plan, "communication", shipped.cells, {"quarters": steps["quarters"]})
    twice = pd.concat([steps["communes"], steps["communes"]])
    with pytest.raises(InputRefused, match="không thêm bớt"):
        judge(plan, "communication", shipped.cells, {"communes": twice})


def test_judge_explains_the_units_asked_for_and_no_other(plan: Plan, shipped: Intake) -> None:
    findings = judge(plan, "media", shipped.cells, explained=["230", "227"])
    assert [*findings.unit_code[findings.reason.notna()]] == ["227", "230"]
