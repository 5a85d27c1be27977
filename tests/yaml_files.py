"""YAML files of tests, read and written by libyaml: a tenth of the time."""

from pathlib import Path
from typing import Any

import yaml


def read_yaml(file: Path) -> Any:
    """Return the content of a file."""
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)


def write_yaml(file: Path, content: Any) -> Path:
    """Write the content to a file, keys in their order; return the file."""
    text = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file
