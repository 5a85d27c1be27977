"""Name the paths of a set's pages, and link them: menu, footer, unit names in tables."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case, cached
from pcmd_eval.analysis.reporting_status import describe_days
from pcmd_eval.office.site.page_layout import add_anchors
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.statistics.disclosure_control import unpublished_slugs
from pcmd_eval.util import paths
from pcmd_eval.util.spelling import alphabet_key, letters_of
from pcmd_eval.util.templates import render_page

# Placeholders in the page of a notebook, which `link_page` replaces.
MENU, FOOT = "<!--menu-->", "<!--foot-->"
_PARTS = {MENU: "office/site/menu.html.j2", FOOT: "office/site/foot.html.j2"}
_MOST_UNITS_IN_MENU = 30  # more units have a list by letter on the first page
# A table cell about a unit or an objective; groups: its code, the rest of its tag, its content.
_CELL = re.compile(r' data-code="([^"]+)"([^>]*>)(.*?)(?=</t[dh]>)')


def notebook_pages(case: Case, unit: str) -> dict[str, str]:
    """Return the paths of a unit's notebook pages by slug of the objective, "review", or the name
    of an extra notebook of the plan.

    In a plan with `notebooks: review` units other than the province have no pages of objectives.
    """
    is_province = unit == case.plan.province
    level = case.plan.units.reporters  # district or commune
    names = {"review": f"{'province' if is_province else level}_review"}
    if is_province or case.plan.units.notebooks == "all":
        names = cached(case, notebook_pages, lambda: _notebook_names(case)) | names
    names |= {name: name for name in case.plan.extra_notebooks}
    folder = "province" if is_province else f"{level}s/{case.units.folder[unit]}"
    return {kind: f"{folder}/{name}.html" for kind, name in names.items()}


def template_name(page: str) -> str:
    """Return the name of the notebook template, without suffix, for the page at a path."""
    name = page.rpartition("/")[2].removesuffix(".html")
    return "district_review" if name == "commune_review" else name


def order_by_name(units: pd.DataFrame) -> dict[str, str]:
    """Return {unit code: initial}, sorted by name without its type (huyện, xã).

    Only the first unit of each initial has it (Đ), the others "". In a list of at most
    `_MOST_UNITS_IN_MENU` all are "".
    """
    initials: dict[str, str] = {}
    for unit, name in sorted(units.name.items(), key=lambda unit: alphabet_key(unit[1])):
        letter = letters_of(name)[0].upper() if len(units) > _MOST_UNITS_IN_MENU else ""
        initials[unit] = "" if letter in initials.values() else letter
    return initials


def _notebook_names(case: Case) -> dict[str, str]:
    """Return the name of each objective's notebook by slug.

    An objective without a file has the expected name, for the error message. Objectives whose cells
    are not public are left out.
    """
    hidden = unpublished_slugs(case.plan)
    names = {
        slug: f"{objective.number}_{slug}"
        for slug, objective in case.plan.by_slug.items()
        if slug not in hidden
    }
    for path in paths.NOTEBOOKS.glob("[0-9]*.ipynb"):
        slug = path.stem.partition("_")[2]
        if slug in names:
            names[slug] = path.stem
    return names


def _extra_titles(case: Case) -> dict[str, str]:
    """Return the title of each extra notebook: its first heading, else its name."""
    titles = {}
    for name in case.plan.extra_notebooks:
        text = (paths.NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
        titles[name] = first_heading(json.loads(text)) or name
    return titles


def first_heading(notebook: Mapping[str, Any]) -> str:
    """Return the text of the first heading of a notebook, "" without one."""
    prose = "\n".join(
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    match = re.search(r"^#+\s+(.+?)\s*#*$", prose, re.MULTILINE)
    return re.sub(r"[*_`]", "", match[1]) if match else ""


def imprint_values(case: Case) -> dict[str, Any]:
    """Return the template values of the footer: `publisher`, `days` (cut-offs), `contact`."""
    settings = settings_of(case.plan.review)
    return {
        "publisher": f"{settings.department.name} {case.units.inline_name[case.plan.province]}",
        "days": cached(case, describe_days, lambda: describe_days(case.plan, case.returns)),
        "contact": settings.contact,
    }


def navigation_values(
    case: Case, page_path: str, same_page: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the template values of menu and footer of the page at `page_path`.

    `same_page`: the paths of the same page of other units, by unit code.
    """
    # Only pages of units stand in folders.
    pages = notebook_pages(case, case.unit) if "/" in page_path else {}
    titles = {"review": "Tổng hợp"}
    for slug, objective in case.plan.by_slug.items():
        titles[slug] = f"Chỉ tiêu {objective.heading}"
    titles |= cached(case, "extra titles", lambda: _extra_titles(case))
    return {
        "case": case,
        "plan": case.plan,
        "page_path": page_path,
        "up": "../" * page_path.count("/"),
        "unit_pages": pages,
        "titles": {kind: title for kind, title in titles.items() if kind in pages},
        "same_page": same_page or {},
        "has_more_units": False,  # replaced by `link_page`
    }


def link_page(page_path: str, content: bytes, case: Case, units: Collection[str]) -> bytes:
    """Add menu, footer and links to a notebook page, given and returned as UTF-8 bytes.

    Units in tables link to their same page, in a review objectives to theirs: cells of tables
    bear their codes. `case`: of the page's unit; `units`: the codes of the units in the set.
    """
    own_pages = notebook_pages(case, case.unit)
    kind = next(kind for kind, path in own_pages.items() if path == page_path)
    others = {unit: notebook_pages(case, unit) for unit in units if unit != case.unit}
    same_page = {unit: pages[kind] for unit, pages in others.items() if kind in pages}
    in_menu = same_page
    if has_more := len(units) > _MOST_UNITS_IN_MENU:
        in_menu = {u: page for u, page in same_page.items() if u == case.plan.province}
    values = navigation_values(case, page_path, in_menu)
    values |= {"imprint": imprint_values(case), "has_more_units": has_more}
    page = content.decode()
    for mark, template in _PARTS.items():
        page = page.replace(mark, render_page(template, **values))
    page = add_anchors(page)
    links = same_page
    if kind == "review":
        links = links | {s: own_pages[s] for s in case.plan.by_slug if s in own_pages}
    return _link_cells(page, links, values["up"]).encode()


def _link_cells(page: str, links: Mapping[str, str], up: str) -> str:
    """Link the cells of tables that have a code; `links`: path by code; `up`: prefix ("../../")."""
    return _CELL.sub(
        lambda cell: (
            cell[2]
            + (f'<a href="{up}{links[cell[1]]}">{cell[3]}</a>' if cell[1] in links else cell[3])
        ),
        page,
    )
