"""Fill in an HTML template of data/templates: every value escaped, a missing name an error."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pcmd_eval import paths


def fill(template: str, **values: Any) -> bytes:
    """The page as UTF-8 bytes; raises jinja2.UndefinedError for a name the template has and `values` has not."""
    environment = Environment(
        loader=FileSystemLoader([paths.TEMPLATES / "site", paths.TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values).encode()
