"""The marked copy for a sender: what is marked, what is not, what never runs, and that a mended copy passes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from broken import COM, ENF, FAULTY, HARM, INFO, INT, MODEL, Spoil, edited, good, save
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from pcmd_eval.intake.checks import examine
from pcmd_eval.intake.faults import COLUMNS, Fault
from pcmd_eval.intake.feedback import TITLE, marked_copy, write_feedback
from pcmd_eval.intake.sandbox import read_bytes
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project

COLOURS = {"stop": "00FFC7CE", "confirm": "00FFEB9C", "note": "00DDEBF7"}
LIVE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "@x",
    "-1",
    "\t=1+1",
    "=1+1",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\r=1",
    "=HYPERLINK(1)",
]


def fault(cell: str, sheet: str = COM, severity: str = "confirm", message: str = "Sửa lại.", value: str = "x") -> Fault:
    """A fault of some cell."""
    return Fault(severity, "228", "a.xlsx", sheet, cell, "", "", value, "rule", message)  # type: ignore[arg-type]


def opened(content: bytes) -> Workbook:
    """The workbook read again, formulas as formulas."""
    return load_workbook(io.BytesIO(content))


def faults_of(content: bytes, project: Project, folder: Path) -> tuple[Fault, ...]:
    """What the report says of this file alone."""
    folder.mkdir(exist_ok=True)
    (folder / "a.xlsx").write_bytes(content)
    return examine(folder, project).faults


def spoiled(*changes: Spoil) -> bytes:
    """A good return with several faults."""

    def spoil(book: Workbook) -> None:
        for change in changes:
            change(book)

    return edited(good(), spoil)


MANY = (
    *("roughly", "document_of_the_year_before", "cases_do_not_add_up", "reporter_of_another_name"),
    *("note_whose_parts_do_not_add_up", "commune_and_form_twice", "hidden_column", "model_of_an_unknown_type"),
)


@pytest.fixture(scope="module")
def many() -> bytes:
    """A return with faults of eight kinds in five sheets."""
    return spoiled(*(FAULTY[name].spoil for name in MANY))


# ---- the marks ------------------------------------------------------------------------------------------------------


def test_each_faulty_cell_is_coloured_and_commented(many: bytes, project: Project, tmp_path: Path) -> None:
    """In the sender's own workbook, at the place; the colour goes by severity, and the cell can be edited."""
    faults = faults_of(many, project, tmp_path)
    book = opened(marked_copy(many, faults))
    placed = [one for one in faults if one.cell]
    assert len(placed) >= 8
    for one in placed:
        cell = book[one.sheet][one.cell]
        assert cell.fill.start_color.rgb in COLOURS.values()
        assert one.message in cell.comment.text
        assert cell.protection.locked is False
    marked = {(s.title, c.coordinate) for s in book for row in s.iter_rows() for c in row if c.comment}
    assert marked == {(one.sheet, one.cell) for one in placed}


