"""Make sound returns as clerks send them, with habits that change no figure, some in each."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from random import Random

from made import COM, ENF, HARM, INFO, INT, MEDIA, MODEL, edited, good, inform, put
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image as Pixels

from pcmd_eval.plan.plan import load_plan

HABITS: dict[str, Callable[[Workbook, Random], None]] = {}
PEOPLE = ("Nguyễn Văn An", "Lê Thị Cúc", "Trần Thị Bình", "Phạm Văn Dũng", "Thanh Minh")
SIGNERS = ("TRƯỞNG PHÒNG", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH", "Thủ trưởng đơn vị", "GIÁM ĐỐC")
PLACES = ("Phú Thọ, ngày 05 tháng 01 năm 2018", "Ngày 20 tháng 12 năm 2017", "Ngày    tháng    năm")
BODIES = ("UBND {}", "Ủy ban nhân dân {}", "Phòng LĐ-TB&XH {}", "PHÒNG LAO ĐỘNG - TBXH {}")
LONG_BODY = "Phòng Lao động - Thương binh và Xã hội {}"
PAPERS = (
    "Kế hoạch số 45/KH-UBND, ngày 07 tháng 4 năm 2017 của UBND huyện",
    "45/KH-UBND (12/4/2017)",
    "Số: 45/KH-UBND ngày 12.4.2017",
    "QĐ số 1234/QĐ-UBND ngày 05/04/2017 của Chủ tịch UBND huyện",
    "Kế hoạch 45/KH-UBND ngày 12/4/2017 thực hiện Kế hoạch 884/KH-UBND ngày 14/3/2017",
    "45/KH-UBND ngày 12/4/2017; 46/QĐ-UBND ngày 15/5/2017",
)
NO_PAPERS = ("Chưa có văn bản", "không ban hành", "Ko", "Chưa", "Không có.")
REMARKS = (
    *("Lồng ghép trong hội nghị của xã", "Từ 12/4 đến 20/6, tại 5 khu dân cư", "nt", "-", "@xã"),
    *("2 buổi × 3 khu = 6 buổi", "½ ngày mỗi buổi", "10÷20 phút", "Kèm 02 pano 6 m²", "=HYPERLINK"),
    *("Ð/c Phó Chủ tịch xã phụ trách", "· phát vào sáng thứ hai", "Đạt 100% kế hoạch"),
)
NO_MODELS = ("Không", "Chưa có mô hình", "Không có mô hình nào.", "-", 0, "Không có")


def habit(function: Callable[[Workbook, Random], None]) -> Callable[[Workbook, Random], None]:
    """Register a habit under its name."""
    HABITS[function.__name__] = function
    return function


def natural(code: str, seed: int, habits: int = 12) -> tuple[bytes, list[str]]:
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
    held = [row for row in rows if any(cell.value is not None for cell in page[row])]
    return max(held, default=4) + 1


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
            moved = name.replace("Hoà", "Hòa").replace("Hóa", "Hoá").replace("Thuỷ", "Thủy")
            spellings = (f"{kind} {name}", f"{short} {name}", name.upper(), f" {name} ", moved)
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


def _signature(page: Worksheet, rng: Random) -> None:
    at = end(page) + 1
    page.cell(at, 6).value = rng.choice(PLACES)
    page.cell(at + 1, 2).value = rng.choice(("NGƯỜI LẬP BIỂU", "Người tổng hợp"))
    page.cell(at + 1, 6).value = rng.choice(SIGNERS)
    page.cell(at + 2, 6).value = rng.choice(("(Ký, đóng dấu)", "(Đã ký)", None))
    page.cell(at + 6, 2).value, page.cell(at + 6, 6).value = rng.sample(PEOPLE, 2)


def _signs(sheet: str) -> Callable[[Workbook, Random], None]:
    def sign(book: Workbook, rng: Random) -> None:
        for page in tables(book, sheet):
            _signature(page, rng)

    return sign


def _totals(sheet: str, column: int) -> Callable[[Workbook, Random], None]:
    def total(book: Workbook, rng: Random) -> None:
        for page in tables(book, sheet):
            at = end(page)
            words = rng.choice(("Tổng cộng", "Cộng", "TỔNG SỐ", "Tổng cộng toàn huyện"))
            page.cell(at, rng.choice((1, 2))).value = words
            page.cell(at, column).value = 99

    return total


for _sheet, _column in ((COM, 5), (INT, 6), (HARM, 3), (MODEL, 7), (MEDIA, 3), (ENF, 4)):
    HABITS[f"totals of {_sheet}"] = _totals(_sheet, _column)
for _sheet in (COM, INT, HARM, MODEL, MEDIA, ENF):
    HABITS[f"signatures of {_sheet}"] = _signs(_sheet)


@habit
def receivers(book: Workbook, rng: Random) -> None:
    """Add “Nơi nhận”."""
    for page in tables(book):
        at = end(page) + 1
        for row, words in enumerate(("Nơi nhận:", "- Như trên;", "- Lưu: VT, LĐTBXH."), at):
            page.cell(row, 1).value = words


@habit
def remark_below(book: Workbook, rng: Random) -> None:
    """Add a line of words under the table."""
    for page in tables(book, COM, HARM, ENF):
        page.cell(end(page) + 1, 2).value = "Ghi chú: số liệu tính đến 15/12, chưa có số bổ sung"


@habit
def telephone_below(book: Workbook, rng: Random) -> None:
    """Add a telephone number."""
    for page in tables(book, COM, INT):
        page.cell(end(page) + 1, 2).value = "ĐT: 0210 3846 000"


@habit
def days_in_words(book: Workbook, rng: Random) -> None:
    """Write days as decrees do."""
    inform(book, cutoff="Ngày 15 tháng 12 năm 2017", sent="ngày 18 tháng 12 năm 2017")


@habit
def days_with_hyphens(book: Workbook, rng: Random) -> None:
    """Write days as 15-12-2017."""
    inform(book, cutoff="15-12-2017", sent=date(2017, 12, 20))


@habit
def days_with_stops(book: Workbook, rng: Random) -> None:
    """Write days as 15.12.2017."""
    inform(book, cutoff="15.12.2017", sent="5.1.2018")


def _named(words: str) -> Callable[[Workbook, Random], None]:
    def name(book: Workbook, rng: Random) -> None:
        unit = load_plan("phu_tho_2017").unit(str(book[INFO]["B8"].value))
        inform(book, name=words.format(rng.choice((unit.inline_name, unit.full_name))))

    return name


for _body in (*BODIES, LONG_BODY):
    HABITS[f"named {_body}"] = _named(_body)


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
    """Set a filter that hides nothing, freeze panes, widen columns."""
    for page in tables(book):
        page.auto_filter.ref = f"A4:H{page.max_row}"
        page.freeze_panes, page.column_dimensions["B"].width = "C5", 40


@habit
def filtered(book: Workbook, rng: Random) -> None:
    """Leave a filter that hides rows."""
    for page in tables(book, COM):
        page.auto_filter.ref = f"A4:J{page.max_row}"
        page.row_dimensions[7].hidden = page.row_dimensions[8].hidden = True


@habit
def remarks_beside(book: Workbook, rng: Random) -> None:
    """Add ticks next to the form, without a header."""
    for page in tables(book):
        page.cell(6, len(page[4]) + 2).value = rng.choice(("đã duyệt", "x", "đ/c An kiểm tra"))


@habit
def papers(book: Workbook, rng: Random) -> None:
    """Cite documents as offices do."""
    for page in tables(book, INT):
        put(page, 5, 3, rng.choice(PAPERS), "Có")


@habit
def other_paper(book: Workbook, rng: Random) -> None:
    """Cite the same document for another programme."""
    for page in tables(book, INT):
        put(page, 7, 3, rng.choice(PAPERS), "Không")


@habit
def no_papers(book: Workbook, rng: Random) -> None:
    """State in other words that there is no document."""
    deny(book, rng, NO_PAPERS, {6: "Không", 8: "không"})


def deny(book: Workbook, rng: Random, words: Sequence[str], answers: dict[int, str]) -> None:
    """State in some rows that there is no document, and that nothing was carried out."""
    for page in tables(book, INT):
        for row, answer in answers.items():
            put(page, row, 3, rng.choice(words), answer)


@habit
def no_models(book: Workbook, rng: Random) -> None:
    """State in other words that there is no model."""
    put(book[MODEL], 5, 1, rng.choice((1, None)), rng.choice(NO_MODELS))
    put(book[MODEL], 5, 3, *[None] * 7)


@habit
def codes_with_stops(book: Workbook, rng: Random) -> None:
    """Write codes as 6.3. and 6,3."""
    for page in tables(book, INT, HARM, ENF):
        page["A5"], page["A7"] = f"{page['A5'].value}.", str(page["A7"].value).replace(".", ",")


@habit
def codes_as_numbers(book: Workbook, rng: Random) -> None:
    """Write codes as numbers: 6.1 and 6.10 are the same."""
    for page in tables(book, ENF):
        for row in (9, 14):
            page.cell(row, 1).value = float(
                str(page.cell(row, 1).value).replace(",", ".").rstrip(".")
            )


@habit
def labels_in_capitals(book: Workbook, rng: Random) -> None:
    """Write labels in capitals without commas."""
    for page in tables(book, INT, HARM, ENF):
        page["B8"] = str(page["B8"].value).upper().replace(",", "")


@habit
def label_in_own_words(book: Workbook, rng: Random) -> None:
    """Write other words next to a code."""
    for page in tables(book, ENF):
        page["B6"] = "Số cơ sở có vi phạm"


@habit
def sheets_spelt_otherwise(book: Workbook, rng: Random) -> None:
    """Change spaces and case of sheet names; later habits would not find them."""
    for page in tables(book, HARM):
        page.title = "3  CAN THIỆP"


@habit
def headers_spelt_otherwise(book: Workbook, rng: Random) -> None:
    """Put line breaks, other case and invisible spaces into headers."""
    for page in tables(book, COM, ENF):
        page["E4"] = f"{page['E4'].value}\u200b".upper().replace(" ", "\n")


@habit
def with_thousands(book: Workbook, rng: Random) -> None:
    """Format numbers with thousands, and units after numbers."""
    for page in tables(book, COM):
        for row in range(5, 12):
            page.cell(row, 9).number_format, page.cell(row, 5).number_format = "#,##0", '0 "cuộc"'


@habit
def colours(book: Workbook, rng: Random) -> None:
    """Use bold, red, a yellow fill, two colours in one cell."""
    for page in tables(book, COM, ENF):
        page["E5"].font, page["F6"].fill = Font(bold=True, color="FF0000"), PatternFill("solid")
        runs = (TextBlock(InlineFont(b=True), "đã "), TextBlock(InlineFont(), "kiểm tra²"))
        page.cell(6, 10 if page.title == COM else 8).value = CellRichText(*runs)


@habit
def comments(book: Workbook, rng: Random) -> None:
    """Comment on a figure."""
    for page in tables(book):
        page["D6"].comment = Comment("xem lại với công an", "x")


@habit
def titles(book: Workbook, rng: Random) -> None:
    """Put the district's own heading above the table."""
    for page in tables(book):
        page["A1"], page["A2"] = "Biểu số 1", "PHÒNG LĐ-TB&XH - Báo cáo năm 2017"


