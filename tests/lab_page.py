"""A real JupyterLab of the project with a real browser on it: for its tests and for the pictures of the tutorial."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pcmd_eval import paths

NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
ANSWER = f"{NOTEBOOK} .pcmd-answer >> nth=0"
ANSWER_CSS = f"{NOTEBOOK} .pcmd-answer"
CELLS = f"{NOTEBOOK} .jp-Cell"
_LOCAL = r"http://127\.0\.0\.1:|data:|blob:"
_KERNEL = """async name => (await (await fetch('/api/sessions')).json()).some(
  s => s.path === name && s.kernel && s.kernel.execution_state === 'idle' && s.kernel.connections > 0)"""
_DONE = """() => {
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
  const indicator = panel && panel.querySelector('.jp-Notebook-ExecutionIndicator');
  return indicator && indicator.dataset.status === 'idle' && !/\\[\\*\\]/.test(panel.textContent);
}"""


def copied_root(folder: Path) -> Path:
    """The project's data and notebooks in a folder of their own, so that nothing is saved into the repository."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("*.gz"))
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks")
    return folder


@contextmanager
def lab(root: Path, home: Path, *more: str) -> Iterator[str]:
    """Run `pcmd-eval lab --no-browser` with a home of its own; gives the address that it prints, and ends it."""
    home.mkdir(parents=True, exist_ok=True)
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "IPYTHONDIR": str(home / "ipython")}
    command = [sys.executable, "-m", "pcmd_eval", "lab", "--no-browser", *more]
    environment = {**os.environ, "HOME": str(home), "PCMD_ROOT": str(root), **own}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True, env=environment
    )
    try:
        assert server.stdout
        line = server.stdout.readline()
        found = re.fullmatch(r"Mở trong trình duyệt \(Ctrl\+C để dừng\): (http://127\.0\.0\.1:\d+/\S+)\n", line)
        assert found, line
        yield found[1]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium under Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


def watched_page(browser: Any, said: list[str], height: int = 800) -> Any:
    """A page at 1280 px; what goes wrong in it, and what it asks of other machines, is added to `said`."""
    page = browser.new_page(viewport={"width": 1280, "height": height})
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    page.on("request", lambda request: None if re.match(_LOCAL, request.url) else said.append(request.url))
    page.on("websocket", lambda socket: None if "//127.0.0.1:" in socket.url else said.append(socket.url))
    return page


def open_notebook(page: Any, address: str, name: str = "explore.ipynb") -> None:
    """Open a notebook of the lab and wait for its kernel."""
    page.goto(f"{address.replace('explore.ipynb', name)}&reset")
    page.wait_for_selector(f"{NOTEBOOK} .jp-CodeCell", timeout=60_000)
    page.wait_for_function(_KERNEL, arg=name, timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)


def run_everything(page: Any) -> None:
    """Press the button of ours above the notebook, and wait until all cells have run."""
    page.locator(f"{NOTEBOOK} .jp-Toolbar").get_by_text("Chạy tất cả").click()
    page.wait_for_timeout(500)
    page.wait_for_function(_DONE, timeout=120_000)


def choose(page: Any, label: str, option: str) -> None:
    """Choose an option of a drop-down of the panel, and wait until the page has followed."""
    before = page.locator(ANSWER).inner_html()
    page.get_by_label(label).first.select_option(label=option)
    followed(page, before)


def followed(page: Any, before: str) -> None:
    """Wait until the answer is another one than `before`."""
    page.wait_for_function("([css, old]) => document.querySelector(css).innerHTML !== old", arg=[ANSWER_CSS, before])


def numbers(page: Any) -> dict[str, list[str]]:
    """The table of numbers in the answer, by the names of its rows."""
    rows = page.locator(f"{ANSWER_CSS} >> nth=0").locator("table tbody tr").all()
    return {row.locator("th").inner_text(): [cell.inner_text() for cell in row.locator("td").all()] for row in rows}


def province(page: Any) -> dict[str, list[str]]:
    """The province's verdicts by the plan and as tried, by the numbers of the objectives."""
    rows = page.locator(f"{NOTEBOOK} .pcmd-beside table tbody tr").all()
    return {row.locator("th").inner_text()[0]: [c.inner_text() for c in row.locator("td").all()] for row in rows}
