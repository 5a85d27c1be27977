"""Hash files, values, the package and its environment; loads no library."""

import hashlib
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Hashes = dict[str, str]  # SHA-256 of files by path or name
Entry = TypeVar("Entry")
_CODE = ("**/*.py", "**/*.pyi", "**/*.j2", "**/*.css", "**/conf.json")


def prefix_paths(folder: str, entries: dict[str, Entry]) -> dict[str, Entry]:
    """Return the entries, such as files or hashes, with the name of a folder before their paths."""
    return {f"{folder}/{path}": entry for path, entry in entries.items()}


def hash_files(folder: Path, *patterns: str) -> Hashes:
    """Return the SHA-256 of each file in a folder by its relative path, "" for an unreadable one.

    A pattern that begins with "!" leaves files out.
    """
    chosen = [pattern for pattern in patterns if pattern[0] != "!"] or ["**/*"]
    files = {p for pattern in chosen for p in folder.glob(pattern) if p.is_file()}
    for pattern in patterns:
        if pattern[0] == "!":
            files.difference_update(folder.glob(pattern[1:]))
    return {p.relative_to(folder).as_posix(): hash_file(p) for p in sorted(files)}


def hash_file(file: Path) -> str:
    """Return the SHA-256 of a file, "" for one that cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def hash_code() -> Hashes:
    """Return the SHA-256 of each file of the package's code and templates by relative path."""
    return hash_files(Path(__file__).parents[1], *_CODE)


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that this package needs, directly or
    through others, by name; other packages of the environment are not looked at.
    """
    libraries: dict[str, str] = {}
    walked = [("pcmd-eval", "")]  # grows: a library and one of its extras, "" for itself
    for name, extra in walked:
        with suppress(PackageNotFoundError):  # left out of requirements.lock
            metadata = distribution(name).metadata  # parsed anew whenever it is asked for
            libraries[name] = metadata["Version"]
            for needed in map(Requirement, metadata.get_all("Requires-Dist") or ()):
                if not needed.marker or needed.marker.evaluate({"extra": extra}):
                    pairs = product([canonicalize_name(needed.name)], ["", *needed.extras])
                    walked += {*pairs}.difference(walked)
    del libraries["pcmd-eval"]
    return {"python": sys.version.split()[0], "platform": sys.platform} | dict(
        sorted(libraries.items())
    )


def digest(*parts: Any) -> str:
    """Return the SHA-256 of the values' repr, which must show all of their content."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
