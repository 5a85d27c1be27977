"""Issues of validation: what is wrong in a return, in words a clerk can act on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

import pandas as pd

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.keyed_sheet import KeyedSheet
from pcmd_eval.office.intake.workbook import SentBook
from pcmd_eval.plan.form import Info, Particular, Severity
from pcmd_eval.util.cell_ranges import Position, parse_address
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.templates import load_macros

SEVERITIES = get_args(Severity)


# What the answer to an issue may change:
# cells: the cells that it names; sheet: every filled cell of its sheet;
# rest: a row of its sheet has no known unit, so that every other cell may only grow;
# cutoff: the cut-off of its file; order: which of two files is the later;
# unreadable: cells that are unreadable or absent already; bounds: low and high allow for it.
Change = Literal["cells", "sheet", "rest", "cutoff", "order", "unreadable", "bounds"]


class IssueRule(NamedTuple):
    """A rule of intake; the macro of issues.j2 with its name writes the message.

    `changes`: what the answer may change; () for a note, and for a rule about no cell.
    """

    severity: Severity
    changes: tuple[Change, ...] = ()


# Every rule that intake checks in code; comparisons of cells are in the form and doubt the cells
# that they compare. Of several issues that name one cell the first in this order asks.
ISSUE_RULES = {
    "refused": IssueRule("stop", ("unreadable",)),
    "unreadable-name": IssueRule("stop"),
    "not-a-return": IssueRule("confirm"),
    "confirmations-name": IssueRule("mend"),
    "confirmations-unreadable": IssueRule("stop"),
    "superseded": IssueRule("note"),
    "foreign-file": IssueRule("stop", ("cells",)),
    "reporter-name": IssueRule("stop", ("cells",)),
    "file-name": IssueRule("confirm", ("cells",)),
    "mark": IssueRule("stop"),
    "cutoff-date": IssueRule("mend", ("cutoff",)),
    "cutoff-year": IssueRule("confirm", ("cutoff",)),
    "cutoff-figures": IssueRule("confirm", ("cutoff", "cells")),
    "sent-before": IssueRule("mend", ("cutoff", "order")),
    "sent-date": IssueRule("mend", ("order",)),
    "sent-far": IssueRule("confirm", ("order",)),
    "sheet": IssueRule("mend", ("unreadable",)),
    "header": IssueRule("mend", ("unreadable",)),
    "column": IssueRule("mend", ("unreadable",)),
    "code-name": IssueRule("mend", ("unreadable",)),
    "double-code": IssueRule("mend", ("unreadable",)),
    "model-name": IssueRule("mend", ("unreadable",)),
    "none-and-lines": IssueRule("mend", ("unreadable",)),
    "unreadable": IssueRule("mend", ("unreadable",)),
    "merged": IssueRule("confirm", ("cells",)),
    "shifted-column": IssueRule("confirm", ("cells",)),
    "strange-column": IssueRule("confirm", ("cells", "sheet")),
    "external-links": IssueRule("confirm", ("cells",)),
    "unread-sheet": IssueRule("confirm", ("sheet",)),
    "words-only": IssueRule("confirm", ("sheet",)),
    "distant-cell": IssueRule("confirm", ("sheet",)),
    "embedded-object": IssueRule("confirm", ("sheet",)),
    "foreign-unit": IssueRule("mend", ("rest",)),
    "unknown-code": IssueRule("mend", ("rest",)),
    "unordered-values": IssueRule("confirm", ("cells",)),
    "gone-row": IssueRule("confirm", ("cells",)),
    "changed-period": IssueRule("confirm", ("cells",)),
    "value-returns": IssueRule("confirm", ("cells",)),
    "later-zero": IssueRule("confirm", ("cells",)),
    "falling-count": IssueRule("confirm", ("cells",)),
    "changed-value": IssueRule("note"),
    "double-row": IssueRule("confirm", ("cells",)),
    "document-year": IssueRule("confirm", ("cells",)),
    "model-unnamed": IssueRule("confirm", ("bounds",)),
}
RULES_OF_DAYS = [
    name for name, rule in ISSUE_RULES.items() if {"cutoff", "order"} & {*rule.changes}
]
_NO_CELL = Cell("")


class Issue(NamedTuple):
    """One issue: the columns of check.csv, then two that check.csv appends to the message.

    `note`: the sender's Ghi chú on that row; `confirmed`: "<by>, <on>", "" if open. `variant`: what
    tells issues of a rule apart that are not asked in one request. `doubted`: the places that its
    answer may change, () for its own cell or sheet; `growing`: those that may only grow.
    `is_outside_table`: it is about text outside the table, and becomes a note if every cell of the
    sheet is filled.
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
    variant: str = ""
    doubted: tuple[Place, ...] = ()
    growing: tuple[Place, ...] = ()
    is_outside_table: bool = False


_TEXT_FIELDS = Issue._fields[:13]  # severity to variant, all texts


