"""The Word template filled in: its texts and pictures, the tables of annexes, and what is left to
write.
"""

import io
import re
from collections.abc import Collection, Mapping
from functools import cache

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Emu, Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError

from pcmd_eval.analysis.charts import Picture
from pcmd_eval.reports import template_check as template
from pcmd_eval.reports.annexes import TOTAL, Annex
from pcmd_eval.reports.narrative import Written
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import normalize_tone
from pcmd_eval.util.templates import get_environment

_HIGHEST = Mm(90)  # of a picture on a page
_LONGEST = 38  # letters of a column that count for its width
_NUMBER = re.compile(r"(?:(?:khoảng|dưới) )?[\d.,]+\*?")
_DOTS = "………"  # what the department has still to fill in


@cache
def _language():
    """Our jinja2, which compiles each text once: the template is the same for all documents."""
    ours = get_environment().overlay(finalize=_printed, autoescape=True)
    ours.from_string = cache(ours.from_string)
    return ours


def _printed(value):
    """A value as it is printed, tones placed in one way but in what people wrote."""
    if isinstance(value, Written) or hasattr(value, "__html__"):
        return value
    return remove_control_characters(normalize_tone(str(value)))


def rendered(
    values: Mapping[str, object], pictures: Mapping[str, Picture], annexes: Collection[Annex]
) -> Document:
    """The template with these values, pictures by name and annexes; raises InputRefused if it
    cannot be filled in.

    The template ends with a landscape page for annexes, which goes if there are none.
    """
    word = DocxTemplate(template.TEMPLATE)
    document: Document = word.get_docx()
    shown = {name: InlineImage(word, io.BytesIO(one.png)) for name, one in pictures.items()}
    pages = [annex._replace(table=_table(annex, document)) for annex in annexes]
    try:
        word.render({**values, **shown, "annexes": pages}, _language(), autoescape=True)
    except TemplateError:
        raise InputRefused(f"Mẫu {template.TEMPLATE.name}: {template.WRONG_TAG}.") from None
    for shape, picture in zip(document.inline_shapes, pictures.values(), strict=True):
        _fit(shape, picture)
    if not annexes:
        body = document.element.body
        last = body.xpath("./w:p[w:pPr/w:sectPr]")[-1]
        body.replace(body.sectPr, last.pPr.sectPr)
        body.remove(last)
    return document


def _fit(shape, picture):
    """As large as it was drawn where the page has room, and described."""
    scale = min(1, _HIGHEST / shape.height)
    shape.width = int(shape.width * scale)
    shape.height = int(shape.height * scale)
    shape._inline.docPr.set("descr", normalize_tone(picture.alt))


def _table(annex, document):
    """The table of an annex as Word writes it, over the whole width of the last section."""
    heads = [*annex.table.columns]
    page = document.sections[-1]
    room = Emu(page.page_width - page.left_margin - page.right_margin).twips
    text = (paths.TEMPLATES / "annex.xml").read_text(encoding="utf-8")
    layout = _language().from_string(text)
    return layout.render(
        title=annex.title,
        lines=[heads, [f"({at})" for at in range(1, len(heads) + 1)]],
        rows=[*annex.table.itertuples(index=False, name=None)],
        widths=_widths(annex.table, room),
        ids={style.name: style.style_id for style in document.styles},
        style=_style,
        total=TOTAL,
    )


def _style(head, words):
    """How a cell stands: numbers to the right, numbers of lines and signs in the middle."""
    if head == "TT" or (len(words) == 1 and not words.isdigit()):
        return "Ô giữa nhỏ"
    return "Ô số nhỏ" if _NUMBER.fullmatch(words) else "Ô nhỏ"


def _widths(table, room):
    """How wide each column is, by its longest line and the longest word of its head."""
    weights = []
    for head, column in table.items():
        longest = column.str.split("\n").explode().str.len().max()
        word = max(map(len, head.split())) * 1.2
        weights.append(min(max(longest, word), _LONGEST) + 3)
    return [int(room * weight / sum(weights)) for weight in weights]


def unwritten(document: Document) -> str:
    """How many places of the document somebody has still to write or fill in, and where those
    are filled in that are the same in every document; "" if there are none.
    """
    body = document.element.body
    dots = sum(paragraph.text.count(_DOTS) for paragraph in document.paragraphs)
    places = len([*body.iter(qn("w:showingPlcHdr"))]) + dots
    once = f" ({dots} chỗ điền một lần cho mọi văn bản ở data/review.yaml)" if dots else ""
    return f"còn {places} chỗ cần soạn hoặc điền trước khi ký{once}." if places else ""
