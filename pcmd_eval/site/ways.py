"""Where the pages of a set lie, and what all of them have: menu, foot, marks, and the ways from one
to another.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.figures import BEHIND
from pcmd_eval.plan import Plan
from pcmd_eval.review.names import document_name
from pcmd_eval.site import tables
from pcmd_eval.site.arrivals import days
from pcmd_eval.strict import Strict, load
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, short_date

MENU, FOOT = "<!--menu-->", "<!--foot-->"  # in a notebook's page: put there when it is published
_TABLE = '<div class="table'
_CELL = re.compile(r"(<t[dh][^>]*>)([^<]+)(?=</t[dh]>)")
_LEGEND = re.compile(r'<p class="legend"[^>]*>[^<]*</p>')
_STYLE = re.compile(r' style="([\w\s:;#%.-]+)"')
MARKS = {
    ILLUSTRATIVE: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}


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


def menu(case: Case, place: str, same: Mapping[str, str] | None = None) -> Markup:
    """The HTML that leads from the page at `place` to the first pages of the set and to the other
    pages of its unit.

    `same`: the place of the same page of every other unit in the set, by its code.
    """
    titles = _own(case) if "/" in place else {}
    own = {way: words.partition(". ")[0] for way, words in titles.items()}
    if own:
        own[place.removesuffix(".html") + ".ipynb"] = "Sổ tính (.ipynb)"
        if document := documents(case).get(case.unit):
            own[document] = "Văn bản (Word)"
    others = {case.units.full_name[unit]: way for unit, way in (same or {}).items()}
    whose = {"name": case.name, "place": place, "up": "../" * place.count("/")}
    return fill("menu.html.j2", own=own, titles=titles, others=others, **whose)


def _own(case: Case) -> dict[str, str]:
    """What each notebook's page of the unit is about, by its place."""
    given = notebooks(case, case.unit)
    objectives = {given[o.slug]: f"Chỉ tiêu {o.number}. {o.title}" for o in case.plan.objectives}
    return {given["review"]: "Tổng hợp"} | objectives


def foot(case: Case, place: str, said: Collection[str]) -> Markup:
    """The HTML at the end of the page at `place`: the pages before and after it, and what `imprint`
    says.
    """
    own, steps = [*_own(case).items()], []
    if "/" in place:
        at = [way for way, _ in own].index(place)
        steps += [(f"‹ {words}", way) for way, words in own[max(0, at - 1) : at]]
        steps += [(f"{words} ›", way) for way, words in own[at + 1 : at + 2]]
    return ending(case.plan, steps, said, "../" * place.count("/"))


def imprint(case: Case) -> list[str]:
    """Who publishes the pages of a set, of which days the figures are, contact and licence: a
    sentence each.
    """
    about = load(paths.DATA / "site.yaml", Imprint)
    publisher = about.publisher.format(province=case.plan.unit(case.plan.province).inline_name)
    said = [f"Đơn vị công bố: {publisher}."] * bool(publisher) + days(case.returns)
    said += [f"Liên hệ: {about.contact}."] * bool(about.contact)
    return said + [f"{licence['title']}." for licence in tables.described().licenses]


def ending(
    plan: Plan, steps: Collection[tuple[str, str]] = (), said: Collection[str] = (), up: str = ""
) -> Markup:
    """The foot of any page: ways to others, the plan, and sentences about the set."""
    issued = f"ngày {short_date(plan.issued)}"
    return fill("foot.html.j2", plan=plan, issued=issued, steps=steps, said=said, up=up)


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
            page = files[place].decode().replace(FOOT, foot(whose, place, said))
            made[place] = _led(whose, place, same, page).encode()
    return made


def _led(case: Case, place: str, same: Mapping[str, str], page: str) -> str:
    up, names = "../" * place.count("/"), case.units.full_name
    page = referred(page.replace(MENU, menu(case, place, same)), up)
    ways = {names[unit]: f'<a href="{up}{way}">{names[unit]}</a>' for unit, way in same.items()}
    return _CELL.sub(lambda cell: cell[1] + ways.get(cell[2], cell[2]), page)


def referred(page: str, up: str = "") -> str:
    """A page whose tables have ids; what stands under a picture leads to the table before it and to
    the files.
    """
    made, *tables = page.split(_TABLE)
    files = [f'<a href="{up}{name}">{name}</a>' for name in ("findings.csv", "indicators.csv")]
    for at, rest in enumerate(tables, 1):
        behind = f'<a href="#bang-{at}">bảng đi kèm</a>; của cả bộ: {", ".join(files)}'
        made += f'<div id="bang-{at}" {_TABLE.partition(" ")[2]}{rest.replace(BEHIND, behind)}'
    return made


def slim(page: str) -> str:
    """A page with each style of its cells said once, and what a sign means under the first table
    that has it.
    """
    for legend in {*_LEGEND.findall(page)}:
        first, *others = page.split(legend)
        page = first + legend + "".join(others)
    looks: dict[str, int] = {}
    page = _STYLE.sub(lambda found: f' data-look="{looks.setdefault(found[1], len(looks))}"', page)
    rules = "\n".join(f'[data-look="{at}"] {{{style}}}' for style, at in looks.items())
    return page.replace("</style>", f"{rules}\n</style>", 1)


def sheets(title: str, marks: Collection[str]) -> Markup:
    """The style that puts the marks on every printed sheet of a page, and under it which page it
    is.
    """
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


def fill(template: str, **values: Any) -> Markup:
    """A template of the site, every value escaped that is not Markup; a name that it lacks is an
    error.
    """
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
