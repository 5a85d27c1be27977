"""What number and day of a document say, by one grammar for the cell: given, none, or what to ask.

The text becomes a line of letters, one for each thing that the form's words know (K a kind, N a
number, D a day; u is a word that nobody knows), and the grammar is one expression over that line.
What it does not cover is asked about.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

from pcmd_eval.util.spelling import any_of_pattern, fold, fold_name, strip_accents
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.yaml_models import StrictModel

# No document or model is older: an earlier day is a number that Excel took for one.
FIRST_YEAR = 1950
_W = "\\w/\u0300-\u036f"  # of what words are made: some tones at their end have no letter
_NUMBER = (
    r"(?<![\w/])(?P<N>[0-9]{1,6}[a-zđ]?(?:/[0-9]{4})?/[^\W\d_][\w.&]*(?:-[\w.&]+)*"  # 45/KH-UBND
    r"|[0-9]{1,6}-[^\W\d_]{1,5}/[^\W\d_]{1,6})(?![\w/])"  # 45-KH/HU: how the Party writes
)
_DAY = (  # in words as `_spelt` leaves them: tones at their ends, i for y
    r"[0-9]{1,2} ?(?P<sep>[/.-]) ?[0-9]{1,2} ?(?P=sep) ?[0-9]{4}(?![0-9/])"
    r"|[0-9]{1,2} (?:thanǵ|thang) [0-9]{1,2},? n[aă]m [0-9]{4}"
)
_ANY_DAY = rf"(?<![\w/])(?P<D>{_DAY})"
_ONE_DAY = re.compile(rf"(?:nga[iì] )?(?:{_DAY})\.?")
_REST = rf"|(?P<u>[{_W}]+)|(?P<p>[,;:.()\n+&*•]|(?<=\s)-(?=\s)|^-)|(?P<z>\S)"
# K kind, N number, D day, p what may stand between them (signs, "số", "ngày", "và"); u words of a
# title behind its kind; V "đã ban hành", I who issued it; O a tail of any words, R "thực hiện":
# what follows is only said about the documents; B a body above; X what has to be asked about; z any
# other sign.
_TITLED = "(?:K[uIpO]*?)?N"
_ALSO = "(?:p+(?:Kp*)?N)*"  # numbers that have no day of their own
_ONE = rf"(?:{_TITLED}{_ALSO}p*(?:O[uIpB]*)?D|Dp*{_TITLED})"  # "của UBND huyện" before the day
_OWN = rf"{_ONE}(?:p+[VI]*{_ONE})*{_ALSO}"
_LEAD = "(?:R.*?p[uI]*(?=V))?(?:[uI]*(?=V))?[VpI]*"  # "Thực hiện ..., UBND huyện ban hành"
_GRAMMAR = re.compile(rf"p*{_LEAD}(?P<own>{_OWN})(?:p*[OR].*)?p*")

# The letter of each group of words; a word of two groups is of the first.
_LETTERS = {
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

    `plan` is the number of the plan itself, `whose` the rank of who issued it: tỉnh, thành phố;
    `example` a document as messages show it.
    About words of `asks` the sender is asked, whatever else stands in the cell. "None" is a word of
    `deny`, then any of `have`, then any of `what`.
    """

    plan: str
    whose: str
    example: str
    words: dict[
        Literal[
            "kind", "number", "day", "conjunction", "opens", "above", "issuer", "tail", "refers"
        ],
        Words,
    ]
    asks: dict[Literal["denied", "draft", "intended"], Words]
    none: dict[Literal["deny", "have", "what"], Words]

    @property
    def doubtful(self) -> list[str]:
        """The words that a document cannot hold, as far as a formula can tell."""
        above = {f"của {body}" for body in self.words["above"]}
        return sorted(above.union(*self.asks.values()))


class Document(NamedTuple):
    """`given` (with its `days`), `none`, or `unreadable`: why, a key and a sentence."""

    value: str
    why: str = ""
    says: str = ""
    days: tuple[date, ...] = ()


