"""Published notebooks run once more, from tables computed anew, and compared with what they show, by nbval."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pcmd_eval.batch.jobs import Job
from pcmd_eval.batch.provisioner import KERNELS
from pcmd_eval.wording import listing

_OPTIONS = ("-q", "-p", "nbval.plugin", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--tb=no")
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+::Cell (\d+)", re.MULTILINE)


def rerun(jobs: Sequence[Job], folder: Path, files: Mapping[Job, Mapping[str, bytes]], run_id: str) -> list[str]:
    """What differs, a sentence for each notebook; `files` are the tables that each of them reads."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda job: _compare(job, folder, files[job], run_id), jobs))
    return [words for words in found if words]


def _compare(job: Job, folder: Path, files: Mapping[str, bytes], run_id: str) -> str:
    """Nothing if every cell gives what it gave; a picture is compared by the hash of its notebook, not here."""
    from pcmd_eval.batch.execution import common_environment, scratch_folder

    with scratch_folder() as scratch:
        tables = scratch / "internal"
        tables.mkdir()
        for name, content in files.items():
            (tables / name).write_bytes(content)
        # Beside its tables, as in the batch; a setting file of its own keeps those of other projects away.
        notebook = tables / f"{job.notebook}.ipynb"
        notebook.write_bytes((folder / f"{job.place}.ipynb").read_bytes())
        settings = scratch / "pytest.ini"
        settings.write_text("[pytest]\n")
        names = {"INTERNAL": tables, "RECORD": scratch / "record.json", "RUN_ID": run_id, "NOTEBOOK": job.notebook}
        own = {f"PCMD_{name}": str(value) for name, value in names.items()}
        own |= {"PCMD_AUDIENCE": "public", KERNELS: "ordinary", "IPYTHONDIR": str(scratch / "i")}
        own |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        places = ("-c", str(settings), "--rootdir", str(scratch), str(notebook))
        command = [sys.executable, "-m", "pytest", *_OPTIONS, *places]
        whole = {"env": {**common_environment(), **own}, "cwd": scratch, "encoding": "utf-8", "errors": "replace"}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **whole)
    if done.returncode == 0:
        return ""
    numbers = sorted({int(number) + 1 for number in _FAILED.findall(done.stdout)})
    cells = f"ô mã thứ {listing([str(number) for number in numbers])}" if numbers else "không chạy được"
    return f"{job.place}.ipynb: chạy lại cho kết quả khác ({cells})"
