"""The pages of a set: true to what is published, readable by everyone, and nothing in them runs or is fetched."""

import csv
import io
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from openpyxl import load_workbook
from printed import allowed_numbers, known_texts, page_text, stray_numbers, texts_of
from shipped import PLAN, Shipped, pages_of, shipped

from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.batch.page import page_bytes
from pcmd_eval.cli import main
from pcmd_eval.findings import COLUMNS
from pcmd_eval.indicators import Status
from pcmd_eval.project import Project, open_project
from pcmd_eval.published import Published
from pcmd_eval.review import annexes, sentences
from pcmd_eval.site import grids, labels
from pcmd_eval.site.public import site_files
from pcmd_eval.site.summary import findings_workbook
from pcmd_eval.wording import LOOKS, Verdict

OUTSIDE = re.compile(r"""(?:src|href|srcset|action|data)\s*=\s*["']?\s*(?:https?:)?//|url\(|@import""", re.IGNORECASE)
PAGES = pages_of(open_project(PLAN))
DORMANT = {"unknown": "–", "withheld": "…"}


@pytest.fixture(scope="module")
def made() -> Shipped:
    return shipped()


@pytest.fixture(scope="module")
def findings(made: Shipped):
    return made.findings


@pytest.fixture(scope="module")
def files(made: Shipped) -> dict[str, bytes]:
    return made.files


def soup(content: bytes) -> BeautifulSoup:
    return BeautifulSoup(content, "html.parser")


def rows_of(table: Tag) -> dict[str, list[str]]:
    """The rows of a table by their heading: what stands in the other cells."""
    rows = {}
    for row in table.select("tbody tr"):
        rows[row.th.get_text(" ", strip=True)] = [" ".join(td.get_text(" ").split()) for td in row.find_all("td")]
    return rows


def remade(made: Shipped, published: Published | None = None, missing: dict[Job, str] | None = None, **given):
    reviews = given.pop("reviews", ())
    picture, edition = given.pop("picture", made.picture), given.pop("edition", None)
    return site_files(published or made.published, picture, made.jobs, missing or {}, made.rules, reviews, edition)


# ---- what a set holds ------------------------------------------------------------------------------------------------


def test_a_set_has_a_page_for_each_objective_and_each_unit(project, files):
    objectives = {f"objectives/{o.slug}.html" for o in project.plan.objectives}
    districts = {f"districts/{d.folder}/index.html" for d in project.register.districts}
    tables = {"findings.csv", "findings.xlsx", "indicators.csv", "map.png"}
    first = {"index.html", "returns.html", "method.html", "changes.html", "province/index.html"}
    assert set(files) == objectives | districts | tables | first
    assert set(PAGES) == objectives | districts | first and len(PAGES) == 6 + 13 + 5


def test_the_same_material_gives_the_same_bytes(made):
    assert remade(made, reviews=list(reversed(made.reviews))) == made.files


# ---- the first page --------------------------------------------------------------------------------------------------


def test_the_matrix_shows_every_verdict_by_word_and_shape_and_leads_to_its_page(project, findings, files):
    page = soup(files["index.html"])
    links = {a["href"]: a.get_text(" ", strip=True) for a in page.select(".matrix td a")}
    assert len(links) == 14 * 6
    by_place = {job.place: job for job in jobs_of(project)}
    verdicts = {(f.unit_code, f.objective): f.verdict for f in findings}
    for href, words in links.items():
        job = by_place[href.removesuffix(".html")]
        look = LOOKS[verdicts[job.unit, job.notebook.partition("_")[2]]]
        assert words == f"{look.shape} {look.word}"
    units = [a["href"] for a in page.select(".matrix th[scope=row] a")]
    assert len(units) == 14 and units[-1] == "province/index.html"
    heads = [a["href"] for a in page.select(".matrix th[scope=col] a")]
    assert heads == [f"objectives/{o.slug}.html" for o in project.plan.objectives]
    text = " ".join(page.get_text(" ").split())
    assert all(look.word in page.select_one(".legend-list").get_text() for look in LOOKS.values())
    assert all(" ".join(f.reason.split()) in text for f in findings if f.unit_code == "25")
    assert "Có báo cáo được tính: 13/14 đơn vị" in text