@habit
def guidance(book: Workbook, rng: Random) -> None:
    """Add a sheet of words, and one of numbered lines."""
    page = book.create_sheet("Hướng dẫn")
    for row, words in enumerate(("Cách ghi biểu", "Mỗi hình thức một dòng", "Gửi trước 20/12"), 1):
        put(page, row, 1, row, words)


@habit
def merged_foot(book: Workbook, rng: Random) -> None:
    """Merge place, day and signatures over several columns."""
    for page in tables(book, COM, ENF):
        at = end(page) + 1
        page.cell(at, 5).value, page.cell(at + 1, 5).value = PLACES[0], "TRƯỞNG PHÒNG"
        page.merge_cells(start_row=at, start_column=5, end_row=at, end_column=8)
        page.merge_cells(start_row=at + 1, start_column=5, end_row=at + 1, end_column=8)


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
def numbered(book: Workbook, rng: Random) -> None:
    """Number lines without a model."""
    for row in range(5, 15):
        book[MODEL].cell(row, 1).value = row - 4


# ---- habits that once raised an alarm ------------------------------------------------------------


def _beside(page: Worksheet, header: str, value: Callable[[int], object]) -> None:
    """A further column behind the form's."""
    column = page.max_column + 1
    page.cell(4, column).value = header
    for row in range(5, end(page)):
        page.cell(row, column).value = value(row)


