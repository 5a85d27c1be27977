"""Read the department's confirmations: lines of xac_nhan.csv that close an issue to confirm."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import NamedTuple

import pandas as pd

from pcmd_eval.intake.issues import DEGREES, Issue, degree, issue_message
from pcmd_eval.plan.form import Form
from pcmd_eval.util.files import escape_formula
from pcmd_eval.util.spelling import fold

FILE_NAME = "xac_nhan.csv"
CONFIRMATION_COLUMNS = ("unit_code", "sheet", "cell", "rule", "value", "by", "on", "note")


class Confirmation(NamedTuple):
    """One line of xac_nhan.csv: what is confirmed, by whom and on which day."""

    unit_code: str
    sheet: str
    cell: str
    rule: str
    value: str
    by: str
    on: str
    note: str = ""


class Confirmations:
    """The confirmed lines of one file, found by unit, sheet, cell, rule and value."""

    def __init__(self, lines: Iterable[Confirmation] = ()) -> None:
        self._lines = {_key(*line[:5]): line for line in lines if line.by and line.on}

    def find(self, issue: Issue) -> Confirmation | None:
        """Return the line that confirms an issue, by its unit or reporter; None if none does."""
        about = (issue.sheet, issue.cell, issue.rule, issue.value)
        by_unit = self._lines.get(_key(issue.unit_code, *about))
        return by_unit or self._lines.get(_key(issue.reporter, *about))

    def close(self, issues: Iterable[Issue]) -> list[Issue]:
        """Return the issues, each confirmed one as a note that says by whom and when."""
        return [self._close_one(issue) for issue in issues]

    def unused(self, issues: Iterable[Issue]) -> list[Issue]:
        """Return a note for each line that confirms none of the issues, such as another value."""
        used = [self.find(issue) for issue in issues]
        rule = "confirmation-unused"
        about = {"rule": rule, "message": issue_message(rule)}
        return [
            Issue("note", "", FILE_NAME, line.sheet, line.cell, line.unit_code, **about)
            for line in self._lines.values()
            if line not in used
        ]

    def _close_one(self, issue):
        line = self.find(issue) if issue.severity == "confirm" else None
        if line is None:
            return issue
        return issue._replace(severity="note", confirmed=f"{line.by}, {line.on}")


NOTHING = Confirmations()


def parse_confirmations(content: bytes) -> list[Confirmation]:
    """Parse the file; its separators are commas, semicolons or tabs.

    Raises ValueError unless it has the columns of `CONFIRMATION_COLUMNS` up to `on`, each once.
    """
    text = _decode(content)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(StringIO(text), delimiter=delimiter)
    names = [fold(name) for name in rows.fieldnames or ()]
    if not {*CONFIRMATION_COLUMNS[:7]} <= {*names} or len({*names}) < len(names):
        raise ValueError(header)
    rows.fieldnames = names
    lines = []
    for row in rows:
        texts = {name: (row.get(name) or "").strip() for name in CONFIRMATION_COLUMNS}
        lines.append(Confirmation(**texts))
    return lines


def open_lines(form: Form, issues: pd.DataFrame) -> pd.DataFrame:
    """Return the open issues that can be confirmed as lines of xac_nhan.csv, by and on empty."""
    confirm = DEGREES[1]
    is_open = [
        degree(form, issue.severity, issue.rule) == confirm and bool(issue.reporter)
        for issue in issues.itertuples()
    ]
    lines = issues.loc[pd.array(is_open, dtype=bool)].assign(by="", on="", note="")
    lines = lines.assign(unit_code=lines.reporter)
    return lines[[*CONFIRMATION_COLUMNS]].astype("string").reset_index(drop=True)


def _key(unit, sheet, cell, rule, value):
    """Return the key of an issue; the value in check.csv may be escaped, see `escape_formula`."""
    return unit.strip(), fold(sheet), fold(cell), rule.strip(), fold(escape_formula(value.strip()))


def _decode(content):
    """Return the text of a CSV file as Excel saves it; raises ValueError for anything else."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return content.decode(encoding)
