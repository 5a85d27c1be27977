"""The Word template of the reviews: which names it may use, and must, and filling it in."""

import io
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from docx import Document
from docx.document import Document as Opened
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.figures import Picture
from pcmd_eval.files import printable, read_csv
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.review.settings import Issuer, load_settings

TEMPLATE = paths.TEMPLATES / "review.docx"
HIGHEST = Mm(118)  # of a picture on a page
# What a tag holds besides names: words of the template language, quoted text, and what docxtpl puts behind a bracket.
LANGUAGE = re.compile(
    r"'[^']*'|^\{%(?:p|tr|tc|r) |\b(?:if|elif|else|endif|for|in|endfor|and|or|not|loop\.\w+)\b(?!\.)"
)


def check_template() -> list[str]:
    """What is wrong with the Word template, one sentence each: brackets, names that there are not, names it lacks."""
    return list(_faults(TEMPLATE.read_bytes()))


def figure_names() -> list[str]:
    """The names that `so.` can have in the template and in people's words."""
    return [*read_csv(paths.DATA / "figures.csv").name]


@cache
def _faults(template: bytes) -> tuple[str, ...]:
    settings, package = load_settings(), Document(io.BytesIO(template)).part
    needed = {
        "issuer": Issuer.model_fields,
        "people": settings.parts.values(),
        "reason": OBJECTIVES,
    }
    wanted = {"so": figure_names(), "has": OBJECTIVES, "short": OBJECTIVES}
    must = {*settings.names} | {f"{group}.{key}" for group, keys in needed.items() for key in keys}
    known = (
        must
        | {f"{group}.{key}" for group, keys in wanted.items() for key in keys}
        | {"rules", "whole", "reminder"}
    )
    known |= {name.partition(".")[0] for name in must}  # what a loop runs over
    parts = [
        package,
        *(r.target_part for r in package.rels.values() if r.reltype.endswith(("header", "footer"))),
    ]
    found, used, loops = [], set(), {}
    for paragraph in (p for part in parts for p in part.element.iter(qn("w:p"))):
        text = "".join(run.text or "" for run in paragraph.iter(qn("w:t")))
        place = f"Mẫu {TEMPLATE.name}, đoạn “{text.strip()[:60]}”"
        tags = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", text)
        if len(re.findall(r"\{[{%]|[%}]\}", text)) != 2 * len(tags):
            found.append(f"{place}: thiếu hoặc thừa dấu ngoặc ở chỗ đặt số liệu.")
        for tag in tags:
            loops |= dict(re.findall(r"for (\w+) in ([\w.]+)", tag))
            for name in re.findall(r"[^\W\d]\w*(?:\.\w+)*", LANGUAGE.sub(" ", tag)):
                first, dot, rest = name.partition(".")
                meant = loops.get(first, first) + dot + rest
                used |= (
                    set() if re.match(r"\{%\w* ?(?:el)?if ", tag) else {meant}
                )  # a condition prints nothing
                if meant not in known:
                    near = (
                        "".join(
                            f"; có phải “{one}”?"
                            for one in get_close_matches(meant, sorted(known), 1)
                        )
                        or "."
                    )
                    found.append(f"{place}: không có tên “{meant}”{near}")
    return (
        *found,
        *(f"Mẫu {TEMPLATE.name} thiếu chỗ cho {{{{ {name} }}}}." for name in sorted(must - used)),
    )


def rendered(
    values: Mapping[str, object], pictures: Mapping[str, Picture], annexed: bool
) -> Opened:
    """The template with these values, and with the pictures where it names them; raises InputRefused if it cannot be.

    It ends with a landscape page for annexes, which goes if there are none.
    """
    template = DocxTemplate(TEMPLATE)
    language = Environment(undefined=StrictUndefined, finalize=lambda value: printable(str(value)))
    try:
        template.render(dict(values), language, autoescape=True)
    except TemplateError as error:
        raise InputRefused(
            f"Mẫu {TEMPLATE.name}: câu lệnh trong ngoặc viết sai hoặc thiếu chỗ đóng ({error})."
        ) from None
    document: Opened = template.docx
    for paragraph in document.paragraphs:
        if paragraph.style.name == "Hình" and (picture := pictures.get(paragraph.text)):
            paragraph.clear()
            shape = paragraph.add_run().add_picture(
                io.BytesIO(picture.png)
            )  # as large as it was drawn
            scale = min(1, HIGHEST / shape.height)
            shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
            shape._inline.docPr.set("descr", picture.alt)
    if not annexed:
        body = document.element.body
        last = body.xpath("./w:p[w:pPr/w:sectPr]")[-1]
        body.replace(body.sectPr, last.pPr.sectPr)
        body.remove(last)
    return document
