"""What results depend on, and which earlier results may be used again.

A key is the hash of everything a result can depend on. Each run notes the key of a result, and the hashes of its files,
as soon as it has them, in a ledger of its own: what an interrupted run finished is not done again.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.batch.sets import file_hash, files_in, folder_of, json_bytes
from pcmd_eval.files import naming, write_atomic
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import plan_file
from pcmd_eval.project import Project

_LIBRARIES = ("pcmd-eval", "papermill", "nbclient", "nbconvert", "ipykernel", "pandas", "matplotlib", "openpyxl")


def inputs(plan: str, project: Project) -> dict[str, str]:
    """Plan, form, register, boundaries, code, kernel and page templates with their hashes."""
    return dict(sorted(_hashes({**_said(plan, project), **_program()}).items()))


def _said(plan: str, project: Project) -> dict[str, Path]:
    """The files that say what a plan asks, and of whom."""
    units = project.plan.units
    listed = filter(None, (units.register_file, units.boundaries, units.later))
    return {
        f"data/plans/{plan_file(plan).name}": plan_file(plan),
        f"data/forms/{project.plan.form}.yaml": paths.FORMS / f"{project.plan.form}.yaml",
        **{f"data/units/{name}": paths.UNITS / name for name in listed},
    }


class Sources:
    """The files behind `inputs` as they were at the start of a run, which the processes it starts read for themselves.

    While they are as they were, whatever has been computed meanwhile was computed from them.
    """

    def __init__(self, plan: str, project: Project) -> None:
        files = {**_said(plan, project), **_program()}
        self._stamps = {path: _stamp(path) for path in files.values()}
        self._hashes = {path: file_hash(path) for path in files.values() if path.is_file()}

    def unchanged(self) -> bool:
        """Whether each of them still has its content; one that only looks newer is read."""
        for path, stamp in self._stamps.items():
            if (now := _stamp(path)) != stamp:
                if now is None or file_hash(path) != self._hashes.get(path):
                    return False
                self._stamps[path] = now
        return True


def _stamp(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_mtime_ns, found.st_size
    return None


def documents(project: Project) -> dict[str, str]:
    """What only pages and documents beside the notebooks depend on: settings, templates, prose, editions sent out."""
    prose = paths.DATA / "narrative" / project.plan.name
    released = files_in(paths.released_folder(project.plan.name))
    files = [paths.DATA / "disclosure.yaml", paths.DATA / "review.yaml", *paths.TEMPLATES.glob("*.docx")]
    return dict(
        sorted(
            _hashes(
                {f"data/{p.relative_to(paths.DATA).as_posix()}": p for p in (*files, *files_in(prose), *released)}
            ).items()
        )
    )


def _program() -> dict[str, Path]:
    """The files that make a page of a notebook, other than the notebook and the data of a plan."""
    package, templates, kernels = Path(__file__).parents[1], paths.TEMPLATES, paths.DATA / "kernels"
    shown = [templates / "style.css", *files_in(templates / "page"), *files_in(templates / "site")]
    return {
        **{f"pcmd_eval/{p.relative_to(package).as_posix()}": p for p in package.rglob("*.py")},
        **{f"data/templates/{p.relative_to(templates).as_posix()}": p for p in shown},
        **{f"data/kernels/{p.relative_to(kernels).as_posix()}": p for p in files_in(kernels)},
    }


def _hashes(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: file_hash(path) for name, path in files.items() if path.is_file()}


def versions() -> dict[str, str]:
    """Python and the libraries whose version may show in a result."""
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


def program() -> str:
    """What computes: the package with its templates, and the libraries under it."""
    return key_of(_hashes(_program()), versions())


def identity() -> str:
    """What this installation is: two of the same compute the same from the same returns."""
    data = [*files_in(paths.PLANS), *files_in(paths.FORMS), *files_in(paths.UNITS)]
    return key_of(program(), _hashes({p.relative_to(paths.DATA).as_posix(): p for p in data}))


@cache
def loaded() -> str:
    """What this process is: the identity it had when it was first asked, whatever has changed on its disk since."""
    return identity()


def key_of(*parts: object) -> str:
    """The hash of everything given."""
    return hashlib.sha256(json_bytes(parts)).hexdigest()


# ---- earlier results ------------------------------------------------------------------------------------------------


def note(output: OutputFolder, run_id: str, key: str, hashes: Mapping[str, str]) -> None:
    """Add to the ledger of a run that these files of its set, already in place, are the result of that key."""
    file = _ledger(output, run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with naming(file), file.open("ab") as lines:
        lines.write(json.dumps({"key": key, "files": hashes}).encode() + b"\n")


def forget(output: OutputFolder, kept: Iterable[str]) -> None:
    """Remove the ledgers of sets that are no more."""
    wanted = {_ledger(output, run_id) for run_id in kept}
    for file in output.ledger.glob("*.jsonl"):
        if file not in wanted:
            file.unlink()


class Earlier:
    """The results of earlier runs that are still there, by key."""

    def __init__(self, output: OutputFolder) -> None:
        self._found: dict[str, list[tuple[Path, dict[str, str]]]] = {}
        for file in sorted(output.ledger.glob("*.jsonl"), reverse=True):
            folder = folder_of(output, file.stem)
            for line in file.read_bytes().splitlines():
                with suppress(ValueError, KeyError, TypeError):  # the last line of a run that was killed
                    entry = json.loads(line)
                    self._found.setdefault(entry["key"], []).append((folder, dict(entry["files"])))

    def holds(self, key: str) -> bool:
        """Whether there is a result of that key whose files still have the hashes they had when they were made."""
        return self._intact(key) is not None

    def carry(self, key: str, to: Path) -> dict[str, str] | None:
        """Put the files of that result into another set; returns their hashes, or None if they are not all there."""
        if not (found := self._intact(key)):
            return None
        folder, hashes = found
        for place in hashes:
            _link(folder / place, to / place)
        return hashes if all(file_hash(to / place) == sha for place, sha in hashes.items()) else None

    def _intact(self, key: str) -> tuple[Path, dict[str, str]] | None:
        for folder, hashes in self._found.get(key, ()):
            with suppress(OSError):
                if all(file_hash(folder / place) == sha for place, sha in hashes.items()):
                    return folder, hashes
        return None


def _link(old: Path, new: Path) -> None:
    """The same file under a second name, where the file system can: it is safe on the disk already."""
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        write_atomic(new, old.read_bytes())


def _ledger(output: OutputFolder, run_id: str) -> Path:
    return output.ledger / f"{run_id}.jsonl"
