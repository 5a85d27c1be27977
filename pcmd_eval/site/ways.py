"""Where the pages of a set lie, and the ways from one to another: menu, foot, names in tables."""

import re
from collections.abc import Collection, Mapping

from pcmd_eval import paths
from pcmd_eval.arrivals import days
from pcmd_eval.case import Case
from pcmd_eval.review.names import document_name
from pcmd_eval.site import tables
from pcmd_eval.site.dress import anchored, with_contents
from pcmd_eval.strict import Strict, load
from pcmd_eval.templates import fill

MENU, FOOT = "<!--menu-->", "<!--foot-->"  # in a notebook's page: put there when it is published
_CELL = re.compile(r"(<t[dh][^>]*>)([^<]+)(?=</t[dh]>)")


def folder(case: Case, unit: str) -> str:
    """Where the files of a unit lie in a set."""
    return "province" if unit == case.plan.province else f"districts/{case.units.folder[unit]}"


def notebooks(case: Case, unit: str) -> dict[str, str]:
    """The place in a set of each notebook's page of a unit, by the slug of its objective; of its
    review by `review`.
    """
    place = folder(case, unit)
    level = "province" if unit == case.plan.province else "district"
    places = {}
    for slug, objective in case.plan.by_slug.items():
        templates = [path.stem for path in paths.NOTEBOOKS.glob(f"[0-9]*_{slug}.ipynb")]
        name = min(templates, default=f"{objective.number}_{slug}")  # what is not there is missed
        places[slug] = f"{place}/{name}.html"
    return places | {"review": f"{place}/{level}_review.html"}


def documents(case: Case) -> dict[str, str]:
    """The place in a set of the Word document of each unit of which the plan asks anything."""
    return case.once(documents, lambda: _documents(case))


def _documents(case):
    places = {}
    for unit in case.plan.asked:
        places[unit] = f"{folder(case, unit)}/{document_name(case, unit)}"
    return places


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
    province = case.plan.unit(case.plan.province)
    said = []
    if about.publisher:
        publisher = about.publisher.format(province=province.inline_name)
        said.append(f"Đơn vị công bố: {publisher}.")
    said += days(case.returns)
    if about.contact:
        said.append(f"Liên hệ: {about.contact}.")
    for licence in tables.described().licenses:
        said.append(f"{licence['title']}.")
    return said


def around(
    case: Case, place: str, same: Mapping[str, str] | None = None, said: Collection[str] = ()
) -> dict[str, str]:
    """The HTML of `menu` and `foot` of the page at `place`: ways to the first pages of the set, to
    the other pages of its unit and to the same page of others; what `said` adds.

    `same`: the place of the same page of every other unit in the set, by its code.
    """
    titles = {"review": "Tổng hợp"}
    for slug, objective in case.plan.by_slug.items():
        titles[slug] = f"Chỉ tiêu {objective.heading}"
    values = {
        "case": case,
        "plan": case.plan,
        "own": notebooks(case, case.unit) if "/" in place else {},
        "titles": titles,
        "document": documents(case).get(case.unit),
        "same": same or {},
        "said": said,
        "place": place,
        "up": "../" * place.count("/"),
    }
    return {part: fill(f"site/{part}.html.j2", **values) for part in ("menu", "foot")}


def led(case: Case, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a set, each notebook's page with its menu and foot; names of units lead to the
    same page of theirs.

    Done when a set is published, not when a page is made: a unit that joins it makes no notebook of
    others run again.
    """
    here = {}
    for unit in case.plan.reporters.index:
        places = notebooks(case, unit)
        if places["review"] in files:
            here[unit] = places
    made = dict(files)
    said = imprint(case)
    for unit, own in here.items():
        whose = case.at(unit)
        for kind, place in own.items():
            same = {other: places[kind] for other, places in here.items() if other != unit}
            parts = around(whose, place, same, said)
            page = files[place].decode()
            page = page.replace(MENU, parts["menu"])
            page = page.replace(FOOT, parts["foot"])
            up = "../" * place.count("/")
            page = anchored(page, up)
            if kind == "review":
                page = with_contents(page)
            made[place] = _led(case, page, same, up).encode()
    return made


def _led(case, page, same, up):
    """A page whose tables lead from the names of units to the same page of theirs."""
    ways = {}
    for unit, way in same.items():
        name = case.units.full_name[unit]
        ways[name] = f'<a href="{up}{way}">{name}</a>'
    return _CELL.sub(lambda cell: cell[1] + ways.get(cell[2], cell[2]), page)
