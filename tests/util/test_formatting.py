"""Numbers, shares, dates and styles: expected values worked by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.util.formatting import (
    format_long_date,
    format_number,
    format_ratio,
    format_shares,
    format_short_date,
    join_items,
    lowercase_first,
)
from pcmd_eval.util.verdicts import STATUS_STYLES, VERDICT_STYLES


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1234567, "1.234.567"), (Decimal("1234.5"), "1.234,5")],
)
def test_format_number_puts_points_and_a_comma(value: int | Decimal, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "percent", "text"),
    [
        (207, 277, "75", "74,7%"),
        (208, 277, "75", "75,1%"),
        (21, 28, "75", "75%"),
        (13, 13, "50", "100%"),
        (1, 8, "20", "12,5%"),
        (74999, 100000, "75", "74,999%"),  # two decimals would say 75%
        (1, 100000, "75", "0,001%"),  # something is not 0%
        (99999, 100000, "75", "99,999%"),  # not all is not 100%
        (6666, 10000, "66.67", "66,66%"),  # one decimal would be beyond it
    ],
)
def test_format_share_has_one_decimal_or_enough(part, whole, percent, text) -> None:
    assert format_shares([part], whole, Fraction(percent) / 100)[0] == text


@given(st.integers(1, 100000), st.data(), st.integers(1, 1000))
def test_format_share_never_contradicts_its_count(
    whole: int, data: st.DataObject, tenths: int
) -> None:
    """The printed share reaches the target, nothing or everything exactly when the count does."""
    target = Fraction(tenths, 1000)
    edge = int(target * whole)
    near_edge = st.integers(max(0, edge - 1), min(whole, edge + 1))
    part = data.draw(st.one_of(st.integers(0, whole), near_edge))
    number = format_shares([part], whole, target)[0][:-1].replace(".", "").replace(",", ".")
    printed, exact = Fraction(number) / 100, Fraction(part, whole)
    for border in (Fraction(0), Fraction(1), target):
        assert (printed < border, printed == border) == (exact < border, exact == border)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(207, 277, "0.747292"), (2, 3, "0.666667"), (1, 2000000, "0.000001")],
)
def test_format_ratio_has_six_decimals(part: int, whole: int, text: str) -> None:
    """Half of the last place is rounded up."""
    assert format_ratio(part, whole) == text


@pytest.mark.parametrize(
    ("day", "short", "long"),
    [
        (date(2017, 3, 14), "14/3/2017", "ngày 14 tháng 3 năm 2017"),
        (date(2016, 3, 7), "07/3/2016", "ngày 07 tháng 3 năm 2016"),
        (date(2018, 1, 5), "05/01/2018", "ngày 05 tháng 01 năm 2018"),
    ],
)
def test_dates_have_the_zeros_of_official_text(day: date, short: str, long: str) -> None:
    """Days under 10 and the months 1 and 2 take a zero, the months 3 to 9 do not."""
    assert (format_short_date(day), format_long_date(day)) == (short, long)


def test_format_short_date_takes_iso_text_and_lowercase_first_one_letter() -> None:
    assert format_short_date("2018-01-05") == "05/01/2018"
    assert [lowercase_first(label) for label in ("", "Quý II", "Số xã")] == ["", "quý II", "số xã"]


def test_join_items_puts_and_before_the_last() -> None:
    texts = [join_items([*items]) for items in ("", "a", "ab", "abc")]
    assert texts == ["", "a", "a và b", "a, b và c"]


def test_styles_differ_in_word_and_shape() -> None:
    assert [look.word for look in VERDICT_STYLES.values()] == [
        *("Đạt", "Chưa đạt", "Chưa đủ số liệu", "Không phát sinh", "Không áp dụng")
    ]
    for looks in (VERDICT_STYLES, STATUS_STYLES):
        assert len({look.shape for look in looks.values()}) == len(looks)
        assert len({look.word for look in looks.values()}) == len(looks)
