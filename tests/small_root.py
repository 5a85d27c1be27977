"""A small project: two districts, one objective, six notebooks instead of 98.

`tiny` is opened in the process of a test; `root` is a folder of its own, for runs in processes of their own, and
`shown` one in which such a run has published already.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pcmd_eval import paths
from pcmd_eval.batch.jobs import NOTEBOOKS
from pcmd_eval.batch.sets import file_hash, files_in
from pcmd_eval.intake.template import blank_return
from pcmd_eval.project import Project, open_project

UNITS = [("230", "Đoan Hùng", "07969", "Đoan Hùng"), ("240", "Tân Sơn", "08566", "Thu Cúc")]
OBJECTIVE = "harm_reduction"
NOTEBOOK = NOTEBOOKS[OBJECTIVE]
PARAMETERS = 'plan: str = "tiny"  # kế hoạch\nunit: str = "230"  # đơn vị'
READ = """import csv, json, os, pathlib
from pcmd_eval.tables import Sentence
folder = pathlib.Path(os.environ["PCMD_INTERNAL"])
rows = [r for r in csv.DictReader((folder / "findings.csv").open(encoding="utf-8")) if r["unit_code"] == unit]
said = {"run_id": os.environ["PCMD_RUN_ID"], "notebook": os.environ["PCMD_NOTEBOOK"], "unit": unit, "findings": rows}
Sentence(rows[0]["reason"])"""
WRITE = 'n = pathlib.Path(os.environ["PCMD_RECORD"]).write_text(json.dumps(said), encoding="utf-8")'


def notebook(*sources: str, parameters: str = PARAMETERS, tags: tuple[str, ...] = ("parameters",)) -> str:
    """A template with a heading, a parameters cell and these cells."""
    cells = [new_markdown_cell("# Sổ thử", id="heading"), new_code_cell(parameters, id="parameters")]
    cells[1].metadata["tags"] = list(tags)
    cells += [new_code_cell(source, id=f"code-{index}") for index, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.writes(new_notebook(cells=cells, metadata=kernel))


THREAD = "import threading, time; threading.Thread(target=lambda: 1 / 0).start(); time.sleep(0.2)"
GOOD = notebook(READ, WRITE)
FAILS_FOR_230 = notebook(READ, 'x = 1 / (unit != "230")', WRITE)


def write_notebooks(folder: Path, **others: str) -> Path:
    """The three templates of the small plan, some of them replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (NOTEBOOK, "district_review", "province_review"):
        (folder / f"{name}.ipynb").write_text(others.get(name, GOOD), encoding="utf-8")
    return folder


def write_plan(data: Path) -> None:
    """Put the register and the plan of the small project into `units` and `plans` of this folder."""
    levels = ("province", "district", "commune")
    with (data / "units" / "tiny.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([f"{level}_{column}" for level in levels for column in ("code", "name", "type")])
        for code, name, commune, commune_name in UNITS:
            writer.writerow(["25", "Phú Thọ", "tỉnh", code, name, "huyện", commune, commune_name, "xã"])
    (data / "plans" / "tiny.yaml").write_text(_plan(), encoding="utf-8")


@cache
def _plan() -> str:
    plan = yaml.safe_load((paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8"))
    plan["objectives"] = [o for o in plan["objectives"] if o["slug"] == OBJECTIVE]
    plan["units"] = {"register": "tiny.csv", "province": "25"}
    return yaml.safe_dump(plan, allow_unicode=True)


def without_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The small project, opened by its name; its notebooks lie in tmp_path beside it."""
    for name in ("units", "plans"):
        (tmp_path / name).mkdir()
    write_plan(tmp_path)
    monkeypatch.setattr(paths, "UNITS", tmp_path / "units")
    monkeypatch.setattr(paths, "PLANS", tmp_path / "plans")
    monkeypatch.setattr(paths, "NOTEBOOKS", write_notebooks(tmp_path / "notebooks"))
    return open_project("tiny")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The small project, with blank returns in tmp_path beside it."""
    project = without_returns(tmp_path, monkeypatch)
    (tmp_path / "returns").mkdir()
    for reporter in project.register.reporters:
        content = blank_return(project.plan, project.form, project.register, reporter)
        (tmp_path / "returns" / f"{reporter.folder}.xlsx").write_bytes(content)
    return project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small project in a folder of its own."""
    return small_root(tmp_path / "root")


_MADE: list[Path] = []  # once for all modules, though each that imports the fixture has one of its own


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project after a run that published; to be copied, not changed."""
    if not _MADE:
        _MADE.append(small_root(tmp_path_factory.mktemp("small") / "root"))
        assert finish(start(_MADE[0]))[0] == 0
    return _MADE[0]


@pytest.fixture
def shown(made: Path, tmp_path: Path) -> Path:
    """A copy of the small project in which a run has published all six notebooks."""
    return shutil.copytree(made, tmp_path / "root", symlinks=True)


def small_root(folder: Path) -> Path:
    """Make the project there; runs find it by PCMD_ROOT."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("returns", "*.gz"))
    write_plan(folder / "data")
    write_notebooks(folder / "notebooks")
    blanks = ["template", "--plan", "tiny", "--to", str(folder / "data" / "returns" / "tiny")]
    command = [sys.executable, "-m", "pcmd_eval", *blanks]
    subprocess.run(command, env=world(folder), stdout=subprocess.DEVNULL, check=True)
    return folder


def world(root: Path, **more: str) -> dict[str, str]:
    """The environment in which the small project is the project."""
    return {**os.environ, "PCMD_ROOT": str(root), **more}


def start(root: Path, *more: str, before: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start `run` of the small project, without PDFs; `before` is Python that is executed first in its process."""
    quick = "from pcmd_eval.review import pdf\npdf.converter = lambda: None"
    main = "import sys\nfrom pcmd_eval.cli import main\nif __name__ == '__main__': sys.exit(main(sys.argv[1:]))"
    code = f"{before}\n{quick}\n{main}"
    command = [sys.executable, "-c", code, "run", "--plan", "tiny", *more]
    return subprocess.Popen(
        command, env=world(root, **environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str], within: float = 120) -> tuple[int, str, str]:
    """Its exit code, and what it said."""
    out, err = process.communicate(timeout=within)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def published_run(root: Path) -> str:
    """The run that readers see, after every one of its files was found to have its hash; "" where there is none."""
    folder = root / "outputs" / "tiny" / "published"
    if not folder.exists():
        return ""
    record = json.loads((folder / "run.json").read_bytes())
    there = {p.relative_to(folder).as_posix(): file_hash(p) for p in files_in(folder)}
    del there["run.json"]
    assert there == record["outputs"]
    return record["run_id"]


def of_root(root: Path) -> list[psutil.Process]:
    """Every process that works on the small project: the run, its workers and its kernels."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("PCMD_ROOT") == str(root):
                found.append(process)
        except psutil.Error:
            continue
    return [p for p in found if p.status() != psutil.STATUS_ZOMBIE]


def kernels() -> list[int]:
    """The kernels this process or its children started that are still there."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "ipykernel_launcher" in " ".join(child.cmdline()):
                found.append(child.pid)
        except psutil.Error:  # it has ended meanwhile
            continue
    return found


def gone(root: Path, within: float = 10) -> bool:
    """Whether every process of the project ends in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not of_root(root):
            return True
        time.sleep(0.1)
    return False
