"""Every cell behind a finding, what it counted as, and under which rule: the set of rows is the explanation.

Nothing is tracked while a finding is computed. A finding counts over observations, so that the observations it counts,
with how each of them and the parts they belong to stand, say everything; `recount` adds them up again.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing, at_least, of_cell
from pcmd_eval.files import csv_bytes, write_atomic
from pcmd_eval.objectives import LIMBS, LOW, NONE, UNKNOWN
from pcmd_eval.observations import OBSERVATION_COLUMNS, Evidence, Observation, State
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import Unit

COLUMNS = (*OBSERVATION_COLUMNS, "rule", "counts_as")
RULE_COLUMNS = ("objective", "rule", "label", "value", "chosen", "status")

_cells = attrgetter(*OBSERVATION_COLUMNS)


@dataclass(frozen=True)
class Step:
    """One cell behind a finding: what the cell itself counted as, and the rule with the parts it is counted in.

    `rule` reads `active_quarters: 07969/Q1 low; 07969 low`: the keys of the rules (`open_period_days` where a 0 was
    not believed), then each part from the smallest to the one that the finding counts, and how that stands.
    """

    observation: Observation
    rule: str
    counts_as: Standing

    @property
    def keys(self) -> list[str]:
        """The rules that were used."""
        return self.rule.partition(": ")[0].split(", ")

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts the cell belongs to, the counted one last, each with its standing."""
        pairs = (part.rpartition(" ") for part in self.rule.partition(": ")[2].split("; "))
        return [(name, standing) for name, _, standing in pairs]

    def row(self) -> tuple[object, ...]:
        """The step as a row of the table."""
        return (*_cells(self.observation), self.rule, self.counts_as)


def trace(evidence: Evidence, unit: Unit, slug: str) -> list[Step]:
    """Every observation behind the numerator, the denominator and the unknown of that finding.

    A district without a duty has the cells that its reason speaks of: the lines of the models it hosts and its own
    statement; of the mass media of the province it has none.
    """
    return list(_STEPS[slug](evidence, unit))


def _step(
    evidence: Evidence, o: Observation, rule: str, *parts: tuple[str, object], as_: Standing | None = None
) -> Step:
    standing = of_cell(o, evidence) if as_ is None else as_
    unbelieved = o.reported and standing is UNKNOWN  # a 0 of a period that was not over
    keys = f"open_period_days, {rule}" if unbelieved else rule
    return Step(o, f"{keys}: {'; '.join(f'{name} {how}' for name, how in parts)}", standing)


# ---- the rows of each objective -------------------------------------------------------------------------------------


