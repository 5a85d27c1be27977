"""Issues of validation: what is wrong in a return, in words a clerk can act on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

import pandas as pd

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.keyed_sheet import KeyedSheet
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Severity
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.templates import load_macros

SEVERITIES = get_args(Severity)


class IssueRule(NamedTuple):
    """A rule of intake; the macro of faults.j2 with its name writes the message."""

    severity: Severity = "mend"


# Every rule that intake itself can find broken; comparisons of cells stand in the form.
ISSUE_RULES = {
    "refused": IssueRule("stop"),
    "unreadable-name": IssueRule("stop"),
    "not-a-return": IssueRule("confirm"),
    "confirmations-name": IssueRule(),
    "superseded": IssueRule("note"),
    "foreign-file": IssueRule("stop"),
    "file-name": IssueRule("confirm"),
    "unread-sheet": IssueRule("confirm"),
    "changed-value": IssueRule("note"),
    "changed-period": IssueRule("confirm"),
    "unordered-values": IssueRule("confirm"),
    "later-zero": IssueRule("confirm"),
    "falling-count": IssueRule("confirm"),
    "confirmation-unused": IssueRule("note"),
    "confirmations-unreadable": IssueRule("stop"),
    "reporter-name": IssueRule("stop"),
    "cutoff-date": IssueRule(),
    "cutoff-year": IssueRule("confirm"),
    "cutoff-figures": IssueRule("confirm"),
    "sent-far": IssueRule("confirm"),
    "sent-date": IssueRule(),
    "mark": IssueRule("stop"),
    "sheet": IssueRule(),
    "header": IssueRule(),
    "column": IssueRule(),
    "strange-column": IssueRule("confirm"),
    "code-name": IssueRule(),
    "unknown-code": IssueRule(),
    "foreign-unit": IssueRule(),
    "double-row": IssueRule("confirm"),
    "double-code": IssueRule(),
    "model-name": IssueRule(),
    "model-unnamed": IssueRule("confirm"),
    "none-and-lines": IssueRule(),
    "document-year": IssueRule("confirm"),
    "unreadable": IssueRule(),
    "merged": IssueRule("confirm"),
    "shifted-column": IssueRule("confirm"),
    "distant-cell": IssueRule("confirm"),
    "external-links": IssueRule("confirm"),
    "embedded-object": IssueRule("confirm"),
}
_NO_CELL = Cell("")


class Issue(NamedTuple):
    """One issue: the columns of check.csv, then two that check.csv appends to the message.

    `note`: what the sender wrote in Ghi chú of that row; `confirmed`: by whom and when.
    `shown`: the value as people read it, where they read another.
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
    shown: str = ""


def issue_message(rule: str, **facts: object) -> str:
    """Return the message of a broken rule: its macro of faults.j2, filled in with the facts."""
    macro = getattr(load_macros("intake/faults.j2"), rule.replace("-", "_"))
    words = remove_control_characters(macro(**facts))
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


@dataclass(eq=False)
class SentReturn:
    """One workbook as it was sent: days as ISO text ("" where unknown), observations, issues.

    `state` as in returns.csv, "" for a readable file before it is judged. `notes`: the Ghi chú of
    each row, by sheet and row. `book`: the opened workbook, None where it cannot be read; `tables`:
    those of the form's sheets. `copy_of`: the file from which we made it, an annotated return.
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
    tables: dict[str, KeyedSheet] = field(default_factory=dict)
    copy_of: str = ""

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
        """Add the issue of the cell `at` under the header `column`, or of the file.

        `severity`: instead of the rule's own; `facts`: see `issue_message`.
        """
        message = issue_message(rule, **facts)
        where = (self.reporter, self.file, sheet, at.address, unit, column, at.quoted)
        self.issues.append(Issue(severity or ISSUE_RULES[rule].severity, *where, rule, message))

    def refuse(self, reason: str, where: str = "", **facts: object) -> None:
        """Mark the file as unreadable; `reason`: a key of `reasons` in faults.j2."""
        self.state = "unreadable"
        stated: dict[str, Any] = {**facts, "file": self.file, "reason": reason, "where": where}
        self.add_issue("refused", **stated)


def issue_table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Return the issues without duplicates, sorted by severity, reporter, file, sheet and cell.

    Columns: the fields of `Issue`, all `string`.
    """
    rank = SEVERITIES.index
    ordered = sorted(
        dict.fromkeys(issues),
        key=lambda i: (rank(i.severity), *i[1:4], row_number(i.cell), i.cell, i.rule),
    )
    return pd.DataFrame(ordered, columns=Issue._fields, dtype="string")


def row_number(address: str) -> int:
    """Return the row of an address or of the first cell of a range, 0 of "": 17 of B17:C20."""
    digits = re.search("[0-9]+", address)
    return int(digits[0]) if digits else 0
