"""The one language of the templates in data/, jinja2: a name that a template lacks is an error."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval.util import paths
from pcmd_eval.util.words import (
    NAMED,
    VERDICTS,
    Look,
    listing,
    number,
    share,
    short_date,
    two_digits,
)


@cache
def language() -> Environment:
    """jinja2 with the words that every template may use; a template is named by its place in
    data/templates or data.
    """
    loader = FileSystemLoader([paths.TEMPLATES, paths.DATA])
    made = Environment(loader=loader, undefined=StrictUndefined)
    made.globals |= {"number": number, "two_digits": two_digits, "share": share, "most": NAMED}
    made.globals |= {"looks": VERDICTS, "chip": chip}
    made.filters |= {"listing": listing, "short_date": short_date}
    return made


@cache
def macros(template: str) -> Any:
    """The macros of a template, each an attribute, for text that is no HTML."""
    return language().get_template(template).module


def compile_all() -> None:
    """Compile what every notebook and document is made with, once for all processes that are
    forked from this one: to compile a template takes longer than to fill it in.
    """
    macros("sentences.j2")
    for template in (paths.TEMPLATES / "show").iterdir():
        _pages().get_template(f"show/{template.name}")


def line(template: str, name: str, /, **parts: Any) -> str:
    """What a macro of a template makes of its parts, its lines joined to one."""
    written = getattr(macros(template), name)(**parts)
    return "".join(part.strip() for part in written.splitlines())


def fill(template: str, **values: Any) -> str:
    """A page or a part of one, filled in: every value is escaped that is not Markup."""
    return _pages().get_template(template).render(**values)


@cache
def chip(look: Look) -> Markup:
    """A verdict or a standing: its shape, its word and its colour."""
    return Markup(fill("show/chip.html.j2", look=look))


@cache
def _pages():
    return language().overlay(autoescape=True, trim_blocks=True, lstrip_blocks=True)
