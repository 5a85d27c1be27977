"""The two pages of a set beside its notebooks."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.changes import among_same, for_people
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.figures import district_map
from pcmd_eval.files import csv_bytes
from pcmd_eval.rules import Objective
from pcmd_eval.show import chip, table_html
from pcmd_eval.site import tables
from pcmd_eval.site.arrivals import arrivals, day, days
from pcmd_eval.site.dress import page
from pcmd_eval.site.ways import around, documents, imprint, notebooks
from pcmd_eval.words import STATUSES, VERDICTS, in_words, listing


def pages(case: Case, units: Collection[str]) -> dict[str, bytes]:
    """index.html, method.html, findings.xlsx and datapackage.json of a set that has the notebooks
    of these units.

    With a year before also changes.csv. `case`: the province's, with the findings of all.
    """
    compared = {"changes.csv": csv_bytes(case.changes)} if case.plan.previous else {}
    return compared | {
        "index.html": _page("index.html", case, **_index(case, units)),
        "method.html": _page("method.html", case, **_method(case)),
        "findings.xlsx": tables.findings_book(case),
        "datapackage.json": tables.datapackage(case),
    }


def _page(place: str, case: Case, **values: Any) -> bytes:
    title = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    looks = {verdict: Markup(chip(look)) for verdict, look in VERDICTS.items()}
    shared = {"case": case, "plan": case.plan, "looks": looks, "styles": VERDICTS}
    shared |= around(case, place, said=imprint(case))
    return page(f"{place}.j2", title, case.marks, **shared, **values)


def _table(frame: pd.DataFrame, title: str, case: Case | None = None) -> Markup:
    return Markup(table_html(frame, title, case))


def _index(case: Case, units: Collection[str]) -> dict[str, Any]:
    """What the first page says: the province's cards, the matrix, one map, the returns, the
    documents.
    """
    objectives, places = case.plan.objectives, {unit: notebooks(case, unit) for unit in units}
    others = [case.at(unit) for unit in case.plan.reporters.index]
    shared = [
        objective
        for objective in objectives
        if objective.level == "province" and objective.district_target
    ]
    written = documents(case)
    return {
        "received": [*arrivals(case.plan, case.returns), *days(case.returns)],
        "so": indicators.named(case.figures, case.plan.province),
        "missing": [other.name for other in others if other.unit not in places],
        "answer": _answer(case),
        "cards": [_card(case, objective.slug) for objective in objectives],
        "counts": _counts(case),
        "many": in_words(len(objectives)).capitalize(),
        "came": _came(case),
        "ways": places.get(case.plan.province, {}),
        "matrix": [(other, places.get(other.unit, {})) for other in others],
        "verdicts": case.findings.set_index(["unit_code", "objective"]).verdict.to_dict(),
        "documents": {
            other.name: written[other.unit]
            for other in others
            if other.unit in places and other.unit in written
        },
        "shared": listing([str(objective.number) for objective in shared]),
        "pictures": [*_mapped(case, shared[:1])],
        "districts": case.plan.districts_word,
        "returns": _table(_returns(case), "Báo cáo của các đơn vị", case),
        "compared": _compared(case) if case.plan.previous else {},
    }


def _mapped(case: Case, objectives: list[Objective]) -> Iterator[tuple[str, Markup]]:
    """A map of the verdicts on each objective, by its name, where the plan has boundaries."""
    found = case.told(case.findings)
    for objective in objectives if case.plan.units.boundaries else ():
        name = case.names[objective.slug]
        yield name, Markup(district_map(found[found.objective == objective.slug], case, name).html)


def _compared(case: Case) -> dict[str, Markup]:
    """Beside the year before: the province, and the districts that are known in both years."""
    whole = case.changes[case.changes.unit_code == case.plan.province]
    same = among_same(case.changes, case.plan)
    tables_of = {
        f"Toàn {case.plan.kind}, năm {case.plan.previous.year} và năm {case.year}": whole,
        f"Tính riêng các {case.plan.districts_word} đủ số liệu của cả hai năm": same,
    }
    shown = {title: for_people(rows, case.plan) for title, rows in tables_of.items()}
    return {title: _table(rows, title) for title, rows in shown.items() if len(rows)}


def _answer(case: Case) -> list[tuple[Markup, list[int]]]:
    """How the objectives of the province ended: each verdict that there is, and the numbers of its
    objectives.
    """
    ended = defaultdict(list)
    for objective in case.plan.objectives:
        ended[case.finding(objective.slug).verdict].append(objective.number)
    return [(Markup(chip(look)), ended[v]) for v, look in VERDICTS.items() if v in ended]


def _card(case: Case, slug: str) -> dict[str, Any]:
    """The finding of the province on one objective, its counts in words, and the rules that it
    rests on.
    """
    finding = case.finding(slug)
    said = case.counted(finding.to_frame().T).iloc[0]
    return {"finding": finding, "counted": said, "resting": case.resting(finding)}


def _counts(case: Case) -> dict[tuple[str, str], str]:
    """The counts of every finding for a narrow cell, by unit and objective: what is needed stands
    on its own page.
    """
    short = case.counted(case.findings).str.partition(" (")[0]
    places = zip(case.findings.unit_code, case.findings.objective, strict=True)
    return dict(zip(places, short.where(short.str.contains(r"\d"), ""), strict=True))


def _came(case: Case) -> dict[str, str]:
    """What came of each unit, in a few words; of the province how many returns of how many."""
    own, plan = case.received, case.plan
    late = own.state.eq("late") & own.sent.notna() & (plan.held_to is None)
    said = own.state.map(plan.return_words).mask(late, "gửi ngày " + own.sent[late].map(day))
    so = indicators.named(case.figures, plan.province)
    return said.to_dict() | {plan.province: f"{so['received']}/{so['reporters']}"}


def _returns(case: Case) -> pd.DataFrame:
    """One row for each who sends a return, in the order of the matrix."""
    rows = case.received.reindex([*case.plan.reporters.index]).rename_axis("reporter")
    return rows[["state", "sent", "cutoff", "reported", "expected"]]


def _method(case: Case) -> dict[str, Any]:
    """What the second page explains: rules with status, why and source, persons."""
    common, rules = (
        len([*case.plan.rules.items()]),
        {o.slug: case.in_force(o.slug) for o in case.plan.objectives},
    )
    return {
        "rules": {
            slug: _table(rows[:-common], "Quy tắc đang áp dụng") for slug, rows in rules.items()
        },
        "common": _table(next(iter(rules.values()))[-common:], "Quy tắc chung"),
        "statuses": STATUSES.values(),
        "policy": load_disclosure(),
        "persons": _table(
            indicators.persons_told(case.plan, case.figures),
            f"Số liệu về con người, toàn {case.plan.kind}",
        ),
    }
