"""Parts (e) and (g): how soon a kernel is ready, and nbval, with ordinary and with forked kernels."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import nbformat
from jupyter_client import KernelManager
from measuring import DISTRICT, ROOT, Figure, Findings, Scale, median_of_ratios, times
from reruns import first_run

from pcmd_eval import paths
from pcmd_eval.batch.provisioner import KERNELS, ForkedKernel


def ready_seconds(forked: bool, imports: str) -> float:
    """From asking for a kernel to its answer that the notebook's imports are done.

    The request is sent at once, as messages wait for the kernel: what a client waits on its own account is not counted.
    """
    manager = KernelManager(kernel_name="pcmd-eval")
    environment = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **({} if forked else {KERNELS: "ordinary"})}
    began = time.perf_counter()
    manager.start_kernel(env=environment, cwd=str(ROOT))
    assert isinstance(manager.provisioner.process, ForkedKernel) is forked
    client = manager.client()
    client.start_channels(hb=False)
    try:
        asked = client.execute(imports)
        while (answer := client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != asked:
            pass
        seconds = time.perf_counter() - began
        assert answer["content"]["status"] == "ok", answer["content"]
        return seconds
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def imports_of(notebook: str) -> str:
    """The cell with which a notebook imports what it uses."""
    cells = nbformat.read(paths.NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    return next(c.source for c in cells if c.cell_type == "code" and c.source.startswith("from pcmd_eval"))


def measure_start(scratch: Path, scale: Scale) -> Findings:
    """Part (e): the preloaded process stands already, as in a batch; its start is part of (a)."""
    imports = imports_of("1_communication")
    ready_seconds(True, imports)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(2 * scale.repeats):
        for forked, taken in seconds.items():
            taken.append(ready_seconds(forked, imports))
    ratio = median_of_ratios(seconds[False], seconds[True])
    reached = f"{ratio:.1f}× ({median(seconds[False]):.2f} s against {median(seconds[True]):.3f} s)"
    figure = Figure(
        "e", "forked kernel ready, imports done, against an ordinary one", "at least 8× sooner", reached, ratio >= 8
    )
    details = [f"{'forked' if forked else 'ordinary'} kernel ready: {times(took)}" for forked, took in seconds.items()]
    return Findings([figure], details)


def measure_nbval(scratch: Path, scale: Scale) -> Findings:
    """Part (g): strict nbval over the executed notebooks of one district."""
    output, folder = first_run(scratch), scratch / "nbval"
    folder.mkdir()
    notebooks = sorted(next(output.glob(f"published/districts/{DISTRICT}-*")).glob("*.ipynb"))
    for notebook in notebooks:
        shutil.copy(notebook, folder)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(max(1, scale.repeats // 2)):
        for forked, taken in seconds.items():
            taken.append(_nbval(folder, output / "internal", forked))
    ratio = median_of_ratios(seconds[False], seconds[True])
    what = f"strict nbval over {len(notebooks)} notebooks, forked kernels against ordinary ones"
    figure = Figure("g", what, "at least 2× faster", f"{ratio:.2f}×", ratio >= 2)
    details = [f"nbval with {'forked' if f else 'ordinary'} kernels: {times(took)}" for f, took in seconds.items()]
    return Findings([figure], details)


def _nbval(folder: Path, internal: Path, forked: bool) -> float:
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name", "pcmd-eval", "-q"]
    command += ["-p", "nbval.plugin", "-p", "no:cacheprovider", "-o", "addopts=", str(folder)]
    fixed = {"PCMD_INTERNAL": str(internal), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "TZ": "UTC"}
    fixed["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # no other plugin's loading is counted
    kernels = {} if forked else {KERNELS: "ordinary"}
    environment = {**os.environ, **fixed, **kernels}
    began = time.perf_counter()
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"nbval failed:\n{ran.stdout[-3000:]}")
    return time.perf_counter() - began
