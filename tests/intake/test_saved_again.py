"""A return that another program saved again reads the same: openpyxl, pandas, LibreOffice."""

from pathlib import Path

import pandas as pd
import pytest
from libreoffice import converted
from natural import natural
from openpyxl import load_workbook

from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan

SENDERS = {"227": 1, "230": 5, "25": 1}  # of reporters, each with a seed
PLACES = ["file", "objective", "unit_code", "item", "period", "cell"]


def read_cells(plan: Plan, folder: Path) -> pd.DataFrame:
    """Return the content of each cell of the returns in a folder."""
    intake = read_returns(plan, folder)
    assert not (intake.issues.severity != "note").any(), intake.issues.to_string()
    cells = intake.cells[intake.cells.file.notna()]
    return cells.set_index(PLACES)[["value", "state"]]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A folder with `sent` in it, and one for each program."""
    for name in ("sent", "openpyxl", "pandas", "LibreOffice"):
        (tmp_path / name).mkdir()
    for code, seed in SENDERS.items():
        content, habits = natural(code, seed)
        assert "merged_labels" not in habits  # pandas knows no merges: such a row is asked about
        (tmp_path / "sent" / f"{code}.xlsx").write_bytes(content)
    return tmp_path


@pytest.mark.slow
def test_read_returns_file_saved_by_another_program_reads_the_same(
    plan: Plan, folders: Path
) -> None:
    """Values, states and places; every sender with a dozen habits."""
    files = sorted((folders / "sent").iterdir())
    for file in files:
        load_workbook(file).save(folders / "openpyxl" / file.name)
        with pd.ExcelWriter(folders / "pandas" / file.name) as book:
            for name, frame in pd.read_excel(file, sheet_name=None, header=None).items():
                frame.to_excel(book, sheet_name=str(name), header=False, index=False)
    converted(files, folders / "LibreOffice")
    sent = read_cells(plan, folders / "sent")
    assert len(sent) > 500
    for program in ("openpyxl", "pandas", "LibreOffice"):
        pd.testing.assert_frame_equal(read_cells(plan, folders / program), sent)
