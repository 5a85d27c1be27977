"""Tables of cells and findings: dtypes, doubtful zeros, money, and bytes that read back."""

from pathlib import Path

import pandas as pd
import pytest
from editions import judge_cells
from yaml_cases import cells_of

from pcmd_eval.evaluation.findings import FINDING_COLUMNS, FINDING_DTYPES
from pcmd_eval.evaluation.observations import OBSERVATIONS, RETURNS, load_tables
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import escape_formula, read_csv, to_csv_bytes

MONTHS = tuple(f"M{month:02d}" for month in range(1, 13))


def test_load_tables_reads_back_what_was_written(
    plan: Plan, shipped: Intake, tmp_path: Path
) -> None:
    """Columns of the design, every dtype, every cell; reading again changes nothing."""
    for name, frame in (
        ("observations", shipped.cells[[*OBSERVATIONS]]),
        ("returns", shipped.returns),
    ):
        (tmp_path / f"{name}.csv").write_bytes(to_csv_bytes(frame))
    cells, returns = load_tables(tmp_path, plan)
    expected = shipped.cells.assign(raw=shipped.cells.raw.map(escape_formula, na_action="ignore"))
    pd.testing.assert_frame_equal(cells, expected)
    pd.testing.assert_frame_equal(returns, shipped.returns)
    assert tuple(returns.columns) == RETURNS
    assert tuple(cells.columns)[: len(OBSERVATIONS)] == OBSERVATIONS
    assert {*cells.dtypes.drop(["number", "amount", "some"]).astype(str)} == {"string"}
    derived = cells.dtypes[["number", "amount", "some"]].astype(str)
    assert [*derived] == ["Int64", "Float64", "boolean"]


@pytest.mark.parametrize(
    ("cutoff", "unbelieved"),
    [
        ("none", [*MONTHS]),  # without a cut-off no zero stands
        ("2017-12-31", []),
        ("2017-12-15", []),  # 16 days before the end of the year: the quarter counts as over
        ("2017-12-14", ["M12"]),
        ("2017-11-14", ["M12"]),  # 16 days before the end of November
        ("2017-11-13", ["M11", "M12"]),
    ],
)
def test_tidy_zero_of_an_open_period_is_unknown(
    plan: Plan, cutoff: str, unbelieved: list[str]
) -> None:
    """The period ends more than 16 days after the cut-off; a number above 0 stands in any case."""
    rows = [
        ("25", "25", "media", f"5.{n}", month, str(n - 1)) for n in (1, 2, 3) for month in MONTHS
    ]
    cells = cells_of(plan, rows, {} if cutoff == "none" else {"25": cutoff})
    counts = cells[cells["item"] == "5.1"].set_index("period")
    assert [*counts.index[counts.some.isna()]] == unbelieved and not counts.some.dropna().any()
    assert [*counts.index[counts.number.isna()]] == unbelieved
    assert cells[cells["item"] == "5.2"].some.all()


def test_tidy_money_is_an_amount_and_never_a_count(plan: Plan, shipped: Intake) -> None:
    """Fines (6.11) in millions, with decimals: some where above 0, none for a 0, unknown where
    nothing came; a 0 of a quarter that was not over is not believed.
    """
    is_fine = shipped.cells["item"] == "6.11"
    fines = pd.Series(["0.5", "0", "12.25", "0"], shipped.cells.index[is_fine][:4], dtype="string")
    rows = shipped.cells[[*OBSERVATIONS]].copy()
    rows.loc[is_fine, "value"], rows.loc[is_fine, "state"] = pd.NA, "blank"
    rows.loc[fines.index, "value"], rows.loc[fines.index, "state"] = fines, "reported"
    returns = shipped.returns.assign(cutoff=pd.Timestamp("2017-12-13"))  # quarter IV was not over
    cells = judge_cells(rows, returns, plan)[is_fine].head(5)
    assert [*cells.period] == ["Q1", "Q2", "Q3", "Q4", "Q1"] and cells.number.isna().all()
    expected = cells.assign(
        amount=pd.array([0.5, 0, 12.25, None, None], "Float64"),
        some=pd.array([True, False, True, None, None], "boolean"),
    )
    pd.testing.assert_frame_equal(cells, expected)


def test_read_csv_findings_read_back_and_other_tables_are_refused(
    plan: Plan, findings: pd.DataFrame, tmp_path: Path
) -> None:
    """Empty cells are <NA>; a missing file or another table is refused in Vietnamese."""
    path = tmp_path / "findings.csv"
    path.write_bytes(to_csv_bytes(findings))
    pd.testing.assert_frame_equal(read_csv(path, FINDING_DTYPES), findings)
    assert [*findings.columns] == FINDING_COLUMNS
    assert findings.dtypes.astype(str).to_dict() == FINDING_DTYPES
    for content in (b"a,b\n1,2\n", b"\xff\xfe", b""):
        path.write_bytes(content)
        with pytest.raises(InputRefused, match=r"findings\.csv"):
            read_csv(path, FINDING_DTYPES)
    with pytest.raises(InputRefused, match="evaluate"):
        read_csv(tmp_path / "gone" / "findings.csv", FINDING_DTYPES)
    with pytest.raises(InputRefused, match="evaluate"):
        load_tables(tmp_path / "gone", plan)
