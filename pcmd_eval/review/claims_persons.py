"""Numbers of persons in what people wrote: in figures or in words, before the word for persons or after it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

DIGITS = r"\d{1,3}(?:\.\d{3})+|\d+"  # 5, 05, 1.234
NUMBER = rf"(?<![\w.,/])({DIGITS})"
# What may follow a number that says what is counted elsewhere in the sentence, or not at all.
LINK = r" *(?:$|[^\w %/]|(?:và|nên|so|theo|trong|nhưng|mà|do|là|tức|chưa|đạt|chiếm|bằng|cho|tại|ở|về|với|của|từ)\b)"

# Number words up to 99, with the forms that one, four, five and seven take inside longer ones.
_ONES = ("một mốt", "hai", "ba", "bốn tư", "năm lăm nhăm", "sáu", "bảy bẩy", "tám", "chín")
_WORDS = {word: one for one, words in enumerate(_ONES, 1) for word in words.split()[:1]} | {"mười": 10}
_WORDS |= {f"mười {word}": 10 + one for one, words in enumerate(_ONES, 1) for word in words.split()}
for _ten, _one in product(range(2, 10), range(10)):
    _lead = f"{_ONES[_ten - 1].split()[0]} mươi"
    _WORDS |= {f"{_lead} {word}": 10 * _ten + _one for word in _ONES[_one - 1].split()} if _one else {_lead: 10 * _ten}

# Whom the returns count, by the words of reports and of the law; the brackets take out words that only begin alike.
_COUNTED = (
    r"người|đối tượng|nạn nhân|bệnh nhân|bị can|bị cáo|nghi phạm|nghi can|cá nhân|công dân|phụ nữ|thiếu nữ|gái|nữ|nam"
    r"|thanh niên|thiếu niên|vị thành niên|trẻ|cháu|bé|em|anh|chị|ông|bà(?! con| trưng)|cô|vợ chồng|khách(?! sạn)"
    r"|chủ (?:chứa|mưu|cơ sở|nhà|quán|hộ|tiệm|khách sạn)|môi giới|ma cô|tú bà|tiếp viên|kẻ|tên(?! miền| gọi)"
    r"|ca(?= (?:nhiễm|mắc|bệnh|dương tính))|nhân viên(?= (?:nữ|massage|mát|karaoke|quán|nhà|bán))|con nghiện"
    r"|(?:cặp|đôi) (?:đôi|nam|vợ|mua|bán|đang)|(?:bán|mua) dâm"
)
# Persons whom no cell of the returns holds: only few of them give somebody away.
_BYSTANDERS = "học viên|học sinh|sinh viên|lao động"
_CASES = "trường hợp"  # cases to some writers, persons to others
PERSONS = rf"(?:lượt )?(?:{_COUNTED}|{_BYSTANDERS}|{_CASES})\b"
_KNOWN_BY = r"người|đối tượng|nạn nhân|bị can|phụ nữ|nữ|(?<!việt )nam|trẻ em|chủ chứa|môi giới|trường hợp"
_SPOKEN = "|".join(sorted(_WORDS, key=len, reverse=True))
_MANY = (  # 03; 3/57; 3 - 5; ba; 03 (ba)
    rf"(?:(?<![\w.,/])(?P<one>{DIGITS})(?: ?(?:/|[-–]|đến|trên|trong(?: tổng)?(?: số)?) ?(?P<two>{DIGITS}))?"
    rf"|\b(?P<word>{_SPOKEN}))"
    r"(?: ?\([^()\d]{1,16}\))?"
)
_BEFORE = re.compile(rf"{_MANY} ?(?P<noun>{PERSONS})(?! nào\b| bất k[ìỳ]\b)", re.IGNORECASE)
_AFTER = re.compile(  # nữ: 3; số người vi phạm là 3
    rf"\b(?:(?:lượt )?(?P<first>{_KNOWN_BY})\b[^.;:,()\d]{{0,60}}:"
    rf"|số (?:lượt )?(?P<noun>{_KNOWN_BY})\b[^.;:\d]{{0,80}}? (?:là|còn|chỉ|có|khoảng|gồm|bằng)) ?{_MANY}(?={LINK})",
    re.IGNORECASE,
)
# Before these a number word is none: "trong năm, hằng năm" are years, "tháng ba, thứ hai" are dates.
_YEARS = "trong|cả|hằng|hàng|mỗi|đầu|cuối|giữa|qua|nhiều|mấy"
_NO_NUMBER = re.compile(rf"\b(?:(?:{_YEARS}) năm|(?:tháng|thứ|quý|mỗi) \w+)$", re.IGNORECASE)
_PRAISE = re.compile(r"khen|biểu dương", re.IGNORECASE)


@dataclass(frozen=True)
class Persons:
    """A number of persons in a sentence: where it stands, its values, and what else its word may mean."""

    start: int
    end: int
    values: frozenset[int]
    cases: bool = False  # the word may as well count cases
    bystanders: bool = False  # the returns hold no such persons


def persons_said(sentence: str) -> Iterator[Persons]:
    """Every number of persons in a sentence."""
    taken = 0
    for found in sorted((*_BEFORE.finditer(sentence), *_AFTER.finditer(sentence)), key=lambda found: found.start()):
        word, noun = found["word"], (found["noun"] or found.groupdict().get("first") or "").lower()
        if found.start() < taken or (word and _NO_NUMBER.search(sentence[: found.end("word")])):
            continue
        if noun == "cá nhân" and _PRAISE.search(sentence):  # whoever was commended
            continue
        taken = found.end()
        values = {_WORDS[word.lower()]} if word else {whole(n) for n in (found["one"], found["two"]) if n}
        bystanders = re.fullmatch(_BYSTANDERS, noun) is not None
        yield Persons(found.start(), found.end(), frozenset(values), noun == _CASES, bystanders)


def blank_persons(sentence: str) -> str:
    """The sentence without its numbers of persons, all else in its place."""
    for found in persons_said(sentence):
        sentence = sentence[: found.start] + "_" * (found.end - found.start) + sentence[found.end :]
    return sentence


def whole(digits: str) -> int:
    """1.234 and 05 as whole numbers."""
    return int(digits.replace(".", ""))
