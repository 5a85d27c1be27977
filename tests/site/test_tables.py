"""Published tables: dtypes, doubtful zeros, completeness, and bytes that read back."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml_cases import cells_of

from pcmd_eval.evaluation.findings import FINDING_COLUMNS, FINDING_DTYPES
from pcmd_eval.evaluation.observations import OBSERVATIONS, RETURNS, load_tables, tidy
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import escape_formula, read_csv, repack_zip, to_csv_bytes, write_atomic

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
    assert (
        tuple(returns.columns) == RETURNS
        and tuple(cells.columns)[: len(OBSERVATIONS)] == OBSERVATIONS
    )
    assert {*cells.dtypes.drop(["number", "amount", "some"]).astype(str)} == {"string"}
    derived = cells.dtypes[["number", "amount", "some"]].astype(str)
    assert [*derived] == ["Int64", "Float64", "boolean"]


def test_cells_of_a_silent_district_have_no_zero(plan: Plan, shipped: Intake) -> None:
    """Tân Sơn: its cells are all there, absent, and no sum over them is a number."""
    silent = shipped.cells[shipped.cells.reporter == "240"]
    assert (
        {*silent.state} == {"absent"}
        and silent.value.isna().all()
        and {*silent.reporter_name} == {"Huyện Tân Sơn"}
    )
    assert pd.isna(shipped.cells.groupby("reporter").number.sum(min_count=1)["240"])


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
    fines = shipped.cells[shipped.cells["item"] == "6.11"]
    fines_given = dict(zip(fines.index, ["0.5", "0", "12.25", "0"], strict=False))
    rows = shipped.cells[[*OBSERVATIONS]]
    value = rows.value.mask(rows["item"] == "6.11").fillna(pd.Series(fines_given, dtype="string"))
    state = rows.state.mask(rows["item"] == "6.11", "blank").mask(
        rows.index.isin(fines_given), "reported"
    )
    returns = shipped.returns.assign(cutoff=pd.Timestamp("2017-12-13"))  # quarter IV was not over
    tidied = tidy(rows.assign(value=value, state=state), returns, plan).loc[fines.index[:5]]
    assert [*tidied.period] == ["Q1", "Q2", "Q3", "Q4", "Q1"]
    assert tidied.amount.astype(object).where(tidied.amount.notna(), None).tolist() == [
        *(0.5, 0.0, 12.25, None, None)
    ]
    assert tidied.some.astype(object).where(tidied.some.notna(), None).tolist() == [
        *(True, False, True, None, None)
    ]
    assert tidied.number.isna().all()


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


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=20))
def test_to_csv_bytes_text_is_inert_and_stays_in_its_row(text: str) -> None:
    """No cell begins like a formula; a table of one row reads back as one row."""
    frame = pd.DataFrame({"a": pd.array([text], "string"), "b": pd.array(["x"], "string")})
    content = to_csv_bytes(frame)
    assert b"\r" not in content and content.endswith(b",x\n")
    assert not escape_formula(text).startswith(("=", "@", "\t"))


def test_write_atomic_leaves_nothing_beside_and_repack_zip_has_equal_bytes(tmp_path: Path) -> None:
    """Nothing is left beside the file; another order and date of the parts gives the same bytes."""
    write_atomic(tmp_path / "a" / "b.txt", b"1")
    write_atomic(tmp_path / "a" / "b.txt", b"2")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"] and (
        tmp_path / "a" / "b.txt"
    ).read_bytes() == b"2"
    archives = []
    for names, year in ((("x", "y"), 1999), (("y", "x"), 2017)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
        archives.append(repack_zip(buffer.getvalue()))
    assert archives[0] == archives[1]
    (tmp_path / "t.csv").write_text("a,b\nNA,1\n,2\n", encoding="utf-8")
    assert read_csv(tmp_path / "t.csv").a.fillna("empty").to_list() == ["NA", "empty"]
