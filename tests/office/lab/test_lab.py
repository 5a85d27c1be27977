"""`pcmd-eval lab`: a working copy, the loopback address with its token, and the panel in a real
browser.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import faces
import nbformat
import pytest

from pcmd_eval.office.lab.jupyter import copy_notebooks
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

if TYPE_CHECKING:  # takes a second to import, which slow tests alone need
    from playwright.sync_api import Page

NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RULE = 'Số quý có tuyên truyền để coi là "thường xuyên"'
posix = pytest.mark.skipif(os.name == "nt", reason="ended by a signal")


def test_copy_notebooks_follows_its_templates_and_keeps_changes(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call adds what is missing and refreshes what nobody edited, as after an upgrade."""
    templates = Path(shutil.copytree(paths.NOTEBOOKS, tmp_path / "notebooks"))
    monkeypatch.setattr(paths, "NOTEBOOKS", templates)
    folder = copy_notebooks(tmp_path / "lab", plan, plan.name)
    names = {path.name for path in templates.glob("*.ipynb")}
    assert {path.name for path in folder.glob("*.ipynb")} == names
    assert all((folder / name).read_bytes() == (templates / name).read_bytes() for name in names)
    edited, deleted, plain = (
        folder / name for name in ("5_media.ipynb", "6_enforcement.ipynb", "2_integration.ipynb")
    )
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    deleted.unlink()
    for name in (edited.name, plain.name):
        text = (templates / name).read_text(encoding="utf-8")
        text = text.replace("## Hạn chế", "## Hạn chế mới")
        (templates / name).write_text(text, encoding="utf-8", newline="\n")
    copy_notebooks(folder, plan, plan.name)
    assert deleted.exists() and "Hạn chế mới" in plain.read_text(encoding="utf-8")
    assert "Hạn chế mới" not in edited.read_text(encoding="utf-8")


