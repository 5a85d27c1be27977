"""Fonts of the 1990s: every name of the register is recognised and read back, and proper Vietnamese is never suspected.

The encoders here are written from the standards, not from the module: TCVN3 by the bytes of TCVN 5712 (as `iconv -t
TCVN` gives them), VNI by its rule of a base letter and a mark.
"""

from __future__ import annotations

import unicodedata

import pytest
from broken.sound import _REMARKS
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.intake.legacy import readings
from pcmd_eval.units import Register

_LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ"
_BYTES = bytes.fromhex(
    "b5b6b7b8b9a8bbbcbdbec6a9c7c8c9cacbaecccecfd0d1aad2d3d4d5d6d7d8dcdddedfe1e2e3e4abe5e6e7e8e9aceaebecedee"
    "eff1f2f3f4adf5f6f7f8f9fafbfcfdfea1a2a7a3a4a5a6"
)
_TCVN3 = dict(zip(_LETTERS, _BYTES.decode("latin-1"), strict=True))
_TONES = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
_ROOF = {"": "â", "\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
_BOWL = {"": "ê", "\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
_I = {"\u0301": "í", "\u0300": "ì", "\u0309": "æ", "\u0303": "ó", "\u0323": "ò"}


def tcvn3(text: str) -> str:
    """The text in TCVN3; a capital with a tone has no code of its own, its font shows small letters as capitals."""
    return "".join(_TCVN3.get(letter, _TCVN3.get(letter.lower(), letter)) for letter in text)


def vni(text: str) -> str:
    """The text in VNI."""
    return "".join(_vni(letter) for letter in text)


def _vni(letter: str) -> str:
    base, *marks = unicodedata.normalize("NFD", letter.lower())
    tone = next((mark for mark in marks if mark in _TONES), "")
    written = base + (_TONES[tone] if tone else "")
    if base == "đ":
        written = "ñ"
    elif base == "i" and tone:
        written = _I[tone]
    elif base == "y" and tone == "\u0323":
        written = "î"
    elif "\u031b" in marks:
        written = {"o": "ô", "u": "ö"}[base] + (_TONES[tone] if tone else "")
    elif "\u0302" in marks:
        written = base + _ROOF[tone]
    elif "\u0306" in marks:
        written = base + _BOWL[tone]
    return written.upper() if letter.isupper() else written


@pytest.fixture(scope="module")
def names(register: Register) -> list[str]:
    """The 277 names of communes."""
    found = [commune.name for commune in register.communes("25")]
    assert len(found) == 277
    return found


def test_the_encoders_write_what_real_files_hold() -> None:
    """The sample that users of these fonts post when their font is lost."""
    assert tcvn3("Xin chào, đây là một dòng chữ bị lỗi font") == "Xin chµo, ®©y lµ mét dßng ch÷ bÞ lçi font"
    assert vni("Trường Thịnh") == "Tröôøng Thònh"
    assert vni("Đồng Khê") == "Ñoàng Kheâ"


def test_every_name_in_tcvn3_is_read_back_by_its_font(names: list[str]) -> None:
    """A font named .Vn… settles it: 277 of 277 that the encoding changes."""
    for name in names:
        if tcvn3(name) != name:
            assert [found.lower() for found in readings(tcvn3(name), ".VnTime")] == [name.lower()]


def test_every_name_in_vni_is_read_back_by_its_font(names: list[str]) -> None:
    """A font named VNI-… settles it, capitals included."""
    for name in names:
        if vni(name) != name:
            assert readings(vni(name), "VNI-Times") == [name]


def test_names_whose_font_is_lost_are_told_by_their_letters(names: list[str]) -> None:
    """Without the font nearly all are recognised, and what is recognised is read back.

    The rest are words that could be Vietnamese as they stand: Phó Hé is Phú Hộ in TCVN3, Tam Sôn is Tam Sơn in VNI.
    """
    for encode, most in ((tcvn3, 15), (vni, 11)):
        missed = 0
        for name in names:
            if encode(name) != name:
                found = readings(encode(name), "Times New Roman")
                assert not found or name.lower() in [reading.lower() for reading in found], encode(name)
                missed += not found
        assert missed <= most


def test_proper_names_are_never_suspected(register: Register) -> None:
    """Every unit of the province, in both Unicode forms, in capitals, with its type, with Ð for Đ."""
    for unit in register.units.values():
        for name in (unit.name, unit.full_name, unit.name.upper(), unit.full_name.replace("Đ", "\xd0")):
            for form in ("NFC", "NFD"):
                assert readings(unicodedata.normalize(form, name), "Times New Roman") == [], name
                assert readings(unicodedata.normalize(form, name), None) == [], name


_USUAL = (
    *(
        "Đã chuyển hồ sơ theo quy định",
        "8 × 5 = 40",
        "10÷20 phút",
        "10÷20",
        "· 3 pano",
        "2 pano 6 m²",
        "30°C",
        "½ ngay",
    ),
    *("Ø Cho vay", "§ 5", "© 2017", "ok", "", "-", "Quý I: 5; quý II: 7", "“Mái ấm” và «Bình minh»", "café", "Bà Ý"),
    *("Ông À", "khoá", "hoà giải", "toà án", "quà", "thuở", "khoẻ", "xoá đói", "Thuý", "quý", "oẳn", "yêu", "uống"),
    *("NGƯỜI BÁN DÂM", "PHÒNG, CHỐNG", "HIV/AIDS", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "$\\frac{$"),
)


@pytest.mark.parametrize("text", [*_USUAL, *_REMARKS])
def test_usual_notes_are_never_suspected(text: str) -> None:
    """Signs that stand alone, words with old and new tone placement, foreign words, formulas and scripts."""
    assert readings(text, "Times New Roman") == []
    assert readings(text, None) == []


_WORDS = """Đoan Hùng Hạ Hoà Hòa Thanh Thuỷ Thủy Ba Phù Ninh Yên Lập Cẩm Khê Tam Nông Lâm Thao Sơn Tân xã thị trấn
phường người khuyến khích nghiêng quyết thoại thuyền hươu khuỷu ngoằn ngoèo tuyên truyền gồm được chưa bạo lực ý ở ổ"""
_SYLLABLES = st.sampled_from(_WORDS.split())


@given(st.lists(_SYLLABLES, min_size=1, max_size=8).map(" ".join))
def test_whole_sentences_are_recognised_in_both_encodings_and_left_alone_in_unicode(text: str) -> None:
    """Any sequence of syllables: nothing in Unicode; by the font always read back."""
    assert readings(text, None) == []
    if tcvn3(text) != text:
        assert text.lower() in [found.lower() for found in readings(tcvn3(text), ".VnTime")]
    if vni(text) != text:
        assert readings(vni(text), "VNI-Times") == [text]


def test_a_note_without_its_font_is_told_by_its_letters() -> None:
    """Sentences, unlike short names, always give themselves away."""
    note = "Tổ chức tuyên truyền cho người dân ở các xã"
    assert note in readings(tcvn3(note), None)
    assert note in readings(vni(note), None)


def test_plain_ascii_in_an_old_font_is_no_fault() -> None:
    """“Xa” in .VnTime is “Xa” in any font."""
    assert readings("Xa 12", ".VnTime") == []
    assert readings("Xa 12", "VNI-Times") == []
