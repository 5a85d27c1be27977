"""Format numbers, shares, dates and lists the Vietnamese way; shares are rounded here only."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from pcmd_eval.util.vocabulary import VERDICT_STYLES


def format_number(value: int | Decimal) -> str:
    """1234 -> 1.234 and Decimal("1234.50") -> 1.234,5."""
    shown = f"{value.normalize():,f}" if isinstance(value, Decimal) else f"{value:,}"
    return shown.translate(str.maketrans(",.", ".,"))


def parse_number(printed: str) -> Decimal:
    """The number that is printed so: 2.510,5."""
    return Decimal(printed.replace(".", "").replace(",", "."))


def format_count(count: int) -> str:
    """A count within a sentence, as officials write it: 01, 12, 1.234; never in a fraction."""
    return f"0{count}" if 0 < count < 10 else format_number(int(count))


def spell_out_count(count: int) -> str:
    """A count at the head of a sentence, up to ten as a word: sáu, 12."""
    words = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"]
    return words[count] if count < len(words) else format_number(count)


def replace_star(words: str, measure: str = "") -> str:
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
    return f"{with_measure} ({VERDICT_STYLES['undetermined'].word.lower()})"


def format_share(part: int, whole: int, threshold: Fraction | None = None) -> str:
    """The share as a percentage that never contradicts its count.

    One decimal, no closing zero, more where it would round onto `threshold` (a share) from below or
    above, or a part onto 0% or 100%: 149 of 150 is 99,3 of a hundred, 4 of 5 is 80.
    """
    return f"{format_number(round_percentage(Fraction(int(part), int(whole)), threshold))}%"


def round_percentage(exact: Fraction, threshold: Fraction | None = None) -> Decimal:
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


def describe_filled_cells(reported: int, expected: int) -> str:
    """How many cells hold a figure of those that had to be filled in, as a sentence."""
    if not expected:
        return "Không có ô nào phải điền."
    return f"Số ô có số liệu: {format_number(reported)}/{format_number(expected)} ({format_share(reported, expected)})."


@cache
def format_ratio(part: int, whole: int) -> str:
    """The share of a findings row: six decimals with a point, for machines."""
    return str(_rounded(Fraction(int(part), int(whole)), 6))


def _rounded(value, places):
    """So many decimal places, half of the last one rounded up."""
    return Decimal((value * 10**places * 2 + 1) // 2).scaleb(-places)


def format_short_date(day: date | str) -> str:
    """14/3/2001, with the leading zeros of official text: 07/3/2001, 01/7/2001, 05/01/2001.

    A day of a table is text: 2001-03-14.
    """
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def format_long_date(day: date) -> str:
    """ngày 14 tháng 3 năm 2001; days under 10 and months 1 and 2 take a zero."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def _month(day):
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def join_items(items: list[str]) -> str:
    """a; a và b; a, b và c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} và {items[-1]}"


def shorten_list(cells: list[str]) -> str:
    """The first eight of many cells; " …" is the rest."""
    return ", ".join(cells[:8]) + (" …" if cells[8:] else "")


def lowercase_first(label: str) -> str:
    """A label within a sentence: quý I, số buổi."""
    return f"{label[:1].lower()}{label[1:]}"
