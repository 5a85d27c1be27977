"""The files that say what is installed, and how the checks are run, agree with one another."""

import re
import shutil
import subprocess
import tomllib
import unicodedata
from pathlib import Path

import openpyxl
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]

# Where conda-forge has a library under another name than PyPI.
CONDA_TO_PYPI = {"matplotlib-base": "matplotlib", "jupyter_client": "jupyter-client"}
# What only conda needs to be told.
CONDA_ONLY = {"python", "pip"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))


def direct() -> dict[str, Requirement]:
    """The dependencies that pyproject.toml names, with those of every extra."""
    table = project()["project"]
    lines = [*table["dependencies"], *(d for extra in table["optional-dependencies"].values() for d in extra)]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def lock_entries() -> list[tuple[str, str, str]]:
    """Name, version and full text of every entry of the lock."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", read("requirements.lock")).replace("\\\n", " ")
    entries = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
        assert match, f"not a pinned entry: {line[:80]}"
        entries.append((canonicalize_name(match[1]), match[2], line))
    return entries


def locked() -> dict[str, set[str]]:
    """Versions by name; a library may have one for each range of Pythons."""
    versions: dict[str, set[str]] = {}
    for name, version, _ in lock_entries():
        versions.setdefault(name, set()).add(version)
    return versions


def conda() -> tuple[list[str], list[str]]:
    """The conda part and the pip part of environment.yml."""
    items = yaml.safe_load(read("environment.yml"))["dependencies"]
    pip_parts = [item["pip"] for item in items if isinstance(item, dict)]
    assert len(pip_parts) == 1
    return [item for item in items if isinstance(item, str)], pip_parts[0]


def conda_pins() -> list[tuple[str, str]]:
    """Every pinned pair of PyPI name and version in environment.yml, in both its parts."""
    conda_part, pip_part = conda()
    pairs = []
    for item in [*conda_part, *pip_part]:
        if item == "-e ." or item.split()[0] in CONDA_ONLY:
            continue
        name, separator, version = item.partition("==")
        assert separator, f"environment.yml: {item!r} has no exact version"
        pairs.append((canonicalize_name(CONDA_TO_PYPI.get(name, name)), version))
    return pairs


def fold(value: object) -> str:
    letters = unicodedata.normalize("NFD", str(value or "").casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def test_direct_dependencies_are_locked():
    """Each direct dependency has one version in the lock, and pyproject.toml allows it."""
    versions = locked()
    for name, requirement in direct().items():
        assert len(versions.get(name, ())) == 1, f"{name}: {versions.get(name)} in requirements.lock"
        (version,) = versions[name]
        assert requirement.specifier.contains(version), f"{name} {version} is not {requirement.specifier}"


def test_dependencies_have_a_floor():
    """Each direct dependency says from which version on it is known to do."""
    without = [n for n, r in direct().items() if not any(s.operator == ">=" for s in r.specifier)]
    assert not without


def test_lock_comes_from_pyproject():
    """The lock lists as coming from the project just what pyproject.toml names."""
    named, current = set(), ""
    for line in read("requirements.lock").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            current = canonicalize_name(match[1])
        elif line.startswith("    #") and "pcmd-eval" in line:
            named.add(current)
    assert named == set(direct())


def test_build_backend_is_locked():
    """What builds the project is in the lock, so that an installation fetches nothing unhashed."""
    versions = locked()
    for requirement in map(Requirement, project()["build-system"]["requires"]):
        assert any(map(requirement.specifier.contains, versions.get(canonicalize_name(requirement.name), ())))


def test_every_lock_entry_has_a_hash():
    """pip checks every download against a hash, and no entry comes from an address or a folder."""
    entries = lock_entries()
    assert len(entries) > len(direct())
    assert not [name for name, _, line in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", line)]
    assert not re.search(
        r"(?m)^(-e|-i|--index-url|--extra-index-url|--find-links|-f)\b|@ (file|http)",
        read("requirements.lock"),
    )


def test_lock_serves_every_platform():
    """The lock has what only Windows or macOS needs; one made for Linux alone would lack it."""
    assert {"colorama", "appnope"} <= set(locked())


def test_lock_header_names_the_command_of_make_lock():
    """The head of the lock shows the command that `make lock` runs, without a path of one machine."""
    head = read("requirements.lock").splitlines()[1].lstrip("# ")
    assert head.startswith("uv pip compile pyproject.toml")
    recipe = read("Makefile")
    assert all(word in recipe for word in head.split())
    assert not [word for word in head.split() if word.startswith(("/", "~")) or ":" in word]


def test_conda_pins_equal_the_lock():
    """Each version in environment.yml is the one in the lock."""
    versions = locked()
    wrong = [f"{name}=={v}, lock {versions.get(name)}" for name, v in conda_pins() if versions.get(name) != {v}]
    assert not wrong


def test_conda_names_just_the_direct_dependencies():
    """environment.yml has every direct dependency, each once, and nothing more."""
    assert sorted(name for name, _ in conda_pins()) == sorted(direct())


def test_conda_frame():
    """environment.yml uses conda-forge alone, allows the same Pythons and ends with the project."""
    document = yaml.safe_load(read("environment.yml"))
    assert document["name"] == project()["project"]["name"]
    assert document["channels"] == ["conda-forge"]
    conda_part, pip_part = conda()
    (python,) = [item for item in conda_part if item.split()[0] == "python"]
    floor = Requirement("python" + project()["project"]["requires-python"]).specifier
    ours = Requirement(python.replace(" ", "")).specifier
    for minor in range(9, 14):
        assert ours.contains(f"3.{minor}") == floor.contains(f"3.{minor}")
    assert pip_part[-1] == "-e ."


def test_security_floors():
    """Versions below these have published weaknesses."""
    floors = {"lxml": "6.1.0", "nbconvert": "7.17.1"}
    for name, floor in floors.items():
        assert str(direct()[name].specifier).find(f">={floor}") >= 0
        assert all(Version(v) >= Version(floor) for v in locked()[name])


def test_every_dependency_is_explained():
    """CONTRIBUTING.md has one line on each direct dependency."""
    explained = {canonicalize_name(name) for name in re.findall(r"(?m)^- `([\w.-]+)`: ", read("CONTRIBUTING.md"))}
    assert explained == set(direct())


def test_ci_runs_every_check():
    """.ci/run stops at the first failure and ends with the whole of the checks."""
    lines = [line for line in read(".ci/run").splitlines() if line.strip() and not line.startswith("#")]
    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "make lint test test-all"


def test_make_targets_exist():
    """The commands that the documents name are targets of the Makefile, and help lists them."""
    text = read("Makefile")
    help_recipe = text.split("\nhelp:")[1].split("\n\n")[0]
    for target in ["setup", "report", "test", "test-all", "lint", "format", "lab", "bench", "mutants", "lock", "clean"]:
        assert re.search(rf"(?m)^{target}:", text), target
        assert re.search(rf"make {target}\s", help_recipe), target


def test_readme_begins_with_report_and_test():
    """The first two commands of README.md are `make report` and `make test`."""
    blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", read("README.md"))
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    commands = [line.split("#")[0].strip() for line in lines if line and not line.startswith("#")]
    assert commands[:2] == ["make report", "make test"]


def test_tracked_returns_are_illustrative():
    """A return that git tracks carries the mark `Số liệu minh họa: Có`: no real one is published."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git working copy")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", "data/returns"]
    listed = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
    if listed.returncode:
        pytest.skip("git cannot read this working copy")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix == ".md" or not path.exists():
            continue
        assert path.suffix == ".xlsx", f"{name}: only marked workbooks may be tracked here"
        rows = openpyxl.load_workbook(path, read_only=True)["Thông tin"].iter_rows(max_col=2, values_only=True)
        marks = [value for label, value in rows if fold(label) == "so lieu minh hoa"]
        assert [fold(mark) for mark in marks] == ["co"], f"{name} is not marked as illustrative"
