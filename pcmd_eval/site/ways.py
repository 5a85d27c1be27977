"""Where the pages of a set lie, and the ways from one to another: menu, foot, names in tables."""

import re
from collections.abc import Collection, Mapping

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.review.names import document_name
from pcmd_eval.site import tables
from pcmd_eval.site.arrivals import days
from pcmd_eval.site.dress import anchored, fill
from pcmd_eval.strict import Strict, load

MENU, FOOT = "<!--menu-->", "<!--foot-->"  # in a notebook's page: put there when it is published
_CELL = re.compile(r"(<t[dh][^>]*>)([^<]+)(?=</t[dh]>)")


def folder(case: Case, unit: str) -> str:
    """Where the files of a unit lie in a set."""
    return "province" if unit == case.plan.province else f"districts/{case.units.folder[unit]}"


def notebooks(case: Case, unit: str) -> dict[str, str]:
    """The place in a set of each notebook's page of a unit, by the slug of its objective; of its
    review by `review`.
    """
    named = {
        path.stem.partition("_")[2]: path.stem for path in paths.NOTEBOOKS.glob("[0-9]*_*.ipynb")
    }
    names = {objective.slug: named[objective.slug] for objective in case.plan.objectives}
    names["review"] = "province_review" if unit == case.plan.province else "district_review"
    return {slug: f"{folder(case, unit)}/{name}.html" for slug, name in names.items()}


def documents(case: Case) -> dict[str, str]:
    """The place in a set of the Word document of each unit of which the plan asks anything."""
    units = [unit for unit in case.plan.reporters.index if case.plan.sheets_of(unit)]
    return {unit: f"{folder(case, unit)}/{document_name(case, unit)}" for unit in units}


class Imprint(Strict):
    """data/site.yaml: who publishes the pages, and how to reach them; {province} is the province's
    name.
    """

    publisher: str = ""
    contact: str = ""


def imprint(case: Case) -> list[str]:
    """Who publishes the pages of a set, of which days the figures are, contact and licence: a
    sentence each.
    """
    about = load(paths.DATA / "site.yaml", Imprint)
    publisher = about.publisher.format(province=case.plan.unit(case.plan.province).inline_name)
    said = [f"Đơn vị công bố: {publisher}."] * bool(publisher) + days(case.returns)
    said += [f"Liên hệ: {about.contact}."] * bool(about.contact)
    return said + [f"{licence['title']}." for licence in tables.described().licenses]


def around(
    case: Case, place: str, same: Mapping[str, str] | None = None, said: Collection[str] = ()
) -> dict[str, str]:
    """The HTML of `menu` and `foot` of the page at `place`: ways to the first pages of the set, to
    the other pages of its unit and to the same page of others; what `said` adds.

    `same`: the place of the same page of every other unit in the set, by its code.
    """
    own, files = {}, {}
    if "/" in place:
        given = notebooks(case, case.unit)
        own = {given["review"]: "Tổng hợp"}
        own |= {given[o.slug]: f"Chỉ tiêu {o.number}. {o.title}" for o in case.plan.objectives}
        files = {f"{place.removesuffix('.html')}.ipynb": "Sổ tính (.ipynb)"}
        if document := documents(case).get(case.unit):
            files[document] = "Văn bản (Word)"
    names, others = case.units.full_name, same or {}
    values = {"own": own, "files": files, "others": {names[u]: way for u, way in others.items()}}
    values |= {"plan": case.plan, "name": case.name, "said": said}
    values |= {"place": place, "up": "../" * place.count("/")}
    return {part: fill(f"{part}.html.j2", **values) for part in ("menu", "foot")}


def led(case: Case, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a set, each notebook's page with its menu and foot; names of units lead to the
    same page of theirs.

    Done when a set is published, not when a page is made: a unit that joins it makes no notebook of
    others run again.
    """
    every = {unit: notebooks(case, unit) for unit in case.plan.reporters.index}
    here = {unit: own for unit, own in every.items() if own["review"] in files}
    made, said = dict(files), imprint(case)
    for unit, own in here.items():
        whose = case.at(unit)
        for kind, place in own.items():
            same = {other: places[kind] for other, places in here.items() if other != unit}
            parts = around(whose, place, same, said)
            page = files[place].decode().replace(MENU, parts["menu"]).replace(FOOT, parts["foot"])
            made[place] = _led(whose, page, same, "../" * place.count("/")).encode()
    return made


def _led(case: Case, page: str, same: Mapping[str, str], up: str) -> str:
    names = case.units.full_name
    ways = {names[unit]: f'<a href="{up}{way}">{names[unit]}</a>' for unit, way in same.items()}
    return _CELL.sub(lambda cell: cell[1] + ways.get(cell[2], cell[2]), anchored(page, up))
