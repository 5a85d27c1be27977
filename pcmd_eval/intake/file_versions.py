"""Read the version of a cell in one file, and compare it between the files of a reporter."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.util.spelling import fold

FILLED = ("reported", "unreadable")


class Difference(NamedTuple):
    """A cell in which two files of a reporter differ, with the values as a person sees them."""

    reporter: str
    unit_code: str
    sheet: str
    cell: str
    item: str
    period: str
    earlier_file: str
    earlier_value: str
    later_file: str
    later_value: str


class Version(NamedTuple):
    """The observation of a cell in one file; several where its row stands twice.

    `is_filled`: the file has an entry in the cell, see `_Merger._is_filled`.
    """

    file: SentReturn
    observations: list[Observation]
    is_filled: bool

    @property
    def quoted(self) -> str:
        """Return the value as seen, of the first observation."""
        return self.observations[0].raw

    def occurrence(
        self, number: int, is_filled: Callable[[SentReturn, Observation], bool]
    ) -> "Version":
        """Return the version with only the observation of one of its rows, counted from 0."""
        cell = self.observations[number]
        return Version(self.file, [cell], is_filled(self.file, cell))

    def unreadable(self) -> "Version":
        """Return the version with its observations made unreadable."""
        return self._replace(observations=[*map(as_unreadable, self.observations)])

    @property
    def compared_values(self) -> list[tuple[str, str]]:
        """Return state and value of each observation, as they are compared with other files."""
        return [_comparable(cell) for cell in self.observations]


def readings(file: SentReturn) -> tuple[object, ...]:
    """Return the cut-off and the filled cells of a file; files with equal readings say the same.

    Neither its bytes, nor its day of sending, nor the positions of its cells matter.
    """
    filled = [cell for cell in file.observations if cell.state in FILLED]
    counts = Counter(
        (c.objective, c.unit_code, fold(c.item), c.period, *_comparable(c)) for c in filled
    )
    return file.cutoff, frozenset(counts.items())


def has_entries(file: SentReturn) -> bool:
    """Return whether a file fills any cell that the form asks for, readable or not."""
    return any(cell.state in FILLED and cell.raw for cell in file.observations)


def filled_versions(versions: Iterable[Version]) -> list[Version]:
    """Return the versions with an entry, in their order."""
    return [version for version in versions if version.is_filled]


def as_unreadable(cell: Observation) -> Observation:
    """Return the observation as that of a cell which cannot be read."""
    return cell._replace(state="unreadable", value="")


def is_above_zero(cell: Observation) -> bool:
    """Return whether a value other than 0 was reported."""
    return cell.state == "reported" and cell.value not in ("", "0")


def _comparable(cell):
    """Return state and value of a cell; of a document or an unreadable cell its text instead."""
    is_text = cell.state == "unreadable" or cell.value == "given"
    return cell.state, fold(cell.raw if is_text else cell.value)
