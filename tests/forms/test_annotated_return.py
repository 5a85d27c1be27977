"""The annotated return: its marks, what it keeps, what never runs, and that it passes when mended."""

import re
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
    SHEETS,
    annotated,
    edited,
    good,
    opened,
    place,
    put,
    spoiled,
)
from openpyxl import Workbook, load_workbook
from openpyxl.drawing.image import Image
from PIL import Image as Pixels

from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

BLANK = "còn trống; đề nghị bổ sung, không phát sinh thì ghi 0"
TITLE = "Cần sửa"
COLOURS = {"stop": "FFFFC7CE", "mend": "FFFFC7CE", "confirm": "FFFFEB9C", "note": "FFDDEBF7"}
# What our own form mends by itself: it hides and merges nothing, has every sheet, and one face.
MENDED = ["merged", "sheet"]
LIVE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "@x",
    "-1",
    "=1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "=HYPERLINK(1)",
]
Post = Callable[..., tuple[Intake, dict[str, Workbook]]]


@pytest.fixture
def read(tmp_path: Path, plan: Plan) -> Callable[[bytes], Intake]:
    """Reads one file, `returns/a.xlsx`."""

    def send(content: bytes) -> Intake:
        folder = tmp_path / "returns"
        folder.mkdir(exist_ok=True)
        (folder / "a.xlsx").write_bytes(content)
        return read_returns(plan, folder)

    return send


@pytest.fixture
def post(tmp_path: Path, plan: Plan, read: Callable[[bytes], Intake]) -> Post:
    """Reads one file and gives what was read with the marked copies, opened."""

    def send(content: bytes) -> tuple[Intake, dict[str, Workbook]]:
        folder, intake = tmp_path / "returns", read(content)
        copies = annotated(plan, intake)
        assert (folder / "a.xlsx").read_bytes() == content  # the sender's own file is never touched
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


def listed(faults: pd.DataFrame) -> list[tuple[str, ...]]:
    """Sheet, cell and rule of the faults that our own form does not mend."""
    return [
        *faults[~faults.rule.isin(MENDED)][["sheet", "cell", "rule"]].itertuples(
            index=False, name=None
        )
    ]


# ---- the marks -----------------------------------------------------------------------------------


def test_annotated_return_of_issues_colours_comments_and_lists_each_cell(
    post: Post, plan: Plan
) -> None:
    """In our own form at the sender's place; the colour goes by severity, the cell can be edited,
    links stay inside.
    """
    others = {
        "merge": ["HARM!C5:D5"],
        "write": {
            "INFO!B13": "thật",
            "COM!J5": "=1+1 là hai",
            "COM!D14": "văn nghệ, phim",
            "COM!I14": 0,
        },
    }
    intake, copies = post(spoiled(*BROKEN["cells"], *BROKEN["comparisons"], others))
    (copy,), faults = copies.values(), intake.issues
    assert copy.sheetnames == [TITLE, "Kiểm tra", INFO, COM, INT, HARM, MODEL, ENF]
    assert copy.active.title == TITLE and {*faults.severity} == {*COLOURS}
    placed = faults[faults.cell != ""]
    for (sheet, at), own in placed.groupby(["sheet", "cell"]):
        cell = copy[sheet][at]
        assert (
            cell.fill.start_color.rgb == COLOURS[own.severity.iloc[0]]
            and not cell.protection.locked
        )
        assert all(message in cell.comment.text for message in own.message)
    marked = {
        (page.title, c.coordinate)
        for page in copy
        for row in page.iter_rows()
        for c in row
        if c.comment
    }
    assert marked == {*zip(placed.sheet, placed.cell, strict=True)}
    page, heads = (
        copy[TITLE],
        ("STT", "Mức độ", "Biểu", "Ô", "Đơn vị", "Cột", "Nội dung đã ghi", "Cần làm gì"),
    )
    assert tuple(cell.value for cell in page[4]) == heads
    below = [page.cell(row, 2).value for row in range(5 + len(faults), page.max_row + 1)]
    assert {*below} <= {"còn thiếu"} and below
    for number, fault in enumerate(faults.itertuples(), 1):
        row = page[4 + number]
        assert [row[at].value for at in (0, 2, 3)] == [number, fault.sheet, fault.cell]
        assert (row[4].value or "", row[7].value) == (
            plan.register.full_name.get(fault.unit_code, ""),
            fault.message,
        )
        link = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", row[3].hyperlink.location)
        assert (
            link and link.groups() == (fault.sheet, fault.cell) and row[3].hyperlink.target is None
        )


