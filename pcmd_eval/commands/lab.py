"""JupyterLab on a working copy of the notebooks, so that the templates stay clean."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import list_running_servers
from jupyterlab_server.workspaces_handler import slugify

from pcmd_eval import paths
from pcmd_eval.batch.jobs import NOTEBOOKS, REVIEWS, on_plan
from pcmd_eval.project import Project

_FIRST_PAGE = "/lab/tree/explore.ipynb"
_LONGEST_SOCKET = 103  # bytes in the name of a socket: 107 on Linux, 103 on macOS


def working_copy(folder: Path, project: Project | None = None, plan: str = "") -> Path:
    """Copy the templates that are not in `folder` yet; what somebody changed there is kept.

    With a project, only those of the plan's objectives, each opening on this plan and on one of its units.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for template in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        if not (folder / template.name).exists() and not _foreign(template.stem, project):
            shutil.copy(template, folder)
            if project:
                unit = project.register.province if template.stem == REVIEWS[1] else project.register.districts[0]
                text = template.read_text(encoding="utf-8")
                named = str(Path(plan).resolve()) if plan.endswith(".yaml") else plan
                (folder / template.name).write_text(on_plan(text, named, unit.code), encoding="utf-8", newline="\n")
    return folder


def _foreign(name: str, project: Project | None) -> bool:
    """Whether it is the notebook of an objective that the plan does not have."""
    return project is not None and any(name == n and slug not in project.plan for slug, n in NOTEBOOKS.items())


def open_lab(folder: Path, returns: Path | None = None, browser: bool = True) -> int:
    """Run JupyterLab in `folder` until it is closed, on the loopback address only, with its token; its exit code.

    Notebooks opened there read `returns`, or the returns of their plan. The address is printed as soon as it answers.
    """
    root = str(folder.resolve())
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": root,
        "ServerApp.open_browser": str(browser),
        "ServerApp.log_level": "WARN",
        "ServerApp.answer_yes": "True",  # Ctrl-C ends it without a question in English
        "ServerApp.allow_root": "True",
        "LabApp.default_url": _FIRST_PAGE,
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        # Defaults that the user's own settings still override, and a layout apart from that of the user's other work.
        "LabApp.app_settings_dir": str(paths.LAB),
        "LabApp.workspaces_dir": str(_workspaces(folder)),
        "KernelSpecManager.allowed_kernelspecs": "python3",  # the one of this installation: nothing to choose
        "KernelManager.transport": _transport(),
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{key}={value}" for key, value in settings.items())]
    environment = {
        "JUPYTER_TOKEN": secrets.token_hex(24),  # one of the user's own is kept
        **os.environ,
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PCMD_ROOT": str(paths.ROOT),
        **({"PCMD_RETURNS": str(returns.resolve())} if returns else {}),
    }
    before = {server["pid"] for server in list_running_servers()}
    server = subprocess.Popen(command, env=environment)
    try:
        if address := _address(server, root, before):
            token = environment["JUPYTER_TOKEN"]
            print(f"Mở trong trình duyệt (Ctrl+C để dừng): {address}{_FIRST_PAGE[1:]}?token={token}", flush=True)
        return server.wait()
    except KeyboardInterrupt:  # the server got it, too
        return server.wait()
    finally:
        server.terminate()


def _transport() -> str:
    """Sockets that only their owner reads, where the system has them and their names are short enough for it."""
    name = f"{jupyter_runtime_dir()}/kernel-{uuid4()}-ipc-1"
    return "ipc" if os.name == "posix" and len(os.fsencode(name)) <= _LONGEST_SOCKET else "tcp"


def _address(server: subprocess.Popen[bytes], root: str, before: set[int]) -> str | None:
    """Where the server that was just started listens: it chooses the port; None where it ended before it did."""
    while server.poll() is None:
        for found in list_running_servers():
            if found["root_dir"] == root and found["pid"] not in before:
                return found["url"]
        time.sleep(0.1)
    return None


def _workspaces(folder: Path) -> Path:
    """The folder of the page's layout; at first it has the list of files folded away, so that the notebook has room."""
    workspaces = folder / ".workspaces"
    layout = workspaces / f"{slugify('default')}.jupyterlab-workspace"
    if not layout.exists():
        workspaces.mkdir(exist_ok=True)
        sides = {side: {"collapsed": True, "visible": True, "widgets": []} for side in ("left", "right")}
        content = {"data": {"layout-restorer:data": sides}, "metadata": {"id": "default"}}
        layout.write_text(json.dumps(content), encoding="utf-8")
    return workspaces
