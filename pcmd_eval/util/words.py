"""How numbers, shares, dates, verdicts and columns are written in Vietnamese; shares are rounded
here only.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple


class Look(NamedTuple):
    """How a verdict or a standing is shown: never by colour alone. The shapes are in every face
    that shows them.
    """

    word: str
    shape: str
    text_colour: str
    fill_colour: str
    hatch: str


# The five endings of a finding, in the order of the legend.
VERDICTS = {
    "met": Look("Đạt", "●", "#0072B2", "#0072B2", ""),
    "not_met": Look("Chưa đạt", "▲", "#A34700", "#D55E00", ""),
    "undetermined": Look("Chưa đủ số liệu", "■", "#595959", "#BFBFBF", "///"),
    "none_arose": Look("Không phát sinh", "◊", "#333333", "#E8EEF3", ""),
    "not_applicable": Look("Không áp dụng", "○", "#595959", "#FFFFFF", ""),
}
VERDICT_WORDS = {verdict: look.word for verdict, look in VERDICTS.items()}
RULES_IN_FORCE, RULES_TRIED = "đang áp dụng", "đang thử"
MOVED = " ◄"  # behind a verdict that is another than the one in force
# How a part of a finding stands: it counts, it does not, or nobody can know yet (<NA>).
STANDINGS = {
    True: VERDICTS["met"]._replace(word="Có"),
    False: VERDICTS["not_met"]._replace(word="Không"),
    None: VERDICTS["undetermined"]._replace(word="Chưa rõ"),
}
# Whether a place has what the plan does not ask of it: to have none is no failing.
HOSTS = {
    True: VERDICTS["met"]._replace(word="Có mô hình được tính"),
    False: VERDICTS["not_applicable"]._replace(word="Không có mô hình được tính"),
    None: STANDINGS[None],
}
# The columns that hold such a standing, beside periods and rows of the form; any other yes or no is
# only said.
STANDING_COLUMNS = (
    "communes",
    "programmes",
    "limbs",
    "districts",
    "lines",
    "models",
    "months",
    "active",
)
YES_NO = {True: "Có", False: "Không"}
# How much of a quantity is known, and how exactly it is told.
STATES = {
    "complete": "biết đủ",
    "incomplete": "mới biết một phần",
    "unknown": "chưa có số liệu",
    "withheld": "không công bố",
}
PRECISIONS = {"exact": "chính xác", "rounded": "đã làm tròn", "below": "dưới mức được nêu"}
LEVELS = {"province": "cấp tỉnh", "district": "cấp huyện"}
BASES = {"plan": "kế hoạch nêu", "borrowed": "vận dụng văn bản khác", "assumption": "giả định"}
STATUSES = {
    "stated": BASES["plan"],
    "confirmed": "đã được xác nhận",
    "borrowed": BASES["borrowed"],
    "assumption": BASES["assumption"],
}
CELL_WORDS = {
    "reported": "có số liệu",
    "blank": "trống",
    "unreadable": "không đọc được",
    "absent": "không có",
}
RETURN_WORDS = {
    "not_asked": "không phải gửi",
    "missing": "chưa gửi",
    "unreadable": "không đọc được",
    "superseded": "đã được thay",
    "empty": "để trống",
    "partial": "một phần",
    "late": "gửi muộn",
    "on_time": "đúng hạn",
}
ANSWERS = {"given": "có văn bản", "none": "chưa có văn bản", "yes": "có", "no": "không"}
PERIODS = {
    **dict(zip(("Q1", "Q2", "Q3", "Q4"), ("Quý I", "Quý II", "Quý III", "Quý IV"), strict=True)),
    **{f"M{month:02d}": f"Tháng {month}" for month in range(1, 13)},
    "Y": "Cả năm",
}
ILLUSTRATIVE = "SỐ LIỆU MINH HỌA"
INTERNAL = "LƯU HÀNH NỘI BỘ"
# What a Word document says of itself: the exact one goes upward for signature, so that it isn't
# marked as INTERNAL.
EXACT_COPY, PUBLIC_COPY = "Số liệu đầy đủ – không đăng công khai", "Bản công khai"
TRIED = "PHƯƠNG ÁN THỬ – không phải kết luận chính thức"
# Where the numbers of a picture stand; on a page this leads there.
NUMBERS_PLACE = "bảng đi kèm; của cả bộ: findings.csv, indicators.csv"
NAMED = 5  # so many units or cells are named, more are counted


def number(value: int | Decimal) -> str:
    """1234 -> 1.234 and Decimal("1234.50") -> 1.234,5."""
    shown = f"{value.normalize():,f}" if isinstance(value, Decimal) else f"{value:,}"
    return shown.translate(str.maketrans(",.", ".,"))


def read_number(printed: str) -> Decimal:
    """The number that is printed so: 2.510,5."""
    return Decimal(printed.replace(".", "").replace(",", "."))


def two_digits(count: int) -> str:
    """A count within a sentence, as officials write it: 01, 12, 1.234; never in a fraction."""
    return f"0{count}" if 0 < count < 10 else number(int(count))


def spelt_out(count: int) -> str:
    """A count at the head of a sentence, up to ten as a word: sáu, 12."""
    words = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"]
    return words[count] if count < len(words) else number(count)


def unstarred(words: str, measure: str = "") -> str:
    """A sum with its measure, where no note explains the star of one that is not complete: 120* ->
    ít nhất 120. "khoảng 120*" may lie above the sum, "dưới 5*" bounds nothing: these are only said
    not to be complete.
    """
    figure = words.removesuffix("*")
    with_measure = f"{figure} {measure}".strip()
    if figure == words:
        return with_measure
    if figure[0].isdigit():
        return f"ít nhất {with_measure}"
    return f"{with_measure} ({VERDICTS['undetermined'].word.lower()})"


def share(part: int, whole: int, threshold: Fraction | None = None) -> str:
    """The share as a percentage that never contradicts its count.

    One decimal, no closing zero, more where it would round onto `threshold` (a share) from below or
    above, or a part onto 0% or 100%: 149 of 150 is 99,3 of a hundred, 4 of 5 is 80.
    """
    return f"{number(percentage(Fraction(int(part), int(whole)), threshold))}%"


def percentage(exact: Fraction, threshold: Fraction | None = None) -> Decimal:
    """The number of percent, see `share`."""
    edges = [0, 1] if threshold is None else [0, 1, threshold]
    sides = _sides(exact, edges)
    for decimals in range(1, 12):
        percent = _rounded(exact * 100, decimals)
        if _sides(Fraction(percent) / 100, edges) == sides:
            break
    return percent


def _sides(value, edges):
    """Whether a value is below, on or above each edge."""
    return [(value > edge) - (value < edge) for edge in edges]


def filled(reported: int, expected: int) -> str:
    """How many cells hold a figure of those that had to be filled in, as a sentence."""
    if not expected:
        return "Không có ô nào phải điền."
    return f"Số ô có số liệu: {number(reported)}/{number(expected)} ({share(reported, expected)})."


@cache
def share_text(part: int, whole: int) -> str:
    """The share of a findings row: six decimals with a point, for machines."""
    return str(_rounded(Fraction(int(part), int(whole)), 6))


def _rounded(value, places):
    """So many decimal places, half of the last one rounded up."""
    return Decimal((value * 10**places * 2 + 1) // 2).scaleb(-places)


def short_date(day: date | str) -> str:
    """14/3/2001, with the leading zeros of official text: 07/3/2001, 01/7/2001, 05/01/2001.

    A day of a table is text: 2001-03-14.
    """
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def long_date(day: date) -> str:
    """ngày 14 tháng 3 năm 2001; days under 10 and months 1 and 2 take a zero."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def _month(day):
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def listing(items: list[str]) -> str:
    """a; a và b; a, b và c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} và {items[-1]}"


def some_of(cells: list[str]) -> str:
    """The first eight of many cells; " …" is the rest."""
    return ", ".join(cells[:8]) + (" …" if cells[8:] else "")


def lowered(label: str) -> str:
    """A label within a sentence: quý I, số buổi."""
    return f"{label[:1].lower()}{label[1:]}"


# What stands over a column of a frame when it is shown.
HEADERS = {
    "unit_code": "Mã",
    "unit_name": "Đơn vị",
    "reporter": "Mã đơn vị gửi",
    "reporter_name": "Đơn vị gửi",
    "objective": "Chỉ tiêu",
    "sign": "Dấu",
    "verdict": "Kết luận",
    "low": "Chắc chắn",
    "high": "Tối đa",
    "needed": "Cần đạt",
    "total": "Tổng số",
    "value_low": "Tỷ lệ chắc chắn",
    "value_high": "Tỷ lệ tối đa",
    "target": "Mức yêu cầu",
    "basis": "Căn cứ",
    "reason": "Diễn giải",
    "item": "Nội dung",
    "label": "Nội dung",
    "measure": "Đơn vị tính",
    "words": "Số liệu",
    "precision": "Độ chính xác",
    "before": "Năm trước",
    "now": "Năm nay",
    "change": "Thay đổi",
    "percent": "Thay đổi (%)",
    "level": "Cấp",
    "told": "Tổng cả năm",
    "row": "Mã dòng",
    "column": "Cột",
    "period": "Kỳ",
    "value": "Giá trị",
    "number": "Số",
    "amount": "Số tiền",
    "state": "Tình trạng",
    "file": "Tệp",
    "sheet": "Biểu",
    "cell": "Ô",
    "raw": "Ghi trong báo cáo",
    "late": "Sau hạn gửi",
    "sent": "Ngày gửi",
    "cutoff": "Ngày chốt số liệu",
    "expected": "Số ô phải điền",
    "reported": "Có số liệu",
    "blank": "Trống",
    "unreadable": "Không đọc được",
    "absent": "Không có",
    "severity": "Mức độ",
    "message": "Cần làm gì",
    "place": "Vị trí",
    "settles": "Để biết",
    "limb": "Nội dung",
    "type": "Loại",
    "detected": "Phát hiện",
    "administrative": "Xử lý hành chính",
    "criminal": "Xử lý hình sự",
    "pending": "Đang xử lý",
    "handled": "Đã xử lý",
    "some": "Có",
    "illustrative": "Số liệu minh họa",
    "short": "Còn thiếu để đạt",
    "unknown": "Chưa rõ",
    "rule": "Quy tắc",
    "choice": "Giá trị",
    "why": "Lý do",
    "source": "Nguồn",
    "resting": "Kết luận theo quy tắc",
    "plan": "Kế hoạch",
    "year": "Năm",
    "communes": "Duy trì thường xuyên",
    "programmes": "Được tính",
    "limbs": "Được tính",
    "active": "Trong năm",
    "districts": "Đơn vị được tính",
    "lines": "Được tính",
    "models": "Được tính",
    "hosts": "Mô hình",
    "months": "Có tin, bài",
    "complete": "Đủ số liệu",
    "contradictory": "Mâu thuẫn",
    "unhandled": "Còn vụ chưa xử lý",
}
