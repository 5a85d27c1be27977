"""A return full of formulas, scripts and templates goes through a whole run: nothing is live."""

import csv
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

EVIL = (
    '=HYPERLINK("http://evil.example/x","Bấm vào đây")',
    "<script>window.evil=1</script>",
    '<img src="x" onerror="window.evil=1">',
    '"><svg onload=window.evil=1>',
    "{{ 7 * 191 }} {% for x in y %} {%tr endfor %}",
    "[Xem](javascript:window.evil=1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+evil|x!A0",
    "dài " * 4000,
)
MAIN_PART = "word/document.xml"
NOTES = {  # of each objective the columns where people write what they like
    "communication": ("form", "note"),
    "integration": ("content", "note"),
    "harm_reduction": ("q2", "note"),  # a quarter: what is no number is quoted to the clerk
    "support_model": ("name", "services", "note"),
    "enforcement": ("note",),
}


@pytest.fixture(scope="module")
def output(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run three shipped returns with hostile text in every text cell of Đoan Hùng."""
    folder = tmp_path_factory.mktemp("hostile")
    (returns := folder / "returns").mkdir()
    for name in plan.reporters.folder[["230", "231", "25"]]:
        shutil.copy(paths.returns_folder(plan.name) / f"{name}.xlsx", returns)
    file = returns / f"{plan.reporters.folder['230']}.xlsx"
    book = load_workbook(file)
    for sheet in plan.sheets_of("230"):
        keys = [column.key for column in sheet.columns]
        for row, evil in enumerate(EVIL, plan.form.first_row):
            for key in NOTES[sheet.objective]:
                book[sheet.name].cell(row, keys.index(key) + 1, evil).data_type = "s"
            if sheet.objective == "support_model":  # a line that says nothing else is no model
                for key, value in {"type": "1", "start": "15/9/2017", "operating": "Có"}.items():
                    book[sheet.name].cell(row, keys.index(key) + 1, value)
    book.save(file)
    run = [sys.executable, "-m", "pcmd_eval", "run", "--returns", str(returns)]
    run += ["--output", str(folder / "out"), "--unit", "230"]
    subprocess.run([*run, "--unit", "25"], check=True, capture_output=True)
    trace = [*run[:3], "trace", "230", "4", *run[4:8]]
    subprocess.run(trace, check=True, capture_output=True)
    return folder / "out"


class _Live(HTMLParser):
    """Collect what a page would run: scripts, handlers, addresses that are code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.live: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        code = [name for name, value in attrs if name.startswith("on")]
        code += [value for _, value in attrs if (value or "").strip().startswith("javascript:")]
        if tag in ("script", "iframe", "object", "embed") or code or "evil" in str(attrs):
            self.live.append(f"<{tag} {attrs}>")


def files(output: Path, ending: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the files of the set and of the inside, each once."""
    for path in sorted(output.rglob(f"*{ending}")):
        if path.is_file():  # what readers see are links to the sets
            yield path, path.read_bytes()


@pytest.mark.slow
def test_pages_text_of_returns_never_runs(output: Path) -> None:
    pages = [(path, content.decode()) for path, content in files(output, ".html")]
    for path, content in files(output, ".ipynb"):
        for cell in nbformat.reads(content.decode(), 4).cells:
            html = [entry.get("data", {}).get("text/html", "") for entry in cell.get("outputs", ())]
            pages += [(path, "".join(text)) for text in html]
    assert len(pages) > 100
    assert any("evil" in text for _, text in pages)  # it is quoted, as text
    assert not [(path.name, live) for path, text in pages if (live := _Live(text).live)]


@pytest.mark.slow
def test_workbooks_and_tables_text_of_returns_is_no_formula(output: Path) -> None:
    books = [*files(output, ".xlsx")]
    assert len(books) >= 5
    for path, content in books:
        book = load_workbook(io.BytesIO(content))
        for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
            link = cell.hyperlink.target or "" if cell.hyperlink else ""
            formula = cell.value if cell.data_type == "f" else ""
            assert "evil" not in f"{formula}{link}" and "cmd|" not in str(formula), path
    for path, content in files(output, ".csv"):
        for row in csv.reader(io.StringIO(content.decode())):
            formulas = [text for text in row if re.match(r"[=+@\t\r-](?!\d+([.,]\d+)?$)", text)]
            assert not formulas, (path, formulas)


@pytest.mark.slow
def test_documents_text_of_returns_is_no_placeholder(output: Path) -> None:
    documents = [*files(output, ".docx")]
    assert {path.parent.name for path, _ in documents} == {"documents"} and len(documents) == 2
    for path, content in documents:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            parts = {name: archive.read(name).decode("utf-8", "replace") for name in names}
        assert "1337" not in parts[MAIN_PART], path  # 7 * 191
        # A notice quotes what a clerk wrote, as text: no other part may have it, no field either.
        assert not [name for name, text in parts.items() if "evil" in text and name != MAIN_PART]
        assert not re.search("<w:(instrText|fldSimple|hyperlink)[^>]*>[^<]*evil", parts[MAIN_PART])
