"""The table of observations and the table of returns: the only input of the calculations and of the trace."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from pathlib import Path

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.plan import Plan
from pcmd_eval.units import Register

_MONTHS = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12, "Y": 12} | {f"M{month:02d}": month for month in range(1, 13)}


class State(StrEnum):
    """What one cell holds: a value, nothing, something that cannot be read, or there is no such cell."""

    REPORTED = "reported"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    ABSENT = "absent"


class ReturnState(StrEnum):
    """What became of a return; the first that holds. Of whom the plan asks nothing, no return is missing."""

    NOT_ASKED = "not_asked"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    SUPERSEDED = "superseded"
    EMPTY = "empty"
    PARTIAL = "partial"
    LATE = "late"
    ON_TIME = "on_time"


@dataclass(frozen=True, slots=True)
class Observation:
    """One cell that the form asks for; `value` is text ("3", "given", "yes", "2001-05-01"), "" unless reported."""

    reporter: str
    unit_code: str
    objective: str
    item: str
    period: str
    value: str
    state: State
    file: str = ""
    sheet: str = ""
    cell: str = ""
    raw: str = ""

    @property
    def reported(self) -> bool:
        """Whether the cell holds a value."""
        return self.state is State.REPORTED


@dataclass(frozen=True)
class Return:
    """One workbook of one reporter, or the place of one that is missing; `late` is None where nothing was sent."""

    reporter: str
    unit_name: str
    state: ReturnState
    late: bool | None
    file: str
    sent: date | None
    cutoff: date | None
    expected: int
    reported: int
    blank: int
    unreadable: int
    absent: int
    illustrative: bool | None

    @property
    def counts(self) -> bool:
        """Whether its cells are those of its reporter."""
        return self.state in (ReturnState.EMPTY, ReturnState.PARTIAL, ReturnState.LATE, ReturnState.ON_TIME)


OBSERVATION_COLUMNS = tuple(field.name for field in fields(Observation))
RETURN_COLUMNS = tuple(field.name for field in fields(Return))
_YES_NO = {True: "yes", False: "no", None: ""}


def period_end(year: int, period: str) -> date:
    """The last day of a quarter, a month or the year."""
    month = _MONTHS[period]
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@dataclass(frozen=True)
class Evidence:
    """What was received for one plan: the register, every observation and every return."""

    plan: Plan
    register: Register
    observations: tuple[Observation, ...]
    returns: tuple[Return, ...]

    @cached_property
    def _index(self) -> Mapping[tuple[str, str], list[Observation]]:
        index: dict[tuple[str, str], list[Observation]] = {}
        for observation in self.observations:
            index.setdefault((observation.objective, observation.unit_code), []).append(observation)
        return index

    @cached_property
    def _cutoffs(self) -> Mapping[str, date | None]:
        return {r.reporter: r.cutoff for r in self.returns if r.counts}

    def of(self, objective: str, unit: str) -> list[Observation]:
        """The observations of one objective about one unit."""
        return self._index.get((objective, unit), [])

    def cutoff(self, reporter: str) -> date | None:
        """The day up to which the reporter's figures go; None if not given or nothing was received."""
        return self._cutoffs.get(reporter)

    def over(self, observation: Observation) -> bool:
        """Whether the period of the observation had ended when its figures were closed.

        A period counts as ended up to `open_period_days` before its last day; without a cut-off, always.
        """
        cutoff = self.cutoff(observation.reporter)
        days = timedelta(days=self.plan.rules["open_period_days"].value)
        return cutoff is None or period_end(self.plan.year, observation.period) - cutoff <= days

    def under(self, plan: Plan) -> "Evidence":
        """The same evidence, to be judged by another plan's rules."""
        other = replace(self, plan=plan)
        other.__dict__.update(_index=self._index, _cutoffs=self._cutoffs)  # they rest on the same observations
        return other

    @property
    def illustrative(self) -> bool:
        """Whether the returns are made up, so that everything made from them must say so."""
        return any(r.illustrative for r in self.returns)


def observations_csv(observations: Iterable[Observation]) -> bytes:
    """The table observations.csv."""
    return csv_bytes(OBSERVATION_COLUMNS, map(attrgetter(*OBSERVATION_COLUMNS), observations))


def returns_csv(returns: Iterable[Return]) -> bytes:
    """The table returns.csv; `late` and `illustrative` are yes, no or empty, dates are ISO."""
    rows = (replace(r, late=_YES_NO[r.late], illustrative=_YES_NO[r.illustrative]) for r in returns)  # type: ignore[arg-type]
    return csv_bytes(RETURN_COLUMNS, map(attrgetter(*RETURN_COLUMNS), rows))


def load_evidence(plan: Plan, register: Register, folder: Path) -> Evidence:
    """Read back observations.csv and returns.csv of `folder`; raises InputRefused if they are not there."""
    try:
        observations = tuple(
            Observation(**{**row, "state": State(row["state"])}) for row in _rows(folder / "observations.csv")
        )
        returns = tuple(_return(row) for row in _rows(folder / "returns.csv"))
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise InputRefused(f"Chưa có tệp {missing} trong {folder.name}/. Chạy “pcmd-eval evaluate” trước.") from None
    return Evidence(plan, register, observations, returns)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _return(row: dict[str, str]) -> Return:
    flags = {word: value for value, word in _YES_NO.items()}
    counts = {key: int(row[key]) for key in ("expected", "reported", "blank", "unreadable", "absent")}
    dates = {key: date.fromisoformat(row[key]) if row[key] else None for key in ("sent", "cutoff")}
    marks = {key: flags[row[key]] for key in ("late", "illustrative")}
    return Return(**{**row, **counts, **dates, **marks, "state": ReturnState(row["state"])})  # type: ignore[arg-type]
