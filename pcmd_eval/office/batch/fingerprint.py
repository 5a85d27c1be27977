"""Hash what a set is made from, and tell whether anything changed since the last complete run;
loads no pandas, reads no return.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pcmd_eval.util import paths
from pcmd_eval.util.hashes import (
    Hashes,
    digest,
    hash_code,
    hash_file,
    hash_files,
    prefix_paths,
    versions,
)

if TYPE_CHECKING:  # an unchanged rerun loads no pandas
    from pcmd_eval.plan.plan import Plan

LAST_RUN = "last_run.json"
_SHARED_DATA = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # every plan depends on them
_NOT_HASHED = (LAST_RUN, "trace/*", "documents/**/*")  # below internal/


def hash_inputs(plan: Plan, plan_name: str) -> Hashes:
    """Return by path the hash of every file, except returns, that a set of this plan depends on.

    `plan_name`: as the user typed it; a plan file outside data/plans is listed by its name alone.
    """
    package = prefix_paths("pcmd_eval", hash_code())
    of_objectives = [f"[0-9]*_{objective.slug}.ipynb" for objective in plan.objectives]
    units = (plan.units.register_file, plan.units.boundaries)
    files = [f"plans/{plan.name}.yaml", f"forms/{plan.form_name}.yaml"]
    files += [f"units/{file}" for file in units if file]
    if plan.base:
        files.append(f"plans/{plan.base}.yaml")
    if plan.previous:
        files.append(f"previous/{plan.previous.figures}")
    hashes = package | _hash_folder(paths.DATA, *_SHARED_DATA, *files)
    extra = [f"{name}.ipynb" for name in plan.extra_notebooks]
    hashes |= _hash_folder(paths.NOTEBOOKS, *of_objectives, *extra, "*_review.ipynb")
    file = Path(plan_name)
    if file.suffix == ".yaml" and file.resolve().parent != paths.PLANS.resolve():
        hashes.pop(f"{paths.DATA.name}/plans/{plan.name}.yaml", "")
        hashes[file.name] = hash_file(file)
    return hashes


def hash_environment() -> str:
    """Return one hash of what results depend on, except the plan and its returns: code, data that
    plans share, forms, registers, previous years, library versions.
    """
    data = _hash_folder(paths.DATA, *_SHARED_DATA, "forms/*", "units/*", "previous/*")
    return digest(hash_code(), data, versions())


def _hash_folder(folder: Path, *patterns: str) -> Hashes:
    """Return the hashes of files by path, which begins with the name of the folder."""
    return prefix_paths(folder.name, hash_files(folder, *patterns))


# ---- an unchanged rerun --------------------------------------------------------------------------


def hash_request(plan_name: str, returns: Path, options: object) -> str:
    """Return one hash of what a run is asked for: its plan, returns, folders and options, and of
    the libraries.

    `plan_name`: a name, or the path of a .yaml, whose folder is then hashed, too. `options`: those
    of the command that the result depends on.
    """
    file = Path(plan_name)
    hashes = [hash_files(returns, "*")]
    if file.suffix == ".yaml":
        hashes.append(hash_files(file.parent, "*.yaml", "*.csv", "*.geojson"))
    # The saved closing lines name files relative to the current folder, so it is hashed, too.
    folders = str(returns.resolve()), str(Path.cwd())
    return digest(versions(), hashes, plan_name, folders, options)


def load_closing_lines(folders: paths.OutputFolders, request: str) -> list[str]:
    """Return the closing lines of the last complete run; [] if anything read or written by it
    changed, or another process is writing there.

    `request`: see `hash_request`.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, Timeout):
        last = json.loads((folders.internal / LAST_RUN).read_bytes())
        with FileLock(folders.lock, timeout=0):
            if last["state"] == _hash_state(folders, request) and _has_same_inputs(folders):
                return [*last["lines"]]
    return []


def save_closing_lines(folders: paths.OutputFolders, request: str, lines: Sequence[str]) -> None:
    """Save the closing lines that a complete run prints, for `load_closing_lines`."""
    last = {"state": _hash_state(folders, request), "lines": lines}
    (folders.internal / LAST_RUN).write_text(json.dumps(last), encoding="utf-8")


def _hash_state(folders: paths.OutputFolders, request: str) -> str:
    """Return one hash of what a run was asked for (`request`) and wrote.

    Files of `trace` are not hashed. Documents may be edited; only missing ones change the hash.
    """
    internal = hash_files(folders.internal, "**/*", *(f"!{pattern}" for pattern in _NOT_HASHED))
    papers = json.loads((folders.internal / "run.json").read_bytes())["papers"]
    missing = [name for name in papers if not (folders.documents / name).is_file()]
    return digest(
        request, str(folders.root.resolve()), hash_files(folders.published), internal, missing
    )


def _has_same_inputs(folders: paths.OutputFolders) -> bool:
    """Return whether the inputs that the published set records are as they were, and none of those
    that all plans share was added.
    """
    recorded = json.loads((folders.published / "run.json").read_bytes())["inputs"]
    now = prefix_paths("pcmd_eval", hash_code()) | _hash_folder(paths.DATA, *_SHARED_DATA)
    folders_by_name = {folder.name: folder for folder in (paths.DATA, paths.NOTEBOOKS)}
    for path in recorded.keys() - now.keys():
        folder, _, name = path.partition("/")
        if folder in folders_by_name:
            now[path] = hash_file(folders_by_name[folder] / name)
        elif not name:  # a plan file elsewhere, which is a part of the request
            now[path] = recorded[path]
    return bool(now == recorded)
