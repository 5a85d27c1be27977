"""What the audit workbook says in formulas: how cells count, parts add up, how many are needed.

Whatever may count stands in three words, Có, Không and Chưa rõ (nobody can know yet). A formula
names the cells of its own row by their heads, see `sheets.Entry`; `area` and conditions may be a
series: then so is the formula. Only functions of Excel 2010; "=" and COUNTIF ignore case, but not
that of accented letters, so names are folded before.
"""

from datetime import date

import pandas as pd

from pcmd_eval.findings import COUNTS
from pcmd_eval.rules import Rule
from pcmd_eval.spelling import fold
from pcmd_eval.words import HEADERS, STANDINGS, VERDICTS

YES, NO, UNKNOWN = (STANDINGS[key].word for key in (True, False, None))
MET, NOT_MET, OPEN, NONE_AROSE, NOT_APPLICABLE = (look.word for look in VERDICTS.values())
LEFT_OUT = "–"  # what a rule does not ask for
SAME, OTHER = "đúng", "KHÁC"  # beside what was filed
# Heads that formulas name: of the page of results the counts, of that of raw cells what decides how
# a cell counts.
NUMBERS = [HEADERS[key] for key in COUNTS]
LOW, HIGH, NEEDED, TOTAL = (f"[{head}]" for head in NUMBERS)
VALUE, END, CUTOFF = "Giá trị", "Hết kỳ", "Ngày chốt số liệu"
ANSWERS = {"given": YES, "yes": YES, "none": NO, "no": NO}
# How many of a total n a target t needs, by its shape; rounding takes back what binary fractions
# add.
NEEDED_BY = {
    **dict.fromkeys(("share", "share_range"), "ROUNDUP(ROUND({t}*{n},9),0)"),
    "share_above": "INT(ROUND({t}*{n},9))+1",
    **dict.fromkeys(("of", "own", "count", "none"), "{t}"),
    **dict.fromkeys(("every", "all"), "IF(ISNUMBER({t}),{t},{n})"),
}
Text = str | pd.Series


def text(template: str, **parts: Text) -> Text:
    """A formula with its parts put in: a series where one of them is one, each row with its own."""
    series = {name: part for name, part in parts.items() if isinstance(part, pd.Series)}
    if not series:
        return template.format(**parts)
    index = next(iter(series.values())).index
    rows = pd.DataFrame(series).to_dict("records")
    return pd.Series([template.format(**parts | row) for row in rows], index, dtype=object)


def first_of(*cases: tuple[Text, str], otherwise: str) -> Text:
    """The word of the first condition that holds."""
    rest = f'"{otherwise}"'
    for condition, word in reversed(cases):
        rest = text('IF({condition},"{word}",{rest})', condition=condition, word=word, rest=rest)
    return rest


def count(area: Text, word: str) -> Text:
    """How many cells say this word."""
    return text('COUNTIF({area},"{word}")', area=area, word=word)


def at_least(needed: object, area: Text) -> Text:
    """Có where so many parts surely count, Không where too few can."""
    sure = count(area, YES)
    possible = sure + "+" + count(area, UNKNOWN)
    return first_of((sure + f">={needed}", YES), (possible + f">={needed}", UNKNOWN), otherwise=NO)


def judged(shape: str) -> str:
    """The verdict on low, high and needed; a target of none at all is met by none."""
    met = f"{LOW}>={NEEDED}"
    missed = f'AND({HIGH}<>"",{HIGH}<{NEEDED})'
    if shape == "none":
        met = f"{HIGH}=0"
        missed = f"{LOW}>0"
    return first_of((met, MET), (missed, NOT_MET), otherwise=OPEN)


def among(part: Text, rule: str) -> Text:
    """Whether a rule that lists parts ("1; 2; 4") names this one."""
    return text('ISNUMBER(FIND("; {part};","; "&{rule}&";"))', part=part, rule=rule)


def only_if(asked: Text, formula: Text) -> Text:
    """A formula that stands only where a rule asks for its part."""
    return text('IF({asked},{formula},"{none}")', asked=asked, formula=formula, none=LEFT_OUT)


def setting(rule: Rule, value: object) -> object:
    """The value of a rule as its cell holds it: a number, a date, parts, or words."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, int | date):
        return value
    labels = {choice.value: choice.label for choice in rule.choices}
    return str(labels.get(value, value)).replace(",", ";").replace('"', "'")


def read(row: str, column: str, value: str) -> object:
    """The value of a cell of a return as formulas use it; "" where none is known."""
    if pd.isna(value):
        return ""
    if column == "name":
        return YES if row == "none" else " ".join(map(fold, value.split()))
    if column == "start":
        return date.fromisoformat(value)
    return ANSWERS.get(value) or (int(value) if value.isdecimal() else float(value))


def counts_as(this_year_only: str, year: int) -> dict[str, str]:
    """What a cell counts as, by its column."""
    value = f"[{VALUE}]"
    end = f"[{END}]"
    cutoff = f"[{CUTOFF}]"
    blank = (f'{value}=""', UNKNOWN)
    answer = f'IF({value}="","{UNKNOWN}",{value})'
    early = f"AND(ISNUMBER({cutoff}),{end}-{cutoff}>open_period_days)"
    no_number = (f"NOT(ISNUMBER({value}))", UNKNOWN)
    some = (f"{value}>0", YES)
    late = f"AND(ISNUMBER({cutoff}),{value}>{cutoff})"
    wrong = f"OR({late},AND({this_year_only},YEAR({value})<>{year}))"
    unread = f'IF({this_year_only},"{UNKNOWN}","{YES}")'
    return {
        "": first_of(no_number, some, (early, UNKNOWN), otherwise=NO),
        "none": first_of(blank, otherwise=NO),
        "name": f'SUBSTITUTE({value}," ","")',
        "type": first_of(blank, (f"{value}=1", YES), otherwise=NO),
        "start": f'IF({value}="",{unread},IF({wrong},"{NO}","{YES}"))',
        "document": answer,
        "carried_out": answer,
        "operating": answer,
    }


def said(standing: pd.Series) -> pd.Series:
    """True, False and <NA> in words."""
    return standing.map({True: YES, False: NO}).astype("string").fillna(UNKNOWN)
