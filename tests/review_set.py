"""The reviews of the shipped returns as Word files and as the lines of their pages, each made once."""

import io
import re
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import docx
from docx.document import Document
from lxml import etree

from pcmd_eval import paths
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.indicators import indicators
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import evaluate
from pcmd_eval.project import open_project
from pcmd_eval.published import Published
from pcmd_eval.review.content import Content, review_content
from pcmd_eval.review.documents import Properties, render
from pcmd_eval.review.pdf import pdfs
from pcmd_eval.review.settings import ReviewSettings, load_review_settings

PLAN, PROVINCE, DISTRICT = "phu_tho_2017", "25", "230"
RULES = ("tt01", "nd30")
MM = 72 / 25.4  # points
NBSP = "\u00a0"


@cache
def published() -> Published:
    """The shipped returns as readers may know them."""
    project = open_project(PLAN)
    evidence = read_returns(paths.returns_folder(PLAN), project.plan, project.form, project.register).evidence
    rows = indicators(evidence, project.form, load_disclosure())
    return Published(project, evaluate(evidence), rows, evidence.illustrative)


def settings(issuer: str = "so") -> ReviewSettings:
    return load_review_settings().model_copy(update={"issuer": issuer})


@cache
def content(code: str, issuer: str = "so") -> Content:
    return review_content(published(), published().project.register.reporter(code), settings(issuer))


@cache
def word_file(rules: str, code: str, issuer: str = "so") -> bytes:
    """A review as a Word file."""
    properties = Properties("Dự thảo báo cáo", "Báo cáo", date(2017, 12, 31))
    return render(settings().template(rules), content(code, issuer), properties)


def opened(rules: str, code: str, issuer: str = "so") -> Document:
    return docx.Document(io.BytesIO(word_file(rules, code, issuer)))


@dataclass(frozen=True)
class Line:
    """A printed line: its words, where it begins, ends and stands (points from the top left), and how high it is."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class PdfPage:
    """A page of a PDF: its size in points and its lines."""

    width: float
    height: float
    lines: list[Line]

    def find(self, words: str) -> Line:
        """The one line with these words."""
        found = [line for line in self.lines if words in line.text]
        assert len(found) == 1, (words, found)
        return found[0]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@cache
def pdf_files() -> dict[str, bytes]:
    """All PDFs that the tests look at, in one call of LibreOffice."""
    wanted = [(rules, code) for rules in RULES for code in (PROVINCE, DISTRICT)]
    made = pdfs({f"{rules}-{code}": word_file(rules, code) for rules, code in wanted})
    assert made is not None
    return made


@cache
def pages(rules: str, code: str) -> list[PdfPage]:
    """The pages of a review's PDF."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "review.pdf"
        path.write_bytes(pdf_files()[f"{rules}-{code}"])
        command = ["pdftotext", "-bbox-layout", str(path), "-"]
        text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    text = re.sub(r'<!DOCTYPE[^>]*>| xmlns="[^"]*"', "", text)
    root = etree.fromstring(text.encode(), etree.XMLParser(recover=True))
    return [
        PdfPage(float(page.get("width")), float(page.get("height")), [_line(line) for line in page.iter("line")])
        for page in root.iter("page")
    ]


def _line(line: etree._Element) -> Line:
    words = " ".join(word.text or "" for word in line.iter("word")).replace(NBSP, " ")
    return Line(words, *(float(line.get(key)) for key in ("xMin", "yMin", "xMax", "yMax")))
