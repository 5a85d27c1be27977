"""The two published forms of an executed notebook: itself without times and paths, and a page in
which nothing runs.
"""

import copy
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import nbformat
import nh3
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from pcmd_eval.site.navigation import FOOT, MENU
from pcmd_eval.site.page_layout import explained_mark, print_style, slim
from pcmd_eval.util import paths

_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {
    "*": {"class", "id", "title", "lang", "role", "style", "tabindex"}
    | {"aria-hidden", "aria-label", "data-head"}
}
# Properties that cannot name an address, so that a style never fetches anything.
_STYLES = {
    "color",
    "background-color",
    "text-align",
    "vertical-align",
    "white-space",
    "font-weight",
    "font-style",
    "font-size",
    "line-height",
    "width",
    "max-width",
    "min-width",
    "overflow-x",
    "border-collapse",
    "border",
    "border-left",
    "border-right",
    "border-top",
    "border-bottom",
    "margin",
    "margin-top",
    "padding",
}
_PICTURE = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_ADDRESS = re.compile(r"https?://|[^:]*$")
# What of a notebook stands on its page: no code and no numbers of cells.
_SHOWN = {"include_code": True, "include_markdown": True, "include_output": True}


def page_bytes(notebook: NotebookNode, unit: str, plan: str, marks: tuple[str, ...]) -> bytes:
    """The page of a notebook without its cells for analysts, the unit in its heading, `marks` above
    all.

    Menu and foot come when the set is known: see `ways.with_ways`.
    """
    about = first_heading(notebook)
    shown = copy.copy(notebook)
    shown.cells = [
        copy.copy(cell) for cell in notebook.cells if "analyst" not in cell.metadata.get("tags", ())
    ]
    shown.cells[0].source = shown.cells[0].source.replace(about, f"{unit} – {about}", 1)
    title = f"{about} – {unit}, {plan}"
    fixed = {"menu": MENU, "foot": FOOT, "marks": [*map(explained_mark, marks)]}
    resources = {
        "pcmd": {"title": title, "print_style": print_style(title, marks)} | fixed,
        "should_sanitize_html": True,
        "global_content_filter": _SHOWN,
    }
    return slim(_template().render(nb=shown, resources=resources)).encode()


def first_heading(notebook: NotebookNode) -> str:
    """The first heading of a notebook, without its marks."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = re.search(r"^#+\s+(.+?)\s*#*$", prose, re.MULTILINE)
    return re.sub(r"[*_`]", "", found[1]) if found else "Sổ đánh giá"


def clean(html: str) -> str:
    """The HTML with harmless tags, attributes, styles and addresses only."""
    allowed = {
        "attributes": _ATTRIBUTES,
        "attribute_filter": _harmless,
        "filter_style_properties": _STYLES,
    }
    return nh3.clean(
        str(html),
        tags=nh3.ALLOWED_TAGS | {"section", "tfoot"},
        url_schemes={"http", "https", "data"},
        link_rel=None,
        **allowed,
    )


def _harmless(tag, name, value):
    allowed = {"src": _PICTURE.fullmatch, "href": _ADDRESS.match}.get(name)
    return value if allowed is None or allowed(value.strip()) else None


@cache
def _template():
    """nbconvert's template of a page, once for all pages of a process: to compile it takes longer
    than to make a page.

    It is filled in here: the exporter would copy the notebook twice, change code and styles, which
    a page does not show, and parse the finished page for pictures without words.
    """
    places = {f"extra_template_{kind}": [str(paths.TEMPLATES)] for kind in ("basedirs", "paths")}
    filters = {"clean_html": clean, "highlight_code": clean}
    return HTMLExporter(
        template_name="page", filters=filters, exclude_anchor_links=True, **places
    ).template


def normalised(notebook: NotebookNode, template: Mapping[str, Any]) -> NotebookNode:
    """The notebook without times, paths and random ids: run twice on one machine, it is the same
    byte for byte. The one that is given is changed on the way, and of no use afterwards.
    """
    known = {cell.get("id") for cell in template["cells"]}
    cells = notebook.cells
    for index, cell in enumerate(cells):
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
        elif cell.id not in known:
            cell.id = f"cell-{index}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not tags:
            cell.metadata.pop("tags", None)
    metadata = {**template["metadata"], "language_info": notebook.metadata["language_info"]}
    return nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    )


def text_of(notebook: NotebookNode) -> bytes:
    """The notebook as its file holds it; raises ValidationError for what is no notebook."""
    nbformat.validate(notebook)
    return f"{nbformat.v4.writes(notebook).rstrip()}\n".encode()
