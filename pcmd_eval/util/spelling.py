"""When two Vietnamese spellings are the same word: folding, tone placement, and slugs."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng
# Open oa, oe, uy (but quy) with the tone on the last vowel: the vowels and the tone apart.
_LATE = re.compile(rf"(?i)(?<!q)(o(?=[ae])|u(?=y))([aey])([{_TONES}])(?![\w\u0300-\u036f])")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))  # signs that nobody sees


def fold(text: object) -> str:
    """The text without Unicode form, case, spaces and unseen signs; accents count (headers, codes,
    choices).
    """
    seen = unicodedata.normalize("NFC", str(text).translate(_UNSEEN))
    return re.sub(r"\s+", "", seen.casefold())


def has_invisible(text: str) -> bool:
    """Whether a sign stands in the text that nobody sees, such as a space without width."""
    return text.translate(_UNSEEN) != text


@lru_cache(maxsize=4096)
def fold_name(text: str) -> str:
    """The spelling of a place without what writers vary: tone placement, i/y, Ð/Đ, Unicode form,
    spaces, case.

    The tone moves to the end of its syllable, so that Hòa and Hoà, Thủy and Thuỷ are one; every
    other accent stays, so that Lùng and Lưng are two.
    """
    return " ".join(_fold_syllable(word) for word in _words(text))


def normalize_tone(text: str) -> str:
    """The text with the tone of an open oa, oe, uy on the first vowel: Thuỷ, Hoà -> Thủy, Hòa, as
    most registers spell.

    For print, where both placements of one register would stand side by side.
    """
    letters = _LATE.sub(r"\1\3\2", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", letters)


def normalize_text(text: str) -> str:
    """Lower case, one Unicode form, single spaces, every accent kept."""
    return " ".join(_words(text))


def strip_accents(text: str) -> str:
    """The text without any accent, in lower case: only good for suggestions and file names."""
    letters = unicodedata.normalize("NFD", normalize_text(text))
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("đ", "d")


def find_nearest(written: str, known: Iterable[str]) -> str:
    """The one of the known that is spelt most like it; "" where none is near."""
    near = get_close_matches(written, sorted(known), 1)
    return near[0] if near else ""


def any_of_pattern(words: Iterable[str]) -> str:
    """A pattern for one of the words, the longest first; of none, nothing matches."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or r"(?!)"


def make_slug(text: str) -> str:
    """A name for files: no accents, lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", strip_accents(text)).strip("-")


def split_words(text: str) -> list[str]:
    """The words without the signs between them, each as `fold_name` spells it."""
    return re.findall(r"[^\W_]+", fold_name(re.sub(r"[^\w\s]", " ", text)))


def _words(text):
    seen = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    return seen.casefold().replace("ð", "đ").split()


def _fold_syllable(word):
    letters = unicodedata.normalize("NFD", word).replace("y", "i")
    tones = "".join(c for c in letters if c in _TONES)
    return "".join(c for c in letters if c not in _TONES) + tones
