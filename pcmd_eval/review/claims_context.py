"""What a number in a sentence is about: the unit or its province, this year or an earlier one, the returns or not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pcmd_eval.review.claims_known import Facts, Known

# Places that are meant: the province unless its offices or its plans are; a district or town unless several are.
_OFFICES = "ubnd|hđnd|ủy ban nhân dân|hội đồng nhân dân|công an|sở|cấp|báo|đài|hội|ban chỉ đạo|kế hoạch của|chỉ đạo của"
_PROVINCE = rf"(?P<office>(?:{_OFFICES}) tỉnh|tỉnh (?:ủy|uỷ)|các (?:huyện|thị xã|thành phố))|(?P<whole>\btỉnh\b)"
# An earlier year: what is said of it, and what is compared with it.
_YEAR = re.compile(
    r"(?P<than>(?:so với|hơn|bằng|như|từ|của|so) (?:cùng kỳ )?)?"
    r"(?:năm (?P<year>\d{4})|(?P<past>năm (?:trước|ngoái)|cùng kỳ)|(?:đến|hiện|năm) nay)",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(r" ?\(?(?:(?:của|ở|trong|vào) )?(?:cùng kỳ )?năm (?:(\d{4})|trước|ngoái)", re.IGNORECASE)
COMPARED = re.compile(r"so với (?:cùng kỳ|năm)|năm (?:trước|ngoái)|cùng kỳ", re.IGNORECASE)
_CHANGE = re.compile(r"\b(?:tăng|giảm|nhiều hơn|ít hơn)(?: thêm| khoảng)? $", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a paragraph (or what stands between two semicolons) and what may be said in it."""

    text: str
    masked: str
    start: int
    end: int
    known: Known
    free: bool

    @property
    def said(self) -> str:
        return self.masked[self.start : self.end]

    @property
    def raw(self) -> str:
        return self.text[self.start : self.end]

    def facts(self, at: int) -> Facts:
        """What may be said at this place: of the unit, or of the province if that was named last."""
        lead = re.split(r"[.!?]\s", self.masked[: self.start + at])[-1]
        clause = re.split(r"[,.;:]\s", self.said[at:])[0]
        named = re.compile(
            rf"{_PROVINCE}|(?P<own>(?<!\d )(?<!số )(?<!tỉnh )\b(?:{self.known.place})\b(?!·))", re.IGNORECASE
        )
        before = [found for found in named.finditer(lead) if not found["office"]]
        after = [found for found in named.finditer(clause) if not found["office"]]
        meant = before[-1:] or after[:1]
        return self.known.whole if meant and meant[0]["whole"] else self.known.own

    def about(self, topics: Iterable[str]) -> bool:
        """Whether this is about what the returns hold: in a free part only if the sentence says so."""
        words = "|".join(filter(None, topics))
        return not self.free or bool(words and re.search(rf"\b(?:{words})\b", self.said, re.IGNORECASE))

    def past(self, start: int, end: int) -> bool:
        """Whether the number there is that of an earlier year."""
        if found := _OF_YEAR.match(self.raw[end:]):
            return found[1] is None or int(found[1]) < self.known.year
        for found in [*_YEAR.finditer(self.raw[:start])][-1:]:
            between, leading = self.raw[found.end() : start], not self.raw[: found.start()].strip(" -(").count(" ")
            if found["past"] or (found["year"] and int(found["year"]) < self.known.year):
                return "," not in between or (leading and not found["than"])
        return False

    def changed(self, start: int) -> bool:
        """Whether the number there is a change on an earlier year."""
        return bool(_CHANGE.search(self.said[:start]) and COMPARED.search(self.raw))
