"""What people may say of a unit: its own published results, and those of its province where the province is meant."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.findings import Finding
from pcmd_eval.form import Form, Item, Sheet
from pcmd_eval.indicators import Indicator, Status
from pcmd_eval.plan import Objective
from pcmd_eval.published import Published
from pcmd_eval.units import Unit
from pcmd_eval.wording import Verdict, share

# Which indicators count the same things as their objective; of `enforcement` those measured in its word.
_COUNTS = {
    "communication": r"communes|maintaining|unclear|not_maintaining",
    "integration": r"2\.\d+",
    "harm_reduction": r"3\.\d+",
    "support_model": r"models|models_unclear",
}
_OF_PERSONS = re.compile(r"persons|.*:persons|attendance")
# Sums of a whole sheet that the review tells beside the form's own rows, and the words that count them.
_SUMS = {
    "communication": {"sessions": "buổi|cuộc", **{f"sessions:Q{quarter}": "buổi|cuộc" for quarter in range(1, 5)}},
    "integration": {"documents": "văn bản", "budget": "triệu đồng"},
}
MONEY = "triệu đồng"
# What is done about violations, beside the words of the form: whoever says so speaks of cases and of persons in them.
_LAW = (
    r"(?<!đội )kiểm tra(?! liên ngành)|phát hiện|vi phạm|phạt|bắt(?! đầu| nguồn| buộc)|khởi tố|truy tố|tạm giữ"
    r"|(?<!dịch )(?<!nhiệm )(?<!nghĩa )(?<!phục )(?<!chức )vụ"
)


@dataclass(frozen=True)
class Measure:
    """A published sum: the words that count it, what else a sentence on it speaks of, and its values.

    What is about `few` persons may be said only where it was published, and is never repeated in a fault.
    """

    words: str
    about: tuple[tuple[str, ...], ...]
    values: frozenset[Decimal]
    few: bool


@dataclass(frozen=True)
class Facts:
    """What was published, by the word that counts it."""

    nouns: dict[str, list[Finding]]
    counts: dict[str, frozenset[int]]
    returns: dict[str, frozenset[int]]
    percents: dict[str, frozenset[Decimal]]
    persons: frozenset[int]
    measures: tuple[Measure, ...]
    verdicts: dict[Verdict, frozenset[int]]
    exceeded: frozenset[int]
    judged: frozenset[int]


@dataclass(frozen=True)
class Known:
    """What may be said of a unit: `own`, and `whole` where the sentence speaks of the province."""

    year: int
    threshold: int
    place: str
    own: Facts
    whole: Facts
    topics: dict[str, str]  # by the word that counts: what a sentence speaks of when it counts for an objective
    cases: frozenset[str]  # the words that count cases


def known_of(published: Published, unit: Unit) -> Known:
    """What may be said of a unit."""
    plan, form = published.project.plan, published.project.form
    province = published.province.code

    def own(objective: Objective | None) -> set[str]:
        return {unit.code, *([province] if objective and _counted_over_districts(objective) else [])}

    topics: dict[str, str] = {}
    for objective in plan.objectives:
        about = _topic(form, objective.slug)
        for word in _words(objective, _measured(form)):
            topics[word] = "|".join(filter(None, (topics.get(word), about)))
    cases = {word for o in plan.objectives if o.slug == "enforcement" for word in _words(o, _measured(form))}
    facts = _facts(published, own), _facts(published, lambda _: {unit.code, province})
    place = "|".join((re.escape(unit.type.lower()), re.escape(unit.name.lower())))
    return Known(plan.year, load_disclosure().threshold, place, *facts, topics, frozenset(cases))


def _counted_over_districts(objective: Objective) -> bool:
    """Whether only the province has a count: districts are counted there, or the plan gives them no such duty."""
    target = objective.district_target
    return objective.level == "province" and (target is None or target.value.shape == "own")


def _facts(published: Published, codes_of: Callable[[Objective | None], set[str]]) -> Facts:
    """The published results of the units that may be meant, objective by objective."""
    objectives = published.project.plan.objectives
    codes = {objective.slug: codes_of(objective) for objective in objectives}
    meant = codes_of(None)
    known = [f for f in published.findings if f.unit_code in codes.get(f.objective, meant)]
    findings = [f for f in known if f.low is not None]
    shown = [i for i in published.indicators if i.status is Status.SHOWN]
    items = _measured(published.project.form)
    nouns: dict[str, list[Finding]] = {}
    counts: dict[str, set[int]] = {}
    returns: dict[str, set[int]] = {}
    for objective in objectives:
        own = [f for f in findings if f.objective == objective.slug]
        rows = [i for i in shown if i.unit_code in codes[objective.slug]]
        words = _words(objective, items)
        for word in words:
            nouns.setdefault(word, []).extend(own)
            counts.setdefault(word, set()).update(_counts_of(own))
            counts[word] |= {_value(i) for i in rows if _counts_same(i, objective.slug, words, items)} - {None}
            returns.setdefault(word, set())
            if any(f.total == len(published.districts) for f in own):
                counts[word] |= _districts(published)
                returns[word] |= _senders(published)
    people = {code for code, item in items.items() if item.measure == "người"}
    told = [i for i in shown if i.unit_code in meant]
    persons = {_value(i) for i in told if _key(i) in people or _OF_PERSONS.fullmatch(_key(i))} - {None}
    verdicts = [Counter(f.verdict for f in known if f.unit_code == code) for code in meant]
    met = [f for f in findings if f.verdict is Verdict.MET and f.needed is not None and f.low > f.needed]
    return Facts(
        nouns,
        {word: frozenset(values) for word, values in counts.items()},
        {word: frozenset(values) for word, values in returns.items()},
        _percents(findings, told),
        frozenset(persons),
        tuple(_measures(published.project.form, told, nouns)),
        {verdict: frozenset(c[verdict] for c in verdicts) for verdict in Verdict},
        frozenset(sum(f.unit_code == code for f in met) for code in meant),
        frozenset(n for c in verdicts for n in (len(objectives), len(objectives) - c[Verdict.NOT_APPLICABLE])),
    )


# ---- the words of the form and the plan -----------------------------------------------------------------------------


def _measured(form: Form) -> dict[str, Item]:
    return {item.code: item for sheet in form.sheets for item in sheet.items if item.measure}


def _words(objective: Objective, items: dict[str, Item]) -> set[str]:
    """The words that count for an objective: the first of its own, and the form's short one (vụ việc, vụ)."""
    noun = objective.counted.split(",")[0].lower()
    return {noun, *(item.measure for item in items.values() if noun.startswith(f"{item.measure} "))}


