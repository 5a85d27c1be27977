"""A finding's counts from the rows of its trace alone: what an auditor does with a pencil, and no more.

Written apart from `objectives` and `bounds` on purpose: the two ways must agree.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from pcmd_eval.bounds import Standing
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import Step
from pcmd_eval.spelling import fold
from pcmd_eval.units import Register, Unit

Counts = tuple[int | None, int | None, int | None]
Chance = tuple[bool, bool]  # whether something surely holds, and whether it may


def recount(steps: Sequence[Step], plan: Plan, register: Register, slug: str, unit: Unit) -> Counts:
    """(low, high, total) of the finding; all None where the unit has no such duty."""
    return _WAYS[slug](steps, plan, register, unit)


def _cell(step: Step) -> Chance:
    return step.counts_as is Standing.LOW, step.counts_as is not Standing.NONE


def _enough(needed: int, chances: Iterable[Chance]) -> Chance:
    """At least so many; where nothing is known, it may be."""
    found = list(chances)
    return sum(sure for sure, _ in found) >= needed, not found or sum(may for _, may in found) >= needed


def _grouped(steps: Iterable[Step], key: Callable[[Step], str]) -> dict[str, list[Step]]:
    groups: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        groups[key(step)].append(step)
    return groups


def _counted(chances: Sequence[Chance]) -> Counts:
    return sum(sure for sure, _ in chances), sum(may for _, may in chances), len(chances)


def _communication(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    rules, rows = plan["communication"], _grouped(steps, lambda s: s.observation.unit_code)

    def commune(code: str) -> Chance:
        quarters = _grouped(rows.get(code, ()), lambda s: s.observation.period)
        asked = [quarters.get(f"Q{quarter}", []) for quarter in rules["quarters"]]
        return _enough(rules["active_quarters"], [_enough(1, map(_cell, cells)) for cells in asked])

    return _counted([commune(c.code) for c in register.communes(unit.code)])


def _districts(
    steps: Sequence[Step], register: Register, unit: Unit, needed: int, parts: Callable[[list[Step]], list[Chance]]
) -> Counts:
    rows = _grouped(steps, lambda s: s.observation.unit_code)
    districts = register.districts if unit == register.province else (unit,)
    return _counted([_enough(needed, parts(rows.get(district.code, []))) for district in districts])


def _integration(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    def programmes(rows: list[Step]) -> list[Chance]:
        found = _grouped(rows, lambda s: s.observation.item.partition(":")[0]).values()
        return [_both(cells) for cells in found]

    return _districts(steps, register, unit, plan["integration"]["min_programmes"], programmes)


def _both(cells: list[Step]) -> Chance:
    """A document and its carrying out: each must hold, and a cell that is not there is not known."""
    kinds = {step.observation.item.partition(":")[2] for step in cells}
    chances = [_cell(step) for step in cells]
    return len(kinds) == 2 and all(sure for sure, _ in chances), all(may for _, may in chances)


def _harm_reduction(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    def limbs(rows: list[Step]) -> list[Chance]:
        found = _grouped(rows, lambda s: s.observation.item.rpartition(".")[0])
        return [_enough(1, map(_cell, found.get(limb, []))) for limb in ("3.1", "3.2")]

    needed = 2 if plan["harm_reduction"]["limbs"] == "both" else 1
    return _districts(steps, register, unit, needed, limbs)


def _support_model(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    if unit != register.province:
        return None, None, None
    lines = _grouped(steps, lambda s: f"{s.observation.reporter}/{s.observation.item.partition(':')[0]}")
    models: dict[tuple[str, str], list[Chance]] = defaultdict(list)
    heard = set()
    for cells in lines.values():
        said = {s.observation.item.partition(":")[2]: s for s in cells}
        if cells[0].observation.item == "none:name":
            heard |= {s.observation.reporter for s in cells if s.counts_as is Standing.NONE}
            continue
        heard.add(cells[0].observation.reporter)
        name, kind = (said[column].observation.value if column in said else "" for column in ("name", "type"))
        asked = {"type", "operating", *(("start",) if plan["support_model"]["started"] == "plan_year" else ())}
        chances = [_cell(step) for step in cells]
        sure, may = all(s for s, _ in chances) and asked <= said.keys(), all(m for _, m in chances)
        models[fold(name), kind].append((sure, may))
    low, high, _ = _counted([_enough(1, found) for found in models.values()])
    silent = {reporter.code for reporter in register.reporters} - heard
    return low, None if silent else high, None


def _media(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    if unit != register.province:
        return None, None, None
    months = _grouped(steps, lambda s: s.observation.period)
    asked = [f"M{month:02d}" for month in plan["media"]["months"]]
    return _counted([_enough(1, map(_cell, months.get(month, []))) for month in asked])


def _enforcement(steps: Sequence[Step], plan: Plan, register: Register, unit: Unit) -> Counts:
    handled = ("6.4", "6.5", "6.6") if plan["enforcement"]["pending"] == "handled" else ("6.4", "6.5")
    known = {
        (s.observation.reporter, s.observation.period, s.observation.item): int(s.observation.value)
        for s in steps
        if s.counts_as is not Standing.UNKNOWN
    }
    quarters = {(s.observation.reporter, s.observation.period) for s in steps}
    reporters = register.reporters if unit == register.province else (unit,)
    heard = {reporter for reporter, _ in quarters} >= {reporter.code for reporter in reporters}
    low = sum(known.get((*quarter, item), 0) for quarter in quarters for item in handled)
    closed = heard and all((*quarter, item) in known for quarter in quarters for item in ("6.3", *handled))
    counted = heard and all((*quarter, "6.3") in known for quarter in quarters)
    return low, low if closed else None, sum(known[*quarter, "6.3"] for quarter in quarters) if counted else None


_WAYS: dict[str, Callable[[Sequence[Step], Plan, Register, Unit], Counts]] = {
    "communication": _communication,
    "integration": _integration,
    "harm_reduction": _harm_reduction,
    "support_model": _support_model,
    "media": _media,
    "enforcement": _enforcement,
}
