"""Which cells made a finding another one: from its trace before and its trace after, and nothing else.

A cell is a cause if what it counted as changed, every part it is counted in changed with it, and the number of the
finding that this part is counted in changed too. Where no cell explains a part that changed, a rule or a cut-off does.
Put into the old returns alone, the cells named here give the new finding; cells that only cancel out are not named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pcmd_eval.bounds import Standing
from pcmd_eval.observations import Observation
from pcmd_eval.proof.trace import Step
from pcmd_eval.spelling import fold

Row = Mapping[str, str]
_RANK = {"none": 0, "unknown": 1, "low": 2}
_VERDICTS = {"none_arose": 0, "met": 1, "undetermined": 2, "not_met": 3}  # the province has the worst of its parts
_COUNTS = ("low", "high", "needed", "total")
_SUMS = {"low": "handled", "total": "detected"}
_LOOSE = ("communication", "support_model")  # rows without a code: they are told by their place alone


@dataclass(frozen=True)
class CellChange:
    """One cell behind a finding, before and after; None where it was not counted or not there."""

    before: Step | None
    after: Step | None

    @property
    def observation(self) -> Observation:
        """The cell as it stands now, or as it stood."""
        return self.steps[-1].observation

    @property
    def steps(self) -> list[Step]:
        """Those of the two that there are."""
        return [step for step in (self.before, self.after) if step]

    @property
    def parts(self) -> list[str]:
        """The parts it is counted in, the one that the finding counts last."""
        return [part for part, _ in self.steps[-1].parts]

    @property
    def same_content(self) -> bool:
        """Whether both say the same, so that it is the reading that changed."""
        said = {(step.observation.value, step.observation.state) for step in self.steps}
        return len(self.steps) == 2 and len(said) == 1


class Comparison:
    """The two rows of one finding, their traces, and how every part stood and stands."""

    def __init__(self, old: Row, new: Row, before: list[Step], after: list[Step]) -> None:
        """Work out which numbers of the finding changed, also those that changes of others kept as they were."""
        self.rows, self.traces, self.slug = (old, new), (before, after), new["objective"]
        self.parts = tuple({name: how for step in steps for name, how in step.parts} for steps in self.traces)
        self.counted = {step.parts[-1][0] for steps in self.traces for step in steps}
        self.active = {column for column in _COUNTS if old[column] != new[column]}
        both = any({"none", "low"} == set(self.stood(part)) for part in self.counted)
        if both and self.active & {"low", "high"}:
            self.active |= {"low", "high"}

    def difference(self, column: str) -> int | None:
        """By how much a number of the finding changed; None where one of the two is not known."""
        old, new = (row[column] for row in self.rows)
        return int(new) - int(old) if old and new else None

    def stood(self, part: str) -> tuple[str, str]:
        """How a part stood and stands; one that is not there counts as one that does not count."""
        old, new = (parts.get(part, "none") for parts in self.parts)
        return old, new

    def counts(self, part: str) -> bool:
        """Whether a number of the finding changed in which that part's change is counted."""
        stood = self.stood(part)
        low, high = "low" in stood, "none" in stood
        return stood[0] != stood[1] and ((low and "low" in self.active) or (high and "high" in self.active))


def causes(comparison: Comparison) -> tuple[list[CellChange], bool]:
    """The cells that made the finding another one, and whether anything changed that they do not explain."""
    pairs = matched(*comparison.traces, comparison.slug in _LOOSE)
    found = _FINDERS.get(comparison.slug, _shares)(pairs, comparison)
    if comparison.slug == "enforcement":
        return found, not found or _net(found, "handled") != comparison.difference("low")
    explained = {part for change in found for step in change.steps for part, _ in step.parts}
    return found, any(comparison.counts(part) for part in comparison.counted - explained)


def matched(before: Iterable[Step], after: Iterable[Step], loose: bool) -> list[CellChange]:
    """The cells of two traces, each beside itself; in sheets without codes a renamed row is the one it was."""
    old, new = _by(before, _exact), _by(after, _exact)
    pairs, left_old, left_new = [], [], []
    for key in dict.fromkeys((*new, *old)):
        own, other = new.get(key, []), old.get(key, [])
        pairs += [CellChange(o, n) for o, n in zip(other, own, strict=False)]
        left_new += own[len(other) :]
        left_old += other[len(own) :]
    rest_old, rest_new = (_by(left, _place if loose else _exact) for left in (left_old, left_new))
    for key in dict.fromkeys((*rest_new, *rest_old)):
        own, other = rest_new.get(key, []), rest_old.get(key, [])
        for place in range(max(len(own), len(other))):
            o, n = (steps[place] if place < len(steps) else None for steps in (other, own))
            pairs.append(CellChange(o, n))
    return pairs


def _by(steps: Iterable[Step], key: Callable[[Observation], tuple[str, ...]]) -> dict[tuple[str, ...], list[Step]]:
    groups: dict[tuple[str, ...], list[Step]] = defaultdict(list)
    for step in steps:
        groups[key(step.observation)].append(step)
    return groups


