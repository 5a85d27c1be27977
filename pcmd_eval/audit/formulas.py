"""What the audit workbook says in formulas: how cells count, parts add up, how many are needed.

They stand in data/templates/formulas.j2. Whatever may count stands in three words, Có, Không and
Chưa rõ (nobody can know yet). A formula names the cells of its own row by their heads, see
`sheets.Entry`. Only functions of Excel 2010; "=" and COUNTIF ignore case, but not that of accented
letters, so names are folded before.
"""

from datetime import date

import pandas as pd

from pcmd_eval.evaluation.findings import COUNTS
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.templates import load_macros, render_line
from pcmd_eval.util.vocabulary import HEADERS, STATUS_STYLES

YES, NO, UNKNOWN = (STATUS_STYLES[key].word for key in (True, False, None))
LEFT_OUT = "–"  # what a rule does not ask for
SAME, OTHER = "đúng", "KHÁC"  # beside what was filed
NUMBERS = [HEADERS[key] for key in COUNTS]  # heads of the page of results
_ANSWERS = {"given": YES, "yes": YES, "none": NO, "no": NO}


def audit_formula(name: str, **parts: object) -> str | pd.Series:
    """A formula with its parts put in: a series where one of them is one, each row with its own."""
    series = {key: part for key, part in parts.items() if isinstance(part, pd.Series)}
    if not series:
        return render_line("formulas.j2", name, **parts)
    frame = pd.DataFrame(series)
    texts = [render_line("formulas.j2", name, **parts | row) for row in frame.to_dict("records")]
    return pd.Series(texts, frame.index, dtype=object)


def has_formula(name: str) -> bool:
    """Whether there is a formula of that name."""
    return hasattr(load_macros("formulas.j2"), name)


def rule_is(plan: Plan, slug: str, key: str, value: str) -> str:
    """The condition that a rule has this value."""
    return f'{slug}_{key}="{setting(plan[slug].rules[key], value)}"'


def setting(rule: Rule, value: object) -> object:
    """The value of a rule as its cell holds it: a number, a date, parts, or words."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, int | date):
        return value
    labels = {choice.value: choice.label for choice in rule.choices}
    return str(labels.get(value, value)).replace(",", ";").replace('"', "'")


def value_of(row: str, column: str, value: str) -> object:
    """The value of a cell of a return as formulas use it; "" where none is known."""
    if pd.isna(value):
        return ""
    if column == "name":
        return YES if row == "none" else " ".join(map(fold, value.split()))
    if column == "start":
        return date.fromisoformat(value)
    return _ANSWERS.get(value) or (int(value) if value.isdecimal() else float(value))


def standing_words(standing: pd.Series) -> pd.Series:
    """True, False and <NA> in words."""
    return standing.map({True: YES, False: NO}).astype("string").fillna(UNKNOWN)
