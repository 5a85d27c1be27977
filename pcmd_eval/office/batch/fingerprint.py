"""Hash what a set is made from: the package, the data of a plan, its notebooks."""

from pathlib import Path

from pcmd_eval.plan.plan import Plan
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

_SHARED_DATA = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # every plan depends on them


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
