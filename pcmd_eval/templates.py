"""Texts made from templates of data/: every value is escaped that is not Markup, and a
name that a template lacks is an error.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pcmd_eval import paths
from pcmd_eval.words import short_date


def fill(template: str, **values: Any) -> str:
    """A template by its place in data/templates or data, filled in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment():
    loader = FileSystemLoader([paths.TEMPLATES, paths.DATA])
    tight = {"trim_blocks": True, "lstrip_blocks": True}
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **tight)
    made.filters["short_date"] = short_date
    return made