class _Lexicon:
    """The words of a form in one way to spell: the letter of each, and why some are asked about.

    Accents count: bỏ is no bộ, đang no đảng. Without any such two are one word: it is rather the
    one that is asked about, and số rather than sở.
    """

    def __init__(self, words, spell):
        self.letters, self.asks = {}, {}
        for key, letter in reversed(_LETTERS.items()):
            self.letters |= dict.fromkeys(map(spell, words.words.get(key, ())), letter)
        for why, doubtful in words.asks.items():
            self.asks |= {spell(word): (word, why) for word in doubtful}
        self.letters |= dict.fromkeys(self.asks, "X")
        word = rf"(?P<w>(?<![{_W}])(?:{any_of_pattern(self.letters)})(?![{_W}]))"
        self.pattern = re.compile(f"{_ANY_DAY}|{_NUMBER}|{word}{_REST}")

    def tokens(self, text):
        """What stands in a text that is spelt in this way, in order, each with its letter."""
        tokens = []
        for match in self.pattern.finditer(text):
            letter = self.letters[match["w"]] if match["w"] else str(match.lastgroup)
            tokens.append((letter, match[0]))
        return tokens


class Grammar:
    """The grammar with the words of a form."""

    def __init__(self, words: DocumentWords, none_words: Iterable[str]) -> None:
        self.words, self.plan = words, fold(words.plan)
        self.none_words = {fold(word) for word in none_words}
        self.accented, self.bare = _Lexicon(words, _spelt), _Lexicon(words, strip_accents)
        none = {part: any_of_pattern(map(_spelt, listed)) for part, listed in words.none.items()}
        pattern = "(?:{deny})(?: (?:{have}))*(?: (?:{what}))*"
        self.denial = re.compile(pattern.format(**none) if none else "(?!)")

    def denies(self, text: str) -> bool:
        """Whether a text says that there is none, in the form's words or to the same effect."""
        words = _spelt(_tidy(text)).strip(" .!;,()")
        return fold(text) in self.none_words or bool(words and self.denial.fullmatch(words))

    def read(self, text: str) -> Document:
        """Read one cell."""
        if self.denies(text):
            return Document("none")
        text, lexicon = _tidy(text), self.bare
        if not text.isascii():
            text, lexicon = _spelt(text), self.accented
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

    def _read_own(self, tokens, letters):
        """The documents of the unit itself, in a text that has a number and a day."""
        match = _GRAMMAR.fullmatch(letters)
        start, end = match.span("own") if match else (0, len(tokens))
        own = tokens[start:end]
        numbers = [written.upper() for letter, written in own if letter == "N"]
        if {*map(fold, numbers)} == {self.plan}:
            return self._ask("plan", numbers[0])
        if not match:
            return self._ask("words")
        if "OB" in letters[start:end] or re.match("p*OB", letters[end:]):
            return self._ask("above", numbers[0])
        written_days = [written for letter, written in own if letter == "D"]
        days = [read_day(written) for written in written_days]
        if None in days:
            return self._ask("calendar", written_days[days.index(None)])
        return Document("given", days=tuple(days))

    def _ask(self, why, quoted=""):
        says = load_macros("faults.j2").document(why, quoted, self.words)
        return Document("unreadable", why, says.strip())


def read_day(text: str) -> date | None:
    """A day as people write it: 12/4/2017, 12-4-2017, 12.4.2017, "ngày 12 tháng 4 năm 2017".

    None for anything else.
    """
    if not _ONE_DAY.fullmatch(_spelt(_tidy(text))):
        return None
    day, month, year = map(int, re.findall("[0-9]+", text))
    try:
        return date(year, month, day) if year >= FIRST_YEAR else None
    except ValueError:
        return None


def _tidy(text):
    """One case, one Unicode form, one kind of dash, no quotes, single spaces, none in a number."""
    text = unicodedata.normalize("NFC", text).casefold().replace("ð", "đ")
    text = re.sub('[“”"]', "", re.sub("[\u2010-\u2015\u2212]", "-", text))
    text = re.sub(r"[^\S\n]+", " ", text).strip()
    text = re.sub(r"(?<=[0-9]) ?/ ?(?=[^\W\d_])", "/", text)  # 45 /KH, 45/ KH
    symbol = re.search(r"/[^\W\d_]+ - ", text)
    return re.sub(r"(?<=[^\W\d_]) - (?=[^\W\d_])", "-", text) if symbol else text


def _spelt(text):
    """Every word with its tone at its end, i for y; signs and digits stay."""
    words = re.split(r"([^\W\d_]+)", text.casefold())
    return "".join(unicodedata.normalize("NFC", fold_name(w)) if w.isalpha() else w for w in words)
