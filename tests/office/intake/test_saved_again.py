"""A return that another program saved again reads the same: openpyxl, pandas, LibreOffice; a
formula counts with the result that its program stored.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from libreoffice import converted
from made import COM, INT, edited, good, repacked
from natural import natural
from openpyxl import Workbook, load_workbook

from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan

Post = Callable[..., Intake]
SENDERS = {"227": 2, "230": 5, "25": 3}  # of reporters, each with a seed
PLACES = ["file", "objective", "unit_code", "item", "period", "cell"]


def read_cells(plan: Plan, folder: Path) -> pd.DataFrame:
    """Return the content of each cell of the returns in a folder."""
    intake = read_returns(plan, folder)
    assert not (intake.issues.severity != "note").any(), intake.issues.to_string()
    cells = intake.cells[intake.cells.file.notna()]
    return cells.set_index(PLACES)[["value", "state"]]


@pytest.mark.slow
def test_read_returns_file_saved_by_another_program_reads_the_same(
    plan: Plan, tmp_path: Path
) -> None:
    """Values, states and places; every sender with some habits."""
    programs = ("openpyxl", "pandas", "LibreOffice")
    for name in ("sent", *programs):
        (tmp_path / name).mkdir()
    files = [tmp_path / "sent" / f"{code}.xlsx" for code in SENDERS]
    for file, (code, seed) in zip(files, SENDERS.items(), strict=True):
        content, habits = natural(code, seed)
        assert "merged_labels" not in habits  # pandas knows no merges: such a row is asked about
        file.write_bytes(content)
        load_workbook(file).save(tmp_path / "openpyxl" / file.name)
        with pd.ExcelWriter(tmp_path / "pandas" / file.name) as book:
            for name, frame in pd.read_excel(file, sheet_name=None, header=None).items():
                frame.to_excel(book, sheet_name=str(name), header=False, index=False)
    converted(files, tmp_path / "LibreOffice")
    sent = read_cells(plan, tmp_path / "sent")
    assert len(sent) > 500
    for program in programs:
        pd.testing.assert_frame_equal(read_cells(plan, tmp_path / program), sent)


# ---- formulas ------------------------------------------------------------------------------------


def formulas(book: Workbook) -> None:
    """Write formulas whose results are 0, 7, nothing and a text."""
    page = book[COM]
    page["E5"], page["E6"] = "=F5-F5", "=3+4"
    page["J5"], page["J6"] = '=IF(F5=99,"x","")', '=IF(F5=99,"x","chữ")'
    book[INT]["C6"] = '=IF(1=1,"","x")'


RESULTS = {"F5-F5": "0", "3+4": "7", 'IF(F5=99,"x","")': "", 'IF(F5=99,"x","chữ")': "chữ"}
RESULTS |= {'IF(1=1,"","x")': ""}


def calculated(parts: dict[str, bytes]) -> None:
    """Store the results as Excel does, which never asks to be calculated when it is opened."""
    parts["xl/workbook.xml"] = re.sub(
        rb"<calcPr[^>]*/>", b'<calcPr calcId="191029"/>', parts["xl/workbook.xml"]
    )
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        for formula, result in RESULTS.items():
            kind = "" if result.isdigit() else ' t="str"'
            pattern = rf'<c (r="\w+"[^>]*)>(<f>{re.escape(formula)}</f>)<v ?/?>(?:</v>)?'
            stored = rf"<c \1{kind}>\2<v>{result}</v>"
            parts[name] = re.sub(pattern.encode(), stored.encode(), parts[name])


def results(intake: Intake) -> list[str]:
    """Return values or states of E5 and E6 in sheet 1 and of C6 in sheet 2."""
    cells = intake.cells.set_index(["sheet", "cell"])
    read = cells.value.where(cells.state == "reported", cells.state)
    return [*read[[(COM, "E5"), (COM, "E6"), (INT, "C6")]]]


def test_workbook_stored_zero_counts_and_empty_text_is_blank(post: Post) -> None:
    intake = post(a=repacked(calculated, edited(good(), formulas)))
    assert results(intake) == ["0", "7", "blank"] and intake.issues.empty


def test_workbook_result_to_be_calculated_is_unreadable(post: Post) -> None:
    """As a program leaves it that cannot calculate."""
    assert results(post(a=edited(good(), formulas))) == ["unreadable"] * 3


@pytest.mark.slow
def test_workbook_saved_by_libreoffice_has_its_results(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "228.xlsx").write_bytes(edited(good(), formulas))
    (saved := tmp_path / "saved").mkdir()
    converted([tmp_path / "228.xlsx"], saved)
    intake = read_returns(plan, saved)
    assert results(intake) == ["0", "7", "blank"] and intake.issues.empty
