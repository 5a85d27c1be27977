"""From the first files to a round with nothing open: mended, sent beside them, confirmed."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from made import COM, ENF, HARM, INT, MODEL, annotated, edited, good, inform, opened, plain
from openpyxl import Workbook, load_workbook

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.intake.confirmations import CONFIRMATIONS_FILE, draft_confirmations
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import to_csv_bytes

FIRST_QUARTER = {COM: 5, HARM: 3, ENF: 4}  # the column of quarter I
ENDS = [date(2017, 3, 31), date(2017, 6, 30), date(2017, 9, 30), date(2017, 12, 15)]


def quarter_file(number: int) -> bytes:
    """Quarter `number` (1 to 4) of the sound return alone; the last has also what is yearly.

    No case is pending.
    """
    sound = opened(good())
    sound[ENF]["F8"], sound[ENF]["F10"] = 3, 0

    def fill(book: Workbook) -> None:
        columns = {name: {first + number - 1} for name, first in FIRST_QUARTER.items()}
        columns[COM].add(4)
        if number == 4:
            columns |= {COM: {4, 8, 9}, HARM: {6, 7}, INT: {3, 4, 6}, MODEL: {2}}
        for name, numbers in columns.items():
            for row in range(5, sound[name].max_row + 1):
                for at in numbers if sound[name].cell(row, 1).value else ():
                    book[name].cell(row, at).value = sound[name].cell(row, at).value
        inform(book, cutoff=ENDS[number - 1], sent=ENDS[number - 1] + timedelta(3))

    return edited(plain("228"), fill)


@pytest.mark.slow
def test_round_trip_of_quarter_files_ends_with_nothing_open(tmp_path: Path, plan: Plan) -> None:
    """Round one: a figure in words, a blank cell and a day to confirm; two: mended; three: none."""
    folder, whole = tmp_path / "returns", tmp_path / "whole"
    folder.mkdir()
    whole.mkdir()

    def first(book: Workbook) -> None:
        book[ENF]["D5"] = "khoảng 12"

    def last(book: Workbook) -> None:
        book[HARM]["G5"] = None
        book[INT]["C5"] = "45/KH-UBND ngày 12/4/2016"
        book.create_sheet("Giải trình")["A1"] = "Số liệu do công an cung cấp"

    for number, change in enumerate((first, None, None, last), 1):
        content = quarter_file(number)
        (folder / f"q{number}.xlsx").write_bytes(edited(content, change) if change else content)
    one = read_returns(plan, folder)
    open_issues = one.issues.query("severity != 'note'")
    assert {*open_issues.rule} == {"unreadable", "document-year"}

    copies = {name: load_workbook(BytesIO(book)) for name, book in annotated(plan, one).items()}
    listed = {
        name: [(row[2].value, row[3].value) for row in copy["Cần sửa"].iter_rows(min_row=5)]
        for name, copy in copies.items()
    }
    assert listed == {"q1.xlsx": [(ENF, "D5")], "q4.xlsx": [(INT, "C5"), (HARM, "G5")]}
    assert "chỉ xét tệp này" in copies["q4.xlsx"]["Kiểm tra"]["A5"].value
    copy, sound = copies["q4.xlsx"], opened(good())
    assert copy["Giải trình"]["A1"].value == "Số liệu do công an cung cấp"
    assert copy[MODEL]["B5"].value == "Không có mô hình"

    copies["q1.xlsx"][ENF]["D5"] = sound[ENF]["D5"].value
    copies["q1.xlsx"].save(folder / "sua quý 1.xlsx")  # its day of sending was forgotten
    copy[HARM]["G5"] = sound[HARM]["G5"].value
    inform(copy, sent=date(2018, 1, 5))
    copy.save(folder / "sua.xlsx")

    def of_another_year(book: Workbook) -> None:
        book[INT]["C5"] = "45/KH-UBND ngày 12/4/2016"
        book[ENF]["F8"], book[ENF]["F10"] = 3, 0

    (whole / "a.xlsx").write_bytes(edited(good(), of_another_year))
    two, expected = read_returns(plan, folder), read_returns(plan, whole)
    still_open = two.issues.query("severity != 'note'")
    assert [*still_open.rule] == ["document-year"]
    assert evaluate(plan, two.cells).equals(evaluate(plan, expected.cells))
    second_copy = load_workbook(BytesIO(annotated(plan, two)["sua.xlsx"]))
    assert second_copy["Giải trình"]["A1"].value == "Số liệu do công an cung cấp"

    lines = draft_confirmations(two.issues).assign(by="Phòng PCTNXH", on="08/01/2018")
    (folder / CONFIRMATIONS_FILE).write_bytes(to_csv_bytes(lines))
    three = read_returns(plan, folder)
    assert three.issues.query("severity != 'note'").empty
    assert annotated(plan, three) == {}


@pytest.mark.slow
def test_annotated_return_of_a_later_file_that_replaces_the_first_is_made(
    tmp_path: Path, plan: Plan
) -> None:
    """The first file is superseded: its own reading still tells what was asked about it."""
    (tmp_path / "a.xlsx").write_bytes(good())

    def fall(book: Workbook) -> None:
        inform(book, sent=date(2017, 12, 19), cutoff=date(2017, 12, 16))
        book[HARM]["G5"], book[HARM]["C5"] = 1, 0

    (tmp_path / "b.xlsx").write_bytes(edited(good(), fall))
    intake = read_returns(plan, tmp_path)
    asked = intake.issues[intake.issues.severity == "confirm"]
    assert {*asked.rule} == {"falling-count", "later-zero"}
    assert {*annotated(plan, intake)} == {"b.xlsx"}
