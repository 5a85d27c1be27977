"""Numbers, shares, dates, targets and spellings: expected values worked by hand."""

import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.objectives.targets import SHAPES, Target
from pcmd_eval.util.formatting import (
    format_long_date,
    format_number,
    format_ratio,
    format_share,
    format_short_date,
    join_items,
    lowercase_first,
    replace_star,
)
from pcmd_eval.util.spelling import fold, fold_name, make_slug
from pcmd_eval.util.vocabulary import STATUS_STYLES, VERDICT_STYLES

# ---- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("1.115", "1.115 người"),
        ("120*", "ít nhất 120 người"),
        ("khoảng 145", "khoảng 145 người"),
        ("khoảng 145*", "khoảng 145 người (chưa đủ số liệu)"),
        ("dưới 5*", "dưới 5 người (chưa đủ số liệu)"),
    ],
)
def test_a_sum_with_gaps_says_so_behind_its_measure(printed: str, text: str) -> None:
    assert replace_star(printed, "người") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1234567, "1.234.567"), (Decimal("1234.5"), "1.234,5")],
)
def test_number(value: int | Decimal, text: str) -> None:
    """Points between thousands, a comma before decimals."""
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
def test_share(part: int, whole: int, percent: str, text: str) -> None:
    """One decimal without a closing zero, more where it would contradict the count."""
    assert format_share(part, whole, Fraction(percent) / 100) == text


@given(st.integers(1, 100000), st.data(), st.integers(1, 1000))
def test_share_never_contradicts_its_count(whole: int, data: st.DataObject, tenths: int) -> None:
    """The printed share reaches the target, nothing or everything exactly when the count does."""
    target = Fraction(tenths, 1000)
    edge = int(target * whole)
    part = data.draw(
        st.one_of(st.integers(0, whole), st.integers(max(0, edge - 1), min(whole, edge + 1)))
    )
    shown = (
        Fraction(format_share(part, whole, target)[:-1].replace(".", "").replace(",", ".")) / 100
    )
    for border in (Fraction(0), Fraction(1), target):
        assert (shown < border, shown == border) == (
            Fraction(part, whole) < border,
            Fraction(part, whole) == border,
        )


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(207, 277, "0.747292"), (2, 3, "0.666667"), (1, 2000000, "0.000001")],
)
def test_share_text(part: int, whole: int, text: str) -> None:
    """Six decimals with a point, for machines; half of the last place is rounded up."""
    assert format_ratio(part, whole) == text


@pytest.mark.parametrize(
    ("day", "short", "long"),
    [
        (date(2017, 3, 14), "14/3/2017", "ngày 14 tháng 3 năm 2017"),
        (date(2016, 3, 7), "07/3/2016", "ngày 07 tháng 3 năm 2016"),
        (date(2018, 1, 5), "05/01/2018", "ngày 05 tháng 01 năm 2018"),
    ],
)
def test_dates(day: date, short: str, long: str) -> None:
    """Days under 10 and the months 1 and 2 take a zero, the months 3 to 9 do not."""
    assert (format_short_date(day), format_long_date(day)) == (short, long)


def test_a_day_of_a_table_and_a_label_within_a_sentence() -> None:
    """Tables hold days as text; only the first letter of a label is lowered."""
    assert format_short_date("2018-01-05") == "05/01/2018"
    assert [lowercase_first(label) for label in ("", "Quý II", "Số xã")] == ["", "quý II", "số xã"]


def test_listing() -> None:
    """As a sentence lists things."""
    assert [join_items(list(items)) for items in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a và b",
        "a, b và c",
    ]


def test_verdicts_and_standings_are_told_apart_without_colour() -> None:
    """Each its word and its shape."""
    assert [look.word for look in VERDICT_STYLES.values()] == [
        *("Đạt", "Chưa đạt", "Chưa đủ số liệu", "Không phát sinh", "Không áp dụng")
    ]
    for looks in (VERDICT_STYLES, STATUS_STYLES):
        assert (
            len({look.shape for look in looks.values()})
            == len(looks)
            == len({look.word for look in looks.values()})
        )


