"""Make workbooks as people send them: good, varied and broken ones."""

import pickle
import re
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from random import Random
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
from pcmd_eval.analysis.reminders import cell_requests
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.forms.annotated_return import annotated_returns
from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan

INFO, COM, INT = "Thông tin", "1 Tuyên truyền", "2 Lồng ghép"
HARM, MODEL, MEDIA, ENF = "3 Can thiệp", "4 Mô hình", "5 Tin bài", "6 Xử lý"
SHEETS = {"INFO": INFO, "COM": COM, "INT": INT, "HARM": HARM, "MODEL": MODEL, "ENF": ENF}
PARTICULARS = (
    "version",
    "plan",
    "year",
    "code",
    "name",
    "cutoff",
    "sent",
    "office",
    "mark",
)  # from row 5
FORMS = (
    "nói chuyện, hội nghị",
    "loa truyền thanh",
    "tờ rơi, sách",
    "pano, áp phích",
    "văn nghệ, phim",
    "khác",
)
REMARKS = (
    *(
        "Lồng ghép trong hội nghị của xã",
        "Tháng 6/2017 mới bắt đầu",
        "Từ 12/4 đến 20/6, tại 5 khu dân cư",
        "nt",
        "-",
    ),
    *(
        "2 buổi × 3 khu = 6 buổi",
        "½ ngày mỗi buổi",
        "10÷20 phút",
        "Kèm 02 pano 6 m² tại trung tâm",
        "@xã",
        "=HYPERLINK",
    ),
    *(
        "Ð/c Phó Chủ tịch xã phụ trách",
        "· phát vào sáng thứ hai",
        "Đạt 100% kế hoạch",
        "20 cơ sở, trong đó 8 nhà nghỉ",
    ),
)
LOOKS = {"superscript": {"vertAlign": "superscript"}, "strike": {"strike": True}, "": {}}


def _broken() -> dict[str, list[dict[str, Any]]]:
    """Read the broken workbooks by name, each a list of cases (tests/broken/README.md)."""
    workbooks: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((Path(__file__).parent / "broken").glob("*.yaml")):
        groups = read_yaml(file)
        if file.stem == "habits":
            cases = [case for group in groups.values() for case in group]
            groups = {f"habits {number}": own for number, own in enumerate(_packed(cases), 1)}
        workbooks |= groups
    return workbooks