def test_copy_notebooks_of_another_plan_opens_on_its_units(tmp_path: Path) -> None:
    """Only those of its objectives; a plan given as a file is named by its whole path, whatever
    stands in that.
    """
    file = tmp_path / 'kế "hoạch" \\1.yaml'
    shutil.copy(paths.PLANS / "thua_thien_hue_2017.yaml", file)
    plan = load_plan(str(file))
    folder = copy_notebooks(tmp_path / "lab", plan, str(file))
    names = {"2_integration", "6_enforcement", "district_review", "province_review", "explore"}
    assert {path.stem for path in folder.glob("*.ipynb")} == names
    for path in folder.glob("*.ipynb"):
        cells = nbformat.read(path, 4).cells
        parameters: dict[str, str] = {}
        exec(
            next(c.source for c in cells if "parameters" in c.metadata.get("tags", [])), parameters
        )
        assert parameters["plan"] == str(file.resolve())
        assert parameters["unit"] == (
            plan.province if path.stem == "province_review" else plan.reporting_units.index[0]
        )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, and the address that it prints; a home of its own, so that no setting of
    a user counts.
    """
    home = tmp_path_factory.mktemp("lab")
    output = str(home / "output")
    command = [sys.executable, "-m", "pcmd_eval", "lab", "--no-browser", "--output", output]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "HOME": str(home)},
    ) as server:
        try:
            assert server.stdout
            address = re.fullmatch(
                r"Mở trong trình duyệt \(Ctrl\+C để dừng\): (http\S+)\n", server.stdout.readline()
            )
            assert address
            yield server, address[1]
        finally:
            server.send_signal(signal.SIGTERM)


@pytest.fixture
def page(lab: tuple[subprocess.Popen[str], str], tmp_path_factory) -> Iterator["Page"]:
    """explore.ipynb as it opens, without a click, at 1280 pixels; it says nothing wrong and asks nothing of
    another machine.
    """
    if not shutil.which("chromium"):
        pytest.skip("no chromium")
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    local = re.compile(r"http://127\.0\.0\.1:|data:|blob:")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            env=faces.environment(tmp_path_factory.mktemp("faces")),
        )
        panel = browser.new_page(viewport={"width": 1280, "height": 800})
        panel.set_default_timeout(120_000)
        panel.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        panel.on("pageerror", lambda error: faults.append(str(error)))
        panel.on("request", lambda one: local.match(one.url) or faults.append(one.url))
        panel.goto(lab[1])
        panel.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        panel.locator(f"{NOTEBOOK} .pcmd-answer img >> nth=0").wait_for()
        panel.locator(f"{NOTEBOOK} .pcmd-page >> nth=1").wait_for()
        panel.get_by_text("Còn thiếu gì để kết luận").last.wait_for()
        yield panel
        panel.close()
    assert faults == []


def counts(page: "Page") -> dict[str, str]:
    """The last table but one of the panel: low, high, needed, total and verdict by the names of its
    rows.
    """
    rows = page.locator(f"{NOTEBOOK} .pcmd-answer table >> nth=1").locator("tbody tr").all()
    return {
        row.locator("th").inner_text(): " ".join(row.locator("td").all_inner_texts())
        for row in rows
    }


@pytest.mark.slow
@posix
def test_panel_in_a_browser_answers_mouse_and_keyboard(page: "Page") -> None:
    """By mouse and by keyboard: 21 of 28 communes in three quarters, 12 of 28 in all four, and
    back.
    """
    assert counts(page)["Huyện Đoan Hùng"] == "21 21 21 28 ● Đạt"
    assert page.get_by_text("Số tự tính").count() == 0  # the panel has its own signs
    editors = page.locator(f"{NOTEBOOK} .cm-editor").all()
    assert not any(editor.is_visible() for editor in editors), "no code in sight"
    assert page.locator(f"{NOTEBOOK} .pcmd-banner").count() == 0
    page.get_by_label(RULE).first.select_option(label="cả 04 quý")
    page.locator(f"{NOTEBOOK} .pcmd-banner").wait_for()
    assert counts(page)["Đang thử: Huyện Đoan Hùng"] == "12 12 21 28 ▲ Chưa đạt"
    for at in (*range(1, 6), 0):
        page.locator(f"{NOTEBOOK} .widget-radio-box input >> nth={at}").check()
        page.locator(f"{NOTEBOOK} .pcmd-answer img[alt*='. {at + 1}. '] >> nth=0").wait_for()
    page.locator(f"{NOTEBOOK} .widget-radio-box input >> nth=0").focus()
    page.keyboard.press("ArrowDown")
    page.locator(f"{NOTEBOOK} .pcmd-answer img[alt*='. 2. '] >> nth=0").wait_for()
    page.keyboard.press("ArrowUp")
    page.locator(f"{NOTEBOOK} .pcmd-answer img[alt*='. 1. '] >> nth=0").wait_for()
    page.get_by_role("button", name="Đặt lại").focus()
    page.keyboard.press("Space")
    page.locator(f"{NOTEBOOK} .pcmd-banner").wait_for(state="detached")
    assert counts(page)["Huyện Đoan Hùng"] == "21 21 21 28 ● Đạt"


@pytest.mark.slow
@posix
def test_panel_in_a_narrow_window_stacks_and_cuts_nothing(page: "Page") -> None:
    """At 600 pixels, with a refused target; heads of long tables stay in sight at 1280."""
    room = page.locator(f"{NOTEBOOK} .jp-WindowedPanel-outer")
    for at in (0, -1):  # of `every_choice`, of missing data
        head = page.locator(f"{NOTEBOOK} .jp-RenderedHTML thead >> nth={at}")
        head.evaluate("e => e.nextSibling.lastChild.scrollIntoView()")
        assert head.locator("th >> nth=0").evaluate("e => e.getBoundingClientRect().top") > 0
    page.set_viewport_size({"width": 600, "height": 900})
    box = page.get_by_label("Chỉ tiêu của tỉnh").first
    box.fill("1")
    box.press("Enter")
    page.locator(f"{NOTEBOOK} .pcmd-refused").wait_for()
    assert room.evaluate("e => e.scrollWidth <= e.clientWidth")
    choices, answer = (
        page.locator(f"{NOTEBOOK} .pcmd-{name}").evaluate("e => e.getBoundingClientRect().toJSON()")
        for name in ("choices", "answer")
    )
    assert answer["top"] >= choices["bottom"] and answer["left"] <= choices["left"] + 5


@pytest.mark.slow
@posix
def test_lab_listens_on_loopback_with_a_token_and_ends_with_its_command(
    lab: tuple[subprocess.Popen[str], str],
) -> None:
    """The address answers, without the token nothing does; TERM to the command ends JupyterLab,
    too.
    """
    server, address = lab
    match = re.fullmatch(
        r"(http://127\.0\.0\.1:\d+)/lab/tree/explore\.ipynb\?token=(\w{32,})", address
    )
    assert match
    with urllib.request.urlopen(f"{match[1]}/api/contents?token={match[2]}", timeout=120) as answer:
        assert b"1_communication.ipynb" in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{match[1]}/api/contents", timeout=120)
    server.send_signal(signal.SIGTERM)
    assert server.wait(120) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=120)
