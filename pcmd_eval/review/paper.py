"""What a Word file gets beside the text of its template, annexes and numbers of captions, and what
is left to fill in.
"""

import re
from collections import Counter
from collections.abc import Collection
from math import ceil
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Pt

from pcmd_eval.review.annexes import TOTAL, Annex
from pcmd_eval.spelling import one_tone

NUMBER = re.compile(
    r"(?:(?:khoảng|dưới) )?[\d.,]+\*?(?: \(a\))?|[–×\xa0]"
)  # stands to the right of its cell
TABLE = f"""<w:tbl {nsdecls("w")}>
<w:tblPr><w:tblStyle w:val="{{style}}"/><w:tblW w:w="0" w:type="auto"/>
<w:tblLayout w:type="fixed"/><w:tblCaption w:val={{title}}/></w:tblPr>
<w:tblGrid>{{grid}}</w:tblGrid>{{rows}}</w:tbl>"""
CELL = (
    '<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    '<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}</w:pPr>'
    '<w:r>{bold}<w:t xml:space="preserve">{words}</w:t></w:r></w:p></w:tc>'
)
NOTHING = (
    '<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{many}"/><w:tcBorders>'
    '<w:bottom w:val="nil"/><w:right w:val="nil"/></w:tcBorders></w:tcPr>'
    '<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p></w:tc>'
)
BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
DOTS = "………"  # what the department has still to fill in
# Of a landscape page, in points: its height, a line of a cell and between two rows, a line of the
# note, the title of an annex, and what is between two.
PAGE, LINE, BETWEEN, NOTE_LINE, TITLE, GAP = 482, 11.5, 1.5, 12.7, 55, 18
NOTE_LENGTH = 160  # characters
CHARACTER = 82  # of a cell, in twentieths of a point
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


def places(annexes: Collection[str]) -> dict[str, str]:
    """By its key what an annex is called: by Word's number, unless it is the only one."""
    if len(annexes) == 1:
        return dict.fromkeys(annexes, "Phụ lục kèm theo")
    return {key: f"Phụ lục {number}" for key, number in zip(annexes, ROMAN, strict=False)}


def append(document: Document, annexes: Collection[Annex], attached: str) -> None:
    """Put each annex on a new page that counts from 1, or under the one before, where it still has
    room; the line `attached` stands under its title.

    The last section of the template is a landscape page that counts from 1.
    """
    ids = {style.name: style.style_id for style in document.styles}
    used = PAGE
    section = document.sections[-1]
    room = Emu(section.page_width - section.left_margin - section.right_margin).twips
    for at, annex in enumerate(annexes):
        widths = _widths(annex.table, room)
        height = _height(annex, widths)
        follows = ceil((used + height) / PAGE) == ceil(height / PAGE)  # it takes no further page
        if not follows:
            used = 0
            if at:
                document.add_section(WD_SECTION.NEW_PAGE)
        used = (used + height) % PAGE
        heading = document.add_paragraph("Phụ lục" if len(annexes) == 1 else "", "Phụ lục")
        if follows:
            heading.paragraph_format.space_before = Pt(GAP)
        if len(annexes) == 1:  # only several are told apart by number
            heading._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 0
        document.add_paragraph(annex.title, "Tên phụ lục")
        attaching = document.add_paragraph(attached, "Kèm theo")
        attaching._p.addnext(parse_xml(_table(annex, ids, widths, height <= PAGE)))
        if annex.note:
            document.add_paragraph(annex.note, "Ghi chú bảng")


def _height(annex, widths):
    """About how much of a page an annex takes, in points; its head again on a second."""
    lines = []
    for texts in ([*annex.table.columns], *annex.table.itertuples(index=False, name=None)):
        cells = zip(texts, widths, strict=True)
        lines.append(max(_lines(words, width) for words, width in cells))
    rows = sum(lines) * LINE + len(lines) * BETWEEN
    head = (lines[0] + 1) * LINE + 2 * BETWEEN
    note = ceil(len(annex.note) / NOTE_LENGTH) * NOTE_LINE
    once = GAP + TITLE + rows + LINE + BETWEEN + note
    return once + (head if once > PAGE else 0)


def _lines(words, width):
    """On how many lines words stand in a cell."""
    fits = max((width - 114) // CHARACTER, 1)
    return sum(max(ceil(len(line) / fits), 1) for line in words.split("\n"))


def _table(annex, ids, widths, together):
    """The table of an annex as Word writes it, its columns so wide in twentieths of a point."""
    table = annex.table
    numbers = [f"({at + 1})" for at in range(len(widths))]
    bold = [ids["Đầu bảng"]] * len(widths)
    rows = [_row(line, bold, widths, "tblHeader") for line in ([*table.columns], numbers)]
    counted = [column.str.fullmatch(NUMBER).mean() > 0.5 for _, column in table.items()]
    for line in table.itertuples(index=False, name=None):
        styles = []
        for head, words, number in zip(table.columns, line, counted, strict=True):
            right = number and NUMBER.fullmatch(words)
            style = "Ô giữa nhỏ" if head == "TT" else "Ô số nhỏ" if right else "Ô nhỏ"
            styles.append(ids[style])
        rows.append(_row(line, styles, widths, "cantSplit", together))
    return TABLE.format(
        grid="".join(f'<w:gridCol w:w="{width}"/>' for width in widths),
        title=quoteattr(one_tone(annex.title)),
        style=ids["Table Grid"],
        rows="".join(rows),
    )


def _row(texts, styles, widths, kind, together=True):
    """A row that stays on the page of the next, `together`; nothing has a frame where the longer
    half of a table goes on.
    """
    filled = len(texts)
    while not texts[filled - 1]:
        filled -= 1
    bold = "<w:rPr><w:b/></w:rPr>" if TOTAL in texts else ""
    cells = [
        CELL.format(
            width=width,
            style=style,
            kept="<w:keepNext/>" if together else "",
            bold=bold,
            words=escape(one_tone(words)).replace("\n", BREAK),
        )
        for words, style, width in zip(texts[:filled], styles, widths, strict=False)
    ]
    if filled < len(texts):
        room, many = sum(widths[filled:]), len(texts) - filled
        cells.append(NOTHING.format(width=room, many=many, style=styles[filled]))
    return f"<w:tr><w:trPr><w:{kind}/></w:trPr>{''.join(cells)}</w:tr>"


def _widths(table, room):
    """How wide each column is, by its longest line and the longest word of its head; a long text
    may have as many lines as its row has anyway.
    """
    lines = table.apply(lambda column: column.str.count("\n") + 1)
    weights = []
    for at, (head, column) in enumerate(table.items()):
        longest = column.str.split("\n").explode().str.len().groupby(level=0).max()
        spare = lines.max(axis=1) - lines.iloc[:, at] + 1
        longest = longest.mask((longest > 30) & (spare > 1), longest / spare + 5).max()
        word = max(max(map(len, head.split())) * 1.2, min(len(head) / 2.2, 7))
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
