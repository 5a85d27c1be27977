"""Folding, slugs and the Vietnamese order of words."""

import itertools
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.spelling import fold, fold_name, order, plain, slug, tidy

# The alphabet as school books print it (29 letters), and the tones in the order of Vietnamese dictionaries:
# ngang, huyền, hỏi, ngã, sắc, nặng.
ALPHABET = [*"aăâbcdđeêghiklmnoôơpqrstuưvxy"]
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
VOWELS = [*"aăâeêioôơuưy"]
WORDS = st.text(alphabet=st.sampled_from([*"abcdeghiklmnopqrstuvxy ", *"ăâđêôơưàảãáạấềỏụýĐỶ"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Quý I", "quý  i", True),
        ("Quý I", unicodedata.normalize("NFD", "Quý I"), True),
        ("Số, ngày văn bản", "số,ngày văn bản ", True),
        ("Không có", "khôngcó", True),
        ("Tháng\u00a01", "Tháng 1", True),
        ("Tháng\n1", "Tháng 1", True),
        ("Quý I", "Quy I", False),  # accents count
        ("Hoà", "Hòa", False),  # tone placement is ignored in the names of units only
        ("Có", "Co", False),
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
        ("Hùng Long", "Hung Long", False),
        ("Đông Khê", "Đồng Khê", False),
        ("Hùng Long", "HùngLong", False),  # a space between syllables is part of a name
        ("Bản Nguyên", "Bán Nguyên", False),
        ("Dữu Lâu", "Đữu Lâu", False),
    ],
)
def test_fold_name(one: str, other: str, same: bool) -> None:
    """Tone placement, i/y, Ð/Đ, Unicode form, spaces and case do not count in the names of units."""
    assert (fold_name(one) == fold_name(other)) is same


@given(WORDS)
def test_folding_does_not_depend_on_how_the_text_is_encoded(text: str) -> None:
    """NFC and NFD, upper and lower case fold alike, and folding twice is folding once."""
    for function in (fold, fold_name, tidy, plain, slug):
        forms = ("NFC", "NFD")
        assert len({function(unicodedata.normalize(form, c)) for form in forms for c in (text, text.upper())}) == 1
        if function is not fold_name:  # a syllable with two tones has no place where they would stay
            assert function(function(text)) == function(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đoan Hùng", "doan-hung"),
        ("Hạ Hoà", "ha-hoa"),
        ("Việt Trì", "viet-tri"),
        ("  Phú   Thọ ", "phu-tho"),
        ("\u00d0ông Khê", "dong-khe"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slug(text: str, expected: str) -> None:
    """No accents, lower case, hyphens, and nothing that leads out of a folder."""
    assert slug(text) == expected


def test_letters_in_the_order_of_the_alphabet() -> None:
    """All 29, capitals among the small."""
    letters = Random(1).sample(ALPHABET, len(ALPHABET))
    assert sorted(letters, key=order) == ALPHABET
    assert sorted([letter.upper() for letter in letters], key=order) == [a.upper() for a in ALPHABET]


def test_tones_in_the_order_of_dictionaries() -> None:
    """ba, bà, bả, bã, bá, bạ, for every vowel; every tone of a vowel before the next vowel."""
    words = [unicodedata.normalize("NFC", f"b{vowel}{tone}") for vowel in VOWELS for tone in TONES]
    assert sorted(Random(1).sample(words, len(words)), key=order) == words


@pytest.mark.parametrize(
    "words",
    [
        ["an", "ăn", "ân", "ba", "ca", "da", "đa", "em", "êm"],
        ["Phù Ninh", "Phú Thọ"],
        ["bán", "bàng"],  # ban comes before bang; the tone decides only between words of the same letters
        ["Hà Lộc", "Hanh Cù"],  # ha before hanh
        ["Thạch Khoán", "Thanh Sơn"],  # thach before thanh
        ["Tạ Xá", "Tam Sơn"],  # ta before tam
        ["Đại An", "Đan Hà", "Đào Xá"],  # đai, đan, đao
        ["Văn Luông", "Văn Lương"],  # u before ư
        ["Minh Hạc", "Minh Hòa"],
        ["Yên Lập", "Yến Mao"],
    ],
)
def test_words_in_the_order_of_dictionaries(words: list[str]) -> None:
    """Letters first, then tones; in whatever order the words came."""
    for shuffled in itertools.islice(itertools.permutations(words), 24):
        assert sorted(shuffled, key=order) == words


@given(st.lists(WORDS, min_size=2, max_size=6))
def test_order_does_not_depend_on_the_encoding(words: list[str]) -> None:
    """Decomposed letters sort as composed ones."""
    assert [order(w) for w in words] == [order(unicodedata.normalize("NFD", w)) for w in words]
