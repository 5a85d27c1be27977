"""JupyterLab on a working copy of the notebooks, so that the templates stay clean."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pcmd_eval import paths


def working_copy(folder: Path) -> Path:
    """Copy the templates that are not in `folder` yet; what somebody changed there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for template in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        if not (folder / template.name).exists():
            shutil.copy(template, folder)
    return folder


def open_lab(folder: Path, returns: Path | None = None, browser: bool = True) -> int:
    """Run JupyterLab in `folder` until it is closed, on the loopback address only, with its token; its exit code.

    Notebooks opened there read `returns`, or the returns of their plan.
    """
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": str(folder.resolve()),
        "ServerApp.open_browser": str(browser),
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "KernelManager.transport": "ipc" if os.name == "posix" else "tcp",
        "ServerApp.allow_root": "True",
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{key}={value}" for key, value in settings.items())]
    environment = {
        **os.environ,
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PCMD_ROOT": str(paths.ROOT),
        **({"PCMD_RETURNS": str(returns.resolve())} if returns else {}),
    }
    return subprocess.run(command, env=environment, check=False).returncode
