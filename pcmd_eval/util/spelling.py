"""Compare Vietnamese spellings: folding, tone placement, slugs."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def fold(text: object) -> str:
    """Bỏ khác biệt về chữ hoa, dấu cách và bảng mã (dựng sẵn, tổ hợp); giữ dấu và vị trí dấu.

    fold("Mô  hình") == fold("mô hình")
    """
    visible = unicodedata.normalize("NFC", str(text).translate(_INVISIBLE))
    return re.sub(r"\s+", "", visible.casefold())


def has_invisible(text: str) -> bool:
    """Return whether the text has invisible characters, such as a space without width."""
    return text.translate(_INVISIBLE) != text


@lru_cache(maxsize=4096)
def fold_name(text: str) -> str:
    """Normalize a name of a unit: tone placement, i/y, Ð/Đ, Unicode form, spaces and case.

    The tone moves to the end of its syllable: Hòa equals Hoà, Thủy equals Thuỷ. Other accents stay:
    Lùng differs from Lưng.
    """
    return " ".join(_fold_syllable(word) for word in _visible_words(text))


def normalize_text(text: str) -> str:
    """Return the text in lower case, NFC, with single spaces; accents stay."""
    return " ".join(_visible_words(text))


def strip_accents(text: str) -> str:
    """Return the text without accents, in lower case, for suggestions and file names."""
    letters = unicodedata.normalize("NFD", normalize_text(text))
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("đ", "d")


def letters_of(text: str) -> str:
    """Return the text in lower case without tones; ă, â, đ, ê, ô, ơ and ư stay."""
    parts = unicodedata.normalize("NFD", normalize_text(text))
    return unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))


def alphabet_key(text: str) -> tuple[list[int], str]:
    """Return the key that sorts texts by the Vietnamese alphabet; tones decide between equals."""
    return [_ALPHABET.find(letter) for letter in letters_of(text)], text


def any_of_pattern(words: Iterable[str]) -> str:
    """Return a pattern that matches any of the words, the longest first; of no words, nothing."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or r"(?!)"


def make_slug(text: str) -> str:
    """Return a file name of the text: no accents, lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", strip_accents(text)).strip("-")


def split_words(text: str) -> list[str]:
    """Return the words of a text without punctuation, normalized by `fold_name`."""
    return re.findall(r"[^\W_]+", fold_name(re.sub(r"[^\w\s]", " ", text)))


def normalize_signs(text: str) -> str:
    """Return the text in lower case, NFC, with one kind of dash, no quotes, single spaces."""
    text = unicodedata.normalize("NFC", text).casefold().replace("ð", "đ")  # eth, typed for đ
    text = re.sub('[“”"]', "", re.sub("[\u2010-\u2015\u2212]", "-", text))
    return re.sub(r"[^\S\n]+", " ", text).strip()


def move_tones_to_end(text: str) -> str:
    """Return the text with the tone of each word at its end, i for y; signs and digits stay."""
    words = re.split(r"([^\W\d_]+)", text.casefold())
    return "".join(unicodedata.normalize("NFC", fold_name(w)) if w.isalpha() else w for w in words)


def _visible_words(text: str) -> list[str]:
    """Return the words of a text in lower case, NFC, đ for ð, without invisible characters."""
    visible = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return visible.casefold().replace("ð", "đ").split()


def _fold_syllable(syllable: str) -> str:
    """Return the syllable (NFD) with its tone at the end and i for y."""
    letters = unicodedata.normalize("NFD", syllable).replace("y", "i")
    tones = "".join(c for c in letters if c in _TONES)
    return "".join(c for c in letters if c not in _TONES) + tones
