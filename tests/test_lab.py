"""`pcmd-eval lab`: JupyterLab on a working copy, on the loopback address, with its token."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pcmd_eval import paths
from pcmd_eval.commands.lab import working_copy


def test_the_working_copy_holds_every_template_and_keeps_what_was_changed(tmp_path: Path) -> None:
    """A second call adds what is missing and overwrites nothing."""
    names = {path.name for path in paths.NOTEBOOKS.glob("*.ipynb")}
    folder = working_copy(tmp_path / "lab")
    assert {path.name for path in folder.iterdir()} == names
    (folder / "5_media.ipynb").write_text("changed", encoding="utf-8")
    (folder / "6_enforcement.ipynb").unlink()
    working_copy(folder)
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "5_media.ipynb").read_text(encoding="utf-8") == "changed"


def test_every_key_that_acts_on_cells_acts_only_where_a_cell_has_the_focus() -> None:
    """With a control of the panel in focus arrows and letters are the control's own; all such keys of JupyterLab."""
    schema = Path(sys.prefix, "share/jupyter/lab/schemas/@jupyterlab/notebook-extension/tracker.json")
    shortcuts = json.loads(schema.read_text(encoding="utf-8"))["jupyter.lab.shortcuts"]
    everywhere = [s for s in shortcuts if s["selector"].endswith(":not(.jp-mod-readWrite) :focus") and s["keys"]]
    taken = [s for s in everywhere if not s["keys"][-1].endswith("Enter")]  # to run a cell is no accident
    ours = json.loads((paths.LAB / "overrides.json").read_text(encoding="utf-8"))
    rules = ours["@jupyterlab/shortcuts-extension:shortcuts"]["shortcuts"]
    off = {(s["command"], *s["keys"], s["selector"]) for s in rules if s.get("disabled")}
    on = {(s["command"], *s["keys"], s["selector"]) for s in rules if not s.get("disabled")}
    assert off == {(s["command"], *s["keys"], s["selector"]) for s in taken}
    assert on == {(s["command"], *s["keys"], s["selector"].replace(" :focus", " .jp-Cell:focus")) for s in taken}
    assert len(taken) > 30


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the server is ended by a signal to its group")
def test_it_opens_on_loopback_with_its_token_and_the_templates_stay_clean(tmp_path: Path) -> None:
    """The address it prints answers; without the token nothing does; it listens on 127.0.0.1 alone."""
    before = {path.name: path.read_bytes() for path in paths.NOTEBOOKS.glob("*.ipynb")}
    command = [sys.executable, "-m", "pcmd_eval", "lab", "--no-browser", "--output", str(tmp_path)]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "HOME": str(tmp_path)}
    )
    try:
        assert server.stdout
        said = r"Mở trong trình duyệt \(Ctrl\+C để dừng\): (http://127\.0\.0\.1:\d+)/lab/tree/explore\.ipynb\?token=(\w+)\n"
        address = re.fullmatch(said, server.stdout.readline())
        assert address
        deadline = time.monotonic() + 60
        assert b"1_communication.ipynb" in _answer(f"{address[1]}/api/contents?token={address[2]}", deadline)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address[1]}/api/contents", timeout=30)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert {path.name: path.read_bytes() for path in paths.NOTEBOOKS.glob("*.ipynb")} == before


def _answer(address: str, deadline: float) -> bytes:
    """What the server says, once it listens: it prints its address a moment before."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.read()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
