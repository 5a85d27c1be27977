"""Turn an executed notebook into its two published forms: the notebook without times and paths,
and a page in which nothing runs.
"""

import copy
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

import nbformat
import nh3
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from pcmd_eval.office.site.navigation import FOOT, MENU, first_heading
from pcmd_eval.office.site.page_layout import explain_mark, print_style, share_styles
from pcmd_eval.util import paths

_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {
    "*": {"class", "id", "title", "lang", "role", "style", "tabindex"}
    | {"aria-hidden", "aria-label", "data-head", "data-code"}
}
# Properties that cannot hold an address, so that a style never fetches anything.
_STYLE_PROPERTIES = {
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
    "left",
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
# What the value of an attribute must match.
_VALUE_CHECKS = {
    "src": re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*").fullmatch,
    "href": re.compile(r"https?://|[^:]*$").match,
}
# A page has neither code nor numbers of cells.
_INCLUDED = {"include_code": True, "include_markdown": True, "include_output": True}


def page_bytes(
    notebook: NotebookNode,
    unit: str,
    plan: str,
    marks: tuple[str, ...],
    with_code: bool = False,
    objective: str = "",
) -> bytes:
    """Return the HTML page of a notebook, without cells tagged "analyst", with the unit in its
    heading and the marks on top.

    Menu and foot are added when the set is published: see `navigation.link_page`. `with_code`: the
    page shows the code of its cells. `objective`: its title in the plan, the heading of its page;
    "" for another page, which has the heading of its notebook.
    """
    own_heading = first_heading(notebook) or "Sổ đánh giá"
    heading = objective or own_heading
    copied = copy.copy(notebook)
    copied.cells = [
        copy.copy(cell) for cell in notebook.cells if "analyst" not in cell.metadata.get("tags", ())
    ]
    _fold_sections(copied.cells)
    copied.cells[0].source = copied.cells[0].source.replace(own_heading, f"{unit} – {heading}", 1)
    title = f"{heading} – {unit}, {plan}"
    layout = {"menu": MENU, "foot": FOOT, "marks": [*map(explain_mark, marks)]}
    resources = {
        "pcmd": {"title": title, "print_style": print_style(title, marks)} | layout,
        "should_sanitize_html": True,
        "global_content_filter": _INCLUDED | {"include_input": with_code},
    }
    return share_styles(_template().render(nb=copied, resources=resources)).encode()


def _fold_sections(cells: list[NotebookNode]) -> None:
    """Mark sections (cells tagged "section") for the template to fold, in place.

    `fold` of the first cell is the text of its heading, `unfold` of the last is true.
    """
    is_folded = False
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.source.startswith("## "):
            is_folded = "section" in cell.metadata.get("tags", ())
            if is_folded:
                heading, _, cell.source = cell.source.partition("\n")
                cell.fold = heading.removeprefix("## ")
        cell.unfold = is_folded and (not following or following.source.startswith("## "))


def clean(html: str) -> str:
    """Remove from HTML all tags, attributes, styles and URLs that are not on the lists."""
    allowed: dict[str, Any] = {
        "attributes": _ATTRIBUTES,
        "attribute_filter": _harmless_value,
        "filter_style_properties": _STYLE_PROPERTIES,
    }
    return nh3.clean(
        str(html),
        tags=nh3.ALLOWED_TAGS | {"section", "tfoot"},
        url_schemes={"http", "https", "data"},
        link_rel=None,
        **allowed,
    )


def _render_code(source: str, metadata: object = None) -> str:
    """Return the code of a cell as HTML, without colours."""
    return f"<pre>{escape(source)}</pre>"


def _harmless_value(tag: str, name: str, value: str) -> str | None:
    check = _VALUE_CHECKS.get(name)
    return value if check is None or check(value.strip()) else None


@cache
def _template() -> Any:
    """Return nbconvert's compiled page template; compiling takes longer than making a page.

    The template is rendered directly: the exporter would copy the notebook twice, highlight code
    that the page does not show, and parse the finished page for pictures without a description.
    """
    return HTMLExporter(
        template_name="page",
        extra_template_basedirs=[str(paths.PACKAGE / "office/batch")],
        extra_template_paths=[str(paths.PACKAGE)],  # of the style sheet
        filters={"clean_html": clean, "highlight_code": _render_code},
        exclude_anchor_links=True,
    ).template


def normalise(notebook: NotebookNode, template: Mapping[str, Any]) -> NotebookNode:
    """Return the notebook without times, paths and random ids, so that two runs on one machine give
    the same bytes. Changes its argument.

    `template`: the notebook that was executed, whose metadata and cell ids it keeps.
    """
    template_ids = {cell.get("id") for cell in template["cells"]}
    cells = notebook.cells
    for index, cell in enumerate(cells):
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
        elif cell.id not in template_ids:
            cell.id = f"cell-{index}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not tags:
            cell.metadata.pop("tags", None)
    metadata = {**template["metadata"], "language_info": notebook.metadata["language_info"]}
    return nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    )


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """Return the content of the notebook's file; raises ValidationError for an invalid one."""
    nbformat.validate(notebook)
    return f"{nbformat.v4.writes(notebook).rstrip()}\n".encode()