@habit
def column_of_numbers(book: Workbook, rng: Random) -> None:
    """STT."""
    for page in tables(book, COM, HARM, ENF):
        _beside(page, rng.choice(("STT", "TT", "Số TT")), lambda row: row - 4)


@habit
def column_of_the_year(book: Workbook, rng: Random) -> None:
    """The four quarters together."""
    for page in tables(book, COM, HARM, ENF):
        _beside(page, rng.choice(("Cả năm", "Cộng", "Tổng cộng", "Lũy kế")), lambda row: 7 * row)


MORE_DENIALS = (
    "Chưa có KH",
    "Không có văn bản riêng",
    "Không thực hiện",
    "Không triển khai",
    "Chưa xây dựng kế hoạch",
    "Không có kế hoạch riêng",
)


@habit
def more_denials(book: Workbook, rng: Random) -> None:
    """No document, in other words."""
    deny(book, rng, MORE_DENIALS, {6: "Không", 9: "Không"})


@habit
def no_model_in_the_area(book: Workbook, rng: Random) -> None:
    """With the place, and merged over the row."""
    page = book[MODEL]
    for row in page.iter_rows(min_row=5, min_col=1):
        for cell in row:
            cell.value = None
    words = ("Không có mô hình trên địa bàn", "Không có mô hình trên địa bàn huyện Đoan Hùng")
    first = rng.choice((1, 2))
    page.cell(5, first).value = rng.choice((*words, "Chưa thành lập mô hình nào"))
    page.merge_cells(start_row=5, start_column=first, end_row=5, end_column=9)


