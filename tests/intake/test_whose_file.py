"""A file counts for whom its cover and its rows agree on; what it holds is asked, never dropped."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from made import COM, ENF, HARM, INFO, INT, MODEL, edited, good, inform
from openpyxl import Workbook

from pcmd_eval.intake.confirmations import open_lines
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import to_csv_bytes

Post = Callable[..., Intake]
FIRST = {COM: 4, INT: 3, HARM: 3, MODEL: 2, ENF: 4}  # the first column that is filled in


def states(intake: Intake) -> dict[str, str]:
    """The state of each file."""
    files = intake.returns.dropna(subset="file")
    return dict(zip(files.file.str.removesuffix(".xlsx"), files.state, strict=True))


def correction(change: Callable[[Workbook], Any], code: str = "228") -> bytes:
    """Return a later file that is blank but for a change."""

    def fill(book: Workbook) -> None:
        for name, first in FIRST.items():
            for row in book[name].iter_rows(min_row=5, min_col=first):
                for cell in row:
                    cell.value = None
        inform(book, sent=date(2017, 12, 19))
        change(book)

    return edited(good(code), fill)


def reported(intake: Intake, code: str) -> int:
    """The number of cells of a reporter that are believed."""
    return int((intake.cells.reporter.eq(code) & intake.cells.state.eq("reported")).sum())


# ---- whose file it is ----------------------------------------------------------------------------


def test_ownership_copied_cover_touches_no_cell_of_the_innocent_unit(post: Post) -> None:
    """228's return with 230's code, with and without 230's name, a week later."""
    for name in ("Huyện Đoan Hùng", "Thị xã Phú Thọ"):
        foreign = edited(good(), lambda book, n=name: inform(book, code="230", name=n))
        foreign = edited(foreign, lambda book: inform(book, sent=date(2017, 12, 25)))
        intake = post(own=good("230"), foreign=foreign)
        assert states(intake) == {"own": "on_time", "foreign": "unreadable"}
        assert {*intake.cells[intake.cells.reporter == "230"].file} == {"own.xlsx"}
        assert intake.stopping >= 1 and "missing" in {*intake.returns.state}


def test_ownership_file_name_of_another_unit_is_confirmed(post: Post) -> None:
    name = "230-doan-hung"
    intake = post(**{name: good()})
    [issue] = intake.issues.itertuples()
    assert (issue.rule, issue.severity, issue.sheet, issue.cell) == (
        "file-name",
        "confirm",
        INFO,
        "B8",
    )
    assert states(intake) == {name: "unreadable"} and reported(intake, "228") == 0
    again = post(lines(intake), **{name: good()})
    assert states(again) == {name: "on_time"} and reported(again, "228") == 145
    assert [*again.issues.severity] == ["note"]


def lines(intake: Intake, **signed: str) -> bytes:
    """The open lines of xac_nhan.csv, signed."""
    frame = open_lines_of(intake).assign(**({"by": "Phòng PCTNXH", "on": "20/12/2017"} | signed))
    return to_csv_bytes(frame.astype("string"))


def open_lines_of(intake: Intake) -> pd.DataFrame:
    """The open lines of the shipped plan."""
    return open_lines(intake.issues)


# ---- a correction with a slip --------------------------------------------------------------------


def code_slip(book: Workbook) -> None:
    book[COM]["A5"], book[COM]["B5"], book[COM]["E5"] = "09999", None, 9


def hamlet(book: Workbook) -> None:
    book[COM]["A15"], book[COM]["B15"], book[COM]["E15"] = None, "Khu 3", 9


def renamed(book: Workbook) -> None:
    book[ENF]["D5"] = 99
    book[ENF].title = "6 Xử lý (đính chính)"


def header(book: Workbook) -> None:
    book[HARM]["C4"], book[HARM]["C5"] = "Kỳ 1", 9


def own_column(book: Workbook) -> None:
    book[HARM]["I4"], book[HARM]["I5"] = "Số sửa", 9


