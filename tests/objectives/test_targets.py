"""Targets: the needed number, worked by hand, and what is refused."""

from fractions import Fraction

import pytest

from pcmd_eval.objectives.targets import SHAPES, Target


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
        (">= 64.4%", 250, 161),  # 161 exactly; ceil(64.4 * 250 / 100) is 162 in floating point
        (">= 66.67%", 3, 3),  # 2.0001
        ("75% .. 80%", 20, 15),
        ("75% .. 100%", 20, 15),
        ("10/13", 13, 10),
        ("13/13", 13, 13),
        ("1", 1, 1),
        ("1", None, 1),
        (">= 3", None, 3),
        ("every month", 9, 9),
        ("all", 0, 0),
        ("all", None, None),
        (">= 75%", None, None),
    ],
)
def test_needed_is_the_smallest_count_that_satisfies(
    text: str, total: int | None, needed: int | None
) -> None:
    assert Target.parse(text).needed(total) == needed


def test_needed_of_every_percentage_and_total_is_exact() -> None:
    """For p = 1..100 and n = 1..300 that many are enough and one fewer is not."""
    for percent in range(1, 101):
        at_least, above = Target.parse(f">= {percent}%"), Target.parse(f"> {percent - 1}%")
        for total in range(1, 301):
            needed, more = at_least.needed(total), above.needed(total)
            assert 100 * needed >= percent * total > 100 * (needed - 1)
            assert 100 * more > (percent - 1) * total >= 100 * (more - 1)


@pytest.mark.parametrize(
    "text",
    [
        *(">= 0%", ">= 101%", "> 100%", "14/13", "0/13", "80% .. 75%", "50% .. 50%"),
        *("75% .. 101%", "0% .. 50%", ">= 0"),
    ],
)
def test_parse_impossible_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="không thể xảy ra"):
        Target.parse(text)


@pytest.mark.parametrize(
    "text", ["75%", ">=75%", "≥ 75%", ">= 75,5%", "every week", "ALL", "", ">= 1.5", "2"]
)
def test_parse_unknown_shape_lists_the_valid_ones(text: str) -> None:
    with pytest.raises(ValueError, match="dạng chỉ tiêu không hiểu được") as refused:
        Target.parse(text)
    assert all(f"“{shape.written}”" in str(refused.value) for shape in SHAPES.values())


@pytest.mark.parametrize("total", [12, 14])
def test_needed_of_k_of_n_with_another_total_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match=f"nói 13 đơn vị, danh mục có {total}"):
        Target.parse("10/13").needed(total)


def test_threshold_is_the_share_in_the_target() -> None:
    texts = (">= 75%", "> 50%", "75% .. 80%", "10/13", ">= 1")
    shares = [Target.parse(text).threshold for text in texts]
    assert shares == [Fraction(3, 4), Fraction(1, 2), Fraction(3, 4), None, None]
