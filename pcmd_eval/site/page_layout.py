"""What every page wears: its template, marks on each sheet, looks said once, places to lead to."""

import re
from collections.abc import Collection
from typing import Any

from markupsafe import Markup

from pcmd_eval.analysis.show import table_html
from pcmd_eval.util.spelling import make_slug
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.vocabulary import CHART_DATA_SOURCE, ILLUSTRATIVE_MARK, INTERNAL_MARK

_TABLE = '<div class="table'
_HEADING = re.compile(r"<(h[23])>(.*?)</\1>")
_SECTION = re.compile(r'<h2 id="([^"]*)">(.*?)</h2>')
_LEGEND = re.compile(r'<p class="legend"[^>]*>[^<]*</p>')
_STYLE = re.compile(r' style="([\w\s:;#%.-]+)"')
_EXPLAINED = {
    ILLUSTRATIVE_MARK: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL_MARK: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}


def page(template: str, foot: str, marks: Collection[str], **values: Any) -> bytes:
    """A page of the site, whole; `foot`: what stands under each of its printed sheets."""
    values |= {"marks": [*map(explained_mark, marks)], "print_style": print_style(foot, marks)}
    values |= {"table": table_html}
    return with_anchors(slim(render_page(f"site/{template}", **values))).encode()


def explained_mark(mark: str) -> str:
    """A mark as the head of a page has it: with what it means."""
    return mark + _EXPLAINED.get(mark, "")


def print_style(foot: str, marks: Collection[str]) -> Markup:
    """The style that puts the marks on every printed sheet of a page, and under it which page it
    is.
    """
    look = "color: #8a3c00"
    top = f"content: {_css(' · '.join(marks))}; font: bold 9pt sans-serif; {look}"
    bottom = f"content: {_css(foot)}; font: 8pt sans-serif; {look}"
    return Markup(f"@page {{ @top-center {{ {top} }} @bottom-left {{ {bottom} }} }}")


def _css(text):
    """A text as CSS takes it between quotes: what is no letter, digit or space as its number."""
    escaped = re.sub(r"[^\w ]", lambda sign: f"\\{ord(sign[0]):x} ", text)
    return f'"{escaped}"'


def slim(page: str) -> str:
    """A page with each style of its cells said once, and what a sign means under the first table
    that has it.
    """
    for legend in {*_LEGEND.findall(page)}:
        before, _, after = page.partition(legend)
        page = before + legend + after.replace(legend, "")
    rules = ""
    for at, style in enumerate(dict.fromkeys(_STYLE.findall(page))):
        page = page.replace(f' style="{style}"', f' data-look="{at}"')
        rules += f'[data-look="{at}"] {{{style}}}\n'
    return page.replace("</style>", f"{rules}</style>", 1)


def with_anchors(page: str, up: str = "") -> str:
    """A page whose headings and tables have ids; what stands under a picture leads to the table
    before it and to the files.
    """
    page = _HEADING.sub(_with_id, page)
    files = [f'<a href="{up}{name}">{name}</a>' for name in ("findings.csv", "indicators.csv")]
    anchored, *tables = page.split(_TABLE)
    for at, rest in enumerate(tables, 1):
        start = _TABLE.replace("<div", f'<div id="bang-{at}"')
        numbers = f'<a href="#bang-{at}">bảng đi kèm</a>; của cả bộ: {", ".join(files)}'
        anchored += start + rest.replace(CHART_DATA_SOURCE, numbers)
    return anchored


def with_contents(page: str) -> str:
    """A page whose headings have ids, with ways to its sections before the first of them."""
    ways = [f'<li><a href="#{id_}">{words}</a></li>' for id_, words in _SECTION.findall(page)]
    contents = f'<nav class="contents" aria-label="Trong trang này"><ul>{"".join(ways)}</ul></nav>'
    return _SECTION.sub(lambda first: contents + first[0], page, count=1)


def _with_id(heading):
    """A heading with its words as its id."""
    level, words = heading.groups()
    return f'<{level} id="{make_slug(words)}">{words}</{level}>'