def own_sheet(book: Workbook) -> None:
    book.create_sheet("Đính chính")["B2"] = 9


@pytest.mark.parametrize("slip", [code_slip, hamlet, renamed, header, own_column, own_sheet])
def test_combine_correction_with_a_slip_is_asked_about(
    post: Post, slip: Callable[[Workbook], None]
) -> None:
    intake = post(a=good(), b=correction(slip))
    asked = intake.issues[intake.issues.file == "b.xlsx"]
    assert (asked.severity != "note").any(), intake.issues.to_string()
    assert not intake.issues.message.str.contains("không ghi số liệu nào|ghi lại ở tệp").any()


def test_combine_blank_files_of_two_slips_are_no_copies(post: Post) -> None:
    intake = post(a=correction(code_slip), b=correction(hamlet))
    assert not intake.issues.message.str.contains("giống hệt").any()


def test_combine_whole_file_after_a_slip_settles_it(post: Post) -> None:
    """Sent again without the slip, nothing is asked; the empty file holds nothing."""

    def late(book: Workbook) -> None:
        inform(book, sent=date(2017, 12, 28))

    slips = edited(good(), lambda book: book[HARM].__setitem__("C4", "Kỳ 1"))
    intake = post(a=slips, b=edited(good(), late), c=correction(lambda book: None))
    assert {*intake.issues.rule} == {"superseded"} and reported(intake, "228") == 145


# ---- many cells, one habit -----------------------------------------------------------------------


def test_issues_of_one_habit_in_many_cells_are_one(post: Post) -> None:
    def zeros(book: Workbook) -> None:
        for row in range(5, 12):
            for column in range(3, 7):
                book[HARM].cell(row, column).value = 0

    files = {"a": good(), "b": correction(zeros)}
    intake = post(**files)
    [issue] = intake.issues.itertuples()
    assert (issue.rule, issue.severity, issue.sheet) == ("later-zero", "confirm", HARM)
    doubted = int((intake.cells.state == "contradictory").sum())
    assert doubted > 5 and f"{doubted - 1} ô khác cũng vậy" in issue.message
    assert len(open_lines_of(intake)) == doubted
    again = post(lines(intake), **files)
    assert reported(again, "228") == 145 and (again.issues.severity == "note").all()


# ---- confirmations -------------------------------------------------------------------------------


def test_confirmations_that_close_nothing_are_named(post: Post, plan: Plan) -> None:
    """Unsigned, stale, or of what has to be mended; ended by CR as Excel for Mac does."""

    def spoil(book: Workbook) -> None:
        book[ENF]["F5"], book[COM]["E5"] = 2, "ba"

    intake = post(a=edited(good(), spoil))
    signed = lines(intake)
    assert b"places-inspected" in signed and b"unreadable" not in signed
    intake = post(signed.replace(b"\n", b"\r"), a=edited(good(), spoil))
    assert "places-inspected" not in {*intake.issues[intake.issues.severity == "confirm"].rule}
    header = signed.splitlines()[0]
    extra = [
        f"228,{COM},E5,unreadable,ba,An,1/1/2018,",
        f"228,{COM},E6,later-zero,2 → 0,An,1/1/2018,",
        f"228,{ENF},F5,places-inspected,,,,",
    ]
    intake = post(b"\n".join([header, *(line.encode() for line in extra)]), a=edited(good(), spoil))
    unused = intake.issues[intake.issues.rule == "confirmation-unused"]
    assert len(unused) == 3 and unused.message.str.contains("phải sửa").sum() == 1


@pytest.mark.parametrize("name", ["xac_nhan (1).csv", "Xác nhận.csv", "xac_nhan.csv.csv"])
def test_confirmations_under_another_name_are_told_so(
    post: Post, plan: Plan, tmp_path: Any, name: str
) -> None:
    post(a=good())
    (tmp_path / "returns" / name).write_bytes(b"unit_code\n")
    [issue] = read_returns(plan, tmp_path / "returns").issues.itertuples()
    assert "chưa được tính" in issue.message and "xac_nhan.csv" in issue.message
