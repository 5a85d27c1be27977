"""Fill in an HTML template of data/templates: every value escaped, a missing name an error."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pcmd_eval import paths


def fill(template: str, **values: Any) -> bytes:
    """The page as UTF-8 bytes; raises jinja2.UndefinedError for a name the template has and `values` has not."""
    return _environment(paths.TEMPLATES).get_template(template).render(**values).encode()


@cache
def _environment(folder: Path) -> Environment:
    """One environment for all pages: to compile a template takes longer than to fill it in."""
    return Environment(
        loader=FileSystemLoader([folder / "site", folder]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
