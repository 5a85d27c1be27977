"""What the tests of the core share: the shipped plan, and cases written in YAML turned into evidence.

A case file holds one objective. Each case has a name (a sentence), what is given, and what must come out:

    - name: Exactly 21 of 28 communes are enough
      communes: {"7 of 230": "0 0 0 0"}
      expect: {"230": {verdict: met, low: 21, high: 21, needed: 21, total: 28}}

Who is meant: a code (`"07969"`, `"230"`), or `"7 of 230"`, the first seven of 230 in the order of their codes
that no earlier entry took (`"2 more of 230"` takes the next two). A row is a line of cells, one for each period:
a number, `-` a blank cell, `?` an unreadable one, `x` a cell that is absent. Several rows of one commune are a list.
Everything not given is as the head of the file says. `cutoff` is one day for all, or a day (or `none`) by reporter;
`rules` sets rules of the plan; `missing` names the reporters that sent nothing. In `expect`, `empty` is an empty cell
of the findings, `says` are words of the reason, and `silent` words that it must not have.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

from pcmd_eval.observations import Evidence, Observation, Return, ReturnState, State
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project, open_project
from pcmd_eval.units import Register

CASES = Path(__file__).parent / "cases"
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
MONTHS = tuple(f"M{month:02d}" for month in range(1, 13))
LAST_DAY = date(2017, 12, 31)

# The same examples on every machine and in every run.
settings.register_profile(
    "steady", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def project() -> Project:
    """The shipped plan with its form and register."""
    return open_project("phu_tho_2017")


@pytest.fixture(scope="session")
def plan(project: Project) -> Plan:
    """The shipped plan."""
    return project.plan


@pytest.fixture(scope="session")
def register(project: Project) -> Register:
    """The units of Phú Thọ in 2017."""
    return project.register


# ---- evidence from tokens -------------------------------------------------------------------------------------------

_TOKENS = {"-": State.BLANK, "?": State.UNREADABLE, "x": State.ABSENT}
_WORDS = {"Có": "yes", "Không": "no"}


def observe(reporter: str, unit: str, objective: str, item: str, period: str, token: object) -> Observation:
    """One observation from a token: `-` blank, `?` unreadable, `x` absent, else the value itself."""
    text = str(token)
    state = _TOKENS.get(text, State.REPORTED)
    value = _WORDS.get(text, text) if state is State.REPORTED else ""
    return Observation(reporter, unit, objective, item, period, value, state)


def observe_row(
    reporter: str, unit: str, objective: str, item: str, periods: Iterable[str], row: str
) -> Iterator[Observation]:
    """The observations of one row of cells, one for each period."""
    for period, token in zip(periods, row.split(), strict=True):
        yield observe(reporter, unit, objective, item, period, token)


def a_return(reporter: str, cutoff: date | None, missing: bool = False) -> Return:
    """The return of a reporter that was received on time, or the place of a missing one."""
    state = ReturnState.MISSING if missing else ReturnState.ON_TIME
    file = "" if missing else f"{reporter}.xlsx"
    sent = None if missing else date(2017, 12, 20)
    return Return(reporter, "", state, None, file, sent, None if missing else cutoff, 0, 0, 0, 0, 0, None)


def evidence_of(
    plan: Plan,
    register: Register,
    observations: Iterable[Observation],
    cutoffs: Mapping[str, date | None] | None = None,
    missing: Iterable[str] = (),
) -> Evidence:
    """The evidence of these observations; reporters without a cut-off of their own have the last day of 2017."""
    days, absent = cutoffs or {}, set(missing)
    returns = (a_return(u.code, days.get(u.code, LAST_DAY), u.code in absent) for u in register.reporters)
    return Evidence(plan, register, tuple(observations), tuple(returns))


# ---- cases ----------------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key stands twice: {keys}"
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Case:
    """One case of a case file."""

    objective: str
    name: str
    given: dict[str, Any]
    expect: dict[str, dict[str, Any]]

    def plan(self, plan: Plan) -> Plan:
        """The plan with the case's rules."""
        for rule, value in self.given.get("rules", {}).items():
            plan = plan.with_rules({(self.objective, rule): value})
        return plan

    def evidence(self, project: Project) -> Evidence:
        """The evidence of the case."""
        register, missing = project.register, self.given.get("missing", [])
        rows = [
            row if row.reporter not in missing else observe(*_key(row), "x")
            for row in _BUILDERS[self.objective](self.given, register)
        ]
        return evidence_of(self.plan(project.plan), register, rows, self._cutoffs(register), missing)

    def _cutoffs(self, register: Register) -> dict[str, date | None]:
        given = self.given.get("cutoff", LAST_DAY)
        days = given if isinstance(given, dict) else {"all": given}
        assert days.keys() <= {"all", *(u.code for u in register.reporters)}
        found = {u.code: days.get(u.code, days.get("all", LAST_DAY)) for u in register.reporters}
        return {code: None if day == "none" else day for code, day in found.items()}


