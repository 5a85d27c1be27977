"""Which names the Word template of the reviews may use, and which it must."""

import io
import re
from functools import cache

from docx import Document
from docx.oxml.ns import qn
from jinja2 import TemplateSyntaxError, nodes

from pcmd_eval.plan.report_settings import Issuer, load_settings
from pcmd_eval.reports.figure_text import figure_names
from pcmd_eval.util import paths
from pcmd_eval.util.spelling import find_nearest
from pcmd_eval.util.templates import get_environment

TEMPLATE = paths.TEMPLATES / "review.docx"
DOCXTPL = re.compile(r"(\{[{%])(?:p|tr) ")  # the brackets of docxtpl say what goes with them
BRACKETS = re.compile(r"\{[{%]|[%}]\}")
# What it may use beside the names of data/review.yaml.
FURTHER = {"rules", "whole", "reminder", "document", "compared", "assumed", "type"}
FURTHER |= {"outlets", "chapter.slug", "loop.last", "loop.index"}
WRONG_TAG = "câu lệnh trong ngoặc viết sai hoặc thiếu chỗ đóng"


def check_template() -> list[str]:
    """What is wrong with the Word template, one sentence each: brackets, names that there are not,
    names it lacks.
    """
    return _faults(TEMPLATE.read_bytes())


@cache
def _faults(template):
    lines = _lines(template)
    try:
        text = get_environment().parse("\n".join(lines))
    except TemplateSyntaxError as error:
        return [f"{_place(lines[error.lineno - 1])}: {WRONG_TAG}."]
    must = _needed_names()
    items = {loop.target.name for loop in text.find_all(nodes.For)}
    known = must | _further_names() | items
    conditions = {node for test in text.find_all(nodes.If) for node, _ in _names(test.test)}
    printed = set()
    faults = [*_stray_brackets(text)]
    for node, name in _names(text):
        if name not in known:
            near = find_nearest(name, known)
            end = f"; có phải “{near}”?" if near else "."
            faults.append(f"{_place(lines[node.lineno - 1])}: không có tên “{name}”{end}")
        elif node not in conditions:
            printed.add(name)
    for name in sorted(must - printed):
        faults.append(f"Mẫu {TEMPLATE.name} thiếu chỗ cho {{{{ {name} }}}}.")
    return faults


def _stray_brackets(text):
    for data in text.find_all(nodes.TemplateData):
        for line in data.data.split("\n"):
            if BRACKETS.search(line):
                yield f"{_place(line)}: thiếu hoặc thừa dấu ngoặc ở chỗ đặt số liệu."


def _names(tree):
    """Every name that is read in a text or an expression, with what follows its dots:
    people.causes.
    """
    if isinstance(tree, nodes.Name):
        return [(tree, tree.name)] if tree.ctx == "load" else []
    names = [pair for child in tree.iter_child_nodes() for pair in _names(child)]
    if isinstance(tree, nodes.Getattr):
        return [(tree, f"{name}.{tree.attr}") for _, name in names]
    return names


@cache
def _lines(template):
    """The text of every paragraph of the document, its headers and footers, with the tags as jinja2
    reads them.
    """
    document = Document(io.BytesIO(template))
    rels = document.part.rels.values()
    edges = [rel.target_part for rel in rels if rel.reltype.endswith(("header", "footer"))]
    lines = []
    for part in (document.part, *edges):
        for paragraph in part.element.iter(qn("w:p")):
            text = "".join(run.text or "" for run in paragraph.iter(qn("w:t")))
            lines.append(DOCXTPL.sub(r"\1 ", text).replace("\n", " "))
    return lines


def _place(line):
    return f"Mẫu {TEMPLATE.name}, đoạn “{line.strip()[:60]}”"


def _needed_names():
    """The names that a template must print."""
    settings = load_settings()
    groups = {"issuer": Issuer.model_fields, "people": settings.parts}
    return {*settings.names, *_of_groups(groups)}


def _further_names():
    """The names that a template may use beside them."""
    groups = dict.fromkeys(("so", "counted", "truoc", "sosanh"), figure_names())
    return FURTHER | {*_of_groups(groups | {"annex": load_settings().annexes})}


def _of_groups(groups):
    return [f"{group}.{key}" for group, keys in groups.items() for key in keys]
