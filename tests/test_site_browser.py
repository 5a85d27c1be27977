"""The site as people meet it: in a browser, from a folder, with a keyboard, on a telephone, on paper, by ear."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit
from urllib.request import url2pathname

import pytest
from shipped import PLAN, pages_of, write_set

from pcmd_eval.project import open_project

pytestmark = pytest.mark.slow

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe-core" / "axe.min.js"
PAGES = pages_of(open_project(PLAN))
# One page of each kind: what is true of one district is true of the next.
KINDS = [
    *("index.html", "returns.html", "method.html", "changes.html"),
    *("province/index.html", "districts/240-tan-son/index.html"),
    *("objectives/communication.html", "objectives/media.html", "objectives/enforcement.html"),
]
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole set in a folder whose name has a space and an accent, as folders of offices do."""
    return write_set(tmp_path_factory.mktemp("set") / "Bộ công bố")


@pytest.fixture(scope="module")
def browser() -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or pytest.skip("no chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def visit(site: Path, browser) -> Iterator[Callable]:
    """Open a page at a width; afterwards: it said nothing, failed at nothing, and asked for nothing but files.

    A page that a test spoils on purpose is opened `unwatched`.
    """
    pages, asked, said = [], [], []

    def go(place: str, width: int = 1280, unwatched: bool = False):
        page = browser.new_page(viewport={"width": width, "height": 800})
        pages.append(page)
        page.goto((site / place).as_uri()) if unwatched else watched(page, place)
        return page

    def watched(page, place: str) -> None:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
        page.goto((site / place).as_uri())

    yield go
    for page in pages:
        page.close()
    assert not said
    assert all(url.startswith("file:") for url in asked)


def where(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def test_every_link_of_every_page_opens_a_file_of_the_set(site: Path, visit):
    followed = set()
    for place in PAGES:
        page = visit(place)
        addresses = page.eval_on_selector_all("a[href], img[src]", "tags => tags.map(t => t.href || t.src)")
        assert len(addresses) > 20
        for address in addresses:
            path = where(urldefrag(address).url)
            assert path.is_file() and path.is_relative_to(site), (place, address)
            followed.add(path)
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    there = {path for path in site.rglob("*") if path.is_file()}
    assert there == followed  # nothing lies in the set that no page leads to


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen_and_wide_tables_scroll_in_their_place(visit, width: int):
    for place in PAGES if width == WIDTHS[0] else KINDS:
        page = visit(place, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        outside = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && e.offsetParent
                && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert not outside, place
    page = visit("index.html", 360)
    region = page.locator(".scroll").first
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    # The first column stays in sight, so that a row keeps its name.
    heading, box = page.locator(".matrix tbody th").first.bounding_box(), region.bounding_box()
    assert heading["x"] == pytest.approx(box["x"], abs=2)


def test_on_a_telephone_every_table_that_does_not_fit_says_how_to_see_the_rest(visit):
    """And none that fits does."""
    for place in PAGES:
        page = visit(place, 360)
        told = page.eval_on_selector_all(
            ".scroll",
            """regions => regions.map(region => [region.querySelector('caption').innerText,
                region.scrollWidth > region.clientWidth + 1, region.previousElementSibling?.className === 'wide'])""",
        )
        assert [(place, caption) for caption, wider, said in told if wider != said] == []
    assert not visit("index.html", 1280).locator(".wide").first.is_visible()


def test_the_map_opens_in_its_full_size(visit):
    page = visit("index.html", 360)
    shown = page.locator("figure img").bounding_box()["width"]
    page.locator("figure a").click()
    page.wait_for_url("**/map.png")
    assert page.evaluate("document.images[0].naturalWidth") > 3 * shown


def test_the_skip_link_comes_first_is_seen_and_leads_to_the_content(visit):
    page = visit("districts/230-doan-hung/index.html")
    assert page.locator(".skip").bounding_box()["y"] < 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("place", KINDS)
def test_the_keyboard_reaches_every_link_and_table_in_order_and_shows_where_it_is(visit, place: str):
    page = visit(place)
    page.evaluate("window.order = [...document.querySelectorAll('a[href], .scroll')]; window.reached = []")
    for _ in range(page.evaluate("order.length")):
        page.keyboard.press("Tab")
        page.evaluate("reached.push(order.indexOf(document.activeElement))")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.evaluate("reached") == list(range(page.evaluate("order.length")))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", KINDS)
def test_axe_finds_nothing_serious(visit, place: str, width: int):
    page = visit(place, width)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
    assert {"color-contrast", "image-alt" if place == "index.html" else "document-title"} <= {
        rule["id"] for rule in found["passes"]
    }
    assert [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []


def test_axe_sees_what_is_wrong(visit):
    page = visit("returns.html", unwatched=True)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"../map.png\">')")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert "image-alt" in {rule["id"] for rule in found if rule["impact"] in ("serious", "critical")}


def test_the_checker_is_the_one_that_is_named():
    digest = hashlib.sha256(AXE.read_bytes()).hexdigest()
    assert digest in (VENDOR / "README.md").read_text(encoding="utf-8")


def test_nothing_in_a_page_could_run_or_send(visit):
    page = visit("index.html", unwatched=True)
    page.evaluate("""document.body.insertAdjacentHTML('beforeend', '<p id=probe style="color:red">x</p>')""")
    blocked = page.evaluate(
        """() => new Promise(done => {
            const seen = [];
            document.addEventListener('securitypolicyviolation', e => seen.push(e.effectiveDirective));
            const image = new Image(); image.src = 'https://example.invalid/a.png';
            const script = document.createElement('script'); script.textContent = 'window.ran = 1';
            document.body.append(script);
            setTimeout(() => done([window.ran, seen]), 300);
        })"""
    )
    assert page.evaluate("getComputedStyle(document.querySelector('#probe')).color") != "rgb(255, 0, 0)"
    assert blocked[0] is None
    assert any(found.startswith("script-src") for found in blocked[1]) and "img-src" in blocked[1]


@pytest.mark.parametrize("place", KINDS)
def test_a_printed_page_is_upright_whole_and_without_buttons(site: Path, visit, tmp_path: Path, place: str):
    page = visit(place)
    page.emulate_media(media="print")
    for css in ("nav.main", ".skip", ".bottom", "nav.trail"):
        assert all(not shown.is_visible() for shown in page.locator(css).all()), css
    assert page.locator(".banner").first.is_visible() and page.locator("h1").is_visible()
    target = tmp_path / "page.pdf"
    page.pdf(path=target, prefer_css_page_size=True)
    told = subprocess.run(["pdfinfo", target], capture_output=True, text=True, check=True).stdout
    size = next(line for line in told.splitlines() if line.startswith("Page size"))
    assert "A4" in size and size.split()[2].startswith("59")  # 595 x 842 points
    # Nothing is cut at the right edge: on A4 less its margins (182 mm) every table fits.
    page.set_viewport_size({"width": 688, "height": 1000})
    wide = page.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
    assert all(right <= 689 for right in wide)
    words = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    assert "SỐ LIỆU MINH HỌA" in words and page.locator("h1").inner_text()[:20] in " ".join(words.split())