def _communication(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    for code, whole in objectives.communes_maintaining(evidence, unit).items():
        quarters = objectives.quarters_active(evidence, code)
        for o in evidence.of("communication", code):
            if o.period in quarters:
                quarter = (f"{code}/{o.period}", quarters[o.period])
                yield _step(evidence, o, "active_quarters", quarter, (code, whole))


def _integration(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    needed = evidence.plan["integration"]["min_programmes"]
    for district in evidence.register.districts if unit == evidence.register.province else (unit,):
        found = objectives.programmes(evidence, district.code)
        whole = (district.code, at_least(needed, found.values()))
        for o in evidence.of("integration", district.code):
            code, _, column = o.item.partition(":")
            if column in ("document", "carried_out"):
                standing = UNKNOWN if not o.reported else NONE if o.value in ("none", "no") else LOW
                programme = (f"{district.code}/{code}", found[code])
                yield _step(evidence, o, "min_programmes", programme, whole, as_=standing)


def _harm_reduction(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    needed = len(LIMBS) if evidence.plan["harm_reduction"]["limbs"] == "both" else 1
    for district in evidence.register.districts if unit == evidence.register.province else (unit,):
        found = objectives.limbs(evidence, district.code)
        whole = (district.code, at_least(needed, found.values()))
        for o in evidence.of("harm_reduction", district.code):
            limb = next((limb for limb in LIMBS if o.item.startswith(f"{limb}.")), None)
            if limb and o.period != "Y":
                yield _step(evidence, o, "limbs", (f"{district.code}/{limb}", found[limb]), whole)


def _support_model(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    whole = unit == evidence.register.province
    lines: dict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
    for reporter in evidence.register.reporters:
        for o in evidence.of("support_model", reporter.code):
            line, _, column = o.item.partition(":")
            if line != "none":
                lines[reporter.code, line][column] = o
            elif whole or reporter == unit:
                said = (NONE, "stated") if o.reported else (UNKNOWN, "silent")
                yield _step(evidence, o, "no_model", (reporter.code, said[1]), as_=said[0])
    merged: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for place, cells in lines.items():
        merged[fold(_value(cells, "name")), _value(cells, "type")].append(place)
    standing = {(model.name, model.type): model.standing for model in objectives.models(evidence)}
    for model, places in merged.items():
        if whole or any(code == unit.code for code, _ in places):
            name = "+".join("/".join(place) for place in places)
            for place in places:
                yield from _line(evidence, place, lines[place], (name, standing[model]))


def _line(
    evidence: Evidence, place: tuple[str, str], cells: Mapping[str, Observation], model: tuple[str, str]
) -> Iterator[Step]:
    """The cells of one line that say whether it counts: each of them must allow it."""
    counted = {column: _model_cell(evidence, o, column) for column, o in cells.items()}
    counted = {column: said for column, said in counted.items() if said}
    asked = {"type", "operating", *(("start",) if evidence.plan["support_model"]["started"] == "plan_year" else ())}
    found = {said[1] for said in counted.values()} | ({UNKNOWN} if asked - cells.keys() else set())
    line = ("/".join(place), NONE if NONE in found else UNKNOWN if UNKNOWN in found else LOW)
    for column, (rule, standing) in counted.items():
        yield _step(evidence, cells[column], rule, line, model, as_=standing)


def _model_cell(evidence: Evidence, o: Observation, column: str) -> tuple[str, Standing] | None:
    if column == "name":
        return "same_name_and_type", LOW
    if column == "type":
        return "same_name_and_type", UNKNOWN if not o.reported else LOW if o.value == "1" else NONE
    if column == "operating":
        return "operating", UNKNOWN if not o.reported else NONE if o.value == "no" else LOW
    if column != "start":
        return None
    cutoff, in_year = evidence.cutoff(o.reporter), evidence.plan["support_model"]["started"] == "plan_year"
    if not o.reported:
        return "started", UNKNOWN if in_year else LOW  # any start will do
    if cutoff and o.value > cutoff.isoformat():
        return "cutoff", NONE
    return "started", NONE if in_year and o.value[:4] != str(evidence.plan.year) else LOW


def _value(cells: Mapping[str, Observation], column: str) -> str:
    return cells[column].value if column in cells and cells[column].reported else ""


def _media(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    if unit != evidence.register.province:
        return
    months, outlets = objectives.months_covered(evidence), evidence.plan["media"]["outlets"]
    for o in evidence.of("media", unit.code):
        if o.period in months and (outlets == "all" or o.item in outlets):
            yield _step(evidence, o, "months", (o.period, months[o.period]))


def _enforcement(evidence: Evidence, unit: Unit) -> Iterator[Step]:
    handled = evidence.plan["enforcement"]["pending"] == "handled"
    pending = "pending, handled" if handled else "pending"
    rules = {"6.3": "detected", "6.4": "handled", "6.5": "handled", "6.6": pending}
    whole = unit == evidence.register.province
    for reporter in evidence.register.reporters if whole else (unit,):
        quarters = objectives.case_quarters(evidence, reporter.code)
        reporters = (reporter.code, objectives.cases(evidence, reporter.code).verdict)
        for o in evidence.of("enforcement", reporter.code):
            if o.item not in rules or o.period not in quarters:
                continue
            quarter = quarters[o.period]
            how = _quarter(quarter)
            standing = of_cell(o, evidence)
            if o.item == "6.6" and not handled and standing is LOW:
                standing = NONE  # known, and no handled case
            yield _step(evidence, o, rules[o.item], (f"{reporter.code}/{o.period}", how), reporters, as_=standing)


def _quarter(quarter: objectives.CaseQuarter) -> str:
    if quarter.contradictory or not quarter.complete:
        return "contradictory" if quarter.contradictory else "incomplete"
    return "unhandled" if sum(quarter.handled) < quarter.detected else "complete"  # type: ignore[arg-type, operator]


_STEPS: dict[str, Callable[[Evidence, Unit], Iterator[Step]]] = {
    "communication": _communication,
    "integration": _integration,
    "harm_reduction": _harm_reduction,
    "support_model": _support_model,
    "media": _media,
    "enforcement": _enforcement,
}


def trace_csv(steps: Iterable[Step]) -> bytes:
    """The table of a trace."""
    return csv_bytes(COLUMNS, (step.row() for step in steps))


def rules_csv(plan: Plan) -> bytes:
    """The rules in force that findings rest on; those of every objective have no objective."""
    listed = [("", {"open_period_days": plan.rules["open_period_days"]}), *((o.slug, o.rules) for o in plan.objectives)]
    rows = [
        (slug, key, rule.label, str(rule.value), rule.chosen, rule.status)
        for slug, rules in listed
        for key, rule in sorted(rules.items())
    ]
    return csv_bytes(RULE_COLUMNS, rows)


def trace_files(evidence: Evidence) -> dict[str, bytes]:
    """The tables that explain findings: one for each, and the rules; by their places in `internal/`."""
    files = {
        f"trace/{unit.code}-{objective.slug}.csv": trace_csv(trace(evidence, unit, objective.slug))
        for unit in evidence.register.reporters
        for objective in evidence.plan.objectives
    }
    return {**files, "trace/rules.csv": rules_csv(evidence.plan)}


def write_traces(evidence: Evidence, output: OutputFolder) -> list[str]:
    """Write these tables; those of findings that are no more go."""
    files = trace_files(evidence)
    for place, content in files.items():
        write_atomic(output.internal / place, content)
    for old in (output.internal / "trace").glob("*.csv"):
        if f"trace/{old.name}" not in files:
            old.unlink()
    return sorted(place.removeprefix("trace/") for place in files)


def load_trace(path: Path) -> list[Step]:
    """Read a trace back."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row, row.pop("rule"), Standing(row.pop("counts_as"))) for row in csv.DictReader(lines)]
    return [Step(Observation(**{**row, "state": State(row["state"])}), rule, how) for row, rule, how in rows]