def _packed(cases: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Pack cases into as few workbooks as possible; cases of one sheet do not share one."""
    packs: list[tuple[set[str], list[dict[str, Any]]]] = []
    for case in cases:
        touched = {sheet for sheet in SHEETS if re.search(rf"\b{sheet}\b", repr(case))}
        free = next((pack for pack in packs if touched.isdisjoint(pack[0])), None)
        if free is None:
            free = (set(), [])
            packs.append(free)
        free[0].update(touched)
        free[1].append(case)
    return [own for _, own in packs]


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


def spoiled(*cases: dict[str, Any]) -> bytes:
    """Return a good return with the faults of broken cases."""

    def spoil(book: Workbook) -> None:
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
                    (page.column_dimensions if isinstance(at, str) else page.row_dimensions)[
                        at
                    ].hidden = True
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
        rows = [
            [cell.value for cell in row[1:]]
            for row in pages[short].iter_rows(min_row=5, max_row=4 + len(codes))
        ]
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
            for row in [
                row for row in range(5, book[COM].max_row + 1) if book[COM].cell(row, 1).value
            ]:
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
        figures = (
            (12, 9, 14, 8),
            (2, 1, 3, 0),
            (3, 2, 4, 1),
            (2, 1, 2, 0),
            (1, 1, 1, 1),
            (0, 0, 1, 0),
        )
        persons = ((7, 6, 9, 4), (3, 3, 4, 2), (3, 2, 4, 1), (1, 1, 1, 1), (12.5, 8, 15, 3))
        for row, quarters in enumerate((*figures, *persons), 5):
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


def sound(code: str, seed: int, habits: Callable[[Workbook], Any] = lambda book: None) -> bytes:
    """Return a faultless return in people's spellings; the same seed gives the same return."""
    rng = Random(f"{code}-{seed}")

    def number(value: int) -> Any:
        spellings = (
            str(value),
            f" {value}",
            f"{value}\xa0",
            f"{value:02d}",
            f"{value:,}".replace(",", "."),
        )
        return value if rng.random() < 0.85 else rng.choice((*spellings, float(value)))

    def day(day: date) -> Any:
        return rng.choice((day, f"{day.day}/{day.month}/{day.year}", f"{day:%d/%m/%Y}"))

    def remark() -> Any:
        return rng.choice(REMARKS) if rng.random() < 0.2 else None

    def name(name: str, kind: str) -> str:
        moved = name.replace("Hoà", "Hòa").replace("Hóa", "Hoá").replace("Thuỷ", "Thủy")
        short = {"Xã": "x.", "Phường": "P.", "Thị trấn": "TT."}[kind]
        others = (
            f"{kind} {name}",
            f"{short} {name}",
            name.upper(),
            f" {name} ",
            name.replace("Đ", "\xd0"),
            moved,
        )
        return (
            name
            if rng.random() < 0.7
            else rng.choice((*others, unicodedata.normalize("NFD", name)))
        )

    def activity(sheet: Worksheet, row: int, form: str) -> None:
        quarters = (
            [1, 1, 1, 1] if form == FORMS[3] else [rng.choice((0, 1, 2, 4, 12)) for _ in range(4)]
        )
        people = sum(quarters) * rng.randint(20, 90) if form in (FORMS[0], FORMS[4]) else 0
        put(sheet, row, 4, form, *map(number, quarters), number(people), remark())

    def communes(sheet: Worksheet) -> None:
        rows = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, 1).value]
        spare = rows[-1] + 1
        for row in rows:
            code, written, kind = (str(sheet.cell(row, at).value) for at in (1, 2, 3))
            put(sheet, row, 1, int(code) if rng.random() < 0.1 else code, name(written, kind))
            first, second = rng.sample(FORMS, 2)
            activity(sheet, row, first)
            if rng.random() < 0.2:
                put(sheet, spare, 1, code, name(written, kind), kind)
                activity(sheet, spare, second)
                spare += 1

    def programmes(sheet: Worksheet) -> None:
        for row in range(5, 10):
            symbol, start = (
                rng.choice(("KH-UBND", "QĐ-UBND", "CTr-UBND")),
                rng.choice(("", "Kế hoạch số ", "Số ")),
            )
            paper = f"{start}{rng.randint(1, 800)}/{symbol} ngày {rng.randint(1, 28)}/5/2017"
            given = rng.random() < 0.5
            done = ("Có", "có", "CÓ ") if given and rng.random() < 0.7 else ("Không", "KHÔNG")
            none = rng.choice(("Chưa có", "không", "CHƯA BAN HÀNH", "-", "0", 0))
            put(sheet, row, 3, paper if given else none, rng.choice(done), remark())
            put(sheet, row, 6, rng.choice((0, 12.5, "1.250,5", 30, "7,5")), remark())

    def fill(book: Workbook) -> None:
        cutoff = date(2017, 12, rng.choice((15, 20, 31)))
        sent = cutoff + timedelta(rng.randrange(20))
        inform(
            book,
            cutoff=day(cutoff),
            sent=day(sent),
            office="Phòng LĐTBXH",
        )
        if COM in book.sheetnames:
            communes(book[COM])
            programmes(book[INT])
            for row in range(5, 12):
                quarters = (number(rng.choice((0, 0, 3, 8, 1))) for _ in range(4))
                put(book[HARM], row, 3, *quarters, number(7 * row), remark())
        for row in range(5, 8) if MEDIA in book.sheetnames else ():
            put(book[MEDIA], row, 3, *(number(rng.randint(0, 9)) for _ in range(12)), remark())
        if rng.random() < 0.7:
            book[MODEL]["B5"] = rng.choice(("Không có mô hình", "KHÔNG CÓ MÔ HÌNH "))
        else:
            line = (
                "Câu lạc bộ Bình minh",
                rng.choice((1, "2", 3)),
                None,
                day(date(2016, 5, 1)),
                "Có",
            )
            put(book[MODEL], 5, 2, *line, number(12), "Tư vấn, khám sức khỏe", remark())
        for column in range(4, 8):
            cases, visits = rng.randint(0, 6), rng.randint(0, 30)
            pending = rng.randint(0, cases) // 3
            criminal, persons = (
                rng.randint(0, cases - pending),
                [rng.randint(0, 3) for _ in range(3)],
            )
            counts = (
                visits,
                visits // 3,
                cases,
                cases - pending - criminal,
                criminal,
                pending,
                sum(persons),
                *persons,
            )
            for row, value in enumerate((*map(number, counts), rng.choice((0, 12.5, "7,5"))), 5):
                put(book[ENF], row, column, value)

        habits(book)

    return edited(plain(code), fill)


def annotated(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """The annotated returns that `check` writes."""
    findings = evaluate(plan, intake.cells, explained=[])
    missing = missing_cells(plan, intake.cells, findings)
    return annotated_returns(plan, intake, cell_requests(missing))
