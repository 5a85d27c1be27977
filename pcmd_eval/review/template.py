"""The Word template of the reviews: which names it may use, and must, and filling it in."""

import io
import re
from collections.abc import Mapping
from functools import cache

from docx import Document
from docx.document import Document as Opened
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.figures import Picture
from pcmd_eval.files import printable
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.review.narrative import Written
from pcmd_eval.review.quantities import figure_names
from pcmd_eval.review.settings import Issuer, load_settings
from pcmd_eval.spelling import nearest, one_tone

TEMPLATE = paths.TEMPLATES / "review.docx"
HIGHEST = Mm(90)  # of a picture on a page
DOCXTPL = re.compile(r"\{%(?:p|tr|tc|r) ")  # the brackets of docxtpl say what goes with them
BRACKETS = re.compile(r"\{[{%]|[%}]\}")
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
LOOP = re.compile(r"\{% for (\w+) in ([\w.]+) %\}")
QUOTED = re.compile(r"'[^']*'")
NAME = re.compile(r"(?<![\w.|])[a-z_]\w*(?:\.\w+)*")
OWN = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "in",
    "endfor",
    "not",
    "and",
    "or",
    "loop",
]  # jinja2's own words
WRONG_TAG = "câu lệnh trong ngoặc viết sai hoặc thiếu chỗ đóng"


def check_template() -> list[str]:
    """What is wrong with the Word template, one sentence each: brackets, names that there are not,
    names it lacks.
    """
    return _faults(TEMPLATE.read_bytes())


def told_by_name() -> set[str]:
    """The slugs of the objectives that have a paragraph of their own; the others share one."""
    return {*re.findall(r"\breason\.(\w+)", "\n".join(_lines(TEMPLATE.read_bytes())))}


@cache
def _faults(template):
    lines = _lines(template)
    try:
        Environment().parse("\n".join(lines))
    except TemplateSyntaxError as error:
        return [f"{_place(lines[error.lineno - 1])}: {WRONG_TAG}."]
    must = _needed_names()
    known = _known_names()
    printed = set()
    faults = []
    for line in lines:
        if BRACKETS.search(TAG.sub("", line)):
            faults.append(f"{_place(line)}: thiếu hoặc thừa dấu ngoặc ở chỗ đặt số liệu.")
    for line, name, prints in _names(lines):
        if name not in known:
            near = nearest(name, known)
            end = f"; có phải “{near}”?" if near else "."
            faults.append(f"{_place(line)}: không có tên “{name}”{end}")
        elif prints:
            printed.add(name)
    lacking = sorted(must - printed)
    return [*faults, *(f"Mẫu {TEMPLATE.name} thiếu chỗ cho {{{{ {name} }}}}." for name in lacking)]


@cache
def _lines(template):
    """The text of every paragraph of the document, its headers and footers, with the tags as jinja2
    reads them.
    """
    package = Document(io.BytesIO(template)).part
    edges = [rel for rel in package.rels.values() if rel.reltype.endswith(("header", "footer"))]
    lines = []
    for part in (package, *(edge.target_part for edge in edges)):
        for paragraph in part.element.iter(qn("w:p")):
            text = "".join(run.text or "" for run in paragraph.iter(qn("w:t")))
            lines.append(DOCXTPL.sub("{% ", text).replace("\n", " "))
    return lines


def _place(line):
    return f"Mẫu {TEMPLATE.name}, đoạn “{line.strip()[:60]}”"


def _needed_names():
    """The names that a template must print."""
    settings = load_settings()
    groups = {
        "issuer": Issuer.model_fields,
        "people": settings.parts,
        "others": ("title", "reason", "short"),
    }
    return {*settings.names, *_dotted(groups)}


def _known_names():
    """The names that a template may use."""
    needed = _needed_names()
    groups = dict.fromkeys(("has", "reason", "short"), OBJECTIVES)
    groups |= dict.fromkeys(("so", "counted", "truoc", "sosanh"), figure_names())
    groups["annex"] = load_settings().annexes
    groups["notes"] = load_settings().notes
    run_over = {name.partition(".")[0] for name in needed}
    more = {"rules", "whole", "reminder", "compared", "assumed", "type", "elsewhere", "outlets"}
    return needed | run_over | more | {*_dotted(groups)}


def _dotted(groups):
    return [f"{group}.{key}" for group, keys in groups.items() for key in keys]


def _names(lines):
    """Every name in a tag: its line, what it means, and whether it is printed or run over; in a
    condition it is not. What a loop calls its own means what is looped over.
    """
    loops = dict(LOOP.findall("\n".join(lines)))
    for line in lines:
        for tag in TAG.findall(line):
            asks = tag.startswith("{% ") and not LOOP.match(tag)
            for name in NAME.findall(QUOTED.sub("", tag)):
                first, dot, rest = name.partition(".")
                if first not in OWN:
                    yield line, loops.get(first, first) + dot + rest, not asks


@cache
def _language():
    """jinja2, by which each text is compiled once: a template's is the same in each document."""
    language = Environment(undefined=StrictUndefined, finalize=_printed, autoescape=True)
    language.from_string = cache(language.from_string)
    return language


def _printed(value):
    """A value as it is printed, tones placed in one way but in what people wrote."""
    return printable(value if isinstance(value, Written) else one_tone(str(value)))


def rendered(
    values: Mapping[str, object], pictures: Mapping[str, Picture], annexed: bool
) -> Opened:
    """The template with these values, and with the pictures where it names them; raises
    InputRefused if it cannot be.

    It ends with a landscape page for annexes, which goes if there are none.
    """
    template = DocxTemplate(TEMPLATE)
    try:
        template.render(dict(values), _language(), autoescape=True)
    except TemplateError:
        raise InputRefused(f"Mẫu {TEMPLATE.name}: {WRONG_TAG}.") from None
    document: Opened = template.docx
    for paragraph in document.paragraphs:
        if paragraph.style.name == "Hình" and paragraph.text in pictures:
            _draw(paragraph, pictures[paragraph.text])
    if not annexed:
        body = document.element.body
        last = body.xpath("./w:p[w:pPr/w:sectPr]")[-1]
        body.replace(body.sectPr, last.pPr.sectPr)
        body.remove(last)
    return document


def _draw(paragraph, picture):
    """The picture instead of its name, as large as it was drawn where the page has room."""
    paragraph.clear()
    shape = paragraph.add_run().add_picture(io.BytesIO(picture.png))
    scale = min(1, HIGHEST / shape.height)
    shape.width = int(shape.width * scale)
    shape.height = int(shape.height * scale)
    shape._inline.docPr.set("descr", one_tone(picture.alt))
