"""The figures behind the findings: sums of cells over the year with how many cells they rest on, unit by unit.

Open figures only. Those about few persons are gathered by `persons`, reporter by reporter, and leave through the rules
of disclosure. A known cell is one that is reported and is not a 0 of a period that was still open.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing
from pcmd_eval.form import Form
from pcmd_eval.observations import Evidence, Observation, ReturnState
from pcmd_eval.reporting import current
from pcmd_eval.spelling import fold
from pcmd_eval.units import Unit

LOW, UNKNOWN = Standing.LOW, Standing.UNKNOWN
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
_CELLS = ("expected", "reported", "blank", "unreadable", "absent")
_YES_NO = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True)
class Count:
    """A figure, None or "" where nothing is known, and how many of its parts are; words have no parts."""

    value: int | Decimal | str | None
    known: int | None = None
    expected: int | None = None

    @property
    def complete(self) -> bool:
        """Whether every part is known."""
        return self.value is not None and self.known == self.expected


Figures = dict[tuple[str, str], Count]  # by objective ("" for the returns) and name


def amount(observation: Observation, evidence: Evidence) -> Decimal | None:
    """The number in a cell, None where it is not known."""
    if not observation.reported:
        return None
    value = Decimal(observation.value)
    return value if value or evidence.over(observation) else None


def added(cells: Collection[Observation], evidence: Evidence) -> Count:
    """The sum of the known cells."""
    values = [amount(cell, evidence) for cell in cells]
    known = [value for value in values if value is not None]
    return Count(plain(sum(known)) if known else None, len(known), len(values))


def plain(value: int | Decimal) -> int | Decimal:
    """A whole number as such."""
    return int(value) if value == int(value) else value


# ---- by level -------------------------------------------------------------------------------------------------------


def of_reporter(evidence: Evidence, form: Form, unit: Unit) -> Figures:
    """The open figures of one reporter: of a district, or of what the province's own bodies did themselves."""
    found = {("", key): count for key, count in _return(evidence, unit).items()}
    asked, sheets = planned(evidence), {}
    if "support_model" in asked:
        sheets["support_model"] = _hosts(evidence, unit)
    if "enforcement" in asked:
        sheets["enforcement"] = _by_item(evidence, form, "enforcement", unit)
    if "communication" in asked and unit != evidence.register.province:
        sheets["communication"] = _sessions(evidence, unit) | _communes(evidence, unit)
    if "integration" in asked and unit != evidence.register.province:
        sheets["integration"] = _programmes(evidence, form, unit)
    if "harm_reduction" in asked and unit != evidence.register.province:
        limbs = {limb: Count(standing.value) for limb, standing in objectives.limbs(evidence, unit.code).items()}
        sheets["harm_reduction"] = limbs | _by_item(evidence, form, "harm_reduction", unit)
    return found | {(slug, key): count for slug, figures in sheets.items() for key, count in figures.items()}


def planned(evidence: Evidence) -> set[str]:
    """The objectives of the plan: of others there are no figures."""
    return {objective.slug for objective in evidence.plan.objectives}


def own_verdict(evidence: Evidence) -> Figures:
    """The verdict on the cases of the province's own bodies."""
    if "enforcement" not in planned(evidence):
        return {}
    own = objectives.cases(evidence, evidence.register.province.code)
    return {("enforcement", "verdict"): Count(own.verdict.value)}


def of_province(evidence: Evidence, form: Form) -> Figures:
    """The open figures of the whole province, those of reporters summed up; words count the districts that are sure."""
    whole = evidence.register.province
    units = [of_reporter(evidence, form, unit) for unit in evidence.register.reporters]
    found: Figures = {("", key): count for key, count in _all_returns(evidence).items()}
    for slug in ("communication", "integration", "harm_reduction", "enforcement"):
        of_all = [figures for figures in units if any(objective == slug for objective, _ in figures)]
        for key in {key: None for figures in of_all for key in figures if key[0] == slug}:
            parts = [figures[key] for figures in of_all if key in figures]
            found[key] = _sure(parts) if any(isinstance(part.value, str) for part in parts) else over_units(parts)
    if "communication" in planned(evidence):
        found |= {("communication", key): count for key, count in _communes(evidence, whole).items()}
    if "support_model" in planned(evidence):
        found |= {("support_model", key): count for key, count in _models(evidence).items()}
    if "media" not in planned(evidence):
        return found
    months = {month: Count(standing.value) for month, standing in objectives.months_covered(evidence).items()}
    media = months | _by_item(evidence, form, "media", whole)
    return found | {("media", key): count for key, count in media.items()}


def over_units(parts: Sequence[Count]) -> Count:
    """The province's sum: over all known cells; known are the units of which every cell is."""
    values = [part.value for part in parts if part.value is not None]
    complete = sum(part.complete for part in parts)
    return Count(plain(sum(values)) if values else None, complete, len(parts))  # type: ignore[arg-type]


def _sure(parts: Sequence[Count]) -> Count:
    return _standing([Standing(part.value) if part.value else UNKNOWN for part in parts], LOW)


def _standing(parts: Collection[Standing], wanted: Standing) -> Count:
    """How many parts stand so; nothing is said where none of them is known."""
    count = Counter(parts)
    known = count.total() - count[UNKNOWN]
    return Count(count[wanted] if known or wanted is UNKNOWN else None, known, count.total())


# ---- sheet by sheet -------------------------------------------------------------------------------------------------


