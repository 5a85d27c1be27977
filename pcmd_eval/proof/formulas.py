"""What the audit workbook says in formulas: how cells count, how parts add up, and how many a target needs.

Whatever may count stands in three words, Có, Không and Chưa rõ (nobody can know yet). In a formula `#` is its own row.
Only functions of Excel 2010; "=" and COUNTIF ignore case, but not that of accented letters, so names are folded before.
"""

from datetime import date

import pandas as pd

from pcmd_eval.plan import Rule
from pcmd_eval.spelling import fold
from pcmd_eval.words import STANDINGS, VERDICTS

YES, NO, UNKNOWN = (STANDINGS[key].word for key in (True, False, None))
MET, NOT_MET, OPEN, NONE_AROSE, NOT_APPLICABLE = (look.word for look in VERDICTS.values())
LEFT_OUT = "–"  # what a rule does not ask for
ANSWERS = {"given": YES, "yes": YES, "none": NO, "no": NO}
# How many of a total n a target t needs, by its shape; rounding takes back what binary fractions add.
NEEDED = {
    **dict.fromkeys(("share", "share_range"), "ROUNDUP(ROUND({t}*{n},9),0)"),
    "share_above": "INT(ROUND({t}*{n},9))+1",
    **dict.fromkeys(("of", "own", "count", "none"), "{t}"),
    **dict.fromkeys(("every", "all"), "IF(ISNUMBER({t}),{t},{n})"),
}


def first_of(*cases: tuple[str, str], otherwise: str) -> str:
    """The word of the first condition that holds."""
    text = f'"{otherwise}"'
    for condition, word in reversed(cases):
        text = f'IF({condition},"{word}",{text})'
    return text


def count(area: str, word: str) -> str:
    """How many cells say this word."""
    return f'COUNTIF({area},"{word}")'


def at_least(needed: object, area: str) -> str:
    """Có where so many parts surely count, Không where too few can."""
    sure, possible = count(area, YES), f"{count(area, YES)}+{count(area, UNKNOWN)}"
    return first_of((f"{sure}>={needed}", YES), (f"{possible}>={needed}", UNKNOWN), otherwise=NO)


def every(area: str) -> str:
    """Có where all parts count, Không where one does not."""
    return first_of((f"{count(area, NO)}>0", NO), (f"{count(area, UNKNOWN)}>0", UNKNOWN), otherwise=YES)


def judged(shape: str) -> str:
    """The verdict on low (D), high (E) and needed (F); a target of none at all is met by none."""
    met, missed = ("E#=0", "D#>0") if shape == "none" else ("D#>=F#", 'AND(E#<>"",E#<F#)')
    return first_of((met, MET), (missed, NOT_MET), otherwise=OPEN)


def among(part: object, rule: str) -> str:
    """Whether a rule that lists parts ("1; 2; 4") names this one."""
    return f'ISNUMBER(FIND("; {part};","; "&{rule}&";"))'


def only_if(conditions: list[str], texts: pd.Series) -> pd.Series:
    """Formulas that stand only where a rule asks for their part."""
    pairs = zip(conditions, texts, strict=True)
    return pd.Series([f'IF({asked},{text},"{LEFT_OUT}")' for asked, text in pairs], texts.index)


def setting(rule: Rule, value: object) -> object:
    """The value of a rule as its cell holds it: a number, a date, a list of parts, or the words of the choice."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    label = next((choice.label for choice in rule.choices if choice.value == value), value)
    return value if isinstance(value, int | date) else str(label).replace(",", ";").replace('"', "'")


def read(row: str, column: str, value: str) -> object:
    """The value of a cell of a return as formulas use it; "" where none is known."""
    if pd.isna(value):
        return ""
    if column == "name":
        return YES if row == "none" else " ".join(map(fold, value.split()))
    return ANSWERS.get(value) or (date.fromisoformat(value) if column == "start" else int(value))


def counts_as(row: str, column: str, this_year_only: str, year: int) -> str:
    """What a cell of a return counts as; its value stands in column I, the end of its period in F, the cut-off in G."""
    blank, early = ('I#=""', UNKNOWN), "AND(ISNUMBER(G#),F#-G#>open_period_days)"
    wrong = f"OR(AND(ISNUMBER(G#),I#>G#),AND({this_year_only},YEAR(I#)<>{year}))"
    special = {
        "name": first_of(blank, otherwise=NO) if row == "none" else 'SUBSTITUTE(I#," ","")',
        "type": first_of(blank, ("I#=1", YES), otherwise=NO),
        "start": f'IF(I#="",IF({this_year_only},"{UNKNOWN}","{YES}"),IF({wrong},"{NO}","{YES}"))',
        **dict.fromkeys(("document", "carried_out", "operating"), f'IF(I#="","{UNKNOWN}",I#)'),
    }
    number = first_of(("NOT(ISNUMBER(I#))", UNKNOWN), ("I#>0", YES), (early, UNKNOWN), otherwise=NO)
    return special.get(column, number)


def said(standing: pd.Series) -> pd.Series:
    """True, False and <NA> in words."""
    return standing.map({True: YES, False: NO}).astype("string").fillna(UNKNOWN)
