"""The one language of the templates in data/, jinja2: a name that a template lacks is an error."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval.util import paths
from pcmd_eval.util.formatting import (
    format_count,
    format_number,
    format_share,
    format_short_date,
    join_items,
)
from pcmd_eval.util.vocabulary import MAX_NAMED, VERDICT_STYLES, DisplayStyle


@cache
def get_environment() -> Environment:
    """jinja2 with the words that every template may use; a template is named by its place in
    data/templates or data.
    """
    loader = FileSystemLoader([paths.TEMPLATES, paths.DATA])
    made = Environment(loader=loader, undefined=StrictUndefined)
    made.globals |= {
        "number": format_number,
        "two_digits": format_count,
        "share": format_share,
        "most": MAX_NAMED,
    }
    made.globals |= {"looks": VERDICT_STYLES, "chip": render_badge}
    made.filters |= {"listing": join_items, "short_date": format_short_date}
    return made


@cache
def load_macros(template: str) -> Any:
    """The macros of a template, each an attribute, for text that is no HTML."""
    return get_environment().get_template(template).module


def compile_templates() -> None:
    """Compile what every notebook and document is made with, once for all processes that are
    forked from this one: to compile a template takes longer than to fill it in.
    """
    load_macros("sentences.j2")
    for template in (paths.TEMPLATES / "show").iterdir():
        _pages().get_template(f"show/{template.name}")


def render_line(template: str, name: str, /, **parts: Any) -> str:
    """What a macro of a template makes of its parts, its lines joined to one."""
    written = getattr(load_macros(template), name)(**parts)
    return "".join(part.strip() for part in written.splitlines())


def render_page(template: str, **values: Any) -> str:
    """A page or a part of one, filled in: every value is escaped that is not Markup."""
    return _pages().get_template(template).render(**values)


@cache
def render_badge(look: DisplayStyle) -> Markup:
    """A verdict or a standing: its shape, its word and its colour."""
    return Markup(render_page("show/chip.html.j2", look=look))


@cache
def _pages():
    return get_environment().overlay(autoescape=True, trim_blocks=True, lstrip_blocks=True)