def _return(evidence: Evidence, unit: Unit) -> dict[str, Count]:
    row = current(evidence, unit)
    words = {"state": row.state.value, "late": _YES_NO[row.late]}
    days = {key: day.isoformat() if day else "" for key, day in (("cutoff", row.cutoff), ("sent", row.sent))}
    return {key: Count(word) for key, word in (words | days).items()} | {k: Count(getattr(row, k)) for k in _CELLS}


def _all_returns(evidence: Evidence) -> dict[str, Count]:
    rows = [current(evidence, unit) for unit in evidence.register.reporters]
    rows = [row for row in rows if row.state is not ReturnState.NOT_ASKED]
    cells = {key: Count(sum(getattr(row, key) for row in rows)) for key in _CELLS}
    return {"reporters": Count(len(rows), sum(row.counts for row in rows), len(rows))} | cells


def _sessions(evidence: Evidence, unit: Unit) -> dict[str, Count]:
    cells = [c for commune in evidence.register.communes(unit.code) for c in evidence.of("communication", commune.code)]
    found = {f"sessions:{q}": added([c for c in cells if c.period == q], evidence) for q in QUARTERS}
    found["sessions"] = added([c for c in cells if c.period in QUARTERS], evidence)
    return found | {"attendance": added([c for c in cells if c.period == "Y"], evidence)}


def _communes(evidence: Evidence, unit: Unit) -> dict[str, Count]:
    standings = objectives.communes_maintaining(evidence, unit).values()
    kinds = {"maintaining": LOW, "unclear": UNKNOWN, "not_maintaining": Standing.NONE}
    return {"communes": Count(len(standings))} | {key: _standing(standings, kind) for key, kind in kinds.items()}


def _programmes(evidence: Evidence, form: Form, unit: Unit) -> dict[str, Count]:
    cells = evidence.of("integration", unit.code)
    standings = objectives.programmes(evidence, unit.code)
    # A programme beyond those the form asks for is none where a return came without it.
    absent = Standing.NONE if current(evidence, unit).counts else UNKNOWN
    found = {i.code: Count(standings.get(i.code, absent).value) for i in form.sheet("integration").items}
    for key, column, value in (("documents", "document", "given"), ("carried_out", "carried_out", "yes")):
        own = [c for c in cells if c.item.endswith(f":{column}")]
        known = [c for c in own if c.reported]
        found[key] = Count(sum(c.value == value for c in known) if known else None, len(known), len(own))
    found["counted"] = _standing(standings.values(), LOW)
    return found | {"budget": added([c for c in cells if c.item.endswith(":budget")], evidence)}


def _by_item(evidence: Evidence, form: Form, slug: str, unit: Unit) -> dict[str, Count]:
    cells = evidence.of(slug, unit.code)
    return {i.code: added([c for c in cells if c.item == i.code], evidence) for i in form.sheet(slug).items}


def _hosts(evidence: Evidence, unit: Unit) -> dict[str, Count]:
    standings = {model.standing for model in objectives.models(evidence) if unit.code in model.hosts}
    silent = "silent" if unit in objectives.silent_reporters(evidence) else "none"
    return {"hosts": Count(next((s.value for s in (LOW, UNKNOWN) if s in standings), silent))}


def _models(evidence: Evidence) -> dict[str, Count]:
    standings = Counter(model.standing for model in objectives.models(evidence))
    expected = len(evidence.register.reporters)
    known = expected - len(objectives.silent_reporters(evidence))
    return {
        "models": Count(standings[LOW], known, expected),
        "models_unclear": Count(standings[UNKNOWN], known, expected),
    }


# ---- about few persons ----------------------------------------------------------------------------------------------


def persons(evidence: Evidence, objective: str, item: str) -> dict[str, Count]:
    """What each reporter says of one item about persons, by code."""
    reporters = [u for u in evidence.register.reporters if u.code != evidence.register.province.code]
    if objective == "enforcement":
        reporters.append(evidence.register.province)
    cells = {unit.code: [c for c in evidence.of(objective, unit.code) if c.item == item] for unit in reporters}
    return {code: added(own, evidence) for code, own in cells.items()}


def supported(evidence: Evidence) -> list[tuple[int | None, tuple[str, ...]]]:
    """The persons each model that counts supports and the reporters that list it, None where they do not agree.

    A model of several reporters is one, and so are the persons it supports.
    """
    if "support_model" not in planned(evidence):
        return []
    said: dict[tuple[str, str], set[int]] = {}
    for unit in evidence.register.reporters:
        for line in _lines(evidence, unit).values():
            number = amount(line["persons"], evidence) if "persons" in line else None
            if number is not None:
                name, kind = (line[key].value if key in line else "" for key in ("name", "type"))
                said.setdefault((fold(name), kind), set()).add(int(number))
    counted = [model for model in objectives.models(evidence) if model.standing is LOW]
    agreed = [said.get((model.name, model.type), set()) for model in counted]
    return [(min(own) if len(own) == 1 else None, m.hosts) for m, own in zip(counted, agreed, strict=True)]


def unclear_supporters(evidence: Evidence) -> set[str]:
    """The reporters of whose supported persons not all are known.

    They say nothing of models, or have one that may count, or one whose persons are not agreed on.
    """
    silent = {unit.code for unit in objectives.silent_reporters(evidence)}
    doubtful = {code for m in objectives.models(evidence) if m.standing is UNKNOWN for code in m.hosts}
    return silent | doubtful | {code for number, hosts in supported(evidence) if number is None for code in hosts}


def _lines(evidence: Evidence, unit: Unit) -> dict[str, dict[str, Observation]]:
    lines: dict[str, dict[str, Observation]] = {}
    for cell in evidence.of("support_model", unit.code):
        line, _, column = cell.item.partition(":")
        lines.setdefault(line, {})[column] = cell
    return lines
