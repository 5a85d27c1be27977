"""Write environment.yml with the ranges of pyproject.toml: `make lock` calls it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """\
# The same tools from conda-forge, for those who use conda or mamba:
#     conda env create -f environment.yml && conda activate pcmd-eval
#
# Made from pyproject.toml by `make lock`. Tried: requirements.lock, which fixes every package by hash, installed by
# pip; the checks of this project install it. Not tried: solving this file, so what conda picks on the day is new.
name: pcmd-eval
channels:
  - conda-forge
dependencies:
"""
GROUPS = {"cluster": "Several computers", "test": "Test and style", "build": "Install"}
# conda-forge has these under another name, and playwright not at all.
CONDA = {
    "jupyter-client": "jupyter_client",
    "lazy-loader": "lazy_loader",
    "matplotlib": "matplotlib-base",
}
PIP_ONLY = ("playwright",)


def environment(pyproject: Path) -> str:
    """Return the text of environment.yml: every dependency of the project and of its extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    if set(extras) != set(GROUPS):
        raise ValueError(f"extras {sorted(extras)}, expected {sorted(GROUPS)}")
    lines = [f"  - python {project['requires-python']}", "  - pip", "  # Run"]
    lines += map(_conda_line, project["dependencies"])
    by_pip = []
    for name, title in GROUPS.items():
        lines.append(f"  # {title}")
        for requirement in extras[name]:
            is_by_pip = requirement.startswith(PIP_ONLY)
            (by_pip if is_by_pip else lines).append(
                f"      - {requirement}" if is_by_pip else _conda_line(requirement)
            )
    return HEAD + "\n".join([*lines, "  - pip:", *by_pip, "      - -e .", ""])


def _conda_line(requirement: str) -> str:
    """Return a requirement in conda's spelling."""
    name, versions = re.fullmatch(r"([\w.-]+?)([<>=!~].*)", requirement).groups()
    return f"  - {CONDA.get(name, name)} {versions}"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(
        environment(ROOT / "pyproject.toml"), encoding="utf-8", newline="\n"
    )
