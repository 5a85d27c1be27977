"""The Word template of the reviews: which names it may use, and must, and filling it in."""

import io
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from docx import Document
from docx.document import Document as Opened
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, nodes

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.figures import Picture
from pcmd_eval.files import printable
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.review.narrative import Written
from pcmd_eval.review.quantities import figure_names
from pcmd_eval.review.settings import Issuer, load_settings
from pcmd_eval.spelling import one_tone

TEMPLATE = paths.TEMPLATES / "review.docx"
HIGHEST = Mm(95)  # of a picture on a page
DOCXTPL = re.compile(r"\{%(?:p|tr|tc|r) ")  # the brackets of docxtpl say what goes with them
BRACKETS = re.compile(r"\{[{%]|[%}]\}")
WRONG_TAG = "câu lệnh trong ngoặc viết sai hoặc thiếu chỗ đóng"


def check_template() -> list[str]:
    """What is wrong with the Word template, one sentence each: brackets, names that there are not,
    names it lacks.
    """
    return list(_faults(TEMPLATE.read_bytes()))


def told_by_name() -> set[str]:
    """The slugs of the objectives that have a paragraph of their own; the others share one."""
    return {*re.findall(r"\breason\.(\w+)", "\n".join(_lines(TEMPLATE.read_bytes())))}


@cache
def _faults(template: bytes) -> tuple[str, ...]:
    lines = _lines(template)
    try:
        parsed = Environment().parse("\n".join(lines))
    except TemplateSyntaxError as error:
        return (f"{_place(lines, error.lineno)}: {WRONG_TAG}.",)
    must, known = _needed_names(), _known_names()
    faults = [(line, "thiếu hoặc thừa dấu ngoặc ở chỗ đặt số liệu.") for line in _stray(parsed)]
    printed = set()
    for line, name, asks in _names(parsed):
        if name not in known:
            faults.append((line, f"không có tên “{name}”{_proposed(name, known)}"))
        elif not asks:
            printed.add(name)
    lacking = [f"thiếu chỗ cho {{{{ {name} }}}}." for name in sorted(must - printed)]
    return (
        *(f"{_place(lines, line)}: {said}" for line, said in sorted(faults)),
        *(f"Mẫu {TEMPLATE.name} {said}" for said in lacking),
    )


@cache
def _lines(template: bytes) -> list[str]:
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


def _place(lines: list[str], number: int) -> str:
    return f"Mẫu {TEMPLATE.name}, đoạn “{lines[number - 1].strip()[:60]}”"


def _proposed(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), 1)
    return f"; có phải “{near[0]}”?" if near else "."


def _needed_names() -> set[str]:
    """The names that a template must print."""
    settings = load_settings()
    groups = {
        "issuer": Issuer.model_fields,
        "people": settings.parts,
        "others": ("title", "reason", "short"),
    }
    return {*settings.names} | {f"{group}.{key}" for group, keys in groups.items() for key in keys}


def _known_names() -> set[str]:
    """The names that a template may use."""
    needed = _needed_names()
    groups = dict.fromkeys(("has", "reason", "short"), OBJECTIVES)
    groups["annex"] = load_settings().annexes
    groups |= dict.fromkeys(("so", "counted", "truoc", "sosanh"), figure_names())
    known = {f"{group}.{key}" for group, keys in groups.items() for key in keys}
    run_over = {name.partition(".")[0] for name in needed}
    return needed | known | run_over | {"rules", "whole", "reminder", "compared"}


def _names(parsed: nodes.Template) -> Iterator[tuple[int, str, bool]]:
    """Every name in a tag: its line, what it means, and whether it only stands in a condition,
    which prints nothing.

    What a loop calls its own means what is looped over.
    """
    loops = {loop.target.name: _path(loop.iter) for loop in parsed.find_all(nodes.For)}
    longer = {id(name.node) for name in parsed.find_all(nodes.Getattr)}
    asking = set()
    for condition in parsed.find_all(nodes.If):
        asking |= {id(each) for each in (condition.test, *condition.test.find_all(nodes.Node))}
    for node in parsed.find_all((nodes.Name, nodes.Getattr)):
        first, dot, rest = _path(node).partition(".")
        stored = isinstance(node, nodes.Name) and node.ctx == "store"
        if first != "loop" and not stored and id(node) not in longer:
            yield node.lineno, loops.get(first, first) + dot + rest, id(node) in asking


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def _stray(parsed: nodes.Template) -> Iterator[int]:
    """The lines with a bracket that belongs to no tag."""
    for text in parsed.find_all(nodes.TemplateData):
        for at, line in enumerate(text.data.split("\n")):
            if BRACKETS.search(line):
                yield text.lineno + at


@cache
def _language() -> Environment:
    """jinja2, by which each text is compiled once: that of a template is the same in each document."""
    language = Environment(undefined=StrictUndefined, finalize=_printed, autoescape=True)
    language.from_string = cache(language.from_string)  # type: ignore[method-assign]
    return language


def _printed(value: object) -> str:
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
        if paragraph.style.name == "Hình" and (picture := pictures.get(paragraph.text)):
            paragraph.clear()
            shape = paragraph.add_run().add_picture(
                io.BytesIO(picture.png)
            )  # as large as it was drawn
            scale = min(1, HIGHEST / shape.height)
            shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
            shape._inline.docPr.set("descr", one_tone(picture.alt))
    if not annexed:
        body = document.element.body
        last = body.xpath("./w:p[w:pPr/w:sectPr]")[-1]
        body.replace(body.sectPr, last.pPr.sectPr)
        body.remove(last)
    return document
