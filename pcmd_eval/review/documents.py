"""Fill a Word template: the same template and data give the same bytes, and what is missing is named, never left out.

All format is the template's. Text comes out as it was typed, whatever marks of XML or of the template are in it.
"""

import io
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape as xml_escape

from docx.oxml.ns import qn
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, StrictUndefined, Undefined
from jinja2.exceptions import TemplateError
from lxml import etree
from markupsafe import Markup, escape

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.review.paragraphs import opened
from pcmd_eval.review.tags import template_faults, trial

if TYPE_CHECKING:
    from pcmd_eval.figures import Chart
    from pcmd_eval.review.content import Content

__all__ = ["Properties", "render", "template_faults"]

_CORE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title><dc:subject>{subject}'
    "</dc:subject><dc:language>vi-VN</dc:language>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{made}T00:00:00Z</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{made}T00:00:00Z</dcterms:modified></cp:coreProperties>'
)
_WHO = re.compile(rb"<(Manager|Company|HyperlinkBase)>[^<]*</\1>")


@dataclass(frozen=True)
class Properties:
    """What the file says of itself; it names no person, and its date is that of the data, not of the making."""

    title: str
    subject: str
    made: date


def render(template: bytes, content: "Content", properties: Properties, name: str = "mẫu Word") -> bytes:
    """The filled document; raises InputRefused that names the template, the paragraph and what is missing there."""
    opened(template)
    document = _Template(io.BytesIO(template))
    pictures = {key: _Picture(document, key, chart) for key, chart in content.pictures.items()}
    try:
        document.render({**content.values, **pictures}, _environment(), autoescape=True)
    except (TemplateError, etree.XMLSyntaxError, ValueError, TypeError, LookupError, AttributeError) as error:
        values = {**content.values, **dict.fromkeys(content.pictures, "")}
        reasons = trial(template, values) or template_faults(template, values) or [f"Mẫu không điền được: {error}."]
        raise InputRefused(*(f"Tệp {name}. {reason}" for reason in reasons)) from None
    _number_pictures(document)
    buffer = io.BytesIO()
    document.save(buffer)
    words = {"title": properties.title, "subject": properties.subject, "made": properties.made.isoformat()}
    core = _CORE.format(**{key: xml_escape(printable(value)) for key, value in words.items()}).encode()
    mend = {"docProps/core.xml": lambda _: core, "docProps/app.xml": lambda part: _WHO.sub(b"", part)}
    return sorted_zip(buffer.getvalue(), mend)


def _environment() -> Environment:
    return Environment(undefined=StrictUndefined, autoescape=True, finalize=_as_typed)


def _as_typed(value: Any) -> Any:
    """Text that neither XML nor the template language nor docxtpl's own marks ({_{) can take for theirs."""
    if isinstance(value, Undefined | Markup) or hasattr(value, "__html__"):
        return value
    text = str(escape(printable(str(value))))
    return Markup(text.replace("{", "&#123;").replace("}", "&#125;"))


class _Template(DocxTemplate):
    """docxtpl mends broken XML in silence and so loses words; here it is an error."""

    def render_xml_part(self, src_xml: str, part: Any, context: dict[str, Any], jinja_env: Any = None) -> str:
        made = super().render_xml_part(src_xml, part, context, jinja_env)
        etree.fromstring(made.encode())
        return made

    def render_properties(self, context: dict[str, Any], jinja_env: Any = None) -> None:
        """Written anew by `render`; only made sure to be there."""
        _ = self.docx.core_properties


class _Picture(InlineImage):
    """A picture with the words for those who do not see it, no wider than the text of its section."""

    def __init__(self, template: DocxTemplate, name: str, chart: "Chart") -> None:
        super().__init__(template, None)
        self._name, self._chart = name, chart

    def _insert_image(self) -> str:
        inline = self.tpl.current_rendering_part.new_pic_inline(io.BytesIO(self._chart.png), None, None)
        inline.docPr.set("name", self._name)
        # Word's `title` stays empty: screen readers and PDFs would say the same words twice.
        inline.docPr.set("descr", " ".join(printable(self._chart.alt).split()))
        opening, closing = "</w:t></w:r><w:r><w:drawing>", '</w:drawing></w:r><w:r><w:t xml:space="preserve">'
        return f"{opening}{etree.tostring(inline, encoding='unicode')}{closing}"

    __str__ = __html__ = _insert_image


def _number_pictures(document: DocxTemplate) -> None:
    """Each picture a number of its own, and none wider than the text around it."""
    body = document.docx.element.body
    roots = [body, *(r.target_part.element for r in document.docx.part.rels.values() if _is_margin(r.reltype))]
    for number, properties in enumerate((p for root in roots for p in root.iter(qn("wp:docPr"))), 1):
        properties.set("id", str(number))
    for inline in body.iter(qn("wp:inline")):
        section = inline.xpath("ancestor::w:p/w:pPr/w:sectPr | following::w:sectPr")[0]
        room = section.page_width - section.left_margin - section.right_margin
        width, height = inline.extent.cx, inline.extent.cy
        if width > room:
            for size in (inline.extent, *inline.iter(qn("a:ext"))):
                if size.get("cx"):
                    size.set("cx", str(room))
                    size.set("cy", str(height * room // width))


def _is_margin(kind: str) -> bool:
    return kind.endswith(("/header", "/footer"))
