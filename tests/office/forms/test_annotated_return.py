"""The annotated return: its marks, what it keeps, and that it passes when mended."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from made import (
    BROKEN,
    COM,
    ENF,
    HARM,
    INFO,
    INT,
    MODEL,
    annotated,
    asked,
    edited,
    good,
    opened,
    place,
    put,
    spoiled,
)
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.drawing.image import Image
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image as Pixels

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.cell_ranges import parse_ranges

BLANK = "đề nghị bổ sung, không phát sinh thì ghi 0."
TITLE = "Cần sửa"
COLOURS = {"stop": "FFFFC7CE", "mend": "FFFFC7CE", "confirm": "FFFFEB9C", "missing": "FFFCE4D6"}
# What our own form mends by itself: it hides and merges nothing, has every sheet, and one face.
MENDED = ["merged", "sheet"]
KEY = ["objective", "unit_code", "item", "period"]
Copies = dict[str, Workbook]
Post = Callable[[bytes], tuple[Intake, Copies]]


@pytest.fixture
def post(tmp_path: Path, plan: Plan) -> Post:
    """Read one file, `returns/a.xlsx`; return what was read and the marked copies, opened."""

    def send(content: bytes) -> tuple[Intake, Copies]:
        file = tmp_path / "returns" / "a.xlsx"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        intake = read_returns(plan, file.parent)
        copies = annotated(plan, intake)
        assert file.read_bytes() == content  # the sender's own file is never touched
        return intake, {name: load_workbook(BytesIO(copy)) for name, copy in copies.items()}

    return send


@pytest.fixture(scope="module")
def shipped_copies(plan: Plan, shipped: Intake) -> dict[str, bytes]:
    """The annotated copies of the shipped returns."""
    return annotated(plan, shipped)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells_in(page: Worksheet, **limits: int) -> list[Cell]:
    """The cells of a sheet, row by row."""
    return [cell for row in page.iter_rows(**limits) for cell in row]


def listed(issues: pd.DataFrame) -> list[tuple[str, ...]]:
    """Sheet, cell and rule of the issues that our own form does not mend."""
    rows = issues[~issues.rule.isin(MENDED)][["sheet", "cell", "rule"]]
    return [*rows.itertuples(index=False, name=None)]


# ---- the marks -----------------------------------------------------------------------------------


def test_annotated_return_of_issues_colours_comments_and_lists_each_cell(
    post: Post, plan: Plan
) -> None:
    """In our own form at the sender's place; the colour goes by severity, the cell can be edited,
    links stay inside.
    """
    entries = {"INFO!B13": "thật", "COM!J5": "=1+1 là hai"}
    entries |= {"COM!D14": "văn nghệ, phim", "COM!I14": 0}
    others = {"merge": ["HARM!C5:D5"], "write": entries}
    intake, copies = post(spoiled(*BROKEN["cells"], *BROKEN["comparisons"], others))
    [copy], rows = copies.values(), asked(plan, intake).without_notes()
    rows = rows[rows.file == "a.xlsx"]
    assert copy.sheetnames == [TITLE, "Kiểm tra", INFO, COM, INT, HARM, MODEL, ENF]
    assert copy.active.title == TITLE and {*rows.severity} == {*COLOURS}
    commented = set()
    for row in rows[rows["cell"] != ""].itertuples():
        first, *_ = parts = [part.partition(":")[0] for part in row.cell.split(", ")]
        for at in parts:
            cell = copy[row.sheet][at]
            assert cell.fill.start_color.rgb == COLOURS[row.severity] and not cell.protection.locked
        if row.severity != "missing":
            commented.add((row.sheet, first))
            assert copy[row.sheet][first].comment.text == row.message
    marked = {(page.title, c.coordinate) for page in copy for c in cells_in(page) if c.comment}
    assert marked == commented
    page = copy[TITLE]
    heads = ("STT", "Mức độ", "Biểu", "Ô", "Đơn vị", "Cột", "Nội dung đã ghi", "Cần làm gì")
    assert tuple(cell.value for cell in page[4]) == heads
    assert page.max_row == 4 + len(rows)
    for number, row in enumerate(rows.itertuples(), 1):
        line = page[4 + number]
        unit = plan.register.full_name.get(row.unit_code, "")
        expected = (number, row.sheet, row.cell, unit, row.message)
        assert tuple(line[at].value or "" for at in (0, 2, 3, 4, 7)) == expected
        link = line[3].hyperlink
        assert link.location == f"'{row.sheet}'!{row.cell.split(', ')[0]}" and link.target is None


@pytest.mark.slow
def test_annotated_return_of_any_contents_keeps_them(post: Post) -> None:
    """Figures as numbers, days as days, free text, results of formulas, remarks next to the form,
    and sheets of words in their order. Left out are pictures that crash saving and a cell far away;
    a text too long for a cell is cut.
    """
    names = [f"Nháp {number}" for number in range(8)]

    def write(book: Workbook) -> None:
        book[COM]["E5"], book[COM]["J5"], book[COM]["L6"] = "a\tb" * 300, "Họp dân", "xem lại"
        book[COM]["J6"], book[INT]["E5"] = "x" * 32_767, "Tập huấn\nhai đợt"
        for name in names:
            book.create_sheet(name)["A1"] = "không gửi"
        put(book[names[0]], 2, 2, 5, 6, 7)
        book[names[0]]["A6000"] = "x"
        picture = BytesIO()
        Pixels.new("RGB", (9, 9)).save(picture, "PNG")
        book[COM].add_image(Image(picture), "L5")

    whole = good(guided=True)
    _, copies = post(edited(whole, write))
    copy, sent = copies["a.xlsx"], opened(whole)
    assert (copy[COM]["J5"].value, copy[COM]["L6"].value) == ("Họp dân", "xem lại")
    assert copy[INT]["E5"].value == "Tập huấn\nhai đợt"
    assert [name for name in copy.sheetnames if name in names] == names
    assert (copy[names[1]]["A1"].value, copy[names[0]]["B2"].value) == ("không gửi", 5)
    assert copy[names[0]].max_row == 2
    assert len(copy[COM]["J6"].value) == 32_767 and len(copy[TITLE]["G5"].value) <= 500
    for sheet in (INFO, COM, INT, HARM, MODEL, ENF):
        assert sheet == COM or copy[sheet].max_row == sent[sheet].max_row  # no row stands twice
        for cell in cells_in(sent[sheet], min_row=5):
            at = (sheet, cell.coordinate)
            if at not in ((COM, "E5"), (COM, "J5"), (COM, "J6"), (INT, "E5")):
                assert copy[sheet][cell.coordinate].value == cell.value, at


@pytest.mark.slow
def test_annotated_return_of_moved_columns_puts_them_back(post: Post) -> None:
    """A moved column is put back, and its fault marked where it now stands; 6.1 and 6.10 typed as
    numbers stay two.
    """

    def move(book: Workbook) -> None:
        page = book[ENF]
        for row in range(4, 16):
            first, last = page.cell(row, 4), page.cell(row, 7)
            first.value, last.value = last.value, first.value
        page["D6"], page["A5"], page["A14"] = "ba", 6.1, 6.1

    intake, copies = post(edited(good(), move))
    page = copies["a.xlsx"][ENF]
    assert [*intake.issues.cell] == ["D6"] and page["G6"].value == "ba"
    assert page["G6"].comment and copies["a.xlsx"][TITLE]["D5"].value == "G6"
    assert (page["D4"].value, page["D5"].value, page.max_row) == ("Quý I", 12, 15)


@pytest.mark.slow
def test_annotated_return_of_unknown_columns_overwrites_none(post: Post) -> None:
    """They go next to the form where ours has taken their position."""

    def move(book: Workbook) -> None:
        page = book[HARM]
        page.delete_cols(6, 3)
        heads = ("Hoạt động", "Mã cũ", "Quý II", "Quý I", "Mã")
        put(page, 4, 1, *heads)
        page["B5"], page["C5"], page["E5"] = 77, 11, "3.1.1"

    _, copies = post(edited(good(), move))
    page = copies["a.xlsx"][HARM]
    assert (page["A5"].value, page["D5"].value) == ("3.1.1", 11)
    assert [cell.column for cell in page[5] if cell.value == 77] == [10]


@pytest.mark.slow
def test_annotated_return_of_two_sheets_with_one_name_keeps_both(post: Post) -> None:
    """The copy, in which one is to be deleted, has both, whichever is written as the form does."""

    def double(book: Workbook) -> None:
        double_sheet = book.copy_worksheet(book[HARM])
        double_sheet["C5"] = 77
        book[HARM].title, double_sheet.title = HARM.replace(" ", "  ", 1), HARM

    intake, copies = post(edited(good(), double))
    copy = copies["a.xlsx"]
    assert "sheet" in [*intake.issues.rule]
    assert copy[HARM]["C5"].value == 77
    assert copy[HARM.replace(" ", "  ", 1)]["C5"].value == opened(good())[HARM]["C5"].value


@pytest.mark.slow
def test_annotated_return_of_unwritable_signs_is_written(post: Post) -> None:
    """A code 0, half a letter in an unknown header, and an invisible sign as a model."""

    def write(book: Workbook) -> None:
        book[ENF]["A7"], book[ENF]["I4"], book[ENF]["I5"] = 0, "a_xD800_", 1
        book[MODEL]["B5"] = "_x0007_"

    intake, copies = post(edited(good(), write))
    assert {*intake.issues.rule} == {"code-name", "strange-column"}
    assert [*intake.cells.state[intake.cells["cell"] == "B5"]] == ["blank"]
    assert copies["a.xlsx"][ENF]["I4"].value == "a\ufffd"


@pytest.mark.slow
def test_annotated_returns_of_sound_or_refused_files_are_none(tmp_path: Path, plan: Plan) -> None:
    """Sound ones need none; refused ones, which may be hostile, are not opened again."""
    files = {"sound.xlsx": good("230"), "broken.xlsx": b"PK broken", "other.xls": b"x"}
    for name, content in (files | {"bad.xlsx": spoiled(*BROKEN["cells"])}).items():
        (tmp_path / name).write_bytes(content)
    first, second = (annotated(plan, read_returns(plan, tmp_path)) for _ in range(2))
    assert [*first] == ["bad.xlsx"] and first == second
    with zipfile.ZipFile(BytesIO(first["bad.xlsx"])) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# ---- mended and sent again -----------------------------------------------------------------------


@pytest.mark.slow
def test_annotated_returns_of_the_shipped_set_read_the_same_and_pass_when_mended(
    shipped: Intake, shipped_copies: dict[str, bytes], plan: Plan, tmp_path: Path
) -> None:
    """Unmended, the same faults and figures but for cells that were absent and are blank now, and
    for those of a merge, which have to be written again; mended, none.
    """
    copies = shipped_copies
    lacking = shipped.returns[shipped.returns.blank + shipped.returns.absent > 0]
    asked = {*shipped.issues.file, *lacking.file.dropna()}
    assert {*copies} == asked and len(copies) == 13
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    second = read_returns(plan, tmp_path)
    merged = second.issues.rule.eq("unreadable") & second.issues.value.str.endswith("(ghi lại)")
    assert merged.sum() == 4 and listed(second.issues[~merged]) == listed(shipped.issues)
    before, after = (intake.cells[intake.cells.file.isin(copies)] for intake in (shipped, second))
    is_same = ~after.raw.fillna("").str.endswith("(ghi lại)").to_numpy()
    before, after = before[is_same], after[is_same]
    assert before.state.replace("absent", "blank").tolist() == after.state.tolist()
    assert before.value.fillna("").tolist() == after.value.fillna("").tolist()
    right = {"Số, ngày văn bản": "45/KH-UBND ngày 12/4/2017", "Đã thực hiện": "Không"}
    right["Lượt người"] = 300
    for name, issues in second.issues.groupby("file"):
        book = load_workbook(tmp_path / name)
        for issue in issues.itertuples():
            for row, column in parse_ranges(issue.cell):
                book[issue.sheet].cell(row, column, right.get(issue.column, 3))
        book.save(tmp_path / name)
    assert read_returns(plan, tmp_path).issues.empty


@pytest.mark.slow
def test_annotated_return_sent_unmended_makes_no_cell_readable(post: Post) -> None:
    """Struck out, raised and merged figures look otherwise in our form: each of their cells is
    marked, and says that it has to be written again.
    """
    case = {
        "merge": ["COM!I5:I7", "INT!C6:C7", "ENF!D7:D8"],
        "strike": ["INT!C5", "COM!E8", "INFO!B10"],
        "rich": {"COM!E9": [["12", ""], ["1", "superscript"]]},
    }
    intake, copies = post(spoiled(case))
    [copy] = copies.values()
    second_intake, _ = post(saved(copy))
    first, second = (
        cells[cells.state == "unreadable"].set_index(KEY).index
        for cells in (intake.cells, second_intake.cells)
    )
    assert len(first) == 10 and first.equals(second)
    for at in ("COM!I7", "INT!C7", "ENF!D8", "INT!C5", "COM!E8", "COM!E9", "INFO!B10"):
        sheet, _, place_in_sheet = place(at).partition("!")
        cell = copy[sheet][place_in_sheet]
        assert str(cell.value).endswith(" (ghi lại)")


# ---- what is still blank, and what would be lost -------------------------------------------------


@pytest.mark.slow
def test_annotated_return_prints_in_eight_points_at_least(post: Post) -> None:
    """Texts of 11 points, on a page 10.7 inches wide; a letter takes 7 of 96 pixels an inch."""
    _, copies = post(edited(good(), lambda book: put(book[COM], 5, 5, "x")))
    for page in copies["a.xlsx"]:
        letters = [page.column_dimensions[cell.column_letter].width for cell in page[4]]
        assert 11 * 10.7 * 96 / (sum(letters) * 7) >= 8, page.title
        assert page.page_setup.fitToHeight == 0 or page.max_row < 60


@pytest.mark.slow
def test_annotated_return_of_blank_cells_asks_by_sheet_and_colours_them(post: Post) -> None:
    """12 communes without figures: one line, 60 cells of one colour, no comment; also of a sheet
    not there.
    """

    def clear(book: Workbook) -> None:
        for cell in cells_in(book[COM], min_row=21, max_row=32, min_col=5, max_col=9):
            cell.value = None
        book.remove(book[HARM])

    _, copies = post(edited(good("230"), clear))
    page = copies["a.xlsx"][TITLE]
    rows = [*page.iter_rows(min_row=5, values_only=True)]
    # The reference to the file, longer than the table is wide, would make the print small.
    assert page.print_area == f"'{TITLE}'!$A$1:$H${page.max_row}"
    lines = {row[2]: (row[1], row[3], row[7]) for row in rows}
    assert lines[COM] == ("còn thiếu", "E21:I32", f"60 ô còn trống (12 xã); {BLANK}")
    assert lines[HARM][:2] == ("cần sửa", "C5:G11") and len(rows) == 2
    for name, first, last in ((COM, 21, 33), (HARM, 5, 12)):
        cells = cells_in(copies["a.xlsx"][name], min_row=5, max_row=33, min_col=3, max_col=9)
        colour = "FFFCE4D6" if name == COM else "FFFFC7CE"
        coloured = {cell.row for cell in cells if cell.fill.start_color.rgb == colour}
        assert coloured == {*range(first, last)}
    assert not any(cell.comment for cell in cells_in(copies["a.xlsx"][COM]))


@pytest.mark.slow
def test_annotated_return_of_communes_with_one_name_keeps_each_row(tmp_path: Path) -> None:
    """Huyện Yên Thế has a town and a commune Bố Hạ: the row of each is its own by its code."""
    text = (paths.PLANS / "binh_thuan_2017.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bac_giang_2017.yaml"
    path.write_text(text.replace('province: "60"', 'province: "24"'), encoding="utf-8")
    plan = load_plan(str(path))
    folder = tmp_path / "returns"
    folder.mkdir()
    content = edited(blank_return(plan, "215"), lambda b: put(b[COM], 5, 4, "hội nghị", 3))
    (folder / "a.xlsx").write_bytes(content)
    copy = load_workbook(BytesIO(annotated(plan, read_returns(plan, folder))["a.xlsx"]))
    sent = load_workbook(BytesIO(content))
    assert [row[:3] for row in copy[COM].values] == [row[:3] for row in sent[COM].values]
    names = [row[1] for row in sent[COM].values]
    assert names.count("Bố Hạ") == 2


@pytest.mark.slow
def test_annotated_return_of_an_unknown_code_keeps_one_row(post: Post) -> None:
    """An unknown code and label: the row stands where the form has an unmatched one."""

    def write(book: Workbook) -> None:
        book[ENF]["A7"], book[HARM]["A6"], book[HARM]["B6"] = "6.33", "9.9", "việc khác"

    intake, copies = post(edited(good(), write))
    copy, sound = copies["a.xlsx"], opened(good())
    assert len(intake.issues) == 2
    for name in (ENF, HARM):
        assert copy[name].max_row == sound[name].max_row
        for cell in cells_in(sound[name], min_row=5, min_col=4):
            assert copy[name][cell.coordinate].value == cell.value


@pytest.mark.slow
def test_annotated_return_of_a_merged_statement_of_no_model_holds_it_once(post: Post) -> None:
    def merge(book: Workbook) -> None:
        book[MODEL].merge_cells("B5:I5")
        book[COM]["E5"] = None

    _, copies = post(edited(good(), merge))
    row = [cell.value for cell in copies["a.xlsx"][MODEL][5]]
    assert str(row[1]).startswith("Không có mô hình") and not any(row[2:])
    sheets = [line[2].value for line in copies["a.xlsx"][TITLE].iter_rows(min_row=5)]
    assert sheets.count(MODEL) <= 1
