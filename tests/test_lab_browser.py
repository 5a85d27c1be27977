"""The lab as an analyst meets it: a real browser on a real JupyterLab, by mouse and by keyboard, against the oracle."""

import base64
import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from independent import findings
from lab_page import (
    ANSWER,
    CELLS,
    NOTEBOOK,
    choose,
    chromium,
    copied_root,
    followed,
    lab,
    numbers,
    open_notebook,
    province,
    run_everything,
    watched_page,
)

from pcmd_eval import paths
from pcmd_eval.notebook import open_case
from pcmd_eval.what_if import TRIAL
from pcmd_eval.wording import LOOKS, Verdict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("chromium") or os.name == "nt", reason="no chromium, or no process groups"),
]
PLAN = "phu_tho_2017"
REGISTER = paths.UNITS / "phu_tho_2017.csv"
QUARTERS = 'Số quý có tuyên truyền để coi là "thường xuyên"'
DOAN_HUNG, HA_HOA, PROVINCE = "Huyện Đoan Hùng", "Huyện Hạ Hoà", "Tỉnh Phú Thọ"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_root(tmp_path_factory.mktemp("lab") / "dự án")


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    with lab(root, root.parent / "home") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api")
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that afterwards has said nothing wrong and asked nothing of another machine."""
    said: list[str] = []
    opened = watched_page(browser, said)
    yield opened
    opened.close()
    assert said == []


@pytest.fixture
def explore(page: Any, address: str) -> Any:
    """explore.ipynb with all its cells run."""
    open_notebook(page, address)
    run_everything(page)
    page.wait_for_selector(f"{NOTEBOOK} .pcmd-answer img")
    return page


def oracle(code: str, objective: str = "communication", returns: Path | None = None, **rules: Any) -> list[str]:
    """Low, high, needed, total and verdict as the page prints them, computed by other code than the product's."""
    folder = returns or paths.returns_folder(PLAN)
    row = next(r for r in findings(folder, REGISTER, rules) if (r["unit_code"], r["objective"]) == (code, objective))
    look = LOOKS[Verdict(row["verdict"])]
    return [*(str(row[name]) for name in ("low", "high", "needed", "total")), f"{look.shape} {look.word}"]


def test_it_opens_on_the_page_with_all_code_hidden_and_runs_from_one_button(explore: Any) -> None:
    """By the plan Đoan Hùng has 21 of 28; after the run the panel is in sight, and no code."""
    assert numbers(explore) == {DOAN_HUNG: oracle("230"), PROVINCE: oracle("25")}
    assert oracle("230")[:4] == ["21", "21", "21", "28"]
    assert explore.get_by_label("Đơn vị").first.is_visible()
    assert all(not editor.is_visible() for editor in explore.locator(f"{NOTEBOOK} .cm-editor").all())
    assert TRIAL not in explore.locator(ANSWER).inner_text()
    assert all(now == tried for now, tried in province(explore).values())


def test_every_quarter_by_mouse_changes_what_it_should_and_nothing_else_and_is_reset(explore: Any) -> None:
    """The question of a person who knows Excel: with four quarters it is 12 of 28, missed."""
    before = numbers(explore)
    choose(explore, QUARTERS, "cả 4 quý")
    assert numbers(explore) == {
        f"{DOAN_HUNG}, đang áp dụng": before[DOAN_HUNG],
        f"{DOAN_HUNG}, đang thử": oracle("230", active_quarters=4),
        f"{PROVINCE}, đang áp dụng": before[PROVINCE],
        f"{PROVINCE}, đang thử": oracle("25", active_quarters=4),
    }
    assert oracle("230", active_quarters=4) == ["12", "12", "21", "28", "▲ Chưa đạt"]
    assert [key for key, (now, tried) in province(explore).items() if now != tried] == ["1"]
    assert "cả 4 quý (kế hoạch đang dùng: ít nhất 3 quý)" in explore.locator(".pcmd-told").first.inner_text()
    shown = explore.locator(ANSWER).inner_html()
    explore.get_by_role("button", name="Đặt lại").click()
    followed(explore, shown)
    assert numbers(explore) == before
    assert explore.locator(".pcmd-told").first.inner_text().strip() == ""


def test_a_unit_and_another_objective_by_mouse(explore: Any) -> None:
    """Hạ Hoà has a case that is not handled; pending cases counted as handled, it has none."""
    choose(explore, "Đơn vị", HA_HOA)
    assert numbers(explore) == {HA_HOA: oracle("231"), PROVINCE: oracle("25")}
    choose(explore, "Chỉ tiêu", "6. Phát hiện và xử lý vi phạm")
    assert numbers(explore)[HA_HOA] == oracle("231", "enforcement")
    choose(explore, "Vụ việc đang xử lý ở thời điểm chốt số liệu", "tính là đã xử lý")
    assert numbers(explore)[f"{HA_HOA}, đang thử"] == oracle("231", "enforcement", pending="handled")
    assert explore.get_by_label(QUARTERS).count() == 0, "only the rules of this objective"


