"""Cases worked by hand in YAML (tests/cases), turned into observations. A case file holds one
objective.

    - name: Exactly 21 of 28 communes are enough
      communes: {"7 of 230": "0 0 0 0"} expect: {"230": {verdict: met, low: 21, high: 21, needed:
      21, total: 28}}

Who is meant: a code (`"07969"`, `"230"`), or `"7 of 230"`, the first seven of 230 in the order of
their codes that no earlier entry took (`"2 more of 230"` takes the next two). A row is a line of
cells, one for each period: a number, `-` a blank cell, `?` an unreadable one, `!` a contradictory
one, `x` a cell that is absent. Several rows of one commune are a list. Everything not given is as the head of the file
says; `attendance` is that of every row of a commune. `cutoff` is one day for all, or a day (or
`none`) by reporter; `rules` sets rules of the plan;
`target` and `unit_target` are other targets of the province and of each unit; `missing` names the
reporters that sent nothing. In `expect`, `empty` is an empty cell of the findings, `says` are words
of the reason, and `silent` words that it must not have.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml
from editions import judge_cells

from pcmd_eval.evaluation.observations import OBSERVATIONS, RETURNS, type_returns
from pcmd_eval.plan.plan import Plan

QUARTERS = ("Q1", "Q2", "Q3", "Q4")
MONTHS = tuple(f"M{month:02d}" for month in range(1, 13))
STATES = {"-": "blank", "?": "unreadable", "x": "absent", "!": "contradictory"}
LIMBS = ("3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3")
Row = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """One case, equal to itself alone: what is given, and what must come out."""

    objective: str
    name: str
    inputs: dict[str, Any]
    expect: dict[str, dict[str, Any]]

    def plan(self, plan: Plan) -> Plan:
        """Return the plan with the case's rules and target."""
        rules = {
            (self.objective, key): value for key, value in self.inputs.get("rules", {}).items()
        }
        content = plan.with_rules(rules).content()
        for one in content["objectives"]:
            for key in {"target", "unit_target"} & self.inputs.keys():
                one[key] |= {"value": self.inputs[key], "status": "assumption"}
        return Plan.model_validate(content | {"name": plan.name})

    def sent(self, plan: Plan) -> "Sent":
        """Return what the case's reporters sent; of other objectives nothing."""
        cutoff = self.inputs.get("cutoff", "2017-12-31")
        days = cutoff if isinstance(cutoff, dict) else {"all": cutoff}
        days = {
            unit: str(days.get(unit, days.get("all", "2017-12-31")))
            for unit in plan.reporters.index
        }
        rows = [*BUILDERS[self.objective](self.inputs, plan)]
        days = {unit: day for unit, day in days.items() if day != "none"}
        return Sent(rows, days, self.inputs.get("missing", []))


class Sent(NamedTuple):
    """Rows (reporter, unit, objective, item, period, token), cut-off by reporter, silent ones."""

    rows: list[Row]
    days: Mapping[str, str]
    missing: Collection[str] = ()


def cells_of(plan: Plan, *sent: object) -> pd.DataFrame:
    """Return the tidy observations of what was `Sent`; other cells are absent."""
    return cells_of_each(plan, [Sent(*sent)])[0]


def cells_of_each(plan: Plan, sets: Sequence[Sent]) -> list[pd.DataFrame]:
    """Return the tidy observations of each set, made at once: that takes an eighth of the time.

    The reporters of all sets stand in one frame, each under the number of its set and its code.
    """
    reporters, rows, returns = [*plan.reporters.index], [], []
    for number, sent in enumerate(sets):
        for row in sent.rows:
            token = "x" if row[0] in sent.missing else row[-1]
            state = STATES.get(token, "reported")
            rows.append((f"{number}|{row[0]}", *row[1:-1], token, state))
        silent = _silence(plan, {row[2] for row in sent.rows})
        rows += [(f"{number}|{row[0]}", *row[1:], None, "absent") for row in silent]
        for code in reporters:
            state = "missing" if code in sent.missing else "on_time"
            returns.append((f"{number}|{code}", state, sent.days.get(code)))
    frame = pd.DataFrame(returns, columns=["reporter", "state", "cutoff"]).reindex(
        columns=[*RETURNS]
    )
    observed = pd.DataFrame(rows, columns=[*OBSERVATIONS[:7]]).reindex(columns=[*OBSERVATIONS])
    cells = judge_cells(observed, type_returns(frame.astype("string")), plan)
    marks = cells.reporter.str.partition("|")
    names = marks[2].map(plan.register.full_name).astype("string")
    cells = cells.assign(reporter=marks[2], reporter_name=names)
    by_set = dict([*cells.groupby(marks[0].astype(int))])
    return [by_set[number].reset_index(drop=True) for number in range(len(sets))]


def _silence(plan: Plan, slugs: set[str]) -> Iterator[Row]:
    """Yield the rows of the sheets of all other objectives, without their last entry."""
    for reporter in plan.reporters.index:
        for sheet in plan.sheets_of(reporter):
            if sheet.objective in slugs:
                continue
            places = {"communes": plan.communes(reporter).index}.get(sheet.rows, [reporter])
            codes = [item.code for item in sheet.items]
            names = {"communes": [""], "lines": ["none"]}.get(sheet.rows, codes)
            is_of_lines = sheet.rows == "lines"
            columns = [c for c in sheet.expected_columns if not is_of_lines or c.key == "name"]
            for unit, name, column in product(places, names, columns):
                item = sheet.item_name(name, column)
                yield reporter, unit, sheet.objective, item, column.period


