"""What is sure and what is still possible: the arithmetic of incomplete reports, in whole numbers only.

Every part of an objective (a cell, a quarter, a commune, a programme, a month) stands in one of three ways; a whole
made of parts stands by how many of them are sure and how many are possible (Manski's bounds; notes on reliability, 2).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.targets import Target
from pcmd_eval.wording import Verdict


class Standing(StrEnum):
    """How a part counts: surely, perhaps (the evidence is missing), or surely not."""

    LOW = "low"
    UNKNOWN = "unknown"
    NONE = "none"


def of_cell(observation: Observation, evidence: Evidence) -> Standing:
    """A count above 0 is sure; a 0 of a period that was over is none; everything else is unknown."""
    if not observation.reported:
        return Standing.UNKNOWN
    if int(observation.value) > 0:
        return Standing.LOW
    return Standing.NONE if evidence.over(observation) else Standing.UNKNOWN


def at_least(needed: int, parts: Iterable[Standing]) -> Standing:
    """How a whole stands that needs `needed` of its parts; a whole of which no part is known to exist is unknown."""
    count = Counter(parts)
    if count[Standing.LOW] >= needed:
        return Standing.LOW
    possible = count[Standing.LOW] + count[Standing.UNKNOWN] >= needed
    return Standing.UNKNOWN if possible or not count else Standing.NONE


@dataclass(frozen=True)
class Bounds:
    """`low` surely meet the rule, `high` may; None where nothing bounds it."""

    low: int
    high: int | None


def tally(parts: Iterable[Standing]) -> Bounds:
    """Count the parts."""
    count = Counter(parts)
    return Bounds(count[Standing.LOW], count[Standing.LOW] + count[Standing.UNKNOWN])


def decide(target: Target, bounds: Bounds, total: int | None) -> Verdict:
    """The verdict no missing report can overturn, else `undetermined`."""
    if target.shape == "none":
        if bounds.low > 0:
            return Verdict.NOT_MET
        return Verdict.MET if bounds.high == 0 else Verdict.UNDETERMINED
    needed = target.needed(total)
    if needed is None:
        return Verdict.UNDETERMINED
    if bounds.low >= needed:
        return Verdict.MET
    return Verdict.NOT_MET if bounds.high is not None and bounds.high < needed else Verdict.UNDETERMINED
