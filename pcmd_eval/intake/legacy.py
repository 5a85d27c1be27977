"""Recognise Vietnamese typed in fonts of the 1990s (TCVN3, VNI) and say what it probably reads; convert nothing."""

import re
import unicodedata

# TCVN3 (fonts named .Vn…): one Latin-1 character for each letter, in the order of the letters below.
_LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ"  # fmt: skip
_TCVN3_CODES = "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢§£¤¥¦"
_TCVN3 = dict(zip(_TCVN3_CODES, _LETTERS, strict=True))

# VNI (fonts named VNI-…): a base letter followed by a mark, or one character of its own.
_VNI_MARKS = {
    **dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True)),
    **{
        "â": "\u0302",
        "á": "\u0302\u0301",
        "à": "\u0302\u0300",
        "å": "\u0302\u0309",
        "ã": "\u0302\u0303",
        "ä": "\u0302\u0323",
    },
    **{
        "ê": "\u0306",
        "é": "\u0306\u0301",
        "è": "\u0306\u0300",
        "ú": "\u0306\u0309",
        "ü": "\u0306\u0303",
        "ë": "\u0306\u0323",
    },
}
_VNI_ALONE = dict(zip("ñôöæóòî", "đơưỉĩịỵ", strict=True))
_VNI = re.compile("([aeouyôö])([ùøûõïâáàåãäêéèúüë])|([ñôöæóòî])", re.IGNORECASE)

_VIETNAMESE = set(unicodedata.normalize("NFC", _LETTERS + _LETTERS.upper()))
# What Vietnamese in Unicode never holds inside a word: Latin-1 signs and letters that are not its own, vowels wrongly
# paired, a capital with an accent after a small letter. A sign that stands alone (3 × 4, 10÷20, · …) is just a sign,
# and Ð that begins a word is how some keyboards write Đ.
_FOREIGN = (
    "\u00a1-\u00bf\u00c4-\u00c7\u00cb\u00ce\u00cf\u00d1\u00d6-\u00d8\u00db\u00dc\u00de\u00df"
    "\u00e4-\u00e7\u00eb\u00ee\u00ef\u00f1\u00f6-\u00f8\u00fb\u00fc\u00fe\u00ff\u00ad"
)
_ONLY_LEGACY = re.compile(
    f"(?<=[^\\W\\d_])[{_FOREIGN}\u00d0\u00f0]|[{_FOREIGN}](?=[^\\W\\d_])"
    "|(?<=[A-Za-z])[\u00c0-\u00c3\u00c8-\u00ca\u00cc\u00cd\u00d2-\u00d5\u00d9\u00da\u00dd](?=[a-z])"
    "|(?i:[ae][âáàã]|a[êéèú]|oâ|[aeouyôö][ùõ])"
)


def readings(text: str, font: str | None) -> list[str]:
    """What the text probably says if it is in a legacy font, else nothing.

    The font's name is the best sign; without it only characters that Vietnamese never uses are one.
    """
    text = unicodedata.normalize("NFC", text)
    named = (font or "").casefold()
    found = {"tcvn3": _from_tcvn3(text), "vni": _from_vni(text)}
    if named.startswith((".vn", "vni")):
        found = {"tcvn3": found["tcvn3"]} if named.startswith(".vn") else {"vni": found["vni"]}
    elif not _ONLY_LEGACY.search(text):
        return []
    return list(dict.fromkeys(r for r in found.values() if r and r != text))


def _from_tcvn3(text: str) -> str | None:
    plain = "".join(_TCVN3.get(c, c) for c in text)
    return plain if all(c in _TCVN3 or c.isascii() for c in text) else None


def _from_vni(text: str) -> str | None:
    plain = unicodedata.normalize("NFC", _VNI.sub(_vni_letter, text))
    return plain if all(c.isascii() or c in _VIETNAMESE for c in plain) else None


def _vni_letter(found: re.Match[str]) -> str:
    letter = found[1] or found[3]
    plain = _VNI_ALONE.get(letter.lower(), letter.lower())
    return (plain.upper() if letter.isupper() else plain) + _VNI_MARKS.get((found[2] or "").lower(), "")
