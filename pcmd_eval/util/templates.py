"""Render the Jinja templates of the package; an undefined name is an error."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval.util import paths
from pcmd_eval.util.formatting import (
    format_count,
    format_number,
    format_shares,
    format_short_date,
    join_items,
)
from pcmd_eval.util.verdicts import VERDICT_STYLES, VERDICTS, DisplayStyle


@cache
def get_environment() -> Environment:
    """Return the Jinja environment with the functions and labels of every template.

    Templates are named relative to the package. It escapes nothing: HTML and Word overlay
    `autoescape`.
    """
    environment = Environment(loader=FileSystemLoader(paths.PACKAGE), undefined=StrictUndefined)
    environment.globals |= {
        "number": format_number,
        "two_digits": format_count,
        "shares": format_shares,
        "verdicts": VERDICTS,
        "verdict_styles": VERDICT_STYLES,
        "chip": render_badge,
    }
    environment.filters |= {"listing": join_items, "short_date": format_short_date}
    return environment


@cache
def load_macros(template: str) -> Any:
    """Return a text template as a module: each of its macros is an attribute."""
    return get_environment().get_template(template).module


def compile_templates() -> None:
    """Compile the sentences and the HTML of all pages, so that forked workers inherit them.

    Compiling a template takes longer than rendering it.
    """
    load_macros("evaluation/sentences.j2")
    for folder in ("util", "analysis", "charts", "office/site"):
        for template in (paths.PACKAGE / folder).glob("*.html.j2"):
            _html_environment().get_template(f"{folder}/{template.name}")


def render_phrase(template: str, name: str, *facts: object) -> str:
    """Render the macro `name` of a template on one line, with single spaces, none before a stop."""
    text = " ".join(getattr(load_macros(template), name)(*facts).split())
    return re.sub(r"(?<=\() | (?=[.,;:)])", "", text)


def render_page(template: str, **values: Any) -> str:
    """Render an HTML template; values that are not Markup are escaped."""
    return _html_environment().get_template(template).render(**values)


@cache
def render_badge(look: DisplayStyle) -> Markup:
    """Render a verdict or status with its shape, word and colour."""
    return Markup(render_page("util/chip.html.j2", look=look))


@cache
def _html_environment() -> Environment:
    """Return the environment of HTML templates: it escapes values and trims lines of blocks."""
    return get_environment().overlay(autoescape=True, trim_blocks=True, lstrip_blocks=True)