def test_the_first_page_leads_to_every_download(made, files):
    page = soup(files["index.html"])
    addresses = {a["href"] for a in page.find_all("a")}
    assert {"findings.csv", "findings.xlsx", "indicators.csv", *made.reviews} <= addresses
    assert len(made.reviews) == 28
    bare = remade(made)
    assert not any(b"review.docx" in bare[place] or b"review.pdf" in bare[place] for place in PAGES)
    some = remade(made, reviews=["districts/230-doan-hung/review.docx"])
    leading = [place for place in PAGES if b"/review." in some[place]]
    assert leading == ["districts/230-doan-hung/index.html", "index.html"]


def test_the_map_leads_to_its_full_size_in_words(files):
    (link,) = soup(files["index.html"]).select("figure a")
    assert link["href"] == "map.png" and link.img["alt"] and link.get_text(strip=True) == "Xem bản đồ cỡ đầy đủ"


def test_what_is_missing_is_said_in_its_place(made):
    lost = [job for job in made.jobs if job.unit == "230" and job.notebook in ("1_communication", "district_review")]
    pages = remade(made, missing=dict.fromkeys(lost, "<b>lỗi</b>"))
    said = "chưa đánh giá: &lt;b&gt;lỗi&lt;/b&gt;"
    index = pages["index.html"].decode()
    assert index.count(said) == 2 and "còn thiếu 2 sổ" in index
    assert pages["districts/230-doan-hung/index.html"].decode().count(said) == 2
    assert pages["objectives/communication.html"].decode().count(said) == 1
    assert said not in pages["objectives/media.html"].decode()
    for place in PAGES:
        page = pages[place].decode()
        assert "230-doan-hung/1_communication.html" not in page and "230-doan-hung/district_review.html" not in page
        assert 'href="1_communication.html"' not in page


def test_a_plan_without_boundaries_has_no_map_and_real_returns_no_banner(made):
    real = replace(made.published, illustrative=False)
    pages = remade(made, real, picture=None)
    assert "map.png" not in pages and b"map.png" not in pages["index.html"]
    assert not any("MINH HỌA" in pages[place].decode() for place in PAGES)


@pytest.mark.parametrize(
    ("low", "high", "total", "target", "words"),
    [
        (21, 21, 28, ">= 75%", "75%"),
        (207, 210, 277, ">= 75%", "74,73% – 75,81%"),
        (1, 17, 17, ">= 75%", "5,88% – 100%"),
        (3, None, 4, "all", "ít nhất 75%"),
        (5, 5, 4, "all", "–"),
        (2, 6, 4, "all", "50%"),
        (None, None, None, "", "–"),
        (1, 2, None, ">= 1", "–"),
        (0, 0, 0, "all", "–"),
    ],
)
def test_a_share_is_given_from_what_is_sure_to_what_is_possible(findings, low, high, total, target, words):
    finding = replace(findings[0], low=low, high=high, total=total, target=target)
    assert grids.reached(finding) == words


def test_a_share_of_which_nothing_is_known_is_no_zero(findings):
    """A district without a return, beside one that reported that it has none."""
    silent = next(f for f in findings if (f.unit_code, f.objective) == ("240", "communication"))
    none = next(f for f in findings if (f.unit_code, f.objective) == ("231", "harm_reduction"))
    assert (grids.reached(silent), grids.reached(none)) == ("–", "0%")


