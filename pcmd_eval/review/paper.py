"""What is put into a Word file beside the text of its template: annexes, numbers of captions,
properties.
"""

import re
from collections import Counter
from collections.abc import Collection

from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from pcmd_eval.review.annexes import TOTAL, Annex
from pcmd_eval.spelling import one_tone

NUMBER = re.compile(r"(?:(?:khoảng|dưới) )?[\d.,]+\*?|[–×\xa0]")  # stands to the right of its cell
DOTS = "………"  # what the department has still to fill in
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


def places(annexes: Collection[str]) -> dict[str, str]:
    """By its key what an annex is called: by Word's number, unless it is the only one."""
    if len(annexes) == 1:
        return dict.fromkeys(annexes, "Phụ lục kèm theo")
    return {key: f"Phụ lục {number}" for key, number in zip(annexes, ROMAN, strict=False)}


def append(document: Document, annexes: Collection[Annex], attached: str) -> None:
    """Put each annex on pages of its own, with the line `attached` under its title.

    The last section of the template is a landscape page that counts from 1.
    """
    for at, annex in enumerate(annexes):
        section = document.add_section(WD_SECTION.NEW_PAGE) if at else document.sections[-1]
        heading = document.add_paragraph("Phụ lục" if len(annexes) == 1 else "", "Phụ lục")
        if len(annexes) == 1:  # only several are told apart by number
            heading._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 0
        document.add_paragraph(annex.title, "Tên phụ lục")
        document.add_paragraph(attached, "Kèm theo")
        _table(document, annex, section.page_width - section.left_margin - section.right_margin)
        for note in annex.notes:
            document.add_paragraph(note, "Ghi chú bảng")


def _table(document, annex, room):
    cells = annex.table
    table = document.add_table(0, cells.shape[1], "Table Grid")
    table.autofit = False
    widths = _widths(cells, room)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    ids = {style.name: style.style_id for style in document.styles}
    numbers = [f"({at + 1})" for at in range(len(widths))]
    for line in ([*cells.columns], numbers):
        _row(table, line, [ids["Đầu bảng"]] * len(widths), widths, "w:tblHeader")
    counted = cells.apply(lambda column: column.str.contains(r"^\D*\d[\d.,]*\*?$").any())
    look = {True: ids["Ô số nhỏ"], False: ids["Ô nhỏ"]}
    for line in cells.itertuples(index=False, name=None):
        pairs = zip(line, counted, strict=True)
        styles = [look[bool(column and NUMBER.fullmatch(words))] for words, column in pairs]
        _row(table, line, styles, widths, "w:cantSplit")
    caption = parse_xml(f"<w:tblCaption {nsdecls('w')}/>")
    caption.set(qn("w:val"), annex.title)
    table._tbl.tblPr.append(caption)


def _row(table, texts, styles, widths, kind):
    """`styles` by their ids: to look each up by its name takes longer than all the rest."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement(kind))
    for cell, words, style, width in zip(row.cells, texts, styles, widths, strict=True):
        cell.width, cell.paragraphs[0]._p.style = width, style
        cell.paragraphs[0].add_run(one_tone(words)).bold = True if TOTAL in texts else None


def _widths(cells, room):
    """How wide each column is, by its longest line and the longest word of its head."""
    weights = []
    for head, column in zip(cells.columns, cells.T.to_numpy(), strict=True):
        longest = max(len(line) for cell in column for line in cell.split("\n"))
        word = max(map(len, head.split())) * 1.2
        weights.append(min(max(longest, word), 45) + 3)
    return [int(room * weight / sum(weights)) for weight in weights]


def number_captions(document: Document) -> None:
    """Write the number of each caption as Word will count it, which it does not do on opening."""
    seen: Counter[str] = Counter()
    for field in document.element.body.iter(qn("w:fldSimple")):
        seen[name := field.get(qn("w:instr"))] += 1
        next(field.iter(qn("w:t"))).text = str(seen[name])


def left(document: Document) -> int:
    """How many places of the document somebody has still to write or fill in."""
    body = document.element.body
    texts = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]
    return len([*body.iter(qn("w:showingPlcHdr"))]) + sum(text.count(DOTS) for text in texts)
