"""What every page wears: its template, its marks on each sheet, looks said once, places to lead to."""

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval import paths
from pcmd_eval.figures import BEHIND
from pcmd_eval.spelling import slug
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, short_date

_TABLE = '<div class="table'
_HEADING = re.compile(r"<(h[23])>(.*?)</\1>")
_LEGEND = re.compile(r'<p class="legend"[^>]*>[^<]*</p>')
_STYLE = re.compile(r' style="([\w\s:;#%.-]+)"')
_EXPLAINED = {
    ILLUSTRATIVE: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}


def page(template: str, title: str, marks: Collection[str], **values: Any) -> bytes:
    """A page of the site, whole; `title`: what stands under each of its printed sheets."""
    worn = {"marks": [*map(explained, marks)], "sheets": sheets(title, marks)}
    return anchored(slim(fill(template, **worn, **values))).encode()


def fill(template: str, **values: Any) -> str:
    """A template of the site, every value escaped that is not Markup; a name that it lacks is an
    error.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(paths.TEMPLATES / "site")
    tight = {"trim_blocks": True, "lstrip_blocks": True}
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **tight)
    made.filters["short_date"] = short_date
    return made


def explained(mark: str) -> str:
    """A mark as the head of a page has it: with what it means."""
    return mark + _EXPLAINED.get(mark, "")


def sheets(title: str, marks: Collection[str]) -> Markup:
    """The style that puts the marks on every printed sheet of a page, and under it which page it
    is.
    """
    top, foot, colour = _css(" · ".join(marks)), _css(title), "color: #8a3c00"
    above = f"@top-center {{ content: {top}; font: bold 9pt sans-serif; {colour} }}"
    below = f"@bottom-left {{ content: {foot}; font: 8pt sans-serif; {colour} }}"
    return Markup(f"@page {{ {above} {below} }}")


def _css(text: str) -> str:
    """A text as CSS takes it between quotes: whatever is no letter, digit or space as its number."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


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


def anchored(page: str, up: str = "") -> str:
    """A page whose headings and tables have ids; what stands under a picture leads to the table
    before it and to the files.
    """
    page = _HEADING.sub(lambda at: f'<{at[1]} id="{slug(at[2])}">{at[2]}</{at[1]}>', page)
    made, *tables = page.split(_TABLE)
    files = [f'<a href="{up}{name}">{name}</a>' for name in ("findings.csv", "indicators.csv")]
    for at, rest in enumerate(tables, 1):
        behind = f'<a href="#bang-{at}">bảng đi kèm</a>; của cả bộ: {", ".join(files)}'
        made += f'<div id="bang-{at}" {_TABLE.partition(" ")[2]}{rest.replace(BEHIND, behind)}'
    return made
