"""Lay out the pages of a set: templates, marks on printed sheets, shared styles, anchors."""

import re
from collections.abc import Collection
from typing import Any

from markupsafe import Markup

from pcmd_eval.analysis.show import table_html
from pcmd_eval.util.spelling import make_slug
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.verdicts import DARK_COLOURS
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK

_TABLE = '<div class="table'
_HEADING = re.compile(r"<(h[23])>(.*?)</\1>")
_LEGEND = re.compile(r'<p class="legend"[^>]*>[^<]*</p>')
_SOURCE = re.compile(r'<span class="behind">(.*?)</span>')  # of a picture: see picture.html.j2
_STYLE = re.compile(r' style="([\w\s:;#%.,()-]+)"')
_COLOUR = re.compile("|".join(DARK_COLOURS), re.IGNORECASE)
_MARK_MEANINGS = {
    ILLUSTRATIVE_MARK: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL_MARK: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}


def layout_page(template: str, foot: str, marks: Collection[str], **values: Any) -> bytes:
    """Return a page of the set as UTF-8, rendered from a template of this folder.

    `foot`: the text at the bottom of each printed sheet; `values`: those of the template.
    """
    values |= {
        "marks": {m: explain_mark(m) for m in marks},
        "print_style": print_style(foot, marks),
        "table": table_html,
    }
    return add_anchors(share_styles(render_page(f"office/site/{template}", **values))).encode()


def explain_mark(mark: str) -> str:
    """Return a mark with its meaning, for the top of a page."""
    return mark + _MARK_MEANINGS.get(mark, "")


def print_style(foot: str, marks: Collection[str]) -> Markup:
    """Return the CSS that prints the marks above and `foot` below every printed sheet."""
    colour = "color: #8a3c00"
    top = f"content: {_css_string(' · '.join(marks))}; font: bold 9pt sans-serif; {colour}"
    bottom = f"content: {_css_string(foot)}; font: 8pt sans-serif; {colour}"
    return Markup(f"@page {{ @top-center {{ {top} }} @bottom-left {{ {bottom} }} }}")


def _css_string(text: str) -> str:
    """Return a text in quotes for CSS; everything but letters, digits and spaces is escaped."""
    escaped = re.sub(r"[^\w ]", lambda sign: f"\\{ord(sign[0]):x} ", text)
    return f'"{escaped}"'


def share_styles(page: str) -> str:
    """Move inline styles into rules in the head of the page, add rules for dark screens, and keep
    only the first copy of each legend.
    """
    for legend in {*_LEGEND.findall(page)}:
        head, _, after = page.partition(legend)
        page = head + legend + after.replace(legend, "")
    rules = dark_rules = ""
    for at, style in enumerate(dict.fromkeys(_STYLE.findall(page))):
        page = page.replace(f' style="{style}"', f' data-look="{at}"')
        rules += f'[data-look="{at}"] {{{style}}}\n'
        dark = _COLOUR.sub(lambda colour: DARK_COLOURS[colour[0].lower()], style)
        dark_rules += f'[data-look="{at}"] {{{dark}}}\n' if dark != style else ""
    rules += f"@media screen and (prefers-color-scheme: dark) {{\n{dark_rules}}}\n"
    return page.replace("</style>", f"{rules}</style>", 1)


def add_anchors(page: str) -> str:
    """Add ids to headings and tables, and link the note under a picture to the preceding table."""
    page = _HEADING.sub(_add_id, page)
    anchored, *tables = page.split(_TABLE)
    for number, table in enumerate(tables, 1):
        anchored += _TABLE.replace("<div", f'<div id="bang-{number}"')
        anchored += _SOURCE.sub(rf'<a href="#bang-{number}">\1</a>', table)
    return anchored


def _add_id(heading: re.Match[str]) -> str:
    """Return the HTML of a matched heading with an id made of its words."""
    level, words = heading.groups()
    return f'<{level} id="{make_slug(words)}">{words}</{level}>'
