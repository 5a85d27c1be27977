"""The marked copy for a sender: their own workbook, faulty cells coloured, and a first sheet that says what to mend."""

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.files import csv_bytes, printable, workbook_bytes, write_atomic
from pcmd_eval.html import fill
from pcmd_eval.intake.faults import COLUMNS, SEVERITY_WORDS, Fault
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import Return
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.reporting import reporting, silent
from pcmd_eval.spelling import fold
from pcmd_eval.wording import RETURN_WORDS, number, short_date

TITLE = "Cần sửa"
_HEADS = {"STT": 6, "Mức độ": 16, "Biểu": 18, "Ô": 8, "Giá trị thấy được": 30, "Cần làm gì": 90}
_COLOURS = {"stop": "FFC7CE", "confirm": "FFEB9C", "note": "DDEBF7"}
_AUTHOR = "pcmd-eval"
_LONGEST = 500  # characters of a value or a comment: a cell is a place to look, not an archive
Way = Callable[[str, Fault | None], str]  # the address of a reporter's return as read, or of the cell of a fault in it


def nowhere(reporter: str, fault: Fault | None) -> str:
    """Where there are no pages of returns, nothing leads to them."""
    return ""


def marked_copy(original: bytes, faults: Iterable[Fault]) -> bytes:
    """The workbook of a sender with its faults marked (xlsx bytes); the original bytes are not touched.

    The reader ignores the added sheet, so that the copy, corrected and sent again, is a return like any other.
    """
    workbook = load_workbook(BytesIO(original))
    _clear(workbook)
    listed = list(faults)
    for fault in listed:
        if cell := _cell(workbook, fault):
            cell.fill = PatternFill("solid", start_color=_COLOURS[fault.severity])
            cell.protection = Protection(locked=False)
            said = f"{cell.comment.text}\n{fault.message}" if cell.comment else fault.message
            cell.comment = Comment(printable(said)[:_LONGEST], _AUTHOR, height=120, width=320)
    _list(workbook.create_sheet(TITLE, 0), workbook, listed)
    workbook.active = 0
    for sheet in workbook.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    return workbook_bytes(workbook)


def write_feedback(
    intake: Intake, project: Project, returns: Path, output: OutputFolder, way: Way = nowhere
) -> list[str]:
    """Write what `feedback_files` makes; copies of an earlier check are removed. Returns the names of the copies."""
    files = feedback_files(intake, project, returns, way)
    for old in (output.internal / "feedback").glob("*.xlsx"):
        if f"feedback/{old.name}" not in files:
            old.unlink()
    for name, content in files.items():
        write_atomic(output.internal / name, content)
    return [name.removeprefix("feedback/") for name in files if name.startswith("feedback/")]


def feedback_files(intake: Intake, project: Project, returns: Path, way: Way = nowhere) -> dict[str, bytes]:
    """check.csv, its page, the list of silent reporters and a marked copy for each sender with faults.

    By their places in `internal/`; `way` leads from the page to the returns as they were read.
    """
    evidence, faults = intake.evidence, intake.faults
    files = {}
    refused = {fault.file for fault in faults if fault.rule == "refused"}  # not opened again: some are hostile
    for file in sorted({f.file for f in faults if f.file.lower().endswith(".xlsx")} - refused):
        own = [fault for fault in faults if fault.file == file]
        files[f"feedback/{file}"] = marked_copy((returns / file).read_bytes(), own)
    quiet = silent(evidence)
    rows = ((r.reporter, r.unit_name, str(r.state)) for r in quiet)
    files["check.csv"] = csv_bytes(COLUMNS, (fault.row() for fault in faults))
    files["silent.csv"] = csv_bytes(("reporter", "unit_name", "state"), rows)
    files["check.html"] = fill(
        "check.html.j2",
        plan=project.plan,
        illustrative=evidence.illustrative,
        whole=reporting(evidence, project.register.reporters),
        rows=[(row, RETURN_WORDS[row.state], _counts(row, faults)) for row in evidence.returns],
        silent=quiet,
        faults=faults,
        severity=SEVERITY_WORDS,
        number=number,
        short_date=short_date,
        way=way,
    )
    return files


