"""The pages of a set: true to the findings, readable by everyone, and nothing in them runs or is fetched."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from openpyxl import load_workbook

from pcmd_eval import paths
from pcmd_eval.cli import main
from pcmd_eval.findings import COLUMNS, Finding
from pcmd_eval.jobs import Job, jobs_of
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence
from pcmd_eval.page import page_bytes
from pcmd_eval.project import Project, open_project
from pcmd_eval.returns import read_returns
from pcmd_eval.site import findings_workbook, site_files
from pcmd_eval.wording import LOOKS, Verdict

PLAN = "phu_tho_2017"
OUTSIDE = re.compile(r"""(?:src|href|srcset|action|data)\s*=\s*["']?\s*(?:https?:)?//|url\(|@import""", re.IGNORECASE)


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(PLAN)


@pytest.fixture(scope="module")
def evidence(project: Project) -> Evidence:
    return read_returns(paths.returns_folder(PLAN), project.plan, project.form, project.register).evidence


@pytest.fixture(scope="module")
def findings(evidence: Evidence) -> list[Finding]:
    return evaluate(evidence)


@pytest.fixture(scope="module")
def files(project: Project, evidence: Evidence, findings: list[Finding]) -> dict[str, bytes]:
    return site_files(project, evidence, findings, jobs_of(project), {})


# ---- the first page --------------------------------------------------------------------------------------------------


def test_the_matrix_shows_every_verdict_by_word_and_shape_and_leads_to_its_page(project, findings, files):
    page = BeautifulSoup(files["index.html"], "html.parser")
    links = {a["href"]: a.get_text(" ", strip=True) for a in page.select(".matrix td a")}
    assert len(links) == 14 * 6
    by_place = {job.place: job for job in jobs_of(project)}
    verdicts = {(f.unit_code, f.objective): f.verdict for f in findings}
    for href, words in links.items():
        job = by_place[href.removesuffix(".html")]
        look = LOOKS[verdicts[job.unit, job.notebook.partition("_")[2]]]
        assert words == f"{look.shape} {look.word}"
    reviews = {a["href"].removesuffix(".html") for a in page.select(".matrix th[scope=row] a")}
    assert reviews == {place for place, job in by_place.items() if "review" in job.notebook}
    text = page.get_text(" ")
    assert all(look.word in page.select_one(".legend-list").get_text() for look in LOOKS.values())
    assert all(f.reason in text for f in findings if f.unit_code == "25")
    assert "13/14 đơn vị" in text and "SỐ LIỆU MINH HỌA" in page.select_one("header").get_text()


def test_the_first_page_is_for_everyone_and_stands_alone(files):
    page = BeautifulSoup(files["index.html"], "html.parser")
    assert page.html["lang"] == "vi" and len(page.select("h1")) == 1 and page.title.string
    levels = [int(h.name[1]) for h in page.find_all(re.compile(r"^h\d$"))]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(th.get("scope") in ("col", "row") for th in page.find_all("th"))
    assert all(len(img["alt"]) > 20 for img in page.find_all("img"))
    assert all(region.get("tabindex") == "0" for region in page.select(".scroll"))
    assert not page.find_all("script") and not OUTSIDE.search(files["index.html"].decode())
    local = {a["href"] for a in page.find_all("a")} | {img["src"] for img in page.find_all("img")}
    assert {place for place in local if not place.endswith(".html")} == set(files) - {"index.html"}


def test_what_is_missing_is_said_in_its_place(project, evidence, findings):
    jobs = jobs_of(project)
    lost = [job for job in jobs if job.unit == "230" and job.notebook in ("1_communication", "district_review")]
    page = site_files(project, evidence, findings, jobs, dict.fromkeys(lost, "<b>lỗi</b>"))["index.html"].decode()
    assert page.count("chưa đánh giá: &lt;b&gt;lỗi&lt;/b&gt;") == 2
    assert "230-doan-hung/1_communication.html" not in page and "còn thiếu 2 sổ" in page


