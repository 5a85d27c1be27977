"""Returns without a fault, as different as people write them: the measure of false alarms.

Everything in them is allowed by the form: names in other spellings, figures typed as text, days as text, further rows
for further forms, remarks with figures that agree. A fault that the report names in one of them is a false alarm.
"""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from broken import COM, ENF, HARM, INFO, INT, MEDIA, MODEL, blank, edited, write_info
from pcmd_eval.units import Register

_REMARKS = (
    *("Lồng ghép trong hội nghị của xã", "Phối hợp với Hội LHPN, Đoàn thanh niên", "Theo báo cáo của xã"),
    *("Nghỉ quý I do sáp nhập khu dân cư", "Tăng 12% so với cùng kỳ năm 2016", "Tháng 6/2017 mới bắt đầu"),
    *(
        "Từ 12/4 đến 20/6, tại 5 khu dân cư",
        "2 buổi × 3 khu = 6 buổi",
        "Đạt 100% kế hoạch",
        "Quý 3/2017 đạt 80% kế hoạch",
    ),
    *(
        "Trạm y tế xã thực hiện (theo Công văn 45/UBND-VX ngày 02/5/2017)",
        "3/4 khu có loa",
        "½ ngày mỗi buổi",
        "10÷20 phút",
    ),
    *(
        "Kèm 02 pano 6 m² tại trung tâm",
        "nt",
        "như trên",
        "-",
        "Ð/c Phó Chủ tịch xã phụ trách",
        "· phát vào sáng thứ hai",
    ),
    *("Số liệu đến 15/12/2017", "Bao gồm cả nội dung phòng, chống ma túy", "gồm 2 buổi, 150 lượt người"),
    *("02 lớp, mỗi lớp 35 người", "20 cơ sở, trong đó 8 nhà nghỉ, 5 karaoke", "Cấp phát 1.200 tờ rơi, 05 pano"),
    *("30 cơ sở gồm 12 nhà nghỉ, 9 karaoke, v.v.", "Gồm: nói chuyện, phát thanh, tờ rơi", "8 người gồm 5 nữ và 3 nam"),
    *("12 cuộc, gồm 8 cuộc nói chuyện và 4 cuộc phát thanh ở 3 thôn", "4/5 xã trọng điểm", "9/12 hộ (75%)"),
    *("KH số 12/2017/KH-UBND", "1.115 cơ sở gồm 10 + 350 + 150 + 45 + 420 + 140", "60/63 điểm (đạt 95,2%)"),
)
_FORMS = ("nói chuyện, hội nghị", "loa truyền thanh", "tờ rơi, sách", "pano, áp phích", "văn nghệ, phim", "khác")
_NONE = ("Chưa có", "Không có", "không", "CHƯA BAN HÀNH", "-", "0", 0)
_SERVICES = ("Tư vấn, khám sức khỏe", "Hỗ trợ vay vốn; giới thiệu việc làm")


def sound(code: str, seed: int, register: Register) -> bytes:
    """The return of one reporter; the same seed gives the same return."""
    return edited(blank(code), _Writer(Random(f"{code}-{seed}"), code, register).fill)


