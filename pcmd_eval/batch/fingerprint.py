"""What every result is made by and with: the files of the program and of a plan, the versions of
libraries, and the hash of all that.
"""

import hashlib
import re
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

_SHARED = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # data that every plan is made with


def hashes(folder: Path, *patterns: str) -> dict[str, str]:
    """The SHA-256 of every file of a folder that a pattern names, by its place; "" for one that
    cannot be read.
    """
    found = {p for pattern in patterns or ("**/*",) for p in folder.glob(pattern) if p.is_file()}
    return {p.relative_to(folder).as_posix(): _hash(p) for p in sorted(found)}


def _hash(file):
    try:
        now = file.stat()
        return _content(file, now.st_mtime_ns, now.st_size)
    except OSError:
        return ""


@cache
def _content(file, changed, size):
    """The hash of a file as it was then: every process of a run asks for that of the program."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def data_of(plan: Plan) -> tuple[str, ...]:
    """Patterns of what a plan rests on in the folder of data: its own files, and what all plans
    share.
    """
    units = (plan.units.register_file, plan.units.boundaries)
    own = [f"plans/{plan.name}.yaml", f"forms/{plan.form_name}.yaml"]
    if plan.previous:
        own.append(f"previous/{plan.previous.figures}")
    if plan.previous_plan:
        own += [
            f"plans/{plan.previous.plan}.yaml",
            f"units/{plan.previous_plan.units.register_file}",
        ]
    return (*_SHARED, *own, *(f"units/{file}" for file in units if file))


def inputs(plan: Plan, plan_name: str) -> dict[str, str]:
    """The hash of every file that this plan's set is made with and by, by its place: nothing of
    other plans.

    `plan_name`: by which it was asked for; a file elsewhere stands there by its name alone.
    """
    found = _program_files(data_of(plan)) | notebooks(plan)
    file = Path(plan_name)
    if file.suffix == ".yaml" and file.resolve().parent != paths.PLANS.resolve():
        found.pop(f"{paths.DATA.name}/plans/{plan.name}.yaml", "")
        found[file.name] = _hash(file)
    return found


def notebooks(plan: Plan) -> dict[str, str]:
    """The hash of every notebook of a plan, by its place."""
    objectives = [f"[0-9]*_{objective.slug}.ipynb" for objective in plan.objectives]
    return _placed(paths.NOTEBOOKS, *objectives, "*_review.ipynb")


def _program_files(data):
    return _code() | _placed(paths.DATA, *data)


def _code():
    return _placed(Path(__file__).parents[1], "**/*.py", "**/*.pyi")


@cache
def loaded() -> dict[str, str]:
    """The package as this process found it when it first asked, or the server that it was forked
    from.
    """
    return _code()


def _placed(folder, *patterns):
    found = hashes(folder, *patterns)
    return {f"{folder.name}/{place}": content for place, content in found.items()}


@cache
def versions() -> dict[str, str]:
    """Python, this project, and the libraries that it rests on, directly or through others, with
    their versions as this process found them, see `loaded`: what makes bytes, and no tools beside.
    """
    wanted, found = ["pcmd-eval"], {}
    for name in wanted:  # which grows by what each library rests on
        with suppress(metadata.PackageNotFoundError):  # of another platform
            library = metadata.distribution(name)
            found[name] = library.version
            required = {
                _plain(words) for words in library.requires or () if "extra ==" not in words
            }
            wanted += required.difference(wanted)
    own = {"python": sys.version.split()[0], "platform": sys.platform}
    return own | dict(sorted(found.items()))


def _plain(requirement):
    """The name of a library as all write it: "ruamel.yaml>=0.18" is ruamel-yaml."""
    [name] = re.findall(r"^[\w.-]*\w", requirement)
    return re.sub("[-_.]+", "-", name).lower()


def program(data: tuple[str, ...]) -> str:
    """The hash of all that is installed here and that every result depends on; each notebook is in
    its own tasks. A worker of yesterday, which would run yesterday's package, gives another hash.

    `data`: the patterns of what the plan rests on, see `data_of`.
    """
    return digest(loaded(), _program_files(data), versions())


def digest(*parts: Any) -> str:
    """The hash of values that print as what they are."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