def test_a_plan_without_boundaries_has_no_map_and_real_returns_no_banner(project, evidence, findings):
    units = project.plan.units.model_copy(update={"boundaries": None})
    bare = replace(project, plan=project.plan.model_copy(update={"units": units}))
    real = replace(evidence, returns=tuple(replace(r, illustrative=False) for r in evidence.returns))
    made = site_files(bare, real, findings, jobs_of(bare), {})
    assert set(made) == {"index.html", "findings.csv", "findings.xlsx"}
    assert b"map.png" not in made["index.html"] and "MINH HỌA" not in made["index.html"].decode()


def test_every_text_colour_is_readable_on_every_ground():
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    texts = [*(look.text_colour for look in LOOKS.values()), "#00538a", "#8a3c00", "#4a4a4a"]
    for text in texts:
        for ground in ("#ffffff", "#f8fafb", "#f1f5f8"):
            light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


# ---- the table for people --------------------------------------------------------------------------------------------


def test_the_workbook_holds_numbers_as_numbers_and_text_as_text(project, findings):
    shown = [replace(findings[0], reason='=HYPERLINK("http://x")'), *findings[1:]]
    content = findings_workbook(project, shown, True)
    assert content == findings_workbook(project, shown, True)
    sheet = load_workbook(io.BytesIO(content)).active
    assert "SỐ LIỆU MINH HỌA" in sheet["A1"].value and sheet.max_row == 2 + len(findings)
    assert sheet.auto_filter.ref == f"A2:O{sheet.max_row}" and sheet.freeze_panes
    row = {column: sheet.cell(3, place) for place, column in enumerate(COLUMNS, 1)}
    assert (row["unit_code"].value, row["unit_code"].data_type) == (findings[0].unit_code, "s")
    assert (row["low"].value, row["low"].data_type) == (findings[0].low, "n")
    assert row["value_low"].value == float(findings[0].value_low) and row["value_low"].number_format == "0.00%"
    assert row["verdict"].value == f"{LOOKS[findings[0].verdict].shape} {LOOKS[findings[0].verdict].word}"
    assert (row["reason"].value, row["reason"].data_type) == ('=HYPERLINK("http://x")', "s")
    line = next(i for i, f in enumerate(findings, 3) if f.verdict is Verdict.NOT_APPLICABLE)
    assert [sheet.cell(line, place).value for place in range(7, 15)] == [None] * 8
    assert all(sheet.column_dimensions[letter].width >= 7 for letter in "ABCDEFGHIJKLMNO")


# ---- the page of a notebook ------------------------------------------------------------------------------------------


HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)"><svg onload=alert(3)></svg>
<iframe src="//x.y"></iframe>
<a href="javascript:alert(4)">a</a><a href=" JaVa&#9;Script:alert(5)">b</a><a href="data:text/html,<script>">c</a>
<p onclick="alert(6)" style="background:url(http://x.y);color:red">d</p><form action="http://x.y"><input></form>
<link rel=stylesheet href="http://x.y"><style>@import "http://x.y";</style><object data="http://x.y"></object>
<img src="http://x.y/a.png"><img src="data:image/svg+xml,<svg onload=alert(7)>"><base href="http://x.y">"""


def hostile_page() -> bytes:
    data = [
        {"text/html": HOSTILE, "text/plain": "x"},
        {"text/markdown": f"[k](javascript:alert(8))\n\n{HOSTILE}"},
        {"application/javascript": "alert(9)"},
        {"image/svg+xml": "<svg onload='alert(10)'/>"},
        {"text/latex": "<script>alert(11)</script>"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>alert(12)</script>"}},
        {"text/plain": HOSTILE},
    ]
    outputs = [new_output("display_data", one) for one in data]
    outputs.append(new_output("display_data", {"text/html": HOSTILE}, metadata={"text/html": {"isolated": True}}))
    outputs.append(new_output("stream", name="stdout", text=HOSTILE))
    outputs.append(
        new_output("display_data", {"image/png": "iVBORw0KGgo="}, metadata={"image/png": {"alt": 'Hình "1"'}})
    )
    cells = [
        new_markdown_cell(f"# Tiêu đề *một* <script>\n\n[m](javascript:alert(13)) ![n](http://x.y/b.png) {HOSTILE}"),
        new_code_cell("secret_code = 1", execution_count=1, outputs=outputs),
    ]
    for name, cell in zip(("words", "code"), cells, strict=True):
        cell.id = name
    return page_bytes(new_notebook(cells=cells), "Huyện <Đoan Hùng>", "../../index.html", True)


def test_nothing_from_data_runs_or_is_fetched_on_a_page():
    content = hostile_page().decode()
    page = BeautifulSoup(content, "html.parser")
    forbidden = ("script", "iframe", "object", "form", "input", "link", "base", "svg", "embed")
    assert not page.find_all(forbidden) and len(page.find_all("style")) == 1
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")], tag
        for name in ("href", "src"):
            address = tag.get(name, "")
            assert re.match(r"\.\./|data:image/(png|svg\+xml);base64,|$", address), tag
        assert "url(" not in tag.get("style", "")
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy


def test_a_page_hides_the_code_keeps_the_alternative_text_and_leads_back():
    content = hostile_page()
    page = BeautifulSoup(content, "html.parser")
    assert content == hostile_page()
    assert page.html["lang"] == "vi" and "secret_code" not in page.get_text() and "In [" not in page.get_text()
    assert page.title.string == "Tiêu đề một <script> – Huyện <Đoan Hùng>"
    assert page.find("img", alt='Hình "1"')
    assert {a["href"] for a in page.select("nav a, footer a")} == {"../../index.html"}
    assert "SỐ LIỆU MINH HỌA" in page.select_one("header").get_text()


# ---- the whole of it -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set made from the illustrative returns, by the command a user types."""
    output = tmp_path_factory.mktemp("whole")
    assert main(["run", "--output", str(output)]) == 0
    return output / "published"


