"""The package beside pyarrow, polars and duckdb; `make test-arrow` runs it where they are."""

from pathlib import Path

import duckdb
import pandas as pd
import polars
import pyarrow

from pcmd_eval import judge, open_case

USERS_FRAME = pd.DataFrame({"unit_code": ["230"]}, dtype="string[pyarrow]")
CASE = open_case("phu_tho_2017", "230")


def test_open_case_leaves_frames_that_arrow_holds() -> None:
    assert pyarrow.__version__ and USERS_FRAME.unit_code.dtype.storage == "pyarrow"
    merged = USERS_FRAME.merge(CASE.findings, on="unit_code")
    assert [*merged.verdict] == [*CASE.unit_rows(CASE.findings).verdict]


def test_parquet_keeps_dtypes_and_missing_values(tmp_path: Path) -> None:
    for name in ("cells", "returns", "findings", "indicators", "changes"):
        frame = getattr(CASE, name)
        frame.to_parquet(tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), frame)


def test_judge_takes_cells_that_polars_and_duckdb_held() -> None:
    cells = CASE.cells
    for other in (polars.from_pandas(cells).to_pandas(), duckdb.sql("from cells").df()):
        findings = judge(CASE.plan, "communication", other)
        assert findings.verdict.equals(judge(CASE.plan, "communication", cells).verdict)


def test_judge_takes_cells_that_arrow_holds() -> None:
    texts = dict.fromkeys(CASE.cells.select_dtypes("string"), "string[pyarrow]")
    findings = judge(CASE.plan, "communication", CASE.cells.astype(texts))
    assert findings.verdict.equals(judge(CASE.plan, "communication", CASE.cells).verdict)