def _key(row: Observation) -> tuple[str, str, str, str, str]:
    return row.reporter, row.unit_code, row.objective, row.item, row.period


def load_cases() -> list[Case]:
    """Every case of every file in tests/cases."""
    cases: list[Case] = []
    for path in sorted(CASES.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        assert path.stem.partition("_")[2] == content["objective"]
        for case in content["cases"]:
            given = {key: value for key, value in case.items() if key not in ("name", "expect")}
            unknown = given.keys() - {"rules", "cutoff", "missing", _GIVEN_AS[content["objective"]]}
            assert not unknown, f"{path.name}, {case['name']}: {unknown}"
            cases.append(Case(content["objective"], case["name"], given, case["expect"]))
    return cases


def spread(given: Mapping[str, Any], members: Callable[[str], Iterable[str]]) -> dict[str, Any]:
    """What is given for each unit, `7 of 230` being the first seven members of 230 that nothing was given for."""
    found: dict[str, Any] = {key: value for key, value in given.items() if " of " not in key}
    for key, value in given.items():
        if " of " in key:
            group = re.fullmatch(r"(\d+)(?: more)? of (\d+)", key)
            assert group, key
            free = [code for code in members(group[2]) if code not in found]
            assert len(free) >= int(group[1]), f"{key}: only {len(free)} left"
            found.update(dict.fromkeys(free[: int(group[1])], value))
    return found


def _communication(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    rows = spread(given.get("communes", {}), lambda code: [c.code for c in register.communes(code)])
    assert rows.keys() <= {c.code for c in register.communes(register.province.code)}
    for commune in register.communes(register.province.code):
        own = rows.get(commune.code, "1 1 1 1")
        for row in own if isinstance(own, list) else [own]:
            yield from observe_row(commune.parent, commune.code, "communication", "", QUARTERS, row)
            yield observe(commune.parent, commune.code, "communication", ":attendance", "Y", 50)


def _integration(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    rows = spread(given.get("programmes", {}), lambda _: [d.code for d in register.districts])
    for district in register.districts:
        own = {f"2.{number}": "none Không" for number in range(1, 6)} | rows.pop(district.code, {})
        for code, pair in own.items():
            for column, token in zip(("document", "carried_out"), pair.split(), strict=True):
                yield observe(district.code, district.code, "integration", f"{code}:{column}", "Y", token)
    assert not rows


def _harm_reduction(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    codes = ("3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3")
    rows = spread(given.get("activities", {}), lambda _: [d.code for d in register.districts])
    for district in register.districts:
        own = rows.pop(district.code, {})
        assert own.keys() <= set(codes)
        for code in codes:
            row = own.get(code, "0 0 0 0")
            yield from observe_row(district.code, district.code, "harm_reduction", code, QUARTERS, row)
            yield observe(district.code, district.code, "harm_reduction", f"{code}:persons", "Y", 9)
    assert not rows


def _support_model(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    sheets = spread(given.get("models", {}), lambda _: [u.code for u in register.reporters])
    for reporter in register.reporters:
        own = sheets.pop(reporter.code, "none")
        if own in ("none", "silent"):
            token = "Không có mô hình" if own == "none" else "-"
            yield observe(reporter.code, reporter.code, "support_model", "none:name", "Y", token)
            continue
        for number, line in enumerate(own, 1):
            cells = (cell.strip() for cell in line.split("|"))
            for column, token in zip(("name", "type", "start", "operating"), cells, strict=True):
                yield observe(reporter.code, reporter.code, "support_model", f"4.{number}:{column}", "Y", token)
    assert not sheets


def _media(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    code = register.province.code
    rows = {"5.1": "1 " * 12, "5.2": "0 " * 12, "5.3": "0 " * 12} | given.get("outlets", {})
    for outlet, row in rows.items():
        yield from observe_row(code, code, "media", outlet, MONTHS, row)


def _enforcement(given: dict[str, Any], register: Register) -> Iterator[Observation]:
    rows = spread(given.get("cases", {}), lambda _: [u.code for u in register.reporters])
    for reporter in register.reporters:
        own = dict.fromkeys((f"6.{number}" for number in range(1, 12)), "0 0 0 0") | rows.pop(reporter.code, {})
        for item, row in own.items():
            yield from observe_row(reporter.code, reporter.code, "enforcement", item, QUARTERS, row)
    assert not rows


_BUILDERS: dict[str, Callable[[dict[str, Any], Register], Iterator[Observation]]] = {
    "communication": _communication,
    "integration": _integration,
    "harm_reduction": _harm_reduction,
    "support_model": _support_model,
    "media": _media,
    "enforcement": _enforcement,
}
_GIVEN_AS = {
    "communication": "communes",
    "integration": "programmes",
    "harm_reduction": "activities",
    "support_model": "models",
    "media": "outlets",
    "enforcement": "cases",
}