def test_nothing_but_marks_is_changed(many: bytes, project: Project, tmp_path: Path) -> None:
    """Every value, formula, width, hidden column and merged area of the sender's sheets is as it was."""
    before, after = opened(many), opened(marked_copy(many, faults_of(many, project, tmp_path)))
    assert after.sheetnames == [TITLE, *before.sheetnames]
    for sheet in before:
        other = after[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                assert (twin.value, twin.data_type, twin.number_format) == (
                    cell.value,
                    cell.data_type,
                    cell.number_format,
                )
        assert other.merged_cells.ranges == sheet.merged_cells.ranges
        assert other.column_dimensions["G"].hidden == sheet.column_dimensions["G"].hidden
        assert other.protection.sheet == sheet.protection.sheet
        assert len(other.data_validations.dataValidation) == len(sheet.data_validations.dataValidation)


def test_the_original_is_not_touched(many: bytes, project: Project, tmp_path: Path) -> None:
    """The file in the folder of returns has the same bytes after everything was written."""
    returns = tmp_path / "returns"
    faults_of(many, project, returns)
    copies = write_feedback(examine(returns, project), project, returns, OutputFolder(tmp_path / "out"))
    assert copies == ["a.xlsx"]
    assert (returns / "a.xlsx").read_bytes() == many
    assert sorted(path.name for path in returns.iterdir()) == ["a.xlsx"]


def test_two_faults_of_one_cell_both_stand_in_its_comment() -> None:
    """None hides another."""
    book = opened(marked_copy(good(), [fault("E5", message="Thứ nhất."), fault("E5", message="Thứ hai.")]))
    assert book[COM]["E5"].comment.text == "Thứ nhất.\nThứ hai."


def test_the_comment_of_the_sender_stays() -> None:
    """What somebody had noted at the cell is kept above."""

    def comment(book: Workbook) -> None:
        book[COM]["E5"].comment = Comment("Theo sổ của xã", "Văn phòng")
        book[COM]["E6"].comment = Comment("Giữ nguyên", "Văn phòng")

    book = opened(marked_copy(edited(good(), comment), [fault("E5")]))
    assert book[COM]["E5"].comment.text == "Theo sổ của xã\nSửa lại."
    assert book[COM]["E6"].comment.text == "Giữ nguyên"


def test_a_fault_inside_merged_cells_is_marked_where_people_see_it() -> None:
    """The first cell of the area is the one that shows."""
    content = edited(good(), lambda book: book[COM].merge_cells("E5:F9"))
    book = opened(marked_copy(content, [fault("F7")]))
    assert book[COM]["E5"].comment.text == "Sửa lại."
    assert [str(area) for area in book[COM].merged_cells.ranges if "E5" in area] == ["E5:F9"]


@pytest.mark.parametrize(
    "one",
    [
        fault("", ""),
        fault("", COM),
        fault("B7", "Không có trang này"),
        fault("ZZ4999", COM),
        fault("A1", "1TUYÊN TRUYỀN"),
    ],
)
def test_a_fault_that_has_no_cell_is_in_the_list_all_the_same(one: Fault) -> None:
    """Of a file, of a sheet, of a sheet that is missing, far away, of a sheet written otherwise."""
    page = opened(marked_copy(good(), [one]))[TITLE]
    assert [page.cell(5, column).value for column in (1, 2, 6)] == ["1", "cần xác nhận", "Sửa lại."]


def test_without_faults_the_list_is_empty() -> None:
    """A copy of a good return has the sheet and no line."""
    assert opened(marked_copy(good(), []))[TITLE]["A5"].value is None


# ---- the list -------------------------------------------------------------------------------------------------------


def test_the_first_sheet_lists_every_fault_with_a_link_that_works(
    many: bytes, project: Project, tmp_path: Path
) -> None:
    """Links lead inside the workbook only, to a sheet and a cell that are there."""
    faults = faults_of(many, project, tmp_path)
    book = opened(marked_copy(many, faults))
    assert book.sheetnames[0] == book.active.title == TITLE
    page = book[TITLE]
    assert [page.cell(4, column).value for column in range(1, 7)] == [
        *("STT", "Mức độ", "Biểu", "Ô", "Giá trị thấy được", "Cần làm gì"),
    ]
    lines = list(page.iter_rows(min_row=5, max_row=4 + len(faults)))
    assert [line[5].value for line in lines] == [one.message for one in faults]
    for line, one in zip(lines, faults, strict=True):
        assert line[2].value == (one.sheet or None)
        link = line[3].hyperlink
        if one.cell:
            assert link.target is None
            found = re.fullmatch(r"'(.+)'!([A-Z]+[0-9]+)", link.location)
            assert found
            assert found[1].replace("''", "'") in book.sheetnames
            assert found[2] == one.cell == line[3].value
        else:
            assert link is None


def test_a_sheet_name_with_an_apostrophe_keeps_its_link() -> None:
    """The apostrophe is doubled inside the quotes."""

    def rename(book: Workbook) -> None:
        book.create_sheet("Đội '178'")["A1"] = "x"

    book = opened(marked_copy(edited(good(), rename), [fault("A1", "Đội '178'")]))
    assert book[TITLE]["D5"].hyperlink.location == "'Đội ''178'''!A1"


def test_a_hidden_first_sheet_of_the_sender_does_not_hide_the_list() -> None:
    """The list is what opens, alone."""

    def hide(book: Workbook) -> None:
        book[INFO].sheet_state = "hidden"
        book.active = book.sheetnames.index(ENF)

    book = opened(marked_copy(edited(good(), hide), [fault("E5")]))
    assert book.active.title == TITLE
    assert book[TITLE].sheet_state == "visible"
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] in ([], [TITLE])


