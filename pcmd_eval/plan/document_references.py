"""Read a cell about a document: number with symbol and full day, or the words that there is none.

The sender is asked about anything else.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from pcmd_eval.util.days import DAY_PATTERN, read_day
from pcmd_eval.util.spelling import (
    any_of_pattern,
    fold,
    move_tones_to_end,
    normalize_signs,
    strip_accents,
)
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.yaml_models import StrictModel

_NUMBER = re.compile(
    r"(?<![\w/])(?:[0-9]{1,6}[a-zđ]? ?(?:/ ?[0-9]{4} ?)?/ ?"  # 45/KH-UBND, 45 / KH - UBND
    r"[^\W\d_][\w.&]*(?:(?:-[\w.&]+)+|(?: - [^\W\d_]+)+)?"
    r"|[0-9]{1,6}-[^\W\d_]{1,5}/[^\W\d_]{1,6})(?![\w/])"  # 45-KH/HU: how the Party writes
)
_DAY = re.compile(rf"(?<![\w/])(?:{DAY_PATTERN})")
# Patterns of a text in which N replaces each number and D each day: the documents of the `unit`,
# then what follows them (`tail`). %(kind)s etc. are the word groups of `DocumentWords.words`.
_BETWEEN = r"(?:[ ,;:.()&+*•-]|%(between)s)*+"
_TITLE = r"(?:(?![ND]|%(kind)s|%(refers)s)[\w/ ,;:.()&+*•-])*+"
_NUMBERS = rf"(?:{_BETWEEN}(?:%(kind)s{_TITLE})?N)+{_BETWEEN}"
_ONE = rf"(?:{_NUMBERS}(?:(?:%(of)s|%(tail)s){_TITLE})?D|{_BETWEEN}D{_NUMBERS})"
_SHAPE = rf"(?P<unit>{_ONE}+(?:{_NUMBERS})?{_BETWEEN})(?P<tail>(?:%(of)s|%(tail)s|%(refers)s).*)?"
# Behind "where" a name of at most five words, none of them of `have` or `what`.
_DENIAL = (
    r"(?:%(who)s )?%(deny)s(?: %(have)s)*(?: %(what)s)*"
    r"(?: %(where)s(?: (?!%(have)s|%(what)s)[\w\u0300-\u036f]+){0,5})?"
)
Words = tuple[str, ...]
WordGroup = Literal["kind", "between", "of", "tail", "refers", "above", "district_party"]
PartOfDenial = Literal["who", "deny", "have", "what", "where"]


class DocumentWords(StrictModel):
    """The words that the form knows in a cell about a document.

    `plan` is the number of the plan itself, `issuer_rank` the rank of its issuer: tỉnh, thành phố;
    `example` is a document as messages show it. `words`: what may stand before a number (`kind`,
    and its title), between the parts (`between`) and behind the day: `of` an issuer, `tail`, and
    `refers` before what is another's document.
    The sender is asked about words of `asks`, whatever else stands in the cell. "None" is a word of
    `deny`, then any of `have`, then any of `what`, then one of `where` with a name. A number `of` a
    body `above`, or with one of `above_symbols` and not of a `district_party`, is of a body above.
    """

    plan: str
    issuer_rank: str
    example: str
    words: dict[WordGroup, Words]
    asks: dict[Literal["denied", "draft", "intended"], Words]
    none: dict[PartOfDenial, Words]
    above_symbols: Words = ()

    @property
    def doubtful(self) -> list[str]:
        """The words that make a cell about a document unreadable, for formulas of Kiểm tra."""
        above = {f"của {body}" for body in self.words["above"]}
        return sorted(above.union(*self.asks.values()))


class Document(NamedTuple):
    """The content of a cell. `value`: given, none or unreadable.

    `days`: of given documents. Of an unreadable cell `reason` is a key (one of `asks`, or number,
    day, plan, above, words, calendar) and `message` the Vietnamese sentence.
    """

    value: str
    reason: str = ""
    message: str = ""
    days: tuple[date, ...] = ()


def _bare(text: str) -> str:
    """Return a text for comparison: no accents, lower case, i for y."""
    return strip_accents(move_tones_to_end(text))


@lru_cache
def _any_of(words: Words, spell: Callable[[str], str]) -> str:
    """Return a pattern that matches one of the words, spelt by `spell`, as whole words.

    `\\b` would not do: some tones at the end of a word are combining marks.
    """
    letter = r"[\w\u0300-\u036f]"
    return rf"(?<!{letter})(?:{any_of_pattern(map(spell, words))})(?!{letter})"


class DocumentReader:
    """Reads cells about a document, by the words of a form.

    Words to ask about are matched with their accents (bỏ is not bộ), but in an ASCII text without.
    """

    def __init__(self, words: DocumentWords, none_words: Iterable[str]) -> None:
        self.words, self.none_words = words, {fold(word) for word in none_words}
        parts = get_args(PartOfDenial)
        denial = {part: _any_of(words.none.get(part, ()), move_tones_to_end) for part in parts}
        self.denial_pattern = re.compile(_DENIAL % denial)
        groups = get_args(WordGroup)
        patterns = {group: _any_of(words.words.get(group, ()), _bare) for group in groups}
        self.shape_pattern = re.compile(_SHAPE % patterns)
        self.above = re.compile("{of} {above}".format_map(patterns))
        self.party = re.compile("{of} {district_party}".format_map(patterns))
        self.above_symbols = {*map(_bare, words.above_symbols)}

    def denies(self, text: str) -> bool:
        """Return whether a text says that there is no document or model: "không có kế hoạch"."""
        words = move_tones_to_end(normalize_signs(text)).strip(" .!;,()")
        return fold(text) in self.none_words or bool(words and self.denial_pattern.fullmatch(words))

    def read(self, text: str) -> Document:
        """Return the document, denial or reason to ask in the text of a cell that is not empty."""
        if self.denies(text):
            return Document("none")
        spell = _bare if text.isascii() else move_tones_to_end  # ASCII: typed without accents
        text = normalize_signs(text)
        for reason, doubtful in self.words.asks.items():
            if found := re.search(_any_of(doubtful, spell), spell(text)):
                [word, *_] = (word for word in doubtful if spell(word) == found[0])
                return self._unreadable(reason, word)
        numbers = [number.upper() for number in _NUMBER.findall(text)]
        shape = _NUMBER.sub("N", _bare(text))
        days = [match[0] for match in _DAY.finditer(shape)]
        if not (numbers and days):
            return self._unreadable("day" if numbers else "number")
        return self._read_documents(numbers, days, _DAY.sub("D", shape))

    def _read_documents(self, numbers: list[str], days: list[str], shape: str) -> Document:
        """Return the documents of the unit, or the cell as unreadable with the reason.

        It is unreadable if every number is that of the plan or of a body above, if the text has
        another shape, or if a day does not exist. A number of the plan or of a body above beside
        one of the unit is ignored.

        `numbers`, `days`: those in the text, in order; `shape`: the text with N and D in their
        places.
        """
        match = self.shape_pattern.fullmatch(shape)
        documents, tail = (match["unit"], match["tail"] or "") if match else (shape, "")
        numbers = numbers[: documents.count("N")]
        if {*map(_bare, numbers)} == {_bare(self.words.plan)}:
            return self._unreadable("plan", numbers[0])
        are_all_above = all(map(self._is_above_or_plan, numbers)) and not self.party.match(tail)
        if are_all_above or (match and (self.above.search(documents) or self.above.match(tail))):
            return self._unreadable("above", numbers[0])
        if not match:
            return self._unreadable("words")
        read = {day: read_day(day) for day in days[: documents.count("D")]}
        for written, day in read.items():
            if day is None:
                return self._unreadable("calendar", written)
        return Document("given", days=tuple(filter(None, read.values())))

    def _is_above_or_plan(self, number: str) -> bool:
        """Return whether a number is the plan's own, or its symbol names a body above."""
        parts = re.split("[-/ ]+", _bare(number))[1:]
        return _bare(number) == _bare(self.words.plan) or not self.above_symbols.isdisjoint(parts)

    def _unreadable(self, reason: str, quoted: str = "") -> Document:
        """Return the cell as unreadable; the message quotes `quoted`."""
        message = load_macros("plan/document_references.j2").document(reason, quoted, self.words)
        return Document("unreadable", reason, message.strip())
