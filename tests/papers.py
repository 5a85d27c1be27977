"""Read the papers that were made: paragraphs, styles, tables."""

import io

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from pcmd_eval.analysis.case import Case
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.office.reports.placeholders import PaperKind, list_papers

# The papers of the shipped returns that tests/golden/papers has as text: their kind and unit.
APPROVED: dict[str, tuple[PaperKind, str]] = {
    "bao-cao-25": ("report", "25"),
    "thong-bao-233": ("notice", "233"),
    "cong-van-240": ("reminder", "240"),
}


def opened(content: bytes) -> Document:
    """A paper as python-docx reads it."""
    return docx.Document(io.BytesIO(content))


def kind_of(case: Case, unit: str) -> PaperKind:
    """The kind of the paper about a unit; of the province: its report."""
    return next(kind for kind, about in list_papers(case).values() if about == unit)


def made(case: Case, unit: str, kind: PaperKind | None = None) -> Document:
    """The paper about a unit."""
    return opened(make_paper(case.at(unit), kind or kind_of(case, unit)))


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


def as_text(document: Document) -> str:
    """The whole paper as a person reads it: what stands in its properties and above its pages, then
    headings, paragraphs, tables row by row, places still to be written, and how each section lies.
    """
    about, first = document.core_properties, document.sections[0]
    heads = [part.paragraphs[0].text for part in (first.first_page_header, first.header)]
    lines = [f"[{text}]" for text in (about.title, about.author, *heads)]
    for element in document.element.body.iter(qn("w:p"), qn("w:tbl")):
        if next(element.iterancestors(qn("w:tbl")), None) is not None:
            continue
        if element.tag == qn("w:tbl"):
            cells = [
                [text.replace("\n", " / ") for text in row]
                for row in rows(Table(element, document))
            ]
            lines += ["", *(" | ".join(row).rstrip() for row in cells), ""]
        elif text := "".join(element.itertext(qn("w:t"))).strip():
            style = Paragraph(element, document).style.name
            lines.append(f"{_MARKS.get(style, '')}{text}")
    for section in document.sections:
        start = section._sectPr.find(qn("w:pgNumType"))
        number = "" if start is None else f", từ trang {start.get(qn('w:start'))}"
        lines.append(f"[{section.page_width.mm:.0f} × {section.page_height.mm:.0f} mm{number}]")
    return "\n".join(line.replace("\u00a0", " ") for line in lines) + "\n"


_MARKS = {"Heading 1": "# ", "Heading 2": "## ", "Tên phụ lục": "# Phụ lục: ", "Tên bảng": "Bảng: "}
