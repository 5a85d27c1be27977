"""Read the papers that were made: paragraphs, styles, tables."""

import io
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml.ns import qn

from pcmd_eval.analysis.case import Case
from pcmd_eval.reports.document import review
from pcmd_eval.reports.placeholders import PaperKind


def opened(content: bytes) -> Document:
    """A paper as python-docx reads it."""
    return docx.Document(io.BytesIO(content))


def made(case: Case, unit: str, folder: Path, kind: PaperKind | None = None) -> Document:
    """The paper about a unit."""
    return opened(review(case.at(unit), folder, kind)[0])


def paragraphs(document: Document) -> list[str]:
    """The texts of the body that are not empty."""
    return [p.text for p in document.paragraphs if p.text.strip()]


def text_of(document: Document) -> str:
    """The body, one paragraph a line."""
    return "\n".join(paragraphs(document))


def everything(document: Document) -> str:
    """The body, then every cell of every table."""
    cells = [cell for table in document.tables for row in rows(table) for cell in row]
    return "\n".join([*paragraphs(document), *cells])


def styled(document: Document, style: str) -> list[str]:
    """The texts in a style."""
    return [p.text for p in document.paragraphs if p.style.name == style]


def rows(table) -> list[list[str]]:
    """The texts of the cells, row by row."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def controls(document: Document) -> list:
    """The places that people have still to write."""
    return list(document.element.body.iter(qn("w:sdt")))


def table_of_requests(document: Document) -> list[list[str]]:
    """The lines of the table of requests, without its head and without contradictions; none where
    there is no such table.
    """
    heads = ["TT", "Biểu", "Nội dung", "Ô", "Mục đích"]
    found = [rows(table) for table in document.tables]
    lines = next((table[1:] for table in found if table[0] == heads), [])
    return [line for line in lines if line[-1] != "sửa hoặc xác nhận"]


def place_of(document: Document, text: str) -> int:
    """The position of a text in the body, tables counted too."""
    for position, element in enumerate(document.element.body):
        if text in "".join(element.itertext()):
            return position
    raise AssertionError(text)