HEADERS = ("Quý {} (cuộc)", "Quý {}/2017", "QUÝ {}", "Quý {} năm 2017", "Quý {} (số lượt)")


@habit
def headers_with_units(book: Workbook, rng: Random) -> None:
    """The unit or the year behind the quarter."""
    words = rng.choice(HEADERS)
    for page, first in ((COM, 5), (HARM, 3)):
        for sheet in tables(book, page):
            for at, roman in enumerate(("I", "II", "III", "IV")):
                sheet.cell(4, first + at).value = words.format(roman)


@habit
def headers_in_arabic(book: Workbook, rng: Random) -> None:
    """Quý 1, Q1; T1."""
    words = rng.choice(("Quý {}", "Q{}", "Quí {}", "Q.{}"))
    for page in tables(book, ENF):
        for at in range(1, 5):
            page.cell(4, 3 + at).value = words.format(at)
    for page in tables(book, MEDIA):
        for at in range(1, 13):
            page.cell(4, 2 + at).value = f"T{at}"


@habit
def words_with_a_number(book: Workbook, rng: Random) -> None:
    """A sheet of words with one number."""
    page = book.create_sheet("Thuyết minh")
    put(page, 1, 1, "Dân số toàn huyện (người)", 108_000)
    put(page, 2, 1, "Số liệu do phòng thống kê cung cấp")


