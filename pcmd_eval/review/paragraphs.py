"""The paragraphs of a Word template in the order they are filled in, each with what names it in a fault."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from pcmd_eval.errors import InputRefused

_PLACES = {
    RELATIONSHIP_TYPE.HEADER: "đầu trang",
    RELATIONSHIP_TYPE.FOOTER: "chân trang",
    RELATIONSHIP_TYPE.FOOTNOTES: "chú thích",
}
_KIND = re.compile(r"(\{[{%#])(?:p|tr|tc|r) ")
_QUOTES = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True)
class Spot:
    """One paragraph of the template: its text, its number in its part, and what it is in."""

    text: str
    number: int
    place: str
    holders: Mapping[str, int]

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 90 else f"{self.text[:89]}…"
        return f"Đoạn {self.number}, {self.place}, “{shown}”"

    @property
    def source(self) -> str:
        """The paragraph as jinja reads it when docxtpl has taken the paragraph, row or cell away."""
        plain = _KIND.sub(r"\1 ", self.text)
        plain = re.sub(r"\{%\s*[vh]m\s*%\}", "", plain)
        plain = re.sub(r"\{%\s*(?:colspan|cellbg)\s+(.*?)%\}", r"{{ \1 }}", plain)
        return re.sub(r"\{[{%].*?[%}]\}", lambda found: found.group().translate(_QUOTES), plain)


def opened(template: bytes) -> Any:
    """The template as a python-docx document; raises InputRefused if it is none."""
    try:
        return Document(io.BytesIO(template))
    except Exception:
        raise InputRefused("Mẫu không phải tệp Word (.docx) đọc được. Mở bằng Word và lưu lại ở dạng .docx.") from None


def parts_of(template: bytes) -> Iterator[list[Spot]]:
    """The paragraphs of the body, then of each header, footer and the footnotes, in the order they are filled in."""
    document = opened(template)
    yield list(_spots(document.element.body, "thân văn bản"))
    for kind, place in _PLACES.items():
        for relation in document.part.rels.values():
            if relation.reltype == kind:
                yield list(_spots(parse_xml(relation.target_part.blob), place))


def _spots(root: Any, place: str) -> Iterator[Spot]:
    tags = {"p": qn("w:p"), "tr": qn("w:tr"), "tc": qn("w:tc")}
    kept: dict[Any, int] = {}  # a number for each element that holds paragraphs; keeps it alive, too
    for number, paragraph in enumerate(root.iter(tags["p"]), 1):
        own = (t for t in paragraph.iter(qn("w:t")) if next(t.iterancestors(tags["p"])) is paragraph)
        text = "".join(t.text or "" for t in own).replace("\n", " ")
        above = {kind: next(paragraph.iterancestors(tag), None) for kind, tag in tags.items()} | {"p": paragraph}
        holders = {kind: kept.setdefault(e, len(kept)) for kind, e in above.items() if e is not None}
        yield Spot(text, number, f"bảng trong {place}" if "tc" in holders else place, holders)


def source_of(part: list[Spot]) -> str:
    """The bare text of a part, a line for each paragraph."""
    return "\n".join(spot.source for spot in part)


def at(part: list[Spot], line: int | None, words: str) -> str:
    """A fault in the words of the check, with the paragraph it stands in."""
    return f"{part[line - 1]}: {words}." if line and line <= len(part) else f"Mẫu: {words}."