def test_the_keyboard_alone_changes_unit_and_rule_and_resets_and_never_touches_a_cell(explore: Any) -> None:
    """Arrow keys and letters belong to the control that has the focus, Tab leads on, Space presses a button."""
    cells = explore.locator(CELLS).count()
    explore.get_by_label("Đơn vị").first.focus()
    before = explore.locator(ANSWER).inner_html()
    explore.keyboard.press("ArrowDown")
    followed(explore, before)
    assert numbers(explore)[HA_HOA] == oracle("231")
    explore.keyboard.press("Tab")
    explore.keyboard.press("Tab")
    before = explore.locator(ANSWER).inner_html()
    explore.keyboard.press("ArrowDown")
    followed(explore, before)
    assert numbers(explore)[f"{HA_HOA}, đang thử"] == oracle("231", active_quarters=4)
    for key in ("a", "b", "d", "d", "x", "z"):
        explore.keyboard.press(key)
    for _ in range(2):  # the other rule, late returns
        explore.keyboard.press("Tab")
    before = explore.locator(ANSWER).inner_html()
    explore.keyboard.press("Space")
    followed(explore, before)
    assert "Không tính báo cáo gửi muộn" in explore.locator(".pcmd-told").first.inner_text()
    explore.keyboard.press("Tab")
    before = explore.locator(ANSWER).inner_html()
    explore.keyboard.press("Space")
    followed(explore, before)
    assert numbers(explore) == {HA_HOA: oracle("231"), PROVINCE: oracle("25")}
    assert explore.locator(CELLS).count() == cells
    explore.locator(f"{CELLS} >> nth=0").click()
    explore.keyboard.press("Escape")
    explore.keyboard.press("b")
    explore.wait_for_function("([css, n]) => document.querySelectorAll(css).length === n", arg=[CELLS, cells + 1])


def test_without_late_returns_it_is_as_if_they_had_not_come(explore: Any, tmp_path: Path) -> None:
    """The oracle reads a folder in which the late files do not lie."""
    case = open_case(PLAN, "230")
    late = {row.file for row in case.evidence.returns if row.counts and row.late}
    for path in paths.returns_folder(PLAN).glob("*.xlsx"):
        if path.name not in late:
            shutil.copy(path, tmp_path)
    before = explore.locator(ANSWER).inner_html()
    explore.get_by_text("Tính cả báo cáo gửi muộn").click()
    followed(explore, before)
    assert numbers(explore)[f"{PROVINCE}, đang thử"] == oracle("25", returns=tmp_path)
    assert oracle("25", returns=tmp_path) != oracle("25")


def test_no_picture_of_a_trial_passes_for_the_finding(explore: Any) -> None:
    """The mark is in the picture itself, twice as high as that of made-up figures alone, and round every part."""
    official = _depth_of_mark(explore)
    choose(explore, QUARTERS, "ít nhất 1 quý")
    assert official < 24 < _depth_of_mark(explore), "one line of marks, and two"
    for part in ("answer", "beside"):
        framed = explore.locator(f"{NOTEBOOK} .pcmd-{part} .pcmd-trial").first
        assert framed.evaluate("e => getComputedStyle(e).borderStyle") == "double"
    assert TRIAL in explore.locator(f"{ANSWER} >> img").first.get_attribute("alt")


def test_nothing_crosses_its_frame_at_1280_pixels_with_the_list_of_files_open(explore: Any) -> None:
    """Every table of the panel and of the choices is as wide as its place, or less."""
    choose(explore, QUARTERS, "cả 4 quý")
    wide = """() => [...document.querySelectorAll('.pcmd-page, .pcmd-side, .pcmd-side > div')].map(place =>
      [...place.querySelectorAll('table, img')].some(part =>
        part.getBoundingClientRect().right > place.getBoundingClientRect().right + 1))"""
    found = explore.evaluate(wide)
    assert len(found) > 6 * 3 and not any(found)


