"""How numbers, shares, dates and verdicts are written in Vietnamese official text; rounding happens here only."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Verdict(StrEnum):
    """The five endings of a finding; the order is that of the legend."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"
    NONE_AROSE = "none_arose"
    NOT_APPLICABLE = "not_applicable"


class Look(NamedTuple):
    """How a verdict is shown: never by colour alone (notes on documents, 5.5).

    The shapes are in every face that shows them: Times New Roman, Liberation Serif and DejaVu.
    """

    word: str
    shape: str
    text_colour: str
    fill_colour: str
    hatch: str


LOOKS = {
    Verdict.MET: Look("Đạt", "●", "#0072B2", "#0072B2", ""),
    Verdict.NOT_MET: Look("Chưa đạt", "▲", "#A34700", "#D55E00", ""),
    Verdict.UNDETERMINED: Look("Chưa đủ số liệu", "■", "#595959", "#BFBFBF", "///"),
    Verdict.NONE_AROSE: Look("Không phát sinh", "◊", "#333333", "#E8EEF3", ""),
    Verdict.NOT_APPLICABLE: Look("Không áp dụng", "–", "#595959", "#FFFFFF", ""),
}


def number(value: int | Decimal) -> str:
    """1234 -> 1.234 and Decimal("1234.5") -> 1.234,5."""
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def share(part: int, whole: int, target: Fraction | None = None) -> str:
    """The share as a percentage that never contradicts its count.

    Two decimals without closing zeros, more where two would round onto `target` (a share) from below or
    above, or a part onto 0% or 100%: 149 of 150 is 99,33 of a hundred, 4 of 5 is 80.
    """
    exact = Fraction(part, whole)
    edges = {Fraction(0), Fraction(1), *([] if target is None else [target])}
    for places in range(2, 12):
        shown = _rounded(exact * 100, places)
        if not any(
            (exact < e) != (Fraction(shown) < e * 100) or (exact > e) != (Fraction(shown) > e * 100) for e in edges
        ):
            break
    return f"{number(shown.normalize() if shown % 1 else shown.quantize(Decimal(1)))}%"


def share_text(part: int, whole: int) -> str:
    """The share of a findings row: six decimals with a point, for machines."""
    return str(_rounded(Fraction(part, whole), 6))


def _rounded(value: Fraction, places: int) -> Decimal:
    scaled = Decimal((value * 10**places * 2 + 1) // 2) if value >= 0 else -Decimal((-value * 10**places * 2 + 1) // 2)
    return (scaled / 10**places).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def short_date(day: date) -> str:
    """14/3/2001, with the leading zeros of official text: 07/3/2001, 01/7/2001, 05/01/2001."""
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def long_date(day: date) -> str:
    """ngày 14 tháng 3 năm 2001; days under 10 and months 1 and 2 take a zero."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def listing(items: list[str]) -> str:
    """a; a và b; a, b và c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} và {items[-1]}" if items else ""


# Where a needed number comes from, what a cell holds and what became of a return: the words readers see.
BASES = {"plan": "kế hoạch nêu", "borrowed": "mượn từ văn bản khác", "assumption": "giả định"}
CELL_WORDS = {"blank": "trống", "unreadable": "không đọc được", "absent": "không có"}
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
OWN_BODIES = "Các cơ quan cấp tỉnh"  # who sends the province's own return
