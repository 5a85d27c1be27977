"""Numbers in sentences that people wrote, held against what was published of their unit.

A claim is a share, a count of what an objective counts or the form measures, or a number of persons. What the findings
cannot know is no claim: dates, document numbers, an earlier year and a change on it, what is planned for a later one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pcmd_eval.findings import Finding
from pcmd_eval.review.claims_context import COMPARED, Sentence
from pcmd_eval.review.claims_known import MONEY, Known, Measure, printed
from pcmd_eval.review.claims_persons import DIGITS, LINK, NUMBER, PERSONS, blank_persons, persons_said, whole
from pcmd_eval.wording import Verdict, number

_END = r"(?!\d|[.,]\d)"
_OUT_OF = r"(?: ?/ ?| trên (?:tổng số )?| trong (?:tổng )?(?:số )?)"
# What is no claim: dates, periods, documents, articles, numbered lists, names with a number, changes, types.
_NAMED = "điều|khoản|điểm|mục|chương|phụ lục|biểu|bảng|hình|trang|đội|liên ngành|loại|tháng|quý"
_NO_CLAIM = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|ngày \d+[/-]\d+|ngày \d+ tháng \d+"
    r"|tháng \d{1,2}[/-]\d{4}|\d{1,2}/(?:19|20)\d\d(?!\d)"
    r"|năm \d{4}(?: ?[-–] ?\d{4})?|giai đoạn \d{4} ?[-–] ?\d{4}|\d+ tháng (?:đầu|cuối|qua)|\d+ tháng/lần"
    r"|(?:số )?\d+(?:/\d{4})?/[A-ZĐ][\w-]*"
    rf"|\b(?:{_NAMED}) \d+(?!\d)(?![.,]\d)(?! ?[%/])(?! (?:phần trăm|{PERSONS}))"
    r"|^\s*\(?\d+(?:\.\d+)*[.)](?=\s)"
    r"|(?:tăng|giảm)(?: thêm| khoảng| hơn)? \d[\d.,]* ?%",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.;!?]*(?:[.;!?](?!\s|$)[^.;!?]*)*[.;!?]*")
_PERCENT = re.compile(r"(?<![\w.,/])(\d+(?:,\d+)?) ?(?:%|phần trăm)")
_EXPLAINED = re.compile(rf"{NUMBER} ?/ ?({DIGITS})[^/%;.(]*\((?:(?:đạt|chiếm|bằng|tức là|tỷ lệ) )?$")
_NOT = re.compile(r"[^,.;:()]{0,60}?\b(?:chưa|không|còn lại)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"\b(?:chưa|không)\b[^,.;:]{0,80}$", re.IGNORECASE)
_AGAINST = re.compile(r" (?:so với )?(?:chỉ tiêu|mức|kế hoạch)", re.IGNORECASE)
_MOST = re.compile(r"nhiều nhất|tối đa|cao nhất", re.IGNORECASE)
_NEEDED = re.compile(r"cần|\bmức\b|ít nhất|tối thiểu|chỉ tiêu|yêu cầu", re.IGNORECASE)
_RETURNS = re.compile(r"báo cáo|số liệu", re.IGNORECASE)
_LATER = re.compile(r"phấn đấu|dự kiến", re.IGNORECASE)
_PART_OF = re.compile(r"trong đó|riêng", re.IGNORECASE)
_LINK = re.compile(LINK)
# Endings of objectives in people's words, the longer before the shorter.
_ENDINGS = {
    "chưa đủ số liệu": Verdict.UNDETERMINED,
    "không phát sinh": Verdict.NONE_AROSE,
    "không áp dụng": Verdict.NOT_APPLICABLE,
    **dict.fromkeys(("chưa đạt", "không đạt", "chưa hoàn thành", "không hoàn thành"), Verdict.NOT_MET),
    **dict.fromkeys(("đạt", "hoàn thành", "vượt"), Verdict.MET),
}
_ENDED = re.compile(rf"\b(?:{'|'.join(_ENDINGS)})\b", re.IGNORECASE)
_TARGETS = re.compile(rf"{NUMBER}(?:{_OUT_OF}({DIGITS}))? (?:chỉ tiêu|mục tiêu)\b", re.IGNORECASE)
_SCALE = {"tỷ": Decimal(1000), "tỉ": Decimal(1000), "triệu": Decimal(1), "nghìn": Decimal("0.001")}
_MONEY_WORDS = rf"(?P<scale>{'|'.join(_SCALE)})(?: đồng)?|đồng"

FEW = "Số người ít như vậy không được công bố, viết trong lời văn cũng vậy. Bỏ số này."
_UNLIKE = "Số này không khớp với kết quả đã công bố; phải là: {}. Sửa số hoặc bỏ câu."


@dataclass(frozen=True)
class Wrong:
    """A claim that the published results do not bear out: where it begins, as it may be shown, and what is wrong."""

    start: int
    seen: str
    message: str
    persons: bool = False


def wrong_claims(text: str, known: Known, free: bool = False) -> list[Wrong]:
    """Every claim of a paragraph that contradicts what was published.

    In a `free` part people tell what the returns do not hold: only sentences on what they do hold are looked at there,
    and numbers of persons that are too small to be told anywhere.
    """
    masked = _NO_CLAIM.sub(lambda found: "_" * len(found.group()), text)
    masked = re.sub(r",(?= (?:phường|thị trấn|thành|thị)\b)", "·", masked)  # “xã, phường, thị trấn” is one word here
    found: list[Wrong] = []
    for sentence in _SENTENCE.finditer(masked):
        found += _Claims(text, masked, sentence.start(), sentence.end(), known, free).wrong()
    return sorted(found, key=lambda claim: claim.start)


class _Claims(Sentence):
    """The claims of one sentence."""

    def wrong(self) -> Iterator[Wrong]:
        yield from self._persons()
        years = re.findall(r"năm (\d{4})", self.raw)
        if not (_LATER.search(self.said) or any(int(year) > self.known.year for year in years)):
            yield from self._counted()

    def _told(self, found: re.Match[str], allowed: Iterable[str]) -> Wrong:
        at = self.start + found.start()
        return Wrong(at, self.text[at : self.start + found.end()], _UNLIKE.format(_either(allowed)))

    def _persons(self) -> Iterator[Wrong]:
        """Numbers of persons; their own digits are never repeated, as they may be the ones that are withheld."""
        topics = self.known.topics.values()
        for found in persons_said(self.said):
            facts = self.facts(found.start)
            cases = (facts.counts[word] for word in self.known.cases if found.cases)
            allowed = facts.persons.union(*cases)
            few = any(0 < value < self.known.threshold for value in found.values - allowed)
            beside = found.bystanders and not re.search(rf"\b(?:{'|'.join(topics)})\b", self.said, re.IGNORECASE)
            open_to_people = beside or not self.about(topics) or self.past(found.start, found.end)
            if few or not (found.values <= allowed or open_to_people):
                told = FEW if few else _UNLIKE.format("một số người đã công bố cho đơn vị này hoặc toàn tỉnh")
                yield Wrong(self.start + found.start, "… người", told, True)

    def _counted(self) -> Iterator[Wrong]:
        """Shares and counts; a number that is part of a share is not looked at twice."""
        said = self.said
        for found in _TARGETS.finditer(said):
            yield from self._targets(found)
        said = _TARGETS.sub(_blank, said)
        nouns = sorted(map(re.escape, self.known.topics), key=len, reverse=True)
        counts = rf" ?(?P<noun>{'|'.join(nouns)})\b(?! hội| viên)"
        parts = re.compile(rf"{NUMBER}{_OUT_OF}({DIGITS}){_END}(?:{counts})?", re.IGNORECASE)
        shares = [found for found in parts.finditer(said) if "/" in found.group() or self._judged(found)]
        rest = said
        for found in shares:
            rest = f"{rest[: found.start()]}{_blank(found)}{rest[found.end() :]}"
            if not self.past(found.start(), found.end()):
                yield from self._part(said, found)
        rest = blank_persons(rest)
        for found in re.finditer(rf"{NUMBER}{counts}", rest, re.IGNORECASE):
            yield from self._count(found)
        for found in _PERCENT.finditer(rest):
            yield from self._percent(found)
        yield from self._measured(rest)

    def _targets(self, found: re.Match[str]) -> Iterator[Wrong]:
        """How many of the plan's objectives ended how: the word for it stands behind, or else before."""
        facts, before, after = self.facts(found.start()), self.said[: found.start()], self.said[found.end() :]
        total = whole(found[2]) if found[2] else None
        if total is not None and total not in facts.judged:
            if not self.free:
                yield self._told(found, (f"một số trên tổng số {number(n)}" for n in sorted(facts.judged)))
            return
        behind = re.match(rf"[^,.;:()\d]{{0,40}}?({_ENDED.pattern})", after, re.IGNORECASE)
        endings = [behind[1]] if behind else [word.group() for word in _ENDED.finditer(before)][-1:]
        if self.past(found.start(), found.end()) or (not endings and total is None):
            return
        wanted = [_ENDINGS[endings[0].lower()]] if endings else list(Verdict)
        allowed = frozenset().union(*(facts.verdicts[verdict] for verdict in wanted))
        if endings and endings[0].lower() == "vượt":
            allowed |= facts.exceeded
        if whole(found[1]) not in allowed:
            yield self._told(found, (f"{number(n)}/{number(max(facts.judged))} chỉ tiêu" for n in sorted(allowed)))

    def _judged(self, found: re.Match[str]) -> bool:
        """Whether a finding has this total: “21 trong 28 xã” is a share, “2 trong 3 xã chưa rõ” are two counts."""
        about = self.facts(found.start()).nouns
        return any(f.total == whole(found[2]) for f in about.get((found["noun"] or "").lower(), []))

    def _part(self, said: str, found: re.Match[str]) -> Iterator[Wrong]:
        """A share written as part/total: the total says which findings it may be about."""
        part, total, word = whole(found[1]), whole(found[2]), (found["noun"] or "").lower()
        before, after, facts = said[: found.start()], said[found.end() :], self.facts(found.start())
        if (not word and not _LINK.match(after)) or not self.about(self._topics(word)):
            return  # counts something that no finding is about
        about = facts.nouns[word] if word else [f for findings in facts.nouns.values() for f in findings]
        findings = [f for f in about if f.total == total and f.low is not None]
        allowed = {f.low for f in findings}
        if _MOST.search(before):
            allowed |= {f.high for f in findings}
        if _NEEDED.search(before):
            allowed |= {f.needed for f in findings}
        if _NOT.match(_after_noun(after)) or _NOT_BEFORE.search(before):
            allowed |= _lacking(findings)
        if _RETURNS.search(said) and findings:
            allowed |= facts.returns[word] if word else frozenset().union(*facts.returns.values())
        if findings and part not in allowed - {None}:
            yield self._told(found, sorted({f"{number(f.low)}/{number(total)}" for f in findings}))
        elif word and not findings:
            totals = sorted({f.total for f in about if f.total and f.total > 1})
            yield self._told(found, (f"một số trên tổng số {number(t)}" for t in totals))

    def _count(self, found: re.Match[str]) -> Iterator[Wrong]:
        word, facts = found["noun"].lower(), self.facts(found.start())
        if not self.about(self._topics(word)) or self.past(found.start(), found.end()) or self.changed(found.start()):
            return
        allowed = facts.counts[word] | (facts.returns[word] if _RETURNS.search(self.said) else frozenset())
        if whole(found[1]) not in allowed:
            yield self._told(found, map(number, sorted(allowed)))

    def _percent(self, found: re.Match[str]) -> Iterator[Wrong]:
        before, after, facts = self.said[: found.start()], self.said[found.end() :], self.facts(found.start())
        money = self.free and re.search(_MONEY_WORDS, self.said)  # a share of money that no return holds
        if money or not self.about(self.known.topics.values()) or self.past(found.start(), found.end()):
            return
        if COMPARED.match(self.raw[found.end() :].lstrip()):
            return  # a ratio to an earlier year
        allowed = facts.percents["low"]
        if explained := _EXPLAINED.search(before):  # 21/28 (…%)
            allowed = frozenset(printed(whole(explained[1]), whole(explained[2])))
        elif _MOST.search(self.said):
            allowed |= facts.percents["high"]
        if _NOT.match(after) or _NOT_BEFORE.search(before):
            allowed |= facts.percents["not"]
        if _AGAINST.match(after):
            allowed |= facts.percents["needed"]
        if _RETURNS.search(self.said):
            allowed |= facts.percents["returns"]
        if Decimal(found[1].replace(",", ".")) not in allowed:
            shown = sorted(allowed & facts.percents["shown"] or allowed)
            yield self._told(found, (f"{str(value).replace('.', ',')}%" for value in shown))

    def _measured(self, said: str) -> Iterator[Wrong]:
        """Sums that the form measures, where the sentence says what was measured: 12 buổi is no claim by itself."""
        for words in {measure.words: None for facts in (self.known.own,) for measure in facts.measures}:
            unit = _MONEY_WORDS if words == MONEY else words
            for found in re.finditer(rf"(?<![\w.,/])((?:{DIGITS})(?:,\d+)?) (?:{unit})\b", said, re.IGNORECASE):
                facts, clause = self.facts(found.start()), re.split(r"[,;:(]", said[found.end() :])[0]
                spoken = set(re.findall(r"\w+", f"{said[: found.end()]}{clause}".lower()))
                spoken |= {"tiền"} if words == MONEY else set()  # money says so itself
                meant = [m for m in facts.measures if m.words == words and _speaks(spoken, m, said[found.end() :])]
                if meant and not (self.past(found.start(), found.end()) or self.changed(found.start())):
                    yield from self._sum(found, meant)

    def _sum(self, found: re.Match[str], meant: list[Measure]) -> Iterator[Wrong]:
        allowed = frozenset().union(*(measure.values for measure in meant))
        few = any(measure.few for measure in meant)
        value = Decimal(found[1].replace(".", "").replace(",", "."))
        if "scale" in found.groupdict():
            value *= _SCALE[found["scale"].lower()] if found["scale"] else Decimal("0.000001")
        part = _PART_OF.search(self.said[: found.start()]) and not few and allowed and value <= max(allowed)
        if value not in allowed and not part:
            wrong = self._told(found, map(number, sorted(allowed)))
            yield Wrong(wrong.start, f"…{found.group()[len(found[1]) :]}", wrong.message, True) if few else wrong

    def _topics(self, word: str) -> Iterable[str]:
        return [self.known.topics[word]] if word else self.known.topics.values()