def test_choices_that_exclude_each_other_leave_no_finding_of_another_unit(explore: Any) -> None:
    """Refused, the panel is blank for whatever is chosen then; reset, it shows that."""
    choose(explore, QUARTERS, "cả 4 quý")
    choose(explore, "Các quý được xét", "chỉ quý II đến quý IV")
    explore.get_by_label("Đơn vị").first.select_option(label=HA_HOA)
    explore.get_by_label("Chỉ tiêu").first.select_option(index=4)
    told = explore.locator(".pcmd-told").first
    assert "Chỉ tiêu 1. Tuyên truyền" in told.inner_text() and "không đi cùng nhau" in told.inner_text()
    assert explore.locator(f"{ANSWER} >> table").count() == 0 and province(explore) == {}
    before = explore.locator(ANSWER).inner_html()
    explore.get_by_role("button", name="Đặt lại").click()
    followed(explore, before)
    assert PROVINCE in numbers(explore) and HA_HOA in numbers(explore)


def _depth_of_mark(page: Any) -> int:
    """How far down (pixels) the right half of the picture's head holds the colour of marks."""
    from PIL import Image

    source = page.locator(f"{ANSWER} >> img").first.get_attribute("src")
    image = Image.open(BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGB")
    right = range(image.width // 2, image.width)
    return max(y for y in range(45) if any(image.getpixel((x, y)) == (0xA3, 0x47, 0x00) for x in right))


def test_the_cells_behind_the_finding_are_there(explore: Any) -> None:
    """Đoan Hùng's cells with what each counts as; for the province one fold for each reporter."""
    explore.get_by_role("button", name="Xem từng ô").click()
    explore.wait_for_selector(".pcmd-scroll table")
    rows = explore.locator(".pcmd-scroll tbody tr")
    assert rows.count() > 28 * 3
    assert {"Thị trấn Đoan Hùng", "Quý I", "E5"} <= set(rows.first.locator("th, td").all_inner_texts())
    choose(explore, "Đơn vị", PROVINCE)
    explore.wait_for_function("document.querySelectorAll('.pcmd-scroll details').length === 13")
    assert not explore.locator(".pcmd-scroll table").first.is_visible()
    explore.locator(".pcmd-scroll summary").first.click()
    assert explore.locator(".pcmd-scroll table").first.is_visible()


def test_chosen_rules_are_saved_as_a_plan_that_runs(explore: Any, root: Path, tmp_path: Path) -> None:
    """The plan stands in the scratch root; `evaluate --plan` gives the oracle's findings; no shipped one is lost."""
    choose(explore, QUARTERS, "cả 4 quý")
    name, save = explore.get_by_label("Tên kế hoạch mới"), explore.get_by_role("button", name="Lưu thành kế hoạch")
    name.fill("phu_tho_2017")
    save.click()
    explore.get_by_text("Chọn tên khác").wait_for()
    name.fill("thu_bon_quy")
    save.click()
    explore.get_by_text("Đã lưu thu_bon_quy.yaml").wait_for()
    shipped = (paths.PLANS / "phu_tho_2017.yaml").read_bytes()
    assert (root / "data" / "plans" / "phu_tho_2017.yaml").read_bytes() == shipped
    command = [sys.executable, "-m", "pcmd_eval", "evaluate", "--plan", "thu_bon_quy", "--output", str(tmp_path)]
    command += ["--returns", str(root / "data" / "returns" / PLAN)]
    subprocess.run(command, env={**os.environ, "PCMD_ROOT": str(root)}, check=True, capture_output=True)
    with (tmp_path / "internal" / "findings.csv").open(encoding="utf-8", newline="") as lines:
        row = next(r for r in csv.DictReader(lines) if (r["unit_code"], r["objective"]) == ("230", "communication"))
    assert [row[name] for name in ("low", "high", "needed", "total")] == oracle("230", active_quarters=4)[:4]
    assert not (paths.PLANS / "thu_bon_quy.yaml").exists()


def test_an_objective_notebook_runs_for_another_unit_typed_into_its_parameters(page: Any, address: str) -> None:
    """Nothing but the unit is changed, in the cell that everybody sees."""
    open_notebook(page, address, "1_communication.ipynb")
    editor = page.locator(f"{NOTEBOOK} .jp-CodeCell .cm-content").first
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text('plan: str = "phu_tho_2017"\nunit: str = "231"')
    run_everything(page)
    low, high, needed, total, _ = oracle("231")
    text = page.locator(NOTEBOOK).inner_text()
    assert HA_HOA in text
    box = page.locator(f"{NOTEBOOK} .finding").first
    box.wait_for()
    assert f"{low}" in box.inner_text() and f"{high}" in box.inner_text()
    assert f"Mức cần đạt: {needed}/{total}" in box.inner_text()
    box.locator("summary").click()
    assert box.locator("details tbody tr").count() > 31 * 3, "the cells behind it, in a notebook that no batch runs"
    assert "NỘI BỘ" in box.locator("details").inner_text()
