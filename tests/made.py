"""Make workbooks as people send them: good, varied and broken ones."""

import pickle
import re
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidationList
from openpyxl.worksheet.worksheet import Worksheet
from yaml_files import read_yaml

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.asks.request_list import Requests, list_requests
from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan

INFO, COM, INT = "Thông tin", "1 Tuyên truyền", "2 Lồng ghép"
HARM, MODEL, MEDIA, ENF = "3 Can thiệp", "4 Mô hình", "5 Tin bài", "6 Xử lý"
SHEETS = {"INFO": INFO, "COM": COM, "INT": INT, "HARM": HARM, "MODEL": MODEL, "ENF": ENF}
# From row 5.
PARTICULARS = ("version", "plan", "year", "code", "name", "cutoff", "sent", "office", "mark")
FORMS = ("nói chuyện, hội nghị", "loa truyền thanh", "tờ rơi, sách", "pano, áp phích")
FORMS += ("văn nghệ, phim", "khác")
LOOKS = {"superscript": {"vertAlign": "superscript"}, "strike": {"strike": True}, "": {}}


def _broken() -> dict[str, list[dict[str, Any]]]:
    """Read the broken workbooks by name, each a list of cases (tests/broken/README.md)."""
    workbooks: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((Path(__file__).parent / "broken").glob("*.yaml")):
        groups = read_yaml(file)
        if file.stem in ("habits", "sound"):
            cases = [case for group in groups.values() for case in group]
            packs = enumerate(_packed(cases), 1)
            groups = {f"{file.stem} {number}": pack for number, pack in packs}
        workbooks |= groups
    return workbooks