def _exact(o: Observation) -> tuple[str, ...]:
    return o.reporter, o.unit_code, o.item, o.period


def _place(o: Observation) -> tuple[str, ...]:
    return o.reporter, o.unit_code, o.item.partition(":")[2], o.period


# ---- what decides ---------------------------------------------------------------------------------------------------


def _sign(old: str, new: str) -> int:
    difference = _RANK.get(new, 0) - _RANK.get(old, 0)
    return (difference > 0) - (difference < 0)


def _moves(change: CellChange, comparison: Comparison, part: str) -> bool:
    """Whether a cell took part in the move of a part: it went the same way, or kept it from going all the way."""
    old, new = (step.counts_as.value if step else "none" for step in (change.before, change.after))
    direction, moved = _sign(old, new), _sign(*comparison.stood(part))
    return bool(direction and moved) and (direction == moved or comparison.stood(part)[1] == "unknown")


def _shares(pairs: Iterable[CellChange], comparison: Comparison) -> list[CellChange]:
    """Parts are counted: each part on the way from the cell to the finding must have moved."""
    return [
        change
        for change in pairs
        if all(_moves(change, comparison, part) for part in change.parts) and comparison.counts(change.parts[-1])
    ]


def _models(pairs: Iterable[CellChange], comparison: Comparison) -> list[CellChange]:
    """As parts, but a name or type also says which lines are one model, and a sheet may be silent."""
    found = []
    for change in pairs:
        columns = {step.observation.item for step in change.steps}
        silence = comparison.stood(change.observation.reporter)
        if "none:name" in columns and "silent" in silence and len(set(silence)) > 1 and "high" in comparison.active:
            found.append(change)
            continue
        models = {step.parts[-1][0] for step in change.steps if step.observation.item != "none:name"}
        if not any(comparison.counts(model) for model in models):
            continue
        said = {fold(step.observation.value) for step in change.steps}
        renamed = change.observation.item.endswith((":name", ":type")) and (len(change.steps) == 1 or len(said) > 1)
        if renamed or _moves(change, comparison, change.parts[0]):
            found.append(change)
    return found


def _cases(pairs: Iterable[CellChange], comparison: Comparison) -> list[CellChange]:
    """Cases are summed: a number that changed is a cause where its sum did, or where its quarter turned the verdict.

    A quarter is read as a whole: with one of its cells all that changed are named. Where those alone would change a
    sum that stayed, or change it otherwise, what made up for them is named too.
    """
    moved = [change for change in pairs if _known(change.before) != _known(change.after) or _added(change, "handled")]
    for _ in range(len(_SUMS) + 1):  # each sum is drawn in at most once
        quarters = {change.parts[0] for change in moved if _decides(change, comparison)}
        found = [change for change in moved if change.parts[0] in quarters]
        for column, key in _SUMS.items() if found else ():
            if comparison.difference(column) not in (None, _net(found, key)):
                comparison.active.add(column)
        closed = any(comparison.stood(quarter)[0] == "incomplete" for quarter in quarters)
        if closed and not any(row["high"] for row in comparison.rows):
            comparison.active.add("still unknown")
    return found


def _net(found: Iterable[CellChange], key: str) -> int:
    return sum(_added(change, key) for change in found)


def _added(change: CellChange, key: str) -> int:
    """How many cases more the cell adds to the sum of that name."""
    old, new = (_known(s) or 0 if s and key in s.keys else 0 for s in (change.before, change.after))
    return new - old


def _decides(change: CellChange, comparison: Comparison) -> bool:
    keys = {key for step in change.steps for key in step.keys}
    if (_added(change, "handled") and "low" in comparison.active) or (
        "detected" in keys and "total" in comparison.active
    ):
        return True
    quarter, reporter = (comparison.stood(part) for part in change.parts)
    if len(set(quarter)) == 1 or not (keys & {"detected", "handled"} or "contradictory" in quarter):
        return False
    if quarter[1] == "incomplete" and "still unknown" in comparison.active:
        return True
    return ("incomplete" in quarter and "high" in comparison.active) or _turned(comparison, *reporter)


def _known(step: Step | None) -> int | None:
    return int(step.observation.value) if step and step.counts_as is not Standing.UNKNOWN else None


def _turned(comparison: Comparison, old: str, new: str) -> bool:
    """Whether a reporter that stood so, and now stands so, is one that turned the verdict."""
    was, now = (_VERDICTS[row["verdict"]] for row in comparison.rows)
    before, after = _VERDICTS.get(old, 0), _VERDICTS.get(new, 0)
    return was != now and (before > now if now < was else after > was)


_FINDERS: dict[str, Callable[[Iterable[CellChange], Comparison], list[CellChange]]] = {
    "support_model": _models,
    "enforcement": _cases,
}