def _topic(form: Form, slug: str) -> str:
    """What a sentence on this objective speaks of: the name of its sheet (1 Tuyên truyền), and what the law does."""
    names = [_subject(sheet) for sheet in form.sheets if sheet.objective == slug]
    return "|".join([*map(re.escape, names), *([_LAW] if slug == "enforcement" else [])])


def _subject(sheet: Sheet) -> str:
    return sheet.name.lstrip("0123456789 ").lower()


def _measures(form: Form, told: list[Indicator], nouns: Iterable[str]) -> Iterator[Measure]:
    """The sums of sheets and the rows of the form that are measured in something no objective counts."""
    rules, values = load_disclosure(), {}
    for row in told:
        values.setdefault((row.objective, _key(row)), set()).add(row.value)
    counted = {item.measure for item in _measured(form).values()}
    for sheet in form.sheets:
        whole = (_subject(sheet),)
        rows = [(key, words, whole) for key, words in _SUMS.get(sheet.objective, {}).items()]
        for item in sheet.items:
            words = item.measure or ("cuộc" if sheet.objective == "harm_reduction" else "")
            label = " ".join(w for w in item.label.lower().split() if w not in item.measure.split())
            for measure in counted - {item.measure}:  # of “lượt kiểm tra cơ sở” only “kiểm tra” says what it is about
                label = label.replace(measure, "").strip()
            if words and words not in (*nouns, "người"):
                rows.append((item.code, words, tuple(part.strip() for part in label.split(","))))
        for key, words, about in rows:
            told_of = frozenset(map(Decimal, values.get((sheet.objective, key), ())))
            few = rules.level(sheet.objective, key) != ""
            yield Measure(words, tuple(tuple(part.split()) for part in about), told_of, few)


# ---- numbers --------------------------------------------------------------------------------------------------------


def _counts_of(findings: Iterable[Finding]) -> Iterator[int]:
    for f in findings:
        given = [n for n in (f.low, f.high, f.needed, f.total) if n is not None]
        yield from given
        if f.low is not None and f.high is not None:
            yield from (f.high - f.low, *([] if f.total is None else [f.total - f.high, f.total - f.low]))
        if f.low is not None and f.needed is not None:
            yield max(f.needed - f.low, 0)


def _counts_same(row: Indicator, slug: str, words: set[str], items: dict[str, Item]) -> bool:
    key = _key(row)
    pattern = _COUNTS.get(slug)
    counts = re.fullmatch(pattern, key) is not None if pattern else key in items and items[key].measure in words
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
    low = {n for f in real if f.low is not None for n in printed(f.low, f.total, f)}
    high = {n for f in real if f.high is not None for n in printed(f.high, f.total, f)}
    rest = {n for f in real if f.high is not None for n in printed(f.total - f.high, f.total, f)}
    rest |= {n for f in real if f.high is not None for n in printed(f.high - f.low, f.total, f)}
    rows = {(i.unit_code, i.indicator): _value(i) for i in shown if i.objective == ""}
    cells = [(rows.get((unit, "reported")), rows.get((unit, "expected"))) for unit, _ in rows]
    given = {n for part, whole in cells if part is not None and whole and part <= whole for n in printed(part, whole)}
    exact = {min(printed(f.low, f.total, f), key=lambda n: -len(str(n))) for f in real if f.low is not None}
    reached = {n for f in real if f.low is not None and f.needed for n in _rounded(share(f.low, f.needed))}
    names = {"low": low | target, "high": high, "not": rest, "returns": given, "needed": reached}
    names["shown"] = exact | target
    return {name: frozenset(values) for name, values in names.items()}


def printed(part: int | None, whole: int | None, finding: Finding | None = None) -> set[Decimal]:
    """A share as documents print it, and to one decimal unless that would contradict the target."""
    if part is None or not whole or part > whole:
        return set()
    named = re.search(r"([\d.]+)%", finding.target) if finding else None
    threshold = Fraction(named[1]) / 100 if named else None
    exact_text, short = _rounded(share(part, whole, threshold))
    exact = Fraction(part, whole)
    same_side = all((Fraction(short) / 100 < e) == (exact < e) for e in (threshold, Fraction(1)) if e is not None)
    return {exact_text, short} if same_side else {exact_text}


def _rounded(shown: str) -> tuple[Decimal, Decimal]:
    """A percentage as printed and to one decimal."""
    exact = Decimal(shown.removesuffix("%").replace(".", "").replace(",", "."))
    return exact, exact.quantize(Decimal("0.1"), ROUND_HALF_UP).normalize()


def _value(row: Indicator) -> int | None:
    return int(row.value) if row.value.isdecimal() else None


def _key(row: Indicator) -> str:
    """The name of an indicator, of the province's own bodies as well."""
    return row.indicator.removeprefix("own.")
