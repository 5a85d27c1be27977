"""Make the pictures of README and docs from the running product.

    python scripts/pictures.py [NAME ...]

Works in a scratch copy of data and notebooks. Needs Chromium, LibreOffice, pdftoppm; two minutes.
"""

import html
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PLAN = "phu_tho_2017"
OUTPUT = f"outputs/{PLAN}"
REPORT = "internal/documents/bao-cao-884-25-phu-tho.docx"
CONSOLE = """<meta charset="utf-8"><style>body { margin: 0; background: #1b2330; color: #e8ecf2 }
pre { margin: 14px 18px; font: 14px/1.45 "DejaVu Sans Mono", monospace; white-space: pre-wrap }
b { color: #ffd479 }</style><pre>"""
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
IDLE = """() => {
  const light = document.querySelector('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator');
  return light && light.dataset.status === 'idle' }"""


class Product:
    """A scratch copy of the project in which commands are run."""

    def __init__(self, root: Path) -> None:
        """Copy data and notebooks into `root`, and the illustrative returns as received ones."""
        self.root = root
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copytree(root / "data" / "returns" / PLAN, root / "BAO_CAO")
        self.environment = {
            **os.environ,
            "PCMD_ROOT": str(root),
            "HOME": str(root),
            "COLUMNS": "120",
        }

    def type(self, line: str) -> str:
        """Run a command of `pcmd-eval`; return the typed line and its output as HTML.

        Exits if the command fails.
        """
        command = [sys.executable, "-m", "pcmd_eval", *line.split()]
        completed = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode:
            output = f"{completed.stdout}{completed.stderr}"
            raise SystemExit(f"pcmd-eval {line}: {completed.returncode}\n{output}")
        typed = f"<b>&gt; pcmd-eval {html.escape(line)}</b>"
        return f"{CONSOLE}{typed}\n{html.escape(completed.stdout)}"

    def corrected(self) -> str:
        """Evaluate returns of which one has a number in place of text; return the diff as HTML."""
        shutil.copytree(self.root / "BAO_CAO", self.root / "BAO_CAO_MOI")
        path = self.root / "BAO_CAO_MOI" / "228-phu-tho.xlsx"
        workbook = load_workbook(path)
        workbook["1 Tuyên truyền"]["G13"] = 3
        sent = next(row for row in workbook["Thông tin"].iter_rows() if row[0].value == "Ngày gửi")
        sent[1].value = datetime(2018, 1, 5)
        workbook.save(path)
        self.type("evaluate --returns BAO_CAO_MOI --output KET_QUA_MOI")
        return self.type(f"diff {OUTPUT} KET_QUA_MOI")

    def page(self, document: str, number: int, height: int = 2000) -> Image.Image:
        """Return the upper part of a page of an Office document, as LibreOffice prints it.

        `number`: of the page; `height`: at most, in pixels; white margins are cut off.
        """
        office = [
            "soffice",
            f"-env:UserInstallation={(self.root / 'office').as_uri()}",
            "--headless",
        ]
        subprocess.run(
            [*office, "--convert-to", "pdf", "--outdir", self.root / "pdf", self.root / document],
            check=True,
        )
        pdf = self.root / "pdf" / f"{Path(document).stem}.pdf"
        pages = ["-r", "90", "-f", str(number), "-l", str(number), "-png", "-singlefile"]
        subprocess.run(["pdftoppm", *pages, pdf, pdf.with_suffix("")], check=True)
        image = Image.open(pdf.with_suffix(".png")).convert("RGB")
        inverted = image.point(lambda level: 255 - level)  # getbbox looks for what is not black
        left, top, right, bottom = inverted.getbbox() or (0, 0, *image.size)
        return image.crop((left - 15, top - 15, right + 15, min(bottom + 15, top + height)))

    @contextmanager
    def lab(self, browser: Browser) -> Iterator[Page]:
        """Yield the lab in a browser of 1280 pixels, all cells of explore.ipynb executed."""
        command = [sys.executable, "-m", "pcmd_eval", "lab", "--no-browser", "--returns", "BAO_CAO"]
        options = {"cwd": self.root, "env": self.environment, "text": True}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
        ) as server:
            try:
                page = browser.new_page(viewport={"width": 1280, "height": 860})
                page.goto(re.findall(r"http\S+", server.stdout.readline())[0])
                page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
                page.locator(f"{NOTEBOOK} .pcmd-answer img").first.wait_for(timeout=120_000)
                page.wait_for_function(IDLE)
                yield page
            finally:
                server.send_signal(signal.SIGTERM)


def explored(browser: Browser, product: Product) -> Image.Image:
    """Return the screen of the lab with a changed rule: communication in every quarter."""
    with product.lab(browser) as page:
        page.get_by_label("thường xuyên").first.select_option(label="cả 04 quý")
        page.locator(f"{NOTEBOOK} .pcmd-trial").first.wait_for()
        page.locator(f"{NOTEBOOK} .pcmd-choices").evaluate(
            "e => e.scrollIntoView({block: 'start'})"
        )
        page.wait_for_timeout(1000)
        return Image.open(io.BytesIO(page.screenshot()))


def shot(browser: Browser, height: int, address: str = "", content: str = "") -> Image.Image:
    """Return the first screen of the page at an address, or of HTML content."""
    page = browser.new_page(viewport={"width": 1100, "height": height})
    page.goto(address) if address else page.set_content(content)
    return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    """Write every picture, or the named ones, with few colours, which keeps the files small."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        product = Product(Path(scratch).resolve() / "root")
        output = (product.root / OUTPUT).as_uri()
        published = f"{output}/published"
        takes: dict[str, Callable[[], Image.Image]] = {
            "template": lambda: product.page("BIEU_MAU/230-doan-hung.xlsx", 3, 470),
            "check": lambda: shot(browser, 800, f"{output}/internal/check.html"),
            "index": lambda: shot(browser, 1100, f"{published}/index.html"),
            "objective": lambda: shot(
                browser, 900, f"{published}/districts/230-doan-hung/1_communication.html"
            ),
            "review": lambda: product.page(f"{OUTPUT}/{REPORT}", 1),
            "explore": lambda: explored(browser, product),
            "diff": lambda: shot(browser, 130, content=product.corrected()),
            "audit": lambda: product.page(f"{OUTPUT}/internal/audit.xlsx", 1, 700),
        }
        wanted = sys.argv[1:] or [*takes]
        if {*wanted} != {"explore"}:
            product.type("template --to BIEU_MAU")
            product.type("run --returns BAO_CAO")
            product.type("check --returns BAO_CAO")
        for name in wanted:
            image = takes[name]().convert("RGB").quantize(128, dither=Image.Dither.NONE)
            image.save(ROOT / "docs" / "pictures" / f"{name}.png", optimize=True)
            print(f"{name}.png", flush=True)


if __name__ == "__main__":
    main()