class _Loader(yaml.CSafeLoader):
    """YAML in which a key that stands twice is an error."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key stands twice: {keys}"
    return yaml.CSafeLoader.construct_mapping(loader, node, deep)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_cases() -> list[Case]:
    """Every case of every file in tests/cases."""
    cases = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        for case in content["cases"]:
            inputs = {key: value for key, value in case.items() if key not in ("name", "expect")}
            cases.append(Case(content["objective"], case["name"], inputs, case["expect"]))
    return cases


def spread(inputs: Mapping[str, Any], members: Callable[[str], Iterable[str]]) -> dict[str, Any]:
    """Return the values of each unit; `7 of 230` is the first seven unnamed members of 230."""
    values: dict[str, Any] = {key: value for key, value in inputs.items() if " of " not in key}
    for key, value in inputs.items():
        if " of " in key:
            group = re.fullmatch(r"(\d+)(?: more)? of (\d+)", key)
            free = [code for code in members(group[2]) if code not in values]
            assert len(free) >= int(group[1]), f"{key}: only {len(free)} left"
            values.update(dict.fromkeys(free[: int(group[1])], value))
    return values


def _row(
    reporter: str, unit: str, objective: str, item: str, periods: Iterable[str], row: str
) -> Iterator[Row]:
    for period, token in zip(periods, row.split(), strict=True):
        yield reporter, unit, objective, item, period, token


def _communication(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    communes = plan.communes()
    rows = spread(
        inputs.get("communes", {}),
        lambda code: communes.index[(communes.parent == code) | (code == plan.province)],
    )
    assert rows.keys() <= {*communes.index}
    for commune, reporter in communes.parent.items():
        quarters = rows.get(commune, "1 1 1 1")
        for row in quarters if isinstance(quarters, list) else [quarters]:
            yield from _row(reporter, commune, "communication", "", QUARTERS, row)
            people = inputs.get("attendance", "0")
            yield reporter, commune, "communication", ":attendance", "Y", people


ANSWERS = {"Có": "yes", "Không": "no"}


def _integration(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    slug = "integration"
    rows = spread(inputs.get("programmes", {}), lambda _: sorted(plan.reporting_units.index))
    for unit in sorted(plan.reporting_units.index):
        pairs = {f"2.{number}": "none Không" for number in range(1, 6)} | rows.pop(unit, {})
        for code, pair in pairs.items():
            document, done = pair.split()
            yield unit, unit, slug, f"{code}:document", "Y", ANSWERS.get(document, document)
            yield unit, unit, slug, f"{code}:carried_out", "Y", ANSWERS.get(done, done)
            yield unit, unit, slug, f"{code}:budget", "Y", "-"
    assert not rows


def _harm_reduction(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    slug = "harm_reduction"
    rows = spread(inputs.get("activities", {}), lambda _: sorted(plan.reporting_units.index))
    for unit in sorted(plan.reporting_units.index):
        for code, row in (dict.fromkeys(LIMBS, "0 0 0 0") | rows.pop(unit, {})).items():
            yield from _row(unit, unit, slug, code, QUARTERS, row)
            yield unit, unit, slug, f"{code}:persons", "Y", "9"
    assert not rows


def _support_model(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    slug, columns = "support_model", ("name", "type", "start", "operating")
    sheets = spread(inputs.get("models", {}), lambda _: plan.reporters.index)
    for unit in plan.reporters.index:
        lines = sheets.pop(unit, "none")
        if lines in ("none", "silent"):
            token = "Không có mô hình" if lines == "none" else "-"
            yield unit, unit, slug, "none:name", "Y", token
            continue
        for number, line in enumerate(lines, 1):
            for column, token in zip(columns, map(str.strip, line.split("|")), strict=True):
                yield unit, unit, slug, f"4.{number}:{column}", "Y", ANSWERS.get(token, token)
    assert not sheets


def _media(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    rows = {"5.1": "1 " * 12, "5.2": "0 " * 12, "5.3": "0 " * 12} | inputs.get("outlets", {})
    for outlet, row in rows.items():
        yield from _row(plan.province, plan.province, "media", outlet, MONTHS, row)


def _enforcement(inputs: dict[str, Any], plan: Plan) -> Iterator[Row]:
    rows = spread(inputs.get("cases", {}), lambda _: plan.reporters.index)
    zeros = dict.fromkeys((f"6.{number}" for number in range(1, 12)), "0 0 0 0")
    for unit in plan.reporters.index:
        for item, row in (zeros | rows.pop(unit, {})).items():
            yield from _row(unit, unit, "enforcement", item, QUARTERS, row)
    assert not rows


BUILDERS: dict[str, Callable[[dict[str, Any], Plan], Iterator[Row]]] = {
    "communication": _communication,
    "integration": _integration,
    "harm_reduction": _harm_reduction,
    "support_model": _support_model,
    "media": _media,
    "enforcement": _enforcement,
}