def spoken(intake: Intake, project: Project) -> str:
    """What `check` prints: the state of each return, then one fault a line, worst first."""
    whole = reporting(intake.evidence, project.register.reporters)
    lines = [f"Đã nhận {whole.received}/{whole.expected} báo cáo, {whole.on_time} đúng hạn."]
    for row in intake.evidence.returns:
        found = [
            f"{n} {word}" for n, word in zip(_counts(row, intake.faults), SEVERITY_WORDS.values(), strict=True) if n
        ]
        cells = f"{number(row.reported)}/{number(row.expected)} ô có số liệu"
        lines.append(f"  {row.unit_name or row.file}: {RETURN_WORDS[row.state]}, {'; '.join([cells, *found])}")
    for fault in intake.faults:
        where = " · ".join(
            part for part in (fault.file, fault.sheet, fault.cell, fault.unit_code, fault.column) if part
        )
        lines.append(f"[{SEVERITY_WORDS[fault.severity]}] {where}: {fault.message} ({fault.rule})")
    return printable("\n".join(lines))


def as_json_text(intake: Intake) -> str:
    """The returns and faults for another program."""
    faults = [dict(zip(COLUMNS, fault.row(), strict=True)) for fault in intake.faults]
    returns = [
        {"reporter": r.reporter, "file": r.file, "state": r.state, "late": r.late} for r in intake.evidence.returns
    ]
    return json.dumps({"returns": returns, "faults": faults}, ensure_ascii=False, indent=1)


def _counts(row: Return, faults: Iterable[Fault]) -> list[int]:
    own = [fault.severity for fault in faults if fault.file and fault.file == row.file]
    return [own.count(severity) for severity in SEVERITY_WORDS]


def _clear(workbook: Workbook) -> None:
    """Take away what an earlier marked copy left: its sheet, and the comments and colours of cells mended since."""
    for title in [sheet.title for sheet in workbook.worksheets if fold(sheet.title) == fold(TITLE)]:
        del workbook[title]
    for sheet in workbook.worksheets:
        for cell in [cell for cell in sheet._cells.values() if getattr(cell, "comment", None)]:
            if cell.comment.author == _AUTHOR:
                cell.comment, cell.fill = None, PatternFill()


def _page(workbook: Workbook, fault: Fault) -> Worksheet | None:
    return next((sheet for sheet in workbook.worksheets if fold(sheet.title) == fold(fault.sheet)), None)


def _cell(workbook: Workbook, fault: Fault) -> Cell | None:
    page = _page(workbook, fault)
    if page is None or not fault.cell:
        return None
    cell = page[fault.cell]
    if isinstance(cell, MergedCell):
        area = next(area for area in page.merged_cells.ranges if fault.cell in area)
        cell = page.cell(area.min_row, area.min_col)
    return cell


def _list(page: Worksheet, workbook: Workbook, faults: list[Fault]) -> None:
    page["A1"] = "NHỮNG CHỖ CẦN SỬA HOẶC XÁC NHẬN"
    page["A1"].font = Font(name="Times New Roman", size=14, bold=True)
    page["A2"] = "Bấm vào tên ô để đến chỗ cần sửa. Sửa ngay trong tệp này, ghi lại Ngày gửi, rồi gửi lại."
    for column, (head, width) in enumerate(_HEADS.items(), 1):
        page.cell(4, column, head).font = Font(name="Times New Roman", size=12, bold=True)
        page.column_dimensions[page.cell(4, column).column_letter].width = width
    for row, fault in enumerate(faults, 5):
        said = (str(row - 4), SEVERITY_WORDS[fault.severity], fault.sheet, fault.cell, fault.value, fault.message)
        for column, text in enumerate(said, 1):
            cell = page.cell(row, column)
            _write(cell, text)
            cell.font = Font(name="Times New Roman", size=12)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.cell(row, 2).fill = PatternFill("solid", start_color=_COLOURS[fault.severity])
        if fault.cell and (target := _page(workbook, fault)):
            title = target.title.replace("'", "''")
            link = page.cell(row, 4)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{title}'!{fault.cell}")
            link.font = Font(name="Times New Roman", size=12, underline="single", color="0563C1")
    page.freeze_panes = "A5"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.fitToHeight = 0


def _write(cell: Cell, text: str) -> None:
    """Text as text: what a return says never becomes a formula."""
    cell.value = printable(text)[:_LONGEST]
    if cell.data_type != "n":
        cell.data_type, cell.quotePrefix = "s", text.startswith(("=", "+", "-", "@"))
