"""Fill in the formulas of the audit workbook: how cells count, parts add up, how many are needed.

The formulas are macros of data/templates/formulas.j2. A status is one of three words: Có, Không and
Chưa rõ (unknown). A formula names the cells of its own row by their headers, see
`sheet_writer.Entry`. It uses functions of Excel 2010 only. "=" and COUNTIF ignore the case of plain
letters but not of accented ones, so that names are folded before.
"""

from datetime import date
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.findings import COUNTS
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.templates import render_line
from pcmd_eval.util.vocabulary import HEADERS, STATUS_STYLES

YES, NO, UNKNOWN = (STATUS_STYLES[key].word for key in (True, False, None))
LEFT_OUT = "–"  # in place of a part that does not count under the rules in force
SAME, OTHER = "đúng", "KHÁC"  # whether a finding equals the filed one
NUMBERS = [HEADERS[key] for key in COUNTS]


class PartFormulas(NamedTuple):
    """Names of macros of formulas.j2: `part` counts a part's cells, `row` a row's parts."""

    part: str
    row: str


# By slug, for objectives that count parts; one without an entry has no sheet of formulas.
PART_FORMULAS = {
    "communication": PartFormulas("communication_part", "communication_row"),
    "integration": PartFormulas("integration_part", "integration_row"),
    "harm_reduction": PartFormulas("harm_reduction_part", "harm_reduction_row"),
    "media": PartFormulas("media_part", "media_row"),
}
_ANSWERS = {"given": YES, "yes": YES, "none": NO, "no": NO}


def audit_formula(name: str, **parts: object) -> str | pd.Series:
    """Return the macro `name` of formulas.j2 with its parts filled in.

    If any part is a series, returns a series of formulas (object) by its index, one for each row.
    """
    series = {key: part for key, part in parts.items() if isinstance(part, pd.Series)}
    if not series:
        return render_line("formulas.j2", name, **parts)
    frame = pd.DataFrame(series)
    texts = [render_line("formulas.j2", name, **parts | row) for row in frame.to_dict("records")]
    return pd.Series(texts, frame.index, dtype=object)


def rule_condition(plan: Plan, slug: str, key: str, value: str) -> str:
    """Return the formula of the condition that a rule has this value."""
    return f'{slug}_{key}="{rule_cell(plan[slug].rules[key], value)}"'


def rule_cell(rule: Rule, value: object) -> object:
    """Return the value of a rule as its cell holds it: a number, a date, parts, or a label.

    A label is also an option of a drop-down, which a comma would end, and stands in formulas as a
    text, which a double quote would end: both are replaced.
    """
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, int | date):
        return value
    labels = {choice.value: choice.label for choice in rule.choices}
    return str(labels.get(value, value)).replace(",", ";").replace('"', "'")


def cell_value(row: str, column: str, value: str) -> object:
    """Return the value of a cell of a return as formulas use it: a number, a date, Có or Không.

    A name is folded; the statement that there is no model is Có; "" stands for an unknown value.
    """
    if pd.isna(value):
        return ""
    if column == "name":
        return YES if row == "none" else " ".join(map(fold, value.split()))
    if column == "start":
        return date.fromisoformat(value)
    return _ANSWERS.get(value) or (int(value) if value.isdecimal() else float(value))


def status_words(status: pd.Series) -> pd.Series:
    """Return Có, Không and Chưa rõ for True, False and <NA>, dtype string."""
    return status.map({True: YES, False: NO}).astype("string").fillna(UNKNOWN)