class _Writer:
    """The choices of one writer."""

    def __init__(self, rng: Random, code: str, register: Register) -> None:
        self.rng, self.code, self.register = rng, code, register

    def fill(self, book: Workbook) -> None:
        """Fill in the workbook."""
        sent = date(2017, 12, 16) + timedelta(self.rng.randrange(20))
        write_info(book, "Ngày chốt số liệu", self.day(date(2017, 12, self.rng.choice((15, 15, 20, 31)))))
        write_info(book, "Ngày gửi", self.day(sent))
        write_info(book, "Đơn vị lập biểu", self.rng.choice(("Phòng LĐTBXH", "Phòng Lao động - TB & XH", "Văn phòng")))
        unit = self.register.reporter(self.code)
        write_info(book, "Tên đơn vị", self.rng.choice((unit.full_name, unit.name, unit.full_name.upper())))
        fillers = {COM: self.communication, INT: self.integration, HARM: self.harm_reduction}
        for title, filler in {**fillers, MODEL: self.models, MEDIA: self.media, ENF: self.enforcement}.items():
            if title in book.sheetnames:
                filler(book[title])
        book[INFO]["D2"] = "Người lập biểu: phòng chuyên môn"

    # -- cells ----------------------------------------------------------------------------------------------------

    def number(self, value: int) -> object:
        """A count as people type it."""
        if self.rng.random() < 0.85:
            return value
        grouped = f"{value:,}".replace(",", ".") if value < 1_000_000 else str(value)
        return self.rng.choice((str(value), f" {value}", f"{value}\xa0", f"{value:02d}", float(value), grouped))

    def day(self, day: date) -> object:
        """A day as a date or as text."""
        return self.rng.choice((day, day, f"{day.day}/{day.month}/{day.year}", f"{day:%d/%m/%Y}"))

    def remark(self) -> object:
        """A remark, mostly none."""
        return self.rng.choice(_REMARKS) if self.rng.random() < 0.2 else None

    def name(self, name: str, type_: str) -> str:
        """A name in a spelling that agrees with the register."""
        if self.rng.random() < 0.8:
            return name
        moved = name.replace("Hoà", "Hòa").replace("Hóa", "Hoá").replace("Thuỷ", "Thủy").replace("Thủy", "Thuỷ")
        abbreviation = {"Xã": "x.", "Phường": "P.", "Thị trấn": "TT."}[type_]
        spellings = (f"{type_} {name}", f"{abbreviation} {name}", name.upper(), f" {name} ", name.replace("Đ", "\xd0"))
        return self.rng.choice((*spellings, unicodedata.normalize("NFD", name), moved))

    def put(self, sheet: Worksheet, row: int, column: int, *values: object) -> None:
        """Write values side by side."""
        for at, value in enumerate(values, column):
            sheet.cell(row, at).value = value  # type: ignore[assignment]

    # -- sheets ---------------------------------------------------------------------------------------------------

    def communication(self, sheet: Worksheet) -> None:
        """Each commune in one form, some in a second one further down."""
        rows = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, 1).value]
        spare = len(rows) + 5
        for row in rows:
            code, name, type_ = (str(sheet.cell(row, at).value) for at in (1, 2, 3))
            if self.rng.random() < 0.1:
                sheet.cell(row, 1).value = int(code)
            sheet.cell(row, 2).value = self.name(name, type_)
            first, second = self.rng.sample(_FORMS, 2)
            self.activity(sheet, row, first)
            if self.rng.random() < 0.2 and spare < len(rows) + 30:
                self.put(sheet, spare, 1, code, self.name(name, type_), type_)
                self.activity(sheet, spare, second)
                spare += 1

    def activity(self, sheet: Worksheet, row: int, form: str) -> None:
        """The quarters of one form, and who came."""
        most = {"loa truyền thanh": 24, "pano, áp phích": 1}.get(form, 4)
        quarters = [self.rng.randint(0, most) if self.rng.random() < 0.8 else 0 for _ in range(4)]
        if form == "pano, áp phích":
            quarters = [1, 1, 1, 1]
        each = int(self.rng.lognormvariate(3.7, 0.35))
        heard = form in ("nói chuyện, hội nghị", "văn nghệ, phim", "khác")
        people = sum(n * self.rng.randint(each - each // 3, each + each // 3) for n in quarters) if heard else 0
        self.put(sheet, row, 4, form, *map(self.number, quarters), self.number(people), self.remark())

    def integration(self, sheet: Worksheet) -> None:
        """Documents in many spellings, none among them."""
        for row in range(5, 10):
            given = self.rng.random() < 0.5
            day = date(2017, 1, 10) + timedelta(self.rng.randrange(330))
            number = self.rng.randint(1, 999)
            symbol = self.rng.choice(("KH-UBND", "QĐ-UBND", "KH-LĐTBXH", "KH-BCĐ", "CTr-UBND"))
            text = self.rng.choice(("", "Kế hoạch số ", "KH ", "Số "))
            written = f"{text}{number}/{symbol}{self.rng.choice((' ngày ', ', ngày ', ' '))}{day.day}/{day.month}/2017"
            done = given and self.rng.random() < 0.7
            answer = self.rng.choice(("Có", "có", "CÓ ") if done else ("Không", "không", "KHÔNG"))
            self.put(sheet, row, 3, written if given else self.rng.choice(_NONE), answer, self.remark())
            self.put(sheet, row, 6, self.rng.choice((0, 12.5, "1.250,5", 30, "7,5")), self.remark())

    def harm_reduction(self, sheet: Worksheet) -> None:
        """Some activities, many zeros."""
        share = self.rng.choice((0.0, 0.3, 0.7))
        for row in range(5, 12):
            quarters = [self.rng.randint(1, 9) if self.rng.random() < share else 0 for _ in range(4)]
            self.put(sheet, row, 3, *map(self.number, quarters), self.number(sum(quarters) * 7), self.remark())

    def models(self, sheet: Worksheet) -> None:
        """No model, or one."""
        if self.rng.random() < 0.7:
            sheet["B5"] = self.rng.choice(("Không có mô hình", "không có mô hình", "KHÔNG CÓ MÔ HÌNH "))
            return
        start = self.day(date(2016, 5, 1) + timedelta(self.rng.randrange(500)))
        line = ("Câu lạc bộ Bình minh", self.rng.choice((1, "2", 3)), None, start, self.rng.choice(("Có", "Không")))
        self.put(sheet, 5, 2, *line, self.number(12), self.rng.choice(_SERVICES), self.remark())

    def media(self, sheet: Worksheet) -> None:
        """News every month or nearly so."""
        for row in range(5, 8):
            self.put(sheet, row, 3, *(self.number(self.rng.randint(0, 9)) for _ in range(12)), self.remark())

    def enforcement(self, sheet: Worksheet) -> None:
        """Cases and persons that add up."""
        quiet = self.rng.random() < 0.3
        for column in range(4, 8):
            cases = 0 if quiet else self.rng.randint(0, 6)
            pending = self.rng.randint(0, cases) // 3
            criminal = self.rng.randint(0, cases - pending)
            sellers, buyers, others = (self.rng.randint(0, 3) if cases else 0 for _ in range(3))
            visits = self.rng.randint(0, 30)
            places = self.rng.randint(0, visits)
            counts = (visits, places, cases, cases - pending - criminal, criminal, pending)
            for row, value in enumerate((*counts, sellers + buyers + others, sellers, buyers, others), 5):
                sheet.cell(row, column).value = self.number(value)  # type: ignore[assignment]
            sheet.cell(15, column).value = self.rng.choice((0, 12.5, "7,5")) if cases else 0
        for row in range(5, 16):
            sheet.cell(row, 8).value = self.remark()  # type: ignore[assignment]