def test_annotated_return_of_any_values_keeps_them(post: Post) -> None:
    """Figures as numbers, days as days, free text, results of formulas, remarks next to the form,
    and sheets of words.
    """

    def write(book: Workbook) -> None:
        book[COM]["E5"], book[COM]["J5"], book[COM]["L6"] = "ba", "Họp dân", "xem lại"
        book[INT]["E5"] = "Tập huấn\nhai đợt"
        book.create_sheet("Nháp")["A1"] = "không gửi"

    whole = good(guided=True)
    _, copies = post(edited(whole, write))
    copy, sent = copies["a.xlsx"], opened(whole)
    assert (copy[COM]["J5"].value, copy[COM]["L6"].value) == ("Họp dân", "xem lại")
    assert copy[INT]["E5"].value == "Tập huấn\nhai đợt"
    assert copy["Nháp"]["A1"].value == "không gửi"
    for sheet in (INFO, COM, INT, HARM, MODEL, ENF):
        assert (
            sheet == COM or copy[sheet].max_row == sent[sheet].max_row
        )  # no row stands there twice
        for row in sent[sheet].iter_rows(min_row=5):
            for cell in row:
                if cell.coordinate not in ("E5", "J5"):
                    assert copy[sheet][cell.coordinate].value == cell.value, (
                        sheet,
                        cell.coordinate,
                    )


def test_annotated_return_of_moved_columns_puts_them_back(post: Post) -> None:
    """A moved column is put back, and its fault marked where it now stands; 6.1 and 6.10 typed as
    numbers stay two.
    """

    def move(book: Workbook) -> None:
        page = book[ENF]
        for row in range(4, 16):
            page.cell(row, 4).value, page.cell(row, 7).value = (
                page.cell(row, 7).value,
                page.cell(row, 4).value,
            )
        page["D6"], page["A5"], page["A14"] = "ba", 6.1, 6.1

    intake, copies = post(edited(good(), move))
    page = copies["a.xlsx"][ENF]
    assert [*intake.issues.cell] == ["D6"] and page["G6"].value == "ba"
    assert page["G6"].comment and copies["a.xlsx"][TITLE]["D5"].value == "G6"
    assert (page["D4"].value, page["D5"].value, page.max_row) == ("Quý I", 12, 15)


def test_annotated_return_of_unknown_columns_overwrites_none(post: Post) -> None:
    """They go next to the form where ours has taken their position."""

    def move(book: Workbook) -> None:
        page = book[HARM]
        page.delete_cols(6, 3)
        heads = ("Hoạt động", "Mã cũ", "Quý II", "Quý I", "Mã")
        for column, head in enumerate(heads, 1):
            page.cell(4, column).value = head
        page["B5"], page["C5"], page["E5"] = 77, 11, "3.1.1"

    _, copies = post(edited(good(), move))
    page = copies["a.xlsx"][HARM]
    assert (page["A5"].value, page["D5"].value) == ("3.1.1", 11)
    assert [cell.column for cell in page[5] if cell.value == 77] == [10]


