"""A project root with notebooks of five cells, so that a whole run takes seconds: everything else
is the real one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT

import nbformat
from command_server import run_command
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from yaml_files import read_yaml, write_yaml

from pcmd_eval.util import paths

RETURNS = ("230-doan-hung", "231-ha-hoa", "25-phu-tho")  # those that a small root has
# What a published set has beside the notebooks of its units, its record aside.
SET_FILES = {
    *("index.html", "method.html", "findings.csv", "findings.xlsx"),
    *("indicators.csv", "changes.csv", "datapackage.json"),
}
SLUGS = ("communication", "integration", "harm_reduction", "support_model", "media", "enforcement")
PARAMETERS = 'plan: str = "phu_tho_2017"  # kế hoạch\nunit: str = "230"  # đơn vị'
OPEN = """import pandas as pd
from pcmd_eval.analysis.case_editions import close_case
from pcmd_eval.session import open_case
from pcmd_eval.evaluation.findings import judge
from pcmd_eval.analysis.show import show
case = open_case(plan, unit)
show(case)"""
CLOSE = "show(close_case(case, found))"


def notebook(
    *extra: str, slugs: tuple[str, ...] = ("communication",), close: str = CLOSE
) -> NotebookNode:
    """A notebook that judges these objectives, with extra cells before its last."""
    judged = (
        "found = pd.concat([judge(case.plan, slug, case.cells) for slug in "
        f"{slugs!r}])\nshow(found, 'Kết luận')"
    )
    codes = [OPEN, judged, *extra, close]
    cells = [
        new_markdown_cell("# Sổ thử"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
    ]
    cells += [new_code_cell(code) for code in codes if code]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def root(folder: Path) -> Path:
    """A root with the real data, three of its returns and small notebooks; outputs go into it."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    for name in RETURNS:
        file = paths.returns_folder("phu_tho_2017") / f"{name}.xlsx"
        shutil.copy(file, returns_of(folder) / file.name)
    (folder / "notebooks").mkdir()
    for number, slug in enumerate(SLUGS, 1):
        nbformat.write(
            notebook(slugs=(slug,)), str(folder / "notebooks" / f"{number}_{slug}.ipynb")
        )
    for name in ("district_review", "province_review"):
        nbformat.write(notebook(slugs=SLUGS), str(folder / "notebooks" / f"{name}.ipynb"))
    return folder


def plan_of_one(slug: str, folder: Path) -> Path:
    """Write the shipped plan with one of its objectives alone, `only_<slug>.yaml`."""
    content = read_yaml(paths.PLANS / "phu_tho_2017.yaml")
    content["objectives"] = [
        objective for objective in content["objectives"] if objective["slug"] == slug
    ]
    return write_yaml(folder / f"only_{slug}.yaml", content)


def returns_of(root: Path) -> Path:
    """The folder of its returns."""
    return root / "data" / "returns" / "phu_tho_2017"


def add_other_plans(root: Path) -> None:
    """Files of two other plans, the one half written, and of a form that none of them uses."""
    data = root / "data"
    for place, suffix in {"plans": "yaml", "units": "csv"}.items():
        shutil.copy(
            data / place / f"phu_tho_2017.{suffix}", data / place / f"phu_tho_2018.{suffix}"
        )
    shutil.copy(data / "forms" / "return_v1.yaml", data / "forms" / "return_v2.yaml")
    (data / "plans" / "phu_tho_2019.yaml").write_text("plan: 1", encoding="utf-8")


def copy(output: Path, folder: Path) -> Path:
    """A copy of an output folder, to be written to."""
    return Path(shutil.copytree(output, folder, symlinks=True))


def start(
    root: Path, *arguments: str, program: Sequence[str] = ("-m", "pcmd_eval"), **more: object
) -> subprocess.Popen[str]:
    """Start pcmd-eval there, or another program of Python that is given its arguments."""
    options = {
        "env": {**os.environ, "PCMD_ROOT": str(root)},
        "encoding": "utf-8",
        "stdout": PIPE,
        "stderr": STDOUT,
    }
    return subprocess.Popen([sys.executable, *program, *arguments], **(options | more))


def pcmd(root: Path, *arguments: str, before: str = "", **more: object) -> tuple[int, str]:
    """Run pcmd-eval there: its exit code, and all that it printed.

    `before`: code that its process runs first, on Linux.
    """
    if not more and sys.platform == "linux":
        return run_command(arguments, {**os.environ, "PCMD_ROOT": str(root)}, before)
    with start(root, *arguments, **more) as process:
        output, _ = process.communicate(timeout=600)
    return process.returncode, output


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the records of runs, whose times differ."""
    places = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in places
        if path.name != "run.json"
    }
