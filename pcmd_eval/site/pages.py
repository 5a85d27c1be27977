"""The two pages of a set beside its notebooks, and the menu that all pages share."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval import indicators, paths
from pcmd_eval.case import Case
from pcmd_eval.changes import among_same, for_people
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.figures import district_map
from pcmd_eval.files import csv_bytes
from pcmd_eval.review.settings import document_name
from pcmd_eval.show import chip, table_html
from pcmd_eval.site import tables
from pcmd_eval.words import (
    ILLUSTRATIVE,
    INTERNAL,
    STATUSES,
    VERDICTS,
    listing,
    short_date,
)

MARKS = {
    ILLUSTRATIVE: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}


def folder(case: Case, unit: str) -> str:
    """Where the files of a unit lie in a set."""
    return "province" if unit == case.plan.province else f"districts/{case.units.folder[unit]}"


def notebooks(case: Case, unit: str) -> dict[str, str]:
    """The place in a set of each notebook's page of a unit, by the slug of its objective; of its review by `review`."""
    named = {
        path.stem.partition("_")[2]: path.stem for path in paths.NOTEBOOKS.glob("[0-9]*_*.ipynb")
    }
    names = {objective.slug: named[objective.slug] for objective in case.plan.objectives}
    names["review"] = "province_review" if unit == case.plan.province else "district_review"
    return {slug: f"{folder(case, unit)}/{name}.html" for slug, name in names.items()}


def documents(case: Case) -> dict[str, str]:
    """The place in a set of the Word document of each unit of which the plan asks anything."""
    units = [unit for unit in case.plan.reporters.index if case.plan.sheets_of(unit)]
    return {unit: f"{folder(case, unit)}/{document_name(case.at(unit))}" for unit in units}


def menu(case: Case, place: str) -> Markup:
    """The HTML that leads from the page at `place` to the first pages of the set and to the other pages of its unit."""
    own, given = {}, notebooks(case, case.unit)
    if "/" in place:
        own = {given["review"]: "Tổng hợp"} | {
            given[o.slug]: f"Chỉ tiêu {o.number}" for o in case.plan.objectives
        }
        own[place.removesuffix(".html") + ".ipynb"] = "Sổ tính (.ipynb)"
        if document := documents(case).get(case.unit):
            own[document] = "Văn bản (Word)"
    titles = defaultdict(str, {f"Chỉ tiêu {o.number}": o.title for o in case.plan.objectives})
    up = "../" * place.count("/")
    return fill("menu.html.j2", own=own, titles=titles, name=case.name, place=place, up=up)


def sheets(title: str, marks: Collection[str]) -> Markup:
    """The style that puts the marks on every printed sheet of a page, and under it which page it is."""
    lines = {
        "@top-center": (
            " · ".join(mark.partition(":")[0] for mark in marks),
            "bold 9pt sans-serif",
        ),
        "@bottom-left": (title, "8pt sans-serif"),
    }
    boxes = (
        f"{box} {{ content: {_css(text)}; font: {font}; color: #8a3c00 }}"
        for box, (text, font) in lines.items()
    )
    return Markup(f"@page {{ {' '.join(boxes)} }}")