def test_annotated_return_of_two_sheets_with_one_name_keeps_both(post: Post) -> None:
    """The copy, in which one is to be deleted, has both, whichever is written as the form does."""

    def double(book: Workbook) -> None:
        again = book.copy_worksheet(book[HARM])
        again["C5"] = 77
        book[HARM].title, again.title = HARM.replace(" ", "  ", 1), HARM

    intake, copies = post(edited(good(), double))
    copy = copies["a.xlsx"]
    assert "sheet" in [*intake.issues.rule]
    assert copy[HARM]["C5"].value == 77
    assert copy[HARM.replace(" ", "  ", 1)]["C5"].value == opened(good())[HARM]["C5"].value


def test_annotated_return_of_pictures_and_long_texts_is_written(post: Post) -> None:
    """Pictures that crash saving are left out; a text too long for a cell is cut."""

    def add(book: Workbook) -> None:
        picture = BytesIO()
        Pixels.new("RGB", (9, 9)).save(picture, "PNG")
        book[COM].add_image(Image(picture), "L5")
        book[COM]["J5"], book[COM]["E5"] = "x" * 32_767, "a\tb" * 300

    _, copies = post(edited(good(), add))
    assert len(copies["a.xlsx"][COM]["J5"].value) == 32_767
    assert len(copies["a.xlsx"][TITLE]["G5"].value) <= 500


def test_annotated_return_of_a_cell_far_away_leaves_that_cell_out(post: Post) -> None:
    """It is not carried over; what stands near is."""

    def add(book: Workbook) -> None:
        put(book.create_sheet("Nháp"), 2, 2, 5, 6, 7)
        book["Nháp"]["A6000"] = "x"
        book[COM]["E5"] = "ba"

    _, copies = post(edited(good(), add))
    assert copies["a.xlsx"]["Nháp"]["B2"].value == 5 and copies["a.xlsx"]["Nháp"].max_row == 2


def test_annotated_return_of_own_sheets_keeps_their_order(post: Post) -> None:
    """Sheets that the form does not have follow each other as they were sent."""
    names = [f"Nháp {number}" for number in range(8)]

    def add(book: Workbook) -> None:
        for name in names:
            book.create_sheet(name)["A1"] = "không gửi"
        book[COM]["E5"] = "ba"

    _, copies = post(edited(good(), add))
    assert [name for name in copies["a.xlsx"].sheetnames if name in names] == names


def test_annotated_return_of_unwritable_signs_is_written(post: Post) -> None:
    """A code 0, half a letter in an unknown header, and an invisible sign as a model."""

    def write(book: Workbook) -> None:
        book[ENF]["A7"], book[ENF]["I4"], book[ENF]["I5"] = 0, "a_xD800_", 1
        book[MODEL]["B5"] = "_x0007_"

    intake, copies = post(edited(good(), write))
    assert {*intake.issues.rule} == {"code-name", "strange-column"}
    assert [*intake.cells.state[intake.cells["cell"] == "B5"]] == ["blank"]
    assert copies["a.xlsx"][ENF]["I4"].value == "a\ufffd"


