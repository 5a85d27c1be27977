"""What is wrong with a return, in words a clerk can act on: one fault, one line."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Literal

Severity = Literal["stop", "confirm", "note"]
SEVERITY_WORDS = {"stop": "phải sửa", "confirm": "cần xác nhận", "note": "lưu ý"}
_ORDER = list(SEVERITY_WORDS)


@dataclass(frozen=True)
class Fault:
    """One fault: where, the value as seen, the rule it breaks and what to do (columns of check.csv)."""

    severity: Severity
    reporter: str
    file: str
    sheet: str
    cell: str
    unit_code: str
    column: str
    value: str
    rule: str
    message: str

    def row(self) -> tuple[str, ...]:
        """The fault as a row of check.csv."""
        return astuple(self)


COLUMNS = tuple(field.name for field in fields(Fault))


def worst_first(faults: Iterable[Fault]) -> list[Fault]:
    """By severity, then by file, sheet and place; each cell and rule once."""
    distinct = dict.fromkeys(faults)
    return sorted(distinct, key=lambda f: (_ORDER.index(f.severity), f.file, f.sheet, _place(f.cell), f.rule))


def _place(cell: str) -> tuple[int, str]:
    digits = "".join(c for c in cell if c.isdigit())
    return (int(digits or 0), cell)