# ---- targets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "total", "needed"),
    [
        (">= 75%", 277, 208),  # 207.75
        (">= 50%", 13, 7),  # 6.5
        (">= 20%", 13, 3),  # 2.6
        (">= 75%", 28, 21),  # 21 exactly
        ("> 50%", 12, 7),  # more than 6
        (">= 50%", 12, 6),
        ("> 0%", 13, 1),
        (">= 55%", 100, 55),  # ceil(0.55 * 100) is 56 in floating point
        (">= 66.67%", 3, 3),  # 2.0001
        ("75% .. 80%", 20, 15),
        ("10/13", 13, 10),
        ("1", 1, 1),
        (">= 3", None, 3),
        ("every month", 9, 9),
        ("all", 0, 0),
        ("all", None, None),
        (">= 75%", None, None),
        ("none", 5, 0),
    ],
)
def test_needed(text: str, total: int | None, needed: int | None) -> None:
    """The smallest whole number that satisfies the target, worked by hand."""
    assert Target.parse(text).needed(total) == needed


def test_needed_is_the_least_count_for_every_percentage_and_total() -> None:
    """For p = 1..100 and n = 1..300: that many are enough and one fewer is not, in whole numbers."""
    for percent in range(1, 101):
        at_least, above = Target.parse(f">= {percent}%"), Target.parse(f"> {percent - 1}%")
        for total in range(1, 301):
            needed, more = at_least.needed(total), above.needed(total)
            assert 100 * needed >= percent * total > 100 * (needed - 1)
            assert 100 * more > (percent - 1) * total >= 100 * (more - 1)


@pytest.mark.parametrize(
    "text", [">= 0%", ">= 101%", "> 100%", "14/13", "0/13", "80% .. 75%", "0% .. 50%", ">= 0"]
)
def test_an_impossible_target_is_refused(text: str) -> None:
    """Whoever writes it is told that it cannot happen."""
    with pytest.raises(ValueError, match="không thể xảy ra"):
        Target.parse(text)


@pytest.mark.parametrize(
    "text", ["75%", ">=75%", "≥ 75%", ">= 75,5%", "every week", "ALL", "", ">= 1.5", "2"]
)
def test_an_unknown_shape_is_refused_with_the_shapes_there_are(text: str) -> None:
    """A slip in the plan file is no target."""
    with pytest.raises(ValueError, match="dạng chỉ tiêu không hiểu được") as refused:
        Target.parse(text)
    assert all(f"“{shape.written}”" in str(refused.value) for shape in SHAPES.values())


def test_k_of_n_must_speak_of_the_units_there_are() -> None:
    """10/13 says nothing about a province of 14 districts."""
    with pytest.raises(ValueError, match="13"):
        Target.parse("10/13").needed(14)


def test_the_share_that_a_target_names() -> None:
    """What printed percentages must not seem to reach."""
    found = [
        Target.parse(text).threshold for text in (">= 75%", "> 50%", "75% .. 80%", "10/13", ">= 1")
    ]
    assert found == [Fraction(3, 4), Fraction(1, 2), Fraction(3, 4), None, None]


# ---- spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Quý I", unicodedata.normalize("NFD", "quý  i"), True),
        ("Số, ngày văn bản", "số,ngày văn bản ", True),
        ("Tháng\u00a01", "Tháng\n1", True),
        ("Quý I", "Quy I", False),  # accents count
        ("Hoà", "Hòa", False),  # tone placement is ignored in the names of units only
        (1, "1", True),
    ],
)
def test_fold(one: object, other: object, same: bool) -> None:
    """Unicode form, case and spaces do not count; accents do."""
    assert (fold(one) == fold(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hòa", "Hoà", True),
        ("Thủy", "Thuỷ", True),
        ("Mỹ Lung", "Mĩ  LUNG", True),
        ("Đoan Hùng", "\u00d0oan Hùng", True),
        ("Hùng Long", "Hưng Long", False),
        ("Văn Luông", "Văn Lương", False),
        ("Hùng Long", "HùngLong", False),  # a space between syllables is part of a name
    ],
)
def test_fold_name(one: str, other: str, same: bool) -> None:
    """Tone placement, i/y, Ð/Đ, Unicode form, spaces and case do not count in the names of units."""
    assert (fold_name(one) == fold_name(other)) is same


def test_slug() -> None:
    """No accents, lower case, hyphens, and nothing that leads out of a folder."""
    assert [make_slug(text) for text in ("Đoan Hùng", "  Hạ   Hoà ", "../../etc/passwd")] == [
        *("doan-hung", "ha-hoa", "etc-passwd")
    ]