def issue_message(rule: str, **facts: object) -> str:
    """Return the message of a broken rule: its macro of issues.j2, filled in with the facts."""
    macro = getattr(load_macros("office/intake/issues.j2"), rule.replace("-", "_"))
    words = remove_control_characters(macro(**facts))
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


class Copy(NamedTuple):
    """An annotated return's notes on its base (the file it was made from).

    `base`: its file name; `digest`: its SHA-256, "" if not stated. `areas`: those to correct, as
    (sheet, first position, last position).
    """

    base: str
    digest: str
    areas: frozenset[tuple[str, Position, Position]]

    def is_listed(self, sheet: str, address: str) -> bool:
        """Return whether the cell is in one of the areas to correct."""
        row, column = parse_address(address)
        return any(
            name == sheet and top <= row <= bottom and left <= column <= right
            for name, (top, left), (bottom, right) in self.areas
        )


class UnreadSheet(NamedTuple):
    """A sheet with words or figures that are not read.

    `title`: its title; `form_sheet`: the sheet of the form that has this name or that the title
    contains, else "". `has_figures`: a sheet that is not of the form has figures.
    """

    title: str
    form_sheet: str
    has_figures: bool


@dataclass(eq=False)
class SentFile:
    """One workbook as it was sent; `cutoff`, `sent`: ISO dates, "" if unknown.

    `state` as in returns.csv, "" until it is judged. `notes`: the Ghi chú of each row, by (sheet,
    row). `book`: the opened workbook, None if it cannot be read; `cover`: the cells of its
    particulars by key, without an address if the label is missing; `tables`: its sheets by name;
    `version`: of the form, 0 for one that was never sent out. `digest`: its SHA-256. `copy`: the
    base of an annotated return, else None. `unread_sheets`: with text outside the tables. `day`: of
    sending, which orders the files, "" if unknown or doubted by an open issue. `pointed_to`: codes
    of other units that its name or rows point to.
    """

    name: str = ""
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
    cover: dict[Particular, Cell] = field(default_factory=dict)
    tables: dict[str, KeyedSheet] = field(default_factory=dict)
    version: int = 1
    digest: str = ""
    copy: Copy | None = None
    unread_sheets: list[UnreadSheet] = field(default_factory=list)
    day: str = ""
    pointed_to: set[str] = field(default_factory=set)

    @property
    def has_entry(self) -> bool:
        """Return whether any cell that the form asks for is filled."""
        return any(cell.state != "blank" and cell.raw for cell in self.observations)

    def add_issue(
        self,
        rule: str,
        cell: Cell = _NO_CELL,
        column: str = "",
        unit: str = "",
        sheet: str = "",
        severity: Severity | None = None,
        doubted: Iterable[Place] = (),
        growing: Iterable[Place] = (),
        is_outside_table: bool = False,
        variant: str = "",
        **facts: Any,
    ) -> None:
        """Add the issue of the cell `cell` under the header `column`, or of the file.

        `severity`: instead of the rule's own; `doubted` to `variant`: see `Issue`; `facts`: see
        `issue_message`.
        """
        message = issue_message(rule, **facts)
        where = (self.reporter, self.name, sheet, cell.address, unit, column, cell.quoted)
        issue = Issue(
            severity or ISSUE_RULES[rule].severity,
            *where,
            rule,
            message,
            variant=variant,
            doubted=(*doubted,),
            growing=(*growing,),
            is_outside_table=is_outside_table,
        )
        self.issues.append(issue)

    def add_cover_issue(
        self, rule: str, info: Info, key: Particular, value: Any = "", **facts: Any
    ) -> None:
        """Add an issue at the cell of the particular `key`; `value`: quoted instead of its own."""
        cell = self.cover[key]
        cell = cell._replace(value=value) if value else cell
        self.add_issue(rule, cell, info.labels[key], self.reporter, info.sheet, **facts)

    def refuse(self, reason: str, where: str = "", **facts: Any) -> None:
        """Mark the file as unreadable; `reason`: a key of `reasons` in issues.j2."""
        self.state = "unreadable"
        self.add_issue("refused", file=self.name, reason=reason, where=where, **facts)


def issue_table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Return the issues without duplicates, sorted by severity, reporter, file, sheet and cell.

    Columns: the fields of `Issue` up to `variant`, all `string`; `doubted` and `growing` (tuples of
    `Place`).
    """
    gravity = SEVERITIES.index
    ordered = sorted(
        dict.fromkeys(issues),
        key=lambda i: (gravity(i.severity), *i[1:4], row_number(i.cell), i.cell, i.rule),
    )
    table = pd.DataFrame(ordered, columns=Issue._fields, dtype=object)
    return table.drop(columns="is_outside_table").astype(dict.fromkeys(_TEXT_FIELDS, "string"))


def row_number(address: str) -> int:
    """Return the row of an address or of the first cell of a range, 0 of "": 17 of B17:C20."""
    digits = re.search("[0-9]+", address)
    return int(digits[0]) if digits else 0
