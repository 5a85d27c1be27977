"""Make sound returns as clerks send them: habits that change no figure, drawn together.

A habit that is typed into known cells is a case in tests/broken/sound.yaml instead.
"""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from random import Random

from made import COM, ENF, HARM, INT, MEDIA, MODEL, edited, good, put
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

HABITS: dict[str, Callable[[Workbook, Random], None]] = {}
PEOPLE = ("Nguyễn Văn An", "Lê Thị Cúc", "Trần Thị Bình", "Phạm Văn Dũng", "Thanh Minh")
SIGNERS = ("TRƯỞNG PHÒNG", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH", "Thủ trưởng đơn vị", "GIÁM ĐỐC")
PLACES = ("Phú Thọ, ngày 05 tháng 01 năm 2018", "Ngày 20 tháng 12 năm 2017", "Ngày    tháng    năm")
REMARKS = (
    *("Lồng ghép trong hội nghị của xã", "Từ 12/4 đến 20/6, tại 5 khu dân cư", "nt", "-", "@xã"),
    *("2 buổi × 3 khu = 6 buổi", "½ ngày mỗi buổi", "10÷20 phút", "Kèm 02 pano 6 m²", "=HYPERLINK"),
    *("Ð/c Phó Chủ tịch xã phụ trách", "· phát vào sáng thứ hai", "Đạt 100% kế hoạch"),
)


def habit(function: Callable[[Workbook, Random], None]) -> Callable[[Workbook, Random], None]:
    """Register a habit under its name."""
    HABITS[function.__name__] = function
    return function


def natural(code: str, seed: int, habits: int = 8) -> tuple[bytes, list[str]]:
    """Return a sound return with some habits, and their names; the same seed gives the same."""
    rng = Random(f"{code}/{seed}")
    chosen = sorted(rng.sample([*HABITS], habits), key=[*HABITS].index)

    def fill(book: Workbook) -> None:
        for name in chosen:
            HABITS[name](book, rng)

    return edited(good(code), fill), chosen


def tables(book: Workbook, *names: str) -> Iterator[Worksheet]:
    """Yield the sheets of these names that exist; without names all with data."""
    for name in names or (COM, INT, HARM, MODEL, MEDIA, ENF):
        if name in book.sheetnames:
            yield book[name]


def end(page: Worksheet) -> int:
    """Return the first row below all data."""
    rows = range(5, page.max_row + 1)
    filled_rows = [row for row in rows if any(cell.value is not None for cell in page[row])]
    return max(filled_rows, default=4) + 1


@habit
def numbers_spelt_otherwise(book: Workbook, rng: Random) -> None:
    """Write counts as text: with a space, a leading 0, thousands; or with decimals."""
    for page in tables(book, COM, HARM, MEDIA, ENF):
        for cell in [cell for row in page.iter_rows(min_row=5, min_col=3) for cell in row]:
            if type(cell.value) is int and rng.random() < 0.15:
                text = f"{cell.value:,}".replace(",", ".")
                cell.value = rng.choice(
                    (text, f" {text}", f"{text}\xa0", f"{cell.value:02d}", float(cell.value))
                )


@habit
def communes_spelt_otherwise(book: Workbook, rng: Random) -> None:
    """Write communes with or without their kind, in capitals, decomposed; codes as numbers."""
    for page in tables(book, COM):
        for row in [row for row in page.iter_rows(min_row=5) if row[0].value]:
            code, name, kind = (str(cell.value) for cell in row[:3])
            short = {"Xã": "x.", "Phường": "P.", "Thị trấn": "TT."}[kind]
            other_tones = name.replace("Hoà", "Hòa").replace("Hóa", "Hoá").replace("Thuỷ", "Thủy")
            spellings = (
                f"{kind} {name}",
                f"{short} {name}",
                name.upper(),
                f" {name} ",
                other_tones,
            )
            spellings += (name.replace("Đ", "\xd0"), unicodedata.normalize("NFD", name))
            row[1].value = rng.choice(spellings) if rng.random() < 0.3 else name
            row[0].value = int(code) if rng.random() < 0.1 else code


@habit
def remarks(book: Workbook, rng: Random) -> None:
    """Remark where the form has a column for it."""
    for page in tables(book, COM, INT, HARM, MEDIA):
        for column in [cell.column for cell in page[4] if cell.value == "Ghi chú"]:
            for row in range(5, end(page)):
                page.cell(row, column).value = rng.choice((None, *REMARKS))


@habit
def model(book: Workbook, rng: Random) -> None:
    """Report a model of some type that began earlier."""
    line = ("Câu lạc bộ Bình minh", rng.choice((1, "2", 3)), None, date(2016, 5, 1), "Có", 12)
    put(book[MODEL], 5, 2, *line, "Tư vấn, khám sức khỏe")


def _signs(sheet: str) -> Callable[[Workbook, Random], None]:
    def sign(book: Workbook, rng: Random) -> None:
        for page in tables(book, sheet):
            at = end(page) + 1
            page.cell(at, 6).value = rng.choice(PLACES)
            page.cell(at + 1, 2).value = rng.choice(("NGƯỜI LẬP BIỂU", "Người tổng hợp"))
            page.cell(at + 1, 6).value = rng.choice(SIGNERS)
            page.cell(at + 2, 6).value = rng.choice(("(Ký, đóng dấu)", "(Đã ký)", None))
            page.cell(at + 6, 2).value, page.cell(at + 6, 6).value = rng.sample(PEOPLE, 2)

    return sign


def _totals(sheet: str, column: int) -> Callable[[Workbook, Random], None]:
    def total(book: Workbook, rng: Random) -> None:
        for page in tables(book, sheet):
            at = end(page)
            words = rng.choice(("Tổng cộng", "Cộng", "TỔNG SỐ", "Tổng cộng toàn huyện"))
            page.cell(at, rng.choice((1, 2))).value = words
            page.cell(at, column).value = 99

    return total


for _sheet, _column in {COM: 5, INT: 6, HARM: 3, MODEL: 7, MEDIA: 3, ENF: 4}.items():
    HABITS[f"totals of {_sheet}"] = _totals(_sheet, _column)
    HABITS[f"signatures of {_sheet}"] = _signs(_sheet)


@habit
def second_form(book: Workbook, rng: Random) -> None:
    """Add another form of the first commune, with attendance only."""
    for page in tables(book, COM):
        at = end(page)
        put(page, at, 1, *(page.cell(5, column).value for column in (1, 2)))
        put(page, at, 4, "họp thôn", None, None, None, None, 40)


@habit
def blank_second_row(book: Workbook, rng: Random) -> None:
    """Copy a row that was not filled in."""
    for page in tables(book, COM, ENF):
        put(page, end(page), 1, *(page.cell(6, column).value for column in (1, 2)))


@habit
def filters(book: Workbook, rng: Random) -> None:
    """Set filters, one of which hides rows, freeze panes, widen columns."""
    for page in tables(book):
        page.auto_filter.ref = f"A4:H{page.max_row}"
        page.freeze_panes, page.column_dimensions["B"].width = "C5", 40
    for page in tables(book, COM):
        page.row_dimensions[7].hidden = page.row_dimensions[8].hidden = True


@habit
def colours(book: Workbook, rng: Random) -> None:
    """Use bold, red, two colours in one cell, and a yellow fill, also far below the table."""
    for page in tables(book, COM, ENF):
        page["E5"].font, page["F6"].fill = Font(bold=True, color="FF0000"), PatternFill("solid")
        runs = (TextBlock(InlineFont(b=True), "đã "), TextBlock(InlineFont(), "kiểm tra²"))
        page.cell(6, 10 if page.title == COM else 8).value = CellRichText(*runs)
        for cell in (cell for row in page["A300:J319"] for cell in row):
            cell.fill = PatternFill("solid")


@habit
def sheets_of_words(book: Workbook, rng: Random) -> None:
    """Add a sheet of numbered lines, and one of words with a number."""
    page = book.create_sheet("Hướng dẫn")
    for row, words in enumerate(("Cách ghi biểu", "Mỗi hình thức một dòng", "Gửi trước 20/12"), 1):
        put(page, row, 1, row, words)
    page = book.create_sheet("Thuyết minh")
    put(page, 1, 1, "Dân số toàn huyện (người)", 108_000)
    put(page, 2, 1, "Số liệu do phòng thống kê cung cấp")


@habit
def merged_labels(book: Workbook, rng: Random) -> None:
    """Merge a code over the two rows of a commune at the end."""
    for page in tables(book, COM):
        at = end(page)
        code, name = (page.cell(5, column).value for column in (1, 2))
        put(page, at, 1, code, name, None, "họp tổ dân phố", 1, 0, 1, 0, 30)
        put(page, at + 1, 4, "phát thanh xã", 1, 1, 1, 1, 0)
        for column in (1, 2):
            page.merge_cells(start_row=at, start_column=column, end_row=at + 1, end_column=column)


@habit
def sections(book: Workbook, rng: Random) -> None:
    """A row of subtotals over the communes, one under them, whatever it is called."""
    for page in tables(book, COM):
        last = end(page) - 1
        sums = [
            sum(_number(page.cell(row, column).value) for row in range(5, last + 1))
            for column in range(5, 10)
        ]
        if all(str(page.cell(row, 1).value).isdigit() for row in range(5, last + 1)):
            put(page, last + 1, 2, rng.choice(("I. Khu vực toàn huyện", "Các xã, thị trấn")))
            put(page, last + 1, 5, *sums)


def _number(value: object) -> int:
    text = str(value).strip().removesuffix(".0").replace(".", "")
    return int(text) if text.isdigit() else 0


@habit
def column_deleted(book: Workbook, rng: Random) -> None:
    """Delete a column that no rule reads."""
    for page, columns in ((COM, (3,)), (INT, (5, 7)), (ENF, (3,))):
        for sheet in tables(book, page):
            sheet.delete_cols(rng.choice(columns))