@habit
def sections(book: Workbook, rng: Random) -> None:
    """A row of subtotals over the communes, one under them, whatever it is called."""
    for page in tables(book, COM):
        last = end(page) - 1
        sums = [
            sum(_number(page.cell(row, column).value) for row in range(5, last + 1))
            for column in range(5, 10)
        ]
        if len([row for row in range(5, last + 1) if page.cell(row, 1).value]) == last - 4:
            put(page, last + 1, 2, rng.choice(("I. Khu vực toàn huyện", "Các xã, thị trấn")))
            put(page, last + 1, 5, *sums)


def _number(value: object) -> int:
    text = str(value).strip().removesuffix(".0").replace(".", "")
    return int(text) if text.isdigit() else 0


@habit
def totals_in_short(book: Workbook, rng: Random) -> None:
    """T.cộng; (I+II); Cả thị xã."""
    for page, column in ((COM, 5), (HARM, 3), (ENF, 4)):
        for sheet in tables(book, page):
            at = end(sheet)
            sheet.cell(at, 2).value = rng.choice(("T.cộng", "Tổng (I+II)", "Cả thị xã", "(I+II)"))
            sheet.cell(at, column).value = 77


@habit
def named_office_alone(book: Workbook, rng: Random) -> None:
    """Name the office without the unit."""
    names = (
        "Phòng Lao động - Thương binh và Xã hội",
        "UBND huyện",
        "Trung tâm Y tế",
        "Công an huyện",
    )
    inform(book, name=rng.choice(names))


@habit
def zeros_hidden(book: Workbook, rng: Random) -> None:
    """A dash for 0, or nothing; formats with conditions."""
    look = rng.choice(('[=0]"-";0', "0;-0;;@", '[>0]0;"-"', "#,##0;-#,##0;"))
    for page in tables(book, COM, HARM, ENF):
        for row in page.iter_rows(min_row=5, min_col=3):
            for cell in row:
                if isinstance(cell.value, int):
                    cell.number_format = look


@habit
def borders_far_down(book: Workbook, rng: Random) -> None:
    """A look and nothing else, far below the table."""
    for page in tables(book, COM):
        for row in range(300, 320):
            for column in range(1, 11):
                page.cell(row, column).fill = PatternFill("solid")


@habit
def pictures_and_boxes(book: Workbook, rng: Random) -> None:
    """A picture of the stamp."""
    picture = BytesIO()
    Pixels.new("RGB", (9, 9)).save(picture, "PNG")
    for page in tables(book, ENF):
        page.add_image(Image(picture), "K3")


@habit
def formula_of_nothing(book: Workbook, rng: Random) -> None:
    """A remark that a formula gives."""
    for page in tables(book, HARM):
        page.cell(8, 8).value = "đã đối chiếu"


@habit
def numbers_as_text(book: Workbook, rng: Random) -> None:
    """A column formatted as text."""
    for page in tables(book, HARM):
        for row in range(5, 12):
            cell = page.cell(row, 3)
            cell.value, cell.number_format = str(_number(cell.value)), "@"


@habit
def wrapped_labels(book: Workbook, rng: Random) -> None:
    """Line breaks inside labels."""
    for page in tables(book, INT, HARM, ENF):
        page["B7"] = str(page["B7"].value).replace(" ", "\n", 1)


@habit
def empty_rows_between(book: Workbook, rng: Random) -> None:
    """A blank row above the totals."""
    for page in tables(book, HARM, ENF):
        at = end(page) + 1
        page.cell(at, 2).value, page.cell(at, 4).value = "Tổng cộng", 5


@habit
def column_deleted(book: Workbook, rng: Random) -> None:
    """Delete a column that no rule reads."""
    for page, columns in ((COM, (3,)), (INT, (5, 7)), (ENF, (3,))):
        for sheet in tables(book, page):
            sheet.delete_cols(rng.choice(columns))
