"""Format numbers, shares, dates and lists the Vietnamese way; shares are rounded here only."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from pcmd_eval.util.vocabulary import MAX_NAMED


def format_number(value: int | Decimal) -> str:
    """Format a number: 1234 -> 1.234, Decimal("1234.50") -> 1.234,5."""
    text = f"{value.normalize():,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,"))


def format_count(count: int) -> str:
    """Format a count within a sentence as officials write it: 01, 12, 1.234; not in 5/13."""
    return f"0{count}" if 0 < count < 10 else format_number(int(count))


def format_shares(parts: Sequence[int], whole: int, threshold: Fraction | None = None) -> list[str]:
    """Format shares of one whole as percentages that never contradict their counts.

    One decimal without a trailing zero; more where a share would round onto `threshold` (a share),
    0% or 100%: 149 of 150 is 99,3%, 4 of 5 is 80%. All have the decimals of the one that needs
    most, but 0% and 100%, which have none.
    """
    exact = [Fraction(int(part), int(whole)) for part in parts]
    percents = [round_percentage(share, threshold).normalize() for share in exact]
    places = max(0, *(-int(percent.as_tuple().exponent) for percent in percents))
    return [
        f"{_rounded(share * 100, 0 if share in (0, 1) else places):f}%".replace(".", ",")
        for share in exact
    ]


def round_percentage(exact: Fraction, threshold: Fraction | None = None) -> Decimal:
    """Return a share as the percentage that `format_shares` prints, rounded half up.

    It lies on the same side of 0%, 100% and `threshold` as `exact`.
    """
    edges: list[Fraction | int] = [0, 1] if threshold is None else [0, 1, threshold]
    sides = _sides(exact, edges)
    for decimals in range(1, 12):
        percent = _rounded(exact * 100, decimals)
        if _sides(Fraction(percent) / 100, edges) == sides:
            break
    return percent


def _sides(value: Fraction | Decimal, edges: Sequence[Fraction | int]) -> list[int]:
    """Return -1, 0 or 1 per edge: the value is below, on or above it."""
    return [(value > edge) - (value < edge) for edge in edges]


def describe_filled_cells(reported: int, expected: int) -> str:
    """Return a sentence with the number of filled cells among those expected."""
    if not expected:
        return "Không có ô nào phải điền."
    counts = f"{format_number(reported)}/{format_number(expected)}"
    return f"Số ô có số liệu: {counts} ({format_shares([reported], expected)[0]})."


@cache
def format_ratio(part: int, whole: int) -> str:
    """Return a share as findings.csv has it, with six decimals: 5 of 13 -> "0.384615"."""
    return str(_rounded(Fraction(int(part), int(whole)), 6))


def _rounded(value: Fraction, places: int) -> Decimal:
    """Round half up to so many decimal places."""
    return Decimal((value * 10**places * 2 + 1) // 2).scaleb(-places)


def format_short_date(day: date | str) -> str:
    """Format a date as officials do: a zero before days below 10 and before months 1 and 2 alone.

    Examples: 07/3/2001, 05/01/2001. `day`: a date, or ISO text as tables hold it.
    """
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def format_long_date(day: date) -> str:
    """Format a date in words: ngày 07 tháng 3 năm 2001; days below 10, months 1, 2 take a zero."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def _month(day: date) -> str:
    """Return the month as officials write it: 01, 02, 3 … 12."""
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def format_decimal(value: float | Decimal, digits: int = 2) -> Decimal:
    """Round to `digits` decimals."""
    return round(Decimal(f"{value:z.{digits}f}"), digits)  # z: no "-0"


def join_items(items: list[str]) -> str:
    """Join items to a; a và b; a, b và c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} và {items[-1]}"


def join_or_count(names: list[str]) -> str:
    """Join up to `MAX_NAMED` names: "a, b và c"; only count more names: "07 đơn vị"."""
    return f"{format_count(len(names))} đơn vị" if len(names) > MAX_NAMED else join_items(names)


def shorten_list(items: list[str]) -> str:
    """Join at most eight items; “ …” stands for the others."""
    return ", ".join(items[:8]) + (" …" if items[8:] else "")


def lowercase_first(label: str) -> str:
    """Write a label within a sentence: Quý I -> quý I."""
    return f"{label[:1].lower()}{label[1:]}"
