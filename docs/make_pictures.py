"""Make the pictures of the tutorial from the running product: forms, console, pages, Word document and lab.

python docs/make_pictures.py                writes docs/pictures/*.png (three minutes)
python docs/make_pictures.py --to FOLDER    writes them elsewhere

Everything happens in a scratch copy of the data and notebooks. Needs Chromium, LibreOffice and pdftoppm.
"""

import argparse
import html
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import load_workbook
from PIL import Image

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "tests"))
import lab_page  # noqa: E402

PICTURES = DOCS / "pictures"
PLAN = "phu_tho_2017"
QUARTERS = 'Số quý có tuyên truyền để coi là "thường xuyên"'
_OUTPUT = f"outputs/{PLAN}"
# Name: width and height in pixels. Fixed, so that a picture made anew takes the place of the old one.
SIZES = {
    "template": (1150, 516),
    "console": (1100, 656),
    "check": (1180, 850),
    "index": (1120, 1040),
    "objective": (1000, 1330),
    "review": (760, 973),
    "explore": (1200, 822),
    "trace": (1000, 816),
    "diff": (1100, 376),
}
_CONSOLE = """<meta charset="utf-8"><style>body { margin: 0; background: #1b2330; color: #e8ecf2 }
pre { margin: 14px 18px; font: 14px/1.45 "Noto Sans Mono", "DejaVu Sans Mono", monospace; white-space: pre-wrap }
b { color: #ffd479 }</style><pre>"""


class Product:
    """A scratch copy of the project, and the commands that a person types in it."""

    def __init__(self, scratch: Path) -> None:
        """Copy data and notebooks; the illustrative returns are those that were received."""
        self.root = lab_page.copied_root(scratch / "root")
        self.home = scratch / "home"
        self.home.mkdir()
        self.environment = {**os.environ, "PCMD_ROOT": str(self.root), "HOME": str(self.home), "COLUMNS": "120"}
        self.said: dict[str, str] = {}
        shutil.copytree(self.root / "data" / "returns" / PLAN, self.root / "BAO_CAO")

    def type(self, line: str) -> str:
        """Run a command of `pcmd-eval`; what it says, under the line as it was typed."""
        command = [sys.executable, "-m", "pcmd_eval", *line.split()]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise SystemExit(f"pcmd-eval {line}: {done.returncode}\n{done.stdout}{done.stderr}")
        return f"<b>&gt; pcmd-eval {html.escape(line)}</b>\n{html.escape(done.stdout)}"

    def page_of(self, document: Path, number: int, dpi: int) -> Image.Image:
        """A page of an Office document as LibreOffice prints it."""
        folder = self.home / document.stem
        office = ["soffice", f"-env:UserInstallation={(self.home / 'office').as_uri()}", "--headless"]
        convert = [*office, "--convert-to", "pdf", "--outdir", folder, document]
        subprocess.run(convert, env=self.environment, capture_output=True, check=True)
        pages = ["-r", str(dpi), "-f", str(number), "-l", str(number), "-png", "-singlefile"]
        subprocess.run(["pdftoppm", *pages, folder / f"{document.stem}.pdf", folder / "page"], check=True)
        return Image.open(folder / "page.png").convert("RGB")

    def correct(self) -> None:
        """The town of Phú Thọ sends its return again: in one cell a number instead of “khoảng 3”, and another date."""
        shutil.copytree(self.root / "BAO_CAO", self.root / "BAO_CAO_MOI")
        workbook = load_workbook(self.root / "BAO_CAO_MOI" / "228-phu-tho.xlsx")
        workbook["1 Tuyên truyền"]["G13"] = 3
        about = workbook["Thông tin"]
        place = next(row for row in range(1, about.max_row + 1) if about.cell(row, 1).value == "Ngày gửi")
        about.cell(place, 2).value = datetime(2018, 1, 5)
        workbook.save(self.root / "BAO_CAO_MOI" / "228-phu-tho.xlsx")


