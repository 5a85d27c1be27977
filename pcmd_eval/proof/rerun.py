"""Published notebooks run once more, from tables computed anew, and compared with what they show, by nbval.

A process of pytest takes many notebooks, and their kernels are forked as those of the batch are: to start Python for
each would take longer than to run it. The environment is given here; each kernel has tables and a folder of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from pcmd_eval.batch.jobs import Job, Result
from pcmd_eval.batch.provisioner import KERNELS, SOCKET
from pcmd_eval.wording import listing

if TYPE_CHECKING:
    from pcmd_eval.batch.work import Watch

MARK = "@notebook "  # how the lines of pytest begin that are meant for this process
WORLD = "world.json"  # beside the folder of a notebook: what the environment of its kernel says
_PLUGINS = ("-p", "pcmd_eval.proof.beside", "-p", "nbval.plugin", "-p", "no:cacheprovider")
_OPTIONS = ("-q", "-s", "--tb=no", "--continue-on-collection-errors", "--nbval")
_FORKED, _ORDINARY = ("--nbval-kernel-name", "pcmd-eval"), ("--nbval-current-env",)


def rerun(
    jobs: Sequence[Job], folder: Path, files: Mapping[Job, Mapping[str, bytes]], run_id: str, watch: "Watch"
) -> list[str]:
    """What differs, a sentence for each notebook; `files` are the tables that each of them reads."""
    from pcmd_eval.batch.execution import scratch_folder
    from pcmd_eval.batch.workers import kernel_source

    if not jobs:
        return []
    count, lock, found = min(len(jobs), (os.cpu_count() or 1) + 1), Lock(), dict.fromkeys(jobs, "")

    def told(job: Job, words: str) -> None:
        with lock:
            found[job] = f"{job.place}.ipynb: chạy lại cho kết quả khác ({words})" if words else ""
            watch(Result(job, not words), len(jobs))

    with scratch_folder() as scratch, kernel_source() as socket:
        places = {_laid_out(scratch / str(n), job, folder, files[job], run_id): job for n, job in enumerate(jobs)}
        listed = list(places)
        shares = [listed[start::count] for start in range(count)]
        processes = [_start(scratch, share, socket) for share in shares]

        def hear(process: subprocess.Popen[str], share: list[Path]) -> None:
            left = set(share)
            for line in process.stdout or ():
                if line.startswith(MARK):
                    said = json.loads(line.removeprefix(MARK))
                    left.discard(Path(said["path"]))
                    told(places[Path(said["path"])], _cells(said["failed"]))
            for path in sorted(left):
                told(places[path], "không chạy được")
            process.wait()

        try:
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(hear, processes, shares))
        finally:
            for process in processes:
                process.kill()
                process.communicate()
    return [words for words in found.values() if words]


def _cells(failed: list[int]) -> str:
    """The code cells that gave something else; a picture is compared by the hash of its notebook, not here."""
    return f"ô mã thứ {listing([str(number + 1) for number in failed])}" if failed else ""


def _laid_out(place: Path, job: Job, folder: Path, files: Mapping[str, bytes], run_id: str) -> Path:
    """A copy of the notebook beside its tables, as in the batch, and what its kernel's environment says."""
    tables = place / "internal"
    tables.mkdir(parents=True)
    for name, content in files.items():
        (tables / name).write_bytes(content)
    notebook = tables / f"{job.notebook}.ipynb"
    notebook.write_bytes((folder / f"{job.place}.ipynb").read_bytes())
    names = {"INTERNAL": tables, "RECORD": place / "record.json", "RUN_ID": run_id, "NOTEBOOK": job.notebook}
    own = {f"PCMD_{name}": str(value) for name, value in names.items()}
    (place / WORLD).write_text(json.dumps({**own, "IPYTHONDIR": str(place / "i")}), encoding="utf-8")
    return notebook


def _start(scratch: Path, notebooks: Sequence[Path], socket: str) -> subprocess.Popen[str]:
    """A process that runs these notebooks; a setting file of its own keeps those of other projects away."""
    from pcmd_eval.batch.execution import common_environment

    settings = scratch / "pytest.ini"
    settings.write_text("[pytest]\n")
    own = {"PCMD_AUDIENCE": "public", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    own |= {SOCKET: socket, KERNELS: "batch"} if socket else {KERNELS: "ordinary"}
    kernel = _FORKED if socket else _ORDINARY
    places = ("-c", str(settings), "--rootdir", str(scratch), *map(str, notebooks))
    command = [sys.executable, "-m", "pytest", *_PLUGINS, *_OPTIONS, *kernel, *places]
    whole = {"env": {**common_environment(), **own}, "cwd": scratch, "encoding": "utf-8", "errors": "replace"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **whole)