def test_annotated_return_of_formula_like_text_holds_no_formula(post: Post) -> None:
    """Wherever it stands, as a value and in a message."""

    def write(book: Workbook) -> None:
        for row, text in enumerate(LIVE, 5):
            for cell in (book[COM].cell(row, 5), book[COM].cell(row, 10), book[COM].cell(row, 2)):
                cell.value, cell.data_type = text, "s"

    _, copies = post(edited(good(), write))
    pages = [page for page in copies["a.xlsx"] if page.title != "Kiểm tra"]
    cells = [cell for page in pages for row in page.iter_rows() for cell in row]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert not [f for f in formulas if not f.startswith("=IFERROR(VLOOKUP(TEXT($A")]  # ours
    assert [copies["a.xlsx"][COM].cell(row, 10).value for row in range(5, 12)] == LIVE
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]


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
    again = read_returns(plan, tmp_path)
    merged = again.issues.rule.eq("unreadable") & again.issues.value.str.endswith("(ghi lại)")
    assert merged.sum() == 4 and listed(again.issues[~merged]) == listed(shipped.issues)
    before, after = (intake.cells[intake.cells.file.isin(copies)] for intake in (shipped, again))
    is_same = ~after.raw.fillna("").str.endswith("(ghi lại)").to_numpy()
    before, after = before[is_same], after[is_same]
    assert before.state.replace("absent", "blank").tolist() == after.state.tolist()
    assert before.value.fillna("").tolist() == after.value.fillna("").tolist()
    right = {"Số, ngày văn bản": "45/KH-UBND ngày 12/4/2017", "Đã thực hiện": "Không"}
    right["Lượt người"] = 300
    for name, faults in again.issues.groupby("file"):
        book = load_workbook(tmp_path / name)
        for fault in faults.itertuples():
            book[fault.sheet][fault.cell] = right.get(fault.column, 3)
        book.save(tmp_path / name)
    assert read_returns(plan, tmp_path).issues.empty


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
    again, _ = post(saved(copy))
    keys = ["unit_code", "objective", "item", "period"]
    first, second = (
        own.cells.set_index(keys).state[lambda states: states == "unreadable"].index
        for own in (intake, again)
    )
    assert len(first) == 10 and first.equals(second)
    for at in ("COM!I7", "INT!C7", "ENF!D8", "INT!C5", "COM!E8", "COM!E9", "INFO!B10"):
        sheet, _, cell = place(at).partition("!")
        found = copy[sheet][cell]
        assert str(found.value).endswith(" (ghi lại)")
        assert found.fill.start_color.rgb in (COLOURS["mend"], COLOURS["confirm"])


def mend(copy: Workbook, cases: list[dict], sound: Workbook) -> None:
    """Do what a marked copy says: what was spoiled as it should be, codes after labels, strange
    figures moved.
    """
    wrong = {
        at for case in cases for key in ("write", "format", "calc") for at in case.get(key, {})
    }
    wrong |= {at for case in cases for key in ("rich",) for at in case.get(key, {})}
    wrong |= {at for case in cases for at in case.get("strike", ())}
    areas = [place(at).partition("!")[::2] for case in cases for at in case.get("merge", ())]
    areas += [(SHEETS[s], "A5:J20") for case in cases for s in case.get("remove", ())]
    meant = {title: SHEETS[s] for case in cases for s, title in case.get("rename", {}).items()}
    for extra in [page for page in copy if page.title not in {*sound.sheetnames, TITLE}]:
        name = COM if extra.title.startswith(COM) else meant.get(extra.title, "")
        for cell in (cell for row in extra.iter_rows(min_row=5) for cell in row):
            if name and copy[name][cell.coordinate].value is None:
                copy[name][cell.coordinate] = cell.value
        copy.remove(extra)
    for case in cases:
        for sheet in (*case.get("sort", ()), *case.get("push", ())):
            page, right = copy[SHEETS[sheet]], sound[SHEETS[sheet]]
            codes = {row[1].value: row[0].value for row in right.iter_rows(min_row=5)}
            for row in range(5, 17):
                page.cell(row, 1).value = codes.get(page.cell(row, 2).value)
    for at in wrong:
        sheet, _, cell = place(at).partition("!")
        copy[sheet][cell] = sound[sheet][cell].value
    for sheet, area in areas:
        for cell in (cell for row in sound[sheet][area] for cell in row):
            copy[sheet][cell.coordinate] = cell.value


def figures(intake: Intake) -> dict[tuple[str, ...], str]:
    """The values of a return, by what they are about."""
    keys = ["objective", "unit_code", "item", "period"]
    own = intake.cells[intake.cells.state == "reported"]
    return dict(zip(own[keys].itertuples(index=False, name=None), own.value, strict=True))


