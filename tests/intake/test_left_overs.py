"""Content that touches no figure stops no return; senders' additions are named."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from libreoffice import converted
from made import COM, ENF, HARM, INT, edited, good, repacked
from openpyxl import Workbook

from pcmd_eval.cli import main
from pcmd_eval.intake.issues import check_table
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan

Post = Callable[..., Intake]
SHEET = "xl/worksheets/sheet2.xml"  # 1 Tuyên truyền


def found(intake: Intake) -> list[tuple[str, str, str]]:
    """Rule, severity and place of each issue."""
    places = intake.issues.sheet + "!" + intake.issues["cell"]
    return [*zip(intake.issues.rule, intake.issues.severity, places, strict=True)]


def value(intake: Intake, sheet: str, address: str) -> str:
    """Value or state of an observation."""
    [cell] = intake.cells[
        (intake.cells.sheet == sheet) & (intake.cells["cell"] == address)
    ].itertuples()
    return cell.value if cell.state == "reported" else cell.state


# ---- left-overs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("xl/externalLinks/externalLink1.xml", "external-links"),
        ("xl/externalLinks/_rels/externalLink1.xml.rels", "external-links"),
        ("xl/connections.xml", "external-links"),
        ("xl/embeddings/oleObject1.bin", "embedded-object"),
        ("xl/embeddings/Microsoft_Excel_Sheet1.xlsx", "embedded-object"),
    ],
)
def test_guard_left_overs_are_dropped_and_confirmed(post: Post, part: str, rule: str) -> None:
    intake = post(a=repacked(lambda parts: parts.update({part: b"<x/>" * 9})))
    assert found(intake) == [(rule, "confirm", "!")]
    assert (intake.cells[intake.cells.reporter == "228"].state == "reported").all()


def test_guard_borders_far_below_are_no_table(post: Post) -> None:
    """20.000 rows of ten cells with a look and nothing in them."""
    rows = b"".join(
        b'<row r="%d">%s</row>'
        % (row, b"".join(b'<c r="%c%d" s="1"/>' % (column, row) for column in b"ABCDEFGHIJ"))
        for row in range(100, 20_100)
    )

    def draw(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")

    assert post(a=repacked(draw)).issues.empty


def test_guard_empty_cells_without_address_keep_other_places(post: Post) -> None:
    cells = (
        b'<row r="40"><c/><c t="inlineStr"><is><t>xem</t></is></c><c/><c r="E40"><v>3</v></c></row>'
    )

    def add(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", cells + b"</sheetData>")

    assert found(post(a=repacked(add))) == [("foreign-unit", "mend", f"{COM}!A40")]


@pytest.mark.parametrize(("row", "column", "text"), [(6001, 1, " "), (3, 300, "x"), (9000, 2, 7)])
def test_sheet_reader_distant_cell_is_named_and_the_rest_read(
    post: Post, row: int, column: int, text: object
) -> None:
    intake = post(a=edited(good(), lambda book: book[COM].cell(row, column, text)))
    assert [rule for rule, _, _ in found(intake)] == ["distant-cell"]
    assert (intake.cells[intake.cells.reporter == "228"].state == "reported").all()


# ---- formulas ------------------------------------------------------------------------------------

RESULTS = {"E5": "0", "E6": "7", "J5": "", "J6": "chữ"}


def formulas(book: Workbook) -> None:
    """Results 0, 7, nothing, a text; numbers added up."""
    page = book[COM]
    page["E5"], page["E6"] = "=F5-F5", "=3+4"
    page["J5"], page["J6"] = '=IF(F5=99,"x","")', '=IF(F5=99,"x","chữ")'
    book[INT]["C6"] = '=IF(1=1,"","x")'


def calculated(parts: dict[str, bytes]) -> None:
    """Store the results as Excel does, which never asks to be calculated when it is opened."""
    parts["xl/workbook.xml"] = re.sub(
        rb"<calcPr[^>]*/>", b'<calcPr calcId="191029"/>', parts["xl/workbook.xml"]
    )
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        part = parts[name]
        part = part.replace(b"<f>F5-F5</f><v></v>", b"<f>F5-F5</f><v>0</v>")
        part = part.replace(b"<f>F5-F5</f><v/>", b"<f>F5-F5</f><v>0</v>")
        part = re.sub(rb"<f>3\+4</f><v ?/?>(</v>)?", b"<f>3+4</f><v>7</v>", part)
        for text, result in (
            (b'"x","")', b""),
            (b'"","x")', b""),
            ("chữ".encode() + b'")', "chữ".encode()),
        ):
            pattern = rb'<c (r="\w+"[^>]*?)>(<f>[^<]*' + re.escape(text) + rb"</f>)<v ?/?>(?:</v>)?"
            part = re.sub(pattern, rb'<c \1 t="str">\2<v>' + result + b"</v>", part)
        parts[name] = part


def test_workbook_stored_zero_counts_and_empty_text_is_blank(post: Post) -> None:
    intake = post(a=repacked(calculated, edited(good(), formulas)))
    assert (value(intake, COM, "E5"), value(intake, COM, "E6")) == ("0", "7")
    assert value(intake, INT, "C6") == "blank"
    assert intake.issues.empty


def test_workbook_result_to_be_calculated_is_unreadable(post: Post) -> None:
    """As a program leaves it that cannot calculate."""
    intake = post(a=edited(good(), formulas))
    assert (value(intake, COM, "E5"), value(intake, INT, "C6")) == ("unreadable", "unreadable")


@pytest.mark.slow
def test_workbook_saved_by_libreoffice_has_its_results(plan: Plan, tmp_path: Path) -> None:
    (sent := tmp_path / "sent").mkdir()
    (saved := tmp_path / "saved").mkdir()
    (sent / "228.xlsx").write_bytes(edited(good(), formulas))
    converted([sent / "228.xlsx"], saved)
    intake = read_returns(plan, saved)
    assert (value(intake, COM, "E5"), value(intake, COM, "E6")) == ("0", "7")
    assert value(intake, INT, "C6") == "blank"
    assert intake.issues.empty


# ---- what senders say beside the figures ---------------------------------------------------------


def test_issues_note_is_the_remark_of_the_row(post: Post) -> None:
    def write(book: Workbook) -> None:
        book[ENF]["F5"], book[ENF]["H5"] = 2, "chưa đủ số của công an"
        book[HARM]["C5"], book[HARM]["H5"] = "?", "hỏi lại trạm y tế"
        book[HARM]["H6"] = "không sao"

    intake = post(a=edited(good(), write))
    assert sorted(zip(intake.issues.rule, intake.issues.note, strict=True)) == [
        ("places-inspected", "chưa đủ số của công an"),
        ("unreadable", "hỏi lại trạm y tế"),
    ]
    assert "Ghi chú của đơn vị: “hỏi lại trạm y tế”." in " ".join(
        check_table(intake.issues).message
    )


# ---- what is no workbook --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of returns."""
    (path := tmp_path / "BAO_CAO").mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("240-tan-son.xls", "confirm"),
        ("240-tan-son.pdf", "confirm"),
        ("240 Tân Sơn.docx", "confirm"),
        ("240-tan-son.zip", "confirm"),
        ("công văn.zip", "confirm"),
        ("228-phu-tho.pdf", "note"),
        ("công văn.pdf", "note"),
        ("công văn.eml", "note"),
        ("công văn", "note"),
    ],
)
def test_inbox_other_file_is_named_and_not_read(
    plan: Plan, folder: Path, name: str, severity: str
) -> None:
    """It has to be confirmed where it may be a return: by its ending, or since none has come."""
    (folder / "228.xlsx").write_bytes(good())
    (folder / name).write_bytes(good("240"))
    [issue] = read_returns(plan, folder).issues.itertuples()
    reporter = name[:3] if name[0] == "2" else ""
    assert (issue.severity, issue.reporter, issue.file) == (severity, reporter, name)
    assert issue.message.startswith("Chưa đọc; báo cáo phải là tệp .xlsx theo biểu mẫu")


def test_list_files_closed_folder_is_refused_in_vietnamese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the superuser nothing is closed: a name too long is refused alike."""
    closed = tmp_path / ("x" * 300)
    assert main(["check", "--returns", str(closed), "--output", str(tmp_path / "out")]) == 3
    said = capsys.readouterr().err
    assert "thư mục báo cáo" in said and "too long" not in said