# ---- every page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PAGES)
def test_every_page_is_for_everyone_and_stands_alone(files, place):
    page = soup(files[place])
    assert page.html["lang"] == "vi" and len(page.select("h1")) == 1 and len(page.title.string) > 10
    assert "SỐ LIỆU MINH HỌA" in page.select_one("header").get_text() and "SỐ LIỆU MINH HỌA" in page.title.string
    levels = [int(h.name[1]) for h in page.find_all(re.compile(r"^h\d$"))]
    assert levels[0] == 1 and all(later - earlier <= 1 for earlier, later in pairwise(levels))
    for table in page.find_all("table"):
        assert table.caption and table.caption.get_text(strip=True)
        region = table.parent
        assert region["role"] == "region" and region["tabindex"] == "0"
        assert region["aria-labelledby"] == table.caption["id"]
    assert all(th.get("scope") in ("col", "row") for th in page.find_all("th"))
    assert all(len(img["alt"]) > 20 for img in page.find_all("img"))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    skip = page.find("a")
    assert skip["href"] == "#noi-dung" and page.find(id="noi-dung").name == "main"
    assert not page.find_all(("script", "iframe", "object", "form", "link", "base", "svg", "embed"))
    assert not page.find_all(style=True) and not OUTSIDE.search(files[place].decode())
    assert not [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    style = re.search(r"<style>(.*?)</style>", files[place].decode(), re.DOTALL)[1]
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';") and f"style-src 'sha256-{hashed}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("place", PAGES)
def test_every_link_is_relative_and_leads_somewhere(made, files, place):
    there = {*files, *made.reviews, *(f"{job.place}.html" for job in made.jobs)}
    page = soup(files[place])
    for tag, name in [(a, "href") for a in page.find_all("a")] + [(img, "src") for img in page.find_all("img")]:
        address = urlsplit(tag[name])
        assert not address.scheme and not address.netloc and not address.path.startswith("/"), tag
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(address.path)))
        target = place if not address.path else target
        assert target in there, tag
        if address.fragment:
            assert soup(files[target]).find(id=address.fragment), tag
    known = {a["href"] for a in page.select("a[href$='.html']")}
    assert len(known) >= 6 + 14  # every page leads to all objectives and all units


@pytest.mark.parametrize("place", PAGES)
def test_the_marks_are_explained_on_every_page_where_they_appear(files, place):
    page = soup(files[place])
    cells = [td.get_text(strip=True) for td in page.select("td")]
    notes = [li.get_text(strip=True) for li in page.select(".notes li")]
    for mark, there in (
        ("…", "…" in cells),
        ("–", "–" in cells),
        ("*", any(re.search(r"\d\*$", cell) for cell in cells)),
    ):
        assert not there or any(note.startswith(f"{mark}:") for note in notes), mark


# ---- true to what is published ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def allowed(made: Shipped) -> set[str]:
    texts = [*known_texts(made.project), *texts_of([row.item for row in made.rules.sensitive])]
    texts += [str(made.rules.threshold - 1)]
    return allowed_numbers(made.files["findings.csv"], made.files["indicators.csv"], *texts)


@pytest.mark.parametrize("place", PAGES)
def test_every_number_on_a_page_is_published(files, allowed, place):
    assert not stray_numbers(page_text(files[place]), allowed)


def test_a_stray_number_is_caught(files, allowed):
    page = files["districts/230-doan-hung/index.html"].decode()
    for planted in ("<td>4.711</td>", "<p>Có 98,76% số xã</p>", '<img alt="cao nhất 389">', "<title>1871</title>"):
        found = stray_numbers(page_text(page.replace("<main", f"{planted}<main")), allowed)
        assert len(found) == 1, planted
    assert stray_numbers("05 xã, ngày 05/12/2017, 1.234", {"5", "12", "2017", "1.234"}) == []
    assert len(stray_numbers("1234 và 1.235", {"1.234"})) == 2


def table_rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))


def printed(row: dict[str, str]) -> str:
    """An indicator as a page must show it, worked out here from the file's row alone."""
    if row["status"] != "shown":
        return DORMANT[row["status"]]
    value, name = row["value"], row["indicator"].removeprefix("own.")
    words = {"low": "● Có", "unknown": "■ Chưa biết", "none": "○ Không", "silent": "Chưa cho biết"}
    words |= {verdict.value: f"{look.shape} {look.word}" for verdict, look in LOOKS.items()}
    if value in words:
        return words[value]
    whole, _, part = value.partition(".")
    shown = f"{int(whole):,}".replace(",", ".") + (f",{part}" if part else "")
    counts = name not in ("communes", "maintaining", "unclear", "not_maintaining")
    return shown + ("*" if counts and row["known"] and int(row["known"]) < int(row["expected"]) else "")


