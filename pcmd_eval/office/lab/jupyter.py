"""Run JupyterLab, for this machine only, on a copy of the notebooks: the templates stay clean."""

import json
import os
import re
import secrets
import shutil
from functools import partial
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp
from nbclient import NotebookClient

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.files import make_private_folder
from pcmd_eval.util.hashes import hash_file

_FIRST_NOTEBOOK = "explore.ipynb"
_FIRST_PAGE = f"lab/tree/{_FIRST_NOTEBOOK}"
_LIST_OF_NAMES = "cac-ten.md"  # what the notebooks link to
_RECORD = ".copied.json"  # by file name, the hash of each copy as we wrote it


def copy_notebooks(folder: Path, plan: Plan, typed_name: str) -> Path:
    """Copy the templates that a plan needs into `folder`, and return the folder.

    An unchanged copy is replaced when its template is upgraded; one that an analyst edited is kept.
    Each copy has `plan` (`typed_name`: a name or the path of a .yaml) and `unit` as parameters.
    """
    plan_name = str(Path(typed_name).resolve()) if typed_name.endswith(".yaml") else typed_name
    make_private_folder(folder)
    if not (folder / ".workspaces").exists():
        # A layout with the list of files folded away, so that the notebook has room.
        shutil.copytree(paths.LAB / "workspaces", folder / ".workspaces")
    shutil.copy(paths.NOTEBOOKS / _LIST_OF_NAMES, folder)
    record = folder / _RECORD
    hashes = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    endings = {*plan.by_slug, "review", ""}  # what follows "_" in a name; "" in explore.ipynb
    for template in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        copy = folder / template.name
        is_extra = template.stem in plan.extra_notebooks
        if template.stem.partition("_")[2] not in endings and not is_extra:
            continue
        if copy.exists() and hash_file(copy) != hashes.get(template.name):
            continue  # an analyst changed it
        is_province = template.stem.startswith("province")
        unit = plan.province if is_province else plan.reporting_units.index[0]
        text = _with_parameters(template.read_text(encoding="utf-8"), plan_name, unit)
        if not copy.exists() or copy.read_bytes() != text.encode():
            copy.write_text(text, encoding="utf-8", newline="\n")
        hashes[template.name] = hash_file(copy)
    record.write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    return folder


def _with_parameters(text: str, plan: str, unit: str) -> str:
    """Set plan and unit in the parameters cell of a notebook (JSON text); unchanged if it has the
    plan.
    """
    notebook = nbformat.reads(text, as_version=4)
    [cell] = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if f'plan: str = "{plan}"' in cell.source:
        return text
    for name, value in {"plan": plan, "unit": unit}.items():
        # Backslashes are doubled: re.sub would take them for references to groups.
        literal = json.dumps(value, ensure_ascii=False).replace("\\", r"\\")
        cell.source = re.sub(rf'{name}: str = ".*?"', f"{name}: str = {literal}", cell.source)
    return nbformat.writes(notebook)


def open_lab(folder: Path, returns: Path | None = None, browser: bool = True) -> None:
    """Run JupyterLab in `folder` until it is closed or this process is asked to end.

    It listens on the loopback address only and requires its token. Notebooks opened there read
    `returns`, or the returns of their plan. The address is printed once it can be opened. Changes
    the environment of this process.
    """
    root = str(folder.resolve())
    # Names of sockets have 103 bytes at most: 50 leave room for the file name.
    has_private_sockets = os.name == "posix" and len(jupyter_runtime_dir()) < 50
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
        # files that only their owner can read, instead of ports open to every user of the machine
        "KernelManager.transport": "ipc" if has_private_sockets else "tcp",
    }
    os.environ |= {"JUPYTER_PREFER_ENV_PATH": "1", "PCMD_ROOT": str(paths.ROOT), "PCMD_LAB": root}
    # First our kernel specification: without jedi, completion knows the columns of frames at once.
    kernel_folders = [str(paths.LAB / "jupyter"), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, kernel_folders))
    os.environ["JUPYTER_TOKEN"] = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    if returns:
        os.environ["PCMD_RETURNS"] = str(returns.resolve())
    server = LabApp.initialize_server([f"--{key}={value}" for key, value in settings.items()])
    server.io_loop.run_sync(partial(_execute, server, folder / _FIRST_NOTEBOOK))
    server.init_signal()  # nbclient takes its handlers of signals away
    address = f"{server.connection_url}{_FIRST_PAGE}?token={server.identity_provider.token}"
    line = f"Mở trong trình duyệt (Ctrl+C để dừng): {address}"
    server.io_loop.add_callback(print, line, flush=True)  # runs when the port is open
    server.start()


async def _execute(server: ServerApp, file: Path) -> None:
    """Run a notebook in the kernel that JupyterLab finds when it opens the notebook, and keep its
    outputs: the panel is there without a click. An error shows in the cell that made it.
    """
    session = await server.session_manager.create_session(
        path=file.name, name=file.name, type="notebook", kernel_name="python3"
    )
    manager = server.kernel_manager.get_kernel(session["kernel"]["id"])
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(notebook, km=manager, allow_errors=True, store_widget_state=False)
    await client.async_execute(cleanup_kc=False)  # the kernel goes on
    assert client.kc
    client.kc.stop_channels()
    nbformat.write(notebook, file)
    server.contents_manager.notary.sign(notebook)  # JupyterLab shows no widget that is not trusted