def _css(text: str) -> str:
    """A text as CSS takes it between quotes: whatever is no letter, digit or space as its number."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


def pages(case: Case, units: Collection[str]) -> dict[str, bytes]:
    """index.html, method.html, findings.xlsx and datapackage.json of a set that has the notebooks of these units.

    With a year before also changes.csv. `case`: the province's, with the findings of all.
    """
    compared = {"changes.csv": csv_bytes(case.changes)} if case.plan.previous else {}
    return compared | {
        "index.html": _page("index.html", case, **_index(case, units)),
        "method.html": _page("method.html", case, **_method(case)),
        "findings.xlsx": tables.findings_book(case),
        "datapackage.json": tables.datapackage(case),
    }


def fill(template: str, **values: Any) -> Markup:
    """A template of the site, every value escaped that is not Markup; a name that it lacks is an error."""
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(paths.TEMPLATES / "site")
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(place: str, case: Case, **values: Any) -> bytes:
    shared = {"case": case, "plan": case.plan, "issued": f"ngày {short_date(case.plan.issued)}"}
    looks = {verdict: Markup(chip(look)) for verdict, look in VERDICTS.items()}
    marks = [mark + MARKS.get(mark, "") for mark in case.marks]
    foot = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    shared |= {"looks": looks, "styles": VERDICTS, "marks": marks, "sheets": sheets(foot, marks)}
    return fill(f"{place}.j2", **shared, menu=menu(case, place), **values).encode()


def _table(frame: pd.DataFrame, title: str, case: Case | None = None) -> Markup:
    return Markup(table_html(frame, title, case))


def _index(case: Case, units: Collection[str]) -> dict[str, Any]:
    """What the first page says: the province's cards, the matrix, one map, the returns, the documents."""
    objectives, places = case.plan.objectives, {unit: notebooks(case, unit) for unit in units}
    others = [case.at(unit) for unit in case.plan.reporters.index]
    shared = [
        objective
        for objective in objectives
        if objective.level == "province" and objective.district_target
    ]
    mapped = [case.names[o.slug] for o in shared[:1] if case.plan.units.boundaries]
    found, written = case.told(case.findings), documents(case)
    drawn = [
        district_map(found[found.objective.map(case.names) == name], case, name) for name in mapped
    ]
    return {
        "so": indicators.named(case.figures, case.plan.province),
        "missing": [other.name for other in others if other.unit not in places],
        "answer": _answer(case),
        "cards": [_card(case, objective.slug) for objective in objectives],
        "counts": _counts(case),
        "states": case.received.state.map(case.plan.return_words).to_dict(),
        "days": _days(case),
        "ways": places.get(case.plan.province, {}),
        "matrix": [(other, places.get(other.unit, {})) for other in others],
        "verdicts": case.findings.set_index(["unit_code", "objective"]).verdict.to_dict(),
        "documents": {
            other.name: written[other.unit]
            for other in others
            if other.unit in places and other.unit in written
        },
        "shared": listing([str(objective.number) for objective in shared]),
        "pictures": [(name, Markup(one.html)) for name, one in zip(mapped, drawn, strict=True)],
        "districts": case.plan.districts_word,
        "returns": _table(_returns(case), "Báo cáo của các đơn vị", case),
        "compared": _compared(case) if case.plan.previous else [],
    }


def _compared(case: Case) -> list[Markup]:
    """Beside the year before: the province, and the districts that are known in both years."""
    whole = case.changes[case.changes.unit_code == case.plan.province]
    same = among_same(case.changes, case.plan)
    tables_of = {
        f"Toàn tỉnh, năm {case.plan.previous.year} và năm {case.year}": whole,
        f"Tính riêng các {case.plan.districts_word} đủ số liệu của cả hai năm": same,
    }
    shown = {title: for_people(rows, case.plan) for title, rows in tables_of.items()}
    return [_table(rows, title) for title, rows in shown.items() if len(rows)]


def _answer(case: Case) -> list[tuple[Markup, list[int]]]:
    """How the objectives of the province ended: each verdict that there is, and the numbers of its objectives."""
    ended = defaultdict(list)
    for objective in case.plan.objectives:
        ended[case.finding(objective.slug).verdict].append(objective.number)
    return [(Markup(chip(look)), ended[v]) for v, look in VERDICTS.items() if v in ended]


def _card(case: Case, slug: str) -> dict[str, Any]:
    """The finding of the province on one objective, its counts in words, and the rules that it rests on."""
    finding = case.finding(slug)
    said = case.counted(finding.to_frame().T).iloc[0]
    return {"finding": finding, "counted": said, "resting": case.resting(finding)}


def _counts(case: Case) -> dict[tuple[str, str], str]:
    """The counts of every finding for a narrow cell, by unit and objective: what is needed stands on its own page."""
    short = case.counted(case.findings).str.partition(" (")[0]
    places = zip(case.findings.unit_code, case.findings.objective, strict=True)
    return dict(zip(places, short.where(short.str.contains(r"\d"), ""), strict=True))


def _days(case: Case) -> str:
    """The last day that figures of the returns go up to."""
    days = case.received.cutoff.dropna()
    return short_date(date.fromisoformat(days.max())) if len(days) else ""


def _returns(case: Case) -> pd.DataFrame:
    """One row for each unit, in the order of the matrix."""
    rows = case.received.reindex([*case.plan.reporters.index])
    return rows[["state", "late", "sent", "cutoff", "reported", "expected"]]


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
            indicators.persons_told(case.plan, case.figures), "Số liệu về con người, toàn tỉnh"
        ),
    }