# ---- nothing runs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", LIVE)
def test_text_of_a_return_never_becomes_a_formula(text: str) -> None:
    """As a value seen and in a message: text when read again, in the list and in the sender's own cell."""
    one = fault("J5", value=text, message=f"{text}: sửa lại.")
    content = edited(good(), lambda book: _as_text(book, "J5", text))
    book = opened(marked_copy(content, [one]))
    page = book[TITLE]
    assert page["E5"].data_type == page["F5"].data_type == "s"
    assert page["E5"].value.strip() == text.strip()
    assert book[COM]["J5"].data_type == "s"
    formulas = [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []
    assert not [c for row in page.iter_rows() for c in row if c.hyperlink and c.hyperlink.target]


def _as_text(book: Workbook, at: str, text: str) -> None:
    cell = book[COM][at]
    cell.value = text
    cell.data_type = "s"


@pytest.mark.parametrize("text", [*LIVE, "<script>alert(1)</script>", "<img onerror=x>", "$\\frac{$", "[a](http://x)"])
def test_formula_like_and_script_like_text_in_a_note_is_no_fault(project: Project, tmp_path: Path, text: str) -> None:
    """It is a remark like any other."""
    content = edited(good(), lambda book: _as_text(book, "J5", text))
    assert faults_of(content, project, tmp_path) == ()


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb\x1b", "\ufffe\uffff", "\ud800", "x" * 40_000])
def test_any_text_can_be_written(text: str) -> None:
    """Control characters, lone halves of pairs and endless texts: shortened or removed, never an exception."""
    page = opened(marked_copy(good(), [fault("E5", value=text, message=text)]))[TITLE]
    assert len(page["E5"].value or "") <= 500
    assert not re.search("[\x00-\x08\x0b\x1b\ud800\ufffe]", page["E5"].value or "")


def test_a_real_formula_of_the_sender_is_not_copied_into_the_list(project: Project, tmp_path: Path) -> None:
    """A formula without a value is quoted as text."""
    content = edited(good(), FAULTY["formula_without_value"].spoil)
    page = opened(marked_copy(content, faults_of(content, project, tmp_path)))[TITLE]
    assert (page["E5"].value, page["E5"].data_type) == ("=1+2", "s")


def test_all_that_check_writes_is_inert(project: Project, tmp_path: Path) -> None:
    """check.csv has no cell that a spreadsheet would run; the page has no script and no tag of the return's."""
    nasty = "=cmd|' /C calc'!A0 <script>alert(1)</script> <img src=x onerror=alert(1)>"
    content = spoiled(*(partial(_as_text, at=at, text=nasty) for at in ("E5", "B6", "A7")))
    returns = tmp_path / "returns"
    faults_of(content, project, returns)
    output = OutputFolder(tmp_path / "out")
    write_feedback(examine(returns, project), project, returns, output)
    with (output.internal / "check.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    assert tuple(rows[0]) == COLUMNS
    assert any("cmd|" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r-]", cell)]
    page = (output.internal / "check.html").read_text(encoding="utf-8")
    assert "cmd|" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    book = opened((output.internal / "feedback" / "a.xlsx").read_bytes())
    assert not [c for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]


# ---- mended and sent again ------------------------------------------------------------------------------------------

MEND: dict[str, dict[str, dict[str, object]]] = {
    "roughly": {COM: {"E5": 4}},
    "document_of_the_year_before": {INT: {"C5": "45/KH-UBND ngày 12/4/2017"}},
    "cases_do_not_add_up": {ENF: {"D7": 3}},
    "note_whose_parts_do_not_add_up": {ENF: {"H11": None}},
    "reporter_of_another_name": {INFO: {"B9": "Thị xã Phú Thọ"}},
    "model_of_an_unknown_type": {MODEL: {"C5": 1, "E5": date(2016, 12, 1)}},
    "commune_and_form_twice": {COM: {"D15": "khác"}},
    "count_formatted_as_date": {COM: {"E5": 3}},
    "three_faults_in_one_column": {COM: {"E5": 1, "E6": "02", "E7": "1.115"}},
    "code_twice": {HARM: dict.fromkeys(("A12", "B12", "C12", "D12", "E12", "F12", "G12"))},
}


@pytest.mark.parametrize("name", MEND)
def test_a_mended_copy_passes(project: Project, tmp_path: Path, name: str) -> None:
    """The clerk mends the marked copy itself and sends it: no fault is left, and every figure is read."""
    content = FAULTY[name].make()
    copy = opened(marked_copy(content, faults_of(content, project, tmp_path)))
    for sheet, cells in MEND[name].items():
        for at, value in cells.items():
            copy[sheet][at] = value
            if isinstance(value, int):
                copy[sheet][at].number_format = "0"
    faults = faults_of(save(copy), project, tmp_path)
    assert [one for one in faults if one.rule != "attendance"] == []
    read = read_bytes("a.xlsx", save(copy), project)
    assert {o.state for o in read.observations} == {"reported"}


def test_an_unmended_copy_has_the_same_faults(many: bytes, project: Project, tmp_path: Path) -> None:
    """Marks neither mend nor add anything."""
    faults = faults_of(many, project, tmp_path)
    assert faults_of(marked_copy(many, faults), project, tmp_path) == faults


def test_a_second_copy_marks_only_what_is_still_wrong(project: Project, tmp_path: Path) -> None:
    """One of two cells was mended: its colour and comment go, the other's message stands once, the list is new."""
    content = spoiled(FAULTY["three_faults_in_one_column"].spoil, lambda book: book[COM].__setitem__("E7", 3))
    first = opened(marked_copy(content, faults_of(content, project, tmp_path)))
    first[COM]["E5"] = 3
    first[COM]["E8"].fill = PatternFill("solid", start_color="00FF00")  # the sender's own colour
    sent = save(first)
    faults = faults_of(sent, project, tmp_path)
    second = opened(marked_copy(sent, faults))
    assert [one.cell for one in faults] == ["E6"]
    assert second.sheetnames.count(TITLE) == 1
    assert second[COM]["E5"].comment is None
    assert second[COM]["E5"].fill.fill_type is None
    assert second[COM]["E8"].fill.start_color.rgb == "0000FF00"
    assert second[COM]["E6"].comment.text == faults[0].message
    assert second[TITLE]["A6"].value is None


# ---- files ----------------------------------------------------------------------------------------------------------


def test_the_same_faults_make_the_same_bytes(many: bytes, project: Project, tmp_path: Path) -> None:
    """No time, no chance, no name of a computer in the file."""
    faults = faults_of(many, project, tmp_path)
    first, second = marked_copy(many, faults), marked_copy(many, faults)
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


_ODD_LAYOUTS = ("hidden_column", "very_hidden_sheet", "merged_over_communes", "missing_sheet", "renamed_column")
_QUICK = (*_ODD_LAYOUTS, "name_in_tcvn3", "control_characters", "formula_without_value", "code_twice", "unclear_mark")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _QUICK else pytest.mark.slow) for name in FAULTY]
)
def test_every_broken_return_gets_a_copy_that_opens(name: str, project: Project) -> None:
    """Whatever is wrong, the copy is a workbook that the pre-scan and the reader take."""
    content = FAULTY[name].make()
    read = read_bytes("a.xlsx", content, project)
    again = read_bytes("a.xlsx", marked_copy(content, read.faults), project)
    assert not again.refusals
    assert [one.cell for one in again.faults] == [one.cell for one in read.faults]


def test_copies_are_written_only_for_those_with_faults_and_old_ones_go(project: Project, tmp_path: Path) -> None:
    """A refused file that no library should open gets none; what was mended since has none left."""
    returns, output = tmp_path / "returns", OutputFolder(tmp_path / "out")
    returns.mkdir()
    files = {"bad": FAULTY["roughly"].make(), "fine": good("230"), "bomb": _bomb(), "old": b"PK broken"}
    for name, content in files.items():
        (returns / f"{name}.xlsx").write_bytes(content)
    assert write_feedback(examine(returns, project), project, returns, output) == ["bad.xlsx"]
    assert _names(output) == ["bad.xlsx"]
    (returns / "bad.xlsx").write_bytes(good())
    assert write_feedback(examine(returns, project), project, returns, output) == []
    assert _names(output) == []


def _bomb() -> bytes:
    from broken import entity_bomb

    return entity_bomb()


def _names(output: OutputFolder) -> Iterable[str]:
    return sorted(path.name for path in (output.internal / "feedback").glob("*"))