def _speaks(spoken: set[str], measure: Measure, after: str) -> bool:
    """Whether words and what follows them are about this sum: all words of a short label, four of a long one."""
    if not any(len(spoken & set(part)) >= min(len(set(part)), 4) for part in measure.about):
        return False
    if measure.words in ("lượt", MONEY):
        return not re.match(rf" (?:{PERSONS})", after, re.IGNORECASE)
    following = re.match(r" (\w+)", after)
    own = {word for part in measure.about for word in part}
    return _LINK.match(after) is not None or (following is not None and following[1].lower() in own)


def _lacking(findings: Iterable[Finding]) -> set[int]:
    """What surely is not done, and what may be."""
    known = [(f.low, f.high, f.total) for f in findings if f.low is not None and f.high is not None]
    return {n for low, high, total in known for n in (high - low, *([] if total is None else [total - high]))}


def _after_noun(after: str) -> str:
    """What follows the whole of “xã, phường, thị trấn”, of which only the first word was taken."""
    return re.sub(r"^(?:· (?:phường|thị trấn|thành phố|thành|thị xã|thị))+", "", after)


def _either(values: Iterable[str]) -> str:
    shown = list(values)
    return (", ".join(shown[:12]) + (" …" if len(shown) > 12 else "")) or "không có con số nào đã công bố"


def _blank(found: re.Match[str]) -> str:
    return "_" * len(found.group())