def test_sums_of_models_are_starred_on_the_site_as_in_the_reviews(made, files):
    """One district has not said whether it has a model, and one model is unclear."""
    tables = [rows_of(table) for table in soup(files["province/index.html"]).find_all("table")]
    rows = next(rows for rows in tables if "Mô hình được tính" in rows)
    assert [rows[name][0] for name in ("Mô hình được tính", "Số người được mô hình hỗ trợ")] == ["1*", "18*"]
    word = annexes.persons_reached(made.published).rows[-1]
    assert (word["activities"], word["persons"]) == ("1*", "18*")
    said = sentences.figures(made.published, made.project.register.province, "support_model")
    assert said == ["Số người được các mô hình hỗ trợ: 18 người (chưa tính phần chưa có số liệu)."]


def test_every_indicator_stands_on_the_page_of_its_unit_as_it_was_published(project, files):
    seen = 0
    for unit in project.register.reporters:
        place = "province/index.html" if unit.code == "25" else f"districts/{unit.folder}/index.html"
        page = soup(files[place])
        for objective in project.plan.objectives:
            own = {
                row["indicator"]: row
                for row in table_rows(files, "indicators.csv")
                if (row["unit_code"], row["objective"]) == (unit.code, objective.slug)
            }
            caption = page.find(id=f"so-lieu-{objective.slug}")
            if not own:
                assert caption is None
                continue
            rows = rows_of(caption.parent)
            names = labels.names(project.form, objective.slug)
            for key, row in own.items():
                cells = rows[" ".join(names[key.removeprefix("own.")].split())]
                assert cells[1 if key.startswith("own.") else 0] == printed(row), (unit.code, key)
                seen += 1
    assert seen == sum(row["objective"] != "" for row in table_rows(files, "indicators.csv"))


def test_an_objectives_page_compares_what_is_published_of_every_unit(project, files):
    page = soup(files["objectives/enforcement.html"])
    units = {u.code: u.full_name for u in project.register.reporters}
    for key, caption in (("6.3", "so-lieu-1"), ("6.7", "so-lieu-2")):
        table = page.find(id=caption).parent
        heads = [th.get_text(strip=True) for th in table.select("thead th")]
        place = next(i for i, head in enumerate(heads) if head.startswith(f"{key} ")) - 1
        rows = rows_of(table)
        for row in table_rows(files, "indicators.csv"):
            if row["objective"] == "enforcement" and row["indicator"] in (key, f"own.{key}"):
                own = row["indicator"].startswith("own.")
                assert rows["Các cơ quan cấp tỉnh" if own else units[row["unit_code"]]][place] == printed(row)
        assert len(rows) == 15


@pytest.mark.parametrize("slug", ["communication", "media", "enforcement"])
def test_an_objectives_page_has_every_finding(project, files, slug):
    page = soup(files[f"objectives/{slug}.html"])
    rows = rows_of(page.find(id="don-vi").parent)
    number = {"": "–"}
    for row in table_rows(files, "findings.csv"):
        if row["objective"] != slug:
            continue
        cells = rows[row["unit_name"]]
        look = LOOKS[Verdict(row["verdict"])]
        counts = [number.get(row[key]) or f"{int(row[key]):,}".replace(",", ".") for key in COLUMNS[6:10]]
        assert cells[:5] == [f"{look.shape} {look.word}", *counts]
    assert len(rows) == 14 and project.plan[slug].sentence in page.blockquote.get_text()


