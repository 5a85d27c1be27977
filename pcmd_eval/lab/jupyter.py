"""JupyterLab on a working copy of the notebooks, on this machine alone, so that the templates stay
clean.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_runtime_dir
from jupyterlab.labapp import LabApp

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import make_private_folder

_FIRST_PAGE = "lab/tree/explore.ipynb"
_COPIED = ".copied.json"  # the hash of each copy as it was written: another one was changed


def working_copy(folder: Path, plan: Plan, written: str) -> Path:
    """Copy the templates that a plan needs into `folder`, and return the folder.

    A copy that nobody changed follows its template after an upgrade; what was changed stays. They
    open on this plan, by its name or file as `written`, and on a unit of it.
    """
    named = str(Path(written).resolve()) if written.endswith(".yaml") else written
    make_private_folder(folder)
    if not (folder / ".workspaces").exists():
        # At first the list of files is folded away: room for the notebook.
        shutil.copytree(paths.LAB / "workspaces", folder / ".workspaces")
    record = folder / _COPIED
    copied = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    needed = {*plan.by_slug, "review", ""}  # by what follows "_" in the name: explore has none
    for template in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        copy = folder / template.name
        if template.stem.partition("_")[2] not in needed:
            continue
        if copy.exists() and _digest(copy.read_bytes()) != copied.get(template.name):
            continue
        is_province = template.stem.startswith("province")
        unit = plan.province if is_province else plan.reporting_units.index[0]
        text = _opening_on(named, unit, template.read_text(encoding="utf-8"))
        copied[template.name] = _digest(text.encode())
        if not copy.exists() or copy.read_bytes() != text.encode():
            copy.write_text(text, encoding="utf-8", newline="\n")
    record.write_text(json.dumps(copied, indent=1), encoding="utf-8")
    return folder


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _opening_on(plan, unit, text):
    """Return the notebook with these parameters; unchanged if it opens with this plan anyway."""
    notebook = nbformat.reads(text, as_version=4)
    [cell] = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if f'plan: str = "{plan}"' in cell.source:
        return text
    for name, value in {"plan": plan, "unit": unit}.items():
        literal = json.dumps(value, ensure_ascii=False).replace("\\", r"\\")  # for re.sub
        cell.source = re.sub(rf'{name}: str = ".*?"', f"{name}: str = {literal}", cell.source)
    return nbformat.writes(notebook)


def open_lab(folder: Path, returns: Path | None = None, browser: bool = True) -> None:
    """Run JupyterLab in `folder` until it is closed or this process is asked to end.

    It listens on the loopback address only and keeps its token. Notebooks opened there read
    `returns`, or the returns of their plan. The address is printed once it can be opened.
    """
    root = str(folder.resolve())
    private_sockets = os.name == "posix" and len(jupyter_runtime_dir()) < 50
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": root,
        "ServerApp.open_browser": str(browser),
        "Application.log_level": "WARN",
        "ServerApp.answer_yes": "True",  # Ctrl-C ends it without a question in English
        "ServerApp.allow_root": "True",
        "LabApp.default_url": f"/{_FIRST_PAGE}",
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        # defaults that the user's own settings still override
        "LabApp.app_settings_dir": str(paths.LAB),
        # a layout apart from that of the user's other work
        "LabApp.workspaces_dir": f"{root}/.workspaces",
        # the one of this installation: nothing to choose
        "KernelSpecManager.allowed_kernelspecs": "python3",
        # Sockets that only their owner reads, where the system has them and takes their names (at
        # most 103 bytes).
        "KernelManager.transport": "ipc" if private_sockets else "tcp",
    }
    os.environ |= {"JUPYTER_PREFER_ENV_PATH": "1", "PCMD_ROOT": str(paths.ROOT), "PCMD_LAB": root}
    # Before all others, a kernel that completes without jedi: names of columns come at once.
    places = [str(paths.LAB / "jupyter"), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, places))
    os.environ["JUPYTER_TOKEN"] = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    if returns:
        os.environ["PCMD_RETURNS"] = str(returns.resolve())
    server = LabApp.initialize_server([f"--{key}={value}" for key, value in settings.items()])
    address = f"{server.connection_url}{_FIRST_PAGE}?token={server.identity_provider.token}"
    line = f"Mở trong trình duyệt (Ctrl+C để dừng): {address}"
    server.io_loop.add_callback(print, line, flush=True)  # after what takes the port
    server.start()
