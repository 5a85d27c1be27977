"""Issues of validation: what is wrong in a return, in words a clerk can act on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, get_args

import pandas as pd

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Form, Severity
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.templates import load_macros

# What an issue asks of its sender, the most urgent first; "confirm" is one of the middle two.
DEGREES = ("cần sửa", "cần xác nhận", "lưu ý")
SEVERITIES = get_args(Severity)


class Rule(NamedTuple):
    """A rule of intake: its severity, and whether what breaks it may yet be right.

    `macro`: the macro of data/templates/faults.j2 that writes the message; `asks_sender`: the
    sender has something to do about it.
    """

    macro: str
    severity: Severity = "confirm"
    may_be_right: bool = False
    asks_sender: bool = True


# Every rule that intake itself can find broken; comparisons of cells stand in the form.
RULES = {
    "refused": Rule("refused", "stop"),
    "unreadable-name": Rule("unreadable_name", "stop"),
    "not-a-return": Rule("not_a_return", may_be_right=True),
    "superseded": Rule("superseded", "note", asks_sender=False),
    "tie": Rule("tie", "stop"),
    "changed-value": Rule("changed_value", "note", asks_sender=False),
    "later-zero": Rule("later_zero", may_be_right=True),
    "confirmation-unused": Rule("confirmation_unused", "note", asks_sender=False),
    "confirmations-unreadable": Rule("confirmations_unreadable", "stop"),
    "reporter-name": Rule("reporter_name", "stop"),
    "cutoff-date": Rule("cutoff_date"),
    "cutoff-year": Rule("cutoff_year", may_be_right=True),
    "cutoff-figures": Rule("cutoff_figures", may_be_right=True),
    "sent-far": Rule("sent_far", may_be_right=True),
    "sent-date": Rule("sent_date"),
    "mark": Rule("mark", "stop"),
    "sheet": Rule("sheet"),
    "strange-sheet": Rule("strange_sheet", may_be_right=True),
    "hidden": Rule("hidden", may_be_right=True),
    "header": Rule("header"),
    "column": Rule("column"),
    "strange-column": Rule("strange_column", may_be_right=True),
    "code-name": Rule("code_name"),
    "unknown-code": Rule("unknown_code"),
    "foreign-unit": Rule("unknown_code"),
    "double-row": Rule("double_row", may_be_right=True),
    "double-code": Rule("double_code"),
    "model-name": Rule("model_name"),
    "model-unnamed": Rule("model_unnamed"),
    "model-commune": Rule("model_commune"),
    "none-and-lines": Rule("none_and_lines"),
    "document-year": Rule("document_year", may_be_right=True),
    "unreadable": Rule("unreadable"),
    "merged": Rule("merged", may_be_right=True),
    "legacy-font": Rule("legacy_font"),
    "shifted-column": Rule("shifted_column", may_be_right=True),
    "shifted-rows": Rule("shifted_rows", may_be_right=True),
    "distant-cell": Rule("distant_cell", may_be_right=True),
    "external-links": Rule("external_links", may_be_right=True),
    "embedded-object": Rule("embedded_object", may_be_right=True),
    "remark": Rule("remark", "note", asks_sender=False),
    "picture": Rule("picture", "note", asks_sender=False),
    "control-characters": Rule("control_characters", "note"),
}
_NO_CELL = Cell("")


class Issue(NamedTuple):
    """One issue: the columns of check.csv, then two that it has behind the message.

    `note`: what the sender wrote in Ghi chú of that row; `confirmed`: by whom and when.
    """

    severity: Severity
    reporter: str
    file: str
    sheet: str = ""
    cell: str = ""
    unit_code: str = ""
    column: str = ""
    value: str = ""
    rule: str = ""
    message: str = ""
    note: str = ""
    confirmed: str = ""


CHECK_COLUMNS = Issue._fields[:10]  # of check.csv


def issue_message(rule: str, **facts: object) -> str:
    """Return the message of a broken rule: its macro of faults.j2, filled in with the facts."""
    words = remove_control_characters(getattr(load_macros("faults.j2"), RULES[rule].macro)(**facts))
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


@dataclass(eq=False)
class SentReturn:
    """One workbook as it was sent: days as ISO text ("" where unknown), observations, issues.

    `state` as in returns.csv, "" for a readable file before it is judged. `notes`: the Ghi chú of
    each row, by sheet and row. `book`: the opened workbook, None where it cannot be read.
    """

    file: str = ""
    reporter: str = ""
    cutoff: str = ""
    sent: str = ""
    late: bool = False
    illustrative: bool = False
    state: str = ""
    observations: list[Observation] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    notes: dict[tuple[str, int], str] = field(default_factory=dict)
    book: SentBook | None = None

    def add_issue(
        self,
        rule: str,
        at: Cell = _NO_CELL,
        column: str = "",
        unit: str = "",
        sheet: str = "",
        severity: Severity | None = None,
        **facts: object,
    ) -> None:
        """Add the issue of a cell under a header, or of the file; `facts`: see `issue_message`."""
        message = issue_message(rule, **facts)
        where = (self.reporter, self.file, sheet, at.address, unit, column, at.quoted)
        self.issues.append(Issue(severity or RULES[rule].severity, *where, rule, message))

    def refuse(self, reason: str, where: str = "", **facts: object) -> None:
        """Mark the file as unreadable; `reason`: a key of `reasons` in faults.j2."""
        self.state = "unreadable"
        facts |= {"file": self.file, "reason": reason, "where": where}
        self.add_issue("refused", **facts)


def degree(form: Form, severity: str, rule: str) -> str:
    """Return what an issue asks of its sender, a word of DEGREES."""
    mend, confirm, note = DEGREES
    doubtful = {check.id for check in form.checks if check.doubtful}
    may_be_right = rule in doubtful or (rule in RULES and RULES[rule].may_be_right)
    return {"stop": mend, "confirm": confirm if may_be_right else mend, "note": note}[severity]


def issue_table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Return the issues (`string`, the fields of `Issue`) by severity, reporter, file, place."""
    rank = SEVERITIES.index
    ordered = sorted(
        dict.fromkeys(issues),
        key=lambda i: (rank(i.severity), *i[1:4], row_number(i.cell), i.cell, i.rule),
    )
    return pd.DataFrame(ordered, columns=Issue._fields, dtype="string")


def check_table(issues: pd.DataFrame) -> pd.DataFrame:
    """Return the issues as check.csv has them: note and confirmation stand behind the message."""
    notes = issues.note.map("Ghi chú của đơn vị: “{}”.".format).where(issues.note != "", "")
    closed = issues.confirmed.map("Đã xác nhận ({}).".format).where(issues.confirmed != "", "")
    words = issues.message + " " + notes + " " + closed
    message = words.str.replace(r"\s+", " ", regex=True).str.strip().astype("string")
    return issues.assign(message=message)[[*CHECK_COLUMNS]]


def row_number(address: str) -> int:
    """Return the row of an address or of the first cell of a range, 0 of none: 17 of B17."""
    digits = re.search("[0-9]+", address)
    return int(digits[0]) if digits else 0


def open_issues(issues: pd.DataFrame) -> pd.DataFrame:
    """Return the issues that ask the sender for something and that no confirmation closes."""
    silent = [name for name, rule in RULES.items() if not rule.asks_sender]
    return issues[(issues.confirmed.fillna("") == "") & ~issues.rule.isin(silent)]