@pytest.mark.slow
def test_annotated_return_of_each_broken_file_mended_reads_as_the_sound_one(
    post: Post, read: Callable[[bytes], Intake]
) -> None:
    """The copy of every planted fault, mended as it says, has no fault and every figure of the
    sound return.
    """
    sound, mended = {}, 0
    for name, cases in BROKEN.items():
        code = cases[0].get("code", "228")
        if code not in sound:
            sound[code] = figures(read(good(code))), opened(good(code))
        intake, copies = post(spoiled(*cases))
        counts_for_nobody = intake.returns.set_index("file").state.get("a.xlsx") == "unreadable"
        assert copies or intake.issues.empty or counts_for_nobody
        for copy in copies.values():
            mend(copy, cases, sound[code][1])
            again = read(saved(copy))
            left = again.issues[["sheet", "cell", "rule", "message"]]
            assert left.empty, f"{name}:\n{left.to_string()}"
            assert figures(again) == sound[code][0], name
            mended += 1
    assert mended > 20


# ---- what is still blank, and what would be lost -------------------------------------------------


def test_annotated_return_of_blank_cells_asks_by_sheet_and_colours_them(post: Post) -> None:
    """12 communes without figures: one line, 60 cells of one colour, no comment; also of a sheet
    not there.
    """

    def clear(book: Workbook) -> None:
        for row in book[COM]["E21:I32"]:
            for cell in row:
                cell.value = None
        book.remove(book[HARM])

    _, copies = post(edited(good("230"), clear))
    page = copies["a.xlsx"][TITLE]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=5)]
    asked = {row[2]: row[7] for row in rows if row[1] == "còn thiếu"}
    assert asked[COM] == f"60 ô {BLANK}: E21:I32." and {*asked} == {COM, HARM}
    assert asked[HARM] == f"35 ô {BLANK}: C5:G11."
    cells = [cell for row in copies["a.xlsx"][COM]["E20:I33"] for cell in row]
    coloured = {cell.row for cell in cells if cell.fill.start_color.rgb == "FFFCE4D6"}
    assert coloured == {*range(21, 33)} and not any(cell.comment for cell in cells)


def test_annotated_return_says_how_each_kind_of_cell_is_filled_in(
    shipped_copies: dict[str, bytes],
) -> None:
    """Hạ Hoà left out a commune, whose row stands in the copy, and a yes or no, of which 0 is none."""
    page = load_workbook(BytesIO(shipped_copies["231-ha-hoa.xlsx"]))[TITLE]
    assert [row[7].value for row in page.iter_rows(min_row=5)] == [
        f"5 ô {BLANK}: E37:I37.",
        "1 ô còn trống; đề nghị ghi Có hoặc Không, chưa có văn bản thì ghi Không: D7.",
        f"1 ô {BLANK}: G8.",
    ]


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


def test_annotated_return_of_an_unknown_code_keeps_one_row(post: Post) -> None:
    """An unknown code and label: the row stands where the form has an unmatched one."""

    def write(book: Workbook) -> None:
        book[ENF]["A7"], book[HARM]["A6"], book[HARM]["B6"] = "6.33", "9.9", "việc khác"

    intake, copies = post(edited(good(), write))
    copy, sound = copies["a.xlsx"], opened(good())
    assert len(intake.issues) == 2
    for name in (ENF, HARM):
        assert copy[name].max_row == sound[name].max_row
        for row in sound[name].iter_rows(min_row=5, min_col=4):
            for cell in row:
                assert copy[name][cell.coordinate].value == cell.value


def test_annotated_return_of_a_merged_statement_of_no_model_holds_it_once(post: Post) -> None:
    def merge(book: Workbook) -> None:
        book[MODEL].merge_cells("B5:I5")
        book[COM]["E5"] = None

    _, copies = post(edited(good(), merge))
    row = [cell.value for cell in copies["a.xlsx"][MODEL][5]]
    assert str(row[1]).startswith("Không có mô hình") and not any(row[2:])
    sheets = [line[2].value for line in copies["a.xlsx"][TITLE].iter_rows(min_row=5)]
    assert sheets.count(MODEL) <= 1
