"""How completely and how timely the returns came in: for each reporter and for the province."""

from collections.abc import Iterable
from dataclasses import dataclass

from pcmd_eval.observations import Evidence, Return, ReturnState
from pcmd_eval.units import Unit


@dataclass(frozen=True)
class Reporting:
    """Counts of returns and of cells; a share is the reader's to form, a count cannot mislead.

    `received` are returns that count and hold something: a blank form sent back is not a report.
    """

    expected: int
    received: int
    on_time: int
    cells_expected: int
    cells_reported: int
    cells_blank: int
    cells_unreadable: int
    cells_absent: int


def reporting(evidence: Evidence, reporters: Iterable[Unit]) -> Reporting:
    """The figures of these reporters together; a superseded return is none of them."""
    rows = [row for row in (current(evidence, unit) for unit in reporters) if row.state is not ReturnState.NOT_ASKED]
    received = [row for row in rows if row.counts and row.state is not ReturnState.EMPTY]
    return Reporting(
        len(rows),
        len(received),
        sum(row.late is False for row in received),
        *(
            sum(getattr(row, cells) for row in rows)
            for cells in ("expected", "reported", "blank", "unreadable", "absent")
        ),
    )


def current(evidence: Evidence, unit: Unit) -> Return:
    """The return of a reporter that counts, or the row that says why none does."""
    rows = [row for row in evidence.returns if row.reporter == unit.code and row.state is not ReturnState.SUPERSEDED]
    return next((row for row in rows if row.counts), rows[-1])


def silent(evidence: Evidence) -> list[Return]:
    """Those of whom nothing counts yet: whom to write to."""
    rows = [current(evidence, unit) for unit in evidence.register.reporters]
    quiet = (ReturnState.MISSING, ReturnState.UNREADABLE, ReturnState.EMPTY)
    return [row for row in rows if row.state in quiet]