@pytest.mark.slow
def test_the_whole_batch_makes_98_notebooks_and_a_part_of_it_the_same(published: Path, project: Project):
    record = json.loads((published / "run.json").read_bytes())
    assert len(record["jobs"]) == 98 and record["failed"] == record["faults"] == 0 and record["illustrative"]
    expected = {f"{job.place}.{kind}" for job in jobs_of(project) for kind in ("ipynb", "html")}
    assert set(record["outputs"]) == expected | {"index.html", "map.png", "findings.csv", "findings.xlsx"}
    assert main(["run", "--output", str(published.parent), "--unit", "230", "--unit", "25"]) == 0
    again = json.loads((published / "run.json").read_bytes())
    assert again["outputs"] == record["outputs"] and sum(not job["reused"] for job in again["jobs"]) == 14
    for place in expected:
        assert "SỐ LIỆU MINH HỌA" in (published / place).read_text(encoding="utf-8"), place


@pytest.mark.slow
def test_notebooks_of_a_district_reproduce_their_outputs_exactly(published: Path, tmp_path: Path):
    folder = shutil.copytree(published / "districts" / "230-doan-hung", tmp_path / "230")
    world = {"PCMD_INTERNAL": str(published.parent / "internal"), "JUPYTER_PREFER_ENV_PATH": "1", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "."],
        cwd=folder,
        env={**os.environ, **world},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\d+ passed", done.stdout)


@pytest.mark.slow
def test_no_page_asks_for_anything_outside_its_set(published: Path):
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium") or pytest.skip("no chromium")
    places = ["index.html", "province/province_review.html", "districts/230-doan-hung/1_communication.html"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for place in places:
            for width in (360, 1280):
                page = browser.new_page(viewport={"width": width, "height": 800})
                asked: list[str] = []
                said: list[str] = []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.on("console", lambda message, said=said: said.append(message.text))
                page.goto((published / place).as_uri())
                assert all(url.startswith(("file:", "data:")) for url in asked) and not said
                assert page.evaluate("document.documentElement.scrollWidth") <= width, place
                assert page.evaluate("[...document.images].every(i => i.naturalWidth > 0)")
                page.close()
        browser.close()


def test_the_place_of_a_job_is_inside_its_set(project: Project):
    for job in jobs_of(project):
        assert re.fullmatch(r"(districts/\d{3}-[a-z-]+|province)/[a-z0-9_]+", job.place), job
    assert Job("230", "1_communication", "districts/230-doan-hung") in jobs_of(project)
