"""What a Word file gets beside the text of its template, annexes and numbers of captions, and what
is left to fill in.
"""

import re
from collections import Counter
from collections.abc import Collection
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu

from pcmd_eval.review.annexes import TOTAL, Annex
from pcmd_eval.spelling import one_tone

NUMBER = re.compile(r"(?:(?:khoảng|dưới) )?[\d.,]+\*?|[–×\xa0]")  # stands to the right of its cell
TABLE = f"""<w:tbl {nsdecls("w")}>
<w:tblPr><w:tblStyle w:val="{{style}}"/><w:tblW w:w="0" w:type="auto"/>
<w:tblLayout w:type="fixed"/><w:tblCaption w:val={{title}}/></w:tblPr>
<w:tblGrid>{{grid}}</w:tblGrid>{{rows}}</w:tbl>"""
CELL = (
    '<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    '<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
    '<w:r>{bold}<w:t xml:space="preserve">{words}</w:t></w:r></w:p></w:tc>'
)
BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
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
    ids = {style.name: style.style_id for style in document.styles}
    for at, annex in enumerate(annexes):
        section = document.add_section(WD_SECTION.NEW_PAGE) if at else document.sections[-1]
        heading = document.add_paragraph("Phụ lục" if len(annexes) == 1 else "", "Phụ lục")
        if len(annexes) == 1:  # only several are told apart by number
            heading._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 0
        document.add_paragraph(annex.title, "Tên phụ lục")
        attaching = document.add_paragraph(attached, "Kèm theo")
        room = section.page_width - section.left_margin - section.right_margin
        attaching._p.addnext(parse_xml(_table(annex, ids, Emu(room).twips)))
        for note in annex.notes:
            document.add_paragraph(note, "Ghi chú bảng")


def _table(annex, ids, room):
    """The table of an annex as Word writes it, `room` wide in twentieths of a point."""
    table = annex.table
    widths = _widths(table, room)
    numbers = [f"({at + 1})" for at in range(len(widths))]
    head = [ids["Đầu bảng"]] * len(widths)
    rows = [_row(line, head, widths, "tblHeader") for line in ([*table.columns], numbers)]
    counted = [column.str.fullmatch(NUMBER).mean() > 0.5 for _, column in table.items()]
    for line in table.itertuples(index=False, name=None):
        styles = [
            ids["Ô số nhỏ" if number and NUMBER.fullmatch(words) else "Ô nhỏ"]
            for words, number in zip(line, counted, strict=True)
        ]
        rows.append(_row(line, styles, widths, "cantSplit"))
    return TABLE.format(
        grid="".join(f'<w:gridCol w:w="{width}"/>' for width in widths),
        title=quoteattr(one_tone(annex.title)),
        style=ids["Table Grid"],
        rows="".join(rows),
    )


def _row(texts, styles, widths, kind):
    bold = "<w:rPr><w:b/></w:rPr>" if TOTAL in texts else ""
    cells = [
        CELL.format(
            width=width,
            style=style,
            bold=bold,
            words=escape(one_tone(words)).replace("\n", BREAK),
        )
        for words, style, width in zip(texts, styles, widths, strict=True)
    ]
    return f"<w:tr><w:trPr><w:{kind}/></w:trPr>{''.join(cells)}</w:tr>"


def _widths(table, room):
    """How wide each column is, by its longest line and the longest word of its head."""
    weights = []
    for head, column in table.items():
        longest = column.str.split("\n").explode().str.len().max()
        word = max(map(len, head.split())) * 1.2
        weights.append(min(max(longest, word), 45) + 3)
    return [int(room * weight / sum(weights)) for weight in weights]


def number_captions(document: Document) -> None:
    """Write the number of each caption as Word will count it, which it does not do on opening."""
    seen: Counter[str] = Counter()
    for field in document.element.body.iter(qn("w:fldSimple")):
        seen[name := field.get(qn("w:instr"))] += 1
        next(field.iter(qn("w:t"))).text = str(seen[name])


def left(document: Document) -> str:
    """How many places of the document somebody has still to write or fill in, and where those
    are filled in that are the same in every document; "" if there are none.
    """
    body = document.element.body
    dots = sum(paragraph.text.count(DOTS) for paragraph in document.paragraphs)
    places = len([*body.iter(qn("w:showingPlcHdr"))]) + dots
    once = f" ({dots} chỗ điền một lần cho mọi văn bản ở data/review.yaml)" if dots else ""
    return f"còn {places} chỗ cần soạn hoặc điền trước khi ký{once}." if places else ""
