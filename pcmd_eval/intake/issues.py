"""What one workbook says, and what is wrong with it in words a clerk can act on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, get_args

import pandas as pd

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.cell_parsers import Cell
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.form import Form, Severity
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.templates import load_macros

# In the order of what a clerk should do first; the severity "confirm" is one of the middle two.
DEGREES = ("phải sửa", "cần sửa", "cần xác nhận", "lưu ý")
SEVERITIES = get_args(Severity)
_NOWHERE = Cell("")
# Rules of which a breach is no plain "confirm".
_GRAVITY = {
    "refused": "stop",
    "tie": "stop",
    "reporter-name": "stop",
    "mark": "stop",
    "superseded": "note",
    "control-characters": "note",
}
# Rules that can be broken and yet be right; also the comparisons of the form that say so.
_MAY_BE_RIGHT = {
    "cutoff-year",
    "document-year",
    "double-row",
    "hidden",
    "merged",
    "not-a-return",
    "strange-column",
    "strange-sheet",
}


class Fault(NamedTuple):
    """Where, the value as seen, the rule it breaks and what to do: the columns of check.csv."""

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


def sentence(rule: str, **facts: object) -> str:
    """What is said of a breach of a rule: its macro in data/templates/faults.j2, with the facts."""
    words = remove_control_characters(
        getattr(load_macros("faults.j2"), rule.replace("-", "_"))(**facts)
    )
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


@dataclass
class SentReturn:
    """One workbook as it was sent: days as ISO text ("" if not known), what its cells say.

    `state` as in returns.csv, "" while it can be read and is not judged yet. `fingerprint`: the
    hash of the file; `book`: the workbook as it was opened, where it can be read.
    """

    file: str = ""
    reporter: str = ""
    cutoff: str = ""
    sent: str = ""
    late: bool = False
    illustrative: bool = False
    state: str = ""
    observations: list[Observation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fingerprint: str = ""
    book: SentBook | None = None

    def fault(
        self,
        rule: str,
        at: Cell = _NOWHERE,
        column: str = "",
        unit: str = "",
        sheet: str = "",
        severity: Severity | None = None,
        **facts: object,
    ) -> None:
        """Add one fault, of a cell under a header if it is of one; `facts`: see `sentence`."""
        severity = severity or _GRAVITY.get(rule, "confirm")
        message = sentence(rule, **facts)
        place = (self.reporter, self.file, sheet, at.place, unit, column, at.seen)
        self.faults.append(Fault(severity, *place, rule, message))

    def refuse(self, why: str, where: str = "", **facts: object) -> None:
        """Say why nothing in this file counts: a key of faults.j2, and where that stands."""
        self.state = "unreadable"
        facts |= {"file": self.file, "why": why, "where": where}
        self.fault("refused", **facts)


def degree(form: Form, severity: str, rule: str) -> str:
    """What a fault asks of its sender: what can only be corrected is not to be confirmed."""
    must, mend, confirm, note = DEGREES
    doubtful = {check.id for check in form.checks if check.doubtful} | _MAY_BE_RIGHT
    asked = confirm if rule in doubtful else mend
    return {"stop": must, "confirm": asked, "note": note}[severity]


def fault_table(faults: Iterable[Fault]) -> pd.DataFrame:
    """The faults as check.csv has them, all `string`: by gravity, reporter, file, place."""
    rank = SEVERITIES.index
    listed = sorted(
        dict.fromkeys(faults),
        key=lambda f: (rank(f.severity), *f[1:4], row_of(f.cell), f.cell, f.rule),
    )
    return pd.DataFrame(listed, columns=Fault._fields, dtype="string")


def row_of(cell: str) -> int:
    """The row of an address, 17 of B17, or of an area's first cell; 0 of none."""
    digits = re.search("[0-9]+", cell)
    return int(digits[0]) if digits else 0