def test_the_page_of_returns_says_who_sent_what(files):
    rows = rows_of(soup(files["returns.html"]).table)
    assert len(rows) == 15
    told = [row for row in table_rows(files, "indicators.csv") if row["objective"] == ""]
    missing = {row["unit_name"] for row in told if row["indicator"] == "state" and row["value"] == "missing"}
    assert missing == {"Huyện Tân Sơn"}
    assert rows["Huyện Tân Sơn"][:4] == ["chưa gửi", "–", "–", "–"] and rows["Huyện Tân Sơn"][-1] == "0%"
    sums = {row["indicator"]: row["value"] for row in told if row["unit_code"] == "25"}
    assert rows["Cộng"][4] == f"{int(sums['expected']):,}".replace(",", ".") and rows["Cộng"][:4] == [""] * 4
    late = [row["unit_name"] for row in told if row["indicator"] == "late" and row["value"] == "yes"]
    assert [name for name, cells in rows.items() if cells[1] == "có"] == late


def test_the_method_names_every_rule_with_its_status_and_what_is_withheld(made, files):
    page = soup(files["method.html"])
    text = " ".join(page.get_text(" ").split())
    for objective in made.project.plan.objectives:
        rows = rows_of(page.find(id=f"quy-tac-{objective.slug}").parent)
        for rule in objective.rules.values():
            cells = rows[rule.label]
            assert cells[0] == rule.chosen and rule.why in cells and rule.source in cells
            assert all(c.label in cells[3] for c in rule.choices if c.value != rule.value)
        assert len(rows) == len(objective.rules) + 1 + (objective.district_target is not None)
        assert " ".join(objective.sentence.split()) in text
    assert all(rule.why in text for rule in made.project.plan.rules.values())
    withheld = page.find(id="nguoi").parent
    assert len(withheld.select("tbody tr")) == len(made.rules.sensitive)
    assert f"từ 1 đến {made.rules.threshold - 1} không được công bố" in text


def test_a_withheld_value_is_nowhere_in_the_site(made):
    """Made anew with a number nobody has: it is withheld, and no page, table or title has it."""
    told = [
        replace(i, value="4711", status=Status.WITHHELD) if (i.unit_code, i.indicator) == ("230", "6.7") else i
        for i in made.published.indicators
    ]
    pages = remade(made, replace(made.published, indicators=told))
    assert not [place for place in PAGES if re.search(rb"4\.?711", pages[place])]
    rows = rows_of(soup(pages["objectives/enforcement.html"]).find(id="so-lieu-2").parent)
    assert rows["Huyện Đoan Hùng"] == ["…"]


def test_hostile_words_in_a_finding_stay_words(made):
    bad = "<script>alert(1)</script><a href='http://x.y'>"
    told = [replace(f, reason=bad) if f.unit_code in ("25", "230") else f for f in made.findings]
    pages = remade(made, replace(made.published, findings=told))
    for place in ("index.html", "province/index.html", "districts/230-doan-hung/index.html", "objectives/media.html"):
        assert b"&lt;script&gt;alert(1)" in pages[place] and b"<script" not in pages[place]


def test_every_text_colour_is_readable_on_every_ground():
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    texts = [*(look.text_colour for look in LOOKS.values()), "#00538a", "#00395f", "#8a3c00", "#4a4a4a"]
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
    reviews = {place for place in record["outputs"] if place.endswith(("review.docx", "review.pdf"))}
    assert set(record["outputs"]) == expected | set(shipped().files) | reviews
    assert main(["run", "--output", str(published.parent), "--unit", "230", "--unit", "25"]) == 0
    again = json.loads((published / "run.json").read_bytes())
    assert again["outputs"] == record["outputs"] and sum(not job["reused"] for job in again["jobs"]) == 14
    for place in expected:
        assert "SỐ LIỆU MINH HỌA" in (published / place).read_text(encoding="utf-8"), place


@pytest.mark.slow
def test_every_link_of_a_real_set_leads_to_a_file(published: Path):
    for path in published.rglob("*.html"):
        page = soup(path.read_bytes())
        for address in {a["href"] for a in page.find_all("a")} | {i["src"] for i in page.find_all("img")}:
            if not address.startswith(("data:", "#")):
                assert (path.parent / unquote(urlsplit(address).path)).is_file(), (path, address)


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
