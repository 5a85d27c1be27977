"""What readers may know beside the findings: one value for each unit and indicator, with what it rests on."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from pathlib import Path

from pcmd_eval import counts
from pcmd_eval.counts import Count
from pcmd_eval.disclosure import Disclosure, hidden_parts, protect, sum_shown
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.form import Form
from pcmd_eval.observations import Evidence
from pcmd_eval.units import Unit


class Status(StrEnum):
    """Whether the value stands there, tells about too few persons, or is not known in full."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Indicator:
    """One row of indicators.csv; `known` of `expected` parts are what the value rests on, None for words."""

    plan: str
    year: int
    unit_code: str
    unit_name: str
    objective: str
    indicator: str
    value: str
    status: Status
    known: int | None = None
    expected: int | None = None


COLUMNS = tuple(field.name for field in fields(Indicator))


def indicators_csv(rows: Iterable[Indicator]) -> bytes:
    """The table indicators.csv, in the order of the rows."""
    return csv_bytes(COLUMNS, map(attrgetter(*COLUMNS), rows))


def load_indicators(source: Path | bytes) -> list[Indicator]:
    """Read back indicators.csv; raises InputRefused if it is not there."""
    try:
        text = (source if isinstance(source, bytes) else source.read_bytes()).decode("utf-8")
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise InputRefused(f"Chưa có tệp {name}. Chạy “pcmd-eval run” trước.") from None
    return [_indicator(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _indicator(row: dict[str, str]) -> Indicator:
    parts = {key: int(row[key]) if row[key] else None for key in ("known", "expected")}
    return Indicator(**{**row, **parts, "year": int(row["year"]), "status": Status(row["status"])})  # type: ignore[arg-type]


# ---- from the evidence ----------------------------------------------------------------------------------------------

Key = tuple[str, str]  # an objective and one of its items
Persons = dict[str, Count]  # what each reporter says, by code
_MODELS = ("support_model", "persons")


def indicators(evidence: Evidence, form: Form, rules: Disclosure) -> list[Indicator]:
    """Every indicator that the rules let be published, by unit, objective and name."""
    register = evidence.register
    found = _Province(evidence, form, rules).rows()
    for unit in register.districts:
        figures = counts.of_reporter(evidence, form, unit)
        found += _listed(unit, "", figures, {slug: level.district for slug, level in rules.open.items()})
    figures = counts.of_reporter(evidence, form, register.province) | counts.own_verdict(evidence)
    found += _listed(register.province, "own.", figures, {slug: level.own for slug, level in rules.open.items()})
    numbers = {"": 0} | {objective.slug: objective.number for objective in evidence.plan.objectives}
    plan = evidence.plan
    besides = rules.withheld_besides
    rows = []
    for u, slug, name, c, judged in found:
        more = judged is Status.SHOWN and (u.code, slug, name) in besides
        status = Status.WITHHELD if more else judged
        text = _text(c, status)
        rows.append(Indicator(plan.plan, plan.year, u.code, u.full_name, slug, name, text, status, c.known, c.expected))
    return sorted(rows, key=lambda row: (row.unit_code, numbers[row.objective], row.indicator))


def own_figures(evidence: Evidence, rules: Disclosure) -> dict[str, dict[Key, Decimal]]:
    """What each reporter knows of itself: its sums of the sensitive items. For the audit only, never published."""
    own: dict[str, dict[Key, Decimal]] = {unit.code: {} for unit in evidence.register.reporters}
    for key, parts in _persons(evidence, rules).items():
        for code, value in _complete(parts).items():
            own[code][key] = value
    for persons, hosts in counts.supported(evidence):
        for code in hosts:
            own[code][_MODELS] = own[code].get(_MODELS, Decimal(0)) + (persons or 0)
    return own


_Found = tuple[Unit, str, str, Count, Status]


def _listed(unit: Unit, prefix: str, figures: counts.Figures, listed: Mapping[str, Iterable[str]]) -> list[_Found]:
    """The open figures of one unit that the rules name."""
    return [
        (unit, slug, prefix + name, count, _status(count))
        for slug, names in listed.items()
        for name in names
        if (count := figures.get((slug, name))) is not None
    ]


def _status(count: Count, shown: bool = True) -> Status:
    if count.value in (None, ""):
        return Status.UNKNOWN
    return Status.SHOWN if shown else Status.WITHHELD


def _text(count: Count, status: Status) -> str:
    if status is not Status.SHOWN:
        return ""
    return f"{count.value:f}" if isinstance(count.value, Decimal) else str(count.value)


def _persons(evidence: Evidence, rules: Disclosure) -> dict[Key, Persons]:
    planned = counts.planned(evidence)
    keys = [(s.objective, s.item) for s in rules.sensitive if s.level != "never" and s.objective in planned]
    return {key: counts.persons(evidence, *key) for key in keys if key != _MODELS}


def _complete(parts: Persons) -> dict[str, Decimal]:
    return {code: Decimal(count.value) for code, count in parts.items() if count.complete}  # type: ignore[arg-type]


def _sum(parts: Persons) -> Count:
    """The sum over the reporters whose own sum is complete."""
    known = _complete(parts)
    return Count(counts.plain(sum(known.values())) if known else None, len(known), len(parts))


class _Province:
    """The figures of the whole province, and with them those of reporters that have to be judged together."""

    def __init__(self, evidence: Evidence, form: Form, rules: Disclosure) -> None:
        self.evidence, self.form, self.rules = evidence, form, rules
        self.persons = _persons(evidence, rules)
        self.known = {key: _complete(parts) for key, parts in self.persons.items()}

    def rows(self) -> list[_Found]:
        """The open figures, the table, and every other sum about persons."""
        whole, rules = self.evidence.register.province, self.rules
        listed = {slug: level.province for slug, level in rules.open.items()}
        found = _listed(whole, "", counts.of_province(self.evidence, self.form), listed)
        planned = counts.planned(self.evidence)
        found += self._table() if rules.table.objective in planned else []
        together = {rules.table.total, *rules.table.parts, rules.table.money}
        for (slug, item), parts in self.persons.items():
            if slug != rules.table.objective or item not in together:
                shown = sum_shown(self.known[slug, item], rules.threshold)
                found.append((whole, slug, item, _sum(parts), _status(_sum(parts), shown)))
        if rules.level(*_MODELS) != "never" and _MODELS[0] in planned:
            found.append(self._models(whole))
        return found

    def _table(self) -> list[_Found]:
        """The violators by reporter and by kind, and the fines."""
        table, slug, whole = self.rules.table, self.rules.table.objective, self.evidence.register.province
        cells = self.known[slug, table.total]
        protection = protect(cells, self.rules.threshold)
        found: list[_Found] = []
        for unit in self.evidence.register.reporters:
            count = self.persons[slug, table.total][unit.code]
            count = count if count.complete else Count(None, count.known, count.expected)
            name = ("own." if unit == whole else "") + table.total
            found.append((unit, slug, name, count, _status(count, unit.code not in protection.hidden)))
        shown = {table.total: protection.total, table.money: protection.total and self._fines_shown(cells)}
        hidden = self._hidden_kinds(cells) if protection.total else frozenset(table.parts)
        shown |= {kind: kind not in hidden for kind in table.parts}
        for item, may in shown.items():
            count = _sum(self.persons[slug, item])
            found.append((whole, slug, item, count, _status(count, may)))
        return found

    def _hidden_kinds(self, cells: Mapping[str, Decimal]) -> frozenset[str]:
        """Kinds that other reporters gave, or that do not add up, would tell of the difference: all are withheld."""
        table = self.rules.table
        kinds = {kind: self.known[table.objective, kind] for kind in table.parts}
        same = all(own.keys() == cells.keys() for own in kinds.values())
        if not same or any(sum(own[code] for own in kinds.values()) != cells[code] for code in cells):
            return frozenset(kinds)
        return hidden_parts(kinds, self.rules.threshold)

    def _fines_shown(self, cells: Mapping[str, Decimal]) -> bool:
        """A sum of fines tells of the persons who were fined: at most those of the reporters that had any."""
        fined = [
            code for code, fines in self.known[self.rules.table.objective, self.rules.table.money].items() if fines
        ]
        return all(code in cells for code in fined) and sum_shown(
            {code: max(cells[code], Decimal(1)) for code in fined}, self.rules.threshold
        )

    def _models(self, whole: Unit) -> _Found:
        """The persons whom the models that count support, and of how many reporters all of them are known."""
        found, reporters = counts.supported(self.evidence), self.evidence.register.reporters
        parts = {str(at): persons for at, (persons, _) in enumerate(found) if persons is not None}
        insiders = {
            unit.code: [str(at) for at, (_, hosts) in enumerate(found) if unit.code in hosts] for unit in reporters
        }
        known = len(reporters) - len(counts.unclear_supporters(self.evidence))
        count = Count(sum(parts.values()) if parts else None, known, len(reporters))
        shown = sum_shown(parts, self.rules.threshold, insiders.values())
        return whole, *_MODELS, count, _status(count, shown)
