"""A small project in a folder of its own, for runs in processes of their own: two districts, one objective."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import yaml
from test_batch import OBJECTIVE, UNITS, write_notebooks

from pcmd_eval import paths
from pcmd_eval.sets import file_hash, files_in

BLANKS = """from pathlib import Path
import sys
from pcmd_eval.project import open_project
from pcmd_eval.template import blank_return
project, folder = open_project("tiny"), Path(sys.argv[1])
folder.mkdir(parents=True)
for r in project.register.reporters:
    (folder / f"{r.folder}.xlsx").write_bytes(blank_return(project.plan, project.form, project.register, r))
"""


def small_root(folder: Path) -> Path:
    """Make the project there; runs find it by PCMD_ROOT."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("returns", "*.gz"))
    levels = ("province", "district", "commune")
    with (folder / "data" / "units" / "tiny.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([f"{level}_{column}" for level in levels for column in ("code", "name", "type")])
        for code, name, commune, commune_name in UNITS:
            writer.writerow(["25", "Phú Thọ", "tỉnh", code, name, "huyện", commune, commune_name, "xã"])
    plan = yaml.safe_load((paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8"))
    plan["objectives"] = [o for o in plan["objectives"] if o["slug"] == OBJECTIVE]
    plan["units"] = {"register": "tiny.csv", "province": "25"}
    (folder / "data" / "plans" / "tiny.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    write_notebooks(folder / "notebooks")
    made = [sys.executable, "-c", BLANKS, str(folder / "data" / "returns" / "tiny")]
    subprocess.run(made, env=world(folder), check=True)
    return folder


def world(root: Path, **more: str) -> dict[str, str]:
    """The environment in which the small project is the project."""
    return {**os.environ, "PCMD_ROOT": str(root), **more}


def start(root: Path, *more: str, before: str = "") -> subprocess.Popen[str]:
    """Start `run` of the small project; `before` is Python that is executed first in its process."""
    code = (
        f"{before}\nimport sys\nfrom pcmd_eval.cli import main\nif __name__ == '__main__': sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "run", "--plan", "tiny", *more]
    return subprocess.Popen(command, env=world(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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