def cropped(image: Image.Image, name: str, left: int = 0, top: int = 0) -> Image.Image:
    """The part of an image that has the size of the picture."""
    width, height = SIZES[name]
    return image.crop((left, top, left + width, top + height))


def shot(
    browser: Any, name: str, address: str = "", content: str = "", before: Callable[[Any], None] | None = None
) -> Image.Image:
    """The first screen of a page at the size of the picture."""
    width, height = SIZES[name]
    page = browser.new_page(viewport={"width": width, "height": height})
    if content:
        page.set_content(content)
    else:
        page.goto(address)
    if before:
        before(page)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return image


def unfold(page: Any) -> None:
    """Open the cells behind objective 1 and those of its first parts, and roll the page to them."""
    page.evaluate(
        """() => { const outer = document.querySelector('details'); outer.open = true;
        [...outer.querySelectorAll('details')].slice(0, 2).forEach(d => d.open = true) }"""
    )


def explored(browser: Any, product: Product) -> Image.Image:
    """Would Đoan Hùng still reach 75% if regular meant every quarter? As the lab answers."""
    width, height = SIZES["explore"]
    with lab_page.lab(product.root, product.home / "lab") as address:
        page = lab_page.watched_page(browser, [], height + 80)
        page.goto(address)  # without `reset`: the list of files stays folded, as a person sees it at first
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
        page.wait_for_selector(f"{lab_page.NOTEBOOK} .jp-CodeCell", timeout=60_000)
        lab_page.run_everything(page)
        page.wait_for_selector(f"{lab_page.NOTEBOOK} .pcmd-answer img")
        lab_page.choose(page, QUARTERS, "cả 4 quý")
        page.locator(lab_page.ANSWER).evaluate("e => e.closest('.jp-OutputArea').scrollIntoView({block: 'start'})")
        page.mouse.move(width, 1)
        page.wait_for_timeout(1500)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        page.close()
    return cropped(image, "explore", 40, 28)  # without the bars of JupyterLab at its edges


@contextmanager
def prepared() -> Iterator[Product]:
    """The product in a scratch folder, with the run done that the pictures show."""
    with TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True) as scratch:
        product = Product(Path(scratch).resolve())
        product.type("template --to BIEU_MAU")
        product.said["console"] = product.type("check --returns BAO_CAO")
        product.type("run --returns BAO_CAO")
        product.correct()
        product.type("evaluate --returns BAO_CAO_MOI --output KET_QUA_MOI")
        compared = product.type(f"diff {_OUTPUT} KET_QUA_MOI")
        verified = product.type(f"verify {_OUTPUT} --returns BAO_CAO --notebooks 2")
        product.said["diff"] = f"{compared}\n{verified}"
        yield product


def pictures() -> Iterator[tuple[str, Image.Image]]:
    """Every picture with its name."""
    with prepared() as product, lab_page.chromium() as browser:
        output = product.root / _OUTPUT
        blank = product.page_of(product.root / "BIEU_MAU" / "230-doan-hung.xlsx", 2, 104)
        yield "template", cropped(blank, "template", 32, 80)
        document = product.page_of(output / "published" / "province" / "review.docx", 1, 96)
        yield "review", cropped(document, "review", 17, 20)
        for name in ("console", "diff"):
            yield name, shot(browser, name, content=_CONSOLE + product.said[name])
        for name, place in (
            ("check", "internal/check.html"),
            ("index", "published/index.html"),
            ("objective", "published/objectives/communication.html"),
        ):
            yield name, shot(browser, name, (output / place).as_uri())
        yield "trace", shot(browser, "trace", (output / "internal" / "trace" / "230.html").as_uri(), before=unfold)
        yield "explore", explored(browser, product)


def main() -> int:
    """Write every picture, with few colours so that it is small."""
    parser = argparse.ArgumentParser(description="Make the pictures of the tutorial.")
    parser.add_argument("--to", type=Path, default=PICTURES, help="the folder for the pictures")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in pictures():
        few = image.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(folder / f"{name}.png", optimize=True)
        print(f"{name}.png", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
