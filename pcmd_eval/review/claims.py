"""Numbers in sentences that people wrote, held against what was published of their unit.

A claim is a share, a count of what an objective counts, or a number of persons. What the findings cannot know is no
claim: dates, document numbers, a change on an earlier year, what is planned for a later one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from pcmd_eval.findings import Finding
from pcmd_eval.indicators import Indicator, Status
from pcmd_eval.published import Published
from pcmd_eval.units import Unit
from pcmd_eval.wording import number, share

_DIGITS = r"\d{1,3}(?:\.\d{3})+|\d+"  # 5, 05, 1.234
_N = rf"(?<![\w.,/])({_DIGITS})"
_END = r"(?!\d|[.,]\d)"
# What is no claim: dates, periods, documents, articles, numbered lists, names with a number, changes, types.
_NAMED = "điều|khoản|điểm|mục|chương|phụ lục|biểu|bảng|hình|trang|đội|liên ngành|loại|tháng|quý"
_NO_CLAIM = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|ngày \d+[/-]\d+|ngày \d+ tháng \d+"
    r"|tháng \d{1,2}[/-]\d{4}|\d{1,2}/(?:19|20)\d\d(?!\d)"
    r"|năm \d{4}(?: ?[-–] ?\d{4})?|giai đoạn \d{4} ?[-–] ?\d{4}|\d+ tháng (?:đầu|cuối|qua)|\d+ tháng/lần"
    r"|(?:số )?\d+(?:/\d{4})?/[A-ZĐ][\w-]*"
    rf"|\b(?:{_NAMED}) \d+(?!\d)(?![.,]\d)(?! ?[%/])(?! (?:phần trăm|lượt người|người))"
    r"|^\s*\(?\d+(?:\.\d+)*[.)](?=\s)"
    r"|(?:tăng|giảm)(?: thêm| khoảng| hơn)? \d[\d.,]* ?%",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.;!?]*(?:[.;!?](?!\s|$)[^.;!?]*)*[.;!?]*")
_SMALL = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10}
_PERSONS = re.compile(
    rf"(?:{_N}(?: ?/ ?({_DIGITS}))?|(?<!trong )(?<!cả )(?<!hằng )(?<!hàng )(?<!mỗi )\b({'|'.join(_SMALL)}))"
    r" (?:lượt )?(?:người|đối tượng|nạn nhân|bị can)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\w.,/])(\d+(?:,\d+)?) ?(?:%|phần trăm)")
_EXPLAINED = re.compile(rf"{_N} ?/ ?({_DIGITS})[^/%;.(]*\((?:(?:đạt|chiếm|bằng|tức là|tỷ lệ) )?$")
_NOT = re.compile(r"[^,.;:()]{0,60}?\b(?:chưa|không|còn lại)\b", re.IGNORECASE)
_AGAINST = re.compile(r" (?:so với )?(?:chỉ tiêu|mức|kế hoạch)", re.IGNORECASE)
_MOST = re.compile(r"nhiều nhất|tối đa|cao nhất", re.IGNORECASE)
_NEEDED = re.compile(r"cần|\bmức\b|ít nhất|tối thiểu|chỉ tiêu|yêu cầu", re.IGNORECASE)
_RETURNS = re.compile(r"báo cáo|số liệu", re.IGNORECASE)
_LATER = re.compile(r"phấn đấu|dự kiến", re.IGNORECASE)
_LINK = re.compile(r" *(?:$|[^\w ]|(?:và|nên|so|theo|trong|nhưng|mà|do|là|tức|chưa|đạt|chiếm|bằng)\b)")
# Which indicators count the same things as their objective; of `enforcement` those measured in its word.
_COUNTS = {
    "communication": r"communes|maintaining|unclear|not_maintaining",
    "integration": r"2\.\d+",
    "harm_reduction": r"3\.\d+",
    "support_model": r"models|models_unclear",
}
_OF_PERSONS = re.compile(r"persons|.*:persons|attendance")


@dataclass(frozen=True)
class Wrong:
    """A claim that the published results do not bear out: where it begins, as seen, and what may stand there."""

    start: int
    seen: str
    expected: str
    persons: bool = False


@dataclass(frozen=True)
class _Known:
    """What was published of a unit and of its province, by the word that counts it."""

    year: int
    nouns: dict[str, list[Finding]]
    counts: dict[str, frozenset[int]]
    returns: dict[str, frozenset[int]]
    percents: dict[str, frozenset[Decimal]]
    persons: frozenset[int]


def wrong_claims(text: str, published: Published, unit: Unit) -> list[Wrong]:
    """Every claim of a paragraph that contradicts what was published of this unit or its province."""
    known = known_of(published, unit)
    masked = _NO_CLAIM.sub(lambda found: "_" * len(found.group()), text)
    wrong: list[Wrong] = []
    for sentence in _SENTENCE.finditer(masked):
        later = _LATER.search(sentence.group()) or any(
            int(year) > known.year for year in re.findall(r"năm (\d{4})", text[sentence.start() : sentence.end()])
        )
        found = [*_persons(sentence.group(), known), *([] if later else _counted(sentence.group(), known))]
        for claim in found:
            start = sentence.start() + claim.start
            seen = "… người" if claim.persons else text[start : start + len(claim.seen)]
            wrong.append(Wrong(start, seen, claim.expected, claim.persons))
    return sorted(wrong, key=lambda claim: claim.start)


# ---- claims of one sentence -----------------------------------------------------------------------------------------


def _persons(said: str, known: _Known) -> Iterator[Wrong]:
    """Numbers of persons; their own digits are never repeated, as they may be the ones that are withheld."""
    for found in _PERSONS.finditer(said):
        first, second, word = found.groups()
        values = {_SMALL[word.lower()]} if word else {_whole(digits) for digits in (first, second) if digits}
        if not values <= known.persons:
            yield Wrong(found.start(), found.group(), "một số người đã công bố cho đơn vị này hoặc toàn tỉnh", True)


def _counted(said: str, known: _Known) -> Iterator[Wrong]:
    """Shares and counts; a number that is part of a share is not looked at twice."""
    noun = "|".join(sorted(map(re.escape, known.nouns), key=len, reverse=True))
    counts = rf" ?(?P<noun>{noun})\b(?! hội| viên)"
    parts = re.compile(rf"{_N} ?/ ?({_DIGITS}){_END}(?:{counts})?", re.IGNORECASE)
    for found in parts.finditer(said):
        yield from _part(said, found, known)
    rest = _PERSONS.sub(_blank, parts.sub(_blank, said))
    for found in re.finditer(rf"{_N}{counts}", rest, re.IGNORECASE):
        word = found["noun"].lower()
        allowed = known.counts[word] | (known.returns[word] if _RETURNS.search(said) else frozenset())
        if _whole(found[1]) not in allowed:
            yield Wrong(found.start(), found.group(), _either(map(number, sorted(allowed))))
    for found in _PERCENT.finditer(rest):
        allowed = known.percents["low"]
        if explained := _EXPLAINED.search(said[: found.start()]):  # 21/28 (…%)
            allowed = frozenset(_printed(_whole(explained[1]), _whole(explained[2])))
        elif _MOST.search(said):
            allowed |= known.percents["high"]
        if _NOT.match(said[found.end() :]):
            allowed |= known.percents["not"]
        if _AGAINST.match(said[found.end() :]):
            allowed |= known.percents["needed"]
        if _RETURNS.search(said):
            allowed |= known.percents["returns"]
        if Decimal(found[1].replace(",", ".")) not in allowed:
            shown = (
                f"{str(value).replace('.', ',')}%" for value in sorted(allowed & known.percents["shown"] or allowed)
            )
            yield Wrong(found.start(), found.group(), _either(shown))


def _part(said: str, found: re.Match[str], known: _Known) -> Iterator[Wrong]:
    """A share written as part/total: the total says which findings it may be about."""
    part, total, word = _whole(found[1]), _whole(found[2]), (found["noun"] or "").lower()
    if not word and not _LINK.match(said[found.end() :]):
        return  # counts something that no finding is about
    about = known.nouns[word] if word else [f for findings in known.nouns.values() for f in findings]
    findings = [f for f in about if f.total == total and f.low is not None]
    before, after = said[: found.start()], said[found.end() :]
    allowed = {f.low for f in findings}
    if _MOST.search(before):
        allowed |= {f.high for f in findings}
    if _NEEDED.search(before):
        allowed |= {f.needed for f in findings}
    if _NOT.match(_after_noun(after, findings, known)):
        allowed |= {total - f.high for f in findings if f.high is not None}
        allowed |= {f.high - f.low for f in findings if f.high is not None and f.low is not None}
    if _RETURNS.search(said) and findings:
        allowed |= known.returns[word] if word else frozenset().union(*known.returns.values())
    allowed.discard(None)
    if findings and part not in allowed:
        shown = {f"{number(f.low)}/{number(total)}" for f in findings if f.low is not None}
        yield Wrong(found.start(), found.group(), _either(sorted(shown)))
    elif word and not findings:
        totals = sorted({f.total for f in about if f.total and f.total > 1})
        yield Wrong(found.start(), found.group(), _either(f"một số trên tổng số {number(t)}" for t in totals))


def _after_noun(after: str, findings: Iterable[Finding], known: _Known) -> str:
    """What follows the whole of “xã, phường, thị trấn”, of which only the first word was taken."""
    return re.sub(r"^(?:, (?:phường|thị trấn|thành|thị|thành phố|thị xã))+", "", after)


def _either(values: Iterable[str]) -> str:
    shown = list(values)
    return (", ".join(shown[:12]) + (" …" if len(shown) > 12 else "")) or "không có con số nào đã công bố"


def _whole(digits: str) -> int:
    return int(digits.replace(".", ""))


def _blank(found: re.Match[str]) -> str:
    return "_" * len(found.group())


# ---- what is known --------------------------------------------------------------------------------------------------


def known_of(published: Published, unit: Unit) -> _Known:
    """What may be said of a unit: its own published results and those of its province."""
    codes = {unit.code, published.province.code}
    findings = [f for f in published.findings if f.unit_code in codes and f.low is not None]
    shown = [i for i in published.indicators if i.unit_code in codes and i.status is Status.SHOWN]
    items = {i.code: i.measure for sheet in published.project.form.sheets for i in sheet.items if i.measure}
    nouns: dict[str, list[Finding]] = {}
    counts: dict[str, set[int]] = {}
    returns: dict[str, set[int]] = {}
    for objective in published.project.plan.objectives:
        own = [f for f in findings if f.objective == objective.slug]
        noun = objective.counted.split(",")[0].lower()
        short = {m for m in items.values() if noun.startswith(f"{m} ")}
        for word in {noun, *short}:
            nouns.setdefault(word, []).extend(own)
            counts.setdefault(word, set()).update(_counts_of(own))
            counts[word] |= {_value(i) for i in shown if _counts_same(i, objective.slug, short, items)} - {None}
            returns.setdefault(word, set())
            if any(f.total == len(published.districts) for f in own):
                counts[word] |= _districts(published)
                returns[word] |= _senders(published)
    people = {code for code, measure in items.items() if measure == "người"}
    persons = {_value(i) for i in shown if _key(i) in people or _OF_PERSONS.fullmatch(_key(i))}
    return _Known(
        published.project.plan.year,
        nouns,
        {word: frozenset(values) for word, values in counts.items()},
        {word: frozenset(values) for word, values in returns.items()},
        _percents(findings, shown),
        frozenset(persons - {None}),
    )


def _counts_of(findings: Iterable[Finding]) -> Iterator[int]:
    for f in findings:
        given = [n for n in (f.low, f.high, f.needed, f.total) if n is not None]
        yield from given
        if f.low is not None and f.high is not None:
            yield from (f.high - f.low, *([] if f.total is None else [f.total - f.high, f.total - f.low]))
        if f.low is not None and f.needed is not None:
            yield max(f.needed - f.low, 0)


def _counts_same(row: Indicator, slug: str, short: set[str], items: dict[str, str]) -> bool:
    key = _key(row)
    pattern = _COUNTS.get(slug)
    counts = re.fullmatch(pattern, key) is not None if pattern else items.get(key) in short
    return row.objective == slug and counts


def _districts(published: Published) -> set[int]:
    """How many districts there are, and how many of them ended with each verdict."""
    codes = {district.code for district in published.districts}
    verdicts = Counter((f.objective, f.verdict) for f in published.findings if f.unit_code in codes)
    return {len(codes), *verdicts.values()}


def _senders(published: Published) -> set[int]:
    """How many districts sent a return, and how many of each state."""
    codes = {district.code for district in published.districts}
    rows = [i for i in published.indicators if i.unit_code in codes and i.objective == ""]
    states, late = ([i.value for i in rows if i.indicator == key] for key in ("state", "late"))
    sent = sum(state != "missing" for state in states)
    return {sent, len(states) - sent, late.count("yes"), *Counter(states).values()}


def _percents(findings: list[Finding], shown: list[Indicator]) -> dict[str, frozenset[Decimal]]:
    """Shares as they are printed and to one decimal: what is sure, what is possible, their rest, and the targets."""
    real = [f for f in findings if f.total and f.total > 1]
    target = {Decimal(n) for f in findings for n in re.findall(r"([\d.]+)%", f.target)}
    target |= {Decimal(100) for f in findings if f.target.startswith(("all", "every"))}
    low = {n for f in real if f.low is not None for n in _printed(f.low, f.total, f)}
    high = {n for f in real if f.high is not None for n in _printed(f.high, f.total, f)}
    rest = {n for f in real if f.high is not None for n in _printed(f.total - f.high, f.total, f)}
    rows = {(i.unit_code, i.indicator): _value(i) for i in shown if i.objective == ""}
    cells = [(rows.get((unit, "reported")), rows.get((unit, "expected"))) for unit, _ in rows]
    given = {n for part, whole in cells if part is not None and whole and part <= whole for n in _printed(part, whole)}
    exact = {min(_printed(f.low, f.total, f), key=lambda n: -len(str(n))) for f in real if f.low is not None}
    reached = {n for f in real if f.low is not None and f.needed for n in _rounded(share(f.low, f.needed))}
    names = {"low": low | target, "high": high, "not": rest, "returns": given, "needed": reached}
    names["shown"] = exact | target
    return {name: frozenset(values) for name, values in names.items()}


def _printed(part: int | None, whole: int | None, finding: Finding | None = None) -> set[Decimal]:
    """A share as documents print it, and to one decimal unless that would contradict the target."""
    if part is None or not whole or part > whole:
        return set()
    named = re.search(r"([\d.]+)%", finding.target) if finding else None
    threshold = Fraction(named[1]) / 100 if named else None
    printed, short = _rounded(share(part, whole, threshold))
    exact = Fraction(part, whole)
    same_side = all((Fraction(short) / 100 < e) == (exact < e) for e in (threshold, Fraction(1)) if e is not None)
    return {printed, short} if same_side else {printed}


def _rounded(shown: str) -> tuple[Decimal, Decimal]:
    """A percentage as printed and to one decimal."""
    printed = Decimal(shown.removesuffix("%").replace(".", "").replace(",", "."))
    return printed, printed.quantize(Decimal("0.1"), ROUND_HALF_UP).normalize()


def _value(row: Indicator) -> int | None:
    return int(row.value) if row.value.isdecimal() else None


def _key(row: Indicator) -> str:
    """The name of an indicator, of the province's own bodies as well."""
    return row.indicator.removeprefix("own.")