def _packed(cases: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Pack cases into as few workbooks as possible; cases of one sheet do not share one."""
    packs: list[tuple[set[str], list[dict[str, Any]]]] = []
    for case in cases:
        touched = {sheet for sheet in SHEETS if re.search(rf"\b{sheet}\b", repr(case))}
        if "INFO!B10" in repr(case):  # the cut-off is that of every sheet
            touched = {*SHEETS}
        free = next((pack for pack in packs if touched.isdisjoint(pack[0])), None)
        if free is None:
            free = (set(), [])
            packs.append(free)
        free[0].update(touched)
        free[1].append(case)
    return [cases_of_pack for _, cases_of_pack in packs]


BROKEN = _broken()


@cache
def blank(code: str, plan: str = "phu_tho_2017") -> bytes:
    """Return the blank workbook of a reporter."""
    return blank_return(load_plan(plan), code)


@cache
def plain(code: str) -> bytes:
    """Return the blank workbook of a reporter without what `unguide` removes."""
    return edited(blank(code), unguide)


def unguide(book: Workbook) -> None:
    """Remove lists, colours, the sheet of checks and the formulas of spare rows: they guide people,
    not readers, and take longest to open, read and save.
    """
    book.remove(book["Kiểm tra"])
    for sheet in book.worksheets:
        sheet.data_validations = DataValidationList()
        sheet.conditional_formatting = ConditionalFormattingList()
        for cell in [cell for cell in sheet._cells.values() if cell.data_type == "f"]:
            cell.value = None


@lru_cache(maxsize=64)
def _opened(content: bytes) -> bytes:
    return pickle.dumps(load_workbook(BytesIO(content)))


def opened(content: bytes) -> Workbook:
    """Return a copy of an opened workbook; copying takes an eighth of the time of opening."""
    book = pickle.loads(_opened(content))
    for sheet in book.worksheets:  # pickle keeps what these hold, not how they add to it
        sheet.row_dimensions.__init__(sheet, default_factory=sheet._add_row)
        sheet.column_dimensions.__init__(sheet, default_factory=sheet._add_column)
    return book


def edited(content: bytes, change: Callable[[Workbook], Any]) -> bytes:
    """Return the bytes of a workbook after a change."""
    book, buffer = opened(content), BytesIO()
    change(book)
    book.save(buffer)
    return buffer.getvalue()


def put(sheet: Worksheet, row: int, column: int, *values: Any) -> None:
    """Write values side by side."""
    for at, value in enumerate(values, column):
        sheet.cell(row, at).value = value


def inform(book: Workbook, **values: Any) -> None:
    """Write entries of the cover sheet."""
    for key, value in values.items():
        book[INFO].cell(5 + PARTICULARS.index(key), 2).value = value


def place(short: str) -> str:
    """Return `COM!E5` with the sheet's own name."""
    sheet, _, cell = short.partition("!")
    return f"{SHEETS.get(sheet, sheet)}!{cell}"


def spoiled(*cases: dict[str, Any], prepare: Callable[[Workbook], Any] | None = None) -> bytes:
    """Return a good return with the faults of broken cases, after another change of it."""

    def spoil(book: Workbook) -> None:
        if prepare:
            prepare(book)
        for case in cases:
            for key, change in (("write", "value"), ("format", "number_format"), ("font", "font")):
                for at, value in case.get(key, {}).items():
                    sheet, _, cell = place(at).partition("!")
                    setattr(book[sheet][cell], change, Font(name=value) if key == "font" else value)
            for at in case.get("merge", ()):
                sheet, _, area = place(at).partition("!")
                book[sheet].merge_cells(area)
            for sheet, hidden in case.get("hide", {}).items():
                page = book[SHEETS[sheet]]
                page.sheet_state = "visible" if hidden else "hidden"
                for at in hidden:
                    is_column = isinstance(at, str)
                    (page.column_dimensions if is_column else page.row_dimensions)[at].hidden = True
            for sheet in case.get("remove", ()):
                book.remove(book[SHEETS[sheet]])

            grafted(book, case)

    content = edited(good(cases[0].get("code", "228")), spoil)
    return repacked(_stored_zero, content) if any("calc" in case for case in cases) else content


def grafted(book: Workbook, case: dict[str, Any]) -> None:
    """Apply habits that change more than values: styles, copies, moved columns."""
    pages = {short: book[name] for short, name in SHEETS.items() if name in book.sheetnames}

    def area(at: str) -> Any:
        sheet, _, cells = at.partition("!")
        return pages[sheet][cells]

    for short, title in case.get("copy", {}).items():
        book.copy_worksheet(pages[short]).title = title
    for at in case.get("clear", ()):
        for cell in (cell for row in area(at) for cell in row):
            cell.value = None
    for short, title in case.get("rename", {}).items():
        pages[short].title = title
    for short, (row, number) in case.get("insert", {}).items():
        pages[short].insert_rows(row, number)
    for at, runs in case.get("rich", {}).items():
        blocks = [TextBlock(InlineFont(**LOOKS[look]), text) for text, look in runs]
        area(at).value = CellRichText(*blocks)
    for at in case.get("strike", ()):
        area(at).font = Font(strike=True)
    for at, formula in case.get("calc", {}).items():
        area(at).value = formula
    for short in (*case.get("sort", {}), *case.get("push", {})):
        codes = [cell.value for cell in pages[short]["A"][4:] if cell.value]
        rows = [*pages[short].iter_rows(5, 4 + len(codes), min_col=2, values_only=True)]
        if short in case.get("sort", {}):
            for at, values in enumerate(sorted(rows, key=lambda row: str(row[0])), 5):
                put(pages[short], at, 2, *values)
        else:
            for at, code in enumerate([None, *codes], 5):
                pages[short].cell(at, 1).value = code


def _stored_zero(parts: dict[str, bytes]) -> None:
    """Give every formula =3+4 the stored result 0."""
    for name, part in parts.items():
        parts[name] = re.sub(rb"<f>3\+4</f><v ?/?>(</v>)?", b"<f>3+4</f><v>0</v>", part)


@cache
def good(code: str = "228", guided: bool = False) -> bytes:
    """Return a return with every figure and no fault; no two quarters are alike.

    `guided`: with lists, colours and the sheet of checks.
    """

    def fill(book: Workbook) -> None:
        inform(book, cutoff=date(2017, 12, 15), sent=date(2017, 12, 18), office="Phòng Lao động")
        if COM in book.sheetnames:
            for row in [cell.row for cell in book[COM]["A"][4:] if cell.value]:
                sessions = (2 + row % 3, 1, 3 + row % 2, 1)
                put(book[COM], row, 4, FORMS[0], *sessions, 30 * sum(sessions))
            put(book[INT], 5, 3, "45/KH-UBND ngày 12/4/2017", "Có", None, 25)
            for row in range(6, 10):
                put(book[INT], row, 3, "Chưa có", "Không", None, 0)
            for row in range(5, 12):
                put(book[HARM], row, 3, row - 3, 1, row - 2, 0, 5 * row)
        for row in range(5, 8) if MEDIA in book.sheetnames else ():
            put(book[MEDIA], row, 3, *(1 + (row + month) % 3 for month in range(12)))
        book[MODEL]["B5"] = "Không có mô hình"
        cases = ((12, 9, 14, 8), (2, 1, 3, 0), (3, 2, 4, 1), (2, 1, 2, 0), (1, 1, 1, 1))
        persons = ((7, 6, 9, 4), (3, 3, 4, 2), (3, 2, 4, 1), (1, 1, 1, 1), (12.5, 8, 15, 3))
        for row, quarters in enumerate((*cases, (0, 0, 1, 0), *persons), 5):
            put(book[ENF], row, 4, *quarters)

    return edited(blank(code) if guided else plain(code), fill)


def repacked(change: Callable[[dict[str, bytes]], Any], content: bytes | None = None) -> bytes:
    """Return a workbook with changed parts."""
    with zipfile.ZipFile(BytesIO(content or good())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def asked(plan: Plan, intake: Intake) -> Requests:
    """The list of what `check` asks for."""
    findings = evaluate(plan, intake.cells, explained=[])
    return list_requests(plan, intake, missing_cells(plan, intake.cells, findings))


def annotated(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """The annotated returns that `check` writes."""
    return annotated_returns(plan, intake, asked(plan, intake))
