"""Spellings that are the same, and those that are not."""

import unicodedata

import pytest

from pcmd_eval.util.spelling import fold, fold_name, make_slug


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
def test_fold_ignores_unicode_form_case_and_spaces(one: object, other: object, same: bool) -> None:
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
def test_fold_name_ignores_what_writers_vary(one: str, other: str, same: bool) -> None:
    assert (fold_name(one) == fold_name(other)) is same


def test_make_slug_has_no_accents_and_leaves_no_folder() -> None:
    assert [make_slug(text) for text in ("Đoan Hùng", "  Hạ   Hoà ", "../../etc/passwd")] == [
        *("doan-hung", "ha-hoa", "etc-passwd")
    ]
