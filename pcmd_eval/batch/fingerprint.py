"""Hashes of what results depend on: the package, the data of a plan, the versions of libraries."""

from pathlib import Path

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.hashes import digest, hash_code, hash_file, hash_files, versions

_SHARED_DATA = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # every plan depends on them
# Only Word documents depend on these: a new signer must not make every notebook run again.
DOCUMENT_DATA = ("review.yaml", "templates/*.docx")


def data_patterns(plan: Plan, documents: bool = True) -> tuple[str, ...]:
    """Return glob patterns, below data/, of the files that results of this plan depend on.

    `documents`: include the files that only Word documents depend on.
    """
    units = (plan.units.register_file, plan.units.boundaries)
    files = [f"plans/{plan.name}.yaml", f"forms/{plan.form_name}.yaml"]
    if plan.base:
        files.append(f"plans/{plan.base}.yaml")
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
        hashes[file.name] = hash_file(file)
    return hashes


def hash_notebooks(plan: Plan) -> dict[str, str]:
    """Return the hash of each notebook template that a plan uses, by path."""
    objectives = [f"[0-9]*_{objective.slug}.ipynb" for objective in plan.objectives]
    return _hash_folder(paths.NOTEBOOKS, *objectives, "*_review.ipynb")


def hash_environment(patterns: tuple[str, ...]) -> str:
    """Return one hash of the code, of data files and of library versions.

    `patterns`: see `data_patterns`.
    """
    return digest(_hash_program(patterns), versions())


def _hash_program(patterns: tuple[str, ...]) -> dict[str, str]:
    package = {f"pcmd_eval/{path}": content for path, content in hash_code().items()}
    return package | _hash_folder(paths.DATA, *patterns)


def _hash_folder(folder: Path, *patterns: str) -> dict[str, str]:
    """Return the hashes of files by path, which begins with the name of the folder."""
    hashes = hash_files(folder, *patterns)
    return {f"{folder.name}/{path}": content for path, content in hashes.items()}
