"""Read a cell about a document by one grammar: it is given, there is none, or the sender is asked.

The text becomes a line of letters, one for each token ("Kế hoạch số 45/KH-UBND ngày 12/4/2017" is
KpNpD: a kind, a number, a day, with what may stand between them), and the grammar is one expression
over that line; all letters are explained above it. A text outside the grammar is unreadable.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal, NamedTuple

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

_W = "\\w/\u0300-\u036f"  # the letters of words: some trailing tones are marks of their own
_DOCUMENT_NUMBER = (
    r"(?<![\w/])(?P<N>[0-9]{1,6}[a-zđ]?(?:/[0-9]{4})?/[^\W\d_][\w.&]*(?:-[\w.&]+)*"  # 45/KH-UBND
    r"|[0-9]{1,6}-[^\W\d_]{1,5}/[^\W\d_]{1,6})(?![\w/])"  # 45-KH/HU: how the Party writes
)
_ANY_DAY = rf"(?<![\w/])(?P<D>{DAY_PATTERN})"
_REST = rf"|(?P<u>[{_W}]+)|(?P<p>[,;:.()\n+&*•]|(?<=\s)-(?=\s)|^-)|(?P<z>\S)"
# K kind, N number, D day, p what may stand between them (signs, "số", "ngày", "và"); u words of a
# title behind its kind; V "đã ban hành", I the issuer; O a tail of any words, R "thực hiện", before
# words about the documents; B a body above; X a word to ask about; z any other sign.
_TITLED = "(?:K[uIpO]*?)?N"
_ALSO = "(?:p+(?:Kp*)?N)*"  # numbers that have no day of their own
_ONE = rf"(?:{_TITLED}{_ALSO}p*(?:O[uIpB]*)?D|Dp*{_TITLED})"  # "của UBND huyện" before the day
_OWN = rf"{_ONE}(?:p+[VI]*{_ONE})*{_ALSO}"
_LEAD = "(?:R.*?p[uI]*(?=V))?(?:[uI]*(?=V))?[VpI]*"  # "Thực hiện ..., UBND huyện ban hành"
_GRAMMAR = re.compile(rf"p*{_LEAD}(?P<own>{_OWN})(?:p*[OR].*)?p*")
WordGroup = Literal[
    "kind", "number", "day", "conjunction", "opens", "above", "issuer", "tail", "refers"
]
# The letter of each group of words; a word of two groups is of the first.
_LETTERS: dict[WordGroup, str] = {
    "kind": "K",
    "number": "p",
    "day": "p",
    "conjunction": "p",
    "opens": "V",
    "above": "B",
    "issuer": "I",
    "tail": "O",
    "refers": "R",
}
Words = tuple[str, ...]


class DocumentWords(StrictModel):
    """The words that the form knows in a cell about a document.

    `plan` is the number of the plan itself, `issuer_rank` the rank of its issuer: tỉnh, thành phố;
    `example` is a document as messages show it. The sender is asked about words of `asks`, whatever
    else stands in the cell. "None" is a word of `deny`, then any of `have`, then any of `what`,
    then one of `where` with a name. A number with one of `above_symbols` is of a body above.
    """

    plan: str
    issuer_rank: str
    example: str
    words: dict[WordGroup, Words]
    asks: dict[Literal["denied", "draft", "intended"], Words]
    none: dict[Literal["who", "deny", "have", "what", "where"], Words]
    above_symbols: Words = ()

    @property
    def doubtful(self) -> list[str]:
        """The words that make the cell of a document unreadable, for a formula of `Kiểm tra`."""
        above = {f"của {body}" for body in self.words["above"]}
        return sorted(above.union(*self.asks.values()))


class Document(NamedTuple):
    """A cell as read. `value`: given, none or unreadable.

    `days` are those of given documents. Of an unreadable cell `why` is the key of the reason (a key
    of `asks`, number, day, plan, above, words, calendar), `says` its Vietnamese sentence.
    """

    value: str
    why: str = ""
    says: str = ""
    days: tuple[date, ...] = ()


class _Lexicon:
    """The words of a form in one spelling: the letter of each, and why to ask about some.

    Accents count: bỏ is not bộ, đang is not đảng. Without accents two words may be one: the word to
    ask about wins, and số wins over sở.
    """

    def __init__(self, document_words: DocumentWords, spell: Callable[[str], str]) -> None:
        """Compare words in the spelling that `spell` gives them."""
        self.letters: dict[str, str] = {}
        self.asks: dict[str, tuple[str, str]] = {}
        for group, letter in reversed(_LETTERS.items()):  # so that the first group wins
            spelt = map(spell, document_words.words.get(group, ()))
            self.letters |= dict.fromkeys(spelt, letter)
        for why, doubtful in document_words.asks.items():
            self.asks |= {spell(word): (word, why) for word in doubtful}
        self.letters |= dict.fromkeys(self.asks, "X")  # before every group
        word = rf"(?P<w>(?<![{_W}])(?:{any_of_pattern(self.letters)})(?![{_W}]))"
        self.pattern = re.compile(f"{_ANY_DAY}|{_DOCUMENT_NUMBER}|{word}{_REST}")

    def tokens(self, text: str) -> list[tuple[str, str]]:
        """Return each token of a text, spelt as this lexicon is, with its letter in `_GRAMMAR`."""
        tokens = []
        for match in self.pattern.finditer(text):
            letter = self.letters[match["w"]] if match["w"] else str(match.lastgroup)
            tokens.append((letter, match[0]))
        return tokens


class Grammar:
    """The grammar of cells about a document, in the words of a form."""

    def __init__(self, words: DocumentWords, none_words: Iterable[str]) -> None:
        self.words, self.plan = words, fold(words.plan)
        self.none_words = {fold(word) for word in none_words}
        self.accented, self.bare = (
            _Lexicon(words, move_tones_to_end),
            _Lexicon(words, strip_accents),
        )
        who, deny, have, what, where = (
            any_of_pattern(map(move_tones_to_end, words.none.get(part, ())))
            for part in ("who", "deny", "have", "what", "where")
        )
        # Behind "where" a name of at most five words, none of which says that there is something.
        name = rf"(?: (?!(?:{have}|{what})(?: |$))[{_W}]+){{0,5}}"
        denial = (
            rf"(?:(?:{who}) )?(?:{deny})(?: (?:{have}))*(?: (?:{what}))*(?: (?:{where}){name})?"
        )
        self.denial = re.compile(denial if words.none else "(?!)")
        self.symbols_above = {*map(fold, words.above_symbols)}
        self.symbols_above |= {strip_accents(symbol) for symbol in self.symbols_above}

    def denies(self, text: str) -> bool:
        """Return whether a text says that there is none, in the form's words or similar ones."""
        words = move_tones_to_end(_close_up_numbers(text)).strip(" .!;,()")
        return fold(text) in self.none_words or bool(words and self.denial.fullmatch(words))

    def read(self, text: str) -> Document:
        """Read the text of a cell that is not empty."""
        if self.denies(text):
            return Document("none")
        text, lexicon = _close_up_numbers(text), self.bare
        if not text.isascii():
            text, lexicon = move_tones_to_end(text), self.accented
        tokens = lexicon.tokens(text)
        letters = "".join(letter for letter, _ in tokens)
        if "X" in letters:  # a word of denial, draft or intention
            _, asking = tokens[letters.index("X")]
            word, why = lexicon.asks[asking]
            return self._ask(why, word)
        for letter, why in (("N", "number"), ("D", "day")):
            if letter not in letters:
                return self._ask(why)
        return self._read_own(tokens, letters)

    def _read_own(self, tokens: list[tuple[str, str]], letters: str) -> Document:
        """Return the documents that the unit issued, in a text that has a number and a day.

        `letters`: the letters of the tokens, joined, as `_GRAMMAR` reads them. Numbers of the
        plan itself or of a body above are asked about even in a text outside the grammar.
        """
        match = _GRAMMAR.fullmatch(letters)
        start, end = match.span("own") if match else (0, len(tokens))
        documents, after = letters[start:end], letters[end:]
        numbers = [written.upper() for letter, written in tokens[start:end] if letter == "N"]
        if {*map(fold, numbers)} == {self.plan}:
            return self._ask("plan", numbers[0])
        is_district_party = re.match("p*OI", after)  # "TU" is also the Thành ủy of a city
        if numbers and all(map(self._is_above_or_plan, numbers)) and not is_district_party:
            return self._ask("above", numbers[0])
        if not match:
            return self._ask("words")
        names_body_above = "OB" in documents or re.match("p*OB", after)
        if names_body_above:
            return self._ask("above", numbers[0])
        written_days = [written for letter, written in tokens[start:end] if letter == "D"]
        days = []
        for written in written_days:
            day = read_day(written)
            if day is None:
                return self._ask("calendar", written)
            days.append(day)
        return Document("given", days=tuple(days))

    def _is_above_or_plan(self, number: str) -> bool:
        """Return whether a number is the plan's own, or its symbol names a body above."""
        parts = re.split("[-/]", fold(number))[1:]
        return fold(number) == self.plan or not self.symbols_above.isdisjoint(parts)

    def _ask(self, why: str, quoted: str = "") -> Document:
        """Return the cell as unreadable for a reason; its sentence quotes `quoted`."""
        says = load_macros("plan/document_references.j2").document(why, quoted, self.words)
        return Document("unreadable", why, says.strip())


def _close_up_numbers(text: str) -> str:
    """Return the text after `normalize_signs`, without spaces inside the number of a document."""
    text = normalize_signs(text)
    text = re.sub(r"(?<=[0-9]) ?/ ?(?=[^\W\d_])", "/", text)  # 45 /KH, 45/ KH
    symbol = r"/[^\W\d_]+(?: - [^\W\d_]+)+"  # /KH - UBND
    return re.sub(symbol, lambda match: match[0].replace(" - ", "-"), text)
