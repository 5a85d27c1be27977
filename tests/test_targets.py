"""Targets: every shape, the exact smallest number that satisfies each, and what is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.project import DISTRICT_SHAPES, SHAPES
from pcmd_eval.targets import WRITTEN, Target


@pytest.mark.parametrize(
    ("text", "total", "needed"),
    [
        (">= 75%", 277, 208),  # 207.75
        (">= 50%", 13, 7),  # 6.5
        (">= 20%", 13, 3),  # 2.6
        (">= 75%", 28, 21),  # 21 exactly
        (">= 75%", 20, 15),  # 15 exactly
        (">= 75%", 27, 21),  # 20.25
        ("> 50%", 12, 7),  # more than 6
        (">= 50%", 12, 6),
        ("> 0%", 13, 1),
        (">= 100%", 13, 13),
        (">= 55%", 100, 55),  # ceil(0.55 * 100) is 56 in floating point
        (">= 7%", 100, 7),  # ceil(0.07 * 100) is 8 in floating point
        ("> 99%", 100, 100),
        (">= 33.3%", 10, 4),  # 3.33
        (">= 66.67%", 3, 3),  # 2.0001
        (">= 12.5%", 8, 1),
        ("75% .. 80%", 20, 15),
        ("10/13", 13, 10),
        ("13/13", 13, 13),
        ("1", 1, 1),
        (">= 1", None, 1),
        (">= 3", 500, 3),
        ("every month", 12, 12),
        ("every month", 9, 9),
        ("every quarter", 4, 4),
        ("all", 0, 0),
        ("all", 41, 41),
        ("all", None, None),
        (">= 75%", None, None),
        ("none", None, 0),
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
            needed = at_least.needed(total)
            assert type(needed) is int
            assert 100 * needed >= percent * total > 100 * (needed - 1)
            needed = above.needed(total)
            assert type(needed) is int
            assert 100 * needed > (percent - 1) * total >= 100 * (needed - 1)


@given(st.integers(1, 99999), st.integers(1, 100000))
def test_needed_with_three_decimals(thousandths: int, total: int) -> None:
    """A share written with decimals is read as it is written: 33.333% is 33333/100000."""
    target = Target.parse(f">= {thousandths // 1000}.{thousandths % 1000:03d}%")
    needed = target.needed(total)
    assert needed is not None
    assert Fraction(needed, total) >= Fraction(thousandths, 100000) > Fraction(needed - 1, total)


@pytest.mark.parametrize(
    "text",
    [
        *(">= 0%", ">= 101%", "> 100%", ">= 0.0%", ">= 100.01%", "> 250%"),  # no share, or more than the whole
        *("14/13", "0/13", "0/0"),  # more than there are, none at all
        *("80% .. 75%", "0% .. 50%", "50% .. 101%"),  # upside down, from nothing, beyond the whole
        *(">= 0",),
    ],
)
def test_an_impossible_target_is_refused(text: str) -> None:
    """Whoever writes it is told that it cannot happen."""
    with pytest.raises(ValueError, match="không thể xảy ra"):
        Target.parse(text)


@pytest.mark.parametrize(
    "text", ["75%", ">=75%", "≥ 75%", "75 %", ">= 75,5%", "< 5%", "every week", "ALL", "", "-1", ">= 1.5", "2"]
)
def test_an_unknown_shape_is_refused_with_the_shapes_there_are(text: str) -> None:
    """A slip in the plan file is no target."""
    with pytest.raises(ValueError, match="dạng chỉ tiêu không hiểu được"):
        Target.parse(text)


def test_a_share_without_its_sign_is_a_count() -> None:
    """`>= 75` is at least 75 units, whatever their number."""
    assert (Target.parse(">= 75").shape, Target.parse(">= 75").needed(277)) == ("count", 75)


def test_k_of_n_must_speak_of_the_units_there_are() -> None:
    """10/13 says nothing about a province of 14 districts."""
    with pytest.raises(ValueError, match="13"):
        Target.parse("10/13").needed(14)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (">= 75%", "từ 75% trở lên"),
        (">= 12.5%", "từ 12,5% trở lên"),
        ("> 50%", "trên 50%"),
        ("75% .. 80%", "từ 75% đến 80%"),
        ("10/13", "10/13"),
        ("1", "có thực hiện"),
        (">= 1", "ít nhất 1"),
        ("every month", "tháng nào cũng có"),
        ("every quarter", "quý nào cũng có"),
        ("all", "tất cả"),
        ("none", "không có trường hợp nào"),
        (">= 66.66667%", "từ 66,66667% trở lên"),
        (">= 1234567", "ít nhất 1.234.567"),
    ],
)
def test_words(text: str, words: str) -> None:
    """The target in Vietnamese, with all the digits that the plan gives."""
    assert Target.parse(text).words == words


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        (">= 75%", Fraction(3, 4)),
        ("> 50%", Fraction(1, 2)),
        ("75% .. 80%", Fraction(3, 4)),
        ("10/13", None),
        (">= 1", None),
    ],
)
def test_threshold(text: str, threshold: Fraction | None) -> None:
    """The share that printed percentages must not seem to reach."""
    assert Target.parse(text).threshold == threshold


def test_what_is_offered_is_what_some_objective_takes() -> None:
    """Each shape that the message and the documents name fits an objective, and none that fits is left out."""
    taken = {shape for shapes in (*SHAPES.values(), *DISTRICT_SHAPES.values()) for shape in shapes}
    assert taken == WRITTEN.keys()
    with pytest.raises(ValueError, match="every month") as refused:
        Target.parse("every week")
    assert "quarter" not in str(refused.value)
    for shape, written in WRITTEN.items():
        words = shape in ("every", "all", "none")
        text = written if words else written.translate(str.maketrans("pqkn", "5623"))
        assert Target.parse(text).shape == shape
