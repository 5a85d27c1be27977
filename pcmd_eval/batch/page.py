"""The two published forms of an executed notebook: itself without times and paths, and a page in which nothing runs."""

import copy
import re
from functools import cache
from typing import Any

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from pcmd_eval import paths

_TAGS = frozenset(
    # ruff: noqa: SIM905 (a list of one word in quotes each would hide what is in it)
    """h1 h2 h3 h4 h5 h6 p br hr div span section figure figcaption blockquote footer pre code strong em b i sub sup
    small ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td a img details summary abbr""".split()
)
_EVERYWHERE = frozenset("class id title lang role style aria-hidden aria-label".split())
_ATTRIBUTES = {
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "th": frozenset({"scope", "colspan", "rowspan"}),
    "td": frozenset({"colspan", "rowspan"}),
}
# Properties that cannot name an address, so that a style never fetches anything.
_STYLES = """color background-color text-align vertical-align white-space font-weight font-style font-size line-height
    caption-side width max-width min-width border border-left border-right border-top border-bottom border-collapse
    margin margin-left margin-top margin-bottom padding padding-left padding-top padding-bottom""".split()
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_ADDRESS = re.compile(r"https?://|[^:]*$")


def page_bytes(notebook: NotebookNode, unit_name: str, index: str, illustrative: bool, internal: bool = False) -> bytes:
    """The page of a notebook; `index` is the way back to the set's first page from where this one will lie."""
    heading = first_heading(notebook)
    shown = {"title": f"{heading} – {unit_name}", "index": index, "illustrative": illustrative, "internal": internal}
    body, _ = _exporter().from_notebook_node(notebook, resources={"pcmd": shown})
    return body.replace("No description has been provided for this image", "Hình chưa có mô tả").encode()


def first_heading(notebook: NotebookNode) -> str:
    """The first heading of a notebook, without its marks."""
    for cell in notebook.cells:
        found = re.search(r"^#+\s+(.+?)\s*#*$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return re.sub(r"[*_`]", "", found[1])
    return "Sổ đánh giá"


def clean(html: str) -> str:
    """The HTML with harmless tags, attributes and addresses only; everything else is shown as text or dropped."""
    styles = CSSSanitizer(allowed_css_properties=_STYLES)
    cleaner = bleach.Cleaner(tags=_TAGS, attributes=_allowed, css_sanitizer=styles, protocols=["http", "https", "data"])
    return cleaner.clean(str(html))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "src":
        return bool(_PICTURE.fullmatch(value))
    if name == "href":
        return bool(_ADDRESS.match(value.strip()))
    return name in _EVERYWHERE or name in _ATTRIBUTES.get(tag, ())


@cache
def _exporter() -> Any:
    """One exporter for all pages of a process: to compile its templates takes longer than to make a page."""
    return HTMLExporter(
        template_name="page",
        extra_template_basedirs=[str(paths.TEMPLATES)],
        extra_template_paths=[str(paths.TEMPLATES)],
        filters={"clean_html": clean},
        sanitize_html=True,
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )


def normalised(notebook: NotebookNode, template: str) -> NotebookNode:
    """The notebook without times, paths and random ids: run twice on one machine, it is the same byte for byte."""
    own = nbformat.reads(template, as_version=4)
    known = {cell.get("id") for cell in own.cells}
    cells = copy.deepcopy(notebook.cells)
    for index, cell in enumerate(cells):
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell.id = "injected-parameters" if injected else cell.id if cell.id in known else f"cell-{index}"
        for key in ("papermill", "execution", *([] if cell.metadata.get("tags") else ["tags"])):
            cell.metadata.pop(key, None)
    language = {key: notebook.metadata[key] for key in ("language_info",) if key in notebook.metadata}
    clean_copy = {"nbformat": 4, "nbformat_minor": 5, "metadata": {**own.metadata, **language}, "cells": cells}
    return nbformat.from_dict(clean_copy)


def text_of(notebook: NotebookNode | None) -> bytes:
    """The notebook as its file holds it; nothing for none."""
    return f"{nbformat.writes(notebook).rstrip()}\n".encode() if notebook else b""
