"""Where the pages of a set lie, and the ways from one to another: menu, foot, names in tables."""

import re
from collections.abc import Mapping
from typing import Any

from pcmd_eval.analysis.case import cached
from pcmd_eval.analysis.reporting_status import days
from pcmd_eval.analysis.session import Case
from pcmd_eval.reports.document_names import document_name
from pcmd_eval.site import datasets as tables
from pcmd_eval.site.page_layout import with_anchors, with_contents
from pcmd_eval.util import paths
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.yaml_models import StrictModel, load_model

# In a notebook's page, until it is published: see `with_ways`.
MENU, FOOT = "<!--menu-->", "<!--foot-->"
PARTS = {MENU: "site/menu.html.j2", FOOT: "site/foot.html.j2"}
_CELL = re.compile(r"(<t[dh][^>]*>)([^<]+)(?=</t[dh]>)")


def folder(case: Case, unit: str) -> str:
    """Where the files of a unit lie in a set."""
    return "province" if unit == case.plan.province else f"districts/{case.units.folder[unit]}"


def notebook_pages(case: Case, unit: str) -> dict[str, str]:
    """The place in a set of each notebook's page of a unit, by the slug of its objective; of its
    review by `review`.
    """
    level = "province" if unit == case.plan.province else "district"
    names = cached(case, notebook_pages, lambda: _names(case.plan)) | {"review": f"{level}_review"}
    return {kind: f"{folder(case, unit)}/{name}.html" for kind, name in names.items()}


def _names(plan):
    """The name of the notebook of each objective, by slug: that of its file, or, where it has none,
    the one that it should have.
    """
    names = {slug: f"{objective.number}_{slug}" for slug, objective in plan.by_slug.items()}
    for path in paths.NOTEBOOKS.glob("[0-9]*.ipynb"):
        slug = path.stem.partition("_")[2]
        if slug in names:
            names[slug] = path.stem
    return names


def document(case: Case) -> str | None:
    """The place in a set of the unit's Word document; None for a district of which the plan asks
    nothing.
    """
    if case.is_province or case.unit in case.plan.asked:
        return f"{folder(case, case.unit)}/{document_name(case)}"
    return None


def documents(case: Case) -> dict[str, str]:
    """The place of the Word document of each unit that has one."""
    places = {unit: document(case.at(unit)) for unit in case.plan.reporters.index}
    return {unit: place for unit, place in places.items() if place}


class Imprint(StrictModel):
    """data/site.yaml: who publishes the pages, and how to reach them; {province} is the province's
    name.
    """

    publisher: str = ""
    contact: str = ""


def imprint(case: Case) -> dict[str, Any]:
    """What the foot of every page of a set says: who publishes it and how to reach them, of which
    days the figures are, the licence.
    """
    return {
        "about": load_model(paths.DATA / "site.yaml", Imprint),
        "province": case.units.inline_name[case.plan.province],
        "days": days(case.returns),
        "licences": tables.description().licenses,
    }


def around(case: Case, place: str, same: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the menu and the foot of the page at `place` lead to: the first pages of the set, the
    other pages of its unit and the same page of others.

    `same`: the place of the same page of every other unit in the set, by its code.
    """
    titles = {"review": "Tổng hợp"}
    for slug, objective in case.plan.by_slug.items():
        titles[slug] = f"Chỉ tiêu {objective.heading}"
    return {
        "case": case,
        "plan": case.plan,
        "place": place,
        "up": "../" * place.count("/"),
        "own": notebook_pages(case, case.unit) if "/" in place else {},
        "titles": titles,
        "document": document(case),
        "same": same or {},
    }


def with_ways(case: Case, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a set, each notebook's page with menu and foot in the places that it keeps for
    them; names of units lead to the same page of theirs.

    Done when a set is published, not when a page is made: a unit that joins it makes no notebook of
    others run again.
    """
    places = {unit: notebook_pages(case, unit) for unit in case.plan.reporters.index}
    places = {unit: pages for unit, pages in places.items() if pages["review"] in files}
    published, about = dict(files), imprint(case)
    for unit, pages in places.items():
        for kind, place in pages.items():
            same = {other: ways[kind] for other, ways in places.items() if other != unit}
            values = around(case.at(unit), place, same) | {"imprint": about}
            page = files[place].decode()
            for mark, template in PARTS.items():
                page = page.replace(mark, render_page(template, **values))
            page = with_anchors(page, values["up"])
            if kind == "review":
                page = with_contents(page)
            published[place] = _with_names(page, case, same, values["up"]).encode()
    return published


def _with_names(page, case, same, up):
    """A page whose tables lead from the names of units to the same page of theirs."""
    names = case.units.full_name[[*same]]
    ways = {name: f'<a href="{up}{same[unit]}">{name}</a>' for unit, name in names.items()}
    return _CELL.sub(lambda cell: cell[1] + ways.get(cell[2], cell[2]), page)
