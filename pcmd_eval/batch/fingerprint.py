"""Hashes of what results depend on: the package, the data of a plan, the versions of libraries."""

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

_CODE = ("**/*.py", "**/*.pyi", "**/*.j2", "**/*.css", "**/conf.json")
_SHARED_DATA = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # every plan depends on them
# Only Word documents depend on these: a new signer must not make every notebook run again.
DOCUMENT_DATA = ("review.yaml", "templates/*.docx", "templates/*.xml", "templates/papers.j2")


def hash_files(folder: Path, *patterns: str) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder by its relative path, "" for an unreadable one.

    A pattern that begins with "!" leaves files out.
    """
    return {p.relative_to(folder).as_posix(): _hash_file(p) for p in _list_files(folder, patterns)}


def _list_files(folder, patterns):
    """Return the files that match any pattern, sorted, without those of patterns with "!"."""
    chosen = [pattern for pattern in patterns if pattern[0] != "!"] or ["**/*"]
    files = {p for pattern in chosen for p in folder.glob(pattern) if p.is_file()}
    for pattern in patterns:
        if pattern[0] == "!":
            files.difference_update(folder.glob(pattern[1:]))
    return sorted(files)


def _hash_file(file):
    """Return the SHA-256 of a file, "" for one that cannot be read."""
    try:
        status = file.stat()
        return _hash_content(file, status.st_mtime_ns, status.st_size)
    except OSError:
        return ""


@cache
def _hash_content(file, modified, size):
    """Hash a file; the time and the size in the key let a changed file be read again."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def data_patterns(plan: Plan, documents: bool = True) -> tuple[str, ...]:
    """Return glob patterns, below data/, of the files that results of this plan depend on.

    `documents`: include the files that only Word documents depend on.
    """
    units = (plan.units.register_file, plan.units.boundaries)
    files = [f"plans/{plan.name}.yaml", f"forms/{plan.form_name}.yaml"]
    if plan.previous:
        files.append(f"previous/{plan.previous.figures}")
    files += [f"units/{file}" for file in units if file]
    excluded = () if documents else [f"!{pattern}" for pattern in DOCUMENT_DATA]
    return (*_SHARED_DATA, *files, *excluded)


def hash_inputs(plan: Plan, plan_name: str) -> dict[str, str]:
    """Return the hash of every file but the returns that a set of this plan depends on, by path.

    `plan_name`: as the user typed it; a plan file outside data/plans is listed by its name alone.
    """
    hashes = _hash_program(data_patterns(plan)) | hash_notebooks(plan)
    file = Path(plan_name)
    if file.suffix == ".yaml" and file.resolve().parent != paths.PLANS.resolve():
        hashes.pop(f"{paths.DATA.name}/plans/{plan.name}.yaml", "")
        hashes[file.name] = _hash_file(file)
    return hashes


def hash_notebooks(plan: Plan) -> dict[str, str]:
    """Return the hash of each notebook template that a plan uses, by path."""
    objectives = [f"[0-9]*_{objective.slug}.ipynb" for objective in plan.objectives]
    return _hash_folder(paths.NOTEBOOKS, *objectives, "*_review.ipynb")


def _hash_program(patterns):
    return _hash_code() | _hash_folder(paths.DATA, *patterns)


def _hash_code():
    return _hash_folder(Path(__file__).parents[1], *_CODE)


@cache
def loaded_code() -> dict[str, str]:
    """Return the hashes of the package's files at the first call in this process, or in the server
    that it was forked from: of the code that is loaded, even if the files change later.
    """
    return _hash_code()


# By folder and patterns: the files and folders looked at, their states (`_stat_all`), the hashes.
# Every worker process looks at the same 200 files, and listing them is what takes longest.
_hashed: dict[tuple[Path, tuple[str, ...]], tuple[list[Path], list[object], dict[str, str]]] = {}


def _hash_folder(folder, *patterns):
    """Return the hashes of files below a folder by path; computed again only if one changed."""
    places, states, hashes = _hashed.get((folder, patterns), ([], [], {}))
    if not places or _stat_all(places) != states:
        files = _list_files(folder, patterns)
        # A file that is added, removed or renamed changes the time of its folder.
        folders = [p for p in folder.rglob("*") if p.is_dir() and p.name != "__pycache__"]
        places = [folder, *folders, *files]
        states = _stat_all(places)
        hashes = {f"{folder.name}/{p.relative_to(folder).as_posix()}": _hash_file(p) for p in files}
        _hashed[folder, patterns] = places, states, hashes
    return {**hashes}


def _stat_all(places):
    """Return time and size of each file or folder, None for one that cannot be read."""
    states: list[object] = []
    for path in places:
        try:
            status = path.stat()
            states.append((status.st_mtime_ns, status.st_size))
        except OSError:
            states.append(None)
    return states


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of every library it requires, by name.

    Libraries that others require are included, optional ones (extras) are not.
    """
    pending, numbers = ["pcmd-eval"], {}
    for name in pending:  # grows while it is read
        with suppress(metadata.PackageNotFoundError):  # a requirement of other platforms
            library = metadata.distribution(name)
            numbers[name] = library.version
            requirements = {
                _library_name(line) for line in library.requires or () if "extra ==" not in line
            }
            pending += requirements.difference(pending)
    python = {"python": sys.version.split()[0], "platform": sys.platform}
    return python | dict(sorted(numbers.items()))


def _library_name(requirement):
    """Return the normalised name in a requirement: ruamel-yaml for "ruamel.yaml>=0.18"."""
    [name] = re.findall(r"^[\w.-]*\w", requirement)
    return re.sub("[-_.]+", "-", name).lower()


def hash_environment(patterns: tuple[str, ...]) -> str:
    """Return one hash of the code as loaded and on disk, of data files and of library versions.

    It differs in a Dask worker with an older package. `patterns`: see `data_patterns`.
    """
    return digest(loaded_code(), _hash_program(patterns), versions())


def digest(*parts: Any) -> str:
    """Return the hash of values by their repr, which must contain all of their content."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
